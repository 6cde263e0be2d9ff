//! The chosen gradient → its formula in all formats, and what each of its factors is.

use super::{
    api,
    error::ExploreError,
    graph::shape_of,
    lines::{plain, spans},
    places::Places,
    subject::Subject,
};
use crate::{
    document::{Block, Document, Equation, Relation},
    expr::SymbolId,
    gradient::{Derivation, Form},
    render::{Format, Style, fragment},
    report::{
        self,
        factors::{self, Told},
        gradients::Report,
    },
    source::Diagnostic,
};

/// More factors than this are shown of no formula.
pub const FACTORS: usize = 2000;

impl Subject<'_> {
    /// The chosen gradient.
    pub fn formula(&self) -> Result<api::Formula, Diagnostic> {
        let derivation = self.derivation()?;
        let variables = [self.variable(derivation)?];
        let equations = self.equations(derivation, &variables, || ExploreError::LongFormula {
            name: self.chosen.clone(),
            limit: FACTORS,
        })?;
        let [latex, typst, text] =
            [Format::Latex, Format::Typst, Format::Text].map(|format| self.printed(derivation, &variables, format));
        let last = equations.last().ok_or_else(|| ExploreError::Nothing.diagnostic())?;
        Ok(api::Formula {
            mathml: self.fragments.numbered(&equations),
            latex,
            typst,
            text,
            notes: self.notes(derivation, &variables),
            exact: last.relation == Relation::Equal,
            shape: last.shape.as_ref().map(shape_of),
            factors: self.factors(derivation, &equations),
        })
    }

    /// What `derive` prints.
    fn printed(&self, derivation: &Derivation, variables: &[SymbolId], format: Format) -> String {
        let is_told = format == Format::Latex || self.request.expand && self.form() == Form::Layered;
        let mut page = Document::default();
        page.source(&self.request.spec);
        page.blocks.extend(report::gradients(derivation, variables, is_told).blocks);
        Style::new(format).page(&page)
    }

    /// The definitions that gradients need and the gradients, unless they are too long.
    pub fn equations(
        &self,
        derivation: &Derivation,
        variables: &[SymbolId],
        long: impl Fn() -> ExploreError,
    ) -> Result<Vec<Equation>, Diagnostic> {
        let (mut equations, mut count) = (Vec::new(), 0);
        for equation in Report::new(derivation).equations(variables) {
            count += self.fragments.factors(std::slice::from_ref(&equation)).count().max(1);
            if count > FACTORS {
                return Err(long().diagnostic());
            }
            equations.push(equation);
        }
        Ok(equations)
    }

    /// What formulas rest on, and what their signs mean.
    fn notes(&self, derivation: &Derivation, variables: &[SymbolId]) -> String {
        let blocks: Vec<Block> = Report::new(derivation).remarks(variables, false, &[]);
        self.fragments.page(&Document { blocks, ..Document::default() })
    }

    /// What each factor is.
    pub fn factors(&self, derivation: &Derivation, equations: &[Equation]) -> Vec<api::Factor> {
        let (spans, sizes) = (spans(&self.network), self.sizes());
        let graph = self.document_of_graph().ok();
        let places = graph.map(|graph| Places { graph, derivation, chosen: &self.chosen });
        let factor = |factor: fragment::Factor| {
            let told = factors::told(derivation, factor.origin);
            let symbol = told.as_ref().and_then(|told| told.symbol);
            let of = symbol.map(|symbol| derivation.forward.arena.symbol(symbol));
            let layer = of.and_then(|of| of.label.as_deref());
            let input = of.and_then(|of| self.network.inputs.iter().find(|input| *input.name == *of.name));
            let span = layer.and_then(|layer| spans.get(layer)).copied().or(input.map(|input| input.span));
            let size = of.filter(|_| told.as_ref().is_some_and(|told| told.kind.is_name()));
            api::Factor {
                symbol: self.fragments.inline(&factor.notation),
                text: Style::new(Format::Text).inline(&factor.notation),
                shape: factor.shape.as_ref().map(shape_of).unwrap_or_default(),
                said: told.as_ref().map(|told: &Told| plain(&told.said)).unwrap_or_default(),
                transposed: told.as_ref().and_then(|told| told.transposed.as_ref()).map(plain),
                layer: layer.map(str::to_owned),
                lines: span.map(|span| self.text.lines(span)),
                places: places.as_ref().zip(told).map(|(places, told)| places.of(&told)).unwrap_or_default(),
                size: size.and_then(|of| sizes.get(&of.key())).cloned(),
            }
        };
        self.fragments.factors(equations).map(factor).collect()
    }
}
