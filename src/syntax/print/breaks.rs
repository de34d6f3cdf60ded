//! Where a printed line may be broken.

use super::Printer;

/// A place in printed text where a line may end.
#[derive(Debug, Clone, Copy)]
pub(in crate::syntax) struct Break {
    /// Which byte of the printed text.
    pub at: usize,
    /// What begins or ends there.
    pub kind: BreakKind,
    /// Where the words after it begin in the source, or the brackets before it end: comments from before belong here.
    pub source: usize,
}

/// What a [`Break`] is; each `Open` has its `Close`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::syntax) enum BreakKind {
    /// The first part of a row begins: behind a bracket, or without one.
    Open {
        /// Behind a bracket.
        brackets: bool,
    },
    /// Another part begins, with the blank before it.
    Part,
    /// The row is over: before its bracket, if it has one.
    Close {
        /// Before a bracket.
        brackets: bool,
    },
}

impl Printer {
    pub(super) fn open(&mut self, brackets: bool, source: usize) {
        self.note(BreakKind::Open { brackets }, source);
    }

    pub(super) fn next_part(&mut self, source: usize) {
        self.note(BreakKind::Part, source);
    }

    pub(super) fn close(&mut self, brackets: bool, source: usize) {
        self.note(BreakKind::Close { brackets }, source);
    }

    fn note(&mut self, kind: BreakKind, source: usize) {
        self.breaks.push(Break { at: self.out.len(), kind, source });
    }
}
