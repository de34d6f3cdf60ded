//! [`Part`]: one Parquet file, opened: its footer, and its columns chunk by chunk.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, TimeUnit};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_field_levels};
use parquet::basic::{ConvertedType, Encoding, Type as PhysicalType};
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader, ParquetStatisticsPolicy,
};

use super::chunk_bytes::ChunkBytes;
use super::error::{LoadError, Place};
use super::footer::Footer;
use super::guard::guarded;
use super::image::FileState;
use super::limits::{FREE_ROWS, Limit, Limits, Refusal};
use super::local_times::LocalTimes;
use super::pages::{self, Group};
use super::piece::Piece;
use super::shape::Shape;

/// Rows decoded at a time.
const BATCH_ROWS: usize = 1 << 20;

/// An opened file.
#[derive(Debug)]
pub(super) struct Part {
    /// Its path within the book, with `/`.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) size_bytes: u64,
    /// As it stood when it was opened.
    state: FileState,
    /// sha256 of the footer with its length and mark, in hex.
    pub(super) footer_sha256: String,
    limits: Limits,
    /// Text read as it is.
    plain: ArrowReaderMetadata,
    /// Text read as dictionaries.
    coded: ArrowReaderMetadata,
}

impl Part {
    pub(super) fn open(name: String, path: PathBuf, limits: Limits) -> Result<Self, LoadError> {
        let io = |source| LoadError::Io { file: name.clone(), source };
        let mut file = File::open(&path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        let (size_bytes, state) = (metadata.len(), FileState::of(&metadata));
        let footer = Footer::read(&name, &mut file, size_bytes, &limits)?;
        let damaged = |reason| LoadError::Damaged { place: Place::file(&name), reason };
        let (plain, coded) = guarded(|| decode_footer(&footer)).and_then(|it| it).map_err(damaged)?;
        let part = Self { name, path, size_bytes, state, footer_sha256: footer.sha256, limits, plain, coded };
        part.check().map_err(|refusal| LoadError::refused(Place::file(&part.name), refusal))?;
        Ok(part)
    }

    /// Whether the footer's claims are possible.
    fn check(&self) -> Result<(), Refusal> {
        let metadata = self.plain.metadata();
        let damaged = |reason: &str| Err(Refusal::damaged(format!("its footer {reason}")));
        let mut sum = 0_u64;
        for row_group in metadata.row_groups() {
            match u64::try_from(row_group.num_rows()).ok().and_then(|rows| sum.checked_add(rows)) {
                Some(rows) => sum = rows,
                None => return damaged("claims a number of rows that can't be"),
            }
        }
        // Some old writers leave the sum at 0.
        let told = i128::from(metadata.file_metadata().num_rows());
        if told != i128::from(sum) && told != 0 {
            return damaged("counts its rows in two ways that differ");
        }
        self.limits.share(Limit::RowsPerByte, "rows", self.size_bytes, sum, FREE_ROWS)
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
        self.over_chunks(root, ColumnChunkMetaData::compressed_size)
    }

    /// The bytes that the pages of a column claim to hold.
    pub(super) fn claimed_bytes(&self, root: usize) -> u64 {
        self.over_chunks(root, ColumnChunkMetaData::uncompressed_size)
    }

    /// The values of a column, those in lists one by one.
    pub(super) fn claimed_values(&self, root: usize) -> u64 {
        self.over_chunks(root, ColumnChunkMetaData::num_values)
    }

    fn over_chunks(&self, root: usize, of: impl Fn(&ColumnChunkMetaData) -> i64) -> u64 {
        let row_groups = 0..self.plain.metadata().num_row_groups();
        let chunks = row_groups.flat_map(|row_group| self.leaves(row_group, root));
        chunks.map(|chunk| u64::try_from(of(chunk)).unwrap_or(0)).fold(0, u64::saturating_add)
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
        let refused = |refusal| {
            let column = self.plain.schema().fields().get(root).map(|it| it.name().clone());
            let place = Place { file: self.name.clone(), column, row_group: Some(row_group) };
            LoadError::refused(place, refusal)
        };
        let (start, end) = flat(guarded(|| self.range(row_group, root))).map_err(refused)?;
        let mut file = File::open(&self.path).map_err(io)?;
        let bytes = ChunkBytes::read(&mut file, start, end, self.size_bytes).map_err(io)?;
        // What was read must be of the file whose footer was: another's pages could pass for its own.
        if FileState::of(&file.metadata().map_err(io)?) != self.state {
            return Err(LoadError::ChangedMeanwhile { file: self.name.clone() });
        }
        flat(guarded(|| self.decode(bytes, row_group, root, shape, keep, times))).map_err(refused)
    }

    /// Where a column of a row group lies in the file, if what the footer says of it can be.
    fn range(&self, row_group: usize, root: usize) -> Result<(u64, u64), Refusal> {
        let mut range = (u64::MAX, 0);
        for chunk in self.leaves(row_group, root) {
            let (start, end) = pages::range(chunk, self.size_bytes, &self.limits)?;
            range = (range.0.min(start), range.1.max(end));
        }
        if range.0 > range.1 { Err(Refusal::damaged("the column is empty")) } else { Ok(range) }
    }

    fn decode(
        &self,
        bytes: ChunkBytes,
        row_group: usize,
        root: usize,
        shape: &Shape,
        keep: Option<&[bool]>,
        times: &LocalTimes,
    ) -> Result<Piece, Refusal> {
        let n_rows = self.plain.metadata().row_group(row_group).num_rows().unsigned_abs();
        for chunk in self.leaves(row_group, root) {
            let (start, len) = chunk.byte_range();
            let bytes =
                bytes.slice(start, len).ok_or_else(|| Refusal::damaged("the file was cut while it was read"))?;
            pages::check(bytes, chunk, n_rows, &self.limits)?;
        }
        let is_coded = self.leaves(row_group, root).all(has_dictionary_alone);
        let reader = self.reader(bytes, row_group, root, if is_coded { &self.coded } else { &self.plain });
        let reader = reader.map_err(|error| error.to_string())?;
        let mut piece = Piece::new(shape);
        let mut done = 0_usize;
        for batch in reader {
            let batch = batch.map_err(|error| error.to_string())?;
            let end = done + batch.num_rows();
            let keep = match keep {
                None => None,
                Some(keep) => {
                    Some(keep.get(done..end).ok_or_else(|| Refusal::damaged("more rows than the footer says"))?)
                }
            };
            let array = batch.columns().first().ok_or_else(|| Refusal::damaged("the column is empty"))?;
            piece.push(&**array, shape, keep, times).map_err(|error| error.to_string())?;
            done = end;
        }
        if done as u64 == n_rows {
            Ok(piece)
        } else {
            Err(Refusal::damaged(format!("{done} rows where the footer says {n_rows}")))
        }
    }

    /// The decoder of one column of one row group.
    fn reader(
        &self,
        bytes: ChunkBytes,
        row_group: usize,
        root: usize,
        metadata: &ArrowReaderMetadata,
    ) -> Result<ParquetRecordBatchReader, ParquetError> {
        let schema = metadata.parquet_schema();
        let mask = ProjectionMask::roots(schema, [root]);
        let levels = parquet_to_arrow_field_levels(schema, mask, Some(metadata.schema().fields()))?;
        let group = Group { metadata: metadata.metadata(), row_group, bytes: Arc::new(bytes) };
        ParquetRecordBatchReader::try_new_with_row_groups(&levels, &group, BATCH_ROWS, None)
    }
}

/// What came of work that may have panicked.
fn flat<T>(done: Result<Result<T, Refusal>, String>) -> Result<T, Refusal> {
    done.map_err(Refusal::Damaged).and_then(|it| it)
}

fn decode_footer(footer: &Footer) -> Result<(ArrowReaderMetadata, ArrowReaderMetadata), String> {
    let words = |error: ParquetError| error.to_string();
    // Nothing here asks for statistics, and some old writers have others in their place.
    let needed = ParquetMetaDataOptions::new()
        .with_column_stats_policy(ParquetStatisticsPolicy::SkipAll)
        .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll);
    let metadata = ParquetMetaDataReader::decode_metadata_with_options(&footer.metadata, Some(&needed));
    let metadata = Arc::new(metadata.and_then(without_empty_dictionaries).map_err(words)?);
    let options = ArrowReaderOptions::new();
    let said = ArrowReaderMetadata::try_new(Arc::clone(&metadata), options.clone())
        // The Arrow schema that a writer may leave in the file can be damaged on its own.
        .or_else(|_| ArrowReaderMetadata::try_new(metadata, options.with_skip_arrow_metadata(true)))
        .map_err(words)?;
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

/// Old writers say of a chunk without a dictionary that it has one at 0, where no page can be: the file's mark is there.
fn without_empty_dictionaries(metadata: ParquetMetaData) -> Result<ParquetMetaData, ParquetError> {
    let is_at_mark = |chunk: &ColumnChunkMetaData| chunk.dictionary_page_offset() == Some(0);
    if !metadata.row_groups().iter().flat_map(|it| it.columns()).any(is_at_mark) {
        return Ok(metadata);
    }
    let mut file = metadata.into_builder();
    for row_group in file.take_row_groups() {
        let mut row_group = row_group.into_builder();
        for chunk in row_group.take_columns() {
            let offset = chunk.dictionary_page_offset().filter(|offset| *offset != 0);
            let chunk = chunk.into_builder().set_dictionary_page_offset(offset).build()?;
            row_group = row_group.add_column_metadata(chunk);
        }
        file = file.add_row_group(row_group.build()?);
    }
    Ok(file.build())
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
