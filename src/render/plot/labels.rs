//! Names → labels of a limited width, which differ where the names do.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::canvas::{shortened, width};

/// How often labels that are alike are made again around the place where their names differ.
const ROUNDS: usize = 2;

/// The names, or what fits of them in `most` pixels: both ends; of names that have these in common also where they first
/// differ; and where that is not enough, a number.
pub(super) fn distinct<'a>(names: impl IntoIterator<Item = &'a str>, size: i32, most: i32) -> Vec<String> {
    let names: Vec<&str> = names.into_iter().collect();
    let mut labels: Vec<String> = names.iter().map(|name| shortened(name, size, most)).collect();
    for _ in 0..ROUNDS {
        for group in alike(&names, &labels) {
            let start = difference(group.iter().map(|place| names[*place]));
            for place in group {
                labels[place] = around(names[place], start, size, most);
            }
        }
    }
    number(&names, &mut labels, size, most);
    labels
}

/// The places of different names with the same label.
fn alike(names: &[&str], labels: &[String]) -> Vec<Vec<usize>> {
    let mut groups: IndexMap<&str, Vec<usize>> = IndexMap::new();
    for (place, label) in labels.iter().enumerate() {
        groups.entry(label).or_default().push(place);
    }
    let differ = |group: &Vec<usize>| group.iter().any(|place| names[*place] != names[group[0]]);
    groups.into_values().filter(differ).collect()
}

/// How many letters all begin with.
fn difference<'a>(mut names: impl Iterator<Item = &'a str>) -> usize {
    let first = names.next().unwrap_or_default();
    let common = |name: &str| first.chars().zip(name.chars()).take_while(|(a, b)| a == b).count();
    names.map(common).min().unwrap_or(0)
}

/// As much of both ends and of what is around the letter `start` as fits.
fn around(name: &str, start: usize, size: i32, most: i32) -> String {
    let letters: Vec<char> = name.chars().collect();
    // A letter takes more than a pixel.
    let mut kept = letters.len().min(usize::try_from(most).unwrap_or(0));
    loop {
        let label = parts(&letters, kept, start);
        if kept == 0 || width(&label, size) <= most {
            return label;
        }
        kept -= 1;
    }
}

/// A third of `kept` letters at each end, the rest around `start`.
fn parts(letters: &[char], kept: usize, start: usize) -> String {
    let edge = kept / 3;
    let window = kept - 2 * edge;
    let from = start.saturating_sub(window / 3);
    let is_kept =
        |place: usize| place < edge || place + edge >= letters.len() || (from..from + window).contains(&place);
    let (mut label, mut in_gap) = (String::new(), false);
    for (place, letter) in letters.iter().enumerate() {
        if is_kept(place) {
            label.push(*letter);
        } else if !in_gap {
            label.push('…');
        }
        in_gap = !is_kept(place);
    }
    label
}

/// Numbers the labels, from the second on, that other names have too.
fn number(names: &[&str], labels: &mut [String], size: i32, most: i32) {
    let (mut owners, mut numbers): (HashMap<String, &str>, HashMap<String, usize>) = (HashMap::new(), HashMap::new());
    for (name, label) in names.iter().zip(labels) {
        let alike = label.clone();
        while owners.get(label).is_some_and(|owner| owner != name) {
            let number = numbers.entry(alike.clone()).or_insert(1);
            *number += 1;
            let ending = format!(" ({number})");
            // Widths are rounded down.
            *label = shortened(name, size, most - width(&ending, size) - 1) + &ending;
        }
        owners.insert(label.clone(), name);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn what_differs_is_kept() {
        let names = [1, 2, 17].map(|layer| format!("W_encoder_block_layer_number_{layer}_dense_projection"));
        let labels = distinct(names.iter().map(String::as_str), 12, 150);
        assert_eq!(labels, ["W_enc…r_1_den…ction", "W_enc…r_2_den…ction", "W_enc…r_17_de…ction"]);
        assert!(labels.iter().all(|label| width(label, 12) <= 150), "{labels:?}");
        // Ends that tell them apart stay as they were.
        let ends = ["W_encoder_block_projection_1", "W_encoder_block_projection_2"];
        assert_eq!(distinct(ends, 12, 100), ends.map(|name| shortened(name, 12, 100)));
        assert_eq!(distinct(["W1", "W2", "W1"], 12, 100), ["W1", "W2", "W1"]);
    }

    /// Names that differ in two places far from each other, of which a label shows one, or in none that it has room for.
    #[test]
    fn labels_of_different_names_are_never_the_same() {
        let far = |i: usize| format!("W_encoder_{}_of_the_very_long_second_{}_projection_of_it", i / 20, i % 20);
        let names: Vec<String> = (0..400).map(far).collect();
        for most in [0, 40, 100, 150] {
            let labels = distinct(names.iter().map(String::as_str), 12, most);
            assert_eq!(labels.iter().collect::<HashSet<_>>().len(), names.len(), "{most}");
            assert!(most < 100 || labels.iter().all(|label| width(label, 12) <= most), "{labels:?}");
        }
    }
}
