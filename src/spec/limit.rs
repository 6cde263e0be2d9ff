//! What is refused before it is read: too large, not text, nested too deep.

use super::{document, error::SpecError};
use crate::source::{Diagnostic, Kind, Span};

/// The largest spec: 1 MiB.
pub const MAX_BYTES: usize = 1 << 20;

/// The deepest nesting of blocks, and of parentheses.
const MAX_DEPTH: usize = 128;

/// The text in a spec's bytes.
///
/// # Errors
/// More than 1 MiB, or bytes that are not UTF-8.
pub fn decode(bytes: &[u8]) -> Result<&str, Diagnostic> {
    if bytes.len() > MAX_BYTES {
        let title = format!("the spec has more than {MAX_BYTES} bytes (1 MiB)");
        return Err(Diagnostic::error(Kind::Limit, title)
            .help("no option raises the limit: write repeated layers with `repeat`"));
    }
    match (std::str::from_utf8(bytes), document::binary(bytes)) {
        (Ok(text), None) => Ok(text),
        (_, Some(error)) => Err(error),
        (Err(error), None) => Err(not_utf8(bytes, error.valid_up_to())),
    }
}

fn not_utf8(bytes: &[u8], offset: usize) -> Diagnostic {
    let line = bytes[..offset].split(|byte| *byte == b'\n').count();
    let title = format!("the spec is not UTF-8: byte 0x{:02X} at offset {offset}, line {line}", bytes[offset]);
    let diagnostic = Diagnostic::error(Kind::Spec, title).help("save the file as UTF-8");
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return diagnostic.note("it begins with the byte-order mark of UTF-16");
    }
    diagnostic
}

/// The error of a text that opens more blocks or parentheses in one another than the parser descends.
///
/// Never counts less than the parser's depth: whatever the parser enters is opened here too, and what closes here ends
/// it there. Statements end at line ends and `;`, and with them their parentheses.
pub(super) fn too_deep(text: &str) -> Option<SpecError> {
    let (mut blocks, mut parentheses) = (0_usize, 0_usize);
    let mut comment = false;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'\n' => (comment, parentheses) = (false, 0),
            _ if comment => {}
            b'#' => comment = true,
            b'{' => (blocks, parentheses) = (blocks + 1, 0),
            b'}' => (blocks, parentheses) = (blocks.saturating_sub(1), 0),
            b';' => parentheses = 0,
            b'(' => parentheses += 1,
            b')' => parentheses = parentheses.saturating_sub(1),
            _ => {}
        }
        if blocks.max(parentheses) > MAX_DEPTH {
            return Some(SpecError::Nesting { span: Span::new(offset, offset + 1), limit: MAX_DEPTH });
        }
    }
    None
}
