//! A tree and what is given → the shape of every name: as declared, else the most general that fits.
//!
//! A capital letter is a matrix, a small one a column, a small Greek one a scalar, unless something else is given; where a
//! column does not fit, a scalar is tried.
#![allow(clippy::wildcard_enum_match_arm, reason = "most tokens begin nothing")]

mod functions;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    error::{ExpressionError, Operand},
    given::{Given, Property, Sign},
    sizes::{Side, Sizes},
    syntax::{Binary, Part, Syntax, Tree},
    tokens::is_small_greek,
};
use crate::{
    shape::{Dim, Shape},
    source::Span,
};

/// A name, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// What is given of it as a whole.
    pub property: Property,
    /// What is given of its entries.
    pub sign: Sign,
    /// Whether its shape was declared.
    pub is_given: bool,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inferred {
    /// All names, in the order in which they stand first.
    pub variables: Vec<Variable>,
    /// The size of each I that has none of its own.
    pub identities: BTreeMap<Part, Dim>,
}

impl Inferred {
    /// The same where this is known of one variable as a whole.
    #[must_use]
    pub fn with_property(&self, place: usize, property: Property) -> Self {
        let mut known = self.clone();
        if let Some(variable) = known.variables.get_mut(place) {
            variable.property = property;
        }
        known
    }
}

/// What a part is: a scalar, or a matrix of two sides. A 1 × 1 matrix is a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Scalar,
    Matrix(Side, Side),
}

type Found<T> = Result<T, ExpressionError>;

/// The shape of every name.
///
/// # Errors
/// Parts that do not fit, names that are given and not used, and properties that contradict.
pub fn infer(tree: &Tree, given: &Given) -> Found<Inferred> {
    let names = tree.names();
    let is_used = |name: &str| names.iter().any(|(used, _)| *used == name);
    for declaration in &given.0 {
        if !is_used(&declaration.name) {
            let (name, span) = (declaration.name.clone(), declaration.span);
            return Err(ExpressionError::Unused { name, span });
        }
    }
    distinct(&names)?;
    let first = Inference::new(tree, given, &BTreeSet::new()).run();
    let small = |name: &str| name.starts_with(|c: char| c.is_ascii_lowercase());
    let is_open = |name: &str| given.of(name).is_none() && small(name) && !is_small_greek(name);
    let open: Vec<&str> = names.iter().map(|(name, _)| *name).filter(|name| is_open(name)).collect();
    match first {
        Ok((inferred, natural)) if natural || open.is_empty() => Ok(inferred),
        other => {
            // One of them as a scalar, if that is the only way that fits.
            let scalar = |name: &&str| {
                let run = Inference::new(tree, given, &BTreeSet::from([*name])).run();
                run.ok().filter(|(_, natural)| *natural).map(|(inferred, _)| inferred)
            };
            let mut fitting: Vec<Inferred> = open.iter().filter_map(scalar).collect();
            match (fitting.pop(), fitting.is_empty()) {
                (Some(only), true) => Ok(only),
                _ => other.map(|(inferred, _)| inferred),
            }
        }
    }
}

/// `A1` and `A_1` are both printed as A with the index 1.
fn distinct(names: &[(&str, Span)]) -> Found<()> {
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    for (name, span) in names {
        if let Some(first) = known.insert(name.replace('_', ""), name) {
            return Err(ExpressionError::Alike { first: first.into(), second: (*name).into(), span: *span });
        }
    }
    Ok(())
}

struct Inference<'a> {
    tree: &'a Tree,
    given: &'a Given,
    scalars: &'a BTreeSet<&'a str>,
    sizes: Sizes,
    names: Vec<(&'a str, Sort)>,
    identities: BTreeMap<Part, Side>,
    sorts: Vec<Sort>,
    one: Side,
}

impl<'a> Inference<'a> {
    fn new(tree: &'a Tree, given: &'a Given, scalars: &'a BTreeSet<&'a str>) -> Self {
        let mut sizes = Sizes::default();
        let one = sizes.known(Dim::one());
        Self { tree, given, scalars, sizes, names: Vec::new(), identities: BTreeMap::new(), sorts: Vec::new(), one }
    }

    /// What was found, and whether no matrix turned out to be a row, a column or an entry.
    fn run(mut self) -> Found<(Inferred, bool)> {
        for (name, _) in self.tree.names() {
            if let Some(sort) = self.of_name(name) {
                self.names.push((name, sort));
            }
        }
        for node in &self.tree.0 {
            let sort = self.sort(node.span, &node.syntax)?;
            self.sorts.push(sort);
        }
        let sides = self.names.iter().flat_map(|(_, sort)| match sort {
            Sort::Scalar => Vec::new(),
            Sort::Matrix(rows, columns) => vec![*rows, *columns],
        });
        let sides: Vec<Side> = sides.chain(self.identities.values().copied()).collect();
        let taken = self.taken();
        self.sizes.name(sides, &taken);
        let dim = |side: Side| self.sizes.dim(side).cloned().unwrap_or_else(Dim::one);
        let mut natural = true;
        let variables = self.names.iter().map(|(name, sort)| {
            let declaration = self.given.of(name);
            let shape = match sort {
                Sort::Scalar => Shape::Scalar,
                Sort::Matrix(rows, columns) => Shape::Matrix(dim(*rows), dim(*columns)),
            };
            if let (Shape::Matrix(rows, columns), None) = (&shape, declaration) {
                let capital = name.starts_with(|c: char| c.is_uppercase());
                natural &= !rows.is_one() && (!capital || !columns.is_one());
            }
            Variable {
                name: (*name).to_owned(),
                shape,
                property: declaration.map_or(Property::None, |found| found.property),
                sign: declaration.map_or(Sign::Any, |found| found.sign),
                is_given: declaration.is_some(),
            }
        });
        let variables = variables.collect();
        let identities = self.identities.iter().map(|(part, side)| (*part, dim(*side))).collect();
        Ok((Inferred { variables, identities }, natural))
    }

    /// Names that no side may get: of variables, of dimensions, and what formulas write otherwise.
    fn taken(&self) -> BTreeSet<String> {
        let of_given = self.given.0.iter().flat_map(|declaration| &declaration.sides).flat_map(Dim::names);
        let of_tree = self.tree.names().into_iter().map(|(name, _)| name);
        let constants = self.tree.0.iter().filter_map(|node| match &node.syntax {
            Syntax::Constant(_, sizes) => Some(sizes),
            _ => None,
        });
        let sizes = constants.flatten().map(|size| size.text.as_str());
        of_given.chain(of_tree).chain(sizes).map(str::to_owned).collect()
    }

    /// What a name is; none of a dimension.
    fn of_name(&mut self, name: &str) -> Option<Sort> {
        if let Some(declaration) = self.given.of(name) {
            return Some(match &declaration.sides[..] {
                [] => Sort::Scalar,
                [rows] => Sort::Matrix(self.sizes.known(rows.clone()), self.one),
                [rows, columns, ..] => Sort::Matrix(self.sizes.known(rows.clone()), self.sizes.known(columns.clone())),
            });
        }
        if self.given.has_dimension(name) || self.is_dimension(name) {
            return None;
        }
        if is_small_greek(name) || self.scalars.contains(name) {
            return Some(Sort::Scalar);
        }
        let rows = self.sizes.free();
        let capital = name.starts_with(|c: char| c.is_uppercase());
        let columns = if capital { self.sizes.free() } else { self.one };
        Some(Sort::Matrix(rows, columns))
    }

    /// Whether a constant of the expression has it as a side: the m of I(m).
    fn is_dimension(&self, name: &str) -> bool {
        self.tree.0.iter().any(|node| match &node.syntax {
            Syntax::Constant(_, sizes) => sizes.iter().any(|size| size.text == name),
            _ => false,
        })
    }

    /// The sort with a 1 × 1 matrix as the scalar that it is.
    fn settled(&self, sort: Sort) -> Sort {
        match sort {
            Sort::Matrix(rows, columns) if self.sizes.is_one(rows) && self.sizes.is_one(columns) => Sort::Scalar,
            other => other,
        }
    }

    fn at(&self, part: Part) -> Sort {
        self.settled(self.sorts[part.0])
    }

    fn operand(&self, part: Part) -> Operand {
        let dim = |side: Side| self.sizes.dim(side).map(ToString::to_string);
        let shape = match self.at(part) {
            Sort::Scalar => "a scalar".to_owned(),
            Sort::Matrix(rows, columns) => match (dim(rows), dim(columns)) {
                (None, None) => "a matrix".to_owned(),
                (None, Some(one)) if one == "1" => "a column".to_owned(),
                (Some(one), None) if one == "1" => "a row".to_owned(),
                (rows, columns) => {
                    let [rows, columns] = [rows, columns].map(|side| side.unwrap_or_else(|| "?".to_owned()));
                    format!("{rows} × {columns}")
                }
            },
        };
        Operand { shape, span: self.tree.at(part).span }
    }

    fn sort(&mut self, span: Span, syntax: &Syntax) -> Found<Sort> {
        let sort = match syntax {
            Syntax::Name(name) => {
                let known = self.names.iter().find(|(known, _)| known == name);
                known.map_or(Sort::Scalar, |(_, sort)| *sort)
            }
            Syntax::Number(_) => Sort::Scalar,
            Syntax::Negative(a) | Syntax::EntrywisePower(a, _) => self.at(*a),
            Syntax::Transpose(a) => match self.at(*a) {
                Sort::Scalar => Sort::Scalar,
                Sort::Matrix(rows, columns) => Sort::Matrix(columns, rows),
            },
            Syntax::Power(a, exponent) => match self.at(*a) {
                Sort::Scalar => Sort::Scalar,
                Sort::Matrix(..) => {
                    let whole = exponent.coefficient().is_integer();
                    let power = *exponent.coefficient().numer();
                    if !whole || power == 0 || power.unsigned_abs() > u64::from(super::MAX_POWER) {
                        return Err(ExpressionError::MatrixPower { base: self.operand(*a), span });
                    }
                    self.square(*a, "A power")?
                }
            },
            Syntax::Binary(operator, [a, b]) => self.binary(*operator, *a, *b, span)?,
            Syntax::Apply(function, _, a) => self.apply(*function, *a, span)?,
            Syntax::Constant(constant, sizes) => self.constant(*constant, sizes)?,
        };
        Ok(self.settled(sort))
    }

    fn square(&mut self, part: Part, what: &'static str) -> Found<Sort> {
        match self.at(part) {
            Sort::Matrix(rows, columns) if self.sizes.fit(rows, columns) => {
                self.sizes.unify(rows, columns);
                Ok(Sort::Matrix(rows, columns))
            }
            Sort::Scalar => Ok(Sort::Scalar),
            Sort::Matrix(..) => Err(ExpressionError::NotSquare { what, operand: self.operand(part) }),
        }
    }

    #[allow(clippy::many_single_char_names, reason = "as books write the sides of both")]
    fn binary(&mut self, operator: Binary, a: Part, b: Part, span: Span) -> Found<Sort> {
        let misfit = |found: &Self| ExpressionError::Misfit {
            sign: operator.sign(),
            operands: Box::new([found.operand(a), found.operand(b)]),
            repair: found.transposes(operator, a, b),
        };
        match (operator, self.at(a), self.at(b)) {
            (_, Sort::Scalar, Sort::Scalar) => Ok(Sort::Scalar),
            (Binary::Over, sort, Sort::Scalar) => Ok(sort),
            (Binary::Over, ..) => Err(ExpressionError::DividedByMatrix { operand: self.operand(b) }),
            // A scalar scales, and is added to every entry.
            (_, Sort::Scalar, other) | (_, other, Sort::Scalar) => Ok(other),
            (Binary::Times, Sort::Matrix(rows, inner), Sort::Matrix(other, columns)) => {
                if self.sizes.unify(inner, other) { Ok(Sort::Matrix(rows, columns)) } else { Err(misfit(self)) }
            }
            (Binary::Kronecker, Sort::Matrix(m, k), Sort::Matrix(p, q)) => {
                let rows = self.product(m, p, span)?;
                let columns = self.product(k, q, span)?;
                Ok(Sort::Matrix(rows, columns))
            }
            (
                Binary::Plus | Binary::Minus | Binary::Hadamard | Binary::Divide,
                Sort::Matrix(rows, columns),
                Sort::Matrix(others, other_columns),
            ) => {
                let fits = self.sizes.fit(rows, others) && self.sizes.fit(columns, other_columns);
                if !fits || !self.sizes.unify(rows, others) || !self.sizes.unify(columns, other_columns) {
                    return Err(misfit(self));
                }
                Ok(Sort::Matrix(rows, columns))
            }
        }
    }

    /// m k, where both are known.
    fn product(&mut self, m: Side, k: Side, span: Span) -> Found<Side> {
        let taken = self.taken();
        self.sizes.name([m, k], &taken);
        let both = self.sizes.dim(m).zip(self.sizes.dim(k)).and_then(|(m, k)| m.times(k).ok());
        both.map(|dim| self.sizes.known(dim)).ok_or(ExpressionError::TooLarge { span })
    }

    /// Which operand has to be transposed so that they fit.
    fn transposes(&self, operator: Binary, a: Part, b: Part) -> Option<Operand> {
        let (Sort::Matrix(rows, inner), Sort::Matrix(other, columns)) = (self.at(a), self.at(b)) else { return None };
        let fits = if operator == Binary::Times {
            [self.sizes.fit(rows, other), self.sizes.fit(inner, columns)]
        } else {
            let both = self.sizes.fit(rows, columns) && self.sizes.fit(inner, other);
            [false, both]
        };
        match fits {
            [true, _] => Some(self.operand(a)),
            [false, true] => Some(self.operand(b)),
            [false, false] => None,
        }
    }
}
