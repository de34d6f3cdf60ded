//! Parquet and Arrow files.
//!
//! Parquet: zstd, row groups of [`ROW_GROUP_ROWS`], the caller's metadata as key-value pairs. Arrow: the IPC file format,
//! uncompressed, the metadata with the schema.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::ipc::writer::FileWriter;
use parquet::arrow::arrow_writer;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::columns::Columns;
use super::{FrameWriter, WriteError};
use crate::model::{Cell, FrameColumn};

/// Rows of a row group: what is held in memory, encoded, before it goes out.
const ROW_GROUP_ROWS: usize = 1 << 17;

/// Who wrote the file, in its footer.
pub(super) const CREATED_BY: &str = concat!("segql version ", env!("CARGO_PKG_VERSION"));

pub(super) struct ParquetWriter<W: Write + Send> {
    columns: Columns,
    file: arrow_writer::ArrowWriter<W>,
}

impl<W: Write + Send> ParquetWriter<W> {
    pub(super) fn new(columns: &[FrameColumn], out: W, metadata: &[(String, String)]) -> Result<Self, WriteError> {
        let pairs = metadata.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
        let mut properties = WriterProperties::builder()
            .set_created_by(CREATED_BY.to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_key_value_metadata(Some(pairs));
        if let Some(key) = columns.first() {
            // Keys don't repeat: a dictionary of them is begun, and given up, in vain.
            properties = properties.set_column_dictionary_enabled(ColumnPath::new(vec![key.name.clone()]), false);
        }
        let properties = properties.build();
        // The pairs stand in the footer once; the embedded Arrow schema must not repeat them.
        let columns = Columns::new(columns, &[]);
        let file = arrow_writer::ArrowWriter::try_new(out, columns.schema(), Some(properties))?;
        Ok(Self { columns, file })
    }

    fn write_batch(&mut self, batch: Option<RecordBatch>) -> Result<(), WriteError> {
        batch.map_or(Ok(()), |batch| Ok(self.file.write(&batch)?))
    }
}

impl<W: Write + Send> FrameWriter for ParquetWriter<W> {
    fn write_row(&mut self, row: &[Cell]) -> Result<(), WriteError> {
        let batch = self.columns.push(row)?;
        self.write_batch(batch)
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        let batch = self.columns.batch()?;
        self.write_batch(batch)?;
        self.file.finish()?;
        Ok(self.file.inner_mut().flush()?)
    }
}

pub(super) struct ArrowWriter<W: Write> {
    columns: Columns,
    file: FileWriter<W>,
}

impl<W: Write> ArrowWriter<W> {
    pub(super) fn new(columns: &[FrameColumn], out: W, metadata: &[(String, String)]) -> Result<Self, WriteError> {
        let columns = Columns::new(columns, metadata);
        let file = FileWriter::try_new(out, &columns.schema())?;
        Ok(Self { columns, file })
    }

    fn write_batch(&mut self, batch: Option<RecordBatch>) -> Result<(), WriteError> {
        batch.map_or(Ok(()), |batch| Ok(self.file.write(&batch)?))
    }
}

impl<W: Write> FrameWriter for ArrowWriter<W> {
    fn write_row(&mut self, row: &[Cell]) -> Result<(), WriteError> {
        let batch = self.columns.push(row)?;
        self.write_batch(batch)
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        let batch = self.columns.batch()?;
        self.write_batch(batch)?;
        Ok(self.file.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use arrow::array::{Array, AsArray, RecordBatch};
    use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType};
    use arrow::ipc::reader::FileReader;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::file::reader::{FileReader as _, SerializedFileReader};

    use super::super::testing::{bytes, everything};
    use super::super::{Format, WriteError, writer};
    use crate::model::{Cell, CellType, Frame};

    fn check(batch: &RecordBatch) {
        assert_eq!(batch.num_rows(), 3);
        assert!(batch.columns().iter().all(|it| it.is_null(2) && it.is_valid(0) && it.is_valid(1)));
        let text = batch.column(0).as_string::<i32>();
        assert_eq!((text.value(0), text.value(1)), ("say \"hi\"", ""));
        assert_eq!(batch.column(1).as_primitive::<Int64Type>().value(0), -3);
        assert_eq!(batch.column(2).data_type(), &DataType::Decimal128(18, 2));
        assert_eq!(batch.column(2).as_primitive::<Decimal128Type>().value(1), -5);
        assert_eq!(batch.column(3).as_primitive::<Float64Type>().value(1), f64::INFINITY);
        assert!(batch.column(4).as_boolean().value(0));
        assert_eq!(batch.column(5).as_primitive::<Date32Type>().value(0), 20_777);
        assert_eq!(batch.column(6).as_primitive::<TimestampMicrosecondType>().value(1), 250_000);
        let list = batch.column(7).as_list::<i32>().value(0);
        assert_eq!(list.as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["a", "b"]);
        assert!(batch.column(7).as_list::<i32>().value(1).is_empty());
    }

    #[test]
    fn parquet_reads_back() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes(Format::Parquet, &everything(), 2)).unwrap();
        let pairs = SerializedFileReader::new(file.try_clone().unwrap()).unwrap();
        let pairs = pairs.metadata().file_metadata().key_value_metadata().unwrap().clone();
        assert!(pairs.iter().any(|it| it.key == "segment" && it.value.as_deref() == Some("vip")));
        let batches: Vec<_> =
            ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().map(Result::unwrap).collect();
        check(&batches[0]);
    }

    #[test]
    fn arrow_reads_back() {
        let file = std::io::Cursor::new(bytes(Format::Arrow, &everything(), 2));
        let reader = FileReader::try_new(file, None).unwrap();
        assert_eq!(reader.schema().metadata().get("segment").map(|it| it.as_str()), Some("vip"));
        let batches: Vec<_> = reader.map(Result::unwrap).collect();
        check(&batches[0]);
    }

    #[test]
    fn the_portions_do_not_show() {
        let mut frame = Frame::new([("email", CellType::Text), ("n", CellType::Int)]);
        frame.rows = (0..40_000)
            .map(|i: i64| vec![Cell::Text(format!("p{}@x.test", i * 7 % 40_000)), Cell::Int(i % 50)])
            .collect();
        for format in [Format::Parquet, Format::Arrow] {
            let whole = bytes(format, &frame, 40_000);
            assert!(whole == bytes(format, &frame, 1_234), "{format}");
            assert!(whole == bytes(format, &frame, 1), "{format}");
        }
    }

    #[test]
    fn a_cell_that_does_not_fit_is_told() {
        for cell in
            [Cell::Int(1), Cell::Decimal { value: 10_i128.pow(18), scale: 2 }, Cell::Decimal { value: 1, scale: 3 }]
        {
            let mut frame = Frame::new([("money", CellType::Decimal(2))]);
            frame.rows = vec![vec![cell]];
            let mut writer = writer(Format::Parquet, &frame.columns, Box::new(std::io::sink()), &[]).unwrap();
            assert!(matches!(writer.write(&frame), Err(WriteError::Misfit(column)) if column == "money"));
        }
    }
}
