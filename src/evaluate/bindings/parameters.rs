//! A file of trained weights → W and b of a network: by the network's names, else by those of the frameworks.

use std::collections::{HashMap, HashSet};

use super::{
    Source,
    error::{BindError, unread, unused},
    names::{Part, WeightLayout, is_factor, kind, natural, parse},
};
use crate::{
    evaluate::{
        arrays::{Arrays, Role, Slot, data, parameters, slots, statistics, symbol},
        files::{Archive, Entry, shown},
    },
    network::graph::{self, Layer, Network},
    source::Diagnostic,
};

mod called;
mod fit;
mod order;
mod rows;

/// More kinds of layers than this are not put in order by their shapes.
const MAX_KINDS: usize = 4;

/// What was found in a file for a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The arrays, under the network's names.
    pub source: Source,
    /// What was read as what, where the names are others.
    pub remark: Option<String>,
    /// Arrays that the network does not use.
    pub warnings: Vec<Diagnostic>,
}

/// Reads W and b of every layer. Arrays with the network's names are taken as they stand, else all are found by the
/// names that frameworks write, and are transposed as these and `layout` say, if that fits the shapes of the network
/// and of `data`. What is not read need not be readable.
///
/// # Errors
/// What is missing or does not fit, what names and shapes leave open, and arrays that cannot be read.
pub fn read_parameters(
    network: &Network,
    origin: String,
    archive: &mut Archive<'_>,
    data: Option<&Source>,
    layout: Option<WeightLayout>,
) -> Result<Loaded, Diagnostic> {
    let file = File::new(network, origin, archive.entries(), data);
    let found = match file.exact(layout) {
        Some(choices) => file.not_turned(&choices).map(|()| (choices, Vec::new())),
        None => file.of_frameworks(layout).map_err(|error| file.factored().unwrap_or(error)),
    };
    let (choices, biases) = found.map_err(|error| error.diagnostic())?;
    let (remark, warnings) = (file.remark(&choices), file.unread(&choices, &biases));
    let origin = file.origin;
    let mut arrays = Arrays::with_capacity(choices.len());
    for Choice { slot, entry, transposed } in choices {
        let array = archive.read(entry, transposed).map_err(|error| error.diagnostic(&origin))?;
        arrays.insert(slot.name, array);
    }
    Ok(Loaded { source: Source { origin, arrays }, remark, warnings })
}

/// An array of the file for a place.
#[derive(Clone, Debug)]
struct Choice {
    slot: Slot,
    entry: usize,
    transposed: bool,
}

/// A weight of the file.
#[derive(Clone, Debug)]
struct Weight {
    layer: String,
    entry: usize,
    layout: Option<WeightLayout>,
    bias: Option<usize>,
}

struct File<'a> {
    network: &'a Network,
    origin: String,
    entries: &'a [Entry],
    /// The place of each name.
    places: HashMap<&'a str, usize>,
    data: Option<&'a Arrays>,
}

impl<'a> File<'a> {
    fn new(network: &'a Network, origin: String, entries: &'a [Entry], data: Option<&'a Source>) -> Self {
        let places = entries.iter().enumerate().map(|(place, entry)| (entry.name.as_str(), place)).collect();
        Self { network, origin, entries, places, data: data.map(|data| &data.arrays) }
    }

    fn name(&self, entry: usize) -> &'a str {
        &self.entries[entry].name
    }

    fn has(&self, slot: &Slot) -> bool {
        self.places.contains_key(slot.name.as_str())
    }

    /// The names of all arrays of the network.
    fn known(&self) -> HashSet<String> {
        slots(self.network).into_iter().map(|slot| slot.name).collect()
    }

    fn shape(&self, entry: usize) -> &[usize] {
        self.entries[entry].shape.as_deref().unwrap_or_default()
    }

    /// The arrays with the network's own names, if all are there.
    fn exact(&self, layout: Option<WeightLayout>) -> Option<Vec<Choice>> {
        let choice = |slot: Slot| -> Option<Choice> {
            let entry = *self.places.get(slot.name.as_str())?;
            let columns = self.network.layout == graph::Layout::Columns;
            let transposed = match slot.role == Role::Weight {
                true => layout.map_or(columns, |layout| layout == WeightLayout::OutIn),
                false => is_column(self.shape(entry)),
            };
            Some(Choice { slot, entry, transposed })
        };
        let own: Option<Vec<Choice>> = parameters(self.network).into_iter().map(choice).collect();
        // What norms hold fixed may stand in the file of the data.
        own.map(|own| own.into_iter().chain(statistics(self.network).into_iter().filter_map(choice)).collect())
    }

    /// The error of a weight that is stored as two factors.
    fn factored(&self) -> Option<BindError> {
        let factors = self.entries.iter().filter(|entry| is_factor(&entry.name));
        let names: Vec<String> = factors.map(|entry| shown(&entry.name)).collect();
        (!names.is_empty()).then(|| BindError::Factored { origin: self.origin.clone(), names })
    }

    /// The arrays with the names of frameworks, and the biases of layers without one.
    fn of_frameworks(&self, layout: Option<WeightLayout>) -> Result<(Vec<Choice>, Vec<usize>), BindError> {
        let wanted = parameters(self.network);
        let layers: Vec<&Layer> = self.network.layers.iter().filter(|layer| layer.has_weight()).collect();
        let is_ours = wanted.iter().any(|slot| slot.role == Role::Weight && self.has(slot));
        let mut weights = self.weights();
        // `W0`, `W1`, `W2` of three layers count from 0.
        let from_zero = weights.iter().enumerate().all(|(place, weight)| weight.layer == place.to_string());
        if is_ours && !(from_zero && weights.len() == layers.len()) {
            weights.clear();
        }
        if weights.is_empty() {
            let missing = wanted.into_iter().filter(|slot| !self.has(slot)).collect();
            let known = self.known();
            let others = self.entries.iter().map(|entry| entry.name.as_str()).filter(|name| !known.contains(*name));
            return Err(BindError::missing(&self.origin, missing, &others.collect::<Vec<_>>()));
        }
        let orders = self.orders(&layers, weights)?;
        let mut choices = self.fitting(&layers, &orders, layout)?;
        let biases: Vec<usize> = orders[0].iter().filter_map(|weight| weight.bias).collect();
        for part in [Part::Gain, Part::Slope, Part::Mean, Part::Variance] {
            choices.extend(self.of_rows(part)?);
        }
        let found: HashSet<&str> = choices.iter().map(|choice| choice.slot.name.as_str()).collect();
        let lacking: Vec<Slot> = wanted.into_iter().filter(|slot| !found.contains(slot.name.as_str())).collect();
        if !lacking.is_empty() {
            return Err(BindError::missing(&self.origin, lacking, &[]));
        }
        Ok((choices, biases))
    }

    /// The arrays that are no data.
    fn open(&self) -> impl Iterator<Item = usize> {
        let reserved: Vec<String> = data(self.network).into_iter().map(|slot| slot.name).collect();
        (0..self.entries.len()).filter(move |entry| !reserved.contains(&self.entries[*entry].name))
    }

    /// What the names tell.
    fn parsed(&self) -> impl Iterator<Item = (usize, String, Part)> {
        self.open().filter_map(|entry| parse(&self.entries[entry].name).map(|(layer, part)| (entry, layer, part)))
    }

    /// The weights in the order of their names, each with the bias of the same layer.
    fn weights(&self) -> Vec<Weight> {
        let named: Vec<(usize, String, Part)> = self
            .parsed()
            .filter(|(entry, _, part)| match part {
                Part::Weight(_) => is_matrix(self.shape(*entry)),
                // One of another shape is a misfit.
                Part::Bias => true,
                Part::Gain | Part::Slope | Part::Mean | Part::Variance => false,
            })
            .collect();
        let biases = named.iter().filter(|(.., part)| *part == Part::Bias);
        let biases: HashMap<&str, usize> = biases.map(|(entry, layer, _)| (layer.as_str(), *entry)).collect();
        let weight = |(entry, layer, part): &(usize, String, Part)| match part {
            Part::Weight(layout) => {
                let bias = biases.get(layer.as_str()).copied();
                Some(Weight { layer: layer.clone(), entry: *entry, layout: *layout, bias })
            }
            Part::Bias | Part::Gain | Part::Slope | Part::Mean | Part::Variance => None,
        };
        let mut weights: Vec<Weight> = named.iter().filter_map(weight).collect();
        // A framework's names say more than others.
        if weights.iter().any(|weight| weight.layout.is_some()) {
            weights.retain(|weight| weight.layout.is_some());
        }
        if weights.is_empty() {
            weights = self.numbered(self.open().collect());
        }
        weights.sort_by(|a, b| natural(&a.layer, &b.layer));
        weights
    }

    /// Of arrays that are only numbered (`arr_0`, `1`) or lettered (`a`): matrices and rows, by their order.
    fn numbered(&self, mut entries: Vec<usize>) -> Vec<Weight> {
        let name = |entry: usize| self.entries[entry].name.as_str();
        let lettered = |entry: &usize| name(*entry).len() == 1 && !is_number(name(*entry));
        let numbered = |entry: &usize| kind(name(*entry)) == "arr" || is_number(name(*entry));
        if !entries.iter().all(lettered) && !entries.iter().all(numbered) {
            return Vec::new();
        }
        entries.sort_by(|a, b| natural(name(*a), name(*b)));
        let (biases, matrices): (Vec<usize>, Vec<usize>) =
            entries.into_iter().partition(|entry| is_row(self.shape(*entry)));
        let matrices = matrices.into_iter().filter(|entry| is_matrix(self.shape(*entry)));
        let bias = |place: usize| biases.get(place).copied();
        let weight = |(place, entry): (usize, usize)| Weight {
            layer: place.to_string(),
            entry,
            layout: None,
            bias: bias(place),
        };
        matrices.enumerate().map(weight).collect()
    }

    /// The weights in the order of the layers: those with a layer's own name in its place, the others by their names;
    /// weights of several kinds in each order of these.
    fn orders(&self, layers: &[&Layer], mut weights: Vec<Weight>) -> Result<Vec<Vec<Weight>>, BindError> {
        let placed = self.placed(layers, &weights)?;
        weights.retain(|weight| placed.iter().flatten().all(|placed| placed.entry != weight.entry));
        let open = placed.iter().filter(|weight| weight.is_none()).count();
        if open != weights.len() && open > 0 {
            let all = || weights.iter().chain(placed.iter().flatten());
            let (names, labels) = (self.names(all()), called::labels(all()));
            return Err(BindError::Count { origin: self.origin.clone(), names, labels, layers: layers.len() });
        }
        weights.truncate(open);
        let mut kinds: Vec<(String, Vec<Weight>)> = Vec::new();
        for weight in weights {
            let kind = kind(&weight.layer);
            match kinds.iter_mut().find(|(other, _)| *other == kind) {
                Some((_, weights)) => weights.push(weight),
                None => kinds.push((kind, vec![weight])),
            }
        }
        let kinds: Vec<Vec<Weight>> = kinds.into_iter().map(|(_, weights)| weights).collect();
        let orders = if kinds.len() > MAX_KINDS { vec![kinds] } else { order::permutations(&kinds) };
        let order = |kinds: Vec<Vec<Weight>>| {
            let mut rest = kinds.into_iter().flatten();
            placed.iter().filter_map(|weight| weight.clone().or_else(|| rest.next())).collect()
        };
        Ok(orders.into_iter().map(order).collect())
    }

    fn names<'w>(&self, weights: impl Iterator<Item = &'w Weight>) -> Vec<String> {
        weights.map(|weight| shown(self.name(weight.entry))).collect()
    }

    /// What was read as what, where a name is another.
    fn remark(&self, choices: &[Choice]) -> Option<String> {
        const SHOWN: usize = 12;
        let renamed = choices.iter().filter(|choice| self.name(choice.entry) != choice.slot.name);
        let parts: Vec<String> = renamed
            .map(|choice| {
                let how = if choice.transposed { " (transposed)" } else { "" };
                format!("`{}`{how} as {}", shown(self.name(choice.entry)), choice.slot.name)
            })
            .collect();
        let more = parts.len().saturating_sub(SHOWN);
        let end = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!parts.is_empty()).then(|| format!("{}: read {}{end}", self.origin, parts[..parts.len() - more].join(", ")))
    }

    /// The warnings about biases of layers without one, and about other arrays that are left over.
    fn unread(&self, choices: &[Choice], biases: &[usize]) -> Vec<Diagnostic> {
        let known = self.known();
        let without = self.network.layers.iter().filter(|layer| layer.has_weight() && !layer.has_bias());
        let without: HashSet<String> = without.map(|layer| symbol("b", &layer.label)).collect();
        let biases: HashSet<usize> = biases.iter().copied().collect();
        let used: HashSet<usize> = choices.iter().map(|choice| choice.entry).collect();
        let entries = self.entries.iter().enumerate();
        let left = entries.filter(|(place, entry)| !used.contains(place) && !known.contains(&entry.name));
        let (biases, others): (Vec<_>, Vec<_>) =
            left.partition(|(place, entry)| biases.contains(place) || without.contains(&entry.name));
        let names = |left: &[(usize, &Entry)]| left.iter().map(|(_, entry)| entry.name.clone()).collect::<Vec<_>>();
        let warning = |names: Vec<String>, say: fn(&str, &[String]) -> Diagnostic| {
            (!names.is_empty()).then(|| say(&self.origin, &names))
        };
        [warning(names(&biases), unread), warning(names(&others), unused)].into_iter().flatten().collect()
    }
}

/// Whether an array of this shape may be a bias.
fn is_row(shape: &[usize]) -> bool {
    matches!(shape, [length] | [1, length] if *length > 0)
}

/// Whether what should be a row stands upright.
fn is_column(shape: &[usize]) -> bool {
    matches!(shape, [rows, 1] if *rows > 1)
}

fn is_matrix(shape: &[usize]) -> bool {
    matches!(shape, [rows, columns] if *rows > 0 && *columns > 0)
}

fn is_number(label: &str) -> bool {
    label.bytes().all(|byte| byte.is_ascii_digit())
}
