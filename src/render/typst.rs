//! [`Notation`](super::notation::Notation) → Typst: one display for equations that follow one another.

use super::{
    Style,
    dialect::Dialect,
    layout::Mark,
    markup::{self, Markup, Name, rows},
    notation::{Equation, Function, Letter, Relation, Sample},
};
use crate::shape::{Dim, Shape};

/// Typst 0.11 or later, to be included in a document or compiled by itself. The names of ⊙ and ⊘ are younger.
///
/// A bare word of two letters or more is a variable of Typst, so that every name is quoted; brackets are escaped, since a
/// pair of them would be a call, or grow with the shapes inside and not be broken.
#[derive(Clone, Copy, Debug)]
pub struct Typst;

impl Typst {
    /// `hidden` as one word.
    fn word(name: &str) -> String {
        format!("italic(\"{name}\")")
    }

    fn base(base: &str) -> String {
        match base {
            "Δ" => "Delta".into(),
            "0" | "1" => format!("bold({base})"),
            _ if is_letter(base) => base.into(),
            _ => Self::word(base),
        }
    }

    /// An index or an exponent, in brackets unless it is a number or a word in quotes.
    fn script(text: &str) -> String {
        let word = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let single = word.unwrap_or(text).bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
        if single { text.into() } else { format!("({text})") }
    }

    fn label(label: &str) -> String {
        if label.bytes().all(|byte| byte.is_ascii_digit()) { label.into() } else { format!("\"{label}\"") }
    }

    /// Text as it is, between more backticks than stand in it, and at least so many.
    fn raw(text: &str, least: usize, blank: &str) -> String {
        let runs = text.split(|c| c != '`').map(str::len);
        let fence = "`".repeat(least.max(runs.max().map_or(0, |run| run + 1)));
        format!("{fence}{blank}{text}{blank}{fence}")
    }
}

/// Whether Typst reads it as that letter wherever it stands.
fn is_letter(name: &str) -> bool {
    name.len() == 1 && name != "_"
}

impl Dialect for Typst {
    fn mark(&self, mark: Mark) -> &str {
        match mark {
            Mark::Dot | Mark::ScalarDot => " dot.op ",
            Mark::Hadamard => " ⊙ ",
            Mark::Divided => " ⊘ ",
            Mark::Plus => " + ",
            Mark::Minus => " - ",
            Mark::Negative => "-",
            Mark::Slash => " \\/ ",
            Mark::Comma => ", ",
            Mark::Open => "\\(",
            Mark::Close => "\\)",
            Mark::SumSamples => "sum_i ",
            Mark::Total => "sum ",
            Mark::Loss => "J",
        }
    }

    fn relation(&self, relation: Relation) -> &str {
        match relation {
            Relation::Equal | Relation::Definition => "=",
            Relation::Approximate => "approx",
            Relation::Sketch => "tilde.op",
            Relation::Gives => "->",
        }
    }

    fn letter(&self, letter: &Letter) -> String {
        let base = Self::base(&letter.base);
        let base = if letter.hat { format!("hat({base})") } else { base };
        let label = letter.subscript.as_deref().map(Self::label);
        let row = (letter.sample == Sample::Row).then(|| "i".to_string());
        let index = label.into_iter().chain(row).collect::<Vec<_>>().join(",");
        let index = if index.is_empty() { index } else { format!("_{}", Self::script(&index)) };
        let own = if letter.sample == Sample::Own { OWN } else { "" };
        format!("{base}{index}{own}")
    }

    /// The prime first: behind an index it would be the index's.
    fn function(&self, function: &Function) -> String {
        let name = match function.name {
            "tanh" | "sin" | "exp" | "min" | "max" => function.name.to_string(),
            name if is_letter(name) => name.to_string(),
            name => format!("op(\"{name}\")"),
        };
        let prime = if function.prime { "'" } else { "" };
        let parameter = function.parameter.map(|parameter| format!("_{}", Self::script(&parameter.to_string())));
        format!("{name}{prime}{}", parameter.unwrap_or_default())
    }

    fn dim(&self, dim: &Dim) -> String {
        markup::dim(self, dim, " dot.op ")
    }

    fn shape(&self, shape: &Shape) -> String {
        markup::shape(self, shape, "\"scalar\"", " times ")
    }

    fn shape_as_factor(&self, shape: &Shape) -> String {
        format!("\\({}\\)", self.shape(shape))
    }

    fn fraction(&self, top: &str, bottom: &str) -> String {
        format!("frac({top}, {bottom})")
    }

    fn transposed(&self, inner: &str) -> String {
        match inner.strip_suffix(OWN) {
            Some(letter) => format!("{letter}^((i) top)"),
            None => format!("{inner}^top"),
        }
    }

    fn partial(&self, of: &str, by: &str) -> String {
        format!("frac(partial {of}, partial {by})")
    }

    /// As long a run as there is may go over pages.
    fn begin(&self) -> String {
        "#show math.equation: set block(breakable: true)\n".into()
    }

    fn open(&self) -> String {
        "$ ".into()
    }

    /// Aligned at the relation.
    fn equation(&self, equation: &Equation, style: &Style) -> String {
        let rows = rows(self, equation, style);
        let mut text = format!("{} &{} {}", rows.left, rows.relation, rows.right.join(" \\\n  &quad \"\""));
        for (i, shapes) in rows.shapes.iter().enumerate() {
            let indent = if i == 0 { "" } else { "quad \"\"" };
            text = format!("{text} \\\n  &{indent} {shapes}");
        }
        text
    }

    fn between(&self, _: &str, _: &str) -> String {
        " \\\n  ".into()
    }

    fn close(&self) -> String {
        " $\n".into()
    }

    fn words(&self, words: &str) -> String {
        words.chars().fold(String::new(), |text, c| match c {
            '\\' | '#' | '*' | '_' | '$' | '@' | '<' | '>' | '`' | '~' | '-' | '/' | '[' | ']' | '"' => {
                format!("{text}\\{c}")
            }
            c => format!("{text}{c}"),
        })
    }

    fn code(&self, code: &str) -> String {
        Self::raw(code, 1, "")
    }

    fn math(&self, formula: &str) -> String {
        format!("${formula}$")
    }

    /// A list or a heading is begun by nothing.
    fn sentence(&self, text: &str, _: &Style) -> String {
        let text = text.trim_start();
        let begins = text.starts_with(|c: char| c == '=' || c == '+' || c.is_ascii_digit());
        format!("\n{}{text}\n", if begins { "\\" } else { "" })
    }

    fn verbatim(&self, text: &str) -> String {
        Self::raw(text.trim_end(), 3, "\n") + "\n"
    }
}

/// Sample i's own.
const OWN: &str = "^((i))";

impl Markup for Typst {
    fn under(&self, factor: &str, shape: &str) -> String {
        format!("limits({factor})_({shape})")
    }

    fn name(&self, name: Name) -> String {
        match name {
            Name::Indexed(letter, index) => format!("{letter}_{}", Self::script(&Self::label(index))),
            Name::Typed(name) if is_letter(name) => name.into(),
            Name::Typed(name) => Self::word(name),
        }
    }

    fn power(&self, base: &str, exponent: u32) -> String {
        format!("{base}^{}", Self::script(&exponent.to_string()))
    }
}
