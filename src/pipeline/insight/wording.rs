//! Numbers, lists and runs of layers → words.

/// Three digits: `0.0123`, `1.23e-45`, `146`; whole numbers as they are.
#[must_use]
pub fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".into() } else { value.to_string() };
    }
    let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
    if (1e-3..1e5).contains(&rounded.abs()) {
        let whole = rounded.abs().log10().floor();
        let decimals = [(2.0, 0), (1.0, 1), (0.0, 2), (-1.0, 3), (-2.0, 4)];
        let places = decimals.iter().find(|(from, _)| whole >= *from).map_or(5, |(_, places)| *places);
        let text = format!("{rounded:.places$}");
        return if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text };
    }
    format!("{value:.2e}")
}

/// `layers 1 to 3 and 7`, by their labels, of places in rising order.
#[must_use]
pub fn layers(places: &[usize], label: &dyn Fn(usize) -> String) -> String {
    let run = |run: &[usize]| match run {
        [] => String::new(),
        [only] => label(*only),
        [first, second] => format!("{} and {}", label(*first), label(*second)),
        [first, .., last] => format!("{} to {}", label(*first), label(*last)),
    };
    let mut runs: Vec<String> = places.chunk_by(|one, next| one + 1 == *next).map(run).collect();
    if let [_, _] = places {
        runs = places.iter().map(|place| label(*place)).collect();
    }
    format!("{} {}", if places.len() == 1 { "layer" } else { "layers" }, joined(&runs))
}

/// `a`, `a and b`, `a, b and c`
#[must_use]
pub fn joined<S: AsRef<str>>(parts: &[S]) -> String {
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let numbers = [0.0, 2.0, 146.2, 1.0549, 0.012_345, -0.5, 1e-7, 123_456.0, 0.000_999_9, 99_999.0];
        let written = ["0", "2", "146", "1.05", "0.0123", "-0.5", "1.00e-7", "1.23e5", "0.001", "1.00e5"];
        assert_eq!(numbers.map(number), written);
    }

    #[test]
    fn runs_of_layers_are_one_word() {
        let label = |place: usize| (place + 1).to_string();
        assert_eq!(layers(&[0, 1, 2, 6], &label), "layers 1 to 3 and 7");
        assert_eq!(layers(&[4], &label), "layer 5");
        assert_eq!(layers(&[0, 1], &label), "layers 1 and 2");
    }
}
