//! [`Source`]: the files of one sort (`contacts`, `activity`, …) as one table of columns.

use std::collections::HashMap;
use std::fs::Metadata;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use super::error::LoadError;
use super::part::Part;
use super::piece::Piece;
use super::shape::Shape;
use super::whole_file::is_absent;
use super::{LoadProgress, Session};
use crate::model::{NO_ROW, fold, nearest};

/// All parts of one sort, in the order of their names.
#[derive(Debug)]
pub(super) struct Source {
    /// `contacts`, `activity`, …
    pub(super) part: &'static str,
    pub(super) parts: Vec<Part>,
    /// In the order of first appearance.
    pub(super) columns: Vec<SourceColumn>,
    chunks: Vec<Chunk>,
}

/// A column of a [`Source`].
#[derive(Debug, Clone)]
pub(super) struct SourceColumn {
    /// Our name of it.
    pub(super) name: String,
    /// What holds the values of all parts.
    pub(super) shape: Shape,
    /// By part: its place there, if it is there.
    places: Vec<Option<usize>>,
}

impl SourceColumn {
    /// The same column, read as another shape.
    pub(super) fn of_shape(&self, shape: Shape) -> Self {
        Self { name: self.name.clone(), shape, places: self.places.clone() }
    }
}

/// Which rows of a column count, and in which order.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pick<'a> {
    /// All, as they come.
    All,
    /// Those for which it holds, as they come.
    Kept(&'a [bool]),
    /// By row group, these.
    Ordered(&'a [Vec<u32>]),
}

impl<'a> Pick<'a> {
    /// Those that `keep` holds; all, without it.
    pub(super) fn kept(keep: Option<&'a [bool]>) -> Self {
        keep.map_or(Self::All, Self::Kept)
    }
}

/// A row group.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    part: usize,
    row_group: usize,
    start: usize,
    n_rows: usize,
}

/// Where the files of a sort lie; none if there aren't any. What has such a name and is no file is an error: rows that
/// can't be reached must not be missed in silence.
pub(super) fn find(dir: &Path, part: &'static str) -> Result<Option<Vec<(String, PathBuf)>>, LoadError> {
    let file_name = format!("{part}.parquet");
    let file = dir.join(&file_name);
    let folder = dir.join(part);
    let mut parts = Vec::new();
    if look(part, &folder)?.is_some_and(|it| it.is_dir()) {
        let io = |source| LoadError::Io { file: part.to_owned(), source };
        for entry in std::fs::read_dir(&folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = entry.file_name();
            if !name.as_encoded_bytes().ends_with(b".parquet") || name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let Some(name) = name.to_str() else { return Err(LoadError::NameNotUtf8 { part }) };
            let name = format!("{part}/{name}");
            a_file(&name, look(&name, &entry.path())?)?;
            parts.push((name, entry.path()));
        }
        parts.sort();
    }
    if let Some(found) = look(&file_name, &file)? {
        a_file(&file_name, Some(found))?;
        if !parts.is_empty() {
            return Err(LoadError::FileAndFolder { part });
        }
        parts.push((file_name, file));
    }
    Ok(if parts.is_empty() { None } else { Some(parts) })
}

/// What lies at a path, links followed; none if nothing does. A link that leads nowhere, or round in a ring, is an error.
fn look(name: &str, path: &Path) -> Result<Option<Metadata>, LoadError> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(_) if is_absent(path) => Ok(None),
        Err(source) => Err(LoadError::Io { file: name.to_owned(), source }),
    }
}

/// Pipes and devices would be waited for, folders can't be read.
fn a_file(name: &str, found: Option<Metadata>) -> Result<(), LoadError> {
    match found {
        Some(found) if !found.is_file() => Err(LoadError::NotAFile { file: name.to_owned() }),
        Some(_) | None => Ok(()),
    }
}

impl Source {
    /// Opens the files and joins their schemas.
    pub(super) fn open(
        part: &'static str,
        files: Vec<(String, PathBuf)>,
        session: &Session<'_>,
    ) -> Result<Self, LoadError> {
        let parts: Vec<Part> = files
            .into_par_iter()
            .map(|(name, path)| Part::open(name, path, session.options.limits))
            .collect::<Vec<_>>()
            .into_iter()
            .collect::<Result<_, _>>()?;
        let rows: u64 = parts.iter().map(Part::n_rows).fold(0, u64::saturating_add);
        if rows >= u64::from(NO_ROW) {
            return Err(LoadError::TooManyRows { part, rows });
        }
        let columns = join(&parts, session)?;
        let mut chunks = Vec::new();
        let mut start = 0;
        for (at, part) in parts.iter().enumerate() {
            for (row_group, n_rows) in part.row_group_rows().enumerate() {
                let n_rows = n_rows as usize;
                chunks.push(Chunk { part: at, row_group, start, n_rows });
                start += n_rows;
            }
        }
        Ok(Self { part, parts, columns, chunks })
    }

    pub(super) fn column(&self, name: &str) -> Option<&SourceColumn> {
        self.columns.iter().find(|it| it.name == name)
    }

    /// The column of the first of `names` that is there.
    pub(super) fn required(&self, names: &[&str]) -> Result<&SourceColumn, LoadError> {
        if let Some(column) = names.iter().find_map(|name| self.column(name)) {
            return Ok(column);
        }
        let wanted = names.first().copied().unwrap_or_default();
        let near = nearest(wanted, self.columns.iter().map(|it| it.name.as_str()));
        Err(LoadError::MissingColumn {
            file: self.file(),
            column: wanted.to_owned(),
            nearest: near.first().map(|it| (*it).to_owned()),
        })
    }

    /// The error of a column whose shape isn't as it must be.
    pub(super) fn wrong_type(&self, column: &SourceColumn, expected: &'static str) -> LoadError {
        let guilty = self.parts.iter().zip(&column.places).find(|(_, place)| place.is_some());
        LoadError::WrongType {
            file: guilty.map_or_else(|| self.file(), |(part, _)| part.name.clone()),
            column: column.name.clone(),
            found: column.shape.words(),
            expected,
        }
    }

    /// The error of a kind column with a kind for nearly every record.
    pub(super) fn too_many_kinds(&self, column: &SourceColumn) -> LoadError {
        LoadError::WrongType {
            file: self.file(),
            column: column.name.clone(),
            found: "too many distinct texts".to_owned(),
            expected: "fewer than 65535 distinct kinds",
        }
    }

    fn file(&self) -> String {
        self.parts.first().map_or_else(|| self.part.to_owned(), |part| part.name.clone())
    }

    /// The bytes of a column in all files.
    pub(super) fn column_bytes(&self, column: &SourceColumn) -> u64 {
        self.over_parts(column, Part::column_bytes)
    }

    /// The rows of all files.
    pub(super) fn n_rows(&self) -> u64 {
        self.chunks.iter().map(|it| it.n_rows as u64).sum()
    }

    /// The rows of the row group that has most.
    pub(super) fn largest_row_group(&self) -> u64 {
        self.chunks.iter().map(|it| it.n_rows as u64).max().unwrap_or(0)
    }

    /// The bytes that the pages of a column claim to hold, in all files.
    pub(super) fn column_claim(&self, column: &SourceColumn) -> u64 {
        self.over_parts(column, Part::claimed_bytes)
    }

    /// The values of a column in all files, those in lists one by one.
    pub(super) fn column_values(&self, column: &SourceColumn) -> u64 {
        self.over_parts(column, Part::claimed_values)
    }

    fn over_parts(&self, column: &SourceColumn, of: impl Fn(&Part, usize) -> u64) -> u64 {
        let places = self.parts.iter().zip(&column.places);
        places.map(|(part, place)| place.map_or(0, |root| of(part, root))).fold(0, u64::saturating_add)
    }

    /// The rows of each row group, counted from the first of all.
    pub(super) fn chunk_rows(&self) -> impl ExactSizeIterator<Item = Range<usize>> + '_ {
        self.chunks.iter().map(|chunk| chunk.start..chunk.start + chunk.n_rows)
    }

    /// Decodes a column, row groups in parallel. The pieces are in the order of the files.
    pub(super) fn read<T: Send>(
        &self,
        column: &SourceColumn,
        pick: Pick<'_>,
        session: &Session<'_>,
        map: impl Fn(Piece) -> T + Sync,
    ) -> Result<Vec<T>, LoadError> {
        let results: Vec<Result<T, LoadError>> = self
            .chunks
            .par_iter()
            .with_max_len(1)
            .enumerate()
            .map(|(at, chunk)| {
                session.check()?;
                let piece = match pick {
                    Pick::All => self.read_chunk(column, *chunk, None, session)?,
                    Pick::Kept(keep) => {
                        let keep = &keep[chunk.start..chunk.start + chunk.n_rows];
                        self.read_chunk(column, *chunk, Some(keep), session)?
                    }
                    Pick::Ordered(orders) => self.read_chunk(column, *chunk, None, session)?.reordered(&orders[at]),
                };
                Ok(map(piece))
            })
            .collect();
        // Of several errors the first in file order is told, whatever thread met one first.
        results.into_iter().collect()
    }

    fn read_chunk(
        &self,
        column: &SourceColumn,
        chunk: Chunk,
        keep: Option<&[bool]>,
        session: &Session<'_>,
    ) -> Result<Piece, LoadError> {
        let part = &self.parts[chunk.part];
        let Some(root) = column.places[chunk.part] else {
            let mut piece = Piece::new(&column.shape);
            piece.push_missing(keep.map_or(chunk.n_rows, |keep| keep.iter().filter(|it| **it).count()));
            return Ok(piece);
        };
        let piece = part.read(chunk.row_group, root, &column.shape, keep, &session.times)?;
        let done_bytes = part.chunk_bytes(chunk.row_group, root);
        let done_bytes = session.done_bytes.fetch_add(done_bytes, Ordering::Relaxed) + done_bytes;
        if let Some(progress) = &session.options.progress {
            let total_bytes = session.total_bytes.load(Ordering::Relaxed);
            progress(LoadProgress { part: self.part, done_bytes, total_bytes });
        }
        Ok(piece)
    }
}

/// The columns of all parts: names mapped, shapes widened.
fn join(parts: &[Part], session: &Session<'_>) -> Result<Vec<SourceColumn>, LoadError> {
    let mut columns: Vec<SourceColumn> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    for (at, part) in parts.iter().enumerate() {
        for (root, (theirs, shape)) in part.columns().enumerate() {
            let name = session.settings.columns.get(theirs).map_or(theirs, String::as_str);
            let known = *by_name.entry(fold(name).into_owned()).or_insert(columns.len());
            let Some(column) = columns.get_mut(known) else {
                let mut places = vec![None; parts.len()];
                places[at] = Some(root);
                columns.push(SourceColumn { name: name.to_owned(), shape, places });
                continue;
            };
            // Either of two parts may be the one that is wrong.
            let first_part = column.places.iter().position(Option::is_some).unwrap_or(at);
            let files = || (part.name.clone(), parts[first_part].name.clone());
            if column.name != name || column.places[at].is_some() {
                let ((file, earlier), first, second) = (files(), column.name.clone(), name.to_owned());
                return Err(LoadError::SameName { file, first, earlier, second });
            }
            column.places[at] = Some(root);
            column.shape = column.shape.widen(&shape).ok_or_else(|| {
                let (file, earlier) = files();
                let (found, other) = (shape.words(), column.shape.words());
                LoadError::PartsDisagree { file, column: name.to_owned(), found, other, earlier }
            })?;
        }
    }
    Ok(columns)
}
