//! A book as its exporter sees it: tables of raw cells in parts, before any loading rule; and how it is written.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int32Array, Int64Array,
    LargeStringArray, ListBuilder, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
    TimestampMillisecondArray,
};
use arrow::datatypes::{Field, Int32Type, Schema};
use bigdecimal::ToPrimitive;
use chrono::NaiveDate;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use crate::value::V;

/// How a column lies in one part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phys {
    /// Utf8.
    Text,
    /// LargeUtf8.
    LargeText,
    /// Utf8 in a dictionary.
    DictText,
    /// 32 bits; all values must fit.
    Int32,
    /// 64 bits.
    Int64,
    /// Decimal of 18 digits, so many after the point.
    Decimal(u8),
    /// A double.
    Float,
    /// Yes or no.
    Bool,
    /// Days.
    Day,
    /// Microseconds, UTC.
    Micros,
    /// Milliseconds, UTC; all values must be whole milliseconds.
    Millis,
    /// Microseconds without a zone.
    LocalMicros,
    /// A list of text.
    List,
}

/// Some rows in one file.
#[derive(Debug, Clone, Default)]
pub struct RawPart {
    /// How each column lies here.
    pub phys: Vec<Phys>,
    /// In which order the columns are written.
    pub order: Vec<usize>,
    /// Each row has one cell a column.
    pub rows: Vec<Vec<V>>,
    /// Rows of a row group.
    pub group_rows: usize,
}

/// A table in one or more parts.
#[derive(Debug, Clone, Default)]
pub struct RawTable {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// In name order. One part is a file, more are a folder.
    pub parts: Vec<RawPart>,
}

impl RawTable {
    /// A table in one part.
    pub fn one(columns: &[(&str, Phys)], rows: Vec<Vec<V>>) -> Self {
        for row in &rows {
            assert_eq!(row.len(), columns.len(), "a row of another width: {row:?}");
        }
        Self {
            columns: columns.iter().map(|it| it.0.to_owned()).collect(),
            parts: vec![RawPart {
                phys: columns.iter().map(|it| it.1).collect(),
                order: (0..columns.len()).collect(),
                rows,
                group_rows: 1 << 20,
            }],
        }
    }

    /// All rows in the order of loading.
    pub fn rows(&self) -> impl Iterator<Item = &Vec<V>> {
        self.parts.iter().flat_map(|part| &part.rows)
    }

    fn write(&self, dir: &Path, name: &str) {
        if let [part] = self.parts.as_slice() {
            self.write_part(part, &dir.join(format!("{name}.parquet")));
            return;
        }
        fs::create_dir_all(dir.join(name)).unwrap();
        for (i, part) in self.parts.iter().enumerate() {
            self.write_part(part, &dir.join(name).join(format!("part-{i}.parquet")));
        }
    }

    fn write_part(&self, part: &RawPart, path: &Path) {
        let arrays: Vec<(String, ArrayRef)> =
            part.order.iter().map(|c| (self.columns[*c].clone(), array(part, *c))).collect();
        let fields: Vec<Field> =
            arrays.iter().map(|(name, array)| Field::new(name, array.data_type().clone(), true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let batch =
            RecordBatch::try_new(Arc::clone(&schema), arrays.into_iter().map(|it| it.1).collect()).expect("a batch");
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(part.group_rows.max(1))).build();
        let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), schema, Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }
}

/// What `book.toml` says of a field.
#[derive(Debug, Clone, Default)]
pub struct RawField {
    /// Its tag.
    pub tag: String,
    /// Its display name.
    pub display: Option<String>,
    /// Declared choices, if it is a choice.
    pub choices: Option<Vec<String>>,
    /// How its texts are found.
    pub index: Option<&'static str>,
}

/// A book before it is written.
#[derive(Debug, Clone, Default)]
pub struct RawBook {
    /// IANA name.
    pub zone: String,
    /// Fields of `book.toml`.
    pub fields: Vec<RawField>,
    /// One row a contact, more or less.
    pub contacts: RawTable,
    /// None: the book has no such file.
    pub activity: Option<RawTable>,
    /// None: the book has no such file.
    pub registrations: Option<RawTable>,
    /// None: the book has no such file.
    pub journey: Option<RawTable>,
    /// None: the book has no such file.
    pub visitors: Option<RawTable>,
    /// Definitions, as text of one file.
    pub segments: String,
    /// List files beside the book: path, content.
    pub lists: Vec<(String, String)>,
}

impl RawBook {
    /// Writes the book into `dir/book` and the lists into `dir`.
    pub fn write(&self, dir: &Path) {
        let book = dir.join("book");
        fs::create_dir_all(&book).unwrap();
        let mut toml = format!("time_zone = \"{}\"\n", self.zone);
        for field in &self.fields {
            writeln!(toml, "\n[fields.{}]", field.tag).unwrap();
            if let Some(display) = &field.display {
                writeln!(toml, "display = {display:?}").unwrap();
            }
            if let Some(index) = field.index {
                writeln!(toml, "index = {index:?}").unwrap();
            }
            if let Some(choices) = &field.choices {
                writeln!(toml, "type = \"choice\"\nvalues = {choices:?}").unwrap();
            }
        }
        fs::write(book.join("book.toml"), toml).unwrap();
        self.contacts.write(&book, "contacts");
        let others = [
            ("activity", &self.activity),
            ("registrations", &self.registrations),
            ("journey", &self.journey),
            ("visitors", &self.visitors),
        ];
        for (name, table) in others {
            if let Some(table) = table {
                table.write(&book, name);
            }
        }
        if !self.segments.is_empty() {
            fs::create_dir_all(book.join("segments")).unwrap();
            fs::write(book.join("segments/all.seg"), &self.segments).unwrap();
        }
        for (path, content) in &self.lists {
            let path = dir.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }
}

fn array(part: &RawPart, column: usize) -> ArrayRef {
    let cells = || part.rows.iter().map(move |row| &row[column]);
    let texts = || {
        cells().map(|cell| match cell {
            V::Text(text) => Some(text.as_str()),
            other => none(other),
        })
    };
    let ints = || {
        cells().map(|cell| match cell {
            V::Int(value) => Some(*value),
            other => none(other),
        })
    };
    let micros = || {
        cells().map(|cell| match cell {
            V::Instant(value) | V::Local(value) => Some(*value),
            other => none(other),
        })
    };
    match part.phys[column] {
        Phys::Text => Arc::new(texts().collect::<StringArray>()),
        Phys::LargeText => Arc::new(texts().collect::<LargeStringArray>()),
        Phys::DictText => Arc::new(texts().collect::<DictionaryArray<Int32Type>>()),
        Phys::Int32 => {
            Arc::new(ints().map(|it| it.map(|it| i32::try_from(it).expect("32 bits"))).collect::<Int32Array>())
        }
        Phys::Int64 => Arc::new(ints().collect::<Int64Array>()),
        Phys::Decimal(scale) => {
            let digits = cells().map(|cell| match cell {
                V::Dec(value) => {
                    let (digits, _) = value.with_scale(i64::from(scale)).into_bigint_and_exponent();
                    Some(digits.to_i128().expect("18 digits"))
                }
                other => none(other),
            });
            let array: Decimal128Array = digits.collect();
            Arc::new(array.with_precision_and_scale(18, scale as i8).expect("a decimal type"))
        }
        Phys::Float => Arc::new(
            cells()
                .map(|cell| match cell {
                    V::Float(value) => Some(*value),
                    other => none(other),
                })
                .collect::<Float64Array>(),
        ),
        Phys::Bool => Arc::new(
            cells()
                .map(|cell| match cell {
                    V::Bool(value) => Some(*value),
                    other => none(other),
                })
                .collect::<BooleanArray>(),
        ),
        Phys::Day => Arc::new(
            cells()
                .map(|cell| match cell {
                    V::Day(day) => {
                        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
                        Some(i32::try_from((*day - epoch).num_days()).unwrap())
                    }
                    other => none(other),
                })
                .collect::<Date32Array>(),
        ),
        Phys::Micros => Arc::new(micros().collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
        Phys::Millis => Arc::new(
            micros()
                .map(|it| it.map(|it| it.div_euclid(1_000)))
                .collect::<TimestampMillisecondArray>()
                .with_timezone("UTC"),
        ),
        Phys::LocalMicros => Arc::new(micros().collect::<TimestampMicrosecondArray>()),
        Phys::List => {
            let mut lists = ListBuilder::new(StringBuilder::new());
            for cell in cells() {
                match cell {
                    V::List(items) => {
                        for item in items {
                            lists.values().append_value(item);
                        }
                        lists.append(true);
                    }
                    other => {
                        none::<()>(other);
                        lists.append(false);
                    }
                }
            }
            Arc::new(lists.finish())
        }
    }
}

/// A missing cell; any other is a mistake of the test.
fn none<T>(cell: &V) -> Option<T> {
    assert_eq!(*cell, V::Null, "a cell of another type than its column");
    None
}
