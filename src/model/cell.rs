//! Cells and frames: what an answer is made of, before it is written in any format.

/// One value of an answer. Missing is `Null`, in every column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Missing.
    Null,
    /// A text, as it stands in the book.
    Text(String),
    /// A whole number.
    Int(i64),
    /// `value / 10^scale`, exactly.
    Decimal {
        /// The digits.
        value: i128,
        /// Digits after the point.
        scale: u8,
    },
    /// A double.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// Days since 1970-01-01.
    Day(i32),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Instant(i64),
    /// A list of texts, in the file's order.
    List(Vec<String>),
}

impl Cell {
    /// An empty text, with the room of the one that stood here; leaves it missing.
    pub fn take_text(&mut self) -> String {
        if let Self::Text(mut text) = std::mem::replace(self, Self::Null) {
            text.clear();
            return text;
        }
        String::new()
    }
}

/// What the cells of a column are, but for missing ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellType {
    /// [`Cell::Text`].
    Text,
    /// [`Cell::Int`].
    Int,
    /// [`Cell::Decimal`] of this scale.
    Decimal(u8),
    /// [`Cell::Float`].
    Float,
    /// [`Cell::Bool`].
    Bool,
    /// [`Cell::Day`].
    Day,
    /// [`Cell::Instant`].
    Instant,
    /// [`Cell::List`].
    List,
}

/// A column's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameColumn {
    /// The header: a field tag as a rule.
    pub name: String,
    /// The type of its cells.
    pub kind: CellType,
}

/// Rows of an answer, or a part of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frame {
    /// One header a column.
    pub columns: Vec<FrameColumn>,
    /// Each row has one cell a column.
    pub rows: Vec<Vec<Cell>>,
}

impl Frame {
    /// An empty frame with these columns.
    pub fn new(columns: impl IntoIterator<Item = (impl Into<String>, CellType)>) -> Self {
        Self {
            columns: columns.into_iter().map(|(name, kind)| FrameColumn { name: name.into(), kind }).collect(),
            rows: Vec::new(),
        }
    }
}
