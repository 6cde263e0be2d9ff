//! A file of samples → X and Y of a network: by the network's names, else by names that are usual for them.

use std::collections::HashSet;

use ndarray::Array2;

use super::{
    Loaded, Source,
    error::{BindError, unused},
    place::unlike,
};
use crate::{
    evaluate::{
        arrays::{Arrays, Slot, data, masks, slots, statistics},
        files::{Archive, Entry, shown},
    },
    network::graph::{Layout, Network},
    source::Diagnostic,
};

/// What X is often called.
const INPUTS: [&str; 6] = ["x", "input", "inputs", "features", "data", "images"];
/// What Y is often called.
const TARGETS: [&str; 5] = ["y", "target", "targets", "label", "labels"];
/// Parts of data that have their names.
const PARTS: [&str; 5] = ["", "_train", "_test", "_val", "_batch"];

/// Reads X and Y. An array of one axis is a column where the other has as many rows; under `cce` a column of class labels
/// 0, 1, … becomes rows of 0 and 1.
///
/// # Errors
/// What is missing, cannot be read, or has another number of samples; labels that are none of the classes.
pub fn read_data(network: &Network, origin: String, archive: &mut Archive<'_>) -> Result<Loaded, Diagnostic> {
    let wanted = match <[Slot; 2]>::try_from(data(network)) {
        Ok(wanted) if network.targets().len() == 1 => wanted,
        Ok(_) | Err(_) => return named(network, origin, archive),
    };
    let [x, y] = find(&wanted, archive.entries()).ok_or_else(|| missing(&wanted, &origin, archive.entries()))?;
    let entry = |place: usize| &archive.entries()[place];
    let renamed = [(x, &wanted[0]), (y, &wanted[1])].map(|(place, slot)| (&entry(place).name, &slot.name));
    let renamed = renamed.into_iter().filter(|(own, name)| own != name);
    let renamed: Vec<String> = renamed.map(|(own, name)| format!("`{}` as {name}", shown(own))).collect();
    let mut remarks = Vec::new();
    if !renamed.is_empty() {
        remarks.push(format!("{origin}: read {}", renamed.join(", ")));
    }
    let known: HashSet<String> = slots(network).into_iter().map(|slot| slot.name).collect();
    let left = archive.entries().iter().enumerate().filter(|(place, _)| ![x, y].contains(place));
    let left: Vec<String> = left.map(|(_, entry)| entry.name.clone()).filter(|name| !known.contains(name)).collect();
    let warnings = if left.is_empty() { Vec::new() } else { vec![unused(&origin, &left)] };

    let has_one_axis = |place: usize| entry(place).shape.as_ref().is_some_and(|shape| shape.len() == 1);
    let axes = [has_one_axis(x), has_one_axis(y)];
    let turns = [x, y].map(|place| network.layout == Layout::Columns && !has_one_axis(place));
    let mut read = |(place, turns)| archive.read(place, turns).map_err(|error| error.diagnostic(&origin));
    let (mut inputs, mut targets) = (read((x, turns[0]))?, read((y, turns[1]))?);
    if axes[0] && wanted[0].columns.as_number() == Some(1) {
        inputs = column(inputs);
    }
    if axes[1] && (inputs.nrows() > 1 || targets.ncols() == 1 || wanted[1].columns.as_number() == Some(1)) {
        targets = column(targets);
    }
    if let Some(error) = unlike(network, &origin, inputs.dim(), targets.dim()) {
        return Err(error.diagnostic());
    }
    let (targets, of_labels) = without_labels(network, &origin, archive, &wanted[1], targets)?;
    remarks.extend(of_labels);
    let [input, target] = wanted;
    let mut arrays = [(input.name, inputs), (target.name, targets)].into_iter().collect();
    read_others(network, &origin, archive, &mut arrays)?;
    let remark = (!remarks.is_empty()).then(|| remarks.join("\n"));
    Ok(Loaded { source: Source { origin, arrays }, remark, warnings })
}

/// The arrays of a network with other data than X and Y: by their names, the others where the file has them.
fn named(network: &Network, origin: String, archive: &mut Archive<'_>) -> Result<Loaded, Diagnostic> {
    let wanted = data(network);
    let place = |slot: &Slot, archive: &Archive<'_>| archive.entries().iter().position(|entry| entry.name == slot.name);
    let absent: Vec<Slot> = wanted.iter().filter(|slot| place(slot, archive).is_none()).cloned().collect();
    if !absent.is_empty() {
        let names: Vec<&str> = archive.entries().iter().map(|entry| entry.name.as_str()).collect();
        return Err(BindError::missing(&origin, absent, &names).diagnostic());
    }
    let (mut arrays, mut remarks) = (Arrays::new(), Vec::new());
    for slot in wanted {
        let Some(entry) = place(&slot, archive) else { continue };
        let has_one_axis = archive.entries()[entry].shape.as_ref().is_some_and(|shape| shape.len() == 1);
        let turns = network.layout == Layout::Columns && has_two_axes(archive.entries(), entry);
        let mut array = archive.read(entry, turns).map_err(|error| error.diagnostic(&origin))?;
        if has_one_axis && (slot.columns.as_number() == Some(1) || network.holds_classes(&slot.name)) {
            array = column(array);
        }
        let (array, remark) = without_labels(network, &origin, archive, &slot, array)?;
        remarks.extend(remark);
        arrays.insert(slot.name, array);
    }
    read_others(network, &origin, archive, &mut arrays)?;
    let known: HashSet<String> = slots(network).into_iter().map(|slot| slot.name).collect();
    let left = archive.entries().iter().map(|entry| entry.name.clone()).filter(|name| !known.contains(name));
    let left: Vec<String> = left.collect();
    let warnings = if left.is_empty() { Vec::new() } else { vec![unused(&origin, &left)] };
    let remark = (!remarks.is_empty()).then(|| remarks.join("\n"));
    Ok(Loaded { source: Source { origin, arrays }, remark, warnings })
}

/// The masks and what norms hold fixed, where the file has them.
fn read_others(
    network: &Network,
    origin: &str,
    archive: &mut Archive<'_>,
    arrays: &mut Arrays,
) -> Result<(), Diagnostic> {
    for slot in masks(network).into_iter().chain(statistics(network)) {
        let Some(entry) = archive.entries().iter().position(|entry| entry.name == slot.name) else { continue };
        let turns = network.layout == Layout::Columns && has_two_axes(archive.entries(), entry);
        arrays.insert(slot.name, archive.read(entry, turns).map_err(|error| error.diagnostic(origin))?);
    }
    Ok(())
}

fn has_two_axes(entries: &[Entry], place: usize) -> bool {
    entries[place].shape.as_ref().is_some_and(|shape| shape.len() > 1)
}

/// The places of X and Y.
fn find(wanted: &[Slot; 2], entries: &[Entry]) -> Option<[usize; 2]> {
    let exact = |slot: &Slot| entries.iter().position(|entry| entry.name == slot.name);
    if let (Some(x), Some(y)) = (exact(&wanted[0]), exact(&wanted[1])) {
        return Some([x, y]);
    }
    let only = |names: &[&str], part: &str| {
        let mut found = (0..entries.len()).filter(|place| is_called(&entries[*place].name, names, part));
        found.next().filter(|_| found.next().is_none())
    };
    let mut pairs = PARTS.iter().filter_map(|part| {
        let x = exact(&wanted[0]).or_else(|| only(&INPUTS, part))?;
        Some([x, exact(&wanted[1]).or_else(|| only(&TARGETS, part))?])
    });
    pairs.next().filter(|_| pairs.next().is_none())
}

fn is_called(name: &str, names: &[&str], part: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.strip_suffix(part).is_some_and(|name| names.contains(&name))
}

/// The error of a file without X or Y, with all that may be meant.
fn missing(wanted: &[Slot; 2], origin: &str, entries: &[Entry]) -> Diagnostic {
    let absent = |slot: &&Slot| !entries.iter().any(|entry| entry.name == slot.name);
    let slots: Vec<Slot> = wanted.iter().filter(absent).cloned().collect();
    let mut near = Vec::new();
    for slot in &slots {
        let names: &[&str] = if slot.name == wanted[0].name { &INPUTS } else { &TARGETS };
        let meant = |entry: &&Entry| PARTS.iter().any(|part| is_called(&entry.name, names, part));
        near.extend(entries.iter().filter(meant).take(4).map(|entry| (slot.name.clone(), shown(&entry.name))));
    }
    let error = if near.is_empty() {
        BindError::missing(origin, slots, &entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>())
    } else {
        BindError::Missing { origin: origin.to_owned(), slots, near, layers: Vec::new() }
    };
    error.diagnostic()
}

fn column(array: Array2<f64>) -> Array2<f64> {
    array.reversed_axes().as_standard_layout().into_owned()
}

/// A target with a column for each class in the place of one column of labels, and a remark that says so.
fn without_labels(
    network: &Network,
    origin: &str,
    archive: &mut Archive<'_>,
    slot: &Slot,
    targets: Array2<f64>,
) -> Result<(Array2<f64>, Option<String>), Diagnostic> {
    let is_column = targets.ncols() == 1 && slot.columns.as_number() != Some(1);
    if !network.holds_classes(&slot.name) || !is_column || targets.iter().any(|label| label.fract() != 0.0) {
        return Ok((targets, None));
    }
    let width = slot.columns.as_number().and_then(|width| usize::try_from(width).ok());
    let classes = width.unwrap_or_else(|| whole(greatest(&targets) + 1.0));
    archive.claim(&slot.name, targets.nrows(), classes).map_err(|error| error.diagnostic(origin))?;
    let rows = one_hot(origin, slot, &targets, classes).map_err(|error| error.diagnostic())?;
    Ok((rows, Some(format!("{} has a column for each class label: 0 to {}", slot.name, classes - 1))))
}

/// A row of 0 and one 1 for each label.
fn one_hot(origin: &str, slot: &Slot, labels: &Array2<f64>, classes: usize) -> Result<Array2<f64>, BindError> {
    let mut rows = Array2::zeros((labels.nrows(), classes));
    for (row, label) in labels.iter().enumerate() {
        let class = whole(*label);
        if *label < 0.0 || class >= classes {
            let least = labels.iter().fold(f64::INFINITY, |least, label| least.min(*label));
            return Err(BindError::Label {
                origin: origin.to_owned(),
                name: slot.name.clone(),
                label: *label,
                row,
                classes,
                range: (least, greatest(labels)),
            });
        }
        rows[[row, class]] = 1.0;
    }
    Ok(rows)
}

fn greatest(labels: &Array2<f64>) -> f64 {
    labels.iter().fold(0.0, |greatest, label| label.max(greatest))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number; what is out of range saturates"
)]
fn whole(number: f64) -> usize {
    number as usize
}
