//! The words `LAYER:UNIT` → a unit of the network.

use crate::{
    catalog::Activation,
    evaluate::Unit,
    network::graph::{Network, Operation},
    source::{Diagnostic, Kind, Span, suggestion::nearest},
};

/// A unit that cannot be switched off.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AblationError {
    /// No layer has this number or name.
    #[error("the network has no layer `{layer}` with a unit to switch off")]
    NoLayer {
        /// What was asked for.
        layer: String,
        /// What could be meant.
        help: String,
    },
    /// The layer is not as wide.
    #[error("layer {layer} has no unit {unit}: it has {units}, counted from 1")]
    NoUnit {
        /// The layer.
        layer: String,
        /// Where the layer was said.
        span: Span,
        /// What was asked for.
        unit: u64,
        /// What there is.
        units: u64,
    },
    /// A sum, a norm and the like have no units of their own.
    #[error("no unit of layer {layer} can be switched off: it has no units of its own, only what others put out")]
    NoUnits {
        /// The layer.
        layer: String,
        /// Where the layer was said.
        span: Span,
    },
    /// The units of a softmax share one sum.
    #[error("no unit of layer {layer} can be switched off: it ends in a softmax, whose outputs sum to 1")]
    Softmax {
        /// The layer.
        layer: String,
        /// Where the layer was said.
        span: Span,
    },
}

impl AblationError {
    /// The message to the user.
    pub fn diagnostic(&self) -> Diagnostic {
        let error = Diagnostic::error(Kind::Usage, self.to_string());
        match self {
            Self::NoLayer { help, .. } => error.help(help),
            Self::NoUnit { span, units, layer, .. } => error
                .at(*span, format!("this layer puts out {units} feature{}", if *units == 1 { "" } else { "s" }))
                .help(format!("the last is `--off {layer}:{units}`")),
            Self::NoUnits { span, .. } => {
                error.at(*span, "this layer").help("switch off a unit of a dense layer whose output it takes in")
            }
            Self::Softmax { span, .. } => error
                .at(*span, "this layer")
                .help("switch off a unit of a layer before it: without it the softmax would be another"),
        }
    }
}

/// The unit that the user means: the layer by its number or its name.
///
/// # Errors
/// No such layer or unit, or a softmax.
pub fn unit(network: &Network, (layer, unit): &(String, u64)) -> Result<Unit, AblationError> {
    let layers = &network.layers;
    let by_number =
        layer.parse().ok().and_then(|number: usize| number.checked_sub(1)).filter(|place| *place < layers.len());
    let place = layers.iter().position(|known| *known.label == **layer).or(by_number);
    let Some(place) = place else {
        let near = nearest(layer, layers.iter().map(|known| &*known.label));
        let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        return Err(AblationError::NoLayer {
            layer: layer.clone(),
            help: format!("its layers are 1 to {}{near}", layers.len()),
        });
    };
    let found = &layers[place];
    if !matches!(found.operation, Operation::Dense | Operation::Tied | Operation::Activation) {
        return Err(AblationError::NoUnits { layer: found.label.to_string(), span: found.span });
    }
    if matches!(found.activation, Activation::Softmax | Activation::LogSoftmax) {
        return Err(AblationError::Softmax { layer: found.label.to_string(), span: found.span });
    }
    let units = found.output.as_number().unwrap_or(0);
    match usize::try_from(*unit).ok().and_then(|unit| unit.checked_sub(1)) {
        Some(column) if *unit <= units => Ok(Unit { layer: place, column }),
        _ => Err(AblationError::NoUnit { layer: found.label.to_string(), span: found.span, unit: *unit, units }),
    }
}
