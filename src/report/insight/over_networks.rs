//! [`Activity`] and [`Comparison`] → tables and sentences: the flow in other networks of the same layers.

use std::cmp::Ordering;

use crate::report::words::{by_weight, cells, count, grouped, joined, letter, percent, size, typed};
use crate::{
    document::Document,
    document::{sentence::Sentence, table::Table},
    insight::flow::{
        Activity, Comparison,
        activity::Error,
        comparison::{Row, SCALED, Tenfold},
    },
};

impl Activity {
    /// Prints it.
    pub fn print(&self, page: &mut Document) {
        let words = Sentence::of;
        let header = ["biases moved by", "active", "gradient", "error held"];
        let mut table = Table::new(header.map(words), 1);
        for found in &self.moves {
            let by = if found.by == 0.0 { "0".into() } else { format!("{:+}", found.by) };
            table.row(cells([by, percent(found.active), size(found.gradient), size(found.held)]));
        }
        if self.moves.is_empty() {
            return;
        }
        let title = format!("Do sparsely active networks learn more slowly? On {}", count(self.samples, "sample"));
        page.heading(Sentence::default().words(title));
        page.table(table);
        page.paragraph(
            Sentence::of(
                "the biases of all hidden layers whose units can be inactive are moved by multiples of the rms of their Z, which also \
                 changes A and the prediction; active: the share of units and samples there; gradient: the norm of all ",
            )
            .math(by_weight(""))
            .words(" by that without a move; error held: the same with ")
            .math(letter("Δ", "[L]"))
            .words(" as it is without a move"),
        );
        self.verdicts().into_iter().for_each(|verdict| page.paragraph(Sentence::default().words(verdict)))
    }

    fn verdicts(&self) -> [String; 2] {
        [(Error::Follows, "with everything following"), (Error::Held, "with the error held")].map(|(error, when)| {
            let answer = if self.is_monotone(error) { "they do here" } else { "not in every case here" };
            match self.told(error) {
                None => {
                    format!("{when}, no verdict: there are no two rates of active units that differ, with a gradient")
                }
                Some(told) => format!("{when}, {answer}: {told}"),
            }
        })
    }

    /// What the two moves that say most say.
    pub(super) fn told(&self, error: Error) -> Option<String> {
        let [more, fewer] = self.telling(error)?;
        let [before, after] = [more, fewer].map(|found| match error {
            Error::Follows => size(found.gradient),
            Error::Held => size(found.held),
        });
        let goes = if before == after { format!("stays {before}") } else { format!("goes from {before} to {after}") };
        Some(format!(
            "from {} to {} active units the norm of the gradient {goes} times what it is",
            percent(more.active),
            percent(fewer.active)
        ))
    }
}

impl Tenfold {
    /// `of 80 networks under he-in, … 2 shrink the gradient more than tenfold from the last layer to the first, and 1 makes …`
    pub(super) fn told(self) -> String {
        let Self { networks, shrinking, growing } = self;
        let verb = |number: usize, one: &'static str, more: &'static str| if number == 1 { one } else { more };
        format!(
            "of {}, the same draws scaled as {}, {shrinking} {} the gradient more than tenfold from the last layer to the first, and {growing} {} it grow so",
            count(networks, "network"),
            joined(&SCALED),
            verb(shrinking, "shrinks", "shrink"),
            verb(growing, "makes", "make"),
        )
    }
}

impl Comparison {
    /// Prints it.
    pub fn print(&self, page: &mut Document) {
        let [below, above] = ["1", "[L]"].map(|index| letter("Δ", index));
        let note = Sentence::of("Initialisations: rms ").math(below).words(" by rms ").math(above);
        let samples = count(self.samples, "sample");
        page.heading(note.words(format!(" over {}, biases 0, on {samples}", count(self.seeds, "seed"))));
        let header = ["initialisation", "median", "least", "greatest", "below 0.1", "above 10", "vanish", "explode"];
        let mut table = Table::new(header.map(Sentence::of), 1);
        for row in &self.rows {
            let [median, least, greatest] =
                row.spread.map_or(["-"; 3].map(String::from), |spread| spread.map(|size| size.to_string()));
            let share = |number: usize| {
                if row.finite == 0 { "-".into() } else { format!("{} of {}", grouped(number), grouped(row.finite)) }
            };
            let [below, above] = row.tenfold.map(share);
            let [vanish, explode] = row.beyond.map(share);
            table.row(cells([row.initialisation.clone(), median, least, greatest, below, above, vanish, explode]));
        }
        page.table(table);
        let limits = format!(
            "vanish: below {}; explode: above {}; of seeds at which there is such a number",
            typed(self.thresholds.vanishing),
            typed(self.thresholds.exploding)
        );
        page.paragraph(Sentence::default().words(limits));
        let zero = self.dropped(|row| row.zero);
        let no_float = self.dropped(|row| row.seeds - row.finite - row.zero);
        let zero = zero.map(|rows| Sentence::default().math(letter("Δ", "[L]")).words(format!(" is 0: {rows}")));
        let no_float = no_float.map(|rows| Sentence::default().words(format!("a value is no float: {rows}")));
        zero.into_iter().chain(no_float).for_each(|note| page.paragraph(note));
        page.paragraph(Sentence::default().words(self.answer()))
    }

    /// The seeds that a row leaves out, of each that does.
    fn dropped(&self, count: impl Fn(&Row) -> usize) -> Option<String> {
        let rows = self.rows.iter().filter(|row| count(row) > 0);
        let rows: Vec<String> =
            rows.map(|row| format!("{} in {} of {}", row.initialisation, count(row), row.seeds)).collect();
        (!rows.is_empty()).then(|| format!("{} seeds have no such number", joined(&rows)))
    }

    /// Whether exploding is rarer than vanishing.
    fn answer(&self) -> String {
        let found = self.tenfold();
        let verdict = match found.growing.cmp(&found.shrinking) {
            _ if found.networks == 0 => "no verdict on exploding and vanishing",
            _ if found.growing + found.shrinking > 0 && !found.is_clear() => {
                "no verdict on exploding and vanishing, since there are too few draws to tell"
            }
            Ordering::Less => "exploding is rarer than vanishing",
            Ordering::Greater => "exploding is not rarer than vanishing, but more frequent",
            Ordering::Equal if found.growing == 0 => "neither exploding nor vanishing is seen",
            Ordering::Equal => "exploding is as frequent as vanishing",
        };
        let counts = if found.networks == 0 {
            format!("no network under {} has such a number", joined(&SCALED))
        } else {
            found.told()
        };
        let extremes = self.rows.iter().filter(|row| row.initialisation.starts_with("normal") && row.finite > 0);
        let extremes = extremes.map(|Row { initialisation, finite, tenfold: [below, above], .. }| {
            format!("; {initialisation} shrinks the gradient tenfold in {below} of {finite}, and makes it grow so in {above}")
        });
        format!("{verdict}: {counts}{}", extremes.collect::<String>())
    }
}
