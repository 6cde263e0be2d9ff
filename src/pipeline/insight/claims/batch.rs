//! Samples doubled, left out, or with another target → sentences.

use super::{
    super::figure::{joined, number},
    words::off,
};
use crate::{
    insight::claims::{
        Claims,
        batch::{Duplicated, reduction_name},
        bench::ROUNDING,
    },
    render::sentence::Sentence,
};

/// What duplicating every sample does.
pub fn duplicated(found: &Claims) -> Vec<Sentence> {
    let one = |(i, found): (usize, &Duplicated)| {
        let does = if found.factor > 1.5 { "doubles every gradient" } else { "leaves every gradient as it is" };
        let which = if i == 0 { "" } else { "for comparison, " };
        let off = found.worst.as_ref().map_or(0.0, |worst| worst.value);
        let reduction = reduction_name(found.reduction);
        Sentence::default()
            .words(format!("{which}under reduce={reduction}, every sample twice {does}, {}", self::off(off)))
    };
    found.duplicated.iter().enumerate().map(one).collect()
}

/// What of the prediction and the target counts.
pub fn error_only(found: &Claims) -> Vec<Sentence> {
    let Some(error) = found.error else { return Vec::new() };
    let rest = if error.fused {
        ""
    } else {
        "; it is followed by the last activation's gate, which depends on the prediction"
    };
    let shifted = match error.shifted {
        small if small <= ROUNDING => "leaves the error as it is".into(),
        shifted => format!("changes the error by {} of its largest entry", number(shifted)),
    };
    let doubled = match error.doubled {
        small if small <= ROUNDING => "doubles it".into(),
        doubled => format!("does not double it: off by {} of the doubled error", number(doubled)),
    };
    vec![Sentence::default().words(format!(
        "the same number added to prediction and target {shifted}; twice the distance between them {doubled}{rest}"
    ))]
}

/// How many entries are 0, by batch size.
pub fn zeros(found: &Claims) -> Vec<Sentence> {
    if found.zeros.is_empty() {
        return Vec::new();
    }
    let shares: Vec<String> =
        found.zeros.iter().map(|zeros| format!("{} % for {}", number(100.0 * zeros.share), zeros.samples)).collect();
    let samples = if found.zeros.len() == 1 && found.zeros[0].samples == 1 { "sample" } else { "samples" };
    vec![
        Sentence::default()
            .words(format!("entries of the weights' gradients that are exactly 0: {} {samples}", joined(&shares))),
    ]
}
