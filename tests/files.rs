//! Files of arrays: what numpy and safetensors write is read, all else is refused with a reason and without harm.

use std::{fs, io::Read};

use chainrule::{
    evaluate::{
        arrays::Arrays,
        files::{FileError, Format, decode, encode_npz},
    },
    source::Kind,
};
use ndarray::{Array2, array};
use proptest::prelude::*;
use zip::ZipArchive;

const LIMIT: u64 = 1 << 20;

fn data(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn read(name: &str) -> Result<Arrays, FileError> {
    decode(&data(name), LIMIT)
}

/// As `make_arrays.py` makes it.
fn expected(name: &str) -> Array2<f64> {
    match name {
        "t_b1" => array![[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]],
        "t_u1" | "t_u2" | "t_u4" | "t_u8" => array![[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
        _ => array![[-1.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    }
}

#[test]
fn every_type_is_read_from_every_container() {
    for file in ["types.npz", "types_deflated.npz", "types.safetensors"] {
        let arrays = read(&format!("arrays/{file}")).unwrap();
        assert_eq!(arrays.len(), 11, "{file}");
        for (name, array) in arrays {
            assert_eq!(array, expected(&name), "{file}: {name}");
        }
    }
}

#[test]
fn orders_of_elements_and_bytes_make_no_difference() {
    let fortran = read("arrays/fortran.npz").unwrap();
    assert_eq!(fortran["W1"], expected("t_f8"));
    assert_eq!(fortran["view"], expected("t_f8").t());
    assert!(fortran["W1"].is_standard_layout());
    let big_endian = read("arrays/big_endian.npz").unwrap();
    assert_eq!((&big_endian["f"], &big_endian["i"]), (&expected("t_f8"), &expected("t_i4")));
}

#[test]
fn half_precision_is_read() {
    for file in ["arrays/half.npz", "arrays/half.safetensors"] {
        assert_eq!(read(file).unwrap()["W2"], expected("t_f2"), "{file}");
    }
}

/// Names and headers may be as long as a file: what is said of them is not.
#[test]
fn messages_about_hostile_names_are_short_and_harmless() {
    let tensors = |name: &str, dtype: &str, shape: &str| {
        let header = format!("{{\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],\"data_offsets\":[0,8]}}}}");
        [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[0; 8]].concat()
    };
    let ones = vec!["1"; 100_001].join(",");
    for bytes in [
        tensors("W1", "F64", &ones),
        tensors("W1", &"x".repeat(100_000), "1"),
        tensors(&"x".repeat(100_000), "F64", "1,1,1"),
        tensors("\u{1b}[31m\u{202e}", "F64", "1,1,1"),
    ] {
        let title = decode(&bytes, LIMIT).unwrap_err().diagnostic("p.safetensors").title;
        assert!(title.len() < 400 && !title.contains(['\u{1b}', '\u{202e}']), "{title}");
    }
}

/// Names that differ only in what is not shown stay two.
#[test]
fn names_are_kept_as_they_are() {
    let arrays: Arrays = [("a\u{1}", 1.0), ("a\u{2}", 2.0)].map(|(name, x)| (name.to_owned(), array![[x]])).into();
    assert_eq!(decode(&encode_npz(&arrays).unwrap(), LIMIT).unwrap(), arrays);
}

#[test]
fn a_row_is_a_matrix_of_one_row() {
    for file in ["arrays/row.npz", "arrays/row.safetensors"] {
        assert_eq!(read(file).unwrap()["b1"], array![[0.5, -1.5, 2.0]], "{file}");
    }
    assert_eq!(read("arrays/scalar.npz").unwrap()["W2"], array![[1.0]]);
}

#[test]
fn what_is_no_matrix_of_finite_numbers_is_refused_by_name() {
    let cases = [
        ("cube.npz", "holds `W2` of shape (2, 3, 4), expected a matrix or a row with entries"),
        ("empty.npz", "holds `W2` of shape (0, 3), expected a matrix or a row with entries"),
        ("complex.npz", "holds `W2` of type <c16, expected a float, an integer or a bool"),
        ("twice.npz", "holds two arrays `W2`"),
        ("text.npz", "holds `W2` of type <U1, expected"),
        ("objects.npz", "holds `W2` of type |O, expected"),
        ("records.npz", "holds `W2` of type [('x', '<f8'), ('y', '<i4')], expected"),
        ("nan.npz", "has NaN at `W2[3, 17]`, expected a finite number"),
        ("inf.safetensors", "has -inf at `W2[0, 0]`, expected a finite number"),
        ("single.npy", "is a single .npy array, neither .npz nor .safetensors"),
        ("checkpoint.npz", "holds `archive/data.pkl`, which is no .npy array"),
        ("claim.npz", "holds `W2` of shape (1000000, 1000000): with it the arrays need more than the limit"),
        ("overflow.npz", "holds `W2` of shape (4294967296, 4294967296): with it the arrays need more than"),
        ("zeros.npz", "holds `W2` of shape (4000, 4000): with it the arrays need more than the limit of 1048576 bytes"),
        ("short.npz", "holds a damaged array `W2`: its header promises 48 bytes, the file holds 40"),
        ("long.npz", "holds a damaged array `W2`: its header promises 48 bytes, the file holds more"),
        ("header.npz", "holds a damaged array `W2`: its header is longer than 10000 bytes"),
        ("nested.npz", "holds `W2` of type [[[[[[[[["),
    ];
    for (file, sentence) in cases {
        let error = read(&format!("arrays/refused_{file}")).unwrap_err().to_string();
        assert!(error.starts_with(sentence), "{file}: {error}");
    }
}

#[test]
fn the_message_names_the_file_and_what_its_extension_promised() {
    let error = decode(b"PK, but no archive", LIMIT).unwrap_err().diagnostic("trained.safetensors");
    assert!(error.title.starts_with("`trained.safetensors` is no whole .npz file: "), "{}", error.title);
    assert_eq!(error.notes, ["its first bytes are not those of .safetensors"]);
    assert_eq!(error.kind, Kind::Data);
    assert!(error.help.is_some());
    let limit = decode(&data("arrays/types.npz"), 8).unwrap_err().diagnostic("types.npz");
    assert_eq!(limit.kind.status(), 4);
    assert_eq!(limit.notes, [""; 0]);
    assert_eq!(decode(b"", LIMIT), Err(FileError::Empty));
}

#[test]
fn the_limit_counts_all_arrays_as_f64() {
    let bytes = data("arrays/types.npz");
    let needed = 11 * 6 * 8;
    assert!(decode(&bytes, needed).is_ok());
    assert!(matches!(decode(&bytes, needed - 1), Err(FileError::Limit { .. })));
}

#[test]
fn a_truncated_file_is_refused_wherever_it_ends() {
    for file in ["types.npz", "types_deflated.npz", "types.safetensors", "refused_zeros.npz"] {
        let bytes = data(&format!("arrays/{file}"));
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end], LIMIT).is_err(), "{file} cut after {end} bytes was read");
        }
    }
}

#[test]
fn offsets_that_overflow_are_refused() {
    let tensor = |name: &str, start: u64, end: u64| {
        format!("\"{name}\":{{\"dtype\":\"U8\",\"shape\":[{}],\"data_offsets\":[{start},{end}]}}", end - start)
    };
    let step = u64::MAX / 9;
    let mut tensors: Vec<_> = (0..8).map(|i| tensor(&i.to_string(), i * step, (i + 1) * step)).collect();
    tensors.push(tensor("8", 8 * step, u64::MAX));
    let header = format!("{{{}}}", tensors.join(","));
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.bytes());
    assert!(matches!(decode(&bytes, LIMIT), Err(FileError::Safetensors { .. })));
}

#[test]
fn a_written_array_has_the_bytes_that_numpy_writes() {
    let entry = |bytes: Vec<u8>| {
        let mut archive = ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut content = Vec::new();
        archive.by_name("t_f8.npy").unwrap().read_to_end(&mut content).unwrap();
        content
    };
    let ours = encode_npz(&[("t_f8".to_owned(), expected("t_f8"))].into_iter().collect()).unwrap();
    assert_eq!(entry(ours), entry(data("arrays/types.npz")));
}

#[test]
fn equal_arrays_give_equal_bytes_in_the_order_given() {
    let arrays = read("digits/gradients.npz").unwrap();
    let bytes = encode_npz(&arrays).unwrap();
    assert_eq!(bytes, encode_npz(&arrays.clone()).unwrap());
    assert_eq!(decode(&Format::Safetensors.encode(&arrays).unwrap(), LIMIT).unwrap(), arrays);
    let again = decode(&bytes, LIMIT).unwrap();
    assert_eq!(again.keys().collect::<Vec<_>>(), arrays.keys().collect::<Vec<_>>());
    assert_eq!(again, arrays);
}

/// A valid file with a few bytes changed.
fn mutated(file: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let bytes = data(file);
    let changes = prop::collection::vec((0..bytes.len(), any::<u8>()), 1..6);
    changes.prop_map(move |changes| {
        let mut bytes = bytes.clone();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes
    })
}

fn survives(bytes: &[u8]) {
    if let Ok(arrays) = decode(bytes, LIMIT) {
        assert!(arrays.values().flatten().all(|x| x.is_finite()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        survives(&bytes);
        survives(&[b"PK\x03\x04".as_slice(), &bytes].concat());
        survives(&[&(bytes.len() as u64).to_le_bytes(), b"{".as_slice(), &bytes].concat());
    }

    #[test]
    fn damaged_files_are_survived(
        npz in mutated("arrays/types.npz"),
        deflated in mutated("arrays/types_deflated.npz"),
        safetensors in mutated("arrays/types.safetensors"),
    ) {
        survives(&npz);
        survives(&deflated);
        survives(&safetensors);
    }

    #[test]
    fn what_is_written_is_read_again(
        (rows, columns, values) in (1_usize..5, 1_usize..5)
            .prop_flat_map(|(r, c)| (Just(r), Just(c), prop::collection::vec(-1e300..1e300_f64, r * c))),
        name in "[A-Za-z_][A-Za-z0-9_]{0,8}",
    ) {
        let array = Array2::from_shape_vec((rows, columns), values).unwrap();
        let arrays: Arrays = [(name, array.t().to_owned()), ("Y".to_owned(), array)].into_iter().collect();
        prop_assert_eq!(decode(&encode_npz(&arrays).unwrap(), LIMIT).unwrap(), arrays);
    }
}
