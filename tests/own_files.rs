//! Parameters as people save them: more than one network in a file, names that count from 0, columns for rows, factors for
//! weights. What can be read in one way is read, of the rest it is asked.

use chainrule::{
    evaluate::{
        bindings::{Loaded, WeightLayout, read_data, read_parameters},
        files::{Archive, FileError, encode_npz},
    },
    network::{graph::Network, resolve},
    source::Diagnostic,
    spec,
};
use ndarray::{Array2, array};

const SPEC: &str = "input X [n, 2]; dense 3 relu; dense 3 relu; dense 1; loss mse";

fn network(text: &str) -> Network {
    resolve(&spec::parse(text).unwrap(), &[]).network.unwrap()
}

/// A file of arrays that count upwards, so that each is another and none is symmetric.
fn counting(shapes: &[(&str, usize, usize)]) -> Vec<u8> {
    let array = |(place, (name, rows, columns)): (usize, &(&str, usize, usize))| {
        let entry = |(row, column)| (100 * place + 10 * row + column) as f64;
        ((*name).to_owned(), Array2::from_shape_fn((*rows, *columns), entry))
    };
    encode_npz(&shapes.iter().enumerate().map(array).collect()).unwrap()
}

fn read(text: &str, bytes: &[u8], layout: Option<WeightLayout>) -> Result<Loaded, Diagnostic> {
    read_parameters(&network(text), "p.npz".into(), &mut Archive::open(bytes, 1 << 20).unwrap(), None, layout)
}

fn help(error: &Diagnostic) -> &str {
    error.help.as_deref().unwrap_or_default()
}

/// The square one is named too: it fits both ways.
#[test]
fn weights_of_which_one_fits_only_transposed_are_all_transposed() {
    let shapes = [("W1", 3, 2), ("b1", 1, 3), ("W2", 3, 3), ("b2", 3, 1), ("W3", 1, 3), ("b3", 1, 1)];
    let bytes = counting(&shapes);
    let error = read(SPEC, &bytes, None).unwrap_err();
    assert!(
        error.title.starts_with("the rows of `W1`, `W2`, `W3` in `p.npz` are inputs by their names"),
        "{}",
        error.title
    );
    assert_eq!(help(&error), "write `--weights out-in`");
    let found = read(SPEC, &bytes, Some(WeightLayout::OutIn)).unwrap().source.arrays;
    assert_eq!(found["W2"][[0, 1]], 210.0);
    // A bias may stand upright.
    assert_eq!(found["b2"], array![[300.0, 310.0, 320.0]]);
}

#[test]
fn names_that_count_from_0_are_read_in_their_order() {
    let shapes = [("W0", 2, 3), ("b0", 1, 3), ("W1", 3, 3), ("b1", 1, 3), ("W2", 3, 1), ("b2", 1, 1)];
    let found = read(SPEC, &counting(&shapes), None).unwrap();
    assert_eq!(found.source.arrays["W2"][[0, 0]], 200.0);
    let remark = "p.npz: read `W0` as W1, `b0` as b1, `W1` as W2, `b1` as b2, `W2` as W3, `b2` as b3";
    assert_eq!(found.remark.as_deref(), Some(remark));
}

#[test]
fn of_several_networks_in_a_file_it_is_asked_which_is_meant() {
    let of = |before: &str| {
        let names = ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"].map(|name| format!("{before}{name}"));
        names.into_iter().zip([(3, 2), (1, 3), (1, 3), (1, 1)]).collect::<Vec<_>>()
    };
    let file = |before: [&str; 2]| {
        let all: Vec<_> = before.into_iter().flat_map(of).collect();
        counting(&all.iter().map(|(name, (rows, columns))| (name.as_str(), *rows, *columns)).collect::<Vec<_>>())
    };
    let named = |before: &str| format!("input X [n, 2]; {before}fc1: dense 3 relu; {before}fc2: dense 1; loss mse");
    let both = file(["policy_net.", "target_net."]);
    let error = read(&named(""), &both, None).unwrap_err();
    let sets = "`policy_net_fc1`, `policy_net_fc2`; or `target_net_fc1`, `target_net_fc2`";
    assert_eq!(help(&error), format!("call the layers of the spec after those that are meant: {sets}"));
    let found = read(&named("target_net_"), &both, None).unwrap();
    assert_eq!(found.source.arrays["W_target_net_fc1"][[0, 0]], 400.0);
    // Nothing is said of biases that no layer has: those of the other network are left over.
    let titles: Vec<_> = found.warnings.iter().map(|warning| warning.title.as_str()).collect();
    assert!(matches!(titles[..], [only] if only.contains("also holds")), "{titles:?}");
    // The whole name comes before the end of another.
    let found = read(&named(""), &file(["ema.", ""]), None).unwrap();
    assert_eq!(found.source.arrays["W_fc1"][[0, 0]], 400.0);
    // What an optimiser remembers is no weight.
    let text = "input X [n, 2]; dense 3 relu; dense 1; loss mse";
    let found = read(text, &file(["optimizer.exp_avg.", "model."]), None).unwrap();
    assert_eq!(found.source.arrays["W1"][[0, 0]], 400.0);
}

/// The names that the message gives are taken, also those of lists of layers.
#[test]
fn layers_may_be_called_after_the_paths_of_a_file() {
    let shapes = [("decoder.0.weight", 2, 2), ("encoder.0.weight", 2, 2)];
    let error = read("input X [n, 2]; dense 2 nobias; dense 2 nobias; loss mse", &counting(&shapes), None).unwrap_err();
    assert!(help(&error).contains("write `decoder_0:`, `encoder_0:`, each before its own `dense`"), "{}", help(&error));
    let text = "input X [n, 2]; encoder_0: dense 2 nobias; decoder_0: dense 2 nobias; loss mse";
    let found = read(text, &counting(&shapes), None).unwrap().source.arrays;
    assert_eq!([found["W_encoder_0"][[0, 0]], found["W_decoder_0"][[0, 0]]], [100.0, 0.0]);
}

#[test]
fn no_array_is_proposed_for_two_places() {
    let text = "input X [n, 2]; dense 3 relu; dense 1; loss mse";
    let numbered = counting(&[("1", 2, 3), ("2", 1, 3), ("3", 3, 1), ("4", 1, 1)]);
    // A column of one output may be meant as a weight alone.
    let found = read(text, &numbered, None).unwrap();
    assert_eq!(found.source.arrays["W2"].dim(), (3, 1));
    let error = read(text, &counting(&[("Wh", 2, 3), ("bh", 1, 3), ("Wo", 3, 1), ("bo", 1, 1)]), None).unwrap_err();
    assert!(help(&error).starts_with("save them under these names") && error.notes.is_empty(), "{error:?}");
    let named = counting(&[("W_hidden", 2, 3), ("b_hidden", 1, 3), ("W_out", 3, 1), ("b_out", 1, 1)]);
    let error = read(text, &named, None).unwrap_err();
    assert!(help(&error).contains("write `hidden:`, `out:`"), "{}", help(&error));
    let text = "input X [n, 2]; hidden: dense 3 relu; out: dense 1; loss mse";
    assert!(read(text, &named, None).is_ok());
}

#[test]
fn a_weight_norm_is_to_be_folded() {
    let shapes =
        [("fc1.weight_g", 3, 1), ("fc1.weight_v", 3, 2), ("fc1.bias", 1, 3), ("fc2.weight", 1, 3), ("fc2.bias", 1, 1)];
    let error = read("input X [n, 2]; dense 3 relu; dense 1; loss mse", &counting(&shapes), None).unwrap_err();
    assert!(error.title.contains("the two factors of a weight norm"), "{}", error.title);
    assert!(help(&error).contains("remove_weight_norm"), "{}", help(&error));
}

/// A row of labels has no column for a class.
#[test]
fn a_row_of_labels_is_to_be_transposed() {
    let bytes = encode_npz(
        &[("X".to_owned(), Array2::zeros((5, 2))), ("Y".to_owned(), array![[0.0, 2.0, 1.0, 1.0, 0.0]])]
            .into_iter()
            .collect(),
    );
    let network = network("input X [n, 2]; dense 3 softmax; loss cce");
    let error = read_data(&network, "d.npz".into(), &mut Archive::open(&bytes.unwrap(), 1 << 20).unwrap()).unwrap_err();
    assert_eq!(help(&error), "samples are rows: save `Y.T`");
}

#[test]
fn a_name_that_a_header_has_twice_is_refused() {
    let entry = r#"{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]}"#;
    let header = format!(r#"{{"W1":{entry},"W1":{entry}}}"#);
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 8]].concat();
    assert_eq!(Archive::open(&bytes, 1 << 20).err(), Some(FileError::Twice { array: "W1".into() }));
}
