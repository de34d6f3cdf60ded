//! The key column of contacts and visitors: which rows stay, and their keys.

use std::borrow::Cow;
use std::collections::HashMap;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::error::LoadError;
use super::piece::{NO_CODE, Piece, PieceValues, Texts};
use super::source::{Pick, Source, SourceColumn};
use super::{Notes, Session, note};
use crate::book::IrregularityKind;
use crate::index::Dictionary;
use crate::model::fold;

/// Hashes are split by their first byte, so that each part fits a cache.
const BUCKETS: usize = 256;

/// The rows that stay.
pub(super) struct Keys {
    /// By row of the file; none if all stay.
    pub(super) keep: Option<Vec<bool>>,
    /// The keys of those that stay, in their order: a key's code is its row.
    pub(super) dictionary: Dictionary,
}

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
    let replaced = replaced(&pieces, &starts, &key);
    note(notes, source.part, Some(&column.name), IrregularityKind::MissingKey, missing as u64);
    note(notes, source.part, Some(&column.name), IrregularityKind::DuplicateKey, replaced.len() as u64);
    let keep = (missing > 0 || !replaced.is_empty()).then(|| {
        let mut keep: Vec<bool> = pieces.iter().flat_map(|it| &it.codes).map(|code| *code != NO_CODE).collect();
        replaced.iter().for_each(|row| keep[*row as usize] = false);
        keep
    });
    let rows = (0..n_rows as u32).filter(|row| keep.as_ref().is_none_or(|keep| keep[*row as usize]));
    let dictionary = Dictionary::of_distinct(rows.map(key));
    Ok(Keys { keep, dictionary })
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
            let is_normal = |code| {
                let text = raw.text(code);
                !text.is_empty() && matches!(normalize(text), Cow::Borrowed(it) if it.len() == text.len())
            };
            if (0..raw.n_texts() as u32).all(is_normal) {
                return raw;
            }
            let map: Vec<u32> = (0..raw.n_texts() as u32)
                .map(|code| {
                    let key = normalize(raw.text(code));
                    if key.is_empty() { NO_CODE } else { texts.add(&key) }
                })
                .collect();
            texts.codes =
                raw.codes.iter().map(|code| if *code == NO_CODE { NO_CODE } else { map[*code as usize] }).collect();
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

/// The rows whose key a later row has too.
fn replaced<'a>(pieces: &[Texts], starts: &[usize], key: &(impl Fn(u32) -> &'a str + Sync)) -> Vec<u32> {
    let hashed: Vec<Vec<Vec<(u64, u32)>>> = pieces
        .par_iter()
        .zip(starts)
        .map(|(texts, start)| {
            let expected = texts.codes.len() / BUCKETS * 9 / 8;
            let mut buckets: Vec<_> = (0..BUCKETS).map(|_| Vec::with_capacity(expected)).collect();
            for row in 0..texts.codes.len() {
                if let Some(text) = texts.get(row) {
                    let hash = xxh3_64(text.as_bytes());
                    buckets[(hash >> 56) as usize].push((hash, (start + row) as u32));
                }
            }
            buckets
        })
        .collect();
    let by_bucket = (0..BUCKETS).into_par_iter().map(|bucket| {
        let mut rows: Vec<(u64, u32)> = hashed.iter().flat_map(|it| &it[bucket]).copied().collect();
        rows.sort_unstable();
        let mut replaced = Vec::new();
        for alike in rows.chunk_by(|a, b| a.0 == b.0).filter(|it| it.len() > 1) {
            // Equal hashes are nearly always equal keys, but the keys decide.
            let mut last: HashMap<&str, u32> = HashMap::new();
            replaced.extend(alike.iter().filter_map(|(_, row)| last.insert(key(*row), *row)));
        }
        replaced
    });
    by_bucket.flatten().collect()
}
