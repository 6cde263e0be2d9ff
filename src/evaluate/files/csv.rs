//! A table with a header, as comma-separated text → X and Y of a network: its target is some of the columns, as they
//! are or as classes, and X is all others in their order.

use csv::{ByteRecord, ReaderBuilder, Trim};
use indexmap::IndexMap;
use ndarray::Array2;

use self::{
    classes::{Classes, Labels},
    header::Header,
    quotes::Fault,
};
use crate::{
    catalog::loss::Loss,
    evaluate::arrays::{Arrays, data},
    network::graph::Network,
};
pub use error::TableError;

mod classes;
mod error;
mod header;
mod quotes;
mod standard;

/// How a table is read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The target's columns: each a name, or several with commas between them.
    pub target: &'a [String],
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
}

/// Reads a table for `network`. Under cce one column of names or whole numbers becomes one-hot rows: classes in the
/// order of their numbers, or of their bytes. All other cells are numbers.
///
/// ```
/// use chainrule::evaluate::files::csv::{Reading, decode};
/// # let text = "input X [n, 2]; dense 2 softmax; loss cce";
/// # let network = chainrule::network::resolve(&chainrule::spec::parse(text).unwrap(), &[]).network.unwrap();
/// let target = ["kind".to_owned()];
/// let reading = Reading { target: &target, standardize: false, limit: 1 << 30 };
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
    let mut reader = ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(bytes);
    let names = reader.byte_headers().map_err(|_| TableError::Empty)?;
    // What is no text at all has faults of its own.
    if let Some(fault) = quotes::fault(bytes).filter(|_| !bytes.contains(&0)) {
        return Err(misquoted(bytes, names, fault));
    }
    let header = Header::read(bytes, names)?;
    let targets = header.targets(reading.target)?;
    let by_class = network.loss == Loss::Cce && targets.len() == 1;
    let mut rows = Rows {
        bytes,
        header: &header,
        targets: &targets,
        limit: reading.limit,
        by_class,
        count: 0,
        features: Vec::new(),
        numbers: IndexMap::new(),
        labels: Labels::default(),
    };
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|error| TableError::Damaged { reason: error.to_string() })? {
        rows.push(&record)?;
    }
    rows.table(network, reading.standardize)
}

/// The cells read so far.
struct Rows<'a> {
    bytes: &'a [u8],
    header: &'a Header,
    targets: &'a [usize],
    limit: u64,
    by_class: bool,
    count: usize,
    features: Vec<f64>,
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
        let cells = if self.by_class { expected - 1 } else { expected };
        let needed = (self.count as u64 + 1).saturating_mul((cells * size_of::<f64>()) as u64);
        if needed > self.limit {
            return Err(TableError::Limit { line: line(), limit: self.limit });
        }
        self.count += 1;
        for (index, (name, cell)) in self.header.names.iter().zip(record).enumerate() {
            let place = || Place { line: line(), column: name.clone() };
            let cell = text(cell, place)?;
            if !self.targets.contains(&index) {
                self.features.push(number(cell, place)?);
            } else if self.by_class {
                self.labels.push(cell, start, place)?;
            } else {
                self.numbers.entry(index).or_default().push(number(cell, place)?);
            }
        }
        Ok(())
    }

    /// X and Y.
    fn table(self, network: &Network, standardize: bool) -> Result<Table, TableError> {
        if self.count == 0 {
            return Err(TableError::NoRows);
        }
        let [input, target] = data(network);
        let names: Vec<String> = self.header.features(self.targets).cloned().collect();
        let mut x = matrix(self.count, names.len(), self.features)?;
        let (y, classes) = if let (true, [column]) = (self.by_class, self.targets) {
            let column = self.header.names[*column].clone();
            let place = |start| Place { line: line(self.bytes, start), column: column.clone() };
            let Classes { names, rows } = self.labels.classes(&column, target.columns.as_number(), place)?;
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
        let constant = constant.into_iter().map(|column| names[column].clone()).collect();
        let arrays = [(input.name, x), (target.name, y)].into_iter().collect();
        Ok(Table { arrays, classes, constant })
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

fn number(cell: &str, place: impl Fn() -> Place) -> Result<f64, TableError> {
    match cell.parse() {
        Err(_) => Err(TableError::NoNumber { place: place(), found: short(cell) }),
        Ok(number) if f64::is_finite(number) => Ok(number),
        Ok(_) => Err(TableError::NotFinite { place: place(), found: short(cell) }),
    }
}

/// The error of a quoted cell that is wrong. Its column has a name, but for the header and for what the header lacks.
fn misquoted(bytes: &[u8], names: &ByteRecord, Fault { line, row, cell, behind }: Fault) -> TableError {
    let name = names.get(cell).filter(|name| row > 0 && !name.is_empty());
    let column = name.and_then(|name| std::str::from_utf8(name).ok()).map(|name| format!("`{}`", short(name)));
    let column = column.unwrap_or_else(|| (cell + 1).to_string());
    let Some((text, at)) = behind else { return TableError::Unclosed { line, column } };
    let found = short(String::from_utf8_lossy(&bytes[text]).trim_end());
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

/// A cell as a message shows it.
fn short(cell: &str) -> String {
    const LONGEST: usize = 40;
    let shown: String = cell.chars().take(LONGEST).collect();
    super::printable(&if shown.len() < cell.len() { format!("{shown}…") } else { shown })
}
