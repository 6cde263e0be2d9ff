//! A question → the network that it is about, and what is derived of it, each thing once and only if a part asks for it.

use std::{cell::OnceCell, collections::HashMap};

use super::{
    Arrays,
    api::{self, Answer, Lines, Part, Request, Size},
    diagnostics,
    error::ExploreError,
    lines,
    text::Text,
};
use crate::{
    document,
    expr::SymbolId,
    gradient::{Derivation, Form, form::graph::Trace},
    network::{
        self, Resolution,
        forward::{Forward, forward},
        graph::{Layout, Network},
    },
    pipeline::{self, PipelineError, Prepared, variables},
    render::{color::Palette, fragment::Fragments},
    report,
    source::{Diagnostic, Severity},
    spec,
};

/// Lines of formulas are no shorter and no longer than this.
const COLUMNS: [u16; 2] = [20, 400];

/// Names of numbers that `let` may give in a question.
const BINDINGS: usize = 1000;

/// What a question is about.
pub struct Subject<'a> {
    pub request: &'a Request,
    pub arrays: &'a Arrays,
    pub text: Text,
    pub network: Network,
    pub resolution: Resolution,
    /// The names of the chosen variable.
    pub chosen: String,
    pub fragments: Fragments,
    /// Where the statements are that variables come from.
    pub lines: HashMap<String, Lines>,
    /// Where the numbers come from that were measured.
    pub numbers: OnceCell<String>,
    /// How large the matrices are that formulas name.
    pub sizes: OnceCell<HashMap<String, Size>>,
    /// The graph with the path of the chosen gradient.
    pub drawn: OnceCell<document::Graph>,
    prepared: OnceCell<Result<Prepared, PipelineError>>,
    derived: OnceCell<Result<Derivation, PipelineError>>,
    layered: OnceCell<Result<(Derivation, Trace), PipelineError>>,
}

impl<'a> Subject<'a> {
    /// Reads the spec; says what is wrong with it, its shapes and its variables. Nothing if it has errors.
    pub fn read(request: &'a Request, arrays: &'a Arrays, answer: &mut Answer) -> Option<Self> {
        let text = Text::new(&request.spec);
        let mut resolution = resolution(request, &text, answer)?;
        resolution.layout = match request.layout {
            Some(api::Layout::Rows) => Layout::Rows,
            Some(api::Layout::Columns) => Layout::Columns,
            None => resolution.layout,
        };
        lines::tell(&resolution, &text, answer);
        let faulty = resolution.diagnostics.iter().any(|message| message.severity == Severity::Error);
        let mut network = resolution.network.clone().filter(|_| !faulty)?;
        answer.accepted = true;
        network.layout = resolution.layout;
        let forward = match forward(&network) {
            Ok(forward) => forward,
            Err(error) => {
                let message = PipelineError::Derivation(error.into()).diagnostic();
                answer.accepted = false;
                answer.diagnostics.push(diagnostics::of(&message, &text));
                return None;
            }
        };
        // What is said of its names is said of them as they stand in this layout.
        let forward = Forward { layout: network.layout, ..forward };
        let palette = Palette::of(&report::letters(&forward, &network));
        let columns = request.columns.clamp(COLUMNS[0], COLUMNS[1]);
        let fragments = Fragments::new(palette, columns.into());
        answer.variables = lines::variables(&forward, &network, &text, &fragments);
        let chosen = chosen(request, &forward);
        answer.chosen = Some(chosen.clone());
        let lines = lines::of_variables(&forward, &network, &text);
        let (numbers, sizes, drawn) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        let (prepared, derived, layered) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Some(Self {
            request,
            arrays,
            text,
            network,
            resolution,
            chosen,
            fragments,
            lines,
            numbers,
            sizes,
            drawn,
            prepared,
            derived,
            layered,
        })
    }

    /// Answers for a part.
    ///
    /// # Errors
    /// The part is not there for this network.
    pub fn part(&self, part: Part, answer: &mut Answer) -> Result<(), Diagnostic> {
        match part {
            Part::Formula => answer.formula = Some(self.formula()?),
            Part::Graph => answer.graph = Some(self.graph()?),
            Part::All => answer.all = Some(self.all()?),
            Part::Steps => answer.steps = Some(self.steps()?),
            Part::Why => answer.why = Some(self.why()?),
            Part::Verify => answer.verify = Some(self.verify()?),
            Part::Influence => answer.influence = Some(self.influence()?),
            Part::Summary => answer.summary = Some(self.summary()?),
            Part::Flow => answer.flow = Some(self.flow()?),
            Part::Units => answer.units = Some(self.units()?),
            Part::General => answer.general = Some(self.general()?),
            Part::Shapes => answer.shapes = Some(self.shapes()),
        }
        Ok(())
    }

    /// The form that formulas are wanted in.
    pub fn form(&self) -> Form {
        match self.request.form {
            api::Form::Product => Form::Product,
            api::Form::Layered => Form::Layered,
            api::Form::PerSample => Form::PerSample,
            api::Form::Chain => Form::Chain,
            api::Form::Intuitive => Form::Intuitive,
        }
    }

    /// What is derived, as `derive` does it.
    pub fn wanted(&self) -> pipeline::Request {
        let Request { expand, paths, .. } = *self.request;
        pipeline::Request { expand, paths, ..pipeline::Request::new(self.form()) }
    }

    /// The gradients in the wanted form.
    pub fn derivation(&self) -> Result<&Derivation, Diagnostic> {
        let derived = || pipeline::derive_prepared(&self.network, self.prepared()?, &self.wanted());
        self.derived.get_or_init(derived).as_ref().map_err(PipelineError::diagnostic)
    }

    /// What both share.
    fn prepared(&self) -> Result<&Prepared, PipelineError> {
        self.prepared.get_or_init(|| pipeline::prepare(&self.network)).as_ref().map_err(Clone::clone)
    }

    /// The layered gradients, and the edges of their backward pass.
    pub fn layered(&self) -> Result<&(Derivation, Trace), Diagnostic> {
        let layered = || pipeline::graph_prepared(&self.network, self.prepared()?);
        self.layered.get_or_init(layered).as_ref().map_err(PipelineError::diagnostic)
    }

    /// The chosen variable in a derivation.
    pub fn variable(&self, derivation: &Derivation) -> Result<SymbolId, Diagnostic> {
        let found =
            variables::of(derivation, std::slice::from_ref(&self.chosen)).map_err(|error| error.diagnostic())?;
        found.first().copied().ok_or_else(|| ExploreError::Nothing.diagnostic())
    }
}

/// What the text means; what is wrong with it is told. Of a text that is no spec what stands before its first fault is
/// read, for the shapes that are known by then.
fn resolution(request: &Request, text: &Text, answer: &mut Answer) -> Option<Resolution> {
    let told = |messages: &[Diagnostic]| messages.iter().map(|message| diagnostics::of(message, text)).collect();
    if request.bindings.len() > BINDINGS {
        answer.diagnostics = told(&[ExploreError::ManyBindings { limit: BINDINGS }.diagnostic()]);
        return None;
    }
    let bindings: Vec<(String, u64)> = request.bindings.iter().map(|(name, value)| (name.clone(), *value)).collect();
    if let Err(error) = spec::decode(request.spec.as_bytes()) {
        answer.diagnostics = told(&[error]);
        return None;
    }
    match spec::parse(&request.spec) {
        Ok(parsed) => {
            let resolution = network::resolve(&parsed, &bindings);
            answer.diagnostics = told(&resolution.diagnostics);
            Some(resolution)
        }
        Err(errors) => {
            answer.diagnostics = told(&errors);
            let first = errors.iter().flat_map(|error| &error.labels).map(|label| label.span.start).min();
            let before = first.map_or("", |first| text.before_line(first));
            if let Ok(parsed) = spec::parse(before) {
                lines::tell(&network::resolve(&parsed, &bindings), text, answer);
            }
            None
        }
    }
}

/// The key of the variable that is asked for; else the first weight, of a deep network one near to the loss, whose formula
/// is short.
fn chosen(request: &Request, forward: &Forward) -> String {
    const SHORT: usize = 12;
    const NEAR: usize = 3;
    let known = variables::known(forward);
    if let Some(word) = request.wrt.as_deref().map(str::trim).filter(|word| known.contains_key(*word)) {
        return word.to_owned();
    }
    let is_weight = |symbol: &&SymbolId| forward.arena.symbol(**symbol).role == crate::expr::Role::Weight;
    let weights: Vec<&SymbolId> = forward.parameters.iter().filter(is_weight).collect();
    let place = if weights.len() > SHORT { weights.len() - NEAR } else { 0 };
    let found = weights.get(place).copied().or(forward.parameters.first()).copied().unwrap_or(forward.input());
    forward.arena.symbol(found).key()
}
