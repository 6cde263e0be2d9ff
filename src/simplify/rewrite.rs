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
            Term::Product(_) | Term::Sum(_) | Term::Negated(_) => {
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
        let Some(sizes) = self.sizes(graph, subst) else { return Vec::new() };
        if graph.are_explanations_enabled() {
            return self.join(graph, subst, &sizes, rule).into_iter().collect();
        }
        match self.build(graph, subst, &sizes, &self.result) {
            Some(built) if graph.union_trusted(class, built, rule) => vec![class],
            _ => Vec::new(),
        }
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
            let constant = bound.conditions.contains(&Condition::Constant);
            let fits = if constant { known.facts.scalar.is_some() } else { fits(known, &bound.size, &mut sizes) };
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

    /// Joins the sides as terms, so that a proof shows an instance of the law and not some other form of what it matched.
    fn join(&self, graph: &mut Graph, subst: &Subst, sizes: &Sizes, rule: Symbol) -> Option<Id> {
        let (mut left, mut right) = (PatternAst::default(), PatternAst::default());
        self.side(graph, subst, sizes, &self.matched, &mut left)?;
        self.side(graph, subst, sizes, &self.result, &mut right)?;
        let mut letters = subst.clone();
        for bound in &self.variables {
            letters.insert(bound.var, smallest(graph, subst[bound.var]));
        }
        let (class, joined) = graph.union_instantiations(&left, &right, &letters, rule);
        joined.then_some(class)
    }

    fn side(
        &self,
        graph: &Graph,
        subst: &Subst,
        sizes: &Sizes,
        term: &Term,
        side: &mut PatternAst<Op<Id>>,
    ) -> Option<Id> {
        let op = match term {
            Term::Variable(i) => return Some(side.add(ENodeOrVar::Var(self.variables[*i].var))),
            Term::Ones(rows, columns) => Op::Ones(rows.dim(sizes)?, columns.dim(sizes)?),
            Term::Zero(rows, columns) => Op::Zero(rows.dim(sizes)?, columns.dim(sizes)?),
            Term::Number(number) => Op::Scalar(number.clone()),
            Term::Product(_) | Term::Sum(_) | Term::Negated(_) => Op::Scalar(self.constant(graph, subst, term)?),
            Term::Node(op) => {
                let mut children = Vec::new();
                for child in op.children() {
                    children.push(self.side(graph, subst, sizes, child, side)?);
                }
                let mut next = children.into_iter();
                op.map(|_| next.next().unwrap_or_default())
            }
        };
        Some(side.add(ENodeOrVar::ENode(op)))
    }

    fn build(&self, graph: &mut Graph, subst: &Subst, sizes: &Sizes, term: &Term) -> Option<Id> {
        let node = match term {
            Term::Variable(i) => return Some(subst[self.variables[*i].var]),
            Term::Ones(rows, columns) => Op::Ones(rows.dim(sizes)?, columns.dim(sizes)?),
            Term::Zero(rows, columns) => Op::Zero(rows.dim(sizes)?, columns.dim(sizes)?),
            Term::Number(number) => Op::Scalar(number.clone()),
            Term::Product(_) | Term::Sum(_) | Term::Negated(_) => Op::Scalar(self.constant(graph, subst, term)?),
            Term::Node(op) => {
                let mut children = Vec::new();
                for child in op.children() {
                    children.push(self.build(graph, subst, sizes, child)?);
                }
                let mut next = children.into_iter();
                op.map(|_| next.next().unwrap_or_default())
            }
        };
        Some(graph.add(node))
    }

    /// The value of a constant term.
    fn constant(&self, graph: &Graph, subst: &Subst, term: &Term) -> Option<Scalar> {
        match term {
            Term::Variable(i) => graph[subst[self.variables[*i].var]].data.facts.scalar.clone(),
            Term::Number(number) => Some(number.clone()),
            Term::Product([a, b]) => self.constant(graph, subst, a)?.times(&self.constant(graph, subst, b)?),
            Term::Sum([a, b]) => self.constant(graph, subst, a)?.plus(&self.constant(graph, subst, b)?),
            Term::Negated(a) => self.constant(graph, subst, a).map(|a| a.negated()),
            Term::Ones(..) | Term::Zero(..) | Term::Node(_) => None,
        }
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
        Condition::Identity => facts.identity,
        Condition::Zero => facts.zero,
        Condition::Nonzero => facts.range.excludes_zero(),
        Condition::RowsSumToOne => facts.rows_sum_to_one,
        Condition::Constant => facts.scalar.is_some(),
        Condition::Divides => known.divides,
        Condition::Differs => before != Some(id),
        Condition::Negative => facts.scalar.as_ref().is_some_and(|s| s.is_negative() && *s != Scalar::integer(-1)),
    }
}
