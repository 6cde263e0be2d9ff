//! The values of an expression and of its derivative at arrays of a file.

use std::{fmt::Write, path::Path};

use chainrule::evaluate::{arrays::Arrays, files};
use ndarray::{Array2, array};

use crate::common::shell;

fn saved(folder: &Path, name: &str, arrays: &[(&str, Array2<f64>)]) {
    let arrays: Arrays = arrays.iter().map(|(name, array)| ((*name).to_owned(), array.clone())).collect();
    std::fs::write(folder.join(name), files::encode_npz(&arrays).unwrap()).unwrap();
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (a, x, b) = (array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], array![[1.0], [-1.0]], array![[0.0], [1.0], [2.0]]);
    saved(folder.path(), "a.npz", &[("A", a.clone()), ("x", x.clone()), ("b", b.clone()), ("v", x.clone())]);
    saved(folder.path(), "turned.npz", &[("A", a.reversed_axes()), ("x", x.clone()), ("b", b)]);
    saved(folder.path(), "s.npz", &[("S", array![[1.0, 2.0], [3.0, 9.0]]), ("x", x.clone())]);
    saved(folder.path(), "zero.npz", &[("S", array![[0.0, 0.0], [0.0, 0.0]]), ("x", x)]);
    folder
}

/// By hand: A x − b = (−1, −2, −3), so f = 14, 2 Aᵀ (A x − b) = (−44, −56) and 2 AᵀA v = (−18, −24) with AᵀA = (35 44; 44 56).
#[test]
fn values_are_those_of_a_sum_by_hand() {
    let folder = folder();
    let run = |line: &str| shell::run(line, folder.path());
    let done = run("chainrule diff 'norm2(A*x - b)^2' --wrt x --data a.npz -o out.npz");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let page = String::from_utf8(done.stdout).unwrap();
    assert!(page.contains("\nf = 14\n") && page.contains("∂f/∂x = [ −44 ]\n        [ −56 ]\n"), "{page}");
    let read = |name: &str| files::decode(&std::fs::read(folder.path().join(name)).unwrap(), 1 << 20).unwrap();
    assert_eq!(read("out.npz")["value"], array![[14.0]]);
    assert_eq!(read("out.npz")["derivative"], array![[-44.0], [-56.0]]);
    assert!(run("chainrule diff 'norm2(A*x - b)^2' --wrt x --hvp v --data a.npz -o out.npz").status.success());
    assert_eq!(read("out.npz")["derivative"], array![[-18.0], [-24.0]]);
}

#[test]
fn files_that_do_not_fit_have_lessons_and_stay() {
    let folder = folder();
    let before = std::fs::read(folder.path().join("a.npz")).unwrap();
    let mut page = String::new();
    for line in [
        "chainrule diff 'norm2(A*x - b)^2' --wrt x --data turned.npz",
        "chainrule diff 'norm2(A*x - b)^2' --wrt x --data s.npz",
        "chainrule diff 'x^T*S*x' --wrt x --given 'S [n,n] symmetric' --data s.npz",
        "chainrule diff 'x^T*inv(S)*x' --wrt x --data zero.npz",
        "chainrule diff 'x^T*S*x' --wrt x --data none.npz",
        "chainrule diff 'norm2(A*x - b)^2' --wrt x --data a.npz -o a.npz",
        "chainrule diff 'norm2(A*x - b)^2' --wrt x --data a.npz -o a.csv",
    ] {
        let done = shell::run(line, folder.path());
        let message = String::from_utf8_lossy(&done.stderr);
        writeln!(page, "$ {line}\n{message}[{}]\n", done.status.code().unwrap()).unwrap();
    }
    crate::common::snapshot("diff", "data", &page);
    assert_eq!(std::fs::read(folder.path().join("a.npz")).unwrap(), before);
}
