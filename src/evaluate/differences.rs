//! A concrete gradient → how far it is from central differences of the loss.

use ndarray::{Array2, Zip};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{
    arrays::{Arrays, Role, Slot, slots},
    backprop,
};
use crate::network::graph::Network;

/// A difference agrees if its relative error is at most this.
pub const TOLERANCE: f64 = 1e-6;

/// Up to this number of entries in X and the parameters every one is tested, beyond it random directions.
const ELEMENTS: usize = 2000;
/// Random directions an array.
const DIRECTIONS: usize = 4;
/// Arrays times directions, at most, as long as each array has one.
const DEEP: usize = 256;
/// Steps relative to max(1, |x|), the likeliest first. Small ones stay clear of kinks, large ones of rounding.
const STEPS: [f64; 6] = [1e-4, 1e-5, 1e-6, 1e-7, 1e-3, 1e-2];
/// A rough bound for the relative rounding error of J.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

/// What the differences say about one array's gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The array.
    pub name: String,
    /// The largest |g − difference| relative to the array's largest |g|; of a direction, relative to the norm of the
    /// terms that make up its slope. Of several steps the best counts.
    pub error: f64,
    /// Whether at some step the error is within the tolerance, or within what the rounding of J explains there.
    pub explained: bool,
}

/// Whether differences confirm a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The error is at most [`TOLERANCE`].
    Agrees,
    /// The error is no larger than the rounding of J explains: the gradient is too small beside J.
    Unresolved,
    /// The gradient is wrong, or the point is too near a kink.
    Differs,
}

impl Comparison {
    /// The verdict at [`TOLERANCE`].
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.error <= TOLERANCE {
            Verdict::Agrees
        } else if self.explained {
            Verdict::Unresolved
        } else {
            Verdict::Differs
        }
    }
}

/// Compares the gradients by X and by every parameter with (8(J₁ − J₋₁) − (J₂ − J₋₂))/12h, Jₖ the loss at k steps h
/// along an entry or a random direction. The truncation is of order h⁴.
///
/// # Panics
/// If `arrays` or `gradients` lack an array of the network, or one has not the network's shape.
pub fn compare(network: &Network, arrays: &Arrays, gradients: &Arrays, rng: &mut ChaCha8Rng) -> Vec<Comparison> {
    let slots: Vec<Slot> = slots(network).into_iter().filter(|slot| slot.role != Role::Target).collect();
    let entries: usize = slots.iter().map(|slot| arrays[&slot.name].len()).sum();
    let loss = backprop::forward(network, arrays).loss;
    let mut probe = Probe { network, arrays, point: arrays.clone(), loss };
    let compare = |Slot { name, .. }| {
        let gradient = &gradients[&name];
        let (error, explained) = if entries <= ELEMENTS {
            probe.by_elements(&name, gradient)
        } else {
            probe.by_directions(&name, gradient, rng)
        };
        Comparison { name, error, explained }
    };
    slots.into_iter().map(compare).collect()
}

/// The loss around a point.
struct Probe<'a> {
    network: &'a Network,
    /// The point.
    arrays: &'a Arrays,
    /// A copy that is moved.
    point: Arrays,
    /// J at the point.
    loss: f64,
}

impl Probe<'_> {
    /// The largest error over all entries, and whether each is explained.
    fn by_elements(&mut self, name: &str, gradient: &Array2<f64>) -> (f64, bool) {
        let largest = gradient.fold(0.0_f64, |largest, g| largest.max(g.abs()));
        let mut direction = Array2::zeros(gradient.dim());
        let (mut worst, mut explained) = (0.0_f64, true);
        for (index, g) in gradient.indexed_iter() {
            let unit = self.arrays[name][index].abs().max(1.0);
            direction[index] = unit;
            let (error, within) = self.error(name, &direction, g * unit, largest * unit);
            worst = worst.max(error);
            explained &= within;
            direction[index] = 0.0;
        }
        (worst, explained)
    }

    /// The largest error over some directions of entries ± max(1, |x|), and whether each is explained.
    fn by_directions(&mut self, name: &str, gradient: &Array2<f64>, rng: &mut ChaCha8Rng) -> (f64, bool) {
        let units = self.arrays[name].mapv(|x| x.abs().max(1.0));
        let norm = (gradient * &units).mapv(|term| term * term).sum().sqrt();
        // Every direction costs passes of the whole network, and deep networks have many arrays.
        let directions = (DEEP / self.arrays.len().max(1)).clamp(1, DIRECTIONS);
        let (mut worst, mut explained) = (0.0_f64, true);
        for _ in 0..directions {
            let direction = units.mapv(|unit| if rng.random() { unit } else { -unit });
            let (error, within) = self.error(name, &direction, (gradient * &direction).sum(), norm);
            worst = worst.max(error);
            explained &= within;
        }
        (worst, explained)
    }

    /// |slope − difference|/scale at the step where it is least, and whether some step explains its error.
    fn error(&mut self, name: &str, direction: &Array2<f64>, slope: f64, scale: f64) -> (f64, bool) {
        let (mut best, mut explained) = (f64::INFINITY, false);
        for step in STEPS {
            let difference = (slope - self.difference(name, direction, step)).abs();
            let error = if difference == 0.0 { 0.0 } else { difference / scale };
            best = best.min(error);
            explained |= error <= TOLERANCE.max(self.noise() / (step * scale));
            if best <= TOLERANCE / 100.0 {
                break;
            }
        }
        self.point[name].assign(&self.arrays[name]);
        (best, explained)
    }

    fn difference(&mut self, name: &str, direction: &Array2<f64>, step: f64) -> f64 {
        let mut loss = |steps: f64| {
            let moved = Zip::from(&self.arrays[name]).and(direction).map_collect(|x, d| x + steps * step * d);
            self.point[name].assign(&moved);
            backprop::forward(self.network, &self.point).loss
        };
        (8.0 * (loss(1.0) - loss(-1.0)) - (loss(2.0) - loss(-2.0))) / (12.0 * step)
    }

    /// How much of J may be rounding: that of each layer adds up.
    #[allow(clippy::cast_precision_loss, reason = "a network has at most 10,000 layers")]
    fn noise(&self) -> f64 {
        ROUNDING * self.network.layers.len() as f64 * self.loss.abs()
    }
}
