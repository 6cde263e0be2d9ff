//! Options of `derive` → the first two that leave each other nothing to do.

use chainrule::{gradient::Form, network::graph::Network, render::Format};

use super::args::Derive;

/// Two options of which one leaves nothing for the other to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{option}` does not go with `{other}`: {reason}")]
pub struct Conflict {
    /// The option to leave out.
    pub option: &'static str,
    /// The other with its value.
    pub other: &'static str,
    /// Why.
    pub reason: &'static str,
    /// What to do instead.
    pub help: &'static str,
}

const FORMULAS: &str = "use the layered, per-sample or product form";
const DEPTH: &str = "leave out `--general`: it prints its formulas alone, and proves them before";
const ONE_PAGE: &str = "leave one of them out: each prints a page of its own";
const LEAVE_OUT: &str = "leave it out";
const LATEX: &str = "add `--format latex`, or leave it out";
const BRACKETS: &str = "it brackets the product form";
const ONE_OF_THEM: &str = "leave one of them out";
const READERS: &str = "use a format for readers, or leave it out";

/// What counts the orders of a chain's product form alone.
///
/// # Errors
/// Another form of a chain.
pub fn check_cost(arguments: &Derive, network: &Network) -> Result<(), Conflict> {
    if arguments.cost && arguments.form == Some(Form::Layered) && network.is_chain() {
        return Err(Conflict { option: "--cost", other: "--form layered", reason: BRACKETS, help: ONE_OF_THEM });
    }
    Ok(())
}

/// What does not go together, in the order in which it is said.
///
/// # Errors
/// The first two such options.
pub fn check(arguments: &Derive) -> Result<(), Conflict> {
    let sketch = match arguments.form {
        Some(Form::Chain) => Some("--form chain"),
        Some(Form::Intuitive) => Some("--form intuitive"),
        Some(Form::Layered | Form::PerSample | Form::Product) | None => None,
    };
    let no_product = if arguments.form == Some(Form::PerSample) { Some("--form per-sample") } else { sketch };
    let json = (arguments.page.page.format == Some(None)).then_some("--format json");
    let [steps, why, general] =
        [(arguments.steps, "--steps"), (arguments.why, "--why"), (arguments.general, "--general")]
            .map(|(given, option)| given.then_some(option));
    let format = arguments.page.page.format.unwrap_or(Some(Format::Text));
    let no_labels = match format {
        Some(Format::Latex) => None,
        Some(Format::Text) => Some("--format text"),
        Some(Format::Ascii) => Some("--format ascii"),
        Some(Format::Typst) => Some("--format typst"),
        Some(Format::Mathml) => Some("--format mathml"),
        Some(Format::Html) => Some("--format html"),
        None => json,
    };
    let table = [
        (arguments.general && json.is_some(), "--general", sketch, "its document is of formulas with values", READERS),
        (arguments.label.is_some(), "--label", no_labels, "equations have labels in LaTeX only", LATEX),
        (
            arguments.forward && !arguments.why,
            "--forward",
            json,
            "the document of gradients and of steps holds the forward pass in any case, that of costs none",
            LEAVE_OUT,
        ),
        (
            arguments.notes.is_some(),
            "--notes",
            json,
            "the document holds all notes, for a program to choose",
            LEAVE_OUT,
        ),
        (arguments.cost, "--cost", no_product, BRACKETS, ONE_OF_THEM),
        (arguments.cost, "--cost", steps, "it prints bracket orders of the result, not the way to it", ONE_PAGE),
        (arguments.cost, "--cost", why, "it prints bracket orders of the result, not its proof", ONE_PAGE),
        (arguments.cost, "--cost", general, "it counts for layers with numbers, not for any depth", DEPTH),
        (arguments.steps, "--steps", why, "it prints the way to the result, not its proof", ONE_PAGE),
        (arguments.steps, "--steps", general, "it follows the layers of one network, not those of any depth", DEPTH),
        (arguments.why, "--why", general, "it proves the formulas of one network, not those of any depth", DEPTH),
        (arguments.expand, "--expand", steps, "they end before the activations are written out", ONE_OF_THEM),
        (arguments.expand, "--expand", sketch, "no activation is written as a formula there", FORMULAS),
        (arguments.steps, "--steps", sketch, "it has no value that steps could keep equal", FORMULAS),
        (arguments.why, "--why", sketch, "it is not simplified, so there is nothing to prove", FORMULAS),
    ];
    let conflicts = table.into_iter().chain(of_paths(arguments, sketch)).chain(of_second(arguments, json)).find_map(
        |(given, option, other, reason, help)| {
            let other = other.filter(|_| given)?;
            Some(Conflict { option, other, reason, help })
        },
    );
    conflicts.map_or(Ok(()), Err)
}

/// An option, whether it was given, another one, the reason and the help.
type Row = (bool, &'static str, Option<&'static str>, &'static str, &'static str);

/// What products with second derivatives do not go with: other forms, and pages of gradients.
fn of_second(arguments: &Derive, json: Option<&'static str>) -> [Row; 4] {
    let option = match (arguments.second.hvp, arguments.second.gauss_newton) {
        (true, _) => "--hvp",
        (false, true) => "--gauss-newton",
        (false, false) => "--kfac",
    };
    let given = arguments.second.hvp || arguments.second.gauss_newton || arguments.second.kfac;
    let pages = [
        (arguments.expand, "--expand"),
        (arguments.paths, "--paths"),
        (arguments.jacobian, "--jacobian"),
        (arguments.cost, "--cost"),
        (arguments.steps, "--steps"),
        (arguments.why, "--why"),
        (arguments.general, "--general"),
    ];
    let page = pages.into_iter().find_map(|(given, option)| given.then_some(option));
    let form = match arguments.form {
        Some(Form::Chain) => Some("--form chain"),
        Some(Form::PerSample) => Some("--form per-sample"),
        Some(Form::Product) => Some("--form product"),
        Some(Form::Intuitive) => Some("--form intuitive"),
        Some(Form::Layered) | None => None,
    };
    let layers = "it goes layer by layer, as backpropagation does, and has no other form";
    [
        (given, option, form, layers, "leave the form out"),
        (given, option, page, "that page is of the gradients themselves", ONE_PAGE),
        (
            !arguments.second.along.is_empty(),
            "--along",
            arguments.second.kfac.then_some("--kfac"),
            "there is no direction in it",
            LEAVE_OUT,
        ),
        (arguments.second.kfac, "--kfac", json, "its document is of gradients", READERS),
    ]
}

/// What `--paths` and `--jacobian` do not go with: a page of its own, and forms that are no products.
fn of_paths(arguments: &Derive, sketch: Option<&'static str>) -> [Row; 3] {
    let pages = [
        (arguments.expand, "--expand"),
        (arguments.cost, "--cost"),
        (arguments.steps, "--steps"),
        (arguments.why, "--why"),
        (arguments.general, "--general"),
    ];
    let page = pages.into_iter().find_map(|(given, option)| given.then_some(option));
    let no_sum = if arguments.form == Some(Form::Layered) { Some("--form layered") } else { sketch };
    let products = "it multiplies out products of the product and per-sample form";
    [
        (arguments.paths, "--paths", no_sum, products, "leave it out"),
        (arguments.paths, "--paths", page, "that page is of the product before it is multiplied out", ONE_PAGE),
        (arguments.jacobian, "--jacobian", page, "it prints Jacobians in one form, without a proof or steps", ONE_PAGE),
    ]
}
