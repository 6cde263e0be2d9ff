//! The words behind `nn.Dropout(`, `BatchNorm1d(`, `glu(`, `add(` → layers as they are written here.

use super::{
    Meant,
    layer::{is_no, width},
};
use crate::{
    catalog::{
        activation,
        foreign::{DROPOUT, folded},
    },
    spec::lexical::is_name,
};

/// What Keras adds to a variance where nothing is said, as it is written.
const KERAS: &str = "1e-3";
/// What is added here.
const HERE: f64 = 1e-5;

/// `dropout(0.5)`, `nn.Dropout(p=0.5)`, `F.dropout(h, 0.5)`, `dropout 50%`
pub(super) fn dropout(head: &str, rest: &[&str]) -> Option<Meant> {
    let is_call = head != "dropout" && rest.contains(&"(");
    match (share(rest), is_call) {
        (Some(Some(share)), _) => Some(Meant::write(format!("dropout {share}"))),
        (Some(None), true) => {
            let why = Some("PyTorch drops half of the entries where nothing is said".into());
            Some(Meant::Statement { text: "dropout 0.5".into(), why })
        }
        (None, true) => Some(Meant::Unclear(DROPOUT.into())),
        (_, false) => None,
    }
}

/// The share that is dropped, if it is said; `None` where something else is said.
#[allow(clippy::option_option, reason = "nothing said and something else said are two things")]
fn share(mut rest: &[&str]) -> Option<Option<String>> {
    let mut found = None;
    while let Some((lexeme, behind)) = rest.split_first() {
        rest = behind;
        let share = match (*lexeme, behind) {
            ("(" | ")" | ",", _) => continue,
            ("inplace" | "training" | "seed" | "name", ["=", _, behind @ ..]) => {
                rest = behind;
                continue;
            }
            // The value that it is applied to.
            (word, [",", ..]) if is_name(word) => continue,
            ("p" | "rate", ["=", number, behind @ ..]) => {
                rest = behind;
                (*number).to_owned()
            }
            (number, ["%", behind @ ..]) => {
                rest = behind;
                (number.parse::<f64>().ok()? / 100.0).to_string()
            }
            (number, _) => number.to_owned(),
        };
        let is_share = share.parse().is_ok_and(|share: f64| (0.0..1.0).contains(&share));
        if !is_share || found.replace(share).is_some() {
            return None;
        }
    }
    Some(found)
}

/// What a norm of another tool says.
struct Norm<'a> {
    epsilon: Option<&'a str>,
    gain: bool,
    shift: bool,
}

/// `norm(layer)`, `norm batch affine=False`
pub(super) fn norm(rest: &[&str]) -> Option<Meant> {
    let rest = rest.strip_prefix(&["("]).unwrap_or(rest);
    let (kind, rest) = rest.split_first()?;
    let kind = ["layer", "rms", "batch"].into_iter().find(|known| *known == folded(kind))?;
    let rest = rest.strip_prefix(&[","]).unwrap_or(rest);
    Some(written(kind, &options(rest, false)?))
}

/// `nn.LayerNorm(128, eps=1e-3)`, `BatchNormalization(center=False, scale=False)`
pub(super) fn foreign_norm(head: &str, kind: &str, rest: &[&str]) -> Meant {
    let of_keras = folded(head).ends_with("normalization");
    let found = options(rest, !of_keras).map(|mut found| {
        let is_default = found.epsilon.is_none() && of_keras && kind != "rms";
        found.epsilon = if is_default { Some(KERAS) } else { found.epsilon };
        match written(kind, &found) {
            Meant::Statement { text, .. } if is_default => {
                let why = Some(format!("Keras adds {KERAS} to the variance where nothing is said"));
                Meant::Statement { text, why }
            }
            meant @ (Meant::Statement { .. } | Meant::Unclear(_) | Meant::Missing { .. }) => meant,
        }
    });
    found.unwrap_or_else(|| {
        Meant::Unclear(format!("without its options it is `norm {kind}`, which takes `eps=1e-5` and `plain` alone"))
    })
}

/// The options; `positional` says whether the size and `eps` may stand without a name.
fn options<'a>(mut rest: &[&'a str], positional: bool) -> Option<Norm<'a>> {
    let (mut found, mut place) = (Norm { epsilon: None, gain: true, shift: true }, 0);
    while let Some((lexeme, behind)) = rest.split_first() {
        rest = behind;
        match (*lexeme, behind) {
            ("(" | ")", _) => {}
            (",", _) => place += 1,
            ("[", _) if place == 0 => {
                let end = behind.iter().position(|lexeme| *lexeme == "]")?;
                rest = &behind[end + 1..];
            }
            (key, ["=", value, behind @ ..]) => {
                rest = behind;
                found.set(key, value)?;
            }
            ("plain", _) => (found.gain, found.shift) = (false, false),
            (_, _) if place == 0 && positional => {}
            (number, _) if place == 1 && positional => found.set("eps", number)?,
            _ => return None,
        }
    }
    Some(found)
}

impl<'a> Norm<'a> {
    fn set(&mut self, key: &str, value: &'a str) -> Option<()> {
        match folded(key).as_str() {
            "eps" | "epsilon" => {
                // Of two nobody can tell which is meant.
                if self.epsilon.is_some() {
                    return None;
                }
                value.parse().ok().filter(|number: &f64| *number >= 0.0 && number.is_finite())?;
                self.epsilon = Some(value);
            }
            "affine" | "elementwiseaffine" => {
                let is_affine = !is_no(value)?;
                (self.gain, self.shift) = (is_affine, is_affine);
            }
            "scale" | "usescale" => self.gain = !is_no(value)?,
            "center" | "bias" | "usebias" => self.shift = !is_no(value)?,
            "axis" | "dim" if matches!(value, "1" | "-1") => {}
            "numfeatures" | "normalizedshape" | "momentum" | "trackrunningstats" | "name" => {}
            _ => return None,
        }
        Some(())
    }
}

/// `norm batch eps=1e-3 plain`
fn written(kind: &str, norm: &Norm) -> Meant {
    // `norm rms` has a gain alone.
    let shift = if kind == "rms" { norm.gain } else { norm.shift };
    if norm.gain != shift {
        return Meant::Unclear(format!(
            "gain and shift come together here: write `norm {kind}` with both, or `norm {kind} plain` without both"
        ));
    }
    let other = norm.epsilon.filter(|text| text.parse() != Ok(HERE));
    let epsilon = other.map_or(String::new(), |epsilon| format!(" eps={epsilon}"));
    let plain = if norm.gain { "" } else { " plain" };
    Meant::write(format!("norm {kind}{epsilon}{plain}"))
}

/// `glu(64, silu)`
pub(super) fn gated(rest: &[&str]) -> Option<Meant> {
    let mut words = rest.iter().copied().filter(|lexeme| !matches!(*lexeme, "(" | ")" | ","));
    let (width, behind) = width(words.next()?, &[])?;
    let gate = match words.next() {
        Some(word) => format!(" {}", activation::entry(word)?.name),
        None => String::new(),
    };
    (behind.is_empty() && words.next().is_none()).then(|| Meant::write(format!("glu {width}{gate}")))
}
