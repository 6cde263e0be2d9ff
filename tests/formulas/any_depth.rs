//! Formulas for any depth, read as printed with numbers for l and L: each has the value of the concrete gradient.

use std::collections::BTreeMap;

use chainrule::{
    evaluate::backprop,
    gradient::{Derivation, Form},
    pipeline::{Request, derive_general},
    render::Format,
    report::gradients::Report,
};
use ndarray::Array2;

use super::{
    FORMATS, difference,
    letters::{Case, Letters, case, index, letters},
    lines,
};
use crate::{
    gallery::resolved,
    general::{FORMS, KINDS, text, variables},
    oracles::formula::{self, Names, Style, concrete},
};

/// An equation as it is printed: left side with its sign, right side, and the shapes below.
type Printed = (String, String, String);

fn printed(derivation: &Derivation, format: Format) -> Vec<Printed> {
    let report = Report::new(derivation);
    report.equations(&variables(derivation)).map(|equation| lines(&equation, format)).collect()
}

/// A concrete network, what the letters of a form stand for in it, and its gradients.
struct Reading<'a> {
    case: &'a Case,
    letters: Letters<'a>,
    style: &'a Style,
    depth: i64,
    gradients: BTreeMap<String, Array2<f64>>,
}

impl<'a> Reading<'a> {
    fn new(case: &'a Case, form: Form, style: &'a Style) -> Self {
        let mut letters = letters(case, form, style);
        // As the page says: A₀ is X.
        let before = |letter: &str| if form == Form::PerSample { letter.to_lowercase() } else { letter.to_owned() };
        let (unicode, row) = (style.times == '×', form == Form::PerSample);
        let ending = match (row, unicode) {
            (false, _) => ["", ""],
            (true, true) => ["ᵢ", ",ᵢ"],
            (true, false) => ["[i]", "[i]"],
        };
        let input = letters.matrices[&format!("{}{}", before("X"), ending[0])].clone();
        letters.matrices.insert(format!("{}{}{}", before("A"), index("0", style), ending[1]), input);
        let gradients = backprop::gradients(&case.bound, &case.arrays).gradients.into_iter().collect();
        Self { case, letters, style, depth: i64::try_from(case.bound.layers.len()).unwrap(), gradients }
    }

    /// Reads the equation for each layer l that has one; how many those are.
    fn read(&mut self, (left, right, below): &Printed) -> Result<usize, String> {
        let name = left.split(' ').next().unwrap();
        let partial = if self.style.times == '×' { "∂J/∂" } else { "dJ/d" };
        let (is_definition, letter) = name.strip_prefix(partial).map_or((true, name), |letter| (false, letter));
        let letter_alone = letter.trim_end_matches(",ᵢ").trim_end_matches("[i]");
        let of_each_layer = letter_alone.ends_with("_ℓ") || letter_alone.ends_with("[l]");
        let layers: Vec<i64> = match (of_each_layer, is_definition) {
            (false, _) => vec![1],
            // Each by the one after it, of which Δ_L is the last.
            (true, true) => (1..self.depth).rev().collect(),
            (true, false) => (1..=self.depth).collect(),
        };
        let mut read = 0;
        for l in layers {
            let numbers = BTreeMap::from([('l', l), ('L', self.depth)]);
            let (used, written) = concrete(letter, &numbers, self.style).unwrap_or_default();
            let letter = format!("{written}{}", &letter[used..]);
            let expected = self.letters.keys.get(&letter).and_then(|key| self.gradients.get(key));
            if !is_definition && expected.is_none() {
                continue;
            }
            let matrices = std::mem::take(&mut self.letters.matrices);
            let names = Names { matrices, dims: self.case.dims.clone(), layers: numbers };
            let value = formula::evaluate(left, right, below, &names, self.style);
            self.letters.matrices = names.matrices;
            let at = || format!("l = {l}, L = {}\n{left}{right}\n{below}", self.depth);
            let value = value.map_err(|error| format!("{error}\n{}", at()))?;
            if let Some(expected) = expected {
                let wrong = difference(&value, expected);
                if wrong > 1e-10 {
                    return Err(format!("off by {wrong:e}\n{}", at()));
                }
            } else {
                self.letters.matrices.insert(letter, value);
            }
            read += 1;
        }
        Ok(read)
    }
}

/// One sample where a gate is shared or a sample's own.
fn samples(form: Form) -> usize {
    if form == Form::Layered { 3 } else { 1 }
}

#[test]
fn it_means_what_it_says_at_every_depth() {
    for kind in KINDS {
        for (form, expand) in FORMS {
            let derivation =
                derive_general(&resolved(&text(kind, 2)), &Request { expand, ..Request::new(form) }).unwrap();
            for (name, format, style) in &FORMATS {
                let equations = printed(&derivation, *format);
                for depth in 1..=4 {
                    let case = case(&text(kind, depth), samples(form)).unwrap();
                    let mut reading = Reading::new(&case, form, style);
                    let mut gradients = 0;
                    for equation in &equations {
                        let read = reading.read(equation);
                        let read = read.unwrap_or_else(|error| panic!("{kind:?} {form:?} {expand} {name}: {error}"));
                        gradients += if equation.0.starts_with(['∂', 'd']) { read } else { 0 };
                    }
                    let network = &case.bound;
                    let biases = network.layers.iter().filter(|layer| layer.has_bias()).count();
                    // W, b, X, Z, and A without Ŷ.
                    assert_eq!(
                        gradients,
                        depth + biases + 1 + depth + (depth - 1),
                        "{kind:?} {form:?} {expand} {name} L = {depth}"
                    );
                }
            }
        }
    }
}

/// Whether the formula, so changed, is read as the concrete gradient at every depth and of every layer.
fn holds((left, right, below): &Printed, changed: (&str, &str), samples: usize) -> bool {
    let right = right.replace(changed.0, changed.1);
    assert!(!changed.0.is_empty() || changed.1.is_empty(), "nothing to replace");
    let equation = (left.clone(), right, below.clone());
    (1..=4).all(|depth| {
        let case = case(&text(("tanh", "", "half_mse"), depth), samples).unwrap();
        Reading::new(&case, Form::Product, &formula::UNICODE).read(&equation).is_ok()
    })
}

#[test]
fn a_wrong_formula_is_refused() {
    let network = resolved(&text(("tanh", "", "half_mse"), 2));
    let derivation = derive_general(&network, &Request { expand: true, ..Request::new(Form::Product) }).unwrap();
    let equations = printed(&derivation, Format::Text);
    let by = |name: &str| {
        let mut found = equations.iter().filter(|(left, ..)| left.contains(name));
        let (left, right, _) = found.next().expect(name);
        // Without shapes, so that the value alone decides.
        (left.clone(), right.split_whitespace().collect::<Vec<_>>().join(" "), String::new())
    };
    let wrong: [(&str, &[(&str, &str)]); 2] = [
        (
            "∂W_ℓ",
            &[
                ("k=L…ℓ+1", "k=L…ℓ+2"),
                ("k=L…ℓ+1", "k=L…ℓ"),
                ("k=L…ℓ+1", "k=L−1…ℓ+1"),
                ("k=ℓ−1…1", "k=ℓ…1"),
                ("k=ℓ−1…1", "k=ℓ−2…1"),
                ("k=ℓ−1…1", "k=ℓ−1…2"),
                ("k=ℓ−1…j+1", "k=ℓ−1…j"),
                ("k=ℓ−1…j+1", "k=ℓ−1…j+2"),
                ("j=1…ℓ−1", "j=1…ℓ−2"),
                ("j=1…ℓ−1", "j=2…ℓ−1"),
                ("Dₖ₋₁", "Dₖ"),
                ("Wₖᵀ · Dₖ₋₁", "Dₖ₋₁ · Wₖᵀ"),
                ("Gⱼ", "G[ℓ−1]"),
                ("Gₖ", "Dₖ"),
            ],
        ),
        ("∂X", &[("k=L…2", "k=L…1"), ("k=L…2", "k=L…3"), ("W₁ᵀ", "W_ℓᵀ · W₁ᵀ")]),
    ];
    for (name, changes) in wrong {
        let equation = by(name);
        assert!(holds(&equation, ("", ""), 1), "{equation:?}");
        for change in changes {
            assert!(equation.1.contains(change.0), "{} has no {}", equation.1, change.0);
            assert!(!holds(&equation, *change, 1), "{change:?} is not noticed");
        }
    }
}

#[test]
fn the_page_says_what_the_first_layer_takes() {
    for (form, note) in [(Form::Product, "A[ℓ−1] is X for ℓ = 1."), (Form::PerSample, "a[ℓ−1],ᵢ is xᵢ for ℓ = 1.")]
    {
        let derivation = derive_general(&resolved(&text(KINDS[2], 2)), &Request::new(form)).unwrap();
        let notes = Report::new(&derivation).notes(&derivation.forward.parameters);
        let style = chainrule::render::Style::new(Format::Text);
        assert!(notes.iter().any(|sentence| style.sentence(sentence) == note), "{form:?}");
    }
}
