//! A derivation → [`Gradients`] that print as a page, each [`Gradient`] as its equation.

use std::{fmt, sync::Arc};

use indexmap::IndexMap;

use super::{error::Error, page, shape::Shape};
use crate::{
    document::notation::{Equation, Relation},
    expr::{Symbol, SymbolId},
    gradient::{Derivation, Form},
    network::graph,
    pipeline::{self, variables},
    render::{Format, Style},
    report::{self, gradients::Report, json},
    shape,
};

/// The gradients of a network in one form, by its parameters or those that were [selected](Gradients::select).
///
/// Prints as the page that `chainrule derive` prints: the definitions that are needed, the equations, what they rest on
/// and what their letters mean.
///
/// ```
/// use chainrule::{Form, Network};
/// let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense f2 nobias; loss half_mse")?;
/// assert_eq!(network.derive(Form::Layered)?.to_string(), "\
/// Δ₂ = (Ŷ − Y)/n    n × f2
///      n×f2
///
/// Δ₁ = (Δ₂   · W₂ᵀ  ) ⊙ relu'(Z₁)    n × f1
///       n×f2   f2×f1    n×f1
///
/// ∂J/∂W₁ = Xᵀ   · Δ₁      f0 × f1
///          f0×n   n×f1
///
/// ∂J/∂W₂ = A₁ᵀ  · Δ₂      f1 × f2
///          f1×n   n×f2
///
/// where X, W, Z, A, Ŷ, Y are the input, the weights, the pre-activations, the activations, the
///                prediction and the target.
///       J        = (Σ ½(Ŷ − Y)²)/n, the loss.
///       Δ        = ∂J/∂Z, the gradient with respect to the pre-activations of a layer.
///       U · V    is the matrix product.
///       U ⊙ V    multiplies entry by entry.
///       (U)²     squares each entry.
///       Uᵀ       is the transpose.
///       Σ U      sums all entries.
///       relu'(z) = 1 for z > 0, else 0.
/// Samples are rows, and a gradient has the shape of its variable.");
/// # Ok::<_, chainrule::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gradients {
    inner: Arc<Inner>,
    variables: Vec<SymbolId>,
}

/// What was derived, once for all that is shown of it.
#[derive(Debug)]
struct Inner {
    spec: String,
    network: graph::Network,
    derivation: Derivation,
    /// The variables by their names.
    known: IndexMap<String, SymbolId>,
    form: Form,
    /// Whether the activations are written out.
    expanded: bool,
}

impl Gradients {
    pub(super) fn new(
        of: (&str, &graph::Network),
        derivation: Derivation,
        variables: Vec<SymbolId>,
        form: Form,
        expanded: bool,
    ) -> Self {
        let forward = &derivation.forward;
        let known = match derivation.general {
            Some(_) => GENERAL
                .iter()
                .chain([&&*forward.arena.symbol(forward.input()).name])
                .filter_map(|word| {
                    let found = pipeline::select_general(&derivation, &[(*word).to_owned()]).ok()?;
                    Some(((*word).to_owned(), *found.first()?))
                })
                .collect(),
            None => variables::known(forward),
        };
        let (spec, network) = (of.0.to_owned(), of.1.clone());
        Self { inner: Arc::new(Inner { spec, network, derivation, known, form, expanded }), variables }
    }

    pub(super) fn graph(&self) -> &graph::Network {
        &self.inner.network
    }

    pub(super) fn derivation(&self) -> &Derivation {
        &self.inner.derivation
    }

    pub(super) fn variables(&self) -> &[SymbolId] {
        &self.variables
    }

    pub(super) fn is_expanded(&self) -> bool {
        self.inner.expanded
    }

    /// The words that select these; none if they are all parameters.
    pub(super) fn names_if_selected(&self) -> Vec<String> {
        let selected = self.variables != self.derivation().forward.parameters;
        self.variables.iter().filter(|_| selected).map(|variable| name(self.derivation(), *variable)).collect()
    }

    /// The form they are written in.
    #[must_use]
    pub fn form(&self) -> Form {
        self.inner.form
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.variables.len()
    }

    /// Whether none was selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.variables.is_empty()
    }

    /// One after the other, in the order of the network or of the selection.
    #[must_use]
    pub fn iter(&self) -> Box<dyn Iterator<Item = Gradient> + '_> {
        let report = Report::new(&self.inner.derivation);
        Box::new(self.variables.iter().filter_map(move |variable| Gradient::new(&self.inner, &report, *variable)))
    }

    /// The gradient by one variable: `W1`, `b_hidden`, also `X`, `Z2` or `A1`, selected or not.
    #[must_use]
    pub fn get(&self, variable: &str) -> Option<Gradient> {
        let variable = *self.inner.known.get(variable)?;
        Gradient::new(&self.inner, &Report::new(&self.inner.derivation), variable)
    }

    /// Those by the variables named, in this order, each once. `W`, `b`, `Z` and `A` mean all of a kind.
    ///
    /// ```
    /// use chainrule::{Form, Network};
    /// let gradients = Network::parse("input X [n, f0]; dense f1; dense f2; loss mse")?.derive(Form::Product)?;
    /// let names = |words: &[&str]| -> Result<Vec<String>, chainrule::Error> {
    ///     Ok(gradients.select(words)?.iter().map(|gradient| gradient.variable().to_owned()).collect())
    /// };
    /// assert_eq!(names(&["X", "b"])?, ["X", "b1", "b2"]);
    /// let error = names(&["w1"]).unwrap_err();
    /// assert_eq!(error.to_string(), "error[usage]: the network has no variable `w1`\n |\n = help: did you mean `W1`?");
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// A word that names nothing.
    pub fn select<W: AsRef<str>>(&self, variables: impl IntoIterator<Item = W>) -> Result<Self, Error> {
        let words: Vec<String> = variables.into_iter().map(|word| word.as_ref().to_owned()).collect();
        let derivation = &self.inner.derivation;
        let selected = match derivation.general {
            _ if words.is_empty() => Ok(Vec::new()),
            Some(_) => pipeline::select_general(derivation, &words).map_err(|error| error.diagnostic()),
            None => variables::of(derivation, &words).map_err(|error| error.diagnostic()),
        };
        let variables = selected.map_err(Error::alone)?;
        Ok(Self { inner: self.inner.clone(), variables })
    }

    /// The page as `chainrule derive` prints it, with its last line end.
    #[must_use]
    pub fn print(&self, style: Style) -> String {
        self.page(&style)
    }

    fn page(&self, style: &Style) -> String {
        let forward = self.inner.expanded && self.inner.form == Form::Layered;
        style.page(&report::gradients(&self.inner.derivation, &self.variables, forward))
    }

    /// A document for programs: the gradients with their definitions, shapes and assumptions, and expressions as nested
    /// arrays. `grammar/gradients.schema.json` is its schema; [`language`](crate::language) explains it.
    ///
    /// ```
    /// use chainrule::{Form, Network};
    /// let network = Network::parse("input X [n, f0]; dense f1 nobias; loss half_mse")?;
    /// let document = network.derive(Form::Layered)?.to_json();
    /// assert!(document.contains(r#"["multiply", ["transpose", ["symbol", "X"]], ["symbol", "Delta1"]]"#));
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        let (derivation, variables) = (&self.inner.derivation, &self.variables[..]);
        let subject = json::Subject { spec: &self.inner.spec, network: &self.inner.network, derivation, variables };
        let mut document = Vec::new();
        // Memory takes all that is written to it, and the document is text.
        let written = json::gradients(subject, &mut document);
        written.ok().and_then(|()| String::from_utf8(document).ok()).unwrap_or_default()
    }

    /// Sentences: what the equations rest on, and what their letters stand for. They are part of the page.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        page::notes(&Report::new(&self.inner.derivation), &self.variables)
    }
}

impl fmt::Display for Gradients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.page(&page::style()).trim_end())
    }
}

impl<'a> IntoIterator for &'a Gradients {
    type Item = Gradient;
    type IntoIter = Box<dyn Iterator<Item = Gradient> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Words for variables of any layer.
const GENERAL: [&str; 4] = ["W", "b", "Z", "A"];

/// The name that selects the variable: `W1`, and `W` of any layer.
fn name(derivation: &Derivation, variable: SymbolId) -> String {
    let symbol = derivation.forward.arena.symbol(variable);
    if derivation.general.is_some() { symbol.name.to_string() } else { symbol.key() }
}

/// ∂J/∂v for one variable v. Prints as its equation.
///
/// ```
/// use chainrule::{Form, Network};
/// let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense f2 nobias; loss half_mse")?;
/// let gradient = network.derive(Form::Product)?.get("W2").expect("it has one");
/// assert_eq!(gradient.to_string(), "\
/// ∂J/∂W₂ = A₁ᵀ  · (Ŷ − Y)/n    f1 × f2
///          f1×n   n×f2");
/// assert_eq!(gradient.shape(), "f1 × f2");
/// assert!(gradient.is_exact());
/// # Ok::<_, chainrule::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gradient {
    inner: Arc<Inner>,
    variable: SymbolId,
    name: String,
    equation: Equation,
}

impl Gradient {
    fn new(found: &Arc<Inner>, report: &Report, variable: SymbolId) -> Option<Self> {
        let name = name(&found.derivation, variable);
        Some(Self { inner: found.clone(), variable, name, equation: report.gradient(variable)? })
    }

    /// The name of v: `W1`, `b_hidden`, `X`; of any layer's `W`, `b`.
    #[must_use]
    pub fn variable(&self) -> &str {
        &self.name
    }

    /// The form it is written in.
    #[must_use]
    pub fn form(&self) -> Form {
        self.inner.form
    }

    /// The shape, which is that of v; of a Jacobian outputs × entries of v.
    #[must_use]
    pub fn shape(&self) -> Shape {
        let jacobian = self.equation.shape.as_ref().filter(|_| self.inner.derivation.jacobian_of.is_some());
        if let Some((rows, columns)) = jacobian.and_then(shape::Shape::dims) {
            return Shape::new(rows, columns);
        }
        let Symbol { rows, columns, .. } = self.inner.derivation.forward.arena.symbol(self.variable);
        Shape::new(rows, columns)
    }

    /// Whether it holds as it stands, and prints with `=`: not where one gate stands for a whole batch, nor of a sketch.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.equation.relation == Relation::Equal
    }

    /// What the layered form names: Δ_L, …, as far down as this gradient needs it.
    ///
    /// ```
    /// use chainrule::{Form, Network};
    /// let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense f2 nobias; loss half_mse")?;
    /// let gradient = network.derive(Form::Layered)?.get("W1").expect("it has one");
    /// let names: Vec<String> = gradient.definitions().iter().map(|definition| definition.name()).collect();
    /// assert_eq!(names, ["Δ₂", "Δ₁"]);
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    #[must_use]
    pub fn definitions(&self) -> Vec<Definition> {
        let report = Report::new(&self.inner.derivation);
        report.definitions(&[self.variable]).map(|equation| Definition { equation }).collect()
    }

    /// The equation in another format, without a line end; in a markup that aligns equations, with the sign for it.
    #[must_use]
    pub fn print(&self, style: Style) -> String {
        style.equation(&self.equation)
    }

    /// The equation on one line, without shapes: to stand in a sentence.
    ///
    /// ```
    /// use chainrule::{Form, Format, Network};
    /// let network = Network::parse("input X [n, f0]; dense f1 nobias; loss half_mse")?;
    /// let gradients = network.derive(Form::Layered)?;
    /// let gradient = gradients.get("W1").expect("it has one");
    /// assert_eq!(gradient.inline(Format::Latex), r"\frac{\partial J}{\partial W_1} = X^\top \cdot \Delta_1");
    /// assert_eq!(gradient.definitions()[0].inline(Format::Latex), r"\Delta_1 = \frac{\hat{Y} - Y}{n}");
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    #[must_use]
    pub fn inline(&self, format: Format) -> String {
        Style::new(format).inline_equation(&self.equation)
    }

    /// Sentences: what the equation rests on, and what its letters stand for.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        page::notes(&Report::new(&self.inner.derivation), &[self.variable])
    }
}

impl fmt::Display for Gradient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", page::equation(&self.equation))
    }
}

/// A name that gradients use, such as Δ₂. Prints as its equation.
#[derive(Clone, Debug)]
pub struct Definition {
    equation: Equation,
}

impl Definition {
    /// The name as it is printed: `Δ₂`.
    #[must_use]
    pub fn name(&self) -> String {
        page::left(&self.equation)
    }

    /// The equation in another format, as [`Gradient::print`] writes it.
    #[must_use]
    pub fn print(&self, style: Style) -> String {
        style.equation(&self.equation)
    }

    /// The equation on one line, without shapes: to stand in a sentence.
    #[must_use]
    pub fn inline(&self, format: Format) -> String {
        Style::new(format).inline_equation(&self.equation)
    }

    /// The shape.
    #[must_use]
    pub fn shape(&self) -> Option<Shape> {
        let (rows, columns) = self.equation.shape.as_ref().and_then(shape::Shape::dims)?;
        Some(Shape::new(rows, columns))
    }
}

impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", page::equation(&self.equation))
    }
}
