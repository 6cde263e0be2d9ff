//! One form of the gradients at one point → how far it is from the concrete backprop, and whether rounding explains that.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::{Array2, Zip};

use super::{
    super::{
        PipelineError,
        verification::{TOLERANCE, Verification, larger},
    },
    Point,
};
use crate::{
    evaluate::{
        arrays::Arrays,
        backprop::{self, Concrete},
        eval::EvaluationError,
        gradients::Pass,
        rounding,
    },
    gradient::{Derivation, Derived, Form},
    network::graph::Network,
};

/// Rounding of more than this part of the largest entry leaves too few digits to compare.
const RESOLVED: f64 = 1e-6;

/// One form at one point.
pub(super) struct At<'a> {
    pub network: &'a Network,
    pub derivation: &'a Derivation,
    pub point: &'a Point,
}

impl At<'_> {
    /// Adds what the form's gradients differ by; `lost` gets the names of those of which rounding leaves nothing.
    pub fn compare(&self, found: &mut Verification, lost: &mut BTreeSet<String>) -> Result<(), PipelineError> {
        let Derived::Gradient(gradient) = &self.derivation.derived else { return Ok(()) };
        let (dims, forward) = (found.dims.clone(), &self.derivation.forward);
        let variables: Vec<_> = forward.parameters.iter().chain(&forward.inputs).copied().collect();
        let names: Vec<String> = variables.iter().map(|variable| forward.arena.symbol(*variable).key()).collect();
        let judged = |pass: &Pass| {
            let values = match gradient.form {
                Form::Layered => pass.whole(gradient, &variables),
                Form::Chain | Form::Intuitive | Form::PerSample | Form::Product => pass.by_sample(gradient, &variables),
            }?;
            Ok(values.into_values().collect())
        };
        let expected = |concrete: &Concrete| names.iter().map(|name| concrete.gradients[name].clone()).collect();
        let pass = Pass::new(forward, &dims, self.point.arrays.clone())?;
        for (name, compared) in names.iter().zip(self.compared(&pass, &dims, judged, expected)?) {
            let report = found.arrays.entry(name.clone()).or_default();
            if compared.verdict == Match::Lost {
                lost.insert(name.clone());
                continue;
            }
            report.differs |= compared.verdict == Match::Differs;
            report.not_finite |= compared.verdict == Match::NotFinite;
            let error = match gradient.form {
                Form::PerSample => report.per_sample.get_or_insert(0.0),
                Form::Product => report.product.get_or_insert(0.0),
                Form::Chain | Form::Intuitive | Form::Layered => &mut report.layered,
            };
            *error = larger(*error, compared.error);
        }
        if gradient.form == Form::Product {
            for (name, value) in names.iter().zip(pass.mean_gates(gradient, &variables)?.values()) {
                let error = found.arrays.entry(name.clone()).or_default().mean_gates.get_or_insert(0.0);
                *error = larger(*error, distance(value, &self.point.concrete.gradients[name]));
            }
        }
        if gradient.form == Form::Layered {
            let scalar = |value| Array2::from_elem((1, 1), value);
            let derived = |pass: &Pass| Ok(vec![scalar(pass.scalar(self.derivation.loss)?)]);
            for compared in self.compared(&pass, &dims, derived, |concrete| vec![scalar(concrete.loss)])? {
                if compared.verdict == Match::Lost {
                    found.loss_lost = true;
                    continue;
                }
                found.loss_error = larger(found.loss_error, compared.error);
                found.loss_differs |= compared.verdict == Match::Differs;
            }
        }
        Ok(())
    }

    /// Each of the derived values beside the concrete one. What rounding explains is looked into only where it is needed.
    fn compared(
        &self,
        pass: &Pass,
        dims: &BTreeMap<String, u64>,
        derived: impl Fn(&Pass) -> Result<Vec<Array2<f64>>, EvaluationError>,
        concrete: impl Fn(&Concrete) -> Vec<Array2<f64>>,
    ) -> Result<Vec<Compared>, PipelineError> {
        let (values, expected) = (derived(pass)?, concrete(&self.point.concrete));
        let errors: Vec<f64> =
            values.iter().zip(&expected).map(|(value, expected)| distance(value, expected)).collect();
        if errors.iter().all(|error| *error <= TOLERANCE) {
            return Ok(errors.into_iter().map(|error| Compared { error, verdict: Match::Equal }).collect());
        }
        let arrays = &self.point.arrays;
        let of_formulas = rounding::reach(&values, |jitter| {
            derived(&Pass::jittered(&self.derivation.forward, dims, arrays.clone(), jitter)?)
        })?;
        let of_oracle = reach_of_backprop(self.network, arrays, &expected, concrete)?;
        let reach = of_formulas.iter().zip(&of_oracle).map(|(formula, oracle)| formula + oracle);
        let all = values.iter().zip(&expected).zip(reach).zip(errors);
        Ok(all.map(|(((value, expected), reach), error)| Compared::new(value, expected, &reach, error)).collect())
    }
}

/// How far rounding may take `values` of the concrete backprop, which `concrete` picks.
fn reach_of_backprop(
    network: &Network,
    arrays: &Arrays,
    values: &[Array2<f64>],
    concrete: impl Fn(&Concrete) -> Vec<Array2<f64>>,
) -> Result<Vec<Array2<f64>>, EvaluationError> {
    rounding::reach(values, |jitter| {
        let arrays = arrays.iter().map(|(name, array)| (name.clone(), jitter.array(array))).collect();
        Ok(concrete(&backprop::gradients(network, &arrays)))
    })
}

/// Those of the concrete gradients of which rounding leaves nothing, as where Ŷ is Y up to rounding.
pub(super) fn lost_in_backprop(
    network: &Network,
    point: &Point,
    names: &[&str],
) -> Result<Vec<String>, EvaluationError> {
    let picked =
        |concrete: &Concrete| -> Vec<_> { names.iter().map(|name| concrete.gradients[*name].clone()).collect() };
    let values = picked(&point.concrete);
    let reach = reach_of_backprop(network, &point.arrays, &values, picked)?;
    let is_rounding = |(value, reach): (&Array2<f64>, &Array2<f64>)| largest(reach) > largest(value);
    let names = names.iter().zip(values.iter().zip(&reach)).filter(|(_, pair)| is_rounding(*pair));
    Ok(names.map(|(name, _)| (*name).to_owned()).collect())
}

/// Whether rounding leaves too few digits of an array.
fn is_lost(reach: &Array2<f64>, largest: f64) -> bool {
    reach.iter().any(|reach| *reach > RESOLVED * largest)
}

/// A derived array beside the concrete one.
struct Compared {
    /// The [`distance`].
    error: f64,
    verdict: Match,
}

/// How a derived array matches the concrete one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Match {
    /// Up to [`TOLERANCE`] of the largest entry, or to the rounding of each entry.
    Equal,
    /// Rounding is about as large as all entries: the array is 0 up to rounding, or has lost its digits.
    Lost,
    /// An entry of the formula alone is not a finite number.
    NotFinite,
    /// Rounding does not explain the difference.
    Differs,
}

impl Compared {
    /// `reach` is how far rounding may take each entry.
    fn new(value: &Array2<f64>, expected: &Array2<f64>, reach: &Array2<f64>, error: f64) -> Self {
        let largest = largest(expected);
        let explained = Zip::from(value).and(expected).and(reach);
        let explained = explained.all(|a, b, reach| (a - b).abs() <= reach.max(TOLERANCE * largest));
        let verdict = if error <= TOLERANCE {
            Match::Equal
        } else if value.iter().any(|entry| !entry.is_finite()) {
            Match::NotFinite
        } else if !explained {
            Match::Differs
        } else if is_lost(reach, largest) {
            Match::Lost
        } else {
            Match::Equal
        };
        Self { error, verdict }
    }
}

/// max|a − b| / max|b|; 0 where both are zero in all entries, which is counted elsewhere. What is below the smallest
/// normal number has few digits: a difference of that size is within the tolerance.
fn distance(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    let largest = largest(b);
    let difference = a.iter().zip(b).fold(0.0, |worst, (a, b)| larger(worst, (a - b).abs()));
    if difference == 0.0 { 0.0 } else { difference / largest.max(f64::MIN_POSITIVE / TOLERANCE) }
}

/// Whether all entries are zero, or so small that they have lost digits.
pub(super) fn vanishes(gradient: &Array2<f64>) -> bool {
    largest(gradient) < f64::MIN_POSITIVE
}

fn largest(array: &Array2<f64>) -> f64 {
    array.iter().fold(0.0, |largest, x| larger(largest, x.abs()))
}
