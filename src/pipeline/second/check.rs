//! A product with second derivatives, by its formulas and by differences of the concrete passes, on drawn numbers.

use ndarray::Array2;
use rand_chacha::ChaCha8Rng;

use crate::{
    evaluate::{
        arrays::Arrays,
        backprop,
        bindings::{Bound, bind},
        draw,
        gradients::{Gradients, Pass},
        kinks, memory,
        second::{gauss_newton_product, hessian_product},
    },
    expr::{Role, SymbolId},
    gradient::{Checked, Derivation, Derived, Second, SecondKind, Unchecked},
    network::graph::Network,
    pipeline::PipelineError,
};

/// Formulas that differ from differences by more than this part of an array's largest entry are refuted.
pub const TOLERANCE: f64 = 1e-6;
/// Differences of two steps that are further apart than this tell nothing.
const DOUBT: f64 = 1e-8;
/// From the largest to the smallest.
const STEPS: [f64; 4] = [1e-3, 1e-4, 1e-5, 1e-6];
/// How many points are compared.
const POINTS: usize = 3;
/// How many are drawn for that.
const DRAWS: usize = 40;
/// Points nearer than this to a kink are drawn again, as long as others are found.
const KINK: f64 = 1e-3;
/// Networks of more bytes are not evaluated.
const MEMORY: u64 = 1 << 28;

/// Compares the parts of all parameters and inputs.
///
/// # Errors
/// A defect of the evaluation.
pub(super) fn check(network: &Network, derivation: &Derivation) -> Result<Result<Checked, Unchecked>, PipelineError> {
    let mut rng = draw::generator(0);
    let Ok(bound) = bind(network, None, None, Some(&mut rng)) else { return Ok(Err(Unchecked::NoPoint)) };
    if memory::check(&bound.network, MEMORY).is_err() {
        return Ok(Err(Unchecked::TooLarge));
    }
    let Some(second) = &derivation.second else { return Ok(Err(Unchecked::NoPoint)) };
    let mut found = Checked { points: 0, error: 0.0, vanishes: true };
    for place in 0..DRAWS {
        let scale = if place < DRAWS / 2 { 1.0 } else { 0.25 };
        let arrays = draw::arrays(&bound.network, &bound.arrays, scale, &mut rng);
        let near = kinks::distance(&bound.network, &arrays, &backprop::forward(&bound.network, &arrays)) < KINK;
        let point = Point::new(&bound, derivation, second, arrays, &mut rng);
        if near && place < DRAWS / 4 {
            continue;
        }
        let Some(expected) = point.expected() else { continue };
        let formulas = point.formulas()?;
        let largest = point.blocks().map(|(_, name)| size(&expected[&name])).fold(0.0, f64::max);
        for (variable, name) in point.blocks() {
            let (formula, expected) = (&formulas[&variable], &expected[&name]);
            let scale = size(expected).max(1e-6 * largest).max(f64::MIN_POSITIVE);
            let apart = if largest == 0.0 { size(formula) } else { size(&(formula - expected)) / scale };
            found.error = if apart.is_nan() || apart > found.error { apart } else { found.error };
            found.vanishes &= size(formula) == 0.0;
        }
        found.points += 1;
        if found.points == POINTS {
            break;
        }
    }
    Ok(if found.points == 0 { Err(Unchecked::NoPoint) } else { Ok(found) })
}

/// The largest entry; not a number if one is none.
fn size(array: &Array2<f64>) -> f64 {
    array.iter().fold(0.0, |largest: f64, x| if x.is_nan() || x.abs() > largest { x.abs() } else { largest })
}

/// Arrays, and a direction.
struct Point<'a> {
    bound: &'a Bound,
    derivation: &'a Derivation,
    second: &'a Second,
    arrays: Arrays,
    direction: Arrays,
}

impl<'a> Point<'a> {
    fn new(
        bound: &'a Bound,
        derivation: &'a Derivation,
        second: &'a Second,
        arrays: Arrays,
        rng: &mut ChaCha8Rng,
    ) -> Self {
        let key = |variable| derivation.forward.arena.symbol(variable).key();
        let names = second.directions.iter().map(|direction| key(direction.variable));
        let mut direction = Arrays::new();
        for name in names {
            let drawn = draw::direction(arrays[&name].dim(), rng);
            direction.insert(name, drawn);
        }
        Self { bound, derivation, second, arrays, direction }
    }

    /// All parameters and inputs, and the names of their arrays.
    fn blocks(&self) -> impl Iterator<Item = (SymbolId, String)> {
        let forward = &self.derivation.forward;
        let key = |variable| (variable, forward.arena.symbol(variable).key());
        forward.parameters.iter().chain(&forward.inputs).copied().map(key)
    }

    /// The product by differences; none where two steps tell different things.
    fn expected(&self) -> Option<Arrays> {
        let mut coarse: Option<Arrays> = None;
        for step in STEPS {
            let fine = self.by_differences(step);
            if let Some(coarse) = &coarse {
                let largest = self.blocks().map(|(_, name)| size(&fine[&name])).fold(0.0, f64::max);
                let apart = self.blocks().map(|(_, name)| size(&(&fine[&name] - &coarse[&name])));
                let worst = apart.fold(0.0, |worst: f64, apart| if apart.is_nan() { apart } else { worst.max(apart) });
                if largest.is_finite() && worst <= DOUBT * largest {
                    return Some(coarse.clone());
                }
            }
            coarse = Some(fine);
        }
        None
    }

    fn by_differences(&self, step: f64) -> Arrays {
        let network = &self.bound.network;
        match self.second.kind {
            SecondKind::Hessian => hessian_product(network, &self.arrays, &self.direction, step),
            SecondKind::GaussNewton => {
                let arena = &self.derivation.forward.arena;
                let by_z = self.second.outputs.iter();
                let by_z: Vec<bool> = by_z.map(|output| arena.symbol(*output).role == Role::PreActivation).collect();
                gauss_newton_product(network, &self.arrays, &self.direction, &by_z, step)
            }
        }
    }

    /// The product by the formulas.
    fn formulas(&self) -> Result<Gradients, PipelineError> {
        let forward = &self.derivation.forward;
        let mut pass = Pass::new(forward, &self.bound.dims, self.arrays.clone())?;
        for direction in &self.second.directions {
            let name = forward.arena.symbol(direction.variable).key();
            pass.bind(direction.symbol, self.direction[&name].clone());
        }
        let Derived::Gradient(gradient) = &self.derivation.derived else { return Ok(Gradients::new()) };
        let variables: Vec<SymbolId> = self.blocks().map(|(variable, _)| variable).collect();
        Ok(pass.whole(gradient, &variables)?)
    }
}
