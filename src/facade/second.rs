//! Products with second derivatives: a [`Network`] and a direction → [`Gradients`] that are parts of such a product.

use super::{error::Error, gradients::Gradients, network::Network};
use crate::{
    gradient::{Form, SecondKind},
    pipeline,
};

impl Network {
    /// The Hessian of the loss times a direction, in the layered form: the definitions of backpropagation, and beside each how
    /// fast it changes along the direction, under its letter with a dot. The direction has a part for each variable that
    /// `along` names, V of a weight and v of a bias; if it names none, for all parameters.
    ///
    /// The formulas were compared with central differences of a concrete backprop on random numbers; the page says how far
    /// they are from them.
    ///
    /// ```
    /// let network = chainrule::Network::parse("input X [n, 3]; dense 4 tanh; dense 2; loss half_mse")?;
    /// let product = network.hessian_product(["W1"])?.get("W2").expect("it has a part");
    /// let definitions: Vec<String> = product.definitions().iter().map(|definition| definition.name()).collect();
    /// assert_eq!(definitions, ["Ż₁", "Ȧ₁", "Ż₂", "Ŷ̇", "Δ₂", "Δ̇₂"]);
    /// assert_eq!(product.inline(chainrule::Format::Text), "(H · v)_W₂ = Ȧ₁ᵀ · Δ₂ + A₁ᵀ · Δ̇₂");
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// A word that names no parameter and no input, a limit of the simplification.
    pub fn hessian_product<W: AsRef<str>>(&self, along: impl IntoIterator<Item = W>) -> Result<Gradients, Error> {
        self.second(SecondKind::Hessian, along)
    }

    /// The Gauss-Newton matrix of the loss times a direction: each loss is taken to the second order in the prediction, or in
    /// Z where it absorbs the last activation, and the network to the first.
    ///
    /// ```
    /// let network = chainrule::Network::parse("input X [n, 3]; dense 4 relu; dense 2 softmax; loss cce")?;
    /// let product = network.gauss_newton_product([""; 0])?.get("W1").expect("it has a part");
    /// assert_eq!(product.inline(chainrule::Format::Text), "(G · v)_W₁ = Xᵀ · Γ₁");
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Network::hessian_product`].
    pub fn gauss_newton_product<W: AsRef<str>>(&self, along: impl IntoIterator<Item = W>) -> Result<Gradients, Error> {
        self.second(SecondKind::GaussNewton, along)
    }

    fn second<W: AsRef<str>>(&self, kind: SecondKind, along: impl IntoIterator<Item = W>) -> Result<Gradients, Error> {
        let along: Vec<String> = along.into_iter().map(|word| word.as_ref().to_owned()).collect();
        let derivation = pipeline::derive_second(&self.graph, kind, &along);
        let derivation = derivation.map_err(|error| Error::alone(error.diagnostic()))?;
        let variables = derivation.forward.parameters.clone();
        Ok(Gradients::new((self.text(), &self.graph), derivation, variables, Form::Layered, false))
    }
}
