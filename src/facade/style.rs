//! How formulas are printed: a format, where shapes stand, where lines are broken.

use crate::render;

/// A format of formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Unicode, as in a textbook.
    Text,
    /// The same in seven bits.
    Ascii,
    /// LaTeX with amsmath, to be included in a document.
    Latex,
    /// Typst, to be included in a document or compiled by itself.
    Typst,
    /// MathML Core, to be embedded in a page.
    Mathml,
    /// A page of its own around the same MathML.
    Html,
}

/// Where shapes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShapePlace {
    /// Under each factor.
    Under,
    /// Nowhere.
    None,
    /// After the formula, each in the place of its factor.
    After,
}

/// How formulas are printed.
///
/// ```
/// use chainrule::{Form, Format, Network, ShapePlace, Style};
/// let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense f2 nobias; loss half_mse")?;
/// let gradient = network.derive(Form::Product)?.get("W2").expect("it has one");
/// let plain = Style::new(Format::Latex).shapes(ShapePlace::None);
/// assert_eq!(gradient.print(plain), r"\frac{\partial J}{\partial W_2} &= A_1^\top \cdot \frac{\hat{Y} - Y}{n}");
/// assert_eq!(gradient.print(Style::new(Format::Ascii).shapes(ShapePlace::After)), "\
/// dJ/dW2 = A1^T * (Yhat - Y)/n
///          f1xn * nxf2 -> f1 x f2");
/// # Ok::<_, chainrule::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style(pub(super) render::Style);

impl Style {
    /// A format with shapes under the factors, in lines of 100 columns.
    #[must_use]
    pub fn new(format: Format) -> Self {
        let format = match format {
            Format::Text => render::Format::Text,
            Format::Ascii => render::Format::Ascii,
            Format::Latex => render::Format::Latex,
            Format::Typst => render::Format::Typst,
            Format::Mathml => render::Format::Mathml,
            Format::Html => render::Format::Html,
        };
        Self(render::Style::new(format))
    }

    /// With shapes in another place.
    #[must_use]
    pub fn shapes(self, place: ShapePlace) -> Self {
        let shapes = match place {
            ShapePlace::Under => render::Shapes::Under,
            ShapePlace::None => render::Shapes::None,
            ShapePlace::After => render::Shapes::After,
        };
        Self(render::Style { shapes, ..self.0 })
    }

    /// With lines broken at this column, where they can be.
    #[must_use]
    pub fn width(self, columns: usize) -> Self {
        Self(render::Style { width: columns, ..self.0 })
    }
}
