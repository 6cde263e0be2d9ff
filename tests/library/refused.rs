//! Bad input: errors with their places, in the words of this library, and no panic.

use chainrule::{Edit, Error, Form, Kind, Message, Network};
use proptest::prelude::*;

use super::{THREE, network};

fn title(result: Result<impl std::fmt::Debug, Error>) -> String {
    let error = result.unwrap_err();
    assert!(!error.to_string().contains("`--"), "{error}");
    error.messages()[0].title().to_owned()
}

#[test]
fn places_are_those_of_the_faulty_text() {
    let cases = [
        ("input X [n, f0]\ndense f1 rellu\nloss mse", "rellu", Kind::Spec),
        ("input X [n, f0]\ndense f1 -> 3\nloss mse", "f1", Kind::Shape),
        ("input X [n, f0]\ndense 3\nexpect [n, 4]\nloss mse", "4", Kind::Shape),
        ("input X [n, f0]\nrepeat 20000 { dense 3 }\nloss mse", "20000", Kind::Limit),
        ("input X [n, f0]\nΔ: dense 3\nloss mse", "Δ", Kind::Spec),
    ];
    for (text, fault, kind) in cases {
        let error = Network::parse(text).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let message = &error.messages()[0];
        let label = message.labels().iter().find(|label| label.primary).unwrap();
        assert_eq!((message.text(), &text[label.span.range()]), (text, fault));
        assert!(error.to_string().starts_with(&format!("{message}")));
        assert_eq!(format!("{error:?}"), error.to_string());
        assert!(!message.is_warning() && (message.help().is_some() || !message.notes().is_empty()));
    }
    let several = Network::parse("input X [n, f0]\ndense 2 rellu\nloss msee").unwrap_err();
    assert_eq!(several.messages().len(), 2);
}

/// An editor makes the changes from the last to the first, and has what the message has.
#[test]
fn a_repair_is_changes_of_the_text() {
    let change = |mut text: String, edit: &Edit| {
        text.replace_range(edit.span.range(), &edit.text);
        text
    };
    let edited = |text: String, message: &Message| message.repair().iter().rev().fold(text, change);
    let mut text = "input X [n, 3]\ndense 4 rellu\nnn.Linear(4, 2)\nloss half_mse".to_owned();
    for mended in [1, 2] {
        let error = Network::parse(&text).unwrap_err();
        for message in error.messages() {
            assert_eq!(message.repaired(), Some(edited(text.clone(), message)), "{mended}");
        }
        text = error.messages().iter().rev().fold(text, edited);
    }
    assert_eq!(text, "input X [n, 3]\ndense 4 relu\ndense 4 -> 2\nloss half_mse");
    assert_eq!(network(&text).shapes().layers().len(), 2);
    // Nothing is sure to be meant.
    let open = Network::parse("input X [n, 3]\ndense 4 foo\nloss mse").unwrap_err();
    assert_eq!((open.messages()[0].repair(), open.messages()[0].repaired()), (&[][..], None));
}

#[test]
fn bindings_that_cannot_be_are_errors() {
    let bound = |name: &str, value| title(network(THREE).bind([(name, value)]));
    assert_eq!(bound("m", 3), "`m` is bound, but no dimension of the spec is called so");
    assert_eq!(bound("n", 0), "expected a number from 1 to 2147483647, found `0`");
    assert!(bound("n", u64::MAX).starts_with("expected a number from 1"));
    assert_eq!(bound("relu", 3), "`relu` is an activation and cannot name a dimension");
    for name in ["", "n = 3, f0", "n\n", "f0 = 2\nlet n", "n;", "n #", "ä", "0", "\u{feff}n"] {
        assert!(bound(name, 3).ends_with("is no name, so it cannot be bound"), "{name:?}");
    }
    assert_eq!(title(network(THREE).bind([("n", 3), ("n", 3)])), "`n` is given two values");
    let twice = network("let d = 3\ninput X [n, d]\ndense d -> 4\nloss mse\n");
    assert_eq!(title(twice.bind([("d", 5), ("d", 6)])), "`d` is given two values");
    let stated = network("let d = 3\ninput X [n, d]\ndense 3 -> 4\nloss mse\n");
    assert_eq!(title(stated.bind([("d", 5)])), "dense layer 1 expects 3 features, its input has 5");
    assert_eq!(network(THREE).bind::<String>([]).unwrap(), network(THREE));
}

#[test]
fn what_a_form_cannot_do_is_said() {
    let three = network(THREE);
    for form in [Form::Chain, Form::Intuitive] {
        let expected = format!("the {form} form has no activation that could be written out");
        assert_eq!(title(three.derive_expanded(form)), expected);
    }
    let gradients = three.derive(Form::Chain).unwrap();
    assert_eq!(title(gradients.select(["W9"])), "the network has no variable `W9`");
    assert_eq!(title(gradients.select(["Y"])), "the network has no variable `Y`");
    assert_eq!(title(gradients.select(["b"])), "the network has no variable `b`");
    assert_eq!(title("layerd".parse::<Form>()), "unknown form `layerd`");
    for form in Form::ALL {
        assert_eq!(form.to_string().parse::<Form>().unwrap(), form);
    }
    let deep = network("input X [n, 3]; repeat 300 { dense 3 relu }; loss mse");
    assert_eq!(deep.derive_expanded(Form::Product).unwrap_err().kind(), Kind::Limit);
}

#[test]
fn a_text_that_is_too_large_is_refused() {
    let large = "#".repeat(1 << 20) + "\n" + THREE;
    assert_eq!(Network::parse(&large).unwrap_err().kind(), Kind::Limit);
    assert_eq!(Network::parse_with(&large, [("n", 1)]).unwrap_err().kind(), Kind::Limit);
}

proptest! {
    #[test]
    fn no_text_panics(text in "(input|dense|loss|let|repeat|[a-z0-9\\[\\],;:{}#*+()= \n×]|\\PC){0,40}", name in ".{0,8}", value: u64) {
        if let Err(error) = Network::parse(&text) {
            prop_assert!(!error.messages().is_empty());
            for message in error.messages() {
                prop_assert!(message.labels().iter().all(|label| message.text().get(label.span.range()).is_some()), "{error}");
            }
        }
        let _ = Network::parse_with(&text, [(name.as_str(), value)]);
        let three = network(THREE);
        prop_assert!(three.shapes().check([(name.as_str(), text.as_str())]).is_err());
        let _ = three.bind([(name.as_str(), value)]).map_err(|error| error.to_string());
    }
}

#[test]
fn what_is_not_explained_is_refused() {
    let network = network(THREE);
    let of = |form| network.derive(form).unwrap();
    assert_eq!(title(of(Form::Chain).steps()), "there are no steps in the chain form");
    assert_eq!(title(of(Form::Intuitive).why()), "there are no proofs in the intuitive form");
    assert_eq!(title(of(Form::Layered).cost()), "there are no counts in the layered form");
    let expanded = network.derive_expanded(Form::Product).unwrap();
    assert_eq!(title(expanded.steps()), "the steps lead to activations that are not written out");
    assert_eq!(title(network.derive_general(Form::Chain)), "the chain form has no formula for any depth");
    let general = network.derive_general(Form::Product).unwrap();
    assert_eq!(title(general.steps()), "there are no steps for any depth");
    assert_eq!(title(general.why()), "there are no proofs for any depth");
    assert_eq!(title(general.cost()), "there are no counts for any depth");
    assert_eq!(title(general.select(["W1"])), "formulas for any depth have no variable `W1`");
    assert_eq!(
        title(of(Form::Product).cost()),
        "multiplications are counted for numbers, and f0, f1, f2, f3, n are not bound"
    );
    let unlike = Network::parse("input X [n, f]; dense g relu; dense h tanh; dense 1; loss mse").unwrap();
    let title = title(unlike.derive_general(Form::Product));
    assert_eq!(title, "formulas for any depth need hidden layers of one kind: layer 2 is tanh, layer 1 is relu");
}
