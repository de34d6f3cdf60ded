//! Keys as they stand in files: where the people of a book stand in its own, and whom an earlier output holds.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use super::local_times::LocalTimes;
use super::source::{self, Pick, Source};
use super::texts::Texts;
use super::{Limits, LoadError, LoadOptions, Session, keys, settings};
use crate::book::{Book, Universe};
use crate::model::{NO_ROW, RowId, Zone};

/// By row of the book: which row of the files it is, counted from 0 over all rows as stored, parts in name order.
///
/// Of rows with equal keys it is the last, which is the one that the book has. Cost: one reading of the key column.
///
/// # Errors
///
/// As loading the book, and files that have changed since.
pub fn file_rows(dir: &Path, book: &Book, universe: Universe, limits: Limits) -> Result<Vec<RowId>, LoadError> {
    let settings = settings::read(dir)?;
    let part = match universe {
        Universe::Contacts => "contacts",
        Universe::Visitors => "visitors",
    };
    let normalize = match universe {
        Universe::Contacts => keys::email,
        Universe::Visitors => as_it_is,
    };
    let files = source::find(dir, part)?.unwrap_or_default();
    let pieces = column(part, files, universe.key(), &settings, limits, normalize)?;
    let table = book.table(universe);
    let visitors: HashMap<Cow<'_, str>, RowId> = match universe {
        Universe::Contacts => HashMap::new(),
        Universe::Visitors => (0..table.layout.n_rows()).map(|row| (table.key(row), row)).collect(),
    };
    let mut rows = vec![NO_ROW; table.layout.n_rows() as usize];
    let mut at: RowId = 0;
    for texts in &pieces {
        for row in 0..texts.codes.len() {
            let found = texts.get(row).and_then(|key| match universe {
                Universe::Contacts => book.keys.find(table, key),
                Universe::Visitors => visitors.get(key).copied(),
            });
            if let Some(found) = found {
                rows[found as usize] = at;
            }
            // Sources of 2^32 - 1 rows and more aren't opened.
            at += 1;
        }
    }
    if rows.contains(&NO_ROW) { Err(LoadError::Changed { part }) } else { Ok(rows) }
}

/// The texts of a column of Parquet files, in order; missing ones are left out.
///
/// # Errors
///
/// A file that can't be read or decoded, and one without such a column.
pub fn read_texts(files: Vec<(String, PathBuf)>, name: &str) -> Result<Vec<String>, LoadError> {
    let settings = settings::Settings { zone: Zone::utc(), columns: Default::default(), fields: Default::default() };
    let pieces = column("outputs", files, name, &settings, Limits::default(), as_it_is)?;
    let texts = pieces.iter().flat_map(|it| (0..it.codes.len()).filter_map(|row| it.get(row)));
    Ok(texts.map(str::to_owned).collect())
}

fn as_it_is(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

fn column(
    part: &'static str,
    files: Vec<(String, PathBuf)>,
    name: &str,
    settings: &settings::Settings,
    limits: Limits,
    normalize: fn(&str) -> Cow<'_, str>,
) -> Result<Vec<Texts>, LoadError> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let options = LoadOptions { limits, ..LoadOptions::default() };
    let session = Session {
        options: &options,
        settings,
        times: LocalTimes::new(settings.zone.clone()),
        done_bytes: AtomicU64::new(0),
        total_bytes: AtomicU64::new(0),
    };
    let source = Source::open(part, files, &session)?;
    let column = source.required(&[name])?;
    source.read(column, Pick::All, &session, |piece| keys::normalized(piece, normalize))
}
