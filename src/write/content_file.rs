//! [`ContentFile`]: a file that is named after what it holds.
//!
//! Files of different content have different names, so that a new one never stands in the place of an old one: both can be
//! there until something else says which counts.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::WriteError;
use crate::model::hex;

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Its bytes.
    pub size_bytes: u64,
    /// Their sha256, in hex.
    pub sha256: String,
}

impl Content {
    /// What these bytes are.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { size_bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) }
    }

    /// What a file holds. Cost: one reading of it.
    pub fn of_file(path: &Path) -> Result<Self, WriteError> {
        let mut digest = Digest::default();
        let mut file = File::open(path).map_err(WriteError::file(path))?;
        std::io::copy(&mut file, &mut digest).map_err(WriteError::file(path))?;
        Ok(digest.content())
    }
}

/// A file in the making, under another name in its folder.
///
/// Dropping it without [`ContentFile::commit`] leaves nothing behind.
#[derive(Debug)]
pub struct ContentFile {
    file: NamedTempFile,
    folder: PathBuf,
    digest: Arc<Mutex<Digest>>,
}

impl ContentFile {
    /// Begins a file in a folder that is there. `mode` is its mode where files have one.
    pub fn create(folder: &Path, mode: u32) -> Result<Self, WriteError> {
        let file =
            tempfile::Builder::new().prefix(super::TEMPORARY).tempfile_in(folder).map_err(WriteError::file(folder))?;
        set_mode(file.as_file(), mode).map_err(WriteError::file(folder))?;
        Ok(Self { file, folder: folder.to_owned(), digest: Arc::default() })
    }

    /// A handle to write with; it must be done with before [`ContentFile::commit`].
    pub fn handle(&self) -> Result<Box<dyn Write + Send>, WriteError> {
        let file = self.file.as_file().try_clone().map_err(WriteError::file(&self.folder))?;
        Ok(Box::new(Hashed { file, digest: Arc::clone(&self.digest) }))
    }

    /// Gives the file the name that `name` makes of its content, once it is safely on disk.
    ///
    /// That the name is so, too, is sure when the folder has been synced.
    pub fn commit(self, name: impl FnOnce(&Content) -> String) -> Result<(String, Content), WriteError> {
        let content = self.digest.lock().unwrap_or_else(PoisonError::into_inner).clone().content();
        let name = name(&content);
        let path = self.folder.join(&name);
        self.file.as_file().sync_all().map_err(WriteError::file(&path))?;
        match self.file.persist(&path) {
            Ok(_) => Ok((name, content)),
            Err(failed) => Err(WriteError::File { path, source: failed.error }),
        }
    }
}

/// Bytes that passed, and how many.
#[derive(Debug, Clone, Default)]
struct Digest {
    sha256: Sha256,
    size_bytes: u64,
}

impl Digest {
    fn content(self) -> Content {
        Content { size_bytes: self.size_bytes, sha256: hex(&self.sha256.finalize()) }
    }
}

impl Write for Digest {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.sha256.update(bytes);
        self.size_bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Hashed {
    file: File,
    digest: Arc<Mutex<Digest>>,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.digest.lock().unwrap_or_else(PoisonError::into_inner).write_all(&bytes[..n])?;
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

#[cfg(unix)]
pub(super) fn set_mode(file: &File, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
pub(super) fn set_mode(_: &File, _: u32) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_of_the_content() {
        let dir = tempfile::tempdir().unwrap();
        let file = ContentFile::create(dir.path(), 0o640).unwrap();
        let mut out = file.handle().unwrap();
        out.write_all(b"ab").unwrap();
        out.write_all(b"c").unwrap();
        drop(out);
        let (name, content) = file.commit(|it| format!("part-{}", &it.sha256[..8])).unwrap();
        // The first example of FIPS 180-2.
        assert_eq!((name.as_str(), content.size_bytes), ("part-ba7816bf", 3));
        assert_eq!(Content::of_file(&dir.path().join(&name)).unwrap(), content);
        assert_eq!(Content::of(b"abc"), content);
        drop(ContentFile::create(dir.path(), 0o600).unwrap());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(dir.path().join(&name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o640);
        }
    }
}
