//! `derive`: variables, forms and widths.

use super::{SMALL, chainrule};

#[test]
fn variables_are_chosen_by_name_or_kind() {
    let derived = |spec: &str, wrt: &[&str]| -> Vec<String> {
        let mut arguments = vec!["derive", "--form", "chain", "--format", "ascii", "--notes", "none", "-e", spec];
        arguments.extend(wrt.iter().flat_map(|word| ["--wrt", *word]));
        let run = chainrule(&arguments);
        assert_eq!(run.status, 0, "{}", run.transcript(&arguments));
        run.stdout.lines().filter_map(|line| Some(line.split_once(" = ")?.0.to_owned())).collect()
    };
    assert_eq!(derived(SMALL, &[]), ["dJ/dW1", "dJ/db1", "dJ/dW2", "dJ/db2"]);
    assert_eq!(derived(SMALL, &["X,W2", "b", "b1", "W2"]), ["dJ/dX", "dJ/dW2", "dJ/db1", "dJ/db2"]);
    assert_eq!(derived(SMALL, &["Z2,A1", "A2"]), ["dJ/dZ2", "dJ/dA1", "dJ/dYhat"]);
    assert_eq!(derived(SMALL, &["∂J/∂Z₂", "dJ/dA1"]), ["dJ/dZ2", "dJ/dA1"]);
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
        assert!(text.ends_with("\nSamples are rows, and a gradient has the shape of its variable.\n"), "{text}");
        assert!(derived(&["--form", form, "--format", "ascii"]).is_ascii());
    }
    assert_eq!(derived(&[]), derived(&["--form", "product", "--format", "text"]));
    assert!(derived(&["--let", "n=1"]).contains("∂J/∂W₁ = Xᵀ"), "one sample is exact");
    assert!(derived(&["--let", "f0=5,f1=6", "--let", "f2=7"]).contains("5 × 6"));
    let layered = derived(&["--form", "layered", "--expand"]);
    assert!(layered.contains("A₁ = relu(Z₁)") && layered.contains("Ŷ = Z₂"), "{layered}");
    let product = chainrule(&["derive", "-e", SMALL, "--wrt", "W2", "--expand"]).stdout;
    assert!(product.contains("S₁    · W₁ᵀ   · Xᵀ") && !product.contains("Z₁"), "{product}");
}

/// Where samples meet there is one form with values: without `--form` it is printed and says so, and the others are refused.
#[test]
fn a_batch_norm_has_the_layered_form() {
    let spec = "input X [8, 4]; residual { norm batch; dense 4 tanh }; dense 2; loss half_mse";
    let run = |options: &[&str]| chainrule(&[&["derive", "-e", spec], options].concat());
    for options in [&[][..], &["--why"], &["--steps"], &["--cost"], &["--layout", "columns"], &["--format", "json"]] {
        let found = run(options);
        assert_eq!(found.status, 0, "{options:?}: {}", found.stderr);
        assert_eq!(found.stdout, run(&[options, &["--form", "layered"]].concat()).stdout, "{options:?}");
    }
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&run(&[]).stdout).contains("there is no product form and no formula for one sample."));
    assert!(run(&["--form", "intuitive"]).stdout.contains("∂J/∂W₂ ~ A₁ · I · S₂ · W₄ · (Ŷ − Y)/8"));
    assert!(
        run(&["--form", "intuitive", "--wrt", "X"]).stdout.contains("∂J/∂X ~ (I + N₁ · s₁ · W₂ · S₂) · W₄ · (Ŷ − Y)/8")
    );
    for refused in [&["--form", "product"][..], &["--form", "per-sample"], &["--paths"], &["--jacobian"]] {
        let found = run(refused);
        assert_eq!((found.status, &*found.stdout), (3, ""), "{refused:?}");
        assert!(found.stderr.contains("`--form layered` in the place of"), "{}", found.stderr);
    }
}

#[test]
fn means_over_a_number_are_named() {
    let spec = "input X [8, 4]; norm batch plain; norm layer plain; dense 2; loss mse";
    let found = chainrule(&["derive", "-e", spec, "--wrt", "X"]).stdout;
    for mean in ["− rowmean(Δ₂) − rowmean(Δ₂ ⊙ A₂) ⊙ A₂", "− colmean(Δ₁) − colmean(Δ₁ ⊙ A₁) ⊙ A₁"]
    {
        assert!(found.contains(mean), "{mean}: {found}");
    }
}

#[test]
fn ascii_is_ascii_for_every_network() {
    insta::glob!("../specs/valid", "*.net", |file| {
        let run = chainrule(&["derive", file.to_str().unwrap(), "--format", "ascii", "--expand"]);
        assert!(run.status == 0 && run.stdout.is_ascii(), "{}{}", run.stdout, run.stderr);
    });
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
fn any_depth_is_refused_where_it_says_nothing() {
    const SAME: &str = "input X [n, f]; dense g relu; dense h relu; dense 1; loss half_mse";
    let run = |spec: &str, arguments: &[&str]| chainrule(&[&["derive", "-e", spec, "--general"], arguments].concat());
    for form in ["product", "layered", "per-sample"] {
        for format in ["text", "ascii", "latex", "json"] {
            let run = run(SAME, &["--form", form, "--expand", "--format", format, "--wrt", "W,b,X,Z,A"]);
            assert_eq!(run.status, 0, "{}", run.stderr);
            assert!(format != "ascii" || run.stdout.is_ascii(), "{}", run.stdout);
        }
    }
    for form in ["chain", "intuitive"] {
        assert_eq!(run(SAME, &["--form", form]).status, 0);
    }
    let usage: [&[&str]; 3] = [&["--form", "chain", "--format", "json"], &["--wrt", "W2"], &["--wrt", "Y"]];
    for arguments in usage {
        let run = run(SAME, arguments);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains("any depth") || run.stderr.contains("--general"), "{}", run.stderr);
    }
    for (spec, layer) in [
        ("input X [n, f]; dense g relu; dense h tanh; dense 1; loss half_mse", "layer 2 is tanh"),
        ("input X [n, f]; dense g relu; dense h relu nobias; dense 1; loss half_mse", "layer 2 is relu nobias"),
        (
            "input X [n, f]; dense g leaky_relu; dense h leaky_relu(0.2); dense 1; loss half_mse",
            "layer 2 is leaky_relu(0.2)",
        ),
        ("input X [n, f]; dense g softmax; h: dense h relu; dense 1; loss half_mse", "layer h is relu"),
        ("input X [n, f]; dense g relu; activation relu; dense 1; loss half_mse", "layer 2 is an activation alone"),
        ("input X [n, f]; activation abs; dense g abs; dense 1; loss half_mse", "layer 1 is an activation alone"),
        (
            "input X [n, f]; dense g relu; dense 1 square; activation softmax; loss cce",
            "layer 3 is an activation alone",
        ),
        ("input X [n, f]; dense 1; loss half_mse", "the network has one layer in all"),
    ] {
        let run = run(spec, &[]);
        assert_eq!((run.status, &*run.stdout), (3, ""), "{spec}: {}", run.stderr);
        assert!(run.stderr.contains(layer), "{spec}: {}", run.stderr);
    }
}

/// What fills several megabytes is warned of before it is printed, with what prints less; and what prints less is not.
#[test]
fn very_long_formulas_are_warned_of() {
    let deep = "input X [n, d]; repeat 180 { residual { dense h relu; dense d } }; dense 2; loss mse";
    let run = |options: &[&str]| chainrule(&[&["derive", "-e", deep, "--notes", "none"], options].concat());
    let long = run(&[]);
    assert_eq!(long.status, 0, "{}", long.stderr);
    assert!(long.stderr.starts_with("warning"), "{}", long.stderr);
    assert!(long.stderr.contains("--wrt") && long.stderr.contains("--form layered"), "{}", long.stderr);
    let said: f64 =
        long.stderr.split("about ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).expect("a size");
    let size = long.stdout.len() as f64 / 1e6;
    assert!((0.4..2.5).contains(&(said / size)), "said {said} MB, printed {size} MB");
    for short in [&["--wrt", "W1"][..], &["--form", "layered"]] {
        assert_eq!(run(short).stderr, "", "{short:?}");
    }
}
