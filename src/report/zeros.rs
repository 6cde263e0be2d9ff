//! The forward pass → the biases that a norm takes out again, whatever the numbers: their gradients are 0, or sum to 0.

use std::collections::HashMap;

use super::gradients::Report;
use crate::{
    document::{
        Sentence,
        mean::{Mean, mean},
        sentence,
    },
    expr::{Arena, Definition, ExprId, Function, Op, Role, Scalar, SymbolId, normal::Along},
};

impl Report<'_> {
    /// That the gradients by some of the variables are 0, or sum to 0, and why.
    pub(super) fn zero_biases(&self, variables: &[SymbolId]) -> Vec<Sentence> {
        let forward = &self.derivation.forward;
        if self.derivation.general.is_some() {
            return Vec::new();
        }
        let (over_samples, over_units) =
            if forward.has_columns() { (Along::Rows, Along::Columns) } else { (Along::Columns, Along::Rows) };
        let biases = variables.iter().copied().filter(|variable| self.arena.symbol(*variable).role == Role::Bias);
        let (mut zeros, mut sums) = (Vec::new(), Vec::new());
        let means: Vec<Along> = self.means().map(|mean| mean.along).collect();
        for bias in biases {
            let is_lost = |along| {
                means.contains(&along) && Shift::of_loss(self, bias, along, along == over_samples) == Shift::None
            };
            if is_lost(over_samples) {
                zeros.push(bias);
            } else if is_lost(over_units) {
                sums.push(bias);
            }
        }
        [self.always_zero(&zeros), self.sum_to_zero(&sums)].concat()
    }

    fn means(&self) -> impl Iterator<Item = Mean> + '_ {
        let values: Vec<ExprId> =
            self.derivation.forward.definitions.iter().map(|definition| definition.value).collect();
        self.arena.reachable(&values).into_iter().filter_map(|part| mean(self.arena, part))
    }

    fn always_zero(&self, biases: &[SymbolId]) -> Vec<Sentence> {
        let Some((first, more)) = biases.split_first() else { return Vec::new() };
        let (gradient, bias) = (self.by(*first), self.typesetter.name(*first));
        let mut definitions = self.derivation.forward.definitions.iter();
        let is_dense = definitions.any(|Definition { symbol, value }| {
            let parts = self.arena.reachable(&[*value]);
            self.arena.symbol(*symbol).role == Role::PreActivation
                && parts.iter().any(|part| self.arena.as_symbol(*part) == Some(*first))
        });
        let told = sentence!(
            "{} is 0 for every batch: the batch norm takes the mean out again, and with it {}.{}",
            gradient,
            bias,
            if is_dense { " Write `nobias`." } else { "" }
        );
        let others = (!more.is_empty()).then(|| same_of(more.len()));
        [told].into_iter().chain(others).collect()
    }

    fn sum_to_zero(&self, biases: &[SymbolId]) -> Vec<Sentence> {
        let Some((first, more)) = biases.split_first() else { return Vec::new() };
        let (gradient, bias) = (self.by(*first), self.typesetter.name(*first));
        let told = sentence!(
            "The entries of {} sum to 0: the layer norm takes out again what all entries of {} have in common.",
            gradient,
            bias
        );
        let others = (!more.is_empty()).then(|| same_of(more.len()));
        [told].into_iter().chain(others).collect()
    }
}

fn same_of(count: usize) -> Sentence {
    Sentence::of(match count {
        1 => "The same is true of one more bias.".to_owned(),
        count => format!("The same is true of {count} more biases."),
    })
}

/// What is left in a value of what is added to a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shift {
    /// Nothing.
    None,
    /// It itself, one vector.
    Vector,
    /// A term that is the same all along.
    Constant,
    /// More than can be said.
    Other,
}

/// Follows what is added to a bias through the forward pass.
struct Followed<'a> {
    arena: &'a Arena,
    bias: SymbolId,
    along: Along,
    /// Whether a product with a matrix keeps it constant along.
    through_products: bool,
    names: HashMap<SymbolId, Shift>,
    known: HashMap<ExprId, Shift>,
}

impl Shift {
    /// What J keeps of it.
    fn of_loss(report: &Report, bias: SymbolId, along: Along, through_products: bool) -> Self {
        let forward = &report.derivation.forward;
        let (names, known) = (HashMap::new(), HashMap::new());
        let mut followed = Followed { arena: report.arena, bias, along, through_products, names, known };
        for Definition { symbol, value } in &forward.definitions {
            let shift = followed.shift(*value);
            followed.names.insert(*symbol, shift);
        }
        followed.shift(forward.loss)
    }

    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, shift) | (shift, Self::None) => shift,
            (Self::Vector, Self::Vector) => Self::Vector,
            (Self::Constant, Self::Constant) => Self::Constant,
            _ => Self::Other,
        }
    }
}

impl Followed<'_> {
    fn shift(&mut self, root: ExprId) -> Shift {
        for id in self.arena.reachable(&[root]) {
            if !self.known.contains_key(&id) {
                let shift = self.of_operator(id);
                self.known.insert(id, shift);
            }
        }
        self.known[&root]
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "all others keep nothing in which there was nothing")]
    fn of_operator(&self, id: ExprId) -> Shift {
        let of = |id: ExprId| self.known[&id];
        match *self.arena.op(id) {
            Op::Symbol(symbol) if symbol == self.bias => Shift::Vector,
            Op::Symbol(symbol) => self.names.get(&symbol).copied().unwrap_or(Shift::None),
            Op::Add([a, b]) if self.is_centred(a, b) && of(a) == Shift::Constant => Shift::None,
            Op::Add([a, b]) => of(a).plus(of(b)),
            Op::Scale([s, a]) if of(s) == Shift::None => of(a),
            Op::Map(Function::Linear, 0, [a]) => of(a),
            Op::Multiply([a, b]) => self.of_product(a, b),
            ref op if op.children().iter().all(|part| of(*part) == Shift::None) => Shift::None,
            _ => Shift::Other,
        }
    }

    /// 1 c is constant along its columns, c 1ᵀ along its rows; what is, stays so in a product on the other side.
    fn of_product(&self, a: ExprId, b: ExprId) -> Shift {
        let (mut inner, mut outer) = (a, b);
        if self.along == Along::Rows {
            std::mem::swap(&mut inner, &mut outer);
        }
        let spreads =
            |ones: ExprId| matches!(self.arena.op(ones), Op::Ones(rows, columns) if rows.is_one() || columns.is_one());
        match (self.known[&inner], self.known[&outer]) {
            (Shift::None, Shift::None) => Shift::None,
            (Shift::None, Shift::Vector) if spreads(inner) => Shift::Constant,
            (Shift::Vector, Shift::None) if spreads(outer) && !self.through_products => Shift::Constant,
            (shift @ (Shift::Constant | Shift::Vector), Shift::None) if self.through_products => shift,
            _ => Shift::Other,
        }
    }

    /// Whether b is minus the mean of a.
    fn is_centred(&self, a: ExprId, b: ExprId) -> bool {
        let of = |mean: &Mean| {
            mean.along == self.along && mean.times == Scalar::integer(-1) && mean.of == self.arena.factors(a)
        };
        mean(self.arena, b).is_some_and(|mean| of(&mean))
    }
}
