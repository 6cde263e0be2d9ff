//! A file of trained weights → W and b of a network: by the network's names, else by those of the frameworks.

use std::collections::{HashMap, HashSet};

use super::{
    Source,
    error::{BindError, Read, unread, unused},
    names::{Part, WeightLayout, is_called, kind, natural, parse},
    place::{Place, misfits},
};
use crate::{
    evaluate::{
        arrays::{Arrays, Role, Slot, data, parameters, slots, statistics, symbol},
        files::{Archive, Entry, shown},
    },
    network::graph::{self, Layer, Network},
    source::Diagnostic,
};

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
    let (choices, biases) = match file.exact(layout) {
        Some(choices) => (choices, Vec::new()),
        None => file.of_frameworks(layout).map_err(|error| error.diagnostic())?,
    };
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
                false => columns && self.shape(entry).len() > 1,
            };
            Some(Choice { slot, entry, transposed })
        };
        let own: Option<Vec<Choice>> = parameters(self.network).into_iter().map(choice).collect();
        // What norms hold fixed may stand in the file of the data.
        own.map(|own| own.into_iter().chain(statistics(self.network).into_iter().filter_map(choice)).collect())
    }

    /// The arrays with the names of frameworks, and the biases of layers without one.
    fn of_frameworks(&self, layout: Option<WeightLayout>) -> Result<(Vec<Choice>, Vec<usize>), BindError> {
        let wanted = parameters(self.network);
        let is_ours = wanted.iter().any(|slot| slot.role == Role::Weight && self.has(slot));
        let weights = if is_ours { Vec::new() } else { self.weights() };
        let layers: Vec<&Layer> = self.network.layers.iter().filter(|layer| layer.has_weight()).collect();
        if weights.is_empty() {
            let missing = wanted.into_iter().filter(|slot| !self.has(slot)).collect();
            let known = self.known();
            let others = self.entries.iter().map(|entry| entry.name.as_str()).filter(|name| !known.contains(*name));
            return Err(BindError::missing(&self.origin, missing, &others.collect::<Vec<_>>()));
        }
        let biases: Vec<usize> = weights.iter().filter_map(|weight| weight.bias).collect();
        let orders = self.orders(&layers, weights)?;
        let mut choices = self.fitting(&layers, &orders, layout)?;
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
                Part::Bias => is_row(self.shape(*entry)),
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

    /// Of arrays that are only numbered (`arr_0`) or lettered (`a`): matrices and rows, by their order.
    fn numbered(&self, mut entries: Vec<usize>) -> Vec<Weight> {
        let name = |entry: usize| self.entries[entry].name.as_str();
        let lettered = |entry: &usize| name(*entry).len() == 1;
        let numbered = |entry: &usize| kind(name(*entry)) == "arr";
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
        let of_name = |layer: &&Layer| {
            let place = weights.iter().position(|weight| is_called(&weight.layer, &layer.label))?;
            (!is_number(&layer.label)).then(|| weights.remove(place))
        };
        let placed: Vec<Option<Weight>> = layers.iter().map(of_name).collect();
        let open = placed.iter().filter(|weight| weight.is_none()).count();
        if open != weights.len() && open > 0 {
            let names = self.names(weights.iter().chain(placed.iter().flatten()));
            return Err(BindError::Count { origin: self.origin.clone(), names, layers: layers.len() });
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

    /// The one order and layout that fits the shapes.
    fn fitting(
        &self,
        layers: &[&Layer],
        orders: &[Vec<Weight>],
        layout: Option<WeightLayout>,
    ) -> Result<Vec<Choice>, BindError> {
        let told = |weight: &Weight| layout.or(weight.layout);
        let is_told = orders[0].iter().all(|weight| told(weight).is_some());
        let open: &[WeightLayout] =
            if is_told { &[WeightLayout::InOut] } else { &[WeightLayout::InOut, WeightLayout::OutIn] };
        let mut tried = Vec::new();
        for order in orders {
            tried.extend(open.iter().map(|open| choices(layers, order, |weight| told(weight).unwrap_or(*open))));
        }
        let mut errors: Vec<Vec<BindError>> = tried.iter().map(|choices| self.misfits(choices)).collect();
        let mut fitting: Vec<&Vec<Choice>> =
            tried.iter().zip(&errors).filter(|(_, errors)| errors.is_empty()).map(|(choices, _)| choices).collect();
        let is_same = |a: &Choice, b: &Choice| a.entry == b.entry && self.stands(a) == self.stands(b);
        fitting.dedup_by(|a, b| a.iter().zip(b.iter()).all(|(a, b)| is_same(a, b)));
        let (origin, weights) = (self.origin.clone(), self.names(orders[0].iter()));
        match &fitting[..] {
            [only] => Ok((*only).clone()),
            [one, others @ ..] => {
                let is_same = |other: &&Vec<Choice>| other.iter().map(|a| a.entry).eq(one.iter().map(|a| a.entry));
                let in_one_order = others.iter().all(is_same);
                Err(if in_one_order {
                    BindError::Layout { origin, weights }
                } else {
                    BindError::Order { origin, weights }
                })
            }
            [] => {
                let turned = |weight: &Weight| told(weight).map_or(WeightLayout::InOut, WeightLayout::other);
                let mut turned = orders.iter().map(|order| choices(layers, order, turned));
                if is_told && turned.any(|choices| self.misfits(&choices).is_empty()) {
                    let read = told(&orders[0][0]).unwrap_or(WeightLayout::InOut);
                    return Err(BindError::OtherLayout { origin, weights, read });
                }
                Err(errors.swap_remove(0).swap_remove(0))
            }
        }
    }

    fn names<'w>(&self, weights: impl Iterator<Item = &'w Weight>) -> Vec<String> {
        weights.map(|weight| shown(self.name(weight.entry))).collect()
    }

    /// Whether an array is read as its transpose, which of one number it never is.
    fn stands(&self, choice: &Choice) -> bool {
        choice.transposed && self.shape(choice.entry) != [1, 1]
    }

    /// The arrays that do not have the shapes of their places, among all that are known.
    fn misfits(&self, choices: &[Choice]) -> Vec<BindError> {
        let place = |choice: &Choice| {
            let (rows, columns) = match *self.shape(choice.entry) {
                [rows, columns] => (rows, columns),
                [columns, ..] => (1, columns),
                [] => (1, 1),
            };
            Place {
                slot: choice.slot.clone(),
                size: if choice.transposed { (columns, rows) } else { (rows, columns) },
                origin: self.origin.clone(),
                read: Some(Read { name: shown(self.name(choice.entry)), transposed: choice.transposed }),
            }
        };
        let known = data(self.network).into_iter().filter_map(|slot| {
            let size = self.data?.get(&slot.name)?.dim();
            Some(Place { slot, size, origin: String::new(), read: None })
        });
        let places: Vec<Place> = known.chain(choices.iter().map(place)).collect();
        let errors = misfits(&places);
        // What data lack is said of the data.
        errors.into_iter().filter(|error| !matches!(error, BindError::Misfit { read: None, .. })).collect()
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

/// Each weight, and its bias, in the place of a layer.
fn choices(layers: &[&Layer], order: &[Weight], layout: impl Fn(&Weight) -> WeightLayout) -> Vec<Choice> {
    let choices = |(layer, weight): (&&Layer, &Weight)| {
        let transposed = layout(weight) == WeightLayout::OutIn;
        let bias = weight.bias.filter(|_| layer.has_bias());
        let bias = bias.map(|entry| Choice { slot: Slot::bias(layer), entry, transposed: false });
        let weights = Slot::weights(layer).into_iter().take(1);
        let entry = weight.entry;
        weights.map(move |slot| Choice { slot, entry, transposed }).chain(bias)
    };
    layers.iter().zip(order).flat_map(choices).collect()
}

/// Whether an array of this shape may be a bias.
fn is_row(shape: &[usize]) -> bool {
    matches!(shape, [length] | [1, length] if *length > 0)
}

fn is_matrix(shape: &[usize]) -> bool {
    matches!(shape, [rows, columns] if *rows > 0 && *columns > 0)
}

fn is_number(label: &str) -> bool {
    label.bytes().all(|byte| byte.is_ascii_digit())
}
