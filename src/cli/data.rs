//! `--params` and `--data` → arrays under the network's names: by their names in files, or the columns of a table.

use std::path::Path;

use chainrule::{
    evaluate::{
        bindings::{Loaded, Source, read_data, read_parameters},
        files::csv::{Reading, decode},
        files::{Archive, holds_arrays, shown},
    },
    network::graph::Network,
    source::{Diagnostic, Kind},
};

use super::{
    args::files::Arrays,
    error::{CliError, Failure},
    files,
    output::Output,
    source,
};

/// The arrays of `[parameters, data]`, as far as files give them. Says what was read as what, and what was not read.
///
/// # Errors
/// A file that cannot be read, is larger than `limit`, or does not hold what the network asks for; options for tables
/// without a table.
pub fn read(
    arrays: &Arrays,
    limit: u64,
    network: &Network,
    source: &source::Source,
    output: &mut Output,
) -> Result<[Option<Source>; 2], Failure> {
    let [params, data] = [&arrays.params, &arrays.data].map(Option::as_deref);
    let samples = data.map(|path| samples(path, arrays, limit, network, source)).transpose()?;
    let parameters = params.map(|path| {
        let (origin, bytes) = (files::name(path), files::bytes(path, limit)?);
        let archive = Archive::open(&bytes, limit).map_err(|error| error.diagnostic(&origin).into());
        let mut archive = archive.map_err(|error: Failure| error)?;
        let data = samples.as_ref().map(|samples| &samples.source);
        let read = read_parameters(network, origin, &mut archive, data, arrays.weights.map(Into::into));
        read.map_err(|error| source.failure(vec![error]))
    });
    let is_one = params.zip(data).is_some_and(|(params, data)| files::are_one(params, data));
    // Of one file for both the parameters are said to be used by whoever reads them.
    let samples = samples.map(|found| Loaded { warnings: if is_one { Vec::new() } else { found.warnings }, ..found });
    let mut say = |found: Loaded| {
        if let Some(remark) = found.remark {
            output.remark(&remark)?;
        }
        output.messages(&found.warnings, &source::Source::default())?;
        Ok::<_, Failure>(found.source)
    };
    Ok([parameters.transpose()?.map(&mut say).transpose()?, samples.map(say).transpose()?])
}

/// X and Y: bytes that no text has are arrays; else what is called .csv, or is read as a table, is one.
fn samples(
    path: &Path,
    arrays: &Arrays,
    limit: u64,
    network: &Network,
    source: &source::Source,
) -> Result<Loaded, Failure> {
    let (origin, bytes) = (files::name(path), files::bytes(path, limit)?);
    let option = arrays.table();
    let called_table = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    if holds_arrays(&bytes) || !(called_table || option.is_some()) {
        if let Some(option) = option {
            return Err(CliError::NoTable { path: origin, option }.into());
        }
        let mut archive = Archive::open(&bytes, limit).map_err(|error| error.diagnostic(&origin))?;
        return read_data(network, origin, &mut archive).map_err(|error| source.failure(vec![error]));
    }
    let Arrays { target, inputs, drop, no_header, standardize, .. } = arrays;
    let reading = Reading { target, inputs, drop, header: !no_header, standardize: *standardize, limit };
    let read = decode(&bytes, network, reading).map_err(|error| error.diagnostic(&origin))?;
    let mut warnings = Vec::new();
    if read.numbers_as_names && !no_header {
        let title = format!("the first line of `{origin}` holds numbers and is read as the names of the columns");
        let help = "if it is a sample, write `--no-header`; then the columns are called 1, 2, …";
        warnings.push(Diagnostic::warning(Kind::Data, title).help(help));
    }
    if !read.constant.is_empty() {
        let columns: Vec<String> = read.constant.iter().map(|name| format!("`{name}`")).collect();
        let title = format!("`{origin}` has one value in every row of {}: standardised it is 0", shortened(&columns));
        let help = "leave such a column out with `--drop`: it tells no row from another";
        warnings.push(Diagnostic::warning(Kind::Data, title).help(help));
    }
    let target = &network.target().name;
    let comments = (read.comments > 0).then(|| {
        let end = if read.comments == 1 { "" } else { "s" };
        format!("{origin}: passed over {} line{end} of comment before the header", read.comments)
    });
    let classes = read.classes.map(|(column, classes)| {
        format!("{target} has a column for each class of `{column}`: {}", shortened(&classes))
    });
    let remarks: Vec<String> = comments.into_iter().chain(classes).collect();
    let remark = (!remarks.is_empty()).then(|| remarks.join("\n"));
    Ok(Loaded { source: Source { origin, arrays: read.arrays }, remark, warnings })
}

/// All words, or the first ones and the last.
fn shortened(words: &[String]) -> String {
    const MOST: usize = 20;
    let printable: Vec<String> = words.iter().map(|word| shown(word)).collect();
    match &printable[..] {
        [first @ .., last] if first.len() >= MOST => {
            format!("{}, … {} more …, {last}", first[..MOST - 2].join(", "), first.len() - (MOST - 2))
        }
        all => all.join(", "),
    }
}
