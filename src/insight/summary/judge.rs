//! The figures of layers → the verdict on each aspect, and what the layers multiply by.

use super::{ADDED_UP, Aspect, At, Cause, Finding, Judged, LAYERS, STEP, Verdict, a_layer};
use crate::{
    catalog::Activation,
    evaluate::arrays::{self, inputs, parameters},
    expr::Role,
    insight::{
        Magnitude, Subject,
        flow::{Flow, Stop, TENFOLD, Thresholds, layers::Layer},
        size::{self, float},
    },
};

/// A layer's figure: what is shown, and what is held against the thresholds for too small and too large, and against tenfold.
struct Size<'a> {
    layer: &'a Layer,
    shown: Magnitude,
    hard: [Magnitude; 2],
    soft: [Magnitude; 2],
}

/// In the order of the way that the figure takes, as multiples of `unit`. A factor a layer is too far from 1 if ten layers of it
/// are beyond a threshold.
fn judge(
    aspect: Aspect,
    sizes: &[Size],
    unit: [Magnitude; 2],
    (each, layers): (Option<Magnitude>, usize),
    thresholds: Thresholds,
) -> Finding {
    let [small, large] = thresholds.magnitudes();
    let [weak, growing] = TENFOLD.magnitudes();
    let beyond = |low: Magnitude, high: Magnitude, is: &dyn Fn(&Size) -> [Magnitude; 2]| {
        let first = |out: &dyn Fn([Magnitude; 2]) -> bool| sizes.iter().find(|size| out(is(size)));
        [first(&|[least, _]| least < low), first(&|[_, greatest]| greatest > high)]
    };
    let deep = each.filter(|_| layers >= LAYERS);
    let [vanishes, explodes] = beyond(small, large, &|size| size.hard);
    let [fades, grows] = beyond(weak, growing, &|size| size.soft);
    let (verdict, begins) = if vanishes.is_some() || deep.is_some_and(|each| each < a_layer(small)) {
        (Verdict::Vanishing, vanishes)
    } else if explodes.is_some() || deep.is_some_and(|each| each > a_layer(large)) {
        (Verdict::Exploding, explodes)
    } else if fades.is_some() {
        (Verdict::Weak, fades)
    } else {
        (if grows.is_some() { Verdict::Growing } else { Verdict::Fine }, grows)
    };
    let begins = begins.map(|size| size.layer.label.clone());
    let ends = ends(sizes.iter().map(|size| (size.layer, size.shown)));
    let is_mild = matches!(verdict, Verdict::Weak | Verdict::Growing);
    let limits = if is_mild { [weak, growing] } else { [small, large] };
    let limits = Some([limits[0] * unit[0], limits[1] * unit[1]]);
    Finding { ends, each, limits, begins, ..Finding::new(aspect, verdict) }
}

/// The least and the greatest.
fn ends<'a>(figures: impl Iterator<Item = (&'a Layer, Magnitude)> + Clone) -> Option<[At; 2]> {
    let at = |(layer, value): (&Layer, Magnitude)| At { layer: layer.label.clone(), value };
    let order = |a: &(&Layer, Magnitude), b: &(&Layer, Magnitude)| a.1.log10().total_cmp(&b.1.log10());
    let least = figures.clone().min_by(order)?;
    Some([at(least), at(figures.max_by(order)?)])
}

/// Against Δ_L; beyond tenfold only what the widths do not explain: ‖Δ_l‖ may be kept where its rms is not. Of the layers on
/// every path, where there are several: inside the branches a gradient may be of any size, since the others carry it, and
/// what that makes of a layer is told by its updates and units.
pub fn gradient(flow: &Flow) -> Finding {
    let last = flow.layers.iter().find(|layer| layer.label == flow.last).filter(|layer| layer.share.is_some());
    let Some(last) = last else {
        let verdict = match (flow.overflow.as_ref().map(|overflow| overflow.value), flow.stop) {
            (Some(Role::Adjoint), _) => Verdict::Exploding,
            (None, Some(Stop::Gates | Stop::Each)) => Verdict::Dead,
            _ => Verdict::Unknown,
        };
        return Finding::new(Aspect::Gradient, verdict);
    };
    let size = |layer: &'_ Layer| {
        let share = layer.share?;
        let norm = share * Magnitude::of((float(layer.units) / float(last.units.max(1))).sqrt());
        let [below, above] = if norm > share { [norm, share] } else { [share, norm] };
        Some((share, if layer.on_every_path { [below, above] } else { [Magnitude::ONE; 2] }))
    };
    let is_way_too_short = flow.way().count() < 2;
    let sizes: Vec<Size> = flow
        .layers
        .iter()
        .rev()
        .filter(|layer| is_way_too_short || layer.on_every_path)
        .filter_map(|layer| {
            let (share, soft) = size(layer)?;
            Some(Size { layer, shown: share, hard: [share; 2], soft })
        })
        .collect();
    let each = flow.each().filter(|each| !each.is_zero());
    let is_last = flow.layers.last().is_some_and(|layer| layer.label == flow.last);
    let beside = (!is_last).then(|| flow.last.clone());
    let found = judge(Aspect::Gradient, &sizes, [Magnitude::ONE; 2], (each, flow.steps.count + 1), flow.thresholds);
    Finding { beside, way: way(flow), ..found }
}

/// How many layers are on every path, where not all are.
fn way(flow: &Flow) -> Option<usize> {
    Some(flow.way().count()).filter(|count| *count < flow.layers.len())
}

/// Beyond this power of ten the rms of X is told apart from 1.
pub const UNUSUAL: f64 = 0.5;

/// Against 1 and the rms of X, whichever is kinder, of the layers on every path; not of a softmax, whose rows sum to 1.
pub fn signal(flow: &Flow, subject: &Subject) -> Finding {
    if flow.overflow.as_ref().is_some_and(|overflow| overflow.value != Role::Adjoint) {
        return Finding::new(Aspect::Signal, Verdict::Exploding);
    }
    let is_other = |input: &Magnitude| !input.is_zero() && input.log10().abs() > UNUSUAL;
    let input = input_size(subject).filter(is_other).unwrap_or(Magnitude::ONE);
    let [low, high] = if input < Magnitude::ONE { [input, Magnitude::ONE] } else { [Magnitude::ONE, input] };
    let is_softmax = |place: &usize| subject.numbers.layers[*place].activation == Activation::Softmax;
    let sizes: Vec<Size> = (flow.way().filter(|place| !is_softmax(place)))
        .filter_map(|place| {
            let layer = &flow.layers[place];
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
    let found = judge(Aspect::Signal, &sizes, [low, high], (each, sizes.len()), flow.thresholds);
    Finding { way: way(flow), ..found }
}

/// Of several inputs that whose rms is furthest from 1.
pub(super) fn input_size(subject: &Subject) -> Option<Magnitude> {
    let arrays = inputs(&subject.numbers).into_iter().filter_map(|slot| subject.arrays.get(&slot.name));
    let sizes = arrays.map(|x| Magnitude::of(size::root_mean_square(x)));
    sizes.max_by(|a, b| a.log10().abs().total_cmp(&b.log10().abs()))
}

/// Of the layers that still have something to learn: where the gradient cancels, nothing is too small.
pub(super) fn updates(flow: &Flow, bounds: [f64; 2]) -> Finding {
    let moving = flow.layers.iter().rev().filter(|layer| !layer.settled);
    let figures = moving.filter_map(|layer| Some((layer, layer.relative?)));
    let Some([least, greatest]) = ends(figures.clone()).filter(|[_, greatest]| !greatest.value.is_zero()) else {
        return Finding::new(Aspect::Updates, Verdict::Unknown);
    };
    let [small, large] = [flow.thresholds.vanishing * STEP, flow.thresholds.exploding].map(Magnitude::of);
    let [weak, growing] = bounds.map(Magnitude::of);
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
    let limits = Some([small, large]);
    Finding { ends: Some([least, greatest]), limits, begins, ..Finding::new(Aspect::Updates, verdict) }
}

/// The layers with most dead and with most saturated units, each with its share.
pub(super) fn of_units(worst: Option<((String, f64), (String, f64))>, [weak, most]: [f64; 2]) -> Finding {
    let Some(((dead, dead_share), (saturated, saturated_share))) = worst else {
        return Finding::new(Aspect::Units, Verdict::Fine);
    };
    let verdict = if dead_share > most {
        Verdict::Dead
    } else if dead_share > weak || saturated_share > weak {
        Verdict::Weak
    } else {
        Verdict::Fine
    };
    let at = |layer, share| At { layer, value: Magnitude::of(share) };
    let ends = Some([at(dead, dead_share), at(saturated, saturated_share)]);
    Finding { ends, ..Finding::new(Aspect::Units, verdict) }
}

pub(super) fn cause(flow: &Flow, input: Option<Magnitude>) -> Cause {
    let layers = if flow.chain { &flow.layers[..] } else { &[] };
    let mean = |of: &dyn Fn(&[Layer]) -> Option<f64>| {
        let factors: Vec<f64> = layers.windows(2).filter_map(of).collect();
        let product = factors.iter().fold(Magnitude::ONE, |product, factor| product * Magnitude::of(*factor));
        (!factors.is_empty()).then(|| product.power(1.0 / float(factors.len())))
    };
    let backward = mean(&|pair| Some(pair[1].weight? * (float(pair[1].units)).sqrt()));
    let slopes = mean(&|pair| pair[0].slope);
    let independent = backward.zip(slopes).map(|(weights, slopes)| weights * slopes);
    let each = flow.each().filter(|_| flow.chain);
    Cause {
        adds_up: each.zip(independent).is_some_and(|(each, expected)| each > expected * Magnitude::of(ADDED_UP)),
        forward: mean(&|pair| Some(pair[1].weight? * (float(pair[0].units)).sqrt())),
        backward,
        slopes,
        input,
    }
}

/// The rms of all W behind the first, in the mean.
pub fn weight_size(subject: &Subject) -> f64 {
    let weights = parameters(&subject.numbers).into_iter().filter(|slot| slot.role == arrays::Role::Weight).skip(1);
    let sizes: Vec<f64> =
        weights.filter_map(|slot| subject.arrays.get(&slot.name)).map(size::root_mean_square).collect();
    sizes.iter().sum::<f64>() / float(sizes.len())
}

/// The deviation of W that would keep the gradient if a layer multiplied by it alone, in one digit, as people write it.
pub fn balanced(deviation: f64, judged: &Judged) -> Option<f64> {
    let each = judged.of(Aspect::Gradient).each?.value();
    let deviation: f64 = format!("{:.0e}", deviation / each).parse().ok()?;
    (deviation.is_finite() && deviation > 0.0).then_some(deviation)
}
