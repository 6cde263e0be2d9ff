//! What was measured for a claim → sentences.

use super::{batch, depth, gates};
use crate::pipeline::insight::claims::Tried;
use crate::report::words::{grouped, layers, number};
use crate::{
    document::{notation::Notation, sentence::Sentence},
    insight::{
        claims::{Claims, bench::Found, statement::Statement, verdict::Verdict},
        model::Model,
        size::ROUNDING,
    },
    report::gradients::Report,
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
            (some, all) if some == all => self::all(all, "sample"),
            (some, all) => format!("the first {some} of {all} samples"),
        };
        let of_layers = match (found.layers.len(), found.of_layers) {
            (some, all) if some == all => self::all(all, "layer"),
            (_, all) => {
                let label = |layer: usize| self.tried.model.network.layers[layer].label.to_string();
                format!("{} of {all}", layers(&found.layers, &label))
            }
        };
        let whole = if found.samples < self.tried.samples { ", 8 on all samples" } else { "" };
        let biases = if found.drawn_biases { "; biases, all 0 here, were drawn for 1, 2 and 5" } else { "" };
        Sentence::default().words(format!(
            "tried on {samples} and {of_layers}{whole}; held: with the value that it has before a change, while the rest \
             follows{biases}"
        ))
    }

    /// What is held at most: there may be no gate.
    pub fn held(&self) -> &'static str {
        let has_gates = self.tried.found.as_ref().is_ok_and(Claims::has_gates);
        if has_gates { "with error and gates held" } else { "with the error held" }
    }

    /// The sentences of a claim, without its number.
    pub fn details(&self, statement: Statement) -> Vec<Sentence> {
        let verdict = self.tried.verdict(statement);
        let reason = Sentence::default().words(verdict.to_string());
        let is_at_point = self.tried.depth.verdict(statement).is_none() && statement != Statement::Crossing;
        match (verdict, &self.tried.found) {
            // Said once for all.
            (_, Err(_)) if is_at_point => Vec::new(),
            (Verdict::NotTried(_), _) => vec![reason],
            (Verdict::Open(_), found) => [vec![reason], self.figures(found.as_ref().ok(), statement)].concat(),
            (_, found) => self.figures(found.as_ref().ok(), statement),
        }
    }

    /// What was measured for a claim that was tried.
    fn figures(&self, found: Option<&Claims>, statement: Statement) -> Vec<Sentence> {
        let depth = &self.tried.depth;
        let scaling = found.and_then(|found| found.scaling.as_ref());
        let of = |words: &dyn Fn(&Claims) -> Vec<Sentence>| found.map_or_else(Vec::new, words);
        match statement {
            Statement::Linear => scaling.map_or_else(Vec::new, |found| self.linear(&found.linearity)),
            Statement::OwnWeight => {
                let own = scaling.map(|scaling| self.absence(&scaling.own, "doubling a W", "its own gradient"));
                own.into_iter().collect()
            }
            Statement::Gates => of(&|found| self.gates(found)),
            Statement::ErrorOnly => of(&batch::error_only),
            Statement::Biases => of(&|found| self.biases(found)),
            Statement::BatchSize => of(&batch::duplicated),
            Statement::Inactive => of(&|found| self.inactive(found)),
            Statement::Zeros => of(&batch::zeros),
            Statement::Sparse => depth::sparse(depth),
            Statement::Exploding => depth::exploding(depth),
            Statement::Mnemonic => self.mnemonic(depth),
            Statement::Depth => depth::steps(depth),
            Statement::Transpose => of(&gates::transpose),
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
        let has_gates = Model::gradient(&self.tried.model.product).is_some_and(|gradient| !gradient.gates.is_empty());
        let own = self.tried.samples;
        let [other, needs] = if has_gates {
            [", where one S serves the whole batch", "; and it needs one S for all of it"]
        } else {
            [""; 2]
        };
        vec![sentence.words(match crossing.first() {
            Some(first) => {
                format!(", it takes fewer multiplications in products from n = {first} on{other}; n is {own} here")
            }
            None => format!(", it takes no fewer multiplications in products for any batch{needs}; n is {own} here"),
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

/// A ratio by three digits, or by as many as tell it from 1 where it is not 1.
pub fn ratio(value: f64) -> String {
    let short = number(value);
    if short != "1.00" || (value - 1.0).abs() <= ROUNDING {
        return short;
    }
    (3..10).map(|digits| format!("{value:.digits$}")).find(|text| text.trim_end_matches('0') != "1.").unwrap_or(short)
}

/// `the one layer`, `both layers`, `all 3 layers`
pub fn all(number: usize, noun: &str) -> String {
    match number {
        1 => format!("the one {noun}"),
        2 => format!("both {noun}s"),
        more => format!("all {} {noun}s", grouped(more)),
    }
}

/// `in all 3 pairs`
pub fn in_all(pairs: usize) -> String {
    format!("in {}", all(pairs, "pair"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_1_does_not_look_like_it() {
        let written = [1.0049, 0.9996, 1.000_000_02, 1.0 + 1e-12, 1.0, 1.0051, 0.5].map(ratio);
        assert_eq!(written, ["1.005", "0.9996", "1.00000002", "1.00", "1.00", "1.01", "0.500"]);
    }

    #[test]
    fn pairs_are_counted_in_words() {
        assert_eq!(
            [1, 2, 3, 4160].map(in_all),
            ["in the one pair", "in both pairs", "in all 3 pairs", "in all 4,160 pairs"]
        );
    }
}
