//! A syntax tree without places, to compare trees of different texts.

use chainrule::{
    source::{Span, Spanned},
    spec::syntax::{Argument, Call, DimSyntax, Name, ShapeSyntax, Spec, Statement, StatementKind},
};

/// The same tree with every place at the beginning of the text.
pub fn without_places(mut spec: Spec) -> Spec {
    spec.statements.iter_mut().for_each(statement);
    spec
}

fn statement(statement: &mut Statement) {
    statement.span = Span::default();
    match &mut statement.kind {
        StatementKind::Input(tensor) | StatementKind::Target(tensor) => {
            tensor.name.iter_mut().for_each(name);
            shape(&mut tensor.shape);
        }
        StatementKind::Expect(expected) => shape(expected),
        StatementKind::Let(bindings) => {
            for binding in bindings {
                name(&mut binding.name);
                binding.value.span = Span::default();
            }
        }
        StatementKind::Repeat(repeat) => {
            repeat.count.span = Span::default();
            repeat.body.iter_mut().for_each(self::statement);
        }
        StatementKind::Layer(layer) => {
            layer.name.iter_mut().for_each(name);
            name(&mut layer.kind);
            layer.arguments.iter_mut().for_each(argument);
            layer.branches.iter_mut().flatten().for_each(self::statement);
            layer.sources.iter_mut().for_each(name);
        }
        StatementKind::TargetValue(value) | StatementKind::Layout(value) => name(value),
        StatementKind::Definition(definition) => {
            name(&mut definition.name);
            definition.parameters.iter_mut().for_each(name);
            definition.body.iter_mut().for_each(self::statement);
        }
        StatementKind::Penalty(penalty) => {
            name(&mut penalty.kind);
            penalty.arguments.iter_mut().for_each(argument);
        }
        StatementKind::Loss(loss) => {
            call(&mut loss.call);
            for option in &mut loss.options {
                name(&mut option.key);
                name(&mut option.value);
            }
            loss.weight.iter_mut().for_each(|weight| weight.span = Span::default());
            loss.from.iter_mut().chain(&mut loss.against).for_each(name);
        }
    }
}

fn argument(argument: &mut Spanned<Argument>) {
    argument.span = Span::default();
    match &mut argument.value {
        Argument::Arrow | Argument::Number(_) => {}
        Argument::Dim(dimension) => self::dimension(dimension),
        Argument::Call(called) => call(called),
        Argument::Option(option) => {
            name(&mut option.key);
            name(&mut option.value);
        }
    }
}

fn name(name: &mut Name) {
    name.span = Span::default();
}

fn call(call: &mut Call) {
    name(&mut call.name);
    call.parameter.iter_mut().for_each(|parameter| parameter.span = Span::default());
}

fn shape(shape: &mut ShapeSyntax) {
    shape.span = Span::default();
    for axis in [&mut shape.rows, &mut shape.columns] {
        axis.span = Span::default();
        dimension(&mut axis.value);
    }
}

fn dimension(dim: &mut DimSyntax) {
    match dim {
        DimSyntax::Name(_) | DimSyntax::Number(_) => {}
        DimSyntax::Sum(operands) | DimSyntax::Product(operands) => {
            for operand in operands {
                operand.span = Span::default();
                dimension(&mut operand.value);
            }
        }
    }
}
