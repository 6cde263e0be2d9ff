//! What is shown of functions and of small networks in numbers, held against values from elsewhere.

use std::fs;

use chainrule::{
    catalog::activation::{self, Activation},
    document::{
        Block, Document, Exponent, Notes,
        formula::parsed,
        notation::{Notation, Relation, Sign},
        sentence::Part,
    },
    evaluate::{arrays::Arrays, bindings::Source, files},
    expr::{Function, SymbolId},
    gradient::Form,
    pipeline::{self, Request, Valued, derive, derive_general, numbers},
    render::{Format, Style},
    report,
};
use ndarray::{Array2, array};
use tempfile::TempDir;

use crate::{
    cli::chainrule,
    gallery::{parameters_and_input, resolved},
    graphs::NETWORKS,
    json::matrices,
    oracles::scalar,
};

/// The value of a formula of one number; `None` of what it does not know.
fn value(notation: &Notation, letters: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
    let of = |inner: &Notation| value(inner, letters);
    Some(match notation {
        Notation::Number(number) => *number as f64,
        Notation::Real(number) => *number,
        Notation::Letter(letter) => letters(&letter.base)?,
        Notation::Group(inner) => of(inner)?,
        Notation::Power(base, Exponent::Number(power, 1)) => of(base)?.powi(i32::try_from(*power).ok()?),
        Notation::Over(top, bottom) => of(top)? / of(bottom)?,
        Notation::Scalars(factors) => factors.iter().map(of).product::<Option<f64>>()?,
        Notation::Sum(terms) => {
            let term =
                |(sign, term): &(Sign, Notation)| Some(if *sign == Sign::Minus { -of(term)? } else { of(term)? });
            terms.iter().map(term).sum::<Option<f64>>()?
        }
        Notation::Apply(function, argument) => match (function.name, &**argument) {
            ("min", Notation::List(both)) => of(&both[0])?.min(of(&both[1])?),
            ("max", Notation::List(both)) => of(&both[0])?.max(of(&both[1])?),
            ("sqrt", inner) => of(inner)?.sqrt(),
            ("exp", inner) => of(inner)?.exp(),
            ("ln", inner) => of(inner)?.ln(),
            ("abs", inner) => of(inner)?.abs(),
            ("sin", inner) => of(inner)?.sin(),
            ("cos", inner) => of(inner)?.cos(),
            ("tanh", inner) => of(inner)?.tanh(),
            ("erf", inner) => erf(of(inner)?),
            ("sigmoid", inner) => 1.0 / (1.0 + (-of(inner)?).exp()),
            ("softplus", inner) => of(inner)?.exp().ln_1p(),
            _ => return None,
        },
        _ => return None,
    })
}

/// erf by its series of positive terms.
fn erf(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= 2.0 * x * x / f64::from(2 * n + 1);
        sum += term;
    }
    sum * (-x * x).exp() * 2.0 / std::f64::consts::PI.sqrt()
}

/// The value of the case that holds at z.
fn at(function: Function, cases: chainrule::catalog::formula::Cases, z: f64) -> f64 {
    let formulas = chainrule::catalog::formula::formula(function).letters;
    let own = |letter: &str| match letter {
        "z" => Some(z),
        "π" => Some(std::f64::consts::PI),
        _ => None,
    };
    let letters = |letter: &str| {
        let text = formulas.iter().find(|(name, _)| *name == letter).map(|(_, text)| *text);
        own(letter).or_else(|| value(&parsed(text?, None), &own))
    };
    let of = |text: &str| value(&parsed(text, function.parameter()), &letters).unwrap_or_else(|| panic!("{text}"));
    let holds = |condition: &str| {
        let parts: Vec<&str> = condition.split(' ').collect();
        parts.windows(3).step_by(2).all(|part| match part[1] {
            "<" => of(part[0]) < of(part[2]),
            ">" => of(part[0]) > of(part[2]),
            "≤" => of(part[0]) <= of(part[2]),
            sign => panic!("{sign}"),
        })
    };
    let case =
        cases.iter().find(|(_, condition)| condition.is_empty() || holds(condition)).expect("the last one holds");
    of(case.0)
}

#[test]
fn formulas_of_activations_have_their_values_and_slopes() {
    let mut tried = 0;
    for entry in crate::common::activations() {
        let Some(Activation::Entrywise(function)) = activation::find(entry.name, entry.default.map(|p| p + 0.25))
        else {
            continue;
        };
        let formula = chainrule::catalog::formula::formula(function);
        for z in [-2.5, -0.4, 0.0, 0.3, 1.7, 6.0, 6.5] {
            let value = |order| scalar::at(function, order, z);
            for (order, cases) in [(0, formula.value), (1, formula.derivative)] {
                let (found, expected) = (at(function, cases, z), value(order));
                assert!((found - expected).abs() < 1e-9, "{function} {order} at {z}: {found}, not {expected}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 19 * 7 * 2);
}

/// Second derivatives: as they are printed, as they are evaluated, and central differences of the first by another path.
#[test]
fn second_derivatives_are_what_they_are_said_to_be() {
    let activations = crate::common::activations()
        .filter_map(|entry| activation::find(entry.name, entry.default.map(|p| p + 0.25)))
        .filter_map(|found| if let Activation::Entrywise(function) = found { Some(function) } else { None });
    let parameter = chainrule::expr::function::Parameter::new(1.25);
    let others = [Function::LogSoftplus, Function::Clip(parameter), Function::Huber(parameter), Function::Min0];
    let mut tried = 0;
    for function in activations.chain(others) {
        for z in [-2.5, -0.4, 0.3, 1.7, 6.5] {
            let step = 1e-4;
            let slope = |steps: f64| scalar::at(function, 1, z + steps * step);
            let expected = (8.0 * (slope(1.0) - slope(-1.0)) - slope(2.0) + slope(-2.0)) / (12.0 * step);
            let printed = at(function, chainrule::catalog::formula::second(function), z);
            let evaluated = chainrule::evaluate::functions::at(function, 2, z);
            assert!((printed - evaluated).abs() < 1e-9, "{function}'' at {z}: {printed}, evaluated {evaluated}");
            assert!((evaluated - expected).abs() < 1e-7, "{function}'' at {z}: {evaluated}, not {expected}");
            tried += 1;
        }
    }
    assert_eq!(tried, (19 + 4) * 5);
}

fn given(arrays: &[(&str, Array2<f64>)]) -> Source {
    let arrays: Arrays = arrays.iter().map(|(name, array)| ((*name).to_owned(), array.clone())).collect();
    Source { origin: "by hand".into(), arrays }
}

#[test]
fn a_small_network_is_what_one_computes_by_hand() {
    let network = resolved("input X [n, f0]; dense f1 relu nobias; dense 1 nobias; loss half_mse");
    let parameters = Some(given(&[("W1", array![[1.0, -1.0], [0.0, 0.5]]), ("W2", array![[2.0], [1.0]])]));
    let data = Some(given(&[("X", array![[1.0, 2.0], [3.0, 4.0]]), ("Y", array![[3.0], [5.0]])]));
    let found = numbers(&network, [parameters, data]).unwrap();
    let arena = &found.derivation.forward.arena;
    let name = |valued: &Valued| match valued {
        Valued::Given(symbol) | Valued::Defined(symbol) => arena.symbol(*symbol).key(),
        Valued::Slopes(symbol) => format!("S of {}", arena.symbol(*symbol).key()),
        Valued::Loss => "J".into(),
        Valued::Gradient(symbol) => format!("by {}", arena.symbol(*symbol).key()),
    };
    let expected = [
        ("Z1", array![[1.0, 0.0], [3.0, -1.0]]),
        ("A1", array![[1.0, 0.0], [3.0, 0.0]]),
        ("S of A1", array![[1.0, 0.0], [1.0, 0.0]]),
        ("J", array![[0.5]]),
        ("by W1", array![[2.0, 0.0], [2.0, 0.0]]),
        ("by W2", array![[1.0], [0.0]]),
    ];
    for (wanted, array) in expected {
        let value = found.values.iter().find(|(valued, _)| name(valued) == wanted).expect(wanted);
        assert_eq!(value.1, array, "{wanted}");
    }
    let page = Style::new(Format::Text).page(&report::numbers(&found, false));
    for lines in
        ["∂J/∂W₁ = [ 2  0 ]\n         [ 2  0 ]\n", "S₁ = [ 1  0 ]\n     [ 0  0 ]\n", "Z₁ = [ 1   0 ]\n     [ 3  −1 ]\n"]
    {
        assert!(page.contains(lines), "{page}");
    }
    let latex = Style::new(Format::Latex).page(&report::numbers(&found, false));
    assert!(latex.contains("\\begin{bmatrix}1 & 0 \\\\ 3 & -1\\end{bmatrix}"), "{latex}");
}

/// Of every kind of layer, with the arrays that are shown: each gradient is that of scalar reverse mode.
#[test]
fn graphs_in_numbers_are_what_scalars_give() {
    for (name, source) in NETWORKS {
        let named = resolved(source);
        let sizes: Vec<String> =
            pipeline::small_dimensions(&named).iter().map(|(name, _)| format!("let {name} = 2\n")).collect();
        let network = resolved(&format!("{}{source}", sizes.concat()));
        let found = numbers(&network, [None, None]).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        let arena = &found.derivation.forward.arena;
        let of = |wanted: fn(&Valued) -> Option<SymbolId>| {
            let values = found.values.iter().filter_map(move |(valued, array)| Some((wanted(valued)?, array.clone())));
            values.map(|(symbol, array)| (arena.symbol(symbol).key(), array))
        };
        let given = of(|valued| if let Valued::Given(symbol) = valued { Some(*symbol) } else { None });
        let arrays: Arrays = given.collect();
        let (loss, expected) = scalar::gradients(&network, &arrays);
        let shown = found.values.iter().find(|(valued, _)| *valued == Valued::Loss).unwrap().1[[0, 0]];
        assert!((shown - loss).abs() <= 1e-12 * loss.abs().max(1.0), "{name}: {shown} and {loss}");
        let gradients = of(|valued| if let Valued::Gradient(symbol) = valued { Some(*symbol) } else { None });
        for (parameter, gradient) in gradients {
            let difference = (&gradient - &expected[&parameter]).fold(0.0_f64, |worst, x| worst.max(x.abs()));
            assert!(difference <= 1e-9, "{name}: ∂J/∂{parameter} is off by {difference:e}");
        }
        // A mask holds 0 and 1/(1 − 0.5) alone, and slopes belong to activations.
        assert!(arrays.get("M4").is_none_or(|mask| mask.iter().all(|entry| [0.0, 2.0].contains(entry))));
        let is_norm = |(valued, _): &(Valued, Array2<f64>)| matches!(valued, Valued::Slopes(symbol) if arena.symbol(*symbol).name.as_ref() == "r");
        assert!(!found.values.iter().any(is_norm), "{name}");
    }
}

#[test]
fn a_network_that_is_too_large_to_be_read_is_refused() {
    let network = resolved("input X [n, 7]; dense 2; loss mse");
    let error = numbers(&network, [None, Some(given(&[("X", Array2::zeros((2, 7))), ("Y", Array2::zeros((2, 2)))]))]);
    assert!(error.unwrap_err()[0].title.contains("7 units"), "seven are more than six");
}

/// X W₁ = (3, −1, 1), so that S₁ is 1, 0, 1; the prediction is 3·1 + 1·3 = 6, and the error 6 − 4.
#[test]
fn insight_shows_the_matrices_by_hand() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, arrays: &[(&str, Array2<f64>)]| {
        let path = folder.path().join(name);
        fs::write(&path, files::encode_npz(&given(arrays).arrays).unwrap()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let parameters = [("W1", array![[1.0, -1.0, 3.0], [1.0, 0.0, -1.0]]), ("W2", array![[1.0], [2.0], [3.0]])];
    let parameters = write("parameters.npz", &parameters);
    let data = write("data.npz", &[("X", array![[1.0, 2.0]]), ("Y", array![[4.0]])]);
    let spec = "input X [n, 2]; dense 3 relu nobias; dense 1 nobias; loss half_mse";
    let words = ["insight", "-e", spec, "--numbers", "--params", &parameters, "--data", &data];
    let page = chainrule(&words);
    assert_eq!(page.status, 0, "{}", page.stderr);
    assert!(page.stdout.contains("S₁ = [ 1  0  0 ]\n     [ 0  0  0 ]\n     [ 0  0  1 ]\n"), "{}", page.stdout);
    let document = chainrule(&[&words[..], &["--format", "json"]].concat()).stdout;
    let of = matrices(&serde_json::from_str::<serde_json::Value>(&document).unwrap()["numbers"]);
    for (name, expected) in [
        ("X", &[&[1.0, 2.0][..]][..]),
        ("Z₁", &[&[3.0, -1.0, 1.0]]),
        ("A₁", &[&[3.0, 0.0, 1.0]]),
        ("relu'(Z₁)", &[&[1.0, 0.0, 1.0]]),
        ("S₁", &[&[1.0, 0.0, 0.0], &[0.0, 0.0, 0.0], &[0.0, 0.0, 1.0]]),
        ("J", &[&[2.0]]),
        ("Δ₂", &[&[2.0]]),
        ("Δ₁", &[&[2.0, 0.0, 6.0]]),
        ("∂J/∂W₁", &[&[2.0, 0.0, 6.0], &[4.0, 0.0, 12.0]]),
        ("∂J/∂W₂", &[&[6.0], &[0.0], &[2.0]]),
    ] {
        assert_eq!(of[name], expected, "{name}");
    }
}

/// The dimensions that a message proposes are small enough.
#[test]
fn insight_says_what_can_be_read() {
    let spec = "input X [n, d]; dense h relu; dense 2; loss mse";
    let run = chainrule(&["insight", "-e", spec, "--numbers"]);
    assert_eq!((run.status, run.stdout.as_str()), (4, ""));
    assert!(run.stderr.contains("as with `--let n=2,d=3,h=2`, or leave out `--numbers`"), "{}", run.stderr);
    assert_eq!(chainrule(&["insight", "-e", spec, "--numbers", "--let", "n=2,d=3,h=2"]).status, 0);
    let wide = chainrule(&["insight", "-e", "input X [2, 7]; dense 2; loss mse", "--numbers"]);
    assert!(wide.status == 4 && wide.stderr.contains("help: leave out `--numbers`"), "{}", wide.stderr);
}

/// The signs that a page explains.
fn signs(source: &str, form: Form) -> Vec<String> {
    let derivation = derive(&resolved(source), &Request::new(form)).unwrap();
    let variables = parameters_and_input(&derivation);
    let page = report::gradients(&derivation, &variables, false);
    let style = Style::new(Format::Text);
    let found =
        page.blocks.iter().find_map(|block| if let Block::Notation(signs) = block { Some(signs) } else { None });
    found.expect("signs").iter().map(|(sign, _)| style.inline(sign)).collect()
}

#[test]
fn only_signs_of_the_page_are_explained() {
    let linear = signs("input X [n, f0]; dense f1 nobias; loss mae", Form::Product);
    assert_eq!(linear, ["X, W, Ŷ, Y", "J", "U · V", "Uᵀ", "Σ U", "abs(z)", "sign(z)"]);
    let layered = signs("input X [n, f0]; dense f1 tanh; dense f2 nobias; loss half_mse", Form::Layered);
    assert_eq!(layered, ["X, W, b, Z, A, Ŷ, Y", "J", "Δ", "1", "U · V", "U ⊙ V", "(U)²", "Uᵀ", "Σ U", "tanh'(z)"]);
    assert!(signs("input X [n, f0]; dense f1 sigmoid; loss mse", Form::PerSample).contains(&"xᵢ".into()));
}

#[test]
fn fewer_notes_are_fewer_blocks() {
    let derivation = derive(&resolved("input X [n, 3]; dense 2 relu; dense 1; loss mse"), &Request::new(Form::Product));
    let derivation = derivation.unwrap();
    let variables = parameters_and_input(&derivation);
    let page =
        |notes| Style::new(Format::Text).page(&report::gradients(&derivation, &variables, false).with_notes(notes));
    let [full, short, none] = [Notes::Full, Notes::Short, Notes::None].map(page);
    assert!(full.contains("\nwhere ") && full.contains("≈ One matrix S stands"));
    assert!(!short.contains("\nwhere ") && short.contains("≈ One matrix S stands") && !none.contains("One matrix"));
    assert!(
        full.contains("--form")
            && !Style::new(Format::Html).page(&report::gradients(&derivation, &variables, true)).contains("--form")
    );
}

#[test]
fn labels_are_in_latex_and_each_is_one() {
    let derivation = derive(&resolved("input X [n, 3]; dense 2 tanh; dense 1; loss mse"), &Request::new(Form::Layered));
    let derivation = derivation.unwrap();
    let variables = parameters_and_input(&derivation);
    let page = Document { label: Some("net".into()), ..report::gradients(&derivation, &variables, true) };
    let latex = Style::new(Format::Latex).page(&page);
    for label in ["net:Z1", "net:Yhat", "net:J", "net:Delta2", "net:W1", "net:X"] {
        assert_eq!(latex.matches(&format!("\\label{{{label}}}")).count(), 1, "{label}\n{latex}");
    }
    assert!(latex.contains("\\begin{align}") && !latex.contains("align*"));
    assert!(!Style::new(Format::Text).page(&page).contains("net:"));
}

/// The formula with a number for ℓ and L, without what stands around factors.
fn unrolled(notation: &Notation, l: i64, depth: i64, k: Option<i64>) -> Vec<String> {
    let number = |index: &str| {
        let (letter, offset) = index.split_at(index.find(['+', '-']).unwrap_or(index.len()));
        let offset: i64 = offset.parse().unwrap_or(0);
        offset
            + match letter {
                "l" => l,
                "L" => depth,
                "k" => k.expect("inside of a product"),
                number => number.parse().unwrap(),
            }
    };
    let word = |notation: &Notation| {
        let text = Style::new(Format::Ascii).inline(notation);
        let mut parts = text.split('[');
        let mut done = parts.next().unwrap().to_owned();
        for part in parts {
            let (index, rest) = part.split_once(']').unwrap();
            done.extend([number(index).to_string(), rest.to_owned()]);
        }
        // As the page says: the activations before the first layer are X.
        if done == "A0" { "X".into() } else { done }
    };
    match notation {
        Notation::Product(factors) => factors.iter().flat_map(|factor| unrolled(factor, l, depth, k)).collect(),
        Notation::Big(bounds, Some(body)) => {
            let (from, to) = (number(&bounds.from), number(&bounds.to));
            let rising = bounds.from.starts_with(['l', '1', '2']) && &*bounds.from != "L";
            let range: Vec<i64> = if rising { (from..=to).collect() } else { (to..=from).rev().collect() };
            range.into_iter().flat_map(|k| unrolled(body, l, depth, Some(k))).collect()
        }
        other => vec![word(other)],
    }
}

#[test]
fn the_chain_and_the_sketch_of_any_depth_are_those_of_each() {
    for kind in ["relu", "relu nobias", "linear nobias", "softmax"] {
        for form in [Form::Chain, Form::Intuitive] {
            let text = |depth: usize| {
                let hidden: String = (1..depth).fold(String::new(), |text, l| format!("{text}dense f{l} {kind}; "));
                let bias = if kind.contains("nobias") { " nobias" } else { "" };
                format!("input X [n, f0]; {hidden}dense f{depth}{bias}; loss half_mse")
            };
            let general = derive_general(&resolved(&text(2)), &Request::new(form)).unwrap();
            let of_any = report::gradients::Report::new(&general);
            let variables = crate::general::variables(&general);
            for depth in 2..=4_i64 {
                let concrete = derive(&resolved(&text(usize::try_from(depth).unwrap())), &Request::new(form)).unwrap();
                let of_one = report::gradients::Report::new(&concrete);
                for variable in &variables {
                    let symbol = general.forward.arena.symbol(*variable);
                    for l in 1..=depth {
                        let label = symbol.label.as_ref().map(|_| l.to_string()).unwrap_or_default();
                        let key = format!("{}{label}", symbol.name);
                        let all = chainrule::pipeline::variables::known(&concrete.forward);
                        let Some(own) = all.get(&key).copied().filter(|_| key != format!("A{depth}")) else { continue };
                        let formula = |right: &Notation, l| unrolled(right, l, depth, None);
                        let found = formula(&of_any.gradient(*variable).unwrap().right, l);
                        let expected = formula(&of_one.gradient(own).unwrap().right, l);
                        assert_eq!(found, expected, "{kind} {form:?} {key} of {depth}");
                    }
                }
            }
        }
    }
}

#[test]
fn words_of_latex_are_words_and_its_numbers_mathematics() {
    let sentence = chainrule::document::sentence::Sentence::of("at most 2.17e-15, n = 3 of 4 × 5");
    let latex = Style::new(Format::Latex).sentence(&sentence);
    assert_eq!(latex, "at most $2.17\\cdot 10^{-15}$, $n$ $=$ 3 of 4 $\\times$ 5");
    let less = chainrule::document::sentence::Sentence::default().relation(Relation::Less);
    assert!(matches!(less.0[..], [Part::Relation(Relation::Less)]));
}
