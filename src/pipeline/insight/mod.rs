//! A network, and arrays or an initialisation → [`Insight`]: what influences its gradients, part by part.

pub mod ablation;
pub mod claims;
mod models;
mod subject;
mod summary;

use std::fmt;

use self::{claims::Tried, subject::subject, summary::summary};
use super::{Costs, PipelineError};
use crate::{
    catalog::Activation,
    evaluate::{Initialisation, Passes, Unit, bindings::Source, scaled::passes},
    gradient::{Derivation, GradientError},
    insight::{
        Subject,
        ablation::ablation,
        approximation::{self as mean_gates, Approximation},
        claims::Depth,
        flow::Flowing,
        inactive::{Inactive, inactive},
        influence::{self, ModelInfluence},
        model::Model,
        structure::{self, Structure},
        summary::{Bounds, Summary},
        undefined::{Undefined, undefined},
    },
    network::graph::{Layout, Network},
    source::Diagnostic,
};

/// The parts, in the order in which they are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The verdicts on gradient, signal, updates and units, and what to try.
    Summary,
    /// Which factors enter which gradient, directly and indirectly.
    Influence,
    /// What is often said of gradients, tried on this network.
    Claims,
    /// What skips, norms, shared weights and penalties do to the gradient.
    Structure,
    /// Units that put out nothing, and what switching one off does.
    Inactive,
    /// The size of values and gradients from layer to layer.
    Flow,
    /// How far the product form with mean gates is from the gradient.
    Approximation,
    /// Multiplications by bracket order.
    Cost,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 8] = [
        Self::Summary,
        Self::Structure,
        Self::Influence,
        Self::Claims,
        Self::Inactive,
        Self::Flow,
        Self::Approximation,
        Self::Cost,
    ];
}

/// What the user may choose.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The parts that are wanted.
    pub parts: Vec<Part>,
    /// How weights begin where no file gives them.
    pub initialisation: Initialisation,
    /// Seed of all random values.
    pub seed: u64,
    /// Seeds over which verdicts are counted and initialisations compared; by default 20, fewer for many weights.
    pub seeds: Option<usize>,
    /// A unit that is active on a smaller share of the samples is dead.
    pub dead: f64,
    /// A unit whose mean |σ'| over the samples is below this share of sup |σ'| is saturated.
    pub saturated: f64,
    /// The unit that is switched off: its layer's number or name, and its place, from 1.
    pub off: Option<(String, u64)>,
    /// Units that are switched off with it.
    pub also_off: Vec<(String, u64)>,
    /// The gradient vanishes where rms(Δ_l) is below this share of the last layer's, the signal where rms(A_l) is below it.
    pub vanishing: f64,
    /// They explode above this multiple.
    pub exploding: f64,
    /// When updates and units are not fine.
    pub bounds: Bounds,
    /// Bytes that the arrays may take.
    pub memory: u64,
}

impl Default for Options {
    /// The summary; He's initialisation by fan-in; seed 0, 20 seeds; 1 %; 10⁻³ and 10³; 1 GiB.
    fn default() -> Self {
        Self {
            parts: vec![Part::Summary],
            initialisation: Initialisation::HeIn,
            seed: 0,
            seeds: None,
            dead: 0.01,
            saturated: 0.01,
            off: None,
            also_off: Vec::new(),
            vanishing: 1e-3,
            exploding: 1e3,
            bounds: Bounds::default(),
            memory: 1 << 30,
        }
    }
}

/// What was found; a part that was not wanted is missing.
#[derive(Clone, Debug)]
pub struct Insight {
    /// What it is about.
    pub subject: Subject,
    /// Seed of all random values.
    pub seed: u64,
    /// The parts that were wanted.
    pub parts: Vec<Part>,
    /// The verdicts, and what to try.
    pub summary: Option<Summary>,
    /// What skips, norms, shared weights and penalties do.
    pub structure: Option<Structure>,
    /// Which factors enter which gradient.
    pub influence: Option<Vec<(Model, ModelInfluence)>>,
    /// Claims and their verdicts.
    pub claims: Option<Tried>,
    /// Units that put out nothing.
    pub inactive: Option<Inactive>,
    /// The size of values and gradients.
    pub flow: Option<Flowing>,
    /// How far the product form is from the gradient.
    pub approximation: Option<Approximation>,
    /// Multiplications, of the product form with a number for every dimension.
    pub costs: Option<(Derivation, Costs)>,
    /// What was wanted and is left out.
    pub left_out: Vec<(Part, LeftOut)>,
    /// Why J has no value, where it has none.
    pub undefined: Option<Undefined>,
    /// Messages about the files.
    pub warnings: Vec<Diagnostic>,
}

/// Why a part is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// It is said of chains of dense layers and activations.
    Chain,
    /// The same, of activations that it does not know: prelu, `log_softmax`.
    Activation(&'static str),
    /// It is of the product form, which a norm over the batch does not have.
    Batch,
    /// It is about gradients, and J has no value.
    Undefined,
}

/// What is being worked on, and how much of the work that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Working {
    /// What.
    pub on: &'static str,
    /// Its place, from 1, of all that is to be done.
    pub place: [usize; 2],
}

impl fmt::Display for Working {
    /// `flow, 2 of 5`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [place, all] = self.place;
        write!(f, "{}, {place} of {all}", self.on)
    }
}

/// Answers all questions that `options` asks. `progress` hears what is being worked on.
///
/// # Errors
/// Arrays that do not fit the network, a unit that is not there, too little memory, a limit.
pub fn insight(
    network: &Network,
    [parameters, data]: [Option<Source>; 2],
    options: &Options,
    progress: &mut dyn FnMut(Working),
) -> Result<Insight, Vec<Diagnostic>> {
    // Figures are the same however samples stand.
    let network = &Network { layout: Layout::Rows, ..network.clone() };
    let (subject, warnings) = subject(network, [parameters, data], options)?;
    let off = options.off.iter().chain(&options.also_off);
    let units = off.map(|off| ablation::unit(&subject.numbers, off)).collect::<Result<Vec<_>, _>>();
    let units = units.map_err(|error| vec![error.diagnostic()])?;
    let undefined = undefined(&subject);
    let mut left_out = left_out(network, options);
    if undefined.is_some() {
        let of_gradients = [Part::Claims, Part::Flow, Part::Approximation].into_iter();
        let there = |part: &Part| options.parts.contains(part) && left_out.iter().all(|(left, _)| left != part);
        left_out.extend(of_gradients.filter(there).map(|part| (part, LeftOut::Undefined)).collect::<Vec<_>>());
    }
    let mut insight = Insight {
        subject,
        seed: options.seed,
        parts: options.parts.clone(),
        summary: None,
        structure: None,
        influence: None,
        claims: None,
        inactive: None,
        flow: None,
        approximation: None,
        costs: None,
        left_out,
        undefined,
        warnings,
    };
    insight.measure(&units, options, progress).map_err(|error| vec![error.diagnostic()])?;
    Ok(insight)
}

impl Insight {
    /// Finds what every part that is wanted says.
    fn measure(
        &mut self,
        units: &[Unit],
        options: &Options,
        progress: &mut dyn FnMut(Working),
    ) -> Result<(), PipelineError> {
        let left_out = self.left_out.clone();
        let wants = |part| options.parts.contains(&part) && left_out.iter().all(|(left, _)| *left != part);
        let (mut place, all) = (0, Part::ALL.into_iter().filter(|part| wants(*part)).count());
        let mut begins = |part: Part, what| {
            let wanted = wants(part);
            if wanted {
                place += 1;
                progress(Working { on: what, place: [place, all] });
            }
            wanted
        };
        if [Part::Summary, Part::Structure, Part::Claims, Part::Inactive, Part::Flow].into_iter().any(wants) {
            self.at_point(units, options, &mut begins)?;
        }
        let subject = &self.subject;
        if begins(Part::Influence, "influence") {
            self.influence = Some(influence(subject, options.seed)?);
        }
        if begins(Part::Approximation, "approximation") {
            let product = there(Part::Approximation, models::product(subject), &mut self.left_out)?;
            let found = product.map(|product| mean_gates::approximation(subject, &product));
            self.approximation = found.transpose()?;
        }
        if begins(Part::Cost, "cost") {
            self.costs = there(Part::Cost, costs(subject), &mut self.left_out)?;
        }
        Ok(())
    }

    /// The parts that need both passes at the point.
    fn at_point(
        &mut self,
        units: &[Unit],
        options: &Options,
        begins: &mut dyn FnMut(Part, &'static str) -> bool,
    ) -> Result<(), PipelineError> {
        let subject = &self.subject;
        let Some(evaluator) = subject.evaluator() else { return Ok(()) };
        let passes = passes(evaluator, &subject.inputs())?;
        if begins(Part::Summary, "summary") {
            self.summary = Some(summary(subject, &passes, options)?);
        }
        if begins(Part::Structure, "structure") || self.summary.is_some() {
            self.structure = Some(structure(subject, &passes, options.seed)?);
        }
        if begins(Part::Inactive, "inactive units") {
            let off = (!units.is_empty() && self.undefined.is_none())
                .then(|| ablation(subject, evaluator, units))
                .transpose()?;
            self.inactive = Some(Inactive { off, ..inactive(subject, &passes, options.limits()) });
        }
        let thresholds = options.thresholds();
        let flowing = || Flowing::new(subject, evaluator, &passes, thresholds, (options.seed, options.seeds));
        if begins(Part::Flow, "flow") {
            self.flow = Some(flowing()?);
        }
        if begins(Part::Claims, "claims") {
            let depth = match &self.flow {
                Some(flow) => Depth::of(flow),
                None => Depth::of(&flowing()?),
            };
            self.claims = Some(claims::claims(subject, evaluator, depth, options.seed, units.first().copied())?);
        }
        Ok(())
    }
}

/// The parts that are wanted and not there for the network.
fn left_out(network: &Network, options: &Options) -> Vec<(Part, LeftOut)> {
    let reason = |part: &Part| {
        let is_said = match part {
            Part::Influence | Part::Claims => true,
            Part::Inactive | Part::Summary | Part::Structure | Part::Flow | Part::Approximation | Part::Cost => false,
        };
        (is_said && !network.is_chain()).then(|| (*part, not_a_chain(network)))
    };
    options.parts.iter().filter_map(reason).collect()
}

/// Why a network is no chain of dense layers and activations: of what is one but for an activation, that.
fn not_a_chain(network: &Network) -> LeftOut {
    let mut other = network.clone();
    let mut odd = None;
    for layer in &mut other.layers {
        let name = match layer.activation {
            Activation::Prelu => "prelu",
            Activation::LogSoftmax => "log_softmax",
            Activation::Entrywise(_) | Activation::Softmax => continue,
        };
        odd = odd.or(Some(name));
        layer.activation = Activation::LINEAR;
    }
    odd.filter(|_| other.is_chain()).map_or(LeftOut::Chain, LeftOut::Activation)
}

/// What was found, if the network has it.
fn there<T>(
    part: Part,
    found: Result<T, PipelineError>,
    left_out: &mut Vec<(Part, LeftOut)>,
) -> Result<Option<T>, PipelineError> {
    let reason = match found {
        Err(PipelineError::Derivation(GradientError::ChainOnly { .. })) => LeftOut::Chain,
        Err(PipelineError::Derivation(GradientError::MixesSamples)) => LeftOut::Batch,
        found => return found.map(Some),
    };
    left_out.push((part, reason));
    Ok(None)
}

/// Counts with the numbers that arrays and `let` give, the batch's too.
fn costs(subject: &Subject) -> Result<(Derivation, Costs), PipelineError> {
    let product = models::counted(subject)?;
    let costs = super::cost(&product, &[], &product.forward.parameters)?;
    Ok((product, costs))
}

/// What skips, norms, shared weights and penalties do.
fn structure(subject: &Subject, passes: &Passes, seed: u64) -> Result<Structure, PipelineError> {
    let elsewhere = || models::shared(models::drawn(subject, subject.samples(), seed.wrapping_add(1)));
    let uses = || structure::uses(&subject.layered, &subject.numbers);
    let uses = (!subject.numbers.is_chain()).then(uses).transpose()?;
    Ok(structure::structure(subject, passes, &elsewhere, uses.as_ref())?)
}

/// Reads and measures every model.
fn influence(subject: &Subject, seed: u64) -> Result<Vec<(Model, ModelInfluence)>, PipelineError> {
    let found = models::models(subject)?.into_iter().map(|(variants, model)| {
        let [point, elsewhere] = models::points(subject, &model, seed);
        let limits = [influence::LAYERS, influence::GRADIENTS];
        let found = influence::of(&model, variants, [&point, &elsewhere], limits);
        (model, found)
    });
    Ok(found.collect())
}
