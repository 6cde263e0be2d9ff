//! Words → [`Arguments`]: what may be written on the command line. The texts here are what `--help` prints.

pub mod files;
pub mod insight;

use std::path::PathBuf;

use chainrule::{gradient, render};
use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum, value_parser};

use super::{error::CliError, values::binding};
use files::{Check, Memory, Table};

/// Prints the gradients of a neural network as matrix products with shapes, and checks them against a concrete backprop
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "\
Without a command: derives, prints and verifies all gradients of a built-in network.

A spec lists the layers of a network, one statement a line or with `;` between them:
  input X [n, f0]; dense f1 relu; dense f2; loss half_mse
Dimensions are names or numbers; samples are rows.

Examples:
  chainrule
  chainrule derive net.spec --wrt W1
  chainrule shapes net.spec
  chainrule derive -e 'input X [n, f0]; dense f1 relu; dense f2; loss half_mse'
  chainrule verify net.spec

Exit status:
  0  done
  1  a check did not hold, or `--check` found a difference
  2  wrong usage
  3  the spec, a shape or a file is wrong or missing
  4  a limit was reached"
)]
pub struct Arguments {
    /// When to use colour; auto: on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", display_order = 100)]
    pub color: ColorChoice,
    /// How the main job is printed.
    #[command(flatten, next_help_heading = "Options of the main job, without a command")]
    pub page: PageArguments,
    /// What to do; the main job on the built-in network if nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Arguments {
    /// The stored output that the command compares with.
    pub fn check(&mut self) -> Option<&mut Check> {
        let Some(Command::Derive(derive)) = &mut self.command else { return None };
        derive.check.file.is_some().then_some(&mut derive.check)
    }
}

/// How formulas are printed.
#[derive(Debug, Args)]
pub struct PageArguments {
    /// The format; by default text
    #[arg(long)]
    pub format: Option<Format>,
    /// Where shapes are written; by default under each factor
    #[arg(long, value_name = "WHERE")]
    pub shapes: Option<ShapePlace>,
    /// Break lines at this column; by default the terminal's width; 100 for a file, a pipe, --check and markups, 70 for LaTeX
    #[arg(long, value_name = "COLUMNS", value_parser = value_parser!(u16).range(1..))]
    pub width: Option<u16>,
}

impl PageArguments {
    /// How a page for readers is printed where lines have `width` columns if nothing else is said.
    ///
    /// # Errors
    /// Options that say nothing of the format.
    pub fn style(&self, width: usize, colored: bool) -> Result<Option<render::Style>, CliError> {
        if let Some(format) = self.format.unwrap_or(Format::Text).for_readers() {
            let shapes = self.shapes.unwrap_or(ShapePlace::Under).into();
            // A page of a markup is not as wide as the terminal that it is printed on.
            let width = if format.is_plain() { width } else { format.columns() };
            return Ok(Some(render::Style { format, shapes, width: self.width.map_or(width, usize::from), colored }));
        }
        let given = self.given().filter(|option| *option != "--format");
        given.map_or(Ok(None), |option| Err(CliError::NotLaidOut { option }))
    }

    /// An option that was given, the format last.
    pub fn given(&self) -> Option<&'static str> {
        let options = [
            ("--shapes", self.shapes.is_some()),
            ("--width", self.width.is_some()),
            ("--format", self.format.is_some()),
        ];
        options.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print gradients as formulas with the shape under each factor
    Derive(Derive),
    /// Print the table of layers with their shapes and parameters
    Shapes(Shapes),
    /// Check the derived formulas against a concrete backprop, on random values or on yours
    Verify(Verify),
    /// Evaluate the derived gradients on your arrays and write them to a file
    Grad(Grad),
    /// Show what influences the gradients, in figures of your arrays or of drawn ones
    Insight(Box<insight::Insight>),
    /// Print a script that completes commands in a shell
    Completions(Completions),
    /// Print the manual page
    #[command(after_help = "\
Example:
  chainrule man > ~/.local/share/man/man1/chainrule.1")]
    Man,
}

/// Which network.
#[derive(Debug, Args)]
pub struct SpecArguments {
    #[command(flatten)]
    pub text: SpecText,
    /// Values of dimension names; they win over `let`
    #[arg(long = "let", value_name = "NAME=NUMBER", value_delimiter = ',', value_parser = binding)]
    pub bindings: Vec<(String, u64)>,
}

/// Where the spec is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct SpecText {
    /// The spec's file, or `-` for standard input
    #[arg(value_name = "SPEC")]
    pub path: Option<PathBuf>,
    /// The spec itself, its statements separated by `;` or line ends
    #[arg(short = 'e', value_name = "TEXT")]
    pub text: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chainrule derive net.spec
  chainrule derive net.spec --wrt W1,X --form layered
  chainrule derive net.spec --wrt W1 --why
  chainrule derive net.spec --general                        # for layer l of L layers
  chainrule derive net.spec --check net.gradients --update   # store the output
  chainrule derive net.spec --check net.gradients            # status 1 once it differs")]
pub struct Derive {
    #[command(flatten)]
    pub spec: SpecArguments,
    /// By which variables: W1, b2, X, Z2, A1, …, or `W`, `b`, `Z`, `A` for all of a kind; by default all parameters
    ///
    /// A layer with a name goes by it: `W_hidden`. The list may be given in parts.
    #[arg(long, value_name = "VARIABLES", value_delimiter = ',')]
    pub wrt: Vec<String>,
    /// How a gradient is written
    #[arg(long, default_value = "product")]
    pub form: Form,
    /// Write the activations out, down to X
    #[arg(long)]
    pub expand: bool,
    /// Count the multiplications of each product form by bracket order; every dimension needs a number
    ///
    /// Of the order as printed, of backpropagation and of the cheapest order, for each gradient and for all parameters
    /// together. In the product form only, not for programs (--format json), and not with --steps, --why or --general.
    #[arg(long)]
    pub cost: bool,
    /// Show each step from the chain rule to the result
    ///
    /// In the layered, per-sample and product form, not for programs (--format json), and not with --expand, --why, --general or --cost.
    #[arg(long)]
    pub steps: bool,
    /// The formulas for any layer l of any depth L; for networks whose hidden layers are of one kind
    ///
    /// By `W`, `b`, the input, `Z` and `A`: in the product form, with and without --expand, and in the layered and per-sample form; in
    /// every format. Not with --steps, --why or --cost.
    #[arg(long)]
    pub general: bool,
    /// Prove each formula: the steps from what the sweep produces to what is printed, each with its law and checked on numbers
    ///
    /// In the layered, per-sample and product form, not for programs (--format json), and not with --steps, --general or --cost.
    #[arg(long)]
    pub why: bool,
    #[command(flatten)]
    pub page: PageArguments,
    #[command(flatten)]
    pub check: Check,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chainrule shapes net.spec
  chainrule shapes -e 'input X [n, 784]; dense 128 relu; dense 10 softmax; loss cce'")]
pub struct Shapes {
    #[command(flatten)]
    pub spec: SpecArguments,
    /// The format: text or ascii for readers, json for programs
    #[arg(long, default_value = "text", hide_possible_values = true)]
    pub format: ReportFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Holds, with status 0, if for each array no entry of the layered, per-sample and product form (each \
sample with its own gates, summed) differs from the concrete backprop by more than 1e-12 of the array's largest entry.

Examples:
  chainrule verify net.spec
  chainrule verify net.spec --trials 10 --let n=64
  chainrule verify net.spec --params params.safetensors --data batch.npz
  chainrule verify iris.net --data iris.csv --target species --standardize")]
pub struct Verify {
    #[command(flatten)]
    pub spec: SpecArguments,
    /// The seed of all random values
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub seed: u64,
    /// How many random points are tried
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = value_parser!(u16).range(1..))]
    pub trials: u16,
    /// The parameters: a .safetensors or .npz file with W1, b1, … or the names of PyTorch, Keras, Flax or scikit-learn; random if not given
    #[arg(long, value_name = "FILE")]
    pub params: Option<PathBuf>,
    /// X and Y: an .npz or .safetensors file, or a .csv table with --target; random if not given
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub table: Table,
    /// The format: text or ascii for readers, json for programs
    #[arg(long, default_value = "text", hide_possible_values = true)]
    pub format: ReportFormat,
    #[command(flatten)]
    pub memory: Memory,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The file holds W1, b1, … and X, each with the gradient by the array of this name.

Example:
  chainrule grad net.spec --params params.safetensors --data batch.npz -o gradients.npz")]
pub struct Grad {
    #[command(flatten)]
    pub spec: SpecArguments,
    /// The parameters: a .safetensors or .npz file with W1, b1, … or the names of PyTorch, Keras, Flax or scikit-learn
    #[arg(long, value_name = "FILE")]
    pub params: PathBuf,
    /// X and Y: an .npz or .safetensors file, or a .csv table with --target
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    #[command(flatten)]
    pub table: Table,
    /// The .npz or .safetensors file to write; one that exists is replaced once the new one is complete
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// Print the gradients of at most 12 × 12 entries as matrices
    #[arg(long)]
    pub print: bool,
    #[command(flatten)]
    pub memory: Memory,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  chainrule completions bash > ~/.local/share/bash-completion/completions/chainrule")]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// How a gradient is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// The chain rule before anything is put in
    Chain,
    /// Backpropagation, one Δ a layer: exact
    Layered,
    /// A sum over the samples, each with its own gates: exact
    PerSample,
    /// A product with one gate S a layer for the whole batch
    Product,
    /// The layers in forward order: a sketch without a value
    Intuitive,
}

impl From<Form> for gradient::Form {
    fn from(form: Form) -> Self {
        match form {
            Form::Chain => Self::Chain,
            Form::Layered => Self::Layered,
            Form::PerSample => Self::PerSample,
            Form::Product => Self::Product,
            Form::Intuitive => Self::Intuitive,
        }
    }
}

/// The format of formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Unicode, as in a textbook
    Text,
    /// The same in seven bits
    Ascii,
    /// LaTeX with amsmath, to be included in a document
    Latex,
    /// Typst, to be included in a document or compiled by itself
    Typst,
    /// MathML, to be embedded in a page
    Mathml,
    /// A page of its own
    Html,
    /// For programs: expressions as nested arrays, with shapes, text and assumptions
    Json,
}

impl Format {
    /// The format as one for readers.
    pub fn for_readers(self) -> Option<render::Format> {
        match self {
            Self::Text => Some(render::Format::Text),
            Self::Ascii => Some(render::Format::Ascii),
            Self::Latex => Some(render::Format::Latex),
            Self::Typst => Some(render::Format::Typst),
            Self::Mathml => Some(render::Format::Mathml),
            Self::Html => Some(render::Format::Html),
            Self::Json => None,
        }
    }
}

/// Where shapes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ShapePlace {
    /// Under each factor
    Under,
    /// Nowhere
    None,
    /// After the formula, each in the place of its factor
    After,
}

impl From<ShapePlace> for render::Shapes {
    fn from(place: ShapePlace) -> Self {
        match place {
            ShapePlace::Under => Self::Under,
            ShapePlace::None => Self::None,
            ShapePlace::After => Self::After,
        }
    }
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For readers
    Text,
    /// The same in seven bits
    Ascii,
    /// For programs
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
