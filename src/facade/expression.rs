//! The text of a matrix expression → its gradients, Jacobians and Hessians, as types that print.

use std::{fmt, sync::Arc};

use super::error::Error;
use crate::{
    expression::{Given, infer::infer, parse},
    pipeline::diff::{self, Course, DiffError, Layout, Order, Question},
    render::{Format, Style},
    report,
    simplify::Limits,
    source::{self, Diagnostic},
};

/// A matrix expression: what `chainrule diff` differentiates.
///
/// ```
/// use chainrule::Expression;
///
/// let gradient = Expression::parse("tr(X^T*A*X)")?.gradient("X")?;
/// assert_eq!(gradient.formula(), "(A + Aᵀ) · X");
/// let hessian = Expression::parse("norm2(A*x - b)^2")?.hessian("x")?;
/// assert_eq!(hessian.formula(), "2·Aᵀ · A");
/// assert!(gradient.why(chainrule::render::Format::Text)?.contains("factor-right"));
/// # Ok::<_, chainrule::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Expression {
    text: Arc<str>,
    given: String,
}

impl Expression {
    /// Reads an expression. Shapes are found from use where it is differentiated; [`Expression::given`] states them.
    ///
    /// # Errors
    /// No expression.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let expression = Self { text: text.into(), given: String::new() };
        parse(text, &Given::default()).map_err(|error| expression.error(&error.into()))?;
        Ok(expression)
    }

    /// The same with what is given of its names, as in `x [n]; A [m, n] symmetric; c scalar`.
    ///
    /// # Errors
    /// No declarations, or shapes that do not fit.
    pub fn given(&self, declarations: &str) -> Result<Self, Error> {
        Self { given: declarations.into(), ..self.clone() }.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        let given = Given::parse(&self.given).map_err(|error| self.error(&error.into()))?;
        let read = parse(&self.text, &given).and_then(|(tree, _)| infer(&tree, &given));
        read.map_err(|error| self.error(&error.into()))?;
        Ok(self)
    }

    /// The gradient by a name, or the Jacobian of what is no scalar. A name with a word behind it is taken from such
    /// matrices: `X:symmetric`, `X:symmetric-entries`, `X:skew`, `X:diagonal`.
    ///
    /// # Errors
    /// No such name, or a derivative that has no form in matrices.
    pub fn gradient(&self, name: &str) -> Result<Derivative, Error> {
        self.derived(name, Order::First)
    }

    /// The Hessian of a scalar.
    ///
    /// # Errors
    /// As [`Expression::gradient`], and an expression that is no scalar.
    pub fn hessian(&self, name: &str) -> Result<Derivative, Error> {
        self.derived(name, Order::Hessian)
    }

    /// The Hessian of a scalar times a direction of this name.
    ///
    /// # Errors
    /// As [`Expression::hessian`], and a direction that has the name of something else.
    pub fn hessian_product(&self, name: &str, direction: &str) -> Result<Derivative, Error> {
        self.derived(name, Order::HessianProduct(direction.to_owned()))
    }

    fn derived(&self, name: &str, order: Order) -> Result<Derivative, Error> {
        diff::diff(&self.question(name, order)).map(Derivative).map_err(|error| self.error(&error))
    }

    fn error(&self, error: &DiffError) -> Error {
        let question = self.question("", Order::First);
        let (text, diagnostic) = error.about(&question);
        Error::about(&text.into(), vec![diagnostic])
    }

    fn question(&self, by: &str, order: Order) -> Question {
        let by = by.to_owned();
        Question {
            text: self.text.to_string(),
            given: self.given.clone(),
            by,
            order,
            layout: Layout::default(),
            limits: Limits::default(),
        }
    }
}

impl fmt::Display for Expression {
    /// As it was read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A derivative of an expression. Prints as `chainrule diff` prints it.
#[derive(Clone, Debug)]
pub struct Derivative(diff::Derivative);

impl Derivative {
    /// The formula on one line.
    #[must_use]
    pub fn formula(&self) -> String {
        Style::new(Format::Text).inline(&report::diff_formula(&self.0))
    }

    /// The page in a format.
    #[must_use]
    pub fn to_format(&self, format: Format) -> String {
        Style::new(format).page(&report::diff(&self.0, &Course::default()))
    }

    /// The page with each value that depends on the variable, and what is derived of it, step by step.
    ///
    /// # Errors
    /// There are none of a derivative that was found: a defect.
    pub fn steps(&self, format: Format) -> Result<String, Error> {
        self.with_course(format, [true, false])
    }

    /// The page with the laws that lead from what the chain rule gives to the formula, line by line.
    ///
    /// # Errors
    /// Laws that do not lead there within the limits of a run.
    pub fn why(&self, format: Format) -> Result<String, Error> {
        self.with_course(format, [false, true])
    }

    fn with_course(&self, format: Format, [steps, laws]: [bool; 2]) -> Result<String, Error> {
        let mut derivative = self.0.clone();
        let course = Course::of(&mut derivative, steps, laws)
            .map_err(|error| Error::alone(Diagnostic::error(source::Kind::Spec, error.to_string())))?;
        Ok(Style::new(format).page(&report::diff(&derivative, &course)))
    }
}

impl fmt::Display for Derivative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_format(Format::Text).trim_end())
    }
}
