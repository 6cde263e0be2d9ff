//! A statement that is none → the one that was meant, where other tools and hurried hands leave no doubt.

mod branches;
mod layer;
mod lexemes;
mod loss;
mod penalty;
mod repeat;
mod settings;
mod tensor;

use super::foreign::lookalike;
use super::lexical::{KEYWORDS, MAX_NUMBER, is_name, is_word};
use crate::{
    catalog::{
        activation,
        foreign::{self, Foreign, SLOPE, folded},
        loss as losses,
    },
    source::{Diagnostic, Span},
};
use lexemes::lexemes;
pub(super) use repeat::{opening, owner};
pub(crate) use tensor::is_batch;

/// Of a dense layer whose widths are not plain to see.
const WIDTHS: &str = "write `dense` with the width that goes out, or with both and `->` in between";
/// Of a list of layers not all of which are plain to see.
const LINES: &str = "write each of its layers on a line of its own";

/// A longer statement is not read again.
const LONGEST: usize = 400;

/// What a statement was meant to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// A statement of the language, or several with `;` in between.
    Statement {
        /// How it is written.
        text: String,
        /// What that spells out: a clause.
        why: Option<String>,
    },
    /// One of several statements: what to do.
    Unclear(String),
    /// Something that the language does not have.
    Missing {
        /// Its name as written.
        word: String,
        /// What to do.
        advice: &'static str,
    },
}

impl Meant {
    /// Says it as the repair of `error`, of the statement that stands at `span`.
    #[must_use]
    pub fn mend(self, mut error: Diagnostic, span: Span) -> Diagnostic {
        (error.notes, error.repair) = (Vec::new(), Box::default());
        match self {
            Self::Statement { text, why } => {
                let why = why.map_or(String::new(), |why| format!(": {why}"));
                error.help(format!("write `{text}`{why}")).edit(span, text)
            }
            Self::Unclear(advice) => error.help(advice),
            Self::Missing { word, advice } => {
                let place = error.labels.iter().find(|label| label.primary).map_or(span, |label| label.span);
                Diagnostic::error(error.kind, format!("`{word}` is not supported")).at(place, "").help(advice)
            }
        }
    }
}

/// What a faulty statement was meant to be; `None` where there is doubt.
///
/// ```
/// use chainrule::spec::meant;
/// let text = |statement| match meant::meant(statement) {
///     Some(meant::Meant::Statement { text, .. }) => text,
///     other => format!("{other:?}"),
/// };
/// assert_eq!(text("self.fc1 = nn.Linear(784, 128, bias=False)"), "fc1: dense 784 -> 128 nobias");
/// assert_eq!(text("dense 784x128, relu"), "dense 784 -> 128 relu");
/// assert_eq!(text("criterion = nn.MSELoss()"), "loss mse reduce=elements");
/// ```
#[must_use]
pub fn meant(statement: &str) -> Option<Meant> {
    let statement = statement.trim();
    if statement.len() > LONGEST {
        return None;
    }
    let written = statement;
    let native = |c: char| lookalike(c).filter(|_| c != '×').unwrap_or_else(|| c.into());
    let statement = &statement.chars().map(native).collect::<String>();
    let found = match whole_statement(statement) {
        found @ (None | Some(Meant::Unclear(_))) => several(statement).or(found),
        found => found,
    };
    found.filter(|meant| !matches!(meant, Meant::Statement { text, .. } if text == written))
}

/// What one statement was meant to be, be it right or not.
fn whole_statement(statement: &str) -> Option<Meant> {
    let lexemes = lexemes(statement);
    let (label, rest) = label(&lexemes);
    let (head, behind) = match label.as_deref() {
        Some(keyword) if KEYWORDS.contains(&keyword) => (keyword, rest),
        Some(keyword) if penalty::is_one(keyword, rest) && penalty::is_factor(rest) => (keyword, rest),
        _ => rest.split_first().map(|(head, rest)| (*head, rest))?,
    };
    let label = label.as_deref().filter(|label| is_free(label));
    match (label, whole(head)) {
        (Some(name), Some(number)) if behind.is_empty() => Some(Meant::write(format!("let {name} = {number}"))),
        _ => of_head(head, label, behind, statement),
    }
}

/// What begins with the word `head`.
fn of_head(head: &str, label: Option<&str>, rest: &[&str], statement: &str) -> Option<Meant> {
    match folded(head).as_str() {
        "loss" => return loss::named(rest),
        "dense" => return layer::dense(label, rest),
        "activation" => return layer::activation(rest),
        "dropout" => return settings::dropout(head, rest),
        "norm" => return settings::norm(rest),
        "glu" => return settings::gated(rest),
        kind @ ("residual" | "add" | "subtract" | "multiply" | "concat") => return branches::joined(kind, label, rest),
        "repeat" | "for" | "loop" => return repeat::repeated(head, rest),
        "let" => return bindings(rest),
        keyword @ ("input" | "target" | "expect") => return tensor::declaration(keyword, rest),
        _ => {}
    }
    if penalty::is_one(head, rest) {
        return penalty::penalty(head, rest);
    }
    match foreign::find(head) {
        Some(Foreign::Dense) => layer::dense(label, rest).or_else(|| Some(Meant::Unclear(WIDTHS.into()))),
        Some(Foreign::Norm(kind)) => Some(settings::foreign_norm(head, kind, rest)),
        Some(Foreign::Gated(activation)) => Some(layer::gated(label, activation, rest)),
        Some(Foreign::Joined(kind)) => branches::joined(kind, label, rest).or_else(|| {
            Some(Meant::Unclear(format!(
                "here it is `{kind}`, with its layers in braces, or with the names of layers behind it"
            )))
        }),
        Some(Foreign::List) => list(statement).or_else(|| Some(Meant::Unclear(LINES.into()))),
        Some(Foreign::Loss { .. }) => loss::of(head, rest),
        Some(Foreign::Unclear(advice)) => layer::call(head, rest).or_else(|| {
            let advice = if advice == SLOPE { advice.replace("`leaky", "`activation leaky") } else { advice.into() };
            Some(Meant::Unclear(advice))
        }),
        Some(Foreign::Missing(advice)) => Some(Meant::Missing { word: head.into(), advice }),
        None if activation::entry(head).is_some() => layer::call(head, rest).or_else(|| layer::without(head, rest)),
        None if losses::entry(head).is_some() => loss::of(head, rest),
        None => None,
    }
}

impl Meant {
    fn write(text: String) -> Self {
        Self::Statement { text, why: None }
    }
}

/// The name before `:` or `=`, with `_` for `-`, and what follows: `hidden-1: …`, `self.fc1 = …`.
fn label<'l, 'a>(lexemes: &'l [&'a str]) -> (Option<String>, &'l [&'a str]) {
    let end = lexemes.iter().position(|lexeme| matches!(*lexeme, ":" | "=")).unwrap_or(0);
    let (before, rest) = lexemes.split_at(end);
    let is_part = |part: &&str| *part == "-" || part.trim_start_matches('-').starts_with(is_word);
    if before.is_empty() || !before.iter().all(is_part) {
        return (None, lexemes);
    }
    let name = before.concat().replace('-', "_");
    let name = name.rsplit('.').next().unwrap_or_default().to_owned();
    // `loss half-mse reduce = sum` has no label: two words stand side by side.
    let side_by_side = |pair: &[&str]| pair[0] != "-" && !pair[1].starts_with('-');
    if before.windows(2).any(side_by_side) {
        return (None, lexemes);
    }
    (Some(name), &rest[1..])
}

/// Whether a layer may be called so.
fn is_free(name: &str) -> bool {
    let word = KEYWORDS.contains(&name) || matches!(name, "dense" | "activation" | "nobias");
    is_name(name) && !word && activation::entry(name).is_none() && losses::entry(name).is_none()
}

/// `let n 64, f0 784`
fn bindings(rest: &[&str]) -> Option<Meant> {
    let words: Vec<&str> = rest.iter().copied().filter(|lexeme| !matches!(*lexeme, "=" | "," | ":")).collect();
    let binding = |pair: &[&str]| match pair {
        [name, number] if is_name(name) => Some(format!("{name} = {}", whole(number)?)),
        _ => None,
    };
    let bindings: Vec<String> = words.chunks(2).map(binding).collect::<Option<_>>()?;
    (!bindings.is_empty()).then(|| Meant::write(format!("let {}", bindings.join(", "))))
}

/// `nn.Sequential(nn.Linear(784, 128), nn.ReLU())`: its layers, one after the other.
fn list(statement: &str) -> Option<Meant> {
    let inside = statement.split_once('(')?.1.trim_end().strip_suffix(')')?.trim();
    let inside = inside.strip_prefix('[').and_then(|inside| inside.strip_suffix(']')).unwrap_or(inside);
    in_order(&parts(inside)?)
}

/// `dense 4 relu, dense 3`, `Linear(4, 5), ReLU()`: statements with commas in between.
fn several(statement: &str) -> Option<Meant> {
    let parts = parts(statement)?;
    let found = if parts.len() > 1 { in_order(&parts) } else { None };
    // Of several losses each says more.
    found.filter(|meant| !matches!(meant, Meant::Statement { text, .. } if text.matches("loss ").count() > 1))
}

/// What stands between the commas that are in no brackets.
fn parts(text: &str) -> Option<Vec<&str>> {
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.checked_sub(1)?,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    Some(parts.into_iter().filter(|part| !part.trim().is_empty()).collect())
}

/// Statements one after the other, each of which is clear.
fn in_order(parts: &[&str]) -> Option<Meant> {
    let texts = parts.iter().map(|part| match whole_statement(part)? {
        Meant::Statement { text, .. } => Some(text),
        Meant::Unclear(_) | Meant::Missing { .. } => None,
    });
    Some(Meant::write(texts.collect::<Option<Vec<_>>>()?.join("; ")))
}

/// `128`, `64.0`, `1e3`, `1_000` as a number from 1.
pub(super) fn whole(lexeme: &str) -> Option<u64> {
    let value: f64 = lexeme.replace('_', "").parse().ok()?;
    let is_whole = lexeme.starts_with(|c: char| c.is_ascii_digit()) && value.fract() == 0.0;
    let number = is_whole.then(|| value.to_string().parse().ok())??;
    (1..=MAX_NUMBER).contains(&number).then_some(number)
}
