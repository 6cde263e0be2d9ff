//! [`Inactive`] → a table and sentences.

use super::Showing;
use crate::{
    catalog::Activation,
    document::{Document, Table},
    insight::{
        inactive::{Gates, Inactive, Layer},
        size::float,
    },
    report::{
        gradients::Report,
        words::{count, grouped, layers, left_out, list, listed, number, percent, shown, typed},
    },
};

/// The units of each layer, and what one unit less does.
pub fn inactive(found: &Inactive, report: &Report, showing: Showing, page: &mut Document) {
    page.heading("Inactive units");
    table(found, page);
    if showing.explain {
        page.paragraphs(legend(found));
    }
    let unknown = |is_softmax: bool, reason: &str| {
        let is_unknown = |layer: &Layer| {
            layer.gates.is_none() && (layer.activation == Activation::Softmax.to_string()) == is_softmax
        };
        let places: Vec<usize> = (0..found.layers.len()).filter(|place| is_unknown(&found.layers[*place])).collect();
        let label = |place: usize| found.layers[place].label.clone();
        (!places.is_empty()).then(|| format!("There are no figures for {}: {reason}.", layers(&places, &label)))
    };
    page.paragraphs(without_activation(&found.without_activation));
    page.paragraphs(unknown(true, "a softmax has no derivative for each unit alone"));
    page.paragraphs(unknown(false, "the values there are too large or too small to compute with"));
    page.paragraphs(named(found, "dead", &|gates| &gates.dead));
    page.paragraphs(named(found, "saturated", &|gates| gates.saturated.as_deref().unwrap_or_default()));
    found.off.iter().for_each(|off| super::ablation::ablation(off, report, page));
}

/// Which layers have no row.
fn without_activation(labels: &[String]) -> Option<String> {
    match labels {
        [] => None,
        [only] => Some(format!("Layer {only} has no activation, and so no unit that could be inactive.")),
        several => {
            Some(format!("Layers {} have no activation, and so no units that could be inactive.", listed(several)))
        }
    }
}

fn table(found: &Inactive, page: &mut Document) {
    let header = ["layer", "activation", "units", "active", "dead", "saturated", "mean slope", "steepest"];
    let mut table = Table::new(header, 2);
    let notable = |gates: &Gates| gates.dead.len() + gates.saturated.as_ref().map_or(0, Vec::len);
    let share = |layer: &Layer| layer.gates.as_ref().map_or(0.0, |gates| float(notable(gates)) / float(layer.units));
    let rows = shown(found.layers.len(), &|row| share(&found.layers[row]));
    for row in &rows {
        let layer = &found.layers[*row];
        let gates = |f: &dyn Fn(&Gates) -> String| layer.gates.as_ref().map_or("-".into(), f);
        table.row([
            layer.label.clone(),
            layer.activation.clone(),
            grouped(layer.units),
            gates(&|gates| percent(gates.active)),
            gates(&|gates| grouped(gates.dead.len())),
            gates(&|gates| gates.saturated.as_ref().map_or("-".into(), |units| grouped(units.len()))),
            gates(&|gates| number(gates.mean)),
            gates(&|gates| number(gates.max_slope)),
        ]);
    }
    page.table(table);
    page.paragraphs(left_out(found.layers.len(), rows.len(), "layers"));
}

fn legend(found: &Inactive) -> [String; 3] {
    let [dead, saturated] = [found.limits.dead, found.limits.saturated].map(typed);
    [
        format!(
            "active: the share of units and samples, over {}, where the activation derivative is not 0.",
            count(found.samples, "sample")
        ),
        format!("dead: active on a smaller share of the samples than {dead}."),
        format!(
            "saturated: not dead, but with a mean size of the derivative (mean slope) below {saturated} times the steepest slope that \
             the activation has."
        ),
    ]
}

/// Which units are dead, or saturated.
fn named<'a>(found: &'a Inactive, what: &str, units: &dyn Fn(&'a Gates) -> &'a [usize]) -> Option<String> {
    let known = || found.layers.iter().filter_map(|layer| Some((layer, units(layer.gates.as_ref()?))));
    let all: usize = known().map(|(layer, _)| layer.units).sum();
    let some: Vec<(&Layer, &[usize])> = known().filter(|(_, units)| !units.is_empty()).collect();
    let number: usize = some.iter().map(|(_, units)| units.len()).sum();
    if all == 0 || some.is_empty() {
        return (all > 0).then(|| format!("No unit is {what}."));
    }
    let named: Vec<String> =
        some.iter().take(3).map(|(layer, units)| format!("layer {}: {}", layer.label, list(units))).collect();
    let more = some.len().saturating_sub(3);
    let more = if more > 0 { format!("; and of {}", count(more, "more layer")) } else { String::new() };
    let is = if number == 1 { "is" } else { "are" };
    Some(format!("{} of {} units {is} {what} ({}{more}).", grouped(number), grouped(all), named.join("; ")))
}
