//! [`Notation`](super::notation::Notation) → MathML Core: one table for equations that follow one another, to be embedded
//! in a page, or on a page of its own.

use super::{
    Format, Shapes, Style,
    color::Palette,
    dialect::Dialect,
    html,
    layout::Mark,
    markup::{self, Markup, Name, Rows, rows},
    notation::{Equation, Function, Letter, Relation, Sample},
};
use crate::shape::{Dim, Shape};

/// MathML that browsers render as it is.
#[derive(Clone, Debug)]
pub struct Mathml {
    /// The colours of a page of its own; what is embedded brings none.
    palette: Option<Palette>,
}

/// The columns, for which MathML Core has no attributes: the left side, the relation, the right side. What stands in a
/// cell is a block, which `text-align: right` alone does not move.
const COLUMNS: [&str; 3] = ["text-align: right; text-align: -webkit-right", "text-align: center", "text-align: left"];

/// Around the cells of an equation's first row, and of the others.
const PADDING: [[&str; 3]; 2] = [["1em 0 0", "1em 0.28em 0", "1em 0 0"], ["0.5em 0 0"; 3]];

/// How far down a factor reaches before its shape, so that the shapes of a row, all of one height, stand in one line; and
/// in a row with a fraction.
const DEPTH: &str = "depth=\"0.4em\"";
const DEPTH_OF_FRACTIONS: &str = "depth=\"1em\"";

impl Mathml {
    /// A part of a page: a `div` that is one XML document.
    #[must_use]
    pub fn embedded() -> Self {
        Self { palette: None }
    }

    /// A page of its own, with one colour a variable.
    #[must_use]
    pub fn page() -> Self {
        Self { palette: Some(Palette::default()) }
    }

    fn base(letter: &Letter) -> String {
        let base = match &*letter.base {
            "Δ" => "<mi mathvariant=\"normal\">Δ</mi>".into(),
            "0" => "<mn>𝟎</mn>".into(),
            "1" => "<mn>𝟏</mn>".into(),
            base => identifier(base),
        };
        if letter.hat { format!("<mover accent=\"true\">{base}<mo stretchy=\"false\">ˆ</mo></mover>") } else { base }
    }

    /// The class of the letter's colour, at its outermost element.
    fn colored(&self, letter: &Letter, mut text: String) -> String {
        let place = self.palette.as_ref().and_then(|palette| palette.place(letter, html::COLORS));
        if let (Some(place), Some(end)) = (place, text.find([' ', '>'])) {
            text.insert_str(end, &format!(" class=\"v{place}\""));
        }
        text
    }
}

impl Dialect for Mathml {
    fn mark(&self, mark: Mark) -> &str {
        match mark {
            Mark::Dot => "<mo lspace=\"0.25em\" rspace=\"0.25em\">·</mo>",
            Mark::ScalarDot => "<mo>·</mo>",
            Mark::Beside => "<mo>&#x2062;</mo>",
            Mark::Hadamard => "<mo lspace=\"0.25em\" rspace=\"0.25em\">⊙</mo>",
            Mark::Divided => "<mo lspace=\"0.25em\" rspace=\"0.25em\">⊘</mo>",
            Mark::Plus => "<mo form=\"infix\">+</mo>",
            Mark::Minus => "<mo form=\"infix\">−</mo>",
            Mark::Negative => "<mo form=\"prefix\">−</mo>",
            Mark::Slash => "<mo>/</mo>",
            Mark::Comma => "<mo>,</mo>",
            Mark::Open => "<mrow><mo stretchy=\"false\">(</mo>",
            Mark::Close => "<mo stretchy=\"false\">)</mo></mrow>",
            Mark::SumSamples => "<munder><mo>∑</mo><mi>i</mi></munder>",
            Mark::Total => "<mo>∑</mo>",
            Mark::Loss => "<mi>J</mi>",
        }
    }

    fn relation(&self, relation: Relation) -> &str {
        match relation {
            Relation::Equal | Relation::Definition => "<mo>=</mo>",
            Relation::Approximate => "<mo>≈</mo>",
            Relation::Sketch => "<mo>∼</mo>",
            Relation::Gives => "<mo stretchy=\"false\">→</mo>",
        }
    }

    fn letter(&self, letter: &Letter) -> String {
        let base = Self::base(letter);
        let label = letter.subscript.as_deref().map(upright);
        let index = match (label, letter.sample) {
            (Some(label), Sample::Row) => Some(format!("<mrow>{label}<mo rspace=\"0em\">,</mo><mi>i</mi></mrow>")),
            (None, Sample::Row) => Some("<mi>i</mi>".into()),
            (label, Sample::None | Sample::Own) => label,
        };
        let indexed = index.map_or(base.clone(), |index| format!("<msub>{base}{index}</msub>"));
        let own = "<mrow><mo stretchy=\"false\">(</mo><mi>i</mi><mo stretchy=\"false\">)</mo></mrow>";
        self.colored(letter, if letter.sample == Sample::Own { raised(&indexed, own) } else { indexed })
    }

    /// The prime is high by itself: browsers do not choose the larger glyph that fonts have for a superscript.
    fn function(&self, function: &Function) -> String {
        let name = identifier(function.name);
        let name = match function.parameter {
            Some(parameter) => format!("<msub>{name}<mn>{parameter}</mn></msub>"),
            None => name,
        };
        let name = if function.prime { format!("<mrow>{name}<mo>′</mo></mrow>") } else { name };
        format!("{name}<mo>&#x2061;</mo>")
    }

    fn number(&self, digits: &str) -> String {
        match digits.strip_prefix('-') {
            Some(digits) => format!("<mrow>{}<mn>{digits}</mn></mrow>", self.mark(Mark::Negative)),
            None => format!("<mn>{digits}</mn>"),
        }
    }

    fn dim(&self, dim: &Dim) -> String {
        markup::dim(self, dim, self.mark(Mark::Beside))
    }

    fn shape(&self, shape: &Shape) -> String {
        markup::shape(self, shape, "<mtext>scalar</mtext>", "<mo>×</mo>")
    }

    fn shape_as_factor(&self, shape: &Shape) -> String {
        format!("{}{}{}", self.mark(Mark::Open), self.shape(shape), self.mark(Mark::Close))
    }

    fn fraction(&self, top: &str, bottom: &str) -> String {
        format!("<mfrac>{}{}</mfrac>", one(top), one(bottom))
    }

    fn transposed(&self, inner: &str) -> String {
        raised(inner, "<mi>⊤</mi>")
    }

    fn partial(&self, of: &str, by: &str) -> String {
        format!("<mfrac><mrow><mi>∂</mi>{of}</mrow><mrow><mi>∂</mi>{by}</mrow></mfrac>")
    }

    fn begin(&self) -> String {
        match self.palette {
            Some(_) => html::begin(),
            None => "<div xmlns=\"http://www.w3.org/1999/xhtml\" class=\"chainrule\">\n".into(),
        }
    }

    fn source(&self, text: &str) -> String {
        if self.palette.is_some() {
            format!("<pre class=\"spec\">{}</pre>\n", escaped(text.trim_end()))
        } else {
            String::new()
        }
    }

    /// Scrolls by itself where it is wider than the page.
    fn open(&self) -> String {
        let math = "<math xmlns=\"http://www.w3.org/1998/Math/MathML\" display=\"block\">";
        format!("<div class=\"equations\" style=\"overflow-x: auto; padding-bottom: 0.75em\">\n{math}\n<mtable displaystyle=\"true\">\n")
    }

    /// Aligned at the relation, and labelled with its text for who cannot see the table.
    fn equation(&self, equation: &Equation, style: &Style) -> String {
        let Rows { left, relation, right, shapes } = rows(self, equation, style);
        let plain = Style { shapes: Shapes::None, width: usize::MAX, ..Style::new(Format::Text) };
        let label = format!(" aria-label=\"{}\"", escaped(&plain.equation(equation)));
        let mut text = String::new();
        for (i, line) in balanced(&right).iter().enumerate() {
            text += &if i == 0 { row(&label, &left, &relation, line) } else { row("", "", "", &indented(line)) };
        }
        for (i, line) in balanced(&shapes).iter().enumerate() {
            let line = format!("<mrow class=\"shape\">{line}</mrow>");
            text += &row("", "", "", &if i == 0 { line } else { indented(&line) });
        }
        text
    }

    fn between(&self, _: &str, _: &str) -> String {
        String::new()
    }

    fn close(&self) -> String {
        "</mtable>\n</math>\n</div>\n".into()
    }

    fn words(&self, words: &str) -> String {
        escaped(words).replace('\'', "’")
    }

    fn code(&self, code: &str) -> String {
        format!("<code>{}</code>", escaped(code))
    }

    fn math(&self, formula: &str) -> String {
        format!("<math xmlns=\"http://www.w3.org/1998/Math/MathML\">{formula}</math>")
    }

    fn sentence(&self, text: &str, _: &Style) -> String {
        format!("<p>{text}</p>\n")
    }

    fn verbatim(&self, text: &str) -> String {
        format!("<pre>{}</pre>\n", escaped(text.trim_end()))
    }

    fn end(&self) -> String {
        if self.palette.is_some() { html::end() } else { "</div>\n".into() }
    }
}

impl Markup for Mathml {
    fn under(&self, factor: &str, shape: &str) -> String {
        let shape = format!("<mpadded class=\"shape\" height=\"0.8em\">{shape}</mpadded>");
        format!("<munder><mpadded {DEPTH}>{factor}</mpadded>{shape}</munder>")
    }

    fn name(&self, name: Name) -> String {
        match name {
            Name::Indexed(letter, index) => format!("<msub>{}{}</msub>", identifier(letter), upright(index)),
            Name::Typed(name) => identifier(name),
        }
    }

    fn power(&self, base: &str, exponent: u32) -> String {
        raised(base, &format!("<mn>{exponent}</mn>"))
    }
}

/// A letter in italics, a word upright.
fn identifier(name: &str) -> String {
    format!("<mi>{}</mi>", escaped(name))
}

/// An index, which is no variable.
fn upright(label: &str) -> String {
    match label {
        _ if label.bytes().all(|byte| byte.is_ascii_digit()) => format!("<mn>{label}</mn>"),
        _ if label.len() == 1 => format!("<mi mathvariant=\"normal\">{}</mi>", escaped(label)),
        _ => identifier(label),
    }
}

/// A superscript, above the index of what has one.
fn raised(inner: &str, script: &str) -> String {
    let indexed = inner.strip_prefix("<msub").filter(|rest| rest.starts_with([' ', '>']));
    match indexed.and_then(|rest| rest.strip_suffix("</msub>")) {
        Some(rest) => format!("<msubsup{rest}{script}</msubsup>"),
        None => format!("<msup>{}{script}</msup>", one(inner)),
    }
}

/// Elements as one.
fn one(elements: &str) -> String {
    let (mut depth, mut count) = (0, 0);
    for tag in elements.split('<').skip(1) {
        count += u32::from(depth == 0);
        depth += if tag.starts_with('/') { -1 } else { i32::from(!tag.contains("/>")) };
    }
    if count == 1 { elements.into() } else { format!("<mrow>{elements}</mrow>") }
}

/// Lines of which each closes what it opens: brackets that go over a line are two rows.
fn balanced(lines: &[String]) -> Vec<String> {
    let mut open = 0;
    let line = |line: &String| {
        let opened = "<mrow>".repeat(open);
        open = open + line.matches("<mrow").count() - line.matches("</mrow>").count();
        format!("{opened}{line}{}", "</mrow>".repeat(open))
    };
    lines.iter().map(line).collect()
}

fn indented(line: &str) -> String {
    format!("<mspace width=\"2em\"/>{line}")
}

fn row(attributes: &str, left: &str, relation: &str, right: &str) -> String {
    let padding = PADDING[usize::from(relation.is_empty())];
    let cell = |(column, content): (usize, &str)| {
        format!("<mtd style=\"{}; padding: {}\">{content}</mtd>\n", COLUMNS[column], padding[column])
    };
    let cells: String = [left, relation, right].into_iter().enumerate().map(cell).collect();
    let cells = if cells.contains("<mfrac>") { cells.replace(DEPTH, DEPTH_OF_FRACTIONS) } else { cells };
    format!("<mtr{attributes}>\n{cells}</mtr>\n")
}

/// Text that is no markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
