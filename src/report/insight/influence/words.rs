//! A model's influence → sentences: what a gradient is influenced by, what the marks stand for, and how it was tried.

use std::collections::BTreeSet;

use super::{Printed, letter};
use crate::{
    catalog::{Activation, Loss},
    document::Sentence,
    expr::Op,
    insight::{
        influence::{Carrier, Cell, Factor, GradientInfluence, ModelInfluence, Path, Reader},
        model::Model,
    },
    network::variant::Variant,
    report::{
        gradients::Report,
        words::{joined, layers},
    },
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
        let why = |taken: &str| format!("The last activation stays, since the loss takes only predictions {taken}.");
        domain(network.loss).filter(|_| stays).map(|taken| Sentence::of(why(taken)))
    }

    /// The middle W; of the whole network the first and the last too, and where there are b the middle one.
    pub(super) fn sentences(&self) -> Vec<Sentence> {
        let all: Vec<_> = self.found.gradients.iter().collect();
        let weights: Vec<_> = all.iter().copied().filter(|gradient| !gradient.variable.is_bias).collect();
        let biases: Vec<_> = all.iter().copied().filter(|gradient| gradient.variable.is_bias).collect();
        let pick = |of: &[&GradientInfluence], places: &[usize]| {
            let mut places: Vec<usize> = places.to_vec();
            places.dedup();
            places.into_iter().filter_map(|place| of.get(place).map(|found| self.sentence(found))).collect::<Vec<_>>()
        };
        let last = weights.len().saturating_sub(1);
        if !self.found.variants.contains(&Variant::Biases) {
            return pick(&weights, &[last / 2]);
        }
        let mut sentences = pick(&weights, &[0, last / 2, last]);
        sentences.extend(pick(&biases, &[biases.len() / 2]));
        sentences
    }

    fn sentence(&self, gradient: &GradientInfluence) -> Sentence {
        let by = self.report.by(gradient.variable.symbol);
        let mut sentence = Sentence::from(by).words(" is influenced directly by ");
        let direct = &gradient.reading.direct;
        let own = gradient.variable.layer;
        let mut parts: Vec<Sentence> = Vec::new();
        if direct.contains(&Factor::Input) {
            let input = self.report.typesetter().name(self.model.product.forward.input);
            parts.push(Sentence::of("the input data ").math(input));
        }
        parts.extend(direct.contains(&Factor::Error).then(|| self.error()));
        for kind in Kind::ALL {
            let places: BTreeSet<usize> = direct.iter().filter_map(|factor| kind.place(*factor, self.found)).collect();
            parts.extend((!places.is_empty()).then(|| Sentence::of(self.places(kind, &places, own))));
        }
        let count = parts.len();
        for (i, part) in parts.into_iter().enumerate() {
            let joint = if i == 0 {
                ""
            } else if i + 1 == count {
                " and "
            } else {
                ", "
            };
            sentence = sentence.words(joint);
            sentence.0.extend(part.0);
        }
        let indirect = self.indirect(gradient);
        sentence.words(indirect + ".")
    }

    /// `the mean prediction error (Ŷ − Y)/n`, as the expression says; `the derivative of the loss sign(Ŷ − Y)/n`.
    fn error(&self) -> Sentence {
        let arena = &self.model.product.forward.arena;
        let error = self.model.product.head.error(arena);
        let is_mean = matches!(arena.op(error), Op::Scale([s, _])
            if matches!(arena.op(*s), Op::Scalar(s) if s.powers().any(|(dim, power)| dim.is_batch() && power < 0)));
        let formula = Report::new(&self.model.product).typesetter().bare_factor(error);
        let mean = if is_mean { "mean " } else { "" };
        let is_difference = Reader::new(self.model).is_prediction_error();
        let what = if is_difference { format!("{mean}prediction error") } else { "derivative of the loss".into() };
        Sentence::of(format!("the {what} ")).math(formula)
    }

    /// `, and indirectly, through the prediction and the gates, by the weights of layer 2`
    fn indirect(&self, gradient: &GradientInfluence) -> String {
        let (reading, own) = (&gradient.reading, gradient.variable.layer);
        let all: Vec<usize> = (0..self.model.network.layers.len()).collect();
        let (mut carriers, mut groups) = (BTreeSet::new(), Vec::new());
        let mut jumps_only = true;
        for kind in [Kind::Weights, Kind::Biases] {
            let mut places = BTreeSet::new();
            for parameter in self.model.parameters(&all) {
                let factor = if parameter.is_bias { Factor::Bias } else { Factor::Weight }(parameter.layer);
                let through = reading.through(parameter.symbol);
                if parameter.is_bias != (kind == Kind::Biases) || reading.direct.contains(&factor) || through.is_empty()
                {
                    continue;
                }
                jumps_only &= through.iter().all(|(_, path)| *path == Path::Jumps);
                carriers.extend(through.iter().map(|(carrier, _)| *carrier));
                places.insert(parameter.layer);
            }
            groups.extend((!places.is_empty()).then(|| self.places(kind, &places, own)));
        }
        let input = self.model.product.forward.input;
        let through = reading.through(input);
        if !reading.direct.contains(&Factor::Input) && !through.is_empty() {
            jumps_only &= through.iter().all(|(_, path)| *path == Path::Jumps);
            carriers.extend(through.iter().map(|(carrier, _)| *carrier));
            groups.insert(0, "the input data".into());
        }
        if groups.is_empty() {
            return String::new();
        }
        let how = if jumps_only { "only where a unit switches on or off, " } else { "" };
        let carriers: Vec<&str> = carriers.into_iter().map(word).collect();
        format!("; and indirectly, {how}through {}, by {}", joined(&carriers), joined(&groups))
    }

    /// `the weights of all other layers`
    fn places(&self, kind: Kind, places: &BTreeSet<usize>, own: usize) -> String {
        let has = |layer: &usize| match kind {
            Kind::Weights => self.model.network.layers[*layer].has_weight(),
            Kind::Biases => self.model.network.layers[*layer].has_bias(),
            Kind::Gates | Kind::DerivativeGates | Kind::ForwardGates | Kind::Values => true,
        };
        let all: BTreeSet<usize> = (0..self.model.network.layers.len()).filter(has).collect();
        let others: BTreeSet<usize> = all.iter().copied().filter(|layer| *layer != own).collect();
        let is_parameter = matches!(kind, Kind::Weights | Kind::Biases);
        if is_parameter && *places == all && all.len() > 1 {
            return format!("{} of all layers", kind.words());
        }
        if is_parameter && *places == others && others.len() > 1 {
            return format!("{} of all other layers", kind.words());
        }
        let places: Vec<usize> = places.iter().copied().collect();
        let words = if places.len() == 1 { kind.word() } else { kind.words() };
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

    fn words(self) -> &'static str {
        match self {
            Self::Weights => "the weights",
            Self::Biases => "the biases",
            Self::Gates => "the activation derivatives S",
            Self::DerivativeGates => "the activation derivatives D",
            Self::ForwardGates => "the activation rates G",
            Self::Values => "the activations A",
        }
    }

    /// Of one layer.
    fn word(self) -> &'static str {
        match self {
            Self::Weights | Self::Biases => self.words(),
            Self::Gates => "the activation derivative S",
            Self::DerivativeGates => "the activation derivative D",
            Self::ForwardGates => "the activation rate G",
            Self::Values => "the activation A",
        }
    }

    fn place(self, factor: Factor, found: &ModelInfluence) -> Option<usize> {
        match (self, factor) {
            (Self::Weights, Factor::Weight(k))
            | (Self::Biases, Factor::Bias(k))
            | (Self::ForwardGates, Factor::ForwardGate(k))
            | (Self::Values, Factor::Value(k)) => Some(k),
            (Self::Gates, Factor::Gate(k)) => (!found.split.contains(&k)).then_some(k),
            (Self::DerivativeGates, Factor::Gate(k)) => found.split.contains(&k).then_some(k),
            (
                Self::Weights | Self::Biases | Self::Gates | Self::DerivativeGates | Self::ForwardGates | Self::Values,
                _,
            ) => None,
        }
    }
}

/// The predictions that a loss takes, where these are not all.
fn domain(loss: Loss) -> Option<&'static str> {
    match loss {
        Loss::HalfMse | Loss::Mse | Loss::Mae | Loss::Huber(_) => None,
        Loss::Bce => Some("between 0 and 1"),
        Loss::Cce | Loss::Poisson => Some("above 0"),
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
