//! [`Activity`] and [`Comparison`] → tables and sentences: the flow in other networks of the same layers.

use std::{
    cmp::Ordering,
    io::{self, Write},
};

use super::figure::{by_weight, cells, count, letter, percent, size, typed};
use crate::{
    insight::flow::{
        Activity, Comparison,
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
        self.verdict().map_or(Ok(()), |verdict| page.sentence(&verdict))
    }

    fn verdict(&self) -> Option<Sentence> {
        let (first, last) = (self.moves.first()?, self.moves.last()?);
        let figures = format!(
            "from {} to {} active units the norm of the gradient goes from {} to {} times what it is",
            percent(first.active),
            percent(last.active),
            size(first.gradient),
            size(last.gradient)
        );
        let holds = if self.is_monotone() { "they do here" } else { "not in every case here" };
        Some(Sentence::default().words(format!("{holds}: {figures}")))
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
        page.sentence(&Sentence::default().words(self.answer()))
    }

    /// Whether exploding is rarer than vanishing.
    fn answer(&self) -> String {
        let [runs, shrink, grow] = self.scaled();
        let verdict = match grow.cmp(&shrink) {
            Ordering::Less => "exploding is rarer than vanishing here",
            Ordering::Greater => "exploding is not rarer than vanishing here, but more frequent",
            Ordering::Equal if grow == 0 => "neither exploding nor vanishing is seen here",
            Ordering::Equal => "exploding is as frequent as vanishing here",
        };
        let extremes = self.rows.iter().filter(|row| row.initialisation.starts_with("normal") && row.finite > 0);
        let extremes = extremes.map(|Row { initialisation, finite, tenfold: [below, above], .. }| {
            format!("; {initialisation} shrinks it so in {below} of {finite}, and makes it grow so in {above}")
        });
        format!(
            "{verdict}: of {runs} networks under {} {shrink} shrink the gradient tenfold or more from the last layer to the first, and \
             {grow} make it grow so{}",
            SCALED.join(", "),
            extremes.collect::<String>()
        )
    }
}
