//! An expression → whether it is a mean over rows or columns, which has a name of its own in print.

use crate::{
    expr::{Arena, ExprId, Op, Scalar, normal::Along},
    shape::Dim,
};

/// Means are not looked for in longer products.
const MAX_PARTS: usize = 32;

/// A mean over rows or columns in the place of their entries, times a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Mean {
    /// The factors of what it is of.
    pub of: Vec<ExprId>,
    /// Over which entries.
    pub along: Along,
    /// The number.
    pub times: Scalar,
}

impl Mean {
    /// As it is printed.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.along {
            Along::Rows => "rowmean",
            Along::Columns => "colmean",
        }
    }
}

/// A 1 1ᵀ/f or 1 1ᵀ A/n, which puts the mean of each row or column in the place of its entries.
#[must_use]
#[allow(clippy::wildcard_enum_match_arm, reason = "all others are factors")]
pub fn mean(arena: &Arena, id: ExprId) -> Option<Mean> {
    if !matches!(arena.op(id), Op::Scale(_) | Op::Multiply(_)) {
        return None;
    }
    let (mut times, mut factors, mut todo) = (Scalar::integer(1), Vec::new(), vec![id]);
    for _ in 0..MAX_PARTS {
        let Some(id) = todo.pop() else { break };
        match *arena.op(id) {
            Op::Scale([s, a]) => {
                times = times.times(arena.facts(s).scalar.as_ref()?)?;
                todo.push(a);
            }
            Op::Multiply([a, b]) => todo.extend([b, a]),
            _ => factors.push(id),
        }
    }
    let length = factors.len();
    if length < 3 || !todo.is_empty() {
        return None;
    }
    // A column and a row of ones, one after another, at the end or at the beginning.
    let spread = |pair: &[ExprId]| match (arena.op(pair[0]), arena.op(pair[1])) {
        (Op::Ones(rows, one), Op::Ones(other, columns)) if one.is_one() && other.is_one() && rows == columns => {
            times.times(&divisor(&times, rows).filter(|_| !rows.is_one())?)
        }
        _ => None,
    };
    if let Some(times) = spread(&factors[length - 2..]) {
        return Some(Mean { of: factors[..length - 2].to_vec(), along: Along::Rows, times });
    }
    let times = spread(&factors[..2])?;
    Some(Mean { of: factors[2..].to_vec(), along: Along::Columns, times })
}

/// `dim`, where the scalar has 1/`dim` in it: by its name or, of a number, in what it is multiplied out with.
fn divisor(scalar: &Scalar, dim: &Dim) -> Option<Scalar> {
    if scalar.powers().any(|(other, power)| other == dim && power < 0) {
        return Some(Scalar::dimension(dim));
    }
    let number = i64::try_from(dim.as_number()?).ok()?;
    (*scalar.coefficient().denom() % number == 0).then(|| Scalar::integer(number))
}
