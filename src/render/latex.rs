//! [`Notation`](crate::document::notation::Notation) → LaTeX with amsmath: one `align*` for equations that follow one another.

use super::{
    Style,
    dialect::{self, Dialect},
    glyphs::{SIGNS, UNICODE, seven_bits},
    layout::Mark,
    markup::{self, Markup, Name, rows},
    table,
    text::{Text, folded},
    words,
};
use crate::{
    document::{
        notation::{Bounds, Equation, Exponent, Function, Letter, Relation, Sample, index_expression},
        sentence::Sentence,
        table::Table,
    },
    shape::{Dim, Shape},
    source::subscript_digit,
};

/// LaTeX, to be included in a document that uses amsmath.
#[derive(Clone, Copy, Debug)]
pub struct Latex {
    /// Whether signs are the macros of [`MACROS`], which an author can define otherwise.
    pub macros: bool,
}

/// The signs that authors have their own for, each with its macro.
const MACROS: [(Mark, &str, &str); 3] =
    [(Mark::Loss, "\\loss", "J"), (Mark::Hadamard, "\\had", "\\odot"), (Mark::Divided, "\\hdiv", "\\oslash")];

impl Latex {
    /// `hidden` as letters of one word, not as a product of letters.
    fn word(font: &str, name: &str) -> String {
        format!("\\{font}{{{}}}", name.replace('_', "\\_"))
    }

    fn base(base: &str) -> String {
        match base {
            "l" => "\\ell".into(),
            // As a name; as a sign it is a sum.
            "Σ" => "\\Sigma".into(),
            "0" | "1" => format!("\\mathbf{{{base}}}"),
            _ if base.chars().count() == 1 => {
                let greek = SIGNS.iter().find(|(letter, ..)| base.starts_with(*letter));
                greek.map_or(base, |(.., latex)| latex).into()
            }
            _ => Self::word("mathit", base),
        }
    }

    /// An index or an exponent, in braces if it is longer than a character.
    fn script(text: &str) -> String {
        if text.chars().count() == 1 { text.into() } else { format!("{{{text}}}") }
    }

    fn label(label: &str) -> String {
        if let Some(expression) = index_expression(label) {
            return layers(expression);
        }
        if label.bytes().all(|byte| byte.is_ascii_digit()) { label.into() } else { Self::word("mathrm", label) }
    }
}

/// An expression of layers: `\\ell-1`.
fn layers(expression: &str) -> String {
    expression.replace('l', "\\ell ").trim_end().into()
}

/// `2.17\cdot 10^{-15}` for `2.17e-15`.
fn figure(digits: &str) -> String {
    match digits.split_once('e') {
        Some(("1", power)) => format!("10^{{{power}}}"),
        Some((factor, power)) => format!("{factor}\\cdot 10^{{{power}}}"),
        None => digits.into(),
    }
}

/// Words that are no markup.
fn escaped(words: &str) -> String {
    words.chars().fold(String::new(), |text, c| match c {
        '\\' => text + "\\textbackslash{}",
        '~' => text + "\\textasciitilde{}",
        '^' => text + "\\textasciicircum{}",
        '<' => text + "\\textless{}",
        '>' => text + "\\textgreater{}",
        '|' => text + "\\textbar{}",
        '…' => text + "\\dots{}",
        '&' | '%' | '$' | '#' | '_' | '{' | '}' => format!("{text}\\{c}"),
        c => match SIGNS.iter().find(|(sign, ..)| *sign == c) {
            Some((.., latex)) => with_mathematics(&text, latex),
            None => match subscript_digit(c) {
                Some(digit) => with_mathematics(&text, &format!("_{{{digit}}}")),
                None => format!("{text}{c}"),
            },
        },
    })
}

/// The words, and mathematics behind them, in one formula with what is at their end.
fn with_mathematics(words: &str, formula: &str) -> String {
    match words.strip_suffix('$').filter(|before| !before.ends_with('\\')) {
        Some(before) => format!("{before} {formula}$"),
        None => format!("{words}${formula}$"),
    }
}

impl Dialect for Latex {
    fn mark(&self, mark: Mark) -> &str {
        match mark {
            Mark::Hadamard if self.macros => " \\had ",
            Mark::Divided if self.macros => " \\hdiv ",
            Mark::Loss if self.macros => "\\loss ",
            Mark::Half => "\\tfrac{1}{2}",
            Mark::Dot | Mark::ScalarDot => " \\cdot ",
            Mark::Juxtaposition => "",
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
            Mark::Kronecker => " \\otimes ",
            Mark::Norm => "\\|",
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
            Relation::Times => "\\times",
            Relation::Less => "<",
            Relation::AtMost => "\\le",
            Relation::Greater => ">",
        }
    }

    fn letter(&self, letter: &Letter) -> String {
        let base = Self::base(&letter.base);
        let base = if letter.hat { format!("\\hat{{{base}}}") } else { base };
        let base = if letter.dot { format!("\\dot{{{base}}}") } else { base };
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
        let name = if *is_product { "prod" } else { "sum" };
        format!("\\{name}_{{{index}={}}}^{}", layers(from), Self::script(&layers(to)))
    }

    fn function(&self, function: &Function) -> String {
        let name = match function.name {
            "tanh" | "sin" | "cos" | "ln" | "exp" | "min" | "max" => format!("\\{}", function.name),
            name if name.len() == 1 => name.to_string(),
            name => Self::word("operatorname", name),
        };
        let parameter = function
            .parameter
            .map(|parameter| format!("_{}", Self::script(&parameter.to_string())))
            .unwrap_or_default();
        format!("{name}{parameter}{}", "'".repeat(usize::from(function.order)))
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

    fn number(&self, digits: &str) -> String {
        figure(digits)
    }

    fn power(&self, base: &str, exponent: Exponent) -> String {
        format!("{base}^{}", Self::script(&exponent.written("\\circ ", "-", "\\top")))
    }

    fn partial(&self, of: &str, by: &str) -> String {
        let of = of.trim_end();
        format!("\\frac{{\\partial {of}}}{{\\partial {by}}}")
    }

    fn component(&self, of: &str, by: &str) -> String {
        format!("{of}_{{{by}}}")
    }

    fn root(&self, inner: &str) -> String {
        format!("\\sqrt{{{inner}}}")
    }

    /// Little of it is a macro: KaTeX takes a thousand in a formula.
    fn begin(&self, _: &str) -> String {
        let provided = |(_, name, meaning): &(Mark, &str, &str)| format!("\\providecommand{{{name}}}{{{meaning}}}\n");
        let macros: String = MACROS.iter().map(provided).collect();
        format!("% needs \\usepackage{{amsmath}}; defaults to redefine\n{macros}")
    }

    /// A run of equations may be longer than a page.
    fn open(&self, labelled: bool) -> String {
        format!("\\begingroup\\allowdisplaybreaks\n\\begin{{align{}}}\n", if labelled { "" } else { "*" })
    }

    /// One number an equation, at its last line.
    fn labelled(&self, equation: String, label: &str) -> String {
        format!("{} \\label{{{label}}}", equation.replace(" \\\\\n", " \\notag \\\\\n"))
    }

    fn matrix(&self, left: &str, rows: &[Vec<String>]) -> String {
        let row = |row: &Vec<String>| row.iter().map(|cell| figure(cell)).collect::<Vec<_>>().join(" & ");
        let rows: Vec<String> = rows.iter().map(row).collect();
        format!("\\[{left} = \\begin{{bmatrix}}{}\\end{{bmatrix}}\\]\n", rows.join(" \\\\ "))
    }

    fn notation(&self, signs: &[(String, String)], _: &Style) -> String {
        let item = |(sign, meaning): &(String, String)| format!("\\item[{sign}] {meaning}\n");
        format!("\n\\begin{{description}}\n{}\\end{{description}}\n", signs.iter().map(item).collect::<String>())
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

    fn close(&self, labelled: bool) -> String {
        format!("\n\\end{{align{}}}\n\\endgroup\n", if labelled { "" } else { "*" })
    }

    fn words(&self, words: &str) -> String {
        words::words(self, words, &|token| if token == "=" { "$=$".into() } else { escaped(token) })
    }

    /// Two hyphens would be a dash.
    fn code(&self, code: &str) -> String {
        format!("\\texttt{{{}}}", escaped(code).replace("--", "-{}-"))
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

    /// As wide as a line of an article: cut between columns as text is, and long words in paragraphs.
    fn table(&self, table: &Table, style: &Style) -> String {
        /// A wider column of words is set as paragraphs.
        const LONG: usize = 40;
        let mut widths = table::widths(table, &Text::new(&UNICODE));
        let long: Vec<bool> = widths.iter().enumerate().map(|(i, width)| i < table.words && *width > LONG).collect();
        widths.iter_mut().zip(&long).for_each(|(width, long)| *width = if *long { LONG } else { *width });
        let part = |columns: Vec<usize>| {
            let kind = |column: &usize| match (long[*column], *column < table.words) {
                (true, _) => "p{0.45\\linewidth}",
                (false, true) => "l",
                (false, false) => "r",
            };
            let row = |cells: &Vec<Sentence>| {
                let cell = |column: &usize| cells.get(*column).map(|cell| dialect::sentence(self, cell));
                columns.iter().map(|column| cell(column).unwrap_or_default()).collect::<Vec<_>>().join(" & ")
            };
            let kinds: String = columns.iter().map(kind).collect();
            let rows: Vec<String> = table.rows.iter().map(row).collect();
            let (header, rows) = (row(&table.header), rows.join(" \\\\\n"));
            format!("\\begin{{tabular}}{{{kinds}}}\n{header} \\\\\n\\hline\n{rows}\n\\end{{tabular}}\n")
        };
        let parts = table::parts(&widths, table.keys, style.width).into_iter().map(part);
        let parts = parts.collect::<Vec<_>>().join("\n\\medskip\n\n");
        format!("\n\\begingroup\\noindent\\footnotesize\\setlength{{\\tabcolsep}}{{4pt}}\n{parts}\\endgroup\n")
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
}
