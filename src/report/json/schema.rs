//! Types of the documents → `grammar/*.schema.json`. `SNAPSHOTS=overwrite cargo test --lib schema` writes them.

use std::borrow::Cow;

use schemars::{
    JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema, transform::RecursiveTransform,
};
use serde_json::{Value, json};
use snapbox::{assert_data_eq, file};

use super::{
    cost, document, evaluation,
    expression::{Dimension, Expression, LayerIndex, Sizes},
    insight, page, shapes, verification,
};
use crate::{
    catalog::{activation::Activation, loss::Reduction},
    evaluate::{exact::Exact, initialise::Initialisation},
    gradient::Form,
    insight::{Magnitude, ablation::Ratio, claims::verdict::Verdict, influence::Factor, model::Parameter},
    network::variant::Variant,
};

/// Types that write themselves: the name of each among the definitions, and its schema.
macro_rules! written {
    ($($type:ty: $name:literal, $schema:expr;)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                $schema(generator)
            }
        }
    )*};
}

written! {
    Form: "form", |_: &mut _| json_schema!({"enum": Form::ALL.map(Form::name)});
    Activation: "activation", |_: &mut _| json_schema!({"description": "As the spec language writes it.", "type": "string"});
    Reduction: "reduction", |_: &mut _| json_schema!({"enum": Reduction::TABLE.map(|(name, _)| name)});
    Parameter: "parameter", |_: &mut _| json_schema!({"description": "Its name in files.", "type": "string"});
    Variant: "variant", |_: &mut _| json_schema!({"enum": ["linear", "with activations", "with biases"]});
    Initialisation: "initialisation", |_: &mut _| json_schema!({
        "description": "As `--init` takes it: independent normal entries of mean 0 and variance 2/f_in (he-in), 2/f_out (he-out), \
            2/(f_in + f_out) (glorot), 1/f_in (lecun) or σ² (normal(σ)), all 1 (ones) or those of I (identity).",
        "type": "string",
        "pattern": r"^(he-in|he-out|glorot|lecun|normal\([0-9.e-]+\)|ones|identity)$"
    });
    Exact: "fraction", |_: &mut _| json_schema!({
        "description": "Exact: `2/3`, `-26`.", "type": "string", "pattern": "^-?[0-9]+(/[0-9]+)?$"
    });
    Ratio: "ratio", |generator: &mut SchemaGenerator| json_schema!({
        "anyOf": [generator.subschema_for::<f64>(), generator.subschema_for::<Exact>()]
    });
    Magnitude: "log10", |_: &mut _| json_schema!({
        "description": "log₁₀, since the number itself may be too large or too small for a float; null of 0 and of no number.",
        "type": ["number", "null"]
    });
    Factor: "factor", |_: &mut _| json_schema!({
        "description": "X; the error, Δ_L or ∂J/∂A_L; of a layer by its place from 1: W2, b2, the derivative gate S2, the \
            forward gate G2 where it is another, A2 where there is no forward gate.",
        "type": "string",
        "pattern": "^(X|error|[WbSGA][1-9][0-9]*)$"
    });
    Verdict: "claim_verdict", |_: &mut _| json_schema!({
        "type": "string",
        "pattern": "^(holds|holds here, not always|holds with (the error|error and gates) held|holds except for (the last \
            layer|the last activation's derivative|silent units)|does not hold|undecided: .+|not tried: .+)$"
    });
    LayerIndex: "index", |_: &mut _| json_schema!({
        "description": "A layer: its number, a letter (of a layer, the last one, a factor, a term), or a letter and what is \
            added to it.",
        "anyOf": [
            {"type": "integer", "minimum": 0},
            {"enum": LETTERS},
            array(&[json!({"enum": LETTERS}), json!({"type": "integer"})], &json!(false), 2)
        ]
    });
    Dimension: "dimension", dimension;
    shapes::Parameters: "parameters", |generator: &mut SchemaGenerator| json_schema!({
        "description": "How many: a number or a polynomial; null where that is too large.",
        "anyOf": [{"type": "null"}, {"const": 0}, generator.subschema_for::<Dimension>()]
    });
    Sizes: "shape", |generator: &mut SchemaGenerator| json_schema!({
        "description": "Rows and columns; of a scalar empty.",
        "type": "array",
        "items": generator.subschema_for::<Dimension>(),
        "maxItems": 2
    });
    Expression: "expression", expression;
}

const LETTERS: [&str; 4] = ["l", "L", "k", "j"];

const FUNCTIONS: &str = "linear relu leaky_relu elu selu sigmoid tanh softplus softsign gelu gelu_tanh silu mish relu6 exp abs \
    sin square ln ln_softplus sign huber clip rsqrt min0";

const OF_ONE: &str = "transpose reciprocal softmax logsumexp diagonal total row column sum_samples";

/// An array that begins with `first`, of `least` entries or more; what follows is as `rest` says.
fn array(first: &[Value], rest: &Value, least: usize) -> Value {
    json!({"type": "array", "prefixItems": first, "items": rest, "minItems": least})
}

fn words(text: &str) -> Value {
    json!({"enum": text.split(' ').collect::<Vec<_>>()})
}

fn dimension(generator: &mut SchemaGenerator) -> Schema {
    let width = array(&[json!({"const": "width"}), generator.subschema_for::<LayerIndex>().into()], &json!(false), 2);
    let polynomial = array(&[words("sum product")], &generator.subschema_for::<Dimension>().into(), 3);
    json_schema!({
        "description": "A number, a name, the width of a layer, or a polynomial.",
        "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}, width, polynomial]
    })
}

/// An array for the operators with the same operands.
fn expression(generator: &mut SchemaGenerator) -> Schema {
    let [of, index, dimension] = [
        generator.subschema_for::<Expression>(),
        generator.subschema_for::<LayerIndex>(),
        generator.subschema_for::<Dimension>(),
    ]
    .map(Value::from);
    let size = json!({
        "description": "A dimension, or the number of samples that are looked at.",
        "anyOf": [{"const": ["batch"]}, &dimension]
    });
    let [text, integer, none] = [json!({"type": "string"}), json!({"type": "integer"}), json!(false)];
    let power = array(&[dimension, integer.clone()], &none, 2);
    let matrix = array(&[size.clone(), size.clone()], &none, 2);
    let operators = [
        ("symbol", &[&text, &index][..], &none, 1),
        ("scalar", &[&integer, &integer], &power, 2),
        ("identity", &[&size], &none, 1),
        ("ones zeros", &[&size, &size], &none, 2),
        ("add multiply hadamard", &[&of, &of], &of, 2),
        ("scale", &[&of, &of], &none, 2),
        (OF_ONE, &[&of], &none, 1),
        ("map derivative second_derivative ratio", &[&words(FUNCTIONS), &of], &json!({"type": "number"}), 2),
        (
            "product_over rising_product_over sum_over",
            &[&matrix, &json!({"enum": LETTERS}), &index, &index, &of],
            &none,
            5,
        ),
    ];
    let arrays = operators.map(|(names, operands, rest, least)| {
        let operands = operands.iter().map(|operand| (*operand).clone());
        array(&[words(names)].into_iter().chain(operands).collect::<Vec<_>>(), rest, least + 1)
    });
    json_schema!({
        "description": "An operator and its operands; README.md says what each means.",
        "oneOf": arrays
    })
}

/// The schema of a document by its type.
fn of<T: JsonSchema>(name: &str) -> String {
    // A float that is not finite is written as null; lines and links of the documentation are not those of a schema.
    let plain = |schema: &mut Schema| {
        if let Some(Value::String(text)) = schema.get_mut("description") {
            *text = text.replace('\n', " ").replace("[`", "`").replace("`]", "`");
        }
        if schema.remove("format").is_some_and(|format| format == "double") {
            schema.insert("type".into(), json!(["number", "null"]));
        }
    };
    let settings = SchemaSettings::draft2020_12().for_serialize().with_transform(RecursiveTransform(plain));
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".into(), format!("chainrule {name}").into());
    schema.pointer_mut("/properties/schema").expect("every document names its version")["const"] =
        format!("chainrule.{name}/1").into();
    serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n"
}

#[test]
fn committed_schemas_are_those_of_the_types() {
    assert_data_eq!(of::<document::Document>("gradients"), file!["../../../grammar/gradients.schema.json"].raw());
    assert_data_eq!(of::<shapes::Document>("shapes"), file!["../../../grammar/shapes.schema.json"].raw());
    assert_data_eq!(
        of::<verification::Document>("verification"),
        file!["../../../grammar/verification.schema.json"].raw()
    );
    assert_data_eq!(of::<evaluation::Document>("evaluation"), file!["../../../grammar/evaluation.schema.json"].raw());
    assert_data_eq!(of::<cost::Document>("cost"), file!["../../../grammar/cost.schema.json"].raw());
    assert_data_eq!(of::<insight::Document>("insight"), file!["../../../grammar/insight.schema.json"].raw());
    assert_data_eq!(of::<page::Page>("page"), file!["../../../grammar/page.schema.json"].raw());
}
