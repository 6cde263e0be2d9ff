//! Words such as `W1`, `b`, `Z_hidden` → variables of a network.

use indexmap::{IndexMap, IndexSet};

use super::PipelineError;
use crate::{
    evaluate::files::shown,
    expr::{Role, SymbolId},
    gradient::{Derivation, GradientError},
    network::forward::Forward,
    source::{Diagnostic, Kind, subscript_digit, suggestion::nearest},
};

/// Words that mean all variables of some roles.
const KINDS: [(&str, &[Role]); 6] = [
    ("W", &[Role::Weight]),
    ("b", &[Role::Bias]),
    ("s", &[Role::Gain]),
    ("alpha", &[Role::Slope]),
    ("Z", &[Role::PreActivation]),
    ("A", &[Role::Activation, Role::Prediction]),
];

/// So many names are listed where none is near.
const SHOWN: usize = 8;

/// What is said of an empty word, as between two commas.
pub const NAMELESS: &str = "the name of a variable is missing";

/// What to do about it.
#[must_use]
pub fn naming(example: &str) -> String {
    format!("name one, such as `{example}`")
}

/// A word that names nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", if name.is_empty() { NAMELESS.into() } else { format!("the network has no variable `{}`", shown(name)) })]
pub struct UnknownVariable {
    /// The word.
    pub name: String,
    /// What it could be.
    pub help: String,
}

impl UnknownVariable {
    /// The message to the user.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(Kind::Usage, self.to_string()).help(&self.help)
    }
}

/// The variables in the order in which they are asked for, each once; all parameters if none is asked for.
///
/// # Errors
/// A word that names nothing.
pub fn select(forward: &Forward, words: &[String]) -> Result<Vec<SymbolId>, UnknownVariable> {
    if words.is_empty() {
        return Ok(forward.parameters.clone());
    }
    let known = known(forward);
    let mut selected = IndexSet::new();
    for word in words.iter().map(|word| word.trim()) {
        match known.get(word).or_else(|| known.get(&as_typed(word))) {
            Some(variable) if forward.arena.symbol(*variable).role == Role::InverseRms => {
                let help =
                    "name what the norm puts out or takes in: its root mean squares have no gradient of their own here";
                return Err(UnknownVariable { name: word.into(), help: help.into() });
            }
            Some(variable) => {
                selected.insert(*variable);
            }
            None => selected.extend(of_kind(forward, &known, word)?),
        }
    }
    Ok(selected.into_iter().collect())
}

/// The variables of a derivation that are asked for: of Jacobians the rows of a sample, by default the inputs and all Z.
///
/// # Errors
/// A word that names nothing; a derivative that cannot be written.
pub fn of(derivation: &Derivation, words: &[String]) -> Result<Vec<SymbolId>, PipelineError> {
    let forward = &derivation.forward;
    let mut variables = select(forward, words)?;
    let symbol = |variable: &SymbolId| forward.arena.symbol(*variable);
    if derivation.jacobian_of.is_some() && words.is_empty() {
        let defined = forward.definitions.iter().map(|definition| definition.symbol);
        let values = defined.filter(|value| symbol(value).role == Role::PreActivation);
        variables = forward.inputs.iter().copied().chain(values).collect();
    } else if derivation.second.is_some() {
        return blocks(forward, words);
    } else if derivation.jacobian_of.is_some()
        && let Some(parameter) = variables.iter().find(|variable| !symbol(variable).is_value())
    {
        return Err(GradientError::NoRow { name: symbol(parameter).key() }.into());
    }
    derivation.check_paths(&variables)?;
    Ok(variables)
}

/// The parameters and inputs that are asked for, by default all parameters.
///
/// # Errors
/// A word that names neither.
pub fn blocks(forward: &Forward, words: &[String]) -> Result<Vec<SymbolId>, PipelineError> {
    let selected = select(forward, words)?;
    match selected.iter().find(|variable| !is_block(forward, **variable)) {
        Some(value) => Err(PipelineError::NoBlock { name: forward.arena.symbol(*value).key() }),
        None => Ok(selected),
    }
}

/// Whether the variable is a parameter or an input.
#[must_use]
pub fn is_block(forward: &Forward, variable: SymbolId) -> bool {
    forward.parameters.contains(&variable) || forward.inputs.contains(&variable)
}

/// X, the parameters, Z₁, A₁, …, by the names that users type.
#[must_use]
pub fn known(forward: &Forward) -> IndexMap<String, SymbolId> {
    let defined = forward.definitions.iter().map(|definition| definition.symbol);
    let all = forward.inputs.iter().chain(&forward.parameters).copied().chain(defined);
    all.map(|symbol| (forward.arena.symbol(symbol).key(), symbol)).collect()
}

/// The name that users type for one as formulas print it: `W11_P` for `W_11_P`, `W1` for `W₁` or `∂J/∂W₁`.
fn as_typed(word: &str) -> String {
    let word = ["∂J/∂", "dJ/d"].into_iter().find_map(|sign| word.strip_prefix(sign)).unwrap_or(word);
    let plain: String = word.chars().map(|c| subscript_digit(c).unwrap_or(c)).collect();
    match plain.split_once('_') {
        Some((letter, label)) if label.starts_with(|c: char| c.is_ascii_digit()) => format!("{letter}{label}"),
        Some(_) | None => plain,
    }
}

/// All variables of the kind that the word names.
fn of_kind(
    forward: &Forward,
    known: &IndexMap<String, SymbolId>,
    word: &str,
) -> Result<Vec<SymbolId>, UnknownVariable> {
    let error = |help| UnknownVariable { name: word.into(), help };
    let Some((_, roles)) = KINDS.iter().find(|(kind, _)| *kind == word) else {
        return Err(error(repair(forward, known, word)));
    };
    let of_role = known.values().filter(|symbol| roles.contains(&forward.arena.symbol(**symbol).role));
    let found: Vec<SymbolId> = of_role.copied().collect();
    if found.is_empty() { Err(error(format!("no layer has a {word}"))) } else { Ok(found) }
}

/// The nearest name, or some of the names there are.
fn repair(forward: &Forward, known: &IndexMap<String, SymbolId>, word: &str) -> String {
    if word.is_empty() {
        let example = forward.parameters.first().copied().unwrap_or(forward.input());
        return naming(&forward.arena.symbol(example).key());
    }
    if *forward.arena.symbol(forward.target()).name == *word {
        return format!("{word} is the target, which is given: choose a parameter, the input, a Z or an A");
    }
    if let Some(help) = of_formula(known, &as_typed(word)) {
        return help;
    }
    let parts: Vec<String> = known
        .keys()
        .filter(|name| name.strip_prefix(word).is_some_and(|rest| rest.starts_with('_')))
        .cloned()
        .collect();
    if let [first, rest @ ..] = &parts[..]
        && word.ends_with(|c: char| c.is_ascii_digit())
    {
        let names: Vec<&str> = std::iter::once(first).chain(rest.iter().take(SHOWN)).map(String::as_str).collect();
        return format!("did you mean `{}`?", names.join("` or `"));
    }
    if let Some(help) = of_its_kind(known, word) {
        return help;
    }
    let kinds = KINDS.iter().map(|(kind, _)| *kind);
    if let Some(near) = nearest(word, known.keys().map(String::as_str).chain(kinds)) {
        return format!("did you mean `{near}`?");
    }
    format!("it has {}", first(known.keys().map(String::as_str)))
}

/// Some names, and a sign that there are more.
fn first<'k>(names: impl Iterator<Item = &'k str> + Clone) -> String {
    let more = if names.clone().count() > SHOWN { ", …" } else { "" };
    format!("{}{more}", names.take(SHOWN).collect::<Vec<_>>().join(", "))
}

/// Of a name such as `W4` or `W_gate`, those that begin with the same letter: another letter or number is another array.
fn of_its_kind(known: &IndexMap<String, SymbolId>, word: &str) -> Option<String> {
    let of_layer = |name: &str, kind: &str| {
        let label = name.strip_prefix(kind)?;
        let is_number = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
        (is_number || label.starts_with('_')).then_some(is_number)
    };
    let (kind, is_number) = KINDS.iter().find_map(|(kind, _)| Some((*kind, of_layer(word, kind)?)))?;
    let same = known.keys().map(String::as_str).filter(|name| of_layer(name, kind).is_some());
    if same.clone().next().is_none() {
        return Some(format!("no layer has a {kind}"));
    }
    let near = if is_number { None } else { nearest(word, same.clone()) };
    Some(near.map_or_else(|| format!("choose from {}", first(same)), |near| format!("did you mean `{near}`?")))
}

/// What a symbol of the formulas is, that nothing is differentiated with respect to; and what to ask for.
fn of_formula(known: &IndexMap<String, SymbolId>, word: &str) -> Option<String> {
    let layer = |letters: &[&str]| letters.iter().find_map(|letter| word.strip_prefix(letter));
    let asked = |letter: &str, layer: &str| Some(format!("{letter}{layer}")).filter(|name| known.contains_key(name));
    if word == "J" {
        return Some(
            "J is the loss itself, which is what is differentiated: choose a parameter, the input, a Z or an A".into(),
        );
    }
    if matches!(word, "Yhat" | "Ŷ") {
        let last = known.keys().rfind(|name| name.starts_with('A'))?;
        return Some(format!("Ŷ is the activation of the last layer: write `{last}`"));
    }
    if let Some(z) = layer(&["Delta", "delta", "Δ", "dZ"]).and_then(|layer| asked("Z", layer)) {
        return Some(format!("Delta is the gradient with respect to Z: write `{z}`"));
    }
    let z = layer(&["S", "D", "G"]).and_then(|layer| asked("Z", layer))?;
    Some(format!("{word} stands for the activation derivatives at {z} and has no gradient of its own: write `{z}`"))
}
