//! The result of a verification, and how it prints.

use std::{collections::BTreeMap, fmt};

use indexmap::IndexMap;
use serde::Serialize;

use crate::{
    evaluate::differences::{self, Method},
    source::Diagnostic,
};

/// Two arrays are equal if no entry differs by more than this part of the largest entry.
pub const TOLERANCE: f64 = 1e-12;

/// What the user may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Seed of all random values.
    pub seed: u64,
    /// How many points are drawn.
    pub trials: usize,
    /// Bytes that the arrays may take.
    pub memory: u64,
}

impl Default for Options {
    /// Seed 0, one trial, 1 GiB.
    fn default() -> Self {
        Self { seed: 0, trials: 1, memory: 1 << 30 }
    }
}

/// What happened to the draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redraws {
    /// Points too near a kink.
    pub kinks: usize,
    /// Points where some gradient is zero in all entries, or none is a normal number.
    pub zeros: usize,
    /// Points where the loss or a gradient is not finite.
    pub not_finite: usize,
    /// Segments whose differences were left out since a kink was too near all the same; of networks that are not deep,
    /// trials.
    pub left_out: usize,
}

/// The worst of all trials for one array, relative to the array's largest entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArrayReport {
    /// Rows and columns.
    pub size: (usize, usize),
    /// The layered form.
    pub layered: f64,
    /// The per-sample form.
    pub per_sample: f64,
    /// The product form of each sample, summed.
    pub product: f64,
    /// The product form with the batch's mean gates: reported, never judged.
    pub mean_gates: f64,
    /// The concrete backprop against central differences, where they were taken.
    pub differences: Option<f64>,
    /// Whether differences contradict the concrete backprop.
    pub contradicted: bool,
    /// Whether the gradient is too small beside J for differences to tell.
    pub unresolved: bool,
    /// Trials in which all entries were zero or underflowed, which shows nothing.
    pub zeros: usize,
    /// Other trials in which all entries were zero up to rounding, or had lost their digits to it.
    pub lost: usize,
    /// Whether some form differs by more than rounding explains.
    pub differs: bool,
    /// Whether some form is not finite where the concrete backprop is.
    pub not_finite: bool,
}

/// Whether formulas and concrete backprop are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Within [`TOLERANCE`], or within the rounding of the values, and differences contradict nothing.
    Equal,
    /// Formulas differ, or differences contradict the concrete backprop.
    Differs,
    /// What could be compared shows nothing.
    NotChecked,
}

impl ArrayReport {
    /// The worst of the three forms.
    #[must_use]
    pub fn worst(&self) -> f64 {
        // A maximum that keeps NaN: what is not a number is not equal.
        [self.layered, self.per_sample, self.product].into_iter().fold(0.0, larger)
    }

    /// What `trials` that were compared show.
    #[must_use]
    pub fn verdict(&self, trials: usize) -> Verdict {
        if self.differs || self.contradicted {
            Verdict::Differs
        } else if self.not_finite || self.zeros + self.lost >= trials {
            Verdict::NotChecked
        } else {
            Verdict::Equal
        }
    }
}

/// The larger number; NaN if either is.
#[must_use]
pub fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// By array: W1, b1, …, X.
    pub arrays: IndexMap<String, ArrayReport>,
    /// The activations between the segments that differences were taken of: nothing but differences is compared of them.
    pub between: IndexMap<String, ArrayReport>,
    /// How differences were taken.
    pub method: Method,
    /// The loss of the last trial, by the concrete forward pass.
    pub loss: f64,
    /// How far the derived expression of the loss is from it at the worst, relative.
    pub loss_error: f64,
    /// Whether it is further from it than rounding explains.
    pub loss_differs: bool,
    /// Numbers of the dimensions.
    pub dims: BTreeMap<String, u64>,
    /// Seed, trials, memory.
    pub options: Options,
    /// Whether any array was drawn, not given.
    pub random: bool,
    /// What happened to the draws.
    pub redraws: Redraws,
    /// Trials in which loss or gradient were not finite, so that nothing could be compared.
    pub undefined: usize,
    /// Trials in which the rows of Y do not sum to 1 although the special formula needs it: the general one was used.
    pub general: usize,
    /// Messages about the files.
    pub warnings: Vec<Diagnostic>,
}

impl Verification {
    /// What was shown of all arrays together, and of J. Formulas that are not finite show nothing of the others either.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let (trials, arrays) = (self.compared(), &self.arrays);
        if self.loss_differs || self.all().any(|(_, report)| report.verdict(trials) == Verdict::Differs) {
            Verdict::Differs
        } else if self.not_finite().is_empty() && arrays.values().any(|report| report.verdict(trials) == Verdict::Equal)
        {
            Verdict::Equal
        } else {
            Verdict::NotChecked
        }
    }

    /// Whether something was compared, and all of it is equal.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.verdict() == Verdict::Equal
    }

    /// What has a formula that is not finite where the concrete backprop is.
    fn not_finite(&self) -> Vec<&str> {
        let arrays = self.arrays.iter().filter(|(_, report)| report.not_finite).map(|(name, _)| name.as_str());
        arrays.chain((!self.loss_error.is_finite()).then_some("J")).collect()
    }

    /// The arrays, then the activations between segments.
    fn all(&self) -> impl Iterator<Item = (&String, &ArrayReport)> {
        self.arrays.iter().chain(&self.between)
    }

    /// Trials that were compared.
    #[must_use]
    pub fn compared(&self) -> usize {
        self.options.trials.saturating_sub(self.undefined)
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.header(f)?;
        if self.compared() > 0 {
            self.table(f)?;
        }
        self.remarks(f)?;
        self.conclusion(f)
    }
}

impl Verification {
    fn header(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = if self.random { "random values" } else { "the given arrays" };
        let seed = if self.random {
            format!(", seed {}, {}", self.options.seed, numbered(self.options.trials, "trial"))
        } else {
            String::new()
        };
        let dims: Vec<String> = self.dims.iter().map(|(name, number)| format!("{name} = {number}")).collect();
        let dims = if dims.is_empty() { String::new() } else { format!(", {}", dims.join(", ")) };
        writeln!(f, "Derived gradients against a concrete backprop, on {values}{seed}{dims}")?;
        writeln!(f, "(largest difference of any entry, relative to the array's largest entry)")
    }

    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.arrays.keys().map(|name| name.chars().count()).max().unwrap_or(0).max(5);
        let size = |(rows, columns): (usize, usize)| format!("{rows} × {columns}");
        let width = self.arrays.values().map(|array| size(array.size).chars().count()).max().unwrap_or(0).max(6);
        writeln!(
            f,
            "\n{:name$}  {:>width$}  {:>10}  {:>10}  {:>10}  {:>11}  {:>10}",
            "array", "shape", "layered", "per-sample", "product", "differences", "mean gates"
        )?;
        for (array, report) in &self.arrays {
            let size = size(report.size);
            let differences = match report.differences {
                Some(_) if report.unresolved && !report.contradicted => "unresolved".to_string(),
                differences => differences.map_or("–".to_string(), figure),
            };
            write!(f, "{array:name$}  {size:>width$}  ")?;
            if report.zeros >= self.compared() {
                writeln!(f, "zero or underflowing in all entries: not checked")?;
                continue;
            }
            if report.zeros + report.lost >= self.compared() {
                writeln!(f, "zero up to rounding: not checked")?;
                continue;
            }
            let figures = [report.layered, report.per_sample, report.product].map(figure);
            let [layered, per_sample, product] = figures;
            let mean = figure(report.mean_gates);
            writeln!(f, "{layered:>10}  {per_sample:>10}  {product:>10}  {differences:>11}  {mean:>10}")?;
        }
        writeln!(f, "{:name$}  {:>width$}  {:>10}", "J", "scalar", figure(self.loss_error))?;
        writeln!(f, "\nlayered, per-sample, product of each sample summed: must be at most {TOLERANCE:e}")?;
        self.differences(f)?;
        writeln!(f, "mean gates: the error of the product form with one mean gate for the batch, not judged")
    }

    /// How differences were taken, and what was not tested by them alone.
    fn differences(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Method { directions, segment } = self.method;
        let along = directions.map(|count| format!(" along {} an array", numbered(count, "random direction")));
        let along = along.unwrap_or_default();
        writeln!(
            f,
            "differences: the concrete backprop against central differences{along}, at most {:e}",
            differences::TOLERANCE
        )?;
        let Some(layers) = segment else { return Ok(()) };
        let resolved = self.between.values().filter(|report| !report.unresolved);
        let worst = resolved.filter_map(|report| report.differences).fold(0.0, larger);
        let (places, worst) = (numbered(self.between.len(), "place"), figure(worst));
        writeln!(f, "  of {layers} layers at a time: the last ones end in J, the others in Σ ∂J/∂A ⊙ A of their last")?;
        writeln!(f, "  activation; ∂J/∂A is compared like an array's gradient ({places}, at most {worst}), so that")?;
        writeln!(f, "  each array rests on the layers above it")
    }

    fn remarks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Redraws { kinks, zeros, not_finite, left_out } = self.redraws;
        for (count, reason) in [
            (kinks, "a pre-activation within 1e-4 of a kink"),
            (zeros, "a gradient that was zero or underflowed in all entries"),
            (not_finite, "a loss or gradient that was not finite"),
        ] {
            if count > 0 {
                writeln!(f, "drawn again {}: {reason}", times(count))?;
            }
        }
        if left_out > 0 {
            let left_out = match self.method.segment {
                Some(layers) => format!("for {layers} layers {}, on which those below rest", times(left_out)),
                None => times(left_out),
            };
            writeln!(f, "differences left out {left_out}: a pre-activation within 1e-4 of a kink")?;
        }
        let unresolved = names(self.all(), |array| array.unresolved && !array.contradicted);
        if !unresolved.is_empty() {
            writeln!(f, "unresolved: beside J the gradient is too small for differences to tell: {unresolved}")?;
        }
        let rounded = names(self.arrays.iter(), |array| !array.differs && array.worst() > TOLERANCE);
        if !rounded.is_empty() {
            writeln!(f, "more than {TOLERANCE:e}, but no more than the rounding of the values explains: {rounded}")?;
        }
        if self.general > 0 {
            writeln!(f, "the rows of the target do not sum to 1: the general formula was used")?;
        }
        Ok(())
    }

    fn conclusion(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.compared() > 0 && self.undefined > 0 {
            let trials = numbered(self.undefined, "trial");
            writeln!(f, "not checked in {trials}: the loss or its gradient is not finite")?;
        }
        match self.verdict() {
            Verdict::Equal => self.equal(f),
            Verdict::Differs => self.differs(f),
            Verdict::NotChecked => self.not_checked(f),
        }
    }

    fn equal(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let silent = names(self.arrays.iter(), |array| array.verdict(self.compared()) == Verdict::NotChecked);
        let but = if silent.is_empty() { silent } else { format!(" but {silent}") };
        let worst = self.arrays.values().map(ArrayReport::worst).fold(self.loss_error, larger);
        let or_rounding = if worst > TOLERANCE { ", or what rounding explains" } else { "" };
        let (worst, loss) = (figure(worst), number(self.loss));
        write!(f, "Verified: all formulas{but} equal the concrete backprop, largest difference {worst} ")?;
        write!(f, "(allowed {TOLERANCE:e}{or_rounding}); J = {loss}.")
    }

    fn differs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arrays = names(self.arrays.iter(), |array| array.differs);
        let contradicted = names(self.all(), |array| array.contradicted);
        let differ: Vec<&str> =
            [arrays.as_str(), if self.loss_differs { "J" } else { "" }].into_iter().filter(|s| !s.is_empty()).collect();
        let mut sentences = Vec::new();
        if !differ.is_empty() {
            let errors = self.arrays.values().filter(|array| array.differs).map(ArrayReport::worst);
            let worst = errors.fold(if self.loss_differs { self.loss_error } else { 0.0 }, larger);
            let (differ, worst) = (differ.join(", "), figure(worst));
            sentences.push(format!("Does not hold for {differ}: largest difference {worst} (allowed {TOLERANCE:e})."));
        }
        if !contradicted.is_empty() {
            sentences.push(format!("Central differences contradict the concrete backprop for {contradicted}."));
        }
        write!(f, "{}", sentences.join(" "))
    }

    fn not_checked(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not_finite = self.not_finite();
        if self.compared() == 0 {
            write!(f, "Not checked: the loss or its gradient is not finite for these values.")
        } else if !not_finite.is_empty() {
            let [formulas, are] = if not_finite.len() == 1 { ["formula", "is"] } else { ["formulas", "are"] };
            let (shown, more) = not_finite.split_at(not_finite.len().min(10));
            let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
            let shown = shown.join(", ");
            write!(f, "Not checked: the {formulas} of {shown}{more} {are} not finite for these values.")
        } else if self.arrays.values().all(|array| array.zeros >= self.compared()) {
            write!(f, "Not checked: every gradient is zero in all entries, which shows nothing.")
        } else {
            write!(f, "Not checked: every gradient is zero up to rounding, which shows nothing.")
        }
    }
}

/// The names of the arrays that are `meant`, the first ten of them.
fn names<'a>(
    arrays: impl Iterator<Item = (&'a String, &'a ArrayReport)>,
    meant: impl Fn(&ArrayReport) -> bool,
) -> String {
    let names: Vec<&str> = arrays.filter(|(_, array)| meant(array)).map(|(name, _)| name.as_str()).collect();
    match names.len().checked_sub(10) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..10].join(", ")),
    }
}

/// A number of any size in few characters.
fn number(value: f64) -> String {
    if value == 0.0 || (1e-4..1e15).contains(&value.abs()) { value.to_string() } else { format!("{value:e}") }
}

fn figure(value: f64) -> String {
    if value == 0.0 { "0".to_string() } else { format!("{value:.1e}") }
}

fn numbered(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_string() } else { format!("{count} times") }
}
