//! What expressions of no network are made of → notation: powers, inverses, norms, quotients of scalars, and products of
//! equal factors as one power.
#![allow(clippy::wildcard_enum_match_arm, reason = "each looks for a few kinds among many")]

use super::{Typesetter, scaled};
use crate::{
    document::{Entrywise, Exponent, Notation, Sign},
    expr::{ExprId, Function, Invariant, Op, Scalar},
    shape::Shape,
};

impl Typesetter<'_> {
    /// aᵖ: of a sum of squares, a norm.
    pub(super) fn power(self, a: ExprId, p: ExprId) -> Notation {
        let Some((numerator, denominator)) = self.ratio(p) else {
            return Notation::Power(Box::new(self.plain(a).atom()), Exponent::Number(1, 1));
        };
        if *self.arena.shape(a) != Shape::Scalar {
            if let Some(divisor) = self.entrywise_divisor(a, numerator, denominator) {
                let one = (Entrywise::Times, Notation::Number(1));
                return Notation::Hadamard(vec![one, (Entrywise::Over, divisor)]);
            }
            return Notation::Power(Box::new(self.raised(a)), Exponent::Entrywise(numerator, denominator));
        }
        if numerator < 0 {
            let below = self.positive_power(a, -numerator, denominator);
            return Notation::over(Notation::Number(1), Notation::Scalars(vec![below]));
        }
        self.positive_power(a, numerator, denominator)
    }

    /// What an entry is divided by, of a negative power.
    fn entrywise_divisor(self, a: ExprId, numerator: i64, denominator: i64) -> Option<Notation> {
        let power = Exponent::Entrywise(-numerator, denominator);
        (numerator < 0).then(|| match (numerator, denominator) {
            (-1, 1) => self.plain(a).bracketed(),
            _ => Notation::Power(Box::new(self.raised(a)), power),
        })
    }

    /// The divisor that a factor of an entrywise product is: a of 1 ⊘ a, of a⁻¹ at each entry, and powers of it.
    pub(super) fn divisor_of(self, part: ExprId) -> Option<Notation> {
        match *self.arena.op(part) {
            Op::Reciprocal([a]) => Some(self.factor(a)),
            Op::Power([a, p]) => {
                let (numerator, denominator) = self.ratio(p)?;
                self.entrywise_divisor(a, numerator, denominator)
            }
            _ => None,
        }
    }

    fn ratio(self, p: ExprId) -> Option<(i64, i64)> {
        let p = self.arena.facts(p).scalar.as_ref()?;
        (p.powers().count() == 0).then(|| (*p.coefficient().numer(), *p.coefficient().denom()))
    }

    /// Of a scalar: ‖x‖ for (xᵀx)^½, ‖x‖³ for (xᵀx)^(3/2), √s, s².
    fn positive_power(self, a: ExprId, numerator: i64, denominator: i64) -> Notation {
        let (base, numerator, denominator) = match (self.square(a), denominator) {
            (Some(of), 2) => (Notation::Norm(Box::new(of)), numerator, 1),
            (None, 2) if numerator == 1 => {
                return Notation::apply("sqrt", false, None, self.plain(a));
            }
            _ => (self.raised(a), numerator, denominator),
        };
        if (numerator, denominator) == (1, 1) {
            return base;
        }
        Notation::Power(Box::new(base), Exponent::Number(numerator, denominator))
    }

    /// A base in brackets, if a power of it could be read as one of its last part.
    fn raised(self, a: ExprId) -> Notation {
        let base = self.plain(a);
        base.atom()
    }

    /// x of xᵀx, tr(xᵀx) or Σ x ⊙ x.
    fn square(self, a: ExprId) -> Option<Notation> {
        let (Op::Total([inside]) | Op::Invariant(Invariant::Trace, [inside])) = *self.arena.op(a) else { return None };
        self.square_inside(inside, matches!(self.arena.op(a), Op::Total(_)))
    }

    /// The same of what a total, or else a trace, is taken of.
    fn square_inside(self, inside: ExprId, total: bool) -> Option<Notation> {
        let is_transpose = |a: ExprId, b: ExprId| matches!(*self.arena.op(a), Op::Transpose([of]) if of == b);
        let of = match *self.arena.op(inside) {
            Op::Multiply([left, right]) if is_transpose(left, right) => right,
            Op::Multiply([left, right]) if !total && is_transpose(right, left) => left,
            Op::Hadamard([left, right]) if total && left == right => left,
            Op::Map(Function::Square, 0, [of]) if total => of,
            Op::Power([of, p]) if total && self.ratio(p) == Some((2, 1)) => of,
            _ => return None,
        };
        Some(self.plain(of))
    }

    /// a⁻¹
    pub(super) fn inverse(self, a: ExprId) -> Notation {
        if let Op::Transpose([of]) = *self.arena.op(a) {
            return Notation::Power(Box::new(self.raised(of)), Exponent::InverseTransposed);
        }
        Notation::Power(Box::new(self.raised(a)), Exponent::Number(-1, 1))
    }

    /// aᵀ, (a⁻¹)ᵀ as a⁻ᵀ
    pub(super) fn transposed(self, a: ExprId) -> Notation {
        if let Op::Inverse([of]) = *self.arena.op(a) {
            return Notation::Power(Box::new(self.raised(of)), Exponent::InverseTransposed);
        }
        self.plain(a).atom().transposed()
    }

    /// tr a, det a, ln |det a|
    pub(super) fn invariant(self, invariant: Invariant, a: ExprId) -> Notation {
        Notation::apply(invariant.name(), false, None, self.plain(a))
    }

    /// a ⊗ b
    pub(super) fn kronecker(self, both: [ExprId; 2]) -> Notation {
        Notation::Hadamard(both.map(|part| (Entrywise::Kronecker, self.factor(part))).into())
    }

    /// The sum of a 1 × 1 matrix is its entry.
    pub(super) fn total(self, a: ExprId) -> Notation {
        let is_entry = self.arena.shape(a).dims().is_some_and(|(rows, columns)| rows.is_one() && columns.is_one());
        // ‖x − y‖² rather than (x − y)ᵀ (x − y)
        if self.of_no_network
            && is_entry
            && let Some(of) = self.square_inside(a, true)
            && !matches!(of, Notation::Letter(_))
        {
            return Notation::Power(Box::new(Notation::Norm(Box::new(of))), Exponent::Number(2, 1));
        }
        if is_entry { self.plain(a) } else { Notation::Total(Box::new(self.plain(a).bracketed())) }
    }

    /// (a ⊙ I) 1 is the diagonal of a.
    pub(super) fn diagonal_of(self, id: ExprId) -> Option<Notation> {
        let Op::Multiply([kept, ones]) = *self.arena.op(id) else { return None };
        let is_column = |ones: ExprId| matches!(self.arena.op(ones), Op::Ones(_, columns) if columns.is_one());
        let Op::Hadamard(both) = *self.arena.op(kept) else { return None };
        let is_identity = |part: ExprId| matches!(self.arena.op(part), Op::Identity(_));
        let of = both.into_iter().find(|part| !is_identity(*part))?;
        let found = is_column(ones) && both.into_iter().any(is_identity);
        found.then(|| Notation::apply("diag", false, None, self.plain(of)))
    }

    /// s a of scalars that are no constants: all scalars before it, divisors below it.
    pub(super) fn scaled_by(self, id: ExprId) -> Notation {
        let mut parts = Parts { constant: Scalar::integer(1), above: Vec::new(), below: Vec::new(), negative: false };
        let mut body = Some(id);
        while let Some(whole) = body
            && let Op::Scale([s, a]) = *self.arena.op(whole)
        {
            self.scalar_factor(s, &mut parts);
            body = Some(a);
        }
        if let Some(last) = body.filter(|last| *self.arena.shape(*last) == Shape::Scalar) {
            self.scalar_factor(last, &mut parts);
            body = None;
        }
        let body = body.map(|body| {
            let (sign, _, body) = self.term(body);
            parts.negative ^= sign == Sign::Minus;
            body
        });
        parts.written(body)
    }

    fn scalar_factor(self, s: ExprId, parts: &mut Parts) {
        let constant = self.arena.facts(s).scalar.as_ref();
        if let Some(product) = constant.and_then(|constant| parts.constant.times(constant)) {
            parts.constant = product;
            return;
        }
        if let Op::Scale([first, second]) = *self.arena.op(s) {
            self.scalar_factor(first, parts);
            self.scalar_factor(second, parts);
        } else if let Some(below) = self.divisor(s) {
            parts.below.push(below);
        } else {
            let (sign, _, factor) = self.term(s);
            parts.negative ^= sign == Sign::Minus;
            parts.above.push(factor.bracketed());
        }
    }

    /// t of t⁻¹, t² of t⁻².
    fn divisor(self, s: ExprId) -> Option<Notation> {
        let Op::Power([a, p]) = *self.arena.op(s) else { return None };
        let (numerator, denominator) = self.ratio(p).filter(|(numerator, _)| *numerator < 0)?;
        Some(self.positive_power(a, -numerator, denominator).bracketed())
    }
}

/// A product of scalars, taken apart.
struct Parts {
    constant: Scalar,
    above: Vec<Notation>,
    below: Vec<Notation>,
    negative: bool,
}

impl Parts {
    /// All of it before and below `body`; alone, if there is none.
    fn written(self, body: Option<Notation>) -> Notation {
        let Self { constant, above, below, negative } = self;
        let (negative, constant) = match constant.is_negative() {
            true => (!negative, constant.negated()),
            false => (negative, constant),
        };
        let [over, under] = constant_sides(&constant);
        let mut above: Vec<Notation> = over.into_iter().chain(above).collect();
        let below: Vec<Notation> = under.into_iter().chain(below).collect();
        let result = match body {
            Some(body) if above.is_empty() => body,
            Some(body) => {
                let body = if matches!(body, Notation::Product(_)) { body } else { body.bracketed() };
                Notation::Coefficient(Box::new(Notation::Scalars(above)), Box::new(body))
            }
            None if above.is_empty() => Notation::Number(1),
            None if above.len() == 1 => above.remove(0),
            None => Notation::Scalars(above),
        };
        let result = if below.is_empty() {
            result
        } else {
            let top = if matches!(result, Notation::Coefficient(..)) { result } else { result.bracketed() };
            Notation::over(top, Notation::Scalars(below))
        };
        if negative { Notation::Sum(vec![(Sign::Minus, result)]) } else { result }
    }
}

/// Its whole numbers and dimensions before and below what it multiplies.
fn constant_sides(constant: &Scalar) -> [Vec<Notation>; 2] {
    match scaled(constant, Notation::Number(1)) {
        Notation::Number(_) => [Vec::new(), Vec::new()],
        Notation::Scalars(above) => [above, Vec::new()],
        Notation::Over(top, bottom) => {
            let above = match *top {
                Notation::Scalars(above) => above,
                _ => Vec::new(),
            };
            let below = match *bottom {
                Notation::Scalars(below) => below,
                other => vec![other],
            };
            [above, below]
        }
        other => [vec![other], Vec::new()],
    }
}

/// A factor that stands so often, with its shape outside.
fn raised(factor: Notation, count: i64) -> Notation {
    match factor {
        Notation::Shaped(inner, shape, origin) => Notation::Shaped(Box::new(raised(*inner, count)), shape, origin),
        Notation::Transposed(inner) => Notation::Transposed(Box::new(Notation::Group(Box::new(raised(*inner, count))))),
        other => Notation::Power(Box::new(other.atom()), Exponent::Number(count, 1)),
    }
}

/// Equal factors that follow one another as a power: X · X · X is X³.
pub(super) fn with_powers(factors: Vec<Notation>) -> Vec<Notation> {
    let mut found: Vec<(Notation, i64)> = Vec::new();
    for factor in factors {
        match found.last_mut() {
            Some((last, count)) if *last == factor => *count += 1,
            _ => found.push((factor, 1)),
        }
    }
    found.into_iter().map(|(factor, count)| if count == 1 { factor } else { raised(factor, count) }).collect()
}
