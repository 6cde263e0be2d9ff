//! The computation graph: its edges are the network's, its path is the gradient's, and in the picture no text lies on another
//! or leaves its frame, wide and narrow.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

use chainrule::{
    document::graph::{Graph, Kept, Step},
    evaluate::{backprop, bindings::bind, draw, gradients::Pass},
    expr::{Arena, Definition, ExprId, SymbolId},
    gradient::{Derivative, Form, Gradient},
    network::{
        forward::Forward,
        graph::{Network, Operation, Value},
        resolve,
    },
    pipeline::{self, variables},
    render::{
        Format, Style,
        graph::{dot, mermaid, svg},
    },
    report::{
        self,
        graph::{View, computation},
    },
    spec,
};
use snapbox::{assert_data_eq, file};
use tempfile::TempDir;

use crate::{
    common::{self, snapshot},
    concrete::distance,
    graphs::NETWORKS,
};

const THREE: &str = "input X [n, f0]; dense f1 relu; dense f2 relu; dense f3; loss half_mse";
const LONG: &str = "input features_of_the_batch [n, number_of_features]
encoder_projection: dense hidden_units_one tanh
bottleneck_layer: dense latent_dimension tanh
decoder_projection: dense number_of_features
loss mse";

fn deep(layers: usize) -> String {
    format!("input X [n, 64]\nrepeat {} {{ dense 64 relu }}\ndense 10 softmax\nloss cce", layers - 1)
}

fn network(source: &str) -> Network {
    resolve(&spec::parse(source).expect("parses"), &[]).network.expect("resolves")
}

fn graph(source: &str, wrt: Option<&str>, unfold: bool) -> Graph {
    let network = network(source);
    let (derivation, trace) = pipeline::graph(&network).expect("derives");
    let wrt = wrt.map(|word| variables::of(&derivation, &[word.to_owned()]).expect("is there")[0]);
    computation(&network, &derivation, &trace, View { wrt, unfold })
}

fn page(source: &str, format: Format) -> String {
    let network = network(source);
    let (derivation, trace) = pipeline::graph(&network).expect("derives");
    Style::new(format).page(&report::graph(&network, &derivation, &trace, View::default()))
}

/// The value of an attribute.
fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
    let start = tag.find(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{name} in {tag}")) + name.len() + 3;
    tag[start..].split('"').next().unwrap()
}

fn number(tag: &str, name: &str) -> f64 {
    attribute(tag, name).parse().unwrap()
}

/// Left, top, right, bottom.
type Area = [f64; 4];

/// What letters take in wide fonts.
fn length(text: &str, size: f64) -> f64 {
    let text = ["lt;<", "gt;>", "quot;\"", "amp;&"].iter().fold(text.to_owned(), |text, pair| {
        let (name, character) = pair.split_at(pair.len() - 1);
        text.replace(&format!("&{name}"), character)
    });
    let letter = |c: char| match c {
        '\u{302}' => 0.0,
        '\u{a0}' | '.' | ',' | '\'' | 'i' | 'j' | 'l' | '·' => 0.34,
        'f' | 't' | 'r' | '(' | ')' | '/' | 'I' | 'J' => 0.45,
        'm' | 'w' | 'W' | 'M' => 1.0,
        c if c.is_uppercase() => 0.78,
        c if c.is_alphanumeric() || c == '_' || c == '∂' => 0.62,
        _ => 0.8,
    };
    size * text.chars().map(letter).sum::<f64>()
}

/// A text without marks, and the area that it takes.
fn texts(svg: &str) -> Vec<(String, Area)> {
    let mut texts = Vec::new();
    for part in svg.split("<text").skip(1) {
        let (tag, rest) = part.split_once('>').unwrap();
        let content = rest.split("</text>").next().unwrap();
        // What a pointer shows is no part of the picture.
        let content = content.split("<title>").next().unwrap();
        let (x, y, size) = (number(tag, "x"), number(tag, "y"), number(tag, "font-size"));
        let (mut plain, mut across) = (String::new(), 0.0);
        for (place, run) in content.split("<tspan").enumerate() {
            let (own, behind) = if place == 0 { ("", run) } else { run.split_once("</tspan>").unwrap() };
            if let Some((tag, text)) = own.split_once('>') {
                across += length(text, if tag.contains("font-size") { number(tag, "font-size") } else { size });
                plain += text;
            }
            across += length(behind, size);
            plain += behind;
        }
        let left = if attribute(tag, "text-anchor") == "start" { x } else { x - across / 2.0 };
        texts.push((plain, [left, y - 0.75 * size, left + across, y + 0.25 * size]));
    }
    texts
}

fn frames(svg: &str) -> Vec<Area> {
    let rects = svg.split("<rect").skip(2).map(|part| part.split("/>").next().unwrap());
    rects
        .map(|tag| {
            let (x, y) = (number(tag, "x"), number(tag, "y"));
            [x, y, x + number(tag, "width"), y + number(tag, "height")]
        })
        .collect()
}

/// Elements but the runs of a text.
fn elements(svg: &str) -> usize {
    svg.matches('<').count() - svg.matches("</").count() - svg.matches("<tspan").count()
}

fn all() -> Vec<(String, String)> {
    let own = [("three", THREE.to_owned()), ("long-names", LONG.to_owned())];
    let depths = [12, 50].map(|layers| (format!("{layers}-layers"), deep(layers)));
    let kinds = NETWORKS.iter().map(|(name, source)| ((*name).to_owned(), (*source).to_owned()));
    own.into_iter().map(|(name, source)| (name.to_owned(), source)).chain(depths).chain(kinds).collect()
}

#[test]
fn no_text_lies_on_another_or_leaves_its_frame() {
    let folder = common::path("target/graphs");
    fs::create_dir_all(&folder).unwrap();
    for (name, source) in all() {
        for (width, unfold) in [(390, true), (390, false), (1280, true), (1280, false)] {
            let picture = svg(&graph(&source, None, unfold), width, true);
            fs::write(folder.join(format!("{name}-{width}-{unfold}.svg")), &picture).unwrap();
            let at = format!("{name} at {width}, unfolded: {unfold}");
            check(&picture, &at);
        }
    }
    check(&svg(&graph(&deep(300), None, false), 390, true), "300 layers");
    check(&svg(&graph(&deep(300), Some("W150"), false), 1280, true), "300 layers");
}

fn check(svg: &str, at: &str) {
    let (texts, frames) = (texts(svg), frames(svg));
    let bounds: Vec<f64> = attribute(svg, "viewBox").split(' ').map(|side| side.parse().unwrap()).collect();
    assert!(texts.len() > 15 && frames.len() > 6, "{at}");
    for (index, (text, [left, top, right, bottom])) in texts.iter().enumerate() {
        let inside = *left >= 0.0 && *top >= 0.0 && *right <= bounds[2] && *bottom <= bounds[3];
        assert!(inside, "{at}: `{text}` leaves the picture");
        for (other, [l, t, r, b]) in &texts[index + 1..] {
            let apart = right <= l || r <= left || bottom <= t || b <= top;
            assert!(apart, "{at}: `{text}` lies on `{other}`");
        }
        for [l, t, r, b] in &frames {
            let apart = right <= l || r <= left || bottom <= t || b <= top;
            let within = left >= l && right <= r && top >= t && bottom <= b;
            assert!(
                apart || within,
                "{at}: `{text}` at {left} {top} {right} {bottom} crosses the frame {l} {t} {r} {b}"
            );
        }
    }
    for (index, [left, top, right, bottom]) in frames.iter().enumerate() {
        for [l, t, r, b] in &frames[index + 1..] {
            assert!(right <= l || r <= left || bottom <= t || b <= top, "{at}: two frames at {left} {top}");
        }
    }
}

/// The edges by the layers of the network: from what comes in to Z or H, from there to A, from predictions to losses.
fn expected(network: &Network) -> BTreeSet<[String; 2]> {
    let named = |letter: &str, label: &str| {
        let separator = if label.starts_with(|c: char| c.is_ascii_digit()) { "" } else { "_" };
        format!("{letter}{separator}{label}")
    };
    let value = |value: Value| match value {
        Value::Input(input) => network.inputs[input].name.to_string(),
        Value::Layer(layer) => named("A", &network.layers[layer].label),
    };
    let mut edges = BTreeSet::new();
    for layer in &network.layers {
        let output = named("A", &layer.label);
        let inner = match layer.operation {
            Operation::Norm(_) | Operation::FixedNorm { .. } if layer.has_gain() => Some(named("H", &layer.label)),
            _ if layer.has_pre_activation() => Some(named("Z", &layer.label)),
            _ => None,
        };
        let first = inner.clone().unwrap_or_else(|| output.clone());
        edges.extend(layer.sources.iter().map(|source| [value(source.value), first.clone()]));
        edges.extend(inner.map(|inner| [inner, output]));
    }
    let is_one = network.terms.len() == 1 && network.penalties.is_empty();
    for (place, term) in network.terms.iter().enumerate() {
        let name = if is_one { "J".to_owned() } else { format!("J{}", place + 1) };
        let sides = [Some(term.prediction), term.target_value];
        edges.extend(sides.into_iter().flatten().map(|side| [value(side), name.clone()]));
        edges.extend((!is_one).then(|| [name, "J".to_owned()]));
    }
    edges.extend((!network.penalties.is_empty()).then(|| ["R".to_owned(), "J".to_owned()]));
    edges
}

#[test]
fn every_operand_has_one_edge_there_and_one_back() {
    for (name, source) in all() {
        let (network, graph) = (network(&source), graph(&source, None, true));
        let key = |place: usize| graph.steps[place].key.clone();
        let edges: Vec<[String; 2]> = (graph.steps.iter())
            .flat_map(|step| step.operands.iter().map(|operand| [key(operand.step), step.key.clone()]))
            .collect();
        assert_eq!(edges.len(), edges.iter().collect::<BTreeSet<_>>().len(), "{name}");
        assert_eq!(edges.into_iter().collect::<BTreeSet<_>>(), expected(&network), "{name}");
        for (place, step) in graph.steps.iter().enumerate() {
            let spanned = graph.steps.get(place + 1).and_then(|next| next.backward.first()?.spans) == Some(place);
            for operand in &step.operands {
                let back = step.backward.iter().flat_map(|b| &b.to).filter(|target| target.step == operand.step);
                let through = step.backward.iter().filter(|b| b.spans == Some(operand.step)).count();
                let is_sum = step.key == "J" && step.formula.is_some() && step.backward.is_empty();
                assert_eq!(back.count() + through + usize::from(spanned || is_sum), 1, "{name}: {}", step.key);
            }
        }
    }
}

/// What every step hands back, added up along the edges from the losses down, is the gradient that the concrete backprop has.
#[test]
fn what_is_handed_back_adds_up_to_the_gradients() {
    let columns =
        |(name, source): (String, String)| (format!("{name} of columns"), format!("layout columns\n{source}"));
    let all = all().into_iter().chain(all().into_iter().map(columns));
    for (name, source) in all.filter(|(name, _)| !name.starts_with("50")) {
        let mut rng = draw::generator(3);
        let bound = bind(&network(&source), None, None, Some(&mut rng)).expect("binds");
        let arrays = draw::arrays(&bound.network, &bound.arrays, 1.0, &mut rng);
        let (mut derivation, trace) = pipeline::graph(&bound.network).expect("derives");
        let output_errors = derivation.output_errors.clone();
        let Forward { arena, definitions, outputs, .. } = &mut derivation.forward;
        let mut sums: BTreeMap<SymbolId, ExprId> = BTreeMap::new();
        let add = |sums: &mut BTreeMap<SymbolId, ExprId>, arena: &mut Arena, to: SymbolId, value: ExprId| {
            let sum = sums.get(&to).map_or(value, |sum| arena.plus(*sum, value).expect("one shape"));
            sums.insert(to, sum);
        };
        for (output, head) in outputs.iter().zip(&output_errors) {
            add(&mut sums, arena, output.prediction.symbol, head.by_prediction);
            head.by_target.into_iter().for_each(|value| add(&mut sums, arena, output.target, value));
        }
        let mut gradient = Gradient::new(Form::Layered);
        let handed = |from: Option<SymbolId>| trace.handed.iter().filter(move |handed| handed.from == from);
        handed(None).for_each(|handed| add(&mut sums, arena, handed.to, handed.value));
        let mut received: BTreeMap<SymbolId, ExprId> = BTreeMap::new();
        for definition in definitions.iter().rev().filter(|d| trace.names.contains_key(&d.symbol)) {
            let Some(value) = sums.get(&definition.symbol).copied() else { continue };
            let symbol = trace.names[&definition.symbol];
            if received.insert(symbol, value).is_none() {
                gradient.definitions.push(Definition { symbol, value });
            }
            handed(Some(definition.symbol)).for_each(|handed| add(&mut sums, arena, handed.to, handed.value));
        }
        let forward = &derivation.forward;
        let variables: Vec<SymbolId> = forward.parameters.iter().chain(&forward.inputs).copied().collect();
        let of = |(variable, value): (&SymbolId, &ExprId)| Derivative { variable: *variable, value: *value };
        gradient.derivatives = sums.iter().filter(|(symbol, _)| variables.contains(symbol)).map(of).collect();
        let expected = backprop::gradients(&bound.network, &arrays).gradients;
        let dims = BTreeMap::new();
        let found =
            Pass::new(forward, &dims, arrays).and_then(|pass| pass.whole(&gradient, &variables)).expect("values");
        assert_eq!(found.len(), variables.len(), "{name}");
        for (variable, value) in &found {
            let key = forward.arena.symbol(*variable).key();
            let (error, largest) =
                (distance(value, &expected[&key]), expected[&key].fold(0.0_f64, |m, x| m.max(x.abs())));
            assert!(error <= 1e-10 || largest < 1e-12, "{name}: ∂J/∂{key} is off by {error:e}");
        }
    }
}

/// By hand: the weight of later layers, the activation derivative on the way, what comes in, and the two errors.
#[test]
fn the_path_of_a_gradient_is_what_it_takes() {
    let graph = graph(THREE, Some("W2"), false);
    let text = |step: &Step| step.adjoint.as_ref().map(|adjoint| Style::new(Format::Text).inline(&adjoint.name));
    let received: Vec<String> =
        graph.steps.iter().filter(|step| step.adjoint.as_ref().is_some_and(|a| a.is_lit)).filter_map(text).collect();
    assert_eq!(received, ["Δ₂", "∂J/∂A₂", "Δ₃"]);
    let taken = graph.steps.iter().flat_map(|step| &step.operands).filter(|operand| operand.is_lit);
    assert_eq!(taken.map(|operand| &*graph.steps[operand.step].key).collect::<Vec<_>>(), ["A1", "Z2"]);
    let given = graph.steps.iter().flat_map(|step| &step.parameters);
    assert_eq!(given.clone().filter(|p| p.is_lit).map(|p| &*p.key).collect::<Vec<_>>(), ["W3"]);
    let lit = given.filter(|p| p.gradient.as_ref().is_some_and(|gradient| gradient.is_lit));
    assert_eq!(lit.map(|p| &*p.key).collect::<Vec<_>>(), ["W2"]);
    let strong = graph.steps.iter().flat_map(|step| &step.backward).filter(|backward| backward.is_lit);
    assert_eq!(strong.count(), 3, "⊙ relu'(Z₂), · W₃ᵀ and the error");
}

/// Softmax and cross-entropy: from Ŷ to J forward, over both at once back, with nothing from Z to J.
#[test]
fn a_loss_that_absorbs_the_activation_spans_both() {
    let graph = graph("input X [n, 4]; dense 3 softmax; loss cce", None, false);
    let keys: Vec<&str> = graph.steps.iter().map(|step| &*step.key).collect();
    assert_eq!(keys, ["X", "Z1", "A1", "J"]);
    let loss = &graph.steps[3];
    assert_eq!(loss.operands.iter().map(|operand| operand.step).collect::<Vec<_>>(), [2]);
    let [error] = &loss.backward[..] else { panic!("one error") };
    assert_eq!((error.to[0].step, error.spans), (1, Some(2)));
    assert_eq!(error.kept, [Kept::Operand(0), Kept::Parameter(0)]);
    assert!(graph.steps[2].backward.is_empty() && graph.steps[2].adjoint.is_none());
    let apart = self::graph("input X [n, 4]; dense 3 tanh; loss mse", None, false);
    assert_eq!(apart.steps[3].backward[0].spans, None, "nothing cancels");
}

#[test]
fn deep_networks_are_folded_and_say_what_is() {
    let folded = graph(&deep(300), None, false);
    let picture = svg(&folded, 1280, true);
    assert!(elements(&picture) < 250, "{} elements", elements(&picture));
    let said = folded.steps.iter().find_map(|step| step.folded.as_ref()).expect("a fold");
    assert_eq!(Style::new(Format::Text).sentence(said), "layers 3 to 298, each dense relu, 64 × 64");
    assert!(picture.contains(">layers"), "{picture}");
    assert_eq!(graph(&deep(8), None, false).steps.len(), 18, "few layers are all shown");
    assert_eq!(graph(&deep(9), None, false).steps.len(), 11, "four layers, a fold, X and J");
    assert_eq!(graph(&deep(300), None, true).steps.len(), 602);
    // What a gradient in the middle takes stays.
    let chosen = graph(&deep(300), Some("W150"), false);
    let keys: BTreeSet<&str> = chosen.steps.iter().map(|step| &*step.key).collect();
    assert!(["Z150", "A150", "Z151", "A151"].iter().all(|key| keys.contains(key)), "{keys:?}");
    assert_eq!(chosen.steps.iter().filter(|step| step.folded.is_some()).count(), 2);
    for wrt in ["W1", "W3", "W150", "W298", "W300"] {
        let drawn = elements(&svg(&graph(&deep(300), Some(wrt), false), 1280, true));
        assert!(drawn < 250, "{wrt}: {drawn} elements");
    }
    let blocks = "input X [n, d]\nrepeat 12 { residual { dense h relu; dense d } }\ndense c softmax\nloss cce";
    let page = page(blocks, Format::Text);
    assert!(page.contains("times"), "{page}");
}

/// Every name in the file of Graphviz is declared, and every bracket and quote closed.
#[test]
fn graphviz_and_mermaid_get_whole_files() {
    for (name, source) in all() {
        let graph = graph(&source, None, true);
        let file = dot(&graph);
        let plain = file.replace("\\\"", "");
        assert_eq!(plain.matches('"').count() % 2, 0, "{name}");
        let unquoted: String = plain.split('"').step_by(2).collect();
        assert_eq!(unquoted.matches('{').count(), unquoted.matches('}').count(), "{name}");
        assert_eq!(unquoted.matches('[').count(), unquoted.matches(']').count(), "{name}");
        let ids = |line: &str| line.trim().split(' ').next().unwrap().to_owned();
        let statements = || file.lines().filter(|line| line.starts_with("  ") && line.ends_with("];"));
        let nodes: BTreeSet<String> = statements().filter(|line| !line.contains(" -> ")).map(ids).collect();
        let edges: Vec<&str> = statements().filter(|line| line.contains(" -> ")).collect();
        assert!(nodes.len() > 5 && edges.len() > nodes.len() / 2, "{name}");
        for edge in edges {
            let mut words = edge.split_whitespace();
            let ends = [words.next().unwrap(), words.nth(1).unwrap()];
            assert!(ends.iter().all(|end| nodes.contains(*end)), "{name}: {edge}");
        }
        let chart = mermaid(&graph);
        assert!(chart.starts_with("---\ntitle: \"Computation graph of "), "{chart}");
        for line in chart.lines().filter(|line| line.contains("-->")) {
            let ends = [line.split_whitespace().next().unwrap(), line.split_whitespace().last().unwrap()];
            assert!(ends.iter().all(|end| chart.contains(&format!("  {end}[\""))), "{name}: {line}");
        }
    }
}

/// A dashed edge leads from the value that is taken to what takes it, as the formulas say.
#[test]
fn kept_values_go_from_where_they_are_to_what_takes_them() {
    let expected = [
        ("X", "∂J/∂W₁"),
        ("W₁", "· W₁ᵀ"),
        ("Z₁", "⊙ relu'(Z₁)"),
        ("A₁", "∂J/∂W₂"),
        ("W₂", "· W₂ᵀ"),
        ("Z₂", "⊙ relu'(Z₂)"),
        ("A₂", "∂J/∂W₃"),
        ("W₃", "· W₃ᵀ"),
        ("Ŷ", "(Ŷ − Y)/n"),
        ("Y", "(Ŷ − Y)/n"),
    ];
    let graph = graph(THREE, None, true);
    let file = dot(&graph);
    let names: BTreeMap<&str, &str> = file
        .lines()
        .filter_map(|line| {
            let (id, label) = line.trim().split_once(" [label=\"")?;
            let name = label.split('"').next()?.split(" = ").next()?.split("  ").next()?;
            (!id.contains("->")).then_some((id, name))
        })
        .collect();
    let of = |ends: (&str, &str)| (names[ends.0], names[ends.1]);
    let dashed = file.lines().filter(|line| line.contains("style=dashed"));
    let found: Vec<_> = dashed.filter_map(|line| line.trim().split(" [").next()?.split_once(" -> ")).map(of).collect();
    for edge in expected {
        assert!(found.contains(&edge), "{edge:?} is not among {found:?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:?}");
    assert_eq!(mermaid(&graph).matches(" -.-> ").count(), expected.len());
}

/// Names that hold marks of a language are text in it.
#[test]
fn the_picture_is_plain_xml_without_scripts() {
    for (name, source) in all() {
        let picture = svg(&graph(&source, None, false), 1280, true);
        assert!(picture.contains("<title>Computation graph of ") && picture.contains("<desc>"), "{name}");
        for foreign in ["<script", " style=", "var(", "href", "marker", "textLength"] {
            assert!(!picture.contains(foreign), "{name}: {foreign}");
        }
        assert!(!svg(&graph(&source, None, false), 1280, false).contains("<style"), "a page brings the colours");
    }
}

#[test]
fn pages_are_tables_where_no_picture_can_be() {
    snapshot("computation", "three-layers", &page(THREE, Format::Text));
    for (name, source) in NETWORKS.iter().filter(|(name, _)| ["layer-norm", "two-heads", "siamese"].contains(name)) {
        snapshot("computation", name, &page(source, Format::Text));
    }
    let html = page(THREE, Format::Html);
    assert_eq!(html.matches("<svg").count(), 2, "wide and narrow");
    for format in [Format::Ascii, Format::Latex, Format::Typst, Format::Mathml] {
        assert!(page(THREE, format).contains("The backward pass"), "{format:?}");
    }
}

/// README's picture.
#[test]
fn the_picture_of_the_worked_example_is_stored() {
    let source = "input X [n, f0]\ndense f1 relu nobias\ndense f2 relu nobias\ndense f3 nobias\nloss half_mse";
    let picture = svg(&graph(source, Some("W2"), false), 1280, true);
    assert_data_eq!(picture, file!["../snapshots/pictures/three-layers-graph.svg"].raw());
}

/// The page with all of it: every part is there, nothing is loaded, and it is small.
#[test]
fn the_report_is_one_page() {
    let folder = TempDir::new().unwrap();
    let written = |source: &str| {
        let path = folder.path().join("page.html");
        let output =
            Command::new(env!("CARGO_BIN_EXE_chainrule")).args(["report", "-e", source, "-o"]).arg(&path).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{source}: {}", String::from_utf8_lossy(&output.stderr));
        fs::read_to_string(path).unwrap()
    };
    let page = written(THREE);
    for part in [
        "Computation graph",
        "Gradients as products",
        "Layer by layer, exact",
        "For any depth",
        "Layers",
        "What influences",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(
        page.contains("Verified: the exact formulas (layered, per-sample, summed product) equal the numeric backprop"),
        "{page}"
    );
    assert!(page.contains("default-src 'none'"), "no policy");
    let ten = written("input X [n, 64]\nrepeat 9 { dense 64 relu }\ndense 10 softmax\nloss cce");
    let other = written(NETWORKS[2].1);
    assert!(ten.len() < 500_000, "{} bytes", ten.len());
    for page in [page, ten, other] {
        for outside in ["<script", "<link", "src=", "href=", "url(", "@import", " style=\""] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}

#[test]
fn the_command_writes_what_the_ending_says() {
    let folder = TempDir::new().unwrap();
    let spec = folder.path().join("net.spec");
    fs::write(&spec, THREE).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chainrule"));
        let output = command.arg("graph").arg(&spec).args(arguments).current_dir(folder.path()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for (file, start) in [("a.svg", "<svg"), ("a.dot", "digraph"), ("a.MMD", "---\ntitle")] {
        assert_eq!(run(&["--wrt", "W2", "-o", file]).0, Some(0), "{file}");
        assert!(fs::read_to_string(folder.path().join(file)).unwrap().starts_with(start), "{file}");
    }
    let (status, said) = run(&["-o", "a.png"]);
    assert!(status == Some(2) && [".svg", ".dot", ".mmd"].iter().all(|ending| said.contains(ending)), "{said}");
    let (status, said) = run(&["-o", "net.spec"]);
    assert!(status == Some(2) && said.contains("is both read and written"), "{said}");
    assert_eq!(fs::read_to_string(&spec).unwrap(), THREE);
    let (status, said) = run(&["--wrt", "W"]);
    assert!(status == Some(2) && said.contains("--wrt W1"), "{said}");
    let (status, said) = run(&["--wrt", "W9"]);
    assert!(status == Some(2) && said.contains("no variable `W9`"), "{said}");
}
