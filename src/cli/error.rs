//! What can go wrong around the pipeline, and the [`Diagnostic`] that says so.

use std::io;

use chainrule::{
    pipeline::PipelineError,
    source::{Diagnostic, Kind},
};

use super::{conflicts::Conflict, files::MAX_STORED, source::Source};

/// An error of the command line or of a file.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A spec that is not there.
    #[error("there is no file `{path}`")]
    NoSpec {
        /// The path.
        path: String,
    },
    /// A path where the text of a spec should be.
    #[error("`-e` takes the text of a spec, and `{path}` is the name of a file")]
    TextIsPath {
        /// The path.
        path: String,
    },
    /// A file that cannot be opened or read.
    #[error("cannot read `{path}`: {}", reason(error))]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// A file that cannot be written. What stood there before still does.
    #[error("cannot write `{path}`: {}", reason(error))]
    Write {
        /// The file.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// Standard output that cannot be written, other than by a reader that went away.
    #[error("cannot write to standard output: {}", reason(error))]
    Output {
        /// What the system says.
        error: io::Error,
    },
    /// A file that is larger than the arrays in it may be.
    #[error("`{path}` has {size} bytes, the limit is {limit}")]
    TooLarge {
        /// The file.
        path: String,
        /// Its bytes, or as many as were read.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// A stored output that is not there.
    #[error("there is no stored output `{path}`")]
    NoStored {
        /// The path.
        path: String,
    },
    /// A stored output that is not text.
    #[error("`{path}` is not UTF-8, so it is no stored output")]
    NotText {
        /// The file.
        path: String,
    },
    /// A stored or derived output that is longer than any that is compared.
    #[error("an output of more than {} MiB is neither compared with `{path}` nor stored in it", MAX_STORED >> 20)]
    StoredTooLarge {
        /// The file.
        path: String,
    },
    /// A file that no `--check` wrote.
    #[error("`{path}` is no stored output: its first line does not say by which command it was written")]
    NotStored {
        /// The file.
        path: String,
    },
    /// A stored output by a command of another version.
    #[error("the first line of `{path}` names options that this version does not take")]
    StoredOptions {
        /// The file.
        path: String,
    },
    /// A stored output of another command.
    #[error("`{path}` was stored by `{stored}`, and this command is `{this}`")]
    StoredByAnother {
        /// The file.
        path: String,
        /// The command that wrote it.
        stored: String,
        /// The command that reads it.
        this: String,
    },
    /// The spec is named as its own stored output.
    #[error("`--check {path}` names the spec itself, not its stored output")]
    ChecksItself {
        /// The file.
        path: String,
    },
    /// The result would replace what it is computed from.
    #[error("`{path}` is both read and written")]
    Overwrites {
        /// The file.
        path: String,
    },
    /// Gradients are written in a format that the name of the file tells.
    #[error("`-o {path}` ends neither with .npz nor with .safetensors")]
    Extension {
        /// The file.
        path: String,
    },
    /// A page is HTML, which the name of the file tells.
    #[error("`-o {path}` ends neither with .html nor with .htm, and the page is HTML")]
    Page {
        /// The file.
        path: String,
    },
    /// A graph is written in a format that the name of the file tells.
    #[error("`-o {path}` ends neither with .svg nor with .dot nor with .mmd")]
    Picture {
        /// The file.
        path: String,
    },
    /// A word that names more than one variable.
    #[error("`--wrt {word}` names {count} variables, and the path of one gradient is drawn")]
    AmbiguousWord {
        /// The word.
        word: String,
        /// How many.
        count: usize,
        /// One of them.
        example: String,
    },
    /// A port that another program has, or that only the system's own programs may have.
    #[cfg(feature = "explore")]
    #[error("cannot serve at port {port}: {}", reason(error))]
    Port {
        /// The port.
        port: u16,
        /// What the system says.
        error: io::Error,
    },
    /// A server that cannot go on.
    #[cfg(feature = "explore")]
    #[error("cannot serve the page: {}", reason(error))]
    Serve {
        /// What the system says.
        error: io::Error,
    },
    /// Arrays without a spec that says what they are.
    #[cfg(feature = "explore")]
    #[error("`--params` and `--data` are read by a spec, and none is given")]
    ArraysOfNothing,
    /// A folder that cannot be made.
    #[error("cannot make the folder `{path}`: {}", reason(error))]
    Folder {
        /// The folder.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// A file that another program wrote stands where a picture is to be.
    #[error("`{path}` is no picture of chainrule, so it is not replaced")]
    NotOurs {
        /// The file.
        path: String,
    },
    /// An option for tables, and a file of arrays.
    #[error("`{option}` is for a .csv table, `{path}` is a file of named arrays")]
    NoTable {
        /// The file.
        path: String,
        /// The option.
        option: &'static str,
    },
    /// Options that do not go together.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// An option that says nothing of a format.
    #[error("`{option}` does not go with `--format json`, which is not laid out")]
    NotLaidOut {
        /// The option.
        option: &'static str,
    },
    /// A format that has no place for a verification.
    #[error("the main job has no `--format json`")]
    NoDocument,
    /// Options of the main job before a command.
    #[error("`{option}` before a command is for the main job on the built-in network")]
    BeforeCommand {
        /// The option.
        option: &'static str,
    },
}

impl CliError {
    /// The message to the user.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let error = |kind| Diagnostic::error(kind, self.to_string());
        match self {
            Self::NoSpec { .. } => error(Kind::File)
                .help("check the path; `-` reads standard input, and `-e 'TEXT'` takes the spec itself"),
            Self::TextIsPath { .. } => error(Kind::Usage).help("leave out `-e`"),
            Self::Read { .. } | Self::Output { .. } => error(Kind::File),
            Self::Write { path, .. } => {
                error(Kind::File).help(format!("what `{path}` held before is unchanged; choose another path"))
            }
            Self::TooLarge { .. } => {
                error(Kind::Limit).help("raise the memory limit with `--memory`, or take a smaller file")
            }
            Self::NoStored { .. } => {
                error(Kind::File).help("check the path, or write it: the same command with `--update`")
            }
            Self::StoredTooLarge { .. } => error(Kind::Limit)
                .help("no option raises the limit: check the path, or take fewer variables with `--wrt`"),
            Self::NotText { .. } | Self::NotStored { .. } => error(Kind::Data)
                .help("check the path; if this is the file, remove it and repeat the command with `--update`"),
            Self::StoredOptions { .. } => {
                error(Kind::Data).help("store it again: write the options that are meant, and `--update`")
            }
            Self::StoredByAnother { .. } => error(Kind::Data)
                .help("check the path, or use the command that stored it; each command has a file of its own"),
            Self::ChecksItself { .. } => error(Kind::Usage).help("name another file, as in `--check net.gradients`"),
            Self::Overwrites { .. } => error(Kind::Usage).help("choose another path with `-o`"),
            Self::Extension { .. } => error(Kind::Usage).help("write `-o gradients.npz`"),
            Self::Page { .. } => error(Kind::Usage).help("write `-o report.html`"),
            Self::Picture { .. } => error(Kind::Usage)
                .help("write `-o graph.svg` for a picture, `-o graph.dot` for Graphviz, or `-o graph.mmd` for Mermaid"),
            Self::AmbiguousWord { example, .. } => {
                error(Kind::Usage).help(format!("name one, such as `--wrt {example}`"))
            }
            #[cfg(feature = "explore")]
            Self::Port { .. } => {
                error(Kind::Usage).help("choose another port, or leave `--port` out to have a free one")
            }
            #[cfg(feature = "explore")]
            Self::Serve { .. } => error(Kind::File),
            #[cfg(feature = "explore")]
            Self::ArraysOfNothing => {
                error(Kind::Usage).help("name the spec: `chainrule explore net.spec --params FILE`")
            }
            Self::Folder { .. } => error(Kind::File).help("name a folder that can be made or is there: `--plot DIR`"),
            Self::NotOurs { .. } => {
                error(Kind::File).help("nothing was changed; move the file, or choose another folder")
            }
            Self::NoTable { .. } => error(Kind::Usage).help("leave it out: X and Y are found by their names"),
            Self::Conflict(Conflict { help, .. }) => error(Kind::Usage).help(*help),
            Self::NotLaidOut { .. } => {
                error(Kind::Usage).help("leave it out; shapes are in the document of every factor")
            }
            Self::NoDocument => error(Kind::Usage).help("use `chainrule derive SPEC --format json`, or `verify`"),
            Self::BeforeCommand { option } => error(Kind::Usage).help(format!("write `{option}` behind the command")),
        }
    }
}

/// What the system says, without the number that Rust adds.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// Why a command ended early.
#[derive(Debug)]
pub enum Failure {
    /// The reader of standard output went away, which is no error.
    ClosedPipe,
    /// Messages about a spec, at least one of them an error; about no spec if the source is empty.
    Errors(Vec<Diagnostic>, Source),
}

impl From<CliError> for Failure {
    fn from(error: CliError) -> Self {
        Self::Errors(vec![error.diagnostic()], Source::default())
    }
}

impl From<Diagnostic> for Failure {
    fn from(error: Diagnostic) -> Self {
        Self::Errors(vec![error], Source::default())
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        error.diagnostic().into()
    }
}

/// Of standard output: errors of files say which file.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::ClosedPipe } else { CliError::Output { error }.into() }
    }
}
