//! Equal blocks → the formulas of block l of L: δ_l = δ_L ∏ T_k, where T is the factor of a block, proved by induction.

use std::collections::BTreeMap;

use super::{
    BACK, FIRST, GeneralError, NEXT,
    names::{closed, moved, moved_definition, moved_symbol, opened, with_bodies},
    proved, unproved,
};
use crate::{
    expr::{Arena, Definition, ExprId, Index, Role, Symbol, SymbolId, index::Renumbering},
    gradient::{
        Derivation, Derivative, Derived, Form, Gradient,
        form::{
            gate::Gate,
            layered::{OutputError, delta, layered_naming},
            paths,
        },
        general::{
            General,
            induction::{self, BackwardStep},
            iterated::IteratedOperations,
        },
    },
    network::{blocks::Blocks, forward::Forward, graph::Layout},
    pipeline::{
        Request,
        derive::{Prepared, Stages},
    },
    simplify::Group,
};

/// l + 1 becomes L.
const LAST: Renumbering = Renumbering { from: Index::LAYER.plus(1), to: Index::DEPTH };

/// Derives the gradients by all that block l has.
///
/// # Errors
/// A form that names no values; a step that is not proved.
pub(super) fn derive_blocks(blocks: &Blocks, request: &Request) -> Result<Derivation, GeneralError> {
    let has_values = match request.form {
        Form::Layered => true,
        Form::Product | Form::PerSample => !request.expand,
        Form::Chain | Form::Intuitive => false,
    };
    if !has_values {
        return Err(GeneralError::Blocks);
    }
    let Prepared { mut stages, loss, output_errors, assumes_distributions, .. } =
        Prepared::new(&blocks.pattern, request)?;
    let forward = &mut stages.forward;
    let labelled = |label: &str| {
        let mut symbols = forward.definitions.iter().map(|definition| definition.symbol);
        symbols.find(|symbol| {
            let symbol = forward.arena.symbol(*symbol);
            symbol.label.as_deref() == Some(label) && matches!(symbol.role, Role::Activation | Role::Prediction)
        })
    };
    let (Some(own), Some(next)) = (labelled(&Index::LAYER.label()), labelled(&Index::LAYER.plus(1).label())) else {
        return Err(unproved("that blocks follow one another"));
    };
    let mut iterations = IteratedOperations::default();
    let gradient = if request.form == Form::Layered {
        recurrence(forward, &output_errors, [own, next], blocks.takes_input)?
    } else {
        product(&mut stages, &mut iterations, &output_errors, [own, next], blocks)?
    };
    let forward = &mut stages.forward;
    let gradient = if request.form == Form::PerSample {
        opened(&mut forward.arena, &mut iterations, &gradient)?
    } else {
        gradient
    };
    let gradient = closed(&mut stages, &mut iterations, gradient)?;
    rename_forward(&mut stages, &gradient)?;
    let general = General { iterations, bias_of_last: None, of_blocks: Some(blocks.takes_input) };
    let Stages { forward, limit, effort, .. } = stages;
    Ok(Derivation {
        forward,
        output_errors,
        loss,
        derived: Derived::Gradient(gradient),
        assumes_distributions,
        limit,
        effort,
        is_chain: false,
        jacobian_of: None,
        paths: BTreeMap::new(),
        general: Some(general),
        second: None,
    })
}

/// The product form, proved; the bodies of ∏ are among the derivatives, to be simplified with them.
fn product(
    stages: &mut Stages,
    iterations: &mut IteratedOperations,
    output_errors: &[OutputError],
    [own, next]: [SymbolId; 2],
    blocks: &Blocks,
) -> Result<Gradient, GeneralError> {
    let forward = &mut stages.forward;
    let block = paths::open_from(forward, next)?;
    let behind = paths::open(forward, output_errors)?;
    let gates = [block.gates.clone(), behind.gates.clone()].concat();
    let matrices = [block.matrices.clone(), behind.matrices.clone()].concat();
    let behind = paths::product(&mut forward.arena, behind, None)?;
    let error = behind.by(next).map(|derivative| derivative.value).ok_or_else(|| unproved("that a block is used"))?;
    let error = moved(&mut forward.arena, LAST, error)?;

    let run = Run::new(stages, iterations, &block, [own, next], blocks.pattern.layout)?;
    let derivatives = run.derivatives(stages, iterations, &block, error, blocks.takes_input)?;
    let definitions = moved_gates(stages, &matrices)?;
    let gates = moved_sources(stages, gates)?;
    let product = Gradient { form: Form::Product, definitions, derivatives, gates, stops: Vec::new() };
    Ok(with_bodies(iterations, product))
}

/// The layered form: Δ behind the blocks, Δ_L, Δ_l by what block l + 1 has, the Δ within block l by Δ_l, and the gradients by
/// them. Read off block l + 1, and checked on block l, whose place the input takes.
fn recurrence(
    forward: &mut Forward,
    output_errors: &[OutputError],
    [own, next]: [SymbolId; 2],
    takes_input: bool,
) -> Result<Gradient, GeneralError> {
    let input = forward.input();
    let layered = layered_naming(forward, output_errors, &[own, next])?;
    let arena = &mut forward.arena;
    let (of_own, of_next) = (delta(arena, own), delta(arena, next));
    let index = |arena: &Arena, symbol| arena.symbol(symbol).label.as_deref().and_then(Index::of_label);
    let (mut behind, mut between, mut within) = (Vec::new(), Vec::new(), Vec::new());
    for definition in &layered.definitions {
        if definition.symbol == of_own {
            between.push(*definition);
        } else if definition.symbol == of_next || index(arena, definition.symbol).is_none() {
            behind.push(moved_definition(arena, LAST, *definition)?);
        } else if index(arena, definition.symbol) == Some(Index::LAYER.plus(1)) {
            within.push(*definition);
        }
    }
    let (input_name, own_name) = (arena.named(input)?, arena.named(own)?);
    for Definition { symbol, value } in &layered.definitions {
        if index(arena, *symbol) != Some(Index::LAYER) || *symbol == of_own {
            continue;
        }
        let moved_value = moved(arena, NEXT, *value)?;
        let moved_value = induction::with(arena, moved_value, &[(input_name, own_name)])?;
        let symbol = moved_symbol(arena, NEXT, *symbol);
        if !within.contains(&Definition { symbol, value: moved_value }) {
            return Err(unproved("that each block hands on as the next one does"));
        }
    }
    let mut definitions = [behind, between].concat();
    for definition in within {
        definitions.push(moved_definition(arena, BACK, definition)?);
    }
    let mut derivatives = Vec::new();
    let next_name = arena.named(of_next)?;
    for Derivative { variable, value } in layered.derivatives {
        // What a block puts out through an activation has no Δ, and differs behind the last block.
        if variable == next && value != next_name {
            continue;
        }
        if index(arena, variable) == Some(Index::LAYER.plus(1)) {
            let value = moved(arena, BACK, value)?;
            derivatives.push(Derivative { variable: moved_symbol(arena, BACK, variable), value });
        } else if variable == input && takes_input {
            derivatives.push(Derivative { variable, value: moved(arena, FIRST, value)? });
        }
    }
    Ok(Gradient { definitions, derivatives, ..Gradient::new(Form::Layered) })
}

/// δ_l = δ_L ∏ T_k.
struct Run {
    /// What comes in at block l + 1, as [`paths::open_from`] calls it.
    incoming: ExprId,
    /// δ_L, a name.
    last: ExprId,
    /// δ_l in terms of it.
    value: ExprId,
}

impl Run {
    /// The factor of a block, read off block l + 1, and the proof that the product is right.
    fn new(
        stages: &mut Stages,
        iterations: &mut IteratedOperations,
        block: &paths::Open,
        [own, next]: [SymbolId; 2],
        layout: Layout,
    ) -> Result<Self, GeneralError> {
        let missing = || unproved("that a block's step is a product");
        let step = *block.results.get(&own).ok_or_else(missing)?;
        let (incoming, _) = *block.errors.first().ok_or_else(missing)?;
        let arena = &mut stages.forward.arena;
        let delta = delta(arena, next);
        let last = moved_symbol(arena, LAST, delta);
        let (delta, last) = (arena.named(delta)?, arena.named(last)?);
        let step = induction::with(arena, step, &[(incoming, delta)])?;
        let simple = stages.simplify(&[step], Group::Body)[0];
        let arena = &mut stages.forward.arena;
        let body = induction::factor(arena, simple, delta, Index::LAYER.plus(1))?.ok_or_else(missing)?;
        let step = BackwardStep { incoming: delta, value: step, error: last };
        let induction = induction::backward(arena, iterations, step, body)?;
        Ok(Self { incoming, last, value: proved(arena, iterations, &induction, layout)? })
    }

    /// ∂J/∂v of all that block l has, and of the input if the first block takes it.
    fn derivatives(
        &self,
        stages: &mut Stages,
        iterations: &mut IteratedOperations,
        block: &paths::Open,
        error: ExprId,
        takes_input: bool,
    ) -> Result<Vec<Derivative>, GeneralError> {
        let input = stages.forward.input();
        let arena = &mut stages.forward.arena;
        let mut derivatives = Vec::new();
        for (variable, value) in &block.results {
            let symbol = arena.symbol(*variable);
            let index = symbol.label.as_deref().and_then(Index::of_label);
            let (variable, value) = if index == Some(Index::LAYER.plus(1)) {
                let value = moved(arena, BACK, *value)?;
                (moved_symbol(arena, BACK, *variable), induction::with(arena, value, &[(self.incoming, self.value)])?)
            } else if *variable == input && takes_input {
                let to_the_first = Renumbering { from: Index::LAYER, to: Index::number(0) };
                (input, iterations.renumbered(arena, self.value, to_the_first)?)
            } else {
                continue;
            };
            let value = induction::with(arena, value, &[(self.last, error)])?;
            derivatives.push(Derivative { variable, value });
        }
        Ok(derivatives)
    }
}

/// S_l, S_k and those behind the blocks: what they are.
fn moved_gates(stages: &mut Stages, matrices: &[Definition]) -> Result<Vec<Definition>, GeneralError> {
    let mut names = Vec::new();
    for to in [Index::LAYER, Index::FACTOR] {
        for definition in matrices {
            let by = Renumbering { from: Index::LAYER.plus(1), to };
            let definition = moved_definition(&mut stages.forward.arena, by, *definition)?;
            let index = stages.forward.arena.symbol(definition.symbol).label.as_deref().and_then(Index::of_label);
            if !names.contains(&definition) && index.is_none_or(|index| index == to) {
                names.push(definition);
            }
        }
    }
    Ok(names)
}

/// What the gates stand for, of block l.
fn moved_sources(stages: &mut Stages, gates: Vec<Gate>) -> Result<Vec<Gate>, GeneralError> {
    let arena = &mut stages.forward.arena;
    let mut found: Vec<Gate> = Vec::new();
    for gate in gates {
        let gate = Gate {
            source: moved(arena, BACK, gate.source)?,
            activation: moved_symbol(arena, BACK, gate.activation),
            entries: moved_symbol(arena, BACK, gate.entries),
            matrix: moved_symbol(arena, BACK, gate.matrix),
            value: moved(arena, BACK, gate.value)?,
        };
        let index = arena.symbol(gate.matrix).label.as_deref().and_then(Index::of_label);
        if index.is_none_or(|index| index == Index::LAYER) && !found.contains(&gate) {
            found.push(gate);
        }
    }
    Ok(found)
}

/// The forward pass of block l, and of what is behind the last.
fn rename_forward(stages: &mut Stages, gradient: &Gradient) -> Result<(), GeneralError> {
    let mut definitions = Vec::new();
    for definition in stages.forward.definitions.clone() {
        let arena = &mut stages.forward.arena;
        match arena.symbol(definition.symbol).label.as_deref().and_then(Index::of_label) {
            Some(index) if index == Index::LAYER.plus(1) => {
                definitions.push(moved_definition(arena, BACK, definition)?);
            }
            Some(_) => {}
            None => definitions.push(moved_definition(arena, LAST, definition)?),
        }
    }
    let arena = &mut stages.forward.arena;
    let is_parameter = |symbol: &Symbol| matches!(symbol.role, Role::Weight | Role::Bias | Role::Gain);
    let variables = gradient.derivatives.iter().map(|derivative| derivative.variable);
    stages.forward.parameters = variables.filter(|variable| is_parameter(arena.symbol(*variable))).collect();
    stages.forward.definitions = definitions;
    for output in &mut stages.forward.outputs {
        output.prediction = moved_definition(arena, LAST, output.prediction)?;
        output.loss = moved(arena, LAST, output.loss)?;
    }
    stages.forward.loss = moved(arena, LAST, stages.forward.loss)?;
    Ok(())
}
