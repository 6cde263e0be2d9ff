//! What influences the gradients → tables layers × gradients, and sentences from the factors.

mod words;

use crate::{
    document::{Document, Sentence, Table},
    insight::{
        influence::{Cell, Factor, GradientInfluence, ModelInfluence, Path},
        model::Model,
    },
    report::{
        gradients::Report,
        words::{count, layers},
    },
};

/// A table a model, and what is to be said of it; with `explain` also what its marks mean.
pub fn influence(models: &[(Model, ModelInfluence)], explain: bool, page: &mut Document) {
    for (model, found) in models {
        let printed = Printed { model, found, report: Report::new(&model.product) };
        page.heading(format!("What influences the gradients: {}", found.name()));
        page.table(printed.table());
        page.paragraphs(printed.left_out().into_iter().chain(printed.kept()).chain(printed.sentences()));
    }
    page.paragraphs(explain.then(|| words::legend(models)));
    page.paragraph(words::confirmed(models));
}

/// The table of the network as it is, and what its marks mean.
pub fn of_network(models: &[(Model, ModelInfluence)], page: &mut Document) {
    let Some(last @ (model, found)) = models.last() else { return };
    let printed = Printed { model, found, report: Report::new(&model.product) };
    page.heading("What influences the gradients");
    page.table(printed.table());
    page.paragraphs(printed.left_out());
    page.paragraph(words::legend(std::slice::from_ref(last)));
}

/// A model as it is printed.
struct Printed<'a> {
    model: &'a Model,
    found: &'a ModelInfluence,
    report: Report<'a>,
}

impl Printed<'_> {
    /// Gradients without a column.
    fn left_out(&self) -> Option<Sentence> {
        let all = self.model.layered.forward.parameters.len();
        let left = all - self.found.gradients.len();
        let words = |left| {
            format!(
                "Of {} those of the first and the last layers are shown, {left} between are not.",
                count(all, "gradient")
            )
        };
        (left > 0).then(|| Sentence::of(words(left)))
    }

    fn label(&self, layer: usize) -> String {
        self.model.network.layers[layer].label.to_string()
    }

    /// Layers × gradients.
    fn table(&self) -> Table {
        let gradients = &self.found.gradients;
        let header = gradients.iter().map(|gradient| Sentence::from(self.report.by(gradient.variable.symbol)));
        let mut table = Table::new([Sentence::of("")].into_iter().chain(header), 1 + gradients.len());
        table.keys = 1;
        let mut row = |name: Sentence, of: Option<&dyn Fn(&Cell) -> bool>| {
            let cell = |gradient: &GradientInfluence| {
                let marks = of.map(|of| match gradient.is_zero {
                    true => "0".to_owned(),
                    false => self.marks(gradient.cells.iter().filter(|cell| of(cell))),
                });
                Sentence::of(marks.unwrap_or_else(|| "...".into()))
            };
            table.row([name].into_iter().chain(gradients.iter().map(cell)));
        };
        row(Sentence::of("input"), Some(&|cell| cell.factor == Factor::Input));
        let mut next = 0;
        for layer in &self.found.layers {
            if *layer > next {
                let between: Vec<usize> = (next..*layer).collect();
                row(Sentence::of(layers(&between, &|layer| self.label(layer))), None);
            }
            next = layer + 1;
            let name = Sentence::of(format!("layer {}", self.label(*layer)));
            row(name, Some(&|cell| place(cell.factor) == Some(*layer)));
        }
        row(Sentence::of("error"), Some(&|cell| cell.factor == Factor::Error));
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
