//! Formulas and words → lines of letters for a picture, each measured.

use unicode_width::UnicodeWidthStr;

use crate::{
    document::notation::{Letter, Notation, Sample, index_expression},
    render::{
        dialect::Dialect,
        glyphs::UNICODE,
        layout::{Mark, Piece, Quotient, Token, lines, pieces},
        markup::Name,
        text::Text,
    },
    shape::{Dim, Shape},
};

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Normal,
    Sub,
    Super,
}

/// Letters of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub text: String,
    pub script: Script,
    pub italic: bool,
    /// The variable whose name it is, or is a part of.
    pub letter: Option<Letter>,
    /// What it says in full, if it is shortened.
    pub whole: Option<String>,
}

/// Runs beside each other.
pub(super) type Line = Vec<Run>;

/// Small letters take this much of normal ones, in percent.
pub(super) const SMALL_LETTERS: i32 = 72;

/// The pixels that a line takes at most in usual fonts.
pub(super) fn width(line: &[Run], size: i32) -> i32 {
    let run = |run: &Run| {
        let size = if run.script == Script::Normal { size } else { size * SMALL_LETTERS / 100 };
        run.text.chars().map(advance).sum::<i32>() * size
    };
    (line.iter().map(run).sum::<i32>() + 99) / 100
}

/// Hundredths of the size of letters: as wide as in the widest of usual fonts, when they are bold.
fn advance(c: char) -> i32 {
    match c {
        '\u{300}'..='\u{36f}' => 0,
        'i' | 'j' | 'l' | '.' | ',' | '\'' | '|' | ':' | ' ' | '\u{a0}' | '·' => 36,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | 'I' | 'J' | '-' => 47,
        's' | 'c' | 'y' | 'v' | 'x' | 'z' | '_' | '∂' => 57,
        'a'..='l' | 'n'..='u' | '0'..='9' => 65,
        'm' | 'w' | 'M' | 'W' | '…' | '⋯' => 102,
        'A'..='Z' | 'Δ' | 'Ŷ' | 'Σ' => 80,
        _ => 80 * i32::try_from(UnicodeWidthStr::width(c.encode_utf8(&mut [0; 4]) as &str)).unwrap_or(1),
    }
}

/// The formula on one line.
pub(super) fn formula(notation: &Notation) -> Line {
    let mut line = Line::new();
    write(&mut line, notation, Quotient::Slash);
    line
}

/// `n × f₃`; of a number nothing.
pub(super) fn shape(shape: &Shape) -> Line {
    let mut line = Line::new();
    let Some((rows, columns)) = shape.dims() else { return line };
    for (i, side) in [rows, columns].into_iter().enumerate() {
        if i > 0 {
            push(&mut line, " × ", false);
        }
        if side.is_sum() {
            push(&mut line, "(", false);
        }
        dim(&mut line, side);
        if side.is_sum() {
            push(&mut line, ")", false);
        }
    }
    line
}

/// Words in lines of at most `most` pixels, if no word is longer.
pub(super) fn words(text: &str, size: i32, most: i32) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    // A shape stays whole.
    for word in text.replace(" × ", "\u{a0}×\u{a0}").split(' ') {
        let mut longer = lines.last().cloned().unwrap_or_default();
        let blank = if longer.is_empty() { "" } else { " " };
        push(&mut longer, blank, false);
        push(&mut longer, word, false);
        if lines.is_empty() || width(&longer, size) > most {
            lines.push(Line::new());
            longer = Line::new();
            push(&mut longer, word, false);
        }
        if let Some(last) = lines.last_mut() {
            *last = longer;
        }
    }
    lines
}

/// What stands before a formula, and the formula in lines of at most `most` pixels where a break allows it.
pub(super) fn wrapped(before: Line, notation: &Notation, size: i32, most: i32) -> Vec<Line> {
    let pieces = pieces(notation, Quotient::Slash);
    let runs = |piece: &Piece| {
        let mut line = Line::new();
        token(&mut line, piece);
        line
    };
    let pixels = |piece: &Piece| usize::try_from(width(&runs(piece), size)).unwrap_or_default();
    let widths: Vec<usize> = pieces.iter().map(pixels).collect();
    let whole: usize = widths.iter().sum();
    let room = usize::try_from(most).unwrap_or_default();
    let indent = usize::try_from(width(&before, size)).unwrap_or_default();
    if pieces.is_empty() || indent + whole <= room {
        return vec![before.into_iter().chain(pieces.iter().flat_map(runs)).collect()];
    }
    // A name stands above what does not fit behind it, a sign before it.
    let is_name = before.len() > 1 || before.iter().any(|run| run.text.contains('='));
    let (mut found, mut start) = (Vec::new(), before);
    if is_name && (whole <= room || indent > room / 3) {
        found.push(trimmed(std::mem::take(&mut start)));
    }
    let indent = if start.is_empty() { 0 } else { indent };
    for line in lines(&pieces, &widths, room.saturating_sub(indent)) {
        let start = std::mem::take(&mut start);
        found.push(trimmed(start.into_iter().chain(pieces[line].iter().flat_map(runs)).collect()));
    }
    found
}

/// Without the blanks at both ends, which a line of its own does not need.
fn trimmed(mut line: Line) -> Line {
    if let Some(first) = line.first_mut() {
        first.text = first.text.trim_start().to_owned();
    }
    if let Some(last) = line.last_mut() {
        last.text = last.text.trim_end().to_owned();
    }
    line
}

/// At most so many pixels wide: the longest names lose letters in their middle, down to a few.
pub(super) fn shortened(mut line: Line, size: i32, most: i32) -> Line {
    const FEWEST: usize = 7;
    let longest = |line: &Line| {
        let of = |(at, run): (usize, &Run)| run.text.split(' ').map(move |word| (word.chars().count(), at)).max();
        line.iter().enumerate().filter_map(of).max()
    };
    while width(&line, size) > most {
        let Some((count, at)) = longest(&line).filter(|(count, _)| *count > FEWEST) else { break };
        let run = &mut line[at];
        run.whole.get_or_insert_with(|| run.text.clone());
        let longest = run.text.split(' ').position(|word| word.chars().count() == count);
        let cut = |(place, word)| if Some(place) == longest { without_middle(word) } else { word.to_owned() };
        run.text = run.text.split(' ').enumerate().map(cut).collect::<Vec<_>>().join(" ");
    }
    line
}

/// One letter fewer.
fn without_middle(word: &str) -> String {
    let letters: Vec<char> = word.chars().filter(|c| *c != '…').collect();
    let gone = if letters.len() == word.chars().count() { 2 } else { 1 };
    let first = (letters.len() - gone).div_ceil(2);
    let (head, tail) = (&letters[..first], &letters[first + gone..]);
    head.iter().chain(&['…']).chain(tail).collect()
}

/// What a line says in full, if it is shortened.
pub(super) fn in_full(line: &[Run]) -> Option<String> {
    let run = |run: &Run| run.whole.clone().unwrap_or_else(|| run.text.clone());
    line.iter().any(|run| run.whole.is_some()).then(|| line.iter().map(run).collect())
}

/// The sign between two sides.
pub(super) fn relation(line: &mut Line, summand: bool) {
    let sign = if summand { "+=" } else { UNICODE.equal };
    push(line, &format!(" {sign} "), false);
}

/// Upright letters or signs, in one run with those before.
pub(super) fn push(line: &mut Line, text: &str, italic: bool) {
    script(line, text, Script::Normal, italic);
}

fn script(line: &mut Line, text: &str, script: Script, italic: bool) {
    joined(line, Run { text: text.to_owned(), script, italic, letter: None, whole: None });
}

fn joined(line: &mut Line, run: Run) {
    match line.last_mut() {
        Some(last) if last.script == run.script && last.italic == run.italic && last.letter == run.letter => {
            last.text.push_str(&run.text);
        }
        Some(_) | None if run.text.is_empty() => {}
        Some(_) | None => line.push(run),
    }
}

fn write(line: &mut Line, notation: &Notation, quotient: Quotient) {
    for piece in pieces(notation, quotient) {
        token(line, &piece);
    }
}

fn token(line: &mut Line, piece: &Piece) {
    let text = Text::new(&UNICODE);
    match piece.token {
        Token::Mark(Mark::Loss) => push(line, "J", true),
        Token::Mark(mark) => push(line, text.mark(mark), false),
        Token::Letter(of) => letter(line, of),
        Token::Number(number) => push(line, &text.number(&number.to_string()).replace('-', "−"), false),
        Token::Real(number) => push(line, &number.to_string(), false),
        Token::Dim(of) => dim(line, of),
        Token::Function(function) => push(line, &text.function(function), false),
        Token::Big(bounds) => push(line, &text.big(bounds), false),
        Token::Shape(of) => line.extend(shape(of)),
        Token::Transposed(inner) => {
            write(line, inner, Quotient::Slash);
            script(line, "⊤", Script::Super, false);
        }
        Token::Power(base, exponent) => {
            write(line, base, Quotient::Slash);
            script(line, &exponent.written("∘", "−", "⊤"), Script::Super, false);
        }
        Token::Fraction(top, bottom) => quotient(line, ["", "/"], top, bottom),
        Token::Component(of, by) => quotient(line, ["", "_"], of, by),
        Token::Partial(of, by) => quotient(line, ["∂", "/∂"], of, by),
        Token::Root(inner) => {
            push(line, "√", false);
            write(line, inner, Quotient::Slash);
        }
        Token::Whole(inner, quotient) => write(line, inner, quotient),
    }
}

fn quotient(line: &mut Line, signs: [&str; 2], top: &Notation, bottom: &Notation) {
    for (sign, side) in signs.into_iter().zip([top, bottom]) {
        push(line, sign, false);
        write(line, side, Quotient::Slash);
    }
}

/// A letter alone is set in italics, a name upright; a hat stands above the first.
fn letter(line: &mut Line, letter: &Letter) {
    let mut rest = letter.base.chars();
    let first = rest.next();
    let is_letter = rest.as_str().is_empty() && first.is_some_and(char::is_alphabetic) && first != Some('Δ');
    let base = match first.filter(|_| letter.hat) {
        Some('Y') => format!("Ŷ{}", rest.as_str()),
        Some(first) => format!("{first}\u{302}{}", rest.as_str()),
        None => letter.base.to_string(),
    };
    let mut part = |text: &str, script, italic| {
        joined(line, Run { text: text.to_owned(), script, italic, letter: Some(letter.clone()), whole: None });
    };
    part(&base, Script::Normal, is_letter);
    if let Some(index) = &letter.subscript {
        part(index_expression(index).unwrap_or(index), Script::Sub, false);
    }
    match letter.sample {
        Sample::None => {}
        Sample::Row => part("i", Script::Sub, true),
        Sample::Own => part("(i)", Script::Super, true),
    }
}

/// `2 d + f₃`
fn dim(line: &mut Line, dim: &Dim) {
    for (i, (names, coefficient)) in dim.terms().into_iter().enumerate() {
        if i > 0 {
            push(line, " + ", false);
        }
        if coefficient != 1 || names.is_empty() {
            push(line, &coefficient.to_string(), false);
        }
        for (j, (name, power)) in names.iter().enumerate() {
            if j > 0 {
                push(line, "·", false);
            }
            match Name::of(name) {
                Name::Indexed(letter, index) => {
                    push(line, letter, true);
                    script(line, index, Script::Sub, false);
                }
                Name::Typed(name) => push(line, name, name.chars().count() == 1),
            }
            if *power > 1 {
                script(line, &power.to_string(), Script::Super, false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[Run]) -> String {
        let run = |run: &Run| match run.script {
            Script::Normal => run.text.clone(),
            Script::Sub => format!("_{{{}}}", run.text),
            Script::Super => format!("^{{{}}}", run.text),
        };
        line.iter().map(run).collect()
    }

    #[test]
    fn letters_stand_on_their_lines() {
        let weight = Notation::indexed("W", "hidden").transposed();
        let product = Notation::Product(vec![Notation::by_loss(Notation::indexed("A", "2")), weight]);
        assert_eq!(read(&formula(&product)), "∂J/∂A_{2} · W_{hidden}^{⊤}");
        let hat = Letter { base: "Y".into(), hat: true, dot: false, subscript: None, sample: Sample::None };
        assert_eq!(read(&formula(&Notation::Letter(hat))), "Ŷ");
        let sides = Shape::Matrix(Dim::name("n"), Dim::name("d_model"));
        assert_eq!(read(&shape(&sides)), "n × d_{model}");
    }

    #[test]
    fn long_names_are_shortened_in_their_middle() {
        let long = shape(&Shape::Matrix(Dim::name("batch"), Dim::name("width_of_the_hidden_layer")));
        assert_eq!(shortened(long.clone(), 11, 400), long);
        let short = shortened(long.clone(), 11, 120);
        assert!(width(&short, 11) <= 120 && read(&short).contains('…'), "{short:?}");
        assert!(read(&short).starts_with("batch × wid") && read(&short).ends_with("er"), "{short:?}");
        assert_eq!(in_full(&short).as_deref(), Some("batch × width_of_the_hidden_layer"));
        assert_eq!(in_full(&long), None);
    }

    #[test]
    fn long_formulas_are_broken_at_their_joints() {
        let product = Notation::Product((1..=6).map(|i| Notation::indexed("W", &i.to_string())).collect());
        let lines = wrapped(formula(&Notation::letter("Z")), &product, 14, 90);
        assert!(lines.len() > 1 && lines.iter().all(|line| width(line, 14) <= 90), "{lines:?}");
        assert_eq!(lines.iter().map(|line| read(line).matches('W').count()).sum::<usize>(), 6);
        let lines = words("layers 3 to 298, each relu", 14, 100);
        assert!(lines.len() > 1 && lines.iter().all(|line| width(line, 14) <= 100), "{lines:?}");
        let read: Vec<String> = lines.iter().map(|line| read(line)).collect();
        assert_eq!(read.join(" "), "layers 3 to 298, each relu");
    }
}
