//! Arrays of the user's → how large the matrices are that formulas name.

use std::collections::HashMap;

use super::{api::Size, subject::Subject};
use crate::{
    evaluate::scaled::{Scaled, passes},
    expr::{Role, SymbolId, symbol::indexed},
    insight::{Magnitude, size::largest},
};

impl Subject<'_> {
    /// By the keys of the matrices; nothing without arrays, since drawn ones say nothing of the user's network.
    pub fn sizes(&self) -> &HashMap<String, Size> {
        self.sizes.get_or_init(|| self.measured())
    }

    fn measured(&self) -> HashMap<String, Size> {
        let mut sizes = HashMap::new();
        if !self.arrays.is_given() {
            return sizes;
        }
        let Ok(found) = self.insight(Vec::new(), Vec::new()) else { return sizes };
        let subject = &found.subject;
        let given = subject.arrays.iter();
        sizes
            .extend(given.map(|(name, array)| (name.clone(), size(&Scaled { array: array.to_shared(), exponent: 0 }))));
        let Some(evaluator) = subject.evaluator() else { return sizes };
        let Ok(passes) = passes(evaluator, &subject.inputs()) else { return sizes };
        let forward = evaluator.forward();
        let names =
            forward.definitions.iter().chain(&evaluator.gradient().definitions).map(|definition| definition.symbol);
        let key = |symbol: SymbolId| {
            let of = forward.arena.symbol(symbol);
            // A Δ has the layer's label, as the factor that names it.
            if of.role == Role::Adjoint { indexed(&of.name, of.label.as_deref().unwrap_or_default()) } else { of.key() }
        };
        sizes.extend(names.filter_map(|symbol| Some((key(symbol), size(passes.get(symbol)?)))));
        sizes
    }
}

fn size(of: &Scaled) -> Size {
    let (rows, columns) = of.array.dim();
    let power = Magnitude::norm(&Scaled { array: ndarray::ArcArray2::ones((1, 1)), exponent: of.exponent });
    Size {
        rms: Magnitude::root_mean_square(of).to_string(),
        largest: (Magnitude::of(largest(&of.array)) * power).to_string(),
        sides: [rows, columns],
    }
}
