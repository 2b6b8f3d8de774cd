//! Why a task ended early.

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;

/// What went wrong, for the person at the terminal.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something to read: what, where, and what to do next.
    Message(String),
    /// A child has already said it (cargo), or a signal came: only the exit code is passed on.
    Exit(u8),
}

impl Failure {
    /// A message to be shown.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Message(message.into())
    }

    /// For `map_err`: the error's text behind a word on what was tried.
    pub(crate) fn trying<E: Display>(what: impl Display) -> impl FnOnce(E) -> Self {
        move |error| Self::Message(format!("cannot {what}: {error}"))
    }

    /// Shows the message, if there is one, and gives the exit code of the process.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::Message(text) => {
                progress(format_args!("error: {text}"));
                ExitCode::FAILURE
            }
            Self::Exit(code) => ExitCode::from(code),
        }
    }
}

/// Writes one line about what is going on to stderr.
///
/// A closed stderr is no reason to stop, as the panic of `eprintln!` would.
pub(crate) fn progress(line: impl Display) {
    // One write, so that cargo's lines do not land inside ours.
    let _ = std::io::stderr().write_all(format!("xtask: {line}\n").as_bytes());
}
