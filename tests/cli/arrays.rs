//! `verify` and `grad` on files of arrays: what is computed, written, and kept.

use std::{fs, path::Path};

use chainrule::{
    evaluate::{arrays::Arrays, backprop, files},
    network::{graph::Network, resolve},
    spec,
};
use ndarray::{Array2, array};
use tempfile::TempDir;

use super::{DIGITS, Run, SPEC, chainrule, path};
use crate::common;

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

/// What was printed, its words a blank apart.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_was_verified_is_said() {
    let digits = chainrule(&[&["verify"], &DIGITS[..]].concat());
    assert_eq!((digits.status, digits.stderr.as_str()), (0, ""), "{}", digits.stdout);
    let said = words(&digits.stdout);
    assert!(said.contains("on the given arrays, n = 128") && said.contains(" Verified: "), "{}", digits.stdout);
    let random = |options: &[&str]| chainrule(&[&["verify", SPEC], options].concat());
    let seeded = random(&["--seed", "7", "--trials", "3", "--let", "n=5,f0=2"]);
    assert_eq!(seeded.status, 0, "{}", seeded.stdout);
    assert!(words(&seeded.stdout).contains("seed 7, 3 trials, f0 = 2,"), "{}", seeded.stdout);
    assert_ne!(random(&["--seed", "1"]).stdout, random(&["--seed", "2"]).stdout);
    let undefined = chainrule(&["verify", "-e", "input X [40, 3]; dense 8 tanh; loss bce"]);
    assert_eq!(undefined.status, 1, "nothing was compared");
    assert!(undefined.stderr.starts_with("warning[") && undefined.stdout.contains("Not checked"));
}

/// What is only looked at needs no file, and endings are not told apart by their case.
#[test]
fn gradients_are_printed_without_a_file() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "gradients.NPZ");
    let run = chainrule(&[&["grad"], &DIGITS[..], &["--print"]].concat());
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert!(run.stdout.starts_with("J = "), "{}", run.stdout);
    let written = chainrule(&[&["grad"], &DIGITS[..], &["--print", "-o", &name]].concat());
    assert_eq!((written.status, written.stdout), (0, run.stdout));
    assert_eq!(files::decode(&fs::read(&file).unwrap(), 1 << 30).unwrap().len(), 7);
}

#[test]
fn gradients_of_the_digits_are_those_of_another_framework() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "gradients.npz");
    fs::write(&file, "an older file").unwrap();
    let run = chainrule(&[&["grad"], &DIGITS[..], &["-o", &name]].concat());
    assert_eq!((run.status, run.stderr), (0, format!("written to {name}\n")), "{}", run.stdout);
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
        let printed = name.replace('1', "₁").replace('2', "₂").replace('3', "₃");
        assert!(run.stdout.lines().any(|line| line.starts_with(&printed)), "{}", run.stdout);
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
fn targets_that_a_loss_is_not_made_for_are_told_once_by_every_command() {
    let folder = TempDir::new().unwrap();
    let [(p, params), (d, data), (_, out)] = ["params.npz", "data.npz", "out.npz"].map(|name| path(&folder, name));
    let arrays = numbers(&[("W1", array![[0.5], [1.0]]), ("b1", array![[0.25]])]);
    fs::write(p, files::encode_npz(&arrays).unwrap()).unwrap();
    let arrays = numbers(&[("X", array![[1.0, 2.0], [3.0, 4.0], [0.0, 1.0]]), ("Y", array![[1.0], [7.0], [9.0]])]);
    fs::write(d, files::encode_npz(&arrays).unwrap()).unwrap();
    let words = ["-e", "input X [n, 2]; dense 1 sigmoid; loss bce", "--params", &params, "--data", &data];
    for command in [&["verify"][..], &["insight"], &["grad", "-o", &out]] {
        let run = chainrule(&[command, &words[..]].concat());
        let told = format!("warning[data]: `Y` in `{data}` has 7 at [1, 0], and `bce` is for targets in [0, 1]\n");
        assert_eq!((run.status, run.stderr.matches("warning").count()), (0, 1), "{command:?} {}", run.stderr);
        assert!(run.stderr.starts_with(&told), "{}", run.stderr);
    }
}

/// A norm without a shift, as Keras saves one with `center=False`: `nobias` would be refused.
#[test]
fn a_norm_that_lacks_its_shift_is_told_what_can_be_saved() {
    let folder = TempDir::new().unwrap();
    let data = numbers(&[("X", array![[1.0], [2.0]]), ("Y", array![[1.0], [1.0]])]);
    let spec = "input X [n, 1]; dense 1 nobias; norm batch; loss mse";
    let parameters = [("W1", array![[1.0]]), ("s2", array![[1.0]]), ("b2", array![[0.0]])];
    let (run, _) = grad(&folder, spec, &numbers(&parameters[..2]), &data);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(run.stderr.contains("shifts of 0 (`b2`)") && !run.stderr.contains("`nobias`"), "{}", run.stderr);
    // The repairs, literally.
    assert_eq!(grad(&folder, spec, &numbers(&parameters), &data).0.status, 0);
    let plain = spec.replace("batch", "batch plain");
    assert_eq!(grad(&folder, &plain, &numbers(&parameters[..1]), &data).0.status, 0);
}

#[test]
fn a_column_of_a_table_without_a_header_goes_by_its_place() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "table.csv");
    fs::write(file, "1,2,3\n4,5,6\n").unwrap();
    let run = |target| {
        let spec = "input X [n, 2]; dense 1; loss mse";
        chainrule(&["verify", "-e", spec, "--data", &name, "--no-header", "--target", target])
    };
    let told = "= help: without a header columns go by their place: the last one is `3`";
    assert!(run("y").status == 2 && run("y").stderr.contains(told), "{}", run("y").stderr);
    assert_eq!(run("3").status, 0, "{}", run("3").stderr);
}

#[test]
fn gradients_that_are_no_numbers_are_pointed_out() {
    let folder = TempDir::new().unwrap();
    let params = numbers(&[("W1", array![[1.0]]), ("b1", array![[0.0]])]);
    let data = numbers(&[("X", array![[1.0], [1000.0]]), ("Y", array![[1.0], [1.0]])]);
    let (run, _) = grad(&folder, "input X [n, 1]; dense 1 exp; loss mse", &params, &data);
    assert_eq!(run.status, 0);
    assert!(
        run.stderr.contains("warning[data]: the gradient with respect to `W1` has inf at [0, 0]"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("warning[data]: the gradient with respect to `X` has inf at [1, 0]"), "{}", run.stderr);
    assert!(run.stderr.contains("warning[data]: J is inf: "), "{}", run.stderr);
    assert_eq!(run.stderr.matches("J is inf").count(), 1, "{}", run.stderr);
    assert!(run.stdout.starts_with("J = inf\n"), "{}", run.stdout);
    assert!(run.stdout.contains("W₁     1 × 1            inf\n"), "{}", run.stdout);
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

    let (occupied, directory) = path(&folder, "directory.npz");
    fs::create_dir(&occupied).unwrap();
    for (out, reason) in [("missing/out.npz", "no such file or directory"), (&directory, "is a directory")] {
        let run = grad(out, nothing);
        assert!(run.status == 3 && run.stderr.contains(reason), "{}", run.stderr);
    }
    let (batch, name) = path(&folder, "batch.npz");
    let data = fs::read(common::path(DIGITS[4])).unwrap();
    fs::write(&batch, &data).unwrap();
    let run = chainrule(&[&["grad"], &DIGITS[..4], &[&name, "-o", &name]].concat());
    assert!(run.status == 2 && run.stderr.contains("is both read and written"), "{}", run.stderr);
    assert_eq!(fs::read(&batch).unwrap(), data);
    for out in ["out.csv", "out", "out.npy"] {
        let (file, out) = path(&folder, out);
        let run = grad(&out, nothing);
        assert!(
            run.status == 2 && run.stderr.contains("ends neither with .npz nor with .safetensors"),
            "{}",
            run.stderr
        );
        assert!(!file.exists());
    }
}

/// The spec and the arrays are not replaced, by whatever name they go.
#[cfg(unix)]
#[test]
fn what_is_read_is_not_replaced_by_any_way() {
    let folder = TempDir::new().unwrap();
    let (spec, spec_name) = path(&folder, "net.npz");
    let text = common::read(DIGITS[0]);
    fs::write(&spec, &text).unwrap();
    let [(hard, hard_name), (soft, soft_name)] = ["hard.npz", "soft.safetensors"].map(|name| path(&folder, name));
    fs::hard_link(&spec, hard).unwrap();
    std::os::unix::fs::symlink(&spec, soft).unwrap();
    for (read, written) in [
        (&*spec_name, &spec_name),
        (&spec_name, &hard_name),
        (&spec_name, &soft_name),
        ("-", &spec_name),
        ("-", &hard_name),
    ] {
        let mut command = super::command(&[&["grad", read], &DIGITS[1..], &["-o", written]].concat());
        let run = Run::from(command.stdin(fs::File::open(&spec).unwrap()).output().unwrap());
        assert!(run.status == 2 && run.stderr.contains("is both read and written"), "{read} {written}: {run:?}");
        assert_eq!(fs::read_to_string(&spec).unwrap(), text);
    }
}

/// By hand: X = (1 2), Z = X W + b = (2, −3, 0.5) and Y = 0, so J = Σ z² = 13.25 and ∂J/∂Z = 2z = (4, −6, 1).
#[test]
fn small_gradients_are_printed_and_written_as_the_name_says() {
    let folder = TempDir::new().unwrap();
    let [(p, params), (d, data)] = ["params.npz", "data.npz"].map(|name| path(&folder, name));
    let arrays = [("W1", array![[0.0, -1.0, 0.5], [1.0, -1.0, 0.0]]), ("b1", array![[0.0, 0.0, 0.0]])];
    fs::write(p, files::encode_npz(&numbers(&arrays)).unwrap()).unwrap();
    let arrays = numbers(&[("X", array![[1.0, 2.0]]), ("Y", array![[0.0, 0.0, 0.0]])]);
    fs::write(d, files::encode_npz(&arrays).unwrap()).unwrap();
    let words = ["grad", "-e", "input X [n, 2]; dense 3; loss mse", "--params", &params, "--data", &data];
    for name in ["out.npz", "out.safetensors"] {
        let (file, out) = path(&folder, name);
        let run = chainrule(&[&words[..], &["-o", &out, "--print"]].concat());
        let expected = "array  shape  largest entry\n\
             W₁     2 × 3             12\n\
             b₁     1 × 3              6\n\
             X      1 × 2             10\n\n\
             ∂J/∂W₁ = [ 4   −6  1 ]\n         [ 8  −12  2 ]\n\n\
             ∂J/∂b₁ = [ 4  −6  1 ]\n\n\
             ∂J/∂X = [ 6.5  10 ]\n";
        let (loss, rest) = run.stdout.split_once("\n\n").unwrap();
        assert_eq!((run.status, rest), (0, expected), "{}", run.stderr);
        assert_eq!(loss, "J = 13.25");
        let bytes = fs::read(file).unwrap();
        assert_eq!(bytes.starts_with(b"PK"), name == "out.npz");
        let written = files::decode(&bytes, 1 << 20).unwrap();
        assert!(distance(&written["b1"], &array![[4.0, -6.0, 1.0]]) < 1e-15);
    }
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
