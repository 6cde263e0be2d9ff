//! Words → words of a markup language, with mathematics where a book sets it: letters of formulas, and figures such as 2.2e-15.

use super::dialect::{Dialect, inline};
use crate::{
    document::notation::{Letter, Notation, Sample},
    source::subscript_digit,
};

/// The words; what is no mathematics as `plain` writes it.
#[must_use]
pub fn words(dialect: &dyn Dialect, words: &str, plain: &dyn Fn(&str) -> String) -> String {
    let tokens: Vec<&str> = words.split(' ').collect();
    let written = |(place, token): (usize, &&str)| {
        let (opening, core, closing) = peeled(token);
        let before = place.checked_sub(1).and_then(|place| tokens.get(place)).copied();
        let behind = tokens.get(place + 1).copied();
        let formula = if is_scientific(core) {
            Some(dialect.number(core))
        } else {
            formula(core).filter(|_| !is_word(token, before, behind)).map(|formula| inline(dialect, &formula))
        };
        formula.map_or_else(
            || plain(token),
            |formula| format!("{}{}{}", plain(opening), dialect.math(&formula), plain(closing)),
        )
    };
    tokens.iter().enumerate().map(written).collect::<Vec<_>>().join(" ")
}

/// A word without the brackets and stops around it.
fn peeled(token: &str) -> (&str, &str, &str) {
    let (opening, rest) = token.split_at(usize::from(token.starts_with(['(', '['])));
    let core = rest.trim_end_matches(['.', ',', ';', ':', ')', ']', '%']);
    (opening, core, &rest[core.len()..])
}

/// `2.17e-15`
fn is_scientific(core: &str) -> bool {
    core.contains('e')
        && core.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && core.ends_with(|c: char| c.is_ascii_digit())
        && core.parse::<f64>().is_ok()
}

/// Whether a letter is a word: the article, or what somebody called a layer.
fn is_word(token: &str, before: Option<&str>, behind: Option<&str>) -> bool {
    let begins = before.is_none_or(|word| word.is_empty() || word.ends_with(['.', ':']));
    let goes_on = behind.is_some_and(|word| word.starts_with(|c: char| c.is_ascii_lowercase()));
    token == "a" || token == "A" && begins && goes_on || matches!(before, Some("layer" | "layers" | "A" | "a"))
}

/// A letter of formulas with its index, its transpose, or J differentiated with respect to it: `W`, `W₁`, `b_out`, `Xᵀ`,
/// `∂J/∂W₁`.
fn formula(core: &str) -> Option<Notation> {
    if let Some(variable) = core.strip_prefix("∂J/∂") {
        return Some(Notation::Partial(Box::new(Notation::Loss), Box::new(formula(variable)?)));
    }
    if let Some(inner) = core.strip_suffix('ᵀ') {
        return Some(Notation::Transposed(Box::new(formula(inner)?)));
    }
    let mut letters = core.chars();
    let (base, hat) = match letters.next()? {
        'Ŷ' => ('Y', true),
        'ŷ' => ('y', true),
        letter if letter.is_ascii_alphabetic() || letter == 'Δ' => (letter, false),
        _ => return None,
    };
    let rest = letters.as_str();
    let digits: Option<String> = rest.chars().map(subscript_digit).collect();
    let named = || rest.strip_prefix('_').filter(|name| is_name(name)).map(str::to_owned);
    let subscript = match digits {
        Some(digits) if digits.is_empty() => None,
        found => Some(found.or_else(named)?.into()),
    };
    Some(Notation::Letter(Letter { base: base.to_string().into(), hat, dot: false, subscript, sample: Sample::None }))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use crate::render::{dialect::Dialect, latex::Latex, mathml::Mathml, typst::Typst};

    #[test]
    fn letters_and_figures_are_mathematics() {
        let latex = |words| Latex { macros: false }.words(words);
        assert_eq!(
            latex("A step changes W by 4.5e-7 (layer 1)."),
            "A step changes $W$ by $4.5\\cdot 10^{-7}$ (layer 1)."
        );
        assert_eq!(latex("of X, Y and W₁ (n = 3)"), "of $X$, $Y$ and $W_1$ ($n$ $=$ 3)");
        assert_eq!(latex("the rms of A is 1e-3"), "the rms of $A$ is $10^{-3}$");
        assert_eq!(latex("A layer a, and layer h"), "A layer a, and layer h");
        assert_eq!(Typst.words("at most 1.8e-16, b_out"), "at most $1.8 dot.op 10^(-16)$, $b_\"out\"$");
        let figure = "<mn>2.2</mn><mo>·</mo><msup><mn>10</mn><mrow><mo form=\"prefix\">−</mo><mn>9</mn></mrow></msup>";
        assert!(
            Mathml::embedded().words("below 2.2e-9.").contains(figure),
            "{}",
            Mathml::embedded().words("below 2.2e-9.")
        );
    }

    #[test]
    fn words_stay_words() {
        let words = "relu, tanh; e, 3 and 50 % -- see 1.5 or e-7";
        assert!(!Typst.words(words.trim_start_matches("relu, tanh; e, ")).contains('$'));
    }
}
