//! The worked example in the formats for pages: to read.

use chainrule::{
    pipeline::{Request, derive},
    render::Format,
};

use crate::{
    common,
    gallery::{FORMS, page, parameters_and_input, resolved},
};

#[test]
fn the_worked_example_in_mathml_and_html() {
    let network = resolved(&common::read("tests/specs/valid/three-layer.net"));
    for (name, form, expand) in
        FORMS.into_iter().filter(|(name, ..)| ["product", "layered", "per-sample"].contains(name))
    {
        let derivation = derive(&network, &Request { expand, ..Request::new(form) }).unwrap();
        let variables = parameters_and_input(&derivation);
        for (folder, format) in [("formats/mathml", Format::Mathml), ("formats/html", Format::Html)] {
            let text = page(&derivation, &variables, format);
            // The style sheet is a file of its own.
            let (head, rest) = text.split_once("<style>").unwrap();
            let (_, body) = rest.split_once("</style>").unwrap();
            assert!(!body.contains(" style="), "a page may forbid styles at elements");
            common::snapshot(folder, name, format!("{head}<style></style>{body}").trim_end());
        }
    }
}
