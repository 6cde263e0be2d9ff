//! Second derivatives of networks: Hessian and Gauss-Newton matrix times a direction against differences of other gradients,
//! against numbers by hand, and as they are printed; K-FAC against the Fisher matrix written out.

use chainrule::{
    evaluate::{
        arrays::Arrays,
        backprop,
        bindings::{Bound, bind},
        draw,
        gradients::Pass,
        kinks,
    },
    gradient::{Derivation, Derived, SecondKind},
    network::graph::Network,
    pipeline::{self, derive_second},
    render::{Format, Style},
    report,
};
use ndarray::{Array2, array};

use crate::{cli::chainrule, common::snapshot, gallery::resolved, graphs, oracles::scalar};

/// A network with numbers, arrays for it that are not near a kink, and a direction.
struct Case {
    named: Network,
    bound: Bound,
    arrays: Arrays,
    direction: Arrays,
}

impl Case {
    fn new(source: &str, seed: u64) -> Self {
        let mut rng = draw::generator(seed);
        let named = graphs::network(source);
        let bound = bind(&named, None, None, Some(&mut rng)).expect("binds");
        let far = |arrays: &Arrays| {
            kinks::distance(&bound.network, arrays, &backprop::forward(&bound.network, arrays)) > 1e-3
        };
        let draws = (0..100).map(|_| draw::arrays(&bound.network, &bound.arrays, 1.0, &mut rng)).collect::<Vec<_>>();
        let arrays = draws.iter().find(|arrays| far(arrays)).unwrap_or(&draws[0]).clone();
        Self { named, bound, arrays, direction: Arrays::new() }
    }

    /// A direction in all parameters that the derivation moves.
    fn draw_direction(&mut self, derivation: &Derivation, seed: u64) {
        let mut rng = draw::generator(seed + 1000);
        for part in &derivation.second.as_ref().expect("it is one").directions {
            let name = derivation.forward.arena.symbol(part.variable).key();
            let drawn = draw::direction(self.arrays[&name].dim(), &mut rng);
            self.direction.insert(name, drawn);
        }
    }

    fn moved(&self, by: f64) -> Arrays {
        let mut arrays = self.arrays.clone();
        for (name, direction) in &self.direction {
            arrays[name].scaled_add(by, direction);
        }
        arrays
    }

    /// The formulas' values, by the names of parameters and inputs.
    fn values(&self, derivation: &Derivation) -> Arrays {
        let forward = &derivation.forward;
        let mut pass = Pass::new(forward, &self.bound.dims, self.arrays.clone()).expect("evaluates");
        for part in &derivation.second.as_ref().expect("it is one").directions {
            pass.bind(part.symbol, self.direction[&forward.arena.symbol(part.variable).key()].clone());
        }
        let Derived::Gradient(gradient) = &derivation.derived else { panic!("formulas") };
        let variables: Vec<_> = forward.parameters.iter().chain(&forward.inputs).copied().collect();
        let values = pass.whole(gradient, &variables).expect("evaluates");
        values.into_iter().map(|(variable, value)| (forward.arena.symbol(variable).key(), value)).collect()
    }
}

fn largest(array: &Array2<f64>) -> f64 {
    array.iter().fold(0.0, |largest, x| if x.is_nan() { f64::NAN } else { x.abs().max(largest) })
}

/// H v is the difference of gradients by reverse mode on scalars, which knows no matrix.
fn check_hessian(source: &str, seed: u64) {
    let mut case = Case::new(source, seed);
    let derivation = derive_second(&case.named, SecondKind::Hessian, &[]).unwrap_or_else(|e| panic!("{source}: {e}"));
    case.draw_direction(&derivation, seed);
    let found = case.values(&derivation);
    let step = 1e-5;
    let [plus, minus] = [step, -step].map(|by| scalar::gradients(&case.bound.network, &case.moved(by)).1);
    let difference = |name: &str| (&plus[name] - &minus[name]) / (2.0 * step);
    let scale = found.keys().map(|name| largest(&difference(name))).fold(1e-6, f64::max);
    for (name, value) in &found {
        let error = largest(&(value - &difference(name))) / scale;
        assert!(error < 1e-5, "{source}, seed {seed}: H v of {name} is off by {error:e}");
    }
}

/// All values of the predictions of a network, in one row.
fn outputs(case: &Case, arrays: &Arrays) -> Vec<f64> {
    let pass = backprop::forward(&case.bound.network, arrays);
    pass.activations.last().expect("a layer").iter().copied().collect()
}

/// G v is Jᵀ H J v with J by differences of the forward pass, an entry of a parameter at a time, and H of the mean squared error.
fn check_gauss_newton(source: &str, seed: u64) {
    let mut case = Case::new(source, seed);
    let derivation = derive_second(&case.named, SecondKind::GaussNewton, &[]).unwrap();
    case.draw_direction(&derivation, seed);
    let found = case.values(&derivation);
    let step = 1e-6;
    let along: Vec<f64> = (outputs(&case, &case.moved(step)).iter().zip(&outputs(&case, &case.moved(-step))))
        .map(|(plus, minus)| (plus - minus) / (2.0 * step))
        .collect();
    let curvature = 2.0 / case.bound.network.input().samples.as_number().expect("a number") as f64;
    for name in case.direction.keys() {
        let value = &found[name];
        for (place, entry) in value.indexed_iter() {
            let at = |by: f64| {
                let mut arrays = case.arrays.clone();
                arrays[name][place] += by;
                outputs(&case, &arrays)
            };
            let column = at(step).into_iter().zip(at(-step)).map(|(plus, minus)| (plus - minus) / (2.0 * step));
            let expected: f64 = column.zip(&along).map(|(one, other)| one * other * curvature).sum();
            let error = (entry - expected).abs() / largest(value).max(1e-3);
            assert!(error < 1e-6, "{source}, seed {seed}: G v of {name} at {place:?} is off by {error:e}");
        }
    }
}

#[test]
fn hessians_of_every_kind_of_layer() {
    for (_, source) in graphs::NETWORKS {
        for seed in 0..2 {
            check_hessian(source, seed);
        }
    }
}

#[test]
fn hessians_of_random_graphs() {
    let mut rng = draw::generator(7);
    for seed in 0..25 {
        check_hessian(&graphs::random(&mut rng), seed);
    }
}

/// Those that are derived are compared with differences before they are handed on, or refused.
#[test]
fn gauss_newton_products_of_every_kind_of_layer() {
    let mut rng = draw::generator(8);
    let random: Vec<String> = (0..15).map(|_| graphs::random(&mut rng)).collect();
    let sources = graphs::NETWORKS.into_iter().map(|(_, source)| source).chain(random.iter().map(String::as_str));
    for source in sources {
        let found = derive_second(&graphs::network(source), SecondKind::GaussNewton, &[]);
        let found = found.unwrap_or_else(|error| panic!("{source}: {error}"));
        let second = found.second.expect("it is one");
        assert!(second.checked.is_ok_and(|checked| checked.points == 3 && checked.error < 1e-6), "{source}");
    }
}

#[test]
fn gauss_newton_products_by_jacobians() {
    for (seed, source) in [
        "input X [n, 3]; dense 4 tanh; dense 2; loss mse",
        "input X [n, 3]; dense 4 sin; dense 2 sigmoid; loss mse",
        "input X [n, 3]; residual { norm layer; dense 3 gelu }; dense 2; loss mse",
        "input X [n, 3]; concat { dense 2 relu } { dense 2 softplus }; norm batch; dense 2 softmax; loss mse",
    ]
    .into_iter()
    .enumerate()
    {
        check_gauss_newton(source, seed as u64);
    }
}

/// J = ½(tanh(w x) − y)² of one number: J'' = x²(t'² + (t − y) t''), of which Gauss and Newton keep the first term.
#[test]
fn one_weight_by_hand() {
    let (x, y, w, v) = (1.5_f64, -0.4, 0.3, 2.0);
    let t = (w * x).tanh();
    let (slope, bend) = (1.0 - t * t, -2.0 * t * (1.0 - t * t));
    let wanted = [
        (SecondKind::Hessian, v * x * x * (slope * slope + (t - y) * bend)),
        (SecondKind::GaussNewton, v * x * x * slope * slope),
    ];
    for (kind, expected) in wanted {
        let mut case = Case::new("input X [1, 1]; dense 1 tanh nobias; loss half_mse", 0);
        let derivation = derive_second(&case.named, kind, &[]).unwrap();
        for (name, value) in [("X", x), ("Y", y), ("W1", w)] {
            case.arrays[name] = array![[value]];
        }
        case.direction.insert("W1".into(), array![[v]]);
        let found = case.values(&derivation)["W1"][[0, 0]];
        assert!((found - expected).abs() < 1e-14, "{kind:?}: {found}, not {expected}");
    }
}

/// The Hessian is symmetric: uᵀ H v = vᵀ H u, also between parameters and inputs.
#[test]
fn a_direction_of_some_variables() {
    let source = "input X [n, 3]; dense 4 tanh; dense 2 softmax; loss cce";
    let along = |words: &[&str], seed: u64| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let mut case = Case::new(source, 3);
        let derivation = derive_second(&case.named, SecondKind::Hessian, &words).unwrap();
        case.draw_direction(&derivation, seed);
        (case.values(&derivation), case.direction)
    };
    let ((by_w, w), (by_x, x)) = (along(&["W1"], 1), along(&["X"], 2));
    let inner = |a: &Arrays, b: &Arrays| b.iter().map(|(name, b)| (&a[name] * b).sum()).sum::<f64>();
    assert!((inner(&by_w, &x) - inner(&by_x, &w)).abs() < 1e-12);
}

/// The error that is measured is that of the blocks written out.
#[test]
fn the_error_of_kfac_is_that_of_the_fisher_matrix() {
    let network = graphs::network("input X [5, 3]; dense 4 tanh; dense 2 softmax; loss cce");
    let found = pipeline::kfac(&network).unwrap();
    let mut rng = draw::generator(0);
    let bound = bind(&network, None, None, Some(&mut rng)).unwrap();
    let arrays = draw::arrays(&bound.network, &bound.arrays, 1.0, &mut rng);
    let values = backprop::forward(&bound.network, &arrays);
    let concrete = backprop::reverse(&bound.network, &arrays, &values);
    for (block, (a, delta)) in found.blocks.iter().zip([(&arrays["X"], "Z1"), (&values.activations[0], "Z2")]) {
        let (delta, n) = (&concrete.gradients[delta] * 5.0, 5.0);
        let kron = |d: &Array2<f64>, a: &Array2<f64>| {
            let (p, q) = (d.nrows(), a.nrows());
            Array2::from_shape_fn((p * q, p * q), |(i, j)| d[[i / q, j / q]] * a[[i % q, j % q]])
        };
        let mut fisher = kron(&delta.t().dot(&delta), &a.t().dot(a)) * 0.0;
        for i in 0..5 {
            let row = |of: &Array2<f64>| of.row(i).to_owned().insert_axis(ndarray::Axis(0));
            let (a, delta) = (row(a), row(&delta));
            fisher += &(kron(&delta.t().dot(&delta), &a.t().dot(&a)) / n);
        }
        let product = kron(&(delta.t().dot(&delta) / n), &(a.t().dot(a) / n));
        let norm = |of: &Array2<f64>| of.iter().map(|x| x * x).sum::<f64>().sqrt();
        let expected = norm(&(&fisher - &product)) / norm(&fisher);
        assert!((block.errors[0] - expected).abs() < 1e-10, "{} and {expected}", block.errors[0]);
    }
    let one = pipeline::kfac(&graphs::network("input X [1, 3]; dense 4 tanh; dense 2; loss mse")).unwrap();
    assert!(one.blocks.iter().flat_map(|block| &block.errors).all(|error| *error < 1e-7), "exact for one sample");
}

#[test]
fn pages_of_second_derivatives() {
    for (name, source) in [
        ("two-layers", "input X [n, 3]; dense 4 tanh; dense 2; loss half_mse"),
        ("classifier", "input X [n, 3]; dense 4 relu; dense 2 softmax; loss cce"),
        (
            "residual",
            "input X [n, d]; residual { norm layer; dense d gelu }; dense 1 sigmoid; loss bce; penalty l2 0.01",
        ),
        ("names", "input V [v, 3]; dense 2 sigmoid; norm rms plain; dense 2; loss mse"),
    ] {
        let network = resolved(source);
        let page = |kind, format| {
            let derivation = derive_second(&network, kind, &[]).unwrap();
            let variables = derivation.forward.parameters.clone();
            let text = Style::new(format).page(&report::gradients(&derivation, &variables, format == Format::Latex));
            format!("{source}\n\n{}", text.trim_end())
        };
        for (kind, of) in [(SecondKind::Hessian, "hessian"), (SecondKind::GaussNewton, "gauss-newton")] {
            for (ending, format) in [("", Format::Text), (".ascii", Format::Ascii), (".latex", Format::Latex)] {
                snapshot("second", &format!("{name}.{of}{ending}"), &page(kind, format));
            }
        }
        if !source.contains("norm") {
            let found = pipeline::kfac(&network).unwrap();
            let page =
                Style::new(Format::Text).page(&report::kfac(&found, &found.derivation.forward.parameters, false));
            snapshot("second", &format!("{name}.kfac"), &format!("{source}\n\n{}", page.trim_end()));
        }
    }
}

const SPEC: &str = "input X [n, 3]; dense 4 tanh; dense 2; loss mse";

#[test]
fn what_does_not_go_together_is_a_lesson() {
    for (options, message) in [
        (&["--hvp", "--form", "product"][..], "`--hvp` does not go with `--form product`"),
        (&["--gauss-newton", "--why"], "`--gauss-newton` does not go with `--why`"),
        (&["--kfac", "--general"], "`--kfac` does not go with `--general`"),
        (&["--kfac", "--along", "W1"], "there is no direction in it"),
        (&["--kfac", "--wrt", "b1"], "K-FAC factors are of weights, and `b1` is none"),
        (&["--along", "W1"], "--hvp"),
        (&["--hvp", "--kfac"], "cannot be used with"),
        (&["--hvp", "--wrt", "Z1"], "`Z1` is a value of the network"),
        (&["--hvp", "--along", "A1"], "`A1` is a value of the network"),
        (&["--hvp", "--along", "W9"], "the network has no variable `W9`"),
    ] {
        let arguments: Vec<&str> = ["derive", "-e", SPEC].into_iter().chain(options.iter().copied()).collect();
        let run = chainrule(&arguments);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{}", run.transcript(&arguments));
        assert!(run.stderr.contains(message), "expected {message}\n{}", run.transcript(&arguments));
    }
    let run = chainrule(&["derive", "-e", "input X [n, 3]; norm batch; dense 2; loss mse", "--kfac"]);
    assert!(run.status == 3 && run.stderr.contains("each sample depend on all others"), "{}", run.stderr);
}

#[test]
fn every_format_has_the_dots() {
    for (format, dotted) in [
        ("text", "Δ̇₁"),
        ("ascii", "Deltadot1"),
        ("latex", r"\dot{\Delta}_1"),
        ("typst", "dot(Delta)_1"),
        ("mathml", "<mo stretchy=\"false\">˙</mo>"),
        ("html", "<mo stretchy=\"false\">˙</mo>"),
        ("json", "\"Deltadot1\""),
    ] {
        let run = chainrule(&["derive", "-e", SPEC, "--hvp", "--format", format]);
        assert!(run.status == 0 && run.stdout.contains(dotted), "{format}\n{}", run.stdout);
    }
    let json = chainrule(&["derive", "-e", SPEC, "--hvp", "--along", "W1", "--format", "json"]).stdout;
    for part in [r#""matrix": "hessian""#, r#""along": [["W1", "V1"]]"#, r#""role": "direction""#, "second_derivative"]
    {
        assert!(json.contains(part), "{part}\n{json}");
    }
}
