//! The text depends on the spec and the options alone: not on hash order, which differs from process to process, nor on what
//! ran before in the process or runs beside it. (Nor on the order of the rule table and of roots: `why`, `properties`.)

use std::{collections::BTreeMap, thread};

use chainrule::{
    gradient::Form,
    pipeline::{self, Request, derive, derive_general, variables, why},
    render::{Format, Style},
    report,
};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::{
    cli::chainrule,
    common,
    gallery::{FORMS, resolved},
};

/// Names of many kinds: labels, blocks, polynomials, a `let`.
const NAMES: &str = "let h = 4
input Data [n, a + b]
stem: dense a + b -> 2*h relu nobias
repeat 2 { wide: dense h*c tanh; mix: dense 2*h softmax }
dense p*q gelu; squash: activation sigmoid
head: dense k softmax
target Labels [n, k]
loss cce reduce=elements";

/// What `derive` prints.
#[derive(Clone, Copy, Debug)]
enum Printed {
    Form(Form, bool),
    Steps,
    Why(Form),
    General(Form),
    Cost,
}

const PRINTED: [Printed; 14] = [
    Printed::Form(Form::Product, false),
    Printed::Form(Form::Product, true),
    Printed::Form(Form::Layered, false),
    Printed::Form(Form::PerSample, false),
    Printed::Form(Form::PerSample, true),
    Printed::Form(Form::Chain, false),
    Printed::Form(Form::Intuitive, false),
    Printed::Steps,
    Printed::Why(Form::Product),
    Printed::Why(Form::Layered),
    Printed::Why(Form::PerSample),
    Printed::General(Form::Product),
    Printed::General(Form::PerSample),
    Printed::Cost,
];

/// The options that print it.
fn options(printed: Printed) -> Vec<String> {
    let form = |form| {
        let (name, ..) = FORMS.into_iter().find(|known| known.1 == form).expect("every form is in the gallery");
        format!("--form={name}")
    };
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    match printed {
        Printed::Form(wanted, false) => vec![form(wanted)],
        Printed::Form(wanted, true) => vec![form(wanted), "--expand".into()],
        Printed::Steps => words(&["--steps"]),
        Printed::Why(wanted) => vec!["--why".into(), form(wanted)],
        Printed::General(wanted) => vec!["--general".into(), form(wanted)],
        Printed::Cost => words(&["--cost"]),
    }
}

/// The specs of which it is printed: layers of one kind have a general formula, numbers a cost.
fn specs(printed: Printed) -> Vec<String> {
    let valid = |name: &str| common::read(format!("tests/specs/valid/{name}.net"));
    match printed {
        Printed::Form(..) | Printed::Steps | Printed::Why(_) => {
            vec![NAMES.into(), valid("sums"), valid("huber"), valid("logistic")]
        }
        Printed::General(_) => vec![valid("three-layer"), valid("linear")],
        Printed::Cost => vec![valid("bound")],
    }
}

/// The page in this process.
fn page(text: &str, printed: Printed) -> String {
    let network = resolved(text);
    let (form, expand) = match printed {
        Printed::Form(form, expand) => (form, expand),
        Printed::Why(form) | Printed::General(form) => (form, false),
        Printed::Steps | Printed::Cost => (Form::Product, false),
    };
    let request = Request { expand, ..Request::new(form) };
    let derivation = if let Printed::General(_) = printed {
        derive_general(&network, &request).unwrap()
    } else {
        derive(&network, &request).unwrap()
    };
    let variables = if let Printed::General(_) = printed {
        pipeline::select_general(&derivation, &[]).unwrap()
    } else {
        variables::select(&derivation.forward, &[]).unwrap()
    };
    let style = Style::new(Format::Text);
    let gradients = |forward| style.page(&report::gradients(&derivation, &variables, forward));
    match printed {
        Printed::Form(form, expand) => gradients(expand && form == Form::Layered),
        Printed::General(_) => gradients(false),
        Printed::Steps => {
            let (derivation, steps) = pipeline::explain(&network, &request).unwrap();
            style.page(&report::steps(&derivation, &steps, &variables))
        }
        Printed::Why(_) => {
            let why = why::prove(&network, derivation.clone(), &variables, request.expand).unwrap();
            style.page(&report::why(&why))
        }
        Printed::Cost => {
            let costs = pipeline::cost(&derivation, &[], &variables).unwrap();
            style.page(&report::cost(&costs, &derivation))
        }
    }
}

/// What is printed, and the network of which it is.
fn all() -> Vec<(Printed, String)> {
    PRINTED.into_iter().flat_map(|printed| specs(printed).into_iter().map(move |text| (printed, text))).collect()
}

#[test]
fn what_ran_before_or_beside_it_does_not_show() {
    let alone: BTreeMap<usize, String> = (all().iter().enumerate())
        .map(|(place, (printed, text))| {
            let options = options(*printed);
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            let run = chainrule(&[&["derive", "-e", text], &options[..]].concat());
            assert_eq!(run.status, 0, "{printed:?}: {}", run.stderr);
            (place, run.stdout)
        })
        .collect();
    let in_this_order = |seed| {
        let mut order: Vec<(usize, (Printed, String))> = all().into_iter().enumerate().collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        for (place, (printed, text)) in order {
            assert_eq!(page(&text, printed), alone[&place], "{printed:?}");
        }
    };
    thread::scope(|scope| {
        for seed in 0..3 {
            scope.spawn(move || in_this_order(seed));
        }
    });
}

#[test]
fn hash_order_does_not_show() {
    let near =
        "let aa = 1, ab = 2, ac = 3, ad = 4; input X [n, ax]; dense ay rellu; dense az; dense aw -> av; loss msee";
    let page =
        |options: &[&str]| [&["derive", "-e", NAMES], options].concat().iter().map(ToString::to_string).collect();
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<String>>();
    let mut cases: Vec<(i32, Vec<String>)> = Vec::new();
    for format in ["text", "ascii", "latex", "typst", "html", "mathml", "json"] {
        cases.push((0, page(&["--format", format, "--wrt", "W,b,A,Z,Data"])));
    }
    cases.push((0, page(&["--why", "--format", "latex"])));
    cases.push((0, page(&["--steps", "--format", "typst"])));
    cases.push((2, page(&["--wrt", "W9,V,stem"])));
    cases.push((0, words(&["derive", "--general", "--format", "latex", "tests/specs/valid/three-layer.net"])));
    cases.push((0, words(&["derive", "--cost", "--wrt", "W,b", "tests/specs/valid/bound.net"])));
    cases.push((0, words(&["shapes", "-e", NAMES])));
    cases.push((3, words(&["shapes", "-e", near])));
    cases.push((2, words(&["shapes", "-e", NAMES, "--let", "u=1,v=2,w=3,x=4,y=5"])));
    cases.push((0, words(&["verify", "-e", NAMES, "--let", "a=1,b=2,c=3,k=4", "--trials", "2", "--format", "json"])));
    cases.push((0, words(&["verify", "-e", NAMES])));
    for (status, case) in cases {
        let arguments: Vec<&str> = case.iter().map(String::as_str).collect();
        let first = chainrule(&arguments);
        assert_eq!(first.status, status, "{case:?}: {}", first.stderr);
        for _ in 0..4 {
            let again = chainrule(&arguments);
            assert_eq!((again.stdout, again.stderr), (first.stdout.clone(), first.stderr.clone()), "{case:?}");
        }
    }
}
