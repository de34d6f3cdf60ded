//! [`AtomicFile`]: a file that is there whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::WriteError;
use super::content_file::set_mode;

/// A file in the making, under another name beside its destination; readable by its owner alone, since answers are personal data.
///
/// Dropping it without [`AtomicFile::commit`] leaves nothing behind.
#[derive(Debug)]
pub struct AtomicFile {
    file: NamedTempFile,
    destination: PathBuf,
    overwrite: bool,
}

impl AtomicFile {
    /// Begins a file; refuses at once if one is there and must not be replaced.
    pub fn create(destination: &Path, overwrite: bool) -> Result<Self, WriteError> {
        let destination = match fs::metadata(destination) {
            Ok(there) if !there.is_file() => return Err(WriteError::NotAFile(destination.to_owned())),
            Ok(_) if !overwrite => return Err(WriteError::Exists(destination.to_owned())),
            // A link stays, and what it names is replaced.
            Ok(_) => destination.canonicalize().map_err(WriteError::file(destination))?,
            Err(_) => destination.to_owned(),
        };
        let file = tempfile::Builder::new()
            .prefix(super::TEMPORARY)
            .tempfile_in(parent(&destination))
            .map_err(WriteError::file(&destination))?;
        Ok(Self { file, destination, overwrite })
    }

    /// A handle to write with, for a writer that takes its output away; it must be finished before [`AtomicFile::commit`].
    pub fn handle(&self) -> Result<Box<dyn Write + Send>, WriteError> {
        let file = self.file.as_file().try_clone().map_err(WriteError::file(&self.destination))?;
        Ok(Box::new(file))
    }

    /// Lets others read it, too: gives it this mode where files have one.
    pub fn set_mode(&self, mode: u32) -> Result<(), WriteError> {
        set_mode(self.file.as_file(), mode).map_err(WriteError::file(&self.destination))
    }

    /// Puts the file in its place, once it is safely on disk.
    pub fn commit(self) -> Result<(), WriteError> {
        let Self { file, destination, overwrite } = self;
        file.as_file().sync_all().map_err(WriteError::file(&destination))?;
        let placed = if overwrite { file.persist(&destination) } else { file.persist_noclobber(&destination) };
        match placed {
            Ok(_) => {}
            Err(failed) if failed.error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(WriteError::Exists(destination));
            }
            Err(failed) => return Err(WriteError::File { path: destination, source: failed.error }),
        }
        // Makes the new name durable, too, where the system can sync a directory; the file itself is whole either way.
        let _ = File::open(parent(&destination)).and_then(|it| it.sync_all());
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// The directory that a path lies in.
pub(super) fn parent(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        fs::read_dir(dir).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn appears_whole_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out.csv");
        let file = AtomicFile::create(&path, false).unwrap();
        file.handle().unwrap().write_all(b"email\n").unwrap();
        assert!(!path.exists());
        file.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"email\n");
        assert_eq!(names(dir.path()), ["out.csv"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn replaces_only_when_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out.csv");
        let late = AtomicFile::create(&path, false).unwrap();
        fs::write(&path, "old").unwrap();
        assert!(matches!(late.commit(), Err(WriteError::Exists(_))));
        assert!(matches!(AtomicFile::create(&path, false), Err(WriteError::Exists(_))));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        let mut file = AtomicFile::create(&path, true).unwrap();
        file.write_all(b"new").unwrap();
        file.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(dir.path()), ["out.csv"]);
    }

    #[test]
    fn leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = AtomicFile::create(&dir.path().join("out.csv"), false).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert!(names(dir.path()).is_empty());
        assert!(matches!(AtomicFile::create(dir.path(), true), Err(WriteError::NotAFile(_))));
        assert!(AtomicFile::create(&dir.path().join("none/out.csv"), false).is_err());
    }
}
