//! Proofs → a page: the equation of the sweep, each step with its law, the equation that `derive` prints.

pub mod law;

use self::law::{REARRANGED, law, lines, numbered, spread};
use super::words::equality;
use crate::{
    document::{Document, Entrywise, Equation, Notation, Relation, Sentence, Typesetter, marked, sentence},
    expr::{Arena, Definition, ExprId, Function, Op, Role, Symbol, SymbolId},
    gradient::{
        Derived, Form,
        form::layered::{argument, times_taken},
    },
    network::graph::Layout,
    pipeline::why::{ENDS, MAX_GRADIENTS, MAX_NODES, Proof, Reason, Step, Subject, Values, Why, kind},
    report::gradients::Report,
};

/// Writes the proofs, what they were checked on, and what a reader must know of the equations.
pub fn why<'d>(why: &Why) -> Document<'d> {
    let page = &mut Document::titled("Proof");
    let report = Report::new(&why.derivation);
    let arena = &why.derivation.forward.arena;
    let writer = Writer { why, report: &report, arena, typesetter: report.typesetter() };
    for run in why.proofs.chunk_by(|a, b| a.is_plain() && b.is_plain()) {
        match run {
            [first, _, ..] if first.is_plain() => writer.as_swept(page, run),
            proofs => proofs.iter().for_each(|proof| writer.proof(page, proof)),
        }
    }
    let steps = || why.proofs.iter().flat_map(|proof| &proof.steps);
    if steps().any(|step| step.places.iter().any(|place| !place.is_empty())) {
        let marked = Notation::Marked(Box::new(Notation::letter("A")));
        page.paragraph(sentence!("{} marks what the step below it rewrites", marked));
    }
    if steps().any(|step| matches!(step.reason, Reason::Law(..))) && why.derivation.forward.has_columns() {
        page.paragraph("Samples are columns, so each law is read for the transposes of its matrices.");
    }
    if writer.is_by_induction() && why.derivation.is_chain {
        page.paragraph(format!(
            "what is written with more than {MAX_NODES} symbols is proved by induction, one layer of each kind; no option raises the limit"
        ));
    }
    if let Some(count) = why.shortened {
        page.paragraph(Sentence::of(format!(
            "of the {count} gradients the first and the last {ENDS} are proved, as of any more than {MAX_GRADIENTS}; \
             no option raises the limit"
        )).typed(", --wrt names others"));
    }
    page.paragraph(writer.checked());
    let lines: Vec<ExprId> = why
        .proofs
        .iter()
        .flat_map(|proof| [proof.first].into_iter().chain(proof.steps.iter().map(|step| step.to)))
        .collect();
    page.blocks.extend(report.remarks(&why.variables, false, &lines));
    std::mem::take(page)
}

struct Writer<'a> {
    why: &'a Why,
    report: &'a Report<'a>,
    arena: &'a Arena,
    typesetter: Typesetter<'a>,
}

impl Writer<'_> {
    /// What needs no step.
    fn as_swept(&self, page: &mut Document, proofs: &[Proof]) {
        let lines: Vec<ExprId> = proofs.iter().map(|proof| proof.first).collect();
        let said = self.errors(Sentence::of("as the sweep produces them"), &lines);
        page.paragraph(said.words(", and as they stay:"));
        for proof in proofs {
            page.equation(self.last(proof));
        }
    }

    fn proof(&self, page: &mut Document, proof: &Proof) {
        if let Subject::ByInduction(variable, swept) = proof.subject {
            page.paragraph(match self.why.derivation.is_chain {
                true => self.induction(variable, swept, proof),
                false => self.too_long(variable, swept),
            });
            return page.equation(self.last(proof));
        }
        let mut said = Sentence::from(self.left(proof, proof.values));
        said = self.errors(said.words(" as the sweep produces it"), &[proof.first]);
        if let Subject::Loss(place, value) = proof.subject
            && let Some(term) = self.term(place, value)
        {
            let loss = self.typesetter.formula(self.why.derivation.forward.outputs[place].loss);
            said = sentence!("{}, where {} = {}", said, term, loss);
        }
        if let Subject::Layer(_, count @ 2..) = proof.subject {
            let layers = if count == 2 { "layer does" } else { "layers do" };
            said = said.words(format!("; {} more {layers} the same", count - 1));
        }
        page.paragraph(said.words(if proof.steps.is_empty() { ", and as it stays:" } else { ":" }));
        let lines = proof.lines().zip(proof.steps.iter().map(Some).chain([None]));
        let mut number = 0;
        lines.for_each(|((line, values), next)| {
            let Some(step) = next else { return page.equation(self.last(proof)) };
            let right = marked::formula(self.typesetter, line, &step.marked());
            let relation = self.relation(proof, values);
            page.equation(Equation { left: self.left(proof, values), relation, right, shape: None });
            number += 1;
            page.paragraph(numbered(number, step, self.reason(line, step)));
        });
    }

    /// Whether one layer stands for others.
    fn is_by_induction(&self) -> bool {
        let is = |proof: &Proof| matches!(proof.subject, Subject::ByInduction(..) | Subject::Layer(..));
        self.why.proofs.iter().any(is)
    }

    /// What each Δ of `lines` is, where not every Δ has its proof on the page.
    fn errors(&self, said: Sentence, lines: &[ExprId]) -> Sentence {
        if !self.is_by_induction() {
            return said;
        }
        let parts = self.arena.reachable(lines);
        let deltas = parts.into_iter().filter_map(|id| self.arena.as_symbol(id)).filter_map(|delta| {
            let is_error = self.arena.symbol(delta).role == Role::Adjoint;
            Some((delta, self.pre_activation(delta).filter(|_| is_error)?))
        });
        deltas.enumerate().fold(said, |said, (i, (delta, z))| {
            let by = Notation::by_loss(self.typesetter.name(z));
            let said = said.words(if i == 0 { ", where " } else { ", " });
            said.math(self.typesetter.name(delta)).equals(by)
        })
    }

    /// The equation as `derive` prints it.
    fn last(&self, proof: &Proof) -> Equation {
        let values = proof.lines().last().map_or(proof.values, |(_, values)| values);
        let value = proof.last();
        match (proof.subject, &self.why.derivation.derived) {
            (Subject::Derivative(variable) | Subject::ByInduction(variable, _), _) => self.report.gradient(variable),
            (Subject::Error(symbol), Derived::Gradient(gradient)) if gradient.form == Form::Layered => {
                gradient.definitions.iter().find(|d| d.symbol == symbol).map(|d| self.report.definition(*d))
            }
            (Subject::Error(_) | Subject::ByPrediction | Subject::Loss(..) | Subject::Layer(..), _) => None,
        }
        .unwrap_or_else(|| {
            let right = self.typesetter.formula(value);
            let (left, relation) = (self.left(proof, values), self.relation(proof, values));
            Equation { right, ..self.report.equation(left, relation, value) }
        })
    }

    fn left(&self, proof: &Proof, values: Values) -> Notation {
        let by = |symbol| Notation::by_loss(self.typesetter.name(symbol));
        match proof.subject {
            Subject::ByPrediction => by(self.why.derivation.forward.prediction().symbol),
            Subject::Loss(place, value) => match self.term(place, value) {
                Some(term) => Notation::partial(term, self.typesetter.name(value)),
                None => by(value),
            },
            Subject::Error(delta) | Subject::Layer(delta, _) => {
                let layered = matches!(&self.why.derivation.derived, Derived::Gradient(g) if g.form == Form::Layered);
                let z = self.pre_activation(delta).unwrap_or(delta);
                match (layered, values) {
                    (true, _) => self.typesetter.name(delta),
                    (false, Values::Sample) => Notation::by_loss(self.typesetter.row(z)),
                    (false, Values::Batch | Values::SharedGates) => by(z),
                }
            }
            Subject::Derivative(variable) | Subject::ByInduction(variable, _) => {
                match (values, self.report.gradient(variable)) {
                    (Values::Sample, Some(equation)) => equation.left,
                    (Values::Sample | Values::Batch | Values::SharedGates, _) => by(variable),
                }
            }
        }
    }

    /// J₁, if what this loss gives to the value is not all that it gets.
    fn term(&self, place: usize, value: SymbolId) -> Option<Notation> {
        let forward = &self.why.derivation.forward;
        let taken = times_taken(forward);
        let prediction = forward.outputs[place].prediction;
        let on_the_way = argument(self.arena, prediction).filter(|z| *z == value).map(|_| prediction.symbol);
        let is_all = [value].into_iter().chain(on_the_way).all(|value| taken.get(&value) == Some(&1));
        (!is_all).then(|| Notation::indexed("J", &(place + 1).to_string()))
    }

    /// Z_l of Δ_l, or A_l of a layer without one.
    fn pre_activation(&self, delta: SymbolId) -> Option<SymbolId> {
        let label = &self.arena.symbol(delta).label;
        let of_label = |symbol: SymbolId| {
            let symbol = self.arena.symbol(symbol);
            symbol.is_value() && symbol.role != Role::Normalised && symbol.label == *label
        };
        let mut definitions = self.why.derivation.forward.definitions.iter().map(|definition| definition.symbol);
        definitions.find(|symbol| of_label(*symbol))
    }

    fn relation(&self, proof: &Proof, values: Values) -> Relation {
        let assumed = proof.steps.iter().any(|step| matches!(step.reason, Reason::SharedGates | Reason::Expanded));
        let one = self.arena.symbol(self.why.derivation.forward.input()).rows.as_number() == Some(1);
        if values == Values::SharedGates && assumed && !one { Relation::Approximate } else { Relation::Equal }
    }

    fn induction(&self, variable: SymbolId, swept: ExprId, proof: &Proof) -> Sentence {
        let value = self.typesetter.formula(swept).without_shapes();
        let said = sentence!("{} = {}", Notation::by_loss(self.typesetter.name(variable)), value);
        let said = self.errors(said.words(" as the sweep produces it"), &[swept]);
        let expanded = proof.steps.iter().any(|step| step.reason == Reason::Expanded);
        let expanded = if expanded { ", and each activation its input times its gate, multiplied out" } else { "" };
        said.words("; by induction, each layer's step put into the step below it").words(expanded).words(":")
    }

    fn too_long(&self, variable: SymbolId, swept: ExprId) -> Sentence {
        let value = self.typesetter.formula(swept).without_shapes();
        let said = sentence!("{} = {}", Notation::by_loss(self.typesetter.name(variable)), value);
        let said = self.errors(said.words(" as the sweep produces it"), &[swept]);
        said.words(format!(
            "; some line of its proof has more than {MAX_NODES} symbols, so none is written, and the value of the last is \
             compared with that of the first:"
        ))
    }

    fn reason(&self, before: ExprId, step: &Step) -> Sentence {
        let gates = self.gates(before, step.to);
        let (layout, side) = (self.why.derivation.forward.layout, self.report.side());
        match step.reason {
            Reason::Law(name, forward) => law(name, forward, layout),
            Reason::Rearranged => REARRANGED.into(),
            Reason::Prediction => {
                let forward = &self.why.derivation.forward;
                let names = self.new_names(before, step.to);
                let is_new = |definition: &Definition| names.contains(&definition.symbol);
                let mut predictions = forward.outputs.iter().map(|output| output.prediction);
                let Definition { symbol, value } = predictions.find(is_new).unwrap_or(forward.prediction());
                let value = self.typesetter.formula(value).without_shapes();
                sentence!(": {} = {}", self.typesetter.name(symbol), value)
            }
            Reason::Activations => ": what is marked has a name in the forward pass".into(),
            Reason::SharedGates => sentence!(
                ": every {} of each marked part is taken to be one {} {}, so it is {}",
                side,
                side,
                lines(&gates, layout),
                spread(&gates, layout)
            ),
            Reason::Expanded => sentence!(
                ": the gates are {}s {}, spread to {}: each marked derivative is one, and each marked activation its input \
                 times one, multiplied out",
                side,
                lines(&gates, layout),
                spread(&gates, layout)
            ),
            Reason::Samples => sentence!(": a product over the batch is the sum over its {}s", side),
            Reason::OwnGates => {
                let (lines, spread) = (lines(&gates, layout), spread(&gates, layout));
                sentence!(": at one sample each marked part is a {} {}, which is {}", side, lines, spread)
            }
            Reason::Factors => self.taken_out(before).then(self.definitions(before, step.to)),
            Reason::WrittenOut => {
                let said = Sentence::of(
                    ": each value is written out down to the inputs, an activation as its input times its gate",
                );
                said.then(self.definitions(before, step.to))
            }
            Reason::Gates => self.definitions(before, step.to),
        }
    }

    /// How sums over uses become products with matrices.
    fn taken_out(&self, before: ExprId) -> Sentence {
        let [u, v] = ["U", "u"].map(Notation::letter);
        let spread = vec![Notation::letter("1"), v.clone().transposed()];
        let product = vec![u.clone(), Notation::apply("diag", false, None, v.clone())];
        let (spread, product, side) = match self.why.derivation.forward.layout {
            Layout::Rows => (spread, product, "left"),
            Layout::Columns => (vec![v, Notation::letter("1").transposed()], self.report.in_order(product), "right"),
        };
        let (spread, product) = (Notation::Product(spread), Notation::Product(product));
        let entrywise = Notation::Hadamard(vec![(Entrywise::Times, u), (Entrywise::Times, spread.bracketed())]);
        let said = sentence!(
            ": what comes in is taken out of each sum over uses, on the {}, and {} is {}",
            side,
            entrywise,
            product
        );
        let is_linear = |id| matches!(self.arena.op(id), Op::Map(Function::Linear, 1, _));
        let has_linear = self.arena.reachable(&[before]).into_iter().any(is_linear);
        if has_linear { said.words("; the derivative of a linear activation is 1") } else { said }
    }

    /// The names in a line that the line before has not.
    fn new_names(&self, before: ExprId, to: ExprId) -> Vec<SymbolId> {
        let names = |line| self.arena.reachable(&[line]).into_iter().filter_map(|id| self.arena.as_symbol(id));
        let known: Vec<SymbolId> = names(before).collect();
        names(to).filter(|name| !known.contains(name)).collect()
    }

    /// The letters of the gates that come in.
    fn gates(&self, before: ExprId, to: ExprId) -> Vec<&str> {
        let names: Vec<&Symbol> = self.new_names(before, to).into_iter().map(|name| self.arena.symbol(name)).collect();
        let letters = [(Role::DerivativeGate, "s"), (Role::Probabilities, "p"), (Role::ForwardGate, "g")];
        let known = letters.into_iter().filter(|(role, _)| names.iter().any(|name| name.role == *role));
        let mut letters: Vec<&str> = known.map(|(_, letter)| letter).collect();
        for name in names.iter().filter(|name| name.role == Role::ValueGate) {
            if !letters.contains(&&*name.name) {
                letters.push(&name.name);
            }
        }
        letters
    }

    /// What the matrices that come in are: one of each kind.
    fn definitions(&self, before: ExprId, to: ExprId) -> Sentence {
        let mut sentence = Sentence::default();
        let Derived::Gradient(gradient) = &self.why.derivation.derived else { return sentence };
        let names = self.new_names(before, to);
        let mut kinds = Vec::new();
        let used: Vec<_> =
            gradient.definitions.iter().filter(|definition| names.contains(&definition.symbol)).collect();
        for definition in &used {
            let kind = (self.arena.symbol(definition.symbol).role, kind(self.arena, definition.value));
            if !kinds.contains(&kind) {
                let value = self.typesetter.formula(definition.value).without_shapes();
                sentence = sentence.words(if kinds.is_empty() { ": " } else { ", " });
                sentence = sentence.math(self.typesetter.name(definition.symbol)).equals(value);
                kinds.push(kind);
            }
        }
        if kinds.len() < used.len() { sentence.words(", and the others alike") } else { sentence }
    }

    /// On what the lines were evaluated.
    fn checked(&self) -> Sentence {
        let checked = &self.why.checked;
        if checked.points == 0 {
            return Sentence::of(
                "not checked on numbers: at no random point has the first line of a proof an entry that is a number but 0",
            );
        }
        let all: usize = self.why.proofs.iter().map(|proof| proof.lines().count()).sum();
        let lines = if all == checked.lines { format!("all {all}") } else { format!("{} of {all}", checked.lines) };
        let mut said =
            Sentence::of(format!("checked: {lines} lines were evaluated at {} random points", checked.points));
        for (i, (name, number)) in checked.dims.iter().enumerate() {
            said = said.words(if i == 0 { " with " } else { ", " }).then(equality(name, *number));
        }
        said = said.words("; each has the value of the first line of its proof");
        let untold = checked.untold.iter().map(|place| &self.why.proofs[*place]);
        let left_out = untold.enumerate().fold(said, |said, (i, proof)| {
            said.words(if i == 0 { "; not checked: " } else { ", " }).math(self.left(proof, proof.values))
        });
        let why = ", where at no random point the first line has an entry that is a number but 0";
        if checked.untold.is_empty() { left_out } else { left_out.words(why) }
    }
}
