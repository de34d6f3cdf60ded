//! `events`: per event how many registered, attended, cancelled.

use std::collections::HashMap;

use super::values::spellings;
use super::{int, share};
use crate::book::{Column, Index, REGISTRATION, RecordKind, Table};
use crate::exec::ExecError;
use crate::exec::aggregate::text_order;
use crate::exec::matched::Matched;
use crate::index::{Dictionary, TextIndex};
use crate::model::{Cell, CellType, Frame};

/// Of one event, or of one spelling of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    records: u64,
    attended: u64,
    cancelled: u64,
}

/// The registrations of those who match.
pub(super) fn frame(matched: &Matched<'_>) -> Result<Frame, ExecError> {
    let mut all: HashMap<Option<u32>, Counts> = HashMap::new();
    let kind = matched.book.kind(REGISTRATION).map(|kind| &matched.book.kinds[kind]);
    let event = kind.and_then(|kind| text(&kind.table, "event"));
    if let Some(kind) = kind {
        let shards = matched.map(|shard, people| count(kind, shard, people))?;
        for (code, counts) in shards.into_iter().flatten() {
            all.entry(code).or_default().add(counts);
        }
    }
    Ok(table(event.map(|it| &it.dictionary), all))
}

impl Counts {
    fn add(&mut self, more: Self) {
        self.records += more.records;
        self.attended += more.attended;
        self.cancelled += more.cancelled;
    }
}

fn count(kind: &RecordKind, shard: usize, people: &crate::model::RowSet) -> HashMap<Option<u32>, Counts> {
    let (event, state) = (text(&kind.table, "event"), text(&kind.table, "state"));
    let mut out: HashMap<Option<u32>, Counts> = HashMap::new();
    for row in kind.owners[shard].records_of(people).iter() {
        let code = event.and_then(|it| it.shards[shard].get(row));
        let state = state.and_then(|it| Some(it.dictionary.text(it.shards[shard].get(row)?)));
        out.entry(code).or_default().add(Counts {
            records: 1,
            attended: u64::from(state.as_deref() == Some("attended")),
            cancelled: u64::from(state.as_deref() == Some("cancelled")),
        });
    }
    out
}

/// A column of text by its name.
pub(super) fn text<'a>(table: &'a Table, name: &str) -> Option<&'a TextIndex> {
    let column: &Column = &table.columns[table.find(name)?];
    match &column.index {
        Index::Text(index) => Some(index),
        Index::Missing | Index::Number(_) | Index::List(_) | Index::Flag(_) => None,
    }
}

fn table(events: Option<&Dictionary>, all: HashMap<Option<u32>, Counts>) -> Frame {
    let mut frame = Frame::new([
        ("event", CellType::Text),
        ("registered", CellType::Int),
        ("attended", CellType::Int),
        ("cancelled", CellType::Int),
        ("rate", CellType::Float),
    ]);
    let weights = all.iter().filter_map(|(code, counts)| Some(((*code)?, counts.records))).collect();
    let shown = events.map(|dictionary| spellings(dictionary, &weights)).unwrap_or_default();
    let mut folded: HashMap<Option<u32>, Counts> = HashMap::new();
    for (code, counts) in all {
        let code = code.map(|code| shown.get(&code).copied().unwrap_or(code));
        folded.entry(code).or_default().add(counts);
    }
    let mut rows: Vec<(Option<u32>, Counts)> = folded.into_iter().collect();
    rows.sort_by(|(a, _), (b, _)| by_text(events, *a, *b));
    frame.rows = rows
        .into_iter()
        .map(|(code, counts)| {
            let registered = counts.records - counts.cancelled;
            vec![
                name(events, code),
                int(registered),
                int(counts.attended),
                int(counts.cancelled),
                share(counts.attended, registered),
            ]
        })
        .collect();
    frame
}

/// By text, missing last.
pub(super) fn by_text(dictionary: Option<&Dictionary>, a: Option<u32>, b: Option<u32>) -> std::cmp::Ordering {
    match (a, b, dictionary) {
        (Some(a), Some(b), Some(dictionary)) => text_order(dictionary, a, b),
        (a, b, _) => a.is_none().cmp(&b.is_none()),
    }
}

/// The text of a code as a cell.
pub(super) fn name(dictionary: Option<&Dictionary>, code: Option<u32>) -> Cell {
    match (dictionary, code) {
        (Some(dictionary), Some(code)) => Cell::Text(dictionary.text(code).into_owned()),
        (None, _) | (_, None) => Cell::Null,
    }
}
