//! The steps to a gradient: each line evaluated, so that no line differs from the one before it; pages of them to read.

use std::collections::{BTreeMap, HashMap};

use chainrule::{
    evaluate::{
        arrays::Arrays,
        draw,
        eval::Environment,
        gradients::{Gradients, Pass},
        value::Value,
    },
    expr::{ExprId, Scalar, Substitution, SymbolId},
    gradient::{
        Derivation, Derivative, Derived, Form, Gradient,
        form::per_sample::sample_symbol,
        steps::{Enters, Steps, incoming},
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
        let summands = if arrays.contains_key("Y") { largest_summands(bound, arrays) } else { BTreeMap::new() };
        Self { derivation, steps, dims, arrays, truth, summands, faults: Vec::new(), lines: 0 }
    }

    fn gradient(&self) -> &Gradient {
        let Derived::Gradient(gradient) = &self.derivation.derived else { panic!("a form with a value") };
        gradient
    }

    fn key(&self, symbol: SymbolId) -> String {
        self.derivation.forward.arena.symbol(symbol).key()
    }

    fn compare(&mut self, what: &str, variable: SymbolId, value: &Array2<f64>) {
        let name = self.key(variable);
        let expected = &self.truth[&name];
        let largest = |array: &Array2<f64>| array.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        let scale = largest(expected).max(self.summands.get(&name).copied().unwrap_or(0.0));
        let difference =
            (value - expected).iter().fold(0.0_f64, |worst, x| if x.is_nan() { x.abs() } else { worst.max(x.abs()) });
        self.lines += 1;
        if difference.is_nan() || difference > 1e-12 * scale {
            self.faults.push(format!("{what} of {name} is off by {difference:e} of {scale:e}"));
        }
    }

    /// Rules and the error, for the batch as a whole: what comes in has its value.
    fn whole(&mut self) {
        let Self { derivation, steps, dims, arrays, .. } = self;
        let forward = &mut derivation.forward;
        let names: Vec<(SymbolId, String)> = (forward.definitions.iter())
            .map(|d| (incoming(&mut forward.arena, d.symbol), forward.arena.symbol(d.symbol).key()))
            .collect();
        let arena = &forward.arena;
        let samples = arrays[&arena.symbol(forward.input()).key()].nrows();
        let mut environment = Environment::new(arena, dims, samples);
        for symbol in [forward.input(), forward.target()].iter().chain(&forward.parameters) {
            environment.bind(*symbol, Value::array(arrays[&arena.symbol(*symbol).key()].clone()));
        }
        for definition in &forward.definitions {
            let value = environment.array(definition.value).unwrap();
            environment.bind(definition.symbol, Value::array(value));
        }
        for (symbol, name) in names {
            environment.bind(symbol, Value::array(self.truth[&name].clone()));
        }
        let mut found = Vec::new();
        for rule in &steps.rules {
            found.push(("swept rule", rule.variable, environment.array(rule.swept).unwrap()));
            found.push(("rule", rule.variable, environment.array(rule.value).unwrap()));
        }
        let last = steps.rules[0].variable;
        for (variable, lines) in [(forward.prediction().symbol, &steps.by_prediction), (last, &steps.by_pre_activation)]
        {
            for line in lines {
                found.push(("line of the error", variable, environment.array(line.value).unwrap()));
            }
        }
        for (what, variable, value) in &found {
            self.compare(what, *variable, value);
        }
    }

    /// Rules through gates and running products, sample by sample: what comes in is the product so far.
    fn by_form(&mut self) {
        let gradient = self.gradient().clone();
        let mut lines: Vec<(&str, SymbolId, ExprId)> =
            gradient.derivatives.iter().map(|d| ("running product", d.variable, d.value)).collect();
        let arena = &mut self.derivation.forward.arena;
        for rule in &self.steps.rules {
            let Some(gated) = rule.gated else { continue };
            let mut name = incoming(arena, rule.definition.symbol);
            if gradient.form == Form::PerSample {
                name = sample_symbol(arena, name);
            }
            let name = arena.named(name).unwrap();
            let mut so_far = Substitution::new();
            so_far.replace(name, gradient.by(rule.definition.symbol).unwrap().value);
            lines.push(("gate as rows", rule.variable, so_far.apply(arena, gated.rows).unwrap()));
            lines.push(("gate", rule.variable, so_far.apply(arena, gated.matrix).unwrap()));
        }
        let pass = Pass::new(&self.derivation.forward, self.dims, self.arrays.clone()).unwrap();
        let mut found = Vec::new();
        for (what, variable, value) in lines {
            let one = Gradient { derivatives: vec![Derivative { variable, value }], ..gradient.clone() };
            let values: Gradients = match gradient.form {
                Form::Layered => pass.whole(&one, &[variable]).unwrap(),
                _ => pass.by_sample(&one, &[variable]).unwrap(),
            };
            found.push((what, variable, values[&variable].clone()));
        }
        for (what, variable, value) in &found {
            self.compare(what, *variable, value);
        }
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
            evaluated.whole();
            evaluated.by_form();
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
            evaluated.whole();
            evaluated.by_form();
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
    steps.by_prediction[0].value = slightly(arena, steps.by_prediction[0].value);
    steps.by_pre_activation[2].value = slightly(arena, steps.by_pre_activation[2].value);
    for rule in &mut steps.rules {
        if let Some(gated) = &mut rule.gated {
            gated.matrix = slightly(arena, gated.matrix);
        }
    }
    evaluated.whole();
    evaluated.by_form();
    let seen: Vec<&str> = evaluated.faults.iter().map(|fault| fault.split(" is off").next().unwrap()).collect();
    let expected = ["rule of A1", "line of the error of A2", "line of the error of Z2", "gate of Z1"];
    assert_eq!(seen, expected);
}

#[test]
fn factors_enter_where_the_definition_says() {
    let (_, steps) =
        explain(&resolved("input X [n, f0]; dense f1 relu; dense f2 softmax; loss mse"), &Request::new(Form::Product))
            .unwrap();
    let kinds: Vec<&str> = (steps.rules.iter())
        .map(|rule| match rule.enters {
            Enters::Right(_) => "right",
            Enters::Left(_) => "left",
            Enters::Entrywise(_) => "entrywise",
            Enters::Unchanged => "unchanged",
            Enters::Mixed => "mixed",
        })
        .collect();
    assert_eq!(kinds, ["mixed", "right", "left", "left", "entrywise", "right", "left", "left"]);
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
fn the_steps_end_with_what_derive_prints() {
    for (name, source) in networks() {
        for form in FORMS {
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
