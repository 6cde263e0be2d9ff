//! The arguments of `insight`.

use std::path::PathBuf;

use chainrule::{
    evaluate::initialise::Initialisation,
    pipeline::insight::{self, Part},
};
use clap::{Args, value_parser};

use super::{
    PageArguments, SpecArguments,
    files::{Memory, Table},
};
use crate::cli::values::{Choice, initialisation, one_of, share, times, unit};

#[derive(Debug, Args)]
#[command(after_help = "\
Without files weights are drawn as --init says, biases are 0, and X and Y are random; beside constant weights X is 1, Y is 0 or \
(cce) the first class, and what --off does is told in exact fractions if there are any.

Examples:
  chainrule insight net.spec --params params.safetensors --data batch.npz
  chainrule insight net.spec --let n=256 --init he-out --only flow
  chainrule insight net.spec --init ones --only inactive --off 2:1")]
pub struct Insight {
    #[command(flatten)]
    pub spec: SpecArguments,
    /// The parameters W1, b1, …: a .safetensors or .npz file; drawn if not given
    #[arg(long, value_name = "FILE", conflicts_with = "init")]
    pub params: Option<PathBuf>,
    /// X and Y: an .npz or .safetensors file, or a .csv table with --target; drawn if not given
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub table: Table,
    /// How weights begin: he-in, he-out, glorot, lecun, normal(σ), ones, identity
    #[arg(long, value_name = "NAME", default_value = "he-in", value_parser = initialisation)]
    pub init: Initialisation,
    /// The seed of all random values
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub seed: u64,
    /// Over how many seeds initialisations are compared; by default 20, fewer for very many weights
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u16).range(1..))]
    pub seeds: Option<u16>,
    /// Only these parts
    #[arg(long, value_name = "PARTS", value_delimiter = ',', value_parser = one_of(&PARTS))]
    pub only: Vec<Part>,
    /// Switch this unit off: its layer, by number or name, and its place in it, from 1
    #[arg(long, value_name = "LAYER:UNIT", value_parser = unit)]
    pub off: Option<(String, u64)>,
    /// A unit that is active on a smaller share of the samples is dead; by default 0.01
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub dead: Option<f64>,
    /// A unit whose mean |σ'| over the samples is below this share of sup |σ'| is saturated; by default 0.01
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub saturated: Option<f64>,
    /// A layer vanishes where the rms of Δ is below this share of the last layer's; by default 1e-6
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub vanishing: Option<f64>,
    /// A layer explodes where the rms of Δ is above this multiple of the last layer's; by default 1e6
    #[arg(long, value_name = "TIMES", value_parser = times)]
    pub exploding: Option<f64>,
    /// Draw the parts as SVG files in this folder: norms, activation-rates, attenuation (with --off), approximation, influence
    ///
    /// The folder is made if it is missing. A picture of an earlier run is replaced, any other file is left as it is.
    #[arg(long, value_name = "DIR")]
    pub plot: Option<PathBuf>,
    #[command(flatten)]
    pub page: PageArguments,
    #[command(flatten)]
    pub memory: Memory,
}

/// The words for the parts.
pub const PARTS: [Choice<Part>; 6] = [
    (Part::Influence, "influence", "Which factors enter which gradient"),
    (Part::Claims, "claims", "What is often said of gradients, tried on this network"),
    (Part::Inactive, "inactive", "Units that put out nothing, and what switching one off does"),
    (Part::Flow, "flow", "The size of values and gradients from layer to layer"),
    (Part::Approximation, "approximation", "How far the product form with mean gates is from the gradient"),
    (Part::Cost, "cost", "Multiplications by bracket order"),
];

impl From<&Insight> for insight::Options {
    fn from(arguments: &Insight) -> Self {
        let usual = Self::default();
        let parts = arguments.only.clone();
        Self {
            parts: if parts.is_empty() { usual.parts } else { parts },
            initialisation: arguments.init,
            seed: arguments.seed,
            seeds: arguments.seeds.map(usize::from),
            dead: arguments.dead.unwrap_or(usual.dead),
            saturated: arguments.saturated.unwrap_or(usual.saturated),
            off: arguments.off.clone(),
            vanishing: arguments.vanishing.unwrap_or(usual.vanishing),
            exploding: arguments.exploding.unwrap_or(usual.exploding),
            memory: arguments.memory.limit,
        }
    }
}
