//! The arguments of `insight`.

use std::path::PathBuf;

use chainrule::{
    evaluate::initialise::Initialisation,
    insight::summary::{Aspect, Bounds, Judged, Verdict},
    pipeline::insight::{self, Part},
    report::insight::PARTS,
};
use clap::{Args, value_parser};

use super::{
    PageArguments, SpecArguments,
    files::{Arrays, Check, Memory},
};
use crate::cli::values::{Choice, initialisation, one_of, power, share, times, unit};

#[derive(Clone, Debug, Args)]
#[command(
    after_help = "\
Without files, weights are drawn as --init says, biases are 0, and X and Y are random. With constant weights (--init ones) X is 1 \
and Y is 0, under cce the first class; what --off does is then told in exact fractions where there are any.

The summary says in how many draws of the weights a verdict holds, and tries what may be better on the same data and seed.

Examples:
  chainrule insight net.spec
  chainrule insight net.spec --init glorot --fail-on vanishing,exploding,dead,signal
  chainrule insight net.spec --compare params.safetensors
  chainrule insight net.spec --params params.safetensors --data batch.npz
  chainrule insight net.spec --let n=256 --init he-out --only flow
  chainrule insight net.spec --init ones --only inactive --off 2:1
  chainrule insight -e 'input X [2, 3]; dense 4 relu; dense 2; loss mse' --numbers
  chainrule insight net.spec --check net.insight --update   # store the page",
    mut_arg("params", |params| params.conflicts_with("init"))
)]
pub struct Insight {
    #[command(flatten)]
    pub spec: SpecArguments,
    #[command(flatten)]
    pub arrays: Arrays,
    /// How weights begin: he-in, he-out, glorot, lecun, normal(σ), ones, identity
    #[arg(long, value_name = "NAME", default_value = "he-in", value_parser = initialisation)]
    pub init: Initialisation,
    /// The seed of all random values
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub seed: u64,
    /// Over how many seeds verdicts are counted and initialisations compared; by default 20, fewer for many weights
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u16).range(1..))]
    pub seeds: Option<u16>,
    /// These parts alone, with their tables; by default the summary
    #[arg(long, value_name = "PARTS", value_delimiter = ',', value_parser = one_of(&PARTS))]
    pub only: Vec<Part>,
    /// All parts
    #[arg(long, conflicts_with = "only")]
    pub all: bool,
    /// Explain the words at the heads of tables
    #[arg(long)]
    pub explain: bool,
    /// End with status 1 where a verdict of the summary is one of these
    #[arg(long, value_name = "VERDICTS", value_delimiter = ',', value_parser = one_of(&FAILURES))]
    pub fail_on: Vec<Failing>,
    /// Put the summary of another run beside this one: another spec, as a file or as text, or other parameters
    #[arg(long, value_name = "OTHER")]
    pub compare: Option<String>,
    /// With the flow: what L layers make of a factor w each
    #[arg(long, value_name = "w^L", value_parser = power)]
    pub power: Option<(f64, u32)>,
    /// Switch this unit off: the number or name of its layer, and its place in the layer, from 1
    #[arg(long, value_name = "LAYER:UNIT", value_parser = unit)]
    pub off: Option<(String, u64)>,
    /// A unit that is active on a smaller share of the samples is dead; by default 0.01
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub dead: Option<f64>,
    /// A unit whose mean |σ'| over the samples is below this share of sup |σ'| is saturated; by default 0.01
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub saturated: Option<f64>,
    /// The gradient vanishes where the rms of Δ is below this share of the last layer's, the signal where the rms of A is below it, updates where ‖∂J/∂W‖/‖W‖ is below a thousandth of it; by default 1e-3
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub vanishing: Option<f64>,
    /// They explode above this multiple; by default 1e3
    #[arg(long, value_name = "TIMES", value_parser = times)]
    pub exploding: Option<f64>,
    /// Updates are weak where ‖∂J/∂W‖/‖W‖ is below this share; by default 1e-4
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub updates_weak: Option<f64>,
    /// Updates are growing where it is above this multiple; by default 10
    #[arg(long, value_name = "TIMES", value_parser = times)]
    pub updates_growing: Option<f64>,
    /// Units are weak where more than this share of a layer is dead, or saturated; by default 0.5
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub units_weak: Option<f64>,
    /// Units are dead where more than this share of a layer is; by default 0.9
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub units_dead: Option<f64>,
    /// Show X, Z, A, the activation derivatives, Δ and the gradients in numbers
    ///
    /// Of networks of at most 6 units a layer and 4 samples.
    #[arg(long)]
    pub numbers: bool,
    /// Draw the parts as SVG files in this folder: norms, activation-rates, attenuation (with --off), approximation, influence
    ///
    /// The folder is made if it is missing. A picture of an earlier run is replaced, any other file is left as it is.
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    pub plot: Option<PathBuf>,
    #[command(flatten)]
    pub page: PageArguments,
    #[command(flatten)]
    pub check: Check,
    #[command(flatten)]
    pub memory: Memory,
}

/// The words for what a run may fail on.
const FAILURES: [Choice<Failing>; 4] = [
    (Failing::Verdict(Verdict::Dead), "dead", "Most units of a layer are dead, or no layer receives a gradient"),
    (Failing::Verdict(Verdict::Vanishing), "vanishing", "The gradient or the updates vanish"),
    (Failing::Verdict(Verdict::Exploding), "exploding", "The gradient or the updates explode"),
    (Failing::Signal, "signal", "The signal vanishes or explodes"),
];

/// What a run may fail on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// This verdict on gradient, updates or units.
    Verdict(Verdict),
    /// The worst verdicts on the signal.
    Signal,
}

impl Failing {
    /// Whether it is said of anything. A value that is too large to compute with explodes, whatever it hides.
    #[must_use]
    pub fn is_in(self, judged: &Judged) -> bool {
        let mut others = judged.findings.iter().filter(|finding| finding.aspect != Aspect::Signal);
        match self {
            Self::Verdict(Verdict::Exploding) if judged.overflow.is_some() => true,
            Self::Verdict(verdict) => others.any(|finding| finding.verdict == verdict),
            Self::Signal => judged.of(Aspect::Signal).verdict.severity() == 2,
        }
    }
}

impl Insight {
    /// The parts that are printed: a picture needs all of them, a failure or a comparison the summary.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        if self.all || (self.only.is_empty() && self.plot.is_some()) {
            return Part::ALL.to_vec();
        }
        let mut parts = self.only.clone();
        if parts.is_empty() || !self.fail_on.is_empty() || self.compare.is_some() {
            parts.push(Part::Summary);
        }
        parts
    }
}

impl From<&Insight> for insight::Options {
    fn from(arguments: &Insight) -> Self {
        let usual = Self::default();
        Self {
            parts: arguments.parts(),
            initialisation: arguments.init,
            seed: arguments.seed,
            seeds: arguments.seeds.map(usize::from),
            dead: arguments.dead.unwrap_or(usual.dead),
            saturated: arguments.saturated.unwrap_or(usual.saturated),
            off: arguments.off.clone(),
            also_off: Vec::new(),
            vanishing: arguments.vanishing.unwrap_or(usual.vanishing),
            exploding: arguments.exploding.unwrap_or(usual.exploding),
            bounds: Bounds {
                updates: [
                    arguments.updates_weak.unwrap_or(usual.bounds.updates[0]),
                    arguments.updates_growing.unwrap_or(usual.bounds.updates[1]),
                ],
                units: [
                    arguments.units_weak.unwrap_or(usual.bounds.units[0]),
                    arguments.units_dead.unwrap_or(usual.bounds.units[1]),
                ],
            },
            memory: arguments.memory.limit,
        }
    }
}
