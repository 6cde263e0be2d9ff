//! The one test binary: a module a topic.

mod bindings;
mod cli;
mod common;
mod concrete;
mod derived;
mod diagnostics;
mod files;
mod grammar;
mod laws;
mod network;
mod oracles;
mod points;
mod random;
mod rewriting;
mod shapes;
mod spec;
mod stability;
mod verify;
