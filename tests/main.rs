//! The one test binary: a module a topic.

mod bindings;
mod common;
mod concrete;
mod derived;
mod diagnostics;
mod files;
mod grammar;
mod network;
mod oracles;
mod points;
mod shapes;
mod spec;
