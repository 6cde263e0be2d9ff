//! A tree whose shapes are known → a kernel expression. The only place where the language's operators get their meaning in
//! matrices.

use super::{
    error::ExpressionError,
    functions::Function,
    given::Sign,
    infer::{Inferred, Variable},
    syntax::{Binary, Constant, Part, Spelled, Syntax, Tree},
    tokens::greek_letter,
};
use crate::{
    expr::{Arena, ExprId, Function as Entrywise, Invariant, Op, Range, Role, Scalar, Symbol, SymbolId},
    shape::{Dim, Shape},
};

/// An expression in its arena.
#[derive(Clone, Debug)]
pub struct Built {
    /// Where it is.
    pub arena: Arena,
    /// It.
    pub root: ExprId,
    /// The symbol of each variable, in the order of [`Inferred::variables`]. A scalar is the entry of a 1 × 1 symbol.
    pub symbols: Vec<SymbolId>,
}

type Made = Result<ExprId, ExpressionError>;

/// Writes the tree in an arena.
///
/// # Errors
/// Operands that do not fit after all: a defect, which is told rather than printed as a formula.
pub fn build(tree: &Tree, inferred: &Inferred) -> Result<Built, ExpressionError> {
    let mut builder = Builder { arena: Arena::default(), inferred, parts: Vec::new() };
    let symbols = inferred.variables.iter().map(|variable| builder.symbol(variable)).collect();
    for (i, node) in tree.0.iter().enumerate() {
        let id = builder.node(Part(i), &node.syntax)?;
        builder.parts.push(id);
    }
    let root = builder.parts[tree.root().0];
    Ok(Built { arena: builder.arena, root, symbols })
}

struct Builder<'a> {
    arena: Arena,
    inferred: &'a Inferred,
    parts: Vec<ExprId>,
}

impl Builder<'_> {
    fn symbol(&mut self, variable: &Variable) -> SymbolId {
        let (rows, columns) = match &variable.shape {
            Shape::Scalar => (Dim::one(), Dim::one()),
            Shape::Matrix(rows, columns) => (rows.clone(), columns.clone()),
        };
        let mut symbol = symbol(&variable.name, rows, columns);
        symbol.structure = variable.property;
        if variable.sign != Sign::Any {
            symbol.range = Range::POSITIVE;
        }
        self.arena.intern(symbol)
    }

    fn is_scalar(&self, id: ExprId) -> bool {
        *self.arena.shape(id) == Shape::Scalar
    }

    /// A 1 × 1 matrix as the scalar that it is.
    fn entry(&mut self, id: ExprId) -> Made {
        let is_entry = self.arena.shape(id).dims().is_some_and(|(rows, columns)| rows.is_one() && columns.is_one());
        Ok(if is_entry { self.arena.total(id)? } else { id })
    }

    fn node(&mut self, part: Part, syntax: &Syntax) -> Made {
        let at = |part: Part| self.parts[part.0];
        let id = match syntax {
            Syntax::Name(name) => self.name(name)?,
            Syntax::Number(number) => self.arena.scalar(number.clone())?,
            Syntax::Negative(a) => {
                let a = at(*a);
                self.arena.scale_by(Scalar::integer(-1), a)?
            }
            Syntax::Transpose(a) => {
                let a = at(*a);
                if self.is_scalar(a) { a } else { self.arena.transpose(a)? }
            }
            Syntax::Power(a, exponent) => {
                let a = at(*a);
                if self.is_scalar(a) { self.scalar_power(a, exponent)? } else { self.matrix_power(a, exponent)? }
            }
            Syntax::EntrywisePower(a, exponent) => {
                let a = at(*a);
                self.entrywise_power(a, exponent)?
            }
            Syntax::Binary(operator, [a, b]) => {
                let (a, b) = (at(*a), at(*b));
                self.binary(*operator, a, b)?
            }
            Syntax::Apply(function, prime, a) => {
                let a = at(*a);
                self.apply(*function, *prime, a)?
            }
            Syntax::Constant(constant, sizes) => {
                let dims: Vec<Dim> = sizes.iter().filter_map(Spelled::dim).collect();
                self.constant(*constant, &dims, part)?
            }
        };
        self.entry(id)
    }

    fn name(&mut self, name: &str) -> Made {
        let known = self.inferred.variables.iter().find(|variable| variable.name == name);
        Ok(match known {
            Some(variable) => {
                let symbol = self.symbol(variable);
                self.arena.named(symbol)?
            }
            None => self.arena.scalar(Scalar::dimension(&Dim::name(name)))?,
        })
    }

    fn constant(&mut self, constant: Constant, dims: &[Dim], part: Part) -> Made {
        let one = Dim::one();
        let rows = dims.first().or_else(|| self.inferred.identities.get(&part)).cloned().unwrap_or_else(Dim::one);
        let columns = dims.get(1).unwrap_or(&one);
        Ok(match constant {
            Constant::Identity => self.arena.identity(&rows)?,
            Constant::Ones => self.arena.ones(&rows, columns)?,
            Constant::Zeros => self.arena.add(Op::Zero(rows, columns.clone()))?,
            Constant::Commutation => self.arena.add(Op::Commutation(rows, columns.clone()))?,
        })
    }

    /// (tᵖ)^q = t^(pq) where that holds of every t that has a value: not of √(t²), which is |t|.
    fn scalar_power(&mut self, a: ExprId, exponent: &Scalar) -> Made {
        if exponent.is_one() {
            return Ok(a);
        }
        if let Op::Power([base, inner]) = *self.arena.op(a)
            && let Some(inner) = self.arena.facts(inner).scalar.clone()
            && let Some(product) = inner.times(exponent)
        {
            let whole = exponent.coefficient().is_integer();
            if whole || !inner.coefficient().is_integer() {
                return self.scalar_power(base, &product);
            }
        }
        Ok(self.arena.power(a, exponent.clone())?)
    }

    fn entrywise_power(&mut self, a: ExprId, exponent: &Scalar) -> Made {
        if self.is_scalar(a) {
            return self.scalar_power(a, exponent);
        }
        Ok(match (*exponent.coefficient().numer(), *exponent.coefficient().denom()) {
            (1, 1) => a,
            (-1, 1) => self.arena.reciprocal(a)?,
            _ => self.arena.power(a, exponent.clone())?,
        })
    }

    /// a · a · …, of the inverse for a power below 0.
    fn matrix_power(&mut self, a: ExprId, exponent: &Scalar) -> Made {
        let power = *exponent.coefficient().numer();
        let base = if power < 0 { self.arena.inverse(a)? } else { a };
        let mut product = base;
        for _ in 1..power.unsigned_abs() {
            product = self.arena.multiply(product, base)?;
        }
        Ok(product)
    }

    /// s 1: the scalar at every entry of a's shape.
    fn spread(&mut self, s: ExprId, a: ExprId) -> Made {
        let ones = self.arena.ones_like(a)?;
        Ok(self.arena.scale(s, ones)?)
    }

    fn binary(&mut self, operator: Binary, a: ExprId, b: ExprId) -> Made {
        let scalars = [self.is_scalar(a), self.is_scalar(b)];
        Ok(match (operator, scalars) {
            (Binary::Plus | Binary::Minus, [one, other]) => {
                let a = if one && !other { self.spread(a, b)? } else { a };
                let b = if other && !one { self.spread(b, a)? } else { b };
                if operator == Binary::Plus { self.arena.plus(a, b)? } else { self.arena.minus(a, b)? }
            }
            (Binary::Times | Binary::Hadamard | Binary::Kronecker, [true, true]) => self.product_of_scalars(a, b)?,
            (Binary::Times | Binary::Hadamard | Binary::Kronecker, [true, false]) => self.arena.scale(a, b)?,
            (Binary::Times | Binary::Hadamard | Binary::Kronecker, [false, true]) => self.arena.scale(b, a)?,
            (Binary::Over | Binary::Divide, [_, true]) => {
                let inverse = self.inverse_scalar(b)?;
                if scalars[0] && self.is_one(a) { inverse } else { self.arena.scale(inverse, a)? }
            }
            (Binary::Divide, [true, false]) => {
                let reciprocal = self.arena.reciprocal(b)?;
                if self.is_one(a) { reciprocal } else { self.arena.scale(a, reciprocal)? }
            }
            (Binary::Over | Binary::Divide, [false, false]) | (Binary::Over, [true, false]) => {
                let reciprocal = self.arena.reciprocal(b)?;
                self.arena.hadamard(a, reciprocal)?
            }
            (Binary::Times, [false, false]) => self.arena.multiply(a, b)?,
            (Binary::Hadamard, [false, false]) => self.arena.hadamard(a, b)?,
            (Binary::Kronecker, [false, false]) => self.arena.kronecker(a, b)?,
        })
    }

    /// s t, tᵖ t as tᵖ⁺¹
    fn product_of_scalars(&mut self, a: ExprId, b: ExprId) -> Made {
        let one = Scalar::integer(1);
        let (base, exponent) = if let Op::Power([base, p]) = *self.arena.op(a) {
            (base, self.arena.facts(p).scalar.as_ref().and_then(|p| p.plus(&one)))
        } else {
            (a, Some(Scalar::integer(2)))
        };
        match exponent.filter(|_| base == b && self.arena.facts(b).scalar.is_none()) {
            Some(exponent) => self.scalar_power(base, &exponent),
            None => Ok(self.arena.scale(a, b)?),
        }
    }

    fn is_one(&self, a: ExprId) -> bool {
        self.arena.facts(a).scalar.as_ref().is_some_and(Scalar::is_one)
    }

    fn inverse_scalar(&mut self, s: ExprId) -> Made {
        let minus_one = Scalar::integer(-1);
        let known = self.arena.facts(s).scalar.as_ref().and_then(|s| s.to_the(&minus_one));
        match known {
            Some(inverse) => Ok(self.arena.scalar(inverse)?),
            None => self.scalar_power(s, &minus_one),
        }
    }

    fn apply(&mut self, function: Function, prime: bool, a: ExprId) -> Made {
        let half = Scalar::ratio(1, 2);
        Ok(match function {
            Function::Entrywise(f) => self.arena.map(f, u8::from(prime), a)?,
            Function::Sqrt => self.entrywise_power(a, &half)?,
            Function::Invariant(Invariant::Trace | Invariant::Determinant) | Function::Sum | Function::Mean
                if self.is_scalar(a) =>
            {
                a
            }
            Function::Invariant(Invariant::LogDeterminant) if self.is_scalar(a) => {
                let size = self.arena.map(Entrywise::Abs, 0, a)?;
                self.arena.map(Entrywise::Log, 0, size)?
            }
            Function::Invariant(invariant) => self.arena.invariant(invariant, a)?,
            Function::Inverse if self.is_scalar(a) => self.inverse_scalar(a)?,
            Function::Inverse => self.arena.inverse(a)?,
            Function::Sum => self.arena.total(a)?,
            Function::Mean => self.mean(a)?,
            Function::RowSum => {
                let (_, columns) = self.arena.dims(a)?;
                let ones = self.arena.ones(&columns, &Dim::one())?;
                self.arena.multiply(a, ones)?
            }
            Function::ColumnSum => {
                let (rows, _) = self.arena.dims(a)?;
                let ones = self.arena.ones(&Dim::one(), &rows)?;
                self.arena.multiply(ones, a)?
            }
            Function::Diagonal => self.diagonal(a)?,
            Function::Vec => self.arena.vec(a)?,
            Function::Norm1 => {
                let sizes = self.arena.map(Entrywise::Abs, 0, a)?;
                if self.is_scalar(a) { sizes } else { self.arena.total(sizes)? }
            }
            Function::Norm2 | Function::NormF if self.is_scalar(a) => self.arena.map(Entrywise::Abs, 0, a)?,
            Function::Norm2 | Function::NormF => {
                let square = self.sum_of_squares(a)?;
                self.scalar_power(square, &half)?
            }
            Function::Softmax => self.by_rows(a, Arena::softmax)?,
            Function::LogSumExp => self.by_rows(a, |arena, rows| arena.add(Op::LogSumExp([rows])))?,
        })
    }

    /// Σ aᵢⱼ over how many there are.
    fn mean(&mut self, a: ExprId) -> Made {
        let (rows, columns) = self.arena.dims(a)?;
        let total = self.arena.total(a)?;
        let of_rows = self.arena.scale_by(Scalar::one_over(&columns), total)?;
        Ok(self.arena.scale_by(Scalar::one_over(&rows), of_rows)?)
    }

    /// xᵀx of a column, x xᵀ of a row, tr(AᵀA) of a matrix.
    fn sum_of_squares(&mut self, a: ExprId) -> Made {
        let (rows, columns) = self.arena.dims(a)?;
        let transposed = self.arena.transpose(a)?;
        let product = if rows.is_one() && !columns.is_one() {
            self.arena.multiply(a, transposed)?
        } else {
            self.arena.multiply(transposed, a)?
        };
        if rows.is_one() || columns.is_one() {
            Ok(self.arena.total(product)?)
        } else {
            Ok(self.arena.invariant(Invariant::Trace, product)?)
        }
    }

    fn diagonal(&mut self, a: ExprId) -> Made {
        let (rows, columns) = self.arena.dims(a)?;
        if columns.is_one() {
            return Ok(self.arena.diagonal(a)?);
        }
        if rows.is_one() {
            let column = self.arena.transpose(a)?;
            return Ok(self.arena.diagonal(column)?);
        }
        let identity = self.arena.identity(&rows)?;
        let kept = self.arena.hadamard(a, identity)?;
        let ones = self.arena.ones(&rows, &Dim::one())?;
        Ok(self.arena.multiply(kept, ones)?)
    }

    /// What the kernel does to each row: of a column, to the column.
    fn by_rows(&mut self, a: ExprId, of: impl Fn(&mut Arena, ExprId) -> crate::expr::Built) -> Made {
        let (rows, columns) = self.arena.dims(a)?;
        if !columns.is_one() || rows.is_one() {
            return Ok(of(&mut self.arena, a)?);
        }
        let row = self.arena.transpose(a)?;
        let found = of(&mut self.arena, row)?;
        Ok(self.arena.transpose(found)?)
    }
}

/// The symbol of a name: `A_1` is A with the index 1, `A2` too, and `lambda` is λ.
pub fn symbol(name: &str, rows: Dim, columns: Dim) -> Symbol {
    let (letter, index) = name.split_once('_').map_or_else(
        || name.split_at(name.trim_end_matches(|c: char| c.is_ascii_digit()).len()),
        |(letter, index)| (letter, index),
    );
    let label = (!index.is_empty()).then(|| index.into());
    let greek = greek_letter(letter).map(String::from);
    Symbol::new(Role::Variable, greek.as_deref().unwrap_or(letter), label.as_ref(), rows, columns)
}
