//! What a base is raised to, and how it is written.

/// What a base is raised to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exponent {
    /// `a²`, `a^(3/2)`, `a⁻¹`: a numerator, and a denominator above 0.
    Number(i64, i64),
    /// The same of each entry, where a matrix could be meant as a whole: `A^∘3`.
    Entrywise(i64, i64),
    /// `A⁻ᵀ`
    InverseTransposed,
}

impl Exponent {
    /// It in the signs of a format: `∘` of an entrywise power, `−`, `⊤`.
    #[must_use]
    pub fn written(self, entrywise: &str, minus: &str, transposed: &str) -> String {
        let number = |p: i64, q: i64| {
            let sign = if p < 0 { minus } else { "" };
            let over = if q == 1 { String::new() } else { format!("/{q}") };
            format!("{sign}{}{over}", p.unsigned_abs())
        };
        match self {
            Self::Number(p, q) => number(p, q),
            Self::Entrywise(p, q) => format!("{entrywise}{}", number(p, q)),
            Self::InverseTransposed => format!("{minus}{transposed}"),
        }
    }
}
