//! The arguments of `diff`.

use std::path::PathBuf;

use chainrule::pipeline::diff;
use clap::{Args, ValueEnum};

use super::{
    PageArguments,
    files::{Check, Memory},
};

/// In which shape a gradient is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// That of the variable
    #[default]
    Gradient,
    /// That of its transpose, as numerator layout has it
    Numerator,
}

impl From<Layout> for diff::Layout {
    fn from(layout: Layout) -> Self {
        match layout {
            Layout::Gradient => Self::Gradient,
            Layout::Numerator => Self::Numerator,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
A capital letter is a matrix, a small one a column, a small Greek one a scalar, unless --given says otherwise. Shapes are \
found from use.

  a + b, a - b, a * b    sums and products, also of a scalar and a matrix; side by side is a product too
  a .* b, a ./ b, a @ b  entry by entry; the Kronecker product
  X^T, X', X^-1, X^3     transpose, inverse, powers; s^(1/2), x.^2 of each entry
  tr det logdet inv diag vec sum mean rowsum colsum norm1 norm2 normF softmax logsumexp
  exp log sqrt abs sign sin tanh sigmoid relu …, each entry; I(n), ones(m,n), zeros(m,n)
Unicode (ᵀ · ⊙ ⊗ ‖x‖) and LaTeX (X^\\top A X) are read too.

Examples:
  chainrule diff 'tr(X^T*A*X)' --wrt X
  chainrule diff 'norm2(A*x - b)^2' --wrt x --hessian
  chainrule diff 'softmax(W*x)' --wrt x --given 'x [n]; W [m,n]'
  chainrule diff 'logdet(S) + x^T*inv(S)*x' --wrt S --given 'S [n,n] posdef'")]
pub struct Diff {
    /// The expression
    #[arg(value_name = "EXPRESSION", allow_hyphen_values = true)]
    pub text: String,
    /// By which name, if there is more than one; X:symmetric, X:symmetric-entries, X:skew, X:diagonal where X is taken from such matrices
    #[arg(long, value_name = "NAME")]
    pub wrt: Option<String>,
    /// What is given of names: `x [n]; A [m,n]; c scalar`, with symmetric, skew, diagonal, orthogonal, posdef or pos behind it
    #[arg(long, value_name = "DECLARATIONS")]
    pub given: Vec<String>,
    /// The Hessian of a scalar
    #[arg(long, conflicts_with = "hvp")]
    pub hessian: bool,
    /// The Hessian of a scalar times a direction of this name
    #[arg(long, value_name = "DIRECTION")]
    pub hvp: Option<String>,
    /// In which shape the gradient of a scalar is written: that of the variable, or that of its transpose
    #[arg(long, value_enum, default_value_t, value_name = "LAYOUT")]
    pub layout: Layout,
    /// Each value that depends on the variable, and what is derived of it, step by step
    #[arg(long)]
    pub steps: bool,
    /// The laws that lead from what the chain rule gives to the formula, line by line
    #[arg(long)]
    pub why: bool,
    /// Arrays under the expression's names, an .npz or .safetensors file: prints the value of the expression and of its derivative
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Where the two values are written, as `value` and `derivative`: an .npz or .safetensors file
    #[arg(short, long, value_name = "FILE", requires = "data")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub memory: Memory,
    #[command(flatten)]
    pub page: PageArguments,
    #[command(flatten)]
    pub check: Check,
}
