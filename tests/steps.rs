//! The steps to a gradient: each line evaluated, so that no line differs from the one before it; pages of them to read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chainrule::{
    evaluate::{
        arrays::Arrays,
        bindings::bind,
        draw,
        eval::Environment,
        gradients::{Gradients, Pass},
        value::Value,
    },
    expr::{ExprId, Scalar, Substitution, SymbolId},
    gradient::{
        Derivation, Derivative, Derived, Form, Gradient,
        form::per_sample::sample_symbol,
        steps::{Enters, Line, Steps, incoming},
    },
    network::{self, graph::Network},
    pipeline::{Request, derive, explain, variables},
    render::{Format, Style},
    report, spec,
};
use ndarray::Array2;

use crate::{
    common,
    derived::largest_summands,
    gallery::{networks, resolved},
    graphs::NETWORKS,
    random::case,
};

const FORMS: [Form; 3] = [Form::Layered, Form::PerSample, Form::Product];

/// A derivation with its steps, on numbers.
struct Evaluated<'a> {
    derivation: Derivation,
    steps: Steps,
    dims: &'a BTreeMap<String, u64>,
    arrays: &'a Arrays,
    /// ∂J/∂v by name, of the layered form derived on its own.
    truth: HashMap<String, Array2<f64>>,
    /// By name the largest entry of any sample's share.
    summands: BTreeMap<String, f64>,
    faults: Vec<String>,
    lines: usize,
}

impl<'a> Evaluated<'a> {
    fn new(
        named: &Network,
        bound: &Network,
        request: &Request,
        dims: &'a BTreeMap<String, u64>,
        arrays: &'a Arrays,
    ) -> Self {
        let layered = derive(named, &Request { form: Form::Layered, ..*request }).unwrap();
        let Derived::Gradient(gradient) = &layered.derived else { panic!("layered has a value") };
        let pass = Pass::new(&layered.forward, dims, arrays.clone()).unwrap();
        let all: Vec<SymbolId> = gradient.derivatives.iter().map(|derivative| derivative.variable).collect();
        let values = pass.whole(gradient, &all).unwrap();
        let truth = values.into_iter().map(|(v, value)| (layered.forward.arena.symbol(v).key(), value)).collect();
        let (derivation, steps) = explain(named, request).unwrap();
        assert_eq!(derivation.limit, None);
        let summands = if named.is_chain() && arrays.contains_key("Y") {
            largest_summands(bound, arrays)
        } else {
            BTreeMap::new()
        };
        Self { derivation, steps, dims, arrays, truth, summands, faults: Vec::new(), lines: 0 }
    }

    fn gradient(&self) -> &Gradient {
        let Derived::Gradient(gradient) = &self.derivation.derived else { panic!("a form with a value") };
        gradient
    }

    fn key(&self, symbol: SymbolId) -> String {
        self.derivation.forward.arena.symbol(symbol).key()
    }

    /// Holds a value against what it is to be, both of what the variable's name says.
    fn compare(&mut self, what: &str, variable: SymbolId, value: &Array2<f64>, expected: &Array2<f64>) {
        let name = self.key(variable);
        let largest = |array: &Array2<f64>| array.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        let summands = self.summands.get(&name).copied().unwrap_or(0.0);
        let scale = largest(expected).max(summands).max(largest(&self.truth[&name]));
        let difference =
            (value - expected).iter().fold(0.0_f64, |worst, x| if x.is_nan() { x.abs() } else { worst.max(x.abs()) });
        self.lines += 1;
        if difference.is_nan() || difference > 1e-12 * scale {
            self.faults.push(format!("{what} of {name} is off by {difference:e} of {scale:e}"));
        }
    }

    /// The values of all names, with those of ∂J/∂d as the truth has them, and other ones for those that are given.
    fn values(&mut self, roots: &[ExprId], other: &[(SymbolId, Array2<f64>)]) -> Vec<Array2<f64>> {
        let forward = &mut self.derivation.forward;
        let names: Vec<(SymbolId, SymbolId)> =
            forward.definitions.iter().map(|d| (incoming(&mut forward.arena, d.symbol), d.symbol)).collect();
        let (arena, forward) = (&self.derivation.forward.arena, &self.derivation.forward);
        let pass = Pass::new(forward, self.dims, self.arrays.clone()).unwrap();
        let samples = self.arrays[&arena.symbol(forward.input()).key()].nrows();
        let mut environment = Environment::new(arena, self.dims, samples);
        let turned = |array: Array2<f64>| if forward.has_columns() { array.reversed_axes() } else { array };
        let constants = forward.pieces.iter().map(|piece| piece.symbol);
        let defined = forward.definitions.iter().map(|definition| definition.symbol);
        for symbol in forward.given().chain(constants).chain(defined) {
            environment.bind(symbol, Value::array(turned(pass.named(symbol).unwrap())));
        }
        for (incoming, symbol) in names {
            // What a norm has between is no name that a derivative comes in at.
            let Some(truth) = self.truth.get(&arena.symbol(symbol).key()) else { continue };
            let given = other.iter().find(|(other, _)| *other == symbol).map(|(_, value)| value);
            environment.bind(incoming, Value::array(turned(given.unwrap_or(truth).clone())));
        }
        roots.iter().map(|root| turned(environment.array(*root).unwrap())).collect()
    }

    /// What each use, each loss and the penalty give to a name, line by line: together they are its derivative, of the batch
    /// as a whole, where what comes in has its value. Returns what each rule gives.
    fn whole(&mut self) -> Vec<Array2<f64>> {
        let mut parts: Vec<(&str, SymbolId, Vec<ExprId>)> = Vec::new();
        let outputs = self.derivation.forward.outputs.clone();
        for rule in &self.steps.rules {
            parts.push(("rule", rule.variable, vec![rule.swept, rule.value]));
        }
        let values = |lines: &[Line]| lines.iter().map(|line| line.value).collect::<Vec<_>>();
        for (output, error) in outputs.iter().zip(&self.steps.errors) {
            parts.push(("line of the error", output.prediction.symbol, values(&error.by_prediction)));
            parts.extend(
                (!error.by_target.is_empty()).then(|| ("by the target", output.target, values(&error.by_target))),
            );
        }
        parts.extend(self.steps.penalties.iter().map(|penalty| ("penalty", penalty.variable, vec![penalty.value])));
        let found: Vec<Vec<Array2<f64>>> = parts.iter().map(|(.., lines)| self.values(lines, &[])).collect();
        for (i, (what, variable, _)) in parts.iter().enumerate() {
            let mut expected = self.truth[&self.key(*variable)].clone();
            let others =
                parts.iter().zip(&found).enumerate().filter(|(j, ((_, other, _), _))| *j != i && other == variable);
            others.for_each(|(_, (_, values))| expected -= &values[0]);
            for value in &found[i] {
                self.compare(what, *variable, value, &expected);
            }
        }
        for (output, error) in outputs.iter().zip(self.steps.errors.clone()) {
            let prediction = output.prediction.symbol;
            let Some(rule) = self.steps.rules.iter().find(|rule| rule.definition.symbol == prediction).cloned() else {
                continue;
            };
            let given = self.values(&[error.by_prediction[0].value], &[]).remove(0);
            let expected = self.values(&[rule.swept], &[(prediction, given)]).remove(0);
            for value in self.values(&values(&error.by_pre_activation), &[]) {
                self.compare("line of the error", rule.variable, &value, &expected);
            }
        }
        found.into_iter().take(self.steps.rules.len()).map(|mut values| values.remove(0)).collect()
    }

    /// Rules through gates and running products, sample by sample: what comes in is the product so far.
    fn by_form(&mut self, given: &[Array2<f64>]) {
        let gradient = self.gradient().clone();
        let truth = |name: SymbolId| self.truth[&self.key(name)].clone();
        let mut lines: Vec<(&str, SymbolId, ExprId, Array2<f64>)> =
            gradient.derivatives.iter().map(|d| ("running product", d.variable, d.value, truth(d.variable))).collect();
        let arena = &mut self.derivation.forward.arena;
        for (rule, given) in self.steps.rules.iter().zip(given) {
            let Some(gated) = rule.gated else { continue };
            let mut name = incoming(arena, rule.definition.symbol);
            if gradient.form == Form::PerSample {
                name = sample_symbol(arena, name);
            }
            let name = arena.named(name).unwrap();
            let mut so_far = Substitution::new();
            so_far.replace(name, gradient.by(rule.definition.symbol).unwrap().value);
            for (what, line) in [("gate as rows", gated.rows), ("gate", gated.matrix)] {
                lines.push((what, rule.variable, so_far.apply(arena, line).unwrap(), given.clone()));
            }
        }
        let pass = Pass::new(&self.derivation.forward, self.dims, self.arrays.clone()).unwrap();
        let mut found = Vec::new();
        for (what, variable, value, expected) in lines {
            let one = Gradient { derivatives: vec![Derivative { variable, value }], ..gradient.clone() };
            let values: Gradients = match gradient.form {
                Form::Layered => pass.whole(&one, &[variable]).unwrap(),
                _ => pass.by_sample(&one, &[variable]).unwrap(),
            };
            found.push((what, variable, values[&variable].clone(), expected));
        }
        for (what, variable, value, expected) in &found {
            self.compare(what, *variable, value, expected);
        }
    }

    fn all(&mut self) {
        let given = self.whole();
        self.by_form(&given);
    }
}

/// Letters of the gallery, with numbers: all different, so that a missing transpose is seen.
const SIZES: [(&str, u64); 11] = [
    ("n", 3),
    ("f0", 4),
    ("f1", 5),
    ("f2", 6),
    ("f3", 7),
    ("f", 8),
    ("h", 9),
    ("c", 10),
    ("a", 2),
    ("b", 11),
    ("d", 12),
];

/// A network of the gallery, on numbers.
fn bound(source: &str) -> (Network, Arrays) {
    let statements = source.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    let words: Vec<&str> = statements.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
    let is_used = |name: &str| words.contains(&name) && !statements.contains(&format!("{name} = "));
    let sizes: Vec<(String, u64)> =
        SIZES.iter().filter(|(name, _)| is_used(name)).map(|(name, size)| ((*name).to_string(), *size)).collect();
    let resolution = network::resolve(&spec::parse(source).unwrap(), &sizes);
    let network = resolution.network.unwrap_or_else(|| panic!("{:?}", resolution.diagnostics));
    let arrays = draw::arrays(&network, &Arrays::new(), 1.0, &mut draw::generator(7));
    (network, arrays)
}

#[test]
fn every_line_of_the_gallery_equals_the_one_before_it() {
    let dims = BTreeMap::new();
    for (name, source) in networks() {
        let (network, arrays) = bound(&source);
        for form in FORMS {
            let mut evaluated = Evaluated::new(&network, &network, &Request::new(form), &dims, &arrays);
            evaluated.all();
            assert_eq!(evaluated.faults, Vec::<String>::new(), "{name} {form:?}");
        }
    }
}

#[test]
fn every_line_of_random_networks_equals_the_one_before_it() {
    let mut lines = 0;
    for seed in (0..420).step_by(3) {
        let case = case(seed);
        for form in FORMS {
            let request = Request { distributions: case.distributions, ..Request::new(form) };
            let mut evaluated = Evaluated::new(&case.named, &case.bound, &request, &case.dims, &case.arrays);
            evaluated.all();
            assert_eq!(evaluated.faults, Vec::<String>::new(), "seed {seed} {form:?}");
            lines += evaluated.lines;
        }
    }
    assert!(lines > 5_000, "{lines}");
}

#[test]
fn a_wrong_line_is_seen() {
    let (network, arrays) = bound("input X [n, f0]; dense f1 tanh; dense f2 sigmoid; loss bce");
    let dims = BTreeMap::new();
    let mut evaluated = Evaluated::new(&network, &network, &Request::new(Form::Product), &dims, &arrays);
    let arena = &mut evaluated.derivation.forward.arena;
    let slightly =
        |arena: &mut chainrule::expr::Arena, value| arena.scale_by(Scalar::ratio(1_000_001, 1_000_000), value).unwrap();
    let steps = &mut evaluated.steps;
    steps.rules[1].value = slightly(arena, steps.rules[1].value);
    let error = &mut steps.errors[0];
    error.by_prediction[1].value = slightly(arena, error.by_prediction[1].value);
    error.by_pre_activation[2].value = slightly(arena, error.by_pre_activation[2].value);
    for rule in &mut steps.rules {
        if let Some(gated) = &mut rule.gated {
            gated.matrix = slightly(arena, gated.matrix);
        }
    }
    evaluated.all();
    let seen: Vec<&str> = evaluated.faults.iter().map(|fault| fault.split(" is off").next().unwrap()).collect();
    let expected = ["rule of A1", "line of the error of A2", "line of the error of Z2", "gate of Z1"];
    assert_eq!(seen, expected);
}

/// How each rule meets what comes in, from the loss down.
fn kinds(source: &str) -> String {
    let (_, steps) = explain(&resolved(source), &Request::new(Form::Product)).unwrap();
    let kinds: Vec<&str> = (steps.rules.iter())
        .map(|rule| match rule.enters {
            Enters::Right(_) => "right",
            Enters::Left(_) => "left",
            Enters::Entrywise(_) => "entrywise",
            Enters::Unchanged => "unchanged",
            Enters::Scaled(_) => "scaled",
            Enters::Transposed(_) => "transposed",
            Enters::Summed(..) => "summed",
            Enters::Mixed => "mixed",
            Enters::Normalised(_) => "normalised",
            Enters::Other => "other",
        })
        .collect();
    kinds.join(" ")
}

#[test]
fn factors_enter_where_the_definition_says() {
    let found = kinds("input X [n, f0]; dense f1 relu; dense f2 softmax; loss mse");
    assert_eq!(found, "mixed right left left entrywise right left left");
    let found = kinds("layout columns; input X [n, f0]; dense f1 relu; dense f2 softmax; loss mse");
    assert_eq!(found, "mixed left right right entrywise left right right");
    // Z of the tied layer by W, A and b; A by Z; Z by X, W and b.
    let found = kinds("input X [n, d]; encode: dense 3 tanh; dense d tied=encode; loss mse");
    assert_eq!(found, "entrywise transposed right left entrywise right left left");
    // A by H, s and b; H by X.
    let found = kinds("input X [n, d]; norm layer; loss mse");
    assert_eq!(
        found.split(' ').collect::<BTreeSet<_>>(),
        BTreeSet::from(["entrywise", "left", "normalised", "summed"])
    );
    // A + A, a difference, and a product of three.
    let found = kinds("input X [n, d]; dense d tanh; add {} {}; loss mse");
    assert!(found.starts_with("other entrywise "), "{found}");
    let found = kinds("input X [n, d]; a: dense d tanh; b: dense d from X; subtract a b; loss mse");
    assert!(found.starts_with("unchanged scaled "), "{found}");
    let found = kinds(
        "input X [n, d]; a: dense d; b: dense d from X; c: dense d from X; multiply a b c; dropout 0.5; loss mse",
    );
    assert!(found.starts_with("entrywise entrywise entrywise entrywise "), "{found}");
}

#[test]
fn every_line_of_graphs_equals_the_one_before_it() {
    let mut lines = 0;
    let columns = |(name, source): &(&'static str, &str)| (*name, format!("layout columns\n{source}"));
    let all: Vec<_> = NETWORKS.iter().map(|(name, source)| (*name, (*source).to_owned())).collect();
    for (name, source) in NETWORKS.iter().map(columns).chain(all) {
        for form in FORMS.into_iter().filter(|form| name != "batch-norm" || *form == Form::Layered) {
            let named = resolved(&source);
            let mut rng = draw::generator(5);
            let bound = bind(&named, None, None, Some(&mut rng)).unwrap();
            let arrays = draw::arrays(&bound.network, &bound.arrays, 1.0, &mut rng);
            let mut evaluated = Evaluated::new(&named, &bound.network, &Request::new(form), &bound.dims, &arrays);
            evaluated.all();
            assert_eq!(evaluated.faults, Vec::<String>::new(), "{name} {form:?}");
            lines += evaluated.lines;
        }
    }
    assert!(lines > 4_000, "{lines}");
}

/// What `derive --steps` prints at 100 columns, and what `derive` prints.
fn pages(source: &str, wrt: &str, form: Form, format: Format) -> (String, String) {
    let (derivation, steps) = explain(&resolved(source), &Request::new(form)).unwrap();
    let words: Vec<String> = wrt.split(',').filter(|word| !word.is_empty()).map(String::from).collect();
    let variables = variables::select(&derivation.forward, &words).unwrap();
    let style = Style::new(format);
    let with = style.page(&report::steps(&derivation, &steps, &variables));
    (with, style.page(&report::gradients(&derivation, &variables, false)))
}

#[test]
fn pages_to_read() {
    let pages_of = [
        ("one-layer", "", Form::Product, Format::Text),
        ("three-layer", "W1,b1", Form::Product, Format::Text),
        ("three-layer", "W1,b1", Form::Product, Format::Latex),
        ("three-layer-nobias", "W", Form::PerSample, Format::Text),
        ("classifier", "", Form::Layered, Format::Text),
        ("logistic", "W1", Form::Product, Format::Text),
        ("logistic", "W1", Form::Product, Format::Ascii),
        ("huber", "W2,X", Form::Product, Format::Text),
        ("inner-softmax", "W1", Form::Product, Format::Text),
        ("inner-softmax", "W1", Form::Product, Format::Latex),
        ("activations-alone", "W2", Form::Layered, Format::Text),
        ("poisson", "b1", Form::Layered, Format::Text),
        ("deep", "W_stem", Form::Product, Format::Text),
    ];
    for (name, wrt, form, format) in pages_of {
        let source = common::read(format!("tests/specs/valid/{name}.net"));
        let (page, _) = pages(&source, wrt, form, format);
        let file = format!("{name}_{form:?}_{format:?}").to_lowercase();
        common::snapshot("steps", &file, &format!("{}\n\n{}", source.trim_end(), page.trim_end()));
    }
    let hundred = "input X [n, f0]\nrepeat 99 { dense f relu }\ndense c softmax\nloss cce";
    let (page, _) = pages(hundred, "W", Form::Product, Format::Text);
    common::snapshot("steps", "hundred-layers", &format!("{hundred}\n\n{}", page.trim_end()));
}

#[test]
fn pages_of_graphs_to_read() {
    let pages_of = [
        ("residual", "W,X", Form::Layered),
        ("two-heads", "", Form::Layered),
        ("batch-norm", "W1,s2", Form::Layered),
        ("siamese", "W", Form::Layered),
        ("residual", "X", Form::Product),
        ("gated", "W", Form::PerSample),
    ];
    for (name, wrt, form) in pages_of {
        let source = NETWORKS.iter().find(|(known, _)| *known == name).unwrap().1;
        let (page, _) = pages(source, wrt, form, Format::Text);
        common::snapshot("steps", &format!("graph-{name}-{form}"), &format!("{source}\n\n{}", page.trim_end()));
    }
}

#[test]
fn the_steps_end_with_what_derive_prints() {
    let graphs = NETWORKS.map(|(name, source)| (name.into(), source.to_string()));
    for (name, source) in networks().into_iter().chain(graphs) {
        for form in FORMS.into_iter().filter(|form| name != "batch-norm" || *form == Form::Layered) {
            for format in [Format::Text, Format::Latex] {
                let (steps, derived) = pages(&source, "", form, format);
                // Signs are explained on each page as far as it uses them.
                let signs = |page: String| {
                    let end = page.find("\nwhere ").or_else(|| page.find("\n\\begin{description}"));
                    page[..end.unwrap_or(page.len())].to_owned()
                };
                let (steps, derived) = (signs(steps), signs(derived));
                let lines: Vec<&str> = steps.lines().map(|line| line.trim_end_matches(" \\\\[1ex]")).collect();
                for line in derived.lines().map(|line| line.trim_end_matches(" \\\\[1ex]")) {
                    assert!(lines.contains(&line), "{name} {form:?}: the steps do not have `{line}`");
                }
            }
        }
    }
}

#[test]
fn a_deep_network_has_a_short_page() {
    let source = "input X [n, f0]; repeat 999 { dense f relu }; dense c softmax; loss cce";
    for (form, most) in [(Form::Layered, 20_000), (Form::Product, 100_000)] {
        let (page, _) = pages(source, "W,X", form, Format::Text);
        assert!(page.len() < most, "{form:?}: {} bytes", page.len());
        let middle = "From ∂J/∂A₉₉₇ down to ∂J/∂A₃ the same is done 994 times more, once a layer; of more than 12 layers the middle";
        assert!(page.split_whitespace().collect::<Vec<_>>().join(" ").contains(middle), "{page}");
    }
}
