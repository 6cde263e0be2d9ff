//! Two orders of a chain → the batch size from which one is cheaper than the other.

use super::{Count, chain::Factor, order::Order};

/// Where two costs cross, as functions of the batch size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakEven {
    /// The first order is not cheaper for any batch.
    Never,
    /// It is cheaper for all batches larger than `numerator / denominator`.
    Beyond {
        /// The larger fixed cost of the first order.
        numerator: u128,
        /// What it saves with each sample.
        denominator: u128,
    },
}

impl BreakEven {
    /// The first batch size for which the first order is cheaper.
    #[must_use]
    pub fn first(self) -> Option<u128> {
        match self {
            Self::Never => None,
            Self::Beyond { numerator, denominator } => Some(numerator / denominator + 1),
        }
    }
}

/// From which batch size on `order` takes fewer multiplications than `other`, as counted by `part`.
///
/// A cost is fixed + n·(cost of a sample), since of the dimensions of a product one at most is n.
#[must_use]
pub fn break_even(factors: &[Factor], order: &Order, other: &Order, part: fn(Count) -> u128) -> BreakEven {
    let line = |order: &Order| {
        let fixed = part(order.count_at(factors, 0));
        (fixed, part(order.count_at(factors, 1)) - fixed)
    };
    let ((fixed, slope), (other_fixed, other_slope)) = (line(order), line(other));
    if other_slope <= slope {
        return BreakEven::Never;
    }
    BreakEven::Beyond { numerator: fixed.saturating_sub(other_fixed), denominator: other_slope - slope }
}
