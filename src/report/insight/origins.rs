//! A [`Subject`] → the sentence that says where its arrays come from: what all figures of a page rest on.

use super::summary::shortened;
use crate::{
    catalog::loss::Loss,
    document::Sentence,
    evaluate::Initialisation,
    insight::{Origin, Subject},
    network::graph::Term,
    report::words::{count, joined, listed},
};

/// `The figures are of W drawn by he-in (b = 0) and of X and Y drawn at random, seed 0, on 64 samples, with f0 = 4.`
pub fn sentence(subject: &Subject, seed: u64) -> Sentence {
    let parameters = match (subject.parameters, subject.initialisation) {
        (Origin::Given, _) | (_, None) => "the given parameters".to_owned(),
        (Origin::Constant, Some(Initialisation::Identity)) => "W = I, cut or filled up with 0 (b = 0)".to_owned(),
        (Origin::Constant, Some(_)) => "W with every entry 1 (b = 0)".to_owned(),
        (Origin::Drawn, Some(initialisation)) => format!("W drawn by {initialisation} (b = 0)"),
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
    let dims: Vec<String> = others().map(|(name, number)| format!("{} = {number}", shortened(name))).collect();
    let dims = if dims.is_empty() { String::new() } else { format!(", with {}", listed(&dims)) };
    let bound = |name: &str| subject.network.bindings.iter().any(|(known, _)| **known == *name);
    let given = [subject.parameters, subject.data].contains(&Origin::Given);
    let sentence =
        format!("The figures are of {parameters} and of {data}{seed} on {}{dims}", count(subject.samples(), "sample"));
    let sentence = Sentence::of(sentence);
    if given || others().all(|(name, _)| bound(name)) {
        return sentence.words(".");
    }
    sentence.words(" (drawn small").typed("; give your own with --let").words(").")
}
