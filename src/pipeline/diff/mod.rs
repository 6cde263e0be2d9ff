//! The text of a matrix expression, what is given, and by what → its derivative, simplified, and checked by numbers that
//! share no code with it.

mod check;
mod draw;
mod error;
pub mod steps;
mod values;
pub mod why;
mod work;

pub use check::{Checked, Sample, Unchecked, sample};
pub use error::DiffError;
pub use values::{At, at, names};
pub use work::Stage;

use check::check;
use steps::Steps;
use why::Proofs;
use work::Work;

use crate::{
    expr::{Arena, ExprId, Structure, SymbolId},
    expression::{
        ExpressionError, Given, Inferred, Tree,
        build::build,
        infer::{Variable, infer},
        parse, plain,
    },
    shape::Shape,
    simplify::Limits,
    source::suggestion::nearest,
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
    /// In which shape a gradient is written.
    pub layout: Layout,
    /// How far rewriting may go.
    pub limits: Limits,
}

/// In which shape the gradient of a scalar is written. Of what is no scalar a row for each entry is written in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// That of the variable.
    #[default]
    Gradient,
    /// That of its transpose.
    Numerator,
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

impl Order {
    fn kind(&self, shape: &Shape) -> Kind {
        match self {
            Self::First if *shape == Shape::Scalar => Kind::Gradient,
            Self::First => Kind::Jacobian,
            Self::Hessian => Kind::Hessian,
            Self::HessianProduct(_) => Kind::HessianProduct,
        }
    }
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

    /// What all these matrices have in common.
    fn structure(self) -> Structure {
        match self {
            Self::Symmetric | Self::SymmetricEntries => Structure::Symmetric,
            Self::Skew => Structure::Skew,
            Self::Diagonal => Structure::Diagonal,
        }
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

/// By what a Hessian is multiplied.
#[derive(Clone, Debug)]
pub struct Direction {
    /// As it was asked for.
    pub name: String,
    /// Its symbol.
    pub symbol: SymbolId,
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
    /// The symbol of each name, in the order of [`Inferred::variables`].
    pub symbols: Vec<SymbolId>,
    /// The expression.
    pub of: ExprId,
    /// Its place among the names.
    pub place: usize,
    /// The direction of a product with the Hessian.
    pub direction: Option<Direction>,
    /// What the variable is taken from.
    pub constraint: Option<Constraint>,
    /// What is derived.
    pub kind: Kind,
    /// In which shape a gradient is written.
    pub layout: Layout,
    /// The formula.
    pub value: ExprId,
    /// What led to it.
    pub stages: Vec<Stage>,
    /// The limit that rewriting reached.
    pub limit: Option<String>,
    /// How it compares with numbers, or why it could not be compared.
    pub checked: Result<Checked, Unchecked>,
}

impl Derivative {
    /// The variable.
    #[must_use]
    pub fn variable(&self) -> SymbolId {
        self.symbols[self.place]
    }

    /// Whether the variable is a scalar; the derivative then has the shape of the expression.
    #[must_use]
    pub fn is_by_scalar(&self) -> bool {
        self.inferred.variables[self.place].shape == Shape::Scalar
    }

    /// Whether more is given of the variable than its shape, and its entries were taken as free all the same.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.kind != Kind::Gradient && self.inferred.variables[self.place].property != Structure::None
    }
}

/// What led to a derivative, as far as it is asked for.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// Each sweep in steps.
    pub steps: Option<Vec<Steps>>,
    /// The laws of each simplification.
    pub proofs: Option<Proofs>,
}

impl Course {
    /// The steps, the laws, or both; their formulas are in the arena of `derivative`.
    ///
    /// # Errors
    /// Laws that do not lead to the formula within the limits, and a defect: a line of another value.
    pub fn of(derivative: &mut Derivative, with_steps: bool, with_laws: bool) -> Result<Self, DiffError> {
        let proofs = if with_laws { Some(why::prove(derivative)?) } else { None };
        let mut course = Self { steps: None, proofs };
        if with_steps {
            let sweeps = derivative.stages.clone().into_iter().filter_map(|stage| match stage {
                Stage::Swept { of, seed, .. } => Some((of, seed)),
                Stage::Simplified { .. }
                | Stage::WrittenOut { .. }
                | Stage::Constrained { .. }
                | Stage::Transposed { .. }
                | Stage::TakenApart { .. } => None,
            });
            course.steps = Some(sweeps.map(|(of, seed)| steps::steps(derivative, of, seed)).collect::<Result<_, _>>()?);
        }
        Ok(course)
    }

    /// Whether anything is asked for.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.steps.is_some() || self.proofs.is_some()
    }

    /// All formulas that are shown of it.
    #[must_use]
    pub fn lines(&self, derivative: &Derivative) -> Vec<ExprId> {
        let of_stages = derivative.stages.iter().map(|stage| match stage {
            Stage::Swept { swept, .. } => *swept,
            Stage::Simplified { to, .. }
            | Stage::WrittenOut { to, .. }
            | Stage::Constrained { to, .. }
            | Stage::Transposed { to, .. }
            | Stage::TakenApart { to, .. } => *to,
        });
        let steps = self.steps.iter().flatten().flat_map(|steps| steps.values.iter().chain(&steps.adjoints));
        let proofs = self.proofs.iter().flat_map(|proofs| proofs.of_stages.iter().flatten());
        let of_proofs = proofs.flat_map(|proof| proof.lines().map(|(line, _)| line));
        of_stages.chain(steps.map(|step| step.value)).chain(of_proofs).collect()
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
    let place = place(&inferred, name)?;
    let kind = question.order.kind(built.arena.shape(built.root));
    let constraint = constraint(kind, asked, &inferred.variables[place])?;
    // What laws may use of the variable. Of the entries each moves alone where the gradient is differentiated again, or a
    // Jacobian taken: what is given of the whole then holds at one point only.
    let given = inferred.variables[place].property;
    let used = match (kind, asked) {
        (Kind::Gradient, Some(asked)) if given == Structure::None => asked.structure(),
        (Kind::Gradient, _) => given,
        (Kind::Jacobian | Kind::Hessian | Kind::HessianProduct, _) => Structure::None,
    };
    let known = inferred.with_property(place, used);
    let built = if used == given { built } else { build(&tree, &known)? };
    let inferred = if kind == Kind::Gradient { known } else { inferred };
    let Work { arena, symbols, root, value, direction, stages, limit } =
        work::derive(built, place, kind, constraint, question, &inferred)?;
    let checked = Err(Unchecked::NotFinite);
    let mut derivative = Derivative {
        tree,
        inferred,
        apart,
        arena,
        of: root,
        symbols,
        place,
        direction,
        constraint,
        kind,
        layout: question.layout,
        value,
        stages,
        limit,
        checked,
    };
    derivative.checked = check(&derivative);
    match &derivative.checked {
        Ok(checked) if !checked.holds() => Err(DiffError::Refuted { error: checked.error }),
        Ok(_) | Err(_) => Ok(derivative),
    }
}

/// The place of the variable among the names; of one alone nothing has to be said.
fn place(inferred: &Inferred, name: &str) -> Result<usize, DiffError> {
    if name.is_empty() && inferred.variables.len() == 1 {
        return Ok(0);
    }
    let unknown = || {
        let known = inferred.variables.iter().map(|variable| variable.name.clone()).collect();
        ExpressionError::NoVariable { name: name.to_owned(), known }.into()
    };
    let plain = plain(name);
    inferred.variables.iter().position(|variable| variable.name == plain).ok_or_else(unknown)
}

/// The matrices that the variable is taken from: as asked, else as given; only of the gradient of a scalar.
fn constraint(kind: Kind, asked: Option<Constraint>, variable: &Variable) -> Result<Option<Constraint>, DiffError> {
    let constraint = match (kind, asked) {
        (Kind::Gradient, asked) => asked.or_else(|| Constraint::of(variable.property)),
        (_, None) => None,
        (kind, Some(asked)) => return Err(DiffError::NoConstraint { word: asked.word(), kind: kind.name() }),
    };
    let known = Constraint::of(variable.property).map_or(variable.property, Constraint::structure);
    if let Some(asked) = asked.filter(|asked| known != Structure::None && known != asked.structure()) {
        return Err(DiffError::OtherConstraint { name: variable.name.clone(), word: asked.word() });
    }
    let is_square = variable.shape.dims().is_some_and(|(rows, columns)| rows == columns);
    match constraint.filter(|_| !is_square) {
        Some(asked) => {
            let (name, shape) = (variable.name.clone(), variable.shape.clone());
            Err(DiffError::NoSquare { name, shape, word: asked.word() })
        }
        None => Ok(constraint),
    }
}
