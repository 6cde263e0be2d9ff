//! The words behind `input`, `target`, `expect` → a shape in brackets.

use super::{Meant, is_free, layer::width};
use crate::spec::lexical::is_name;

/// What the number of samples is usually called.
const BATCHES: [&str; 7] = ["n", "N", "m", "B", "batch", "batch_size", "samples"];

/// `input X [n × 784]`, `input (n, 784)`, `Input(shape=(784,))`
pub(super) fn declaration(keyword: &str, rest: &[&str]) -> Option<Meant> {
    let rest: Vec<&str> = rest.iter().copied().filter(|lexeme| !matches!(*lexeme, "shape" | "=" | ":")).collect();
    let open = rest.iter().position(|lexeme| matches!(*lexeme, "[" | "("));
    let (name, inside) = match open {
        Some(open) => rest.split_at(open),
        None if rest.len() > 1 && is_name(rest[0]) && rest[1] != "," && rest[1] != "×" => rest.split_at(1),
        None => rest.split_at(0),
    };
    let is_bracket = |lexeme: &&str| matches!(*lexeme, "[" | "]" | "(" | ")");
    let closing = inside.iter().position(|lexeme| matches!(*lexeme, "]" | ")")).unwrap_or(inside.len());
    let (inside, behind) = inside.split_at(closing);
    if !behind.iter().all(|lexeme| is_bracket(lexeme) || *lexeme == ",") {
        return None;
    }
    let inside: Vec<&str> = inside.iter().copied().filter(|lexeme| !is_bracket(lexeme)).collect();
    let mut dimensions = dimensions(&inside)?;
    if let [Size::Known(one)] = &dimensions[..]
        && keyword == "input"
        && !is_batch(one)
    {
        dimensions.insert(0, Size::Free);
    }
    let (Size::Known(_) | Size::Free, rest) = dimensions.split_first()?;
    let samples = match &dimensions[0] {
        Size::Known(samples) => samples.as_str(),
        Size::Free if keyword == "input" => "n",
        Size::Free => return None,
    };
    let joined = |size: &Size| match size {
        Size::Known(size) if rest.len() > 1 && size.contains('+') => Some(format!("({size})")),
        Size::Known(size) => Some(size.clone()),
        Size::Free => None,
    };
    let features = rest.iter().map(joined).collect::<Option<Vec<_>>>()?.join("*");
    let name = match name {
        [] => String::new(),
        [name] if is_free(name) && keyword != "expect" => format!(" {name}"),
        _ => return None,
    };
    (!features.is_empty()).then(|| Meant::write(format!("{keyword}{name} [{samples}, {features}]")))
}

/// Whether the number of samples is usually called so.
pub(crate) fn is_batch(name: &str) -> bool {
    BATCHES.contains(&name)
}

/// One axis.
enum Size {
    Known(String),
    /// `?`, `-1`, `None`: any number.
    Free,
}

/// The sizes in brackets: parted by a comma, by `×`, or by a blank alone.
fn dimensions(mut rest: &[&str]) -> Option<Vec<Size>> {
    let mut sizes = Vec::new();
    while let Some((lexeme, behind)) = rest.split_first() {
        rest = behind;
        match (*lexeme, behind) {
            ("," | "×", _) => {}
            ("?" | "-1" | "None" | "null" | "_", _) | ("*", [",", ..]) => sizes.push(Size::Free),
            // `[n * 784]`: a batch times its features is no width.
            (batch, ["*", behind @ ..]) if sizes.is_empty() && is_batch(batch) && !behind.contains(&",") => {
                sizes.push(Size::Known(batch.into()));
                rest = behind;
            }
            (word, _) => {
                let (size, behind) = width(word, behind)?;
                sizes.push(Size::Known(size));
                rest = behind;
            }
        }
    }
    Some(sizes)
}
