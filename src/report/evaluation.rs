//! [`Evaluation`] → the loss, and a line an array.

use ndarray::Array2;

use super::words::{self, entry};
use crate::{
    document::{Block, Document, Notation, Sentence, Table, sentence},
    pipeline::{Evaluation, larger},
};

/// The most rows and columns of an array that is printed.
const PRINTED: usize = 12;

/// The loss, and the size and the largest entry of each gradient; the entries of small ones if they are wanted.
pub fn evaluation<'d>(found: &Evaluation, entries: bool) -> Document<'d> {
    let mut page = Document::titled("Values of the gradients");
    page.paragraph(sentence!("{} = {}", Notation::Loss, Notation::Real(found.loss)));
    let mut table = Table::new(["array", "shape", "largest entry"], 1);
    for (name, array) in &found.gradients {
        let shape = format!("{} × {}", array.nrows(), array.ncols());
        table.row([words::array(name).into(), Sentence::of(shape), Sentence::of(entry(largest(array)))]);
    }
    page.table(table);
    for (name, array) in found.gradients.iter().filter(|_| entries) {
        entries_of(&mut page, Notation::by_loss(words::array(name)), array);
    }
    page
}

/// The entries of an array, if there are few.
pub fn entries_of(page: &mut Document, name: Notation, array: &Array2<f64>) {
    let (rows, columns) = array.dim();
    if rows > PRINTED || columns > PRINTED {
        let most = format!("{PRINTED} × {PRINTED}");
        page.paragraph(sentence!("{} is not printed, since it has more than {} entries.", name, most));
        return;
    }
    let rows = array.rows().into_iter().map(|row| row.iter().map(|x| entry(*x)).collect());
    page.blocks.push(Block::Matrix(name, rows.collect()));
}

/// The largest size of an entry; NaN if some entry is.
pub fn largest(array: &Array2<f64>) -> f64 {
    array.iter().fold(0.0, |largest, entry| larger(largest, entry.abs()))
}
