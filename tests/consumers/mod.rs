//! Printed formulas read by programs of others. They need more than Rust, so `.ci/run` runs them, with what they need.

mod json;
