//! What is printed, read again: every formula of the gallery and of all heads has the value of the concrete gradient.

mod any_depth;
pub mod letters;

use std::collections::BTreeMap;

use chainrule::{
    catalog::loss::Reduction,
    document::{
        notation::{Equation, Notation, Relation},
        typeset::Typesetter,
    },
    evaluate::backprop,
    expr::{Arena, SymbolId},
    gradient::{Derivation, Form},
    pipeline::{Request, derive},
    render::{self, Format},
    report::gradients::Report,
};
use letters::{Case, case, letters};
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{
    common::draw::{Draw, entries, size},
    concrete::LOSSES,
    gallery,
    oracles::{
        algebra::{Matrix, Value, difference as difference_of, expression},
        formula::{self, Names, Style},
    },
};

/// A format: how it is printed, and how it is read.
const FORMATS: [(&str, Format, Style); 2] =
    [("text", Format::Text, formula::UNICODE), ("ascii", Format::Ascii, formula::ASCII)];

/// An equation on two lines: left side with its sign, right side, and the shapes below.
fn lines(equation: &Equation, format: Format) -> (String, String, String) {
    let style = render::Style { width: usize::MAX, ..render::Style::new(format) };
    let printed = style.equation(&Equation { shape: None, ..equation.clone() });
    let (line, below) = printed.split_once('\n').unwrap_or((&printed, ""));
    let signs = [" = ", " ≈ ", " ~= "];
    let at = signs.iter().filter_map(|sign| line.find(sign).map(|at| at + sign.len())).min().expect("an equation");
    (line[..at].to_string(), line[at..].to_string(), below.to_string())
}

/// Reads all equations of a derivation and compares the gradients with the concrete ones; how many it read.
fn check(case: &Case, derivation: &Derivation, form: Form, format: &(&str, Format, Style)) -> Result<usize, String> {
    let (_, format, style) = format;
    let mut letters = letters(case, form, style);
    let concrete = backprop::gradients(&case.bound, &case.arrays).gradients;
    let forward = &derivation.forward;
    let known = |symbol: &SymbolId| concrete.contains_key(&forward.arena.symbol(*symbol).key());
    let values = forward.definitions.iter().map(|definition| definition.symbol).filter(known);
    let variables: Vec<_> = forward.parameters.iter().copied().chain([forward.input()]).chain(values).collect();
    let report = Report::new(derivation);
    let mut read = 0;
    for equation in report.equations(&variables) {
        let (left, right, below) = lines(&equation, *format);
        let names =
            Names { matrices: std::mem::take(&mut letters.matrices), dims: case.dims.clone(), layers: BTreeMap::new() };
        let value = formula::evaluate(&left, &right, &below, &names, style);
        letters.matrices = names.matrices;
        let value = value.map_err(|error| format!("{error}\n{left}{right}\n{below}"))?;
        let name = left.split(' ').next().unwrap();
        let partial = if style.times == '×' { "∂J/∂" } else { "dJ/d" };
        match name.strip_prefix(partial) {
            None => {
                letters.matrices.insert(name.to_string(), value);
            }
            Some(variable) => {
                let key = letters.keys.get(variable).ok_or(format!("{variable} is no letter"))?;
                let wrong = difference(&value, &concrete[key]);
                if wrong > 1e-10 {
                    return Err(format!("off by {wrong:e}\n{left}{right}\n{below}"));
                }
            }
        }
        read += 1;
    }
    Ok(read)
}

/// max|a − b| / max|b|
fn difference(a: &Matrix<f64>, b: &Array2<f64>) -> f64 {
    if (a.rows, a.columns) != b.dim() {
        return f64::INFINITY;
    }
    let largest = b.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    let wrong = b.indexed_iter().map(|((i, j), b)| a.at(i, j).map_or(f64::INFINITY, |a| (a - b).abs()));
    let wrong = wrong.fold(0.0_f64, f64::max);
    if wrong == 0.0 { 0.0 } else { wrong / largest }
}

/// Forms with a value: one sample where a gate is shared or a sample's own.
const FORMS: [(Form, bool, usize); 5] = [
    (Form::Layered, false, 3),
    (Form::Product, false, 1),
    (Form::Product, true, 1),
    (Form::PerSample, false, 1),
    (Form::PerSample, true, 1),
];

#[test]
fn the_gallery_means_what_it_says() {
    let mut read = 0;
    for (name, source) in gallery::networks() {
        for (form, expand, samples) in FORMS {
            let samples = if name == "bound" && form == Form::Layered { 64 } else { samples };
            let Some(case) = case(&source, samples) else { continue };
            let derivation = derive(&case.named, &Request { expand, ..Request::new(form) }).unwrap();
            for format in &FORMATS {
                let found = check(&case, &derivation, form, format);
                read += found.unwrap_or_else(|error| panic!("{name} {form:?} expand={expand} {}: {error}", format.0));
            }
        }
    }
    assert!(read > 1000, "{read} equations");
}

/// Means of norms are read as such, and in the forward pass they are what the norm takes away.
#[test]
fn norms_mean_what_they_say() {
    let sources = [
        "input X [n, d]; norm layer; dense 3 tanh; norm rms; dense 2; loss mse",
        "input X [n, d]; dense 4 nobias; norm batch; activation relu; dense 2 softmax; loss cce",
        "input X [n, d]; residual { norm layer; dense h gelu; dense d }; norm layer plain; dense 1 sigmoid; loss bce",
    ];
    for source in sources {
        let case = case(source, 3).expect("numbers");
        let derivation = derive(&case.named, &Request::new(Form::Layered)).unwrap();
        for format in &FORMATS {
            check(&case, &derivation, Form::Layered, format).unwrap_or_else(|error| panic!("{source}: {error}"));
            let (_, format, style) = format;
            let letters = letters(&case, Form::Layered, style);
            let mut means = 0;
            for equation in Report::new(&derivation).forward_definitions() {
                let (left, right, below) = lines(&equation, *format);
                if right.contains("rsqrt") || left.starts_with("J ") {
                    continue;
                }
                means += usize::from(right.contains("mean("));
                let (matrices, dims) = (letters.matrices.clone(), case.dims.clone());
                let names = Names { matrices, dims, layers: BTreeMap::new() };
                let value = formula::evaluate(&left, &right, &below, &names, style)
                    .unwrap_or_else(|error| panic!("{source}: {error}\n{left}{right}\n{below}"));
                let expected = &letters.matrices[left.split(' ').next().unwrap()];
                let off = difference_of(&Value::Matrix(value), &Value::Matrix(expected.clone()), 1e-9);
                assert_eq!(off, None, "{source}: {left}{right}");
            }
            assert_eq!(means, source.matches("norm layer").count() + source.matches("norm batch").count(), "{source}");
        }
    }
}

#[test]
fn every_head_means_what_it_says() {
    for activation in crate::common::activations() {
        for loss in LOSSES {
            for (reduce, _) in Reduction::TABLE {
                let source = format!(
                    "input X [n, f0]; dense f1 tanh; dense f2 {}; loss {loss} reduce={reduce}",
                    activation.name
                );
                for (form, expand, samples) in FORMS {
                    let case = case(&source, samples).unwrap();
                    let derivation = derive(&case.named, &Request { expand, ..Request::new(form) }).unwrap();
                    for format in &FORMATS {
                        let found = check(&case, &derivation, form, format);
                        found.unwrap_or_else(|error| panic!("{source} {form:?} {}: {error}", format.0));
                    }
                }
            }
        }
    }
}

#[test]
fn any_expression_is_printed_as_it_is_meant() {
    let mut read = 0;
    for seed in 0..3000 {
        let mut arena = Arena::default();
        let mut draw = Draw::new(&mut arena, seed);
        draw.constants = false;
        let (rows, columns, depth) = (draw.dim(), draw.dim(), draw.pick(&[1, 2, 3, 4]));
        let root = draw.expression(&rows, &columns, depth);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let values: Vec<_> = arena.symbols().iter().map(|symbol| entries(symbol, &mut rng)).collect();
        let of = |symbol: SymbolId| values[symbol.index()].clone();
        let Ok(Value::Matrix(expected)) = expression(&arena, root, &of, &size) else { panic!("seed {seed}") };
        let matrices = arena.symbols().iter().map(|symbol| symbol.name.to_string()).zip(values.clone()).collect();
        let dims = BTreeMap::from([("n".into(), 2), ("k".into(), 3), ("m".into(), 4)]);
        let names = Names { matrices, dims, layers: BTreeMap::new() };
        let right = Typesetter::new(&arena).formula(root);
        let equation = Equation { left: Notation::Loss, relation: Relation::Equal, right, shape: None };
        for (name, format, style) in &FORMATS {
            let (_, right, below) = lines(&equation, *format);
            let found = formula::evaluate("J = ", &right, &below, &names, style);
            let found = found.unwrap_or_else(|error| panic!("seed {seed} {name}: {error}\n{right}\n{below}"));
            let difference = difference_of(&Value::Matrix(found), &Value::Matrix(expected.clone()), 1e-9);
            assert_eq!(difference, None, "seed {seed} {name}: {right}");
            read += 1;
        }
    }
    assert_eq!(read, 6000);
}

#[test]
fn the_reader_takes_nothing_for_granted() {
    let matrix = |rows, columns, from: f64| Matrix::from_fn(rows, columns, |i, j| Some(from + (3 * i + j) as f64));
    let matrices = [("A", 2, 2), ("B", 2, 2), ("C", 2, 2), ("W₁", 2, 3), ("W₁₂", 2, 2)];
    let matrices =
        matrices.iter().zip(1..).map(|((name, m, k), from)| ((*name).to_string(), matrix(*m, *k, f64::from(from))));
    let dims = BTreeMap::from([("n".into(), 2), ("k".into(), 3)]);
    let names = Names { matrices: matrices.collect(), dims, layers: BTreeMap::new() };
    let read = |right: &str, below: &str| formula::evaluate("J = ", right, below, &names, &formula::UNICODE);
    let is = |right: &str, expected: f64| {
        let found = read(right, "").unwrap().at(0, 0).unwrap();
        assert!((found - expected).abs() < 1e-12, "{right} is {found}, not {expected}");
    };
    // A = (1 2; 4 5), B = (2 3; 5 6), C = (3 4; 6 7)
    is("A − B + C", 2.0);
    is("A − (B + C)", -4.0);
    is("A + B · C", 25.0);
    is("(A + B) · C", 39.0);
    is("A · Bᵀ", 8.0);
    is("(A · B)ᵀ", 12.0);
    is("−2(A − B)/(n·3)", 1.0 / 3.0);
    is("A ⊙ B ⊘ C", 2.0 / 3.0);
    is("1 − A ⊘ C", 2.0 / 3.0);
    is("W₁₂", 5.0);
    is("sigmoid(A)ᵀ/n", 0.5 / (1.0 + (-1.0_f64).exp()));
    for ambiguous in ["A · B ⊙ C", "A ⊙ B · C", "A ⊘ B ⊙ C", "A ⊘ B ⊘ C", "A · B ⊘ C"] {
        assert!(read(ambiguous, "").is_err(), "{ambiguous}");
    }
    for wrong in ["A ·B", "A · W₁ᵀ", "A + W₁", "A · 1", "1", "A)", "(A", "D", "relu A", "A/m", "W₂", "3"] {
        assert!(read(wrong, "").is_err(), "{wrong}");
    }
    assert_eq!(read("A · W₁ · 1", "    n×2 2×k  k×1").unwrap().columns, 1);
    for wrong in ["    k×2 2×k  k×1", "    n×2 2×k  k×n  n×n", "     n×2", "    n×2·k", "    n2"] {
        assert!(read("A · W₁ · 1", wrong).is_err(), "{wrong}");
    }
}
