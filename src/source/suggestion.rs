//! A misspelt name and the known names → the nearest known name.

/// Letters of the longest name that anything is near to.
const LONGEST: usize = 100;

/// The known name nearest to `found` (Damerau–Levenshtein distance at most a third of its length, at
/// least 1), the earliest of equals, if any. A name of one letter is near to none but itself in the other case, and
/// no number is near to another: one letter or digit less is nothing in common.
///
/// ```
/// use chainrule::source::suggestion::nearest;
/// assert_eq!(nearest("rellu", ["relu", "tanh"]), Some("relu"));
/// assert_eq!(nearest("xyz", ["relu", "tanh"]), None);
/// assert_eq!([nearest("w", ["a", "W"]), nearest("z", ["a", "ab"]), nearest("", ["a"])], [Some("W"), None, None]);
/// assert_eq!([nearest("12", ["1", "13"]), nearest("W12", ["1", "W1"])], [None, Some("W1")]);
/// ```
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found = found.to_lowercase();
    let is_number = |name: &str| name.parse::<f64>().is_ok();
    let length = found.chars().count();
    let limit = match length {
        0 | 1 => 0,
        _ => (length / 3).max(1),
    };
    // The distance takes as many steps as the product of both lengths, and is at least their difference.
    let comparable = |name: &&str| length <= LONGEST && name.len() <= 4 * (length + limit);
    known
        .into_iter()
        .filter(comparable)
        .filter(|name| !(is_number(&found) && is_number(name)))
        .map(|name| (strsim::damerau_levenshtein(&found, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
