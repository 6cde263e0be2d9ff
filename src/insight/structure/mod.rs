//! Skips, norms, dropout, shared weights, penalties → what each does to the gradient at a point.
//!
//! A gradient is a sum with a term for each use of its variable. The terms are derived, use by use, and evaluated.

mod norms;
mod uses;

use ndarray::{ArcArray2, Array2, ArrayBase, Data, Ix2, Zip};
use serde::Serialize;

use self::uses::Term;
pub use self::{
    norms::Normal,
    uses::{Through, Uses, uses},
};
use super::{
    Subject,
    size::{ROUNDING, float},
};
use crate::{
    catalog::Activation,
    evaluate::{EvaluationError, Evaluator, Inputs, Passes, scaled::passes},
    expr::{Role, SymbolId},
    gradient::Derivation,
    network::{
        graph::{Layer, Network, Norm, NormKind, Operation, Value},
        way::way,
    },
};

/// A term of a gradient.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Part {
    /// The use from which it comes.
    pub through: Through,
    /// ⟨term, gradient⟩/‖gradient‖²: of all terms together 1.
    pub share: f64,
    /// ‖term‖/‖gradient‖
    pub norm: f64,
}

/// A gradient with several terms.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sum {
    /// By what.
    #[serde(skip)]
    pub variable: SymbolId,
    /// Its name as users type it.
    pub name: String,
    /// Whether it is W, b or s, rather than a value.
    pub is_parameter: bool,
    /// One a use; none where the gradient is 0 or no float.
    pub parts: Option<Vec<Part>>,
}

/// A dropout.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Dropped {
    /// The layer.
    pub layer: String,
    /// The share of entries of the value that the mask makes 0.
    pub values: f64,
    /// The share of entries of the gradient behind it that are 0 where the mask is.
    pub gradients: f64,
}

/// A parameter whose gradient is 0 whatever the arrays are.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Zero {
    /// It.
    #[serde(skip)]
    pub variable: SymbolId,
    /// Its name as users type it.
    pub name: String,
    /// The norm over the batch that takes its part away, if that is why.
    pub norm: Option<String>,
}

/// What is known of all.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Structure {
    /// How many paths lead from the first input to the first loss.
    pub paths: f64,
    /// The layers that all of them pass.
    pub on_every_path: Vec<String>,
    /// The gradients that are sums over several uses.
    pub sums: Vec<Sum>,
    /// The norms.
    pub norms: Vec<Normal>,
    /// The dropouts.
    pub dropouts: Vec<Dropped>,
    /// Parameters whose gradient is 0 at this point and at a random one.
    pub zeros: Vec<Zero>,
    /// Layers, of at least two units, whose units have the same W, b and gradient.
    pub alike: Vec<String>,
}

/// Looks at the point whose passes are given; `elsewhere` is a random one, and `uses` are not asked for of a chain.
///
/// # Errors
/// An array or a dimension is missing.
pub fn structure(
    subject: &Subject,
    at: &Passes,
    elsewhere: &dyn Fn() -> Inputs<f64>,
    uses: Option<&(Derivation, Uses)>,
) -> Result<Structure, EvaluationError> {
    let network = &subject.numbers;
    let (way, paths) = way(network);
    let on_every_path = way.into_iter().map(|place| network.layers[place].label.to_string()).collect();
    let (zeros, alike) = (zeros(subject, at, elsewhere)?, alike(subject, at)?);
    let mut found =
        Structure { paths, on_every_path, sums: Vec::new(), norms: Vec::new(), dropouts: Vec::new(), zeros, alike };
    if let Some((derivation, uses)) = uses.filter(|_| at.overflow.is_none())
        && let Some(evaluator) = Evaluator::new(derivation, &subject.dims)
    {
        found.look(subject, uses, &passes(evaluator, &subject.inputs())?)?;
    }
    Ok(found)
}

impl Structure {
    /// At all that has more than one use, and at the layers without weights of their own.
    fn look(&mut self, subject: &Subject, uses: &Uses, passes: &Passes) -> Result<(), EvaluationError> {
        for (variable, terms) in uses.iter().filter(|(_, terms)| terms.len() > 1) {
            let symbol = passes.evaluator.forward().arena.symbol(*variable);
            let (name, is_parameter) = (symbol.key(), !symbol.is_value());
            self.sums.push(Sum { variable: *variable, name, is_parameter, parts: parts(terms, passes)? });
        }
        for layer in &subject.numbers.layers {
            match layer.operation {
                Operation::Norm(norm) => self.norms.extend(norms::normal(subject, uses, passes, layer, norm)?),
                Operation::Dropout { .. } => self.dropouts.extend(dropped(uses, passes, layer)?),
                Operation::Dense
                | Operation::Tied
                | Operation::Activation
                | Operation::Sum(_)
                | Operation::Product
                | Operation::FixedNorm { .. }
                | Operation::Concat => {}
            }
        }
        Ok(())
    }
}

/// What each term is of their sum.
fn parts(terms: &[Term], passes: &Passes) -> Result<Option<Vec<Part>>, EvaluationError> {
    let mut values = Vec::new();
    for term in terms {
        values.extend(passes.gradient(term.value)?);
    }
    let nonzero = values.iter().filter(|value| !value.is_zero());
    let Some(exponent) = nonzero.map(|value| value.exponent).max() else { return Ok(None) };
    let values: Vec<_> = values.iter().map(|value| value.at(exponent)).collect();
    let sum = values.iter().fold(Array2::zeros(values[0].dim()), |sum: Array2<f64>, value| sum + value);
    let whole = product(&sum, &sum);
    let part = |(term, value): (&Term, &ArcArray2<f64>)| Part {
        through: term.through.clone(),
        share: product(value, &sum) / whole,
        norm: (product(value, value) / whole).sqrt(),
    };
    Ok((whole > 0.0 && whole.is_finite()).then(|| terms.iter().zip(&values).map(part).collect()))
}

/// ⟨a, b⟩
fn product<A, B>(a: &ArrayBase<A, Ix2>, b: &ArrayBase<B, Ix2>) -> f64
where
    A: Data<Elem = f64>,
    B: Data<Elem = f64>,
{
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn dropped(uses: &Uses, passes: &Passes, layer: &Layer) -> Result<Option<Dropped>, EvaluationError> {
    let forward = passes.evaluator.forward();
    let mask = forward.masks.iter().find(|mask| forward.arena.symbol(**mask).label.as_ref() == Some(&layer.label));
    let (Some(mask), Some(term)) =
        (mask.and_then(|mask| passes.get(*mask)), uses::of_layer(uses, &forward.arena, &layer.label))
    else {
        return Ok(None);
    };
    let Some(gradient) = passes.gradient(term.value)? else { return Ok(None) };
    let (mut off, mut both) = (0.0, 0.0);
    Zip::from(&mask.array).and(&gradient.array).for_each(|mask, gradient| {
        if *mask == 0.0 {
            off += 1.0;
            both += f64::from(u8::from(*gradient == 0.0));
        }
    });
    let entries = float(mask.array.len());
    Ok(Some(Dropped { layer: layer.label.to_string(), values: off / entries, gradients: both / entries }))
}

/// The parameters whose gradient is 0, by its formula or but for rounding, here and at a random point.
fn zeros(subject: &Subject, at: &Passes, elsewhere: &dyn Fn() -> Inputs<f64>) -> Result<Vec<Zero>, EvaluationError> {
    let (forward, gradient) = (at.evaluator.forward(), at.evaluator.gradient());
    let is_zero = |passes: &Passes, variable: SymbolId| {
        let Some(formula) = gradient.by(variable) else { return Ok(true) };
        Ok(passes.settled(formula.value)?.is_some_and(|value| value.is_zero()))
    };
    let mut other = None;
    let mut zeros = Vec::new();
    for variable in forward.parameters.iter().copied() {
        if !is_zero(at, variable)? {
            continue;
        }
        let there = match &mut other {
            Some(there) => there,
            none => none.insert(passes(at.evaluator, &elsewhere())?),
        };
        if !is_zero(there, variable)? {
            continue;
        }
        let symbol = forward.arena.symbol(variable);
        let norm = symbol.label.as_deref().filter(|_| symbol.role == Role::Bias);
        let norm = norm.and_then(|label| batch_norm_behind(&subject.numbers, label));
        zeros.push(Zero { variable, name: symbol.key(), norm });
    }
    Ok(zeros)
}

/// The norm over the batch that takes the bias of this label away again: every way from it leads to such a norm, through layers
/// of which a row that is the same for all samples comes out as one.
fn batch_norm_behind(network: &Network, label: &str) -> Option<String> {
    let is_own = |place: &usize| *network.layers[*place].owner == *label;
    let mut reached: Vec<usize> = (0..network.layers.len()).filter(is_own).collect();
    let ends = network.terms.iter().flat_map(|term| [Some(term.prediction), term.target_value]);
    let ends: Vec<Value> = ends.flatten().collect();
    let (mut norm, mut next) = (None, 0);
    while let Some(place) = reached.get(next).copied() {
        next += 1;
        let value = Value::Layer(place);
        if ends.contains(&value) || network.layers[place].activation != Activation::LINEAR {
            return None;
        }
        for (behind, layer) in network.layers.iter().enumerate() {
            if !layer.sources.iter().any(|source| source.value == value) {
                continue;
            }
            match layer.operation {
                Operation::Norm(Norm { kind: NormKind::Batch, .. }) => {
                    norm.get_or_insert_with(|| layer.label.to_string());
                }
                Operation::Dense
                | Operation::Tied
                | Operation::Activation
                | Operation::Sum(_)
                | Operation::FixedNorm { .. }
                | Operation::Concat => {
                    if !reached.contains(&behind) {
                        reached.push(behind);
                    }
                }
                Operation::Norm(_) | Operation::Product | Operation::Dropout { .. } => return None,
            }
        }
    }
    norm
}

/// The layers whose units nothing tells apart.
fn alike(subject: &Subject, at: &Passes) -> Result<Vec<String>, EvaluationError> {
    let gradient = at.evaluator.gradient();
    let forward = at.evaluator.forward();
    let mut alike = Vec::new();
    'layers: for (layer, place) in subject.numbers.layers.iter().zip(subject.places()) {
        let bias = forward.parameters.iter().copied().find(|symbol| {
            let symbol = forward.arena.symbol(*symbol);
            symbol.role == Role::Bias && symbol.label.as_ref() == Some(&layer.owner)
        });
        let parameters: Vec<SymbolId> = place.weights.iter().map(|(_, symbol)| *symbol).chain(bias).collect();
        if place.weights.is_empty() || layer.output.is_one() || at.overflow.is_some() {
            continue;
        }
        for variable in &parameters {
            let array = &subject.arrays[&forward.arena.symbol(*variable).key()];
            if !columns_agree(array) {
                continue 'layers;
            }
        }
        for derivative in parameters.iter().filter_map(|variable| gradient.by(*variable)) {
            let value = at.gradient(derivative.value)?;
            if !value.is_some_and(|value| columns_agree(&value.array)) {
                continue 'layers;
            }
        }
        alike.push(layer.label.to_string());
    }
    Ok(alike)
}

fn columns_agree<S: Data<Elem = f64>>(array: &ArrayBase<S, Ix2>) -> bool {
    let first = array.column(0);
    let size = array.iter().fold(0.0_f64, |size, entry| size.max(entry.abs()));
    array.columns().into_iter().all(|column| column.iter().zip(first).all(|(a, b)| (a - b).abs() <= ROUNDING * size))
}
