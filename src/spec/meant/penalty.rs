//! The words behind `l2`, `weight_decay`, `penalty` → a penalty as it is written here.

use super::Meant;
use crate::{catalog::foreign::folded, spec::lexical::is_name};

/// Whether a statement that begins so is of a penalty: `l2 0.01` is one, `l2` a loss.
pub(super) fn is_one(head: &str, rest: &[&str]) -> bool {
    match folded(head).as_str() {
        "penalty" | "weightdecay" | "regularization" | "regularizer" => true,
        "l1" | "l2" => is_factor(rest),
        _ => false,
    }
}

/// Whether a factor is what is said first: behind the label `l2: dense 4` stands none.
pub(super) fn is_factor(rest: &[&str]) -> bool {
    rest.iter().find(|lexeme| !matches!(**lexeme, "(" | "=")).is_some_and(|lexeme| factor(lexeme).is_some())
}

/// `l2 0.01`, `penalty(l2, 0.01)`, `weight_decay=0.01`
pub(super) fn penalty(head: &str, rest: &[&str]) -> Option<Meant> {
    let is_sign = |lexeme: &str| matches!(lexeme, "(" | ")" | "," | "=" | ":" | "*");
    let words: Vec<&str> = rest.iter().copied().filter(|lexeme| !is_sign(lexeme)).collect();
    let (kind, words) = match (kind(head), words.split_first()) {
        (Some(kind), _) => (Some(kind), &words[..]),
        (None, Some((first, behind))) if kind(first).is_some() => (kind(first), behind),
        (None, _) => (None, &words[..]),
    };
    let number = words.iter().find(|word| factor(word).is_some());
    let Some(number) = number else { return kind.filter(|_| words.is_empty()).map(without_factor) };
    let names: Vec<&str> = words.iter().copied().filter(|word| word != number).collect();
    match kind {
        None => Some(Meant::Unclear(format!(
            "write `penalty l2 {number}` for {number} Σ W², `penalty l2 {number} half` for half of that, or \
             `penalty l1 {number}` for {number} Σ |W|"
        ))),
        Some(kind) if names.iter().all(|name| is_name(name)) => {
            let names = names.iter().map(|name| format!(" {name}")).collect::<Vec<_>>().concat();
            let why = (kind == "half").then(|| {
                format!("a weight decay adds {number} W to the gradient of W, as ½ {number} Σ W² does; biases have none here")
            });
            let half = if kind == "half" { " half" } else { "" };
            let kind = if half.is_empty() { kind } else { "l2" };
            Some(Meant::Statement { text: format!("penalty {kind} {number}{names}{half}"), why })
        }
        Some(_) => None,
    }
}

fn without_factor(kind: &str) -> Meant {
    Meant::Unclear(format!("write it with its factor, as in `penalty {} 0.01`", if kind == "l1" { "l1" } else { "l2" }))
}

/// The kind of a penalty, by its own name or another tool's.
pub(super) fn kind(word: &str) -> Option<&'static str> {
    Some(match folded(word).as_str() {
        "l1" => "l1",
        "l2" | "ridge" => "l2",
        "half" | "weightdecay" => "half",
        _ => return None,
    })
}

/// The factor of a penalty.
pub(super) fn factor(lexeme: &str) -> Option<f64> {
    lexeme.parse().ok().filter(|number: &f64| *number > 0.0 && number.is_finite())
}
