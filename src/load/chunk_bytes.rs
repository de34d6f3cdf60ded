//! [`ChunkBytes`]: a column chunk in memory, as Parquet's decoder wants it.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

/// The bytes of a file from `start`; nothing else of it can be read.
pub(super) struct ChunkBytes {
    bytes: Bytes,
    start: u64,
    file_bytes: u64,
}

impl ChunkBytes {
    /// Reads `start..end` of a file of `file_bytes`, which it must lie within: room is made for all of it.
    pub(super) fn read(file: &mut File, start: u64, end: u64, file_bytes: u64) -> io::Result<Self> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(usize::try_from(end - start).map_err(io::Error::other)?)?;
        file.seek(SeekFrom::Start(start))?;
        file.take(end - start).read_to_end(&mut bytes)?;
        Ok(Self { bytes: bytes.into(), start, file_bytes })
    }

    /// These bytes of the file, if all of them are here.
    pub(super) fn slice(&self, start: u64, len: u64) -> Option<&[u8]> {
        let start = self.place(start).ok()?;
        self.bytes.get(start..start.checked_add(usize::try_from(len).ok()?)?)
    }

    fn place(&self, start: u64) -> Result<usize> {
        let place = start.checked_sub(self.start).and_then(|it| usize::try_from(it).ok());
        place.filter(|it| *it <= self.bytes.len()).ok_or_else(beyond)
    }
}

fn beyond() -> ParquetError {
    ParquetError::EOF("a page lies outside its column".to_owned())
}

impl Length for ChunkBytes {
    fn len(&self) -> u64 {
        self.file_bytes
    }
}

impl ChunkReader for ChunkBytes {
    type T = Strict;

    fn get_read(&self, start: u64) -> Result<Strict> {
        Ok(Strict(Cursor::new(self.bytes.slice(self.place(start)?..))))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let start = self.place(start)?;
        let end = start.checked_add(length).filter(|it| *it <= self.bytes.len()).ok_or_else(beyond)?;
        Ok(self.bytes.slice(start..end))
    }
}

/// A reader for which the end is an error.
///
/// The decoder skips as many elements of a page header as it claims to have, and at the end of a
/// file goes on skipping nothing: two thousand million times, if so many are claimed.
pub(super) struct Strict(Cursor<Bytes>);

impl Read for Strict {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            n => Ok(n),
        }
    }
}
