//! Formulas for any number of blocks: with numbers put in they are the formulas of a network of so many.

use std::collections::BTreeMap;

use chainrule::{
    evaluate::{arrays::Arrays, bindings::bind, draw, eval::Environment, gradients::Pass, value::Value},
    expr::{Arena, ExprId, Index, Op, Role, Symbol},
    gradient::{
        Derivation, Derived, Form,
        general::iterated::{IteratedOperations, Operation},
    },
    network::graph::{Layout, Network},
    pipeline::{Request, derive, derive_general, select_general},
    render::{Format, Style},
    report,
};

use ndarray::Array2;

use crate::{common::snapshot, concrete::distance, graphs::network, oracles::scalar};

/// The layers before the blocks, a block, and those behind, so many layers each.
struct Case {
    before: &'static str,
    block: &'static str,
    behind: &'static str,
    sizes: [usize; 2],
}

const CASES: [(&str, Case); 7] = [
    ("tanh", Case { before: "", block: "residual { dense d tanh }", behind: "", sizes: [0, 2] }),
    (
        "norms",
        Case {
            before: "dense d\n",
            block: "residual { norm layer; dense h relu; dense d }",
            behind: "dense c softmax\n",
            sizes: [1, 4],
        },
    ),
    (
        "gated",
        Case {
            before: "dense d relu\n",
            block: "residual { multiply { dense d } { dense d sigmoid } }",
            behind: "norm rms\ndense 1\n",
            sizes: [1, 4],
        },
    ),
    (
        "transformer",
        Case {
            before: "",
            block: "residual { norm layer; dense d tanh }; residual { norm layer; dense h relu; dense d }",
            behind: "norm layer\ndense c softmax\n",
            sizes: [0, 7],
        },
    ),
    (
        "after-a-sum",
        Case {
            before: "dense d\n",
            block: "residual { dense d sigmoid }; dense d relu",
            behind: "dense 2\n",
            sizes: [1, 3],
        },
    ),
    (
        // Its S is not symmetric.
        "log-softmax",
        Case { before: "", block: "residual { dense h log_softmax; dense d }", behind: "dense 2\n", sizes: [0, 3] },
    ),
    (
        "unequal",
        Case {
            before: "",
            block: "subtract { dense d } { dense d tanh nobias }",
            behind: "dense 2 sigmoid\n",
            sizes: [0, 3],
        },
    ),
];

impl Case {
    fn network(&self, blocks: usize) -> Network {
        let loss = if self.behind.contains("softmax") { "cce" } else { "half_mse" };
        let Self { before, block, behind, .. } = self;
        network(&format!("input X [n, d]\n{before}repeat {blocks} {{ {block} }}\n{behind}loss {loss}"))
    }

    /// The label in a network of `blocks` for one of the pattern, where l is `own`.
    fn label(&self, network: &Network, label: &str, own: i64, blocks: usize) -> String {
        let [before, size] = self.sizes;
        let of = |place: usize| network.layers[place].label.to_string();
        let Some(index) = Index::of_label(label).or(label.parse().ok().map(Index::number)) else {
            // Behind the blocks.
            return match label.strip_prefix("out_") {
                Some(number) => of(before + blocks * size + number.parse::<usize>().expect("a number") - 1),
                None if label == "out" => of(network.layers.len() - 1),
                None => label.to_owned(),
            };
        };
        let block = usize::try_from(number(index, own, blocks)).expect("a block");
        let part = label.split_once(',').map_or(size, |(_, part)| part.trim_end_matches(']').parse().expect("a part"));
        if block == 0 {
            (before.checked_sub(1)).map_or("X".into(), of)
        } else {
            of(before + (block - 1) * size + part - 1)
        }
    }
}

fn number(index: Index, own: i64, blocks: usize) -> i64 {
    match index.parts() {
        (Some('l'), offset) => own + offset,
        (Some('L'), offset) => i64::try_from(blocks).expect("few") + offset,
        (None, number) => number,
        (Some(letter), _) => panic!("a free {letter}"),
    }
}

/// An expression with all names written out, products and sums flat.
fn written(
    arena: &Arena,
    iterations: &IteratedOperations,
    id: ExprId,
    name: &dyn Fn(&Symbol, Option<i64>) -> String,
    k: Option<i64>,
    run: &dyn Fn(Index) -> i64,
) -> Vec<String> {
    let one = |id: ExprId| {
        let parts = written(arena, iterations, id, name, k, run);
        if parts.len() == 1 { parts[0].clone() } else { format!("({})", parts.join(" ")) }
    };
    match arena.op(id) {
        Op::Symbol(symbol) => match iterations.get(*symbol) {
            Some(iterated) => {
                let [high, low] = iterated.ends().map(run);
                let mut numbers: Vec<i64> = (low..=high).collect();
                if iterated.operation == Operation::Product {
                    numbers.reverse();
                }
                assert!(iterated.operation.is_product());
                numbers
                    .into_iter()
                    .flat_map(|k| written(arena, iterations, iterated.body, name, Some(k), run))
                    .collect()
            }
            None => vec![name(arena.symbol(*symbol), k)],
        },
        Op::Multiply([a, b]) => {
            [*a, *b].into_iter().flat_map(|part| written(arena, iterations, part, name, k, run)).collect()
        }
        Op::Add([a, b]) => {
            let mut terms = [one(*a), one(*b)];
            terms.sort();
            vec![format!("[{}]", terms.join(" + "))]
        }
        op => vec![format!(
            "{:?}({})",
            op.map(|_| ()),
            op.children().iter().map(|child| one(*child)).collect::<Vec<_>>().join(", ")
        )],
    }
}

fn value(derivation: &Derivation, symbol: &Symbol) -> Option<ExprId> {
    let Derived::Gradient(gradient) = &derivation.derived else { panic!("a product") };
    let found = derivation.forward.arena.find(symbol)?;
    gradient.by(found).map(|derivative| derivative.value)
}

#[test]
fn with_numbers_put_in_they_are_the_formulas_of_so_many_blocks() {
    let compared = compared(Layout::Rows);
    assert!(compared > 300, "{compared}");
}

#[test]
fn with_samples_as_columns_they_are_too() {
    let compared = compared(Layout::Columns);
    assert!(compared > 300, "{compared}");
}

fn compared(layout: Layout) -> usize {
    let mut compared = 0;
    for (name, case) in &CASES {
        for form in [Form::Product, Form::PerSample] {
            let request = Request::new(form);
            let network = |blocks| Network { layout, ..case.network(blocks) };
            let pattern = derive_general(&network(2), &request).unwrap_or_else(|error| panic!("{name}: {error}"));
            let general = pattern.general.as_ref().expect("general");
            let Derived::Gradient(gradient) = &pattern.derived else { panic!("a product") };
            let arena = &pattern.forward.arena;
            for blocks in 2..=4 {
                let network = network(blocks);
                let numbers = derive(&network, &request).expect("derives");
                for derivative in &gradient.derivatives {
                    let variable = arena.symbol(derivative.variable).clone();
                    for own in 1..=i64::try_from(blocks).expect("few") {
                        let run = |index: Index| number(index, own, blocks);
                        let label = |label: &str, k: Option<i64>| match k {
                            Some(k) => case.label(&network, &label.replace('k', "l"), k, blocks),
                            None => case.label(&network, label, own, blocks),
                        };
                        let key = |symbol: &Symbol, k: Option<i64>| {
                            let label = symbol.label.as_deref().map(|own| label(own, k));
                            let is_input = label.as_deref() == Some("X");
                            let name = if symbol.role == Role::Prediction { "A" } else { &symbol.name };
                            match label {
                                Some(label) if !is_input => format!("{name}{label}"),
                                _ if is_input => "X".to_owned(),
                                _ => name.to_owned(),
                            }
                        };
                        let found = written(arena, &general.iterations, derivative.value, &key, None, &run).join(" ");
                        let own_label = variable.label.as_deref().map(|own| label(own, None).into());
                        let role = variable.role;
                        let wanted = Symbol { label: own_label, ..variable.clone() };
                        let Some(expected) = value(&numbers, &wanted) else {
                            // The last block puts out the prediction.
                            assert_eq!(role, Role::Activation, "{name}: {wanted:?}");
                            continue;
                        };
                        let plain = |symbol: &Symbol, _: Option<i64>| {
                            let name = if symbol.role == Role::Prediction { "A" } else { &symbol.name };
                            symbol.label.as_ref().map_or(name.to_owned(), |label| format!("{name}{label}"))
                        };
                        let all = &numbers.forward.arena;
                        let expected =
                            written(all, &IteratedOperations::default(), expected, &plain, None, &run).join(" ");
                        assert_eq!(found, expected, "{name} {form}: {} for {own} of {blocks}", variable.key());
                        compared += 1;
                    }
                }
            }
        }
    }
    compared
}

/// The layered form with numbers put in: every Δ and every gradient as the concrete backprop has them.
#[test]
fn the_recurrences_are_those_of_so_many_blocks() {
    let mut compared = 0;
    for (name, case) in &CASES {
        for (blocks, layout) in [(2, Layout::Rows), (3, Layout::Rows), (4, Layout::Columns)] {
            let plain = case.network(blocks);
            let request = Request { distributions: false, ..Request::new(Form::Layered) };
            let pattern = derive_general(&Network { layout, ..plain.clone() }, &request)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let mut rng = draw::generator(11);
            let bound = bind(&plain, None, None, Some(&mut rng)).expect("binds");
            let arrays = draw::arrays(&bound.network, &bound.arrays, 1.0, &mut rng);
            let concrete = Network { layout, ..bound.network.clone() };
            let numbers = derive(&concrete, &request).expect("derives");
            let dims = BTreeMap::new();
            let pass = Pass::new(&numbers.forward, &dims, arrays.clone()).expect("bound");
            let (_, expected) = scalar::gradients(&bound.network, &arrays);
            compared += Recurrence {
                case,
                pattern: &pattern,
                network: &plain,
                blocks,
                pass: &pass,
                samples: arrays["X"].nrows(),
                dims: &bound.dims,
            }
            .compare(name, &numbers, &expected);
        }
    }
    assert!(compared > 200, "{compared}");
}

/// The formulas of block l, evaluated block by block from the last.
struct Recurrence<'a> {
    case: &'a Case,
    pattern: &'a Derivation,
    network: &'a Network,
    blocks: usize,
    pass: &'a Pass<'a>,
    samples: usize,
    dims: &'a BTreeMap<String, u64>,
}

impl Recurrence<'_> {
    fn compare(&self, name: &str, numbers: &Derivation, expected: &Arrays) -> usize {
        let Derived::Gradient(gradient) = &self.pattern.derived else { panic!("layered") };
        let arena = &self.pattern.forward.arena;
        let mut deltas: BTreeMap<String, Array2<f64>> = BTreeMap::new();
        let blocks = i64::try_from(self.blocks).expect("few");
        let label = |symbol: &Symbol| symbol.label.clone().unwrap_or_default();
        let is_of_block = |symbol: &Symbol| Index::of_label(&label(symbol)).is_some_and(|i| i.parts().0 == Some('l'));
        let environment = |deltas: &BTreeMap<String, Array2<f64>>, own: i64, value: ExprId| {
            let mut environment = Environment::new(arena, self.dims, self.samples);
            for id in arena.reachable(&[value]).into_iter().filter_map(|part| arena.as_symbol(part)) {
                let symbol = arena.symbol(id);
                let key = self.key(symbol, own);
                let known = match symbol.role {
                    Role::Adjoint => deltas.get(&key).cloned(),
                    _ => self.value(numbers, symbol, &key),
                };
                if let Some(known) = known.filter(|_| !symbol.sample) {
                    environment.bind(id, Value::array(known));
                }
            }
            environment.array(value).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        for definition in gradient.definitions.iter().filter(|d| !is_of_block(arena.symbol(d.symbol))) {
            let value = environment(&deltas, blocks, definition.value);
            deltas.insert(self.key(arena.symbol(definition.symbol), blocks), value);
        }
        let mut compared = 0;
        for own in (1..=blocks).rev() {
            for definition in gradient.definitions.iter().filter(|d| is_of_block(arena.symbol(d.symbol))) {
                let symbol = arena.symbol(definition.symbol);
                if own == blocks && label(symbol) == Index::LAYER.label() {
                    continue;
                }
                let value = environment(&deltas, own, definition.value);
                deltas.insert(self.key(symbol, own), value);
            }
            for derivative in &gradient.derivatives {
                let symbol = arena.symbol(derivative.variable);
                let key = self.key(symbol, own).replace("Ŷ", "A");
                if own > 1 && symbol.role == Role::Input {
                    continue;
                }
                let Some(expected) = expected.get(&key) else { continue };
                let mut value = environment(&deltas, own, derivative.value);
                if self.pattern.forward.has_columns() {
                    value = value.reversed_axes();
                }
                let error = distance(&value, expected);
                assert!(error <= 1e-9, "{name}: ∂J/∂{key} of block {own} of {} is off by {error:e}", self.blocks);
                compared += 1;
            }
        }
        compared
    }

    /// The name in the network of so many blocks.
    fn key(&self, symbol: &Symbol, own: i64) -> String {
        let Some(label) = symbol.label.as_deref() else { return symbol.name.to_string() };
        let label = self.case.label(self.network, label, own, self.blocks);
        if label == "X" { "X".to_owned() } else { format!("{}{label}", symbol.name) }
    }

    /// The value of what is called so there: a parameter, or what the forward pass has.
    fn value(&self, numbers: &Derivation, symbol: &Symbol, key: &str) -> Option<Array2<f64>> {
        let all = &numbers.forward.arena;
        let is_it = |other: &&Symbol| {
            let name = other.label.as_ref().map_or(other.name.to_string(), |label| format!("{}{label}", other.name));
            // What the last block puts out may be the prediction, and what the first takes in the input.
            let is_output = other.role == Role::Prediction && symbol.role == Role::Activation;
            let same = other.role == symbol.role || is_output || other.role == Role::Input;
            !other.sample
                && same
                && (name == key || is_output && format!("A{}", other.label.as_deref().unwrap_or_default()) == key)
        };
        let mut found = all.symbols().iter().filter(is_it);
        let value = found.find_map(|symbol| self.pass.named(all.find(symbol)?).ok())?;
        Some(if numbers.forward.has_columns() { value.reversed_axes() } else { value })
    }
}

#[test]
fn pages_of_blocks() {
    for (name, case) in &CASES {
        let derivation = derive_general(&case.network(2), &Request::new(Form::Product)).expect("derives");
        let words: Vec<String> = ["W"].map(String::from).to_vec();
        let variables = select_general(&derivation, &words).expect("known");
        let page = Style::new(Format::Text).page(&report::gradients(&derivation, &variables, true));
        snapshot("general", &format!("blocks-{name}"), &page);
        if ["norms", "transformer"].contains(name) {
            let derivation = derive_general(&case.network(2), &Request::new(Form::Layered)).expect("derives");
            let variables = select_general(&derivation, &words).expect("known");
            let page = Style::new(Format::Text).page(&report::gradients(&derivation, &variables, false));
            snapshot("general", &format!("blocks-{name}-layered"), &page);
        }
    }
}
