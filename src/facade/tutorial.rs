//! The worked example, from the text of a network to snapshots of its equations. No code: documentation only.
//!
//! 1. [A network](#a-network)
//! 2. [Its shapes](#its-shapes)
//! 3. [The gradients, in five forms](#the-gradients-in-five-forms)
//! 4. [`=` and `≈`](#-and-)
//! 5. [Verification](#verification)
//! 6. [Your own arrays](#your-own-arrays)
//! 7. [Your network under test](#your-network-under-test)
//! 8. [When something is wrong](#when-something-is-wrong)
//!
//! # A network
//!
//! Three dense layers, two of them with ReLU, and half the squared error. A spec has one statement a line: the batch that
//! comes in, the layers, the loss. Dimensions are names, numbers, or sums and products of them. The
//! [language](crate::language) has more.
//!
//! ```
//! use chainrule::Network;
//! let network = Network::parse("
//!     input X [n, f0]
//!     dense f1 relu nobias
//!     dense f2 relu nobias
//!     dense f3 nobias
//!     loss half_mse
//! ")?;
//! # Ok::<_, chainrule::Error>(())
//! ```
//!
//! The same by calls. Both ways lead to equal networks, and to the same errors:
//!
//! ```
//! # use chainrule::Network;
//! # let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense f2 relu nobias; dense f3 nobias; loss half_mse")?;
//! use chainrule::Dense;
//! let built = Network::builder()
//!     .input("n", "f0")
//!     .dense(Dense::new("f1").activation("relu").without_bias())
//!     .dense(Dense::new("f2").activation("relu").without_bias())
//!     .dense(Dense::new("f3").without_bias())
//!     .loss("half_mse")
//!     .build()?;
//! assert_eq!(built, network);
//! # Ok::<_, chainrule::Error>(())
//! ```
//!
//! In formulas, samples are rows: X is n × f₀, layer l computes Zₗ = Aₗ₋₁ Wₗ (and + 1 bₗ unless `nobias`), then
//! Aₗ = σ(Zₗ); the last A is the prediction Ŷ.
//!
//! # Its shapes
//!
//! ```
//! # use chainrule::Network;
//! # let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense f2 relu nobias; dense f3 nobias; loss half_mse")?;
//! assert_eq!(network.shapes().to_string(), "\
//! layer  kind               input   W        b  Z, A, Δ  parameters
//! X      input                                  n × f0            0
//! 1      dense relu nobias  n × f0  f0 × f1     n × f1        f0·f1
//! 2      dense relu nobias  n × f1  f1 × f2     n × f2        f1·f2
//! 3      dense nobias       n × f2  f2 × f3     n × f3        f2·f3
//!
//! Layers: 3
//! Total parameters: f0·f1 + f1·f2 + f2·f3");
//! assert_eq!(network.shapes().layer(2).expect("it has three").output(), "n × f2");
//!
//! // Names may have values, all or some of them.
//! let small = network.bind([("n", 4), ("f0", 3), ("f1", 5), ("f2", 5), ("f3", 2)])?;
//! assert_eq!(small.shapes().output(), "4 × 2");
//! # Ok::<_, chainrule::Error>(())
//! ```
//!
//! # The gradients, in five forms
//!
//! J is the loss of the batch. What one gradient says can be written in five ways; [`Form`](crate::Form) names them. Here
//! each of ∂J/∂W₁, a network of three layers deep.
//!
//! **Chain**: which derivatives are multiplied, and in which order.
//!
//! ```
//! # use chainrule::Network;
//! # let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense f2 relu nobias; dense f3 nobias; loss half_mse")?;
//! use chainrule::{Form, Gradient};
//! let by_w1 = |form| -> Result<Gradient, chainrule::Error> {
//!     Ok(network.derive(form)?.get("W1").expect("there is a first layer"))
//! };
//! assert_eq!(by_w1(Form::Chain)?.to_string(), "\
//! ∂J/∂W₁ = ∂Z₁/∂W₁ · ∂J/∂Ŷ · ∂Ŷ/∂Z₃ · ∂Z₃/∂A₂ · ∂A₂/∂Z₂ · ∂Z₂/∂A₁ · ∂A₁/∂Z₁    f0 × f1");
//! # Ok::<_, chainrule::Error>(())
//! ```
//!
//! **Layered**: backpropagation as frameworks run it, with a name Δₗ = ∂J/∂Zₗ for what each layer hands down. `⊙` is the
//! product entry by entry. The definitions that an equation needs come with it.
//!
//! ```
//! # use chainrule::{Form, Network};
//! # let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense f2 relu nobias; dense f3 nobias; loss half_mse")?;
//! let gradients = network.derive(Form::Layered)?.select(["W1"])?;
//! assert_eq!(gradients.to_string(), "\
//! Δ₃ = (Ŷ − Y)/n    n × f3
//!      n×f3
//!
//! Δ₂ = (Δ₃   · W₃ᵀ  ) ⊙ relu'(Z₂)    n × f2
//!       n×f3   f3×f2    n×f2
//!
//! Δ₁ = (Δ₂   · W₂ᵀ  ) ⊙ relu'(Z₁)    n × f1
//!       n×f2   f2×f1    n×f1
//!
//! ∂J/∂W₁ = Xᵀ   · Δ₁      f0 × f1
//!          f0×n   n×f1
//!
//! where X, W, Z, Ŷ, Y are the input, the weights, the pre-activations, the prediction and the target.
//!       J             = (Σ ½(Ŷ − Y)²)/n, the loss.
//!       Δ             = ∂J/∂Z, the gradient with respect to the pre-activations of a layer.
//!       U · V         is the matrix product.
//!       U ⊙ V         multiplies entry by entry.
//!       (U)²          squares each entry.
//!       Uᵀ            is the transpose.
//!       Σ U           sums all entries.
//!       relu'(z)      = 1 for z > 0, else 0.
//! Samples are rows, and a gradient has the shape of its variable.");
//! # Ok::<_, chainrule::Error>(())
//! ```
//!
//! That loss and last layer make (Ŷ − Y)/n is not looked up: it comes out of the derivation. It is the same for `sigmoid`
//! with `bce` and for `softmax` with `cce`.
//!
//! **Per-sample**: a plain product again. For one sample, the product with relu'(z) entry by entry is a product with the
//! diagonal matrix S = diag(relu'(z)), the *gate*. Each sample i has gates of its own, and the gradient is the sum over
//! samples.
//!
//! ```
//! # use chainrule::{Form, Network};
//! # let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense f2 relu nobias; dense f3 nobias; loss half_mse")?;
//! # let by_w1 = |form| -> Result<chainrule::Gradient, chainrule::Error> { Ok(network.derive(form)?.get("W1").expect("")) };
//! assert_eq!(by_w1(Form::PerSample)?.to_string(), "\
//! ∂J/∂W₁ = Σᵢ xᵢᵀ  · (ŷᵢ − yᵢ)/n · W₃ᵀ   · S₂⁽ⁱ⁾ · W₂ᵀ   · S₁⁽ⁱ⁾    f0 × f1
//!             f0×1   1×f3          f3×f2   f2×f2   f2×f1   f1×f1");
//! # Ok::<_, chainrule::Error>(())
//! ```
//!
//! **Product**: one gate a layer for the whole batch. The form to read.
//!
//! ```
//! # use chainrule::{Form, Network};
//! # let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense f2 relu nobias; dense f3 nobias; loss half_mse")?;
//! # let by_w1 = |form| -> Result<chainrule::Gradient, chainrule::Error> { Ok(network.derive(form)?.get("W1").expect("")) };
//! assert_eq!(by_w1(Form::Product)?.to_string(), "\
//! ∂J/∂W₁ ≈ Xᵀ   · (Ŷ − Y)/n · W₃ᵀ   · S₂    · W₂ᵀ   · S₁       f0 × f1
//!          f0×n   n×f3        f3×f2   f2×f2   f2×f1   f1×f1");
//! # Ok::<_, chainrule::Error>(())
//! ```
//!
//! **Intuitive**: a sketch of what enters, in the order of the layers, with I in the place of the weight that is asked
//! for. It has no value.
//!
//! ```
//! # use chainrule::{Form, Network};
//! # let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense f2 relu nobias; dense f3 nobias; loss half_mse")?;
//! # let by_w1 = |form| -> Result<chainrule::Gradient, chainrule::Error> { Ok(network.derive(form)?.get("W1").expect("")) };
//! assert_eq!(by_w1(Form::Intuitive)?.to_string(), "∂J/∂W₁ ~ X · I · S₁ · W₂ · S₂ · W₃ · (Ŷ − Y)/n");
//! # Ok::<_, chainrule::Error>(())
//! ```
//!
//! With [`Network::derive_expanded`](crate::Network::derive_expanded) the activations are written out down to the input.
//!
//! # `=` and `≈`
//!
//! `=` says that the equation holds as it stands for this network, `≈` that it rests on an assumption, which the page then
//! states, `~` that it is a sketch. The product form takes one gate for all samples, which is exact for a single sample,
//! or where no ReLU lies between the variable and the loss:
//!
//! ```
//! # use chainrule::{Form, Network};
//! # let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense f2 relu nobias; dense f3 nobias; loss half_mse")?;
//! let exact = |network: &Network| -> Result<Vec<bool>, chainrule::Error> {
//!     Ok(network.derive(Form::Product)?.iter().map(|gradient| gradient.is_exact()).collect())
//! };
//! assert_eq!(exact(&network)?, [false, false, true]);
//! assert_eq!(exact(&network.bind([("n", 1)])?)?, [true, true, true]);
//! # Ok::<_, chainrule::Error>(())
//! ```
//!
//! # Verification
//!
//! Derived formulas are compared with a concrete backprop that shares no code with them, and that with central
//! differences. Where nothing is given, dimensions and arrays are drawn; the same seed draws the same.
//!
//! ```
//! # use chainrule::Network;
//! # let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense f2 relu nobias; dense f3 nobias; loss half_mse")?;
//! use chainrule::{Options, Verdict};
//! let verification = network.verify(Options::default().with_seed(1).with_trials(5))?;
//! assert!(verification.holds(), "{verification}");
//!
//! // Where a loss has no value, nothing is called equal: ln of a negative number.
//! let undefined = Network::parse("input X [40, 3]; dense 8 tanh; loss bce")?;
//! assert_eq!(undefined.verify(Options::default())?.verdict(), Verdict::NotChecked);
//! # Ok::<_, chainrule::Error>(())
//! ```
//!
//! # Your own arrays
//!
//! [`Network::evaluate`](crate::Network::evaluate) takes arrays by the names that the formulas have, and hands back the
//! loss and a gradient for each parameter and for X. The shapes of the arrays give the names their values.
//!
//! ```
//! use chainrule::Network;
//! use ndarray::{Array2, array};
//!
//! let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense 1 nobias; loss half_mse")?;
//! let x = array![[1.0, -1.0], [0.0, 2.0]];
//! let (w1, w2) = (array![[1.0, 0.0], [0.0, 1.0]], array![[1.0], [1.0]]);
//! let found = network.evaluate([("X", x), ("Y", Array2::zeros((2, 1))), ("W1", w1), ("W2", w2)])?;
//!
//! // A₁ = relu(X) = [[1, 0], [0, 2]], so Ŷ = [1, 2], J = ½ (1² + 2²)/2 and ∂J/∂W₂ = A₁ᵀ Ŷ/2.
//! assert_eq!(found.loss(), 1.25);
//! assert_eq!(found.get("W2"), Some(&array![[0.5], [2.0]]));
//! # Ok::<_, chainrule::Error>(())
//! ```
//!
//! # Your network under test
//!
//! Two tests say when a change to a model changes its mathematics. One holds the shapes,
//! [compared as dimensions](crate::assert_shapes):
//!
//! ```
//! use chainrule::{Network, assert_shapes};
//! # fn model() -> Result<Network, chainrule::Error> { Network::parse("input X [n, d]; up: dense 4*d gelu; dense d; loss half_mse") }
//! # /*
//! #[test]
//! # */
//! fn shapes_of_the_model() -> Result<(), chainrule::Error> {
//!     assert_shapes!(model()?, {
//!         "input" => "n × d",
//!         "up" => "n × 4*d",
//!         2 => "n × d",
//!     });
//!     Ok(())
//! }
//! # shapes_of_the_model().expect("they fit");
//! ```
//!
//! The other holds the equations, with [`insta`](https://docs.rs/insta): all results print, and equal input gives equal
//! text. Without the text behind `@`, insta keeps it in a file and `cargo insta review` shows what changed.
//!
//! ```
//! # use chainrule::Network;
//! use chainrule::Form;
//! # fn model() -> Result<Network, chainrule::Error> { Network::parse("input X [n, d]; dense 1 sigmoid nobias; loss bce") }
//! # /*
//! #[test]
//! # */
//! fn equations_of_the_model() -> Result<(), chainrule::Error> {
//!     insta::assert_snapshot!(model()?.derive(Form::Layered)?, @"
//!     Δ₁ = (Ŷ − Y)/n    n × 1
//!          n×1
//!
//!     ∂J/∂W₁ = Xᵀ  · Δ₁     d × 1
//!              d×n   n×1
//!
//!     where X, W, Ŷ, Y are the input, the weights, the prediction and the target.
//!           J          = (Σ (−Y ⊙ ln(Ŷ) − (1 − Y) ⊙ ln(1 − Ŷ)))/n, the loss.
//!           Δ          = ∂J/∂Z, the gradient with respect to the pre-activations of a layer.
//!           1          is a column of ones.
//!           U · V      is the matrix product.
//!           U ⊙ V      multiplies entry by entry.
//!           Uᵀ         is the transpose.
//!           Σ U        sums all entries.
//!     Samples are rows, and a gradient has the shape of its variable.
//!     ");
//!     Ok(())
//! }
//! # equations_of_the_model().expect("it is the same");
//! ```
//!
//! # When something is wrong
//!
//! An [`Error`](crate::Error) prints as a lesson: what was expected, what was found, where each comes from, one repair.
//! Its [messages](crate::Message) give the same in parts.
//!
//! ```
//! use chainrule::Network;
//! let error = Network::parse("input X [n, f0]\ndense f1 rellu\nloss mse").unwrap_err();
//! assert_eq!(error.to_string(), "\
//! error[spec]: unknown activation `rellu`
//!  --> spec:2:10
//!   |
//! 2 | dense f1 rellu
//!   |          ^^^^^
//!   |
//!   = help: did you mean `relu`?");
//! assert_eq!(error.messages()[0].help(), Some("did you mean `relu`?"));
//! ```
