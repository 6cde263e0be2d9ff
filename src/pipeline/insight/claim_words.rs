//! What was measured for a claim → sentences.

use super::{
    claims::{Tried, UNITS},
    figure::{joined, layers, number},
};
use crate::{
    insight::claims::{
        Claims,
        batch::reduction_name,
        bench::{Fixed, Found, ROUNDING},
        fractions::{Amplified, Fractions, Row},
        scaling::{Absence, Linearity},
        units::{Inactive, Ratios},
        verdict::{Statement, Verdict},
    },
    render::{figures::Figures, notation::Notation, report::Report, sentence::Sentence},
};

/// Rows of a table of fractions; of more the ends are shown.
const ROWS: usize = 14;

/// Writes the figures of `tried`.
pub struct Words<'a> {
    /// What was tried.
    pub tried: &'a Tried,
    /// Names of gradients.
    pub report: &'a Report<'a>,
}

impl Words<'_> {
    /// ∂J/∂v by v's name in files.
    fn by(&self, key: &str) -> Notation {
        let forward = &self.tried.model.product.forward;
        let symbol = forward.parameters.iter().find(|symbol| forward.arena.symbol(**symbol).key() == key);
        symbol.map_or(Notation::Loss, |symbol| self.report.by(*symbol))
    }

    /// The letter of X or of a parameter.
    fn letter(&self, key: &str) -> Sentence {
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
        let of_layers = match (found.layers.len(), found.depth) {
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
        if let Verdict::NotTried(reason) = self.tried.verdict(statement) {
            return vec![Sentence::default().words(format!("not tried: {reason}"))];
        }
        let Ok(found) = &self.tried.found else { return Vec::new() };
        match statement {
            Statement::Linear => found.scaling.as_ref().map_or_else(Vec::new, |found| self.linear(&found.linearity)),
            Statement::OwnWeight => {
                let own = found.scaling.as_ref().map(|scaling| &scaling.own);
                own.map(|own| self.absence(own, "doubling a W", "its own gradient")).into_iter().collect()
            }
            Statement::Gates => gates(found.inactive.as_ref()),
            Statement::ErrorOnly => error_only(found),
            Statement::Biases => self.biases(found),
            Statement::BatchSize => Self::batch(found),
            Statement::Inactive => found.inactive.as_ref().map_or_else(Vec::new, |found| self.inactive(found)),
            Statement::Zeros => zeros(found),
            Statement::Sparse => {
                vec![Sentence::of("gradients against activation rates, layer by layer: part ").code("flow")]
            }
            Statement::Exploding => {
                vec![Sentence::of("counted over seeds for each initialisation: part ").code("flow")]
            }
            Statement::Mnemonic => {
                vec![Sentence::of("beside the gain, which is what has to be near 1: part ").code("flow")]
            }
            Statement::Depth => vec![Sentence::of("beside the measured norms: part ").code("flow")],
            Statement::Transpose => transpose(found),
            Statement::Crossing => self.crossing(),
        }
    }

    fn linear(&self, found: &Linearity) -> Vec<Sentence> {
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

    /// `W₂ in ∂J/∂W₁`
    fn place(&self, mut sentence: Sentence, found: &Found) -> Sentence {
        sentence.0.extend(self.letter(&found.changed).0);
        sentence.words(" in ").math(self.by(&found.gradient))
    }

    /// `doing what` does not change `which` gradient, or by how much.
    fn absence(&self, found: &Absence, what: &str, which: &str) -> Sentence {
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

    fn biases(&self, found: &Claims) -> Vec<Sentence> {
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

    fn batch(found: &Claims) -> Vec<Sentence> {
        let one = |(i, found): (usize, &crate::insight::claims::batch::Duplicated)| {
            let does = if found.factor > 1.5 { "doubles every gradient" } else { "leaves every gradient as it is" };
            let which = if i == 0 { "" } else { "for comparison, " };
            let off = found.worst.as_ref().map_or(0.0, |worst| worst.value);
            let reduction = reduction_name(found.reduction);
            Sentence::default()
                .words(format!("{which}under reduce={reduction}, every sample twice {does}, {}", self::off(off)))
        };
        found.duplicated.iter().enumerate().map(one).collect()
    }

    fn inactive(&self, found: &Inactive) -> Vec<Sentence> {
        let mut sentences = Vec::new();
        for (ratios, how) in [(&found.held, "with the error held"), (&found.following, "with everything following")] {
            sentences.extend(self.ratios(ratios, found.units.len(), how));
        }
        if !found.following.attenuate() || !found.held.attenuate() {
            let why = if found.one_sign {
                "X, the weights, the biases and the error have one sign each, so it is the error's change that amplifies"
            } else {
                "terms of both signs cancel, and less of them where a unit is off"
            };
            sentences.push(Sentence::of(why));
        } else if found.one_sign {
            sentences.push(Sentence::of(
                "X, the weights, the biases and the error have one sign each here, so that nothing cancels",
            ));
        }
        if let Some(search) = &found.search {
            let drawn = format!(
                "weights drawn again ({}, {} seeds, {UNITS} units at most each): ",
                self.tried.initialisation, search.seeds
            );
            let sentence = Sentence::default().words(drawn);
            sentences.push(match &search.largest {
                Some((seed, found)) if search.amplified > 0 => {
                    let amplified =
                        format!("{} have a ratio above 1, the largest {} for ", search.amplified, number(found.value));
                    let sentence = sentence.words(amplified).math(self.by(&found.gradient));
                    sentence.words(format!(" with unit {} off, seed {seed}", found.changed))
                }
                _ => sentence.words("none has a ratio above 1"),
            });
        }
        sentences
    }

    /// `with the error held, switching off 1 of 16 units multiplies the norm of a gradient by 0.5 (…) to 1.1 (…)`
    fn ratios(&self, ratios: &Ratios, units: usize, how: &str) -> Option<Sentence> {
        let (smallest, largest) = (ratios.smallest.as_ref()?, ratios.largest.as_ref()?);
        let what = format!("{how}, switching one unit off, {units} tried, multiplies the norm of a gradient by ");
        let end = |sentence: Sentence, found: &Found| {
            let sentence = sentence.words(format!("{} (", number(found.value))).math(self.by(&found.gradient));
            sentence.words(format!(", unit {})", found.changed))
        };
        let sentence = end(end(Sentence::default().words(what), smallest).words(" to "), largest);
        Some(sentence.words(format!("; {} of {} ratios are above 1", ratios.above, ratios.all)))
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

    /// The table of one unit off in fractions, and what other targets do.
    pub fn fractions(&self, found: &Claims) -> Option<(Sentence, Figures, Vec<Sentence>)> {
        let fractions = found.fractions.as_ref()?;
        let heading = Sentence::default()
            .words(format!("Unit {} switched off, exactly: entries of the gradients after / before", fractions.unit));
        let mut table = Figures::new(["gradient", "everything following", "error held"].map(Sentence::of), 3);
        let shown = crate::insight::model::ends(fractions.rows.len(), ROWS);
        for row in shown.iter().map(|i| &fractions.rows[*i]) {
            table.row(self.row(row));
        }
        let mut sentences = Vec::new();
        if shown.len() < fractions.rows.len() {
            let more = format!("{} gradients between are left out", fractions.rows.len() - shown.len());
            sentences.push(Sentence::default().words(more));
        }
        sentences.extend(Self::targets(fractions));
        Some((heading, table, sentences))
    }

    fn row(&self, row: &Row) -> [Sentence; 3] {
        let pattern = |pattern: &Option<crate::insight::claims::fractions::Pattern>| {
            Sentence::default().words(pattern.map_or("no common ratio".into(), |pattern| pattern.to_string()))
        };
        [Sentence::default().math(self.by(&row.gradient)), pattern(&row.following), pattern(&row.held)]
    }

    fn targets(fractions: &Fractions) -> Option<Sentence> {
        let targets = fractions.targets.as_ref()?;
        let last = (targets.steps - 1) * targets.step;
        let tried = format!(
            "of the {} targets y = 0 to {last} in steps of {}, the same in all entries, {} amplify",
            targets.steps, targets.step, targets.amplified
        );
        let sentence = Sentence::default().words(tried);
        let Some(Amplified { target, ratios }) = &targets.largest else { return Some(sentence) };
        let mut sentence = sentence.words(format!("; most of all y = {target}: the ratio is "));
        for (i, (ratio, gradients)) in ratios.iter().enumerate() {
            let joint = if i == 0 { "" } else { " and " };
            let names = joined(&gradients.iter().take(ROWS).map(String::as_str).collect::<Vec<_>>());
            sentence = sentence.words(format!("{joint}{ratio} for the gradient by {names}"));
        }
        Some(sentence)
    }
}

/// `exactly`, `up to rounding`, `off by 0.25`
fn off(value: f64) -> String {
    match value {
        0.0 => "exactly".into(),
        small if small <= ROUNDING => "up to rounding".into(),
        _ => format!("off by {}", number(value)),
    }
}

fn gates(found: Option<&Inactive>) -> Vec<Sentence> {
    let Some(found) = found else { return Vec::new() };
    let [right, all] = found.gates;
    vec![Sentence::default().words(format!(
        "with one layer's gate set to 0 and all else held, the gradients of that and earlier layers changed, \
         and no others, in {right} of {all} pairs of a gate and a gradient"
    ))]
}

fn error_only(found: &Claims) -> Vec<Sentence> {
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

fn zeros(found: &Claims) -> Vec<Sentence> {
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
