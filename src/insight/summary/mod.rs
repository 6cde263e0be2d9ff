//! Flow and gates at a point → a verdict on each of four things that decide how fast a network trains.

mod judge;

use serde::Serialize;

use self::judge::{cause, input_size, of_units, updates};
use super::{
    Magnitude, Subject,
    flow::{Flow, Thresholds, layers::Stop},
    inactive::{Inactive, Limits},
    size::float,
    undefined::{Undefined, undefined},
};
use crate::{catalog::Activation, evaluate::Initialisation};

pub use self::judge::{UNUSUAL, balanced, gradient, signal, weight_size};

/// From so many layers on a factor a layer is judged by itself.
pub const LAYERS: usize = 10;

/// The factor a layer that comes to `limit` in so many layers: 0.501 for 0.001.
pub fn a_layer(limit: Magnitude) -> Magnitude {
    limit.power(1.0 / float(LAYERS))
}

/// Weights whose layer multiplies by more than this times what independent ones of their size would are alike: they add up.
pub const ADDED_UP: f64 = 1.5;

/// The change of W by one step, relative to W, that is usual.
pub const STEP: f64 = 1e-3;

/// Where updates and units are no longer fine.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Bounds {
    /// ‖∂J/∂W‖/‖W‖: below the first updates are weak, above the second growing.
    pub updates: [f64; 2],
    /// Shares of a layer's units: with more than the first dead or saturated it is weak, with more than the second dead it is dead.
    pub units: [f64; 2],
}

impl Default for Bounds {
    /// From 1e-4 to 10 usual learning rates make a [`STEP`]; half the units, nine tenths.
    fn default() -> Self {
        Self { updates: [1e-4, 10.0], units: [0.5, 0.9] }
    }
}

/// What is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// rms(Δ_l)/rms(Δ_L)
    Gradient,
    /// rms(A_l)
    Signal,
    /// ‖∂J/∂W_l‖/‖W_l‖
    Updates,
    /// Dead and saturated units.
    Units,
}

/// What is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing to do.
    Fine,
    /// Small, or some units are lost.
    Weak,
    /// Large.
    Growing,
    /// Too small.
    Vanishing,
    /// Too large.
    Exploding,
    /// Most units of a layer are lost.
    Dead,
    /// There is no figure.
    Unknown,
}

impl Verdict {
    /// How bad it is: 0, 1 or 2.
    pub fn severity(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Weak | Self::Growing => 1,
            Self::Vanishing | Self::Exploding | Self::Dead | Self::Unknown => 2,
        }
    }
}

/// A layer and its figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct At {
    /// The layer's number or name.
    pub layer: String,
    /// The figure.
    #[serde(rename = "log10_value")]
    pub value: Magnitude,
}

/// The verdict on one aspect, and the figures behind it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// What is judged.
    pub aspect: Aspect,
    /// What is said of it.
    pub verdict: Verdict,
    /// At how many draws of W it is said, of all that were tried; none where nothing is drawn.
    pub draws: Option<[usize; 2]>,
    /// What is said at most of the other draws, and at how many.
    pub elsewhere: Option<(Verdict, usize)>,
    /// The least and the greatest figure; of units the share of dead and of saturated ones where most are.
    pub ends: Option<[At; 2]>,
    /// By what a layer multiplies the figure, in the geometric mean.
    #[serde(rename = "log10_a_layer")]
    pub each: Option<Magnitude>,
    /// Below the first and above the second this is said; of what is fine, where it would vanish and explode.
    #[serde(rename = "log10_limits")]
    pub limits: Option<[Magnitude; 2]>,
    /// The first layer, on the way of the figure, at which this is said; none where only the factor a layer says so.
    pub begins: Option<String>,
    /// The layer whose gradient is Δ_L, where it is not the last.
    pub beside: Option<String>,
    /// How many layers every path to the loss passes, where not all are such: from one of them to the next is a step.
    #[serde(rename = "layers_on_every_path")]
    pub way: Option<usize>,
}

/// What the layers of a chain multiply by, in the geometric mean over all but the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Cause {
    /// √(f_{l−1} · mean of W_l²): what independent weights of mean 0 make of the rms of A_{l−1}.
    #[serde(rename = "log10_weights_forward")]
    pub forward: Option<Magnitude>,
    /// √(f_l · mean of W_l²): what they make of the rms of Δ_l.
    #[serde(rename = "log10_weights_backward")]
    pub backward: Option<Magnitude>,
    /// The rms of σ'(Z_{l−1}).
    #[serde(rename = "log10_slopes")]
    pub slopes: Option<Magnitude>,
    /// Whether a layer multiplies the gradient by clearly more than weights and slopes do that are independent.
    pub adds_up: bool,
    /// rms(X)
    #[serde(rename = "log10_rms_input")]
    pub input: Option<Magnitude>,
}

/// The four verdicts at a point.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Judged {
    /// One an aspect, in their order.
    pub findings: [Finding; 4],
    /// Why.
    pub cause: Cause,
    /// Dead units, saturated ones, and all of the layers that can have such units.
    pub units: [usize; 3],
    /// The first value that is too large to compute with: its layer.
    pub overflow: Option<String>,
    /// Why Δ_L is 0, where it is.
    pub stop: Option<Stop>,
    /// The layers of which ∂J/∂W cancels over the samples, as at an optimum: their updates are not judged.
    pub settled: Vec<String>,
    /// Why J has no value, where it has none: gradient and updates are then not judged.
    #[serde(skip)]
    pub undefined: Option<Undefined>,
}

/// A change of the network, or of how it begins.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Change {
    /// The activation of all hidden layers that are not linear, if it is another.
    #[serde(serialize_with = "written")]
    pub activation: Option<Activation>,
    /// How W begins.
    #[serde(serialize_with = "written")]
    pub initialisation: Option<Initialisation>,
    /// Whether each column of X is brought to mean 0 and standard deviation 1.
    pub standardised: bool,
}

/// As users type it.
#[allow(clippy::ref_option, reason = "serde passes a reference")]
fn written<T: ToString, S: serde::Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
    value.as_ref().map(ToString::to_string).serialize(to)
}

/// A change, and what is said with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tried {
    /// The change.
    pub change: Change,
    /// The verdicts.
    pub judged: Judged,
}

/// The verdicts, and what would change them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Summary {
    /// When the gradient and the signal vanish or explode.
    pub thresholds: Thresholds,
    /// When updates and units are not fine.
    pub bounds: Bounds,
    /// When a unit is dead or saturated.
    #[serde(skip)]
    pub limits: Limits,
    /// At the point.
    #[serde(flatten)]
    pub judged: Judged,
    /// What was tried, where something is not fine.
    pub tried: Vec<Tried>,
}

impl Tried {
    /// Whether it was tried at one draw of W only.
    pub fn is_once(&self) -> bool {
        self.judged.findings.iter().all(|finding| finding.draws.is_none())
    }
}

impl Summary {
    /// The changes that are better for `aspect` and better on the whole: the best of each kind. Nothing gets as bad as can be
    /// by them, and of several kinds those that make it fine are enough.
    pub fn advice(&self, aspect: Aspect) -> Vec<&Tried> {
        let severities = |judged: &Judged| judged.findings.each_ref().map(|finding| finding.verdict.severity());
        // Advice is one for all aspects where it can be: what is best on the whole, and keeps the gradient best.
        let measure = if aspect == Aspect::Units { Aspect::Units } else { Aspect::Gradient };
        // Next to the verdicts themselves come the units that are lost by it, by tenths.
        let lost = |judged: &Judged| (10.0 * judged.lost_units()).floor();
        let score = |tried: &Tried| {
            let of = &tried.judged;
            let verdicts = (severities(of).iter().sum::<u8>(), of.of(aspect).verdict.severity());
            (verdicts, lost(of), of.of(measure).distance())
        };
        let (now, far) = (self.judged.of(aspect).verdict.severity(), self.judged.of(aspect).distance());
        let is_better = |tried: &&Tried| {
            let then = tried.judged.of(aspect);
            let (all_then, all_now) = (severities(&tried.judged), severities(&self.judged));
            let breaks = all_then.into_iter().zip(all_now).any(|(then, now)| then > now && then == 2);
            let worse = breaks || all_then.iter().sum::<u8>() > all_now.iter().sum::<u8>();
            let less = then.verdict.severity() == now && now > 0 && then.distance() < far / 2.0;
            // Of other draws of W the most have to say so too, where they were tried.
            let is_usual = then.draws.is_none_or(|[held, all]| held * 2 > all);
            !worse && is_usual && (then.verdict.severity() < now || less)
        };
        let best = |is_kind: fn(&Change) -> bool| {
            let better = self.tried.iter().filter(|tried| is_kind(&tried.change)).filter(is_better);
            better.min_by(|a, b| {
                let (a, b) = (score(a), score(b));
                a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2))
            })
        };
        let of_data = best(|change| change.standardised);
        let of_scheme = best(|change| change.keeps_network() && !change.is_normal());
        let of_network = best(|change| change.activation.is_some());
        let of_deviation = best(|change| change.keeps_network() && change.is_normal());
        let fine = |tried: Option<&Tried>| tried.is_some_and(|tried| score(tried).0.1 == 0);
        // Another network, or a deviation that fits this one alone, only for what a usual beginning does not reach.
        let further = [of_network, of_deviation].into_iter().filter(|_| !fine(of_scheme) && !fine(of_data));
        let mut found: Vec<&Tried> = [of_data, of_scheme].into_iter().chain(further).flatten().collect();
        if found.iter().any(|tried| fine(Some(tried))) {
            found.retain(|tried| fine(Some(tried)));
            let least = found.iter().map(|tried| score(tried).1).fold(f64::INFINITY, f64::min);
            found.retain(|tried| score(tried).1 <= least);
        }
        found
    }
}

impl Change {
    /// Whether it is a change of W alone.
    fn keeps_network(&self) -> bool {
        self.activation.is_none() && !self.standardised
    }

    fn is_normal(&self) -> bool {
        matches!(self.initialisation, Some(Initialisation::Normal(_)))
    }
}

impl Judged {
    /// The verdict on an aspect.
    pub fn of(&self, aspect: Aspect) -> &Finding {
        &self.findings[aspect as usize]
    }

    /// The share of the units that are dead or saturated.
    pub fn lost_units(&self) -> f64 {
        let [dead, saturated, all] = self.units;
        float(dead + saturated) / float(all.max(1))
    }

    /// Judges what `flow` and `inactive` say of a point.
    pub fn new(subject: &Subject, flow: &Flow, inactive: &Inactive, bounds: Bounds) -> Self {
        let judged = || {
            let is_linear = |label: &str| Activation::LINEAR.to_string() == label;
            inactive.layers.iter().filter(move |layer| !is_linear(&layer.activation))
        };
        let gates = || judged().filter_map(|layer| Some((layer, layer.gates.as_ref()?)));
        let dead = gates().map(|(layer, gates)| (layer, gates.dead.len()));
        let saturated = gates().map(|(layer, gates)| (layer, gates.saturated.as_ref().map_or(0, Vec::len)));
        let units = [
            dead.clone().map(|(_, count)| count).sum(),
            saturated.clone().map(|(_, count)| count).sum(),
            gates().map(|(layer, _)| layer.units).sum(),
        ];
        let worst = |found: &mut dyn Iterator<Item = (&crate::insight::inactive::Layer, usize)>| {
            let shares = found.map(|(layer, count)| (layer.label.clone(), float(count) / float(layer.units.max(1))));
            shares.fold(None, |worst: Option<(String, f64)>, next| match worst {
                Some(worst) if worst.1 >= next.1 => Some(worst),
                _ => Some(next),
            })
        };
        let ends = worst(&mut dead.into_iter()).zip(worst(&mut saturated.into_iter()));
        let mut findings =
            [gradient(flow), signal(flow, subject), updates(flow, bounds.updates), of_units(ends, bounds.units)];
        let undefined = undefined(subject);
        if undefined.is_some() {
            for aspect in [Aspect::Gradient, Aspect::Updates] {
                findings[aspect as usize] = Finding::new(aspect, Verdict::Unknown);
            }
        }
        let overflow = flow.overflow.as_ref().map(|overflow| overflow.layer.clone());
        let settled = flow.layers.iter().filter(|layer| layer.settled).map(|layer| layer.label.clone()).collect();
        Self { findings, cause: cause(flow, input_size(subject)), units, overflow, stop: flow.stop, settled, undefined }
    }
}

impl Finding {
    fn new(aspect: Aspect, verdict: Verdict) -> Self {
        Self {
            aspect,
            verdict,
            draws: None,
            elsewhere: None,
            ends: None,
            each: None,
            limits: None,
            begins: None,
            beside: None,
            way: None,
        }
    }

    /// How far the figure is from what is fine, in powers of ten or as a share.
    fn distance(&self) -> f64 {
        let far = match (self.aspect, &self.ends) {
            (_, None) => f64::INFINITY,
            (Aspect::Units, Some([dead, saturated])) => dead.value.value() + saturated.value.value(),
            (Aspect::Updates, Some([least, greatest])) => (greatest.value / least.value).log10(),
            (Aspect::Gradient | Aspect::Signal, Some([least, greatest])) => {
                self.each.map_or(least.value.log10().abs().max(greatest.value.log10().abs()), |each| each.log10().abs())
            }
        };
        if far.is_nan() { f64::INFINITY } else { far }
    }
}
