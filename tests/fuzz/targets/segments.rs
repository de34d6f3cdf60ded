//! Files of definitions: each is read or has a message, is printed and read again as the same, and means the same people
//! however it is run.

use std::path::PathBuf;

use chrono_tz::Tz;
use segql::model::SourceId;
use segql::plan::{self as plans, SegmentFile, Segments, Subject};
use segql::syntax::{self, ast::Query};

use super::parser::told;
use super::world::world;

/// More definitions than these aren't run.
const MOST_RUN: usize = 16;

/// A text as a `.seg` file of a small book.
pub fn segments(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    for definition in syntax::parse_definitions(&text, SourceId(1)) {
        match definition {
            Ok(definition) => {
                let printed = syntax::print_definition(&definition);
                let again = syntax::parse_definitions(&printed, SourceId(1));
                let [Ok(again)] = &again[..] else { panic!("printed as {printed}, which isn't read: {again:?}") };
                assert_eq!(syntax::print_definition(again), printed, "printing isn't settled");
            }
            Err(broken) => told(&text, &broken.diagnostics),
        }
    }
    match syntax::format(&text, SourceId::QUERY) {
        Ok(formatted) => {
            let again = syntax::format(&formatted, SourceId::QUERY);
            assert_eq!(again.as_ref(), Ok(&formatted), "formatting isn't settled");
        }
        Err(wrong) => told(&text, &wrong),
    }
    run(text);
}

fn run(text: String) {
    let world = world();
    let segments = Segments::new(vec![SegmentFile { path: PathBuf::from("all.seg"), text }]);
    world.with(&segments, Tz::Asia__Jakarta, |context| {
        let definitions: Vec<_> = segments.iter().filter_map(|it| it.definition).take(MOST_RUN).collect();
        for definition in &definitions {
            let (from, filter) = (definition.from.clone(), definition.filter.clone());
            let query = Query { from, filter, steps: Vec::new(), span: definition.span };
            if let Ok(prepared) = plans::resolve(&query, "", context) {
                world.keys(&prepared);
            }
        }
        let subjects: Vec<Subject<'_>> = definitions
            .iter()
            .map(|it| Subject { tag: Some(&it.tag), from: it.from.as_ref(), filter: &it.filter })
            .collect();
        assert_eq!(plans::check(&subjects, context).len(), subjects.len());
    });
}
