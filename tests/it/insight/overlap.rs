//! `overlap` by brute force: each filter asked alone, the sets of people combined naively.

use std::collections::{BTreeMap, BTreeSet};

use segql::engine::Error;
use segql::engine::insight::{Overlap, OverlapPair};

use super::books::open;
use super::help::run;
use crate::subject;

type People = BTreeSet<String>;

#[test]
fn combinations_are_those_of_brute_force() {
    let (mut n_combinations, mut n_sets) = (0, BTreeSet::new());
    for seed in 0..12 {
        let book = open(110_000 + seed, 150);
        for i in 0..10 {
            let mut writer = book.writer(seed * 100 + i);
            let n = 2 + (i as usize * 7 + seed as usize) % 19;
            let filters: Vec<String> = (0..n).map(|_| writer.contact_filter(2)).collect();
            let clock = writer.clock();
            let people = |text: &String| book.people(None, &subject::parse(text).unwrap().filter, &clock);
            let sets: Vec<People> = filters.iter().map(people).collect();
            let texts: Vec<&str> = filters.iter().map(String::as_str).collect();
            let overlap = book.engine.overlap(&texts, &book.options(clock)).unwrap();
            let everyone = book.oracle.contacts.iter().map(|it| it.key.clone()).collect();
            check(&overlap, &sets, &everyone);
            n_combinations += overlap.combinations.len();
            n_sets.insert(n);
        }
    }
    assert!(n_combinations > 500 && n_sets.contains(&2) && n_sets.contains(&20), "{n_combinations}, {n_sets:?}");
}

fn check(overlap: &Overlap, sets: &[People], everyone: &People) {
    let mut wanted: BTreeMap<Vec<usize>, u64> = BTreeMap::new();
    for key in everyone {
        let is_in: Vec<usize> = (0..sets.len()).filter(|at| sets[*at].contains(key)).collect();
        *wanted.entry(is_in).or_default() += 1;
    }
    let in_none = wanted.remove(&Vec::new()).unwrap_or(0);
    assert_eq!((overlap.everyone, overlap.in_none), (everyone.len() as u64, in_none));
    let found: BTreeMap<Vec<usize>, u64> = overlap.combinations.iter().map(|it| (it.sets.clone(), it.count)).collect();
    assert_eq!((found, overlap.combinations.len()), (wanted.clone(), wanted.len()));
    assert!(overlap.combinations.is_sorted_by(|a, b| a.count >= b.count));
    assert_eq!(overlap.sets.len(), sets.len());
    for (set, people) in overlap.sets.iter().zip(sets) {
        assert_eq!(set.count, people.len() as u64, "{}", set.filter);
    }
    let mut pairs = overlap.pairs.iter();
    for (a, left) in sets.iter().enumerate() {
        for (b, right) in sets.iter().enumerate().skip(a + 1) {
            let (shared, either) = (left.intersection(right).count() as u64, left.union(right).count() as u64);
            let jaccard = (either > 0).then(|| shared as f64 / either as f64);
            assert_eq!(pairs.next(), Some(&OverlapPair { sets: [a, b], shared, either, jaccard }));
        }
    }
    assert_eq!(pairs.next(), None);
}

/// The command's JSON against lists of people, each by `query`.
#[test]
fn the_command_counts_the_people_that_query_lists() {
    const NOW: &str = "--book data/cdnow --now 1998-07-01T00:00:00Z";
    let filters = ["@loyal", "@big_spenders", "'orders = 1'", "'spent between 15 and 30'"];
    let people = |filter: &str| -> People {
        let listed = run(&format!("segql query {NOW} --format csv --columns email {filter}"));
        listed.lines().skip(1).map(str::to_owned).collect()
    };
    let sets: Vec<People> = filters.iter().map(|it| people(it)).collect();
    let json: serde_json::Value =
        serde_json::from_str(&run(&format!("segql overlap {NOW} --format json {}", filters.join(" ")))).unwrap();
    let everyone = people("everyone");
    let mut wanted: BTreeMap<Vec<u64>, u64> = BTreeMap::new();
    for key in &everyone {
        let is_in = (0..4).filter(|at| sets[*at as usize].contains(key)).collect();
        *wanted.entry(is_in).or_default() += 1;
    }
    assert_eq!(json["in_none"], wanted.remove(&Vec::new()).unwrap());
    let found = json["combinations"].as_array().unwrap().iter().map(|it| {
        let sets = it["sets"].as_array().unwrap().iter().map(|it| it.as_u64().unwrap()).collect();
        (sets, it["count"].as_u64().unwrap())
    });
    assert_eq!(found.collect::<BTreeMap<Vec<u64>, u64>>(), wanted);
}

/// The picture has a group for each set and each combination, names escaped; a file that is there stays.
#[test]
fn the_picture_shows_each_set_and_combination() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("overlap.svg");
    let line =
        format!("segql overlap --book data/cdnow --svg {} 'orders<2' 'spent > 100' 'orders = 2'", path.display());
    run(&line);
    let picture = std::fs::read_to_string(&path).unwrap();
    // Of three sets, two of which exclude each other: 5 combinations at most, of which all occur.
    assert_eq!(picture.matches("<g>").count(), 3 + 5);
    assert_eq!(picture.matches("<circle").count(), 3 * 5 + 7);
    assert!(picture.contains("orders&lt;2") && !picture.contains("orders<2"), "{picture}");
    let refused = std::process::Command::new(env!("CARGO_BIN_EXE_segql"))
        .args(["overlap", "--book", "data/cdnow", "--svg", path.to_str().unwrap(), "nobody", "everyone"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), picture);
}

#[test]
fn a_wrong_filter_is_named() {
    let book = open(2, 30);
    let options = book.options(book.writer(1).clock());
    let refused = book.engine.overlap(&["everyone", "nobdy"], &options).unwrap_err();
    assert!(matches!(&refused, Error::OneFilter { at: 1, .. }) && refused.exit_code() == 3, "{refused}");
    let refused = book.engine.overlap(&["everyone | count", "nobody"], &options).unwrap_err();
    assert!(
        matches!(&refused, Error::OneFilter { at: 0, source } if matches!(**source, Error::NotAFilter)),
        "{refused}"
    );
    let refused = book.engine.overlap(&["everyone", "from visitors everyone"], &options).unwrap_err();
    assert!(matches!(refused, Error::DifferentPeople), "{refused}");
}
