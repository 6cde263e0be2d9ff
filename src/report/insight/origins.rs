//! A [`Subject`] → the sentence that says where its arrays come from: what all figures of a page rest on.

use crate::report::words::{grouped, joined};
use crate::{
    catalog::loss::Loss,
    document::sentence::Sentence,
    evaluate::initialise::Initialisation,
    insight::{Origin, Subject},
};

/// `measured with W drawn by he-in, b = 0, and X and Y drawn at random, seed 0; 3 samples; f0 = 4`
pub fn sentence(subject: &Subject, seed: u64) -> Sentence {
    let [input, target] = [&subject.numbers.input.name, &subject.numbers.target.name].map(|name| &**name);
    let parameters = match (subject.parameters, subject.initialisation) {
        (Origin::Given, _) | (_, None) => "the given parameters".to_owned(),
        (Origin::Constant, Some(Initialisation::Identity)) => "W = I, cut or filled up with 0, b = 0".to_owned(),
        (Origin::Constant, Some(_)) => "every entry of W = 1, b = 0".to_owned(),
        (Origin::Drawn, Some(initialisation)) => format!("W drawn by {initialisation}, b = 0"),
    };
    let data = match subject.data {
        Origin::Given => format!("the given {input} and {target}"),
        Origin::Drawn => format!("{input} and {target} drawn at random"),
        Origin::Constant if subject.numbers.loss == Loss::Cce => {
            format!("every entry of {input} = 1, {target} the first class in each row")
        }
        Origin::Constant => format!("every entry of {input} = 1 and of {target} = 0"),
    };
    let is_drawn = [subject.parameters, subject.data].contains(&Origin::Drawn);
    let seed = if is_drawn { format!(", seed {seed}") } else { String::new() };
    let samples = subject.samples();
    // The batch's size is said as such.
    let others = subject.dims.iter().filter(|(name, _)| subject.network.input.samples.as_name() != Some(&**name));
    let dims: Vec<String> = others.map(|(name, number)| format!("{name} = {number}")).collect();
    let dims = if dims.is_empty() { String::new() } else { format!("; {}", joined(&dims)) };
    let samples = format!("; {} sample{}", grouped(samples), if samples == 1 { "" } else { "s" });
    Sentence::default().words(format!("measured with {parameters}, and {data}{seed}{samples}{dims}"))
}
