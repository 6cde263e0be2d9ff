//! Bytes of a text → the UTF-16 units that JavaScript counts, and lines.

use super::api::Lines;
use crate::source::Span;

/// Where the characters of a text stand.
#[derive(Clone, Debug)]
pub struct Text {
    /// The text.
    source: String,
    /// Of each character that is not ASCII the byte behind it, and by how much bytes are ahead of units there.
    ahead: Vec<(usize, usize)>,
    /// Where lines begin, in bytes.
    lines: Vec<usize>,
}

impl Text {
    /// Counts once.
    pub fn new(text: &str) -> Self {
        let (mut ahead, mut by) = (Vec::new(), 0);
        for (at, c) in text.char_indices().filter(|(_, c)| !c.is_ascii()) {
            by += c.len_utf8() - c.len_utf16();
            ahead.push((at + c.len_utf8(), by));
        }
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { source: text.to_owned(), ahead, lines: [0].into_iter().chain(starts).collect() }
    }

    /// The unit at which this byte's character begins.
    pub fn unit(&self, byte: usize) -> usize {
        let byte = byte.min(self.source.len());
        let before = self.ahead.partition_point(|(end, _)| *end <= byte);
        let inside = self.ahead.get(before).is_some_and(|_| !self.source.is_char_boundary(byte));
        let by = before.checked_sub(1).map_or(0, |last| self.ahead[last].1);
        if inside { self.unit(floor(&self.source, byte)) } else { byte - by }
    }

    /// Where a span begins and ends.
    pub fn units(&self, span: Span) -> [usize; 2] {
        [self.unit(span.start), self.unit(span.end)]
    }

    /// The line in which a byte stands, from 1.
    pub fn line(&self, byte: usize) -> usize {
        self.lines.partition_point(|start| *start <= byte)
    }

    /// The text before the line in which a byte stands.
    pub fn before_line(&self, byte: usize) -> &str {
        let start = self.line(byte).checked_sub(1).and_then(|line| self.lines.get(line)).copied().unwrap_or(0);
        self.source.get(..start).unwrap_or_default()
    }

    /// The lines of a span.
    pub fn lines(&self, span: Span) -> Lines {
        Lines { from: self.line(span.start), to: self.line(span.end.saturating_sub(1).max(span.start)) }
    }
}

fn floor(text: &str, byte: usize) -> usize {
    (0..=byte).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_javascript() {
        let text = "# é 𝐖 ×\ninput X";
        let found = Text::new(text);
        for (at, _) in text.char_indices() {
            assert_eq!(found.unit(at), text[..at].encode_utf16().count(), "{at}");
        }
        assert_eq!(found.unit(text.len()), text.encode_utf16().count());
        assert_eq!(found.unit(usize::MAX), text.encode_utf16().count());
        // Inside of é.
        assert_eq!(found.unit(3), 2);
    }

    #[test]
    fn lines_count_from_1() {
        let found = Text::new("a\nbc\n\nd");
        let lines = |start, end| {
            let Lines { from, to } = found.lines(Span::new(start, end));
            [from, to]
        };
        assert_eq!([lines(0, 1), lines(2, 4), lines(2, 5), lines(0, 7)], [[1, 1], [2, 2], [2, 2], [1, 4]]);
    }
}
