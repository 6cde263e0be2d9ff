//! A network → the pages of its other parts: all gradients, proofs, checks, and figures at a point.

use super::{
    api::{LayerUnits, Page, Units, Verification},
    error::ExploreError,
    formula::FACTORS,
    lines::plain,
    subject::Subject,
};
use crate::{
    document::{Block, Document, sentence::Part},
    evaluate::Initialisation,
    pipeline::{
        self,
        insight::{self, Insight},
        why,
    },
    report::{self, gradients::Report, insight::Showing},
    source::Diagnostic,
};

/// Figures of deeper networks take longer than a page waits.
const LAYERS: usize = 1000;

/// Of more units that are switched off at once nobody reads what each does.
const UNITS: usize = 1000;

/// What arrays may take here if the user gave none: figures are to be there while one types.
const MEMORY: u64 = 256 << 20;

impl Subject<'_> {
    fn page(&self, document: &Document) -> Page {
        Page { html: self.fragments.page(document) }
    }

    /// All gradients by parameters and inputs.
    pub fn all(&self) -> Result<Page, Diagnostic> {
        let derivation = self.derivation()?;
        let chosen: Vec<_> = derivation.forward.parameters.iter().chain(&derivation.forward.inputs).copied().collect();
        derivation.check_paths(&chosen).map_err(|error| pipeline::PipelineError::from(error).diagnostic())?;
        let equations = self.equations(derivation, &chosen, || ExploreError::LongPage { limit: FACTORS })?;
        let mut blocks: Vec<Block> = equations.into_iter().map(Block::Equation).collect();
        blocks.extend(Report::new(derivation).remarks(&chosen, false, &[]));
        Ok(self.page(&Document { blocks, ..Document::default() }))
    }

    /// Why the chosen gradient is right.
    pub fn why(&self) -> Result<Page, Diagnostic> {
        let derivation = self.derivation()?;
        let chosen = [self.variable(derivation)?];
        // What is too long to be shown is too long to be proved here.
        let long = || ExploreError::LongFormula { name: self.chosen.clone(), limit: FACTORS };
        self.equations(derivation, &chosen, long)?;
        let proved = why::prove(&self.network, derivation.clone(), &chosen, self.request.expand);
        let proved = proved.map_err(|error| error.diagnostic())?;
        Ok(self.page(&report::why(&proved)))
    }

    /// The formulas for any depth.
    pub fn general(&self) -> Result<Page, Diagnostic> {
        let derivation = pipeline::derive_general(&self.network, &self.wanted()).map_err(|error| error.diagnostic())?;
        let derivation = pipeline::finished(derivation).map_err(|error| error.diagnostic())?;
        let chosen = pipeline::select_general(&derivation, &[]).map_err(|error| error.diagnostic())?;
        Ok(self.page(&report::gradients(&derivation, &chosen, false)))
    }

    /// The table of the layers.
    pub fn shapes(&self) -> Page {
        self.page(&report::shapes(&self.resolution))
    }

    /// How the formulas compare with a concrete backprop.
    pub fn verify(&self) -> Result<Verification, Diagnostic> {
        self.check_depth()?;
        let [parameters, data] = self.arrays.0.clone();
        let options = pipeline::Options { seed: self.request.seed, trials: 1, memory: self.memory().into() };
        let found = pipeline::verify(&self.network, parameters, data, options).map_err(first)?;
        let page = self.page(&report::verification::verification(&found));
        Ok(Verification { holds: found.holds(), said: plain(&report::verification::verdict(&found)), html: page.html })
    }

    /// Which factors enter which gradient.
    pub fn influence(&self) -> Result<Page, Diagnostic> {
        self.of_part(insight::Part::Influence)
    }

    /// Verdicts on gradient, signal, updates and units.
    pub fn summary(&self) -> Result<Page, Diagnostic> {
        self.of_part(insight::Part::Summary)
    }

    /// The size of values and gradients from layer to layer.
    pub fn flow(&self) -> Result<Page, Diagnostic> {
        self.of_part(insight::Part::Flow)
    }

    fn of_part(&self, part: insight::Part) -> Result<Page, Diagnostic> {
        Ok(self.page(&shown(&self.insight(vec![part], Vec::new())?)))
    }

    /// Units that put out nothing, and what switching some off does.
    pub fn units(&self) -> Result<Units, Diagnostic> {
        let found = self.insight(vec![insight::Part::Inactive], self.off()?)?;
        let layers = found.inactive.iter().flat_map(|units| &units.layers);
        let layers = layers.map(|layer| LayerUnits {
            layer: layer.label.clone(),
            units: layer.units,
            active: layer.gates.as_ref().map(|gates| gates.active),
            dead: layer.gates.as_ref().map(|gates| gates.dead.clone()).unwrap_or_default(),
            saturated: layer.gates.as_ref().and_then(|gates| gates.saturated.clone()).unwrap_or_default(),
        });
        let layers = layers.collect();
        let html = self.page(&shown(&found)).html;
        Ok(Units { html, layers, off: self.request.off.clone() })
    }

    /// Measures some parts at the arrays that there are, or at drawn ones.
    pub fn insight(&self, parts: Vec<insight::Part>, off: Vec<(String, u64)>) -> Result<Insight, Diagnostic> {
        self.check_depth()?;
        let initialisation = match self.request.init.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) => Initialisation::of_name(name)
                .ok_or_else(|| ExploreError::Initialisation { name: name.to_owned() }.diagnostic())?,
            None => Initialisation::HeIn,
        };
        let options = insight::Options {
            parts,
            initialisation,
            seed: self.request.seed,
            off: off.first().cloned(),
            also_off: off.into_iter().skip(1).collect(),
            memory: self.memory(),
            ..insight::Options::default()
        };
        let found = insight::insight(&self.network, self.arrays.0.clone(), &options, &mut |_| {}).map_err(first)?;
        // Words for who types commands are none here.
        let mut origin = report::insight::origin(&found.subject, found.seed);
        origin.0.retain(|part| !matches!(part, Part::Typed(_)));
        self.numbers.get_or_init(|| plain(&origin));
        Ok(found)
    }

    pub fn check_depth(&self) -> Result<(), Diagnostic> {
        let layers = self.network.layers.len();
        if layers <= LAYERS { Ok(()) } else { Err(ExploreError::DeepFigures { layers, limit: LAYERS }.diagnostic()) }
    }

    /// Arrays that the user gave have been read within a limit of the user's.
    pub fn memory(&self) -> u64 {
        if self.arrays.is_given() { insight::Options::default().memory } else { MEMORY }
    }

    /// The units that are switched off, each once: `3:2` one, `3` all of a layer.
    fn off(&self) -> Result<Vec<(String, u64)>, Diagnostic> {
        let mut found: Vec<(String, u64)> = Vec::new();
        // What a layer has is known where all dimensions are numbers.
        let widths = self.request.off.iter().any(|word| !word.contains(':'));
        let numbers = widths.then(|| self.insight(Vec::new(), Vec::new())).transpose()?;
        for word in &self.request.off {
            let unknown = || ExploreError::Unit { word: word.clone() }.diagnostic();
            let units = match word.rsplit_once(':') {
                Some((layer, unit)) => {
                    let unit = unit.trim().parse().ok().filter(|unit| *unit > 0).ok_or_else(unknown)?;
                    vec![(layer.trim().to_owned(), unit)]
                }
                None => {
                    let mut layers = numbers.iter().flat_map(|found| &found.subject.numbers.layers);
                    let layer = layers.find(|layer| *layer.label == *word.trim()).ok_or_else(unknown)?;
                    (1..=layer.output.as_number().unwrap_or(0)).map(|unit| (layer.label.to_string(), unit)).collect()
                }
            };
            found.extend(units.into_iter().filter(|unit| !found.contains(unit)).collect::<Vec<_>>());
            if found.len() > UNITS {
                return Err(ExploreError::ManyUnits { limit: UNITS }.diagnostic());
            }
        }
        Ok(found)
    }
}

/// The words and the pictures of what was measured; where the numbers come from, which is their first sentence, is told of
/// all parts at once.
fn shown(found: &Insight) -> Document<'static> {
    let mut page = report::insight(found, Showing::default());
    page.blocks.remove(0);
    page
}

/// Messages come in the order of what they are about.
fn first(errors: Vec<Diagnostic>) -> Diagnostic {
    errors.into_iter().next().unwrap_or_else(|| ExploreError::Nothing.diagnostic())
}
