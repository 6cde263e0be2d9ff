//! Random expressions, for whatever holds of all of them.

use chainrule::{
    expr::{Arena, ExprId, Function, Op, Range, Role, Scalar, Symbol, range::Bound},
    shape::Dim,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::oracles::{algebra::Matrix, networks::dim};

/// Draws expressions of a wanted shape over symbols of all kinds.
pub struct Draw<'a> {
    arena: &'a mut Arena,
    rng: ChaCha8Rng,
    /// Whether matrices of ones and zeros, and identities, are drawn.
    pub constants: bool,
}

const SIZES: [(&str, usize); 4] = [("1", 1), ("n", 2), ("k", 3), ("m", 4)];

/// What stands for the name.
pub fn size(dim: &Dim) -> usize {
    let found = SIZES.iter().find(|(name, _)| *dim == self::dim(name));
    found.unwrap_or_else(|| panic!("{dim} is not drawn")).1
}

impl<'a> Draw<'a> {
    pub fn new(arena: &'a mut Arena, seed: u64) -> Self {
        Self { arena, rng: ChaCha8Rng::seed_from_u64(seed), constants: true }
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.rng.random_range(0..of.len())]
    }

    pub fn dim(&mut self) -> Dim {
        dim(self.pick(&SIZES).0)
    }

    fn leaf(&mut self, rows: &Dim, columns: &Dim) -> ExprId {
        let letter = self.pick(&["A", "B", "P", "U", "R"]);
        let range = match letter {
            "P" => Range::POSITIVE,
            "U" => Range::new(Bound::Open(0), Bound::Open(1)),
            _ => Range::ALL,
        };
        let name = format!("{letter}{rows}{columns}");
        let symbol = Symbol::new(Role::Input, &name, None, rows.clone(), columns.clone());
        let symbol = Symbol { range, rows_sum_to_one: letter == "R", ..symbol };
        let op = match self.rng.random_range(if self.constants { 0..6 } else { 3..6 }) {
            0 => Op::Ones(rows.clone(), columns.clone()),
            1 if self.rng.random_bool(0.2) => Op::Zero(rows.clone(), columns.clone()),
            2 if rows == columns => Op::Identity(rows.clone()),
            _ => Op::Symbol(self.arena.intern(symbol)),
        };
        self.arena.add(op).unwrap()
    }

    fn scalar(&mut self) -> ExprId {
        let number = Scalar::ratio(self.pick(&[-2, -1, 1, 1, 2, 3]), self.pick(&[1, 1, 2]));
        let scalar = if self.rng.random() { number } else { number.times(&Scalar::one_over(&dim("n"))).unwrap() };
        self.arena.scalar(scalar).unwrap()
    }

    fn function(&mut self) -> (Function, u8) {
        let functions =
            ["linear", "relu", "sigmoid", "tanh", "softplus", "exp", "abs", "sin", "square", "sign", "softsign"];
        let function = Function::of_name(self.pick(&functions), 1.0).unwrap();
        (function, u8::from(function != Function::Sign && self.rng.random_bool(0.4)))
    }

    pub fn expression(&mut self, rows: &Dim, columns: &Dim, depth: u32) -> ExprId {
        if depth == 0 {
            return self.leaf(rows, columns);
        }
        let same = |draw: &mut Self| draw.expression(rows, columns, depth - 1);
        let op = match self.rng.random_range(0..12) {
            0 | 1 => Op::Add([same(self), same(self)]),
            2 => Op::Scale([self.scalar(), same(self)]),
            3 | 4 => {
                let inner = self.dim();
                Op::Multiply([self.expression(rows, &inner, depth - 1), self.expression(&inner, columns, depth - 1)])
            }
            5 | 6 => Op::Hadamard([same(self), same(self)]),
            7 => Op::Transpose([self.expression(columns, rows, depth - 1)]),
            8 => Op::Reciprocal([same(self)]),
            9 => {
                let (function, order) = self.function();
                Op::Map(function, order, [same(self)])
            }
            10 => Op::Softmax([same(self)]),
            _ if rows == columns => Op::Diagonal([self.expression(rows, &Dim::one(), depth - 1)]),
            _ if columns.is_one() => {
                let wide = self.dim();
                Op::LogSumExp([self.expression(rows, &wide, depth - 1)])
            }
            _ if !self.constants => return self.leaf(rows, columns),
            // x/x, x − x, 1 sᵀ: what laws look for, too rare by chance.
            _ => return self.likely(rows, columns, depth - 1),
        };
        self.arena.add(op).unwrap()
    }

    fn likely(&mut self, rows: &Dim, columns: &Dim, depth: u32) -> ExprId {
        let (a, x) = (self.expression(rows, columns, depth), self.expression(rows, columns, depth));
        let arena = &mut *self.arena;
        match self.rng.random_range(0..4) {
            0 => {
                let reciprocal = arena.reciprocal(a).unwrap();
                let quotient = arena.hadamard(x, reciprocal).unwrap();
                arena.hadamard(quotient, a).unwrap()
            }
            1 => {
                let sum = arena.plus(x, a).unwrap();
                arena.minus(sum, a).unwrap()
            }
            2 => {
                let ones = arena.ones(rows, &Dim::one()).unwrap();
                let gate = self.expression(columns, &Dim::one(), depth);
                let row = self.arena.transpose(gate).unwrap();
                let rows = self.arena.multiply(ones, row).unwrap();
                self.arena.hadamard(x, rows).unwrap()
            }
            _ => {
                let ones = arena.ones(columns, &Dim::one()).unwrap();
                let sums = arena.multiply(a, ones).unwrap();
                let across = arena.ones(&Dim::one(), columns).unwrap();
                arena.multiply(sums, across).unwrap()
            }
        }
    }
}

/// Numbers as the symbol's facts say.
pub fn entries(symbol: &Symbol, rng: &mut ChaCha8Rng) -> Matrix<f64> {
    let (rows, columns) = (size(&symbol.rows), size(&symbol.columns));
    let mut matrix = Matrix::from_fn(rows, columns, |_, _| {
        Some(match &symbol.name[..1] {
            "P" => rng.random_range(0.3..2.0),
            "U" => rng.random_range(0.1..0.9),
            _ if rng.random_bool(0.1) => 0.0,
            _ => rng.random_range(-1.5..1.5),
        })
    });
    if symbol.rows_sum_to_one {
        for row in &mut matrix.entries {
            row[0] = Some(1.0 - row[1..].iter().flatten().sum::<f64>());
        }
    }
    matrix
}
