//! Pictures from made-up figures: no label lies on another or outside, every value is where it belongs, and both grounds
//! have colours. The pictures are left in `target/plots` to be looked at.

use std::fs;

use chainrule::{
    pipeline::insight::pictures::{self, Missing, Picture},
    plot::{Columns, HeatMap, Lines, Mark, Panel, PlotError, Scale, Series},
};

use crate::common;

/// Layers by number, or by long names that wide letters make longer.
fn layers(count: usize, named: bool) -> Vec<String> {
    let name = |index: usize| if named { format!("encoder_MWM_projection_{index}") } else { index.to_string() };
    (1..=count).map(name).collect()
}

fn norms(count: usize, named: bool) -> Picture {
    let value = |line: usize, layer: usize| {
        let value = 0.3 * line as f64 - 0.021 * (count - layer) as f64 * (line + 1) as f64;
        (layer != count / 2 || line != 1).then_some(value)
    };
    pictures::norms(layers(count, named), [0, 1, 2, 3].map(|line| (0..count).map(|layer| value(line, layer)).collect()))
}

fn rates(count: usize, named: bool) -> Picture {
    let wave = |layer: usize| 0.5 + 0.45 * (layer as f64 / 7.0).sin();
    let share = |line: i32| (0..count).map(|layer| Some(wave(layer) / 4.0_f64.powi(line))).collect();
    pictures::rates(layers(count, named), [0, 1, 2].map(share))
}

fn approximation(layers: usize) -> Picture {
    let sizes = [1, 2, 4, 8, 16, 32, 64, 128];
    let gradient = |layer: usize| {
        let error = |size: &usize| (*size > 1).then(|| (*size as f64 / 300.0 * layer as f64).log10().min(0.1));
        (format!("∂J/∂W_{layer}"), sizes.iter().map(error).collect())
    };
    pictures::approximation(&sizes, (1..=layers).map(gradient).collect())
}

fn attenuation(count: usize, named: bool) -> Picture {
    let ratio = |row: usize, column: usize| match (row, column) {
        (1, 0) => None,
        (_, 0 | 4) => Some(0.0),
        (2, 7) => Some(146.2),
        (3, 6) => Some(-52.0 / 3.0),
        (_, column) if column < 4 => Some(4.0 / 9.0 * (1.0 + row as f64 / 9.0)),
        (row, column) => Some(2.0_f64.powi(i32::try_from((row * column) % 11).unwrap() - 5)),
    };
    let gradients = layers(count, named).iter().map(|layer| format!("∂J/∂W_{layer}")).collect();
    let ratios = (0..count).map(|row| std::array::from_fn(|column| ratio(row, column))).collect();
    pictures::attenuation(("hidden", 2), gradients, ratios, Some(count / 2))
}

/// Of layers without names: L weights, gates and biases; gradients by all W, then by all b.
fn influence(count: usize, named: bool) -> Picture {
    let symbols =
        |letter: &str| layers(count, named).iter().map(|layer| format!("{letter}_{layer}")).collect::<Vec<_>>();
    let mark = |gates: bool| {
        move |row: usize, column: usize| {
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
        }
    };
    let models = [("linear", false), ("with activations", true), ("with biases", true)];
    let panel = |(name, gates): (&str, bool)| Panel { name: name.into(), mark: Box::new(mark(gates)) };
    pictures::influence_picture(
        vec![vec!["X".into(), "Ŷ − Y".into()], symbols("W"), symbols("S"), symbols("b")],
        vec![symbols("∂J/∂W"), symbols("∂J/∂b")],
        models.map(panel).into(),
        vec![],
    )
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
    let named = drawn.into_iter().map(|(name, picture)| (format!("{name}-{}", picture.file), picture.svg.unwrap()));
    named.collect()
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
        let (tag, rest) = part.split_once(">\n").unwrap();
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

#[test]
fn values_are_where_the_axis_says() {
    let categories = ["a", "b", "c"].map(String::from).to_vec();
    let values = vec![Some(-4.0), Some(0.0), Some(-2.0)];
    let series = vec![Series { name: "s".into(), values }];
    let lines = Lines { title: "t".into(), across: "x".into(), categories, up: "y".into(), scale: Scale::Log, series };
    let svg = lines.svg().unwrap();
    let line = svg.split("<polyline").find(|tag| tag.contains("stroke-width=\"2\"")).unwrap();
    let points = attribute(line, "points").split_whitespace();
    let points: Vec<(f64, f64)> = points
        .map(|point| point.split_once(',').unwrap())
        .map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap()))
        .collect();
    let tick = |text: &str| {
        let found = texts(&svg).into_iter().find(|(found, _)| found == text);
        found.map(|(_, [left, top, right, bottom])| [f64::midpoint(left, right), f64::midpoint(top, bottom)]).unwrap()
    };
    for ((x, y), (category, power)) in points.iter().zip([("a", "10⁻⁴"), ("b", "1"), ("c", "0.01")]) {
        assert!((x - tick(category)[0]).abs() <= 1.0 && (y - tick(power)[1]).abs() <= 1.0, "{category}: {x} {y}");
    }
    let beyond = Series { name: "s".into(), values: vec![Some(-5000.0), None, Some(f64::NEG_INFINITY)] };
    let svg = Lines { series: vec![beyond], ..lines }.svg().unwrap();
    assert!(svg.contains("10⁻⁵⁰⁰⁰") && svg.contains("2 values are 0 or no finite number"), "{svg}");
}

#[test]
fn figures_of_section_five_are_in_their_cells() {
    let ratios = vec![vec![Some(4.0 / 9.0), Some(2.0 / 3.0)], vec![Some(0.0), None]];
    let columns = vec![Columns { heading: "y = 0".into(), names: vec!["follows".into(), "held".into()] }];
    let map = HeatMap { title: "off".into(), rows: vec!["W1".into(), "W3".into()], columns, ratios, keep: None };
    let svg = map.svg().unwrap();
    let texts: Vec<String> = texts(&svg).into_iter().map(|(text, _)| text).collect();
    for text in ["0.444", "0.667", "an empty cell has no ratio"] {
        assert!(texts.iter().any(|found| found == text), "{texts:?}");
    }
    assert_eq!(HeatMap { ratios: vec![vec![None, Some(f64::NAN)]], ..map }.svg(), Err(PlotError::Empty));
}

#[test]
fn without_values_there_is_no_picture_but_a_reason() {
    let none = || vec![None, Some(f64::NAN)];
    let empty = Err(Missing::Plot(PlotError::Empty));
    assert_eq!(pictures::norms(layers(2, false), [none(), none(), none(), none()]).svg, empty);
    assert_eq!(pictures::approximation(&[], vec![]).svg, empty);
    assert_eq!(influence(0, false).svg, empty);
    assert_eq!(pictures::attenuation(("1", 1), layers(1, false), vec![[None; 8]], None).svg, empty);
    let missing = Picture::without_unit_off().svg.unwrap_err().to_string();
    assert_eq!(missing, "no unit is switched off: say which with `--off LAYER:UNIT`");
}

#[test]
fn a_name_cannot_break_the_picture() {
    let mut names = layers(3, false);
    names[0] = "<script>\u{0}".into();
    let off = |layer: &str| {
        let ratios = vec![[Some(1.0); 8]; 3];
        pictures::attenuation((layer, 2), names.clone(), ratios, None).svg.unwrap()
    };
    let svg = off("a < b & \"c\" \u{7}</svg>");
    assert!(!svg.contains("<script>") && svg.matches("</svg>").count() == 1 && !svg.contains(['\u{0}', '\u{7}']));
    assert_eq!(off("1"), off("1"));
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
