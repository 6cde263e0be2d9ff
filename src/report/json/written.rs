//! Notation → the strings of a document.

use super::document::Written;
use crate::{
    document::notation::{Equation, Notation},
    render::{Format, Style},
};

/// A formula, without shapes.
pub fn formula(notation: &Notation) -> Written {
    let bare = notation.clone().without_shapes();
    Written { text: Style::new(Format::Text).inline(&bare), latex: Style::new(Format::Latex).inline(&bare) }
}

/// Both sides of an equation, without shapes.
pub fn equation(equation: &Equation) -> Written {
    let written = |format| Style::new(format).inline_equation(equation);
    Written { text: written(Format::Text), latex: written(Format::Latex) }
}
