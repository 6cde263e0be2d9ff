//! [`Notation`] → lines of text: a formula with the shapes aligned under its factors, wrapped at a width.

use unicode_width::UnicodeWidthStr;

use super::{
    glyphs::{Glyphs, subscript},
    notation::{Entrywise, Equation, Function, Letter, Notation, Relation, Sample, Sign},
};
use crate::shape::{Dim, Shape};

/// A piece of a line and what stands under it.
#[derive(Clone, Debug, Default)]
struct Cell {
    text: String,
    under: String,
    /// Whether a line may begin with this cell.
    opens: bool,
}

impl Cell {
    fn width(&self) -> usize {
        self.text.width().max(self.under.width())
    }
}

/// The equation as lines, the last without a line end. `width` is kept where a line can be broken.
#[must_use]
pub fn equation(equation: &Equation, glyphs: &Glyphs, width: usize) -> String {
    let printer = Printer { glyphs };
    let mut left = Vec::new();
    printer.write(&equation.left, &mut left);
    let left: String = left.into_iter().map(|cell| cell.text).collect();
    let left = format!("{left} {} ", printer.relation(equation.relation));
    let mut cells = Vec::new();
    printer.write(&equation.right, &mut cells);
    if let Some(shape) = &equation.shape {
        let text = format!("    {}", printer.shape(shape, " "));
        cells.push(Cell { text, under: String::new(), opens: true });
    }
    lay_out(&left, &cells, width)
}

/// The formula alone on one line, without shapes: for sentences.
#[must_use]
pub fn inline(notation: &Notation, glyphs: &Glyphs) -> String {
    let mut cells = Vec::new();
    Printer { glyphs }.write(notation, &mut cells);
    cells.into_iter().map(|cell| cell.text).collect()
}

/// A sentence in lines of at most `width` where a blank allows it; lines after the first are set in.
#[must_use]
pub fn sentence(text: &str, width: usize) -> String {
    let mut words = text.split(' ');
    let mut lines = words.next().unwrap_or_default().to_string();
    let mut used = lines.width();
    for word in words {
        used += 1 + word.width();
        lines.push_str(if used > width { "\n   " } else { " " });
        lines.push_str(word);
        used = if used > width { 3 + word.width() } else { used };
    }
    lines
}

/// Fills lines with whole pieces between two possible breaks.
fn lay_out(left: &str, cells: &[Cell], width: usize) -> String {
    let indent = left.width();
    let (mut lines, mut top, mut under) = (Vec::new(), left.to_string(), " ".repeat(indent));
    let mut used = indent;
    for piece in cells.chunk_by(|_, next| !next.opens) {
        let size: usize = piece.iter().map(Cell::width).sum();
        if used + size > width && used > indent {
            push_line(&mut lines, &top, &under);
            (top, under, used) = (" ".repeat(indent), " ".repeat(indent), indent);
        }
        for cell in piece {
            pad(&mut top, &cell.text, cell.width());
            pad(&mut under, &cell.under, cell.width());
        }
        used += size;
    }
    push_line(&mut lines, &top, &under);
    lines.join("\n")
}

fn push_line(lines: &mut Vec<String>, top: &str, under: &str) {
    lines.extend([top, under].iter().map(|line| line.trim_end().to_string()).filter(|line| !line.is_empty()));
}

fn pad(line: &mut String, text: &str, width: usize) {
    line.push_str(text);
    line.extend(std::iter::repeat_n(' ', width.saturating_sub(text.width())));
}

struct Printer<'a> {
    glyphs: &'a Glyphs,
}

impl Printer<'_> {
    fn write(&self, notation: &Notation, cells: &mut Vec<Cell>) {
        match notation {
            Notation::Letter(letter) => push(cells, &self.letter(letter)),
            Notation::Number(number) => push(cells, &number.to_string()),
            Notation::Dim(dim) => push(cells, &self.dim(dim)),
            Notation::Loss => push(cells, "J"),
            Notation::Apply(function, argument) => {
                push(cells, &name_of(function));
                self.bracketed(argument, cells);
            }
            Notation::Product(factors) => self.joined(factors.iter().map(|f| (self.glyphs.dot, f)), cells),
            Notation::Scalars(factors) => self.scalars(factors, cells),
            Notation::Coefficient(factor, body) => {
                self.write(factor, cells);
                if !is_read_as_one(factor, body) {
                    push(cells, self.glyphs.scalar_dot);
                }
                self.write(body, cells);
            }
            Notation::Hadamard(factors) => {
                self.joined(factors.iter().map(|(joint, f)| (self.entrywise(*joint), f)), cells);
            }
            Notation::Sum(terms) => self.sum(terms, cells),
            Notation::Over(top, bottom) => {
                self.write(top, cells);
                push(cells, "/");
                if is_product(bottom) { self.bracketed(bottom, cells) } else { self.write(bottom, cells) }
            }
            Notation::Transposed(inner) => {
                self.write(inner, cells);
                push(cells, self.glyphs.transposed);
            }
            Notation::SumSamples(inner) => {
                push(cells, self.glyphs.sum_samples);
                self.write(inner, cells);
            }
            Notation::Total(inner) => {
                push(cells, self.glyphs.total);
                self.write(inner, cells);
            }
            Notation::Partial(of, by) => {
                push(cells, self.glyphs.partial);
                self.write(of, cells);
                push(cells, &format!("/{}", self.glyphs.partial));
                self.write(by, cells);
            }
            Notation::Group(inner) => self.bracketed(inner, cells),
            Notation::Shaped(inner, shape) => {
                let text = inline(inner, self.glyphs);
                cells.push(Cell { text, under: self.shape(shape, ""), opens: false });
            }
        }
    }

    fn bracketed(&self, inner: &Notation, cells: &mut Vec<Cell>) {
        push(cells, "(");
        self.write(inner, cells);
        push(cells, ")");
    }

    fn joined<'n>(&self, parts: impl Iterator<Item = (&'static str, &'n Notation)>, cells: &mut Vec<Cell>) {
        for (i, (joint, part)) in parts.enumerate() {
            if i > 0 {
                cells.push(Cell { text: joint.to_string(), under: String::new(), opens: true });
            }
            self.write(part, cells);
        }
    }

    fn scalars(&self, factors: &[Notation], cells: &mut Vec<Cell>) {
        for (i, factor) in factors.iter().enumerate() {
            if i > 0 {
                push(cells, self.glyphs.scalar_dot);
            }
            let sum = matches!(factor, Notation::Dim(dim) if dim.is_sum());
            if sum { self.bracketed(factor, cells) } else { self.write(factor, cells) }
        }
    }

    fn sum(&self, terms: &[(Sign, Notation)], cells: &mut Vec<Cell>) {
        for (i, (sign, term)) in terms.iter().enumerate() {
            match (i, sign) {
                (0, Sign::Plus) => {}
                (0, Sign::Minus) => push(cells, self.glyphs.minus),
                (_, Sign::Plus) => cells.push(Cell { text: " + ".into(), opens: true, ..Cell::default() }),
                (_, Sign::Minus) => {
                    let text = format!(" {} ", self.glyphs.minus);
                    cells.push(Cell { text, opens: true, ..Cell::default() });
                }
            }
            self.write(term, cells);
        }
    }

    fn entrywise(&self, joint: Entrywise) -> &'static str {
        match joint {
            Entrywise::Times => self.glyphs.hadamard,
            Entrywise::Over => self.glyphs.divided,
        }
    }

    fn relation(&self, relation: Relation) -> &'static str {
        match relation {
            Relation::Equal => self.glyphs.equal,
            Relation::Approximate => self.glyphs.approximate,
            Relation::Sketch => self.glyphs.sketch,
            Relation::Definition => self.glyphs.definition,
        }
    }

    fn letter(&self, letter: &Letter) -> String {
        let base = match (letter.hat, &*letter.base) {
            (true, "Y") if self.glyphs.small_digits => "Ŷ".to_string(),
            (true, "y") if self.glyphs.small_digits => "ŷ".to_string(),
            (true, base) => self.hatted(base),
            (false, "Δ") => self.glyphs.delta.to_string(),
            (false, base) => base.to_string(),
        };
        let index = letter.subscript.as_deref().map(|label| self.index(label)).unwrap_or_default();
        match letter.sample {
            Sample::None => format!("{base}{index}"),
            Sample::Row if index.is_empty() || !self.glyphs.small_digits => format!("{base}{index}{}", self.glyphs.row),
            Sample::Row => format!("{base}{index},{}", self.glyphs.row),
            Sample::Own => format!("{base}{index}{}", self.glyphs.own),
        }
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

    fn index(&self, label: &str) -> String {
        let digits = label.chars().all(|c| c.is_ascii_digit());
        match subscript(label).filter(|_| self.glyphs.small_digits) {
            Some(small) => small,
            None if digits => label.to_string(),
            None => format!("_{label}"),
        }
    }

    fn dim(&self, dim: &Dim) -> String {
        dim.to_string().replace('*', self.glyphs.scalar_dot)
    }

    /// `f0×f1` under a factor, `f0 × f1` at the end of a line.
    fn shape(&self, shape: &Shape, space: &str) -> String {
        let side = |dim: &Dim| if is_single(dim) { self.dim(dim) } else { format!("({})", self.dim(dim)) };
        let dims = shape
            .dims()
            .map(|(rows, columns)| format!("{}{space}{}{space}{}", side(rows), self.glyphs.times, side(columns)));
        dims.unwrap_or_else(|| "scalar".to_string())
    }
}

/// Whether a number stands right before what it multiplies: `2(Ŷ − Y)`, `2Y`, but `2·1`, `n·Y`.
fn is_read_as_one(factor: &Notation, body: &Notation) -> bool {
    let number = matches!(factor, Notation::Scalars(factors) if matches!(factors[..], [Notation::Number(_)]));
    let letter = matches!(body, Notation::Letter(letter) if !letter.base.starts_with(|c: char| c.is_ascii_digit()));
    number && (letter || matches!(body, Notation::Group(_)))
}

/// Whether there is more than one factor to read; sums are bracketed on their own.
fn is_product(scalars: &Notation) -> bool {
    let Notation::Scalars(factors) = scalars else { return false };
    match &factors[..] {
        [Notation::Dim(dim)] => !is_single(dim) && !dim.is_sum(),
        factors => factors.len() > 1,
    }
}

/// `relu'`, `leaky_relu[0.01]`
fn name_of(function: &Function) -> String {
    let prime = if function.prime { "'" } else { "" };
    let parameter = function.parameter.map(|parameter| format!("[{parameter}]")).unwrap_or_default();
    format!("{}{parameter}{prime}", function.name)
}

/// Whether the dimension is one number or one name.
fn is_single(dim: &Dim) -> bool {
    dim.as_number().is_some() || dim.as_name().is_some()
}

/// Continues the line: text joins the cell before it unless a shape stands under that.
fn push(cells: &mut Vec<Cell>, text: &str) {
    match cells.last_mut() {
        Some(cell) if cell.under.is_empty() => cell.text.push_str(text),
        _ => cells.push(Cell { text: text.to_string(), ..Cell::default() }),
    }
}
