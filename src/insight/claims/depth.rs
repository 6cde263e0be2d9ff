//! The flow through a network → what is said of depth and of activity: the factor of a step, and the mean weight instead of it.

use serde::Serialize;

use super::{
    statement::Statement,
    trial::Held,
    verdict::{Reason, Verdict},
};
use crate::insight::{
    Magnitude,
    flow::{Activity, Comparison, Flow, Flowing, Mnemonic, Tenfold, activity::Error},
    size::float,
};

/// The mnemonic is right where it misses the factor of a step by no more than this.
pub const NEAR: f64 = 1.1;

/// Steps are alike where each multiplies by no more than this times their geometric mean, nor by less than the mean by it.
pub const ALIKE: f64 = 1.2;

/// What the flow says of the claims about depth and activity.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Depth {
    /// The gradient by the activation rate; none where no unit can be inactive by its bias.
    pub activity: Option<Activity>,
    /// Over seeds; none where the parameters are the user's.
    pub initialisations: Option<Tenfold>,
    /// The steps from Δ_L down to Δ_1; none where there is no step, or Δ has no size.
    pub steps: Option<Factors>,
    /// How many steps there are, whether they have a size or not.
    pub of_steps: usize,
    /// (mean weight × activation rate)ᴸ
    pub mnemonic: Option<Mnemonic>,
}

/// What the steps from Δ_L down to Δ_1 multiply rms(Δ) by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Factors {
    /// How many steps.
    pub count: usize,
    /// All together: rms(Δ_1)/rms(Δ_L).
    #[serde(rename = "log10_together")]
    pub together: Magnitude,
    /// The geometric mean, the least and the greatest.
    #[serde(rename = "log10_mean_least_greatest")]
    pub mean_least_greatest: [Magnitude; 3],
}

impl Factors {
    /// The gain of each step.
    pub fn of(flow: &Flow) -> Option<Self> {
        let count = flow.steps.count;
        let together = flow.steps.measured.filter(|_| count > 0)?;
        // Behind a Δ of 0 there is no gain: all that follows is 0 too.
        let of_step = |gain: Option<Magnitude>| gain.unwrap_or(Magnitude::of(0.0));
        let each: Vec<Magnitude> = flow.layers.iter().skip(1).map(|layer| of_step(layer.gain)).collect();
        let least = each.iter().copied().reduce(|a, b| if b < a { b } else { a })?;
        let greatest = each.into_iter().reduce(|a, b| if b > a { b } else { a })?;
        Some(Self { count, together, mean_least_greatest: [together.power(1.0 / float(count)), least, greatest] })
    }

    /// Whether one w a step is what all steps multiply by, within [`ALIKE`].
    pub fn are_alike(&self) -> bool {
        let [mean, least, greatest] = self.mean_least_greatest;
        let [above, below] = [greatest.over(mean), mean.over(least)];
        !mean.is_zero() && above.zip(below).is_some_and(|(a, b)| a.value() <= ALIKE && b.value() <= ALIKE)
    }
}

impl Depth {
    /// What `flowing` says.
    pub fn of(Flowing { flow, initialisations, activity, .. }: &Flowing) -> Self {
        Self {
            activity: activity.clone(),
            initialisations: initialisations.as_ref().map(Comparison::tenfold),
            steps: Factors::of(flow),
            of_steps: flow.steps.count,
            mnemonic: flow.mnemonic.filter(|mnemonic| mnemonic.steps > 0),
        }
    }

    /// By what factor a step the mnemonic misses rms(Δ_1)/rms(Δ_L), from 1 on; infinite if it is 0. None where there is nothing
    /// to compare.
    pub fn missed(&self) -> Option<f64> {
        let (steps, mnemonic) = (self.steps?, self.mnemonic?);
        let (measured, said) = (steps.together, mnemonic.over_steps);
        if measured.is_zero() {
            return None;
        }
        let log = measured.over(said).map_or(f64::INFINITY, |ratio| ratio.log10().abs());
        Some(10.0_f64.powf(log / float(steps.count)))
    }

    /// The verdict on a claim about the flow; none on any other.
    pub fn verdict(&self, statement: Statement) -> Option<Verdict> {
        let verdicts = [
            (Statement::Sparse, self.sparse()),
            (Statement::Exploding, self.exploding()),
            (Statement::Mnemonic, self.by_mnemonic()),
            (Statement::Depth, self.by_steps()),
        ];
        verdicts.into_iter().find(|(of, _)| *of == statement).map(|(_, verdict)| verdict)
    }

    fn by_mnemonic(&self) -> Verdict {
        match (self.steps, self.missed()) {
            _ if self.mnemonic.is_none() => Verdict::NotTried(Reason::NoWeights),
            (None, _) => Verdict::NotTried(Reason::NoSize),
            (Some(_), None) => Verdict::Undecided(Reason::NothingLeft),
            (Some(_), Some(missed)) if missed <= NEAR => Verdict::Holds,
            (Some(_), Some(_)) => Verdict::Fails,
        }
    }

    fn by_steps(&self) -> Verdict {
        match self.steps {
            _ if self.of_steps < 2 => Verdict::NotTried(Reason::NoSteps),
            None => Verdict::NotTried(Reason::NoSize),
            Some(steps) if steps.together.is_zero() => Verdict::Undecided(Reason::NothingLeft),
            Some(steps) if steps.are_alike() => Verdict::Holds,
            Some(_) => Verdict::Fails,
        }
    }

    fn sparse(&self) -> Verdict {
        let Some(activity) = &self.activity else { return Verdict::NotTried(Reason::NoRelu) };
        match [Error::Follows, Error::Held].map(|error| activity.is_monotone(error)) {
            _ if activity.pairs(Error::Follows).next().is_none() => Verdict::Undecided(Reason::OneRate),
            [true, true] => Verdict::Holds,
            [false, true] => Verdict::HoldsWith(Held::Error),
            [_, false] => Verdict::Fails,
        }
    }

    fn exploding(&self) -> Verdict {
        match self.initialisations {
            None if self.of_steps == 0 => Verdict::NotTried(Reason::NoHiddenLayer),
            None => Verdict::NotTried(Reason::Given),
            Some(Tenfold { networks: 0, .. }) => Verdict::Undecided(Reason::NoGradient),
            Some(Tenfold { shrinking: 0, growing: 0, .. }) => Verdict::Undecided(Reason::NeitherSeen),
            Some(found) if !found.is_clear() => Verdict::Undecided(Reason::FewDraws),
            Some(Tenfold { shrinking, growing, .. }) if growing < shrinking => Verdict::Holds,
            Some(_) => Verdict::Fails,
        }
    }
}
