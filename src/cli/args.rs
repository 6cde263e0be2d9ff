//! Words → [`Arguments`]: what may be written on the command line. The texts here are what `--help` prints.

mod choices;
pub mod diff;
#[cfg(feature = "explore")]
pub mod explore;
pub mod files;
pub mod graph;
pub mod insight;
pub mod second;

pub use choices::{FORMATS, FORMS, FormatWord};
use choices::{LAYOUTS, NOTES, PLACES};

use std::path::PathBuf;

use chainrule::{
    document::Notes,
    gradient::Form,
    network::graph::Layout,
    render::{Format, ShapePlace, Style},
};
use clap::{Args, ColorChoice, Parser, Subcommand, value_parser};

use super::{
    error::CliError,
    values::{binding, label, one_of},
};
use files::{Arrays, Check, Memory};
use graph::{Graph, Report};
use second::Second;

/// Prints the gradients of a neural network as matrix products with shapes, and checks them against a numeric backprop
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
    pub page: FormulaArguments,
    /// What to do; the main job on the built-in network if nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Arguments {
    /// The stored output that the command compares with.
    pub fn check(&mut self) -> Option<&mut Check> {
        let check = match self.command.as_mut()? {
            Command::Derive(arguments) => &mut arguments.check,
            Command::Shapes(arguments) => &mut arguments.check,
            Command::Insight(arguments) => &mut arguments.check,
            Command::Diff(arguments) => &mut arguments.check,
            #[cfg(feature = "explore")]
            Command::Explore(_) => return None,
            Command::Graph(_)
            | Command::Report(_)
            | Command::Names(_)
            | Command::Verify(_)
            | Command::Grad(_)
            | Command::Completions(_)
            | Command::Man => {
                return None;
            }
        };
        check.file.is_some().then_some(check)
    }
}

/// How a page is printed.
#[derive(Clone, Debug, Args)]
pub struct PageArguments {
    /// The format; by default text
    #[arg(long, value_parser = one_of(&FORMATS), value_name = "FORMAT")]
    pub format: Option<FormatWord>,
    /// Break lines at this column; by default the terminal's width; 100 for a file, a pipe, --check and markups, 70 for LaTeX
    #[arg(long, value_name = "COLUMNS", value_parser = value_parser!(u16).range(1..))]
    pub width: Option<u16>,
}

/// How a page of formulas is printed.
#[derive(Debug, Args)]
pub struct FormulaArguments {
    #[command(flatten)]
    pub page: PageArguments,
    /// Where shapes are written; by default under each factor
    #[arg(long, value_name = "WHERE", value_parser = one_of(&PLACES))]
    pub shapes: Option<ShapePlace>,
}

impl PageArguments {
    /// How a page for readers is printed where lines have `width` columns if nothing else is said; none for programs.
    ///
    /// # Errors
    /// A width without lines.
    pub fn style(&self, width: usize, colored: bool) -> Result<Option<Style>, CliError> {
        let Some(format) = self.format.unwrap_or(Some(Format::Text)) else {
            return if self.width.is_some() { Err(CliError::NotLaidOut { option: "--width" }) } else { Ok(None) };
        };
        // A page of a markup is not as wide as the terminal that it is printed on.
        let width = if format.is_plain() { width } else { format.columns() };
        Ok(Some(Style { width: self.width.map_or(width, usize::from), colored, ..Style::new(format) }))
    }
}

impl FormulaArguments {
    /// The same, with shapes where they are wanted.
    ///
    /// # Errors
    /// Options that say nothing of the format.
    pub fn style(&self, width: usize, colored: bool) -> Result<Option<Style>, CliError> {
        match (self.page.style(width, colored)?, self.shapes) {
            (None, Some(_)) => Err(CliError::NotLaidOut { option: "--shapes" }),
            (style, shapes) => Ok(style.map(|style| style.shapes(shapes.unwrap_or(style.shapes)))),
        }
    }

    /// An option that was given, the format last.
    pub fn given(&self) -> Option<&'static str> {
        let options = [
            ("--shapes", self.shapes.is_some()),
            ("--width", self.page.width.is_some()),
            ("--format", self.page.format.is_some()),
        ];
        options.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print gradients as formulas with the shape under each factor
    Derive(Derive),
    /// Differentiate any matrix expression: gradients, Jacobians, Hessians
    Diff(diff::Diff),
    /// Print the table of layers with the shapes of their matrices
    Shapes(Shapes),
    /// Draw the computation graph: the forward pass, and below it what each step hands back
    Graph(Graph),
    /// Write one page with all of it: graph, gradients, shapes, what influences what
    Report(Report),
    /// Serve a page on this machine: graph, gradients and figures as you edit a spec
    #[cfg(feature = "explore")]
    Explore(Box<explore::Explore>),
    /// List kinds of layer, activations and losses with their formulas, and which pairs fuse
    Names(Names),
    /// Check the derived formulas against a numeric backprop, on random values or on yours
    Verify(Verify),
    /// Evaluate the derived gradients on your arrays and write them to a file
    Grad(Grad),
    /// Say whether gradient, signal, updates and units are fine, and what to try
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
#[derive(Clone, Debug, Args)]
pub struct SpecArguments {
    #[command(flatten)]
    pub text: SpecText,
    /// Values of dimension names; they win over `let`
    #[arg(long = "let", value_name = "NAME=NUMBER", value_delimiter = ',', value_parser = binding)]
    pub bindings: Vec<(String, u64)>,
    /// How samples stand in formulas and arrays; by default as the spec says, else as rows
    #[arg(long, value_name = "LAYOUT", value_parser = one_of(&LAYOUTS))]
    pub layout: Option<Layout>,
}

/// Where the spec is.
#[derive(Clone, Debug, Args)]
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
#[command(
    after_help = "\
Examples:
  chainrule derive net.spec
  chainrule derive net.spec --wrt W1,X --form layered
  chainrule derive net.spec --wrt W1 --why
  chainrule derive net.spec --hvp                            # Hessian times a direction
  chainrule derive net.spec --general                        # for layer l of L layers
  chainrule derive net.spec --check net.gradients --update   # store the output
  chainrule derive net.spec --check net.gradients            # status 1 once it differs",
    mut_arg("params", |params| params.requires("numbers")),
    mut_arg("data", |data| data.requires("numbers"))
)]
pub struct Derive {
    #[command(flatten)]
    pub spec: SpecArguments,
    /// The variables to differentiate with respect to: W1, b2, X, Z2, A1, …, or `W`, `b`, `Z`, `A` for all of a kind; by default all parameters
    ///
    /// A layer with a name has it in the names of its arrays: `W_hidden`. The option may be repeated.
    #[arg(long, value_name = "VARIABLES", value_delimiter = ',')]
    pub wrt: Vec<String>,
    /// How a gradient is written; by default product, and layered where a norm takes its means over the batch
    #[arg(long, value_parser = one_of(&FORMS), value_name = "FORM")]
    pub form: Option<Form>,
    /// Write the activations out, down to X
    #[arg(long)]
    pub expand: bool,
    /// Multiply out into the sum over all paths from the loss, one product a path, at most 1000
    ///
    /// In the product and per-sample form; the chain form is that sum in any case.
    #[arg(long)]
    pub paths: bool,
    /// The Jacobians of the first output of one sample with respect to X, Z, A, instead of the gradients of the loss
    ///
    /// As products of W and S, exact; by default by the inputs and all Z.
    #[arg(long, conflicts_with = "form")]
    pub jacobian: bool,
    /// Count the multiplications of each product form in each order of multiplication; every dimension needs a number
    ///
    /// Of the order as printed, of backpropagation and of the cheapest order, for each gradient and for all parameters
    /// together; of a network that branches, of its formulas as they stand, in the layered form too. Else in the product form
    /// only, and not with --steps, --why or --general.
    #[arg(long)]
    pub cost: bool,
    /// Show each step from the chain rule to the result
    ///
    /// In the layered, per-sample and product form, and not with --expand, --why, --general or --cost.
    #[arg(long)]
    pub steps: bool,
    /// The formulas for any layer ℓ of any depth L; for networks whose hidden layers are of one kind
    ///
    /// With respect to `W`, `b`, the input, `Z` and `A`: in every form and format, in the product and per-sample form with and without --expand.
    /// Not with --steps, --why or --cost.
    #[arg(long)]
    pub general: bool,
    #[command(flatten)]
    pub second: Second,
    /// Print the forward pass, Z, A and J, before the gradients
    ///
    /// By default in --steps and in LaTeX, where a page is read alone.
    #[arg(long)]
    pub forward: bool,
    /// How much is said beside the formulas; by default full
    #[arg(long, value_name = "AMOUNT", value_parser = one_of(&NOTES))]
    pub notes: Option<Notes>,
    /// In LaTeX: number the equations, with labels that begin with this word, as in `\eqref{net:W1}`
    #[arg(long, value_name = "PREFIX", value_parser = label)]
    pub label: Option<String>,
    /// With --steps: show X, Z, A, the activation derivatives, Δ and the gradients in numbers
    ///
    /// Of arrays in --params and --data, or of small numbers that are drawn; for networks of at most 6 units a layer and 4 samples.
    #[arg(long, requires = "steps")]
    pub numbers: bool,
    #[command(flatten)]
    pub arrays: Arrays,
    /// Prove each formula: the steps from what backpropagation gives to what is printed, each with its law and checked on numbers
    ///
    /// In the layered, per-sample and product form, and not with --steps, --general or --cost.
    #[arg(long)]
    pub why: bool,
    #[command(flatten)]
    pub page: FormulaArguments,
    #[command(flatten)]
    pub check: Check,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  chainrule names --format html")]
pub struct Names {
    #[command(flatten)]
    pub page: PageArguments,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chainrule shapes net.spec
  chainrule shapes -e 'input X [n, 784]; dense 128 relu; dense 10 softmax; loss cce'
  chainrule shapes net.spec --check net.shapes --update   # store the table")]
pub struct Shapes {
    #[command(flatten)]
    pub spec: SpecArguments,
    #[command(flatten)]
    pub page: PageArguments,
    #[command(flatten)]
    pub check: Check,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Arrays that no file gives are random. \
Holds, with status 0, if for each array no entry of the layered, per-sample and product form (each \
sample with its own gates, summed) differs from the numeric backprop by more than 1e-12 of the array's largest entry.

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
    #[command(flatten)]
    pub arrays: Arrays,
    #[command(flatten)]
    pub page: PageArguments,
    #[command(flatten)]
    pub memory: Memory,
}

#[derive(Debug, Args)]
#[command(
    after_help = "\
The file holds W1, b1, … and X, each with the gradient with respect to the array of this name.

Example:
  chainrule grad net.spec --params params.safetensors --data batch.npz -o gradients.npz",
    mut_arg("params", |params| params.required(true)),
    mut_arg("data", |data| data.required(true))
)]
pub struct Grad {
    #[command(flatten)]
    pub spec: SpecArguments,
    #[command(flatten)]
    pub arrays: Arrays,
    #[command(flatten)]
    pub page: PageArguments,
    /// The .npz or .safetensors file to write; one that exists is replaced once the new one is complete
    #[arg(short, long, value_name = "OUT", required_unless_present = "print")]
    pub output: Option<PathBuf>,
    /// Print the gradients of at most 12 × 12 entries as matrices; no file is then needed
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
