//! Options of `insight` → a warning of each that changes nothing, since no part that is printed takes it.

use super::args::insight::Insight;
use chainrule::{
    pipeline::insight::Part,
    report::{insight::PARTS, words::joined},
    source::{Diagnostic, Kind},
};

/// The warnings, in the order of the options in the help text.
pub fn warnings(arguments: &Insight) -> Vec<Diagnostic> {
    let Insight { arrays, seeds, off, dead, saturated, vanishing, exploding, power, .. } = arguments;
    let Insight { updates_weak, updates_growing, units_weak, units_dead, .. } = arguments;
    let options: [(&str, bool, &[Part]); 11] = [
        ("--seeds", seeds.is_some(), &[Part::Summary, Part::Claims, Part::Flow]),
        ("--off", off.is_some(), &[Part::Claims, Part::Inactive]),
        ("--dead", dead.is_some(), &[Part::Summary, Part::Inactive]),
        ("--saturated", saturated.is_some(), &[Part::Summary, Part::Inactive]),
        ("--vanishing", vanishing.is_some(), &[Part::Summary, Part::Flow]),
        ("--power", power.is_some(), &[Part::Flow]),
        ("--exploding", exploding.is_some(), &[Part::Summary, Part::Flow]),
        ("--updates-weak", updates_weak.is_some(), &[Part::Summary]),
        ("--updates-growing", updates_growing.is_some(), &[Part::Summary]),
        ("--units-weak", units_weak.is_some(), &[Part::Summary]),
        ("--units-dead", units_dead.is_some(), &[Part::Summary]),
    ];
    let given = options.into_iter().filter(|(_, given, _)| *given);
    let warning = |(option, _, parts): (&'static str, bool, &[Part])| {
        let taken = parts.iter().any(|part| is_printed(arguments, *part));
        match option {
            _ if !taken => Some(not_taken(option, parts)),
            "--seeds" if arrays.params.is_some() => Some(beside_parameters()),
            _ => None,
        }
    };
    given.filter_map(warning).collect()
}

fn is_printed(arguments: &Insight, part: Part) -> bool {
    arguments.parts().contains(&part)
}

fn warning(option: &str, reason: &str) -> Diagnostic {
    Diagnostic::warning(Kind::Usage, format!("`{option}` changes nothing here: {reason}"))
}

fn not_taken(option: &str, parts: &[Part]) -> Diagnostic {
    let names = PARTS.iter().filter(|(part, ..)| parts.contains(part));
    let names: Vec<_> = names.map(|(_, word, _)| format!("`{word}`")).collect();
    let one = if names.len() == 1 { "it" } else { "one" };
    warning(option, "no part that is printed takes it")
        .help(format!("it is for {}: add {one} to `--only`, or leave the option out", joined(&names)))
}

fn beside_parameters() -> Diagnostic {
    warning("--seeds", "nothing is drawn again where a file gives the parameters")
        .help("leave it out, or leave `--params` out")
}
