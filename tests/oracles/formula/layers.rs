//! Letters of layer l − 1 and products over layers, read for numbers.

use std::collections::BTreeMap;

use super::{Read, Reader, Style, Term, below::closing, entrywise, multiplied};

/// Numbers for l, L, and inside of products and sums for k and j.
pub type Layers = BTreeMap<char, i64>;

/// `l−1`, `L`, `3` as a number.
fn number(index: &str, layers: &Layers, minus: &str) -> Option<i64> {
    let index = index.replace(minus, "-").replace('−', "-").replace('ℓ', "l");
    let letter = index.chars().next()?;
    match layers.get(&letter) {
        Some(number) if index.len() == 1 => Some(*number),
        Some(number) => Some(number + index[1..].parse::<i64>().ok()?),
        None => index.parse().ok(),
    }
}

/// The character that is written small.
fn full_size(small: char) -> Option<char> {
    let letters = [('ₖ', 'k'), ('ⱼ', 'j'), ('₊', '+'), ('₋', '-')];
    let digit = ('₀'..='₉').contains(&small).then(|| char::from_u32(u32::from(small) - 0x2080 + 0x30)).flatten();
    letters.iter().find(|(letter, _)| *letter == small).map(|(_, full)| *full).or(digit)
}

/// How the letter that begins the text is written for a layer's number, and how many bytes were read: `Wₖ₋₁`, `W[k-1]` and
/// `W_L` become `W₂` or `W2`. `None` where no index with a letter follows.
pub fn concrete(text: &str, layers: &Layers, style: &Style) -> Option<(usize, String)> {
    let end = text.find(|c: char| !c.is_alphabetic() || full_size(c).is_some() || c == 'ᵀ' || c == 'ᵢ')?;
    let (base, rest) = text.split_at(end);
    let (index, used) = if let Some(inner) = rest.strip_prefix('[') {
        let end = inner.find(']')?;
        (inner[..end].to_owned(), end + 2)
    } else if let Some(letter) = ["_L", "_ℓ"].into_iter().find(|letter| {
        let behind = rest.strip_prefix(letter);
        behind.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
    }) {
        (letter[1..].to_owned(), letter.len())
    } else {
        let index: String = rest.chars().map_while(full_size).collect();
        (index, rest.chars().take_while(|c| full_size(*c).is_some()).map(char::len_utf8).sum())
    };
    let number = number(&index, layers, "-").filter(|_| !base.is_empty())?;
    let digits = usize::try_from(number).ok()?.to_string();
    let small = |digit: char| char::from_u32(u32::from(digit) - 0x30 + 0x2080);
    let written = if style.times == '×' { digits.chars().filter_map(small).collect() } else { digits };
    Some((end + used, format!("{base}{written}")))
}

/// `∏[k=L…l+1](Wₖᵀ · Sₖ₋₁)`: the factor for k = L, …, for k = l + 1. `Σ[j=1…l−1](…)`: the term for j = 1, …, for j = l − 1.
/// Nothing is left of either where the last is one before the first; any other last is refused.
pub fn over(reader: &mut Reader) -> Read<Term> {
    let style = reader.style;
    let is_product = reader.eat(style.product);
    if !is_product {
        reader.expect(style.sum)?;
    }
    let end = reader.rest.find(']').ok_or("`]` is missing")?;
    let limits = reader.skip(end);
    reader.expect("]")?;
    let (index, range) = limits.split_once('=').ok_or(format!("`{limits}` has no index"))?;
    let (from, to) = range.split_once(style.range).ok_or(format!("`{range}` is no range"))?;
    let at = |limit| number(limit, &reader.layers, style.minus).ok_or(format!("`{limit}` is no layer"));
    let (from, to) = (at(from)?, at(to)?);
    let length =
        if reader.rest.starts_with('(') { closing(reader.rest)? + 1 } else { return Err("no brackets".into()) };
    let body = reader.skip(length);
    let steps = if is_product { from - to + 1 } else { to - from + 1 };
    let letter = index.parse().map_err(|_| format!("`{index}` is no index"))?;
    let mut value = match (steps, is_product) {
        (..0, _) => return Err(format!("{limits} goes from {from} to {to}")),
        (_, true) => Term::Identity(1.0),
        (_, false) => Term::Constant(0.0),
    };
    for step in 0..steps {
        let mut layers = reader.layers.clone();
        layers.insert(letter, if is_product { from - step } else { from + step });
        let (shapes, names) = (BTreeMap::new(), reader.names);
        let mut inner = Reader { rest: body, column: 0, shapes, names, layers, in_layers: true, style, seen: 0 };
        let part = inner.brackets()?;
        value = if is_product { multiplied(value, part)? } else { entrywise(value, part, |a, b| a + b)? };
    }
    Ok(value)
}
