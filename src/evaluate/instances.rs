//! What is given of a name → random matrices that suit it.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{draw::generator, expression::Matrix};
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
