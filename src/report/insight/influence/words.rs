//! A model's influence → sentences: what a gradient is influenced by, what the marks stand for, and how it was tried.

use std::collections::BTreeSet;

use super::{Printed, letter};
use crate::{
    catalog::{Activation, Loss},
    document::{Sentence, sentence},
    expr::Op,
    insight::{
        influence::{Carrier, Cell, Factor, GradientInfluence, ModelInfluence, Path, Reader},
        model::Model,
    },
    network::variant::Variant,
    report::words::{joined, layers},
};

/// How many of all cells were seen, and where.
pub(super) fn confirmed(models: &[(Model, ModelInfluence)]) -> Sentence {
    let cells = || models.iter().flat_map(|(_, found)| found.cells().map(|(_, cell)| cell));
    let number = |of: &dyn Fn(&Cell) -> bool| cells().filter(|cell| of(cell)).count();
    let is_tried = |cell: &Cell| cell.measured.iter().any(Option::is_some);
    let elsewhere = number(&|cell| is_tried(cell) && cell.elsewhere);
    let untried = number(&|cell| !is_tried(cell) && !cell.finite);
    let unseen = number(&Cell::is_unseen);
    let wrong = number(&Cell::contradicts);
    let were = |number: usize, does: &str| format!("{number} {} {does}", if number == 1 { "was" } else { "were" });
    let parts = [
        Some(format!(
            "The table was checked by moving each thing a little and evaluating the gradients again: {}",
            were(number(&is_tried), "tried")
        )),
        (elsewhere > 0).then(|| {
            were(elsewhere, "tried at a random point, since nothing moved at yours or it is not finite there")
        }),
        (untried > 0).then(|| were(untried, "not tried, since the gradient is finite at neither point")),
        (unseen > 0).then(|| format!("{unseen} showed no measured influence, as where a gradient is 0")),
        Some(match wrong {
            0 => "no measurement contradicts the formula".to_owned(),
            wrong => format!("{wrong} contradict the formula (marked !), which is a defect of this program"),
        }),
    ];
    Sentence::of(parts.into_iter().flatten().collect::<Vec<_>>().join("; ") + ".")
}

impl Printed<'_> {
    /// Of the linear model: what is not linear in it, and why.
    pub(super) fn kept(&self) -> Option<Sentence> {
        let network = &self.model.network;
        let stays = self.found.variants.contains(&Variant::Linear)
            && network.layers.last().is_some_and(|last| last.activation != Activation::LINEAR);
        let why = |taken| format!("The last activation stays, since the loss takes only predictions {taken}.").into();
        domain(network.term().loss).filter(|_| stays).map(why)
    }

    /// The middle W; of the whole network the first and the last too, and where there are b the middle one.
    pub(super) fn sentences(&self) -> Vec<Sentence> {
        let (biases, weights): (Vec<_>, Vec<_>) =
            self.found.gradients.iter().partition(|gradient| gradient.variable.is_bias);
        let last = weights.len().saturating_sub(1);
        let is_whole = self.found.variants.contains(&Variant::Biases);
        let mut places = if is_whole { vec![0, last / 2, last] } else { vec![last / 2] };
        places.dedup();
        let weights = places.into_iter().filter_map(|place| weights.get(place));
        let bias = biases.get(biases.len() / 2).filter(|_| is_whole);
        weights.chain(bias).map(|gradient| self.sentence(gradient)).collect()
    }

    fn sentence(&self, gradient: &GradientInfluence) -> Sentence {
        if gradient.is_zero {
            let by = self.report.by(gradient.variable.symbol);
            return sentence!("{} is 0 here and at a random point: nothing influences it.", by);
        }
        let direct = &gradient.reading.direct;
        let mut parts: Vec<Sentence> = Vec::new();
        if direct.contains(&Factor::Input) {
            let input = self.report.typesetter().name(self.model.product.forward.input());
            parts.push(sentence!("the input data {}", input));
        }
        parts.extend(direct.contains(&Factor::Error).then(|| self.error()));
        for kind in Kind::ALL {
            let places: BTreeSet<usize> = direct.iter().filter_map(|factor| kind.place(*factor, self.found)).collect();
            let words = || self.places(kind, &places, gradient.variable.layer).into();
            parts.extend((!places.is_empty()).then(words));
        }
        let last = parts.pop().unwrap_or_default();
        let before = parts.into_iter().reduce(|one, other| sentence!("{}, {}", one, other));
        let parts = before.map_or(last.clone(), |before| sentence!("{} and {}", before, last));
        let (by, indirect) = (self.report.by(gradient.variable.symbol), self.indirect(gradient));
        sentence!("{} is influenced directly by {}{}.", by, parts, indirect)
    }

    /// `the mean prediction error (Ŷ − Y)/n`, as the expression says; `the derivative of the loss sign(Ŷ − Y)/n`.
    fn error(&self) -> Sentence {
        let arena = &self.model.product.forward.arena;
        let error = self.model.product.head().error(arena);
        let is_mean = matches!(arena.op(error), Op::Scale([s, _])
            if matches!(arena.op(*s), Op::Scalar(s) if s.powers().any(|(dim, power)| dim.is_batch() && power < 0)));
        let mean = if is_mean { "mean " } else { "" };
        let is_difference = Reader::new(self.model).is_prediction_error();
        let what = if is_difference { format!("{mean}prediction error") } else { "derivative of the loss".into() };
        sentence!("the {} {}", what, self.report.typesetter().bare_factor(error))
    }

    /// `, and indirectly, through the prediction and the gates, by the weights of layer 2`
    fn indirect(&self, gradient: &GradientInfluence) -> String {
        let (reading, own) = (&gradient.reading, gradient.variable.layer);
        let (mut ways, mut groups) = (Vec::new(), Vec::new());
        let mut acts = |factor, symbol| {
            let through = if reading.direct.contains(&factor) { Vec::new() } else { reading.through(symbol) };
            ways.extend_from_slice(&through);
            !through.is_empty()
        };
        if acts(Factor::Input, self.model.product.forward.input()) {
            groups.push("the input data".to_owned());
        }
        for (kind, is_bias) in [(Kind::Weights, false), (Kind::Biases, true)] {
            let of_kind = self.model.all_parameters().into_iter().filter(|parameter| parameter.is_bias == is_bias);
            let factor = if is_bias { Factor::Bias } else { Factor::Weight };
            let acting = of_kind.filter(|parameter| acts(factor(parameter.layer), parameter.symbol));
            let places: BTreeSet<usize> = acting.map(|parameter| parameter.layer).collect();
            groups.extend((!places.is_empty()).then(|| self.places(kind, &places, own)));
        }
        if groups.is_empty() {
            return String::new();
        }
        let jumps_only = ways.iter().all(|(_, path)| *path == Path::Jumps);
        let how = if jumps_only { "only where a unit switches on or off, " } else { "" };
        let carriers: BTreeSet<Carrier> = ways.into_iter().map(|(carrier, _)| carrier).collect();
        let carriers: Vec<&str> = carriers.into_iter().map(word).collect();
        format!("; and indirectly, {how}through {}, by {}", joined(&carriers), joined(&groups))
    }

    /// `the weights of all other layers`
    fn places(&self, kind: Kind, places: &BTreeSet<usize>, own: usize) -> String {
        let network = &self.model.network.layers;
        let is_parameter = matches!(kind, Kind::Weights | Kind::Biases);
        let has = |layer: &usize| {
            if kind == Kind::Biases { network[*layer].has_bias() } else { network[*layer].has_weight() }
        };
        let all: BTreeSet<usize> = (0..network.len()).filter(has).collect();
        let others: BTreeSet<usize> = all.iter().copied().filter(|layer| *layer != own).collect();
        let [one, more] = kind.words();
        if is_parameter && places.len() > 1 && (*places == all || *places == others) {
            return format!("{more} of all {}layers", if *places == all { "" } else { "other " });
        }
        let places: Vec<usize> = places.iter().copied().collect();
        let words = if places.len() == 1 { one } else { more };
        format!("{words} of {}", layers(&places, &|layer| self.label(layer)))
    }
}

/// Factors that are named together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Weights,
    Biases,
    Gates,
    DerivativeGates,
    ForwardGates,
    Values,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Weights, Self::Biases, Self::Gates, Self::DerivativeGates, Self::ForwardGates, Self::Values];

    /// Of one layer, and of more.
    fn words(self) -> [&'static str; 2] {
        match self {
            Self::Weights => ["the weights"; 2],
            Self::Biases => ["the biases"; 2],
            Self::Gates => ["the activation derivative S", "the activation derivatives S"],
            Self::DerivativeGates => ["the activation derivative D", "the activation derivatives D"],
            Self::ForwardGates => ["the activation rate G", "the activation rates G"],
            Self::Values => ["the activation A", "the activations A"],
        }
    }

    fn place(self, factor: Factor, found: &ModelInfluence) -> Option<usize> {
        let (kind, layer) = match factor {
            Factor::Input | Factor::Error => return None,
            Factor::Weight(layer) => (Self::Weights, layer),
            Factor::Bias(layer) => (Self::Biases, layer),
            Factor::Gate(layer) if found.split.contains(&layer) => (Self::DerivativeGates, layer),
            Factor::Gate(layer) => (Self::Gates, layer),
            Factor::ForwardGate(layer) => (Self::ForwardGates, layer),
            Factor::Value(layer) => (Self::Values, layer),
        };
        (kind == self).then_some(layer)
    }
}

/// The predictions that a loss takes, where these are not all.
#[allow(clippy::wildcard_enum_match_arm, reason = "all other losses take any")]
fn domain(loss: Loss) -> Option<&'static str> {
    match loss {
        Loss::Bce => Some("between 0 and 1"),
        Loss::Cce | Loss::Poisson => Some("above 0"),
        _ => None,
    }
}

fn word(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Prediction => "the prediction",
        Carrier::Gates => "the activation derivatives",
        Carrier::Values => "the activations before it",
    }
}

/// What the marks stand for, and the letters that occur.
pub(super) fn legend(models: &[(Model, ModelInfluence)]) -> Sentence {
    let letters: BTreeSet<&str> =
        models.iter().flat_map(|(_, found)| found.cells().map(|(_, cell)| letter(found, cell.factor))).collect();
    let has = |letter| letters.contains(letter);
    let parts = [
        Some(
            "Without brackets: a factor of the gradient, with A written out down to the input. ( ): acts through a factor, as through the error. [ ]: acts so only where a unit switches on or off. -: no influence.",
        ),
        has("E").then_some("E is the error."),
        has("S").then_some("S is the matrix of activation derivatives of a layer."),
        has("D").then_some("D is that matrix where A is not Z D."),
        has("G").then_some("G is the matrix with A = Z G."),
        has("A").then_some("A is an activation without such a matrix."),
    ];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    Sentence::of(parts.join(" "))
}
