//! Sets of every kind against plain ones.

use std::collections::BTreeSet;

use super::*;

/// Sets of every kind: none, few, many, runs, beyond one container, far away.
fn samples() -> Vec<BTreeSet<u32>> {
    let every = |step: usize, end: u32| (0..end).step_by(step).collect::<BTreeSet<u32>>();
    vec![
        BTreeSet::new(),
        BTreeSet::from([0, 63, 64, 65_535]),
        every(3, 5_000),
        every(17, 5_000),
        every(2, 1_000),
        every(2, 70_000),
        (100..4_000).collect(),
        (0..4_096).collect(),
        (0..10_000).filter(|row| row / 500 % 2 == 0).collect(),
        BTreeSet::from([70_000, 1_048_576, 1_048_700]),
    ]
}

fn stored(rows: &BTreeSet<u32>) -> [RowSet; 4] {
    let sorted = RowSet::from_sorted(rows.iter().copied());
    let mut optimized = sorted.clone();
    optimized.optimize();
    let mut bytes = Vec::new();
    optimized.write_portable(&mut bytes).unwrap();
    [rows.iter().copied().collect(), sorted, RowSet::read_portable(&bytes).unwrap(), optimized]
}

#[test]
fn operations_are_those_of_plain_sets() {
    for a in &samples() {
        for (x, b) in stored(a).iter().flat_map(|x| samples().into_iter().map(move |b| (x.clone(), b))) {
            for y in &stored(&b)[1..3] {
                let is = |found: &RowSet, wanted: Vec<u32>| {
                    assert_eq!(found.len(), wanted.len() as u64);
                    assert!(found.iter().eq(wanted.iter().copied()) && found.is_empty() == wanted.is_empty());
                    assert!(*found == RowSet::from_sorted(wanted));
                };
                is(&x.intersect(y), a.intersection(&b).copied().collect());
                let mut left = x.clone();
                left.intersect_with(y);
                is(&left, a.intersection(&b).copied().collect());
                assert_eq!(left.to_portable(), x.intersect(y).to_portable());
                is(&x.union(y), a.union(&b).copied().collect());
                is(&x.difference(y), a.difference(&b).copied().collect());
                assert_eq!(x.intersection_len(y), a.intersection(&b).count() as u64);
                assert_eq!(x.difference_len(y), a.difference(&b).count() as u64);
                let mut both = x.clone();
                both.append_shifted(y, 1_100_032);
                is(&both, a.iter().copied().chain(b.iter().map(|it| it + 1_100_032)).collect());
            }
        }
    }
}

#[test]
fn questions_are_answered_alike_by_every_kind() {
    for rows in &samples() {
        let end = rows.last().map_or(5, |it| it + 5);
        for set in &stored(rows) {
            assert!(set.complement(end).iter().eq((0..end).filter(|row| !rows.contains(row))));
            let start = end.min(60);
            assert!(set.slice(start..end).iter().eq(rows.range(start..end).map(|row| row - start)));
            assert!(set.are_below(end) && (rows.is_empty() || !set.are_below(end - 5)));
            assert!([0, 1, 64, 70_000].iter().all(|row| set.contains(*row) == rows.contains(row)));
            let mut bytes = Vec::new();
            set.write_portable(&mut bytes).unwrap();
            assert_eq!(bytes.len(), set.portable_bytes());
        }
    }
}

#[test]
fn bits_become_whatever_is_smaller() {
    let kind = |set: &RowSet| matches!(set.0, Kind::Dense(_));
    let set = |step: usize| RowSet::from_sorted((0..65_536).step_by(step));
    assert!(kind(&set(2)) && kind(&set(16)) && !kind(&set(17)));
    assert!(kind(&set(2).intersect(&set(4))) && !kind(&set(15).intersect(&set(16))));
    assert!(kind(&set(17).union(&set(16))) && !kind(&RowSet::from_range(0..65_536)));
}
