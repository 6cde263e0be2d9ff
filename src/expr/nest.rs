//! An expression → the operands of a sum or product of any nesting, in order.

use super::{Arena, ExprId, Op};

impl Arena {
    /// a, b, c of (a b) c or a (b c); the expression alone if it is no product.
    #[must_use]
    pub fn factors(&self, id: ExprId) -> Vec<ExprId> {
        self.nest(id, |op| if let Op::Multiply(both) = op { Some(*both) } else { None })
    }

    /// a, b, c of a ⊙ b ⊙ c.
    #[must_use]
    pub fn entrywise_factors(&self, id: ExprId) -> Vec<ExprId> {
        self.nest(id, |op| if let Op::Hadamard(both) = op { Some(*both) } else { None })
    }

    /// a, b, c of a + b + c.
    #[must_use]
    pub fn terms(&self, id: ExprId) -> Vec<ExprId> {
        self.nest(id, |op| if let Op::Add(both) = op { Some(*both) } else { None })
    }

    /// A loop, since products are as deep as networks.
    fn nest(&self, id: ExprId, operands: fn(&Op<ExprId>) -> Option<[ExprId; 2]>) -> Vec<ExprId> {
        let (mut todo, mut found) = (vec![id], Vec::new());
        while let Some(id) = todo.pop() {
            match operands(self.op(id)) {
                Some([a, b]) => todo.extend([b, a]),
                None => found.push(id),
            }
        }
        found
    }
}
