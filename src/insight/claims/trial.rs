//! Interventions on a network at a point → by what is held, whether every gradient does what is expected of it.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use ndarray::{ArcArray2, Array2};
use serde::Serialize;

use crate::{
    evaluate::{
        Evaluator, Inputs, Unit,
        evaluator::{self, Point},
    },
    expr::SymbolId,
    insight::{
        model::{Model, Parameter},
        size::{ROUNDING, largest, norm},
    },
};

/// What keeps the value that it has before a change, while the rest follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// Nothing: everything may change.
    Nothing,
    /// Δ_L.
    Error,
    /// Δ_L and all gates.
    ErrorAndGates,
}

impl Held {
    /// All, from nothing on.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Error, Self::ErrorAndGates];
}

/// What is changed.
#[derive(Clone, Debug)]
pub enum Change {
    /// An array becomes another.
    Array(String, ArcArray2<f64>),
    /// Δ_L is twice as large.
    DoubledError,
    /// A unit puts out 0, and lets no gradient through.
    Ablation(Unit),
    /// The derivative gates of all units of a layer are 0, while they put out what they did.
    GateOff(usize),
}

/// What a gradient is expected to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It stays as it is.
    Unchanged,
    /// It does not.
    Changed,
    /// Every entry is multiplied by 2.
    Doubled,
    /// g(2v) − 2g(v) + g(0) = 0.
    Affine,
    /// Its norm does not grow.
    NoLarger,
}

impl Expected {
    /// By how much it fails: 0 where it is met exactly. Of [`Self::NoLarger`] the ratio of the norms.
    fn figure(self, before: &Array2<f64>, after: &Array2<f64>, zero: Option<&Array2<f64>>) -> Option<f64> {
        Some(match self {
            Self::Unchanged => deviation(after, before),
            Self::Changed => f64::from(u8::from(after == before)),
            Self::Doubled => deviation(after, &(before * 2.0)),
            Self::Affine => deviation(&(after + zero?), &(before * 2.0)),
            Self::NoLarger => ratio(after, before)?,
        })
    }

    /// The largest figure that is only rounding. With all held nothing is computed anew.
    fn allowed(self, held: Held) -> f64 {
        match self {
            Self::Changed => 0.0,
            Self::Unchanged if held == Held::ErrorAndGates => 0.0,
            Self::Unchanged | Self::Doubled | Self::Affine => ROUNDING,
            Self::NoLarger => 1.0 + ROUNDING,
        }
    }
}

/// An effect that is tried: the outcome of all interventions for it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Twice the error, or twice the W of a later layer, doubles.
    LaterDoubles,
    /// Twice X, or twice the W of an earlier layer, doubles.
    EarlierDoubles,
    /// In X and the earlier W the gradient is affine.
    EarlierAffine,
    /// Twice a W leaves its own gradient unchanged.
    OwnWeight,
    /// Another b_k, k ≥ l, leaves ∂J/∂W_l unchanged, and every ∂J/∂b.
    BiasAbsent,
    /// Another b_k, k < l, changes ∂J/∂W_l where it is a factor.
    BiasPresent,
    /// Twice X or W_k, k ≤ l, leaves ∂J/∂b_l unchanged.
    EarlierLayerAbsent,
    /// Twice W_k, k > l, changes ∂J/∂b_l where it is a factor.
    LaterLayerPresent,
    /// Gates of 0 change the gradients that they are a factor of, and no others.
    Gate,
    /// A unit that is off makes no gradient larger.
    UnitOff,
}

/// One change, and what is expected of which gradients.
#[derive(Clone, Debug)]
pub struct Intervention {
    /// What is changed, as users name it.
    pub name: String,
    /// It.
    pub change: Change,
    /// What may be held.
    pub held: Vec<Held>,
    /// The place of the parameter whose gradient is looked at, and what it is expected to do.
    pub expected: Vec<(Effect, usize, Expected)>,
}

/// What was changed and looked at, and the figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Pair {
    /// The name of an array, or a unit.
    pub changed: String,
    /// The variable of the gradient.
    pub gradient: String,
    /// By how much it is not what is expected; of units the ratio of the norms.
    pub value: f64,
    /// ‖g after‖ / ‖g before‖
    pub times: Option<f64>,
    /// The cosine of the angle between g after and g before.
    pub cosine: Option<f64>,
}

/// The pairs of a change and a gradient, while something is held.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Case {
    /// The least and the greatest figure.
    pub least: Option<Pair>,
    /// See `least`.
    pub worst: Option<Pair>,
    /// Pairs with a figure.
    pub pairs: usize,
    /// Pairs that are not as expected.
    pub wrong: usize,
    /// Gradients that are 0 before and after: they say nothing.
    pub zero: usize,
    /// Gradients that are 0 before and not after.
    pub from_zero: usize,
    /// Gradients with entries that are not finite.
    pub not_finite: usize,
}

impl Case {
    /// Whether every gradient is as expected, as far as they are known.
    pub fn holds(&self) -> bool {
        self.wrong + self.from_zero + self.not_finite == 0
    }

    /// Whether a gradient that is known is not.
    pub fn is_refuted(&self) -> bool {
        self.wrong + self.from_zero > 0
    }

    fn add(
        &mut self,
        expected: Expected,
        held: Held,
        [before, after]: [&Array2<f64>; 2],
        pair: impl Fn(f64) -> Pair,
        zero: Option<&Array2<f64>>,
    ) {
        let sizes = [before, after].map(largest);
        let figure = expected.figure(before, after, zero);
        match figure {
            _ if !sizes.iter().all(|size| size.is_finite()) => self.not_finite += 1,
            // Nothing is expected of nothing but that it stays nothing.
            _ if sizes[0] == 0.0 && expected != Expected::Unchanged => {
                let rises = sizes[1] > 0.0 && expected == Expected::NoLarger;
                *(if rises { &mut self.from_zero } else { &mut self.zero }) += 1;
            }
            None => self.not_finite += 1,
            Some(value) if !value.is_finite() => self.not_finite += 1,
            Some(value) => {
                self.pairs += 1;
                self.wrong += usize::from(value > expected.allowed(held));
                if self.worst.as_ref().is_none_or(|worst| value > worst.value) {
                    self.worst = Some(pair(value));
                }
                if self.least.as_ref().is_none_or(|least| value < least.value) {
                    self.least = Some(pair(value));
                }
            }
        }
    }
}

/// What became of an effect, by what is held.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Outcome {
    /// Everything may change.
    pub nothing: Case,
    /// The error is held.
    pub error: Case,
    /// Error and gates are.
    pub error_and_gates: Case,
}

impl Outcome {
    /// While this is held.
    pub fn case(&self, held: Held) -> &Case {
        [&self.nothing, &self.error, &self.error_and_gates][held as usize]
    }

    fn case_mut(&mut self, held: Held) -> &mut Case {
        match held {
            Held::Nothing => &mut self.nothing,
            Held::Error => &mut self.error,
            Held::ErrorAndGates => &mut self.error_and_gates,
        }
    }

    /// The least that has to be held; none if nothing helps.
    pub fn needs(&self) -> Option<Held> {
        Held::ALL.into_iter().find(|held| self.case(*held).holds())
    }

    /// Whether before anything helps a case is open: values overflow, and nothing is refuted.
    pub fn is_open(&self) -> bool {
        let mut before = Held::ALL.into_iter().map(|held| self.case(held)).take_while(|case| !case.holds());
        before.any(|case| !case.is_refuted())
    }
}

/// By effect.
pub type Outcomes = BTreeMap<Effect, Outcome>;

/// The gradients by symbol.
pub type Gradients = IndexMap<SymbolId, Array2<f64>>;

/// A model at a point, and the gradients that are looked at.
#[derive(Clone, Debug)]
pub struct Base<'a> {
    /// What is tried.
    pub model: &'a Model,
    /// Its gradients.
    pub evaluator: Evaluator<'a>,
    /// X, Y and the parameters.
    pub inputs: Inputs<f64>,
    /// The parameters of the layers that are looked at.
    pub parameters: Vec<Parameter>,
    /// The values as they are.
    pub point: Point<f64>,
    /// The gradients as they are evaluated with error and gates held, where roundings differ.
    held: Gradients,
}

impl<'a> Base<'a> {
    /// Evaluates `model` at `inputs`; `None` where it has no value.
    pub fn new(
        model: &'a Model,
        dims: &'a BTreeMap<String, u64>,
        inputs: Inputs<f64>,
        parameters: Vec<Parameter>,
    ) -> Option<Self> {
        let evaluator = model.evaluator(dims)?;
        let mut base = Self { model, evaluator, inputs, parameters, point: Point::default(), held: Gradients::new() };
        base.point = base.at(&base.inputs, evaluator::Held::Nothing, &[])?;
        base.held = base.at(&base.inputs, evaluator::Held::ErrorAndGates(&base.point), &[])?.gradients;
        Some(base)
    }

    /// Evaluates it at other inputs, with what is held, and with units off.
    pub fn at(&self, inputs: &Inputs<f64>, held: evaluator::Held<'_, f64>, off: &[Unit]) -> Option<Point<f64>> {
        let wanted: Vec<SymbolId> = self.parameters.iter().map(|parameter| parameter.symbol).collect();
        self.evaluator.at(inputs, &wanted, held, off).ok()
    }

    /// The gradients before a change, as they are evaluated where this is held.
    pub fn before(&self, held: Held) -> &Gradients {
        if held == Held::ErrorAndGates { &self.held } else { &self.point.gradients }
    }

    /// The gradients after it.
    pub fn after(&self, change: &Change, held: Held) -> Option<Gradients> {
        let fixed = |point| match held {
            Held::Nothing => evaluator::Held::Nothing,
            Held::Error => evaluator::Held::Error(point),
            Held::ErrorAndGates => evaluator::Held::ErrorAndGates(point),
        };
        let found = match change {
            Change::Array(key, array) => {
                let mut inputs = self.inputs.clone();
                inputs.insert(key.clone(), array.clone());
                self.at(&inputs, fixed(&self.point), &[])?
            }
            Change::DoubledError => {
                let mut point = self.point.clone();
                let last = point.adjoints.last_mut()?;
                *last = (&*last * 2.0).into_shared();
                self.at(&self.inputs, evaluator::Held::Error(&point), &[])?
            }
            Change::Ablation(unit) => self.at(&self.inputs, fixed(&self.point), &[*unit])?,
            Change::GateOff(layer) => {
                self.at(&self.inputs, evaluator::Held::ErrorGatesAndOutputs(&self.point), &self.units(*layer))?
            }
        };
        Some(found.gradients)
    }

    /// All units of a layer.
    pub fn units(&self, layer: usize) -> Vec<Unit> {
        let columns = self.point.adjoints.get(layer).map_or(0, ArcArray2::ncols);
        (0..columns).map(|column| Unit { layer, column }).collect()
    }

    /// Does everything in `table`; `None` where there is no value.
    pub fn run(&self, table: &[Intervention]) -> Option<Outcomes> {
        let mut outcomes = Outcomes::new();
        for Intervention { name, change, held, expected } in table {
            let zero = match change {
                Change::Array(key, array) if expected.iter().any(|(.., expected)| *expected == Expected::Affine) => {
                    let zero = Change::Array(key.clone(), Array2::zeros(array.dim()).into_shared());
                    self.after(&zero, Held::ErrorAndGates)
                }
                Change::Array(..) | Change::DoubledError | Change::Ablation(_) | Change::GateOff(_) => None,
            };
            for held in held {
                let (before, after) = (self.before(*held), self.after(change, *held)?);
                for (effect, place, expected) in expected {
                    let Parameter { symbol, key, .. } = &self.parameters[*place];
                    let (before, after) = (before.get(symbol)?, after.get(symbol)?);
                    let pair = |value| Pair {
                        changed: name.clone(),
                        gradient: key.clone(),
                        value,
                        times: ratio(after, before),
                        cosine: cosine(after, before),
                    };
                    let zero = zero.as_ref().and_then(|zero| zero.get(symbol));
                    if *expected == Expected::Affine && *held != Held::ErrorAndGates {
                        continue;
                    }
                    let outcome = outcomes.entry(*effect).or_default();
                    outcome.case_mut(*held).add(*expected, *held, [before, after], pair, zero);
                }
            }
        }
        Some(outcomes)
    }
}

/// max|a − b| / max|b|; 0 where they are equal, 1 where b is 0 and a is not.
pub fn deviation(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    let difference = largest(&(a - b));
    match largest(b) {
        _ if difference == 0.0 => 0.0,
        0.0 => difference / largest(a),
        below => difference / below,
    }
}

/// a · b / (‖a‖ ‖b‖), without overflow; `None` if one of them is 0 or not finite.
pub fn cosine(a: &Array2<f64>, b: &Array2<f64>) -> Option<f64> {
    let [a, b] = [a, b].map(|array| {
        let largest = largest(array);
        let unit = array / largest;
        let norm = (&unit * &unit).sum().sqrt();
        (largest > 0.0 && norm.is_finite()).then(|| unit / norm)
    });
    Some((a? * b?).sum())
}

/// ‖a‖ / ‖b‖, without overflow; `None` if b is 0 or one of them is not finite.
pub fn ratio(a: &Array2<f64>, b: &Array2<f64>) -> Option<f64> {
    let ([above, rest_above], [below, rest_below]) = (norm(a), norm(b));
    if below == 0.0 || !below.is_finite() || !above.is_finite() {
        return None;
    }
    Some(if above == 0.0 { 0.0 } else { above / below * (rest_above / rest_below) })
}
