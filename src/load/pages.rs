//! The pages of a column chunk: what their headers claim, looked at before anything is decoded.
//!
//! The decoder makes room for a page's bytes and a dictionary's values as the header claims them.

use std::sync::Arc;

use parquet::arrow::arrow_reader::RowGroups;
use parquet::basic::{Encoding, Type as PhysicalType};
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::serialized_reader::SerializedPageReader;

use super::chunk_bytes::ChunkBytes;
use super::delta;
use super::limits::{FREE_CHUNK_BYTES, FREE_PAGE_BYTES, FREE_ROWS, Limit, Limits, Refusal};
use super::thrift::{Kind, Thrift};

/// Bytes of a value of fixed length: those of the longest decimal that can be decoded.
const MAX_FIXED_BYTES: i32 = 32;

/// Where a chunk begins and ends in a file of `file_bytes`, if what the footer says of it can be.
pub(super) fn range(
    chunk: &ColumnChunkMetaData,
    file_bytes: u64,
    limits: &Limits,
) -> std::result::Result<(u64, u64), Refusal> {
    let size = |it: i64| u64::try_from(it).map_err(|_| Refusal::damaged("a size below zero"));
    let (stored, claimed) = (size(chunk.compressed_size())?, size(chunk.uncompressed_size())?);
    size(chunk.data_page_offset())?;
    let (start, len) = chunk.byte_range();
    let end = start.checked_add(len).filter(|end| *end <= file_bytes);
    let end = end.ok_or_else(|| Refusal::damaged("it lies beyond the file's end"))?;
    limits.share(Limit::BytesPerByte, "bytes", stored, claimed, FREE_CHUNK_BYTES)?;
    let descriptor = chunk.column_descr();
    if descriptor.physical_type() == PhysicalType::FIXED_LEN_BYTE_ARRAY && descriptor.type_length() > MAX_FIXED_BYTES {
        return Err(Refusal::damaged(format!("values of {} bytes each", descriptor.type_length())));
    }
    Ok((start, end))
}

/// Whether the pages of a chunk, whose `bytes` these are, claim what a row group of `n_rows` can have.
///
/// Cost: a walk of the headers.
pub(super) fn check(
    bytes: &[u8],
    chunk: &ColumnChunkMetaData,
    n_rows: u64,
    limits: &Limits,
) -> std::result::Result<(), Refusal> {
    let mut rest = bytes;
    let mut n_values = 0_u64;
    while !rest.is_empty() {
        let mut thrift = Thrift::new(rest);
        let Some(page) = Header::read(&mut thrift) else {
            return Err(Refusal::damaged("the header of a page isn't written as one"));
        };
        let (Ok(stored), Ok(claimed)) = (usize::try_from(page.stored_bytes), u64::try_from(page.bytes)) else {
            return Err(Refusal::damaged("a page of a size below zero"));
        };
        limits.size(Limit::PageBytes, "a page", claimed)?;
        limits.share(Limit::BytesPerByte, "bytes", stored as u64, claimed, FREE_PAGE_BYTES)?;
        let dictionary_values = u64::try_from(page.dictionary_values);
        let data_values = u64::try_from(page.data_values);
        let (Ok(dictionary_values), Ok(data_values)) = (dictionary_values, data_values) else {
            return Err(Refusal::damaged("a page of fewer than no values"));
        };
        // A value takes a byte at least.
        if dictionary_values > claimed {
            return Err(Refusal::damaged("a dictionary of more values than it has bytes"));
        }
        n_values = n_values.saturating_add(data_values);
        rest = thrift.rest().get(stored..).ok_or_else(|| Refusal::damaged("a page beyond the end of its column"))?;
    }
    if chunk.column_descr().max_rep_level() > 0 {
        return limits.share(Limit::RowsPerByte, "values", bytes.len() as u64, n_values, FREE_ROWS);
    }
    if n_values > n_rows {
        return Err(Refusal::damaged(format!("its pages claim {n_values} values in {n_rows} rows")));
    }
    Ok(())
}

/// What a page's header claims.
#[derive(Debug, Default, PartialEq, Eq)]
struct Header {
    bytes: i32,
    stored_bytes: i32,
    /// 0 if it is no data page.
    data_values: i32,
    /// 0 if it is no dictionary.
    dictionary_values: i32,
}

impl Header {
    /// The header that bytes begin with; none if they don't.
    fn read(thrift: &mut Thrift<'_>) -> Option<Self> {
        let mut header = Self::default();
        let mut last = 0;
        thrift.fields(|thrift, id, kind| {
            // The decoder takes the last of two, and the fields in any order: nobody writes either.
            if id <= last {
                return None;
            }
            last = id;
            match (id, kind) {
                (1 | 4, Kind::I32) => thrift.skip(kind),
                (2, Kind::I32) => thrift.i32().map(|it| header.bytes = it),
                (3, Kind::I32) => thrift.i32().map(|it| header.stored_bytes = it),
                (5 | 8, Kind::Struct) => n_values(thrift).map(|it| header.data_values = header.data_values.max(it)),
                (7, Kind::Struct) => n_values(thrift).map(|it| header.dictionary_values = it),
                (1..=5 | 7 | 8, _) => None,
                _ => thrift.skip(kind),
            }
        })?;
        Some(header)
    }
}

/// The first field of the header of any sort of page.
fn n_values(thrift: &mut Thrift<'_>) -> Option<i32> {
    let mut found = None;
    thrift.fields(|thrift, id, kind| match (id, kind) {
        (1, Kind::I32) if found.is_none() => thrift.i32().map(|it| found = Some(it)),
        (1, _) => None,
        _ => thrift.skip(kind),
    })?;
    found
}

/// One row group, as the decoder wants it, whose pages are looked at once more when they are decompressed.
pub(super) struct Group<'a> {
    pub(super) metadata: &'a ParquetMetaData,
    pub(super) row_group: usize,
    pub(super) bytes: Arc<ChunkBytes>,
}

impl Group<'_> {
    fn meta(&self) -> &RowGroupMetaData {
        self.metadata.row_group(self.row_group)
    }
}

impl RowGroups for Group<'_> {
    fn num_rows(&self) -> usize {
        usize::try_from(self.meta().num_rows()).unwrap_or(0)
    }

    fn column_chunks(&self, leaf: usize) -> Result<Box<dyn PageIterator>> {
        let chunk = self.meta().column(leaf);
        let descriptor = chunk.column_descr();
        Ok(Box::new(Chunk(Some(Pages {
            max_levels: [descriptor.max_rep_level(), descriptor.max_def_level()],
            pages: SerializedPageReader::new(Arc::clone(&self.bytes), chunk, self.num_rows(), None)?,
        }))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(std::iter::once(self.meta()))
    }

    fn metadata(&self) -> &ParquetMetaData {
        self.metadata
    }
}

/// The pages of the one chunk of a column.
struct Chunk(Option<Pages>);

impl Iterator for Chunk {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(|pages| Ok(Box::new(pages) as Box<dyn PageReader>))
    }
}

impl PageIterator for Chunk {}

struct Pages {
    pages: SerializedPageReader<ChunkBytes>,
    /// Of repetition and definition.
    max_levels: [i16; 2],
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        match self.pages.get_next_page()? {
            Some(page) if !is_possible(&page, self.max_levels) => {
                Err(ParquetError::General("a page claims more values than it has".to_owned()))
            }
            page => Ok(page),
        }
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.pages.at_record_boundary()
    }
}

/// Whether the body of a page claims what its header does.
fn is_possible(page: &Page, max_levels: [i16; 2]) -> bool {
    let (values, encoding, n_values) = match page {
        Page::DictionaryPage { .. } => return true,
        Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, .. } => {
            let levels = max_levels.into_iter().zip([*rep_level_encoding, *def_level_encoding]);
            let mut values = &buf[..];
            for (_, level_encoding) in levels.filter(|(max_level, _)| *max_level > 0) {
                if level_encoding != Encoding::RLE {
                    // Packed levels are older than the delta encodings.
                    return !delta::is_of_lengths(*encoding);
                }
                let Some((len, rest)) = values.split_first_chunk() else { return false };
                let Some(rest) = rest.get(u32::from_le_bytes(*len) as usize..) else { return false };
                values = rest;
            }
            (values, *encoding, *num_values)
        }
        Page::DataPageV2 { buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
            let levels = *def_levels_byte_len as usize + *rep_levels_byte_len as usize;
            let Some(values) = buf.get(levels..) else { return false };
            (values, *encoding, *num_values)
        }
    };
    delta::is_possible(encoding, values, n_values as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_the_decoder_reads_it() {
        // A data page of 100 bytes, 50 stored, of 7 values; plain, levels in runs.
        let page = [0x15, 0, 0x15, 200, 1, 0x15, 100, 0x2c, 0x15, 14, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0, 0xaa];
        let mut thrift = Thrift::new(&page);
        let header = Header { bytes: 100, stored_bytes: 50, data_values: 7, dictionary_values: 0 };
        assert_eq!(Header::read(&mut thrift), Some(header));
        assert_eq!(thrift.rest(), [0xaa]);
        for cut in 0..page.len() - 1 {
            assert_eq!(Header::read(&mut Thrift::new(&page[..cut])), None, "{cut}");
        }
        // A size that is a text to one reader and a number to another, and a size said twice.
        assert_eq!(Header::read(&mut Thrift::new(&[0x15, 0, 0x18, 1, 0x15, 2, 0])), None);
        assert_eq!(Header::read(&mut Thrift::new(&[0x25, 2, 0x05, 4, 2, 0])), None);
    }
}
