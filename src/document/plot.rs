//! Pictures as data: what is drawn, without a place or a colour.

/// A picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// The name of its file, without an ending.
    pub name: &'static str,
    /// Above it.
    pub title: String,
    /// What it shows.
    pub figure: Figure,
}

/// What a picture shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// A value a category and series.
    Lines(Lines),
    /// Ratios in the places of a gradient's entries.
    Matrices(Matrices),
    /// What enters what.
    Marks(Marks),
}

/// How values lie on their axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Values are given as logarithms to base 10, which may be beyond the range of a float: 0 has none.
    Log,
    /// Values from 0 to 1, shown in percent.
    Share,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it shows.
    pub name: String,
    /// A value a category. Where there is none, or none that is finite, the line has a gap. Without any there is no line; a
    /// note says so.
    pub values: Vec<Option<f64>>,
}

impl Series {
    /// The values that can be drawn.
    pub fn finite(&self) -> impl Iterator<Item = f64> {
        self.values.iter().flatten().copied().filter(|value| value.is_finite())
    }
}

/// A line chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    /// What the categories are.
    pub across: String,
    /// Their names, from left to right.
    pub categories: Vec<String>,
    /// What the values are, with their unit.
    pub up: String,
    /// Their axis.
    pub scale: Scale,
    /// What is true of every value that there is not: `missing or not finite`.
    pub missing: String,
    /// The lines, in the order of the legend.
    pub series: Vec<Series>,
}

/// A ratio, 1 where nothing changes, and how it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// It.
    pub ratio: f64,
    /// In few characters.
    pub text: String,
}

/// A matrix of ratios.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Above it.
    pub name: String,
    /// By row and column; nothing where there is no ratio.
    pub cells: Vec<Vec<Option<Cell>>>,
    /// The row or the column that is told apart, from 0.
    pub row: Option<usize>,
    /// See `row`.
    pub column: Option<usize>,
}

/// Matrices beside each other, in groups below each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrices {
    /// Each with its heading.
    pub groups: Vec<(String, Vec<Matrix>)>,
    /// Below them, a line each.
    pub notes: Vec<String>,
}

/// How something enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// As a factor.
    Direct,
    /// Only through others.
    Indirect,
    /// Only through others, and only where they jump.
    Jumps,
    /// Not at all.
    Absent,
}

/// A table of marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    /// Above it.
    pub name: String,
    /// By row and by column, each counted over all groups.
    pub marks: Vec<Vec<Mark>>,
}

/// Tables with the same rows and columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// What enters, in groups such as all W.
    pub rows: Vec<Vec<String>>,
    /// What it enters, in groups.
    pub columns: Vec<Vec<String>>,
    /// The tables.
    pub panels: Vec<Panel>,
    /// What a direct mark, an indirect one and one by jumps say, each shown where a cell has it.
    pub legend: [&'static str; 3],
    /// Below the legend, a line each.
    pub notes: Vec<String>,
}

impl Figure {
    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Lines(lines) => lines.series.iter().all(|series| series.finite().next().is_none()),
            Self::Matrices(Matrices { groups, .. }) => groups
                .iter()
                .flat_map(|(_, matrices)| matrices)
                .flat_map(|matrix| &matrix.cells)
                .flatten()
                .all(Option::is_none),
            Self::Marks(Marks { rows, columns, panels, .. }) => {
                panels.is_empty() || [rows, columns].into_iter().any(|groups| groups.iter().all(Vec::is_empty))
            }
        }
    }
}
