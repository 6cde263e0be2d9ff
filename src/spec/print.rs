//! [`Spec`] → its canonical text: one statement a line, blocks indented by two blanks.

use std::fmt::{Display, Formatter, Result};

use super::syntax::{
    Argument, Binding, Call, Count, DimSyntax, LayerSyntax, LossSyntax, Name, ShapeSyntax, Spec, Statement,
    StatementKind, TensorDeclaration,
};

impl Display for Spec {
    /// What parses to the same tree, places aside.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write_statements(f, &self.statements, 0)
    }
}

fn write_statements(f: &mut Formatter<'_>, statements: &[Statement], depth: usize) -> Result {
    for statement in statements {
        write!(f, "{:1$}", "", 2 * depth)?;
        match &statement.kind {
            StatementKind::Repeat(repeat) => {
                writeln!(f, "repeat {} {{", repeat.count.value)?;
                write_statements(f, &repeat.body, depth + 1)?;
                writeln!(f, "{:1$}}}", "", 2 * depth)?;
            }
            StatementKind::Input(tensor) => writeln!(f, "input {tensor}")?,
            StatementKind::Target(tensor) => writeln!(f, "target {tensor}")?,
            StatementKind::Expect(shape) => writeln!(f, "expect {shape}")?,
            StatementKind::Let(bindings) => writeln!(f, "let {}", joined(bindings, ", "))?,
            StatementKind::TargetValue(name) => writeln!(f, "target {}", name.value)?,
            StatementKind::Layer(layer) => {
                write!(f, "{layer}")?;
                for branch in &layer.branches {
                    write_block(f, branch, depth)?;
                }
                write_sources(f, &layer.sources)?;
                writeln!(f)?;
            }
            StatementKind::Definition(definition) => {
                let word = if definition.shared { "shared" } else { "block" };
                write!(f, "{word} {}", definition.name.value)?;
                definition.parameters.iter().try_for_each(|name| write!(f, " {}", name.value))?;
                write_block(f, &definition.body, depth)?;
                writeln!(f)?;
            }
            StatementKind::Loss(loss) => writeln!(f, "{loss}")?,
            StatementKind::Layout(layout) => writeln!(f, "layout {}", layout.value)?,
            StatementKind::Penalty(penalty) => {
                write!(f, "penalty {}", penalty.kind.value)?;
                penalty.arguments.iter().try_for_each(|argument| write!(f, " {}", argument.value))?;
                writeln!(f)?;
            }
        }
    }
    Ok(())
}

fn write_block(f: &mut Formatter<'_>, statements: &[Statement], depth: usize) -> Result {
    if statements.is_empty() {
        return write!(f, " {{}}");
    }
    writeln!(f, " {{")?;
    write_statements(f, statements, depth + 1)?;
    write!(f, "{:1$}}}", "", 2 * depth)
}

fn write_sources(f: &mut Formatter<'_>, sources: &[Name]) -> Result {
    for (i, source) in sources.iter().enumerate() {
        write!(f, "{}{}", if i == 0 { " from " } else { ", " }, source.value)?;
    }
    Ok(())
}

impl Display for TensorDeclaration {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.name {
            Some(name) => write!(f, "{} {}", name.value, self.shape),
            None => write!(f, "{}", self.shape),
        }
    }
}

impl Display for ShapeSyntax {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "[{}, {}]", self.rows.value, self.columns.value)
    }
}

impl Display for Binding {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} = {}", self.name.value, self.value.value)
    }
}

impl Display for Count {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => write!(f, "{name}"),
        }
    }
}

impl Display for LayerSyntax {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if let Some(name) = &self.name {
            write!(f, "{}: ", name.value)?;
        }
        write!(f, "{}", self.kind.value)?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {}", argument.value))
    }
}

impl Display for Argument {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Arrow => write!(f, "->"),
            Self::Call(call) => write!(f, "{call}"),
            Self::Dim(dimension) => write!(f, "{dimension}"),
            Self::Option(option) => write!(f, "{}={}", option.key.value, option.value.value),
            Self::Number(number) => write!(f, "{}", float(*number)),
        }
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.parameter {
            Some(parameter) => write!(f, "{}({})", self.name.value, float(parameter.value)),
            None => write!(f, "{}", self.name.value),
        }
    }
}

impl Display for LossSyntax {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "loss {}", self.call)?;
        if let Some(weight) = &self.weight {
            write!(f, " {}", float(weight.value))?;
        }
        if let Some(from) = &self.from {
            write!(f, " from {}", from.value)?;
        }
        if let Some(against) = &self.against {
            write!(f, " against {}", against.value)?;
        }
        self.options.iter().try_for_each(|option| write!(f, " {}={}", option.key.value, option.value.value))
    }
}

impl Display for DimSyntax {
    /// `2*(a + b) + 1`: parentheses only where the tree needs them.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Name(name) => write!(f, "{name}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Sum(terms) => {
                write_operands(f, terms.iter().map(|term| &term.value), " + ", |term| matches!(term, Self::Sum(_)))
            }
            Self::Product(factors) => {
                let compound = |factor: &Self| matches!(factor, Self::Sum(_) | Self::Product(_));
                write_operands(f, factors.iter().map(|factor| &factor.value), "*", compound)
            }
        }
    }
}

fn write_operands<'a>(
    f: &mut Formatter<'_>,
    operands: impl Iterator<Item = &'a DimSyntax>,
    sign: &str,
    in_parentheses: impl Fn(&DimSyntax) -> bool,
) -> Result {
    for (i, operand) in operands.enumerate() {
        let sign = if i > 0 { sign } else { "" };
        if in_parentheses(operand) {
            write!(f, "{sign}({operand})")?;
        } else {
            write!(f, "{sign}{operand}")?;
        }
    }
    Ok(())
}

fn joined(items: &[impl Display], separator: &str) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
}

/// The shorter of `0.1` and `1e-9`; both read back as the same number.
fn float(value: f64) -> String {
    let (plain, scientific) = (value.to_string(), format!("{value:e}"));
    if scientific.len() < plain.len() { scientific } else { plain }
}
