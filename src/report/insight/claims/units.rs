//! What switching one unit off does → a sentence.

use super::{Names, held_words, ratio};
use crate::{
    catalog::Activation,
    document::{Sentence, sentence},
    insight::claims::{Amplified, Case, Claims, Effect, Fractions, Held, Statement},
    report::words::{capital, count, grouped},
};

pub fn off(names: &Names, found: &Claims) -> Sentence {
    let Some(outcome) = found.outcome(Effect::UnitOff) else { return Sentence::default() };
    let needs = outcome.needs();
    let held = needs.unwrap_or(Held::ErrorAndGates);
    // What the case with less held shows, if that fails.
    let before = Held::ALL.into_iter().take_while(|case| *case < held).last().filter(|_| needs.is_some());
    let cases = [Some(held), before].into_iter().flatten().map(|held| ratios(names, found, held, outcome.case(held)));
    let cases = cases.reduce(|one, other| sentence!("{} {}", one, other)).unwrap_or_default();
    let cause = cause(names, found).map(|cause| format!(" {cause}")).unwrap_or_default();
    let none_cancels = if found.one_sign { " Nothing cancels here: in every sum all terms have one sign." } else { "" };
    let targets = found.fractions.as_ref().and_then(|fractions| targets(names, fractions)).unwrap_or_default();
    let searched = names.searched(found, Statement::Inactive, "switching off ");
    sentence!("{}{}{}{}{}", cases, cause, none_cancels, targets, searched)
}

/// `With the error held, switching off one of 16 units multiplies the norms of the gradients by 0.5 to 1.1 (∂J/∂W₁, unit 2:3).`
fn ratios(names: &Names, found: &Claims, held: Held, case: &Case) -> Sentence {
    let begin = capital(&format!("{}switching off one unit", held_words(found, held)));
    let begin = format!("{begin} ({} tried)", grouped(found.units.len()));
    let told = match (&case.least, &case.worst) {
        (Some(least), Some(worst)) => {
            let from = if least.value < worst.value { format!("{} to ", ratio(least.value)) } else { String::new() };
            let by = format!("{from}{}", ratio(worst.value));
            let of = match case.wrong {
                0 => "none grows".into(),
                wrong => format!("{} of {} grow", grouped(wrong), count(case.pairs, "norm")),
            };
            let of = format!("unit {}): {of}", worst.changed);
            let gradient = names.by(&worst.gradient);
            sentence!("{} multiplies the norm of a gradient by {} (at most for {}, {}", begin, by, gradient, of)
        }
        _ => sentence!("{} leaves no gradient with a ratio", begin),
    };
    told.words(match case.from_zero {
        0 => ".".to_owned(),
        1 => ", and 1 gradient rises from 0.".to_owned(),
        more => format!(", and {} gradients rise from 0.", grouped(more)),
    })
}

/// What amplifies or attenuates, as the first case without a ratio above 1 tells.
fn cause(names: &Names, found: &Claims) -> Option<&'static str> {
    let outcome = found.outcome(Effect::UnitOff)?;
    let layers = &names.tried.model.network.layers;
    let no_forward_gate = layers.iter().rev().skip(1).any(|layer| match layer.activation {
        Activation::Entrywise(function) => !function.fixes_zero(),
        Activation::Prelu => false,
        Activation::Softmax | Activation::LogSoftmax => true,
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
    let told = format!(
        " In exact fractions, with unit {}:{} off, an entry grows for {} of {} targets from 0 to {last}",
        off.layer, off.unit, targets.amplified, targets.tried
    );
    let Some(Amplified { target, ratios }) = &targets.largest else { return Some(sentence!("{}.", told)) };
    let (ratio, gradients) = ratios.first()?;
    let most = format!("{told}, most for the target {target}, where it is multiplied by {ratio} in");
    Some(gradients.first().map_or(Sentence::default(), |key| sentence!("{} {}.", most, names.by(key))))
}
