//! The words behind `repeat`, `for` → a block that is repeated.

use super::{Meant, is_free, lexemes::lexemes, of_head, whole};
use crate::catalog::foreign::folded;

/// What stands before a `{`: `for 3`, `Repeat 3 times`.
pub(in crate::spec) fn opening(statement: &str) -> Option<Meant> {
    let lexemes = lexemes(statement.trim());
    let (head, rest) = lexemes.split_first()?;
    let (count, behind) = count(head, rest)?;
    (behind.is_empty() && lexemes != ["repeat", &count]).then(|| Meant::write(format!("repeat {count}")))
}

/// `repeat 3 dense 3`, `for 3 dense 3`
pub(super) fn repeated(head: &str, rest: &[&str]) -> Option<Meant> {
    let advice = "write the layers in braces behind the count, as in `repeat 3 { dense 64 relu }`";
    let advice = || (head != "repeat").then(|| Meant::Unclear(advice.into()));
    let Some((count, behind)) = count(head, rest) else { return advice() };
    let Some((first, behind)) = behind.split_first() else { return advice() };
    match of_head(first, None, behind, "") {
        Some(Meant::Statement { text, why }) => {
            Some(Meant::Statement { text: format!("repeat {count} {{ {text} }}"), why })
        }
        Some(other) => Some(other),
        None => advice(),
    }
}

/// The count, and what stands behind it.
fn count<'l, 'a>(head: &str, rest: &'l [&'a str]) -> Option<(String, &'l [&'a str])> {
    if !matches!(folded(head).as_str(), "repeat" | "for" | "loop") {
        return None;
    }
    let (count, behind) = rest.split_first()?;
    let number = whole(count).map(|number| number.to_string());
    let count = number.or_else(|| (is_free(count) && head == "repeat").then(|| (*count).to_owned()))?;
    let behind = behind.strip_prefix(&["times"]).unwrap_or(behind);
    Some((count, behind.strip_prefix(&[":"]).unwrap_or(behind)))
}
