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
        common::snapshot("formats/mathml", name, page(&derivation, &variables, Format::Mathml).trim_end());
        let html = page(&derivation, &variables, Format::Html);
        // The style sheet is a file of its own.
        let (head, rest) = html.split_once("<style>").unwrap();
        let (_, body) = rest.split_once("</style>").unwrap();
        common::snapshot("formats/html", name, format!("{head}<style></style>{body}").trim_end());
    }
}
