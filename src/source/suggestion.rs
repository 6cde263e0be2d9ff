//! A misspelt name and the known names → the nearest known name.

/// The known name nearest to `found` (Damerau–Levenshtein distance at most a third of its length, at
/// least 1), the earliest of equals, if any.
///
/// ```
/// use chainrule::source::suggestion::nearest;
/// assert_eq!(nearest("rellu", ["relu", "tanh"]), Some("relu"));
/// assert_eq!(nearest("xyz", ["relu", "tanh"]), None);
/// ```
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found = found.to_lowercase();
    let limit = (found.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&found, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
