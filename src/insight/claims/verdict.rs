//! The figures of the claims → a verdict each.

use serde::{Serialize, Serializer};

use super::{
    Claims,
    bench::{Fixed, Found, ROUNDING},
    scaling::{Absence, Linearity},
};
use crate::catalog::loss::Reduction;

/// A claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Statement {
    /// X, the error and every other W enter linearly and once.
    Linear,
    /// W_l is missing in its own gradient.
    OwnWeight,
    /// The gates of the target layer and of all later ones are factors.
    Gates,
    /// Only the error counts.
    ErrorOnly,
    /// Only earlier b enter ∂J/∂W, only later layers ∂J/∂b.
    Biases,
    /// The batch's size does not count.
    BatchSize,
    /// Inactive units attenuate.
    Inactive,
    /// Averages are hardly ever 0.
    Zeros,
    /// Sparse activity slows down.
    Sparse,
    /// Exploding is rarer than vanishing.
    Exploding,
    /// Mean weight × activation rate near 1.
    Mnemonic,
    /// Depth multiplies by w^L.
    Depth,
    /// The activation matrix is its own derivative's transpose.
    Transpose,
    /// Nothing is gained by Xᵀ(Ŷ − Y) first.
    Crossing,
}

impl Statement {
    /// All, in the order in which they are printed.
    pub const ALL: [Self; 14] = [
        Self::Linear,
        Self::OwnWeight,
        Self::Gates,
        Self::ErrorOnly,
        Self::Biases,
        Self::BatchSize,
        Self::Inactive,
        Self::Zeros,
        Self::Sparse,
        Self::Exploding,
        Self::Mnemonic,
        Self::Depth,
        Self::Transpose,
        Self::Crossing,
    ];

    /// The claim in words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Linear => "X, the error and every other W enter linearly, alike",
            Self::OwnWeight => "a weight is missing in its own gradient",
            Self::Gates => "the gates of the target and of all later layers are factors",
            Self::ErrorOnly => "only the error counts, not the prediction or the target",
            Self::Biases => "only earlier b enter a W's gradient, only later layers a b's",
            Self::BatchSize => "the batch's size does not change a gradient's size",
            Self::Inactive => "an inactive unit attenuates, and never amplifies",
            Self::Zeros => "the mean over a batch is hardly ever exactly 0",
            Self::Sparse => "sparsely active networks learn more slowly",
            Self::Exploding => "exploding is rarer than vanishing",
            Self::Mnemonic => "mean weight times activation rate has to be near 1",
            Self::Depth => "depth L multiplies gradients by w^L",
            Self::Transpose => "an activation's derivative is its activation matrix",
            Self::Crossing => "nothing is gained by multiplying X and the error first",
        }
    }
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// In every trial.
    Holds,
    /// At the point, but not for other weights or targets.
    HoldsHere,
    /// As long as these keep their values.
    HoldsWith(&'static str),
    /// There is a counterexample.
    Fails,
    /// Why not.
    NotTried(String),
    /// The part that measures it.
    See(&'static str),
}

impl std::fmt::Display for Verdict {
    /// `holds with the error held`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Holds => f.pad("holds"),
            Self::HoldsHere => f.pad("holds here, not always"),
            Self::HoldsWith(what) => write!(f, "holds with {what} held"),
            Self::Fails => f.pad("does not hold"),
            Self::NotTried(reason) => write!(f, "not tried: {reason}"),
            Self::See(part) => write!(f, "see {part}"),
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

impl Claims {
    /// The verdict on a claim; `None` on [`Statement::Crossing`], which is a matter of cost.
    #[must_use]
    pub fn verdict(&self, statement: Statement) -> Option<Verdict> {
        Some(match statement {
            Statement::Linear => self.linear(),
            Statement::OwnWeight => Self::absent(self.scaling.as_ref().map(|scaling| &scaling.own)),
            Statement::Gates => self.gate_factors(),
            Statement::ErrorOnly => self.error_only(),
            Statement::Biases => self.biases(),
            Statement::BatchSize => match self.duplicated.first() {
                Some(found) if !agrees(found.worst.as_ref()) => Verdict::Fails,
                Some(found) if found.reduction == Reduction::Sum => Verdict::Fails,
                Some(_) => Verdict::Holds,
                None => untried("all gradients are 0"),
            },
            Statement::Inactive => self.inactive_units(),
            Statement::Zeros => match self.zeros.last() {
                Some(last) if self.zeros.len() > 1 && last.share <= HARDLY => Verdict::Holds,
                Some(_) if self.zeros.len() > 1 => Verdict::Fails,
                Some(_) | None => untried("the batch has one sample"),
            },
            Statement::Sparse | Statement::Exploding | Statement::Mnemonic | Statement::Depth => Verdict::See("flow"),
            Statement::Transpose => match self.gates.as_slice() {
                [] => untried("there is no hidden activation"),
                gates if gates.iter().all(|gate| gate.agree) => Verdict::Holds,
                _ => Verdict::Fails,
            },
            Statement::Crossing => return None,
        })
    }

    fn linear(&self) -> Verdict {
        let Some(scaling) = &self.scaling else { return untried("there is no value") };
        let needs = [&scaling.linearity.later, &scaling.linearity.earlier].map(Linearity::needs);
        match needs {
            [Some(later), Some(earlier)] => with(later.max(earlier)),
            [None, _] | [_, None] => Verdict::Fails,
        }
    }

    fn absent(absence: Option<&Absence>) -> Verdict {
        let Some(absence) = absence else { return untried("there is no value") };
        let is_zero = |found: &Option<Found>| found.as_ref().is_none_or(|found| found.value == 0.0);
        match (is_zero(&absence.held), is_zero(&absence.following)) {
            (true, true) => Verdict::Holds,
            (true, false) => with(Fixed::ErrorAndGates),
            (false, _) => Verdict::Fails,
        }
    }

    fn biases(&self) -> Verdict {
        let Some(scaling) = &self.scaling else { return untried("there is no value") };
        if scaling.biases.is_none() {
            return untried("there is no bias");
        }
        let verdicts = [&scaling.biases, &scaling.earlier_layers].map(|absence| Self::absent(absence.as_ref()));
        let worst = |verdict: &Verdict| verdicts.contains(verdict);
        let held = with(Fixed::ErrorAndGates);
        if worst(&Verdict::Fails) {
            Verdict::Fails
        } else if worst(&held) {
            held
        } else {
            Verdict::Holds
        }
    }

    fn gate_factors(&self) -> Verdict {
        match self.inactive.as_ref().map(|inactive| inactive.gates) {
            None | Some([_, 0]) => untried("no hidden unit lets an error through"),
            Some([right, all]) if right == all => Verdict::Holds,
            Some(_) => Verdict::Fails,
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
        let Some(inactive) = &self.inactive else { return untried("there is no hidden unit") };
        let targets = self.fractions.as_ref().and_then(|fractions| fractions.targets.as_ref());
        let elsewhere = targets.is_some_and(|targets| targets.amplified > 0)
            || inactive.search.as_ref().is_some_and(|search| search.amplified > 0);
        match (inactive.following.attenuate(), inactive.held.attenuate()) {
            (true, _) if inactive.following.all == 0 => untried("all gradients are 0"),
            (true, true) if elsewhere => Verdict::HoldsHere,
            (true, true) => Verdict::Holds,
            (false, true) => Verdict::HoldsWith("the error"),
            (_, false) => Verdict::Fails,
        }
    }
}

fn agrees(found: Option<&Found>) -> bool {
    found.is_none_or(|found| found.value <= ROUNDING)
}

fn with(fixed: Fixed) -> Verdict {
    match fixed {
        Fixed::Nothing => Verdict::Holds,
        Fixed::Error => Verdict::HoldsWith("the error"),
        Fixed::ErrorAndGates => Verdict::HoldsWith("error and gates"),
    }
}

fn untried(reason: &str) -> Verdict {
    Verdict::NotTried(reason.into())
}
