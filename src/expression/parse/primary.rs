//! What holds together most: names, numbers, brackets, functions, constants, norms.

use super::{Parsed, Parser, decimal};
use crate::{
    expr::Scalar,
    expression::{
        error::{ExpressionError, FUNCTION_LETTERS},
        functions::Function,
        syntax::{Binary, Constant, Part, Spelled, Syntax},
        tokens::{Placed, Token, is_small_greek},
    },
    source::Span,
};

impl Parser<'_> {
    /// `primary ::= number | name | function "'"? "(" sum ")" | constant | "(" sum ")" | "‖" sum "‖"`
    pub(super) fn primary(&mut self) -> Parsed<Part> {
        let start = self.span();
        match self.next() {
            Some(Token::Number(digits)) => {
                let number = decimal(digits, start)?;
                Ok(self.tree.add(Syntax::Number(number), start))
            }
            Some(Token::Sign("½")) => Ok(self.tree.add(Syntax::Number(Scalar::ratio(1, 2)), start)),
            Some(Token::Sign("(")) => self.group(start, ")"),
            Some(Token::Sign("[")) => self.group(start, "]"),
            Some(Token::Sign("{")) => self.group(start, "}"),
            Some(Token::Sign("‖")) => self.norm(start),
            Some(Token::Sign("\\frac")) => self.fraction(start),
            Some(Token::Sign("\\word")) => {
                self.expect("{", "the word in braces")?;
                let Some(Token::Word(word)) = self.next() else {
                    self.at = self.at.saturating_sub(1);
                    return Err(self.unexpected("a word"));
                };
                self.expect("}", "the end of the word")?;
                self.word(word, start)
            }
            Some(Token::Word(word)) => self.word(word, start),
            _ => {
                self.at = self.at.saturating_sub(usize::from(start != self.end));
                Err(self.unexpected("a name, a number, a function or a bracket"))
            }
        }
    }

    fn group(&mut self, start: Span, close: &str) -> Parsed<Part> {
        let inside = self.inside(false, Self::sum)?;
        self.close(close, start)?;
        Ok(inside)
    }

    fn close(&mut self, close: &str, opened: Span) -> Parsed<()> {
        let end = self.span();
        if self.is(",") && close == ")" {
            return Err(ExpressionError::Operands { span: end });
        }
        if self.skip(close) { Ok(()) } else { Err(ExpressionError::NotClosed { opened, span: end }) }
    }

    /// `‖x‖`, `‖x‖_1`, `‖A‖_F`
    fn norm(&mut self, start: Span) -> Parsed<Part> {
        let of = self.inside(true, Self::sum)?;
        self.close("‖", start)?;
        let mut function = Function::Norm2;
        if self.skip("_") {
            let brace = self.skip("{");
            function = match self.next() {
                Some(Token::Word(word)) if word == "F" => Function::NormF,
                Some(Token::Number(digits)) if digits == "1" => Function::Norm1,
                Some(Token::Number(digits)) if digits == "2" => Function::Norm2,
                _ => {
                    self.at = self.at.saturating_sub(1);
                    return Err(self.unexpected("1, 2 or F, which say what norm it is"));
                }
            };
            if brace {
                self.expect("}", "the end of the index")?;
            }
        }
        let span = start.to(self.span_before());
        Ok(self.tree.add(Syntax::Apply(function, false, of), span))
    }

    fn fraction(&mut self, start: Span) -> Parsed<Part> {
        let mut sides = [Part(0); 2];
        for side in &mut sides {
            let opened = self.span();
            self.expect("{", "a brace")?;
            *side = self.group(opened, "}")?;
        }
        let span = start.to(self.span_before());
        Ok(self.tree.add(Syntax::Binary(Binary::Over, sides), span))
    }

    fn word(&mut self, word: &str, start: Span) -> Parsed<Part> {
        if let Some(constant) = Constant::of_name(word)
            && (self.is("(") || constant == Constant::Identity)
        {
            return self.constant(constant, start);
        }
        if let Some(function) = Function::of_name(word)
            && let Some(node) = self.application(function, start)?
        {
            return Ok(node);
        }
        let is_function = FUNCTION_LETTERS.contains(&word);
        let is_letter = is_small_greek(word) || word.chars().nth(1).is_none();
        let is_name = self.given.of(word).is_some() || is_letter && !is_function;
        let is_word = word.starts_with(|c: char| c.is_ascii_lowercase());
        if self.is("(") && is_word && !is_name && !word.contains(|c: char| c == '_' || c.is_ascii_digit()) {
            return Err(ExpressionError::UnknownFunction { name: word.into(), span: start });
        }
        let mut name = word.to_owned();
        if self.is("_") && matches!(self.tokens.get(self.at + 1), Some(Placed { token: Token::Sign("{"), .. })) {
            self.at += 2;
            let Some(Token::Word(index) | Token::Number(index)) = self.next() else {
                self.at = self.at.saturating_sub(1);
                return Err(self.unexpected("an index"));
            };
            name = format!("{name}_{index}");
            self.expect("}", "the end of the index")?;
        }
        let span = start.to(self.span_before());
        Ok(self.tree.add(Syntax::Name(name), span))
    }

    /// `f(a)`, `f'(a)`, and `log det(a)`, `\sqrt{a}`; none where no operand stands behind the name.
    fn application(&mut self, function: Function, start: Span) -> Parsed<Option<Part>> {
        let prime =
            self.is("'") && matches!(self.tokens.get(self.at + 1), Some(Placed { token: Token::Sign("("), .. }));
        self.at += usize::from(prime);
        let opened = self.span();
        let operand = if self.skip("(") {
            self.group(opened, ")")?
        } else if self.skip("{") {
            self.group(opened, "}")?
        } else if matches!(self.peek(), Some(Token::Word(_) | Token::Sign("\\word" | "‖"))) {
            self.deeper(Self::power)?
        } else {
            return Ok(None);
        };
        let span = start.to(self.span_before());
        if prime && !matches!(function, Function::Entrywise(_)) {
            return Err(ExpressionError::NoPrime { name: function.name(), span });
        }
        Ok(Some(self.tree.add(Syntax::Apply(function, prime, operand), span)))
    }

    /// `constant ::= ("I" | "ones" | "zeros" | "K") ("(" dimension ("," dimension)? ")")?`
    fn constant(&mut self, constant: Constant, start: Span) -> Parsed<Part> {
        let mut sizes = Vec::new();
        let opened = self.span();
        if self.skip("(") {
            loop {
                let span = self.span();
                match self.next() {
                    Some(Token::Word(text) | Token::Number(text)) => {
                        sizes.push(Spelled { text: text.clone(), span });
                    }
                    _ => {
                        self.at = self.at.saturating_sub(1);
                        return Err(self.unexpected("a dimension"));
                    }
                }
                if !self.skip(",") {
                    break;
                }
            }
            self.close(")", opened)?;
        }
        let span = start.to(self.span_before());
        let [least, most] = match constant {
            Constant::Identity => [0, 1],
            Constant::Ones | Constant::Zeros => [1, 2],
            Constant::Commutation => [2, 2],
        };
        if sizes.len() < least || sizes.len() > most {
            return Err(ExpressionError::Dimensions { constant: constant.name(), most, span });
        }
        Ok(self.tree.add(Syntax::Constant(constant, sizes), span))
    }
}
