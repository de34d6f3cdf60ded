//! What is told of a sentence while it is written, and of a field's values. The counts are the book's facts (data/README.md).

use std::path::Path;
use std::time::{Duration, Instant};

use segql::book::Universe;
use segql::engine::{Engine, FieldValue, Glance, OpenOptions, QueryOptions, Rows, ValuesAsked};
use segql::plan::find_field;

fn engine() -> Engine {
    Engine::open(Path::new("data/cdnow"), &OpenOptions::default()).unwrap()
}

fn glance(engine: &Engine, text: &str) -> Glance {
    engine.glance(text, &QueryOptions::default(), Instant::now() + Duration::from_secs(60)).unwrap()
}

#[test]
fn a_whole_sentence_is_counted() {
    let engine = engine();
    for (text, count) in [
        ("everyone", 23_570),
        ("funnel = promoter", 528),
        ("did purchase once # and that was it", 11_908),
        ("funnel = promoter | by stage", 528),
        ("funnel = promoter | sample 100", 100),
    ] {
        assert_eq!(glance(&engine, text), Glance::Whole(count), "{text}");
    }
}

#[test]
fn an_unfinished_one_is_counted_as_far_as_it_goes() {
    let engine = engine();
    for (text, count, left_out) in [
        ("funnel = promoter and", 528, "and"),
        ("funnel = promoter and spen", 528, "and spen"),
        ("funnel = promoter and (orders >= 10", 528, ""),
        ("funnel = promoter and (orders >= 10 or spent", 528, "or spent"),
        ("funnel = promoter and email = 'c0", 528, "and email = 'c0"),
        ("did purchase at", 23_570, "at"),
        ("funnel = promoter | by", 528, "| by"),
    ] {
        let Glance::Unfinished { count: n, left_out: range } = glance(&engine, text) else { panic!("{text}") };
        assert_eq!((n, text[range].trim()), (count, left_out), "{text}");
    }
    for text in ["", "  # nothing yet", "fun", "funnel =", "funnel = prom", "not", "(", "did"] {
        assert_eq!(glance(&engine, text), Glance::Nothing, "{text}");
    }
}

#[test]
fn what_more_words_would_not_mend_is_told_with_its_place() {
    let engine = engine();
    for (text, start, words) in [
        ("spnt > 5", 0, "unknown field `spnt`"),
        ("everyone and funel = lost", 13, "unknown field `funel`"),
        ("spent and everyone", 5, "operator"),
        ("stage = promter and orders > 1", 8, "promter"),
    ] {
        let Glance::Wrong(diagnostic) = glance(&engine, text) else { panic!("{text}: {:?}", glance(&engine, text)) };
        assert_eq!(diagnostic.span.unwrap().start, start, "{text}");
        assert!(diagnostic.message.contains(words), "{text}: {}", diagnostic.message);
    }
}

/// No time is no count: never a guess, never an earlier one. No file is read.
#[test]
fn without_time_nothing_is_said() {
    let engine = engine();
    let late = |text: &str| engine.glance(text, &QueryOptions::default(), Instant::now()).unwrap();
    assert_eq!(late("funnel = promoter"), Glance::Nothing);
    assert_eq!(late("funnel = promoter and"), Glance::Nothing);
    assert_eq!(glance(&engine, "email in file \"Cargo.toml\""), Glance::Nothing);
    assert_eq!(glance(&engine, &"orders >= 1 or ".repeat(20_000)), Glance::Nothing);
    // Giving up harms nobody after it.
    assert_eq!(glance(&engine, "funnel = promoter"), Glance::Whole(528));
}

#[test]
fn values_come_with_their_counts_the_commonest_first() {
    let engine = engine();
    let values = |field: &str, prefix: &str, deadline| {
        let (found, _) = find_field(engine.book(), Universe::Contacts, field).unwrap();
        engine.values(Rows::People(Universe::Contacts), found, &ValuesAsked { prefix, most: 3, deadline }).unwrap()
    };
    let value = |text: &str, n_rows| FieldValue { text: text.to_owned(), n_rows };
    for field in ["stage", "funnel"] {
        let found = values(field, "", None);
        let expected = [("customer", 11_908), ("loyal_customer", 11_134), ("promoter", 528)];
        assert_eq!(found.values, expected.map(|(name, n)| value(name, Some(n))), "{field}");
        assert!(found.is_whole);
    }
    assert_eq!(values("stage", "LO", None).values, [value("loyal_customer", Some(11_134))]);
    // A known name that nobody has.
    assert_eq!(values("stage", "aw", None).values, [value("aware", Some(0))]);
    // Out of time, the values are there without counts.
    assert_eq!(values("stage", "prom", Some(Instant::now())).values, [value("promoter", None)]);
    let emails = values("email", "c0000", None);
    assert_eq!((emails.values.len(), emails.n_found), (3, 9));
    assert_eq!(emails.values[0], value("c00001@example.com", Some(1)));
    assert!(values("spent", "", None).values.is_empty());
}
