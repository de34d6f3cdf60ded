//! Sets of 32-bit ids as the bytes that other engines read.

use crate::model::RowSet;

/// Ids that ClickHouse keeps as a plain list.
const SMALL_IDS: u64 = 32;

/// Which bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BitmapFormat {
    /// The portable format of Roaring bitmaps.
    Roaring,
    /// A state of ClickHouse's `AggregateFunction(groupBitmap, UInt32)`: what a column of it holds in `RowBinary`.
    ClickHouse,
    /// A `BITMAP` of StarRocks and Doris.
    StarRocks,
}

impl BitmapFormat {
    /// The bytes of a set; equal sets have equal bytes.
    #[must_use]
    pub fn encode(self, ids: &RowSet) -> Vec<u8> {
        match self {
            Self::Roaring => ids.to_portable(),
            Self::ClickHouse => clickhouse(ids),
            Self::StarRocks => starrocks(ids),
        }
    }
}

/// A byte for the kind, the number of ids or bytes as LEB128, then the ids themselves or a portable bitmap.
fn clickhouse(ids: &RowSet) -> Vec<u8> {
    let mut out = Vec::new();
    if ids.len() <= SMALL_IDS {
        out.push(0);
        push_leb128(&mut out, ids.len());
        ids.iter().for_each(|id| out.extend_from_slice(&id.to_le_bytes()));
    } else {
        let bitmap = ids.to_portable();
        out.push(1);
        push_leb128(&mut out, bitmap.len() as u64);
        out.extend_from_slice(&bitmap);
    }
    out
}

/// A byte for the kind (0 none, 1 a single id, 2 a portable bitmap), then what it says.
fn starrocks(ids: &RowSet) -> Vec<u8> {
    let mut all = ids.iter();
    match (all.next(), all.next()) {
        (None, _) => vec![0],
        (Some(id), None) => [&[1], id.to_le_bytes().as_slice()].concat(),
        (Some(_), Some(_)) => [&[2], ids.to_portable().as_slice()].concat(),
    }
}

fn push_leb128(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_sets_are_lists() {
        let one: RowSet = [258_u32].into_iter().collect();
        assert_eq!(BitmapFormat::ClickHouse.encode(&one), [0, 1, 2, 1, 0, 0]);
        assert_eq!(BitmapFormat::StarRocks.encode(&one), [1, 2, 1, 0, 0]);
        assert_eq!(BitmapFormat::ClickHouse.encode(&RowSet::new()), [0, 0]);
        assert_eq!(BitmapFormat::StarRocks.encode(&RowSet::new()), [0]);
    }

    #[test]
    fn large_sets_are_bitmaps() {
        // Cookie 12346: no runs; one container of key 0 and 200 values, which begins at byte 16.
        let even = RowSet::from_sorted((0..200).map(|n| n * 2));
        let portable = BitmapFormat::Roaring.encode(&even);
        assert_eq!(portable[..20], [0x3a, 0x30, 0, 0, 1, 0, 0, 0, 0, 0, 199, 0, 16, 0, 0, 0, 0, 0, 2, 0]);
        assert_eq!(portable.len(), 16 + 400);
        let clickhouse = BitmapFormat::ClickHouse.encode(&even);
        // 416 = 0b11_0100000
        assert_eq!(clickhouse[..3], [1, 0xa0, 0x03]);
        assert_eq!(clickhouse[3..], portable);
        assert_eq!(BitmapFormat::StarRocks.encode(&even)[1..], portable);
    }

    #[test]
    fn equal_sets_have_equal_bytes() {
        let run = RowSet::from_range(10..70_000);
        let single: RowSet = (10..70_000).rev().collect();
        assert_eq!(BitmapFormat::Roaring.encode(&run), BitmapFormat::Roaring.encode(&single));
    }
}
