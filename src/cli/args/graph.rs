//! Options of what draws a network: `graph` and `report`.

use std::path::PathBuf;

use clap::Args;

use super::{
    PageArguments, SpecArguments,
    files::{Arrays, Memory},
};

#[derive(Debug, Args)]
#[command(after_help = "\
Without -o the graph is printed as two tables, or as a picture in a page of --format html.

Examples:
  chainrule graph net.spec
  chainrule graph net.spec -o net.svg
  chainrule graph net.spec --wrt W2 -o net.svg --width 390   # for a narrow page
  chainrule graph net.spec --unfold -o net.dot               # for Graphviz
  chainrule graph net.spec --format html > net.html")]
pub struct Graph {
    #[command(flatten)]
    pub spec: SpecArguments,
    /// The variable whose gradient's path is drawn in strong lines, with all that it takes: W1, b2, X, Z2, A1, …
    #[arg(long, value_name = "VARIABLE")]
    pub wrt: Option<String>,
    /// Show all layers; by default those in the middle of a network of nine layers and more are one frame
    #[arg(long)]
    pub unfold: bool,
    /// The file to write: .svg, a picture --width pixels wide, by default 1280; .dot for Graphviz; .mmd for Mermaid
    #[arg(short, long, value_name = "OUT", conflicts_with = "format")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub page: PageArguments,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Arrays that no file gives are drawn. The page is one file without scripts that loads nothing; browsers print it, and save it as PDF.

Examples:
  chainrule report net.spec -o net.html
  chainrule report net.spec --params params.safetensors --data batch.npz -o net.html")]
pub struct Report {
    #[command(flatten)]
    pub spec: SpecArguments,
    #[command(flatten)]
    pub arrays: Arrays,
    /// The page to write, in HTML; one that exists is replaced once the new one is complete
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    #[command(flatten)]
    pub memory: Memory,
}
