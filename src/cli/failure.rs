//! What a command that can't go on says, and its exit status.

use std::process::ExitCode;

use super::render;
use super::terminal::Terminal;
use crate::engine::Error;
use crate::model::Diagnostic;
use crate::write::WriteError;

/// The exit status of a wrong command line.
pub(super) const USAGE: u8 = 2;

/// Why a command ends.
#[derive(Debug)]
pub(super) enum Failure {
    /// Already told; only the status is left.
    Told(u8),
    /// A message and its status.
    Message(String, u8),
    /// The reader of our output went away: no word.
    ClosedPipe,
}

impl Failure {
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Message(message.into(), USAGE)
    }

    /// An error of the engine; the mistakes of a sentence are shown in its text.
    pub(super) fn of(
        error: Error,
        text: &str,
        segments: Option<&crate::engine::Segments>,
        terminal: &Terminal,
    ) -> Self {
        let code = error.exit_code();
        let Error::Query(diagnostics) = error else { return Self::from(error) };
        tell_all(&diagnostics, text, segments, terminal);
        Self::Told(code)
    }

    /// The exit status it ends a command with.
    pub(super) fn status(&self) -> u8 {
        match self {
            Self::Told(code) | Self::Message(_, code) => *code,
            Self::ClosedPipe => 0,
        }
    }

    /// Its message; none if it was told.
    pub(super) fn words(&self) -> &str {
        match self {
            Self::Message(message, _) => message,
            Self::Told(_) | Self::ClosedPipe => "",
        }
    }

    /// Tells it on stderr.
    pub(super) fn tell(self, terminal: &Terminal) -> ExitCode {
        match self {
            Self::Told(code) => ExitCode::from(code),
            Self::Message(message, code) => {
                terminal.say(&render::plain_error(&message, terminal));
                ExitCode::from(code)
            }
            Self::ClosedPipe => ExitCode::SUCCESS,
        }
    }
}

/// Shows diagnostics in their text on stderr.
pub(super) fn tell_all(
    diagnostics: &[Diagnostic],
    text: &str,
    segments: Option<&crate::engine::Segments>,
    terminal: &Terminal,
) {
    for diagnostic in diagnostics {
        terminal.say(&render::diagnostic(diagnostic, text, segments, terminal));
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if matches!(error, Error::Write(WriteError::ClosedPipe)) {
            return Self::ClosedPipe;
        }
        Self::Message(with_causes(&error), error.exit_code())
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::from(Error::from(error))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Message(error.to_string(), 1)
        }
    }
}

/// An error with what lies behind it, unless its own words say so already.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !message.contains(&words) {
            message = format!("{message}: {words}");
        }
        next = cause.source();
    }
    message
}
