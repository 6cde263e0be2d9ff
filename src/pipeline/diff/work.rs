//! An expression in its arena, and by what → its derivative as the chain rule gives it, and simplified.

use super::{Constraint, DiffError, Kind, Order, Question};
use crate::{
    expr::{Arena, ExprId, Op, Role, Scalar, Symbol, SymbolId},
    expression::{Inferred, build::Built},
    gradient::{GradientError, adjoint::sweep, linear::linear},
    shape::{Dim, Shape},
    simplify::{Group, Limits, Simplified, differentiable, simplify, unfold},
};

/// What is derived.
pub(super) struct Work {
    pub arena: Arena,
    pub variable: SymbolId,
    pub root: ExprId,
    pub swept: ExprId,
    pub value: ExprId,
    pub direction: Option<SymbolId>,
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
    let mut desk = Desk { arena, variable: symbols[place], limits: question.limits, limit: None };
    let (swept, direction) = match &question.order {
        Order::First if kind == Kind::Gradient => (desk.gradient(root, constraint)?, None),
        Order::First => (desk.jacobian(root)?, None),
        Order::Hessian => (desk.hessian(root)?, None),
        Order::HessianProduct(direction) => {
            let is_taken = |known: &str| known.replace('_', "") == direction.replace('_', "");
            if inferred.variables.iter().any(|variable| is_taken(&variable.name)) {
                return Err(DiffError::TakenDirection { name: direction.clone() });
            }
            let (value, symbol) = desk.hessian_product(root, direction)?;
            (value, Some(symbol))
        }
    };
    let value = desk.simplified(swept);
    let Desk { arena, variable, limit, .. } = desk;
    Ok(Work { arena, variable, root, swept, value, direction, limit })
}

struct Desk {
    arena: Arena,
    variable: SymbolId,
    limits: Limits,
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
