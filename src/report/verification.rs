//! [`Verification`] → what was compared with what, how far apart it is, and the verdict.

use std::fmt;

use super::words::{array, arrays, count, equality, percent, scientific, times};
use crate::{
    document::{Document, Notation, Relation, Sentence, Table, sentence},
    evaluate::differences::{self, Method},
    pipeline::{ArrayReport, Redraws, TOLERANCE, Verdict, Verification, larger},
    render::{Format, Style},
};

/// The page of a verification.
pub fn verification<'d>(found: &Verification) -> Document<'d> {
    let mut page = Document::titled("Verification");
    page.paragraph(header(found));
    if found.compared() > 0 {
        page.table(table(found));
        page.paragraphs(legend(found));
    }
    page.paragraphs(remarks(found).into_iter().chain([verdict(found)]));
    page
}

impl fmt::Display for Verification {
    /// The page as text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Style::new(Format::Text).page(&verification(self)).trim_end())
    }
}

fn header(found: &Verification) -> Sentence {
    let values = match (found.random, &found.drawn[..]) {
        (false, _) => Sentence::of("the given arrays"),
        (true, []) => Sentence::of("random values"),
        (true, drawn) => sentence!("the given arrays and random values of {}", arrays(drawn)),
    };
    let seed = if found.random {
        format!(", seed {}, {}", found.options.seed, count(found.options.trials, "trial"))
    } else {
        String::new()
    };
    let dims = found.dims.iter().map(|(name, number)| Sentence::of(", ").then(equality(name, *number)));
    let dims = dims.reduce(Sentence::then).unwrap_or_default();
    sentence!(
        "The derived gradients were compared with a numeric backprop, which shares no code with them, on {}{}{}. Each figure is the largest difference of \
         any entry, divided by the array's largest entry.",
        values,
        seed,
        dims
    )
}

fn table(found: &Verification) -> Table {
    let words = ["array", "shape", "layered", "per-sample", "summed product", "central differences"].map(Sentence::of);
    let mut table = Table::new(words.into_iter().chain([approximate()]), 1);
    for (name, report) in &found.arrays {
        let (rows, columns) = report.size;
        let size = [rows, columns].map(|side| Notation::Number(i64::try_from(side).unwrap_or(i64::MAX)));
        let [rows, columns] = size.map(Sentence::from);
        let size = rows.relation(Relation::Times).then(columns);
        let name = Sentence::from(array(name));
        if report.zeros + report.lost >= found.compared() {
            let zero = if report.lost > 0 { "rounding" } else { "all zero" };
            let none = [zero, "", "", "", ""].map(Sentence::of);
            table.row([name, size].into_iter().chain(none));
            continue;
        }
        let differences = match report.differences {
            Some(_) if report.unresolved && !report.contradicted => "unresolved".to_string(),
            differences => differences.map_or("-".into(), scientific),
        };
        let [layered, per_sample, product, mean] =
            [Some(report.layered), report.per_sample, report.product, report.mean_gates]
                .map(|figure| figure.map_or("-".into(), scientific));
        let figures = [layered, per_sample, product, differences, mean].map(Sentence::of);
        table.row([name, size].into_iter().chain(figures));
    }
    let error = if found.loss_lost { "rounding".to_owned() } else { scientific(found.loss_error) };
    let of_loss = ["scalar".to_owned(), error].map(Sentence::of);
    let none = [(); 4].map(|()| Sentence::default());
    table.row([Sentence::from(Notation::Loss)].into_iter().chain(of_loss).chain(none));
    table
}

/// The form that one S for the whole batch makes of products.
fn approximate() -> Sentence {
    sentence!("{} form", Relation::Approximate)
}

/// What the columns are.
fn legend(found: &Verification) -> Vec<Sentence> {
    let Method { directions, segment } = found.method;
    let along = directions.map(|number| format!(" along {} an array", count(number, "random direction")));
    let has = |form: fn(&ArrayReport) -> Option<f64>| found.arrays.values().any(|report| form(report).is_some());
    let may = format!("may differ from the numeric backprop by at most {TOLERANCE:e}.");
    let mut legend = vec![Sentence::of(if has(|report| report.product) {
        format!(
            "layered, per-sample: the formulas of `--form layered` and `--form per-sample`; summed product: those of `--form \
             product`, each sample with its own activation derivatives, summed over the samples. All three are exact and {may}"
        )
    } else {
        format!("layered: the formulas of `--form layered`. They are exact and {may}")
    })];
    legend.push(
        format!(
            "central differences: the numeric backprop against differences of J{}; they may differ by at most {:e}.",
            along.unwrap_or_default(),
            differences::TOLERANCE
        )
        .into(),
    );
    legend.extend(segment.map(|layers| {
        let resolved = found.between.values().filter(|report| !report.unresolved);
        let worst = scientific(resolved.filter_map(|report| report.differences).fold(0.0, larger));
        Sentence::of(format!(
            "Differences are taken of {layers} layers at a time: the last ones end in J, the others in Σ ∂J/∂A ⊙ A of their last \
             activation, whose ∂J/∂A is compared like an array's gradient (in {}, at most {worst}). So each array rests \
             on the layers above it.",
            count(found.between.len(), "place")
        ))
    }));
    if has(|report| report.mean_gates) {
        legend.push(sentence!(
            "{}: the product form as `derive` prints it, with the mean over the batch of each activation derivative. Where it is \
             marked {}, that is an approximation, whose error is shown and not judged.",
            approximate(),
            Relation::Approximate
        ));
    }
    legend
}

fn remarks(found: &Verification) -> Vec<Sentence> {
    let Redraws { kinks, zeros, not_finite, left_out } = found.redraws;
    let reasons = [
        (kinks, "a pre-activation was within 1e-4 of a kink"),
        (zeros, "a gradient was zero or underflowed in all entries"),
        (not_finite, "the loss or a gradient was not finite"),
    ];
    let drawn = reasons.into_iter().filter(|(count, _)| *count > 0);
    let again = |(count, reason)| format!("The values were drawn again {}, since {reason}.", times(count)).into();
    let mut remarks: Vec<Sentence> = drawn.map(again).collect();
    if left_out > 0 {
        let place = found.method.segment.map(|layers| format!(" for {layers} layers, on which those below rest,"));
        let (place, times) = (place.unwrap_or_default(), times(left_out));
        let why = "since a pre-activation was within 1e-4 of a kink";
        remarks.push(format!("Differences were left out{place} {times}, {why}.").into());
    }
    let is_lost = |array: &ArrayReport| array.lost > 0 && array.zeros + array.lost >= found.compared();
    let unresolved = names(found.all(), |array| array.unresolved && !array.contradicted && !is_lost(array));
    if !unresolved.is_empty() {
        remarks.push(sentence!(
            "Central differences say nothing of {}: {} rounds by more than these gradients change it.",
            arrays(&unresolved),
            Notation::Loss
        ));
    }
    let rounded = names(found.arrays.iter(), |array| !array.differs && array.worst() > TOLERANCE);
    if !rounded.is_empty() {
        remarks.push(sentence!(
            "The difference of {} is more than {}, but no more than the rounding of the values explains.",
            arrays(&rounded),
            format!("{TOLERANCE:e}")
        ));
    }
    if found.general > 0 {
        remarks.push("The rows of the target do not sum to 1, so the general formula was used.".into());
    }
    remarks
}

pub fn verdict(found: &Verification) -> Sentence {
    let undefined = if found.compared() > 0 && found.undefined > 0 {
        format!("Not checked in {}: the loss or its gradient is not finite. ", count(found.undefined, "trial"))
    } else {
        String::new()
    };
    Sentence::of(undefined).then(match found.verdict() {
        Verdict::Equal => equal(found),
        Verdict::Differs => differs(found),
        Verdict::NotChecked => not_checked(found),
    })
}

fn equal(found: &Verification) -> Sentence {
    let silent = names(found.arrays.iter(), |array| array.verdict(found.compared()) == Verdict::NotChecked);
    let [but, why] = if silent.is_empty() {
        [(); 2].map(|()| Sentence::default())
    } else {
        [
            sentence!(" but those for {}", arrays(&silent)),
            sentence!(" The gradient is 0 up to rounding for {}, which shows nothing.", arrays(&silent)),
        ]
    };
    let worst = found.arrays.values().map(ArrayReport::worst).fold(found.loss_error, larger);
    let or_rounding = if worst > TOLERANCE { ", or what rounding explains" } else { "" };
    let has_product = found.arrays.values().any(|report| report.product.is_some());
    let forms = if has_product { "layered, per-sample, summed product" } else { "layered" };
    let loss = if found.loss_lost { "0 up to rounding".into() } else { Sentence::from(Notation::Real(found.loss)) };
    let exact = sentence!(
        "Verified: the exact formulas ({}){} equal the numeric backprop, largest difference {} (allowed {}); {} = {}.{}",
        forms,
        but,
        scientific(worst),
        format!("{TOLERANCE:e}{or_rounding}"),
        Notation::Loss,
        loss,
        why
    );
    let checked = found.arrays.values().filter(|report| report.verdict(found.compared()) == Verdict::Equal);
    let off = checked.filter_map(|report| report.mean_gates).fold(0.0, larger);
    if off <= TOLERANCE {
        return exact;
    }
    sentence!(
        "{} The product formulas that `derive` marks {} are not covered by this: here they are off by up to {} of an array's \
         largest entry.",
        exact,
        Relation::Approximate,
        percent(off)
    )
}

fn differs(found: &Verification) -> Sentence {
    let of_arrays = found.arrays.iter().filter(|(_, array)| array.differs);
    let mut differ: Vec<(&str, f64)> = of_arrays.map(|(name, array)| (name.as_str(), array.worst())).collect();
    differ.extend(found.loss_differs.then_some(("J", found.loss_error)));
    let contradicted = names(found.all(), |array| array.contradicted);
    let mut sentences = Vec::new();
    if !differ.is_empty() {
        let worst = scientific(differ.iter().map(|(_, error)| *error).fold(0.0, larger));
        let names: Vec<&str> = differ.iter().map(|(name, _)| *name).collect();
        let allowed = format!("{TOLERANCE:e}");
        sentences.push(sentence!(
            "Does not hold for {}: largest difference {} (allowed {}).",
            arrays(&names),
            worst,
            allowed
        ));
    }
    if !contradicted.is_empty() {
        let names = arrays(&contradicted);
        sentences.push(sentence!("Central differences contradict the numeric backprop for {}.", names));
    }
    sentences.into_iter().reduce(|all, next| all.words(" ").then(next)).unwrap_or_default()
}

fn not_checked(found: &Verification) -> Sentence {
    let not_finite = found.not_finite();
    if found.compared() == 0 {
        "Not checked: the loss or its gradient is not finite for these values.".into()
    } else if !not_finite.is_empty() {
        let [formulas, are] = if not_finite.len() == 1 { ["formula", "is"] } else { ["formulas", "are"] };
        let of = format!("Not checked: the {formulas} of ");
        Sentence::of(of).then(arrays(&not_finite)).words(format!(" {are} not finite for these values."))
    } else if found.arrays.values().all(|array| array.zeros >= found.compared()) {
        "Not checked: every gradient is zero in all entries, which shows nothing.".into()
    } else {
        let words = "Not checked: every gradient is zero up to rounding, which shows nothing.";
        let drawn = " Without the given arrays, `verify` draws random ones.";
        format!("{words}{}", if found.random { "" } else { drawn }).into()
    }
}

/// The names of the arrays that are `meant`.
fn names<'a>(
    arrays: impl Iterator<Item = (&'a String, &'a ArrayReport)>,
    meant: impl Fn(&ArrayReport) -> bool,
) -> Vec<&'a String> {
    arrays.filter(|(_, array)| meant(array)).map(|(name, _)| name).collect()
}
