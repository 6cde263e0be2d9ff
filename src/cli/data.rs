//! `--data` → X and Y: arrays by their names, or the columns of a table.

use std::path::Path;

use chainrule::{
    evaluate::{
        bindings::Source,
        files::csv::{Reading, decode},
        files::holds_arrays,
    },
    network::graph::Network,
    source::{Diagnostic, Kind},
};

use super::{
    args::Table,
    error::{CliError, Failure},
    files,
    output::Output,
    source,
};

/// Reads a file of arrays, or a table for `network`: bytes that no text has are arrays; else what is called .csv, or
/// has a target, is a table. Says in which order classes are columns.
///
/// # Errors
/// A file that cannot be read, is larger than `limit` or not what it should be; a target without a table.
pub fn read(path: &Path, table: &Table, limit: u64, network: &Network, output: &mut Output) -> Result<Source, Failure> {
    let (origin, bytes) = (files::name(path), files::bytes(path, limit)?);
    let targeted = !table.target.is_empty();
    let called_table = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    if holds_arrays(&bytes) || !(called_table || targeted) {
        if targeted {
            return Err(CliError::NoTable { path: origin }.into());
        }
        return files::decoded(origin, &bytes, limit);
    }
    let reading = Reading { target: &table.target, standardize: table.standardize, limit };
    let read = decode(&bytes, network, reading).map_err(|error| error.diagnostic(&origin))?;
    if let Some((column, classes)) = &read.classes {
        let target = &network.target.name;
        output.remark(&format!("{target} has a column for each class of `{column}`: {}", shortened(classes)))?;
    }
    if !read.constant.is_empty() {
        let columns: Vec<String> = read.constant.iter().map(|name| format!("`{name}`")).collect();
        let title = format!("`{origin}` has one value in every row of {}: standardised it is 0", shortened(&columns));
        let warning =
            Diagnostic::warning(Kind::Data, title).help("leave such a column out: it tells no row from another");
        output.messages(&[warning], &source::Source::default())?;
    }
    Ok(Source { origin, arrays: read.arrays })
}

/// All words, or the first ones and the last.
fn shortened(words: &[String]) -> String {
    const MOST: usize = 20;
    let printable: Vec<String> = words.iter().map(|word| word.replace(char::is_control, "\u{fffd}")).collect();
    match &printable[..] {
        [first @ .., last] if first.len() >= MOST => {
            format!("{}, … {} more …, {last}", first[..MOST - 2].join(", "), first.len() - (MOST - 2))
        }
        all => all.join(", "),
    }
}
