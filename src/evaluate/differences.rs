//! A concrete gradient → how far it is from central differences of the loss.

use std::{collections::HashMap, ops::Range};

use ndarray::{Array2, Zip};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{
    arrays::{Arrays, Role, Slot, parameters, slots, symbol},
    backprop::{self, Forward},
    rounding::{CAUTION, Jitter},
};
use crate::network::graph::{Layer, Network, Operation};

mod segments;

pub use self::segments::segments;

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
/// The least of them.
const SMALLEST: f64 = 1e-7;
/// Smaller ones, for values that change so fast that the differences of all [`STEPS`] are truncated.
const FINE: [f64; 5] = [1e-8, 1e-9, 1e-10, 1e-11, 1e-12];
/// How often all arrays are moved by an ulp, where differences do not agree.
const DRAWS: u64 = 8;
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
    /// Whether at some step the error is within the tolerance, or within what the rounding of J explains there; or at the
    /// last one within the truncation.
    pub explained: bool,
}

/// Whether differences confirm a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The error is at most [`TOLERANCE`].
    Agrees,
    /// The error is no larger than the rounding of J explains, since the gradient is small beside J, or than the truncation,
    /// since J bends within the smallest step.
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

/// How a network is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Method {
    /// The random directions that each array is moved along; none where every entry is moved alone.
    pub directions: Option<usize>,
    /// The layers of the longest segment; none where there is but one, and J is followed all the way.
    pub segment: Option<usize>,
}

impl Method {
    /// By elements or directions as the number of entries is, in segments if the network is deep.
    #[must_use]
    pub fn of(network: &Network) -> Self {
        let slots: Vec<Slot> = slots(network).into_iter().filter(|slot| slot.role != Role::Target).collect();
        let segments = segments(network);
        let entries: usize = slots.iter().filter_map(Slot::size).map(|(rows, columns)| rows * columns).sum();
        // Every direction costs passes of a whole segment, and deep networks have many arrays.
        let directions = (DEEP / slots.len().max(1)).clamp(1, DIRECTIONS);
        Self {
            directions: (entries > ELEMENTS).then_some(directions),
            segment: segments.iter().map(Range::len).max().filter(|_| segments.len() > 1),
        }
    }
}

/// Compares the gradients by X and by every parameter of all segments: see [`Differences::segment`].
///
/// # Panics
/// If `arrays` or `gradients` lack an array of the network, or one has not the network's shape.
pub fn compare(network: &Network, arrays: &Arrays, gradients: &Arrays, rng: &mut ChaCha8Rng) -> Vec<Comparison> {
    let forward = backprop::forward(network, arrays);
    let mut differences = Differences::new(network, arrays, &forward, gradients);
    segments(network).into_iter().flat_map(|layers| differences.segment(layers, rng)).collect()
}

/// A point and the gradients there that are tested.
pub struct Differences<'a> {
    network: &'a Network,
    method: Method,
    arrays: &'a Arrays,
    forward: &'a Forward,
    gradients: &'a Arrays,
    /// A copy of the arrays, in which one is moved.
    point: Arrays,
}

impl<'a> Differences<'a> {
    /// The `gradients` by all arrays and by every A, at the point of which `forward` is the forward pass.
    #[must_use]
    pub fn new(network: &'a Network, arrays: &'a Arrays, forward: &'a Forward, gradients: &'a Arrays) -> Self {
        Self { network, method: Method::of(network), arrays, forward, gradients, point: arrays.clone() }
    }

    /// Compares the gradients by the parameters of some `layers`, and by X or the A before them, with
    /// (8(F₁ − F₋₁) − (F₂ − F₋₂))/12h, Fₖ the value at k steps h along an entry or a random direction. The truncation is
    /// of order h⁴.
    ///
    /// F is J where the layers end with the last one. Else it is Σ G ⊙ A with the A that they end with and G = ∂J/∂A,
    /// which the next segment compares: where all segments agree, the gradients are those of J, by induction from the last.
    ///
    /// # Panics
    /// As [`compare`].
    pub fn segment(&mut self, layers: Range<usize>, rng: &mut ChaCha8Rng) -> Vec<Comparison> {
        let Self { network, arrays, forward, gradients, .. } = *self;
        let activation = |index: usize| (symbol("A", &network.layers[index].label), &forward.activations[index]);
        let x = || (network.input().name.to_string(), &arrays[&*network.input().name]);
        let (name, input) = layers.start.checked_sub(1).map_or_else(x, activation);
        self.point.insert(name.clone(), input.clone());
        let tested = moved(network, &name, layers.clone());
        let (output, a) = activation(layers.end - 1);
        let weights = (layers.end < network.layers.len()).then(|| &gradients[&output]);
        let size =
            weights.map_or_else(|| backprop::loss_size(network, arrays, forward), |g| (g * a).mapv(f64::abs).sum());
        let is_whole = layers == (0..network.layers.len()) && !network.is_chain();
        let mut probe = Probe {
            network,
            forward,
            input: (&name, input),
            arrays,
            layers,
            is_whole,
            weights,
            size,
            moves: None,
            point: &mut self.point,
        };
        let method = self.method;
        let compare = |moved: Moved| {
            let gradient = &gradients[&moved.name];
            let (error, explained) = match method.directions {
                None => probe.by_elements(&moved, gradient),
                Some(directions) => probe.by_directions(&moved, gradient, directions, rng),
            };
            Comparison { name: moved.name, error, explained }
        };
        tested.into_iter().map(compare).collect()
    }
}

/// An array that is moved.
struct Moved {
    name: String,
    /// The first layer that it enters.
    layer: usize,
}

/// What a segment moves: its input, then the parameters of its layers, each from the first layer that has it. A network that
/// is no chain moves its further inputs too.
fn moved(network: &Network, input: &str, layers: Range<usize>) -> Vec<Moved> {
    let mut moved = vec![Moved { name: input.to_string(), layer: layers.start }];
    moved.extend(network.inputs[1..].iter().map(|input| Moved { name: input.name.to_string(), layer: 0 }));
    let mut first: HashMap<String, usize> = HashMap::new();
    let all: Vec<Slot> = parameters(network);
    for (index, layer) in network.layers.iter().enumerate() {
        for name in names(layer) {
            first.entry(name).or_insert(index);
        }
    }
    let inside = |slot: Slot| {
        let layer = *first.get(&slot.name)?;
        layers.contains(&layer).then_some(Moved { name: slot.name, layer })
    };
    moved.extend(all.into_iter().filter_map(inside));
    moved
}

/// The parameters that a layer uses; those of another layer too, where they are shared or tied.
fn names(layer: &Layer) -> impl Iterator<Item = String> {
    let weights = layer.sources.iter().filter(|_| matches!(layer.operation, Operation::Dense | Operation::Tied));
    let weights = weights.map(|source| symbol("W", &source.weight));
    let gain = layer.has_gain().then(|| symbol("s", &layer.owner));
    let bias = layer.has_bias().then(|| symbol("b", &layer.owner));
    let slope = layer.has_slope().then(|| symbol("alpha", &layer.owner));
    weights.chain(gain).chain(bias).chain(slope)
}

/// The value of a segment around a point.
struct Probe<'a> {
    network: &'a Network,
    forward: &'a Forward,
    /// The name and value of X, or of the A before the segment.
    input: (&'a str, &'a Array2<f64>),
    /// The point.
    arrays: &'a Arrays,
    /// A copy of it and of the input that is moved.
    point: &'a mut Arrays,
    layers: Range<usize>,
    /// Whether the segment is all of a network that is no chain.
    is_whole: bool,
    /// G; none where the value is J.
    weights: Option<&'a Array2<f64>>,
    /// What the value's rounding is relative to: the sum of the sizes of its terms.
    size: f64,
    /// How far the value moves when all arrays move by an ulp; none as long as nobody asked.
    moves: Option<f64>,
}

impl Probe<'_> {
    /// The largest error over all entries, and whether each is explained.
    fn by_elements(&mut self, moved: &Moved, gradient: &Array2<f64>) -> (f64, bool) {
        let largest = gradient.fold(0.0_f64, |largest, g| largest.max(g.abs()));
        let mut direction = Array2::zeros(gradient.dim());
        let (mut worst, mut explained) = (0.0_f64, true);
        for (index, g) in gradient.indexed_iter() {
            let unit = self.start(moved)[index].abs().max(1.0);
            direction[index] = unit;
            let (error, within) = self.error(moved, &direction, g * unit, largest * unit);
            worst = worst.max(error);
            explained &= within;
            direction[index] = 0.0;
        }
        (worst, explained)
    }

    /// The largest error over some directions of entries ± max(1, |x|), and whether each is explained.
    fn by_directions(
        &mut self,
        moved: &Moved,
        gradient: &Array2<f64>,
        directions: usize,
        rng: &mut ChaCha8Rng,
    ) -> (f64, bool) {
        let units = self.start(moved).mapv(|x| x.abs().max(1.0));
        let norm = norm(&(gradient * &units));
        let (mut worst, mut explained) = (0.0_f64, true);
        for _ in 0..directions {
            let direction = units.mapv(|unit| if rng.random() { unit } else { -unit });
            let (error, within) = self.error(moved, &direction, (gradient * &direction).sum(), norm);
            worst = worst.max(error);
            explained &= within;
        }
        (worst, explained)
    }

    /// |slope − difference|/scale at the step where it is least, and whether some step explains its error.
    ///
    /// Finer steps are tried as long as the differences of order h² and h⁴ disagree by more than the rounding of J, which is
    /// to say that they are truncated.
    fn error(&mut self, moved: &Moved, direction: &Array2<f64>, slope: f64, scale: f64) -> (f64, bool) {
        let (mut best, mut explained, mut truncated) = (f64::INFINITY, false, false);
        let (noise, mut errors) = (self.noise(), Vec::with_capacity(STEPS.len()));
        for step in STEPS.into_iter().chain(FINE) {
            if step < SMALLEST && (explained || !truncated) {
                break;
            }
            let (difference, truncation) = self.difference(moved, direction, step);
            let difference = (slope - difference).abs();
            let error = if difference == 0.0 { 0.0 } else { difference / scale };
            best = best.min(error);
            errors.push((step, error));
            explained |= error <= TOLERANCE.max(noise / (step * scale));
            truncated = if step > SMALLEST { truncated } else { truncation > noise / step };
            if best <= TOLERANCE / 100.0 {
                break;
            }
        }
        explained |= truncated;
        let start = self.start(moved).clone();
        self.point[&moved.name].assign(&start);
        if !explained && best > TOLERANCE {
            let noise = self.moves();
            explained = errors.into_iter().any(|(step, error)| error <= noise / (step * scale));
        }
        (best, explained)
    }

    /// How far rounding may take the value where it depends on the arrays so much that an ulp of these is more than its own
    /// rounding, as behind exp or sin of large numbers.
    fn moves(&mut self) -> f64 {
        if let Some(moves) = self.moves {
            return moves;
        }
        let first = if self.is_whole { 0 } else { self.layers.start };
        let before: Vec<Array2<f64>> = self.point.values().cloned().collect();
        let (at, mut moves) = (self.value(first), 0.0_f64);
        for draw in 0..DRAWS {
            let jitter = Jitter::new(draw);
            for (array, start) in self.point.values_mut().zip(&before) {
                array.assign(&jitter.array(start));
            }
            moves = moves.max(CAUTION * (self.value(first) - at).abs());
        }
        for (array, start) in self.point.values_mut().zip(&before) {
            array.assign(start);
        }
        self.moves = Some(moves);
        moves
    }

    /// The difference of order h⁴, and how far that of order h² is from it.
    fn difference(&mut self, moved: &Moved, direction: &Array2<f64>, step: f64) -> (f64, f64) {
        let mut value = |steps: f64| {
            let there = Zip::from(self.start(moved)).and(direction).map_collect(|x, d| x + steps * step * d);
            self.point[&moved.name].assign(&there);
            self.value(moved.layer)
        };
        let (one, two) = (value(1.0) - value(-1.0), value(2.0) - value(-2.0));
        let fourth = (8.0 * one - two) / (12.0 * step);
        (fourth, (one / (2.0 * step) - fourth).abs())
    }

    /// J, or Σ G ⊙ A, of the moved point: what is below `layer` did not move.
    fn value(&self, layer: usize) -> f64 {
        if self.is_whole {
            let done = Forward {
                pre_activations: self.forward.pre_activations[..layer].to_vec(),
                activations: self.forward.activations[..layer].to_vec(),
                loss: 0.0,
            };
            return backprop::forward_from(self.network, self.point, done).loss;
        }
        let before = |value: usize| match value.checked_sub(1) {
            Some(known) if value > self.layers.start => &self.forward.activations[known],
            Some(_) | None => &self.point[self.input.0],
        };
        let [z, a] = backprop::through(&self.network.layers, layer..self.layers.end, self.point, before);
        match self.weights {
            Some(weights) => (weights * &a).sum(),
            None => backprop::loss(self.network, self.point, &z, &a),
        }
    }

    /// The array at the point.
    fn start(&self, moved: &Moved) -> &Array2<f64> {
        if moved.name == self.input.0 { self.input.1 } else { &self.arrays[&moved.name] }
    }

    /// How much of the value may be rounding: that of each layer adds up. Near the smallest numbers it is absolute.
    #[allow(clippy::cast_precision_loss, reason = "a network has at most 10,000 layers")]
    fn noise(&self) -> f64 {
        ROUNDING * self.layers.len() as f64 * (self.size + f64::MIN_POSITIVE / f64::EPSILON)
    }
}

/// √(Σ x²), without squares that underflow.
fn norm(array: &Array2<f64>) -> f64 {
    let largest = array.fold(0.0_f64, |largest, x| largest.max(x.abs()));
    let sum = array.fold(0.0, |sum, x| sum + (x / largest) * (x / largest));
    if largest == 0.0 { 0.0 } else { largest * sum.sqrt() }
}
