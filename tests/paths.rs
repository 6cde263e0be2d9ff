//! The chain rule over all paths, products multiplied out, and Jacobians: of networks that branch.

use std::collections::{BTreeMap, HashMap};

use chainrule::{
    evaluate::{arrays::Arrays, backprop, bindings::bind, draw, gradients::Pass},
    expr::{Arena, ExprId, Op, Role, SymbolId},
    gradient::{Derived, Form, GradientError},
    network::graph::{Network, Value},
    pipeline::{Request, derive, variables},
    render::{Format, Style},
    report,
};
use ndarray::Array2;

use crate::{
    common::snapshot,
    concrete::distance,
    graphs::{NETWORKS, network},
    oracles::scalar,
};

/// The network with numbers, `n` of one sample where that is wanted, and arrays for it.
fn case(source: &str, seed: u64, samples: Option<u64>) -> (Network, Arrays) {
    let mut rng = draw::generator(seed);
    let mut network = network(source);
    if let Some(samples) = samples {
        let number = chainrule::shape::Dim::number(samples).expect("a number");
        network = network
            .with_dims(|dim| Ok::<_, ()>(if dim.is_batch() { number.clone() } else { dim.clone() }))
            .expect("bound");
    }
    let bound = bind(&network, None, None, Some(&mut rng)).expect("binds");
    let arrays = draw::arrays(&bound.network, &bound.arrays, 1.0, &mut rng);
    (bound.network, arrays)
}

/// How many ways lead from each value to a loss, by walking the layers one by one.
fn ways(network: &Network) -> HashMap<Value, u128> {
    fn from(network: &Network, value: Value) -> u128 {
        let layers = network.layers.iter().enumerate();
        let of_layers: u128 = layers
            .flat_map(|(place, layer)| layer.sources.iter().map(move |source| (place, source.value)))
            .filter(|(_, source)| *source == value)
            .map(|(place, _)| from(network, Value::Layer(place)))
            .sum();
        let of_terms = network
            .terms
            .iter()
            .map(|term| u128::from(term.prediction == value) + u128::from(term.target_value == Some(value)));
        of_layers + of_terms.sum::<u128>()
    }
    let inputs = (0..network.inputs.len()).map(Value::Input);
    let values = inputs.chain((0..network.layers.len()).map(Value::Layer));
    values.map(|value| (value, from(network, value))).collect()
}

#[test]
fn the_chain_rule_counts_every_way_to_the_loss() {
    for (name, source) in NETWORKS {
        let network = network(source);
        let derivation = derive(&network, &Request::new(Form::Chain)).expect("derives");
        let Derived::Chain(chain) = &derivation.derived else { panic!("a chain") };
        let known = variables::known(&derivation.forward);
        for (value, number) in ways(&network) {
            let key = match value {
                Value::Input(input) => network.inputs[input].name.to_string(),
                Value::Layer(layer) => chainrule::evaluate::arrays::symbol("A", &network.layers[layer].label),
            };
            let variable = known[&key];
            assert_eq!(chain.number_of_paths(variable), number, "{name}: from {key}");
            let paths = chain.paths(variable);
            assert_eq!(paths.len() as u128, number, "{name}: from {key}");
            // Each path is one of its own, and leads from J to the variable without a gap.
            let mut told: Vec<String> = paths.iter().map(|path| format!("{path:?}")).collect();
            told.sort();
            told.dedup();
            assert_eq!(told.len(), paths.len(), "{name}: from {key}");
            for path in paths {
                assert!(path.windows(2).all(|pair| Some(pair[0].by) == pair[1].of), "{name}: from {key}: {path:?}");
                assert_eq!(path.last().map(|last| last.by), Some(variable), "{name}: from {key}");
            }
        }
    }
}

#[test]
fn sums_over_paths_are_the_gradients() {
    for (name, source) in NETWORKS {
        let (network, arrays) = case(source, 3, None);
        for form in [Form::Product, Form::PerSample] {
            let request = Request { paths: true, distributions: false, ..Request::new(form) };
            let derivation = match derive(&network, &request) {
                Err(error) => {
                    assert_eq!((name, error), ("batch-norm", GradientError::MixesSamples));
                    continue;
                }
                Ok(derivation) => derivation,
            };
            assert_eq!(derivation.limit, None, "{name}");
            let dims = BTreeMap::new();
            let pass = Pass::new(&derivation.forward, &dims, arrays.clone()).expect("bound");
            let Derived::Gradient(gradient) = &derivation.derived else { panic!("a form with a value") };
            let variables: Vec<SymbolId> = derivation.forward.parameters.clone();
            let expected = backprop::gradients(&network, &arrays).gradients;
            for (variable, value) in pass.by_sample(gradient, &variables).expect("evaluates") {
                let key = derivation.forward.arena.symbol(variable).key();
                let error = distance(&value, &expected[&key]);
                assert!(error <= 1e-11, "{name} {form}: ∂J/∂{key} is off by {error:e}");
            }
        }
    }
}

/// With the values written out: the gradients of scalar reverse mode, and of values only the inputs and those that are told to
/// stop the writing are left beside the errors.
#[test]
fn graphs_written_out_are_the_gradients() {
    let others = [
        ("two-blocks", "input X [n, d]\nrepeat 2 { residual { dense h relu; dense d } }\ndense 1 sigmoid\nloss bce"),
        ("split-gates", "input X [n, d]\nresidual { dense h tanh; dense d silu nobias }\ndense 2\nloss mse"),
        ("columns", "layout columns\ninput X [n, d]\nresidual { dense h tanh; dense d }\ndense 2\nloss mse"),
    ];
    for (name, source) in NETWORKS.into_iter().chain(others) {
        let (network, arrays) = case(source, 7, None);
        for form in [Form::Product, Form::PerSample] {
            let request = Request { expand: true, distributions: false, ..Request::new(form) };
            let derivation = match derive(&network, &request) {
                Err(error) => {
                    assert_eq!((name, error), ("batch-norm", GradientError::MixesSamples));
                    continue;
                }
                Ok(derivation) => derivation,
            };
            assert_eq!(derivation.limit, None, "{name}");
            let (dims, arena) = (BTreeMap::new(), &derivation.forward.arena);
            let pass = Pass::new(&derivation.forward, &dims, arrays.clone()).expect("bound");
            let Derived::Gradient(gradient) = &derivation.derived else { panic!("a form with a value") };
            let (_, expected) = scalar::gradients(&network, &arrays);
            for (variable, value) in pass.by_sample(gradient, &derivation.forward.parameters).expect("evaluates") {
                let key = arena.symbol(variable).key();
                let error = distance(&value, &expected[&key]);
                assert!(error <= 1e-10, "{name} {form}: ∂J/∂{key} is off by {error:e}");
            }
            let stops: Vec<String> = gradient.stops.iter().map(|stop| arena.symbol(stop.activation).key()).collect();
            for derivative in &gradient.derivatives {
                for factor in linear(arena, derivative.value) {
                    let Some(symbol) = arena.as_symbol(factor).map(|symbol| arena.symbol(symbol)) else { continue };
                    let is_left = symbol.role == Role::Input || stops.contains(&symbol.key());
                    let of_loss = derivation.forward.outputs.iter().any(|output| {
                        [output.prediction.symbol, output.target]
                            .iter()
                            .any(|used| arena.symbol(*used).key() == symbol.key())
                    });
                    assert!(!symbol.is_value() || is_left || of_loss, "{name} {form}: {}", symbol.key());
                }
            }
        }
    }
}

/// The parts that stand in sums and products.
fn linear(arena: &Arena, root: ExprId) -> Vec<ExprId> {
    let (mut todo, mut found) = (vec![root], Vec::new());
    while let Some(id) = todo.pop() {
        match arena.op(id) {
            Op::Add(_) | Op::Multiply(_) | Op::Scale(_) | Op::Transpose(_) | Op::SumSamples(_) => {
                todo.extend(arena.op(id).children());
            }
            _ => found.push(id),
        }
    }
    found
}

#[test]
fn pages_of_graphs_written_out() {
    for (name, form) in [("residual", Form::Product), ("layer-norm", Form::Product), ("concat", Form::PerSample)] {
        let source = NETWORKS.into_iter().find(|(known, _)| *known == name).expect("is there").1;
        let request = Request { expand: true, ..Request::new(form) };
        let derivation = derive(&network(source), &request).expect("derives");
        let variables = derivation.forward.parameters.clone();
        let page = Style::new(Format::Text).page(&report::gradients(&derivation, &variables, false));
        snapshot("paths", &format!("{name}-{form}-written-out"), &page);
    }
}

/// What comes in through two uses with opposite signs and the same weights is nothing.
#[test]
fn sums_that_cancel_are_zero() {
    let sources = [
        ("input X [n, d]\na: dense d\nsubtract a a\ndense 1\nloss mse", vec!["W_a", "b_a"]),
        (
            "input P [n, d]\ninput Q [n, d]\nshared f { dense 2 }\np: f from P\nq: f from Q\nsubtract p q\nloss mse",
            vec!["b_f"],
        ),
    ];
    for (source, zeros) in sources {
        let derivation = derive(&network(source), &Request::new(Form::Product)).expect("derives");
        let arena = &derivation.forward.arena;
        let Derived::Gradient(gradient) = &derivation.derived else { panic!("a product") };
        let known = variables::known(&derivation.forward);
        for name in zeros {
            let variable = *known.get(name).unwrap_or_else(|| panic!("{name} of {:?}", known.keys()));
            let value = gradient.by(variable).expect("is there").value;
            assert!(matches!(arena.op(value), Op::Zero(..)), "{source}: {name}");
        }
        let (network, arrays) = case(source, 2, None);
        let derivation = derive(&network, &Request::new(Form::Product)).expect("derives");
        let Derived::Gradient(gradient) = &derivation.derived else { panic!("a product") };
        let dims = BTreeMap::new();
        let pass = Pass::new(&derivation.forward, &dims, arrays.clone()).expect("bound");
        let (_, expected) = scalar::gradients(&network, &arrays);
        for (variable, value) in pass.by_sample(gradient, &derivation.forward.parameters).expect("evaluates") {
            let key = derivation.forward.arena.symbol(variable).key();
            let off = (&value - &expected[&key]).fold(0.0_f64, |worst, x| worst.max(x.abs()));
            assert!(off <= 1e-12, "{source}: ∂J/∂{key} is off by {off:e}");
        }
    }
}

#[test]
fn each_row_of_a_jacobian_is_the_gradient_of_an_output() {
    for (name, source) in NETWORKS {
        if name == "batch-norm" {
            continue;
        }
        // Of one sample, and with nothing behind the output: J = Σ G ⊙ Ŷ.
        let (network, mut arrays) = case(source, 5, Some(1));
        let request = Request { jacobian: true, ..Request::new(Form::PerSample) };
        let derivation = derive(&network, &request).expect("derives");
        assert_eq!(derivation.limit, None, "{name}");
        let mut bare = network.clone();
        bare.terms.truncate(1);
        bare.penalties.clear();
        bare.terms[0] = chainrule::network::graph::Term {
            loss: chainrule::catalog::loss::Loss::Upstream,
            weight: chainrule::expr::Scalar::integer(1),
            reduction: chainrule::catalog::loss::Reduction::Sum,
            target_value: None,
            classes: chainrule::network::graph::Classes::default(),
            target: chainrule::network::graph::Tensor { name: "G".into(), ..bare.terms[0].target.clone() },
            ..bare.terms[0].clone()
        };
        let dims = BTreeMap::new();
        let pass = Pass::new(&derivation.forward, &dims, arrays.clone()).expect("bound");
        let Derived::Gradient(gradient) = &derivation.derived else { panic!("Jacobians") };
        let variables: Vec<SymbolId> = gradient.derivatives.iter().map(|derivative| derivative.variable).collect();
        let found = pass.by_sample(gradient, &variables).expect("evaluates");
        let outputs = usize::try_from(bare.terms[0].target.features.as_number().expect("bound")).expect("small");
        for row in 0..outputs {
            arrays.insert("G".into(), Array2::from_shape_fn((1, outputs), |(_, j)| if j == row { 1.0 } else { 0.0 }));
            let (_, expected) = scalar::gradients(&bare, &arrays);
            for (variable, jacobian) in &found {
                let key = derivation.forward.arena.symbol(*variable).key();
                let Some(expected) = expected.get(&key) else { continue };
                let own = jacobian.row(row).insert_axis(ndarray::Axis(0)).to_owned();
                let error = (&own - expected).fold(0.0_f64, |most, x| most.max(x.abs()));
                assert!(error <= 1e-12, "{name}: row {row} of ∂ŷ/∂{key} is off by {error:e}");
            }
        }
    }
}

#[test]
fn pages_of_paths() {
    let networks = ["residual", "layer-norm", "glu", "penalties", "tied", "siamese", "two-heads", "between-values"];
    for (name, source) in NETWORKS.into_iter().filter(|(name, _)| networks.contains(name)) {
        let network = network(source);
        let page = |request: &Request, words: &[&str]| {
            let derivation = derive(&network, request).expect("derives");
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let variables = variables::of(&derivation, &words).expect("known");
            Style::new(Format::Text).page(&report::gradients(&derivation, &variables, false))
        };
        snapshot("paths", &format!("{name}-chain"), &page(&Request::new(Form::Chain), &[]));
        snapshot("paths", &format!("{name}-intuitive"), &page(&Request::new(Form::Intuitive), &[]));
        snapshot(
            "paths",
            &format!("{name}-paths"),
            &page(&Request { paths: true, ..Request::new(Form::Product) }, &[]),
        );
        let jacobian = Request { jacobian: true, ..Request::new(Form::PerSample) };
        snapshot("paths", &format!("{name}-jacobian"), &page(&jacobian, &[]));
    }
}

#[test]
fn too_many_paths_are_counted_and_not_written() {
    let source = "input X [n, d]\nrepeat 60 { residual { dense d tanh } }\nloss mse";
    for request in [Request::new(Form::Chain), Request { paths: true, ..Request::new(Form::Product) }] {
        let derivation = derive(&network(source), &request).expect("derives");
        let error = variables::of(&derivation, &["X".into()]).expect_err("too many");
        let said = "the derivation failed: the gradient with respect to X is a sum over 1152921504606846976 paths, and more than 1000 \
                    are not written";
        assert_eq!(error.to_string(), said);
        assert!(variables::of(&derivation, &["W119".into()]).is_ok(), "few lead from the end");
    }
}
