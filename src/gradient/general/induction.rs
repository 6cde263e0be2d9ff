//! The step of one layer → an induction over all layers: Δ_l = Δ_L ∏ W_kᵀ S_{k−1}, A_lᵀ = ∏ S_k W_kᵀ Xᵀ.
//!
//! The factor is read off the step; the induction says that it is the right one.

use super::{
    super::GradientError,
    Claim, Premise,
    iterated::{End, Family, Iterated, IteratedOperations, Operation},
};
use crate::expr::{Arena, ExprId, Index, Op, Substitution, index::Renumbering};

/// The name of the products of the backward pass.
pub const BACKWARD: &str = "backward";

/// What is claimed of every layer, and the claims that prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Induction {
    /// The value at layer l.
    pub value: ExprId,
    /// The base, the step, and what they rest on.
    pub claims: Vec<Claim>,
}

/// Δ_l by Δ_{l+1}, as the sweep found it.
#[derive(Clone, Copy, Debug)]
pub struct BackwardStep {
    /// Δ_{l+1}
    pub incoming: ExprId,
    /// Δ_l in terms of it.
    pub value: ExprId,
    /// Δ_L
    pub error: ExprId,
}

/// A_l by A_{l−1}, as the forward pass and its gate say.
#[derive(Clone, Copy, Debug)]
pub struct ForwardStep {
    /// A_{l−1}ᵀ
    pub incoming: ExprId,
    /// A_lᵀ in terms of it.
    pub value: ExprId,
    /// A₀ᵀ
    pub input: ExprId,
}

/// What a simplified step multiplies with, as the factor of layer k; `from` becomes k. `None` where `incoming` is not its
/// first (or last) factor.
///
/// # Errors
/// A defect of the derivation.
pub fn factor(arena: &mut Arena, step: ExprId, incoming: ExprId, from: Index) -> Result<Option<ExprId>, GradientError> {
    let factors = arena.factors(step);
    let others = match &factors[..] {
        [first, rest @ ..] if *first == incoming => rest,
        [rest @ .., last] if *last == incoming => rest,
        _ => return Ok(None),
    };
    let Some((first, rest)) = others.split_first() else { return Ok(None) };
    let mut product = *first;
    for factor in rest {
        product = arena.multiply(product, *factor)?;
    }
    let renumbering = Renumbering { from, to: Index::FACTOR };
    Ok(Some(IteratedOperations::default().renumbered(arena, product, renumbering)?))
}

/// Δ_l = Δ_L ∏_{k=L}^{l+1} `body`, from l = L down: to be proved of the step.
///
/// # Errors
/// Factors that do not fit.
pub fn backward(
    arena: &mut Arena,
    iterations: &mut IteratedOperations,
    step: BackwardStep,
    body: ExprId,
) -> Result<Induction, GradientError> {
    let (l, depth) = (Index::LAYER, Index::DEPTH);
    let family = Family { name: BACKWARD, body };
    let product = |arena: &mut Arena, iterations: &mut IteratedOperations, to| -> Result<ExprId, GradientError> {
        let product = family.product(arena, iterations, depth, to)?;
        Ok(arena.multiply(step.error, product)?)
    };
    let (at_end, after) = (product(arena, iterations, depth.plus(1))?, product(arena, iterations, l.plus(2))?);
    let value = product(arena, iterations, l.plus(1))?;
    let base = Claim {
        name: "the product form of the last layer's error",
        premises: vec![family.empty(arena, iterations, depth)?],
        left: step.error,
        right: at_end,
    };
    let hypothesis = Premise { name: "hypothesis", left: step.incoming, right: after };
    let step = Claim {
        name: "the step of the product form from a layer to the one before it",
        premises: vec![hypothesis, family.factored(End::Last, arena, iterations, depth, l.plus(1))?],
        left: step.value,
        right: value,
    };
    Ok(Induction { value, claims: vec![base, step] })
}

/// A_lᵀ = ∏_{k=l}^{1} `body` Xᵀ, from l = 0 up; with a bias plus Σ_{j=1}^{l} ∏_{k=l}^{j+1} `body` `term`, where `term` is what
/// the bias of layer k adds.
///
/// # Errors
/// Factors that do not fit.
pub fn forward(
    arena: &mut Arena,
    iterations: &mut IteratedOperations,
    step: ForwardStep,
    body: ExprId,
    term: Option<ExprId>,
) -> Result<Induction, GradientError> {
    let (l, first) = (Index::LAYER, Index::number(1));
    let family = Family { name: "forward", body };
    let mut claims = Vec::new();
    let sum = term.map(|term| Biases::new(arena, iterations, family, term)).transpose()?;
    let of = |arena: &mut Arena, iterations: &mut IteratedOperations, l: Index| -> Result<ExprId, GradientError> {
        let product = family.product(arena, iterations, l, first)?;
        let product = arena.multiply(product, step.input)?;
        let Some(sum) = &sum else { return Ok(product) };
        let sum = sum.up_to(arena, iterations, l)?;
        Ok(arena.plus(product, sum)?)
    };
    let (value, before, at_start) =
        (of(arena, iterations, l)?, of(arena, iterations, l.plus(-1))?, of(arena, iterations, Index::number(0))?);
    let mut base = Claim {
        name: "the expanded input",
        premises: vec![family.empty(arena, iterations, Index::number(0))?],
        left: step.input,
        right: at_start,
    };
    let hypothesis = Premise { name: "hypothesis", left: step.incoming, right: before };
    let mut step = Claim {
        name: "the step of the expanded activation from a layer to the next",
        premises: vec![hypothesis, family.factored(End::First, arena, iterations, l, first)?],
        left: step.value,
        right: value,
    };
    if let Some(sum) = &sum {
        claims.extend(sum.claims(arena, iterations)?);
        base.premises.push(sum.empty(arena, iterations)?);
        step.premises.push(sum.step(arena, iterations)?);
    }
    claims.extend([base, step]);
    Ok(Induction { value, claims })
}

/// Σ_{j=1}^{l} t(l, j) with t(l, j) = ∏_{k=l}^{j+1} body · term of j: what the biases add.
struct Biases {
    family: Family,
    /// The term of layer k.
    own: Family,
    /// The sum up to l.
    sum: ExprId,
}

impl Biases {
    fn new(
        arena: &mut Arena,
        iterations: &mut IteratedOperations,
        family: Family,
        term: ExprId,
    ) -> Result<Self, GradientError> {
        let own = Family { name: "bias", body: term };
        let body = Self::term(arena, iterations, (family, own), Index::LAYER, Index::TERM)?;
        let (operation, index) = (Operation::Sum, Index::TERM);
        let iterated = Iterated { operation, index, from: Index::number(1), to: Index::LAYER, body };
        Ok(Self { family, own, sum: iterations.name(arena, "biases", iterated)? })
    }

    /// t(l, j)
    fn term(
        arena: &mut Arena,
        iterations: &mut IteratedOperations,
        (family, own): (Family, Family),
        l: Index,
        j: Index,
    ) -> Result<ExprId, GradientError> {
        let (product, own) = (family.product(arena, iterations, l, j.plus(1))?, own.factor(arena, j)?);
        Ok(arena.multiply(product, own)?)
    }

    fn up_to(&self, arena: &mut Arena, iterations: &mut IteratedOperations, l: Index) -> Result<ExprId, GradientError> {
        iterations.renumbered(arena, self.sum, Renumbering { from: Index::LAYER, to: l })
    }

    /// Σ_{j=1}^{0} = 0
    fn empty(&self, arena: &mut Arena, iterations: &mut IteratedOperations) -> Result<Premise, GradientError> {
        let left = self.up_to(arena, iterations, Index::number(0))?;
        let (rows, columns) = arena.dims(left)?;
        Ok(Premise { name: "sum-empty", left, right: arena.add(Op::Zero(rows, columns))? })
    }

    /// t(l, j) = body · t(l−1, j) for j < l, and t(l, l) = the term of l: what makes the sum grow as [`Self::step`] says.
    fn claims(&self, arena: &mut Arena, iterations: &mut IteratedOperations) -> Result<[Claim; 2], GradientError> {
        let (l, j, families) = (Index::LAYER, Index::TERM, (self.family, self.own));
        let (earlier, before) =
            (Self::term(arena, iterations, families, l, j)?, Self::term(arena, iterations, families, l.plus(-1), j)?);
        let factor = self.family.factor(arena, l)?;
        let grown = arena.multiply(factor, before)?;
        let (newest, own) = (Self::term(arena, iterations, families, l, l)?, self.own.factor(arena, l)?);
        let longer = self.family.factored(End::First, arena, iterations, l, j.plus(1))?;
        let begins = self.family.empty(arena, iterations, l)?;
        Ok([
            Claim { name: "the step of a bias's term", premises: vec![longer], left: earlier, right: grown },
            Claim { name: "the newest bias's term", premises: vec![begins], left: newest, right: own },
        ])
    }

    /// Σ_{j=1}^{l} t(l, j) = body · Σ_{j=1}^{l−1} t(l−1, j) + the term of l
    fn step(&self, arena: &mut Arena, iterations: &mut IteratedOperations) -> Result<Premise, GradientError> {
        let before = self.up_to(arena, iterations, Index::LAYER.plus(-1))?;
        let (factor, own) = (self.family.factor(arena, Index::LAYER)?, self.own.factor(arena, Index::LAYER)?);
        let grown = arena.multiply(factor, before)?;
        Ok(Premise { name: "sum-last-term", left: self.sum, right: arena.plus(grown, own)? })
    }
}

/// The formula with each name replaced by what was proved of it.
///
/// # Errors
/// A value that does not fit.
pub fn with(arena: &mut Arena, formula: ExprId, proved: &[(ExprId, ExprId)]) -> Result<ExprId, GradientError> {
    let mut substitution = Substitution::new();
    for (name, value) in proved {
        substitution.replace(*name, *value);
    }
    Ok(substitution.apply(arena, formula)?)
}
