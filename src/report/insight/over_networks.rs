//! [`Activity`] and [`Comparison`] → tables and sentences: the flow in other networks of the same layers.

use std::cmp::Ordering;

use super::Showing;
use crate::{
    document::{Document, Sentence, Table, sentence},
    insight::flow::{
        Activity, Comparison, Row, SCALED,
        activity::{Error, Move},
    },
    report::words::{by_weight, count, grouped, joined, letter, no_bias, percent, size, typed},
};

/// The gradient as biases move, and whether fewer active units mean a smaller one.
pub fn activity(found: &Activity, showing: Showing, page: &mut Document) {
    if found.moves.is_empty() {
        return;
    }
    let title = format!("Do sparsely active networks learn more slowly? On {}", count(found.samples, "sample"));
    page.heading(title);
    let mut table = Table::new(["biases moved by", "active", "gradient", "error held"], 1);
    for found in &found.moves {
        let by = if found.by == 0.0 { "0".into() } else { format!("{:+}", found.by) };
        table.row([by, percent(found.active), size(found.gradient), size(found.held)]);
    }
    page.table(table);
    if showing.explain {
        page.paragraph(sentence!(
            "The biases of all hidden layers whose units can be inactive move by these multiples of the rms of their Z; A and \
             the prediction follow. active: the share of units and samples that are active there; gradient: the norm of all \
             {} divided by what it is without a move; error held: the same while {} stays as it is without a move.",
            by_weight(""),
            letter("Δ", "[L]")
        ));
    }
    for (error, when) in [(Error::Follows, "When everything follows"), (Error::Held, "With the error held fixed")] {
        let words = match found.telling(error).map(|telling| told(telling, error)) {
            None => format!("{when}, there is no verdict: no two rates of active units differ and have a gradient."),
            Some([rates, norms]) => {
                let [before, after] = &norms;
                let goes =
                    if before == after { format!("stays {before}") } else { format!("goes from {before} to {after}") };
                let do_here = if found.is_monotone(error) { "they do here" } else { "they do not always" };
                format!(
                    "{when}, {do_here}: from {} the norm of the gradient {goes} times what it is.",
                    rates.join(" to ") + " active units"
                )
            }
        };
        page.paragraph(words);
    }
}

/// The rates of active units of two moves, and their gradients.
pub fn told(moves: [Move; 2], error: Error) -> [[String; 2]; 2] {
    let gradient = |found: Move| size(if error == Error::Follows { found.gradient } else { found.held });
    [moves.map(|found| percent(found.active)), moves.map(gradient)]
}

/// How far apart the Δ of the first and the last layer lie under each initialisation.
pub fn comparison(found: &Comparison, ends: [&str; 2], showing: Showing, page: &mut Document) {
    let [of_first, of_last] = ends.map(|layer| letter("Δ", layer));
    let over = format!("({}, {}, ", count(found.seeds, "seed"), count(found.samples, "sample"));
    let over = Sentence::of(over).then(no_bias()).words(")");
    page.heading(sentence!("Initialisations: rms of {} divided by rms of {} {}", of_first, of_last.clone(), over));
    let header = ["initialisation", "median", "least", "greatest", "below 0.1", "above 10", "vanishes", "explodes"];
    let mut table = Table::new(header, 1);
    for row in &found.rows {
        let [median, least, greatest] =
            row.spread.map_or(["-"; 3].map(String::from), |spread| spread.map(|size| size.to_string()));
        let share = |number: usize| {
            if row.finite == 0 { "-".into() } else { format!("{} of {}", grouped(number), grouped(row.finite)) }
        };
        let [[below, above], [vanish, explode]] = [row.tenfold, row.beyond].map(|counts| counts.map(share));
        table.row([row.initialisation.clone(), median, least, greatest, below, above, vanish, explode]);
    }
    page.table(table);
    if showing.explain {
        let [vanishing, exploding] = [found.thresholds.vanishing, found.thresholds.exploding].map(typed);
        let words =
            format!("vanishes: below {vanishing}; explodes: above {exploding}; of the seeds that have such a number.");
        page.paragraph(words);
    }
    let zero = dropped(found, |row| row.zero).map(|rows| format!(" is 0: {rows}."));
    let large = dropped(found, |row| row.seeds - row.finite - row.zero);
    page.paragraphs(zero.map(|words| sentence!("{}{}", of_last, words)));
    page.paragraphs(large.map(|rows| format!("A value is too large to compute with: {rows}.")));
    page.paragraph(answer(found));
}

/// The seeds that a row leaves out, of each that does.
fn dropped(found: &Comparison, count: impl Fn(&Row) -> usize) -> Option<String> {
    let rows = found.rows.iter().filter(|row| count(row) > 0);
    let rows: Vec<String> =
        rows.map(|row| format!("{} in {} of {}", row.initialisation, count(row), row.seeds)).collect();
    (!rows.is_empty()).then(|| format!("{} seeds have no such number", joined(&rows)))
}

/// Whether exploding is rarer than vanishing.
fn answer(found: &Comparison) -> String {
    let all = found.tenfold();
    if all.networks == 0 {
        return format!(
            "Whether exploding is rarer than vanishing is undecided: no network under {} has such a number.",
            joined(&SCALED)
        );
    }
    let verdict = match all.growing.cmp(&all.shrinking) {
        Ordering::Equal if all.growing == 0 => "Neither is seen under the usual initialisations",
        _ if !all.is_clear() => {
            "Whether exploding is rarer than vanishing is undecided, since there are too few draws to tell"
        }
        Ordering::Less => "Exploding is rarer than vanishing",
        Ordering::Greater => "Exploding is more frequent than vanishing",
        Ordering::Equal => "Exploding is as frequent as vanishing",
    };
    let extremes = found.rows.iter().filter(|row| row.initialisation.starts_with("normal") && row.finite > 0);
    let extremes = extremes.map(|Row { initialisation, finite, tenfold: [below, above], .. }| {
        format!(" Under {initialisation} it shrinks so in {below} of {finite} and grows so in {above}.")
    });
    format!(
        "{verdict}: of {} (the same draws scaled as {}), the gradient shrinks more than tenfold from the last layer to the \
         first in {} and grows more than tenfold in {}.{}",
        count(all.networks, "network"),
        joined(&SCALED),
        all.shrinking,
        all.growing,
        extremes.collect::<String>()
    )
}
