//! A stated dimension that is not the one that arrives → a message with both places and the likeliest repair.

use std::fmt;

use super::{infer::Arrival, scope::Scope};
use crate::{
    shape::{Dim, Extent, Mismatch, Repair, Shape},
    source::{Diagnostic, Kind, Span, Spanned},
    spec::meant::is_batch,
};

/// A layer states another input width than its predecessor puts out.
#[derive(Debug, thiserror::Error)]
#[error("{kind} {layer} expects {}, its input has {}", Features(&mismatch.expected.value), mismatch.found.value)]
pub(super) struct InputMisfit {
    /// `layer 2`
    pub layer: String,
    pub kind: &'static str,
    pub stated: Span,
    pub output: Option<Dim>,
    pub samples: Option<Arrival>,
    pub arrival: Arrival,
    /// Whether what arrives comes from the pass before of the same block.
    pub repeats: bool,
    pub mismatch: Mismatch,
}

/// `expect` or `target` states another shape than there is.
pub(super) struct ShapeMisfit<'a> {
    /// The target's name.
    pub target: Option<&'a str>,
    pub statement: Span,
    /// The axes of which both the stated and the actual dimension are known.
    pub axes: [Option<(&'a Spanned<Extent>, Arrival)>; 2],
    pub mismatches: Vec<(Span, Arrival, Mismatch)>,
}

/// The branches of a layer put out different widths.
#[derive(Debug, thiserror::Error)]
#[error("the branches of `{kind}` put out {}", listed(widths, samples.as_ref()))]
pub(super) struct BranchMisfit {
    pub kind: &'static str,
    pub statement: Span,
    pub samples: Option<Arrival>,
    pub widths: Vec<Arrival>,
}

/// `n × 64 and n × 32`
fn listed(widths: &[Arrival], samples: Option<&Arrival>) -> String {
    let samples = samples.map(|samples| samples.extent.value.clone());
    let shapes: Vec<String> =
        widths.iter().map(|width| shape([samples.clone(), Some(width.extent.value.clone())])).collect();
    match shapes.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some(_) | None => shapes.join(""),
    }
}

impl BranchMisfit {
    /// The message.
    pub(super) fn diagnostic(&self, scope: &Scope) -> Diagnostic {
        let samples = self.samples.as_ref().map(|samples| &samples.extent.value);
        let mut diagnostic = Diagnostic::error(Kind::Shape, self.to_string()).at(self.statement, "");
        let mut places = std::collections::HashSet::new();
        for width in self.widths.iter().filter(|width| places.insert(width.place)) {
            diagnostic = width.blame(samples, diagnostic);
        }
        let mut names: Vec<&str> = self.widths.iter().flat_map(|width| width.extent.bound_names()).collect();
        names.sort_unstable();
        names.dedup();
        let diagnostic = scope.explain(names.into_iter(), diagnostic);
        let [first, rest @ ..] = &self.widths[..] else { return diagnostic };
        let Some(other) = rest.iter().find(|width| width.extent.value != first.extent.value) else {
            return diagnostic;
        };
        if self.kind == "residual" {
            let help = format!(
                "end the block with `dense {}`, or give the skip a weight of its own: write `add` for `residual`, and `{{ dense {} }}` behind the block",
                first.extent.written, other.extent.written
            );
            return diagnostic.help(help);
        }
        diagnostic.help(format!("end each branch with the same width, such as `dense {}`", first.extent.written))
    }
}

/// A further input has another number of samples.
#[derive(Debug, thiserror::Error)]
#[error("the inputs have {} and {} samples", mismatch.found.value, mismatch.expected.value)]
pub(super) struct BatchMisfit {
    pub first: Span,
    pub second: Span,
    pub statement: Span,
    pub mismatch: Mismatch,
}

impl From<BatchMisfit> for Diagnostic {
    fn from(error: BatchMisfit) -> Self {
        let found = error.mismatch.found.written.to_string();
        Self::error(Kind::Shape, error.to_string())
            .at(error.second, "")
            .because(error.first, "the first input says this")
            .help(format!("all inputs hold the same samples: write `{found}` here"))
            .edit(error.second, found)
    }
}

/// A tied layer whose widths are not those of the W that it takes, turned round.
#[derive(Debug, thiserror::Error)]
#[error(
    "the transpose of W of `{name}` takes in {} and puts out {}, here it would {} {found}",
    Features(&wanted[0]), Features(&wanted[1]), if *axis == 0 { "take in" } else { "put out" }
)]
pub(super) struct TiedMisfit {
    pub name: String,
    pub weight: Span,
    pub place: Span,
    /// 0: what comes in, 1: what goes out.
    pub axis: usize,
    pub wanted: [Dim; 2],
    pub found: Dim,
}

impl From<TiedMisfit> for Diagnostic {
    fn from(error: TiedMisfit) -> Self {
        let diagnostic = Self::error(Kind::Shape, error.to_string())
            .at(error.place, "")
            .because(error.weight, "this layer has the W");
        let wanted = &error.wanted[error.axis];
        if error.axis == 1 {
            diagnostic.help(format!("write `{wanted}`")).edit(error.place, wanted.to_string())
        } else {
            diagnostic.help(format!("put a layer before it that puts out {}", Features(wanted)))
        }
    }
}

impl InputMisfit {
    /// The message.
    pub(super) fn diagnostic(&self, scope: &Scope) -> Diagnostic {
        let found = &self.mismatch.found;
        let diagnostic =
            Diagnostic::error(Kind::Shape, self.to_string()).at(self.stated, format!("expected {}", found.value));
        let samples = self.samples.as_ref();
        let diagnostic = self.arrival.blame(samples.map(|samples| &samples.extent.value), diagnostic);
        let diagnostic = explain(&self.mismatch, scope, diagnostic);
        if self.repeats {
            return close_the_round(diagnostic, &self.arrival, &self.mismatch);
        }
        let states_samples = samples.filter(|samples| self.states(samples));
        if let Some(samples) = states_samples.filter(|samples| !is_as_usual(samples, &self.arrival)) {
            return turn(diagnostic, samples, &self.arrival);
        }
        let output = self.output.as_ref().map_or(String::new(), ToString::to_string);
        let write = format!("write `{} {} -> {output}`", self.kind, found.written);
        // The number of samples is nothing to bind to a width.
        let repair = if states_samples.is_some() { None } else { self.mismatch.repair() };
        let help = with_repairs(write, repair.map(|repair| vec![repair]), scope);
        diagnostic.help(help).edit(self.stated, found.written.to_string())
    }

    /// Whether the layer states what the input has as its samples: then its axes may stand the other way round.
    fn states(&self, samples: &Arrival) -> bool {
        self.arrival.from_input && self.mismatch.expected.value.to_string() == samples.extent.value.to_string()
    }
}

/// Whether the axes of the input are called as they usually are, so that turning them would only be warned of.
fn is_as_usual(samples: &Arrival, features: &Arrival) -> bool {
    let [rows, columns] = [samples, features].map(|arrival| arrival.extent.written.to_string());
    is_batch(&rows) && !is_batch(&columns)
}

impl ShapeMisfit<'_> {
    /// The message.
    pub(super) fn diagnostic(&self, scope: &Scope) -> Diagnostic {
        let stated = shape(self.dims(|(stated, _)| &stated.value.value));
        let actual = shape(self.dims(|(_, arrival)| &arrival.extent.value));
        let title = match self.target {
            None => format!("`expect` says {stated}, the shape here is {actual}"),
            Some(name) => format!("target {name} is {stated}, the prediction is {actual}"),
        };
        let [samples, _] = self.dims(|(_, arrival)| &arrival.extent.value);
        let mut diagnostic = Diagnostic::error(Kind::Shape, title);
        for (span, arrival, mismatch) in &self.mismatches {
            diagnostic = diagnostic.at(*span, format!("expected {}", mismatch.found.value));
            diagnostic = arrival.blame(samples.as_ref(), diagnostic);
            diagnostic = explain(mismatch, scope, diagnostic);
        }
        if let (None, [(_, arrival, mismatch)]) = (self.target, &self.mismatches[..])
            && arrival.comes_round_to(self.statement)
        {
            return close_the_round(diagnostic, arrival, mismatch);
        }
        let edited = |diagnostic: Diagnostic, (span, arrival, _): &(Span, Arrival, Mismatch)| {
            diagnostic.edit(*span, arrival.extent.written.to_string())
        };
        self.mismatches.iter().fold(diagnostic.help(self.help(scope)), edited)
    }

    fn help(&self, scope: &Scope) -> String {
        let written = self.dims(|(_, arrival)| &arrival.extent.written).map(text).join(", ");
        let statement = self.target.map_or("expect".into(), |name| format!("target {name}"));
        let repairs = self.mismatches.iter().map(|(_, _, mismatch)| mismatch.repair()).collect();
        with_repairs(format!("write `{statement} [{written}]`"), repairs, scope)
    }

    fn dims(&self, side: for<'s> fn(&'s (&'s Spanned<Extent>, Arrival)) -> &'s Dim) -> [Option<Dim>; 2] {
        self.axes.each_ref().map(|axis| axis.as_ref().map(|axis| side(axis).clone()))
    }
}

impl Arrival {
    /// Marks the place that a dimension comes from.
    fn blame(&self, samples: Option<&Dim>, diagnostic: Diagnostic) -> Diagnostic {
        let dim = &self.extent.value;
        let text = match (dim.is_batch(), self.from_input, samples) {
            (true, ..) => format!("the batch has {dim}"),
            (false, true, _) => format!("the input has {}", Features(dim)),
            (false, false, None) => format!("this layer puts out {}", Features(dim)),
            (false, false, Some(samples)) => {
                format!("this layer puts out {}", Shape::Matrix(samples.clone(), dim.clone()))
            }
        };
        diagnostic.because(self.place, text)
    }
}

/// `n × f1`; `… × f1` where a dimension is not known.
fn shape(dims: [Option<Dim>; 2]) -> String {
    match dims {
        [Some(rows), Some(columns)] => Shape::Matrix(rows, columns).to_string(),
        dims => dims.map(text).join(" × "),
    }
}

fn text(dim: Option<Dim>) -> String {
    dim.map_or("…".into(), |dim| dim.to_string())
}

/// The repair where a block's next pass finds another width than the first.
fn close_the_round(diagnostic: Diagnostic, arrival: &Arrival, Mismatch { expected, found }: &Mismatch) -> Diagnostic {
    let (expected, found) = (&expected.written, &found.written);
    let help = format!("a repeated block puts out what it takes in: write `{expected}` for `{found}`");
    diagnostic.help(help).edit(arrival.place, expected.to_string())
}

/// The repair where the axes of the input stand the other way round.
pub(super) fn turn(diagnostic: Diagnostic, samples: &Arrival, features: &Arrival) -> Diagnostic {
    let [rows, columns] = [samples, features].map(|arrival| arrival.extent.written.to_string());
    let help = format!("samples are rows: write the shape of the input as `[{columns}, {rows}]`");
    diagnostic.help(help).edit(samples.place, columns).edit(features.place, rows)
}

/// Says where the names of both sides got their values.
fn explain(mismatch: &Mismatch, scope: &Scope, diagnostic: Diagnostic) -> Diagnostic {
    let mut names = [mismatch.expected.bound_names(), mismatch.found.bound_names()].concat();
    names.sort_unstable();
    names.dedup();
    scope.explain(names.into_iter(), diagnostic)
}

/// `write …`, and what else would do: `or bind it: let f1 = 3`. `None` if one of the misfits has no repair.
fn with_repairs(write: String, repairs: Option<Vec<Repair>>, scope: &Scope) -> String {
    let mut repairs = repairs.unwrap_or_default();
    repairs.dedup();
    let contradict = repairs.windows(2).any(|pair| pair[0].name == pair[1].name);
    let Some(first) = repairs.first().filter(|_| !contradict) else { return write };
    let bindings: Vec<String> = repairs.iter().map(|Repair { name, value, .. }| format!("{name} = {value}")).collect();
    let (bindings, verb) = (bindings.join(", "), if first.rebinds { "change" } else { "bind" });
    let object = if repairs.len() == 1 { "it" } else { "them" };
    if scope.is_overridden(&first.name) {
        format!("{write}, or {verb} {object}: `--let {}`", bindings.replace(' ', ""))
    } else {
        format!("{write}, or {verb} {object}: `let {bindings}`")
    }
}

/// `1 feature`, `3 features`, `f1 features`
struct Features<'a>(&'a Dim);

impl fmt::Display for Features<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, if self.0.is_one() { "feature" } else { "features" })
    }
}
