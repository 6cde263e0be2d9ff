//! Tables as `--data`: what becomes of each column, what is refused with line and column, and real data.

use std::fs;

use chainrule::{
    evaluate::{
        arrays::Arrays,
        files::{
            self,
            csv::{Reading, Table, TableError, decode},
        },
    },
    network::{graph::Network, resolve},
    source::Kind,
    spec,
};
use ndarray::{Array2, array};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::{
    cli::{chainrule, path},
    common::{self, rendered, snapshot},
};

const LIMIT: u64 = 1 << 20;

const READING: Reading<'_> =
    Reading { target: &[], inputs: &[], drop: &[], header: true, standardize: false, limit: LIMIT };

fn network(text: &str) -> Network {
    resolve(&spec::parse(text).unwrap(), &[]).network.unwrap()
}

/// A classifier of as many features as there are.
fn classifier(classes: &str) -> Network {
    network(&format!("input X [n, f]; dense {classes} softmax; loss cce"))
}

fn read(text: &[u8], network: &Network, target: &[&str], standardize: bool) -> Result<Table, TableError> {
    let target: Vec<String> = target.iter().map(|word| (*word).to_owned()).collect();
    decode(text, network, Reading { target: &target, standardize, ..READING })
}

fn classes(text: &str, target: &str) -> (Vec<String>, Array2<f64>) {
    let table = read(text.as_bytes(), &classifier("k"), &[target], false).unwrap();
    let (column, classes) = table.classes.expect("classes");
    assert_eq!(column, target);
    (classes, table.arrays["Y"].clone())
}

#[test]
fn columns_become_x_in_their_order_and_y_in_the_targets() {
    let text = b"a,t,b,u\n1,2,3,4\n-5e-1,+6,.7,8.\n";
    let regression = network("input X [n, 2]; dense 2; target T [n, 2]; loss mse");
    let table = read(text, &regression, &["u,t"], false).unwrap();
    assert_eq!(table.arrays.keys().collect::<Vec<_>>(), ["X", "T"]);
    assert_eq!(table.arrays["X"], array![[1.0, 3.0], [-0.5, 0.7]]);
    assert_eq!(table.arrays["T"], array![[4.0, 2.0], [8.0, 6.0]]);
    assert_eq!(table.classes, None);
    assert_eq!(read(text, &regression, &["u", " t "], false).unwrap(), table);
    // Several columns are numbers under cce too.
    let table = read(text, &classifier("2"), &["t,u"], false).unwrap();
    assert_eq!(table.arrays["Y"], array![[2.0, 4.0], [6.0, 8.0]]);
}

#[test]
fn whole_numbers_are_classes_by_value_and_names_by_bytes() {
    let (names, y) = classes("x,c\n1,10\n2,9\n3,-1\n4,9.0\n", "c");
    assert_eq!(names, ["-1", "9", "10"]);
    assert_eq!(y, array![[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
    let (names, y) = classes("c,x\nzebra,1\nÄrger,2\nZ,3\n10,3\n9,3\n", "c");
    assert_eq!(names, ["10", "9", "Z", "zebra", "Ärger"]);
    assert_eq!(y.row(1).to_vec(), [0.0, 0.0, 0.0, 0.0, 1.0]);
    let (names, _) = classes("x,c\n1,-0\n2,0\n3,1e0\n", "c");
    assert_eq!(names, ["-0", "1e0"]);
}

#[test]
fn what_other_programs_write_makes_no_difference() {
    let plain = read(b"a,b,c d\n1,2,x\n3,4,y\n", &classifier("2"), &["c d"], false).unwrap();
    for text in [
        "\u{feff}a,b,c d\n1,2,x\n3,4,y\n",
        "a,b,c d\r\n1,2,x\r\n3,4,y\r\n",
        "a,b,c d\r1,2,x\r3,4,y",
        "\"a\",\"b\",\"c d\"\n\"1\",2,\"x\"\n\"3\",4,y",
        "a, b, c d\n 1, 2, x \n\n3,\t4,y\n\n",
    ] {
        assert_eq!(read(text.as_bytes(), &classifier("2"), &["c d"], false).unwrap(), plain, "{text:?}");
    }
    let (names, _) = classes("x,\"c,d\"\n1,\"one, \"\"two\"\"\"\n2,\"a\nb\"\n", "c,d");
    assert_eq!(names, ["a\nb", "one, \"two\""]);
}

#[test]
fn lines_and_columns_are_those_that_an_editor_shows() {
    let place = |text: &str| match read(text.as_bytes(), &network("input X [n, 2]; dense 1; loss mse"), &["y"], false) {
        Err(TableError::NoNumber { place, found, .. }) => (place.line, place.column, found),
        other => panic!("{other:?}"),
    };
    for (text, line) in [
        ("a,b,y\n1,2,3\n4,wrong,6\n", 3),
        ("\u{feff}a,b,y\r\n1,2,3\r\n4,wrong,6\r\n", 3),
        ("\n\na,b,y\n\n1,2,3\n\n\n4,wrong,6\n", 8),
        ("a,b,y\r\n\r\n1,2,3\r\n\r\n4,wrong,6", 5),
        ("a,b,y\n\"1\n\",2,3\n4,wrong,6", 4),
    ] {
        assert_eq!(place(text), (line, "b".into(), "wrong".into()), "{text:?}");
    }
}

/// What is refused: the spec's end, the file, `--target`, and the message's name.
const REFUSED: [(&str, &str, &[u8], &[&str]); 34] = [
    ("empty", "dense 2; loss mse", b"", &["y"]),
    ("blank", "dense 2; loss mse", b"\r\n\n", &["y"]),
    ("binary", "dense 2; loss mse", b"a,b\n1,\0\n", &["b"]),
    ("latin", "dense 2 softmax; loss cce", b"a,kind\n1,gr\xfcn\n", &["kind"]),
    ("latin_header", "dense 2; loss mse", b"a,gr\xfcn\n1,2\n", &["a"]),
    ("semicolons", "dense 2; loss mse", b"a;b\n1;2\n", &["b"]),
    ("unnamed", "dense 2; loss mse", b",a,b\n0,1,2\n", &["b"]),
    ("duplicate", "dense 2; loss mse", b"a,b,a\n1,2,3\n", &["b"]),
    ("no_target", "dense 2; loss mse", b"a,b\n1,2\n", &[]),
    ("unknown", "dense 2; loss mse", b"length,width\n1,2\n", &["widht"]),
    ("unknown_far", "dense 2; loss mse", b"length,width\n1,2\n", &["kind"]),
    ("unknown_case", "dense 2; loss mse", b"length,Kind\n1,2\n", &["kind"]),
    ("no_header", "dense 2; loss mse", b"5.1,3.5\n4.9,3.0\n", &["y"]),
    ("twice", "dense 2; loss mse", b"a,b\n1,2\n", &["b", "b"]),
    ("all_columns", "dense 2; loss mse", b"a,b\n1,2\n", &["b,a"]),
    ("no_rows", "dense 2; loss mse", b"a,b\n", &["b"]),
    ("short_row", "dense 2; loss mse", b"a,b,c\n1,2,3\n1,2\n", &["b"]),
    ("long_row", "dense 2; loss mse", b"a,b\n1,2\n1,5,2\n", &["b"]),
    ("text", "dense 1; loss mse", b"a,b\n1,2\nn/a,2\n", &["b"]),
    ("text_target", "dense 1 sigmoid; loss bce", b"a,kind\n1,yes\n", &["kind"]),
    ("decimal_comma", "dense 1; loss mse", b"a,b\n\"1,5\",2\n", &["b"]),
    ("nan", "dense 1; loss mse", b"a,b\n1,2\nNaN,2\n", &["b"]),
    ("infinite", "dense 1; loss mse", b"a,b\n1,1e400\n", &["b"]),
    ("nan_class", "dense k softmax; loss cce", b"a,kind\n1,x\n2,nan\n", &["kind"]),
    ("empty_cell", "dense 1; loss mse", b"a,b\n1,2\n ,2\n", &["b"]),
    ("empty_class", "dense 2 softmax; loss cce", b"a,kind\n1,x\n2,\n", &["kind"]),
    ("fraction", "dense 2 softmax; loss cce", b"a,price\n1,2\n1,2.5\n", &["price"]),
    ("many_classes", "dense 2 softmax; loss cce", b"a,kind\n1,c\n2,b\n3,a\n4,c\n", &["kind"]),
    ("few_classes", "dense 3 softmax; loss cce", b"a,kind\n1,c\n2,b\n", &["kind"]),
    ("one_class", "dense 2 softmax; loss cce", b"a,kind\n1,c\n2,c\n", &["kind"]),
    ("one_feature", "dense 1 softmax; loss cce", b"a,kind\n1,c\n2,b\n", &["kind"]),
    ("unknown_letter", "dense 1; loss mse", b"a,b\n1,2\n", &["z"]),
    ("unclosed", "dense 1; loss mse", b"a,b\n1,2\n3,\"4\n5,6\n", &["b"]),
    ("behind_quote", "dense 1; loss mse", b"a,b\n1,2\n\"3\"4,5\n", &["b"]),
];

#[test]
fn what_cannot_be_used_is_a_lesson() {
    let mut page = String::new();
    for (name, layers, text, target) in REFUSED {
        let network = network(&format!("input X [n, f]; {layers}"));
        let error = read(text, &network, target, false).expect_err(name).diagnostic("table.csv");
        page.push_str(&["--- ", name, "\n", &rendered(&[error], "", ""), "\n\n"].concat());
    }
    snapshot("tables", "refused", &page);
}

#[test]
fn columns_are_chosen_and_left_out() {
    let text = b"date,a,b,y\n2024-01-01,1,2,3\n2024-01-02,4,5,6\n";
    let two = network("input X [n, 2]; dense 1; loss mse");
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let read = |drop: &[&str], inputs: &[&str]| {
        let (target, drop, inputs) = (words(&["y"]), words(drop), words(inputs));
        decode(text, &two, Reading { target: &target, drop: &drop, inputs: &inputs, ..READING })
    };
    let expected = array![[1.0, 2.0], [4.0, 5.0]];
    assert_eq!(read(&["date"], &[]).unwrap().arrays["X"], expected);
    assert_eq!(read(&[], &["a,b"]).unwrap().arrays["X"], expected);
    assert_eq!(read(&[], &["b", "a"]).unwrap().arrays["X"], array![[2.0, 1.0], [5.0, 4.0]]);
    let error = |drop: &[&str], inputs: &[&str]| read(drop, inputs).unwrap_err().diagnostic("t.csv");
    let surplus = error(&[], &[]);
    assert_eq!(surplus.title, "`t.csv` has 3 columns for X, the spec has 2 features");
    assert_eq!(surplus.notes, ["these are `date`, `a`, `b`"]);
    assert_eq!(surplus.help.unwrap(), "leave columns out with `--drop COLUMNS`, or write 3 features in the spec");
    assert!(error(&["y"], &[]).title.contains("is named twice"), "the target is no column to leave out");
    assert!(error(&[], &["y"]).title.contains("is named twice"));
    // Without numbers the column to leave out is named.
    let free = network("input X [n, f]; dense 1; loss mse");
    let target = words(&["y"]);
    let error = decode(text, &free, Reading { target: &target, ..READING }).unwrap_err().diagnostic("t.csv");
    assert!(error.help.unwrap().ends_with("leave the column out with `--drop 'date'`"));
}

#[test]
fn the_first_line_is_a_sample_on_demand() {
    let text = b"1,2,3\n4,5,6\n";
    let two = network("input X [n, 2]; dense 1; loss mse");
    let target = ["3".to_owned()];
    let named = decode(text, &two, Reading { target: &target, ..READING }).unwrap();
    assert!(named.numbers_as_names && named.arrays["X"] == array![[4.0, 5.0]]);
    let all = decode(text, &two, Reading { target: &target, header: false, ..READING }).unwrap();
    assert_eq!((&all.arrays["X"], &all.arrays["Y"]), (&array![[1.0, 2.0], [4.0, 5.0]], &array![[3.0], [6.0]]));
    assert!(!read(b"a,b,3\n4,5,6\n", &two, &["3"], false).unwrap().numbers_as_names);
}

#[test]
fn what_is_no_table_of_commas_is_named() {
    let two = network("input X [n, 2]; dense 1; loss mse");
    let error = |text: &[u8]| read(text, &two, &["y"], false).unwrap_err().diagnostic("t.csv");
    for separator in [';', '\t', '|', ' '] {
        let text = format!("a{separator}b{separator}y\n1{separator}2{separator}3\n");
        let title =
            format!("`t.csv` has a header of one column with {separator:?} in it, expected commas between columns");
        assert_eq!(error(text.as_bytes()).title, title);
    }
    let packed = error(b"\x1f\x8b\x08\x00 rest");
    assert_eq!(packed.title, "`t.csv` is compressed with gzip");
    assert_eq!(packed.help.unwrap(), "unpack it first, for instance with `gunzip`");
}

/// A line of commas alone takes many times its bytes to read: its cells count before anything is made of them.
#[test]
fn the_limit_counts_the_cells_of_a_line() {
    let two = network("input X [n, 2]; dense 1; loss mse");
    let wide = [b"a,b,y\n".as_slice(), &vec![b','; 20_000]].concat();
    for text in [vec![b','; 20_000], wide] {
        let error = read(&text, &two, &["y"], false).unwrap_err();
        assert_eq!(error, TableError::Wide { cells: 20_001, limit: LIMIT });
        assert_eq!(error.diagnostic("t.csv").kind, Kind::Limit);
    }
    // One name as long as the table, and a word as long: neither is compared letter by letter.
    let long = [b"a".repeat(400_000), b",b\n".to_vec()].concat();
    let target = "c".repeat(60_000);
    let error = read(&long, &two, &[&target], false).unwrap_err().diagnostic("t.csv");
    assert!(error.title.len() < 200 && error.notes[0].len() < 200);
}

/// Quotes that the reader of tables takes without a word; the place of each as an editor shows it.
#[test]
fn quotes_that_are_wrong_are_refused_with_line_and_column() {
    let regression = network("input X [n, 2]; dense 1; loss mse");
    let said = |text: &str| read(text.as_bytes(), &regression, &["y"], false).map_err(|error| error.to_string());
    let unclosed = |place: &str| Err(format!("has a quote in {place}, that is never closed"));
    let cases = [
        ("a,b,y\n1,2,3\n\"4,5,6\n7,8,9\n", unclosed("line 3, column `a`")),
        ("a,b,y\r\n1,2,3\r\n\r\n4,5,\"6", unclosed("line 4, column `y`")),
        ("a,b,y\n1,2,3\n4,5,\"6\"\"", unclosed("line 3, column `y`")),
        ("a,b,y\n1,2,3\n4,5,\"", unclosed("line 3, column `y`")),
        ("a,\"b,y\n1,2,3\n", unclosed("line 1, column 2")),
        ("\u{feff}\"a,b,y\n1,2,3\n", unclosed("line 1, column 1")),
        ("a,b,y\n1,2,3,\"\n", unclosed("line 2, column 4")),
        ("a,b,y\n\"1\n\",\"2,3\n", unclosed("line 3, column `b`")),
    ];
    for (text, expected) in cases {
        assert_eq!(said(text).map(|_| ()), expected, "{text:?}");
    }
    let behind = |found: &str, place: &str| Err(format!("has `{found}` behind a closing quote in {place}"));
    let cases = [
        ("a,b,y\n1,2,3\n\"3\"4,5,6\n", behind("4", "line 3, column `a`")),
        ("a,b,y\r\n1,2,3\r\n4,5,\"6\"7\r\n", behind("7", "line 3, column `y`")),
        ("a,b,y\n1,2,\"3\"x", behind("x", "line 2, column `y`")),
        ("a,b,y\n1,2,\"\"x", behind("x", "line 2, column `y`")),
        ("a,b,y\n1,\"2\" \"3\" ,3\n", behind("\"3\"", "line 2, column `b`")),
        ("\"a\"z,b,y\n1,2,3\n", behind("z", "line 1, column 1")),
        ("a,b,y\n1,\"2,3\n4,\"5\",6\n", behind("5\"", "line 3, column `b` (the cell begins in line 2)")),
    ];
    for (text, expected) in cases {
        assert_eq!(said(text).map(|_| ()), expected, "{text:?}");
    }
    for text in ["\"a\" ,b,y\n\"1\"\t,\"2\"  ,\"3\"", "\"\"\"a\"\"\",5\" wide,y\n1,2,3\n", "a,\"b\r\n\",y\r\n1,2,3"] {
        let table = read(text.as_bytes(), &regression, &["y"], false).expect(text);
        assert_eq!(table.arrays["X"], array![[1.0, 2.0]], "{text:?}");
    }
}

/// Places are bytes until they are told: as many labels as rows take no time. The third class of descending names has the
/// third row from the end.
#[test]
fn as_many_classes_as_rows_are_read_in_one_go() {
    const ROWS: usize = 100_000;
    let rows: Vec<String> = (0..ROWS).map(|row| format!("{row},c{:06}\n", ROWS - row)).collect();
    let text = format!("a,kind\n{}", rows.concat());
    match read(text.as_bytes(), &classifier("2"), &["kind"], false) {
        Err(TableError::UnknownClass { place, found, count, width }) => {
            assert_eq!((place.line, place.column.as_str(), found.as_str()), (ROWS - 1, "kind", "c000003"));
            assert_eq!((count, width), (ROWS, 2));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_limit_counts_x_and_y_as_numbers() {
    let network = classifier("k");
    let read = |limit| decode(b"a,b,c\n1,2,x\n3,4,y\n", &network, Reading { target: &["c".into()], limit, ..READING });
    assert!(read(8 * (4 + 4)).is_ok());
    assert!(matches!(read(8 * 8 - 1), Err(TableError::OneHotLimit { classes: 2, .. })));
    let error = read(8 * 4 - 1).unwrap_err();
    assert_eq!(error, TableError::Limit { line: 3, limit: 31 });
    assert_eq!(error.diagnostic("t.csv").kind, Kind::Limit);
}

proptest! {
    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[a-c0-9.,\"\r\n ]{0,80}") {
        for bytes in [bytes, text.into_bytes()] {
            let _ = read(&bytes, &classifier("k"), &["a"], true).map_err(|error| error.diagnostic("t.csv"));
        }
    }

    #[test]
    fn what_is_written_is_read(numbers in prop::collection::vec(prop::collection::vec(-1e300..1e300_f64, 3), 1..8)) {
        let rows: Vec<String> = numbers.iter().map(|row| format!("{},{},{:e}\n", row[0], row[1], row[2])).collect();
        let text = format!("a,b,c\n{}", rows.concat());
        let table = read(text.as_bytes(), &network("input X [n, 2]; dense 1; loss mse"), &["b"], false).unwrap();
        for (row, numbers) in numbers.iter().enumerate() {
            prop_assert_eq!(table.arrays["X"].row(row).to_vec(), vec![numbers[0], numbers[2]]);
            prop_assert_eq!(table.arrays["Y"].row(row).to_vec(), vec![numbers[1]]);
        }
    }
}

/// A real table, its spec and the target's column.
fn real(name: &str, target: &str, standardize: bool) -> Table {
    let folder = format!("tests/data/{name}/{name}");
    let network = network(&common::read(format!("{folder}.net")));
    read(common::read(format!("{folder}.csv")).as_bytes(), &network, &[target], standardize).unwrap()
}

fn near(row: &[f64], expected: &[f64]) {
    for (found, expected) in row.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-13 * expected.abs().max(1.0), "{row:?}");
    }
}

#[test]
fn iris_and_wine_are_standardised_as_numpy_does_it() {
    let iris = real("iris", "species", false).arrays["X"].clone();
    assert_eq!((iris.dim(), iris.row(149).to_vec()), ((150, 4), vec![5.9, 3.0, 5.1, 1.8]));
    // (X − X.mean(0))/X.std(0)
    let iris = real("iris", "species", true);
    let x = &iris.arrays["X"];
    near(
        &x.row(0).to_vec(),
        &[-0.900_681_170_297_809_9, 1.019_004_351_971_606_5, -1.340_226_526_622_763_5, -1.315_444_295_007_740_7],
    );
    near(
        &x.row(70).to_vec(),
        &[0.068_661_793_251_401_29, 0.328_414_053_195_667_5, 0.592_245_988_439_743_1, 0.790_670_653_637_072_9],
    );
    let y = &iris.arrays["Y"];
    for (row, expected) in [(0, [1.0, 0.0, 0.0]), (49, [1.0, 0.0, 0.0]), (50, [0.0, 1.0, 0.0]), (149, [0.0, 0.0, 1.0])]
    {
        assert_eq!(y.row(row).to_vec(), expected);
    }
    let wine = real("wine", "cultivar", true);
    let x = &wine.arrays["X"];
    assert_eq!(x.dim(), (178, 13));
    near(&x.row(0).to_vec()[..3], &[1.518_612_540_989_154_2, -0.562_249_798_328_623, 0.232_052_540_994_739_93]);
    near(&x.row(177).to_vec()[10..], &[-1.524_378_371_975_225, -1.428_947_765_100_125_4, -0.595_160_411_248_352_2]);
    near(&[wine.arrays["Y"].column(0).sum()], &[59.0]);
    assert_eq!((wine.constant, wine.classes.unwrap().1[2].as_str()), (vec![], "class_2"));
}

#[test]
fn a_table_is_data_of_every_command() {
    let folder = TempDir::new().unwrap();
    let [(params, params_name), (out, out_name)] = ["zeros.npz", "out.npz"].map(|name| path(&folder, name));
    let zeros: Arrays = [("W1".to_owned(), Array2::zeros((13, 3))), ("b1".to_owned(), Array2::zeros((1, 3)))].into();
    fs::write(params, files::encode_npz(&zeros).unwrap()).unwrap();
    let table = ["--data", "tests/data/wine/wine.csv", "--target", "cultivar", "--standardize"];
    let spec = "input X [n, 13]; dense 3 softmax; loss cce";
    let run = chainrule(&[&["grad", "-e", spec, "--params", &params_name, "-o", &out_name], &table[..]].concat());
    assert!(
        run.stderr.starts_with("Y has a column for each class of `cultivar`: class_0, class_1, class_2\nwritten to ")
    );
    assert!(run.status == 0 && run.stdout.starts_with("J = 1.098612288668"), "{}", run.stdout);
    // Xᵀ(1/3 − Y)/n, by numpy.
    let gradients = files::decode(&fs::read(out).unwrap(), LIMIT).unwrap();
    let row = |row: usize| gradients["W1"].row(row).to_vec();
    near(&row(0), &[-0.304_676_988_594_045_3, 0.355_686_055_303_992_6, -0.051_009_066_709_947_65]);
    near(&row(12), &[-0.389_300_741_258_556_24, 0.288_830_385_938_906_36, 0.100_470_355_319_649_82]);
    near(&gradients["b1"].row(0).to_vec(), &[0.001_872_659_176_030_0, -0.065_543_071_161_049, 0.063_670_411_985_019]);

    let wanted = folder.path().join("pictures");
    let plot = ["insight", "-e", spec, "--only", "cost", "--plot", wanted.to_str().unwrap()];
    let run = chainrule(&plot);
    assert!(run.status == 0 && run.stderr.contains("no picture was written to "), "{}", run.stderr);
    assert!(!wanted.exists());

    for (name, target) in [("iris", "species"), ("wine", "cultivar")] {
        let [spec, csv] = ["net", "csv"].map(|extension| format!("tests/data/{name}/{name}.{extension}"));
        let table = [spec.as_str(), "--data", &csv, "--target", target, "--standardize"];
        let verified = chainrule(&[&["verify"], &table[..]].concat());
        assert_eq!(verified.status, 0, "{}{}", verified.stdout, verified.stderr);
        assert!(verified.stdout.contains("\nVerified: "), "{}", verified.stdout);
        let insight = chainrule(&[&["insight"], &table[..]].concat());
        assert_eq!(insight.status, 0, "{}{}", insight.stdout, insight.stderr);
        assert!(insight.stderr.contains(&format!("a column for each class of `{target}`")), "{}", insight.stderr);
    }
}

#[test]
fn a_table_is_told_by_its_bytes_and_its_name() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let (file, name) = path(&folder, name);
        fs::write(file, bytes).unwrap();
        name
    };
    let arrays = fs::read(common::path("tests/data/digits/batch.npz")).unwrap();
    let numbers = "input X [n, f]; dense 1; loss mse";
    let verify = |spec: &str, options: &[&str]| chainrule(&[&["verify", "-e", spec], options].concat());

    let table = file("table.txt", b"PK,a\n1,2\n2,3\n");
    assert_eq!(verify(numbers, &["--data", &table, "--target", "a"]).status, 0);
    let untold = verify(numbers, &["--data", &table]);
    assert!(untold.status == 3, "{}", untold.stderr);
    let csv = file("table.CSV", b"0123456,{\n1,2\n2,3\n");
    assert_eq!(verify(numbers, &["--data", &csv, "--target", "{"]).status, 0);
    let untold = verify(numbers, &["--data", &csv]);
    assert!(untold.status == 2 && untold.stderr.contains("its columns are `0123456`, `{`"), "{}", untold.stderr);
    let renamed = file("batch.csv", &arrays);
    let digits = common::read("tests/data/digits/digits.net");
    assert_eq!(verify(&digits, &["--data", &renamed]).status, 0);
    for options in [&["--target", "Y"][..], &["--standardize"], &["--no-header"], &["--drop", "Y"], &["--inputs", "X"]]
    {
        let run = verify(&digits, &[&["--data", &renamed], options].concat());
        let message = format!("`{}` is for a .csv table, `{renamed}` is a file of named arrays", options[0]);
        assert!(run.status == 2 && run.stderr.contains(&message), "{}", run.stderr);
    }

    let constant = file("constant.csv", b"a,b,y\n5,1,1\n5,2,1\n");
    let run = verify(numbers, &["--data", &constant, "--target", "y", "--standardize"]);
    assert!(run.stderr.contains("has one value in every row of `a`: standardised it is 0"), "{}", run.stderr);
    for (options, message) in [
        (&["--target", "y"][..], "--data <FILE>"),
        (&["--data", &constant, "--standardize"], "name it with `--target COLUMN`"),
    ] {
        let run = verify(numbers, options);
        assert!(run.status == 2 && run.stderr.contains(message), "{}", run.stderr);
    }
    let wide = verify("input X [n, 3]; dense 1; loss mse", &["--data", &constant, "--target", "y"]);
    assert!(
        wide.status == 3 && wide.stderr.contains("has 2 columns for X, the spec has 3 features"),
        "{}",
        wide.stderr
    );
    let large = verify(numbers, &["--data", &constant, "--target", "y", "--memory", "20"]);
    assert_eq!(large.status, 4, "{}", large.stderr);
}
