//! Spec text → [`Network`]: what everything else is asked of.

use std::{fmt, str::FromStr, sync::Arc};

use ndarray::Array2;

use super::{
    arrays::{self, Evaluation},
    bindings::with_bindings,
    builder::Builder,
    error::{Error, Message},
    gradients::Gradients,
    shapes::Shapes,
    verification::{Options, Verification},
};
use crate::{
    evaluate::memory::Limit,
    gradient::Form,
    network::{
        Resolution,
        graph::{self, Layer, Tensor, Term},
        resolve,
    },
    pipeline::{self, Request},
    source::{Diagnostic, Kind, Severity, Span},
    spec::{self, syntax::Spec},
};

/// A network whose shapes fit.
///
/// Two are equal if they mean the same, however their specs are laid out.
///
/// ```
/// use chainrule::{Form, Network};
/// let network: Network = "input X [n, f0]; dense f1 relu nobias; dense f2 nobias; loss half_mse".parse()?;
/// println!("{}", network.shapes());
/// println!("{}", network.derive(Form::Product)?);
/// # Ok::<_, chainrule::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    pub(super) text: Arc<str>,
    pub(super) graph: graph::Network,
    resolution: Arc<Resolution>,
    memory: u64,
}

impl Network {
    /// Reads a spec in the [language](crate::language) of the crate.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::resolved(text.into())
    }

    /// Reads a spec that needs values for names: `repeat depth { … }` has no meaning without. Else the same as
    /// [`Network::bind`] behind [`Network::parse`].
    ///
    /// ```
    /// use chainrule::Network;
    /// let text = "input X [n, d]; repeat depth { dense d tanh }; loss mse";
    /// assert_eq!(Network::parse_with(text, [("depth", 3)])?.shapes().layers().len(), 3);
    /// assert_eq!(Network::parse(text).unwrap_err().messages()[0].title(), "the count `depth` has no value");
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong with the spec and the values.
    pub fn parse_with<N: Into<String>>(
        text: &str,
        bindings: impl IntoIterator<Item = (N, u64)>,
    ) -> Result<Self, Error> {
        let text: Arc<str> = text.into();
        let spec = parse(&text)?;
        let bindings: Vec<_> = bindings.into_iter().map(|(name, value)| (name.into(), value)).collect();
        Self::resolved(with_bindings(&text, &spec, &bindings)?.into())
    }

    /// Builds a spec by calls instead of text.
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn resolved(text: Arc<str>) -> Result<Self, Error> {
        let spec = parse(&text)?;
        let resolution = resolve(&spec, &[]);
        let sound = resolution.diagnostics.iter().all(|message| message.severity == Severity::Warning);
        match resolution.network.clone() {
            Some(graph) if sound => Ok(Self {
                text,
                graph,
                resolution: Arc::new(resolution),
                memory: pipeline::Options::default().memory.bytes,
            }),
            Some(_) | None => Err(Error::about(&text, resolution.diagnostics)),
        }
    }

    /// The same network with values for dimension names. They are written into the spec as `let`, and win over those
    /// that stand there.
    ///
    /// ```
    /// use chainrule::Network;
    /// let network = Network::parse("input X [n, d]\ndense 4*d relu\nloss mse")?.bind([("n", 64), ("d", 8)])?;
    /// assert_eq!(network.text(), "let n = 64, d = 8\ninput X [n, d]\ndense 4*d relu\nloss mse");
    /// assert_eq!(network.shapes().output(), "64 × 32");
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// A name that no dimension has, a value out of range, shapes that do not fit with the values.
    pub fn bind<N: Into<String>>(&self, bindings: impl IntoIterator<Item = (N, u64)>) -> Result<Self, Error> {
        Ok(Self { memory: self.memory, ..Self::parse_with(&self.text, bindings)? })
    }

    /// The same network with another limit on the bytes that its arrays may take in
    /// [`evaluate`](Network::evaluate) and [`verify`](Network::verify); 1 GiB if nothing is said.
    #[must_use]
    pub fn memory_limit(self, bytes: u64) -> Self {
        Self { memory: bytes, ..self }
    }

    fn limit(&self) -> Limit {
        Limit { bytes: self.memory, raised_by: "memory_limit" }
    }

    /// The spec.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is allowed but hardly meant, such as `tanh` before `bce`.
    #[must_use]
    pub fn warnings(&self) -> Vec<Message> {
        Message::all(&self.text, self.resolution.diagnostics.clone())
    }

    /// The shape of every layer, and the number of its parameters. Prints as a table.
    #[must_use]
    pub fn shapes(&self) -> Shapes {
        Shapes::new(&self.text, &self.graph, &self.resolution)
    }

    /// The gradients by all parameters in this form, derived and simplified. Those by the input and by every Z and A
    /// are among what [`Gradients::get`] and [`Gradients::select`] know.
    ///
    /// # Errors
    /// A limit of the simplification.
    pub fn derive(&self, form: Form) -> Result<Gradients, Error> {
        self.derived(Request::new(form))
    }

    /// The same with the activations written out down to the input: in the layered form as definitions, in the product
    /// and the per-sample form within the products.
    ///
    /// # Errors
    /// A form without activations (chain, intuitive), a limit of the simplification, a result that is too long.
    pub fn derive_expanded(&self, form: Form) -> Result<Gradients, Error> {
        with_formulas(form, "has no activation that could be written out")?;
        self.derived(Request { expand: true, ..Request::new(form) })
    }

    /// The product or per-sample form multiplied out into the sum over all paths from the loss.
    ///
    /// ```
    /// use chainrule::{Form, Network};
    /// let network = Network::parse("input X [n, d]; residual { dense d tanh nobias }; dense 1 nobias; loss mse")?;
    /// let gradient = network.derive_paths(Form::Product)?.get("X").expect("it has one");
    /// assert!(gradient.to_string().starts_with("∂J/∂X ≈ 2(Ŷ − Y)/n · W₃ᵀ + 2(Ŷ − Y)/n · W₃ᵀ · S₁  · W₁ᵀ"));
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// A parameter whose gradient has more than 1000 paths, a limit of the simplification.
    pub fn derive_paths(&self, form: Form) -> Result<Gradients, Error> {
        self.derived(Request { paths: true, ..Request::new(form) })
    }

    /// The Jacobians of the first output by the inputs and all Z, for one sample: a row for each output.
    ///
    /// ```
    /// let network = chainrule::Network::parse("input X [n, 3]; dense 2 tanh; dense 1")?;
    /// let jacobians = network.jacobian()?;
    /// assert_eq!(jacobians.get("X").expect("it has one").shape().to_string(), "1 × 3");
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// A network whose samples are mixed, a limit of the simplification.
    pub fn jacobian(&self) -> Result<Gradients, Error> {
        self.derived(Request { jacobian: true, ..Request::new(Form::PerSample) })
    }

    /// The formulas for layer l of any number L of layers, where all hidden layers are of one kind: derived from one
    /// layer's step, and proved by induction. They are by `W`, `b`, the input, `Z` and `A`.
    ///
    /// ```
    /// use chainrule::{Form, Network};
    /// let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense f2 nobias; loss half_mse")?;
    /// let gradient = network.derive_general(Form::Product)?.get("W").expect("it has one");
    /// assert_eq!(gradient.to_string(), "\
    /// ∂J/∂W_ℓ ≈ A[ℓ−1]ᵀ  · (Ŷ − Y)/n · ∏[k=L…ℓ+1](Wₖᵀ · Sₖ₋₁)    f[ℓ−1] × f_ℓ
    ///           f[ℓ−1]×n   n×f_L       f_L×f_ℓ");
    /// let unlike = Network::parse("input X [n, f]; dense g relu; dense h tanh; dense 1; loss mse")?;
    /// assert!(unlike.derive_general(Form::Product).unwrap_err().to_string().contains("layer 2 is tanh"));
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// A hidden layer that is unlike the first, no hidden layer, a form without formulas (chain, intuitive), a limit.
    pub fn derive_general(&self, form: Form) -> Result<Gradients, Error> {
        self.general(form, false)
    }

    /// The same with the activations written out down to the input.
    ///
    /// # Errors
    /// Those of [`Network::derive_general`].
    pub fn derive_general_expanded(&self, form: Form) -> Result<Gradients, Error> {
        self.general(form, true)
    }

    fn general(&self, form: Form, expand: bool) -> Result<Gradients, Error> {
        with_formulas(form, "has no formula for any depth")?;
        let request = Request { expand, ..Request::new(form) };
        let derivation = pipeline::derive_general(&self.graph, &request);
        let derivation = derivation.map_err(|error| Error::about(&self.text, vec![error.diagnostic()]))?;
        let derivation = pipeline::finished(derivation).map_err(|error| Error::alone(error.diagnostic()))?;
        let variables = derivation.forward.parameters.clone();
        Ok(Gradients::new((self.text(), &self.graph), derivation, variables, form, expand))
    }

    fn derived(&self, request: Request) -> Result<Gradients, Error> {
        let found = pipeline::derive_finished(&self.graph, &request).and_then(|derivation| {
            let variables = pipeline::variables::of(&derivation, &[])?;
            Ok((derivation, variables))
        });
        let (derivation, variables) = found.map_err(|error| Error::alone(error.diagnostic()))?;
        Ok(Gradients::new((self.text(), &self.graph), derivation, variables, request.form, request.expand))
    }

    /// Compares the derived formulas with a concrete backprop that shares no code with them, on random values.
    ///
    /// ```
    /// use chainrule::{Network, Options};
    /// let network = Network::parse("input X [n, f0]; dense f1 tanh; dense f2; loss mse")?;
    /// let verification = network.verify(Options::default().with_seed(7).with_trials(3))?;
    /// assert!(verification.holds(), "{verification}");
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// More memory than allowed, a limit of the simplification.
    pub fn verify(&self, options: Options) -> Result<Verification, Error> {
        self.verify_on(std::iter::empty::<(String, _)>(), options)
    }

    /// The same on your arrays: all parameters, or X and Y, or both. What is not given is drawn.
    ///
    /// # Errors
    /// Arrays that are missing, unknown or of another shape, and those of [`Network::verify`].
    pub fn verify_on<N: Into<String>>(
        &self,
        arrays: impl IntoIterator<Item = (N, Array2<f64>)>,
        options: Options,
    ) -> Result<Verification, Error> {
        let [parameters, data] = arrays::sources(self, arrays, false)?;
        if options.trials == 0 {
            let error = Diagnostic::error(Kind::Usage, "a verification without a trial compares nothing");
            return Err(Error::alone(error.help("ask for at least 1 trial")));
        }
        let options = options.with_memory(self.limit());
        let found = pipeline::verify(&self.graph, parameters, data, options);
        found.map(Verification::new).map_err(|errors| Error::about(&self.text, errors))
    }

    /// The loss and the gradients by every parameter and the input, on your arrays: the derived layered form,
    /// evaluated.
    ///
    /// Arrays go by the names that the formulas have: X (n × f₀), W1 (f₀ × f₁), b1 (1 × f₁), …, `W_hidden` for a layer
    /// with a name, Y. Their shapes give the names of dimensions their values.
    ///
    /// ```
    /// use chainrule::Network;
    /// use ndarray::array;
    /// let network = Network::parse("input X [n, f]; dense 1; loss half_mse")?;
    /// let x = array![[1.0, 2.0], [3.0, 4.0]];
    /// let y = array![[1.0], [2.0]];
    /// let found = network.evaluate([("X", x), ("Y", y), ("W1", array![[1.0], [0.0]]), ("b1", array![[0.0]])])?;
    /// // Ŷ = [1, 3], so J = ½ · (0² + 1²)/2 and ∂J/∂W₁ = Xᵀ (Ŷ − Y)/2.
    /// assert_eq!(found.loss(), 0.25);
    /// assert_eq!(found.get("W1"), Some(&array![[1.5], [2.0]]));
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// Arrays that are missing, unknown, of another shape or not finite; more memory than allowed.
    pub fn evaluate<N: Into<String>>(
        &self,
        arrays: impl IntoIterator<Item = (N, Array2<f64>)>,
    ) -> Result<Evaluation, Error> {
        let sources = arrays::sources(self, arrays, true)?;
        arrays::evaluate(self, sources, self.limit())
    }

    /// What it means, without the places where that was said.
    fn meaning(&self) -> graph::Network {
        let span = Span::default();
        let tensor = |tensor: &Tensor| Tensor { span, ..tensor.clone() };
        let layer = |layer: &Layer| Layer { span, ..layer.clone() };
        let graph = &self.graph;
        graph::Network {
            inputs: graph.inputs.iter().map(tensor).collect(),
            terms: graph.terms.iter().map(|term| Term { target: tensor(&term.target), span, ..term.clone() }).collect(),
            layers: graph.layers.iter().map(layer).collect(),
            ..graph.clone()
        }
    }
}

impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl FromStr for Network {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl fmt::Display for Network {
    /// The spec.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.text)
    }
}

/// Refuses a form of which `lacks` is true.
fn with_formulas(form: Form, lacks: &str) -> Result<(), Error> {
    match form {
        Form::Layered | Form::PerSample | Form::Product => Ok(()),
        Form::Chain | Form::Intuitive => {
            let error = Diagnostic::error(Kind::Usage, format!("the {form} form {lacks}"));
            Err(Error::alone(error.help("take the layered, per-sample or product form")))
        }
    }
}

fn parse(text: &Arc<str>) -> Result<Spec, Error> {
    spec::decode(text.as_bytes()).map_err(Error::alone)?;
    spec::parse(text).map_err(|errors| Error::about(text, errors))
}
