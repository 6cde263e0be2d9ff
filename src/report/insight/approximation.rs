//! How far one gate matrix for the whole batch, and leaving biases out, are from the gradient → tables and a verdict.

use crate::{
    document::{Document, Sentence, Table, sentence},
    insight::approximation::{Approximation, Biases, Comparison, Distance, Layer},
    report::{
        gradients::Report,
        words::{by_weight, count, grouped, joined, left_out, number, shown},
    },
};

/// Batch sizes that fit a table.
const SIZES: usize = 9;

/// A relative error up to this is called a good stand-in, and a length as near to 1 the same size.
const GOOD: f64 = 0.05;

/// A cosine from this on still points the same way.
const ALIGNED: f64 = 0.95;

/// A figure of a distance, and what it is.
type Metric = (&'static str, fn(&Distance) -> Option<f64>);

const METRICS: [Metric; 4] = [
    ("error", |d| Some(d.norm)),
    ("largest error", |d| Some(d.largest)),
    ("length", |d| Some(d.length)),
    ("cosine", |d| d.cosine),
];

/// Of the product form, then of leaving biases out.
pub fn approximation(found: &Approximation, report: &Report, page: &mut Document) {
    page.heading("Approximation: one matrix of activation derivatives for the whole batch");
    if found.gates {
        mean_gates(found, report, page);
    } else {
        page.paragraph("The network has no activation derivatives, so the product form is exact.");
    }
    match found.biases {
        Biases::None => page.paragraph("The network has no biases to leave out."),
        Biases::Zero => page.paragraph("All biases are 0, so leaving them out changes nothing."),
        Biases::Some => without_biases(found, report, page),
    }
}

fn mean_gates(found: &Approximation, report: &Report, page: &mut Document) {
    page.paragraph(verdict(found, report));
    let sizes = shown_sizes(&found.sizes);
    let worst = |row: usize| last(&found.layers[row]).and_then(Comparison::distance).map_or(0.0, |d| d.norm);
    let rows = shown(found.layers.len(), &worst);
    let titles = [
        "Norm of the error, divided by the norm of the gradient, over the first 1, 2, 4, ... samples:",
        "Largest error of an entry, divided by the largest entry:",
        "Norm of the product form, divided by the norm of the gradient (1 where only the direction is wrong):",
        "Cosine between the two (1 where only the length is wrong):",
    ];
    for (title, (_, metric)) in titles.into_iter().zip(METRICS) {
        page.paragraph(title);
        let header = sizes.iter().map(|place| grouped(found.sizes[*place]));
        let mut table = Table::new(["samples".to_owned()].into_iter().chain(header), 1);
        for layer in rows.iter().map(|row| &found.layers[*row]) {
            let figure = |place: &usize| layer.mean_gates.get(*place)?.distance().and_then(|d| metric(&d));
            let figures = sizes.iter().map(|place| number(figure(place)));
            table.row_of(report.by(layer.variable), figures);
        }
        page.table(table);
    }
    page.paragraphs(left_out(found.layers.len(), rows.len(), "gradients"));
}

/// What the figures at the full batch say: of size and direction each by itself.
fn verdict(found: &Approximation, report: &Report) -> Sentence {
    let all: Vec<(&Layer, Comparison)> = found.layers.iter().filter_map(|layer| Some((layer, last(layer)?))).collect();
    let summary = Summary::new(all.iter().map(|(_, found)| *found));
    let at = count(found.sizes.last().copied().unwrap_or(0), "sample");
    let distances = all.iter().filter_map(|(layer, found)| Some((*layer, found.distance()?)));
    let Some((layer, error)) = distances.max_by(|a, b| a.1.norm.total_cmp(&b.1.norm)) else {
        return format!("With {at} there is no verdict: {}.", joined(&summary.unknown)).into();
    };
    if error.norm == 0.0 {
        return summary.ended(format!("With {at} the product form is exact"));
    }
    let (quality, norm) = (summary.quality(error.norm), multiple(error.norm));
    let words = format!("With {at} {quality}: the error is up to {norm} of the gradient's norm, for");
    summary.ended(sentence!("{} {}; {}", words, report.by(layer.variable), summary.length_and_direction()))
}

fn without_biases(found: &Approximation, report: &Report, page: &mut Document) {
    page.heading("Leaving all biases out, with the same weights");
    let distances = || found.layers.iter().filter_map(|layer| layer.without_biases);
    let norm = distances().filter_map(Comparison::distance).map(|d| d.norm).fold(0.0, f64::max);
    let summary = Summary::new(distances());
    page.paragraph(if summary.lengths.is_empty() {
        format!("There is no verdict: {}.", joined(&summary.unknown)).into()
    } else if norm == 0.0 {
        summary.ended("The biases do not matter here: leaving them out changes no gradient")
    } else {
        let matter = if norm <= GOOD { "hardly matter" } else { "matter" };
        let by = format!("by up to {} of its norm; {}", multiple(norm), summary.length_and_direction());
        summary.ended(sentence!("The biases {} here: leaving them out changes {} {}", matter, by_weight(""), by))
    });
    let mut table = Table::new(["gradient"].into_iter().chain(METRICS.map(|(name, _)| name)), 1);
    let distance = |row: usize| found.layers[row].without_biases.and_then(Comparison::distance);
    let rows = shown(found.layers.len(), &|row| distance(row).map_or(0.0, |d| d.norm));
    for row in &rows {
        let figures = METRICS.map(|(_, metric)| number(distance(*row).and_then(|d| metric(&d))));
        table.row_of(report.by(found.layers[*row].variable), figures);
    }
    page.table(table);
    page.paragraphs(left_out(found.layers.len(), rows.len(), "gradients"));
}

/// What is known of all gradients together.
struct Summary {
    lengths: Vec<f64>,
    /// The least.
    cosine: Option<f64>,
    /// How many become 0.
    without_direction: usize,
    /// Why of others nothing is known.
    unknown: Vec<String>,
}

impl Summary {
    fn new(all: impl Iterator<Item = Comparison>) -> Self {
        let all: Vec<Comparison> = all.collect();
        let known: Vec<Distance> = all.iter().filter_map(|found| found.distance()).collect();
        let reasons = [
            (Comparison::Zero, "0 but for rounding"),
            (Comparison::GradientNotFinite, "not finite"),
            (Comparison::NotFinite, "approximated by values that are not finite"),
        ];
        let unknown = reasons.into_iter().filter_map(|(why, words)| {
            let number = all.iter().filter(|found| **found == why).count();
            let is = if number == 1 { "is" } else { "are" };
            (number > 0).then(|| format!("{} {is} {words}", count(number, "gradient")))
        });
        Self {
            lengths: known.iter().map(|d| d.length).collect(),
            cosine: known.iter().filter_map(|d| d.cosine).reduce(f64::min),
            without_direction: known.iter().filter(|d| d.cosine.is_none()).count(),
            unknown: unknown.collect(),
        }
    }

    /// What the product form is good for, where its largest error is `norm`.
    fn quality(&self, norm: f64) -> &'static str {
        let is_aligned = self.without_direction == 0 && self.cosine.is_some_and(|cosine| cosine >= ALIGNED);
        let is_long = self.lengths.iter().all(|length| (length - 1.0).abs() <= GOOD);
        match (norm <= GOOD, is_aligned, is_long) {
            (true, ..) => "the product form is a good stand-in",
            (false, true, true) => "the product form roughly keeps the direction and the size of every gradient",
            (false, true, false) => "the product form roughly keeps the direction of every gradient, but not the size",
            (false, false, true) => "the product form roughly keeps the size of every gradient, but not the direction",
            (false, false, false) => "the product form is no stand-in for the gradient",
        }
    }

    /// Of all that is known the norms, the least cosine, and how many have none.
    fn length_and_direction(&self) -> String {
        let least = self.lengths.iter().copied().fold(f64::INFINITY, f64::min);
        let [least, greatest] = [least, self.lengths.iter().copied().fold(0.0, f64::max)].map(multiple);
        let range = if least == greatest { least } else { format!("{least} to {greatest}") };
        let parts = [
            Some(format!("the norms are {range} times those of the gradients")),
            self.cosine.map(|cosine| format!("the least cosine is {}", number(cosine))),
            (self.without_direction > 0).then(|| format!("{} of them 0", self.without_direction)),
        ];
        joined(&parts.into_iter().flatten().collect::<Vec<_>>())
    }

    /// With what is not known at the end.
    fn ended(&self, sentence: impl Into<Sentence>) -> Sentence {
        let unknown = joined(&self.unknown);
        let end = if unknown.is_empty() { String::new() } else { format!("; {unknown}") };
        sentence!("{}{}.", sentence.into(), end)
    }
}

/// At the full batch.
fn last(layer: &Layer) -> Option<Comparison> {
    layer.mean_gates.last().copied()
}

/// `0.25`; what leaves the floats has no digits.
fn multiple(x: f64) -> String {
    if x.is_infinite() { "more than 1e308".into() } else { number(x) }
}

/// All, or the ends and some between.
fn shown_sizes(sizes: &[usize]) -> Vec<usize> {
    if sizes.len() <= SIZES {
        return (0..sizes.len()).collect();
    }
    let mut places: Vec<usize> = (0..SIZES).map(|i| i * (sizes.len() - 1) / (SIZES - 1)).collect();
    places.dedup();
    places
}
