//! The syntax tree: names and numbers with their places, no meaning yet.

use crate::source::{Span, Spanned};

/// A name as written.
pub type Name = Spanned<String>;

/// A whole spec: its statements in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// The statements in order.
    pub statements: Vec<Statement>,
}

/// A statement and its place, from its first to its last character.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Where it stands.
    pub span: Span,
    /// What it says.
    pub kind: StatementKind,
}

/// The kinds of statement.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `input X [n, f0]`
    Input(TensorDeclaration),
    /// `target Y [n, f3]`
    Target(TensorDeclaration),
    /// `target X`: a tensor or a layer that is there already
    TargetValue(Name),
    /// `expect [n, 10]`
    Expect(ShapeSyntax),
    /// `let n = 64, f0 = 784`
    Let(Vec<Binding>),
    /// `repeat 10 { … }`
    Repeat(Repeat),
    /// `hidden: dense f0 -> f1 relu nobias`, `activation gelu`
    Layer(LayerSyntax),
    /// `block ff width { … }`, `shared encode { … }`
    Definition(DefinitionSyntax),
    /// `loss cce reduce=elements`
    Loss(LossSyntax),
    /// `layout columns`
    Layout(Name),
    /// `penalty l2 0.01`
    Penalty(PenaltySyntax),
}

/// `X [n, f0]`; the name may be left out.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorDeclaration {
    /// The name, if written.
    pub name: Option<Name>,
    /// The shape.
    pub shape: ShapeSyntax,
}

/// `[rows, columns]`
#[derive(Clone, Debug, PartialEq)]
pub struct ShapeSyntax {
    /// From bracket to bracket.
    pub span: Span,
    /// The dimensions as written; the language has two, and the parser sees to it.
    pub rows: Spanned<DimSyntax>,
    /// The second axis: features.
    pub columns: Spanned<DimSyntax>,
}

/// A dimension: a name, an integer, or sums and products of them. Sums and products have two or more
/// operands, none of a sum's is a sum and none of a product's is a product unless in parentheses.
#[derive(Clone, Debug, PartialEq)]
pub enum DimSyntax {
    /// `f1`
    Name(String),
    /// `128`; the range is checked where the number gets its meaning.
    Number(u64),
    /// `f1 + f2 + 3`
    Sum(Vec<Spanned<DimSyntax>>),
    /// `4*d`
    Product(Vec<Spanned<DimSyntax>>),
}

/// `n = 64`
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The dimension's name.
    pub name: Name,
    /// Its value.
    pub value: Spanned<u64>,
}

/// `repeat 10 { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat {
    /// How often: a number, or a name bound by `let`.
    pub count: Spanned<Count>,
    /// The block's statements.
    pub body: Vec<Statement>,
}

/// The count of a `repeat`.
#[derive(Clone, Debug, PartialEq)]
pub enum Count {
    /// `10`
    Number(u64),
    /// `depth`
    Name(String),
}

/// A layer: a word that says its kind, then what that kind takes. Which kinds there are, and what each
/// takes, is the catalog's knowledge.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerSyntax {
    /// `hidden` of `hidden: dense 128 relu`.
    pub name: Option<Name>,
    /// `dense`, `activation`
    pub kind: Name,
    /// `f0 -> f1`, `relu`, `nobias`, `leaky_relu(0.1)` in order.
    pub arguments: Vec<Spanned<Argument>>,
    /// The blocks of `add { … } { … }`.
    pub branches: Vec<Vec<Statement>>,
    /// What it takes in instead of the value above: `from a, b`.
    pub sources: Vec<Name>,
}

/// Layers under a name, to be used as a kind of layer.
#[derive(Clone, Debug, PartialEq)]
pub struct DefinitionSyntax {
    /// Whether all uses have the same parameters (`shared`), or each its own (`block`).
    pub shared: bool,
    /// The name.
    pub name: Name,
    /// The names that an argument of each use takes the place of.
    pub parameters: Vec<Name>,
    /// The layers.
    pub body: Vec<Statement>,
}

/// `penalty l1 0.01 W_encode`
#[derive(Clone, Debug, PartialEq)]
pub struct PenaltySyntax {
    /// `l1`, `l2`
    pub kind: Name,
    /// The factor, and the names of weights.
    pub arguments: Vec<Spanned<Argument>>,
}

/// One argument of a layer. A name alone is a [`DimSyntax::Name`]; the layer decides what it means.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// `f1`, `128`, `4*d`, and any lone name
    Dim(DimSyntax),
    /// `->`
    Arrow,
    /// `leaky_relu(0.1)`
    Call(Call),
    /// `eps=1e-5`, `tied=encode`
    Option(OptionSyntax),
    /// `0.5`; finite.
    Number(f64),
}

/// A name with a number in brackets.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function's name.
    pub name: Name,
    /// `0.1` of `leaky_relu(0.1)`; finite.
    pub parameter: Option<Spanned<f64>>,
}

/// `loss huber(1) reduce=elements`
#[derive(Clone, Debug, PartialEq)]
pub struct LossSyntax {
    /// The loss and its parameter.
    pub call: Call,
    /// `key=word` options in order.
    pub options: Vec<OptionSyntax>,
    /// The factor before it in the sum of all losses.
    pub weight: Option<Spanned<f64>>,
    /// The layer whose output is the prediction: `from class`.
    pub from: Option<Name>,
    /// The target: `against K`.
    pub against: Option<Name>,
}

/// `reduce=elements`
#[derive(Clone, Debug, PartialEq)]
pub struct OptionSyntax {
    /// Left of `=`.
    pub key: Name,
    /// Right of `=`, a word or a number as written.
    pub value: Name,
}
