//! Sentences over a small book: optimized, as written and by the oracle, the same people.

use chrono_tz::Tz;
use segql::model::SourceId;
use segql::plan::{self as plans, FindingKind, Segments, Subject};
use segql::syntax::{self, ast::Query};

use super::parser::told;
use super::world::{World, if_known, world};
use crate::oracle;
use crate::random::filter::FilterWriter;

/// Where the days are counted.
const ZONES: [Tz; 4] = [Tz::UTC, Tz::Asia__Jakarta, Tz::America__New_York, Tz::Australia__Lord_Howe];
/// The first of nine bytes of which the others are the seed of a sentence.
const DRAWN: u8 = 0xff;

/// A zone and a text, or the seed of a sentence that must be right.
pub fn plan(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let world = world();
    if let (DRAWN, Ok(seed)) = (*first, <[u8; 8]>::try_from(rest)) {
        let mut writer = FilterWriter::new(u64::from_le_bytes(seed), &world.oracle, world.now_us);
        let text = writer.sentence();
        let is_answered = answered(world, &text, writer.clock().tz);
        assert!(is_answered, "refused, or unknown to the oracle: {text}");
        return;
    }
    let tz = ZONES[usize::from(*first) % ZONES.len()];
    answered(world, &String::from_utf8_lossy(rest), tz);
}

/// Whether a text is a sentence whose people the oracle knows.
fn answered(world: &World, text: &str, tz: Tz) -> bool {
    let Ok(query) = syntax::parse(text, SourceId::QUERY) else { return false };
    let none = Segments::default();
    world.with(&none, tz, |context| {
        let prepared = match plans::resolve(&query, text, context) {
            Ok(prepared) => prepared,
            Err(wrong) => {
                told(text, &wrong);
                return false;
            }
        };
        if !query.steps.is_empty() {
            // A sum may be too large, a sample of nobody isn't: whatever it is, it is told.
            let _ = (world.engine.count(&prepared), world.engine.answer(&prepared));
            return false;
        }
        let keys = world.keys(&prepared);
        let printed = syntax::print(&query);
        let again = syntax::parse(&printed, SourceId::QUERY).expect("what is printed is read");
        let again = plans::resolve(&again, &printed, context).expect("what is printed means something");
        assert_eq!(world.keys(&again), keys, "printed as {printed}");
        proven(world, &query, &keys, context);
        let from = query.from.as_ref().map(|it| it.text.as_str());
        let known = if_known(|| oracle::matches(&world.oracle, from, &query.filter, &world.clock(tz)));
        if let Some(known) = &known {
            assert_eq!(keys, *known, "the engine, then the oracle: {text}");
        }
        known.is_some()
    })
}

/// What `segql check` says of the whole filter is so.
fn proven(world: &World, query: &Query, keys: &[String], context: &plans::ResolveContext<'_>) {
    let subject = Subject { tag: None, from: query.from.as_ref(), filter: &query.filter };
    let checked = plans::check(&[subject], context);
    let [Ok(findings)] = &checked[..] else { panic!("refused by check alone: {checked:?}") };
    let visitors = query.from.as_ref().is_some_and(|it| it.text.eq_ignore_ascii_case("visitors"));
    let all = if visitors { &world.oracle.visitors } else { &world.oracle.contacts };
    for finding in findings {
        match finding.kind {
            FindingKind::Empty => {
                assert!(keys.is_empty(), "proven to be nobody: {keys:?}");
            }
            FindingKind::Everyone => {
                assert_eq!(keys.len(), all.len(), "proven to be everyone");
            }
            FindingKind::Never
            | FindingKind::Always
            | FindingKind::Implied
            | FindingKind::AddsNobody
            | FindingKind::Same(_)
            | FindingKind::Contained(_)
            | FindingKind::Absent
            | FindingKind::Undecided => {}
        }
    }
}
