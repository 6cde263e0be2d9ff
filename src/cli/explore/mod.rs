//! `explore`: a spec, and arrays if there are any → a page served to a browser on this machine, until it is stopped.

mod browser;
mod guard;
mod respond;
mod serve;

use std::{
    io::Write,
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

/// Serves the page.
///
/// # Errors
/// A faulty spec, files that cannot be read or do not fit, a port that cannot be had.
pub fn run(arguments: &Explore, output: &mut Output) -> Result<Outcome, Failure> {
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
    let site = Site::new(address.port(), &language(spec.map(|spec| spec.text), arrays.is_given()), arrays);
    serve::serve(listener, site).map_err(failed)?;
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
