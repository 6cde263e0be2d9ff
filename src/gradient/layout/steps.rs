//! Local rules, lines and the edges of the backward pass with samples as rows → the same with samples as columns: what entered
//! on the left enters on the right.

use super::Turn;
use crate::{
    expr::normal::Normal,
    gradient::{
        Derivative, GradientError,
        form::graph::{Handed, Trace},
        steps::{Enters, ErrorSteps, Gated, Line, Rule, Steps},
    },
};

impl Turn<'_> {
    /// All steps to a gradient.
    ///
    /// # Errors
    /// A defect of the derivation.
    pub fn steps(&mut self, steps: Steps) -> Result<Steps, GradientError> {
        let Steps { rules, errors, penalties, adjoints } = steps;
        let rules = rules.iter().map(|rule| self.rule(rule)).collect::<Result<_, _>>()?;
        let errors = errors.into_iter().map(|error| self.error(error)).collect::<Result<_, _>>()?;
        let penalties = penalties.into_iter().map(|penalty| self.derivative(penalty)).collect::<Result<_, _>>()?;
        let adjoints = adjoints.into_iter().map(|(name, of)| (self.symbol(name), self.symbol(of))).collect();
        Ok(Steps { rules, errors, penalties, adjoints })
    }

    /// The backward pass.
    ///
    /// # Errors
    /// A defect of the derivation.
    pub fn trace(&mut self, trace: Trace) -> Result<Trace, GradientError> {
        let Trace { handed, names, adjoints } = trace;
        let mut turned = Vec::with_capacity(handed.len());
        for Handed { from, to, value } in handed {
            turned.push(Handed {
                from: from.map(|from| self.symbol(from)),
                to: self.symbol(to),
                value: self.over(value)?,
            });
        }
        let names = names.into_iter().map(|(of, name)| (self.symbol(of), self.symbol(name))).collect();
        let adjoints = adjoints.into_iter().map(|(name, of)| (self.symbol(name), self.symbol(of))).collect();
        Ok(Trace { handed: turned, names, adjoints })
    }

    fn derivative(&mut self, Derivative { variable, value }: Derivative) -> Result<Derivative, GradientError> {
        Ok(Derivative { variable: self.symbol(variable), value: self.over(value)? })
    }

    fn rule(&mut self, rule: &Rule) -> Result<Rule, GradientError> {
        let Rule { definition, variable, enters, swept, value, gated } = *rule;
        let gated = match gated {
            Some(Gated { rows, matrix }) => Some(Gated { rows: self.over(rows)?, matrix: self.over(matrix)? }),
            None => None,
        };
        Ok(Rule {
            definition: self.definition(definition)?,
            variable: self.symbol(variable),
            enters: self.enters(enters)?,
            swept: self.over(swept)?,
            value: self.over(value)?,
            gated,
        })
    }

    fn enters(&mut self, enters: Enters) -> Result<Enters, GradientError> {
        Ok(match enters {
            Enters::Right(factor) => Enters::Left(self.over(factor)?),
            Enters::Left(factor) => Enters::Right(self.over(factor)?),
            Enters::Entrywise(by) => Enters::Entrywise(self.over(by)?),
            Enters::Scaled(by) => Enters::Scaled(self.over(by)?),
            Enters::Transposed(factor) => Enters::Transposed(self.over(factor)?),
            Enters::Summed(ones, by) => Enters::Summed(self.over(ones)?, self.over(by)?),
            Enters::Normalised(Normal { of, spread, along, centred }) => Enters::Normalised(Normal {
                of: self.over(of)?,
                spread: self.over(spread)?,
                along: along.other(),
                centred,
            }),
            Enters::Unchanged | Enters::Mixed | Enters::Other => enters,
        })
    }

    fn error(&mut self, error: ErrorSteps) -> Result<ErrorSteps, GradientError> {
        let ErrorSteps { by_prediction, by_pre_activation, by_target } = error;
        let mut lines = |lines: Vec<Line>| {
            let turned = |line: Line| Ok(Line { value: self.over(line.value)?, ..line });
            lines.into_iter().map(turned).collect::<Result<Vec<_>, GradientError>>()
        };
        Ok(ErrorSteps {
            by_prediction: lines(by_prediction)?,
            by_pre_activation: lines(by_pre_activation)?,
            by_target: lines(by_target)?,
        })
    }
}
