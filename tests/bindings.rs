//! Arrays and a network: names are bound by shapes, and what does not fit is explained.

use chainrule::{
    evaluate::{
        arrays::Arrays,
        bindings::{Bound, Source, bind},
        draw,
    },
    network::graph::{Network, Parameters},
    shape::Dim,
    source::{Diagnostic, Kind},
};
use ndarray::Array2;

use crate::oracles::networks::{dim, network};

/// X [n, f0], f0 → f1 → f2 with biases.
fn two_layers() -> Network {
    let layers =
        [("1", "f1", "relu", Parameters::WeightAndBias), ("hidden", "f2", "linear", Parameters::WeightAndBias)];
    network(["n", "f0"], &layers, "mse")
}

fn source(origin: &str, shapes: &[(&str, usize, usize)]) -> Source {
    let arrays: Arrays =
        shapes.iter().map(|&(name, rows, columns)| (name.to_owned(), Array2::zeros((rows, columns)))).collect();
    Source { origin: origin.to_owned(), arrays }
}

const PARAMETERS: [(&str, usize, usize); 4] = [("W1", 3, 4), ("b1", 1, 4), ("W_hidden", 4, 2), ("b_hidden", 1, 2)];
const DATA: [(&str, usize, usize); 2] = [("X", 5, 3), ("Y", 5, 2)];

/// `PARAMETERS` with these in place of those of the same name.
fn parameters_but(changed: &[(&'static str, usize, usize)]) -> Source {
    let mut shapes = PARAMETERS.to_vec();
    for change in changed {
        shapes.retain(|shape| shape.0 != change.0);
        shapes.push(*change);
    }
    source("p.npz", &shapes)
}

fn bound(network: &Network, parameters: Source, data: Source) -> Result<Bound, Vec<Diagnostic>> {
    bind(network, Some(parameters), Some(data), None)
}

fn only(result: Result<Bound, Vec<Diagnostic>>) -> Diagnostic {
    let mut errors = result.expect_err("should not fit");
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}

fn dims(bound: &Bound) -> Vec<(&str, u64)> {
    bound.dims.iter().map(|(name, number)| (name.as_str(), *number)).collect()
}

#[test]
fn shapes_bind_the_free_names() {
    let network = Network { bindings: vec![("depth".into(), 9)], ..two_layers() };
    let bound = bound(&network, source("p.npz", &PARAMETERS), source("d.npz", &DATA)).unwrap();
    assert_eq!(dims(&bound), [("depth", 9), ("f0", 3), ("f1", 4), ("f2", 2), ("n", 5)]);
    assert_eq!(bound.arrays.keys().collect::<Vec<_>>(), ["X", "W1", "b1", "W_hidden", "b_hidden", "Y"]);
    assert_eq!(bound.network.layers[1].input().as_number(), Some(4));
    assert!(bound.network.input().samples.is_batch(), "the batch stays an axis of its own");
    assert_eq!(bound.warnings, []);
}

#[test]
fn sums_and_products_are_solved_one_after_the_other() {
    let mut network = two_layers();
    let twice = dim("2").times(&dim("d")).unwrap().plus(&Dim::one()).unwrap();
    let product = dim("d").times(&dim("k")).unwrap();
    network.layers[0].output = twice.clone();
    network.layers[1].sources[0].width = twice;
    network.layers[1].output = product.clone();
    network.terms[0].target.features = product;
    let parameters =
        |columns| source("p.npz", &[("W1", 3, 7), ("b1", 1, 7), ("W_hidden", 7, columns), ("b_hidden", 1, columns)]);
    let data = |columns| source("d.npz", &[("X", 5, 3), ("Y", 5, columns)]);
    let solved = bound(&network, parameters(6), data(6)).unwrap();
    assert_eq!(dims(&solved), [("d", 3), ("f0", 3), ("k", 2), ("n", 5)]);
    // 3k = 7 has no solution.
    let errors = bound(&network, parameters(7), data(7)).unwrap_err();
    assert_eq!(errors.len(), 3);
    assert_eq!(errors[0].title, "`Y` in `d.npz` is 5 × 7, expected n × d*k = 5 × 3*k");
}

#[test]
fn names_that_no_array_determines_are_asked_for() {
    let mut network = two_layers();
    let square = dim("d").times(&dim("d")).unwrap();
    network.layers[1].output = square.clone();
    network.terms[0].target.features = square;
    let parameters = || parameters_but(&[("W_hidden", 4, 9), ("b_hidden", 1, 9)]);
    let error = only(bound(&network, parameters(), source("d.npz", &[("X", 5, 3), ("Y", 5, 9)])));
    assert_eq!(error.title, "no array determines the value of `d`");
    assert_eq!(error.help.unwrap(), "state it in the spec, as in `let d = 64`");
    // Not drawn either, as the arrays given must fit it.
    only(bind(&network, Some(parameters()), None, Some(&mut draw::generator(1))));
}

#[test]
fn a_transposed_weight_is_found_though_its_neighbours_depend_on_it() {
    let error = only(bound(&two_layers(), parameters_but(&[("W_hidden", 2, 4)]), source("d.npz", &DATA)));
    assert_eq!(error.title, "`W_hidden` in `p.npz` is 2 × 4, expected f1 × f2 = 4 × 2");
    assert_eq!(error.notes, ["f1 = 4 by the shape of `W1`, `b1`", "f2 = 2 by the shape of `Y`, `b_hidden`"]);
    assert_eq!(error.help.unwrap(), "transpose it: `W_hidden.T`");
    assert_eq!(error.kind, Kind::Shape);
    assert_eq!(error.labels[0].text, "this layer asks for W_hidden: f1 × f2");
}

#[test]
fn arrays_that_disagree_are_named_with_their_numbers() {
    let error = only(bound(&two_layers(), source("p.npz", &PARAMETERS), source("d.npz", &[("X", 5, 3), ("Y", 6, 2)])));
    assert_eq!(error.title, "`X` in `d.npz` has 5 rows, `Y` has 6 rows");
    let error = only(bound(&two_layers(), parameters_but(&[("b1", 1, 9)]), source("d.npz", &DATA)));
    assert_eq!(error.title, "`b1` in `p.npz` is 1 × 9, expected 1 × f1 = 1 × 4");
    assert_eq!(error.notes[0], "f1 = 4 by the shape of `W1`, `W_hidden`");
    // Independent faults are reported together.
    let both = bound(&two_layers(), parameters_but(&[("b1", 1, 9), ("b_hidden", 1, 9)]), source("d.npz", &DATA));
    assert_eq!(both.unwrap_err().len(), 2);
}

#[test]
fn numbers_of_the_spec_are_checked_too() {
    let layers = [("1", "4", "relu", Parameters::WeightAndBias)];
    let network = network(["n", "3"], &layers, "mse");
    let data = || source("d.npz", &[("X", 5, 3), ("Y", 5, 4)]);
    let error = only(bound(&network, source("p.npz", &[("W1", 3, 4), ("b1", 4, 1)]), data()));
    assert_eq!(error.title, "`b1` in `p.npz` is 4 × 1, expected 1 × 4");
    let error = only(bound(&network, source("p.npz", &[("W1", 3, 5), ("b1", 1, 4)]), data()));
    assert_eq!(error.help.unwrap(), "give `W1` as 3 × 4, or change the spec to 3 × 5");
    let error = only(bound(&network, source("p.npz", &[("W1", 2, 6), ("b1", 1, 4)]), data()));
    assert_eq!(error.help.unwrap(), "reshape it: `W1.reshape(3, 4)`");
}

#[test]
fn a_missing_array_is_looked_for_among_the_others() {
    let lacking =
        |renamed: &[(&str, usize, usize)]| only(bound(&two_layers(), source("p.npz", renamed), source("d.npz", &DATA)));
    let error = lacking(&[("w_1", 3, 4), ("b1", 1, 4), ("W_hiden", 4, 2), ("b_hidden", 1, 2)]);
    assert_eq!(error.title, "`p.npz` lacks `W1`, `W_hidden`");
    assert_eq!(error.notes, ["`W1` may be its `w_1`", "`W_hidden` may be its `W_hiden`"]);
    assert_eq!(error.help.unwrap(), "rename `w_1` to `W1`, `W_hiden` to `W_hidden`");
    assert_eq!((error.kind, error.labels[0].text.as_str()), (Kind::Data, "W1 is f0 × f1"));
    assert_eq!(
        lacking(&PARAMETERS[..2]).help.unwrap(),
        "save them under these names: `numpy.savez(file, W_hidden=…, b_hidden=…)`"
    );
}

#[test]
fn arrays_left_over_are_a_warning() {
    let mut shapes = PARAMETERS.to_vec();
    shapes.extend([("step", 1, 1), ("X", 9, 9)]);
    let bound = bound(&two_layers(), source("p.npz", &shapes), source("d.npz", &DATA)).unwrap();
    let titles: Vec<_> = bound.warnings.iter().map(|warning| warning.title.as_str()).collect();
    assert_eq!(titles, ["`p.npz` also holds `step`, which the network does not use"]);
}

#[test]
fn what_no_file_gives_is_drawn_or_asked_for() {
    let network = two_layers();
    let drawn = bind(&network, None, None, Some(&mut draw::generator(1))).unwrap();
    let different: std::collections::BTreeSet<_> = drawn.dims.values().collect();
    assert_eq!((drawn.dims.len(), different.len(), drawn.arrays.len()), (4, 4, 0));

    let with_data = bind(&network, None, Some(source("d.npz", &DATA)), Some(&mut draw::generator(1))).unwrap();
    assert_eq!((with_data.dims["n"], with_data.dims["f0"], with_data.dims["f2"]), (5, 3, 2));
    assert!(![2, 3, 5].contains(&with_data.dims["f1"]));
    let all = draw::arrays(&with_data.network, &with_data.arrays, 1.0, &mut draw::generator(1));
    assert_eq!(all["X"], with_data.arrays["X"]);
    assert_eq!(all["W1"].nrows(), 3);

    let errors = bind(&network, None, None, None).unwrap_err();
    assert_eq!(errors[1].title, "`W1`, `b1`, `W_hidden`, `b_hidden` must come from a file");
    assert_eq!((errors[1].kind, errors[1].help.as_deref()), (Kind::Usage, Some("name the file: `--params FILE`")));
}

#[test]
fn a_dimension_too_large_for_the_numbers_drawn_is_refused() {
    let mut network = two_layers();
    let large = dim("2000000000").times(&dim("f2")).unwrap();
    network.layers[1].output = large.clone();
    network.terms[0].target.features = large;
    let error = only(bind(&network, None, None, Some(&mut draw::generator(1))));
    assert_eq!(error.title, "the dimension 2000000000*f2 comes to more than 2147483647");
}

/// Given targets that a loss is not made for are told once, with the first entry; those of other losses, and drawn ones, are
/// not.
#[test]
fn targets_outside_of_what_the_loss_is_for_are_warned_of() {
    let warnings = |loss: &str, y: [[f64; 2]; 2]| {
        let network = network(["n", "f0"], &[("1", "f1", "sigmoid", Parameters::WeightAndBias)], loss);
        let mut data = source("d.npz", &[("X", 2, 3), ("Y", 2, 2)]);
        data.arrays["Y"] = Array2::from(y.to_vec());
        let bound = bound(&network, source("p.npz", &[("W1", 3, 2), ("b1", 1, 2)]), data).unwrap();
        bound.warnings.into_iter().map(|warning| (warning.kind, warning.title)).collect::<Vec<_>>()
    };
    let told = |entry: &str, targets: &str| {
        let title = format!("`Y` in `d.npz` has {entry}, and {targets}");
        vec![(Kind::Data, title)]
    };
    let bce = "`bce` is for targets in [0, 1]";
    assert_eq!(warnings("bce", [[0.0, 1.0], [7.0, 9.0]]), told("7 at [1, 0]", bce));
    assert_eq!(warnings("bce", [[0.5, -0.25], [1.0, 0.0]]), told("-0.25 at [0, 1]", bce));
    let (cce, poisson) = ("`cce` is for targets in [0, ∞)", "`poisson` is for targets in [0, ∞)");
    assert_eq!(warnings("cce", [[1.5, 0.0], [0.0, -0.5]]), told("-0.5 at [1, 1]", cce));
    assert_eq!(warnings("poisson", [[-1.0, 3.0], [-2.0, 7.0]]), told("-1 at [0, 0]", poisson));
    for (loss, y) in [
        ("bce", [[0.0, 1.0], [0.5, -0.0]]),
        ("cce", [[0.0, 9.0], [0.5, 1.0]]),
        ("poisson", [[0.0, 9.0], [2.5, 1.0]]),
        ("mse", [[-7.0, 9.0], [2.5, 1.0]]),
    ] {
        assert_eq!(warnings(loss, y), [], "{loss}");
    }
}
