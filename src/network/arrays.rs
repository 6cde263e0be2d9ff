//! Inputs, layers and losses → the names of all arrays, as files use them; two arrays of one name are reported.

use std::collections::{HashMap, HashSet};

use super::graph::{Layer, Operation, Tensor, Term};
use crate::{
    expr::symbol::indexed,
    source::{Diagnostic, Kind, Span},
};

/// Two arrays that formulas and files would not tell apart.
#[derive(Debug, thiserror::Error)]
enum ArrayError {
    #[error("two arrays are called `{name}`: {}, and {}", first.what, second.what)]
    Twice { name: String, first: Array, second: Array },
    #[error("layer `{layer}` takes in the same value twice, and both weights would be called `{name}`")]
    Sources { name: String, layer: String, place: Span },
}

impl From<ArrayError> for Diagnostic {
    fn from(error: ArrayError) -> Self {
        let diagnostic = Self::error(Kind::Spec, error.to_string());
        match error {
            ArrayError::Twice { first, second, .. } => {
                let rename = second.rename.or(first.rename).unwrap_or_else(|| "one of the layers".into());
                diagnostic.at(second.place, "").because(first.place, "").help(format!("give {rename} another name"))
            }
            ArrayError::Sources { place, .. } => diagnostic.at(place, "").help("name each value once behind `from`"),
        }
    }
}

/// An array: what it is, where it was said, and what to give another name.
#[derive(Clone, Debug)]
struct Array {
    what: String,
    place: Span,
    rename: Option<String>,
}

impl Array {
    fn of_tensor(tensor: &Tensor, role: &str) -> (String, Self) {
        let rename = Some(format!("the {role} `{}`", tensor.name));
        (tensor.name.to_string(), Self { what: format!("the {role}"), place: tensor.span, rename })
    }

    /// The weight, bias, … of a layer. Behind its letter stands the layer's label or the name of a shared block.
    fn of_layer(layer: &Layer, what: &str, behind: &str) -> Self {
        let is_shared = !behind.starts_with(&*layer.label);
        let is_named = layer.label.starts_with(|c: char| !c.is_ascii_digit());
        let (of, rename) = if is_shared {
            ("a shared block".to_owned(), Some("the shared block".to_owned()))
        } else {
            let of = format!("layer `{}`", layer.label);
            (of.clone(), is_named.then_some(of))
        };
        Self { what: format!("the {what} of {of}"), place: layer.span, rename }
    }
}

/// Reports each pair of arrays of one name. Those of a shared block, said at one place, are one array.
pub(super) fn check(inputs: &[Tensor], layers: &[Layer], terms: &[Term], report: &mut Vec<Diagnostic>) {
    let mut known: HashMap<String, Array> = HashMap::new();
    let mut told = HashSet::new();
    let mut add = |(name, array): (String, Array)| match known.get(&name) {
        Some(first) if first.place != array.place => {
            if !told.insert((first.place, array.place)) {
                return;
            }
            let (first, second) =
                if first.place.start < array.place.start { (first.clone(), array) } else { (array, first.clone()) };
            report.push(ArrayError::Twice { name, first, second }.into());
        }
        Some(_) => {}
        None => {
            known.insert(name, array);
        }
    };
    inputs.iter().map(|input| Array::of_tensor(input, "input")).for_each(&mut add);
    let mut targets = HashSet::new();
    for term in terms.iter().filter(|term| term.target_value.is_none() && term.loss.has_target()) {
        if targets.insert(&term.target.name) {
            add(Array::of_tensor(&term.target, "target"));
        }
    }
    layers.iter().flat_map(of_layer).for_each(&mut add);
    let weighted = terms.iter().filter(|term| term.classes.weights.is_some());
    for (i, term) in weighted.enumerate() {
        let name = if i == 0 { "omega".into() } else { format!("omega{}", i + 1) };
        add((name, Array { what: "the weights of the classes".into(), place: term.span, rename: None }));
    }
    for layer in layers.iter().filter(|layer| layer.operation == Operation::Dense) {
        let mut weights = HashSet::new();
        if let Some(twice) = layer.sources.iter().find(|source| !weights.insert(&source.weight)) {
            let (name, layer, place) = (indexed("W", &twice.weight), layer.label.to_string(), layer.span);
            report.push(ArrayError::Sources { name, layer, place }.into());
        }
    }
}

/// The arrays that a layer has or shares, but for a W that it takes from another.
fn of_layer(layer: &Layer) -> Vec<(String, Array)> {
    let mut arrays = Vec::new();
    let mut add = |letter: &str, behind: &str, what: &str| {
        arrays.push((indexed(letter, behind), Array::of_layer(layer, what, behind)));
    };
    if layer.has_weight() {
        layer.sources.iter().for_each(|source| add("W", &source.weight, "weight"));
    }
    if layer.has_bias() {
        add("b", &layer.owner, if layer.has_gain() { "shift" } else { "bias" });
    }
    if layer.has_gain() {
        add("s", &layer.owner, "gain");
    }
    if layer.has_slope() {
        add("alpha", &layer.owner, "slope");
    }
    match layer.operation {
        Operation::Dropout { .. } => add("M", &layer.label, "mask"),
        Operation::FixedNorm { .. } => {
            add("mu", &layer.label, "mean");
            add("v", &layer.label, "variance");
        }
        Operation::Concat => {
            for i in 1..=layer.sources.len() {
                add("E", &format!("{}_{i}", layer.label), "constant E");
            }
        }
        Operation::Dense
        | Operation::Tied
        | Operation::Activation
        | Operation::Sum(_)
        | Operation::Product
        | Operation::Norm(_) => {}
    }
    arrays
}
