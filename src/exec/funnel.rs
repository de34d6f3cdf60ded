//! What an operator sees of a contact's journey: the stage, or `lost`.

use crate::book::{Book, Index};
use crate::index::{FlagIndex, TextIndex};
use crate::model::{Cell, RowId, STAGES};

/// The position of `lost` in the order of what is shown: after the stages.
pub(super) const LOST: usize = STAGES.len();

/// The columns that tell where contacts are.
pub(super) struct Funnel<'a> {
    stage: Option<&'a TextIndex>,
    /// By code: the stage's position.
    positions: Vec<Option<usize>>,
    lost: Option<&'a FlagIndex>,
}

impl<'a> Funnel<'a> {
    pub(super) fn of(book: &'a Book) -> Self {
        let index = |name| book.contacts.find(name).map(|column| &book.contacts.columns[column].index);
        let stage = match index("stage") {
            Some(Index::Text(index)) => Some(index),
            Some(Index::Missing | Index::Number(_) | Index::List(_) | Index::Flag(_)) | None => None,
        };
        let lost = match index("lost") {
            Some(Index::Flag(index)) => Some(index),
            Some(Index::Missing | Index::Number(_) | Index::Text(_) | Index::List(_)) | None => None,
        };
        Self { stage, positions: stage.map(stage_positions).unwrap_or_default(), lost }
    }

    /// The position of the last stage reached, lost or not.
    pub(super) fn stage(&self, shard: usize, row: u32) -> Option<usize> {
        self.positions[self.stage?.shards[shard].get(row)? as usize]
    }

    pub(super) fn is_lost(&self, shard: usize, row: u32) -> bool {
        self.lost.is_some_and(|lost| lost.shards[shard].get(row) == Some(true))
    }

    /// The position of the stage of those who aren't lost, [`LOST`] of the others.
    pub(super) fn position(&self, shard: usize, row: u32) -> Option<usize> {
        if self.is_lost(shard, row) { Some(LOST) } else { self.stage(shard, row) }
    }
}

/// What stands at a position.
pub(super) fn name(position: usize) -> &'static str {
    STAGES.get(position).copied().unwrap_or("lost")
}

/// By code of a column of stages: the stage's position in their order.
pub(super) fn stage_positions(index: &TextIndex) -> Vec<Option<usize>> {
    let text = |code| index.dictionary.text(code);
    (0..index.dictionary.len() as u32).map(|code| STAGES.iter().position(|stage| *stage == text(code))).collect()
}

/// The cell of one contact.
pub(super) fn cell(book: &Book, row: RowId) -> Cell {
    let (shard, row) = book.contacts.layout.locate(row);
    Funnel::of(book).position(shard, row).map_or(Cell::Null, |position| Cell::Text(name(position).to_owned()))
}
