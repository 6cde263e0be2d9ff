//! What bracket orders cost: against arithmetic by hand, all bracketings, all schedules, and an e-graph that knows
//! nothing but the associative law.

use std::collections::{BTreeSet, HashMap};

use chainrule::{
    cost::{
        Count,
        backpropagation::{self, Backpropagation},
        break_even::BreakEven,
        chain::{Chain, Chains, Factor, Side},
        hu_shing::triangulate,
        order::{Order, Polygon, Step},
        program, schedule, search,
    },
    evaluate::{bindings::bind, draw},
    expr::{Arena, ExprId, Op, Role},
    gradient::{Derivation, Derived, Form},
    network::resolve,
    pipeline::{self, GradientCost, Request, derive},
    spec,
};
use egg::{CostFunction, Extractor, Id, RecExpr, Rewrite, Runner, rewrite};

use crate::{cli::chainrule, common, graphs::NETWORKS};

const MNIST: &str = "input X [100, 784]; dense 128 relu nobias; dense 64 relu nobias; dense 10 nobias; loss half_mse";

fn derivation(text: &str, expand: bool) -> Derivation {
    let network = resolve(&spec::parse(text).unwrap(), &[]).network.unwrap();
    derive(&network, &Request { expand, ..Request::new(Form::Product) }).unwrap()
}

fn costs(text: &str) -> pipeline::Costs {
    let derivation = derivation(text, false);
    pipeline::cost(&derivation, &[], &derivation.forward.parameters).unwrap()
}

fn count(products: u128, scalings: u128) -> Count {
    Count { products, scalings }
}

/// Of the first gradient: as printed, by backpropagation, and the cheapest.
fn first(costs: &pipeline::Costs) -> [Count; 3] {
    let GradientCost { factors, printed, backpropagation, cheapest, .. } = &costs.gradients[0];
    [printed, backpropagation, cheapest].map(|order| order.count(factors))
}

#[test]
fn counts_by_hand() {
    let costs = costs(MNIST);
    // 784·100·10 + 784·10·64 + 784·64·128, and 784·64 + 784·128.
    let printed = count(7_708_288, 150_528);
    // 100·10·64 + 100·64·128 + 784·100·128, and 100·64 + 100·128.
    let backpropagation = count(10_918_400, 19_200);
    // XᵀE: 784·100·10, W₃ᵀW₂ᵀ: 10·64·128, both: 784·10·128; S₂ and S₁ on 10 rows.
    let cheapest = count(1_869_440, 1_920);
    assert_eq!(first(&costs), [printed, backpropagation, cheapest]);
    // And for W₂: 128·100·64, for W₃: 64·100·10. Alone, W₂ is 128·100·10 + 128·10·64, S₂ on 10 rows.
    let together = costs.together.1;
    assert_eq!(together.backpropagation, count(10_918_400 + 819_200 + 64_000, 19_200));
    assert_eq!(together.separate, Some(count(1_869_440 + 209_920 + 64_000, 1_920 + 640)));
    // W₃ᵀ S₂ is needed twice.
    assert_eq!((together.shared, together.proved), (count(2_143_360, 1_920), true));
}

#[test]
fn the_sum_over_samples_first_pays_from_where_mathematics_says() {
    // By hand: (784·10·64 + 784·64·128) / (10·64 + 64·128 + 784·128 − 784·10), and with 784·64 + 784·128 above, 64 + 128
    // below more.
    let break_evens = costs(MNIST).gradients[0].break_evens().unwrap();
    assert_eq!(break_evens[0], BreakEven::Beyond { numerator: 6_924_288, denominator: 101_344 });
    assert_eq!(break_evens[1], BreakEven::Beyond { numerator: 7_074_816, denominator: 101_536 });
    assert_eq!(break_evens.map(BreakEven::first), [Some(69), Some(70)]);
    let wide = "input X [100, 1000]; dense 10 relu nobias; dense 10 relu nobias; dense 100 nobias; loss half_mse";
    assert_eq!(costs(wide).gradients[0].break_evens().unwrap(), [BreakEven::Never; 2]);
    // 4·2·4 / (2·4 + 4·4 − 4·2) = 2: for two samples both cost the same, so that three are the first that pay.
    let exact = costs("input X [7, 4]; dense 4 nobias; dense 2 nobias; loss half_mse");
    let break_even = exact.gradients[0].break_evens().unwrap()[0];
    assert_eq!((break_even, break_even.first()), (BreakEven::Beyond { numerator: 32, denominator: 16 }, Some(3)));
}

#[test]
fn a_softmax_inside_scales_twice() {
    let costs = costs("input X [7, 5]; dense 3 softmax nobias; dense 2 nobias; loss half_mse");
    // Xᵀ ((E W₂ᵀ) S₁): 7·2·3 + 5·7·3, and 2·7·3; cheapest with S₁ on W₂ᵀ: XᵀE 5·7·2, W₂ᵀS₁ twice 2·3, both 5·2·3.
    assert_eq!(first(&costs)[1..], [count(147, 42), count(100, 12)]);
}

#[test]
fn softmax_gates_are_not_multiplied_with_each_other() {
    let text = "input X [100, 7]; dense 6 softmax; activation softmax; dense 4 nobias; loss mse";
    // Xᵀ E 7·100·4 and W₃ᵀ S₂ S₁, each twice the entries of a 4 × 6; both 7·4·6.
    assert_eq!(first(&costs(text))[2], count(2_800 + 168, 4 * 24));
    // S₂ S₁ of two diagonals 6, then once 24.
    let text = "input X [100, 7]; dense 6 relu; activation tanh; dense 4 nobias; loss mse";
    assert_eq!(first(&costs(text))[2], count(2_800 + 168, 6 + 24));
}

#[test]
fn long_chains_multiply_adjacent_gates_as_short_ones_do() {
    // S₂ S₁ 6; then each of the gates scales a 3 × 6: one of S₂ S₁, and one of each layer between.
    for (layers, scalings) in [(13, 258), (14, 276), (30, 6 + 18 * 31)] {
        let text = format!(
            "input X [100, 20]; dense 6 relu; activation tanh; repeat {layers} {{ dense 6 relu }}; dense 3; loss mse"
        );
        let derivation = derivation(&text, false);
        let costs = pipeline::cost(&derivation, &["W1".into()], &derivation.forward.parameters[..1]).unwrap();
        assert_eq!(first(&costs)[2].scalings, scalings, "{layers}");
    }
}

#[test]
fn what_pays_with_scalings_only_is_not_said_never_to() {
    // With one class as with one error: 64·100·8 both ways in products; S₁ on 64 × 8 or on 100 × 8 entries.
    for (spec, said) in [
        ("input X [100, 64]; dense 8 relu nobias; loss mse", "with scalings fewer from 65 samples on (beyond 64.00)"),
        (
            "input X [100, 5]; dense 5 softmax nobias; loss half_mse",
            "with scalings fewer from 6 samples on (beyond 5.00)",
        ),
    ] {
        let page = chainrule(&["derive", "--cost", "--wrt", "W1", "-e", spec]).stdout.replace("\n   ", " ");
        assert!(page.contains(said) && !page.contains("never"), "{page}");
    }
}

#[test]
fn what_is_proved_is_said_of_products_alone() {
    let spec = "input X [2, 3]; dense 13 softmax nobias; dense 4 nobias; loss mse";
    let page = chainrule(&["derive", "--cost", "-e", spec]).stdout;
    let row = |name: &str| {
        let line = page.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {page}"));
        let numbers = line.split_whitespace().filter_map(|word| word.replace(',', "").parse::<u128>().ok());
        numbers.collect::<Vec<_>>()
    };
    let (least, known) = (row("fewest, shared: proved"), row("backpropagation, shared"));
    assert!(least[0] < known[0] && least[2] > known[2], "{page}");
    assert!(!page.contains("cheapest"), "{page}");
}

fn factor(rows: u64, columns: u64, passes: u8) -> Factor {
    let id = derivation("input X [2, 2]; dense 2; loss mse", false).loss;
    let side = |size| Side { size, batch: false };
    Factor { id, passes, ones: false, rows: side(rows), columns: side(columns) }
}

/// Numbers that look random, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn chain(&mut self, blank: Factor, matrices: u64, gates: u64) -> Vec<Factor> {
        let side = |size| Side { size, batch: false };
        let largest = [3, 20, 1000][usize::try_from(self.below(3)).unwrap()];
        let (mut factors, mut rows) = (Vec::new(), 1 + self.below(largest));
        for _ in 0..matrices {
            let columns = 1 + self.below(largest);
            factors.push(Factor { passes: 0, rows: side(rows), columns: side(columns), ..blank });
            while self.below(100) < gates {
                let passes = 1 + u8::try_from(self.below(2)).unwrap();
                factors.push(Factor { passes, rows: side(columns), columns: side(columns), ..blank });
            }
            rows = columns;
        }
        factors
    }

    /// Half of them are summed over their rows.
    fn summed(&mut self, blank: Factor, matrices: u64, gates: u64) -> Vec<Factor> {
        let mut factors = self.chain(blank, matrices, gates);
        if self.below(2) == 0 {
            let rows = Side { size: 1, batch: false };
            factors.insert(0, Factor { passes: 0, ones: true, rows, columns: factors[0].rows, ..blank });
        }
        factors
    }
}

/// What a product of two parts costs, and nothing is cheaper that treats each as what it is: the products of diagonals are
/// diagonals, those of a softmax's S with another gate are matrices like any other.
fn price(left: &[Factor], right: &[Factor]) -> (u128, u128) {
    let passes = |part: &[Factor]| match part {
        [only] => only.passes,
        _ => u8::from(part.iter().all(|factor| factor.passes == 1)),
    };
    let size = |side: Side| u128::from(side.size);
    let (rows, inner, columns) = (size(left[0].rows), size(right[0].rows), size(right[right.len() - 1].columns));
    match (passes(left), passes(right)) {
        _ if left.len() == 1 && left[0].ones => (0, 0),
        (0, 0) => (rows * inner * columns, 0),
        (1, 1) => (0, rows),
        (0, gate) | (gate, 0) => (0, rows * columns * u128::from(gate)),
        // p pᵀ, then diag(s) on it once, or another softmax's S twice.
        (2, other) | (other, _) => (0, rows * columns + rows * columns * u128::from(other)),
    }
}

/// The cost of every bracketing, by trying every last product.
fn all_bracketings(factors: &[Factor]) -> Vec<(u128, u128)> {
    if factors.len() == 1 {
        return vec![(0, 0)];
    }
    let mut found = Vec::new();
    for at in 1..factors.len() {
        let (left, right) = factors.split_at(at);
        let own = price(left, right);
        for a in all_bracketings(left) {
            found.extend(all_bracketings(right).iter().map(|b| (own.0 + a.0 + b.0, own.1 + a.1 + b.1)));
        }
    }
    found
}

#[test]
fn the_dynamic_programme_finds_the_least_of_all_bracketings() {
    let (mut numbers, blank) = (Numbers(1), factor(1, 1, 0));
    for round in 0..400 {
        let matrices = 1 + numbers.below(5);
        let mut chain = numbers.summed(blank, matrices, 60);
        chain.truncate(9);
        let (products, scalings) = all_bracketings(&chain).into_iter().min().unwrap();
        assert_eq!(program::cheapest(&chain).count(&chain), count(products, scalings), "round {round}");
    }
}

#[test]
fn triangulations_are_orders_of_the_same_products() {
    let (mut numbers, blank) = (Numbers(2), factor(1, 1, 0));
    for round in 0..2_000 {
        let matrices = 1 + numbers.below(20);
        let chain = numbers.chain(blank, matrices, 60);
        let polygon = Polygon::new(&chain);
        let hu_shing = triangulate(&polygon.weights);
        let order = Order::of(&hu_shing, &chain);
        let (exact, found) = (program::cheapest(&chain).count(&chain), order.count(&chain));
        assert_eq!(found.products, exact.products, "round {round}");
        assert!(found.scalings >= exact.scalings, "round {round}");
        assert_eq!(polygon.count(&hu_shing, &chain), found, "round {round}");
        let mut places: Vec<usize> =
            order.steps.iter().filter_map(|s| if let Step::Factor(place) = s { Some(*place) } else { None }).collect();
        places.sort_unstable();
        assert_eq!(places, (0..chain.len()).collect::<Vec<_>>(), "every factor once");
    }
}

#[test]
fn long_sums_over_rows_cost_what_the_dynamic_programme_finds() {
    let (mut numbers, blank) = (Numbers(5), factor(1, 1, 0));
    let mut sums = 0;
    for round in 0..300 {
        let matrices = 33 + numbers.below(20);
        let chain = numbers.summed(blank, matrices, 40);
        sums += usize::from(chain[0].ones);
        let (exact, order) = (program::cheapest(&chain).count(&chain), schedule::cheapest(&chain));
        assert_eq!(order.count(&chain).products, exact.products, "round {round}");
        assert_eq!(schedule::least(&chain), order.count(&chain), "round {round}");
        let places = order.steps.iter().filter_map(|s| if let Step::Factor(place) = s { Some(*place) } else { None });
        assert_eq!(places.collect::<BTreeSet<_>>().len(), chain.len(), "every factor");
    }
    assert!((100..200).contains(&sums), "{sums} with ones");
}

/// Each product of the order, by the sides of its factors and the rule for gates; sums with ones are free.
fn by_hand(cost: &GradientCost, order: &Order) -> u128 {
    let mut shapes: Vec<(u64, u64, bool, bool)> = Vec::new();
    let mut total = 0;
    for step in &order.steps {
        shapes.push(match *step {
            Step::Factor(place) => {
                let factor = cost.factors[place];
                (factor.rows.size, factor.columns.size, factor.is_gate(), factor.ones)
            }
            Step::Product(left, right) => {
                let (a, b) = (shapes[left], shapes[right]);
                assert_eq!(a.1, b.0, "neighbours fit");
                if !a.2 && !b.2 && !a.3 && !b.3 {
                    total += u128::from(a.0 * a.1 * b.1);
                }
                (a.0, b.1, a.2 && b.2, false)
            }
        });
    }
    total
}

/// With samples as columns a product is the transpose: what is printed is computed from the other end, and all else costs the
/// same.
#[test]
fn columns_cost_what_rows_cost_but_from_left_to_right() {
    let networks = [
        "input X [100, 20]; dense 30 relu; dense 10; loss half_mse",
        "input X [8, 5]; dense 4 tanh; dense 6 softmax; dense 3 sigmoid nobias; loss bce",
        MNIST,
    ];
    for text in networks {
        let (rows, columns) = (costs(text), costs(&format!("layout columns; {text}")));
        assert_eq!(rows.together, columns.together);
        assert_eq!(rows.gradients.len(), columns.gradients.len());
        for (row, column) in rows.gradients.iter().zip(&columns.gradients) {
            let of = |cost: &GradientCost, order: &Order| order.count(&cost.factors);
            assert_eq!(of(row, &row.backpropagation), of(column, &column.backpropagation));
            assert_eq!(of(row, &row.cheapest), of(column, &column.cheapest));
            assert_eq!(row.break_evens(), column.break_evens());
            for order in [&column.printed, &column.backpropagation, &column.cheapest] {
                assert_eq!(of(column, order).products, by_hand(column, order));
            }
            let places: Vec<usize> = column
                .printed
                .steps
                .iter()
                .filter_map(|step| match step {
                    Step::Factor(place) => Some(*place),
                    Step::Product(..) => None,
                })
                .collect();
            assert!(places.is_sorted(), "from left to right");
        }
    }
    // S₁ W₂ᵀ: 30 · 10 scaled; then 30 · 10 · 100 and 30 · 100 · 20.
    let found = costs("layout columns; input X [100, 20]; dense 30 relu; dense 10; loss half_mse");
    assert_eq!(first(&found)[0], count(30_000 + 60_000, 300));
}

#[test]
fn column_sums_multiply_nothing() {
    let costs = costs("input X [100, 20]; dense 30 relu; dense 10; loss half_mse");
    let [_, by_b1, _, by_b2] = &costs.gradients[..] else { panic!("four parameters") };
    let counts = |cost: &GradientCost| {
        [&cost.printed, &cost.backpropagation, &cost.cheapest].map(|order| order.count(&cost.factors))
    };
    // 1ᵀE is free, then 10·30 and 30 by S₁; by backpropagation 100·10·30 and 100·30.
    assert_eq!(counts(by_b1), [count(300, 30), count(30_000, 3_000), count(300, 30)]);
    assert_eq!(by_b1.break_evens().unwrap()[0], BreakEven::Beyond { numerator: 300, denominator: 300 });
    assert_eq!(counts(by_b2), [count(0, 0); 3]);
    // The sums over Δ are free, so that what is left are Δ₁, Xᵀ Δ₁ and A₁ᵀ E.
    assert_eq!(costs.together.1.backpropagation, count(30_000 + 60_000 + 30_000, 3_000));
}

egg::define_language! {
    /// Products of the factors of a chain.
    enum Product {
        "*" = Times([Id; 2]),
        Factor(u32),
    }
}

/// The first factor, the one behind the last, and the least cost so far.
struct Multiplications<'a>(&'a [Factor]);

impl CostFunction<Product> for Multiplications<'_> {
    type Cost = (u128, u128, u32, u32);

    fn cost<C: FnMut(Id) -> Self::Cost>(&mut self, node: &Product, mut of: C) -> Self::Cost {
        match node {
            Product::Factor(place) => (0, 0, *place, *place + 1),
            Product::Times([a, b]) => {
                let (a, b) = (of(*a), of(*b));
                let part = |part: (u128, u128, u32, u32)| &self.0[part.2 as usize..part.3 as usize];
                let own = price(part(a), part(b));
                (a.0 + b.0 + own.0, a.1 + b.1 + own.1, a.2, b.3)
            }
        }
    }
}

#[test]
fn an_associative_e_graph_finds_the_same_least_cost() {
    let laws: [Rewrite<Product, ()>; 2] = [
        rewrite!("left"; "(* ?a (* ?b ?c))" => "(* (* ?a ?b) ?c)"),
        rewrite!("right"; "(* (* ?a ?b) ?c)" => "(* ?a (* ?b ?c))"),
    ];
    let (mut numbers, blank) = (Numbers(3), factor(1, 1, 0));
    for matrices in [2, 3, 4, 5, 6, 7, 8, 5, 6, 7, 8] {
        let mut chain = numbers.summed(blank, matrices, 50);
        chain.truncate(12);
        let mut product: RecExpr<Product> = RecExpr::default();
        let mut last = product.add(Product::Factor(0));
        for place in 1..chain.len() {
            let next = product.add(Product::Factor(u32::try_from(place).unwrap()));
            last = product.add(Product::Times([last, next]));
        }
        let runner = Runner::default().with_expr(&product).with_node_limit(100_000).with_iter_limit(100).run(&laws);
        assert!(matches!(runner.stop_reason, Some(egg::StopReason::Saturated)), "{:?}", runner.stop_reason);
        let extractor = Extractor::new(&runner.egraph, Multiplications(&chain));
        let (cost, _) = extractor.find_best(runner.roots[0]);
        assert_eq!(program::cheapest(&chain).count(&chain), count(cost.0, cost.1), "{}", chain.len());
    }
}

/// The chains of all parameters of a network.
fn chains(derivation: &Derivation) -> (Chains<'_>, Vec<Chain>) {
    let Derived::Gradient(gradient) = &derivation.derived else { panic!("no gradient") };
    let mut chains = Chains::new(&derivation.forward.arena, gradient, derivation.forward.layout).unwrap();
    let values = derivation.forward.parameters.iter().map(|variable| gradient.by(*variable).unwrap().value);
    let read = values.map(|value| chains.read(value).unwrap()).collect();
    (chains, read)
}

/// A set of intervals that computes all chains costs what each of its members costs by its cheapest split into others;
/// the least of all subsets of all intervals.
fn least_of_all_schedules(chains: &[Vec<Factor>]) -> (u128, u128) {
    let mut intervals: HashMap<Vec<chainrule::expr::ExprId>, Vec<Factor>> = HashMap::new();
    let ids = |factors: &[Factor]| factors.iter().map(|factor| factor.id).collect::<Vec<_>>();
    for chain in chains {
        for from in 0..chain.len() {
            for to in from + 2..=chain.len() {
                intervals.insert(ids(&chain[from..to]), chain[from..to].to_vec());
            }
        }
    }
    let wanted: BTreeSet<_> = chains.iter().map(|chain| ids(chain)).filter(|ids| ids.len() > 1).collect();
    let optional: Vec<_> = intervals.keys().filter(|key| !wanted.contains(*key)).cloned().collect();
    assert!(optional.len() <= 16);
    let subsets = (0..1_u32 << optional.len()).filter_map(|bits| {
        let chosen = optional.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, key)| key.clone());
        let set: BTreeSet<_> = wanted.iter().cloned().chain(chosen).collect();
        set.iter().try_fold((0, 0), |total, key| {
            let factors = &intervals[key];
            let there = |part: &[Factor]| part.len() == 1 || set.contains(&ids(part));
            let splits = (1..factors.len()).filter(|at| there(&factors[..*at]) && there(&factors[*at..]));
            let least = splits.map(|at| price(&factors[..at], &factors[at..]));
            least.min().map(|own| (total.0 + own.0, total.1 + own.1))
        })
    });
    subsets.min().unwrap()
}

#[test]
fn the_search_finds_the_least_of_all_schedules() {
    let mut numbers = Numbers(4);
    for round in 0..20 {
        let [n, a, b, c] = [30, 20, 20, 20].map(|limit| 1 + numbers.below(limit));
        let text = if round % 3 == 0 {
            format!("input X [{n}, {a}]; dense {b} relu; dense {c}; loss half_mse")
        } else if round % 3 == 1 {
            format!("input X [{n}, {a}]; dense {b} softmax nobias; activation softmax; dense {c} nobias; loss half_mse")
        } else {
            format!("input X [{n}, {a}]; dense {b} relu nobias; dense {c} nobias; dense {a} nobias; loss half_mse")
        };
        let derivation = derivation(&text, false);
        let (chains, wanted) = chains(&derivation);
        let factors: Vec<Vec<Factor>> = wanted.iter().map(|chain| chains.factors(chain)).collect();
        let (products, scalings) = least_of_all_schedules(&factors);
        let found = schedule::together(&chains, &wanted);
        assert_eq!((found.shared, found.proved), (count(products, scalings), true), "{text}");
    }
}

#[test]
fn four_layers_with_biases_are_searched() {
    let text = "input X [64, 50]; dense 40 tanh; dense 30 relu; dense 20 sigmoid; dense 10 softmax; loss cce";
    let derivation = derivation(text, false);
    let (chains, wanted) = chains(&derivation);
    let found = schedule::together(&chains, &wanted);
    assert!(found.proved && found.shared <= found.backpropagation && Some(found.shared) <= found.separate, "{found:?}");
    let factors: Vec<Vec<Factor>> = wanted.iter().map(|chain| chains.factors(chain)).collect();
    // Whatever is known beforehand, the least is the least.
    let much = count(u128::from(u64::MAX), 0);
    assert_eq!(search::cheapest(&factors, much), Some(found.shared));
}

#[test]
fn backpropagation_shares_its_running_products() {
    for (text, expand) in [
        ("input X [6, 5]; dense 4 relu; dense 3 tanh; dense 7 relu; dense 2 softmax; loss cce", false),
        ("input X [6, 5]; dense 4 relu nobias; dense 3 tanh nobias; dense 7 nobias; loss half_mse", true),
    ] {
        let derivation = derivation(text, expand);
        let (chains, wanted) = chains(&derivation);
        let factors: Vec<Vec<Factor>> = wanted.iter().map(|chain| chains.factors(chain)).collect();
        let orders = wanted
            .iter()
            .zip(&factors)
            .map(|(chain, factors)| (&factors[..], Order::error_first(factors.len(), chain.before.len())));
        let shared = backpropagation::shared(&orders.collect::<Vec<_>>());
        assert_eq!(Backpropagation::new(&chains, &wanted).total(&wanted), shared, "{text}");
    }
}

#[test]
fn every_unexpanded_gradient_is_a_chain() {
    insta::glob!("specs/valid", "*.net", |file| {
        let text = std::fs::read_to_string(file).unwrap();
        let spec = spec::parse(&text).unwrap();
        let network = resolve(&spec, &[]).network.unwrap();
        let names: BTreeSet<String> =
            match pipeline::cost(&derive(&network, &Request::new(Form::Product)).unwrap(), &[], &[]) {
                Err(pipeline::PipelineError::Cost(chainrule::cost::chain::CostError::Unbound { names })) => {
                    names.into_iter().collect()
                }
                _ => BTreeSet::new(),
            };
        let bindings: Vec<(String, u64)> = names.into_iter().zip(3..).collect();
        let Some(network) = resolve(&spec, &bindings).network else { return };
        let derivation = derive(&network, &Request::new(Form::Product)).unwrap();
        let costs = pipeline::cost(&derivation, &["W".into()], &derivation.forward.parameters).unwrap();
        assert!(costs.sums.is_empty() && costs.together.0 == costs.parameters, "{}", file.display());
    });
}

#[test]
fn long_chains_neither_overflow_nor_run_out_of_stack() {
    let largest = (1_u64 << 31) - 1;
    let blank = factor(largest, largest, 0);
    let chain: Vec<Factor> = (0..20_000).map(|i| Factor { passes: u8::from(i % 2 == 1), ..blank }).collect();
    let order = schedule::cheapest(&chain);
    let matrices = 10_000 - 1_u128;
    let size = u128::from(largest);
    assert_eq!(order.count(&chain), count(matrices * size.pow(3), 10_000 * size.pow(2)));
    assert_eq!(Order::error_first(20_000, 7_000).count(&chain), order.count(&chain));
}

#[test]
fn the_command_prints_orders_and_figures() {
    let run = |options: &[&str]| {
        let arguments = [&["derive", "-e", MNIST, "--cost"], options].concat();
        let run = chainrule(&arguments);
        assert_eq!(run.status, 0, "{}", run.stderr);
        run.stdout
    };
    common::snapshot("cost", "text", &run(&[]));
    common::snapshot("cost", "latex", &run(&["--format", "latex", "--wrt", "W1"]));
    assert!(run(&["--format", "ascii"]).is_ascii());
    assert!(run(&["--expand", "--wrt", "W2,Z1", "--shapes", "none"]).contains("S₁ · (W₁ᵀ · Xᵀ)"));
    let biased = "input X [4, 3]; dense 3 relu; dense 2; loss half_mse";
    let sum = chainrule(&["derive", "-e", biased, "--cost", "--expand", "--wrt", "W2"]);
    assert!(sum.stdout.contains("∂J/∂W₂ is no single product"), "{}", sum.stdout);
    let deep = "input X [4, 3]; repeat 20 { dense 3 relu }; dense 2; loss half_mse";
    let deep = chainrule(&["derive", "-e", deep, "--cost"]);
    assert!(deep.stdout.contains("the orders of 42 gradients are not listed"), "{}", deep.stdout);
}

#[test]
fn what_cannot_be_counted_is_refused() {
    for (options, message) in [
        (&["input X [n, f0]; dense 3 relu; dense 2; loss mse"][..], "f0, n are not bound"),
        (&["input X [n, 4]; dense 3 relu; dense 2; loss mse"], "`let n = 64`"),
        (&[MNIST, "--form", "layered"], "`--cost` does not go with `--form layered`: it brackets the product form"),
    ] {
        let run = chainrule(&[&["derive", "--cost", "-e"], options].concat());
        assert_eq!((run.status, &*run.stdout), (2, ""), "{}", run.stderr);
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
}

/// On a page of `insight` what to do is said with the command that does it, and it does.
#[test]
fn advice_is_taken_by_the_command_that_it_names() {
    let spec = "input X [8, 4]; repeat 7 { dense 5 relu }; dense 3; loss mse";
    let page = chainrule(&["insight", "-e", spec, "--only", "cost"]).stdout.replace("\n   ", " ");
    assert!(page.contains("name some with chainrule derive --cost --wrt\n"), "{page}");
    let page = chainrule(&["derive", "-e", spec, "--cost"]).stdout.replace("\n   ", " ");
    assert!(page.contains("name some with chainrule derive --cost --wrt\n"), "{page}");
    assert_eq!(chainrule(&["derive", "--cost", "--wrt", "W1", "-e", spec]).status, 0);
}

/// By variable, and of all parameters: the product form and backpropagation.
fn formulas(text: &str, form: Form, asked: &[&str]) -> Vec<(Option<Count>, Count)> {
    let network = resolve(&spec::parse(text).unwrap(), &[]).network.unwrap();
    let derivation = derive(&network, &Request::new(form)).unwrap();
    let asked: Vec<String> = asked.iter().map(ToString::to_string).collect();
    let variables = pipeline::variables::select(&derivation.forward, &asked).unwrap();
    let costs = pipeline::cost(&derivation, &asked, &variables).unwrap();
    let formulas = costs.formulas.expect("a network that branches");
    formulas.gradients.iter().chain([&formulas.together]).map(|cost| (cost.printed, cost.backpropagation)).collect()
}

#[test]
fn a_residual_block_by_hand() {
    let text = "input X [10, 4]; residual { dense 6 relu; dense 4 }; dense 3 softmax; loss cce";
    let found = formulas(text, Form::Product, &["W1", "W2", "b1", "X"]);
    // Xᵀ E 4·10·3, W₄ᵀ 4·3·4, W₂ᵀ 4·4·6, S₁ 4·6. Δ₃ 10·3·4, Δ₁ 10·4·6 and 10·6, Xᵀ Δ₁ 4·10·6.
    let by_w1 = (Some(count(120 + 48 + 96, 24)), count(120 + 240 + 240, 60));
    // A₁ᵀ E 6·10·3, W₄ᵀ 6·3·4. Δ₃, A₁ᵀ Δ₂ 6·10·4.
    let by_w2 = (Some(count(180 + 72, 0)), count(120 + 240, 0));
    // 1ᵀ E is free; then 1·3·4, 1·4·6 and 1·6.
    let by_b1 = (Some(count(12 + 24, 6)), count(120 + 240, 60));
    // E W₄ᵀ 10·3·4; W₂ᵀ S₁ 4·6, W₁ᵀ 4·6·4; then (I + ⋯) 10·4·4. Δ₁ W₁ᵀ 10·6·4.
    let by_x = (Some(count(120 + 96 + 160, 24)), count(120 + 240 + 240, 60));
    // With A₃ᵀ Δ₄ 4·10·3; 1ᵀ E W₄ᵀ is needed for b₁ and b₂.
    let all = (Some(count(264 + 252 + 120 + 36, 30)), count(120 + 240 + 240 + 240 + 120, 60));
    assert_eq!(found, [by_w1, by_w2, by_b1, by_x, all]);
}

#[test]
fn a_norm_by_hand() {
    let text = "input X [5, 4]; dense 3 nobias; norm layer; dense 2 sigmoid; loss bce";
    // Xᵀ E 4·5·2, W₃ᵀ 4·2·3, diag(s) 12, N 36. Δ₂ 5·2·3; by s, H, H and r 15 each; Xᵀ Δ₁ 4·5·3.
    let by_w1 = (Some(count(40 + 24, 12 + 36)), count(30 + 60, 60));
    // E W₃ᵀ 5·2·3, by H 15.
    let by_s2 = (Some(count(30, 15)), count(30, 15));
    // And 1ᵀ E W₃ᵀ 1·2·3, A₂ᵀ E 3·5·2.
    let all = (Some(count(64 + 30 + 6 + 30, 48 + 15)), count(30 + 60 + 30, 60 + 15));
    assert_eq!(formulas(text, Form::Product, &["W1", "s2"]), [by_w1, by_s2, all]);
    let layered = formulas(text, Form::Layered, &["W1", "s2"]);
    assert_eq!(layered, [by_w1, by_s2, all].map(|(_, backpropagation)| (None, backpropagation)));
}

/// The products and entrywise products that the layered formulas are printed with, each once.
fn walked(derivation: &Derivation) -> Count {
    let Derived::Gradient(gradient) = &derivation.derived else { panic!("layered") };
    let arena = &derivation.forward.arena;
    let is_fixed = |id: ExprId| match arena.op(id) {
        Op::Transpose([a]) => matches!(arena.op(*a), Op::Ones(..)) || is_role(arena, *a, Role::Piece),
        Op::Ones(..) => true,
        _ => is_role(arena, id, Role::Piece),
    };
    let size = |id: ExprId| {
        let (rows, columns) = arena.shape(id).dims().expect("a matrix");
        [rows, columns].map(|dim| u128::from(dim.as_number().expect("a number")))
    };
    let used = |values: &[ExprId]| arena.reachable(values).into_iter().filter_map(|id| arena.as_symbol(id));
    let roots = derivation.forward.parameters.iter().map(|variable| gradient.by(*variable).unwrap().value);
    let mut roots: Vec<ExprId> = roots.collect();
    for definition in gradient.definitions.iter().rev() {
        if used(&roots).any(|symbol| symbol == definition.symbol) {
            roots.push(definition.value);
        }
    }
    let mut errors = BTreeSet::new();
    for head in &derivation.output_errors {
        errors.extend([Some(head.by_prediction), Some(head.by_pre_activation), head.by_target].into_iter().flatten());
    }
    let (mut total, mut known, mut todo) = (Count::default(), errors, roots);
    while let Some(id) = todo.pop() {
        if !known.insert(id) {
            continue;
        }
        todo.extend(arena.op(id).children());
        match *arena.op(id) {
            Op::Multiply([a, b]) if !is_fixed(a) && !is_fixed(b) => {
                let ([m, k], [_, p]) = (size(a), size(b));
                total.products += m * k * p;
            }
            Op::Hadamard([a, _]) => total.scalings += size(a).iter().product::<u128>(),
            _ => {}
        }
    }
    total
}

fn is_role(arena: &Arena, id: ExprId, role: Role) -> bool {
    arena.as_symbol(id).is_some_and(|symbol| arena.symbol(symbol).role == role)
}

#[test]
fn backpropagation_costs_what_the_layered_formulas_hold() {
    for (name, source) in NETWORKS.into_iter().filter(|(name, _)| *name != "glu") {
        let named = resolve(&spec::parse(source).unwrap(), &[]).network.unwrap();
        let bound = bind(&named, None, None, Some(&mut draw::generator(3))).unwrap().network;
        let derivation = derive(&bound, &Request::new(Form::Layered)).unwrap();
        let costs = pipeline::cost(&derivation, &[], &derivation.forward.parameters).unwrap();
        let mut expected = walked(&derivation);
        // The loss that does not absorb the activation: its ∂J/∂Z, which is given here, is ∂J/∂Ŷ ⊙ σ'(Z).
        let unabsorbed = match name {
            "projected-skip" | "two-inputs" | "between-values" => Some(0),
            "classes" => Some(1),
            _ => None,
        };
        expected.scalings += unabsorbed.map_or(0, |place| sizes(&derivation, place));
        assert_eq!(costs.together.1.backpropagation, expected, "{name}");
    }
}

/// The entries of a prediction.
fn sizes(derivation: &Derivation, place: usize) -> u128 {
    let symbol = derivation.forward.arena.symbol(derivation.forward.outputs[place].prediction.symbol);
    [&symbol.rows, &symbol.columns].map(|dim| u128::from(dim.as_number().unwrap())).iter().product()
}

#[test]
fn costs_of_graphs_to_read() {
    for name in ["residual", "layer-norm", "siamese"] {
        let source = NETWORKS.iter().find(|(known, _)| *known == name).unwrap().1;
        let numbers = [("n", 32), ("f0", 20), ("d", 16), ("h", 24), ("c", 10)];
        let used = |name: &str| source.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == name);
        let lets = numbers.iter().filter(|(name, _)| used(name)).map(|(name, number)| format!("let {name} = {number}"));
        let source = [lets.collect::<Vec<_>>().join("\n"), source.into()].join("\n");
        let run = chainrule(&["derive", "--cost", "-e", &source]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        for verdict in ["cheapest", "proved", "fewest found"] {
            assert!(!run.stdout.contains(verdict), "{}", run.stdout);
        }
        common::snapshot("cost", name, &format!("{source}\n\n{}", run.stdout));
    }
    let source = "input X [8, 4]; dense 3; norm batch; dense 2; loss mse";
    let run = chainrule(&["derive", "--cost", "--form", "layered", "-e", source]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    // No row of the table.
    assert!(!run.stdout.contains("product form  "), "{}", run.stdout);
}
