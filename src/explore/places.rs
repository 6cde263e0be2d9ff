//! A factor of a formula → its places in the graph: the frames that multiply by it, and the edges that bring it there.

use crate::{
    document::graph::{Graph, Kept, Step, Target},
    expr::{Role, SymbolId, symbol::indexed},
    gradient::Derivation,
    report::factors::{Kind, Told, key_of_whole},
};

/// What looks factors of one derivation up in a graph.
pub struct Places<'a> {
    pub graph: &'a Graph,
    pub derivation: &'a Derivation,
    /// The key of the chosen variable.
    pub chosen: &'a str,
}

/// A frame that takes something: its kind, its step, what follows the step's name in that of the place, and what it keeps.
struct Frame<'a> {
    kind: &'static str,
    step: &'a Step,
    rest: String,
    kept: &'a [Kept],
    to: &'a [Target],
}

impl Places<'_> {
    /// The frames of a factor, then its edges.
    pub fn of(&self, told: &Told) -> Vec<String> {
        let arena = &self.derivation.forward.arena;
        let of = told.symbol.map(|symbol| arena.symbol(symbol));
        let label = of.and_then(|of| of.label.as_deref()).unwrap_or_default();
        let found = match &told.kind {
            Kind::Error(loss) => self.of_loss(*loss),
            Kind::Adjoint => self.received(&[indexed("Z", label), indexed("A", label)]),
            Kind::Gate => {
                let is_norm = of.is_some_and(|of| of.role == Role::NormMatrix);
                let key = indexed(if is_norm { "H" } else { "A" }, label);
                self.frames(|frame| frame.kind == "backward" && frame.step.key == key)
            }
            Kind::Named => self.of_named(&told.symbol.map(|symbol| arena.symbol(symbol).key()).unwrap_or_default(), {
                told.transposed.is_some() && of.is_some_and(crate::expr::Symbol::is_value)
            }),
            Kind::Derivative(of, by) => self.of_derivative(*of, *by),
            Kind::Place => {
                self.frames(|frame| self.derivation.is_chain && frame.kind == "gradient" && frame.rest == self.chosen)
            }
            Kind::Other(names) => self.of_names(names),
        };
        let is_hidden = found.is_empty() && !matches!(told.kind, Kind::Error(_) | Kind::Place | Kind::Other(_));
        if is_hidden { self.frames(|frame| frame.kind == "backward" && frame.step.folded.is_some()) } else { found }
    }

    fn all(&self) -> impl Iterator<Item = Frame<'_>> {
        self.graph.steps.iter().flat_map(|step| {
            let backward = step.backward.iter().enumerate().map(move |(place, backward)| Frame {
                kind: "backward",
                step,
                rest: place.to_string(),
                kept: &backward.kept,
                to: &backward.to,
            });
            let gradients = step.parameters.iter().filter_map(move |parameter| {
                let (rest, kept) = (parameter.key.clone(), &parameter.gradient.as_ref()?.kept[..]);
                Some(Frame { kind: "gradient", step, rest, kept, to: &[] })
            });
            backward.chain(gradients)
        })
    }

    fn frames(&self, is_wanted: impl Fn(&Frame) -> bool) -> Vec<String> {
        let frames: Vec<Frame> = self.all().filter(|frame| is_wanted(frame)).collect();
        let name = |kind: &str, frame: &Frame| format!("{kind}:{}:{}", frame.step.key, frame.rest);
        let kept = frames.iter().filter(|frame| !frame.kept.is_empty()).map(|frame| name("kept", frame));
        frames.iter().map(|frame| name(frame.kind, frame)).chain(kept).collect()
    }

    /// What the frame of a loss gives, and where that goes.
    fn of_loss(&self, loss: usize) -> Vec<String> {
        self.losses().nth(loss).map(|step| self.given(step)).unwrap_or_default()
    }

    fn losses(&self) -> impl Iterator<Item = &Step> {
        self.graph.steps.iter().filter(|step| step.adjoint.is_none() && !step.backward.is_empty())
    }

    fn given(&self, step: &Step) -> Vec<String> {
        let frames = (0..step.backward.len()).map(|place| format!("backward:{}:{place}", step.key));
        let targets = step.backward.iter().flat_map(|backward| &backward.to);
        let edges = targets.map(|target| format!("adjoint:{}:{}", step.key, self.graph.steps[target.step].key));
        frames.chain(edges).collect()
    }

    /// Where the derivative of a value, or of J, is handed on to a name; within a loss, all that the name receives.
    fn of_derivative(&self, of: Option<SymbolId>, by: SymbolId) -> Vec<String> {
        let key = |symbol| self.derivation.forward.arena.symbol(symbol).key();
        let (of, by) = (of.map(key), key(by));
        let loss = self.losses().find(|step| of.as_ref().is_none_or(|of| *of == step.key));
        if let Some(loss) = loss {
            return self.given(loss);
        }
        let gives = |frame: &Frame| match frame.kind {
            "gradient" => frame.rest == by,
            _ => frame.to.iter().any(|target| self.graph.steps[target.step].key == by),
        };
        let mut found = self.frames(|frame| of.as_ref() == Some(&frame.step.key) && gives(frame));
        if found.is_empty() {
            return self.received(&[by]);
        }
        let is_value = self.graph.steps.iter().any(|step| step.key == by);
        found.extend(of.filter(|_| is_value).map(|of| format!("adjoint:{of}:{by}")));
        found
    }

    /// What a value receives.
    fn received(&self, keys: &[String]) -> Vec<String> {
        let Some(place) = keys.iter().find_map(|key| self.graph.steps.iter().position(|step| step.key == *key)) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for step in &self.graph.steps {
            let targets = step.backward.iter().flat_map(|backward| &backward.to);
            let arriving = targets.filter(|target| target.step == place);
            found.extend(arriving.map(|_| format!("adjoint:{}:{}", step.key, self.graph.steps[place].key)));
        }
        if found.len() > 1 {
            found.push(format!("received:{}", self.graph.steps[place].key));
        }
        found
    }

    /// The frames that take what has this name: that of the chosen gradient, where it sums over the samples.
    fn of_named(&self, key: &str, is_summed: bool) -> Vec<String> {
        let of = |kind: &str| {
            self.frames(|frame| {
                let is_chosen = frame.kind == "backward" || frame.rest == self.chosen;
                frame.kind == kind && is_chosen && self.kept(frame).any(|kept| kept == key)
            })
        };
        let (gradients, backward) = (of("gradient"), of("backward"));
        let mut found = if is_summed && !gradients.is_empty() || backward.is_empty() { gradients } else { backward };
        let steps: Vec<String> = found.iter().filter_map(|place| place.split(':').nth(1)).map(str::to_owned).collect();
        for step in self.graph.steps.iter().filter(|step| steps.contains(&step.key)) {
            let given = step.parameters.iter().filter(|parameter| parameter.key == key);
            found.extend(given.map(|parameter| format!("parameter:{}:{}", step.key, parameter.key)));
            let operands = step.operands.iter().map(|operand| &self.graph.steps[operand.step].key);
            found.extend(operands.filter(|operand| *operand == key).map(|key| format!("edge:{key}:{}", step.key)));
        }
        found.sort_by_key(|place| !place.starts_with("gradient:") && !place.starts_with("backward:"));
        found.dedup();
        found
    }

    /// The frames that take one of some names; of a constant that has none the chosen gradient.
    fn of_names(&self, names: &[SymbolId]) -> Vec<String> {
        let arena = &self.derivation.forward.arena;
        let keys: Vec<String> = names.iter().map(|name| key_of_whole(arena.symbol(*name))).collect();
        if keys.is_empty() {
            return self.frames(|frame| frame.kind == "gradient" && frame.rest == self.chosen);
        }
        self.frames(|frame| frame.kind == "backward" && self.kept(frame).any(|kept| keys.iter().any(|key| key == kept)))
    }

    /// The names of what a frame keeps.
    fn kept<'f>(&'f self, frame: &'f Frame<'f>) -> impl Iterator<Item = &'f str> {
        frame.kept.iter().map(|kept| self.graph.taken(frame.step, *kept).0)
    }
}
