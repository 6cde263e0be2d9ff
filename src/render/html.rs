//! The frame of a page of MathML: one file that needs no other.

/// So many colours has the style sheet for variables.
pub const COLORS: usize = 18;

/// The colours of variables, light and dark, and the classes that have them.
pub const PALETTE: &str = include_str!("colors.css");

const STYLE: &str = concat!(include_str!("colors.css"), include_str!("page.css"), include_str!("mathml.css"));

/// What MathML Core has no attributes for, in classes: a page may forbid styles at elements.
pub const CLASSES: &str = include_str!("mathml.css");

/// What stands around the parts of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// An element with its style.
    Embedded,
    /// A page of its own.
    Page,
    /// Nothing: the page brings the styles.
    Fragment,
}

impl Frame {
    /// What stands before the first part; above a page of its own this title.
    #[must_use]
    pub fn begin(self, title: &str) -> String {
        match self {
            Self::Page => begin(title),
            Self::Fragment => String::new(),
            Self::Embedded => format!(
                "<div xmlns=\"http://www.w3.org/1999/xhtml\" class=\"chainrule\">\n<style>\n{CLASSES}</style>\n"
            ),
        }
    }

    /// Attributes of what may be wider than a page of its own, and then scrolls by itself: keys reach it, and it has a name.
    #[must_use]
    pub fn scrolls(self, name: &str) -> String {
        match self {
            Self::Page => format!(" tabindex=\"0\" role=\"group\" aria-label=\"{name}\""),
            Self::Embedded | Self::Fragment => String::new(),
        }
    }

    /// What stands after the last part.
    #[must_use]
    pub fn end(self) -> String {
        match self {
            Self::Page => END.into(),
            Self::Embedded => "</div>\n".into(),
            Self::Fragment => String::new(),
        }
    }
}

/// What stands before the first equation of a page of this title; also well-formed as XML.
fn begin(title: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main class=\"chainrule\">\n<h1>{title}</h1>\n"
    )
}

/// What stands after the last remark.
const END: &str = "</main>\n</body>\n</html>\n";

#[cfg(test)]
mod tests {
    use super::*;

    /// A colour's relative luminance, as WCAG defines it.
    fn luminance(color: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    /// The colours that one `:root` names, by name.
    fn colors(root: &str) -> Vec<(&str, &str)> {
        let declarations = root.split(['{', ';']).filter_map(|declaration| declaration.trim().split_once(": "));
        declarations.filter(|(name, _)| name.starts_with("--")).collect()
    }

    #[test]
    fn every_color_is_read_on_both_backgrounds() {
        let roots: Vec<&str> = STYLE.split(":root").skip(1).map(|root| root.split('}').next().unwrap()).collect();
        assert_eq!(roots.len(), 2, "light and dark");
        for root in roots {
            let colors = colors(root);
            let of = |wanted: &str| colors.iter().find(|(name, _)| *name == wanted).unwrap().1;
            let inks: Vec<_> =
                colors.iter().filter(|(name, _)| !["--page", "--box", "--line"].contains(name)).collect();
            assert_eq!(inks.len(), COLORS + 2);
            for (name, color) in inks {
                for background in ["--page", "--box"] {
                    let (a, b) = (luminance(color), luminance(of(background)));
                    let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                    assert!(contrast >= 4.5, "{name} on {background}: {contrast:.2}");
                }
            }
        }
    }

    #[test]
    fn every_place_has_its_color() {
        for place in 0..COLORS {
            assert!(STYLE.contains(&format!(".v{place} {{ color: var(--v{place}) }}")));
        }
        assert!(!STYLE.contains(&format!(".v{COLORS} ")));
    }

    #[test]
    fn the_page_needs_no_other_file() {
        let page = format!("{}{END}", begin("Gradients"));
        for outside in ["<script", "<link", "src=", "href=", "url(", "@import", "@font-face"] {
            assert!(!page.contains(outside), "{outside}");
        }
        let namespaces = page.matches("://").count();
        assert_eq!(namespaces, page.matches("xmlns=\"http://www.w3.org/1999/xhtml\"").count());
        assert!(!STYLE.contains(['<', '&']), "text of an XML element");
    }
}
