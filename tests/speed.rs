//! How fast: deriving and verifying by depth, and evaluating derived gradients beside the concrete backprop and numpy.
//!
//! `cargo bench` runs all of it on one thread. The last lines are medians of interleaved runs and their ratios; numpy is
//! measured in the same run by `tests/oracles/backprop_speed.py` if python has it, memory in processes of their own.

#![allow(clippy::print_stdout, reason = "figures are what a bench is for")]

use std::{
    collections::BTreeMap,
    env, fs,
    hint::black_box,
    process::Command,
    time::{Duration, Instant},
};

use chainrule::{
    evaluate::{arrays::Arrays, backprop, draw, gradients::Pass},
    gradient::{Derivation, Derived, Form},
    network::{graph::Network, resolve},
    pipeline::{
        self, Options, Request, cost, derive,
        insight::{self, Part},
        verify,
    },
    render::{Format, Style, graph::svg},
    report::{
        gradients::Report,
        graph::{View, computation},
    },
    spec,
};
use criterion::Criterion;

const BUILT_IN: &str = "input X [n, f0]\ndense f1 relu nobias\ndense f2 relu nobias\ndense f3 nobias\nloss half_mse";

fn network(text: &str) -> Network {
    resolve(&spec::parse(text).expect("parses"), &[]).network.expect("resolves")
}

fn deep(layers: usize) -> Network {
    network(&format!("input X [n, f]\nrepeat {} {{ dense f relu }}\ndense g softmax\nloss cce", layers - 1))
}

/// Residual blocks of two dense layers each.
fn residual(blocks: usize) -> Network {
    network(&format!(
        "input X [n, f]\nrepeat {blocks} {{ residual {{ dense f relu; dense f }} }}\ndense g softmax\nloss cce"
    ))
}

/// The gradients of all parameters and the input, simplified to the end.
fn derived(network: &Network, form: Form) -> Derivation {
    let derivation = derive(network, &Request::new(form)).expect("derives");
    assert_eq!(derivation.limit, None, "the simplification saturates");
    derivation
}

/// Derives, simplifies and prints.
fn printed(network: &Network, form: Form) -> usize {
    let derivation = derived(network, form);
    let report = Report::new(&derivation);
    let variables: Vec<_> = derivation.forward.parameters.iter().copied().chain([derivation.forward.input()]).collect();
    report.equations(&variables).map(|equation| Style::new(Format::Text).equation(&equation).len()).sum()
}

fn derivations(criterion: &mut Criterion) {
    let built_in = network(BUILT_IN);
    criterion.bench_function("built-in, product, printed", |bench| bench.iter(|| printed(&built_in, Form::Product)));
    for layers in [10, 100, 1000] {
        let networks = [("layers", deep(layers)), ("residual blocks", residual(layers))];
        for (name, network) in networks {
            let name = format!("{layers} {name}, layered, printed");
            criterion.bench_function(&name, |bench| bench.iter(|| printed(&network, Form::Layered)));
        }
    }
}

/// Depths that are compared, and how often each is derived.
const DEPTHS: [usize; 3] = [100, 1000, 3000];
const ROUNDS: usize = 15;

/// Deriving and simplifying all gradients, nothing printed: medians of interleaved runs, and how they grow.
fn depths(form: Form, name: &str) {
    let networks = DEPTHS.map(deep);
    let mut times = DEPTHS.map(|_| Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        for (network, times) in networks.iter().zip(&mut times) {
            let start = Instant::now();
            black_box(derived(network, form));
            times.push(start.elapsed());
        }
    }
    let medians = times.map(|mut times| median(&mut times) / 1e3);
    for (layers, median) in DEPTHS.iter().zip(medians) {
        let memory = peak("derive", name, *layers).map_or("not known here".to_string(), |mb| format!("{mb:.1} MB"));
        println!("{layers} layers, {name}, derived and simplified: {median:.1} ms, peak memory {memory}");
    }
    println!("{name}: time(1000)/time(100) = {:.1}", medians[1] / medians[0]);
}

/// Residual blocks derived, simplified and printed beside a chain of as many dense layers: medians of interleaved runs.
fn branches() {
    let networks = [residual(100), residual(1000), deep(2001)];
    let mut times = [(); 3].map(|()| Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        for (network, times) in networks.iter().zip(&mut times) {
            let start = Instant::now();
            black_box(printed(network, Form::Layered));
            times.push(start.elapsed());
        }
    }
    let [few, many, chain] = times.map(|mut times| median(&mut times) / 1e3);
    println!("1000 residual blocks, layered, printed: {many:.1} ms; as many dense layers in a chain: {chain:.1} ms");
    println!("blocks/chain = {:.1}, time(1000)/time(100) = {:.1}", many / chain, many / few);
}

/// Verifying layers of width 8.
fn verifications() {
    for layers in [10, 100, 1000] {
        let network = network(&format!("input X [4, 8]\nrepeat {} {{ dense 8 tanh }}\ndense 8\nloss mse", layers - 1));
        let mut times: Vec<_> = (0..5)
            .map(|_| {
                let start = Instant::now();
                assert!(verify(&network, None, None, Options::default()).expect("verifies").holds());
                start.elapsed()
            })
            .collect();
        println!("{layers} layers of width 8, verified: {:.1} ms", median(&mut times) / 1e3);
    }
}

/// The peak memory in MB of a process that does `work` and nothing else.
fn peak(work: &str, form: &str, layers: usize) -> Option<f64> {
    let program = env::current_exe().ok()?;
    let output = Command::new(program).args([CHILD, work, form, &layers.to_string()]).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let kilobytes: f64 = String::from_utf8(output.stdout).ok()?.trim().parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}

/// The first argument of such a process.
const CHILD: &str = "--peak-memory-of";

/// Does the work that the arguments name and prints the peak memory so far in KiB, where the system tells it.
fn child(arguments: &[String]) {
    let [work, form, layers] = arguments else { panic!("work, form, layers") };
    let network = deep(layers.parse().expect("a number"));
    let form = if form == "product" { Form::Product } else { Form::Layered };
    match &**work {
        "print" => drop(black_box(printed(&network, form))),
        _ => drop(black_box(derived(&network, form))),
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("{}", peak.unwrap_or_default().trim_end_matches("kB").trim());
}

/// Layers of random widths, as the cheapest orders of all gradients are found; and of widths that only fall.
fn costs(criterion: &mut Criterion) {
    let mut state = 1_u64;
    let mut width = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        1 + (state >> 33) % 2000
    };
    for layers in [100, 300, 1000] {
        let random: Vec<u64> = (0..layers).map(|_| width()).collect();
        let falling: Vec<u64> = (0..layers).map(|layer| 3000 - layer).collect();
        for (name, widths) in [("random", random), ("falling", falling)] {
            let hidden: Vec<String> = widths.iter().map(|width| format!("dense {width} relu\n")).collect();
            let hidden = hidden.concat();
            let network = network(&format!("input X [64, 784]\n{hidden}dense 10 softmax\nloss cce"));
            let derivation = derive(&network, &Request::new(Form::Product)).expect("derives");
            let name = format!("{layers} layers of {name} widths, cost of all orders");
            criterion.bench_function(&name, |bench| {
                bench.iter(|| cost(&derivation, &[], &derivation.forward.parameters).expect("bound"));
            });
        }
    }
}

/// Parts of an insight of 50 layers of width 256 on a batch of 256, all initialisations included: one by one, the three of
/// figures together, and those with the claims, which take the flow from them.
fn insights(criterion: &mut Criterion) {
    use Part::{Approximation, Claims, Flow, Inactive, Influence};
    let network = network("input X [256, 256]\nrepeat 50 { dense 256 relu }\nloss half_mse");
    let figures = vec![Inactive, Flow, Approximation];
    let one = [Inactive, Flow, Approximation, Influence].map(|part| vec![part]);
    let all = vec![Inactive, Flow, Approximation, Claims];
    for parts in one.into_iter().chain([figures, all]) {
        let name = format!("50 layers of width 256, batch 256, insight: {parts:?}");
        let options = insight::Options { parts, ..insight::Options::default() };
        criterion.bench_function(&name, |bench| {
            bench.iter(|| insight::insight(&network, [None, None], &options, &mut |_| {}).expect("finite"));
        });
    }
}

/// relu layers with biases, softmax and cross-entropy.
fn classifier(batch: usize, widths: &[usize]) -> (Network, Arrays) {
    let (last, hidden) = widths[1..].split_last().expect("a layer");
    let layers: Vec<String> = hidden.iter().map(|width| format!("dense {width} relu\n")).collect();
    let layers = layers.concat();
    let network = network(&format!("input X [{batch}, {}]\n{layers}dense {last} softmax\nloss cce", widths[0]));
    let arrays = draw::arrays(&network, &Arrays::new(), 1.0, &mut draw::generator(0));
    (network, arrays)
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6
}

fn numpy(batch: usize, widths: &[usize]) -> Option<f64> {
    let sizes = std::iter::once(&batch).chain(widths).map(ToString::to_string);
    let output = Command::new("python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracles/backprop_speed.py"))
        .args(sizes)
        .envs([("OPENBLAS_NUM_THREADS", "1"), ("OMP_NUM_THREADS", "1")])
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// Derived gradients beside the concrete backprop, run in turns, and numpy before and after.
fn ratios(name: &str, batch: usize, widths: &[usize]) {
    let (network, arrays) = classifier(batch, widths);
    let derivation = derive(&network, &Request::new(Form::Layered)).expect("derives");
    let Derived::Gradient(gradient) = &derivation.derived else { return };
    let forward = &derivation.forward;
    let variables: Vec<_> = forward.parameters.iter().copied().chain([forward.input()]).collect();
    let dims = BTreeMap::new();
    let first_numpy = numpy(batch, widths);
    let (mut derived, mut concrete) = (Vec::new(), Vec::new());
    let started = Instant::now();
    while derived.len() < 50 || started.elapsed() < Duration::from_secs(4) {
        let given = arrays.clone();
        let start = Instant::now();
        let pass = Pass::new(forward, &dims, given).expect("bound");
        black_box(pass.whole(gradient, &variables).expect("evaluates"));
        derived.push(start.elapsed());
        let start = Instant::now();
        black_box(backprop::gradients(&network, &arrays));
        concrete.push(start.elapsed());
    }
    let (derived, concrete) = (median(&mut derived), median(&mut concrete));
    println!("{name}: derived {derived:.0} µs, concrete backprop {concrete:.0} µs, ratio {:.2}", derived / concrete);
    match (first_numpy, numpy(batch, widths)) {
        (Some(first), Some(second)) => {
            let numpy = f64::midpoint(first, second);
            println!(
                "{name}: numpy {numpy:.0} µs (before {first:.0}, after {second:.0}), ratio {:.2}",
                derived / numpy
            );
        }
        _ => println!("{name}: python3 with numpy is not installed, no ratio"),
    }
}

/// Pictures of a deep network, all layers shown: the layout alone, and all from the network on.
fn graphs(criterion: &mut Criterion) {
    let network = deep(300);
    let view = View { wrt: None, unfold: true };
    let drawn = || {
        let (derivation, trace) = pipeline::graph(&network).expect("derives");
        computation(&network, &derivation, &trace, view)
    };
    let graph = drawn();
    for (name, width) in [("wide", 1280), ("narrow", 390)] {
        let name = format!("300 layers, computation graph, {name} picture");
        criterion.bench_function(&name, |bench| bench.iter(|| svg(&graph, width, true).len()));
    }
    criterion.bench_function("300 layers, computation graph", |bench| bench.iter(|| drawn().steps.len()));
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == CHILD) {
        return child(&arguments[1..]);
    }
    let mut criterion = Criterion::default().configure_from_args().sample_size(20);
    derivations(&mut criterion);
    costs(&mut criterion);
    let mut criterion = criterion.sample_size(10);
    insights(&mut criterion);
    graphs(&mut criterion);
    criterion.final_summary();
    depths(Form::Layered, "layered");
    depths(Form::Product, "product");
    branches();
    verifications();
    ratios("digits (64-64-32-10, batch 128)", 128, &[64, 64, 32, 10]);
    ratios("3 layers of width 256, batch 64", 64, &[256, 256, 256, 256]);
}
