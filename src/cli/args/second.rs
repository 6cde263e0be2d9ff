//! Which second derivatives are wanted.

use clap::{ArgGroup, Args};

/// At most one of them.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("matrix").args(["hvp", "gauss_newton", "kfac"])))]
pub struct Second {
    /// The Hessian of the loss times a direction, layer by layer: V1 for W1, v1 for b1, a dot for what changes along it
    ///
    /// In the layered form, compared with central differences of the gradients. --wrt names the parts that are shown.
    #[arg(long)]
    pub hvp: bool,
    /// The Gauss-Newton matrix times a direction: the changes of the outputs, sent back by the ordinary backpropagation
    ///
    /// In the layered form, compared with differences of the forward pass. --wrt names the parts that are shown.
    #[arg(long)]
    pub gauss_newton: bool,
    /// The K-FAC factors of each weight: its block of the Fisher matrix as a Kronecker product, and how close that is
    ///
    /// Measured on random values. --wrt names the weights that are shown.
    #[arg(long)]
    pub kfac: bool,
    /// With --hvp or --gauss-newton: the parameters and inputs that move; by default all parameters
    #[arg(long, value_name = "VARIABLES", value_delimiter = ',', requires = "matrix")]
    pub along: Vec<String>,
}
