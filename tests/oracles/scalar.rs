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
    network::graph::{Classes, Layer, Network, Norm, NormKind, Operation, Sum, Term, Value},
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
        Function::Min0 if positive => z * 0.0,
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
        Function::InverseSqrt(epsilon) => ((z + epsilon.value()).ln() * -0.5).exp(),
        Function::Linear | Function::Min0 | Function::Clip(_) => z,
    }
}

/// The function at a number (order 0), or its derivative there (1).
pub fn at(function: Function, order: u8, z: f64) -> f64 {
    let tape = Tape::default();
    let z = tape.leaf(z);
    let value = entrywise(function, z);
    if order == 0 { value.value } else { tape.adjoints(value)[z.index] }
}

/// σ of a row; `slope` is that of a prelu.
fn activate<'t>(activation: Activation, row: &[Scalar<'t>], slope: Option<Scalar<'t>>) -> Vec<Scalar<'t>> {
    match activation {
        Activation::Entrywise(function) => row.iter().map(|z| entrywise(function, *z)).collect(),
        Activation::Prelu => {
            let slope = slope.expect("a prelu has a slope");
            row.iter().map(|z| if z.value > 0.0 { *z } else { slope * *z }).collect()
        }
        Activation::LogSoftmax => {
            let p = activate(Activation::Softmax, row, slope);
            p.into_iter().map(Scalar::ln).collect()
        }
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
        Loss::Hinge if y * a.value < 1.0 => (a * -y) + 1.0,
        Loss::Hinge => a * 0.0,
        Loss::Nll => -weighted(y, &|| a),
        Loss::Upstream => a * y,
        Loss::Total => a,
    }
}

/// J and the gradients under the names that `backprop::gradients` uses.
pub fn gradients(network: &Network, arrays: &Arrays) -> (f64, Arrays) {
    let tape = Tape::default();
    let mut run = Run { arrays, tape: &tape, named: Vec::new(), values: Vec::new() };
    run.named = network.inputs.iter().map(|input| (input.name.to_string(), run.leaves(&input.name))).collect();
    for layer in &network.layers {
        run.layer(layer);
    }
    let losses = network.terms.iter().map(|term| run.loss(term));
    let mut j = losses.reduce(Add::add).expect("a network has a loss");
    for penalty in &network.penalties {
        for label in &penalty.weights {
            let w = run.parameter(symbol("W", label));
            let factor = number(&penalty.factor);
            for w in w.into_iter().flatten() {
                j = j + if penalty.squares { w * w } else { w.abs() } * factor;
            }
        }
    }
    let adjoints = tape.adjoints(j);
    let gradient =
        |rows: &Rows<'_>| Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, k)| adjoints[rows[i][k].index]);
    (j.value, run.named.iter().map(|(name, rows)| (name.clone(), gradient(rows))).collect())
}

fn number(factor: &chainrule::expr::Scalar) -> f64 {
    factor.value(|_| Err::<f64, ()>(())).expect("no dimension")
}

struct Run<'r, 't> {
    arrays: &'r Arrays,
    tape: &'t Tape,
    named: Vec<(String, Rows<'t>)>,
    /// A of every layer.
    values: Vec<Rows<'t>>,
}

impl<'t> Run<'_, 't> {
    fn leaves(&self, name: &str) -> Rows<'t> {
        let rows = self.arrays[name].rows().into_iter();
        rows.map(|row| row.iter().map(|x| self.tape.leaf(*x)).collect()).collect()
    }

    /// The leaves of a parameter, the same for all that use it.
    fn parameter(&mut self, name: String) -> Rows<'t> {
        if let Some((_, known)) = self.named.iter().find(|(known, _)| *known == name) {
            return known.clone();
        }
        let leaves = self.leaves(&name);
        self.named.push((name, leaves.clone()));
        leaves
    }

    fn value(&self, value: Value) -> Rows<'t> {
        match value {
            Value::Input(input) => self.named[input].1.clone(),
            Value::Layer(layer) => self.values[layer].clone(),
        }
    }

    fn layer(&mut self, layer: &Layer) {
        let mut sources: Vec<Rows<'t>> = layer.sources.iter().map(|source| self.value(source.value)).collect();
        let z = match layer.operation {
            Operation::Dense | Operation::Tied => {
                for (rows, source) in sources.iter_mut().zip(&layer.sources) {
                    let mut w = self.parameter(symbol("W", &source.weight));
                    if layer.operation == Operation::Tied {
                        w = turned(&w);
                    }
                    *rows = rows.iter().map(|row| times(row, &w)).collect();
                }
                sources.into_iter().reduce(|a, b| both(&a, &b, Add::add)).expect("a layer has a source")
            }
            // A parameter-less layer's Z is a node of its own, so that its adjoint does not count other uses of A.
            Operation::Activation => each(&sources[0], |x| x + 0.0),
            Operation::Sum(Sum::Subtract) => {
                sources.into_iter().reduce(|a, b| both(&a, &b, Sub::sub)).expect("a layer has a source")
            }
            Operation::Sum(Sum::Residual | Sum::Add) => {
                sources.into_iter().reduce(|a, b| both(&a, &b, Add::add)).expect("a layer has a source")
            }
            Operation::Product => {
                sources.into_iter().reduce(|a, b| both(&a, &b, Mul::mul)).expect("a layer has a source")
            }
            Operation::Concat => {
                let join = |a: Rows<'t>, b: Rows<'t>| a.into_iter().zip(b).map(|(a, b)| [a, b].concat()).collect();
                sources.into_iter().reduce(join).expect("a layer has a source")
            }
            Operation::Norm(norm) => self.norm(layer, norm, &sources[0]),
            Operation::FixedNorm { epsilon } => {
                let [mean, variance] = ["mu", "v"].map(|letter| self.leaves(&symbol(letter, &layer.label)));
                let normal = |row: &Vec<Scalar<'t>>| {
                    let spread = |v: &Scalar<'t>| ((*v + epsilon.value()).ln() * 0.5).exp();
                    let entries = row.iter().zip(mean[0].iter().zip(&variance[0]));
                    entries.map(|(a, (mean, variance))| (*a - *mean) / spread(variance)).collect::<Vec<_>>()
                };
                let normal = sources[0].iter().map(normal).collect();
                self.gained(layer, normal)
            }
            Operation::Dropout { .. } => {
                let mask = self.leaves(&symbol("M", &layer.label));
                both(&sources[0], &mask, Mul::mul)
            }
        };
        let z = if layer.has_bias() && !layer.has_gain() {
            let b = self.parameter(symbol("b", &layer.owner));
            z.iter().map(|row| row.iter().zip(&b[0]).map(|(z, b)| *z + *b).collect()).collect()
        } else {
            each(&z, |x| x + 0.0)
        };
        let slope = layer.has_slope().then(|| self.parameter(symbol("alpha", &layer.owner))[0][0]);
        let a: Rows<'t> =
            z.iter().map(|row| activate(layer.activation, row, slope).into_iter().map(|x| x + 0.0).collect()).collect();
        if layer.has_pre_activation() {
            self.named.push((symbol("Z", &layer.label), z));
        }
        self.named.push((symbol("A", &layer.label), a.clone()));
        self.values.push(a);
    }

    /// (a − mean)/√(mean of (a − mean)² + ε) · s + b, over rows or columns.
    fn norm(&mut self, layer: &Layer, norm: Norm, a: &Rows<'t>) -> Rows<'t> {
        let is_batch = norm.kind == NormKind::Batch;
        let rows = if is_batch { turned(a) } else { a.clone() };
        let normal = |row: &Vec<Scalar<'t>>| {
            let count = 1.0 / f64::from(u32::try_from(row.len()).expect("few entries"));
            let mean = row.iter().copied().reduce(Add::add).expect("a row has entries") * count;
            let mean = if norm.kind == NormKind::Rms { mean * 0.0 } else { mean };
            let centred: Vec<Scalar<'t>> = row.iter().map(|x| *x - mean).collect();
            let squares = centred.iter().map(|c| *c * *c).reduce(Add::add).expect("a row has entries") * count;
            let root = ((squares + norm.epsilon.value()).ln() * 0.5).exp();
            centred.into_iter().map(|c| c / root).collect::<Vec<_>>()
        };
        let normal: Rows<'t> = rows.iter().map(normal).collect();
        self.gained(layer, if is_batch { turned(&normal) } else { normal })
    }

    /// h · s + b, where there are s and b.
    fn gained(&mut self, layer: &Layer, normal: Rows<'t>) -> Rows<'t> {
        if !layer.has_gain() {
            return normal;
        }
        let [s, b] = ["s", "b"].map(|letter| self.parameter(symbol(letter, &layer.owner)));
        let scaled =
            |row: &Vec<Scalar<'t>>| row.iter().zip(s[0].iter().zip(&b[0])).map(|(h, (s, b))| *h * *s + *b).collect();
        normal.iter().map(scaled).collect()
    }

    /// Each y of f in a row as ((1 − ε) y + ε/f) ω.
    fn of_classes(&self, classes: &Classes, targets: Rows<'t>) -> Rows<'t> {
        let share = classes.smoothing.as_ref().map_or(0.0, number);
        let width = f64::from(u32::try_from(targets[0].len()).expect("few classes"));
        let weight = |class: usize| classes.weights.as_ref().map_or(1.0, |weights| weights[class]);
        let changed = |(class, y): (usize, &Scalar<'t>)| (*y * (1.0 - share) + share / width) * weight(class);
        targets.iter().map(|row| row.iter().enumerate().map(changed).collect()).collect()
    }

    fn loss(&self, term: &Term) -> Scalar<'t> {
        let a = self.value(term.prediction);
        let targets: Rows<'t> = match term.target_value {
            Some(value) => self.value(value),
            None => self.arrays.get(&*term.target.name).map_or_else(|| a.clone(), |_| self.leaves(&term.target.name)),
        };
        let given = term.target_value.is_none();
        let targets = self.of_classes(&term.classes, targets);
        let elements = a.iter().flatten().zip(targets.iter().flatten());
        let elements: Vec<Scalar<'t>> = elements
            .map(|(a, y)| if given { element(term.loss, *a, y.value) } else { between(term.loss, *a, *y) })
            .collect();
        let count = |n: usize| f64::from(u32::try_from(n).expect("few samples"));
        let kappa = match term.reduction {
            Reduction::Samples => 1.0 / count(a.len()),
            Reduction::Elements => 1.0 / count(elements.len()),
            Reduction::Sum => 1.0,
        };
        elements.into_iter().reduce(Add::add).expect("a batch has entries") * (kappa * number(&term.weight))
    }
}

/// The loss of one element whose target is differentiated too.
fn between<'t>(loss: Loss, a: Scalar<'t>, y: Scalar<'t>) -> Scalar<'t> {
    let d = a - y;
    match loss {
        Loss::Mse => d * d,
        Loss::Mae => d.abs(),
        Loss::Huber(delta) => entrywise(Function::Huber(delta), d),
        Loss::HalfMse => d * d * 0.5,
        Loss::Bce => -(y * a.ln()) - (-y + 1.0) * (-a + 1.0).ln(),
        Loss::Cce => -(y * a.ln()),
        Loss::Poisson => a - y * a.ln(),
        Loss::Hinge if y.value * a.value < 1.0 => -(y * a) + 1.0,
        Loss::Hinge => a * 0.0,
        Loss::Nll => -(y * a),
        Loss::Upstream => a * y,
        Loss::Total => a,
    }
}

fn each<'t>(rows: &Rows<'t>, f: impl Fn(Scalar<'t>) -> Scalar<'t>) -> Rows<'t> {
    rows.iter().map(|row| row.iter().map(|x| f(*x)).collect()).collect()
}

fn both<'t>(a: &Rows<'t>, b: &Rows<'t>, f: impl Fn(Scalar<'t>, Scalar<'t>) -> Scalar<'t>) -> Rows<'t> {
    a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect()).collect()
}

fn turned<'t>(rows: &Rows<'t>) -> Rows<'t> {
    (0..rows[0].len()).map(|k| rows.iter().map(|row| row[k]).collect()).collect()
}

fn times<'t>(row: &[Scalar<'t>], w: &Rows<'t>) -> Vec<Scalar<'t>> {
    let dot = |k: usize| row.iter().zip(w).map(|(a, w)| *a * w[k]).reduce(Add::add).expect("a row has entries");
    (0..w[0].len()).map(dot).collect()
}
