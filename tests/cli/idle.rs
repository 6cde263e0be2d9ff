//! Options of `insight` that change nothing get a warning, those that do get none.

use super::{DIGITS, chainrule};

const SPEC: [&str; 3] = ["insight", "-e", "input X [4, 3]; dense 3 relu; dense 1; loss mse"];

#[test]
fn options_that_no_part_takes_are_warned_of() {
    let cases: [(&[&str], &str, &str); 8] = [
        (&["--only", "flow", "--off", "1:1"], "--off", "it is for `claims` and `inactive`: add one to `--only`"),
        (&["--only", "influence", "--seeds", "3"], "--seeds", "it is for `summary`, `claims` and `flow`: add one to"),
        (
            &["--only", "flow,claims", "--dead", "0.1"],
            "--dead",
            "it is for `summary` and `inactive`: add one to `--only`",
        ),
        (
            &["--only", "approximation", "--saturated", "0.01"],
            "--saturated",
            "it is for `summary` and `inactive`: add one to",
        ),
        (&["--only", "claims", "--vanishing", "1e-2"], "--vanishing", "it is for `summary` and `flow`: add one"),
        (&["--only", "cost", "--exploding", "1e2"], "--exploding", "it is for `summary` and `flow`: add one"),
        (&["--only", "claims", "--power", "0.9^50"], "--power", "it is for `flow`: add it to `--only`"),
        (&["--only", "summary", "--off", "1:1"], "--off", "it is for `claims` and `inactive`: add one to `--only`"),
    ];
    for (options, option, help) in cases {
        let run = chainrule(&[&SPEC[..], options].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
        let warning = format!("warning[usage]: `{option}` changes nothing here: ");
        assert!(run.stderr.starts_with(&warning) && run.stderr.contains(help), "{}", run.stderr);
        assert_eq!(run.stderr.matches("warning").count(), 1, "{}", run.stderr);
        // What it says is true: the page is the same without it.
        assert_eq!(run.stdout, chainrule(&[&SPEC[..], &options[..2]].concat()).stdout);
    }
    let digits = [&["insight"], &DIGITS[..], &["--only", "flow", "--seeds", "2"]].concat();
    let run = chainrule(&digits);
    assert!(run.stderr.contains("`--seeds` changes nothing here: nothing is drawn again"), "{}", run.stderr);
    assert_eq!(run.stdout, chainrule(&digits[..digits.len() - 2]).stdout);
}

/// Each changes the page, and none is warned of.
#[test]
fn options_that_a_part_takes_are_not() {
    let cases: [&[&str]; 12] = [
        &["--only", "claims", "--off", "2:1"],
        &["--only", "inactive", "--off", "1:1"],
        &["--only", "claims", "--init", "ones", "--off", "1:1"],
        &["--only", "flow", "--seeds", "3"],
        &["--only", "claims", "--seeds", "3"],
        &["--only", "inactive", "--dead", "0.9"],
        &["--only", "inactive", "--saturated", "0.9"],
        &["--only", "flow", "--vanishing", "0.9"],
        &["--only", "flow", "--exploding", "1.1"],
        &["--all", "--off", "1:1"],
        &["--only", "flow", "--power", "0.9^50"],
        &["--vanishing", "0.9"],
    ];
    for options in cases {
        let run = chainrule(&[&SPEC[..], options].concat());
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{options:?}");
        let without = chainrule(&[&SPEC[..], &options[..options.len() - 2]].concat());
        assert_ne!(run.stdout, without.stdout, "{options:?}");
    }
}
