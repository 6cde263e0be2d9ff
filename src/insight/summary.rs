//! Flow and gates at a point → a verdict on each of four things that decide how fast a network trains.

use serde::Serialize;

use super::{
    Magnitude, Subject,
    flow::{
        Flow, Thresholds,
        comparison::TENFOLD,
        layers::{Layer, Stop},
    },
    inactive::Inactive,
    size::{self, float},
};
use crate::{
    catalog::activation::Activation,
    evaluate::{arrays::symbol, initialise::Initialisation, scaled::Overflow},
};

/// From so many layers on a factor a layer is judged by itself.
pub const LAYERS: usize = 10;

/// A factor a layer beyond this, or below its inverse, is too far from 1 over [`LAYERS`].
pub const TWOFOLD: f64 = 2.0;

/// The change of W by one step, relative to W, that is usual.
pub const STEP: f64 = 1e-3;

/// ‖∂J/∂W‖/‖W‖ for which usual learning rates make a [`STEP`].
pub const UPDATES: [f64; 2] = [1e-4, 10.0];

/// Shares of a layer's units: dead in more than the first is weak, in more than the second dead.
pub const DEAD: [f64; 2] = [0.5, 0.9];

/// A layer with a larger share of saturated units is weak.
pub const SATURATED: f64 = 0.5;

/// What is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
    #[must_use]
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
pub struct At {
    /// The layer's number or name.
    pub layer: String,
    /// The figure.
    #[serde(rename = "log10_value")]
    pub value: Magnitude,
}

/// The verdict on one aspect, and the figures behind it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What is judged.
    pub aspect: Aspect,
    /// What is said of it.
    pub verdict: Verdict,
    /// At how many draws of W it is said, of all that were tried; none where nothing is drawn.
    pub draws: Option<[usize; 2]>,
    /// The least and the greatest figure; of units the share of dead and of saturated ones where most are.
    pub ends: Option<[At; 2]>,
    /// By what a layer multiplies the figure, in the geometric mean.
    #[serde(rename = "log10_a_layer")]
    pub each: Option<Magnitude>,
    /// The first layer, on the way of the figure, at which this is said.
    pub begins: Option<String>,
}

/// What the layers multiply by, in the geometric mean over all but the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
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
    /// rms(X)
    #[serde(rename = "log10_rms_input")]
    pub input: Option<Magnitude>,
}

/// The four verdicts at a point.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
}

/// A change of the network, or of how it begins.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
pub struct Tried {
    /// The change.
    pub change: Change,
    /// The verdicts.
    pub judged: Judged,
}

/// The verdicts, and what would change them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// When the gradient and the signal vanish or explode.
    pub thresholds: Thresholds,
    /// At the point.
    #[serde(flatten)]
    pub judged: Judged,
    /// What was tried, where something is not fine.
    pub tried: Vec<Tried>,
}

impl Summary {
    /// The changes that are better for `aspect` and worse for no other: the best of each kind.
    #[must_use]
    pub fn advice(&self, aspect: Aspect) -> Vec<&Tried> {
        let severities = |judged: &Judged| judged.findings.each_ref().map(|finding| finding.verdict.severity());
        // Advice is one for all aspects where it can be: what is best on the whole, and keeps the gradient best.
        let measure = if aspect == Aspect::Units { Aspect::Units } else { Aspect::Gradient };
        let score = |tried: &Tried| {
            let of = &tried.judged;
            (severities(of).iter().sum::<u8>(), of.of(aspect).verdict.severity(), of.of(measure).distance())
        };
        let (now, far) = (self.judged.of(aspect).verdict.severity(), self.judged.of(aspect).distance());
        let is_better = |tried: &&Tried| {
            let then = tried.judged.of(aspect);
            let worse =
                severities(&tried.judged).into_iter().zip(severities(&self.judged)).any(|(then, now)| then > now);
            let less = then.verdict.severity() == now && now > 0 && then.distance() < far / 2.0;
            !worse && (then.verdict.severity() < now || less)
        };
        let best = |is_kind: fn(&Change) -> bool| {
            let better = self.tried.iter().filter(|tried| is_kind(&tried.change)).filter(is_better);
            better.min_by(|a, b| {
                let (a, b) = (score(a), score(b));
                (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2))
            })
        };
        let of_data = best(|change| change.standardised);
        let of_scheme = best(|change| change.keeps_network() && !change.is_normal());
        let of_network = best(|change| change.activation.is_some());
        let of_deviation = best(|change| change.keeps_network() && change.is_normal());
        let fine = |tried: Option<&Tried>| tried.is_some_and(|tried| score(tried).1 == 0);
        // Another network, or a deviation that fits this one alone, only for what a usual beginning does not reach.
        let further = [of_network, of_deviation].into_iter().filter(|_| !fine(of_scheme) && !fine(of_data));
        [of_data, of_scheme].into_iter().chain(further).flatten().collect()
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
    #[must_use]
    pub fn of(&self, aspect: Aspect) -> &Finding {
        &self.findings[aspect as usize]
    }

    /// Judges what `flow` and `inactive` say of a point.
    #[must_use]
    pub fn new(subject: &Subject, flow: &Flow, inactive: &Inactive) -> Self {
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
        let findings = [gradient(flow), signal(flow, subject), updates(flow), of_units(ends)];
        let overflow = flow.overflow.as_ref().map(|overflow| overflow.layer.clone());
        Self { findings, cause: cause(flow, input_size(subject)), units, overflow, stop: flow.stop }
    }
}

impl Finding {
    fn new(aspect: Aspect, verdict: Verdict) -> Self {
        Self { aspect, verdict, draws: None, ends: None, each: None, begins: None }
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

/// A layer's figure: what is shown, and what is held against the thresholds for too small and too large, and against tenfold.
struct Size<'a> {
    layer: &'a Layer,
    shown: Magnitude,
    hard: [Magnitude; 2],
    soft: [Magnitude; 2],
}

/// In the order of the way that the figure takes.
fn judge(aspect: Aspect, sizes: &[Size], each: Option<Magnitude>, layers: usize, limits: Thresholds) -> Finding {
    let [small, large] = [limits.vanishing, limits.exploding].map(Magnitude::of);
    let [weak, growing] = [TENFOLD.vanishing, TENFOLD.exploding].map(Magnitude::of);
    let beyond = |low: Magnitude, high: Magnitude, is: &dyn Fn(&Size) -> [Magnitude; 2]| {
        let first = |out: &dyn Fn([Magnitude; 2]) -> bool| sizes.iter().find(|size| out(is(size)));
        [first(&|[least, _]| least < low), first(&|[_, greatest]| greatest > high)]
    };
    let deep = each.filter(|_| layers >= LAYERS);
    let [vanishes, explodes] = beyond(small, large, &|size| size.hard);
    let [fades, grows] = beyond(weak, growing, &|size| size.soft);
    let (verdict, begins) = if vanishes.is_some() || deep.is_some_and(|each| each < Magnitude::of(1.0 / TWOFOLD)) {
        (Verdict::Vanishing, vanishes.or(fades))
    } else if explodes.is_some() || deep.is_some_and(|each| each > Magnitude::of(TWOFOLD)) {
        (Verdict::Exploding, explodes.or(grows))
    } else if fades.is_some() {
        (Verdict::Weak, fades)
    } else {
        (if grows.is_some() { Verdict::Growing } else { Verdict::Fine }, grows)
    };
    let begins = begins.map(|size| size.layer.label.clone());
    let ends = ends(sizes.iter().map(|size| (size.layer, size.shown)));
    Finding { ends, each, begins, ..Finding::new(aspect, verdict) }
}

/// The least and the greatest.
fn ends<'a>(figures: impl Iterator<Item = (&'a Layer, Magnitude)> + Clone) -> Option<[At; 2]> {
    let at = |(layer, value): (&Layer, Magnitude)| At { layer: layer.label.clone(), value };
    let order = |a: &(&Layer, Magnitude), b: &(&Layer, Magnitude)| a.1.log10().total_cmp(&b.1.log10());
    let least = figures.clone().min_by(order)?;
    Some([at(least), at(figures.max_by(order)?)])
}

/// Against Δ_L; beyond tenfold only what the widths do not explain: ‖Δ_l‖ may be kept where its rms is not.
#[must_use]
pub fn gradient(flow: &Flow) -> Finding {
    let Some(last) = flow.layers.last().filter(|layer| layer.share.is_some()) else {
        let verdict = match (flow.overflow.as_ref().map(|overflow| overflow.value), flow.stop) {
            (Some(Overflow::Adjoint(_)), _) => Verdict::Exploding,
            (None, Some(Stop::Gates | Stop::Each)) => Verdict::Dead,
            _ => Verdict::Unknown,
        };
        return Finding::new(Aspect::Gradient, verdict);
    };
    let size = |layer: &'_ Layer| {
        let share = layer.share?;
        let norm = share * Magnitude::of((float(layer.units) / float(last.units.max(1))).sqrt());
        let [below, above] = if norm > share { [norm, share] } else { [share, norm] };
        Some((share, [below, above]))
    };
    let sizes: Vec<Size> = flow
        .layers
        .iter()
        .rev()
        .filter_map(|layer| {
            let (share, soft) = size(layer)?;
            Some(Size { layer, shown: share, hard: [share; 2], soft })
        })
        .collect();
    let each = flow.each().filter(|each| !each.is_zero());
    judge(Aspect::Gradient, &sizes, each, flow.layers.len(), flow.thresholds)
}

/// Against 1 and the rms of X, whichever is kinder; not of a softmax, whose rows sum to 1.
#[must_use]
pub fn signal(flow: &Flow, subject: &Subject) -> Finding {
    if flow.overflow.as_ref().is_some_and(|overflow| !matches!(overflow.value, Overflow::Adjoint(_))) {
        return Finding::new(Aspect::Signal, Verdict::Exploding);
    }
    let input = input_size(subject).filter(|input| !input.is_zero()).unwrap_or(Magnitude::ONE);
    let [low, high] = if input < Magnitude::ONE { [input, Magnitude::ONE] } else { [Magnitude::ONE, input] };
    let kinds = subject.numbers.layers.iter().map(|layer| layer.activation);
    let shown = flow.layers.iter().zip(kinds).filter(|(_, kind)| *kind != Activation::Softmax);
    let sizes: Vec<Size> = shown
        .filter_map(|(layer, _)| {
            let shown = layer.activation?;
            Some(Size { layer, shown, hard: [shown / low, shown / high], soft: [shown / low, shown / high] })
        })
        .collect();
    let each = sizes.first().zip(sizes.last()).filter(|_| sizes.len() > 1).and_then(|(first, last)| {
        Some(last.shown.over(first.shown)?.power(1.0 / float(sizes.len() - 1))).filter(|each| !each.is_zero())
    });
    if sizes.is_empty() {
        return Finding::new(Aspect::Signal, Verdict::Fine);
    }
    judge(Aspect::Signal, &sizes, each, sizes.len(), flow.thresholds)
}

fn input_size(subject: &Subject) -> Option<Magnitude> {
    subject.arrays.get(&*subject.numbers.input.name).map(|x| Magnitude::of(size::root_mean_square(x)))
}

fn updates(flow: &Flow) -> Finding {
    let figures = flow.layers.iter().rev().filter_map(|layer| Some((layer, layer.relative?)));
    let Some([least, greatest]) = ends(figures.clone()).filter(|[_, greatest]| !greatest.value.is_zero()) else {
        return Finding::new(Aspect::Updates, Verdict::Unknown);
    };
    let [small, large] = [flow.thresholds.vanishing * STEP, flow.thresholds.exploding].map(Magnitude::of);
    let [weak, growing] = UPDATES.map(Magnitude::of);
    let spread = greatest.value / least.value;
    let (verdict, bound) = if least.value < small {
        (Verdict::Vanishing, small)
    } else if greatest.value > large {
        (Verdict::Exploding, large)
    } else if greatest.value > growing {
        (Verdict::Growing, growing)
    } else if least.value < weak {
        (Verdict::Weak, weak)
    } else if spread > Magnitude::of(1.0 / STEP) {
        (Verdict::Weak, greatest.value * Magnitude::of(STEP))
    } else {
        (Verdict::Fine, small)
    };
    let above = matches!(verdict, Verdict::Exploding | Verdict::Growing);
    let begins = figures.clone().find(|(_, value)| if above { *value > bound } else { *value < bound });
    let begins = begins.map(|(layer, _)| layer.label.clone());
    Finding { ends: Some([least, greatest]), begins, ..Finding::new(Aspect::Updates, verdict) }
}

/// The layers with most dead and with most saturated units, each with its share.
fn of_units(worst: Option<((String, f64), (String, f64))>) -> Finding {
    let Some(((dead, dead_share), (saturated, saturated_share))) = worst else {
        return Finding::new(Aspect::Units, Verdict::Fine);
    };
    let verdict = if dead_share > DEAD[1] {
        Verdict::Dead
    } else if dead_share > DEAD[0] || saturated_share > SATURATED {
        Verdict::Weak
    } else {
        Verdict::Fine
    };
    let at = |layer, share| At { layer, value: Magnitude::of(share) };
    let ends = Some([at(dead, dead_share), at(saturated, saturated_share)]);
    Finding { ends, ..Finding::new(Aspect::Units, verdict) }
}

fn cause(flow: &Flow, input: Option<Magnitude>) -> Cause {
    let mean = |of: &dyn Fn(&[Layer]) -> Option<f64>| {
        let factors: Vec<f64> = flow.layers.windows(2).filter_map(of).collect();
        let product = factors.iter().fold(Magnitude::ONE, |product, factor| product * Magnitude::of(*factor));
        (!factors.is_empty()).then(|| product.power(1.0 / float(factors.len())))
    };
    Cause {
        forward: mean(&|pair| Some(pair[1].weight? * (float(pair[0].units)).sqrt())),
        backward: mean(&|pair| Some(pair[1].weight? * (float(pair[1].units)).sqrt())),
        slopes: mean(&|pair| pair[0].slope),
        input,
    }
}

/// The rms of all W behind the first.
#[must_use]
pub fn weight_size(subject: &Subject) -> f64 {
    let layers = subject.numbers.layers.iter().skip(1).filter(|layer| layer.has_weight());
    let sizes: Vec<f64> =
        layers.filter_map(|layer| subject.arrays.get(&symbol("W", &layer.label))).map(size::root_mean_square).collect();
    sizes.iter().sum::<f64>() / float(sizes.len())
}

/// The deviation of W that would keep the gradient if a layer multiplied by it alone, in one digit, as people write it.
#[must_use]
pub fn balanced(deviation: f64, judged: &Judged) -> Option<f64> {
    let each = judged.of(Aspect::Gradient).each?.value();
    let deviation: f64 = format!("{:.0e}", deviation / each).parse().ok()?;
    (deviation.is_finite() && deviation > 0.0).then_some(deviation)
}
