//! Gradients of neural networks as matrix products with shapes: derived, simplified, checked.
//!
//! You give the layers, as text or by calls. You get, for every weight, every bias and the input, the gradient as a
//! formula with the shape under each factor; the shapes of all layers; figures that say how the formulas compare with a
//! concrete backprop that shares no code with them; and the gradients' values on your own arrays.
//!
//! ```
//! use chainrule::{Form, Network};
//!
//! let network = Network::parse("
//!     input X [n, f0]
//!     dense f1 relu nobias
//!     dense f2 nobias
//!     loss half_mse
//! ")?;
//! let gradients = network.derive(Form::Product)?;
//! assert_eq!(gradients.to_string(), "\
//! ∂J/∂W₁ ≈ Xᵀ   · (Ŷ − Y)/n · W₂ᵀ   · S₁       f0 × f1
//!          f0×n   n×f2        f2×f1   f1×f1
//!
//! ∂J/∂W₂ = A₁ᵀ  · (Ŷ − Y)/n    f1 × f2
//!          f1×n   n×f2
//!
//! ≈ One matrix S stands for the activation derivatives of the whole batch: their mean over the
//!    samples. This is exact when all samples share them (n = 1, linear layers). For any batch use
//!    `--form layered` or `--form per-sample`.
//! where X, W, A, Ŷ, Y are the input, the weights, the activations, the prediction and the target.
//!       J             = (Σ ½(Ŷ − Y)²)/n, the loss.
//!       S             = diag(f'(z)), the derivatives of the activation f of the layer on a diagonal.
//!       U · V         is the matrix product.
//!       (U)²          squares each entry.
//!       Uᵀ            is the transpose.
//!       Σ U           sums all entries.
//!       diag(u)       is the diagonal matrix with the entries of the column.
//!       relu'(z)      = 1 for z > 0, else 0.
//! Samples are rows, and a gradient has the shape of its variable.");
//! assert!(network.verify(chainrule::Options::default())?.holds());
//! # Ok::<_, chainrule::Error>(())
//! ```
//!
//! The [tutorial] goes through one network from its text to snapshots of its equations in your own tests; [language] shows
//! all that a text may say.
//!
//! | to | see |
//! |---|---|
//! | describe a network | [`Network::parse`] for text, [`Network::builder`] for calls, [`Network::bind`] for numbers |
//! | see shapes, and hold them in a test | [`Network::shapes`], [`assert_shapes!`] |
//! | see gradients | [`Network::derive`], [`Gradients`], [`Gradient`], and which [`Form`] says what |
//! | see the steps to them, why they are right, what they cost | [`Gradients::steps`], [`Gradients::why`], [`Gradients::cost`] |
//! | see them for any number of layers | [`Network::derive_general`] |
//! | check them | [`Network::verify`], on your arrays [`Network::verify_on`] |
//! | have their values | [`Network::evaluate`] |
//! | differentiate any matrix expression | [`Expression`] |
//! | read what is wrong | [`Error`], [`Message`] |
//!
//! Nothing here panics on what you give it: what is wrong comes back as an [`Error`], which prints as a lesson with the
//! place in the spec. All types are `Send` and `Sync`. The one dependency in the interface is `ndarray` 0.17, for arrays.
//! Equal input gives equal text, so the printed equations can be kept under test; a new version may print better ones.
//!
//! What follows is for readers of the source.
//!
//! # The pipeline
//!
//! `source < shape < expr < catalog < {spec, expression} < network < gradient < {simplify, evaluate, cost, document} < insight < pipeline < render < report < explore < {facade, cli}`:
//! a module uses what stands to its left (`spec` only `source` and the names of `catalog`); those in braces do not see each other. `tests/tidy.rs`
//! holds them to it. `facade` is what stands above; the other modules are public for the command and for the tests only,
//! and no version of this crate promises anything about them.
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
//!   ├─ evaluate         arrays       numbers, and the concrete backprop that they are held against ndarray
//!   ├─ cost             counts       multiplications by bracket order, and the cheapest order
//!   ├─ insight          figures      what influences the gradients, by `evaluate` at many points
//!   ▼
//!   │ pipeline          results      all of this put together: derived, verified, proved, measured
//!   ▼
//!   │ report            Document     results in words, formulas, tables: all that is said is said here
//!   ▼
//!   │ render            text         the document in text, LaTeX, Typst, MathML, HTML; its pictures as SVG
//!   ▼
//!   │ explore           Answer       all of this for a page that asks, as fragments and data; it knows of no server
//!   ▼
//!   cli, facade                      the command, and all of this as types that print, for users of the library
//! ```
//!
//! An expression of no network (`expression`) is built in the same kernel, swept and simplified by a group of laws of its own
//! (`pipeline::diff`); `evaluate::dual` checks it by numbers that know nothing of the kernel.
//!
//! Formulas for any depth take the same way: the pattern of a network whose layers are of one kind (`network::uniform`) has
//! layers l, l + 1 and L. Of its layered form `gradient::general` makes claims with ∏, `simplify::induction` proves them.
//!
//! # Invariants
//!
//! 1. Parsing never knows what a layer means.
//! 2. An expression without a shape does not exist: constructors return a `ShapeError` instead.
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

#[doc(hidden)]
pub mod catalog;
#[doc(hidden)]
pub mod cost;
#[doc(hidden)]
pub mod document;
#[doc(hidden)]
pub mod evaluate;
#[doc(hidden)]
pub mod explore;
#[doc(hidden)]
pub mod expr;
#[doc(hidden)]
pub mod expression;
mod facade;
#[doc(hidden)]
pub mod gradient;
#[doc(hidden)]
pub mod insight;
#[doc(hidden)]
pub mod network;
#[doc(hidden)]
pub mod pipeline;
#[doc(hidden)]
pub mod render;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod shape;
#[doc(hidden)]
pub mod simplify;
#[doc(hidden)]
pub mod source;
#[doc(hidden)]
pub mod spec;

pub use facade::{
    Builder, Definition, Dense, Derivative, Dimension, Edit, Error, Evaluation, Explanation, Expression, Form, Format,
    Gradient, Gradients, Kind, Label, Layer, LayerKey, Message, Network, Options, Shape, ShapePlace, Shapes, Span,
    Style, Verdict, Verification, language, tutorial,
};

/// The examples of the README run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
