//! The words behind `loss`, `nn.MSELoss(` → a loss as it is written here.

use super::{
    Meant,
    penalty::{self, factor},
};
use crate::catalog::{
    foreign::{self, Foreign, folded},
    loss,
};
use crate::spec::lexical::is_name as is_word;

/// `loss nn.MSELoss()`, `loss half-mse`, `loss = mse`, `loss mean squared error reduce=sum`
pub(super) fn named(rest: &[&str]) -> Option<Meant> {
    let rest = rest.strip_prefix(&["("]).or(rest.strip_prefix(&["="])).unwrap_or(rest);
    let words = phrase(rest);
    let name = |end: usize| {
        let words: Vec<&str> = words[..end].iter().copied().filter(|word| *word != "-").collect();
        words.join("_")
    };
    let is_known = |name: &str| {
        let foreign =
            || matches!(foreign::find(name), Some(Foreign::Loss { .. } | Foreign::Unclear(_) | Foreign::Missing(_)));
        functional(name).is_some() || loss::entry(name).is_some() || foreign()
    };
    let ends = (1..=words.len()).rev();
    let mut names = ends.map(|end| (end, name(end))).flat_map(|(end, name)| {
        // `loss mae loss`
        let short = name.strip_suffix("_loss").map(str::to_owned);
        [Some((end, name)), short.map(|name| (end, name))].into_iter().flatten()
    });
    let known = names.find(|(_, name)| is_known(name));
    let found = known.and_then(|(end, name)| of(&name, &rest[end..]));
    let is_phrase = words.len() > 1 && !words[1..].iter().any(|word| OPTIONS.contains(word));
    found.or_else(|| is_phrase.then(|| Meant::Unclear(format!("write one of the losses: {}", all()))))
}

/// The words of which the name of a loss may be made, and the hyphens between them: no option, and nothing behind it.
fn phrase<'l, 'a>(rest: &'l [&'a str]) -> &'l [&'a str] {
    let is_end = |place: usize| {
        let (word, next) = (rest[place], rest.get(place + 1));
        next == Some(&"=") || matches!(word, "from" | "against") || !is_word(word) && word != "-" && place > 0
    };
    let end = (0..rest.len()).find(|place| is_end(*place)).unwrap_or(rest.len());
    &rest[..end]
}

/// `` `half_mse`, `mse`, … ``
fn all() -> String {
    loss::TABLE.map(|(name, _)| format!("`{name}`")).join(", ")
}

/// The options of losses.
const OPTIONS: [&str; 3] = ["reduce", "weights", "smoothing"];

/// The loss of this name, with what stands behind it.
pub(super) fn of(name: &str, rest: &[&str]) -> Option<Meant> {
    let functional = functional(name);
    if let (None, Some((known, default))) = (functional, loss::entry(name)) {
        let is_parameter = |number: &str| number.parse().is_ok_and(|number: f64| number > 0.0 && number.is_finite());
        return match rest {
            ["(", number, ")", rest @ ..] | [number, rest @ ..] if default.is_some() && is_parameter(number) => {
                options(format!("loss {known}({number})"), None, rest)
            }
            _ => options(format!("loss {known}"), None, rest),
        };
    }
    match foreign::find(functional.unwrap_or(name))? {
        Foreign::Loss { write, why } => options(write.into(), Some(format!("`{name}` {why}")), rest)
            .or_else(|| Some(Meant::Unclear(format!("without what stands behind it, `{name}` is `{write}`")))),
        Foreign::Unclear(advice) => Some(Meant::Unclear(advice.into())),
        Foreign::Missing(advice) => Some(Meant::Missing { word: name.into(), advice }),
        Foreign::Dense | Foreign::List | Foreign::Norm(_) | Foreign::Gated(_) | Foreign::Joined(_) => None,
    }
}

/// The loss as which a function of PyTorch is known, where it does more than the loss that is called so here.
fn functional(name: &str) -> Option<&'static str> {
    let (path, _) = name.rsplit_once('.')?;
    let last = path.rsplit('.').next()?;
    match folded(name).as_str() {
        "crossentropy" if matches!(last, "F" | "functional") => Some("CrossEntropyLoss"),
        "binarycrossentropy" if matches!(last, "F" | "functional") => Some("BCELoss"),
        _ => None,
    }
}

/// The statements with the options of another tool.
fn options(statements: String, why: Option<String>, mut rest: &[&str]) -> Option<Meant> {
    let (mut text, mut why, mut reduced, mut opened) = (statements, why, false, false);
    while let Some((lexeme, behind)) = rest.split_first() {
        rest = behind;
        let (key, value) = match (*lexeme, behind) {
            ("(", _) => {
                opened = true;
                continue;
            }
            (")" | ",", _) => continue,
            ("+", behind) => return with_penalty(&text, why, behind),
            (key, ["=", value, behind @ ..]) => {
                rest = behind;
                (folded(key), *value)
            }
            ("reduce" | "reduction", [value, behind @ ..]) if REDUCTIONS.contains(value) => {
                rest = behind;
                ("reduce".into(), *value)
            }
            // What it is applied to: `F.mse_loss(prediction, target)`.
            (word, _) if opened && is_word(word) && !REDUCTIONS.contains(&word) => continue,
            (word, _) => ("reduce".into(), word),
        };
        if key.starts_with("reduc") && std::mem::replace(&mut reduced, true) {
            return None;
        }
        let changed = option(&text, &key, value)?;
        if key == "fromlogits" && changed != text {
            let (first, mean) = match changed.contains("softmax") {
                true => ("softmax", ""),
                false => ("sigmoid", ", and averages over samples and outputs"),
            };
            why = Some(format!("with `from_logits=True` it applies the {first} itself{mean}"));
        } else if key == "beta" && changed != text {
            let smooth = format!("the smooth L1 loss of {value} is the Huber loss of {value}, divided by {value}");
            why = Some(format!("{smooth}, and averages over samples and outputs"));
        } else if changed != text && matches!(value, "mean" | "sum_over_batch_size") {
            why = why.or(Some(format!("`{value}` is the mean over samples and outputs")));
        } else if changed != text && value == "sum" {
            why = None;
        }
        text = changed;
    }
    Some(Meant::Statement { text, why })
}

/// The words that other tools and this one have for the mean or the sum.
const REDUCTIONS: [&str; 6] = ["mean", "sum", "none", "samples", "elements", "sum_over_batch_size"];

/// `mse + 0.01*l2`: the loss, and the penalty as a statement of its own.
fn with_penalty(loss: &str, why: Option<String>, rest: &[&str]) -> Option<Meant> {
    let words: Vec<&str> = rest.iter().copied().filter(|lexeme| !matches!(*lexeme, "*" | "(" | ")")).collect();
    let (kind, number) = match words[..] {
        [number, kind] if factor(number).is_some() => (penalty::kind(kind)?, number),
        [kind, number] if factor(number).is_some() => (penalty::kind(kind)?, number),
        [kind] => (penalty::kind(kind)?, "1"),
        _ => return None,
    };
    Some(Meant::Statement { text: format!("{loss}; penalty {kind} {number}"), why })
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
        ("delta" | "beta", number) => {
            let (rest, value) = (before.strip_prefix("loss huber")?, factor(number)?);
            let reduction = &statements[before.len()..];
            // The smooth L1 loss of β is the Huber loss of β, divided by β.
            let weight =
                if key == "beta" && number.parse() != Ok(1.0) { format!(" {}", value.recip()) } else { String::new() };
            return matches!(rest, "" | "(1)").then(|| format!("loss huber({number}){weight}{reduction}"));
        }
        _ => return None,
    };
    Some(format!("{before} reduce={reduction}"))
}
