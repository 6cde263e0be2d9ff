//! The one test binary: a module a topic.

mod common;
mod concrete;
mod derived;
mod diagnostics;
mod grammar;
mod network;
mod oracles;
mod shapes;
mod spec;
