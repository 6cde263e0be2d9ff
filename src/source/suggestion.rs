//! A misspelt name and the known names → the nearest known name.

/// Longer names are near to none: the distance takes time in proportion to the product of the lengths.
const LONGEST: usize = 64;

/// So many names are looked at, and so many of them, which may be near, are compared. Ten thousand unknown names among
/// ten thousand known ones are then done in a moment.
const LOOKED_AT: usize = 10_000;
const COMPARED: usize = 100;

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
    near(found, known).into_iter().min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// The one name nearest to `found`; none where two are equally near, or where one of the two words is the other with
/// letters before it, or is short and the other with a letter more. For words of which each means something of its own:
/// `telu` may be `gelu`, `selu` or `relu`, and `rmse` is no misspelt `mse`.
///
/// ```
/// use chainrule::source::suggestion::unmistakable;
/// assert_eq!(unmistakable("rellu", ["relu", "gelu"]), Some("relu"));
/// assert_eq!([unmistakable("telu", ["relu", "gelu"]), unmistakable("rmse", ["mse"])], [None, None]);
/// ```
pub fn unmistakable<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = near(found, known);
    let least = near.iter().map(|(distance, _)| *distance).min()?;
    let mut nearest = near.into_iter().filter(|(distance, _)| *distance == least);
    let (_, name) = nearest.next()?;
    let (short, long) = if name.len() < found.len() { (name, found) } else { (found, name) };
    let inside = least > 0 && (long.ends_with(short) || short.len() < 5 && long.contains(short));
    (nearest.next().is_none() && !inside).then_some(name)
}

/// The known names near to `found`, with their distances.
fn near<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<(usize, &'a str)> {
    if found.len() > LONGEST {
        return Vec::new();
    }
    let found = found.to_lowercase();
    let (length, letters, is_number) = (found.chars().count(), letters(&found), found.parse::<f64>().is_ok());
    let limit = if length < 2 { 0 } else { (length / 3).max(1) };
    // Every step from one word to the other changes its length by at most 1 and its set of letters by at most 2.
    let may_be_near = |name: &&str| {
        name.len() <= LONGEST
            && name.chars().count().abs_diff(length) <= limit
            && (self::letters(name) ^ letters).count_ones() as usize <= 2 * limit
            && !(is_number && name.parse::<f64>().is_ok())
    };
    let candidates = known.into_iter().take(LOOKED_AT).filter(may_be_near).take(COMPARED);
    candidates
        .map(|name| (strsim::damerau_levenshtein(&found, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .collect()
}

/// The set of a word's letters, small and capital ones alike, with a bit for each; other characters share the bits.
fn letters(word: &str) -> u64 {
    word.chars().fold(0, |set, c| set | 1 << (u32::from(c.to_ascii_lowercase()) % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bounded_number_of_names_is_looked_at() {
        let names: Vec<String> = (0..100_000).map(|i| format!("W{i}")).collect();
        let mut seen = 0;
        assert_eq!(nearest("layers.0.weight", names.iter().map(String::as_str).inspect(|_| seen += 1)), None);
        assert!(seen <= LOOKED_AT + 1, "{seen}");
        let alike = vec!["abcdefghijkm"; 10_000];
        assert!(near("abcdefghijkl", alike).len() <= COMPARED);
        assert_eq!(nearest(&"x".repeat(100_000), ["x"]), None);
    }

    #[test]
    fn what_is_passed_over_is_too_far() {
        // Against the distance alone, over all pairs of words of a small alphabet.
        let words: Vec<String> = (0..4_u32.pow(5))
            .map(|i| {
                let letter = |place: u32| char::from(b"abc_"[(i / 4_u32.pow(place) % 4) as usize]);
                (0..=i % 5).map(letter).collect()
            })
            .collect();
        for found in words.iter().step_by(37).filter(|word| word.len() > 1) {
            let limit = (found.len() / 3).max(1);
            for known in words.iter().step_by(11) {
                let distance = strsim::damerau_levenshtein(found, known);
                assert_eq!(nearest(found, [known.as_str()]).is_some(), distance <= limit, "{found} {known}");
            }
        }
    }
}
