//! A dimension as written → its polynomial, with the values of `let` put in.

use super::{names, scope::Scope};
use crate::{
    shape::{Dim, DimError, Extent},
    source::{Diagnostic, Kind, Span, Spanned},
    spec::syntax::{DimSyntax, Name},
};

/// Something that is no dimension, and where.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
struct DimensionError {
    cause: DimError,
    span: Span,
    remark: &'static str,
}

impl From<DimensionError> for Diagnostic {
    fn from(error: DimensionError) -> Self {
        let help = match error.cause {
            DimError::Range => "write smaller numbers",
            DimError::Terms => "no option raises the limit: give it a name of its own, as `d`",
        };
        let kind = if error.cause == DimError::Terms { Kind::Limit } else { Kind::Shape };
        Self::error(kind, error.to_string()).at(error.span, error.remark).help(help)
    }
}

/// Reads a dimension and notes the names in it; `None` if it is none, which is reported.
pub(super) fn read(
    syntax: &Spanned<DimSyntax>,
    scope: &mut Scope,
    report: &mut Vec<Diagnostic>,
) -> Option<Spanned<Extent>> {
    note_names(syntax, scope, report);
    let written = polynomial(syntax).map_err(|error| report.push(error.into())).ok()?;
    let span = syntax.span;
    match scope.extent(written.clone()) {
        Ok(extent) => Some(Spanned::new(extent, span)),
        Err(cause) => {
            let error = DimensionError { cause, span, remark: "with the values of its names this is more" };
            report.push(scope.explain(written.names().into_iter(), error.into()));
            None
        }
    }
}

fn note_names(syntax: &Spanned<DimSyntax>, scope: &mut Scope, report: &mut Vec<Diagnostic>) {
    match &syntax.value {
        DimSyntax::Number(_) => {}
        DimSyntax::Name(name) => {
            if scope.note_use(name, syntax.span) {
                names::check_free(&Name::new(name.clone(), syntax.span), "dimension", report);
            }
        }
        DimSyntax::Sum(operands) | DimSyntax::Product(operands) => {
            for operand in operands {
                note_names(operand, scope, report);
            }
        }
    }
}

/// A dimension as its polynomial, no values put in.
///
/// # Errors
/// A number out of range, or a polynomial too large.
pub fn dimension(syntax: &Spanned<DimSyntax>) -> Result<Dim, Diagnostic> {
    polynomial(syntax).map_err(Diagnostic::from)
}

fn polynomial(syntax: &Spanned<DimSyntax>) -> Result<Dim, DimensionError> {
    let fold = |operands: &[Spanned<DimSyntax>], join: fn(&Dim, &Dim) -> Result<Dim, DimError>| {
        let mut dims = operands.iter().map(polynomial);
        let first = dims.next().unwrap_or_else(|| Ok(Dim::one()))?;
        dims.try_fold(first, |left, right| {
            let error = |cause| DimensionError { cause, span: syntax.span, remark: "this comes to more" };
            join(&left, &right?).map_err(error)
        })
    };
    match &syntax.value {
        DimSyntax::Name(name) => Ok(Dim::name(name)),
        DimSyntax::Number(value) => Dim::number(*value).map_err(|cause| {
            let remark = if *value == 0 { "this is less" } else { "this is more" };
            DimensionError { cause, span: syntax.span, remark }
        }),
        DimSyntax::Sum(operands) => fold(operands, Dim::plus),
        DimSyntax::Product(operands) => fold(operands, Dim::times),
    }
}
