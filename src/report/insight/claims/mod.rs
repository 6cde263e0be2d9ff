//! The claims tried on a network → a table of verdicts, and a sentence each with its figures and its reason.

mod flow;
mod point;
mod units;

use crate::{
    document::{Document, Notation, Sentence, Table, sentence},
    insight::{
        ablation::Ablation,
        claims::{Claims, Held, Pair, Search, Statement},
        model::Model,
        size::ROUNDING,
    },
    pipeline::insight::claims::Tried,
    report::{
        gradients::Report,
        words::{count, grouped, layers, number},
    },
};

/// The table of verdicts, then why. `told` is what another part of the page says of a unit that is off, `layered` names its
/// gradients.
pub fn claims(tried: &Tried, layered: &Report, told: Option<&Ablation>, page: &mut Document) {
    page.heading("Claims about gradients, tried on this network");
    let mut table = Table::new(["", "claim", "verdict"], 3);
    for (i, statement) in Statement::ALL.into_iter().enumerate() {
        table.row([(i + 1).to_string(), text(statement).to_owned(), tried.verdict(statement).to_string()]);
    }
    page.table(table);
    let names = Names { tried, report: &Report::new(&tried.model.product) };
    page.paragraph(match &tried.found {
        Ok(found) => names.extent(found),
        Err(reason) => Sentence::of(format!("Claims about single gradients are not tried: {reason}.")),
    });
    for (i, statement) in Statement::ALL.into_iter().enumerate() {
        let is_at_point = tried.depth.verdict(statement).is_none() && statement != Statement::BreakEven;
        // Said once for all.
        if tried.found.is_err() && is_at_point {
            continue;
        }
        page.paragraph(sentence!("{}. {}", (i + 1).to_string(), names.reason(statement)));
    }
    let fractions = tried.found.as_ref().ok().and_then(|found| found.fractions.as_ref());
    if let Some(fractions) = fractions.filter(|fractions| told != Some(&fractions.off)) {
        super::ablation::ablation(&fractions.off, layered, page);
    }
}

/// The claim in words.
pub fn text(statement: Statement) -> &'static str {
    match statement {
        Statement::Linear => "A gradient is linear in X, the error and every other weight.",
        Statement::OwnWeight => "A weight is no factor of its own gradient.",
        Statement::Gates => "The derivatives of its own and later activations are factors.",
        Statement::ErrorOnly => "Only the error matters, not prediction or target by itself.",
        Statement::Biases => "Biases act on the weight gradients of later layers only.",
        Statement::BatchSize => "The size of the batch does not change the size of a gradient.",
        Statement::Inactive => "A unit that is off makes gradients smaller, never larger.",
        Statement::Zeros => "The mean over a batch is hardly ever exactly 0.",
        Statement::Sparse => "Sparsely active networks learn more slowly.",
        Statement::Exploding => "Exploding gradients are rarer than vanishing ones.",
        Statement::Mnemonic => "Mean weight times activation rate has to be near 1.",
        Statement::Depth => "Depth L multiplies gradients by w^L.",
        Statement::Transpose => "The derivative of an activation is its activation matrix.",
        Statement::BreakEven => "Multiplying X and the error first saves nothing.",
    }
}

/// What sentences about a network name.
struct Names<'a> {
    tried: &'a Tried,
    report: &'a Report<'a>,
}

impl Names<'_> {
    /// Why the verdict is what it is.
    fn reason(&self, statement: Statement) -> Sentence {
        let verdict = self.tried.verdict(statement);
        if let Some(reason) = verdict.reason() {
            let verdict = verdict.to_string().replacen('u', "U", 1).replacen("not", "Not", 1);
            let told = Sentence::of(format!("{verdict}: {reason}."));
            let figures = Some(flow::exploding(&self.tried.depth)).filter(|figures| *figures != Sentence::default());
            let figures = figures.filter(|_| statement == Statement::Exploding);
            return figures.into_iter().fold(told, |told, figures| told.words(" ").then(figures));
        }
        let depth = &self.tried.depth;
        match (statement, &self.tried.found) {
            (Statement::Sparse, _) => flow::sparse(depth),
            (Statement::Exploding, _) => flow::exploding(depth),
            (Statement::Mnemonic, _) => flow::mnemonic(depth, &self.tried.model.network.layers),
            (Statement::Depth, _) => flow::depth(depth).then(self.at_draws(statement)),
            (Statement::BreakEven, _) => self.break_even(),
            (_, Err(_)) => Sentence::default(),
            (Statement::Linear, Ok(found)) => point::linear(self, found, &verdict),
            (Statement::OwnWeight, Ok(found)) => point::own_weight(self, found),
            (Statement::Gates, Ok(found)) => point::gates(self, found),
            (Statement::ErrorOnly, Ok(found)) => point::error_only(found),
            (Statement::Biases, Ok(found)) => point::biases(self, found),
            (Statement::BatchSize, Ok(found)) => point::batch_size(found),
            (Statement::Inactive, Ok(found)) => units::off(self, found),
            (Statement::Zeros, Ok(found)) => point::zeros(found).then(self.at_draws(statement)),
            (Statement::Transpose, Ok(found)) => point::transpose(found),
        }
    }

    /// ∂J/∂v by v's name in files.
    fn by(&self, key: &str) -> Notation {
        let forward = &self.tried.model.product.forward;
        let symbol = forward.parameters.iter().find(|symbol| forward.arena.symbol(**symbol).key() == key);
        symbol.map_or(Notation::Loss, |symbol| self.report.by(*symbol))
    }

    /// The letter of X or of a parameter; `the error`, `unit 3:2`.
    fn changed(&self, key: &str) -> Sentence {
        let forward = &self.tried.model.product.forward;
        let mut symbols = forward.parameters.iter().copied().chain([forward.input()]);
        match symbols.find(|symbol| forward.arena.symbol(*symbol).key() == key) {
            Some(symbol) => self.report.typesetter().name(symbol).into(),
            None if key == "error" => "the error".into(),
            None => format!("unit {key}").into(),
        }
    }

    /// Which samples and layers were tried.
    fn extent(&self, found: &Claims) -> Sentence {
        let samples = match (found.samples, self.tried.samples) {
            (some, all) if some == all => self::all(all, "sample"),
            (some, all) => format!("the first {some} of {all} samples"),
        };
        let of_layers = if found.layers.len() == found.of_layers {
            all(found.of_layers, "layer")
        } else {
            let label = |layer: usize| self.tried.model.network.layers[layer].label.to_string();
            format!("{} of {}", layers(&found.layers, &label), found.of_layers)
        };
        let whole = if found.samples < self.tried.samples { " (claim 8 on all samples)" } else { "" };
        let biases =
            if found.drawn_biases { " All biases are 0 here and were drawn for claims 1, 2 and 5." } else { "" };
        Sentence::of(format!(
            "Tried on {samples} and {of_layers}{whole}. What is held keeps the value that it has before a change, while the rest follows.{biases}"
        ))
    }

    /// `doubling W₂ multiplies ∂J/∂W₁ by 1.80`, by −1.80 where it turns round, or turns it by 30 degrees.
    fn pair(&self, doing: &'static str, pair: &Pair) -> Sentence {
        let (changed, by) = (self.changed(&pair.changed), self.by(&pair.gradient));
        let Some(times) = pair.times else {
            return sentence!("{}{} changes {} by {}", doing, changed, by, number(pair.value));
        };
        let cosine = pair.cosine.filter(|_| times != 0.0).unwrap_or(1.0);
        if 1.0 - cosine.abs() <= ROUNDING {
            return sentence!("{}{} multiplies {} by {}", doing, changed, by, ratio(times * cosine.signum()));
        }
        let angle = format!("{:.0} degrees", cosine.clamp(-1.0, 1.0).acos().to_degrees().max(1.0));
        sentence!("{}{} multiplies the norm of {} by {} and turns it by {}", doing, changed, by, ratio(times), angle)
    }

    /// What other draws of the weights say.
    fn searched(&self, found: &Claims, statement: Statement, doing: &'static str) -> Sentence {
        let Some(Search { draws: draws @ 1.., refuted, worst }) = found.search.get(&statement) else {
            return Sentence::default();
        };
        let draws = if *draws == 1 { "1 other draw".into() } else { format!("{draws} other draws") };
        if *refuted == 0 {
            return format!(" The same holds in {draws} of the weights.").into();
        }
        let initialisation = self.tried.initialisation;
        let told = format!(" That is not so in {refuted} of {draws} of the weights ({initialisation})");
        match worst {
            None => sentence!("{}.", told),
            Some((seed, worst)) => sentence!("{}: with seed {}, {}.", told, seed.to_string(), self.pair(doing, worst)),
        }
    }

    /// At how many other draws of the weights a claim holds.
    fn at_draws(&self, statement: Statement) -> Sentence {
        let found = self.tried.at_draws.iter().find(|(of, _)| *of == statement);
        let Some((_, [held, draws])) = found.filter(|(_, [_, draws])| *draws > 0) else { return Sentence::default() };
        let (draws, initialisation) = (count(*draws, "other draw"), self.tried.initialisation);
        format!(" It holds in {held} of {draws} of the weights ({initialisation}).").into()
    }

    fn break_even(&self) -> Sentence {
        let (Some(break_even), Some(all)) = (self.tried.break_even, self.tried.with_scalings) else {
            return Sentence::default();
        };
        let first = self.tried.model.product.forward.parameters.first();
        let first = first.map(|first| sentence!("For {}", self.report.by(*first))).unwrap_or_default();
        let has_gates = Model::gradient(&self.tried.model.product).is_some_and(|gradient| !gradient.gates.is_empty());
        let shared =
            if has_gates { ", where one matrix of activation derivatives stands for the whole batch" } else { "" };
        let from = |first: u128| format!("from {} samples on", grouped(first));
        let saves = break_even.first().map_or("for no batch size".to_owned(), from);
        let scaled = all.first().map_or("for no batch size".to_owned(), from);
        let saves =
            if saves == scaled { saves } else { format!("{saves} in products alone, and {scaled} with scalings") };
        let own = count(self.tried.samples, "sample");
        first.words(format!("{shared}, it takes fewer multiplications {saves}; here the batch has {own}."))
    }
}

/// `exactly`, `up to rounding`
fn exactly(value: f64) -> &'static str {
    if value == 0.0 { "exactly" } else { "up to rounding" }
}

/// A ratio by three digits, or by as many as tell it from 1 where it is not 1.
fn ratio(value: f64) -> String {
    let short = number(value);
    if short != "1.00" || (value - 1.0).abs() <= ROUNDING {
        return short;
    }
    (3..10).map(|digits| format!("{value:.digits$}")).find(|text| text.trim_end_matches('0') != "1.").unwrap_or(short)
}

/// `the one layer`, `both layers`, `all 3 layers`
fn all(number: usize, noun: &str) -> String {
    match number {
        1 => format!("the one {noun}"),
        2 => format!("both {noun}s"),
        more => format!("all {} {noun}s", grouped(more)),
    }
}

/// `With error and gates held, `; nothing where nothing is held.
fn held_words(found: &Claims, held: Held) -> &'static str {
    match held {
        Held::Nothing => "",
        Held::ErrorAndGates if found.has_gates() => "With error and gates held, ",
        Held::Error | Held::ErrorAndGates => "With the error held, ",
    }
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
            [1, 2, 3, 4160].map(|pairs| all(pairs, "pair")),
            ["the one pair", "both pairs", "all 3 pairs", "all 4,160 pairs"]
        );
    }
}
