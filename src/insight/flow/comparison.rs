//! Seeds → how far apart Δ_1 and Δ_L lie under each initialisation: a distribution, and with it what vanishes more often.

use serde::Serialize;

use super::{SAMPLES, Thresholds};
use crate::{
    evaluate::{
        EvaluationError, Evaluator, Initialisation, Inputs, Passes,
        arrays::{Slot, parameters},
        draw,
        initialise::{self},
        scaled::passes,
    },
    insight::{Magnitude, Subject, place::Place, size::float, summary::Verdict},
    network::way::way,
};

/// Where nobody says how many seeds, so many weights are drawn in all at most.
const DRAWN: usize = 12_000_000;

/// Seeds where nobody says how many, and the weights are few.
pub const SEEDS: usize = 20;

/// Δ_1 is a tenth of Δ_L, or ten times it: what counts as shrinking or growing whatever the thresholds are.
pub const TENFOLD: Thresholds = Thresholds { vanishing: 0.1, exploding: 10.0 };

/// The initialisations that people use, whose deviation follows the widths.
pub const SCALED: [&str; 4] = ["he-in", "he-out", "glorot", "lecun"];

/// rms(Δ_1)/rms(Δ_L) under one initialisation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Row {
    /// The initialisation as users type it.
    pub initialisation: String,
    /// Seeds; one where nothing is drawn.
    pub seeds: usize,
    /// Seeds at which there is such a number.
    pub finite: usize,
    /// Seeds at which Δ_L is 0, so that there is none; at all others a value is no float.
    pub zero: usize,
    /// The median, least and greatest.
    #[serde(rename = "log10_median_least_greatest")]
    pub spread: Option<[Magnitude; 3]>,
    /// Seeds at which it is below a tenth, and above ten.
    pub tenfold: [usize; 2],
    /// Seeds at which it is below and above the thresholds.
    pub beyond: [usize; 2],
}

/// What one network gives.
#[derive(Clone, Copy)]
enum Outcome {
    /// rms(Δ_1)/rms(Δ_L)
    Ratio(Magnitude),
    /// Δ_L is 0.
    Zero,
    /// A value is no float.
    Overflow,
}

/// All initialisations.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Comparison {
    /// Seeds of those that are drawn.
    pub seeds: usize,
    /// Samples that were used.
    pub samples: usize,
    /// What `beyond` counts.
    pub thresholds: Thresholds,
    /// One initialisation each.
    pub rows: Vec<Row>,
}

/// Networks under the [`SCALED`] initialisations, and what rms(Δ_1)/rms(Δ_L) is in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tenfold {
    /// Those that have such a number.
    pub networks: usize,
    /// Those where it is below a tenth.
    pub shrinking: usize,
    /// Those where it is above ten.
    pub growing: usize,
}

impl Tenfold {
    /// Whether one is more frequent than the other by more than chance allows: by two standard deviations of a count of draws,
    /// each of which is scaled in all the ways of [`SCALED`].
    pub fn is_clear(self) -> bool {
        let draws = |count: usize| float(count) / float(SCALED.len());
        (draws(self.shrinking) - draws(self.growing)).abs() > 2.0 * draws(self.shrinking + self.growing).sqrt()
    }
}

impl Comparison {
    /// Of the [`SCALED`] initialisations together.
    pub fn tenfold(&self) -> Tenfold {
        let scaled = self.rows.iter().filter(|row| SCALED.contains(&row.initialisation.as_str()));
        scaled.fold(Tenfold::default(), |all, row| Tenfold {
            networks: all.networks + row.finite,
            shrinking: all.shrinking + row.tenfold[0],
            growing: all.growing + row.tenfold[1],
        })
    }
}

/// Draws every initialisation at `seeds` seeds from `first` on; fewer for many weights where no number is given.
///
/// # Errors
/// An array or a dimension is missing.
pub fn comparison(
    subject: &Subject,
    evaluator: Evaluator<'_>,
    (first, seeds): (u64, Option<usize>),
    thresholds: Thresholds,
) -> Result<Comparison, EvaluationError> {
    let weights: usize = parameters(&subject.numbers).iter().filter_map(Slot::size).map(|(f, g)| f * g).sum();
    let seeds = seeds.unwrap_or_else(|| (DRAWN / weights.max(1)).clamp(1, SEEDS));
    let samples = subject.samples().min(SAMPLES);
    let fixed: Inputs<f64> =
        subject.first(samples).into_iter().map(|(name, array)| (name, array.into_shared())).collect();
    let all = initialisations(subject.initialisation);
    let (places, (way, _)) = (subject.places(), way(&subject.numbers));
    let ends: Vec<&Place> = [way.first(), way.last()].into_iter().flatten().map(|place| &places[*place]).collect();
    let mut found: Vec<Vec<Outcome>> = vec![Vec::new(); all.len()];
    for seed in 0..seeds {
        let mut rng = draw::generator(first.wrapping_add(seed as u64));
        let normal = initialise::draw(&subject.numbers, Initialisation::Normal(1.0), &mut rng);
        for (initialisation, found) in all.iter().zip(&mut found) {
            if initialisation.is_constant() && seed > 0 {
                continue;
            }
            let mut inputs = fixed.clone();
            let parameters = initialise::scaled(&subject.numbers, *initialisation, &normal);
            inputs.extend(parameters.into_iter().map(|(name, array)| (name, array.into_shared())));
            found.push(ratio(&passes(evaluator, &inputs)?, &ends)?);
        }
    }
    let rows = all.iter().zip(found).map(|(initialisation, found)| row(*initialisation, &found, thresholds)).collect();
    Ok(Comparison { seeds, samples, thresholds, rows })
}

/// The known ones, with σ as it was given, or small and large.
fn initialisations(chosen: Option<Initialisation>) -> Vec<Initialisation> {
    use Initialisation::{Glorot, HeIn, HeOut, Identity, Lecun, Normal, Ones};
    let normal = match chosen {
        Some(chosen @ Normal(_)) => vec![chosen],
        Some(HeIn | HeOut | Glorot | Lecun | Ones | Identity) | None => vec![Normal(0.01), Normal(1.0)],
    };
    [vec![HeIn, HeOut, Glorot, Lecun], normal, vec![Ones, Identity]].concat()
}

/// rms(Δ_1)/rms(Δ_L), if there is one.
fn ratio(passes: &Passes, ends: &[&Place]) -> Result<Outcome, EvaluationError> {
    let [first, last] = ends else { return Ok(Outcome::Overflow) };
    let Some((first, last)) = first.delta(passes)?.zip(last.delta(passes)?) else { return Ok(Outcome::Overflow) };
    let ratio = Magnitude::root_mean_square(&first).over(Magnitude::root_mean_square(&last));
    Ok(ratio.map_or(Outcome::Zero, Outcome::Ratio))
}

fn row(initialisation: Initialisation, outcomes: &[Outcome], thresholds: Thresholds) -> Row {
    let ratio = |outcome: &Outcome| match outcome {
        Outcome::Ratio(ratio) => Some(*ratio),
        Outcome::Zero | Outcome::Overflow => None,
    };
    let mut found: Vec<Magnitude> = outcomes.iter().filter_map(ratio).collect();
    found.sort_by(|a, b| a.log10().total_cmp(&b.log10()));
    let counts = |thresholds: Thresholds| {
        let count = |verdict| found.iter().filter(|ratio| thresholds.verdict(**ratio) == verdict).count();
        [count(Verdict::Vanishing), count(Verdict::Exploding)]
    };
    Row {
        initialisation: initialisation.to_string(),
        seeds: outcomes.len(),
        finite: found.len(),
        zero: outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Zero)).count(),
        spread: found.first().zip(found.last()).map(|(least, greatest)| [median(&found), *least, *greatest]),
        tenfold: counts(TENFOLD),
        beyond: counts(thresholds),
    }
}

/// Of numbers in order.
fn median(sorted: &[Magnitude]) -> Magnitude {
    let (lower, upper) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    if lower == upper { lower } else { (lower * upper).power(0.5) }
}
