//! The gradients in their form: from the sweep's product to the printed one, through gates and samples by name.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    MAX_NODES, Proof, Reason, Step, Subject, Values, defect,
    key::kind,
    limits, moves,
    proof_builder::{ProofBuilder, places},
};
use crate::{
    expr::{Arena, Definition, ExprId, Op, Role, Substitution, SymbolId},
    gradient::{
        Derivation, Derivative, Derived, Form, Gradient, GradientError,
        form::{
            layered::layered,
            per_sample::per_sample,
            product::{product, through_activation},
        },
    },
    pipeline::{PipelineError, derive::substituted},
    simplify::{Group, explain, simplify},
};

/// The proofs of definitions and gradients by `variables`.
pub fn proofs(derivation: &mut Derivation, variables: &[SymbolId], expand: bool) -> Result<Vec<Proof>, PipelineError> {
    let Derived::Gradient(printed) = derivation.derived.clone() else { return Ok(Vec::new()) };
    let swept = layered(&mut derivation.forward, &derivation.output_errors)?;
    let mut body = Body::new(derivation, printed, swept, expand)?;
    let mut gradients = Vec::new();
    for variable in variables {
        gradients.extend(body.gradient(*variable)?);
    }
    let mut proofs = body.errors(variables, &gradients)?;
    proofs.extend(gradients);
    Ok(proofs)
}

/// What is printed, and what the sweep produced.
pub(super) struct Body<'a> {
    pub(super) derivation: &'a mut Derivation,
    pub(super) printed: Gradient,
    pub(super) swept: Gradient,
    /// The product form before the laws, and the per-sample form.
    pub(super) gated: Gradient,
    /// Of a network that branches, the same with the values written out, if that is wanted.
    pub(super) written_out: Option<Gradient>,
    pub(super) expand: bool,
    /// Puts all Δ in.
    pub(super) inline: Substitution,
    /// Of a network that branches: puts gates in what a value gets, and then all Δ with gates.
    pub(super) gates: Substitution,
    pub(super) with_gates: Substitution,
    /// Symbols of each expression, each part counted as often as it is written.
    sizes: HashMap<ExprId, usize>,
}

impl<'a> Body<'a> {
    fn new(
        derivation: &'a mut Derivation,
        printed: Gradient,
        swept: Gradient,
        expand: bool,
    ) -> Result<Self, GradientError> {
        let product = swept.clone();
        let (inline, gates, with_gates) = (Substitution::new(), Substitution::new(), Substitution::new());
        let sizes = HashMap::new();
        let mut body = Self {
            derivation,
            printed,
            swept,
            gated: product,
            written_out: None,
            expand,
            inline,
            gates,
            with_gates,
            sizes,
        };
        if body.printed.form != Form::Layered {
            if body.derivation.is_chain { body.of_chain()? } else { body.of_paths()? }
        }
        Ok(body)
    }

    /// The product of a chain, and what its Δ stand for.
    fn of_chain(&mut self) -> Result<(), GradientError> {
        let (head, forward) = (self.derivation.head(), &mut self.derivation.forward);
        self.gated = product(forward, &head, &self.swept, self.expand)?;
        let fused = head.is_fused(&forward.arena);
        let prediction = forward.prediction();
        let arena = &mut forward.arena;
        for (i, Definition { symbol, value }) in self.swept.definitions.iter().enumerate() {
            let unfused = i == 0 && !fused;
            let through = if unfused { through_activation(arena, prediction, head.by_prediction)? } else { *value };
            let value = self.inline.apply(arena, through)?;
            self.inline.replace(arena.named(*symbol)?, value);
        }
        Ok(())
    }

    pub(super) fn arena(&mut self) -> &mut Arena {
        &mut self.derivation.forward.arena
    }

    /// The Δ that the gradients by `variables` lead to, with their places in the list.
    fn needed(&mut self, variables: &[SymbolId]) -> Vec<(usize, Definition)> {
        let arena = &self.derivation.forward.arena;
        let symbols = |root| arena.reachable(&[root]).into_iter().filter_map(|id| arena.as_symbol(id));
        let wanted = variables.iter().filter_map(|variable| self.swept.by(*variable));
        let mut found: HashSet<SymbolId> = wanted.flat_map(|derivative| symbols(derivative.value)).collect();
        for definition in self.swept.definitions.iter().rev() {
            if found.contains(&definition.symbol) {
                found.extend(symbols(definition.value));
            }
        }
        let all = self.swept.definitions.iter().copied().enumerate();
        all.filter(|(_, definition)| found.contains(&definition.symbol)).collect()
    }

    /// A_l for softmax(Z_l), then the laws.
    fn layered(&mut self, subject: Subject, first: ExprId, printed: ExprId) -> Result<Proof, PipelineError> {
        let definitions = self.derivation.forward.definitions.clone();
        let arena = self.arena();
        let mut builder = ProofBuilder::new(arena, subject, first, Values::Batch);
        let mut names = Vec::new();
        for definition in definitions {
            if matches!(arena.op(definition.value), Op::Softmax(_)) {
                names.push((definition.value, arena.named(definition.symbol).map_err(GradientError::from)?));
            }
        }
        let sources: Vec<ExprId> = names.iter().map(|(value, _)| *value).collect();
        let marked = places(arena, first, &sources);
        let folded = substituted(arena, &names, &[first])?[0];
        builder.named(arena, Reason::Activations, marked, folded, Values::Batch);
        let moves = moves(explain(arena, folded, printed, Group::Body, limits()))?;
        builder.by_laws(arena, &moves, &mut Substitution::new(), Values::Batch)?;
        Ok(builder.end())
    }

    /// How many symbols `root` is written with, without writing it: it may be exponential in what is stored.
    pub(super) fn size(&mut self, root: ExprId) -> usize {
        let arena = &self.derivation.forward.arena;
        for id in arena.reachable(&[root]) {
            let parts = arena.op(id).children().iter().map(|part| self.sizes.get(part).copied().unwrap_or_default());
            let size = parts.fold(1, usize::saturating_add);
            self.sizes.insert(id, size);
        }
        self.sizes[&root]
    }

    /// The proofs of the Δ: of the layered form, and of what goes by induction.
    fn errors(&mut self, variables: &[SymbolId], gradients: &[Proof]) -> Result<Vec<Proof>, PipelineError> {
        if self.printed.form == Form::Layered {
            let needed = self.needed(variables);
            let sizes = needed.iter().map(|(_, definition)| self.size(definition.value));
            if sizes.fold(0, usize::saturating_add) > MAX_NODES {
                let output_errors = &self.derivation.output_errors;
                let is_head = |value| {
                    output_errors.iter().any(|head| [head.by_prediction, head.by_pre_activation].contains(&value))
                };
                let needed: Vec<_> = needed.into_iter().filter(|(_, definition)| !is_head(definition.value)).collect();
                return self.kinds(&needed);
            }
            let proof = |(place, definition): (usize, Definition)| {
                let printed = self.printed.definitions[place].value;
                self.layered(Subject::Error(definition.symbol), definition.value, printed)
            };
            return needed.into_iter().map(proof).collect();
        }
        if !self.derivation.is_chain {
            return Ok(Vec::new());
        }
        let by_induction = |proof: &Proof| match proof.subject {
            Subject::ByInduction(variable, _) => Some(variable),
            Subject::ByPrediction
            | Subject::Loss(..)
            | Subject::Error(_)
            | Subject::Layer(..)
            | Subject::Derivative(_) => None,
        };
        let variables: Vec<SymbolId> = gradients.iter().filter_map(by_induction).collect();
        let mut needed = self.needed(&variables);
        let (head, forward) = (self.derivation.head(), &mut self.derivation.forward);
        let prediction = forward.prediction();
        if head.is_fused(&forward.arena) {
            needed.drain(..needed.len().min(1));
        } else if let Some((_, top)) = needed.first_mut() {
            top.value = through_activation(&mut forward.arena, prediction, head.by_prediction)?;
        }
        self.kinds(&needed)
    }

    fn gradient(&mut self, variable: SymbolId) -> Result<Option<Proof>, PipelineError> {
        let of = |gradient: &Gradient| gradient.by(variable).map(|derivative| derivative.value);
        let (Some(swept), Some(gated), Some(printed)) = (of(&self.swept), of(&self.gated), of(&self.printed)) else {
            return Ok(None);
        };
        if self.printed.form == Form::Layered {
            return self.layered(Subject::Derivative(variable), swept, printed).map(Some);
        }
        let first = self.inline.apply(&mut self.derivation.forward.arena, swept).map_err(GradientError::from)?;
        if !self.derivation.is_chain {
            return self.of_uses(variable, [swept, first, gated], printed).map(Some);
        }
        let long = [first, gated, printed].into_iter().any(|line| self.size(line) > MAX_NODES);
        let mut values = Values::SharedGates;
        let mut opened = None;
        let mut gated = gated;
        if self.printed.form == Form::PerSample {
            values = Values::Sample;
            opened = Some(self.open(variable, first)?);
            gated = self.open(variable, gated)?;
        }
        if long {
            let reason = if self.expand { Reason::Expanded } else { Reason::SharedGates };
            let step = Step { reason, places: Vec::new(), rearranged: false, to: printed, values };
            let subject = Subject::ByInduction(variable, swept);
            return Ok(Some(Proof { subject, first, values: Values::Batch, steps: vec![step] }));
        }
        let names = self.gate_names()?;
        self.chain(Subject::Derivative(variable), [first, opened.unwrap_or(first), gated], printed, &names).map(Some)
    }

    /// The batch, the samples, the gates, the laws, the gates' names.
    fn chain(
        &mut self,
        subject: Subject,
        [first, opened, gated]: [ExprId; 3],
        printed: ExprId,
        names: &[(ExprId, ExprId)],
    ) -> Result<Proof, PipelineError> {
        // One layer's error holds no activation that could be written out.
        let expanded = self.expand && matches!(subject, Subject::Derivative(_));
        let sources = self.replaced(opened, gated, opened != first, expanded)?;
        let arena = self.arena();
        let mut builder = ProofBuilder::new(arena, subject, first, Values::Batch);
        let (mut values, mut reason) = (Values::SharedGates, Reason::SharedGates);
        let marked = places(arena, opened, &sources);
        if opened != first {
            builder.named(arena, Reason::Samples, Vec::new(), opened, Values::Sample);
            (values, reason) = (Values::Sample, Reason::OwnGates);
        }
        let reason = if expanded { Reason::Expanded } else { reason };
        builder.named(arena, reason, marked, gated, values);
        let unfolded: Vec<_> = names.iter().map(|(value, name)| (*name, *value)).collect();
        let target = substituted(arena, &unfolded, &[printed])?[0];
        let moves = moves(explain(arena, gated, target, Group::Body, limits()))?;
        builder.by_laws(arena, &moves, &mut Substitution::new(), values)?;
        let written: Vec<ExprId> = names.iter().map(|(value, _)| *value).collect();
        let marked = places(arena, target, &written);
        builder.named(arena, Reason::Gates, marked, printed, values);
        Ok(builder.end())
    }

    /// What gates stand for in `line`, which becomes `gated`.
    fn replaced(
        &mut self,
        line: ExprId,
        gated: ExprId,
        opened: bool,
        expanded: bool,
    ) -> Result<Vec<ExprId>, GradientError> {
        let mut sources = Vec::new();
        for gate in self.gated.gates.clone() {
            sources.push(if opened { self.open(gate.activation, gate.source)? } else { gate.source });
        }
        if expanded {
            let arena = &self.derivation.forward.arena;
            let kept = arena.reachable(&[gated]);
            let is_activation =
                |id: &ExprId| arena.as_symbol(*id).is_some_and(|symbol| arena.symbol(symbol).role == Role::Activation);
            sources.extend(arena.reachable(&[line]).into_iter().filter(|id| is_activation(id) && !kept.contains(id)));
        }
        Ok(sources)
    }

    /// What each gate is, and its name.
    fn gate_names(&mut self) -> Result<Vec<(ExprId, ExprId)>, GradientError> {
        let arena = &mut self.derivation.forward.arena;
        let name = |definition: &Definition| Ok((definition.value, arena.named(definition.symbol)?));
        self.printed.definitions.iter().map(name).collect()
    }

    /// The batch opened into samples.
    pub(super) fn open(&mut self, variable: SymbolId, value: ExprId) -> Result<ExprId, GradientError> {
        let derivatives = vec![Derivative { variable, value }];
        let whole = Gradient { derivatives, ..Gradient::new(Form::Product) };
        let opened = per_sample(self.arena(), &whole)?;
        opened.derivatives.first().map(|derivative| derivative.value).ok_or_else(|| defect("opened batch"))
    }

    /// One proof for each kind of layer.
    fn kinds(&mut self, needed: &[(usize, Definition)]) -> Result<Vec<Proof>, PipelineError> {
        let mut kinds: BTreeMap<String, (usize, Definition)> = BTreeMap::new();
        let mut order = Vec::new();
        for (_, definition) in needed {
            let kind = kind(&self.derivation.forward.arena, definition.value);
            let known = kinds.entry(kind.clone()).or_insert_with(|| {
                order.push(kind);
                (0, *definition)
            });
            known.0 += 1;
        }
        let found: Vec<(usize, Definition)> = order.iter().filter_map(|kind| kinds.get(kind)).copied().collect();
        found.into_iter().map(|(count, definition)| self.layer(definition, count)).collect()
    }

    /// Δ_l by Δ_{l+1}: the one step that all layers of a kind repeat.
    fn layer(&mut self, Definition { symbol, value }: Definition, count: usize) -> Result<Proof, PipelineError> {
        let subject = Subject::Layer(symbol, count);
        if self.printed.form == Form::Layered {
            let found = self.printed.definitions.iter().find(|definition| definition.symbol == symbol);
            let printed = found.ok_or_else(|| defect("Δ"))?.value;
            return self.layered(subject, value, printed);
        }
        let arena = &mut self.derivation.forward.arena;
        let mut by_rows = Substitution::new();
        for gate in &self.gated.gates {
            let rows = gate.rows(arena)?;
            by_rows.replace(gate.source, rows);
        }
        let (mut opened, mut gated) = (value, by_rows.apply(arena, value).map_err(GradientError::from)?);
        if self.printed.form == Form::PerSample {
            opened = self.open(symbol, value)?;
            gated = self.open(symbol, gated)?;
        }
        let names = self.gate_names()?;
        let arena = self.arena();
        let simplified = simplify(arena, &[gated], Group::Body, limits()).roots[0];
        let printed = substituted(arena, &names, &[simplified])?[0];
        self.chain(subject, [value, opened, gated], printed, &names)
    }
}
