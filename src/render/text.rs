//! [`Notation`](crate::document::notation::Notation) → lines of characters: shapes under their factors, or after the formula.

use unicode_width::UnicodeWidthStr;

use super::{
    ShapePlace, Style,
    color::{Palette, columns},
    dialect::{Dialect, inline, token},
    glyphs::{self, DOTTED, Glyphs, UNICODE, seven_bits, small_index, subscript},
    layout::{Mark, Piece, Quotient, lines, opened, pieces},
    rows::{Cell, Rows, blanks},
    table,
};
use crate::{
    document::{
        notation::{Bounds, Equation, Exponent, Function, Letter, Notation, Relation, Sample, index_expression},
        table::Table,
    },
    shape::{Dim, Shape},
};

/// Text in some set of characters, in colour or not.
#[derive(Clone, Debug)]
pub struct Text {
    glyphs: &'static Glyphs,
    palette: Option<Palette>,
}

impl Text {
    /// Text without colour.
    #[must_use]
    pub fn new(glyphs: &'static Glyphs) -> Self {
        Self { glyphs, palette: None }
    }

    /// With one colour a variable, as a terminal shows it.
    #[must_use]
    pub fn colored(glyphs: &'static Glyphs, palette: Palette) -> Self {
        Self { glyphs, palette: Some(palette) }
    }

    fn cell(&self, piece: &Piece) -> Cell {
        let text = token(self, piece);
        let under = piece.shape.map(|shape| self.shape(shape)).unwrap_or_default();
        let width = columns(&text).max(under.width());
        Cell { text, under, width }
    }

    /// `f0×f1` under a factor, `f0 × f1` at the end of a line.
    fn spaced_shape(&self, shape: &Shape, space: &str) -> String {
        let single = |dim: &Dim| dim.as_number().is_some() || dim.as_name().is_some();
        let side = |dim: &Dim| if single(dim) { self.dim(dim) } else { format!("({})", self.dim(dim)) };
        let dims = shape
            .dims()
            .map(|(rows, columns)| format!("{}{space}{}{space}{}", side(rows), self.glyphs.times, side(columns)));
        dims.unwrap_or_else(|| "scalar".to_string())
    }

    /// What stands around a part that is pointed to.
    fn marked(&self) -> (&'static str, &'static str) {
        if self.palette.is_some() { self.glyphs.marked_bold } else { self.glyphs.marked }
    }

    fn plain_letter(&self, letter: &Letter) -> String {
        let base = self.base(letter);
        let index = letter.subscript.as_deref().map(|label| self.index(label)).unwrap_or_default();
        match letter.sample {
            Sample::None => format!("{base}{index}"),
            Sample::Row if index.is_empty() || !self.glyphs.small_digits => format!("{base}{index}{}", self.glyphs.row),
            Sample::Row => format!("{base}{index},{}", self.glyphs.row),
            Sample::Own => format!("{base}{index}{}", self.glyphs.own),
        }
    }

    /// The letter with what stands above it, without an index.
    fn base(&self, letter: &Letter) -> String {
        let base = match (letter.hat, &*letter.base) {
            (true, "Y") if self.glyphs.small_digits => "Ŷ".to_string(),
            (true, "y") if self.glyphs.small_digits => "ŷ".to_string(),
            (true, base) => self.hatted(base),
            (false, "Δ") => self.glyphs.delta.to_string(),
            (false, "π") => self.glyphs.pi.to_string(),
            (false, "l") => self.glyphs.layer.to_string(),
            (false, base) if self.glyphs.small_digits => base.to_string(),
            // As a name; as a sign it is a sum.
            (false, "Σ") => "Sigma".to_string(),
            (false, base) => seven_bits(base),
        };
        if letter.dot { self.dotted(&base) } else { base }
    }

    /// The dot above the first character, or in words behind the name: `Ż`, `Zdot`.
    fn dotted(&self, base: &str) -> String {
        if !self.glyphs.small_digits {
            return format!("{base}{}", self.glyphs.above);
        }
        let accents = |c: &char| ('\u{300}'..='\u{36f}').contains(c);
        let end = base.char_indices().skip(1).find(|(_, c)| !accents(c)).map_or(base.len(), |(at, _)| at);
        let (first, rest) = base.split_at(end);
        let single = DOTTED.iter().find(|(letter, _)| *letter == first).map(|(_, dotted)| (*dotted).to_owned());
        let first = single.unwrap_or_else(|| format!("{first}{}", self.glyphs.above));
        format!("{first}{rest}")
    }

    /// The hat above the first character, or in words behind the name.
    fn hatted(&self, base: &str) -> String {
        let mut letters = base.chars();
        let first: String = letters.by_ref().take(1).collect();
        match (self.glyphs.hat, letters.as_str()) {
            (hat, rest) if self.glyphs.small_digits => format!("{first}{hat}{rest}"),
            (hat, "") => format!("{first}{hat}"),
            (hat, rest) => format!("{first}{rest}_{hat}"),
        }
    }

    /// `₂`, `_hidden`, `ₖ₋₁`; `_ℓ`, `[ℓ−1]`, since a small l is read as 1; in ASCII `[l-1]`.
    fn index(&self, label: &str) -> String {
        if let Some(expression) = index_expression(label) {
            return match small_index(expression).filter(|_| self.glyphs.small_digits) {
                Some(small) => small,
                None if self.glyphs.small_digits && expression.len() == 1 => format!("_{}", self.layers(expression)),
                None => format!("[{}]", self.layers(expression)),
            };
        }
        let digits = label.chars().all(|c| c.is_ascii_digit());
        match subscript(label).filter(|_| self.glyphs.small_digits) {
            Some(small) => small,
            None if digits => label.to_string(),
            None => format!("_{label}"),
        }
    }

    /// An expression of layers: `ℓ−1`.
    fn layers(&self, expression: &str) -> String {
        expression.replace('l', self.glyphs.layer).replace('-', self.glyphs.minus)
    }

    /// The lines of a formula, set in behind `left`, and `end` behind the last.
    fn lay_out(&self, left: &str, formula: &Notation, end: &str, width: usize) -> Vec<String> {
        let indent = columns(left);
        let room = width.saturating_sub(indent);
        let in_lines = |pieces: Vec<Piece>| {
            let cells: Vec<Cell> = pieces.iter().map(|piece| self.cell(piece)).collect();
            let widths: Vec<usize> = cells.iter().map(|cell| cell.width).collect();
            let lines = lines(&pieces, &widths, room);
            let widest = lines.iter().map(|line| widths[line.clone()].iter().sum::<usize>()).max().unwrap_or(0);
            (cells, lines, widest)
        };
        let whole = in_lines(pieces(formula, Quotient::Slash));
        let (cells, lines, _) = if whole.2 > room { in_lines(opened(formula, Quotient::Slash)) } else { whole };
        let mut rows = Rows { top: left.to_string(), under: " ".repeat(indent), used: indent };
        let mut done = Vec::new();
        for (i, line) in lines.into_iter().enumerate() {
            if i > 0 {
                rows.finish(&mut done, indent);
            }
            cells[line].iter().for_each(|cell| rows.add(cell));
        }
        if rows.used + columns(end) > width && rows.used > indent {
            rows.finish(&mut done, indent);
        }
        rows.top.push_str(end);
        rows.finish(&mut done, indent);
        done
    }
}

/// Lines that are longer than `width` broken at blanks, but for rows of tables.
pub(super) fn folded(text: &str, width: usize) -> String {
    let fold = |line: &str| if line.contains("  ") { line.to_string() } else { hanging(line, width, 3) };
    text.lines().map(fold).collect::<Vec<_>>().join("\n")
}

/// Lines where a blank allows it; those after the first are set in by so many columns.
fn hanging(text: &str, width: usize, indent: usize) -> String {
    let mut words = text.split(' ');
    let mut lines = words.next().unwrap_or_default().to_string();
    let mut used = columns(&lines);
    for word in words {
        used += 1 + columns(word);
        let begins = used > width;
        lines.push_str(if begins { "\n" } else { " " });
        blanks(&mut lines, if begins { indent } else { 0 });
        lines.push_str(word);
        used = if begins { indent + columns(word) } else { used };
    }
    lines
}

/// The columns of each piece with the shape under it, as text: the measure for all formats.
pub(super) fn widths(pieces: &[Piece]) -> Vec<usize> {
    let text = Text::new(&UNICODE);
    pieces.iter().map(|piece| text.cell(piece).width).collect()
}

impl Dialect for Text {
    fn mark(&self, mark: Mark) -> &str {
        match mark {
            Mark::Dot => self.glyphs.dot,
            Mark::ScalarDot => self.glyphs.scalar_dot,
            Mark::Juxtaposition => "",
            Mark::Hadamard => self.glyphs.hadamard,
            Mark::Divided => self.glyphs.divided,
            Mark::Plus => " + ",
            Mark::Minus => self.glyphs.binary_minus,
            Mark::Negative => self.glyphs.minus,
            Mark::Slash => "/",
            Mark::Comma => ", ",
            Mark::Open => "(",
            Mark::Close => ")",
            Mark::SumSamples => self.glyphs.sum_samples,
            Mark::Total => self.glyphs.total,
            Mark::Kronecker => self.glyphs.kronecker,
            Mark::Norm => self.glyphs.norm,
            Mark::Loss => "J",
            Mark::Half => self.glyphs.half,
            Mark::OpenMarked => self.marked().0,
            Mark::CloseMarked => self.marked().1,
        }
    }

    fn relation(&self, relation: Relation) -> &str {
        match relation {
            Relation::Equal => self.glyphs.equal,
            Relation::Approximate => self.glyphs.approximate,
            Relation::Sketch => self.glyphs.sketch,
            Relation::Definition => self.glyphs.definition,
            Relation::Gives => self.glyphs.gives,
            Relation::Times => self.glyphs.times,
            Relation::Less => "<",
            Relation::AtMost => self.glyphs.at_most,
            Relation::Greater => ">",
        }
    }

    fn letter(&self, letter: &Letter) -> String {
        let text = self.plain_letter(letter);
        self.palette.as_ref().map_or(text.clone(), |palette| palette.paint(letter, &text))
    }

    /// `∏[k=L…l+1]`
    fn big(&self, bounds: &Bounds) -> String {
        let Glyphs { product, sum, range, .. } = self.glyphs;
        let Bounds { is_product, index, from, to } = bounds;
        let (from, to) = (self.layers(from), self.layers(to));
        format!("{}[{index}={from}{range}{to}]", if *is_product { product } else { sum })
    }

    /// `relu'`, `leaky_relu[0.01]`
    fn function(&self, function: &Function) -> String {
        let prime = "'".repeat(usize::from(function.order));
        let parameter = function.parameter.map(|parameter| format!("[{parameter}]")).unwrap_or_default();
        format!("{}{parameter}{prime}", function.name)
    }

    fn dim(&self, dim: &Dim) -> String {
        let text = dim.to_string();
        match text.find('[') {
            Some(at) => format!("{}{}", &text[..at], self.index(&text[at..])),
            None if self.glyphs.small_digits => glyphs::powers(dim, self.glyphs.scalar_dot),
            None => text.replace('*', self.glyphs.scalar_dot),
        }
    }

    fn shape(&self, shape: &Shape) -> String {
        self.spaced_shape(shape, "")
    }

    fn fraction(&self, top: &str, bottom: &str) -> String {
        format!("{top}/{bottom}")
    }

    fn transposed(&self, inner: &str) -> String {
        format!("{inner}{}", self.glyphs.transposed)
    }

    fn power(&self, base: &str, exponent: Exponent) -> String {
        self.glyphs.power(base, exponent)
    }

    fn partial(&self, of: &str, by: &str) -> String {
        let partial = self.glyphs.partial;
        format!("{partial}{of}/{partial}{by}")
    }

    fn component(&self, of: &str, by: &str) -> String {
        format!("{of}_{by}")
    }

    fn root(&self, inner: &str) -> String {
        format!("{}({inner})", self.glyphs.root)
    }

    fn quotient(&self) -> Quotient {
        Quotient::Slash
    }

    /// Ends with the shape of both sides, on the line of the formula or of the shapes.
    fn equation(&self, equation: &Equation, style: &Style) -> String {
        let left = format!("{} {} ", inline(self, &equation.left), self.relation(equation.relation));
        let shape = equation.shape.as_ref().map(|shape| self.spaced_shape(shape, " "));
        let plain = || equation.right.clone().without_shapes();
        let mut done = match (style.shapes, shape) {
            (ShapePlace::Under, shape) => {
                let end = shape.map(|shape| format!("    {shape}")).unwrap_or_default();
                self.lay_out(&left, &equation.right, &end, style.width)
            }
            (ShapePlace::After, Some(shape)) => {
                let mut done = self.lay_out(&left, &plain(), "", style.width);
                let indent = " ".repeat(columns(&left));
                if let Some(shapes) = equation.shapes() {
                    let end = format!(" {} {shape}", self.relation(Relation::Gives));
                    done.extend(self.lay_out(&indent, &shapes, &end, style.width));
                } else {
                    done.push(format!("{indent}{shape}"));
                }
                done
            }
            (ShapePlace::None | ShapePlace::After, _) => self.lay_out(&left, &plain(), "", style.width),
        };
        done.push(String::new());
        done.join("\n")
    }

    /// A blank line sets off what is taller than a line.
    fn between(&self, previous: &str, next: &str) -> String {
        let is_tall = |text: &str| text.lines().nth(1).is_some();
        if is_tall(previous) || is_tall(next) { "\n".into() } else { String::new() }
    }

    fn close(&self, _: bool) -> String {
        "\n".into()
    }

    fn matrix(&self, left: &str, rows: &[Vec<String>]) -> String {
        let written = |cell: &String| cell.replace('-', self.glyphs.minus);
        let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
        let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).filter_map(widest).collect();
        let mut text = String::new();
        for (i, row) in rows.iter().enumerate() {
            let head = if i == 0 { format!("{left} = ") } else { " ".repeat(columns(left) + 3) };
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{:>width$}", written(cell)));
            text += &[&head, "[ ", &cells.collect::<Vec<_>>().join("  "), " ]\n"].concat();
        }
        text
    }

    /// `where` before the first, and the meanings in a column.
    fn notation(&self, signs: &[(String, String)], style: &Style) -> String {
        /// A longer sign makes no column.
        const SIGN: usize = 15;
        let narrow = signs.iter().map(|(sign, _)| columns(sign)).filter(|width| *width <= SIGN);
        let widest = narrow.max().unwrap_or(0);
        let line = |(i, (sign, meaning)): (usize, &(String, String))| {
            let head = if i == 0 { "where " } else { "      " };
            let blanks = " ".repeat(widest.saturating_sub(columns(sign)));
            hanging(&format!("{head}{sign}{blanks} {meaning}"), style.width, 7 + widest) + "\n"
        };
        signs.iter().enumerate().map(line).collect()
    }

    fn words(&self, words: &str) -> String {
        if self.glyphs.small_digits { words.to_string() } else { seven_bits(words) }
    }

    fn code(&self, code: &str) -> String {
        code.to_string()
    }

    fn typed(&self, words: &str) -> String {
        self.words(words)
    }

    fn sentence(&self, text: &str, style: &Style) -> String {
        hanging(text, style.width, 3) + "\n"
    }

    /// Without colour, which would count as columns.
    fn table(&self, table: &Table, style: &Style) -> String {
        self.verbatim(&table::text(table, &Self::new(self.glyphs), style.width))
    }

    fn verbatim(&self, text: &str) -> String {
        let text = text.trim_end();
        if self.glyphs.small_digits { format!("{text}\n") } else { format!("{}\n", seven_bits(text)) }
    }

    fn gap(&self) -> &'static str {
        "\n"
    }
}
