//! `segql repl`: the analyst's desk: a session on a book that counts while a question is typed.
//!
//! Flow: the line editor asks the [`Session`] for offers ([`complete`]), hints ([`hint`]) and colours ([`editor`]) at each key
//! stroke; a whole question is answered ([`answer`]), a line that begins with a point is a command ([`commands`]). Without a
//! terminal the same runs as a script ([`script`]).
//!
//! Invariant: nothing asks the terminal anything; its size is what the system tells.
//! Invariant: a number that is shown is exact.

mod actions;
mod answer;
mod commands;
mod complete;
mod editor;
mod hint;
mod history;
mod place;
mod programs;
mod reader;
mod reports;
mod script;
mod settings;
mod words;

use std::cell::RefCell;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, CompletionType, Config, Editor};

use super::args::{ClockArgs, OpenArgs};
use super::failure::Failure;
use super::query::{open, query_options};
use super::terminal::Terminal;
use crate::engine::{Engine, QueryOptions};
use crate::model::Frame;
use crate::syntax;
use crate::write::Format;
use settings::Settings;

/// Opens a session on a book; without a terminal to read from, runs what is piped in.
pub(super) fn run(
    book: &Path,
    open_args: &OpenArgs,
    clock: &ClockArgs,
    keep_going: bool,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let engine = open(book, open_args, terminal)?;
    let options = query_options(&engine, clock)?;
    let format = if terminal.stdout { Format::Table } else { Format::Csv };
    let mut session = Session {
        engine,
        book: book.to_owned(),
        open_args: open_args.clone(),
        options,
        terminal,
        settings: Settings::new(format),
        output: None,
        last_question: None,
        last_frame: None,
        hinted: RefCell::new(None),
        depth: 0,
    };
    if terminal.stdin {
        session.read_config(clock);
        return session.interactive();
    }
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text)?;
    session.run_script(&text, keep_going)
}

/// A session on a book.
struct Session<'a> {
    engine: Engine,
    book: PathBuf,
    open_args: OpenArgs,
    options: QueryOptions,
    terminal: &'a Terminal,
    settings: Settings,
    /// Where answers go instead of standard output.
    output: Option<File>,
    /// The question that was answered last, without its `;`.
    last_question: Option<String>,
    /// The last table, whole.
    last_frame: Option<Frame>,
    /// The sentence that was looked at last, and its hint.
    hinted: RefCell<Option<(String, String)>>,
    /// How many scripts are being read, one by the other.
    depth: usize,
}

/// Whether the session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Line,
    End,
}

impl<'a> Session<'a> {
    fn interactive(self) -> Result<(), Failure> {
        let broken = |error: ReadlineError| Failure::Message(format!("the terminal: {error}"), 1);
        let colors = if self.terminal.color_stdout { ColorMode::Forced } else { ColorMode::Disabled };
        let config = Config::builder()
            .max_history_size(history::MOST)
            .map_err(broken)?
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .color_mode(colors)
            .build();
        let mut editor: Editor<Session<'a>, FileHistory> = Editor::with_config(config).map_err(broken)?;
        let history = history::path();
        history::load(&mut editor, history.as_deref());
        self.greet();
        editor.set_helper(Some(self));
        loop {
            match editor.readline("segql> ") {
                Ok(text) if syntax::is_blank(&text) => {}
                Ok(text) => {
                    history::remember(&mut editor, history.as_deref(), text.trim());
                    let Some(session) = editor.helper_mut() else { return Ok(()) };
                    if session.take(&text) == Next::End {
                        return Ok(());
                    }
                }
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => return Ok(()),
                Err(error) => return Err(broken(error)),
            }
        }
    }

    fn greet(&self) {
        let book = self.engine.book();
        let records: u64 = book.kinds.iter().map(|it| u64::from(it.table.layout.n_rows())).sum();
        self.terminal.say(&format!(
            "{} contacts, {records} records, {} visitors, zone {}. End a question with `;`, Tab completes, `.help` helps.",
            book.contacts.layout.n_rows(),
            book.visitors.layout.n_rows(),
            book.zone.name(),
        ));
    }

    /// Takes in what was typed: a command, or questions; tells what is wrong.
    fn take(&mut self, text: &str) -> Next {
        self.hinted.replace(None);
        self.engine.cancel().reset();
        let done = if editor::is_command(text) {
            self.command(text.trim())
        } else {
            super::script::statements(text).try_for_each(|it| self.answer(it)).map(|()| Next::Line)
        };
        done.unwrap_or_else(|failure| {
            failure.tell(self.terminal);
            Next::Line
        })
    }
}
