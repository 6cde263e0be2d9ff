//! A parsed law → a rewrite of egg: the left side as a pattern, the side conditions and the right side as its applier.

use egg::{Applier, ENodeOrVar, Id, Pattern, PatternAst, RecExpr, Rewrite, Subst, Symbol, Var};

use super::{
    analysis::{Algebra, Graph, Known, smallest},
    law::{Condition, Rule, Size, Sizes, Term},
};
use crate::{
    expr::{Op, Scalar},
    shape::Shape,
};

/// The rewrite of a law.
///
/// # Errors
/// A sentence that names the law: its right side uses what its left side does not bind.
pub fn rewrite(rule: &Rule) -> Result<Rewrite<Op<Id>, Algebra>, String> {
    let mut pattern = Left { ast: RecExpr::default(), rule, constants: Vec::new() };
    pattern.term(&rule.left)?;
    let mut bound = Vec::new();
    for (i, variable) in rule.variables.iter().enumerate() {
        bound.push(Bound {
            var: var(&format!("v{i}"))?,
            size: variable.size.clone(),
            conditions: variable.kinds.clone(),
        });
    }
    let applier = Right {
        variables: bound,
        constants: pattern.constants,
        matched: rule.left.clone(),
        result: rule.right.clone(),
    };
    Rewrite::new(rule.name, Pattern::new(pattern.ast), applier)
}

fn var(name: &str) -> Result<Var, String> {
    format!("?{name}").parse().map_err(|error| format!("{name}: {error:?}"))
}

/// Builds the pattern. A constant matrix of the left side becomes a variable with a condition: a class knows that it is
/// all ones, whatever its leaf's dimensions are called.
struct Left<'a> {
    ast: PatternAst<Op<Id>>,
    rule: &'a Rule,
    constants: Vec<Constant>,
}

/// A constant matrix of the left side.
#[derive(Clone, Debug)]
struct Constant {
    var: Var,
    size: (Size, Size),
    zero: bool,
}

impl Left<'_> {
    fn term(&mut self, term: &Term) -> Result<Id, String> {
        let node = match term {
            Term::Variable(i) => ENodeOrVar::Var(var(&format!("v{i}"))?),
            Term::Ones(rows, columns) => self.constant(rows, columns, false)?,
            Term::Zero(rows, columns) => self.constant(rows, columns, true)?,
            Term::Number(number) => ENodeOrVar::ENode(Op::Scalar(number.clone())),
            Term::Product(_) | Term::Sum(_) | Term::Negated(_) | Term::Identity(_) | Term::Dimension(_) => {
                return Err(format!("law {}: the left side computes", self.rule.name));
            }
            Term::Node(op) => {
                let children = op.children().iter().map(|child| self.term(child)).collect::<Result<Vec<_>, _>>()?;
                let mut next = children.into_iter();
                ENodeOrVar::ENode(op.map(|_| next.next().unwrap_or_default()))
            }
        };
        Ok(self.ast.add(node))
    }

    fn constant(&mut self, rows: &Size, columns: &Size, zero: bool) -> Result<ENodeOrVar<Op<Id>>, String> {
        let var = var(&format!("constant{}", self.constants.len()))?;
        self.constants.push(Constant { var, size: (rows.clone(), columns.clone()), zero });
        Ok(ENodeOrVar::Var(var))
    }
}

/// A variable in a rewrite.
#[derive(Clone, Debug)]
struct Bound {
    var: Var,
    size: (Size, Size),
    conditions: Vec<Condition>,
}

/// Checks the conditions and builds the right side.
#[derive(Clone, Debug)]
struct Right {
    variables: Vec<Bound>,
    constants: Vec<Constant>,
    matched: Term,
    result: Term,
}

impl Applier<Op<Id>, Algebra> for Right {
    fn apply_one(
        &self,
        graph: &mut Graph,
        class: Id,
        subst: &Subst,
        _: Option<&PatternAst<Op<Id>>>,
        rule: Symbol,
    ) -> Vec<Id> {
        let joined = self.sizes(graph, subst).and_then(|sizes| self.join(graph, class, subst, &sizes, rule));
        if joined == Some(true) { vec![class] } else { Vec::new() }
    }

    fn vars(&self) -> Vec<Var> {
        self.variables.iter().map(|bound| bound.var).collect()
    }
}

impl Right {
    /// The dimensions of the match, if all conditions hold.
    fn sizes(&self, graph: &Graph, subst: &Subst) -> Option<Sizes> {
        let mut sizes = Sizes::new();
        let mut before = None;
        for bound in &self.variables {
            let id = graph.find(subst[bound.var]);
            let known = &graph[id].data;
            let is = |condition| bound.conditions.contains(&condition);
            let fits = if is(Condition::Constant) {
                known.facts.scalar.is_some()
            } else if is(Condition::Scalar) {
                known.facts.shape == Shape::Scalar
            } else {
                fits(known, &bound.size, &mut sizes)
            };
            if !fits || !bound.conditions.iter().all(|condition| holds(*condition, known, before, id)) {
                return None;
            }
            before = Some(id);
        }
        for constant in &self.constants {
            let known = &graph[subst[constant.var]].data;
            let right = if constant.zero { known.facts.zero } else { known.facts.ones };
            if !right || !fits(known, &constant.size, &mut sizes) {
                return None;
            }
        }
        Some(sizes)
    }

    /// Joins the class and the right side. Where proofs are wanted both sides are built, their letters as small as they are
    /// known: so a proof shows an instance of the law, not whatever form of it was met first.
    fn join(&self, graph: &mut Graph, class: Id, subst: &Subst, sizes: &Sizes, rule: Symbol) -> Option<bool> {
        let mut letters: Vec<Id> = self.variables.iter().map(|bound| subst[bound.var]).collect();
        let mut left = class;
        if graph.are_explanations_enabled() {
            letters = letters.into_iter().map(|letter| smallest(graph, letter)).collect();
            left = build(graph, &letters, sizes, &self.matched)?;
        }
        let right = build(graph, &letters, sizes, &self.result)?;
        Some(graph.union_trusted(left, right, rule))
    }
}

fn build(graph: &mut Graph, letters: &[Id], sizes: &Sizes, term: &Term) -> Option<Id> {
    let node = match term {
        Term::Variable(i) => return letters.get(*i).copied(),
        Term::Ones(rows, columns) => Op::Ones(rows.dim(sizes)?, columns.dim(sizes)?),
        Term::Zero(rows, columns) => Op::Zero(rows.dim(sizes)?, columns.dim(sizes)?),
        Term::Number(number) => Op::Scalar(number.clone()),
        Term::Dimension(size) => Op::Scalar(Scalar::dimension(&size.dim(sizes)?)),
        Term::Identity(size) => Op::Identity(size.dim(sizes)?),
        Term::Product(_) | Term::Sum(_) | Term::Negated(_) => Op::Scalar(constant(graph, letters, term)?),
        Term::Node(op) => {
            let mut children = Vec::new();
            for child in op.children() {
                children.push(build(graph, letters, sizes, child)?);
            }
            let mut next = children.into_iter();
            op.map(|_| next.next().unwrap_or_default())
        }
    };
    Some(graph.add_uncanonical(node))
}

/// The value of a constant term.
fn constant(graph: &Graph, letters: &[Id], term: &Term) -> Option<Scalar> {
    let part = |term| constant(graph, letters, term);
    match term {
        Term::Variable(i) => graph[*letters.get(*i)?].data.facts.scalar.clone(),
        Term::Number(number) => Some(number.clone()),
        Term::Product([a, b]) => part(a)?.times(&part(b)?),
        Term::Sum([a, b]) => part(a)?.plus(&part(b)?),
        Term::Negated(a) => part(a).map(|a| a.negated()),
        Term::Ones(..) | Term::Zero(..) | Term::Identity(_) | Term::Dimension(_) | Term::Node(_) => None,
    }
}

fn fits(known: &Known, size: &(Size, Size), sizes: &mut Sizes) -> bool {
    match &known.facts.shape {
        Shape::Scalar => false,
        Shape::Matrix(rows, columns) => size.0.admits(rows, sizes) && size.1.admits(columns, sizes),
    }
}

fn holds(condition: Condition, known: &Known, before: Option<Id>, id: Id) -> bool {
    let facts = &known.facts;
    match condition {
        Condition::Symmetric => facts.symmetric,
        Condition::Skew => facts.skew,
        Condition::Orthogonal => facts.orthogonal,
        Condition::Scalar => facts.shape == Shape::Scalar,
        Condition::Identity => facts.identity,
        Condition::Zero => facts.zero,
        Condition::Nonzero => facts.range.excludes_zero(),
        Condition::RowsSumToOne => facts.rows_sum_to_one(),
        Condition::Constant => facts.scalar.is_some(),
        Condition::Whole => {
            facts.scalar.as_ref().is_some_and(|s| s.powers().count() == 0 && s.coefficient().is_integer())
        }
        Condition::Divides => known.divides,
        Condition::Differs => before != Some(id),
        Condition::Negative => facts.scalar.as_ref().is_some_and(|s| s.is_negative() && *s != Scalar::integer(-1)),
    }
}
