//! The grammar's documents against the parser: `grammar/spec.ebnf` by sentences drawn from it, `grammar/README.md` by
//! its examples.

use std::{collections::BTreeSet, fs};

use chainrule::{
    catalog::{activation, foreign::folded, loss},
    spec::{self, MAX_NUMBER},
};

use crate::common::{
    self,
    ebnf::{Drawn, Grammar},
    places::without_places,
};

fn grammar() -> Grammar {
    Grammar::read(&common::read("grammar/spec.ebnf"), "spec")
}

/// The `x` of every `fn parse_x` in `src/spec`.
fn parser_functions() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let paths = fs::read_dir(common::path("src/spec")).unwrap().map(|entry| entry.unwrap().path());
    for path in paths.filter(|path| path.is_file()) {
        let source = common::read(path);
        for part in source.split("fn parse_").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            assert!(names.insert(name.clone()), "parse_{name} occurs twice");
        }
    }
    names
}

#[test]
fn every_production_is_a_parser_function() {
    assert_eq!(grammar().names(), parser_functions());
}

#[test]
fn sentences_of_the_grammar_parse_and_print_to_themselves() {
    let grammar = grammar();
    let allowed = |production: &str, text: &str| match production {
        "integer" => text.parse::<u64>().is_ok_and(|value| value <= MAX_NUMBER),
        "number" => text.parse::<f64>().is_ok_and(f64::is_finite),
        _ => true,
    };
    // Blanks are drawn between the words, and a keyword only says what a name is not.
    let mut productions = BTreeSet::from(["blanks".to_owned(), "keyword".to_owned()]);

    for seed in 0..3000 {
        let Drawn { sentence, productions: used } = grammar.draw("spec", seed, &allowed);
        productions.extend(used);
        let spec = spec::parse(&sentence).unwrap_or_else(|errors| {
            panic!("seed {seed}: {sentence:?}\n{}", common::rendered(&errors, &sentence, "sentence"))
        });
        let printed = spec.to_string();
        let again = spec::parse(&printed).unwrap_or_else(|errors| {
            panic!("seed {seed}: {sentence:?}\n{}", common::rendered(&errors, &printed, "printed"))
        });
        assert_eq!(without_places(again), without_places(spec), "seed {seed}: {sentence:?}");
    }
    assert_eq!(productions, grammar.names(), "some productions were never drawn");
}

/// The names in backticks of a line.
fn quoted(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_alias_is_in_the_table_and_means_what_it_says() {
    let page = common::read("grammar/README.md");
    let table = page.split("| here | also |").nth(1).unwrap().split("\n\n").next().unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(quoted).filter(|names| !names.is_empty()).collect();
    for names in &rows {
        for alias in &names[1..] {
            let same_activation = activation::find(alias, None) == activation::find(names[0], None);
            let same_loss = loss::find(alias, None) == loss::find(names[0], None);
            assert!(same_activation && same_loss, "{alias}");
        }
    }
    let is_told = |alias: &str, name: &str| {
        let alias = folded(alias);
        rows.iter().any(|names| names[0] == name && names.iter().any(|known| folded(known) == alias))
    };
    for (alias, name) in activation::ALIASES {
        assert!(is_told(alias, name), "{alias}");
    }
    for (alias, name) in loss::ALIASES {
        assert!(is_told(alias, name), "{alias}");
    }
}

#[test]
fn every_example_of_the_language_parses() {
    let page = common::read("grammar/README.md");
    let examples: Vec<&str> =
        page.split("```chainrule\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(examples.len() >= 10);
    for example in examples {
        if let Err(errors) = spec::parse(example) {
            panic!("{example}\n{}", common::rendered(&errors, example, "grammar/README.md"));
        }
    }
}
