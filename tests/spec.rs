//! The parser: what is read, where it stands, and what is refused for its size.

use std::time::{Duration, Instant};

use chainrule::{
    shape::MAX_DIM,
    source::{Kind, Span},
    spec::{
        self, MAX_NUMBER,
        syntax::{Argument, Call, Count, DimSyntax, LayerSyntax, Spec, StatementKind},
    },
};

use crate::common::{self, places::without_places};

fn parsed(text: &str) -> Spec {
    spec::parse(text).unwrap_or_else(|errors| panic!("{}", common::rendered(&errors, text, "net.spec")))
}

fn layer(text: &str) -> LayerSyntax {
    let StatementKind::Layer(layer) = parsed(text).statements.remove(0).kind else { panic!("no layer: {text}") };
    layer
}

/// The arguments of a layer as printed, a dimension in `<>`.
fn arguments(text: &str) -> Vec<String> {
    let shown = |argument: &Argument| match argument {
        Argument::Dim(dimension) => format!("<{dimension}>"),
        Argument::Arrow => "->".to_owned(),
        argument @ (Argument::Call(_) | Argument::Option(_) | Argument::Number(_)) => format!("{argument}"),
    };
    layer(text).arguments.iter().map(|argument| shown(&argument.value)).collect()
}

/// The canonical text of the worked examples; the first is canonical already.
#[test]
fn printing_is_canonical() {
    let canonical = "let n = 64, f0 = 784\ninput X [n, f0]\nhidden: dense f0 -> f1 relu nobias\nrepeat depth {\n  \
        dense 2*(a + b) leaky_relu(0.1)\n  repeat 2 {\n    expect [n, 4*d + 1]\n  }\n}\nrepeat 3 {\n}\n\
        activation gelu\ntarget Y [n, f3]\nloss huber(1) reduce=elements\n";
    assert_eq!(parsed(canonical).to_string(), canonical);
    let crowded = "let n=64,f0=0784;input X[n,f0];hidden:dense f0->f1 relu nobias#c\nrepeat depth{dense 2*( a+b ) \
        leaky_relu( +1e-1 );repeat 2{expect[n,((4))*d+(1)]}}repeat 3{\r\n;;}activation gelu\r\n\ttarget Y [n , f3] ; ;\n\
        loss huber(1.0)reduce=elements";
    let crowded = crowded.replace(")reduce", ") reduce");
    assert_eq!(parsed(&crowded).to_string(), canonical);
}

#[test]
fn a_dimension_ends_where_no_operator_follows() {
    assert_eq!(arguments("dense f1 relu"), ["<f1>", "<relu>"]);
    assert_eq!(arguments("dense 2*(a+b) relu"), ["<2*(a + b)>", "<relu>"]);
    assert_eq!(arguments("dense a + b*c (d) e"), ["<a + b*c>", "<d>", "<e>"]);
    assert_eq!(arguments("dense f0->f1 leaky_relu(0.1)"), ["<f0>", "->", "<f1>", "leaky_relu(0.1)"]);
    assert_eq!(arguments("activation elu (7)"), ["<elu>", "<7>"]);
}

#[test]
fn operators_have_the_usual_precedence() {
    let sum = &layer("dense a + 2*b + (c + d)").arguments[0].value;
    let Argument::Dim(DimSyntax::Sum(terms)) = sum else { panic!("{sum:?}") };
    assert!(matches!(terms[0].value, DimSyntax::Name(_)));
    assert!(matches!(&terms[1].value, DimSyntax::Product(factors) if factors.len() == 2));
    assert!(matches!(&terms[2].value, DimSyntax::Sum(terms) if terms.len() == 2));
    assert_eq!(terms.len(), 3);
}

#[test]
fn everything_knows_its_place() {
    let text = "\u{feff}# é\nhidden:  dense 2*(a + b)  leaky_relu( 0.1 )";
    let at = |piece: &str| {
        let start = text.find(piece).unwrap();
        Span::new(start, start + piece.len())
    };
    let statement = &parsed(text).statements[0];
    assert_eq!(statement.span, at("hidden:  dense 2*(a + b)  leaky_relu( 0.1 )"));
    let StatementKind::Layer(layer) = &statement.kind else { panic!("{statement:?}") };
    assert_eq!(layer.name.as_ref().unwrap().span, at("hidden"));
    assert_eq!(layer.kind.span, at("dense"));
    assert_eq!(layer.arguments[0].span, at("2*(a + b)"));
    assert_eq!(layer.arguments[1].span, at("leaky_relu( 0.1 )"));
    let Argument::Dim(DimSyntax::Product(factors)) = &layer.arguments[0].value else { panic!("{layer:?}") };
    assert_eq!(factors[1].span, at("(a + b)"));
    let Argument::Call(Call { parameter: Some(parameter), .. }) = &layer.arguments[1].value else {
        panic!("{layer:?}")
    };
    assert_eq!((parameter.value, parameter.span), (0.1, at("0.1")));
}

#[test]
fn numbers_read_back_as_themselves() {
    for value in [0.0, 1.0, 0.1, 1e-9, 1e300, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1.050_700_987_355_480_5, -2.5] {
        let text = format!("loss huber({value:e})");
        let StatementKind::Loss(loss) = parsed(&parsed(&text).to_string()).statements.remove(0).kind else { panic!() };
        assert_eq!(loss.call.parameter.unwrap().value.to_bits(), f64::to_bits(value), "{text}");
    }
}

#[test]
fn a_number_has_the_range_of_a_dimension() {
    assert_eq!(MAX_NUMBER, MAX_DIM);
    assert_eq!(arguments("dense 2147483647"), ["<2147483647>"]);
    assert!(spec::parse("dense 2147483648").is_err());
    let repeat = parsed("repeat 1000000 { dense 3 }").statements.remove(0).kind;
    assert!(matches!(repeat, StatementKind::Repeat(repeat) if repeat.count.value == Count::Number(1_000_000)));
}

#[test]
fn an_empty_text_is_an_empty_spec() {
    for text in ["", "\n", "\u{feff}", "# nothing", " \t ; ;\r\n"] {
        assert_eq!(parsed(text).statements.len(), 0, "{text:?}");
    }
}

#[test]
fn a_mebibyte_is_read_and_no_more() {
    let full = vec![b'\n'; 1 << 20];
    assert_eq!(spec::decode(&full).map(str::len), Ok(1 << 20));
    let error = spec::decode(&vec![b'\n'; (1 << 20) + 1]).unwrap_err();
    assert_eq!((error.kind, error.kind.status()), (Kind::Limit, 4));
}

/// Depth, and the text of a spec nested so deep.
type Nesting = fn(usize) -> String;

#[test]
fn nesting_ends_at_128() {
    let blocks: Nesting = |depth| format!("{}dense 3{}", "repeat 2 {\n".repeat(depth), "}".repeat(depth));
    let parentheses: Nesting = |depth| format!("dense {}a{} relu", "(".repeat(depth), ")".repeat(depth));
    let sums: Nesting = |depth| format!("expect [n, {}a{}]", "1+2*(".repeat(depth), ")".repeat(depth));
    for nested in [blocks, parentheses, sums] {
        let tree = parsed(&nested(128));
        assert_eq!(without_places(parsed(&tree.clone().to_string())), without_places(tree));
        for depth in [129, 100_000] {
            let errors = spec::parse(&nested(depth)).unwrap_err();
            assert_eq!((errors.len(), errors[0].kind), (1, Kind::Limit));
        }
    }
}

#[test]
fn parentheses_left_open_line_by_line_do_not_nest() {
    let errors = spec::parse(&"dense (\n".repeat(200)).unwrap_err();
    assert!(errors.iter().all(|error| error.kind == Kind::Spec));
    assert_eq!(spec::parse(&"}\n".repeat(200)).unwrap_err().len(), 20);
    assert_eq!(spec::parse(&"repeat 2 {\n".repeat(128)).unwrap_err().len(), 20);
}

#[test]
fn a_name_has_at_most_256_bytes() {
    assert!(spec::parse(&format!("dense {}", "w".repeat(256))).is_ok());
    let errors = spec::parse(&format!("dense {}", "w".repeat(257))).unwrap_err();
    assert_eq!(errors[0].kind, Kind::Limit);
}

#[test]
fn at_most_20_errors_are_reported() {
    let errors = spec::parse(&"dense 0\n".repeat(21)).unwrap_err();
    assert_eq!(errors.len(), 20);
    assert_eq!(errors[19].notes, ["more follow: at most 20 messages are shown at once"]);
    let errors = spec::parse(&"dense 0\n".repeat(20)).unwrap_err();
    assert_eq!((errors.len(), errors[19].notes.len()), (20, 0));
}

/// Time in proportion to the text, whatever stands in it. What is quadratic would take hours, what is linear takes less
/// than the bound on the busiest machine.
#[test]
fn large_texts_are_read_in_time() {
    let size = 1 << 20;
    let line = |line: &str| line.repeat(size / line.len());
    let texts = [
        "\n".repeat(size),
        line("dense f1 relu\n"),
        line("dense 0 relu\n"),
        line("# comment\n"),
        format!("dense {}a", "a+".repeat(size / 2 - 4)),
        format!("dense {}", "2*a ".repeat(size / 4 - 2)),
        format!("dense {}", "x".repeat(size - 6)),
        format!("dense {}", "7".repeat(size - 6)),
        "}".repeat(size),
        line("×"),
        line("dense 3{"),
        line("let a = 1;"),
    ];
    for text in texts {
        let start = Instant::now();
        if let Err(errors) = spec::parse(&text) {
            common::rendered(&errors, &text, "net.spec");
        }
        let taken = start.elapsed();
        assert!(taken < Duration::from_secs(60), "{taken:?} for {:?}…", &text[..20]);
    }
}
