//! JSON: an array of objects, or one object a line.
//!
//! Decimals are numbers with all their digits; infinities, which JSON has no number for, the strings `inf` and `-inf`.
//! The tokens are written by hand: a tree of `serde_json` would round decimals to doubles.

use std::io::Write;

use super::value::{push_json_string, push_list, push_text};
use super::{FrameWriter, WriteError};
use crate::model::{Cell, FrameColumn};

pub(super) struct JsonWriter<W> {
    out: W,
    /// `"name":` of each column.
    keys: Vec<String>,
    in_array: bool,
    n_rows: u64,
    line: String,
}

impl<W: Write> JsonWriter<W> {
    /// One object a line.
    pub(super) fn lines(columns: &[FrameColumn], out: W) -> Result<Self, WriteError> {
        let keys = columns
            .iter()
            .map(|column| {
                let mut key = String::new();
                push_json_string(&mut key, &column.name);
                key.push(':');
                key
            })
            .collect();
        Ok(Self { out, keys, in_array: false, n_rows: 0, line: String::new() })
    }

    /// An array of objects.
    pub(super) fn array(columns: &[FrameColumn], mut out: W) -> Result<Self, WriteError> {
        out.write_all(b"[")?;
        Ok(Self { in_array: true, ..Self::lines(columns, out)? })
    }

    fn begin_row(&mut self) {
        match (self.in_array, self.n_rows) {
            (true, 0) => self.line.push('\n'),
            (true, _) => self.line.push_str(",\n"),
            (false, _) => {}
        }
        self.n_rows += 1;
    }
}

impl<W: Write> FrameWriter for JsonWriter<W> {
    fn write_row(&mut self, row: &[Cell]) -> Result<(), WriteError> {
        self.begin_row();
        self.line.push('{');
        for (i, (key, cell)) in self.keys.iter().zip(row).enumerate() {
            if i > 0 {
                self.line.push(',');
            }
            self.line.push_str(key);
            push_cell(&mut self.line, cell);
        }
        self.line.push('}');
        if !self.in_array {
            self.line.push('\n');
        }
        self.out.write_all(self.line.as_bytes())?;
        self.line.clear();
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        if self.in_array {
            self.out.write_all(if self.n_rows == 0 { b"]\n" } else { b"\n]\n" })?;
        }
        Ok(self.out.flush()?)
    }
}

fn push_cell(line: &mut String, cell: &Cell) {
    match cell {
        Cell::Null => line.push_str("null"),
        Cell::Text(text) => push_json_string(line, text),
        Cell::List(texts) => push_list(line, texts),
        Cell::Int(_) | Cell::Decimal { .. } | Cell::Bool(_) => push_text(line, cell),
        Cell::Float(value) if value.is_finite() => push_text(line, cell),
        Cell::Float(_) | Cell::Day(_) | Cell::Instant(_) => {
            line.push('"');
            push_text(line, cell);
            line.push('"');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::testing::{everything, written};
    use crate::model::{CellType, Frame};

    const ROWS: [&str; 3] = [
        r#"{"text":"say \"hi\"","int":-3,"money":25.50,"ratio":0.1,"yes":true,"day":"2026-11-20","at":"2026-11-20T09:00:00Z","a,list":["a","b"]}"#,
        r#"{"text":"","int":0,"money":-0.05,"ratio":"inf","yes":false,"day":"1969-12-31","at":"1970-01-01T00:00:00.25Z","a,list":[]}"#,
        r#"{"text":null,"int":null,"money":null,"ratio":null,"yes":null,"day":null,"at":null,"a,list":null}"#,
    ];

    #[test]
    fn values() {
        let [a, b, c] = ROWS;
        assert_eq!(written(Format::Ndjson, &everything()), format!("{a}\n{b}\n{c}\n"));
        assert_eq!(written(Format::Json, &everything()), format!("[\n{a},\n{b},\n{c}\n]\n"));
    }

    #[test]
    fn nobody() {
        let frame = Frame::new([("email", CellType::Text)]);
        assert_eq!(written(Format::Json, &frame), "[]\n");
        assert_eq!(written(Format::Ndjson, &frame), "");
    }
}
