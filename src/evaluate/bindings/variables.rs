//! An archive → the arrays of an expression's names, each of the shape and the structure that is known of it, and the numbers of
//! the dimensions.

use std::collections::BTreeMap;

use super::{
    error::BindError,
    place::{Place, misfits},
    solve::solve,
};
use crate::{
    evaluate::{
        arrays::{Arrays, Role, Slot},
        files::Archive,
        instances::violation,
    },
    expression::infer::Variable,
    shape::{Dim, Shape},
    source::{Diagnostic, Kind, Span},
};

/// Arrays under the names of an expression, and numbers under those of its dimensions.
#[derive(Clone, Debug)]
pub struct Values {
    /// An array for each name; that of a scalar is 1 × 1.
    pub arrays: Arrays,
    /// A number for each dimension.
    pub dims: BTreeMap<String, u64>,
}

/// Reads an array for each of `variables`, which stand at these places in the expression. An array of one axis is a column where
/// a column is asked for, one of no axis a scalar.
///
/// # Errors
/// What is missing, cannot be read, has a shape that does not fit, or is not what is given of it.
pub fn read_variables(
    variables: &[(Span, Variable)],
    origin: &str,
    archive: &mut Archive<'_>,
) -> Result<Values, Vec<Diagnostic>> {
    let entries: Vec<(String, usize)> =
        archive.entries().iter().map(|entry| (entry.name.clone(), entry.shape.as_ref().map_or(2, Vec::len))).collect();
    let (mut places, mut arrays, mut missing) = (Vec::new(), Arrays::new(), Vec::new());
    for (span, variable) in variables {
        let slot = slot(variable, *span);
        let Some(place) = entries.iter().position(|(name, _)| *name == variable.name) else {
            missing.push(slot);
            continue;
        };
        // One axis is read as a row.
        let is_column = entries[place].1 == 1 && slot.columns.is_one();
        let array = archive.read(place, is_column).map_err(|error| vec![error.diagnostic(origin)])?;
        places.push(Place { slot, size: array.dim(), origin: origin.to_owned(), read: None });
        arrays.insert(variable.name.clone(), array);
    }
    if !missing.is_empty() {
        let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        return Err(vec![BindError::missing(origin, missing, &names).diagnostic()]);
    }
    let errors = misfits(&places);
    if !errors.is_empty() {
        return Err(errors.iter().map(BindError::diagnostic).collect());
    }
    let others = variables.iter().filter_map(|(span, variable)| {
        let said = violation(variable, &arrays[&variable.name])?;
        Some(otherwise(variable, origin, *span, &said))
    });
    let others: Vec<Diagnostic> = others.collect();
    if !others.is_empty() {
        return Err(others);
    }
    let dims = solve(&places.iter().flat_map(Place::equations).collect::<Vec<_>>()).numbers().collect();
    Ok(Values { arrays, dims })
}

fn slot(variable: &Variable, span: Span) -> Slot {
    let (rows, columns) = match &variable.shape {
        Shape::Scalar => (Dim::one(), Dim::one()),
        Shape::Matrix(rows, columns) => (rows.clone(), columns.clone()),
    };
    Slot { name: variable.name.clone(), role: Role::Variable, rows, columns, span }
}

/// An array that is not what is given of it.
fn otherwise(variable: &Variable, origin: &str, span: Span, said: &str) -> Diagnostic {
    let name = &variable.name;
    let message = Diagnostic::error(Kind::Data, format!("`{name}` in `{origin}` is not {said}"));
    message.at(span, format!("given as {said}")).help(format!("leave the word out of what is given of `{name}`"))
}
