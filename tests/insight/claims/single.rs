//! One layer, one sample, one pair: what is said is what there is.

use chainrule::{
    evaluate::initialise::Initialisation,
    insight::claims::{
        statement::Statement,
        trial::Held,
        verdict::{Reason, Verdict},
    },
    pipeline::insight::{Options, Part},
    render::Format,
};

use super::{
    super::{page, part, unwrapped},
    verdict,
};

fn text(spec: &str) -> String {
    unwrapped(&page(&part(spec, Part::Claims, Options::default()), Format::Text))
}

/// The verdicts' table has the claims' words for any network; the figures begin behind it.
fn figures(spec: &str) -> String {
    let text = text(spec);
    text[text.find("\nTried on").unwrap()..].to_owned()
}

#[test]
fn a_layer_alone_has_none_behind_it() {
    for spec in ["input X [3, 2]; dense 1; loss half_mse", "input X [3, 2]; dense 2 nobias; loss mse"] {
        let figures = figures(spec);
        for absent in ["another weight", "gates held", "later", "earlier", "all 1 ", " of 1 ", "a b ", "1 layers"] {
            assert!(!figures.contains(absent), "{absent}: {figures}");
        }
        assert!(figures.contains("the one layer") && figures.contains("in the one case"), "{figures}");
        assert!(figures.contains("7. Not tried: the network has no hidden layer."), "{figures}");
        // Nothing but the error can be held.
        assert_eq!(verdict(spec, Statement::OwnWeight), Verdict::HoldsWith(Held::Error));
    }
}

#[test]
fn softmax_is_a_hidden_layer_whose_units_are_not_apart() {
    let spec = "input X [6, 3]; dense 4 softmax; dense 2 softmax; loss mse";
    assert_eq!(verdict(spec, Statement::Inactive), Verdict::NotTried(Reason::NoUnit));
    assert_eq!(verdict(spec, Statement::OwnWeight), Verdict::HoldsWith(Held::ErrorAndGates));
    // The output layer has a gate too where the loss does not absorb it, and is not hidden.
    let output = figures("input X [6, 3]; dense 4 relu; dense 2 relu; loss mse");
    assert!(
        output.contains("The derivative f'(z) equals f(z)/z in both layers with a derivative for each unit."),
        "{output}"
    );
}

#[test]
fn one_is_singular() {
    let specs = [
        "input X [6, 3]; dense 2 relu; dense 2; loss mse",
        "input X [1, 3]; dense 1 relu; dense 1; loss mse",
        "input X [2, 1]; dense 1 tanh; dense 1; loss mae",
        "input X [8, 4]; dense 5; dense 2; loss mae",
    ];
    for spec in specs {
        for seed in 0..6 {
            let options = Options { seed, initialisation: Initialisation::Glorot, ..Options::default() };
            let text = unwrapped(&page(&part(spec, Part::Claims, options), Format::Text));
            for wrong in [" 1 ratios", "; 1 of 1 ", "in 1 of 1", "all 1 ", " 1 samples", " 1 pairs", " 1 gradients"] {
                assert!(!text.contains(wrong), "{wrong}: {text}");
            }
        }
    }
}
