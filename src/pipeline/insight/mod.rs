//! A network, and arrays or an initialisation → [`Insight`]: what influences its gradients, part by part.

mod approximation;
mod claim_words;
pub mod claims;
mod document;
mod figure;
pub mod flow;
mod flow_words;
pub mod inactive;
pub mod influence;
mod models;
mod over_networks;
pub mod pictures;

use std::io::{self, Write};

use ndarray::Array2;

use self::{claims::Tried, flow::Flowing, inactive::Sleeping, influence::Influence};
use super::{
    Costs, PipelineError,
    derive::{Request, derive_finished, derive_forms, finished},
    verify::are_distributions,
};
use crate::{
    catalog::loss::Loss,
    evaluate::{
        arrays::{Arrays, Role, Slot, data},
        bindings::{Bound, Source, bind},
        draw,
        initialise::{self, Initialisation},
        memory,
        scaled::passes,
    },
    gradient::{Derivation, Form},
    insight::{
        Origin, Subject,
        approximation::{self as mean_gates, Approximation},
        flow::{Thresholds, layers::weights},
        inactive::Limits,
    },
    network::graph::Network,
    render::{page::Page, report::Report, sentence::Sentence},
    source::Diagnostic,
};

/// The parts, in the order in which they are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
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
    pub const ALL: [Self; 6] =
        [Self::Influence, Self::Claims, Self::Inactive, Self::Flow, Self::Approximation, Self::Cost];
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
    /// Seeds over which initialisations are compared; by default 20, fewer for very many weights.
    pub seeds: Option<usize>,
    /// A unit that is active on a smaller share of the samples is dead.
    pub dead: f64,
    /// A unit whose |σ'| is below this share of its maximum is saturated.
    pub saturated: f64,
    /// The unit that is switched off: its layer's number or name, and its place, from 1.
    pub off: Option<(String, u64)>,
    /// A layer vanishes where rms(Δ_l) is below this share of the last layer's.
    pub vanishing: f64,
    /// A layer explodes where it is above this multiple.
    pub exploding: f64,
    /// Bytes that the arrays may take.
    pub memory: u64,
}

impl Default for Options {
    /// All parts; He's initialisation by fan-in; seed 0, 20 seeds; 1 %; 10⁻⁶ and 10⁶; 1 GiB.
    fn default() -> Self {
        Self {
            parts: Part::ALL.to_vec(),
            initialisation: Initialisation::HeIn,
            seed: 0,
            seeds: None,
            dead: 0.01,
            saturated: 0.01,
            off: None,
            vanishing: 1e-6,
            exploding: 1e6,
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
    /// Which factors enter which gradient.
    pub influence: Option<Influence>,
    /// Claims and their verdicts.
    pub claims: Option<Tried>,
    /// Units that put out nothing.
    pub inactive: Option<Sleeping>,
    /// The size of values and gradients.
    pub flow: Option<Flowing>,
    /// How far the product form is from the gradient.
    pub approximation: Option<Approximation>,
    /// Multiplications, of the product form with a number for every dimension.
    pub costs: Option<(Derivation, Costs)>,
    /// Messages about the files.
    pub warnings: Vec<Diagnostic>,
}

/// Answers all questions that `options` asks. `progress` hears what is being worked on.
///
/// # Errors
/// Arrays that do not fit the network, too little memory, a limit.
pub fn insight(
    network: &Network,
    [parameters, data]: [Option<Source>; 2],
    options: &Options,
    progress: &mut dyn FnMut(&'static str),
) -> Result<Insight, Vec<Diagnostic>> {
    let (subject, warnings) = subject(network, [parameters, data], options)?;
    let wants = |part| options.parts.contains(&part);
    let mut insight = Insight {
        subject,
        seed: options.seed,
        influence: None,
        claims: None,
        inactive: None,
        flow: None,
        approximation: None,
        costs: None,
        warnings,
    };
    if wants(Part::Influence) {
        progress("influence");
        let found = influence::influence(&insight.subject, options.seed);
        insight.influence = Some(found.map_err(|error| vec![error.diagnostic()])?);
    }
    if wants(Part::Claims) {
        progress("claims");
        let found = claims::claims(&insight.subject, options.seed, options.off.as_ref());
        insight.claims = Some(found.map_err(|error| vec![error.diagnostic()])?);
    }
    measure(&mut insight, options, progress).map_err(|error| vec![error])?;
    if wants(Part::Cost) {
        progress("cost");
        insight.costs = Some(costs(&insight.subject).map_err(|error| vec![error])?);
    }
    Ok(insight)
}

/// The parts that need the values of both passes.
fn measure(insight: &mut Insight, options: &Options, progress: &mut dyn FnMut(&'static str)) -> Result<(), Diagnostic> {
    let wants = |part| options.parts.contains(&part);
    let defect = |error| PipelineError::Evaluation(error).diagnostic();
    let subject = &insight.subject;
    let unit = options.off.as_ref().map(|off| inactive::unit(&subject.numbers, off)).transpose();
    let unit = unit.map_err(|error| error.diagnostic())?;
    if let Some(sweep) = subject.sweep().filter(|_| wants(Part::Inactive) || wants(Part::Flow)) {
        progress("inactive units");
        let passes = passes(sweep, &subject.inputs(), &weights(subject)).map_err(defect)?;
        if wants(Part::Inactive) {
            let limits = Limits { dead: options.dead, saturated: options.saturated };
            insight.inactive = Some(Sleeping::new(subject, &passes, limits, unit).map_err(defect)?);
        }
        if wants(Part::Flow) {
            progress("flow");
            let thresholds = Thresholds { vanishing: options.vanishing, exploding: options.exploding };
            insight.flow = Flowing::new(subject, &passes, thresholds, (options.seed, options.seeds)).map_err(defect)?;
        }
    }
    if wants(Part::Approximation) {
        progress("approximation");
        insight.approximation = Some(mean_gates::approximation(subject).map_err(defect)?);
    }
    Ok(())
}

/// Counts with the numbers that arrays and `let` give, the batch's too.
fn costs(subject: &Subject) -> Result<(Derivation, Costs), Diagnostic> {
    let distributions = subject.product.assumes_distributions;
    let request = Request { distributions, ..Request::new(Form::Product) };
    let product = derive_finished(&subject.numbers, &request).map_err(|error| error.diagnostic())?;
    let costs = super::cost(&product, &[], &product.forward.parameters).map_err(|error| error.diagnostic())?;
    Ok((product, costs))
}

/// Binds the arrays, draws what no file gives, and derives.
fn subject(
    network: &Network,
    [parameters, data]: [Option<Source>; 2],
    options: &Options,
) -> Result<(Subject, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut rng = draw::generator(options.seed);
    let given = [&parameters, &data].map(Option::is_some);
    let Bound { network: numbers, dims, arrays, warnings } = bind(network, parameters, data, Some(&mut rng))?;
    memory::check(&numbers, options.memory).map_err(|error| vec![error.diagnostic()])?;
    let (arrays, origins) = fill(&numbers, arrays, given, options.initialisation, &mut rng);
    let request = Request { distributions: are_distributions(&numbers, &arrays), ..Request::new(Form::Layered) };
    let [layered, product] = derived(network, &request).map_err(|error| vec![error.diagnostic()])?;
    let [parameters, data] = origins;
    let initialisation = (parameters != Origin::Given).then_some(options.initialisation);
    let network = network.clone();
    Ok((Subject { network, numbers, dims, layered, product, arrays, parameters, data, initialisation }, warnings))
}

fn derived(network: &Network, request: &Request) -> Result<[Derivation; 2], PipelineError> {
    let mut forms = derive_forms(network, request, &[Form::Layered, Form::Product])?.into_iter();
    match (forms.next(), forms.next()) {
        (Some(layered), Some(product)) => Ok([finished(layered)?, finished(product)?]),
        _ => Err(PipelineError::Unproved),
    }
}

/// What no file gives: weights as they are initialised; X and Y random, or X = 1 and a constant Y beside constant weights.
fn fill(
    numbers: &Network,
    mut arrays: Arrays,
    [given_parameters, given_data]: [bool; 2],
    initialisation: Initialisation,
    rng: &mut rand_chacha::ChaCha8Rng,
) -> (Arrays, [Origin; 2]) {
    let constant = !given_parameters && initialisation.is_constant();
    let not_given = if constant { Origin::Constant } else { Origin::Drawn };
    if !given_parameters {
        arrays.extend(initialise::draw(numbers, initialisation, rng));
    }
    if !given_data && constant {
        for slot in data(numbers) {
            arrays.insert(slot.name.clone(), constant_data(numbers.loss, &slot));
        }
    }
    let arrays = draw::arrays(numbers, &arrays, 1.0, rng);
    let origin = |given| if given { Origin::Given } else { not_given };
    (arrays, [origin(given_parameters), origin(given_data)])
}

/// X = 1; Y = 0, or the first class in every row where the loss wants rows that sum to 1: Y = 0 would make all gradients 0.
fn constant_data(loss: Loss, slot: &Slot) -> Array2<f64> {
    let size = slot.size().unwrap_or((1, 1));
    let is_one = |column: usize| slot.role == Role::Input || (loss == Loss::Cce && column == 0);
    Array2::from_shape_fn(size, |(_, column)| if is_one(column) { 1.0 } else { 0.0 })
}

impl Insight {
    /// Prints every part.
    ///
    /// # Errors
    /// What the page is written to says.
    pub fn print<W: Write>(&self, page: &mut Page<W>) -> io::Result<()> {
        let layered = Report::new(&self.subject.layered);
        self.influence.iter().try_for_each(|influence| influence.print(page))?;
        self.claims.iter().try_for_each(|claims| claims.print(page))?;
        if let Some(inactive) = &self.inactive {
            inactive.print(&layered, page)?;
        }
        if let Some(flow) = &self.flow {
            flow.print(page)?;
        }
        if let Some(approximation) = &self.approximation {
            approximation.print(&layered, page)?;
        }
        let Some((product, costs)) = &self.costs else { return Ok(()) };
        page.heading(&Sentence::of("What the gradients cost"))?;
        costs.print(&Report::new(product), page)
    }
}
