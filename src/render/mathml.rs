//! [`Notation`](crate::document::notation::Notation) → MathML Core: one table for equations that follow one another, to be embedded
//! in a page, or on a page of its own.

use std::cell::Cell;

use super::{
    Format, ShapePlace, Style,
    color::Palette,
    dialect::Dialect,
    elements::{BLOCK, DEPTH, balanced, escaped, figure, identifier, indented, index, one, raised, row, upright},
    graph,
    html::{self, Frame},
    layout::Mark,
    markup::{self, Markup, Name, Rows, rows},
    plot, table, words,
};
use crate::{
    document::{
        Graph, Table,
        notation::{Bounds, Equation, Exponent, Function, Letter, Relation, Sample},
        plot::Plot,
    },
    shape::{Dim, Shape},
};

/// MathML that browsers render as it is.
#[derive(Clone, Debug)]
pub struct Mathml {
    /// One colour a variable; what is embedded in a page of the user's brings none.
    palette: Option<Palette>,
    frame: Frame,
    /// The place of the next factor, while factors are numbered.
    factors: Cell<Option<usize>>,
}

impl Mathml {
    /// A part of a page: a `div` that is one XML document.
    #[must_use]
    pub fn embedded() -> Self {
        Self { palette: None, frame: Frame::Embedded, factors: Cell::default() }
    }

    /// A page of its own, with one colour a variable.
    #[must_use]
    pub fn page(palette: Palette) -> Self {
        Self { palette: Some(palette), frame: Frame::Page, factors: Cell::default() }
    }

    /// Parts of a page that brings the styles, in these colours.
    #[must_use]
    pub fn fragment(palette: Palette) -> Self {
        Self { palette: Some(palette), frame: Frame::Fragment, factors: Cell::default() }
    }

    /// Numbers the factors of what is written from now on, from this place; or none.
    pub fn number_from(&self, place: Option<usize>) {
        self.factors.set(place);
    }

    fn base(letter: &Letter) -> String {
        let base = match &*letter.base {
            "l" => "<mi>ℓ</mi>".into(),
            "Δ" => "<mi mathvariant=\"normal\">Δ</mi>".into(),
            "0" => "<mn>𝟎</mn>".into(),
            "1" => "<mn>𝟏</mn>".into(),
            base => identifier(base),
        };
        let over = |base, sign| format!("<mover accent=\"true\">{base}<mo stretchy=\"false\">{sign}</mo></mover>");
        let base = if letter.hat { over(base, 'ˆ') } else { base };
        if letter.dot { over(base, '˙') } else { base }
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
            Mark::Juxtaposition => "<mo>&#x2062;</mo>",
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
            Mark::Kronecker => "<mo lspace=\"0.25em\" rspace=\"0.25em\">⊗</mo>",
            Mark::Norm => "<mo form=\"infix\" stretchy=\"false\" lspace=\"0em\" rspace=\"0em\">‖</mo>",
            Mark::Loss => "<mi>J</mi>",
            Mark::Half => "<mfrac><mn>1</mn><mn>2</mn></mfrac>",
            Mark::OpenMarked => "<mrow><mo stretchy=\"false\">⟦</mo>",
            Mark::CloseMarked => "<mo stretchy=\"false\">⟧</mo></mrow>",
        }
    }

    fn relation(&self, relation: Relation) -> &str {
        match relation {
            Relation::Equal | Relation::Definition => "<mo>=</mo>",
            Relation::Approximate => "<mo>≈</mo>",
            Relation::Sketch => "<mo>∼</mo>",
            Relation::Gives => "<mo stretchy=\"false\">→</mo>",
            Relation::Times => "<mo>×</mo>",
            Relation::Less => "<mo>&lt;</mo>",
            Relation::AtMost => "<mo>≤</mo>",
            Relation::Greater => "<mo>&gt;</mo>",
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

    fn big(&self, bounds: &Bounds) -> String {
        let Bounds { is_product, index: name, from, to } = bounds;
        let sign = if *is_product { "∏" } else { "∑" };
        let from = index(&format!("{name}={from}"));
        format!("<munderover><mo>{sign}</mo>{from}{}</munderover>", index(to))
    }

    /// The prime is high by itself: browsers do not choose the larger glyph that fonts have for a superscript.
    fn function(&self, function: &Function) -> String {
        let name = identifier(function.name);
        let name = match function.parameter {
            Some(parameter) => format!("<msub>{name}<mn>{parameter}</mn></msub>"),
            None => name,
        };
        let primes = "′".repeat(usize::from(function.order));
        let name = if primes.is_empty() { name } else { format!("<mrow>{name}<mo>{primes}</mo></mrow>") };
        format!("{name}<mo>&#x2061;</mo>")
    }

    fn number(&self, digits: &str) -> String {
        figure(digits)
    }

    fn dim(&self, dim: &Dim) -> String {
        markup::dim(self, dim, self.mark(Mark::ScalarDot))
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

    fn power(&self, base: &str, exponent: Exponent) -> String {
        let raise = match exponent {
            Exponent::Number(p @ 0.., 1) => format!("<mn>{p}</mn>"),
            Exponent::Number(..) | Exponent::Entrywise(..) | Exponent::InverseTransposed => {
                format!("<mtext>{}</mtext>", exponent.written("∘", "−", "⊤"))
            }
        };
        raised(base, &raise)
    }

    fn partial(&self, of: &str, by: &str) -> String {
        format!("<mfrac><mrow><mi>∂</mi>{of}</mrow><mrow><mi>∂</mi>{by}</mrow></mfrac>")
    }

    fn component(&self, of: &str, by: &str) -> String {
        format!("<msub><mrow>{of}</mrow><mrow>{by}</mrow></msub>")
    }

    fn root(&self, inner: &str) -> String {
        format!("<msqrt>{inner}</msqrt>")
    }

    fn begin(&self, title: &str) -> String {
        self.frame.begin(title)
    }

    fn source(&self, text: &str) -> String {
        if self.frame == Frame::Page {
            format!("<pre class=\"spec\"{}>{}</pre>\n", self.frame.scrolls("Spec"), escaped(text.trim_end()))
        } else {
            String::new()
        }
    }

    /// Scrolls by itself where it is wider than the page.
    fn open(&self, _: bool) -> String {
        let scrolls = self.frame.scrolls("Equations");
        format!("<div class=\"equations\"{scrolls}>\n{BLOCK}\n<mtable displaystyle=\"true\">\n")
    }

    /// Aligned at the relation, and labelled with its text for who cannot see the table.
    fn equation(&self, equation: &Equation, style: &Style) -> String {
        let Rows { left, relation, right, shapes } = rows(self, equation, style);
        let plain = Style { shapes: ShapePlace::None, width: usize::MAX, ..Style::new(Format::Text) };
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

    fn matrix(&self, left: &str, rows: &[Vec<String>]) -> String {
        let cell = |cell: &String| format!("<mtd>{}</mtd>", self.number(cell));
        let row = |row: &Vec<String>| format!("<mtr>{}</mtr>\n", row.iter().map(cell).collect::<String>());
        let rows: String = rows.iter().map(row).collect();
        let matrix = format!("<mrow><mo>[</mo><mtable>\n{rows}</mtable><mo>]</mo></mrow>");
        format!("<div class=\"matrix\"{}>{BLOCK}{left}<mo>=</mo>{matrix}</math></div>\n", self.frame.scrolls("Matrix"))
    }

    fn notation(&self, signs: &[(String, String)], _: &Style) -> String {
        let item = |(sign, meaning): &(String, String)| format!("<div><dt>{sign}</dt><dd>{meaning}</dd></div>\n");
        format!("<dl class=\"signs\">\n{}</dl>\n", signs.iter().map(item).collect::<String>())
    }

    fn close(&self, _: bool) -> String {
        "</mtable>\n</math>\n</div>\n".into()
    }

    fn words(&self, words: &str) -> String {
        words::words(self, words, &|token| escaped(token).replace('\'', "’"))
    }

    fn code(&self, code: &str) -> String {
        format!("<code>{}</code>", escaped(code))
    }

    fn math(&self, formula: &str) -> String {
        format!("<math xmlns=\"http://www.w3.org/1998/Math/MathML\">{formula}</math>")
    }

    fn heading(&self, text: &str) -> String {
        format!("<h2>{text}</h2>\n")
    }

    fn sentence(&self, text: &str, _: &Style) -> String {
        format!("<p>{text}</p>\n")
    }

    fn plot(&self, picture: &Plot) -> String {
        let picture = plot::svg(picture);
        let picture = if self.frame == Frame::Fragment { picture.replace(&plot::style(), "") } else { picture };
        format!("<figure>\n{picture}</figure>\n")
    }

    /// For wide and for narrow screens.
    fn graph(&self, of: &Graph) -> Option<String> {
        let drawn = |class, width, alone| {
            format!("<figure class=\"graph {class}\">\n{}</figure>\n", graph::svg(of, width, alone))
        };
        (self.frame == Frame::Page).then(|| drawn("wide", 1060, true) + &drawn("narrow", 358, false))
    }

    fn table(&self, of: &Table, _: &Style) -> String {
        table::html(of, self, &self.frame.scrolls("Table"))
    }

    fn verbatim(&self, text: &str) -> String {
        format!("<pre{}>{}</pre>\n", self.frame.scrolls("Lines"), escaped(text.trim_end()))
    }

    fn end(&self) -> String {
        self.frame.end()
    }
}

impl Markup for Mathml {
    /// On a line of its own, for who reads the source.
    fn under(&self, factor: &str, shape: &str) -> String {
        let shape = format!("<mpadded class=\"shape\" height=\"0.8em\">{shape}</mpadded>");
        format!("\n<munder><mpadded {DEPTH}>{factor}</mpadded>{shape}</munder>")
    }

    fn factor(&self, factor: &str, shape: Option<&str>) -> String {
        let number = self.factors.get();
        self.factors.set(number.map(|place| place + 1));
        let attribute = number.map_or_else(String::new, |place| format!(" data-factor=\"{place}\""));
        match shape {
            Some(shape) => self.under(factor, shape).replacen("<munder>", &format!("<munder{attribute}>"), 1),
            None if number.is_some() => format!("\n<mrow{attribute}>{factor}</mrow>"),
            None => factor.to_owned(),
        }
    }

    fn name(&self, name: Name) -> String {
        match name {
            Name::Indexed(letter, index) => format!("<msub>{}{}</msub>", identifier(letter), upright(index)),
            Name::Typed(name) => identifier(name),
        }
    }
}

#[cfg(test)]
mod tests;
