//! The words behind `repeat`, `for` → a block that is repeated.

use super::{Meant, is_free, label, lexemes::lexemes, of_head, whole};
use crate::{
    catalog::foreign::{self, Foreign, folded},
    spec::{
        error::near_statement,
        expected::{owners, quoted},
    },
};

/// What stands before a `{`: `for 3`, `Repeat 3 times`, `concatenate`.
pub(in crate::spec) fn opening(statement: &str) -> Option<Meant> {
    let lexemes = lexemes(statement.trim());
    let (label, rest) = label(&lexemes);
    let (head, rest) = rest.split_first()?;
    if let (Some(Foreign::Joined(kind)), []) = (foreign::find(head), rest) {
        let label = label.map_or(String::new(), |label| format!("{label}: "));
        return Some(Meant::write(format!("{label}{kind}")));
    }
    let (count, behind) = count(head, rest)?;
    (behind.is_empty() && lexemes != ["repeat", &count]).then(|| Meant::write(format!("repeat {count}")))
}

/// What stands before a `{`, and is near to none of the words behind which a block stands.
pub(in crate::spec) fn owner(word: &str) -> Option<Meant> {
    let owners = owners();
    let is_near = near_statement(word).is_some_and(|near| owners.contains(&near));
    (!is_near).then(|| Meant::Unclear(format!("a block stands behind one of {}", quoted(&owners))))
}

/// `repeat 3 dense 3`, `for 3 dense 3`
pub(super) fn repeated(head: &str, rest: &[&str]) -> Option<Meant> {
    let advice = "write `repeat`, the count, and the layers in braces behind it";
    let advice = || (head != "repeat").then(|| Meant::Unclear(advice.into()));
    let Some((count, behind)) = count(head, rest) else { return advice() };
    let Some((first, behind)) = behind.split_first() else {
        let known = format!("write `repeat {count}` and the layers that are repeated in braces behind it");
        return (head != "repeat").then_some(Meant::Unclear(known));
    };
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
    let (["(", count, ")", behind @ ..] | [_, "in", "range", "(", count, ")", behind @ ..] | [count, behind @ ..]) =
        rest
    else {
        return None;
    };
    let number = whole(count).map(|number| number.to_string());
    let count = number.or_else(|| (is_free(count) && head == "repeat").then(|| (*count).to_owned()))?;
    let behind = behind.strip_prefix(&["times"]).unwrap_or(behind);
    Some((count, behind.strip_prefix(&[":"]).unwrap_or(behind)))
}
