//! What influences the gradients → tables layers × gradients, and sentences from the factors.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use super::{
    figure::{joined, layers},
    models::{models, points},
};
use crate::{
    catalog::activation::Activation,
    expr::{Op, Role},
    insight::{
        Subject,
        influence::{self, Carrier, Cell, Factor, GradientInfluence, ModelInfluence, Path},
        model::Model,
    },
    network::variant::Variant,
    pipeline::PipelineError,
    render::{figures::Figures, page::Page, report::Report, sentence::Sentence},
};

/// Every model with what was found.
#[derive(Clone, Debug)]
pub struct Influence {
    /// The model, and its gradients.
    pub models: Vec<(Model, ModelInfluence)>,
}

/// Reads and measures every model.
///
/// # Errors
/// A limit, or a defect.
pub fn influence(subject: &Subject, seed: u64) -> Result<Influence, PipelineError> {
    let found = models(subject)?.into_iter().map(|(variants, model)| {
        let [point, elsewhere] = points(subject, &model, seed);
        let limits = [influence::LAYERS, influence::GRADIENTS];
        let found = influence::of(&model, variants, [&point, &elsewhere], limits);
        (model, found)
    });
    Ok(Influence { models: found.collect() })
}

impl Influence {
    /// As data.
    #[must_use]
    pub fn document(&self) -> Vec<&ModelInfluence> {
        self.models.iter().map(|(_, found)| found).collect()
    }

    /// A table a model, and what is to be said of it.
    ///
    /// # Errors
    /// What the page is written to says.
    pub fn print<W: Write>(&self, page: &mut Page<W>) -> io::Result<()> {
        for (model, found) in &self.models {
            let printed = Printed { model, found, report: Report::new(&model.product) };
            page.heading(&printed.heading())?;
            page.table(&printed.table())?;
            for sentence in printed.kept().into_iter().chain(printed.sentences()) {
                page.sentence(&sentence)?;
            }
        }
        let Some((_, found)) = self.models.last() else { return Ok(()) };
        page.sentence(&legend(&self.models))?;
        page.sentence(&self.confirmed(found))
    }

    /// How many of all cells were seen.
    fn confirmed(&self, last: &ModelInfluence) -> Sentence {
        let cells = || self.models.iter().flat_map(|(_, found)| found.cells().map(|(_, cell)| cell));
        let measured = cells().filter(|cell| cell.measured.iter().any(Option::is_some)).count();
        let elsewhere = cells().filter(|cell| cell.elsewhere).count();
        let unseen = cells().filter(|cell| cell.is_unseen()).count();
        let wrong = cells().filter(|cell| cell.contradicts()).count();
        let depth = self.models.last().map_or(0, |(model, _)| model.network.layers.len());
        let left_out = depth - last.layers.len();
        let contradicted = match wrong {
            0 => "none contradicts what was read".to_owned(),
            1 => "1 contradicts what was read, which is a defect of this program".to_owned(),
            _ => format!("{wrong} contradict what was read, which is a defect of this program"),
        };
        let tried = "entries were tried by moving each thing a little and evaluating the gradients again";
        let parts = [
            Some(format!("{measured} {tried}")),
            (elsewhere > 0).then(|| format!("{elsewhere} of them at a random point, since nothing moved at yours")),
            (unseen > 0).then(|| {
                format!("{unseen} showed nothing there either: a gradient is 0, or the change is lost in rounding")
            }),
            Some(contradicted),
            (left_out > 0).then(|| format!("{left_out} layers between are not shown and were not tried")),
        ];
        Sentence::default().words(parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
    }
}

/// A model as it is printed.
struct Printed<'a> {
    model: &'a Model,
    found: &'a ModelInfluence,
    report: Report<'a>,
}

impl Printed<'_> {
    fn heading(&self) -> Sentence {
        let names: Vec<&str> = self.found.variants.iter().map(|variant| influence::name(*variant)).collect();
        let same = if names.len() > 1 { ", which are the same here" } else { "" };
        Sentence::default().words(format!("What influences the gradients: {}{same}", joined(&names)))
    }

    fn label(&self, layer: usize) -> String {
        self.model.network.layers[layer].label.to_string()
    }

    /// Layers × gradients.
    fn table(&self) -> Figures {
        let gradients = &self.found.gradients;
        let header =
            gradients.iter().map(|gradient| Sentence::default().math(self.report.by(gradient.variable.symbol)));
        let mut table = Figures::new([Sentence::of("")].into_iter().chain(header), 1 + gradients.len());
        table.keys = 1;
        let mut row = |name: Sentence, of: &dyn Fn(&Cell) -> bool| {
            let cell = |gradient: &GradientInfluence| {
                let cells = gradient.cells.iter().filter(|cell| of(cell));
                Sentence::default().words(self.marks(cells))
            };
            table.row([name].into_iter().chain(gradients.iter().map(cell)));
        };
        row(Sentence::of("input"), &|cell| cell.factor == Factor::Input);
        for layer in &self.found.layers {
            row(Sentence::default().words(format!("layer {}", self.label(*layer))), &|cell| {
                place(cell.factor) == Some(*layer)
            });
        }
        row(Sentence::of("error"), &|cell| cell.factor == Factor::Error);
        table
    }

    /// `W b (S)`: the direct ones, the indirect ones in brackets.
    fn marks<'c>(&self, cells: impl Iterator<Item = &'c Cell>) -> String {
        let (mut direct, mut smooth, mut jumps, mut wrong) = (Vec::new(), Vec::new(), Vec::new(), false);
        for cell in cells {
            let letter = letter(self.found, cell.factor);
            wrong |= cell.contradicts();
            match (cell.direct, cell.indirect()) {
                (true, _) => direct.push(letter),
                (false, Some(Path::Smooth)) => smooth.push(letter),
                (false, Some(Path::Jumps)) => jumps.push(letter),
                (false, None) => {}
            }
        }
        let group = |letters: &[&str], open: &str, close: &str| {
            (!letters.is_empty()).then(|| format!("{open}{}{close}", letters.join(" ")))
        };
        let groups = [group(&direct, "", ""), group(&smooth, "(", ")"), group(&jumps, "[", "]")];
        let text = groups.into_iter().flatten().chain(wrong.then(|| "!".to_owned())).collect::<Vec<_>>().join(" ");
        if text.is_empty() { "-".into() } else { text }
    }

    /// Of the linear model: what is not linear in it, where its gate is a factor.
    fn kept(&self) -> Option<Sentence> {
        let last = self.model.network.layers.len().checked_sub(1)?;
        let stays = self.found.variants.contains(&Variant::Linear)
            && self.model.network.layers[last].activation != Activation::LINEAR
            && self.found.cells().any(|(_, cell)| cell.direct && cell.factor == Factor::Gate(last));
        stays.then(|| Sentence::of("the last activation stays, since the loss needs it"))
    }

    /// The middle W; of the whole network the first and the last too, and where there are b the middle one.
    fn sentences(&self) -> Vec<Sentence> {
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
        let mut sentence = Sentence::default().math(by).words(" is influenced directly by ");
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
            parts.extend((!places.is_empty()).then(|| Sentence::default().words(self.places(kind, &places, own))));
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
        if indirect.is_empty() { sentence } else { sentence.words(indirect) }
    }

    /// `the mean prediction error (Ŷ − Y)/n`, as the expression says.
    fn error(&self) -> Sentence {
        let arena = &self.model.product.forward.arena;
        let error = self.model.product.head.error(arena);
        let is_mean = matches!(arena.op(error), Op::Scale([s, _])
            if matches!(arena.op(*s), Op::Scalar(s) if s.powers().any(|(dim, power)| dim.is_batch() && power < 0)));
        let symbols: BTreeSet<Role> = arena
            .reachable(&[error])
            .into_iter()
            .filter_map(|id| arena.as_symbol(id).map(|symbol| arena.symbol(symbol).role))
            .collect();
        let of_both = symbols.contains(&Role::Target) && symbols.contains(&Role::Prediction);
        let mean = if is_mean { "mean " } else { "" };
        let what = if of_both && self.model.product.head.is_fused(arena) {
            "prediction error "
        } else {
            "derivative of the loss "
        };
        let formula = Report::new(&self.model.product).typesetter().bare_factor(error);
        Sentence::default().words(format!("the {mean}{what}")).math(formula)
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
        let how = if jumps_only { "only by jumps, " } else { "" };
        let carriers: Vec<&str> = carriers.into_iter().map(word).collect();
        format!("; and indirectly, {how}through {}, by {}", joined(&carriers), joined(&groups))
    }

    /// `the weights of all layers but the target`
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
            return format!("{} of all layers but the target", kind.words());
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
            Self::Gates => "the activation matrices S",
            Self::DerivativeGates => "the derivative gates D",
            Self::ForwardGates => "the forward gates G",
            Self::Values => "the activations A",
        }
    }

    /// Of one layer.
    fn word(self) -> &'static str {
        match self {
            Self::Weights | Self::Biases => self.words(),
            Self::Gates => "the activation matrix S",
            Self::DerivativeGates => "the derivative gate D",
            Self::ForwardGates => "the forward gate G",
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

/// As the tables call it.
pub(super) fn letter(found: &ModelInfluence, factor: Factor) -> &'static str {
    match factor {
        Factor::Input => "X",
        Factor::Error => "E",
        Factor::Weight(_) => "W",
        Factor::Bias(_) => "b",
        Factor::Gate(layer) if found.split.contains(&layer) => "D",
        Factor::Gate(_) => "S",
        Factor::ForwardGate(_) => "G",
        Factor::Value(_) => "A",
    }
}

/// The layer that it belongs to.
pub(super) fn place(factor: Factor) -> Option<usize> {
    match factor {
        Factor::Input | Factor::Error => None,
        Factor::Weight(k) | Factor::Bias(k) | Factor::Gate(k) | Factor::ForwardGate(k) | Factor::Value(k) => Some(k),
    }
}

fn word(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Prediction => "the prediction",
        Carrier::Gates => "the gates",
        Carrier::Values => "the activations before it",
    }
}

/// What the marks stand for, and the letters that occur.
fn legend(models: &[(Model, ModelInfluence)]) -> Sentence {
    let letters: BTreeSet<&str> =
        models.iter().flat_map(|(_, found)| found.cells().map(|(_, cell)| letter(found, cell.factor))).collect();
    let has = |letter| letters.contains(letter);
    let gates = [
        has("S").then_some("S is a layer's activation matrix"),
        has("D")
            .then_some("D is the activation matrix of a layer's derivative, where it is not that of the activation"),
        has("G").then_some("G is that of the activation, with A = Z G"),
        has("A").then_some("A is an activation for which there is no such matrix"),
    ];
    let marks = "without brackets: a factor of the gradient, with A written out down to the input; in round brackets: it \
                 acts through a factor, also through the error; in square brackets: so, but only by jumps; a dash: no \
                 influence";
    let parts: Vec<&str> = [Some(marks)].into_iter().chain(gates).flatten().collect();
    Sentence::default().words(parts.join("; "))
}
