//! Rows of cells become record batches: what Parquet and Arrow files share.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, ListBuilder, RecordBatch,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, FieldRef, Metadata, Schema, SchemaRef, TimeUnit};

use super::WriteError;
use crate::model::{Cell, CellType, FrameColumn};

/// Rows of a batch. Always the same, so that the pages of a file don't depend on the caller's portions.
const BATCH_ROWS: usize = 1 << 14;
/// Bytes of text at which a batch ends early: a column's offsets have 31 bits.
const BATCH_BYTES: usize = 1 << 28;
/// Digits of a decimal that is stored in eight bytes; the engine's values never have more.
const NARROW_DIGITS: u8 = 18;
const WIDE_DIGITS: u8 = 38;

/// Gathers rows into batches.
pub(super) struct Columns {
    schema: SchemaRef,
    names: Vec<String>,
    builders: Vec<ColumnBuilder>,
    n_rows: usize,
    size_bytes: usize,
}

impl Columns {
    pub(super) fn new(columns: &[FrameColumn], metadata: &[(String, String)]) -> Self {
        let fields: Vec<Field> =
            columns.iter().map(|column| Field::new(&column.name, data_type(column.kind), true)).collect();
        Self {
            schema: Arc::new(Schema::new_with_metadata(fields, metadata.iter().cloned().collect::<Metadata>())),
            names: columns.iter().map(|it| it.name.clone()).collect(),
            builders: columns.iter().map(|it| ColumnBuilder::new(it.kind)).collect(),
            n_rows: 0,
            size_bytes: 0,
        }
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Takes a row; gives a batch when one is full.
    pub(super) fn push(&mut self, row: &[Cell]) -> Result<Option<RecordBatch>, WriteError> {
        for (i, (builder, name)) in self.builders.iter_mut().zip(&self.names).enumerate() {
            let cell = row.get(i).unwrap_or(&Cell::Null);
            self.size_bytes += builder.push(cell).ok_or_else(|| WriteError::Misfit(name.clone()))?;
        }
        self.n_rows += 1;
        if self.n_rows < BATCH_ROWS && self.size_bytes < BATCH_BYTES {
            return Ok(None);
        }
        self.batch()
    }

    /// The rows that don't make a full batch, if any.
    pub(super) fn batch(&mut self) -> Result<Option<RecordBatch>, WriteError> {
        if self.n_rows == 0 || self.builders.is_empty() {
            return Ok(None);
        }
        (self.n_rows, self.size_bytes) = (0, 0);
        let arrays = self.builders.iter_mut().map(ColumnBuilder::finish).collect();
        Ok(Some(RecordBatch::try_new(self.schema(), arrays)?))
    }
}

enum ColumnBuilder {
    Text(StringBuilder),
    Int(Int64Builder),
    Decimal(Decimal128Builder, u8),
    Float(Float64Builder),
    Bool(BooleanBuilder),
    Day(Date32Builder),
    Instant(TimestampMicrosecondBuilder),
    List(ListBuilder<StringBuilder>),
}

impl ColumnBuilder {
    fn new(kind: CellType) -> Self {
        match kind {
            CellType::Text => Self::Text(StringBuilder::new()),
            CellType::Int => Self::Int(Int64Builder::new()),
            CellType::Decimal(scale) => Self::Decimal(Decimal128Builder::new().with_data_type(data_type(kind)), scale),
            CellType::Float => Self::Float(Float64Builder::new()),
            CellType::Bool => Self::Bool(BooleanBuilder::new()),
            CellType::Day => Self::Day(Date32Builder::new()),
            CellType::Instant => Self::Instant(TimestampMicrosecondBuilder::new().with_data_type(data_type(kind))),
            CellType::List => Self::List(ListBuilder::new(StringBuilder::new()).with_field(element())),
        }
    }

    /// The bytes of text taken in; none if the cell doesn't fit.
    fn push(&mut self, cell: &Cell) -> Option<usize> {
        match (self, cell) {
            (Self::Text(it), Cell::Text(text)) => {
                it.append_value(text);
                return Some(text.len());
            }
            (Self::List(it), Cell::List(texts)) => {
                it.append_value(texts.iter().map(Some));
                return Some(texts.iter().map(String::len).sum());
            }
            (Self::Decimal(it, to), Cell::Decimal { value, scale }) => {
                let value = value.checked_mul(10_i128.checked_pow(u32::from(to.checked_sub(*scale)?))?)?;
                let digits = if *to <= NARROW_DIGITS { NARROW_DIGITS } else { WIDE_DIGITS };
                if value.unsigned_abs() >= 10_u128.pow(u32::from(digits)) {
                    return None;
                }
                it.append_value(value);
            }
            (Self::Int(it), Cell::Int(value)) => it.append_value(*value),
            (Self::Float(it), Cell::Float(value)) => it.append_value(*value),
            (Self::Bool(it), Cell::Bool(value)) => it.append_value(*value),
            (Self::Day(it), Cell::Day(value)) => it.append_value(*value),
            (Self::Instant(it), Cell::Instant(value)) => it.append_value(*value),
            (it, Cell::Null) => it.push_missing(),
            (
                _,
                Cell::Text(_)
                | Cell::Int(_)
                | Cell::Decimal { .. }
                | Cell::Float(_)
                | Cell::Bool(_)
                | Cell::Day(_)
                | Cell::Instant(_)
                | Cell::List(_),
            ) => return None,
        }
        Some(0)
    }

    fn push_missing(&mut self) {
        match self {
            Self::Text(it) => it.append_null(),
            Self::Int(it) => it.append_null(),
            Self::Decimal(it, _) => it.append_null(),
            Self::Float(it) => it.append_null(),
            Self::Bool(it) => it.append_null(),
            Self::Day(it) => it.append_null(),
            Self::Instant(it) => it.append_null(),
            Self::List(it) => it.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(it) => Arc::new(it.finish()),
            Self::Int(it) => Arc::new(it.finish()),
            Self::Decimal(it, _) => Arc::new(it.finish()),
            Self::Float(it) => Arc::new(it.finish()),
            Self::Bool(it) => Arc::new(it.finish()),
            Self::Day(it) => Arc::new(it.finish()),
            Self::Instant(it) => Arc::new(it.finish()),
            Self::List(it) => Arc::new(it.finish()),
        }
    }
}

fn data_type(kind: CellType) -> DataType {
    match kind {
        CellType::Text => DataType::Utf8,
        CellType::Int => DataType::Int64,
        CellType::Decimal(scale) => {
            let digits = if scale <= NARROW_DIGITS { NARROW_DIGITS } else { WIDE_DIGITS };
            DataType::Decimal128(digits, scale.min(WIDE_DIGITS).cast_signed())
        }
        CellType::Float => DataType::Float64,
        CellType::Bool => DataType::Boolean,
        CellType::Day => DataType::Date32,
        CellType::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        CellType::List => DataType::List(element()),
    }
}

/// The item of a list, by the name that the Parquet format prescribes.
pub(super) fn element() -> FieldRef {
    Arc::new(Field::new("element", DataType::Utf8, true))
}
