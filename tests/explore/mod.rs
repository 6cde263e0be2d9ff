//! The explorer without a browser: what a page is answered, and the server that carries the answers.

mod answers;
mod hostile;
mod language;
mod links;
mod served;
mod server;

use chainrule::explore::{Arrays, answer, api::Request};
use serde_json::Value;

/// The answer to a question that is written as JSON, as a page gets it.
pub fn asked(question: Value) -> Value {
    asked_with(question, &Arrays::default())
}

/// The same with arrays.
pub fn asked_with(question: Value, arrays: &Arrays) -> Value {
    let request: Request = serde_json::from_value(question).expect("a question");
    serde_json::to_value(answer(&request, arrays)).expect("an answer")
}

/// All strings in an answer, with the names of the fields that lead there.
pub fn strings(value: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), value)];
    while let Some((path, value)) = open.pop() {
        match value {
            Value::String(text) => found.push((path, text.clone())),
            Value::Array(values) => open.extend(values.iter().map(|value| (path.clone(), value))),
            Value::Object(fields) => open.extend(fields.iter().map(|(name, value)| (format!("{path}.{name}"), value))),
            _ => {}
        }
    }
    found
}

/// What a range of UTF-16 units holds of a text.
pub fn units(text: &str, from: &Value, to: &Value) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    let [from, to] = [from, to].map(|at| usize::try_from(at.as_u64().expect("a place")).unwrap());
    String::from_utf16(&units[from..to]).expect("whole characters")
}
