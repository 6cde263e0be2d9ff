//! Files as frameworks and people write them: names, layouts, labels, and arrays that are of no use. The gradients beside
//! them are numpy's.

use std::fs;

use chainrule::{
    evaluate::{
        arrays::Arrays,
        bindings::{Loaded, WeightLayout, bind, read_data, read_parameters},
        files::{Archive, decode, encode_npz},
    },
    network::{graph::Network, resolve},
    pipeline,
    source::{Diagnostic, Kind},
    spec,
};
use ndarray::{Array2, array};

use crate::common;

const SPEC: &str = "input X [n, 2]; dense 3 relu; dense 3 relu; dense 1; loss mse";

fn network(text: &str) -> Network {
    resolve(&spec::parse(text).unwrap(), &[]).network.unwrap()
}

fn file(name: &str) -> Vec<u8> {
    fs::read(common::path("tests/data/frameworks").join(name)).unwrap()
}

fn data(network: &Network, bytes: &[u8]) -> Result<Loaded, Diagnostic> {
    read_data(network, "d.npz".into(), &mut Archive::open(bytes, 1 << 20).unwrap())
}

fn parameters(network: &Network, bytes: &[u8], layout: Option<WeightLayout>) -> Result<Loaded, Diagnostic> {
    read_parameters(network, "p.npz".into(), &mut Archive::open(bytes, 1 << 20).unwrap(), None, layout)
}

/// A file of arrays of zeros.
fn zeros(shapes: &[(&str, usize, usize)]) -> Vec<u8> {
    let array = |(name, rows, columns): &(&str, usize, usize)| ((*name).to_owned(), Array2::zeros((*rows, *columns)));
    encode_npz(&shapes.iter().map(array).collect()).unwrap()
}

fn numbers(arrays: &[(&str, Array2<f64>)]) -> Vec<u8> {
    encode_npz(&arrays.iter().map(|(name, array)| ((*name).to_owned(), array.clone())).collect()).unwrap()
}

fn help(error: &Diagnostic) -> &str {
    error.help.as_deref().unwrap_or_default()
}

/// One network in the files of each framework has one loss and the same gradients: those of numpy.
#[test]
fn one_network_is_read_from_the_files_of_every_framework() {
    let network = network(SPEC);
    let mut expected: Arrays = decode(&file("gradients.npz"), 1 << 20).unwrap();
    let loss = expected.shift_remove("J").unwrap()[[0, 0]];
    assert_eq!(expected.len(), 7);
    for name in [
        "torch.npz",
        "torch_half.safetensors",
        "torch_bfloat.safetensors",
        "keras.npz",
        "flax.safetensors",
        "sklearn.npz",
        "numbered.npz",
        "words.npz",
    ] {
        let data = data(&network, &file("data.npz")).unwrap().source;
        let bytes = file(name);
        let mut archive = Archive::open(&bytes, 1 << 20).unwrap();
        let found = read_parameters(&network, name.into(), &mut archive, Some(&data), None);
        let found = found.unwrap_or_else(|error| panic!("{name}: {}", error.title));
        let bound = bind(&network, Some(found.source), Some(data), None).unwrap();
        let evaluation = pipeline::evaluate(bound).unwrap();
        assert!((evaluation.loss - loss).abs() <= 1e-15 * loss, "{name}: {} {loss}", evaluation.loss);
        for (variable, gradient) in &expected {
            let far = (&evaluation.gradients[variable] - gradient).iter().fold(0.0, |far: f64, x| far.max(x.abs()));
            assert!(far < 1e-14, "{name}: {variable} is {far:e} off");
        }
    }
}

#[test]
fn what_is_read_as_what_is_said_once_and_the_rest_is_named() {
    let network = network(SPEC);
    let found = parameters(&network, &file("torch.npz"), None).unwrap();
    let remark = "p.npz: read `net.0.weight` (transposed) as W1, `net.0.bias` as b1, `net.2.weight` (transposed) as W2, \
                  `net.2.bias` as b2, `net.10.weight` (transposed) as W3, `net.10.bias` as b3";
    assert_eq!(found.remark.as_deref(), Some(remark));
    let titles: Vec<_> = found.warnings.iter().map(|warning| warning.title.as_str()).collect();
    let others = "`epoch`, `classes`, `bn.num_batches_tracked`, `bn.running_var` and 2 more";
    assert_eq!(titles, [format!("`p.npz` also holds {others}, which the network does not use")]);
    let found = data(&network, &file("data.npz")).unwrap();
    assert_eq!(found.remark.as_deref(), Some("d.npz: read `x_train` as X, `y_train` as Y"));
    assert_eq!(found.warnings[0].title, "`d.npz` also holds `images`, which the network does not use");
    assert_eq!(found.source.arrays["Y"].dim(), (5, 1));
    // The network's own names need no word.
    let ours = zeros(&[
        ("W1", 2, 3),
        ("b1", 1, 3),
        ("W2", 3, 3),
        ("b2", 1, 3),
        ("W3", 3, 1),
        ("b3", 1, 1),
        ("fc1.weight", 3, 2),
    ]);
    let found = parameters(&network, &ours, None).unwrap();
    assert_eq!((found.remark, found.warnings.len()), (None, 1));
}

/// What neither names nor shapes tell is asked for, and each answer is taken.
#[test]
fn square_weights_without_a_telling_name_are_asked_about() {
    let square = network("input X [n, 2]; dense 2 nobias; dense 2 nobias; loss mse");
    let (one, two) = (array![[1.0, 2.0], [3.0, 4.0]], array![[5.0, 6.0], [7.0, 8.0]]);
    let neutral = numbers(&[("w1", one.clone()), ("w2", two.clone())]);
    let error = parameters(&square, &neutral, None).unwrap_err();
    let title = "neither the names nor the shapes tell whether the rows of `w1`, `w2` in `p.npz` are inputs or outputs";
    assert_eq!((error.title.as_str(), error.kind), (title, Kind::Usage));
    assert!(help(&error).contains("`--weights in-out`") && help(&error).contains("`--weights out-in`"));
    let read = |bytes: &[u8], layout| parameters(&square, bytes, layout).unwrap().source.arrays;
    let [as_stored, turned] = [WeightLayout::InOut, WeightLayout::OutIn].map(|layout| read(&neutral, Some(layout)));
    assert_eq!((&as_stored["W1"], &as_stored["W2"]), (&one, &two));
    assert_eq!((&turned["W1"], &turned["W2"]), (&one.t().to_owned(), &two.t().to_owned()));
    // The names of frameworks tell.
    let torch = numbers(&[("0.weight", one.clone()), ("1.weight", two.clone())]);
    assert_eq!(read(&torch, None), turned);
    let keras = numbers(&[("a/kernel", one.clone()), ("a_1/kernel", two.clone())]);
    assert_eq!(read(&keras, None), as_stored);
    assert_eq!(read(&numbers(&[("W1", one), ("W2", two)]), None), as_stored);
    // One bias that is as long as there are outputs tells too.
    let wide = network("input X [n, f0]; dense f1; loss mse");
    let told = parameters(&wide, &zeros(&[("w1", 4, 3), ("b1", 1, 4)]), None).unwrap();
    assert_eq!(told.source.arrays["W1"].dim(), (3, 4));
}

#[test]
fn names_that_contradict_the_shapes_are_not_followed_in_silence() {
    let two = network("input X [n, 3]; dense 4 relu nobias; dense 2 nobias; loss mse");
    let contrary = zeros(&[("fc1.weight", 3, 4), ("fc2.weight", 4, 2)]);
    let error = parameters(&two, &contrary, None).unwrap_err();
    let title =
        "the rows of `fc1.weight`, `fc2.weight` in `p.npz` are outputs by their names, and inputs by their shapes";
    assert_eq!((error.title.as_str(), help(&error)), (title, "write `--weights in-out`"));
    assert_eq!(parameters(&two, &contrary, Some(WeightLayout::InOut)).unwrap().source.arrays["W2"].dim(), (4, 2));
    let misfit = parameters(&two, &zeros(&[("fc1.weight", 4, 3), ("fc2.weight", 2, 5)]), None).unwrap_err();
    assert_eq!(misfit.title, "`W2`, the transpose of `fc2.weight` in `p.npz`, is 5 × 2, expected 4 × 2");
    assert_eq!(help(&misfit), "give `fc2.weight` as 2 × 4, or change the spec to 2 × 5");
}

#[test]
fn layers_are_told_by_their_names_where_names_have_no_order() {
    let bytes = zeros(&[("enc.weight", 3, 3), ("dec.weight", 3, 3)]);
    let error =
        parameters(&network("input X [n, 3]; dense 3 nobias; dense 3 nobias; loss mse"), &bytes, None).unwrap_err();
    assert_eq!(error.title, "neither the names nor the shapes tell the order of `dec.weight`, `enc.weight` in `p.npz`");
    let named = network("input X [n, 3]; enc: dense 3 nobias; dec: dense 3 nobias; loss mse");
    let found = parameters(&named, &bytes, None).unwrap();
    let remark = "p.npz: read `enc.weight` (transposed) as W_enc, `dec.weight` (transposed) as W_dec";
    assert_eq!(found.remark.as_deref(), Some(remark));
    let three = network("input X [n, 3]; dense 3; dense 3; dense 3; loss mse");
    let error = parameters(&three, &bytes, None).unwrap_err();
    assert_eq!(error.title, "`p.npz` holds 2 weights, the spec has 3 layers with one: `dec.weight`, `enc.weight`");
}

#[test]
fn biases_that_only_one_side_has_are_said() {
    let with = network("input X [n, 3]; dense 2 relu; dense 1; loss mse");
    let without = network("input X [n, 3]; dense 2 relu nobias; dense 1 nobias; loss mse");
    for weights in [[("a.kernel", 3, 2), ("b.kernel", 2, 1)], [("W1", 3, 2), ("W2", 2, 1)]] {
        let bytes = zeros(&weights);
        let error = parameters(&with, &bytes, None).unwrap_err();
        assert_eq!(error.title, "`p.npz` lacks `b1`, `b2`");
        assert!(help(&error).starts_with("write `nobias` at the end of the lines"), "{}", help(&error));
        assert!(parameters(&without, &bytes, None).unwrap().warnings.is_empty());
    }
    for (weight, bias) in [(["a.kernel", "b.kernel"], ["a.bias", "b.bias"]), (["W1", "W2"], ["b1", "b2"])] {
        let bytes = zeros(&[(weight[0], 3, 2), (bias[0], 1, 2), (weight[1], 2, 1), (bias[1], 1, 1)]);
        let warnings = parameters(&without, &bytes, None).unwrap().warnings;
        let expected =
            format!("`p.npz` holds the bias `{}`, `{}` of a layer that is `nobias` in the spec", bias[0], bias[1]);
        assert_eq!((warnings.len(), &warnings[0].title), (1, &expected));
    }
}

#[test]
fn labels_are_columns_of_classes_under_cce() {
    let classifier = network("input X [n, 2]; dense 3 softmax; loss cce");
    let x = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
    let read = |labels: [f64; 3]| {
        let y = Array2::from(labels.map(|label| [label]).to_vec());
        data(&classifier, &numbers(&[("X", x.clone()), ("Y", y)]))
    };
    let found = read([2.0, 0.0, 1.0]).unwrap();
    assert_eq!(found.source.arrays["Y"], array![[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
    assert_eq!(found.remark.as_deref(), Some("Y has a column for each class label: 0 to 2"));
    for (labels, wrong, repair) in [
        ([1.0, 2.0, 3.0], "3 at [2]", "labels count from 0: `Y - 1`"),
        (
            [0.0, 5.0, 1.0],
            "5 at [1]",
            "let the last layer put out 6 features, or leave out the samples of other classes",
        ),
        ([0.0, -1.0, 1.0], "-1 at [1]", "leave out the samples whose label is -1"),
    ] {
        let error = read(labels).unwrap_err();
        let title = format!("`Y` in `d.npz` has the label {wrong}, and the output has 3 features: labels are 0 to 2");
        assert_eq!((error.title, error.help.as_deref()), (title, Some(repair)));
    }
    // Where the spec leaves the width open the greatest label tells it; a column of other losses stays one.
    let free = network("input X [n, 2]; dense k softmax; loss cce");
    let y = array![[0.0], [3.0], [0.0]];
    let bytes = numbers(&[("X", x.clone()), ("Y", y.clone())]);
    assert_eq!(data(&free, &bytes).unwrap().source.arrays["Y"].dim(), (3, 4));
    let regression = network("input X [n, 2]; dense 1; loss mse");
    assert_eq!(data(&regression, &bytes).unwrap().source.arrays["Y"], y);
}

#[test]
fn samples_in_columns_and_unlike_lengths_are_said() {
    let regression = network("input X [n, 3]; dense 1; loss mse");
    let error = |x, y| data(&regression, &zeros(&[x, y])).unwrap_err();
    let transposed = error(("X", 3, 5), ("Y", 5, 1));
    assert_eq!(transposed.title, "`X` in `d.npz` has 3 rows, `Y` has 5 rows");
    assert_eq!(help(&transposed), "samples are rows: save `X.T`");
    assert_eq!(help(&error(("X", 5, 3), ("Y", 1, 5))), "samples are rows: save `Y.T`");
    assert_eq!(help(&error(("X", 3, 5), ("Y", 1, 5))), "samples are rows: save `X.T` and `Y.T`");
    let unlike = error(("X", 5, 3), ("Y", 4, 1));
    assert_eq!(unlike.title, "`X` in `d.npz` has 5 rows, `Y` has 4 rows");
    assert_eq!(help(&unlike), "save a row of `X` and one of `Y` for each sample");
}

#[test]
fn two_sets_of_samples_are_named_and_not_chosen_from() {
    let regression = network("input X [n, 3]; dense 1; loss mse");
    let shapes = [("x_train", 5, 3), ("y_train", 5, 1), ("x_test", 2, 3), ("y_test", 2, 1)];
    let error = data(&regression, &zeros(&shapes)).unwrap_err();
    assert_eq!(error.title, "`d.npz` lacks `X`, `Y`");
    assert_eq!(help(&error), "rename `x_train` to `X`, `y_train` to `Y`");
    assert_eq!(error.notes[1], "`X` may be its `x_test`");
}

/// The names that nothing of a large file fits take time that grows as the file, not as its square.
#[test]
fn many_names_are_read_in_time() {
    let layers = 3000;
    let network = network(&format!("input X [n, 1]; repeat {layers} {{ dense 1 relu }}; loss mse"));
    let named = |weight: &str, bias: &str| {
        let names =
            (0..layers).flat_map(|layer| [format!("layers.{layer}.{weight}"), format!("layers.{layer}.{bias}")]);
        encode_npz(&names.map(|name| (name, Array2::zeros((1, 1)))).collect()).unwrap()
    };
    let found = parameters(&network, &named("weight", "bias"), None).unwrap();
    assert_eq!(found.source.arrays.len(), 2 * layers);
    let error = parameters(&network, &named("matrix", "row"), None).unwrap_err();
    assert_eq!(error.title, "`p.npz` lacks `W1`, `b1`, `W2`, `b2` and 5996 more");
}

/// A file of arrays with all entries equal.
fn tensors(arrays: &[(String, Vec<usize>, f64)]) -> Vec<u8> {
    let (mut header, mut values) = (serde_json::Map::new(), Vec::new());
    for (name, shape, value) in arrays {
        let start = values.len();
        (0..shape.iter().product()).for_each(|_| values.extend(value.to_le_bytes()));
        let entry = serde_json::json!({"dtype": "F64", "shape": shape, "data_offsets": [start, values.len()]});
        header.insert(name.clone(), entry);
    }
    let header = serde_json::Value::Object(header).to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &values].concat()
}

/// Norms and a prelu between dense layers, as PyTorch, Keras and Flax name their arrays.
#[test]
fn gains_shifts_and_slopes_are_read_by_the_names_of_every_framework() {
    let network =
        network("input X [n, 2]; dense 3; norm layer; activation prelu; dense 3; norm layer; dense 1; loss mse");
    let numbered = |part: &str, places: [usize; 6]| places.map(|place| format!("net.{place}.{part}"));
    let torch = [numbered("weight", [0, 1, 2, 3, 4, 5]), numbered("bias", [0, 1, 2, 3, 4, 5])];
    let of = |names: [&str; 6]| names.map(str::to_owned);
    let keras = [
        of([
            "dense/kernel",
            "layer_normalization/gamma",
            "p_re_lu/alpha",
            "dense_1/kernel",
            "layer_normalization_1/gamma",
            "dense_2/kernel",
        ]),
        of([
            "dense/bias",
            "layer_normalization/beta",
            "",
            "dense_1/bias",
            "layer_normalization_1/beta",
            "dense_2/bias",
        ]),
    ];
    let flax = [
        of([
            "Dense_0.kernel",
            "LayerNorm_0.scale",
            "PReLU_0.negative_slope",
            "Dense_1.kernel",
            "LayerNorm_1.scale",
            "Dense_2.kernel",
        ]),
        of(["Dense_0.bias", "LayerNorm_0.bias", "", "Dense_1.bias", "LayerNorm_1.bias", "Dense_2.bias"]),
    ];
    for (framework, [weights, biases]) in [("torch", torch), ("keras", keras), ("flax", flax)] {
        let kernel = |rows, columns| if framework == "torch" { vec![columns, rows] } else { vec![rows, columns] };
        let shapes = [kernel(2, 3), vec![3], vec![1], kernel(3, 3), vec![3], kernel(3, 1)];
        let values = [0.0, 1.5, 0.125, 0.0, 3.5, 0.0];
        let mut arrays: Vec<_> =
            weights.into_iter().zip(shapes).zip(values).map(|((name, shape), value)| (name, shape, value)).collect();
        for (place, (name, value)) in biases.into_iter().zip([0.0, 2.5, 0.0, 0.0, 4.5, 0.0]).enumerate() {
            if place != 2 {
                arrays.push((name, vec![if place == 5 { 1 } else { 3 }], value));
            }
        }
        let found = parameters(&network, &tensors(&arrays), None);
        let found = found.unwrap_or_else(|error| panic!("{framework}: {}", error.title));
        let first = ["s2", "b2", "alpha3", "s5", "b5"].map(|array| found.source.arrays[array][[0, 0]]);
        assert_eq!(first, [1.5, 2.5, 0.125, 3.5, 4.5], "{framework}");
        assert_eq!(found.warnings, [], "{framework}");
    }
}

#[test]
fn labels_are_classes_under_any_of_several_losses() {
    let network = network(
        "input X [n, 2]; a: dense 3 softmax; b: dense 1 from X; c: dense 2 log_softmax from X\n\
         loss cce from a against K; loss mse from b against V; loss nll from c against L",
    );
    let bytes = numbers(&[
        ("X", Array2::zeros((3, 2))),
        ("K", array![[2.0], [0.0], [1.0]]),
        ("V", array![[2.0], [0.0], [1.0]]),
        ("L", array![[1.0], [1.0], [0.0]]),
    ]);
    let found = data(&network, &bytes).unwrap();
    let arrays = &found.source.arrays;
    assert_eq!(arrays["K"], array![[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
    assert_eq!(arrays["V"], array![[2.0], [0.0], [1.0]]);
    assert_eq!(arrays["L"], array![[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]]);
    let remark = found.remark.expect("says so");
    assert_eq!(remark, "K has a column for each class label: 0 to 2\nL has a column for each class label: 0 to 1");
}
