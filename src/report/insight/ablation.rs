//! A unit that is switched off → tables and sentences.

use crate::{
    document::{Document, Sentence, Table, sentence},
    insight::ablation::{Ablation, Effect, Inexact, Line, Ratio, Ratios, Spread},
    report::{
        gradients::Report,
        words::{capital, grouped, joined, left_out, letter, number, shown},
    },
};

/// Gradients of up to this many entries, all together, are printed entry by entry.
const ENTRIES: usize = 200;

/// Columns that fit a page.
const COLUMNS: usize = 10;

/// What happens to the error, and the ratios then.
type Case = (&'static str, fn(&Effect) -> &Ratios);

const CASES: [Case; 2] =
    [("the error follows", |effect| &effect.following), ("the error is held", |effect| &effect.held)];

/// What switching the unit off does to every gradient.
pub fn ablation(found: &Ablation, report: &Report, page: &mut Document) {
    let effects = &found.effects;
    page.heading(format!("{} switched off", capital(&named(found))));
    let mut table = Table::new(["gradient", "entries", CASES[0].0, CASES[1].0], 2);
    let apart = |effect: &Effect| f64::from(u8::from(effect.following.own.is_some()));
    let rows = shown(effects.len(), &|row| apart(&effects[row]));
    for effect in rows.iter().map(|row| &effects[*row]) {
        let mut gradient = Sentence::from(report.by(effect.variable));
        for line in written(effect) {
            table.row_of(std::mem::take(&mut gradient), line);
        }
    }
    page.table(table);
    page.paragraphs(left_out(effects.len(), rows.len(), "gradients"));
    page.paragraph(explained(found, report));
    page.paragraphs(CASES.map(|case| grown(found, report, case)));
    page.paragraphs(without_ratio(found));
    entries(found, report, page);
}

/// `unit 2 of layer 3`, `the units 3:2 and 3:4`
pub(super) fn named(found: &Ablation) -> String {
    /// Of more units none is named.
    const NAMED: usize = 8;
    let Ablation { layer, unit, also, .. } = found;
    match also.len() {
        0 => format!("unit {unit} of layer {layer}"),
        more if more < NAMED => {
            let all = [(layer, unit)].into_iter().chain(also.iter().map(|(layer, unit)| (layer, unit)));
            let all: Vec<String> = all.map(|(layer, unit)| format!("{layer}:{unit}")).collect();
            format!("the units {}", joined(&all))
        }
        more => format!("{} units", grouped(more + 1)),
    }
}

/// What the figures are, and what is held.
fn explained(found: &Ablation, report: &Report) -> Sentence {
    let is_last = found.also.iter().map(|(layer, _)| layer).chain([&found.layer]).any(|layer| *layer == found.last);
    let but = match (report.is_fused(), is_last) {
        (true, false) => String::new(),
        (false, false) => ", which includes the derivative of the last activation".into(),
        (_, true) if !found.also.is_empty() => ", but for the columns of units that are off, which are 0".into(),
        (_, true) => format!(", but for column {} of the unit itself, which is 0", grouped(found.unit)),
    };
    let exact = match (found.exact, found.inexact) {
        (true, _) => " All figures are exact fractions.",
        (false, None) => "",
        (false, Some(Inexact::Irrational)) => {
            " They are rounded, since a function of this network has no fractions as values."
        }
        (false, Some(Inexact::Large)) => " They are rounded, since the network is too large for exact fractions.",
        (false, Some(Inexact::Long)) => " They are rounded, since the exact fractions have too many digits.",
    };
    let held = if found.several {
        Sentence::of("The errors that are held are the gradients of all losses by the values that they are put on")
    } else {
        sentence!("The error that is held is {}{}", letter("Δ", &found.last), but)
    };
    sentence!(
        "The figures are the entries of each gradient after switching {} off, divided by those before: one figure where \
         all entries have it, else the median (least to greatest). {}.{}",
        if found.also.is_empty() { "the unit" } else { "the units" },
        held,
        exact
    )
}

fn spreads(found: &Ablation, of: fn(&Effect) -> &Ratios) -> impl Iterator<Item = (&Effect, &Spread)> {
    found.effects.iter().flat_map(move |effect| of(effect).spreads().map(move |spread| (effect, spread)))
}

/// Whether entries grow or change their sign, with the worst case.
fn grown(found: &Ablation, report: &Report, (when, of): Case) -> Sentence {
    let sum = |count: fn(&Spread) -> usize| spreads(found, of).map(|(_, spread)| count(spread)).sum::<usize>();
    let [defined, amplified, turned] = [sum(|s| s.defined), sum(|s| s.amplified), sum(|s| s.turned)];
    if defined == 0 {
        return format!("Where {when}, no entry has a ratio.").into();
    }
    if amplified + turned == 0 {
        // An entry that was 0 grows without a ratio.
        let entry = if sum(|s| s.from_zero + s.unknown) == 0 { "entry" } else { "entry with a ratio" };
        return format!("Where {when}, no {entry} grows or changes its sign.").into();
    }
    let [amplified, defined, turned] = [amplified, defined, turned].map(grouped);
    let words =
        format!("Where {when}, {amplified} of {defined} entries with a ratio grow and {turned} change their sign");
    let ends = spreads(found, of).filter_map(|(effect, spread)| Some((effect, spread.median_least_greatest?)));
    let ends = ends.flat_map(|(effect, [_, least, greatest])| [(effect, least), (effect, greatest)]);
    let largest = ends.max_by(|a, b| a.1.value().abs().total_cmp(&b.1.value().abs())).map(|(effect, ratio)| {
        sentence!("; the largest ratio is {} in {}", ratio_of(ratio), report.by(effect.variable))
    });
    sentence!("{}{}.", words, largest.unwrap_or_default())
}

/// How many entries of a kind there are.
type Counted = fn(&Spread) -> usize;

/// Entries without a ratio.
fn without_ratio(found: &Ablation) -> Option<String> {
    let reasons: [(Counted, &str); 3] = [
        (|spread| spread.zero, "are 0 before and after"),
        (|spread| spread.from_zero, "are 0 before and not after"),
        (|spread| spread.unknown, "are too large or too small to divide"),
    ];
    let told = CASES.map(|(when, of)| {
        let sum = |count: Counted| spreads(found, of).map(|(_, spread)| count(spread)).sum::<usize>();
        let parts = reasons.iter().map(|(count, why)| (sum(*count), why)).filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, why)| format!("{} {why}", grouped(count))).collect();
        let words = || format!("of {} entries {}: these have no ratio", grouped(sum(Spread::entries)), joined(&parts));
        (when, (!parts.is_empty()).then(words))
    });
    match told {
        [(_, None), (_, None)] => None,
        [(_, Some(one)), (_, Some(other))] if one == other => Some(format!("In both cases {one}.")),
        cases => {
            let cases = cases.into_iter().filter_map(|(when, words)| Some(format!("where {when}, {}", words?)));
            Some(capital(&cases.collect::<Vec<_>>().join("; ")) + ".")
        }
    }
}

/// The ratios themselves, of a small network whose lines and gradients have more than one.
fn entries(found: &Ablation, report: &Report, page: &mut Document) {
    let all: usize = spreads(found, CASES[0].1).map(|(_, spread)| spread.entries()).sum();
    let is_spread = |spread: &Spread| spread.entries() > 0 && spread.only().is_none() && spread.zero < spread.entries();
    let apart = |effect: &&Effect| CASES.iter().any(|(_, of)| of(effect).spreads().any(is_spread));
    let effects: Vec<&Effect> = found.effects.iter().filter(apart).collect();
    let columns = effects.iter().filter_map(|effect| effect.following.entries.as_ref()?.first().map(Vec::len)).max();
    let Some(columns) = columns else { return };
    if all > ENTRIES || columns > COLUMNS {
        return page.paragraph(Sentence::default().typed("Every entry is printed by --format json."));
    }
    for (when, of) in CASES {
        page.paragraph(format!("Entry by entry, where {when}:"));
        let header = ["gradient", "row"].map(String::from).into_iter().chain((1..=columns).map(|i| i.to_string()));
        let mut table = Table::new(header, 1);
        table.keys = 2;
        for effect in &effects {
            let mut gradient = Sentence::from(report.by(effect.variable));
            for (i, row) in of(effect).entries.iter().flatten().enumerate() {
                let ratio = |column: usize| match row.get(column) {
                    Some(ratio) => ratio.map_or("-".into(), ratio_of),
                    None => String::new(),
                };
                let cells = [(i + 1).to_string()].into_iter().chain((0..columns).map(ratio));
                table.row_of(std::mem::take(&mut gradient), cells);
            }
        }
        page.table(table);
    }
}

/// The lines of one gradient: which entries, and their ratios with the error following and held.
fn written(effect: &Effect) -> Vec<[String; 3]> {
    let Effect { following, held, .. } = effect;
    let all = || vec![["all".into(), spread(&following.rest), spread(&held.rest)]];
    let Some((line, _)) = following.own.as_ref().or(held.own.as_ref()) else { return all() };
    // Where one of the two tells nothing apart, its line is as the rest.
    let own = |ratios: &Ratios| spread(ratios.own.as_ref().map_or(&ratios.rest, |(_, own)| own));
    let name = match line {
        Line::Row(place) => format!("row {place}"),
        Line::Column(place) => format!("column {place}"),
    };
    let own = [name, own(following), own(held)];
    match ["rest".into(), spread(&following.rest), spread(&held.rest)] {
        _ if following.rest.entries() == 0 => vec![own],
        rest if own[1..] == rest[1..] => all(),
        rest => vec![own, rest],
    }
}

fn spread(spread: &Spread) -> String {
    match (spread.only(), spread.median_least_greatest) {
        (Some(ratio), _) => ratio_of(ratio),
        (None, Some(all)) => {
            let [median, least, greatest] = all.map(ratio_of);
            if least == greatest { median } else { format!("{median} ({least} to {greatest})") }
        }
        (None, None) if spread.zero > 0 => "0/0".into(),
        (None, None) => "-".into(),
    }
}

/// `2/3`, `0.98`
pub fn ratio_of(ratio: Ratio) -> String {
    match ratio {
        Ratio::Exact(exact) => exact.to_string(),
        Ratio::Float(value) => number(value),
    }
}
