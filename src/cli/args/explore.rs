//! Options of `explore`.

use std::path::PathBuf;

use clap::{Args, value_parser};

use super::{
    SpecText,
    files::{Arrays, Memory},
};

#[derive(Debug, Args)]
#[command(after_help = "\
Arrays that no file gives are drawn. The page is for browsers on this machine alone, loads nothing from elsewhere and sends nothing away. Ctrl-C stops it.

Examples:
  chainrule explore --open
  chainrule explore net.spec --open
  chainrule explore net.spec --params params.safetensors --data batch.npz")]
pub struct Explore {
    #[command(flatten)]
    pub spec: OptionalSpec,
    #[command(flatten)]
    pub arrays: Arrays,
    /// The port to serve at; by default one that is free
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true, value_parser = value_parser!(u16))]
    pub port: u16,
    /// Show the page in the system's browser
    #[arg(long)]
    pub open: bool,
    #[command(flatten)]
    pub memory: Memory,
}

/// A spec to begin with, if there is one.
#[derive(Clone, Debug, Args)]
#[group(multiple = false)]
pub struct OptionalSpec {
    /// The spec's file to begin with, or `-` for standard input; an example if not given
    #[arg(value_name = "SPEC")]
    pub path: Option<PathBuf>,
    /// The spec itself, its statements separated by `;` or line ends
    #[arg(short = 'e', value_name = "TEXT")]
    pub text: Option<String>,
}

impl OptionalSpec {
    /// The words that name a spec, if there are any.
    pub fn given(&self) -> Option<SpecText> {
        let Self { path, text } = self.clone();
        (path.is_some() || text.is_some()).then_some(SpecText { path, text })
    }
}
