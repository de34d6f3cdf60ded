//! `segql inspect`: what a book holds.

use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;

use super::args::{InspectArgs, InspectFormat};
use super::failure::Failure;
use super::query::open;
use super::table;
use super::terminal::Terminal;
use crate::engine::{ColumnReport, TableReport, inspect};
use crate::model::{Cell, CellType, Frame};
use crate::write::text_of;

#[derive(Serialize)]
struct Report {
    book_id: String,
    time_zone: String,
    contacts: TableJson,
    visitors: TableJson,
    records: Vec<TableJson>,
    irregularities: Vec<String>,
    memory_bytes: usize,
    image: Option<ImageJson>,
}

#[derive(Serialize)]
struct ImageJson {
    path: PathBuf,
    bytes: u64,
}

#[derive(Serialize)]
struct TableJson {
    name: String,
    rows: u32,
    columns: Vec<ColumnJson>,
}

#[derive(Serialize)]
struct ColumnJson {
    field: String,
    display: Option<String>,
    r#type: String,
    missing: u64,
    distinct: Option<u64>,
    min: Option<String>,
    max: Option<String>,
    index: String,
    bytes: usize,
}

pub(super) fn run(args: &InspectArgs, terminal: &Terminal) -> Result<(), Failure> {
    let engine = open(&args.book, &args.open, &Terminal { stderr: false, ..*terminal })?;
    let found = inspect(&engine);
    let mut out = std::io::stdout().lock();
    match args.format {
        InspectFormat::Text => {
            writeln!(out, "book {}", found.book_id)?;
            writeln!(out, "time zone {}", found.time_zone)?;
            for it in std::iter::once(&found.contacts).chain(&found.records).chain(std::iter::once(&found.visitors)) {
                writeln!(out, "\n{}: {} rows", it.name, it.n_rows)?;
                writeln!(out, "{}", table::render(&frame(it)))?;
            }
            writeln!(out, "\nmemory: {:.1} MB", found.memory_bytes as f64 / 1e6)?;
            match &found.image {
                Some(image) => writeln!(out, "image: {image}")?,
                None => writeln!(out, "image: none")?,
            }
            match found.irregularities.len() {
                0 => writeln!(out, "no irregularities")?,
                _ => writeln!(out, "irregularities:")?,
            }
            for it in &found.irregularities {
                writeln!(out, "  {it}")?;
            }
        }
        InspectFormat::Json => {
            let report = Report {
                book_id: found.book_id,
                time_zone: found.time_zone,
                contacts: json(&found.contacts),
                visitors: json(&found.visitors),
                records: found.records.iter().map(json).collect(),
                irregularities: found.irregularities,
                memory_bytes: found.memory_bytes,
                image: found.image.map(|it| ImageJson { path: it.path, bytes: it.size_bytes }),
            };
            serde_json::to_writer_pretty(&mut out, &report).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(())
}

fn frame(report: &TableReport) -> Frame {
    let mut frame = Frame::new([
        ("field", CellType::Text),
        ("type", CellType::Text),
        ("missing", CellType::Text),
        ("distinct", CellType::Int),
        ("min", CellType::Text),
        ("max", CellType::Text),
        ("index", CellType::Text),
        ("bytes a row", CellType::Float),
    ]);
    let n_rows = f64::from(report.n_rows.max(1));
    let text = |cell: &Cell| if *cell == Cell::Null { Cell::Null } else { Cell::Text(text_of(cell)) };
    let row = |it: &ColumnReport| {
        vec![
            Cell::Text(it.field.clone()),
            Cell::Text(it.type_name.clone()),
            Cell::Text(format!("{:.1}%", it.missing as f64 * 100.0 / n_rows)),
            it.distinct.map_or(Cell::Null, |n| Cell::Int(n as i64)),
            text(&it.min),
            text(&it.max),
            Cell::Text(it.index.clone()),
            Cell::Text(format!("{:.2}", it.size_bytes as f64 / n_rows)),
        ]
    };
    frame.rows = report.columns.iter().map(row).collect();
    frame
}

fn json(report: &TableReport) -> TableJson {
    let text = |cell: &Cell| (*cell != Cell::Null).then(|| text_of(cell));
    let column = |it: &ColumnReport| ColumnJson {
        field: it.field.clone(),
        display: it.display.clone(),
        r#type: it.type_name.clone(),
        missing: it.missing,
        distinct: it.distinct,
        min: text(&it.min),
        max: text(&it.max),
        index: it.index.clone(),
        bytes: it.size_bytes,
    };
    TableJson { name: report.name.clone(), rows: report.n_rows, columns: report.columns.iter().map(column).collect() }
}
