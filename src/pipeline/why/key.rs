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
            match factor {
                Some(factor) => Scaled { factor, body: inner.body },
                // Too large for one number, or no number: it stays where it is.
                None => plain(format!("({} scales {} {})", key(arena, *s), inner.factor, inner.body)),
            }
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
        | Op::Commutation(..)
        | Op::Power(_)
        | Op::Inverse(_)
        | Op::Invariant(..)
        | Op::Kronecker(_)
        | Op::Vec(_)
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
        match factor.times(&inner.factor) {
            Some(product) => {
                factor = product;
                bodies.push(inner.body);
            }
            None => bodies.push(format!("{} {}", inner.factor, inner.body)),
        }
    }
    if any_order {
        bodies.sort();
    }
    Scaled { factor, body: format!("({})", bodies.join(joint)) }
}

/// The operators of an expression without its names and dimensions: equal for layers of a kind.
#[must_use]
pub fn kind(arena: &Arena, value: ExprId) -> String {
    let parts = arena.reachable(&[value]);
    let place = |id: &ExprId| parts.binary_search(id).unwrap_or_default();
    let name = |id: &ExprId| match arena.op(*id) {
        Op::Symbol(symbol) => format!("{:?}", arena.symbol(*symbol).role),
        Op::Ones(..) => "ones".to_string(),
        Op::Zero(..) => "zero".to_string(),
        Op::Identity(_) => "identity".to_string(),
        op @ (Op::Scalar(_)
        | Op::Commutation(..)
        | Op::Power(_)
        | Op::Inverse(_)
        | Op::Invariant(..)
        | Op::Kronecker(_)
        | Op::Vec(_)
        | Op::Add(_)
        | Op::Scale(_)
        | Op::Multiply(_)
        | Op::Hadamard(_)
        | Op::Transpose(_)
        | Op::Reciprocal(_)
        | Op::Map(..)
        | Op::Softmax(_)
        | Op::LogSumExp(_)
        | Op::Diagonal(_)
        | Op::Total(_)
        | Op::SumSamples(_)) => format!("{:?}", op.map(place)),
    };
    parts.iter().map(name).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        expr::{Role, Symbol},
        shape::Dim,
    };

    #[test]
    fn a_factor_too_large_to_merge_is_kept() {
        let mut arena = Arena::default();
        let x = arena.intern(Symbol::new(Role::Input, "X", None, Dim::name("m"), Dim::name("k")));
        let x = arena.named(x).unwrap();
        let mut scaled = |number, inner| {
            let number = arena.scalar(Scalar::integer(number)).unwrap();
            arena.add(Op::Scale([number, inner])).unwrap()
        };
        let once = scaled(i64::MAX, x);
        let lines = [once, scaled(3, once), scaled(5, once)];
        let squared = arena.add(Op::Hadamard([once, once])).unwrap();
        let cubed = arena.add(Op::Hadamard([squared, lines[1]])).unwrap();
        let plain = arena.add(Op::Hadamard([once, x])).unwrap();
        let mut keys: Vec<String> = lines.iter().chain([&squared, &cubed, &plain]).map(|id| key(&arena, *id)).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 6, "{keys:?}");
    }
}
