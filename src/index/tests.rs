//! What was forged is refused, or answers without harm.

use std::borrow::Cow;

use bytes::Bytes;

use super::{
    CodeSet, Dictionary, DictionaryBuilder, ListShard, NumberShard, Search, SectionReader, SectionWriter, Shape,
    Stored, TextAccess, TextShard, Where,
};
use crate::model::{Ranges, float_key};

/// Numbers that a length, a code or a bound might be changed to.
const HOSTILE: [u64; 13] =
    [0, 1, 2, 3, 7, 0x80, 0xFF, 0x1_0000, 0xFFFF_FFFF, 1 << 40, 0xFFFF_FFFF_FFFF_FF00, 0x0101_0101_0101_0101, u64::MAX];

fn section<T: Stored>(of: &T) -> Vec<u8> {
    let mut section = Vec::new();
    of.write_to(&mut SectionWriter::new(&mut section)).unwrap();
    section
}

fn read<T: Stored>(section: &[u8]) -> Option<T> {
    // As an image does: at a multiple of eight bytes.
    let words: Vec<u64> = section.chunks(8).map(|it| u64::from_le_bytes(it.try_into().unwrap())).collect();
    struct Words(Vec<u64>);
    impl AsRef<[u8]> for Words {
        fn as_ref(&self) -> &[u8] {
            bytemuck::cast_slice(&self.0)
        }
    }
    T::read_from(&mut SectionReader::new(Bytes::from_owner(Words(words)))).ok()
}

/// Changes every word and every byte of a section in turn, and asks what is still taken for sound.
fn forge<T: Stored>(of: &T, is_sound: impl Fn(&T) -> bool, ask: impl Fn(&T)) {
    let section = section(of);
    let same = read::<T>(&section).expect("it was written so");
    assert!(is_sound(&same));
    ask(&same);
    let mut n_refused = 0;
    let mut try_one = |forged: &[u8]| match read::<T>(forged).filter(&is_sound) {
        Some(forged) => ask(&forged),
        None => n_refused += 1,
    };
    for at in (0..section.len()).step_by(8) {
        for number in HOSTILE {
            let mut forged = section.clone();
            forged[at..at + 8].copy_from_slice(&number.to_le_bytes());
            try_one(&forged);
        }
        for bit in 0..64 {
            let mut forged = section.clone();
            forged[at + bit / 8] ^= 1 << (bit % 8);
            try_one(&forged);
        }
    }
    assert!(n_refused > 0);
}

#[test]
fn forged_dictionaries_do_no_harm() {
    let long = "long ".repeat(60);
    let names = ["Adi Wati", "ÉRIC", "lower", "McDonald", "", "日本"];
    let wide = ["Ann", &long, "é"];
    let addresses: Vec<String> = (0..20).map(|at| format!("Person{at}@{}.example", ["x", "y"][at % 2])).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    for texts in [&names[..], &wide, &addresses] {
        let dictionary = Dictionary::of_distinct(texts.iter().copied());
        forge(&dictionary, Dictionary::is_sound, |forged| {
            let n_texts = forged.len() as u32;
            let codes: Vec<u32> = (0..=n_texts).collect();
            let asked: Vec<&str> = codes.iter().map(|code| texts[*code as usize % texts.len()]).collect();
            assert_eq!(forged.are(&codes, &asked).count(), codes.len());
            for code in 0..n_texts {
                let _ = forged.is(code, texts[0]);
                let _ = (forged.text(code), forged.text_cmp(code, n_texts - 1), forged.folded_cmp(0, code));
            }
            for place in [Where::Within, Where::Start, Where::End, Where::Whole] {
                for needle in ["a", "person1", "@x.example", "n3@y.ex", "long long long", ""] {
                    let _ = Search::new(forged, needle, place).among(0..forged.len());
                }
            }
        });
    }
}

#[test]
fn forged_shards_of_texts_do_no_harm() {
    let ask = |n_codes: usize| {
        move |forged: &TextShard| {
            let known = CodeSet::from_words(vec![u64::MAX >> (64 - n_codes.min(64))]);
            let _ = forged.select(&known);
            assert!((0..forged.n_rows()).filter_map(|row| forged.get(row)).all(|code| (code as usize) < n_codes));
        }
    };
    for (n_codes, access) in
        [(1, TextAccess::Bitmaps), (5, TextAccess::Codes), (300, TextAccess::Bitmaps), (70_000, TextAccess::Codes)]
    {
        let codes = (0..20).map(|row| (row % 7 != 3).then_some(row % n_codes.min(5) as u32));
        forge(&TextShard::build(codes, n_codes, access), |it| it.is_sound(20, n_codes), ask(n_codes));
    }
    forge(&TextShard::of_keys(3..23), |it| it.is_sound(20, 23), ask(23));
}

/// Decimals, doubles that are none, instants, whole numbers: more than a block of each, every ninth missing.
fn numbers() -> [Vec<Option<i64>>; 4] {
    let prices = |row: i64| float_key((row * 7_919 % 100_001 - 50_000) as f64 / 1000.0);
    let thirds = |row: i64| float_key((row * 31 % 67) as f64 / 3.0);
    let instants = |row: i64| 1_700_000_000_000_000 + row * 86_399_000_000 % 1_000_000_000_000;
    let wholes = |row: i64| row * 37 % 300 - 150;
    let column = |key: &dyn Fn(i64) -> i64| (0..150).map(|row| (row % 9 != 4).then(|| key(row))).collect();
    [column(&prices), column(&thirds), column(&instants), column(&wholes)]
}

#[test]
fn ranges_of_numbers_are_those_of_a_look_at_each() {
    for keys in numbers() {
        let shard = NumberShard::build(keys.iter().copied());
        assert_eq!(shard.n_rows() as usize, keys.len());
        assert!((0..).zip(&keys).all(|(row, key)| shard.get(row) == *key));
        let present: Vec<i64> = keys.iter().flatten().copied().collect();
        assert_eq!(shard.bounds(), present.iter().min().copied().zip(present.iter().max().copied()));
        let ends = present.iter().flat_map(|key| [key - 1, *key, key + 1]).step_by(5).chain([i64::MIN, i64::MAX]);
        let ends: Vec<i64> = ends.collect();
        for (low, high) in ends.iter().flat_map(|low| ends.iter().map(|high| (*low, *high))) {
            let ranges = Ranges::union([(low, high)]);
            let expected: Vec<u32> = (0..)
                .zip(&keys)
                .filter(|(_, key)| key.is_some_and(|it| low <= it && it <= high))
                .map(|it| it.0)
                .collect();
            let found: Vec<u32> = shard.select(&ranges).into_rows(shard.n_rows()).iter().collect();
            assert_eq!(found, expected, "{low} to {high}");
        }
    }
    let [prices, thirds, ..] = numbers().map(|keys| NumberShard::build(keys.into_iter()).size_bytes());
    assert!(thirds - prices > 150 * 3, "decimals are narrower by more than three bytes a row: {prices}, {thirds}");
}

#[test]
fn forged_shards_of_numbers_do_no_harm() {
    for keys in numbers() {
        let n_rows = keys.len() as u32;
        forge(
            &NumberShard::build(keys.into_iter()),
            |it| it.is_sound(n_rows),
            |forged| {
                let _ = (forged.bounds(), forged.get(0), forged.get(n_rows - 1));
                for (low, high) in [(0, i64::MAX), (i64::MIN, 0), (-5, 5), (i64::MAX, i64::MAX)] {
                    let _ = forged.select(&Ranges::union([(low, high)]));
                }
            },
        );
    }
}

#[test]
fn forged_shards_of_lists_do_no_harm() {
    let lists: [Option<&[u32]>; 5] = [Some(&[0, 4, 2]), None, Some(&[]), Some(&[1]), Some(&[3, 0])];
    forge(
        &ListShard::build(lists.into_iter(), 5),
        |it| it.is_sound(5, 5),
        |forged| {
            let of_rows = (0..forged.n_rows()).filter_map(|row| forged.get(row)).flatten();
            assert!(of_rows.into_iter().all(|code| code < 5));
            let _ = forged.select(&CodeSet::from_words(vec![0b11111]));
            forged.select_by_len(|len| len > 1);
        },
    );
}

#[test]
fn few_stretches_of_codes_are_told_with_both_ends() {
    let of = |words: &[u64]| CodeSet::from_words(words.to_vec()).stretches().map(<[_]>::to_vec);
    assert_eq!(of(&[]), Some(vec![]));
    assert_eq!(of(&[0, 0]), Some(vec![]));
    assert_eq!(of(&[1]), Some(vec![(0, 0)]));
    assert_eq!(of(&[u64::MAX, u64::MAX]), Some(vec![(0, 127)]));
    assert_eq!(of(&[1 << 63, 0b11]), Some(vec![(63, 65)]));
    assert_eq!(of(&[0b0101_0101]), Some(vec![(0, 0), (2, 2), (4, 4), (6, 6)]));
    assert_eq!(of(&[0b0101_0101, 1 << 63]), None);
    assert_eq!(of(&[0b0001_0101, 1 << 63]), Some(vec![(0, 0), (2, 2), (4, 4), (127, 127)]));
    assert_eq!(CodeSet::default().stretches(), Some(&[][..]));
}

/// An image is known by its fields' types.
#[test]
fn shapes_tell_types_apart() {
    assert_eq!(Shape::of::<(i64, Vec<Option<u32>>)>().as_str(), "pair i64 list optional u32 ");
    assert_eq!(Shape::of::<(usize, (String, u8))>().as_str(), "pair usize pair text u8 ");
    assert_eq!(Shape::of::<Cow<'static, str>>().as_str(), "text ");
}

#[test]
fn what_holds_something_is_not_empty() {
    let mut dictionary = DictionaryBuilder::default();
    assert!(dictionary.is_empty());
    dictionary.code("");
    assert!(!dictionary.is_empty());
    assert!(TextShard::of_keys(0..1).size_bytes() >= size_of::<TextShard>());
}

/// What an index takes in memory is about what it takes in an image, where every number has eight bytes but in arrays.
#[test]
fn bytes_in_memory_are_about_those_of_an_image() {
    let close = |name: &str, in_memory: usize, of: Vec<u8>| {
        let (least, most) = (of.len() * 8 / 10, of.len() * 12 / 10 + 1_000);
        assert!((least..=most).contains(&in_memory), "{name}: {in_memory} in memory, {} in an image", of.len());
    };
    let n = 20_000_u32;
    let names: Vec<String> =
        (0..n).map(|at| format!("Person {} of {at}", ["Ann", "bo", "ÉRIC"][at as usize % 3])).collect();
    let addresses: Vec<String> = (0..n).map(|at| format!("p{at}@{}.example", at % 300)).collect();
    for texts in [names, addresses] {
        let dictionary = Dictionary::of_distinct(texts.iter().map(String::as_str));
        close("texts", dictionary.size_bytes(), section(&dictionary));
    }
    let lists: Vec<Vec<u32>> = (0..n).map(|row| (0..row % 5).map(|at| (row + 7 * at) % 40).collect()).collect();
    let lists = ListShard::build(lists.iter().map(|it| Some(it.as_slice())), 40);
    close("lists", lists.size_bytes(), section(&lists));
    for access in [TextAccess::Bitmaps, TextAccess::Codes] {
        let codes = TextShard::build((0..n).map(|row| (row % 9 > 0).then_some(row % 50)), 50, access);
        close("codes", codes.size_bytes(), section(&codes));
    }
    let numbers = NumberShard::build((0..n).map(|row| Some(i64::from(row) * 7_919 % 100_003)));
    close("numbers", numbers.size_bytes(), section(&numbers));
}

/// Whether codes are compared with all rows or rows picked apart: the same bitmaps, without the missing rows.
#[test]
fn each_text_has_the_bitmap_of_its_rows() {
    let code = |row: u32, n_codes: u32| (row % 7 != 3).then_some(row * row % n_codes);
    for n_codes in [1, 50, 128, 129, 300] {
        let rows = (0..5_000).map(|row| code(row, n_codes));
        let shard = TextShard::build(rows, n_codes as usize, TextAccess::Bitmaps);
        assert_eq!(shard.sets().len(), n_codes as usize);
        for (wanted, set) in (0..).zip(shard.sets()) {
            let expected = (0..5_000).filter(|row| code(*row, n_codes) == Some(wanted));
            assert!(set.iter().eq(expected), "{wanted} of {n_codes}");
        }
    }
    let missing = TextShard::build([None; 3].into_iter(), 0, TextAccess::Bitmaps);
    assert!(missing.sets().is_empty() && missing.missing().len() == 3);
}
