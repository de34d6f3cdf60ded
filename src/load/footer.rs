//! The footer of a file: read once, hashed, and walked before it is decoded.
//!
//! The decoder makes room for as many row groups and columns as a footer claims to have, and goes into its schema as deep
//! as that claims to be: what can't be is refused here. And it takes fields by their numbers alone: those that a draft of
//! the format had under numbers which mean others now are given numbers that it passes over.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use sha2::{Digest, Sha256};

use super::error::{LoadError, Place};
use super::limits::{Limit, Limits, Refusal};
use super::thrift::{Kind, Thrift};
use crate::model::hex;

/// How deep a schema may be.
const MAX_DEPTH: usize = 64;
/// How many elements a schema may have, groups included.
const MAX_ELEMENTS: usize = 1 << 15;
/// How many row groups a file may have.
const MAX_ROW_GROUPS: usize = 1 << 20;
/// Put into the head of a field: its number is 15 beyond the one before.
const FAR: u8 = 0xf0;
/// Fields 15 beyond these or later ones mean nothing.
const MIN_BEFORE: i16 = 9;
/// What follows the metadata: its length, and the mark.
const TAIL_BYTES: u64 = 8;

/// The end of a file, as it is stored.
pub(super) struct Footer {
    /// The metadata.
    pub(super) metadata: Vec<u8>,
    /// sha256 of the metadata with its length and mark, in hex.
    pub(super) sha256: String,
}

impl Footer {
    /// Reads it from a file of `size_bytes`, whose name within the book is `name`.
    pub(super) fn read(name: &str, file: &mut File, size_bytes: u64, limits: &Limits) -> Result<Self, LoadError> {
        let io = |source| LoadError::Io { file: name.to_owned(), source };
        let not = |reason| LoadError::NotParquet { file: name.to_owned(), reason };
        let refused = |refusal| LoadError::refused(Place::file(name), refusal);
        if size_bytes < TAIL_BYTES + 4 {
            return Err(not("it is too short"));
        }
        let mut tail = [0_u8; TAIL_BYTES as usize];
        file.seek(SeekFrom::Start(size_bytes - TAIL_BYTES)).map_err(io)?;
        file.read_exact(&mut tail).map_err(io)?;
        let [a, b, c, d, mark @ ..] = tail;
        match &mark {
            b"PAR1" => {}
            b"PARE" => return Err(not("it is encrypted")),
            _ => return Err(not("it doesn't end as one")),
        }
        let n_bytes = u64::from(u32::from_le_bytes([a, b, c, d]));
        if n_bytes + TAIL_BYTES + 4 > size_bytes {
            return Err(not("its footer claims more bytes than there are"));
        }
        limits.size(Limit::FooterBytes, "its footer", n_bytes).map_err(refused)?;
        let mut metadata = Vec::new();
        file.seek(SeekFrom::Start(size_bytes - TAIL_BYTES - n_bytes)).map_err(io)?;
        file.take(n_bytes).read_to_end(&mut metadata).map_err(io)?;
        let checked = check(&metadata);
        let of_a_draft = checked.map_err(|reason| refused(Refusal::damaged(format!("its footer {reason}"))))?;
        let sha256 = hex(&Sha256::new().chain_update(&metadata).chain_update(tail).finalize());
        of_a_draft.into_iter().for_each(|head| metadata[head] |= FAR);
        Ok(Self { metadata, sha256 })
    }
}

/// Whether the decoder can be let at a footer's metadata; where the heads of fields of a draft stand.
fn check(metadata: &[u8]) -> Result<Vec<usize>, &'static str> {
    let (mut refused, mut of_a_draft) = (None, Vec::new());
    let walked = Thrift::new(metadata).fields(|thrift, id, kind| {
        let checked = match (id, kind) {
            (2, Kind::List) => schema(thrift),
            (4, Kind::List) => row_groups(thrift, metadata, &mut of_a_draft),
            (2 | 4, _) => return None,
            _ => return thrift.skip(kind),
        };
        match checked? {
            Ok(()) => Some(()),
            Err(reason) => {
                refused = Some(reason);
                None
            }
        }
    });
    match (refused, walked) {
        (Some(reason), _) => Err(reason),
        (None, Some(())) => Ok(of_a_draft),
        (None, None) => Err("isn't written as one"),
    }
}

/// Whether a schema is neither too long nor too deep; none if it isn't written as one.
fn schema(thrift: &mut Thrift<'_>) -> Option<Result<(), &'static str>> {
    let (kind, n) = thrift.list()?;
    if n > MAX_ELEMENTS {
        return Some(Err("claims more columns than are taken (32768)"));
    }
    // How many children are to come, of each group that isn't complete.
    let mut open: Vec<i64> = Vec::new();
    for _ in 0..n {
        let children = children(thrift, kind)?;
        while open.last() == Some(&0) {
            open.pop();
        }
        if let Some(left) = open.last_mut() {
            *left -= 1;
        }
        if children > 0 {
            open.push(children);
        }
        if open.len() > MAX_DEPTH {
            return Some(Err("claims a deeper schema than is taken (64 levels)"));
        }
    }
    Some(Ok(()))
}

/// How many children an element of a schema has.
fn children(thrift: &mut Thrift<'_>, kind: Kind) -> Option<i64> {
    let mut children = 0;
    if kind != Kind::Struct {
        return None;
    }
    thrift.fields(|thrift, id, kind| match (id, kind) {
        (5, Kind::Int(_)) => {
            children = thrift.int()?;
            Some(())
        }
        (5, _) => None,
        _ => thrift.skip(kind),
    })?;
    Some(children)
}

/// Whether there aren't too many row groups; none if they aren't written as such.
fn row_groups(
    thrift: &mut Thrift<'_>,
    metadata: &[u8],
    of_a_draft: &mut Vec<usize>,
) -> Option<Result<(), &'static str>> {
    let (kind, n) = thrift.list()?;
    if n > MAX_ROW_GROUPS {
        return Some(Err("claims more row groups than are taken (1048576)"));
    }
    for _ in 0..n {
        if kind != Kind::Struct {
            return None;
        }
        thrift.fields(|thrift, id, kind| match (id, kind) {
            (1, Kind::List) => columns(thrift, metadata, of_a_draft),
            _ => thrift.skip(kind),
        })?;
    }
    Some(Ok(()))
}

/// Walks the columns of a row group.
fn columns(thrift: &mut Thrift<'_>, metadata: &[u8], of_a_draft: &mut Vec<usize>) -> Option<()> {
    let (kind, n) = thrift.list()?;
    (0..n).try_for_each(|_| {
        if kind != Kind::Struct {
            return thrift.skip(kind);
        }
        thrift.fields(|thrift, id, kind| match (id, kind) {
            (3, Kind::Struct) => column(thrift, metadata, of_a_draft),
            _ => thrift.skip(kind),
        })
    })
}

/// Walks the metadata of a column; a last field that is of a draft is noted.
fn column(thrift: &mut Thrift<'_>, metadata: &[u8], of_a_draft: &mut Vec<usize>) -> Option<()> {
    let mut before = 0;
    thrift.fields(|thrift, id, kind| {
        let head = metadata.len() - thrift.rest().len() - 1;
        thrift.skip(kind)?;
        let is_another = match id {
            14 => kind != Kind::I64,
            15 => kind != Kind::I32,
            16 | 17 => kind != Kind::Struct,
            _ => false,
        };
        // The head says how far the number is from the one before: there must be one, and none may count from this.
        let is_near = i16::from(metadata[head] >> 4) == id - before;
        let is_last = thrift.rest().first() == Some(&0);
        if is_another && is_near && is_last && before >= MIN_BEFORE {
            of_a_draft.push(head);
        }
        before = id;
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Metadata with a schema of these numbers of children, and so many empty row groups.
    fn metadata(children: &[u8], n_row_groups: usize) -> Vec<u8> {
        let list = |n: usize| {
            let mut head = vec![0xfc];
            let mut n = n;
            while n > 0x7f {
                head.push(n as u8 | 0x80);
                n >>= 7;
            }
            head.push(n as u8);
            head
        };
        // Field 2, a list of structs, each with field 5, an integer; then field 4, a list of structs.
        let mut bytes = vec![0x29];
        bytes.extend(list(children.len()));
        children.iter().for_each(|it| bytes.extend([0x55, it * 2, 0]));
        bytes.push(0x29);
        bytes.extend(list(n_row_groups));
        bytes.extend(vec![0; n_row_groups + 1]);
        bytes
    }

    #[test]
    fn a_schema_is_taken_to_its_limits_and_no_further() {
        assert_eq!(check(&metadata(&[2, 0, 0], 3)), Ok(Vec::new()));
        assert_eq!(check(&metadata(&[vec![1; 64], vec![0]].concat(), 0)), Ok(Vec::new()));
        assert!(check(&metadata(&[vec![1; 65], vec![0]].concat(), 0)).unwrap_err().contains("deeper"));
        // Wide isn't deep: each group is complete before the next.
        assert_eq!(check(&metadata(&[vec![63], [1, 0].repeat(63)].concat(), 0)), Ok(Vec::new()));
        assert_eq!(check(&metadata(&vec![0; MAX_ELEMENTS], 0)), Ok(Vec::new()));
        assert!(check(&metadata(&vec![0; MAX_ELEMENTS + 1], 0)).unwrap_err().contains("columns"));
        assert_eq!(check(&metadata(&[0], MAX_ROW_GROUPS)), Ok(Vec::new()));
        assert!(check(&metadata(&[0], MAX_ROW_GROUPS + 1)).unwrap_err().contains("row groups"));
        let whole = metadata(&[1, 0], 2);
        for cut in 0..whole.len() {
            assert!(check(&whole[..cut]).is_err(), "{cut}");
        }
    }
    #[test]
    fn a_field_of_a_draft_is_passed_over() {
        // One row group, one column, whose metadata has field 13, an integer, and then field 15, a list of one struct.
        let with = |last: &[u8]| {
            let mut bytes = vec![0x49, 0x1c, 0x19, 0x1c, 0x3c];
            bytes.extend([0xd5, 0]);
            bytes.extend(last);
            bytes.extend([0, 0, 0, 0]);
            bytes
        };
        let draft = with(&[0x29, 0x1c, 0]);
        assert_eq!(check(&draft), Ok(vec![7]));
        // What it is of today, and one that another counts from, stay as they are.
        assert_eq!(check(&with(&[0x25, 2])), Ok(Vec::new()));
        assert_eq!(check(&with(&[0x29, 0x1c, 0, 0x35, 2])), Ok(Vec::new()));
        // Field 28 is nobody's.
        let mut passed = draft.clone();
        passed[7] |= FAR;
        assert_eq!(check(&passed), Ok(Vec::new()));
    }
}
