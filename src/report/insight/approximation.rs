//! [`Approximation`] → tables and a verdict.

use crate::report::words::{by_weight, cells, count, grouped, joined, left_out, letter, number, shown};
use crate::{
    document::Document,
    document::{sentence::Sentence, table::Table},
    insight::approximation::{Approximation, Biases, Comparison, Distance, Layer},
    report::gradients::Report,
};

/// Batch sizes that fit a table.
const SIZES: usize = 9;

/// A relative error up to this is called a good stand-in, and a length as near to 1 the same size.
const GOOD: f64 = 0.05;

/// A cosine from this on still points the same way.
const ALIGNED: f64 = 0.95;

/// A figure of a distance.
type Metric = fn(&Distance) -> Option<f64>;

impl Approximation {
    /// Prints it.
    pub fn print(&self, report: &Report, page: &mut Document) {
        page.heading(Sentence::of("Approximation: one mean gate a layer for the whole batch"));
        if self.gates {
            self.tables(report, page);
        } else {
            page.paragraph(Sentence::of("the network has no gates, so the product form is exact"));
        }
        self.biases(report, page)
    }

    fn tables(&self, report: &Report, page: &mut Document) {
        let sizes = shown_sizes(&self.sizes);
        let worst = |row: usize| last(&self.layers[row]).and_then(Comparison::distance).map_or(0.0, |d| d.norm);
        let rows = shown(self.layers.len(), &worst);
        let metrics: [(&'static str, Metric); 4] = [
            ("norm of the error by the norm of the gradient, over the first 1, 2, 4, ... samples:", |d| Some(d.norm)),
            ("largest error of an entry by the largest entry:", |d| Some(d.largest)),
            ("norm of the product form by the norm of the gradient, 1 where only the direction is wrong:", |d| {
                Some(d.length)
            }),
            ("cosine similarity, 1 where only the length is wrong:", |d| d.cosine),
        ];
        for (title, metric) in metrics {
            page.paragraph(Sentence::of(title));
            let header = sizes.iter().map(|place| Sentence::default().words(grouped(self.sizes[*place])));
            let mut table = Table::new([Sentence::of("samples")].into_iter().chain(header), 1);
            for row in &rows {
                let layer = &self.layers[*row];
                let figure = |place: &usize| {
                    number(layer.mean_gates.get(*place).and_then(|found| found.distance()).and_then(|d| metric(&d)))
                };
                let cells = sizes.iter().map(|place| Sentence::default().words(figure(place)));
                table.row([Sentence::default().math(report.by(layer.variable))].into_iter().chain(cells));
            }
            page.table(table);
        }
        let legend = by_weight("[l]");
        let legend = Sentence::of("the mean gates stand in the error of ").math(legend).words(" alone: ");
        let legend = legend.math(letter("A", "[l-1]")).words(" stays exact, with the gates of each sample");
        let notes = left_out(self.layers.len(), rows.len(), "gradients");
        let notes = notes.into_iter().chain([legend, self.verdict(report)]);
        page.paragraphs(notes)
    }

    /// What the figures at the full batch say: of size and direction each by itself.
    fn verdict(&self, report: &Report) -> Sentence {
        let all: Vec<(&Layer, Comparison)> =
            self.layers.iter().filter_map(|layer| Some((layer, last(layer)?))).collect();
        let known = all.iter().filter_map(|(layer, found)| Some((*layer, found.distance()?)));
        let worst = known.max_by(|a, b| a.1.norm.total_cmp(&b.1.norm));
        let at = format!("at {}", sized(self.sizes.last().copied().unwrap_or(0)));
        let found = Found::new(all.iter().map(|(_, found)| *found), "the product form");
        let Some((layer, error)) = worst else {
            return Sentence::default().words(format!("no verdict {at}: {}", joined(&found.unknown)));
        };
        if error.norm == 0.0 {
            let exact = match (found.exact, found.unknown.is_empty()) {
                (_, true) => "the mean gates are exact".into(),
                (1, false) => "1 gradient is exact".into(),
                (exact, false) => format!("{exact} gradients are exact"),
            };
            return found.ended(Sentence::default().words(format!("{at} {exact}")));
        }
        let every = if found.unknown.is_empty() { "every gradient" } else { "every gradient that has figures" };
        let aligned = found.without_direction == 0 && found.cosine.is_some_and(|cosine| cosine >= ALIGNED);
        let keep = match (error.norm <= GOOD, aligned, found.lengths.iter().all(|length| (length - 1.0).abs() <= GOOD))
        {
            (true, ..) => "are a good stand-in".into(),
            (false, true, true) => format!("roughly keep the direction and the size of {every}"),
            (false, true, false) => format!("roughly keep the direction of {every}, but change the size"),
            (false, false, true) => format!("roughly keep the size of {every}, but change the direction"),
            (false, false, false) => "are no stand-in for the gates of each sample".into(),
        };
        let figures = format!(
            ": the error is up to {} of the gradient's norm (an entry up to {} of the largest), in ",
            multiple(error.norm),
            multiple(error.largest)
        );
        let exact = match found.exact {
            0 => "no gradient is exact".into(),
            1 => format!("1 of {} is exact", count(found.lengths.len(), "gradient")),
            exact => format!("{exact} of {} are exact", count(found.lengths.len(), "gradient")),
        };
        let sentence = Sentence::default().words(format!("{at} the mean gates {keep}{figures}"));
        let rest = format!("; {}; {exact}", found.length_and_direction());
        found.ended(sentence.math(report.by(layer.variable)).words(rest))
    }

    fn biases(&self, report: &Report, page: &mut Document) {
        let note = match self.biases {
            Biases::None => Sentence::of("the network has no biases to leave out"),
            Biases::Zero => Sentence::of("all biases are 0, so leaving them out changes nothing"),
            Biases::Some => return self.without_biases(report, page),
        };
        page.paragraph(note)
    }

    fn without_biases(&self, report: &Report, page: &mut Document) {
        let title = Sentence::of("Leaving all biases out, at the same ").math(letter("W", ""));
        page.heading(title.words(format!(", on {}", sized(self.sizes.last().copied().unwrap_or(0)))));
        let header = ["gradient", "norm of the error", "largest error", "length", "cosine"];
        let mut table = Table::new(header.map(Sentence::of), 1);
        let distance = |row: usize| self.layers[row].without_biases.and_then(Comparison::distance);
        let rows = shown(self.layers.len(), &|row| distance(row).map_or(0.0, |d| d.norm));
        for row in &rows {
            let found = distance(*row);
            let metrics: [Metric; 4] = [|d| Some(d.norm), |d| Some(d.largest), |d| Some(d.length), |d| d.cosine];
            let figures = metrics.map(|metric| number(found.and_then(|d| metric(&d))));
            let name = Sentence::default().math(report.by(self.layers[*row].variable));
            table.row([name].into_iter().chain(cells(figures)));
        }
        page.table(table);
        if let Some(note) = left_out(self.layers.len(), rows.len(), "gradients") {
            page.paragraph(note);
        }
        page.paragraph(self.biases_verdict())
    }

    fn biases_verdict(&self) -> Sentence {
        let found = self.layers.iter().filter_map(|layer| layer.without_biases);
        let norm = found.clone().filter_map(Comparison::distance).map(|d| d.norm).fold(0.0, f64::max);
        let found = Found::new(found, "that without biases");
        if found.lengths.is_empty() {
            return Sentence::default().words(format!("no verdict: {}", joined(&found.unknown)));
        }
        if norm == 0.0 {
            return found.ended(Sentence::of("the biases do not matter here: leaving them out changes no gradient"));
        }
        let verdict = if norm <= GOOD { "hardly matter here" } else { "matter here" };
        let words = format!(" by up to {} of its norm; {}", multiple(norm), found.length_and_direction());
        let sentence = Sentence::default().words(format!("the biases {verdict}: leaving them out changes "));
        found.ended(sentence.math(by_weight("")).words(words))
    }
}

/// What is known of all gradients together.
struct Found {
    lengths: Vec<f64>,
    /// The least.
    cosine: Option<f64>,
    exact: usize,
    /// How many become 0.
    without_direction: usize,
    /// Why of others nothing is known.
    unknown: Vec<String>,
}

impl Found {
    /// `what` is compared with the gradients.
    fn new(all: impl Iterator<Item = Comparison>, what: &str) -> Self {
        let all: Vec<Comparison> = all.collect();
        let known: Vec<Distance> = all.iter().filter_map(|found| found.distance()).collect();
        let number = |why| all.iter().filter(|found| **found == why).count();
        let reason = |why, one: &str, more: &str| match number(why) {
            0 => None,
            1 => Some(format!("1 gradient {one}")),
            many => Some(format!("{many} gradients {more}")),
        };
        let entries = "entries that are no floats";
        let unknown = [
            reason(Comparison::Zero, "is 0", "are 0"),
            reason(Comparison::GradientNotFinite, &format!("has {entries}"), &format!("have {entries}")),
            match number(Comparison::NotFinite) {
                0 => None,
                number => Some(format!("of {} {what} has {entries}", count(number, "gradient"))),
            },
        ];
        Self {
            lengths: known.iter().map(|d| d.length).collect(),
            cosine: known.iter().filter_map(|d| d.cosine).reduce(f64::min),
            exact: known.iter().filter(|d| d.norm == 0.0).count(),
            without_direction: known.iter().filter(|d| d.cosine.is_none()).count(),
            unknown: unknown.into_iter().flatten().collect(),
        }
    }

    /// Of all that is known the norms, the least cosine, and how many have none.
    fn length_and_direction(&self) -> String {
        let least = self.lengths.iter().copied().fold(f64::INFINITY, f64::min);
        let [least, greatest] = [least, self.lengths.iter().copied().fold(0.0, f64::max)].map(multiple);
        let lengths = if least == greatest {
            format!("the norms are {least} of the gradients' norms")
        } else {
            format!("the norms are {least} to {greatest} of the gradients' norms")
        };
        let cosine = self.cosine.map(|cosine| format!("the least cosine is {}", number(cosine)));
        let zero = match self.without_direction {
            0 => None,
            1 => Some("1 gradient becomes 0".into()),
            more => Some(format!("{more} gradients become 0")),
        };
        joined(&[Some(lengths), cosine, zero].into_iter().flatten().collect::<Vec<_>>())
    }

    /// With what is not known at the end.
    fn ended(&self, sentence: Sentence) -> Sentence {
        if self.unknown.is_empty() { sentence } else { sentence.words(format!("; {}", joined(&self.unknown))) }
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

fn sized(samples: usize) -> String {
    count(samples, "sample")
}

/// All, or the ends and some between.
fn shown_sizes(sizes: &[usize]) -> Vec<usize> {
    if sizes.len() <= SIZES {
        return (0..sizes.len()).collect();
    }
    let last = sizes.len() - 1;
    let mut places: Vec<usize> = (0..SIZES).map(|i| i * last / (SIZES - 1)).collect();
    places.dedup();
    places
}
