//! Words such as `W`, `b`, `X` → variables of formulas for any depth.

use super::GeneralError;
use crate::{
    expr::{Index, SymbolId},
    gradient::Derivation,
    pipeline::variables::naming,
};

/// The variables in the order in which they are asked for: `W` for W_l, `b` for b_l, `Z` and `A`, the input by its name.
///
/// # Errors
/// Any other word.
pub fn select_general(derivation: &Derivation, words: &[String]) -> Result<Vec<SymbolId>, GeneralError> {
    let (forward, arena) = (&derivation.forward, &derivation.forward.arena);
    let mut selected = Vec::new();
    for word in words.iter().map(|word| word.trim()) {
        let input = &*arena.symbol(forward.input()).name;
        let is_own =
            |value: &SymbolId| arena.symbol(*value).label.as_deref().and_then(Index::of_label) == Some(Index::LAYER);
        let values = forward.definitions.iter().map(|definition| definition.symbol).filter(is_own);
        let all = forward.parameters.iter().copied().chain(values);
        let mut named: Vec<SymbolId> = all.filter(|symbol| *arena.symbol(*symbol).name == *word).collect();
        named.extend((word == input).then_some(forward.input()));
        if named.is_empty() {
            let known = forward.parameters.iter().map(|parameter| &*arena.symbol(*parameter).name);
            let known: Vec<&str> = known.chain([input, "Z", "A"]).collect();
            return Err(GeneralError::Variable { word: word.into(), help: repair(word, &known) });
        }
        for variable in named {
            if !selected.contains(&variable) {
                selected.push(variable);
            }
        }
    }
    Ok(if words.is_empty() { forward.parameters.clone() } else { selected })
}

fn repair(word: &str, names: &[&str]) -> String {
    if word.is_empty() {
        return naming(names[0]);
    }
    let of_a_layer = ["W", "b", "Z", "A"].into_iter().find(|letter| word.starts_with(letter));
    match of_a_layer {
        Some(letter) if !names.contains(&letter) => format!("no layer has a {letter}: it has {}", names.join(", ")),
        Some(letter) => {
            format!("its formulas are of any layer l: write `{letter}`, or take the formulas of this depth")
        }
        None => format!("it has {}", names.join(", ")),
    }
}
