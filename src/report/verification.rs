//! [`Verification`] → what was compared with what, how far apart it is, and the verdict.

use std::fmt;

use super::words::{count, digits, listed, scientific, times};
use crate::{
    document::{Document, Table},
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

fn header(found: &Verification) -> String {
    let values = match (found.random, &found.drawn[..]) {
        (false, _) => "the given arrays".to_owned(),
        (true, []) => "random values".to_owned(),
        (true, drawn) => format!("the given arrays and random values of {}", listed(drawn)),
    };
    let seed = if found.random {
        format!(", seed {}, {}", found.options.seed, count(found.options.trials, "trial"))
    } else {
        String::new()
    };
    let dims: Vec<String> = found.dims.iter().map(|(name, number)| format!(", {name} = {number}")).collect();
    let dims = dims.concat();
    format!(
        "The derived gradients were compared with a concrete backprop on {values}{seed}{dims}. Each figure is the largest \
         difference of any entry, divided by the array's largest entry."
    )
}

fn table(found: &Verification) -> Table {
    let header = ["array", "shape", "layered", "per-sample", "product", "differences", "mean gates"];
    let mut table = Table::new(header, 1);
    for (array, report) in &found.arrays {
        let (rows, columns) = report.size;
        let size = format!("{rows} × {columns}");
        if report.zeros + report.lost >= found.compared() {
            let zero = if report.lost > 0 { "rounding" } else { "all zero" };
            table.row([array, &*size, zero, "", "", "", ""].map(String::from));
            continue;
        }
        let differences = match report.differences {
            Some(_) if report.unresolved && !report.contradicted => "unresolved".to_string(),
            differences => differences.map_or("-".into(), scientific),
        };
        let [layered, per_sample, product, mean] =
            [Some(report.layered), report.per_sample, report.product, report.mean_gates]
                .map(|figure| figure.map_or("-".into(), scientific));
        table.row([array.clone(), size, layered, per_sample, product, differences, mean]);
    }
    table.row(["J", "scalar", &scientific(found.loss_error), "", "", "", ""].map(String::from));
    table
}

/// What the columns are.
fn legend(found: &Verification) -> Vec<String> {
    let Method { directions, segment } = found.method;
    let along = directions.map(|number| format!(" along {} an array", count(number, "random direction")));
    let mut legend = vec![
        format!(
            "The layered, the per-sample and the product form (summed sample by sample) may differ by at most {TOLERANCE:e}."
        ),
        format!(
            "The column `differences` compares the concrete backprop with central differences{}; they may differ by at most {:e}.",
            along.unwrap_or_default(),
            differences::TOLERANCE
        ),
    ];
    legend.extend(segment.map(|layers| {
        let resolved = found.between.values().filter(|report| !report.unresolved);
        let worst = scientific(resolved.filter_map(|report| report.differences).fold(0.0, larger));
        format!(
            "They are taken of {layers} layers at a time: the last ones end in J, the others in Σ ∂J/∂A ⊙ A of their last \
             activation, whose ∂J/∂A is compared like an array's gradient (in {}, at most {worst}). So each array rests \
             on the layers above it.",
            count(found.between.len(), "place")
        )
    }));
    legend.push(
        "The column `mean gates` is the error of the product form with one mean gate for the batch; it is not judged."
            .into(),
    );
    legend
}

fn remarks(found: &Verification) -> Vec<String> {
    let Redraws { kinks, zeros, not_finite, left_out } = found.redraws;
    let reasons = [
        (kinks, "a pre-activation was within 1e-4 of a kink"),
        (zeros, "a gradient was zero or underflowed in all entries"),
        (not_finite, "the loss or a gradient was not finite"),
    ];
    let drawn = reasons.into_iter().filter(|(count, _)| *count > 0);
    let mut remarks: Vec<String> =
        drawn.map(|(count, reason)| format!("The values were drawn again {}, since {reason}.", times(count))).collect();
    if left_out > 0 {
        let place = found.method.segment.map(|layers| format!(" for {layers} layers, on which those below rest,"));
        remarks.push(format!(
            "Differences were left out{} {}, since a pre-activation was within 1e-4 of a kink.",
            place.unwrap_or_default(),
            times(left_out)
        ));
    }
    let unresolved = names(found.all(), |array| array.unresolved && !array.contradicted);
    if !unresolved.is_empty() {
        remarks.push(format!(
            "Central differences say nothing of {unresolved}: J rounds by more than these gradients change it."
        ));
    }
    let rounded = names(found.arrays.iter(), |array| !array.differs && array.worst() > TOLERANCE);
    if !rounded.is_empty() {
        remarks.push(format!("The difference of {rounded} is more than {TOLERANCE:e}, but no more than the rounding of the values explains."));
    }
    if found.general > 0 {
        remarks.push("The rows of the target do not sum to 1, so the general formula was used.".into());
    }
    remarks
}

pub fn verdict(found: &Verification) -> String {
    let undefined = if found.compared() > 0 && found.undefined > 0 {
        format!("Not checked in {}: the loss or its gradient is not finite. ", count(found.undefined, "trial"))
    } else {
        String::new()
    };
    undefined
        + &match found.verdict() {
            Verdict::Equal => equal(found),
            Verdict::Differs => differs(found),
            Verdict::NotChecked => not_checked(found),
        }
}

fn equal(found: &Verification) -> String {
    let silent = names(found.arrays.iter(), |array| array.verdict(found.compared()) == Verdict::NotChecked);
    let [but, why] = if silent.is_empty() {
        [String::new(), String::new()]
    } else {
        [
            format!(" but those for {silent}"),
            format!(" The gradient is 0 up to rounding for {silent}, which shows nothing."),
        ]
    };
    let worst = found.arrays.values().map(ArrayReport::worst).fold(found.loss_error, larger);
    let or_rounding = if worst > TOLERANCE { ", or what rounding explains" } else { "" };
    format!(
        "Verified: all formulas{but} equal the concrete backprop, largest difference {} (allowed {TOLERANCE:e}{or_rounding}); \
         J = {}.{why}",
        scientific(worst),
        digits(found.loss)
    )
}

fn differs(found: &Verification) -> String {
    let of_arrays = found.arrays.iter().filter(|(_, array)| array.differs);
    let mut differ: Vec<(&str, f64)> = of_arrays.map(|(name, array)| (name.as_str(), array.worst())).collect();
    differ.extend(found.loss_differs.then_some(("J", found.loss_error)));
    let contradicted = names(found.all(), |array| array.contradicted);
    let mut sentences = Vec::new();
    if !differ.is_empty() {
        let worst = scientific(differ.iter().map(|(_, error)| *error).fold(0.0, larger));
        let names: Vec<&str> = differ.iter().map(|(name, _)| *name).collect();
        let names = listed(&names);
        sentences.push(format!("Does not hold for {names}: largest difference {worst} (allowed {TOLERANCE:e})."));
    }
    if !contradicted.is_empty() {
        sentences.push(format!("Central differences contradict the concrete backprop for {contradicted}."));
    }
    sentences.join(" ")
}

fn not_checked(found: &Verification) -> String {
    let not_finite = found.not_finite();
    if found.compared() == 0 {
        "Not checked: the loss or its gradient is not finite for these values.".into()
    } else if !not_finite.is_empty() {
        let [formulas, are] = if not_finite.len() == 1 { ["formula", "is"] } else { ["formulas", "are"] };
        format!("Not checked: the {formulas} of {} {are} not finite for these values.", listed(&not_finite))
    } else if found.arrays.values().all(|array| array.zeros >= found.compared()) {
        "Not checked: every gradient is zero in all entries, which shows nothing.".into()
    } else {
        "Not checked: every gradient is zero up to rounding, which shows nothing.".into()
    }
}

/// The names of the arrays that are `meant`.
fn names<'a>(
    arrays: impl Iterator<Item = (&'a String, &'a ArrayReport)>,
    meant: impl Fn(&ArrayReport) -> bool,
) -> String {
    let names: Vec<&String> = arrays.filter(|(_, array)| meant(array)).map(|(name, _)| name).collect();
    listed(&names)
}
