//! Expression → [`Notation`]: the order of terms, signs, brackets and which factors carry shapes, decided once for all
//! formats. Nothing is simplified here.

use super::notation::{Entrywise, Function, Letter, Notation, Sample, Sign};
use crate::{
    expr::{self, Arena, ExprId, Op, Role, Scalar, Symbol, SymbolId},
    shape::Shape,
};

/// Sets expressions of one arena.
#[derive(Clone, Copy, Debug)]
pub struct Typesetter<'a> {
    arena: &'a Arena,
}

impl<'a> Typesetter<'a> {
    /// Sets expressions of `arena`.
    #[must_use]
    pub fn new(arena: &'a Arena) -> Self {
        Self { arena }
    }

    /// The whole expression, shapes with every factor.
    #[must_use]
    pub fn formula(&self, id: ExprId) -> Notation {
        self.shaped(id, self.set(id))
    }

    /// The symbol as a letter.
    #[must_use]
    pub fn name(&self, symbol: SymbolId) -> Notation {
        Notation::Letter(letter(self.arena.symbol(symbol)))
    }

    /// The row of sample i of what the symbol names.
    #[must_use]
    pub fn row(&self, symbol: SymbolId) -> Notation {
        Notation::Letter(letter(&Symbol { sample: true, ..self.arena.symbol(symbol).clone() }))
    }

    /// The expression as one factor, without shapes.
    #[must_use]
    pub fn bare_factor(&self, id: ExprId) -> Notation {
        bracketed(self.plain(id))
    }

    /// The letter of a constant matrix.
    #[must_use]
    pub fn constant(base: &str) -> Notation {
        constant(base)
    }

    fn set(&self, id: ExprId) -> Notation {
        match self.arena.op(id) {
            Op::Symbol(symbol) => self.name(*symbol),
            Op::Scalar(scalar) => scaled(scalar, Notation::Number(1)),
            Op::Identity(_) => constant("I"),
            Op::Ones(rows, columns) if rows.is_one() && !columns.is_one() => {
                Notation::Transposed(Box::new(constant("1")))
            }
            Op::Ones(..) => constant("1"),
            Op::Zero(..) => constant("0"),
            Op::Add(_) => self.sum(id),
            Op::Scale([s, a]) => self.scale(*s, *a),
            Op::Multiply(_) => Notation::Product(self.factors(id).into_iter().map(|id| self.factor(id)).collect()),
            Op::Hadamard(_) => self.hadamard(id),
            Op::Transpose([a]) => Notation::Transposed(Box::new(bracketed(self.plain(*a)))),
            Op::Reciprocal([a]) => {
                Notation::Hadamard(vec![(Entrywise::Times, Notation::Number(1)), (Entrywise::Over, self.factor(*a))])
            }
            Op::Map(expr::Function::Linear, 0, [a]) => self.set(*a),
            Op::Map(function, order, [a]) => self.apply(function.name(), *order > 0, function.parameter(), *a),
            Op::Softmax([a]) => self.apply("softmax", false, None, *a),
            Op::LogSumExp([a]) => self.apply("logsumexp", false, None, *a),
            Op::Diagonal([a]) => self.apply("diag", false, None, *a),
            Op::Total([a]) => Notation::Total(Box::new(bracketed(self.plain(*a)))),
            Op::SumSamples([a]) => Notation::SumSamples(Box::new(match self.set(*a) {
                product @ Notation::Product(_) => product,
                other => self.shaped(*a, bracketed(other)),
            })),
        }
    }

    /// A part without shapes.
    fn plain(&self, id: ExprId) -> Notation {
        without_shapes(self.set(id))
    }

    fn apply(&self, name: &'static str, prime: bool, parameter: Option<f64>, argument: ExprId) -> Notation {
        Notation::Apply(Function { name, prime, parameter }, Box::new(self.plain(argument)))
    }

    /// A factor of a product: in brackets if need be, with its shape unless its own factors carry theirs.
    fn factor(&self, id: ExprId) -> Notation {
        self.shaped(id, bracketed(self.set(id)))
    }

    fn shaped(&self, id: ExprId, notation: Notation) -> Notation {
        match self.arena.shape(id) {
            Shape::Matrix(..) if !has_shapes(&notation) => {
                Notation::Shaped(Box::new(notation), self.arena.shape(id).clone())
            }
            Shape::Matrix(..) | Shape::Scalar => notation,
        }
    }

    /// a·b·c of any nesting, in order. A loop, since products are as deep as networks.
    fn factors(&self, id: ExprId) -> Vec<ExprId> {
        self.flattened(id, |op| if let Op::Multiply(both) = op { Some(*both) } else { None })
    }

    fn flattened(&self, id: ExprId, operands: impl Fn(&Op<ExprId>) -> Option<[ExprId; 2]>) -> Vec<ExprId> {
        let (mut todo, mut found) = (vec![id], Vec::new());
        while let Some(id) = todo.pop() {
            match operands(self.arena.op(id)) {
                Some([a, b]) => todo.extend([b, a]),
                None => found.push(id),
            }
        }
        found
    }

    /// What comes in first, then divisors, then all else, and the derivative of the activation last.
    fn hadamard(&self, id: ExprId) -> Notation {
        let mut parts = self.flattened(id, |op| if let Op::Hadamard(both) = op { Some(*both) } else { None });
        parts.sort_by_key(|part| match self.arena.op(*part) {
            Op::Reciprocal(_) => 1,
            Op::Map(_, 1, [z]) if self.arena.as_symbol(*z).is_some() => 3,
            _ if self.is_incoming(*part) => 0,
            _ => 2,
        });
        let set = |part: &ExprId| match self.arena.op(*part) {
            Op::Reciprocal([a]) => (Entrywise::Over, self.factor(*a)),
            _ => (Entrywise::Times, self.factor(*part)),
        };
        let mut factors: Vec<_> = parts.iter().map(set).collect();
        if matches!(factors.first(), Some((Entrywise::Over, _))) {
            factors.insert(0, (Entrywise::Times, Notation::Number(1)));
        }
        Notation::Hadamard(factors)
    }

    /// Whether the target or an adjoint is in it.
    fn is_incoming(&self, id: ExprId) -> bool {
        let symbols = self.arena.reachable(&[id]).into_iter().filter_map(|id| self.arena.as_symbol(id));
        let mut roles = symbols.map(|symbol| self.arena.symbol(symbol).role);
        roles.any(|role| matches!(role, Role::Target | Role::Adjoint))
    }

    /// Positive terms first.
    fn sum(&self, id: ExprId) -> Notation {
        let parts = self.flattened(id, |op| if let Op::Add(both) = op { Some(*both) } else { None });
        let mut terms: Vec<(Sign, ExprId, Notation)> = parts.iter().map(|part| self.term(*part)).collect();
        terms.sort_by_key(|(sign, ..)| *sign == Sign::Minus);
        if terms.iter().any(|(.., term)| has_shapes(term)) {
            let shaped = |(sign, id, term)| (sign, self.shaped(id, term));
            return Notation::Sum(terms.into_iter().map(shaped).collect());
        }
        Notation::Sum(terms.into_iter().map(|(sign, _, term)| (sign, term)).collect())
    }

    fn term(&self, id: ExprId) -> (Sign, ExprId, Notation) {
        match self.set(id) {
            Notation::Sum(mut only) if only.len() == 1 => {
                let (sign, term) = only.remove(0);
                (sign, id, term)
            }
            term => (Sign::Plus, id, term),
        }
    }

    /// s a: the factor goes to the first factor of a product, so that κ and the error print as one.
    fn scale(&self, s: ExprId, a: ExprId) -> Notation {
        let Op::Scalar(scalar) = self.arena.op(s) else {
            return Notation::Coefficient(Box::new(self.plain(s)), Box::new(bracketed(self.set(a))));
        };
        let magnitude = if scalar.is_negative() { scalar.negated() } else { scalar.clone() };
        let body = match self.set(a) {
            Notation::Product(mut factors) if !factors.is_empty() => {
                factors[0] = rescaled(&magnitude, factors[0].clone());
                Notation::Product(factors)
            }
            Notation::Hadamard(mut factors) if !factors.is_empty() => {
                factors[0].1 = rescaled(&magnitude, factors[0].1.clone());
                Notation::Hadamard(factors)
            }
            other => scaled(&magnitude, other),
        };
        match body {
            body if !scalar.is_negative() => body,
            sum @ Notation::Sum(_) => Notation::Sum(vec![(Sign::Minus, Notation::Group(Box::new(sum)))]),
            body => Notation::Sum(vec![(Sign::Minus, body)]),
        }
    }
}

/// Scales a factor inside its shape.
fn rescaled(scalar: &Scalar, factor: Notation) -> Notation {
    match factor {
        factor if scalar.is_one() => factor,
        Notation::Shaped(inner, shape) => Notation::Shaped(Box::new(rescaled(scalar, *inner)), shape),
        Notation::Group(inner) => scaled(scalar, *inner),
        other => scaled(scalar, other),
    }
}

/// `2(Ŷ − Y)/(n·f₃)`: whole numbers and dimensions before or below the body.
fn scaled(scalar: &Scalar, body: Notation) -> Notation {
    let coefficient = scalar.coefficient();
    let number = |value: i64| (value != 1).then_some(Notation::Number(value));
    let powers = |sign: i32| {
        let mut chosen: Vec<_> = scalar.powers().filter(|(_, power)| power.signum() == sign).collect();
        chosen.sort_by_key(|(dim, _)| !dim.is_batch());
        chosen
            .into_iter()
            .flat_map(|(dim, power)| (0..power.abs()).map(|_| Notation::Dim(dim.clone())))
            .collect::<Vec<_>>()
    };
    let above: Vec<_> = number(*coefficient.numer()).into_iter().chain(powers(1)).collect();
    let below: Vec<_> = number(*coefficient.denom()).into_iter().chain(powers(-1)).collect();
    let mut result = body;
    if !above.is_empty() {
        let factor = Notation::Scalars(above);
        result = match result {
            Notation::Number(1) => factor,
            other => Notation::Coefficient(Box::new(factor), Box::new(bracketed(other))),
        };
    }
    if !below.is_empty() {
        let top = if matches!(result, Notation::Coefficient(..)) { result } else { bracketed(result) };
        result = Notation::Over(Box::new(top), Box::new(Notation::Scalars(below)));
    }
    result
}

/// In brackets, unless it is one piece already.
fn bracketed(notation: Notation) -> Notation {
    match notation {
        Notation::Product(_) | Notation::Hadamard(_) | Notation::Sum(_) => Notation::Group(Box::new(notation)),
        Notation::SumSamples(_) | Notation::Total(_) => Notation::Group(Box::new(notation)),
        Notation::Letter(_)
        | Notation::Number(_)
        | Notation::Decimal(_)
        | Notation::Dim(_)
        | Notation::Loss
        | Notation::Apply(..)
        | Notation::Scalars(_)
        | Notation::Coefficient(..)
        | Notation::Over(..)
        | Notation::Transposed(_)
        | Notation::Partial(..)
        | Notation::Group(_)
        | Notation::Shaped(..) => notation,
    }
}

/// Whether some part carries a shape already.
fn has_shapes(notation: &Notation) -> bool {
    match notation {
        Notation::Shaped(..) => true,
        Notation::Product(factors) => factors.iter().any(has_shapes),
        Notation::Hadamard(factors) => factors.iter().any(|(_, factor)| has_shapes(factor)),
        Notation::Sum(terms) => terms.iter().any(|(_, term)| has_shapes(term)),
        Notation::Group(inner)
        | Notation::SumSamples(inner)
        | Notation::Total(inner)
        | Notation::Over(inner, _)
        | Notation::Coefficient(_, inner) => has_shapes(inner),
        Notation::Letter(_)
        | Notation::Number(_)
        | Notation::Decimal(_)
        | Notation::Dim(_)
        | Notation::Loss
        | Notation::Apply(..)
        | Notation::Scalars(_)
        | Notation::Transposed(_)
        | Notation::Partial(..) => false,
    }
}

fn without_shapes(notation: Notation) -> Notation {
    let all = |parts: Vec<Notation>| parts.into_iter().map(without_shapes).collect();
    match notation {
        Notation::Shaped(inner, _) => without_shapes(*inner),
        Notation::Product(factors) => Notation::Product(all(factors)),
        Notation::Hadamard(factors) => {
            Notation::Hadamard(factors.into_iter().map(|(joint, factor)| (joint, without_shapes(factor))).collect())
        }
        Notation::Sum(terms) => {
            Notation::Sum(terms.into_iter().map(|(sign, term)| (sign, without_shapes(term))).collect())
        }
        Notation::Group(inner) => Notation::Group(Box::new(without_shapes(*inner))),
        Notation::SumSamples(inner) => Notation::SumSamples(Box::new(without_shapes(*inner))),
        Notation::Total(inner) => Notation::Total(Box::new(without_shapes(*inner))),
        Notation::Over(top, bottom) => Notation::Over(Box::new(without_shapes(*top)), bottom),
        Notation::Coefficient(factor, inner) => Notation::Coefficient(factor, Box::new(without_shapes(*inner))),
        Notation::Letter(_)
        | Notation::Number(_)
        | Notation::Decimal(_)
        | Notation::Dim(_)
        | Notation::Loss
        | Notation::Apply(..)
        | Notation::Scalars(_)
        | Notation::Transposed(_)
        | Notation::Partial(..) => notation,
    }
}

fn constant(base: &str) -> Notation {
    Notation::Letter(Letter { base: base.into(), hat: false, subscript: None, sample: Sample::None })
}

/// Rows of one sample are written small, as in xᵢ; the prediction is the target's letter under a hat.
fn letter(symbol: &Symbol) -> Letter {
    let sample = match (symbol.sample, symbol.role) {
        (false, _) => Sample::None,
        (
            true,
            Role::Input | Role::Target | Role::PreActivation | Role::Activation | Role::Prediction | Role::Adjoint,
        ) => Sample::Row,
        (true, _) => Sample::Own,
    };
    let single = symbol.name.chars().count() == 1;
    let base = if sample == Sample::Row && single { symbol.name.to_lowercase().into() } else { symbol.name.clone() };
    let prediction = symbol.role == Role::Prediction;
    let subscript = symbol.label.clone().filter(|_| !prediction);
    Letter { base, hat: prediction, subscript, sample }
}
