//! The stages put together: [`derive()`] gradients of a network, [`verify()`] and [`evaluate()`] them on
//! numbers. One line a stage.

mod cost;
mod derive;
pub mod diff;
mod error;
mod evaluate;
mod general;
mod graph;
pub mod insight;
mod names;
mod numbers;
mod second;
mod steps;
pub mod variables;
mod verification;
mod verify;
pub mod why;

pub use cost::{Costs, FormulaCost, FormulaCosts, GradientCost, LISTED, cost};
pub use derive::{
    Prepared, Request, check_letters, derive, derive_finished, derive_forms, derive_prepared, finished, prepare,
};
pub use error::PipelineError;
pub use evaluate::{Evaluation, evaluate};
pub use general::{GeneralError, derive_general, select_general};
pub use graph::{graph, graph_prepared};
pub use names::{Absorbed, Lost, absorbed, losses};
pub use numbers::{MOST, Numbers, Valued, numbers, numbers_at, small_dimensions};
pub use second::{Kfac, derive_second, kfac};
pub use steps::explain;
pub use verification::{ArrayReport, Options, Redraws, TOLERANCE, Verdict, Verification, larger};
pub use verify::{Formulas, are_distributions, verify, verify_formulas};
