//! A network, and arrays or an initialisation → [`Insight`]: what influences its gradients, part by part.

pub mod claims;
mod models;
pub mod off;
mod subject;
mod summary;

use std::fmt;

use self::{claims::Tried, subject::subject, summary::summary};
use super::{Costs, PipelineError, derive::check_chain};
use crate::{
    evaluate::{Initialisation, Unit, bindings::Source, scaled::passes},
    gradient::Derivation,
    insight::{
        Subject,
        approximation::{self as mean_gates, Approximation},
        claims::Depth,
        flow::Flowing,
        inactive::{Inactive, inactive},
        influence::{self, ModelInfluence},
        model::Model,
        off::off,
        summary::Summary,
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
    pub const ALL: [Self; 7] =
        [Self::Summary, Self::Influence, Self::Claims, Self::Inactive, Self::Flow, Self::Approximation, Self::Cost];
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
    /// The gradient vanishes where rms(Δ_l) is below this share of the last layer's, the signal where rms(A_l) is below it.
    pub vanishing: f64,
    /// They explode above this multiple.
    pub exploding: f64,
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
            vanishing: 1e-3,
            exploding: 1e3,
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
    /// The verdicts, and what to try.
    pub summary: Option<Summary>,
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
    /// Messages about the files.
    pub warnings: Vec<Diagnostic>,
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
    let chain = check_chain(network, "the page of `insight`");
    chain.map_err(|error| vec![PipelineError::from(error).diagnostic()])?;
    // Figures are the same however samples stand.
    let network = &Network { layout: Layout::Rows, ..network.clone() };
    let (subject, warnings) = subject(network, [parameters, data], options)?;
    let unit = options.off.as_ref().map(|off| off::unit(&subject.numbers, off)).transpose();
    let unit = unit.map_err(|error| vec![error.diagnostic()])?;
    let mut insight = Insight {
        subject,
        seed: options.seed,
        summary: None,
        influence: None,
        claims: None,
        inactive: None,
        flow: None,
        approximation: None,
        costs: None,
        warnings,
    };
    insight.measure(unit, options, progress).map_err(|error| vec![error.diagnostic()])?;
    Ok(insight)
}

impl Insight {
    /// Finds what every part that is wanted says.
    fn measure(
        &mut self,
        unit: Option<Unit>,
        options: &Options,
        progress: &mut dyn FnMut(Working),
    ) -> Result<(), PipelineError> {
        let subject = &self.subject;
        let wants = |part| options.parts.contains(&part);
        let (mut place, all) = (0, Part::ALL.into_iter().filter(|part| wants(*part)).count());
        let mut begins = |part| {
            place += 1;
            progress(Working { on: part, place: [place, all] });
        };
        let of_passes = [Part::Summary, Part::Claims, Part::Inactive, Part::Flow];
        let sweep = subject.sweep().filter(|_| of_passes.into_iter().any(wants));
        let at_point = sweep.map(|sweep| passes(sweep, &subject.inputs(), &subject.weights())).transpose()?;
        if let Some(passes) = at_point.as_ref().filter(|_| wants(Part::Summary)) {
            begins("summary");
            self.summary = Some(summary(subject, passes, options)?);
        }
        if wants(Part::Influence) {
            begins("influence");
            self.influence = Some(influence(subject, options.seed)?);
        }
        if let Some((sweep, passes)) = sweep.zip(at_point.as_ref()) {
            if wants(Part::Inactive) {
                begins("inactive units");
                let off = unit.map(|unit| off(subject, sweep, unit)).transpose()?;
                self.inactive = Some(Inactive { off, ..inactive(subject, passes, options.limits()) });
            }
            let thresholds = options.thresholds();
            let flowing = || Flowing::new(subject, sweep, passes, thresholds, (options.seed, options.seeds));
            if wants(Part::Flow) {
                begins("flow");
                self.flow = Some(flowing()?);
            }
            if wants(Part::Claims) {
                begins("claims");
                let depth = self
                    .flow
                    .as_ref()
                    .map_or_else(|| flowing().map(|flow| Depth::of(&flow)), |flow| Ok(Depth::of(flow)))?;
                self.claims = Some(claims::claims(subject, sweep, depth, options.seed, unit)?);
            }
        }
        if wants(Part::Approximation) {
            begins("approximation");
            self.approximation = Some(mean_gates::approximation(subject)?);
        }
        if wants(Part::Cost) {
            begins("cost");
            self.costs = Some(costs(subject)?);
        }
        Ok(())
    }
}

/// Counts with the numbers that arrays and `let` give, the batch's too.
fn costs(subject: &Subject) -> Result<(Derivation, Costs), PipelineError> {
    let product = models::counted(subject)?;
    let costs = super::cost(&product, &[], &product.forward.parameters)?;
    Ok((product, costs))
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
