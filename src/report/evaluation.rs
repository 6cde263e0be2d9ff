//! [`Evaluation`] → the loss, and a line an array.

use ndarray::Array2;

use super::words::{cells, number};
use crate::{
    document::{Document, sentence::Sentence, table::Table},
    pipeline::{Evaluation, larger},
};

/// The loss, and the size and the largest entry of each gradient.
#[must_use]
pub fn evaluation<'d>(found: &Evaluation) -> Document<'d> {
    let mut page = Document::default();
    page.paragraph(Sentence::default().words(format!("J = {}", found.loss)));
    let mut table = Table::new(["array", "shape", "largest entry"].map(Sentence::of), 1);
    for (name, array) in &found.gradients {
        table.row(cells([name.clone(), format!("{} × {}", array.nrows(), array.ncols()), number(largest(array))]));
    }
    page.table(table);
    page
}

/// The largest size of an entry; NaN if some entry is.
#[must_use]
pub fn largest(array: &Array2<f64>) -> f64 {
    array.iter().fold(0.0, |largest, entry| larger(largest, entry.abs()))
}
