//! The text of a matrix expression, what is given, and by what → its derivative, simplified, and checked by numbers that
//! share no code with it.

use super::diff_check::{Checked, Unchecked, check};
use crate::{
    expr::{Arena, ExprId, Op, Role, Scalar, Structure, Symbol, SymbolId},
    expression::{
        ExpressionError, Given, Inferred, Tree,
        build::{Built, build},
        infer::{Variable, infer},
        parse,
    },
    gradient::{GradientError, adjoint::sweep, linear::linear},
    shape::{Dim, Shape},
    simplify::{Group, Limits, Simplified, differentiable, simplify, unfold},
    source::{self, Diagnostic, suggestion::nearest},
};

/// What is asked of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The expression.
    pub text: String,
    /// What is given of its names.
    pub given: String,
    /// By what it is differentiated: a name, of one alone it may be empty, and behind a colon a word for the matrices that it
    /// is taken from, as in `X:symmetric`.
    pub by: String,
    /// Which derivative.
    pub order: Order,
    /// How far rewriting may go.
    pub limits: Limits,
}

/// Which derivative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// The gradient of a scalar, the Jacobian of what is none.
    First,
    /// The Hessian of a scalar.
    Hessian,
    /// The Hessian of a scalar times a direction of this name.
    HessianProduct(String),
}

/// The matrices that a variable is taken from, and by what it is then differentiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// Symmetric matrices; the gradient is one of them: (G + Gᵀ)/2.
    Symmetric,
    /// Symmetric matrices, by the entries on and above the diagonal: G + Gᵀ − G ⊙ I.
    SymmetricEntries,
    /// Skew-symmetric matrices: (G − Gᵀ)/2.
    Skew,
    /// Diagonal matrices: G ⊙ I.
    Diagonal,
}

impl Constraint {
    /// All, by their words behind a colon.
    const TABLE: [(&str, Self); 4] = [
        ("symmetric", Self::Symmetric),
        ("symmetric-entries", Self::SymmetricEntries),
        ("skew", Self::Skew),
        ("diagonal", Self::Diagonal),
    ];

    /// The name, and what the word behind the colon means.
    fn read(by: &str) -> Result<(&str, Option<Self>), DiffError> {
        let Some((name, word)) = by.split_once(':') else { return Ok((by, None)) };
        let found = Self::TABLE.iter().find(|(known, _)| *known == word).map(|(_, constraint)| *constraint);
        let unknown = || {
            let likely = nearest(word, Self::TABLE.map(|(known, _)| known)).unwrap_or(Self::TABLE[0].0);
            DiffError::UnknownConstraint { name: name.into(), word: word.into(), likely }
        };
        found.map(|constraint| (name, Some(constraint))).ok_or_else(unknown)
    }

    fn word(self) -> &'static str {
        Self::TABLE.iter().find(|(_, known)| *known == self).map_or("", |(word, _)| word)
    }

    /// That of a variable of which so much is given.
    #[must_use]
    pub fn of(structure: Structure) -> Option<Self> {
        match structure {
            Structure::Symmetric | Structure::PositiveDefinite => Some(Self::Symmetric),
            Structure::Skew => Some(Self::Skew),
            Structure::Diagonal => Some(Self::Diagonal),
            Structure::None | Structure::Orthogonal => None,
        }
    }
}

/// What kind of derivative it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of a scalar, in the shape of the variable.
    Gradient,
    /// ∂ vec f / ∂ vec x: a row for each entry of f, a column for each of x.
    Jacobian,
    /// The Jacobian of the gradient.
    Hessian,
    /// The Hessian times a direction, in the shape of the variable.
    HessianProduct,
}

impl Kind {
    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gradient => "gradient",
            Self::Jacobian => "Jacobian",
            Self::Hessian => "Hessian",
            Self::HessianProduct => "product with a Hessian",
        }
    }
}

/// The derivative of an expression.
#[derive(Clone, Debug)]
pub struct Derivative {
    /// The expression as it was read.
    pub tree: Tree,
    /// The shapes of its names.
    pub inferred: Inferred,
    /// Words that were read as products of letters.
    pub apart: Vec<String>,
    /// Where the formulas are.
    pub arena: Arena,
    /// The expression.
    pub of: ExprId,
    /// The variable.
    pub variable: SymbolId,
    /// Its place among the names.
    pub place: usize,
    /// The direction of a product with the Hessian.
    pub direction: Option<SymbolId>,
    /// What the variable is taken from.
    pub constraint: Option<Constraint>,
    /// What is derived.
    pub kind: Kind,
    /// As the chain rule gives it.
    pub swept: ExprId,
    /// The same, simplified.
    pub value: ExprId,
    /// The limit that rewriting reached.
    pub limit: Option<String>,
    /// How it compares with numbers, or why it could not be compared.
    pub checked: Result<Checked, Unchecked>,
}

impl Derivative {
    /// Whether more is given of the variable than its shape, and its entries were taken as free all the same.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.kind != Kind::Gradient && self.inferred.variables[self.place].property != Structure::None
    }
}

/// Why there is no derivative.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DiffError {
    /// In the expression, or in what is given.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// In the derivation.
    #[error(transparent)]
    Gradient(#[from] GradientError),
    /// A second derivative of what is no scalar.
    #[error("a Hessian is of a scalar, and this expression is {shape}")]
    NoScalar {
        /// Its shape.
        shape: Shape,
    },
    /// A word behind a colon that is none.
    #[error("`{word}` behind `{name}:` says nothing of matrices")]
    UnknownConstraint {
        /// The variable.
        name: String,
        /// The word.
        word: String,
        /// What is probably meant.
        likely: &'static str,
    },
    /// A constraint on a derivative that is none of a scalar, or a second one.
    #[error("only the gradient of a scalar is taken among {word} matrices, and this is a {kind}")]
    NoConstraint {
        /// What the variable was to be.
        word: &'static str,
        /// What was asked for.
        kind: &'static str,
    },
    /// A constraint on what is not square.
    #[error("`{name}` is {shape}, and only a square matrix can be {word}")]
    NoSquare {
        /// The variable.
        name: String,
        /// Its shape.
        shape: Shape,
        /// What it was to be.
        word: &'static str,
    },
    /// A direction that has the name of something else.
    #[error("the direction `{name}` is a name of the expression already")]
    TakenDirection {
        /// The name.
        name: String,
    },
    /// A defect of the program: the formula and the numbers differ, and the formula is not shown.
    #[error(
        "the derivative differs from its check by {error:e}: this is a defect of the program, and no formula is shown"
    )]
    Refuted {
        /// The relative difference.
        error: f64,
    },
}

impl DiffError {
    /// The message, and the text that its places are in: the expression, or what is given.
    #[must_use]
    pub fn about<'q>(&self, question: &'q Question) -> (&'q str, Diagnostic) {
        let (kind, help) = match self {
            Self::Expression(error) if error.is_of_given() => {
                return (&question.given, error.diagnostic(&question.given));
            }
            Self::Expression(error) => return (&question.text, error.diagnostic(&question.text)),
            Self::Gradient(_) | Self::Refuted { .. } => (source::Kind::Spec, None),
            Self::NoScalar { .. } => {
                (source::Kind::Spec, Some("leave `--hessian` or `--hvp` out for its Jacobian".into()))
            }
            Self::UnknownConstraint { name, likely, .. } => {
                (source::Kind::Usage, Some(format!("write `{name}:{likely}`")))
            }
            Self::NoConstraint { .. } => {
                (source::Kind::Usage, Some("leave the word out: the derivative by free entries".to_owned()))
            }
            Self::NoSquare { name, .. } => (source::Kind::Usage, Some(format!("write `{name}` alone"))),
            Self::TakenDirection { name } => (source::Kind::Usage, Some(format!("take another letter than `{name}`"))),
        };
        let message = Diagnostic::error(kind, self.to_string());
        (&question.text, if let Some(help) = help { message.help(help) } else { message })
    }
}

impl From<crate::expr::ShapeError> for DiffError {
    fn from(error: crate::expr::ShapeError) -> Self {
        Self::Gradient(error.into())
    }
}

/// Derives, simplifies and checks.
///
/// # Errors
/// What is wrong with the question, what has no form in matrices, and a formula that its check refutes.
pub fn diff(question: &Question) -> Result<Derivative, DiffError> {
    let given = Given::parse(&question.given)?;
    let (tree, apart) = parse(&question.text, &given)?;
    let inferred = infer(&tree, &given)?;
    let built = build(&tree, &inferred)?;
    let (name, asked) = Constraint::read(&question.by)?;
    let name = match &inferred.variables[..] {
        [only] if name.is_empty() => &only.name,
        _ => name,
    };
    let Some(place) = inferred.variables.iter().position(|variable| variable.name == *name) else {
        let known = inferred.variables.iter().map(|variable| variable.name.clone()).collect();
        return Err(ExpressionError::NoVariable { name: name.to_owned(), known }.into());
    };
    let kind = match &question.order {
        Order::First if *built.arena.shape(built.root) == Shape::Scalar => Kind::Gradient,
        Order::First => Kind::Jacobian,
        Order::Hessian => Kind::Hessian,
        Order::HessianProduct(_) => Kind::HessianProduct,
    };
    let constraint = match (kind, asked) {
        (Kind::Gradient, asked) => asked.or_else(|| Constraint::of(inferred.variables[place].property)),
        (_, None) => None,
        (kind, Some(asked)) => {
            return Err(DiffError::NoConstraint { word: asked.word(), kind: kind.name() });
        }
    };
    // Of the entries each moves alone where the gradient is differentiated again, or a Jacobian taken: what is given of the
    // whole then holds at one point only, and no law may use it.
    let is_free = kind != Kind::Gradient && inferred.variables[place].property != Structure::None;
    let Built { arena, root, symbols } = if is_free { build(&tree, &inferred.with_free(place))? } else { built };
    let variable = symbols[place];
    if let Some(constraint) = constraint {
        square(&arena, variable, &inferred.variables[place].name, constraint)?;
    }
    let mut work = Work { arena, variable, limits: question.limits, limit: None };
    let (swept, direction) = match &question.order {
        Order::First if kind == Kind::Gradient => (work.gradient(root, constraint)?, None),
        Order::First => (work.jacobian(root)?, None),
        Order::Hessian => (work.hessian(root)?, None),
        Order::HessianProduct(direction) => {
            let is_taken = |variable: &Variable| variable.name.replace('_', "") == direction.replace('_', "");
            if inferred.variables.iter().any(is_taken) {
                return Err(DiffError::TakenDirection { name: direction.clone() });
            }
            let (value, symbol) = work.hessian_product(root, direction)?;
            (value, Some(symbol))
        }
    };
    let value = work.simplified(swept);
    let Work { arena, limit, .. } = work;
    let mut derivative = Derivative {
        tree,
        inferred,
        apart,
        arena,
        of: root,
        variable,
        place,
        direction,
        constraint,
        kind,
        swept,
        value,
        limit,
        checked: Err(Unchecked::NotFinite),
    };
    derivative.checked = check(&derivative);
    match &derivative.checked {
        Ok(checked) if !checked.holds() => Err(DiffError::Refuted { error: checked.error }),
        Ok(_) | Err(_) => Ok(derivative),
    }
}

fn square(arena: &Arena, variable: SymbolId, name: &str, constraint: Constraint) -> Result<(), DiffError> {
    let symbol = arena.symbol(variable);
    if symbol.rows == symbol.columns && !symbol.rows.is_one() {
        return Ok(());
    }
    let shape = Shape::Matrix(symbol.rows.clone(), symbol.columns.clone());
    Err(DiffError::NoSquare { name: name.into(), shape, word: constraint.word() })
}

struct Work {
    arena: Arena,
    variable: SymbolId,
    limits: Limits,
    limit: Option<String>,
}

impl Work {
    /// Few nodes of the e-graph beyond the expression's own: sums and products in every grouping grow with the cube.
    fn limits_of(&self, root: ExprId) -> Limits {
        const LEAST: usize = 10_000;
        let parts = self.arena.reachable(&[root]).len();
        Limits { nodes: self.limits.nodes.or(Some(LEAST.max(3 * parts))), ..self.limits }
    }

    fn simplified(&mut self, root: ExprId) -> ExprId {
        let limits = self.limits_of(root);
        let Simplified { roots, limit, .. } = simplify(&mut self.arena, &[root], Group::Expression, limits);
        self.limit = self.limit.take().or(limit);
        roots[0]
    }

    /// ∂⟨seed, root⟩/∂variable; zeros where it does not occur.
    fn sweep(&mut self, root: ExprId, seed: ExprId) -> Result<ExprId, DiffError> {
        let variable = self.variable;
        let active = |symbol: SymbolId, _: &Symbol| symbol == variable;
        let swept = match sweep(&mut self.arena, root, seed, &active) {
            Err(GradientError::NotDifferentiable { .. } | GradientError::NoMatrixForm { .. }) => {
                // The laws may do without the operator: tr(A ⊗ X) = tr A · tr X.
                let limits = self.limits_of(root);
                let simple = differentiable(&mut self.arena, root, limits).roots[0];
                sweep(&mut self.arena, simple, seed, &active)?
            }
            swept => swept?,
        };
        if let Some((_, adjoint)) = swept.into_iter().find(|(symbol, _)| *symbol == variable) {
            return Ok(adjoint);
        }
        let symbol = self.arena.symbol(variable);
        let (rows, columns) = (symbol.rows.clone(), symbol.columns.clone());
        Ok(self.arena.add(Op::Zero(rows, columns))?)
    }

    /// Of a scalar variable, the one entry.
    fn entry(&mut self, id: ExprId) -> Result<ExprId, DiffError> {
        let symbol = self.arena.symbol(self.variable);
        let is_entry = symbol.rows.is_one() && symbol.columns.is_one();
        Ok(if is_entry { self.arena.total(id)? } else { id })
    }

    fn gradient(&mut self, root: ExprId, constraint: Option<Constraint>) -> Result<ExprId, DiffError> {
        let one = self.arena.scalar(Scalar::integer(1))?;
        let free = self.sweep(root, one)?;
        let constrained = match constraint {
            None => free,
            Some(constraint) => constrained(&mut self.arena, free, constraint)?,
        };
        self.entry(constrained)
    }

    /// Mᵀ, where vec(∂⟨U, f⟩/∂x) = M vec(U).
    fn jacobian(&mut self, root: ExprId) -> Result<ExprId, DiffError> {
        // The columns of vec(F) are those of F.
        if let Op::Vec([of]) = *self.arena.op(root) {
            return self.jacobian(of);
        }
        let (rows, columns) = match self.arena.shape(root).clone() {
            Shape::Matrix(rows, columns) => (rows, columns),
            Shape::Scalar => (Dim::one(), Dim::one()),
        };
        let direction = self.arena.intern(Symbol::new(Role::Variable, "U", Some(&"".into()), rows, columns));
        let named = self.arena.named(direction)?;
        let seed = if *self.arena.shape(root) == Shape::Scalar { self.arena.total(named)? } else { named };
        let swept = self.sweep(root, seed)?;
        // Products with vectors, where there are such, have shorter matrices than what they are made of.
        let simple = self.simplified(swept);
        let matrix = linear(&mut self.arena, simple, direction)?;
        let Some(matrix) = matrix else {
            let size = |a: Dim, b: Dim| a.times(&b).map_err(|_| too_large());
            let [out, inside] = [root, swept].map(|id| self.arena.dims(id).unwrap_or((Dim::one(), Dim::one())));
            let (out, inside) = (size(out.0, out.1)?, size(inside.0, inside.1)?);
            return Ok(self.arena.add(Op::Zero(out, inside))?);
        };
        Ok(self.arena.transpose(matrix)?)
    }

    /// The gradient in functions that have derivatives in the kernel.
    fn smooth_gradient(&mut self, root: ExprId) -> Result<ExprId, DiffError> {
        if *self.arena.shape(root) != Shape::Scalar {
            return Err(DiffError::NoScalar { shape: self.arena.shape(root).clone() });
        }
        let gradient = self.gradient(root, None)?;
        let gradient = self.simplified(gradient);
        Ok(unfold::written_out(&mut self.arena, gradient)?)
    }

    fn hessian(&mut self, root: ExprId) -> Result<ExprId, DiffError> {
        let gradient = self.smooth_gradient(root)?;
        self.jacobian(gradient)
    }

    fn hessian_product(&mut self, root: ExprId, direction: &str) -> Result<(ExprId, SymbolId), DiffError> {
        let gradient = self.smooth_gradient(root)?;
        let symbol = self.arena.symbol(self.variable).clone();
        let direction = self.arena.intern(Symbol::new(Role::Variable, direction, None, symbol.rows, symbol.columns));
        let named = self.arena.named(direction)?;
        let seed = if *self.arena.shape(gradient) == Shape::Scalar { self.arena.total(named)? } else { named };
        let product = self.sweep(gradient, seed)?;
        Ok((self.entry(product)?, direction))
    }
}

fn too_large() -> DiffError {
    DiffError::Gradient(GradientError::NotDifferentiable { operator: "a matrix that is too large" })
}

/// The gradient among the matrices that the variable is taken from.
fn constrained(arena: &mut Arena, free: ExprId, constraint: Constraint) -> Result<ExprId, DiffError> {
    let transposed = arena.transpose(free)?;
    let (rows, _) = arena.dims(free)?;
    let identity = arena.identity(&rows)?;
    let diagonal = arena.hadamard(free, identity)?;
    Ok(match constraint {
        Constraint::Symmetric => {
            let both = arena.plus(free, transposed)?;
            arena.scale_by(Scalar::ratio(1, 2), both)?
        }
        Constraint::Skew => {
            let both = arena.minus(free, transposed)?;
            arena.scale_by(Scalar::ratio(1, 2), both)?
        }
        Constraint::SymmetricEntries => {
            let both = arena.plus(free, transposed)?;
            arena.minus(both, diagonal)?
        }
        Constraint::Diagonal => diagonal,
    })
}
