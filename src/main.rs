//! x
use chainrule::*;
fn main() {
    if std::env::args().nth(1).as_deref() == Some("heads") {
        for a in catalog::activation::TABLE {
            for (l, _) in catalog::loss::TABLE.iter().take(7) {
                let text = format!(
                    "input X [n, f0]\ndense f1 {}\nloss {l} {}",
                    a.name,
                    std::env::args().nth(2).unwrap_or_default()
                );
                let spec = spec::parse(&text).unwrap();
                let n = network::resolve(&spec, &[]).network.unwrap();
                let t = std::time::Instant::now();
                let d = pipeline::derive(&n, &pipeline::Request::new(gradient::Form::Layered)).unwrap();
                let rep = render::report::Report::new(&d);
                let vars = [d.forward.parameters[0]];
                let e = rep.equations(&vars).next().unwrap();
                println!(
                    "{:12} {:9} {:6.1?}ms {:?} {}",
                    a.name,
                    l,
                    t.elapsed().as_secs_f64() * 1e3,
                    d.limit,
                    render::text::inline(&e.right, &render::glyphs::UNICODE)
                );
                println!(
                    "{:36} {}",
                    "",
                    render::text::inline(
                        &render::typeset::Typesetter::new(&d.forward.arena).formula(d.loss),
                        &render::glyphs::UNICODE
                    )
                );
            }
        }
        return;
    }
    let path = std::env::args().nth(1).unwrap();
    let text = std::fs::read_to_string(&path).unwrap_or(path);
    let form = match std::env::args().nth(2).as_deref() {
        Some("layered") => gradient::Form::Layered,
        Some("per-sample") => gradient::Form::PerSample,
        Some("chain") => gradient::Form::Chain,
        Some("intuitive") => gradient::Form::Intuitive,
        _ => gradient::Form::Product,
    };
    let spec = spec::parse(&text).unwrap();
    let r = network::resolve(&spec, &[]);
    for d in &r.diagnostics {
        println!("{}", render::diagnostic(d, &text, "x", false, 100));
    }
    let n = r.network.unwrap();
    let t = std::time::Instant::now();
    let d = pipeline::derive(
        &n,
        &pipeline::Request { expand: std::env::args().nth(3).is_some(), ..pipeline::Request::new(form) },
    )
    .unwrap();
    eprintln!("{:?} {:?} nodes {}", t.elapsed(), d.limit, d.forward.arena.len());
    let rep = render::report::Report::new(&d);
    let mut vars = d.forward.parameters.clone();
    vars.push(d.forward.input);
    if vars.len() > 20000 {
        return;
    }
    for e in rep.equations(&vars) {
        println!("{}", render::text::equation(&e, &render::glyphs::UNICODE, 120));
    }
    for n in rep.notes(&vars, &render::glyphs::UNICODE) {
        println!("{n}");
    }
}
