//! [`Network`] → formulas for any layer l of any depth L, each proved by induction before it is handed on.

mod blocks;
mod error;
mod names;
mod variables;

pub use error::GeneralError;
pub use variables::select_general;

use std::collections::BTreeMap;

use super::{
    Request,
    derive::{Prepared, Stages, check_chain, turned},
};
use crate::{
    expr::{Arena, Definition, ExprId, Index, Op, Role, Symbol, SymbolId, index::Renumbering},
    gradient::{
        Derivation, Derivative, Derived, Form, Gradient, GradientError,
        form::{
            chain::Chain,
            expand,
            gate::Gate,
            intuitive::{Layers, Sketch},
            layered::OutputError,
            product::{gates, through_activation},
        },
        general::{
            Claim, General,
            induction::{self, BackwardStep, ForwardStep, Induction},
            iterated::{End, Family, IteratedOperations},
        },
        layout::transposed_claims,
    },
    network::{
        blocks::blocks,
        graph::{Layer, Layout, Network},
        uniform::uniform,
    },
    shape::Dim,
    simplify::{Group, induction::prove},
};
use blocks::derive_blocks;
use names::{closed, gate_names, moved, moved_definition, moved_symbol, opened, shared, with_bodies};

/// Derives the gradients by W_l, b_l, X, Z_l and A_l.
///
/// # Errors
/// Layers of several kinds, or a step that is not proved.
pub fn derive_general(network: &Network, request: &Request) -> Result<Derivation, GeneralError> {
    check_letters(network, request.form)?;
    let derivation = match blocks(network) {
        Some(blocks) => derive_blocks(&blocks, request)?,
        None => derive_layers(network, request)?,
    };
    Ok(turned(network, derivation)?)
}

/// With samples as rows, by all that layer l has.
fn derive_layers(network: &Network, request: &Request) -> Result<Derivation, GeneralError> {
    check_chain(network, "a formula for any depth")?;
    let pattern = uniform(network)?;
    let bias_of_last = network.layers.last().map(Layer::has_bias);
    let bias_of_last = bias_of_last.filter(|has| *has != pattern.layers[0].has_bias());
    let Prepared { mut stages, loss, output_errors, assumes_distributions, layered, .. } =
        Prepared::new(&pattern, request)?;
    let head = output_errors[0];
    // What names no values needs no proof: it is read off the layers.
    let named = match request.form {
        Form::Chain => Some(Derived::Chain(Chain::default())),
        Form::Intuitive => {
            let error = head.error(&stages.forward.arena);
            Some(Derived::Intuitive(Sketch::Layers(Layers::new(&mut stages.forward, error)?)))
        }
        Form::Layered | Form::PerSample | Form::Product => None,
    };
    let mut general = General { iterations: IteratedOperations::default(), bias_of_last, of_blocks: None };
    let pattern = Pattern::new(&mut stages, &general, &layered, network.layout)?;
    let derived = if let Some(named) = named {
        named
    } else {
        let gradient = if request.form == Form::Layered {
            pattern.layered(head, &layered)
        } else {
            pattern.product(&mut stages, &mut general, head, request)?
        };
        Derived::Gradient(closed(&mut stages, &mut general.iterations, gradient)?)
    };
    let Stages { mut forward, limit, effort, .. } = stages;
    forward.definitions = pattern.definitions;
    forward.parameters = pattern.parameters;
    forward.inputs = vec![pattern.input];
    Ok(Derivation {
        forward,
        output_errors,
        loss,
        derived,
        assumes_distributions,
        limit,
        effort,
        is_chain: true,
        jacobian_of: None,
        paths: BTreeMap::new(),
        general: Some(general),
        second: None,
    })
}

/// Whether no name of the spec that is printed, the batch and of equal blocks the widths, is one of the letters l, L, k, j, nor
/// i, nor f₀, f₁, …, f_l, f_L.
fn check_letters(network: &Network, form: Form) -> Result<(), GeneralError> {
    let is_width = |name: &str| {
        let index = name.strip_prefix('f').map(|rest| rest.strip_prefix('_').unwrap_or(rest));
        index.is_some_and(|index| index.chars().all(|c| c.is_ascii_digit()) || index.eq_ignore_ascii_case("l"))
    };
    let is_index = |name: &str| ["l", "L", "k", "j"].contains(&name) || form == Form::PerSample && name == "i";
    let input = network.input();
    let widths = [&input.features].into_iter().chain(network.layers.iter().map(|layer| &layer.output));
    let widths = widths.filter(|_| blocks(network).is_some());
    let mut names = [&input.samples].into_iter().chain(widths).flat_map(Dim::names);
    match names.find(|name| is_index(name) || is_width(name)) {
        Some(name) => Err(GeneralError::Letter { name: name.into(), is_batch: input.samples.names().contains(&name) }),
        None => Ok(()),
    }
}

/// l + 1 becomes l.
const BACK: Renumbering = Renumbering { from: Index::LAYER.plus(1), to: Index::LAYER };
/// l becomes l + 1.
const NEXT: Renumbering = Renumbering { from: Index::LAYER, to: Index::LAYER.plus(1) };
/// l becomes L.
const LAST: Renumbering = Renumbering { from: Index::LAYER, to: Index::DEPTH };
/// l + 1 becomes L − 1.
const TO_LAST: Renumbering = Renumbering { from: Index::LAYER.plus(1), to: Index::DEPTH.plus(-1) };
/// l becomes k.
const TO_FACTOR: Renumbering = Renumbering { from: Index::LAYER, to: Index::FACTOR };
/// l becomes 1.
const FIRST: Renumbering = Renumbering { from: Index::LAYER, to: Index::number(1) };

/// What the sweep and the forward pass say of layer l.
struct Pattern {
    /// Z_l by A_{l−1}, A_l, Z_L where it differs, and Ŷ.
    definitions: Vec<Definition>,
    parameters: Vec<SymbolId>,
    input: SymbolId,
    /// In which everything is proved that is printed.
    layout: Layout,
    /// Δ_{l+1}
    incoming: ExprId,
    /// Δ_l by Δ_{l+1}
    backward: Definition,
    /// ∂J/∂v by Δ_l, of W_l, b_l and Z_l, ∂J/∂A_l by Δ_{l+1}, and ∂J/∂X by Δ₁
    results: Vec<Derivative>,
}

impl Pattern {
    /// Reads them off the pattern's definitions Z_l, A_l, Z_{l+1}, A_{l+1}, Z_L, Ŷ and its layered form.
    fn new(stages: &mut Stages, general: &General, layered: &Gradient, layout: Layout) -> Result<Self, GradientError> {
        let forward = &mut stages.forward;
        let (input, prediction) = (forward.input(), forward.prediction());
        let arena = &mut forward.arena;
        let missing = || GradientError::NotDifferentiable { operator: "pattern" };
        let [_, activation, z, _, z_of_last, ..] = forward.definitions[..] else { return Err(missing()) };
        let [_, next, backward] = layered.definitions[..] else { return Err(missing()) };
        let mut definitions = vec![moved_definition(arena, BACK, z)?, activation];
        if general.bias_of_last.is_some() {
            definitions.push(moved_definition(arena, TO_LAST, z_of_last)?);
        }
        definitions.push(prediction);
        let mut pattern = Self {
            definitions,
            parameters: Vec::new(),
            input,
            layout,
            incoming: arena.named(next.symbol)?,
            backward,
            results: Vec::new(),
        };
        let labels = [Index::LAYER.plus(1).label(), Index::DEPTH.label()];
        for Derivative { variable, value } in &layered.derivatives {
            let symbol = arena.symbol(*variable).clone();
            let is_parameter = matches!(symbol.role, Role::Weight | Role::Bias);
            let is_own = symbol.label.as_ref() == Some(&labels[0]);
            if is_own && (is_parameter || symbol.role == Role::PreActivation) {
                let (variable, value) = (moved_symbol(arena, BACK, *variable), moved(arena, BACK, *value)?);
                pattern.parameters.extend(is_parameter.then_some(variable));
                pattern.results.push(Derivative { variable, value });
            } else if *variable == activation.symbol {
                pattern.results.push(Derivative { variable: *variable, value: *value });
            } else if symbol.role == Role::Input {
                pattern.input = moved_symbol(arena, FIRST, *variable);
                let value = moved(arena, FIRST, *value)?;
                pattern.results.push(Derivative { variable: pattern.input, value });
            }
        }
        let of_last = |symbol: &Symbol| symbol.role == Role::Bias && symbol.label.as_ref() == Some(&labels[1]);
        let has_bias = pattern.parameters.iter().any(|parameter| arena.symbol(*parameter).role == Role::Bias);
        let last =
            layered.derivatives.iter().find(|derivative| !has_bias && of_last(arena.symbol(derivative.variable)));
        pattern.parameters.extend(last.map(|derivative| derivative.variable));
        pattern.results.extend(last.copied());
        pattern.parameters.sort_unstable_by_key(|parameter| arena.symbol(*parameter).role);
        Ok(pattern)
    }

    /// Δ_L, Δ_l by Δ_{l+1}, and the gradients by Δ_l.
    fn layered(&self, head: OutputError, layered: &Gradient) -> Gradient {
        let last = layered.definitions.first().map(|last| Definition { value: head.by_pre_activation, ..*last });
        let definitions = last.into_iter().chain([self.backward]).collect();
        Gradient { definitions, derivatives: self.results.clone(), ..Gradient::new(Form::Layered) }
    }

    /// The product form, proved; the bodies of ∏ and Σ are among the derivatives, to be simplified with them.
    fn product(
        &self,
        stages: &mut Stages,
        general: &mut General,
        head: OutputError,
        request: &Request,
    ) -> Result<Gradient, GeneralError> {
        let fused = head.is_fused(&stages.forward.arena);
        let (backward, ahead) = gates(&mut stages.forward, fused, request.expand)?;
        let error = Self::error(stages, head, &backward, fused)?;
        let iterations = &mut general.iterations;
        let down = self.backward(stages, iterations, &backward)?;
        let arena = &mut stages.forward.arena;
        let first = iterations.renumbered(arena, down.value, FIRST)?;
        let delta = arena.named(self.backward.symbol)?;
        let next = iterations.renumbered(arena, down.value, NEXT)?;
        let mut proved = vec![(delta, down.value), (self.incoming, next), (moved(arena, FIRST, delta)?, first)];
        let mut stops = Vec::new();
        if request.expand {
            match expand::stop(arena, self.definitions[1]) {
                Some(stop) => stops.push(stop),
                None => proved.push(self.forward(stages, iterations, &[&ahead[..], &backward[..]].concat())?),
            }
        }
        let arena = &mut stages.forward.arena;
        let mut derivatives = Vec::new();
        for Derivative { variable, value } in &self.results {
            let value = induction::with(arena, *value, &proved)?;
            let value =
                if *variable == self.input { down.to_the_input(arena, iterations, value, self.layout)? } else { value };
            derivatives.push(Derivative {
                variable: *variable,
                value: induction::with(arena, value, &[(down.error, error)])?,
            });
        }
        let gates = [ahead, backward].concat();
        let definitions = gate_names(arena, &gates)?;
        let product = Gradient { form: Form::Product, definitions, derivatives, gates, stops };
        let product = with_bodies(iterations, product);
        Ok(if request.form == Form::PerSample { opened(arena, iterations, &product)? } else { product })
    }

    /// Δ_L as it enters the product: E · S_L where the loss does not absorb the last activation.
    fn error(stages: &mut Stages, head: OutputError, gates: &[Gate], fused: bool) -> Result<ExprId, GradientError> {
        if fused {
            return Ok(head.by_pre_activation);
        }
        let prediction = stages.forward.prediction();
        let arena = &mut stages.forward.arena;
        let value = through_activation(arena, prediction, head.by_prediction)?;
        shared(arena, gates, value)
    }

    /// Δ_l = Δ_L ∏ W_kᵀ S_{k−1}, proved.
    fn backward(
        &self,
        stages: &mut Stages,
        iterations: &mut IteratedOperations,
        gates: &[Gate],
    ) -> Result<Down, GeneralError> {
        let value = shared(&mut stages.forward.arena, gates, self.backward.value)?;
        let simple = stages.simplify(&[value], Group::Body)[0];
        let arena = &mut stages.forward.arena;
        let body = induction::factor(arena, simple, self.incoming, Index::LAYER.plus(1))?;
        let body = body.ok_or_else(|| unproved("that a layer's step is a product"))?;
        // Any error does: it stands in the proof as a name.
        let last = moved_symbol(arena, LAST, self.backward.symbol);
        let error = arena.named(last)?;
        let step = BackwardStep { incoming: self.incoming, value, error };
        let induction = induction::backward(arena, iterations, step, body)?;
        Ok(Down {
            value: proved(arena, iterations, &induction, self.layout)?,
            error,
            family: Family { name: induction::BACKWARD, body },
        })
    }

    /// A_{l−1}ᵀ, and what it is: ∏ S_k W_kᵀ Xᵀ, and the biases' terms; proved.
    fn forward(
        &self,
        stages: &mut Stages,
        iterations: &mut IteratedOperations,
        gates: &[Gate],
    ) -> Result<(ExprId, ExprId), GeneralError> {
        let arena = &mut stages.forward.arena;
        let [z, a, ..] = self.definitions[..] else { return Err(not_a_product()) };
        let gate = gates.iter().find(|gate| gate.activation == a.symbol);
        let rows = gate.map(|gate| gate.rows(arena)).transpose()?;
        let through = |arena: &mut Arena, z: ExprId| -> Result<ExprId, GradientError> {
            let a = if let Some(rows) = rows { arena.hadamard(z, rows)? } else { z };
            Ok(arena.transpose(a)?)
        };
        let value = through(arena, z.value)?;
        let (weighted, added) =
            if let Op::Add([weighted, bias]) = *arena.op(z.value) { (weighted, Some(bias)) } else { (z.value, None) };
        let before = arena.factors(weighted)[0];
        let incoming = arena.transpose(before)?;
        let mut terms = vec![through(arena, weighted)?];
        if let Some(added) = added {
            terms.push(through(arena, added)?);
        }
        let terms = stages.simplify(&terms, Group::Body);
        let arena = &mut stages.forward.arena;
        let body = induction::factor(arena, terms[0], incoming, Index::LAYER)?.ok_or_else(not_a_product)?;
        let own = terms.get(1).map(|term| moved(arena, TO_FACTOR, *term)).transpose()?;
        let x = arena.named(self.input)?;
        let step = ForwardStep { incoming, value, input: arena.transpose(x)? };
        let induction = induction::forward(arena, iterations, step, body, own)?;
        let value = proved(arena, iterations, &induction, self.layout)?;
        let earlier = Renumbering { from: Index::LAYER, to: Index::LAYER.plus(-1) };
        Ok((incoming, iterations.renumbered(arena, value, earlier)?))
    }
}

/// Δ_l as a product.
struct Down {
    /// With the name of Δ_L in it.
    value: ExprId,
    /// Δ_L, a name.
    error: ExprId,
    family: Family,
}

impl Down {
    /// Δ_L ∏_{k=L}^{2} … W₁ᵀ as one product, where W₁ᵀ is all that its factor of layer 1 would be.
    fn to_the_input(
        &self,
        arena: &mut Arena,
        iterations: &mut IteratedOperations,
        value: ExprId,
        layout: Layout,
    ) -> Result<ExprId, GeneralError> {
        let (first, depth) = (Index::number(1), Index::DEPTH);
        let weight = arena.factors(value).last().copied();
        if Some(self.family.factor(arena, first)?) != weight {
            return Ok(value);
        }
        let premise = self.family.factored(End::Last, arena, iterations, depth, first)?;
        let right = arena.multiply(self.error, premise.left)?;
        let claim = Claim { name: "the product down to the input", premises: vec![premise], left: value, right };
        proved(arena, iterations, &Induction { value: right, claims: vec![claim] }, layout)
    }
}

/// What is not even of the form to be proved.
fn unproved(claim: &'static str) -> GeneralError {
    GeneralError::Unproved { claim, limit: None }
}

fn not_a_product() -> GeneralError {
    unproved("that an activation is a product")
}

/// The value, if all its claims hold, and in the layout in which they are printed too.
fn proved(
    arena: &mut Arena,
    iterations: &IteratedOperations,
    induction: &Induction,
    layout: Layout,
) -> Result<ExprId, GeneralError> {
    let turned = match layout {
        Layout::Rows => Vec::new(),
        Layout::Columns => transposed_claims(arena, iterations, &induction.claims)?,
    };
    for claim in induction.claims.iter().chain(&turned) {
        prove(arena, claim).map_err(|open| GeneralError::Unproved { claim: claim.name, limit: open.limit })?;
    }
    Ok(induction.value)
}
