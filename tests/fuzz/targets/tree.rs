//! Rule trees: any JSON becomes a filter or has a message; a filter becomes a tree that comes back as it was.

use segql::model::SourceId;
use segql::syntax::{self, tree as rules};

use super::parser::{settled, told};

/// A text as JSON, and as a sentence.
pub fn tree(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match rules::from_json(&text, SourceId::QUERY) {
        Ok(sentence) => and_back(&sentence),
        Err(wrong) => told(&text, &wrong),
    }
    if syntax::parse(&text, SourceId::QUERY).is_ok() {
        and_back(&text);
    }
}

/// The tree of a sentence comes back as a sentence with the same tree.
fn and_back(sentence: &str) {
    let query = syntax::parse(sentence, SourceId::QUERY).unwrap_or_else(|it| panic!("{sentence}\n{it:?}"));
    settled(&query);
    let json = match rules::to_json(&query) {
        Ok(json) => json,
        // Steps and visitors have no tree.
        Err(wrong) => return assert!(!wrong.is_empty(), "refused without a word"),
    };
    let back = rules::from_json(&json, SourceId::QUERY).unwrap_or_else(|it| panic!("{json}\n{it:?}"));
    let again = syntax::parse(&back, SourceId::QUERY).unwrap_or_else(|it| panic!("{back}\n{it:?}"));
    assert_eq!(rules::to_json(&again).as_ref(), Ok(&json), "{back}");
}
