//! Gradients of neural networks as matrix products with shapes: derived, simplified, checked.
//!
//! ```
//! use chainrule::{gradient::Form, network, pipeline, render, spec};
//!
//! let text = "input X [n, f0]\ndense f1 relu nobias\ndense f2 nobias\nloss half_mse";
//! let spec = spec::parse(text).expect("the spec is well formed");
//! let network = network::resolve(&spec, &[]).network.expect("its shapes fit");
//! let derivation = pipeline::derive(&network, &pipeline::Request::new(Form::Product)).expect("it has a gradient");
//! let report = render::report::Report::new(&derivation);
//! let first = [derivation.forward.parameters[0]];
//! let equation = report.equations(&first).next().expect("one a variable");
//! assert_eq!(
//!     render::Style::new(render::Format::Text).equation(&equation),
//!     "∂J/∂W₁ ≈ Xᵀ   · (Ŷ − Y)/n · W₂ᵀ   · S₁       f0 × f1\n\
//!      \u{20}        f0×n   n×f2        f2×f1   f1×f1"
//! );
//! ```
//!
//! # The pipeline
//!
//! `source < shape < expr < catalog < spec < network < gradient < {simplify, evaluate, render} < pipeline < cli`: a module
//! uses what stands to its left (`spec` only `source`); those in braces do not see each other. `tests/tidy.rs` holds them
//! to it.
//!
//! ```text
//! spec text
//!   │ spec              Spec         names and numbers with their places; no meaning yet          nom
//!   ▼
//!   │ network           Network      meanings from the catalog; every shape known or named
//!   ▼
//!   │ network::forward  Forward      definitions Z₁, A₁, … and the loss J; every node has a shape
//!   ▼
//!   │ gradient          Gradient     definitions Δ_L, … and one result a variable, in one Form
//!   ▼
//!   │ simplify          Gradient     equal and simpler, by the laws of one table                  egg
//!   ▼
//!   ├─ render           text         formulas with the shapes under their factors
//!   └─ evaluate         arrays       numbers, and the concrete backprop that they are held against ndarray
//! ```
//!
//! # Invariants
//!
//! 1. Parsing never knows what a layer means.
//! 2. An expression without a shape does not exist: constructors return a [`expr::ShapeError`] instead.
//! 3. `gradient` differentiates expressions; it never sees a layer.
//! 4. The layered form is what the sweep produces; product and per-sample form are named translations of it.
//! 5. The intuitive form is a type of its own: it reaches neither the simplifier nor the evaluation.
//! 6. Sharing is never lost: nothing is quadratic in depth until a user asks for text that is.
//! 7. Zeros, ones and identities carry their dimensions; scalars are not 1 × 1 matrices; the batch is an axis of its own.
//! 8. Kernel operators are matched exhaustively.
//! 9. Only `cli` reads files, prints or looks at a clock.
//! 10. Printing never simplifies; simplifying never prints. Equal input gives equal bytes.
//! 11. A law that is not tested by itself does not exist.
//! 12. The concrete backprop shares no code with the symbolic path.
//! 13. Samples are rows; a gradient has the shape of its variable.

pub mod catalog;
pub mod evaluate;
pub mod expr;
pub mod gradient;
pub mod network;
pub mod pipeline;
pub mod render;
pub mod shape;
pub mod simplify;
pub mod source;
pub mod spec;
