//! Arrays → how large they are, as floats; what is no number stays none.

use ndarray::{ArrayBase, Data, Ix2};

/// A relative difference up to this is rounding.
pub const ROUNDING: f64 = 1e-9;

/// A count of entries, units or layers: all are below 2⁵³.
#[allow(clippy::cast_precision_loss, reason = "counts are below 2⁵³")]
pub fn float(count: usize) -> f64 {
    count as f64
}

/// max|a|; 0 without entries.
pub fn largest<S: Data<Elem = f64>>(a: &ArrayBase<S, Ix2>) -> f64 {
    // `max` would forget what is no number.
    a.iter().fold(0.0, |largest: f64, x| if largest.is_nan() || x.is_nan() { f64::NAN } else { largest.max(x.abs()) })
}

/// max|a| and √(Σ a²)/max|a|, whose product is the norm without an overflow of squares; (0, 0) of zeros.
pub fn norm<S: Data<Elem = f64>>(a: &ArrayBase<S, Ix2>) -> [f64; 2] {
    let largest = largest(a);
    let rest = if largest == 0.0 { 0.0 } else { a.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt() };
    [largest, rest]
}

/// √(mean of a²)
pub fn root_mean_square<S: Data<Elem = f64>>(a: &ArrayBase<S, Ix2>) -> f64 {
    let [largest, rest] = norm(a);
    largest * (rest / float(a.len()).sqrt())
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    /// ‖(3, −4)‖ = 5, whatever a square of it is; its rms 5/√2.
    #[test]
    fn squares_beyond_the_floats_do_no_harm() {
        for scale in [1.0, 1e-200, 1e300] {
            let a = arr2(&[[3.0, -4.0]]) * scale;
            let [largest, rest] = norm(&a);
            assert!((largest * rest / (5.0 * scale) - 1.0).abs() < 1e-15);
            assert!((root_mean_square(&a) / (5.0 * scale / 2.0_f64.sqrt()) - 1.0).abs() < 1e-15);
        }
        let none = arr2(&[[f64::NAN, 1.0]]);
        assert!(largest(&none).is_nan() && root_mean_square(&none).is_nan());
        assert!(!root_mean_square(&arr2(&[[f64::INFINITY]])).is_finite());
        assert_eq!([largest(&arr2(&[[0.0]])), root_mean_square(&arr2(&[[0.0]]))].map(f64::to_bits), [0, 0]);
    }
}
