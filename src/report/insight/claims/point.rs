//! What is tried at the point itself → a sentence a claim.

use super::{Names, all, exactly, held_words, joined};
use crate::{
    document::sentence::Sentence,
    insight::{
        claims::{
            Claims,
            batch::reduction_name,
            gates::{GateDifference, GateFactors},
            statement::Statement,
            trial::{Case, Effect, Held},
            verdict::{HARDLY, Verdict},
        },
        size::ROUNDING,
    },
    report::words::{count, number, percent, typed},
};

/// A multiple that differs from 2 in three digits.
const VISIBLE: f64 = 0.005;

fn case(found: &Claims, effect: Effect, held: Held) -> Option<&Case> {
    found.outcome(effect).map(|outcome| outcome.case(held))
}

pub fn linear(names: &Names, found: &Claims, verdict: &Verdict) -> Sentence {
    const EFFECTS: [Effect; 2] = [Effect::LaterDoubles, Effect::EarlierDoubles];
    let worst = |held| {
        let cases = EFFECTS.into_iter().filter_map(|effect| case(found, effect, held));
        cases.filter_map(|case| case.worst.as_ref()).max_by(|a, b| a.value.total_cmp(&b.value))
    };
    let others = names.tried.model.network.layers.iter().filter(|layer| layer.has_weight()).count() > 1;
    let what = if others { "doubling X, the error or another weight" } else { "doubling X or the error" };
    if let (Verdict::Fails, Some(pair)) = (verdict, worst(Held::ErrorAndGates)) {
        let even = held_words(found, Held::ErrorAndGates).replacen('W', "Even w", 1);
        let is_affine =
            case(found, Effect::EarlierAffine, Held::ErrorAndGates).is_some_and(|case| case.pairs > 0 && case.holds());
        let why = if is_affine {
            " and not by 2: the biases add terms that X and the earlier weights do not scale."
        } else {
            " and not by 2."
        };
        return joined([Sentence::default().words(even), names.pair("doubling ", pair)]).words(why);
    }
    let held = found.needs(Statement::Linear).unwrap_or(Held::Nothing);
    let value = worst(held).map_or(0.0, |pair| pair.value);
    let doubles =
        format!("{}{what} doubles the gradients of which it is a factor, {}", held_words(found, held), exactly(value));
    let sentence = Sentence::default().words(capital(&doubles));
    let following = worst(Held::Nothing)
        .filter(|pair| held != Held::Nothing && pair.times.is_some_and(|times| (times - 2.0).abs() > VISIBLE));
    let sentence = match following {
        Some(pair) => {
            joined([sentence.words("; when everything may change, "), names.pair("doubling ", pair)]).words(".")
        }
        None if held == Held::Nothing => sentence.words(", even when everything may change."),
        None => sentence.words("."),
    };
    joined([sentence, names.searched(found, Statement::Linear, "doubling ")])
}

pub fn own_weight(names: &Names, found: &Claims) -> Sentence {
    let held = found.needs(Statement::OwnWeight).unwrap_or(Held::ErrorAndGates);
    let Some(tried) = case(found, Effect::OwnWeight, held) else { return Sentence::default() };
    let does = match tried.worst.as_ref().filter(|_| !tried.holds()) {
        None => format!("doubling a weight leaves its own gradient unchanged, in {}", all(tried.pairs, "case")),
        Some(worst) => {
            format!("doubling a weight changes its own gradient by up to {} of its largest entry", number(worst.value))
        }
    };
    let sentence = Sentence::default().words(capital(&format!("{}{does}", held_words(found, held))));
    joined([
        followed(names, found, sentence, Effect::OwnWeight, "doubling "),
        names.searched(found, Statement::OwnWeight, "doubling "),
    ])
}

/// What happens when everything may change, where that is something.
fn followed(names: &Names, found: &Claims, sentence: Sentence, effect: Effect, doing: &'static str) -> Sentence {
    let following =
        case(found, effect, Held::Nothing).filter(|case| !case.holds()).and_then(|case| case.worst.as_ref());
    let Some(pair) = following else { return sentence.words(".") };
    let sentence =
        joined([sentence.words("; when everything may change, ").words(doing), names.changed(&pair.changed)]);
    let by = format!(" by up to {} of its largest entry.", number(pair.value));
    sentence.words(" changes ").math(names.by(&pair.gradient)).words(by)
}

pub fn biases(names: &Names, found: &Claims) -> Sentence {
    let held = Held::ErrorAndGates;
    let part = |absent: Effect, present: Effect, what: &str, whose: &str| {
        let absent = case(found, absent, held)?;
        let rest = if absent.holds() {
            format!("leaves every other gradient unchanged, in {}", all(absent.pairs, "pair"))
        } else {
            format!("also changes {} of {} other gradients", absent.wrong, count(absent.pairs, "pair"))
        };
        let seen = case(found, present, held).filter(|case| case.pairs > 0);
        let seen = seen.map_or(String::new(), |case| {
            format!("changes the gradient {whose} in {} and ", part_of(case.pairs - case.wrong, case.pairs))
        });
        Some(format!("{what} {seen}{rest}"))
    };
    let parts = [
        part(Effect::BiasAbsent, Effect::BiasPresent, "moving a bias", "of the weight of a later layer"),
        part(
            Effect::EarlierLayerAbsent,
            Effect::LaterLayerPresent,
            "doubling X or a weight",
            "of the bias of an earlier layer",
        ),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let sentence = Sentence::default().words(capital(&format!("{}{}", held_words(found, held), parts.join("; "))));
    followed(names, found, sentence, Effect::BiasAbsent, "moving ")
}

pub fn gates(names: &Names, found: &Claims) -> Sentence {
    let Some(GateFactors { present, absorbed, missing, ahead, .. }) = found.gate_factors else {
        return Sentence::default();
    };
    let last = names.tried.model.network.layers.last().map(|layer| layer.activation.to_string()).unwrap_or_default();
    if present + missing == 0 {
        return Sentence::default().words(format!(
            "The only activation derivative ({last}) is no factor, since the loss absorbs it into the error."
        ));
    }
    let pairs = present + absorbed + missing;
    let how_many = part_of(present, pairs);
    let mut words = format!(
        "The derivative is a factor in {how_many} of a gradient and an activation of its own or of a later layer"
    );
    if missing > 0 {
        words =
            [words, format!("; it is none in {} though the loss does not absorb it", count(missing, "pair"))].concat();
    }
    if absorbed > 0 {
        words = [words, format!("; the loss absorbs that of the last layer ({last}) into the error")].concat();
    }
    if ahead > 0 {
        words = [
            words,
            format!(
                "; activations of earlier layers are factors too, {}, through A",
                crate::report::words::times(ahead)
            ),
        ]
        .concat();
    }
    if let Some(case) = case(found, Effect::Gate, Held::ErrorAndGates).filter(|case| case.pairs > 0) {
        let seen = if case.holds() {
            "exactly the gradients that this says".into()
        } else {
            format!("other gradients in {} of {} pairs", case.wrong, case.pairs)
        };
        words =
            [words, format!(". With the derivatives of one hidden layer set to 0 and all else held, {seen} changed")]
                .concat();
    }
    Sentence::default().words(words + ".")
}

pub fn error_only(found: &Claims) -> Sentence {
    let Some(error) = found.error else { return Sentence::default() };
    let shifted = if error.shifted <= ROUNDING {
        "leaves the error unchanged".into()
    } else {
        format!("changes the error by {} of its largest entry", number(error.shifted))
    };
    let doubled = if error.doubled <= ROUNDING {
        "doubles it".into()
    } else {
        format!("does not double it: it is off by {} of the doubled error", number(error.doubled))
    };
    let rest = if error.fused {
        ""
    } else {
        "; the error is then multiplied by the last activation's derivative, which depends on the prediction"
    };
    Sentence::default().words(format!(
        "Adding the same number to prediction and target {shifted}, and doubling the distance between them {doubled}{rest}."
    ))
}

pub fn batch_size(found: &Claims) -> Sentence {
    let told = found.duplicated.iter().map(|found| {
        let does = if found.factor > 1.5 { "doubles the gradients" } else { "leaves the gradients unchanged" };
        let off = found.worst.as_ref().map(|worst| worst.value).filter(|value| *value > ROUNDING);
        let off = off.map_or(String::new(), |value| format!(" but for {} of their largest entry", number(value)));
        format!("{does}{off} (reduce={})", reduction_name(found.reduction))
    });
    Sentence::default().words(format!("Repeating every sample {}.", told.collect::<Vec<_>>().join("; it ")))
}

pub fn zeros(found: &Claims) -> Sentence {
    let [Some(first), Some(last)] = [found.zeros.first(), found.zeros.last()] else { return Sentence::default() };
    let mut words = format!(
        "Of the entries of the weights' gradients {} are exactly 0 for {} and {} for {}; hardly ever is at most {} %",
        percent(first.share),
        count(first.samples, "sample"),
        percent(last.share),
        all(last.samples, "sample"),
        typed(100.0 * HARDLY)
    );
    if last.silent > 0.0 {
        words = [words, format!(
                ". No average helps {} of them: they belong to an input or unit that is 0 on every sample, or to a unit that no error reaches",
                percent(last.silent)
            )].concat();
    }
    Sentence::default().words(words + ".")
}

pub fn transpose(found: &Claims) -> Sentence {
    let worst = found.gates.iter().filter(|gate| !gate.agree).max_by(|a, b| a.largest.total_cmp(&b.largest));
    let agree = found.gates.iter().filter(|gate| gate.agree).count();
    Sentence::default().words(match worst {
        None => format!("The derivative f'(z) equals f(z)/z in {} with a derivative for each unit.", all(agree, "layer")),
        Some(GateDifference { layer, activation, largest, .. }) if *largest <= ROUNDING => {
            format!("The derivative f'(z) is another function than f(z)/z in layer {layer} ({activation}), but they agree at all z here.")
        }
        Some(GateDifference { layer, activation, largest, .. }) => {
            let also = if agree == 0 { String::new() } else { format!(" It does in {agree} of {}.", count(found.gates.len(), "layer")) };
            format!("The derivative f'(z) does not equal f(z)/z in layer {layer} ({activation}): they differ by up to {}.{also}", number(*largest))
        }
    })
}

/// `all 3 pairs`, `2 of 3 pairs`
fn part_of(some: usize, pairs: usize) -> String {
    if some == pairs { all(pairs, "pair") } else { format!("{some} of {}", count(pairs, "pair")) }
}

/// With a capital letter.
fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
