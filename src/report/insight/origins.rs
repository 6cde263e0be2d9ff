//! A [`Subject`] → the sentence that says where its arrays come from: what all figures of a page rest on.

use super::summary::shortened;
use crate::{
    catalog::loss::Loss,
    document::{Sentence, sentence},
    evaluate::Initialisation,
    insight::{Origin, Subject},
    network::graph::Term,
    report::words::{count, equality, joined, letter, no_bias, with_commas},
};

/// `The figures are of W drawn by he-in (b = 0), before training, and of X and Y drawn at random, seed 0, on 64 samples, with f0 = 4.`
pub fn sentence(subject: &Subject, seed: u64) -> Sentence {
    let parameters = match (subject.parameters, subject.initialisation) {
        (Origin::Given, _) | (_, None) => Sentence::of("the given parameters"),
        (Origin::Constant, Some(Initialisation::Identity)) => {
            sentence!("{} = {}, cut or filled up with 0 ({})", letter("W", ""), letter("I", ""), no_bias())
        }
        (Origin::Constant, Some(_)) => sentence!("{} with every entry 1 ({})", letter("W", ""), no_bias()),
        (Origin::Drawn, Some(initialisation)) => {
            sentence!("{} drawn by {} ({}), before training,", letter("W", ""), initialisation.to_string(), no_bias())
        }
    };
    let network = &subject.numbers;
    let inputs: Vec<_> = network.inputs.iter().map(|input| shortened(&input.name)).collect();
    let targets: Vec<_> = network.targets().into_iter().map(|target| shortened(&target.name)).collect();
    let names = joined(&[inputs.clone(), targets.clone()].concat());
    let data = match subject.data {
        Origin::Given => format!("the given {names}"),
        Origin::Drawn => format!("{names} drawn at random"),
        Origin::Constant => {
            let ones = format!("{} with every entry 1", joined(&inputs));
            let filled = targets.into_iter().map(|name| {
                match network.terms.iter().find(|term| shortened(&term.target.name) == name) {
                    Some(Term { loss, .. }) if loss.has_classes() => format!("{name} with the first class in each row"),
                    Some(Term { loss: Loss::Upstream, .. }) => format!("{name} with every entry 1"),
                    _ => format!("{name} with every entry 0"),
                }
            });
            joined(&[ones].into_iter().chain(filled).collect::<Vec<_>>())
        }
    };
    let is_drawn = [subject.parameters, subject.data].contains(&Origin::Drawn);
    let seed = if is_drawn { format!(", seed {seed},") } else { String::new() };
    // The batch's size is said as such.
    let others = || subject.dims.iter().filter(|(name, _)| subject.network.input().samples.as_name() != Some(&**name));
    let dims: Vec<_> = others().map(|(name, number)| equality(&shortened(name), *number)).collect();
    let with = if dims.is_empty() { "" } else { ", with " };
    let dims = with_commas(dims.into_iter());
    let bound = |name: &str| subject.network.bindings.iter().any(|(known, _)| **known == *name);
    let given = [subject.parameters, subject.data].contains(&Origin::Given);
    let on = format!("{data}{seed} on {}{with}", count(subject.samples(), "sample"));
    let sentence = sentence!("The figures are of {} and of {}{}", parameters, on, dims);
    if given || others().all(|(name, _)| bound(name)) {
        return sentence.words(".");
    }
    sentence.words(" (drawn small").typed("; give your own with --let").words(").")
}
