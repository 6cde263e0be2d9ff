//! What can be wrong between a network and the arrays given for it, and the [`Diagnostic`]s that say so.

use std::collections::BTreeSet;

use super::names::WeightLayout;
use crate::{
    catalog::loss::Loss,
    evaluate::{
        arrays::{Role, Slot},
        files::shown,
    },
    network::is_label,
    shape::{Dim, MAX_DIM},
    source::{Diagnostic, Kind, suggestion::nearest},
};
use missing::{missing, named_after, several};

mod missing;

/// How a file calls an array that is read under the network's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The name in the file.
    pub name: String,
    /// Whether rows and columns change places.
    pub transposed: bool,
}

/// Why arrays cannot be bound to a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BindError {
    /// A file that must be given is not.
    #[error("{} must come from a file", list(wanted.iter().map(|slot| slot.name.as_str())))]
    NotGiven {
        /// The arrays that it would hold.
        wanted: Vec<Slot>,
        /// The option that names it.
        option: &'static str,
    },
    /// A file lacks arrays.
    #[error("`{origin}` lacks {}", list(slots.iter().map(|slot| slot.name.as_str())))]
    Missing {
        /// The file.
        origin: String,
        /// The arrays.
        slots: Vec<Slot>,
        /// Which may be meant: a missing name, and one of the file.
        near: Vec<(String, String)>,
        /// What the file calls layers that the spec gives no name.
        layers: Vec<String>,
    },
    /// Weights that are stored as two factors.
    #[error("`{origin}` holds the two factors of a weight norm in place of a weight: {}", list(names.iter().map(String::as_str)))]
    Factored {
        /// The file.
        origin: String,
        /// The factors.
        names: Vec<String>,
    },
    /// Several weights go by the name of one layer.
    #[error("`{origin}` holds more than one weight for {}: {}", list(labels.iter().map(String::as_str)), list(names.iter().map(String::as_str)))]
    Several {
        /// The file.
        origin: String,
        /// The layers.
        labels: Vec<String>,
        /// The weights.
        names: Vec<String>,
        /// The whole names of the layers, those of each network by themselves.
        sets: Vec<Vec<String>>,
    },
    /// As many weights as layers are expected.
    #[error("`{origin}` holds {}, the spec has {} with one: {}", counted(names.len(), "weight"), counted(*layers, "layer"), list(names.iter().map(String::as_str)))]
    Count {
        /// The file.
        origin: String,
        /// The weights.
        names: Vec<String>,
        /// What layers may be called after them.
        labels: Vec<String>,
        /// The layers that have one.
        layers: usize,
    },
    /// Names and shapes do not tell whether weights are to be transposed.
    #[error("neither the names nor the shapes tell whether the rows of {} in `{origin}` are inputs or outputs", list(weights.iter().map(String::as_str)))]
    Layout {
        /// The file.
        origin: String,
        /// The weights.
        weights: Vec<String>,
    },
    /// The names of weights promise one layout, the shapes fit the other.
    #[error("the rows of {} in `{origin}` are {} by their names, and {} by their shapes", list(weights.iter().map(String::as_str)), read.rows(), read.other().rows())]
    OtherLayout {
        /// The file.
        origin: String,
        /// The weights.
        weights: Vec<String>,
        /// As the names or an option say.
        read: WeightLayout,
    },
    /// Names and shapes do not tell which weight comes first.
    #[error("neither the names nor the shapes tell the order of {} in `{origin}`", list(weights.iter().map(String::as_str)))]
    Order {
        /// The file.
        origin: String,
        /// The weights.
        weights: Vec<String>,
        /// What layers may be called after them.
        labels: Vec<String>,
    },
    /// X and Y have different numbers of samples.
    #[error("`{}` in `{origin}` has {}, `{}` has {}", arrays[0].0, counted(arrays[0].1.0, side(*columns)), arrays[1].0, counted(arrays[1].1.0, side(*columns)))]
    Unlike {
        /// The file of the first.
        origin: String,
        /// X and Y, each with its rows and columns.
        arrays: Vec<(String, (usize, usize))>,
        /// Those that fit once they are transposed.
        transposed: Vec<String>,
        /// Whether samples are columns.
        columns: bool,
    },
    /// A label that is none of the classes.
    #[error("`{name}` in `{origin}` has the label {label} at [{row}], and the output has {}: labels are {}", counted(*classes, "feature"), labels(*classes))]
    Label {
        /// The file.
        origin: String,
        /// The target.
        name: String,
        /// The label.
        label: f64,
        /// Its row, from 0.
        row: usize,
        /// The features of the output.
        classes: usize,
        /// The least and the greatest label.
        range: (f64, f64),
    },
    /// An array has another shape than the network asks for.
    #[error("{} is {} × {}, expected {}", called(slot, origin, read.as_ref()), found.0, found.1, expectation(slot, expected))]
    Misfit {
        /// The file.
        origin: String,
        /// Its place.
        slot: Box<Slot>,
        /// Rows and columns.
        found: (usize, usize),
        /// Its place with the numbers that other arrays give.
        expected: Box<Slot>,
        /// Where these numbers come from.
        reasons: Vec<String>,
        /// How the file calls it, if otherwise.
        read: Option<Read>,
    },
    /// No single array determines these names.
    #[error("no array determines the value of {}", list(names.iter().map(String::as_str)))]
    Undetermined {
        /// The names.
        names: BTreeSet<String>,
    },
    /// A dimension that is too large with the numbers found.
    #[error("the dimension {dim} comes to more than {MAX_DIM}")]
    OutOfRange {
        /// The dimension as written.
        dim: Dim,
    },
}

impl BindError {
    /// That a file lacks arrays, with those of its names that may be meant.
    pub(super) fn missing(origin: &str, slots: Vec<Slot>, names: &[&str]) -> Self {
        const SHOWN: usize = 8;
        let letters = |name: &str| name.to_ascii_lowercase().replace('_', "");
        let digits = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>();
        let mut open = names.to_vec();
        let mut near = Vec::new();
        for slot in slots.iter().take(SHOWN) {
            // Another number is another layer.
            let alike = open.iter().copied().filter(|name| digits(name) == digits(&slot.name) && *name != digits(name));
            let same = alike.clone().find(|name| letters(name) == letters(&slot.name));
            let Some(found) = same.or_else(|| nearest(&slot.name, alike)) else { continue };
            open.retain(|name| *name != found);
            near.push((slot.name.clone(), shown(found)));
        }
        let is_weight = slots.iter().any(|slot| slot.role == Role::Weight);
        let layers = names.iter().filter_map(|name| name.strip_prefix("W_")).filter(|name| is_label(name) && is_weight);
        let layers = layers.map(str::to_owned).collect();
        Self::Missing { origin: origin.to_owned(), slots, near, layers }
    }

    /// The message to the user.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let error = |kind| Diagnostic::error(kind, self.to_string());
        match self {
            Self::NotGiven { option, .. } => error(Kind::Usage).help(format!("name the file: `{option} FILE`")),
            Self::Missing { slots, near, layers, .. } => missing(error(Kind::Data), slots, near, layers),
            Self::Factored { names, .. } => error(Kind::Data).help(if names[0].contains("parametrizations") {
                "fold them before you save: `torch.nn.utils.parametrize.remove_parametrizations(layer, \"weight\")`"
            } else {
                "fold them before you save: `torch.nn.utils.remove_weight_norm(layer)`"
            }),
            Self::Several { sets, .. } => error(Kind::Data).help(several(sets)),
            Self::Count { labels, .. } => error(Kind::Data).help(format!(
                "write one `dense` line for each of them, or {}",
                named_after(labels, "save those that are meant in a file of their own")
            )),
            Self::Layout { .. } => error(Kind::Usage).help(format!(
                "write `{}` if rows are inputs, as in Keras, or `{}` if rows are outputs, as in PyTorch",
                WeightLayout::InOut.option(),
                WeightLayout::OutIn.option()
            )),
            Self::OtherLayout { read, .. } => error(Kind::Shape).help(format!("write `{}`", read.other().option())),
            Self::Order { labels, .. } => error(Kind::Data)
                .help(named_after(labels, "save them as W1, W2 and so on, in the order of the network")),
            Self::Unlike { arrays, transposed, columns, .. } => error(Kind::Shape).help(match &transposed[..] {
                [] => {
                    let side = side(*columns);
                    format!("save a {side} of `{}` and one of `{}` for each sample", arrays[0].0, arrays[1].0)
                }
                names => {
                    let names: Vec<String> = names.iter().map(|name| format!("`{name}.T`")).collect();
                    format!("samples are {}s: save {}", side(*columns), names.join(" and "))
                }
            }),
            Self::Label { name, label, classes, range, .. } => {
                error(Kind::Data).help(label_repair(name, *label, *classes, *range))
            }
            Self::Misfit { slot, found, expected, reasons, read, .. } => {
                let is_data = matches!(slot.role, Role::Input | Role::Target);
                let of_variable = slot.role == Role::Variable;
                let asks = if of_variable { "the expression asks for" } else { "this layer asks for" };
                let place = if is_data { "declared" } else { asks };
                let diagnostic = error(Kind::Shape).at(slot.span, format!("{place} {}: {slot}", slot.name));
                let diagnostic = reasons.iter().fold(diagnostic, Diagnostic::note);
                diagnostic.help(repair(slot, *found, expected, read.as_ref()))
            }
            Self::Undetermined { names } => {
                let bindings: Vec<String> = names.iter().take(4).map(|name| format!("{name} = 64")).collect();
                error(Kind::Shape).help(format!("state it in the spec, as in `let {}`", bindings.join(", ")))
            }
            Self::OutOfRange { .. } => error(Kind::Shape).help("state smaller numbers"),
        }
    }
}

/// The warning about arrays that the network does not use.
pub(super) fn unused(origin: &str, names: &[String]) -> Diagnostic {
    let names = list(names.iter().map(String::as_str));
    Diagnostic::warning(Kind::Data, format!("`{origin}` also holds {names}, which the network does not use"))
}

/// The warning about biases of layers that have none.
pub(super) fn unread(origin: &str, names: &[String]) -> Diagnostic {
    let names = list(names.iter().map(String::as_str));
    Diagnostic::warning(
        Kind::Data,
        format!("`{origin}` holds the bias {names} of a layer that is `nobias` in the spec"),
    )
    .help("leave out `nobias`, or the bias stays unused")
}

/// The warning about a target whose entry at a row and a column, from 0, is the first that the loss is not made for.
pub(super) fn outside(
    origin: &str,
    name: &str,
    ((row, column), entry): ((usize, usize), &f64),
    loss: Loss,
) -> Diagnostic {
    let (word, is_hinge) = (loss.name(), loss == Loss::Hinge);
    let targets = if is_hinge { "-1 and 1".to_owned() } else { format!("in {}", loss.targets()) };
    let title =
        format!("`{name}` in `{origin}` has {entry} at [{row}, {column}], and `{word}` is for targets {targets}");
    let help = if is_hinge {
        "write -1 for the targets of the other class; gradients are those of the formula all the same"
    } else {
        "check the targets, or take a loss for numbers, as `loss mse`; gradients are those of the formula all the same"
    };
    Diagnostic::warning(Kind::Data, title).help(help)
}

/// The warning about a mask of zeros and ones.
pub(super) fn unscaled(origin: &str, name: &str, rate: f64) -> Diagnostic {
    let title = format!(
        "`{name}` in `{origin}` holds only 0 and 1, and dropout at the rate {rate} multiplies what it keeps by 1/(1 − {rate})"
    );
    Diagnostic::warning(Kind::Data, title)
        .help(format!("save `{name} / (1 - {rate})`; the figures are those of the mask as it is all the same"))
}

/// `W1` in `p.npz`, or how the file calls it.
fn called(slot: &Slot, origin: &str, read: Option<&Read>) -> String {
    let name = &slot.name;
    match read {
        Some(Read { name: own, transposed }) if own != name => {
            let how = if *transposed { "the transpose of " } else { "" };
            format!("`{name}`, {how}`{own}` in `{origin}`,")
        }
        Some(Read { transposed: true, .. }) => format!("the transpose of `{name}` in `{origin}`"),
        Some(_) | None => format!("`{name}` in `{origin}`"),
    }
}

fn label_repair(name: &str, label: f64, classes: usize, (least, greatest): (f64, f64)) -> String {
    #[allow(clippy::cast_precision_loss, reason = "classes that fit in memory are counted exactly")]
    let count = classes as f64;
    if least >= 1.0 && greatest <= count {
        return format!("labels count from 0: `{name} - 1`");
    }
    if label < 0.0 {
        return format!("leave out the samples whose label is {label}");
    }
    format!("let the last layer put out {} features, or leave out the samples of other classes", greatest + 1.0)
}

/// `0 to 2`
fn labels(classes: usize) -> String {
    format!("0 to {}", classes.saturating_sub(1))
}

/// What a sample is of its array.
fn side(columns: bool) -> &'static str {
    if columns { "column" } else { "row" }
}

/// `1 row`, `3 rows`
fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `f1 × f2 = 64 × 32`, or just the numbers.
fn expectation(slot: &Slot, expected: &Slot) -> String {
    if slot == expected { slot.to_string() } else { format!("{slot} = {expected}") }
}

fn repair(slot: &Slot, (rows, columns): (usize, usize), expected: &Slot, read: Option<&Read>) -> String {
    let name = &slot.name;
    if let Some(Read { name, transposed }) = read {
        // As the file has them.
        let [expected, found] = if *transposed {
            [format!("{} × {}", expected.columns, expected.rows), format!("{columns} × {rows}")]
        } else {
            [expected.to_string(), format!("{rows} × {columns}")]
        };
        return format!("give `{name}` as {expected}, or change the spec to {found}");
    }
    // Names that nothing else tells may have their numbers from the wrong axis.
    let free = matches!(slot.role, Role::Input | Role::Target) && slot.rows.as_number().is_none();
    match expected.size() {
        Some(size) if size == (columns, rows) || free && size.1 == rows => format!("transpose it: `{name}.T`"),
        Some(size) if size.0 * size.1 == rows * columns => {
            format!("reshape it: `{name}.reshape({}, {})`", size.0, size.1)
        }
        _ if slot.role == Role::Variable => format!("give `{name}` as {expected}"),
        _ => format!("give `{name}` as {expected}, or change the spec to {rows} × {columns}"),
    }
}

/// At most four names in quotes, and how many more there are.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 4;
    let names: Vec<String> = names.map(|name| format!("`{}`", shown(name))).collect();
    let first = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
