//! A [`Diagnostic`] and the text it speaks of → what a terminal shows.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use crate::source::{Diagnostic, Label, Severity, Span};

/// The message with its title, the lines of `source` it speaks of, and the repair. Ends without a line feed.
///
/// `origin` is what the user calls the source: a path, `-` or `-e`. Places outside `source` are moved to its nearest
/// character.
#[must_use]
pub fn diagnostic(diagnostic: &Diagnostic, source: &str, origin: &str, color: bool, width: usize) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(&diagnostic.title).id(diagnostic.kind.word()));
    if !diagnostic.labels.is_empty() {
        group = group.element(snippet(&diagnostic.labels, source, origin));
    }
    group = group.elements(diagnostic.help.iter().map(|help| Level::HELP.message(help)));
    group = group.elements(diagnostic.notes.iter().map(|note| Level::NOTE.message(note)));
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(width).render(&[group])
}

/// The lines of `source` from the first label to the last, numbered as in `source`.
fn snippet<'a>(labels: &'a [Label], source: &'a str, origin: &'a str) -> Snippet<'a, Annotation<'a>> {
    let spans: Vec<Range<usize>> = labels.iter().map(|label| inside(label.span, source)).collect();
    let start = spans.iter().map(|span| span.start).min().unwrap_or(0);
    let end = spans.iter().map(|span| span.end).max().unwrap_or(0);
    let first = source[..start].rfind('\n').map_or(byte_order_mark(source), |feed| feed + 1);
    let last = source[end..].find('\n').map_or(source.len(), |feed| end + feed);
    let annotations = labels.iter().zip(spans).map(|(label, span)| {
        let kind = if label.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let text = (!label.text.is_empty()).then_some(label.text.as_str());
        kind.span(span.start - first..span.end - first).label(text)
    });
    // A carriage return at a line's end is no text: shown as a blank, so that all places stay. The renderer shows other
    // controls by signs, but lets those from U+0080 through: they become a sign of as many bytes.
    let source = source.replace(|c| matches!(c, '\u{80}'..='\u{9f}'), "¤");
    Snippet::source(source[first..last].replace("\r\n", " \n").trim_end_matches('\r').to_owned())
        .line_start(1 + source[..first].matches('\n').count())
        .path(origin)
        .annotations(annotations)
}

/// The part of the span that `source` has, from character to character, behind a byte-order mark.
fn inside(span: Span, source: &str) -> Range<usize> {
    let boundary = |offset: &usize| source.is_char_boundary(*offset);
    let start = (0..=span.start.min(source.len())).rev().find(boundary).unwrap_or(0).max(byte_order_mark(source));
    let end = (span.end.min(source.len())..=source.len()).find(boundary).unwrap_or(source.len()).max(start);
    start..end
}

/// The bytes of a byte-order mark, which has no column.
fn byte_order_mark(source: &str) -> usize {
    if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}
