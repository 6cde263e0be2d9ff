//! Verification: what holds, what is left out, and what is said of it.

use chainrule::{
    evaluate::bindings::Source,
    expr::{Op, Scalar},
    gradient::{Derivative, Derived},
    network::{graph::Network, resolve},
    pipeline::{ArrayReport, Formulas, Options, PipelineError, Verdict, Verification, verify, verify_formulas},
    spec,
};
use ndarray::{Array2, Axis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::common;

fn network(text: &str) -> Network {
    let spec = spec::parse(text).expect("parses");
    resolve(&spec, &[]).network.expect("resolves")
}

fn random(text: &str, trials: usize) -> Verification {
    verify(&network(text), None, None, Options { trials, ..Options::default() }).expect("verifies")
}

#[test]
fn every_valid_network_holds() {
    insta::glob!("specs/valid/*.net", |path| {
        let found = random(&common::read(path), 3);
        assert!(found.holds() && found.compared() > 0, "{}\n{found}", path.display());
        assert!(found.arrays.values().all(|array| array.differences.is_some()), "{found}");
    });
}

#[test]
fn a_shared_gate_is_an_approximation_and_one_sample_is_exact() {
    let three = "input X [n, f0]\ndense f1 relu\ndense f2 relu\ndense f3\nloss half_mse";
    let batch = random(&format!("let n = 6, f0 = 4, f1 = 5, f2 = 3, f3 = 2\n{three}"), 1);
    assert!(batch.arrays["W1"].mean_gates > Some(0.1) && batch.arrays["W3"].mean_gates < Some(1e-12), "{batch}");
    let alone = random(&format!("let n = 1, f0 = 4, f1 = 5, f2 = 3, f3 = 2\n{three}"), 1);
    assert!(alone.arrays.values().all(|array| array.mean_gates < Some(1e-12)), "{alone}");
}

/// Formulas and backprop are right here; what differs is rounding: 1 + tanh(u) near −1 in `gelu_tanh`, and J near 0 as a sum of
/// terms that cancel.
#[test]
fn rounding_is_not_called_a_difference() {
    let saturated = "input X [2,2]; input P [2,2]
        concat { dense 3 exp; glu 2 softplus } { dense 2 softsign nobias; q6: activation log_softmax }
        residual { v0: dense 4 }; q10: activation gelu_tanh; q11: activation softsign; main: dense 4 sin
        joined: dense 4 from main, P; dense 2; target X; loss half_mse";
    let options = Options { trials: 2, seed: 7, ..Options::default() };
    let found = verify(&network(saturated), None, None, options).expect("verifies");
    assert!(found.holds(), "{found}");
    let cancelling = random("input X [n,5]; dense 2 exp; dense 5 exp; dense 4 tanh; loss total", 100);
    assert!(cancelling.holds(), "{cancelling}");
}

#[test]
fn an_undefined_loss_is_not_called_equal() {
    let found = random("input X [40, 3]\ndense 8 tanh\nloss bce", 2);
    assert_eq!(found.compared(), 0);
    assert!(found.to_string().contains("Not checked"), "{found}");
}

#[test]
fn a_gradient_that_is_always_zero_is_not_called_equal() {
    // The softmax of one output is 1 whatever its input.
    let found = random("input X [4, 3]\ndense 1 softmax\nloss mse", 1);
    assert_eq!(found.redraws.zeros, 19);
    assert!(found.arrays.values().all(|array| array.zeros == 1), "{found}");
    assert!(found.to_string().ends_with("Not checked: every gradient is zero in all entries, which shows nothing."));
}

#[test]
fn what_is_not_finite_or_contradicted_is_not_called_equal() {
    let equal = ArrayReport::default();
    assert_eq!(equal.verdict(1), Verdict::Equal);
    assert_eq!(ArrayReport { not_finite: true, ..equal.clone() }.verdict(1), Verdict::NotChecked);
    assert_eq!(ArrayReport { zeros: 1, lost: 1, ..equal.clone() }.verdict(2), Verdict::NotChecked);
    assert_eq!(ArrayReport { differs: true, lost: 1, ..equal.clone() }.verdict(2), Verdict::Differs);
    assert_eq!(ArrayReport { contradicted: true, ..equal }.verdict(1), Verdict::Differs);
}

fn digits(file: &str) -> Source {
    let path = common::path("tests/data/digits").join(file);
    let bytes = std::fs::read(&path).expect("reads");
    let arrays = chainrule::evaluate::files::decode(&bytes, 1 << 30).expect("decodes");
    Source { origin: file.to_string(), arrays }
}

#[test]
fn the_digits_network_holds_on_its_own_data() {
    let network = network(&common::read("tests/data/digits/digits.net"));
    let found = verify(&network, Some(digits("params.safetensors")), Some(digits("batch.npz")), Options::default());
    let found = found.expect("verifies");
    assert!(found.holds() && !found.random, "{found}");
    assert!((found.loss - 0.297_955_435_917_350_13).abs() < 1e-14, "{found}");
}

#[test]
fn targets_that_are_no_distributions_get_the_general_formula() {
    let network = network(&common::read("tests/data/digits/digits.net"));
    let mut data = digits("batch.npz");
    data.arrays["Y"] *= 3.0;
    let found = verify(&network, Some(digits("params.safetensors")), Some(data), Options::default()).expect("verifies");
    assert!(found.holds() && found.general == 1, "{found}");
}

#[test]
fn deep_networks_with_kinks_are_not_contradicted_by_rounding() {
    for seed in 0..6 {
        let deep = network("input X [n, f0]\nrepeat 30 { dense 5 relu }\nloss mae");
        let found = verify(&deep, None, None, Options { seed, ..Options::default() }).expect("verifies");
        assert!(found.holds(), "{found}");
    }
}

#[test]
fn differences_that_resolve_nothing_are_said_to() {
    let found = random("input X [4, 3]\nrepeat 21 { dense 5 square }\nloss mse", 1);
    assert!(found.arrays["W1"].unresolved && !found.arrays["W21"].unresolved, "{found}");
    assert!(found.to_string().contains("Central differences say nothing of W₁"), "{found}");
}

/// A x = c by elimination with pivots.
fn solved(mut a: Array2<f64>, mut c: Array2<f64>) -> Array2<f64> {
    let size = a.nrows();
    for column in 0..size {
        let pivot = (column..size).max_by(|i, j| a[[*i, column]].abs().total_cmp(&a[[*j, column]].abs())).unwrap();
        for k in 0..size {
            a.swap([pivot, k], [column, k]);
        }
        for k in 0..c.ncols() {
            c.swap([pivot, k], [column, k]);
        }
        for row in (0..size).filter(|row| *row != column) {
            let factor = a[[row, column]] / a[[column, column]];
            let (from, by) = (a.row(column).mapv(|x| factor * x), c.row(column).mapv(|x| factor * x));
            a.row_mut(row).zip_mut_with(&from, |x, y| *x -= y);
            c.row_mut(row).zip_mut_with(&by, |x, y| *x -= y);
        }
    }
    Array2::from_shape_fn(c.dim(), |(i, k)| c[[i, k]] / a[[i, i]])
}

fn source(arrays: &[(&str, Array2<f64>)]) -> Source {
    let arrays = arrays.iter().map(|(name, array)| ((*name).to_string(), array.clone())).collect();
    Source { origin: "arrays".to_string(), arrays }
}

fn on(text: &str, parameters: &[(&str, Array2<f64>)], data: &[(&str, Array2<f64>)]) -> Verification {
    verify(&network(text), Some(source(parameters)), Some(source(data)), Options::default()).expect("verifies")
}

/// Uniform numbers between −1 and 1.
fn drawn(rows: usize, columns: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
    Array2::from_shape_simple_fn((rows, columns), || rng.random_range(-1.0..1.0))
}

/// X with a column of ones.
fn with_ones(x: &Array2<f64>) -> Array2<f64> {
    ndarray::concatenate![Axis(1), *x, Array2::ones((x.nrows(), 1))]
}

/// The first rows as W, the last as b.
fn split(weights: &Array2<f64>) -> [(&'static str, Array2<f64>); 2] {
    let (w, b) = weights.view().split_at(Axis(0), weights.nrows() - 1);
    [("W1", w.to_owned()), ("b1", b.to_owned())]
}

#[test]
fn a_least_squares_solution_is_not_accused() {
    // There the gradient is what rounding leaves of Xᵀ(XW − Y) = 0.
    let mut lost = 0;
    for seed in 0..30 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (x, y) = (drawn(20, 4, &mut rng), drawn(20, 2, &mut rng));
        let all = with_ones(&x);
        let best = split(&solved(all.t().dot(&all), all.t().dot(&y)));
        let found = on("input X [n, 4]\ndense 2\nloss half_mse", &best, &[("X", x), ("Y", y)]);
        assert_eq!(found.verdict(), Verdict::Equal, "{found}");
        assert_eq!(found.arrays["X"].verdict(1), Verdict::Equal, "{found}");
        lost += found.arrays["W1"].lost;
    }
    assert!(lost > 20, "of W1 nothing is left but rounding, which may be equal to the bit: {lost}");
}

#[test]
fn a_logistic_regression_at_its_optimum_is_not_accused() {
    let mut lost = 0;
    for seed in 0..20 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let x = drawn(40, 3, &mut rng);
        let y = Array2::from_shape_simple_fn((40, 1), || f64::from(u8::from(rng.random::<bool>())));
        let all = with_ones(&x);
        let mut weights = Array2::zeros((4, 1));
        for _ in 0..20 {
            // Newton: (Xᵀ diag(p(1 − p)) X) step = Xᵀ(p − y)
            let p = all.dot(&weights).mapv(|z: f64| 1.0 / (1.0 + (-z).exp()));
            let curved = &all * &p.mapv(|p| p * (1.0 - p));
            weights -= &solved(all.t().dot(&curved), all.t().dot(&(&p - &y)));
        }
        let found = on("input X [n, 3]\ndense 1 sigmoid\nloss bce", &split(&weights), &[("X", x), ("Y", y)]);
        assert_eq!(found.verdict(), Verdict::Equal, "{found}");
        lost += found.arrays["W1"].lost;
    }
    assert!(lost > 10, "{lost}");
}

#[test]
fn an_optimum_without_anything_else_is_not_checked() {
    // ŷ = w x + b through two points: J is 0 up to rounding, and so is every gradient.
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (x, y) = (drawn(2, 1, &mut rng), drawn(2, 1, &mut rng));
    let all = with_ones(&x);
    let best = split(&solved(all.clone(), y.clone()));
    let found = on("input X [n, 1]\ndense 1\nloss mse", &best, &[("X", x), ("Y", y)]);
    assert_ne!(found.verdict(), Verdict::Differs, "{found}");
    assert!(!found.to_string().trim_end().ends_with(')'), "{found}");
}

#[test]
fn an_exact_fit_is_not_accused() {
    // As many samples as parameters: A (W; b) = Y has a solution, and Ŷ − Y is what rounding leaves of it.
    for seed in 0..40 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (x, y) = (drawn(4, 3, &mut rng), drawn(4, 1, &mut rng));
        let best = split(&solved(with_ones(&x), y.clone()));
        for loss in ["mse", "half_mse", "huber(1)"] {
            let text = format!("input X [n, 3]\ndense 1\nloss {loss}");
            let found = on(&text, &best, &[("X", x.clone()), ("Y", y.clone())]);
            assert_ne!(found.verdict(), Verdict::Differs, "seed {seed}\n{found}");
            assert!(!found.to_string().contains("contradict"), "seed {seed}\n{found}");
        }
    }
    // Half a unit beside it, the gradient is known to all its digits.
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (x, y) = (drawn(4, 3, &mut rng), drawn(4, 1, &mut rng));
    let best = split(&solved(with_ones(&x), &y + 0.5));
    let found = on("input X [n, 3]\ndense 1\nloss mse", &best, &[("X", x), ("Y", y)]);
    assert_eq!(found.verdict(), Verdict::Equal, "{found}");
}

#[test]
fn a_loss_without_target_may_be_of_any_value() {
    // As wide as the prediction under the other loss or not, before it or behind it.
    for text in [
        "input X [5, 4]\nk: dense 4 tanh\ndense 2\nloss mse\nloss total from k",
        "input X [5, 4]\nk: dense 4 tanh\ndense 2\nloss total from k\nloss mse",
        "input X [5, 4]\nk: dense 3 tanh\ndense 2\nloss mean from k\nloss half_mse",
    ] {
        let found = random(text, 1);
        assert_eq!(found.verdict(), Verdict::Equal, "{text}\n{found}");
    }
}

#[test]
fn a_loss_that_cancels_has_no_error() {
    // The rows of a layer norm sum to 0.
    let found = random("input X [n, 4]\ndense 3\nnorm layer plain\nloss total", 1);
    assert!(found.loss_lost && found.loss_error < 1e-12, "{found}");
    assert!(found.to_string().lines().any(|line| line.starts_with("J ") && line.ends_with("rounding")), "{found}");
}

#[test]
fn terms_that_cancel_over_the_samples_are_not_accused() {
    // Behind a softmax of one class all samples are equal, and their signs under mae cancel.
    let text = "input X [4, 3]\ndense 1 softmax\ndense 3 tanh\ndense 3 elu\ndense 3 softplus\ndense 1\nloss mae";
    for seed in 0..10 {
        let found = verify(&network(text), None, None, Options { seed, ..Options::default() }).expect("verifies");
        assert_ne!(found.verdict(), Verdict::Differs, "seed {seed}\n{found}");
    }
}

#[test]
fn values_that_bend_within_a_step_are_not_contradicted() {
    // sin(7 e^{11 x}) turns over within 1e-5.
    let number = |x: f64| Array2::from_elem((1, 1), x);
    let text = "input X [n, 1]\ndense 1 exp nobias\ndense 1 sin nobias\nloss half_mse";
    for (w1, w2) in [(11.0, 7.0), (13.0, 3.0), (9.0, 40.0), (15.0, 5.0)] {
        let found = on(text, &[("W1", number(w1)), ("W2", number(w2))], &[("X", number(1.0)), ("Y", number(0.25))]);
        assert_eq!(found.verdict(), Verdict::Equal, "{found}");
    }
    let text = "input X [n, 1]\ndense 1 exp nobias\ndense 1 exp nobias\ndense 1 sin nobias\nloss half_mse";
    let found = on(
        text,
        &[("W1", number(2.0)), ("W2", number(3.5)), ("W3", number(1.0))],
        &[("X", number(1.0)), ("Y", number(0.25))],
    );
    assert_eq!(found.verdict(), Verdict::Equal, "{found}");
}

#[test]
fn a_pole_that_has_no_weight_is_none() {
    let number = |x: f64| Array2::from_elem((1, 1), x);
    // y ln ŷ with y = 0, or (1 − y) ln(1 − ŷ) with y = 1: J by hand.
    for (layer, loss, z, y, j) in [
        ("dense 1", "poisson", -1.0, 0.0, -1.0),
        ("dense 1", "poisson", 0.0, 0.0, 0.0),
        ("dense 1 tanh", "poisson", -1.0, 0.0, (-1.0_f64).tanh()),
        ("dense 1", "bce", 2.0, 1.0, -(2.0_f64.ln())),
    ] {
        let found = on(
            &format!("input X [n, 1]\n{layer}\nloss {loss}"),
            &[("W1", number(z)), ("b1", number(0.0))],
            &[("X", number(1.0)), ("Y", number(y))],
        );
        assert!((found.loss - j).abs() < 1e-15 && found.loss_error < 1e-15, "{layer} {loss}\n{found}");
        assert_ne!(found.verdict(), Verdict::Differs, "{layer} {loss}\n{found}");
    }
}

#[test]
fn formulas_that_are_not_finite_are_named() {
    // 1 − Ŷ rounds to 0; the concrete backprop goes by ln Ŷ.
    let row = |values: [f64; 3]| Array2::from_shape_vec((1, 3), values.to_vec()).expect("a row");
    let found = on(
        "input X [n, 3]\ndense 3 softmax nobias\nloss bce",
        &[("W1", Array2::eye(3))],
        &[("X", row([60.0, 0.0, 0.0])), ("Y", row([0.5, 0.5, 0.0]))],
    );
    assert_eq!(found.verdict(), Verdict::NotChecked, "{found}");
    let last = "Not checked: the formulas of W₁, X, J are not finite for these values.";
    assert!(found.to_string().ends_with(last), "{found}");
}

#[test]
fn digits_lost_in_one_minus_a_probability_are_not_accused() {
    for seed in 1..26 {
        let text = "input X [n, 3]\ndense 20 exp\ndense 3 softmax\nloss bce";
        let found = verify(&network(text), None, None, Options { seed, ..Options::default() }).expect("verifies");
        assert_ne!(found.verdict(), Verdict::Differs, "seed {seed}\n{found}");
    }
}

#[test]
fn an_overflow_of_the_loss_is_infinite() {
    use chainrule::{evaluate::bindings::bind, pipeline::evaluate};
    let network = network("input X [n, 1]\ndense 1 sigmoid nobias\nloss bce");
    // z = ±∞: J is 0 where y is what sigmoid says, else infinite.
    for (x, y, j) in [(1e200, 1.0, 0.0), (1e200, 0.0, f64::INFINITY), (1e200, 0.5, f64::INFINITY), (-1e200, 0.0, 0.0)] {
        let number = |x: f64| Array2::from_elem((1, 1), x);
        let parameters = source(&[("W1", number(1e200))]);
        let data = source(&[("X", number(x)), ("Y", number(y))]);
        let found = evaluate(bind(&network, Some(parameters), Some(data), None).expect("binds")).expect("evaluates");
        assert!((found.loss - j).abs() < 1e-15 || j > 0.0 && found.loss == f64::INFINITY, "{x} {y}: {}", found.loss);
        assert_eq!(found.warnings.iter().any(|warning| warning.title.starts_with(&format!("J is {j}:"))), j > 0.0);
    }
}

/// The derived formulas, one of them times 1 + 1/`part`.
fn planted(network: &Network, form: usize, variable: &str, part: i64) -> Result<Formulas, PipelineError> {
    let mut formulas = Formulas::new(network)?;
    for derivation in [&mut formulas.usual, &mut formulas.general].into_iter().filter_map(|all| all.get_mut(form)) {
        let Derived::Gradient(gradient) = &mut derivation.derived else { panic!("a form with a value") };
        let arena = &mut derivation.forward.arena;
        let named = |found: &&mut Derivative| arena.symbol(found.variable).key() == variable;
        let value = &mut gradient.derivatives.iter_mut().find(named).expect(variable).value;
        let factor = Scalar::ratio(part + 1, part);
        *value = match *arena.op(*value) {
            // Under the sum over samples, which stands first.
            Op::SumSamples([summand]) => {
                let summand = arena.scale_by(factor, summand).expect("fits");
                arena.add(Op::SumSamples([summand])).expect("fits")
            }
            _ => arena.scale_by(factor, *value).expect("fits"),
        };
    }
    Ok(formulas)
}

#[test]
fn a_planted_fault_is_seen_in_every_form() {
    for text in [
        "input X [6, 3]\ndense 4 tanh\ndense 2\nloss mse",
        "input X [6, 3]\ndense 4 exp\ndense 3 softmax\nloss cce",
        "input X [n, 8]\nrepeat 12 { dense 8 gelu }\ndense 3 softmax\nloss bce",
    ] {
        let network = network(text);
        for variable in ["W1", "b2", "X"] {
            for (form, part) in [(0, 1_000_000_000), (1, 1_000_000_000), (2, 1_000_000_000), (0, 100_000_000_000)] {
                let planted = |network: &Network| planted(network, form, variable, part);
                let found = verify_formulas(&network, planted, None, None, Options::default()).expect("verifies");
                let wrong: Vec<&String> =
                    found.arrays.iter().filter(|(_, report)| report.differs).map(|of| of.0).collect();
                assert_eq!(
                    (wrong, found.verdict()),
                    (vec![&variable.to_string()], Verdict::Differs),
                    "{form} {part}\n{found}"
                );
                let printed = variable.to_string().replace('1', "₁").replace('2', "₂").replace('3', "₃");
                assert!(found.to_string().contains(&format!("Does not hold for {printed}: ")), "{found}");
            }
        }
    }
}

#[test]
fn every_verdict_has_a_sentence() {
    let number = |x: f64| Array2::from_elem((1, 1), x);
    let values = [-2.0, -1.0, -0.0, 0.0, 1.0, 2.0, 1e-300, 1e300, 745.0, -745.0];
    for loss in ["half_mse", "mse", "mae", "huber", "bce", "cce", "poisson"] {
        for activation in ["", " relu", " exp", " sigmoid", " softmax", " tanh", " softplus", " square"] {
            for z in values {
                let found = on(
                    &format!("input X [n, 1]\ndense 1{activation} nobias\nloss {loss}"),
                    &[("W1", number(z))],
                    &[("X", number(1.0)), ("Y", number(0.0))],
                );
                let text = found.to_string().replace("\n   ", " ");
                let last = text.lines().last().expect("a line");
                let begins = match found.verdict() {
                    Verdict::Equal => "Verified: ",
                    Verdict::NotChecked => "Not checked: ",
                    Verdict::Differs => panic!("{activation} {loss} {z}\n{text}"),
                };
                assert!(last.starts_with(begins) && last.ends_with('.'), "{activation} {loss} {z}\n{text}");
            }
        }
    }
}
