//! What tests take their expected values from.

pub mod networks;
pub mod scalar;
