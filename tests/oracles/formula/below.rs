//! Dimensions, and the line of shapes below a formula.

use std::collections::BTreeMap;

use super::{Names, Read, Style, concrete};

/// Where the bracket that begins the text closes.
pub fn closing(text: &str) -> Read<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth == 0 {
            return Ok(at);
        }
    }
    Err(format!("`{text}` is not closed"))
}

/// Sums of products of names, numbers and brackets.
pub fn dimension(text: &str, names: &Names, style: &Style) -> Read<usize> {
    let split = |separator: &str| -> Vec<String> {
        let (mut parts, mut depth) = (vec![String::new()], 0);
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            depth += i32::from(c == '(') - i32::from(c == ')');
            if depth == 0 && rest.starts_with(separator) {
                parts.push(String::new());
                rest = &rest[separator.len()..];
            } else {
                parts.last_mut().expect("never empty").push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        parts
    };
    let value = |part: &String| dimension(part, names, style);
    match (split(" + "), split(style.scalar_dot)) {
        (terms, _) if terms.len() > 1 => terms.iter().map(value).sum(),
        (_, factors) if factors.len() > 1 => factors.iter().map(value).product(),
        _ if text.starts_with('(') && text.ends_with(')') => dimension(&text[1..text.len() - 1], names, style),
        _ => {
            // fₗ₋₁ is the dimension f2 for l = 3.
            let width = concrete(text, &names.layers, &super::ASCII).map(|(_, width)| width);
            let size = names.dims.get(width.as_deref().unwrap_or(text)).copied().or_else(|| text.parse().ok());
            size.ok_or(format!("`{text}` is no dimension"))
        }
    }
}

/// The shapes of the line below, by the column at which each begins.
pub fn shapes_below(line: &str, names: &Names, style: &Style) -> Read<BTreeMap<usize, (usize, usize)>> {
    let (mut found, mut rest, mut column) = (BTreeMap::new(), line, 0);
    while let Some(c) = rest.chars().next() {
        if c == ' ' {
            (rest, column) = (&rest[1..], column + 1);
            continue;
        }
        let (rows, length) = side(rest, style)?;
        let behind = rest[length..].strip_prefix(style.times).ok_or(format!("`{rest}` is no shape"))?;
        let (columns, second) = side(behind, style)?;
        let size = |text| dimension(text, names, style);
        found.insert(column, (size(rows)?, size(columns)?));
        let used = rest.len() - behind.len() + second;
        column += rest[..used].chars().count();
        rest = &rest[used..];
    }
    Ok(found)
}

/// A dimension that begins the text, one word or in brackets, and its length.
fn side<'a>(text: &'a str, style: &Style) -> Read<(&'a str, usize)> {
    let length =
        if text.starts_with('(') { closing(text)? + 1 } else { text.find([' ', style.times]).unwrap_or(text.len()) };
    Ok((&text[..length], length))
}
