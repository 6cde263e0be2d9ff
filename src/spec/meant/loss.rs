//! The words behind `loss`, `nn.MSELoss(` → a loss as it is written here.

use super::{Meant, whole};
use crate::catalog::{
    foreign::{self, Foreign, folded},
    loss,
};

/// `loss nn.MSELoss()`, `loss half-mse`, `loss = mse`
pub(super) fn named(rest: &[&str]) -> Option<Meant> {
    let rest = rest.strip_prefix(&["("]).or(rest.strip_prefix(&["="])).unwrap_or(rest);
    let is_name = |rest: &[&str], end: usize| rest.get(end) == Some(&"-") && rest.get(end + 1).is_some();
    let mut end = 1.min(rest.len());
    while is_name(rest, end) {
        end += 2;
    }
    let (name, rest) = rest.split_at(end);
    of(&name.concat().replace('-', "_"), rest)
}

/// The loss of this name, with what stands behind it.
pub(super) fn of(name: &str, rest: &[&str]) -> Option<Meant> {
    if let Some((known, default)) = loss::entry(name) {
        let is_parameter = |number: &str| number.parse().is_ok_and(|number: f64| number > 0.0 && number.is_finite());
        return match rest {
            ["(", number, ")", rest @ ..] | [number, rest @ ..] if default.is_some() && is_parameter(number) => {
                options(format!("loss {known}({number})"), None, rest)
            }
            _ => options(format!("loss {known}"), None, rest),
        };
    }
    match foreign::find(name)? {
        Foreign::Loss { write, why } => options(write.into(), Some(format!("`{name}` {why}")), rest),
        Foreign::Unclear(advice) => Some(Meant::Unclear(advice)),
        Foreign::Missing(advice) => Some(Meant::Missing { word: name.into(), advice }),
        Foreign::Dense | Foreign::List => None,
    }
}

/// The statements with the options of another tool.
fn options(statements: String, why: Option<String>, mut rest: &[&str]) -> Option<Meant> {
    let (mut text, mut why, mut reduced) = (statements, why, false);
    while let Some((lexeme, behind)) = rest.split_first() {
        rest = behind;
        let (key, value) = match (*lexeme, behind) {
            ("(" | ")" | ",", _) => continue,
            (key, ["=", value, behind @ ..]) => {
                rest = behind;
                (folded(key), *value)
            }
            (word, _) => ("reduce".into(), word),
        };
        if key.starts_with("reduc") && std::mem::replace(&mut reduced, true) {
            return None;
        }
        let changed = option(&text, &key, value)?;
        if changed != text && matches!(value, "mean" | "sum_over_batch_size") {
            why = why.or(Some(format!("`{value}` is the mean over samples and outputs")));
        } else if changed != text && value == "sum" {
            why = None;
        }
        text = changed;
    }
    Some(Meant::Statement { text, why })
}

/// The statements with an option of another tool put in.
fn option(statements: &str, key: &str, value: &str) -> Option<String> {
    let before = statements.split(" reduce=").next().unwrap_or_default();
    let reduction = match (key, value) {
        ("reduce" | "reduction", "samples" | "elements" | "sum") => value,
        // The mean of other tools is over samples for one loss a sample, else over all elements.
        ("labelsmoothing", share) if share.parse().is_ok_and(|share: f64| (0.0..1.0).contains(&share)) => {
            return Some(format!("{statements} smoothing={share}"));
        }
        ("reduce" | "reduction", "mean" | "sum_over_batch_size") if before.contains("loss cce") => {
            return Some(before.into());
        }
        ("reduce" | "reduction", "mean" | "sum_over_batch_size") => "elements",
        ("fromlogits", "True") if before == "loss cce" => return Some(format!("activation softmax; {statements}")),
        ("fromlogits", "True") if before == "loss bce" => return Some(format!("activation sigmoid; {statements}")),
        ("fromlogits", "False") => return Some(statements.into()),
        ("delta" | "beta", number) if before.starts_with("loss huber") && whole(number) == Some(1) => {
            return Some(statements.into());
        }
        _ => return None,
    };
    Some(format!("{before} reduce={reduction}"))
}
