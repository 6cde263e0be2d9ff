//! A law or gates → the words beside a step.

use crate::{
    document::{Notation, Sentence, Typesetter, sentence},
    expr::{Arena, Symbol},
    gradient::layout::Turn,
    network::graph::Layout,
    pipeline::why::Step,
    simplify::{self, Requirement, Statement, rules},
};

/// `sᵀ or pᵀ`, of samples as columns `s or p`.
pub fn lines(letters: &[&str], layout: Layout) -> Sentence {
    alternatives(letters.iter().map(|letter| match layout {
        Layout::Rows => Notation::letter(letter).transposed(),
        Layout::Columns => Notation::letter(letter),
    }))
}

/// `1 · sᵀ or 1 · pᵀ`, of samples as columns `s · 1ᵀ or p · 1ᵀ`.
pub fn spread(letters: &[&str], layout: Layout) -> Sentence {
    let spread = |letter| {
        let [one, letter] = ["1", letter].map(Notation::letter);
        Notation::Product(match layout {
            Layout::Rows => vec![one, letter.transposed()],
            Layout::Columns => vec![letter, one.transposed()],
        })
    };
    alternatives(letters.iter().map(|letter| spread(letter)))
}

fn alternatives(formulas: impl Iterator<Item = Notation>) -> Sentence {
    formulas.map(Sentence::from).reduce(|one, other| sentence!("{} or {}", one, other)).unwrap_or_default()
}

/// The law as it was read, and what it asks for; of samples as columns that of the transposes.
pub fn law(name: &'static str, forward: bool, layout: Layout) -> Sentence {
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
    let statement = rules::law_of_name(name).and_then(|law| law.statement(&mut arena).ok());
    let statement = match layout {
        Layout::Rows => statement,
        Layout::Columns => statement.and_then(|statement| transposed(&mut arena, statement)),
    };
    let Some(statement) = statement else { return Sentence::default() };
    let side = if layout == Layout::Rows { "rows" } else { "columns" };
    let formula = |id| Typesetter::new(&arena).formula(id).without_shapes();
    let (from, to) = if forward { (statement.left, statement.right) } else { (statement.right, statement.left) };
    let requirements = statement.requirements.into_iter().map(|(letter, requirement)| match requirement {
        Requirement::Symmetric => sentence!("{} is symmetric", formula(letter)),
        Requirement::Skew => sentence!("{} is skew-symmetric", formula(letter)),
        Requirement::Orthogonal => sentence!("{} is orthogonal", formula(letter)),
        Requirement::Nonzero => sentence!("{} has no zero entry", formula(letter)),
        Requirement::RowsSumToOne => sentence!("the {} of {} sum to 1", side, formula(letter)),
    });
    let asked = requirements.reduce(|one, other| sentence!("{} and {}", one, other));
    let asked = asked.map(|asked| sentence!(", where {}", asked)).unwrap_or_default();
    sentence!(": {} = {}{}", formula(from), formula(to), asked)
}

/// What only changes the order, in words.
pub const REARRANGED: &str = ": the order of terms and factors, and where a scalar stands";

/// `3. factor-right: A · C + B · C = (A + B) · C; rearranged`
pub fn numbered(number: usize, step: &Step, reason: Sentence) -> Sentence {
    let name = Sentence::default().code(step.reason.name());
    let rearranged = if step.rearranged { "; rearranged" } else { "" };
    sentence!("{}. {}{}{}", number.to_string(), name, reason, rearranged)
}

/// The same law of the transposes; a column stays one.
fn transposed(arena: &mut Arena, statement: Statement) -> Option<Statement> {
    let is_column = |symbol: &Symbol| symbol.columns.is_one() && !symbol.rows.is_one();
    let columns = arena.symbols().iter().filter(|symbol| is_column(symbol)).filter_map(|symbol| arena.find(symbol));
    let kept = columns.collect();
    let mut turn = Turn::keeping(arena, kept);
    let (left, right) = (turn.over(statement.left).ok()?, turn.over(statement.right).ok()?);
    Some(Statement { left, right, ..statement })
}
