//! The chosen gradient → how it comes about, a factor a step, with what each step lights.

use super::{
    api::{self, Form, Step},
    error::ExploreError,
    graph::shape_of,
    subject::Subject,
};
use crate::{
    document::{Equation, notation::Origin},
    expr::ExprId,
    pipeline::{self, PipelineError},
    render::fragment::Factor,
    report::steps::{Running, running},
    source::Diagnostic,
};

/// A formula of more factors is not shown with its step: of deep networks the steps together would be quadratic.
const SHOWN: usize = 64;

impl Subject<'_> {
    /// The steps to the chosen gradient. What changes nothing, such as a linear activation, is none.
    pub fn steps(&self) -> Result<Vec<Step>, Diagnostic> {
        let refused = |what| Err(ExploreError::NoSteps { what }.diagnostic());
        match self.request.form {
            _ if self.request.expand || self.request.paths => return refused("an expanded formula"),
            Form::Chain => return refused("the chain rule, which is a step itself"),
            Form::Intuitive => return refused("a sketch"),
            Form::Product | Form::Layered | Form::PerSample => {}
        }
        let explained = pipeline::check_letters(&self.network, self.form())
            .and_then(|()| Ok(pipeline::explain(&self.network, &self.wanted())?))
            .and_then(|(derivation, steps)| Ok((pipeline::finished(derivation)?, steps)));
        let (derivation, steps) = explained.map_err(|error: PipelineError| error.diagnostic())?;
        let variable = self.variable(&derivation)?;
        let long = || ExploreError::LongFormula { name: self.chosen.clone(), limit: super::formula::FACTORS };
        let equations = self.equations(&derivation, &[variable], long)?;
        let told = self.factors(&derivation, &equations);
        let mut lit = Lit::new(self, &equations);
        let mut found = Vec::new();
        for step in running(&derivation, &steps, variable) {
            let adds = lit.adds(self, &step);
            let is_gap = step.equation.is_none();
            if adds.is_empty() && !is_gap {
                continue;
            }
            found.push(self.step(&step, adds, &told));
        }
        // What was left out on the way is there at the end.
        let rest = lit.rest();
        if let Some(last) = found.last_mut() {
            last.places.extend(rest.iter().flat_map(|place| &told[*place].places).cloned());
            last.adds.extend(rest);
        }
        Ok(found)
    }

    fn step(&self, step: &Running, adds: Vec<usize>, told: &[api::Factor]) -> Step {
        let mut places: Vec<String> = Vec::new();
        for place in adds.iter().flat_map(|factor| &told[*factor].places) {
            if !places.contains(place) {
                places.push(place.clone());
            }
        }
        let short = step.equation.as_ref().filter(|equation| self.written(equation).len() <= SHOWN);
        Step {
            said: self.fragments.sentence(&step.said),
            mathml: short.map(|equation| self.fragments.plain(std::slice::from_ref(equation))),
            shape: step.equation.as_ref().and_then(|equation| equation.shape.as_ref()).map(shape_of),
            adds,
            places,
        }
    }

    fn written(&self, equation: &Equation) -> Vec<Factor> {
        self.fragments.factors(std::slice::from_ref(equation)).collect()
    }
}

/// What a factor of a gradient was set from.
fn expression(factor: &Factor) -> Option<ExprId> {
    if let Origin::Expression(id) = factor.origin { Some(id) } else { None }
}

/// Which factors of a formula are lit.
struct Lit {
    /// The left side of each equation, and where its factors begin and end.
    equations: Vec<(Equation, std::ops::Range<usize>)>,
    /// What each factor was set from, and whether it is lit.
    factors: Vec<(Option<ExprId>, bool)>,
}

impl Lit {
    fn new(subject: &Subject, equations: &[Equation]) -> Self {
        let (mut found, mut factors) = (Vec::new(), Vec::new());
        for equation in equations {
            let start = factors.len();
            factors.extend(subject.written(equation).into_iter().map(|factor| (expression(&factor), false)));
            found.push((equation.clone(), start..factors.len()));
        }
        Self { equations: found, factors }
    }

    /// The factors that a step adds: all of an equation that the formula has too, else those of the formula's last equation
    /// that the step's has as well.
    fn adds(&mut self, subject: &Subject, step: &Running) -> Vec<usize> {
        let Some(equation) = &step.equation else { return Vec::new() };
        let own = self.equations.iter().find(|(other, _)| other.left == equation.left).map(|(_, range)| range.clone());
        let last = self.equations.last().map(|(_, range)| range.clone()).unwrap_or_default();
        let wanted: Vec<usize> = match own {
            Some(range) => range.filter(|place| !self.factors[*place].1).collect(),
            None => {
                let mut there: Vec<ExprId> =
                    subject.written(equation).into_iter().filter_map(|factor| expression(&factor)).collect();
                // A factor that the formula has twice is lit as often as the step has it.
                let mut is_there = |id: Option<ExprId>| {
                    let place = there.iter().position(|other| Some(*other) == id)?;
                    Some(there.swap_remove(place))
                };
                last.filter(|place| is_there(self.factors[*place].0).is_some() && !self.factors[*place].1).collect()
            }
        };
        wanted.iter().for_each(|place| self.factors[*place].1 = true);
        wanted
    }

    /// The factors that no step has lit.
    fn rest(&self) -> Vec<usize> {
        (0..self.factors.len()).filter(|place| !self.factors[*place].1).collect()
    }
}
