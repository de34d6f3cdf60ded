//! People as rows of cells, one after the other, so that an answer of any size streams.

use std::path::Path;

use super::{Engine, Error};
use crate::exec;
use crate::model::{Cell, CellType, Frame, FrameColumn};
use crate::plan::{Export, FieldRef, Prepared, Subset};
use crate::write::{AtomicFile, Format, FrameWriter, writer};

/// Rows after which it is asked whether to go on.
const BATCH_ROWS: usize = 8_192;

/// Which fields of the people are written, under which headers.
pub struct PeopleColumns {
    /// Field and header, in order.
    pub fields: Vec<(FieldRef, String)>,
}

impl PeopleColumns {
    /// The key, and after `top` its field.
    #[must_use]
    pub fn default_of(query: &Prepared) -> Self {
        let mut fields = vec![(FieldRef::Column(0), query.universe.key().to_owned())];
        if let Some(Subset::Top(top)) = query.subsets.last() {
            fields.push((top.by, top.name.clone()));
        }
        Self { fields }
    }

    /// The headers with their types.
    #[must_use]
    pub fn headers(&self, engine: &Engine, query: &Prepared) -> Vec<FrameColumn> {
        let table = engine.book().table(query.universe);
        let kind = |field: &FieldRef| match field {
            FieldRef::Funnel => CellType::Text,
            FieldRef::Column(column) => table.columns[*column].cell_type(),
        };
        self.fields.iter().map(|(field, name)| FrameColumn { name: name.clone(), kind: kind(field) }).collect()
    }

    /// Writes these people in order.
    pub fn write(
        &self,
        engine: &Engine,
        query: &Prepared,
        rows: &[u32],
        out: &mut dyn FrameWriter,
    ) -> Result<(), Error> {
        self.each(engine, query, rows, |cells| Ok(out.write_row(cells)?))
    }

    /// These people in order as one table, for what needs them all at once.
    pub fn frame(&self, engine: &Engine, query: &Prepared, rows: &[u32]) -> Result<Frame, Error> {
        let mut frame = Frame { columns: self.headers(engine, query), rows: Vec::with_capacity(rows.len()) };
        self.each(engine, query, rows, |cells| {
            frame.rows.push(cells.to_vec());
            Ok(())
        })?;
        Ok(frame)
    }

    fn each(
        &self,
        engine: &Engine,
        query: &Prepared,
        rows: &[u32],
        mut op: impl FnMut(&[Cell]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut cells = vec![Cell::Null; self.fields.len()];
        for batch in rows.chunks(BATCH_ROWS) {
            engine.cancel().check()?;
            for row in batch {
                self.read(engine, query, *row, &mut cells);
                op(&cells)?;
            }
        }
        Ok(())
    }

    /// Puts the cells of a person in place of those of another.
    pub fn read(&self, engine: &Engine, query: &Prepared, row: u32, cells: &mut [Cell]) {
        for ((field, _), cell) in self.fields.iter().zip(cells) {
            exec::read_cell(engine.book(), query.universe, *field, row, cell);
        }
    }
}

/// Writes people to a file, whole or not at all; the ending picks the format.
pub fn export_people(engine: &Engine, query: &Prepared, export: &Export, rows: &[u32]) -> Result<(), Error> {
    let path = Path::new(&export.path);
    let format = Format::of_path(path)?;
    let file = AtomicFile::create(path, export.overwrite)?;
    let columns = PeopleColumns { fields: export.columns.clone() };
    let mut out = writer(format, &columns.headers(engine, query), file.handle()?, &[])?;
    columns.write(engine, query, rows, &mut *out)?;
    out.finish()?;
    Ok(file.commit()?)
}
