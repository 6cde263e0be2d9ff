//! A scalar and what it scales → notation: numbers and dimensions before or below the body, or in its first factor.

use crate::{
    document::{Entrywise, Notation},
    expr::Scalar,
};

/// What a scalar before a product is written with; a quotient is scaled as a whole.
pub(super) fn first_factor(notation: &mut Notation) -> Option<&mut Notation> {
    if let Notation::Product(factors) = notation {
        return factors.first_mut();
    }
    let Notation::Hadamard(factors) = notation else { return None };
    let quotient = factors.iter().any(|(joint, _)| *joint == Entrywise::Over);
    factors.first_mut().filter(|_| !quotient).map(|(_, first)| first)
}

/// Scales a factor inside its shape.
pub(super) fn rescaled(scalar: &Scalar, factor: Notation) -> Notation {
    if scalar.is_one() {
        factor
    } else if let Notation::Shaped(inner, shape, origin) = factor {
        Notation::Shaped(Box::new(rescaled(scalar, *inner)), shape, origin)
    } else if let Notation::Group(inner) = factor {
        scaled(scalar, *inner)
    } else {
        scaled(scalar, factor)
    }
}

/// `2(Ŷ − Y)/(n·f₃)`: whole numbers and dimensions before or below the body.
pub(super) fn scaled(scalar: &Scalar, body: Notation) -> Notation {
    let coefficient = scalar.coefficient();
    if matches!(body, Notation::Power(..)) && (*coefficient.numer(), *coefficient.denom()) == (1, 2) {
        let half = |body| Notation::Coefficient(Box::new(Notation::Half), Box::new(body));
        return scalar
            .times(&Scalar::integer(2))
            .map_or_else(|| half(body.clone()), |rest| scaled(&rest, half(body.clone())));
    }
    let number = |value: i64| (value != 1).then_some(Notation::Number(value));
    let powers = |sign: i32| {
        let mut chosen: Vec<_> = scalar.powers().filter(|(_, power)| power.signum() == sign).collect();
        chosen.sort_by_key(|(dim, _)| !dim.is_batch());
        chosen
            .into_iter()
            .flat_map(|(dim, power)| (0..power.abs()).map(|_| Notation::Dim(dim.clone())))
            .collect::<Vec<_>>()
    };
    let above: Vec<_> = number(*coefficient.numer()).into_iter().chain(powers(1)).collect();
    let below: Vec<_> = number(*coefficient.denom()).into_iter().chain(powers(-1)).collect();
    let mut result = body;
    if !above.is_empty() {
        let factor = Notation::Scalars(above);
        let one = result == Notation::Number(1);
        result = if one { factor } else { Notation::Coefficient(Box::new(factor), Box::new(result.bracketed())) };
    }
    if !below.is_empty() {
        let top = if matches!(result, Notation::Coefficient(..)) { result } else { result.bracketed() };
        result = Notation::over(top, Notation::Scalars(below));
    }
    result
}

/// The derivative of a square.
pub(super) fn doubled(a: Notation) -> Notation {
    Notation::Coefficient(Box::new(Notation::Scalars(vec![Notation::Number(2)])), Box::new(a.bracketed()))
}
