//! Words of the command line → values.

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
    fn memory_has_units() {
        assert_eq!(bytes("1000"), Ok(1000));
        assert_eq!(bytes("512MiB"), Ok(512 << 20));
        assert_eq!(bytes("2 gib"), Ok(2 << 30));
        for wrong in ["", "MiB", "1.5GiB", "-1", "5 apples", "99999999TiB"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
