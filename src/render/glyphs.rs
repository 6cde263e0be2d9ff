//! The characters of a text format: Unicode, or ASCII where a terminal has no more.

use crate::{document::Exponent, shape::Dim, source::subscript_digit};

/// How each construct is written.
#[derive(Clone, Copy, Debug)]
pub struct Glyphs {
    /// Whether indices are set with Unicode's small digits.
    pub small_digits: bool,
    /// Between factors.
    pub dot: &'static str,
    /// Between entrywise factors.
    pub hadamard: &'static str,
    /// Before an entrywise divisor.
    pub divided: &'static str,
    /// Behind what is transposed.
    pub transposed: &'static str,
    /// Before a negative term.
    pub minus: &'static str,
    /// Before a term that is subtracted.
    pub binary_minus: &'static str,
    /// Before a function that is differentiated.
    pub partial: &'static str,
    /// Before what is summed over the samples.
    pub sum_samples: &'static str,
    /// One half, before what it multiplies.
    pub half: &'static str,
    /// Not more than.
    pub at_most: &'static str,
    /// The number π.
    pub pi: &'static str,
    /// A square root, before its bracket.
    pub root: &'static str,
    /// The letter of a layer that is none in particular.
    pub layer: &'static str,
    /// Before what is summed over all entries.
    pub total: &'static str,
    /// Behind a letter: a row of sample i.
    pub row: &'static str,
    /// Behind a letter: sample i's own matrix.
    pub own: &'static str,
    /// Behind a letter with a hat that has no character of its own.
    pub hat: &'static str,
    /// Behind a letter with a dot that has no character of its own.
    pub above: &'static str,
    /// Between the factors of a Kronecker product.
    pub kronecker: &'static str,
    /// Before and after what a norm is of.
    pub norm: &'static str,
    /// Before the exponent of each entry.
    pub entrywise: &'static str,
    /// Between the dimensions of a shape.
    pub times: &'static str,
    /// Exact.
    pub equal: &'static str,
    /// Exact under an assumption.
    pub approximate: &'static str,
    /// A sketch.
    pub sketch: &'static str,
    /// A name for a value.
    pub definition: &'static str,
    /// Between shapes and the one that comes of them.
    pub gives: &'static str,
    /// Between scalars.
    pub scalar_dot: &'static str,
    /// The letter Δ.
    pub delta: &'static str,
    /// A product over layers.
    pub product: &'static str,
    /// A sum over layers.
    pub sum: &'static str,
    /// Between the limits of a product or sum.
    pub range: &'static str,
    /// Around a part that is pointed to.
    pub marked: (&'static str, &'static str),
    /// The same where colour is, bold.
    pub marked_bold: (&'static str, &'static str),
}

impl Glyphs {
    /// `X²`, `X⁻¹`, `X⁻ᵀ`, `x^(3/2)`, `X^∘2`
    #[must_use]
    pub fn power(&self, base: &str, exponent: Exponent) -> String {
        let small = |digits: &str| match digits.strip_prefix('-') {
            Some(rest) => format!("⁻{}", superscript(rest)),
            None => superscript(digits),
        };
        match exponent {
            Exponent::Number(p, 1) if self.small_digits => format!("{base}{}", small(&p.to_string())),
            Exponent::InverseTransposed if self.small_digits => format!("{base}⁻{}", self.transposed),
            Exponent::Number(..) | Exponent::Entrywise(..) | Exponent::InverseTransposed => {
                let power = exponent.written(self.entrywise, self.minus, "T");
                let digits = power.trim_start_matches(self.entrywise).bytes().all(|b| b.is_ascii_digit());
                if digits { format!("{base}^{power}") } else { format!("{base}^({power})") }
            }
        }
    }
}

/// Mathematics as in a textbook.
pub const UNICODE: Glyphs = Glyphs {
    small_digits: true,
    dot: " · ",
    hadamard: " ⊙ ",
    divided: " ⊘ ",
    transposed: "ᵀ",
    minus: "−",
    binary_minus: " − ",
    partial: "∂",
    sum_samples: "Σᵢ ",
    total: "Σ ",
    half: "½",
    at_most: "≤",
    pi: "π",
    root: "√",
    layer: "ℓ",
    row: "ᵢ",
    own: "⁽ⁱ⁾",
    hat: "\u{302}",
    above: "\u{307}",
    kronecker: " ⊗ ",
    norm: "‖",
    entrywise: "∘",
    times: "×",
    equal: "=",
    approximate: "≈",
    sketch: "~",
    definition: "=",
    gives: "→",
    scalar_dot: "·",
    delta: "Δ",
    product: "∏",
    sum: "Σ",
    range: "…",
    marked: ("⟦", "⟧"),
    marked_bold: ("\u{1b}[1m⟦", "⟧\u{1b}[22m"),
};

/// Letters with a dot that are one character.
pub const DOTTED: [(&str, &str); 7] =
    [("Z", "Ż"), ("A", "Ȧ"), ("Y", "Ẏ"), ("X", "Ẋ"), ("W", "Ẇ"), ("H", "Ḣ"), ("b", "ḃ")];

/// The same in seven bits.
pub const ASCII: Glyphs = Glyphs {
    small_digits: false,
    dot: " * ",
    hadamard: " .* ",
    divided: " ./ ",
    transposed: "^T",
    minus: "-",
    binary_minus: " - ",
    partial: "d",
    sum_samples: "sum_i ",
    total: "sum ",
    half: "0.5*",
    at_most: "<=",
    pi: "pi",
    root: "sqrt",
    layer: "l",
    row: "[i]",
    own: "[i]",
    hat: "hat",
    above: "dot",
    kronecker: " @ ",
    norm: "||",
    entrywise: ".",
    times: "x",
    equal: "=",
    approximate: "~=",
    sketch: "~",
    definition: "=",
    gives: "->",
    scalar_dot: "*",
    delta: "Delta",
    product: "prod",
    sum: "sum",
    range: "..",
    marked: ("[[", "]]"),
    marked_bold: ("\u{1b}[1m[[", "]]\u{1b}[22m"),
};

/// An index expression in small characters: `k-1`; `None` where Unicode has none, as for L, or none that can be told from
/// a small 1, as for l.
#[must_use]
pub fn small_index(expression: &str) -> Option<String> {
    let small = |c: char| match c {
        'j' => Some('ⱼ'),
        'k' => Some('ₖ'),
        '+' => Some('₊'),
        '-' => Some('₋'),
        c => c.to_digit(10).and_then(|digit| char::from_u32(0x2080 + digit)),
    };
    expression.chars().map(small).collect()
}

/// The digits as Unicode subscripts; `None` if something else is in the text.
#[must_use]
pub fn subscript(text: &str) -> Option<String> {
    text.chars().map(|c| c.to_digit(10).and_then(|digit| char::from_u32(0x2080 + digit))).collect()
}

/// The digits as Unicode superscripts.
#[must_use]
pub fn superscript(digits: &str) -> String {
    digits.bytes().map(|digit| ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][usize::from(digit - b'0')]).collect()
}

/// `4·d² + 4·d`
#[must_use]
pub fn powers(dim: &Dim, times: &str) -> String {
    let term = |(names, coefficient): (Vec<(&str, u32)>, u64)| {
        let number = (coefficient != 1 || names.is_empty()).then(|| coefficient.to_string());
        let power = |power: u32| if power == 1 { String::new() } else { superscript(&power.to_string()) };
        let powers = names.into_iter().map(|(name, exponent)| format!("{name}{}", power(exponent)));
        number.into_iter().chain(powers).collect::<Vec<_>>().join(times)
    };
    dim.terms().into_iter().map(term).collect::<Vec<_>>().join(" + ")
}

/// The mathematical characters that may stand among words: each as ASCII and as LaTeX write it.
pub const SIGNS: [(char, &str, &str); 55] = [
    ('×', ASCII.times, "\\times"),
    ('·', ASCII.scalar_dot, "\\cdot"),
    ('−', ASCII.minus, "-"),
    ('⊙', ".*", "\\odot"),
    ('⊘', "./", "\\oslash"),
    ('∂', "d", "\\partial"),
    ('∏', "prod", "\\prod"),
    ('Σ', "sum", "\\sum"),
    ('√', "sqrt", "\\surd"),
    ('½', "1/2", "\\tfrac{1}{2}"),
    ('≤', "<=", "\\le"),
    ('≥', ">=", "\\ge"),
    ('≈', "~=", "\\approx"),
    ('≠', "!=", "\\ne"),
    ('±', "+-", "\\pm"),
    ('→', "->", "\\to"),
    ('∞', "inf", "\\infty"),
    ('‖', "||", "\\|"),
    ('⟦', "[[", "[\\!["),
    ('⟧', "]]", "]\\!]"),
    ('∘', "o", "\\circ"),
    ('⊗', "@", "\\otimes"),
    ('ᵀ', "^T", "^{\\top}"),
    ('ᵢ', "_i", "_{i}"),
    ('ⱼ', "_j", "_{j}"),
    ('ₖ', "_k", "_{k}"),
    ('Ŷ', "Yhat", "\\hat{Y}"),
    ('ŷ', "yhat", "\\hat{y}"),
    ('ℓ', "l", "\\ell"),
    ('Δ', "Delta", "\\Delta"),
    ('Γ', "Gamma", "\\Gamma"),
    ('α', "alpha", "\\alpha"),
    ('β', "beta", "\\beta"),
    ('γ', "gamma", "\\gamma"),
    ('δ', "delta", "\\delta"),
    ('ε', "eps", "\\varepsilon"),
    ('η', "eta", "\\eta"),
    ('θ', "theta", "\\theta"),
    ('κ', "kappa", "\\kappa"),
    ('λ', "lambda", "\\lambda"),
    ('μ', "mu", "\\mu"),
    ('ν', "nu", "\\nu"),
    ('ξ', "xi", "\\xi"),
    ('π', "pi", "\\pi"),
    ('ρ', "rho", "\\rho"),
    ('σ', "sigma", "\\sigma"),
    ('τ', "tau", "\\tau"),
    ('φ', "phi", "\\varphi"),
    ('ψ', "psi", "\\psi"),
    ('ω', "omega", "\\omega"),
    ('Θ', "Theta", "\\Theta"),
    ('Λ', "Lambda", "\\Lambda"),
    ('Φ', "Phi", "\\Phi"),
    ('Ω', "Omega", "\\Omega"),
    ('∈', "in", "\\in"),
];

/// A report in seven bits: its signs as [`ASCII`] writes them, its powers as `a^2`.
#[must_use]
pub fn seven_bits(report: &str) -> String {
    let mut text = String::new();
    let mut in_power = false;
    for c in report.chars() {
        let sign = SIGNS.iter().find(|(sign, ..)| *sign == c);
        let index = subscript_digit(c);
        let power = "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().zip("0123456789".chars()).find(|(small, _)| *small == c);
        if power.is_some() && !in_power {
            text.push('^');
        }
        in_power = power.is_some();
        match (power, sign, index) {
            (Some((_, digit)), ..) | (_, _, Some(digit)) => text.push(digit),
            (_, Some((_, ascii, _)), _) => text.push_str(ascii),
            _ if c == '…' => text.push_str("..."),
            _ => text.push(c),
        }
    }
    text
}
