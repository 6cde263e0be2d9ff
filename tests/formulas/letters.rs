//! What the letters of a formula stand for: the arrays of a network, and what its forward pass makes of them.

use std::collections::BTreeMap;

use chainrule::{
    catalog::{activation::Activation, loss::Loss},
    evaluate::{
        arrays::{self, Arrays},
        backprop,
    },
    gradient::Form,
    network::graph::{Layer, Network, Norm, NormKind, Operation, Value},
    shape::Dim,
};
use ndarray::{Array1, Array2, Axis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    gallery,
    oracles::{algebra::Matrix, formula::Style, scalar},
};

/// A network with numbers for its names, and arrays.
pub struct Case {
    pub named: Network,
    pub bound: Network,
    pub dims: BTreeMap<String, usize>,
    pub arrays: Arrays,
}

/// Gives each free name a number of its own, the batch `samples`; `None` where the spec fixes the batch to another.
pub fn case(source: &str, samples: usize) -> Option<Case> {
    let network = gallery::resolved(source);
    let batch = network.input().samples.clone();
    if batch.as_number().is_some_and(|number| number != samples as u64) {
        return None;
    }
    let slots = arrays::slots(&network);
    let names = slots.iter().flat_map(|slot| slot.rows.names().into_iter().chain(slot.columns.names()));
    let mut dims = BTreeMap::new();
    for name in names {
        let next = 2 + dims.len();
        dims.entry(name.to_string()).or_insert(if batch.as_name() == Some(name) { samples } else { next });
    }
    let size = |dim: &Dim| dim.bound(&|name| dims.get(name).map(|size| *size as u64)).unwrap();
    let bound = network.with_dims(|dim| Ok::<_, ()>(size(dim))).unwrap();
    let arrays = draw(&bound);
    Some(Case { named: network, bound, dims, arrays })
}

/// Moderate numbers with which every loss is defined: the last Z in (0.2, 0.8), or in (−0.9, −0.3) where the activation
/// has to stay under 1. Rows of Y sum to 1 where that is assumed.
fn draw(network: &Network) -> Arrays {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let last = network.layers.iter().rev().find(|layer| layer.has_weight()).unwrap();
    let (weight, bias) = (arrays::symbol("W", &last.label), arrays::symbol("b", &last.label));
    let low = matches!(last.activation, Activation::Entrywise(f) if ["exp", "softplus"].contains(&f.name()));
    let centre = if low { -0.6 } else { 0.5 };
    let mut arrays = Arrays::new();
    for slot in arrays::slots(network) {
        let (from, to) = match slot.name.as_str() {
            name if name == weight && last.has_bias() => (-0.02, 0.02),
            name if name == bias => (centre - 0.2, centre + 0.2),
            name if *name == *network.target().name => (0.05, 0.95),
            _ if slot.role == arrays::Role::Variance => (0.5, 1.5),
            _ => (-0.9, 0.9),
        };
        arrays.insert(
            slot.name.clone(),
            Array2::from_shape_simple_fn(slot.size().unwrap(), || rng.random_range(from..to)),
        );
    }
    if network.term().loss == Loss::Cce {
        let y = &mut arrays[&*network.target().name];
        let sums = y.sum_axis(Axis(1)).insert_axis(Axis(1));
        *y /= &sums;
    }
    arrays
}

/// `₁₂`, or `_hidden`; in ASCII the digits themselves.
pub fn index(label: &str, style: &Style) -> String {
    let unicode = style.times == '×';
    let digits =
        |label: &str| label.chars().map(|c| char::from_u32('₀' as u32 + c.to_digit(10).unwrap()).unwrap()).collect();
    match label.chars().all(|c| c.is_ascii_digit()) {
        true if unicode => digits(label),
        true => label.to_string(),
        false => format!("_{label}"),
    }
}

/// The letters of a form, what each stands for, and the key of the gradient by it.
pub struct Letters<'a> {
    style: &'a Style,
    form: Form,
    pub matrices: BTreeMap<String, Matrix<f64>>,
    pub keys: BTreeMap<String, String>,
}

impl Letters<'_> {
    fn add(&mut self, letter: String, key: String, value: &Array2<f64>) {
        let (rows, columns) = value.dim();
        self.matrices.insert(letter.clone(), Matrix::from_fn(rows, columns, |i, j| Some(value[[i, j]])));
        self.keys.insert(letter, key);
    }

    /// X, Y, Z, A have a row a sample, which is written small: xᵢ, a₁,ᵢ, but labelsᵢ.
    fn batch(&mut self, base: &str, index: &str, key: &str, value: &Array2<f64>) {
        let unicode = self.style.times == '×';
        let small = if base.chars().count() == 1 || base == "Yhat" { base.to_lowercase() } else { base.to_string() };
        let letter = match (self.form == Form::PerSample, unicode, index) {
            (false, ..) => format!("{base}{index}"),
            (true, false, _) => format!("{small}{index}[i]"),
            (true, true, "") => format!("{small}ᵢ"),
            (true, true, _) => format!("{small}{index},ᵢ"),
        };
        self.add(letter, key.to_string(), value);
    }

    /// H and r of a norm, entry by entry.
    fn norm(&mut self, norm: Norm, index: &str, of: &Array2<f64>) {
        let by_row = norm.kind != NormKind::Batch;
        let lines = if by_row { of.clone() } else { of.t().to_owned() };
        let (mut h, mut r) = (lines.clone(), Array2::zeros((lines.nrows(), 1)));
        for (i, line) in lines.rows().into_iter().enumerate() {
            let count = line.iter().map(|_| 1.0).sum::<f64>();
            let mean = if norm.kind == NormKind::Rms { 0.0 } else { line.sum() / count };
            let square = line.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
            r[[i, 0]] = 1.0 / (square + norm.epsilon.value()).sqrt();
            h.row_mut(i).assign(&line.mapv(|x| (x - mean) * r[[i, 0]]));
        }
        let turned = |array: Array2<f64>| if by_row { array } else { array.reversed_axes() };
        self.batch("H", index, "", &turned(h));
        self.batch("r", index, "", &turned(r));
    }

    /// μ and v that a norm holds fixed, and H and r of them.
    fn fixed(&mut self, epsilon: f64, layer: &Layer, index: &str, case: &Case, of: &Array2<f64>) {
        let [mean, variance] = ["mu", "v"].map(|letter| &case.arrays[&arrays::symbol(letter, &layer.label)]);
        let r = variance.mapv(|variance| 1.0 / (variance + epsilon).sqrt());
        let mu = if self.style.times == '×' { "μ" } else { "mu" };
        for (letter, value) in [(mu, mean), ("v", variance), ("r", &r)] {
            self.add(format!("{letter}{index}"), String::new(), value);
        }
        self.batch("H", index, "", &((of - mean) * &r));
    }

    /// S, D and G, and for softmax p, of a single sample.
    fn gates(&mut self, layer: &Layer, z: &Array2<f64>, a: &Array2<f64>, slope: Option<f64>) {
        let own = match (self.form == Form::PerSample, self.style.times == '×') {
            (false, _) => "",
            (true, true) => "⁽ⁱ⁾",
            (true, false) => "[i]",
        };
        let index = index(&layer.label, self.style);
        let diagonal = |entries: Vec<f64>| Array2::from_diag(&Array1::from(entries));
        let mut gate =
            |letter: &str, value: &Array2<f64>| self.add(format!("{letter}{index}{own}"), String::new(), value);
        match layer.activation {
            Activation::Softmax => {
                let p = a.row(0).insert_axis(Axis(1));
                gate("S", &(diagonal(p.iter().copied().collect()) - p.dot(&p.t())));
            }
            Activation::LogSoftmax => {
                let p = a.row(0).mapv(f64::exp).insert_axis(Axis(0));
                gate("S", &(Array2::eye(p.len()) - Array2::<f64>::ones((p.len(), 1)).dot(&p)));
            }
            Activation::Prelu => {
                let slope = slope.expect("a prelu has a slope");
                gate("S", &diagonal(z.iter().map(|z| if *z > 0.0 { 1.0 } else { slope }).collect()));
            }
            Activation::Entrywise(function) => {
                let slopes = diagonal(z.iter().map(|z| scalar::at(function, 1, *z)).collect());
                gate("S", &slopes);
                gate("D", &slopes);
                gate("G", &diagonal(z.iter().map(|z| scalar::at(function, 0, *z) / z).collect()));
            }
        }
    }
}

/// What the layer takes in.
fn value_before<'a>(case: &'a Case, concrete: &'a backprop::Forward, layer: &Layer) -> &'a Array2<f64> {
    match layer.sources[0].value {
        Value::Input(input) => &case.arrays[&*case.bound.inputs[input].name],
        Value::Layer(before) => &concrete.activations[before],
    }
}

/// Everything a formula of this form may mention, but Δ.
pub fn letters<'a>(case: &'a Case, form: Form, style: &'a Style) -> Letters<'a> {
    let mut letters = Letters { style, form, matrices: BTreeMap::new(), keys: BTreeMap::new() };
    let network = &case.bound;
    for name in [&network.input().name, &network.target().name] {
        letters.batch(name, "", name, &case.arrays[&**name]);
    }
    let concrete = backprop::forward(network, &case.arrays);
    let single = network.input().samples.as_number() == Some(1);
    for (l, layer) in network.layers.iter().enumerate() {
        let index = index(&layer.label, style);
        for (letter, here) in [("W", layer.has_weight()), ("b", layer.has_bias())] {
            let key = arrays::symbol(letter, &layer.label);
            if here {
                letters.add(format!("{letter}{index}"), key.clone(), &case.arrays[&key]);
            }
        }
        let key = arrays::symbol("alpha", &layer.label);
        if let Some(slope) = case.arrays.get(&key) {
            let letter = if style.times == '×' { "α" } else { "alpha" };
            letters.add(format!("{letter}{index}"), key, slope);
        }
        if let Operation::Norm(norm) = layer.operation {
            letters.norm(norm, &index, value_before(case, &concrete, layer));
        }
        if let Operation::FixedNorm { epsilon } = layer.operation {
            letters.fixed(epsilon.value(), layer, &index, case, value_before(case, &concrete, layer));
        }
        let key = arrays::symbol("s", &layer.label);
        if layer.has_gain() {
            letters.add(format!("s{index}"), key.clone(), &case.arrays[&key]);
        }
        let (z, a) = (&concrete.pre_activations[l], &concrete.activations[l]);
        letters.batch("Z", &index, &arrays::symbol("Z", &layer.label), z);
        let key = arrays::symbol("A", &layer.label);
        if l + 1 < network.layers.len() {
            letters.batch("A", &index, &key, a);
        } else {
            letters.batch(&hat(&network.target().name, style), "", &key, a);
        }
        if single {
            let slope = case.arrays.get(&arrays::symbol("alpha", &layer.label)).map(|slope| slope[[0, 0]]);
            letters.gates(layer, z, a, slope);
        }
    }
    letters
}

/// The prediction's letter: the target's under a hat, Ŷ for a word.
fn hat(target: &str, style: &Style) -> String {
    let letter = if target.chars().count() == 1 { target } else { "Y" };
    match (style.times == '×', letter) {
        (true, "Y") => "Ŷ".into(),
        (true, "y") => "ŷ".into(),
        (true, letter) => format!("{letter}\u{302}"),
        (false, letter) => format!("{letter}hat"),
    }
}
