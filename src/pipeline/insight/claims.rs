//! The claims tried on the subject → verdicts, and the figures behind each.

use super::models::{counted, directions, model, redrawn};
use crate::{
    catalog::loss::Reduction,
    cost::crossing::Crossing,
    evaluate::{
        initialise::Initialisation,
        sweep::{Sweep, Unit},
    },
    insight::{
        Subject,
        claims::{
            self, Beside, Claims, SAMPLES, bench::Bench, depth::Depth, fractions::fractions, statement::Statement,
            units, verdict::Verdict,
        },
        model::{Model, ends},
        size::largest,
    },
    network::variant::Variant,
    pipeline::{PipelineError, cost::crossings},
};

/// Multiplications of one evaluation beyond which fewer layers and samples are tried.
const LARGE: u64 = 20_000_000;

/// Layers and samples of a large network.
const FEW: [usize; 2] = [8, 8];

/// Multiplications that the search over seeds may take.
const SEARCH: u64 = 300_000_000;

/// Seeds of the search.
const SEEDS: u64 = 20;

/// Units that are switched off for each seed.
pub const UNITS: usize = 4;

/// What was tried, and on what.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The network.
    pub model: Model,
    /// What the flow says of activity and depth.
    pub depth: Depth,
    /// What was found at the point, or why nothing was tried there.
    pub found: Result<Claims, Untried>,
    /// From which batch on X and the error first pays for the first W; none where it is no single product.
    pub crossing: Option<Crossing>,
    /// The subject's batch.
    pub samples: usize,
    /// How weights were drawn in the search.
    pub initialisation: Initialisation,
}

/// Why no claim can be tried at a point.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untried {
    /// An overflow: the first gradient that it reaches.
    #[error("the gradient by {0} has entries that are no floats")]
    NoFloats(String),
    /// A defect.
    #[error("the gradients have no value")]
    NoValue,
    /// Every claim would be about nothing.
    #[error("all gradients are 0, or too small for a float")]
    Zero,
}

/// Tries all claims. `depth` is what the flow says of them; `off` is the unit that the user chose.
///
/// # Errors
/// A limit, or a defect.
pub fn claims(
    subject: &Subject,
    sweep: Sweep<'_>,
    depth: Depth,
    seed: u64,
    off: Option<Unit>,
) -> Result<Tried, PipelineError> {
    let reduction = subject.numbers.reduction;
    let model = self::model(subject, Variant::Biases, reduction)?;
    let is_sum = reduction == Reduction::Sum;
    let other = self::model(subject, Variant::Biases, if is_sum { Reduction::Samples } else { Reduction::Sum })?;
    // A constant initialisation has nothing to draw.
    let draws = |initialisation: &Initialisation| {
        !initialisation.is_constant() && *initialisation != Initialisation::Normal(0.0)
    };
    let initialisation = subject.initialisation.filter(draws).unwrap_or(Initialisation::Lecun);
    let mut found = tried(subject, [&model, &other], (seed, off), initialisation);
    if let Ok(found) = &mut found {
        found.fractions = fractions(subject, sweep, off)?;
    }
    let crossing = crossing(subject)?;
    Ok(Tried { model, depth, found, crossing, samples: subject.samples(), initialisation })
}

fn tried(
    subject: &Subject,
    [model, other]: [&Model; 2],
    (seed, off): (u64, Option<Unit>),
    initialisation: Initialisation,
) -> Result<Claims, Untried> {
    let whole = subject.inputs();
    let weights: u64 = whole.values().map(|array| array.len() as u64).sum();
    let is_large = weights * SAMPLES as u64 > LARGE;
    let [layers, samples] = if is_large { FEW } else { [claims::LAYERS, SAMPLES] };
    let inputs = model.first(&whole, samples);
    let samples = subject.samples().min(samples);
    let layers = ends(model.network.layers.len(), layers);
    let dims = model.batch(samples);
    let bench = Bench::new(model, &dims, inputs, &layers).ok_or(Untried::NoValue)?;
    let size = |symbol| bench.base.gradients.get(symbol).map_or(0.0, largest);
    if let Some(without) = bench.parameters.iter().find(|parameter| !size(&parameter.symbol).is_finite()) {
        return Err(Untried::NoFloats(without.key.clone()));
    }
    if bench.wanted.iter().all(|symbol| size(symbol) == 0.0) {
        return Err(Untried::Zero);
    }
    let directions = directions(subject, samples, seed);
    let beside = Beside { whole: &whole, other, directions: &directions, off };
    let mut found = claims::claims(&bench, layers.clone(), beside);
    if let Some(inactive) = found.inactive.as_mut().filter(|inactive| inactive.following.attenuate()) {
        let cost = weights * samples as u64 * 3 * UNITS as u64;
        let seeds = (SEARCH / cost.max(1)).clamp(1, SEEDS);
        let draw = |seed| Bench::new(model, &dims, redrawn(subject, &bench.inputs, initialisation, seed), &layers);
        inactive.search = Some(units::search(seeds, UNITS, off, draw));
    }
    Ok(found)
}

/// Of the gradient by the first W, with numbers for all dimensions.
fn crossing(subject: &Subject) -> Result<Option<Crossing>, PipelineError> {
    let derivation = counted(subject)?;
    let first = derivation.forward.parameters.first().copied();
    Ok(first.and_then(|first| crossings(&derivation, first)).map(|[products, _]| products))
}

impl Tried {
    /// The verdict on a claim.
    #[must_use]
    pub fn verdict(&self, statement: Statement) -> Verdict {
        if let Some(verdict) = self.depth.verdict(statement) {
            return verdict;
        }
        match (statement, &self.found) {
            (Statement::Crossing, _) => match self.crossing {
                None => Verdict::NotTried("no product of its own".into()),
                Some(crossing) => match crossing.first() {
                    Some(first) if first <= self.samples as u128 => Verdict::Fails,
                    Some(_) => Verdict::HoldsHere,
                    None => Verdict::Holds,
                },
            },
            (_, Ok(found)) => found.verdict(statement),
            (_, Err(reason)) => Verdict::NotTried(reason.to_string()),
        }
    }
}
