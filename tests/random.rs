//! Random networks: the derived gradients, before and after simplification, against two gradients that are not derived.

use std::collections::BTreeMap;

use chainrule::{
    catalog::{
        activation::{self, Activation},
        loss::{Loss, Reduction},
    },
    evaluate::{
        arrays::{self, Arrays},
        backprop,
        gradients::Pass,
    },
    expr::{Function, function::Parameter},
    gradient::{
        Derived, Form, Gradient,
        form::{
            layered::{layered, raw_head},
            per_sample::per_sample,
            product::product,
        },
    },
    network::{
        forward::{Forward, forward},
        graph::{Network, Parameters},
    },
    pipeline::{Request, derive},
};
use ndarray::{Array2, Axis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    concrete::LOSSES,
    derived::largest_summands,
    oracles::{networks::network, scalar},
};

/// A network in names, the same in numbers, and arrays on which its loss is defined.
pub struct Case {
    pub named: Network,
    pub bound: Network,
    pub dims: BTreeMap<String, u64>,
    pub arrays: Arrays,
    /// Whether the rows of Y sum to 1.
    pub distributions: bool,
}

/// What a case consists of before it has arrays.
struct Plan {
    samples: u64,
    widths: Vec<u64>,
    layers: Vec<(Activation, Parameters)>,
    loss: &'static str,
    reduction: Reduction,
}

/// Last activation, loss and reduction go through all combinations as the seed counts; all else is random.
fn plan(seed: usize, rng: &mut ChaCha8Rng) -> Plan {
    // Without the last two, which make no chain: they are in random graphs.
    let entry = activation::TABLE[seed % 20];
    let loss = LOSSES[seed / 20 % 7];
    let depth = rng.random_range(1..=8);
    let mut widths = vec![rng.random_range(1..=32)];
    let mut layers = Vec::new();
    for l in 1..=depth {
        let entry = if l == depth { entry } else { activation::TABLE[rng.random_range(0..20)] };
        let activation = with_parameter(entry, rng);
        let parameters = match rng.random_range(0..10) {
            0 if depth > 1 => Parameters::None,
            1..=3 => Parameters::Weight,
            _ => Parameters::WeightAndBias,
        };
        let parameters = if l == depth && !is_safe(activation, loss) { Parameters::WeightAndBias } else { parameters };
        let alone = activation == Activation::Softmax && loss == "bce";
        let width = rng.random_range(if alone { 2 } else { 1 }..=32);
        widths.push(if parameters == Parameters::None { *widths.last().unwrap() } else { width });
        layers.push((activation, parameters));
    }
    if layers.iter().all(|(_, parameters)| *parameters == Parameters::None) {
        layers[0].1 = Parameters::Weight;
    }
    if loss == "bce" && layers[depth - 1].0 == Activation::Softmax && widths[depth] == 1 {
        layers[depth - 1].1 = Parameters::Weight;
        widths[depth] = 2;
    }
    Plan { samples: rng.random_range(1..=16), widths, layers, loss, reduction: Reduction::TABLE[seed / 140 % 3].1 }
}

fn with_parameter(entry: activation::Entry, rng: &mut ChaCha8Rng) -> Activation {
    let parameter = entry.default.map(|default| default * rng.random_range(0.5..2.0));
    activation::find(entry.name, parameter).unwrap()
}

/// Whether the loss is defined on all values of the activation.
fn is_safe(activation: Activation, loss: &str) -> bool {
    match activation {
        Activation::Softmax | Activation::Entrywise(Function::Sigmoid) => true,
        Activation::Entrywise(Function::Exp | Function::Softplus) => loss != "bce",
        Activation::Entrywise(_) | Activation::LogSoftmax | Activation::Prelu => {
            !matches!(loss, "bce" | "cce" | "poisson")
        }
    }
}

impl Plan {
    fn network(&self, size: impl Fn(&str, u64) -> String, rng: &mut ChaCha8Rng) -> Network {
        let sizes: Vec<String> =
            self.widths.iter().enumerate().map(|(l, width)| size(&format!("f{l}"), *width)).collect();
        let labels: Vec<String> = (1..sizes.len()).map(|l| l.to_string()).collect();
        let layers: Vec<_> = (self.layers.iter().zip(&labels).zip(&sizes[1..]))
            .map(|(((_, parameters), label), size)| (label.as_str(), size.as_str(), "linear", *parameters))
            .collect();
        let mut network = network([&size("n", self.samples), &sizes[0]], &layers, self.loss);
        for (layer, (activation, _)) in network.layers.iter_mut().zip(&self.layers) {
            layer.activation = *activation;
        }
        network.terms[0].reduction = self.reduction;
        if let Loss::Huber(_) = network.term().loss {
            network.terms[0].loss = Loss::Huber(Parameter::new(rng.random_range(0.3..2.0)));
        }
        network
    }
}

fn uniform(rng: &mut ChaCha8Rng, (rows, columns): (usize, usize), low: f64, high: f64) -> Array2<f64> {
    Array2::from_shape_simple_fn((rows, columns), || rng.random_range(low..high))
}

/// The case of this number, below [`NETWORKS`].
pub fn case(seed: usize) -> Case {
    let mut rng = ChaCha8Rng::seed_from_u64(seed as u64);
    let mut plan = plan(seed, &mut rng);
    let mut bound = plan.network(|_, number| number.to_string(), &mut rng);
    let mut arrays: Arrays = (arrays::slots(&bound).into_iter())
        .map(|slot| (slot.name.clone(), uniform(&mut rng, slot.size().unwrap(), -1.0, 1.0)))
        .collect();
    let log_loss = matches!(plan.loss, "bce" | "cce" | "poisson");
    let distributions = plan.loss == "cce" && rng.random();
    if log_loss {
        arrays["Y"].mapv_inplace(|y| (y + 1.1) / 2.2);
    }
    if distributions {
        let sums = arrays["Y"].sum_axis(Axis(1)).insert_axis(Axis(1));
        arrays["Y"] /= &sums;
    }
    for l in 0..plan.layers.len() {
        let last = l + 1 == plan.layers.len();
        let centred = last && log_loss && !is_safe(plan.layers[l].0, plan.loss);
        moderate(&mut bound, &mut arrays, l, centred, &mut rng);
        plan.layers[l].0 = bound.layers[l].activation;
    }
    let mut named = if rng.random() { bound.clone() } else { plan.network(|name, _| name.to_string(), &mut rng) };
    named.terms[0].loss = bound.term().loss;
    let sizes = plan.widths.iter().enumerate().map(|(l, width)| (format!("f{l}"), *width));
    let dims = sizes.chain([("n".to_string(), plan.samples)]).collect();
    Case { named, bound, dims, arrays, distributions }
}

/// Keeps Z of layer l (from 0) moderate; where the loss has a domain, in (0.2, 0.8), or in (−0.9, −0.3) where exp and
/// softplus must stay under 1.
fn moderate(network: &mut Network, arrays: &mut Arrays, l: usize, centred: bool, rng: &mut ChaCha8Rng) {
    let (weight, bias) = (format!("W{}", l + 1), format!("b{}", l + 1));
    let layer = &mut network.layers[l];
    if centred {
        let below = matches!(layer.activation, Activation::Entrywise(Function::Exp | Function::Softplus));
        let centre = if below { -0.6 } else { 0.5 };
        arrays[&bias] = uniform(rng, arrays[&bias].dim(), centre - 0.2, centre + 0.2);
    }
    let (has_weight, has_bias) = (layer.has_weight(), layer.has_bias());
    let mut z = backprop::forward(network, arrays).pre_activations.swap_remove(l);
    if has_bias {
        z -= &arrays[&bias];
    }
    let largest = z.iter().fold(0.0_f64, |largest, z| largest.max(z.abs()));
    let wanted = if centred { 0.1 } else { 2.0 };
    if has_weight && largest > wanted {
        arrays[&weight] *= wanted / largest;
    } else if !has_weight && largest > 4.0 {
        network.layers[l].activation = activation::find("tanh", None).unwrap();
    }
}

/// Values by name of what is derived.
fn values(forward: &Forward, gradient: &Gradient, case: &Case) -> BTreeMap<String, Array2<f64>> {
    let pass = Pass::new(forward, &case.dims, case.arrays.clone()).expect("bound");
    let variables: Vec<_> = gradient.derivatives.iter().map(|derivative| derivative.variable).collect();
    let found = match gradient.form {
        Form::Layered => pass.whole(gradient, &variables),
        _ => pass.by_sample(gradient, &variables),
    };
    let named = |(variable, value)| (forward.arena.symbol(variable).key(), value);
    found.expect("evaluates").into_iter().map(named).collect()
}

/// The three forms as the sweep and the translations give them, nothing simplified.
fn raw(case: &Case) -> Vec<BTreeMap<String, Array2<f64>>> {
    let mut forward = forward(&case.named).unwrap();
    let head = raw_head(&mut forward.arena, &forward.outputs[0], forward.loss).unwrap();
    let layered = layered(&mut forward, &[head]).unwrap();
    let product = product(&mut forward, &head, &layered, false).unwrap();
    let per_sample = per_sample(&mut forward.arena, &product).unwrap();
    [layered, per_sample, product].iter().map(|gradient| values(&forward, gradient, case)).collect()
}

fn simplified(case: &Case, form: Form) -> BTreeMap<String, Array2<f64>> {
    let request = Request { distributions: case.distributions, ..Request::new(form) };
    let derivation = derive(&case.named, &request).expect("derives");
    assert_eq!(derivation.limit, None, "not saturated");
    let Derived::Gradient(gradient) = &derivation.derived else { panic!("a form with a value") };
    values(&derivation.forward, gradient, case)
}

/// The largest entry's size.
fn largest(array: &Array2<f64>) -> f64 {
    array.iter().fold(0.0, |largest, x| if x.is_finite() { x.abs().max(largest) } else { f64::INFINITY })
}

/// What was compared with the concrete backprop.
#[derive(Default)]
struct Findings {
    gradients: usize,
    zero: usize,
    faults: Vec<String>,
}

impl Findings {
    fn compare(&mut self, seed: usize, case: &Case) {
        let concrete = backprop::gradients(&case.bound, &case.arrays);
        assert!(concrete.loss.is_finite(), "seed {seed}: {:?} has no loss", case.bound);
        // Where the samples' gradients cancel, rounding is relative to them, not to their sum.
        let summands = largest_summands(&case.bound, &case.arrays);
        let mut compare = |what: &str, found: &BTreeMap<String, Array2<f64>>| {
            assert_eq!(found.len(), concrete.gradients.len(), "seed {seed}: {what}");
            for (name, expected) in &concrete.gradients {
                let difference = largest(&(&found[name] - expected));
                let scale = largest(expected).max(summands[name]);
                if difference > 1e-12 * scale || difference.is_infinite() {
                    self.faults.push(format!("seed {seed}: {what}: {name} is off by {difference:e} of {scale:e}"));
                }
            }
        };
        let (loss, scalar) = scalar::gradients(&case.bound, &case.arrays);
        assert!((loss - concrete.loss).abs() <= 1e-12 * loss.abs(), "seed {seed}: {loss} {}", concrete.loss);
        compare("scalar reverse mode", &scalar.into_iter().collect());
        for (form, found) in ["layered", "per-sample", "product"].iter().zip(raw(case)) {
            compare(&format!("{form} before simplification"), &found);
        }
        for form in [Form::Layered, Form::PerSample, Form::Product] {
            compare(&format!("{form:?}"), &simplified(case, form));
        }
        self.gradients += concrete.gradients.len();
        self.zero += concrete.gradients.values().filter(|gradient| largest(gradient) == 0.0).count();
    }
}

/// Every combination of last activation, loss and reduction three times.
pub const NETWORKS: usize = 3 * 20 * 7 * 3;

/// A quarter of the networks, so that a machine's cores share the work.
fn quarter(from: usize) {
    let mut findings = Findings::default();
    for seed in (from..NETWORKS).step_by(4) {
        findings.compare(seed, &case(seed));
    }
    let Findings { gradients, zero, faults } = findings;
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    assert!(zero * 10 < gradients, "{zero} of {gradients} gradients are 0 and say nothing");
}

#[test]
fn random_networks_0() {
    quarter(0);
}

#[test]
fn random_networks_1() {
    quarter(1);
}

#[test]
fn random_networks_2() {
    quarter(2);
}

#[test]
fn random_networks_3() {
    quarter(3);
}
