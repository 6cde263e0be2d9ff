//! [`Summary`] → one screen: a verdict on each aspect, with its figure, where it begins, why, and what to try.

use std::borrow::Cow;

use super::{advice::advice, structure::settled, verdicts::legend};
use crate::{
    document::{Document, Sentence},
    insight::{
        Magnitude, Subject,
        flow::{Stop, TENFOLD, Thresholds},
        summary::{Aspect, At, Cause, Finding, Judged, LAYERS, STEP, Summary, UNUSUAL, Verdict, a_layer},
    },
    network::graph::{Layer, Operation},
    report::words::{capital, count, grouped, joined, number, percent, typed},
};

/// Characters of a layer's name that are shown.
const NAME: usize = 24;

/// Why weights and slopes do not explain the factor of a layer.
const ADDS_UP: &str = " The weights of a unit are alike, so that what they pass on adds up: independent ones of their size would \
                       multiply it by";

/// What a layer receives.
const OF_GRADIENT: &str = ", by the rms of its ∂J/∂Z";

/// All aspects with their names.
pub(super) const ASPECTS: [(Aspect, &str); 4] = [
    (Aspect::Gradient, "Gradient"),
    (Aspect::Signal, "Signal"),
    (Aspect::Updates, "Updates"),
    (Aspect::Units, "Units"),
];

/// A paragraph an aspect; with `explain` also what each verdict means.
pub fn summary(found: &Summary, subject: &Subject, explain: bool, page: &mut Document) {
    for (aspect, _) in ASPECTS {
        let finding = found.judged.of(aspect);
        let mut said = match aspect {
            Aspect::Units => units_told(found),
            Aspect::Updates => updates(finding, found.thresholds, found.bounds.updates),
            Aspect::Gradient | Aspect::Signal => told(finding, found.thresholds),
        };
        if finding.verdict != Verdict::Fine {
            said += &why(found, aspect, subject);
            let is_done = aspect == Aspect::Updates && finding.ends.is_none() && !found.judged.settled.is_empty();
            said += &if is_done { String::new() } else { advice(found, aspect, subject) };
        }
        if aspect == Aspect::Updates {
            said += &settled(&found.judged.settled);
        }
        page.paragraph(said);
    }
    page.paragraphs(joins(subject));
    if explain {
        page.paragraphs(legend(found));
    }
}

/// That what joins branches has a number too.
fn joins(subject: &Subject) -> Option<String> {
    let joins = |layer: &&Layer| matches!(layer.operation, Operation::Sum(_) | Operation::Product | Operation::Concat);
    let first = subject.numbers.layers.iter().find(joins)?;
    let first = layer(&first.label);
    Some(format!("Where branches join there is a layer too, first {first}: `chainrule shapes` lists all layers."))
}

/// Why it is not fine.
fn why(found: &Summary, aspect: Aspect, subject: &Subject) -> String {
    let Judged { cause, settled, stop, overflow: too_large, undefined, .. } = &found.judged;
    let finding = found.judged.of(aspect);
    match aspect {
        Aspect::Gradient | Aspect::Updates if undefined.is_some() => " J is not defined here.".to_owned(),
        Aspect::Updates if !settled.is_empty() => String::new(),
        Aspect::Gradient if finding.ends.is_none() => unknown(&found.judged),
        Aspect::Gradient if finding.ends.as_ref().is_some_and(|[least, _]| least.value.is_zero()) => String::new(),
        Aspect::Gradient => slopes(subject, *cause),
        Aspect::Signal => overflow(&found.judged) + &weights(finding.each, *cause),
        Aspect::Updates if finding.ends.is_some() => String::new(),
        Aspect::Updates if too_large.is_some() => " The gradient has no figure.".to_owned(),
        Aspect::Updates if *stop == Some(Stop::Error) => " Where the error is 0, so is every gradient.".to_owned(),
        Aspect::Updates => " No W receives a gradient.".to_owned(),
        Aspect::Units => String::new(),
    }
}

/// What is said of the gradient or the signal alone.
pub fn verdict(finding: &Finding, thresholds: Thresholds) -> Sentence {
    Sentence::of(told(finding, thresholds))
}

pub(super) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fine => "fine",
        Verdict::Weak => "weak",
        Verdict::Growing => "growing",
        Verdict::Vanishing => "vanishing",
        Verdict::Exploding => "exploding",
        Verdict::Dead => "dead",
        Verdict::Unknown => "no verdict",
    }
}

/// `Gradient: vanishing (in 20 of 20 draws of W). `, or `Gradient: fine here (6 of 20 draws of W), but weak in 14. `
fn head(finding: &Finding) -> String {
    let (title, said) = (ASPECTS[finding.aspect as usize].1, word(finding.verdict));
    match (finding.draws, finding.elsewhere) {
        (None, _) => format!("{title}: {said}. "),
        (Some([_, 1]), _) => format!("{title}: {said} (in the one draw of W that was tried). "),
        (Some([held, all]), Some((other, count))) if held * 2 <= all => {
            format!("{title}: {said} here ({held} of {all} draws of W), but {} in {count}. ", word(other))
        }
        (Some([held, all]), _) => format!("{title}: {said} (in {held} of {all} draws of W). "),
    }
}

/// `layer 3`
fn layer(label: &str) -> String {
    format!("layer {}", shortened(label))
}

/// `2.3e-6 (layer 3)`
fn at(at: &At) -> String {
    format!("{} ({})", at.value, layer(&at.layer))
}

/// Both ends of a name that is too long to be read.
pub fn shortened(name: &str) -> Cow<'_, str> {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= NAME {
        return name.into();
    }
    let [first, last] =
        [&letters[..NAME / 2], &letters[letters.len() - NAME / 2..]].map(|part| part.iter().collect::<String>());
    format!("{first}…{last}").into()
}

/// The verdict with its figures and its threshold.
fn told(finding: &Finding, thresholds: Thresholds) -> String {
    let Some([least, greatest]) = &finding.ends else {
        let none = if finding.verdict == Verdict::Fine { "Every layer is a softmax, whose rows sum to 1." } else { "" };
        return (head(finding) + none).trim_end().to_owned();
    };
    let each = finding.each.map(|each| format!(", {each} {}", step(finding.way))).unwrap_or_default();
    let beside = finding.beside.as_deref().map_or("the last layer".to_owned(), layer);
    let begins = finding.begins.as_deref().map(layer);
    let large = matches!(finding.verdict, Verdict::Exploding | Verdict::Growing);
    let end = if large { greatest } else { least };
    let figure = match finding.aspect {
        Aspect::Gradient if finding.verdict == Verdict::Fine && finding.each.is_none() && finding.way.is_none() => {
            return head(finding) + "There is one layer, so nothing is lost on the way down.";
        }
        Aspect::Gradient if end.value.is_zero() => {
            format!("{} receives nothing of the error", capital(&layer(&end.layer)))
        }
        Aspect::Gradient
            if finding.verdict == Verdict::Fine && least.value.to_string() == greatest.value.to_string() =>
        {
            format!("Every layer receives {} times what {beside} receives{OF_GRADIENT}", least.value)
        }
        Aspect::Gradient if finding.verdict == Verdict::Fine => {
            let [least, greatest] = [least, greatest].map(at);
            format!("A layer receives from {least} to {greatest} times what {beside} receives{each}{OF_GRADIENT}")
        }
        Aspect::Gradient => {
            let times = if large { "times" } else { "of" };
            format!(
                "{} receives {} {times} what {beside} receives{each}{OF_GRADIENT}",
                capital(&layer(&end.layer)),
                end.value
            )
        }
        Aspect::Signal if finding.verdict == Verdict::Fine && least == greatest => {
            format!("The rms of the activations is {}", least.value)
        }
        Aspect::Signal if finding.verdict == Verdict::Fine => {
            format!("The rms of the activations stays between {} and {}", at(least), at(greatest))
        }
        Aspect::Signal => {
            let changes = if large { "grows" } else { "falls" };
            format!("The rms of the activations {changes} to {} in {}{each}", end.value, layer(&end.layer))
        }
        Aspect::Updates | Aspect::Units => String::new(),
    };
    format!("{}{figure}{}", head(finding), bound(finding, thresholds, begins))
}

/// What multiplies by a factor: a layer, or a step between layers where paths branch.
fn step(way: Option<usize>) -> String {
    let step = |way| format!("a step from one to the next of the {} outside of all branches", count(way, "layer"));
    way.map_or("a layer".into(), step)
}

/// `; it first falls below 1e-3 in layer 5.`
fn bound(finding: &Finding, thresholds: Thresholds, begins: Option<String>) -> String {
    let falls = if finding.aspect == Aspect::Gradient { "going back from the loss, it" } else { "it" };
    let [low, high] = finding.limits.unwrap_or(thresholds.magnitudes());
    let usual = if matches!(finding.verdict, Verdict::Weak | Verdict::Growing) { TENFOLD } else { thresholds };
    let told = |limit: Magnitude, usual: f64| {
        if limit == Magnitude::of(usual) {
            typed(usual)
        } else {
            format!("{limit}, {} times the rms of the input,", typed(usual))
        }
    };
    let (below, above) = (told(low, usual.vanishing), told(high, usual.exploding));
    let first = |verb: &str, limit: &str, begins: &str| format!("; {falls} first {verb} {limit} in {begins}.");
    let step = if finding.way.is_some() { "step" } else { "layer" };
    // A factor is held against the thresholds themselves, whatever the figure is a multiple of.
    let each = |side: &str, limit: f64| {
        let each = a_layer(Magnitude::of(limit));
        format!("; {side} {each} a {step}, which over {LAYERS} {step}s is {}.", typed(limit))
    };
    match (finding.verdict, begins) {
        (Verdict::Vanishing | Verdict::Weak, Some(begins)) => first("falls below", &below, &begins),
        (Verdict::Exploding | Verdict::Growing, Some(begins)) => first("rises above", &above, &begins),
        (Verdict::Vanishing, None) => each("below", thresholds.vanishing),
        (Verdict::Exploding, None) => each("above", thresholds.exploding),
        _ => {
            let end = |limit: &str| limit.trim_end_matches(',').to_owned();
            format!(" (vanishing: below {}; exploding: above {}).", end(&below), end(&above))
        }
    }
}

/// What one step makes of W, and which learning rate makes the usual step.
fn updates(finding: &Finding, thresholds: Thresholds, fine: [f64; 2]) -> String {
    let Some([least, greatest]) = &finding.ends else { return head(finding).trim_end().to_owned() };
    let is_one = least.layer == greatest.layer;
    let changes = if is_one {
        format!("by {} of its norm", least.value)
    } else {
        format!("by {} to {} of its norm", at(least), at(greatest))
    };
    let [slow, fast] = [least, greatest].map(|at| Magnitude::of(STEP) / at.value);
    let rates = match (least.value.is_zero(), is_one) {
        (true, _) => format!("cannot be reached in {}", layer(&least.layer)),
        (_, true) => format!("needs a learning rate of {slow}"),
        _ => format!(
            "needs a learning rate from {fast} ({}) to {slow} ({})",
            layer(&greatest.layer),
            layer(&least.layer)
        ),
    };
    let limits = match finding.verdict {
        Verdict::Vanishing => format!("vanishing: below {}", typed(thresholds.vanishing * STEP)),
        Verdict::Exploding => format!("exploding: above {}", typed(thresholds.exploding)),
        Verdict::Growing => format!("growing: above {}", typed(fine[1])),
        Verdict::Fine | Verdict::Weak | Verdict::Dead | Verdict::Unknown => {
            let [from, to, apart] = [fine[0], fine[1], 1.0 / STEP].map(typed);
            format!("fine: from {from} to {to}, and the largest at most {apart} times the smallest")
        }
    };
    let step = typed(STEP);
    format!(
        "{}A step with learning rate 1 changes W {changes}; the rule of thumb, a change of {step}, {rates} ({limits}).",
        head(finding)
    )
}

/// `50 %`
pub(super) fn share(of: f64) -> String {
    percent(of).replace(".00 %", " %").replace(".0 %", " %")
}

fn units_told(found: &Summary) -> String {
    let (finding, [dead, saturated, all]) = (found.judged.of(Aspect::Units), found.judged.units);
    if all == 0 {
        return head(finding) + "No layer has units that could be dead or saturated.";
    }
    let worst = finding.ends.as_ref().and_then(|[dead, saturated]| {
        let worst = if dead.value.is_zero() { saturated } else { dead };
        (!worst.value.is_zero())
            .then(|| format!(", most in {} ({})", layer(&worst.layer), percent(worst.value.value())))
    });
    let of_dead = format!("dead (active on less than {} of the samples)", share(found.limits.dead));
    let of_saturated = format!("saturated (mean slope below {} of the steepest)", share(found.limits.saturated));
    let [weak, most] = found.bounds.units.map(share);
    let limits =
        format!("weak: more than {weak} of a layer's units dead, or saturated; dead: more than {most} of them dead");
    let measured = if found.judged.overflow.is_some() { " with a figure" } else { "" };
    let units = format!("{}{measured}", count(all, "unit"));
    if dead + saturated == 0 {
        return format!("{}None of {units} is {of_dead} or {of_saturated} ({limits}).", head(finding));
    }
    let are = if dead == 1 { "is" } else { "are" };
    let [dead, saturated] = [dead, saturated].map(grouped);
    let most = worst.unwrap_or_default();
    format!("{}{dead} of {units} {are} {of_dead} and {saturated} {of_saturated}{most} ({limits}).", head(finding))
}

/// Why there is no figure of the gradient.
fn unknown(judged: &Judged) -> String {
    let stop = judged.stop.map(|stop| format!(" {}", capital(&stopped(stop, "the last layer"))));
    overflow(judged) + &stop.unwrap_or_default()
}

/// Why Δ of the last layer is 0.
pub fn stopped(stop: Stop, last: &str) -> String {
    let of_activation = format!("the activation derivative of {last} is 0 for");
    match stop {
        Stop::Error => "the error is 0 up to rounding, as where the prediction is the target.".to_owned(),
        Stop::Gates => format!("{of_activation} every unit and sample."),
        Stop::Each => format!("{of_activation} some units and samples, and the error is 0 for all others."),
        Stop::Unknown => format!("the error is 0, or the activation of {last} stops it."),
    }
}

fn overflow(judged: &Judged) -> String {
    let words =
        |label| format!(" A value of {} is too large to compute with, so that no gradient has a figure.", layer(label));
    judged.overflow.as_deref().map(words).unwrap_or_default()
}

/// What the factor of a layer is made of.
fn slopes(subject: &Subject, cause: Cause) -> String {
    let (Some(weights), Some(slopes)) = (cause.backward, cause.slopes) else { return String::new() };
    if !(weights * slopes).log10().is_finite() {
        return String::new();
    }
    if cause.adds_up {
        return format!("{ADDS_UP} {} a layer.", weights * slopes);
    }
    let layers = &subject.numbers.layers;
    let mut steepest: Vec<(String, f64)> = Vec::new();
    for layer in layers.iter().take(layers.len().saturating_sub(1)) {
        let name = layer.activation.to_string();
        let slope = layer.activation.max_slope().filter(|slope| *slope < 1.0);
        if let Some(slope) = slope.filter(|_| steepest.iter().all(|(known, _)| *known != name)) {
            steepest.push((name, slope));
        }
    }
    let steepest: Vec<String> =
        steepest.iter().map(|(name, slope)| format!("that of {name} is at most {}", number(*slope))).collect();
    let steepest = if steepest.is_empty() { String::new() } else { format!(" ({})", joined(&steepest)) };
    format!(" The weights multiply it by {weights} a layer, the slopes of the activations by {slopes}{steepest}.")
}

/// The same of the signal; the size of X where it is far from 1.
fn weights(each: Option<Magnitude>, cause: Cause) -> String {
    let forward = each.zip(cause.forward).map(|(each, weights)| match cause.adds_up {
        true => format!("{ADDS_UP} {weights} a layer before the activation."),
        false => format!(" The weights multiply it by {weights} a layer, the activations by {}.", each / weights),
    });
    let input = cause
        .input
        .filter(|input| input.log10().abs() > UNUSUAL)
        .map(|input| format!(" The rms of the input is {input}."));
    forward.unwrap_or_default() + &input.unwrap_or_default()
}
