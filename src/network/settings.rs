//! The arguments of branches, norms and dropout → what they set in a [`LayerPlan`].

use super::{
    graph::{Norm, NormKind},
    names::did_you_mean,
    plan::{LayerPlan, Setting},
};
use crate::{
    catalog::layer::{Entry, Kind},
    expr::function::Parameter,
    source::{Diagnostic, Kind as Fault, Span, Spanned},
    spec::syntax::{Argument, DimSyntax, LayerSyntax, Name, OptionSyntax},
};

/// What is added to a mean square where nothing else is said.
const EPSILON: f64 = 1e-5;

/// Arguments that do not fit the kind of layer.
#[derive(Debug, thiserror::Error)]
enum SettingError {
    #[error("`{kind}` does not take `{found}`")]
    Foreign { kind: &'static str, found: String, span: Span, example: &'static str },
    #[error("`residual` has one block, found {found}")]
    Blocks { found: usize, span: Span },
    #[error("`{kind}` needs at least two values, found {found}")]
    Few { kind: &'static str, found: usize, span: Span, example: &'static str },
    #[error("`{kind}` has both blocks and named values")]
    Both { kind: &'static str, span: Span },
    #[error("`norm` needs to know over what: `layer`, `rms` or `batch`")]
    NoNorm { span: Span },
    #[error("unknown norm `{found}`")]
    Norm { found: String, span: Span },
    #[error("only the means of `norm batch` can be held fixed: those of `norm {kind}` are of each sample alone")]
    Fixed { kind: &'static str, span: Span },
    #[error("`eps` is at least 0, found `{found}`")]
    Epsilon { found: String, span: Span },
    #[error("`norm` has `{what}` already")]
    Twice { what: &'static str, first: Span, second: Span },
    #[error("`dropout` needs the share of entries that it drops, from 0 to below 1")]
    NoRate { span: Span },
    #[error("`dropout` drops a share from 0 to below 1, found `{found}`")]
    Rate { found: String, span: Span, percent: Option<f64> },
}

impl From<SettingError> for Diagnostic {
    fn from(error: SettingError) -> Self {
        let diagnostic = Self::error(Fault::Spec, error.to_string());
        match error {
            SettingError::Foreign { span, example, .. } | SettingError::Few { span, example, .. } => {
                diagnostic.at(span, "").help(format!("write it as in `{example}`"))
            }
            SettingError::Blocks { span, .. } => diagnostic.at(span, "").help(
                "write `add` for `residual` where two branches are added, or the layers one after the other in one block",
            ),
            SettingError::Both { span, .. } => {
                diagnostic.at(span, "").help("leave out the names, or put a named value behind `from`")
            }
            SettingError::NoNorm { span } => {
                diagnostic.at(span, "").help("write `norm layer`").edit(span, "norm layer")
            }
            SettingError::Norm { found, span } => {
                let known = NormKind::TABLE.iter().map(|(name, _)| *name);
                did_you_mean(diagnostic.at(span, ""), (&found, span), known)
            }
            SettingError::Fixed { span, .. } => {
                diagnostic.at(span, "").help("leave `fixed` out, or write `norm batch fixed`").edit(span, "")
            }
            SettingError::Epsilon { span, .. } => diagnostic.at(span, "").help("write `eps=1e-5`").edit(span, "1e-5"),
            SettingError::Twice { first, second, .. } => {
                diagnostic.at(second, "").because(first, "this is the first").help("leave one of them").edit(second, "")
            }
            SettingError::NoRate { span } => {
                diagnostic.at(span, "").help("write the share behind it, as in `dropout 0.5`")
            }
            SettingError::Rate { span, percent, .. } => match percent {
                Some(share) => diagnostic.at(span, "").help(format!("write `{share}`")).edit(span, share.to_string()),
                None => diagnostic.at(span, "").help("write a number such as `0.5`"),
            },
        }
    }
}

/// Reads the arguments of `syntax` into the plan.
pub(super) fn read(syntax: &LayerSyntax, entry: &'static Entry, plan: &mut LayerPlan, report: &mut Vec<Diagnostic>) {
    let mut reader = Reader { syntax, entry, report };
    match entry.kind {
        Kind::Norm => plan.setting = reader.norm(),
        Kind::Dropout => plan.setting = reader.dropout(),
        Kind::Residual | Kind::Add | Kind::Subtract | Kind::Multiply | Kind::Concat => reader.branches(plan),
        Kind::Dense | Kind::Activation | Kind::Glu => {}
    }
}

struct Reader<'r> {
    syntax: &'r LayerSyntax,
    entry: &'static Entry,
    report: &'r mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn span(&self) -> Span {
        self.syntax.kind.span
    }

    fn foreign(&mut self, argument: &Spanned<Argument>) {
        let (kind, example) = (self.entry.name, self.entry.example);
        let found = argument.value.to_string();
        self.report.push(SettingError::Foreign { kind, found, span: argument.span, example }.into());
    }

    /// The named values of `add a b`; blocks are read elsewhere.
    fn branches(&mut self, plan: &mut LayerPlan) {
        let blocks = self.syntax.branches.len();
        let (kind, example, span) = (self.entry.name, self.entry.example, self.span());
        if self.entry.kind == Kind::Residual {
            self.syntax.arguments.iter().for_each(|argument| self.foreign(argument));
            if blocks != 1 {
                self.report.push(SettingError::Blocks { found: blocks, span }.into());
            }
            return;
        }
        let mut names = Vec::new();
        for argument in &self.syntax.arguments {
            #[allow(clippy::wildcard_enum_match_arm, reason = "all else is no name of a value")]
            match &argument.value {
                Argument::Dim(DimSyntax::Name(name)) => names.push(Name::new(name.clone(), argument.span)),
                _ => self.foreign(argument),
            }
        }
        let taken = names.len() + if blocks == 0 { plan.sources.len() } else { 0 };
        if blocks > 0 && !names.is_empty() {
            self.report.push(SettingError::Both { kind, span }.into());
        } else if blocks.max(taken) < 2 {
            self.report.push(SettingError::Few { kind, found: blocks.max(taken), span, example }.into());
        } else {
            plan.sources.splice(0..0, names);
        }
    }

    fn norm(&mut self) -> Setting {
        let (mut kind, mut epsilon, mut plain) = (None, Parameter::new(EPSILON), false);
        let mut said: [(&str, Option<Span>); 3] = [("plain", None), ("eps", None), ("fixed", None)];
        for argument in &self.syntax.arguments {
            #[allow(clippy::wildcard_enum_match_arm, reason = "all else says nothing of a norm")]
            match &argument.value {
                Argument::Dim(DimSyntax::Name(word)) if word == "plain" => {
                    plain = true;
                    self.once(&mut said[0], argument.span);
                }
                Argument::Dim(DimSyntax::Name(word)) if word == "fixed" => self.once(&mut said[2], argument.span),
                Argument::Dim(DimSyntax::Name(word)) if kind.is_none() => {
                    kind = NormKind::TABLE.iter().find(|(name, _)| name == word).map(|(_, kind)| *kind);
                    if kind.is_none() {
                        self.report.push(SettingError::Norm { found: word.clone(), span: argument.span }.into());
                        kind = Some(NormKind::Layer);
                    }
                }
                Argument::Option(OptionSyntax { key, value }) if key.value == "eps" => {
                    self.once(&mut said[1], argument.span);
                    let number = value.value.parse::<f64>().ok().filter(|number| *number >= 0.0 && number.is_finite());
                    if number.is_none() {
                        let (found, span) = (value.value.clone(), value.span);
                        self.report.push(SettingError::Epsilon { found, span }.into());
                    }
                    epsilon = number.map_or(epsilon, Parameter::new);
                }
                _ => self.foreign(argument),
            }
        }
        if kind.is_none() {
            let span = self.span();
            self.report.push(SettingError::NoNorm { span }.into());
        }
        let kind = kind.unwrap_or(NormKind::Layer);
        let fixed = said[2].1;
        if let Some(span) = fixed.filter(|_| kind != NormKind::Batch) {
            self.report.push(SettingError::Fixed { kind: kind.name(), span }.into());
        }
        Setting::Norm { norm: Norm { kind, epsilon }, plain, fixed: fixed.is_some() }
    }

    /// Notes where the word stands; reports it where it stands again.
    fn once(&mut self, (what, place): &mut (&'static str, Option<Span>), second: Span) {
        match *place {
            None => *place = Some(second),
            Some(first) => self.report.push(SettingError::Twice { what, first, second }.into()),
        }
    }

    fn dropout(&mut self) -> Setting {
        let [only] = &self.syntax.arguments[..] else {
            let span = self.span();
            match self.syntax.arguments.get(1) {
                Some(second) => self.foreign(second),
                None => self.report.push(SettingError::NoRate { span }.into()),
            }
            return Setting::None;
        };
        let Argument::Number(rate) = only.value else {
            self.foreign(only);
            return Setting::None;
        };
        if !(0.0..1.0).contains(&rate) {
            let (found, span) = (only.value.to_string(), only.span);
            let percent =
                Some(rate / 100.0).filter(|_| (2.0..100.0).contains(&rate) && (rate >= 10.0 || rate.fract() == 0.0));
            self.report.push(SettingError::Rate { found, span, percent }.into());
        }
        Setting::Dropout(Parameter::new(rate))
    }
}
