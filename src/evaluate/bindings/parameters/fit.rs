//! Weights in the order of the layers, each as it stands or transposed → what fits the shapes.

use super::{
    super::{
        error::{BindError, Read},
        names::WeightLayout,
        place::{Place, misfits},
    },
    Choice, File, Weight, called, is_column,
};
use crate::{
    evaluate::{
        arrays::{Role, Slot, data},
        files::shown,
    },
    network::graph::Layer,
};

impl File<'_> {
    /// Arrays with the network's own names may fit only as their transposes: then all weights are meant so, square ones too.
    pub(super) fn not_turned(&self, choices: &[Choice]) -> Result<(), BindError> {
        let is_weight = |choice: &&Choice| choice.slot.role == Role::Weight;
        let turn = |choice: &Choice| Choice { transposed: choice.transposed ^ is_weight(&choice), ..choice.clone() };
        let turned: Vec<Choice> = choices.iter().map(turn).collect();
        let Some(first) = choices.iter().find(is_weight) else { return Ok(()) };
        if self.misfits(choices).is_empty() || !self.misfits(&turned).is_empty() {
            return Ok(());
        }
        let weights = choices.iter().filter(is_weight).map(|choice| shown(self.name(choice.entry))).collect();
        let read = if first.transposed { WeightLayout::OutIn } else { WeightLayout::InOut };
        Err(BindError::OtherLayout { origin: self.origin.clone(), weights, read })
    }

    /// The one order and layout that fits the shapes.
    pub(super) fn fitting(
        &self,
        layers: &[&Layer],
        orders: &[Vec<Weight>],
        layout: Option<WeightLayout>,
    ) -> Result<Vec<Choice>, BindError> {
        let told = |weight: &Weight| layout.or(weight.layout);
        let is_told = orders[0].iter().all(|weight| told(weight).is_some());
        let open: &[WeightLayout] =
            if is_told { &[WeightLayout::InOut] } else { &[WeightLayout::InOut, WeightLayout::OutIn] };
        let mut tried = Vec::new();
        for order in orders {
            tried.extend(open.iter().map(|open| self.choices(layers, order, |weight| told(weight).unwrap_or(*open))));
        }
        let mut errors: Vec<Vec<BindError>> = tried.iter().map(|choices| self.misfits(choices)).collect();
        let mut fitting: Vec<&Vec<Choice>> =
            tried.iter().zip(&errors).filter(|(_, errors)| errors.is_empty()).map(|(choices, _)| choices).collect();
        let is_same = |a: &Choice, b: &Choice| a.entry == b.entry && self.stands(a) == self.stands(b);
        fitting.dedup_by(|a, b| a.iter().zip(b.iter()).all(|(a, b)| is_same(a, b)));
        let (origin, weights) = (self.origin.clone(), self.names(orders[0].iter()));
        match &fitting[..] {
            [only] => Ok((*only).clone()),
            [one, others @ ..] => {
                let is_same = |other: &&Vec<Choice>| other.iter().map(|a| a.entry).eq(one.iter().map(|a| a.entry));
                let in_one_order = others.iter().all(is_same);
                Err(if in_one_order {
                    BindError::Layout { origin, weights }
                } else {
                    BindError::Order { origin, weights, labels: called::labels(orders[0].iter()) }
                })
            }
            [] => {
                let turned = |weight: &Weight| told(weight).map_or(WeightLayout::InOut, WeightLayout::other);
                let mut turned = orders.iter().map(|order| self.choices(layers, order, turned));
                if is_told && turned.any(|choices| self.misfits(&choices).is_empty()) {
                    let read = told(&orders[0][0]).unwrap_or(WeightLayout::InOut);
                    return Err(BindError::OtherLayout { origin, weights, read });
                }
                Err(errors.swap_remove(0).swap_remove(0))
            }
        }
    }

    /// Whether an array is read as its transpose, which of one number it never is.
    fn stands(&self, choice: &Choice) -> bool {
        choice.transposed && self.shape(choice.entry) != [1, 1]
    }

    /// The arrays that do not have the shapes of their places, among all that are known.
    pub(super) fn misfits(&self, choices: &[Choice]) -> Vec<BindError> {
        let place = |choice: &Choice| {
            let (rows, columns) = match *self.shape(choice.entry) {
                [rows, columns] => (rows, columns),
                [columns, ..] => (1, columns),
                [] => (1, 1),
            };
            Place {
                slot: choice.slot.clone(),
                size: if choice.transposed { (columns, rows) } else { (rows, columns) },
                origin: self.origin.clone(),
                read: Some(Read { name: shown(self.name(choice.entry)), transposed: choice.transposed }),
            }
        };
        let known = data(self.network).into_iter().filter_map(|slot| {
            let size = self.data?.get(&slot.name)?.dim();
            Some(Place { slot, size, origin: String::new(), read: None })
        });
        let places: Vec<Place> = known.chain(choices.iter().map(place)).collect();
        let errors = misfits(&places);
        // What data lack is said of the data.
        errors.into_iter().filter(|error| !matches!(error, BindError::Misfit { read: None, .. })).collect()
    }

    /// Each weight, and its bias, in the place of a layer.
    fn choices(&self, layers: &[&Layer], order: &[Weight], layout: impl Fn(&Weight) -> WeightLayout) -> Vec<Choice> {
        let choices = |(layer, weight): (&&Layer, &Weight)| {
            let transposed = layout(weight) == WeightLayout::OutIn;
            let bias = weight.bias.filter(|_| layer.has_bias());
            let bias =
                bias.map(|entry| Choice { slot: Slot::bias(layer), entry, transposed: is_column(self.shape(entry)) });
            let weights = Slot::weights(layer).into_iter().take(1);
            let entry = weight.entry;
            weights.map(move |slot| Choice { slot, entry, transposed }).chain(bias)
        };
        layers.iter().zip(order).flat_map(choices).collect()
    }
}
