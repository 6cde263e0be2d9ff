//! A loss without a value → a sentence: where, why, and what to write.

use crate::{
    catalog::Loss,
    document::{Notation, Sentence, sentence},
    insight::undefined::Undefined,
    report::{
        insight::summary::shortened,
        words::{count, letter},
    },
};

/// `J is not defined on 64 of 64 samples: the prediction Ŷ has entries there that are not above 0, …`
pub fn sentence(found: &Undefined) -> Sentence {
    let Undefined { loss, layer, samples: [some, all], repaired, activation } = found;
    let [of, wrong] =
        if *loss == Loss::Bce { ["it and of the rest to 1", "not between 0 and 1"] } else { ["it", "not above 0"] };
    sentence!(
        "{} is not defined on {} of {}: the prediction {} has entries there that are {}, and {} takes the logarithm of {}. So no \
         gradient has a meaning here. {}",
        Notation::Loss,
        some.to_string(),
        count(*all, "sample"),
        letter("Ŷ", ""),
        wrong,
        loss.name(),
        of,
        match (activation, repaired) {
            (Some(activation), _) => {
                format!("Write `{}` for `{activation}` in layer {}.", loss.companion(), shortened(layer))
            }
            (None, Some(repaired)) => format!("Write `{repaired}` for layer {}.", shortened(layer)),
            (None, None) => format!("Write `activation {}` behind layer {}.", loss.companion(), shortened(layer)),
        }
    )
}
