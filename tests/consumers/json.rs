//! JSON in Python: documents evaluated with numpy from themselves alone, and validated against their schemas.

use std::{fs, path::Path, process::Command};

use chainrule::{
    evaluate::{
        arrays::{Arrays, slots},
        backprop, files,
    },
    gradient::Form,
    network,
    pipeline::{Request, derive, derive_general},
    spec,
};
use ndarray::Array2;
use tempfile::TempDir;

use crate::{
    cli::{DIGITS, chainrule},
    common,
    derived::largest_summands,
    formulas::letters,
    gallery::{self, parameters_and_input},
    general,
    json::document,
    random::{self, NETWORKS},
};

/// What `insight` is asked, and its options: arrays from files, constant and drawn; layers of softmax, without parameters,
/// so many that floats end, and such that overflow; dimensions with and without numbers.
const INSIGHTS: [(&[&str], &str); 12] = [
    (&["-e", "input X [2, 3]; dense 3 relu; dense 2; loss mse"], "--only summary --seeds 1 --numbers"),
    (&DIGITS, "--off 1:3"),
    (&["-e", "input X [1, 3]; repeat 5 { dense 3 nobias }; loss half_mse"], "--init ones --off 3:2"),
    (&["-e", "input X [2, 3]; dense 3 relu; dense 2; loss mse"], "--init identity --off 1:1"),
    (&["-e", "input X [8, 4]; dense 5 softmax; dense 6 tanh; dense 3 exp nobias; loss poisson"], "--off 2:6"),
    (&["-e", "input X [9, 4]; up: dense 6; gate: activation gelu; dense 1; loss huber(1.5) reduce=sum"], "--off up:2"),
    (&["-e", "input X [4, 3]; repeat 1000 { dense 3 relu }; loss mse"], "--only flow --seeds 1"),
    (&["-e", "input X [4, 3]; repeat 40 { dense 3 exp }; loss mse"], "--seeds 1 --seed 18446744073709551615"),
    (&["-e", "input X [4, 3]; dense 3 square; dense 2 tanh; loss mae"], "--init normal(1e200) --seeds 1"),
    (&["-e", "input X [n, d]; dense h relu6; dense 1; loss bce"], "--init normal(0.5)"),
    (&["-e", "input X [n, d]; dense h relu6; dense 1; loss bce"], "--only cost"),
    (&["-e", "input X [n, d]; dense h relu6; dense 1; loss bce"], "--only cost --let n=8,d=3,h=5"),
];

/// Runs a script of `tests/oracles`; what it printed.
fn python(script: &str, arguments: &[&Path], input: &str) -> String {
    let folder = TempDir::new().unwrap();
    let stdin = folder.path().join("stdin");
    fs::write(&stdin, input).unwrap();
    let interpreter = super::python();
    let mut command = Command::new(&interpreter);
    command.arg(common::path("tests/oracles").join(script)).args(arguments).stdin(fs::File::open(stdin).unwrap());
    let output = command.output().unwrap_or_else(|error| panic!("{}: {error}", interpreter.display()));
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn arrays(path: impl AsRef<Path>) -> Arrays {
    files::decode(&fs::read(common::path("").join(path)).unwrap(), u64::MAX).unwrap()
}

fn largest(array: &Array2<f64>) -> f64 {
    array.iter().fold(0.0, |largest, x| if x.is_finite() { x.abs().max(largest) } else { f64::INFINITY })
}

#[test]
#[ignore = "needs numpy and jsonschema: .ci/install"]
fn the_digits_are_those_of_another_framework() {
    let folder = TempDir::new().unwrap();
    let (input, output) = (folder.path().join("arrays.npz"), folder.path().join("gradients.npz"));
    let mut given = arrays(DIGITS[2]);
    given.extend(arrays(DIGITS[4]));
    fs::write(&input, files::encode_npz(&given).unwrap()).unwrap();
    let expected = arrays("tests/data/digits/gradients.npz");
    for options in ["layered", "per-sample", "product", "product --expand"] {
        let words = ["derive", DIGITS[0], "--wrt", "W,b,X", "--format", "json", "--form"];
        let run = chainrule(&words.into_iter().chain(options.split(' ')).collect::<Vec<_>>());
        assert_eq!(run.status, 0, "{}", run.stderr);
        python("evaluate_json.py", &[&input, &output], &run.stdout);
        let found = arrays(&output);
        for (name, expected) in &expected {
            let wrong = largest(&(&found[name] - expected)) / largest(expected);
            assert!(wrong <= 1e-12, "{options}: {name} is off by {wrong:e}");
        }
    }
}

#[test]
#[ignore = "needs numpy and jsonschema: .ci/install"]
fn random_networks_are_evaluated_from_their_documents_alone() {
    let forms = gallery::FORMS.iter().filter(|(_, form, _)| !matches!(form, Form::Chain | Form::Intuitive));
    let (folder, mut expected) = (TempDir::new().unwrap(), Vec::new());
    // Coprime to 20 last activations, 7 losses and 3 reductions, so that all of them occur.
    for seed in (0..NETWORKS).step_by(11) {
        let case = random::case(seed);
        for (name, form, expand) in forms.clone() {
            let request = Request { distributions: case.distributions, expand: *expand, ..Request::new(*form) };
            let derivation = derive(&case.named, &request).unwrap();
            let forward = &derivation.forward;
            let mut variables = parameters_and_input(&derivation);
            variables.extend(forward.definitions.iter().map(|definition| definition.symbol));
            let file = folder.path().join(format!("{seed}-{name}"));
            fs::write(file.with_extension("json"), document("", &case.named, &derivation, &variables)).unwrap();
            fs::write(file.with_extension("npz"), files::encode_npz(&case.arrays).unwrap()).unwrap();
        }
        expected.push((
            seed,
            backprop::gradients(&case.bound, &case.arrays),
            largest_summands(&case.bound, &case.arrays),
        ));
    }
    assert!(expected.len() >= 100);
    python("evaluate_json.py", &[folder.path()], "");
    let mut faults = Vec::new();
    for (seed, concrete, summands) in expected {
        for (form, ..) in forms.clone() {
            let mut found = arrays(folder.path().join(format!("{seed}-{form}.out.npz")));
            let loss = found.swap_remove("J").expect("J");
            if (loss[(0, 0)] - concrete.loss).abs() > 1e-12 * concrete.loss.abs() {
                faults.push(format!("seed {seed} {form}: J is {loss}, not {}", concrete.loss));
            }
            assert_eq!(found.len(), concrete.gradients.len(), "seed {seed} {form}");
            for (name, expected) in &concrete.gradients {
                let wrong = largest(&(&found[name] - expected));
                if wrong.is_infinite() || wrong > 1e-12 * largest(expected).max(summands[name]) {
                    faults.push(format!("seed {seed} {form}: {name} is off by {wrong:e}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
#[ignore = "needs numpy and jsonschema: .ci/install"]
fn deep_networks_stay_flat() {
    let source = "input X [n, 2]; repeat 600 { dense 2 relu }; loss half_mse";
    let network = gallery::resolved(source);
    let bound = network::resolve(&spec::parse(source).unwrap(), &[("n".into(), 3)]).network.unwrap();
    // All gates open, and nothing vanishes.
    let entry = |(i, j): (usize, usize)| 0.001 + f64::from(u8::from(i == j)) * 0.998 + 0.01 / (1 + i + 2 * j) as f64;
    let slots = slots(&bound).into_iter();
    let arrays: Arrays =
        slots.map(|slot| (slot.name.clone(), Array2::from_shape_fn(slot.size().unwrap(), entry))).collect();
    let concrete = backprop::gradients(&bound, &arrays).gradients;
    let (folder, forms) = (TempDir::new().unwrap(), [Form::Layered, Form::Product, Form::PerSample]);
    for form in forms {
        let derivation = derive(&network, &Request::new(form)).unwrap();
        let variables = [derivation.forward.parameters[0], derivation.forward.input()];
        let file = folder.path().join(format!("{form:?}"));
        fs::write(file.with_extension("json"), document(source, &network, &derivation, &variables)).unwrap();
        fs::write(file.with_extension("npz"), files::encode_npz(&arrays).unwrap()).unwrap();
    }
    python("evaluate_json.py", &[folder.path()], "");
    for form in forms {
        let found = self::arrays(folder.path().join(format!("{form:?}.out.npz")));
        for name in ["W1", "X"] {
            let wrong = largest(&(&found[name] - &concrete[name])) / largest(&concrete[name]);
            assert!(wrong <= 1e-11, "{form:?}: {name} is off by {wrong:e}");
        }
    }
}

/// A document for any depth as a file for each depth, with the arrays of a network of that depth and its gradients.
#[test]
#[ignore = "needs numpy and jsonschema: .ci/install"]
fn documents_for_any_depth_are_those_of_each_depth() {
    let (folder, mut cases) = (TempDir::new().unwrap(), Vec::new());
    let same = |depth: usize| format!("input X [n, d]; repeat {depth} {{ dense d tanh }}; loss mse");
    let kinds = general::KINDS.iter().map(|kind| (Some(kind), general::text(*kind, 3)));
    for (number, (kind, source)) in kinds.chain([(None, same(3))]).enumerate() {
        let network = gallery::resolved(&source);
        for (form, expand) in general::FORMS {
            let derivation = derive_general(&network, &Request { expand, ..Request::new(form) }).unwrap();
            let text = document(&source, &network, &derivation, &general::variables(&derivation));
            for depth in 1..=4 {
                let concrete = kind.map_or_else(|| same(depth), |kind| general::text(*kind, depth));
                let case = letters::case(&concrete, 5).unwrap();
                let name = format!("{number}-{form:?}-{expand}-{depth}");
                let file = folder.path().join(&name);
                fs::write(file.with_extension("json"), &text).unwrap();
                fs::write(file.with_extension("npz"), files::encode_npz(&case.arrays).unwrap()).unwrap();
                cases.push((name, concrete, backprop::gradients(&case.bound, &case.arrays)));
            }
        }
    }
    python("evaluate_json.py", &[folder.path()], "");
    assert_eq!(cases.len(), (general::KINDS.len() + 1) * 5 * 4);
    for (name, source, concrete) in cases {
        let mut found = arrays(folder.path().join(format!("{name}.out.npz")));
        let loss = found.swap_remove("J").expect("J")[(0, 0)];
        assert!((loss - concrete.loss).abs() <= 1e-12 * concrete.loss.abs(), "{name}: {source}: J is {loss}");
        // A_L is Ŷ, of which there is none.
        let prediction = concrete.gradients.keys().filter(|name| name.starts_with('A')).max().cloned();
        let known = concrete.gradients.iter().filter(|(name, _)| Some(*name) != prediction.as_ref());
        for (variable, expected) in known.clone() {
            let wrong = largest(&(&found[variable] - expected)) / largest(expected);
            assert!(wrong <= 1e-10, "{name}: {source}: {variable} is off by {wrong:e}");
        }
        assert_eq!(found.len(), known.count(), "{name}: {source}");
    }
}

#[test]
#[ignore = "needs numpy and jsonschema: .ci/install"]
fn documents_keep_to_their_schemas() {
    let folders = ["gradients", "shapes", "verification", "insight", "evaluation", "cost", "page"]
        .map(|schema| (schema, TempDir::new().unwrap()));
    let [(_, gradients), (_, shapes), (_, verifications), (_, insights), (_, evaluations), (_, costs), (_, pages)] =
        &folders;
    let write = |folder: &TempDir, name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    for (name, source) in gallery::networks() {
        let network = gallery::resolved(&source);
        for (form, derived, expand) in gallery::FORMS {
            let derivation = derive(&network, &Request { expand, ..Request::new(derived) }).unwrap();
            let text = document(&source, &network, &derivation, &parameters_and_input(&derivation));
            write(gradients, &format!("{name}-{form}.json"), &text);
        }
        for (form, expand) in general::FORMS {
            if let Ok(derivation) = derive_general(&network, &Request { expand, ..Request::new(form) }) {
                let text = document(&source, &network, &derivation, &general::variables(&derivation));
                write(gradients, &format!("{name}-general-{form:?}-{expand}.json"), &text);
            }
        }
        let of = |command: &str| chainrule(&[command, "-e", &source, "--format", "json"]).stdout;
        write(shapes, &format!("{name}.json"), &of("shapes"));
        write(verifications, &format!("{name}.json"), &of("verify"));
    }
    write(shapes, "error.json", &chainrule(&["shapes", "-e", "input [n, 3]; dense 4", "--format", "json"]).stdout);
    let out = evaluations.path().join("out.npz");
    let evaluated = [&["grad"], &DIGITS[..], &["-o", out.to_str().unwrap(), "--format", "json"]].concat();
    write(evaluations, "digits.json", &chainrule(&evaluated).stdout);
    let small = "input X [2, 3]; dense 4 relu; dense 2; loss half_mse";
    let derived =
        |options: &[&str]| chainrule(&[&["derive", "-e", small, "--format", "json"], options].concat()).stdout;
    write(costs, "few.json", &derived(&["--cost"]));
    write(costs, "expanded.json", &derived(&["--cost", "--expand", "--wrt", "W2"]));
    write(pages, "steps.json", &derived(&["--steps", "--numbers"]));
    write(pages, "why.json", &derived(&["--why"]));
    for (number, (spec, options)) in INSIGHTS.iter().enumerate() {
        let words = ["insight", "--format", "json"].into_iter().chain(spec.iter().copied());
        let run = chainrule(&words.chain(options.split_whitespace()).collect::<Vec<_>>());
        assert_eq!(run.status, 0, "{}", run.stderr);
        write(insights, &format!("{number}.json"), &run.stdout);
    }
    for (schema, folder) in &folders {
        let schema = common::path("grammar").join(format!("{schema}.schema.json"));
        python("validate_json.py", &[&schema, folder.path()], "");
    }
}
