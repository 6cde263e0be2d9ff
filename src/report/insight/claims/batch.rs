//! Samples doubled, left out, or with another target → sentences.

use super::words::off;
use crate::report::words::{joined, number, percent, typed};
use crate::{
    document::sentence::Sentence,
    insight::{
        claims::{
            Claims,
            batch::{Duplicated, reduction_name},
            verdict::HARDLY,
        },
        size::ROUNDING,
    },
};

/// What duplicating every sample does.
pub fn duplicated(found: &Claims) -> Vec<Sentence> {
    let one = |(i, found): (usize, &Duplicated)| {
        let (does, fails) = if found.factor > 1.5 {
            ("doubles every gradient", "does not double every gradient")
        } else {
            ("leaves every gradient as it is", "does not leave every gradient as it is")
        };
        let does = match found.worst.as_ref().map_or(0.0, |worst| worst.value) {
            value if value <= ROUNDING => format!("{does}, {}", off(value)),
            value if value.is_finite() => format!("{fails}: off by {} of its largest entry", number(value)),
            _ => "has no result: a value overflows".into(),
        };
        let which = if i == 0 { "" } else { "for comparison, " };
        let reduction = reduction_name(found.reduction);
        Sentence::default().words(format!("{which}under reduce={reduction}, every sample twice {does}"))
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
        shifted if shifted.is_finite() => format!("changes the error by {} of its largest entry", number(shifted)),
        _ => "makes the error no float".into(),
    };
    let doubled = match error.doubled {
        small if small <= ROUNDING => "doubles it".into(),
        doubled if doubled.is_finite() => {
            format!("does not double it: off by {} of the doubled error", number(doubled))
        }
        _ => "makes it no float".into(),
    };
    vec![Sentence::default().words(format!(
        "the same number added to prediction and target {shifted}; twice the distance between them {doubled}{rest}"
    ))]
}

/// How many entries are 0, by batch size, and which of them no average can help.
pub fn zeros(found: &Claims) -> Vec<Sentence> {
    let Some(last) = found.zeros.last() else { return Vec::new() };
    let mut shares: Vec<String> =
        found.zeros.iter().map(|zeros| format!("{} for {}", percent(zeros.share), zeros.samples)).collect();
    if let Some(whole) = shares.last_mut().filter(|_| last.samples == found.of_samples) {
        *whole = format!("{} for all {}", percent(last.share), last.samples);
    }
    let samples = if last.samples == 1 { "sample" } else { "samples" };
    let mut sentences = vec![Sentence::default().words(format!(
        "entries of the weights' gradients that are exactly 0: {} {samples} (hardly ever: up to {} %)",
        joined(&shares),
        typed(100.0 * HARDLY)
    ))];
    if last.silent > 0.0 {
        sentences.push(Sentence::default().words(format!(
            "with {} {samples} {} are of silent units, which no average helps: in the row of an input or unit that is 0 on \
             all of them, or in the column of a unit that no error reaches on any",
            last.samples,
            percent(last.silent)
        )));
    }
    sentences
}
