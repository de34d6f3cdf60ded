//! Frames as tables on a terminal.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use crate::model::{Cell, CellType, Frame, escape_control};
use crate::write::text_of;

/// A frame as a table that fits the terminal.
pub(super) fn render(frame: &Frame) -> String {
    let mut table = table(frame);
    // A terminal that doesn't tell its width says 0; nothing would fit that.
    if table.width().is_some_and(|width| width > 0) {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table.to_string()
}

/// A frame as a table that is as wide as its rows are.
pub(super) fn render_whole(frame: &Frame) -> String {
    table(frame).to_string()
}

fn table(frame: &Frame) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(frame.columns.iter().map(|it| escape_control(&it.name)));
    for row in &frame.rows {
        table.add_row(row.iter().map(shown));
    }
    for (at, column) in frame.columns.iter().enumerate() {
        let numeric = matches!(column.kind, CellType::Int | CellType::Decimal(_) | CellType::Float);
        if let Some(column) = table.column_mut(at).filter(|_| numeric) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Text(text) if text.is_empty() => "\"\"".to_owned(),
        Cell::Float(value) if value.is_finite() => short_float(*value),
        Cell::Text(_)
        | Cell::Int(_)
        | Cell::Decimal { .. }
        | Cell::Float(_)
        | Cell::Bool(_)
        | Cell::Day(_)
        | Cell::Instant(_)
        | Cell::List(_) => escape_control(&text_of(cell)),
    }
}

/// Four digits after the point are enough to read; the other formats have them all.
fn short_float(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-4 { format!("{value:.4e}") } else { format!("{value:.4}") }
}
