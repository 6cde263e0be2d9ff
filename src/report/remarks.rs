//! A derivation and the variables that were asked for → what a reader must know of the equations: what they rest on, over
//! what they are summed, their signs, the convention.

use std::collections::BTreeSet;

use super::{
    general,
    gradients::{Report, is_shared_gate},
    second::checked,
    signs,
};
use crate::{
    document::{Block, Notation, Relation, Sentence, Sign, Typesetter, sentence},
    expr::{Arena, ExprId, Role, Symbol, SymbolId},
    gradient::{
        Derivation, Derived, Form,
        form::{
            chain::Chain,
            expand::{Stop, StopReason},
            paths::norm_matrix,
        },
    },
    shape::Dim,
};

/// How the sides of all equations are decided, said with every result.
const ROWS: &str = "Samples are rows, and a gradient has the shape of its variable.";
/// The same of samples as columns.
const COLUMNS: &str = "Samples are columns, and a gradient has the shape of its variable.";
/// The same of products with second derivatives.
const SECOND: [&str; 2] = [
    "Samples are rows, and each part has the shape of its variable.",
    "Samples are columns, and each part has the shape of its variable.",
];
/// The same of Jacobians.
const JACOBIAN: &str = "A Jacobian has a row for each entry of the output and a column for each entry of \
                        the variable.";

/// Why there are no other formulas.
const BATCH: &str = "This is the layered form, which is exact. A batch norm takes its means over all samples, so that each depends \
                     on all others: there is no product form and no formula for one sample.";
/// Where it would stand in a product.
const BESIDE: &str = "In a product it would be a factor on the {}, another one for each feature: {} j of the gradient with respect to {} is \
                      multiplied by {} = {}, where {} holds {} j of {}, {} has entry j of {} in each place, and {} is the identity.";

/// Of more variables than this the number of paths is not said.
const LISTED: usize = 12;

impl Report<'_> {
    /// What a sample is of a batch.
    pub(super) fn side(&self) -> &'static str {
        if self.derivation.forward.has_columns() { "column" } else { "row" }
    }

    /// How the sides of the equations are decided.
    pub fn convention(&self) -> &'static str {
        match self.derivation {
            Derivation { jacobian_of: Some(_), .. } => JACOBIAN,
            Derivation { second: Some(_), forward, .. } => SECOND[usize::from(forward.has_columns())],
            derivation if derivation.forward.has_columns() => COLUMNS,
            _ => ROWS,
        }
    }

    /// What the equations by `variables` rest on, what else there is to know of them, their signs and those of `others`, which
    /// stand on the page too, and the convention.
    pub fn remarks<'d>(&self, variables: &[SymbolId], forward: bool, others: &[ExprId]) -> Vec<Block<'d>> {
        let (assumptions, remarks) = self.noted(variables);
        let mut blocks: Vec<Block> = assumptions.into_iter().map(Block::Assumption).collect();
        blocks.extend(remarks.into_iter().map(Block::Remark));
        blocks.push(Block::Notation(signs::signs(self, variables, forward, others)));
        blocks.push(Block::Remark(Sentence::of(self.convention())));
        blocks.extend(self.checked().map(Block::Remark));
        blocks
    }

    /// The same in sentences, without the signs that every reader knows.
    pub fn notes(&self, variables: &[SymbolId]) -> Vec<Sentence> {
        let (mut notes, remarks) = self.noted(variables);
        notes.extend(remarks);
        notes.extend(self.checked());
        notes.extend(
            signs::legend(self, variables).into_iter().map(|(sign, meaning)| sentence!("{} {}", sign, meaning)),
        );
        notes
    }

    /// How a product with second derivatives was checked.
    fn checked(&self) -> Option<Sentence> {
        self.derivation.second.as_ref().map(|second| checked(second.kind, &second.checked))
    }

    /// Under which assumptions the equations hold, and what else there is to know of them.
    fn noted(&self, variables: &[SymbolId]) -> (Vec<Sentence>, Vec<Sentence>) {
        let (mut assumptions, mut remarks) = (Vec::new(), Vec::new());
        let has_columns = self.derivation.forward.has_columns();
        if let Some(general) = &self.derivation.general {
            remarks.extend(general::notes(self, general, variables));
        }
        if let Some(second) = &self.derivation.second {
            remarks.extend(self.second_notes(second));
        }
        match &self.derivation.derived {
            Derived::Gradient(gradient) => {
                let shown: Vec<ExprId> = variables.iter().filter_map(|v| gradient.by(*v)).map(|d| d.value).collect();
                if shown.iter().any(|shown| self.approximate.contains(shown)) {
                    assumptions.push(self.one_gate(&self.symbols(&shown).collect()));
                }
                if gradient.form == Form::Layered
                    && self.derivation.forward.mixes_samples()
                    && self.derivation.second.is_none()
                {
                    remarks.push(Sentence::of(BATCH));
                    remarks.extend(self.beside());
                }
                remarks.extend(gradient.stops.iter().map(|stop| self.stopped(*stop)));
                if self.derivation.second.is_none() {
                    remarks.extend(self.zero_biases(variables));
                }
            }
            Derived::Intuitive(_) => {
                let order = if has_columns { "from the last layer to the first" } else { "in the order of the layers" };
                let named = sentence!("{} names what enters the gradient, {}, with", Relation::Sketch, order);
                let named = sentence!("{} {} for each activation", named, Notation::letter("S"));
                let norms = self.arena.symbols().iter().any(|symbol| symbol.role == Role::NormMatrix);
                let named =
                    if norms { sentence!("{} and {} for each norm", named, Notation::letter("N")) } else { named };
                assumptions.push(sentence!("{}. It is not a product that can be computed.", named));
            }
            Derived::Chain(chain) => {
                remarks.push(Sentence::of(format!(
                    "Each factor is the derivative of one matrix with respect to another: a map, not a matrix. The factor of \
                     a weight or bias is written {}, where the product form has the transpose of what that is multiplied \
                     with.",
                    if has_columns { "last" } else { "first" }
                )));
                remarks.extend(self.parts_of_loss(chain));
            }
        }
        remarks.extend(self.paths(variables));
        if self.derivation.assumes_distributions && !matches!(self.derivation.derived, Derived::Chain(_)) {
            for target in self.derivation.forward.distributions() {
                let target = self.typesetter.name(target);
                assumptions.push(sentence!("This assumes that each {} of {} sums to 1.", self.side(), target));
            }
        }
        (assumptions, remarks)
    }

    /// By what the first batch norm multiplies each column: N of a norm whose entries are those of all samples.
    fn beside(&self) -> Option<Sentence> {
        let forward = &self.derivation.forward;
        let root = forward.definitions.iter().find(|definition| forward.is_over_batch(definition.symbol))?.symbol;
        let label = self.arena.symbol(root).label.clone()?;
        let holds_root =
            |value| self.arena.reachable(&[value]).iter().any(|id| self.arena.as_symbol(*id) == Some(root));
        let normal = forward.definitions.iter().find(|definition| holds_root(definition.value))?.symbol;
        let (mut arena, samples) = (Arena::default(), forward.samples());
        let column = |arena: &mut Arena, letter: &str| {
            let column = Symbol::new(Role::ValueGate, letter, Some(&label), samples.clone(), Dim::one());
            let column = arena.intern(column);
            arena.named(column).ok()
        };
        let (h, q) = (column(&mut arena, "h")?, column(&mut arena, "q")?);
        let value = norm_matrix(&mut arena, [h, q], samples, true).ok()?;
        let typesetter = Typesetter::new(&arena);
        let [value, h, q] = [value, h, q].map(|id| typesetter.formula(id).without_shapes());
        let (side, line) = if forward.has_columns() { ("right", "row") } else { ("left", "column") };
        let [normal, root] = [normal, root].map(|symbol| self.typesetter.name(symbol));
        let (name, identity) = (Notation::indexed("N", &label), Notation::letter("I"));
        let parts: [Sentence; 11] = [
            Sentence::of(side),
            Sentence::of(line),
            normal.clone().into(),
            name.into(),
            value.into(),
            h.into(),
            Sentence::of(line),
            normal.into(),
            q.into(),
            root.into(),
            identity.into(),
        ];
        Some(Sentence::filled(BESIDE, parts))
    }

    /// J = J₁ + J₂ + R, where factors are of these.
    fn parts_of_loss(&self, chain: &Chain) -> Option<Sentence> {
        let parts: Vec<Notation> = chain.parts().iter().map(|part| self.typesetter.name(*part)).collect();
        let first = parts.first()?.clone();
        let sum = Notation::Sum(parts.into_iter().map(|part| (Sign::Plus, part)).collect());
        let said = sentence!("{} = {}", Notation::Loss, sum);
        let said = if chain.parts().len() == 1 { said } else { said.words(", the losses in the order of the spec") };
        let said = if self.derivation.forward.penalty.is_some() {
            sentence!("{} and the penalties {}", said, Notation::letter("R"))
        } else {
            said
        };
        Some(sentence!(
            "{}. A derivative of {} is that of its own formula, in which all other values stay.",
            said,
            first
        ))
    }

    /// Over how many paths each derivative is a sum, where that is said.
    fn paths(&self, variables: &[SymbolId]) -> Option<Sentence> {
        let derivation = self.derivation;
        let number = |variable: &SymbolId| match &derivation.derived {
            Derived::Chain(chain) if derivation.general.is_none() => chain.number_of_paths(*variable),
            Derived::Chain(_) | Derived::Gradient(_) | Derived::Intuitive(_) => {
                derivation.paths.get(variable).copied().unwrap_or_default()
            }
        };
        let several = variables.iter().filter(|variable| number(variable) > 1).take(LISTED);
        let listed = several.enumerate().fold(Sentence::default(), |said, (i, variable)| {
            let name = self.typesetter.name(*variable);
            let begin = if i == 0 { Sentence::of("Paths that are added: ") } else { said.words(", ") };
            sentence!("{}{} from {}", begin, number(variable).to_string(), name)
        });
        let more = variables.iter().filter(|variable| number(variable) > 1).count() > LISTED;
        let any = listed != Sentence::default();
        any.then(|| listed.words(if more { " and so on." } else { "." }))
    }

    /// What one gate for all samples means.
    fn one_gate(&self, symbols: &BTreeSet<SymbolId>) -> Sentence {
        let gates = symbols.iter().map(|symbol| self.arena.symbol(*symbol)).filter(|symbol| is_shared_gate(symbol));
        let (rows, gates): (Vec<&Symbol>, Vec<&Symbol>) = gates.partition(|symbol| symbol.role == Role::ValueGate);
        let is_norm = gates.iter().any(|symbol| symbol.role == Role::NormMatrix);
        let gates: BTreeSet<&str> =
            gates.into_iter().map(|symbol| &*symbol.name).filter(|name| name.chars().count() == 1).collect();
        let side = self.side();
        let one_row = format!("one {side} of each value on a diagonal stands for all its {side}s");
        let samples = self.derivation.forward.samples();
        let one = match samples.as_name() {
            Some(_) => sentence!("{} = {}", Notation::Dim(samples.clone()), Notation::Number(1)),
            None => Sentence::of("one sample"),
        };
        let what = if gates.is_empty() {
            Sentence::of(format!("O{}", &one_row[1..]))
        } else {
            let matrices = if gates.len() == 1 { "One matrix" } else { "One matrix of each of" };
            let letters = Notation::List(gates.into_iter().map(Notation::letter).collect());
            let of = if is_norm { "derivatives of activations and norms" } else { "activation derivatives" };
            let rest = if rows.is_empty() { String::new() } else { format!(", and {one_row}") };
            sentence!("{} {} stands for the {} of the whole batch{}", matrices, letters, of, rest)
        };
        let note = sentence!(
            "{} {}: their mean over the samples. This is exact when all samples share them ({}, linear layers).",
            Relation::Approximate,
            what,
            one
        );
        note.typed(" For any batch use `--form layered` or `--form per-sample`.")
    }

    fn stopped(&self, stop: Stop) -> Sentence {
        let name = sentence!("{} is not expanded: ", self.typesetter.name(stop.activation));
        let side = self.side();
        let function = match stop.reason {
            StopReason::Pole(function) => function,
            StopReason::Softmax => {
                let words = "softmax mixes the entries of a";
                return name.words(format!("{words} {side}, so it is no product with a diagonal matrix."));
            }
            StopReason::Norm => {
                return name
                    .words("a norm divides by what depends on the entries, so it is no product with a fixed matrix.");
            }
            StopReason::Values => return name.words("it is a product of two values, entry by entry."),
        };
        let of = |argument| Notation::apply(function.name(), false, function.parameter(), argument);
        let (z, zero) = (|| Notation::letter("z"), || Notation::Number(0));
        let ratio = Notation::over(of(z()), z());
        name.then(sentence!("{} is not 0, so {} has a pole at {} = {}.", of(zero()), ratio, z(), zero()))
    }
}
