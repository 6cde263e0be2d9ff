//! A network and arrays → J and every gradient, by reverse mode on scalars.
//!
//! Independent of both paths of the crate: no matrix occurs, and no derivative of an activation or loss is written
//! here. Each is composed of the few functions below, straight from its definition, and differentiated by the tape.

use std::{
    cell::RefCell,
    f64::consts::{FRAC_2_PI, FRAC_2_SQRT_PI, SQRT_2},
    ops::{Add, Div, Mul, Neg, Sub},
};

use chainrule::{
    catalog::{
        activation::Activation,
        loss::{Loss, Reduction},
    },
    evaluate::arrays::{Arrays, symbol},
    expr::function::Function,
    network::graph::Network,
};
use ndarray::Array2;

/// Every operation so far: which earlier ones it used, and its partial derivatives there.
#[derive(Default)]
pub struct Tape(RefCell<Vec<[(usize, f64); 2]>>);

/// A number that was computed on a tape.
#[derive(Clone, Copy)]
pub struct Scalar<'t> {
    tape: &'t Tape,
    index: usize,
    pub value: f64,
}

impl Tape {
    pub fn leaf(&self, value: f64) -> Scalar<'_> {
        self.push(value, [(0, 0.0), (0, 0.0)])
    }

    fn push(&self, value: f64, partials: [(usize, f64); 2]) -> Scalar<'_> {
        let mut nodes = self.0.borrow_mut();
        nodes.push(partials);
        Scalar { tape: self, index: nodes.len() - 1, value }
    }

    /// ∂output/∂ every node.
    pub fn adjoints(&self, output: Scalar<'_>) -> Vec<f64> {
        let nodes = self.0.borrow();
        let mut adjoints = vec![0.0; nodes.len()];
        adjoints[output.index] = 1.0;
        for index in (0..nodes.len()).rev() {
            for (parent, partial) in nodes[index] {
                if partial != 0.0 {
                    adjoints[parent] += partial * adjoints[index];
                }
            }
        }
        adjoints
    }
}

impl Scalar<'_> {
    fn unary(self, value: f64, slope: f64) -> Self {
        self.tape.push(value, [(self.index, slope), (0, 0.0)])
    }

    fn exp(self) -> Self {
        self.unary(self.value.exp(), self.value.exp())
    }

    fn ln(self) -> Self {
        self.unary(self.value.ln(), 1.0 / self.value)
    }

    fn sin(self) -> Self {
        self.unary(self.value.sin(), self.value.cos())
    }

    fn erf(self) -> Self {
        self.unary(libm::erf(self.value), FRAC_2_SQRT_PI * (-self.value * self.value).exp())
    }

    fn abs(self) -> Self {
        if self.value > 0.0 {
            self
        } else if self.value < 0.0 {
            -self
        } else {
            self * 0.0
        }
    }

    /// (eᶻ − e⁻ᶻ)/(eᶻ + e⁻ᶻ)
    fn tanh(self) -> Self {
        (self.exp() - (-self).exp()) / (self.exp() + (-self).exp())
    }

    fn sigmoid(self) -> Self {
        self.constant(1.0) / ((-self).exp() + 1.0)
    }

    fn softplus(self) -> Self {
        (self.exp() + 1.0).ln()
    }

    fn constant(self, value: f64) -> Self {
        self.tape.leaf(value)
    }
}

impl Add for Scalar<'_> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.tape.push(self.value + other.value, [(self.index, 1.0), (other.index, 1.0)])
    }
}

impl Sub for Scalar<'_> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.tape.push(self.value - other.value, [(self.index, 1.0), (other.index, -1.0)])
    }
}

impl Mul for Scalar<'_> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.tape.push(self.value * other.value, [(self.index, other.value), (other.index, self.value)])
    }
}

impl Div for Scalar<'_> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let quotient = self.value / other.value;
        self.tape.push(quotient, [(self.index, 1.0 / other.value), (other.index, -quotient / other.value)])
    }
}

impl Add<f64> for Scalar<'_> {
    type Output = Self;
    fn add(self, other: f64) -> Self {
        self.unary(self.value + other, 1.0)
    }
}

impl Mul<f64> for Scalar<'_> {
    type Output = Self;
    fn mul(self, other: f64) -> Self {
        self.unary(self.value * other, other)
    }
}

impl Neg for Scalar<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        self * -1.0
    }
}

type Rows<'t> = Vec<Vec<Scalar<'t>>>;

/// The definition of a function; at a kink the branch towards z ≤ 0.
fn entrywise(function: Function, z: Scalar<'_>) -> Scalar<'_> {
    let positive = z.value > 0.0;
    let elu = |alpha: f64| if positive { z } else { (z.exp() + -1.0) * alpha };
    match function {
        Function::LeakyRelu(slope) => {
            if positive {
                z
            } else {
                z * slope.value()
            }
        }
        Function::Elu(alpha) => elu(alpha.value()),
        Function::Selu => elu(1.673_263_242_354_377_2) * 1.050_700_987_355_480_5,
        Function::Sigmoid => z.sigmoid(),
        Function::Tanh => z.tanh(),
        Function::Softplus => z.softplus(),
        Function::Softsign => z / (z.abs() + 1.0),
        Function::Gelu => z * ((z * (1.0 / SQRT_2)).erf() + 1.0) * 0.5,
        Function::GeluTanh => z * (((z + z * z * z * 0.044_715) * FRAC_2_PI.sqrt()).tanh() + 1.0) * 0.5,
        Function::Silu => z * z.sigmoid(),
        Function::Mish => z * z.softplus().tanh(),
        Function::Relu6 if z.value > 6.0 => z.constant(6.0),
        Function::Relu | Function::Relu6 => {
            if positive {
                z
            } else {
                z * 0.0
            }
        }
        Function::Exp => z.exp(),
        Function::Abs => z.abs(),
        Function::Sin => z.sin(),
        Function::Square => z * z,
        Function::Log => z.ln(),
        Function::LogSoftplus => z.softplus().ln(),
        Function::Sign if z.value == 0.0 => z * 0.0,
        Function::Sign => z.constant(z.value.signum()),
        Function::Huber(delta) if z.value.abs() > delta.value() => (z.abs() + -0.5 * delta.value()) * delta.value(),
        Function::Huber(_) => z * z * 0.5,
        Function::Clip(delta) if z.value.abs() > delta.value() => z.constant(delta.value() * z.value.signum()),
        Function::Linear | Function::Clip(_) => z,
    }
}

/// The function at a number (order 0), or its derivative there (1).
pub fn at(function: Function, order: u8, z: f64) -> f64 {
    let tape = Tape::default();
    let z = tape.leaf(z);
    let value = entrywise(function, z);
    if order == 0 { value.value } else { tape.adjoints(value)[z.index] }
}

fn activate<'t>(activation: Activation, row: &[Scalar<'t>]) -> Vec<Scalar<'t>> {
    match activation {
        Activation::Entrywise(function) => row.iter().map(|z| entrywise(function, *z)).collect(),
        Activation::Softmax => {
            let total = row.iter().map(|z| z.exp()).reduce(Add::add).expect("a row has entries");
            row.iter().map(|z| z.exp() / total).collect()
        }
    }
}

/// The loss of one element; a term of weight 0 is left out.
fn element<'t>(loss: Loss, a: Scalar<'t>, y: f64) -> Scalar<'t> {
    let weighted = |weight: f64, x: &dyn Fn() -> Scalar<'t>| if weight == 0.0 { a * 0.0 } else { x() * weight };
    let d = a + -y;
    match loss {
        Loss::Mse => d * d,
        Loss::Mae => d.abs(),
        Loss::Huber(delta) => entrywise(Function::Huber(delta), d),
        Loss::HalfMse => d * d * 0.5,
        Loss::Bce => -weighted(y, &|| a.ln()) - weighted(1.0 - y, &|| (-a + 1.0).ln()),
        Loss::Cce => -weighted(y, &|| a.ln()),
        Loss::Poisson => a - weighted(y, &|| a.ln()),
    }
}

/// J and the gradients under the names that `backprop::gradients` uses.
pub fn gradients(network: &Network, arrays: &Arrays) -> (f64, Arrays) {
    let tape = Tape::default();
    let leaves = |name: &str| -> Rows<'_> {
        arrays[name].rows().into_iter().map(|row| row.iter().map(|x| tape.leaf(*x)).collect()).collect()
    };
    let mut named: Vec<(String, Rows<'_>)> = vec![(network.input.name.to_string(), leaves(&network.input.name))];
    let mut a = named[0].1.clone();
    for layer in &network.layers {
        let symbol = |letter| symbol(letter, &layer.label);
        // A parameter-less layer's Z is a node of its own, so that its adjoint does not count other uses of A.
        let mut z: Rows<'_> = a.iter().map(|row| row.iter().map(|x| *x + 0.0).collect()).collect();
        if layer.has_weight() {
            let w = leaves(&symbol("W"));
            z = a.iter().map(|row| times(row, &w)).collect();
            named.push((symbol("W"), w));
        }
        if layer.has_bias() {
            let b = leaves(&symbol("b"));
            z = z.iter().map(|row| row.iter().zip(&b[0]).map(|(z, b)| *z + *b).collect()).collect();
            named.push((symbol("b"), b));
        }
        a = z.iter().map(|row| activate(layer.activation, row).into_iter().map(|x| x + 0.0).collect()).collect();
        named.push((symbol("Z"), z));
        named.push((symbol("A"), a.clone()));
    }
    let j = loss(network, &a, &arrays[&*network.target.name]);
    let adjoints = tape.adjoints(j);
    let gradient =
        |rows: &Rows<'_>| Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, k)| adjoints[rows[i][k].index]);
    (j.value, named.iter().map(|(name, rows)| (name.clone(), gradient(rows))).collect())
}

fn times<'t>(row: &[Scalar<'t>], w: &Rows<'t>) -> Vec<Scalar<'t>> {
    let dot = |k: usize| row.iter().zip(w).map(|(a, w)| *a * w[k]).reduce(Add::add).expect("a row has entries");
    (0..w[0].len()).map(dot).collect()
}

fn loss<'t>(network: &Network, a: &Rows<'t>, y: &Array2<f64>) -> Scalar<'t> {
    let elements = a
        .iter()
        .zip(y.rows())
        .flat_map(|(a, y)| a.iter().zip(y).map(|(a, y)| element(network.loss, *a, *y)).collect::<Vec<_>>());
    let total = elements.reduce(Add::add).expect("a batch has entries");
    let count = |n: usize| f64::from(u32::try_from(n).expect("few samples"));
    let kappa = match network.reduction {
        Reduction::Samples => 1.0 / count(y.nrows()),
        Reduction::Elements => 1.0 / count(y.len()),
        Reduction::Sum => 1.0,
    };
    total * kappa
}
