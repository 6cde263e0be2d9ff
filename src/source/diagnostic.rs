//! What went wrong, as data: a title, labelled places, one repair. `render::diagnostic` prints it.

use super::{Span, printable::lines};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// No result.
    Error,
    /// A result, with a caution.
    Warning,
}

/// More messages than this help nobody: the others are not shown.
pub const MAX_MESSAGES: usize = 20;

/// Which promise was broken. Decides the word in brackets and the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line asks for something that does not exist.
    Usage,
    /// The text is not a sentence of the language, or a name in it is unknown.
    Spec,
    /// Two shapes that must fit do not.
    Shape,
    /// A parameter or data file is not what it should be.
    Data,
    /// A file could not be read or written.
    File,
    /// A stated limit was reached.
    Limit,
}

impl Kind {
    /// The word printed in `error[…]`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Spec => "spec",
            Self::Shape => "shape",
            Self::Data => "data",
            Self::File => "file",
            Self::Limit => "limit",
        }
    }

    /// The exit status of a run that ends with it: 2 usage, 4 limit, else 3.
    #[must_use]
    pub fn status(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Spec | Self::Shape | Self::Data | Self::File => 3,
            Self::Limit => 4,
        }
    }
}

/// A remark at a place of the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The remark; may be empty.
    pub text: String,
    /// The place of the fault itself (`^^^`), not of its cause (`---`).
    pub primary: bool,
}

/// A change of the source: what stands at `span` becomes `text`. An empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// One message to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Which promise was broken.
    pub kind: Kind,
    /// What was expected and what was found, in one line.
    pub title: String,
    /// Places, the faulty one marked primary.
    pub labels: Vec<Label>,
    /// Further facts, a line each.
    pub notes: Vec<String>,
    /// One repair, in words.
    pub help: Option<String>,
    /// The same repair as changes of the source, in order of their places. Empty where nothing can be changed that is
    /// sure to leave the network that the writer means.
    pub repair: Box<[Edit]>,
}

impl Diagnostic {
    /// An error without places yet.
    #[must_use]
    pub fn error(kind: Kind, title: impl Into<String>) -> Self {
        let title = lines(&title.into());
        let (labels, notes) = (Vec::new(), Vec::new());
        Self { severity: Severity::Error, kind, title, labels, notes, help: None, repair: Box::default() }
    }

    /// A warning without places yet.
    #[must_use]
    pub fn warning(kind: Kind, title: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(kind, title) }
    }

    /// Marks the place of the fault.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: lines(&text.into()), primary: true });
        self
    }

    /// Marks the place of a cause.
    #[must_use]
    pub fn because(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: lines(&text.into()), primary: false });
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(lines(&text.into()));
        self
    }

    /// Says that there are more messages than are shown, of which this is the last.
    pub fn more_follow(&mut self) {
        self.notes.push(format!("more follow: at most {MAX_MESSAGES} messages are shown at once"));
    }

    /// States the repair.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(lines(&text.into()));
        self
    }

    /// Adds a change of the source to the repair, behind those added before.
    #[must_use]
    pub fn edit(mut self, span: Span, text: impl Into<String>) -> Self {
        let added = Edit { span, text: text.into() };
        self.repair = self.repair.into_iter().chain([added]).collect();
        self
    }

    /// `source` with the repair made; `None` if there is none.
    ///
    /// ```
    /// use chainrule::source::{Diagnostic, Kind, Span};
    /// let message = Diagnostic::error(Kind::Spec, "unknown statement `inptu`").edit(Span::new(0, 5), "input");
    /// assert_eq!(message.repaired("inptu X [n, 3]").unwrap(), "input X [n, 3]");
    /// ```
    #[must_use]
    pub fn repaired(&self, source: &str) -> Option<String> {
        let (mut repaired, mut rest) = (String::new(), 0);
        for Edit { span, text } in &self.repair {
            repaired = repaired + source.get(rest..span.start)? + text;
            rest = span.end;
        }
        if self.repair.is_empty() { None } else { Some(repaired + source.get(rest..)?) }
    }
}
