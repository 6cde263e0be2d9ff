//! An expression in its arena, and by what → its derivative as the chain rule gives it, and simplified.

use super::{Constraint, DiffError, Direction, Kind, Layout, Order, Question};
use crate::{
    expr::{Arena, ExprId, Op, Role, Scalar, Symbol, SymbolId},
    expression::{self, Inferred, build::Built},
    gradient::{GradientError, adjoint::sweep, linear::linear},
    shape::{Dim, Shape},
    simplify::{Group, Limits, Simplified, differentiable, simplify, unfold},
};

/// What was done, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Of `of`, which is a scalar or multiplied entry by entry with `seed`, the sweep gives `swept`.
    Swept {
        /// What is differentiated.
        of: ExprId,
        /// 1, or the name of what stands for the derivative by `of`.
        seed: ExprId,
        /// Its derivative.
        swept: ExprId,
    },
    /// By laws.
    Simplified {
        /// The longer form.
        from: ExprId,
        /// The shorter one.
        to: ExprId,
    },
    /// Derivatives of functions written by the functions themselves.
    WrittenOut {
        /// With the derivatives.
        from: ExprId,
        /// Without them.
        to: ExprId,
    },
    /// As one of the matrices that the variable is taken from.
    Constrained {
        /// By free entries.
        from: ExprId,
        /// The gradient among those matrices.
        to: ExprId,
    },
    /// In numerator layout.
    Transposed {
        /// In the shape of the variable.
        from: ExprId,
        /// In that of its transpose.
        to: ExprId,
    },
    /// What is linear in the seed as a matrix: vec(from) = toᵀ vec(seed); by a scalar, from = Σ seed ⊙ to.
    TakenApart {
        /// Linear in the seed.
        from: ExprId,
        /// The matrix.
        to: ExprId,
    },
}

/// What is derived.
pub(super) struct Work {
    pub arena: Arena,
    pub symbols: Vec<SymbolId>,
    pub root: ExprId,
    pub value: ExprId,
    pub direction: Option<Direction>,
    pub stages: Vec<Stage>,
    pub limit: Option<String>,
}

/// Derives by the variable at this place.
///
/// # Errors
/// What has no form in matrices, and a direction whose name is taken.
pub(super) fn derive(
    Built { arena, root, symbols }: Built,
    place: usize,
    kind: Kind,
    constraint: Option<Constraint>,
    question: &Question,
    inferred: &Inferred,
) -> Result<Work, DiffError> {
    let mut desk = Desk { arena, variable: symbols[place], limits: question.limits, stages: Vec::new(), limit: None };
    let (swept, direction) = match &question.order {
        Order::First if kind == Kind::Gradient => {
            let gradient = desk.gradient(root, constraint)?;
            (if question.layout == Layout::Numerator { desk.transposed(gradient)? } else { gradient }, None)
        }
        Order::First => (desk.jacobian(root)?, None),
        Order::Hessian => (desk.hessian(root)?, None),
        Order::HessianProduct(direction) => {
            let is_taken = |known: &str| known.replace('_', "") == direction.replace('_', "");
            if inferred.variables.iter().any(|variable| is_taken(&variable.name)) {
                return Err(DiffError::TakenDirection { name: direction.clone() });
            }
            let (value, symbol) = desk.hessian_product(root, direction)?;
            (value, Some(Direction { name: direction.clone(), symbol }))
        }
    };
    let value = desk.simplified(swept);
    let Desk { arena, stages, limit, .. } = desk;
    Ok(Work { arena, symbols, root, value, direction, stages, limit })
}

struct Desk {
    arena: Arena,
    variable: SymbolId,
    limits: Limits,
    stages: Vec<Stage>,
    limit: Option<String>,
}

impl Desk {
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
        self.stages.push(Stage::Simplified { from: root, to: roots[0] });
        roots[0]
    }

    /// ∂⟨seed, root⟩/∂variable, of a scalar the one entry; zeros where it does not occur.
    fn sweep(&mut self, root: ExprId, seed: ExprId) -> Result<ExprId, DiffError> {
        let variable = self.variable;
        let active = |symbol: SymbolId, _: &Symbol| symbol == variable;
        let mut of = root;
        let swept = match sweep(&mut self.arena, root, seed, &active) {
            Err(GradientError::NotDifferentiable { .. } | GradientError::NoMatrixForm { .. }) => {
                // The laws may do without the operator: tr(A ⊗ X) = tr A · tr X.
                let limits = self.limits_of(root);
                of = differentiable(&mut self.arena, root, limits).roots[0];
                self.stages.push(Stage::Simplified { from: root, to: of });
                sweep(&mut self.arena, of, seed, &active)?
            }
            swept => swept?,
        };
        let adjoint = swept.into_iter().find(|(symbol, _)| *symbol == variable).map(|(_, adjoint)| adjoint);
        let swept = adjoint.map_or_else(
            || {
                let symbol = self.arena.symbol(variable);
                let (rows, columns) = (symbol.rows.clone(), symbol.columns.clone());
                self.arena.add(Op::Zero(rows, columns))
            },
            Ok,
        )?;
        let swept = if self.is_scalar() { self.arena.total(swept)? } else { swept };
        self.stages.push(Stage::Swept { of, seed, swept });
        Ok(swept)
    }

    /// Whether the variable is a scalar: the entry of a 1 × 1 symbol.
    fn is_scalar(&self) -> bool {
        let symbol = self.arena.symbol(self.variable);
        symbol.rows.is_one() && symbol.columns.is_one()
    }

    fn gradient(&mut self, root: ExprId, constraint: Option<Constraint>) -> Result<ExprId, DiffError> {
        let one = self.arena.scalar(Scalar::integer(1))?;
        let free = self.sweep(root, one)?;
        let Some(constraint) = constraint else { return Ok(free) };
        let free = self.simplified(free);
        let to = constrained(&mut self.arena, free, constraint)?;
        self.stages.push(Stage::Constrained { from: free, to });
        Ok(to)
    }

    /// As numerator layout writes a gradient; a scalar is itself.
    fn transposed(&mut self, from: ExprId) -> Result<ExprId, DiffError> {
        if *self.arena.shape(from) == Shape::Scalar {
            return Ok(from);
        }
        let to = self.arena.transpose(from)?;
        self.stages.push(Stage::Transposed { from, to });
        Ok(to)
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
        let symbol = Symbol::new(Role::Variable, "U", Some(&"".into()), rows.clone(), columns.clone());
        let direction = self.arena.intern(symbol);
        let named = self.arena.named(direction)?;
        let seed = if *self.arena.shape(root) == Shape::Scalar { self.arena.total(named)? } else { named };
        let swept = self.sweep(root, seed)?;
        // Products with vectors, where there are such, have shorter matrices than what they are made of.
        let simple = self.simplified(swept);
        // By a scalar t: F', where ∂⟨U, F⟩/∂t = ⟨U, F'⟩.
        if self.is_scalar() {
            let one = self.arena.scalar(Scalar::integer(1))?;
            let swept = sweep(&mut self.arena, simple, one, &|symbol, _| symbol == direction)?;
            let to = match swept.into_iter().find(|(symbol, _)| *symbol == direction) {
                Some((_, found)) => found,
                None => self.arena.add(Op::Zero(rows, columns))?,
            };
            let to = if *self.arena.shape(root) == Shape::Scalar { self.arena.total(to)? } else { to };
            self.stages.push(Stage::TakenApart { from: simple, to });
            return Ok(to);
        }
        let matrix = linear(&mut self.arena, simple, direction)?;
        let Some(matrix) = matrix else {
            let size = |a: Dim, b: Dim| a.times(&b).map_err(|_| too_large());
            let [out, inside] = [root, swept].map(|id| self.arena.dims(id).unwrap_or((Dim::one(), Dim::one())));
            let (out, inside) = (size(out.0, out.1)?, size(inside.0, inside.1)?);
            return Ok(self.arena.add(Op::Zero(out, inside))?);
        };
        let matrix = self.arena.transpose(matrix)?;
        self.stages.push(Stage::TakenApart { from: simple, to: matrix });
        Ok(matrix)
    }

    /// The gradient in functions that have derivatives in the kernel.
    fn smooth_gradient(&mut self, root: ExprId) -> Result<ExprId, DiffError> {
        if *self.arena.shape(root) != Shape::Scalar {
            return Err(DiffError::NoScalar { shape: self.arena.shape(root).clone() });
        }
        let gradient = self.gradient(root, None)?;
        let gradient = self.simplified(gradient);
        let written = unfold::written_out(&mut self.arena, gradient)?;
        if written != gradient {
            self.stages.push(Stage::WrittenOut { from: gradient, to: written });
        }
        Ok(written)
    }

    fn hessian(&mut self, root: ExprId) -> Result<ExprId, DiffError> {
        let gradient = self.smooth_gradient(root)?;
        self.jacobian(gradient)
    }

    fn hessian_product(&mut self, root: ExprId, direction: &str) -> Result<(ExprId, SymbolId), DiffError> {
        let gradient = self.smooth_gradient(root)?;
        let symbol = self.arena.symbol(self.variable).clone();
        let direction = self.arena.intern(expression::build::symbol(direction, symbol.rows, symbol.columns));
        let named = self.arena.named(direction)?;
        let seed = if *self.arena.shape(gradient) == Shape::Scalar { self.arena.total(named)? } else { named };
        let product = self.sweep(gradient, seed)?;
        Ok((product, direction))
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
