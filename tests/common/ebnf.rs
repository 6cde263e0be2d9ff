//! A grammar in the notation of the XML recommendation → sentences drawn from it.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::Peekable,
    str::Chars,
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The right side of a production, or a part of it.
#[derive(Clone, Debug)]
enum Part {
    Text(String),
    /// Characters from range to range; or all but these.
    Class(Vec<(char, char)>, bool),
    Production(String),
    Sequence(Vec<Part>),
    Choice(Vec<Part>),
    /// At least, and whether more than once.
    Repeat(Box<Part>, usize, bool),
    Except(Box<Part>, Box<Part>),
}

/// The productions by name. Those before the first production of `start` are words: nothing stands between their parts.
pub struct Grammar {
    productions: BTreeMap<String, Part>,
    words: BTreeSet<String>,
}

/// Deeper than this, the shortest way to an end is taken.
const DEPTH: usize = 24;

/// A sentence, and the productions that were used for it.
pub struct Drawn {
    pub sentence: String,
    pub productions: BTreeSet<String>,
}

/// Whether a word is also allowed by what the grammar says in comments.
pub type Allowed<'a> = &'a dyn Fn(&str, &str) -> bool;

impl Grammar {
    /// Reads the text of a grammar; a production begins on the line of its `::=`.
    pub fn read(text: &str, start: &str) -> Self {
        let mut sides: Vec<(String, String)> = Vec::new();
        for line in without_comments(text).lines() {
            match line.split_once("::=") {
                Some((name, side)) => sides.push((name.trim().to_owned(), side.to_owned())),
                None => sides.last_mut().map_or((), |(_, side)| side.push_str(line)),
            }
        }
        let words = sides.iter().map(|(name, _)| name.clone()).take_while(|name| name != start).collect();
        let productions = sides.into_iter().map(|(name, side)| (name, read_side(&side))).collect();
        Self { productions, words }
    }

    /// The names of all productions.
    pub fn names(&self) -> BTreeSet<String> {
        self.productions.keys().cloned().collect()
    }

    /// A random sentence of a production, the same for the same seed.
    pub fn draw(&self, start: &str, seed: u64, allowed: Allowed) -> Drawn {
        let mut draw =
            Draw { grammar: self, allowed, random: ChaCha8Rng::seed_from_u64(seed), productions: BTreeSet::new() };
        let mut parts = Vec::new();
        draw.part(&Part::Production(start.to_owned()), 0, &mut parts);
        Drawn { sentence: draw.with_blanks(&parts), productions: draw.productions }
    }

    /// How many productions deep the shortest text of a part is, looking at most `limit` deep.
    fn height(&self, part: &Part, limit: usize) -> usize {
        match part {
            Part::Text(_) | Part::Class(..) | Part::Repeat(_, 0, _) => 0,
            Part::Repeat(part, ..) | Part::Except(part, _) => self.height(part, limit),
            Part::Sequence(parts) => parts.iter().map(|part| self.height(part, limit)).max().unwrap_or(0),
            Part::Choice(parts) => parts.iter().map(|part| self.height(part, limit)).min().unwrap_or(0),
            Part::Production(_) if limit == 0 => DEPTH,
            Part::Production(name) => 1 + self.height(&self.productions[name], limit - 1),
        }
    }
}

struct Draw<'a> {
    grammar: &'a Grammar,
    allowed: Allowed<'a>,
    random: ChaCha8Rng,
    productions: BTreeSet<String>,
}

impl Draw<'_> {
    fn part(&mut self, part: &Part, depth: usize, out: &mut Vec<String>) {
        match part {
            Part::Text(text) => out.push(text.clone()),
            Part::Class(ranges, negated) => out.push(self.character(ranges, *negated).to_string()),
            Part::Production(name) => self.production(name, depth, out),
            Part::Sequence(parts) => parts.iter().for_each(|part| self.part(part, depth, out)),
            Part::Choice(parts) if depth > DEPTH => {
                let shortest = parts.iter().min_by_key(|part| self.grammar.height(part, 12));
                self.part(shortest.expect("a choice has alternatives"), depth, out);
            }
            Part::Choice(parts) => {
                let chosen = self.random.random_range(0..parts.len());
                self.part(&parts[chosen], depth, out);
            }
            Part::Repeat(part, least, more) => {
                let most = if *more { 6 } else { 1 };
                let mut count = *least;
                while depth <= DEPTH && count < most && self.random.random_bool(0.5) {
                    count += 1;
                }
                (0..count).for_each(|_| self.part(part, depth, out));
            }
            Part::Except(part, but) => loop {
                let mut drawn = Vec::new();
                self.part(part, depth, &mut drawn);
                if !self.grammar.texts(but).contains(&drawn.concat()) {
                    break out.extend(drawn);
                }
            },
        }
    }

    fn production(&mut self, name: &str, depth: usize, out: &mut Vec<String>) {
        self.productions.insert(name.to_owned());
        let side = &self.grammar.productions[name];
        if !self.grammar.words.contains(name) {
            return self.part(side, depth + 1, out);
        }
        loop {
            let mut parts = Vec::new();
            self.part(side, depth + 1, &mut parts);
            let word = parts.concat();
            if (self.allowed)(name, &word) {
                break out.push(word);
            }
        }
    }

    fn character(&mut self, ranges: &[(char, char)], negated: bool) -> char {
        if !negated {
            let (first, last) = ranges[self.random.random_range(0..ranges.len())];
            return self.random.random_range(first..=last);
        }
        let other: Vec<char> = "a Z9#;{}()[]\"\t\r\né×→\u{feff}😀"
            .chars()
            .filter(|c| !ranges.iter().any(|(first, last)| (first..=last).contains(&c)))
            .collect();
        other[self.random.random_range(0..other.len())]
    }

    /// The parts with blanks in between, where they must or may stand.
    fn with_blanks(&mut self, parts: &[String]) -> String {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut sentence = String::new();
        for part in parts.iter().filter(|part| !part.is_empty()) {
            // A number may end with its point.
            let must = sentence.ends_with(|c| is_word(c) || matches!(c, ')' | '.'))
                && part.starts_with(|c| is_word(c) || c == '(');
            let blanks: &[&str] = if must { &[" ", "\t", "  "] } else { &["", "", " ", " \t"] };
            if !sentence.is_empty() {
                sentence += blanks[self.random.random_range(0..blanks.len())];
            }
            sentence += part;
        }
        sentence
    }
}

impl Grammar {
    /// All texts of a part that is a choice of texts.
    fn texts(&self, part: &Part) -> BTreeSet<String> {
        match part {
            Part::Text(text) => BTreeSet::from([text.clone()]),
            Part::Choice(parts) => parts.iter().flat_map(|part| self.texts(part)).collect(),
            Part::Production(name) => self.texts(&self.productions[name]),
            Part::Class(..) | Part::Sequence(_) | Part::Repeat(..) | Part::Except(..) => {
                panic!("only a choice of texts can be excepted, not {part:?}")
            }
        }
    }
}

fn without_comments(text: &str) -> String {
    text.split("/*").enumerate().map(|(i, part)| if i == 0 { part } else { part.split_once("*/").unwrap().1 }).collect()
}

fn read_side(side: &str) -> Part {
    let mut rest = side.chars().peekable();
    let part = read_choice(&mut rest);
    assert_eq!(rest.next(), None, "in {side}");
    part
}

fn read_choice(rest: &mut Peekable<Chars>) -> Part {
    let mut parts = vec![read_sequence(rest)];
    while rest.next_if_eq(&'|').is_some() {
        parts.push(read_sequence(rest));
    }
    if parts.len() == 1 { parts.remove(0) } else { Part::Choice(parts) }
}

fn read_sequence(rest: &mut Peekable<Chars>) -> Part {
    let mut parts: Vec<Part> = Vec::new();
    loop {
        skip_blanks(rest);
        match rest.peek() {
            None | Some('|' | ')') if parts.len() == 1 => return parts.remove(0),
            None | Some('|' | ')') => return Part::Sequence(parts),
            Some('-') => {
                rest.next();
                skip_blanks(rest);
                let part = parts.pop().expect("a part before `-`");
                parts.push(Part::Except(part.into(), read_repeated(rest).into()));
            }
            Some(_) => parts.push(read_repeated(rest)),
        }
    }
}

fn read_repeated(rest: &mut Peekable<Chars>) -> Part {
    let part = match rest.next().expect("a part") {
        '"' => Part::Text(rest.by_ref().take_while(|c| *c != '"').collect()),
        '[' => read_class(rest),
        '#' => Part::Text(read_number(rest).to_string()),
        '(' => {
            let part = read_choice(rest);
            assert_eq!(rest.next(), Some(')'));
            part
        }
        first => {
            let mut name = String::from(first);
            while let Some(c) = rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                name.push(c);
            }
            Part::Production(name)
        }
    };
    match rest.next_if(|c| "?*+".contains(*c)) {
        Some('?') => Part::Repeat(part.into(), 0, false),
        Some('*') => Part::Repeat(part.into(), 0, true),
        Some(_) => Part::Repeat(part.into(), 1, true),
        None => part,
    }
}

/// `^a-z_#x9]`
fn read_class(rest: &mut Peekable<Chars>) -> Part {
    let negated = rest.next_if_eq(&'^').is_some();
    let mut ranges: Vec<(char, char)> = Vec::new();
    loop {
        match rest.next().expect("`]`") {
            ']' => return Part::Class(ranges, negated),
            '-' if rest.peek() != Some(&']') => {
                ranges.last_mut().expect("a character before `-`").1 = rest.next().expect("a character");
            }
            '#' => {
                let c = read_number(rest);
                ranges.push((c, c));
            }
            c => ranges.push((c, c)),
        }
    }
}

/// `xFEFF`
fn read_number(rest: &mut Peekable<Chars>) -> char {
    assert_eq!(rest.next(), Some('x'));
    let mut number = 0;
    while let Some(digit) = rest.peek().and_then(|c| c.to_digit(16)) {
        number = number * 16 + digit;
        rest.next();
    }
    char::from_u32(number).expect("the number of a character")
}

fn skip_blanks(rest: &mut Peekable<Chars>) {
    while rest.next_if(|c| c.is_whitespace()).is_some() {}
}
