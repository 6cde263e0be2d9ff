//! [`Flow`] and what goes with it → tables and sentences.

use std::io::{self, Write};

use serde::Serialize;

use super::figure::{by_weight, cells, count, layers, left_out, letter, number, shown, size, typed};
use crate::{
    evaluate::{
        eval::EvaluationError,
        scaled::{Overflow, Passes},
    },
    insight::{
        Magnitude, Origin, Subject,
        flow::{
            Activity, Comparison, Flow, Thresholds, activity, comparison, flow,
            layers::{Fate, Layer, Overflowed},
        },
    },
    render::{figures::Figures, page::Page, sentence::Sentence},
};

/// Depths and weights of the table of wᴸ.
const DEPTHS: [usize; 3] = [10, 50, 100];
const WEIGHTS: [f64; 5] = [0.5, 0.9, 1.0, 1.1, 1.5];

/// All that is known of the flow.
#[derive(Clone, Debug, Serialize)]
pub struct Flowing {
    /// At the point.
    #[serde(flatten)]
    pub flow: Flow,
    /// Over initialisations; none where the parameters are the user's.
    pub initialisations: Option<Comparison>,
    /// The gradient by the activation rate; none where no unit can be inactive by its bias.
    pub activity: Option<Activity>,
}

impl Flowing {
    /// Measures everything.
    ///
    /// # Errors
    /// A defect: an array or a dimension is missing.
    pub fn new(
        subject: &Subject,
        passes: &Passes,
        thresholds: Thresholds,
        seeds: (u64, Option<usize>),
    ) -> Result<Option<Self>, EvaluationError> {
        let Some(sweep) = subject.sweep() else { return Ok(None) };
        let drawn = subject.parameters != Origin::Given;
        let initialisations = drawn.then(|| comparison(subject, sweep, seeds, thresholds)).transpose()?;
        let activity = activity(subject, sweep)?;
        Ok(Some(Self { flow: flow(subject, passes, thresholds), initialisations, activity }))
    }

    /// Prints it.
    ///
    /// # Errors
    /// What the page is written to says.
    pub fn print<W: Write>(&self, page: &mut Page<W>) -> io::Result<()> {
        page.heading(&Sentence::of("Flow: how values and gradients change from layer to layer"))?;
        self.flow.table(page)?;
        self.flow.overflowed().iter().chain(&self.flow.verdict()).try_for_each(|note| page.sentence(note))?;
        self.flow.powers(page)?;
        if let Some(activity) = &self.activity {
            activity.print(page)?;
        }
        self.initialisations.as_ref().map_or(Ok(()), |comparison| comparison.print(page))
    }
}

impl Flow {
    fn label(&self, place: usize) -> String {
        self.layers.get(place).map(|layer| layer.label.clone()).unwrap_or_default()
    }

    /// The mean entry of W_l times the activation rate of the layer before.
    fn mnemonic_of(&self, place: usize) -> Option<f64> {
        let active = place.checked_sub(1).map_or(Some(1.0), |below| self.layers[below].active);
        Some(self.layers[place].mean_weight? * active?)
    }

    fn table<W: Write>(&self, page: &mut Page<W>) -> io::Result<()> {
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
        let mut table = Figures::new(header, 1);
        let odd = |layer: &Layer| layer.gain.map_or(0.0, |gain| gain.log10().abs());
        let rows = shown(self.layers.len(), &|row| odd(&self.layers[row]));
        for row in &rows {
            let layer = &self.layers[*row];
            table.row(cells([
                layer.label.clone(),
                layer.units.to_string(),
                size(layer.activation),
                size(layer.adjoint),
                size(layer.gradient),
                size(layer.relative),
                size(layer.gain),
                number(layer.predicted_gain),
                number(self.mnemonic_of(*row)),
            ]));
        }
        page.table(&table)?;
        if let Some(note) = left_out(self.layers.len(), rows.len(), "layers") {
            page.sentence(&note)?;
        }
        self.legend().iter().try_for_each(|note| page.sentence(note))
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
                "; predicted: the same for weights of mean 0, independent of each other and of the error, the units of layer l times the variance of ",
            )
            .math(letter("W", "[l]"))
            .words(" times the mean square of the derivative of the activation of layer l - 1");
        let mnemonic = Sentence::of("mnemonic: the mean entry of ").math(letter("W", "[l]")).words(
            " times the share of active units of layer l - 1, which is often said to be what a layer multiplies by",
        );
        [rms, gain, mnemonic]
    }

    fn overflowed(&self) -> Option<Sentence> {
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
    fn verdict(&self) -> Vec<Sentence> {
        let mut found = self.fates();
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
            let note = Sentence::default()
                .math(delta)
                .words(" is 0: the error is, so there is nothing that could vanish or explode");
            return vec![note];
        }
        let limits = [
            (Fate::Vanishes, "vanishes", "below", self.thresholds.vanishing),
            (Fate::Explodes, "explodes", "above", self.thresholds.exploding),
        ];
        let mut found = Vec::new();
        for (fate, verb, side, limit) in limits {
            let places = self.with(fate);
            let Some(from) = places.last() else { continue };
            let where_from = if places.len() > 1 {
                format!(", from layer {} on downwards", self.label(*from))
            } else {
                String::new()
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

    /// rms(Δ_1)/rms(Δ_L), measured and predicted.
    fn change(&self) -> Option<Sentence> {
        let measured = self.steps.measured.filter(|_| self.steps.count > 0)?;
        let ends = [0, self.layers.len() - 1].map(|place| letter("Δ", &self.label(place)));
        let [first, last] = ends;
        let steps = count(self.steps.count, "step");
        let each = (!measured.is_zero()).then(|| measured.power(1.0 / f64_of(self.steps.count)));
        let each = each.map_or(String::new(), |each| format!(", {each} a step"));
        let gains = self.steps.predicted.map(|predicted| format!("by the predicted gains it is {predicted}"));
        let mnemonic = self.mnemonic.as_ref().map(|mnemonic| {
            format!(
                "by the mnemonic (mean weight {} times activation rate {}) to the power {} it is {}",
                number(mnemonic.mean_weight),
                number(mnemonic.active),
                mnemonic.depth,
                mnemonic.value
            )
        });
        let predictions: Vec<String> = gains.into_iter().chain(mnemonic).collect();
        let predicted = if predictions.is_empty() { String::new() } else { format!("; {}", predictions.join(", ")) };
        let words = format!(" is {measured} in {steps}{each}{predicted}");
        let note = Sentence::of("rms ").math(first).words(" by rms ").math(last).words(words);
        let off_by = |predicted: Option<Magnitude>| {
            let error = (predicted? / measured).log10().abs() / f64_of(self.steps.count);
            error.is_finite().then(|| format!("by a factor of {} a step", number(10.0_f64.powf(error))))
        };
        let predictions = [("gains", self.steps.predicted), ("mnemonic", self.mnemonic.map(|mnemonic| mnemonic.value))];
        let missed =
            predictions.into_iter().filter_map(|(name, value)| Some(format!("the {name} miss it {}", off_by(value)?)));
        let missed: Vec<String> = missed.map(|text| text.replace("mnemonic miss", "mnemonic misses")).collect();
        let note = if missed.is_empty() { note } else { note.words(format!(": {}", missed.join(", "))) };
        let alike = self.steps.predicted.is_some_and(Magnitude::is_zero) && !measured.is_zero();
        Some(if alike {
            note.words("; the gains are for random weights, and those of a layer here are all alike")
        } else {
            note
        })
    }

    /// Layers whose A or Δ is 0 in all entries.
    fn dead_ends(&self) -> Option<Sentence> {
        let zero = |layer: &Layer| layer.activation.is_some_and(Magnitude::is_zero);
        let places: Vec<usize> = (0..self.layers.len()).filter(|place| zero(&self.layers[*place])).collect();
        (!places.is_empty()).then(|| {
            let words = format!(
                "all entries of A are 0, or too small for a float, in {}",
                layers(&places, &|place| self.label(place))
            );
            Sentence::default().words(words)
        })
    }

    /// wᴸ for chosen w and L, and for what this network multiplies by.
    fn powers<W: Write>(&self, page: &mut Page<W>) -> io::Result<()> {
        let depth = self.mnemonic.map_or(self.layers.len(), |mnemonic| mnemonic.depth);
        let mut depths = DEPTHS.to_vec();
        if !depths.contains(&depth) {
            depths.push(depth);
        }
        depths.sort_unstable();
        let header = depths.iter().map(|depth| Sentence::default().words(format!("{depth} layers")));
        let mut table = Figures::new([Sentence::of("a layer multiplies by")].into_iter().chain(header), 1);
        let mut row = |name: String, factor: Magnitude| {
            let powers = depths.iter().map(|depth| factor.power(f64_of(*depth)).to_string());
            table.row([name].into_iter().chain(powers).map(|words| Sentence::default().words(words)));
        };
        for weight in WEIGHTS {
            row(weight.to_string(), Magnitude::of(weight));
        }
        if let Some(measured) = self.steps.measured.filter(|measured| self.steps.count > 0 && !measured.is_zero()) {
            let factor = measured.power(1.0 / f64_of(self.steps.count));
            row(format!("{factor}, measured here"), factor);
        }
        if let Some(mnemonic) = &self.mnemonic {
            let factor = Magnitude::of(mnemonic.mean_weight * mnemonic.active);
            row(format!("{factor}, the mnemonic here"), factor);
        }
        page.heading(&Sentence::of("What depth makes of a factor"))?;
        page.table(&table)
    }
}

#[allow(clippy::cast_precision_loss, reason = "layers are few")]
fn f64_of(count: usize) -> f64 {
    count as f64
}
