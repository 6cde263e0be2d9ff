//! [`Structure`] → one sentence a fact, and a table of the terms of gradients.

use super::summary::shortened;
use crate::{
    document::{Document, Letter, Notation, Sentence, Table, sentence},
    expr::SymbolId,
    insight::{
        Magnitude,
        size::float,
        structure::{Dropped, Normal, Part, Structure, Sum, Through, Zero},
    },
    report::{
        gradients::Report,
        words::{count, joined, left_out, listed, number, percent, shown, with_commas},
    },
};

/// What applies, in a sentence each.
pub fn sentences(found: &Structure, report: &Report) -> Vec<Sentence> {
    let is_skip = |part: &Part| matches!(part.through, Through::Skip(_));
    let is_penalty = |part: &Part| part.through == Through::Penalty;
    let is_use = |part: &Part| !is_penalty(part);
    let values = found.sums.iter().filter(|sum| !sum.is_parameter);
    let shared = found.sums.iter().filter(|sum| sum.is_parameter && uses(sum) > 1);
    let penalised = found.sums.iter().filter(|sum| parts(sum).any(is_penalty));
    let mut facts = vec![
        shares(SKIPS, values, &is_skip, report),
        shares(SHARED, shared, &is_use, report),
        penalty(penalised, &is_penalty, report),
    ];
    for (name, of_kind) in of_each_kind(&found.norms) {
        facts.extend([norms(name, &of_kind), before_norms(name, &of_kind)]);
    }
    facts.push(dropouts(found));
    facts.extend(zeros(found, report).into_iter().map(Some));
    facts.push(alike(&found.alike));
    facts.into_iter().flatten().collect()
}

/// The part of the page: the paths, the facts, and each gradient that is a sum.
pub fn structure(found: &Structure, report: &Report, page: &mut Document) {
    page.heading("Structure: what skips, norms, shared weights and penalties do to the gradient");
    page.paragraphs(paths(found));
    let facts = sentences(found, report);
    if facts.is_empty() && found.sums.is_empty() {
        page.paragraph(
            "There is nothing to tell: no skip, norm, dropout, shared weight or penalty, no gradient that is always 0, and no \
             layer whose units are all alike.",
        );
    }
    page.paragraphs(facts);
    let mut table = Table::new(["gradient", "term", "share", "norm"], 2);
    let sums: Vec<&Sum> = found.sums.iter().filter(|sum| sum.parts.is_some()).collect();
    let rows = shown(sums.len(), &|row| float(parts(sums[row]).count()));
    for sum in rows.iter().map(|row| sums[*row]) {
        for (place, part) in parts(sum).enumerate() {
            let gradient = if place == 0 { by(report, sum.variable).into() } else { Sentence::default() };
            let figures = [through(&part.through), percent(part.share), number(part.norm)].map(Sentence::of);
            table.row([gradient].into_iter().chain(figures));
        }
    }
    if rows.is_empty() {
        return;
    }
    page.table(table);
    page.paragraphs(left_out(sums.len(), rows.len(), "gradients"));
    page.paragraph(
        "share: the scalar product of the term and the gradient, divided by the square of the gradient's norm, so that all \
         shares of a gradient add up to 100 %; norm: the norm of the term divided by that of the gradient.",
    );
}

fn parts(sum: &Sum) -> impl Iterator<Item = &Part> {
    sum.parts.iter().flatten()
}

fn uses(sum: &Sum) -> usize {
    parts(sum).filter(|part| part.through != Through::Penalty).count()
}

fn through(through: &Through) -> String {
    match through {
        Through::Skip(layer) => format!("the skip to layer {}", shortened(layer)),
        Through::Layer(layer) => format!("layer {}", shortened(layer)),
        Through::Loss(target) => format!("the loss against {}", shortened(target)),
        Through::Penalty => "the penalties".into(),
    }
}

/// Names, each as long as can be read.
fn names_of<S: AsRef<str>>(names: &[S]) -> String {
    listed(&names.iter().map(|name| shortened(name.as_ref())).collect::<Vec<_>>())
}

/// What is said of layers that learn nothing more on these samples.
pub(super) fn settled(labels: &[String]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let names = names_of(labels);
    if labels.len() == 1 {
        format!(" The gradient of W of layer {names} cancels up to rounding, as at an optimum, and is not judged.")
    } else {
        format!(" The gradients of W of layers {names} cancel up to rounding, as at an optimum, and are not judged.")
    }
}

/// ∂J/∂W, with a name that can be read.
fn by(report: &Report, variable: SymbolId) -> Notation {
    fn short(notation: Notation) -> Notation {
        let Notation::Letter(letter) = notation else { return notation.map(&mut short) };
        let subscript = letter.subscript.map(|label| shortened(&label).into());
        Notation::Letter(Letter { base: shortened(&letter.base).into(), subscript, ..letter })
    }
    short(report.by(variable))
}

/// `31.0 %`, `31.0 % to 74.2 %`
fn range(shares: &[f64], write: fn(f64) -> String) -> String {
    let least = shares.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let [least, greatest] = [least, greatest].map(write);
    if least == greatest { least } else { format!("{least} to {greatest}") }
}

/// Words about gradients with several terms: the title, of what they are, and where a part of each comes from.
type Words = [&'static str; 4];
const SKIPS: Words =
    ["Skips", "the gradient at the input of each of", "block", "through the skip, the rest through the branches"];
const SHARED: Words = [
    "Shared weights",
    "the gradient with respect to each of",
    "shared weight",
    "from the first use, the rest from the others",
];

/// What share of the gradients comes from the parts of a kind: of one gradient from which.
fn shares<'a>(
    [title, of, noun, from]: Words,
    sums: impl Iterator<Item = &'a Sum>,
    is_kind: &dyn Fn(&Part) -> bool,
    report: &Report,
) -> Option<Sentence> {
    let first = |sum: &'a Sum| Some((sum, parts(sum).find(|part| is_kind(part))?));
    let found: Vec<(&Sum, &Part)> = sums.filter_map(first).collect();
    let (sum, _) = *found.first()?;
    if found.len() == 1 {
        let come = |place| if place == 0 { "comes through" } else { "through" };
        let parts: Vec<String> = (parts(sum).enumerate())
            .map(|(place, part)| format!("{} {} {}", percent(part.share), come(place), through(&part.through)))
            .collect();
        return Some(sentence!("{}: of {}, {}.", title, by(report, sum.variable), joined(&parts)));
    }
    let shares: Vec<f64> = found.iter().map(|(_, part)| part.share).collect();
    let words = format!("of {of} {}, {} comes {from}.", count(found.len(), noun), range(&shares, percent));
    Some(sentence!("{}: {}", title, words))
}

fn penalty<'a>(
    sums: impl Iterator<Item = &'a Sum>,
    is_penalty: &dyn Fn(&Part) -> bool,
    report: &Report,
) -> Option<Sentence> {
    let ratio = |sum: &'a Sum| {
        let of = parts(sum).find(|part| is_penalty(part))?;
        // ‖g − p‖² = ‖g‖² − 2 ⟨g, p⟩ + ‖p‖²
        let data = (1.0 - 2.0 * of.share + of.norm * of.norm).max(0.0).sqrt();
        Some((sum, of.norm / data))
    };
    let found: Vec<(&Sum, f64)> = sums.filter_map(ratio).collect();
    let (greatest, most) = *found.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let ratios: Vec<f64> = found.iter().map(|(_, ratio)| *ratio).filter(|ratio| ratio.is_finite()).collect();
    if most.is_infinite() {
        return Some(sentence!(
            "Penalty: it is all of {}, for which the data's part is 0.",
            by(report, greatest.variable)
        ));
    }
    let words = format!("its part of a gradient has {} times the norm of the data's part", range(&ratios, number));
    Some(if found.len() == 1 {
        sentence!("Penalty: {}, for {}.", words, by(report, greatest.variable))
    } else {
        sentence!("Penalty: {}, most for {}.", words, by(report, greatest.variable))
    })
}

/// The largest of figures that are 0 but for rounding and ε.
fn most(figures: impl Iterator<Item = f64>) -> Option<Magnitude> {
    figures.map(Magnitude::of).reduce(|a, b| if b > a { b } else { a })
}

/// `3.2e-6`; of rounding alone `nothing`.
fn told(figure: Magnitude) -> String {
    const ROUNDING: f64 = 1e-12;
    if figure < Magnitude::of(ROUNDING) { "nothing".to_owned() } else { figure.to_string() }
}

fn named(norms: &[&Normal]) -> String {
    let names: Vec<&str> = norms.iter().map(|norm| &*norm.layer).collect();
    format!("{} {}", if names.len() == 1 { "layer" } else { "layers" }, names_of(&names))
}

/// The norms of each kind together: they take different things away.
fn of_each_kind(norms: &[Normal]) -> impl Iterator<Item = (&'static str, Vec<&Normal>)> {
    let kinds = [("layer", "Layer norm"), ("rms", "RMS norm"), ("batch", "Batch norm")];
    kinds.into_iter().map(|(kind, name)| (name, norms.iter().filter(|norm| norm.kind == kind).collect()))
}

fn norms(name: &str, norms: &[&Normal]) -> Option<Sentence> {
    let along = told(most(norms.iter().map(|norm| norm.along_normalised))?);
    let lines = if norms.iter().all(|norm| norm.kind == "batch") { "column" } else { "row" };
    let ones = most(norms.iter().filter_map(|norm| norm.along_ones));
    let ones = ones.map(|ones| format!("{} lies along a {lines} of ones and ", told(ones))).unwrap_or_default();
    let verb = if ones.is_empty() { " lies" } else { "" };
    let epsilon = if norms.iter().any(|norm| norm.epsilon > 0.0) { "; without eps it would be 0" } else { "" };
    let named = named(norms);
    let words = format!(
        "{name}: of the gradient that leaves {named}, {ones}{along}{verb} along the normalised {lines} (relative to its \
         norm{epsilon})."
    );
    Some(words.into())
}

fn before_norms(name: &str, norms: &[&Normal]) -> Option<Sentence> {
    let before = || norms.iter().filter_map(|norm| norm.before.as_ref());
    let scale = most(before().map(|before| before.scale))?;
    let labels: Vec<&str> = before().map(|before| &*before.layer).collect();
    let common = most(before().filter_map(|before| before.common));
    let common = common
        .map(|common| format!("; nor has what is added to all of its biases ({} of their gradient)", told(common)))
        .unwrap_or_default();
    let layer = if labels.len() == 1 { "layer" } else { "layers" };
    let name = name.replacen('L', "l", 1).replacen('B', "b", 1);
    let article = if name.starts_with('R') { "an" } else { "a" };
    Some(
        format!(
            "Before {article} {name}, the scale of all weights and biases of {layer} {} has no influence: {} of the gradient \
             lies along it{common}.",
            names_of(&labels),
            told(scale)
        )
        .into(),
    )
}

fn dropouts(found: &Structure) -> Option<Sentence> {
    let shares = |of: fn(&Dropped) -> f64| range(&found.dropouts.iter().map(of).collect::<Vec<_>>(), percent);
    let labels: Vec<&str> = found.dropouts.iter().map(|dropped| &*dropped.layer).collect();
    let layer = if labels.len() == 1 { "layer" } else { "layers" };
    (!labels.is_empty()).then(|| {
        format!(
            "Dropout: {layer} {} {} {} of the values on this batch; the same mask makes {} of the gradient 0.",
            names_of(&labels),
            if labels.len() == 1 { "drops" } else { "drop" },
            shares(|dropped| dropped.values),
            shares(|dropped| dropped.gradients)
        )
        .into()
    })
}

/// The gradients that are always 0: first those of which the reason is known.
fn zeros(found: &Structure, report: &Report) -> Vec<Sentence> {
    let (known, others): (Vec<&Zero>, Vec<&Zero>) = found.zeros.iter().partition(|zero| zero.norm.is_some());
    let told = |zeros: Vec<&Zero>| {
        let (first, more) = zeros.split_first()?;
        let why = first.norm.as_ref().map(|norm| {
            let norm = shortened(norm);
            format!(
                ", since the norm of layer {norm} takes the mean over the batch away: leave the bias out (`nobias`)"
            )
        });
        let why = format!("{}.", why.unwrap_or_default());
        let fact = sentence!("Without effect: {} is 0 here and at a random point{}", by(report, first.variable), why);
        if more.is_empty() {
            return Some(fact);
        }
        let others = with_commas(more.iter().map(|zero| by(report, zero.variable).into()));
        let are = if more.len() == 1 { "So is" } else { "So are" };
        let why = if first.norm.is_some() { " for the same reason" } else { " too" };
        Some(sentence!("{} {} {}{}.", fact, are, others, why))
    };
    [known, others].into_iter().filter_map(told).collect()
}

fn alike(labels: &[String]) -> Option<Sentence> {
    let layers = match labels {
        [] => return None,
        [only] => format!("layer {}", shortened(only)),
        several => format!("each of the layers {}", names_of(several)),
    };
    Some(
        format!(
            "Symmetry: all units of {layers} have the same weights and the same gradient: nothing tells them apart. Draw the \
             weights at random."
        )
        .into(),
    )
}

fn paths(found: &Structure) -> Option<Sentence> {
    let labels = match &found.on_every_path[..] {
        [] => "no layer is on all of them".to_owned(),
        [only] => format!("all pass layer {}", shortened(only)),
        several => format!("all pass the layers {}", names_of(several)),
    };
    let paths = match found.paths {
        few if few < 1e6 => few.to_string(),
        many if many.is_finite() => number(many),
        _ => format!("More than {}", number(1e308)),
    };
    (found.paths > 1.0).then(|| format!("{paths} paths lead from the input to the loss; {labels}.").into())
}
