//! [`Costs`] → a page in any format: each gradient in its bracket orders, then the figures.

use self::break_even::{pays, pays_with_scalings};
use crate::{
    cost::{
        Count,
        chain::Factor,
        order::{Order, Step},
        schedule::{COMPARED, MAX_FACTORS, SEARCHED, Together},
        search::{MAX_INTERVALS, MAX_STATES},
    },
    document::{Document, Equation, Notation, Sentence, Table, Typesetter, sentence},
    expr::SymbolId,
    gradient::Derivation,
    network::graph::Layout,
    pipeline::{Costs, FormulaCosts, GradientCost, LISTED},
    report::{gradients::Report, words::grouped},
};

mod break_even;

/// Deeper brackets are not written: nobody could read them.
const MAX_NESTING: usize = 50;

const PRINTED: &str = "as printed";
const BACKPROPAGATION: &str = "backpropagation";
const THAN: &str = "than backpropagation";
const CHEAPEST: &str = "fewest in products";

/// The orders, the table, and what a reader must know of them.
pub fn cost<'d>(costs: &Costs, derivation: &Derivation) -> Document<'d> {
    let (mut page, report) = (Document::titled("Cost"), Report::new(derivation));
    if let Some(formulas) = &costs.formulas {
        return of_formulas(formulas, costs, &report);
    }
    for gradient in &costs.gradients {
        orders(gradient, &report, &mut page);
    }
    page.table(table(costs, &report));
    page.paragraphs(costs.gradients.iter().filter_map(|gradient| break_even(gradient, &report)));
    let variables: Vec<SymbolId> = costs.gradients.iter().map(|gradient| gradient.variable).collect();
    page.paragraphs(notes(costs, &report));
    page.blocks.extend(report.remarks(&variables, false, &[]));
    page
}

fn table(costs: &Costs, report: &Report) -> Table {
    let mut rows = Vec::new();
    for gradient in &costs.gradients {
        let [printed, backpropagation, cheapest] =
            all(gradient).map(|(name, order)| (name, order.count(&gradient.factors)));
        rows.extend(block(&report.key(gradient.variable), &[printed, backpropagation, cheapest], cheapest.1));
    }
    let (count, Together { separate, backpropagation, shared, proved, .. }) = costs.together;
    let is_all = count == costs.parameters;
    let all = if is_all { "all parameters".into() } else { format!("{} parameters", grouped(count as u128)) };
    let least = if proved { "fewest, shared: proved" } else { "fewest found, shared" };
    let separate = separate.map(|separate| ("each by its own fewest", separate));
    let lines = [("backpropagation, shared", backpropagation), (least, shared)];
    rows.extend(block(&all, &lines.into_iter().chain(separate).collect::<Vec<_>>(), shared));
    table_of(rows)
}

fn table_of(rows: Vec<Vec<String>>) -> Table {
    let header = ["", "order", "in products", "in scalings", "together", "products / least"];
    let mut table = Table::new(header, 2);
    rows.into_iter().for_each(|row| table.row(row));
    table
}

/// The formulas of a network that branches.
fn of_formulas<'d>(formulas: &FormulaCosts, costs: &Costs, report: &Report) -> Document<'d> {
    let mut page = Document::titled("Cost");
    let mut rows = Vec::new();
    for cost in formulas.gradients.iter().chain([&formulas.together]) {
        let name = cost.variable.map_or("all parameters".into(), |variable| report.key(variable));
        let shared = if cost.variable.is_none() {
            ["product form, shared", "backpropagation, shared"]
        } else {
            ["product form", BACKPROPAGATION]
        };
        let lines =
            cost.printed.map(|printed| (shared[0], printed)).into_iter().chain([(shared[1], cost.backpropagation)]);
        rows.extend(block(&name, &lines.collect::<Vec<_>>(), cost.least()));
    }
    let variables: Vec<SymbolId> = formulas.gradients.iter().filter_map(|cost| cost.variable).collect();
    for variable in &variables {
        report.gradient(*variable).into_iter().for_each(|equation| page.equation(equation));
    }
    page.table(table_of(rows));
    page.paragraphs(hidden(costs, "counts"));
    page.paragraph(
        "Counted are multiplications: m k p for a product of m × k and k × p, and one an entry of U ⊙ V and of a product with a \
         diagonal matrix, two where S is a softmax's, three for a norm's N. Numbers before a matrix, transposes, the \
         derivatives of activations, the error of each loss, and sums over rows or columns are free, and so are the constants \
         that put values side by side.",
    );
    if formulas.together.printed.is_some() {
        page.paragraph(
            "The product form is computed from left to right, what stands in brackets first. Backpropagation is the layered \
             form. What is needed several times is computed once. Where each sample has matrices S or N of its own, \
             backpropagation alone computes the gradients: the product form needs one of each for all samples.",
        );
    }
    page.paragraph(
        "Other orders of the brackets are not looked for, since sums over paths are no single product: nothing is said of the \
         fewest multiplications that there can be.",
    );
    page.blocks.extend(report.remarks(&variables, false, &[]));
    page
}

/// How to see what is not listed.
fn hidden(costs: &Costs, what: &str) -> Option<Sentence> {
    let hidden = (costs.hidden > 0).then(|| grouped(costs.hidden as u128))?;
    let words = format!("the {what} of {hidden} gradients are not listed, since they are more than {LISTED}");
    Some(sentence!("{}: name some with {}", words, Sentence::default().code("chainrule derive --cost --wrt")))
}

fn notes(costs: &Costs, report: &Report) -> Vec<Sentence> {
    let no_product = "{} is no single product, so it has no bracket order and is not counted";
    let mut notes: Vec<_> =
        costs.sums.iter().map(|sum| Sentence::filled(no_product, [report.by(*sum).into()])).collect();
    notes.extend(hidden(costs, "orders"));
    notes.extend(left_out(&costs.together.1));
    let sums = if report.derivation.forward.has_columns() { "row" } else { "column" };
    notes.push(Sentence::of(format!(
        "Counted are multiplications: m k p for a product of m × k and k × p, one an entry that S scales, two where S is a \
         softmax's; two S are multiplied with one another only where both are diagonal. Transposes, the error and the {sums} \
         sums of bias gradients are free.",
    )));
    notes.push(Sentence::of(
        "Where no brackets stand, a product is computed from left to right. Fewest means fewest in products; each S is then \
         put where it scales least, and the sum of both may be more than another order's. Shared: what several gradients \
         need is computed once.",
    ));
    if costs.gradients.iter().any(|gradient| gradient.factors.iter().any(Factor::is_gate)) {
        notes.push(Sentence::of(
            "where each sample has gates of its own, backpropagation's is the only order: all others need one S",
        ));
    }
    notes
}

/// What was not looked for, with the limit that was reached.
fn left_out(together: &Together) -> Option<Sentence> {
    let [most, compared, searched] = [MAX_FACTORS, COMPARED, SEARCHED].map(|limit| grouped(limit as u128));
    let [parts, ways] = [MAX_INTERVALS, MAX_STATES].map(|limit| grouped(limit as u128));
    let said = if together.separate.is_none() {
        format!(
            "the cheapest orders of all parameters are not looked for: their products have more than {most} factors"
        )
    } else if together.factors > COMPARED {
        format!(
            "all parameters: only backpropagation and separate orders are compared, since the products have more than \
             {compared} factors"
        )
    } else if together.proved {
        return None;
    } else {
        format!(
            "all parameters: not proved to be the cheapest, since only products of at most {searched} factors with \
             {parts} parts and {ways} ways at a time are searched through"
        )
    };
    Some(Sentence::of(said + "; no option raises the limit"))
}

/// The rows of one block; its name stands in the first.
fn block(name: &str, lines: &[(&'static str, Count)], least: Count) -> Vec<Vec<String>> {
    let row = |(place, (order, count)): (usize, &(&str, Count))| {
        let name = if place == 0 { name.to_owned() } else { String::new() };
        let numbers = [count.products, count.scalings, count.sum()].map(grouped);
        [vec![name, (*order).to_owned()], numbers.to_vec(), vec![ratio(count.products, least.products)]].concat()
    };
    lines.iter().enumerate().map(row).collect()
}

/// `1.00`: two decimals, rounded.
fn ratio(count: u128, least: u128) -> String {
    if count == least {
        return "1.00".into();
    }
    if least == 0 {
        return "-".into();
    }
    // Of numbers so large the last digits are of no account, and a hundredfold may not fit.
    let shift = 40 * u32::from(least >> 100 > 0);
    let (count, least) = (count >> shift, least >> shift);
    let (whole, rest) = (count / least, count % least);
    let hundredths = (rest * 100 + least / 2) / least;
    format!("{}.{:02}", grouped(whole + hundredths / 100), hundredths % 100)
}

fn all(gradient: &GradientCost) -> [(&'static str, &Order); 3] {
    [(PRINTED, &gradient.printed), (BACKPROPAGATION, &gradient.backpropagation), (CHEAPEST, &gradient.cheapest)]
}

/// Each order that is written differently, with the names of those that it is.
fn orders(gradient: &GradientCost, report: &Report, page: &mut Document) {
    let Some(equation) = report.gradient(gradient.variable) else { return };
    let mut written: Vec<(String, Result<Notation, usize>)> = Vec::new();
    for (name, order) in all(gradient) {
        let notation = bracketed(order, &gradient.factors, report.typesetter());
        match written.iter_mut().find(|(_, known)| *known == notation) {
            Some((names, _)) => *names = format!("{names}, {name}"),
            None => written.push((name.into(), notation)),
        }
    }
    for (names, notation) in written {
        match notation {
            Ok(right) => {
                page.paragraph(format!("{names}:"));
                page.equation(Equation { right, ..equation.clone() });
            }
            Err(depth) => {
                let deep = format!("brackets {} deep, which are not written", grouped(depth as u128));
                let limit = MAX_NESTING.to_string();
                let words = "{}, {}: {}; no option raises the limit of {}";
                page.paragraph(Sentence::filled(
                    words,
                    [equation.left.clone().into(), names.into(), deep.into(), limit.into()],
                ));
            }
        }
    }
}

/// From which batch size on the sum over samples may come first.
fn break_even(gradient: &GradientCost, report: &Report) -> Option<Sentence> {
    let (places, _) = gradient.error_and_neighbour()?;
    let [products, all] = gradient.break_evens()?;
    let typesetter = report.typesetter();
    let first = |place: usize| typesetter.bare_factor(gradient.factors[place].id);
    let says = match (pays(products), pays(all)) {
        (Some(pays), _) => format!("takes fewer multiplications {THAN} {pays}{}", pays_with_scalings(products, all)),
        (None, Some(all)) => {
            format!("takes no fewer multiplications in products {THAN}, but with scalings fewer {all}")
        }
        (None, None) => format!("never takes fewer multiplications {THAN}, whatever the batch"),
    };
    let may_pay = pays(products).is_some() || pays(all).is_some();
    let is_gated = may_pay && gradient.factors.iter().any(Factor::is_gate);
    let caution = if is_gated { "; only valid where one S serves the whole batch" } else { "" };
    let (by, start) = (report.by(gradient.variable), Notation::Product(places.map(first).to_vec()));
    let side = if gradient.layout == Layout::Rows { "right" } else { "left" };
    let words = format!("first, then to the {side}, {says}{caution}");
    Some(sentence!("{}: {} {}", by, start, words))
}

/// The order with brackets where it departs from left to right; the depth of the brackets if they are too deep.
fn bracketed(order: &Order, factors: &[Factor], typesetter: Typesetter) -> Result<Notation, usize> {
    let mut depths: Vec<(usize, bool)> = Vec::new();
    for step in &order.steps {
        depths.push(match *step {
            Step::Factor(_) => (0, false),
            Step::Product(left, right) => {
                let (inner, product) = depths[right];
                (depths[left].0.max(inner + usize::from(product)), true)
            }
        });
    }
    let deepest = depths.last().map_or(0, |(depth, _)| *depth);
    if deepest > MAX_NESTING {
        return Err(deepest);
    }
    let mut written: Vec<Vec<Notation>> = Vec::new();
    for step in &order.steps {
        let product = match *step {
            Step::Factor(factor) => vec![typesetter.shaped_factor(factors[factor].id)],
            Step::Product(left, right) => {
                let (mut product, right) = (std::mem::take(&mut written[left]), std::mem::take(&mut written[right]));
                product.push(one(right, true));
                product
            }
        };
        written.push(product);
    }
    Ok(one(written.pop().unwrap_or_default(), false))
}

fn one(mut factors: Vec<Notation>, brackets: bool) -> Notation {
    match factors.pop() {
        Some(only) if factors.is_empty() => only,
        last => {
            factors.extend(last);
            let product = Notation::Product(factors);
            if brackets { product.bracketed() } else { product }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_have_two_decimals() {
        assert_eq!(
            [(5, 5), (0, 0), (3, 2), (2, 3), (12_345, 10), (7, 0)].map(|(a, b)| ratio(a, b)),
            ["1.00", "1.00", "1.50", "0.67", "1,234.50", "-"]
        );
        assert_eq!(ratio(3 << 124, 1 << 125), "1.50");
    }
}
