//! What holds whatever the network: results are simple already, no order matters, depth costs what it should.

use chainrule::{
    document::typeset::Typesetter,
    expr::{Arena, ExprId},
    gradient::{
        Derivation, Derived, Form,
        form::{
            layered::{layered, raw_head},
            product::product,
        },
    },
    network::forward::forward,
    pipeline::{Request, derive},
    render::{Format, Style},
    report::gradients::Report,
    simplify::{Group, Limits, simplify, simplify_by},
};

use crate::{
    concrete::LOSSES,
    gallery::{self, FORMS, resolved},
};

/// What there is to simplify: arenas with the roots of heads and bodies as the sweep and the translations leave them.
fn raw() -> Vec<(String, Arena, Vec<ExprId>, Group)> {
    let mut found = Vec::new();
    for activation in crate::common::activations() {
        for loss in LOSSES {
            let spec = format!("input X [n, f0]; dense f1 {}; loss {loss}", activation.name);
            let mut forward = forward(&resolved(&spec)).unwrap();
            let head = raw_head(&mut forward.arena, &forward.outputs[0], forward.loss).unwrap();
            let roots = vec![head.by_prediction, head.by_pre_activation, forward.prediction().value];
            found.push((spec.clone(), forward.arena.clone(), roots, Group::OutputError));
            found.push((spec, forward.arena, vec![forward.loss], Group::Loss));
        }
    }
    for (name, source) in gallery::networks() {
        for expanded in [false, true] {
            let mut forward = forward(&resolved(&source)).unwrap();
            let head = raw_head(&mut forward.arena, &forward.outputs[0], forward.loss).unwrap();
            let layered = layered(&mut forward, &[head]).unwrap();
            let product = product(&mut forward, &head, &layered, expanded).unwrap();
            let roots = product.derivatives.iter().map(|derivative| derivative.value).collect();
            found.push((format!("{name} expanded={expanded}"), forward.arena, roots, Group::Body));
        }
    }
    found
}

fn printed(arena: &Arena, roots: &[ExprId]) -> Vec<String> {
    roots.iter().map(|root| Style::new(Format::Text).inline(&Typesetter::new(arena).formula(*root))).collect()
}

#[test]
fn a_result_is_simple_already() {
    for (name, mut arena, roots, group) in raw() {
        let once = simplify(&mut arena, &roots, group, Limits::default());
        let twice = simplify(&mut arena, &once.roots, group, Limits::default());
        assert_eq!(printed(&arena, &once.roots), printed(&arena, &twice.roots), "{name} {group:?}");
        assert_eq!(once.roots, twice.roots, "{name} {group:?}");
    }
}

#[test]
fn the_order_of_laws_and_roots_does_not_show() {
    for (name, arena, roots, group) in raw() {
        let mut laws = group.laws();
        laws.reverse();
        let mut straight = arena.clone();
        let found = simplify(&mut straight, &roots, group, Limits::default());
        let expected = printed(&straight, &found.roots);
        let mut reversed = arena.clone();
        let found = simplify_by(&mut reversed, &roots, &laws, Limits::default()).unwrap();
        assert_eq!(printed(&reversed, &found.roots), expected, "{name} {group:?}: laws reversed");
        let mut backwards = arena.clone();
        let order: Vec<ExprId> = roots.iter().rev().copied().collect();
        let mut found = simplify(&mut backwards, &order, group, Limits::default()).roots;
        found.reverse();
        assert_eq!(printed(&backwards, &found), expected, "{name} {group:?}: roots reversed");
    }
}

#[test]
fn equal_input_gives_equal_bytes() {
    for (name, source) in gallery::networks() {
        let network = resolved(&source);
        for (_, form, expand) in FORMS {
            let page = || {
                let derivation = derive(&network, &Request { expand, ..Request::new(form) }).unwrap();
                gallery::page(&derivation, &gallery::parameters_and_input(&derivation), Format::Text)
            };
            let first = page();
            for _ in 0..3 {
                assert_eq!(page(), first, "{name} {form:?}");
            }
        }
    }
}

/// `depth` layers of which the activations take turns, softmax among them, biases every other.
fn deep(depth: usize) -> String {
    let activations = ["relu", "tanh", "linear nobias", "softmax", "gelu nobias"];
    let layer = |l: usize| format!("dense {} {}", ["a", "b", "c"][l % 3], activations[l % 5]);
    let hidden: Vec<String> = (1..depth).map(layer).collect();
    format!("input X [n, f]\n{}\ndense c softmax\nloss cce", hidden.join("\n"))
}

fn derived(spec: &str, form: Form, expand: bool) -> Derivation {
    let derivation = derive(&resolved(spec), &Request { expand, ..Request::new(form) }).unwrap();
    assert_eq!(derivation.limit, None, "{form:?} is not saturated");
    derivation
}

#[test]
fn every_form_exists_at_every_depth() {
    for depth in [1, 2, 50, 300] {
        let spec = deep(depth);
        for (_, form, expand) in FORMS {
            let derivation = derived(&spec, form, expand);
            let all = gallery::parameters_and_input(&derivation);
            // All of them where text is linear in depth; the first and the last where it is not.
            let some = [all[0], all[all.len() - 1]];
            let variables = if form == Form::Layered || depth <= 50 { &all[..] } else { &some };
            let page = gallery::page(&derivation, variables, Format::Text);
            assert!(page.lines().count() >= variables.len(), "depth {depth} {form:?}");
        }
    }
}

#[test]
fn three_thousand_layers_fit_into_a_small_stack() {
    let all_forms = || {
        let spec = deep(3000);
        for (_, form, expand) in FORMS.into_iter().filter(|(.., expand)| !expand) {
            let derivation = derived(&spec, form, expand);
            let all = gallery::parameters_and_input(&derivation);
            let variables = if form == Form::Layered { &all[..] } else { &all[..1] };
            assert!(!gallery::page(&derivation, variables, Format::Text).is_empty());
            drop(derivation.clone());
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(all_forms).unwrap().join().unwrap();
}

#[test]
fn a_layer_costs_the_same_at_every_depth() {
    for form in [Form::Layered, Form::Product, Form::PerSample] {
        let nodes = |depth| derived(&deep(depth), form, false).forward.arena.len();
        // Depths that end alike: a period of activations and widths is 15 layers.
        let (short, middle, long) = (nodes(150), nodes(300), nodes(600));
        assert_eq!(long - middle, 2 * (middle - short), "{form:?}: {short}, {middle}, {long} nodes");
    }
    let definitions = |depth| {
        let derivation = derived(&deep(depth), Form::Layered, false);
        let Derived::Gradient(gradient) = &derivation.derived else { panic!("a form with a value") };
        let printed = Report::new(&derivation).equations(&gallery::parameters_and_input(&derivation)).count();
        (gradient.definitions.len(), printed)
    };
    let ((a, b), (c, d)) = (definitions(300), definitions(600));
    assert_eq!((2 * a, 2 * (b - 1)), (c, d - 1));
}
