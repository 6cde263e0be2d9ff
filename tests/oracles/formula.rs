//! A printed formula → its value, read as a reader of mathematics does, and the shapes under its factors checked.
//!
//! ᵀ binds closest, then a number before and a quotient `/n` behind a factor, then one chain of · or of ⊙ (with at
//! most one ⊘, at its end), then + and −. What would need a rule beyond these is refused: · beside ⊙ without brackets,
//! ⊙ behind ⊘, a second ⊘. Written without the typesetter: it knows the characters only.

mod below;
mod layers;

use std::collections::BTreeMap;

use below::{closing, dimension, shapes_below};
use chainrule::expr::{Function, Op};
pub use layers::concrete;
use layers::{Layers, over};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::algebra::{Matrix, Value, apply};

/// How a format writes signs.
pub struct Style {
    pub dot: &'static str,
    pub hadamard: &'static str,
    pub divided: &'static str,
    pub transposed: &'static str,
    /// Before what is halved, and behind what is squared entry by entry.
    pub half: &'static str,
    pub squared: &'static str,
    pub minus: &'static str,
    pub sum_samples: &'static str,
    /// Before the limits of a product and of a sum over layers, and between them.
    pub product: &'static str,
    pub sum: &'static str,
    pub range: &'static str,
    /// Between scalars, without blanks.
    pub scalar_dot: &'static str,
    /// Between the dimensions of a shape.
    pub times: char,
}

pub const UNICODE: Style = Style {
    dot: " · ",
    hadamard: " ⊙ ",
    divided: " ⊘ ",
    transposed: "ᵀ",
    half: "½",
    squared: "²",
    minus: "−",
    sum_samples: "Σᵢ ",
    product: "∏[",
    sum: "Σ[",
    range: "…",
    scalar_dot: "·",
    times: '×',
};

pub const ASCII: Style = Style {
    dot: " * ",
    hadamard: " .* ",
    divided: " ./ ",
    transposed: "^T",
    half: "0.5*",
    squared: "^2",
    minus: "-",
    sum_samples: "sum_i ",
    product: "prod[",
    sum: "sum[",
    range: "..",
    scalar_dot: "*",
    times: 'x',
};

/// What letters and dimensions stand for.
pub struct Names {
    pub matrices: BTreeMap<String, Matrix<f64>>,
    pub dims: BTreeMap<String, usize>,
    /// Numbers for l and L.
    pub layers: Layers,
}

/// A value so far: `1` and `0` get their shape from what they meet, or from the shape under them.
#[derive(Clone, Debug)]
enum Term {
    Matrix(Matrix<f64>),
    Constant(f64),
    /// An empty product times a number, of any size.
    Identity(f64),
}

type Read<T> = Result<T, String>;

/// The value of the right side of an equation on one line, of which `left` is the left side with the sign of equality;
/// the shapes under its factors are those of the line below.
pub fn evaluate(left: &str, right: &str, below: &str, names: &Names, style: &Style) -> Read<Matrix<f64>> {
    let shapes = shapes_below(below, names, style)?;
    let expected = shapes.len();
    let layers = names.layers.clone();
    let mut reader =
        Reader { rest: right, column: left.width(), shapes, names, layers, in_layers: false, style, seen: 0 };
    let value = if reader.eat(style.sum_samples) {
        reader.product()?
    } else if reader.eat(&format!("{}{}", style.minus, style.sum_samples)) {
        scaled(-1.0, reader.product()?)
    } else {
        reader.sum()?
    };
    if !reader.rest.is_empty() {
        return Err(format!("`{}` is left over", reader.rest));
    }
    if reader.seen != expected {
        return Err(format!("{} of {expected} shapes stand under no factor", expected - reader.seen));
    }
    match value {
        Term::Matrix(matrix) => Ok(matrix),
        Term::Constant(_) | Term::Identity(_) => Err("a constant without a shape".into()),
    }
}

struct Reader<'a> {
    rest: &'a str,
    /// Where `rest` begins, in columns of a terminal.
    column: usize,
    shapes: BTreeMap<usize, (usize, usize)>,
    names: &'a Names,
    /// Numbers for l, L and the indices that run.
    layers: Layers,
    /// Whether this is inside of a product or sum over layers, where no shapes are written: 1 is a column of a row a sample.
    in_layers: bool,
    style: &'a Style,
    /// How many shapes were met.
    seen: usize,
}

impl<'a> Reader<'a> {
    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest.starts_with(text);
        if found {
            self.skip(text.len());
        }
        found
    }

    fn skip(&mut self, bytes: usize) -> &'a str {
        let (skipped, rest) = self.rest.split_at(bytes);
        self.column += skipped.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>();
        self.rest = rest;
        skipped
    }

    fn expect(&mut self, text: &str) -> Read<()> {
        if self.eat(text) { Ok(()) } else { Err(format!("`{text}` expected before `{}`", self.rest)) }
    }

    /// Blanks that align what stands above a wider shape.
    fn skip_padding(&mut self) {
        while self.rest.starts_with("  ") || self.rest == " " || self.rest.starts_with(" )") {
            self.skip(1);
        }
    }

    fn sum(&mut self) -> Read<Term> {
        let column = self.column;
        let negative = self.eat(self.style.minus);
        let mut sum = self.product()?;
        if negative {
            sum = self.shaped(column, scaled(-1.0, sum))?;
        }
        let minus = format!(" {} ", self.style.minus);
        loop {
            self.skip_padding();
            let sign = match () {
                () if self.eat(" + ") => 1.0,
                () if self.eat(&minus) => -1.0,
                () => return Ok(sum),
            };
            let term = self.product()?;
            sum = entrywise(sum, scaled(sign, term), |a, b| a + b)?;
        }
    }

    /// Factors joined by · alone, or by ⊙ alone with ⊘ at the end.
    fn product(&mut self) -> Read<Term> {
        let mut value = self.factor()?;
        self.skip_padding();
        while self.eat(self.style.dot) {
            let factor = self.factor()?;
            value = multiplied(value, factor)?;
            self.skip_padding();
            if self.rest.starts_with(self.style.hadamard) || self.rest.starts_with(self.style.divided) {
                return Err(format!("an entrywise product beside a matrix product: `{}`", self.rest));
            }
        }
        while self.eat(self.style.hadamard) {
            let factor = self.factor()?;
            value = entrywise(value, factor, |a, b| a * b)?;
            self.skip_padding();
        }
        if self.eat(self.style.divided) {
            let divisor = self.factor()?;
            value = entrywise(value, divisor, |a, b| a / b)?;
            self.skip_padding();
            if self.rest.starts_with(self.style.hadamard) || self.rest.starts_with(self.style.divided) {
                return Err(format!("a quotient goes on: `{}`", self.rest));
            }
        }
        if self.rest.starts_with(self.style.dot) {
            return Err(format!("a matrix product beside an entrywise product: `{}`", self.rest));
        }
        Ok(value)
    }

    /// `2(Ŷ − Y)/(n·f3)`: scalars, an atom, scalars below it; and the shape under all of it.
    fn factor(&mut self) -> Read<Term> {
        let column = self.column;
        let mut scalar = if self.eat(self.style.half) { 0.5 } else { 1.0 };
        while let Some(coefficient) = self.coefficient() {
            scalar *= coefficient;
        }
        let mut value = self.atom()?;
        while self.eat("/") {
            scalar /= self.divisor()?;
        }
        value = self.shaped(column, value)?;
        Ok(scaled(scalar, value))
    }

    /// Holds the value against the shape below, if one begins where the value does.
    fn shaped(&mut self, column: usize, value: Term) -> Read<Term> {
        let Some(shape) = self.shapes.get(&column) else { return Ok(value) };
        self.seen += 1;
        shaped(value, *shape).map_err(|error| format!("column {column}: {error}"))
    }

    /// A number or a dimension right before what it multiplies.
    fn coefficient(&mut self) -> Option<f64> {
        let word = &self.rest[..self.word()];
        let digits: String = self.rest.chars().take_while(char::is_ascii_digit).collect();
        let dotted = |word: &str| self.rest[word.len()..].starts_with(self.style.scalar_dot);
        if !digits.is_empty() {
            let rest = &self.rest[digits.len()..];
            let followed = rest.starts_with(|c: char| c == '(' || c.is_alphabetic() && c != 'ᵀ');
            if !followed && !dotted(&digits) {
                return None;
            }
            let number = digits.parse().ok();
            self.skip(digits.len());
            self.eat(self.style.scalar_dot);
            return number;
        }
        let size = self.names.dims.get(word).copied().filter(|_| dotted(word))?;
        self.skip(self.word());
        self.eat(self.style.scalar_dot);
        Some(size as f64)
    }

    /// `n`, `64`, `(n·f3)`, `(a + b)`.
    fn divisor(&mut self) -> Read<f64> {
        let length = if self.rest.starts_with('(') { closing(self.rest)? + 1 } else { self.word() };
        let written = self.skip(length);
        dimension(written, self.names, self.style).map(|size| size as f64)
    }

    /// The length of the name or number that the rest begins with.
    fn word(&self) -> usize {
        self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(self.rest.len())
    }

    fn atom(&mut self) -> Read<Term> {
        let mut value = if self.rest.starts_with('(') {
            self.brackets()?
        } else if self.rest.starts_with(self.style.product) || self.rest.starts_with(self.style.sum) {
            over(self)?
        } else if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            match self.skip(1) {
                "1" if self.in_layers => {
                    let samples = *self.names.dims.get("n").ok_or("a batch without a name")?;
                    Term::Matrix(Matrix::from_fn(samples, 1, |_, _| Some(1.0)))
                }
                "1" => Term::Constant(1.0),
                "0" => Term::Constant(0.0),
                digit => return Err(format!("the number {digit} alone")),
            }
        } else {
            self.named()?
        };
        if self.eat(self.style.squared) {
            value = entrywise(value.clone(), value, |a, b| a * b)?;
        }
        while self.eat(self.style.transposed) {
            value = match value {
                Term::Matrix(matrix) => Term::Matrix(applied(&Op::Transpose([Value::Matrix(matrix)]))?),
                constant @ (Term::Constant(_) | Term::Identity(_)) => constant,
            };
        }
        Ok(value)
    }

    fn brackets(&mut self) -> Read<Term> {
        self.expect("(")?;
        let value = self.sum()?;
        self.skip_padding();
        self.expect(")")?;
        Ok(value)
    }

    /// A letter with its indices, or a function of an argument.
    fn named(&mut self) -> Read<Term> {
        // Wₖ₋₁ is the letter W₂ for k = 3.
        let (used, written) = concrete(self.rest, &self.layers, self.style).unwrap_or_default();
        let text = format!("{written}{}", &self.rest[used..]);
        let names = self.names.matrices.keys().filter(|name| text.starts_with(name.as_str()));
        if let Some(name) = names.max_by_key(|name| name.len()).filter(|name| name.len() >= written.len()) {
            let followed =
                text[name.len()..].starts_with(|c: char| c.is_alphanumeric() && !"ᵀ²".contains(c) || c == '(');
            if !followed {
                self.skip(used + name.len() - written.len());
                return Ok(Term::Matrix(self.names.matrices[name].clone()));
            }
        }
        let name = self.skip(self.word());
        let mut parameter = 0.0;
        if self.eat("[") {
            let end = self.rest.find(']').ok_or("`]` is missing")?;
            parameter = self.skip(end).parse().map_err(|error| format!("{name}: {error}"))?;
            self.expect("]")?;
        }
        let order = u8::from(self.eat("'"));
        if !self.rest.starts_with('(') {
            return Err(format!("`{name}` has no meaning before `{}`", self.rest));
        }
        // Within the mean of a norm a 1 that has no shape is the column before a gain, one for each sample.
        let outside = self.in_layers;
        self.in_layers |= name.ends_with("mean");
        let argument = self.brackets();
        self.in_layers = outside;
        let Term::Matrix(argument) = argument? else { return Err(format!("{name} of a constant")) };
        if let Some(by_row) = [("rowmean", true), ("colmean", false)].iter().find(|(known, _)| *known == name) {
            return mean(&argument, by_row.1).map(Term::Matrix);
        }
        let argument = [Value::Matrix(argument)];
        let op = match name {
            "softmax" => Op::Softmax(argument),
            "logsumexp" => Op::LogSumExp(argument),
            "diag" => Op::Diagonal(argument),
            name => {
                let function = Function::of_name(name, parameter).ok_or(format!("`{name}` is no function"))?;
                Op::Map(function, order, argument)
            }
        };
        applied(&op).map(Term::Matrix)
    }
}

fn applied(op: &Op<Value<f64>>) -> Read<Matrix<f64>> {
    match apply(op) {
        Ok(Value::Matrix(matrix)) => Ok(matrix),
        other => Err(format!("{other:?}")),
    }
}

/// The mean of each row, or of each column, in the place of its entries.
fn mean(of: &Matrix<f64>, by_row: bool) -> Read<Matrix<f64>> {
    let (rows, columns) = (of.rows, of.columns);
    let at = |i: usize, j: usize| of.entries[i][j].ok_or("a mean of what has no entries".to_owned());
    let mut means = Vec::new();
    for line in 0..if by_row { rows } else { columns } {
        let mut sum = 0.0;
        let count = if by_row { columns } else { rows };
        for other in 0..count {
            sum += if by_row { at(line, other)? } else { at(other, line)? };
        }
        means.push(sum / f64::from(u32::try_from(count).expect("few entries")));
    }
    Ok(Matrix::from_fn(rows, columns, |i, j| Some(means[if by_row { i } else { j }])))
}

fn scaled(scalar: f64, term: Term) -> Term {
    match term {
        Term::Constant(value) => Term::Constant(scalar * value),
        Term::Identity(value) => Term::Identity(scalar * value),
        Term::Matrix(matrix) => {
            Term::Matrix(Matrix::from_fn(matrix.rows, matrix.columns, |i, j| Some(scalar * matrix.at(i, j)?)))
        }
    }
}

fn shaped(term: Term, (rows, columns): (usize, usize)) -> Read<Term> {
    match term {
        Term::Constant(value) => Ok(Term::Matrix(Matrix::from_fn(rows, columns, |_, _| Some(value)))),
        Term::Identity(value) if rows == columns => {
            Ok(Term::Matrix(Matrix::from_fn(rows, columns, |i, j| Some(if i == j { value } else { 0.0 }))))
        }
        Term::Identity(_) => Err(format!("{rows}x{columns} stands under an empty product")),
        Term::Matrix(matrix) if (matrix.rows, matrix.columns) == (rows, columns) => Ok(Term::Matrix(matrix)),
        Term::Matrix(matrix) => Err(format!("{rows}x{columns} stands under {}x{}", matrix.rows, matrix.columns)),
    }
}

fn entrywise(a: Term, b: Term, f: impl Fn(f64, f64) -> f64) -> Read<Term> {
    let finite = |value: f64| Some(value).filter(|value| value.is_finite());
    Ok(match (a, b) {
        (Term::Constant(a), Term::Constant(b)) => Term::Constant(f(a, b)),
        (Term::Constant(a), Term::Matrix(b)) => {
            Term::Matrix(Matrix::from_fn(b.rows, b.columns, |i, j| finite(f(a, b.at(i, j)?))))
        }
        (Term::Matrix(a), Term::Constant(b)) => {
            Term::Matrix(Matrix::from_fn(a.rows, a.columns, |i, j| finite(f(a.at(i, j)?, b))))
        }
        (Term::Matrix(a), Term::Matrix(b)) if (a.rows, a.columns) == (b.rows, b.columns) => {
            Term::Matrix(Matrix::from_fn(a.rows, a.columns, |i, j| finite(f(a.at(i, j)?, b.at(i, j)?))))
        }
        (a, b) => return Err(format!("{a:?} does not fit {b:?}")),
    })
}

fn multiplied(a: Term, b: Term) -> Read<Term> {
    let (a, b) = match (a, b) {
        (Term::Identity(one), other) | (other, Term::Identity(one)) => return Ok(scaled(one, other)),
        (Term::Matrix(a), Term::Matrix(b)) => (a, b),
        _ => return Err("a factor without a shape".into()),
    };
    applied(&Op::Multiply([Value::Matrix(a), Value::Matrix(b)])).map(Term::Matrix)
}
