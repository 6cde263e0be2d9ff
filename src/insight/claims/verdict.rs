//! The figures of the claims → a verdict each.

use serde::{Serialize, Serializer};

use super::{
    Claims,
    bench::{Fixed, Found},
    gates::GateFactors,
    scaling::{Absence, Linearity},
    statement::Statement,
};
use crate::{catalog::loss::Reduction, insight::size::ROUNDING};

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// In every trial.
    Holds,
    /// At the point, but not for other weights or targets.
    HoldsHere,
    /// As long as these keep their values.
    HoldsWith(&'static str),
    /// Everywhere else.
    HoldsBut(&'static str),
    /// There is a counterexample.
    Fails,
    /// Tried, but the figures do not decide it: why.
    Open(&'static str),
    /// Why not.
    NotTried(String),
}

impl std::fmt::Display for Verdict {
    /// `holds with the error held`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Holds => f.pad("holds"),
            Self::HoldsHere => f.pad("holds here, not always"),
            Self::HoldsWith(what) => write!(f, "holds with {what} held"),
            Self::HoldsBut(what) => write!(f, "holds but for {what}"),
            Self::Fails => f.pad("does not hold"),
            Self::Open(reason) => write!(f, "no verdict: {reason}"),
            Self::NotTried(reason) => write!(f, "not tried: {reason}"),
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// A share of zeros up to this is hardly any.
pub const HARDLY: f64 = 0.01;

/// Why a trial says nothing, where it is not a counterexample.
const OVERFLOW: &str = "a value overflows in a trial";

impl Claims {
    /// The verdict on a claim that is tried at the point; [`Depth`](super::depth::Depth) has those on the flow, and
    /// [`Statement::Crossing`] is a matter of cost.
    #[must_use]
    pub fn verdict(&self, statement: Statement) -> Verdict {
        match statement {
            Statement::Linear => self.linear(),
            Statement::OwnWeight => self.absent(self.scaling.as_ref().map(|scaling| &scaling.own)),
            Statement::Gates => self.gate_factors(),
            Statement::ErrorOnly => self.error_only(),
            Statement::Biases => self.biases(),
            Statement::BatchSize => self.batch_size(),
            Statement::Inactive => self.inactive_units(),
            Statement::Zeros => self.averages(),
            Statement::Transpose => match self.gates.as_slice() {
                [] if !self.has_gates() => untried(NO_GATE),
                [] => untried("no layer that was tried has a gate of single units"),
                gates if gates.iter().all(|gate| gate.agree) => Verdict::Holds,
                gates if gates.iter().all(|gate| gate.largest <= ROUNDING) => Verdict::HoldsHere,
                _ => Verdict::Fails,
            },
            Statement::Sparse | Statement::Exploding | Statement::Mnemonic | Statement::Depth => {
                untried("the flow was not measured")
            }
            Statement::Crossing => untried("multiplications were not counted"),
        }
    }

    fn linear(&self) -> Verdict {
        let Some(scaling) = &self.scaling else { return untried("there is no value") };
        if [&scaling.linearity.later, &scaling.linearity.earlier].into_iter().flatten().all(Option::is_none) {
            return untried("every gradient that a factor could double is 0");
        }
        let needs = [&scaling.linearity.later, &scaling.linearity.earlier].map(Linearity::needs);
        if let [Some(later), Some(earlier)] = needs {
            return self.with(later.max(earlier));
        }
        let failed = [&scaling.linearity.later, &scaling.linearity.earlier].into_iter();
        let mut failed = failed.filter(|found| Linearity::needs(found).is_none());
        refuted(failed.any(|[.., held]| held.as_ref().is_some_and(|found| found.value.is_finite())))
    }

    fn absent(&self, absence: Option<&Absence>) -> Verdict {
        let Some(absence) = absence else { return untried("there is no value") };
        if absence.pairs == 0 {
            return untried("all that could be changed is 0");
        }
        // With all held nothing is computed anew; with everything following roundings differ.
        let is_zero = |found: &Option<Found>, rounding: f64| found.as_ref().is_none_or(|found| found.value <= rounding);
        match (is_zero(&absence.held, 0.0), is_zero(&absence.following, ROUNDING)) {
            (true, true) => Verdict::Holds,
            (true, false) => self.with(Fixed::ErrorAndGates),
            (false, _) => refuted(absence.held.as_ref().is_some_and(|found| found.value.is_finite())),
        }
    }

    fn biases(&self) -> Verdict {
        let Some(scaling) = &self.scaling else { return untried("there is no value") };
        if scaling.biases.is_none() {
            return untried("there is no bias");
        }
        let verdicts = [&scaling.biases, &scaling.earlier_layers].map(|absence| self.absent(absence.as_ref()));
        let worst_first = [Verdict::Fails, Verdict::Open(OVERFLOW), self.with(Fixed::ErrorAndGates)];
        worst_first.into_iter().find(|verdict| verdicts.contains(verdict)).unwrap_or(Verdict::Holds)
    }

    /// Whether a gate enters a gradient: else there is none to hold.
    #[must_use]
    pub fn has_gates(&self) -> bool {
        self.gate_factors.is_none_or(|found| found.any)
    }

    fn gate_factors(&self) -> Verdict {
        let Some(GateFactors { present, absorbed, missing, seen: [right, all], .. }) = self.gate_factors else {
            return untried("there is no value");
        };
        match (present, absorbed) {
            (0, 0) if missing == 0 => untried(NO_GATE),
            _ if missing > 0 || right < all => Verdict::Fails,
            (_, 0) => Verdict::Holds,
            (0, _) => Verdict::Fails,
            _ => Verdict::HoldsBut("the last layer"),
        }
    }

    fn batch_size(&self) -> Verdict {
        match self.duplicated.first().map(|found| (found.reduction, found.worst.as_ref())) {
            None => untried("all gradients are 0"),
            Some((_, Some(worst))) if !worst.value.is_finite() => Verdict::Open(OVERFLOW),
            Some((_, Some(worst))) if worst.value > ROUNDING => Verdict::Fails,
            Some((Reduction::Sum, _)) => Verdict::Fails,
            Some((Reduction::Samples | Reduction::Elements, _)) => Verdict::Holds,
        }
    }

    fn averages(&self) -> Verdict {
        match self.zeros.last() {
            _ if self.of_samples < 2 => untried("the batch has one sample"),
            Some(last) if last.samples == self.of_samples => {
                // Of the entries that are not of silent units, if there are any.
                let rest = 1.0 - last.silent;
                match last.share {
                    few if few <= HARDLY => Verdict::Holds,
                    share if rest > 0.0 && share - last.silent <= HARDLY * rest => Verdict::HoldsBut("silent units"),
                    _ => Verdict::Fails,
                }
            }
            Some(_) | None => Verdict::Open("with all samples a gradient has entries that are no floats"),
        }
    }

    fn error_only(&self) -> Verdict {
        match self.error {
            None => untried("there is no value"),
            Some(error) if !(error.shifted <= ROUNDING && error.doubled <= ROUNDING) => Verdict::Fails,
            Some(error) if !error.fused => Verdict::HoldsWith("the last gate"),
            Some(_) => Verdict::Holds,
        }
    }

    fn inactive_units(&self) -> Verdict {
        let Some(inactive) = &self.inactive else {
            return untried(if self.of_layers == 1 {
                "there is no hidden layer"
            } else {
                "no hidden layer that was tried has units that can be off by themselves"
            });
        };
        let targets = self.fractions.as_ref().and_then(|fractions| fractions.targets.as_ref());
        let elsewhere = targets.is_some_and(|targets| targets.amplified > 0)
            || inactive.search.as_ref().is_some_and(|search| search.amplified > 0);
        let grows_held = inactive.held.grow() || inactive.held_with_gates.grow();
        match inactive.needs() {
            _ if inactive.is_undecided() => Verdict::Open(OVERFLOW),
            Some(Fixed::Nothing) if inactive.following.all == 0 => untried("all gradients are 0"),
            Some(Fixed::Nothing) if elsewhere || grows_held => Verdict::HoldsHere,
            Some(fixed) => self.with(fixed),
            None => refuted(inactive.held_with_gates.grow()),
        }
    }

    /// Without gates there are none to hold.
    fn with(&self, fixed: Fixed) -> Verdict {
        match fixed {
            Fixed::Nothing => Verdict::Holds,
            Fixed::ErrorAndGates if self.has_gates() => Verdict::HoldsWith("error and gates"),
            Fixed::Error | Fixed::ErrorAndGates => Verdict::HoldsWith("the error"),
        }
    }
}

/// By a counterexample of floats.
fn refuted(is_finite: bool) -> Verdict {
    if is_finite { Verdict::Fails } else { Verdict::Open(OVERFLOW) }
}

/// Why there is nothing to try: all activations are linear, but perhaps for the last, which the loss absorbs.
const NO_GATE: &str = "no gate enters a gradient";

pub(super) fn untried(reason: &str) -> Verdict {
    Verdict::NotTried(reason.into())
}
