//! The stages of a derivative, with the steps of its sweeps or the laws of its simplifications → a part of its page.

use super::{formula_of, left};
use crate::{
    document::{Document, Entrywise, Equation, Notation, Relation, Sentence, Typesetter, marked, sentence},
    expr::{ExprId, Op},
    network::graph::Layout,
    pipeline::{
        diff::{
            Course, Derivative, Kind, Stage,
            steps::{Step, Steps},
            why::Proofs,
        },
        why::{self, Proof, Reason},
    },
    report::{
        why::law::{REARRANGED, law, numbered},
        words::count,
    },
};

/// Adds what leads to the derivative: the sweeps in steps where they are given, and the laws of each simplification.
pub fn stages(page: &mut Document, found: &Derivative, Course { steps, proofs }: &Course) {
    let writer = Writer { found, set: Typesetter::new(&found.arena).of_no_network(), letters: letters(found) };
    let mut steps = steps.iter().flatten();
    let last = found.stages.iter().rposition(|stage| matches!(stage, Stage::Swept { .. }));
    for (place, stage) in found.stages.iter().enumerate() {
        // Before the last sweep of a Hessian stands the gradient.
        let is_gradient = Some(place) < last;
        match stage {
            Stage::Swept { of, seed, swept } => {
                writer.differentiated(page, *of, *seed, is_gradient);
                if let Some(steps) = steps.next() {
                    writer.steps(page, steps, is_gradient);
                    page.paragraph("The same with all names written out, before any law is used:");
                }
                page.equation(writer.equation(writer.by_variable(is_gradient), *swept));
            }
            Stage::Simplified { from, to } if from == to => {}
            Stage::Simplified { from, to } => {
                let proof = proofs.as_ref().and_then(|proofs| proofs.of_stages[place].as_ref());
                writer.simplified(page, (*from, *to), proof, is_gradient);
            }
            Stage::WrittenOut { to, .. } => {
                page.paragraph("With the derivatives of functions written by the functions themselves:");
                page.equation(writer.equation(writer.by_variable(is_gradient), *to));
            }
            Stage::Constrained { to, .. } => {
                let x = writer.set.name(found.variable());
                page.paragraph(sentence!("Of the matrices that {} is taken from:", x));
                page.equation(writer.equation(writer.by_variable(is_gradient), *to));
            }
            Stage::Transposed { to, .. } => {
                page.paragraph("Transposed, as numerator layout has it:");
                page.equation(writer.equation(left(found, &writer.set, &writer.letters.of), *to));
            }
            Stage::TakenApart { to, .. } if found.is_by_scalar() => {
                let u = writer.seed(found.stages[..place].iter().rev());
                page.paragraph(sentence!("This is the sum of the entries of {} times those of", u));
                page.equation(writer.equation(left(found, &writer.set, &writer.letters.of), *to));
            }
            Stage::TakenApart { to, .. } => {
                let u = writer.seed(found.stages[..place].iter().rev());
                page.paragraph(sentence!(
                    "This is linear in {}: its vec is Mᵀ times vec({}), and M is the derivative:",
                    u.clone(),
                    u
                ));
                page.equation(writer.equation(left(found, &writer.set, &writer.letters.of), *to));
            }
        }
    }
}

/// On what the lines of the proofs were evaluated.
pub fn evaluated(proofs: &Proofs) -> String {
    if proofs.points == 0 {
        return "The lines were not evaluated: no random values were found at which they are finite.".into();
    }
    let (lines, points) = (proofs.lines, count(proofs.points, "random point"));
    format!("All lines of a proof have one value: the {lines} lines were evaluated at {points}.")
}

/// The letters of the expression, of its gradient, and of what is differentiated where the expression is no scalar.
struct Letters {
    of: Notation,
    gradient: Notation,
    scalar: Notation,
}

fn letters(found: &Derivative) -> Letters {
    let of = super::letter(found);
    let pick = |letters: [&'static str; 4]| {
        let others = letters.into_iter().filter(|letter| *letter != of);
        Notation::letter(found.arena.free_letter(others).unwrap_or("gradient"))
    };
    Letters { of: Notation::letter(of), gradient: pick(["g", "h", "q", "k"]), scalar: pick(["p", "s", "r", "t"]) }
}

struct Writer<'a> {
    found: &'a Derivative,
    set: Typesetter<'a>,
    letters: Letters,
}

impl Writer<'_> {
    fn equation(&self, left: Notation, value: ExprId) -> Equation {
        let shape = Some(self.found.arena.shape(value).clone());
        Equation { left, relation: Relation::Equal, right: self.set.formula(value), shape }
    }

    /// f, or p = Σ U ⊙ f.
    fn scalar(&self, is_gradient: bool) -> Notation {
        let is_itself = is_gradient || self.found.kind == Kind::Gradient;
        if is_itself { self.letters.of.clone() } else { self.letters.scalar.clone() }
    }

    /// ∂f/∂x, ∂p/∂x
    fn by_variable(&self, is_gradient: bool) -> Notation {
        Notation::partial(self.scalar(is_gradient), self.set.name(self.found.variable()))
    }

    /// f, or its gradient g where that is differentiated again.
    fn differentiated_name(&self, is_gradient: bool) -> &Notation {
        let is_first = is_gradient || matches!(self.found.kind, Kind::Gradient | Kind::Jacobian);
        if is_first { &self.letters.of } else { &self.letters.gradient }
    }

    /// What is differentiated, and from what the sweep begins.
    fn differentiated(&self, page: &mut Document, of: ExprId, seed: ExprId, is_gradient: bool) {
        let name = self.differentiated_name(is_gradient);
        let value = self.set.formula(of).without_shapes();
        let is_scalar = matches!(*self.found.arena.op(seed), Op::Scalar(_));
        let x = self.set.name(self.found.variable());
        if *name == self.letters.of {
            page.paragraph(sentence!("{} = {} is differentiated by {}.", name.clone(), value, x));
        } else {
            let gradient = Notation::partial(self.letters.of.clone(), x.clone());
            page.paragraph(sentence!(
                "The gradient, as {} = {} = {}, is differentiated again.",
                name.clone(),
                gradient,
                value
            ));
        }
        if !is_scalar {
            let u = self.set.formula(seed).without_shapes();
            let joined = Notation::Hadamard(vec![(Entrywise::Times, u.clone()), (Entrywise::Times, name.clone())]);
            page.paragraph(sentence!(
                "{} is no scalar, so the scalar {} = {} is differentiated in its place, for any {} of the same shape.",
                name.clone(),
                self.scalar(false),
                Notation::Total(Box::new(joined)),
                u
            ));
        }
    }

    /// U of the last sweep.
    fn seed<'s>(&self, stages: impl Iterator<Item = &'s Stage>) -> Notation {
        let mut seeds = stages.filter_map(|stage| match stage {
            Stage::Swept { seed, .. } => Some(*seed),
            Stage::Simplified { .. }
            | Stage::WrittenOut { .. }
            | Stage::Constrained { .. }
            | Stage::Transposed { .. }
            | Stage::TakenApart { .. } => None,
        });
        seeds.next().map_or(Notation::Number(1), |seed| self.set.formula(seed).without_shapes())
    }

    fn steps(&self, page: &mut Document, steps: &Steps, is_gradient: bool) {
        let of = self.differentiated_name(is_gradient);
        let x = self.set.name(self.found.variable());
        page.paragraph(sentence!("Forward, what depends on {}:", x));
        let named = |step: &Step, otherwise: Notation| {
            let left = step.symbol.map_or(otherwise, |symbol| self.set.name(symbol));
            self.equation(left, step.value)
        };
        steps.values.iter().for_each(|step| page.equation(named(step, of.clone())));
        let pair = steps
            .values
            .iter()
            .find_map(|step| step.symbol)
            .zip(steps.adjoints.iter().rev().find_map(|step| step.symbol));
        let of = self.scalar(is_gradient);
        page.paragraph(match pair {
            Some((value, adjoint)) => sentence!(
                "Backward, with {} for {} and so on:",
                self.set.name(adjoint),
                Notation::partial(of, self.set.name(value))
            ),
            None => "Backward:".into(),
        });
        steps.adjoints.iter().for_each(|step| page.equation(named(step, self.by_variable(is_gradient))));
    }

    fn simplified(&self, page: &mut Document, (from, to): (ExprId, ExprId), proof: Option<&Proof>, is_gradient: bool) {
        let is_last = to == self.found.value;
        let left = if is_last { left(self.found, &self.set, &self.letters.of) } else { self.by_variable(is_gradient) };
        let Some(proof) = proof else {
            if formula_of(self.found, from) != formula_of(self.found, to) {
                page.paragraph("Simplified by laws:");
                page.equation(self.equation(left, to));
            }
            return;
        };
        if proof.steps.is_empty() {
            return;
        }
        let marked = Notation::Marked(Box::new(Notation::letter("A")));
        page.paragraph(sentence!(
            "Each line becomes the next by the law between them; {} marks what it rewrites:",
            marked
        ));
        let lines = proof.lines().zip(proof.steps.iter().map(Some).chain([None]));
        for (number, ((line, _), next)) in lines.enumerate() {
            let marked = next.map(why::Step::marked).unwrap_or_default();
            let right = marked::formula(self.set, line, &marked);
            let shape = next.is_none().then(|| self.found.arena.shape(line).clone());
            page.equation(Equation { left: left.clone(), relation: Relation::Equal, right, shape });
            if let Some(step) = next {
                page.paragraph(said(number + 1, step));
            }
        }
    }
}

/// A law with its statement; nothing else leads from one form of an expression to another but a new order.
fn said(number: usize, step: &why::Step) -> Sentence {
    let law =
        if let Reason::Law(name, forward) = step.reason { law(name, forward, Layout::Rows) } else { REARRANGED.into() };
    numbered(number, step, law)
}
