//! A layer's kind and arguments → [`LayerPlan`].

use super::{
    definitions::use_of,
    dimension,
    names::{NOBIAS, names_size},
    plan::{LayerPlan, Setting},
    scope::Scope,
    settings, words,
};
use crate::{
    catalog::{activation::Activation, layer},
    shape::Extent,
    source::{Diagnostic, Kind, Span, Spanned},
    spec::{
        meant::meant,
        near_statement,
        syntax::{Argument, Call, DimSyntax, LayerSyntax, Name},
        unknown_statement, unknown_title,
    },
};

/// Arguments that do not fit the kind of layer.
#[derive(Debug, thiserror::Error)]
enum ArgumentError {
    #[error("{}", unknown_title(found))]
    Kind { found: String, span: Span },
    #[error("`{kind}` needs a width")]
    NoWidth { kind: String, span: Span, example: &'static str },
    #[error("`->` stands between the widths that come in and go out")]
    Arrow { span: Span, kind: String },
    #[error("`{kind}` has its width already")]
    SecondWidth { kind: String, span: Span },
    #[error("`{kind}` has {what} already")]
    Twice { kind: String, what: &'static str, first: Span, second: Span, help: &'static str },
    #[error("`{kind}` needs the name of one")]
    NoActivation { kind: String, span: Span, example: &'static str },
    #[error("`{kind}` has no option `{found}`")]
    Option { kind: String, found: String, span: Span },
    #[error("`{kind}` takes an activation and nothing else")]
    NoWeight { kind: String, span: Span, example: &'static str },
}

impl From<ArgumentError> for Diagnostic {
    fn from(error: ArgumentError) -> Self {
        let diagnostic = Self::error(Kind::Spec, error.to_string());
        match error {
            ArgumentError::Kind { found, span } => {
                let (label, help) = unknown_statement(&found);
                let diagnostic = diagnostic.at(span, label).help(help);
                match near_statement(&found) {
                    Some(near) => diagnostic.edit(span, near),
                    None => diagnostic,
                }
            }
            ArgumentError::NoWidth { span, example, .. }
            | ArgumentError::NoActivation { span, example, .. }
            | ArgumentError::NoWeight { span, example, .. } => {
                diagnostic.at(span, "").help(format!("write it as in `{example}`"))
            }
            ArgumentError::Option { span, kind, .. } if kind == "dense" => {
                diagnostic.at(span, "").help("its one option is `tied`, as in `dense f0 tied=encode`")
            }
            ArgumentError::Option { span, .. } => diagnostic.at(span, "").help("leave it out"),
            ArgumentError::Arrow { span, kind } | ArgumentError::SecondWidth { span, kind } => {
                diagnostic.at(span, "").help(format!("both widths are written as `{kind} f0 -> f1`"))
            }
            ArgumentError::Twice { first, second, help, what, .. } => {
                let diagnostic = diagnostic.at(second, "").because(first, "this is the first").help(help);
                if what == "`nobias`" { diagnostic.edit(second, "") } else { diagnostic }
            }
        }
    }
}

/// What a layer's statement says. Whether all was well, the length of the report tells.
pub(super) fn layer_plan<'a>(
    syntax: &'a LayerSyntax,
    span: Span,
    scope: &mut Scope,
    report: &mut Vec<Diagnostic>,
) -> LayerPlan<'a> {
    let entry = layer::find(&syntax.kind.value);
    let name = syntax.name.as_ref();
    let reported = report.len();
    let mut plan = LayerPlan {
        span,
        name,
        entry,
        input: None,
        output: None,
        activation: None,
        bias: true,
        setting: Setting::None,
        sources: syntax.sources.clone(),
        branches: Vec::new(),
        faulty: false,
    };
    match entry {
        None if use_of(&syntax.kind.value).is_some() => {
            let shared = use_of(&syntax.kind.value).filter(|(_, shared)| *shared).map(|(name, _)| name.to_owned());
            plan.setting = Setting::Group { shared };
        }
        Some(entry) if !matches!(entry.kind, layer::Kind::Dense | layer::Kind::Activation) => {
            settings::read(syntax, entry, &mut plan, report);
        }
        None => {
            let Name { value: found, span } = syntax.kind.clone();
            report.push(ArgumentError::Kind { found, span }.into());
        }
        Some(entry) => {
            let (kind, plan) = (&syntax.kind, &mut plan);
            Reader { kind, entry, plan, scope, report, nobias: None, activation: None }.read(&syntax.arguments);
        }
    }
    // What was meant says more than what is wrong.
    if report.len() > reported
        && let Some(meant) = meant(&syntax.to_string())
    {
        let first = report.drain(reported..).next();
        report.extend(first.map(|error| meant.mend(error, span)));
    }
    plan
}

/// A stated width; `None` if it is no dimension, which has been reported.
type Width = Option<Spanned<Extent>>;

/// Reads arguments into a plan.
struct Reader<'r, 'a> {
    kind: &'r Name,
    entry: &'static layer::Entry,
    plan: &'r mut LayerPlan<'a>,
    scope: &'r mut Scope,
    report: &'r mut Vec<Diagnostic>,
    /// The places of the words that may stand once.
    nobias: Option<Span>,
    activation: Option<Span>,
}

impl Reader<'_, '_> {
    fn read(&mut self, arguments: &[Spanned<Argument>]) {
        let has_weight = self.entry.kind == layer::Kind::Dense;
        let words = if has_weight { self.widths(arguments).unwrap_or_default() } else { arguments };
        for argument in words {
            match &argument.value {
                Argument::Dim(DimSyntax::Name(word)) if word == NOBIAS && has_weight => {
                    self.nobias(argument.span);
                }
                Argument::Dim(DimSyntax::Name(word)) if word == NOBIAS => return self.misplaced(argument),
                Argument::Dim(DimSyntax::Name(word)) => {
                    self.activation(&Call { name: Name::new(word.clone(), argument.span), parameter: None }, argument);
                }
                Argument::Call(call) => self.activation(call, argument),
                Argument::Option(option) if has_weight && option.key.value == "tied" => {
                    self.plan.setting = Setting::Tied(option.value.clone());
                }
                Argument::Dim(DimSyntax::Number(_) | DimSyntax::Sum(_) | DimSyntax::Product(_))
                | Argument::Arrow
                | Argument::Option(_)
                | Argument::Number(_) => {
                    return self.misplaced(argument);
                }
            }
        }
        if !has_weight && self.plan.activation.is_none() && arguments.is_empty() {
            let (kind, span) = (self.kind.value.clone(), self.kind.span);
            self.report.push(ArgumentError::NoActivation { kind, span, example: self.entry.example }.into());
        }
    }

    /// Reads `f1` or `f0 -> f1`; returns what follows, `None` if a width is missing.
    fn widths<'s>(&mut self, arguments: &'s [Spanned<Argument>]) -> Option<&'s [Spanned<Argument>]> {
        let (first, rest) = self.width(arguments, self.kind.span)?;
        let Some((Spanned { value: Argument::Arrow, span }, rest)) = rest.split_first() else {
            self.plan.output = first;
            return Some(rest);
        };
        self.plan.input = first;
        let second = self.width(rest, *span);
        // Where what goes out is missing, what stands before `->` may have been meant for it.
        if second.is_none() {
            self.plan.input = None;
        }
        let (second, rest) = second?;
        self.plan.output = second;
        Some(rest)
    }

    /// Reads the width behind `before`; returns it and what follows, `None` if there is none.
    fn width<'s>(
        &mut self,
        arguments: &'s [Spanned<Argument>],
        before: Span,
    ) -> Option<(Width, &'s [Spanned<Argument>])> {
        if let Some((Spanned { value: Argument::Dim(dim), span }, rest)) = arguments.split_first()
            && !matches!(dim, DimSyntax::Name(word) if !names_size(word))
        {
            let dim = Spanned::new(dim.clone(), *span);
            return Some((dimension::read(&dim, self.scope, self.report), rest));
        }
        let span = arguments.first().map_or(before, |argument| argument.span);
        let (kind, example) = (self.kind.value.clone(), self.entry.example);
        self.report.push(ArgumentError::NoWidth { kind, span, example }.into());
        None
    }

    fn nobias(&mut self, span: Span) {
        self.plan.bias = false;
        match self.nobias {
            None => self.nobias = Some(span),
            Some(first) => self.twice("`nobias`", first, span, "leave one of them"),
        }
    }

    fn activation(&mut self, call: &Call, argument: &Spanned<Argument>) {
        let span = argument.span;
        let stated = self.plan.output.as_ref().filter(|_| self.plan.input.is_none());
        let widths = stated.map(|width| format!("{} {} -> {}", self.kind.value, width.value.written, call.name.value));
        match (words::activation(call, widths, self.report), self.activation) {
            (Some(_), Some(first)) => {
                let help = "a second activation is a layer of its own: write `activation …` on the next line";
                self.twice("an activation", first, span, help);
            }
            (Some(activation), None) => {
                self.activation = Some(span);
                self.plan.activation = Some(Spanned::new(activation, span));
            }
            // The unknown word stands for one: what follows on the next line does not become this layer's.
            (None, _) => {
                self.plan.activation.get_or_insert(Spanned::new(Activation::LINEAR, span));
            }
        }
    }

    fn twice(&mut self, what: &'static str, first: Span, second: Span, help: &'static str) {
        let kind = self.kind.value.clone();
        self.report.push(ArgumentError::Twice { kind, what, first, second, help }.into());
    }

    /// An arrow or a dimension where a word should be.
    fn misplaced(&mut self, argument: &Spanned<Argument>) {
        let (kind, span) = (self.kind.value.clone(), argument.span);
        let error = if let Argument::Option(option) = &argument.value {
            ArgumentError::Option { kind, found: option.key.value.clone(), span: option.key.span }
        } else if self.entry.kind != layer::Kind::Dense {
            ArgumentError::NoWeight { kind, span, example: self.entry.example }
        } else if argument.value == Argument::Arrow {
            ArgumentError::Arrow { kind, span }
        } else {
            ArgumentError::SecondWidth { kind, span }
        };
        self.report.push(error.into());
    }
}
