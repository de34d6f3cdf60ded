//! [`Home`]: the folder that an image is kept in, and keeping it there whole or not at all.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::model::hex;

/// The image in its folder.
const IMAGE: &str = "book.image";
/// Held by the one process that writes.
const LOCK: &str = "lock";
/// In a folder of the cache: the path of its book.
const BOOK: &str = "book";
/// How the name of an unfinished image begins.
const UNFINISHED: &str = "unfinished-";

/// A folder for the image of one book.
#[derive(Debug)]
pub(super) struct Home {
    dir: PathBuf,
    /// The book's path, if the folder is one of the cache's.
    cached: Option<PathBuf>,
}

/// What became of an image that was to be kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// It is there.
    Written {
        /// How large it is.
        size_bytes: u64,
    },
    /// Another process is writing one.
    LeftToOther,
}

impl Home {
    /// Where a book's image may be, the better place first: in the book, and in the user's cache.
    pub(super) fn all(book: &Path) -> Vec<Self> {
        let in_cache = || {
            let book = book.canonicalize().ok()?;
            let name = hex(&Sha256::digest(book.as_os_str().as_encoded_bytes()));
            Some(Self { dir: cache_dir()?.join("segql").join(&name[..32]), cached: Some(book) })
        };
        let in_book = Self { dir: book.join(".segql"), cached: None };
        [in_book].into_iter().chain(in_cache()).collect()
    }

    /// The image's path.
    pub(super) fn image(&self) -> PathBuf {
        self.dir.join(IMAGE)
    }

    /// Puts an image there, of what `write` writes, once it is safely on disk; only its owner can read it, since it holds
    /// what the book holds.
    pub(super) fn keep(&self, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<Kept> {
        self.make()?;
        let lock = private(File::options().create(true).write(true).truncate(false)).open(self.dir.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => self.sweep(),
            Err(TryLockError::WouldBlock) => return Ok(Kept::LeftToOther),
            // A file system without locks: two may write at once, each under a name of its own.
            Err(TryLockError::Error(_)) => {}
        }
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.dir)?;
        write(file.as_file_mut())?;
        file.as_file().sync_all()?;
        let size_bytes = file.as_file().metadata()?.len();
        file.persist(self.image()).map_err(|failed| failed.error)?;
        // Makes the new name durable, too, where the system can sync a directory; the image is whole either way.
        let _ = File::open(&self.dir).and_then(|it| it.sync_all());
        self.clear_cache();
        Ok(Kept::Written { size_bytes })
    }

    /// Makes the folder, and sees to it that no version control takes the image for the book's.
    fn make(&self) -> io::Result<()> {
        let there = self.dir.ancestors().find_map(|it| fs::metadata(it).ok());
        if there.is_some_and(|it| it.permissions().readonly()) {
            // Also for a user who may write where nobody may.
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&self.dir)?;
        match File::options().create_new(true).write(true).open(self.dir.join(".gitignore")) {
            Ok(mut file) => file.write_all(b"*\n"),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }?;
        match self.cached.as_deref().and_then(Path::to_str) {
            Some(book) => fs::write(self.dir.join(BOOK), book),
            None => Ok(()),
        }
    }

    /// Removes the images of books that are gone from the cache.
    fn clear_cache(&self) {
        let (Some(_), Some(cache)) = (&self.cached, self.dir.parent()) else { return };
        let Ok(entries) = fs::read_dir(cache) else { return };
        for dir in entries.flatten().map(|it| it.path()) {
            let book = fs::read_to_string(dir.join(BOOK));
            if book.is_ok_and(|it| matches!(Path::new(&it).try_exists(), Ok(false))) {
                // What can't be removed stays; what isn't ours is left alone, and the folder with it.
                for name in [IMAGE, LOCK, ".gitignore", BOOK] {
                    let _ = fs::remove_file(dir.join(name));
                }
                let _ = fs::remove_dir(&dir);
            }
        }
    }

    /// Removes what a process left that was ended while it wrote.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.dir) else { return };
        for entry in entries.flatten() {
            if entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) {
                // What can't be removed is in nobody's way.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn private(options: &mut fs::OpenOptions) -> &mut fs::OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Where the user's programs keep what can be made again.
fn cache_dir() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|it| it.is_absolute());
    absolute("XDG_CACHE_HOME").or_else(|| {
        if cfg!(windows) {
            return absolute("LOCALAPPDATA");
        }
        let home = std::env::home_dir().filter(|it| it.is_absolute())?;
        Some(home.join(if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" }))
    })
}
