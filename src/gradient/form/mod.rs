//! Each form as a translation: `chain` and `intuitive` from the definitions, `layered` from the sweep, `product` from
//! the layered one by giving all samples one gate, `per_sample` from that by opening the batch.

pub mod chain;
pub mod expand;
pub mod gate;
pub mod graph;
pub mod intuitive;
pub mod layered;
pub mod paths;
pub mod per_sample;
pub mod product;
pub mod second;
