//! Backward formulas of the usual layers, written here by hand, against the derived layered form on random arrays.

#![allow(
    clippy::many_single_char_names,
    clippy::float_cmp,
    reason = "formulas have the letters of the page, and what is 0 by itself is exactly 0"
)]

use std::collections::BTreeMap;

use chainrule::{
    evaluate::{arrays::Arrays, bindings::bind, draw, gradients::Pass},
    gradient::{Derived, Form},
    network::{graph::Network, resolve},
    pipeline::{Request, derive_finished},
    spec,
};
use ndarray::{Array2, Axis, concatenate};

use crate::concrete::distance;

mod cells;
mod facts;

type Matrix = Array2<f64>;

/// A network, numbers for its dimensions, and arrays.
struct Case {
    network: Network,
    dims: BTreeMap<String, u64>,
    arrays: Arrays,
}

/// What is derived, as numbers.
struct Point {
    /// Z, A and what else the forward pass names, and the constants of `concat`.
    values: Arrays,
    /// By all parameters and inputs.
    gradients: Arrays,
}

impl Case {
    fn new(source: &str, seed: u64) -> Self {
        let spec = spec::parse(source).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
        let resolution = resolve(&spec, &[]);
        let network = resolution.network.unwrap_or_else(|| panic!("{source}: {:?}", resolution.diagnostics));
        let mut rng = draw::generator(seed);
        let bound = bind(&network, None, None, Some(&mut rng)).expect("binds");
        let arrays = draw::arrays(&bound.network, &bound.arrays, 1.0, &mut rng);
        Self { network, dims: bound.dims, arrays }
    }

    /// The layered form of the network with names for dimensions, evaluated.
    fn point(&self) -> Point {
        let derivation = derive_finished(&self.network, &Request::new(Form::Layered)).expect("derives");
        let Derived::Gradient(gradient) = &derivation.derived else { panic!("a gradient") };
        let forward = &derivation.forward;
        let pass = Pass::new(forward, &self.dims, self.arrays.clone()).expect("all arrays");
        let variables: Vec<_> = forward.parameters.iter().chain(&forward.inputs).copied().collect();
        let key = |symbol| forward.arena.symbol(symbol).key();
        let gradients = pass.whole(gradient, &variables).expect("values");
        let named = forward.definitions.iter().map(|definition| definition.symbol);
        let named = named.chain(forward.pieces.iter().map(|piece| piece.symbol));
        Point {
            values: named.map(|symbol| (key(symbol), pass.named(symbol).expect("a value"))).collect(),
            gradients: gradients.into_iter().map(|(variable, value)| (key(variable), value)).collect(),
        }
    }
}

/// The derived gradients are those of `backward`, by every parameter and input.
fn check(source: &str, backward: impl Fn(&Arrays) -> Vec<(&'static str, Matrix)>) {
    for seed in 0..5 {
        let case = Case::new(source, seed);
        let (found, expected) = (case.point().gradients, backward(&case.arrays));
        let names: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
        assert_eq!(found.len(), names.len(), "{source}\n{names:?} of {:?}", found.keys());
        for (name, expected) in &expected {
            let error = distance(&found[*name], expected);
            assert!(error <= 1e-12, "{source}\nseed {seed}: ∂J/∂{name} is off by {error:e}");
        }
    }
}

/// 1ᵀ M, a row.
fn over_samples(m: &Matrix) -> Matrix {
    m.sum_axis(Axis(0)).insert_axis(Axis(0))
}

/// The mean of each row, a column.
fn row_means(m: &Matrix) -> Matrix {
    m.mean_axis(Axis(1)).unwrap().insert_axis(Axis(1))
}

/// The mean of each column, a row.
fn column_means(m: &Matrix) -> Matrix {
    m.mean_axis(Axis(0)).unwrap().insert_axis(Axis(0))
}

fn relu(z: &Matrix) -> Matrix {
    z.mapv(|z| z.max(0.0))
}

fn relu_slope(z: &Matrix) -> Matrix {
    z.mapv(|z| if z > 0.0 { 1.0 } else { 0.0 })
}

fn sigmoid(z: &Matrix) -> Matrix {
    z.mapv(|z| 1.0 / (1.0 + (-z).exp()))
}

/// 1 − a², the slope of tanh where it is a.
fn tanh_slope(a: &Matrix) -> Matrix {
    a.mapv(|a| 1.0 - a * a)
}

/// a (1 − a), the slope of the sigmoid where it is a.
fn sigmoid_slope(a: &Matrix) -> Matrix {
    a.mapv(|a| a * (1.0 - a))
}

/// 1/√(m + ε)
fn inverse_root(m: &Matrix, epsilon: f64) -> Matrix {
    m.mapv(|m| 1.0 / (m + epsilon).sqrt())
}

#[test]
fn residual() {
    check("input X [n, f]\nresidual { dense h relu nobias; dense f nobias }", |a| {
        let z = a["X"].dot(&a["W1"]);
        let delta = a["G"].dot(&a["W2"].t()) * relu_slope(&z);
        vec![
            ("X", &a["G"] + &delta.dot(&a["W1"].t())),
            ("W1", a["X"].t().dot(&delta)),
            ("W2", relu(&z).t().dot(&a["G"])),
        ]
    });
}

#[test]
fn residual_with_a_projected_skip() {
    let source = "input X [n, f]\nadd { p: dense k nobias } { first: dense h relu nobias; second: dense k nobias }";
    check(source, |a| {
        let z = a["X"].dot(&a["W_first"]);
        let delta = a["G"].dot(&a["W_second"].t()) * relu_slope(&z);
        vec![
            ("X", a["G"].dot(&a["W_p"].t()) + delta.dot(&a["W_first"].t())),
            ("W_p", a["X"].t().dot(&a["G"])),
            ("W_first", a["X"].t().dot(&delta)),
            ("W_second", relu(&z).t().dot(&a["G"])),
        ]
    });
}

#[test]
fn concat() {
    check("input A [n, f]\ninput B [n, h]\nconcat A B\ndense k nobias", |a| {
        let back = a["G"].dot(&a["W2"].t());
        let (first, last) = back.view().split_at(Axis(1), a["A"].ncols());
        vec![
            ("A", first.to_owned()),
            ("B", last.to_owned()),
            ("W2", concatenate![Axis(0), a["A"].t().dot(&a["G"]), a["B"].t().dot(&a["G"])]),
        ]
    });
}

#[test]
fn gated_linear_unit() {
    for source in ["input X [n, f]\nmultiply { dense h } { dense h sigmoid }", "input X [n, f]\nglu h"] {
        check(source, |a| {
            let u = a["X"].dot(&a["W1"]) + &a["b1"];
            let gate = sigmoid(&(a["X"].dot(&a["W2"]) + &a["b2"]));
            let (by_u, by_v) = (&a["G"] * &gate, &a["G"] * &u * sigmoid_slope(&gate));
            vec![
                ("X", by_u.dot(&a["W1"].t()) + by_v.dot(&a["W2"].t())),
                ("W1", a["X"].t().dot(&by_u)),
                ("b1", over_samples(&by_u)),
                ("W2", a["X"].t().dot(&by_v)),
                ("b2", over_samples(&by_v)),
            ]
        });
    }
}

#[test]
fn swiglu() {
    check("input X [n, f]\nmultiply { u: dense h nobias } { v: dense h silu nobias }\nw: dense k nobias", |a| {
        let (u, v) = (a["X"].dot(&a["W_u"]), a["X"].dot(&a["W_v"]));
        let (silu, gate) = (&v * &sigmoid(&v), sigmoid(&v));
        let back = a["G"].dot(&a["W_w"].t());
        let (by_u, by_v) = (&back * &silu, &back * &u * (&gate + &v * &sigmoid_slope(&gate)));
        vec![
            ("X", by_u.dot(&a["W_u"].t()) + by_v.dot(&a["W_v"].t())),
            ("W_u", a["X"].t().dot(&by_u)),
            ("W_v", a["X"].t().dot(&by_v)),
            ("W_w", (u * silu).t().dot(&a["G"])),
        ]
    });
}

#[test]
fn shared_weight() {
    check("input X [n, f]\nshared step { dense f tanh nobias }\nstep\nstep", |a| {
        let first = a["X"].dot(&a["W_step"]).mapv(f64::tanh);
        let second = first.dot(&a["W_step"]).mapv(f64::tanh);
        let by_second = &a["G"] * &tanh_slope(&second);
        let by_first = by_second.dot(&a["W_step"].t()) * tanh_slope(&first);
        vec![("X", by_first.dot(&a["W_step"].t())), ("W_step", a["X"].t().dot(&by_first) + first.t().dot(&by_second))]
    });
}

#[test]
fn tied_autoencoder() {
    check("input X [n, f]\nencode: dense h sigmoid\ndecode: dense f tied=encode", |a| {
        let code = sigmoid(&(a["X"].dot(&a["W_encode"]) + &a["b_encode"]));
        let delta = a["G"].dot(&a["W_encode"]) * sigmoid_slope(&code);
        vec![
            ("X", delta.dot(&a["W_encode"].t())),
            ("W_encode", a["X"].t().dot(&delta) + a["G"].t().dot(&code)),
            ("b_encode", over_samples(&delta)),
            ("b_decode", over_samples(&a["G"])),
        ]
    });
}

/// X holds a token a row, 1 in its column.
#[test]
fn tied_embedding_and_output() {
    check("input X [n, v]\nembed: dense f nobias\nturn: dense f tanh nobias\ndense v nobias tied=embed", |a| {
        let embedded = a["X"].dot(&a["W_embed"]);
        let hidden = embedded.dot(&a["W_turn"]).mapv(f64::tanh);
        let delta = a["G"].dot(&a["W_embed"]) * tanh_slope(&hidden);
        let by_embedded = delta.dot(&a["W_turn"].t());
        vec![
            ("X", by_embedded.dot(&a["W_embed"].t())),
            ("W_embed", a["X"].t().dot(&by_embedded) + a["G"].t().dot(&hidden)),
            ("W_turn", embedded.t().dot(&delta)),
        ]
    });
}

#[test]
fn two_losses_and_a_penalty() {
    let source = "input X [n, f]\nu: dense h nobias from X\nv: dense k nobias from X\nloss half_mse from u against Y\n\
                  loss half_mse 3 from v against T\npenalty l2 0.01 W_u";
    check(source, |a| {
        #[allow(clippy::cast_precision_loss, reason = "less than ten samples")]
        let n = a["X"].nrows() as f64;
        let by_u = (a["X"].dot(&a["W_u"]) - &a["Y"]) / n;
        let by_v = 3.0 * (a["X"].dot(&a["W_v"]) - &a["T"]) / n;
        vec![
            ("X", by_u.dot(&a["W_u"].t()) + by_v.dot(&a["W_v"].t())),
            ("W_u", a["X"].t().dot(&by_u) + 0.02 * &a["W_u"]),
            ("W_v", a["X"].t().dot(&by_v)),
        ]
    });
}

/// Entries of the mask are 0 and 5/4.
#[test]
fn dropout() {
    check("input X [n, f]\ndropout 0.2\ndense h nobias", |a| {
        assert!(a["M1"].iter().all(|m| *m == 0.0 || (m - 1.25).abs() < 1e-15));
        vec![("X", a["G"].dot(&a["W2"].t()) * &a["M1"]), ("W2", (&a["X"] * &a["M1"]).t().dot(&a["G"]))]
    });
}

/// The gradient by x of x̂ = c r along rows, c being x without its mean where it is centred.
fn norm_of_rows(a: &Arrays, centred: bool) -> Vec<(&'static str, Matrix)> {
    let x = if centred { &a["X"] - &row_means(&a["X"]) } else { a["X"].clone() };
    let r = inverse_root(&row_means(&(&x * &x)), 1e-3);
    let normal = &x * &r;
    let back = &a["G"] * &a["s1"];
    let mut by_x = &back - &(&normal * &row_means(&(&back * &normal)));
    if centred {
        by_x -= &row_means(&back);
    }
    vec![("X", by_x * &r), ("s1", over_samples(&(&a["G"] * &normal))), ("b1", over_samples(&a["G"]))]
}

#[test]
fn layer_norm() {
    check("input X [n, f]\nnorm layer eps=1e-3", |a| norm_of_rows(a, true));
}

#[test]
fn rms_norm() {
    check("input X [n, f]\nnorm rms eps=1e-3", |a| norm_of_rows(a, false));
}

/// Mean and variance are given: a constant factor for each feature.
#[test]
fn batch_norm_at_inference() {
    check("input X [n, f]\nnorm batch fixed eps=1e-3", |a| {
        let r = inverse_root(&a["v1"], 1e-3);
        let normal = (&a["X"] - &a["mu1"]) * &r;
        let by_x = &a["G"] * &(&a["s1"] * &r);
        vec![("X", by_x), ("s1", over_samples(&(&a["G"] * &normal))), ("b1", over_samples(&a["G"]))]
    });
}

/// The layer norm of the transpose: it couples samples.
#[test]
fn batch_norm() {
    check("input X [n, f]\nnorm batch eps=1e-3", |a| {
        let x = &a["X"] - &column_means(&a["X"]);
        let r = inverse_root(&column_means(&(&x * &x)), 1e-3);
        let normal = &x * &r;
        let back = &a["G"] * &a["s1"];
        let by_x = (&back - &column_means(&back) - &normal * &column_means(&(&back * &normal))) * &r;
        vec![("X", by_x), ("s1", over_samples(&(&a["G"] * &normal))), ("b1", over_samples(&a["G"]))]
    });
}

/// R + gelu(LN(R) W₁ + c₁) W₂ + c₂, the second half of a transformer block.
#[test]
fn feed_forward_block_with_its_norm_first() {
    let source = "input R [n, f]\nresidual { norm layer eps=1e-5; dense h gelu; dense f }";
    check(source, |a| {
        let x = &a["R"] - &row_means(&a["R"]);
        let r = inverse_root(&row_means(&(&x * &x)), 1e-5);
        let normal = &x * &r;
        let scaled = &normal * &a["s1"] + &a["b1"];
        let z = scaled.dot(&a["W2"]) + &a["b2"];
        let below = |z: f64| 0.5 * (1.0 + libm::erf(z / 2.0_f64.sqrt()));
        let density = |z: f64| (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let delta = a["G"].dot(&a["W3"].t()) * z.mapv(|z| below(z) + z * density(z));
        let by_scaled = delta.dot(&a["W2"].t());
        let back = &by_scaled * &a["s1"];
        let by_normal = (&back - &row_means(&back) - &normal * &row_means(&(&back * &normal))) * &r;
        vec![
            ("R", &a["G"] + &by_normal),
            ("s1", over_samples(&(&by_scaled * &normal))),
            ("b1", over_samples(&by_scaled)),
            ("W2", scaled.t().dot(&delta)),
            ("b2", over_samples(&delta)),
            ("W3", z.mapv(|z| z * below(z)).t().dot(&a["G"])),
            ("b3", over_samples(&a["G"])),
        ]
    });
}

/// Each row's exp over its sum.
fn softmax(z: &Matrix) -> Matrix {
    let p = z.mapv(f64::exp);
    &p / &p.sum_axis(Axis(1)).insert_axis(Axis(1))
}

/// 1 below 0, which is where the slope of a prelu counts.
fn below(z: &Matrix) -> Matrix {
    relu_slope(z).mapv(|above| 1.0 - above)
}

#[test]
fn prelu() {
    check("input X [n, f]\ndense h prelu\ndense k nobias\nloss mse reduce=sum", |arrays| {
        let slope = arrays["alpha1"][[0, 0]];
        let z = arrays["X"].dot(&arrays["W1"]) + &arrays["b1"];
        let slopes = relu_slope(&z) + below(&z) * slope;
        let a = &z * &slopes;
        let error = (a.dot(&arrays["W2"]) - &arrays["Y"]) * 2.0;
        let back = error.dot(&arrays["W2"].t());
        let delta = &back * &slopes;
        vec![
            ("W1", arrays["X"].t().dot(&delta)),
            ("b1", over_samples(&delta)),
            ("alpha1", Matrix::from_elem((1, 1), (&back * &z * below(&z)).sum())),
            ("W2", a.t().dot(&error)),
            ("X", delta.dot(&arrays["W1"].t())),
        ]
    });
}

#[test]
fn prelu_has_the_gradients_of_torch() {
    // torch.nn.PReLU() on x = [-2, 3], then the sum: z below 0 goes to 0.25 z, and the slope gets the sum of what is below 0.
    let mut case = Case::new("input X [2, 1]\ndense 1 prelu nobias\nloss total", 0);
    case.arrays["X"] = ndarray::array![[-2.0], [3.0]];
    case.arrays["W1"] = ndarray::array![[1.0]];
    case.arrays["alpha1"] = ndarray::array![[0.25]];
    let gradients = case.point().gradients;
    let found = ["alpha1", "W1", "X"].map(|name| gradients[name].iter().copied().collect::<Vec<_>>());
    assert_eq!(found, [vec![-2.0], vec![0.25 * -2.0 + 3.0], vec![0.25, 1.0]]);
}

#[test]
fn log_softmax_with_weights_of_classes() {
    // Δ = (P ⊙ (T 1 1ᵀ) − T)/n, where T is the smoothed target times the weights.
    let source = "input X [n, f]\ndense 3 log_softmax\nloss nll weights=[1, 2.5, 0.5] smoothing=0.3";
    let cce = "input X [n, f]\ndense 3 softmax\nloss cce weights=[1, 2.5, 0.5] smoothing=0.3";
    for source in [source, cce] {
        check(source, |arrays| {
            let p = softmax(&(arrays["X"].dot(&arrays["W1"]) + &arrays["b1"]));
            let target = (&arrays["Y"] * 0.7 + 0.1) * ndarray::array![[1.0, 2.5, 0.5]];
            let totals = target.sum_axis(Axis(1)).insert_axis(Axis(1));
            let samples = f64::from(u32::try_from(p.nrows()).expect("few samples"));
            let delta = (p * totals - target) / samples;
            vec![("W1", arrays["X"].t().dot(&delta)), ("b1", over_samples(&delta)), ("X", delta.dot(&arrays["W1"].t()))]
        });
    }
}

#[test]
fn hinge() {
    check("input X [n, f]\ndense k\nloss hinge reduce=sum", |arrays| {
        let agreement = (arrays["X"].dot(&arrays["W1"]) + &arrays["b1"]) * &arrays["Y"];
        let delta = agreement.mapv(|agreement| if agreement < 1.0 { -1.0 } else { 0.0 }) * &arrays["Y"];
        vec![("W1", arrays["X"].t().dot(&delta)), ("b1", over_samples(&delta)), ("X", delta.dot(&arrays["W1"].t()))]
    });
}
