//! The visitors, and whom of the contacts they are.

use std::borrow::Cow;

use rayon::prelude::*;

use super::columns::{self, Loaded, Sort, System};
use super::contacts::key_column;
use super::error::LoadError;
use super::keys::{self, Keys};
use super::shape::Shape;
use super::source::{Pick, Source, SourceColumn};
use super::{Notes, Session};
use crate::book::{Column, Index, KeyIndex, Layout, Table};
use crate::index::Dictionary;
use crate::model::{NO_ROW, PUSH, RowId, fold};

const KEY: &str = "visitor_id";
/// E-mails that are looked up by one thread.
const CODES_A_TASK: usize = 4_096;

const SYSTEM: [System; 5] = [
    System { tag: "audience", aliases: &[], sort: Sort::Text },
    System { tag: "email", aliases: &[], sort: Sort::Email },
    System { tag: "push", aliases: &[], sort: Sort::Known(PUSH) },
    System { tag: "first_seen", aliases: &[], sort: Sort::Time },
    System { tag: "last_seen", aliases: &[], sort: Sort::Time },
];

/// The tags of all system fields.
pub(super) fn system_tags() -> impl Iterator<Item = &'static str> {
    SYSTEM.iter().map(|it| it.tag).chain([KEY])
}

/// No visitors: what a book without their file has.
pub(super) fn none(session: &Session<'_>) -> Table {
    let layout = Layout::even(0, session.shard_rows());
    let key = key_column(KEY, session, Dictionary::default(), &layout);
    let lacking = SYSTEM.iter().map(|system| columns::lacking(*system, session).column);
    let columns = std::iter::once(key).chain(lacking).collect();
    Table { layout, columns }
}

/// Reads the visitors.
pub(super) fn load(source: &Source, session: &Session<'_>, notes: &mut Notes) -> Result<Table, LoadError> {
    let key = source.required(&[KEY])?;
    if !matches!(key.shape, Shape::Text | Shape::Int) {
        return Err(source.wrong_type(key, "text or integers"));
    }
    let mut customs: Vec<&SourceColumn> = Vec::new();
    for column in &source.columns {
        let folded = fold(&column.name);
        match system_tags().find(|tag| *tag == folded) {
            None => customs.push(column),
            Some(tag) if tag != column.name => columns::name_is_taken(source, column, notes),
            Some(_) => {}
        }
    }
    let Keys { keep, parts, .. } = keys::read(source, key, session, |id| Cow::Borrowed(id), notes)?;
    let dictionary = Dictionary::join(parts);
    let pick = Pick::kept(keep.as_deref());
    let layout = Layout::even(dictionary.len() as u32, session.shard_rows());
    let systems = SYSTEM.iter().map(Err);
    let tasks: Vec<Result<&SourceColumn, &System>> = systems.chain(customs.into_iter().map(Ok)).collect();
    let one = |task: &Result<&SourceColumn, &System>| -> Result<(Option<Column>, Notes), LoadError> {
        let mut notes = Notes::new();
        let loaded: Option<Loaded> = match task {
            Err(system) => Some(columns::system(source, **system, pick, session, &mut notes)?),
            Ok(column) => columns::custom(source, column, pick, session, &mut notes)?,
        };
        Ok((loaded.map(|it| it.index(&layout, session)).transpose()?, notes))
    };
    let results: Vec<_> = tasks.par_iter().with_max_len(1).map(one).collect();
    let mut all = vec![key_column(KEY, session, dictionary, &layout)];
    for result in results {
        let (column, told) = result?;
        all.extend(column);
        notes.extend(told);
    }
    Ok(Table { layout, columns: all })
}

/// The contact of each visitor, by e-mail.
pub(super) fn contacts_of(visitors: &Table, contacts: &Table, index: &KeyIndex) -> Vec<RowId> {
    let mut found = vec![NO_ROW; visitors.layout.n_rows() as usize];
    let email = visitors.find("email").map(|column| &visitors.columns[column].index);
    let Some(Index::Text(emails)) = email else { return found };
    let codes: Vec<u32> = (0..emails.dictionary.len() as u32).collect();
    let of_texts = |codes: &[u32]| {
        let texts: Vec<Cow<'_, str>> = codes.iter().map(|code| emails.dictionary.text(*code)).collect();
        index.find_all(contacts, texts.iter().map(|text| &**text))
    };
    let by_code: Vec<RowId> = codes.par_chunks(CODES_A_TASK).flat_map_iter(of_texts).collect();
    for (shard, codes) in emails.shards.iter().enumerate() {
        for (place, row) in (0..).zip(visitors.layout.rows(shard)) {
            if let Some(code) = codes.get(place) {
                found[row as usize] = by_code[code as usize];
            }
        }
    }
    found
}
