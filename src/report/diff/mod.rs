//! The derivative of an expression → its page: the formula first, then what shapes its names have, and how it was checked.

mod steps;

use super::{
    evaluation::{entries_of, largest},
    signs,
    words::{count, scientific},
};
use crate::{
    document::{Block, Document, Equation, Notation, Relation, Sentence, Typesetter, sentence},
    expr::{ExprId, Structure, SymbolId},
    expression::given::Sign,
    expression::infer::Variable,
    pipeline::diff::{At, Constraint, Course, Derivative, Kind, Layout, Unchecked},
    shape::Shape,
};

/// The page of a derivative, with what led to it as far as that is asked for.
pub fn diff<'d>(found: &Derivative, course: &Course) -> Document<'d> {
    page(found, course, None)
}

/// The same with the values of the expression and of its derivative at the arrays of a file of this name.
pub fn at<'d>(found: &Derivative, course: &Course, origin: &str, values: &At) -> Document<'d> {
    page(found, course, Some((origin, values)))
}

fn page<'d>(found: &Derivative, course: &Course, values: Option<(&str, &At)>) -> Document<'d> {
    let mut page = Document::titled("Derivative");
    let set = Typesetter::new(&found.arena).of_no_network();
    let f = Notation::letter(letter(found));
    let equation = |left, value| Equation {
        left,
        relation: Relation::Equal,
        right: set.formula(value),
        shape: Some(found.arena.shape(value).clone()),
    };
    page.equation(equation(left(found, &set, &f), found.value));
    page.blocks.push(Block::Assumption(sentence!(
        "where {} = {}, {}",
        f.clone(),
        set.formula(found.of).without_shapes(),
        sort(found)
    )));
    if let Some((origin, values)) = values {
        self::values(&mut page, found, origin, values);
    }
    page.paragraph(shapes(found, &set));
    let kind = kind(found, &set);
    page.blocks.extend((!kind.0.is_empty()).then_some(Block::Remark(kind)));
    if course.is_asked() {
        steps::stages(&mut page, found, course);
    }
    page.paragraphs(apart(found));
    page.paragraph(checked(found));
    page.paragraphs(course.proofs.as_ref().map(steps::evaluated));
    if let Some(limit) = &found.limit {
        page.paragraph(format!(
            "The formula is right, and there may be a shorter one: the search for it stopped at a limit, {limit}."
        ));
    }
    let taken = found.inferred.variables.iter().map(|variable| variable.name.as_str()).collect();
    let shown =
        [vec![found.value, found.of], if course.is_asked() { course.lines(found) } else { Vec::new() }].concat();
    let signs = signs::of_expression(&found.arena, &shown, &taken);
    if !signs.is_empty() {
        page.blocks.push(Block::Notation(signs));
    }
    page
}

fn values(page: &mut Document, found: &Derivative, origin: &str, At { value, derivative }: &At) {
    let set = Typesetter::new(&found.arena).of_no_network();
    let f = Notation::letter(letter(found));
    page.paragraph(format!("At the arrays of {origin}:"));
    for (name, array) in [(f.clone(), value), (left(found, &set, &f), derivative)] {
        match array.iter().next() {
            Some(single) if array.len() == 1 => page.paragraph(sentence!("{} = {}", name, Notation::Real(*single))),
            _ => {
                let size = format!("{} × {}", array.nrows(), array.ncols());
                let largest = scientific(largest(array));
                page.paragraph(sentence!("{} is {}, its entries at most {} in size.", name.clone(), size, largest));
                entries_of(page, name, array);
            }
        }
    }
}

/// The formula alone.
pub fn formula(found: &Derivative) -> Notation {
    formula_of(found, found.value)
}

fn formula_of(found: &Derivative, id: ExprId) -> Notation {
    Typesetter::new(&found.arena).of_no_network().formula(id).without_shapes()
}

/// A letter for the expression that none of its names has.
fn letter(found: &Derivative) -> &'static str {
    found.arena.free_letter(["f", "g", "h", "φ", "ψ", "F", "G"]).unwrap_or("result")
}

/// ∂f/∂X, ∂²f/∂x², of a Jacobian of matrices ∂vec(F)/∂vec(X).
fn left(found: &Derivative, set: &Typesetter, f: &Notation) -> Notation {
    let x = set.name(found.variable());
    let is_wide = |shape: &Shape| shape.dims().is_some_and(|(rows, columns)| !columns.is_one() && !rows.is_one());
    let symbol = found.arena.symbol(found.variable());
    let vec = |notation: &Notation, wide: bool| {
        if wide { Notation::apply("vec", false, None, notation.clone()) } else { notation.clone() }
    };
    let of_variable = is_wide(&Shape::Matrix(symbol.rows.clone(), symbol.columns.clone()));
    match found.kind {
        Kind::Gradient => Notation::partial(f.clone(), x),
        Kind::Jacobian => {
            let of = is_wide(found.arena.shape(found.of)) && !found.is_by_scalar();
            Notation::partial(vec(f, of), vec(&x, of_variable))
        }
        Kind::Hessian => Notation::letter("H"),
        Kind::HessianProduct => {
            let direction =
                found.direction.as_ref().map_or(Notation::Number(1), |direction| set.name(direction.symbol));
            Notation::apply("H", false, None, direction)
        }
    }
}

fn sort(found: &Derivative) -> Sentence {
    Sentence::of(match found.arena.shape(found.of) {
        Shape::Scalar => "a scalar.",
        Shape::Matrix(_, columns) if columns.is_one() => "a column.",
        Shape::Matrix(..) => "a matrix.",
    })
}

/// The names with their shapes.
fn shapes(found: &Derivative, set: &Typesetter) -> Sentence {
    let word = |(variable, symbol): (&Variable, &SymbolId)| {
        let sentence = Sentence::from(set.name(*symbol));
        let sentence = match &variable.shape {
            Shape::Scalar => sentence.words(" is a scalar"),
            shape @ Shape::Matrix(..) => sentence.words(" is ").math(Notation::Shape(shape.clone())),
        };
        let property = match variable.property {
            Structure::None => "",
            Structure::Symmetric => ", symmetric",
            Structure::Skew => ", skew-symmetric",
            Structure::Diagonal => ", diagonal",
            Structure::Orthogonal => ", orthogonal",
            Structure::PositiveDefinite => ", symmetric and positive definite",
        };
        let sign = if variable.sign == Sign::Any { "" } else { ", its entries above 0" };
        sentence.words(property).words(sign)
    };
    let list = |given: bool| {
        let all = found.inferred.variables.iter().zip(&found.symbols);
        let chosen = all.filter(|(variable, _)| variable.is_given == given);
        chosen.map(word).reduce(|all, next| all.words("; ").then(next))
    };
    match (list(true), list(false)) {
        (Some(given), None) => sentence!("As given, {}.", given),
        (None, Some(found)) => sentence!("As the expression asks, {}.", found),
        (Some(given), Some(found)) => sentence!("As given, {}; as the expression asks, {}.", given, found),
        (None, None) => Sentence::default(),
    }
}

/// What the derivative is, where that is a convention.
fn kind(found: &Derivative, set: &Typesetter) -> Sentence {
    let x = set.name(found.variable());
    match (found.kind, found.constraint) {
        (Kind::Gradient, None) if found.is_by_scalar() => Sentence::default(),
        (Kind::Gradient, None) if found.layout == Layout::Numerator => {
            sentence!("In numerator layout the gradient has the shape of {}.", x.transposed())
        }
        (Kind::Gradient, None) => sentence!("The gradient has the shape of {}.", x),
        (Kind::Jacobian, _) if found.is_by_scalar() => "The derivative has the shape of the expression.".into(),
        (Kind::Gradient, Some(Constraint::Symmetric)) => sentence!(
            "{} is taken from the symmetric matrices, and the gradient is one of them: (G + Gᵀ)/2 of the gradient G by free entries.",
            x
        ),
        (Kind::Gradient, Some(Constraint::SymmetricEntries)) => sentence!(
            "{} is symmetric, and each entry off the diagonal moves with its mirror image: the derivatives by the entries on and above the diagonal.",
            x
        ),
        (Kind::Gradient, Some(Constraint::Skew)) => {
            sentence!("{} is taken from the skew-symmetric matrices, and so is the gradient.", x)
        }
        (Kind::Gradient, Some(Constraint::Diagonal)) => {
            sentence!("{} is taken from the diagonal matrices, and so is the gradient.", x)
        }
        (Kind::Jacobian, _) if found.is_free() => sentence!(
            "A row for each entry of the expression, a column for each entry of {}, which all move freely.",
            x
        ),
        (Kind::Hessian, _) if found.is_free() => {
            sentence!("A row and a column for each entry of {}, which all move freely.", x)
        }
        (Kind::Jacobian, _) => sentence!("A row for each entry of the expression, a column for each entry of {}.", x),
        (Kind::Hessian, _) => sentence!("A row and a column for each entry of {}.", x),
        (Kind::HessianProduct, _) => {
            let direction =
                found.direction.as_ref().map_or(Notation::Number(1), |direction| set.name(direction.symbol));
            sentence!("The Hessian by {} times the direction {}, which has the shape of {}.", x.clone(), direction, x)
        }
    }
}

fn apart(found: &Derivative) -> Vec<String> {
    let product = |word: &String| word.chars().map(String::from).collect::<Vec<_>>().join(" ");
    let said = |word| format!("{word} is read as the product {}; declare {word} if it is one name.", product(word));
    found.apart.iter().map(said).collect()
}

fn checked(found: &Derivative) -> String {
    let checked = match &found.checked {
        Ok(checked) => checked,
        Err(Unchecked::NotFinite) => {
            return "Not checked: no random values were found at which the expression has a finite value.".into();
        }
        Err(Unchecked::TooLarge) => {
            return "Not checked: the arrays are larger than those that are drawn. With letters for the dimensions the same formula is checked.".into();
        }
    };
    format!(
        "Checked on {}: relative to its largest entry, the formula differs from derivatives by dual numbers by at most {}, and \
         from central differences by at most {}.",
        count(checked.draws, "random draw"),
        scientific(checked.error),
        scientific(checked.differences),
    )
}
