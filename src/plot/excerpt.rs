//! Many entries → those that are shown.

/// An entry, or how many are left out in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Shown(usize),
    Left(usize),
}

/// All of `count` entries, or about `most`: the first, the last, and those around `keep`.
pub(super) fn excerpt(count: usize, most: usize, keep: Option<usize>) -> Vec<Entry> {
    let part = (most / if keep.is_some() { 6 } else { 4 }).max(1);
    let near = |index: usize| keep.is_some_and(|keep| index.abs_diff(keep) <= part);
    let is_shown = |index: usize| {
        let edge = if keep.is_some() { part } else { 2 * part };
        count <= most || index < edge || index + edge >= count || near(index)
    };
    let mut entries: Vec<Entry> = Vec::new();
    for index in 0..count {
        if is_shown(index) {
            entries.push(Entry::Shown(index));
        } else if let Some(Entry::Left(left)) = entries.last_mut() {
            *left += 1;
        } else {
            entries.push(Entry::Left(1));
        }
    }
    entries
}

/// `most` of `count` indices, evenly, the first and the last among them.
pub(super) fn evenly(count: usize, most: usize) -> Vec<usize> {
    if count <= most {
        return (0..count).collect();
    }
    (0..most).map(|place| place * (count - 1) / (most - 1).max(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_the_last_and_the_kept_are_shown() {
        use Entry::{Left, Shown};
        assert_eq!(excerpt(3, 4, None), [Shown(0), Shown(1), Shown(2)]);
        assert_eq!(excerpt(100, 4, None), [Shown(0), Shown(1), Left(96), Shown(98), Shown(99)]);
        let kept = [Shown(0), Left(38), Shown(39), Shown(40), Shown(41), Left(57), Shown(99)];
        assert_eq!(excerpt(100, 6, Some(40)), kept);
        assert_eq!(excerpt(0, 4, Some(1)), []);
        assert_eq!(evenly(1000, 3), [0, 499, 999]);
        assert_eq!(evenly(2, 8), [0, 1]);
    }
}
