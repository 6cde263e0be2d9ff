//! The figures of the claims → a verdict each.

use serde::{Serialize, Serializer};

use super::{
    Claims,
    batch::Zeros,
    gates::GateFactors,
    statement::Statement,
    trial::{Effect, Held, Outcome},
};
use crate::{catalog::Reduction, insight::size::ROUNDING};

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// In every trial.
    Holds,
    /// At the point, but not for other weights, targets or batches.
    HoldsHere,
    /// As long as these keep their values.
    HoldsWith(Held),
    /// Everywhere else.
    HoldsBut(Exception),
    /// There is a counterexample.
    Fails,
    /// Tried, but the figures do not decide it.
    Undecided(Reason),
    /// Not tried.
    NotTried(Reason),
}

/// Where alone a claim does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exception {
    /// The loss absorbs its derivative.
    #[error("the last layer")]
    LastLayer,
    /// It depends on the prediction.
    #[error("the last activation's derivative")]
    LastDerivative,
    /// They put out 0, or no error reaches them, on all samples.
    #[error("silent units")]
    SilentUnits,
}

/// Why there is no verdict: each message says it.
#[allow(missing_docs, reason = "the messages are the docs")]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("the gradients have no value")]
    NoValue,
    #[error("the gradient with respect to {0} has entries that are not finite")]
    NotFinite(String),
    #[error("all gradients are 0, or too small for a float")]
    Zero,
    #[error("every gradient that could change is 0")]
    NothingToChange,
    #[error("the network has no bias")]
    NoBias,
    #[error("no activation derivative enters a gradient")]
    NoGate,
    #[error("no layer that was tried has a derivative for each unit alone")]
    NoUnitGate,
    #[error("the network has no hidden layer")]
    NoHiddenLayer,
    #[error("no hidden layer that was tried has units that can be off by themselves")]
    NoUnit,
    #[error("the batch has one sample")]
    OneSample,
    #[error("a value overflows in a trial")]
    Overflow,
    #[error("the flow was not measured")]
    NoFlow,
    #[error("the network has fewer than three layers, so that no factor can repeat")]
    NoSteps,
    #[error("the network has only one layer with weights")]
    NoWeights,
    #[error("the error is 0, or a value is not finite")]
    NoSize,
    #[error("the gradient is 0 before it reaches the first layer")]
    NothingLeft,
    #[error(
        "no hidden layer has a bias and an activation that is flat somewhere, as relu, so that its activation rate could move"
    )]
    NoRelu,
    #[error("no two activation rates with a gradient differ")]
    OneRate,
    #[error("the parameters are given; without --params, initialisations are compared")]
    Given,
    #[error("no network that was drawn has a gradient")]
    NoGradient,
    #[error("under the usual initialisations no gradient vanished or exploded")]
    NeitherSeen,
    #[error("there are too few draws to tell")]
    FewDraws,
    #[error("the gradient of the first weight is no single product")]
    NoProduct,
    #[error("multiplications were not counted")]
    NotCounted,
}

impl std::fmt::Display for Verdict {
    /// `holds with the error held`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Holds | Self::HoldsWith(Held::Nothing) => f.pad("holds"),
            Self::HoldsHere => f.pad("holds here, not always"),
            Self::HoldsWith(Held::Error) => f.pad("holds with the error held"),
            Self::HoldsWith(Held::ErrorAndGates) => f.pad("holds with error and gates held"),
            Self::HoldsBut(exception) => write!(f, "holds except for {exception}"),
            Self::Fails => f.pad("does not hold"),
            Self::Undecided(_) => f.pad("undecided"),
            Self::NotTried(_) => f.pad("not tried"),
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.reason() {
            Some(reason) => to.collect_str(&format_args!("{self}: {reason}")),
            None => to.collect_str(self),
        }
    }
}

impl Verdict {
    /// Why there is none.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Undecided(reason) | Self::NotTried(reason) => Some(reason),
            Self::Holds | Self::HoldsHere | Self::HoldsWith(_) | Self::HoldsBut(_) | Self::Fails => None,
        }
    }
}

/// A share of zeros up to this is hardly any.
pub const HARDLY: f64 = 0.01;

/// Whether the averages of a batch are hardly ever 0.
pub fn of_zeros(found: &Zeros) -> Verdict {
    // Of the entries that are not of silent units, if there are any.
    let rest = 1.0 - found.silent;
    match found.share {
        few if few <= HARDLY => Verdict::Holds,
        share if rest > 0.0 && share - found.silent <= HARDLY * rest => Verdict::HoldsBut(Exception::SilentUnits),
        _ => Verdict::Fails,
    }
}

impl Claims {
    /// The verdict on a claim that is tried at the point; [`Depth`](super::depth::Depth) has those on the flow, and
    /// [`Statement::BreakEven`] is a matter of cost.
    pub fn verdict(&self, statement: Statement) -> Verdict {
        match statement {
            Statement::Biases if self.outcome(Effect::BiasAbsent).is_none() => Verdict::NotTried(Reason::NoBias),
            Statement::Linear | Statement::OwnWeight | Statement::Biases => self.by_weights(statement),
            Statement::Gates => self.gate_factors(),
            Statement::ErrorOnly => self.error_only(),
            Statement::BatchSize => self.batch_size(),
            Statement::Inactive if !self.units.is_empty() => self.by_weights(statement),
            Statement::Inactive if self.of_layers == 1 => Verdict::NotTried(Reason::NoHiddenLayer),
            Statement::Inactive => Verdict::NotTried(Reason::NoUnit),
            Statement::Zeros => self.averages(),
            Statement::Transpose => match self.gates.as_slice() {
                [] if !self.has_gates() => Verdict::NotTried(Reason::NoGate),
                [] => Verdict::NotTried(Reason::NoUnitGate),
                gates if gates.iter().all(|gate| gate.agree) => Verdict::Holds,
                gates if gates.iter().all(|gate| gate.largest <= ROUNDING) => Verdict::HoldsHere,
                _ => Verdict::Fails,
            },
            Statement::Sparse | Statement::Exploding | Statement::Mnemonic | Statement::Depth => {
                Verdict::NotTried(Reason::NoFlow)
            }
            Statement::BreakEven => Verdict::NotTried(Reason::NotCounted),
        }
    }

    /// What became of an effect that was tried.
    pub fn outcome(&self, effect: Effect) -> Option<&Outcome> {
        self.outcomes.as_ref()?.get(&effect)
    }

    /// The verdict on all effects of a claim, at the point and with other weights and targets.
    fn by_weights(&self, statement: Statement) -> Verdict {
        if self.outcomes.is_none() {
            return Verdict::NotTried(Reason::NoValue);
        }
        let found: Vec<&Outcome> = statement.effects().iter().filter_map(|effect| self.outcome(*effect)).collect();
        let tried = |outcome: &&Outcome| {
            Held::ALL
                .map(|held| outcome.case(held))
                .iter()
                .any(|case| case.pairs + case.from_zero + case.not_finite > 0)
        };
        if !found.iter().any(tried) {
            return Verdict::NotTried(Reason::NothingToChange);
        }
        let targets = self.fractions.as_ref().and_then(|fractions| fractions.targets.as_ref());
        let other_targets = statement == Statement::Inactive && targets.is_some_and(|targets| targets.amplified > 0);
        let other_weights = self.search.get(&statement).is_some_and(|search| search.refuted > 0);
        match self.needs(statement) {
            _ if found.iter().any(|outcome| outcome.is_open()) => Verdict::Undecided(Reason::Overflow),
            None => Verdict::Fails,
            Some(_) if other_weights || other_targets => Verdict::HoldsHere,
            Some(Held::Nothing) => Verdict::Holds,
            // Without gates there are none to hold.
            Some(Held::ErrorAndGates) if self.has_gates() => Verdict::HoldsWith(Held::ErrorAndGates),
            Some(Held::Error | Held::ErrorAndGates) => Verdict::HoldsWith(Held::Error),
        }
    }

    /// Whether a gate enters a gradient: else there is none to hold.
    pub fn has_gates(&self) -> bool {
        self.gate_factors.is_none_or(|found| found.any)
    }

    fn gate_factors(&self) -> Verdict {
        let Some(GateFactors { present, absorbed, missing, .. }) = self.gate_factors else {
            return Verdict::NotTried(Reason::NoValue);
        };
        let is_refuted = self.outcome(Effect::Gate).is_some_and(|found| found.error_and_gates.is_refuted());
        match (present, absorbed) {
            (0, 0) if missing == 0 => Verdict::NotTried(Reason::NoGate),
            _ if missing > 0 || is_refuted => Verdict::Fails,
            (_, 0) => Verdict::Holds,
            (0, _) => Verdict::Fails,
            _ => Verdict::HoldsBut(Exception::LastLayer),
        }
    }

    fn batch_size(&self) -> Verdict {
        match self.duplicated.first().map(|found| (found.reduction, found.worst.as_ref())) {
            None => Verdict::NotTried(Reason::Zero),
            Some((_, Some(worst))) if !worst.value.is_finite() => Verdict::Undecided(Reason::Overflow),
            Some((_, Some(worst))) if worst.value > ROUNDING => Verdict::Fails,
            Some((Reduction::Sum, _)) => Verdict::Fails,
            Some((Reduction::Samples | Reduction::Elements, _)) => Verdict::Holds,
        }
    }

    fn averages(&self) -> Verdict {
        match self.zeros.last() {
            _ if self.of_samples < 2 => Verdict::NotTried(Reason::OneSample),
            Some(last) if last.samples == self.of_samples => of_zeros(last),
            Some(_) | None => Verdict::Undecided(Reason::Overflow),
        }
    }

    fn error_only(&self) -> Verdict {
        match self.error {
            None => Verdict::NotTried(Reason::NoValue),
            Some(error) if !(error.shifted <= ROUNDING && error.doubled <= ROUNDING) => Verdict::Fails,
            Some(error) if !error.fused => Verdict::HoldsBut(Exception::LastDerivative),
            Some(_) => Verdict::Holds,
        }
    }
}
