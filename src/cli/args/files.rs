//! Options about the user's files, which several commands share.

use std::path::PathBuf;

use chainrule::evaluate::bindings::WeightLayout;
use clap::{Args, ValueEnum};

use crate::cli::values::bytes;

/// The user's files, and how they are read.
#[derive(Clone, Debug, Args)]
pub struct Arrays {
    /// The parameters: a .safetensors or .npz file with W1, b1, … or the names of PyTorch, Keras, Flax or scikit-learn
    #[arg(long, value_name = "FILE")]
    pub params: Option<PathBuf>,
    /// X and Y: an .npz or .safetensors file, or a .csv table with --target
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Of a .csv file: the columns that are Y, with commas between them; X is all others
    ///
    /// Under `loss cce` one column of names or whole numbers is read as classes: Y has a column of 0 and 1 for each, in the order
    /// of the numbers or of the names' bytes. The first line of the file names the columns.
    #[arg(long, value_name = "COLUMNS", requires = "data")]
    pub target: Vec<String>,
    /// Of a .csv file: the columns that are X, in this order; by default all but those of Y
    #[arg(long, value_name = "COLUMNS", requires = "data")]
    pub inputs: Vec<String>,
    /// Of a .csv file: the columns to leave out, with commas between them
    #[arg(long, value_name = "COLUMNS", requires = "data")]
    pub drop: Vec<String>,
    /// Of a .csv file: the first line is a sample; the columns are called 1, 2, …
    #[arg(long, requires = "data")]
    pub no_header: bool,
    /// Of a .csv file: bring each column of X to mean 0 and standard deviation 1
    #[arg(long, requires = "data")]
    pub standardize: bool,
    /// What the rows of the weights in --params are; by default as the arrays' names say, or as their shapes fit
    #[arg(long, value_name = "ROWS", requires = "params")]
    pub weights: Option<Weights>,
}

impl Arrays {
    /// An option that is for tables, if one was given.
    pub fn table(&self) -> Option<&'static str> {
        let options = [
            ("--target", !self.target.is_empty()),
            ("--inputs", !self.inputs.is_empty()),
            ("--drop", !self.drop.is_empty()),
            ("--no-header", self.no_header),
            ("--standardize", self.standardize),
        ];
        options.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
    }
}

/// How weights stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Weights {
    /// A row for each input, as in Keras and Flax
    InOut,
    /// A row for each output, as in PyTorch
    OutIn,
}

impl From<Weights> for WeightLayout {
    fn from(weights: Weights) -> Self {
        match weights {
            Weights::InOut => Self::InOut,
            Weights::OutIn => Self::OutIn,
        }
    }
}

/// How much memory may be used.
#[derive(Clone, Debug, Args)]
pub struct Memory {
    /// The most memory that arrays may take: bytes, or a number with KiB, MiB or GiB
    #[arg(long = "memory", value_name = "BYTES", default_value = "1GiB", value_parser = bytes)]
    pub limit: u64,
}

/// A stored output to compare with.
#[derive(Clone, Debug, Args)]
pub struct Check {
    /// Print only how the output differs from the one stored in this file, by the options that it was stored with; status 1 if it does
    ///
    /// The first line of the file is a comment with these options. Options that are given take their place.
    #[arg(id = "check", long = "check", value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// With --check: write the output to the file instead, if it differs or is missing
    #[arg(long, requires = "check")]
    pub update: bool,
    /// The command and its options, in the order of the help text.
    #[arg(skip)]
    pub words: String,
}
