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
    shard_rows: u32,
    n_shards: usize,
}

/// What the rows of a row group are, in their new order.
struct Group {
    /// Its first row in the new order.
    start: usize,
    /// By kind and shard, where each run ends within the group, after a 0.
    bounds: Vec<u32>,
    /// The contact of each within its shard, which has at most 2^16.
    contacts: Vec<u16>,
    at: Vec<i64>,
}

impl Placed {
    /// The run that a row belongs to, and its contact within the shard.
    fn slot(&self, row: usize) -> Option<(usize, u16)> {
        let contact = self.rows[row];
        let kind = self.kinds.as_ref().map_or(0, |kinds| usize::from(kinds[row]));
        // PERF: a division by what the compiler knows is a shift.
        let (shard, place) = if self.shard_rows == Layout::SHARD_ROWS {
            (contact / Layout::SHARD_ROWS, contact % Layout::SHARD_ROWS)
        } else {
            (contact / self.shard_rows, contact % self.shard_rows)
        };
        (contact != NO_ROW).then(|| (kind * self.n_shards + shard as usize, place as u16))
    }

    fn group(&self, rows: Range<usize>, n_slots: usize) -> (Vec<u32>, Group) {
        let mut bounds = vec![0_u32; n_slots + 1];
        rows.clone().filter_map(|row| self.slot(row)).for_each(|(slot, _)| bounds[slot + 1] += 1);
        (0..n_slots).for_each(|slot| bounds[slot + 1] += bounds[slot]);
        let n_rows = bounds[n_slots] as usize;
        let (mut order, mut contacts, mut at) = (vec![0_u32; n_rows], vec![0; n_rows], vec![0; n_rows]);
        let mut next = bounds.clone();
        for row in rows.clone() {
            if let Some((slot, contact)) = self.slot(row) {
                let place = next[slot] as usize;
                // A source has fewer than 2^32 rows.
                order[place] = (row - rows.start) as u32;
                contacts[place] = contact;
                at[place] = self.at[row];
                next[slot] += 1;
            }
        }
        (order, Group { start: 0, bounds, contacts, at })
    }
}

impl Ordered {
    pub(super) fn of(placed: &Placed, row_groups: Vec<Range<usize>>, n_kinds: usize) -> Self {
        let n_slots = n_kinds * placed.n_shards;
        let laid = row_groups.into_par_iter().map(|rows| placed.group(rows, n_slots));
        let (orders, mut groups): (Vec<Vec<u32>>, Vec<Group>) = laid.unzip();
        let mut start = 0;
        for (group, order) in groups.iter_mut().zip(&orders) {
            group.start = start;
            start += order.len();
        }
        Self { orders, groups, shard_rows: placed.shard_rows, n_shards: placed.n_shards }
    }

    /// The records of a kind, sorted, shard by shard in parallel.
    pub(super) fn sorted(&self, kind: usize) -> impl IndexedParallelIterator<Item = Sorted> {
        (0..self.n_shards).into_par_iter().map(move |shard| self.sorted_in(kind * self.n_shards + shard))
    }

    /// The records of a kind in a shard, sorted.
    ///
    /// PERF: placed by contact with a count of each contact's, which leaves the few records of one contact to be sorted;
    /// a tenth of a load was a comparing sort of all.
    fn sorted_in(&self, slot: usize) -> Sorted {
        let runs = || {
            let bounds = |group: &Group| group.bounds[slot] as usize..group.bounds[slot + 1] as usize;
            self.groups.iter().map(move |group| (group, bounds(group)))
        };
        // By contact, where its records begin, until each is placed: then where they end.
        let mut ends = vec![0_u32; self.shard_rows as usize];
        for (group, run) in runs() {
            group.contacts[run].iter().for_each(|contact| ends[usize::from(*contact)] += 1);
        }
        let mut n_records = 0;
        for n_theirs in &mut ends {
            (*n_theirs, n_records) = (n_records, n_records + *n_theirs);
        }
        let (mut records, mut contacts) = (vec![(0, 0); n_records as usize], vec![0; n_records as usize]);
        for (group, run) in runs() {
            let first = group.start + run.start;
            for (row, (contact, at)) in (first as u32..).zip(group.contacts[run.clone()].iter().zip(&group.at[run])) {
                let next = &mut ends[usize::from(*contact)];
                records[*next as usize] = (*at, row);
                contacts[*next as usize] = *contact;
                *next += 1;
            }
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
