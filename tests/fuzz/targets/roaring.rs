//! Sets of rows in the portable Roaring format, as images hold them: read exactly, or not at all.

use segql::model::RowSet;

/// More rows than these aren't walked one by one.
const MOST_ROWS: u64 = 1 << 20;

/// Bytes as a set.
pub fn roaring(data: &[u8]) {
    let Some(rows) = RowSet::read_portable(data) else { return };
    let mut bytes = Vec::new();
    rows.write_portable(&mut bytes).unwrap();
    let again = RowSet::read_portable(&bytes).expect("what was written is read");
    assert_eq!(again, rows);
    assert_eq!(again.len(), rows.len());
    if rows.len() > MOST_ROWS {
        return;
    }
    let all: Vec<u32> = rows.iter().collect();
    assert_eq!(all.len() as u64, rows.len(), "rows that are counted are there");
    assert!(all.is_sorted_by(|a, b| a < b), "rows stand once, in order");
    let end = all.last().map_or(0, |it| u64::from(*it) + 1);
    assert!(all.iter().all(|it| rows.contains(*it)));
    assert!(u32::try_from(end).is_ok_and(|end| rows.are_below(end)) || end > u64::from(u32::MAX));
    assert!(all.last().is_none_or(|last| !rows.are_below(*last)));
    let built: RowSet = all.iter().copied().collect();
    assert!(built.iter().eq(rows.iter()), "the same rows are the same set");
}
