//! `segql query`: one question, one answer.

use std::io::{Read, Write};
use std::path::Path;
use std::time::Instant;

use super::args::{ClockArgs, OpenArgs, QueryArgs};
use super::failure::{Failure, tell_all};
use super::progress::LoadBar;
use super::table;
use super::terminal::Terminal;
use crate::engine::{
    Answered, Cancel, Engine, ImageUse, OpenOptions, PeopleColumns, Prepared, QueryOptions, export_people,
};
use crate::model::{Frame, Zone, parse_time};
use crate::plan::{Answer, find_field};
use crate::syntax::MAX_TEXT_BYTES;
use crate::write::{AtomicFile, Format, FormatError, writer};

pub(super) fn run(args: &QueryArgs, terminal: &Terminal) -> Result<(), Failure> {
    let text = read_text(args, terminal)?;
    let format = chosen_format(args, terminal)?;
    let engine = open(&args.book, &args.open, terminal)?;
    let options = query_options(&engine, &args.clock)?;
    let started = Instant::now();
    let asked = Asked { columns: &args.columns, format };
    let query = asked.prepare(&engine, &text, &options, terminal)?;
    let rows_of = |out: &mut dyn FnMut(Box<dyn Write + Send>) -> Result<Output, Failure>| match &args.output {
        None => out(Box::new(std::io::stdout())),
        Some(path) => {
            let file = AtomicFile::create(path, args.overwrite)?;
            let shown = out(file.handle()?)?;
            file.commit()?;
            Ok(shown)
        }
    };
    let shown = rows_of(&mut |out| asked.write(&engine, &query, &text, out, terminal))?;
    if terminal.stdout && args.output.is_none() && format == Format::Table {
        terminal.say(&format!("{} in {:.1?}", shown.0, started.elapsed()));
    }
    Ok(())
}

/// What was shown, in words.
pub(super) struct Output(pub(super) String);

/// In which form an answer is wanted.
pub(super) struct Asked<'a> {
    /// The people with these fields, in place of a count.
    pub(super) columns: &'a [String],
    /// The format.
    pub(super) format: Format,
}

impl Asked<'_> {
    /// Compiles the sentence and tells its notes; `--columns` becomes what the answer shows.
    pub(super) fn prepare(
        &self,
        engine: &Engine,
        text: &str,
        options: &QueryOptions,
        terminal: &Terminal,
    ) -> Result<Prepared, Failure> {
        let query = engine
            .prepare(text, options)
            .map_err(|error| Failure::of(error, text, Some(engine.segments()), terminal))?;
        tell_all(&query.notes, text, Some(engine.segments()), terminal);
        let answers_people = matches!(query.answer, Answer::Count { said: false } | Answer::People);
        if !self.columns.is_empty() && !answers_people {
            return Err(Failure::usage(
                "--columns prints people, and the sentence ends in a step that answers otherwise; leave one of both out",
            ));
        }
        Ok(query)
    }

    /// Answers into `out`.
    pub(super) fn write(
        &self,
        engine: &Engine,
        query: &Prepared,
        text: &str,
        mut out: Box<dyn Write + Send>,
        terminal: &Terminal,
    ) -> Result<Output, Failure> {
        let wants_people =
            !self.columns.is_empty() || matches!(self.format, Format::Ids | Format::Parquet | Format::Arrow);
        match &query.answer {
            Answer::Save(save) => {
                let tag = engine.save(save)?;
                terminal.note(&format!("saved as @{tag}"));
                return Ok(Output(format!("@{tag}")));
            }
            Answer::Export(export) => {
                let rows = engine.people(query)?;
                export_people(engine, query, export, &rows)?;
                terminal.note(&format!("{} written to {}", people(rows.len() as u64), export.path));
                return Ok(Output(people(rows.len() as u64)));
            }
            Answer::Count { said } if self.format == Format::Count || (wants_people && !said) => {}
            Answer::People => {}
            _ if self.format == Format::Count => {}
            Answer::Count { .. }
            | Answer::By(_)
            | Answer::Show { .. }
            | Answer::Stats(..)
            | Answer::Histogram { .. }
            | Answer::Funnel
            | Answer::Journey(_)
            | Answer::Events
            | Answer::Audiences => return self.write_answer(engine, query, text, out, terminal),
        }
        if self.format == Format::Count {
            let count = engine.count(query)?;
            writeln!(out, "{count}")?;
            return Ok(Output(people(count)));
        }
        let columns = self.people_columns(engine, query)?;
        let rows = engine.people(query)?;
        self.write_people(engine, query, &columns, &rows, out)?;
        Ok(Output(people(rows.len() as u64)))
    }

    fn write_answer(
        &self,
        engine: &Engine,
        query: &Prepared,
        text: &str,
        out: Box<dyn Write + Send>,
        terminal: &Terminal,
    ) -> Result<Output, Failure> {
        match engine.answer(query)? {
            Answered::Frame(frame, notes) => {
                tell_all(&notes, text, Some(engine.segments()), terminal);
                self.write_frame(&frame, out)?;
                let rows = frame.rows.len();
                Ok(Output(format!("{rows} {}", if rows == 1 { "row" } else { "rows" })))
            }
            Answered::People { rows, columns } => {
                self.write_people(engine, query, &PeopleColumns { fields: columns }, &rows, out)?;
                Ok(Output(people(rows.len() as u64)))
            }
        }
    }

    fn write_frame(&self, frame: &Frame, mut out: Box<dyn Write + Send>) -> Result<(), Failure> {
        if self.format == Format::Table {
            writeln!(out, "{}", table::render(frame))?;
            return Ok(());
        }
        let mut out = writer(self.format, &frame.columns, out, &[])?;
        out.write(frame)?;
        Ok(out.finish()?)
    }

    fn write_people(
        &self,
        engine: &Engine,
        query: &Prepared,
        columns: &PeopleColumns,
        rows: &[u32],
        out: Box<dyn Write + Send>,
    ) -> Result<(), Failure> {
        if self.format == Format::Table {
            return self.write_frame(&columns.frame(engine, query, rows)?, out);
        }
        let mut out = writer(self.format, &columns.headers(engine, query), out, &[])?;
        columns.write(engine, query, rows, &mut *out)?;
        Ok(out.finish()?)
    }

    /// `--columns`, or the key, and after `top` its field.
    fn people_columns(&self, engine: &Engine, query: &Prepared) -> Result<PeopleColumns, Failure> {
        if self.columns.is_empty() {
            return Ok(PeopleColumns::default_of(query));
        }
        let find = |name: &String| {
            find_field(engine.book(), query.universe, name).map_err(|error| {
                let help: String = error.help.iter().map(|it| format!("; {it}")).collect();
                Failure::usage(format!("--columns: {}{help}", error.message))
            })
        };
        Ok(PeopleColumns { fields: self.columns.iter().map(find).collect::<Result<_, _>>()? })
    }
}

pub(super) fn people(n: u64) -> String {
    format!("{n} {}", if n == 1 { "person" } else { "people" })
}

/// Loads a book with a progress bar; Ctrl-C gives it up.
pub(super) fn open(book: &Path, args: &OpenArgs, terminal: &Terminal) -> Result<Engine, Failure> {
    open_among(book, args, terminal, &interrupted())
}

/// Loads one of several books as [`open`] does; all of them are given up as `cancel` says.
pub(super) fn open_among(
    book: &Path,
    args: &OpenArgs,
    terminal: &Terminal,
    cancel: &Cancel,
) -> Result<Engine, Failure> {
    let image = if args.no_image { ImageUse::Never } else { ImageUse::WhereWorth };
    open_unless(book, args, image, terminal, cancel.clone())
}

/// Loads a book as [`open`] does, its image used as said.
pub(super) fn open_with(book: &Path, args: &OpenArgs, image: ImageUse, terminal: &Terminal) -> Result<Engine, Failure> {
    open_unless(book, args, image, terminal, interrupted())
}

/// Loads a book as [`open_with`] does, given up as `cancel` says.
pub(super) fn open_unless(
    book: &Path,
    args: &OpenArgs,
    image: ImageUse,
    terminal: &Terminal,
    cancel: Cancel,
) -> Result<Engine, Failure> {
    let bar = LoadBar::new(terminal);
    let options = OpenOptions {
        threads: args.threads.map(usize::from),
        shard_rows: args.shard_rows,
        strict: args.strict,
        image,
        limits: args.limits(),
        max_memory: args.max_memory,
        segments: args.segments.clone(),
        progress: bar.as_progress(),
        cancel,
    };
    let engine = Engine::open(book, &options);
    bar.finish();
    let engine = engine?;
    if let Some(note) = engine.image().note() {
        terminal.note(&note);
    }
    let found = engine.book().irregularities.len();
    if found > 0 && terminal.stderr {
        let sorts = if found == 1 { "irregularity" } else { "sorts of irregularities" };
        terminal.note(&format!("the book has {found} {sorts}; `segql inspect {}` shows them", book.display()));
    }
    Ok(engine)
}

/// Is cancelled by Ctrl-C; a second Ctrl-C ends the process.
pub(super) fn interrupted() -> Cancel {
    let cancel = Cancel::new();
    let handle = cancel.clone();
    // Only one handler a process can be set, and each command sets one; without it Ctrl-C ends the process, as ever.
    let _ = ctrlc::set_handler(move || {
        if handle.is_cancelled() {
            std::process::exit(130);
        }
        handle.cancel();
    });
    cancel
}

/// The clock that the command line asks for.
pub(super) fn query_options(engine: &Engine, args: &ClockArgs) -> Result<QueryOptions, Failure> {
    options_at(engine, args, "--now")
}

/// The same, of a time that another option gives.
pub(super) fn options_at(engine: &Engine, args: &ClockArgs, option: &str) -> Result<QueryOptions, Failure> {
    let zone = match &args.tz {
        Some(name) => Zone::named(name).map_err(|error| {
            Failure::usage(format!("--tz: {error}; names are those of the IANA database, such as Asia/Jakarta or UTC"))
        })?,
        None => engine.book().zone.clone(),
    };
    let now_us = match &args.now {
        None => None,
        Some(text) => Some(parse_now(text, &zone, option)?),
    };
    Ok(QueryOptions { now_us, zone: args.tz.clone(), working_dir: None })
}

fn parse_now(text: &str, zone: &Zone, option: &str) -> Result<i64, Failure> {
    let day = crate::model::parse_day(text).map(|day| zone.day_start(day));
    day.or_else(|_| parse_time(text, zone))
        .map_err(|error| Failure::usage(format!("{option}: {error}; a time looks like 2026-11-20T09:00:00Z")))
}

fn read_text(args: &QueryArgs, terminal: &Terminal) -> Result<String, Failure> {
    match (&args.filter, &args.file) {
        (Some(text), _) => Ok(text.clone()),
        (None, Some(path)) => read_source(path),
        (None, None) if terminal.stdin => {
            Err(Failure::usage("no sentence: give one in quotes, or --file FILE, or pipe it in"))
        }
        (None, None) => read_source(Path::new("-")),
    }
}

/// A file's text, `-` being standard input; never more than a sentence may have, and one byte.
pub(super) fn read_source(path: &Path) -> Result<String, Failure> {
    read_source_of(path, MAX_TEXT_BYTES)
}

/// A file's text, `-` being standard input; never more than `most` bytes and one.
pub(super) fn read_source_of(path: &Path, most: usize) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let most = most as u64 + 1;
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::Message(format!("reading {}: {error}", path.display()), 1))?;
    let text =
        String::from_utf8(bytes).map_err(|_| Failure::Message(format!("{} is not UTF-8 text", path.display()), 3))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn chosen_format(args: &QueryArgs, terminal: &Terminal) -> Result<Format, Failure> {
    if let Some(name) = &args.format {
        return name.parse().map_err(|error: FormatError| Failure::usage(format!("--format: {error}")));
    }
    if let Some(path) = &args.output {
        return Format::of_path(path).map_err(|error| Failure::usage(format!("--output: {error}; or say --format")));
    }
    Ok(if terminal.stdout { Format::Table } else { Format::Csv })
}
