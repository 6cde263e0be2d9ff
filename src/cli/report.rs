//! `report`: a spec, and arrays if there are any → one page with all that there is to say of the network.

use chainrule::{
    gradient::Form,
    pipeline::{
        self, Options, Request,
        insight::{self, Part},
        variables,
    },
    render::{Format, Style},
    report::{Sheet, sheet},
};

use super::{
    Outcome,
    args::graph::Report,
    data,
    error::{CliError, Failure},
    files,
    output::Output,
    source,
};

/// Lines of formulas have room in half a printed page.
const COLUMNS: usize = 64;

/// Writes the page.
///
/// # Errors
/// Another ending than HTML's, a faulty spec, files that cannot be read or do not fit, a limit, a file that cannot be written.
pub fn run(arguments: &Report, output: &mut Output) -> Result<Outcome, Failure> {
    let path = &arguments.output;
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    if !matches!(ending.as_deref(), Some("html" | "htm")) {
        return Err(CliError::Page { path: files::name(path) }.into());
    }
    files::distinct(path, [arguments.params.as_ref(), arguments.data.as_ref(), arguments.spec.text.path.as_ref()])?;
    let (network, source) = source::network(&arguments.spec, output)?;
    let resolution = source.resolve(&arguments.spec.bindings)?;
    let (layered, trace) = pipeline::graph(&network)?;
    let chosen: Vec<_> = layered.forward.parameters.iter().chain(&layered.forward.inputs).copied().collect();
    let product = pipeline::derive_finished(&network, &Request::new(Form::Product)).ok();
    let by_product = product.as_ref().map(|product| variables::of(product, &[])).transpose()?.unwrap_or_default();
    let general = pipeline::derive_general(&network, &Request::new(Form::Product)).ok();
    let general = general.and_then(|general| {
        let variables = pipeline::select_general(&general, &[]).ok()?;
        Some((general, variables))
    });
    let paths = [arguments.params.as_deref(), arguments.data.as_deref()];
    let limit = arguments.memory.limit;
    let arrays = data::read(paths, &arguments.table, limit, &network, &source, output)?;
    let [parameters, batch] = arrays.clone();
    let options = Options { seed: 0, trials: 1, memory: limit.into() };
    let verification =
        pipeline::verify(&network, parameters, batch, options).map_err(|errors| source.failure(errors))?;
    output.messages(&verification.warnings, &source)?;
    let mut parts = vec![Part::Influence];
    if arrays.iter().any(Option::is_some) {
        parts.extend([Part::Summary, Part::Flow]);
    }
    let options = insight::Options { parts, memory: limit, ..insight::Options::default() };
    let insight = insight::insight(&network, arrays, &options, &mut |_| {}).map_err(|errors| source.failure(errors))?;
    let page = sheet(Sheet {
        spec: &source.text,
        network: &network,
        resolution: &resolution,
        layered: &layered,
        trace: &trace,
        variables: &chosen,
        product: product.as_ref().map(|product| (product, &by_product[..])),
        general: general.as_ref().map(|(general, variables)| (general, &variables[..])),
        verification: &verification,
        insight: &insight,
    });
    files::replace(path, Style::new(Format::Html).width(COLUMNS).page(&page).as_bytes())?;
    output.remark(&format!("written to {}", files::name(path)))?;
    output.differs = !verification.holds();
    Ok(if verification.holds() { Outcome::Done } else { Outcome::Differs })
}
