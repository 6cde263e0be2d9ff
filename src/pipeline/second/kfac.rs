//! A network → its Fisher matrix, a block a weight, as Kronecker products of small factors, and how far these are from it on
//! drawn numbers.

use ndarray::Array2;

use crate::{
    catalog::loss::Reduction,
    evaluate::{
        arrays::Arrays,
        backprop::{self, Concrete, Forward as Values},
        bindings::{Bound, bind},
        draw,
        gradients::Pass,
        memory,
    },
    expr::{Arena, ExprId, Op, Role, Scalar, SymbolId},
    gradient::{Derivation, Derivative, Derived, Form, Gradient, GradientError, form::layered::delta},
    network::graph::Network,
    pipeline::{PipelineError, Request, derive_finished, variables},
};

/// Factors that differ from concrete ones by more than this part of the largest entry are refuted.
const TOLERANCE: f64 = 1e-9;
/// How many points the approximation is measured at.
const POINTS: usize = 3;
/// Networks of more bytes are not evaluated.
const MEMORY: u64 = 1 << 28;

/// The layered form, and a product of two factors for each weight.
#[derive(Clone, Debug)]
pub struct Kfac {
    /// The definitions that the factors are made of.
    pub derivation: Derivation,
    /// The letter of the Fisher matrix.
    pub letter: &'static str,
    /// Whether J is a mean over the samples, and so is the Fisher matrix; else both are sums.
    pub is_mean: bool,
    /// One a weight.
    pub blocks: Vec<Block>,
    /// The weights that several layers share, or that a layer takes transposed.
    pub shared: Vec<SymbolId>,
    /// How many samples were drawn, and how many points; none where the arrays would be too large.
    pub measured: Option<(usize, usize)>,
}

/// The block of a weight.
#[derive(Clone, Debug)]
pub struct Block {
    /// The weight.
    pub weight: SymbolId,
    /// What comes in, and the Δ of what comes out.
    names: [SymbolId; 2],
    /// The factors from the left.
    factors: [ExprId; 2],
    /// Their Kronecker product.
    pub product: ExprId,
    /// ‖F − product‖/‖F‖ at each point.
    pub errors: Vec<f64>,
}

/// Derives the factors and measures them.
///
/// # Errors
/// A network without a Fisher matrix of samples, a limit of the simplification, factors that concrete ones refute.
pub fn kfac(network: &Network) -> Result<Kfac, PipelineError> {
    let sums = network.terms.iter().filter(|term| term.reduction == Reduction::Sum).count();
    if network.mixes_samples() {
        return Err(PipelineError::NoFisher { reason: "`norm batch` makes each sample depend on all others" });
    }
    if sums > 0 && sums < network.terms.len() {
        return Err(PipelineError::NoFisher {
            reason: "some of its losses are sums over the samples, others are means",
        });
    }
    let is_mean = sums == 0;
    let mut derivation = derive_finished(network, &Request::new(Form::Layered))?;
    let letter = super::free(&derivation.forward.arena, ["F", "Q", "K"]);
    let (mut blocks, mut shared) = (Vec::new(), Vec::new());
    for weight in derivation.forward.parameters.clone() {
        if derivation.forward.arena.symbol(weight).role != Role::Weight {
            continue;
        }
        match single_use(&derivation, weight) {
            Some((value, z)) => blocks.push(block(&mut derivation, is_mean, weight, [value, z])?),
            None => shared.push(weight),
        }
    }
    let mut found = Kfac { derivation, letter, is_mean, blocks, shared, measured: None };
    measure(network, &mut found)?;
    Ok(found)
}

impl Kfac {
    /// The weights that are asked for, by default all.
    ///
    /// # Errors
    /// A word that names no weight.
    pub fn weights(&self, words: &[String]) -> Result<Vec<SymbolId>, PipelineError> {
        let forward = &self.derivation.forward;
        let is_weight = |variable: &SymbolId| forward.arena.symbol(*variable).role == Role::Weight;
        let mut selected = variables::select(forward, words)?;
        if words.is_empty() {
            selected.retain(is_weight);
        }
        match selected.iter().find(|variable| !is_weight(variable)) {
            Some(other) => Err(PipelineError::NoWeight { name: forward.arena.symbol(*other).key() }),
            None => Ok(selected),
        }
    }
}

/// The value that the weight multiplies and the Z that it is added to, if it does that once.
fn single_use(derivation: &Derivation, weight: SymbolId) -> Option<(SymbolId, SymbolId)> {
    let forward = &derivation.forward;
    let arena = &forward.arena;
    let holds = |id: ExprId| arena.reachable(&[id]).into_iter().any(|part| arena.as_symbol(part) == Some(weight));
    let terms =
        forward.definitions.iter().flat_map(|of| arena.terms(of.value).into_iter().map(|term| (of.symbol, term)));
    let mut uses = terms.filter(|(_, term)| holds(*term));
    let (z, term) = uses.next().filter(|_| uses.next().is_none())?;
    let Op::Multiply(both) = *arena.op(term) else { return None };
    let [value, other] = if forward.has_columns() { [both[1], both[0]] } else { both };
    let value = arena.as_symbol(value).filter(|_| arena.as_symbol(other) == Some(weight))?;
    (arena.symbol(z).role == Role::PreActivation).then_some((value, z))
}

/// (n Δᵀ Δ) ⊗ (Aᵀ A/n); of samples as columns (A Aᵀ/n) ⊗ (n Δ Δᵀ).
fn block(
    derivation: &mut Derivation,
    is_mean: bool,
    weight: SymbolId,
    [value, z]: [SymbolId; 2],
) -> Result<Block, GradientError> {
    let (samples, has_columns) = (derivation.forward.samples().clone(), derivation.forward.has_columns());
    let arena = &mut derivation.forward.arena;
    let delta = delta(arena, z);
    let square = |arena: &mut Arena, symbol: SymbolId| {
        let matrix = arena.named(symbol)?;
        let transposed = arena.transpose(matrix)?;
        if has_columns { arena.multiply(matrix, transposed) } else { arena.multiply(transposed, matrix) }
    };
    let (of_value, of_delta) = (square(arena, value)?, square(arena, delta)?);
    let of_value = arena.scale_by(Scalar::one_over(&samples), of_value)?;
    let of_delta = if is_mean { arena.scale_by(Scalar::dimension(&samples), of_delta)? } else { of_delta };
    let factors = if has_columns { [of_value, of_delta] } else { [of_delta, of_value] };
    let product = arena.kronecker(factors[0], factors[1])?;
    Ok(Block { weight, names: [value, z], factors, product, errors: Vec::new() })
}

/// Compares the factors with concrete ones, and their product with the Fisher matrix, at some points.
fn measure(network: &Network, found: &mut Kfac) -> Result<(), PipelineError> {
    let mut rng = draw::generator(0);
    let Ok(bound) = bind(network, None, None, Some(&mut rng)) else { return Ok(()) };
    if memory::check(&bound.network, MEMORY).is_err() {
        return Ok(());
    }
    let mut samples = 0;
    for _ in 0..POINTS {
        let arrays = draw::arrays(&bound.network, &bound.arrays, 1.0, &mut rng);
        let values = backprop::forward(&bound.network, &arrays);
        let concrete = backprop::reverse(&bound.network, &arrays, &values);
        let factors = factors(found, &bound, &arrays)?;
        let columns = found.derivation.forward.has_columns();
        for (block, factors) in found.blocks.iter_mut().zip(factors) {
            let arena = &found.derivation.forward.arena;
            let [a, d] = rows(arena, &bound, (&arrays, &values, &concrete), block.names);
            samples = a.nrows();
            let scale = if found.is_mean { count(samples) } else { 1.0 };
            let expected = [d.t().dot(&d) * scale, a.t().dot(&a) / count(samples)];
            let expected = if columns { [&expected[1], &expected[0]] } else { [&expected[0], &expected[1]] };
            for (factor, expected) in factors.iter().zip(expected) {
                let largest = expected.fold(f64::MIN_POSITIVE, |largest, x| largest.max(x.abs()));
                let error = (factor - expected).fold(0.0_f64, |error, x| error.max(x.abs())) / largest;
                if error.is_nan() || error > TOLERANCE {
                    return Err(PipelineError::RefutedSecond { error });
                }
            }
            block.errors.push(error(&a, &d));
        }
    }
    found.measured = Some((samples, POINTS));
    Ok(())
}

/// The values of the factors by their formulas, for each weight.
fn factors(found: &Kfac, bound: &Bound, arrays: &Arrays) -> Result<Vec<[Array2<f64>; 2]>, PipelineError> {
    let forward = &found.derivation.forward;
    let Derived::Gradient(layered) = &found.derivation.derived else { return Ok(Vec::new()) };
    let pass = Pass::new(forward, &bound.dims, arrays.clone())?;
    let weights: Vec<SymbolId> = found.blocks.iter().map(|block| block.weight).collect();
    let of = |place: usize| {
        let of = |block: &Block| Derivative { variable: block.weight, value: block.factors[place] };
        let mut derivatives: Vec<Derivative> = found.blocks.iter().map(of).collect();
        derivatives.sort_by_key(|derivative| derivative.variable);
        let gradient = Gradient { derivatives, ..layered.clone() };
        pass.whole(&gradient, &weights)
    };
    let [left, right] = [of(0)?, of(1)?];
    Ok(weights.iter().map(|weight| [left[weight].clone(), right[weight].clone()]).collect())
}

/// A and Δ by the concrete passes, a row a sample.
fn rows(
    arena: &Arena,
    bound: &Bound,
    (arrays, values, concrete): (&Arrays, &Values, &Concrete),
    [value, z]: [SymbolId; 2],
) -> [Array2<f64>; 2] {
    let (value, z) = (arena.symbol(value), arena.symbol(z).key());
    let layer = bound.network.layers.iter().position(|layer| value.label.as_ref() == Some(&layer.label));
    let a = layer.map_or_else(|| arrays[&value.key()].clone(), |layer| values.activations[layer].clone());
    [a, concrete.gradients[&z].clone()]
}

/// ‖F − K‖/‖F‖ of F = n Σᵢ (δᵢᵀ δᵢ) ⊗ (aᵢᵀ aᵢ) and K = (Δᵀ Δ) ⊗ (Aᵀ A), by products of samples with samples: F would have as
/// many rows as the weight has entries.
fn error(a: &Array2<f64>, d: &Array2<f64>) -> f64 {
    let (by_a, by_d, n) = (a.dot(&a.t()), d.dot(&d.t()), count(a.nrows()));
    let square = |x: &Array2<f64>| x.fold(0.0, |sum, x| sum + x * x);
    let fisher = n * n * square(&(&by_a * &by_d));
    let approximation = square(&by_a) * square(&by_d);
    let along: f64 = by_a.dot(&by_a).diag().iter().zip(by_d.dot(&by_d).diag()).map(|(a, d)| a * d).sum();
    ((fisher + approximation - 2.0 * n * along).max(0.0) / fisher).sqrt()
}

#[allow(clippy::cast_precision_loss, reason = "batches are below 2³¹")]
fn count(n: usize) -> f64 {
    n as f64
}
