//! Expression → [`Notation`]: the order of terms, signs, brackets and which factors carry shapes, decided once for all
//! formats. Nothing is simplified here.

mod algebra;
mod entrywise;
mod scaled;

use std::collections::HashMap;

use self::algebra::with_powers;
use self::scaled::{doubled, first_factor, rescaled, scaled};

use crate::{
    document::{
        Bounds, Letter, Notation, Sample, Sign,
        mean::{Mean, mean},
        notation::Origin,
    },
    expr::{self, Arena, ExprId, Index, Op, Role, Scalar, Symbol, SymbolId},
    gradient::general::iterated::{Iterated, IteratedOperations},
    shape::{Dim, Shape},
};

/// Sets expressions of one arena.
#[derive(Clone, Copy, Debug)]
pub struct Typesetter<'a> {
    arena: &'a Arena,
    adjoints: Option<&'a HashMap<SymbolId, SymbolId>>,
    iterations: Option<&'a IteratedOperations>,
    /// Whether samples are columns, so that softmax is of each column.
    columns: bool,
    /// Whether it is an expression of no network: softmax of a column as that of the column, equal factors as a power.
    of_no_network: bool,
}

impl<'a> Typesetter<'a> {
    /// Sets expressions of `arena`.
    pub fn new(arena: &'a Arena) -> Self {
        Self { arena, adjoints: None, iterations: None, columns: false, of_no_network: false }
    }

    /// Writes ∂J/∂v for each name that stands for it.
    pub fn with_adjoints(self, adjoints: &'a HashMap<SymbolId, SymbolId>) -> Self {
        Self { adjoints: Some(adjoints), ..self }
    }

    /// Writes the names of products and sums over layers as what they are.
    pub fn with(self, iterations: Option<&'a IteratedOperations>) -> Self {
        Self { iterations, ..self }
    }

    /// Writes softmax as that of each column, if samples are `columns`.
    pub fn with_columns(self, columns: bool) -> Self {
        Self { columns, ..self }
    }

    /// Writes softmax of a column as that of the column, and equal factors that follow one another as a power.
    pub fn of_no_network(self) -> Self {
        Self { of_no_network: true, ..self }
    }

    /// Where the expressions are.
    pub fn arena(&self) -> &'a Arena {
        self.arena
    }

    /// The same for expressions of another arena.
    pub fn of<'b>(self, arena: &'b Arena) -> Typesetter<'b>
    where
        'a: 'b,
    {
        Typesetter { arena, ..self }
    }

    /// The whole expression, shapes with every factor.
    pub fn formula(&self, id: ExprId) -> Notation {
        self.block_of_ones(id).unwrap_or_else(|| self.shaped(id, self.set(id)))
    }

    /// The symbol as a letter, or as the derivative that it stands for.
    pub fn name(&self, symbol: SymbolId) -> Notation {
        let letter = |symbol| Notation::Letter(letter(self.arena.symbol(symbol)));
        match self.adjoints.and_then(|adjoints| adjoints.get(&symbol)) {
            Some(variable) => Notation::by_loss(letter(*variable)),
            None => letter(symbol),
        }
    }

    /// The row of sample i of what the symbol names.
    pub fn row(&self, symbol: SymbolId) -> Notation {
        Notation::Letter(letter(&Symbol { sample: true, ..self.arena.symbol(symbol).clone() }))
    }

    /// The expression as one factor, without shapes.
    pub fn bare_factor(&self, id: ExprId) -> Notation {
        self.plain(id).bracketed()
    }

    /// The expression as one factor, with its shape.
    pub fn shaped_factor(&self, id: ExprId) -> Notation {
        self.factor(id)
    }

    fn set(self, id: ExprId) -> Notation {
        if let Some(mean) = mean(self.arena, id) {
            return self.of_mean(&mean);
        }
        match self.arena.op(id) {
            Op::Symbol(symbol) => match self.iterations.and_then(|iterations| iterations.get(*symbol)) {
                Some(iterated) => Notation::Big(bounds(iterated), Some(Box::new(self.plain(iterated.body)))),
                None => self.name(*symbol),
            },
            Op::Scalar(scalar) => scaled(scalar, Notation::Number(1)),
            Op::Identity(_) => Notation::letter("I"),
            Op::Ones(rows, columns) if rows.is_one() && !columns.is_one() => Notation::letter("1").transposed(),
            Op::Ones(..) => Notation::letter("1"),
            Op::Zero(..) => Notation::letter("0"),
            Op::Commutation(..) => Notation::letter("K"),
            Op::Power([a, p]) => self.power(*a, *p),
            Op::Inverse([a]) => self.inverse(*a),
            Op::Invariant(invariant, [a]) => self.invariant(*invariant, *a),
            Op::Kronecker(both) => self.kronecker(*both),
            Op::Vec([a]) => self.apply("vec", false, None, *a),
            Op::Add(_) => self.sum(id),
            Op::Scale([s, a]) => match self.coefficient(*s, *a) {
                Some((scalar, a)) if !matches!(self.arena.op(a), Op::Scale(_)) && !self.is_scalar_product(a) => {
                    self.scale(scalar, a)
                }
                _ => self.scaled_by(id),
            },
            Op::Multiply(_) => self.product(id),
            Op::Hadamard(_) => self.hadamard(id),
            Op::Transpose([a]) => match self.over_columns(*a) {
                Some(applied) => applied,
                None => self.transposed(*a),
            },
            Op::Reciprocal([a]) => self.quotient(&[], vec![self.factor(*a)]),
            Op::Map(expr::Function::Linear, 0, [a]) => self.set(*a),
            Op::Map(expr::Function::Square, 0, [a]) => self.plain(*a).squared(),
            Op::Map(expr::Function::Square, _, [a]) => doubled(self.plain(*a)),
            Op::Map(function, order, [a]) => self.apply(function.name(), *order, function.parameter(), *a),
            Op::Softmax([a]) => self.over_rows(id, "softmax", *a),
            Op::LogSumExp([a]) => self.over_rows(id, "logsumexp", *a),
            Op::Diagonal([a]) => self.apply("diag", false, None, *a),
            Op::Total([a]) => self.total(*a),
            Op::SumSamples([a]) => {
                let (sign, _, summand) = self.term(*a);
                let product = matches!(summand, Notation::Product(_));
                let summand = if product { summand } else { self.shaped(*a, summand.bracketed()) };
                let sum = Notation::SumSamples(Box::new(summand));
                if sign == Sign::Minus { Notation::Sum(vec![(sign, sum)]) } else { sum }
            }
        }
    }

    /// xᵀx of an expression: half of it is (xᵀx)/2 rather than xᵀ/2 x.
    fn is_scalar_product(self, id: ExprId) -> bool {
        self.of_no_network
            && matches!(self.arena.op(id), Op::Total([a]) if matches!(self.arena.op(*a), Op::Multiply(_)))
    }

    fn of_mean(self, mean: &Mean) -> Notation {
        let of = match &mean.of[..] {
            [only] => self.plain(*only),
            several => Notation::Product(several.iter().map(|factor| self.factor(*factor)).collect()).without_shapes(),
        };
        let applied = Notation::apply(mean.name(), false, None, of);
        match mean.times.is_negative() {
            true => Notation::Sum(vec![(Sign::Minus, scaled(&mean.times.negated(), applied))]),
            false => scaled(&mean.times, applied),
        }
    }

    fn over_rows(self, id: ExprId, name: &'static str, rows: ExprId) -> Notation {
        match self.over_columns(id) {
            Some(applied) => applied.transposed(),
            None => self.apply(name, false, None, rows),
        }
    }

    /// What takes each row of Zᵀ, as it takes each column of Z.
    fn over_columns(self, id: ExprId) -> Option<Notation> {
        #[allow(clippy::wildcard_enum_match_arm, reason = "nothing else is of each row")]
        let (name, rows) = match *self.arena.op(id) {
            Op::Softmax([rows]) if self.is_of_columns(rows) => ("softmax", rows),
            Op::LogSumExp([rows]) if self.is_of_columns(rows) => ("logsumexp", rows),
            _ => return None,
        };
        let columns = if let Op::Transpose([columns]) = *self.arena.op(rows) {
            self.plain(columns)
        } else {
            self.plain(rows).atom().transposed()
        };
        Some(Notation::apply(name, false, None, columns))
    }

    fn is_of_columns(self, rows: ExprId) -> bool {
        self.columns || self.of_no_network && self.arena.shape(rows).dims().is_some_and(|(rows, _)| rows.is_one())
    }

    /// A part without shapes.
    fn plain(self, id: ExprId) -> Notation {
        self.set(id).without_shapes()
    }

    fn apply(self, name: &'static str, order: impl Into<u8>, parameter: Option<f64>, argument: ExprId) -> Notation {
        Notation::apply(name, order, parameter, self.plain(argument))
    }

    /// The signs of the factors stand before the product, as one.
    fn product(self, id: ExprId) -> Notation {
        if let Some(diagonal) = self.diagonal_of(id) {
            return diagonal;
        }
        let (mut factors, mut is_negative) = (Vec::new(), false);
        for factor in self.arena.factors(id) {
            let (sign, _, mut notation) = self.term(factor);
            if let Some(block) = self.block_of_ones(factor) {
                notation = block;
            }
            is_negative ^= sign == Sign::Minus;
            if let Notation::Product(inner) = notation {
                factors.extend(inner);
            } else {
                factors.push(self.shaped(factor, notation.bracketed()));
            }
        }
        let mut factors = if self.of_no_network { with_powers(factors) } else { factors };
        let product = if factors.len() == 1 { factors.remove(0) } else { Notation::Product(factors) };
        if is_negative { Notation::Sum(vec![(Sign::Minus, product)]) } else { product }
    }

    /// Whether it is written with a sign that a product has before all its factors.
    pub fn is_negative(&self, id: ExprId) -> bool {
        self.term(id).0 == Sign::Minus
    }

    /// A factor of a product: in brackets if need be, with its shape unless its own factors carry theirs.
    fn factor(self, id: ExprId) -> Notation {
        self.shaped(id, self.set(id).bracketed())
    }

    fn shaped(self, id: ExprId, notation: Notation) -> Notation {
        match self.arena.shape(id) {
            Shape::Matrix(..) if !notation.has_shapes() => {
                Notation::Shaped(Box::new(notation), Some(self.arena.shape(id).clone()), Origin::Expression(id))
            }
            Shape::Matrix(..) | Shape::Scalar => notation,
        }
    }

    /// 1/n · 1ᵀ: a positive multiple of a matrix of ones, neither a column nor a row, as a product of these.
    fn block_of_ones(self, id: ExprId) -> Option<Notation> {
        let (scalar, block) = self.scaled_ones(id)?;
        let (rows, columns) = self.arena.dims(block).ok()?;
        let [column, row] = [Shape::Matrix(rows, Dim::one()), Shape::Matrix(Dim::one(), columns)];
        let shaped = |notation, shape| Notation::Shaped(Box::new(notation), Some(shape), Origin::Expression(id));
        let ones = Notation::letter("1");
        Some(Notation::Product(vec![rescaled(&scalar, shaped(ones.clone(), column)), shaped(ones.transposed(), row)]))
    }

    /// A positive multiple of a matrix of ones, neither a column nor a row: the number, and the ones.
    fn scaled_ones(self, id: ExprId) -> Option<(Scalar, ExprId)> {
        let (scalar, ones) = if let Op::Scale([s, a]) = self.arena.op(id) {
            self.coefficient(*s, *a)?
        } else {
            (Scalar::integer(1), id)
        };
        let is_block = matches!(self.arena.op(ones), Op::Ones(rows, columns) if !rows.is_one() && !columns.is_one());
        (is_block && !scalar.is_negative()).then_some((scalar, ones))
    }

    /// Positive terms first. A sum over samples stands in brackets where a term follows that is not in it.
    fn sum(self, id: ExprId) -> Notation {
        let parts = self.arena.terms(id);
        let mut terms: Vec<(Sign, ExprId, Notation)> = parts.iter().map(|part| self.summand(*part)).collect();
        terms.sort_by_key(|(sign, ..)| *sign == Sign::Minus);
        let last = terms.len() - 1;
        for (.., term) in &mut terms[..last] {
            if let Notation::SumSamples(summand) = term {
                **summand = std::mem::replace(&mut **summand, Notation::Number(0)).bracketed();
            }
        }
        if terms.iter().any(|(.., term)| term.has_shapes()) {
            let shaped = |(sign, id, term)| (sign, self.shaped(id, term));
            return Notation::Sum(terms.into_iter().map(shaped).collect());
        }
        Notation::Sum(terms.into_iter().map(|(sign, _, term)| (sign, term)).collect())
    }

    /// In an expression 1/n could be read as a number; a network's legend says that in a sum it is a matrix.
    fn summand(self, id: ExprId) -> (Sign, ExprId, Notation) {
        let (sign, id, term) = self.term(id);
        let ones = if let Op::Scale([s, a]) = self.arena.op(id) { self.coefficient(*s, *a) } else { None };
        let Some((scalar, block)) = ones.filter(|_| self.of_no_network) else { return (sign, id, term) };
        let magnitude = if scalar.is_negative() { scalar.negated() } else { scalar };
        match self.scaled_ones(block).filter(|_| !magnitude.is_one()).and_then(|_| self.block_of_ones(block)) {
            Some(Notation::Product(mut factors)) => {
                factors[0] = rescaled(&magnitude, factors[0].clone());
                (sign, id, Notation::Product(factors).without_shapes())
            }
            _ => (sign, id, term),
        }
    }

    fn term(self, id: ExprId) -> (Sign, ExprId, Notation) {
        let term = self.set(id);
        if let Notation::Sum(only) = &term
            && let [(sign, term)] = &only[..]
        {
            return (*sign, id, term.clone());
        }
        (Sign::Plus, id, term)
    }

    /// s (t a) as one coefficient of a.
    fn coefficient(self, s: ExprId, a: ExprId) -> Option<(Scalar, ExprId)> {
        let (mut scalar, mut a) = (self.arena.facts(s).scalar.clone()?, a);
        while let Op::Scale([inner, rest]) = self.arena.op(a)
            && let Some(product) = self.arena.facts(*inner).scalar.as_ref().and_then(|inner| scalar.times(inner))
        {
            (scalar, a) = (product, *rest);
        }
        Some((scalar, a))
    }

    /// s a: the factor goes to the first factor of a product, so that κ and the error print as one.
    fn scale(self, scalar: Scalar, a: ExprId) -> Notation {
        let (sign, _, mut body) = self.term(a);
        let scalar = if sign == Sign::Minus { scalar.negated() } else { scalar };
        let magnitude = if scalar.is_negative() { scalar.negated() } else { scalar.clone() };
        if let Some(first) = first_factor(&mut body) {
            *first = rescaled(&magnitude, first.clone());
        } else {
            body = scaled(&magnitude, body);
        }
        if !scalar.is_negative() {
            return body;
        }
        let body = if matches!(body, Notation::Sum(_)) { body.bracketed() } else { body };
        Notation::Sum(vec![(Sign::Minus, body)])
    }
}

/// Over which layers the product or sum runs.
pub fn bounds(iterated: &Iterated) -> Bounds {
    let index = |index: Index| index.to_string().into();
    Bounds {
        is_product: iterated.operation.is_product(),
        index: index(iterated.index),
        from: index(iterated.from),
        to: index(iterated.to),
    }
}

/// Rows of one sample are written small, as in xᵢ; the prediction is the target's letter under a hat, or Ŷ where the
/// target's name is a word. A row of Δ keeps its letter, the one that the page defines.
fn letter(symbol: &Symbol) -> Letter {
    let sample = match (symbol.sample, symbol.role) {
        (false, _) => Sample::None,
        (
            true,
            Role::Input
            | Role::Target
            | Role::Mask
            | Role::Normalised
            | Role::PreActivation
            | Role::Activation
            | Role::Prediction
            | Role::Adjoint,
        ) => Sample::Row,
        (true, _) => Sample::Own,
    };
    let single = symbol.name.chars().count() == 1;
    let prediction = symbol.role == Role::Prediction;
    let name = if prediction && !single { "Y".into() } else { symbol.name.clone() };
    let small = sample == Sample::Row && (single || prediction) && symbol.role != Role::Adjoint;
    let base = if small { name.to_lowercase().into() } else { name };
    let subscript = symbol.label.clone().filter(|_| !prediction);
    Letter { base, hat: prediction, dot: symbol.tangent, subscript, sample }
}
