//! A network, and arrays or a seed → how far each derived form is from the concrete backprop, array by array.

use std::ops::Range;

use indexmap::IndexMap;
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;

use super::{
    PipelineError,
    derive::{Request, derive_forms, finished},
    verification::{ArrayReport, Options, Redraws, TOLERANCE, Verification, larger},
};
use crate::{
    evaluate::{
        arrays::{Arrays, Slot, data, parameters, slots},
        backprop::{self, Concrete, Forward},
        bindings::{Bound, Source, bind},
        differences::{Differences, Method, Verdict, segments},
        draw,
        gradients::{Gradients, Pass},
        kinks, memory,
    },
    gradient::{Derivation, Derived, Form},
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
    let mut rng = draw::generator(options.seed);
    let bound = bind(network, parameters, data, Some(&mut rng))?;
    memory::check(&bound.network, options.memory).map_err(|error| vec![error.diagnostic()])?;
    let random = bound.arrays.len() < slots(network).len();
    let options = Options { trials: if random { options.trials } else { 1 }, ..options };
    let mut run = Run::new(network, bound, options, random).map_err(|error| vec![error.diagnostic()])?;
    for _ in 0..options.trials {
        run.trial(&mut rng).map_err(|error| vec![error.diagnostic()])?;
    }
    Ok(run.found)
}

/// The same formulas, tried at one point after the other.
struct Run {
    bound: Bound,
    /// In the order of [`FORMS`].
    usual: Vec<Derivation>,
    /// Without the assumption on the rows of Y, where `usual` rests on it.
    general: Vec<Derivation>,
    found: Verification,
}

impl Run {
    fn new(network: &Network, mut bound: Bound, options: Options, random: bool) -> Result<Self, PipelineError> {
        let usual = all_forms(network, true)?;
        let assumes = usual.iter().any(|derivation| derivation.assumes_distributions);
        let general = if assumes { all_forms(network, false)? } else { Vec::new() };
        let found = Verification {
            arrays: reports(&bound.network),
            between: IndexMap::new(),
            method: Method::of(&bound.network),
            loss: f64::NAN,
            loss_error: 0.0,
            dims: bound.dims.clone(),
            options,
            random,
            redraws: Redraws::default(),
            undefined: 0,
            general: 0,
            warnings: std::mem::take(&mut bound.warnings),
        };
        Ok(Self { bound, usual, general, found })
    }

    fn trial(&mut self, rng: &mut ChaCha8Rng) -> Result<(), PipelineError> {
        let point = self.point(rng);
        if !point.is_finite() {
            self.found.undefined += 1;
            return Ok(());
        }
        self.found.loss = point.concrete.loss;
        self.differences(&point, rng);
        let special = self.general.is_empty() || are_distributions(&self.bound.network, &point.arrays);
        self.found.general += usize::from(!special);
        let derivations = if special { &self.usual } else { &self.general };
        for derivation in derivations {
            compare(&mut self.found, derivation, &point)?;
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

    /// Differences of all segments but those that have a kink too near.
    fn differences(&mut self, point: &Point, rng: &mut ChaCha8Rng) {
        let network = &self.bound.network;
        let mut differences = Differences::new(network, &point.arrays, &point.forward, &point.concrete.gradients);
        for layers in segments(network) {
            if point.is_near_kink(layers.clone()) {
                self.found.redraws.left_out += 1;
                continue;
            }
            for found in differences.segment(layers, rng) {
                let report = match self.found.arrays.get_mut(&found.name) {
                    Some(report) => report,
                    None => self.found.between.entry(found.name.clone()).or_default(),
                };
                report.contradicted |= found.verdict() == Verdict::Differs;
                report.unresolved |= found.verdict() == Verdict::Unresolved;
                report.differences = Some(larger(report.differences.unwrap_or(0.0), found.error));
            }
        }
    }
}

fn all_forms(network: &Network, distributions: bool) -> Result<Vec<Derivation>, PipelineError> {
    let request = Request { distributions, ..Request::new(Form::Layered) };
    derive_forms(network, &request, &FORMS)?.into_iter().map(finished).collect()
}

/// A report for each parameter, then for the input.
fn reports(network: &Network) -> IndexMap<String, ArrayReport> {
    let [input, _] = data(network);
    let slots = parameters(network).into_iter().chain([input]);
    let report = |slot: &Slot| ArrayReport { size: slot.size().unwrap_or_default(), ..ArrayReport::default() };
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
        let target = &network.target.name;
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

/// Adds what one form's gradients differ by.
fn compare(found: &mut Verification, derivation: &Derivation, point: &Point) -> Result<(), PipelineError> {
    let Derived::Gradient(gradient) = &derivation.derived else { return Ok(()) };
    let forward = &derivation.forward;
    let dims = found.dims.clone();
    let pass = Pass::new(forward, &dims, point.arrays.clone())?;
    let variables: Vec<_> = forward.parameters.iter().copied().chain([forward.input]).collect();
    let mut note = |gradients: Gradients, error_of: fn(&mut ArrayReport) -> &mut f64| {
        for (variable, value) in gradients {
            let name = forward.arena.symbol(variable).key();
            let expected = &point.concrete.gradients[&name];
            let error = error_of(found.arrays.entry(name).or_default());
            *error = larger(*error, distance(&value, expected));
        }
    };
    match gradient.form {
        Form::Layered => note(pass.whole(gradient, &variables)?, |report| &mut report.layered),
        Form::PerSample => note(pass.by_sample(gradient, &variables)?, |report| &mut report.per_sample),
        Form::Product => {
            note(pass.by_sample(gradient, &variables)?, |report| &mut report.product);
            note(pass.mean_gates(gradient, &variables)?, |report| &mut report.mean_gates);
        }
        Form::Chain | Form::Intuitive => {}
    }
    if gradient.form == Form::Layered {
        let loss = pass.scalar(derivation.loss)?;
        found.loss_error =
            larger(found.loss_error, (loss - found.loss).abs() / found.loss.abs().max(f64::MIN_POSITIVE));
        for name in &point.wanted {
            let zero = point.concrete.gradients.get(name).is_some_and(vanishes);
            found.arrays.entry(name.clone()).or_default().zeros += usize::from(zero);
        }
    }
    Ok(())
}

/// max|a − b| / max|b|; 0 where both are zero in all entries, which is counted elsewhere. What is below the smallest
/// normal number has few digits: a difference of that size is within the tolerance.
fn distance(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    let largest = largest(b);
    let difference = a.iter().zip(b).fold(0.0, |worst, (a, b)| larger(worst, (a - b).abs()));
    if difference == 0.0 { 0.0 } else { difference / largest.max(f64::MIN_POSITIVE / TOLERANCE) }
}

/// Whether all entries are zero, or so small that they have lost digits.
fn vanishes(gradient: &Array2<f64>) -> bool {
    largest(gradient) < f64::MIN_POSITIVE
}

fn largest(array: &Array2<f64>) -> f64 {
    array.iter().fold(0.0, |largest, x| larger(largest, x.abs()))
}

/// Whether every row of Y sums to 1.
#[must_use]
pub fn are_distributions(network: &Network, arrays: &Arrays) -> bool {
    let rows = arrays.get(&*network.target.name);
    rows.is_some_and(|y| y.rows().into_iter().all(|row| (row.sum() - 1.0).abs() <= DISTRIBUTION))
}
