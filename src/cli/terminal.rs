//! What is known of the terminal, and speaking on stderr.

use std::io::{IsTerminal, Write};

use super::args::{ColorChoice, ErrorFormat};

/// Whether the streams are terminals and may be coloured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminal {
    /// stdout is one.
    pub(super) stdout: bool,
    /// stderr is one.
    pub(super) stderr: bool,
    /// stdin is one.
    pub(super) stdin: bool,
    /// What stands on stdout may have colours.
    pub(super) color_stdout: bool,
    /// Messages on stderr may have colours.
    pub(super) color_stderr: bool,
    /// How errors and notes are told.
    pub(super) error_format: ErrorFormat,
}

impl Terminal {
    pub(super) fn new(choice: ColorChoice, error_format: ErrorFormat) -> Self {
        let stdout = std::io::stdout().is_terminal();
        let stderr = std::io::stderr().is_terminal();
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
        let color = |is_terminal: bool| match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !no_color,
        };
        Self {
            stdout,
            stderr,
            stdin: std::io::stdin().is_terminal(),
            color_stdout: color(stdout),
            color_stderr: color(stderr),
            error_format,
        }
    }

    /// The same, telling errors in another form.
    pub(super) fn with_errors(self, error_format: ErrorFormat) -> Self {
        Self { error_format, ..self }
    }

    /// Tells a note that concerns no place in a text.
    pub(super) fn note(&self, message: &str) {
        self.say(&super::render::plain_note(message, self));
    }

    /// Prints a line of words on stderr; that stderr is gone is nobody's trouble.
    pub(super) fn say(&self, words: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{}", words.trim_end());
    }
}
