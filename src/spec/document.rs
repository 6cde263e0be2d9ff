//! A text or bytes that are no spec at all → what they seem to be.

use super::lexical::is_name;
use crate::source::{Diagnostic, Kind};

/// How a spec looks, for those who brought something else.
const EXAMPLE: &str = "a spec is plain text with a statement on each line, for example\n\
    input X [n, 784]\ndense 128 relu\ndense 10 softmax\nloss cce";

/// How files that are not text begin, what they are, and whether they may hold parameters.
const BEGINNINGS: [(&[u8], &str, bool); 13] = [
    (b"PK\x03\x04", "a zip archive, such as .npz, a PyTorch checkpoint or a Keras model", true),
    (b"\x89HDF", "an HDF5 file, such as Keras weights", false),
    (b"\x80\x02", "a Python pickle, such as an old PyTorch checkpoint", false),
    (b"\x80\x03", "a Python pickle", false),
    (b"\x80\x04", "a Python pickle", false),
    (b"\x80\x05", "a Python pickle", false),
    (b"\x93NUMPY", "a NumPy array", false),
    (b"\x1f\x8b", "a gzip archive", false),
    (b"\x89PNG", "a picture", false),
    (b"%PDF", "a PDF document", false),
    (b"\x08", "an ONNX model", false),
    (b"\x7fELF", "a program", false),
    (b"GGUF", "a GGUF model", false),
];

/// The error of bytes that are a known kind of binary file.
pub(super) fn binary(bytes: &[u8]) -> Option<Diagnostic> {
    let known = BEGINNINGS.iter().find(|(beginning, ..)| bytes.starts_with(beginning));
    let is_safetensors = bytes.get(5..10).is_some_and(|part| part.starts_with(b"\0\0\0{\""));
    let (what, holds_parameters) = match known {
        Some((_, what, parameters)) => (*what, *parameters),
        None if is_safetensors => ("a safetensors file", true),
        None if bytes.contains(&0) && !is_wide(bytes) => ("a binary file", false),
        None => return None,
    };
    let error = no_spec(what);
    Some(if holds_parameters {
        error.note("parameters in .npz or .safetensors are given by `--params`")
    } else {
        error
    })
}

/// Whether it is UTF-16, which has a message of its own.
fn is_wide(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF])
}

/// The error of a text in another language.
pub(super) fn foreign(text: &str) -> Option<Diagnostic> {
    let text = text.trim_start_matches('\u{feff}');
    let lines = || text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let text = text.trim();
    let what = if is_toml(lines()) {
        "TOML"
    } else if text.starts_with(['{', '[']) && text.contains('"') {
        "JSON"
    } else if text.starts_with('<') {
        "XML or HTML"
    } else if lines().any(is_python) {
        "a Python program"
    } else if is_prototxt(lines()) {
        "a prototxt of Caffe"
    } else if is_table(lines()) {
        "a table of numbers"
    } else if lines().next() == Some("---") || lines().all(is_yaml) && lines().any(|line| line.ends_with(':')) {
        "YAML"
    } else {
        return None;
    };
    Some(no_spec(what))
}

fn no_spec(what: &str) -> Diagnostic {
    Diagnostic::error(Kind::Spec, format!("this seems to be {what}, not a spec")).help(EXAMPLE)
}

/// Whether only a program has such a line.
fn is_python(line: &str) -> bool {
    let line = line.trim_start();
    let word = line.split([' ', '(', ':']).next().unwrap_or_default();
    let opens = line.ends_with(['(', '[']) && (line.contains("Sequential(") || line.contains("Model("));
    opens || matches!(word, "import" | "class" | "def" | "return") || word == "from" && line.contains(" import ")
}

/// Whether it has the head of a section, and keys with `=`.
fn is_toml<'a>(mut lines: impl Iterator<Item = &'a str> + Clone) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.\"".contains(c);
    let head = |line: &str| {
        let line = line.trim_matches(['[', ']']);
        !line.is_empty() && line.chars().all(is_name)
    };
    let is_key = |line: &str| line.split_once('=').is_some_and(|(key, _)| key.trim().chars().all(is_name));
    lines.clone().any(|line| line.starts_with('[') && line.ends_with(']') && head(line)) && lines.any(is_key)
}

/// Whether it has blocks of keys with values: `layer {`, `name: "ip1"`.
fn is_prototxt<'a>(lines: impl Iterator<Item = &'a str> + Clone) -> bool {
    let lines = lines.map(str::trim_start);
    let is_field =
        |line: &str| line.split_once(": ").is_some_and(|(key, value)| is_name(key) && !value.starts_with('{'));
    let opens = |line: &str| line.strip_suffix('{').is_some_and(|word| is_name(word.trim_end_matches([' ', ':'])));
    let mut others = lines.clone().filter(|line| !is_field(line) && !opens(line) && *line != "}");
    others.next().is_none() && lines.clone().any(is_field) && lines.clone().any(opens)
}

/// Whether all lines have as many cells, and those of the last are numbers but for one.
fn is_table<'a>(lines: impl Iterator<Item = &'a str> + Clone) -> bool {
    let cells = |line: &'a str| line.split([',', ';', '\t']).map(str::trim);
    let mut counts = lines.clone().map(|line| cells(line).count());
    let Some(count) = counts.next().filter(|count| *count > 1) else { return false };
    let Some(last) = lines.last() else { return false };
    let numbers = cells(last).filter(|cell| cell.parse::<f64>().is_ok()).count();
    counts.all(|other| other == count) && numbers + 1 >= count
}

/// Whether it is a key with or without its value, or an item of a list.
fn is_yaml(line: &str) -> bool {
    let line = line.trim_start();
    let item = line.strip_prefix('-').filter(|rest| rest.is_empty() || rest.starts_with(' '));
    let key = line.split_once(':').is_some_and(|(key, value)| {
        !key.is_empty() && !key.contains([' ', '[', '(']) && (value.is_empty() || value.starts_with(' '))
    });
    item.is_some() || key
}
