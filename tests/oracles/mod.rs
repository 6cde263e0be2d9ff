//! What tests take their expected values from.

pub mod algebra;
pub mod formula;
pub mod networks;
pub mod scalar;
pub mod square;
