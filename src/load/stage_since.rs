//! When the present stage was set, from the journey where the contacts don't say.

use rayon::prelude::*;

use crate::book::{Book, Index, RecordKind, STAGE_CHANGE};
use crate::index::{NumberIndex, NumberShard, TextIndex};

/// Fills the missing `stage_since`: the latest record that led to the present stage from another or none.
pub(super) fn fill(book: &mut Book) {
    let Some(journey) = book.kind(STAGE_CHANGE).map(|kind| &book.kinds[kind]) else { return };
    let table = &book.contacts;
    let (Some(stage), Some(since)) = (table.find("stage"), table.find("stage_since")) else { return };
    let Index::Text(stages) = &table.columns[stage].index else { return };
    let stored = &table.columns[since].index;
    let shards = (0..table.layout.n_shards()).into_par_iter().map(|shard| {
        let n_rows = table.layout.shard_len(shard);
        let told = |row: u32| match stored {
            Index::Number(index) => index.shards[shard].get(row),
            Index::Missing | Index::Text(_) | Index::List(_) | Index::Flag(_) => None,
        };
        let mut keys: Vec<Option<i64>> = (0..n_rows).map(told).collect();
        let is_missing: Vec<bool> = keys.iter().map(Option::is_none).collect();
        each_arrival(journey, stages, shard, |contact, at| {
            // Records of a contact lie by time: the last one told is the latest.
            if is_missing[usize::from(contact)] {
                keys[usize::from(contact)] = Some(at);
            }
        });
        NumberShard::build(keys.into_iter())
    });
    let index = NumberIndex { shards: shards.collect() };
    if index.shards.iter().any(|shard| shard.bounds().is_some()) {
        book.contacts.columns[since].index = Index::Number(index);
    }
}

/// Calls `arrive` for each record of a shard that led its contact to its present stage.
fn each_arrival(journey: &RecordKind, stages: &TextIndex, shard: usize, mut arrive: impl FnMut(u16, i64)) {
    let column = |tag: &str| journey.table.find(tag).map(|column| &journey.table.columns[column].index);
    let text = |tag: &str| match column(tag) {
        Some(Index::Text(index)) => Some(index),
        Some(Index::Missing | Index::Number(_) | Index::List(_) | Index::Flag(_)) | None => None,
    };
    let (Some(Index::Number(at)), Some(to)) = (column("at"), text("to_stage")) else { return };
    let from = text("from_stage");
    for (record, contact) in (0_u32..).zip(journey.owners[shard].contacts()) {
        let Some(present) = stages.shards[shard].get(u32::from(*contact)) else { continue };
        let present = stages.dictionary.text(present);
        let is = |index: &TextIndex| {
            index.shards[shard].get(record).is_some_and(|code| index.dictionary.text(code) == present)
        };
        if is(to)
            && !from.is_some_and(is)
            && let Some(at) = at.shards[shard].get(record)
        {
            arrive(*contact, at);
        }
    }
}
