//! Contacts by their records of one kind.
//!
//! The records of a contact lie together, so that one pass in order meets them group by group. Contacts
//! without a record that passes the filter share one verdict, found when bound; a pass looks for the
//! contacts whose verdict differs from it.

use super::ExecError;
use super::aggregate::Aggregation;
use super::bind::Node;
use super::eval::{self, Place};
use super::texts;
use crate::book::{Index, RecordKind};
use crate::index::{FlagIndex, ListIndex, NumberIndex, TextIndex};
use crate::model::{Bits, Ranges, RowSet, ShardSet};

/// A condition on a contact's records of one kind.
pub(super) struct BoundRecords<'a> {
    kind: &'a RecordKind,
    filter: Node<'a>,
    measure: BoundMeasure<'a>,
    /// The verdict on contacts without a record that passes the filter.
    none_passes: bool,
}

/// What must hold of the records.
pub(super) enum BoundMeasure<'a> {
    Count(&'a Ranges<i64>),
    Distinct { values: Distinct<'a>, counts: &'a Ranges<i64> },
    Aggregate(Aggregation<'a>),
}

/// A column whose distinct values are counted.
pub(super) enum Distinct<'a> {
    Missing,
    Number(&'a NumberIndex),
    Flag(&'a FlagIndex),
    /// With what each code is folded to.
    Text(&'a TextIndex, Vec<u32>),
    /// With what each code is folded to.
    List(&'a ListIndex, Vec<u32>),
}

impl<'a> BoundMeasure<'a> {
    pub(super) fn distinct(index: &'a Index, counts: &'a Ranges<i64>) -> Self {
        let values = match index {
            Index::Missing => Distinct::Missing,
            Index::Number(index) => Distinct::Number(index),
            Index::Flag(index) => Distinct::Flag(index),
            Index::Text(index) => Distinct::Text(index, texts::fold_ids(&index.dictionary).0),
            Index::List(index) => Distinct::List(index, texts::fold_ids(&index.dictionary).0),
        };
        Self::Distinct { values, counts }
    }
}

impl<'a> BoundRecords<'a> {
    pub(super) fn new(kind: &'a RecordKind, filter: Node<'a>, measure: BoundMeasure<'a>) -> Self {
        let none_passes = match &measure {
            BoundMeasure::Count(ranges) => ranges.contains(0),
            BoundMeasure::Distinct { counts, .. } => counts.contains(0),
            BoundMeasure::Aggregate(aggregation) => aggregation.holds_of_none(),
        };
        Self { kind, filter, measure, none_passes }
    }

    /// Whether it sums decimals, which fails past 18 digits.
    pub(super) fn is_decimal_sum(&self) -> bool {
        matches!(&self.measure, BoundMeasure::Aggregate(aggregation) if aggregation.is_decimal_sum())
    }

    /// Fails if some contact of the shard has a sum past 18 digits, whoever the other conditions leave.
    ///
    /// Cost: none as a rule, as the shard's largest amount times its records stays below.
    pub(super) fn check_sums(&self, shard: usize) -> Result<(), ExecError> {
        let place = Place::new(&self.kind.table.layout, shard);
        match &self.measure {
            BoundMeasure::Aggregate(aggregation) if aggregation.may_overflow(shard, place.n_rows) => {
                let records = eval::eval(&self.filter, place)?;
                self.exceptions(shard, &records, place.n_rows).map(|_| ())
            }
            BoundMeasure::Count(_) | BoundMeasure::Distinct { .. } | BoundMeasure::Aggregate(_) => Ok(()),
        }
    }

    /// The contacts of a shard that pass.
    pub(super) fn eval<'s>(&'s self, at: Place) -> Result<ShardSet<'s>, ExecError> {
        let place = Place::new(&self.kind.table.layout, at.shard);
        let records = eval::eval(&self.filter, place)?;
        if let (BoundMeasure::Count(ranges), ShardSet::All) = (&self.measure, &records)
            && is_any(ranges, place.n_rows)
        {
            let people = self.kind.owners[at.shard].people();
            return Ok(if self.none_passes { ShardSet::All } else { ShardSet::borrowed(people) });
        }
        let exceptions = ShardSet::owned(self.exceptions(at.shard, &records, place.n_rows)?, at.n_rows);
        Ok(if self.none_passes { exceptions.not(at.n_rows) } else { exceptions })
    }

    /// The contacts of `candidates` that pass. Cost: their records alone.
    pub(super) fn among(&self, at: Place, candidates: &RowSet) -> Result<RowSet, ExecError> {
        let place = Place::new(&self.kind.table.layout, at.shard);
        let theirs = self.kind.owners[at.shard].records_of(candidates);
        let records = ShardSet::owned(eval::among(&self.filter, place, &theirs)?, place.n_rows);
        let exceptions = self.exceptions(at.shard, &records, place.n_rows)?;
        Ok(if self.none_passes { candidates.difference(&exceptions) } else { exceptions })
    }

    /// Of the contacts that have any of these records, those whose verdict isn't that on having none.
    fn exceptions(&self, shard: usize, records: &ShardSet<'_>, n_records: u32) -> Result<RowSet, ExecError> {
        let skipped = match &self.measure {
            BoundMeasure::Aggregate(aggregation) => aggregation.skipped(shard).filter(|it| !it.is_empty()),
            BoundMeasure::Count(_) | BoundMeasure::Distinct { .. } => None,
        };
        if let Some(skipped) = skipped {
            // PERF: taken off at once, and not asked for record by record: half the time of a sum.
            let telling = records.clone().and_not(&ShardSet::borrowed(skipped), n_records);
            return self.exceptions_of_telling(shard, &telling, n_records);
        }
        self.exceptions_of_telling(shard, records, n_records)
    }

    fn exceptions_of_telling(&self, shard: usize, records: &ShardSet<'_>, n_records: u32) -> Result<RowSet, ExecError> {
        let owners = &self.kind.owners[shard];
        if let Some(ends) = self.ends(shard, records, n_records) {
            return Ok(owners.contacts_of(&ends));
        }
        let contacts = owners.contacts();
        if let BoundMeasure::Distinct { counts, .. } = &self.measure
            && let Some(fewest) = changes(counts, n_records).first().filter(|it| (2..=MOST_PASSES).contains(*it))
        {
            // Fewer records than so many distinct values have no more of these.
            let records = Bits::of(records.by_ref(), n_records);
            let mut theirs = owners.up_to(&owners.crossing(records.by_ref(), &[*fewest]));
            theirs.and(&records);
            return self.exceptions_of(shard, contacts, theirs.rows());
        }
        match records {
            ShardSet::Empty => Ok(RowSet::new()),
            ShardSet::All => self.exceptions_of(shard, contacts, 0..n_records),
            ShardSet::Rows(rows) => self.exceptions_of(shard, contacts, rows.iter()),
        }
    }

    /// The last record of each exception, where a pass of a bit a record tells them; of most counts, and of the largest and
    /// smallest numbers.
    fn ends(&self, shard: usize, records: &ShardSet<'_>, n_records: u32) -> Option<Bits<'static>> {
        let owners = &self.kind.owners[shard];
        match &self.measure {
            BoundMeasure::Count(ranges) => {
                let bounds = changes(ranges, n_records);
                let is_near = bounds.iter().all(|bound| *bound <= MOST_PASSES);
                is_near.then(|| owners.crossing(Bits::of(records.clone(), n_records), &bounds))
            }
            BoundMeasure::Aggregate(aggregation) if records.len(n_records) * FEW_RECORDS >= u64::from(n_records) => {
                let (keys, changes) = aggregation.extreme(shard)?;
                let mut ends = Bits::default();
                for range in changes {
                    let beyond = records.clone().and(keys.select(&range), n_records);
                    ends.xor(&owners.any(&Bits::of(beyond, n_records)));
                }
                Some(ends)
            }
            BoundMeasure::Distinct { .. } | BoundMeasure::Aggregate(_) => None,
        }
    }

    fn exceptions_of(
        &self,
        shard: usize,
        contacts: &[u16],
        records: impl Iterator<Item = u32>,
    ) -> Result<RowSet, ExecError> {
        let mut out = Vec::new();
        match &self.measure {
            BoundMeasure::Count(ranges) => each_sum(
                contacts,
                records,
                |_| 1,
                |contact, n| {
                    if ranges.contains(n) != self.none_passes {
                        out.push(u32::from(contact));
                    }
                },
            ),
            BoundMeasure::Distinct { values, counts } => {
                let mut seen = Vec::new();
                each_group(contacts, records, |contact, rows| {
                    if counts.contains(values.count(shard, rows, &mut seen)) != self.none_passes {
                        out.push(u32::from(contact));
                    }
                    Ok(())
                })?;
            }
            BoundMeasure::Aggregate(aggregation) => match aggregation.summed(shard, contacts.len() as u32) {
                Some(keys) => each_sum(
                    contacts,
                    records,
                    |row| keys.present_key(row),
                    |contact, sum| {
                        if aggregation.holds_of_sum(i128::from(sum)) != self.none_passes {
                            out.push(u32::from(contact));
                        }
                    },
                ),
                None => each_group(contacts, records, |contact, rows| {
                    if aggregation.holds(shard, rows)? != self.none_passes {
                        out.push(u32::from(contact));
                    }
                    Ok(())
                })?,
            },
        }
        Ok(RowSet::from_sorted(out))
    }
}

impl Distinct<'_> {
    /// How many distinct present values; `seen` is scratch space.
    fn count(&self, shard: usize, rows: &[u32], seen: &mut Vec<i64>) -> i64 {
        seen.clear();
        match self {
            Self::Missing => {}
            Self::Number(index) => seen.extend(rows.iter().filter_map(|row| index.shards[shard].get(*row))),
            Self::Flag(index) => {
                seen.extend(rows.iter().filter_map(|row| index.shards[shard].get(*row)).map(i64::from));
            }
            Self::Text(index, folded) => {
                let codes = rows.iter().filter_map(|row| index.shards[shard].get(*row));
                seen.extend(codes.map(|code| i64::from(folded[code as usize])));
            }
            Self::List(index, folded) => {
                let codes = rows.iter().filter_map(|row| index.shards[shard].get(*row)).flatten();
                seen.extend(codes.map(|code| i64::from(folded[code as usize])));
            }
        }
        seen.sort_unstable();
        seen.dedup();
        seen.len() as i64
    }
}

/// Up to so many records of a contact are counted by a pass each.
const MOST_PASSES: u32 = 32;
/// Fewer than one record in so many are looked at one by one.
const FEW_RECORDS: u64 = 8;

/// The numbers of records, of 1 to `n_records`, that pass where the number before doesn't, or the other way round.
fn changes(ranges: &Ranges<i64>, n_records: u32) -> Vec<u32> {
    let ends = ranges.as_slice().iter().flat_map(|(low, high)| [*low, high.saturating_add(1)]);
    // Where two ranges are neighbours nothing changes.
    let is_change = |n: &i64| ranges.contains(*n) != ranges.contains(*n - 1);
    ends.filter(|n| (1..=i64::from(n_records)).contains(n) && is_change(n)).map(|n| n as u32).collect()
}

/// Whether every number of records from 1 to `n_records` passes.
fn is_any(ranges: &Ranges<i64>, n_records: u32) -> bool {
    ranges.as_slice().iter().any(|(low, high)| *low <= 1 && i64::from(n_records) <= *high)
}

/// Calls `op` for each contact with what its records among these add up to, which must be far from any limit.
fn each_sum(
    contacts: &[u16],
    mut records: impl Iterator<Item = u32>,
    amount: impl Fn(u32) -> i64,
    mut op: impl FnMut(u16, i64),
) {
    let Some(first) = records.next() else { return };
    let (mut contact, mut sum) = (contacts[first as usize], amount(first));
    for record in records {
        let next = contacts[record as usize];
        if next == contact {
            sum += amount(record);
        } else {
            op(contact, sum);
            (contact, sum) = (next, amount(record));
        }
    }
    op(contact, sum);
}

/// Calls `op` for each contact with its records among these, by time.
pub(super) fn each_group(
    contacts: &[u16],
    records: impl Iterator<Item = u32>,
    mut op: impl FnMut(u16, &[u32]) -> Result<(), ExecError>,
) -> Result<(), ExecError> {
    let of = |record: u32| contacts[record as usize];
    let records: Vec<u32> = records.collect();
    records.chunk_by(|a, b| of(*a) == of(*b)).try_for_each(|group| op(of(group[0]), group))
}
