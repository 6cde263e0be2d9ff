//! Diagnostics → [`Error`] and [`Message`]: lessons that print, and whose parts a program can read.

use std::{fmt, sync::Arc};

use crate::{
    render,
    source::{Diagnostic, Edit, Kind, Label, Severity},
};

/// The width of a printed message.
const WIDTH: usize = 100;

/// Why there is no result: one message or several, each a lesson. Prints as the messages do, a blank line between them.
///
/// ```
/// use chainrule::{Kind, Network};
/// let error = Network::parse("input X [n, f0]\ndense f1 relu\ndense 3 -> 4\nloss mse").unwrap_err();
/// assert_eq!(error.kind(), Kind::Shape);
/// assert_eq!(error.to_string(), "\
/// error[shape]: dense layer 2 expects 3 features, its input has f1
///  --> spec:3:7
///   |
/// 2 | dense f1 relu
///   |       -- this layer puts out n × f1
/// 3 | dense 3 -> 4
///   |       ^ expected f1
///   |
///   = help: write `dense f1 -> 4`, or bind it: `let f1 = 3`");
/// ```
///
/// `{:?}` prints the same, so that `unwrap` and a `main` that returns it show the lesson.
#[derive(Clone)]
pub struct Error {
    messages: Vec<Message>,
}

impl Error {
    /// The errors, and the warnings found beside them, in the order of their places.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Of the first error.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.messages.iter().find(|message| !message.is_warning()).map_or(Kind::Spec, Message::kind)
    }

    pub(super) fn into_diagnostics(self) -> impl Iterator<Item = Diagnostic> {
        self.messages.into_iter().map(|message| message.diagnostic)
    }

    /// What is wrong with `text`.
    pub(super) fn about(text: &Arc<str>, diagnostics: Vec<Diagnostic>) -> Self {
        Self { messages: Message::all(text, diagnostics) }
    }

    /// What is wrong with no place in a spec.
    pub(super) fn alone(diagnostic: Diagnostic) -> Self {
        Self::about(&"".into(), vec![diagnostic])
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, message) in self.messages.iter().enumerate() {
            let blank = if i > 0 { "\n\n" } else { "" };
            write!(f, "{blank}{message}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl std::error::Error for Error {}

/// An error or a warning: what was expected, what was found, where, and one repair. Prints with the lines of the spec
/// that it speaks of.
///
/// ```
/// # use chainrule::Network;
/// let text = "input X [n, f0]\ndense f1 relu\ndense 3 -> 4\nloss mse";
/// let error = Network::parse(text).unwrap_err();
/// let message = &error.messages()[0];
/// assert_eq!(message.title(), "dense layer 2 expects 3 features, its input has f1");
/// let labels = message.labels();
/// assert_eq!((&text[labels[0].span.range()], labels[0].primary), ("3", true));
/// assert_eq!((&text[labels[1].span.range()], labels[1].primary), ("f1", false));
/// assert_eq!(message.help(), Some("write `dense f1 -> 4`, or bind it: `let f1 = 3`"));
/// ```
#[derive(Clone, Debug)]
pub struct Message {
    diagnostic: Diagnostic,
    text: Arc<str>,
}

impl Message {
    /// Messages about `text`.
    pub(super) fn all(text: &Arc<str>, diagnostics: Vec<Diagnostic>) -> Vec<Self> {
        diagnostics.into_iter().map(|diagnostic| Self { diagnostic, text: text.clone() }).collect()
    }

    /// What was expected and what was found, in one line.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.diagnostic.title
    }

    /// Which promise was broken.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.diagnostic.kind
    }

    /// Whether there is a result all the same.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        self.diagnostic.severity == Severity::Warning
    }

    /// Places in [`Message::text`], the faulty one marked.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.diagnostic.labels
    }

    /// Further facts, a line each.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.diagnostic.notes
    }

    /// One repair, in words.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.diagnostic.help.as_deref()
    }

    /// The same repair as changes of [`Message::text`], in the order of their places, for an editor to make. Empty where
    /// no change is sure to leave the network that the writer means.
    #[must_use]
    pub fn repair(&self) -> &[Edit] {
        &self.diagnostic.repair
    }

    /// [`Message::text`] with the repair made, if there is one.
    #[must_use]
    pub fn repaired(&self) -> Option<String> {
        self.diagnostic.repaired(&self.text)
    }

    /// The spec that the places are in: as given to [`Network::parse`](crate::Network::parse), as
    /// [`Network::bind`](crate::Network::bind) changed it, or as a [`Builder`](crate::Builder) wrote it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", render::diagnostic(&self.diagnostic, &self.text, "spec", false, WIDTH))
    }
}
