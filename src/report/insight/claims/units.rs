//! What switching one unit off does → a sentence.

use super::{Names, held_words, joined, ratio};
use crate::{
    catalog::activation::Activation,
    document::sentence::Sentence,
    insight::claims::{
        Claims,
        fractions::{Amplified, Fractions},
        statement::Statement,
        trial::{Case, Effect, Held},
    },
    report::words::{count, grouped},
};

pub fn off(names: &Names, found: &Claims) -> Sentence {
    let Some(outcome) = found.outcome(Effect::UnitOff) else { return Sentence::default() };
    let needs = outcome.needs();
    let held = needs.unwrap_or(Held::ErrorAndGates);
    let mut parts = vec![ratios(names, found, held, outcome.case(held))];
    // What the case with less held shows, if that fails.
    let before = Held::ALL.into_iter().take_while(|case| *case < held).last().filter(|_| needs.is_some());
    if let Some(before) = before {
        parts.push(Sentence::of(" "));
        parts.push(ratios(names, found, before, outcome.case(before)));
    }
    parts.extend(cause(names, found).map(|cause| Sentence::default().words(format!(" {cause}"))));
    if found.one_sign {
        parts.push(Sentence::of(" Nothing cancels here: in every sum all terms have one sign."));
    }
    parts.extend(found.fractions.as_ref().and_then(|fractions| targets(names, fractions)));
    parts.push(names.searched(found, Statement::Inactive, "switching off "));
    joined(parts)
}

/// `With the error held, switching off one of 16 units multiplies the norms of the gradients by 0.5 to 1.1 (∂J/∂W₁, unit 2:3).`
fn ratios(names: &Names, found: &Claims, held: Held, case: &Case) -> Sentence {
    let begin = match held_words(found, held) {
        "" => "Switching off one unit",
        "With the error held, " => "With the error held, switching off one unit",
        _ => "With error and gates held, switching off one unit",
    };
    let sentence = Sentence::default().words(format!("{begin} ({} tried)", grouped(found.units.len())));
    let sentence = match (&case.least, &case.worst) {
        (Some(least), Some(worst)) => {
            let from = if least.value < worst.value { format!("{} to ", ratio(least.value)) } else { String::new() };
            let words = format!(" multiplies the norm of a gradient by {from}{} (at most for ", ratio(worst.value));
            let of = match case.wrong {
                0 => "none grows".into(),
                wrong => format!("{} of {} grow", grouped(wrong), count(case.pairs, "norm")),
            };
            sentence.words(words).math(names.by(&worst.gradient)).words(format!(", unit {}): {of}", worst.changed))
        }
        _ => sentence.words(" leaves no gradient with a ratio"),
    };
    let rises = match case.from_zero {
        0 => String::new(),
        1 => ", and 1 gradient rises from 0".into(),
        more => format!(", and {} gradients rise from 0", grouped(more)),
    };
    sentence.words(format!("{rises}."))
}

/// What amplifies or attenuates, as the first case without a ratio above 1 tells.
fn cause(names: &Names, found: &Claims) -> Option<&'static str> {
    let outcome = found.outcome(Effect::UnitOff)?;
    let layers = &names.tried.model.network.layers;
    let no_forward_gate = layers.iter().rev().skip(1).any(|layer| match layer.activation {
        Activation::Entrywise(function) => !function.fixes_zero(),
        Activation::Softmax => true,
    });
    match outcome.needs() {
        _ if outcome.is_open() => None,
        Some(Held::Nothing) if outcome.error.is_refuted() => Some("The change of the error makes up for it."),
        Some(Held::Nothing) => None,
        Some(Held::Error) => Some("So it is the change of the error that makes gradients larger."),
        Some(Held::ErrorAndGates) if no_forward_gate => Some(
            "So it is the change of the later derivatives, or of activations with f(0) other than 0, that makes gradients larger.",
        ),
        Some(Held::ErrorAndGates) => Some("So it is the change of the later derivatives that makes gradients larger."),
        // An entry grows by the terms that it loses only where they are of the other sign.
        None => Some("Terms of both signs cancel, and fewer of them where a unit is off."),
    }
}

/// For which targets the unit that was switched off in fractions makes an entry larger.
fn targets(names: &Names, Fractions { off, targets }: &Fractions) -> Option<Sentence> {
    let targets = targets.as_ref().filter(|targets| targets.tried > 0)?;
    let last = (targets.steps - 1) * targets.step;
    let sentence = Sentence::default().words(format!(
        " In exact fractions, with unit {}:{} off, an entry grows for {} of {} targets y = 0 to {last}",
        off.layer, off.unit, targets.amplified, targets.tried
    ));
    let Some(Amplified { target, ratios }) = &targets.largest else { return Some(sentence.words(".")) };
    let (ratio, gradients) = ratios.first()?;
    let sentence = sentence.words(format!(", most for y = {target}, where it is multiplied by {ratio} in "));
    Some(gradients.first().map_or(Sentence::default(), |key| sentence.math(names.by(key)).words(".")))
}
