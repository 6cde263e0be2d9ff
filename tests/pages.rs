//! The worked example in the formats for pages: to read; and every page in the width of a terminal.

use chainrule::{
    pipeline::{Request, derive},
    render::Format,
};

use unicode_width::UnicodeWidthStr;

use crate::{
    cli::chainrule,
    common,
    gallery::{FORMS, page, parameters_and_input, resolved},
};

#[test]
fn the_worked_example_in_mathml_and_html() {
    let network = resolved(&common::read("tests/specs/valid/three-layer.net"));
    for (name, form, expand) in
        FORMS.into_iter().filter(|(name, ..)| ["product", "layered", "per-sample"].contains(name))
    {
        let derivation = derive(&network, &Request { expand, ..Request::new(form) }).unwrap();
        let variables = parameters_and_input(&derivation);
        for (folder, format) in [("formats/mathml", Format::Mathml), ("formats/html", Format::Html)] {
            let text = page(&derivation, &variables, format);
            // The style sheet is a file of its own.
            let (head, rest) = text.split_once("<style>").unwrap();
            let (_, body) = rest.split_once("</style>").unwrap();
            assert!(!body.contains(" style="), "a page may forbid styles at elements");
            common::snapshot(folder, name, format!("{head}<style></style>{body}").trim_end());
        }
    }
}

/// Terminals are this wide where nothing is known of them.
const WIDTH: usize = 80;

const NETWORKS: [&str; 4] = [
    "input X [n, f0]; dense f1 relu; dense f2 relu; dense f3; loss half_mse",
    "input X [n, 64]; repeat 9 { dense 64 sigmoid }; dense 10 softmax; loss cce",
    "input X [n, d]; dense d; residual { norm layer; dense 2*d relu; dense d }; dense c softmax; loss cce",
    "input X [n, 4]; norm layer; dense 5 prelu; dropout 0.1; norm rms; dense 3 tanh; loss mae",
];

const LONG_NAMES: &str = "input X [n, features_in]; hidden_representation: dense width_of_the_hidden_layer sigmoid; \
                          output_of_classes: dense number_of_classes softmax; loss cce";

#[test]
fn every_page_fits_in_a_terminal() {
    let formulas: [&[&str]; 6] = [
        &["derive"],
        &["derive", "--form", "layered"],
        &["derive", "--form", "per-sample", "--expand"],
        &["derive", "--form", "intuitive"],
        &["derive", "--steps"],
        &["derive", "--why"],
    ];
    let tables: [&[&str]; 5] = [
        &["shapes"],
        &["verify"],
        &["graph"],
        &["insight", "--explain"],
        &["insight", "--all", "--explain", "--seeds", "3"],
    ];
    // A factor or a shape with such names may be wider than a line by itself.
    let of_tables = [LONG_NAMES].into_iter().flat_map(|network| tables.map(|command| (command, network)));
    let all = NETWORKS
        .into_iter()
        .flat_map(|network| formulas.into_iter().chain(tables).map(move |command| (command, network)));
    let mut pages: Vec<(String, String)> = all
        .chain(of_tables)
        .map(|(command, network)| {
            let words = [command, &["-e", network, "--width", "80"][..]].concat();
            (words.join(" "), chainrule(&words).stdout)
        })
        .collect();
    pages.push(("names".into(), chainrule(&["names", "--width", "80"]).stdout));
    for (command, page) in pages {
        assert!(!page.is_empty(), "{command}");
        let wide = page.lines().find(|line| line.width() > WIDTH);
        assert_eq!(wide, None, "{command}");
    }
}

#[test]
fn a_cell_of_words_is_wrapped_and_loses_none() {
    let page = |width: &str| chainrule(&["insight", "-e", NETWORKS[0], "--only", "claims", "--width", width]).stdout;
    let table = |page: &str| {
        let (_, rest) = page.split_once("claim ").unwrap();
        rest.split("\n\n").next().unwrap().to_owned()
    };
    let (narrow, wide) = (table(&page("60")), table(&page("200")));
    let sorted = |text: &str| {
        let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        words.sort();
        words
    };
    assert_eq!(wide.lines().count(), 15, "a head and fourteen claims");
    assert!(narrow.lines().count() > 15 && narrow.lines().all(|line| line.width() <= 60), "{narrow}");
    assert_eq!(sorted(&narrow), sorted(&wide));
}

#[test]
fn names_and_numbers_are_mathematics_in_latex() {
    let page = chainrule(&["verify", "-e", NETWORKS[0], "--format", "latex"]).stdout;
    assert!(!page.contains("$=$"), "{page}");
    for written in ["$f_0 = 6$, $f_1 = 9$", "\n$W_1$ & $6 \\times 9$ & ", "at most $10^{-12}$", "$\\loss  = "] {
        assert!(page.contains(written), "{written}\n{page}");
    }
}
