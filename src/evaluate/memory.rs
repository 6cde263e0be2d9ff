//! A network whose dimensions are numbers → the bytes that evaluating it takes, before anything is allocated.

use super::arrays::{Slot, data, parameters};
use crate::{
    network::graph::{Layer, Network},
    shape::Dim,
    source::{Diagnostic, Kind},
};

/// The arrays do not fit the limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("evaluating the network needs {}, the limit is {}", human(*needed), human((*limit).into()))]
pub struct MemoryError {
    /// Bytes.
    pub needed: u128,
    /// Bytes.
    pub limit: u64,
    /// What raises the limit.
    pub raised_by: &'static str,
    /// The largest array: its name and shape.
    pub largest: String,
}

impl MemoryError {
    /// The message to the user.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(Kind::Limit, self.to_string()).note(format!("the largest array is {}", self.largest)).help(
            format!("raise the memory limit with `{}`, or take a smaller batch or narrower layers", self.raised_by),
        )
    }
}

/// Bytes in f64 of X, Y, every W, b, Z and A, and of the gradient of each but Y. A name that is still free counts
/// as 1.
///
/// ```
/// # use chainrule::{evaluate::memory, network, spec};
/// let spec = spec::parse("input [1, 1]; dense 1 nobias; loss mse").unwrap();
/// let network = network::resolve(&spec, &[]).network.unwrap();
/// // One sample, one layer of one weight: X, W1, Z1, A1 and their gradients, and Y.
/// assert_eq!(memory::estimate(&network), (2 * 4 + 1) * 8);
/// ```
#[must_use]
pub fn estimate(network: &Network) -> u128 {
    let samples = number(&network.input().samples);
    let leaves: u128 = parameters(network).iter().chain(&data(network)).map(entries).sum();
    let values: u128 = network.layers.iter().map(|layer: &Layer| 2 * samples * number(&layer.output)).sum();
    let target = samples * number(&network.target().features);
    (2 * (leaves + values) - target) * size_of::<f64>() as u128
}

/// How much memory arrays may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Bytes.
    pub bytes: u64,
    /// What raises the limit: the word of who set it.
    pub raised_by: &'static str,
}

impl From<u64> for Limit {
    /// As the command sets it.
    fn from(bytes: u64) -> Self {
        Self { bytes, raised_by: "--memory" }
    }
}

/// Refuses a network that needs more than the limit.
///
/// # Errors
/// [`MemoryError`] with the estimate and the largest array.
pub fn check(network: &Network, limit: impl Into<Limit>) -> Result<(), MemoryError> {
    let (needed, Limit { bytes: limit, raised_by }) = (estimate(network), limit.into());
    if needed <= limit.into() {
        return Ok(());
    }
    let slots = parameters(network).into_iter().chain(data(network));
    let largest = slots.max_by_key(entries).map(|slot| format!("{} of {slot}", slot.name)).unwrap_or_default();
    Err(MemoryError { needed, limit, raised_by, largest })
}

fn entries(slot: &Slot) -> u128 {
    number(&slot.rows) * number(&slot.columns)
}

fn number(dim: &Dim) -> u128 {
    dim.as_number().unwrap_or(1).into()
}

/// `1.5 GiB`
fn human(bytes: u128) -> String {
    const UNITS: [&str; 6] = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let (mut tenths, mut unit) = (bytes * 10, 0);
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        (tenths, unit) = (tenths / 1024, unit + 1);
    }
    let fraction = if tenths % 10 == 0 { String::new() } else { format!(".{}", tenths % 10) };
    format!("{}{fraction} {}", tenths / 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_for_people() {
        assert_eq!(human(1000), "1000 bytes");
        assert_eq!(human(1 << 30), "1 GiB");
        assert_eq!(human(1_600_000_000), "1.4 GiB");
    }
}
