//! A network with its arrays → the loss and the gradients' values, by the derived layered form.

use ndarray::Array2;

use super::{PipelineError, Request, derive_finished, verify::no_distribution};
use crate::{
    evaluate::{
        arrays::{Arrays, in_layout},
        backprop,
        bindings::Bound,
        gradients::Pass,
    },
    gradient::{Derivation, Derived, Form},
    source::{Diagnostic, Kind},
};

/// What a network's gradients are on some arrays.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// J.
    pub loss: f64,
    /// By all parameters and the input, under the names of these, in the network's layout.
    pub gradients: Arrays,
    /// A formula that had to be a more general one, and entries that are no numbers.
    pub warnings: Vec<Diagnostic>,
}

/// Derives the layered form and evaluates it: for targets that are no distributions without that assumption. `bound`
/// holds every array of its network.
///
/// # Errors
/// A limit of the simplification, or a defect.
pub fn evaluate(bound: Bound) -> Result<Evaluation, PipelineError> {
    let request = Request::new(Form::Layered);
    let mut derivation = derive_finished(&bound.network, &request)?;
    let mut warnings = Vec::new();
    if derivation.assumes_distributions
        && let Some(target) = no_distribution(&bound.network, &bound.arrays)
    {
        let title = format!("the rows of `{target}` do not all sum to 1, so the general gradient is evaluated");
        warnings.push(Diagnostic::warning(Kind::Data, title));
        derivation = derive_finished(&bound.network, &Request { distributions: false, ..request })?;
    }
    let layout = bound.network.layout;
    let (loss, gradients) = values(&derivation, bound)?;
    let gradients: Arrays = gradients.into_iter().map(|(name, array)| (name, in_layout(layout, array))).collect();
    if !loss.is_finite() {
        let title = format!("J is {loss}: a value of the forward pass is too large for a float64, or is not defined");
        let help = "scale the inputs or the weights down; the gradients may not be numbers either";
        warnings.push(Diagnostic::warning(Kind::Data, title).help(help));
    }
    warnings.extend(not_finite(&gradients));
    Ok(Evaluation { loss, gradients, warnings })
}

fn values(derivation: &Derivation, bound: Bound) -> Result<(f64, Arrays), PipelineError> {
    let forward = &derivation.forward;
    let is_target = |(name, _): &(&String, &Array2<f64>)| **name == *bound.network.target().name;
    let target: Arrays = bound.arrays.iter().filter(is_target).map(|(name, y)| (name.clone(), y.clone())).collect();
    let pass = Pass::new(forward, &bound.dims, bound.arrays)?;
    let Derived::Gradient(gradient) = &derivation.derived else { return Ok((f64::NAN, Arrays::new())) };
    let variables: Vec<_> = forward.parameters.iter().chain(&forward.inputs).copied().collect();
    let named = |(variable, value)| (forward.arena.symbol(variable).key(), value);
    let mut loss = pass.scalar(derivation.loss)?;
    if let (true, [.., z, a]) = (loss.is_nan() && derivation.is_chain, &forward.definitions[..]) {
        // ∞ − ∞ in the formula: each element by itself is 0 or ∞.
        loss = backprop::loss(&bound.network, &target, &pass.named(z.symbol)?, &pass.named(a.symbol)?);
    }
    Ok((loss, pass.whole(gradient, &variables)?.into_iter().map(named).collect()))
}

/// A warning for each array with entries that are no numbers.
fn not_finite(gradients: &Arrays) -> impl Iterator<Item = Diagnostic> {
    gradients.iter().filter_map(|(name, array): (&String, &Array2<f64>)| {
        let ((row, column), value) = array.indexed_iter().find(|(_, value)| !value.is_finite())?;
        let title = format!("the gradient with respect to `{name}` has {value} at [{row}, {column}]");
        Some(Diagnostic::warning(Kind::Data, title))
    })
}
