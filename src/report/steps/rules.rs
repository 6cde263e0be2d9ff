//! What is said of each local derivative: why it meets what comes in as it does.
#![allow(clippy::wildcard_enum_match_arm, reason = "all other rules are said in one sentence")]

use super::StepsPage;
use crate::{
    document::{Notation, Sentence, sentence},
    expr::{
        ExprId, Op, Role,
        normal::{Along, Normal},
    },
    gradient::steps::{Enters, Rule},
};

impl StepsPage<'_> {
    /// The other factor of the product that a definition has: Wᵀ enters because W stands there.
    fn other(&self, factor: ExprId) -> Notation {
        match self.arena().op(factor) {
            Op::Transpose([other]) => self.math(*other),
            Op::Ones(..) => self.math(factor),
            _ => self.math(factor).transposed(),
        }
    }

    /// Why the local derivative enters as it does, behind the definition where that is new.
    pub(super) fn why(&self, rule: &Rule, is_new: bool) -> Sentence {
        let (from, to) = (self.typesetter.name(rule.definition.symbol), self.typesetter.name(rule.variable));
        let to = if is_new {
            sentence!("{} = {}: {}", from.clone(), self.math(rule.definition.value), to)
        } else {
            Sentence::from(to)
        };
        match rule.enters {
            Enters::Right(by) if self.derivation.forward.has_columns() => {
                let (other, by) = (self.other(by), self.math(by));
                sentence!("{} stands left of {}, so {} enters on the right:", to, other, by)
            }
            Enters::Right(by) => self.value_words(by, to),
            Enters::Left(by) if self.derivation.forward.has_columns() => self.value_words(by, to),
            Enters::Left(by) => {
                let (other, by) = (self.other(by), self.math(by));
                sentence!("{} stands right of {}, so {} enters on the left:", to, other, by)
            }
            Enters::Transposed(by) => sentence!(
                "{} stands transposed {} of {}, so {} enters on the {}, and the whole is transposed:",
                to,
                self.sides()[1],
                self.other(by),
                self.math(by),
                self.sides()[0]
            ),
            Enters::Summed(ones, by) => sentence!(
                "{} is spread over the samples and multiplied with {} entry by entry, so {} enters entry by entry, and {} \
                 sums over the samples:",
                to,
                self.math(by),
                self.math(by),
                self.math(ones)
            ),
            Enters::Entrywise(_) if self.is_activation(rule) && rule.swept != rule.value => {
                to.words(" passes through a linear function, whose derivative is 1 everywhere:")
            }
            Enters::Entrywise(by) => self.entrywise_words(rule, by, to),
            Enters::Scaled(by) => match self.math(by) {
                Notation::Number(-1) => {
                    sentence!("{} is taken away in {}, so what comes in goes on with its sign changed:", to, from)
                }
                by => sentence!("{} is multiplied by {}, and so is what comes in:", to, by),
            },
            Enters::Unchanged if self.is_term(rule) => {
                to.words(" is a term of a sum, which passes what comes in unchanged:")
            }
            Enters::Unchanged => sentence!("{} goes on unchanged as {}:", to, from),
            Enters::Mixed => sentence!(
                "{} is mixed within each {} by softmax, whose outputs sum to 1: from what comes in, its mean over the {} \
                 is taken away, weighted by {}, and the rest is weighted by it:",
                to,
                self.report.side(),
                self.report.side(),
                from
            ),
            Enters::Normalised(normal) => self.norm_words(rule, normal, to),
            Enters::Other => sentence!("{}: by the derivative of {}, what comes in becomes", to, from),
        }
    }

    /// How a product hands on to its value what comes in; where the other factor is a constant E, what it does.
    fn value_words(&self, by: ExprId, to: Sentence) -> Sentence {
        let [side, opposite] = self.sides();
        let is_piece = matches!(self.arena().op(by), Op::Transpose([e]) if self.has_role(*e, Role::Piece));
        let (other, by) = (self.other(by), self.math(by));
        if is_piece {
            return sentence!(
                "{} stands {} of {}, which puts its features in their place, so {} takes them out again, on the {}:",
                to,
                side,
                other,
                by,
                opposite
            );
        }
        sentence!("{} stands {} of {}, so {} enters on the {}:", to, side, other, by, opposite)
    }

    /// How a product entry by entry hands on what comes in.
    fn entrywise_words(&self, rule: &Rule, by: ExprId, to: Sentence) -> Sentence {
        let with = self.math(by);
        if self.is_activation(rule) {
            sentence!("{} goes entry by entry through the activation, so {} multiplies entry by entry:", to, with)
        } else if self.has_role(by, Role::Mask) {
            sentence!(
                "{} is multiplied with the mask {}, 0 where an entry is dropped, so the same mask multiplies what comes in:",
                to,
                with
            )
        } else {
            sentence!("{} is multiplied with {} entry by entry, so {} enters entry by entry:", to, with.clone(), with)
        }
    }

    /// What a norm takes away from what comes in.
    fn norm_words(&self, rule: &Rule, normal: Normal, to: Sentence) -> Sentence {
        let [h, of] = [rule.definition.symbol, rule.variable].map(|symbol| self.typesetter.name(symbol));
        let line = if normal.along == Along::Rows { "row" } else { "column" };
        let over = if line == self.report.side() { "" } else { ", over the batch" };
        let (begin, mean) = match normal.centred {
            true => (format!("loses its mean in each {line}{over}, and the rest is brought"), " its mean and"),
            false => (format!("is brought in each {line}{over}"), ""),
        };
        sentence!(
            "{} {} to mean square 1, but for the norm's small eps. So each {} of what comes in loses{} its part along that {} of {}, which is {} \
             times the mean of the products of both; what is left is scaled as {} was:",
            to,
            begin,
            line,
            mean,
            line,
            h.clone(),
            h,
            of
        )
    }

    fn has_role(&self, id: ExprId, role: Role) -> bool {
        self.arena().as_symbol(id).is_some_and(|symbol| self.arena().symbol(symbol).role == role)
    }

    /// Whether the rule leads through a function of each entry.
    pub(super) fn is_activation(&self, rule: &Rule) -> bool {
        matches!(self.arena().op(rule.definition.value), Op::Map(..))
    }

    /// Whether the variable is one of several terms.
    pub(super) fn is_term(&self, rule: &Rule) -> bool {
        !self.derivation.is_chain && self.arena().as_symbol(rule.definition.value).is_none()
    }
}
