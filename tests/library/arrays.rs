//! Gradients on the user's arrays against central differences of a loss written here, and arrays that do not fit.

use std::collections::HashMap;

use chainrule::{Error, Kind, Network, Options};
use ndarray::{Array2, Axis, ShapeBuilder, array};

use super::network;

/// J of `dense tanh; dense softplus; mse reduce=elements`, by its definition.
fn loss(arrays: &HashMap<String, Array2<f64>>) -> f64 {
    let a1 = (arrays["X"].dot(&arrays["W_in"]) + &arrays["b_in"]).mapv(f64::tanh);
    let prediction = a1.dot(&arrays["W2"]).mapv(|z| z.exp().ln_1p());
    (prediction - &arrays["Y"]).mapv(|d| d * d).mean().unwrap()
}

const SPEC: &str = "input X [n, f0]; in: dense f1 tanh; dense f2 softplus nobias; loss mse reduce=elements";

/// Arrays of this shape with entries that repeat nothing.
fn drawn(rows: usize, columns: usize, seed: f64) -> Array2<f64> {
    Array2::from_shape_fn((rows, columns), |(i, j)| ((i * columns + j) as f64 * 1.7 + seed).sin())
}

fn arrays() -> HashMap<String, Array2<f64>> {
    let sizes = [("X", 5, 4), ("W_in", 4, 3), ("b_in", 1, 3), ("W2", 3, 2), ("Y", 5, 2)];
    let drawn =
        |(i, (name, rows, columns)): (usize, (&str, usize, usize))| (name.into(), drawn(rows, columns, i as f64));
    sizes.into_iter().enumerate().map(drawn).collect()
}

#[test]
fn gradients_are_those_of_central_differences() {
    let (arrays, step) = (arrays(), 1e-5);
    let found = network(SPEC).evaluate(arrays.clone()).unwrap();
    assert!((found.loss() - loss(&arrays)).abs() < 1e-14);
    assert!(found.warnings().is_empty());
    let names: Vec<&str> = found.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["W_in", "b_in", "W2", "X"]);
    for (name, gradient) in found.iter() {
        assert_eq!(gradient.dim(), arrays[name].dim());
        for ((i, j), value) in gradient.indexed_iter() {
            let moved = |by: f64| {
                let mut arrays = arrays.clone();
                arrays.get_mut(name).unwrap()[[i, j]] += by;
                loss(&arrays)
            };
            let difference = (moved(step) - moved(-step)) / (2.0 * step);
            assert!((value - difference).abs() < 1e-9, "{name} [{i}, {j}]: {value} against {difference}");
        }
    }
    assert!(found.get("Y").is_none() && found.get("W1").is_none());
    assert_eq!(found.clone().into_gradients().count(), 4);
}

#[test]
fn the_layout_of_arrays_in_memory_is_no_matter() {
    let reversed = |array: &Array2<f64>| {
        let mut other = Array2::zeros(array.dim().f());
        other.assign(array);
        other.invert_axis(Axis(0));
        let mut again = other.clone();
        again.invert_axis(Axis(0));
        assert_eq!(again, array);
        again
    };
    let usual = network(SPEC).evaluate(arrays()).unwrap();
    let strange = network(SPEC).evaluate(arrays().iter().map(|(name, array)| (name.clone(), reversed(array)))).unwrap();
    for (name, gradient) in usual.iter() {
        let difference = (gradient - strange.get(name).unwrap()).mapv(f64::abs).sum();
        assert!(difference < 1e-14, "{name}: {difference}");
    }
}

#[test]
fn targets_that_are_no_distributions_are_warned_of() {
    let classifier = network("input X [n, 2]; dense 2 softmax nobias; loss cce");
    let on = |y| classifier.evaluate([("X", array![[1.0, 2.0]]), ("W1", Array2::zeros((2, 2))), ("Y", y)]).unwrap();
    let fair = on(array![[1.0, 0.0]]);
    assert!(fair.warnings().is_empty());
    // Ŷ = [½, ½]; J = 2 ln 2, and ∂J/∂Z = Ŷ Σ y − Y = [−½, ½] for y = [1, 0], twice that for [2, 0].
    let doubled = on(array![[2.0, 0.0]]);
    assert!(doubled.warnings()[0].title().contains("do not all sum to 1"));
    assert!((doubled.loss() - 2.0 * 2.0_f64.ln()).abs() < 1e-15);
    let difference = doubled.get("W1").unwrap() - &(fair.get("W1").unwrap() * 2.0);
    assert!(difference.iter().all(|d| d.abs() < 1e-15), "{difference}");
}

/// The first message about these arrays.
fn refused(network: &Network, arrays: HashMap<String, Array2<f64>>) -> (Kind, String) {
    let error: Error = network.evaluate(arrays).unwrap_err();
    assert!(!error.to_string().contains("`--"), "speaks of the command: {error}");
    (error.kind(), error.messages()[0].title().to_owned())
}

#[test]
fn arrays_that_do_not_fit_are_errors() {
    let model = network(SPEC);
    let changed = |name: &str, array: Option<Array2<f64>>| {
        let mut arrays = arrays();
        match array {
            Some(array) => arrays.insert(name.into(), array),
            None => arrays.remove(name),
        };
        refused(&model, arrays)
    };
    assert_eq!(changed("W2", None), (Kind::Data, "`arrays` lacks `W2`".into()));
    assert_eq!(changed("X", None), (Kind::Data, "`arrays` lacks `X`".into()));
    let (kind, title) = changed("W_in", Some(drawn(3, 4, 0.0)));
    assert_eq!((kind, &*title), (Kind::Shape, "`W_in` in `arrays` is 3 × 4, expected f0 × f1 = 4 × 3"));
    assert_eq!(changed("X", Some(Array2::zeros((0, 4)))).0, Kind::Shape);
    assert_eq!(changed("b_in", Some(Array2::zeros((3, 1)))).0, Kind::Shape);
    assert_eq!(changed("b2", Some(drawn(1, 2, 0.0))), (Kind::Usage, "the network has no array `b2`".into()));
    assert_eq!(changed("a\nb", Some(drawn(1, 2, 0.0))), (Kind::Usage, "the network has no array `a\\nb`".into()));
    assert_eq!(changed("W2", Some(array![[f64::NAN]])), (Kind::Data, "`W2` has NaN at [0, 0]".into()));
    assert_eq!(refused(&model, HashMap::new()).0, Kind::Data);
    assert_eq!(refused(&model.clone().memory_limit(1_000), arrays()).0, Kind::Limit);
    let error = model.clone().memory_limit(1_000).evaluate(arrays()).unwrap_err().to_string();
    assert!(error.contains("`memory_limit`") && !error.contains("--memory"), "{error}");
    let (kind, title) = refused(&model.bind([("f1", 9)]).unwrap(), arrays());
    assert_eq!((kind, &*title), (Kind::Shape, "`W_in` in `arrays` is 4 × 3, expected f0 × 9 = 4 × 9"));
    let twice = model.evaluate([("X", drawn(1, 1, 0.0)), ("X", drawn(1, 1, 0.0))]).unwrap_err();
    assert_eq!(twice.messages()[0].title(), "the array `X` is given twice");
    let square = network("input X [n, d*d]; dense 1 nobias; loss mse");
    let given = [("X", drawn(1, 4, 0.0)), ("W1", drawn(4, 1, 0.0)), ("Y", drawn(1, 1, 0.0))];
    let given: HashMap<_, _> = given.into_iter().map(|(name, array)| (name.to_owned(), array)).collect();
    assert_eq!(refused(&square, given.clone()).0, Kind::Shape);
    assert!(square.bind([("d", 2)]).unwrap().evaluate(given).is_ok());
}

#[test]
fn a_misspelt_array_is_found() {
    let mut arrays = arrays();
    let weights = arrays.remove("W_in").unwrap();
    arrays.insert("w_in".into(), weights);
    let error = network(SPEC).evaluate(arrays).unwrap_err();
    assert_eq!(error.messages()[0].help(), Some("rename `w_in` to `W_in`"));
}

#[test]
fn verification_takes_arrays_by_group() {
    let model = network(SPEC);
    let only = |names: &[&str]| {
        let mut arrays = arrays();
        arrays.retain(|name, _| names.contains(&name.as_str()));
        model.verify_on(arrays, Options::default())
    };
    for names in [&["X", "Y"][..], &["W_in", "b_in", "W2"], &["X", "Y", "W_in", "b_in", "W2"], &[]] {
        let found = only(names).unwrap();
        assert!(found.holds() && found.warnings().is_empty(), "{found}");
    }
    let page = only(&["X", "Y", "W_in", "b_in", "W2"]).unwrap().to_string();
    assert!(page.split_whitespace().collect::<Vec<_>>().join(" ").contains("on the given arrays"), "{page}");
    assert_eq!(only(&["X"]).unwrap_err().messages()[0].title(), "`arrays` lacks `Y`");
    let unknown = model.verify_on([("Q", drawn(1, 1, 0.0))], Options::default()).unwrap_err();
    assert_eq!(unknown.messages()[0].title(), "the network has no array `Q`");
    let none = model.verify(Options::default().with_trials(0)).unwrap_err();
    assert_eq!(none.messages()[0].title(), "a verification without a trial compares nothing");
}
