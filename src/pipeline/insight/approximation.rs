//! [`Approximation`] → tables and a verdict.

use std::io::{self, Write};

use super::figure::{by_weight, cells, grouped, left_out, letter, number, shown};
use crate::{
    insight::approximation::{Approximation, Biases, Distance, Layer},
    render::{figures::Figures, page::Page, report::Report, sentence::Sentence},
};

/// Batch sizes that fit a table.
const SIZES: usize = 9;

/// A relative error below this is called a good stand-in.
const GOOD: f64 = 0.05;

/// A cosine above this still points the same way.
const ALIGNED: f64 = 0.95;

/// A figure of a distance.
type Metric = fn(&Distance) -> Option<f64>;

impl Approximation {
    /// Prints it.
    ///
    /// # Errors
    /// What the page is written to says.
    pub fn print<W: Write>(&self, report: &Report, page: &mut Page<W>) -> io::Result<()> {
        page.heading(&Sentence::of("Approximation: one mean gate a layer for the whole batch"))?;
        if self.gates {
            self.tables(report, page)?;
        } else {
            page.sentence(&Sentence::of("the network has no gates, so the product form is exact"))?;
        }
        self.biases(report, page)
    }

    fn tables<W: Write>(&self, report: &Report, page: &mut Page<W>) -> io::Result<()> {
        let sizes = shown_sizes(&self.sizes);
        let worst = |row: usize| self.layers[row].last().map_or(0.0, |distance| distance.norm);
        let rows = shown(self.layers.len(), &worst);
        let metrics: [(&'static str, Metric); 3] = [
            ("norm of the error by the norm of the gradient, over the first 1, 2, 4, ... samples:", |d| Some(d.norm)),
            ("largest error of an entry by the largest entry:", |d| Some(d.largest)),
            ("cosine similarity, 1 where only the length is wrong:", |d| d.cosine),
        ];
        for (title, metric) in metrics {
            page.sentence(&Sentence::of(title))?;
            let header = sizes.iter().map(|place| Sentence::default().words(grouped(self.sizes[*place])));
            let mut table = Figures::new([Sentence::of("samples")].into_iter().chain(header), 1);
            for row in &rows {
                let layer = &self.layers[*row];
                let figure = |place: &usize| {
                    number(layer.mean_gates.get(*place).copied().flatten().and_then(|d| metric(&d)).map(rounded))
                };
                let cells = sizes.iter().map(|place| Sentence::default().words(figure(place)));
                table.row([Sentence::default().math(report.by(layer.variable))].into_iter().chain(cells));
            }
            page.table(&table)?;
        }
        let legend = by_weight("[l]");
        let legend = Sentence::of("the mean gates stand in the error of ").math(legend).words(" alone: ");
        let legend = legend.math(letter("A", "[l-1]")).words(" stays exact, with the gates of each sample");
        let notes = left_out(self.layers.len(), rows.len(), "gradients");
        let notes = notes.into_iter().chain([legend, self.verdict(report)]);
        notes.collect::<Vec<_>>().iter().try_for_each(|note| page.sentence(note))
    }

    /// What the figures at the full batch say.
    fn verdict(&self, report: &Report) -> Sentence {
        let known: Vec<(&Layer, Distance)> =
            self.layers.iter().filter_map(|layer| Some((layer, layer.last()?))).collect();
        let samples = self.sizes.last().copied().unwrap_or(0);
        let Some((worst, error)) = known.iter().max_by(|a, b| a.1.norm.total_cmp(&b.1.norm)) else {
            return Sentence::of("no verdict: every gradient is 0 or has an entry that is no float");
        };
        let cosine = known.iter().filter_map(|(_, distance)| distance.cosine).fold(1.0, f64::min);
        let exact = known.iter().filter(|(_, distance)| distance.norm < 1e-9).count();
        let words = if rounded(error.norm) == 0.0 {
            format!("at {} the mean gates are exact", sized(samples))
        } else if error.norm <= GOOD {
            format!("at {} the mean gates are a good stand-in", sized(samples))
        } else if cosine >= ALIGNED {
            format!("at {} the mean gates keep the direction of the gradients, but not their size", sized(samples))
        } else {
            format!("at {} the mean gates are no stand-in for the gates of each sample", sized(samples))
        };
        if rounded(error.norm) == 0.0 {
            return Sentence::default().words(words);
        }
        let figures = format!(
            ": the error is up to {} of the gradient's norm (an entry up to {} of the largest), in ",
            number(error.norm),
            number(error.largest)
        );
        let sentence = Sentence::default().words(words).words(figures).math(report.by(worst.variable));
        let end =
            format!(", and the least cosine is {}; {exact} of {} gradients are exact", number(cosine), known.len());
        sentence.words(end)
    }

    fn biases<W: Write>(&self, report: &Report, page: &mut Page<W>) -> io::Result<()> {
        let note = match self.biases {
            Biases::None => Sentence::of("the network has no biases to leave out"),
            Biases::Zero => Sentence::of("all biases are 0, so leaving them out changes nothing"),
            Biases::Some => return self.without_biases(report, page),
        };
        page.sentence(&note)
    }

    fn without_biases<W: Write>(&self, report: &Report, page: &mut Page<W>) -> io::Result<()> {
        let title = Sentence::of("Leaving all biases out, at the same ").math(letter("W", ""));
        page.heading(&title.words(format!(", on {}", sized(self.sizes.last().copied().unwrap_or(0)))))?;
        let header = ["gradient", "norm of the error", "largest error", "cosine"];
        let mut table = Figures::new(header.map(Sentence::of), 1);
        let rows = shown(self.layers.len(), &|row| self.layers[row].without_biases.map_or(0.0, |d| d.norm));
        for row in &rows {
            let layer = &self.layers[*row];
            let found = layer.without_biases;
            let figures = [found.map(|d| d.norm), found.map(|d| d.largest), found.and_then(|d| d.cosine)].map(number);
            table.row([Sentence::default().math(report.by(layer.variable))].into_iter().chain(cells(figures)));
        }
        page.table(&table)?;
        if let Some(note) = left_out(self.layers.len(), rows.len(), "gradients") {
            page.sentence(&note)?;
        }
        let known = self.layers.iter().filter_map(|layer| layer.without_biases);
        let known: Vec<Distance> = known.collect();
        if known.is_empty() {
            return page.sentence(&Sentence::of("no verdict: every gradient is 0 or has an entry that is no float"));
        }
        let norm = known.iter().map(|d| d.norm).fold(0.0, f64::max);
        let cosine = known.iter().filter_map(|d| d.cosine).fold(1.0, f64::min);
        let verdict = if norm <= GOOD { "hardly matter here" } else { "matter here" };
        let words =
            format!(" by up to {} of its norm, and its direction down to a cosine of {}", number(norm), number(cosine));
        page.sentence(
            &Sentence::default()
                .words(format!("the biases {verdict}: leaving them out changes "))
                .math(by_weight(""))
                .words(words),
        )
    }
}

impl Layer {
    /// At the full batch.
    fn last(&self) -> Option<Distance> {
        self.mean_gates.last().copied().flatten()
    }
}

/// Rounding is no error.
fn rounded(x: f64) -> f64 {
    if x.abs() < 1e-12 { 0.0 } else { x }
}

fn sized(samples: usize) -> String {
    super::figure::count(samples, "sample")
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
