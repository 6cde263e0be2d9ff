//! The words behind `residual`, `add(`, `cat` → blocks in braces, or the names of layers.

use super::{Meant, is_free, of_head};
use crate::catalog::foreign::{self, Foreign, folded};

/// `add(a, b)`, `add (dense 4) (dense 4)`, `residual dense 4 relu`
pub(super) fn joined(kind: &str, label: Option<&str>, rest: &[&str]) -> Option<Meant> {
    let label = label.map_or(String::new(), |label| format!("{label}: "));
    let is_sign = |lexeme: &str| matches!(lexeme, "(" | ")" | "[" | "]" | ",");
    let names: Vec<&str> = rest.iter().copied().filter(|lexeme| !is_sign(lexeme)).collect();
    if kind != "residual" && names.len() > 1 && names.iter().all(|name| is_free(name)) {
        return Some(Meant::write(format!("{label}{kind} {}", names.join(" "))));
    }
    let mut groups = groups(rest)?;
    let is_one = kind == "residual";
    if let ([only], false) = (&groups[..], is_one) {
        groups = at_layers(only);
    }
    if is_one != (groups.len() == 1) {
        return None;
    }
    let block = |group: &&[&str]| match group.split_first().and_then(|(head, rest)| of_head(head, None, rest, ""))? {
        Meant::Statement { text, .. } => Some(format!(" {{ {text} }}")),
        Meant::Unclear(_) | Meant::Missing { .. } => None,
    };
    let blocks = groups.iter().map(block).collect::<Option<String>>()?;
    Some(Meant::write(format!("{label}{kind}{blocks}")))
}

/// What stands in each pair of parentheses, between the commas of the only one, or all of it.
fn groups<'l, 'a>(rest: &'l [&'a str]) -> Option<Vec<&'l [&'a str]>> {
    if rest.first() != Some(&"(") {
        return (!rest.is_empty()).then(|| vec![rest]);
    }
    let (mut depth, mut start, mut groups) = (0_usize, 0, Vec::new());
    let is_single = closing(rest)? + 1 == rest.len();
    for (at, lexeme) in rest.iter().enumerate() {
        match *lexeme {
            "(" | "[" => {
                start = if depth == 0 { at + 1 } else { start };
                depth += 1;
            }
            ")" | "]" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    groups.push(&rest[start..at]);
                }
            }
            "," if depth == 1 && is_single => {
                groups.push(&rest[start..at]);
                start = at + 1;
            }
            // Between two pairs.
            "," => {}
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    (depth == 0).then_some(groups)
}

/// `dense 4 dense 3`: from each `dense` to the next.
fn at_layers<'l, 'a>(words: &'l [&'a str]) -> Vec<&'l [&'a str]> {
    let is_start = |word: &&str| folded(word) == "dense" || foreign::find(word) == Some(Foreign::Dense);
    let mut starts: Vec<usize> = (0..words.len()).filter(|place| is_start(&words[*place])).collect();
    if starts.first() != Some(&0) {
        return vec![words];
    }
    starts.push(words.len());
    starts.windows(2).map(|pair| &words[pair[0]..pair[1]]).collect()
}

/// The place of the parenthesis that closes the first.
fn closing(lexemes: &[&str]) -> Option<usize> {
    let mut depth = 0_usize;
    lexemes.iter().position(|lexeme| {
        depth = match *lexeme {
            "(" | "[" => depth + 1,
            ")" | "]" => depth.saturating_sub(1),
            _ => depth,
        };
        depth == 0
    })
}
