//! What a reader must know of formulas for any depth: how ∏ is read, where it is empty, what l, L and f_k are.

use std::{cmp::Reverse, collections::BTreeSet};

use crate::{
    document::{Bounds, Notation, Sentence, Sign, Typesetter, sentence, typeset::bounds},
    expr::{Definition, Index, Role, Symbol, SymbolId, index::layer_of_width},
    gradient::{
        Derived, Form, Gradient,
        form::intuitive::{Factor, Sketch},
        general::{
            General,
            iterated::{Iterated, Operation},
        },
    },
    report::{gradients::Report, words::letter},
};

/// The remarks on the formulas by `variables`.
pub fn notes(report: &Report, general: &General, variables: &[SymbolId]) -> Vec<Sentence> {
    let (typesetter, arena) = (Typesetter::new(report.arena), report.arena);
    let symbol = |id: &SymbolId| arena.symbol(*id);
    let first =
        |a: Notation, x: Notation| sentence!("{} is {} for {} = {}.", a, x, formula(Index::LAYER), Notation::Number(1));
    let x = report.derivation.forward.input();
    let Derived::Gradient(gradient) = &report.derivation.derived else {
        let is_sketch = matches!(report.derivation.derived, Derived::Intuitive(_));
        let rising = is_sketch != report.derivation.forward.has_columns();
        let limits = if rising { ["l+1", "L"] } else { ["L", "l+1"] };
        let [from, to] = [Index::LAYER.plus(1), Index::DEPTH];
        let [from, to] = if rising { [from, to] } else { [to, from] };
        let empty = sentence!("It is empty for {} = {}.", formula(Index::LAYER), formula(Index::DEPTH));
        let mut notes = vec![depth(typesetter, None), order(over(limits, None), [Index::FACTOR, from, to]), empty];
        notes.extend(is_sketch.then(|| first(letter("A", "[l-1]"), typesetter.name(x))));
        return notes;
    };
    let shown: Vec<_> =
        variables.iter().filter_map(|variable| gradient.by(*variable)).map(|found| found.value).collect();
    let symbols: BTreeSet<SymbolId> = report.symbols(&shown).collect();
    let mut runs: Vec<&Iterated> = symbols.iter().filter_map(|symbol| general.iterations.get(*symbol)).collect();
    runs.sort_by_key(|run| {
        let [high, low] = run.ends();
        (run.operation == Operation::Sum, Reverse(low), high)
    });
    let before = symbols.iter().find(|id| is_activation_before(symbol(id)));
    let mut notes = vec![match general.of_blocks {
        None => depth(typesetter, Some(gradient)),
        Some(_) => blocks(typesetter, gradient),
    }];
    let activation = variables.iter().find(|variable| symbol(variable).role == Role::Activation);
    notes.extend(activation.filter(|_| general.of_blocks.is_none()).map(|activation| {
        let [by, l, last] = [report.by(*activation), formula(Index::LAYER), formula(Index::DEPTH.plus(-1))];
        sentence!("{} holds for {} from 1 to {}.", by, l, last)
    }));
    notes.extend(runs.first().map(|run| order(alone(run), [run.index, run.from, run.to])));
    notes.extend(empty(&runs));
    notes.extend(before.map(|before| {
        if general.of_blocks == Some(false) {
            let [name, l] = [typesetter.name(*before), formula(Index::LAYER)];
            return sentence!("{} is what enters the first block for {} = {}.", name, l, Notation::Number(1));
        }
        let x = if symbol(before).sample { typesetter.row(x) } else { typesetter.name(x) };
        first(typesetter.name(*before), x)
    }));
    notes.extend(general.bias_of_last.map(|has| {
        let what = if has { "is the only one with a bias" } else { "has no bias" };
        sentence!("The last layer, {}, {}.", formula(Index::DEPTH), what)
    }));
    notes.extend(symbols.iter().any(|id| layer_of_width(&symbol(id).columns).is_some()).then(|| {
        let [width, of_input] = [&*Index::FACTOR.label(), "[0]"].map(|label| letter("f", label));
        sentence!("{} is the width of layer {}, {} that of the input.", width, formula(Index::FACTOR), of_input)
    }));
    notes
}

/// ∏ over layers of what is given, between these limits.
fn over([from, to]: [&str; 2], body: Option<Vec<Notation>>) -> Notation {
    let bounds = Bounds { is_product: true, index: "k".into(), from: from.into(), to: to.into() };
    Notation::Big(bounds, body.map(|factors| Box::new(Notation::Product(factors))))
}

/// The chain rule from J down to `variable`, whose own factor stands first where the product form begins with it.
pub fn chain(report: &Report, variable: SymbolId) -> Vec<Notation> {
    let by = Notation::partial;
    let (z, a) = (|index: &str| letter("Z", index), |index: &str| letter("A", index));
    let name = |symbol| report.typesetter.name(symbol);
    let own = name(variable);
    let prediction = report.derivation.forward.prediction().symbol;
    let down = |to: &str| {
        let body = vec![by(z("[k]"), a("[k-1]")), by(a("[k-1]"), z("[k-1]"))];
        vec![by(Notation::Loss, name(prediction)), by(name(prediction), z("[L]")), over(["L", to], Some(body))]
    };
    let symbol = report.arena.symbol(variable);
    let of_last = symbol.label == Some(Index::DEPTH.label());
    let factors = if symbol.role == Role::Input {
        [down("2"), vec![by(z("1"), own)]].concat()
    } else if symbol.role == Role::Activation {
        [down("l+2"), vec![by(z("[l+1]"), own)]].concat()
    } else if symbol.role == Role::PreActivation {
        down("l+1")
    } else if of_last {
        [vec![by(z("[L]"), own)], down("l+1")[..2].to_vec()].concat()
    } else {
        [vec![by(z("[l]"), own)], down("l+1")].concat()
    };
    in_order(report, factors)
}

/// Factors as they stand: the other way round where samples are columns, within products over layers too.
fn in_order(report: &Report, factors: Vec<Notation>) -> Vec<Notation> {
    if !report.derivation.forward.has_columns() {
        return factors;
    }
    let turned = |factor| {
        let Notation::Big(Bounds { is_product: true, index, from, to }, Some(mut body)) = factor else { return factor };
        if let Notation::Product(factors) = &mut *body {
            *factors = in_order(report, std::mem::take(factors));
        }
        Notation::Big(Bounds { is_product: true, index, from: to, to: from }, Some(body))
    };
    report.in_order(factors.into_iter().map(turned).collect())
}

/// The sketch of any depth: what comes before the layer, and from its activation up to the error.
pub fn sketch(report: &Report, sketch: &Sketch, variable: SymbolId) -> Vec<Notation> {
    let Sketch::Layers(layers) = sketch else { return Vec::new() };
    let ([hidden, last], biased) = layers.ends();
    let gate = |index: &str| hidden.map(|_| letter("S", index));
    let error = layers.factors(report.derivation.forward.target()).into_iter().find_map(|factor| match factor {
        Factor::Formula(error) => Some(report.typesetter.bare_factor(error)),
        Factor::Named(_) | Factor::Identity | Factor::Sum(_) => None,
    });
    let up = |from: &str| {
        let body = gate("[k-1]").into_iter().chain([letter("W", "[k]")]).collect();
        let end = last.map(|_| letter("S", "[L]")).into_iter().chain(error.clone());
        [over([from, "L"], Some(body))].into_iter().chain(end).collect::<Vec<_>>()
    };
    let input = report.typesetter.name(report.derivation.forward.input());
    let symbol = report.arena.symbol(variable);
    let of_last = symbol.label == Some(Index::DEPTH.label());
    let is = |role| symbol.role == role;
    let before = if is(Role::Input) {
        vec![letter("W", "1")]
    } else if is(Role::Activation) {
        vec![letter("W", "[l+1]")]
    } else if is(Role::Weight) && biased {
        vec![letter("A", "[l-1]"), letter("I", "")]
    } else if is(Role::Weight) {
        let body = [letter("W", "[k]")].into_iter().chain(gate("[k]")).collect();
        vec![input, over(["1", "l-1"], Some(body)), letter("I", "")]
    } else {
        Vec::new()
    };
    let rest = match (is(Role::Input), is(Role::Activation), of_last) {
        (true, ..) => up("2"),
        (_, true, _) => up("l+2"),
        (.., true) => up("l+1")[1..].to_vec(),
        (.., false) => up("l+1"),
    };
    in_order(report, [before, rest].concat())
}

/// For which l and L the formulas hold.
fn depth(typesetter: Typesetter, gradient: Option<&Gradient>) -> Sentence {
    let [l, end, before] = [Index::LAYER, Index::DEPTH, Index::DEPTH.plus(-1)].map(formula);
    let note = sentence!("This holds for every depth {} and every layer {} from 1 to {}", end.clone(), l.clone(), end);
    let Some(gradient) = gradient else { return note.words(".") };
    match gradient.definitions.last().filter(|_| gradient.form == Form::Layered) {
        None => note.words("; it is proved by induction over the layers."),
        Some(recurrence) => {
            let name = typesetter.name(recurrence.symbol);
            sentence!("{}; {} is computed from {} = {} down to 1.", note, name, l, before)
        }
    }
}

/// The same of blocks, and how their layers are called.
fn blocks(typesetter: Typesetter, gradient: &Gradient) -> Sentence {
    let [l, end, before] = [Index::LAYER, Index::DEPTH, Index::DEPTH.plus(-1)].map(formula);
    let [first, output] = ["[l,1]", "[l]"].map(|label| letter("A", label));
    let note = sentence!(
        "This holds for every number {} of blocks and every block {} from 1 to {}",
        end.clone(),
        l.clone(),
        end
    );
    let is_recurrence =
        |symbol: &&Definition| typesetter.arena().symbol(symbol.symbol).label == Some(Index::LAYER.label());
    let note = match gradient.definitions.iter().find(is_recurrence).filter(|_| gradient.form == Form::Layered) {
        None => note.words("; it is proved by induction over the blocks."),
        Some(recurrence) => {
            let name = typesetter.name(recurrence.symbol);
            sentence!("{}; {} is computed from {} = {} down to 1.", note, name, l.clone(), before)
        }
    };
    sentence!(
        "{} {} is what the first layer of block {} puts out, {} what the block puts out. Layers before and behind the blocks \
         have gradients of their own, which are not among these.",
        note,
        first,
        l,
        output
    )
}

/// In which order the factors stand.
fn order(run: Notation, indices: [Index; 3]) -> Sentence {
    let [index, from, to] = indices.map(formula);
    sentence!("{} writes its factors in this order: {} = {} first, {} = {} last.", run, index.clone(), from, index, to)
}

/// Where products and sums have no parts.
fn empty(runs: &[&Iterated]) -> Option<Sentence> {
    let is_sum = |run: &&&Iterated| run.operation == Operation::Sum;
    let mut note = sentence!("An empty product is {}", Notation::letter("I"));
    if runs.iter().any(|run| is_sum(&run)) {
        note = sentence!("{}, an empty sum {}", note, Notation::letter("0"));
    }
    let empty: Vec<_> = runs.iter().filter_map(|run| empty_for(run).map(|value| (run, value))).collect();
    for (i, (run, (index, value))) in empty.iter().enumerate() {
        note = note.words(if i == 0 { ": " } else { ", " });
        note = note.then(sentence!("{} for {} = {}", alone(run), formula(*index), formula(*value)));
    }
    (!empty.is_empty()).then(|| note.words("."))
}

/// ∏ or Σ with its limits.
fn alone(run: &Iterated) -> Notation {
    Notation::Big(bounds(run), None)
}

/// The value of l or j, or of L, for which nothing is left of the run.
fn empty_for(run: &Iterated) -> Option<(Index, Index)> {
    let (l, end, j, one) = (Index::LAYER, Index::DEPTH, Index::TERM, Index::number(1));
    let is = |high, low| run.ends() == [high, low];
    match run.operation.is_product() {
        true | false if is(l.plus(-1), one) => Some((l, one)),
        true if is(end, l.plus(1)) => Some((l, end)),
        true if is(end, l.plus(2)) => Some((l, end.plus(-1))),
        true if is(l.plus(-1), j.plus(1)) => Some((j, l.plus(-1))),
        true if is(end, Index::number(2)) => Some((end, one)),
        true | false => None,
    }
}

fn is_activation_before(symbol: &Symbol) -> bool {
    symbol.role == Role::Activation && symbol.label.as_deref() == Some(&*Index::LAYER.plus(-1).label())
}

/// `l − 1`
fn formula(index: Index) -> Notation {
    let text = index.to_string();
    let split = text.find(['+', '-']).unwrap_or(text.len());
    let (letter, offset) = text.split_at(split);
    let sign = if offset.starts_with('-') { Sign::Minus } else { Sign::Plus };
    match (letter.parse(), offset.trim_start_matches(['+', '-']).parse()) {
        (Ok(number), _) => Notation::Number(number),
        (Err(_), Ok(offset)) => {
            Notation::Sum(vec![(Sign::Plus, Notation::letter(letter)), (sign, Notation::Number(offset))])
        }
        (Err(_), Err(_)) => Notation::letter(letter),
    }
}
