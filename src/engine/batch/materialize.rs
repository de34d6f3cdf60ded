//! The files of one segment.

use std::collections::BTreeMap;

use super::changes::Changes;
use super::formats::{OutputFormat, RowFormat};
use super::job::Job;
use super::manifest::{FileEntry, FileSet};
use crate::book::{Index, Universe};
use crate::engine::{Engine, Error, PeopleColumns};
use crate::exec;
use crate::model::{Cell, CellType, Frame, FrameColumn, RowId, RowSet};
use crate::plan::FieldRef;
use crate::write::{BitmapFormat, FrameWriter, OutDir, csv_row_bytes, part_name, spreadsheet_writer, text_of, writer};

/// Folders of a partitioned segment; more are a mistake as a rule.
const MAX_FOLDERS: usize = 10_000;
/// The folder of those who have no value, as Hive has it.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// The names of a partition's folders, the outermost first, and whom it holds.
type Folder = (Vec<String>, Vec<RowId>);

/// What all segments of a run have in common.
pub(super) struct Materializer<'a> {
    pub(super) engine: &'a Engine,
    pub(super) out: &'a OutDir,
    /// What is told in the files about the run.
    pub(super) about: Vec<(String, String)>,
    /// By row of the book its row in the files; where bitmaps want it.
    pub(super) contact_rows: Vec<RowId>,
    pub(super) visitor_rows: Vec<RowId>,
}

impl Materializer<'_> {
    /// Writes all files of a segment; answers with them in the order of sets, formats, folders, numbers.
    pub(super) fn write(&self, job: &Job, rows: &RowSet, changes: Option<Changes>) -> Result<Vec<FileEntry>, Error> {
        let mut files = Vec::new();
        let people = self.folders(job, rows)?;
        for format in &job.formats {
            for (folders, rows) in &people {
                let folder = self.folder(job, FileSet::People, *format, folders)?;
                match format {
                    OutputFormat::Rows(format) => {
                        files.extend(self.rows(job, FileSet::People, *format, &folder, &job.columns, rows)?);
                    }
                    OutputFormat::Bitmap(format) => files.extend(self.bitmap(job, *format, &folder, rows)?),
                }
            }
        }
        let Some(changes) = changes else { return Ok(files) };
        let key = PeopleColumns { fields: vec![(FieldRef::Column(0), job.prepared.universe.key().to_owned())] };
        let entered: Vec<RowId> = changes.entered.iter().collect();
        for format in &job.formats {
            let OutputFormat::Rows(rows) = format else { continue };
            let folder = self.folder(job, FileSet::Entered, *format, &[])?;
            files.extend(self.rows(job, FileSet::Entered, *rows, &folder, &key, &entered)?);
            let folder = self.folder(job, FileSet::Left, *format, &[])?;
            files.push(self.keys(job, *rows, &folder, &changes.left)?);
        }
        Ok(files)
    }

    /// The rows by folder, in the order of the folders' names; all of them in one if there are no folders.
    fn folders(&self, job: &Job, rows: &RowSet) -> Result<Vec<Folder>, Error> {
        if job.partition.is_empty() {
            return Ok(vec![(Vec::new(), rows.iter().collect())]);
        }
        let (book, universe) = (self.engine.book(), job.prepared.universe);
        let mut folders: BTreeMap<Vec<String>, Vec<RowId>> = BTreeMap::new();
        let mut cell = Cell::Null;
        for row in rows.iter() {
            let name = |(field, header): &(FieldRef, String)| {
                exec::read_cell(book, universe, *field, row, &mut cell);
                let value = if cell == Cell::Null { NO_VALUE.to_owned() } else { text_of(&cell) };
                format!("{header}={value}")
            };
            folders.entry(job.partition.iter().map(name).collect()).or_default().push(row);
            if folders.len() > MAX_FOLDERS {
                let message = format!("it makes more than {MAX_FOLDERS} folders; choose a field with fewer values");
                return Err(job.wrong("partition", message));
            }
        }
        Ok(folders.into_iter().collect())
    }

    fn folder(&self, job: &Job, set: FileSet, format: OutputFormat, below: &[String]) -> Result<String, Error> {
        let set = format!("{}.{}", set.name(), format.name());
        let names: Vec<&str> = [job.tag.as_str(), &set].into_iter().chain(below.iter().map(String::as_str)).collect();
        Ok(self.out.folder(&names)?)
    }

    fn rows(
        &self,
        job: &Job,
        set: FileSet,
        format: RowFormat,
        folder: &str,
        columns: &PeopleColumns,
        rows: &[RowId],
    ) -> Result<Vec<FileEntry>, Error> {
        let headers = columns.headers(self.engine, &job.prepared);
        let portions = match (format, job.options.csv_max_bytes) {
            (RowFormat::Csv, Some(most)) => self.portions(job, columns, &headers, rows, most),
            (RowFormat::Csv | RowFormat::Parquet | RowFormat::Ndjson | RowFormat::Arrow, _) => vec![rows],
        };
        let mut files = Vec::new();
        for (number, rows) in portions.into_iter().enumerate() {
            let write = |out: &mut dyn FrameWriter| columns.write(self.engine, &job.prepared, rows, out);
            files.push(self.file(job, set, format, folder, number, rows.len(), &headers, write)?);
        }
        Ok(files)
    }

    /// Keys that the book may not have any more.
    fn keys(&self, job: &Job, format: RowFormat, folder: &str, keys: &[String]) -> Result<FileEntry, Error> {
        let headers = [FrameColumn { name: job.prepared.universe.key().to_owned(), kind: CellType::Text }];
        let rows = keys.iter().map(|key| vec![Cell::Text(key.clone())]).collect();
        let frame = Frame { columns: headers.to_vec(), rows };
        let write = |out: &mut dyn FrameWriter| Ok(out.write(&frame)?);
        self.file(job, FileSet::Left, format, folder, 0, keys.len(), &headers, write)
    }

    #[expect(clippy::too_many_arguments, reason = "all that a file's entry tells")]
    fn file(
        &self,
        job: &Job,
        set: FileSet,
        format: RowFormat,
        folder: &str,
        number: usize,
        n_rows: usize,
        headers: &[FrameColumn],
        write: impl FnOnce(&mut dyn FrameWriter) -> Result<(), Error>,
    ) -> Result<FileEntry, Error> {
        let file = self.out.create(folder)?;
        let mut out = if format == RowFormat::Csv && job.options.csv_raw != Some(true) {
            spreadsheet_writer(headers, file.handle()?)?
        } else {
            writer(format.format(), headers, file.handle()?, &self.metadata(job))?
        };
        write(&mut *out)?;
        out.finish()?;
        let name = OutputFormat::Rows(format).name();
        let (file_name, content) = file.commit(|it| part_name(number, &it.sha256, name))?;
        Ok(FileEntry {
            path: format!("{folder}/{file_name}"),
            set,
            format: name.to_owned(),
            bytes: content.size_bytes,
            rows: n_rows as u64,
            sha256: content.sha256,
        })
    }

    /// Cuts rows so that no CSV file has more than `most` bytes, unless it is a single row.
    fn portions<'r>(
        &self,
        job: &Job,
        columns: &PeopleColumns,
        headers: &[FrameColumn],
        rows: &'r [RowId],
        most: u64,
    ) -> Vec<&'r [RowId]> {
        let defuse = job.options.csv_raw != Some(true);
        let header: Vec<Cell> = headers.iter().map(|it| Cell::Text(it.name.clone())).collect();
        let header_bytes = csv_row_bytes(&header, defuse);
        let mut cells = vec![Cell::Null; columns.fields.len()];
        let (mut portions, mut start, mut size_bytes) = (Vec::new(), 0, header_bytes);
        for (at, row) in rows.iter().enumerate() {
            columns.read(self.engine, &job.prepared, *row, &mut cells);
            let row_bytes = csv_row_bytes(&cells, defuse);
            if size_bytes + row_bytes > most && at > start {
                portions.push(&rows[start..at]);
                (start, size_bytes) = (at, header_bytes);
            }
            size_bytes += row_bytes;
        }
        portions.push(&rows[start..]);
        portions
    }

    /// The bytes of a bitmap, and beside it a file that says what its ids are.
    fn bitmap(&self, job: &Job, format: BitmapFormat, folder: &str, rows: &[RowId]) -> Result<Vec<FileEntry>, Error> {
        let ids = self.ids(job, rows)?;
        let name = OutputFormat::Bitmap(format).name();
        let bitmap = self.bytes(folder, &format.encode(&ids), name, name, ids.len())?;
        let file_name = bitmap.path.rsplit('/').next().unwrap_or_default();
        let mut about = serde_json::Map::new();
        let mut tell = |key: &str, value: serde_json::Value| about.insert(key.to_owned(), value);
        tell("bitmap", file_name.into());
        tell("format", name.into());
        tell("count", ids.len().into());
        match &job.id_column {
            Some((_, column)) => {
                tell("ids", format!("the values of `{column}`").into());
                tell("id_column", column.as_str().into());
            }
            None => {
                let file = match job.prepared.universe {
                    Universe::Contacts => "contacts",
                    Universe::Visitors => "visitors",
                };
                let words = format!(
                    "rows of {file}.parquet, or of {file}/*.parquet in the order of their names, as stored, from 0"
                );
                tell("ids", words.into());
                tell("id_column", serde_json::Value::Null);
            }
        }
        for (key, value) in self.metadata(job) {
            tell(&key, value.into());
        }
        let json = serde_json::to_vec_pretty(&about).unwrap_or_default();
        let sidecar = self.bytes(folder, &json, "json", "sidecar", ids.len())?;
        Ok(vec![bitmap, sidecar])
    }

    fn bytes(&self, folder: &str, bytes: &[u8], ending: &str, format: &str, rows: u64) -> Result<FileEntry, Error> {
        let file = self.out.create(folder)?;
        file.handle()?.write_all(bytes).map_err(crate::write::WriteError::from)?;
        let (name, content) = file.commit(|it| part_name(0, &it.sha256, ending))?;
        Ok(FileEntry {
            path: format!("{folder}/{name}"),
            set: FileSet::People,
            format: format.to_owned(),
            bytes: content.size_bytes,
            rows,
            sha256: content.sha256,
        })
    }

    /// The ids of rows: values of a column, each present and its own, or rows of the files.
    fn ids(&self, job: &Job, rows: &[RowId]) -> Result<RowSet, Error> {
        let Some((column, name)) = &job.id_column else {
            let file_rows = match job.prepared.universe {
                Universe::Contacts => &self.contact_rows,
                Universe::Visitors => &self.visitor_rows,
            };
            return Ok(rows.iter().map(|row| file_rows[*row as usize]).collect());
        };
        let table = self.engine.book().table(job.prepared.universe);
        let Index::Number(index) = &table.columns[*column].index else {
            return Err(job.wrong("id_column", format!("`{name}` has no value in this book")));
        };
        let mut ids = Vec::with_capacity(rows.len());
        for row in rows {
            let (shard, at) = table.layout.locate(*row);
            let id = index.shards[shard].get(at);
            let id = id.ok_or_else(|| job.wrong("id_column", format!("`{name}` is missing for some of the people")))?;
            let id = u32::try_from(id).map_err(|_| {
                job.wrong(
                    "id_column",
                    format!("`{name}` has values below 0 or above {}, which a bitmap can't hold", u32::MAX),
                )
            })?;
            ids.push(id);
        }
        let ids: RowSet = ids.into_iter().collect();
        if ids.len() == rows.len() as u64 {
            return Ok(ids);
        }
        Err(job.wrong("id_column", format!("some of the people share a value of `{name}`")))
    }

    fn metadata(&self, job: &Job) -> Vec<(String, String)> {
        let mut pairs = vec![("segment".to_owned(), job.tag.clone())];
        pairs.extend(job.name.clone().map(|it| ("name".to_owned(), it)));
        pairs.push(("definition".to_owned(), job.definition.clone()));
        pairs.extend(self.about.iter().cloned());
        pairs
    }
}
