//! A law or gates → the words beside a step.

use crate::{
    document::{Notation, Sentence, Typesetter},
    expr::Arena,
    simplify::{self, Requirement, rules},
};

/// `sᵀ or pᵀ`
pub fn rows(letters: Vec<&'static str>, sentence: Sentence) -> Sentence {
    alternatives(letters.into_iter().map(row), sentence)
}

/// `1 · sᵀ or 1 · pᵀ`
pub fn spread(letters: Vec<&'static str>, sentence: Sentence) -> Sentence {
    let spread = |letter| Notation::Product(vec![Notation::letter("1"), row(letter)]);
    alternatives(letters.into_iter().map(spread), sentence)
}

fn row(letter: &'static str) -> Notation {
    Notation::letter(letter).transposed()
}

fn alternatives(formulas: impl Iterator<Item = Notation>, sentence: Sentence) -> Sentence {
    let or = |i| if i == 0 { "" } else { " or " };
    formulas.enumerate().fold(sentence, |said, (i, formula)| said.words(or(i)).math(formula))
}

/// The law as it was read, and what it asks for.
pub fn law(name: &'static str, forward: bool, sentence: Sentence) -> Sentence {
    let known = [
        (simplify::ARITHMETIC, ": computed"),
        (simplify::ALL_ZERO, ": all entries are 0"),
        (simplify::ALL_ONE, ": all entries are 1"),
        (simplify::IDENTITY, ": it is the identity"),
    ];
    if let Some((_, words)) = known.into_iter().find(|(reason, _)| *reason == name) {
        return sentence.words(words);
    }
    let mut arena = Arena::default();
    let Some(statement) = rules::law_of_name(name).and_then(|law| law.statement(&mut arena).ok()) else {
        return sentence;
    };
    let formula = |id| Typesetter::new(&arena).formula(id).without_shapes();
    let (from, to) = if forward { (statement.left, statement.right) } else { (statement.right, statement.left) };
    let mut sentence = sentence.words(": ").math(formula(from)).words(" = ").math(formula(to));
    for (i, (letter, requirement)) in statement.requirements.into_iter().enumerate() {
        sentence = sentence.words(if i == 0 { ", where " } else { " and " });
        sentence = match requirement {
            Requirement::Symmetric => sentence.math(formula(letter)).words(" is symmetric"),
            Requirement::Nonzero => sentence.math(formula(letter)).words(" has no zero entry"),
            Requirement::RowsSumToOne => sentence.words("the rows of ").math(formula(letter)).words(" sum to 1"),
        };
    }
    sentence
}
