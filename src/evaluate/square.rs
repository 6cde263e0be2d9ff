//! Square matrices → inverse, determinant and trace, by elimination with the largest pivot of each column; and the matrices
//! of Kronecker's algebra.

use ndarray::Array2;

use crate::expr::Invariant;

/// L and U of a matrix with exchanged rows, in one array; which row stands where; and the sign of the exchange.
struct Decomposed {
    both: Array2<f64>,
    rows: Vec<usize>,
    sign: f64,
}

/// P a = L U (Golub and Van Loan, *Matrix Computations*, 2013, section 3.4). A pivot of 0 is kept: the matrix is singular.
fn decomposed(a: &Array2<f64>) -> Decomposed {
    let n = a.nrows();
    let (mut both, mut rows, mut sign) = (a.clone(), (0..n).collect::<Vec<_>>(), 1.0);
    for k in 0..n {
        let largest = (k..n).max_by(|i, j| both[[*i, k]].abs().total_cmp(&both[[*j, k]].abs())).unwrap_or(k);
        if largest != k {
            for j in 0..n {
                both.swap([k, j], [largest, j]);
            }
            rows.swap(k, largest);
            sign = -sign;
        }
        let pivot = both[[k, k]];
        for i in k + 1..n {
            let factor = if pivot == 0.0 { 0.0 } else { both[[i, k]] / pivot };
            both[[i, k]] = factor;
            for j in k + 1..n {
                both[[i, j]] -= factor * both[[k, j]];
            }
        }
    }
    Decomposed { both, rows, sign }
}

/// a⁻¹; not finite where a is singular.
#[must_use]
pub fn inverse(a: &Array2<f64>) -> Array2<f64> {
    let Decomposed { both, rows, .. } = decomposed(a);
    let n = a.nrows();
    let mut inverse = Array2::zeros((n, n));
    for (column, row) in rows.iter().enumerate() {
        // L U x = the column of the exchange
        let mut x = vec![0.0; n];
        x[column] = 1.0;
        for i in 0..n {
            x[i] -= (0..i).map(|j| both[[i, j]] * x[j]).sum::<f64>();
        }
        for i in (0..n).rev() {
            x[i] = (x[i] - (i + 1..n).map(|j| both[[i, j]] * x[j]).sum::<f64>()) / both[[i, i]];
        }
        x.into_iter().zip(inverse.column_mut(*row)).for_each(|(x, place)| *place = x);
    }
    inverse
}

/// Whether Gauss's elimination of a symmetric matrix meets positive pivots only: it is positive definite (Sylvester).
#[must_use]
pub fn has_positive_pivots(array: &Array2<f64>) -> bool {
    let mut left = array.clone();
    (0..left.nrows()).all(|k| {
        let pivot = left[[k, k]];
        for i in k + 1..left.nrows() {
            let factor = left[[i, k]] / pivot;
            for j in k..left.ncols() {
                left[[i, j]] -= factor * left[[k, j]];
            }
        }
        pivot > 0.0
    })
}

/// tr a, det a, ln |det a|.
#[must_use]
pub fn invariant(invariant: Invariant, a: &Array2<f64>) -> f64 {
    if invariant == Invariant::Trace {
        return a.diag().sum();
    }
    let Decomposed { both, sign, .. } = decomposed(a);
    if invariant == Invariant::Determinant {
        sign * both.diag().product()
    } else {
        both.diag().iter().map(|pivot| pivot.abs().ln()).sum()
    }
}

/// aᵖ: whole powers by multiplication, as they are also of negative numbers.
#[must_use]
pub fn power(a: f64, p: f64) -> f64 {
    #[allow(clippy::cast_possible_truncation, reason = "whole, and small")]
    if p.fract() == 0.0 && p.abs() <= 64.0 { a.powi(p as i32) } else { a.powf(p) }
}

/// The columns of a below each other.
#[must_use]
pub fn stacked<T: Clone>(a: &Array2<T>) -> Array2<T> {
    let entries: Vec<T> = a.t().iter().cloned().collect();
    let length = entries.len();
    Array2::from_shape_vec((length, 1), entries).unwrap_or_else(|_| unreachable!("as many as there are"))
}

/// K with K vec(a) = vec(aᵀ) for every m × k matrix a.
#[must_use]
pub fn commutation(m: usize, k: usize) -> Array2<f64> {
    Array2::from_shape_fn((m * k, m * k), |(to, from)| {
        // vec(aᵀ) holds a[i, j] at i k + j, vec(a) at j m + i.
        let (i, j) = (to / k, to % k);
        if from == j * m + i { 1.0 } else { 0.0 }
    })
}
