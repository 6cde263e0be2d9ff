//! What was measured for a claim → sentences.

use super::{
    super::figure::{layers, number},
    Tried, batch, depth, units_off,
};
use crate::{
    insight::claims::{
        Claims,
        bench::{Found, ROUNDING},
        verdict::{Statement, Verdict},
    },
    render::{notation::Notation, report::Report, sentence::Sentence},
};

/// Writes the figures of `tried`.
pub struct Words<'a> {
    /// What was tried.
    pub tried: &'a Tried,
    /// Names of gradients.
    pub report: &'a Report<'a>,
}

impl Words<'_> {
    /// ∂J/∂v by v's name in files.
    pub fn by(&self, key: &str) -> Notation {
        let forward = &self.tried.model.product.forward;
        let symbol = forward.parameters.iter().find(|symbol| forward.arena.symbol(**symbol).key() == key);
        symbol.map_or(Notation::Loss, |symbol| self.report.by(*symbol))
    }

    /// The letter of X or of a parameter.
    pub fn letter(&self, key: &str) -> Sentence {
        let forward = &self.tried.model.product.forward;
        let mut symbols = forward.parameters.iter().chain([&forward.input]);
        match symbols.find(|symbol| forward.arena.symbol(**symbol).key() == key) {
            Some(symbol) => Sentence::default().math(self.report.typesetter().name(*symbol)),
            None if key == "error" => Sentence::of("the error"),
            None => Sentence::default().words(key.to_owned()),
        }
    }

    /// Which samples and layers were tried.
    pub fn extent(&self, found: &Claims) -> Sentence {
        let samples = match (found.samples, self.tried.samples) {
            (1, 1) => "the one sample".into(),
            (some, all) if some == all => format!("all {all} samples"),
            (some, all) => format!("the first {some} of {all} samples"),
        };
        let of_layers = match (found.layers.len(), found.of_layers) {
            (some, all) if some == all => format!("all {all} layers"),
            (_, all) => {
                let label = |layer: usize| self.tried.model.network.layers[layer].label.to_string();
                format!("{} of {all}", layers(&found.layers, &label))
            }
        };
        let biases = if found.drawn_biases { "; biases, all 0 here, were drawn for 1, 2 and 5" } else { "" };
        Sentence::default().words(format!(
            "tried on {samples} and {of_layers}; held: with the value that it has before a change, while the rest \
             follows{biases}"
        ))
    }

    /// The sentences of a claim, without its number.
    pub fn details(&self, statement: Statement) -> Vec<Sentence> {
        let verdict = self.tried.verdict(statement);
        if self.tried.found.is_err() && statement != Statement::Crossing {
            return Vec::new();
        }
        if matches!(verdict, Verdict::NotTried(_)) {
            return vec![Sentence::default().words(verdict.to_string())];
        }
        let Ok(found) = &self.tried.found else { return Vec::new() };
        match statement {
            Statement::Linear => found.scaling.as_ref().map_or_else(Vec::new, |found| self.linear(&found.linearity)),
            Statement::OwnWeight => {
                let own = found.scaling.as_ref().map(|scaling| &scaling.own);
                own.map(|own| self.absence(own, "doubling a W", "its own gradient")).into_iter().collect()
            }
            Statement::Gates => units_off::gates(found.inactive.as_ref()),
            Statement::ErrorOnly => batch::error_only(found),
            Statement::Biases => self.biases(found),
            Statement::BatchSize => batch::duplicated(found),
            Statement::Inactive => self.inactive(found),
            Statement::Zeros => batch::zeros(found),
            Statement::Sparse => depth::sparse(&found.depth),
            Statement::Exploding => depth::exploding(&found.depth),
            Statement::Mnemonic => self.mnemonic(&found.depth),
            Statement::Depth => depth::steps(&found.depth),
            Statement::Transpose => transpose(found),
            Statement::Crossing => self.crossing(),
        }
    }

    /// `W₂ in ∂J/∂W₁`
    pub fn place(&self, mut sentence: Sentence, found: &Found) -> Sentence {
        sentence.0.extend(self.letter(&found.changed).0);
        sentence.words(" in ").math(self.by(&found.gradient))
    }

    fn crossing(&self) -> Vec<Sentence> {
        let Some(crossing) = self.tried.crossing else { return Vec::new() };
        let first = self.tried.model.product.forward.parameters.first().map(|first| self.report.by(*first));
        let sentence = first.map_or_else(Sentence::default, |first| Sentence::default().words("for ").math(first));
        let (own, other) = (self.tried.samples, "where one S serves the whole batch");
        vec![sentence.words(match crossing.first() {
            Some(first) => format!(", it takes fewer multiplications from n = {first} on, {other}; n is {own} here"),
            None => format!(
                ", it takes more multiplications for every batch; and it needs one S for all of it, {own} samples here"
            ),
        })]
    }
}

/// `exactly`, `up to rounding`, `off by 0.25`
pub fn off(value: f64) -> String {
    match value {
        0.0 => "exactly".into(),
        small if small <= ROUNDING => "up to rounding".into(),
        _ => format!("off by {}", number(value)),
    }
}

fn transpose(found: &Claims) -> Vec<Sentence> {
    let worst = found.gates.iter().filter(|gate| !gate.agree).max_by(|a, b| a.largest.total_cmp(&b.largest));
    let agree = found.gates.iter().filter(|gate| gate.agree).count();
    let all = found.gates.len();
    if all == 0 {
        return Vec::new();
    }
    let largest = found.gates.iter().filter(|gate| gate.agree).fold(0.0_f64, |most, gate| most.max(gate.largest));
    let all = format!("f'(z) is f(z)/z in {agree} of {all} hidden layers with an activation of units");
    let same = (agree > 0).then(|| format!(", {}", off(largest)));
    let differ = worst.map(|worst| {
        let by = number(worst.largest);
        format!("; they differ most in layer {} ({}): by {by}", worst.layer, worst.activation)
    });
    let text = [Some(all), same, differ].into_iter().flatten().collect::<String>();
    vec![Sentence::default().words(text)]
}
