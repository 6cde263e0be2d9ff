//! Numbers, letters and choices of rows → what tables and sentences of an insight are made of.

pub use crate::evaluate::initialise::typed;
use crate::{
    document::{Notation, Sentence},
    insight::Magnitude,
    shape::Dim,
};

/// Longer tables are cut.
const ROWS: usize = 14;

/// Rows at each end that stay.
const ENDS: usize = 4;

/// Three digits: `-0.0123`, `1.23e-45`; `-` of none.
pub fn number(x: impl Into<Option<f64>>) -> String {
    match x.into() {
        Some(x) if x.is_nan() => "-".into(),
        Some(x) if x.is_infinite() => "overflow".into(),
        Some(x) => format!("{}{}", if x < 0.0 { "-" } else { "" }, Magnitude::of(x)),
        None => "-".into(),
    }
}

/// An entry of a matrix: `-0.5`, `3`, `1.23e-45`, without zeros that say nothing; what is no number by its name.
#[must_use]
pub fn entry(x: f64) -> String {
    if !x.is_finite() {
        return x.to_string();
    }
    let text = number(if x == 0.0 { 0.0 } else { x });
    match text.split_once('.') {
        Some((_, decimals)) if !decimals.contains('e') => text.trim_end_matches('0').trim_end_matches('.').into(),
        _ => text,
    }
}

/// The same of a size.
pub fn size(x: Option<Magnitude>) -> String {
    x.map_or("-".into(), |x| x.to_string())
}

/// `53.1 %`; `100 %` and `0 %` only of all and none, up to rounding. Shares that others take from are above 100 % or below 0.
pub fn percent(share: f64) -> String {
    const ROUNDING: f64 = 1e-10;
    let percent = share * 100.0;
    let is = |whole: f64| (percent - whole).abs() < ROUNDING;
    match percent {
        _ if is(0.0) => "0 %".into(),
        _ if is(100.0) => "100 %".into(),
        _ if (10.0..100.0).contains(&percent) => format!("{:.1} %", percent.min(99.9)),
        _ if percent.abs() >= 10.0 && percent.is_finite() => format!("{percent:.1} %"),
        _ => format!("{} %", number(percent)),
    }
}

/// `3 layers`, `1 layer`
pub fn count(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// `4,160`
pub fn grouped(number: impl TryInto<u128>) -> String {
    let digits = number.try_into().unwrap_or(u128::MAX).to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1, 2, 3`; of more than eight the first, and how many more.
pub fn list(numbers: &[usize]) -> String {
    let shown: Vec<String> = numbers.iter().take(8).map(|number| grouped(*number)).collect();
    let more = numbers.len().saturating_sub(8);
    shown.join(", ") + &if more > 0 { format!(" and {} more", grouped(more)) } else { String::new() }
}

/// `layers 1 to 3 and 7`, by their labels, of places in rising order; of more than four runs the first four.
pub fn layers(places: &[usize], label: &dyn Fn(usize) -> String) -> String {
    const RUNS: usize = 4;
    let run = |run: &[usize]| match run {
        [] => vec![],
        [first, _, .., last] => vec![format!("{} to {}", label(*first), label(*last))],
        few => few.iter().map(|place| label(*place)).collect(),
    };
    let runs: Vec<&[usize]> = places.chunk_by(|one, next| one + 1 == *next).collect();
    let (shown, more) = runs.split_at(runs.len().min(RUNS));
    let mut parts: Vec<String> = shown.iter().flat_map(|places| run(places)).collect();
    let more: usize = more.iter().map(|run| run.len()).sum();
    if more > 0 {
        parts.push(format!("{more} more"));
    }
    format!("{} {}", if places.len() == 1 { "layer" } else { "layers" }, joined(&parts))
}

/// Names with commas; of more than ten the first, and how many more.
pub fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.len().checked_sub(10) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..10].join(", ")),
    }
}

/// `1.2e-16`, `0.37`, `0`: the size of an error, in two digits.
pub fn scientific(value: f64) -> String {
    match value {
        0.0 => "0".to_string(),
        _ if (0.1..1.0).contains(&value) => format!("{value:.2}"),
        _ if (0.01..0.1).contains(&value) => format!("{value:.3}"),
        _ if (1.0..10.0).contains(&value) => format!("{value:.1}"),
        _ => format!("{value:.1e}"),
    }
}

/// With a capital letter.
pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `once`, `3 times`
pub fn times(count: usize) -> String {
    if count == 1 { "once".to_string() } else { format!("{count} times") }
}

/// `a`, `a and b`, `a, b and c`
pub fn joined<S: AsRef<str>>(parts: &[S]) -> String {
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

/// The rows of a table of `count` that are shown: all, or both ends and those between that score highest above 0.
pub fn shown(count: usize, score: &dyn Fn(usize) -> f64) -> Vec<usize> {
    if count <= ROWS {
        return (0..count).collect();
    }
    let mut middle: Vec<usize> = (ENDS..count - ENDS).filter(|row| score(*row) > 0.0).collect();
    middle.sort_by(|a, b| score(*b).total_cmp(&score(*a)));
    middle.truncate(ROWS - 2 * ENDS);
    let mut rows: Vec<usize> = (0..ENDS).chain(middle).chain(count - ENDS..count).collect();
    rows.sort_unstable();
    rows
}

/// What is said of rows that are not shown; `what` is more than one.
pub fn left_out(count: usize, shown: usize, what: &'static str) -> Option<String> {
    match count - shown {
        0 => None,
        1 => Some(format!("1 {} between is left out", what.trim_end_matches('s'))),
        left => Some(format!("{} {what} between are left out", grouped(left))),
    }
}

/// A letter with an index: an expression in square brackets, a label, or nothing.
pub fn letter(base: &str, index: &str) -> Notation {
    Notation::indexed(base, index)
}

/// An array by the name that files use: `W1`, `b_hidden`, `X`.
pub fn array(name: &str) -> Notation {
    const LETTERS: [(&str, &str); 9] = [
        ("W", "W"),
        ("b", "b"),
        ("s", "s"),
        ("alpha", "α"),
        ("omega", "ω"),
        ("M", "M"),
        ("E", "E"),
        ("Z", "Z"),
        ("A", "A"),
    ];
    let indexed = LETTERS.iter().find_map(|(typed, base)| {
        let rest = name.strip_prefix(typed)?;
        let label = rest.strip_prefix('_').or_else(|| rest.starts_with(|c: char| c.is_ascii_digit()).then_some(rest));
        label.or(rest.is_empty().then_some(rest)).map(|label| letter(base, label))
    });
    indexed.unwrap_or_else(|| letter(name, ""))
}

/// Arrays with commas; of more than ten the first, and how many more.
pub fn arrays<S: AsRef<str>>(names: &[S]) -> Sentence {
    with_commas(names.iter().map(|name| Sentence::from(array(name.as_ref()))))
}

/// The same of sentences.
pub fn with_commas(all: impl ExactSizeIterator<Item = Sentence>) -> Sentence {
    const MOST: usize = 10;
    let more = all.len().saturating_sub(MOST);
    let shown = all.take(MOST).reduce(|all, next| all.words(", ").then(next)).unwrap_or_default();
    if more > 0 { shown.words(format!(" and {more} more")) } else { shown }
}

/// `f0 = 6`
pub fn equality(name: &str, number: u64) -> Sentence {
    Sentence::from(Notation::Dim(Dim::name(name))).equals(Notation::Number(i64::try_from(number).unwrap_or(i64::MAX)))
}

/// `b = 0`
pub fn no_bias() -> Sentence {
    Sentence::from(letter("b", "")).equals(Notation::Number(0))
}

/// ∂J/∂W, with an index if there is one.
pub fn by_weight(index: &str) -> Notation {
    Notation::by_loss(letter("W", index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_by_three() {
        assert_eq!([0_u32, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn figures_have_three_digits() {
        assert_eq!([number(-0.0123), number(f64::NAN), number(None)], ["-0.0123", "-", "-"]);
        assert_eq!(
            [percent(1.0), percent(0.5313), percent(0.0123), percent(0.99999)],
            ["100 %", "53.1 %", "1.23 %", "99.9 %"]
        );
    }

    #[test]
    fn limits_are_written_as_they_are_typed() {
        assert_eq!([0.01, 1e-6, 1e6, 1.0, 0.125].map(typed), ["0.01", "1e-6", "1e6", "1", "0.125"]);
    }

    #[test]
    fn runs_of_layers_are_one_word() {
        let label = |place: usize| (place + 1).to_string();
        assert_eq!(layers(&[0, 1, 2, 6], &label), "layers 1 to 3 and 7");
        assert_eq!(layers(&[0, 1], &label), "layers 1 and 2");
        assert_eq!(layers(&[4], &label), "layer 5");
        assert_eq!(layers(&[0, 2, 4, 6, 8, 9], &label), "layers 1, 3, 5, 7 and 2 more");
    }

    #[test]
    fn one_row_is_left_out_and_more_are() {
        let said = |count, shown| left_out(count, shown, "layers");
        assert_eq!(said(3, 3), None);
        assert_eq!(said(4, 3).as_deref(), Some("1 layer between is left out"));
        assert_eq!(said(9, 3).as_deref(), Some("6 layers between are left out"));
    }

    #[test]
    fn both_ends_of_a_long_table_stay() {
        assert_eq!(shown(14, &|_| 0.0).len(), 14);
        assert_eq!(shown(100, &|row| f64::from(row == 50)), [0, 1, 2, 3, 50, 96, 97, 98, 99]);
        assert_eq!(shown(100, &|_| 1.0).len(), ROWS);
    }
}
