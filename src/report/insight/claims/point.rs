//! What is tried at the point itself → a sentence a claim.

use super::{Names, all, exactly, held_words};
use crate::{
    document::{Sentence, sentence},
    insight::{
        claims::{
            Case, Claims, Effect, GateDifference, GateFactors, HARDLY, Held, Statement, Verdict, batch::reduction_name,
        },
        size::ROUNDING,
    },
    report::words::{capital, count, number, percent, times, typed},
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
    if let (Verdict::Fails, Some(pair)) = (verdict, worst(Held::ErrorAndGates)) {
        let even = held_words(found, Held::ErrorAndGates).replacen('W', "Even w", 1);
        let affine = case(found, Effect::EarlierAffine, Held::ErrorAndGates);
        let is_affine = affine.is_some_and(|case| case.pairs > 0 && case.holds());
        let why = if is_affine { ": the biases add terms that X and the earlier weights do not scale" } else { "" };
        return sentence!("{}{} and not by 2{}.", even, names.pair("doubling ", pair), why);
    }
    let others = names.tried.model.network.layers.iter().filter(|layer| layer.has_weight()).count() > 1;
    let what = if others { "doubling X, the error or another weight" } else { "doubling X or the error" };
    let held = found.needs(Statement::Linear).unwrap_or(Held::Nothing);
    let value = exactly(worst(held).map_or(0.0, |pair| pair.value));
    let doubles = format!("{}{what} doubles the gradients of which it is a factor, {value}", held_words(found, held));
    let is_visible = |times: f64| (times - 2.0).abs() > VISIBLE;
    let following = match worst(Held::Nothing).filter(|pair| pair.times.is_some_and(is_visible)) {
        _ if held == Held::Nothing => ", even when everything may change".into(),
        Some(pair) => sentence!("; when everything may change, {}", names.pair("doubling ", pair)),
        None => Sentence::default(),
    };
    let searched = names.searched(found, Statement::Linear, "doubling ");
    sentence!("{}{}.{}", capital(&doubles), following, searched)
}

pub fn own_weight(names: &Names, found: &Claims) -> Sentence {
    let held = found.needs(Statement::OwnWeight).unwrap_or(Held::ErrorAndGates);
    let Some(tried) = case(found, Effect::OwnWeight, held) else { return Sentence::default() };
    let does = match tried.worst.as_ref().filter(|_| !tried.holds()) {
        None => format!("leaves its own gradient unchanged, in {}", all(tried.pairs, "case")),
        Some(worst) => format!("changes its own gradient by up to {} of its largest entry", number(worst.value)),
    };
    let words = capital(&format!("{}doubling a weight {does}", held_words(found, held)));
    let followed = followed(names, found, Effect::OwnWeight, "doubling ");
    sentence!("{}{}{}", words, followed, names.searched(found, Statement::OwnWeight, "doubling "))
}

/// What happens when everything may change, where that is something.
fn followed(names: &Names, found: &Claims, effect: Effect, doing: &'static str) -> Sentence {
    let following = case(found, effect, Held::Nothing).filter(|case| !case.holds());
    let Some(pair) = following.and_then(|case| case.worst.as_ref()) else { return ".".into() };
    let (changed, by, size) = (names.changed(&pair.changed), names.by(&pair.gradient), number(pair.value));
    let told = "; when everything may change, {}{} changes {} by up to {} of its largest entry.";
    Sentence::filled(told, [doing.into(), changed, by.into(), size.into()])
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
    let [later, earlier] = ["of the weight of a later layer", "of the bias of an earlier layer"];
    let parts = [
        part(Effect::BiasAbsent, Effect::BiasPresent, "moving a bias", later),
        part(Effect::EarlierLayerAbsent, Effect::LaterLayerPresent, "doubling X or a weight", earlier),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let words = capital(&format!("{}{}", held_words(found, held), parts.join("; ")));
    sentence!("{}{}", words, followed(names, found, Effect::BiasAbsent, "moving "))
}

pub fn gates(names: &Names, found: &Claims) -> Sentence {
    let Some(GateFactors { present, absorbed, missing, ahead, .. }) = found.gate_factors else {
        return Sentence::default();
    };
    let last = names.tried.model.network.layers.last().map(|layer| layer.activation.to_string()).unwrap_or_default();
    if present + missing == 0 {
        let told =
            format!("The only activation derivative ({last}) is no factor, since the loss absorbs it into the error.");
        return told.into();
    }
    let factors = part_of(present, present + absorbed + missing);
    let seen = case(found, Effect::Gate, Held::ErrorAndGates).filter(|case| case.pairs > 0).map(|case| {
        let seen = format!("other gradients in {} of {} pairs", case.wrong, case.pairs);
        let seen = if case.holds() { "exactly the gradients that this says".into() } else { seen };
        format!(". With the derivatives of one hidden layer set to 0 and all else held, {seen} changed")
    });
    let missed = format!("; it is none in {} though the loss does not absorb it", count(missing, "pair"));
    let parts = [
        Some(format!(
            "The derivative is a factor in {factors} of a gradient and an activation of its own or of a later layer"
        )),
        (missing > 0).then_some(missed),
        (absorbed > 0).then(|| format!("; the loss absorbs that of the last layer ({last}) into the error")),
        (ahead > 0).then(|| format!("; activations of earlier layers are factors too, {}, through A", times(ahead))),
        seen,
    ];
    Sentence::of(parts.into_iter().flatten().collect::<String>() + ".")
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
    let rest = "; the error is then multiplied by the last activation's derivative, which depends on the prediction";
    let rest = if error.fused { "" } else { rest };
    Sentence::of(format!(
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
    Sentence::of(format!("Repeating every sample {}.", told.collect::<Vec<_>>().join("; it ")))
}

pub fn zeros(found: &Claims) -> Sentence {
    let [Some(first), Some(last)] = [found.zeros.first(), found.zeros.last()] else { return Sentence::default() };
    let [share, of_all, silent] = [first.share, last.share, last.silent].map(percent);
    let (samples, all) = (count(first.samples, "sample"), all(last.samples, "sample"));
    let silent = format!(
        ". No average helps {silent} of them: they belong to an input or unit that is 0 on every sample, or to a unit that no \
         error reaches"
    );
    Sentence::of(format!(
        "Of the entries of the weights' gradients {share} are exactly 0 for {samples} and {of_all} for {all}; hardly ever is \
         at most {} %{}.",
        typed(100.0 * HARDLY),
        if last.silent > 0.0 { &silent } else { "" }
    ))
}

pub fn transpose(found: &Claims) -> Sentence {
    let worst = found.gates.iter().filter(|gate| !gate.agree).max_by(|a, b| a.largest.total_cmp(&b.largest));
    let agree = found.gates.iter().filter(|gate| gate.agree).count();
    let Some(GateDifference { layer, activation, largest, .. }) = worst else {
        let agree = all(agree, "layer");
        return format!("The derivative f'(z) equals f(z)/z in {agree} with a derivative for each unit.").into();
    };
    let place = format!("in layer {layer} ({activation})");
    let also = format!(" It does in {agree} of {}.", count(found.gates.len(), "layer"));
    Sentence::of(if *largest <= ROUNDING {
        format!("The derivative f'(z) is another function than f(z)/z {place}, but they agree at all z here.")
    } else {
        let (off, also) = (number(*largest), if agree == 0 { "" } else { &also });
        format!("The derivative f'(z) does not equal f(z)/z {place}: they differ by up to {off}.{also}")
    })
}

/// `all 3 pairs`, `2 of 3 pairs`
fn part_of(some: usize, pairs: usize) -> String {
    if some == pairs { all(pairs, "pair") } else { format!("{some} of {}", count(pairs, "pair")) }
}
