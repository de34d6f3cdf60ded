//! Values at the ends of what there is; what they come to was worked out by hand.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Float32Array, Float64Array, Int64Builder, ListBuilder, StringBuilder,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
};
use segql::engine::QueryOptions;
use segql::syntax::quote;

use super::{count, emails, open, texts, told, write};

#[test]
fn odd_addresses_are_keys_like_any() {
    let long = format!("{}@x.example", "a".repeat(10_000));
    // As written, and as a key: trimmed and without case.
    let all = [
        ("plain@x.example", "plain@x.example"),
        (" Trimmed@X.Example\u{a0}", "trimmed@x.example"),
        ("no at sign", "no at sign"),
        ("@", "@"),
        ("two@signs@x.example", "two@signs@x.example"),
        ("ÜNÏ@BÜCHER.example", "ünï@bücher.example"),
        ("right\u{202e}left@x.example", "right\u{202e}left@x.example"),
        ("line\nbreak@x.example", "line\nbreak@x.example"),
        ("quote\"'`\\@x.example", "quote\"'`\\@x.example"),
        ("zero\0byte@x.example", "zero\0byte@x.example"),
        ("😀@x.example", "😀@x.example"),
        ("=cmd()@x.example", "=cmd()@x.example"),
        (long.as_str(), long.as_str()),
    ];
    let mut written: Vec<&str> = all.iter().map(|it| it.0).collect();
    // A duplicate but for case, one of blanks alone, and an empty one.
    written.extend(["PLAIN@x.example", " \t", ""]);
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "contacts.parquet", vec![("email", texts(&written))], 5);
    let engine = open(dir.path()).unwrap();
    assert_eq!(count(&engine, "everyone"), all.len() as u64);
    for (_, key) in &all {
        assert_eq!(count(&engine, &format!("email = {}", quote(key))), 1, "{key:?}");
    }
    assert_eq!(count(&engine, "email.domain = \"x.example\""), 10);
    let query = engine.prepare("everyone", &QueryOptions::default()).unwrap();
    let mut keys = engine.keys(&query).unwrap();
    keys.sort();
    let mut wanted: Vec<&str> = all.iter().map(|it| it.1).collect();
    wanted.sort_unstable();
    assert_eq!(keys, wanted);
    let told = told(&engine);
    assert!(told.contains("2 ") && told.contains("1 ") && !told.contains('@'), "{told}");
}

#[test]
fn times_at_every_limit() {
    let dir = tempfile::tempdir().unwrap();
    let ends = [i64::MAX, i64::MIN, 0];
    // 9999-12-30, and the day after, which no zone can be sure of; the last nanosecond of 64 bits is in 2262.
    let last = 253_402_128_000_i64;
    let days = Date32Array::from(vec![i32::MAX, i32::MIN, 0, 2_932_895, 2_932_897]);
    let utc = |array: TimestampMicrosecondArray| Arc::new(array.with_timezone("UTC")) as ArrayRef;
    let with = |more: [i64; 2]| [&ends[..], &more].concat();
    write(
        dir.path(),
        "contacts.parquet",
        vec![
            ("email", emails(5)),
            ("s", Arc::new(TimestampSecondArray::from(with([last, last + 2 * 86_400])).with_timezone("UTC"))),
            ("ms", Arc::new(TimestampMillisecondArray::from(with([last * 1_000, -1])).with_timezone("UTC"))),
            ("us", utc(TimestampMicrosecondArray::from(with([last * 1_000_000, -1])))),
            ("ns", Arc::new(TimestampNanosecondArray::from(with([-1, 1])).with_timezone("UTC"))),
            ("local", Arc::new(TimestampMicrosecondArray::from(with([last * 1_000_000, 1])))),
            ("day", Arc::new(days)),
        ],
        2,
    );
    let engine = open(dir.path()).unwrap();
    for (text, wanted) in [
        // Three of seconds lie beyond the calendar, two of every other, none of nanoseconds.
        ("s is empty", 3),
        ("ms is empty", 2),
        ("us is empty", 2),
        ("ns is empty", 0),
        ("local is empty", 2),
        ("day is empty", 3),
        ("s on 9999-12-30", 1),
        ("us on 9999-12-30", 1),
        ("day on 9999-12-30", 1),
        ("us on 1969-12-31", 1),
        ("us before 1970-01-01", 1),
        ("us on 1970-01-01", 1),
        ("ns on 2262-04-11", 1),
        ("ns on 1677-09-21", 1),
        ("ns on 1969-12-31", 1),
        ("ns in last 100 years", 3),
        ("day = 1970-01-01", 1),
    ] {
        assert_eq!(count(&engine, text), wanted, "{text}");
    }
    assert_eq!(told(&engine).lines().count(), 5, "{}", told(&engine));
}

#[test]
fn floats_that_are_no_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, f64::MAX, f64::from_bits(1), -f64::NAN];
    let small: Vec<f32> = values.iter().map(|it| *it as f32).collect();
    write(
        dir.path(),
        "contacts.parquet",
        vec![
            ("email", emails(8)),
            ("x", Arc::new(Float64Array::from(values.to_vec()))),
            ("y", Arc::new(Float32Array::from(small))),
        ],
        3,
    );
    let engine = open(dir.path()).unwrap();
    for (text, wanted) in [
        ("x is empty", 2),
        ("x > 1e308", 2),
        ("x < 0", 1),
        ("x = 0", 2),
        ("x > 0", 3),
        ("not x > 0", 5),
        ("x between -1 and 1", 3),
        ("y is empty", 2),
        // The largest double is no float: infinity; the least is 0.
        ("y > 1e308", 2),
        ("y = 0", 3),
    ] {
        assert_eq!(count(&engine, text), wanted, "{text}");
    }
}

#[test]
fn labels_may_be_more_than_16_bits_can_tell_apart() {
    let dir = tempfile::tempdir().unwrap();
    let mut labels = ListBuilder::new(StringBuilder::new());
    // 700 contacts with a hundred labels each, none twice; one with all 70,000.
    for n in 0..70_000 {
        labels.values().append_value(format!("l{n:05}"));
        if n % 100 == 99 {
            labels.append(true);
        }
    }
    (0..70_000).for_each(|n| labels.values().append_value(format!("L{n:05}")));
    labels.append(true);
    write(dir.path(), "contacts.parquet", vec![("email", emails(701)), ("labels", Arc::new(labels.finish()))], 1_000);
    let engine = open(dir.path()).unwrap();
    for (text, wanted) in [
        ("label = l69999", 2),
        ("label = l65535 or label = l65536", 2),
        ("label = l65599 or label = l65600", 3),
        ("label all (l00000, l69999)", 1),
        ("label none (l00000)", 699),
        ("count(label) = 100", 700),
        ("count(label) = 70000", 1),
        ("label = l70000", 0),
    ] {
        assert_eq!(count(&engine, text), wanted, "{text}");
    }
}

#[test]
fn lists_may_be_missing_empty_or_nested() {
    let dir = tempfile::tempdir().unwrap();
    let mut tags = ListBuilder::new(StringBuilder::new());
    let mut nested = ListBuilder::new(ListBuilder::new(StringBuilder::new()));
    let mut numbers = ListBuilder::new(Int64Builder::new());
    let rows: [Option<&[Option<&str>]>; 6] = [
        None,
        Some(&[]),
        Some(&[None]),
        Some(&[Some("")]),
        Some(&[Some("a"), None, Some("A"), Some("b")]),
        Some(&[Some("b")]),
    ];
    for row in rows {
        for item in row.into_iter().flatten() {
            tags.values().append_option(*item);
        }
        tags.append(row.is_some());
        nested.values().append(true);
        nested.append(true);
        numbers.values().append_value(1);
        numbers.append(true);
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("email", emails(6)),
        ("tags", Arc::new(tags.finish())),
        ("nested", Arc::new(nested.finish())),
        ("numbers", Arc::new(numbers.finish())),
    ];
    write(dir.path(), "contacts.parquet", columns, 2);
    let engine = open(dir.path()).unwrap();
    for (text, wanted) in [
        ("tags is empty", 4),
        ("tags = a", 1),
        ("tags = b", 2),
        ("not tags = b", 4),
        ("tags all (a, b)", 1),
        ("tags none (a)", 5),
        ("count(tags) = 0", 4),
        ("count(tags) = 2", 1),
    ] {
        assert_eq!(count(&engine, text), wanted, "{text}");
    }
    // What can't be indexed is left out, and told.
    let told = told(&engine);
    assert!(told.contains("nested") && told.contains("numbers") && told.lines().count() == 2, "{told}");
    let asked = engine.prepare("nested = 1", &QueryOptions::default()).err().map(|it| it.to_string());
    assert!(asked.as_ref().is_some_and(|it| it.contains("`nested` was left out of the book")), "{asked:?}");
}
