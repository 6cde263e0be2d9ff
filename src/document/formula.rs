//! Text of the catalog's formulas → [`Notation`], in words with the cases in which each holds.

use super::{
    notation::{Exponent, Notation, Relation, Sign},
    sentence::Sentence,
};
use crate::{catalog::formula, expr};

/// `sigmoid'(z)`, with as many primes as the order says.
pub fn applied(function: expr::Function, order: u8) -> Notation {
    Notation::apply(function.name(), order, function.parameter(), Notation::letter("z"))
}

/// `1 for z > 0, else 0`: the value of the function at z, or a derivative.
pub fn meaning(function: expr::Function, order: u8) -> Sentence {
    let formula = formula::formula(function);
    let of = |text| parsed(text, function.parameter());
    let cases = match order {
        0 => formula.value,
        1 => formula.derivative,
        _ => formula::second(function),
    };
    let mut sentence = Sentence::default();
    for (i, (value, condition)) in cases.iter().enumerate() {
        if i > 0 {
            sentence = sentence.words(if condition.is_empty() { ", else " } else { ", " });
        }
        sentence = sentence.math(of(value));
        if !condition.is_empty() {
            sentence = when(sentence.words(" for "), condition, function.parameter());
        }
    }
    for (i, (letter, value)) in formula.letters.iter().filter(|(letter, _)| used(cases, letter)).enumerate() {
        sentence = sentence.words(if i == 0 { " with " } else { " and " });
        sentence = sentence.math(Notation::letter(letter)).equals(of(value));
    }
    sentence
}

fn used(cases: formula::Cases, letter: &str) -> bool {
    cases.iter().any(|(text, _)| text.split(|c: char| !c.is_alphanumeric()).any(|word| word == letter))
}

/// `0 < z ≤ 6`
fn when(mut sentence: Sentence, condition: &str, parameter: Option<f64>) -> Sentence {
    for part in condition.split(' ') {
        sentence = match part {
            "<" => sentence.relation(Relation::Less),
            ">" => sentence.relation(Relation::Greater),
            "≤" => sentence.relation(Relation::AtMost),
            side => sentence.math(parsed(side, parameter)),
        };
    }
    sentence
}

/// The text as a formula; the parameter's letter is a.
pub fn parsed(text: &str, parameter: Option<f64>) -> Notation {
    let formula = Parser { rest: text, parameter }.sum();
    // What a parameter of 1 was dropped before needs no brackets.
    if let Notation::Group(inner) = formula { *inner } else { formula }
}

struct Parser<'a> {
    rest: &'a str,
    parameter: Option<f64>,
}

impl<'a> Parser<'a> {
    fn eat(&mut self, sign: char) -> bool {
        let rest = self.rest.trim_start().strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// The letters or digits that come next.
    fn word(&mut self) -> &'a str {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        self.rest = behind;
        word
    }

    fn sum(&mut self) -> Notation {
        let mut terms = Vec::new();
        let mut sign = if self.eat('-') { Sign::Minus } else { Sign::Plus };
        loop {
            terms.push((sign, self.product()));
            sign = match () {
                () if self.eat('+') => Sign::Plus,
                () if self.eat('-') => Sign::Minus,
                () => break,
            };
        }
        match &terms[..] {
            [(Sign::Plus, only)] => only.clone(),
            _ => Notation::Sum(terms),
        }
    }

    fn product(&mut self) -> Notation {
        let mut factors = vec![self.power()];
        while self.eat('*') {
            factors.push(self.power());
        }
        // A parameter of 1 needs no sign.
        if factors.len() > 1 {
            factors.retain(|factor| *factor != Notation::Real(1.0));
        }
        let product = if let [only] = &factors[..] { only.clone() } else { Notation::Scalars(factors) };
        if !self.eat('/') {
            return product;
        }
        Notation::over(product, Notation::Scalars(vec![self.power()]))
    }

    fn power(&mut self) -> Notation {
        let base = self.atom();
        if !self.eat('^') {
            return base;
        }
        Notation::Power(Box::new(base), Exponent::Number(self.word().parse().unwrap_or(1), 1))
    }

    fn atom(&mut self) -> Notation {
        if self.eat('(') {
            let inner = self.sum();
            self.eat(')');
            return Notation::Group(Box::new(inner));
        }
        let word = self.word();
        if self.eat('(') {
            let mut arguments = vec![self.sum()];
            while self.eat(',') {
                arguments.push(self.sum());
            }
            self.eat(')');
            let argument = if let [only] = &arguments[..] { only.clone() } else { Notation::List(arguments) };
            return Notation::apply(function_name(word), 0, None, argument);
        }
        match (word.parse::<i64>(), word.parse::<f64>(), self.parameter) {
            (Ok(number), ..) => Notation::Number(number),
            (_, Ok(number), _) => Notation::Real(number),
            (_, _, Some(parameter)) if word == "a" => Notation::Real(parameter),
            _ => Notation::letter(word),
        }
    }
}

/// The names of functions in formulas, which are those of the kernel and a few of analysis.
fn function_name(word: &str) -> &'static str {
    const OTHERS: [&str; 6] = ["min", "max", "sqrt", "erf", "cos", "ln"];
    let known = OTHERS.into_iter().find(|name| *name == word);
    known.or_else(|| expr::Function::of_name(word, 0.0).map(expr::Function::name)).unwrap_or("f")
}
