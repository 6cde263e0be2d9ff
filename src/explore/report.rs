//! A network, and arrays if there are any → the cheat sheet: one page with all that there is to say of it.

use super::{
    Arrays,
    api::{Answer, Request, SCHEMA},
    diagnostics,
    subject::Subject,
};
use crate::{
    evaluate::bindings::Source,
    gradient::Form,
    network::{Resolution, graph::Network},
    pipeline::{
        self, Options, Verification,
        insight::{self, Part},
        variables,
    },
    render::{Format, Style},
    report::{Sheet, sheet},
    source::Diagnostic,
};

/// Lines of formulas have room in half a printed page.
const COLUMNS: usize = 64;

/// The page as HTML.
///
/// # Errors
/// What is wrong with the spec, or why there is no page, as an answer.
pub fn report(request: &Request, arrays: &Arrays) -> Result<String, Box<Answer>> {
    let mut answer = Box::new(Answer { schema: SCHEMA, id: request.id, ..Answer::default() });
    let Some(subject) = Subject::read(request, arrays, &mut answer) else { return Err(answer) };
    let found = subject
        .check_depth()
        .map_err(|message| vec![message])
        .and_then(|()| page(&request.spec, &subject.network, &subject.resolution, arrays.0.clone(), subject.memory()));
    match found {
        Ok((page, _)) => Ok(page),
        Err(messages) => {
            answer.diagnostics = messages.iter().map(|message| diagnostics::of(message, &subject.text)).collect();
            Err(answer)
        }
    }
}

/// The page as HTML, and how the formulas were checked.
///
/// # Errors
/// Arrays that do not fit, a limit.
pub fn page(
    spec: &str,
    network: &Network,
    resolution: &Resolution,
    arrays: [Option<Source>; 2],
    memory: u64,
) -> Result<(String, Verification), Vec<Diagnostic>> {
    let one = |error: pipeline::PipelineError| vec![error.diagnostic()];
    let request = pipeline::Request::new(Form::Product);
    let (layered, trace) = pipeline::graph(network).map_err(one)?;
    let chosen: Vec<_> = layered.forward.parameters.iter().chain(&layered.forward.inputs).copied().collect();
    let product = pipeline::derive_finished(network, &request).ok();
    let by_product = product.as_ref().map(|product| variables::of(product, &[])).transpose().map_err(one)?;
    let mut by_product = by_product.unwrap_or_default();
    by_product.extend(product.iter().flat_map(|product| &product.forward.inputs));
    let general = pipeline::derive_general(network, &request).ok();
    let general = general.and_then(|general| {
        let variables = pipeline::select_general(&general, &[]).ok()?;
        Some((general, variables))
    });
    let [parameters, batch] = arrays.clone();
    let options = Options { seed: 0, trials: 1, memory: memory.into() };
    let verification = pipeline::verify(network, parameters, batch, options)?;
    let mut parts = vec![Part::Influence];
    if arrays.iter().any(Option::is_some) {
        parts.extend([Part::Summary, Part::Flow]);
    }
    let options = insight::Options { parts, memory, ..insight::Options::default() };
    let insight = insight::insight(network, arrays, &options, &mut |_| {})?;
    let told = sheet(Sheet {
        spec,
        network,
        resolution,
        layered: &layered,
        trace: &trace,
        variables: &chosen,
        product: product.as_ref().map(|product| (product, &by_product[..])),
        general: general.as_ref().map(|(general, variables)| (general, &variables[..])),
        verification: &verification,
        insight: &insight,
    });
    let page = Style::new(Format::Html).width(COLUMNS).page(&told);
    drop(told);
    Ok((page, verification))
}
