//! A network, and arrays or an initialisation → a [`Subject`]: every array there, both forms derived.

use std::{borrow::Cow, collections::BTreeMap};

use ndarray::Array2;

use super::{
    super::{
        PipelineError,
        derive::{Request, derive, finished},
        verify::are_distributions,
    },
    Options,
};
use crate::{
    catalog::Loss,
    evaluate::{
        Arrays, Initialisation,
        arrays::{Role, Slot, data, masks, statistics},
        bindings::{Bound, Source, bind, drawn_masks},
        draw,
        initialise::{self},
        memory,
    },
    gradient::{Derivation, Form},
    insight::{Origin, Subject},
    network::{graph::Network, variant::with_batch},
    shape::Dim,
    source::Diagnostic,
};

/// Samples where nobody says how many.
pub const BATCH: u64 = 64;

/// Binds the arrays, draws what no file gives, and derives.
///
/// # Errors
/// Arrays that do not fit the network, too little memory, a limit.
pub fn subject(
    network: &Network,
    [parameters, data]: [Option<Source>; 2],
    options: &Options,
) -> Result<(Subject, Vec<Diagnostic>), Vec<Diagnostic>> {
    let Begun { numbers, dims, arrays, origins, warnings } = Begun::new(network, [parameters, data], options)?;
    let layered = layered(network, (&numbers, &arrays)).map_err(|error| vec![error.diagnostic()])?;
    let [parameters, data] = origins;
    let initialisation = (parameters != Origin::Given).then_some(options.initialisation);
    let network = network.clone();
    Ok((Subject { network, numbers, dims, layered, arrays, parameters, data, initialisation }, warnings))
}

/// The layered form of a network; `arrays` say whether targets are distributions.
///
/// # Errors
/// A limit, or a defect.
pub fn layered(network: &Network, (numbers, arrays): (&Network, &Arrays)) -> Result<Derivation, PipelineError> {
    let request = Request { distributions: are_distributions(numbers, arrays), ..Request::new(Form::Layered) };
    finished(derive(network, &request)?)
}

/// The same formulas at arrays that are drawn again, but for the data that are given.
///
/// # Errors
/// As [`subject`].
pub fn begun_again(subject: &Subject, options: &Options) -> Result<Subject, Vec<Diagnostic>> {
    let arrays = || -> Arrays {
        let numbers = &subject.numbers;
        let names = [data(numbers), masks(numbers), statistics(numbers)].concat().into_iter().map(|slot| slot.name);
        names.filter_map(|name| Some((name.clone(), subject.arrays.get(&name)?.clone()))).collect()
    };
    let data = (subject.data == Origin::Given).then(|| Source { origin: String::new(), arrays: arrays() });
    // Where a file gave W it may have given the dimensions too.
    let network = if subject.parameters == Origin::Given { &subject.numbers } else { &subject.network };
    let Begun { arrays, origins: [parameters, data], .. } = Begun::new(network, [None, data], options)?;
    Ok(Subject { arrays, parameters, data, initialisation: Some(options.initialisation), ..subject.clone() })
}

/// A network with numbers and all arrays, not derived yet.
struct Begun {
    numbers: Network,
    dims: BTreeMap<String, u64>,
    arrays: Arrays,
    origins: [Origin; 2],
    warnings: Vec<Diagnostic>,
}

impl Begun {
    fn new(
        network: &Network,
        [parameters, data]: [Option<Source>; 2],
        options: &Options,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut rng = draw::generator(options.seed);
        let given = [&parameters, &data].map(Option::is_some);
        let sized = if data.is_none() { sized(network) } else { Cow::Borrowed(network) };
        let Bound { network: numbers, dims, arrays, mut warnings } = bind(&sized, parameters, data, Some(&mut rng))?;
        if given[1] {
            let drawn = masks(&numbers).into_iter().map(|slot| slot.name).filter(|name| !arrays.contains_key(name));
            warnings.extend(drawn_masks(&drawn.collect::<Vec<_>>(), options.seed));
        }
        memory::check(&numbers, options.memory).map_err(|error| vec![error.diagnostic()])?;
        let (arrays, origins) = fill(&numbers, arrays, given, options.initialisation, &mut rng);
        Ok(Self { numbers, dims, arrays, origins, warnings })
    }
}

/// With a number for samples that have a name of their own.
fn sized(network: &Network) -> Cow<'_, Network> {
    let name = network.input().samples.as_name().filter(|name| {
        let widths = network.layers.iter().flat_map(|layer| [layer.input(), &layer.output]);
        !widths.flat_map(Dim::names).any(|other| other == *name)
    });
    let (Some(name), Ok(size)) = (name, Dim::number(BATCH)) else { return Cow::Borrowed(network) };
    let mut sized = with_batch(network, &size);
    sized.bindings.push((name.into(), BATCH));
    Cow::Owned(sized)
}

/// What no file gives: weights as they are initialised; X and Y random, or X = 1 and a constant Y beside constant weights.
fn fill(
    numbers: &Network,
    mut arrays: Arrays,
    [given_parameters, given_data]: [bool; 2],
    initialisation: Initialisation,
    rng: &mut rand_chacha::ChaCha8Rng,
) -> (Arrays, [Origin; 2]) {
    let constant = !given_parameters && initialisation.is_constant();
    let not_given = if constant { Origin::Constant } else { Origin::Drawn };
    if !given_parameters {
        arrays.extend(initialise::draw(numbers, initialisation, rng));
    }
    if !given_data && constant {
        for slot in data(numbers) {
            let of = numbers.terms.iter().find(|term| *term.target.name == *slot.name);
            arrays.insert(slot.name.clone(), constant_data(of.map(|term| term.loss), &slot));
        }
    }
    let arrays = draw::arrays(numbers, &arrays, 1.0, rng);
    let origin = |given| if given { Origin::Given } else { not_given };
    (arrays, [origin(given_parameters), origin(given_data)])
}

/// X = 1; Y = 0, or the first class in every row where the loss wants rows that sum to 1: Y = 0 would make all gradients 0, as
/// would G = 0 where no loss but a gradient comes in.
fn constant_data(loss: Option<Loss>, slot: &Slot) -> Array2<f64> {
    let size = slot.size().unwrap_or((1, 1));
    let is_one = |column: usize| match loss {
        _ if slot.role == Role::Input => true,
        Some(loss) if loss.has_classes() => column == 0,
        _ => loss == Some(Loss::Upstream),
    };
    Array2::from_shape_fn(size, |(_, column)| if is_one(column) { 1.0 } else { 0.0 })
}
