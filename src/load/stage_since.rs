//! When the present stage was set, from the journey where the contacts don't say.

use std::borrow::Cow;
use std::collections::HashMap;

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
    let Some(journey) = Journey::of(journey, stages) else { return };
    let shards = (0..table.layout.n_shards()).into_par_iter().map(|shard| {
        let mut keys = match stored {
            Index::Number(index) => index.shards[shard].keys(),
            Index::Missing | Index::Text(_) | Index::List(_) | Index::Flag(_) => {
                vec![None; table.layout.shard_len(shard) as usize]
            }
        };
        let is_missing: Vec<bool> = keys.iter().map(Option::is_none).collect();
        journey.each_arrival(shard, |contact, at| {
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

/// The records of the journey, with their stages by the codes that contacts have them by.
struct Journey<'a> {
    kind: &'a RecordKind,
    stages: &'a TextIndex,
    at: &'a NumberIndex,
    to: Renamed<'a>,
    from: Option<Renamed<'a>>,
}

/// A column of stages.
struct Renamed<'a> {
    index: &'a TextIndex,
    /// By its code that of the same text among the contacts' stages.
    codes: Vec<Option<u32>>,
}

impl<'a> Renamed<'a> {
    fn of(index: &'a TextIndex, stages: &HashMap<Cow<'_, str>, u32>) -> Self {
        let code = |name: u32| stages.get(&index.dictionary.text(name)).copied();
        Self { index, codes: (0..index.dictionary.len() as u32).map(code).collect() }
    }

    fn get(&self, shard: usize, record: u32) -> Option<u32> {
        self.codes[self.index.shards[shard].get(record)? as usize]
    }
}

impl<'a> Journey<'a> {
    fn of(kind: &'a RecordKind, stages: &'a TextIndex) -> Option<Self> {
        let column = |tag: &str| kind.table.find(tag).map(|column| &kind.table.columns[column].index);
        let names = &stages.dictionary;
        let by_name: HashMap<Cow<'_, str>, u32> =
            (0..names.len() as u32).map(|code| (names.text(code), code)).collect();
        let renamed = |tag: &str| match column(tag) {
            Some(Index::Text(index)) => Some(Renamed::of(index, &by_name)),
            Some(Index::Missing | Index::Number(_) | Index::List(_) | Index::Flag(_)) | None => None,
        };
        let Some(Index::Number(at)) = column("at") else { return None };
        Some(Self { kind, stages, at, to: renamed("to_stage")?, from: renamed("from_stage") })
    }

    /// Calls `arrive` for each record of a shard that led its contact to its present stage.
    fn each_arrival(&self, shard: usize, mut arrive: impl FnMut(u16, i64)) {
        let contacts = self.kind.owners[shard].contacts();
        for (records, contact) in contacts.chunk_by(|a, b| a == b).scan(0, |end, theirs| {
            let start = *end;
            *end += theirs.len() as u32;
            Some((start..*end, theirs[0]))
        }) {
            let Some(present) = self.stages.shards[shard].get(u32::from(contact)) else { continue };
            for record in records {
                if self.to.get(shard, record) == Some(present)
                    && self.from.as_ref().and_then(|it| it.get(shard, record)) != Some(present)
                    && let Some(at) = self.at.shards[shard].get(record)
                {
                    arrive(contact, at);
                }
            }
        }
    }
}
