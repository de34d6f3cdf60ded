//! [`Owners`]: whose the records of a shard are.

use crate::index::{Array, stored};
use crate::model::{Bits, RowSet};

/// Fewer than one contact in so many are looked for one by one.
const FEW_CONTACTS: u64 = 256;

/// Whose the records of a shard are: those of a contact lie together, the contacts in the order of their rows.
#[derive(Debug, Clone, Default)]
pub struct Owners {
    /// For each record its contact, counted from the first contact of the shard; increasing.
    ///
    /// Two bytes a record: a shard has at most 65,536 contacts.
    contacts: Array<u16>,
    /// A bit a record: whether it is its contact's last.
    lasts: Array<u64>,
    /// The contacts that have any record.
    people: RowSet,
}

stored!(struct Owners { contacts, lasts, people });

impl Owners {
    /// Of records in the order of their contacts, which must be increasing. Cost: one pass.
    #[must_use]
    pub fn new(contacts: Vec<u16>) -> Self {
        let mut lasts = vec![0_u64; contacts.len().div_ceil(64)];
        let mut people = Vec::new();
        for (record, contact) in contacts.iter().enumerate() {
            if contacts.get(record + 1) != Some(contact) {
                lasts[record / 64] |= 1 << (record % 64);
                people.push(u32::from(*contact));
            }
        }
        let mut people = RowSet::from_sorted(people);
        people.optimize();
        Self { contacts: contacts.into(), lasts: lasts.into(), people }
    }

    /// For each record its contact, counted from the first of the shard; increasing.
    #[must_use]
    pub fn contacts(&self) -> &[u16] {
        &self.contacts
    }

    /// The contacts that have any record.
    #[must_use]
    pub fn people(&self) -> &RowSet {
        &self.people
    }

    /// The last record of each contact that has any of `records`.
    ///
    /// Cost: a pass of a bit a record.
    #[must_use]
    pub fn any(&self, records: &Bits<'_>) -> Bits<'static> {
        records.ends_of_runs(&self.lasts)
    }

    /// The last record of each contact of whose records the number among these has passed an odd number of `bounds`, which
    /// are at least 1: whose verdict differs from that on no record, where it changes at each bound.
    ///
    /// Cost: a pass of a bit a record for each number up to the largest bound that some contact reaches.
    #[must_use]
    pub fn crossing(&self, mut records: Bits<'_>, bounds: &[u32]) -> Bits<'static> {
        let mut found = Bits::default();
        for n in 1..=bounds.iter().max().copied().unwrap_or(0) {
            if n > 1 {
                records.drop_first_of_runs(&self.lasts);
                if records.is_empty() {
                    break;
                }
            }
            if bounds.contains(&n) {
                found.xor(&self.any(&records));
            }
        }
        found
    }

    /// The contacts whose last records these are.
    ///
    /// Cost: a pass of a bit a record, and of a bit a contact.
    #[must_use]
    pub fn contacts_of(&self, lasts: &Bits<'_>) -> RowSet {
        lasts.compress(&self.lasts).expand(Bits::from(&self.people).words()).into_rows()
    }

    /// The last record of each of these contacts that has any.
    ///
    /// Cost: a pass of a bit a record, and of a bit a contact.
    #[must_use]
    pub fn lasts_of(&self, contacts: &Bits<'_>) -> Bits<'static> {
        contacts.compress(Bits::from(&self.people).words()).expand(&self.lasts)
    }

    /// The first record of each contact whose last one is in `lasts`.
    ///
    /// Cost: a pass of a bit a record.
    #[must_use]
    pub fn firsts_of(&self, lasts: &Bits<'_>) -> Bits<'static> {
        // A contact's first record comes after the last one of the contact before.
        let mut is_first = true;
        let firsts = self.lasts.iter().map(|lasts| {
            let firsts = lasts << 1 | u64::from(is_first);
            is_first = lasts >> 63 == 1;
            firsts
        });
        lasts.compress(&self.lasts).expand(&firsts.collect::<Vec<u64>>())
    }

    /// All records of the contacts whose last one is in `lasts`.
    ///
    /// Cost: a pass of a bit a record.
    #[must_use]
    pub fn up_to(&self, lasts: &Bits<'_>) -> Bits<'static> {
        Bits::of_runs(&self.firsts_of(lasts), lasts)
    }

    /// The records of these contacts.
    ///
    /// Cost: of few contacts a few steps each, more where those before it are far; of many a pass of a bit a record.
    #[must_use]
    pub fn records_of(&self, wanted: &RowSet) -> RowSet {
        if wanted.len() >= self.people.len() / FEW_CONTACTS {
            return self.up_to(&self.lasts_of(&Bits::from(wanted))).into_rows();
        }
        let contacts = self.contacts();
        let mut records = Vec::new();
        let mut from = 0;
        for contact in wanted.iter() {
            let start = leap(contacts, from, contact);
            let n_theirs = contacts[start..].iter().take_while(|it| u32::from(**it) == contact).count();
            from = start + n_theirs;
            records.extend(start as u32..from as u32);
        }
        RowSet::from_sorted(records)
    }

    /// Whether what was read can be the owners of so many records of so many contacts: no question reaches beyond an end.
    ///
    /// Cost: one pass.
    #[must_use]
    pub fn is_sound(&self, n_records: u32, n_contacts: u32) -> bool {
        self.contacts.len() == n_records as usize
            && self.lasts.len() == self.contacts.len().div_ceil(64)
            && self.lasts.last().is_none_or(|last| last.leading_zeros() >= n_records.wrapping_neg() % 64)
            && self.contacts.is_sorted()
            && self.contacts.last().is_none_or(|last| u32::from(*last) < n_contacts)
            && self.people.are_below(n_contacts)
    }

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.contacts.size_bytes() + self.lasts.size_bytes() + self.people.size_bytes()
    }
}

/// The first record from `from` on that is of this contact or a later one.
///
/// PERF: in leaps that double (Bentley, Yao: "An Almost Optimal Algorithm for Unbounded Searching", 1976), as the next
/// contact's records are near most of the time; a binary search of all that is left was a sixth of a conjunction.
fn leap(contacts: &[u16], from: usize, contact: u32) -> usize {
    let is_before = |it: &u16| u32::from(*it) < contact;
    let rest = &contacts[from..];
    let (mut low, mut high) = (0, 1);
    while rest.get(high).is_some_and(is_before) {
        low = high + 1;
        high = 2 * high + 1;
    }
    from + low + rest[low..rest.len().min(high)].partition_point(is_before)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::model::ShardSet;

    /// Held against a look at each contact's records in turn.
    #[test]
    fn records_are_told_apart_by_contact() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for most in [1, 3, 70, 200] {
            let lens: Vec<usize> =
                (0..40).map(|_| if rng.random_bool(0.3) { 0 } else { rng.random_range(1..=most) }).collect();
            let of = |contact: usize| std::iter::repeat_n(contact as u16, lens[contact]);
            let contacts: Vec<u16> = (0..lens.len()).flat_map(of).collect();
            let n_records = contacts.len() as u32;
            let owners = Owners::new(contacts.clone());
            assert!(owners.is_sound(n_records, 40) && !owners.is_sound(n_records + 1, 40));
            let having: Vec<u32> = (0..40).filter(|it| lens[*it as usize] > 0).collect();
            assert_eq!(owners.people().iter().collect::<Vec<u32>>(), having);
            for share in [0.01, 0.2, 0.9, 1.0] {
                let chosen: Vec<u32> = (0..n_records).filter(|_| rng.random_bool(share)).collect();
                let number =
                    |contact: u32| chosen.iter().filter(|it| u32::from(contacts[**it as usize]) == contact).count();
                let set = ShardSet::owned(RowSet::from_sorted(chosen.iter().copied()), n_records);
                for bounds in [&[1][..], &[2], &[3, 4], &[1, 2, 60], &[]] {
                    let wanted = having.iter().copied().filter(|contact| {
                        let n_passed = bounds.iter().filter(|bound| **bound as usize <= number(*contact)).count();
                        n_passed % 2 == 1
                    });
                    let ends = owners.crossing(Bits::of(set.clone(), n_records), bounds);
                    assert!(owners.contacts_of(&ends).iter().eq(wanted), "{most} {share} {bounds:?}");
                }
            }
        }
    }

    /// Of many contacts and of few, some of whom have none.
    #[test]
    fn contacts_have_their_records() {
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        let lens: Vec<usize> = (0..3_000).map(|_| [0, 0, 1, 1, 2, 5, 130][rng.random_range(0..7)]).collect();
        let of = |contact: usize| std::iter::repeat_n(contact as u16, lens[contact]);
        let owners = Owners::new((0..lens.len()).flat_map(of).collect());
        let start = |contact: u32| lens[..contact as usize].iter().sum::<usize>() as u32;
        for share in [0.0, 0.001, 0.01, 0.3, 1.0] {
            let wanted: Vec<u32> = (0..3_000).filter(|_| rng.random_bool(share)).collect();
            let set = RowSet::from_sorted(wanted.iter().copied());
            let theirs = wanted.iter().flat_map(|it| start(*it)..start(*it + 1));
            assert!(owners.records_of(&set).iter().eq(theirs), "{share}");
            let having = || wanted.iter().filter(|it| lens[**it as usize] > 0);
            let lasts = owners.lasts_of(&Bits::from(&set));
            assert!(lasts.rows().eq(having().map(|it| start(*it + 1) - 1)));
            assert!(owners.firsts_of(&lasts).rows().eq(having().map(|it| start(*it))));
            assert!(owners.contacts_of(&lasts).iter().eq(having().copied()));
        }
    }
}
