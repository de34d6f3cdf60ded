//! The key column of contacts and visitors: which rows stay, and their keys.

use std::borrow::Cow;
use std::collections::HashMap;

use rayon::prelude::*;

use super::error::LoadError;
use super::piece::{Piece, PieceValues};
use super::source::{Pick, Source, SourceColumn};
use super::texts::{NO_CODE, Texts};
use super::{Notes, Session, note};
use crate::book::{IrregularityKind, KeyIndex};
use crate::index::Dictionary;
use crate::model::{RowId, fold};

/// Hashes are split by their first byte, so that each part fits a cache.
const BUCKETS: usize = 256;

/// The rows that stay.
pub(super) struct Keys {
    /// By row of the file; none if all stay.
    pub(super) keep: Option<Vec<bool>>,
    /// The keys of those that stay, in their order and in parts: joined, a key's code is its row.
    pub(super) parts: Vec<Dictionary>,
    /// The hashes of these keys with their rows, in order of the hashes.
    pub(super) hashed: Vec<Hashed>,
}

impl Keys {
    /// How many rows stay.
    pub(super) fn n_rows(&self) -> u32 {
        // Rows were counted to be below 2^32 - 1.
        self.parts.iter().map(Dictionary::len).sum::<usize>() as u32
    }
}

/// The hash of a key, and its row.
type Hashed = (u64, RowId);

/// Reads the key column. Rows without a key go; of rows with equal keys the last stays.
pub(super) fn read(
    source: &Source,
    column: &SourceColumn,
    session: &Session<'_>,
    normalize: fn(&str) -> Cow<'_, str>,
    notes: &mut Notes,
) -> Result<Keys, LoadError> {
    let pieces = source.read(column, Pick::All, session, |piece| normalized(piece, normalize))?;
    let mut starts = Vec::with_capacity(pieces.len());
    let mut n_rows = 0;
    for piece in &pieces {
        starts.push(n_rows);
        n_rows += piece.codes.len();
    }
    let key = |row: u32| {
        let piece = starts.partition_point(|start| *start <= row as usize) - 1;
        pieces[piece].get(row as usize - starts[piece]).unwrap_or_default()
    };
    let missing = pieces.iter().flat_map(|it| &it.codes).filter(|code| **code == NO_CODE).count();
    let (mut hashed, replaced) = hashed(&pieces, &starts, &key);
    note(notes, source.part, Some(&column.name), IrregularityKind::MissingKey, missing as u64);
    note(notes, source.part, Some(&column.name), IrregularityKind::DuplicateKey, replaced.len() as u64);
    let keep = (missing > 0 || !replaced.is_empty()).then(|| {
        let mut keep: Vec<bool> = pieces.iter().flat_map(|it| &it.codes).map(|code| *code != NO_CODE).collect();
        replaced.iter().for_each(|row| keep[*row as usize] = false);
        keep
    });
    if let Some(keep) = &keep {
        renumber(&mut hashed, keep);
    }
    let of_piece = |(piece, start): (&Texts, &usize)| {
        let stays = |row: &usize| keep.as_ref().is_none_or(|keep| keep[start + row]);
        let rows = (0..piece.codes.len()).filter(stays);
        Dictionary::of_distinct(rows.filter_map(|row| piece.get(row)))
    };
    let parts = pieces.par_iter().zip(&starts).map(of_piece).collect();
    Ok(Keys { keep, parts, hashed })
}

/// Counts rows as they are once those that go are gone.
fn renumber(hashed: &mut Vec<Hashed>, keep: &[bool]) {
    let mut next = 0;
    let new: Vec<RowId> = keep
        .iter()
        .map(|stays| {
            let new = next;
            next += RowId::from(*stays);
            new
        })
        .collect();
    hashed.retain(|(_, row)| keep[*row as usize]);
    hashed.iter_mut().for_each(|(_, row)| *row = new[*row as usize]);
}

/// An e-mail as it is compared: trimmed and lower-cased.
pub(super) fn email(text: &str) -> Cow<'_, str> {
    fold(text.trim())
}

/// Keys in their normal form; empty ones are missing. Numbers are printed.
pub(super) fn normalized(piece: Piece, normalize: fn(&str) -> Cow<'_, str>) -> Texts {
    let mut texts = Texts::default();
    match piece.values {
        PieceValues::Text(raw) => {
            let is_normal =
                |text: &str| !text.is_empty() && matches!(normalize(text), Cow::Borrowed(it) if it.len() == text.len());
            if raw.each().all(is_normal) {
                return raw;
            }
            texts.codes = raw.numbered(|text| {
                let key = normalize(text);
                if key.is_empty() { NO_CODE } else { texts.add(&key) }
            });
        }
        PieceValues::Number(numbers) => {
            for row in 0..numbers.keys.len() {
                let code = numbers.get(row).map_or(NO_CODE, |key| texts.add(&key.to_string()));
                texts.codes.push(code);
            }
        }
        // The caller has checked the column's type.
        PieceValues::List(_) | PieceValues::Flag(_) => {}
    }
    texts
}

/// The hashes of all keys with their rows, in order of the hashes, and the rows whose key a later row has too.
fn hashed<'a>(
    pieces: &[Texts],
    starts: &[usize],
    key: &(impl Fn(RowId) -> &'a str + Sync),
) -> (Vec<Hashed>, Vec<RowId>) {
    let by_piece: Vec<Vec<Vec<Hashed>>> = pieces
        .par_iter()
        .zip(starts)
        .map(|(texts, start)| {
            let expected = texts.codes.len() / BUCKETS * 9 / 8;
            let mut buckets: Vec<_> = (0..BUCKETS).map(|_| Vec::with_capacity(expected)).collect();
            for row in 0..texts.codes.len() {
                if let Some(text) = texts.get(row) {
                    let hash = KeyIndex::hash(text);
                    buckets[(hash >> 56) as usize].push((hash, (start + row) as RowId));
                }
            }
            buckets
        })
        .collect();
    let by_bucket = (0..BUCKETS).into_par_iter().map(|bucket| {
        let mut hashed: Vec<Hashed> = by_piece.iter().flat_map(|it| &it[bucket]).copied().collect();
        hashed.sort_unstable();
        let mut replaced = Vec::new();
        for alike in hashed.chunk_by(|a, b| a.0 == b.0).filter(|it| it.len() > 1) {
            // Equal hashes are nearly always equal keys, but the keys decide.
            let mut last: HashMap<&str, RowId> = HashMap::new();
            replaced.extend(alike.iter().filter_map(|(_, row)| last.insert(key(*row), *row)));
        }
        (hashed, replaced)
    });
    let (hashed, replaced): (Vec<Vec<Hashed>>, Vec<Vec<RowId>>) = by_bucket.unzip();
    (hashed.concat(), replaced.concat())
}
