//! A spec → the names in it that other tools have for activations and losses, and what they are called here.

use super::syntax::{Argument, DimSyntax, LayerSyntax, LossSyntax, Spec, Statement, StatementKind};
use crate::{
    catalog::{activation, layer, loss},
    source::Spanned,
};

/// Each name once, in the order of the text.
pub(super) fn all(spec: &Spec) -> Vec<(String, String)> {
    let mut found = Vec::new();
    statements(&spec.statements, &mut found);
    let mut once: Vec<(String, String)> = Vec::new();
    for alias in found {
        if !once.contains(&alias) {
            once.push(alias);
        }
    }
    once
}

fn statements(all: &[Statement], found: &mut Vec<(String, String)>) {
    for Statement { kind, .. } in all {
        match kind {
            StatementKind::Repeat(repeat) => statements(&repeat.body, found),
            StatementKind::Definition(definition) => statements(&definition.body, found),
            StatementKind::Layer(layer) => {
                found.extend(words(layer).into_iter().filter_map(of_activation));
                layer.branches.iter().for_each(|branch| statements(branch, found));
            }
            StatementKind::Loss(loss) => found.extend(of_loss(loss)),
            StatementKind::Input(_)
            | StatementKind::Target(_)
            | StatementKind::TargetValue(_)
            | StatementKind::Expect(_)
            | StatementKind::Let(_)
            | StatementKind::Layout(_)
            | StatementKind::Penalty(_) => {}
        }
    }
}

/// The words of a layer that are no widths.
fn words(layer: &LayerSyntax) -> Vec<String> {
    let widths = match layer::find(&layer.kind.value).map(|entry| entry.kind) {
        Some(layer::Kind::Activation) => 0,
        Some(layer::Kind::Dense) if layer.arguments.get(1).is_some_and(|next| next.value == Argument::Arrow) => 3,
        Some(layer::Kind::Dense | layer::Kind::Glu) => 1,
        Some(_) | None => return Vec::new(),
    };
    let word = |argument: &Spanned<Argument>| match &argument.value {
        Argument::Dim(DimSyntax::Name(word)) => Some(word.clone()),
        Argument::Call(call) => Some(call.name.value.clone()),
        Argument::Dim(_) | Argument::Arrow | Argument::Option(_) | Argument::Number(_) => None,
    };
    layer.arguments.iter().skip(widths).filter_map(word).collect()
}

fn of_activation(word: String) -> Option<(String, String)> {
    let meant = activation::find(&word, None)?.to_string();
    let name = meant.split('(').next().unwrap_or_default().to_owned();
    (name != word).then_some((word, name))
}

fn of_loss(LossSyntax { call, .. }: &LossSyntax) -> Option<(String, String)> {
    let word = &call.name.value;
    let (name, _) = loss::entry(word)?;
    let is_own = loss::TABLE.iter().any(|(own, _)| own == word);
    (!is_own).then(|| (word.clone(), (*name).to_owned()))
}
