//! The catalog → the names of the language, with formulas, and which pairs of activation and loss fuse.

use super::{language, words::joined};
use crate::{
    catalog::{
        Activation,
        activation::{self},
    },
    document::{Document, Notation, Sentence, Table, Typesetter, formula, sentence},
    pipeline::{Absorbed, Lost},
};

/// Four tables: kinds of layer, activations, losses, and for each loss the activations that it absorbs; `losses` and `absorbed` are what
/// was derived for this page.
pub fn names<'d>(losses: &[Lost], absorbed: &[Absorbed]) -> Document<'d> {
    let mut page = Document::titled("Names");
    page.heading("Kinds of layer");
    let mut table = Table::new(["layer", "what it does", "for example"], 3);
    table.keys = 1;
    language::layers().for_each(|row| table.row(<[_; 3]>::from(row)));
    page.table(table);
    page.heading("Activations");
    page.table(activations());
    page.heading("Losses of one entry");
    let mut table = Table::new(["loss", "formula", "also called"], 3);
    for lost in losses {
        let formula = Typesetter::new(&lost.arena).formula(lost.value).without_shapes();
        table.row([word(lost.name), Sentence::from(formula), word(&joined(&lost.aliases))]);
    }
    page.table(table);
    page.paragraph(
        "The loss of a batch is the sum over all entries, divided by the number of samples; `total` is not divided, and \
         `mean` is divided by the number of entries. The option `reduce` says otherwise.",
    );
    page.heading("Pairs that fuse: the error needs no derivative of the last activation");
    let mut table = Table::new(["loss", "with the last activation"], 2);
    for absorbed in absorbed {
        table.row([word(absorbed.loss), word(&joined(&absorbed.activations))]);
    }
    page.table(table);
    page
}

fn activations() -> Table {
    let mut table = Table::new(["activation", "value at z", "derivative", "also called"], 4);
    table.keys = 1;
    let mut seen: Vec<Activation> = Vec::new();
    for entry in activation::TABLE {
        let Some(found) = activation::find(entry.name, None).filter(|found| !seen.contains(found)) else { continue };
        seen.push(found);
        let same =
            |other: &&activation::Entry| other.name != entry.name && activation::find(other.name, None) == Some(found);
        let others = activation::ALIASES.iter().filter(|(_, known)| *known == entry.name).map(|(alias, _)| *alias);
        let aliases: Vec<&str> = activation::TABLE.iter().filter(same).map(|other| other.name).chain(others).collect();
        let [value, derivative] = meanings(found);
        table.row([word(&found.to_string()), value, derivative, word(&joined(&aliases))]);
    }
    table
}

/// The value and the derivative at z.
pub(super) fn meanings(activation: Activation) -> [Sentence; 2] {
    match activation {
        Activation::Entrywise(function) => [0, 1].map(|order| formula::meaning(function, order)),
        Activation::Prelu => [
            sentence!("z for z > 0, else {} z, where {} is a parameter of the layer", alpha(), alpha()),
            sentence!("1 for z > 0, else {}", alpha()),
        ],
        Activation::LogSoftmax => [Sentence::of("ln of what softmax puts out"), Sentence::of("a matrix for each row")],
        Activation::Softmax => {
            [Sentence::of("exp of each entry, divided by the sum over its row"), Sentence::of("a matrix for each row")]
        }
    }
}

fn alpha() -> Notation {
    Notation::letter("α")
}

fn word(word: &str) -> Sentence {
    Sentence::of(word.to_owned())
}
