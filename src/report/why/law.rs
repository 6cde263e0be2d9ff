//! A law or gates → the words beside a step.

use crate::{
    document::{Notation, Sentence, Typesetter, sentence},
    expr::Arena,
    simplify::{self, Requirement, rules},
};

/// `sᵀ or pᵀ`
pub fn rows(letters: &[&str]) -> Sentence {
    alternatives(letters.iter().map(|letter| Notation::letter(letter).transposed()))
}

/// `1 · sᵀ or 1 · pᵀ`
pub fn spread(letters: &[&str]) -> Sentence {
    let spread = |letter| Notation::Product(vec![Notation::letter("1"), Notation::letter(letter).transposed()]);
    alternatives(letters.iter().map(|letter| spread(letter)))
}

fn alternatives(formulas: impl Iterator<Item = Notation>) -> Sentence {
    formulas.map(Sentence::from).reduce(|one, other| sentence!("{} or {}", one, other)).unwrap_or_default()
}

/// The law as it was read, and what it asks for.
pub fn law(name: &'static str, forward: bool) -> Sentence {
    let known = [
        (simplify::ARITHMETIC, ": computed"),
        (simplify::ALL_ZERO, ": all entries are 0"),
        (simplify::ALL_ONE, ": all entries are 1"),
        (simplify::IDENTITY, ": it is the identity"),
    ];
    if let Some((_, words)) = known.into_iter().find(|(reason, _)| *reason == name) {
        return words.into();
    }
    let mut arena = Arena::default();
    let Some(statement) = rules::law_of_name(name).and_then(|law| law.statement(&mut arena).ok()) else {
        return Sentence::default();
    };
    let formula = |id| Typesetter::new(&arena).formula(id).without_shapes();
    let (from, to) = if forward { (statement.left, statement.right) } else { (statement.right, statement.left) };
    let requirements = statement.requirements.into_iter().map(|(letter, requirement)| match requirement {
        Requirement::Symmetric => sentence!("{} is symmetric", formula(letter)),
        Requirement::Nonzero => sentence!("{} has no zero entry", formula(letter)),
        Requirement::RowsSumToOne => sentence!("the rows of {} sum to 1", formula(letter)),
    });
    let asked = requirements.reduce(|one, other| sentence!("{} and {}", one, other));
    let asked = asked.map(|asked| sentence!(", where {}", asked)).unwrap_or_default();
    sentence!(": {} = {}{}", formula(from), formula(to), asked)
}
