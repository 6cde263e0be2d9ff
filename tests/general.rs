//! Formulas for any depth: unrolled they are what is derived for each depth, and they have the value of the concrete
//! gradient.

mod unroll;

use std::collections::BTreeMap;

use chainrule::{
    evaluate::{backprop, draw, gradients::Pass},
    expr::{Role, SymbolId},
    gradient::{Derivation, Derived, Form, Gradient},
    network::{
        self,
        graph::{Layout, Network},
    },
    pipeline::{Request, derive, derive_general, select_general},
    render::Format,
    spec,
};
use unroll::{Numbers, factors, unroll};

use crate::{
    common::{self, snapshot},
    concrete::distance,
    gallery::{networks, page, resolved},
};

/// The legend of blocks names the arrays that a norm of theirs has, and the entries of r as the column that N is made of.
#[test]
fn the_matrix_of_a_norm_in_a_block_is_told() {
    let text = "input X [n, d]; repeat 3 { residual { norm layer; dense d relu } }; loss mse";
    let derivation = derive_general(&resolved(text), &Request::new(Form::Product)).unwrap();
    let page =
        page(&derivation, &variables(&derivation), Format::Text).split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "with the row of H[k,1] of one sample as the column h[k,1], and q[k,1] a column with that sample's entry of \
                r[k,1] in each place.";
    assert!(page.contains(told), "{page}");
}

/// What stands in the brackets of a ∏ goes on in the next line where it has to.
#[test]
fn a_product_over_blocks_is_broken_where_the_line_ends() {
    let text =
        "input X [n, d]; repeat 2 { residual { norm layer; dense 2*d relu; dense d } }; dense c softmax; loss cce";
    let derivation = derive_general(&resolved(text), &Request::new(Form::Product)).unwrap();
    let report = chainrule::report::gradients::Report::new(&derivation);
    for width in [60, 80] {
        let style = chainrule::render::Style { width, ..chainrule::render::Style::new(Format::Text) };
        for equation in report.equations(&variables(&derivation)) {
            let lines = style.equation(&equation);
            let widest = lines.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(width), "{lines}");
        }
    }
}

#[test]
fn batch_norms_have_no_formula_for_any_number_of_blocks() {
    let text = "input X [n,d]; repeat 3 { residual { norm batch; dense d relu; dense d } }; loss mse";
    let error = derive_general(&resolved(text), &Request::new(Form::Product)).unwrap_err().diagnostic();
    assert_eq!(error.title, "the network has no formula for a single sample");
    assert!(error.help.unwrap().contains("`--form layered`"));
    assert!(derive(&resolved(text), &Request::new(Form::Layered)).is_ok());
}

/// Hidden layers, last layer and loss.
pub const KINDS: [(&str, &str, &str); 14] = [
    ("nobias", "nobias", "half_mse"),
    ("relu nobias", "nobias", "half_mse"),
    ("relu", "softmax", "cce"),
    ("tanh", "tanh", "half_mse reduce=elements"),
    ("tanh nobias", "sigmoid nobias", "bce reduce=sum"),
    ("leaky_relu(0.2)", "softmax", "mse"),
    ("sigmoid", "", "mae"),
    ("softmax", "nobias", "huber(2)"),
    ("linear", "exp", "poisson"),
    // Only the last layer has a bias, or only it has none.
    ("tanh nobias", "sigmoid", "half_mse"),
    ("abs", "softmax nobias", "cce"),
    ("square nobias", "square", "mse"),
    // A forward gate with a pole at 0: not expanded.
    ("softplus", "tanh nobias", "half_mse"),
    ("sin nobias", "exp", "poisson"),
];

pub const FORMS: [(Form, bool); 5] = [
    (Form::Product, false),
    (Form::Product, true),
    (Form::PerSample, false),
    (Form::PerSample, true),
    (Form::Layered, false),
];

/// A network of `depth` layers whose widths are f0, f1, ….
pub fn text((hidden, last, loss): (&str, &str, &str), depth: usize) -> String {
    let hidden: String = (1..depth).fold(String::new(), |text, l| format!("{text}dense f{l} {hidden}; "));
    format!("input X [n, f0]; {hidden}dense f{depth} {last}; loss {loss}")
}

/// All that has a formula for any depth: not Ŷ.
fn has_formula(role: Role) -> bool {
    matches!(role, Role::Weight | Role::Bias | Role::Input | Role::PreActivation | Role::Activation)
}

/// W, b, X, Z and A.
pub fn variables(derivation: &Derivation) -> Vec<SymbolId> {
    let forward = &derivation.forward;
    let values = select_general(derivation, &["Z".into(), "A".into()]).unwrap();
    forward.parameters.iter().copied().chain([forward.input()]).chain(values).collect()
}

fn gradient(derivation: &Derivation) -> &Gradient {
    let Derived::Gradient(gradient) = &derivation.derived else { panic!("a form with a value") };
    gradient
}

/// The formula for the variable, in the arena of `concrete`.
fn unrolled(
    general: &Derivation,
    concrete: &mut Derivation,
    variable: SymbolId,
    depth: usize,
) -> Option<chainrule::expr::ExprId> {
    let symbol = concrete.forward.arena.symbol(variable).clone();
    let of = |id: SymbolId| general.forward.arena.symbol(id);
    let mut results = gradient(general).derivatives.iter();
    let result = results.find(|result| of(result.variable).role == symbol.role)?;
    let layer = symbol.label.as_deref().map_or(1, |label| label.parse().unwrap());
    let of_last_only = of(result.variable).label.as_deref() == Some("[L]");
    let numbers = Numbers::from([('l', layer), ('L', i64::try_from(depth).unwrap())]);
    let exists = !of_last_only || numbers[&'l'] == numbers[&'L'];
    exists.then(|| unroll(general, result.value, &numbers, &mut concrete.forward.arena))
}

#[test]
fn unrolled_it_is_what_is_derived_for_each_depth() {
    let compared = compared_unrolled(Layout::Rows, 8);
    assert!(compared > 14 * 5 * 100, "{compared}");
}

#[test]
fn with_samples_as_columns_it_is_too() {
    let compared = compared_unrolled(Layout::Columns, 4);
    assert!(compared > 14 * 5 * 30, "{compared}");
}

fn compared_unrolled(layout: Layout, depths: usize) -> usize {
    let network = |kind, depth| Network { layout, ..resolved(&text(kind, depth)) };
    let mut compared = 0;
    for kind in KINDS {
        for (form, expand) in FORMS {
            let request = Request { expand, ..Request::new(form) };
            let general = derive_general(&network(kind, 3), &request).unwrap();
            assert_eq!(general.limit, None);
            for depth in 1..=depths {
                let mut concrete = derive(&network(kind, depth), &request).unwrap();
                for derivative in gradient(&concrete).derivatives.clone() {
                    let role = concrete.forward.arena.symbol(derivative.variable).role;
                    if !has_formula(role) {
                        continue;
                    }
                    let value = unrolled(&general, &mut concrete, derivative.variable, depth).unwrap();
                    let arena = &concrete.forward.arena;
                    let name = arena.symbol(derivative.variable).key();
                    let found = factors(arena, value);
                    assert!(found.is_some());
                    assert_eq!(
                        found,
                        factors(arena, derivative.value),
                        "{layout:?} {kind:?} {form:?} {expand} L = {depth}: {name}"
                    );
                    compared += 1;
                }
            }
        }
    }
    compared
}

#[test]
fn the_recurrence_is_that_of_every_layer() {
    let request = Request::new(Form::Layered);
    let general = derive_general(&resolved(&text(KINDS[3], 2)), &request).unwrap();
    let depth = 5_u32;
    let mut concrete = derive(&resolved(&text(KINDS[3], depth as usize)), &request).unwrap();
    let [last, step] = gradient(&general).definitions[..] else { panic!("two definitions") };
    for (i, definition) in (0..).zip(gradient(&concrete).definitions.clone()) {
        let source = if i == 0 { last } else { step };
        let numbers = Numbers::from([('l', i64::from(depth - i)), ('L', i64::from(depth))]);
        let value = unroll(&general, source.value, &numbers, &mut concrete.forward.arena);
        assert_eq!(value, definition.value, "Δ of layer {}", depth - i);
    }
}

#[test]
fn unrolled_it_has_the_value_of_the_concrete_gradient() {
    for kind in KINDS {
        let depth = 4;
        let lets: Vec<_> = (0..=depth).map(|l| (format!("f{l}"), 3 + l as u64)).chain([("n".into(), 5)]).collect();
        let network = network::resolve(&spec::parse(&text(kind, depth)).unwrap(), &lets).network.unwrap();
        let request = Request { expand: true, ..Request::new(Form::Product) };
        let general = derive_general(&resolved(&text(kind, 2)), &request).unwrap();
        let mut concrete = derive(&resolved(&text(kind, depth)), &request).unwrap();
        let mut gradient = gradient(&concrete).clone();
        gradient.derivatives.retain(|derivative| {
            let role = concrete.forward.arena.symbol(derivative.variable).role;
            has_formula(role)
        });
        for derivative in &mut gradient.derivatives {
            derivative.value = unrolled(&general, &mut concrete, derivative.variable, depth).unwrap();
        }
        let worst = worst(&network, &lets, &concrete, &gradient);
        assert!(worst < 1e-10, "{kind:?}: {worst:e}");
    }
}

/// The greatest distance of the gradients, each sample with its own gates, from the concrete ones.
fn worst(network: &Network, lets: &[(String, u64)], derivation: &Derivation, gradient: &Gradient) -> f64 {
    let arrays = draw::arrays(network, &chainrule::evaluate::arrays::Arrays::default(), 1.0, &mut draw::generator(7));
    let dims: BTreeMap<String, u64> = lets.iter().cloned().collect();
    let pass = Pass::new(&derivation.forward, &dims, arrays.clone()).unwrap();
    let variables: Vec<SymbolId> = gradient.derivatives.iter().map(|derivative| derivative.variable).collect();
    let expected = backprop::gradients(network, &arrays).gradients;
    let found = pass.by_sample(gradient, &variables).unwrap();
    let name = |variable| derivation.forward.arena.symbol(variable).key();
    found.into_iter().map(|(variable, value)| distance(&value, &expected[&name(variable)])).fold(0.0, f64::max)
}

#[test]
fn every_network_for_any_depth() {
    for (name, source) in networks() {
        let network = resolved(&source);
        let mut text = format!("{}\n", source.trim_end());
        for (form, expand) in FORMS {
            let derivation = match derive_general(&network, &Request { expand, ..Request::new(form) }) {
                Ok(derivation) => derivation,
                Err(error) => {
                    let message = common::rendered(&[error.diagnostic()], &source, &format!("{name}.net"));
                    snapshot("general", &name, &format!("{text}\n{message}"));
                    break;
                }
            };
            let variables = variables(&derivation);
            let expanded = if expand { ", expanded" } else { "" };
            text = format!("{text}\n# {form:?}{expanded}\n\n{}", page(&derivation, &variables, Format::Text));
            if (form, expand) == (Form::Product, true) {
                text = format!("{text}\n{}", page(&derivation, &variables, Format::Ascii));
                text = format!("{text}\n{}", page(&derivation, &variables, Format::Latex));
            }
            if form == Form::Layered {
                snapshot("general", &name, text.trim_end());
            }
        }
    }
}

#[test]
fn variables_are_those_of_any_layer() {
    let derivation = derive_general(&resolved(&text(KINDS[1], 3)), &Request::new(Form::Product)).unwrap();
    let select = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        let name = |symbol: &SymbolId| derivation.forward.arena.symbol(*symbol).name.to_string();
        select_general(&derivation, &words).map(|found| found.iter().map(name).collect::<Vec<_>>())
    };
    assert_eq!(select(&[]).unwrap(), ["W"]);
    assert_eq!(select(&["X", " W", "X"]).unwrap(), ["X", "W"]);
    for (word, help) in [
        ("W2", "write `W`"),
        ("b", "no layer has a b"),
        ("Z2", "write `Z`"),
        ("Y", "it has W, X, Z, A"),
        ("", "such as `W`"),
    ] {
        let error = select(&[word]).unwrap_err().diagnostic();
        assert!(error.help.as_ref().unwrap().contains(help), "{error:?}");
    }
}
