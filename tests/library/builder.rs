//! Networks by calls: equal to those by text, and never another network than the calls say.

use chainrule::{Builder, Dense, Error, Kind, Network};

use super::network;

#[test]
fn builder_and_text_are_equal() {
    let built = Network::builder()
        .input_named("images", "n", "28*28")
        .dense(Dense::new(128_usize).inputs(784).activation("leaky_relu(0.1)").named("first"))
        .repeat(3, |block| {
            let inner =
                block.dense(Dense::new(String::from("128")).named("deep").without_bias()).expect_shape("n", 128_u64);
            inner.repeat(2, |block| block.activation_named("gate", "gelu"))
        })
        .dense("2*(a + 3)")
        .activation("tanh")
        .target("labels", "n", "a*2 + 6")
        .loss_reduced("huber(0.5)", "elements")
        .build()
        .unwrap();
    let text = "input images [n, 784]
        first: dense 784 -> 128 leaky_relu(0.1)
        repeat 3 {
            deep: dense 128 nobias
            expect [n, 128]
            repeat 2 { gate: activation gelu }
        }
        dense 2*a + 6 tanh
        target labels [n, 2*(a + 3)]
        loss huber(0.5) reduce=elements";
    assert_eq!(built, network(text));
    assert_ne!(built, network(&text.replace("0.5", "0.6")));
    assert_ne!(built, network(&text.replace("tanh", "relu")));
}

/// A network of the given pieces: a layer's name, its width and activation, a dimension, a name of the input, the loss.
fn with(place: usize, piece: &str) -> Builder {
    let pick = |i: usize, usual: &'static str| if i == place { piece.to_owned() } else { usual.to_owned() };
    Network::builder()
        .input_named(&pick(0, "In"), pick(1, "n"), 3)
        .dense(Dense::new(pick(2, "f1")).activation(pick(3, "relu")).named(pick(4, "hidden")))
        .expect_shape("n", pick(5, "f1"))
        .repeat(2, |block| block.activation(&pick(6, "tanh")))
        .dense(2)
        .target(&pick(7, "T"), "n", 2)
        .loss_reduced(&pick(8, "mse"), &pick(9, "sum"))
}

#[test]
fn no_piece_is_more_than_it_was_given_for() {
    let nasty = [
        "",
        " ",
        "f1 relu",
        "f1, 3",
        "a]",
        "[a",
        "f1 nobias",
        "f1 -> f2",
        "relu nobias",
        "a: dense 3",
        "x\nloss mse",
        "x; dense 4",
        "x }",
        "{ x",
        "x # y",
        "#",
        "mse reduce=sum",
        "reduce=sum",
        "sum reduce=sum",
        "a = 3",
        "3\r",
        "\u{0}",
        "ä",
        "🦀",
        "a b",
        "(a",
        "a)",
        "a,",
        "*",
        "+",
        "->",
        "-",
        ":",
        "'",
        "\"",
        "\\",
        "×",
        "n\u{2028}m",
        "dense",
        "input",
        "loss",
        "1 2",
        "relu()",
        "relu(1",
        "leaky_relu(0.1) relu",
        "huber(1) # ",
        "0",
        "-1",
        "1.5",
        "99999999999999999999",
        "1_000",
    ];
    assert!(with(99, "").build().is_ok());
    for place in 0..10 {
        for piece in nasty {
            // What stands around a piece is no part of it.
            if piece.trim() == "3" && [1, 2, 5].contains(&place) {
                continue;
            }
            let built = with(place, piece).build();
            assert!(built.is_err(), "{place} {piece:?}:\n{}", built.unwrap());
        }
    }
}

fn error(builder: Builder) -> Error {
    builder.build().unwrap_err()
}

#[test]
fn errors_point_into_the_text_that_was_written() {
    let wide = Dense::new("f2").inputs(7).activation("relu");
    let found = error(Network::builder().input("n", 3).dense("f1").dense(wide).loss("mse"));
    let message = &found.messages()[0];
    assert_eq!(message.title(), "dense layer 2 expects 7 features, its input has f1");
    assert_eq!(message.text(), "input [n, 3]\ndense f1\ndense 7 -> f2 relu\nloss mse");
    let label = &message.labels()[0];
    assert_eq!((&message.text()[label.span.range()], label.primary), ("7", true));

    let found = error(Network::builder().input("n", 3).dense("f1 relu").loss("mse"));
    let message = &found.messages()[0];
    assert_eq!(message.title(), "`f1 relu` is not one dimension");
    assert_eq!(&message.text()[message.labels()[0].span.range()], "f1 relu");

    let found = error(Network::builder().input("n", 3).dense(Dense::new(2).activation("rellu")).loss("mse"));
    assert_eq!(found.messages()[0].help(), Some("did you mean `relu`?"));
}

#[test]
fn networks_that_are_none_are_errors() {
    let start = || Network::builder().input("n", 3);
    let cases: [(Builder, &str); 7] = [
        (Network::builder(), "the spec is empty"),
        (start().loss("mse"), "the network has no layer with parameters"),
        (Network::builder().dense(3).loss("mse"), "the network has no input"),
        (start().dense(3).loss("mse").loss("mae"), "two losses are of the same prediction and the same target"),
        (start().dense(0).loss("mse"), "expected a number from 1 to 2147483647, found `0`"),
        (start().dense(Dense::new(3).named("relu")).loss("mse"), "`relu` is an activation and cannot name a layer"),
        (start().dense(3).repeat(0, |b| b.dense(3)).loss("mse"), "expected a number from 1 to 2147483647, found `0`"),
    ];
    for (builder, title) in cases {
        let text = builder.to_string();
        assert_eq!(error(builder).messages()[0].title(), title, "{text}");
    }
    let many = start().repeat(1_000_000, |block| block.dense(3)).loss("mse");
    assert_eq!(error(many).kind(), Kind::Limit);
    // A statement in a block that may not stand there.
    assert_eq!(error(start().repeat(2, |block| block.dense(3).loss("mse"))).kind(), Kind::Spec);
}

#[test]
fn blocks_nested_too_deep_are_an_error() {
    let mut block = Network::builder().dense(3);
    for _ in 0..2_000 {
        let inner = block;
        block = Network::builder().repeat(1, |_| inner);
    }
    let found = error(Network::builder().input("n", 3).repeat(1, |_| block).loss("mse"));
    assert_eq!(found.kind(), Kind::Limit);
}
