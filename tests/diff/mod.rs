//! `diff`: identities from books, questions as people ask them, what is refused, and the text of expressions.

mod course;
mod data;
mod language;
mod lessons;
mod table;

use chainrule::{
    document::{Exponent, Notation, Sign},
    pipeline::diff::{Derivative, DiffError, Layout, Order, Question, diff},
    simplify::Limits,
};

/// The derivative by `variable`, of the kind that the table names.
fn derived(text: &str, given: &str, variable: &str, kind: &str) -> Result<Derivative, DiffError> {
    let order = match kind {
        "hessian" => Order::Hessian,
        "gradient" | "jacobian" => Order::First,
        direction => Order::HessianProduct(direction.into()),
    };
    let by = variable.to_owned();
    diff(&Question {
        text: text.into(),
        given: given.into(),
        by,
        order,
        layout: Layout::default(),
        limits: Limits::default(),
    })
}

/// 1 or 1ᵀ
fn is_ones(part: &Notation) -> bool {
    match part {
        Notation::Shaped(inner, ..) | Notation::Transposed(inner) => is_ones(inner),
        part => *part == Notation::letter("1"),
    }
}

/// How many operators a reader counts in a formula as it is written.
fn operators(notation: &Notation) -> usize {
    let all = |parts: &[Notation]| parts.iter().map(operators).sum::<usize>();
    match notation {
        // A matrix of ones, which the table writes as one word.
        Notation::Product(parts) if parts.iter().all(is_ones) => 0,
        Notation::Product(parts) | Notation::Scalars(parts) => parts.len() - 1 + all(parts),
        Notation::Sum(terms) => {
            let sign = usize::from(terms[0].0 == Sign::Minus);
            terms.len() - 1 + sign + terms.iter().map(|(_, term)| operators(term)).sum::<usize>()
        }
        Notation::Hadamard(parts) => parts.len() - 1 + parts.iter().map(|(_, part)| operators(part)).sum::<usize>(),
        Notation::Coefficient(factor, body) | Notation::Over(factor, body) => 1 + operators(factor) + operators(body),
        Notation::Power(base, Exponent::InverseTransposed) => 2 + operators(base),
        Notation::Power(base, _)
        | Notation::Apply(_, base)
        | Notation::Norm(base)
        | Notation::Total(base)
        | Notation::Transposed(base) => 1 + operators(base),
        Notation::Group(inner) | Notation::Shaped(inner, ..) | Notation::Marked(inner) => operators(inner),
        Notation::Half => 1,
        _ => 0,
    }
}
