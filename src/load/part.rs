//! [`Part`]: one Parquet file, opened: its footer, and its columns chunk by chunk.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::{ConvertedType, Encoding, Type as PhysicalType};
use parquet::file::metadata::{ColumnChunkMetaData, PageIndexPolicy};
use sha2::{Digest, Sha256};

use super::chunk_bytes::ChunkBytes;
use super::error::{LoadError, Place};
use super::guard::guarded;
use super::local_times::LocalTimes;
use super::piece::Piece;
use super::shape::Shape;

/// Rows decoded at a time.
const BATCH_ROWS: usize = 1 << 20;
/// A footer may claim so many rows whatever the file's size, and beyond that so many a byte: a column of a million nulls
/// takes some 150 bytes, its share of the footer included.
const FREE_ROWS: u64 = 1 << 21;
const ROWS_PER_BYTE: u64 = 4_000;
/// A column chunk may claim so many bytes whatever its stored size, and beyond that so many a stored byte.
const CHUNK_BYTES: u64 = 256 << 20;
const CHUNK_RATIO: u64 = 1_000;

/// An opened file.
#[derive(Debug)]
pub(super) struct Part {
    /// Its path within the book, with `/`.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) size_bytes: u64,
    /// sha256 of the footer with its length and mark, in hex.
    pub(super) footer_sha256: String,
    /// Text read as it is.
    plain: ArrowReaderMetadata,
    /// Text read as dictionaries.
    coded: ArrowReaderMetadata,
}

impl Part {
    pub(super) fn open(name: String, path: PathBuf) -> Result<Self, LoadError> {
        let io = |source| LoadError::Io { file: name.clone(), source };
        let mut file = File::open(&path).map_err(io)?;
        let size_bytes = file.metadata().map_err(io)?.len();
        let footer_sha256 = footer_sha256(&name, &mut file, size_bytes)?;
        let damaged = |reason| LoadError::Damaged { place: Place::file(&name), reason };
        let (plain, coded) = guarded(|| read_metadata(&file)).and_then(|it| it).map_err(damaged)?;
        let part = Self { name, path, size_bytes, footer_sha256, plain, coded };
        part.check()?;
        Ok(part)
    }

    /// Whether the footer's claims are possible.
    fn check(&self) -> Result<(), LoadError> {
        let metadata = self.plain.metadata();
        let damaged = |reason: &str| {
            Err(LoadError::Damaged { place: Place::file(&self.name), reason: format!("its footer {reason}") })
        };
        let mut sum = 0_u64;
        for row_group in metadata.row_groups() {
            match u64::try_from(row_group.num_rows()).ok().and_then(|rows| sum.checked_add(rows)) {
                Some(rows) => sum = rows,
                None => return damaged("claims a number of rows that can't be"),
            }
        }
        if i128::from(metadata.file_metadata().num_rows()) != i128::from(sum) {
            return damaged("counts its rows in two ways that differ");
        }
        if sum > FREE_ROWS && sum / ROWS_PER_BYTE > self.size_bytes {
            return damaged("claims more rows than the file can hold");
        }
        Ok(())
    }

    pub(super) fn n_rows(&self) -> u64 {
        self.row_group_rows().sum()
    }

    /// The rows of each row group.
    pub(super) fn row_group_rows(&self) -> impl Iterator<Item = u64> + '_ {
        self.plain.metadata().row_groups().iter().map(|it| it.num_rows().unsigned_abs())
    }

    /// The columns: name and shape.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, Shape)> {
        self.plain.schema().fields().iter().map(|field| (field.name().as_str(), Shape::of(field.data_type())))
    }

    /// The columns: name and type, as read.
    pub(super) fn types(&self) -> impl Iterator<Item = (&str, &DataType)> {
        self.plain.schema().fields().iter().map(|field| (field.name().as_str(), field.data_type()))
    }

    /// The bytes of a column in the file.
    pub(super) fn column_bytes(&self, root: usize) -> u64 {
        (0..self.plain.metadata().num_row_groups()).map(|row_group| self.chunk_bytes(row_group, root)).sum()
    }

    /// The bytes of a column in a row group.
    pub(super) fn chunk_bytes(&self, row_group: usize, root: usize) -> u64 {
        self.leaves(row_group, root).map(|chunk| u64::try_from(chunk.compressed_size()).unwrap_or(0)).sum()
    }

    fn leaves(&self, row_group: usize, root: usize) -> impl Iterator<Item = &ColumnChunkMetaData> {
        let schema = self.plain.parquet_schema();
        let chunks = self.plain.metadata().row_group(row_group).columns();
        chunks.iter().enumerate().filter(move |(leaf, _)| schema.get_column_root_idx(*leaf) == root).map(|(_, it)| it)
    }

    /// Decodes one column of one row group; `keep` says which of its rows count.
    pub(super) fn read(
        &self,
        row_group: usize,
        root: usize,
        shape: &Shape,
        keep: Option<&[bool]>,
        times: &LocalTimes,
    ) -> Result<Piece, LoadError> {
        let io = |source| LoadError::Io { file: self.name.clone(), source };
        let damaged = |reason| {
            let column = self.plain.schema().fields().get(root).map(|it| it.name().clone());
            LoadError::Damaged { place: Place { file: self.name.clone(), column, row_group: Some(row_group) }, reason }
        };
        let (start, end) = guarded(|| self.range(row_group, root)).and_then(|it| it).map_err(damaged)?;
        let file = File::open(&self.path).map_err(io)?;
        let bytes = ChunkBytes::read(file, start, end, self.size_bytes).map_err(io)?;
        guarded(|| self.decode(bytes, row_group, root, shape, keep, times)).and_then(|it| it).map_err(damaged)
    }

    /// Where a column of a row group lies in the file, if what the footer says of it can be.
    fn range(&self, row_group: usize, root: usize) -> Result<(u64, u64), String> {
        let mut range = (u64::MAX, 0);
        for chunk in self.leaves(row_group, root) {
            let (start, end) = check_chunk(chunk, self.size_bytes)?;
            range = (range.0.min(start), range.1.max(end));
        }
        if range.0 > range.1 { Err("the column is empty".to_owned()) } else { Ok(range) }
    }

    fn decode(
        &self,
        bytes: ChunkBytes,
        row_group: usize,
        root: usize,
        shape: &Shape,
        keep: Option<&[bool]>,
        times: &LocalTimes,
    ) -> Result<Piece, String> {
        let n_rows = self.plain.metadata().row_group(row_group).num_rows().unsigned_abs();
        let is_coded = self.leaves(row_group, root).all(has_dictionary_alone);
        let metadata = if is_coded { self.coded.clone() } else { self.plain.clone() };
        let mask = ProjectionMask::roots(metadata.parquet_schema(), [root]);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, metadata)
            .with_row_groups(vec![row_group])
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(|error| error.to_string())?;
        let mut piece = Piece::new(shape);
        let mut done = 0_usize;
        for batch in reader {
            let batch = batch.map_err(|error| error.to_string())?;
            let end = done + batch.num_rows();
            let keep = match keep {
                None => None,
                Some(keep) => Some(keep.get(done..end).ok_or_else(|| "more rows than the footer says".to_owned())?),
            };
            let array = batch.columns().first().ok_or_else(|| "the column is empty".to_owned())?;
            piece.push(&**array, shape, keep, times).map_err(|error| error.to_string())?;
            done = end;
        }
        if done as u64 == n_rows { Ok(piece) } else { Err(format!("{done} rows where the footer says {n_rows}")) }
    }
}

/// sha256 of what lies from the metadata to the end of the file.
fn footer_sha256(name: &str, file: &mut File, size_bytes: u64) -> Result<String, LoadError> {
    let io = |source| LoadError::Io { file: name.to_owned(), source };
    let not = |reason| LoadError::NotParquet { file: name.to_owned(), reason };
    if size_bytes < 12 {
        return Err(not("it is too short"));
    }
    let mut tail = [0_u8; 8];
    file.seek(SeekFrom::End(-8)).map_err(io)?;
    file.read_exact(&mut tail).map_err(io)?;
    let [a, b, c, d, mark @ ..] = tail;
    match &mark {
        b"PAR1" => {}
        b"PARE" => return Err(not("it is encrypted")),
        _ => return Err(not("it doesn't end as one")),
    }
    let footer_bytes = u64::from(u32::from_le_bytes([a, b, c, d])) + 8;
    if footer_bytes + 4 > size_bytes {
        return Err(not("its footer claims more bytes than there are"));
    }
    let mut hash = Sha256::new();
    file.seek(SeekFrom::Start(size_bytes - footer_bytes)).map_err(io)?;
    std::io::copy(&mut file.take(footer_bytes), &mut HashWriter(&mut hash)).map_err(io)?;
    Ok(hex(&hash.finalize()))
}

/// A hash that bytes are copied into.
pub(super) struct HashWriter<'a>(pub(super) &'a mut Sha256);

impl std::io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_metadata(file: &File) -> Result<(ArrowReaderMetadata, ArrowReaderMetadata), String> {
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Skip);
    let said = ArrowReaderMetadata::load(file, options.clone())
        // The Arrow schema that a writer may leave in the file can be damaged on its own.
        .or_else(|_| ArrowReaderMetadata::load(file, options.with_skip_arrow_metadata(true)))
        .map_err(|error| error.to_string())?;
    if said.schema().fields().len() != said.parquet_schema().root_schema().get_fields().len() {
        return Err("a column without content".to_owned());
    }
    let with = |text: &DataType| {
        let schema = Arc::new(wanted(&said, text));
        ArrowReaderMetadata::try_new(Arc::clone(said.metadata()), ArrowReaderOptions::new().with_schema(schema))
    };
    let plain = with(&DataType::Utf8View).or_else(|_| with(&DataType::Utf8)).unwrap_or_else(|_| said.clone());
    let coded =
        with(&DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into())).unwrap_or_else(|_| plain.clone());
    Ok((plain, coded))
}

/// The schema that the file is to be read by: text as `text`, INT96 as instants in microseconds (which they are, and in
/// nanoseconds they would overflow after 2262).
fn wanted(said: &ArrowReaderMetadata, text: &DataType) -> Schema {
    let parquet = said.parquet_schema();
    let mut leaves_by_root = vec![Vec::new(); said.schema().fields().len()];
    for leaf in 0..parquet.num_columns() {
        leaves_by_root[parquet.get_column_root_idx(leaf)].push(leaf);
    }
    let fields = said.schema().fields().iter().zip(leaves_by_root).map(|(field, leaves)| {
        let [leaf] = leaves[..] else { return Arc::clone(field) };
        let leaf = parquet.column(leaf);
        if leaf.physical_type() == PhysicalType::INT96 && Shape::of(field.data_type()) == Shape::Time {
            return retyped(field, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())));
        }
        if leaf.converted_type() != ConvertedType::UTF8 {
            return Arc::clone(field);
        }
        match (Shape::of(field.data_type()), field.data_type()) {
            (Shape::Text, _) => retyped(field, text.clone()),
            (Shape::List, DataType::List(item)) => retyped(field, DataType::List(retyped(item, text.clone()))),
            _ => Arc::clone(field),
        }
    });
    Schema::new_with_metadata(fields.collect::<Vec<FieldRef>>(), said.schema().metadata().clone())
}

fn retyped(field: &FieldRef, data_type: DataType) -> FieldRef {
    Arc::new(Field::clone(field).with_data_type(data_type))
}

/// Whether every data page is of dictionary codes.
fn has_dictionary_alone(chunk: &ColumnChunkMetaData) -> bool {
    if chunk.dictionary_page_offset().is_none() {
        return false;
    }
    match chunk.page_encoding_stats_mask() {
        Some(mask) => mask.is_only(Encoding::RLE_DICTIONARY) || mask.is_only(Encoding::PLAIN_DICTIONARY),
        // Older writers name the dictionary's own encoding only among all; take the dictionary's word.
        None => chunk.encodings().any(|it| matches!(it, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY)),
    }
}

/// Where a chunk begins and ends.
fn check_chunk(chunk: &ColumnChunkMetaData, file_bytes: u64) -> Result<(u64, u64), String> {
    let size = |it: i64| u64::try_from(it).map_err(|_| "a size below zero".to_owned());
    let (stored, claimed) = (size(chunk.compressed_size())?, size(chunk.uncompressed_size())?);
    size(chunk.data_page_offset())?;
    let (start, len) = chunk.byte_range();
    let end = start.checked_add(len).filter(|end| *end <= file_bytes);
    let end = end.ok_or_else(|| "it lies beyond the file's end".to_owned())?;
    if claimed > CHUNK_BYTES && claimed / CHUNK_RATIO > stored {
        return Err(format!("{stored} bytes claim to hold {claimed}"));
    }
    Ok((start, end))
}
