//! CSV as in RFC 4180, rows ending with LF.
//!
//! Missing is an empty cell, the empty text `""`. A writer that quotes by content alone, as that of the `csv` crate,
//! can't tell the two apart, hence our own. One exception: where a row has a single cell, missing is `""` as well, since a blank line is
//! no row to most readers.

use std::io::Write;

use super::value::push_text;
use super::{FrameWriter, WriteError};
use crate::model::{Cell, FrameColumn};

pub(super) struct CsvWriter<W> {
    out: W,
    encoder: Encoder,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the header at once. A text that a spreadsheet would run as a formula is told to be text if `defuse`.
    pub(super) fn new(columns: &[FrameColumn], out: W, defuse: bool) -> Result<Self, WriteError> {
        let mut writer = Self { out, encoder: Encoder { defuse, ..Encoder::default() } };
        let header = columns.iter().map(|it| Cell::Text(it.name.clone()));
        writer.out.write_all(writer.encoder.line(&header.collect::<Vec<_>>()).as_bytes())?;
        Ok(writer)
    }
}

/// Bytes of a row as CSV, with its line end.
#[must_use]
pub fn csv_row_bytes(row: &[Cell], defuse: bool) -> u64 {
    Encoder { defuse, ..Encoder::default() }.line(row).len() as u64
}

/// Rows to lines.
#[derive(Default)]
struct Encoder {
    defuse: bool,
    line: String,
    field: String,
}

impl Encoder {
    fn line(&mut self, row: &[Cell]) -> &str {
        self.line.clear();
        for (i, cell) in row.iter().enumerate() {
            if i > 0 {
                self.line.push(',');
            }
            match cell {
                Cell::Null if row.len() == 1 => self.line.push_str("\"\""),
                Cell::Null => {}
                Cell::Text(text) => push_field(&mut self.line, text, self.defuse),
                Cell::List(_) => {
                    self.field.clear();
                    push_text(&mut self.field, cell);
                    push_field(&mut self.line, &self.field, self.defuse);
                }
                Cell::Int(_)
                | Cell::Decimal { .. }
                | Cell::Float(_)
                | Cell::Bool(_)
                | Cell::Day(_)
                | Cell::Instant(_) => push_text(&mut self.line, cell),
            }
        }
        self.line.push('\n');
        &self.line
    }
}

impl<W: Write> FrameWriter for CsvWriter<W> {
    fn write_row(&mut self, row: &[Cell]) -> Result<(), WriteError> {
        Ok(self.out.write_all(self.encoder.line(row).as_bytes())?)
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        Ok(self.out.flush()?)
    }
}

/// Whether a spreadsheet takes the text for a formula, blanks before it or not.
fn is_formula(text: &str) -> bool {
    let first = text.trim_start_matches(' ').chars().next();
    first.is_some_and(|it| {
        matches!(it, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
    })
}

fn push_field(line: &mut String, text: &str, defuse: bool) {
    let is_defused = defuse && is_formula(text);
    if !is_defused && !text.is_empty() && !text.bytes().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r')) {
        return line.push_str(text);
    }
    line.push('"');
    if is_defused {
        line.push('\'');
    }
    for (i, part) in text.split('"').enumerate() {
        if i > 0 {
            line.push_str("\"\"");
        }
        line.push_str(part);
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::testing::{everything, written};
    use super::super::{Format, WriteError, writer};
    use super::{Encoder, csv_row_bytes};
    use crate::model::{Cell, CellType, Frame};

    #[test]
    fn values() {
        assert_eq!(
            written(Format::Csv, &everything()),
            "text,int,money,ratio,yes,day,at,\"a,list\"\n\
             \"say \"\"hi\"\"\",-3,25.50,0.1,true,2026-11-20,2026-11-20T09:00:00Z,\"[\"\"a\"\",\"\"b\"\"]\"\n\
             \"\",0,-0.05,inf,false,1969-12-31,1970-01-01T00:00:00.25Z,[]\n\
             ,,,,,,,\n"
        );
    }

    #[test]
    fn formulas_are_defused_where_asked() {
        let text = |it: &str| Cell::Text(it.to_owned());
        let line = |cell: Cell, defuse| Encoder { defuse, ..Encoder::default() }.line(&[cell, Cell::Null]).to_owned();
        for formula in ["=1+1", "+1", "-1", "@a", "\tx", " =x", "\u{ff1d}1"] {
            assert_eq!(line(text(formula), true), format!("\"'{formula}\",\n"));
            assert_eq!(line(text(formula), false), format!("{formula},\n"));
        }
        assert_eq!(line(text("=\"a\""), true), "\"'=\"\"a\"\"\",\n");
        assert_eq!(line(text("a=1"), true), "a=1,\n");
        assert_eq!(line(text(""), true), "\"\",\n");
        assert_eq!(line(Cell::Int(-3), true), "-3,\n");
        assert_eq!(csv_row_bytes(&[Cell::Int(-3), Cell::Null], true), 4);
    }

    #[test]
    fn a_single_missing_cell_is_no_blank_line() {
        let mut frame = Frame::new([("city", CellType::Text)]);
        frame.rows = vec![vec![Cell::Null], vec![Cell::Text("a\nb".to_owned())]];
        assert_eq!(written(Format::Csv, &frame), "city\n\"\"\n\"a\nb\"\n");
    }

    #[test]
    fn a_closed_pipe_is_told_apart() {
        struct Closed;
        impl std::io::Write for Closed {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        for format in Format::ALL.into_iter().filter(|it| *it != Format::Table) {
            let frame = everything();
            let result = writer(format, &frame.columns, Box::new(Closed), &[]).and_then(|mut writer| {
                writer.write(&frame)?;
                writer.finish()
            });
            assert!(matches!(result, Err(WriteError::ClosedPipe)), "{format}");
        }
    }
}
