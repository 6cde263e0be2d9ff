//! A small digit below the line → the digit.

/// `2` of `₂`; none of any other character.
///
/// ```
/// use chainrule::source::subscript_digit;
/// assert_eq!(["₀", "₉", "2", "x"].map(|c| c.chars().find_map(subscript_digit)), [Some('0'), Some('9'), None, None]);
/// ```
#[must_use]
pub fn subscript_digit(c: char) -> Option<char> {
    u32::from(c).checked_sub(0x2080).filter(|digit| *digit < 10).and_then(|digit| char::from_digit(digit, 10))
}
