//! What a book holds, column by column.

use std::collections::HashSet;

use super::{Engine, ImageFile};
use crate::book::{Column, FieldType, Index, Table, number_cell};
use crate::model::{Cell, NumberKind};

/// What was found in a book.
#[derive(Debug)]
pub struct BookReport {
    /// The book's id.
    pub book_id: String,
    /// Its zone.
    pub time_zone: String,
    /// The contacts.
    pub contacts: TableReport,
    /// Each kind of record.
    pub records: Vec<TableReport>,
    /// The visitors.
    pub visitors: TableReport,
    /// Every sort of irregularity, counted, in words.
    pub irregularities: Vec<String>,
    /// Bytes of all columns and keys.
    pub memory_bytes: usize,
    /// The file of its image, if it has one.
    pub image: Option<ImageFile>,
}

/// One table.
#[derive(Debug)]
pub struct TableReport {
    /// `contacts`, `visitors`, or the kind of record.
    pub name: String,
    /// How many rows.
    pub n_rows: u32,
    /// One a column.
    pub columns: Vec<ColumnReport>,
}

/// One column.
#[derive(Debug)]
pub struct ColumnReport {
    /// The tag.
    pub field: String,
    /// The display name, if any.
    pub display: Option<String>,
    /// The type in words.
    pub type_name: String,
    /// Rows without a value.
    pub missing: u64,
    /// Distinct values; of yes/no none.
    pub distinct: Option<u64>,
    /// The smallest value of numbers and dates.
    pub min: Cell,
    /// The largest.
    pub max: Cell,
    /// How it is stored.
    pub index: String,
    /// Bytes in memory.
    pub size_bytes: usize,
}

/// Describes the engine's book. Cost: one pass of every number column, for its distinct values.
#[must_use]
pub fn inspect(engine: &Engine) -> BookReport {
    let book = engine.book();
    let records: Vec<TableReport> = book.kinds.iter().map(|it| report(&it.name, &it.table)).collect();
    let contacts = report("contacts", &book.contacts);
    let visitors = report("visitors", &book.visitors);
    let links: usize = book.kinds.iter().flat_map(|it| &it.owners).map(|it| it.size_bytes()).sum();
    let columns = std::iter::once(&contacts).chain(&records).chain(std::iter::once(&visitors));
    let memory: usize = columns.flat_map(|it| &it.columns).map(|it| it.size_bytes).sum();
    BookReport {
        book_id: book.id.clone(),
        time_zone: book.zone.name(),
        irregularities: book.irregularities.iter().map(ToString::to_string).collect(),
        memory_bytes: memory + links + book.keys.size_bytes() + book.visitor_contacts.size_bytes(),
        image: engine.image().file.clone(),
        contacts,
        records,
        visitors,
    }
}

fn report(name: &str, table: &Table) -> TableReport {
    let columns = table.columns.iter().map(|it| column(it, table.layout.n_rows())).collect();
    TableReport { name: name.to_owned(), n_rows: table.layout.n_rows(), columns }
}

fn column(column: &Column, n_rows: u32) -> ColumnReport {
    let mut report = ColumnReport {
        field: column.tag.clone(),
        display: column.display.clone(),
        type_name: type_name(&column.field_type),
        missing: 0,
        distinct: None,
        min: Cell::Null,
        max: Cell::Null,
        index: String::new(),
        size_bytes: column.index.size_bytes(),
    };
    match &column.index {
        Index::Missing => {
            report.missing = u64::from(n_rows);
            report.index = "not in the book".to_owned();
        }
        Index::Number(index) => {
            report.missing = index.shards.iter().map(|it| it.missing().len()).sum();
            let bounds = || index.shards.iter().filter_map(|it| it.bounds());
            let cell = |key: Option<i64>| key.map_or(Cell::Null, |key| number_cell(&column.field_type, key));
            report.min = cell(bounds().map(|it| it.0).min());
            report.max = cell(bounds().map(|it| it.1).max());
            let keys: HashSet<i64> =
                index.shards.iter().flat_map(|it| (0..it.n_rows()).filter_map(|row| it.get(row))).collect();
            report.distinct = Some(keys.len() as u64);
            report.index = "codes with zones".to_owned();
        }
        Index::Text(index) => {
            report.missing = index.shards.iter().map(|it| it.missing().len()).sum();
            report.distinct = Some(index.dictionary.len() as u64);
            let bitmaps = index.shards.iter().any(|it| it.has_bitmaps());
            report.index = if bitmaps { "dictionary, bitmap a value" } else { "dictionary, codes" }.to_owned();
        }
        Index::List(index) => {
            report.missing = index.shards.iter().map(|it| it.missing().len()).sum();
            report.distinct = Some(index.dictionary.len() as u64);
            report.index = "dictionary, bitmap an element".to_owned();
        }
        Index::Flag(index) => {
            report.missing = index.shards.iter().map(|it| it.missing().len()).sum();
            report.index = "bitmaps".to_owned();
        }
    }
    report
}

fn type_name(field_type: &FieldType) -> String {
    match field_type {
        FieldType::Text => "text".to_owned(),
        FieldType::Choice { declared } => format!("choice of {}", declared.len()),
        FieldType::Known(names) => format!("one of {}", names.join(", ")),
        FieldType::Stage => "stage".to_owned(),
        FieldType::Number(NumberKind::Int) => "whole number".to_owned(),
        FieldType::Number(NumberKind::Decimal { scale }) => format!("decimal, {scale} places"),
        FieldType::Number(NumberKind::Float) => "floating-point number".to_owned(),
        FieldType::Date => "date".to_owned(),
        FieldType::Time => "time".to_owned(),
        FieldType::Flag => "yes/no".to_owned(),
        FieldType::List => "list of text".to_owned(),
    }
}
