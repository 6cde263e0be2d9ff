//! Words such as `W`, `b`, `X` → variables of formulas for any depth.

use super::GeneralError;
use crate::{expr::SymbolId, gradient::Derivation};

/// The variables in the order in which they are asked for: `W` for W_l, `b` for b_l, the input by its name.
///
/// # Errors
/// Any other word.
pub fn select_general(derivation: &Derivation, words: &[String]) -> Result<Vec<SymbolId>, GeneralError> {
    let (forward, arena) = (&derivation.forward, &derivation.forward.arena);
    let mut selected = Vec::new();
    for word in words.iter().map(|word| word.trim()) {
        let input = &*arena.symbol(forward.input).name;
        let named = forward.parameters.iter().find(|parameter| *arena.symbol(**parameter).name == *word);
        let Some(variable) = named.copied().or((word == input).then_some(forward.input)) else {
            let known: Vec<&str> = forward.parameters.iter().map(|p| &*arena.symbol(*p).name).chain([input]).collect();
            return Err(GeneralError::Variable { word: word.into(), help: repair(word, &known) });
        };
        if !selected.contains(&variable) {
            selected.push(variable);
        }
    }
    Ok(if words.is_empty() { forward.parameters.clone() } else { selected })
}

fn repair(word: &str, names: &[&str]) -> String {
    let of_a_layer = ["W", "b"].into_iter().find(|letter| word.starts_with(letter));
    match of_a_layer {
        Some(letter) if !names.contains(&letter) => format!("no layer has a {letter}: it has {}", names.join(", ")),
        Some(letter) => format!("its formulas are of any layer l: write `{letter}`, or leave out `--general`"),
        None => format!("it has {}", names.join(", ")),
    }
}
