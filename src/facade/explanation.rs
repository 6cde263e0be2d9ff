//! [`Gradients`] → the steps that lead to them, why they are right, what they cost: an [`Explanation`] that prints.

use std::{fmt, sync::Arc};

use super::{error::Error, gradients::Gradients, page};
use crate::{
    expr::SymbolId,
    gradient::{Derivation, Form, steps::Steps},
    pipeline::{self, Costs, PipelineError, Request, why::Why},
    render::Style,
    report,
    source::{Diagnostic, Kind},
};

/// What is said of gradients beside their equations: [`Gradients::steps`], [`Gradients::why`], [`Gradients::cost`]. Prints as
/// the page that `chainrule derive` prints with the option of that name.
#[derive(Clone, Debug)]
pub struct Explanation {
    content: Arc<Content>,
    variables: Vec<SymbolId>,
}

#[derive(Debug)]
enum Content {
    Steps(Derivation, Steps),
    Why(Why),
    Cost(Gradients, Costs),
}

impl Gradients {
    /// The way from the chain rule to these gradients: the local derivatives and on which side they enter, the error, the
    /// running product after each layer.
    ///
    /// ```
    /// use chainrule::{Form, Network};
    /// let network = Network::parse("input X [n, f0]; dense f1 relu nobias; dense f2 nobias; loss half_mse")?;
    /// let steps = network.derive(Form::Product)?.select(["W1"])?.steps()?;
    /// assert!(steps.to_string().contains("∂J/∂W₁ = ∂Z₁/∂W₁ · ∂J/∂Ŷ · ∂Ŷ/∂Z₂ · ∂Z₂/∂A₁ · ∂A₁/∂Z₁"));
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// A form without steps (chain, intuitive), activations that are written out, formulas for any depth; a limit.
    pub fn steps(&self) -> Result<Explanation, Error> {
        self.refuse("steps", &[Form::Layered, Form::PerSample, Form::Product])?;
        if self.is_expanded() {
            return Err(refused("the steps lead to activations that are not written out", "take `derive`"));
        }
        let explained = pipeline::explain(self.graph(), &Request::new(self.form())).map_err(PipelineError::from);
        let (derivation, steps) = explained.map_err(|error| failed(&error))?;
        let derivation = pipeline::finished(derivation).map_err(|error| failed(&error))?;
        Ok(self.explained(Content::Steps(derivation, steps)))
    }

    /// Why these gradients are right: the proof of each, in numbered steps from what the sweep produces, each with the
    /// law that it uses. Every line was evaluated on random numbers.
    ///
    /// ```
    /// use chainrule::{Form, Network};
    /// let network = Network::parse("input X [n, f0]; dense f1 exp; loss poisson")?;
    /// let why = network.derive(Form::Layered)?.why()?;
    /// assert!(why.to_string().contains("exp-derivative: exp'(Z) = exp(Z)"), "{why}");
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// A form without a value (chain, intuitive), formulas for any depth, arrays that are too large to check on.
    pub fn why(&self) -> Result<Explanation, Error> {
        self.refuse("proofs", &[Form::Layered, Form::PerSample, Form::Product])?;
        let proved =
            pipeline::why::prove(self.graph(), self.derivation().clone(), self.variables(), self.is_expanded());
        Ok(self.explained(Content::Why(proved.map_err(|error| failed(&error))?)))
    }

    /// How many multiplications these gradients take by the order of brackets: as printed, by backpropagation and in the
    /// cheapest order; of all parameters together too.
    ///
    /// ```
    /// use chainrule::{Form, Network};
    /// let text = "input X [n, f0]; dense f1 relu nobias; dense f2 nobias; loss half_mse";
    /// let network = Network::parse(text)?.bind([("n", 32), ("f0", 64), ("f1", 16), ("f2", 8)])?;
    /// let cost = network.derive(Form::Product)?.select(["W1"])?.cost()?;
    /// assert!(cost.to_string().contains("backprop"), "{cost}");
    /// let error = Network::parse(text)?.derive(Form::Product)?.cost().unwrap_err();
    /// assert!(error.to_string().contains("give your numbers in the spec"), "{error}");
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// Another form than the product form, or of a network that branches the layered form, formulas for any depth, dimensions
    /// without numbers.
    pub fn cost(&self) -> Result<Explanation, Error> {
        let forms = [Form::Product, Form::Layered];
        self.refuse("counts", &forms[..if self.derivation().is_chain { 1 } else { 2 }])?;
        let costs = pipeline::cost(self.derivation(), &self.names_if_selected(), self.variables());
        let costs = costs.map_err(|error| Error::alone(error.diagnostic()))?;
        Ok(self.explained(Content::Cost(self.clone(), costs)))
    }

    fn explained(&self, content: Content) -> Explanation {
        Explanation { content: Arc::new(content), variables: self.variables().to_vec() }
    }

    /// What there is not for every form, nor for any depth.
    fn refuse(&self, what: &str, forms: &[Form]) -> Result<(), Error> {
        if self.derivation().general.is_some() {
            return Err(refused(&format!("there are no {what} for any depth"), "take `derive`"));
        }
        if self.derivation().second.is_some() {
            return Err(refused(&format!("there are no {what} of second derivatives"), "take `derive`"));
        }
        if forms.contains(&self.form()) {
            return Ok(());
        }
        let forms: Vec<String> = forms.iter().map(ToString::to_string).collect();
        let help = format!("take the form {}", forms.join(", "));
        Err(refused(&format!("there are no {what} in the {} form", self.form()), &help))
    }
}

fn refused(title: &str, help: &str) -> Error {
    Error::alone(Diagnostic::error(Kind::Usage, title).help(help))
}

fn failed(error: &PipelineError) -> Error {
    Error::alone(error.diagnostic())
}

impl Explanation {
    /// The page as `chainrule derive` prints it, with its last line end.
    #[must_use]
    pub fn print(&self, style: Style) -> String {
        self.page(&style)
    }

    /// Fails never: memory takes all that is written to it.
    fn page(&self, style: &Style) -> String {
        style.page(&match &*self.content {
            Content::Steps(derivation, steps) => report::steps(derivation, steps, &self.variables),
            Content::Why(why) => report::why(why),
            Content::Cost(gradients, costs) => report::cost(costs, gradients.derivation()),
        })
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.page(&page::style()).trim_end())
    }
}
