//! The claims tried on the subject → verdicts, and the figures behind each.

use super::{
    Options,
    models::{counted, directions, model, redrawn},
};
use crate::{
    catalog::Reduction,
    cost::break_even::BreakEven,
    evaluate::{Evaluator, Initialisation, Unit, scaled::passes},
    insight::{
        Origin, Subject,
        claims::{
            self, Base, Claims, Depth, Factors, Reason, SAMPLES, Setup, Statement, Verdict, batch::zeros_of,
            fractions::fractions, verdict::of_zeros,
        },
        flow::flow,
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
    /// From which batch on X and the error first pays for the first W, by products; none where it is no single product.
    pub break_even: Option<BreakEven>,
    /// The same by all multiplications, those with scalings too.
    pub with_scalings: Option<BreakEven>,
    /// The subject's batch.
    pub samples: usize,
    /// How weights were drawn in the search.
    pub initialisation: Initialisation,
    /// What rests on one draw of the weights: at how many others it holds, and how many there were.
    pub at_draws: Vec<(Statement, [usize; 2])>,
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
    let [break_even, with_scalings] = break_even(subject)?.map_or([None; 2], |pair| pair.map(Some));
    let samples = subject.samples();
    let mut tried =
        Tried { model, depth, found, break_even, with_scalings, samples, initialisation, at_draws: Vec::new() };
    tried.at_draws = at_draws(subject, evaluator, &tried, seed)?;
    Ok(tried)
}

/// What the claims on the whole batch and on depth say with other draws of weights that are drawn, where they say something at
/// the point.
fn at_draws(
    subject: &Subject,
    evaluator: Evaluator<'_>,
    tried: &Tried,
    seed: u64,
) -> Result<Vec<(Statement, [usize; 2])>, PipelineError> {
    let is_drawn = subject.parameters == Origin::Drawn;
    let is_said = |statement: &Statement| is_drawn && tried.verdict(*statement).reason().is_none();
    let said: Vec<Statement> = [Statement::Zeros, Statement::Depth].into_iter().filter(is_said).collect();
    let (inputs, samples) = (subject.inputs(), subject.samples());
    let entries: u64 = inputs.values().map(|array| array.len() as u64).sum();
    let draws = (SEARCH / (4 * entries * samples as u64).max(1)).clamp(1, SEEDS);
    let layers = tried.found.as_ref().map_or(&[][..], |found| &found.layers);
    let parameters = tried.model.parameters(layers);
    let weights: Vec<_> = parameters.iter().filter(|parameter| !parameter.is_bias).collect();
    let mut found: Vec<(Statement, [usize; 2])> = said.into_iter().map(|statement| (statement, [0, 0])).collect();
    let thresholds = Options::default().thresholds();
    for draw in 1..=if found.is_empty() { 0 } else { draws } {
        let inputs = redrawn(subject, &inputs, tried.initialisation, seed.wrapping_add(draw));
        for (statement, [held, all]) in &mut found {
            let holds = if *statement == Statement::Zeros {
                zeros_of(&tried.model, &inputs, samples, &weights).map(|zeros| of_zeros(&zeros) != Verdict::Fails)
            } else {
                let steps = Factors::of(&flow(subject, &passes(evaluator, &inputs)?, thresholds)?);
                steps.map(|steps| steps.are_alike())
            };
            *all += usize::from(holds.is_some());
            *held += usize::from(holds == Some(true));
        }
    }
    Ok(found)
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
fn break_even(subject: &Subject) -> Result<Option<[BreakEven; 2]>, PipelineError> {
    let derivation = counted(subject)?;
    let first = derivation.forward.parameters.first().copied();
    Ok(first.and_then(|first| break_evens(&derivation, first)))
}

impl Tried {
    /// The verdict on a claim.
    pub fn verdict(&self, statement: Statement) -> Verdict {
        let verdict = self.at_point(statement);
        let always = self.at_draws.iter().all(|(of, [held, all])| *of != statement || held == all);
        let holds = matches!(verdict, Verdict::Holds | Verdict::HoldsBut(_));
        if holds && !always { Verdict::HoldsHere } else { verdict }
    }

    fn at_point(&self, statement: Statement) -> Verdict {
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
