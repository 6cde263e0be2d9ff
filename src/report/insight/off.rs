//! [`Off`] → tables and sentences.

use crate::report::words::{cells, grouped, left_out, letter, number, shown};
use crate::{
    document::Document,
    document::{sentence::Sentence, table::Table},
    insight::off::{Effect, Inexact, Line, Off, Ratio, Ratios, Spread},
    report::gradients::Report,
};

/// Gradients of up to this many entries, all together, are printed entry by entry.
const ENTRIES: usize = 200;

/// What happens to the error.
const WHEN: [(&str, bool); 2] = [("the error follows", true), ("the error is held fixed", false)];

/// Columns that fit a page.
const COLUMNS: usize = 10;

/// What is counted of some entries.
type Counted = fn(&Spread) -> usize;

impl Off {
    /// Prints it.
    pub fn print(&self, report: &Report, page: &mut Document) {
        let title =
            format!("Unit {} of layer {} switched off: each gradient's entries after by before", self.unit, self.layer);
        page.heading(Sentence::default().words(title));
        let header = ["gradient", "entries", "the error follows", "the error is held fixed"];
        let mut table = Table::new(header.map(Sentence::of), 2);
        let apart = |effect: &Effect| f64::from(u8::from(effect.following.own.is_some()));
        let rows = shown(self.effects.len(), &|row| apart(&self.effects[row]));
        for row in &rows {
            let effect = &self.effects[*row];
            let mut gradient = Sentence::default().math(report.by(effect.variable));
            for [name, following, held] in written(effect) {
                table.row([std::mem::take(&mut gradient)].into_iter().chain(cells([name, following, held])));
            }
        }
        page.table(table);
        let notes = left_out(self.effects.len(), rows.len(), "gradients");
        let told = WHEN.map(|(words, following)| self.effect(report, words, following));
        let notes = notes.into_iter().chain([self.kind(), self.held(report)]).chain(self.undefined()).chain(told);
        page.paragraphs(notes);
        self.entries(report, page)
    }

    /// What the figures are.
    fn kind(&self) -> Sentence {
        let kind = Sentence::of("one figure: every ratio, as it is written; else the median (least to greatest)");
        if self.exact {
            return kind.words("; exact fractions");
        }
        let kind = match self.inexact {
            None => kind,
            Some(Inexact::Irrational) => kind.words("; in floats: the values of some functions are no fractions"),
            Some(Inexact::Large) => kind.words("; in floats: the network is too large for fractions"),
            Some(Inexact::Long) => kind.words("; in floats: the fractions have too many digits"),
        };
        kind.words("; growing, changing the sign: 1e-9 more or less is taken for rounding")
    }

    /// What the error is that is held fixed.
    fn held(&self, report: &Report) -> Sentence {
        let held = Sentence::of("held fixed is ").math(letter("Δ", &self.last));
        let held = if report.is_fused() {
            held.words(", which is the error itself")
        } else {
            held.words(format!(": the error with the gate of layer {}", self.last))
        };
        if self.layer == self.last {
            return held.words(format!(", but for the unit's own column {}, which is 0", grouped(self.unit)));
        }
        held
    }

    /// The ratios themselves, of a small network whose lines and gradients have more than one.
    fn entries(&self, report: &Report, page: &mut Document) {
        let all: usize = self.spreads(true).map(|(_, spread)| spread.entries()).sum();
        let apart = |effect: &&Effect| {
            let ratios = [&effect.following, &effect.held];
            ratios
                .iter()
                .any(|ratios| is_spread(&ratios.rest) || ratios.own.as_ref().is_some_and(|(_, own)| is_spread(own)))
        };
        let effects: Vec<&Effect> = self.effects.iter().filter(apart).collect();
        if effects.is_empty() {
            return;
        }
        let columns =
            effects.iter().filter_map(|effect| effect.following.entries.as_ref()?.first().map(Vec::len)).max();
        let Some(columns) = columns else { return };
        if all > ENTRIES || columns > COLUMNS {
            return page.paragraph(Sentence::of("entry by entry: ").code("--format json"));
        }
        for (when, following) in WHEN {
            page.paragraph(Sentence::default().words(format!("entry by entry, where {when}:")));
            let header = ["gradient", "row"].map(String::from).into_iter().chain((1..=columns).map(|i| i.to_string()));
            let mut table = Table::new(header.map(|words| Sentence::default().words(words)), 1);
            table.keys = 2;
            for effect in &effects {
                let ratios = if following { &effect.following } else { &effect.held };
                let mut gradient = Sentence::default().math(report.by(effect.variable));
                for (i, row) in ratios.entries.iter().flatten().enumerate() {
                    let ratio = |column: usize| match row.get(column) {
                        Some(Some(ratio)) => ratio_of(*ratio),
                        Some(None) => "-".into(),
                        None => String::new(),
                    };
                    let cells = [(i + 1).to_string()].into_iter().chain((0..columns).map(ratio));
                    let cells = cells.map(|words| Sentence::default().words(words));
                    table.row([std::mem::take(&mut gradient)].into_iter().chain(cells));
                }
            }
            page.table(table);
        }
    }

    fn spreads(&self, following: bool) -> impl Iterator<Item = (&Effect, &Spread)> {
        self.effects.iter().flat_map(move |effect| {
            let ratios = if following { &effect.following } else { &effect.held };
            let own = ratios.own.iter().map(|(_, spread)| spread);
            own.chain([&ratios.rest]).map(move |spread| (effect, spread))
        })
    }

    /// Entries without a ratio.
    fn undefined(&self) -> Vec<Sentence> {
        let sum = |following, f: &dyn Fn(&Spread) -> usize| -> usize {
            self.spreads(following).map(|(_, spread)| f(spread)).sum()
        };
        let all = grouped(sum(true, &Spread::entries));
        let notes: [(Counted, &str); 3] = [
            (|spread| spread.zero, "are 0 before and after (0/0): that is no ratio"),
            (|spread| spread.from_zero, "are 0 before and not after: they have no ratio either"),
            (|spread| spread.unknown, "have no ratio, since it or a value in it is no float"),
        ];
        let mut found = Vec::new();
        for (part, what) in notes {
            let counts = WHEN.map(|(when, following)| (when, sum(following, &part)));
            let [(_, one), (_, other)] = counts;
            let told = counts.into_iter().filter(|(_, number)| *number > 0).take(if one == other { 1 } else { 2 });
            found.extend(told.map(|(when, number)| {
                let place = if one == other { String::new() } else { format!("where {when}: ") };
                Sentence::default().words(format!("{place}{} of {all} entries {what}", grouped(number)))
            }));
        }
        found
    }

    /// Whether something is amplified or turned round, with the worst case.
    fn effect(&self, report: &Report, when: &str, following: bool) -> Sentence {
        let spreads = || self.spreads(following);
        let defined: usize = spreads().map(|(_, spread)| spread.defined).sum();
        let amplified: usize = spreads().map(|(_, spread)| spread.amplified).sum();
        let turned: usize = spreads().map(|(_, spread)| spread.turned).sum();
        if defined == 0 {
            return Sentence::default().words(format!("where {when}: no entry has a ratio"));
        }
        if amplified + turned == 0 {
            // An entry that was 0 grows without a ratio.
            let all = spreads().all(|(_, spread)| spread.from_zero + spread.unknown == 0);
            let entry = if all { "entry" } else { "entry with a ratio" };
            return Sentence::default().words(format!("where {when}: no {entry} grows, and none changes its sign"));
        }
        let ends = spreads().filter_map(|(effect, spread)| Some((effect, spread.median_least_greatest?)));
        let ends = ends.flat_map(|(effect, [_, least, greatest])| [(effect, least), (effect, greatest)]);
        let worst = ends.max_by(|a, b| a.1.value().abs().total_cmp(&b.1.value().abs()));
        let words = format!(
            "where {when}: {} of {} entries with a ratio grow, {} change their sign",
            grouped(amplified),
            grouped(defined),
            grouped(turned)
        );
        match worst {
            Some((effect, ratio)) => {
                let words = format!("{words}; the largest ratio is {} in ", ratio_of(ratio));
                Sentence::default().words(words).math(report.by(effect.variable))
            }
            None => Sentence::default().words(words),
        }
    }
}

/// The lines of one gradient: which entries, and their ratios with the error following and held.
fn written(effect: &Effect) -> Vec<[String; 3]> {
    let Effect { following, held, .. } = effect;
    let line = following.own.as_ref().or(held.own.as_ref()).map(|(line, _)| *line);
    let Some(line) = line else { return vec![["all".into(), spread(&following.rest), spread(&held.rest)]] };
    // Where one of the two tells nothing apart, its line is as the rest.
    let own = |ratios: &Ratios| spread(ratios.own.as_ref().map_or(&ratios.rest, |(_, own)| own));
    let name = match line {
        Line::Row(place) => format!("row {place}"),
        Line::Column(place) => format!("column {place}"),
    };
    let own = [name, own(following), own(held)];
    if following.rest.entries() == 0 {
        return vec![own];
    }
    let rest = ["rest".into(), spread(&following.rest), spread(&held.rest)];
    if own[1..] == rest[1..] {
        let [_, following, held] = rest;
        return vec![["all".into(), following, held]];
    }
    vec![own, rest]
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

/// Whether entries have different ratios, or some have none.
fn is_spread(spread: &Spread) -> bool {
    spread.entries() > 0 && spread.only().is_none() && spread.zero < spread.entries()
}

fn ratio_of(ratio: Ratio) -> String {
    match ratio {
        Ratio::Exact(exact) => exact.to_string(),
        Ratio::Float(value) => number(value),
    }
}
