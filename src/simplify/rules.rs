//! The rule table: every law that rewrites an expression, one line each, with the groups it is used in.
//!
//! The rewrites, their side conditions and the numeric tests are all made from these lines. There is no general
//! associativity and no general distributivity: with them nothing saturates. Laws that cancel reach across one nest
//! instead (`recip-cancel-3`, `add-cancel-3`: the number counts the letters), and sums are multiplied out only where a
//! divisor or a 1 is inside. A law is in a group only if it is used there on some network: a test fails otherwise.

use std::sync::LazyLock;

use egg::{Id, Rewrite};

use super::{
    analysis::Algebra,
    law::{
        Group::{self, Body, Expression, Induction, Loss, OutputError},
        Law,
    },
    rewrite::rewrite,
};
use crate::expr::Op;

mod algebra;

pub use algebra::ALGEBRA;

const fn law(
    name: &'static str,
    groups: &'static [Group],
    variables: &'static str,
    left: &'static str,
    right: &'static str,
) -> Law {
    Law { name, groups, variables, left, right }
}

/// All laws, each once: name, groups, variables with shapes and kinds, and the two sides. The direction is left to right.
#[rustfmt::skip]
pub const LAWS: &[Law] = &[
    // Single functions.
    law("sigmoid-derivative",         &[OutputError, Expression],  "z:m,k",                 "(sigmoid' z)",                      "(had (sigmoid z) (+ (ones m k) (. -1 (sigmoid z))))"),
    law("tanh-derivative",            &[OutputError],             "z:m,k",                 "(tanh' z)",                         "(+ (ones m k) (. -1 (had (tanh z) (tanh z))))"),
    law("exp-derivative",             &[OutputError, Expression],             "z:m,k",                 "(exp' z)",                          "(exp z)"),
    law("square-derivative",          &[OutputError, Expression],             "z:m,k",                 "(square' z)",                       "(. 2 z)"),
    law("softplus-derivative",        &[OutputError, Expression],             "z:m,k",                 "(softplus' z)",                     "(sigmoid z)"),
    law("abs-derivative",             &[OutputError, Expression],             "z:m,k",                 "(abs' z)",                          "(sign z)"),
    law("linear",                     &[OutputError, Loss, Expression],       "z:m,k",                 "(linear z)",                        "z"),
    law("linear-derivative",          &[OutputError, Body, Expression],       "z:m,k",                 "(linear' z)",                       "(ones m k)"),
    // Transposes go to the leaves.
    law("transpose-transpose",        &[Body, Expression],             "a:m,k",                 "(T (T a))",                         "a"),
    law("transpose-product",          &[Body, Expression],             "a:m,k b:k,q",           "(T (* a b))",                       "(* (T b) (T a))"),
    law("transpose-symmetric",        &[Body, Expression],             "a:m,m,S",               "(T a)",                             "a"),
    law("transpose-sum",              &[Body, Expression],             "a:m,k b:m,k",           "(T (+ a b))",                       "(+ (T a) (T b))"),
    law("transpose-hadamard",         &[Body, Expression],             "a:m,k b:m,k",           "(T (had a b))",                     "(had (T a) (T b))"),
    // Scalars go outside, into one factor.
    law("scale-left",                 &[OutputError],             "c:1,1,c a:m,k b:k,q",   "(* (. c a) b)",                     "(. c (* a b))"),
    law("scale-hadamard",             &[OutputError],             "c:1,1,c a:m,k b:m,k",   "(had (. c a) b)",                   "(. c (had a b))"),
    law("scale-hadamard-right",       &[OutputError, Loss],       "c:1,1,c a:m,k b:m,k",   "(had a (. c b))",                   "(. c (had a b))"),
    law("scale-scale",                &[OutputError, Loss],       "c:1,1,c d:1,1,c a:m,k", "(. c (. d a))",                     "(. (s* c d) a)"),
    law("scale-split",                &[OutputError, Expression],             "c:1,1,c,q a:m,k",       "(. c a)",                           "(. (s- c) (. -1 a))"),
    law("scale-one",                  &[OutputError, Loss, Expression],       "a:m,k",                 "(. 1 a)",                           "a"),
    law("scale-factor",               &[OutputError, Loss, Expression],       "c:1,1,c a:m,k b:m,k,!", "(+ (. c a) (. c b))",               "(. c (+ a b))"),
    law("scale-negative-sum",         &[OutputError, Expression],             "a:m,k b:m,k",           "(. -1 (+ a b))",                    "(+ (. -1 a) (. -1 b))"),
    // Terms meet and cancel; a sum with a divisor or a 1 in it is multiplied out.
    law("add-commutes",               &[OutputError, Expression],             "a:m,k b:m,k",           "(+ a b)",                           "(+ b a)"),
    law("hadamard-commutes",          &[OutputError, Expression],             "a:m,k b:m,k",           "(had a b)",                         "(had b a)"),
    law("add-cancel-3",               &[OutputError],             "x:m,k y:m,k a:m,k",     "(+ (+ x a) (+ y (. -1 a)))",        "(+ x y)"),
    law("hadamard-ones",              &[OutputError, Body, Expression],       "a:m,k",                 "(had a (ones m k))",                "a"),
    law("ones-hadamard",              &[Body],                    "a:m,k",                 "(had (ones m k) a)",                "a"),
    law("add-cancel",                 &[OutputError, Body],       "a:m,k",                 "(+ a (. -1 a))",                    "(zero m k)"),
    law("hadamard-sum-divisor",       &[OutputError, Expression],  "a:m,k b:m,k,r c:m,k",   "(had a (+ b c))",                   "(+ (had a b) (had a c))"),
    law("hadamard-sum-ones",          &[OutputError, Expression],  "a:m,k b:m,k",           "(had a (+ (ones m k) b))",          "(+ a (had a b))"),
    law("product-of-sum",             &[OutputError, Induction, Expression],  "a:k,q b:k,q c:q,r",     "(* (+ a b) c)",                     "(+ (* a c) (* b c))"),
    law("sum-of-product",             &[Induction, Expression],        "a:m,k b:k,q c:k,q",     "(* a (+ b c))",                     "(+ (* a b) (* a c))"),
    // Divisors cancel.
    law("recip-cancel-2",             &[OutputError],             "x:m,k a:m,k,n",         "(had (had x (recip a)) a)",         "x"),
    law("recip-cancel-3",             &[OutputError],             "x:m,k y:m,k a:m,k,n",   "(had (had x (recip a)) (had a y))", "(had x y)"),
    law("recip-hadamard",             &[OutputError],             "a:m,k,n b:m,k,n",       "(recip (had a b))",                 "(had (recip a) (recip b))"),
    law("recip-negative",             &[OutputError],             "a:m,k",                 "(recip (. -1 a))",                  "(. -1 (recip a))"),
    // Constants vanish, and rows of gates become diagonal factors.
    law("ones-product",               &[OutputError, Expression], "",                      "(* (ones m k) (ones k q))",         "(. (# k) (ones m q))"),
    law("rows-sum-to-one",            &[OutputError],             "y:m,k,R",               "(* y (ones k 1))",                  "(ones m 1)"),
    law("identity-left",              &[Body, Expression],             "i:m,m,E a:m,k",         "(* i a)",                           "a"),
    law("identity-right",             &[Body, Expression],             "i:k,k,E a:m,k",         "(* a i)",                           "a"),
    law("add-zero",                   &[Induction, Expression],        "z:m,k,Z a:m,k",         "(+ a z)",                           "a"),
    law("hadamard-row",               &[Body, Expression],             "a:m,k s:k,1",           "(had a (* (ones m 1) (T s)))",      "(* a (diag s))"),
    law("softmax-rows",               &[Body],             "a:m,k p:k,1",           "(had (* (ones m 1) (T p)) (+ a (. -1 (* (* (had a (* (ones m 1) (T p))) (ones k 1)) (ones 1 k)))))",
                                                                                    "(* a (+ (diag p) (. -1 (* p (T p)))))"),
    // Logarithms: the value of a loss has none of a rounded probability, which would be 0.
    law("log-softplus-derivative-2",  &[OutputError],             "x:m,k z:m,k",           "(had (had x (recip (softplus z))) (sigmoid z))", "(had x (ln_softplus' z))"),
    law("log-exp",                    &[Loss, Expression],             "z:m,k",                 "(ln (exp z))",                      "z"),
    law("log-softmax",                &[Loss],             "z:m,k",                 "(ln (softmax z))",                  "(+ z (. -1 (* (lse z) (ones 1 k))))"),
    law("log-sigmoid",                &[Loss],             "z:m,k",                 "(ln (sigmoid z))",                  "(. -1 (softplus (. -1 z)))"),
    law("log-softplus",               &[Loss],             "z:m,k",                 "(ln (softplus z))",                 "(ln_softplus z)"),
    law("one-minus-sigmoid",          &[Loss, Expression],             "z:m,k",                 "(+ (ones m k) (. -1 (sigmoid z)))", "(sigmoid (. -1 z))"),
    // The same of samples as columns: only a proof by induction is made in them.
    law("hadamard-column",            &[Induction, Expression],        "a:m,k s:m,1",           "(had a (* s (ones 1 k)))",          "(* (diag s) a)"),
    law("softmax-columns",            &[Induction],        "a:m,k p:m,1",           "(had (* p (ones 1 k)) (+ a (. -1 (* (ones m 1) (* (ones 1 m) (had a (* p (ones 1 k))))))))",
                                                                                    "(* (+ (diag p) (. -1 (* p (T p)))) a)"),
    // Regrouping: saturates only in the graphs of an induction, which are tiny.
    law("product-regroup",            &[Induction, Expression],        "a:m,k b:k,q c:q,r",     "(* (* a b) c)",                     "(* a (* b c))"),
    law("product-regroup-back",       &[Induction, Expression],        "a:m,k b:k,q c:q,r",     "(* a (* b c))",                     "(* (* a b) c)"),
    law("sum-regroup",                &[Induction, Expression],        "a:m,k b:m,k c:m,k",     "(+ (+ a b) c)",                     "(+ a (+ b c))"),
];

/// The laws of both tables.
pub fn all() -> impl Iterator<Item = Law> {
    LAWS.iter().chain(ALGEBRA).copied()
}

impl Group {
    /// The laws of the group, in the order of the table.
    #[must_use]
    pub fn laws(self) -> Vec<Law> {
        all().filter(|law| self.has(law)).collect()
    }

    fn has(self, law: &Law) -> bool {
        law.groups.contains(&self) || (self == Induction && law.groups.contains(&Body))
    }
}

/// What turns a product of sums into a sum of products.
const MULTIPLYING_OUT: [&str; 4] = ["product-of-sum", "sum-of-product", "hadamard-sum-divisor", "hadamard-sum-ones"];

/// The law of this name.
#[must_use]
pub fn law_of_name(name: &str) -> Option<Law> {
    all().find(|law| law.name == name)
}

/// A law as egg uses it.
pub(super) type Compiled = Rewrite<Op<Id>, Algebra>;

/// In the order of [`Group`], each compiled when it is first asked for.
static REWRITES: [LazyLock<Vec<Compiled>>; 5] = [
    LazyLock::new(|| of_group(OutputError)),
    LazyLock::new(|| of_group(Body)),
    LazyLock::new(|| of_group(Induction)),
    LazyLock::new(|| of_group(Loss)),
    LazyLock::new(|| of_group(Expression)),
];

/// The compiled rewrites of a group.
pub(super) fn rewrites(group: Group) -> &'static [Compiled] {
    &REWRITES[group as usize]
}

/// The rewrites of [`Expression`] but for those that multiply sums out.
pub(super) fn without_multiplying_out() -> &'static [Compiled] {
    static REWRITES: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
        let keeps_sums = |rewrite: &&Compiled| !MULTIPLYING_OUT.contains(&rewrite.name.as_str());
        rewrites(Expression).iter().filter(keeps_sums).cloned().collect()
    });
    &REWRITES
}

/// A table that does not compile is a defect of the program: a test compiles every line.
fn of_group(group: Group) -> Vec<Compiled> {
    compiled(&group.laws()).unwrap_or_else(|error| panic!("{error}"))
}

/// The rewrites of these laws, each with a name of its own.
pub(super) fn compiled(laws: &[Law]) -> Result<Vec<Compiled>, String> {
    for (i, law) in laws.iter().enumerate() {
        if let Some(other) = laws[..i].iter().find(|other| other.name == law.name) {
            return Err(format!("law {}: the name stands twice, in the lines `{other}` and `{law}`", law.name));
        }
    }
    laws.iter().map(|law| law.parse().and_then(|rule| rewrite(&rule))).collect()
}
