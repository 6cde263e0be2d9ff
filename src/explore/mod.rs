//! A question of a page, and arrays if there are any → its answer, without a server: a pure function, for whatever carries
//! the question.
//!
//! The way into a browser without a server is the library without its features, `cargo build --lib --no-default-features
//! --target wasm32-unknown-unknown`, and a function of text to text around [`answer`].

pub mod api;
mod diagnostics;
mod error;
mod figures;
mod formula;
mod graph;
pub mod language;
mod lines;
mod pages;
mod places;
pub mod report;
mod steps;
mod subject;
mod text;

use crate::{evaluate::bindings::Source, render};
use api::{Answer, Request, SCHEMA};
use subject::Subject;

/// Arrays that the user's files hold: parameters, and X and Y.
#[derive(Clone, Debug, Default)]
pub struct Arrays([Option<Source>; 2]);

impl Arrays {
    /// Parameters, and X and Y, as far as files give them.
    pub fn new(arrays: [Option<Source>; 2]) -> Self {
        Self(arrays)
    }

    /// Whether there are any.
    pub fn is_given(&self) -> bool {
        self.0.iter().any(Option::is_some)
    }
}

/// The classes of formulas and the dark colours of pictures, for a page that holds fragments.
pub fn engine_styles() -> String {
    render::fragment::styles()
}

/// Answers a question. Of equal questions the answers are equal.
pub fn answer(request: &Request, arrays: &Arrays) -> Answer {
    let mut answer = Answer { schema: SCHEMA, id: request.id, ..Answer::default() };
    let Some(subject) = Subject::read(request, arrays, &mut answer) else { return answer };
    for part in &request.want {
        if let Err(message) = subject.part(*part, &mut answer) {
            let message = diagnostics::of(&message, &subject.text);
            answer.refused.push(api::Refusal { part: *part, message });
        }
    }
    answer.numbers = subject.numbers.into_inner();
    answer
}
