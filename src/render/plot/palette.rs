//! What a colour means → the colour on a light and on a dark ground.

use crate::render::html::COLORS;

/// A meaning of a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// The ground.
    Ground,
    /// Titles and names.
    Text,
    /// Figures at axes, and notes.
    Quiet,
    /// Lines that help to read a value.
    Grid,
    /// One of several series.
    Series(usize),
    /// A class of ratios, from the smallest.
    Ratio(usize),
    /// A figure on a pale cell.
    OnPale,
    /// A figure on a strong cell.
    OnStrong,
    /// What is there.
    Present,
    /// The frame of what is told apart.
    Apart,
    /// The forward pass of a computation graph.
    Forward,
    /// The same as a ground.
    ForwardFill,
    /// The backward pass.
    Backward,
    /// The same as a ground.
    BackwardFill,
    /// Lines beside those that are told apart.
    Dim,
    /// A variable, by the place of its colour.
    Letter(usize),
}

/// On light and on dark ground. No two are alike on light: there they tell the meanings apart.
type Pair = (u32, u32);

const GROUND: Pair = (0xff_ff_ff, 0x0d_11_17);
const TEXT: Pair = (0x1f_23_28, 0xe6_ed_f3);
const QUIET: Pair = (0x59_63_6e, 0x9a_a4_ae);
const GRID: Pair = (0xdd_e1_e6, 0x2b_31_39);
const ON_PALE: Pair = (0x20_24_2a, 0xe0_e4_e8);
const ON_STRONG: Pair = (0xfe_fe_fe, 0x10_14_1a);
const PRESENT: Pair = (0x0b_5c_ad, 0x5a_a9_f5);
const APART: Pair = (0xb4_23_3b, 0xff_8f_9c);
const FORWARD: Pair = (0x1f_7a_34, 0x5f_c8_78);
const FORWARD_FILL: Pair = (0xea_f5_ec, 0x12_26_19);
const BACKWARD: Pair = (0x5b_3a_b0, 0xb1_97_fc);
const BACKWARD_FILL: Pair = (0xf1_ec_fb, 0x20_1a_35);
const DIM: Pair = (0xb9_c0_c8, 0x4a_52_5c);
/// Apart also for readers who see few colours; of contrast 3 : 1 or more with the ground.
const SERIES: [Pair; 8] = [
    (0x00_72_b2, 0x5c_b3_f0),
    (0xc0_4a_00, 0xff_94_57),
    (0x00_7a_5a, 0x3c_c7_9a),
    (0x8e_44_ad, 0xc8_92_e6),
    (0x8a_6d_00, 0xe0_bc_3c),
    (0xb0_30_6a, 0xf1_7a_b0),
    (0x3e_4c_59, 0xb8_c4_cf),
    (0x00_80_8f, 0x4f_d0_de),
];
/// Below 0; 0, which is empty; then by doubling up to 1, around 1, which is neutral, and beyond it.
const RATIOS: [Pair; 11] = [
    (0x7b_32_94, 0xc7_92_ea),
    (0xfd_fd_fd, 0x10_15_1b),
    (0x21_66_ac, 0x7f_bc_f5),
    (0x43_93_c3, 0x2f_6f_a8),
    (0x92_c5_de, 0x27_53_7b),
    (0xd1_e5_f0, 0x20_3a_52),
    (0xe4_e7_eb, 0x2a_2e_33),
    (0xfd_db_c7, 0x4b_32_2a),
    (0xf4_a5_82, 0x7a_45_30),
    (0xd6_60_4d, 0xd0_6d_46),
    (0xb2_18_2b, 0xff_a9_82),
];

/// Those of `colors.css`, for variables in pictures.
const LETTERS: [Pair; COLORS] = [
    (0x1c_64_d7, 0x78_ab_ff),
    (0xc1_25_35, 0xf6_84_82),
    (0x01_7a_1e, 0x6e_c2_72),
    (0x86_44_c1, 0xbf_93_f1),
    (0x9d_59_00, 0xe9_95_41),
    (0x05_77_6d, 0x04_c5_b5),
    (0xaf_2d_8a, 0xe6_85_c3),
    (0x70_6d_00, 0xb4_b1_36),
    (0x00_75_91, 0x06_bd_e8),
    (0x30_2f_ab, 0xc3_cf_fe),
    (0x81_20_01, 0xfe_c0_af),
    (0x00_56_35, 0x75_ed_af),
    (0x70_04_86, 0xf0_ba_fe),
    (0x61_40_00, 0xff_c6_70),
    (0x00_52_55, 0x2c_ec_f3),
    (0x84_02_4a, 0xff_bb_d3),
    (0x3f_4f_02, 0xc2_df_72),
    (0x00_4e_6f, 0x9e_da_ff),
];

/// How many series have a colour of their own.
pub(super) const MOST_SERIES: usize = SERIES.len();

impl Ink {
    fn pair(self) -> Pair {
        match self {
            Self::Ground => GROUND,
            Self::Text => TEXT,
            Self::Quiet => QUIET,
            Self::Grid => GRID,
            Self::Series(index) => SERIES[index % SERIES.len()],
            Self::Ratio(index) => RATIOS[index.min(RATIOS.len() - 1)],
            Self::OnPale => ON_PALE,
            Self::OnStrong => ON_STRONG,
            Self::Present => PRESENT,
            Self::Apart => APART,
            Self::Forward => FORWARD,
            Self::ForwardFill => FORWARD_FILL,
            Self::Backward => BACKWARD,
            Self::BackwardFill => BACKWARD_FILL,
            Self::Dim => DIM,
            Self::Letter(place) => LETTERS[place % LETTERS.len()],
        }
    }

    fn all() -> impl Iterator<Item = Self> {
        let quiet = [Self::Ground, Self::Text, Self::Quiet, Self::Grid];
        let single = quiet.into_iter().chain([Self::OnPale, Self::OnStrong, Self::Present, Self::Apart]);
        let series = (0..SERIES.len()).map(Self::Series);
        let graph = [Self::Forward, Self::ForwardFill, Self::Backward, Self::BackwardFill, Self::Dim];
        single.chain(graph).chain(series).chain((0..RATIOS.len()).map(Self::Ratio))
    }

    /// The colour that is written.
    pub fn color(self) -> String {
        format!("#{:06X}", self.pair().0)
    }
}

/// The rules that put the dark partners in place.
pub fn style() -> String {
    rules(Ink::all())
}

/// The same for pictures with the letters of variables too.
pub fn style_with_letters() -> String {
    rules(Ink::all().chain((0..LETTERS.len()).map(Ink::Letter)))
}

fn rules(inks: impl Iterator<Item = Ink>) -> String {
    let rule = |ink: Ink| {
        let (light, dark) = ink.pair();
        format!("[fill=\"#{light:06X}\"]{{fill:#{dark:06X}}}[stroke=\"#{light:06X}\"]{{stroke:#{dark:06X}}}\n")
    };
    let rules: String = inks.map(rule).collect();
    format!("<style>\nsvg{{color-scheme:light dark}}\n@media (prefers-color-scheme:dark){{\n{rules}}}\n</style>\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::render::plot::matrices::is_strong;

    /// W3C's contrast of two colours, from 1 to 21.
    fn contrast(a: u32, b: u32) -> f64 {
        let luminance = |color: u32| {
            let [_, r, g, b] = color.to_be_bytes().map(|byte| f64::from(byte) / 255.0);
            let linear = |c: f64| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
            0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_meaning_has_a_colour_of_its_own_on_both_grounds() {
        let lights: BTreeSet<u32> = Ink::all().map(|ink| ink.pair().0).collect();
        assert_eq!(lights.len(), Ink::all().count());
        let darks: BTreeSet<u32> = Ink::all().map(|ink| ink.pair().1).collect();
        assert_eq!(darks.len(), Ink::all().count());
    }

    #[test]
    fn letters_have_the_colours_of_pages() {
        let sheet: Vec<&str> = crate::render::html::PALETTE.split("@media").collect();
        for (sheet, dark) in [(sheet[0], false), (sheet[1], true)] {
            for (place, (light, other)) in LETTERS.into_iter().enumerate() {
                let color = if dark { other } else { light };
                assert!(sheet.contains(&format!("--v{place}: #{color:06x};")), "{place}");
                for ground in [GROUND, FORWARD_FILL, BACKWARD_FILL] {
                    assert!(
                        contrast(color, if dark { ground.1 } else { ground.0 }) >= 4.5,
                        "{color:06x} on {ground:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn everything_can_be_seen_on_both_grounds() {
        let grounds = [GROUND.0, GROUND.1];
        for (ink, least) in [(TEXT, 7.0), (QUIET, 4.5), (PRESENT, 4.5), (APART, 4.5), (FORWARD, 4.5), (BACKWARD, 4.5)]
            .into_iter()
            .chain(SERIES.map(|s| (s, 3.0)))
        {
            for (color, ground) in [ink.0, ink.1].into_iter().zip(grounds) {
                assert!(contrast(color, ground) >= least, "{color:06x} on {ground:06x}: {}", contrast(color, ground));
            }
        }
        for (fill, text) in [FORWARD_FILL, BACKWARD_FILL].into_iter().flat_map(|fill| [(fill, TEXT), (fill, APART)]) {
            assert!(contrast(fill.0, text.0) >= 4.5 && contrast(fill.1, text.1) >= 4.5, "{fill:?}");
        }
        for (index, cell) in RATIOS.into_iter().enumerate() {
            let ink = if is_strong(index) { ON_STRONG } else { ON_PALE };
            for (color, ground) in [(ink.0, cell.0), (ink.1, cell.1)] {
                assert!(contrast(color, ground) >= 3.5, "{color:06x} on {ground:06x}: {}", contrast(color, ground));
            }
        }
    }
}
