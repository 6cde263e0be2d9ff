//! [`Notation`](crate::document::notation::Notation) → Typst: one display for equations that follow one another.

use super::{
    Style,
    dialect::{self, Dialect},
    glyphs::seven_bits,
    layout::Mark,
    markup::{self, Markup, Name, rows},
    words,
};
use crate::{
    document::{
        notation::{Bounds, Equation, Exponent, Function, Letter, Relation, Sample, index_expression},
        sentence::Sentence,
        table::Table,
    },
    shape::{Dim, Shape},
};

/// Typst 0.11 or later, to be included in a document or compiled by itself. The names of ⊙ and ⊘ are younger.
///
/// A blank beside a word in quotes is a blank to see, so that there is none where no sign of its own stands in between.
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
            "l" => "ell".into(),
            // As a name; as a sign it is a sum.
            "Σ" => "Sigma".into(),
            "0" | "1" => format!("bold({base})"),
            _ if is_letter(base) => base.into(),
            _ if base.chars().count() == 1 => seven_bits(base),
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
        if let Some(expression) = index_expression(label) {
            return layers(expression);
        }
        if label.bytes().all(|byte| byte.is_ascii_digit()) { label.into() } else { format!("\"{label}\"") }
    }

    /// Text as it is, between more backticks than stand in it, and at least so many.
    fn raw(text: &str, least: usize, blank: &str) -> String {
        let runs = text.split(|c| c != '`').map(str::len);
        let fence = "`".repeat(least.max(runs.max().map_or(0, |run| run + 1)));
        format!("{fence}{blank}{text}{blank}{fence}")
    }
}

/// An expression of layers: `ell-1`.
fn layers(expression: &str) -> String {
    expression.replace('l', "ell")
}

/// Whether Typst reads it as that letter wherever it stands.
fn is_letter(name: &str) -> bool {
    name.len() == 1 && name != "_"
}

/// Words that are no markup.
fn escaped(words: &str) -> String {
    words.chars().fold(String::new(), |text, c| match c {
        '\\' | '#' | '*' | '_' | '$' | '@' | '<' | '>' | '`' | '~' | '-' | '/' | '[' | ']' | '"' => {
            format!("{text}\\{c}")
        }
        c => format!("{text}{c}"),
    })
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
            Mark::Slash => "\\/",
            Mark::Juxtaposition => "",
            Mark::Comma => ", ",
            Mark::Open => "\\(",
            Mark::Close => "\\)",
            Mark::SumSamples => "sum_i ",
            Mark::Total => "sum ",
            Mark::Kronecker => " times.o ",
            Mark::Norm => "‖",
            Mark::Loss => "J",
            Mark::Half => "1/2 ",
            Mark::OpenMarked => "\\⟦",
            Mark::CloseMarked => "\\⟧",
        }
    }

    fn relation(&self, relation: Relation) -> &str {
        match relation {
            Relation::Equal | Relation::Definition => "=",
            Relation::Approximate => "approx",
            Relation::Sketch => "tilde.op",
            Relation::Gives => "->",
            Relation::Times => "times",
            Relation::Less => "<",
            Relation::AtMost => "<=",
            Relation::Greater => ">",
        }
    }

    fn letter(&self, letter: &Letter) -> String {
        let base = Self::base(&letter.base);
        let base = if letter.hat { format!("hat({base})") } else { base };
        let base = if letter.dot { format!("dot({base})") } else { base };
        let label = letter.subscript.as_deref().map(Self::label);
        let row = (letter.sample == Sample::Row).then(|| "i".to_string());
        let index = label.into_iter().chain(row).collect::<Vec<_>>().join(",");
        let index = if index.is_empty() { index } else { format!("_{}", Self::script(&index)) };
        let own = if letter.sample == Sample::Own { OWN } else { "" };
        format!("{base}{index}{own}")
    }

    /// `product_(k=L)^(l+1)`
    fn big(&self, bounds: &Bounds) -> String {
        let Bounds { is_product, index, from, to } = bounds;
        let (from, to) = (layers(from), layers(to));
        format!("{}_({index}={from})^{}", if *is_product { "product" } else { "sum" }, Self::script(&to))
    }

    /// The prime first: behind an index it would be the index's.
    fn function(&self, function: &Function) -> String {
        let name = match function.name {
            "tanh" | "sin" | "cos" | "ln" | "exp" | "min" | "max" => function.name.to_string(),
            name if is_letter(name) => name.to_string(),
            name => format!("op(\"{name}\")"),
        };
        let prime = "'".repeat(usize::from(function.order));
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

    fn power(&self, base: &str, exponent: Exponent) -> String {
        format!("{base}^{}", Self::script(&exponent.written("compose ", "-", "top").replace('/', "\\/")))
    }

    fn partial(&self, of: &str, by: &str) -> String {
        format!("frac(∂{of}, ∂{by})")
    }

    fn component(&self, of: &str, by: &str) -> String {
        format!("{of}_({by})")
    }

    fn root(&self, inner: &str) -> String {
        format!("sqrt({inner})")
    }

    /// As long a run as there is may go over pages.
    fn begin(&self, _: &str) -> String {
        "#show math.equation: set block(breakable: true)\n".into()
    }

    fn open(&self, _: bool) -> String {
        "$ ".into()
    }

    fn matrix(&self, left: &str, rows: &[Vec<String>]) -> String {
        let row = |row: &Vec<String>| row.iter().map(|cell| self.number(cell)).collect::<Vec<_>>().join(", ");
        let rows: Vec<String> = rows.iter().map(row).collect();
        format!("$ {left} = mat(delim: \"[\", {}) $\n", rows.join("; "))
    }

    fn notation(&self, signs: &[(String, String)], _: &Style) -> String {
        signs.iter().map(|(sign, meaning)| format!("\n{sign} {meaning}\n")).collect::<Vec<_>>().concat()
    }

    /// Aligned at the relation; the empty word before a joint keeps the blanks of a binary operator.
    fn equation(&self, equation: &Equation, style: &Style) -> String {
        const GO_ON: &str = " \\\n  &quad quad \"\"";
        let rows = rows(self, equation, style);
        let formula = format!("{} &{} {}", rows.left, rows.relation, rows.right.join(GO_ON));
        if rows.shapes.is_empty() { formula } else { format!("{formula} \\\n  &quad {}", rows.shapes.join(GO_ON)) }
    }

    fn between(&self, _: &str, _: &str) -> String {
        " \\\n  ".into()
    }

    fn close(&self, _: bool) -> String {
        " $\n".into()
    }

    fn words(&self, words: &str) -> String {
        words::words(self, words, &escaped)
    }

    /// `1.8 dot.op 10^(-16)` for `1.8e-16`.
    fn number(&self, digits: &str) -> String {
        match digits.split_once('e') {
            Some(("1", power)) => format!("10^({power})"),
            Some((factor, power)) => format!("{factor} dot.op 10^({power})"),
            None => digits.into(),
        }
    }

    fn code(&self, code: &str) -> String {
        Self::raw(code, 1, "")
    }

    fn math(&self, formula: &str) -> String {
        format!("${formula}$")
    }

    fn heading(&self, text: &str) -> String {
        format!("\n#strong[{text}]\n\n")
    }

    /// A list or a heading is begun by nothing.
    fn sentence(&self, text: &str, _: &Style) -> String {
        let text = text.trim_start();
        let begins = text.starts_with(|c: char| c == '=' || c == '+' || c.is_ascii_digit());
        format!("\n{}{text}\n", if begins { "\\" } else { "" })
    }

    fn table(&self, table: &Table, _: &Style) -> String {
        let cells = |row: &Vec<Sentence>| {
            row.iter().map(|cell| format!("[{}]", dialect::sentence(self, cell))).collect::<Vec<_>>().join(", ")
        };
        let sides = |column| if column < table.words { "left" } else { "right" };
        let sides: Vec<&str> = (0..table.header.len()).map(sides).collect();
        let rows: Vec<String> = table.rows.iter().map(|row| format!("  {},\n", cells(row))).collect();
        let rows = rows.concat();
        format!(
            "#table(columns: {}, stroke: none, align: ({},),\n  table.header({}),\n  table.hline(),\n{rows})\n",
            table.header.len(),
            sides.join(", "),
            cells(&table.header)
        )
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(base: &str, hat: bool, subscript: Option<&str>, sample: Sample) -> String {
        let subscript = subscript.map(Into::into);
        Typst.letter(&Letter { base: base.into(), hat, dot: false, subscript, sample })
    }

    #[test]
    fn a_letter_is_no_word_of_typst() {
        assert_eq!(letter("W", false, Some("12"), Sample::None), "W_12");
        assert_eq!(letter("W", false, Some("in"), Sample::None), "W_\"in\"");
        assert_eq!(letter("alpha", false, None, Sample::None), "italic(\"alpha\")");
        assert_eq!(letter("Δ", false, Some("3"), Sample::None), "Delta_3");
        assert_eq!(letter("1", false, None, Sample::None), "bold(1)");
        assert_eq!(letter("y", true, None, Sample::Row), "hat(y)_i");
        assert_eq!(letter("a", false, Some("3"), Sample::Row), "a_(3,i)");
        assert_eq!(letter("a", false, Some("i"), Sample::Row), "a_(\"i\",i)");
        assert_eq!(letter("S", false, Some("d_model"), Sample::Own), "S_\"d_model\"^((i))");
        assert_eq!(Typst.transposed(&letter("p", false, Some("1"), Sample::Own)), "p_1^((i) top)");
    }

    #[test]
    fn an_index_is_mathematics() {
        assert_eq!(letter("W", false, Some("[l-1]"), Sample::None), "W_(ell-1)");
        assert_eq!(letter("a", false, Some("[l]"), Sample::Row), "a_(ell,i)");
        assert_eq!(Typst.name(Name::of("f[l-1]")), "f_(ell-1)");
        let bounds = |is_product, to: &str| Bounds { is_product, index: "k".into(), from: "L".into(), to: to.into() };
        assert_eq!(Typst.big(&bounds(true, "l+1")), "product_(k=L)^(ell+1)");
        assert_eq!(Typst.big(&bounds(false, "1")), "sum_(k=L)^1");
    }

    #[test]
    fn a_name_is_no_word_of_typst() {
        let name = |name| Typst.name(Name::of(name));
        assert_eq!(["n", "f12", "d_model"].map(name), ["n", "f_12", "d_\"model\""]);
        assert_eq!(["pi", "f_1", "_"].map(name), ["italic(\"pi\")", "italic(\"f_1\")", "italic(\"_\")"]);
    }

    #[test]
    fn a_function_has_its_prime_before_its_parameter() {
        let function = |name, order, parameter| Typst.function(&Function { name, order, parameter });
        assert_eq!(function("leaky_relu", 1, Some(0.1)), "op(\"leaky_relu\")'_(0.1)");
        assert_eq!([function("tanh", 1, None), function("f", 2, None)], ["tanh'", "f''"]);
    }

    #[test]
    fn words_and_code_come_out_as_typed() {
        let typed = "#let *a* _b_ $c$ @d <e> `f` g~h i--j k//l [mm] \\n \"o\"";
        let escaped =
            "\\#let \\*a\\* \\_b\\_ \\$c\\$ \\@d \\<e\\> \\`f\\` g\\~h i\\-\\-j k\\/\\/l \\[mm\\] \\\\n \\\"o\\\"";
        assert_eq!(Typst.words(typed), escaped);
        assert_eq!(Typst.code("--form layered"), "`--form layered`");
        let style = Style::new(crate::render::Format::Typst);
        assert_eq!(
            ["1. a", "= b", "+ c"].map(|text| Typst.sentence(text, &style)),
            ["\n\\1. a\n", "\n\\= b\n", "\n\\+ c\n"]
        );
    }

    #[test]
    fn verbatim_text_may_hold_backticks() {
        assert_eq!(Typst.verbatim("a\n"), "```\na\n```\n");
        assert_eq!(Typst.verbatim("# ```` four\n"), "`````\n# ```` four\n`````\n");
    }
}
