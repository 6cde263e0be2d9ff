//! Which gates are factors, and whether an activation's two gates are one → sentences.

use super::words::{Words, all, in_all, off};
use crate::report::words::{count, number};
use crate::{
    document::sentence::Sentence,
    insight::{
        claims::{
            Claims,
            gates::{GateDifference, GateFactors},
        },
        size::ROUNDING,
    },
};

impl Words<'_> {
    /// Which gradients a layer's gate is a factor of.
    pub fn gates(&self, found: &Claims) -> Vec<Sentence> {
        let Some(GateFactors { present, absorbed, missing, ahead, seen: [right, tried], .. }) = found.gate_factors
        else {
            return Vec::new();
        };
        let last = self.tried.model.network.layers.last();
        let label = last.map(|layer| layer.activation.to_string()).unwrap_or_default();
        let pairs = present + absorbed + missing;
        let mut told = Vec::new();
        match present {
            0 => {}
            some if some == pairs => told.push(format!(
                "as read off the gradients, the gates of the own layer and of each later one are factors, {}",
                in_all(pairs)
            )),
            some => told.push(format!(
                "as read off the gradients, the gate of the own layer or of a later one is a factor in {some} of {pairs} pairs"
            )),
        }
        if absorbed > 0 {
            let gate = if present + missing == 0 { "the only gate" } else { "the gate of the last layer" };
            told.push(format!("{gate} ({label}) is no factor, since the loss absorbs it into the error"));
        }
        if missing > 0 {
            told.push(format!("in {} it is none though the loss does not absorb it", count(missing, "pair")));
        }
        if ahead > 0 {
            told.push(format!(
                "with A written out down to the input, forward gates of earlier layers are factors too, in {}",
                count(ahead, "pair")
            ));
        }
        if tried > 0 {
            let seen = if right == tried { in_all(tried) } else { format!("in {right} of {}", count(tried, "pair")) };
            told.push(format!(
                "with the gate of one hidden layer set to 0 and all else held, the gradients of that and earlier layers \
                 changed, and no others, {seen} of a gate and a gradient that is not 0"
            ));
        }
        told.into_iter().map(|words| Sentence::default().words(words)).collect()
    }
}

/// Where the derivative gate is the forward gate.
pub fn transpose(found: &Claims) -> Vec<Sentence> {
    let worst = found.gates.iter().filter(|gate| !gate.agree).max_by(|a, b| a.largest.total_cmp(&b.largest));
    let agree = found.gates.iter().filter(|gate| gate.agree).count();
    let largest = found.gates.iter().filter(|gate| gate.agree).fold(0.0_f64, |most, gate| most.max(gate.largest));
    let of = |worst: &GateDifference| {
        format!("layer {} ({}): by up to {}", worst.layer, worst.activation, number(worst.largest))
    };
    let words = match (found.gates.len(), worst) {
        (0, _) => return Vec::new(),
        (_, Some(worst)) if worst.largest <= ROUNDING => format!(
            "f'(z) and f(z)/z are not one function in layer {} ({}), but agree at all z here",
            worst.layer, worst.activation
        ),
        (1, Some(worst)) => format!("f'(z) is not f(z)/z in the one layer with a gate of single units, {}", of(worst)),
        (every, None) => {
            format!("f'(z) is f(z)/z in {} with a gate of single units, {}", all(every, "layer"), off(largest))
        }
        (of_all, Some(worst)) if agree == 0 => {
            let most = of(worst);
            format!(
                "f'(z) is f(z)/z in none of {of_all} layers with a gate of single units; they differ most in {most}"
            )
        }
        (of_all, Some(worst)) => {
            let (exact, most) = (off(largest), of(worst));
            format!(
                "f'(z) is f(z)/z in {agree} of {of_all} layers with a gate of single units, {exact}; they differ most in {most}"
            )
        }
    };
    vec![Sentence::default().words(words)]
}
