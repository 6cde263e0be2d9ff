//! Rows of a file by the names of frameworks → gains, shifts and slopes in the places of layers.

use super::{
    super::{
        error::BindError,
        names::{Part, natural},
    },
    Choice, File, Weight, called, is_row,
};
use crate::{
    evaluate::arrays::Slot,
    network::graph::{Layer, Operation},
};

impl File<'_> {
    /// The gains of norms, each with its shift, or the slopes of prelu, in the order of their names. PyTorch calls all three
    /// `weight`: a gain has a bias beside it or more than one entry.
    fn rows(&self, part: Part) -> Vec<Weight> {
        let named: Vec<_> = self.parsed().filter(|(entry, ..)| is_row(self.shape(*entry))).collect();
        let beside = |layer: &str| {
            named.iter().find(|(_, other, part)| *part == Part::Bias && other == layer).map(|(entry, ..)| *entry)
        };
        let rows = named.iter().filter_map(|(entry, layer, found)| {
            let bias = beside(layer);
            let is_slope = bias.is_none() && self.shape(*entry).iter().product::<usize>() == 1;
            let own = if is_slope { Part::Slope } else { Part::Gain };
            let is_row = matches!(found, Part::Weight(_)) && self.shape(*entry).len() == 1;
            let found = if is_row { own } else { *found };
            (found == part).then(|| Weight { layer: layer.clone(), entry: *entry, layout: None, bias })
        });
        let mut rows: Vec<Weight> = rows.collect();
        rows.sort_by(|a, b| natural(&a.layer, &b.layer));
        rows
    }

    /// The gains and shifts, the slopes, the means or the variances in the places of these layers.
    pub(super) fn of_rows(&self, part: Part) -> Result<Vec<Choice>, BindError> {
        let has = |layer: &&Layer| match part {
            Part::Gain => layer.has_gain(),
            Part::Slope => layer.has_slope(),
            Part::Mean | Part::Variance => matches!(layer.operation, Operation::FixedNorm { .. }),
            Part::Weight(_) | Part::Bias => false,
        };
        let layers: Vec<&Layer> = self.network.layers.iter().filter(has).collect();
        let rows = self.rows(part);
        if layers.is_empty() || rows.is_empty() {
            return Ok(Vec::new());
        }
        let (names, labels) = (self.names(rows.iter()), called::labels(rows.iter()));
        let choices = |order: Vec<Weight>| {
            let each = layers.iter().zip(order).flat_map(|(layer, row)| {
                let [mean, variance] = Slot::statistics(layer);
                let slot = match part {
                    Part::Gain => Slot::gain(layer),
                    Part::Mean => mean,
                    Part::Variance => variance,
                    Part::Slope | Part::Weight(_) | Part::Bias => Slot::slope(layer),
                };
                let shift = row.bias.filter(|_| part == Part::Gain).map(|entry| Choice {
                    slot: Slot::bias(layer),
                    entry,
                    transposed: false,
                });
                [Choice { slot, entry: row.entry, transposed: false }].into_iter().chain(shift)
            });
            each.collect::<Vec<_>>()
        };
        let mut orders = self.orders(&layers, rows)?.into_iter().map(choices);
        let first = orders.next().unwrap_or_default();
        let fits = |choices: &Vec<Choice>| self.misfits(choices).is_empty();
        let mut fitting = std::iter::once(first.clone()).chain(orders).filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => Err(BindError::Order { origin: self.origin.clone(), weights: names, labels }),
            (None, _) => Err(self.misfits(&first).swap_remove(0)),
        }
    }
}
