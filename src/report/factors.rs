//! A variable, or a factor of a formula → what it is, in a sentence, for who points at it.
#![allow(clippy::wildcard_enum_match_arm, reason = "all other expressions are told by what they are made of")]

use crate::{
    document::{Notation, Sentence, Typesetter, notation::Origin, sentence},
    expr::{Arena, ExprId, Op, Role, Symbol, SymbolId, symbol::indexed},
    gradient::Derivation,
    network::forward::Forward,
};

/// What is said of a factor.
#[derive(Clone, Debug)]
pub struct Told {
    /// What it is.
    pub said: Sentence,
    /// Why it stands transposed, if it does.
    pub transposed: Option<Sentence>,
    /// The name that it is of, where it is of one; of an error the value that it is a gradient with respect to.
    pub symbol: Option<SymbolId>,
    /// What it is.
    pub kind: Kind,
}

/// What a factor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What the loss of this number gives.
    Error(usize),
    /// Δ, which comes from the layers behind.
    Adjoint,
    /// The derivatives of an activation, or another matrix by which a gradient is handed on.
    Gate,
    /// A value, a parameter, or a constant by its name.
    Named,
    /// The derivative of a value, or of J, with respect to a name.
    Derivative(Option<SymbolId>, SymbolId),
    /// Where the variable itself would stand.
    Place,
    /// Anything else, with the names in it.
    Other(Vec<SymbolId>),
}

impl Kind {
    /// Whether the factor is what its name says.
    pub fn is_name(&self) -> bool {
        matches!(self, Self::Named | Self::Adjoint)
    }
}

/// What a variable is, by the forward pass that it belongs to.
pub fn variable(forward: &Forward, symbol: SymbolId) -> Sentence {
    let (of, name) = (forward.arena.symbol(symbol), Typesetter::new(&forward.arena).name(symbol));
    let label = Sentence::of(of.label.as_deref().unwrap_or_default().to_owned());
    match of.role {
        Role::Input | Role::Target => of_batch(forward, of, name),
        Role::Weight => {
            let [into, out] = if forward.has_columns() { ["column", "row"] } else { ["row", "column"] };
            sentence!(
                "{} holds the weights of layer {}: a {} for each feature that comes in, and a {} for each unit.",
                name,
                label,
                into,
                out
            )
        }
        Role::Variable | Role::Direction => sentence!("{} is given.", name),
        Role::Bias => sentence!("{} holds the biases of layer {}, one for each unit.", name, label),
        Role::Gain => sentence!("{} holds the gains of the norm {}, one for each feature.", name, label),
        Role::Slope => sentence!("{} is the slope below 0 of the prelu of layer {}.", name, label),
        Role::Mask => sentence!("{} is the mask of the dropout {}: it is 0 where an entry is dropped.", name, label),
        Role::Mean => sentence!("{} is the mean that the norm {} holds fixed, one for each feature.", name, label),
        Role::Variance => {
            sentence!("{} is the variance that the norm {} holds fixed, one for each feature.", name, label)
        }
        Role::Piece => sentence!("{} is a constant of 0 and 1 that puts values side by side.", name),
        Role::ClassWeights => sentence!("{} holds the weights of the classes.", name),
        Role::InverseRms => sentence!("{} is one over the root of the mean squares, in the norm {}.", name, label),
        Role::Normalised => {
            sentence!("{} is what the norm {} makes of its input before gain and shift.", name, label)
        }
        Role::PreActivation => {
            sentence!("{} is the pre-activation of layer {}: what goes into its activation function.", name, label)
        }
        Role::Activation => sentence!("{} is the activation of layer {}: what the layer puts out.", name, label),
        Role::Prediction => sentence!("{} is the prediction: what the network puts out at layer {}.", name, label),
        Role::Adjoint => sentence!(
            "{} is the gradient of the loss with respect to {}, which comes from the layers behind layer {}.",
            name,
            adjoint_of(forward, of),
            label
        ),
        Role::GateMatrix
        | Role::DerivativeGateMatrix
        | Role::ForwardGateMatrix
        | Role::NormMatrix
        | Role::DerivativeGate
        | Role::ForwardGate
        | Role::Probabilities
        | Role::ValueGate => of_gate(of, name, label),
    }
}

/// X and Y.
fn of_batch(forward: &Forward, of: &Symbol, name: Notation) -> Sentence {
    let side = if forward.has_columns() { "column" } else { "row" };
    let is_it = |target: SymbolId| forward.arena.symbol(target) == of;
    let is_upstream = forward.outputs.iter().any(|output| output.is_upstream && is_it(output.target));
    match of.role {
        Role::Input => sentence!("{} is the input, with a {} for each sample.", name, side),
        _ if is_upstream => sentence!("{} is the gradient that comes in at the prediction.", name),
        _ => sentence!("{} is the target, with a {} for each sample.", name, side),
    }
}

/// What hands the gradient of a sample on, or of all of them.
fn of_gate(of: &Symbol, name: Notation, label: Sentence) -> Sentence {
    let whose = if of.sample { "one sample" } else { "the whole batch" };
    match of.role {
        Role::GateMatrix | Role::DerivativeGateMatrix => sentence!(
            "{} has the derivatives of the activation of layer {} on its diagonal: one matrix for {}.",
            name,
            label,
            whose
        ),
        Role::ForwardGateMatrix => {
            sentence!("{} has on its diagonal by what layer {} multiplies its pre-activation.", name, label)
        }
        Role::NormMatrix => {
            sentence!("{} is the matrix by which the norm {} hands the gradient of one sample back.", name, label)
        }
        _ => sentence!("{} holds the entries that layer {} has for one sample.", name, label),
    }
}

/// Z₂, or the value that a layer without pre-activations puts out.
fn adjoint_of(forward: &Forward, adjoint: &Symbol) -> Sentence {
    let of = |role| {
        let values = forward.definitions.iter().map(|definition| definition.symbol);
        let is_it = |symbol: &Symbol| symbol.role == role && symbol.label == adjoint.label;
        values.into_iter().find(|symbol| is_it(forward.arena.symbol(*symbol)))
    };
    let found = of(Role::PreActivation).or_else(|| of(Role::Prediction)).or_else(|| of(Role::Activation));
    found.map_or_else(
        || Sentence::of("what the layer puts out"),
        |symbol| Typesetter::new(&forward.arena).name(symbol).into(),
    )
}

/// What a factor of a formula of this derivation is, if it is known what it was set from.
pub fn told(derivation: &Derivation, origin: Origin) -> Option<Told> {
    let (kind, symbol, said) = match origin {
        Origin::Unknown => return None,
        Origin::Expression(id) => return Some(of_expression(derivation, id)),
        Origin::Name(symbol) => of_name(&derivation.forward, symbol),
        Origin::Derivative(of, by) => (Kind::Derivative(of, by), of.or(Some(by)), derivative(derivation, of, by)),
        Origin::Place => {
            let said =
                "This is the identity matrix: it stands for the variable itself, or for a branch that changes nothing.";
            (Kind::Place, None, Sentence::of(said))
        }
    };
    Some(Told { said, transposed: None, symbol, kind })
}

/// A factor of the chain rule.
fn derivative(derivation: &Derivation, of: Option<SymbolId>, by: SymbolId) -> Sentence {
    let name = |symbol| Typesetter::new(&derivation.forward.arena).name(symbol);
    let (of, by) = (of.map_or(Notation::Loss, name), name(by));
    let whole = Notation::partial(of.clone(), by.clone());
    sentence!(
        "{} is the derivative of {} with respect to {}: it says how {} changes when {} changes a little.",
        whole,
        of.clone(),
        by.clone(),
        of,
        by
    )
}

fn of_expression(derivation: &Derivation, id: ExprId) -> Told {
    let forward = &derivation.forward;
    let arena = &forward.arena;
    let (inner, is_transposed) = match arena.op(id) {
        Op::Transpose([inner]) => (*inner, true),
        _ => (id, false),
    };
    let transposed = is_transposed.then(|| why_transposed(forward, id, inner)).flatten();
    let (kind, symbol, said) = of_untransposed(derivation, inner);
    Told { said, transposed, symbol, kind }
}

fn of_untransposed(derivation: &Derivation, id: ExprId) -> (Kind, Option<SymbolId>, Sentence) {
    let forward = &derivation.forward;
    let arena = &forward.arena;
    if let Some(symbol) = arena.as_symbol(id) {
        return of_name(forward, symbol);
    }
    let names: Vec<SymbolId> = names(arena, id);
    let has_adjoint = names.iter().any(|name| arena.symbol(*name).role == Role::Adjoint);
    let loss = forward.outputs.iter().position(|output| names.contains(&output.target));
    if let Some(loss) = loss.filter(|_| !has_adjoint) {
        let by = of_error(derivation, loss);
        let said = sentence!(
            "This is the error: the gradient of the loss with respect to {}, with which the backward pass begins.",
            Typesetter::new(arena).name(by)
        );
        return (Kind::Error(loss), Some(by), said);
    }
    of_operator(forward, id, names)
}

fn of_name(forward: &Forward, symbol: SymbolId) -> (Kind, Option<SymbolId>, Sentence) {
    let kind = match forward.arena.symbol(symbol).role {
        Role::Adjoint => Kind::Adjoint,
        role if role.is_gate_matrix() => Kind::Gate,
        Role::Target => Kind::Other(vec![symbol]),
        _ => Kind::Named,
    };
    (kind, Some(symbol), variable(forward, symbol))
}

/// What is told by what is done with its `names`.
fn of_operator(forward: &Forward, id: ExprId, names: Vec<SymbolId>) -> (Kind, Option<SymbolId>, Sentence) {
    let arena = &forward.arena;
    let name = |symbol: SymbolId| Typesetter::new(arena).name(symbol);
    match arena.op(id) {
        Op::Map(_, order, [of]) if *order > 0 && arena.as_symbol(*of).is_some() => {
            let symbol = arena.as_symbol(*of);
            let label = symbol.and_then(|symbol| arena.symbol(symbol).label.clone()).unwrap_or_default();
            let of: Sentence = symbol.map_or_else(Sentence::default, |symbol| name(symbol).into());
            let said = sentence!(
                "This holds the derivatives of the activation of layer {} at {}, an entry for each entry.",
                label.to_string(),
                of
            );
            (Kind::Gate, symbol, said)
        }
        Op::Ones(rows, columns) => {
            let said = if rows.is_one() || columns.is_one() {
                Sentence::of("These are ones: the product with them sums over the samples.")
            } else {
                Sentence::of("This is a matrix of ones.")
            };
            (Kind::Other(names), None, said)
        }
        Op::Diagonal([of]) if arena.as_symbol(*of).is_some_and(|of| arena.symbol(of).role == Role::ValueGate) => {
            let side = if forward.has_columns() { "column" } else { "row" };
            let whole = arena.as_symbol(*of).map(|of| whole(arena.symbol(of)));
            let said = sentence!("This has a {} of {} on its diagonal.", side, whole.unwrap_or(Notation::Number(0)));
            let first = names.first().copied();
            (Kind::Other(names), first, said)
        }
        Op::Identity(_) => {
            (Kind::Other(names), None, Sentence::of("This is the identity matrix, which changes nothing."))
        }
        _ => {
            let first = names.iter().copied().find(|symbol| arena.symbol(*symbol).label.is_some());
            let begin = Sentence::of("This is computed from ");
            let shown: Vec<Notation> = names.iter().copied().map(name).collect();
            let said = if shown.is_empty() {
                Sentence::of("This is a constant.")
            } else {
                super::steps::words::joined(begin, &shown).words(".")
            };
            (Kind::Other(names), first, said)
        }
    }
}

/// A of a, a row of it.
fn whole(row: &Symbol) -> Notation {
    Notation::indexed(&row.name.to_uppercase(), row.label.as_deref().unwrap_or_default())
}

/// The name of what a symbol is, or is a row of: `A2` of a₂.
pub fn key_of_whole(symbol: &Symbol) -> String {
    if symbol.role != Role::ValueGate {
        return symbol.key();
    }
    indexed(&symbol.name.to_uppercase(), symbol.label.as_deref().unwrap_or_default())
}

/// With respect to what the error of this loss is a gradient: Z of the last layer where the loss absorbs its activation.
fn of_error(derivation: &Derivation, loss: usize) -> SymbolId {
    let forward = &derivation.forward;
    let prediction = forward.outputs[loss].prediction;
    let through = crate::gradient::form::layered::argument(&forward.arena, prediction);
    through.filter(|_| derivation.output_errors[loss].is_fused(&forward.arena)).unwrap_or(prediction.symbol)
}

/// A product with Aᵀ sums over the samples; Wᵀ turns back what W turned.
fn why_transposed(forward: &Forward, id: ExprId, inner: ExprId) -> Option<Sentence> {
    let arena = &forward.arena;
    let (rows, columns) = arena.dims(id).ok()?;
    if rows.is_batch() || columns.is_batch() {
        return Some(Sentence::of("It is transposed, so that the product sums over the samples."));
    }
    let symbol = arena.as_symbol(inner).filter(|symbol| arena.symbol(*symbol).role == Role::Weight)?;
    let [many, few] = if forward.has_columns() { [columns, rows] } else { [rows, columns] };
    let [many, few] = [many, few].map(|dim| Notation::Dim(dim.clone()));
    Some(sentence!(
        "It is transposed, since the backward pass goes the other way: forward {} turns {} features into {}, and its \
         transpose turns {} back into {}.",
        Typesetter::new(arena).name(symbol),
        few.clone(),
        many.clone(),
        many,
        few
    ))
}

/// The names in an expression, each once.
fn names(arena: &Arena, id: ExprId) -> Vec<SymbolId> {
    let mut names = Vec::new();
    for name in arena.reachable(&[id]).into_iter().filter_map(|id| arena.as_symbol(id)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
