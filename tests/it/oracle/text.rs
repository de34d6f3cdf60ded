//! Text by rule 5.3, written from the page.

use std::cmp::Ordering;

/// Unicode's simple lower-case mapping, code point by code point.
pub fn lower(text: &str) -> String {
    text.chars()
        .map(|c| {
            let mut full = c.to_lowercase();
            let first = full.next().unwrap_or(c);
            // The one code point whose full mapping is longer than its simple one.
            if full.next().is_some() { 'i' } else { first }
        })
        .collect()
}

/// An e-mail as a key.
pub fn key(email: &str) -> String {
    lower(email.trim())
}

/// A known name without what doesn't matter in it.
pub fn letters(name: &str) -> String {
    lower(name).replace([' ', '-', '_'], "")
}

/// The known name that `text` spells.
pub fn known<'a>(names: &[&'a str], text: &str) -> Option<&'a str> {
    names.iter().copied().find(|name| letters(name) == letters(text))
}

/// By code point of the lower-cased form, then of the original.
pub fn order(a: &str, b: &str) -> Ordering {
    lower(a).cmp(&lower(b)).then(a.cmp(b))
}

/// `like`: `%` is any text, `_` one code point, a backslash takes the next as it is.
pub fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|from| like(&text[from..], rest)),
        ['_', rest @ ..] => !text.is_empty() && like(&text[1..], rest),
        ['\\', c, rest @ ..] | [c, rest @ ..] => text.first() == Some(c) && like(&text[1..], rest),
    }
}
