//! What influences a network's gradients: every figure against an oracle of its own.

mod claims;
mod influence;
mod sweep;

use std::collections::BTreeMap;

use chainrule::{
    evaluate::{arrays::Arrays, sweep::Inputs},
    gradient::{Derivation, Form},
    network::{graph::Network, resolve},
    pipeline::{
        Request, derive,
        insight::{Insight, Options, Part, insight},
    },
    spec,
};

pub fn parsed(text: &str) -> Network {
    resolve(&spec::parse(text).expect("parses"), &[]).network.expect("resolves")
}

pub fn layered(network: &Network, distributions: bool) -> Derivation {
    derive(network, &Request { distributions, ..Request::new(Form::Layered) }).expect("derives")
}

pub fn inputs(arrays: &Arrays) -> Inputs<f64> {
    arrays.iter().map(|(name, array)| (name.clone(), array.to_shared())).collect()
}

pub fn no_names() -> BTreeMap<String, u64> {
    BTreeMap::new()
}

/// One part for a spec without files.
pub fn part(text: &str, part: Part, options: Options) -> Insight {
    let options = Options { parts: vec![part], ..options };
    insight(&parsed(text), [None, None], &options, &mut |_| {}).expect("has an answer")
}
