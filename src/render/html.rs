//! The frame of a page of MathML: one file that needs no other.

/// So many colours has the style sheet for variables.
pub const COLORS: usize = 18;

const STYLE: &str = include_str!("page.css");

/// What the signs mean, for a reader who comes to the page without the book.
const SIGNS: [(&str, &str); 5] = [
    ("·", "matrix product"),
    ("⊙", "entrywise product"),
    ("⊘", "entrywise quotient"),
    ("⊤", "transpose"),
    ("𝟏", "a column of ones"),
];

/// What stands before the first equation; also well-formed as XML.
#[must_use]
pub fn begin() -> String {
    format!(
        "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>Gradients</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main class=\"chainrule\">\n<h1>Gradients</h1>\n"
    )
}

/// What stands after the last remark.
#[must_use]
pub fn end() -> String {
    let sign = |(sign, meaning): &(&str, &str)| format!("<div><dt>{sign}</dt><dd>{meaning}</dd></div>\n");
    let signs: String = SIGNS.iter().map(sign).collect();
    format!("</main>\n<footer>\n<dl class=\"signs\">\n{signs}</dl>\n</footer>\n</body>\n</html>\n")
}
