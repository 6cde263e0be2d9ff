//! [`Flow`] and what goes with it → tables and sentences.

use crate::report::words::{by_weight, cells, count, grouped, left_out, letter, number, shown, size};
use crate::{
    document::Document,
    document::{sentence::Sentence, table::Table},
    insight::{
        Magnitude,
        flow::{Flow, Flowing, layers::Layer},
        size::float,
    },
};

/// Depths and weights of the table of wᴸ.
const DEPTHS: [usize; 3] = [10, 50, 100];
const WEIGHTS: [f64; 5] = [0.5, 0.9, 1.0, 1.1, 1.5];

impl Flowing {
    /// Prints it.
    pub fn print(&self, page: &mut Document) {
        page.heading(Sentence::of("Flow: how values and gradients change from layer to layer"));
        self.flow.table(page);
        page.paragraphs(self.flow.overflowed().into_iter().chain(self.flow.verdict()));
        self.flow.powers(page);
        if let Some(activity) = &self.activity {
            activity.print(page);
        }
        self.initialisations.iter().for_each(|comparison| comparison.print(page))
    }
}

impl Flow {
    pub(super) fn label(&self, place: usize) -> String {
        self.layers.get(place).map(|layer| layer.label.clone()).unwrap_or_default()
    }

    fn table(&self, page: &mut Document) {
        let words = Sentence::of;
        let header = [
            words("layer"),
            words("units"),
            words("rms ").math(letter("A", "")),
            words("rms ").math(letter("Δ", "")),
            words("rms ").math(by_weight("")),
            words("relative"),
            words("gain"),
            words("predicted"),
            words("mnemonic"),
        ];
        let mut table = Table::new(header, 1);
        let odd = |layer: &Layer| layer.gain.map_or(0.0, |gain| gain.log10().abs());
        let rows = shown(self.layers.len(), &|row| odd(&self.layers[row]));
        for row in &rows {
            let layer = &self.layers[*row];
            table.row(cells([
                layer.label.clone(),
                grouped(layer.units),
                size(layer.activation),
                size(layer.adjoint),
                size(layer.gradient),
                size(layer.relative),
                size(layer.gain),
                number(layer.predicted_gain),
                number(self.mnemonic_of(*row)),
            ]));
        }
        page.table(table);
        if let Some(note) = left_out(self.layers.len(), rows.len(), "layers") {
            page.paragraph(note);
        }
        page.paragraphs(self.legend())
    }

    fn legend(&self) -> [Sentence; 3] {
        let samples = count(self.samples, "sample");
        let rms = Sentence::default()
            .words(format!("rms: the root of the mean square of the entries, over {samples}; relative: the norm of "))
            .math(by_weight("[l]"))
            .words(" by that of ")
            .math(letter("W", "[l]"));
        let gain = Sentence::of("gain: the mean square of ")
            .math(letter("Δ", "[l-1]"))
            .words(" by that of ")
            .math(letter("Δ", "[l]"))
            .words(
                "; predicted: the same for weights of mean 0, independent of each other and of the error, the units of layer l times the mean square of ",
            )
            .math(letter("W", "[l]"))
            .words(" times the mean square of the derivative of the activation of layer l - 1");
        let mnemonic = Sentence::of("mnemonic: the mean entry of ").math(letter("W", "[l]")).words(
            " times the share of active units of layer l - 1 (1 of the input), which is often said to be what a layer multiplies by",
        );
        [rms, gain, mnemonic]
    }

    /// wᴸ for chosen w and L, and for what this network multiplies by over the steps from Δ_L down to Δ_1.
    fn powers(&self, page: &mut Document) {
        let mut depths = DEPTHS.to_vec();
        let taken = [self.steps.count].into_iter().chain(self.mnemonic.map(|mnemonic| mnemonic.steps));
        depths.extend(taken.filter(|steps| *steps > 0));
        depths.sort_unstable();
        depths.dedup();
        let header = depths.iter().map(|depth| Sentence::default().words(format!("power {}", grouped(*depth))));
        let mut table = Table::new([Sentence::of("a layer multiplies by")].into_iter().chain(header), 1);
        let mut row = |name: String, factor: Magnitude| {
            let powers = depths.iter().map(|depth| factor.power(float(*depth)).to_string());
            table.row([name].into_iter().chain(powers).map(|words| Sentence::default().words(words)));
        };
        for weight in WEIGHTS {
            row(weight.to_string(), Magnitude::of(weight));
        }
        if let Some(measured) = self.steps.measured.filter(|measured| self.steps.count > 0 && !measured.is_zero()) {
            let factor = measured.power(1.0 / float(self.steps.count));
            row(format!("{factor}, measured here"), factor);
        }
        if let Some(mnemonic) = self.mnemonic.filter(|mnemonic| mnemonic.steps > 0) {
            let factor = mnemonic.over_steps.power(1.0 / float(mnemonic.steps));
            row(format!("{factor}, the mnemonic here"), factor);
        }
        page.heading(Sentence::of("What depth makes of a factor"));
        page.table(table)
    }
}
