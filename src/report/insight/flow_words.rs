//! [`Flow`] → sentences: what vanishes, explodes or stops, and how far the predictions are off.

use crate::report::words::{count, layers, letter, number, typed};
use crate::{
    document::sentence::Sentence,
    evaluate::scaled::Overflow,
    insight::{
        Magnitude,
        flow::{
            Flow,
            layers::{Fate, Layer, Mnemonic, Overflowed, Stop},
        },
        size::float,
    },
};

impl Flow {
    pub(super) fn overflowed(&self) -> Option<Sentence> {
        let Overflowed { value, layer } = self.overflow.as_ref()?;
        let name = match value {
            Overflow::PreActivation(_) => "Z",
            Overflow::Activation(_) => "A",
            Overflow::Adjoint(_) => "Δ",
        };
        let note = Sentence::of("overflow: ").math(letter(name, layer));
        Some(note.words(format!(
            " of layer {layer} has entries that are no floats; nothing after it, and no gradient, has a figure"
        )))
    }

    /// Where Δ vanishes or explodes, and how large the whole change is beside its predictions.
    pub(super) fn verdict(&self) -> Vec<Sentence> {
        let mut found = self.fates();
        found.extend(self.cancels.as_ref().map(|layer| {
            let delta = Sentence::default().math(letter("Δ", layer));
            delta.words(" is 0: the terms of each of its entries cancel, and what rounding leaves of them counts as 0")
        }));
        found.extend(self.change());
        found.extend(self.dead_ends());
        found
    }

    fn fates(&self) -> Vec<Sentence> {
        let Some(top) = self.layers.len().checked_sub(1) else { return Vec::new() };
        if self.layers[top].adjoint.is_none() {
            return Vec::new();
        }
        let delta = letter("Δ", &self.label(top));
        if self.layers[top].share.is_none() {
            return self.stopped().into_iter().collect();
        }
        let limits = [
            (Fate::Vanishes, "vanishes", "below", self.thresholds.vanishing),
            (Fate::Explodes, "explodes", "above", self.thresholds.exploding),
        ];
        let mut found = Vec::new();
        for (fate, verb, side, limit) in limits {
            let places = self.with(fate);
            let Some(from) = places.last() else { continue };
            let where_from = match places.len() {
                1 => String::new(),
                run if run == from + 1 => format!(", from layer {} on downwards", self.label(*from)),
                _ => format!(", on the way down first in layer {}", self.label(*from)),
            };
            let words = format!(
                " {verb} in {}{where_from}: its rms is {side} {} times that of ",
                layers(&places, &|place| self.label(place)),
                typed(limit)
            );
            found.push(Sentence::default().math(letter("Δ", "")).words(words).math(delta.clone()));
        }
        if found.is_empty() {
            let shares = self.layers.iter().filter_map(|layer| layer.share);
            let (least, greatest) = shares.fold((Magnitude::ONE, Magnitude::ONE), |(least, greatest), share| {
                (if share < least { share } else { least }, if share > greatest { share } else { greatest })
            });
            let words = if least == greatest {
                " neither vanishes nor explodes: its rms is in every layer that of ".to_string()
            } else {
                format!(" neither vanishes nor explodes: its rms stays between {least} and {greatest} times that of ")
            };
            found.push(Sentence::default().math(letter("Δ", "")).words(words).math(delta));
        }
        found
    }

    /// Why there is no Δ at all.
    fn stopped(&self) -> Option<Sentence> {
        let top = self.label(self.layers.len().checked_sub(1)?);
        let why = match self.stop? {
            Stop::Error => {
                "the error is 0, or too small for a float, so there is nothing that could vanish or explode".into()
            }
            Stop::Gates => format!(
                "the derivative of the activation of layer {top} is 0 for every unit and sample, so nothing of the error goes down"
            ),
            Stop::Each => format!(
                "the derivative of the activation of layer {top} is 0 for some units and samples, and the error for all others, so nothing of it goes down"
            ),
            Stop::Unknown => {
                format!("the error is 0, or the activation of layer {top} lets nothing of it through")
            }
        };
        Some(Sentence::default().math(letter("Δ", &top)).words(format!(" is 0: {why}")))
    }

    /// rms(Δ_1)/rms(Δ_L), measured and predicted.
    fn change(&self) -> Option<Sentence> {
        let measured = self.steps.measured.filter(|_| self.steps.count > 0)?;
        let ends = [0, self.layers.len() - 1].map(|place| letter("Δ", &self.label(place)));
        let [first, last] = ends;
        let steps = count(self.steps.count, "step");
        let each = (!measured.is_zero()).then(|| measured.power(1.0 / float(self.steps.count)));
        let each = each.map_or(String::new(), |each| format!(", {each} a step"));
        let gains = self.steps.predicted.map(|predicted| format!("by the predicted gains it is {predicted}"));
        let stepped = self.mnemonic.filter(|mnemonic| mnemonic.steps > 0);
        let mnemonic = stepped.map(|mnemonic| format!("by the mnemonics of these steps it is {}", mnemonic.over_steps));
        let predictions: Vec<String> = gains.into_iter().chain(mnemonic).collect();
        let predicted = if predictions.is_empty() { String::new() } else { format!("; {}", predictions.join(", ")) };
        let words = format!(" is {measured} in {steps}{each}{predicted}");
        let note = Sentence::of("rms ").math(first).words(" by rms ").math(last).words(words);
        let off_by = |predicted: Option<Magnitude>| {
            let error = (predicted? / measured).log10().abs() / float(self.steps.count);
            error.is_finite().then(|| format!("by a factor of {} a step", number(10.0_f64.powf(error))))
        };
        let predictions = [("gains", self.steps.predicted), ("mnemonics", stepped.map(|mnemonic| mnemonic.over_steps))];
        let missed =
            predictions.into_iter().filter_map(|(name, value)| Some(format!("the {name} miss it {}", off_by(value)?)));
        let missed: Vec<String> = missed.collect();
        let note = if missed.is_empty() { note } else { note.words(format!(": {}", missed.join(", "))) };
        let whole = |Mnemonic { mean_weight, active, depth, value, .. }: &Mnemonic| {
            let size = if *mean_weight < 0.0 { " in size" } else { "" };
            format!(
                "; mean weight {} times activation rate {}, of the whole network, to the power {depth} is {value}{size}",
                number(*mean_weight),
                number(*active)
            )
        };
        Some(note.words(self.mnemonic.as_ref().map_or(String::new(), whole)))
    }

    /// Layers whose A is 0 in all entries.
    fn dead_ends(&self) -> Option<Sentence> {
        let zero = |layer: &Layer| layer.activation.is_some_and(Magnitude::is_zero);
        let places: Vec<usize> = (0..self.layers.len()).filter(|place| zero(&self.layers[*place])).collect();
        let first = places.first()?;
        let words = format!(
            "A dies in layer {}: all its entries are 0, or too small for a float, in {}",
            self.label(*first),
            layers(&places, &|place| self.label(place))
        );
        Some(Sentence::default().words(words))
    }
}
