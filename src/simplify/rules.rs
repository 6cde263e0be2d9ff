//! The rule table: every law that rewrites an expression, one line each, and the groups that are used together.
//!
//! The rewrites, their side conditions and the numeric tests are all made from these lines. There is no general
//! associativity and no general distributivity: with them nothing saturates. Laws that cancel reach across one nest
//! instead (`recip-cancel-3`, `add-cancel-3`), and sums are multiplied out only where a divisor or a 1 is inside.

use std::sync::LazyLock;

use egg::{Id, Rewrite};

use super::{analysis::Algebra, law::Law, rewrite::rewrite};
use crate::expr::Op;

const fn law(name: &'static str, variables: &'static str, left: &'static str, right: &'static str) -> Law {
    Law { name, variables, left, right }
}

/// Transposes to the leaves, constants gone, rows of gates to diagonal factors. One-way, for graphs of any size.
#[rustfmt::skip]
pub const BODY: [Law; 15] = [
    law("transpose-transpose", "a:m,k",           "(T (T a))",        "a"),
    law("transpose-product",   "a:m,k b:k,q",     "(T (* a b))",      "(* (T b) (T a))"),
    law("transpose-symmetric", "a:m,m,S",         "(T a)",            "a"),
    law("transpose-sum",       "a:m,k b:m,k",     "(T (+ a b))",      "(+ (T a) (T b))"),
    law("transpose-hadamard",  "a:m,k b:m,k",     "(T (had a b))",    "(had (T a) (T b))"),
    law("transpose-scaling",   "c:1,1,c a:m,k",   "(T (. c a))",      "(. c (T a))"),
    law("identity-left",       "i:m,m,E a:m,k",   "(* i a)",          "a"),
    law("identity-right",      "i:k,k,E a:m,k",   "(* a i)",          "a"),
    law("hadamard-ones",       "a:m,k",           "(had a (ones m k))", "a"),
    law("scale-one",           "a:m,k",           "(. 1 a)",          "a"),
    law("scale-scale",         "c:1,1,c d:1,1,c a:m,k", "(. c (. d a))", "(. (s* c d) a)"),
    law("linear",              "z:m,k",           "(linear z)",       "z"),
    law("linear-derivative",   "z:m,k",           "(linear' z)",      "(ones m k)"),
    law("hadamard-row",        "a:m,k s:k,1",     "(had a (* (ones m 1) (T s)))", "(* a (diag s))"),
    law("softmax-rows",        "a:m,k p:k,1",     "(had (* (ones m 1) (T p)) (+ a (. -1 (* (* (had a (* (ones m 1) (T p))) (ones k 1)) (ones 1 k)))))",
                                                  "(* a (+ (diag p) (. -1 (* p (T p)))))"),
];

/// What is known of single functions.
#[rustfmt::skip]
pub const FUNCTIONS: [Law; 8] = [
    law("sigmoid-derivative",  "z:m,k", "(sigmoid' z)",  "(had (sigmoid z) (+ (ones m k) (. -1 (sigmoid z))))"),
    law("tanh-derivative",     "z:m,k", "(tanh' z)",     "(+ (ones m k) (. -1 (had (tanh z) (tanh z))))"),
    law("exp-derivative",      "z:m,k", "(exp' z)",      "(exp z)"),
    law("square-derivative",   "z:m,k", "(square' z)",   "(. 2 z)"),
    law("softplus-derivative", "z:m,k", "(softplus' z)", "(sigmoid z)"),
    law("abs-derivative",      "z:m,k", "(abs' z)",      "(sign z)"),
    law("linear",              "z:m,k", "(linear z)",    "z"),
    law("linear-derivative",   "z:m,k", "(linear' z)",   "(ones m k)"),
];

/// Scalars outside, in one factor.
#[rustfmt::skip]
pub const SCALARS: [Law; 13] = [
    law("scale-left",          "c:1,1,c a:m,k b:k,q",     "(* (. c a) b)",         "(. c (* a b))"),
    law("scale-right",         "c:1,1,c a:m,k b:k,q",     "(* a (. c b))",         "(. c (* a b))"),
    law("scale-hadamard",      "c:1,1,c a:m,k b:m,k",     "(had (. c a) b)",       "(. c (had a b))"),
    law("scale-hadamard-right", "c:1,1,c a:m,k b:m,k",    "(had a (. c b))",       "(. c (had a b))"),
    law("scale-scale",         "c:1,1,c d:1,1,c a:m,k",   "(. c (. d a))",         "(. (s* c d) a)"),
    law("scale-split",         "c:1,1,c,q a:m,k",         "(. c a)",               "(. (s- c) (. -1 a))"),
    law("scale-one",           "a:m,k",                   "(. 1 a)",               "a"),
    law("scale-factor",        "c:1,1,c a:m,k b:m,k,!",   "(+ (. c a) (. c b))",   "(. c (+ a b))"),
    law("scale-collect",       "c:1,1,c d:1,1,c a:m,k",   "(+ (. c a) (. d a))",   "(. (s+ c d) a)"),
    law("scale-collect-one",   "c:1,1,c a:m,k",           "(+ a (. c a))",         "(. (s+ 1 c) a)"),
    law("scale-negative-sum",  "a:m,k b:m,k",             "(. -1 (+ a b))",        "(+ (. -1 a) (. -1 b))"),
    law("add-self",            "a:m,k",                   "(+ a a)",               "(. 2 a)"),
    law("add-zero",            "z:m,k,Z a:m,k",           "(+ a z)",               "a"),
];

/// What cancels: sums, divisors, rows that sum to one.
#[rustfmt::skip]
pub const CANCEL: [Law; 20] = [
    law("add-commutes",        "a:m,k b:m,k",             "(+ a b)",                        "(+ b a)"),
    law("hadamard-commutes",   "a:m,k b:m,k",             "(had a b)",                      "(had b a)"),
    law("add-cancel",          "a:m,k",                   "(+ a (. -1 a))",                 "(zero m k)"),
    law("add-cancel-2",        "x:m,k a:m,k",             "(+ (+ x a) (. -1 a))",           "x"),
    law("add-cancel-2-negative", "x:m,k a:m,k",           "(+ (+ x (. -1 a)) a)",           "x"),
    law("add-cancel-3",        "x:m,k y:m,k a:m,k",       "(+ (+ x a) (+ y (. -1 a)))",     "(+ x y)"),
    law("hadamard-ones",       "a:m,k",                   "(had a (ones m k))",             "a"),
    law("hadamard-sum-divisor", "a:m,k b:m,k,r c:m,k",    "(had a (+ b c))",                "(+ (had a b) (had a c))"),
    law("hadamard-sum-ones",   "a:m,k b:m,k",             "(had a (+ (ones m k) b))",       "(+ a (had a b))"),
    law("product-of-sum",      "a:k,q b:k,q c:q,r",       "(* (+ a b) c)",                  "(+ (* a c) (* b c))"),
    law("recip-cancel",        "a:m,k,n",                 "(had a (recip a))",              "(ones m k)"),
    law("recip-cancel-2",      "x:m,k a:m,k,n",           "(had (had x (recip a)) a)",      "x"),
    law("recip-cancel-3",      "x:m,k y:m,k a:m,k,n",     "(had (had x (recip a)) (had a y))", "(had x y)"),
    law("recip-recip",         "a:m,k,n",                 "(recip (recip a))",              "a"),
    law("recip-hadamard",      "a:m,k,n b:m,k,n",         "(recip (had a b))",              "(had (recip a) (recip b))"),
    law("recip-negative",      "a:m,k",                   "(recip (. -1 a))",               "(. -1 (recip a))"),
    law("rows-sum-to-one",     "y:m,k,R",                 "(* y (ones k 1))",               "(ones m 1)"),
    law("log-softplus-derivative", "z:m,k",               "(had (sigmoid z) (recip (softplus z)))", "(ln_softplus' z)"),
    law("log-softplus-derivative-2", "x:m,k z:m,k",       "(had (had x (recip (softplus z))) (sigmoid z))", "(had x (ln_softplus' z))"),
    law("hadamard-zero",       "z:m,k,Z a:m,k",           "(had a z)",                      "z"),
];

/// The value of a loss without logarithms of rounded probabilities.
#[rustfmt::skip]
pub const LOGARITHMS: [Law; 11] = [
    law("log-exp",             "z:m,k", "(ln (exp z))",      "z"),
    law("log-softmax",         "z:m,k", "(ln (softmax z))",  "(+ z (. -1 (* (lse z) (ones 1 k))))"),
    law("log-sigmoid",         "z:m,k", "(ln (sigmoid z))",  "(. -1 (softplus (. -1 z)))"),
    law("log-softplus",        "z:m,k", "(ln (softplus z))", "(ln_softplus z)"),
    law("scale-one",           "z:m,k", "(. 1 z)",           "z"),
    law("scale-hadamard",      "c:1,1,c a:m,k b:m,k", "(had (. c a) b)", "(. c (had a b))"),
    law("scale-hadamard-right", "c:1,1,c a:m,k b:m,k", "(had a (. c b))", "(. c (had a b))"),
    law("scale-factor",        "c:1,1,c a:m,k b:m,k,!",   "(+ (. c a) (. c b))",   "(. c (+ a b))"),
    law("one-minus-sigmoid",   "z:m,k", "(+ (ones m k) (. -1 (sigmoid z)))", "(sigmoid (. -1 z))"),
    law("linear",              "z:m,k", "(linear z)",        "z"),
    law("scale-scale",         "c:1,1,c d:1,1,c a:m,k", "(. c (. d a))", "(. (s* c d) a)"),
];

/// Products and sums regrouped and multiplied out: for the graphs of an induction only, which are tiny.
#[rustfmt::skip]
pub const REGROUP: [Law; 6] = [
    law("product-regroup",      "a:m,k b:k,q c:q,r",  "(* (* a b) c)",  "(* a (* b c))"),
    law("product-regroup-back", "a:m,k b:k,q c:q,r",  "(* a (* b c))",  "(* (* a b) c)"),
    law("sum-regroup",          "a:m,k b:m,k c:m,k",  "(+ (+ a b) c)",  "(+ a (+ b c))"),
    law("sum-of-product",       "a:m,k b:k,q c:k,q",  "(* a (+ b c))",  "(+ (* a b) (* a c))"),
    law("product-of-sum",       "a:k,q b:k,q c:q,r",  "(* (+ a b) c)",  "(+ (* a c) (* b c))"),
    law("add-zero",             "z:m,k,Z a:m,k",      "(+ a z)",        "a"),
];

/// Laws that are used together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// From the loss to Z_L: small graphs, all laws that let divisors cancel.
    Head,
    /// All layers at once: few laws, one-way.
    Body,
    /// The value of the loss.
    Loss,
    /// From one layer to the next, with products over layers as names.
    Induction,
}

impl Group {
    /// The laws of the group, each once.
    #[must_use]
    pub fn laws(self) -> Vec<Law> {
        match self {
            Self::Head => [&FUNCTIONS[..], &SCALARS, &CANCEL].concat(),
            Self::Body => BODY.to_vec(),
            Self::Loss => LOGARITHMS.to_vec(),
            Self::Induction => [&BODY[..], &REGROUP].concat(),
        }
    }
}

/// The law of this name.
#[must_use]
pub fn law_of_name(name: &str) -> Option<Law> {
    let tables = [&BODY[..], &FUNCTIONS, &SCALARS, &CANCEL, &LOGARITHMS];
    tables.into_iter().flatten().find(|law| law.name == name).copied()
}

/// A law as egg uses it.
pub(super) type Compiled = Rewrite<Op<Id>, Algebra>;

static HEAD_REWRITES: LazyLock<Vec<Compiled>> = LazyLock::new(|| of_table(Group::Head));
static BODY_REWRITES: LazyLock<Vec<Compiled>> = LazyLock::new(|| of_table(Group::Body));
static LOSS_REWRITES: LazyLock<Vec<Compiled>> = LazyLock::new(|| of_table(Group::Loss));
static INDUCTION_REWRITES: LazyLock<Vec<Compiled>> = LazyLock::new(|| of_table(Group::Induction));

/// The compiled rewrites of a group.
pub(super) fn rewrites(group: Group) -> &'static [Compiled] {
    match group {
        Group::Head => &HEAD_REWRITES,
        Group::Body => &BODY_REWRITES,
        Group::Loss => &LOSS_REWRITES,
        Group::Induction => &INDUCTION_REWRITES,
    }
}

/// A table that does not compile is a defect of the program: a test compiles every line.
fn of_table(group: Group) -> Vec<Compiled> {
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
