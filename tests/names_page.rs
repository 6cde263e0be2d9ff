//! The page of names: its pairs fuse and no others, and each of its names means what it says.

use std::collections::BTreeSet;

use chainrule::{
    catalog::{activation, loss},
    network, spec,
};

use crate::cli::chainrule;

/// The rows of the table below a heading that begins so, at most one a name: its first cell, and all others.
fn rows(page: &str, heading: &str) -> Vec<Vec<String>> {
    let below = page.split_once(&format!("\n{heading}")).unwrap_or_else(|| panic!("{heading}\n{page}")).1;
    let lines = below.lines().skip(2).skip_while(|line| line.is_empty()).skip(1);
    let cells =
        |line: &str| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(String::from).collect();
    lines.take_while(|line| !line.is_empty()).map(cells).collect()
}

/// `a, b and c`
fn listed(cell: &str) -> Vec<String> {
    cell.replace(" and ", ", ").split(", ").map(str::to_owned).collect()
}

fn page() -> String {
    "\n".to_owned() + &chainrule(&["names", "--width", "200"]).stdout
}

/// Δ₁ of the last layer, as the layered form begins with it.
fn delta(activation: &str, loss: &str) -> String {
    let spec = format!("input X [n, 3]; dense 2 {activation}; loss {loss}");
    let run = chainrule(&["derive", "-e", &spec, "--form", "layered", "--width", "300", "--shapes", "none"]);
    run.stdout.lines().find(|line| line.starts_with("Δ₁")).unwrap_or_else(|| panic!("{spec}\n{}", run.stdout)).into()
}

#[test]
fn of_a_pair_that_fuses_no_derivative_of_the_activation_is_left() {
    let mut pairs = BTreeSet::new();
    for row in rows(&page(), "Pairs that fuse") {
        for activation in listed(&row[1]) {
            let (delta, name) = (delta(&activation, &row[0]), activation.split('(').next().unwrap());
            let left = delta.contains(&format!("{name}'(")) || delta.contains("'(Z₁)");
            assert!(activation == "linear" || !left && !delta.contains('⊘'), "{activation} with {}: {delta}", row[0]);
            pairs.insert((row[0].clone(), activation));
        }
    }
    let fuses = |loss: &str, activation: &str| pairs.contains(&(loss.to_owned(), activation.to_owned()));
    // The pairs of textbooks, and some that leave a derivative.
    let known = [("bce", "sigmoid"), ("cce", "softmax"), ("nll", "log_softmax"), ("poisson", "exp"), ("mse", "linear")];
    assert!(known.iter().all(|(loss, activation)| fuses(loss, activation)), "{pairs:?}");
    let others = [
        ("mse", "prelu"),
        ("total", "prelu"),
        ("poisson", "sigmoid"),
        ("bce", "softplus"),
        ("cce", "softplus"),
        ("mse", "sigmoid"),
        ("total", "exp"),
        ("bce", "exp"),
    ];
    assert!(!others.iter().any(|(loss, activation)| fuses(loss, activation)), "{pairs:?}");
    for (loss, activation) in &others[..6] {
        assert!(delta(activation, loss).contains("'(Z₁)"), "{loss} {activation}: {}", delta(activation, loss));
    }
}

/// The activation and the loss that a spec says, with its reduction.
fn meaning(activation: &str, loss: &str) -> String {
    let spec = spec::parse(&format!("input X [n, 3]; dense 2 {activation}; loss {loss}")).unwrap();
    let network = network::resolve(&spec, &[]).network.unwrap_or_else(|| panic!("{activation} {loss}"));
    format!("{:?} {:?} {:?}", network.layers[0].activation, network.term().loss, network.term().reduction)
}

#[test]
fn all_names_of_one_thing_mean_the_same() {
    let page = page();
    let mut told = 0;
    let others = |table: &[Vec<String>], name: &str, column: usize| -> Vec<String> {
        let row = table.iter().find(|row| row[0].split('(').next() == Some(name));
        row.and_then(|row| row.get(column)).map(|cell| listed(cell)).unwrap_or_default()
    };
    let losses = rows(&page, "Losses of one entry");
    for row in &losses {
        for other in others(&losses, &row[0], 2) {
            assert_eq!(meaning("sigmoid", &row[0]), meaning("sigmoid", &other), "{other}");
            told += 1;
        }
    }
    for (name, _) in loss::TABLE {
        let is_told = losses.iter().any(|row| row[0] == name || others(&losses, &row[0], 2).contains(&name.to_owned()));
        assert!(is_told, "{name}");
    }
    let table = chainrule(&["names", "--width", "300", "--format", "text"]).stdout;
    for (alias, name) in activation::ALIASES.into_iter().chain([("swish", "silu")]) {
        let row = table.lines().find(|line| line.split_whitespace().next() == Some(name) && line.contains(alias));
        assert!(row.is_some(), "{alias} is not told beside {name}\n{table}");
        assert_eq!(meaning(alias, "mse"), meaning(name, "mse"));
        told += 1;
    }
    for (alias, name) in loss::ALIASES {
        assert!(others(&losses, name, 2).contains(&alias.to_owned()), "{alias}");
    }
    assert_ne!(meaning("relu", "mean"), meaning("relu", "total"));
    assert!(told >= 12, "{told}");
}
