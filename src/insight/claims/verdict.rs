//! The figures of the claims → a verdict each.

use serde::{Serialize, Serializer};

use super::{
    Claims,
    bench::{Fixed, Found, ROUNDING},
    depth::{Factors, NEAR},
    scaling::{Absence, Linearity},
};
use crate::{
    catalog::loss::Reduction,
    insight::flow::{activity::Error, comparison::Tenfold},
};

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

impl Claims {
    /// The verdict on a claim; [`Statement::Crossing`] is a matter of cost, and tried by whoever counts it.
    #[must_use]
    pub fn verdict(&self, statement: Statement) -> Verdict {
        match statement {
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
            Statement::Sparse => self.sparse(),
            Statement::Exploding => self.exploding(),
            Statement::Mnemonic => match self.depth.missed() {
                None => untried("there is no step between layers with weights"),
                Some(missed) if missed <= NEAR => Verdict::Holds,
                Some(_) => Verdict::Fails,
            },
            Statement::Depth => match self.depth.steps {
                None => untried("there is no step between layers"),
                Some(Factors { count: 1, .. }) => untried("there is only one step between layers"),
                Some(steps) if steps.together.is_zero() => Verdict::Open("the gradient is 0 before the first layer"),
                Some(steps) if steps.are_alike() => Verdict::Holds,
                Some(_) => Verdict::Fails,
            },
            Statement::Transpose => match self.gates.as_slice() {
                [] => untried("there is no hidden activation"),
                gates if gates.iter().all(|gate| gate.agree) => Verdict::Holds,
                _ => Verdict::Fails,
            },
            Statement::Crossing => untried("multiplications were not counted"),
        }
    }

    fn sparse(&self) -> Verdict {
        let Some(activity) = &self.depth.activity else {
            return untried("no hidden layer has relu and a bias to move");
        };
        match [Error::Follows, Error::Held].map(|error| activity.is_monotone(error)) {
            _ if activity.pairs(Error::Follows).next().is_none() => {
                Verdict::Open("there are no two rates of active units that differ, with a gradient")
            }
            [true, true] => Verdict::Holds,
            [false, true] => Verdict::HoldsWith("the error"),
            [_, false] => Verdict::Fails,
        }
    }

    fn exploding(&self) -> Verdict {
        match self.depth.initialisations {
            None => untried("the parameters are given; without --params initialisations are compared"),
            Some(Tenfold { networks: 0, .. }) => Verdict::Open("no network that was drawn has a gradient"),
            Some(Tenfold { shrinking: 0, growing: 0, .. }) => Verdict::Open("neither is seen"),
            Some(Tenfold { shrinking, growing, .. }) if growing < shrinking => Verdict::Holds,
            Some(_) => Verdict::Fails,
        }
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
