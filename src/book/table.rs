//! [`Table`]: typed columns over rows in shards.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use crate::index::{Dictionary, FlagIndex, ListIndex, NumberIndex, TextIndex, stored};
use crate::model::{Cell, CellType, ColumnId, NO_ROW, NameSet, NumberKind, RowId, fold, key_float};

/// How the rows of a table lie in shards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Where each shard begins, and where the last one ends.
    starts: Vec<RowId>,
}

stored!(struct Layout { starts });

impl Layout {
    /// Contacts of a shard, as shipped; more would not fit the records' two bytes.
    pub const SHARD_ROWS: u32 = 1 << 16;

    /// Shards of `shard_rows` rows, the last one of what is left; no shard for no rows.
    #[must_use]
    pub fn even(n_rows: RowId, shard_rows: u32) -> Self {
        let mut starts: Vec<RowId> = (0..n_rows).step_by(shard_rows.max(1) as usize).collect();
        starts.push(n_rows);
        Self { starts }
    }

    /// Shards that end at these rows, in order.
    pub fn ending_at(ends: impl IntoIterator<Item = RowId>) -> Self {
        Self { starts: std::iter::once(0).chain(ends).collect() }
    }

    /// How many rows.
    #[must_use]
    pub fn n_rows(&self) -> RowId {
        self.starts.last().copied().unwrap_or(0)
    }

    /// How many shards.
    #[must_use]
    pub fn n_shards(&self) -> usize {
        self.starts.len() - 1
    }

    /// The rows of a shard.
    #[must_use]
    pub fn rows(&self, shard: usize) -> Range<RowId> {
        self.starts[shard]..self.starts[shard + 1]
    }

    /// How many rows a shard has.
    #[must_use]
    pub fn shard_len(&self, shard: usize) -> u32 {
        self.starts[shard + 1] - self.starts[shard]
    }

    /// Whether a layout that was read can be one: its shards lie one after the other, from row 0.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.starts.first() == Some(&0) && self.starts.is_sorted() && self.n_rows() < NO_ROW
    }

    /// A row's shard, and its place there. Cost: a binary search.
    #[must_use]
    pub fn locate(&self, row: RowId) -> (usize, u32) {
        let shard = self.starts.partition_point(|start| *start <= row) - 1;
        (shard, row - self.starts[shard])
    }
}

/// What a field's values are, and so which operators fit.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldType {
    /// Open text.
    Text,
    /// Text of a declared set of values; others may occur.
    Choice {
        /// The values declared in `book.toml`, in its order.
        declared: Vec<String>,
    },
    /// One of a few known names, as canonical text.
    Known(NameSet),
    /// One of the five stages, which are ordered; as canonical text.
    Stage,
    /// A number.
    Number(NumberKind),
    /// A calendar day; keys are days since 1970-01-01.
    Date,
    /// An instant; keys are microseconds since 1970 UTC.
    Time,
    /// Yes or no.
    Flag,
    /// A list of text.
    List,
}

stored!(enum FieldType {
    0 => Text,
    1 => Choice { declared },
    2 => Known(names),
    3 => Stage,
    4 => Number(kind),
    5 => Date,
    6 => Time,
    7 => Flag,
    8 => List,
});

impl FieldType {
    /// What it is called in messages, with its article.
    #[must_use]
    pub const fn noun(&self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Choice { .. } => "a choice",
            Self::Known(_) => "a known name",
            Self::Stage => "a stage",
            Self::Number(_) => "a number",
            Self::Date | Self::Time => "a date",
            Self::Flag => "a yes/no field",
            Self::List => "a list",
        }
    }
}

/// A column's data.
#[derive(Debug, Clone)]
pub enum Index {
    /// Missing for every row: a system field that the book lacks.
    Missing,
    /// Of [`FieldType::Number`], [`FieldType::Date`], [`FieldType::Time`].
    Number(NumberIndex),
    /// Of [`FieldType::Text`], [`FieldType::Choice`], [`FieldType::Known`], [`FieldType::Stage`].
    Text(TextIndex),
    /// Of [`FieldType::List`].
    List(ListIndex),
    /// Of [`FieldType::Flag`].
    Flag(FlagIndex),
}

impl Index {
    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        match self {
            Self::Missing => 0,
            Self::Number(index) => index.shards.iter().map(|it| it.size_bytes()).sum(),
            Self::Text(index) => {
                index.dictionary.size_bytes() + index.shards.iter().map(|it| it.size_bytes()).sum::<usize>()
            }
            Self::List(index) => {
                index.dictionary.size_bytes() + index.shards.iter().map(|it| it.size_bytes()).sum::<usize>()
            }
            Self::Flag(index) => index.shards.iter().map(|it| it.size_bytes()).sum(),
        }
    }
}

/// Where a column comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnSource {
    /// Named in `book.md`.
    System,
    /// Any other column of the file.
    Custom,
    /// Made while loading: `email.domain`.
    Derived,
}

stored!(enum ColumnSource { 0 => System, 1 => Custom, 2 => Derived });

/// A typed column.
#[derive(Debug, Clone)]
pub struct Column {
    /// The tag; unique in its table without case.
    pub tag: String,
    /// The display name, if `book.toml` gives one.
    pub display: Option<String>,
    /// Other names of it: `label` of `labels`, `registered_at` of a registration's `at`.
    pub aliases: Vec<Cow<'static, str>>,
    /// What its values are.
    pub field_type: FieldType,
    /// System, custom or derived.
    pub source: ColumnSource,
    /// The values.
    pub index: Index,
}

impl Column {
    /// The cell type that [`Table::cell`] answers with.
    #[must_use]
    pub fn cell_type(&self) -> CellType {
        match &self.field_type {
            FieldType::Text | FieldType::Choice { .. } | FieldType::Known(_) | FieldType::Stage => CellType::Text,
            FieldType::Number(NumberKind::Int) => CellType::Int,
            FieldType::Number(NumberKind::Decimal { scale }) => CellType::Decimal(*scale),
            FieldType::Number(NumberKind::Float) => CellType::Float,
            FieldType::Date => CellType::Day,
            FieldType::Time => CellType::Instant,
            FieldType::Flag => CellType::Bool,
            FieldType::List => CellType::List,
        }
    }
}

/// Typed columns over the same rows.
#[derive(Debug, Clone)]
pub struct Table {
    /// How the rows lie in shards.
    pub layout: Layout,
    /// The columns. The first column of contacts and visitors is the key, whose codes are its rows.
    pub columns: Vec<Column>,
}

impl Table {
    /// The column of a tag, alias or display name, in any case; a tag goes before a display name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ColumnId> {
        let name = fold(name);
        let by = |is: &dyn Fn(&Column) -> bool| self.columns.iter().position(is);
        by(&|it| fold(&it.tag) == name || it.aliases.contains(&name))
            .or_else(|| by(&|it| it.display.as_ref().is_some_and(|display| fold(display) == name)))
    }

    /// One cell. Cost: a binary search for the shard, and a copy of the value.
    #[must_use]
    pub fn cell(&self, column: ColumnId, row: RowId) -> Cell {
        let mut cell = Cell::Null;
        self.read_cell(column, row, &mut cell);
        cell
    }

    /// Puts one cell in place of another: of many that are read one after the other, texts need room once.
    pub fn read_cell(&self, column: ColumnId, row: RowId, cell: &mut Cell) {
        let (shard, row) = self.layout.locate(row);
        let column = &self.columns[column];
        *cell = match &column.index {
            Index::Missing => Cell::Null,
            Index::Number(index) => {
                index.shards[shard].get(row).map_or(Cell::Null, |key| number_cell(&column.field_type, key))
            }
            Index::Text(index) => index.shards[shard].get(row).map_or(Cell::Null, |code| {
                let mut text = cell.take_text();
                index.dictionary.push_text(code, &mut text);
                Cell::Text(text)
            }),
            Index::List(index) => index.shards[shard].get(row).map_or(Cell::Null, |codes| {
                Cell::List(codes.map(|code| index.dictionary.text(code).into_owned()).collect())
            }),
            Index::Flag(index) => index.shards[shard].get(row).map_or(Cell::Null, Cell::Bool),
        };
    }

    /// The dictionary of the key column of contacts or visitors, whose codes are the rows.
    #[must_use]
    pub fn keys(&self) -> Option<&Dictionary> {
        match &self.columns.first()?.index {
            Index::Text(index) => Some(&index.dictionary),
            Index::Missing | Index::Number(_) | Index::List(_) | Index::Flag(_) => None,
        }
    }

    /// The key of a row of contacts or visitors. Cost: that of a copy, as a rule.
    #[must_use]
    pub fn key(&self, row: RowId) -> Cow<'_, str> {
        self.keys().map_or(Cow::Borrowed(""), |keys| keys.text(row))
    }

    /// The order of the keys of two rows of contacts or visitors, by code point.
    #[must_use]
    pub fn key_cmp(&self, a: RowId, b: RowId) -> Ordering {
        self.keys().map_or(Ordering::Equal, |keys| keys.text_cmp(a, b))
    }
}

/// A number column's key as a cell.
#[must_use]
pub fn number_cell(field_type: &FieldType, key: i64) -> Cell {
    match field_type {
        FieldType::Number(NumberKind::Decimal { scale }) => Cell::Decimal { value: i128::from(key), scale: *scale },
        FieldType::Number(NumberKind::Float) => Cell::Float(key_float(key)),
        FieldType::Date => Cell::Day(key as i32),
        FieldType::Time => Cell::Instant(key),
        FieldType::Number(NumberKind::Int)
        | FieldType::Text
        | FieldType::Choice { .. }
        | FieldType::Known(_)
        | FieldType::Stage
        | FieldType::Flag
        | FieldType::List => Cell::Int(key),
    }
}
