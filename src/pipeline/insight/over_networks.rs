//! [`Activity`] and [`Comparison`] → tables and sentences: the flow in other networks of the same layers.

use std::{
    cmp::Ordering,
    io::{self, Write},
};

use super::figure::{by_weight, cells, count, joined, letter, percent, size, typed};
use crate::{
    insight::flow::{
        Activity, Comparison,
        activity::Move,
        comparison::{Row, SCALED},
    },
    render::{figures::Figures, page::Page, sentence::Sentence},
};

impl Activity {
    /// Prints it.
    ///
    /// # Errors
    /// What the page is written to says.
    pub fn print<W: Write>(&self, page: &mut Page<W>) -> io::Result<()> {
        let words = Sentence::of;
        let mut table = Figures::new([words("biases moved by"), words("active"), words("gradient")], 1);
        for found in &self.moves {
            let by = if found.by == 0.0 { "0".into() } else { format!("{:+}", found.by) };
            table.row(cells([by, percent(found.active), size(found.gradient)]));
        }
        let title = format!("Do sparsely active networks learn more slowly? On {}", count(self.samples, "sample"));
        page.heading(&Sentence::default().words(title))?;
        page.table(&table)?;
        page.sentence(
            &Sentence::of("the biases of all hidden layers whose units can be inactive are moved by multiples of the rms of their Z; active: the share of units and samples there; gradient: the norm of all ")
                .math(by_weight(""))
                .words(" by that without a move"),
        )?;
        page.sentence(&Sentence::default().words(self.verdict()))
    }

    /// With the two moves that say most: those furthest apart, or those that speak against it.
    fn verdict(&self) -> String {
        let furthest =
            |a: &[Move; 2], b: &[Move; 2]| (a[0].active - a[1].active).total_cmp(&(b[0].active - b[1].active));
        let Some(widest) = self.pairs().max_by(furthest) else {
            return "no verdict: there are no two rates of active units with a gradient to compare".into();
        };
        let against = self.counterexample();
        let holds = if against.is_none() { "they do here" } else { "not in every case here" };
        let [more, fewer] = against.unwrap_or(widest);
        format!(
            "{holds}: from {} to {} active units the norm of the gradient goes from {} to {} times what it is",
            percent(more.active),
            percent(fewer.active),
            size(more.gradient),
            size(fewer.gradient)
        )
    }
}

impl Comparison {
    /// Prints it.
    ///
    /// # Errors
    /// What the page is written to says.
    pub fn print<W: Write>(&self, page: &mut Page<W>) -> io::Result<()> {
        let [below, above] = ["1", "[L]"].map(|index| letter("Δ", index));
        let note = Sentence::of("Initialisations: rms ").math(below).words(" by rms ").math(above);
        let samples = count(self.samples, "sample");
        page.heading(&note.words(format!(" over {}, biases 0, on {samples}", count(self.seeds, "seed"))))?;
        let header = ["initialisation", "median", "least", "greatest", "below 0.1", "above 10", "vanish", "explode"];
        let mut table = Figures::new(header.map(Sentence::of), 1);
        for row in &self.rows {
            let [median, least, greatest] =
                row.spread.map_or(["-"; 3].map(String::from), |spread| spread.map(|size| size.to_string()));
            let share =
                |number: usize| if row.finite == 0 { "-".into() } else { format!("{number} of {}", row.finite) };
            let [below, above] = row.tenfold.map(share);
            let [vanish, explode] = row.beyond.map(share);
            table.row(cells([row.initialisation.clone(), median, least, greatest, below, above, vanish, explode]));
        }
        page.table(&table)?;
        let limits = format!(
            "vanish: below {}; explode: above {}; of seeds at which there is such a number",
            typed(self.thresholds.vanishing),
            typed(self.thresholds.exploding)
        );
        page.sentence(&Sentence::default().words(limits))?;
        let zero = self.dropped(|row| row.zero);
        let no_float = self.dropped(|row| row.seeds - row.finite - row.zero);
        let zero = zero.map(|rows| Sentence::default().math(letter("Δ", "[L]")).words(format!(" is 0: {rows}")));
        let no_float = no_float.map(|rows| Sentence::default().words(format!("a value is no float: {rows}")));
        zero.into_iter().chain(no_float).try_for_each(|note| page.sentence(&note))?;
        page.sentence(&Sentence::default().words(self.answer()))
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
        let [runs, shrink, grow] = self.scaled();
        let scaled = SCALED.join(", ");
        let verdict = match grow.cmp(&shrink) {
            _ if runs == 0 => {
                format!("no verdict on exploding and vanishing: no network under {scaled} has such a number")
            }
            Ordering::Less => format!("exploding is rarer than vanishing under {scaled}"),
            Ordering::Greater => format!("exploding is not rarer than vanishing under {scaled}, but more frequent"),
            Ordering::Equal if grow == 0 => format!("neither exploding nor vanishing is seen under {scaled}"),
            Ordering::Equal => format!("exploding is as frequent as vanishing under {scaled}"),
        };
        let counts = if runs == 0 {
            String::new()
        } else {
            format!(
                ": of {runs} networks {shrink} shrink the gradient tenfold or more from the last layer to the first, and {grow} \
                 make it grow so"
            )
        };
        let extremes = self.rows.iter().filter(|row| row.initialisation.starts_with("normal") && row.finite > 0);
        let extremes = extremes.map(|Row { initialisation, finite, tenfold: [below, above], .. }| {
            format!("; {initialisation} shrinks the gradient tenfold in {below} of {finite}, and makes it grow so in {above}")
        });
        format!("{verdict}{counts}{}", extremes.collect::<String>())
    }
}
