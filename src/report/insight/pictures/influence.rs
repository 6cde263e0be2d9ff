//! What enters which gradient → its picture: a table of marks a model.

use std::collections::{BTreeSet, HashMap};

use indexmap::IndexSet;

use super::super::influence::{letter, place};
use crate::{
    document::plot::{Figure, Mark, Marks, Panel, Plot},
    evaluate::arrays::symbol,
    insight::{
        influence::{Cell, Factor, ModelInfluence, Path},
        model::Model,
    },
    report::words::joined,
};

/// Of the layers and gradients that every table shows which has them: what one leaves out would look like no influence.
pub fn influence(models: &[Found]) -> Plot {
    let factors =
        models.iter().flat_map(|found| found.1.cells().filter_map(|(_, cell)| entering(models, found, cell.factor)));
    let factors: Vec<Entering> = factors.collect::<BTreeSet<_>>().into_iter().collect();
    let rows = factors.chunk_by(|a, b| a.kind == b.kind);
    let rows = rows.map(|group| group.iter().map(|of| of.name.clone()).collect()).collect();
    let variables = models.iter().flat_map(|(model, _)| model.all_parameters());
    let all_gradients: IndexSet<(bool, String)> = variables.map(|variable| (variable.is_bias, variable.key)).collect();
    let of_kind = |bias| all_gradients.iter().filter(move |(is_bias, key)| *is_bias == bias && in_all(models, key));
    let order: Vec<&str> = of_kind(false).chain(of_kind(true)).map(|(_, key)| &**key).collect();
    let columns = [false, true].map(|bias| of_kind(bias).map(|(_, key)| format!("∂J/∂{key}")).collect::<Vec<_>>());
    let columns = columns.into_iter().filter(|group| !group.is_empty()).collect();
    let panels = models.iter().map(|found| panel(models, found, &factors, &order)).collect();
    let notes = [NOTHING.to_owned()].into_iter().chain(left_out(models, [order.len(), all_gradients.len()])).collect();
    let figure = Figure::Marks(Marks { rows, columns, panels, legend: LEGEND, notes });
    Plot { name: "influence", title: "What enters which gradient".into(), figure }
}

/// What the marks say.
const LEGEND: [&str; 3] = [
    "as a factor",
    "only through Ŷ, gates or activations",
    "only through Ŷ, gates or activations, and only where they jump",
];

/// What an empty cell says.
const NOTHING: &str = "an empty cell: no influence, or no such array in that network";

/// A factor under the name that the tables and files give it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Entering {
    /// The place of its kind.
    kind: usize,
    /// The place of its layer in the last model.
    layer: Option<usize>,
    /// `W_hidden`, or `D1` where derivative gate and forward gate differ.
    name: String,
}

/// A model, and what enters its gradients.
pub type Found = (Model, ModelInfluence);

/// The letters of the factors, in the order of the rows.
const KINDS: [&[&str]; 7] = [&["X"], &["W"], &["S", "D"], &["G"], &["A"], &["b"], &["E"]];

/// Whether every model that has this gradient shows it.
fn in_all(models: &[Found], key: &str) -> bool {
    let shows = |found: &ModelInfluence| found.gradients.iter().any(|gradient| gradient.variable.key == key);
    let has = |model: &Model| model.all_parameters().iter().any(|variable| variable.key == key);
    models.iter().all(|(model, found)| shows(found) || !has(model))
}

/// Whether every model that has a layer of this name shows it.
fn is_shown(models: &[Found], label: &str) -> bool {
    models.iter().all(|(model, found)| {
        let place = model.network.layers.iter().position(|layer| *layer.label == *label);
        place.is_none_or(|place| found.layers.contains(&place))
    })
}

/// The factor's name in `found`; none where a model that has its layer does not show it.
fn entering(models: &[Found], (model, found): &Found, factor: Factor) -> Option<Entering> {
    let letter = letter(found, factor);
    let kind = KINDS.iter().position(|letters| letters.contains(&letter))?;
    let Some(layer) = place(factor) else {
        let name = if factor == Factor::Input { model.input() } else { "error".into() };
        return Some(Entering { kind, layer: None, name });
    };
    let label = &*model.network.layers.get(layer)?.label;
    let last = models.last().and_then(|(last, _)| last.network.layers.iter().position(|layer| *layer.label == *label));
    is_shown(models, label).then(|| Entering { kind, layer: last, name: symbol(letter, label) })
}

/// How many layers and gradients the picture does not show.
fn left_out(models: &[Found], [gradients, of_gradients]: [usize; 2]) -> Option<String> {
    let layers = &models.last()?.0.network.layers;
    let shown = layers.iter().filter(|layer| is_shown(models, &layer.label)).count();
    let counts =
        [(layers.len() - shown, layers.len(), "layers"), (of_gradients - gradients, of_gradients, "gradients")];
    let parts = counts.iter().filter(|(left, ..)| *left > 0).map(|(left, all, what)| format!("{left} of {all} {what}"));
    let parts: Vec<String> = parts.collect();
    let one = counts.iter().map(|(left, ..)| left).sum::<usize>() == 1;
    let are = if one { "is" } else { "are" };
    (!parts.is_empty()).then(|| format!("{} between the first and the last {are} left out", joined(&parts)))
}

fn panel(models: &[Found], of: &Found, factors: &[Entering], gradients: &[&str]) -> Panel {
    let found = &of.1;
    let mark = |cell: &Cell| match (cell.direct, cell.indirect()) {
        (true, _) => Mark::Direct,
        (false, Some(Path::Smooth)) => Mark::Indirect,
        (false, Some(Path::Jumps)) => Mark::Jumps,
        (false, None) => Mark::Absent,
    };
    let cells = found.cells().filter_map(|(gradient, cell)| {
        Some(((entering(models, of, cell.factor)?, &*gradient.variable.key), mark(cell)))
    });
    let marks: HashMap<(Entering, &str), Mark> = cells.collect();
    let of = |factor: &Entering, gradient: &str| *marks.get(&(factor.clone(), gradient)).unwrap_or(&Mark::Absent);
    let row = |factor: &Entering| gradients.iter().map(|gradient| of(factor, gradient)).collect();
    Panel { name: found.name().to_owned(), marks: factors.iter().map(row).collect() }
}
