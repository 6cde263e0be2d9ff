//! A network and files of arrays → a network of numbers with arrays that fit: free names are bound by shapes.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::Array2;
use rand_chacha::ChaCha8Rng;

use self::{
    error::{Read, outside, unused},
    place::{Place, unlike},
    solve::{Solution, solve},
};
use super::{
    arrays::{Arrays, Role, Slot, data, masks, parameters, slots},
    draw,
};
use crate::{
    network::graph::{Layout, Network, Term},
    shape::{Dim, DimError},
    source::{Diagnostic, Kind},
};
pub use data::read_data;
pub use error::BindError;
pub use names::WeightLayout;
pub use parameters::{Loaded, read_parameters};
pub use variables::{Values, read_variables};

mod data;
mod error;
mod names;
mod parameters;
mod place;
mod solve;
mod variables;

/// The arrays of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The file's name, for messages.
    pub origin: String,
    /// What it holds.
    pub arrays: Arrays,
}

/// A network without names, and the arrays that files gave for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The network; every dimension is a number.
    pub network: Network,
    /// What every name stands for: by `let`, by an array's shape, or drawn.
    pub dims: BTreeMap<String, u64>,
    /// The arrays given, in the network's order and shapes. [`draw::arrays`] adds those that no file gave.
    pub arrays: Arrays,
    /// Arrays of a file that the network does not use, and targets that its loss is not made for.
    pub warnings: Vec<Diagnostic>,
}

/// An array of a file in its place.
struct Given {
    place: Place,
    array: Array2<f64>,
}

/// Binds the names that are still free by the shapes of the arrays, and checks every shape.
///
/// A file that is given must hold all of its kind: every W and b, or X and Y under the spec's names. What no file
/// gives is to be drawn: then names that stand in no given array get small numbers from `rng`. Without `rng` both
/// files must be given.
///
/// Where arrays disagree about a name the number that most of them give is taken, and the others are reported.
///
/// # Errors
/// Every independent [`BindError`], as a diagnostic.
pub fn bind(
    network: &Network,
    parameter_file: Option<Source>,
    data_file: Option<Source>,
    rng: Option<&mut ChaCha8Rng>,
) -> Result<Bound, Vec<Diagnostic>> {
    let is_given = rng.is_none();
    let (mut given, mut errors, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
    for (wanted, file, option) in
        [(data(network), data_file, "--data"), (parameters(network), parameter_file, "--params")]
    {
        match file {
            Some(file) => {
                let (missing, extra) = assign(network, wanted, file, &mut given);
                errors.extend(missing);
                warnings.extend(extra);
            }
            None if rng.is_none() => errors.push(BindError::NotGiven { wanted, option }),
            None => {}
        }
    }
    let solution = solve(&given.iter().flat_map(|given| given.place.equations()).collect::<Vec<_>>());
    match unlike_data(network, &given) {
        Some(error) => errors.push(error),
        None => errors.extend(given.iter().filter_map(|given| given.place.misfit(&solution))),
    }
    if !errors.is_empty() {
        return Err(errors.iter().map(BindError::diagnostic).collect());
    }
    warnings.extend(given.iter().filter_map(|given| foreign_target(given, network)));
    warnings.extend(given.iter().filter_map(unscaled_mask));
    let (network, dims) = with_numbers(network, &given, &solution, rng).map_err(|error| vec![error.diagnostic()])?;
    let mut unordered: Arrays = given.into_iter().map(|given| (given.place.slot.name, given.array)).collect();
    if is_given {
        warnings.extend(draw_masks(&network, &mut unordered));
    }
    let arrays = slots(&network).iter().filter_map(|slot| unordered.swap_remove_entry(&slot.name)).collect();
    Ok(Bound { network, dims, arrays, warnings })
}

/// Draws the masks that no file gives, and says so.
fn draw_masks(network: &Network, arrays: &mut Arrays) -> Option<Diagnostic> {
    let mut rng = draw::generator(0);
    let mut drawn = Vec::new();
    for slot in masks(network).into_iter().filter(|slot| !arrays.contains_key(&slot.name)).collect::<Vec<_>>() {
        if let (Role::Mask(rate), Some(size)) = (slot.role, slot.size()) {
            arrays.insert(slot.name.clone(), draw::mask(rate.value(), size, &mut rng));
            drawn.push(slot.name);
        }
    }
    drawn_masks(&drawn, 0)
}

/// The warning about masks that are drawn although data are given.
#[must_use]
pub fn drawn_masks(names: &[String], seed: u64) -> Option<Diagnostic> {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let title = || match &quoted[..] {
        [only] => format!("no file gives the mask {only}, so it is drawn with seed {seed}"),
        several => format!("no file gives the masks {}, so they are drawn with seed {seed}", several.join(", ")),
    };
    let help = "put the mask into the file of the data to choose it";
    (!names.is_empty()).then(|| Diagnostic::warning(Kind::Data, title()).help(help))
}

/// Puts the arrays of a file in their places, masks where it has them. Returns what is missing, and the warning about
/// arrays left over.
fn assign(
    network: &Network,
    wanted: Vec<Slot>,
    file: Source,
    given: &mut Vec<Given>,
) -> (Option<BindError>, Option<Diagnostic>) {
    let Source { origin, mut arrays } = file;
    let mut missing = Vec::new();
    let needed = wanted.len();
    for (i, slot) in wanted.into_iter().chain(masks(network)).enumerate() {
        match arrays.shift_remove(&slot.name) {
            Some(array) => {
                let turned = || Read { name: slot.name.clone(), transposed: true };
                let read = (network.layout == Layout::Columns).then(turned);
                let place = Place { slot, size: array.dim(), origin: origin.clone(), read };
                given.push(Given { place, array });
            }
            None if i < needed => missing.push(slot),
            None => {}
        }
    }
    let known: BTreeSet<String> = slots(network).into_iter().map(|slot| slot.name).collect();
    arrays.retain(|name, _| !known.contains(name));
    if missing.is_empty() {
        let names: Vec<String> = arrays.into_keys().collect();
        let extra = (!names.is_empty()).then(|| unused(&origin, &names));
        return (None, extra);
    }
    let names: Vec<&str> = arrays.keys().map(String::as_str).collect();
    (Some(BindError::missing(&origin, missing, &names)), None)
}

/// The error of X and Y with different numbers of rows.
fn unlike_data(network: &Network, given: &[Given]) -> Option<BindError> {
    let of = |role| given.iter().map(|given| &given.place).find(|place| place.slot.role == role);
    let (x, y) = (of(Role::Input)?, of(Role::Target)?);
    unlike(network, &x.origin, x.size, y.size)
}

/// The warning about a target with entries that the loss is not made for.
fn foreign_target(Given { place: Place { slot, origin, .. }, array }: &Given, network: &Network) -> Option<Diagnostic> {
    if slot.role != Role::Target {
        return None;
    }
    let of_slot = |term: &&Term| *term.target.name == *slot.name;
    let loss = network.terms.iter().find(of_slot).map_or(network.term().loss, |term| term.loss);
    let first = array.indexed_iter().find(|(_, entry)| !loss.suits(**entry))?;
    Some(outside(origin, &slot.name, first, loss))
}

/// The warning about a mask whose entries are not scaled: all 0 or 1, though what is kept is multiplied.
fn unscaled_mask(Given { place: Place { slot, origin, .. }, array }: &Given) -> Option<Diagnostic> {
    let Role::Mask(rate) = slot.role else { return None };
    let is_unscaled = array.iter().all(|entry| [0.0, 1.0].contains(entry)) && array.iter().any(|entry| *entry != 0.0);
    (is_unscaled && rate.value() > 0.0).then(|| error::unscaled(origin, &slot.name, rate.value()))
}

/// The network with a number for every name, and these numbers.
fn with_numbers(
    network: &Network,
    given: &[Given],
    solution: &Solution,
    rng: Option<&mut ChaCha8Rng>,
) -> Result<(Network, BTreeMap<String, u64>), BindError> {
    let slots = slots(network);
    let names = |slot: &Slot| {
        let names = slot.rows.names().into_iter().chain(slot.columns.names());
        names.filter(|name| solution.number(name).is_none()).map(str::to_owned).collect::<Vec<_>>()
    };
    let free: BTreeSet<String> = slots.iter().flat_map(names).collect();
    let mut dims: BTreeMap<String, u64> =
        network.bindings.iter().map(|(name, number)| (name.to_string(), *number)).collect();
    dims.extend(solution.numbers());
    let undetermined: BTreeSet<String> = given.iter().flat_map(|given| names(&given.place.slot)).collect();
    match rng {
        Some(rng) if undetermined.is_empty() => {
            let written = slots.iter().flat_map(|slot| [&slot.rows, &slot.columns]).filter_map(Dim::as_number);
            let taken: BTreeSet<u64> = written.chain(dims.values().copied()).collect();
            dims.extend(draw::numbers(free, &taken, rng));
        }
        Some(_) => return Err(BindError::Undetermined { names: undetermined }),
        None if !free.is_empty() => return Err(BindError::Undetermined { names: free }),
        None => {}
    }
    Ok((substitute(network, &dims)?, dims))
}

/// Replaces every name by its number.
fn substitute(network: &Network, dims: &BTreeMap<String, u64>) -> Result<Network, BindError> {
    let number = |dim: &Dim| {
        let out_of_range = |_: DimError| BindError::OutOfRange { dim: dim.clone() };
        dim.bound(&|name| dims.get(name).copied()).map_err(out_of_range)
    };
    network.with_dims(number)
}
