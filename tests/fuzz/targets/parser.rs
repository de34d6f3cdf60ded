//! Any text is read or has a message; what is read is printed, and read again as the same.

use segql::model::{Diagnostic, SourceId};
use segql::syntax::{self, ast::Query};

/// A text as sentence, as file, and while it is being written.
pub fn parser(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let parsed = syntax::parse(&text, SourceId::QUERY);
    match &parsed {
        Ok(query) => {
            settled(query);
        }
        Err(wrong) => told(&text, wrong),
    }
    match syntax::format(&text, SourceId::QUERY) {
        Ok(formatted) => {
            let again = syntax::format(&formatted, SourceId::QUERY);
            assert_eq!(again.as_ref(), Ok(&formatted), "formatting isn't settled");
            // A lone sentence says the same as before.
            if let (Ok(query), Ok(again)) = (&parsed, syntax::parse(&formatted, SourceId::QUERY)) {
                assert_eq!(syntax::print(&again), syntax::print(query), "formatted to another sentence");
            }
        }
        Err(wrong) => {
            assert!(parsed.is_err(), "read, but not formatted: {wrong:?}");
            told(&text, &wrong);
        }
    }
    cut(&text);
}

/// A sentence that was read is printed, and the printed form is read as the same.
pub fn settled(query: &Query) -> String {
    let printed = syntax::print(query);
    match syntax::parse(&printed, SourceId::QUERY) {
        Ok(again) => assert_eq!(syntax::print(&again), printed, "printing isn't settled"),
        Err(wrong) => panic!("printed as {printed}, which isn't read: {wrong:?}"),
    }
    printed
}

/// There is a message, each has words and a place in the text, and none can move a terminal's cursor.
pub fn told(text: &str, wrong: &[Diagnostic]) {
    assert!(!wrong.is_empty(), "refused without a word");
    for diagnostic in wrong {
        let words = || std::iter::once(&diagnostic.message).chain(&diagnostic.help);
        assert!(words().all(|it| !it.is_empty()), "an empty message: {diagnostic:?}");
        assert!(!words().any(|it| it.contains(char::is_control)), "a control character in a message: {diagnostic:?}");
        if let Some(span) = diagnostic.span {
            assert!(span.start <= span.end && text.get(span.start..span.end).is_some(), "no place: {diagnostic:?}");
        }
    }
}

/// Tokens fill the text without gaps; sentences and colours lie in it, in order.
fn cut(text: &str) {
    let mut at = 0;
    for token in syntax::tokens(text) {
        assert!(token.start == at && token.end > at && text.is_char_boundary(token.end), "{token:?} at {at}");
        at = token.end;
    }
    assert_eq!(at, text.len(), "tokens end before the text");
    let in_order = |all: &mut dyn Iterator<Item = std::ops::Range<usize>>| {
        let mut before = 0;
        for range in all {
            assert!(before <= range.start && text.get(range.clone()).is_some(), "{range:?} after {before}");
            before = range.end;
        }
    };
    in_order(&mut syntax::statements(text).into_iter());
    in_order(&mut syntax::paint(text).into_iter().map(|it| it.0));
    // Neither may fail.
    let _ = (syntax::is_complete(text), syntax::is_blank(text));
}
