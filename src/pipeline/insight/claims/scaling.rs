//! Arrays doubled and moved → sentences.

use super::{
    super::figure::number,
    words::{Words, off},
};
use crate::{
    insight::claims::{
        Claims,
        bench::{Fixed, ROUNDING},
        scaling::{Absence, Linearity},
    },
    render::sentence::Sentence,
};

impl Words<'_> {
    pub fn linear(&self, found: &Linearity) -> Vec<Sentence> {
        let mut sentences = Vec::new();
        let needs = [
            ("the error and the W behind the target", &found.later),
            ("X and the W before the target", &found.earlier),
        ];
        for (what, worst) in needs {
            if worst.iter().all(Option::is_none) {
                continue;
            }
            let last = worst.iter().flatten().last();
            let sentence = match Linearity::needs(worst) {
                Some(Fixed::Nothing) => {
                    format!("doubling {what} doubles the gradients, also with everything following")
                }
                Some(Fixed::Error) => format!("with the error held, doubling {what} doubles the gradients"),
                Some(Fixed::ErrorAndGates) => {
                    format!("with error and gates held, doubling {what} doubles the gradients")
                }
                None => format!("even with error and gates held, doubling {what} does not double the gradients"),
            };
            let mut sentence = Sentence::default().words(sentence);
            if let Some(last) = last {
                sentence = sentence.words(format!(", {}", off(last.value)));
                if last.value > ROUNDING {
                    sentence = self.place(sentence.words(" of the doubled gradient at worst, "), last);
                }
            }
            sentences.push(sentence);
        }
        if let Some(affine) = found.affine.as_ref().filter(|_| Linearity::needs(&found.earlier).is_none()) {
            let words = if affine.value <= ROUNDING {
                "the biases add terms of their own: the gradients are affine in X and in the first W,"
            } else {
                "nor are the gradients affine in X and the first W"
            };
            sentences.push(Sentence::default().words(format!("{words} {}", off(affine.value))));
        }
        if let Some(following) = found.following.as_ref().filter(|found| (found.value - 2.0).abs() > ROUNDING) {
            let mut sentence = Sentence::of("with everything following, doubling ");
            sentence.0.extend(self.letter(&following.changed).0);
            let times = format!(" by {} (norm), the furthest from 2", number(following.value));
            sentences.push(sentence.words(" multiplies ").math(self.by(&following.gradient)).words(times));
        }
        sentences
    }

    /// `doing what` does not change `which` gradient, or by how much.
    pub fn absence(&self, found: &Absence, what: &str, which: &str) -> Sentence {
        let held = found.held.as_ref().map_or(0.0, |found| found.value);
        let does = if held == 0.0 {
            format!("leaves {which} as it is, in all {} pairs", found.pairs)
        } else {
            format!("changes {which} by up to {} of its largest entry", number(held))
        };
        let sentence = Sentence::default().words(format!("with error and gates held, {what} {does}"));
        let Some(following) = found.following.as_ref().filter(|found| found.value > 0.0) else { return sentence };
        let change = format!(
            "; with everything following, it changes by up to {} of its largest entry (",
            number(following.value)
        );
        self.place(sentence.words(change), following).words(")")
    }

    pub fn biases(&self, found: &Claims) -> Vec<Sentence> {
        let Some(scaling) = &found.scaling else { return Vec::new() };
        let one = |absence: &Absence, [what, which, seen]: [&str; 3]| {
            let [visible, all] = absence.present;
            let behind = if visible < all { ", not behind an activation without G, which is held itself" } else { "" };
            let present = if all > 0 { format!("; {seen} in {visible} of {all} pairs{behind}") } else { String::new() };
            self.absence(absence, what, which).words(present)
        };
        let biases =
            ["moving a b", "the gradient by a W up to its layer, or by a b,", "the gradient by a later W changed"];
        let layers = [
            "doubling X or a W",
            "the gradient by a b of its or a later layer",
            "the gradient by an earlier b changed",
        ];
        let biases = scaling.biases.iter().map(|found| one(found, biases));
        biases.chain(scaling.earlier_layers.iter().map(|found| one(found, layers))).collect()
    }
}
