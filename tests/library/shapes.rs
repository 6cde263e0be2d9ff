//! Shapes against those worked out by hand, and `assert_shapes!`.

use chainrule::{Kind, LayerKey, Network, Shape, assert_shapes};

use super::network;

const BLOCKS: &str = "let h = 32
input X [n, 28*28]
repeat 2 { wide: dense h relu }
activation softmax
dense h -> a + b nobias
loss mse";

#[test]
fn shapes_are_those_by_hand() {
    let shapes = network(BLOCKS).shapes();
    assert_eq!((shapes.input(), shapes.output()), (&shape("n × 784"), &shape("[n, b + a]")));
    let expected = [
        (Some("wide_1"), "dense relu", "n × 784", "n × 32", "25,120", Some(25_120)),
        (Some("wide_2"), "dense relu", "n × 32", "n × 32", "1,056", Some(1_056)),
        (None, "activation softmax", "n × 32", "n × 32", "0", Some(0)),
        (None, "dense nobias", "n × 32", "n × (a + b)", "32·a + 32·b", None),
    ];
    assert_eq!(shapes.layers().len(), expected.len());
    for (i, (name, kind, input, output, parameters, count)) in expected.into_iter().enumerate() {
        let layer = shapes.layer(i + 1).unwrap();
        assert_eq!((layer.number(), layer.name(), layer.kind()), (i + 1, name, kind));
        assert_eq!((layer.input(), layer.output()), (&shape(input), &shape(output)));
        assert_eq!((layer.parameters(), layer.parameter_count()), (parameters, count));
    }
    assert_eq!(shapes.layer("wide_2").unwrap().number(), 2);
    for key in [LayerKey::from(0), 5.into(), usize::MAX.into(), "3".into(), "wide".into(), "".into()] {
        assert!(shapes.layer(key).is_none(), "{key}");
    }
}

fn shape(text: &str) -> Shape {
    text.parse().unwrap()
}

#[test]
fn shapes_are_compared_as_dimensions() {
    assert_shapes!(network(BLOCKS), {
        "input" => "n × 784",
        "input" => "n × 28*28",
        "wide_1" => "n × h",
        2 => "[n, h]",
        3 => "n × 32",
        4 => format!("n × ({} + a)", "b"),
        "target" => "n × (a + b)",
    });
    // What the table prints is read back.
    assert_shapes!(&network("input X [n, d*d]; dense 1000*d; loss mse"), { "input" => "n × d²", 1 => "n × 1,000·d" });
    assert_ne!(shape("n × m"), shape("m × n"));
    assert_eq!(shape("3 × 4").size(), Some((3, 4)));
    assert_eq!(shape("3 × f").size(), None);
    for text in ["", "n", "n × 4; loss mse", "n × 0", "[n, 4] # ]", "n x 4"] {
        assert_ne!(shape("n × 4"), text);
        assert_eq!(text.parse::<Shape>().unwrap_err().kind(), Kind::Usage, "{text}");
    }
}

#[test]
fn what_differs_is_a_lesson() {
    let text = "input X [n, d]\nup: dense 4*d gelu\ndense d\nloss half_mse";
    let shapes = network(text).shapes();
    let error = shapes.check([("up", "n × 3*d")]).unwrap_err();
    assert_eq!(error.kind(), Kind::Shape);
    let [message] = error.messages() else { panic!("{error}") };
    assert_eq!(message.title(), "layer `up` puts out n × 4*d, expected n × 3*d");
    assert_eq!(&text[message.labels()[0].span.range()], "up: dense 4*d gelu");
    let titles = |expected: &[(LayerKey, &'static str)]| -> Vec<String> {
        let error = shapes.check(expected.iter().copied()).unwrap_err();
        error.messages().iter().map(|message| message.title().to_owned()).collect()
    };
    let found = titles(&[("input".into(), "m × d"), (2.into(), "n × d"), (3.into(), "n × d"), ("ap".into(), "n × d")]);
    let layers = ["the network has no layer `3`", "the network has no layer `ap`"];
    assert_eq!(found, ["the input is n × d, expected m × d", layers[0], layers[1]]);
    assert_eq!(titles(&[(1.into(), "n")]), ["`n` is no shape"]);
}

#[test]
fn a_failed_assertion_says_all() {
    let failure =
        std::panic::catch_unwind(|| assert_shapes!(network("input [n, 2]; dense 3; loss mse"), { 1 => "n × 4" }));
    let failure = *failure.unwrap_err().downcast::<String>().unwrap();
    assert!(failure.contains("layer 1 puts out n × 3, expected n × 4"), "{failure}");
    assert!(failure.contains("1      dense  n × 2  2 × 3  1 × 3  n × 3"), "{failure}");
}

#[test]
fn warnings_are_kept() {
    let warned = Network::parse("input [n, 3]\ndense 2 tanh\nloss bce").unwrap();
    let warnings = warned.warnings();
    assert!(!warnings.is_empty() && warnings.iter().all(chainrule::Message::is_warning));
    assert!(warnings[0].to_string().starts_with("warning"), "{}", warnings[0]);
    assert!(network(BLOCKS).warnings().is_empty());
}
