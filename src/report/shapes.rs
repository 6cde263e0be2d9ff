//! A [`Resolution`] → the table of its layers.

use std::sync::Arc;

use super::words::grouped;
use crate::{
    catalog::Activation,
    document::{Document, Notation, Relation, Sentence, Table, sentence},
    network::{
        Resolution,
        graph::{Layer, Layout, Network, Operation, Source, Sum},
    },
    shape::{Dim, DimError, Reason},
};

/// A longer polynomial is not printed.
const MAX_POLYNOMIAL: usize = 72;

/// The input and the layers up to the first error, each with its shapes and the number of its parameters, of a dense
/// layer in·out + out; below it the totals, and of a network the values that made stated dimensions fit. Empty without an
/// input.
pub fn shapes<'d>(resolution: &Resolution) -> Document<'d> {
    let mut page = Document::titled("Shapes");
    let Some(input) = &resolution.input else { return page };
    let samples = &input.samples;
    let shape = |rows: &Dim, columns: &Dim| shape(resolution.layout, rows, columns);
    let [z, a, delta] = ["Z", "A", "Δ"].map(Notation::letter);
    let words = ["layer", "kind", "input", "W", "b"].map(Sentence::of);
    let header = words.into_iter().chain([sentence!("{}, {}, {}", z, a, delta), Sentence::of("parameters")]);
    let mut table = Table::new(header, 6);
    table.keys = 1;
    let none = Sentence::default;
    let of_input = [name(&input.name), Sentence::of("input"), none(), none(), none(), shape(samples, &input.features)];
    table.row(of_input.into_iter().chain([Sentence::of("0")]));
    let mut total = Count::default();
    for input in resolution.network.iter().flat_map(|network| &network.inputs[1..]) {
        let row = [name(&input.name), Sentence::of("input"), none(), none(), none(), shape(samples, &input.features)];
        table.row(row.into_iter().chain([Sentence::of("0")]));
    }
    for (layer, count) in resolution.layers.iter().zip(Count::of_all(&resolution.layers)) {
        let sources = layer.sources.iter().map(|source| shape(samples, &source.width));
        let arrays = arrays(layer, samples);
        let cell = |letters: [&str; 3]| {
            let named = |array: &Array| match array.letter {
                "s" => Sentence::of("gain ").then(shape(&array.rows, &array.columns)),
                "alpha" => Sentence::of("slope ").then(shape(&array.rows, &array.columns)),
                _ => shape(&array.rows, &array.columns),
            };
            each_once(arrays.iter().filter(|array| letters.contains(&array.letter)).map(named))
        };
        let [weights, bias, values] = [["W", "s", "alpha"], ["b"; 3], ["Z", "A", "Δ"]].map(cell);
        let words = [name(&layer.label), name(&kind(layer)), each_once(sources)];
        table.row(words.into_iter().chain([weights, bias, values, parameters_cell(layer, &count)]));
        total = total.plus(count);
    }
    page.table(table);
    let reasons = resolution.network.iter().flat_map(|network| reasons(resolution, network));
    page.paragraphs(totals(resolution, &total).into_iter().chain(reasons));
    page
}

fn name(name: &str) -> Sentence {
    Sentence::of(name.to_owned())
}

fn each_once(shapes: impl Iterator<Item = Sentence>) -> Sentence {
    let mut known: Vec<Sentence> = Vec::new();
    for shape in shapes {
        if !known.contains(&shape) {
            known.push(shape);
        }
    }
    known.into_iter().reduce(|all, next| all.words(", ").then(next)).unwrap_or_default()
}

/// A parameter or a value of a layer, by the letter and what stands behind it: n × f of samples as rows.
pub struct Array<'a> {
    pub letter: &'static str,
    pub behind: &'a str,
    pub rows: Dim,
    pub columns: Dim,
}

/// Its parameters, W first, then Z, A and Δ = ∂J/∂Z; a layer without an activation has A alone.
pub fn arrays<'a>(layer: &'a Layer, samples: &Dim) -> Vec<Array<'a>> {
    let (one, output) = (Dim::one(), &layer.output);
    let (owner, label) = (&layer.owner, &layer.label);
    let of_layer = [
        ("s", owner, &one, output, layer.has_gain()),
        ("b", owner, &one, output, layer.has_bias()),
        ("alpha", owner, &one, &one, layer.has_slope()),
        ("Z", label, samples, output, layer.has_pre_activation()),
        ("A", label, samples, output, true),
        ("Δ", label, samples, output, layer.has_pre_activation()),
    ];
    let weight = |source: &'a Source| ("W", &source.weight, &source.width, output, layer.has_weight());
    let all = layer.sources.iter().map(weight).chain(of_layer).filter(|(.., has)| *has);
    let array = |(letter, behind, rows, columns, _): (_, &'a Arc<str>, &Dim, &Dim, bool)| Array {
        letter,
        behind,
        rows: rows.clone(),
        columns: columns.clone(),
    };
    all.map(array).collect()
}

/// `n × f1`, or `f1 × n` of samples as columns.
pub fn shape(layout: Layout, rows: &Dim, columns: &Dim) -> Sentence {
    let (rows, columns) = layout.sides(rows, columns);
    let side = |dim: &Dim| {
        let dim = Notation::Dim(dim.clone());
        if matches!(&dim, Notation::Dim(dim) if dim.is_sum()) { Notation::Group(Box::new(dim)) } else { dim }
    };
    Sentence::from(side(rows)).relation(Relation::Times).math(side(columns))
}

/// How many parameters the layer has: `4,160`, `f0·f1 + f1`.
pub fn parameters(layer: &Layer) -> String {
    Count::of(layer).to_string().unwrap_or_else(|| product(layer))
}

fn has_parameters(layer: &Layer) -> bool {
    layer.has_weight() || layer.has_bias() || layer.has_slope()
}

/// `dense relu nobias`, `activation gelu`
pub fn kind(layer: &Layer) -> String {
    let plain = |word: &str| if layer.has_gain() { word.to_owned() } else { format!("{word} plain") };
    let word = match layer.operation {
        Operation::Dense | Operation::Tied => "dense".to_owned(),
        Operation::Activation => format!("activation {}", layer.activation),
        Operation::Sum(Sum::Residual) => "residual".to_owned(),
        Operation::Sum(Sum::Add) => "add".to_owned(),
        Operation::Sum(Sum::Subtract) => "subtract".to_owned(),
        Operation::Product => "multiply".to_owned(),
        Operation::Concat => "concat".to_owned(),
        Operation::Norm(norm) => plain(&format!("norm {}", norm.kind.name())),
        Operation::FixedNorm { .. } => plain("norm batch fixed"),
        Operation::Dropout { rate } => format!("dropout {}", rate.value()),
    };
    let is_dense = matches!(layer.operation, Operation::Dense | Operation::Tied);
    let mut words = vec![word];
    if is_dense && layer.activation != Activation::LINEAR {
        words.push(layer.activation.to_string());
    }
    if is_dense && !layer.has_bias() {
        words.push("nobias".into());
    }
    if layer.operation == Operation::Tied {
        words.push(format!("tied to {}", layer.sources[0].weight));
    } else if has_parameters(layer) && layer.owner != layer.label {
        words.push(format!("shared {}", layer.owner));
    }
    words.join(" ")
}

/// The same as a formula, where names are in it.
fn parameters_cell(layer: &Layer, count: &Count) -> Sentence {
    match count.amount() {
        Some(Amount::Named(sum)) => Sentence::from(Notation::Dim(sum)),
        Some(Amount::Number(_)) | None => name(&count.to_string().unwrap_or_else(|| product(layer))),
    }
}

/// How many layers and parameters there are.
fn totals(resolution: &Resolution, total: &Count) -> [Sentence; 2] {
    let extent = if resolution.network.is_some() { "" } else { " up to the first error" };
    let layers = format!("Layers{extent}: {}", grouped(resolution.layers.len()));
    let sum = Sentence::of(format!("Total parameters{extent}: "));
    let short = total.to_string().filter(|text| text.chars().count() <= MAX_POLYNOMIAL);
    let sum = match (short, total.amount()) {
        (Some(_), Some(Amount::Named(polynomial))) => sum.math(Notation::Dim(polynomial)),
        (Some(number), _) => sum.words(number),
        (None, _) => sum.words("the sum of the column, too long to be written out"),
    };
    [Sentence::of(layers), sum]
}

/// `10 = f3 because f3 = 10`
fn reasons(resolution: &Resolution, network: &Network) -> Vec<Sentence> {
    let dim = |dim: &Dim| Notation::Dim(dim.clone());
    let value = |name: &String| {
        let (_, value) = network.bindings.iter().find(|(bound, _)| **bound == **name)?;
        Some([Dim::name(name), Dim::number(*value).ok()?])
    };
    let equality = |equality: &crate::network::Equality| {
        let (stated, arrived) = &equality.sides;
        let mut sentence = Sentence::from(dim(&stated.written)).equals(dim(&arrived.written));
        if let Reason::Binding(names) = &equality.reason {
            for (i, [name, value]) in names.iter().filter_map(value).enumerate() {
                sentence = sentence.words(if i == 0 { " because " } else { ", " }).math(dim(&name)).equals(dim(&value));
            }
        }
        sentence
    };
    resolution.equalities.iter().map(equality).collect()
}

/// How many parameters: a number, and a polynomial of the layers with names in their widths.
#[derive(Clone, Default)]
pub struct Count {
    number: u128,
    named: Option<Result<Dim, DimError>>,
}

/// How many there are: a number, or a polynomial in names.
pub enum Amount {
    /// A number.
    Number(u128),
    /// A polynomial in names.
    Named(Dim),
}

impl Count {
    /// Of W, s, b and α.
    pub fn of(layer: &Layer) -> Self {
        let arrays = arrays(layer, &Dim::one());
        let parameters = arrays.iter().filter(|array| !matches!(array.letter, "Z" | "A" | "Δ"));
        parameters.map(|array| Self::of_array(&array.rows, &array.columns)).fold(Self::default(), Self::plus)
    }

    fn of_array(rows: &Dim, columns: &Dim) -> Self {
        match (rows.as_number(), columns.as_number()) {
            (Some(rows), Some(columns)) => Self { number: u128::from(rows) * u128::from(columns), named: None },
            _ => Self { number: 0, named: Some(rows.times(columns)) },
        }
    }

    /// Of each layer; what layers share counts with the first of them.
    pub fn of_all(layers: &[Layer]) -> Vec<Self> {
        let mut known = std::collections::HashSet::new();
        layers
            .iter()
            .map(
                |layer| {
                    if has_parameters(layer) && !known.insert(&layer.owner) { Self::default() } else { Self::of(layer) }
                },
            )
            .collect()
    }

    pub fn plus(self, other: Self) -> Self {
        let named = match (self.named, other.named) {
            (Some(left), Some(right)) => Some(left.and_then(|left| left.plus(&right?))),
            (named, None) | (None, named) => named,
        };
        // At most 10,000 layers of less than 2⁶³ parameters: far below 2¹²⁸.
        Self { number: self.number + other.number, named }
    }

    /// The sum of both; `None` if a coefficient or the polynomial is too large.
    pub fn amount(&self) -> Option<Amount> {
        let Some(named) = &self.named else { return Some(Amount::Number(self.number)) };
        let named = named.as_ref().ok()?;
        let number = u64::try_from(self.number).ok()?;
        let sum = if number == 0 { named.clone() } else { named.plus(&Dim::number(number).ok()?).ok()? };
        Some(Amount::Named(sum))
    }

    /// `4,160`, `f0·f1 + f1`
    fn to_string(&self) -> Option<String> {
        Some(match self.amount()? {
            Amount::Number(number) => grouped(number),
            Amount::Named(sum) => polynomial(&sum),
        })
    }
}

/// in·out + out, not multiplied out.
fn product(layer: &Layer) -> String {
    let weight = format!("{}·{}", factor(layer.input()), factor(&layer.output));
    if layer.has_bias() { format!("{weight} + {}", polynomial(&layer.output)) } else { weight }
}

/// A dimension as a polynomial: `4·d² + 4·d`.
fn polynomial(dim: &Dim) -> String {
    let term = |(names, coefficient): (Vec<(&str, u32)>, u64)| {
        let number = (coefficient != 1 || names.is_empty()).then(|| grouped(coefficient));
        let powers = names.into_iter().map(|(name, power)| format!("{name}{}", superscript(power)));
        number.into_iter().chain(powers).collect::<Vec<_>>().join("·")
    };
    dim.terms().into_iter().map(term).collect::<Vec<_>>().join(" + ")
}

/// `²`, `¹⁰`; nothing for 1.
fn superscript(power: u32) -> String {
    let digits = if power == 1 { String::new() } else { power.to_string() };
    digits.bytes().map(|digit| ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][usize::from(digit - b'0')]).collect()
}

/// The same, in brackets where it is a sum.
fn factor(dim: &Dim) -> String {
    if dim.is_sum() { format!("({})", polynomial(dim)) } else { polynomial(dim) }
}
