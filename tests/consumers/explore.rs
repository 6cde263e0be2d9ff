//! The explorer's page in Chromium: one test for each check of `tests/consumers/explore`. And its bundle, built anew.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{PoisonError, RwLock},
};

use super::{folder, script};
use crate::common;

const PROGRAM: &str = env!("CARGO_BIN_EXE_chainrule");

/// A program that serves the page, until it is dropped.
struct Explorer {
    program: Child,
    address: String,
}

impl Explorer {
    fn start() -> Self {
        let mut program =
            Command::new(PROGRAM).arg("explore").stdout(Stdio::piped()).spawn().expect("the explorer starts");
        let mut line = String::new();
        BufReader::new(program.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let address = line.split_whitespace().last().expect("an address").to_owned();
        Self { program, address }
    }
}

impl Drop for Explorer {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Checks run beside one another; what is measured is measured alone.
static ALONE: RwLock<()> = RwLock::new(());

/// Runs a check by its name.
fn holds(check: &str) {
    let explorer = Explorer::start();
    let mut node = Command::new("node");
    node.arg(script("explore/run.mjs")).args([check, &explorer.address, PROGRAM]);
    let output = node.env("NODE_PATH", folder().join("node_modules")).output().expect("node runs");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && stdout == "holds\n", "{stdout}\n{stderr}");
}

macro_rules! checks {
    ($($check:ident,)*) => {$(
        #[test]
        #[ignore = "needs Chromium: .ci/install"]
        fn $check() {
            let _beside = ALONE.read().unwrap_or_else(PoisonError::into_inner);
            holds(stringify!($check));
        }
    )*};
}

checks! {
    typing_changes_formula_graph_and_shapes,
    a_fault_is_marked_at_its_place_and_repaired,
    every_change_can_be_undone,
    words_are_completed,
    biases_are_taken_and_given_in_the_text,
    no_texts_of_the_graph_overlap,
    every_edge_has_its_symbol_and_shape,
    the_path_of_a_gradient_is_lit,
    the_lanes_mirror_each_other,
    deep_networks_are_folded,
    each_step_lights_one_factor_more,
    play_goes_from_step_to_step,
    hover_focus_and_tap_do_the_same,
    factors_of_the_chain_rule_and_of_the_sketch_are_lit,
    every_view_has_something_to_say,
    keys_alone_are_enough,
    the_graph_folds_by_a_key,
    a_unit_is_switched_off,
    what_is_copied_is_what_the_command_prints,
    a_link_restores_all,
    a_long_spec_is_in_its_link,
    a_broken_link_is_one_line,
    markup_in_a_spec_stays_text,
    ten_thousand_layers_do_no_harm,
    what_takes_long_is_told_and_gives_way,
    axe_finds_nothing_serious,
    texts_of_the_graph_are_readable,
    a_phone_shows_the_ladder,
    light_and_dark_can_be_chosen,
    the_cheat_sheet_needs_nothing_else,
    axe_finds_nothing_serious_in_the_cheat_sheet,
    three_layers_are_printed_on_one_page,
    deep_networks_are_printed_on_a_few_pages,
    other_readers_of_svg_show_its_colours,
}

#[test]
#[ignore = "needs Chromium: .ci/install"]
fn a_key_press_is_seen_at_once() {
    let _alone = ALONE.write().unwrap_or_else(PoisonError::into_inner);
    holds("a_key_press_is_seen_at_once");
}

#[test]
#[ignore = "needs npm: .ci/install"]
fn the_bundle_is_what_its_sources_build() {
    let built = common::path("target/explore/compared");
    let output = Command::new("bash").arg(common::path(".ci/bundle")).arg(&built).output().expect("bash runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for name in ["app.js", "app.css", "index.html", "licences.txt"] {
        let [kept, new] = [common::path("src/explore/assets"), built.clone()].map(|folder| fs::read(folder.join(name)));
        let differ = kept.expect("kept") != new.expect("built");
        assert!(!differ, "{name} is not what src/explore/web builds: run .ci/bundle");
    }
}

#[test]
fn every_check_of_the_page_is_run() {
    let checks = include_str!("explore.rs");
    let folder = script("explore");
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a file").path();
        if matches!(path.file_stem().and_then(|name| name.to_str()), Some("harness" | "run")) {
            continue;
        }
        let text = fs::read_to_string(&path).expect("text");
        for line in text.lines().filter_map(|line| line.strip_prefix("export async function ")) {
            let name = line.split('(').next().expect("a name");
            let is_run = checks.contains(&format!("    {name},\n")) || checks.contains(&format!("fn {name}()"));
            assert!(is_run, "{name} is not run");
        }
    }
}
