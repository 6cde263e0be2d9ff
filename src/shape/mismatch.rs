//! Two dimensions that should be equal and are not → the value of one name that would make them so.

use super::{Dim, Extent, MAX_DIM};

/// Two dimensions that should be equal and are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What the place asks for.
    pub expected: Extent,
    /// What arrives there.
    pub found: Extent,
}

/// The value of one name that makes the two equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The name.
    pub name: String,
    /// What it would have to be.
    pub value: u64,
    /// Whether it has another value now.
    pub rebinds: bool,
}

impl Mismatch {
    /// The likeliest repair: a free name that takes a value, else a bound one that takes another. There is
    /// one if a side is c·name + rest, the other a number, and the solution a dimension.
    #[must_use]
    pub fn repair(&self) -> Option<Repair> {
        let sides = [(&self.found, &self.expected), (&self.expected, &self.found)];
        let solved = |dim: &Dim, other: &Dim, rebinds| {
            let (name, value) = solve(dim, other)?;
            Some(Repair { name: name.into(), value, rebinds })
        };
        let free = sides.iter().find_map(|(side, other)| solved(&side.value, &other.value, false));
        free.or_else(|| sides.iter().find_map(|(side, other)| solved(&side.written, &other.value, true)))
    }
}

/// The `name` and x of `c·name + rest = total` for which it holds, if 1 ≤ x ≤ 2³¹ − 1 is an integer.
fn solve<'a>(dim: &'a Dim, total: &Dim) -> Option<(&'a str, u64)> {
    let (coefficient, name, rest) = dim.unknown()?;
    let product = total.as_number()?.checked_sub(rest)?;
    let value = product / coefficient;
    (product % coefficient == 0 && (1..=MAX_DIM).contains(&value)).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: u64) -> Dim {
        Dim::number(value).unwrap()
    }

    fn free(dim: &Dim) -> Extent {
        Extent { written: dim.clone(), value: dim.clone() }
    }

    fn repair(expected: Extent, found: Extent) -> Option<(String, u64, bool)> {
        Mismatch { expected, found }.repair().map(|repair| (repair.name, repair.value, repair.rebinds))
    }

    #[test]
    fn a_free_name_is_bound_on_either_side() {
        let (three, f) = (free(&number(3)), free(&Dim::name("f")));
        assert_eq!(repair(three.clone(), f.clone()), Some(("f".into(), 3, false)));
        assert_eq!(repair(f, three), Some(("f".into(), 3, false)));
    }

    #[test]
    fn only_an_integer_solves() {
        let odd = number(4).times(&Dim::name("d")).unwrap().plus(&number(1)).unwrap();
        assert_eq!(repair(free(&number(13)), free(&odd)), Some(("d".into(), 3, false)));
        assert_eq!(repair(free(&number(12)), free(&odd)), None);
        assert_eq!(repair(free(&number(1)), free(&odd)), None, "0 is no dimension");
    }

    #[test]
    fn a_bound_name_is_bound_anew() {
        let five = Extent { written: Dim::name("f"), value: number(5) };
        assert_eq!(repair(free(&number(3)), five), Some(("f".into(), 3, true)));
    }

    #[test]
    fn two_free_names_have_no_repair() {
        assert_eq!(repair(free(&Dim::name("f")), free(&Dim::name("g"))), None);
    }
}
