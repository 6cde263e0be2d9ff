//! A crossing → the words that say from which batch size on it pays.

use crate::{cost::break_even::BreakEven, report::words::grouped};

/// `from 69 samples on (beyond 68.32)`
pub(super) fn pays(break_even: BreakEven) -> Option<String> {
    match break_even {
        BreakEven::Never => None,
        BreakEven::Beyond { numerator, denominator } => {
            let first = break_even.first()?;
            let samples = if first == 1 { "sample" } else { "samples" };
            Some(format!("from {} {samples} on (beyond {})", grouped(first), ratio_of(numerator, denominator)))
        }
    }
}

/// What the scalings change of it.
pub(super) fn pays_with_scalings(products: BreakEven, all: BreakEven) -> String {
    match pays(all) {
        None => ", with scalings never".into(),
        // The same bound may be another fraction.
        all if all == pays(products) => String::new(),
        Some(all) => format!(", with scalings {all}"),
    }
}

/// Two decimals, rounded down, so that it is below the first whole number beyond it.
fn ratio_of(numerator: u128, denominator: u128) -> String {
    let rest = numerator % denominator * 100 / denominator;
    format!("{}.{rest:02}", grouped(numerator / denominator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossings_are_rounded_down() {
        assert_eq!([(6_924_288, 101_344), (32, 16), (1, 3)].map(|(a, b)| ratio_of(a, b)), ["68.32", "2.00", "0.33"]);
    }
}
