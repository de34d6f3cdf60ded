//! The two barest formats: keys one a line, and a number alone.

use std::io::Write;

use super::value::push_text;
use super::{FrameWriter, WriteError};
use crate::model::{Cell, FrameColumn};

/// The first column, one value a line.
pub(super) struct IdsWriter<W> {
    out: W,
    line: String,
}

impl<W: Write> IdsWriter<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, line: String::new() }
    }
}

impl<W: Write> FrameWriter for IdsWriter<W> {
    fn write_row(&mut self, row: &[Cell]) -> Result<(), WriteError> {
        let Some(cell) = row.first() else { return Ok(()) };
        push_text(&mut self.line, cell);
        self.line.push('\n');
        self.out.write_all(self.line.as_bytes())?;
        self.line.clear();
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        Ok(self.out.flush()?)
    }
}

/// The number that the `count` step's row begins with; of any other answer how many rows it has.
pub(super) struct CountWriter<W> {
    out: W,
    is_count: bool,
    n_rows: i64,
}

impl<W: Write> CountWriter<W> {
    pub(super) fn new(columns: &[FrameColumn], out: W) -> Self {
        Self { out, is_count: columns.first().is_some_and(|it| it.name == "count"), n_rows: 0 }
    }
}

impl<W: Write> FrameWriter for CountWriter<W> {
    fn write_row(&mut self, row: &[Cell]) -> Result<(), WriteError> {
        match row.first() {
            Some(Cell::Int(n)) if self.is_count => self.n_rows = *n,
            Some(_) | None => self.n_rows += i64::from(!self.is_count),
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        writeln!(self.out, "{}", self.n_rows)?;
        Ok(self.out.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::testing::written;
    use crate::model::{Cell, CellType, Frame};

    #[test]
    fn ids_and_counts() {
        let text = |it: &str| Cell::Text(it.to_owned());
        let mut people = Frame::new([("email", CellType::Text), ("age", CellType::Int)]);
        people.rows = vec![vec![text("a@x.test"), Cell::Int(3)], vec![text("b@x.test"), Cell::Null]];
        assert_eq!(written(Format::Ids, &people), "a@x.test\nb@x.test\n");
        assert_eq!(written(Format::Count, &people), "2\n");
        let mut count = Frame::new([("count", CellType::Int), ("mailable", CellType::Int)]);
        count.rows = vec![vec![Cell::Int(41), Cell::Int(7)]];
        assert_eq!(written(Format::Count, &count), "41\n");
    }
}
