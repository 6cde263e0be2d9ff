//! Named matrices: what role a name plays, its shape, and what is known of its entries.

use std::sync::Arc;

use super::Range;
use crate::shape::Dim;

/// The place of a symbol in its arena's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SymbolId(pub(super) u32);

impl SymbolId {
    /// The place as an index of [`Arena::symbols`](super::Arena::symbols).
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a symbol stands for. The derivative is taken with respect to all but the target and the gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// X = A₀
    Input,
    /// Y
    Target,
    /// Wₗ
    Weight,
    /// bₗ, a row
    Bias,
    /// sₗ, the gain of a norm, a row
    Gain,
    /// αₗ, the slope of a prelu, 1 × 1
    Slope,
    /// Mₗ, the mask of a dropout
    Mask,
    /// μₗ, the mean that a norm holds fixed, a row
    Mean,
    /// vₗ, the variance that a norm holds fixed, a row
    Variance,
    /// Eₗ, a constant: the place of a value among others
    Piece,
    /// ω, the weights of classes, a column of constants
    ClassWeights,
    /// rₗ, one over the root of the mean squares of rows or columns, a column or a row
    InverseRms,
    /// Hₗ, what a norm makes of its input before gain and shift
    Normalised,
    /// Zₗ
    PreActivation,
    /// Aₗ
    Activation,
    /// Ŷ = A_L; its name is the target's.
    Prediction,
    /// Δₗ = ∂J/∂Zₗ
    Adjoint,
    /// The entries of a derivative gate Dₗ (Sₗ where the forward gate is the same), a column.
    DerivativeGate,
    /// The entries of a forward gate Gₗ, a column.
    ForwardGate,
    /// The probabilities of a softmax inside the network, a column.
    Probabilities,
    /// The activation matrix Sₗ itself.
    GateMatrix,
    /// Dₗ itself, where the forward gate differs.
    DerivativeGateMatrix,
    /// Gₗ itself, where the derivative gate differs.
    ForwardGateMatrix,
    /// The entries of a value of one sample, a column: aₗ, mₗ, hₗ.
    ValueGate,
    /// Vₗ, vₗ: the direction along which a parameter or an input moves.
    Direction,
    /// Nₗ, by which a norm hands the adjoint of one sample on.
    NormMatrix,
    /// A name of an expression that is no network's.
    Variable,
}

impl Role {
    /// Whether it is the matrix by which one sample's adjoint is handed on: S, D, G, N.
    #[must_use]
    pub fn is_gate_matrix(self) -> bool {
        matches!(self, Self::GateMatrix | Self::DerivativeGateMatrix | Self::ForwardGateMatrix | Self::NormMatrix)
    }

    /// Whether it is the entries of a gate, which are printed as the gate's matrix.
    #[must_use]
    pub fn is_gate_entries(self) -> bool {
        matches!(self, Self::DerivativeGate | Self::ForwardGate | Self::Probabilities)
    }

    /// What programs call it: of what is given its own word, of what is computed that of its kind.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Target => "target",
            Self::Weight => "weight",
            Self::Bias => "bias",
            Self::Gain => "gain",
            Self::Slope => "slope",
            Self::Mask => "mask",
            Self::Mean => "mean",
            Self::Variance => "variance",
            Self::Piece | Self::ClassWeights => "constant",
            Self::InverseRms | Self::Normalised => "norm",
            Self::PreActivation => "pre-activation",
            Self::Activation => "activation",
            Self::Prediction => "prediction",
            Self::Adjoint => "adjoint",
            Self::Direction => "direction",
            Self::DerivativeGate
            | Self::ForwardGate
            | Self::Probabilities
            | Self::GateMatrix
            | Self::DerivativeGateMatrix
            | Self::ForwardGateMatrix
            | Self::ValueGate
            | Self::NormMatrix => "gate",
            Self::Variable => "variable",
        }
    }
}

/// What is known of a square matrix that is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Structure {
    /// Nothing.
    #[default]
    None,
    /// A = Aᵀ
    Symmetric,
    /// A = −Aᵀ
    Skew,
    /// 0 off the diagonal.
    Diagonal,
    /// Aᵀ A = I
    Orthogonal,
    /// Symmetric, and xᵀAx > 0 for every x ≠ 0.
    PositiveDefinite,
}

/// A named matrix.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Symbol {
    /// What it stands for.
    pub role: Role,
    /// The letter, or the user's name for input and target.
    pub name: Arc<str>,
    /// The layer's number or name, if it belongs to one.
    pub label: Option<Arc<str>>,
    /// Whether it belongs to one sample i: a row xᵢ of X, a gate S⁽ⁱ⁾.
    pub sample: bool,
    /// Whether it is how fast what has this name changes along the direction: Żₗ.
    pub tangent: bool,
    /// Rows.
    pub rows: Dim,
    /// Columns.
    pub columns: Dim,
    /// Bounds of its entries.
    pub range: Range,
    /// Assumed of a target under cross-entropy: Σⱼ yᵢⱼ = 1.
    pub rows_sum_to_one: bool,
    /// What is given of it as a whole.
    pub structure: Structure,
}

impl Symbol {
    /// A symbol of which nothing but the shape is known.
    #[must_use]
    pub fn new(role: Role, name: &str, label: Option<&Arc<str>>, rows: Dim, columns: Dim) -> Self {
        Self {
            role,
            name: name.into(),
            label: label.cloned(),
            sample: false,
            tangent: false,
            rows,
            columns,
            range: Range::ALL,
            rows_sum_to_one: false,
            structure: Structure::None,
        }
    }

    /// Whether the derivative is taken with respect to it, or through it.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !matches!(self.role, Role::Target | Role::Mask | Role::Mean | Role::Variance | Role::Piece | Role::ClassWeights)
    }

    /// Whether it is a value of the network rather than a parameter or a constant.
    #[must_use]
    pub fn is_value(&self) -> bool {
        matches!(self.role, Role::Input | Role::PreActivation | Role::Activation | Role::Prediction | Role::Normalised)
    }

    /// Whether it has a row, or a column, for each sample.
    #[must_use]
    pub fn has_samples(&self) -> bool {
        self.rows.is_batch() || self.columns.is_batch()
    }

    /// The name that users type and files hold: `W1`, `b_hidden`, `X`.
    #[must_use]
    #[allow(clippy::wildcard_enum_match_arm, reason = "all others go by their letter")]
    pub fn key(&self) -> String {
        let letter = match self.role {
            Role::Prediction => "A",
            Role::Slope => "alpha",
            Role::Mean => "mu",
            Role::ClassWeights => "omega",
            _ => &self.name,
        };
        let dotted = format!("{letter}{}", if self.tangent { "dot" } else { "" });
        self.label.as_ref().map_or_else(|| dotted.clone(), |label| indexed(&dotted, label))
    }

    /// How fast what has this name changes along the direction. Of its entries nothing is known.
    #[must_use]
    pub fn dotted(&self) -> Self {
        Self { tangent: true, range: Range::ALL, rows_sum_to_one: false, structure: Structure::None, ..self.clone() }
    }
}

/// The name of a layer's array: `W1` for the label `1`, `W_hidden` for `hidden`.
#[must_use]
pub fn indexed(letter: &str, label: &str) -> String {
    let separator = if label.starts_with(|c: char| c.is_ascii_digit()) { "" } else { "_" };
    format!("{letter}{separator}{label}")
}
