//! What is given of a name → random matrices that suit it.

use ndarray::Array2;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{draw::generator, expression::Matrix, square::has_positive_pivots};
use crate::{
    expr::Structure,
    expression::{given::Sign, infer::Variable},
};

/// At most so many of all, drawn by the seed.
pub fn some<T>(mut all: Vec<T>, most: usize, seed: u64) -> Vec<T> {
    let mut rng = generator(seed);
    while all.len() > most {
        all.swap_remove(rng.random_range(0..all.len()));
    }
    all
}

/// Entries between −1.5 and 1.5.
pub fn random(rows: usize, columns: usize, rng: &mut ChaCha8Rng) -> Matrix<f64> {
    let entries = (0..rows * columns).map(|_| rng.random_range(-1.5..1.5)).collect();
    Matrix { rows, columns, entries }
}

/// What an array is not although it is given of its name, in words.
#[must_use]
pub fn violation(variable: &Variable, array: &Array2<f64>) -> Option<String> {
    const ROUNDING: f64 = 1e-9;
    let largest = array.iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
    let near = |a: f64, b: f64| (a - b).abs() <= ROUNDING * largest;
    let every = |is: &dyn Fn(usize, usize, f64) -> bool| array.indexed_iter().all(|((i, j), entry)| is(i, j, *entry));
    let is_symmetric = || every(&|i, j, entry| near(entry, array[[j, i]]));
    let (is, words) = match variable.property {
        Structure::None => (true, ""),
        Structure::Symmetric => (is_symmetric(), "symmetric"),
        Structure::Skew => (every(&|i, j, entry| near(entry, -array[[j, i]])), "skew-symmetric"),
        Structure::Diagonal => (every(&|i, j, entry| i == j || entry == 0.0), "diagonal"),
        Structure::Orthogonal => {
            let gram = array.t().dot(array);
            let is_identity =
                |((i, j), entry): ((usize, usize), &f64)| (entry - f64::from(u8::from(i == j))).abs() <= ROUNDING;
            (gram.indexed_iter().all(is_identity), "orthogonal")
        }
        Structure::PositiveDefinite => {
            (is_symmetric() && has_positive_pivots(array), "symmetric and positive definite")
        }
    };
    let is_positive = variable.sign == Sign::Any || array.iter().all(|entry| *entry > 0.0);
    match (is, is_positive) {
        (false, _) => Some(words.into()),
        (true, false) => Some("positive in every entry".into()),
        (true, true) => None,
    }
}

/// A matrix of the structure that is given, its entries above 0 if they are to be `positive`.
pub fn array(variable: &Variable, rows: usize, columns: usize, positive: bool, rng: &mut ChaCha8Rng) -> Matrix<f64> {
    let mut drawn = random(rows, columns, rng);
    if positive {
        let least = if variable.sign == Sign::Big { 10.0 } else { 0.5 };
        drawn.entries.iter_mut().for_each(|entry| *entry = entry.abs() + least);
    }
    let identity = |i: usize, j: usize| f64::from(u8::from(i == j));
    match variable.property {
        Structure::None => drawn,
        Structure::Symmetric => Matrix::from_fn(rows, rows, |i, j| drawn.at(i, j) + drawn.at(j, i)),
        Structure::Skew => Matrix::from_fn(rows, rows, |i, j| drawn.at(i, j) - drawn.at(j, i)),
        Structure::Diagonal => Matrix::from_fn(rows, rows, |i, j| identity(i, j) * drawn.at(i, j)),
        Structure::PositiveDefinite => {
            let gram = drawn.times(&drawn.transposed());
            Matrix::from_fn(rows, rows, |i, j| gram.at(i, j) + identity(i, j))
        }
        // Cayley: (I − S)(I + S)⁻¹ of a skew S.
        Structure::Orthogonal => {
            let skew = |i: usize, j: usize| drawn.at(i, j) - drawn.at(j, i);
            let minus = Matrix::from_fn(rows, rows, |i, j| identity(i, j) - skew(i, j));
            let plus = Matrix::from_fn(rows, rows, |i, j| identity(i, j) + skew(i, j));
            minus.times(&plus.eliminated().0)
        }
    }
}
