//! [`Notation`](crate::document::notation::Notation) → LaTeX with amsmath: one `align*` for equations that follow one another.

use super::{
    Style,
    dialect::{self, Dialect},
    glyphs::seven_bits,
    layout::Mark,
    markup::{self, Markup, Name, rows},
    text::folded,
};
use crate::{
    document::{
        notation::{Bounds, Equation, Function, Letter, Relation, Sample, index_expression},
        sentence::Sentence,
        table::Table,
    },
    shape::{Dim, Shape},
};

/// LaTeX, to be included in a document that uses amsmath.
#[derive(Clone, Copy, Debug)]
pub struct Latex;

impl Latex {
    /// `hidden` as letters of one word, not as a product of letters.
    fn word(font: &str, name: &str) -> String {
        format!("\\{font}{{{}}}", name.replace('_', "\\_"))
    }

    fn base(base: &str) -> String {
        match base {
            "Δ" => "\\Delta".into(),
            "0" | "1" => format!("\\mathbf{{{base}}}"),
            _ if base.chars().count() == 1 => base.into(),
            _ => Self::word("mathit", base),
        }
    }

    /// An index or an exponent, in braces if it is longer than a character.
    fn script(text: &str) -> String {
        if text.chars().count() == 1 { text.into() } else { format!("{{{text}}}") }
    }

    fn label(label: &str) -> String {
        if let Some(expression) = index_expression(label) {
            return expression.into();
        }
        if label.bytes().all(|byte| byte.is_ascii_digit()) { label.into() } else { Self::word("mathrm", label) }
    }
}

impl Dialect for Latex {
    fn mark(&self, mark: Mark) -> &str {
        match mark {
            Mark::Dot | Mark::ScalarDot => " \\cdot ",
            Mark::Beside => "",
            Mark::Hadamard => " \\odot ",
            Mark::Divided => " \\oslash ",
            Mark::Plus => " + ",
            Mark::Minus => " - ",
            Mark::Negative => "-",
            Mark::Slash => " / ",
            Mark::Comma => ", ",
            Mark::Open => "(",
            Mark::Close => ")",
            Mark::SumSamples => "\\sum_{i} ",
            Mark::Total => "\\sum ",
            Mark::Loss => "J",
            Mark::OpenMarked => "\\mathopen{[\\![}",
            Mark::CloseMarked => "\\mathclose{]\\!]}",
        }
    }

    fn relation(&self, relation: Relation) -> &str {
        match relation {
            Relation::Equal | Relation::Definition => "=",
            Relation::Approximate => "\\approx",
            Relation::Sketch => "\\sim",
            Relation::Gives => "\\to",
        }
    }

    fn letter(&self, letter: &Letter) -> String {
        let base = Self::base(&letter.base);
        let base = if letter.hat { format!("\\hat{{{base}}}") } else { base };
        let label = letter.subscript.as_deref().map(Self::label);
        let row = (letter.sample == Sample::Row).then(|| "i".to_string());
        let index = label.into_iter().chain(row).collect::<Vec<_>>().join(",");
        let index = if index.is_empty() { index } else { format!("_{}", Self::script(&index)) };
        let own = if letter.sample == Sample::Own { OWN } else { "" };
        format!("{base}{index}{own}")
    }

    /// `\prod_{k=L}^{l+1}`
    fn big(&self, bounds: &Bounds) -> String {
        let Bounds { is_product, index, from, to } = bounds;
        format!("\\{}_{{{index}={from}}}^{}", if *is_product { "prod" } else { "sum" }, Self::script(to))
    }

    fn function(&self, function: &Function) -> String {
        let name = match function.name {
            "tanh" | "sin" | "exp" | "min" | "max" => format!("\\{}", function.name),
            name if name.len() == 1 => name.to_string(),
            name => Self::word("operatorname", name),
        };
        let parameter = function
            .parameter
            .map(|parameter| format!("_{}", Self::script(&parameter.to_string())))
            .unwrap_or_default();
        format!("{name}{parameter}{}", if function.prime { "'" } else { "" })
    }

    fn dim(&self, dim: &Dim) -> String {
        markup::dim(self, dim, " \\cdot ")
    }

    fn shape(&self, shape: &Shape) -> String {
        markup::shape(self, shape, "\\text{scalar}", " \\times ")
    }

    fn shape_as_factor(&self, shape: &Shape) -> String {
        format!("({})", self.shape(shape))
    }

    fn fraction(&self, top: &str, bottom: &str) -> String {
        format!("\\frac{{{top}}}{{{bottom}}}")
    }

    fn transposed(&self, inner: &str) -> String {
        match inner.strip_suffix(OWN) {
            Some(letter) => format!("{letter}^{{(i)\\top}}"),
            None => format!("{inner}^\\top"),
        }
    }

    fn partial(&self, of: &str, by: &str) -> String {
        format!("\\frac{{\\partial {of}}}{{\\partial {by}}}")
    }

    /// Little of it is a macro: KaTeX takes a thousand in a formula.
    fn begin(&self) -> String {
        "% needs \\usepackage{amsmath}\n".into()
    }

    /// A run of equations may be longer than a page.
    fn open(&self) -> String {
        "\\begingroup\\allowdisplaybreaks\n\\begin{align*}\n".into()
    }

    /// Aligned at the relation; the braces before a joint keep the blanks of a binary operator.
    fn equation(&self, equation: &Equation, style: &Style) -> String {
        const GO_ON: &str = " \\\\\n&\\qquad {}";
        let rows = rows(self, equation, style);
        let formula = format!("{} &{} {}", rows.left, rows.relation, rows.right.join(GO_ON));
        if rows.shapes.is_empty() {
            return formula;
        }
        format!("{formula} \\\\\n&\\phantom{{{{}}={{}}}} {}", rows.shapes.join(GO_ON))
    }

    fn between(&self, _: &str, _: &str) -> String {
        " \\\\[1ex]\n".into()
    }

    fn close(&self) -> String {
        "\n\\end{align*}\n\\endgroup\n".into()
    }

    fn words(&self, words: &str) -> String {
        words.chars().fold(String::new(), |text, c| match c {
            '\\' => text + "\\textbackslash{}",
            '~' => text + "\\textasciitilde{}",
            '^' => text + "\\textasciicircum{}",
            '<' => text + "\\textless{}",
            '>' => text + "\\textgreater{}",
            '|' => text + "\\textbar{}",
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => format!("{text}\\{c}"),
            c => format!("{text}{c}"),
        })
    }

    /// Two hyphens would be a dash.
    fn code(&self, code: &str) -> String {
        format!("\\texttt{{{}}}", self.words(code).replace("--", "-{}-"))
    }

    fn math(&self, formula: &str) -> String {
        format!("${formula}$")
    }

    fn heading(&self, text: &str) -> String {
        format!("\n\\medskip\\noindent\\textbf{{{text}}}\n")
    }

    fn sentence(&self, text: &str, _: &Style) -> String {
        format!("\n{text}\n")
    }

    /// In mathematics, where every reader of formulas has arrays.
    fn table(&self, table: &Table, _: &Style) -> String {
        let columns: String = (0..table.header.len()).map(|i| if i < table.words { 'l' } else { 'r' }).collect();
        let row = |cells: &Vec<Sentence>| {
            let cells = cells.iter().map(|cell| format!("\\text{{{}}}", dialect::sentence(self, cell)));
            cells.collect::<Vec<_>>().join(" & ")
        };
        let rows: Vec<String> = table.rows.iter().map(row).collect();
        let (header, rows) = (row(&table.header), rows.join(" \\\\\n"));
        format!("\\[\\begin{{array}}{{{columns}}}\n{header} \\\\\n\\hline\n{rows}\n\\end{{array}}\\]\n")
    }

    /// What a font of LaTeX may lack is written in seven bits; nothing but its own end is read in it.
    fn verbatim(&self, text: &str) -> String {
        /// The columns of a line in this size.
        const COLUMNS: usize = 78;
        let text = folded(&seven_bits(text.trim_end()), COLUMNS).replace("\\end{verbatim}", "\\end {verbatim}");
        format!("\\begingroup\\footnotesize\n\\begin{{verbatim}}\n{text}\n\\end{{verbatim}}\n\\endgroup\n")
    }
}

/// Sample i's own.
const OWN: &str = "^{(i)}";

impl Markup for Latex {
    /// Every factor as deep as a bracket, so that the shapes stand in a row.
    fn under(&self, factor: &str, shape: &str) -> String {
        let deep = factor.starts_with('(') || factor.starts_with("\\frac");
        format!("\\underset{{{shape}}}{{{}{factor}}}", if deep { "" } else { "\\vphantom{(}" })
    }

    fn name(&self, name: Name) -> String {
        match name {
            Name::Indexed(letter, index) => format!("{letter}_{}", Self::script(&Self::label(index))),
            Name::Typed(name) if name.len() == 1 && name != "_" => name.into(),
            Name::Typed(name) => Self::word("mathit", name),
        }
    }

    fn power(&self, base: &str, exponent: u32) -> String {
        format!("{base}^{}", Self::script(&exponent.to_string()))
    }
}
