//! x
use chainrule::*;
fn main() {
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
    if vars.len() > 20 {
        return;
    }
    for e in rep.equations(&vars) {
        println!("{}", render::text::equation(&e, &render::glyphs::UNICODE, 120));
    }
    for n in rep.notes(&vars, &render::glyphs::UNICODE) {
        println!("{n}");
    }
}
