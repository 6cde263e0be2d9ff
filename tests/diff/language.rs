//! The text of expressions: it prints as what is read again, and no text breaks the reader.

use chainrule::expression::{Given, Syntax, Tree, build, infer, parse};
use proptest::prelude::*;

fn read(text: &str) -> Option<Tree> {
    parse(text, &Given::default()).ok().map(|(tree, _)| tree)
}

/// The tree without its places.
fn shape(tree: &Tree) -> Vec<Syntax> {
    let without = |syntax: &Syntax| match syntax {
        Syntax::Constant(constant, sizes) => {
            let sizes = sizes.iter().map(|size| chainrule::expression::syntax::Spelled {
                text: size.text.clone(),
                span: chainrule::source::Span::default(),
            });
            Syntax::Constant(*constant, sizes.collect())
        }
        other => other.clone(),
    };
    tree.0.iter().map(|node| without(&node.syntax)).collect()
}

/// Sentences of the language.
fn sentence() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[A-Zx-z]",
        Just("2".to_owned()),
        Just("0.25".to_owned()),
        Just("I".to_owned()),
        Just("ones(m,n)".to_owned()),
    ];
    leaf.prop_recursive(6, 40, 2, |inner| {
        let operator = prop::sample::select(vec!["+", "-", "*", "/", ".*", "./", "@", " "]);
        let function = prop::sample::select(vec!["tr", "det", "inv", "exp", "tanh'", "norm2", "diag", "log"]);
        let power = prop::sample::select(vec!["^T", "'", "^2", "^(-1)", "^(1/2)", ".^3", "ᵀ", "⁻¹", "^{-T}"]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(a, operator, b)| format!("({a}){operator}({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} - {b}")),
            (function, inner.clone()).prop_map(|(function, a)| format!("{function}({a})")),
            (inner.clone(), power).prop_map(|(a, power)| format!("({a}){power}")),
            inner.clone().prop_map(|a| format!("-({a})")),
            inner.prop_map(|a| format!("‖{a}‖")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_read_as_the_same(text in sentence()) {
        let tree = read(&text).unwrap_or_else(|| panic!("{text}"));
        let printed = tree.to_string();
        let again = read(&printed).unwrap_or_else(|| panic!("{text} is printed {printed}"));
        prop_assert_eq!(shape(&tree), shape(&again), "{} is printed {}", text, printed);
    }

    #[test]
    fn no_text_breaks_the_reader(text in "[ -~ᵀ⊙‖½²⁻Σλ]{0,40}") {
        if let Some(tree) = read(&text)
            && let Ok(inferred) = infer(&tree, &Given::default())
        {
            // What fits by its shapes can be written.
            prop_assert!(build(&tree, &inferred).is_ok(), "{}", text);
        }
    }

    #[test]
    fn no_declaration_breaks_the_reader(text in "[ -~]{0,40}") {
        let _ = Given::parse(&text);
    }
}

#[test]
fn writings_of_books_mean_the_same() {
    let alike = [
        ("tr(X^T*A*X)", "\\operatorname{tr}(X^\\top A X)"),
        ("tr(X^T*A*X)", "tr(XᵀAX)"),
        ("tr(X'*A*X)", "tr(X^{\\top} A X)"),
        ("norm2(A*x - b)^2", "‖Ax − b‖²"),
        ("norm2(A*x - b)^2", "\\left\\| A x - b \\right\\|_2^2"),
        ("normF(A*B)", "‖A·B‖_F"),
        ("A.*B ./ C", "A ⊙ B ⊘ C"),
        ("A @ B", "A \\otimes B"),
        ("X^-T*a*0.5", "X⁻ᵀ a ½"),
        ("sum(log(x))", "\\sum \\log x"),
        ("a/(b)", "\\frac{a}{b}"),
        ("lambda*x", "λ x"),
    ];
    for (one, other) in alike {
        let [a, b] = [one, other].map(|text| read(text).unwrap_or_else(|| panic!("{text}")).to_string());
        assert_eq!(a, b, "{one} and {other}");
    }
}

#[test]
fn a_long_product_is_read() {
    let factors: Vec<String> = (1..=60).map(|i| format!("A{i}")).collect();
    let text = format!("x^T*{}*x", factors.join("*"));
    let tree = read(&text).unwrap();
    assert_eq!(tree.to_string(), text);
    assert_eq!(infer(&tree, &Given::default()).unwrap().variables.len(), 61);
}
