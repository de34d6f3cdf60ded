//! A book's files as raw tables, so that the oracle can answer the shared cases too.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use chrono::{Days, NaiveDate};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::raw::{Phys, RawBook, RawField, RawPart, RawTable};
use crate::value::V;

/// Reads a regular book; panics at anything odd.
pub fn read(book: &Path) -> RawBook {
    let toml: toml::Table =
        fs::read_to_string(book.join("book.toml")).map_or_else(|_| toml::Table::new(), |it| it.parse().unwrap());
    let fields = toml.get("fields").and_then(|it| it.as_table()).cloned().unwrap_or_default();
    let text = |value: &toml::Value| value.as_str().map(str::to_owned);
    let field = |(tag, said): (&String, &toml::Value)| RawField {
        tag: tag.clone(),
        display: said.get("display").and_then(text),
        choices: said.get("values").and_then(|it| it.as_array()).map(|it| it.iter().filter_map(text).collect()),
        index: None,
    };
    RawBook {
        zone: toml.get("time_zone").and_then(text).unwrap_or_else(|| "UTC".to_owned()),
        fields: fields.iter().map(field).collect(),
        contacts: table(book, "contacts").expect("contacts"),
        activity: table(book, "activity"),
        registrations: table(book, "registrations"),
        journey: table(book, "journey"),
        visitors: table(book, "visitors"),
        segments: definitions(book),
        lists: Vec::new(),
    }
}

fn definitions(book: &Path) -> String {
    let Ok(folder) = fs::read_dir(book.join("segments")) else { return String::new() };
    let mut paths: Vec<PathBuf> = folder.map(|it| it.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|it| fs::read_to_string(it).unwrap() + "\n").collect()
}

fn table(book: &Path, name: &str) -> Option<RawTable> {
    let file = book.join(format!("{name}.parquet"));
    let mut paths = vec![file.clone()];
    if !file.exists() {
        paths = fs::read_dir(book.join(name)).ok()?.map(|it| it.unwrap().path()).collect();
        paths.sort();
    }
    let mut out = RawTable::default();
    for path in paths {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
        let mut part = RawPart::default();
        for batch in reader.build().unwrap() {
            add(&mut out, &mut part, &batch.unwrap());
        }
        out.parts.push(part);
    }
    Some(out)
}

/// Adds a batch's rows, in the column order of the first part.
fn add(table: &mut RawTable, part: &mut RawPart, batch: &RecordBatch) {
    let schema = batch.schema();
    if table.columns.is_empty() {
        table.columns = schema.fields().iter().map(|it| it.name().clone()).collect();
    }
    let mut columns = Vec::new();
    part.phys.clear();
    for name in &table.columns {
        let (phys, cells) = column(batch.column_by_name(name).expect("the same columns in each part").as_ref());
        part.phys.push(phys);
        columns.push(cells.into_iter());
    }
    for _ in 0..batch.num_rows() {
        part.rows.push(columns.iter_mut().map(|it| it.next().unwrap()).collect());
    }
}

fn column(array: &dyn Array) -> (Phys, Vec<V>) {
    match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..) => {
            let array = cast(array, &DataType::Utf8).unwrap();
            (Phys::Text, array.as_string::<i32>().iter().map(|it| it.map_or(V::Null, V::text)).collect())
        }
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 | DataType::UInt32 => {
            let array = cast(array, &DataType::Int64).unwrap();
            (Phys::Int64, array.as_primitive::<Int64Type>().iter().map(|it| it.map_or(V::Null, V::Int)).collect())
        }
        DataType::Decimal128(_, scale) => {
            let decimal = |it: i128| V::Dec(BigDecimal::new(BigInt::from(it), i64::from(*scale)));
            let cells = array.as_primitive::<Decimal128Type>().iter().map(|it| it.map_or(V::Null, decimal));
            (Phys::Decimal(*scale as u8), cells.collect())
        }
        DataType::Float32 | DataType::Float64 => {
            let array = cast(array, &DataType::Float64).unwrap();
            (Phys::Float, array.as_primitive::<Float64Type>().iter().map(|it| it.map_or(V::Null, V::Float)).collect())
        }
        DataType::Boolean => (Phys::Bool, array.as_boolean().iter().map(|it| it.map_or(V::Null, V::Bool)).collect()),
        DataType::Date32 => {
            let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
            let day = |it: i32| {
                let days = Days::new(u64::from(it.unsigned_abs()));
                V::Day(if it < 0 { epoch - days } else { epoch + days })
            };
            (Phys::Day, array.as_primitive::<Date32Type>().iter().map(|it| it.map_or(V::Null, day)).collect())
        }
        DataType::Timestamp(_, zone) => {
            let array = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, zone.clone())).unwrap();
            let cells = array.as_primitive::<TimestampMicrosecondType>().iter();
            match zone {
                Some(_) => (Phys::Micros, cells.map(|it| it.map_or(V::Null, V::Instant)).collect()),
                None => (Phys::LocalMicros, cells.map(|it| it.map_or(V::Null, V::Local)).collect()),
            }
        }
        DataType::List(_) => {
            let texts = |it: arrow::array::ArrayRef| {
                let texts = cast(it.as_ref(), &DataType::Utf8).unwrap();
                V::List(texts.as_string::<i32>().iter().flatten().map(str::to_owned).collect())
            };
            (Phys::List, array.as_list::<i32>().iter().map(|it| it.map_or(V::Null, texts)).collect())
        }
        other => panic!("a column of {other}"),
    }
}
