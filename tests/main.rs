//! The one test binary: a module a topic.

mod common;
mod diagnostics;
mod grammar;
mod network;
mod shapes;
mod spec;
