//! Arrays doubled and moved → sentences.

use super::words::{Words, in_all, off};
use crate::report::words::{count, number};
use crate::{
    document::sentence::Sentence,
    insight::{
        claims::{
            Claims,
            bench::{Fixed, Found},
            scaling::{Absence, Linearity, Present},
        },
        size::ROUNDING,
    },
    network::graph::Layer,
};

/// A difference from 2 that is seen in three digits.
const VISIBLE: f64 = 0.005;

/// What doubling a factor does.
const DOUBLES: &str = "doubles each gradient that it is a factor of";

impl Words<'_> {
    pub fn linear(&self, found: &Linearity) -> Vec<Sentence> {
        let mut sentences = Vec::new();
        if found.later.iter().any(Option::is_some) {
            sentences.push(self.doubled(
                &found.later,
                true,
                if found.pairs.later > 0 { "a W behind the target" } else { "the error" },
            ));
        }
        let earlier = match (found.pairs.input, found.pairs.earlier) {
            (0, 0) => None,
            (_, 0) => Some("X"),
            (0, _) => Some("a W before the target"),
            _ => Some("X or a W before the target"),
        };
        sentences.extend(earlier.map(|earlier| self.doubled(&found.earlier, false, earlier)));
        let affine = found.affine.as_ref().filter(|found| found.value.is_finite());
        if let Some(affine) = affine.filter(|_| Linearity::needs(&found.earlier).is_none()) {
            let first = self.tried.model.network.layers.first().is_some_and(Layer::has_weight);
            let what = if first { "X and the first W" } else { "X" };
            let words = if affine.value <= ROUNDING {
                "the biases add terms of their own: the gradients are affine in"
            } else {
                "nor are the gradients affine in"
            };
            sentences.push(Sentence::default().words(format!("{words} {what}, {}", off(affine.value))));
        }
        if let Some(following) = found.following.as_ref().filter(|found| (found.value - 2.0).abs() > VISIBLE) {
            let mut sentence = Sentence::of("with everything following, doubling ");
            sentence.0.extend(self.letter(&following.changed).0);
            let times = format!(" by {} (norm), the furthest from 2", number(following.value));
            sentences.push(sentence.words(" multiplies ").math(self.by(&following.gradient)).words(times));
        }
        if found.pairs.zero > 0 {
            let pairs = count(found.pairs.zero, "pair");
            let say = if found.pairs.zero == 1 { "says" } else { "say" };
            sentences.push(Sentence::default().words(format!("{pairs} with a gradient of 0 {say} nothing")));
        }
        sentences
    }

    /// What doubling an array, or also the error, does to the gradients. The error itself is held where it is not doubled.
    fn doubled(&self, worst: &[Option<Found>; 3], error: bool, what: &str) -> Sentence {
        let needs = Linearity::needs(worst);
        let held = match needs {
            Some(Fixed::Nothing) => "",
            Some(Fixed::Error) => "with the error held",
            Some(Fixed::ErrorAndGates) | None => self.held(),
        };
        let place = Fixed::ALL.iter().position(|fixed| Some(*fixed) == needs).unwrap_or(2);
        let value = worst[place].as_ref().map_or(0.0, |found| found.value);
        let words = match (error, what, needs) {
            (_, _, None) if !value.is_finite() => format!("{held}, doubling {what} has no result: a value overflows"),
            (_, _, None) => {
                let by = number(value);
                format!(
                    "even {held}, doubling {what} does not double each gradient that it is a factor of: off by {by} of the doubled gradient at worst"
                )
            }
            (true, "the error", Some(_)) => "doubling the error doubles each gradient".into(),
            (true, _, Some(Fixed::Nothing)) => {
                format!("doubling the error or {what} {DOUBLES}, also with everything following")
            }
            (true, _, Some(Fixed::Error | Fixed::ErrorAndGates)) => {
                format!("doubling the error, or {held} {what}, {DOUBLES}")
            }
            (false, _, Some(Fixed::Nothing)) => format!("doubling {what} {DOUBLES}, also with everything following"),
            (false, _, Some(Fixed::Error | Fixed::ErrorAndGates)) => format!("{held}, doubling {what} {DOUBLES}"),
        };
        match worst[place].as_ref().filter(|_| needs.is_none()) {
            Some(found) => self.place(Sentence::default().words(words).words(", "), found),
            None => Sentence::default().words(words).words(format!(", {}", off(value))),
        }
    }

    /// `doing what` does not change `which` gradient, or by how much.
    pub fn absence(&self, found: &Absence, what: &str, which: &str) -> Sentence {
        let held = found.held.as_ref().map_or(0.0, |found| found.value);
        let does = if held == 0.0 {
            format!("leaves {which} as it is, {}", in_all(found.pairs))
        } else if held.is_finite() {
            format!("changes {which} by up to {} of its largest entry", number(held))
        } else {
            "has no result: a value overflows".into()
        };
        let sentence = Sentence::default().words(format!("{}, {what} {does}", self.held()));
        let Some(following) = found.following.as_ref().filter(|found| found.value.is_nan() || found.value > ROUNDING)
        else {
            return sentence;
        };
        let change = if following.value.is_finite() {
            format!("changes by up to {} of its largest entry", number(following.value))
        } else {
            "overflows".into()
        };
        self.place(sentence.words(format!("; with everything following, it {change} (")), following).words(")")
    }

    pub fn biases(&self, found: &Claims) -> Vec<Sentence> {
        let Some(scaling) = &found.scaling else { return Vec::new() };
        let one = |absence: &Absence, [what, which, seen]: [&str; 3]| {
            self.absence(absence, what, which).words(present(absence.present, seen))
        };
        let is_one = self.tried.model.network.layers.iter().filter(|layer| layer.has_weight()).count() == 1;
        let [biases, layers] = if is_one {
            [["moving the b", "every gradient", ""], ["doubling X or the W", "the gradient by the b", ""]]
        } else {
            [
                ["moving a b", "the gradient by a W up to its layer, or by a b,", "the gradient by a later W"],
                ["doubling X or a W", "the gradient by a b of its or a later layer", "the gradient by an earlier b"],
            ]
        };
        let biases = scaling.biases.iter().map(|found| one(found, biases));
        biases.chain(scaling.earlier_layers.iter().map(|found| one(found, layers))).collect()
    }
}

/// In how many pairs the gradient changed, and why it did not in the others.
fn present(found: Present, gradient: &str) -> String {
    let Present { all, changed, behind, zero } = found;
    let does = match (changed, all) {
        (_, 0) => return String::new(),
        (0, 1) => "did not change in the one pair".into(),
        (0, all) => format!("changed in none of {all} pairs"),
        (changed, all) if changed == all => format!("changed {}", in_all(all)),
        (changed, all) => format!("changed in {changed} of {all} pairs"),
    };
    let reasons = [
        (behind, "behind an activation without G, which is held itself"),
        (zero, "with a gradient of 0"),
        (all - changed - behind - zero, "where nothing of the change comes through at this point"),
    ];
    let number = |count: usize| if all == 1 { String::new() } else { format!("{count} ") };
    let reasons: Vec<String> = reasons
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, reason)| format!("{}{reason}", number(count)))
        .collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
    format!("; {gradient} {does}{reasons}")
}
