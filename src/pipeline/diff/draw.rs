//! What is known of the names of a derivative → numbers for its dimensions, and random arrays that suit.
#![allow(clippy::wildcard_enum_match_arm, reason = "most of a tree has no dimension")]

use std::collections::{BTreeMap, BTreeSet};

use super::{Derivative, check::TRIES, values::names};
use crate::{
    evaluate::{draw::generator, expression::Matrix, instances},
    expression::{given::Sign, syntax::Syntax},
    shape::{Dim, Shape},
};

/// A draw: numbers for the dimensions, and arrays for the names.
pub(super) struct Drawn {
    pub dims: BTreeMap<String, u64>,
    pub arrays: BTreeMap<String, Matrix<f64>>,
}

pub(super) fn size(dim: &Dim, dims: &BTreeMap<String, u64>) -> usize {
    let bound = dim.bound(&|name| dims.get(name).copied()).ok().and_then(|dim| dim.as_number());
    bound.and_then(|number| usize::try_from(number).ok()).unwrap_or(1)
}

/// Numbers for all dimensions: small ones, and different.
pub(super) fn numbers(derivative: &Derivative, seed: u64) -> BTreeMap<String, u64> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for variable in &derivative.inferred.variables {
        if let Shape::Matrix(rows, columns) = &variable.shape {
            names.extend([rows, columns].into_iter().flat_map(|dim| dim.names()).map(str::to_owned));
        }
    }
    names.extend(derivative.inferred.identities.values().flat_map(|dim| dim.names()).map(str::to_owned));
    for node in &derivative.tree.0 {
        match &node.syntax {
            Syntax::Constant(_, sizes) => {
                names.extend(sizes.iter().filter(|size| !size.is_number()).map(|size| size.text.clone()));
            }
            Syntax::Name(name) if !derivative.inferred.variables.iter().any(|variable| variable.name == *name) => {
                names.insert(name.clone());
            }
            _ => {}
        }
    }
    // A tall X has a Gram matrix that can be inverted, a wide one has none: the order changes with the seed.
    let sizes: [u64; 4] = [4, 3, 2, 5];
    let shift = usize::try_from(seed % 4).unwrap_or(0);
    names.into_iter().enumerate().map(|(i, name)| (name, sizes[(i + shift) % 4])).collect()
}

/// Values of all names.
pub(super) fn draw(derivative: &Derivative, seed: u64) -> Drawn {
    let dims = numbers(derivative, seed);
    let mut rng = generator(seed);
    let mut arrays = BTreeMap::new();
    for (variable, _) in names(derivative) {
        let (rows, columns) = match &variable.shape {
            Shape::Scalar => (1, 1),
            Shape::Matrix(rows, columns) => (size(rows, &dims), size(columns, &dims)),
        };
        // Where logarithms and roots have no value, positive numbers may have one.
        let positive = variable.sign != Sign::Any || seed >= TRIES / 2;
        let array = instances::array(&variable, rows, columns, positive, &mut rng);
        arrays.insert(variable.name, array);
    }
    Drawn { dims, arrays }
}
