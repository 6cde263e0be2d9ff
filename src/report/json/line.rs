//! Values → JSON: documents of an entry a line, whose inner arrays and small objects stay on one line each.

use std::io::{self, Write};

use serde::{Serialize, Serializer, ser::Error};
use serde_json::{ser::Formatter, value::RawValue};

use crate::source::steers;

/// Writes `document` as lines, the last one ended.
///
/// # Errors
/// What `out` says.
pub fn write(out: &mut impl Write, document: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(Plain(&mut *out), document)?;
    writeln!(out)
}

/// Writes JSON in which no text of others steers a terminal: such characters are only in strings, where they have numbers.
struct Plain<W>(W);

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_plain = |c: char| c.is_ascii() || !steers(c);
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.chars().all(is_plain) => {
                for c in text.chars() {
                    if is_plain(c) { write!(self.0, "{c}")? } else { write!(self.0, "\\u{:04x}", u32::from(c))? }
                }
                Ok(bytes.len())
            }
            Ok(_) | Err(_) => self.0.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A value that stays on one line: `["transpose", ["symbol", "X"]]`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline, description = ""))]
pub struct Line<T>(pub T);

impl<T: Serialize> Serialize for Line<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        self.0.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Blanks)).map_err(S::Error::custom)?;
        let line = String::from_utf8(bytes).map_err(S::Error::custom)?;
        RawValue::from_string(line).map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// Entries that are made one by one while they are written, so that a document is never held as a whole.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline, with = "Vec<T>"))]
pub struct Each<'a, T>(Box<dyn Fn() -> Box<dyn Iterator<Item = T> + 'a> + 'a>);

impl<'a, T> Each<'a, T> {
    /// The entries that `make` goes through.
    pub fn new<I: Iterator<Item = T> + 'a>(make: impl Fn() -> I + 'a) -> Self {
        Self(Box::new(move || Box::new(make())))
    }
}

impl<T: Serialize> Serialize for Each<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0())
    }
}

/// A blank behind every comma and colon.
struct Blanks;

impl Formatter for Blanks {
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_in_entries() {
        #[derive(Serialize)]
        struct Entry<'a> {
            name: &'a str,
            expression: Line<(&'a str, (u8, f64))>,
        }
        let entries =
            Each::new(|| [1.5, f64::NAN].into_iter().map(|x| Entry { name: "\"\n", expression: Line(("a", (1, x))) }));
        let mut out = Vec::new();
        write(&mut out, &entries).unwrap();
        let entry = |x: &str| format!("  {{\n    \"name\": \"\\\"\\n\",\n    \"expression\": [\"a\", [1, {x}]]\n  }}");
        assert_eq!(String::from_utf8(out).unwrap(), format!("[\n{},\n{}\n]\n", entry("1.5"), entry("null")));
    }
}
