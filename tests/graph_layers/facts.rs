//! What readers know of these layers, seen on the derived gradients.

use chainrule::evaluate::arrays::Arrays;
use ndarray::{Array2, Axis};

use super::{Case, Matrix, Point, over_samples, row_means};
use crate::concrete::distance;

/// The largest entry.
fn size(m: &Matrix) -> f64 {
    m.iter().fold(0.0, |size: f64, x| size.max(x.abs()))
}

fn row(m: &Matrix, sample: usize) -> Matrix {
    m.row(sample).insert_axis(Axis(0)).to_owned()
}

fn row_sums(m: &Matrix) -> Matrix {
    m.sum_axis(Axis(1)).insert_axis(Axis(1))
}

fn assert_near(found: &Matrix, expected: &Matrix, what: &str) {
    let error = distance(found, expected);
    assert!(error <= 1e-12, "{what} is off by {error:e}");
}

/// Every entry is nothing beside `beside`, which is something.
fn assert_zero(found: &Matrix, beside: &Matrix, what: &str) {
    let (size, beside) = (size(found), size(beside));
    assert!(beside > 1e-3 && size <= 1e-12 * beside, "{what} is {size:e} beside {beside:e}");
}

/// The points of a network for some seeds.
fn points(source: &str) -> impl Iterator<Item = (Arrays, Point)> {
    (0..5).map(|seed| {
        let case = Case::new(source, seed);
        let point = case.point();
        (case.arrays, point)
    })
}

#[test]
fn the_places_of_concatenated_features_are_columns_of_the_identity() {
    for (arrays, point) in points("input A [n, f]\ninput B [n, h]\nconcat A B\ndense k nobias") {
        let pieces: Vec<&Matrix> =
            point.values.iter().filter(|(name, _)| name.starts_with('E')).map(|(_, e)| e).collect();
        let [first, second] = pieces[..] else { panic!("{:?}", point.values.keys()) };
        let (f, h) = (arrays["A"].ncols(), arrays["B"].ncols());
        assert_eq!(first.dot(&first.t()), Array2::<f64>::eye(f));
        assert_eq!(first.dot(&second.t()), Array2::<f64>::zeros((f, h)));
        assert_eq!(first.t().dot(first) + second.t().dot(second), Array2::<f64>::eye(f + h));
    }
}

/// Without ε; with it the part along the normalised row is ε r³ Σ (∂J/∂x̂ ⊙ x̂).
#[test]
fn the_gradient_of_a_layer_norm_is_orthogonal_to_ones_and_to_the_normalised_row() {
    for (_, point) in points("input X [n, 6]\nnorm layer eps=0") {
        let (by_x, normal) = (&point.gradients["X"], &point.values["H1"]);
        assert_zero(&row_sums(by_x), by_x, "the sum of a row");
        assert_zero(&row_sums(&(by_x * normal)), by_x, "the part along the normalised row");
        assert_zero(&row_sums(normal), normal, "the sum of a normalised row");
    }
    for (arrays, point) in points("input X [n, f]\nnorm layer eps=0.5") {
        let (by_x, normal, r) = (&point.gradients["X"], &point.values["H1"], &point.values["r1"]);
        let along = row_sums(&(&arrays["G"] * &arrays["s1"] * normal));
        assert_zero(&row_sums(by_x), by_x, "the sum of a row");
        assert_near(&row_sums(&(by_x * normal)), &(0.5 * r.mapv(|r| r.powi(3)) * along), "the part along the row");
    }
}

#[test]
fn the_gradient_of_an_rms_norm_is_orthogonal_to_the_normalised_row_alone() {
    for (_, point) in points("input X [n, 6]\nnorm rms eps=0") {
        let (by_x, normal) = (&point.gradients["X"], &point.values["H1"]);
        assert_zero(&row_sums(&(by_x * normal)), by_x, "the part along the normalised row");
        assert!(size(&row_sums(by_x)) > 1e-3 * size(by_x), "it has a mean");
    }
}

#[test]
fn the_gradient_of_a_batch_norm_sums_to_0_over_the_samples() {
    for (_, point) in points("input X [8, f]\nnorm batch eps=0.5") {
        let by_x = &point.gradients["X"];
        assert_zero(&over_samples(by_x), by_x, "the sum of a column");
    }
}

/// In a product a batch norm stands on the left, with a matrix of its own for each feature.
#[test]
fn a_batch_norm_multiplies_each_column_on_the_left() {
    for (arrays, point) in points("input X [8, f]\nnorm batch eps=0.5") {
        let (by_x, normal, r) = (&point.gradients["X"], &point.values["H1"], &point.values["r1"]);
        let by_normal = &arrays["G"] * &arrays["s1"];
        let count = 8.0;
        for j in 0..by_x.ncols() {
            let [h, incoming, found] = [normal, &by_normal, by_x].map(|m| m.column(j).insert_axis(Axis(1)).to_owned());
            let lost = (Array2::<f64>::ones((8, 8)) + h.dot(&h.t())) / count;
            let matrix = r[[0, j]] * (Array2::<f64>::eye(8) - lost);
            assert_near(&matrix.dot(&incoming), &found, "N times a column");
        }
    }
}

#[test]
fn a_bias_before_a_batch_norm_has_gradient_0() {
    for (_, point) in points("input X [8, f]\ndense 5\nnorm batch\ndense k tanh") {
        assert_zero(&point.gradients["b1"], &point.gradients["W1"], "∂J/∂b₁");
    }
}

#[test]
fn what_all_biases_before_a_layer_norm_have_in_common_has_gradient_0() {
    for (_, point) in points("input X [n, f]\ndense 5\nnorm layer\ndense k tanh") {
        let by_bias = &point.gradients["b1"];
        assert_zero(&row_sums(by_bias), by_bias, "the sum of ∂J/∂b₁");
    }
    for (_, point) in points("input X [n, f]\ndense 5\nnorm rms\ndense k tanh") {
        let by_bias = &point.gradients["b1"];
        assert!(row_sums(by_bias)[[0, 0]].abs() > 1e-6 * size(by_bias), "an RMS norm keeps the mean");
    }
}

/// Scaling the weights does not change what comes out: all of them by one factor, before a batch norm each unit's.
#[test]
fn weights_before_a_norm_are_orthogonal_to_their_gradient() {
    for norm in ["layer", "rms", "batch"] {
        for (arrays, point) in points(&format!("input X [8, f]\ndense 5 nobias\nnorm {norm} eps=0\ndense k tanh")) {
            let products = &arrays["W1"] * &point.gradients["W1"];
            let total = Array2::from_elem((1, 1), products.sum());
            assert_zero(&total, &products, "⟨W₁, ∂J/∂W₁⟩");
            let by_unit = over_samples(&products);
            if norm == "batch" {
                assert_zero(&by_unit, &products, "⟨w, ∂J/∂w⟩ of a unit");
            } else {
                assert!(size(&by_unit) > 1e-6 * size(&products), "a norm of rows mixes units");
            }
        }
        for (arrays, point) in points(&format!("input X [8, f]\ndense 5\nnorm {norm} eps=0\ndense k tanh")) {
            let products = &arrays["W1"] * &point.gradients["W1"];
            let total = products.sum() + (&arrays["b1"] * &point.gradients["b1"]).sum();
            assert_zero(&Array2::from_elem((1, 1), total), &products, "⟨W₁, ∂J/∂W₁⟩ + ⟨b₁, ∂J/∂b₁⟩");
        }
    }
}

/// ∏ (I + W₂ᵀ S W₁ᵀ) multiplied out: each of the 2³ paths takes the branch of some blocks and the skips of the others.
#[test]
fn a_product_of_residual_blocks_is_the_sum_over_all_paths() {
    let source = "input X [n, f]\nrepeat 3 { residual { dense h tanh nobias; dense f nobias } }";
    for (arrays, point) in points(source) {
        let by_x = &point.gradients["X"];
        for sample in 0..by_x.nrows() {
            let branch = |block: usize| {
                let [first, second] = [3 * block + 1, 3 * block + 2].map(|layer| &arrays[&*format!("W{layer}")]);
                let slopes = point.values[&*format!("Z{}", 3 * block + 1)].row(sample).mapv(|z| 1.0 / z.cosh().powi(2));
                second.t().dot(&Array2::from_diag(&slopes)).dot(&first.t())
            };
            let branches = [2, 1, 0].map(branch);
            let incoming = row(&arrays["G"], sample);
            let path = |taken: usize| {
                let factors = branches.iter().enumerate().filter(|(block, _)| taken >> block & 1 == 1);
                factors.fold(incoming.clone(), |product, (_, branch)| product.dot(branch))
            };
            let sum = (0..8).map(path).fold(Array2::zeros(incoming.dim()), |sum: Matrix, path| sum + path);
            assert_near(&row(by_x, sample), &sum, "∂J/∂x of a sample");
        }
    }
}

#[test]
fn a_residual_block_whose_last_weights_are_0_lets_the_gradient_through_unchanged() {
    let mut case = Case::new("input X [n, f]\nresidual { dense h tanh; dense f nobias }", 1);
    case.arrays["W2"].fill(0.0);
    let point = case.point();
    assert_eq!(point.gradients["X"], case.arrays["G"]);
    assert_eq!(size(&point.gradients["W1"]), 0.0);
    assert!(size(&point.gradients["W2"]) > 0.1);
}

#[test]
fn dropout_drops_in_both_directions() {
    let mut case = Case::new("input X [n, 4]\ndropout 0.5\ndense h nobias", 1);
    let mask = &mut case.arrays["M1"];
    mask.fill(2.0);
    mask.column_mut(1).fill(0.0);
    mask[[0, 3]] = 0.0;
    let point = case.point();
    let (by_x, by_w) = (&point.gradients["X"], &point.gradients["W2"]);
    let gone: Vec<_> = by_x.indexed_iter().filter(|(_, x)| **x == 0.0).map(|(place, _)| place).collect();
    let dropped: Vec<_> =
        case.arrays["M1"].indexed_iter().filter(|(_, m)| **m == 0.0).map(|(place, _)| place).collect();
    assert_eq!(gone, dropped);
    let idle: Vec<usize> = (0..4).filter(|feature| by_w.row(*feature).iter().all(|w| *w == 0.0)).collect();
    assert_eq!(idle, [1]);
    // Twice the value forward is twice the gradient backward.
    let open = by_x.column(0).to_owned().insert_axis(Axis(1));
    let expected = 2.0 * case.arrays["G"].dot(&case.arrays["W2"].row(0)).insert_axis(Axis(1));
    assert_near(&open, &expected, "the gradient where nothing is dropped");
}

/// The same numbers in layers of their own: each use's part.
#[test]
fn the_gradient_of_a_tied_or_shared_weight_is_the_sum_over_its_uses() {
    let tied = Case::new("input X [n, 4]\nencode: dense 3 sigmoid\ndense 4 tied=encode", 1);
    let mut own = Case::new("input X [n, 4]\ndense 3 sigmoid\ndense 4", 1);
    own.arrays.extend(["X", "G", "b2"].map(|name| (name.to_owned(), tied.arrays[name].clone())));
    own.arrays["W1"].assign(&tied.arrays["W_encode"]);
    own.arrays["b1"].assign(&tied.arrays["b_encode"]);
    own.arrays["W2"].assign(&tied.arrays["W_encode"].t());
    let (found, parts) = (tied.point().gradients, own.point().gradients);
    assert_near(&found["W_encode"], &(&parts["W1"] + &parts["W2"].t()), "∂J/∂W_encode");

    let shared = Case::new("input X [n, 4]\nshared step { dense 4 tanh }\nstep\nstep", 1);
    let mut own = Case::new("input X [n, 4]\ndense 4 tanh\ndense 4 tanh", 1);
    own.arrays.extend(["X", "G"].map(|name| (name.to_owned(), shared.arrays[name].clone())));
    for layer in ["1", "2"] {
        own.arrays[&*format!("W{layer}")].assign(&shared.arrays["W_step"]);
        own.arrays[&*format!("b{layer}")].assign(&shared.arrays["b_step"]);
    }
    let (found, parts) = (shared.point().gradients, own.point().gradients);
    assert_near(&found["W_step"], &(&parts["W1"] + &parts["W2"]), "∂J/∂W_step");
    assert_near(&found["b_step"], &(&parts["b1"] + &parts["b2"]), "∂J/∂b_step");
}

#[test]
fn the_gradient_of_several_losses_is_the_sum_of_theirs() {
    let network = "input X [6, 4]\ntrunk: dense 5 tanh\nu: dense 3 softmax from trunk\nv: dense 2 from trunk\n";
    let (class, value) = ("loss cce from u against Y\n", "loss half_mse 3 from v against T\n");
    let both = Case::new(&format!("{network}{class}{value}penalty l2 0.1 W_trunk"), 1);
    let of = |losses: &str| {
        let mut case = Case::new(losses, 1);
        let kept: Vec<String> = case.arrays.keys().cloned().collect();
        case.arrays.extend(kept.into_iter().map(|name| (name.clone(), both.arrays[&name].clone())));
        case.point().gradients
    };
    let first = of(&format!("input X [6, 4]\ntrunk: dense 5 tanh\nu: dense 3 softmax\n{class}"));
    let second = of(&format!("input X [6, 4]\ntrunk: dense 5 tanh\nv: dense 2\n{value}"));
    let found = both.point().gradients;
    let penalty = 0.2 * &both.arrays["W_trunk"];
    assert_near(&found["W_trunk"], &(&first["W_trunk"] + &second["W_trunk"] + &penalty), "∂J/∂W_trunk");
    assert_near(&found["b_trunk"], &(&first["b_trunk"] + &second["b_trunk"]), "∂J/∂b_trunk");
    assert_near(&found["X"], &(&first["X"] + &second["X"]), "∂J/∂X");
    assert_near(&found["W_u"], &first["W_u"], "∂J/∂W_u");
    assert_near(&found["W_v"], &second["W_v"], "∂J/∂W_v");
}

/// A batch of tokens 2, 0, 2 of four: row t of ∂J/∂W is the sum of G over the samples with token t.
#[test]
fn an_embedding_sums_the_gradient_over_the_samples_of_each_token() {
    let mut case = Case::new("input X [3, 4]\ndense f nobias", 1);
    case.arrays["X"].fill(0.0);
    for (sample, token) in [2, 0, 2].into_iter().enumerate() {
        case.arrays["X"][[sample, token]] = 1.0;
    }
    let (by_w, g) = (&case.point().gradients["W1"], &case.arrays["G"]);
    assert_near(&row(by_w, 2), &(row(g, 0) + row(g, 2)), "token 2");
    assert_eq!(by_w.row(0), g.row(1));
    assert_eq!([1, 3].map(|token| by_w.row(token).sum()), [0.0, 0.0]);
    let counts = Array2::from_diag(&ndarray::arr1(&[1.0, 0.0, 2.0, 0.0]));
    assert_eq!(case.arrays["X"].t().dot(&case.arrays["X"]), counts);
}

#[test]
fn units_that_begin_alike_have_one_gradient() {
    let mut case = Case::new("input X [n, f]\ndense 4 tanh\ndense k", 1);
    case.arrays["W1"].fill(0.3);
    case.arrays["b1"].fill(0.1);
    case.arrays["W2"].fill(0.2);
    let point = case.point().gradients;
    for (name, rows) in [("W1", false), ("b1", false), ("W2", true)] {
        let gradient = if rows { point[name].t().to_owned() } else { point[name].clone() };
        let spread = &gradient - &row_means(&gradient);
        assert_zero(&spread, &gradient, name);
    }
}
