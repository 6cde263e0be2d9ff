//! Arrays in their places → which do not have the shape that the others and the network ask for.

use super::{
    error::{BindError, Read},
    solve::{Equation, Solution, solve},
};
use crate::{
    evaluate::arrays::{Slot, data},
    network::graph::{Layout, Network},
    shape::Dim,
};

/// An array's place, and its rows and columns.
pub(super) struct Place {
    pub slot: Slot,
    pub size: (usize, usize),
    pub origin: String,
    /// How the file calls it, if otherwise.
    pub read: Option<Read>,
}

impl Place {
    /// What its shape says about the names of its place.
    pub fn equations(&self) -> [Equation<'_>; 2] {
        let (rows, columns) = self.size;
        let equation = |dim, number| Equation { dim, number, array: &self.slot.name };
        [equation(&self.slot.rows, rows as u64), equation(&self.slot.columns, columns as u64)]
    }

    /// The error of an array that does not have the shape of its place.
    pub fn misfit(&self, solution: &Solution) -> Option<BindError> {
        let fits = |Equation { dim, number, .. }: Equation<'_>| match solution.bind(dim) {
            Err(_) => false,
            // What one number could have determined has no solution; of d*d or a*b no number is known to be wrong.
            Ok(dim) => dim.as_number().map_or(dim.unknown().is_none(), |expected| expected == number),
        };
        if self.equations().into_iter().all(fits) {
            return None;
        }
        let expected = |dim: &Dim| solution.bind(dim).unwrap_or_else(|_| dim.clone());
        let slot = self.slot.clone();
        Some(BindError::Misfit {
            origin: self.origin.clone(),
            found: self.size,
            expected: Box::new(Slot { rows: expected(&slot.rows), columns: expected(&slot.columns), ..slot.clone() }),
            reasons: solution.reasons(&slot),
            slot: Box::new(slot),
            read: self.read.clone(),
        })
    }
}

/// The errors of all arrays that do not fit.
pub(super) fn misfits(places: &[Place]) -> Vec<BindError> {
    let solution = solve(&places.iter().flat_map(Place::equations).collect::<Vec<_>>());
    places.iter().filter_map(|place| place.misfit(&solution)).collect()
}

/// What is wrong with X and Y where they have different numbers of rows, and the network leaves that number open.
pub(super) fn unlike(network: &Network, origin: &str, x: (usize, usize), y: (usize, usize)) -> Option<BindError> {
    let [input, target] = &data(network)[..] else { return None };
    if x.0 == y.0 || input.rows.as_number().is_some() {
        return None;
    }
    let may_be = |dim: &Dim, number: usize| dim.as_number().is_none_or(|expected| expected == number as u64);
    // A row of labels may stand for classes.
    let is_of_labels = y.0 == 1 && network.holds_classes(&target.name);
    let (x_has_features, y_has_features) = (may_be(&input.columns, x.0), is_of_labels || may_be(&target.columns, y.0));
    let transposed = if x.1 == y.0 && x_has_features {
        vec![input.name.clone()]
    } else if y.1 == x.0 && y_has_features {
        vec![target.name.clone()]
    } else if x.1 == y.1 && x_has_features && y_has_features {
        vec![input.name.clone(), target.name.clone()]
    } else {
        Vec::new()
    };
    let arrays = vec![(input.name.clone(), x), (target.name.clone(), y)];
    let columns = network.layout == Layout::Columns;
    Some(BindError::Unlike { origin: origin.to_owned(), arrays, transposed, columns })
}
