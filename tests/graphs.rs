//! Networks that are no chains: branches, norms, dropout, shared and tied weights, several inputs, losses and penalties.
//! Gradients are held against reverse mode on scalars, which knows no matrix, and against a backprop written by hand.

use std::fmt::Write;

use chainrule::{
    evaluate::{arrays::Arrays, backprop, bindings::bind, draw},
    gradient::{Derivation, Derived, Form, GradientError},
    network::{graph::Network, resolve},
    pipeline::{Options, Request, Verdict, are_distributions, derive, evaluate, verify},
    render::{Format, Style},
    report, spec,
};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use crate::{
    cli::chainrule,
    common::{self, snapshot},
    concrete::distance,
    oracles::scalar,
};

/// One network of each kind, by name; what a user would write.
pub const NETWORKS: [(&str, &str); 21] = [
    ("residual", "input X [n, d]\nresidual { dense h relu; dense d }\ndense c softmax\nloss cce"),
    ("projected-skip", "input X [n, f0]\nadd { dense d nobias } { dense d tanh; dense d }\nactivation relu\nloss mse"),
    (
        "layer-norm",
        "input X [n, d]\nresidual { norm layer; dense 2*d gelu; dense d }\nnorm layer\ndense c softmax\nloss cce",
    ),
    ("rms-norm", "input X [n, f0]\ndense d\nnorm rms eps=1e-6\nnorm rms plain\ndense 1 sigmoid\nloss bce"),
    (
        "batch-norm",
        "input X [n, f0]\ndense d nobias\nnorm batch\nactivation relu\ndropout 0.5\ndense c softmax\nloss cce",
    ),
    ("batch-norm-fixed", "input X [n, f0]\ndense d\nnorm batch fixed\nactivation relu\ndense c softmax\nloss cce"),
    ("gated", "input X [n, f0]\nmultiply { dense d } { dense d sigmoid }\ndense c\nloss mse"),
    ("glu", "input X [n, f0]\nglu d silu\nloss mean"),
    ("penalties", "input X [n, f0]\ndense d tanh\ndense 2\nloss mse\npenalty l2 0.01\npenalty l1 0.02 W1"),
    ("concat", "input X [n, f0]\nconcat { dense a relu } { dense b tanh } {}\ndense 1\nloss half_mse"),
    ("tied", "input X [n, f0]\nencode: dense d sigmoid\ndense f0 tied=encode\ntarget X\nloss half_mse"),
    (
        "siamese",
        "input P [n, f0]\ninput Q [n, f0]\nshared encode { dense h relu; dense d tanh }\np: encode from P\nq: encode from Q\n\
        subtract p q\nactivation square\ndense 1 sigmoid\nloss bce",
    ),
    (
        "two-heads",
        "input X [n, f0]\ntrunk: dense d tanh\nclass: dense c softmax from trunk\nvalue: dense 1 from trunk\n\
        loss cce from class against K\nloss half_mse 0.5 from value against V\npenalty l2 0.01",
    ),
    ("two-inputs", "input X [n, f0]\ninput H [n, f1]\ndense d tanh from X, H\nloss mse\npenalty l1 0.1 W1_X"),
    (
        "blocks",
        "block ff width act { dense width act; dense d }\ninput X [n, d]\nrepeat 2 { residual { ff 2*d relu } }\nloss mse",
    ),
    ("between-values", "input X [n, d]\na: dense d tanh\nb: dense d from X\nloss mse from a against b"),
    ("no-loss", "input X [n, d]\nresidual { dense d tanh }\ndense 2"),
    ("prelu", "input X [n, f0]\nhidden: dense d prelu\nresidual { dense d; activation prelu }\ndense 1\nloss mse"),
    (
        "shared-prelu",
        "input P [n, f0]\ninput Q [n, f0]\nshared encode { dense h prelu; dense d prelu }\np: encode from P\nq: encode from Q\n\
        multiply p q\nloss hinge reduce=elements",
    ),
    ("log-softmax", "input X [n, f0]\ndense d log_softmax\ndense c log_softmax\nloss nll"),
    (
        "classes",
        "input X [n, f0]\na: dense c softmax\nb: dense 3 log_softmax from X\nloss cce smoothing=0.2 from a against K\n\
        loss nll 0.5 weights=[1, 2.5, 0.5] smoothing=0.1 from b against L reduce=sum",
    ),
];

pub fn network(source: &str) -> Network {
    let spec = spec::parse(source).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    let resolution = resolve(&spec, &[]);
    resolution.network.unwrap_or_else(|| panic!("{source}: {:?}", resolution.diagnostics))
}

/// The network with numbers, and arrays for it.
fn case(source: &str, seed: u64) -> (Network, Arrays) {
    let mut rng = draw::generator(seed);
    let bound = bind(&network(source), None, None, Some(&mut rng)).expect("binds");
    let arrays = draw::arrays(&bound.network, &bound.arrays, 1.0, &mut rng);
    (bound.network, arrays)
}

/// The concrete backprop is the scalar reverse mode, for every array and every value between.
fn check_concrete(source: &str, seed: u64) {
    let (network, arrays) = case(source, seed);
    let found = backprop::gradients(&network, &arrays);
    let (loss, expected) = scalar::gradients(&network, &arrays);
    assert!((found.loss - loss).abs() <= 1e-12 * loss.abs().max(1.0), "{source}: J is {} and {loss}", found.loss);
    assert_eq!(found.gradients.len(), expected.len(), "{source}");
    for (name, expected) in &expected {
        let (error, largest) =
            (distance(&found.gradients[name], expected), expected.fold(0.0_f64, |m, x| m.max(x.abs())));
        assert!(error <= 1e-11 || largest < 1e-12, "{source}: ∂J/∂{name} is off by {error:e}");
    }
}

/// All forms that there are equal the concrete backprop, and this central differences.
fn check_verified(source: &str, seed: u64) {
    let options = Options { seed, ..Options::default() };
    let found = verify(&network(source), None, None, options).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    let wrong = found.arrays.values().any(|report| report.verdict(found.compared()) == Verdict::Differs);
    assert!(!wrong && !found.loss_differs && found.compared() > 0, "{source}\n{found}");
}

#[test]
fn every_kind_of_layer_is_differentiated() {
    for (_, source) in NETWORKS {
        for seed in 0..3 {
            check_concrete(source, seed);
            check_verified(source, seed);
        }
    }
}

/// A random network: values are made of earlier ones, by every kind of layer; what nothing takes is added up at the end.
pub fn random(rng: &mut ChaCha8Rng) -> String {
    let widths = ["3", "4", "d"];
    let activations = ["relu", "tanh", "sigmoid", "gelu", "linear", "softplus", "silu", "prelu", "log_softmax"];
    let two = rng.random_bool(0.3);
    let mut text = String::from(if two { "input X [n, d]\ninput P [n, 3]\n" } else { "input X [n, d]\n" });
    let mut values: Vec<(String, &str)> = vec![("X".into(), "d")];
    if two {
        values.push(("P".into(), "3"));
    }
    let mut open: Vec<(String, &str)> = values.clone();
    let mut dense: Vec<(String, &str, &str)> = Vec::new();
    for i in 0..rng.random_range(3..9) {
        let name = format!("v{i}");
        let (from, width) = values.choose(rng).expect("a value").clone();
        let activation = activations.choose(rng).expect("one");
        let mut taken = vec![from.clone()];
        let same: Vec<&(String, &str)> = values.iter().filter(|(_, other)| *other == width).collect();
        let other = same.choose(rng).expect("itself").0.clone();
        let mut out = width;
        let statement = match rng.random_range(0..11) {
            0 | 1 => {
                out = widths.choose(rng).expect("one");
                dense.push((name.clone(), width, out));
                let bias = if rng.random_bool(0.5) { " nobias" } else { "" };
                format!("dense {out} {activation}{bias} from {from}")
            }
            2 => format!("residual {{ dense 3 {activation}; dense {width} nobias }} from {from}"),
            3 => format!("add {{ dense {width} {activation} }} {{}} {{ norm rms plain }} from {from}"),
            4 | 5 if other != from => {
                taken.push(other.clone());
                let kind = ["add", "subtract", "multiply"].choose(rng).expect("one");
                format!("{kind} {from} {other}")
            }
            6 => {
                let norm =
                    ["layer", "rms", "layer plain", "batch fixed", "batch fixed plain"].choose(rng).expect("one");
                format!("norm {norm} from {from}")
            }
            7 => format!("dropout 0.3 from {from}"),
            8 => match dense.iter().find(|(_, _, columns)| *columns == width) {
                Some((tied, rows, _)) => {
                    out = rows;
                    format!("dense {rows} {activation} tied={tied} from {from}")
                }
                None => format!("activation {activation} from {from}"),
            },
            9 => {
                out = "5";
                writeln!(text, "{name}c: concat {{ dense 2 {activation} }} {{ dense 3 }} from {from}")
                    .expect("a string");
                format!("dense 5 from {name}c")
            }
            _ => format!("activation {activation} from {from}"),
        };
        writeln!(text, "{name}: {statement}").expect("a string");
        open.retain(|(open, _)| !taken.contains(open));
        values.push((name.clone(), out));
        open.push((name, out));
    }
    // What is still open becomes one prediction, or a loss of its own.
    let mut losses = String::new();
    for (i, (name, _)) in open.iter().enumerate() {
        let losses_on_numbers =
            ["mse", "half_mse", "huber(0.7)", "mse reduce=elements", "half_mse 0.25", "hinge", "hinge 0.5 reduce=sum"];
        let losses_on_classes = ["", " smoothing=0.2", " weights=[1, 2.5]", " 0.5 weights=[0.5, 3] smoothing=0.1"];
        let classes = losses_on_classes.choose(rng).expect("one");
        let (activation, loss) = match rng.random_range(0..4) {
            0 => ("softmax", format!("cce{classes}")),
            1 => ("log_softmax", format!("nll{classes}")),
            _ => ("", (*losses_on_numbers.choose(rng).expect("one")).to_owned()),
        };
        writeln!(text, "o{i}: dense 2 {activation} from {name}").expect("a string");
        writeln!(losses, "loss {loss} from o{i} against T{i}").expect("a string");
    }
    if rng.random_bool(0.3) {
        losses += "penalty l2 0.01\n";
    }
    text + &losses
}

#[test]
fn a_gated_unit_is_the_product_of_its_two_layers() {
    for (glu, written_out) in [
        ("glu 4", "multiply { dense 4 } { dense 4 sigmoid }"),
        ("glu 4 nobias", "multiply { dense 4 nobias } { dense 4 sigmoid nobias }"),
        ("glu 4 silu nobias", "multiply { dense 4 nobias } { dense 4 silu nobias }"),
        ("glu 4 nobias silu", "multiply { dense 4 nobias } { dense 4 silu nobias }"),
        ("glu 5 -> 4 leaky_relu(0.2)", "multiply { dense 5 -> 4 } { dense 5 -> 4 leaky_relu(0.2) }"),
        ("glu 4 from X", "multiply { dense 4 } { dense 4 sigmoid } from X"),
    ] {
        let derived = |layer: &str| {
            let source = format!("input X [n, 5]\n{layer}\nloss mse");
            let derivation = derive(&network(&source), &Request::new(Form::Layered)).expect("derives");
            let variables = derivation.forward.parameters.clone();
            Style::new(Format::Text).page(&report::gradients(&derivation, &variables, true))
        };
        assert_eq!(derived(glu), derived(written_out));
    }
}

#[test]
fn a_bias_that_a_batch_norm_takes_out_is_told() {
    let page = |source: &str| text(&derive(&network(source), &Request::new(Form::Layered)).expect("derives"));
    let told = page("input X [n, 5]\ndense 4\nnorm batch\ndense 3 tanh\ndense 2\nnorm batch\nloss mse");
    assert!(told.contains("∂J/∂b₁ is 0 for every batch"), "{told}");
    assert!(told.contains("The same is true of one more bias."), "{told}");
    for other in [
        "dense 4\nnorm layer\nloss mse",
        "dense 4 relu\nnorm batch\nloss mse",
        "dense 4 nobias\nnorm batch\nloss mse",
        "a: dense 4\nn: norm batch\nadd n a\nloss mse",
    ] {
        let told = page(&format!("input X [n, 5]\n{other}"));
        assert!(!told.contains("for every batch"), "{other}: {told}");
    }
    // The concrete backprop knows nothing of norms that take something out.
    let (bound, arrays) = case("input X [n, 5]\ndense 4\nnorm batch\ndense 2\nloss mse", 3);
    let gradients = backprop::gradients(&bound, &arrays).gradients;
    let largest = |name: &str| gradients[name].fold(0.0_f64, |largest, g| largest.max(g.abs()));
    assert!(largest("b1") < 1e-14 && largest("W1") > 1e-3, "{} {}", largest("b1"), largest("W1"));
}

#[test]
fn random_graphs_are_differentiated() {
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    for seed in 0..1000 {
        let source = random(&mut rng);
        check_concrete(&source, seed);
        if seed % 4 == 0 {
            check_verified(&source, seed);
        }
    }
}

#[test]
fn each_target_of_cross_entropy_is_asked_whether_it_is_a_distribution() {
    // Only the second loss assumes that rows sum to 1; its target is drawn so that they do not.
    let source = "input X [n, 3]\na: dense 2 tanh\nb: dense 3 softmax from X\n\
        loss mse from a against V\nloss cce from b against K";
    let (named, mut rng) = (network(source), draw::generator(7));
    let derivation = derive(&named, &Request::new(Form::Layered)).expect("derives");
    assert!(derivation.assumes_distributions && text(&derivation).contains("each row of K sums to 1"));
    let mut bound = bind(&named, None, None, Some(&mut rng)).expect("binds");
    let mut arrays = draw::arrays(&bound.network, &bound.arrays, 1.0, &mut rng);
    assert!(are_distributions(&bound.network, &arrays));
    arrays["K"] *= 1.7;
    assert!(!are_distributions(&bound.network, &arrays));
    let (_, expected) = scalar::gradients(&bound.network, &arrays);
    bound.arrays = arrays;
    let found = evaluate(bound).expect("evaluates");
    assert!(found.warnings.iter().any(|warning| warning.title.contains("`K`")), "{:?}", found.warnings);
    for (name, gradient) in &found.gradients {
        assert!(distance(gradient, &expected[name]) <= 1e-12, "{name}");
    }
}

fn text(derivation: &Derivation) -> String {
    let variables = derivation.forward.parameters.clone();
    Style::new(Format::Text).page(&report::gradients(derivation, &variables, false))
}

#[test]
fn forms_of_graphs() {
    for (name, source) in NETWORKS {
        for form in [Form::Layered, Form::Product, Form::PerSample] {
            let derived = derive(&network(source), &Request::new(form));
            // Norms over the batch mix the samples; every other network has all three forms.
            if name == "batch-norm" && form != Form::Layered {
                assert_eq!(derived.err(), Some(GradientError::MixesSamples), "{name} {form}");
                continue;
            }
            let derivation = derived.unwrap_or_else(|error| panic!("{name} {form}: {error}"));
            snapshot("graphs", &format!("{name}-{form}"), &text(&derivation));
        }
    }
}

#[test]
fn thirty_residual_blocks_take_no_longer_than_their_length() {
    // Multiplied out, each gradient would have up to 2³⁰ terms.
    let source =
        "input X [n, d]\nrepeat 30 { residual { norm layer; dense d relu; dense d } }\ndense c softmax\nloss cce";
    let derivation = derive(&network(source), &Request::new(Form::Product)).expect("derives");
    let Derived::Gradient(gradient) = &derivation.derived else { panic!("a product") };
    let parts = derivation.forward.arena.reachable(&gradient.derivatives.iter().map(|d| d.value).collect::<Vec<_>>());
    assert!(parts.len() < 20_000, "{}", parts.len());
}

/// Statements that cannot be, and the first line of what is said.
#[test]
fn messages_about_graphs() {
    let x = "input X [n, 64]\n";
    let cases = [
        "add { dense 64 } { dense 32 }\nloss mse",
        "residual { dense 32 relu }\nloss mse",
        "residual { dense 64 } { dense 64 }\nloss mse",
        "add { dense 64 }\nloss mse",
        "dense 3 from hiden\nloss mse",
        "hidden: dense 3\ndense 2 from X\nloss mse",
        "encode: dense 8\ndense 63 tied=encode\nloss mse",
        "dense 8\ndense 64 tied=encode\nloss mse",
        "shared e { dense 3 }\na: e from X\nb: e from a\nadd a b\nloss mse",
        "block ff w { dense w }\nff\nloss mse",
        "block dense { dense 3 }\nloss mse",
        "dense 3\ndropout 50\nloss mse",
        "dense 3\ndropout\nloss mse",
        "dense 3\nnorm\nloss mse",
        "dense 3\nnorm lyer\nloss mse",
        "dense 3\nnorm rms fixed\nloss mse",
        "dense 3\nnorm batch fixed fixed\nloss mse",
        "dense 3\nloss mse from X1",
        "a: dense 3\nb: dense 2\ntarget K [n, 3]\ntarget L [n, 2]\nloss mse from a\nloss mse from b",
        "dense 3\nloss mse\npenalty l3 0.1",
        "dense 3\nloss mse\npenalty l2",
        "dense 3\nloss mse\npenalty l2 0.1 W7",
        "dense 3\nloss mse\nloss bce",
        "dense 3\ntarget X\nloss mse",
        "block f w { f w }\nf 3\nloss mse",
        "block f { g }\nblock g { f }\ndense 2\nf\nloss mse",
        "block f w { }\nf 3\nloss mse",
        "dense 4\nrepeat 40 { concat {} {} }\nloss mse",
        "a: dense 3\nb: dense 3 from X\ndropout 0.5 from a, b\nloss mse",
        "a: dense 3\nb: dense 2\nloss mse from a against Y\nloss mse from b against Y",
        "X: dense 3\nloss mse",
        "dense 3\nloss mean against T",
        "dense 3\nloss huber 2",
        "a: dense 3 tanh\nloss mse from a against a",
        "dense 3 softmax\nloss cce weights=[1, 2]",
        "dense c softmax\nloss cce weights=[1, 2]",
        "dense 3 softmax\nloss cce weights=[1, 0, 2]",
        "dense 3 softmax\nloss cce weights=0.5",
        "dense 3 softmax\nloss cce smoothing=1",
        "dense 3 softmax\nloss cce smoothing=",
        "dense 3\nloss mse smoothing=0.1",
        "dense 3 softmax\nloss cce smoothing=0.1 smoothing=0.2",
        "dense 3\ndense 1\nnorm layer\nloss mse",
        "dense 1\nnorm rms\nloss mse",
        "dense 3 softmax\nloss nll",
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|case| {
            let source = format!("{x}{case}");
            let diagnostics = match spec::parse(&source) {
                Ok(spec) => resolve(&spec, &[]).diagnostics,
                Err(errors) => errors,
            };
            assert!(!diagnostics.is_empty(), "{source}");
            common::rendered(&diagnostics, &source, "spec")
        })
        .collect();
    snapshot("graphs", "messages", &told.join("\n\n"));
}

#[test]
fn what_cancels_is_0_in_every_form() {
    let text = "input X [n, 4]; a: dense 4 relu; subtract a a; dense 2; loss mse";
    for form in ["layered", "per-sample", "product", "intuitive"] {
        let words = ["derive", "-e", text, "--form", form, "--wrt", "W_a,b_a", "--notes", "none", "--shapes", "none"];
        let page = chainrule(&words).stdout;
        let relation = if form == "intuitive" { "~" } else { "=" };
        for name in ["W", "b"] {
            assert!(page.contains(&format!("∂J/∂{name}_a {relation} 0\n")), "{form}\n{page}");
        }
        let others = ["Δ₃ − Δ₃", "I − I", " · 0", " ⊙ 0", "0 · "];
        assert!(others.iter().all(|other| !page.contains(other)), "{form}\n{page}");
    }
    // What is used three times and taken away twice is used once.
    let once = "input X [n, 4]; a: dense 4 relu; add a a; subtract a; dense 2; loss mse"
        .replace("subtract a;", "b: activation linear; subtract b a;");
    let page =
        chainrule(&["derive", "-e", &once, "--form", "product", "--wrt", "W_a", "--notes", "none", "--shapes", "none"])
            .stdout;
    assert!(!page.contains("− I"), "{page}");
    for text in [text, &once] {
        assert!(chainrule(&["verify", "-e", text]).stdout.contains("Verified"), "{text}");
    }
}

#[test]
fn a_column_of_ones_is_no_factor_of_a_product_of_entries() {
    for form in ["layered", "per-sample", "product"] {
        let words = ["derive", "-e", "input X [n, f0]; dense 2 prelu; loss total", "--form", form, "--shapes", "none"];
        let page = chainrule(&words).stdout;
        assert!(page.contains("∂J/∂α₁") && !page.contains("1 ⊙") && !page.contains("1ᵀ ⊙"), "{page}");
    }
}
