//! A network, and arrays or a seed → how far each derived form is from the concrete backprop, array by array.

mod compared;

use std::{collections::BTreeSet, ops::Range};

use indexmap::IndexMap;
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;

use self::compared::{At, lost_in_backprop, vanishes};
use super::{
    PipelineError,
    derive::{Request, derive_forms, finished},
    verification::{ArrayReport, Options, Redraws, Verification, larger},
};
use crate::{
    evaluate::{
        arrays::{Arrays, Slot, inputs, parameters, slots},
        backprop::{self, Concrete, Forward},
        bindings::{Bound, Source, bind},
        differences::{Differences, Method, Verdict, segments},
        draw, kinks, memory,
    },
    gradient::{Derivation, Form, GradientError},
    network::graph::Network,
    source::Diagnostic,
};

/// Points nearer than this to a kink are drawn again: differences tell nothing there.
const KINK: f64 = 1e-4;
/// How often a point is drawn before it is taken as it is.
const DRAWS: usize = 20;
/// Rows of Y that sum to 1 within this are distributions.
const DISTRIBUTION: f64 = 1e-9;
/// The three forms that have a value.
const FORMS: [Form; 3] = [Form::Layered, Form::PerSample, Form::Product];

/// Verifies the derived gradients by all parameters and the input. What the files do not hold is drawn.
///
/// # Errors
/// Arrays that do not fit the network, too little memory, a limit of the simplification.
pub fn verify(
    network: &Network,
    parameters: Option<Source>,
    data: Option<Source>,
    options: Options,
) -> Result<Verification, Vec<Diagnostic>> {
    verify_formulas(network, Formulas::new, parameters, data, options)
}

/// The same of formulas that are given: right ones, or some with a fault that is to be seen.
///
/// # Errors
/// As [`verify`], and what `formulas` says.
pub fn verify_formulas(
    network: &Network,
    formulas: impl FnOnce(&Network) -> Result<Formulas, PipelineError>,
    parameters: Option<Source>,
    data: Option<Source>,
    options: Options,
) -> Result<Verification, Vec<Diagnostic>> {
    let mut rng = draw::generator(options.seed);
    let bound = bind(network, parameters, data, Some(&mut rng))?;
    memory::check(&bound.network, options.memory).map_err(|error| vec![error.diagnostic()])?;
    let random = bound.arrays.len() < slots(network).len();
    let options = Options { trials: if random { options.trials } else { 1 }, ..options };
    let formulas = formulas(network).map_err(|error| vec![error.diagnostic()])?;
    let mut run = Run::new(bound, formulas, options, random);
    for _ in 0..options.trials {
        run.trial(&mut rng).map_err(|error| vec![error.diagnostic()])?;
    }
    Ok(run.found)
}

/// What is verified: the three forms that have a value.
pub struct Formulas {
    /// As they are printed.
    pub usual: Vec<Derivation>,
    /// Without the assumption on the rows of Y, where `usual` rests on it.
    pub general: Vec<Derivation>,
}

impl Formulas {
    /// The derived ones.
    ///
    /// # Errors
    /// A limit of the simplification, or a defect.
    pub fn new(network: &Network) -> Result<Self, PipelineError> {
        let usual = all_forms(network, true)?;
        let assumes = usual.iter().any(|derivation| derivation.assumes_distributions);
        let general = if assumes { all_forms(network, false)? } else { Vec::new() };
        Ok(Self { usual, general })
    }
}

/// The same formulas, tried at one point after the other.
struct Run {
    bound: Bound,
    formulas: Formulas,
    found: Verification,
}

impl Run {
    fn new(mut bound: Bound, formulas: Formulas, options: Options, random: bool) -> Self {
        let is_drawn = |slot: &Slot| !bound.arrays.contains_key(&slot.name);
        let drawn = slots(&bound.network).into_iter().filter(is_drawn).map(|slot| slot.name);
        let found = Verification {
            drawn: if bound.arrays.is_empty() { Vec::new() } else { drawn.collect() },
            arrays: reports(&bound.network),
            between: IndexMap::new(),
            method: Method::of(&bound.network),
            loss: f64::NAN,
            loss_error: 0.0,
            loss_differs: false,
            loss_lost: false,
            dims: bound.dims.clone(),
            options,
            random,
            redraws: Redraws::default(),
            undefined: 0,
            general: 0,
            warnings: std::mem::take(&mut bound.warnings),
        };
        Self { bound, formulas, found }
    }

    fn trial(&mut self, rng: &mut ChaCha8Rng) -> Result<(), PipelineError> {
        let point = self.point(rng);
        if !point.is_finite() {
            self.found.undefined += 1;
            return Ok(());
        }
        self.found.loss = point.concrete.loss;
        let mut lost = BTreeSet::new();
        self.differences(&point, rng, &mut lost)?;
        let special = self.formulas.general.is_empty() || are_distributions(&self.bound.network, &point.arrays);
        self.found.general += usize::from(!special);
        let derivations = if special { &self.formulas.usual } else { &self.formulas.general };
        for derivation in derivations {
            let at = At { network: &self.bound.network, derivation, point: &point };
            at.compare(&mut self.found, &mut lost)?;
        }
        for (name, report) in &mut self.found.arrays {
            if point.concrete.gradients.get(name).is_some_and(vanishes) {
                report.zeros += 1;
            } else if lost.contains(name) {
                report.lost += 1;
            }
        }
        Ok(())
    }

    /// Draws until the point is fit to be compared, at most [`DRAWS`] times; the user's own arrays are never redrawn.
    fn point(&mut self, rng: &mut ChaCha8Rng) -> Point {
        let (network, given) = (&self.bound.network, &self.bound.arrays);
        let redraws = &mut self.found.redraws;
        let mut scale = 1.0;
        let mut point = Point::new(network, draw::arrays(network, given, scale, rng));
        for _ in 1..if self.found.random { DRAWS } else { 1 } {
            let reason = match &point {
                point if !point.is_finite() => {
                    // Smaller weights help where values overflow, not where a loss is undefined.
                    scale /= if point.overflows() { 2.0 } else { 1.0 };
                    &mut redraws.not_finite
                }
                point if point.has_zeros() => &mut redraws.zeros,
                point if point.is_near_kink(0..point.kinks.len()) => &mut redraws.kinks,
                _ => break,
            };
            *reason += 1;
            point = Point::new(network, draw::arrays(network, given, scale, rng));
        }
        point
    }

    /// Differences of all segments but those that have a kink too near. What they do not confirm goes to `lost` where rounding
    /// leaves nothing of it: they tell rounding in another way than backprop does.
    fn differences(
        &mut self,
        point: &Point,
        rng: &mut ChaCha8Rng,
        lost: &mut BTreeSet<String>,
    ) -> Result<(), PipelineError> {
        let network = &self.bound.network;
        let mut differences = Differences::new(network, &point.arrays, &point.forward, &point.concrete.gradients);
        let mut compared = Vec::new();
        for layers in segments(network) {
            if point.is_near_kink(layers.clone()) {
                self.found.redraws.left_out += 1;
                continue;
            }
            compared.extend(differences.segment(layers, rng));
        }
        if compared.iter().any(|found| found.verdict() != Verdict::Agrees) {
            let names: Vec<&str> = compared.iter().map(|found| &*found.name).collect();
            lost.extend(lost_in_backprop(network, point, &names)?);
        }
        for found in compared {
            let report = match self.found.arrays.get_mut(&found.name) {
                Some(report) => report,
                None => self.found.between.entry(found.name.clone()).or_default(),
            };
            let is_lost = lost.contains(&found.name);
            report.contradicted |= found.verdict() == Verdict::Differs && !is_lost;
            report.unresolved |= found.verdict() == Verdict::Unresolved || is_lost;
            report.differences = Some(larger(report.differences.unwrap_or(0.0), found.error));
        }
        Ok(())
    }
}

fn all_forms(network: &Network, distributions: bool) -> Result<Vec<Derivation>, PipelineError> {
    let request = Request { distributions, ..Request::new(Form::Layered) };
    let derived = match derive_forms(network, &request, &FORMS) {
        // Norms over the batch leave the layered form alone.
        Err(GradientError::MixesSamples | GradientError::TooLong { .. } | GradientError::CrossedPaths { .. }) => {
            derive_forms(network, &request, &FORMS[..1])?
        }
        derived => derived?,
    };
    derived.into_iter().map(finished).collect()
}

/// A report for each parameter, then for the input.
fn reports(network: &Network) -> IndexMap<String, ArrayReport> {
    let slots = parameters(network).into_iter().chain(inputs(network));
    let report = |slot: &Slot| {
        let (rows, columns) = slot.size().unwrap_or_default();
        ArrayReport { size: network.layout.sides(rows, columns), ..ArrayReport::default() }
    };
    slots.map(|slot| (slot.name.clone(), report(&slot))).collect()
}

/// Arrays, and what the concrete backprop makes of them.
struct Point {
    arrays: Arrays,
    forward: Forward,
    concrete: Concrete,
    /// The distance to the nearest kink in each layer.
    kinks: Vec<f64>,
    wanted: Vec<String>,
}

impl Point {
    fn new(network: &Network, arrays: Arrays) -> Self {
        let forward = backprop::forward(network, &arrays);
        let concrete = backprop::reverse(network, &arrays, &forward);
        let kinks = kinks::distances(network, &arrays, &forward);
        let target = &network.target().name;
        let wanted = arrays.keys().filter(|name| ***name != **target).cloned().collect();
        Self { arrays, forward, concrete, kinks, wanted }
    }

    fn gradients(&self) -> impl Iterator<Item = &Array2<f64>> {
        self.wanted.iter().filter_map(|name| self.concrete.gradients.get(name))
    }

    fn is_finite(&self) -> bool {
        self.concrete.loss.is_finite() && self.gradients().all(|gradient| gradient.iter().all(|g| g.is_finite()))
    }

    /// Whether some activation is not a finite number.
    fn overflows(&self) -> bool {
        self.forward.activations.iter().flatten().any(|a| !a.is_finite())
    }

    fn is_near_kink(&self, layers: Range<usize>) -> bool {
        self.kinks[layers].iter().any(|distance| *distance < KINK)
    }

    fn has_zeros(&self) -> bool {
        self.gradients().any(vanishes)
    }
}

/// Whether every row sums to 1, of each target for which that is assumed.
#[must_use]
pub fn are_distributions(network: &Network, arrays: &Arrays) -> bool {
    no_distribution(network, arrays).is_none()
}

/// The first target of classes that has rows which do not sum to 1.
#[must_use]
pub fn no_distribution<'n>(network: &'n Network, arrays: &Arrays) -> Option<&'n str> {
    let sums = |y: &Array2<f64>| y.rows().into_iter().all(|row| (row.sum() - 1.0).abs() <= DISTRIBUTION);
    let given = network.terms.iter().filter(|term| term.loss.has_classes() && term.target_value.is_none());
    let mut names = given.map(|term| &*term.target.name);
    names.find(|name| !arrays.get(*name).is_some_and(sums))
}
