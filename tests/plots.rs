//! Pictures from made-up figures: no label lies on another or outside, every value is where it belongs, and both grounds
//! have colours. The pictures are left in `target/plots` to be looked at.

use std::{collections::BTreeSet, fs};

use chainrule::{
    document::plot::{Cell, Figure, Lines, Mark, Marks, Matrices, Matrix, Panel, Plot, Scale, Series},
    evaluate::{arrays::Arrays, initialise::Initialisation},
    pipeline::insight::{Insight, Options, Part},
    render::{Format, plot::svg},
    report::insight::pictures::{self, Missing},
};
use ndarray::{Array2, arr2};
use tempfile::TempDir;

use crate::{
    cli, common,
    insight::{begun, on, page, parsed, part},
};

/// Layers by number, or by long names that wide letters make longer.
fn layers(count: usize, named: bool) -> Vec<String> {
    let name = |index: usize| if named { format!("encoder_MWM_projection_{index}") } else { index.to_string() };
    (1..=count).map(name).collect()
}

fn lines(name: &'static str, scale: Scale, categories: Vec<String>, series: Vec<(String, Vec<Option<f64>>)>) -> Plot {
    let series = series.into_iter().map(|(name, values)| Series { name, values }).collect();
    let [across, up, missing] = ["layer", "rms", "missing or not finite"].map(String::from);
    let figure = Figure::Lines(Lines { across, categories, up, scale, missing, series });
    Plot { name, title: "Size of activations and gradients by layer".into(), figure }
}

fn norms(count: usize, named: bool) -> Plot {
    let value = |line: usize, layer: usize| {
        let value = 0.3 * line as f64 - 0.021 * (count - layer) as f64 * (line + 1) as f64;
        (layer != count / 2 || line != 1).then_some(value)
    };
    let series = ["rms of A", "rms of Δ", "rms of ∂J/∂W", "‖∂J/∂W‖ / ‖W‖"].into_iter().enumerate();
    let series = series.map(|(line, name)| (name.to_owned(), (0..count).map(|layer| value(line, layer)).collect()));
    lines("norms", Scale::Log, layers(count, named), series.collect())
}

fn rates(count: usize, named: bool) -> Plot {
    let wave = |layer: usize| 0.5 + 0.45 * (layer as f64 / 7.0).sin();
    let share = |line: i32| (0..count).map(|layer| Some(wave(layer) / 4.0_f64.powi(line))).collect();
    let series = ["active", "dead units", "saturated units"].into_iter().zip(0..);
    let series = series.map(|(name, line)| (name.to_owned(), share(line))).collect();
    lines("activation-rates", Scale::Share, layers(count, named), series)
}

fn approximation(layers: usize) -> Plot {
    let sizes = [1, 2, 4, 8, 16, 32, 64, 128];
    let gradient = |layer: usize| {
        let error = |size: &usize| (*size > 1).then(|| (*size as f64 / 300.0 * layer as f64).log10().min(0.1));
        (format!("∂J/∂W_{layer}"), sizes.iter().map(error).collect())
    };
    let categories = sizes.iter().map(ToString::to_string).collect();
    lines("approximation", Scale::Log, categories, (1..=layers).map(gradient).collect())
}

/// Matrices of 2 to 13 rows and columns, a row of them for the biases.
fn attenuation(count: usize, named: bool) -> Plot {
    let cell = |matrix: usize, row: usize, column: usize| {
        let ratio = 2.0_f64.powi(i32::try_from((matrix * row + column) % 11).unwrap() - 5);
        ((row + column) % 7 != 3).then(|| Cell { ratio, text: format!("{ratio:.4}")[..6].to_owned() })
    };
    let matrix = |(index, name): (usize, String)| {
        let (rows, columns) = (if index % 2 == 0 { 1 } else { count.min(13) }, count.min(12));
        let row = |row: usize| (0..columns).map(|column| cell(index, row, column)).collect();
        let cells = (0..rows).map(row).collect();
        Matrix { name: format!("∂J/∂W_{name}"), cells, row: None, column: (index == 1).then_some(1) }
    };
    let group = || layers(count.min(14), named).into_iter().enumerate().map(matrix).collect();
    let groups = vec![("the error follows".into(), group()), ("the error is held".into(), group())];
    let title = "Gradients after unit 2 of layer hidden is switched off, divided by those before".into();
    Plot { name: "attenuation", title, figure: Figure::Matrices(Matrices { groups, notes: vec!["a note".into()] }) }
}

/// Of layers without names: L weights, gates and biases; gradients by all W, then by all b.
fn influence(count: usize, named: bool) -> Plot {
    let count = count.min(10);
    let symbols =
        |letter: &str| layers(count, named).iter().map(|layer| format!("{letter}_{layer}")).collect::<Vec<_>>();
    let mark = |gates: bool, row: usize, column: usize| {
        let (bias, target) = (column >= count, column % count);
        let otherwise = if gates { Mark::Indirect } else { Mark::Absent };
        let is_factor = match row {
            0 => !bias,
            1 => true,
            _ => match ((row - 2) / count, (row - 2) % count) {
                (0, weight) => weight > target || weight < target && !bias,
                (1, gate) => gates && gate >= target && gate + 1 < count,
                _ => false,
            },
        };
        if is_factor { Mark::Direct } else { otherwise }
    };
    let panel = |(name, gates): (&str, bool)| {
        let row = |row: usize| (0..2 * count).map(|column| mark(gates, row, column)).collect();
        Panel { name: name.into(), marks: (0..2 + 3 * count).map(row).collect() }
    };
    let models = [("linear", false), ("with activations", true), ("with biases", true)];
    let figure = Figure::Marks(Marks {
        rows: vec![vec!["X".into(), "Ŷ − Y".into()], symbols("W"), symbols("S"), symbols("b")],
        columns: vec![symbols("∂J/∂W"), symbols("∂J/∂b")],
        panels: models.map(panel).into(),
        legend: ["as a factor", "only through others", "only where they jump"],
        notes: vec![],
    });
    Plot { name: "influence", title: "What enters which gradient".into(), figure }
}

/// All pictures, of networks from 3 to 1,000 layers.
fn all_pictures() -> Vec<(String, String)> {
    let mut drawn = Vec::new();
    for (count, named) in [(3, false), (5, true), (12, true), (40, false), (50, true), (1000, false), (1000, true)] {
        for draw in [norms, rates, attenuation, influence] {
            drawn.push((format!("{count}{}", if named { "-named" } else { "" }), draw(count, named)));
        }
    }
    drawn.extend([3, 50].map(|count| (count.to_string(), approximation(count))));
    drawn.into_iter().map(|(name, plot)| (format!("{name}-{}.svg", plot.name), svg(&plot))).collect()
}

/// The value of an attribute.
fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
    let start = tag.find(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{name} in {tag}")) + name.len() + 3;
    tag[start..].split('"').next().unwrap()
}

fn number(tag: &str, name: &str) -> f64 {
    attribute(tag, name).parse().unwrap()
}

/// A text, and the box that it takes: left, top, right, bottom.
fn texts(svg: &str) -> Vec<(String, [f64; 4])> {
    let mut texts = Vec::new();
    for part in svg.split("<text").skip(1) {
        let (tag, rest) = part.split_once('>').unwrap();
        let text = rest.split("</text>").next().unwrap().trim_end();
        let text = ["lt;<", "gt;>", "apos;'", "quot;\"", "amp;&"].iter().fold(text.to_owned(), |text, pair| {
            let (name, character) = pair.split_at(pair.len() - 1);
            text.replace(&format!("&{name}"), character)
        });
        let (x, y, size) = (number(tag, "x"), number(tag, "y"), number(tag, "font-size"));
        // The mean advance of letters in the widest of usual fonts is below 0.6 em.
        let length = text.chars().count() as f64 * size * 0.6;
        let before = match attribute(tag, "text-anchor") {
            "start" => 0.0,
            "middle" => length / 2.0,
            _ => length,
        };
        let half = size / 2.0;
        let upright = tag.contains("rotate(270");
        let place = if upright {
            [x - half, y + before - length, x + half, y + before]
        } else {
            [x - before, y - half, x - before + length, y + half]
        };
        texts.push((text, place));
    }
    texts
}

#[test]
fn labels_neither_overlap_nor_leave_the_picture() {
    let folder = common::path("target/plots");
    fs::create_dir_all(&folder).unwrap();
    for (name, svg) in all_pictures() {
        fs::write(folder.join(&name), &svg).unwrap();
        let (width, height) = (number(&svg, "width"), number(&svg, "height"));
        let texts = texts(&svg);
        assert!(texts.len() > 5, "{name}");
        for (index, (text, [left, top, right, bottom])) in texts.iter().enumerate() {
            let inside = *left >= 0.0 && *top >= 0.0 && *right <= width && *bottom <= height;
            assert!(inside, "{name}: `{text}` at {left} {top} {right} {bottom} leaves {width} × {height}");
            for (other, [l, t, r, b]) in &texts[index + 1..] {
                let apart = right <= l || r <= left || bottom <= t || b <= top;
                assert!(apart, "{name}: `{text}` lies on `{other}`");
            }
        }
    }
}

#[test]
fn pictures_stay_small_however_deep_the_network_is() {
    for (name, svg) in all_pictures() {
        assert!(svg.len() < 400_000, "{name}: {} bytes", svg.len());
        assert!(number(&svg, "width") <= 1800.0 && number(&svg, "height") <= 1300.0, "{name}");
    }
}

/// The points of the line that has this name in the legend.
fn points(svg: &str, name: &str) -> Vec<(f64, f64)> {
    let found = texts(svg).into_iter().find(|(text, _)| text == name);
    let (_, [left, top, _, bottom]) = found.unwrap_or_else(|| panic!("no {name} in the legend"));
    let places = |tag: &str| -> Vec<(f64, f64)> {
        let points = attribute(tag, "points").split_whitespace().map(|point| point.split_once(',').unwrap());
        points.map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).collect()
    };
    let lines: Vec<(&str, Vec<(f64, f64)>)> =
        svg.split("<polyline").skip(1).map(|tag| (attribute(tag, "stroke"), places(tag))).collect();
    let beside = |(x, y): (f64, f64)| x < left && x > left - 40.0 && (y - f64::midpoint(top, bottom)).abs() <= 1.0;
    let (color, sample) = lines.iter().find(|(_, points)| points.iter().all(|point| beside(*point))).expect("a sample");
    let own = lines.iter().filter(|(stroke, points)| stroke == color && points != sample);
    own.flat_map(|(_, points)| points.clone()).collect()
}

/// The middle of the only text that reads so.
fn middle(svg: &str, text: &str) -> [f64; 2] {
    let found: Vec<_> = texts(svg).into_iter().filter(|(found, _)| found == text).collect();
    let [(_, [left, top, right, bottom])] = &found[..] else { panic!("{text}: {found:?}") };
    [f64::midpoint(*left, *right), f64::midpoint(*top, *bottom)]
}

/// The values of a line, read off the axis by two of its ticks, at the categories.
fn values(svg: &str, name: &str, ticks: [(&str, f64); 2], categories: &[&str]) -> Vec<f64> {
    let [(low, from), (high, to)] = ticks.map(|(tick, value)| {
        let found = texts(svg).into_iter().find(|(text, [left, ..])| text == tick && *left < 100.0);
        let (_, [_, top, _, bottom]) = found.unwrap_or_else(|| panic!("no tick {tick}"));
        (f64::midpoint(top, bottom), value)
    });
    let points = points(svg, name);
    assert_eq!(points.len(), categories.len(), "{name}: {points:?}");
    // Their names come after the ticks.
    let axis = texts(svg);
    let value = |((x, y), category): (&(f64, f64), &&str)| {
        let (_, [left, _, right, _]) = axis.iter().rfind(|(text, _)| text == category).expect("a category");
        assert!((x - f64::midpoint(*left, *right)).abs() <= 1.0, "{name} at {category}: {x}");
        from + (y - low) / (high - low) * (to - from)
    };
    points.iter().zip(categories).map(value).collect()
}

/// Within a pixel or two of 320.
fn assert_near(name: &str, found: &[f64], expected: &[f64], range: f64) {
    let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= range / 150.0);
    assert!(near && found.len() == expected.len(), "{name}: {found:?} {expected:?}");
}

fn drawn(insight: &Insight, name: &str) -> String {
    let pictures = pictures::pictures(insight);
    svg(pictures.iter().flatten().find(|picture| picture.name == name).expect("is drawn"))
}

/// Five layers of W = 2 (3 × 3), X = 1, Y = 0, one sample: A_l = 6^l, Δ_l = 6^{10−l}, ∂J/∂W_l = 6⁹ in every entry, and half
/// of that by W.
#[test]
fn norms_are_those_by_hand() {
    let network = parsed("input X [1, 3]; repeat 5 { dense 3 nobias }; loss half_mse");
    let weights = (1..=5).map(|l| (format!("W{l}"), Array2::from_elem((3, 3), 2.0)));
    let data = [("X".to_owned(), Array2::ones((1, 3))), ("Y".to_owned(), Array2::zeros((1, 3)))];
    let arrays: Arrays = weights.chain(data).collect();
    let svg = drawn(&on(&network, &arrays, &[Part::Flow], Options::default()), "norms");
    let six = 6.0_f64.log10();
    let power = |of: &dyn Fn(i32) -> i32| (1..=5).map(|l| f64::from(of(l)) * six).collect::<Vec<_>>();
    let half: Vec<f64> = power(&|_| 9).iter().map(|g| g - 2.0_f64.log10()).collect();
    for (name, expected) in [
        ("rms of A", power(&|l| l)),
        ("rms of Δ", power(&|l| 10 - l)),
        ("rms of ∂J/∂W", power(&|_| 9)),
        ("‖∂J/∂W‖ / ‖W‖", half),
    ] {
        let found = values(&svg, name, [("10", 1.0), ("10⁶", 6.0)], &["1", "2", "3", "4", "5"]);
        assert_near(name, &found, &expected, 8.0);
    }
}

/// X = 1 and four units a layer, of which relu has one that is off, and tanh one that is deep in its tail, tanh'(9) ≈ 6e-8.
#[test]
fn rates_are_those_by_hand() {
    let network = parsed("input X [1, 1]; dense 4 relu nobias; dense 4 tanh nobias; dense 1 nobias; loss half_mse");
    let column = |entries: [f64; 4]| Array2::from_shape_fn((4, 4), |(i, j)| if i == 0 { entries[j] } else { 0.0 });
    let arrays = Arrays::from_iter([
        ("X".into(), arr2(&[[1.0]])),
        ("Y".into(), arr2(&[[0.0]])),
        ("W1".into(), arr2(&[[1.0, 1.0, 1.0, -1.0]])),
        ("W2".into(), column([9.0, 9.0, 0.1, 0.1])),
        ("W3".into(), Array2::ones((4, 1))),
    ]);
    let svg = drawn(&on(&network, &arrays, &[Part::Inactive], Options::default()), "activation-rates");
    for (name, expected) in
        [("active", [0.75, 1.0, 1.0]), ("dead units", [0.25, 0.0, 0.0]), ("saturated units", [0.0, 0.5, 0.0])]
    {
        let found = values(&svg, name, [("0 %", 0.0), ("100 %", 1.0)], &["1", "2", "3"]);
        assert_near(name, &found, &expected, 1.0);
    }
}

/// One unit a layer, all W = 1: the relus are on for x = 1 and off for x = −1. With the errors e_i the gradient by W_1 is
/// Σ e_i over the samples that are on, with mean gates Σ x_i e_i/4, by W_2 half of the gradient. Y = 0, 2, 0, 12: the errors
/// of W_1 are 1/4 and 1 at 2 and 4 samples, of W_2 1/2, of W_3 and of one sample 0.
#[test]
fn errors_of_mean_gates_are_those_by_hand() {
    let network = parsed("input X [4, 1]; repeat 2 { dense 1 relu nobias }; dense 1 nobias; loss half_mse");
    let weights = (1..=3).map(|l| (format!("W{l}"), arr2(&[[1.0]])));
    let data = [("X", [[1.0], [-1.0], [1.0], [-1.0]]), ("Y", [[0.0], [2.0], [0.0], [12.0]])];
    let data = data.map(|(name, entries)| (name.to_owned(), arr2(&entries)));
    let arrays: Arrays = weights.chain(data).collect();
    let svg = drawn(&on(&network, &arrays, &[Part::Approximation], Options::default()), "approximation");
    for (name, expected) in [("∂J/∂W1", [0.25, 1.0]), ("∂J/∂W2", [0.5, 0.5])] {
        let found = values(&svg, name, [("0.1", -1.0), ("1", 0.0)], &["2", "4"]);
        assert_near(name, &found, &expected.map(f64::log10), 1.0);
    }
    let texts: Vec<String> = texts(&svg).into_iter().map(|(text, _)| text).collect();
    for note in ["gaps in lines: 2 are 0", "without a line: ∂J/∂W3, 0 everywhere"] {
        assert!(texts.iter().any(|text| text == note), "{texts:?}");
    }
}

/// Rounding is no error in the picture either: its axis begins where the figures do.
#[test]
fn rounding_is_not_drawn() {
    let insight = part("input X [4, 6]; dense 8 tanh; dense 3; loss half_mse", Part::Approximation, Options::default());
    let svg = drawn(&insight, "approximation");
    assert!(!svg.contains("10⁻⁵") && !svg.contains("10⁻¹⁶"), "{svg}");
}

/// What section 5 says of ones: unit 2 of layer 3 off, after ÷ before; 4/9 where both passes lose a third, 2/3 with the error
/// held, and nothing in column 2 of ∂J/∂W₃ and row 2 of ∂J/∂W₄.
#[test]
fn attenuation_of_ones_is_in_its_cells() {
    let network = parsed("input X [1, 3]; repeat 5 { dense 3 nobias }; loss half_mse");
    let options = Options { off: Some(("3".into(), 2)), ..Options::default() };
    let insight = begun(&network, Initialisation::Ones, &[Part::Inactive], options);
    let picture = drawn(&insight, "attenuation");
    let texts = texts(&picture);
    let below = |heading: &str| texts.iter().find(|(text, _)| text == heading).unwrap().1[3];
    // The cells of the matrix below its name in a group, row by row.
    let cells = |name: &str, heading: &str| {
        let (_, [left, _, _, bottom]) =
            texts.iter().find(|(text, place)| text == name && place[1] > below(heading)).unwrap();
        let near = |place: &[f64; 4]| {
            place[0] >= *left && place[0] < left + 126.0 && place[1] > *bottom && place[1] < bottom + 76.0
        };
        texts.iter().filter(|(_, place)| near(place)).map(|(text, _)| &**text).collect::<Vec<_>>().join(" ")
    };
    let column = |rest: &str| [&*[rest, "0", rest].join(" "); 3].join(" ");
    let row = |rest: &str| [[rest; 3].join(" "), "0 0 0".to_owned(), [rest; 3].join(" ")].join(" ");
    for (heading, far, near) in [("the error follows", "4/9", "2/3"), ("the error is held", "2/3", "1")] {
        for name in ["∂J/∂W1", "∂J/∂W2", "∂J/∂W5"] {
            assert_eq!(cells(name, heading), [far; 9].join(" "), "{name} {heading}");
        }
        assert_eq!(cells("∂J/∂W3", heading), column(near), "{heading}");
        assert_eq!(cells("∂J/∂W4", heading), row(near), "{heading}");
    }
    assert!(
        texts
            .iter()
            .any(|(text, _)| text == "Gradients after unit 2 of layer 3 is switched off, divided by those before")
    );
    // A row and a column of both groups.
    assert_eq!(picture.matches("stroke-dasharray").count(), 4);
    // The same picture stands in the page.
    assert!(page(&insight, Format::Html).contains(&picture));
    assert!(!page(&insight, Format::Text).contains("<svg"));
}

/// Of 40 units and 30 inputs a cell is a block; the column of the unit is a block by itself, and 0.
#[test]
fn the_column_of_the_unit_is_seen_in_a_large_matrix() {
    let network = parsed("input X [4, 30]; dense 40 tanh; dense 3; loss half_mse");
    let options = Options { off: Some(("1".into(), 17)), ..Options::default() };
    let insight = begun(&network, Initialisation::Glorot, &[Part::Inactive], options);
    let pictures = pictures::pictures(&insight);
    let plot = pictures.iter().flatten().find(|plot| plot.name == "attenuation").unwrap();
    let Figure::Matrices(Matrices { groups, .. }) = &plot.figure else { panic!("matrices") };
    let matrix = &groups[0].1[0];
    let own = matrix.column.expect("a column");
    assert_eq!((matrix.name.as_str(), matrix.cells.len()), ("∂J/∂W1", 12));
    for row in &matrix.cells {
        assert!(row.len() <= 14 && row[own].as_ref().unwrap().ratio == 0.0, "{row:?}");
        assert!(row.iter().enumerate().all(|(column, cell)| column == own || cell.as_ref().unwrap().ratio != 0.0));
    }
}

/// A layer's number has many digits and its name many letters: a title is cut only where it would make the picture wide.
#[test]
fn a_title_has_its_room() {
    let titled = |title: &str| svg(&Plot { title: title.into(), ..attenuation(1, false) });
    for layer in ["20", "1000", "projection"] {
        let title = format!("Gradients after unit 12 of layer {layer} is switched off, divided by those before");
        assert!(texts(&titled(&title)).iter().any(|(text, _)| *text == title), "{layer}");
    }
    assert!(number(&titled(&"M".repeat(500)), "width") <= 900.0);
}

/// A healthy network has neither dead nor saturated units, so that one line lies on the other.
#[test]
fn a_line_below_another_is_wider() {
    let insight =
        part("input X [8, 4]; repeat 3 { dense 4 tanh }; dense 2; loss half_mse", Part::Inactive, Options::default());
    let svg = drawn(&insight, "activation-rates");
    let [dead, saturated] = ["dead units", "saturated units"].map(|name| points(&svg, name));
    assert_eq!(dead, saturated);
    let widths = svg.split("<polyline").skip(1).filter(|tag| attribute(tag, "points").split_whitespace().count() == 4);
    let widths: Vec<f64> = widths.map(|tag| number(tag, "stroke-width")).collect();
    assert_eq!(widths, [2.0, 5.0, 2.0]);
}

/// Names whose beginnings and ends are the same are cut so that each layer is told from the others, in every picture.
#[test]
fn names_that_differ_in_the_middle_have_labels_of_their_own() {
    let layer = |l: usize, units: usize| format!("encoder_block_layer_number_{l}_dense_projection: dense {units} relu");
    let layers = [layer(1, 10), layer(2, 7), layer(3, 7)].join("; ");
    let network = parsed(&format!("input X [20, 6]; {layers}; dense 4 softmax; loss cce"));
    let parts = [Part::Influence, Part::Inactive, Part::Flow, Part::Approximation];
    let off = Some(("encoder_block_layer_number_1_dense_projection".to_owned(), 1));
    let insight = begun(&network, Initialisation::HeIn, &parts, Options { off, ..Options::default() });
    for (file, begin) in [
        ("influence", "∂J/∂W"),
        ("influence", "W_"),
        ("influence", "S_"),
        ("activation-rates", "enc"),
        ("attenuation", "∂J/∂W"),
        ("norms", "enc"),
        ("approximation", "∂J/∂W"),
    ] {
        let labels: BTreeSet<String> = texts(&drawn(&insight, file))
            .into_iter()
            .map(|(text, _)| text)
            .filter(|text| text.starts_with(begin) && text.contains('…'))
            .collect();
        let numbers: Vec<bool> = labels.iter().zip(["_1_", "_2_", "_3_"]).map(|(text, l)| text.contains(l)).collect();
        assert_eq!((labels.len(), &*numbers), (3, &[true; 3][..]), "{file}: {labels:?}");
    }
}

/// What is infinite is only one of the reasons; those that do not occur are not given.
#[test]
fn a_rate_that_is_not_drawn_has_its_reason() {
    let notes = |text: &str, init: &str| {
        let init = Initialisation::of_name(init).unwrap();
        let svg = drawn(&begun(&parsed(text), init, &[Part::Inactive], Options::default()), "activation-rates");
        let found = texts(&svg).into_iter().map(|(text, _)| text);
        found.filter(|text| text.contains("gaps") || text.contains("without a line")).collect::<Vec<_>>()
    };
    let gaps = "gaps in lines";
    let softmax = "of softmax, which has no derivative for each unit alone";
    let unbounded = "of an activation whose derivative has no bound, so that no unit is called saturated";
    let size = "of a layer with values that are too large or too small to compute with";
    let ends = "dense 3 softmax; loss cce";
    assert_eq!(
        notes(&format!("input X [6, 4]; repeat 2 {{ dense 5 relu }}; {ends}"), "he-in"),
        [format!("{gaps}: 3 are {softmax}")]
    );
    // Two lines miss the softmax; that of saturated units also the layer of exp.
    assert_eq!(
        notes(&format!("input X [6, 4]; dense 5 relu; dense 5 exp; {ends}"), "normal(0.1)"),
        [format!("{gaps}: 4 are {softmax}, or {unbounded}")]
    );
    assert_eq!(
        notes("input X [6, 4]; dense 5 exp; dense 2 exp; loss poisson", "normal(0.1)"),
        [format!("without a line: saturated units, all values are {unbounded}")]
    );
    // These are floats, but the derivative of square is not looked at so far from 1.
    for init in ["normal(1e140)", "normal(1e-140)"] {
        let found = notes("input X [6, 4]; dense 3 square; dense 2; loss mse", init);
        assert_eq!(found, [format!("{gaps}: 3 are {size}")], "{init}");
    }
    // exp overflows, after which no layer has a rate; exp itself has two.
    assert_eq!(
        notes("input X [6, 4]; dense 3 exp; dense 2; dense 1 relu; loss mse", "normal(1e140)"),
        [
            format!("{gaps}: 4 are {size}, or {unbounded}"),
            format!("without a line: saturated units, all values are {size}, or {unbounded}")
        ]
    );
}

/// 16 → 20 is no doubling, but as wide as one.
#[test]
fn an_axis_that_is_not_to_scale_says_so() {
    for (samples, expected) in [
        (16, "samples in the batch"),
        (1, "samples in the batch"),
        (20, "samples in the batch (steps are not to scale)"),
        (33, "samples in the batch (steps are not to scale)"),
    ] {
        let text = format!("input X [{samples}, 3]; dense 4 tanh; dense 2 tanh; dense 2; loss half_mse");
        let found = part(&text, Part::Approximation, Options::default()).approximation.unwrap();
        let Figure::Lines(lines) = pictures::approximation(&found).figure else { panic!("lines") };
        assert_eq!(lines.across, expected, "{samples}");
    }
}

#[test]
fn the_command_writes_the_pictures() {
    let folder = TempDir::new().unwrap();
    let at = folder.path().join("pictures");
    let at = at.to_str().unwrap();
    let text = "input X [4, 3]; dense 3 relu; dense 2; loss half_mse";
    let parts = "influence,inactive,flow,approximation";
    let run = cli::chainrule(&["insight", "-e", text, "--only", parts, "--off", "1:2", "--plot", at]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let files =
        ["influence", "activation-rates", "attenuation", "norms", "approximation"].map(|name| format!("{name}.svg"));
    assert!(run.stderr.contains(&files.join(", ")), "{}", run.stderr);
    assert_eq!(fs::read_dir(at).unwrap().count(), files.len());
    for (file, text) in
        files.iter().zip(["error", "dead units", "the error follows", "rms of Δ", "samples in the batch"])
    {
        let svg = fs::read_to_string(folder.path().join("pictures").join(file)).unwrap();
        assert!(svg.starts_with("<svg ") && texts(&svg).iter().any(|(found, _)| found == text), "{file}");
    }
}

#[test]
fn values_are_where_the_axis_says() {
    let of = |values| {
        let categories = ["a", "b", "c"].map(String::from).to_vec();
        svg(&lines("norms", Scale::Log, categories, vec![("s".into(), values)]))
    };
    let picture = of(vec![Some(-4.0), Some(0.0), Some(-2.0)]);
    let points = points(&picture, "s");
    let tick = |text: &str| middle(&picture, text);
    for ((x, y), (category, power)) in points.iter().zip([("a", "10⁻⁴"), ("b", "1"), ("c", "0.01")]) {
        assert!((x - tick(category)[0]).abs() <= 1.0 && (y - tick(power)[1]).abs() <= 1.0, "{category}: {x} {y}");
    }
    let picture = of(vec![Some(-5000.0), None, Some(f64::NEG_INFINITY)]);
    assert!(picture.contains("10⁻⁵⁰⁰⁰") && picture.contains("1 is 0, 1 is missing or not finite"), "{picture}");
}

#[test]
fn without_values_there_is_no_picture_but_a_reason() {
    let nothing = lines("norms", Scale::Log, layers(2, false), vec![("s".into(), vec![None, Some(f64::NAN)])]);
    assert!(
        nothing.figure.is_empty() && influence(0, false).figure.is_empty() && !influence(1, false).figure.is_empty()
    );
    let found = part("input X [4, 3]; dense 3 relu; dense 2; loss half_mse", Part::Inactive, Options::default());
    let reasons: Vec<_> = pictures::pictures(&found).into_iter().filter_map(Result::err).collect();
    assert_eq!(reasons, [Missing::NoAblation("attenuation")]);
    let said = "no attenuation.svg: no unit is switched off; say which with `--off LAYER:UNIT`";
    assert_eq!(reasons[0].to_string(), said);
    let one = "input X [1, 3]; dense 2 relu; loss half_mse";
    let found = part(one, Part::Approximation, Options::default());
    let reasons: Vec<_> = pictures::pictures(&found).into_iter().filter_map(Result::err).collect();
    assert_eq!(reasons, [Missing::Empty("approximation")]);
}

#[test]
fn a_name_cannot_break_the_picture() {
    let title = "a < b & \"c\" \u{7}</svg>".to_owned();
    let mut plot = Plot { title, ..attenuation(3, false) };
    let Figure::Matrices(matrices) = &mut plot.figure else { panic!("matrices") };
    matrices.groups[0].1[0].name = "<script>\u{0}".into();
    let picture = svg(&plot);
    assert!(!picture.contains("<script>") && picture.matches("</svg>").count() == 1);
    assert!(!picture.contains(['\u{0}', '\u{7}']));
    assert_eq!(picture, svg(&plot));
}

#[test]
fn every_colour_has_a_partner_on_a_dark_ground() {
    for (name, svg) in all_pictures() {
        let (style, drawn) = svg.split_once("</style>").unwrap();
        assert!(style.contains("@media (prefers-color-scheme:dark)"));
        for attribute in ["fill=\"#", "stroke=\"#"] {
            for (at, _) in drawn.match_indices(attribute) {
                let color = &drawn[at..=at + attribute.len() + 6];
                assert!(style.contains(&format!("[{color}]")), "{name}: {color}");
            }
        }
    }
}
