//! Lower-casing by Unicode's *simple* mapping, code point by code point, without context.
//!
//! `Σ` → `σ` everywhere, `İ` → `i`, `ß` stays. The standard library's full mapping differs for
//! `İ` alone (which it maps to two code points) and for the final sigma, which has context.

use std::borrow::Cow;
use std::cmp::Ordering;

/// One code point's simple lower-case form.
#[must_use]
pub fn fold_char(c: char) -> char {
    if c == 'İ' {
        return 'i';
    }
    // Every other code point's full lower-case mapping is a single code point.
    c.to_lowercase().next().unwrap_or(c)
}

/// The lower-case form of a text; borrowed if that changes nothing.
#[must_use]
pub fn fold(text: &str) -> Cow<'_, str> {
    // Without an early end, so that it is done many bytes at a time; most texts are short and plain.
    if text.bytes().fold(true, |plain, b| plain & b.is_ascii() & !b.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    if text.is_ascii() {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    if text.chars().all(|c| fold_char(c) == c) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(fold_char).collect())
}

/// The order of text: by code point of the lower-cased form, then of the original.
#[must_use]
pub fn folded_cmp(a: &str, b: &str) -> Ordering {
    a.chars().map(fold_char).cmp(b.chars().map(fold_char)).then_with(|| a.cmp(b))
}
