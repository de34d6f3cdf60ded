//! CSV as in RFC 4180, rows ending with LF.
//!
//! Missing is an empty cell, the empty text `""`. A writer that quotes by content alone, as that of the `csv` crate,
//! can't tell the two apart, hence our own. One exception: where a row has a single cell, missing is `""` as well, since a blank line is
//! no row to most readers.

use std::io::Write;

use super::value::push_text;
use super::{FrameWriter, WriteError};
use crate::model::{Cell, Frame, FrameColumn};

pub(super) struct CsvWriter<W> {
    out: W,
    line: String,
    field: String,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the header at once.
    pub(super) fn new(columns: &[FrameColumn], out: W) -> Result<Self, WriteError> {
        let mut writer = Self { out, line: String::new(), field: String::new() };
        for (i, column) in columns.iter().enumerate() {
            if i > 0 {
                writer.line.push(',');
            }
            push_field(&mut writer.line, &column.name);
        }
        writer.end_line()?;
        Ok(writer)
    }

    fn end_line(&mut self) -> Result<(), WriteError> {
        self.line.push('\n');
        self.out.write_all(self.line.as_bytes())?;
        self.line.clear();
        Ok(())
    }
}

impl<W: Write> FrameWriter for CsvWriter<W> {
    fn write(&mut self, frame: &Frame) -> Result<(), WriteError> {
        for row in &frame.rows {
            for (i, cell) in row.iter().enumerate() {
                if i > 0 {
                    self.line.push(',');
                }
                match cell {
                    Cell::Null if row.len() == 1 => self.line.push_str("\"\""),
                    Cell::Null => {}
                    Cell::Text(text) => push_field(&mut self.line, text),
                    Cell::List(_) => {
                        self.field.clear();
                        push_text(&mut self.field, cell);
                        push_field(&mut self.line, &self.field);
                    }
                    Cell::Int(_)
                    | Cell::Decimal { .. }
                    | Cell::Float(_)
                    | Cell::Bool(_)
                    | Cell::Day(_)
                    | Cell::Instant(_) => push_text(&mut self.line, cell),
                }
            }
            self.end_line()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        Ok(self.out.flush()?)
    }
}

fn push_field(line: &mut String, text: &str) {
    if !text.is_empty() && !text.bytes().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r')) {
        return line.push_str(text);
    }
    line.push('"');
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
