//! Columns → columns of mean 0 and standard deviation 1.

use ndarray::{Array2, ArrayViewMut1};

/// (x − mean)/σ in each column, σ = √(Σ(x − mean)²/n). A column of one value becomes 0; these are returned.
pub(super) fn standardize(x: &mut Array2<f64>) -> Vec<usize> {
    let columns = x.columns_mut().into_iter().enumerate();
    columns.filter_map(|(index, column)| (!standardize_column(column)).then_some(index)).collect()
}

/// Whether the column has more than one value.
#[allow(clippy::cast_precision_loss, reason = "rows that fit in memory are counted exactly")]
fn standardize_column(mut column: ArrayViewMut1<'_, f64>) -> bool {
    let (least, greatest) = column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
    if least >= greatest {
        column.fill(0.0);
        return false;
    }
    // By powers of 2, which rounds nothing: neither sums nor squares leave the range of f64.
    let largest = column.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    let (_, exponent) = libm::frexp(largest);
    column.mapv_inplace(|x| libm::ldexp(x, -exponent));
    let n = column.len() as f64;
    let mean = column.iter().map(|x| x / n).sum::<f64>();
    column.mapv_inplace(|x| x - mean);
    let deviation = (column.iter().map(|x| x * x).sum::<f64>() / n).sqrt();
    column.mapv_inplace(|x| x / deviation);
    true
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn columns_are_centred_and_scaled() {
        let mut x = array![[1.0, 7.0, 1e308, 2e-320], [2.0, 7.0, -1e308, 0.0], [6.0, 7.0, 0.0, 1e-320]];
        assert_eq!(standardize(&mut x), [1]);
        // Mean 3, variance (4 + 1 + 9)/3; of the last two −1, 0, 1 over √(2/3).
        let (a, b) = ((14.0_f64 / 3.0).sqrt(), 1.5_f64.sqrt());
        let expected = array![[-2.0 / a, 0.0, b, b], [-1.0 / a, 0.0, -b, -b], [3.0 / a, 0.0, 0.0, 0.0]];
        assert!((x - expected).iter().all(|difference| difference.abs() < 1e-12));
    }
}
