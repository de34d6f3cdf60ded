//! [`Source`]: a bare filter that is read again: by another clock, against another book.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::super::{Error, QueryOptions};
use crate::book::Book;
use crate::load::read_file;
use crate::model::{Clock, SourceId};
use crate::plan::{self, Parts, ResolveContext, Segments};
use crate::syntax::{self, ast};

/// A bare filter with what its words rest on: saved segments and list files.
pub(super) struct Source<'a> {
    text: &'a str,
    query: ast::Query,
    segments: &'a Segments,
    working_dir: PathBuf,
    /// The list files read so far: each is read once, so that all readings are of the same lists.
    lists: RefCell<HashMap<PathBuf, Vec<u8>>>,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str, segments: &'a Segments, options: &QueryOptions) -> Result<Self, Error> {
        let query = syntax::parse(text, SourceId::QUERY).map_err(Error::Query)?;
        if !query.steps.is_empty() {
            return Err(Error::NotAFilter);
        }
        let working_dir = options.working_dir.clone().unwrap_or_default();
        Ok(Self { text, query, segments, working_dir, lists: RefCell::default() })
    }

    /// What it means in a book at a time.
    pub(super) fn read(&self, book: &Book, clock: &Clock) -> Result<Parts, Error> {
        let context = ResolveContext {
            book,
            segments: self.segments,
            clock: clock.clone(),
            working_dir: &self.working_dir,
            read_list: &|path: &Path| self.list(path),
        };
        plan::parts(&self.query, self.text, &context).map_err(Error::Query)
    }

    fn list(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        if let Some(known) = self.lists.borrow().get(path) {
            return Ok(known.clone());
        }
        let bytes = read_file(path)?;
        self.lists.borrow_mut().insert(path.to_owned(), bytes.clone());
        Ok(bytes)
    }
}
