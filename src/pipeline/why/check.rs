//! Proofs → the value of every line on random arrays, held against the first line's.

use std::collections::{BTreeMap, HashSet};

use ndarray::Array2;

use super::{Proof, Reason, Subject, Values};
use crate::{
    evaluate::{arrays::Arrays, bindings::bind, draw, eval::EvaluationError, gradients::Pass, memory, rounding},
    expr::{Arena, ExprId, Role, Substitution, SymbolId},
    gradient::{
        Derivation, Derivative, Derived, Form, Gradient, GradientError,
        form::{layered::delta, per_sample::sample_symbol},
    },
    network::{forward::Forward, graph::Network},
    pipeline::PipelineError,
};

/// Values that differ by more than this part of the largest entry are different.
const TOLERANCE: f64 = 1e-9;
/// So many points must tell something of each proof, if they can be found in this many.
const POINTS: usize = 3;
/// With signs at first; then all but Y positive, so that no relu is closed everywhere.
const DRAWS: usize = 20;
/// The most memory that the arrays of a check may take.
const MEMORY: u64 = 1 << 30;

/// On what proofs were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Numbers of the dimensions.
    pub dims: BTreeMap<String, u64>,
    /// Lines evaluated, of the proofs of which something was told.
    pub lines: usize,
    /// The fewest points at which the first line of such a proof had an entry that is a number but 0; 0 if there is none.
    pub points: usize,
    /// The proofs, by their place, of which no point told anything.
    pub untold: Vec<usize>,
}

/// Evaluates every line at random points.
///
/// # Errors
/// A line with another value than the first line of its proof; arrays that are too large.
pub fn check(network: &Network, derivation: &mut Derivation, proofs: &[Proof]) -> Result<Checked, PipelineError> {
    let mut rng = draw::generator(0);
    // Without files there is nothing that could not fit.
    let Ok(bound) = bind(network, None, None, Some(&mut rng)) else { return Err(PipelineError::Unproved) };
    memory::check(&bound.network, MEMORY)
        .map_err(|error| PipelineError::TooLargeToCheck { reason: error.to_string() })?;
    let lines = proofs.iter().map(|proof| lines(derivation, proof)).collect::<Result<Vec<_>, _>>()?;
    let gates = match &derivation.derived {
        Derived::Gradient(gradient) => gradient.clone(),
        Derived::Chain(_) | Derived::Intuitive(_) => Gradient::new(Form::Layered),
    };
    let mut evidence = vec![0; proofs.len()];
    let arena = &derivation.forward.arena;
    let targets: Vec<String> =
        derivation.forward.outputs.iter().map(|output| arena.symbol(output.target).key()).collect();
    for draw in 0..2 * DRAWS {
        if evidence.iter().all(|points| *points >= POINTS) {
            break;
        }
        let mut arrays = draw::arrays(&bound.network, &bound.arrays, 1.0, &mut rng);
        for (_, array) in arrays.iter_mut().filter(|(name, _)| draw >= DRAWS && !targets.contains(*name)) {
            array.mapv_inplace(f64::abs);
        }
        let forward = &derivation.forward;
        let pass = Pass::new(forward, &bound.dims, arrays.clone())?;
        let point = Point { pass, forward, dims: &bound.dims, arrays };
        for ((proof, lines), points) in proofs.iter().zip(&lines).zip(&mut evidence) {
            if *points < POINTS {
                *points += usize::from(at(&point, &gates, proof, lines)?);
            }
        }
    }
    let (told, untold): (Vec<usize>, Vec<usize>) = (0..proofs.len()).partition(|proof| evidence[*proof] > 0);
    let lines = told.iter().map(|proof| lines[*proof].len()).sum();
    let points = told.iter().map(|proof| evidence[*proof]).min().unwrap_or_default();
    Ok(Checked { dims: bound.dims, lines, points, untold })
}

/// The lines as they are evaluated: what holds for the Δ of the layer above holds for any matrix in its place, so Z stands
/// there, or A of a layer without one.
fn lines(derivation: &mut Derivation, proof: &Proof) -> Result<Vec<(ExprId, Values)>, GradientError> {
    let forward = &mut derivation.forward;
    let arena = &mut forward.arena;
    let mut any = Substitution::new();
    let mut known = HashSet::new();
    for definition in &forward.definitions {
        let z = definition.symbol;
        let delta = delta(arena, z);
        if arena.symbol(z).is_value() && known.insert(delta) {
            for (from, to) in [(delta, z), (sample_symbol(arena, delta), sample_symbol(arena, z))] {
                any.replace(arena.named(from)?, arena.named(to)?);
            }
        }
    }
    proof.lines().map(|(line, values)| Ok((any.apply(arena, line)?, values))).collect()
}

/// Where lines are evaluated.
struct Point<'a> {
    pass: Pass<'a>,
    forward: &'a Forward,
    dims: &'a BTreeMap<String, u64>,
    arrays: Arrays,
}

/// Whether the point tells anything: where no entry of the first line is a number but 0, or rounding leaves too few digits, it
/// does not.
fn at(point: &Point, gates: &Gradient, proof: &Proof, lines: &[(ExprId, Values)]) -> Result<bool, PipelineError> {
    let variable = variable(proof.subject, &point.forward.arena);
    let value = |line: ExprId, how: How| evaluated(&point.pass, gates, variable, line, how);
    let Some((first, values)) = lines.first() else { return Ok(false) };
    let expected = value(*first, How::of(*values))?;
    let largest = largest(&expected);
    if largest == 0.0 {
        return Ok(false);
    }
    let shared = lines.iter().skip(1).find(|(_, how)| *how == Values::SharedGates);
    let shared =
        shared.map(|(line, _)| Ok::<_, EvaluationError>((*line, value(*line, How::FirstGates)?))).transpose()?;
    let mut tells = true;
    for (i, (line, how)) in lines.iter().enumerate().skip(1) {
        let mut pairs = vec![((*first, How::of(*values)), &expected, (*line, How::of(*how)))];
        if let Some((one, of_one)) = shared.as_ref().filter(|(one, _)| *how == Values::SharedGates && one != line) {
            pairs.push(((*one, How::FirstGates), of_one, (*line, How::FirstGates)));
        }
        for (one, a, other) in pairs {
            let b = value(other.0, other.1)?;
            if same(a, &b, self::largest(a)) {
                continue;
            }
            if !within_rounding(
                [a, &b],
                |pass| {
                    [one, other].into_iter().map(|(line, how)| evaluated(pass, gates, variable, line, how)).collect()
                },
                point,
            )? {
                let reason = proof.steps.get(i - 1).map_or(Reason::Rearranged, |step| step.reason);
                return Err(PipelineError::Refuted { step: i, reason: reason.name() });
            }
            tells = false;
        }
    }
    Ok(tells)
}

/// Whether two values differ by no more than rounding may do.
fn within_rounding(
    [a, b]: [&Array2<f64>; 2],
    evaluate: impl Fn(&Pass) -> Result<Vec<Array2<f64>>, EvaluationError>,
    Point { forward, dims, arrays, .. }: &Point,
) -> Result<bool, EvaluationError> {
    let reach = rounding::reach(&[a.clone(), b.clone()], |jitter| {
        evaluate(&Pass::jittered(forward, dims, arrays.clone(), jitter)?)
    })?;
    let near = |((a, b), reach): ((&f64, &f64), (&f64, &f64))| !a.is_finite() || (a - b).abs() <= reach.0 + reach.1;
    Ok(a.dim() == b.dim() && a.iter().zip(b).zip(reach[0].iter().zip(&reach[1])).all(near))
}

/// A name whose shape says whether there is a row a sample.
fn variable(subject: Subject, arena: &Arena) -> Option<SymbolId> {
    match subject {
        Subject::Error(symbol)
        | Subject::Layer(symbol, _)
        | Subject::Loss(_, symbol)
        | Subject::Derivative(symbol)
        | Subject::ByInduction(symbol, _) => Some(symbol),
        Subject::ByPrediction => {
            let place = arena.symbols().iter().find(|symbol| symbol.role == Role::Prediction)?;
            arena.find(place)
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum How {
    Batch,
    BySample(Form),
    FirstGates,
}

impl How {
    fn of(values: Values) -> Self {
        match values {
            Values::Batch => Self::Batch,
            Values::SharedGates => Self::BySample(Form::Product),
            Values::Sample => Self::BySample(Form::PerSample),
        }
    }
}

fn evaluated(
    pass: &Pass,
    gates: &Gradient,
    variable: Option<SymbolId>,
    line: ExprId,
    how: How,
) -> Result<Array2<f64>, EvaluationError> {
    let Some(variable) = variable else { return Ok(Array2::zeros((0, 0))) };
    let derivatives = vec![Derivative { variable, value: line }];
    let of = |form| Gradient { form, derivatives: derivatives.clone(), ..gates.clone() };
    let mut found = match how {
        How::Batch => {
            pass.whole(&Gradient { derivatives: derivatives.clone(), ..Gradient::new(Form::Layered) }, &[variable])?
        }
        How::BySample(form) => pass.by_sample(&of(form), &[variable])?,
        How::FirstGates => pass.first_gates(&of(Form::Product), &[variable])?,
    };
    Ok(found.swap_remove(&variable).unwrap_or_else(|| Array2::zeros((0, 0))))
}

/// Of the entries that are numbers.
fn largest(array: &Array2<f64>) -> f64 {
    array.iter().filter(|entry| entry.is_finite()).fold(0.0, |largest: f64, entry| largest.max(entry.abs()))
}

/// Where the first is no number, as 0/0 in what the sweep produces, nothing is told.
fn same(a: &Array2<f64>, b: &Array2<f64>, scale: f64) -> bool {
    let near = |a: f64, b: f64| !a.is_finite() || (a - b).abs() <= TOLERANCE * scale;
    a.dim() == b.dim() && a.iter().zip(b).all(|(a, b)| near(*a, *b))
}
