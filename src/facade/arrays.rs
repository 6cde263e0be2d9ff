//! The user's arrays by name → what the network takes of them, and its gradients' values.

use ndarray::Array2;

use super::{
    error::{Error, Message},
    network::Network,
};
use crate::{
    evaluate::{
        arrays::{Arrays, Slot, data, in_layout, parameters},
        bindings::{Source, bind},
        memory,
    },
    pipeline,
    source::{Diagnostic, Kind, suggestion::nearest},
};

/// What messages call the arrays, as files are called by their names.
const ORIGIN: &str = "arrays";

/// So many names are listed where none is near.
const SHOWN: usize = 8;

/// The loss, and the gradients' values under the names of their variables.
#[derive(Clone, Debug)]
pub struct Evaluation {
    found: pipeline::Evaluation,
}

impl Evaluation {
    /// J.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.found.loss
    }

    /// The gradient by a parameter or by the input, of the variable's shape.
    #[must_use]
    pub fn get(&self, variable: &str) -> Option<&Array2<f64>> {
        self.found.gradients.get(variable)
    }

    /// All gradients: W1, b1, …, X.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Array2<f64>)> {
        self.found.gradients.iter().map(|(name, array)| (name.as_str(), array))
    }

    /// The same, handed over.
    pub fn into_gradients(self) -> impl Iterator<Item = (String, Array2<f64>)> {
        self.found.gradients.into_iter()
    }

    /// That a more general formula was needed (under `cce`, for targets that are no distributions), and entries that
    /// are not finite.
    #[must_use]
    pub fn warnings(&self) -> Vec<Message> {
        Message::all(&"".into(), self.found.warnings.clone())
    }
}

/// Binds the arrays and evaluates the layered form.
pub(super) fn evaluate(
    network: &Network,
    [parameters, data]: [Option<Source>; 2],
    limit: memory::Limit,
) -> Result<Evaluation, Error> {
    let bound = bind(&network.graph, parameters, data, None).map_err(|errors| Error::about(&network.text, errors))?;
    memory::check(&bound.network, limit).map_err(|error| Error::alone(error.diagnostic()))?;
    let found = pipeline::evaluate(bound).map_err(|error| Error::alone(error.diagnostic()))?;
    Ok(Evaluation { found })
}

/// The arrays sorted into `[parameters, data]`. A group is there if any array of it is, or if `all` are wanted.
///
/// Arrays without a place are an error. Where others are missing they may be meant by these, which the error of the
/// missing ones says.
pub(super) fn sources<N: Into<String>>(
    network: &Network,
    given: impl IntoIterator<Item = (N, Array2<f64>)>,
    all: bool,
) -> Result<[Option<Source>; 2], Error> {
    let mut arrays = Arrays::new();
    for (name, array) in given {
        let name = name.into();
        check(&name, &array)?;
        let array = in_layout(network.graph.layout, array);
        if let Some((twice, _)) = arrays.insert_full(name.clone(), array).1.map(|old| (name, old)) {
            let title = format!("the array `{}` is given twice", twice.escape_debug());
            return Err(Error::alone(Diagnostic::error(Kind::Usage, title).help("leave one of them")));
        }
    }
    let groups = [parameters(&network.graph), data(&network.graph)];
    let mut sources = groups.each_ref().map(|group| {
        let take = |slot: &Slot| arrays.shift_remove_entry(&slot.name);
        let found: Arrays = group.iter().filter_map(take).collect();
        (all || !found.is_empty()).then(|| Source { origin: ORIGIN.into(), arrays: found })
    });
    let mut lacks = false;
    for (group, source) in groups.iter().zip(&mut sources) {
        if let Some(source) = source.as_mut().filter(|source| source.arrays.len() < group.len()) {
            lacks = true;
            source.arrays.extend(arrays.clone());
        }
    }
    match arrays.keys().next() {
        Some(name) if !lacks => Err(unknown(name, groups.iter().flatten())),
        Some(_) | None => Ok(sources),
    }
}

/// As in files, an array holds finite numbers.
fn check(name: &str, array: &Array2<f64>) -> Result<(), Error> {
    let Some(((row, column), value)) = array.indexed_iter().find(|(_, value)| !value.is_finite()) else {
        return Ok(());
    };
    let title = format!("`{}` has {value} at [{row}, {column}]", name.escape_debug());
    Err(Error::alone(Diagnostic::error(Kind::Data, title).help("pass finite numbers")))
}

fn unknown<'a>(name: &str, slots: impl Iterator<Item = &'a Slot> + Clone) -> Error {
    let names = slots.map(|slot| slot.name.as_str());
    let help = nearest(name, names.clone()).map_or_else(
        || {
            let (shown, more) = (names.clone().take(SHOWN).collect::<Vec<_>>(), names.count() > SHOWN);
            format!("it has {}{}", shown.join(", "), if more { ", …" } else { "" })
        },
        |near| format!("did you mean `{near}`?"),
    );
    let title = format!("the network has no array `{}`", name.escape_debug());
    Error::alone(Diagnostic::error(Kind::Usage, title).help(help))
}
