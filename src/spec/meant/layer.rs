//! The words behind `dense`, `Linear(`, `nn.ReLU(` → a layer as it is written here.

use super::{Meant, is_free, of_head, whole};
use crate::{
    catalog::{
        activation::{self, TABLE},
        foreign::{self, BRANCHES, Foreign, folded},
    },
    source::suggestion::unmistakable,
    spec::lexical::is_name,
};

/// What is known of a dense layer.
#[derive(Default)]
struct Dense {
    widths: Vec<String>,
    input: Option<String>,
    output: Option<String>,
    activation: Option<String>,
    nobias: bool,
    /// The activation of the gate, if another dense layer gates it.
    gate: Option<&'static str>,
    /// Whether a sign parts the next width from the one before.
    parted: bool,
    /// Whether it is written as a call, whose arguments commas part.
    called: bool,
}

/// A fully connected layer.
pub(super) fn dense(label: Option<&str>, rest: &[&str]) -> Option<Meant> {
    read(label, rest, Dense::default())
}

/// A dense layer that another one gates: `swiglu 4`, `GeGLU(4, bias=False)`.
pub(super) fn gated(label: Option<&str>, activation: &'static str, rest: &[&str]) -> Meant {
    let read = read(label, rest, Dense { gate: Some(activation), ..Dense::default() });
    // Of two widths it differs from tool to tool what the second is.
    let one = |meant: &Meant| matches!(meant, Meant::Statement { text, .. } if !text.contains("->"));
    read.filter(one)
        .unwrap_or_else(|| Meant::Unclear(format!("write `glu`, the width that goes out, and `{activation}`")))
}

fn read(label: Option<&str>, mut rest: &[&str], mut found: Dense) -> Option<Meant> {
    // Parentheses or brackets around all of it, or around the first of it.
    let opened = rest.first().is_some_and(|first| matches!(*first, "(" | "["));
    let closed = rest.iter().filter(|lexeme| matches!(**lexeme, ")" | "]")).count();
    if opened && closed == 0 || rest.last().is_some_and(|last| matches!(*last, "->" | "=>")) {
        return None;
    }
    rest = if opened { &rest[1..] } else { rest };
    found.called = opened;
    while let Some((lexeme, behind)) = rest.split_first() {
        rest = behind;
        if let Some((word, behind)) = joined(lexeme, behind) {
            rest = found.word(&word, behind)?;
            continue;
        }
        match (*lexeme, behind) {
            (")" | "]", _) if opened => {}
            ("(", [")", behind @ ..]) => rest = behind,
            ("," | "->" | "=>" | "×", _) => found.parted = true,
            ("by" | "to", [width, ..]) if !found.widths.is_empty() && whole(width).is_some() => found.parted = true,
            ("activation", [next, behind @ ..]) if spelled(next, behind).is_some() => {}
            ("+", [word, ..]) if found.activation.is_some() => {
                return Some(Meant::Missing { word: format!("+ {word}"), advice: BRANCHES });
            }
            (key, ["=", value, behind @ ..]) if is_name(key) => {
                found.set(key, value)?;
                rest = behind;
            }
            (word, _) => match foreign::find(word) {
                Some(Foreign::Missing(advice)) => return Some(Meant::Missing { word: word.into(), advice }),
                Some(Foreign::Unclear(advice)) if spelled(word, behind).is_none() => {
                    return Some(Meant::Unclear(advice.into()));
                }
                Some(Foreign::Gated(activation)) => found.gate = Some(activation),
                known if is_layer(word, known) && !opened => return found.then(label, word, behind),
                _ => rest = found.word(word, behind)?,
            },
        }
    }
    found.text(label).map(Meant::write)
}

impl Dense {
    /// `bias=False`, `activation='relu'`, `units=128`
    fn set(&mut self, key: &str, value: &str) -> Option<()> {
        match folded(key).as_str() {
            "bias" | "usebias" => self.nobias = is_no(value)?,
            "activation" => self.activation = Some(spelled(value, &[])?.0),
            "infeatures" | "inputdim" => self.input = Some(whole(value)?.to_string()),
            "outfeatures" | "units" | "features" => self.output = Some(whole(value)?.to_string()),
            _ => return None,
        }
        Some(())
    }

    /// An activation, `nobias`, or a width; returns what follows.
    fn word<'l, 'a>(&mut self, word: &str, behind: &'l [&'a str]) -> Option<&'l [&'a str]> {
        if let Some((activation, behind)) = spelled(word, behind) {
            return self.activation.replace(activation).is_none().then_some(behind);
        }
        match folded(word).as_str() {
            "nobias" | "withoutbias" => self.nobias = true,
            "bias" | "withbias" => {}
            _ => {
                let (width, behind) = width(word, behind)?;
                let is_word = is_name(&width);
                let first_is_word = self.widths.first().is_some_and(|first| is_name(first));
                let known = TABLE.iter().map(|entry| entry.name);
                let is_one_of_two = self.called || first_is_word;
                let doubtful = is_word && (!self.parted || !is_one_of_two || unmistakable(&width, known).is_some());
                if !self.widths.is_empty() && doubtful {
                    return None;
                }
                self.widths.push(width);
                self.parted = false;
                return Some(behind);
            }
        }
        Some(behind)
    }

    /// Itself, and behind it the layer that stands on the same line.
    fn then(self, label: Option<&str>, word: &str, behind: &[&str]) -> Option<Meant> {
        let this = self.text(label)?;
        match of_head(word, None, behind, "")? {
            Meant::Statement { text, why } => Some(Meant::Statement { text: format!("{this}; {text}"), why }),
            other @ (Meant::Unclear(_) | Meant::Missing { .. }) => Some(other),
        }
    }

    /// `hidden: dense 784 -> 128 relu nobias`
    fn text(self, label: Option<&str>) -> Option<String> {
        let mut widths = self.widths.into_iter();
        let (input, output) = match (self.input, self.output, widths.next(), widths.next()) {
            (input, Some(output), None, None) | (input, None, Some(output), None) => (input, output),
            (None, None, Some(input), Some(output)) => (Some(input), output),
            _ => return None,
        };
        let label = label.map_or(String::new(), |label| format!("{label}: "));
        let input = input.map_or(String::new(), |input| format!("{input} -> "));
        let nobias = if self.nobias { " nobias" } else { "" };
        let written = match (self.gate, self.activation) {
            (None, activation) => {
                let activation = activation.map_or(String::new(), |activation| format!(" {activation}"));
                format!("{label}dense {input}{output}{activation}{nobias}")
            }
            (Some(_), Some(_)) => return None,
            (Some(gate), None) if input.is_empty() && !self.nobias => format!("{label}glu {output} {gate}"),
            (Some(gate), None) => {
                let dense = format!("dense {input}{output}");
                format!("{label}multiply {{ {dense}{nobias} }} {{ {dense} {gate}{nobias} }}")
            }
        };
        widths.next().is_none().then_some(written)
    }
}

/// `activation 'relu'`, `Activation("relu")`
pub(super) fn activation(rest: &[&str]) -> Option<Meant> {
    let rest: Vec<&str> = rest.iter().copied().filter(|lexeme| !matches!(*lexeme, "=" | ":")).collect();
    let rest = rest.strip_prefix(&["("]).unwrap_or(&rest);
    let (head, rest) = rest.split_first()?;
    if let Some((head, rest)) = joined(head, rest) {
        return call(&head, rest);
    }
    match foreign::find(head) {
        Some(Foreign::Missing(advice)) => Some(Meant::Missing { word: (*head).into(), advice }),
        Some(Foreign::Unclear(advice)) if spelled(head, rest).is_none() => Some(Meant::Unclear(advice.into())),
        // `leaky_relu(x)` lacks a number.
        _ if matches!(rest, ["(", word, ..] if is_name(word) && rest.get(2) != Some(&"=")) => None,
        _ => call(head, rest),
    }
}

/// `relu`, `nn.ReLU()`, `F.relu(x)`, `LeakyReLU(0.1)`, `tf.nn.leaky_relu(x, 0.2)`, `Softmax(dim=1)`
pub(super) fn call(head: &str, rest: &[&str]) -> Option<Meant> {
    let without_value;
    let rest = match rest {
        // The value that it is applied to.
        ["(", value, ",", arguments @ ..] if is_name(value) => {
            without_value = [&["("], arguments].concat();
            &without_value
        }
        rest => rest,
    };
    let (mut text, mut rest) = spelled(head, rest)?;
    while let Some((lexeme, behind)) = rest.split_first() {
        rest = behind;
        match (*lexeme, behind) {
            ("(" | ")" | ",", _) => {}
            (key, ["=", value, behind @ ..]) => {
                rest = behind;
                match (folded(key).as_str(), *value) {
                    ("inplace", _) | ("dim" | "axis", "1" | "-1") | ("approximate", "none" | "False") => {}
                    ("approximate", "tanh" | "True") if text == "gelu" => text = "gelu_tanh".into(),
                    ("maxvalue", "6" | "6.0") if text == "relu" => text = "relu6".into(),
                    _ => return None,
                }
            }
            (word, [")", ..]) if is_name(word) => {}
            _ => return None,
        }
    }
    Some(Meant::write(format!("activation {text}")))
}

/// An activation with what it does not take: `relu(0.1)`, `Softplus(beta=2)`; or around the layer before it.
pub(super) fn without(head: &str, rest: &[&str]) -> Option<Meant> {
    let name = activation::entry(head)?.name;
    let inside = rest.strip_prefix(&["("]).and_then(|rest| rest.strip_suffix(&[")"])).unwrap_or(rest);
    if let Some((kind, arguments)) = inside.split_first().filter(|(_, rest)| !rest.is_empty()) {
        if foreign::find(kind) == Some(Foreign::Dense) || folded(kind) == "dense" {
            let around = dense(None, &[arguments, &[name]].concat());
            return around.or_else(|| Some(Meant::Unclear(format!("write `{name}` behind the `dense` before it"))));
        }
        if arguments.first() == Some(&"(") {
            return Some(Meant::Unclear(format!(
                "layers follow one another, and the values in between have no names: write `{name}` at the end of the line of `{kind}`"
            )));
        }
    }
    let key = inside.windows(2).find(|pair| pair[1] == "=").map(|pair| pair[0]);
    let number = inside.iter().find(|lexeme| lexeme.parse().is_ok_and(f64::is_finite));
    let argument = key.or(number.copied())?;
    let takes = match (activation::entry(head)?.default, number) {
        (Some(default), _) => format!("`{name}` takes one number in parentheses, as in `{name}({default})`"),
        (None, Some(slope)) if key.is_none() && name == "relu" => {
            format!("`relu` takes none; with the slope {slope} for z < 0 it is `activation leaky_relu({slope})`")
        }
        (None, _) => format!("`{name}` takes none"),
    };
    Some(Meant::Unclear(format!("the argument `{argument}` of `{head}` is not supported: {takes}")))
}

/// One word of the language that is written as two: `leaky relu`, `gelu-tanh`, `no bias`; and what follows.
fn joined<'l, 'a>(word: &str, behind: &'l [&'a str]) -> Option<(String, &'l [&'a str])> {
    let (next, behind, hyphened) = match behind {
        ["-", next, behind @ ..] => (next, behind, true),
        [next, behind @ ..] => (next, behind, false),
        [] => return None,
    };
    let joined = format!("{word}_{next}");
    let is_word = |text: &str| TABLE.iter().any(|entry| entry.name == text);
    let is_nobias = matches!(folded(&joined).as_str(), "nobias" | "withoutbias");
    // `relu tanh` are two of them.
    let is_one = is_word(&joined) && (hyphened || activation::entry(word).is_none()) || is_nobias;
    is_one.then_some((joined, behind))
}

/// Whether the word begins a layer that may stand behind a dense one.
fn is_layer(word: &str, known: Option<Foreign>) -> bool {
    matches!(known, Some(Foreign::Norm(_))) || matches!(folded(word).as_str(), "dropout" | "norm" | "activation")
}

/// The activation of this name with its parameter in parentheses, if any, as it is written here; and what follows.
fn spelled<'l, 'a>(name: &str, behind: &'l [&'a str]) -> Option<(String, &'l [&'a str])> {
    let parameter = match behind {
        ["(", number, ")", behind @ ..] | ["(", "negative_slope" | "alpha", "=", number, ")", behind @ ..] => {
            Some((number, behind))
        }
        // More arguments follow.
        ["(", number, behind @ ..] | ["(", "negative_slope" | "alpha", "=", number, behind @ ..]
            if behind.first() == Some(&",") =>
        {
            Some((number, behind))
        }
        [number, behind @ ..] if number.contains('.') => Some((number, behind)),
        _ => None,
    };
    let parameter = parameter.filter(|(number, _)| number.parse().is_ok_and(f64::is_finite));
    let known = match activation::entry(name) {
        Some(entry) => entry,
        None if parameter.is_some() && folded(name) == "leakyrelu" => activation::entry("leaky_relu")?,
        None => return None,
    };
    match parameter {
        Some((number, behind)) if known.default.is_some() => Some((format!("{}({number})", known.name), behind)),
        _ => Some((known.name.into(), behind)),
    }
}

/// `128`, `f1`, `4*d + 1`; and what follows.
pub(super) fn width<'l, 'a>(word: &str, mut behind: &'l [&'a str]) -> Option<(String, &'l [&'a str])> {
    let operand = |word: &str| match whole(word) {
        Some(number) => Some(number.to_string()),
        None => is_free(word).then(|| word.to_owned()),
    };
    let mut width = operand(word)?;
    while let [sign @ ("*" | "+"), word, rest @ ..] = behind {
        let (space, operand) = (if *sign == "+" { " " } else { "" }, operand(word)?);
        width = format!("{width}{space}{sign}{space}{operand}");
        behind = rest;
    }
    Some((width, behind))
}

pub(super) fn is_no(value: &str) -> Option<bool> {
    match folded(value).as_str() {
        "false" | "no" | "0" | "none" => Some(true),
        "true" | "yes" | "1" => Some(false),
        _ => None,
    }
}
