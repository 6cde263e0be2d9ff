//! [`Inactive`] → a table and sentences.

use crate::report::words::{cells, count, grouped, layers, left_out, list, number, percent, shown, typed};
use crate::{
    catalog::activation::Activation,
    document::{Document, sentence::Sentence, table::Table},
    insight::{
        inactive::{Gates, Inactive, Layer},
        size::float,
    },
    pipeline::insight::inactive::InactiveUnits,
    report::gradients::Report,
};

impl InactiveUnits {
    /// Prints it.
    pub fn print(&self, report: &Report, page: &mut Document) {
        page.heading(Sentence::of("Inactive units"));
        self.inactive.print(page);
        self.off.iter().for_each(|off| super::off::off(off, report, page));
    }
}

impl Inactive {
    fn print(&self, page: &mut Document) {
        let header = ["layer", "activation", "units", "active", "dead", "saturated", "mean slope", "steepest"];
        let mut table = Table::new(header.map(Sentence::of), 2);
        let notable = |gates: &Gates| gates.dead.len() + gates.saturated.as_ref().map_or(0, Vec::len);
        let rows = shown(self.layers.len(), &|row| {
            let layer = &self.layers[row];
            layer.gates.as_ref().map_or(0.0, |gates| float(notable(gates)) / float(layer.units))
        });
        for row in &rows {
            let layer = &self.layers[*row];
            let gates = |f: &dyn Fn(&Gates) -> String| layer.gates.as_ref().map_or("-".into(), f);
            table.row(cells([
                layer.label.clone(),
                layer.activation.clone(),
                grouped(layer.units),
                gates(&|gates| percent(gates.active)),
                gates(&|gates| grouped(gates.dead.len())),
                gates(&|gates| gates.saturated.as_ref().map_or("-".into(), |units| grouped(units.len()))),
                gates(&|gates| number(gates.mean)),
                gates(&|gates| number(gates.max_slope)),
            ]));
        }
        page.table(table);
        let notes = left_out(self.layers.len(), rows.len(), "layers").into_iter().chain(self.notes());
        page.paragraphs(notes)
    }

    fn notes(&self) -> Vec<Sentence> {
        let words = |text: String| Sentence::default().words(text);
        let samples = count(self.samples, "sample");
        let mut notes = vec![words(format!(
            "active: the share of units and samples, over {samples}, where the derivative of the activation is not 0; dead: active on \
             a smaller share of the samples than {}; saturated: not dead, and the mean size of the derivative (mean slope) less than \
             {} times the steepest that the activation has",
            typed(self.limits.dead),
            typed(self.limits.saturated)
        ))];
        let softmax = |layer: &Layer| layer.activation == Activation::Softmax.to_string();
        let reasons: [(&str, Vec<usize>); 2] = [
            (
                "a softmax has no derivative for each unit alone",
                self.places(|layer| layer.gates.is_none() && softmax(layer)),
            ),
            (
                "the values there are too large or too small to compute with",
                self.places(|layer| layer.gates.is_none() && !softmax(layer)),
            ),
        ];
        for (reason, places) in reasons.into_iter().filter(|(_, places)| !places.is_empty()) {
            let label = |place: usize| self.layers[place].label.clone();
            notes.push(words(format!("no figures for {}: {reason}", layers(&places, &label))));
        }
        notes.extend(self.found("dead", &|gates| gates.dead.clone()).map(words));
        notes.extend(self.found("saturated", &|gates| gates.saturated.clone().unwrap_or_default()).map(words));
        notes
    }

    fn places(&self, is: impl Fn(&Layer) -> bool) -> Vec<usize> {
        (0..self.layers.len()).filter(|place| is(&self.layers[*place])).collect()
    }

    /// Which units are dead, or saturated.
    fn found(&self, what: &str, units: &dyn Fn(&Gates) -> Vec<usize>) -> Option<String> {
        let known = self.layers.iter().filter_map(|layer| Some((layer, units(layer.gates.as_ref()?))));
        let known: Vec<(&Layer, Vec<usize>)> = known.collect();
        let all: usize = known.iter().map(|(layer, _)| layer.units).sum();
        let some: Vec<&(&Layer, Vec<usize>)> = known.iter().filter(|(_, units)| !units.is_empty()).collect();
        let number: usize = some.iter().map(|(_, units)| units.len()).sum();
        if all == 0 {
            return None;
        }
        if some.is_empty() {
            return Some(format!("no unit is {what}"));
        }
        let named = some.iter().take(3).map(|(layer, units)| format!("layer {}: {}", layer.label, list(units)));
        let named = named.collect::<Vec<_>>().join("; ");
        let more = some.len().saturating_sub(3);
        let more = if more > 0 { format!("; and of {}", count(more, "more layer")) } else { String::new() };
        let is = if number == 1 { "is" } else { "are" };
        Some(format!("{} of {} units {is} {what} ({named}{more})", grouped(number), grouped(all)))
    }
}
