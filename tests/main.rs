//! The one test binary: a module a topic.

#![allow(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    clippy::iter_over_hash_type,
    clippy::many_single_char_names,
    clippy::needless_pass_by_value,
    clippy::similar_names,
    clippy::unused_self,
    clippy::wildcard_enum_match_arm,
    reason = "tests count small things, compare with exact numbers, and look for one operator among many"
)]

mod bindings;
mod blocks;
mod cli;
mod common;
mod concrete;
mod consumers;
mod cost;
mod depth;
mod derived;
mod determinism;
mod diagnostics;
mod diff;
mod explore;
mod files;
mod formulas;
mod frameworks;
mod gallery;
mod general;
mod grammar;
mod graph_layers;
mod graph_picture;
mod graphs;
mod insight;
mod json;
mod laws;
mod layout;
mod library;
mod limits;
mod names;
mod names_page;
mod network;
mod numbers;
mod oracles;
mod own_files;
mod packaging;
mod pages;
mod paths;
mod plots;
mod points;
mod properties;
mod random;
mod readme;
mod repairs;
mod rewriting;
mod schema;
mod second;
mod shapes;
mod signs;
mod spec;
mod stability;
mod steps;
mod tables;
mod tidy;
mod trained;
mod verify;
mod why;
mod worked_example;
