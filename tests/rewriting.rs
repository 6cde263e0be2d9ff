//! The compiled laws on expressions: each fires where its condition holds and only there.

mod firing;
mod random;

use chainrule::{
    expr::{Arena, ExprId, Function, Op, Range, Role, Scalar, Symbol, range::Bound},
    simplify::{Group, Limits, rules, simplify, simplify_by},
};

use crate::oracles::networks::dim;

/// Expressions over symbols of which only the test's facts are known.
#[derive(Default)]
struct Desk {
    arena: Arena,
}

impl Desk {
    fn symbol(&mut self, name: &str, rows: &str, columns: &str) -> ExprId {
        self.known(Symbol::new(Role::Input, name, None, dim(rows), dim(columns)))
    }

    fn known(&mut self, symbol: Symbol) -> ExprId {
        let symbol = self.arena.intern(symbol);
        self.arena.named(symbol).unwrap()
    }

    fn ranged(&mut self, name: &str, range: Range) -> ExprId {
        self.known(Symbol { range, ..Symbol::new(Role::Input, name, None, dim("m"), dim("k")) })
    }

    fn ones(&mut self, rows: &str, columns: &str) -> ExprId {
        self.arena.ones(&dim(rows), &dim(columns)).unwrap()
    }

    fn zero(&mut self, rows: &str, columns: &str) -> ExprId {
        self.arena.add(Op::Zero(dim(rows), dim(columns))).unwrap()
    }

    fn transpose(&mut self, a: ExprId) -> ExprId {
        self.arena.transpose(a).unwrap()
    }

    fn times(&mut self, a: ExprId, b: ExprId) -> ExprId {
        self.arena.multiply(a, b).unwrap()
    }

    fn had(&mut self, a: ExprId, b: ExprId) -> ExprId {
        self.arena.hadamard(a, b).unwrap()
    }

    fn plus(&mut self, a: ExprId, b: ExprId) -> ExprId {
        self.arena.plus(a, b).unwrap()
    }

    fn diagonal(&mut self, v: ExprId) -> ExprId {
        self.arena.diagonal(v).unwrap()
    }

    /// x ⊙ (1 ⊘ a) for an x of its own.
    fn quotient(&mut self, x: ExprId, a: ExprId) -> ExprId {
        let reciprocal = self.arena.reciprocal(a).unwrap();
        self.had(x, reciprocal)
    }

    fn simplified(&mut self, group: Group, root: ExprId) -> ExprId {
        let simplified = simplify(&mut self.arena, &[root], group, Limits::default());
        assert_eq!(simplified.limit, None);
        simplified.roots[0]
    }

    fn becomes(&mut self, group: Group, from: ExprId, to: ExprId) {
        let found = self.simplified(group, from);
        assert_eq!(found, to, "{:?} for {:?}", self.arena.op(found), self.arena.op(to));
    }

    fn stays(&mut self, group: Group, root: ExprId) {
        self.becomes(group, root, root);
    }
}

#[test]
fn only_a_symmetric_matrix_is_its_transpose() {
    let mut desk = Desk::default();
    let (square, column) = (desk.symbol("A", "m", "m"), desk.symbol("s", "m", "1"));
    let transposed = desk.transpose(square);
    desk.stays(Group::Body, transposed);
    let diagonal = desk.diagonal(column);
    let transposed = desk.transpose(diagonal);
    desk.becomes(Group::Body, transposed, diagonal);
    // A sum, and an entrywise product, is symmetric only if both parts are.
    let mixed = desk.plus(diagonal, square);
    let transposed = desk.transpose(mixed);
    let back = desk.transpose(square);
    let expected = desk.plus(diagonal, back);
    desk.becomes(Group::Body, transposed, expected);
    let outer = desk.transpose(column);
    let outer = desk.times(column, outer);
    let transposed = desk.transpose(outer);
    desk.becomes(Group::Body, transposed, outer);
}

#[test]
fn only_a_divisor_without_zeros_cancels() {
    let ranges = [
        ("anything", Range::ALL, false),
        ("not negative", Range::new(Bound::Closed(0), Bound::Unbounded), false),
        ("not positive", Range::new(Bound::Unbounded, Bound::Closed(0)), false),
        ("from -1 to 1", Range::new(Bound::Open(-1), Bound::Open(1)), false),
        ("zero", Range::ZERO, false),
        ("positive", Range::POSITIVE, true),
        ("negative", Range::POSITIVE.negated(), true),
        ("a probability", Range::new(Bound::Open(0), Bound::Closed(1)), true),
    ];
    for (what, range, cancels) in ranges {
        let mut desk = Desk::default();
        let (a, x) = (desk.ranged("a", range), desk.symbol("x", "m", "k"));
        let quotient = desk.quotient(x, a);
        let of_x = desk.had(quotient, a);
        let found = desk.simplified(Group::OutputError, of_x);
        assert_eq!(found == x, cancels, "{what}: {:?}", desk.arena.op(found));
        // Also where the divisor meets it in another factor.
        let y = desk.symbol("y", "m", "k");
        let (times_y, expected) = (desk.had(a, y), desk.had(x, y));
        let of_both = desk.had(quotient, times_y);
        let expected = desk.simplified(Group::OutputError, expected);
        assert_eq!(desk.simplified(Group::OutputError, of_both) == expected, cancels, "{what}: two factors");
    }
}

#[test]
fn one_minus_a_probability_cancels_for_sigmoid_only() {
    let mut desk = Desk::default();
    let (x, z, ones) = (desk.symbol("x", "m", "k"), desk.symbol("z", "m", "k"), desk.ones("m", "k"));
    let sigmoid = desk.arena.map(Function::Sigmoid, 0, z).unwrap();
    let softmax = desk.arena.softmax(z).unwrap();
    for (p, cancels) in [(sigmoid, true), (softmax, false)] {
        let complement = desk.arena.minus(ones, p).unwrap();
        let quotient = desk.quotient(x, complement);
        let product = desk.had(quotient, complement);
        // By this law alone: what is multiplied out beside it would go on.
        let cancel = [rules::law_of_name("recip-cancel-2").unwrap()];
        let found = simplify_by(&mut desk.arena, &[product], &cancel, Limits::default()).unwrap();
        assert_eq!(found.roots[0] == x, cancels);
    }
}

#[test]
fn only_equal_rows_make_a_diagonal_factor() {
    let mut desk = Desk::default();
    let (a, s) = (desk.symbol("A", "m", "k"), desk.symbol("s", "k", "1"));
    let row = desk.transpose(s);
    let ones = desk.ones("m", "1");
    let rows = desk.times(ones, row);
    let gated = desk.had(a, rows);
    let gate = desk.diagonal(s);
    let expected = desk.times(a, gate);
    desk.becomes(Group::Body, gated, expected);
    // The inner dimension is not 1: Σⱼ sₖⱼ, no row of a gate.
    let wide = desk.symbol("S", "k", "j");
    let (ones, wide) = (desk.ones("m", "j"), desk.transpose(wide));
    let rows = desk.times(ones, wide);
    let gated = desk.had(a, rows);
    desk.stays(Group::Body, gated);
    // The left factor is a column of any numbers, not of ones.
    let column = desk.symbol("u", "m", "1");
    let rows = desk.times(column, row);
    let gated = desk.had(a, rows);
    desk.stays(Group::Body, gated);
}

#[test]
fn only_equal_rows_of_probabilities_make_the_factor_of_softmax() {
    for rows in ["1", "m"] {
        let mut desk = Desk::default();
        let (g, p) = (desk.symbol("G", "m", "k"), desk.symbol("p", "k", "1"));
        let row = desk.transpose(p);
        // For `m` the probabilities differ from row to row.
        let spread = if rows == "1" {
            let ones = desk.ones("m", "1");
            desk.times(ones, row)
        } else {
            desk.symbol("P", "m", "k")
        };
        let weighted = desk.had(g, spread);
        let (column, across) = (desk.ones("k", "1"), desk.ones("1", "k"));
        let means = desk.times(weighted, column);
        let means = desk.times(means, across);
        let difference = desk.arena.minus(g, means).unwrap();
        let root = desk.had(spread, difference);
        let (diagonal, outer) = (desk.diagonal(p), desk.times(p, row));
        let gate = desk.arena.minus(diagonal, outer).unwrap();
        let expected = desk.times(g, gate);
        if rows == "1" {
            desk.becomes(Group::Body, root, expected);
        } else {
            desk.stays(Group::Body, root);
        }
    }
}

#[test]
fn only_distributions_sum_to_one() {
    let mut desk = Desk::default();
    let plain = Symbol::new(Role::Target, "Y", None, dim("m"), dim("k"));
    let (y, p) = (desk.known(plain.clone()), desk.known(Symbol { rows_sum_to_one: true, ..plain }));
    let column = desk.ones("k", "1");
    let (sums, totals) = (desk.times(y, column), desk.times(p, column));
    desk.stays(Group::OutputError, sums);
    let ones = desk.ones("m", "1");
    desk.becomes(Group::OutputError, totals, ones);
    // Columns sum to anything, and a sum that is repeated is no column of ones.
    let row = desk.ones("1", "m");
    let columns = desk.times(row, p);
    desk.stays(Group::OutputError, columns);
    let wide = desk.ones("k", "2");
    let repeated = desk.times(p, wide);
    desk.stays(Group::OutputError, repeated);
    // P of a softmax sums to one, P ⊙ Y does not.
    let z = desk.symbol("z", "m", "k");
    let softmax = desk.arena.softmax(z).unwrap();
    let totals = desk.times(softmax, column);
    desk.becomes(Group::OutputError, totals, ones);
    let weighted = desk.had(softmax, p);
    let sums = desk.times(weighted, column);
    assert_ne!(desk.simplified(Group::OutputError, sums), ones);
}

#[test]
fn only_constants_of_the_right_kind_vanish() {
    let mut desk = Desk::default();
    let a = desk.symbol("A", "m", "k");
    let square = desk.symbol("B", "m", "m");
    let identity = desk.arena.add(Op::Identity(dim("m"))).unwrap();
    for (factor, vanishes) in [(identity, true), (square, false)] {
        let product = desk.times(factor, a);
        assert_eq!(desk.simplified(Group::Body, product) == a, vanishes);
    }
    let all_ones = desk.ones("m", "m");
    let sums = desk.times(all_ones, a);
    desk.stays(Group::Body, sums);
    let (ones, zero) = (desk.ones("m", "k"), desk.zero("m", "k"));
    for (other, vanishes) in [(ones, true), (zero, false), (a, false)] {
        let product = desk.had(a, other);
        assert_eq!(desk.simplified(Group::Body, product) == a, vanishes);
    }
    for (other, vanishes) in [(zero, true), (ones, false), (a, false)] {
        let sum = desk.plus(a, other);
        assert_eq!(desk.simplified(Group::Induction, sum) == a, vanishes);
    }
    // The matrix of one entry 1 is the identity: 1·b is b for one sample.
    let (one, row) = (desk.ones("1", "1"), desk.symbol("b", "1", "k"));
    let broadcast = desk.times(one, row);
    desk.becomes(Group::Body, broadcast, row);
}

#[test]
fn equal_terms_do_not_pump_and_signs_are_split_once() {
    let mut desk = Desk::default();
    let (a, b) = (desk.symbol("A", "m", "k"), desk.symbol("B", "m", "k"));
    let half = desk.arena.scale_by(Scalar::ratio(1, 2), a).unwrap();
    let sum = desk.plus(half, half);
    desk.stays(Group::OutputError, sum);
    let kappa = Scalar::one_over(&dim("n")).times(&Scalar::integer(-2)).unwrap();
    let scaled = desk.arena.scale_by(kappa.clone(), a).unwrap();
    let other = desk.arena.scale_by(kappa.negated(), b).unwrap();
    let difference = desk.plus(scaled, other);
    let inner = desk.arena.minus(b, a).unwrap();
    let inner = desk.simplified(Group::OutputError, inner);
    let expected = desk.arena.scale_by(kappa.negated(), inner).unwrap();
    let found = desk.simplified(Group::OutputError, difference);
    assert_eq!(desk.arena.op(found), desk.arena.op(expected));
}
