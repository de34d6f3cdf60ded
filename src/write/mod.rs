//! Floor 3: answers become bytes.
//!
//! [`writer`] gives a [`FrameWriter`] for a [`Format`]; frames are poured into it in portions, so that an answer
//! of any size passes through little memory. [`AtomicFile`] is a file that is there whole or not at all, [`ContentFile`] one named after
//! what it holds, [`OutDir`] the folder of a batch of those.
//! [`generate`] writes made-up books for tests and benches.
//!
//! Invariant: the bytes depend on the rows and the metadata alone, not on how the rows were portioned.
//! Invariant: errors never hold a value of the answer.
//!
//! What is absent: tables for a terminal, which the cli draws of [`text_of`] cells.

mod atomic;
mod bitmap;
mod columns;
mod content_file;
mod csv;
mod error;
mod format;
mod generate;
mod json;
mod lines;
mod out_dir;
mod packed;
mod value;

use std::io::{BufWriter, Write};

pub use atomic::AtomicFile;
pub use bitmap::BitmapFormat;
pub use content_file::{Content, ContentFile};
pub use csv::csv_row_bytes;
pub use error::WriteError;
pub use format::{Format, FormatError};
pub use generate::{GenerateOptions, Progress, generate};
pub use out_dir::{OutDir, part_name, path_within, safe_name};
pub use value::{push_text, text_of};

use crate::model::{Cell, Frame, FrameColumn};
use out_dir::TEMPORARY;

/// Takes an answer row by row.
pub trait FrameWriter {
    /// Writes a row of the columns which the writer was made for.
    fn write_row(&mut self, row: &[Cell]) -> Result<(), WriteError>;

    /// Writes the rows of a frame that has these columns.
    fn write(&mut self, frame: &Frame) -> Result<(), WriteError> {
        frame.rows.iter().try_for_each(|row| self.write_row(row))
    }

    /// Writes what is left and flushes. Without it the output is incomplete.
    fn finish(self: Box<Self>) -> Result<(), WriteError>;
}

/// A writer of `format` into `out`; `metadata` goes into the formats that have room for it, Parquet and Arrow.
///
/// [`Format::Table`] has no writer.
pub fn writer(
    format: Format,
    columns: &[FrameColumn],
    out: Box<dyn Write + Send>,
    metadata: &[(String, String)],
) -> Result<Box<dyn FrameWriter>, WriteError> {
    Ok(match format {
        Format::Table => return Err(WriteError::NoWriter(format)),
        Format::Csv => Box::new(csv::CsvWriter::new(columns, BufWriter::new(out), false)?),
        Format::Ndjson => Box::new(json::JsonWriter::lines(columns, BufWriter::new(out))?),
        Format::Json => Box::new(json::JsonWriter::array(columns, BufWriter::new(out))?),
        Format::Count => Box::new(lines::CountWriter::new(columns, out)),
        Format::Ids => Box::new(lines::IdsWriter::new(BufWriter::new(out))),
        Format::Parquet => Box::new(packed::ParquetWriter::new(columns, out, metadata)?),
        Format::Arrow => Box::new(packed::ArrowWriter::new(columns, BufWriter::new(out), metadata)?),
    })
}

/// A writer of CSV for a spreadsheet: a text that it would run as a formula gets a `'` before it.
pub fn spreadsheet_writer(
    columns: &[FrameColumn],
    out: Box<dyn Write + Send>,
) -> Result<Box<dyn FrameWriter>, WriteError> {
    Ok(Box::new(csv::CsvWriter::new(columns, BufWriter::new(out), true)?))
}

#[cfg(test)]
mod testing {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::{Format, writer};
    use crate::model::{Cell, CellType, Frame};

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// The bytes of a frame that is written in portions of `portion` rows.
    pub(super) fn bytes(format: Format, frame: &Frame, portion: usize) -> Vec<u8> {
        let out = Shared::default();
        let metadata = [("segment".to_owned(), "vip".to_owned())];
        let mut writer = writer(format, &frame.columns, Box::new(out.clone()), &metadata).unwrap();
        for rows in frame.rows.chunks(portion) {
            writer.write(&Frame { columns: frame.columns.clone(), rows: rows.to_vec() }).unwrap();
        }
        writer.finish().unwrap();
        out.0.lock().unwrap().clone()
    }

    pub(super) fn written(format: Format, frame: &Frame) -> String {
        String::from_utf8(bytes(format, frame, 2)).unwrap()
    }

    /// Every type: a usual value, an odd one, none.
    pub(super) fn everything() -> Frame {
        let mut frame = Frame::new([
            ("text", CellType::Text),
            ("int", CellType::Int),
            ("money", CellType::Decimal(2)),
            ("ratio", CellType::Float),
            ("yes", CellType::Bool),
            ("day", CellType::Day),
            ("at", CellType::Instant),
            ("a,list", CellType::List),
        ]);
        let money = |value| Cell::Decimal { value, scale: 2 };
        frame.rows = vec![
            vec![
                Cell::Text("say \"hi\"".to_owned()),
                Cell::Int(-3),
                money(2550),
                Cell::Float(0.1),
                Cell::Bool(true),
                Cell::Day(20_777),
                Cell::Instant(1_795_165_200_000_000),
                Cell::List(vec!["a".to_owned(), "b".to_owned()]),
            ],
            vec![
                Cell::Text(String::new()),
                Cell::Int(0),
                money(-5),
                Cell::Float(f64::INFINITY),
                Cell::Bool(false),
                Cell::Day(-1),
                Cell::Instant(250_000),
                Cell::List(Vec::new()),
            ],
            vec![Cell::Null; 8],
        ];
        frame
    }
}
