//! What the statements of a body mean while its blocks are still closed, and how large it is with them open.

use super::graph::Norm;
use crate::{
    catalog::{
        activation::Activation,
        layer::{Entry, Kind as LayerKind},
    },
    expr::function::Parameter,
    shape::Extent,
    source::{Diagnostic, Kind, Span, Spanned},
    spec::syntax::Name,
};

/// More layers than this are refused.
const MAX_LAYERS: u64 = 10_000;

/// More layers and checks than this, all blocks open, are refused.
const MAX_STEPS: u64 = 1_000_000;

/// One statement of a body.
pub(super) enum Step<'a> {
    Layer(LayerPlan<'a>),
    Expect(ShapePlan),
    Repeat(Block<'a>),
}

/// A layer before its input is known.
pub(super) struct LayerPlan<'a> {
    pub span: Span,
    pub name: Option<&'a Name>,
    /// `None`: no such kind, and nothing is known of it.
    pub entry: Option<&'static Entry>,
    /// The width that it says comes in.
    pub input: Option<Spanned<Extent>>,
    /// The width that goes out, of a layer with a weight.
    pub output: Option<Spanned<Extent>>,
    pub activation: Option<Spanned<Activation>>,
    pub bias: bool,
    /// What a layer of the other kinds does.
    pub setting: Setting,
    /// The values that it names, instead of the one above.
    pub sources: Vec<Name>,
    /// Its blocks.
    pub branches: Vec<Vec<Step<'a>>>,
    /// Whether something in it has been reported.
    pub faulty: bool,
}

/// What the arguments of a layer say that are no widths and no words of σ.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Setting {
    None,
    /// `tied=encode`: the layer whose W it takes.
    Tied(Name),
    Norm {
        norm: Norm,
        plain: bool,
        /// Whether its means are given rather than taken over the batch.
        fixed: bool,
    },
    Dropout(Parameter),
    /// A use of a definition; the name of one whose uses share their parameters.
    Group {
        shared: Option<String>,
    },
}

/// A stated shape: samples × features. A dimension that could not be read is `None`.
pub(super) struct ShapePlan {
    pub span: Span,
    pub samples: Option<Spanned<Extent>>,
    pub features: Option<Spanned<Extent>>,
}

/// `repeat`
pub(super) struct Block<'a> {
    /// The count's place.
    pub span: Span,
    /// How often the body runs: once if it has no layer, for then all passes but the first change nothing.
    pub passes: u64,
    pub body: Vec<Step<'a>>,
}

impl<'a> Block<'a> {
    pub(super) fn new(span: Span, count: u64, body: Vec<Step<'a>>) -> Self {
        let passes = if body.iter().any(Step::has_layer) { count } else { 1 };
        Self { span, passes, body }
    }
}

impl<'a> Step<'a> {
    /// The layers in it, each once.
    pub(super) fn layers(&self) -> Vec<&LayerPlan<'a>> {
        match self {
            Self::Layer(layer) => {
                let inside = layer.branches.iter().flatten().flat_map(Self::layers);
                let own = Some(layer).filter(|layer| !matches!(layer.setting, Setting::Group { .. }));
                own.into_iter().chain(inside).collect()
            }
            Self::Expect(_) => Vec::new(),
            Self::Repeat(block) => block.body.iter().flat_map(Self::layers).collect(),
        }
    }

    fn has_layer(&self) -> bool {
        match self {
            Self::Layer(_) => true,
            Self::Expect(_) => false,
            Self::Repeat(block) => block.body.iter().any(Self::has_layer),
        }
    }
}

impl LayerPlan<'_> {
    /// Whether it is of this kind.
    pub(super) fn is(&self, kind: LayerKind) -> bool {
        self.entry.is_some_and(|entry| entry.kind == kind)
    }

    /// Whether an activation that follows becomes this layer's.
    pub(super) fn is_open(&self) -> bool {
        self.is(LayerKind::Dense) && self.activation.is_none()
    }

    /// Whether it becomes the activation of an open layer before it. A name makes it a layer of its own, a source too.
    pub(super) fn joins(&self) -> bool {
        self.is(LayerKind::Activation) && self.name.is_none() && self.sources.is_empty()
    }
}

/// How large a body is with its blocks open. `then` is associative, so a block's size comes from one pass.
#[derive(Clone, Copy, Default)]
struct Size {
    layers: u64,
    steps: u64,
    /// Whether the first layer would join an open one before it.
    joins: bool,
    /// Whether the last layer is open.
    open: bool,
}

impl Size {
    fn of(step: &Step) -> Option<Self> {
        match step {
            Step::Layer(layer) => {
                let own = u64::from(!matches!(layer.setting, Setting::Group { .. }));
                let alone = Self { layers: own, steps: 1, joins: layer.joins(), open: layer.is_open() };
                let body = |branch: &Vec<Step>| {
                    branch.iter().try_fold(Self::default(), |size, step| size.then(Self::of(step)?))
                };
                layer.branches.iter().try_fold(alone, |size, branch| {
                    let branch = body(branch)?;
                    let (layers, steps) =
                        (size.layers.checked_add(branch.layers)?, size.steps.checked_add(branch.steps)?);
                    Some(Self { layers, steps, ..size })
                })
            }
            Step::Expect(_) => Some(Self { steps: 1, ..Self::default() }),
            Step::Repeat(block) => {
                let once = block.body.iter().try_fold(Self::default(), |size, step| size.then(Self::of(step)?))?;
                once.times(block.passes)
            }
        }
    }

    /// The size of one body after the other; `None` if it overflows.
    fn then(self, next: Self) -> Option<Self> {
        let steps = self.steps.checked_add(next.steps)?;
        if self.layers == 0 || next.layers == 0 {
            let layers = if self.layers == 0 { next } else { self };
            return Some(Self { steps, ..layers });
        }
        let joined = u64::from(self.open && next.joins);
        let layers = self.layers.checked_add(next.layers)? - joined;
        Some(Self { layers, steps, joins: self.joins, open: next.open })
    }

    /// The size of `passes` such bodies in a row.
    fn times(self, passes: u64) -> Option<Self> {
        let joined = u64::from(self.open && self.joins) * passes.saturating_sub(1);
        let layers = self.layers.checked_mul(passes)? - joined;
        Some(Self { layers, steps: self.steps.checked_mul(passes)?, ..self })
    }
}

/// The network is too large.
#[derive(Debug, thiserror::Error)]
enum LimitError {
    #[error("a network has at most {MAX_LAYERS} layers")]
    Layers { span: Span, layers: Option<u64> },
    #[error("a network has at most {MAX_STEPS} layers and `expect` with its blocks written out")]
    Steps { span: Span },
}

impl From<LimitError> for Diagnostic {
    fn from(error: LimitError) -> Self {
        let help = "no option raises the limit: write a smaller count, or fewer statements";
        let diagnostic = Self::error(Kind::Limit, error.to_string()).help(help);
        match error {
            LimitError::Layers { span, layers: Some(layers) } => {
                diagnostic.at(span, format!("with this it has {layers}"))
            }
            LimitError::Layers { span, layers: None } | LimitError::Steps { span } => {
                diagnostic.at(span, "with this it has more")
            }
        }
    }
}

/// Whether the body, its blocks open, stays within the limits. Reports the first statement that exceeds them.
pub(super) fn check_size(body: &[Step], report: &mut Vec<Diagnostic>) -> bool {
    let mut size = Size::default();
    for step in body {
        let span = match step {
            Step::Layer(layer) => layer.span,
            Step::Expect(shape) => shape.span,
            Step::Repeat(block) => block.span,
        };
        let error = match Size::of(step).and_then(|next| size.then(next)) {
            Some(sum) if sum.layers > MAX_LAYERS => LimitError::Layers { span, layers: Some(sum.layers) },
            Some(sum) if sum.steps > MAX_STEPS => LimitError::Steps { span },
            None => LimitError::Layers { span, layers: None },
            Some(sum) => {
                size = sum;
                continue;
            }
        };
        report.push(error.into());
        return false;
    }
    true
}
