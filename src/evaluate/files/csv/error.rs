//! What can be wrong with a table, and the [`Diagnostic`] that says so.

use super::Place;
use crate::source::{Diagnostic, Kind};

/// Why a table cannot be used. The sentences go on from the file's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// No header.
    #[error("is empty, expected a header and rows")]
    Empty,
    /// Bytes that no text has.
    #[error("is no text, so no .csv table")]
    Binary,
    /// A table that is packed.
    #[error("is compressed with gzip")]
    Gzip,
    /// What the reader says.
    #[error("cannot be read as a table: {reason}")]
    Damaged {
        /// The reason.
        reason: String,
    },
    /// Other separators than commas.
    #[error("has a header of one column with {separator:?} in it, expected commas between columns")]
    Separator {
        /// What seems to separate columns.
        separator: char,
        /// Whether numbers have commas in the place of points.
        decimal: bool,
    },
    /// A column without a name.
    #[error("has no name for column {position} in its header")]
    Unnamed {
        /// From 1.
        position: usize,
    },
    /// A name that is not UTF-8.
    #[error("has bytes that are not UTF-8 in the name of column {position}")]
    NotTextHeader {
        /// From 1.
        position: usize,
    },
    /// Two columns of one name.
    #[error("has two columns `{name}`: number {first} and number {second}")]
    Duplicate {
        /// The name.
        name: String,
        /// From 1.
        first: usize,
        /// From 1.
        second: usize,
    },
    /// The target is not said.
    #[error("is a table, and no column of it is named as the target")]
    NoTarget {
        /// The names of the columns.
        columns: String,
    },
    /// A target that is not there.
    #[error("has no column `{name}`")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// A name like it.
        near: Option<String>,
        /// The names of the columns.
        columns: String,
        /// Whether all names are numbers, so that they may be the first row.
        numbers: bool,
        /// How many there are, where they are counted.
        counted: Option<usize>,
    },
    /// A column that is named twice.
    #[error("has one column `{name}`, which is named twice by `--target`, `--inputs` or `--drop`")]
    Twice {
        /// The name.
        name: String,
    },
    /// Every column is of the target or left out.
    #[error("has no column for X besides those of the target and those that are left out")]
    NoFeatures,
    /// More or fewer columns than features.
    #[error("has {} for X, the spec has {}", counted(*count, "column", "columns"), counted(*expected, "feature", "features"))]
    Features {
        /// The columns.
        columns: String,
        /// How many.
        count: usize,
        /// The features of the network's input.
        expected: usize,
    },
    /// A network that takes other data than one input and one target.
    #[error("is a table of one input and one target, and the network takes {}", names.join(", "))]
    OtherData {
        /// What it takes.
        names: Vec<String>,
    },
    /// Columns of the target for a network that has none.
    #[error("is to give a target, and the network compares its output with none")]
    UnusedTarget,
    /// A header alone.
    #[error("has a header and no rows")]
    NoRows,
    /// A quote that takes up the rest of the table.
    #[error("has a quote in line {line}, column {column}, that is never closed")]
    Unclosed {
        /// Its line, from 1.
        line: usize,
        /// The column's name in quotes, or its number from 1.
        column: String,
    },
    /// Text between the quote that closes a cell and the comma.
    #[error("has `{found}` behind a closing quote in line {line}, column {column}{}", begun(*start))]
    BehindQuote {
        /// Its line, from 1.
        line: usize,
        /// The column's name in quotes, or its number from 1.
        column: String,
        /// The text.
        found: String,
        /// The line in which the cell begins, if that is another.
        start: Option<usize>,
    },
    /// A row that is longer or shorter than the header.
    #[error("has {found} cell{} in line {line}, its header has {expected}", if *found == 1 { "" } else { "s" })]
    Ragged {
        /// The line, from 1.
        line: usize,
        /// The cells in it.
        found: usize,
        /// The columns.
        expected: usize,
    },
    /// An empty cell.
    #[error("has an empty cell in line {}, column `{}`", place.line, place.column)]
    Missing {
        /// The cell.
        place: Place,
    },
    /// A cell that is not UTF-8.
    #[error("has bytes that are not UTF-8 in line {}, column `{}`", place.line, place.column)]
    NotText {
        /// The cell.
        place: Place,
    },
    /// Text where a number is needed.
    #[error("has `{found}` in line {}, column `{}`, expected a number", place.line, place.column)]
    NoNumber {
        /// The cell.
        place: Place,
        /// What it holds.
        found: String,
        /// Whether it is in the target.
        is_target: bool,
    },
    /// NaN or an infinity.
    #[error("has `{found}` in line {}, column `{}`, expected a finite number", place.line, place.column)]
    NotFinite {
        /// The cell.
        place: Place,
        /// What it holds.
        found: String,
    },
    /// A class that is a number and no whole one, or no number at all.
    #[error("has `{found}` in line {}, column `{}`, expected a class: a name or a whole number", place.line, place.column)]
    NoClass {
        /// The first such cell.
        place: Place,
        /// What it holds.
        found: String,
    },
    /// More classes than features of the output.
    #[error(
        "has the class `{found}` in line {}, column `{}`: it is one of {count}, and the output has {}",
        place.line, place.column, counted(*width, "feature", "features")
    )]
    UnknownClass {
        /// The first cell of the first class beyond the output.
        place: Place,
        /// The class.
        found: String,
        /// All classes.
        count: usize,
        /// The features of the output.
        width: usize,
    },
    /// Fewer classes than features of the output.
    #[error(
        "has {} in column `{column}`, and the output has {}",
        counted(*count, "class", "classes"), counted(*width, "feature", "features")
    )]
    FewClasses {
        /// The target's column.
        column: String,
        /// The classes.
        classes: String,
        /// How many.
        count: usize,
        /// The features of the output.
        width: usize,
    },
    /// A row that is too long.
    #[error("has a row of {cells} cells, which takes more than the limit of {limit} bytes to read")]
    Wide {
        /// Its cells.
        cells: usize,
        /// The limit.
        limit: u64,
    },
    /// More cells than allowed.
    #[error("is too large: up to line {line} its numbers need more than the limit of {limit} bytes")]
    Limit {
        /// The line that goes beyond it.
        line: usize,
        /// The limit.
        limit: u64,
    },
    /// More classes than allowed.
    #[error(
        "has {} in column `{column}`: one-hot rows need more than the limit of {limit} bytes",
        counted(*classes, "class", "classes")
    )]
    OneHotLimit {
        /// The target's column.
        column: String,
        /// How many.
        classes: usize,
        /// The limit.
        limit: u64,
    },
}

impl TableError {
    /// The message to the user about the file `origin`.
    #[must_use]
    pub fn diagnostic(&self, origin: &str) -> Diagnostic {
        let kind = match self {
            Self::NoTarget { .. } | Self::Unknown { .. } | Self::Twice { .. } | Self::NoFeatures => Kind::Usage,
            Self::Limit { .. } | Self::Wide { .. } | Self::OneHotLimit { .. } => Kind::Limit,
            Self::Empty
            | Self::Binary
            | Self::Gzip
            | Self::Damaged { .. }
            | Self::Separator { .. }
            | Self::Unnamed { .. }
            | Self::NotTextHeader { .. }
            | Self::Duplicate { .. }
            | Self::Features { .. }
            | Self::NoRows
            | Self::OtherData { .. }
            | Self::UnusedTarget
            | Self::Unclosed { .. }
            | Self::BehindQuote { .. }
            | Self::Ragged { .. }
            | Self::Missing { .. }
            | Self::NotText { .. }
            | Self::NoNumber { .. }
            | Self::NotFinite { .. }
            | Self::NoClass { .. }
            | Self::UnknownClass { .. }
            | Self::FewClasses { .. } => Kind::Data,
        };
        let diagnostic = Diagnostic::error(kind, format!("`{origin}` {self}")).help(self.repair());
        self.notes().into_iter().fold(diagnostic, Diagnostic::note)
    }

    fn repair(&self) -> String {
        let repair = match self {
            Self::OtherData { .. } => "give these as arrays of an .npz or .safetensors file",
            Self::UnusedTarget => "write `--drop` for `--target`: all other columns are the input",
            Self::Empty | Self::NoRows => "write it again: a header with the names of the columns, then a row a sample",
            Self::Binary | Self::NotText { .. } | Self::NotTextHeader { .. } => "save it as CSV in UTF-8",
            Self::Gzip => "unpack it first, for instance with `gunzip`",
            Self::Damaged { .. } => "write it again, for instance with `DataFrame.to_csv(file, index=False)`",
            Self::Separator { separator, decimal } => return with_commas(*separator, *decimal),
            Self::Unnamed { .. } => "name it, or leave an index out: `DataFrame.to_csv(file, index=False)`",
            Self::Duplicate { .. } => "rename one of them, or leave it out",
            Self::NoTarget { .. } => "name it with `--target COLUMN`; several have commas between them",
            Self::Unknown { near: Some(near), .. } => return format!("did you mean `{near}`?"),
            Self::Unknown { counted: Some(last), .. } => {
                return format!("without a header columns go by their place: the last one is `{last}`");
            }
            Self::Unknown { numbers: true, .. } => {
                "its first line seems to be a sample: with `--no-header` it is one, and columns are called 1, 2, …"
            }
            Self::Unknown { .. } => "name one of its columns",
            Self::Twice { .. } => "name it once",
            Self::NoFeatures => "name fewer columns with `--target` and `--drop`",
            Self::Features { count, expected, .. } => return features(*count, count > expected),
            Self::Unclosed { .. } => "close it with another; a quote that is meant is doubled: \"\"",
            Self::BehindQuote { .. } => "quote the whole cell or nothing of it; a quote that is meant is doubled: \"\"",
            Self::Ragged { .. } => {
                "give every row a cell for each column; quote a cell that has commas in it: \"a, b\""
            }
            Self::Missing { .. } | Self::NotFinite { .. } => "fill it in, or leave the row out",
            Self::NoNumber { is_target: true, .. } => {
                "write a number as 1.5 or 1e-3; if these are names of classes, take `loss cce`"
            }
            Self::NoNumber { place: Place { column, .. }, .. } => {
                return format!("write a number as 1.5 or 1e-3, or leave the column out with `--drop '{column}'`");
            }
            Self::NoClass { .. } => "name the right column, or take a loss for numbers, as `loss mse`",
            Self::UnknownClass { count, .. } => {
                let features = counted(*count, "feature", "features");
                return format!("let the last layer put out {features}, or leave rows of other classes out");
            }
            Self::FewClasses { count, .. } => {
                let features = counted(*count, "feature", "features");
                return format!(
                    "let the last layer put out {features}; if a class has no row here, give a column of 0 and 1 for each class"
                );
            }
            Self::Limit { .. } | Self::Wide { .. } | Self::OneHotLimit { .. } => {
                "raise the memory limit with `--memory`, or take fewer rows"
            }
        };
        repair.to_owned()
    }

    /// What there is to choose from.
    fn notes(&self) -> Option<String> {
        if let Self::NoTarget { columns } | Self::Unknown { columns, .. } = self {
            Some(format!("its columns are {columns}"))
        } else if let Self::FewClasses { classes, .. } = self {
            Some(format!("the classes are {classes}"))
        } else if let Self::Features { columns, .. } = self {
            Some(format!("these are {columns}"))
        } else {
            None
        }
    }
}

/// How a table with other separators is written again.
fn with_commas(separator: char, decimal: bool) -> String {
    let separator = if separator == ' ' { r#"r"\s+""#.to_owned() } else { format!("{separator:?}") };
    let decimal = if decimal { ", decimal=','" } else { "" };
    format!("write it with commas: `pandas.read_csv(file, sep={separator}{decimal}).to_csv(file, index=False)`")
}

/// `1 class`, `3 classes`
fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// ` (the cell begins in line 2)`
fn begun(line: Option<usize>) -> String {
    line.map_or(String::new(), |line| format!(" (the cell begins in line {line})"))
}

/// How the columns of a table and the features of the spec come to be as many.
fn features(count: usize, are_more: bool) -> String {
    if are_more {
        return format!("leave columns out with `--drop COLUMNS`, or write {count} features in the spec");
    }
    format!("write {} in the spec", counted(count, "feature", "features"))
}
