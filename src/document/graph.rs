//! A computation graph as data: the steps of the forward pass, and what each hands back.

use super::{
    notation::{Equation, Letter, Notation},
    sentence::Sentence,
    table::Table,
};
use crate::shape::Shape;

/// A computation graph.
#[derive(Clone, Debug)]
pub struct Graph {
    /// What it shows, in a few words.
    pub title: Sentence,
    /// The same for who cannot see it.
    pub description: Sentence,
    /// The values in the order in which they are computed, J last.
    pub steps: Vec<Step>,
    /// Whether the path of one gradient is told apart.
    pub has_path: bool,
    /// The variables of the network: the colour of each is by its place among them.
    pub letters: Vec<Letter>,
    /// What stands in its place where no picture can: tables under their headings.
    pub tables: Vec<(Sentence, Table)>,
}

/// A value of the forward pass, or what several of them are folded to.
#[derive(Clone, Debug)]
pub struct Step {
    /// The value's name for programs: `Z1`, `J`.
    pub key: String,
    /// The same as a letter.
    pub name: Notation,
    /// Its shape.
    pub shape: Shape,
    /// What it is; nothing of an input.
    pub formula: Option<Notation>,
    /// The same in short, where it is long.
    pub short: Option<Notation>,
    /// Names in the formula that have no step of their own.
    pub inner: Vec<Equation>,
    /// Which steps it stands for, if it stands for several.
    pub folded: Option<Sentence>,
    /// The values that it is made of.
    pub operands: Vec<Operand>,
    /// What else it is made of: parameters, targets, constants.
    pub parameters: Vec<Parameter>,
    /// ∂J/∂value by its name; nothing where no derivative arrives.
    pub adjoint: Option<Adjoint>,
    /// How it goes on to the operands.
    pub backward: Vec<Backward>,
}

/// An edge of the forward pass.
#[derive(Clone, Debug)]
pub struct Operand {
    /// The step whose value it is.
    pub step: usize,
    /// Whether the chosen gradient takes the value.
    pub is_lit: bool,
}

/// A matrix that is given.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name for programs: `W1`.
    pub key: String,
    /// The same as a letter.
    pub name: Notation,
    /// Its shape.
    pub shape: Shape,
    /// Its gradient, where there is one.
    pub gradient: Option<Gradient>,
    /// Whether the chosen gradient takes it.
    pub is_lit: bool,
}

/// ∂J/∂W, or what one use of W adds to it.
#[derive(Clone, Debug)]
pub struct Gradient {
    /// ∂J/∂W
    pub name: Notation,
    /// What it is, or what is added to it here.
    pub formula: Notation,
    /// Whether other uses add to it too.
    pub is_summand: bool,
    /// What it takes of the forward pass.
    pub kept: Vec<Kept>,
    /// Whether it is the chosen one.
    pub is_lit: bool,
}

/// What a step receives from all that use its value.
#[derive(Clone, Debug)]
pub struct Adjoint {
    /// Δ₂, or ∂J/∂A₂.
    pub name: Notation,
    /// Whether the chosen gradient takes it.
    pub is_lit: bool,
}

/// How what a step receives goes on.
#[derive(Clone, Debug)]
pub struct Backward {
    /// What is done with it.
    pub passes: Passes,
    /// What comes of it, as a formula of its own.
    pub rule: Notation,
    /// To which operands.
    pub to: Vec<Target>,
    /// The step before this one whose derivative is in it too: the last activation, of a loss that absorbs it.
    pub spans: Option<usize>,
    /// What it takes of the forward pass.
    pub kept: Vec<Kept>,
    /// Whether it lies on the path of the chosen gradient.
    pub is_lit: bool,
}

/// An edge of the backward pass.
#[derive(Clone, Debug)]
pub struct Target {
    /// The step that receives it.
    pub step: usize,
    /// Whether it lies on the path of the chosen gradient.
    pub is_lit: bool,
}

/// What is done with what is received, G.
#[derive(Clone, Debug, PartialEq)]
pub enum Passes {
    /// G · b
    Times(Notation),
    /// a · G
    After(Notation),
    /// G ⊙ d
    Entrywise(Notation),
    /// G, in a word.
    Unchanged(&'static str),
    /// Nothing is received: this is a derivative of the loss.
    Loss(Notation),
    /// Any other way: by this Jacobian.
    Jacobian(Notation),
}

/// A value of the forward pass that the backward pass takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The operand of this place.
    Operand(usize),
    /// The parameter of this place.
    Parameter(usize),
    /// The step's own value.
    Own,
}

impl Step {
    /// A value of which nothing but its name and shape is known.
    pub fn new(key: String, name: Notation, shape: Shape) -> Self {
        Self {
            key,
            name,
            shape,
            formula: None,
            short: None,
            inner: Vec::new(),
            folded: None,
            operands: Vec::new(),
            parameters: Vec::new(),
            adjoint: None,
            backward: Vec::new(),
        }
    }

    /// What it is, as short as it is told.
    pub fn told(&self) -> Option<&Notation> {
        self.short.as_ref().or(self.formula.as_ref())
    }
}

impl Graph {
    /// The name of what a step takes, for programs and as a letter.
    pub fn taken<'g>(&'g self, step: &'g Step, kept: Kept) -> (&'g str, &'g Notation) {
        let of = |step: &'g Step| (&*step.key, &step.name);
        match kept {
            Kept::Operand(place) => of(&self.steps[step.operands[place].step]),
            Kept::Parameter(place) => (&step.parameters[place].key, &step.parameters[place].name),
            Kept::Own => of(step),
        }
    }

    /// How many edges of the backward pass lead to each step.
    pub fn arriving(&self) -> Vec<usize> {
        let mut arriving = vec![0; self.steps.len()];
        let targets = self.steps.iter().flat_map(|step| &step.backward).flat_map(|backward| &backward.to);
        targets.for_each(|target| arriving[target.step] += 1);
        arriving
    }
}
