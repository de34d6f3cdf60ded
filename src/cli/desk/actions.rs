//! What each dot command does.

use std::io::Write;
use std::path::Path;

use super::super::failure::Failure;
use super::super::query::{open_unless, read_source_of};
use super::super::{segments, table};
use super::commands::{COMMANDS, unknown};
use super::{Next, Session, programs};
use crate::book::{Column, Universe};
use crate::engine::{ImageUse, Rows, ValuesAsked};
use crate::model::{Cell, CellType, Frame, nearest};
use crate::plan::{FieldRef, find_field};
use crate::syntax::quote;

/// Bytes of a script that `.read` takes.
const MOST_SCRIPT_BYTES: usize = 16 << 20;
/// Scripts that may read each other.
const MOST_SCRIPTS: usize = 8;
/// Values that `.values` shows.
const MOST_VALUES: usize = 100;

impl Session<'_> {
    pub(super) fn help(&mut self, name: &str) -> Result<Next, Failure> {
        if name.is_empty() {
            let width = COMMANDS.iter().map(|it| it.usage().len()).max().unwrap_or(0).min(24);
            let mut lines = vec![
                "A question ends with `;` and may take several lines. Tab completes, the words behind `#` count."
                    .to_owned(),
                "  status = active and label = vip;          how many".to_owned(),
                "  did purchase twice | by stage;            counts by stage".to_owned(),
                "  everyone | show email, city limit 5;      rows".to_owned(),
            ];
            lines.extend(COMMANDS.iter().map(|it| format!("  {:width$}  {}", it.usage(), it.does)));
            return self.say_lines(&lines);
        }
        let name = format!(".{}", name.trim_start_matches('.'));
        let Some(command) = COMMANDS.iter().find(|it| it.name == name) else { return Err(unknown(&name)) };
        let mut lines = vec![format!("{}: {}", command.usage(), command.does), "Examples:".to_owned()];
        for example in command.examples {
            lines.extend(example.lines().map(|it| format!("  {it}")));
            lines.push(String::new());
        }
        self.say_lines(&lines)
    }

    pub(super) fn fields(&mut self, kind: &str) -> Result<Next, Failure> {
        let book = self.engine.book();
        let mut frame = Frame::new([("field", CellType::Text), ("name", CellType::Text), ("type", CellType::Text)]);
        let row = |tag: &str, display: Option<&str>, noun: &str| {
            vec![
                Cell::Text(tag.to_owned()),
                display.map_or(Cell::Null, |it| Cell::Text(it.to_owned())),
                Cell::Text(noun.to_owned()),
            ]
        };
        let of = |it: &Column| row(&it.tag, it.display.as_deref(), it.field_type.noun());
        if kind.is_empty() {
            frame.rows.extend(book.contacts.columns.iter().map(of));
            frame.rows.push(row("funnel", None, "a stage, or lost"));
            frame.rows.extend(book.kinds.iter().map(|it| row(&it.name, None, "a kind of record")));
        } else {
            let found = book.kind(kind).ok_or_else(|| {
                let near = nearest(kind, book.kinds.iter().map(|it| it.name.as_str()));
                let help = near.first().map_or_else(String::new, |it| format!("; nearest: `{it}`"));
                Failure::usage(format!("the book has no records of kind `{kind}`{help}"))
            })?;
            frame.rows.extend(book.kinds[found].table.columns.iter().map(of));
        }
        self.show(frame, false).map(|()| Next::Line)
    }

    pub(super) fn values(&mut self, rest: &str) -> Result<Next, Failure> {
        let (name, prefix) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if name.is_empty() {
            return Err(Failure::usage("name a field: `.values city`"));
        }
        let (rows, field) = self.field_of(name.trim_matches('`'))?;
        let asked = ValuesAsked { prefix: prefix.trim(), most: MOST_VALUES, deadline: None };
        let found = self.engine.values(rows, field, &asked)?;
        if let FieldRef::Column(column) = field
            && found.is_whole
            && found.values.is_empty()
            && let column = &rows.table(self.engine.book()).columns[column]
            && matches!(
                column.cell_type(),
                CellType::Int | CellType::Decimal(_) | CellType::Float | CellType::Day | CellType::Instant
            )
        {
            let noun = column.field_type.noun();
            let step = if matches!(column.cell_type(), CellType::Instant | CellType::Day) {
                "by month("
            } else {
                "histogram "
            };
            let end = if step.ends_with('(') { ")" } else { "" };
            return Err(Failure::usage(format!(
                "`{name}` is {noun}: `everyone | {step}{name}{end};` tells how its values lie"
            )));
        }
        let mut frame = Frame::new([("value", CellType::Text), ("count", CellType::Int)]);
        let count = |n: Option<u64>| n.and_then(|it| i64::try_from(it).ok()).map_or(Cell::Null, Cell::Int);
        let (n_shown, n_found) = (found.values.len(), found.n_found);
        frame.rows = found.values.into_iter().map(|it| vec![Cell::Text(it.text), count(it.n_rows)]).collect();
        self.show(frame, true)?;
        if n_found > n_shown {
            self.terminal.note(&format!("{} more; a prefix narrows them: `.values {name} a`", n_found - n_shown));
        }
        if !found.is_whole {
            self.terminal.note("the field has too many values to count; these are among the first of the book");
        }
        Ok(Next::Line)
    }

    /// A field of contacts, or `kind.property`.
    fn field_of(&self, name: &str) -> Result<(Rows, FieldRef), Failure> {
        let book = self.engine.book();
        let error = match find_field(book, Universe::Contacts, name) {
            Ok((field, _)) => return Ok((Rows::People(Universe::Contacts), field)),
            Err(error) => error,
        };
        let property = name.split_once('.').and_then(|(kind, property)| {
            let kind = book.kind(kind)?;
            Some((Rows::Records(kind), FieldRef::Column(book.kinds[kind].table.find(property)?)))
        });
        property.ok_or_else(|| {
            let help: String = error.help.iter().map(|it| format!("; {it}")).collect();
            Failure::usage(format!("{}{help}", error.message))
        })
    }

    pub(super) fn segments(&mut self, _: &str) -> Result<Next, Failure> {
        let counts = self.engine.count_segments(&self.options)?;
        if counts.is_empty() {
            self.terminal.note("no saved segments; `… | save \"Name\"` keeps one");
            return Ok(Next::Line);
        }
        self.show(segments::frame(&counts, None), true).map(|()| Next::Line)
    }

    pub(super) fn save(&mut self, rest: &str) -> Result<Next, Failure> {
        let (name, overwrite) = match rest.strip_suffix(" overwrite") {
            Some(name) => (name.trim(), " overwrite"),
            None => (rest, ""),
        };
        if name.is_empty() {
            return Err(Failure::usage("name it: `.save Best customers`"));
        }
        let question = self.question()?.to_owned();
        self.answer(&format!("{} | save {}{overwrite}", question.trim(), quote(name.trim_matches('"'))))?;
        self.last_question = Some(question);
        Ok(Next::Line)
    }

    /// The question that was answered last.
    pub(super) fn question(&self) -> Result<&str, Failure> {
        self.last_question.as_deref().ok_or_else(|| Failure::usage("nothing was asked yet"))
    }

    pub(super) fn edit(&mut self, _: &str) -> Result<Next, Failure> {
        let mut file = tempfile::Builder::new().prefix("segql-").suffix(".segql").tempfile()?;
        if let Some(question) = &self.last_question {
            writeln!(file, "{};", question.trim())?;
        }
        let (name, mut editor) = programs::program(&["VISUAL", "EDITOR"], "vi");
        let status = editor.arg(file.path()).status();
        let status = status
            .map_err(|error| Failure::Message(format!("the editor `{name}`: {error}; $EDITOR names another"), 1))?;
        if !status.success() {
            return Err(Failure::Message(format!("the editor `{name}` failed; nothing was asked"), 1));
        }
        let text = read_source_of(file.path(), MOST_SCRIPT_BYTES)?;
        self.run_script(&text, false).map(|()| Next::Line)
    }

    pub(super) fn last(&mut self, _: &str) -> Result<Next, Failure> {
        let Some(frame) = &self.last_frame else { return Err(Failure::usage("there was no table yet")) };
        let text = format!("{}\n", table::render_whole(frame));
        let is_larger = self.screen().is_some_and(|(width, height)| programs::is_larger(&text, width, height));
        if !(is_larger && programs::page(&text)?) {
            self.out()?.write_all(text.as_bytes())?;
        }
        Ok(Next::Line)
    }

    pub(super) fn output(&mut self, rest: &str) -> Result<Next, Failure> {
        if rest.is_empty() {
            self.output = None;
            return Ok(Next::Line);
        }
        let (path, overwrite) = match rest.strip_suffix(" overwrite") {
            Some(path) => (path.trim(), true),
            None => (rest, false),
        };
        let path = path.trim_matches(['"', '\'']);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).truncate(true).create(overwrite).create_new(!overwrite);
        self.output = Some(options.open(path).map_err(|error| {
            let help = if error.kind() == std::io::ErrorKind::AlreadyExists {
                "; `overwrite` after the name replaces it"
            } else {
                ""
            };
            Failure::Message(format!("{path}: {error}{help}"), 1)
        })?);
        Ok(Next::Line)
    }

    pub(super) fn set_command(&mut self, rest: &str) -> Result<Next, Failure> {
        if rest.is_empty() {
            return self.say_lines(&self.settings_in_words());
        }
        let (name, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        self.set(name, value.trim()).map(|()| Next::Line)
    }

    pub(super) fn read(&mut self, path: &str) -> Result<Next, Failure> {
        if path.is_empty() {
            return Err(Failure::usage("name a file: `.read questions.segql`"));
        }
        let text = read_source_of(Path::new(path.trim_matches(['"', '\''])), MOST_SCRIPT_BYTES)?;
        if self.depth == MOST_SCRIPTS {
            return Err(Failure::usage(format!("more than {MOST_SCRIPTS} scripts read one another")));
        }
        self.depth += 1;
        let done = self.run_script(&text, false);
        self.depth -= 1;
        done.map(|()| Next::Line)
    }

    pub(super) fn reload(&mut self, _: &str) -> Result<Next, Failure> {
        let cancel = self.engine.cancel().clone();
        let image = if self.open_args.no_image { ImageUse::Never } else { ImageUse::WhereWorth };
        self.engine = open_unless(&self.book, &self.open_args, image, self.terminal, cancel)?;
        self.terminal.note(&format!("{} contacts", self.engine.book().contacts.layout.n_rows()));
        Ok(Next::Line)
    }
}
