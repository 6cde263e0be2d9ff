//! What was tried → advice: what is better, with the figure that it makes and what it costs.

use super::summary::{ASPECTS, word};
use crate::{
    insight::{
        Origin, Subject,
        summary::{Aspect, Change, Finding, Judged, Summary, Tried, Verdict},
    },
    report::words::{count, grouped, joined},
};

/// A larger share of the units that is lost by a change is told.
const LOST: f64 = 0.01;

/// `relu in the hidden layers and W drawn by he-in`
fn change(change: &Change) -> String {
    let activation = change.activation.map(|activation| format!("{activation} in the hidden layers"));
    let initialisation = change.initialisation.map(|initialisation| format!("W drawn by {initialisation}"));
    let standardised = change.standardised.then(|| "each column of the input standardised".to_owned());
    let parts: Vec<String> = activation.into_iter().chain(standardised).chain(initialisation).collect();
    parts.join(" and ")
}

/// What of all that was tried is better, with the figure that it makes.
pub(super) fn advice(found: &Summary, aspect: Aspect, subject: &Subject) -> String {
    if found.tried.is_empty() {
        return String::new();
    }
    let better = found.advice(aspect);
    if better.is_empty() {
        return format!(" Tried, and no better: {}.", tried(&found.tried));
    }
    let told: Vec<String> = better
        .iter()
        .map(|tried| {
            let then = &tried.judged;
            let figure = figure(then.of(aspect), then.units);
            format!("{} (then {figure}{}{})", change(&tried.change), not_always(then.of(aspect)), costs(found, then))
        })
        .collect();
    let is_fine = better.iter().any(|tried| tried.judged.of(aspect).verdict == Verdict::Fine);
    let start = match (is_fine, subject.parameters == Origin::Given) {
        (false, _) => "Better, though not fine:",
        (true, true) => "For a fresh start try",
        (true, false) => "Try",
    };
    format!(" {start} {}.", told.join(", or "))
}

/// `, in 14 of 20 draws`, where not all say so.
fn not_always(finding: &Finding) -> String {
    finding
        .draws
        .filter(|[held, all]| held < all)
        .map_or(String::new(), |[held, all]| format!(" in {held} of {all} draws"))
}

/// What is worse with a change than without, though better on the whole: `; units weak`, `; 96 of 640 units dead or saturated`.
fn costs(found: &Summary, then: &Judged) -> String {
    let now = &found.judged;
    let is_worse = |aspect: Aspect| then.of(aspect).verdict.severity() > now.of(aspect).verdict.severity();
    let worse = ASPECTS.iter().filter(|(aspect, _)| is_worse(*aspect));
    let mut told: Vec<String> =
        worse.map(|(aspect, title)| format!("; {} {}", title.to_lowercase(), word(then.of(*aspect).verdict))).collect();
    if then.lost_units() > now.lost_units() + LOST && !is_worse(Aspect::Units) {
        let [dead, saturated, all] = then.units;
        told.push(format!("; {} of {} dead or saturated", grouped(dead + saturated), count(all, "unit")));
    }
    told.concat()
}

/// `W drawn by he-in, glorot or lecun, relu or tanh in the hidden layers`
fn tried(tried: &[Tried]) -> String {
    let either = |names: Vec<String>| match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    };
    let changes = || tried.iter().map(|tried| &tried.change);
    let drawn = either(
        changes()
            .filter(|change| change.activation.is_none() && !change.standardised)
            .filter_map(|change| change.initialisation.map(|initialisation| initialisation.to_string()))
            .collect(),
    );
    let activations = either(changes().filter_map(|change| Some(change.activation?.to_string())).collect());
    let parts = [
        (!drawn.is_empty()).then(|| format!("W drawn by {drawn}")),
        (!activations.is_empty()).then(|| format!("{activations} in the hidden layers")),
        changes().any(|change| change.standardised).then(|| "each column of the input standardised".to_owned()),
    ];
    joined(&parts.into_iter().flatten().collect::<Vec<_>>())
}

/// `fine, 0.93 a layer`
pub(super) fn figure(finding: &Finding, [dead, saturated, _]: [usize; 3]) -> String {
    let figure = match (finding.aspect, finding.each, &finding.ends) {
        (Aspect::Units, ..) => format!(", {} dead and {} saturated", grouped(dead), grouped(saturated)),
        (_, Some(each), _) => format!(", {each} a {}", if finding.way.is_some() { "step" } else { "layer" }),
        (_, None, Some([least, greatest])) => format!(", {} to {}", least.value, greatest.value),
        (_, None, None) => String::new(),
    };
    format!("{}{figure}", word(finding.verdict))
}
