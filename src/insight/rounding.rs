//! Gradients at a point → the same with 0 in place of what rounding leaves where terms cancel, as at an optimum.

use ndarray::{ArcArray2, Array2, Zip};

use super::model::Parameter;
use crate::evaluate::sweep::Point;

/// A sum that is no more than this share of the sum of its terms' sizes is 0 but for rounding.
const RESIDUE: f64 = 1e-13;

/// Sets every entry of ∂J/∂W = AᵀΔ and ∂J/∂b = 1ᵀΔ to 0 that is no more than rounding beside |A|ᵀ|Δ|. Beside an overflow
/// nothing is known.
pub fn settle(x: &ArcArray2<f64>, parameters: &[Parameter], point: &mut Point<f64>) {
    for parameter in parameters {
        let entering = point.entering(parameter.layer, Some(x));
        let (Some(a), Some(delta)) = (entering, point.adjoints.get(parameter.layer)) else { continue };
        let (size, samples) = (delta.mapv(f64::abs), delta.nrows());
        let sizes =
            if parameter.is_bias { Array2::ones((1, samples)).dot(&size) } else { a.t().mapv(f64::abs).dot(&size) };
        let Some(gradient) =
            point.gradients.get_mut(&parameter.symbol).filter(|gradient| gradient.dim() == sizes.dim())
        else {
            continue;
        };
        Zip::from(gradient).and(&sizes).for_each(|entry, size| {
            if size.is_finite() && entry.abs() <= RESIDUE * size {
                *entry = 0.0;
            }
        });
    }
}
