//! [`Ordered`]: records laid by kind and shard, row group by row group.
//!
//! A table of records is sorted by contact and time, a file by neither. Picking a shard's records straight out of a whole
//! column would touch memory all over it, once a record; so the rows of each row group are first laid by kind
//! and shard (a counting sort within what a cache holds), and a shard's records are then a run in each.

use std::ops::Range;

use rayon::prelude::*;

use crate::book::Layout;
use crate::model::{NO_ROW, RowId};

/// What decides where each row of a log belongs.
pub(super) struct Placed {
    /// The contact of each row; [`NO_ROW`] for rows to be left out.
    pub(super) rows: Vec<RowId>,
    /// The time of each row that stays.
    pub(super) at: Vec<i64>,
    /// Each row's kind, if there may be several.
    pub(super) kinds: Option<Vec<u16>>,
    pub(super) shard_rows: u32,
    pub(super) n_shards: usize,
}

/// A record: its time, its row in the new order.
type Record = (i64, u32);

/// A shard's records of a kind by contact, then time, then as they came, and the contact of each within the shard.
pub(super) struct Sorted {
    pub(super) records: Vec<Record>,
    pub(super) contacts: Vec<u16>,
}

/// The rows that stay, in their new order: by row group, then kind, then shard, then as they came.
pub(super) struct Ordered {
    /// By row group: its rows, counted from its first.
    pub(super) orders: Vec<Vec<u32>>,
    groups: Vec<Group>,
}

/// Where a row group's rows lie.
struct Group {
    /// Its first row in the file.
    first: usize,
    /// Its first row in the new order.
    start: usize,
    /// By kind and shard, where each run ends within the group, after a 0.
    bounds: Vec<u32>,
}

impl Placed {
    fn slot(&self, row: usize) -> Option<usize> {
        let contact = self.rows[row];
        let kind = self.kinds.as_ref().map_or(0, |kinds| usize::from(kinds[row]));
        // PERF: a division by what the compiler knows is a shift.
        let shard = if self.shard_rows == Layout::SHARD_ROWS {
            contact / Layout::SHARD_ROWS
        } else {
            contact / self.shard_rows
        };
        (contact != NO_ROW).then(|| kind * self.n_shards + shard as usize)
    }
}

impl Ordered {
    pub(super) fn of(placed: &Placed, row_groups: Vec<Range<usize>>, n_kinds: usize) -> Self {
        let n_slots = n_kinds * placed.n_shards;
        let laid = row_groups.into_par_iter().map(|rows| {
            let mut bounds = vec![0_u32; n_slots + 1];
            rows.clone().filter_map(|row| placed.slot(row)).for_each(|slot| bounds[slot + 1] += 1);
            (0..n_slots).for_each(|slot| bounds[slot + 1] += bounds[slot]);
            let mut next = bounds.clone();
            let mut order = vec![0_u32; bounds[n_slots] as usize];
            for row in rows.clone() {
                if let Some(slot) = placed.slot(row) {
                    // A source has fewer than 2^32 rows.
                    order[next[slot] as usize] = (row - rows.start) as u32;
                    next[slot] += 1;
                }
            }
            (order, Group { first: rows.start, start: 0, bounds })
        });
        let (orders, mut groups): (Vec<Vec<u32>>, Vec<Group>) = laid.unzip();
        let mut start = 0;
        for (group, order) in groups.iter_mut().zip(&orders) {
            group.start = start;
            start += order.len();
        }
        Self { orders, groups }
    }

    /// The records of a kind in a shard, sorted.
    ///
    /// PERF: placed by contact with a count of each contact's, which leaves the few records of one contact to be sorted;
    /// a tenth of a load was a comparing sort of all.
    pub(super) fn sorted(&self, placed: &Placed, kind: usize, shard: usize) -> Sorted {
        let slot = kind * placed.n_shards + shard;
        let first_contact = shard as u32 * placed.shard_rows;
        let bounds = |group: &Group| group.bounds[slot] as usize..group.bounds[slot + 1] as usize;
        let n_records = self.groups.iter().map(|group| bounds(group).len()).sum();
        let mut came: Vec<(u16, Record)> = Vec::with_capacity(n_records);
        // By contact, where its records end; a shard has at most 2^16 contacts.
        let mut ends = vec![0_u32; placed.shard_rows as usize];
        for (group, order) in self.groups.iter().zip(&self.orders) {
            for at in bounds(group) {
                let row = group.first + order[at] as usize;
                let contact = placed.rows[row] - first_contact;
                ends[contact as usize] += 1;
                came.push((contact as u16, (placed.at[row], (group.start + at) as u32)));
            }
        }
        let mut end = 0;
        for n_theirs in &mut ends {
            // Where they begin, until each is placed.
            (*n_theirs, end) = (end, end + *n_theirs);
        }
        let (mut records, mut contacts) = (vec![(0, 0); n_records], vec![0; n_records]);
        for (contact, record) in came {
            let next = &mut ends[usize::from(contact)];
            records[*next as usize] = record;
            contacts[*next as usize] = contact;
            *next += 1;
        }
        let mut start = 0;
        for end in ends {
            if end - start > 1 {
                records[start as usize..end as usize].sort_unstable();
            }
            start = end;
        }
        Sorted { records, contacts }
    }
}
