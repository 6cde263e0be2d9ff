//! A derivation → why its formulas are what the sweep produced: proofs in steps, each line checked on numbers.
//!
//! A proof begins with what the sweep produces and ends with what `derive` prints. Between them stand laws of the rule
//! table, found by the e-graph, and the named substitutions that are made outside of it. An e-graph believes every law
//! that it is given; so each line is evaluated before it is shown.

mod body;
mod check;
mod head;
mod key;
mod paths;
mod proof_builder;
mod transposed;

use crate::{
    document::marked::Place,
    expr::{ExprId, Role, SymbolId},
    gradient::{Derivation, Derived, Form, GradientError, form::layered::delta, layout::transposed_with},
    network::graph::{Layout, Network},
    simplify::{Explained, Limits, Move},
};
pub use check::{Checked, check};
pub use key::kind;
pub use proof_builder::ProofBuilder;

use super::{PipelineError, Request, derive_finished, variables};

/// A gradient with more symbols in a line, or errors with more in all, are proved by induction: one layer of each kind.
pub const MAX_NODES: usize = 250;
/// Of more gradients only those at the ends are proved.
pub const MAX_GRADIENTS: usize = 24;
/// So many at each end.
pub const ENDS: usize = 3;

/// A derivation with its proofs; the lines are in its arena.
#[derive(Clone, Debug)]
pub struct Why {
    /// What was derived.
    pub derivation: Derivation,
    /// First the error, then definitions, then gradients.
    pub proofs: Vec<Proof>,
    /// On what the lines were evaluated.
    pub checked: Checked,
    /// The variables that were asked for, as the derivation has them.
    pub variables: Vec<SymbolId>,
    /// How many gradients were asked for, if only those at the ends are proved.
    pub shortened: Option<usize>,
}

/// From what the sweep produces to what is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What the lines are equal to.
    pub subject: Subject,
    /// What the sweep produces.
    pub first: ExprId,
    /// How the first line is evaluated.
    pub values: Values,
    /// What leads on.
    pub steps: Vec<Step>,
}

/// What a proof is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// ∂J/∂Ŷ
    ByPrediction,
    /// What one of several losses gives to a value, or the only loss of a network that branches.
    Loss(usize, SymbolId),
    /// Δ_l of the layered form, and what a product form begins with.
    Error(SymbolId),
    /// Δ_l of one layer, for it and all that are like it: so many.
    Layer(SymbolId, usize),
    /// ∂J/∂v
    Derivative(SymbolId),
    /// ∂J/∂v, which the sweep gives by the Δ of its layer; the Δ are put in by induction.
    ByInduction(SymbolId, ExprId),
}

/// How a line is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// On the whole batch.
    Batch,
    /// In the names of the whole batch, with one gate for all samples.
    SharedGates,
    /// In the names of one sample.
    Sample,
}

/// A line, and why it equals the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was done.
    pub reason: Reason,
    /// Where in the line before.
    pub places: Vec<Place>,
    /// Whether factors and terms were put in another order too.
    pub rearranged: bool,
    /// The line.
    pub to: ExprId,
    /// How it is evaluated.
    pub values: Values,
}

impl Step {
    /// The places that are marked in the line before; none where all of it is rewritten.
    #[must_use]
    pub fn marked(&self) -> Vec<Place> {
        if self.places.iter().any(Vec::is_empty) { Vec::new() } else { self.places.clone() }
    }
}

/// Why a line equals the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A law of the table or a reason of the analysis, read from left to right or from right to left.
    Law(&'static str, bool),
    /// Order and scalar factors only.
    Rearranged,
    /// Ŷ for the last activation.
    Prediction,
    /// A_l for what it stands for.
    Activations,
    /// One gate of a layer for all samples.
    SharedGates,
    /// The same with the activations written out.
    Expanded,
    /// Sums over uses, of which what comes in is taken out, and rules as products with matrices.
    Factors,
    /// Values written out down to the inputs.
    WrittenOut,
    /// Σᵢ over the samples.
    Samples,
    /// Each sample's own gates.
    OwnGates,
    /// S_l for what it stands for.
    Gates,
}

impl Reason {
    /// Kebab-case, as laws are named.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Law(name, _) => name,
            Self::Rearranged => "rearranged",
            Self::Prediction => "prediction",
            Self::Activations => "activations",
            Self::SharedGates => "one-gate-for-the-batch",
            Self::Expanded => "expanded",
            Self::Factors => "taken-out",
            Self::WrittenOut => "written-out",
            Self::Samples => "sum-over-samples",
            Self::OwnGates => "gate-of-each-sample",
            Self::Gates => "gates",
        }
    }
}

impl Proof {
    /// All lines with how they are evaluated, the first one first.
    pub fn lines(&self) -> impl Iterator<Item = (ExprId, Values)> + '_ {
        [(self.first, self.values)].into_iter().chain(self.steps.iter().map(|step| (step.to, step.values)))
    }

    /// Whether what the sweep produces is what is printed.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.steps.is_empty() && matches!(self.subject, Subject::Error(_) | Subject::Derivative(_))
    }

    /// What is printed.
    #[must_use]
    pub fn last(&self) -> ExprId {
        self.steps.last().map_or(self.first, |step| step.to)
    }
}

/// Proves what is printed for `variables`, and evaluates every line on random numbers.
///
/// # Errors
/// A line that does not hold or that no law leads to: a defect. Arrays that are too large to check on.
pub fn prove(
    network: &Network,
    derivation: Derivation,
    variables: &[SymbolId],
    expand: bool,
) -> Result<Why, PipelineError> {
    let asked: Vec<String> = variables.iter().map(|symbol| derivation.forward.arena.symbol(*symbol).key()).collect();
    let shortened = (variables.len() > MAX_GRADIENTS).then_some(variables.len());
    let variables = if shortened.is_some() { ends(variables) } else { variables.to_vec() };
    let layout = derivation.forward.layout;
    let (mut derivation, variables) = match layout {
        Layout::Rows => (derivation, variables),
        Layout::Columns => with_rows(network, &derivation, &variables, expand)?,
    };
    let proofs = proofs(&mut derivation, &variables, expand)?;
    let (mut derivation, proofs) = match layout {
        Layout::Rows => (derivation, proofs),
        Layout::Columns => transposed_with(derivation, |turn| transposed::proofs(turn, proofs))?,
    };
    // What was derived again has names of its own.
    let known = variables::known(&derivation.forward);
    let asked = asked.iter().filter_map(|key| known.get(key).copied()).collect();
    let checked = check(network, &mut derivation, &proofs)?;
    Ok(Why { derivation, proofs, checked, variables: asked, shortened })
}

/// The same derivation with samples as rows, and its variables.
fn with_rows(
    network: &Network,
    derivation: &Derivation,
    variables: &[SymbolId],
    expand: bool,
) -> Result<(Derivation, Vec<SymbolId>), PipelineError> {
    let form = match &derivation.derived {
        Derived::Gradient(gradient) => gradient.form,
        Derived::Chain(_) => Form::Chain,
        Derived::Intuitive(_) => Form::Intuitive,
    };
    let rows = Network { layout: Layout::Rows, ..network.clone() };
    let found = derive_finished(&rows, &Request { expand, ..Request::new(form) })?;
    let known = variables::known(&found.forward);
    let of = |symbol: &SymbolId| known.get(&derivation.forward.arena.symbol(*symbol).key()).copied();
    let variables = variables.iter().filter_map(of).collect();
    Ok((found, variables))
}

/// The proofs, of samples as rows.
fn proofs(derivation: &mut Derivation, variables: &[SymbolId], expand: bool) -> Result<Vec<Proof>, PipelineError> {
    let mut proofs = head::proofs(derivation, variables)?;
    for proof in body::proofs(derivation, variables, expand)? {
        // The form may go on where the head ended, by this name or as the derivative that is asked for.
        let name = of_head(derivation, proof.subject);
        let arena = &mut derivation.forward.arena;
        let same = |known: &&mut Proof| {
            let is_loss = match known.subject {
                Subject::Loss(_, value) => {
                    [Subject::Derivative(value), Subject::Error(delta(arena, value))].contains(&proof.subject)
                }
                Subject::ByPrediction
                | Subject::Error(_)
                | Subject::Layer(..)
                | Subject::Derivative(_)
                | Subject::ByInduction(..) => false,
            };
            (is_loss || [proof.subject, name].contains(&known.subject)) && known.last() == proof.first
        };
        match proofs.iter_mut().find(same) {
            Some(known) => {
                known.subject = proof.subject;
                known.steps.extend(proof.steps);
            }
            None => proofs.push(proof),
        }
    }
    Ok(proofs)
}

/// What the head's proofs call a derivative by Ŷ or by Z.
fn of_head(derivation: &mut Derivation, subject: Subject) -> Subject {
    let prediction = derivation.forward.prediction();
    let arena = &mut derivation.forward.arena;
    match subject {
        Subject::Derivative(variable) if variable == prediction.symbol => Subject::ByPrediction,
        Subject::Derivative(variable) if arena.symbol(variable).role == Role::PreActivation => {
            Subject::Error(delta(arena, variable))
        }
        Subject::ByPrediction
        | Subject::Loss(..)
        | Subject::Error(_)
        | Subject::Layer(..)
        | Subject::Derivative(_)
        | Subject::ByInduction(..) => subject,
    }
}

/// The first and the last few.
fn ends(variables: &[SymbolId]) -> Vec<SymbolId> {
    [&variables[..ENDS], &variables[variables.len() - ENDS..]].concat()
}

/// The moves of an explanation.
///
/// # Errors
/// There is none: a defect, since the derivation was found by the same laws.
fn moves(explained: Explained) -> Result<Vec<Move>, PipelineError> {
    match explained {
        Explained::Moves(moves) => Ok(moves),
        Explained::Unknown { limit: Some(limit) } => Err(PipelineError::Limit { limit }),
        Explained::Unknown { limit: None } => Err(PipelineError::Unproved),
    }
}

/// How far a proof may go: as far as the derivation.
fn limits() -> Limits {
    Limits::default()
}

/// What cannot fail on a derivation that was found is reported as a defect all the same.
fn defect(operator: &'static str) -> GradientError {
    GradientError::NotDifferentiable { operator }
}
