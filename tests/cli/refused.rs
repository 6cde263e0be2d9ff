//! What is refused, by exit status: usage, specs and files, limits.

use std::{
    fs,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{DIGITS, SMALL, SPEC, chainrule, path, with_input};

/// Weights of classes without the brackets of a list.
const CLASSES: &str = "input X [n, d]; dense 2 softmax; loss cce weights=1,2";

const GATE: &str = "input X [n, 4]; gate: glu 4; dense 2; loss mse";

const NORM: &str = "input X [n, d]; dense d; norm layer; dense 3; loss mse";

/// 2⁶⁰ paths.
const BLOCKS: &str = "input X [n, d]; repeat 60 { residual { dense d relu } }; loss mse";

/// Runs that must end with this status and say this on standard error, printing no result.
fn refused(status: i32, cases: &[(&[&str], &str)]) {
    for (arguments, message) in cases {
        let run = chainrule(arguments);
        assert_eq!(run.status, status, "{}", run.transcript(arguments));
        assert!(run.stderr.contains(message), "expected `{message}`:\n{}", run.transcript(arguments));
        assert_eq!(run.stdout, "", "{}", run.transcript(arguments));
    }
}

/// No word that looks like an option is a value, so it is not said to be one.
#[test]
fn no_option_is_said_to_be_a_value() {
    for option in ["--nonsense", "--verbose", "--tol", "--quiet", "-z", "--markdown", "--output", "--check"] {
        for command in ["derive", "verify", "graph", "names"] {
            let run = chainrule(&[command, SPEC, option]);
            assert!(run.status == 2 && !run.stderr.contains("as a value"), "{}", run.stderr);
        }
    }
}

#[test]
fn wrong_usage_is_status_2_with_the_nearest_name() {
    refused(
        2,
        &[
            (&["derive"], "the following required arguments were not provided"),
            (&["derive", SPEC, "-e", SMALL], "cannot be used with"),
            (&["deriv", SPEC], "similar subcommands exist: 'verify', 'derive'"),
            (&[SPEC], "the gradients of this network: chainrule derive tests/specs/valid/three-layer.net"),
            (&["no.net"], "unrecognized subcommand 'no.net'"),
            (&["derive", SPEC, "--latex"], "tip: write `--format latex`"),
            (&["derive", SPEC, "--json"], "tip: write `--format json`"),
            (&["derive", SPEC, "--layered"], "tip: write `--form layered`"),
            (
                &["derive", "-e", SPEC],
                "`tests/specs/valid/three-layer.net` is the name of a file\n |\n = help: leave out `-e`",
            ),
            (&["derive", "-e", "missing.net"], "= help: leave out `-e`"),
            (&["derive", SPEC, "--wrt", "Delta2"], "Delta is the gradient with respect to Z: write `Z2`"),
            (&["derive", SPEC, "--wrt", "Δ₂"], "Delta is the gradient with respect to Z: write `Z2`"),
            (&["derive", SPEC, "--seeds", "3"], "tip: leave it out: `--seeds` is an option of `insight`"),
            (&["verify", SPEC, "--init", "he"], "tip: leave it out: `--init` is an option of `insight`"),
            (&["derive", SPEC, "--wrt", "S1"], "write `Z1`"),
            (&["derive", SPEC, "--wrt", "J"], "J is the loss itself"),
            (&["derive", SPEC, "--wrt", "Yhat"], "write `A3`"),
            (&["derive", SPEC, "--wrt", "W4"], "= help: choose from W1, W2, W3"),
            (&["derive", SPEC, "--wrt", "Z9"], "= help: choose from Z1, Z2, Z3"),
            (&["derive", "-e", NORM, "--wrt", "r2"], "its root mean squares have no gradient of their own"),
            (
                &["derive", "-e", NORM, "--wrt", "r2", "--form", "chain"],
                "its root mean squares have no gradient of their own",
            ),
            (&["derive", "-e", GATE, "--wrt", "W_gate"], "= help: choose from W1, W2, W4"),
            (&["derive", "-e", GATE, "--wrt", "A_gates"], "= help: did you mean `A_gate`?"),
            (&["derive", "-e", GATE, "--wrt", "alpha1"], "= help: no layer has a alpha"),
            (&["derive", SPEC, "--variables", "W1"], "tip: write `--wrt W1`"),
            (&["derive", SPEC, "--format", "tex"], "tip: write `--format latex`"),
            (&["derive", SPEC, "--format", "md"], "tip: there is no Markdown"),
            (&["shapes", SPEC, "--markdown"], "tip: there is no Markdown"),
            (&["shapes", SPEC, "--output", "x"], "tip: write `> FILE` behind the command"),
            (&["verify", SPEC, "--tol", "1e-6"], "more than 1e-12 of the array's largest entry does not hold"),
            (&["verify", SPEC, "--check", "x"], "the output of `derive`, `shapes` and `insight`"),
            (&["derive", SPEC, "--verbose"], "`--steps` shows the way to each result"),
            (&["derive", SPEC, "--standardize"], "leave out what is about them, or write `--steps --numbers` too"),
            (&["derive", SPEC, "--label", "net"], "`--label` does not go with `--format text`"),
            (&["derive", SPEC, "--label", "net", "--format", "html"], "`--label` does not go with `--format html`"),
            (&["report", SPEC, "-o", "x.pdf"], "`-o x.pdf` ends neither with .html nor with .htm"),
            (&["report", SPEC, "-o", "x.csv"], "= help: write `-o report.html`"),
            (&["report", SPEC, "-o", "report"], "`-o report` ends neither"),
            (&["insight", SPEC, "--init", "he"], "write `he-in`, or `he-out` for variance 2/f_out"),
            (&["insight", SPEC, "--init", "xavier_uniform"], "write `glorot`, which is normal with the same variance"),
            (&["insight", SPEC, "--init", "zeros"], "write `normal(0)`"),
            (&["derive", SPEC, "--from", "chain"], "a similar argument exists: '--form'"),
            (&["derive", SPEC, "--form", "layred"], "a similar value exists: 'layered'"),
            (&["derive", SPEC, "--format", "latx"], "possible values: text, ascii"),
            (&["derive", SPEC, "--width", "0"], "invalid value '0'"),
            (&["derive", SPEC, "--let", "n"], "expected a name, `=` and a number, as in n=64"),
            (&["derive", SPEC, "--let", "n=0"], "`--let n=0`: a dimension lies between 1 and"),
            (&["derive", SPEC, "--let", "f9=3"], "did you mean `f0`?"),
            (&["derive", SPEC, "--let", "n=3", "--let", "n=4"], "`--let n` is given twice"),
            (&["derive", SPEC, "--wrt", "w"], "did you mean `W`?"),
            (&["derive", SPEC, "--wrt", "weights"], "it has X, W1, b1, W2, b2, W3, b3, Z1, …"),
            (&["derive", SPEC, "--wrt", "Y"], "Y is the target"),
            (&["derive", SPEC, "--wrt", ""], "the name of a variable is missing\n |\n = help: name one, such as `W1`"),
            (&["derive", SPEC, "--wrt", "W1,"], "the name of a variable is missing"),
            (&["derive", SPEC, "--general", "--wrt", ","], "= help: name one, such as `W`"),
            (&["derive", "tests/specs/valid/three-layer-nobias.net", "--wrt", "b"], "no layer has a b"),
            (&["derive", SPEC, "--form", "chain", "--expand"], "does not go with `--form chain`"),
            (&["derive", SPEC, "--form", "intuitive", "--expand"], "does not go with `--form intuitive`"),
            (&["derive", SPEC, "--form", "chain", "--steps"], "does not go with `--form chain`"),
            (&["derive", SPEC, "--form", "intuitive", "--steps"], "does not go with `--form intuitive`"),
            (&["derive", SPEC, "--format", "json", "--steps", "--forward"], "does not go with `--format json`"),
            (&["derive", SPEC, "--expand", "--steps"], "`--expand` does not go with `--steps`"),
            (&["derive", SPEC, "--steps", "--why"], "`--steps` does not go with `--why`"),
            (&["derive", SPEC, "--steps", "--general"], "`--steps` does not go with `--general`"),
            (&["derive", SPEC, "--why", "--general"], "`--why` does not go with `--general`"),
            (&["derive", SPEC, "--cost", "--steps"], "`--cost` does not go with `--steps`"),
            (&["derive", SPEC, "--cost", "--why"], "`--cost` does not go with `--why`"),
            (&["derive", SPEC, "--cost", "--general"], "`--cost` does not go with `--general`"),
            (&["derive", SPEC, "--jacobian", "--wrt", "W1"], "ask by an input or by a value, such as `--wrt X`"),
            (&["derive", SPEC, "--jacobian", "--steps"], "`--jacobian` does not go with `--steps`"),
            (&["derive", SPEC, "--jacobian", "--why"], "`--jacobian` does not go with `--why`"),
            (&["derive", SPEC, "--paths", "--form", "layered"], "`--paths` does not go with `--form layered`"),
            (&["derive", SPEC, "--paths", "--form", "chain"], "`--paths` does not go with `--form chain`"),
            (&["derive", SPEC, "--paths", "--steps"], "`--paths` does not go with `--steps`"),
            (&["derive", SPEC, "--color", "never", "--nonsense"], "unexpected argument '--nonsense'"),
            (&["verify", SPEC, "--trials", "0"], "invalid value '0'"),
            (&["verify", SPEC, "--seed", "-1"], "invalid value '-1'"),
            (&["verify", SPEC, "--memory", "many"], "as in 512MiB"),
            (&["grad", SPEC], "--params <FILE>"),
            (&["completions", "tcsh"], "possible values: bash"),
        ],
    );
}

#[test]
fn faulty_specs_and_files_are_status_3() {
    let folder = TempDir::new().unwrap();
    let (file, binary) = path(&folder, "binary.net");
    fs::write(file, b"input \xff").unwrap();
    let params = DIGITS[2];
    refused(
        3,
        &[
            (&["derive", "missing.net"], "error[file]: there is no file `missing.net`"),
            (&["derive", SMALL], "`-e 'TEXT'` takes the spec itself"),
            (&["derive", "tests"], "error[file]: cannot read `tests`: is a directory"),
            (&["derive", &binary], "error[spec]: the spec is not UTF-8"),
            (&["derive", "-e", ""], "error[spec]: the spec is empty"),
            (&["shapes", "-e", "dense"], "error[spec]:"),
            (&["shapes", "-e", CLASSES], "= help: write the numbers in brackets: `weights=[1, 2]`"),
            (&["verify", SPEC, "--params", "missing"], "error[file]: cannot read `missing`: no such file"),
            (&["verify", SPEC, "--data", "tests"], "error[file]: cannot read `tests`: is a directory"),
            (&["verify", SPEC, "--data", SPEC], "neither .npz nor .safetensors"),
            (&["verify", SPEC, "--data", params], "lacks `X`, `Y`"),
            (&["verify", DIGITS[0], "--params", params, "--let", "n=3", "--data", DIGITS[4]], "`X` in"),
        ],
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let (file, locked) = path(&folder, "locked.net");
        fs::write(&file, SMALL).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
        // A superuser reads it all the same.
        if fs::read(&file).is_err() {
            refused(3, &[(&["derive", &locked], "permission denied")]);
        }
    }
}

#[test]
fn reached_limits_are_status_4() {
    let folder = TempDir::new().unwrap();
    let (file, large) = path(&folder, "large.net");
    fs::write(file, "#".repeat(1 << 21)).unwrap();
    let nested = format!("input X [n, 3]; {}dense 3{}; loss mse", "repeat 1 {".repeat(129), "}".repeat(129));
    let start = Instant::now();
    refused(
        4,
        &[
            (&["derive", &large], "more than 1048576 bytes"),
            (&["derive", "-e", &nested], "128"),
            (&["derive", "-e", "input X [n, 3]; repeat 1000000 { dense 3 }; loss mse"], "10000 layers"),
            (&["derive", "-e", BLOCKS, "--form", "chain", "--wrt", "X"], "a sum over 1152921504606846976 paths"),
            (&["derive", "-e", BLOCKS, "--paths", "--wrt", "X"], "take the layered form, which adds the paths up"),
            (&["verify", SPEC, "--let", "n=2000000000,f0=2000000000"], "the limit is 1 GiB"),
            (&["verify", DIGITS[0], "--params", DIGITS[2], "--memory", "20KiB"], "bytes, the limit is 20480"),
            (&["verify", DIGITS[0], "--memory", "1kib"], "the limit is 1 KiB"),
        ],
    );
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    let endless = with_input(&["derive", "-"], &vec![b'#'; 1 << 22]);
    assert_eq!((endless.status, endless.stdout.as_str()), (4, ""));
}

#[test]
fn the_table_goes_to_the_first_error() {
    let run = chainrule(&["shapes", "-e", "input X [n, f0]; dense f1; dense 3 -> 4; loss mse"]);
    assert_eq!(run.status, 3);
    assert!(run.stdout.contains("n × f1") && !run.stdout.contains("n × 4"), "{}", run.stdout);
    assert!(run.stderr.starts_with("error[shape]: dense layer 2 expects 3 features, its input has f1"));
}
