//! Files that are read in one piece: settings, definitions, lists.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// More bytes than these no list of a million e-mails has.
const MOST_BYTES: u64 = 256 << 20;

/// The bytes of a file.
///
/// # Errors
///
/// What the system says; a folder, pipe or device, which might never end; more than 256 MiB.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a pipe would wait for a writer.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "more than 256 MiB"));
    }
    Ok(bytes)
}

/// The text of a file, as [`read_file`] reads it.
///
/// # Errors
///
/// Those of [`read_file`], and bytes that aren't UTF-8.
pub fn read_text_file(path: &Path) -> io::Result<String> {
    String::from_utf8(read_file(path)?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8"))
}

/// The text of a file that needn't be there; none if nothing has its name. A link that leads nowhere is an error.
pub(super) fn text_if_there(path: &Path) -> io::Result<Option<String>> {
    match read_text_file(path) {
        Err(_) if is_absent(path) => Ok(None),
        read => read.map(Some),
    }
}

/// Whether nothing has this name, not even a link.
pub fn is_absent(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}
