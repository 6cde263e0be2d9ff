//! Statements in order → which of them is the input, the target, the loss, and what lies between.

use super::plan::{LayerPlan, Step};
use crate::{
    catalog::layer::{self, Kind},
    source::{Diagnostic, Kind as Fault, Span},
    spec::{
        meant::{Meant, meant},
        near_statement,
        syntax::{
            Argument, Binding, LossSyntax, Name, PenaltySyntax, Spec, Statement, StatementKind, TensorDeclaration,
        },
    },
};

/// A part of the syntax tree and its statement's place.
pub(super) type Said<'a, T> = (&'a T, Span);

/// A spec sorted by the roles of its statements. What is missing or misplaced has been reported; misplaced
/// statements are kept, so that nothing else is reported because of them.
#[derive(Default)]
pub(super) struct Outline<'a> {
    pub inputs: Vec<Said<'a, TensorDeclaration>>,
    pub targets: Vec<Said<'a, TensorDeclaration>>,
    /// `target X`
    pub target_value: Option<&'a Name>,
    pub losses: Vec<Said<'a, LossSyntax>>,
    pub penalties: Vec<Said<'a, PenaltySyntax>>,
    /// `layout columns`
    pub layout: Option<Said<'a, Name>>,
    /// Layers, blocks and `expect`, in order.
    pub body: Vec<&'a Statement>,
    /// The bindings of each `let`.
    pub bindings: Vec<&'a Binding>,
    /// The bindings of those after the loss.
    pub misplaced_bindings: Vec<&'a Binding>,
}

/// A statement is missing, or stands where it may not.
#[derive(Debug, thiserror::Error)]
enum OrderError {
    #[error("the spec is empty")]
    Empty,
    #[error("the network has no input")]
    NoInput { first: Span, features: String },
    #[error("the network has no loss")]
    NoLoss { last: Span },
    #[error("a spec has one `{word}`, this is the second")]
    Second { word: &'static str, first: Span, second: Span },
    #[error("two losses are of the same prediction and the same target")]
    Losses { first: Span, second: Span },
    #[error("`input` comes before any layer")]
    LateInput { statement: Span, input: Span, text: String },
    #[error("the loss is the last statement of a spec")]
    AfterLoss { statement: Span, loss: Span, text: String, end: usize },
    #[error("the loss is the last statement of a spec")]
    LetAfterLoss { statement: Span, loss: Span },
    #[error("the network has no layer with parameters")]
    NoParameters { place: Span, remark: &'static str },
}

impl From<OrderError> for Diagnostic {
    fn from(error: OrderError) -> Self {
        let diagnostic = Self::error(Fault::Spec, error.to_string());
        match error {
            OrderError::Empty => diagnostic.help("a smallest spec: `input X [n, f0]; dense f1; loss half_mse`"),
            OrderError::NoInput { first, features } => diagnostic
                .at(first, "nothing comes in here")
                .help(format!("begin with `input X [n, {features}]`: samples × features"))
                .edit(Span::new(first.start, first.start), format!("input X [n, {features}]; ")),
            OrderError::NoLoss { last } => {
                diagnostic.at(last, "the spec ends here").help("end it with a loss, as `loss half_mse`")
            }
            OrderError::Losses { first, second } => diagnostic.at(second, "").because(first, "this is the first").help(
                "leave one of them, or say behind one what it is of: `from` and a layer, or `against` and a target",
            ),
            OrderError::Second { word, first, second } => diagnostic
                .at(second, "")
                .because(first, "this is the first")
                .help(format!("leave one `{word}` in the spec")),
            OrderError::LateInput { statement, input, text } => diagnostic
                .at(input, "")
                .because(statement, "this stands before it")
                .help("move `input` up, before the first layer")
                .edit(Span::new(statement.start, statement.start), format!("{text}; "))
                .edit(input, ""),
            OrderError::LetAfterLoss { statement, loss } => {
                diagnostic.at(statement, "").because(loss, "this is the loss").help("move the `let` up, to the top")
            }
            OrderError::AfterLoss { statement, loss, text, end } => diagnostic
                .at(statement, "")
                .because(loss, "this is the loss")
                .help("move the loss down, to the end")
                .edit(loss, "")
                .edit(Span::new(end, end), format!("; {text}")),
            OrderError::NoParameters { place, remark } => {
                diagnostic.at(place, remark).help("add a layer with a weight, as `dense f1`")
            }
        }
    }
}

/// Sorts the statements of `spec`.
pub(super) fn outline<'a>(spec: &'a Spec, report: &mut Vec<Diagnostic>) -> Outline<'a> {
    let mut outline = Outline::default();
    let (Some(first), Some(last)) = (spec.statements.first(), spec.statements.last()) else {
        report.push(OrderError::Empty.into());
        return outline;
    };
    let mut after_loss = false;
    for statement in &spec.statements {
        if let Some((syntax, loss)) = outline.losses.first().copied()
            && !after_loss
            && !matches!(statement.kind, StatementKind::Loss(_) | StatementKind::Penalty(_) | StatementKind::Layout(_))
        {
            let (place, text, end) = (statement.span, syntax.to_string(), last.span.end);
            let error = if matches!(statement.kind, StatementKind::Let(_)) {
                OrderError::LetAfterLoss { statement: place, loss }
            } else {
                OrderError::AfterLoss { statement: place, loss, text, end }
            };
            report.push(error.into());
            after_loss = true;
        }
        outline.add(statement, after_loss, report);
    }
    if outline.inputs.is_empty() && !is_meant(spec, "input") {
        let first = outline.body.first().copied().unwrap_or(first);
        report.push(OrderError::NoInput { first: first.span, features: width_of(first) }.into());
    }
    // Without a loss the gradient that comes in is a name; where more is said of one, it is missing.
    let speaks_of_loss = !outline.targets.is_empty() || outline.target_value.is_some() || !outline.penalties.is_empty();
    if outline.losses.is_empty() && (speaks_of_loss || outline.body.is_empty()) && !is_meant(spec, "loss") {
        report.push(OrderError::NoLoss { last: last.span }.into());
    }
    outline
}

/// Whether a statement of an unknown kind was meant to begin with this keyword: it is then not missing.
fn is_meant(spec: &Spec, keyword: &str) -> bool {
    spec.statements.iter().any(|statement| {
        let StatementKind::Layer(layer) = &statement.kind else { return false };
        let is_known = layer::find(&layer.kind.value).is_some();
        !is_known
            && (near_statement(&layer.kind.value) == Some(keyword)
                || matches!(meant(&layer.to_string()), Some(Meant::Statement { text, .. })
                    if text.split("; ").any(|part| part.starts_with(keyword))))
    })
}

/// The width that a layer says comes in, else a name for it.
fn width_of(statement: &Statement) -> String {
    let StatementKind::Layer(layer) = &statement.kind else { return "f0".into() };
    match layer.arguments.get(..2) {
        Some([width, arrow]) if arrow.value == Argument::Arrow => width.value.to_string(),
        _ => "f0".into(),
    }
}

impl<'a> Outline<'a> {
    /// Notes a statement's role.
    fn add(&mut self, statement: &'a Statement, after_loss: bool, report: &mut Vec<Diagnostic>) {
        let span = statement.span;
        match &statement.kind {
            StatementKind::Input(input) => {
                if let (true, Some(before)) = (self.inputs.is_empty(), self.body.first()) {
                    let (statement, text) = (before.span, format!("input {input}"));
                    report.push(OrderError::LateInput { statement, input: span, text }.into());
                }
                self.inputs.push((input, span));
            }
            StatementKind::Target(target) => self.targets.push((target, span)),
            StatementKind::TargetValue(name) => self.target_value = Some(name),
            StatementKind::Layout(layout) => match self.layout {
                Some((_, first)) => report.push(OrderError::Second { word: "layout", first, second: span }.into()),
                None => self.layout = Some((layout, span)),
            },
            StatementKind::Penalty(penalty) => self.penalties.push((penalty, span)),
            StatementKind::Loss(loss) => {
                let tells_apart = |loss: &LossSyntax| loss.from.is_some() || loss.against.is_some();
                match self.losses.first() {
                    Some((other, first)) if !tells_apart(other) && !tells_apart(loss) => {
                        report.push(OrderError::Losses { first: *first, second: span }.into());
                    }
                    Some(_) | None => self.losses.push((loss, span)),
                }
            }
            StatementKind::Definition(_) => {}
            StatementKind::Let(bindings) if after_loss => self.misplaced_bindings.extend(bindings),
            StatementKind::Let(bindings) => self.bindings.extend(bindings),
            StatementKind::Layer(_) | StatementKind::Repeat(_) | StatementKind::Expect(_) => self.body.push(statement),
        }
    }
}

/// Reports a body without a weight; at its first layer, or if there is none at the `end`.
pub(super) fn check_parameters(body: &[Step], end: Option<Span>, report: &mut Vec<Diagnostic>) {
    let layers: Vec<&LayerPlan> = body.iter().flat_map(Step::layers).collect();
    if !layers.iter().all(|layer| layer.entry.is_some_and(|entry| !matches!(entry.kind, Kind::Dense | Kind::Norm))) {
        return;
    }
    let first = layers.first().map(|layer| (layer.span, "an activation alone has none"));
    if let Some((place, remark)) = first.or(end.map(|end| (end, "no layer comes before this"))) {
        report.push(OrderError::NoParameters { place, remark }.into());
    }
}
