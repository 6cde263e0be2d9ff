//! Words of the command line → values.

use chainrule::{evaluate::initialise::Initialisation, source::suggestion::nearest};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// A value, its word, and what the help says of it.
pub type Choice<T> = (T, &'static str, &'static str);

/// One of some words.
pub fn one_of<T: Copy + Send + Sync + 'static>(all: &'static [Choice<T>]) -> impl TypedValueParser<Value = T> {
    let words = all.iter().map(|(_, word, help)| PossibleValue::new(*word).help(*help));
    PossibleValuesParser::new(words).map(|word| {
        // The parser takes no other word.
        all.iter().find(|(_, known, _)| **known == *word).unwrap_or(&all[0]).0
    })
}

/// `n=64`
///
/// # Errors
/// No name, no number, or one that is too large.
pub fn binding(text: &str) -> Result<(String, u64), String> {
    let expected = || "expected a name, `=` and a number, as in n=64".to_string();
    let (name, number) = text.split_once('=').ok_or_else(expected)?;
    let (name, number) = (name.trim(), number.trim());
    if name.is_empty() || number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(expected());
    }
    Ok((name.into(), number.parse().map_err(|_| "the number is too large")?))
}

/// `net`, `eq-net`
///
/// # Errors
/// What LaTeX does not take as a part of a label.
pub fn label(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    let is_label = !text.is_empty() && text.chars().all(fits);
    if is_label { Ok(text.into()) } else { Err("expected letters, digits and - _ . : alone, as in eq-net".into()) }
}

/// `512MiB`, `1073741824`
///
/// # Errors
/// No whole number, another unit, or a number that is too large.
pub fn bytes(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 5] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("", 1)];
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit.trim()));
    let (Some((_, unit)), false) = (unit, number.is_empty()) else {
        return Err("expected bytes, or a whole number with KiB, MiB or GiB, as in 512MiB".into());
    };
    number
        .parse()
        .ok()
        .and_then(|number: u64| number.checked_mul(*unit))
        .ok_or_else(|| "the number is too large".into())
}

/// `he-in`, `normal(0.05)`
///
/// # Errors
/// No initialisation has this name, or σ is no number from 0.
pub fn initialisation(text: &str) -> Result<Initialisation, String> {
    Initialisation::of_name(text).ok_or_else(|| {
        if text.starts_with("normal") {
            return "expected `normal(σ)`, where σ is a number from 0, as in normal(0.05)".into();
        }
        let names = Initialisation::NAMES.join(", ");
        match (foreign_initialisation(text), nearest(text, Initialisation::NAMES)) {
            (Some((name, differs)), _) => format!("expected {names}; write `{name}`{differs}"),
            (None, Some(near)) => format!("expected {names}; did you mean `{near}`?"),
            (None, None) => format!("expected {names}"),
        }
    })
}

/// What other tools call an initialisation → its name here, and what differs.
fn foreign_initialisation(text: &str) -> Option<(&'static str, &'static str)> {
    const SAME: &str = "";
    const HE: &str = ", or `he-out` for variance 2/f_out";
    const UNIFORM: &str = ", which is normal with the same variance, not uniform";
    const TRUNCATED: &str = ", which has the same variance and is not truncated";
    let name = text.to_lowercase().replace(['_', '-', ' '], "");
    Some(match name.as_str() {
        "he" | "kaiming" => ("he-in", HE),
        "kaimingnormal" => ("he-in", SAME),
        "henormal" => ("he-in", TRUNCATED),
        "kaiminguniform" | "heuniform" => ("he-in", UNIFORM),
        "xavier" | "xaviernormal" => ("glorot", SAME),
        "glorotnormal" => ("glorot", TRUNCATED),
        "xavieruniform" | "glorotuniform" => ("glorot", UNIFORM),
        "lecunnormal" => ("lecun", TRUNCATED),
        "lecununiform" => ("lecun", UNIFORM),
        "zeros" | "zero" => ("normal(0)", ", every weight is then 0"),
        "one" => ("ones", SAME),
        "eye" => ("identity", SAME),
        _ => return None,
    })
}

/// `3:2`, `hidden:2`
///
/// # Errors
/// No layer, or no number from 1.
pub fn unit(text: &str) -> Result<(String, u64), String> {
    let parsed = text.rsplit_once(':').and_then(|(layer, unit)| Some((layer.trim(), unit.trim().parse().ok()?)));
    match parsed {
        Some((layer, unit)) if !layer.is_empty() && unit > 0 => Ok((layer.into(), unit)),
        _ => Err("expected a layer, `:` and a unit, both counted from 1, as in 3:2".into()),
    }
}

/// `0.9^50`
///
/// # Errors
/// No two numbers, or a depth that is no whole number from 1.
pub fn power(text: &str) -> Result<(f64, u32), String> {
    let parts = text.split_once(['^', ',']);
    let parsed = parts.and_then(|(w, l)| Some((w.trim().parse::<f64>().ok()?, l.trim().parse::<u32>().ok()?)));
    let parsed = parsed.filter(|(weight, depth)| weight.is_finite() && *depth > 0);
    parsed.ok_or_else(|| "expected a factor, `^` and a number of layers, as in 0.9^50".into())
}

/// A number from 0 to 1.
///
/// # Errors
/// Another number, or none.
pub fn share(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "expected a number from 0 to 1, as in 0.01".into())
}

/// A number from 1.
///
/// # Errors
/// Another number, or none.
pub fn times(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| *number >= 1.0 && number.is_finite());
    number.ok_or_else(|| "expected a number from 1, as in 1e6".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_is_a_name_and_a_number() {
        assert_eq!(binding("n=64"), Ok(("n".into(), 64)));
        assert_eq!(binding("n = 64"), Ok(("n".into(), 64)));
        for wrong in ["n", "=3", "n=", "n=-1", "n=+1", "n=1.5", "n=x", "n=99999999999999999999"] {
            assert!(binding(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn initialisations_have_names() {
        assert_eq!(initialisation("normal(0.5)"), Ok(Initialisation::Normal(0.5)));
        assert_eq!(initialisation("he-in"), Ok(Initialisation::HeIn));
        assert!(initialisation("he-inn").unwrap_err().ends_with("did you mean `he-in`?"));
        for (foreign, name) in [("he", "he-in"), ("xavier_uniform", "glorot"), ("zeros", "normal(0)")] {
            assert!(initialisation(foreign).unwrap_err().contains(&format!("write `{name}`")), "{foreign}");
            assert!(initialisation(name).is_ok());
        }
        for wrong in ["normal", "normal(-1)", "normal(nan)", "normal(0.5", "ones(2)"] {
            assert!(initialisation(wrong).is_err(), "{wrong}");
        }
        for wrong in ["normal", "normal(-1)", "normal(inf)", "normal(-12345678)"] {
            let message = initialisation(wrong).unwrap_err();
            assert!(message.contains("σ is a number from 0") && !message.contains("did you mean"), "{message}");
        }
        assert_eq!(initialisation("normal(0)"), Ok(Initialisation::Normal(0.0)));
    }

    #[test]
    fn units_count_from_1() {
        assert_eq!(unit("3:2"), Ok(("3".into(), 2)));
        assert_eq!(unit("hidden:12"), Ok(("hidden".into(), 12)));
        for wrong in ["3", "3:0", ":2", "3:", "3:-1", "3:x"] {
            assert!(unit(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_power_is_a_factor_and_a_depth() {
        assert_eq!([power("0.9^50"), power("-1.5, 3")], [Ok((0.9, 50)), Ok((-1.5, 3))]);
        for wrong in ["0.9", "0.9^", "^2", "0.9^0", "0.9^1.5", "inf^2", "x^2"] {
            assert!(power(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn memory_has_units() {
        assert_eq!(bytes("1000"), Ok(1000));
        assert_eq!(bytes("512MiB"), Ok(512 << 20));
        assert_eq!(bytes("2 gib"), Ok(2 << 30));
        for wrong in ["", "MiB", "1.5GiB", "-1", "5 apples", "99999999TiB"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
