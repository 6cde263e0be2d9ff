//! Signs in the words of every page, of networks that branch: a format writes them as it can.

use crate::cli::chainrule;

/// A branching network with a slope, a norm, a mask and a penalty.
const BRANCHES: &str = "input X [8, 4]; residual { norm layer; dense 4 prelu; dropout 0.5; dense 4 }; \
    add { dense 3 relu } { dense 3 tanh }; concat { dense 2 sigmoid } {}; dense 3 softmax; penalty l2 0.01; loss cce";
/// A chain of few units and samples.
const CHAIN: &str = "input X [4, 4]; dense 4 sigmoid; dense 4 sigmoid; dense 2; loss mse";

/// The options of every command that prints a page.
const PAGES: [&[&str]; 24] = [
    &["derive"],
    &["derive", "--forward", "--wrt", "W,b,Z,A,X"],
    &["derive", "--form", "layered"],
    &["derive", "--form", "per-sample"],
    &["derive", "--form", "chain"],
    &["derive", "--form", "intuitive"],
    &["derive", "--steps"],
    &["derive", "--why"],
    &["derive", "--cost"],
    &["derive", "--jacobian"],
    &["derive", "--general"],
    &["derive", "--steps", "--numbers"],
    &["derive", "--layout", "columns"],
    &["shapes"],
    &["graph"],
    &["graph", "--unfold"],
    &["graph", "--wrt", "W2"],
    &["verify"],
    &["insight"],
    &["insight", "--explain"],
    &["insight", "--all"],
    &["insight", "--all", "--explain"],
    &["insight", "--all", "--explain", "--power", "0.9^3"],
    &["names"],
];

#[test]
fn no_page_has_a_character_that_its_format_does_not_write() {
    let mut printed = 0;
    for format in ["ascii", "latex"] {
        for page in PAGES {
            let specs: &[&str] = if page[0] == "names" { &[""] } else { &[BRANCHES, CHAIN] };
            for spec in specs {
                let mut words = page.to_vec();
                words.extend(["--format", format]);
                words.extend(if spec.is_empty() { vec![] } else { vec!["-e", spec] });
                let run = chainrule(&words);
                // Some pages are of chains alone.
                if run.stdout.is_empty() {
                    assert!(run.status > 1 && *spec == BRANCHES, "{page:?}\n{}", run.stderr);
                    continue;
                }
                let wrong: Vec<&str> = run.stdout.lines().filter(|line| !line.is_ascii()).take(3).collect();
                assert!(wrong.is_empty(), "{page:?} --format {format}\n{}", wrong.join("\n"));
                printed += 1;
            }
        }
    }
    assert!(printed >= 70, "{printed}");
}
