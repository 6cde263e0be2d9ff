//! Which gates are factors, and which are one: pairs counted by hand.

use chainrule::{
    evaluate::initialise::Initialisation,
    insight::claims::{
        gates::GateFactors,
        statement::Statement,
        trial::Effect,
        verdict::{Exception, Reason, Verdict},
    },
};

use super::{found, pairs, tried, verdict};

/// W₁ and b₁ have two gates to come, W₂ and b₂ one; A₁ in ∂J/∂W₂ is written out by the first.
#[test]
fn the_loss_may_absorb_the_last_gate() {
    let factors = |layers: &str| {
        let found = found(&format!("input X [6, 3]; {layers}"));
        let [seen, wrong, _] = pairs(&found, Effect::Gate);
        assert_eq!(wrong, 0, "{layers}");
        (found.gate_factors.unwrap(), seen)
    };
    let of = |layers: &str| verdict(&format!("input X [6, 3]; {layers}"), Statement::Gates);
    let expected = |any, [present, absorbed, ahead, seen]: [usize; 4]| {
        (GateFactors { any, present, absorbed, missing: 0, ahead }, seen)
    };
    let fused = "dense 4 relu; dense 2 softmax; loss cce";
    assert_eq!(factors(fused), expected(true, [2, 4, 1, 4]));
    assert_eq!(of(fused), Verdict::HoldsBut(Exception::LastLayer));
    let unfused = "dense 4 tanh; dense 2 relu; loss mse";
    assert_eq!(factors(unfused), expected(true, [6, 0, 1, 4]));
    assert_eq!(of(unfused), Verdict::Holds);
    // A₁ of softmax is not written out.
    let softmax = "dense 4 softmax; dense 2 softmax; loss mse";
    assert_eq!(factors(softmax), expected(true, [6, 0, 0, 4]));
    assert_eq!(of(softmax), Verdict::Holds);
    let only = "dense 4; dense 2 sigmoid; loss bce";
    assert_eq!(factors(only), expected(false, [0, 4, 0, 0]));
    assert_eq!(of(only), Verdict::Fails);
    let linear = "repeat 5 { dense 3 }; loss half_mse";
    assert_eq!(factors(linear), expected(false, [0; 4]));
    assert_eq!(of(linear), Verdict::NotTried(Reason::NoGate));
    // Of 3 layers the one in the middle has no gate: W₁, b₁ have the first, and A₁ stands in ∂J/∂W₂ and ∂J/∂W₃.
    assert_eq!(factors("dense 4 relu; dense 3; dense 2; loss half_mse"), expected(true, [2, 0, 2, 6]));
}

/// Some units of these are off for all samples, and hide what one unit behind them does.
#[test]
fn the_gates_from_the_target_on_are_factors_also_among_dead_units() {
    for seed in 0..40 {
        for hidden in ["relu", "abs", "tanh"] {
            let text = format!("input X [3, 4]; dense 5 {hidden}; dense 3 relu; dense 4 tanh; dense 2; loss half_mse");
            let (tried, ..) = tried(&text, Initialisation::HeIn, seed);
            let verdict = tried.verdict(Statement::Gates);
            assert!(matches!(verdict, Verdict::Holds | Verdict::NotTried(_)), "{text}, seed {seed}: {verdict}");
        }
    }
}

#[test]
fn gates_agree_where_the_activation_is_made_of_two_rays() {
    let gates =
        |activation: &str| found(&format!("input X [6, 4]; dense 5 {activation}; dense 2; loss half_mse")).gates;
    for two_rays in ["relu", "leaky_relu", "abs"] {
        let gates = gates(two_rays);
        assert!(gates.len() == 1 && gates[0].agree && gates[0].largest < 1e-15, "{gates:?}");
    }
    for other in ["tanh", "sigmoid", "gelu", "square"] {
        let gates = gates(other);
        assert!(gates.len() == 1 && !gates[0].agree && gates[0].largest > 1e-3, "{gates:?}");
    }
    assert!(gates("linear").is_empty() && gates("softmax").is_empty());
    let reason = |text: &str| verdict(text, Statement::Transpose);
    assert_eq!(reason("input X [6, 4]; dense 5; dense 2; loss half_mse"), Verdict::NotTried(Reason::NoGate));
    let softmax = "input X [6, 3]; dense 4 softmax; dense 2 softmax; loss mse";
    assert_eq!(reason(softmax), Verdict::NotTried(Reason::NoUnitGate));
}

/// Behind sigmoid b₁ and b₂ are no factors of ∂J/∂W₃ and ∂J/∂W₄; b₁ is one of ∂J/∂W₂, b₃ of ∂J/∂W₄.
#[test]
fn what_is_behind_an_activation_without_a_forward_gate_is_counted() {
    let text = "input X [6, 4]; dense 5 tanh; dense 4 sigmoid; dense 3 tanh; dense 2; loss half_mse";
    let found = found(text);
    assert_eq!(pairs(&found, Effect::BiasPresent), [2, 0, 0]);
    assert_eq!(pairs(&found, Effect::LaterLayerPresent), [6, 0, 0]);
}

/// With W = 0 no error comes below the last layer, and no b but the one before it gets there: ∂J/∂W₂ to ∂J/∂W₅ are 0, which
/// is 1 + 2 + 3 + 4 pairs; in ∂J/∂W₆ b₅ is seen and four others are not. No activation is without a gate.
#[test]
fn gradients_of_0_are_not_behind_an_activation() {
    let text = "input X [4, 3]; repeat 5 { dense 3 relu }; dense 1; loss mse";
    let found = tried(text, Initialisation::Normal(0.0), 1).0.found.unwrap();
    assert_eq!(pairs(&found, Effect::BiasPresent), [5, 4, 10]);
    // Twice a W of 0 says nothing.
    assert_eq!(pairs(&found, Effect::LaterLayerPresent), [0; 3]);
    assert_eq!(pairs(&found, Effect::OwnWeight), [0; 3]);
}
