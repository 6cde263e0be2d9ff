//! The name of an initialisation → W of every layer, drawn or constant; b = 0.

use std::fmt;

use ndarray::Array2;
use rand_chacha::ChaCha8Rng;

use super::{
    arrays::{Arrays, Role, Slot, parameters},
    draw::normal,
};
use crate::network::graph::Network;

/// How weights begin. Drawn ones are independent and normal with mean 0; f_in and f_out are a layer's inputs and outputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initialisation {
    /// Variance 2/f_in: He et al. 2015, forward.
    HeIn,
    /// Variance 2/f_out: He et al. 2015, backward.
    HeOut,
    /// Variance 2/(f_in + f_out): Glorot and Bengio 2010.
    Glorot,
    /// Variance 1/f_in: LeCun et al. 1998.
    Lecun,
    /// This standard deviation in every layer.
    Normal(f64),
    /// Every weight is 1.
    Ones,
    /// I, cut or filled up with 0 where f_in ≠ f_out.
    Identity,
}

impl Initialisation {
    /// As users type them; σ is a number from 0.
    pub const NAMES: [&str; 7] = ["he-in", "he-out", "glorot", "lecun", "normal(σ)", "ones", "identity"];

    /// The initialisation of this name: `he-in`, `normal(0.05)`.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "he-in" => Self::HeIn,
            "he-out" => Self::HeOut,
            "glorot" => Self::Glorot,
            "lecun" => Self::Lecun,
            "ones" => Self::Ones,
            "identity" => Self::Identity,
            _ => {
                let deviation: f64 = name.strip_prefix("normal(")?.strip_suffix(')')?.trim().parse().ok()?;
                return (deviation.is_finite() && deviation >= 0.0).then_some(Self::Normal(deviation));
            }
        })
    }

    /// Whether weights are the same for every seed.
    #[must_use]
    pub fn is_constant(self) -> bool {
        matches!(self, Self::Ones | Self::Identity)
    }

    /// Standard deviation of the entries of W for a layer of `inputs` and `outputs`; `None` of constants.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "dimensions are below 2³¹")]
    pub fn deviation(self, inputs: usize, outputs: usize) -> Option<f64> {
        let (inputs, outputs) = (inputs as f64, outputs as f64);
        let variance = match self {
            Self::HeIn => 2.0 / inputs,
            Self::HeOut => 2.0 / outputs,
            Self::Glorot => 2.0 / (inputs + outputs),
            Self::Lecun => 1.0 / inputs,
            Self::Normal(deviation) => return Some(deviation),
            Self::Ones | Self::Identity => return None,
        };
        Some(variance.sqrt())
    }

    fn weight(self, slot: &Slot, rng: &mut ChaCha8Rng) -> Array2<f64> {
        let size = slot.size().unwrap_or((1, 1));
        match self.deviation(size.0, size.1) {
            Some(deviation) => Array2::from_shape_simple_fn(size, || deviation * normal(rng)),
            None => self.constant(size),
        }
    }

    /// The weights that are the same for every seed: 1 or I.
    #[must_use]
    pub fn constant(self, size: (usize, usize)) -> Array2<f64> {
        if self == Self::Identity {
            Array2::from_shape_fn(size, |(i, j)| f64::from(u8::from(i == j)))
        } else {
            Array2::ones(size)
        }
    }
}

impl fmt::Display for Initialisation {
    /// As users type it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HeIn => "he-in",
            Self::HeOut => "he-out",
            Self::Glorot => "glorot",
            Self::Lecun => "lecun",
            Self::Normal(deviation) => return write!(f, "normal({})", typed(*deviation)),
            Self::Ones => "ones",
            Self::Identity => "identity",
        })
    }
}

/// A number as users type it: `0.01`, `1e-6`, and `1e308` without its zeros.
#[must_use]
pub fn typed(x: f64) -> String {
    let (plain, scientific) = (x.to_string(), format!("{x:e}"));
    if plain.len() <= scientific.len() + 2 { plain } else { scientific }
}

/// The slope with which a prelu begins, as in He et al. 2015.
const SLOPE: f64 = 0.25;

/// W, b and s of every layer of a network whose dimensions are numbers.
pub fn draw(network: &Network, initialisation: Initialisation, rng: &mut ChaCha8Rng) -> Arrays {
    with(network, |slot| initialisation.weight(slot, rng))
}

/// The same from numbers that are drawn already, with variance 1 for each W.
#[must_use]
pub fn scaled(network: &Network, initialisation: Initialisation, normal: &Arrays) -> Arrays {
    with(network, |slot| {
        let size = slot.size().unwrap_or((1, 1));
        let drawn = initialisation.deviation(size.0, size.1).zip(normal.get(&slot.name));
        drawn.map_or_else(|| initialisation.constant(size), |(deviation, normal)| normal * deviation)
    })
}

fn with(network: &Network, mut weight: impl FnMut(&Slot) -> Array2<f64>) -> Arrays {
    let array = |slot: Slot| {
        let size = slot.size().unwrap_or((1, 1));
        let value = match slot.role {
            Role::Bias | Role::Shift => Array2::zeros(size),
            Role::Slope => Array2::from_elem((1, 1), SLOPE),
            Role::Gain => Array2::ones(size),
            Role::Input | Role::Weight | Role::Mask(_) | Role::Target | Role::Variable => weight(&slot),
        };
        (slot.name, value)
    };
    parameters(network).into_iter().map(array).collect()
}
