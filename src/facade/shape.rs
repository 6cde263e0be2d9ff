//! Rows × columns, and the strings that users compare them with.

use std::{fmt, str::FromStr};

use super::error::Error;
use crate::{
    network::dimension,
    shape::{self, Dim},
    source::{Diagnostic, Kind, Span},
    spec::{
        self,
        syntax::{ShapeSyntax, StatementKind},
    },
};

/// The shape of a matrix: rows × columns, numbers or polynomials in the names of the spec.
///
/// It is compared with text as dimensions are, not letter by letter. Text is `rows × columns`, or `[rows, columns]` as
/// in a spec.
///
/// ```
/// use chainrule::{Network, Shape};
/// let network = Network::parse("input X [n, d]; dense 2*(d + 1) relu; dense 10; loss mse")?;
/// let shape = network.derive(chainrule::Form::Layered)?.get("W1").expect("it has one").shape();
/// assert_eq!(shape, "d × (2*d + 2)");
/// assert_eq!(shape, "[d, 2 + d*2]");
/// assert_ne!(shape, "d × 4");
/// assert_eq!(shape.to_string(), "d × (2*d + 2)");
/// assert_eq!("64 × 10".parse::<Shape>()?.size(), Some((64, 10)));
/// # Ok::<_, chainrule::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    rows: Dim,
    columns: Dim,
}

impl Shape {
    /// That the rows are samples is no part of it.
    pub(super) fn new(rows: &Dim, columns: &Dim) -> Self {
        Self { rows: rows.off_batch_axis(), columns: columns.off_batch_axis() }
    }

    /// Rows and columns, if no name is left in either.
    #[must_use]
    pub fn size(&self) -> Option<(usize, usize)> {
        let number = |dim: &Dim| dim.as_number().and_then(|number| usize::try_from(number).ok());
        Some((number(&self.rows)?, number(&self.columns)?))
    }

    /// The same with the names replaced that have a value; itself where that is out of range.
    pub(super) fn bound(&self, value_of: &dyn Fn(&str) -> Option<u64>) -> Self {
        let bound = |dim: &Dim| dim.bound(value_of).unwrap_or_else(|_| dim.clone());
        Self { rows: bound(&self.rows), columns: bound(&self.columns) }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", shape::Shape::Matrix(self.rows.clone(), self.columns.clone()))
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl PartialEq<str> for Shape {
    /// Whether the text is a shape, and this one.
    fn eq(&self, text: &str) -> bool {
        text.parse::<Self>().is_ok_and(|shape| shape == *self)
    }
}

impl PartialEq<&str> for Shape {
    fn eq(&self, text: &&str) -> bool {
        *self == **text
    }
}

impl FromStr for Shape {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        read(text).map_err(|fault| {
            let shown: String = text.escape_debug().take(80).collect();
            let error = Diagnostic::error(Kind::Usage, format!("`{shown}` is no shape"))
                .help("write `rows × columns`, as in `n × 128`, or `[rows, columns]`, as in `[n, 4*d]`");
            Error::alone(fault.into_iter().fold(error, Diagnostic::note))
        })
    }
}

/// The shape, or what is wrong with it where that is known.
fn read(text: &str) -> Result<Shape, Option<String>> {
    let text = text.trim();
    let inside = match text.split_once('×') {
        Some((rows, columns)) => format!("{}, {}", plain(rows.trim()), plain(columns.trim())),
        None => text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).ok_or(None)?.to_owned(),
    };
    let statement = format!("expect [{inside}]");
    let first = |errors: Vec<Diagnostic>| errors.into_iter().next().map(|error| error.title);
    let spec = spec::parse(&statement).map_err(first)?;
    match spec.statements.as_slice() {
        [only] if only.span == Span::new(0, statement.len()) => match &only.kind {
            StatementKind::Expect(ShapeSyntax { rows, columns, .. }) => {
                let dim = |syntax| dimension(syntax).map_err(|error| Some(error.title));
                Ok(Shape::new(&dim(rows)?, &dim(columns)?))
            }
            StatementKind::Input(_)
            | StatementKind::Target(_)
            | StatementKind::Let(_)
            | StatementKind::Repeat(_)
            | StatementKind::Layer(_)
            | StatementKind::TargetValue(_)
            | StatementKind::Definition(_)
            | StatementKind::Layout(_)
            | StatementKind::Penalty(_)
            | StatementKind::Loss(_) => Err(None),
        },
        _ => Err(None),
    }
}

/// As a spec writes what formulas and tables print: `4·d²` is `4*d*d`, `1,000` is `1000`.
fn plain(text: &str) -> String {
    const POWERS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let mut plain = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let before = plain.chars().next_back();
        match POWERS.iter().position(|power| *power == letter) {
            Some(power @ 2..) => {
                let word = plain.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at + 1);
                let factor = format!("*{}", &plain[word..]);
                plain.push_str(&factor.repeat(power - 1));
            }
            Some(_) | None if letter == '·' => plain.push('*'),
            Some(_) | None => {
                let grouped = letter == ','
                    && before.is_some_and(|c| c.is_ascii_digit())
                    && letters.peek().is_some_and(char::is_ascii_digit);
                if !grouped {
                    plain.push(letter);
                }
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tables_print_is_read() {
        let shape = |text: &str| text.parse::<Shape>().map(|shape| shape.to_string()).unwrap_or_default();
        assert_eq!(shape("n × 1,024"), "n × 1024");
        assert_eq!(shape("n × (4·d² + f1³)"), "n × (f1*f1*f1 + 4*d*d)");
        assert_eq!(shape("[n,128]"), "n × 128");
        assert_eq!(shape("[1,128]"), "1 × 128");
        for wrong in ["", "n", "×", "n × ", "n × 0", "n x 3", "n × m × 3", "[n, 3] # ]", "[1, 2]; let a = [3]", "n × ⁰"]
        {
            assert_eq!(shape(wrong), "", "{wrong}");
        }
    }
}
