//! Pages, equations and tables are those of the command.

use std::fmt::Write;

use chainrule::{Form, Format, Network, Options, Style};

use super::{THREE, network};
use crate::{
    cli::{SPEC, chainrule},
    common,
    gallery::networks,
};

/// What the command prints, which must succeed.
fn printed(arguments: &[&str]) -> String {
    let run = chainrule(arguments);
    assert_eq!(run.status, 0, "{}", run.stderr);
    run.stdout
}

#[test]
fn every_page_is_that_of_the_command() {
    for (name, text) in networks() {
        let network = network(&text);
        for form in Form::ALL {
            let gradients = network.derive(form).unwrap();
            let derived = printed(&["derive", "--form", &form.to_string(), "-e", &text]);
            assert_eq!(format!("{gradients}\n"), derived, "{name} {form}");
            let selected = gradients.select(["W", "A", "Z"]).unwrap();
            let derived = printed(&["derive", "--form", &form.to_string(), "--wrt", "W,A,Z", "-e", &text]);
            assert_eq!(format!("{selected}\n"), derived, "{name} {form}");
        }
        for form in [Form::Layered, Form::PerSample, Form::Product] {
            let expanded = network.derive_expanded(form).unwrap();
            let derived = printed(&["derive", "--expand", "--form", &form.to_string(), "-e", &text]);
            assert_eq!(format!("{expanded}\n"), derived, "{name} {form}");
        }
        assert_eq!(format!("{}\n", network.shapes()), printed(&["shapes", "-e", &text]), "{name}");
    }
}

#[test]
fn explanations_are_those_of_the_command() {
    let text = "input X [4, 3]; h: dense 3 tanh; dense 3 tanh; dense 3 sigmoid; loss bce";
    let network = network(text);
    for form in [Form::Layered, Form::PerSample, Form::Product] {
        let name = form.to_string();
        let command = |options: &[&str]| printed(&[&["derive", "--form", &name, "-e", text], options].concat());
        let gradients = network.derive(form).unwrap();
        let selected = gradients.select(["X", "W_h"]).unwrap();
        assert_eq!(format!("{}\n", gradients.steps().unwrap()), command(&["--steps"]));
        assert_eq!(format!("{}\n", selected.steps().unwrap()), command(&["--steps", "--wrt", "X,W_h"]));
        assert_eq!(format!("{}\n", gradients.why().unwrap()), command(&["--why"]));
        assert_eq!(
            selected.why().unwrap().print(Style::new(Format::Latex)),
            command(&["--why", "--wrt", "X,W_h", "--format", "latex"])
        );
        let expanded = network.derive_expanded(form).unwrap();
        assert_eq!(format!("{}\n", expanded.why().unwrap()), command(&["--why", "--expand"]));
        if form == Form::Product {
            assert_eq!(format!("{}\n", gradients.cost().unwrap()), command(&["--cost"]));
            assert_eq!(format!("{}\n", selected.cost().unwrap()), command(&["--cost", "--wrt", "X,W_h"]));
        }
        let general = network.derive_general(form).unwrap();
        assert_eq!(format!("{general}\n"), command(&["--general"]));
        let selected = general.select(["X", "b"]).unwrap();
        assert_eq!(selected.to_json(), command(&["--general", "--wrt", "X,b", "--format", "json"]));
        let expanded = network.derive_general_expanded(form).unwrap();
        assert_eq!(format!("{expanded}\n"), command(&["--general", "--expand"]));
        let names: Vec<String> = expanded.iter().map(|gradient| gradient.variable().to_owned()).collect();
        assert_eq!(names, ["W", "b"]);
        assert!(general.get("X").is_some() && general.get("A").is_some() && general.get("W1").is_none());
    }
}

#[test]
fn a_verification_is_that_of_the_command() {
    let options = Options::default().with_seed(3).with_trials(2);
    let found = network(&common::read(SPEC)).verify(options).unwrap();
    assert_eq!(format!("{found}\n"), printed(&["verify", SPEC, "--seed", "3", "--trials", "2"]));
    assert!(found.differences().all(|(_, difference)| difference < 1e-12));
    assert!(found.loss() > 0.0);
}

#[test]
fn bound_values_are_those_of_let() {
    let bound = network(THREE).bind([("n", 1), ("f1", 7)]).unwrap();
    let derived = printed(&["derive", "--let", "n=1,f1=7", "-e", THREE]);
    assert_eq!(format!("{}\n", bound.derive(Form::Product).unwrap()), derived);
    assert!(bound.derive(Form::Product).unwrap().iter().all(|gradient| gradient.is_exact()));
    // Bound again, another value wins, and places still point into the text.
    let again = bound.bind([("f1", 1_000), ("f2", 3)]).unwrap();
    assert_eq!(again.text().lines().take(2).collect::<Vec<_>>(), ["let f2 = 3", "let n = 1, f1 = 1000"]);
    assert_eq!(again, Network::parse_with(THREE, [("f2", 3), ("f1", 1_000), ("n", 1)]).unwrap());
    assert_ne!(again, bound);
    let marked = Network::parse_with(&format!("\u{feff}{THREE}"), [("n", 1)]).unwrap();
    assert_eq!(marked, network(THREE).bind([("n", 1)]).unwrap());
}

#[test]
fn a_page_is_its_definitions_equations_and_notes() {
    for (name, text) in networks() {
        let network = network(&text);
        for form in Form::ALL {
            let gradients = network.derive(form).unwrap();
            let mut parts = String::new();
            let mut definitions = Vec::new();
            for gradient in &gradients {
                assert_eq!(gradient.form(), form);
                for definition in gradient.definitions().iter().map(ToString::to_string) {
                    if !definitions.contains(&definition) {
                        definitions.push(definition);
                    }
                }
                writeln!(parts, "{gradient}").unwrap();
                let sign = if gradient.is_exact() { " = " } else { " ≈ " };
                let sign = if form == Form::Intuitive { " ~ " } else { sign };
                assert!(gradient.to_string().contains(sign), "{gradient}");
                let same = gradients.get(gradient.variable()).unwrap();
                assert_eq!(same.to_string(), gradient.to_string());
            }
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let mut expected: Vec<String> = definitions.iter().flat_map(|definition| words(definition)).collect();
            expected.extend(words(&parts));
            expected.extend(gradients.notes().iter().flat_map(|note| words(note)));
            expected.extend(words("Samples are rows, and a gradient has the shape of its variable."));
            // Beside them the page says what its signs mean.
            let mut page = words(&gradients.to_string());
            for word in expected {
                let at = page.iter().position(|other| *other == word);
                page.swap_remove(at.unwrap_or_else(|| panic!("{name} {form}: {word}\n{gradients}")));
            }
        }
    }
}

#[test]
fn gradients_are_found_by_name() {
    let gradients =
        network("input In [n, 3]; h: dense 4 relu; dense 2; target T [n, 2]; loss mse").derive(Form::Product);
    let gradients = gradients.unwrap();
    let names: Vec<String> = gradients.iter().map(|gradient| gradient.variable().to_owned()).collect();
    assert_eq!(names, ["W_h", "b_h", "W2", "b2"]);
    assert_eq!((gradients.len(), gradients.is_empty(), gradients.form()), (4, false, Form::Product));
    for (name, shape) in [("In", "n × 3"), ("Z_h", "n × 4"), ("A2", "n × 2"), ("b2", "1 × 2"), ("W_h", "3 × 4")] {
        assert_eq!(gradients.get(name).unwrap().shape(), shape, "{name}");
    }
    for name in ["T", "W1", "X", "W", "", "∂"] {
        assert!(gradients.get(name).is_none(), "{name}");
    }
    let none = gradients.select::<&str>([]).unwrap();
    assert!(none.is_empty() && none.iter().next().is_none());
}
