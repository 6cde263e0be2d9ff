//! A thousand layers and more: verified, evaluated and printed with a small stack, and in memory that does not grow.

use std::{
    env, fs,
    io::{self, Write},
    process::Command,
    thread,
};

use chainrule::{
    evaluate::{
        arrays::Arrays,
        backprop,
        bindings::{Bound, Source, bind},
        differences::{self, Method, Verdict},
        draw,
    },
    gradient::{Derivation, Form},
    network::{graph::Network, resolve},
    pipeline::{self, Options, Request, Verification, evaluate, verify},
    render::{Format, Style},
    report::{self, gradients::Report, json},
    spec,
};
use ndarray::Array2;

/// Less than any thread has that nobody gave another one.
const STACK: usize = 1 << 19;
/// What printing may take beyond the expressions: ids of what is used, and one equation. 10,000 layers hold some 60 MB.
const ALLOWED: usize = 4 << 20;
/// Says to a process of the test binary that it is the one to be measured.
const MEASURED: &str = "CHAINRULE_MEASURED";

fn network(text: &str) -> Network {
    resolve(&spec::parse(text).expect("parses"), &[]).network.expect("resolves")
}

fn with_small_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    thread::Builder::new().stack_size(STACK).spawn(run).expect("a thread").join().expect("no panic")
}

fn verified(text: &str) -> Verification {
    let text = text.to_string();
    with_small_stack(move || verify(&network(&text), None, None, Options::default()).expect("verifies"))
}

/// What is printed, its words a blank apart.
fn words(found: &Verification) -> String {
    found.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_thousand_layers_are_verified() {
    // Without activations the random weights keep values and gradients alive at this depth.
    let found = verified("input X [3, 8]\nrepeat 999 { dense 8 }\ndense 8\nloss mse");
    assert!(found.holds() && found.compared() == 1, "{found}");
    for (name, report) in &found.arrays {
        assert!(report.differences.is_some_and(|error| error < differences::TOLERANCE), "{name} {report:?}");
        assert!(report.zeros == 0 && !report.unresolved, "{name} {report:?}");
    }
    assert_eq!(found.between.len(), 124);
    assert!(words(&found).contains("(in 124 places, at most "), "{found}");
}

#[test]
fn gradients_that_underflow_are_not_called_equal() {
    // Each sigmoid takes its part of the gradient: some layers down no number is left, and no digit before that.
    let found = verified("input X [3, 8]\nrepeat 999 { dense 8 sigmoid }\ndense 8\nloss mse");
    assert!(found.holds(), "{found}");
    assert_eq!((found.arrays["W1"].zeros, found.arrays["W1000"].zeros), (1, 0));
    let vanished = found.arrays.values().filter(|report| report.zeros > 0).count();
    let unresolved = found.arrays.values().filter(|report| report.unresolved).count();
    assert!(unresolved < vanished / 10, "differences tell of all but the last digits: {unresolved} of {vanished}");
    let text = words(&found);
    assert!(text.contains("W₁ 8 × 8 all zero"), "{text}");
    assert!(
        text.contains("Verified: the exact formulas (layered, per-sample, summed product) but those for W₁, b₁, "),
        "{text}"
    );
}

#[test]
fn what_is_near_a_kink_is_left_out_alone() {
    // Whatever comes in, the pre-activations of layer 20 are almost 0.
    let network = network("input X [3, 8]\nrepeat 39 { dense 8 abs }\ndense 8\nloss mse");
    let small = |rows| Array2::from_shape_fn((rows, 8), |(i, j)| 1e-8 * (1.0 + (3 * i + j) as f64).sin());
    let mut arrays = draw::arrays(&network, &Arrays::new(), 1.0, &mut draw::generator(7));
    arrays.retain(|name, _| !["X", "Y"].contains(&&**name));
    arrays.extend([("W20", small(8)), ("b20", small(1))].map(|(name, array)| (name.to_string(), array)));
    let parameters = Source { origin: "near".to_string(), arrays };
    let found = verify(&network, Some(parameters), None, Options::default()).expect("verifies");
    assert!(found.holds() && found.redraws.left_out == 1, "{found}");
    for (name, report) in &found.arrays {
        let inside = name[1..].parse().is_ok_and(|label: usize| (17..=24).contains(&label));
        assert_eq!(report.differences.is_none(), inside, "{name}: {found}");
    }
    let said = "Differences were left out for 8 layers, on which those below rest, once, since a pre-activation was";
    assert!(words(&found).contains(said), "{found}");
}

/// A network of 100 layers, a point, and the gradients there.
fn deep_point() -> (Network, Arrays, Arrays) {
    let network = network("input X [3, 8]\nrepeat 99 { dense 8 tanh }\ndense 8\nloss mse");
    let arrays = draw::arrays(&network, &Arrays::new(), 1.0, &mut draw::generator(5));
    let gradients = backprop::gradients(&network, &arrays).gradients;
    (network, arrays, gradients)
}

#[test]
fn a_wrong_gradient_of_any_array_of_a_deep_network_differs() {
    let (network, arrays, gradients) = deep_point();
    let wrong = |gradients: &Arrays| -> Vec<String> {
        let compared = differences::compare(&network, &arrays, gradients, &mut draw::generator(6));
        assert_eq!(compared.len(), 200 + 1 + 12, "every array, and the activations between");
        let wrong = compared.into_iter().filter(|found| found.verdict() == Verdict::Differs);
        wrong.map(|found| found.name).collect()
    };
    assert_eq!(Method::of(&network), Method { directions: Some(1), segment: Some(8) });
    assert_eq!(wrong(&gradients), <[&str; 0]>::default());
    for name in ["X", "W1", "b1", "b7", "W8", "b9", "W64", "W65", "b99", "W100", "b100"] {
        let mut gradients = gradients.clone();
        gradients[name][[0, 3]] *= 1.001;
        assert_eq!(wrong(&gradients), [name]);
    }
}

#[test]
fn a_wrong_gradient_between_two_segments_differs_there_and_below() {
    let (network, arrays, mut gradients) = deep_point();
    gradients["A64"][[1, 2]] *= 1.5;
    let compared = differences::compare(&network, &arrays, &gradients, &mut draw::generator(6));
    let wrong: Vec<&str> =
        compared.iter().filter(|found| found.verdict() == Verdict::Differs).map(|found| &*found.name).collect();
    assert!(wrong.contains(&"A64") && wrong.contains(&"W64") && wrong.contains(&"A56"), "{wrong:?}");
    let in_segment = |name: &&str| name[1..].parse().is_ok_and(|label: usize| (56..=64).contains(&label));
    assert!(wrong.iter().all(in_segment), "the others rest on right ones: {wrong:?}");
}

/// A network that branches is cut where every later layer rests on one value alone.
#[test]
fn differences_of_a_deep_graph_are_taken_in_segments() {
    let network =
        network("input X [3, 6]\nrepeat 30 { residual { norm layer; dense 5 tanh; dense 6 } }\ndense 2\nloss mse");
    let arrays = draw::arrays(&network, &Arrays::new(), 1.0, &mut draw::generator(5));
    let gradients = backprop::gradients(&network, &arrays).gradients;
    // Two blocks of four layers each; the last dense layer is a segment of its own.
    let expected: Vec<_> = (0..14).map(|i| 8 * i..8 * i + 8).collect();
    let ends = |segments: &[std::ops::Range<usize>]| segments.iter().map(|s| s.end).collect::<Vec<_>>();
    let found = differences::segments(&network);
    assert_eq!(found[..14], expected[..14], "{:?}", ends(&found));
    assert_eq!(found.last().map(|last| last.end), Some(121));
    let wrong = |gradients: &Arrays| -> Vec<String> {
        let compared = differences::compare(&network, &arrays, gradients, &mut draw::generator(6));
        let wrong = compared.into_iter().filter(|found| found.verdict() == Verdict::Differs);
        wrong.map(|found| found.name).collect()
    };
    assert_eq!(wrong(&gradients), <[&str; 0]>::default());
    for name in ["X", "s1", "W2", "b3", "W62", "s61", "b119", "W121"] {
        let mut gradients = gradients.clone();
        let last = gradients[name].ncols() - 1;
        gradients[name][[0, last]] *= 1.01;
        assert_eq!(wrong(&gradients), [name]);
    }
    let mut gradients = gradients;
    gradients["A64"][[1, 2]] *= 1.5;
    let found = wrong(&gradients);
    assert!(
        found.contains(&"A64".into()) && found.contains(&"W63".into()) && !found.contains(&"W66".into()),
        "{found:?}"
    );
}

#[test]
fn the_derived_gradients_of_a_thousand_layers_have_values() {
    let (loss, gradients, expected) = with_small_stack(|| {
        let network = network("input X [3, 8]\nrepeat 999 { dense 8 }\ndense 8\nloss mse");
        let bound: Bound = bind(&network, None, None, Some(&mut draw::generator(1))).expect("binds");
        let arrays = draw::arrays(&bound.network, &Arrays::new(), 1.0, &mut draw::generator(1));
        let expected = backprop::gradients(&bound.network, &arrays);
        let found = evaluate(Bound { arrays, ..bound }).expect("evaluates");
        (found.loss, found.gradients, expected)
    });
    assert!((loss - expected.loss).abs() <= 1e-12 * loss.abs(), "{loss} {}", expected.loss);
    assert_eq!(gradients.len(), 2001);
    for (name, gradient) in &gradients {
        let expected = &expected.gradients[name];
        let largest = expected.fold(0.0_f64, |largest, g| largest.max(g.abs()));
        assert!(largest > 1e-60 && largest < 1e60, "{name} neither vanishes nor explodes: {largest:e}");
        assert!((gradient - expected).iter().all(|difference| difference.abs() <= 1e-12 * largest), "{name}");
    }
}

/// A writer that keeps nothing but counts, and looks at the process now and then.
#[derive(Default)]
struct Sink {
    bytes: usize,
    calls: usize,
    peak: usize,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.calls.is_multiple_of(500) {
            self.peak = self.peak.max(resident().unwrap_or_default());
        }
        self.calls += 1;
        self.bytes += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The bytes of memory that this process has now, where the system tells.
fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim_end_matches("kB").trim().parse::<usize>().ok()? * 1024)
}

/// Prints everything in a format, or as JSON.
fn print(
    text: &str,
    network: &Network,
    derivation: &Derivation,
    format: Option<Format>,
    sink: &mut Sink,
) -> io::Result<()> {
    let forward = &derivation.forward;
    let variables: Vec<_> = forward.parameters.iter().copied().chain([forward.input()]).collect();
    let Some(format) = format else {
        return json::gradients(json::Subject { spec: text, network, derivation, variables: &variables }, sink);
    };
    Style::new(format).write(&report::gradients(derivation, &variables, true), sink)
}

/// What printing in each format took at most beyond what was there, in bytes, and what was printed; at last what it
/// takes to hold all equations at once.
///
/// Each prints in a thread of its own: that has another heap than the derivation, whose free memory it would take first.
fn growths() -> Vec<(usize, usize)> {
    let text = "input X [n, f]\nrepeat 9999 { dense f relu }\ndense g softmax\nloss cce";
    let network = network(text);
    let derivation = pipeline::derive_finished(&network, &Request::new(Form::Layered)).expect("derives");
    let before = resident().unwrap_or_default();
    let measured = |run: &(dyn Fn(&mut Sink) + Sync)| {
        let mut sink = Sink::default();
        thread::scope(|scope| scope.spawn(|| run(&mut sink)).join().expect("no panic"));
        (sink.peak.saturating_sub(before), sink.bytes)
    };
    let formats = [Some(Format::Text), Some(Format::Latex), None];
    let mut growths =
        Vec::from(formats.map(|format| {
            measured(&|sink| print(text, &network, &derivation, format, sink).expect("a sink takes all"))
        }));
    growths.push(measured(&|sink| {
        let report = Report::new(&derivation);
        let variables = &derivation.forward.parameters;
        let all: Vec<_> = report.equations(variables).collect();
        write!(sink, "{}", all.len()).expect("a sink takes all");
    }));
    growths
}

/// The process that the next test measures; alone it does nothing.
#[test]
fn measured_process() {
    if env::var_os(MEASURED).is_some() {
        for (growth, bytes) in growths() {
            writeln!(io::stdout(), "\ngrowth {growth} {bytes}").expect("a pipe");
        }
    }
}

#[test]
fn printing_ten_thousand_layers_holds_one_equation_at_a_time() {
    if resident().is_none() {
        return;
    }
    let mut process = Command::new(env::current_exe().expect("this program"));
    process.args(["--exact", "depth::measured_process", "--nocapture"]).env(MEASURED, "1");
    let output = String::from_utf8(process.output().expect("runs").stdout).expect("text");
    let growths: Vec<[usize; 2]> = output
        .lines()
        .filter_map(|line| line.strip_prefix("growth ")?.split_once(' '))
        .map(|(growth, bytes)| [growth, bytes].map(|number| number.parse().expect("a number")))
        .collect();
    let [text, latex, json, [collected, _]] = growths[..] else { panic!("{output}") };
    for [growth, bytes] in [text, latex, json] {
        assert!(bytes > 4_000_000, "{output}");
        assert!(growth < ALLOWED, "{output}");
    }
    assert!(collected > 3 * ALLOWED, "it would be seen if the equations were held: {output}");
}
