//! Documents of gradients against their schema, of every network and form.

use chainrule::{
    gradient::Form,
    pipeline::{Request, derive_finished},
};
use serde_json::Value;

use crate::{common, gallery, graphs, json::document};

/// What is wrong with a value, by a schema of draft 2020-12 with the words that the schemas of `grammar` use.
struct Schema {
    root: Value,
}

impl Schema {
    fn fault(&self, value: &Value, schema: &Value) -> Option<String> {
        let Some(rules) = schema.as_object() else {
            return (*schema == Value::Bool(false)).then(|| format!("{value} should not be there"));
        };
        rules.iter().find_map(|(word, rule)| self.fault_of(value, word, rule, schema))
    }

    fn fault_of(&self, value: &Value, word: &str, rule: &Value, schema: &Value) -> Option<String> {
        let unless = |fits: bool| (!fits).then(|| format!("{value}: {word} {rule}"));
        let list = |rule: &Value| rule.as_array().expect("a list").clone();
        match word {
            "$ref" => {
                let place = rule.as_str().expect("a path").strip_prefix('#').expect("of this schema");
                self.fault(value, self.root.pointer(place).unwrap_or_else(|| panic!("{place}")))
            }
            "type" if rule.is_array() => unless(list(rule).iter().any(|rule| is_of(value, rule))),
            "type" => unless(is_of(value, rule)),
            "const" => unless(value == rule),
            "enum" => unless(list(rule).contains(value)),
            "anyOf" => unless(list(rule).iter().any(|rule| self.fault(value, rule).is_none())),
            "oneOf" => {
                let faults: Vec<_> = list(rule).iter().map(|rule| self.fault(value, rule)).collect();
                unless(faults.iter().filter(|fault| fault.is_none()).count() == 1)
            }
            "properties" => {
                let known = rule.as_object().expect("rules by name");
                known.iter().find_map(|(name, rule)| self.fault(value.get(name)?, rule))
            }
            "required" => unless(list(rule).iter().all(|name| value.get(name.as_str().expect("a name")).is_some())),
            "additionalProperties" => {
                let named = schema.get("properties").and_then(Value::as_object);
                let others = value.as_object().into_iter().flatten();
                let mut others = others.filter(|(name, _)| named.is_none_or(|named| !named.contains_key(*name)));
                others.find_map(|(_, other)| self.fault(other, rule))
            }
            "prefixItems" => {
                let items = value.as_array().into_iter().flatten();
                items.zip(&list(rule)).find_map(|(item, rule)| self.fault(item, rule))
            }
            "items" => {
                let first = schema.get("prefixItems").map_or(0, |first| list(first).len());
                value.as_array().into_iter().flatten().skip(first).find_map(|item| self.fault(item, rule))
            }
            "minItems" => unless(value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap())),
            "maxItems" => unless(value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap())),
            "minimum" => unless(value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap())),
            "$schema" | "$defs" | "title" | "description" | "pattern" | "default" => None,
            other => panic!("a rule that is not checked: {other}"),
        }
    }
}

fn is_of(value: &Value, kind: &Value) -> bool {
    match kind.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    }
}

#[test]
fn every_document_of_gradients_is_as_its_schema_says() {
    let schema = Schema { root: serde_json::from_str(&common::read("grammar/gradients.schema.json")).unwrap() };
    let graphs = graphs::NETWORKS.map(|(_, source)| source.to_owned());
    let (mut count, mut roles) = (0, std::collections::BTreeSet::new());
    for source in gallery::networks().into_iter().map(|(_, source)| source).chain(graphs) {
        let network = gallery::resolved(&source);
        for form in Form::ALL {
            let Ok(derivation) = derive_finished(&network, &Request::new(form)) else { continue };
            let variables = gallery::parameters_and_input(&derivation);
            let found: Value =
                serde_json::from_str(&document(&source, &network, &derivation, &variables)).expect("JSON");
            if let Some(fault) = schema.fault(&found, &schema.root) {
                panic!("{source}\n{}: {fault}", form.name());
            }
            let inputs = found["inputs"].as_array().expect("a list");
            roles.extend(inputs.iter().map(|input| input["role"].as_str().expect("a word").to_owned()));
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
    assert!(roles.contains("slope") && roles.contains("mask") && roles.contains("gain"), "{roles:?}");
    // What the check finds.
    let number = serde_json::json!({"schema": "chainrule.gradients/1"});
    assert!(schema.fault(&number, &schema.root).is_some());
}
