//! Notation → the strings of a document.

use super::{
    super::{
        glyphs::UNICODE,
        notation::{Equation, Notation, Relation},
        text,
    },
    document::Written,
};

/// A formula, without shapes.
pub fn formula(notation: &Notation) -> Written {
    let bare = notation.clone().without_shapes();
    Written { text: text::inline(&bare, &UNICODE), latex: latex(&bare) }
}

/// Both sides of an equation, without shapes.
pub fn equation(equation: &Equation) -> Written {
    let (left, right) = (equation.left.clone().without_shapes(), equation.right.clone().without_shapes());
    let sign = match equation.relation {
        Relation::Equal | Relation::Definition => "=",
        Relation::Approximate => r"\approx",
        Relation::Sketch => r"\sim",
    };
    let latex = latex(&left).zip(latex(&right)).map(|(left, right)| format!("{left} {sign} {right}"));
    let bare = Equation { left, right, relation: equation.relation, shape: None };
    Written { text: text::equation(&bare, &UNICODE, usize::MAX), latex }
}

/// TEMPORARY: `None`, so that the field is left out, until the LaTeX printer is there to be called.
fn latex(_formula: &Notation) -> Option<String> {
    None
}
