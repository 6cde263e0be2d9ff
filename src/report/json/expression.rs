//! Expressions, shapes and dimensions → nested arrays that a foreign program evaluates; `grammar/README.md` lists them.

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    expr::{Arena, ExprId, Function, Index, Op, Role, Scalar, Symbol, index::layer_of_width_name},
    gradient::{
        form::gate::Gate,
        general::iterated::{Iterated, IteratedOperations, Operation},
    },
    shape::{Dim, Shape},
};

/// The index of a layer: `3`, `"l"`, `["l", -1]`.
#[derive(Clone, Debug, Serialize)]
pub struct LayerIndex(Value);

/// A dimension: `64`, `"n"`, `["product", 2, "d"]`, `["sum", "a", "b"]`, `["width", "l"]`.
#[derive(Clone, Debug, Serialize)]
pub struct Dimension(Value);

/// A shape: `["n", "f1"]`, of a scalar `[]`.
#[derive(Clone, Debug, Serialize)]
pub struct Sizes(Value);

/// An expression: `["transpose", ["symbol", "X"]]`.
#[derive(Clone, Debug, Serialize)]
pub struct Expression(Value);

/// The name that arrays and definitions go by: `W1`, `b_hidden`, `X`, `Delta2`, `S1`; without the index, if it is one, but
/// with the number of the part: `W_2` of W in part 2 of block l.
#[must_use]
pub fn name(symbol: &Symbol) -> String {
    let label = symbol.label.as_deref();
    let (own, part) = match index(symbol) {
        None => (symbol.label.clone(), None),
        Some(_) => (None, label.and_then(|label| label.split_once(',')).map(|(_, part)| part.trim_end_matches(']'))),
    };
    let name = Symbol { label: own, ..symbol.clone() }.key().replace('Δ', "Delta");
    part.map_or(name.clone(), |part| format!("{name}_{part}"))
}

/// The index behind the name, in formulas for any depth.
#[must_use]
pub fn index(symbol: &Symbol) -> Option<Index> {
    symbol.label.as_deref().and_then(Index::of_label)
}

/// An operator and its operands.
fn array(operator: &str, operands: impl IntoIterator<Item = Value>) -> Value {
    [Value::from(operator)].into_iter().chain(operands).collect()
}

/// The one operand, or an array of the operator and all.
fn joined(operator: &str, mut operands: Vec<Value>) -> Value {
    if operands.len() == 1 { operands.remove(0) } else { array(operator, operands) }
}

impl From<Index> for LayerIndex {
    fn from(index: Index) -> Self {
        Self(match index.parts() {
            (None, number) => json!(number),
            (Some(letter), 0) => json!(letter),
            (Some(letter), offset) => json!([letter, offset]),
        })
    }
}

impl From<&Dim> for Dimension {
    fn from(dim: &Dim) -> Self {
        let factor = |name: &str| match layer_of_width_name(name) {
            Some(index) => json!(["width", LayerIndex::from(index)]),
            None => json!(name),
        };
        let term = |(powers, coefficient): (Vec<(&str, u32)>, u64)| {
            let number = (coefficient != 1 || powers.is_empty()).then(|| json!(coefficient));
            let names = powers.iter().flat_map(|(name, power)| vec![factor(name); *power as usize]);
            joined("product", number.into_iter().chain(names).collect())
        };
        Self(joined("sum", dim.terms().into_iter().map(term).collect()))
    }
}

impl From<&Shape> for Sizes {
    fn from(shape: &Shape) -> Self {
        let sides = shape.dims().map(|(rows, columns)| [rows, columns]);
        Self(sides.into_iter().flatten().map(|side| Dimension::from(side).0).collect())
    }
}

impl From<&Symbol> for Sizes {
    fn from(symbol: &Symbol) -> Self {
        (&Shape::Matrix(symbol.rows.clone(), symbol.columns.clone())).into()
    }
}

impl Expression {
    /// The expression at `id`; `bigs` are the names in it that stand for products and sums over layers.
    #[must_use]
    pub fn new(arena: &Arena, iterations: Option<&IteratedOperations>, id: ExprId) -> Self {
        Self(Reader { arena, iterations }.value(id))
    }

    /// `["symbol", "X"]`
    #[must_use]
    pub fn name(name: &str) -> Self {
        Self(json!(["symbol", name]))
    }

    /// The scalar times this.
    #[must_use]
    pub fn scaled(self, scalar: Self) -> Self {
        Self(array("scale", [scalar.0, self.0]))
    }

    /// `["scale", ["scalar", -1, 1], a]`
    #[must_use]
    pub fn negated(self) -> Self {
        self.scaled(Self(constant(&Scalar::integer(-1))))
    }

    /// The entries of a gate of one sample: `["transpose", ["derivative", "relu", ["row", ["symbol", "Z1"]]]]`, of samples as
    /// columns `["derivative", "relu", ["column", ["symbol", "Z1"]]]`.
    #[must_use]
    pub fn entries(arena: &Arena, gate: &Gate, columns: bool) -> Self {
        let side = if columns { "column" } else { "row" };
        let row = |id: ExprId| array(side, [Reader { arena, iterations: None }.value(id)]);
        let forward = arena.symbol(gate.entries).role == Role::ForwardGate;
        let source = arena.op(gate.source);
        let entries = if let Op::Map(function, _, [z]) = source {
            mapped(if forward { "ratio" } else { "derivative" }, *function, row(*z))
        } else if let Op::Softmax([z]) = source {
            array("softmax", [row(*z)])
        } else {
            row(gate.source)
        };
        Self(if columns { entries } else { array("transpose", [entries]) })
    }
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    arena: &'a Arena,
    iterations: Option<&'a IteratedOperations>,
}

impl Reader<'_> {
    fn value(self, id: ExprId) -> Value {
        let all = |operator: &str, operands: &[ExprId]| array(operator, operands.iter().map(|id| self.value(*id)));
        match self.arena.op(id) {
            Op::Symbol(symbol) => match self.iterations.and_then(|iterations| iterations.get(*symbol)) {
                Some(iterated) => self.over(self.arena.symbol(*symbol), iterated),
                None => named(self.arena.symbol(*symbol)),
            },
            Op::Scalar(scalar) => constant(scalar),
            Op::Identity(m) => array("identity", [size(m)]),
            Op::Ones(m, k) => array("ones", [size(m), size(k)]),
            Op::Zero(m, k) => array("zeros", [size(m), size(k)]),
            Op::Commutation(m, k) => array("commutation", [size(m), size(k)]),
            Op::Add(_) => all("add", &self.arena.terms(id)),
            Op::Scale(operands) => all("scale", operands),
            Op::Multiply(_) => all("multiply", &self.arena.factors(id)),
            Op::Hadamard(_) => all("hadamard", &self.arena.entrywise_factors(id)),
            Op::Transpose(operand) => all("transpose", operand),
            Op::Reciprocal(operand) => all("reciprocal", operand),
            Op::Power(operands) => all("power", operands),
            Op::Inverse(operand) => all("inverse", operand),
            Op::Invariant(invariant, operand) => all(invariant.name(), operand),
            Op::Kronecker(operands) => all("kronecker", operands),
            Op::Vec(operand) => all("vec", operand),
            Op::Map(function, 0, [a]) => mapped("map", *function, self.value(*a)),
            Op::Map(function, 2.., [a]) => mapped("second_derivative", *function, self.value(*a)),
            Op::Map(function, _, [a]) => mapped("derivative", *function, self.value(*a)),
            Op::Softmax(operand) => all("softmax", operand),
            Op::LogSumExp(operand) => all("logsumexp", operand),
            Op::Diagonal(operand) => all("diagonal", operand),
            Op::Total(operand) => all("total", operand),
            Op::SumSamples(operand) => all("sum_samples", operand),
        }
    }

    /// `["product_over", shape, "k", "L", ["l", 1], body]`: the shape for where there is nothing to multiply.
    fn over(self, symbol: &Symbol, iterated: &Iterated) -> Value {
        let operator = match iterated.operation {
            Operation::Product => "product_over",
            Operation::RisingProduct => "rising_product_over",
            Operation::Sum => "sum_over",
        };
        let [index, from, to] = [iterated.index, iterated.from, iterated.to].map(|index| LayerIndex::from(index).0);
        array(
            operator,
            [json!([size(&symbol.rows), size(&symbol.columns)]), index, from, to, self.value(iterated.body)],
        )
    }
}

/// A size inside an expression: that of the batch axis is `["batch"]`, 1 where one sample is looked at.
fn size(dim: &Dim) -> Value {
    if dim.is_batch() { json!(["batch"]) } else { Dimension::from(dim).0 }
}

/// `["map", "leaky_relu", a, 0.1]`: the parameter last, if there is one.
fn mapped(operator: &str, function: Function, of: Value) -> Value {
    array(operator, [json!(function.name()), of].into_iter().chain(function.parameter().map(Value::from)))
}

/// `["scalar", 1, 2, ["n", -1]]`: numerator, denominator, and dimensions with their powers.
fn constant(scalar: &Scalar) -> Value {
    let ratio = [scalar.coefficient().numer(), scalar.coefficient().denom()].map(|number| json!(number));
    let powers = scalar.powers().map(|(dim, power)| json!([Dimension::from(dim), power]));
    array("scalar", ratio.into_iter().chain(powers))
}

/// `["symbol", "W1"]`, `["symbol", "W", "k"]`; the row of sample i of what has a row a sample, or the column.
fn named(symbol: &Symbol) -> Value {
    let index = index(symbol).map(|index| LayerIndex::from(index).0);
    let whole = array("symbol", [json!(name(symbol))].into_iter().chain(index));
    match symbol.sample && !is_gate(symbol.role) {
        true if symbol.rows.is_one() => array("row", [whole]),
        true => array("column", [whole]),
        false => whole,
    }
}

/// Whether a sample has one of its own, not a row of the batch's.
fn is_gate(role: Role) -> bool {
    let matrix = role.is_gate_matrix();
    matrix || role.is_gate_entries() || role == Role::ValueGate
}
