//! A spec with `block` and `shared` → the same with each use written out as a layer with one branch.

use std::collections::{HashMap, HashSet};

use super::names::NOBIAS;
use crate::{
    catalog::layer,
    source::{Diagnostic, Kind, Span, Spanned},
    spec::syntax::{Argument, DefinitionSyntax, DimSyntax, LayerSyntax, Name, Repeat, Spec, Statement, StatementKind},
};

/// More statements than this, all uses written out, are refused.
const MAX_STATEMENTS: usize = 100_000;

/// Behind the name of a shared block, in the kind of a layer that is a use of it. No word of a spec has it.
const SHARED: &str = "shared ";
/// The kind of a layer that is a use of a block.
const BLOCK: &str = "block ";

/// A definition or a use of one that cannot be.
#[derive(Debug, thiserror::Error)]
enum DefinitionError {
    #[error("`{name}` is a kind of layer already")]
    Known { name: String, span: Span },
    #[error("two blocks are called `{name}`")]
    Twice { name: String, first: Span, second: Span },
    #[error("`{name}` takes {wanted} argument{}, found {found}", if *wanted == 1 { "" } else { "s" })]
    Arguments { name: String, wanted: usize, found: usize, span: Span, example: String },
    #[error("the blocks of the spec, written out, have more than {MAX_STATEMENTS} statements")]
    TooMany { span: Span },
    #[error("the block `{name}` is used inside itself")]
    Itself { name: String, span: Span },
    #[error("`glu` needs a width")]
    NoWidth { span: Span },
    #[error("`glu` has `nobias` already")]
    TwoNobias { first: Span, second: Span },
    #[error("`{name}` stands for a kind of layer here, and is given `{found}`")]
    NoKind { name: String, found: String, span: Span },
}

impl From<DefinitionError> for Diagnostic {
    fn from(error: DefinitionError) -> Self {
        let kind = if matches!(error, DefinitionError::TooMany { .. }) { Kind::Limit } else { Kind::Spec };
        let diagnostic = Self::error(kind, error.to_string());
        match error {
            DefinitionError::Known { span, .. } => diagnostic.at(span, "").help("give the block another name"),
            DefinitionError::Twice { first, second, .. } => {
                diagnostic.at(second, "").because(first, "this is the first").help("give one of them another name")
            }
            DefinitionError::Arguments { span, example, .. } => {
                diagnostic.at(span, "").help(format!("write it as in `{example}`"))
            }
            DefinitionError::Itself { span, .. } => {
                diagnostic.at(span, "").help("write the layers themselves, or `repeat` for several of them")
            }
            DefinitionError::NoWidth { span } => diagnostic.at(span, "").help("write it as in `glu 64 sigmoid`"),
            DefinitionError::TwoNobias { first, second } => {
                diagnostic.at(second, "").because(first, "this is the first").help("leave one of them").edit(second, "")
            }
            DefinitionError::TooMany { span } => {
                diagnostic.at(span, "with this use").help("use fewer blocks inside blocks")
            }
            DefinitionError::NoKind { span, .. } => {
                diagnostic.at(span, "").help("give it a word such as `dense` or `relu`")
            }
        }
    }
}

/// What a use of a definition is called in the kind of its layer: its name, and whether uses share their parameters.
pub(super) fn use_of(kind: &str) -> Option<(&str, bool)> {
    kind.strip_prefix(SHARED).map(|name| (name, true)).or(kind.strip_prefix(BLOCK).map(|name| (name, false)))
}

/// Writes out every use. A block may use those above it, so there is an end.
pub(super) fn written_out(spec: &Spec, report: &mut Vec<Diagnostic>) -> Spec {
    let mut writer =
        Writer { known: HashMap::new(), used: HashSet::new(), open: Vec::new(), count: 0, full: false, report };
    let mut statements = Vec::with_capacity(spec.statements.len());
    for statement in &spec.statements {
        if let StatementKind::Definition(definition) = &statement.kind {
            writer.define(definition);
        } else {
            statements.extend(writer.statement(statement, &HashMap::new()));
        }
    }
    // What was not written out used nothing.
    let is_whole = writer.report.iter().all(|message| message.kind != Kind::Limit);
    for (name, definition) in writer.known.iter().filter(|(name, _)| is_whole && !writer.used.contains(*name)) {
        let span = definition.name.span;
        let message = Diagnostic::warning(Kind::Spec, format!("the block `{name}` is never used"));
        writer.report.push(message.at(span, "").help(format!("remove it, or write `{name}` where its layers belong")));
    }
    Spec { statements }
}

/// What the parameters of a definition stand for in one use.
type Given<'a> = HashMap<&'a str, &'a Spanned<Argument>>;

struct Writer<'r> {
    /// The definitions so far, their own uses written out.
    known: HashMap<String, DefinitionSyntax>,
    /// The names of those that are used.
    used: HashSet<String>,
    /// The definitions that are being written out.
    open: Vec<String>,
    count: usize,
    full: bool,
    report: &'r mut Vec<Diagnostic>,
}

impl Writer<'_> {
    fn define(&mut self, definition: &DefinitionSyntax) {
        let Spanned { value: name, span } = definition.name.clone();
        if layer::find(&name).is_some() {
            self.report.push(DefinitionError::Known { name, span }.into());
        } else if let Some(first) = self.known.get(&name) {
            let first = first.name.span;
            self.report.push(DefinitionError::Twice { name, first, second: span }.into());
        } else {
            let body = self.statements(&definition.body, &HashMap::new());
            self.known.insert(name, DefinitionSyntax { body, ..definition.clone() });
        }
    }

    fn statements(&mut self, statements: &[Statement], given: &Given) -> Vec<Statement> {
        statements.iter().filter_map(|statement| self.statement(statement, given)).collect()
    }

    fn statement(&mut self, statement: &Statement, given: &Given) -> Option<Statement> {
        self.count += 1;
        if self.count > MAX_STATEMENTS {
            if !std::mem::replace(&mut self.full, true) {
                self.report.push(DefinitionError::TooMany { span: statement.span }.into());
            }
            return None;
        }
        let kind = if let StatementKind::Layer(layer) = &statement.kind {
            StatementKind::Layer(self.layer(layer, given))
        } else if let StatementKind::Repeat(repeat) = &statement.kind {
            let body = self.statements(&repeat.body, given);
            StatementKind::Repeat(Repeat { body, ..repeat.clone() })
        } else {
            statement.kind.clone()
        };
        Some(Statement { span: statement.span, kind })
    }

    fn layer(&mut self, layer: &LayerSyntax, given: &Given) -> LayerSyntax {
        let kind = self.kind(&layer.kind, given);
        let arguments: Vec<_> = layer.arguments.iter().map(|argument| argument_of(argument, given)).collect();
        let branches = layer.branches.iter().map(|branch| self.statements(branch, given)).collect();
        let layer = LayerSyntax { kind, arguments, branches, ..layer.clone() };
        let layer = if layer.kind.value == "glu" { self.gated(layer) } else { layer };
        match self.known.get(&layer.kind.value).cloned() {
            Some(definition) => self.used(layer, &definition),
            None => layer,
        }
    }

    /// `glu d silu` as `multiply { dense d } { dense d silu }`; the activation is `sigmoid` where none is named. Widths and
    /// `nobias` are those of both.
    fn gated(&mut self, layer: LayerSyntax) -> LayerSyntax {
        let span = layer.kind.span;
        let widths = match &layer.arguments[..] {
            [] => 0,
            [_, Spanned { value: Argument::Arrow, .. }, _, ..] => 3,
            [_, ..] => 1,
        };
        let (widths, rest) = layer.arguments.split_at(widths);
        if widths.is_empty() {
            self.report.push(DefinitionError::NoWidth { span }.into());
            return LayerSyntax { kind: Name::new("dense".into(), span), ..layer };
        }
        let is_nobias = |argument: &&Spanned<Argument>| matches!(&argument.value, Argument::Dim(DimSyntax::Name(word)) if word == NOBIAS);
        let (nobias, mut gate): (Vec<_>, Vec<_>) = rest.iter().partition(is_nobias);
        if let [first, second, ..] = nobias[..] {
            self.report.push(DefinitionError::TwoNobias { first: first.span, second: second.span }.into());
        }
        let sigmoid = Spanned::new(Argument::Dim(DimSyntax::Name("sigmoid".into())), span);
        if gate.is_empty() {
            gate.push(&sigmoid);
        }
        let dense = |more: &[&Spanned<Argument>]| {
            let arguments = widths.iter().chain(more.iter().copied()).chain(nobias.first().copied()).cloned().collect();
            let kind = Name::new("dense".into(), span);
            let layer = LayerSyntax { name: None, kind, arguments, branches: Vec::new(), sources: Vec::new() };
            vec![Statement { span, kind: StatementKind::Layer(layer) }]
        };
        let branches = vec![dense(&[]), dense(&gate)];
        let kind = Name::new("multiply".into(), span);
        LayerSyntax { kind, arguments: Vec::new(), branches, ..layer }
    }

    fn kind(&mut self, kind: &Name, given: &Given) -> Name {
        match given.get(kind.value.as_str()) {
            None => kind.clone(),
            Some(Spanned { value: Argument::Dim(DimSyntax::Name(word)), .. }) => Name::new(word.clone(), kind.span),
            Some(other) => {
                let (name, found) = (kind.value.clone(), other.value.to_string());
                self.report.push(DefinitionError::NoKind { name, found, span: other.span }.into());
                kind.clone()
            }
        }
    }

    /// A use as a layer with the body as its one branch.
    fn used(&mut self, layer: LayerSyntax, definition: &DefinitionSyntax) -> LayerSyntax {
        self.used.insert(layer.kind.value.clone());
        let (wanted, found) = (definition.parameters.len(), layer.arguments.len());
        if wanted != found {
            let names = definition.parameters.iter().map(|name| format!(" {}", name.value));
            let name = layer.kind.value.clone();
            let example = format!("{name}{}", names.collect::<String>());
            let span = layer.kind.span;
            self.report.push(DefinitionError::Arguments { name, wanted, found, span, example }.into());
        }
        if self.open.contains(&layer.kind.value) {
            let (name, span) = (layer.kind.value.clone(), layer.kind.span);
            let kind = Name::new(format!("{BLOCK}{name}"), span);
            self.report.push(DefinitionError::Itself { name, span }.into());
            return LayerSyntax { kind, arguments: Vec::new(), branches: vec![Vec::new()], ..layer };
        }
        let names = definition.parameters.iter().map(|name| name.value.as_str());
        let given: Given = names.zip(&layer.arguments).collect();
        self.open.push(layer.kind.value.clone());
        let body = self.statements(&definition.body, &given);
        self.open.pop();
        let word = if definition.shared { SHARED } else { BLOCK };
        let kind = Name::new(format!("{word}{}", layer.kind.value), layer.kind.span);
        LayerSyntax { kind, arguments: Vec::new(), branches: vec![body], ..layer }
    }
}

fn argument_of(argument: &Spanned<Argument>, given: &Given) -> Spanned<Argument> {
    let value = match &argument.value {
        Argument::Dim(DimSyntax::Name(name)) if given.contains_key(name.as_str()) => given[name.as_str()].value.clone(),
        Argument::Dim(dim) => Argument::Dim(dimension_of(dim, given)),
        other @ (Argument::Arrow | Argument::Call(_) | Argument::Option(_) | Argument::Number(_)) => other.clone(),
    };
    Spanned::new(value, argument.span)
}

fn dimension_of(dim: &DimSyntax, given: &Given) -> DimSyntax {
    let each = |dims: &[Spanned<DimSyntax>]| {
        dims.iter().map(|dim| Spanned::new(dimension_of(&dim.value, given), dim.span)).collect()
    };
    match dim {
        DimSyntax::Name(name) => match given.get(name.as_str()).map(|argument| &argument.value) {
            Some(Argument::Dim(given)) => given.clone(),
            Some(_) | None => dim.clone(),
        },
        DimSyntax::Number(number) => DimSyntax::Number(*number),
        DimSyntax::Sum(terms) => DimSyntax::Sum(each(terms)),
        DimSyntax::Product(factors) => DimSyntax::Product(each(factors)),
    }
}
