//! The cells of a column of classes → the classes in order, and the class of each row.

use std::cmp::Ordering;

use indexmap::IndexMap;

use super::{Place, TableError, header::list, shown};

/// The distinct labels so far, with the byte at which the first row that has each begins, and the label of each row. Of
/// bytes only a message makes lines: there may be as many labels as rows.
#[derive(Debug, Default)]
pub(super) struct Labels {
    distinct: IndexMap<String, u64>,
    rows: Vec<usize>,
}

/// Classes in the order of Y's columns.
pub(super) struct Classes {
    /// As the first row of each class writes it.
    pub names: Vec<String>,
    /// The class of each row.
    pub rows: Vec<usize>,
}

impl Labels {
    /// Adds the cell of the row that begins at the byte `start`.
    pub fn push(&mut self, label: &str, start: u64, place: impl Fn() -> Place) -> Result<(), TableError> {
        if label.parse().is_ok_and(|number: f64| !number.is_finite()) {
            return Err(TableError::NoClass { place: place(), found: shown(label) });
        }
        let index = match self.distinct.get_index_of(label) {
            Some(index) => index,
            None => self.distinct.insert_full(label.to_owned(), start).0,
        };
        self.rows.push(index);
        Ok(())
    }

    /// By value if all labels are numbers, then `1` and `1.0` are one class; else by bytes. They must be as many as
    /// the output has features, if that is known.
    pub fn classes(
        self,
        column: &str,
        width: Option<u64>,
        place: impl Fn(u64) -> Place,
    ) -> Result<Classes, TableError> {
        let order = self.order(&place)?;
        let mut names = vec![String::new(); order.iter().map(|(_, class)| class + 1).max().unwrap_or(0)];
        let mut class_of = vec![0; order.len()];
        for (index, class) in order {
            class_of[index] = class;
            // Of two ways to write a number the first row's stays.
            if names[class].is_empty() {
                names[class].clone_from(&self.distinct.keys()[index]);
            }
        }
        match width.map(|width| usize::try_from(width).unwrap_or(usize::MAX)) {
            Some(width) if width < names.len() => {
                let label = &names[width];
                let (place, found) = (place(self.distinct[label]), shown(label));
                Err(TableError::UnknownClass { place, found, count: names.len(), width })
            }
            Some(width) if width > names.len() => {
                Err(TableError::FewClasses { column: shown(column), classes: list(&names), count: names.len(), width })
            }
            Some(_) | None => Ok(Classes { names, rows: self.rows.iter().map(|label| class_of[*label]).collect() }),
        }
    }

    /// Each label with its class, from the first class to the last; labels of one class as they came.
    fn order(&self, place: impl Fn(u64) -> Place) -> Result<Vec<(usize, usize)>, TableError> {
        let labels = &self.distinct;
        let mut order: Vec<usize> = (0..labels.len()).collect();
        let Some(numbers) = labels.keys().map(|label| label.parse().ok()).collect::<Option<Vec<f64>>>() else {
            order.sort_by(|a, b| labels.keys()[*a].cmp(&labels.keys()[*b]));
            return Ok(order.into_iter().enumerate().map(|(class, index)| (index, class)).collect());
        };
        if let Some(((found, start), _)) = labels.iter().zip(&numbers).find(|(_, number)| number.fract() != 0.0) {
            return Err(TableError::NoClass { place: place(*start), found: shown(found) });
        }
        // Stable, and −0 is 0.
        order.sort_by(|a, b| numbers[*a].partial_cmp(&numbers[*b]).unwrap_or(Ordering::Equal));
        let mut class = 0;
        let classes = order.iter().enumerate().map(|(place, index)| {
            let is_new = place.checked_sub(1).is_some_and(|before| numbers[order[before]] < numbers[*index]);
            class += usize::from(is_new);
            (*index, class)
        });
        Ok(classes.collect())
    }
}
