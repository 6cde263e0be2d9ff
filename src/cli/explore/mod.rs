//! `explore`: a spec, and arrays if there are any → a page served to a browser on this machine, until it is stopped.

mod browser;
mod guard;
mod respond;
mod serve;
mod worker;
mod workers;

use std::{
    env,
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use chainrule::explore::{Arrays, language::language};

use super::{
    Outcome,
    args::explore::Explore,
    data,
    error::{CliError, Failure},
    output::Output,
    source::{self, Source},
};
use respond::Site;
use workers::Workers;

/// Serves the page.
///
/// # Errors
/// A faulty spec, files that cannot be read or do not fit, a port that cannot be had.
pub fn run(arguments: &Explore, output: &mut Output) -> Result<Outcome, Failure> {
    if env::var_os(worker::WORKER).is_some() {
        return answers(arguments, output);
    }
    let spec = arguments.spec.given().map(|given| Source::read(&given)).transpose()?;
    let arrays = arrays(arguments, spec.as_ref(), output)?;
    let port = arguments.port;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .map_err(|error| CliError::Port { port, error })?;
    let failed = |error| CliError::Serve { error };
    let address = listener.local_addr().map_err(failed)?;
    let url = format!("http://{address}/");
    writeln!(output.out, "chainrule explore is at {url}\nPress Ctrl-C to stop it.")?;
    output.out.flush()?;
    if arguments.open
        && let Err(reason) = browser::open(&url)
    {
        output.remark(&format!("no browser was opened ({reason}); open {url} yourself"))?;
    }
    let spec = spec.map(|spec| spec.text);
    let workers = Workers::new(spec.clone().unwrap_or_default()).map_err(failed)?;
    let site = Site::new(address.port(), &language(spec, arrays.is_given()), workers);
    drop(arrays);
    serve::serve(listener, site).map_err(failed)?;
    Ok(Outcome::Done)
}

/// Answers what the server asks, whose first message is the spec.
fn answers(arguments: &Explore, output: &mut Output) -> Result<Outcome, Failure> {
    let failed = |error| CliError::Serve { error };
    let (_, spec) = worker::receive(&mut io::stdin().lock()).map_err(failed)?;
    let spec = Source { origin: String::new(), text: String::from_utf8_lossy(&spec).into_owned() };
    let arrays = arrays(arguments, arguments.spec.given().map(|_| &spec), output)?;
    worker::work(arrays, &mut output.out).map_err(failed)?;
    Ok(Outcome::Done)
}

/// The arrays of the files, for the network of the spec.
fn arrays(arguments: &Explore, spec: Option<&Source>, output: &mut Output) -> Result<Arrays, Failure> {
    if arguments.arrays.params.is_none() && arguments.arrays.data.is_none() {
        return Ok(Arrays::default());
    }
    let Some(source) = spec else { return Err(CliError::ArraysOfNothing.into()) };
    let network = source::meant(source, &[], output)?;
    data::read(&arguments.arrays, arguments.memory.limit, &network, source, output).map(Arrays::new)
}
