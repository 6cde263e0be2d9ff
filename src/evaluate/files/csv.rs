//! A table as comma-separated text → X and Y of a network: its target is some of the columns, as they are or as classes,
//! and X is all others in their order, or those that are named.

use csv::{ByteRecord, ReaderBuilder, Trim};
use indexmap::IndexMap;
use ndarray::Array2;

use self::{
    classes::{Classes, Labels},
    header::{Header, list},
    quotes::Fault,
};
use super::shown;
use crate::{
    evaluate::arrays::{Arrays, data},
    network::graph::Network,
};
pub use error::TableError;

mod classes;
mod error;
mod header;
mod quotes;
mod standard;

/// Bytes that a cell of a header or of a row takes while it is read.
const CELL: u64 = 128;
/// Rows of so few cells take nothing to speak of.
const FEW: usize = 1000;

/// How a table is read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The target's columns: each a name, or several with commas between them.
    pub target: &'a [String],
    /// The columns of X in their order; if there are none, all that are neither the target nor left out.
    pub inputs: &'a [String],
    /// Columns that are left out.
    pub drop: &'a [String],
    /// Whether the first line names the columns; else they are named 1, 2, …
    pub header: bool,
    /// Whether each column of X is brought to mean 0 and standard deviation 1.
    pub standardize: bool,
    /// Bytes that X and Y may take as f64.
    pub limit: u64,
}

/// What a table holds for a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// X and Y, under the network's names.
    pub arrays: Arrays,
    /// The target's column and its classes in the order of Y's columns, where Y is one-hot.
    pub classes: Option<(String, Vec<String>)>,
    /// Columns of X that have one value in all rows and so became 0, if columns were to be standardised.
    pub constant: Vec<String>,
    /// Lines of comment before the header, which are passed over.
    pub comments: usize,
    /// Whether the names of all columns are numbers, so that the header may be the first sample.
    pub numbers_as_names: bool,
}

/// Reads a table for `network`. Under cce one column of names or whole numbers becomes one-hot rows: classes in the
/// order of their numbers, or of their bytes. All other cells are numbers.
///
/// ```
/// use chainrule::evaluate::files::csv::{Reading, decode};
/// # let text = "input X [n, 2]; dense 2 softmax; loss cce";
/// # let network = chainrule::network::resolve(&chainrule::spec::parse(text).unwrap(), &[]).network.unwrap();
/// let target = ["kind".to_owned()];
/// let reading = Reading { target: &target, inputs: &[], drop: &[], header: true, standardize: false, limit: 1 << 30 };
/// let table = decode(b"kind,a,b\nnew,1,2\nbad,3,4", &network, reading)?;
/// assert_eq!(table.arrays["X"], ndarray::array![[1.0, 2.0], [3.0, 4.0]]);
/// assert_eq!(table.arrays["Y"], ndarray::array![[0.0, 1.0], [1.0, 0.0]]);
/// assert_eq!(table.classes, Some(("kind".into(), vec!["bad".into(), "new".into()])));
/// # Ok::<_, chainrule::evaluate::files::csv::TableError>(())
/// ```
///
/// # Errors
/// [`TableError`], which names the line and the column.
pub fn decode(bytes: &[u8], network: &Network, reading: Reading<'_>) -> Result<Table, TableError> {
    if bytes.starts_with(b"\x1f\x8b") {
        return Err(TableError::Gzip);
    }
    let has_target = !network.targets().is_empty();
    if network.inputs.len() != 1 || network.targets().len() > 1 {
        return Err(TableError::OtherData { names: data(network).into_iter().map(|slot| slot.name).collect() });
    }
    let (bytes, comments) = header::without_comments(bytes);
    let bytes = &*bytes;
    let scanned = quotes::scan(bytes);
    if let Ok(cells) = scanned
        && cells > FEW
        && (cells as u64).saturating_mul(CELL) > reading.limit
    {
        return Err(TableError::Wide { cells, limit: reading.limit });
    }
    let mut reader = ReaderBuilder::new().flexible(true).trim(Trim::All).has_headers(reading.header).from_reader(bytes);
    let names = reader.byte_headers().map_err(|_| TableError::Empty)?;
    // What is no text at all has faults of its own.
    if let Some(fault) = scanned.err().filter(|_| !bytes.contains(&0)) {
        return Err(misquoted(bytes, names, fault));
    }
    let header = Header::read(bytes, names, reading.header)?;
    let (features, targets) = header.columns(&reading, has_target)?;
    let input = &data(network)[0];
    let expected = input.columns.as_number().and_then(|number| usize::try_from(number).ok());
    if let Some(expected) = expected.filter(|expected| *expected != features.len()) {
        let columns: Vec<String> = features.iter().map(|place| header.names[*place].clone()).collect();
        return Err(TableError::Features { count: columns.len(), columns: list(&columns), expected });
    }
    let by_class = network.holds_classes(&network.target().name) && targets.len() == 1;
    let mut rows = Rows {
        bytes,
        header: &header,
        features: &features,
        targets: &targets,
        limit: reading.limit,
        by_class,
        count: 0,
        inputs: Vec::new(),
        numbers: IndexMap::new(),
        labels: Labels::default(),
    };
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|error| TableError::Damaged { reason: error.to_string() })? {
        rows.push(&record)?;
    }
    rows.table(network, reading.standardize).map(|table| Table { comments, ..table })
}

/// The cells read so far.
struct Rows<'a> {
    bytes: &'a [u8],
    header: &'a Header,
    /// The columns of X.
    features: &'a [usize],
    targets: &'a [usize],
    limit: u64,
    by_class: bool,
    count: usize,
    inputs: Vec<f64>,
    /// Of the target, where it is numbers.
    numbers: IndexMap<usize, Vec<f64>>,
    /// Of the target, where it is classes.
    labels: Labels,
}

impl Rows<'_> {
    fn push(&mut self, record: &ByteRecord) -> Result<(), TableError> {
        let start = record.position().map_or(0, csv::Position::byte);
        let line = || line(self.bytes, start);
        let expected = self.header.names.len();
        if record.len() != expected {
            return Err(TableError::Ragged { line: line(), found: record.len(), expected });
        }
        let cells = self.features.len() + if self.by_class { 0 } else { self.targets.len() };
        let needed = (self.count as u64 + 1).saturating_mul((cells * size_of::<f64>()) as u64);
        if needed > self.limit {
            return Err(TableError::Limit { line: line(), limit: self.limit });
        }
        self.count += 1;
        let place = |column: usize| Place { line: line(), column: shown(&self.header.names[column]) };
        for column in self.features {
            let place = || place(*column);
            self.inputs.push(number(text(&record[*column], place)?, false, place)?);
        }
        for column in self.targets {
            let place = || place(*column);
            let cell = text(&record[*column], place)?;
            if self.by_class {
                self.labels.push(cell, start, place)?;
            } else {
                self.numbers.entry(*column).or_default().push(number(cell, true, place)?);
            }
        }
        Ok(())
    }

    /// X and Y.
    fn table(self, network: &Network, standardize: bool) -> Result<Table, TableError> {
        if self.count == 0 {
            return Err(TableError::NoRows);
        }
        let (input, target) = (network.input(), network.target());
        let name = |column: usize| shown(&self.header.names[self.features[column]]);
        let mut x = matrix(self.count, self.features.len(), self.inputs)?;
        let (y, classes) = if let (true, [column]) = (self.by_class, self.targets) {
            let column = self.header.names[*column].clone();
            let place = |start| Place { line: line(self.bytes, start), column: shown(&column) };
            let Classes { names, rows } = self.labels.classes(&column, target.features.as_number(), place)?;
            let needed = (x.len() as u64).saturating_add((self.count as u64).saturating_mul(names.len() as u64));
            if needed.saturating_mul(size_of::<f64>() as u64) > self.limit {
                return Err(TableError::OneHotLimit { column, classes: names.len(), limit: self.limit });
            }
            let mut y = Array2::zeros((self.count, names.len()));
            rows.iter().enumerate().for_each(|(row, class)| y[[row, *class]] = 1.0);
            (y, Some((column, names)))
        } else {
            let mut y = Array2::zeros((self.count, self.targets.len()));
            for (mut column, target) in y.columns_mut().into_iter().zip(self.targets) {
                column.iter_mut().zip(&self.numbers[target]).for_each(|(cell, number)| *cell = *number);
            }
            (y, None)
        };
        let constant = if standardize { standard::standardize(&mut x) } else { Vec::new() };
        let constant = constant.into_iter().map(name).collect();
        let y = (!self.targets.is_empty()).then(|| (target.name.to_string(), y));
        let arrays = [(input.name.to_string(), x)].into_iter().chain(y).collect();
        Ok(Table { arrays, classes, constant, comments: 0, numbers_as_names: self.header.is_numbers() })
    }
}

fn matrix(rows: usize, columns: usize, cells: Vec<f64>) -> Result<Array2<f64>, TableError> {
    Array2::from_shape_vec((rows, columns), cells).map_err(|error| TableError::Damaged { reason: error.to_string() })
}

/// A cell, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line in which the row begins, from 1.
    pub line: usize,
    /// The name of the column.
    pub column: String,
}

/// The cell as text that is not empty.
fn text(cell: &[u8], place: impl Fn() -> Place) -> Result<&str, TableError> {
    match std::str::from_utf8(cell) {
        Ok("") => Err(TableError::Missing { place: place() }),
        Ok(text) => Ok(text),
        Err(_) => Err(TableError::NotText { place: place() }),
    }
}

fn number(cell: &str, is_target: bool, place: impl Fn() -> Place) -> Result<f64, TableError> {
    match cell.parse() {
        Err(_) => Err(TableError::NoNumber { place: place(), found: shown(cell), is_target }),
        Ok(number) if f64::is_finite(number) => Ok(number),
        Ok(_) => Err(TableError::NotFinite { place: place(), found: shown(cell) }),
    }
}

/// The error of a quoted cell that is wrong. Its column has a name, but for the header and for what the header lacks.
fn misquoted(bytes: &[u8], names: &ByteRecord, Fault { line, row, cell, behind }: Fault) -> TableError {
    let name = names.get(cell).filter(|name| row > 0 && !name.is_empty());
    let column = name.and_then(|name| std::str::from_utf8(name).ok()).map(|name| format!("`{}`", shown(name)));
    let column = column.unwrap_or_else(|| (cell + 1).to_string());
    let Some((text, at)) = behind else { return TableError::Unclosed { line, column } };
    let found = shown(String::from_utf8_lossy(&bytes[text]).trim_end());
    TableError::BehindQuote { line: at, column, found, start: (line < at).then_some(line) }
}

/// The line in which the record begins that the reader finds at the byte `start`. The reader counts from the end of the
/// record before it, also where `\r\n` or lines without text lie between. All lines before it are counted, so this is for
/// messages alone.
fn line(bytes: &[u8], start: u64) -> usize {
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let blank = bytes.iter().skip(start).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let before = &bytes[..start.saturating_add(blank).min(bytes.len())];
    before.split(|byte| *byte == b'\n').count()
}
