//! The worked example of three layers, as a textbook writes it: factor for factor, shape for shape.
//!
//! f₀ → f₁ → f₂ → f₃ with ReLU, ReLU and a linear output under ½(ŷ − y)²: every line below was derived by hand.

use chainrule::{
    document::notation::{Entrywise, Notation, Relation, Sign},
    gradient::Form,
    pipeline::{Request, derive},
    render::{Format, Style},
    report::gradients::Report,
    shape::Shape,
};

use crate::gallery;

const BIASED: &str = "input X [n, f0]; dense f1 relu; dense f2 relu; dense f3; loss half_mse";
const UNBIASED: &str = "input X [n, f0]; dense f1 relu nobias; dense f2 relu nobias; dense f3 nobias; loss half_mse";

fn inline(notation: &Notation) -> String {
    Style::new(Format::Text).inline(notation)
}

/// `Xᵀ[f0×n] · Δ₁[n×f1]`: each factor with its shape behind it.
fn written(notation: &Notation) -> String {
    match notation {
        Notation::Shaped(inner, Some(shape), _) => format!("{}[{}]", inline(inner), size(shape)),
        Notation::Product(factors) => factors.iter().map(written).collect::<Vec<_>>().join(" · "),
        Notation::Group(inner) => format!("({})", written(inner)),
        Notation::SumSamples(inner) => format!("Σᵢ {}", written(inner)),
        Notation::Hadamard(factors) => {
            let sign = |joint: &Entrywise| if *joint == Entrywise::Times { " ⊙ " } else { " ⊘ " };
            let rest = factors[1..].iter().map(|(joint, factor)| format!("{}{}", sign(joint), written(factor)));
            format!("{}{}", written(&factors[0].1), rest.collect::<String>())
        }
        Notation::Sum(terms) => {
            let sign = |sign: &Sign| if *sign == Sign::Plus { " + " } else { " − " };
            let rest = terms[1..].iter().map(|(joint, term)| format!("{}{}", sign(joint), written(term)));
            format!("{}{}", written(&terms[0].1), rest.collect::<String>())
        }
        other => inline(other),
    }
}

fn size(shape: &Shape) -> String {
    let (rows, columns) = shape.dims().expect("a matrix");
    format!("{rows}×{columns}")
}

/// The equations by all parameters and X, `∂J/∂W₁ = … : f0×f1`.
fn equations(spec: &str, form: Form, expand: bool) -> Vec<String> {
    let derivation = derive(&gallery::resolved(spec), &Request { expand, ..Request::new(form) }).unwrap();
    let variables = gallery::parameters_and_input(&derivation);
    let report = Report::new(&derivation);
    let line = |equation: chainrule::document::notation::Equation| {
        let relation = match equation.relation {
            Relation::Equal | Relation::Definition => "=",
            Relation::Approximate => "≈",
            Relation::Sketch => "~",
            other => unreachable!("{other:?} stands in no equation"),
        };
        let shape = equation.shape.as_ref().map(|shape| format!(" : {}", size(shape))).unwrap_or_default();
        format!("{} {relation} {}{shape}", inline(&equation.left), written(&equation.right))
    };
    report.equations(&variables).map(line).collect()
}

#[test]
fn the_product_form() {
    assert_eq!(
        equations(UNBIASED, Form::Product, false),
        [
            "∂J/∂W₁ ≈ Xᵀ[f0×n] · (Ŷ − Y)/n[n×f3] · W₃ᵀ[f3×f2] · S₂[f2×f2] · W₂ᵀ[f2×f1] · S₁[f1×f1] : f0×f1",
            "∂J/∂W₂ ≈ A₁ᵀ[f1×n] · (Ŷ − Y)/n[n×f3] · W₃ᵀ[f3×f2] · S₂[f2×f2] : f1×f2",
            "∂J/∂W₃ = A₂ᵀ[f2×n] · (Ŷ − Y)/n[n×f3] : f2×f3",
            "∂J/∂X ≈ (Ŷ − Y)/n[n×f3] · W₃ᵀ[f3×f2] · S₂[f2×f2] · W₂ᵀ[f2×f1] · S₁[f1×f1] · W₁ᵀ[f1×f0] : n×f0",
        ]
    );
}

#[test]
fn the_product_form_with_the_input_expanded() {
    assert_eq!(
        equations(UNBIASED, Form::Product, true),
        [
            "∂J/∂W₁ ≈ Xᵀ[f0×n] · (Ŷ − Y)/n[n×f3] · W₃ᵀ[f3×f2] · S₂[f2×f2] · W₂ᵀ[f2×f1] · S₁[f1×f1] : f0×f1",
            "∂J/∂W₂ ≈ S₁[f1×f1] · W₁ᵀ[f1×f0] · Xᵀ[f0×n] · (Ŷ − Y)/n[n×f3] · W₃ᵀ[f3×f2] · S₂[f2×f2] : f1×f2",
            "∂J/∂W₃ ≈ S₂[f2×f2] · W₂ᵀ[f2×f1] · S₁[f1×f1] · W₁ᵀ[f1×f0] · Xᵀ[f0×n] · (Ŷ − Y)/n[n×f3] : f2×f3",
            "∂J/∂X ≈ (Ŷ − Y)/n[n×f3] · W₃ᵀ[f3×f2] · S₂[f2×f2] · W₂ᵀ[f2×f1] · S₁[f1×f1] · W₁ᵀ[f1×f0] : n×f0",
        ]
    );
}

#[test]
fn biases_sum_over_the_samples() {
    let found = equations(BIASED, Form::Product, false);
    let biases: Vec<&str> = found.iter().map(String::as_str).filter(|line| line.starts_with("∂J/∂b")).collect();
    assert_eq!(
        biases,
        [
            "∂J/∂b₁ ≈ 1ᵀ[1×n] · (Ŷ − Y)/n[n×f3] · W₃ᵀ[f3×f2] · S₂[f2×f2] · W₂ᵀ[f2×f1] · S₁[f1×f1] : 1×f1",
            "∂J/∂b₂ ≈ 1ᵀ[1×n] · (Ŷ − Y)/n[n×f3] · W₃ᵀ[f3×f2] · S₂[f2×f2] : 1×f2",
            "∂J/∂b₃ = 1ᵀ[1×n] · (Ŷ − Y)/n[n×f3] : 1×f3",
        ]
    );
}

/// A₂ = X W₁ S₁ W₂ S₂ + 1 b₁ S₁ W₂ S₂ + 1 b₂ S₂, transposed term by term.
#[test]
fn biases_make_the_expanded_input_a_sum() {
    let found = equations(BIASED, Form::Product, true);
    assert_eq!(
        found[2],
        "∂J/∂W₂ ≈ (S₁[f1×f1] · W₁ᵀ[f1×f0] · Xᵀ[f0×n] + S₁[f1×f1] · b₁ᵀ[f1×1] · 1ᵀ[1×n]) · (Ŷ − Y)/n[n×f3] \
         · W₃ᵀ[f3×f2] · S₂[f2×f2] : f1×f2"
    );
    assert_eq!(
        found[4],
        "∂J/∂W₃ ≈ (S₂[f2×f2] · W₂ᵀ[f2×f1] · S₁[f1×f1] · W₁ᵀ[f1×f0] · Xᵀ[f0×n] \
         + S₂[f2×f2] · W₂ᵀ[f2×f1] · S₁[f1×f1] · b₁ᵀ[f1×1] · 1ᵀ[1×n] \
         + S₂[f2×f2] · b₂ᵀ[f2×1] · 1ᵀ[1×n]) · (Ŷ − Y)/n[n×f3] : f2×f3"
    );
}

#[test]
fn the_layered_form() {
    assert_eq!(
        equations(BIASED, Form::Layered, false),
        [
            "Δ₃ = (Ŷ − Y)/n[n×f3] : n×f3",
            "Δ₂ = (Δ₃[n×f3] · W₃ᵀ[f3×f2]) ⊙ relu'(Z₂)[n×f2] : n×f2",
            "Δ₁ = (Δ₂[n×f2] · W₂ᵀ[f2×f1]) ⊙ relu'(Z₁)[n×f1] : n×f1",
            "∂J/∂W₁ = Xᵀ[f0×n] · Δ₁[n×f1] : f0×f1",
            "∂J/∂b₁ = 1ᵀ[1×n] · Δ₁[n×f1] : 1×f1",
            "∂J/∂W₂ = A₁ᵀ[f1×n] · Δ₂[n×f2] : f1×f2",
            "∂J/∂b₂ = 1ᵀ[1×n] · Δ₂[n×f2] : 1×f2",
            "∂J/∂W₃ = A₂ᵀ[f2×n] · Δ₃[n×f3] : f2×f3",
            "∂J/∂b₃ = 1ᵀ[1×n] · Δ₃[n×f3] : 1×f3",
            "∂J/∂X = Δ₁[n×f1] · W₁ᵀ[f1×f0] : n×f0",
        ]
    );
}

#[test]
fn the_per_sample_form() {
    let w3_to_1 = "W₃ᵀ[f3×f2] · S₂⁽ⁱ⁾[f2×f2] · W₂ᵀ[f2×f1] · S₁⁽ⁱ⁾[f1×f1]";
    assert_eq!(
        equations(BIASED, Form::PerSample, false),
        [
            format!("∂J/∂W₁ = Σᵢ xᵢᵀ[f0×1] · (ŷᵢ − yᵢ)/n[1×f3] · {w3_to_1} : f0×f1"),
            format!("∂J/∂b₁ = Σᵢ (ŷᵢ − yᵢ)/n[1×f3] · {w3_to_1} : 1×f1"),
            "∂J/∂W₂ = Σᵢ a₁,ᵢᵀ[f1×1] · (ŷᵢ − yᵢ)/n[1×f3] · W₃ᵀ[f3×f2] · S₂⁽ⁱ⁾[f2×f2] : f1×f2".into(),
            "∂J/∂b₂ = Σᵢ (ŷᵢ − yᵢ)/n[1×f3] · W₃ᵀ[f3×f2] · S₂⁽ⁱ⁾[f2×f2] : 1×f2".into(),
            "∂J/∂W₃ = Σᵢ a₂,ᵢᵀ[f2×1] · (ŷᵢ − yᵢ)/n[1×f3] : f2×f3".into(),
            "∂J/∂b₃ = Σᵢ (ŷᵢ − yᵢ)/n[1×f3] : 1×f3".into(),
            format!("∂J/∂xᵢ = (ŷᵢ − yᵢ)/n[1×f3] · {w3_to_1} · W₁ᵀ[f1×f0] : 1×f0"),
        ]
    );
}

#[test]
fn the_chain_rule() {
    let to_2 = "∂J/∂Ŷ · ∂Ŷ/∂Z₃ · ∂Z₃/∂A₂ · ∂A₂/∂Z₂";
    assert_eq!(
        equations(UNBIASED, Form::Chain, false),
        [
            format!("∂J/∂W₁ = ∂Z₁/∂W₁ · {to_2} · ∂Z₂/∂A₁ · ∂A₁/∂Z₁ : f0×f1"),
            format!("∂J/∂W₂ = ∂Z₂/∂W₂ · {to_2} : f1×f2"),
            "∂J/∂W₃ = ∂Z₃/∂W₃ · ∂J/∂Ŷ · ∂Ŷ/∂Z₃ : f2×f3".into(),
            format!("∂J/∂X = {to_2} · ∂Z₂/∂A₁ · ∂A₁/∂Z₁ · ∂Z₁/∂X : n×f0"),
        ]
    );
}

#[test]
fn the_intuitive_form() {
    assert_eq!(
        equations(UNBIASED, Form::Intuitive, false)[..3],
        [
            "∂J/∂W₁ ~ X · I · S₁ · W₂ · S₂ · W₃ · (Ŷ − Y)/n",
            "∂J/∂W₂ ~ X · W₁ · S₁ · I · S₂ · W₃ · (Ŷ − Y)/n",
            "∂J/∂W₃ ~ X · W₁ · S₁ · W₂ · S₂ · I · (Ŷ − Y)/n",
        ]
    );
    let biased = equations(BIASED, Form::Intuitive, false);
    assert_eq!(biased[1], "∂J/∂b₁ ~ S₁ · W₂ · S₂ · W₃ · (Ŷ − Y)/n");
    assert_eq!(biased[4], "∂J/∂W₃ ~ A₂ · I · (Ŷ − Y)/n");
}

/// Every S = I: the product is exact for the whole batch.
#[test]
fn without_activations_the_linear_network_remains() {
    let spec = "input X [n, f0]; dense f1 nobias; dense f2 nobias; dense f3 nobias; loss half_mse";
    assert_eq!(
        equations(spec, Form::Product, true)[..3],
        [
            "∂J/∂W₁ = Xᵀ[f0×n] · (Ŷ − Y)/n[n×f3] · W₃ᵀ[f3×f2] · W₂ᵀ[f2×f1] : f0×f1",
            "∂J/∂W₂ = W₁ᵀ[f1×f0] · Xᵀ[f0×n] · (Ŷ − Y)/n[n×f3] · W₃ᵀ[f3×f2] : f1×f2",
            "∂J/∂W₃ = W₂ᵀ[f2×f1] · W₁ᵀ[f1×f0] · Xᵀ[f0×n] · (Ŷ − Y)/n[n×f3] : f2×f3",
        ]
    );
}

/// Where loss and output do not fuse, E = ∂J/∂A₃ stands for the error and S₃ follows it.
#[test]
fn an_output_that_does_not_fuse_keeps_its_gate() {
    let spec = "input X [n, f0]; dense f1 relu nobias; dense f2 relu nobias; dense f3 tanh nobias; loss half_mse";
    assert_eq!(
        equations(spec, Form::Product, false)[0],
        "∂J/∂W₁ ≈ Xᵀ[f0×n] · (Ŷ − Y)/n[n×f3] · S₃[f3×f3] · W₃ᵀ[f3×f2] · S₂[f2×f2] · W₂ᵀ[f2×f1] · S₁[f1×f1] : f0×f1"
    );
}
