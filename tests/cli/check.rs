//! `derive --check` and `--update`: what is compared, what is written, and what never is.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::{Run, SMALL, SPEC, chainrule, path, with_input};
use crate::common;

/// What is stored: the command, then what it prints.
fn derived() -> String {
    format!("# chainrule derive\n{}", chainrule(&["derive", SPEC]).stdout)
}

/// With this stored output.
fn check(name: &str, options: &[&str]) -> Run {
    chainrule(&[&["derive", SPEC, "--check", name], options].concat())
}

fn update(name: &str) -> Run {
    check(name, &["--update"])
}

/// Status, standard output, standard error.
fn parts(run: &Run) -> (i32, &str, &str) {
    (run.status, &run.stdout, &run.stderr)
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_stored_output_is_compared() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "stored");
    fs::write(&file, derived()).unwrap();
    assert_eq!(parts(&check(&name, &[])), (0, "", ""));
    fs::write(&file, derived().replace("W₃ᵀ", "W₃")).unwrap();
    let differs = check(&name, &[]);
    let hint = format!("{name} differs; to accept what is derived now, repeat the command with --update\n");
    assert_eq!((differs.status, differs.stderr), (1, hint));
    let lines: Vec<&str> = differs.stdout.lines().collect();
    assert_eq!(lines[..2], [format!("--- {name}").as_str(), "+++ derived now"]);
    assert!(lines[2].starts_with("@@ -1,"));
    let count = |sign| lines[3..].iter().filter(|line| line.starts_with(sign)).count();
    assert_eq!((count('-'), count('+')), (4, 4), "{}", differs.stdout);
    let colored = check(&name, &["--color", "always"]);
    assert!(colored.stdout.contains("\u{1b}[31m-") && colored.stdout.contains("\u{1b}[32m+"));
}

/// A stored output tells in its first line, a comment of its format, with which options it is compared.
#[test]
fn the_options_are_stored_and_used() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "stored");
    for (options, line) in [
        (&["--form=layered", "--wrt", "W1", "--wrt", "b2"][..], "# chainrule derive --wrt W1,b2 --form layered"),
        (&["--let", "n = 3", "--steps", "--width", "70"], "# chainrule derive --let n=3 --steps --width 70"),
        (&["--format", "latex"], "% chainrule derive --format latex"),
        (&["--format", "typst"], "// chainrule derive --format typst"),
        (&["--format", "html"], "<!-- chainrule derive --format html -->"),
        (&["--format", "mathml", "--shapes", "none"], "<!-- chainrule derive --format mathml --shapes none -->"),
        (&["--format", "json"], "{\"command\":\"chainrule derive --format json\","),
    ] {
        let _ = fs::remove_file(&file);
        assert_eq!(check(&name, &[options, &["--update"]].concat()).stderr, format!("{name} written\n"));
        let stored = fs::read_to_string(&file).unwrap();
        assert_eq!(stored.lines().next(), Some(line));
        let printed = chainrule(&[&["derive", SPEC], options].concat()).stdout;
        let (_, body) = stored.split_once('\n').unwrap();
        assert_eq!(body, printed.strip_prefix('{').unwrap_or(&printed), "{options:?}");
        assert_eq!(parts(&check(&name, &[])), (0, "", ""), "{options:?}");
        assert_eq!(parts(&check(&name, options)), (0, "", ""), "{options:?}");
        assert_eq!(update(&name).stderr, format!("{name} unchanged\n"));
        let other = check(&name, &["--form", "per-sample"]);
        let command = "chainrule derive --form per-sample";
        let told =
            line.trim_start_matches(['#', '%', '/', '<', '!', '-', '{', ' ']).trim_start_matches("\"command\":\"");
        let told = told.trim_end_matches(" -->").trim_end_matches("\",");
        let said = format!("{name} was stored by `{told}`, and this command is `{command}`\n");
        assert!(other.status == 1 && other.stderr.starts_with(&said), "{}", other.stderr);
    }
}

/// Of every command that has pages of its own, and with values that hold blanks.
#[test]
fn tables_and_insights_are_compared_too() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "stored");
    let other = "input X [4, 3]; dense 2; loss mse";
    for (words, line, changed) in [
        (&["shapes", SPEC][..], "# chainrule shapes", "layer"),
        (
            &["shapes", SPEC, "--let", "n=4", "--format", "json"],
            "{\"command\":\"chainrule shapes --let n=4 --format json\",",
            "dense",
        ),
        (&["insight", SPEC, "--only", "flow", "--seeds", "2"], "# chainrule insight --seeds 2 --only flow", "layer"),
        (
            &["insight", SPEC, "--seeds", "2", "--compare", other, "--format", "json"],
            "{\"command\":\"chainrule insight --seeds 2 --compare \
             input\\u{20}X\\u{20}[4,\\u{20}3];\\u{20}dense\\u{20}2;\\u{20}loss\\u{20}mse --format json\",",
            "findings",
        ),
    ] {
        let _ = fs::remove_file(&file);
        let check = ["--check", &name];
        let update = [words, &check, &["--update"]].concat();
        assert_eq!(parts(&chainrule(&update)), (0, "", format!("{name} written\n").as_str()), "{words:?}");
        let stored = fs::read_to_string(&file).unwrap();
        let printed = chainrule(words).stdout;
        assert_eq!(stored, format!("{line}\n{}", printed.strip_prefix('{').unwrap_or(&printed)));
        let bare = [&words[..2], &check].concat();
        assert_eq!(parts(&chainrule(&bare)), (0, "", ""), "{words:?}");
        fs::write(&file, stored.replacen(changed, "changed", 1)).unwrap();
        let differs = chainrule(&bare);
        assert!(
            differs.status == 1 && differs.stdout.contains("\n-") && differs.stdout.contains(changed),
            "{differs:?}"
        );
        assert_eq!(chainrule(&[&bare[..], &["--update"]].concat()).stderr, format!("{name} updated\n"));
        assert_eq!(fs::read_to_string(&file).unwrap(), stored);
        fs::write(&file, "older").unwrap();
        assert_eq!(chainrule(&update).status, 3, "what no check wrote is not replaced");
        assert_eq!(chainrule(&[words[0], &name, "--check", &name, "--update"]).status, 2, "nor is the spec itself");
        assert_eq!(fs::read_to_string(&file).unwrap(), "older");
    }
    fs::remove_file(&file).unwrap();
    let faulty = chainrule(&["shapes", "-e", "input X [n, 3]; dense 2 -> 3; loss mse", "--check", &name, "--update"]);
    assert!(faulty.status == 3 && faulty.stdout.is_empty() && !file.exists(), "{faulty:?}");
}

/// Options in a stored file are words of an output and nothing else.
#[test]
fn stored_options_do_not_act() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "stored");
    for options in
        ["--update", "--check other", "--wrt W1 --update", "--color always", "-e dense", "--nonsense", "other.net"]
    {
        let stored = format!("# chainrule derive {options}\nolder\n");
        fs::write(&file, &stored).unwrap();
        let run = check(&name, &[]);
        assert!(run.status == 3 && run.stderr.contains("names options that this version does not take"), "{run:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), stored);
    }
}

#[test]
fn a_file_of_another_command_is_said_to_be_one() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "stored");
    assert_eq!(chainrule(&["derive", "-e", SMALL, "--check", &name, "--update"]).status, 0);
    let stored = fs::read_to_string(&file).unwrap();
    for update in [&["--update"][..], &[]] {
        let run = chainrule(&[&["shapes", "-e", SMALL, "--check", &name], update].concat());
        let said = "was stored by `chainrule derive`, and this command is `chainrule shapes`";
        assert!(run.status == 3 && run.stderr.contains(said), "{run:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), stored);
    }
}

#[test]
fn what_no_check_wrote_is_not_replaced() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "data.csv");
    for content in ["a,b\n1,2\n", "# a comment\n", "older"] {
        fs::write(&file, content).unwrap();
        for run in [check(&name, &[]), update(&name)] {
            assert!(run.status == 3 && run.stderr.contains("is no stored output"), "{run:?}");
            assert_eq!(fs::read_to_string(&file).unwrap(), content);
        }
    }
}

/// Escapes in a file that is compared reach no terminal.
#[test]
fn what_is_stored_does_not_steer_a_terminal() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "stored");
    fs::write(&file, "# chainrule derive --form \u{1b}[2J\n\u{1b}]0;title\u{7} \u{202e}txet \u{9b}31m\n").unwrap();
    for options in [&["--form", "layered"][..], &[]] {
        let run = check(&name, options);
        let shown = format!("{}{}", run.stdout, run.stderr);
        assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{9b}']), "{shown:?}");
    }
    assert!(check(&name, &["--form", "layered"]).stdout.contains("-\\u{1b}]0;title\\u{7} \\u{202e}txet \\u{9b}31m\n"));
}

/// The spec is refused also where it comes by standard input, and where another name leads to it.
#[cfg(unix)]
#[test]
fn a_spec_is_not_replaced_by_any_way() {
    let folder = TempDir::new().unwrap();
    let (spec, name) = path(&folder, "net.spec");
    let (link, link_name) = path(&folder, "hard");
    let text = format!("# chainrule derive\n{}", common::read(SPEC));
    fs::write(&spec, &text).unwrap();
    fs::hard_link(&spec, &link).unwrap();
    for (spec_name, stored) in [("-", &name), ("-", &link_name), (&name, &link_name)] {
        let mut child = super::command(&["derive", spec_name, "--check", stored, "--update"]);
        let run = Run::from(child.stdin(fs::File::open(&spec).unwrap()).output().unwrap());
        assert!(run.status == 2 && run.stderr.contains("names the spec itself"), "{spec_name} {stored}: {run:?}");
        assert_eq!(fs::read_to_string(&spec).unwrap(), text);
    }
}

#[test]
fn an_update_writes_what_differs_and_says_so() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "stored");
    let missing = check(&name, &[]);
    assert_eq!((missing.status, missing.stdout.as_str()), (3, ""));
    assert!(missing.stderr.contains("there is no stored output") && missing.stderr.contains("`--update`"));
    assert!(!file.exists());
    let text = derived();
    for (before, said) in [
        (None, "written"),
        (Some(&*text), "unchanged"),
        (Some("# chainrule derive\nolder"), "updated"),
        (Some(""), "updated"),
    ] {
        if let Some(before) = before {
            fs::write(&file, before).unwrap();
        }
        assert_eq!(parts(&update(&name)), (0, "", format!("{name} {said}\n").as_str()));
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        assert_eq!(parts(&check(&name, &[])), (0, "", ""));
    }
    assert_eq!(files(folder.path()), 1, "nothing else is left behind");
    let input = with_input(&["derive", "-", "--check", &name, "--update"], common::read(SPEC).as_bytes());
    assert_eq!(input.stderr, format!("{name} unchanged\n"));
}

#[test]
fn an_unchanged_file_is_not_touched() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "stored");
    update(&name);
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).unwrap();
    let before = fs::metadata(&file).unwrap().modified().unwrap();
    assert_eq!(parts(&update(&name)), (0, "", format!("{name} unchanged\n").as_str()));
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), before);
}

#[test]
fn line_ends_and_a_byte_order_mark_are_no_difference() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "stored");
    let checked_out = format!("\u{feff}{}", derived().replace('\n', "\r\n"));
    fs::write(&file, &checked_out).unwrap();
    assert_eq!(parts(&check(&name, &[])), (0, "", ""));
    assert_eq!(update(&name).stderr, format!("{name} unchanged\n"));
    assert_eq!(fs::read_to_string(&file).unwrap(), checked_out);
    fs::write(&file, checked_out.replace("W₃ᵀ", "W₃")).unwrap();
    let differs = check(&name, &[]);
    assert!(differs.status == 1 && !differs.stdout.contains('\r'), "{}", differs.stdout);
    assert_eq!(differs.stdout.lines().filter(|line| line.starts_with('-')).count(), 5);
    assert_eq!(update(&name).stderr, format!("{name} updated\n"));
    assert_eq!(fs::read_to_string(&file).unwrap(), derived());
}

#[test]
fn nothing_is_lost_where_an_update_is_refused() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "kept");
    let kept = |content: &[u8], status: i32, options: &[&str], message: &str| {
        fs::write(&file, content).unwrap();
        for update in [&["--update"][..], &[]] {
            let run = chainrule(&[&["derive"], options, &["--check", &name], update].concat());
            assert!(run.status == status && run.stderr.contains(message), "{}", run.stderr);
            assert!(run.stdout.is_empty() && fs::read(&file).unwrap() == content);
        }
    };
    kept(b"\xff\xfe", 3, &[SPEC], "is not UTF-8, so it is no stored output");
    kept(&vec![b'\n'; (16 << 20) + 1], 4, &[SPEC], "an output of more than 16 MiB");
    kept(common::read(SPEC).as_bytes(), 2, &[&name], "names the spec itself");
    kept(b"precious", 3, &["-e", "dense"], "error[spec]");
    kept(b"precious", 2, &[SPEC, "--wrt", "W9"], "no variable `W9`");
    let deep = "input X [n, d]; repeat 700 { dense d relu }; loss mse";
    kept(b"# chainrule derive\n", 4, &["-e", deep], "an output of more than 16 MiB");
    assert_eq!(files(folder.path()), 1);
    // Another way to the same file.
    fs::write(&file, common::read(SPEC)).unwrap();
    let around = folder.path().join(".").join("kept");
    assert_eq!(chainrule(&["derive", &name, "--check", around.to_str().unwrap(), "--update"]).status, 2);
    assert_eq!(fs::read_to_string(&file).unwrap(), common::read(SPEC));
}

#[test]
fn what_cannot_be_written_is_said() {
    let folder = TempDir::new().unwrap();
    let (file, locked) = path(&folder, "locked");
    fs::write(&file, "# chainrule derive\nprecious").unwrap();
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).unwrap();
    let run = update(&locked);
    assert!(run.status == 3 && run.stderr.contains("error[file]: cannot write"), "{}", run.stderr);
    assert_eq!(fs::read(&file).unwrap(), b"# chainrule derive\nprecious");
    let (_, nowhere) = path(&folder, "missing/stored");
    for (name, message) in [("tests", "cannot read `tests`: is a directory"), (&nowhere, "no such file or directory")] {
        let run = update(name);
        assert!(run.status == 3 && run.stderr.contains(message), "{}", run.stderr);
    }
    assert_eq!(files(folder.path()), 1);
    let alone = chainrule(&["derive", SPEC, "--update"]);
    assert!(alone.status == 2 && alone.stderr.contains("--check <FILE>"), "{}", alone.stderr);
}

#[cfg(unix)]
#[test]
fn an_updated_file_keeps_its_permissions_and_its_links() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = TempDir::new().unwrap();
    let (file, _) = path(&folder, "real");
    let (link, name) = path(&folder, "link");
    fs::write(&file, "# chainrule derive\nolder").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&file, &link).unwrap();
    assert_eq!(update(&name).stderr, format!("{name} updated\n"));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&file).unwrap(), derived());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    // The spec behind a link is the spec.
    let (spec, spec_name) = path(&folder, "net.spec");
    fs::write(&spec, common::read(SPEC)).unwrap();
    fs::remove_file(&link).unwrap();
    symlink(&spec, &link).unwrap();
    assert_eq!(chainrule(&["derive", &spec_name, "--check", &name, "--update"]).status, 2);
}

#[cfg(unix)]
#[test]
fn a_dangling_link_stays_a_link() {
    use std::os::unix::fs::symlink;
    let folder = TempDir::new().unwrap();
    let (link, name) = path(&folder, "link");
    symlink("elsewhere", &link).unwrap();
    assert_eq!(update(&name).status, 0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(folder.path().join("elsewhere")).unwrap(), derived());
}

#[cfg(unix)]
#[test]
fn the_name_of_a_stored_output_does_not_steer_a_terminal() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "a\u{1b}[31m\nb");
    fs::write(&file, "# chainrule derive\nolder").unwrap();
    let run = check(&name, &[]);
    assert_eq!(run.status, 1);
    assert!(!run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'), "{run:?}");
    assert!(run.stdout.starts_with("--- ") && run.stdout.lines().next().unwrap().ends_with("a\\u{1b}[31m\\nb"));
}

#[test]
fn a_long_stored_output_is_compared_in_time() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "long");
    let lines: Vec<String> = (0..200_000).map(|line| line.to_string()).collect();
    fs::write(&file, format!("# chainrule derive\n{}", lines.join("\n"))).unwrap();
    let run = check(&name, &[]);
    assert!(run.status == 1 && run.stdout.lines().count() > 200_000);
}
