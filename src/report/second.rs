//! A product with second derivatives → what its page says beside the equations: the direction, the dots, what was left out,
//! and how it was checked.

use std::fmt;

use super::{
    gradients::Report,
    words::{count, joined, scientific, with_commas},
};
use crate::{
    document::{Notation, Sentence, sentence},
    expr::{ExprId, Function, Op, Role, SymbolId},
    gradient::{Checked, Direction, Second, SecondKind, Unchecked},
};

/// How the formulas compare with differences.
pub(super) fn checked(kind: SecondKind, checked: &Result<Checked, Unchecked>) -> Sentence {
    let oracle = match kind {
        SecondKind::Hessian => "central differences of the gradients of a concrete backprop",
        SecondKind::GaussNewton => "the product by differences of a concrete forward pass and a concrete reverse pass",
    };
    Sentence::of(match checked {
        Ok(Checked { points, vanishes: true, .. }) => {
            format!("Checked on {}: every entry is 0 there, by the formulas and by {oracle}.", draws(*points))
        }
        Ok(Checked { points, error, .. }) => format!(
            "Checked on {}: relative to the largest entry of its array, no entry differs from {oracle} by more than {}.",
            draws(*points),
            scientific(*error)
        ),
        Err(Unchecked::TooLarge) => {
            "Not checked: the arrays are larger than those that are drawn. With letters for the \
                                     dimensions the same formulas are checked."
                .into()
        }
        Err(Unchecked::NoPoint) => {
            "Not checked: no random values were found at which differences tell the second derivatives.".into()
        }
    })
}

fn draws(points: usize) -> impl fmt::Display {
    count(points, "random draw")
}

/// H, G
fn matrix(second: &Second) -> Notation {
    Notation::letter(second.matrix)
}

/// H · v
fn product(second: &Second) -> Notation {
    Notation::Product(vec![matrix(second), Notation::letter(second.vector)])
}

/// (H · v)_W₁
pub(super) fn left(second: &Second, variable: Notation) -> Notation {
    Notation::Component(Box::new(product(second).bracketed()), Box::new(variable))
}

impl Report<'_> {
    /// What the product, its direction and the dots are: a sign and its meaning each.
    pub(super) fn second_signs(
        &self,
        second: &Second,
        is_shown: &dyn Fn(SymbolId) -> bool,
    ) -> Vec<(Notation, Sentence)> {
        let (h, v) = (matrix(second), Notation::letter(second.vector));
        let w = Notation::letter("W");
        let of = match second.kind {
            SecondKind::Hessian => sentence!("where {} is the Hessian of {}.", h, Notation::Loss),
            SecondKind::GaussNewton => sentence!("where {} is the Gauss-Newton matrix of {}.", h, Notation::Loss),
        };
        let part = sentence!("is the part of {} that belongs to {}, {}", product(second), w.clone(), of);
        let mut signs = vec![(left(second, w), part), (v.clone(), self.parts_of_direction(second))];
        let symbols = || self.arena.symbols().iter().filter_map(|symbol| self.arena.find(symbol));
        let is_direction = |symbol: SymbolId| second.directions.iter().any(|direction| direction.symbol == symbol);
        let dotted = symbols().find(|id| self.arena.symbol(*id).tangent && !is_direction(*id) && is_shown(*id));
        let undotted = dotted.and_then(|dotted| {
            let of = self.arena.symbol(dotted);
            symbols().find(|id| {
                let symbol = self.arena.symbol(*id);
                !symbol.tangent && (symbol.role, &symbol.name, &symbol.label) == (of.role, &of.name, &of.label)
            })
        });
        if let Some((dotted, of)) = dotted.zip(undotted) {
            let (dotted, of) = (self.typesetter.name(dotted), self.typesetter.name(of));
            signs.push((
                dotted,
                sentence!("is how fast {} changes along {}, and so for each letter with a dot.", of, v),
            ));
        }
        let handed = symbols().find(|id| {
            self.arena.symbol(*id).role == Role::Adjoint && second.kind == SecondKind::GaussNewton && is_shown(*id)
        });
        if let Some(handed) = handed {
            let letter = Notation::letter(&self.arena.symbol(handed).name);
            let meaning = "is what backpropagation makes of the changes of the outputs: it goes back through the \
                           layers as a gradient does.";
            signs.push((letter, Sentence::of(meaning)));
        }
        signs
    }

    /// `is the direction: V₁ for W₁, v₁ for b₁. All other variables stay.`
    fn parts_of_direction(&self, second: &Second) -> Sentence {
        let part = |direction: &Direction| {
            sentence!("{} for {}", self.typesetter.name(direction.symbol), self.typesetter.name(direction.variable))
        };
        let parts = with_commas(second.directions.iter().map(part));
        let meaning = sentence!("is the direction, with the parts {}.", parts);
        let all = &self.derivation.forward.parameters;
        let is_moved = |parameter| second.directions.iter().any(|direction| direction.variable == parameter);
        if all.iter().all(|parameter| is_moved(*parameter)) { meaning } else { meaning.words(" All others stay.") }
    }

    /// What a reader must know of the second derivatives.
    pub(super) fn second_notes(&self, second: &Second) -> Vec<Sentence> {
        let mut notes = Vec::new();
        if second.kind == SecondKind::GaussNewton {
            let mut outputs: Vec<SymbolId> = second.outputs.clone();
            outputs.dedup();
            let outputs = outputs.iter().map(|output| Sentence::from(self.typesetter.name(*output)));
            let outputs = with_commas(outputs.collect::<Vec<_>>().into_iter());
            let note = sentence!(
                "{} is the Hessian of the loss with respect to {}, taken through the tangent of the network: second \
                 derivatives of the layers are left out.",
                matrix(second),
                outputs
            );
            let convex = || sentence!(" The loss is convex there, so {} has no negative eigenvalue.", matrix(second));
            notes.push(if second.is_convex { note.then(convex()) } else { note });
        }
        if second.kind == SecondKind::Hessian {
            notes.extend(self.kinks());
        }
        notes
    }

    /// What functions with kinks do not say.
    fn kinks(&self) -> Option<Sentence> {
        let forward = &self.derivation.forward;
        let values = forward.definitions.iter().map(|definition| definition.value).chain([forward.loss]);
        let parts = self.arena.reachable(&values.collect::<Vec<_>>());
        let is_straight = |part: &ExprId| {
            let Op::Map(function, 0, _) = *self.arena.op(*part) else { return None };
            let name = if function == Function::Min0 { Function::Relu.name() } else { function.name() };
            (function.is_piecewise_constant(1) && function != Function::Linear).then_some(name)
        };
        let mut names: Vec<&str> = parts.iter().filter_map(is_straight).collect();
        names.sort_unstable();
        names.dedup();
        let (are, their) = if names.len() == 1 { ("is", "its") } else { ("are", "their") };
        let what = joined(&names);
        let note = format!(
            "Between {their} kinks {what} {are} straight, with a second derivative of 0; the kinks themselves are left out."
        );
        (!names.is_empty()).then(|| Sentence::of(note))
    }
}
