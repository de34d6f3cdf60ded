//! [`Arena`]: texts that stand one after the other.

use super::Spans;
use super::long_text::LongText;
use super::stored::stored;

/// Texts that stand one after the other, counted from 0.
#[derive(Debug, Clone, Default)]
pub(super) struct Arena {
    bytes: LongText,
    spans: Spans,
}

stored!(struct Arena { bytes, spans });

impl Arena {
    pub(super) fn reserve(&mut self, n_texts: usize, n_bytes: usize) {
        self.spans.reserve(n_texts);
        self.bytes.to_mut().reserve(n_bytes);
    }

    pub(super) fn push(&mut self, text: &str) {
        self.bytes.to_mut().push_str(text);
        self.spans.push(text.len());
    }

    /// Appends all texts of another.
    pub(super) fn append(&mut self, other: &Self) {
        self.bytes.to_mut().push_str(&other.bytes);
        other.spans.each(0..other.len(), |_, _, len| self.spans.push(len));
    }

    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    pub(super) fn get(&self, at: usize) -> &str {
        &self.bytes[self.spans.span(at)]
    }

    /// All texts, one after the other.
    pub(super) fn bytes(&self) -> &str {
        &self.bytes
    }

    /// Where each lies.
    pub(super) fn spans(&self) -> &Spans {
        &self.spans
    }

    /// Calls `op` with each text in turn.
    pub(super) fn each(&self, mut op: impl FnMut(&str)) {
        self.spans.each(0..self.len(), |_, start, len| op(&self.bytes[start..start + len]));
    }

    /// Lower-cases ASCII letters, which moves no text.
    pub(super) fn make_ascii_lowercase(&mut self) {
        self.bytes.to_mut().make_ascii_lowercase();
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.bytes.to_mut().shrink_to_fit();
        self.spans.shrink_to_fit();
    }

    /// Whether an arena that was read can be one: each text lies after the one before, between two characters.
    pub(super) fn is_sound(&self) -> bool {
        if !self.spans.is_sound(self.bytes.len()) {
            return false;
        }
        let mut are_texts = true;
        if !self.bytes.is_ascii() {
            self.spans.each(0..self.len(), |_, start, _| are_texts &= self.bytes.is_char_boundary(start));
        }
        are_texts
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.bytes.size_bytes() + self.spans.size_bytes()
    }
}
