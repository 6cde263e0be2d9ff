//! Notation → the strings of a document.

use super::{
    super::{
        Format, Style,
        notation::{Equation, Notation},
    },
    document::Written,
};

/// A formula, without shapes.
pub fn formula(notation: &Notation) -> Written {
    let bare = notation.clone().without_shapes();
    Written { text: Style::new(Format::Text).inline(&bare), latex: Style::new(Format::Latex).inline(&bare) }
}

/// Both sides of an equation, without shapes.
pub fn equation(equation: &Equation) -> Written {
    let (left, right) = (formula(&equation.left), formula(&equation.right));
    let both = |format, left: String, right: String| {
        let dialect = Style::new(format).dialect();
        format!("{left} {} {right}", dialect.relation(equation.relation))
    };
    Written { text: both(Format::Text, left.text, right.text), latex: both(Format::Latex, left.latex, right.latex) }
}
