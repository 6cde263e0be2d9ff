//! The program as users run it: results, messages and exit statuses of every command.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use chainrule::{
    evaluate::{arrays::Arrays, backprop, files},
    network::{graph::Network, resolve},
    spec,
};
use ndarray::{Array2, array};
use tempfile::TempDir;

use crate::common::{self, snapshot};

const SMALL: &str = "input X [n, f0]; dense f1 relu; dense f2; loss half_mse";
const SPEC: &str = "tests/specs/valid/three-layer.net";
const DIGITS: [&str; 5] = [
    "tests/data/digits/digits.net",
    "--params",
    "tests/data/digits/params.safetensors",
    "--data",
    "tests/data/digits/batch.npz",
];

/// What a run printed, and its exit status.
struct Run {
    status: i32,
    stdout: String,
    stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let status = output.status.code().expect("no signal");
        Self { status, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Run {
    /// As a terminal shows it, with the command before it.
    fn transcript(&self, arguments: &[&str]) -> String {
        let quoted = |word: &&str| if word.contains(' ') { format!("'{word}'") } else { (*word).to_owned() };
        let words: Vec<String> = arguments.iter().map(quoted).collect();
        let status = if self.status == 0 { String::new() } else { format!("[status {}]\n", self.status) };
        format!("$ chainrule {}\n{}{}{status}", words.join(" "), self.stdout, self.stderr)
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chainrule"));
    command.args(arguments).current_dir(common::path("")).env_remove("NO_COLOR").env_remove("COLUMNS");
    command
}

fn chainrule(arguments: &[&str]) -> Run {
    command(arguments).output().expect("runs").into()
}

fn with_input(arguments: &[&str], input: &[u8]) -> Run {
    let piped = Stdio::piped;
    let mut child = command(arguments).stdin(piped()).stdout(piped()).stderr(piped()).spawn().expect("runs");
    // The program may stop reading early.
    let _ = child.stdin.take().expect("piped").write_all(input);
    child.wait_with_output().expect("ends").into()
}

/// Runs that must end with this status and say this on standard error, printing no result.
fn refused(status: i32, cases: &[(&[&str], &str)]) {
    for (arguments, message) in cases {
        let run = chainrule(arguments);
        assert_eq!(run.status, status, "{}", run.transcript(arguments));
        assert!(run.stderr.contains(message), "expected `{message}`:\n{}", run.transcript(arguments));
        assert_eq!(run.stdout, "", "{}", run.transcript(arguments));
    }
}

fn path(folder: &TempDir, name: &str) -> (PathBuf, String) {
    let path = folder.path().join(name);
    let text = path.to_str().expect("UTF-8").to_owned();
    (path, text)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn numbers(arrays: &[(&str, Array2<f64>)]) -> Arrays {
    arrays.iter().map(|(name, array)| ((*name).to_owned(), array.clone())).collect()
}

/// max|a − b| / max|b|
fn distance(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    assert_eq!(a.dim(), b.dim());
    let largest = |array: &Array2<f64>| array.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    largest(&(a - b)) / largest(b)
}

fn network(text: &str) -> Network {
    resolve(&spec::parse(text).unwrap(), &[]).network.unwrap()
}

#[test]
fn transcripts() {
    let cases: [(&str, &[&str]); 15] = [
        ("derive", &["derive", SPEC]),
        ("derive_layered", &["derive", SPEC, "--form", "layered", "--expand", "--wrt", "W1,X"]),
        ("derive_chain", &["derive", SPEC, "--form", "chain", "--wrt", "W,X"]),
        ("derive_ascii", &["derive", SPEC, "--format", "ascii", "--width", "60", "--wrt", "W1", "--wrt", "b2"]),
        ("derive_warning", &["derive", "-e", "input X [n, 3]; dense 2 tanh; loss bce", "--wrt", "W1"]),
        ("derive_unknown", &["derive", SPEC, "--wrt", "W12"]),
        ("shapes", &["shapes", SPEC]),
        ("shapes_error", &["shapes", "-e", "input X [n, f0]\ndense f1 relu\ndense 3 -> 4\nloss half_mse"]),
        ("errors", &["derive", "-e", "input X [n, 3]; dense 2 rellu; loss mse; loss mae"]),
        ("help", &["--help"]),
        ("help_derive", &["derive", "--help"]),
        ("help_shapes", &["shapes", "--help"]),
        ("help_verify", &["verify", "--help"]),
        ("help_grad", &["grad", "--help"]),
        ("help_completions", &["completions", "--help"]),
    ];
    for (name, arguments) in cases {
        snapshot("cli", name, &chainrule(arguments).transcript(arguments));
    }
}

#[test]
fn the_main_job_prints_derives_and_verifies() {
    let run = chainrule(&[]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let (formulas, verification) = run.stdout.split_once("Derived gradients against").expect("a verification");
    snapshot("cli", "main_job", &format!("$ chainrule\n{formulas}"));
    for array in ["X ", "W1 ", "W2 ", "W3 "] {
        assert!(verification.lines().any(|line| line.starts_with(array)), "{verification}");
    }
    let last = verification.trim_end().lines().last().unwrap();
    assert!(last.starts_with("Verified: all formulas equal the concrete backprop, largest difference"), "{last}");
}

#[test]
fn the_same_command_gives_the_same_bytes() {
    let first = chainrule(&[]).stdout;
    for _ in 1..100 {
        assert_eq!(chainrule(&[]).stdout, first);
    }
}

#[test]
fn a_spec_comes_from_a_file_standard_input_or_the_command_line() {
    let text = common::read(SPEC);
    let file = chainrule(&["derive", SPEC]);
    let input = with_input(&["derive", "-"], text.as_bytes());
    let words = chainrule(&["derive", "-e", &text]);
    assert_eq!((file.status, input.status, words.status), (0, 0, 0));
    assert!(file.stdout == input.stdout && file.stdout == words.stdout);
    for (run, origin) in [
        (with_input(&["shapes", "-"], b"input X [n, 3]; dense 2 rellu; loss mse"), " --> -:1:25\n"),
        (chainrule(&["shapes", "-e", "input X [n, 3]; dense 2 rellu; loss mse"]), " --> -e:1:25\n"),
        (chainrule(&["shapes", "tests/specs/shape_error/no_loss.net"]), " --> tests/specs/shape_error/no_loss.net:"),
    ] {
        assert!(run.status == 3 && run.stderr.contains(origin), "{}", run.stderr);
    }
}

#[test]
fn variables_are_chosen_by_name_or_kind() {
    let derived = |spec: &str, wrt: &[&str]| -> Vec<String> {
        let mut arguments = vec!["derive", "--form", "chain", "--format", "ascii", "-e", spec];
        arguments.extend(wrt.iter().flat_map(|word| ["--wrt", *word]));
        let run = chainrule(&arguments);
        assert_eq!(run.status, 0, "{}", run.transcript(&arguments));
        run.stdout.lines().filter_map(|line| Some(line.split_once(" = ")?.0.to_owned())).collect()
    };
    assert_eq!(derived(SMALL, &[]), ["dJ/dW1", "dJ/db1", "dJ/dW2", "dJ/db2"]);
    assert_eq!(derived(SMALL, &["X,W2", "b", "b1", "W2"]), ["dJ/dX", "dJ/dW2", "dJ/db1", "dJ/db2"]);
    assert_eq!(derived(SMALL, &["Z2,A1", "A2"]), ["dJ/dZ2", "dJ/dA1", "dJ/dYhat"]);
    assert_eq!(derived(SMALL, &["Z", "A"]), ["dJ/dZ1", "dJ/dZ2", "dJ/dA1", "dJ/dYhat"]);
    let named = "input images [n, 784]; hidden: dense 10 relu; dense 3; target labels [n, 3]; loss mse";
    assert_eq!(derived(named, &["W_hidden, images"]), ["dJ/dW_hidden", "dJ/dimages"]);
    // The input's own name goes before the kind's.
    assert_eq!(derived("input W [n, 2]; dense 3; loss mse", &["W"]), ["dJ/dW"]);
}

#[test]
fn forms_and_formats_are_as_named() {
    let derived = |options: &[&str]| {
        let run = chainrule(&[&["derive", "-e", SMALL, "--wrt", "W1"], options].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
        run.stdout
    };
    for (form, sign) in [
        ("chain", "∂J/∂W₁ = ∂Z₁/∂W₁"),
        ("layered", "Δ₁ = (Δ₂"),
        ("per-sample", "∂J/∂W₁ = Σᵢ xᵢᵀ"),
        ("product", "∂J/∂W₁ ≈ Xᵀ"),
        ("intuitive", "∂J/∂W₁ ~ X · I"),
    ] {
        let text = derived(&["--form", form]);
        assert!(text.contains(sign), "{text}");
        assert!(text.ends_with("\nsamples are rows; a gradient has the shape of its variable\n"), "{text}");
        assert!(derived(&["--form", form, "--format", "ascii"]).is_ascii());
    }
    insta::glob!("specs/valid/*.net", |file| {
        let run = chainrule(&["derive", file.to_str().unwrap(), "--format", "ascii", "--expand"]);
        assert!(run.status == 0 && run.stdout.is_ascii(), "{}{}", run.stdout, run.stderr);
    });
    assert_eq!(derived(&[]), derived(&["--form", "product", "--format", "text"]));
    assert!(derived(&["--let", "n=1"]).contains("∂J/∂W₁ = Xᵀ"), "one sample is exact");
    assert!(derived(&["--let", "f0=5,f1=6", "--let", "f2=7"]).contains("5 × 6"));
    let layered = derived(&["--form", "layered", "--expand"]);
    assert!(layered.contains("A₁ = relu(Z₁)") && layered.contains("Ŷ = Z₂"), "{layered}");
    let product = chainrule(&["derive", "-e", SMALL, "--wrt", "W2", "--expand"]).stdout;
    assert!(product.contains("S₁    · W₁ᵀ   · Xᵀ") && !product.contains("Z₁"), "{product}");
}

#[test]
fn lines_are_broken_at_the_width() {
    let longest = |arguments: &[&str]| {
        let run = chainrule(&[&["derive", "tests/specs/valid/deep.net", "--wrt", "W_stem"], arguments].concat());
        let formulas = run.stdout.split("\n\n").next().unwrap().to_owned();
        formulas.lines().map(|line| line.chars().count()).max().unwrap()
    };
    assert!((61..=80).contains(&longest(&["--width", "80"])));
    assert!((81..=100).contains(&longest(&[])));
    assert!(longest(&["--width", "10000"]) > 200);
    assert!(longest(&["--width", "1"]) < 50);
}

#[test]
fn a_stored_output_is_compared() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "stored");
    let derived = chainrule(&["derive", SPEC]).stdout;
    fs::write(&file, &derived).unwrap();
    let check = ["derive", SPEC, "--check", &name];
    let same = chainrule(&check);
    assert_eq!((same.status, same.stdout.as_str(), same.stderr.as_str()), (0, "", ""));
    fs::write(&file, derived.replace("W₃ᵀ", "W₃")).unwrap();
    let differs = chainrule(&check);
    assert_eq!((differs.status, differs.stderr.as_str()), (1, ""));
    let lines: Vec<&str> = differs.stdout.lines().collect();
    assert_eq!(lines[..2], [format!("--- {name}").as_str(), "+++ derived now"]);
    assert!(lines[2].starts_with("@@ -1,"));
    let count = |sign| lines[3..].iter().filter(|line| line.starts_with(sign)).count();
    assert_eq!((count('-'), count('+')), (4, 4), "{}", differs.stdout);
    let colored = chainrule(&[&check[..], &["--color", "always"]].concat());
    assert!(colored.stdout.contains("\u{1b}[31m-") && colored.stdout.contains("\u{1b}[32m+"));
    fs::write(&file, "").unwrap();
    assert_eq!(chainrule(&check).status, 1);
    fs::write(&file, b"\xff").unwrap();
    assert_eq!(chainrule(&check).status, 3);
    fs::remove_file(&file).unwrap();
    assert_eq!(chainrule(&check).status, 3);
}

#[test]
fn wrong_usage_is_status_2_with_the_nearest_name() {
    refused(
        2,
        &[
            (&["derive"], "the following required arguments were not provided"),
            (&["derive", SPEC, "-e", SMALL], "cannot be used with"),
            (&["deriv", SPEC], "similar subcommands exist: 'verify', 'derive'"),
            (&["derive", SPEC, "--from", "chain"], "a similar argument exists: '--form'"),
            (&["derive", SPEC, "--form", "layred"], "a similar value exists: 'layered'"),
            (&["derive", SPEC, "--format", "latex"], "possible values: text, ascii"),
            (&["derive", SPEC, "--width", "0"], "invalid value '0'"),
            (&["derive", SPEC, "--let", "n"], "expected a name, `=` and a number, as in n=64"),
            (&["derive", SPEC, "--let", "n=0"], "`--let n=0`: a dimension lies between 1 and"),
            (&["derive", SPEC, "--let", "f9=3"], "did you mean `f0`?"),
            (&["derive", SPEC, "--let", "n=3", "--let", "n=4"], "`--let n` is given twice"),
            (&["derive", SPEC, "--wrt", "W_1"], "did you mean `W1`?"),
            (&["derive", SPEC, "--wrt", "w"], "did you mean `W`?"),
            (&["derive", SPEC, "--wrt", "weights"], "it has X, W1, b1, W2, b2, W3, b3, Z1, …"),
            (&["derive", SPEC, "--wrt", "Y"], "Y is the target"),
            (&["derive", SPEC, "--wrt", ""], "the network has no variable ``"),
            (&["derive", "tests/specs/valid/three-layer-nobias.net", "--wrt", "b"], "no layer has a b"),
            (&["derive", SPEC, "--form", "chain", "--expand"], "does not go with `--form chain`"),
            (&["derive", SPEC, "--form", "intuitive", "--expand"], "does not go with `--form intuitive`"),
            (&["derive", SPEC, "--color", "never", "--nonsense"], "unexpected argument '--nonsense'"),
            (&["verify", SPEC, "--trials", "0"], "invalid value '0'"),
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
        fs::set_permissions(&file, fs::Permissions::from_mode(0)).unwrap();
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
            (&["verify", SPEC, "--let", "n=2000000000,f0=2000000000"], "the limit is 1 GiB"),
            (&["verify", DIGITS[0], "--params", DIGITS[2], "--memory", "20KiB"], "bytes, the limit is 20480"),
            (&["verify", DIGITS[0], "--memory", "1kib"], "the limit is 1 KiB"),
        ],
    );
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
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

#[test]
fn a_closed_pipe_ends_quietly() {
    let long = "input X [n, d]; repeat 300 { dense d relu }; loss mse";
    for arguments in [&["derive", "-e", long][..], &["completions", "bash"], &["man"], &["--help"]] {
        let mut child = command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let run = Run::from(child.wait_with_output().unwrap());
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_reported() {
    for arguments in [&["derive", SPEC][..], &[], &["shapes", SPEC]] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let run = Run::from(command(arguments).stdout(full).output().unwrap());
        assert_eq!(run.status, 3, "{arguments:?}");
        assert!(run.stderr.contains("cannot write to standard output: no space left on device"), "{}", run.stderr);
    }
}

#[test]
fn colour_is_for_terminals_or_on_demand() {
    let faulty = ["shapes", "-e", "input X [n, 3]; dense 2 rellu; loss mse"];
    let usage = ["shapes"];
    for arguments in [&faulty[..], &usage] {
        let colored = |options: &[&str], no_color: &str| {
            let output = command(&[arguments, options].concat()).env("NO_COLOR", no_color).output().unwrap();
            Run::from(output).stderr.contains('\u{1b}')
        };
        assert!(!colored(&[], ""), "a pipe is no terminal");
        assert!(colored(&["--color", "always"], "") && colored(&["--color=always"], "1"));
        assert!(!colored(&["--color", "never"], "") && !colored(&["--color", "auto"], "1"));
    }
}

#[test]
fn what_was_verified_is_said() {
    let digits = chainrule(&[&["verify"], &DIGITS[..]].concat());
    assert_eq!((digits.status, digits.stderr.as_str()), (0, ""), "{}", digits.stdout);
    assert!(digits.stdout.contains("on the given arrays, n = 128") && digits.stdout.contains("\nVerified: "));
    let random = |options: &[&str]| chainrule(&[&["verify", SPEC], options].concat());
    let seeded = random(&["--seed", "7", "--trials", "3", "--let", "n=5,f0=2"]);
    assert_eq!(seeded.status, 0, "{}", seeded.stdout);
    assert!(seeded.stdout.contains("seed 7, 3 trials, f0 = 2,"), "{}", seeded.stdout);
    assert_ne!(random(&["--seed", "1"]).stdout, random(&["--seed", "2"]).stdout);
    let undefined = chainrule(&["verify", "-e", "input X [40, 3]; dense 8 tanh; loss bce"]);
    assert_eq!(undefined.status, 0);
    assert!(undefined.stderr.starts_with("warning[") && undefined.stdout.contains("Not checked"));
}

#[test]
fn gradients_of_the_digits_are_those_of_another_framework() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "gradients.npz");
    fs::write(&file, "an older file").unwrap();
    let run = chainrule(&[&["grad"], &DIGITS[..], &["-o", &name]].concat());
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let loss: f64 = run.stdout.lines().next().unwrap().strip_prefix("J = ").unwrap().parse().unwrap();
    assert!((loss - 0.297_955_435_917_350_13).abs() < 1e-15, "{loss}");
    let derived = files::decode(&fs::read(&file).unwrap(), 1 << 30).unwrap();
    let expected = fs::read(common::path("tests/data/digits/gradients.npz")).unwrap();
    let expected = files::decode(&expected, 1 << 30).unwrap();
    assert_eq!(derived.keys().collect::<Vec<_>>(), ["W1", "b1", "W2", "b2", "W3", "b3", "X"]);
    assert_eq!(expected.len(), 7);
    for (name, expected) in &expected {
        let distance = distance(&derived[name], expected);
        assert!(distance <= 1e-12, "{name}: {distance:e}");
        assert!(run.stdout.lines().any(|line| line.starts_with(name.as_str())), "{}", run.stdout);
    }
    assert_eq!(names(folder.path()), ["gradients.npz"], "nothing else is left behind");
}

/// Runs `grad` on these arrays: what it said, and what it wrote.
fn grad(folder: &TempDir, spec: &str, params: &Arrays, data: &Arrays) -> (Run, Option<Arrays>) {
    let [(p, params_name), (d, data_name), (out, out_name)] =
        ["params.npz", "data.npz", "out.npz"].map(|name| path(folder, name));
    fs::write(p, files::encode_npz(params).unwrap()).unwrap();
    fs::write(d, files::encode_npz(data).unwrap()).unwrap();
    let run = chainrule(&["grad", "-e", spec, "--params", &params_name, "--data", &data_name, "-o", &out_name]);
    let written = fs::read(out).ok();
    (run, written.and_then(|bytes| files::decode(&bytes, 1 << 30).ok()))
}

#[test]
fn targets_that_are_no_distributions_get_the_general_gradient() {
    let folder = TempDir::new().unwrap();
    let params = numbers(&[("W1", array![[0.5, -1.0, 0.25], [1.5, 0.5, -0.75]]), ("b1", array![[0.1, 0.2, 0.3]])]);
    let data = numbers(&[("X", array![[1.0, 2.0], [0.5, -1.0]]), ("Y", array![[1.0, 2.0, 0.5], [0.0, 1.0, 0.0]])]);
    let (run, written) = grad(&folder, "input X [n, 2]; dense 3 softmax; loss cce", &params, &data);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("warning[data]: the rows of `Y` do not all sum to 1"), "{}", run.stderr);
    let all = params.into_iter().chain(data).collect();
    let concrete = backprop::gradients(&network("input X [2, 2]; dense 3 softmax; loss cce"), &all);
    for (name, gradient) in written.unwrap() {
        assert!(distance(&gradient, &concrete.gradients[&name]) < 1e-14, "{name}");
    }
}

#[test]
fn gradients_that_are_no_numbers_are_pointed_out() {
    let folder = TempDir::new().unwrap();
    let params = numbers(&[("W1", array![[1.0]]), ("b1", array![[0.0]])]);
    let data = numbers(&[("X", array![[1.0], [1000.0]]), ("Y", array![[1.0], [1.0]])]);
    let (run, _) = grad(&folder, "input X [n, 1]; dense 1 exp; loss mse", &params, &data);
    assert_eq!(run.status, 0);
    assert!(run.stderr.contains("warning[data]: the gradient by `W1` has inf at [0, 0]"), "{}", run.stderr);
    assert!(run.stderr.contains("warning[data]: the gradient by `X` has inf at [1, 0]"), "{}", run.stderr);
    assert!(run.stdout.starts_with("J = inf\n"), "{}", run.stdout);
}

#[test]
fn nothing_is_lost_where_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let (file, kept) = path(&folder, "out.npz");
    fs::write(&file, "precious").unwrap();
    let grad = |out: &str, change: fn(&mut [&str])| {
        let mut arguments = [&["grad"], &DIGITS[..], &["-o", out]].concat();
        change(&mut arguments);
        chainrule(&arguments)
    };
    let nothing = |_: &mut [&str]| {};
    let wrong = grad(&kept, |words| words[3] = "tests/data/digits/batch.npz");
    assert!(wrong.status == 3 && wrong.stderr.contains("lacks `W1`, `b1`"), "{}", wrong.stderr);
    assert_eq!(grad(&kept, |words| words[3] = "missing").status, 3);
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).unwrap();
    let locked = grad(&kept, nothing);
    assert!(locked.status == 3 && locked.stderr.contains("error[file]: cannot write"), "{}", locked.stderr);
    assert_eq!(fs::read(&file).unwrap(), b"precious");
    assert_eq!(names(folder.path()), ["out.npz"]);

    for (out, reason) in [("missing/out.npz", "no such file or directory"), ("tests", "is a directory")] {
        let run = grad(out, nothing);
        assert!(run.status == 3 && run.stderr.contains(reason), "{}", run.stderr);
    }
    let before = fs::read(common::path(DIGITS[4])).unwrap();
    let run = grad(DIGITS[4], nothing);
    assert!(run.status == 2 && run.stderr.contains("is both read and written"), "{}", run.stderr);
    assert_eq!(fs::read(common::path(DIGITS[4])).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn a_replaced_file_keeps_its_permissions_and_its_links() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = TempDir::new().unwrap();
    let (file, _) = path(&folder, "real.npz");
    let (link, name) = path(&folder, "link.npz");
    fs::write(&file, "").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&file, &link).unwrap();
    assert_eq!(chainrule(&[&["grad"], &DIGITS[..], &["-o", &name]].concat()).status, 0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let written = fs::metadata(&file).unwrap();
    assert_eq!(written.permissions().mode() & 0o777, 0o640);
    assert!(written.len() > 100_000);
}

#[test]
fn shells_get_completions_and_a_manual_page() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = chainrule(&["completions", shell]);
        assert!(run.status == 0 && run.stdout.contains("derive"), "{shell}");
    }
    let page = chainrule(&["man"]);
    assert!(page.status == 0 && page.stdout.contains(".TH chainrule 1"));
    for option in ["wrt", "trials", "params", "check"] {
        assert!(page.stdout.contains(&format!("\\-\\-{option}")), "{option}");
    }
    assert!(chainrule(&["--version"]).stdout.starts_with("chainrule 0."));
}
