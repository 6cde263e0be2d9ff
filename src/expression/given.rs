//! `x [n]; A [m, n] posdef; c scalar` → what is given of each name.

use std::collections::BTreeSet;

use super::{error::ExpressionError, tokens::plain};
use crate::{expr::Structure, shape::Dim, source::Span};

/// What is given of all names, in the order in which it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given(pub Vec<Declaration>);

/// What is given of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The name.
    pub name: String,
    /// Its sides, two of a matrix, one of a column, none of a scalar.
    pub sides: Vec<Dim>,
    /// What else is known.
    pub property: Property,
    /// Whether all entries are above 0.
    pub sign: Sign,
    /// Where it stands in the text of all declarations.
    pub span: Span,
}

/// What is known of the entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sign {
    /// Nothing.
    #[default]
    Any,
    /// `pos`: above 0.
    Positive,
    /// `big`: far above 0, so that what is subtracted stays below it.
    Big,
}

/// What is known of a matrix as a whole.
pub type Property = Structure;

/// The words for what is known of a matrix.
pub const PROPERTIES: [(&str, Property); 9] = [
    ("symmetric", Property::Symmetric),
    ("sym", Property::Symmetric),
    ("skew", Property::Skew),
    ("diagonal", Property::Diagonal),
    ("orthogonal", Property::Orthogonal),
    ("posdef", Property::PositiveDefinite),
    ("spd", Property::PositiveDefinite),
    ("psd", Property::Symmetric),
    ("general", Property::None),
];

impl Given {
    /// Reads declarations.
    ///
    /// # Errors
    /// What is no declaration, a name that is declared twice, and a property of a square matrix said of another.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let mut found: Vec<Declaration> = Vec::new();
        let mut known: BTreeSet<String> = BTreeSet::new();
        let mut start = 0;
        for part in text.split([';', '\n']) {
            let span = Span::new(start, start + part.len());
            start += part.len() + 1;
            let Some(declaration) = declaration(part, span)? else { continue };
            if !known.insert(declaration.name.clone()) {
                return Err(ExpressionError::DeclaredTwice { name: declaration.name, span: declaration.span });
            }
            found.push(declaration);
        }
        Ok(Self(found))
    }

    /// What is given of the name.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&Declaration> {
        self.0.iter().find(|declaration| declaration.name == name)
    }

    /// Whether it is a dimension of something.
    #[must_use]
    pub fn has_dimension(&self, name: &str) -> bool {
        self.0.iter().flat_map(|declaration| &declaration.sides).any(|side| side.as_name() == Some(name))
    }
}

/// `declaration ::= name ("[" dimension ("," dimension)? "]" | "scalar") property*`
fn declaration(part: &str, place: Span) -> Result<Option<Declaration>, ExpressionError> {
    let text = part.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let start = place.start + (part.len() - part.trim_start().len());
    let span = Span::new(start, start + text.len());
    let faulty = || ExpressionError::Declaration { text: text.into(), span };
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(faulty());
    }
    let rest = rest.trim_start().trim_start_matches([':', '∈']).trim_start();
    let (sides, words) = match rest.strip_prefix('[') {
        Some(inside) => {
            let (inside, words) = inside.split_once(']').ok_or_else(faulty)?;
            let sides: Vec<Dim> = inside
                .split([',', '×'])
                .map(|side| dimension(side.trim()).ok_or_else(faulty))
                .collect::<Result<_, _>>()?;
            (sides, words)
        }
        None => (Vec::new(), rest.strip_prefix("scalar").ok_or_else(faulty)?),
    };
    if sides.len() > 2 {
        return Err(faulty());
    }
    let mut declaration = Declaration { name: plain(name), sides, property: Property::None, sign: Sign::Any, span };
    for word in words.split([' ', ',']).map(str::trim).filter(|word| !word.is_empty()) {
        match (word, PROPERTIES.iter().find(|(known, _)| *known == word)) {
            ("pos" | "positive", _) => declaration.sign = Sign::Positive,
            ("big", _) => declaration.sign = Sign::Big,
            (_, Some((_, property))) => {
                let square = matches!(&declaration.sides[..], [rows, columns] if rows == columns);
                if !square && *property != Property::None {
                    return Err(ExpressionError::NotSquareProperty { name: name.into(), property: word.into(), span });
                }
                declaration.property = both(declaration.property, *property).ok_or_else(|| {
                    let words = [declaration.property, *property].map(word_of);
                    ExpressionError::Properties { name: name.into(), words, span }
                })?;
            }
            (_, None) => return Err(ExpressionError::UnknownProperty { word: word.into(), span }),
        }
    }
    Ok(Some(declaration))
}

/// What says both, if one word does.
fn both(one: Property, other: Property) -> Option<Property> {
    use Structure::{Diagonal, None as General, PositiveDefinite, Symmetric};
    match (one, other) {
        (General, known) | (known, General) => Some(known),
        (Symmetric, known @ (PositiveDefinite | Diagonal)) | (known @ (PositiveDefinite | Diagonal), Symmetric) => {
            Some(known)
        }
        (one, other) => (one == other).then_some(one),
    }
}

fn word_of(property: Property) -> &'static str {
    PROPERTIES.iter().find(|(_, known)| *known == property).map_or("", |(word, _)| word)
}

fn dimension(text: &str) -> Option<Dim> {
    if let Ok(number) = text.parse::<u64>() {
        return Dim::number(number).ok();
    }
    let initial = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let word = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (initial && word).then(|| Dim::name(text))
}
