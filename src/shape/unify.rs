//! Two dimensions that must be equal → the [`Reason`] why they are, or a [`Mismatch`].

use super::{Dim, Mismatch};

/// A dimension as it was written, and what it is with the values of `let` put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// In the names of the spec.
    pub written: Dim,
    /// In the names that are still free.
    pub value: Dim,
}

impl Extent {
    /// The same dimension on the axis of samples.
    #[must_use]
    pub fn on_batch_axis(&self) -> Self {
        Self { written: self.written.on_batch_axis(), value: self.value.on_batch_axis() }
    }

    /// The names that have a value, sorted.
    #[must_use]
    pub fn bound_names(&self) -> Vec<&str> {
        let free = self.value.names();
        self.written.names().into_iter().filter(|name| !free.contains(name)).collect()
    }
}

/// Why two dimensions are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// They are the same polynomial as written: `2*(a + b)` and `2*a + 2*b`.
    Identity,
    /// They are once these names have their values: `f3` and `10` after `let f3 = 10`. Sorted.
    Binding(Vec<String>),
}

/// Compares what is expected with what is found. Names are rigid: nothing is bound here.
///
/// # Errors
/// A [`Mismatch`] of the two if they are different polynomials on any axis, with all values put in.
pub fn unify(expected: &Extent, found: &Extent) -> Result<Reason, Mismatch> {
    if expected.written == found.written {
        return Ok(Reason::Identity);
    }
    if expected.value != found.value {
        return Err(Mismatch { expected: expected.clone(), found: found.clone() });
    }
    let mut names: Vec<String> =
        [expected, found].into_iter().flat_map(Extent::bound_names).map(String::from).collect();
    names.sort_unstable();
    names.dedup();
    Ok(Reason::Binding(names))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(dim: &Dim) -> Extent {
        Extent { written: dim.clone(), value: dim.clone() }
    }

    #[test]
    fn a_name_equals_itself_and_no_other() {
        let (f, g) = (free(&Dim::name("f")), free(&Dim::name("g")));
        assert_eq!(unify(&f, &f), Ok(Reason::Identity));
        assert_eq!(unify(&f, &g), Err(Mismatch { expected: f, found: g }));
    }

    #[test]
    fn a_bound_name_equals_its_number_because_of_its_binding() {
        let ten = free(&Dim::number(10).unwrap());
        let f = Extent { written: Dim::name("f"), value: Dim::number(10).unwrap() };
        assert_eq!(unify(&ten, &f), Ok(Reason::Binding(vec!["f".into()])));
    }

    #[test]
    fn samples_are_no_features() {
        let n = free(&Dim::name("n"));
        assert!(unify(&n.on_batch_axis(), &n).is_err());
    }
}
