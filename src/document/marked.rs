//! An expression and places in it → [`Notation`] with the parts at these places marked.

use crate::{
    document::{Notation, Typesetter},
    expr::{Arena, ExprId, Role, ShapeError, Symbol},
    shape::Shape,
};

/// Begins the names of what stands for a marked part while the rest is set; no spec can hold it.
const STAND_IN: char = '\u{0}';

/// A place: which operand of which operand, from the root.
pub type Place = Vec<usize>;

/// The formula without shapes, the parts at `places` marked. A place that leads to a scalar means the matrix that it
/// scales, one that leads on from a leaf the leaf; the whole is never marked.
pub fn formula(typesetter: Typesetter, root: ExprId, places: &[Place]) -> Notation {
    let arena = typesetter.arena();
    let mut marking = Marking { arena: arena.clone(), parts: Vec::new() };
    let mut places: Vec<Place> = places.iter().map(|place| matrix_at(arena, root, place)).collect();
    places.sort();
    places.dedup_by(|inner, outer| inner.starts_with(outer));
    let mut marked = root;
    for place in places.iter().filter(|place| !place.is_empty()) {
        marked = marking.replaced(marked, place).unwrap_or(marked);
    }
    let part = |part: &ExprId| typesetter.formula(*part).without_shapes();
    let parts: Vec<Notation> = marking.parts.iter().map(part).collect();
    put_in(typesetter.of(&marking.arena).formula(marked), &parts).without_shapes()
}

/// The longest beginning of `place` that leads to a matrix.
fn matrix_at(arena: &Arena, root: ExprId, place: &[usize]) -> Place {
    let (mut id, mut found) = (root, Place::new());
    for step in place {
        match arena.op(id).children().get(*step) {
            Some(child) if *arena.shape(*child) != Shape::Scalar => id = *child,
            Some(_) | None => break,
        }
        found.push(*step);
    }
    found
}

struct Marking {
    arena: Arena,
    parts: Vec<ExprId>,
}

impl Marking {
    /// `root` with a name for the part at `place`.
    fn replaced(&mut self, root: ExprId, place: &[usize]) -> Result<ExprId, ShapeError> {
        let Some((step, rest)) = place.split_first() else { return self.stand_in(root) };
        let mut op = self.arena.op(root).clone();
        if let Some(child) = op.children_mut().get_mut(*step) {
            *child = self.replaced(*child, rest)?;
        }
        self.arena.add(op)
    }

    /// A name of the same shape, which stands where the part would stand.
    fn stand_in(&mut self, part: ExprId) -> Result<ExprId, ShapeError> {
        let (rows, columns) = self.arena.dims(part)?;
        let symbols = self.arena.reachable(&[part]).into_iter().filter_map(|id| self.arena.as_symbol(id));
        let mut roles = symbols.map(|symbol| self.arena.symbol(symbol).role);
        let incoming = roles.any(|role| matches!(role, Role::Target | Role::Adjoint));
        let role = if incoming { Role::Adjoint } else { Role::Weight };
        let symbol = Symbol::new(role, &format!("{STAND_IN}{}", self.parts.len()), None, rows, columns);
        self.parts.push(part);
        let symbol = self.arena.intern(symbol);
        self.arena.named(symbol)
    }
}

/// The parts in the places of their names.
fn put_in(notation: Notation, parts: &[Notation]) -> Notation {
    let Notation::Letter(letter) = notation else { return notation.map(&mut |part| put_in(part, parts)) };
    let place = letter.base.strip_prefix(STAND_IN).and_then(|place| place.parse::<usize>().ok());
    let part = place.and_then(|place| parts.get(place)).cloned();
    part.map_or(Notation::Letter(letter), |part| Notation::Marked(Box::new(part)))
}
