//! A function or a constant, and the sorts of its operands → its sort.

use super::{Found, Inference, Sort};
use crate::{
    expr::Invariant,
    expression::{
        error::ExpressionError,
        functions::Function,
        syntax::{Constant, Part, Spelled},
    },
    source::Span,
};

impl Inference<'_> {
    pub(super) fn apply(&mut self, function: Function, a: Part, span: Span) -> Found<Sort> {
        let sort = self.at(a);
        let name = function.name();
        Ok(match (function, sort) {
            (Function::Entrywise(_) | Function::Sqrt, sort) | (Function::Softmax, sort @ Sort::Matrix(..)) => sort,
            (Function::Sum | Function::Mean | Function::NormF | Function::Norm1 | Function::Norm2, Sort::Scalar)
            | (Function::Sum | Function::Mean | Function::NormF, Sort::Matrix(..)) => Sort::Scalar,
            (Function::Invariant(Invariant::Trace | Invariant::Determinant | Invariant::LogDeterminant), _) => {
                self.square(a, name)?;
                Sort::Scalar
            }
            (Function::Inverse, _) => self.square(a, name)?,
            (Function::RowSum, Sort::Matrix(rows, _)) => Sort::Matrix(rows, self.one),
            (Function::ColumnSum, Sort::Matrix(_, columns)) => Sort::Matrix(self.one, columns),
            (Function::Vec, Sort::Matrix(rows, columns)) => {
                let length = self.product(rows, columns, span)?;
                Sort::Matrix(length, self.one)
            }
            (Function::Diagonal, Sort::Matrix(rows, columns)) => {
                if self.sizes.is_one(columns) {
                    Sort::Matrix(rows, rows)
                } else if self.sizes.is_one(rows) {
                    Sort::Matrix(columns, columns)
                } else {
                    self.square(a, name)?;
                    Sort::Matrix(rows, self.one)
                }
            }
            (Function::Norm1 | Function::Norm2, Sort::Matrix(rows, columns)) => {
                if !self.sizes.is_one(columns) && !self.sizes.is_one(rows) {
                    return Err(ExpressionError::NormOfMatrix { name, operand: self.operand(a) });
                }
                Sort::Scalar
            }
            (Function::LogSumExp, Sort::Matrix(rows, columns)) => {
                if self.sizes.is_one(rows) || self.sizes.is_one(columns) {
                    Sort::Scalar
                } else {
                    Sort::Matrix(rows, self.one)
                }
            }
            (
                Function::RowSum
                | Function::ColumnSum
                | Function::Vec
                | Function::Diagonal
                | Function::Softmax
                | Function::LogSumExp,
                Sort::Scalar,
            ) => return Err(ExpressionError::OfScalar { name, operand: self.operand(a) }),
        })
    }

    pub(super) fn constant(&mut self, constant: Constant, sizes: &[Spelled]) -> Found<Sort> {
        let mut known = Vec::new();
        for size in sizes {
            let dim = size.dim().ok_or(ExpressionError::Number { span: size.span })?;
            known.push(self.sizes.known(dim));
        }
        Ok(match (constant, &known[..]) {
            (Constant::Identity, [side]) => Sort::Matrix(*side, *side),
            (Constant::Identity, _) => {
                let side = self.sizes.free();
                self.identities.insert(Part(self.sorts.len()), side);
                Sort::Matrix(side, side)
            }
            (Constant::Commutation, [m, k, ..]) => {
                let side = self.product(*m, *k, sizes[0].span)?;
                Sort::Matrix(side, side)
            }
            (_, [rows, columns, ..]) => Sort::Matrix(*rows, *columns),
            (_, [rows]) => Sort::Matrix(*rows, self.one),
            (_, []) => Sort::Scalar,
        })
    }
}
