//! Expressions, shapes and dimensions → nested arrays that a foreign program evaluates; `grammar/README.md` lists them.

use serde::{Serialize, Serializer, ser::SerializeSeq};

use crate::{
    expr::{Arena, ExprId, Function, Index, Op, Role, Scalar, Symbol, index::layer_of_width_name},
    gradient::{
        form::gate::Gate,
        general::big::{Big, Bigs, Operation},
    },
    shape::{Dim, Shape},
};

/// The index of a layer: `3`, `"l"`, `["l", -1]`.
#[derive(Clone, Copy, Debug)]
pub struct LayerIndex(pub Index);

/// A dimension: `64`, `"n"`, `["product", 2, "d"]`, `["sum", "a", "b"]`, `["width", "l"]`.
#[derive(Clone, Copy, Debug)]
pub struct Dimension<'a>(pub &'a Dim);

/// A shape: `["n", "f1"]`, of a scalar `[]`.
#[derive(Clone, Debug)]
pub struct Sizes(pub Shape);

/// An expression: `["transpose", ["symbol", "X"]]`.
#[derive(Clone, Copy, Debug)]
pub struct Expression<'a> {
    /// Holds it.
    pub arena: &'a Arena,
    /// Its place.
    pub id: ExprId,
    /// The names in it that stand for products and sums over layers.
    pub bigs: Option<&'a Bigs>,
}

/// A product of scalars and an expression.
#[derive(Clone, Debug)]
pub struct Scaled<'a> {
    /// The scalars, outermost first.
    pub scalars: Vec<ExprId>,
    /// What they multiply.
    pub of: Expression<'a>,
}

/// The entries of a gate of one sample: `["transpose", ["derivative", "relu", ["row", ["symbol", "Z1"]]]]`.
#[derive(Clone, Copy, Debug)]
pub struct GateEntries<'a> {
    /// Holds it.
    pub arena: &'a Arena,
    /// The gate.
    pub gate: &'a Gate,
}

/// The name that arrays and definitions go by: `W1`, `b_hidden`, `X`, `Delta2`, `S1`; without the index, if it is one.
#[must_use]
pub fn name(symbol: &Symbol) -> String {
    let label = symbol.label.clone().filter(|_| index(symbol).is_none());
    Symbol { label, ..symbol.clone() }.key().replace('Δ', "Delta")
}

/// The index behind the name, in formulas for any depth.
#[must_use]
pub fn index(symbol: &Symbol) -> Option<Index> {
    symbol.label.as_deref().and_then(Index::of_label)
}

impl Serialize for LayerIndex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.parts() {
            (None, number) => number.serialize(serializer),
            (Some(letter), 0) => letter.serialize(serializer),
            (Some(letter), offset) => (letter, offset).serialize(serializer),
        }
    }
}

impl Serialize for Dimension<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let terms = self.0.terms();
        if let [(powers, coefficient)] = &terms[..] {
            return Term { powers, coefficient: *coefficient }.serialize(serializer);
        }
        let mut sum = serializer.serialize_seq(Some(1 + terms.len()))?;
        sum.serialize_element("sum")?;
        for (powers, coefficient) in &terms {
            sum.serialize_element(&Term { powers, coefficient: *coefficient })?;
        }
        sum.end()
    }
}

/// A monomial: a number, a name, or their product.
struct Term<'a> {
    powers: &'a [(&'a str, u32)],
    coefficient: u64,
}

impl Serialize for Term<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.powers {
            [] => self.coefficient.serialize(serializer),
            [(name, 1)] if self.coefficient == 1 => Name(name).serialize(serializer),
            powers => {
                let mut product = serializer.serialize_seq(None)?;
                product.serialize_element("product")?;
                if self.coefficient != 1 {
                    product.serialize_element(&self.coefficient)?;
                }
                for (name, power) in powers {
                    (0..*power).try_for_each(|_| product.serialize_element(&Name(name)))?;
                }
                product.end()
            }
        }
    }
}

/// `"n"`, or `["width", "l"]` of a layer that is no layer in particular.
struct Name<'a>(&'a str);

impl Serialize for Name<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match layer_of_width_name(self.0) {
            Some(index) => ("width", LayerIndex(index)).serialize(serializer),
            None => self.0.serialize(serializer),
        }
    }
}

impl Serialize for Sizes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sides = self.0.dims().map(|(rows, columns)| [rows, columns]);
        serializer.collect_seq(sides.into_iter().flatten().map(Dimension))
    }
}

impl Expression<'_> {
    fn at(self, id: ExprId) -> Self {
        Self { id, ..self }
    }

    /// The factors of a product, or the expression alone.
    #[must_use]
    pub fn factors(self) -> Vec<Self> {
        self.all(self.arena.factors(self.id))
    }

    fn all(self, ids: Vec<ExprId>) -> Vec<Self> {
        ids.into_iter().map(|id| self.at(id)).collect()
    }

    /// `["product_over", shape, "k", "L", ["l", 1], body]`: the shape for where there is nothing to multiply.
    fn over<S: Serializer>(self, big: &Big, serializer: S) -> Result<S::Ok, S::Error> {
        let operator = match big.operation {
            Operation::Product => "product_over",
            Operation::Sum => "sum_over",
        };
        let symbol = self.arena.as_symbol(self.id).map(|symbol| self.arena.symbol(symbol));
        let shape: Vec<Size> =
            symbol.into_iter().flat_map(|symbol| [Size(&symbol.rows), Size(&symbol.columns)]).collect();
        let [index, from, to] = [big.index, big.from, big.to].map(LayerIndex);
        (operator, shape, index, from, to, self.at(big.body)).serialize(serializer)
    }
}

impl Serialize for Expression<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of = |id: &ExprId| self.at(*id);
        match self.arena.op(self.id) {
            Op::Symbol(symbol) => match self.bigs.and_then(|bigs| bigs.get(*symbol)) {
                Some(big) => self.over(big, serializer),
                None => named(self.arena.symbol(*symbol), serializer),
            },
            Op::Scalar(scalar) => constant(scalar, serializer),
            Op::Identity(m) => ("identity", Size(m)).serialize(serializer),
            Op::Ones(m, k) => ("ones", Size(m), Size(k)).serialize(serializer),
            Op::Zero(m, k) => ("zeros", Size(m), Size(k)).serialize(serializer),
            Op::Add(_) => operation("add", &self.all(self.arena.terms(self.id)), serializer),
            Op::Scale([s, a]) => ("scale", of(s), of(a)).serialize(serializer),
            Op::Multiply(_) => operation("multiply", &self.factors(), serializer),
            Op::Hadamard(_) => operation("hadamard", &self.all(self.arena.entrywise_factors(self.id)), serializer),
            Op::Transpose([a]) => ("transpose", of(a)).serialize(serializer),
            Op::Reciprocal([a]) => ("reciprocal", of(a)).serialize(serializer),
            Op::Map(function, 0, [a]) => mapped("map", *function, &of(a), serializer),
            Op::Map(function, _, [a]) => mapped("derivative", *function, &of(a), serializer),
            Op::Softmax([a]) => ("softmax", of(a)).serialize(serializer),
            Op::LogSumExp([a]) => ("logsumexp", of(a)).serialize(serializer),
            Op::Diagonal([a]) => ("diagonal", of(a)).serialize(serializer),
            Op::Total([a]) => ("total", of(a)).serialize(serializer),
            Op::SumSamples([a]) => ("sum_samples", of(a)).serialize(serializer),
        }
    }
}

impl Serialize for Scaled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some((outer, inner)) = self.scalars.split_first() else { return self.of.serialize(serializer) };
        let rest = Self { scalars: inner.to_vec(), of: self.of };
        ("scale", self.of.at(*outer), rest).serialize(serializer)
    }
}

impl Serialize for GateEntries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = |id: &ExprId| ("row", Expression { arena: self.arena, id: *id, bigs: None });
        let forward = self.arena.symbol(self.gate.entries).role == Role::ForwardGate;
        if let Op::Map(function, _, [z]) = self.arena.op(self.gate.source) {
            let operator = if forward { "ratio" } else { "derivative" };
            return ("transpose", Mapped { operator, function: *function, of: row(z) }).serialize(serializer);
        }
        if let Op::Softmax([z]) = self.arena.op(self.gate.source) {
            return ("transpose", ("softmax", row(z))).serialize(serializer);
        }
        ("transpose", row(&self.gate.source)).serialize(serializer)
    }
}

/// A size inside an expression: that of the batch axis is `["batch"]`, 1 where one sample is looked at.
struct Size<'a>(&'a Dim);

impl Serialize for Size<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_batch() { ["batch"].serialize(serializer) } else { Dimension(self.0).serialize(serializer) }
    }
}

/// A function at every entry.
struct Mapped<'a, T> {
    operator: &'a str,
    function: Function,
    of: T,
}

impl<T: Serialize> Serialize for Mapped<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        mapped(self.operator, self.function, &self.of, serializer)
    }
}

/// `["map", "leaky_relu", a, 0.1]`: the parameter last, if there is one.
fn mapped<S: Serializer>(
    operator: &str,
    function: Function,
    of: &impl Serialize,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match function.parameter() {
        None => (operator, function.name(), of).serialize(serializer),
        Some(parameter) => (operator, function.name(), of, parameter).serialize(serializer),
    }
}

fn operation<S: Serializer>(operator: &str, operands: &[Expression], serializer: S) -> Result<S::Ok, S::Error> {
    let mut array = serializer.serialize_seq(Some(1 + operands.len()))?;
    array.serialize_element(operator)?;
    operands.iter().try_for_each(|operand| array.serialize_element(operand))?;
    array.end()
}

/// `["scalar", 1, 2, ["n", -1]]`: numerator, denominator, and dimensions with their powers.
fn constant<S: Serializer>(scalar: &Scalar, serializer: S) -> Result<S::Ok, S::Error> {
    let mut array = serializer.serialize_seq(None)?;
    array.serialize_element("scalar")?;
    array.serialize_element(scalar.coefficient().numer())?;
    array.serialize_element(scalar.coefficient().denom())?;
    for (dim, power) in scalar.powers() {
        array.serialize_element(&(Dimension(dim), power))?;
    }
    array.end()
}

/// A name, or the row of sample i of what has a row a sample.
fn named<S: Serializer>(symbol: &Symbol, serializer: S) -> Result<S::Ok, S::Error> {
    if symbol.sample && !is_gate(symbol.role) {
        return ("row", Whole(symbol)).serialize(serializer);
    }
    Whole(symbol).serialize(serializer)
}

/// `["symbol", "W1"]`, `["symbol", "W", "k"]`.
struct Whole<'a>(&'a Symbol);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match index(self.0) {
            Some(index) => ("symbol", name(self.0), LayerIndex(index)).serialize(serializer),
            None => ("symbol", name(self.0)).serialize(serializer),
        }
    }
}

/// Whether a sample has one of its own, not a row of the batch's.
fn is_gate(role: Role) -> bool {
    let matrix = role.is_gate_matrix();
    matrix || role.is_gate_entries()
}
