//! `segql repl`: a session on a book.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor};

use super::args::{ClockArgs, OpenArgs};
use super::failure::Failure;
use super::query::{Asked, open, query_options};
use super::script::statements;
use super::terminal::Terminal;
use crate::engine::{Engine, QueryOptions};
use crate::plan::Segment;
use crate::syntax;
use crate::write::Format;

const HELP: &str = "\
A question ends with `;` and may take several lines.
  status = active and label = vip;          counts
  did purchase twice | by stage;            counts by stage
  everyone | show email, city limit 5;      shows rows
  .fields     the fields that can be asked, with their types
  .segments   the saved segments
  .help       this
  .quit       ends (Ctrl-D too); Ctrl-C clears the line or stops a running question";

pub(super) fn run(book: &Path, open_args: &OpenArgs, clock: &ClockArgs, terminal: &Terminal) -> Result<(), Failure> {
    let engine = open(book, open_args, terminal)?;
    let options = query_options(&engine, clock)?;
    let session = Session { engine, options, terminal };
    if terminal.stdin { session.interactive() } else { session.piped() }
}

struct Session<'a> {
    engine: Engine,
    options: QueryOptions,
    terminal: &'a Terminal,
}

/// Whether the session goes on.
#[derive(PartialEq)]
enum Next {
    Line,
    End,
}

impl Session<'_> {
    /// Runs a script; stops at the first error with its exit status.
    fn piped(&self) -> Result<(), Failure> {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text)?;
        let format = if self.terminal.stdout { Format::Table } else { Format::Csv };
        statements(&text).try_for_each(|statement| self.answer(statement, format))
    }

    fn interactive(&self) -> Result<(), Failure> {
        let broken = |error: ReadlineError| Failure::Message(format!("the terminal: {error}"), 1);
        let config = Config::builder().history_ignore_dups(true).map_err(broken)?.auto_add_history(false).build();
        let mut editor: Editor<(), FileHistory> = Editor::with_config(config).map_err(broken)?;
        let history = history_path();
        if let Some(path) = &history {
            // A first session has no history yet.
            let _ = editor.load_history(path);
        }
        self.greet();
        let mut pending = String::new();
        loop {
            let prompt = if pending.is_empty() { "segql> " } else { "   ..> " };
            match editor.readline(prompt) {
                Ok(line) => {
                    if self.take_line(&line, &mut pending, &mut editor) == Next::End {
                        break;
                    }
                }
                Err(ReadlineError::Interrupted) => pending.clear(),
                Err(ReadlineError::Eof) => break,
                Err(error) => return Err(broken(error)),
            }
        }
        if let Some(path) = &history {
            save_history(&mut editor, path);
        }
        Ok(())
    }

    fn greet(&self) {
        let book = self.engine.book();
        let records: u64 = book.kinds.iter().map(|it| u64::from(it.table.layout.n_rows())).sum();
        self.terminal.say(&format!(
            "{} contacts, {records} records, {} visitors, zone {}. End a question with `;`. `.help` helps.",
            book.contacts.layout.n_rows(),
            book.visitors.layout.n_rows(),
            book.zone.name(),
        ));
    }

    /// Takes one line in: a dot command, or a part of a question, which runs at its `;`.
    fn take_line(&self, line: &str, pending: &mut String, editor: &mut Editor<(), FileHistory>) -> Next {
        if pending.is_empty() && line.trim_start().starts_with('.') {
            // A history that can't grow is no reason to stop.
            let _ = editor.add_history_entry(line.trim());
            return self.command(line.trim());
        }
        if pending.is_empty() && line.trim().is_empty() {
            return Next::Line;
        }
        pending.push_str(line);
        pending.push('\n');
        if !syntax::is_complete(pending) {
            return Next::Line;
        }
        let text = std::mem::take(pending);
        let _ = editor.add_history_entry(text.trim());
        for statement in statements(&text) {
            self.engine.cancel().reset();
            if let Err(failure) = self.answer(statement, Format::Table) {
                failure.tell(self.terminal);
                break;
            }
        }
        Next::Line
    }

    fn answer(&self, statement: &str, format: Format) -> Result<(), Failure> {
        let asked = Asked { columns: &[], format };
        let started = Instant::now();
        let query = asked.prepare(&self.engine, statement, &self.options, self.terminal)?;
        let shown = asked.write(&self.engine, &query, statement, Box::new(std::io::stdout()), self.terminal)?;
        if format == Format::Table {
            self.terminal.say(&format!("{} in {:.1?}", shown.0, started.elapsed()));
        }
        Ok(())
    }

    fn command(&self, command: &str) -> Next {
        match command.trim_end_matches(';').trim() {
            ".quit" | ".exit" => return Next::End,
            ".help" => self.print(HELP),
            ".fields" => self.print(&self.fields()),
            ".segments" => self.print(&self.segments()),
            other => {
                let known = [".quit", ".exit", ".help", ".fields", ".segments"];
                let nearest = crate::model::nearest(other, known);
                let hint = nearest.first().map_or("`.help` lists them".to_owned(), |it| format!("nearest: `{it}`"));
                self.terminal
                    .say(&super::render::plain_error(&format!("unknown command `{other}`; {hint}"), self.terminal));
            }
        }
        Next::Line
    }

    fn fields(&self) -> String {
        let table = &self.engine.book().contacts;
        let width = table.columns.iter().map(|it| it.tag.chars().count()).max().unwrap_or(0);
        let line = |it: &crate::book::Column| format!("  {:width$}  {}", it.tag, it.field_type.noun());
        let mut lines: Vec<String> = table.columns.iter().map(line).collect();
        lines.push(format!("  {:width$}  a stage, or lost", "funnel"));
        let kinds: Vec<&str> = self.engine.book().kinds.iter().map(|it| it.name.as_str()).collect();
        if !kinds.is_empty() {
            lines.push(format!("kinds of record: {}", kinds.join(", ")));
        }
        lines.join("\n")
    }

    fn segments(&self) -> String {
        let line = |it: Segment<'_>| format!("  @{}  {}", it.tag, it.display.unwrap_or_default());
        let lines: Vec<String> = self.engine.segments().iter().map(line).collect();
        if lines.is_empty() {
            return "no saved segments; `… | save \"Name\"` keeps one".to_owned();
        }
        lines.join("\n")
    }

    fn print(&self, text: &str) {
        // A session whose output is gone ends at its next question.
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }
}

/// The history file in the user's state directory; none without a home.
fn history_path() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state")))?;
    Some(state.join("segql").join("history"))
}

/// Saves the history for its owner's eyes alone; a home that can't be written has none.
fn save_history(editor: &mut Editor<(), FileHistory>, path: &Path) {
    if let Some(dir) = path.parent() {
        let _ = std::fs::create_dir_all(dir);
    }
    if editor.save_history(path).is_ok() {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600));
        }
    }
}
