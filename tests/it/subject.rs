//! The engine under test: the one place of this binary that calls it.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use segql::engine::{Answered, Engine, Error, ImageUse, OpenOptions, Prepared, QueryOptions};
use segql::model::{Diagnostic, SourceId};
use segql::syntax::ast::{Definition, Query};
use segql::write::{Format, writer};

/// An opened book.
pub struct Subject(Engine);

/// How a book is opened; nothing said is as shipped.
#[derive(Debug, Clone, Copy, Default)]
pub struct Opened {
    /// Worker threads.
    pub threads: Option<usize>,
    /// Rows of a shard.
    pub shard_rows: Option<u32>,
    /// Whether it is started from an image, which is made first.
    pub from_image: bool,
}

/// How a sentence is read.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Microseconds since 1970 UTC.
    pub now_us: i64,
    /// IANA name.
    pub zone: String,
    /// What list files are relative to.
    pub working_dir: PathBuf,
}

/// What came of a sentence.
#[derive(Debug)]
pub struct Answer {
    /// How many.
    pub count: u64,
    /// Who, sorted.
    pub keys: Vec<String>,
    /// What was noted.
    pub notes: Vec<Diagnostic>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Refusal {
    /// The sentence is wrong.
    Query(Vec<Diagnostic>),
    /// Anything else, in words.
    Other(String),
}

impl Subject {
    /// Opens a book; panics if that fails.
    pub fn open(book: &Path, opened: Opened) -> Self {
        let mut options = OpenOptions { threads: opened.threads, ..OpenOptions::default() };
        if let Some(shard_rows) = opened.shard_rows {
            options.shard_rows = Some(shard_rows);
        }
        let open = |options: &OpenOptions| {
            Engine::open(book, options).unwrap_or_else(|error| panic!("{}: {error}", book.display()))
        };
        if !opened.from_image {
            return Self(open(&OpenOptions { image: ImageUse::Never, ..options }));
        }
        open(&OpenOptions { image: ImageUse::Always, ..options.clone() });
        let engine = open(&options);
        assert!(engine.image().file.as_ref().is_some_and(|it| it.was_used), "{:?}", engine.image());
        Self(engine)
    }

    /// Runs a sentence.
    pub fn ask(&self, text: &str, asked: &Asked) -> Result<Answer, Refusal> {
        let query = self.prepare(text, asked)?;
        let count = self.0.count(&query).map_err(refusal)?;
        let mut keys = self.0.keys(&query).map_err(refusal)?;
        keys.sort();
        Ok(Answer { count, keys, notes: query.notes.clone() })
    }

    /// Who matches, sorted, when the plan is run as it was written.
    pub fn keys_as_written(&self, text: &str, asked: &Asked) -> Result<Vec<String>, String> {
        let query = self.prepare(text, asked).map_err(|refusal| refusal.words())?;
        let mut keys = self.0.keys_as_written(&query).map_err(|error| refusal(error).words())?;
        keys.sort();
        Ok(keys)
    }

    /// What a sentence with a step answers, as CSV, and what was noted.
    pub fn table(&self, text: &str, asked: &Asked) -> Result<(String, Vec<Diagnostic>), Refusal> {
        let query = self.prepare(text, asked)?;
        let (frame, notes) = match self.0.answer(&query).map_err(refusal)? {
            Answered::Frame(frame, notes) => (frame, notes),
            Answered::People { .. } => return Err(Refusal::Other("people, no table".to_owned())),
        };
        let mut file = tempfile::tempfile().unwrap();
        let mut csv = writer(Format::Csv, &frame.columns, Box::new(file.try_clone().unwrap()), &[]).unwrap();
        csv.write(&frame).unwrap();
        csv.finish().unwrap();
        let mut out = String::new();
        file.rewind().unwrap();
        file.read_to_string(&mut out).unwrap();
        Ok((out, notes))
    }

    /// The plan of a sentence, in one line.
    pub fn plan(&self, text: &str, asked: &Asked) -> Result<String, Refusal> {
        let query = self.prepare(text, asked)?;
        Ok(segql::plan::print(&query.filter, self.0.book(), query.universe))
    }

    fn prepare(&self, text: &str, asked: &Asked) -> Result<Prepared, Refusal> {
        let options = QueryOptions {
            now_us: Some(asked.now_us),
            zone: Some(asked.zone.clone()),
            working_dir: Some(asked.working_dir.clone()),
        };
        self.0.prepare(text, &options).map_err(refusal)
    }

    /// Who matches, in words if nobody can be asked.
    pub fn keys(&self, text: &str, asked: &Asked) -> Result<Vec<String>, String> {
        let answer = self.ask(text, asked).map_err(|refusal| refusal.words())?;
        if answer.count != answer.keys.len() as u64 {
            return Err(format!("the count is {}, but {} are listed", answer.count, answer.keys.len()));
        }
        Ok(answer.keys)
    }
}

impl Refusal {
    /// In one line.
    pub fn words(&self) -> String {
        match self {
            Self::Query(all) => {
                let all: Vec<&str> = all.iter().map(|it| it.message.as_str()).collect();
                format!("refused: {}", all.join("; "))
            }
            Self::Other(words) => format!("failed: {words}"),
        }
    }
}

fn refusal(error: Error) -> Refusal {
    match error {
        Error::Query(all) => Refusal::Query(all),
        other => Refusal::Other(other.to_string()),
    }
}

/// The tree of a sentence.
pub fn parse(text: &str) -> Result<Query, Vec<Diagnostic>> {
    segql::syntax::parse(text, SourceId::QUERY)
}

/// The trees of a file of definitions.
pub fn definitions(text: &str) -> Result<Vec<Definition>, Vec<Diagnostic>> {
    segql::syntax::parse_definitions(text, SourceId(1)).into_iter().map(|it| it.map_err(|it| it.diagnostics)).collect()
}

/// The canonical form of a sentence.
pub fn print(query: &Query) -> String {
    segql::syntax::print(query)
}
