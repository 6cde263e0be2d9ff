//! The claims tried on the subject → verdicts, and the figures behind each.

use super::models::{counted, directions, model, redrawn};
use crate::{
    catalog::Reduction,
    cost::break_even::BreakEven,
    evaluate::{Evaluator, Initialisation, Unit},
    insight::{
        Subject,
        claims::{self, Base, Claims, Depth, Reason, SAMPLES, Setup, Statement, Verdict, fractions::fractions},
        model::{Model, ends},
        size::largest,
    },
    network::variant::Variant,
    pipeline::{PipelineError, cost::break_evens},
};

/// Multiplications of one evaluation beyond which fewer layers and samples are tried.
const LARGE: u64 = 20_000_000;

/// Layers and samples of a large network.
const FEW: [usize; 2] = [8, 8];

/// Multiplications that the search over seeds may take.
const SEARCH: u64 = 300_000_000;

/// What the evaluation of a layer takes beside its multiplications.
const OVERHEAD: u64 = 2000;

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
    pub found: Result<Claims, Reason>,
    /// From which batch on X and the error first pays for the first W; none where it is no single product.
    pub break_even: Option<BreakEven>,
    /// The subject's batch.
    pub samples: usize,
    /// How weights were drawn in the search.
    pub initialisation: Initialisation,
}

/// Tries all claims. `depth` is what the flow says of them; `off` is the unit that the user chose.
///
/// # Errors
/// A limit, or a defect.
pub fn claims(
    subject: &Subject,
    evaluator: Evaluator<'_>,
    depth: Depth,
    seed: u64,
    off: Option<Unit>,
) -> Result<Tried, PipelineError> {
    let reduction = subject.numbers.term().reduction;
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
        found.fractions = fractions(subject, evaluator, off)?;
    }
    let break_even = break_even(subject)?;
    Ok(Tried { model, depth, found, break_even, samples: subject.samples(), initialisation })
}

fn tried(
    subject: &Subject,
    [model, other]: [&Model; 2],
    (seed, off): (u64, Option<Unit>),
    initialisation: Initialisation,
) -> Result<Claims, Reason> {
    let whole = subject.inputs();
    let weights: u64 = whole.values().map(|array| array.len() as u64).sum();
    let is_large = weights * SAMPLES as u64 > LARGE;
    let [layers, samples] = if is_large { FEW } else { [claims::LAYERS, SAMPLES] };
    let inputs = model.first(&whole, samples);
    let samples = subject.samples().min(samples);
    let layers = ends(model.network.layers.len(), layers);
    let dims = model.batch(samples);
    let base = Base::new(model, &dims, inputs, model.parameters(&layers)).ok_or(Reason::NoValue)?;
    let size = |symbol| base.point.gradients.get(symbol).map_or(0.0, largest);
    if let Some(without) = base.parameters.iter().find(|parameter| !size(&parameter.symbol).is_finite()) {
        return Err(Reason::NotFinite(without.key.clone()));
    }
    if base.parameters.iter().all(|parameter| size(&parameter.symbol) == 0.0) {
        return Err(Reason::Zero);
    }
    let directions = directions(subject, samples, seed);
    let setup = Setup { whole: &whole, other, directions: &directions, off };
    let mut found = claims::claims(&base, layers.clone(), setup);
    // A change is evaluated once a claim, which takes more than its multiplications.
    let changes = (UNITS + base.parameters.len() + 2) as u64;
    let cost = (weights * samples as u64 + OVERHEAD * model.network.layers.len() as u64) * changes;
    let draws = (SEARCH / cost.max(1)).clamp(1, SEEDS);
    let parameters = &base.parameters;
    let draw = |seed| Base::new(model, &dims, redrawn(subject, &base.inputs, initialisation, seed), parameters.clone());
    found.search(draws, (UNITS, off), &directions, draw);
    Ok(found)
}

/// Of the gradient by the first W, with numbers for all dimensions.
fn break_even(subject: &Subject) -> Result<Option<BreakEven>, PipelineError> {
    let derivation = counted(subject)?;
    let first = derivation.forward.parameters.first().copied();
    Ok(first.and_then(|first| break_evens(&derivation, first)).map(|[products, _]| products))
}

impl Tried {
    /// The verdict on a claim.
    pub fn verdict(&self, statement: Statement) -> Verdict {
        if let Some(verdict) = self.depth.verdict(statement) {
            return verdict;
        }
        match (statement, &self.found) {
            (Statement::BreakEven, _) => match self.break_even {
                None => Verdict::NotTried(Reason::NoProduct),
                Some(break_even) => match break_even.first() {
                    Some(first) if first <= self.samples as u128 => Verdict::Fails,
                    Some(_) => Verdict::HoldsHere,
                    None => Verdict::Holds,
                },
            },
            (_, Ok(found)) => found.verdict(statement),
            (_, Err(reason)) => Verdict::NotTried(reason.clone()),
        }
    }
}
