//! An expression with some of its parts replaced.

use std::collections::HashMap;

use super::{Arena, ExprId, ShapeError, op::Op};

/// Rebuilds expressions bottom-up; the memo is shared over all of them, so that a chain of definitions stays linear.
#[derive(Debug, Default)]
pub struct Substitution {
    replaced: HashMap<ExprId, ExprId>,
}

impl Substitution {
    /// Replaces nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on `from` becomes `to`, itself not looked into again. Must be said before an expression that holds
    /// `from` is rebuilt.
    pub fn replace(&mut self, from: ExprId, to: ExprId) {
        self.replaced.insert(from, to);
    }

    /// `root` with all replacements made.
    ///
    /// # Errors
    /// A replacement of another shape than the original.
    pub fn apply(&mut self, arena: &mut Arena, root: ExprId) -> Result<ExprId, ShapeError> {
        self.apply_with(arena, root, |arena, _, op| arena.add(op))
    }

    /// The same, where `build` makes each node from the original and its operator over rebuilt operands.
    ///
    /// # Errors
    /// Whatever `build` fails with.
    pub fn apply_with<E>(
        &mut self,
        arena: &mut Arena,
        root: ExprId,
        mut build: impl FnMut(&mut Arena, ExprId, Op<ExprId>) -> Result<ExprId, E>,
    ) -> Result<ExprId, E> {
        let mut todo = vec![root];
        while let Some(&id) = todo.last() {
            let pending = arena.op(id).children().iter().filter(|child| !self.replaced.contains_key(child));
            let pending: Vec<ExprId> = pending.copied().collect();
            if self.replaced.contains_key(&id) {
                todo.pop();
            } else if pending.is_empty() {
                let op = arena.op(id).map(|child| self.replaced[child]);
                let rebuilt = build(arena, id, op)?;
                self.replaced.insert(id, rebuilt);
                todo.pop();
            } else {
                todo.extend(pending);
            }
        }
        Ok(self.replaced[&root])
    }
}
