//! An expression → what of it is left when order and scalar factors are of no account.

use crate::expr::{Arena, ExprId, Op, Scalar};

/// Equal for expressions that differ only in the order of terms and of entrywise factors, in brackets, and in where a
/// scalar factor stands. Used on proofs, which are short.
#[must_use]
pub fn key(arena: &Arena, id: ExprId) -> String {
    let Scaled { factor, body } = scaled(arena, id);
    format!("{factor} {body}")
}

struct Scaled {
    factor: Scalar,
    body: String,
}

fn scaled(arena: &Arena, id: ExprId) -> Scaled {
    let one = || Scalar::integer(1);
    let plain = |body| Scaled { factor: one(), body };
    match arena.op(id) {
        Op::Scale([s, a]) => {
            let inner = scaled(arena, *a);
            let factor = arena.facts(*s).scalar.clone().and_then(|s| s.times(&inner.factor));
            Scaled { factor: factor.unwrap_or_else(one), body: inner.body }
        }
        Op::Add(_) => {
            let terms = arena.terms(id);
            let mut terms: Vec<String> = terms.into_iter().map(|term| key(arena, term)).collect();
            terms.sort();
            plain(format!("({})", terms.join(" + ")))
        }
        Op::Hadamard(_) => joined(arena, &arena.entrywise_factors(id), " had ", true),
        Op::Multiply(_) => joined(arena, &arena.factors(id), " * ", false),
        Op::Transpose([a]) => {
            let inner = scaled(arena, *a);
            Scaled { factor: inner.factor, body: format!("T{}", inner.body) }
        }
        op @ (Op::Symbol(_)
        | Op::Scalar(_)
        | Op::Identity(_)
        | Op::Ones(..)
        | Op::Zero(..)
        | Op::Reciprocal(_)
        | Op::Map(..)
        | Op::Softmax(_)
        | Op::LogSumExp(_)
        | Op::Diagonal(_)
        | Op::Total(_)
        | Op::SumSamples(_)) => plain(format!("{:?}", op.map(|child| key(arena, *child)))),
    }
}

fn joined(arena: &Arena, parts: &[ExprId], joint: &str, any_order: bool) -> Scaled {
    let mut factor = Scalar::integer(1);
    let mut bodies = Vec::new();
    for part in parts {
        let inner = scaled(arena, *part);
        factor = factor.times(&inner.factor).unwrap_or(factor);
        bodies.push(inner.body);
    }
    if any_order {
        bodies.sort();
    }
    Scaled { factor, body: format!("({})", bodies.join(joint)) }
}
