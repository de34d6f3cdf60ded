//! The file of an image: sections, each with its length and checksum.
//!
//! ```text
//! header     64 bytes: mark, format, shape, sections, bytes of the file, checksum of the table, 0, checksum of the header
//! sections   one after the other, each filled up with zeros to a multiple of 64 bytes
//! table      of each section: its bytes, its checksum
//! ```
//!
//! All numbers have 64 bits and are little-endian; checksums are XXH3 of 64 bits. Every byte is under a checksum.
//!
//! Invariant: nothing of a file is believed before its checksum was taken, and no length is believed at all: what a file
//! can't hold is [`Damage`], whatever its checksums say.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use bytes::Bytes;
use memmap2::Mmap;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::Unusable;
use crate::index::{Damage, SectionReader, SectionWriter};

const MARK: u64 = u64::from_le_bytes(*b"SegQLimg");
/// Of the layout that this module describes; the fields of a book are told by [`super::book::shape`].
const FORMAT: u64 = 1;
const HEADER_BYTES: usize = 64;
const ENTRY_BYTES: usize = 16;
/// Where sections begin and end: at lines of the cache.
const ALIGNMENT: usize = 64;

/// Writes an image section by section.
pub(super) struct ImageWriter<'a> {
    out: BufWriter<&'a mut File>,
    /// Of each section: its bytes, its checksum.
    table: Vec<[u64; 2]>,
}

impl<'a> ImageWriter<'a> {
    /// Into an empty file.
    pub(super) fn new(file: &'a mut File) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(1 << 20, file);
        // The header comes last, when it is known.
        out.write_all(&[0; HEADER_BYTES])?;
        Ok(Self { out, table: Vec::new() })
    }

    /// The next section, of what `write` writes.
    pub(super) fn section(&mut self, write: impl FnOnce(&mut SectionWriter<'_>) -> io::Result<()>) -> io::Result<()> {
        let mut out = Summed { out: &mut self.out, hash: Xxh3::new(), n_bytes: 0 };
        write(&mut SectionWriter::new(&mut out))?;
        let past = out.n_bytes % ALIGNMENT;
        if past > 0 {
            out.write_all(&[0; ALIGNMENT][past..])?;
        }
        self.table.push([out.n_bytes as u64, out.hash.digest()]);
        Ok(())
    }

    /// The table and the header, which make the file an image of this shape.
    pub(super) fn finish(mut self, shape: u64) -> io::Result<()> {
        let table: Vec<u8> = self.table.iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
        self.out.write_all(&table)?;
        let n_bytes = self.out.stream_position()?;
        let numbers = [MARK, FORMAT, shape, self.table.len() as u64, n_bytes, xxh3_64(&table), 0];
        let mut header: Vec<u8> = numbers.into_iter().flat_map(u64::to_le_bytes).collect();
        header.extend(xxh3_64(&header).to_le_bytes());
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&header)?;
        self.out.flush()
    }
}

/// Takes the checksum of what passes.
struct Summed<W> {
    out: W,
    hash: Xxh3,
    n_bytes: usize,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_bytes = self.out.write(bytes)?;
        self.hash.update(&bytes[..n_bytes]);
        self.n_bytes += n_bytes;
        Ok(n_bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// An image whose header and table are as they were written.
pub(super) struct Image {
    bytes: Bytes,
    /// Of each section: where it lies, its checksum.
    sections: Vec<(Range<usize>, u64)>,
}

impl Image {
    /// Opens the image of a file; none if there is no such file, or not for this user.
    pub(super) fn open(path: &Path, shape: u64) -> Result<Option<Self>, Unusable> {
        let absent = |error: &io::Error| {
            matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::PermissionDenied
            )
        };
        // A pipe of that name would keep an opening waiting.
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err(Unusable::Damaged(Damage("it isn't a file"))),
            Err(error) if absent(&error) => return Ok(None),
            Err(error) => return Err(Unusable::Unreadable(error)),
        }
        let bytes = match File::open(path).and_then(|file| map(&file)) {
            Ok(bytes) => bytes,
            Err(error) if absent(&error) => return Ok(None),
            Err(error) => return Err(Unusable::Unreadable(error)),
        };
        Self::of_bytes(bytes, shape).map(Some)
    }

    fn of_bytes(bytes: Bytes, shape: u64) -> Result<Self, Unusable> {
        let damaged = |what| Unusable::Damaged(Damage(what));
        let Some(header) = bytes.first_chunk::<HEADER_BYTES>() else { return Err(damaged("it is too short")) };
        let number = |at: usize| numbers(&header[at * 8..]).next().unwrap_or_default();
        if number(0) != MARK {
            return Err(damaged("it doesn't begin as one"));
        }
        if number(1) != FORMAT {
            return Err(Unusable::OtherVersion);
        }
        if number(7) != xxh3_64(&header[..56]) {
            return Err(damaged("the checksum of its header differs"));
        }
        if number(2) != shape {
            return Err(Unusable::OtherVersion);
        }
        if number(4) != bytes.len() as u64 {
            return Err(damaged("it is longer or shorter than it was"));
        }
        let n_sections = usize::try_from(number(3)).ok();
        let start = n_sections
            .and_then(|it| it.checked_mul(ENTRY_BYTES))
            .and_then(|it| bytes.len().checked_sub(it))
            .filter(|start| *start >= HEADER_BYTES)
            .ok_or_else(|| damaged("its table doesn't fit"))?;
        let table = &bytes[start..];
        if number(5) != xxh3_64(table) {
            return Err(damaged("the checksum of its table differs"));
        }
        let sections = sections(table, start).ok_or_else(|| damaged("its sections don't fit"))?;
        Ok(Self { bytes, sections })
    }

    pub(super) fn n_sections(&self) -> usize {
        self.sections.len()
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// What `read` makes of a section, to the end. Cost: one pass of its bytes, for the checksum, besides.
    pub(super) fn read<T>(
        &self,
        section: usize,
        read: impl FnOnce(&mut SectionReader) -> Result<T, Damage>,
    ) -> Result<T, Damage> {
        let (range, checksum) = self.sections.get(section).ok_or(Damage("a section is missing"))?;
        let bytes = self.bytes.slice(range.clone());
        if xxh3_64(&bytes) != *checksum {
            return Err(Damage("the checksum of a section differs"));
        }
        let mut from = SectionReader::new(bytes);
        let found = read(&mut from)?;
        let left = from.left();
        if left.len() >= ALIGNMENT || left.iter().any(|byte| *byte != 0) {
            return Err(Damage("a section holds more than it should"));
        }
        Ok(found)
    }
}

/// The sections of a table, which lie between the header and it; none if they don't fill that.
fn sections(table: &[u8], start_of_table: usize) -> Option<Vec<(Range<usize>, u64)>> {
    let mut sections = Vec::with_capacity(table.len() / ENTRY_BYTES);
    let mut start = HEADER_BYTES;
    let mut numbers = numbers(table);
    while let (Some(len), Some(checksum)) = (numbers.next(), numbers.next()) {
        let len = usize::try_from(len).ok().filter(|len| len % ALIGNMENT == 0)?;
        let end = start.checked_add(len).filter(|end| *end <= start_of_table)?;
        sections.push((start..end, checksum));
        start = end;
    }
    (start == start_of_table).then_some(sections)
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    bytes.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes))
}

/// The bytes of a file, in place.
///
/// PERF: 0.2 s to map 2 GB of the page cache and take their checksums; 1 s and more to copy them into fresh memory,
/// nearly all of it spent on the system's handing out of pages.
#[expect(
    unsafe_code,
    reason = "an image is SegQL's own file: it is written under another name and never changed after"
)]
fn map(file: &File) -> io::Result<Bytes> {
    // SAFETY: whoever else changes or cuts the file while it is mapped breaks what the system promises of any program.
    let map = unsafe { Mmap::map(file)? };
    // Only speed: from a disk, reading begins at once.
    #[cfg(unix)]
    let _ = map.advise(memmap2::Advice::WillNeed);
    Ok(Bytes::from_owner(map))
}
