//! [`Derivation`] → [`Document`]: what is printed for readers, with names and expressions for programs.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{
    document::{Assumption, Document, Entries, Gradient, Input, OfLayers, SCHEMA, Samples, Second},
    expression::{Dimension, Expression, LayerIndex, Sizes, index, name},
    line::{Each, Line, write},
    written,
};
use crate::{
    document::notation::Relation,
    render::{Format, Style},
    report::gradients::Report,
};
use crate::{
    expr::{Arena, ExprId, Index, Role, Symbol, SymbolId, index::layer_of_width_name},
    gradient::{Derivation, Derived, Form, SecondKind},
    network::{forward, graph::Network},
    shape::Dim,
};

/// Why the chain rule has no expression.
const CHAIN: &str = "a chain rule before anything is put in: its factors are derivatives, not matrices";
/// Why a sketch has none.
const SKETCH: &str = "a sketch: the shapes of its factors need not fit";

/// What a document is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The text of the spec.
    pub spec: &'a str,
    /// What it means.
    pub network: &'a Network,
    /// What was derived from it.
    pub derivation: &'a Derivation,
    /// The variables whose gradients are wanted.
    pub variables: &'a [SymbolId],
}

/// Writes the document, gradient by gradient: it is never held as a whole.
///
/// # Errors
/// What `out` says.
pub fn gradients(subject: Subject, out: &mut impl Write) -> io::Result<()> {
    let report = Report::new(subject.derivation);
    let source = Source { subject, report: &report, arena: &subject.derivation.forward.arena };
    write(out, &source.document())
}

/// Where all parts come from.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub subject: Subject<'a>,
    pub report: &'a Report<'a>,
    pub arena: &'a Arena,
}

impl<'a> Source<'a> {
    fn document(self) -> Document<'a> {
        let Subject { spec, network, variables, .. } = self.subject;
        Document {
            schema: SCHEMA,
            spec,
            depth: self.subject.derivation.general.as_ref().map(|_| Line(Index::DEPTH.into())),
            convention: self.report.convention(),
            layout: self.subject.derivation.forward.has_columns().then_some("columns"),
            batch: Line((&network.input().samples).into()),
            dimensions: self.dimensions(),
            inputs: Each::new(move || self.inputs().map(move |symbol| Line(self.input(symbol)))),
            forward: Each::new(move || self.forward()),
            definitions: Each::new(move || self.definitions()),
            gradients: Each::new(move || variables.iter().filter_map(move |variable| self.gradient(*variable))),
            second: self.second(),
            notes: self.report.notes(variables).iter().map(|note| Style::new(Format::Text).sentence(note)).collect(),
        }
    }

    fn second(self) -> Option<Second> {
        let second = self.subject.derivation.second.as_ref()?;
        let key = |symbol| name(self.arena.symbol(symbol));
        let along = second.directions.iter().map(|direction| [key(direction.variable), key(direction.symbol)]);
        let matrix = match second.kind {
            SecondKind::Hessian => "hessian",
            SecondKind::GaussNewton => "gauss-newton",
        };
        Some(Second { matrix, along: Line(along.collect()), error: second.checked.ok().map(|checked| checked.error) })
    }

    /// The names of the parts of a direction.
    fn directions(self) -> impl Iterator<Item = SymbolId> + 'a {
        let second = self.subject.derivation.second.iter();
        second.flat_map(|second| &second.directions).map(|direction| direction.symbol)
    }

    fn inputs(self) -> impl Iterator<Item = SymbolId> + 'a {
        let forward = &self.subject.derivation.forward;
        let first =
            [&forward.inputs, &forward.targets, &forward.masks, &forward.statistics].into_iter().flatten().copied();
        let constants = forward.pieces.iter().map(|piece| piece.symbol);
        let parameters = forward.parameters.iter().copied();
        first.chain(constants).chain(parameters).chain(self.outside()).chain(self.directions())
    }

    /// The parameters of layers before and behind blocks, which have no gradient in a formula for any number of blocks.
    fn outside(self) -> impl Iterator<Item = SymbolId> + 'a {
        let derivation = self.subject.derivation;
        let forward = &derivation.forward;
        let is_of_blocks = derivation.general.as_ref().is_some_and(|general| general.of_blocks.is_some());
        let definitions = forward.definitions.iter().filter(move |_| is_of_blocks);
        let parts = self.arena.reachable(&definitions.map(|definition| definition.value).collect::<Vec<_>>());
        let roles = [Role::Weight, Role::Bias, Role::Gain, Role::Slope];
        let symbols = parts.into_iter().filter_map(|id| self.arena.as_symbol(id));
        symbols.filter(move |symbol| {
            roles.contains(&self.arena.symbol(*symbol).role) && !forward.parameters.contains(symbol)
        })
    }

    /// All names that have numbers, and all that have none.
    fn dimensions(self) -> BTreeMap<&'a str, Option<u64>> {
        let symbols = self.inputs().map(|symbol| self.arena.symbol(symbol));
        let dims = symbols.flat_map(|symbol| [&symbol.rows, &symbol.columns]);
        let names = dims.flat_map(Dim::names).filter(|name| layer_of_width_name(name).is_none());
        let free = names.map(|name| (name, None));
        let bound = self.subject.network.bindings.iter().map(|(name, value)| (&**name, Some(*value)));
        // `collect` would hold the names of all symbols at once.
        let mut dimensions = BTreeMap::new();
        dimensions.extend(free.chain(bound));
        dimensions
    }

    fn input(self, symbol: SymbolId) -> Input {
        let data = self.arena.symbol(symbol);
        Input {
            name: name(data),
            of: self.of(data),
            role: if self.directions().any(|direction| direction == symbol) { "direction" } else { data.role.kind() },
            shape: data.into(),
            entries: self.of_constant(symbol),
            written: written::formula(&self.report.typesetter().name(symbol)),
        }
    }

    fn of_constant(self, symbol: SymbolId) -> Option<Entries> {
        let piece = self.subject.derivation.forward.pieces.iter().find(|piece| piece.symbol == symbol)?;
        Some(match &piece.entries {
            forward::Entries::Place(before) => Entries::IdentityAfter(before.as_ref().map(Dimension::from)),
            forward::Entries::Column(numbers) => Entries::Column(numbers.to_vec()),
        })
    }

    /// An expression as it stands.
    pub fn expression(self, id: ExprId) -> Expression {
        Expression::new(self.arena, self.subject.derivation.general.as_ref().map(|general| &general.iterations), id)
    }

    /// Of which layers the symbol is, if they are told by an index.
    pub fn of(self, symbol: &Symbol) -> Option<OfLayers> {
        of_layers(symbol, self.subject.derivation.general.as_ref().and_then(|general| general.layers(symbol)))
    }

    fn of_gradient(self, variable: &Symbol) -> Option<OfLayers> {
        let general = self.subject.derivation.general.as_ref();
        of_layers(variable, general.and_then(|general| general.layers_of_gradient(variable)))
    }

    fn gradient(self, variable: SymbolId) -> Option<Gradient> {
        let equation = self.report.gradient(variable)?;
        let written = written::equation(&equation);
        let exact = equation.relation == Relation::Equal;
        let mut paths = Vec::new();
        let (form, factors, value, no_value) = match &self.subject.derivation.derived {
            Derived::Gradient(gradient) => {
                let value = gradient.by(variable)?.value;
                (gradient.form, self.factors(value, equation.right), Some(self.expression(value)), None)
            }
            Derived::Chain(chain) => {
                paths = self.paths(chain, variable);
                let factors = match &paths[..] {
                    [only] => Self::links(&only.0, equation.right),
                    _ => Vec::new(),
                };
                (Form::Chain, factors, None, Some(CHAIN))
            }
            Derived::Intuitive(sketch) => {
                (Form::Intuitive, self.sketched(sketch, variable, equation.right), None, Some(SKETCH))
            }
        };
        Some(Gradient {
            variable: name(self.arena.symbol(variable)),
            of: self.of_gradient(self.arena.symbol(variable)),
            jacobian_of: self.subject.derivation.jacobian_of.map(|output| name(self.arena.symbol(output))),
            form: form.name(),
            exact,
            assumptions: self.assumptions(equation.relation),
            samples: self.samples(variable, exact),
            shape: Line(equation.shape.as_ref().map(Sizes::from)),
            written,
            factors: factors.into_iter().map(Line).collect(),
            paths: if paths.len() > 1 { paths } else { Vec::new() },
            expression: Line(value),
            no_value,
        })
    }

    fn assumptions(self, relation: Relation) -> Vec<Line<Assumption>> {
        let derivation = self.subject.derivation;
        let mut assumptions = Vec::new();
        if relation == Relation::Approximate {
            let sentence = "one gate matrix for the whole batch: exact for one sample, or equal gates".to_string();
            assumptions.push(Line(Assumption { code: "one-gate-for-the-batch", sentence }));
        }
        if derivation.assumes_distributions && !matches!(derivation.derived, Derived::Chain(_)) {
            for target in derivation.forward.distributions() {
                let sentence = format!("each {} of {} sums to 1", self.report.side(), name(self.arena.symbol(target)));
                assumptions.push(Line(Assumption { code: "rows-of-target-sum-to-1", sentence }));
            }
        }
        assumptions
    }

    fn samples(self, variable: SymbolId, exact: bool) -> Option<Samples> {
        let Derived::Gradient(gradient) = &self.subject.derivation.derived else { return None };
        let rows = self.arena.symbol(variable).has_samples();
        Some(match gradient.form {
            // A penalty is added once, not for each sample.
            Form::Product if !exact && self.subject.derivation.forward.penalty.is_some() => return None,
            Form::Product if !exact && !rows => Samples::Summed,
            Form::Product if !exact => Samples::Stacked,
            Form::PerSample if rows => Samples::Stacked,
            Form::Layered | Form::Product | Form::PerSample | Form::Chain | Form::Intuitive => Samples::Together,
        })
    }
}

fn of_layers(symbol: &Symbol, layers: Option<[Index; 2]>) -> Option<OfLayers> {
    let index = Line(index(symbol)?.into());
    Some(OfLayers { index, layers: layers.map(|layers| Line(layers.map(LayerIndex::from))) })
}
