//! Several sentences in one text, each ended by `;`.

use crate::syntax;

/// The sentences of a text without their `;`, empty ones left out.
pub(super) fn statements(text: &str) -> impl Iterator<Item = &str> {
    syntax::statements(text).into_iter().map(|range| text[range].trim()).filter(|it| !syntax::is_blank(it))
}
