//! The statements between input and loss → [`Step`]s.

use std::collections::HashMap;

use super::{
    arguments, dimension,
    names::{self, NameError},
    plan::{Block, LayerPlan, ShapePlan, Step},
    scope::Scope,
};
use crate::{
    source::{Diagnostic, Span, Spanned},
    spec::syntax::{Count, DimSyntax, LayerSyntax, Repeat, ShapeSyntax, Statement, StatementKind},
};

/// Reads statements; reports each fault once, however often a block repeats it.
pub(super) struct Reader<'r, 'a> {
    scope: &'r mut Scope,
    report: &'r mut Vec<Diagnostic>,
    /// The layers with a name, and where it stands.
    named: HashMap<&'a str, Span>,
}

impl<'r, 'a> Reader<'r, 'a> {
    pub(super) fn new(scope: &'r mut Scope, report: &'r mut Vec<Diagnostic>) -> Self {
        Self { scope, report, named: HashMap::new() }
    }

    /// The steps of these statements.
    pub(super) fn steps(&mut self, statements: impl Iterator<Item = &'a Statement>) -> Vec<Step<'a>> {
        statements.filter_map(|statement| self.step(statement)).collect()
    }

    fn step(&mut self, statement: &'a Statement) -> Option<Step<'a>> {
        let span = statement.span;
        match &statement.kind {
            StatementKind::Layer(layer) => Some(Step::Layer(self.layer(layer, span))),
            StatementKind::Expect(shape) => Some(Step::Expect(self.shape(shape, span))),
            StatementKind::Repeat(block) => Some(Step::Repeat(self.block(block))),
            // The parser lets none of these into a block.
            StatementKind::Input(_)
            | StatementKind::Target(_)
            | StatementKind::TargetValue(_)
            | StatementKind::Let(_)
            | StatementKind::Definition(_)
            | StatementKind::Layout(_)
            | StatementKind::Penalty(_)
            | StatementKind::Loss(_) => None,
        }
    }

    fn layer(&mut self, syntax: &'a LayerSyntax, span: Span) -> LayerPlan<'a> {
        let reported = self.report.len();
        let mut plan = arguments::layer_plan(syntax, span, self.scope, self.report);
        if let Some(Spanned { value: name, span }) = plan.name {
            names::check_free(syntax.name.as_ref().unwrap_or(&syntax.kind), "layer", self.report);
            if let Some(first) = self.named.insert(name, *span) {
                let (label, second) = (name.clone(), *span);
                self.report.push(NameError::Layers { label, first, second, generated: false }.into());
                plan.name = None;
            }
        }
        plan.branches = syntax.branches.iter().map(|branch| self.steps(branch.iter())).collect();
        plan.faulty = self.report.len() > reported;
        plan
    }

    fn block(&mut self, repeat: &'a Repeat) -> Block<'a> {
        let span = repeat.count.span;
        let count = match &repeat.count.value {
            Count::Number(count) => Some(*count),
            Count::Name(name) => self.scope.count(name, span, self.report),
        };
        Block::new(span, count.unwrap_or(1), self.steps(repeat.body.iter()))
    }

    /// A stated shape: its first axis holds the samples.
    pub(super) fn shape(&mut self, shape: &ShapeSyntax, span: Span) -> ShapePlan {
        if shape.rows.value == DimSyntax::Name("None".into()) {
            self.report.push(NameError::NoSize { rows: shape.rows.span }.into());
        }
        let samples = dimension::read(&shape.rows, self.scope, self.report)
            .map(|Spanned { value, span }| Spanned::new(value.on_batch_axis(), span));
        ShapePlan { span, samples, features: dimension::read(&shape.columns, self.scope, self.report) }
    }
}
