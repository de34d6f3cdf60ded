//! [`OutDir`]: the folder of a batch's outputs, which one writer at a time owns.
//!
//! Data files lie below [`DATA`], named after what they hold; a few files beside it are replaced whole. Which data files
//! count is said by one of those, so that replacing it is the one moment at which the outputs change.
//!
//! Invariant: nothing is read, written or removed outside the folder: names are made safe, given paths are checked, and no
//! link below the folder is followed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::content_file::set_mode;
use super::{ContentFile, WriteError};

/// What files in the making are called; who is killed leaves them behind.
pub(super) const TEMPORARY: &str = ".segql-";
/// Where data files lie.
const DATA: &str = "segments";
/// What data files are called, before number and content.
const PART: &str = "part-";
/// Held by the writer.
const LOCK: &str = ".segql.lock";
/// Characters of the content's sha256 in a name.
const NAME_DIGITS: usize = 16;
/// Bytes of a folder's name; file systems allow 255.
const NAME_BYTES: usize = 120;

/// The folder of a batch's outputs.
#[derive(Debug)]
pub struct OutDir {
    root: PathBuf,
    mode: u32,
    /// Folders in which something was made, to be synced.
    touched: Mutex<BTreeSet<PathBuf>>,
    /// Unlocks when it is dropped, or its process ends.
    _lock: File,
}

impl OutDir {
    /// Opens the folder for writing, making it if it isn't there. Files get `mode` where files have one.
    ///
    /// # Errors
    ///
    /// I/O, or another writer that has it open.
    pub fn open(path: &Path, mode: u32) -> Result<Self, WriteError> {
        fs::create_dir_all(path).map_err(WriteError::file(path))?;
        let root = path.canonicalize().map_err(WriteError::file(path))?;
        let lock_path = root.join(LOCK);
        refuse_link(&lock_path)?;
        let lock = File::options().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(WriteError::file(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(WriteError::Locked(path.to_owned())),
            Err(fs::TryLockError::Error(source)) => return Err(WriteError::File { path: lock_path, source }),
        }
        set_mode(&lock, mode).map_err(WriteError::file(&lock_path))?;
        Ok(Self { root, mode, touched: Mutex::default(), _lock: lock })
    }

    /// Makes the folders of a data set below `segments`, one name each; answers with their path within the folder.
    ///
    /// Names are made safe; see [`safe_name`].
    pub fn folder(&self, names: &[&str]) -> Result<String, WriteError> {
        let mut path = self.root.clone();
        let mut within = String::new();
        for name in std::iter::once(DATA.to_owned()).chain(names.iter().map(|it| safe_name(it))) {
            let parent = path.clone();
            path.push(&name);
            match make_dir(&path, self.mode) {
                Ok(()) => self.touch(parent),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => refuse_link(&path)?,
                Err(source) => return Err(WriteError::File { path, source }),
            }
            within = if within.is_empty() { name } else { format!("{within}/{name}") };
        }
        Ok(within)
    }

    /// Begins a data file in a folder made by [`OutDir::folder`].
    pub fn create(&self, folder: &str) -> Result<ContentFile, WriteError> {
        let path = self.root.join(folder);
        let file = ContentFile::create(&path, self.mode)?;
        self.touch(path);
        Ok(file)
    }

    /// Makes every name given so far durable.
    pub fn sync(&self) -> Result<(), WriteError> {
        let touched = std::mem::take(&mut *self.touched.lock().unwrap_or_else(PoisonError::into_inner));
        touched.iter().try_for_each(|it| sync_dir(it))
    }

    /// Puts these bytes in the place of a file beside the data, whole.
    pub fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), WriteError> {
        let path = self.root.join(name);
        let made = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&self.root);
        let mut file = made.map_err(WriteError::file(&path))?;
        set_mode(file.as_file(), self.mode).map_err(WriteError::file(&path))?;
        file.write_all(bytes).map_err(WriteError::file(&path))?;
        file.as_file().sync_all().map_err(WriteError::file(&path))?;
        file.persist(&path).map_err(|it| WriteError::File { path, source: it.error })?;
        Ok(())
    }

    /// Makes the names of the files beside the data durable.
    pub fn sync_root(&self) -> Result<(), WriteError> {
        sync_dir(&self.root)
    }

    /// Removes what no one needs: data files that aren't in `keep`, files in the making, empty folders. Anything that isn't
    /// named as this module names things stays.
    pub fn remove_unlisted(&self, keep: &BTreeSet<&str>) -> Result<(), WriteError> {
        for (name, kind) in entries(&self.root)? {
            if kind.is_file() && name.starts_with(TEMPORARY) {
                remove(&self.root.join(name))?;
            }
        }
        if is_real_dir(&self.root.join(DATA)) {
            self.remove_below(DATA, keep)?;
        }
        Ok(())
    }

    fn remove_below(&self, folder: &str, keep: &BTreeSet<&str>) -> Result<(), WriteError> {
        let path = self.root.join(folder);
        for (name, kind) in entries(&path)? {
            let within = format!("{folder}/{name}");
            if kind.is_dir() {
                self.remove_below(&within, keep)?;
            } else if kind.is_file() && (name.starts_with(TEMPORARY) || is_part(&name)) && !keep.contains(&*within) {
                remove(&path.join(&name))?;
            }
        }
        if folder != DATA {
            // Only an empty folder goes.
            let _ = fs::remove_dir(&path);
        }
        Ok(())
    }

    fn touch(&self, folder: PathBuf) {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).insert(folder);
    }
}

/// The name of a data file.
#[must_use]
pub fn part_name(number: usize, sha256: &str, ending: &str) -> String {
    format!("{PART}{number:05}-{}.{ending}", sha256.get(..NAME_DIGITS).unwrap_or(sha256))
}

/// Whether a name is one that [`part_name`] gives.
fn is_part(name: &str) -> bool {
    let Some((number, rest)) = name.strip_prefix(PART).and_then(|it| it.split_once('-')) else { return false };
    let Some((digest, ending)) = rest.split_once('.') else { return false };
    number.len() >= 5
        && number.bytes().all(|it| it.is_ascii_digit())
        && digest.len() == NAME_DIGITS
        && digest.bytes().all(|it| it.is_ascii_hexdigit())
        && !ending.is_empty()
}

/// A path that a manifest gives within a folder, if it stays inside it: no `..`, nothing absolute, no link on the way.
pub fn path_within(root: &Path, path: &str) -> Result<PathBuf, WriteError> {
    let outside = || WriteError::Outside(path.to_owned());
    let mut full = root.to_owned();
    let mut is_any = false;
    for part in Path::new(path).components() {
        let Component::Normal(name) = part else { return Err(outside()) };
        full.push(name);
        is_any = true;
        refuse_link(&full).map_err(|_| outside())?;
    }
    if is_any && !path.contains('\\') { Ok(full) } else { Err(outside()) }
}

/// A text as a name that every file system takes, different for different texts: ASCII letters, digits, `_`, `-`, `=` and
/// inner dots stay, all else is `%` and two digits a byte, as Hive has it; of a long one the end is its sha256.
#[must_use]
pub fn safe_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        let is_inner = at > 0 && at + 1 < text.len();
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'=') || (byte == b'.' && is_inner) {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    if is_device(&name) {
        name = format!("%{:02X}{}", name.as_bytes()[0], &name[1..]);
    }
    if name.is_empty() {
        return "%".to_owned();
    }
    if name.len() > NAME_BYTES {
        let digest = super::Content::of(text.as_bytes()).sha256;
        name.truncate(NAME_BYTES - NAME_DIGITS - 1);
        name = format!("{name}~{}", &digest[..NAME_DIGITS]);
    }
    name
}

/// Names that are devices on Windows, whatever their ending.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let is_numbered =
        |of: &str| stem.strip_prefix(of).is_some_and(|it| it.len() == 1 && it.as_bytes()[0].is_ascii_digit());
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || is_numbered("com") || is_numbered("lpt")
}

fn refuse_link(path: &Path) -> Result<(), WriteError> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_symlink() => Err(WriteError::Link(path.to_owned())),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(source) => Err(WriteError::File { path: path.to_owned(), source }),
    }
}

fn is_real_dir(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|it| it.is_dir())
}

/// The entries of a folder whose names are text, by name.
fn entries(folder: &Path) -> Result<Vec<(String, fs::FileType)>, WriteError> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).map_err(WriteError::file(folder))? {
        let entry = entry.map_err(WriteError::file(folder))?;
        if let Ok(name) = entry.file_name().into_string() {
            all.push((name, entry.file_type().map_err(WriteError::file(folder))?));
        }
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(all)
}

fn remove(path: &Path) -> Result<(), WriteError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(WriteError::File { path: path.to_owned(), source: error })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(unix)]
fn make_dir(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    // Who may read files may enter folders.
    fs::DirBuilder::new().mode(mode | 0o100 | (mode & 0o444) >> 2).create(path)
}

#[cfg(not(unix))]
fn make_dir(path: &Path, _: u32) -> std::io::Result<()> {
    fs::create_dir(path)
}

#[cfg(unix)]
fn sync_dir(path: &Path) -> Result<(), WriteError> {
    File::open(path).and_then(|it| it.sync_all()).map_err(WriteError::file(path))
}

/// Only a Unix system syncs folders.
#[cfg(not(unix))]
fn sync_dir(_: &Path) -> Result<(), WriteError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_differ() {
        assert_eq!(safe_name("vip_2026"), "vip_2026");
        assert_eq!(safe_name("../a b"), "%2E./a b".replace('/', "%2F").replace(' ', "%20"));
        assert_eq!(safe_name("."), "%2E");
        assert_eq!(safe_name("price=1.5"), "price=1.5");
        assert_eq!(safe_name("NUL.csv"), "%4EUL.csv");
        assert_eq!(safe_name("%2F"), "%252F");
        assert_eq!(safe_name(""), "%");
        let (a, b) = (format!("{}a", "x".repeat(300)), format!("{}b", "x".repeat(300)));
        assert!(safe_name(&a) != safe_name(&b) && safe_name(&a).len() <= NAME_BYTES);
    }

    #[test]
    fn only_what_is_ours_and_unlisted_goes() {
        let dir = tempfile::tempdir().unwrap();
        let out = OutDir::open(dir.path(), 0o600).unwrap();
        let folder = out.folder(&["vip", "people.csv"]).unwrap();
        let path = |name: &str| dir.path().join(&folder).join(name);
        let (kept, gone) = (part_name(0, &"a".repeat(64), "csv"), part_name(1, &"b".repeat(64), "csv"));
        for name in [kept.as_str(), &gone, "mine.csv", "part-1.csv", ".segql-x1"] {
            fs::write(path(name), "x").unwrap();
        }
        fs::write(dir.path().join(".segql-y"), "x").unwrap();
        out.folder(&["empty", "people.csv"]).unwrap();
        let kept_path = format!("{folder}/{kept}");
        out.remove_unlisted(&BTreeSet::from([kept_path.as_str()])).unwrap();
        let left: Vec<String> = entries(&dir.path().join(&folder)).unwrap().into_iter().map(|it| it.0).collect();
        assert_eq!(left, ["mine.csv", kept.as_str(), "part-1.csv"]);
        assert!(!dir.path().join("segments/empty").exists() && !dir.path().join(".segql-y").exists());
    }

    #[test]
    fn one_writer_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = OutDir::open(dir.path(), 0o600).unwrap();
        assert!(matches!(OutDir::open(dir.path(), 0o600), Err(WriteError::Locked(_))));
        drop(first);
        assert!(OutDir::open(dir.path(), 0o600).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn no_link_leads_out() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let out = OutDir::open(dir.path(), 0o600).unwrap();
        fs::create_dir(dir.path().join("segments")).unwrap();
        std::os::unix::fs::symlink(other.path(), dir.path().join("segments/vip")).unwrap();
        fs::write(other.path().join(part_name(0, &"a".repeat(64), "csv")), "theirs").unwrap();
        assert!(matches!(out.folder(&["vip"]), Err(WriteError::Link(_))));
        assert!(matches!(path_within(dir.path(), "segments/vip/x"), Err(WriteError::Outside(_))));
        out.remove_unlisted(&BTreeSet::new()).unwrap();
        assert_eq!(entries(other.path()).unwrap().len(), 1);
        for path in ["../x", "/etc/passwd", "a/../../x", "", "a\\..\\x"] {
            assert!(matches!(path_within(dir.path(), path), Err(WriteError::Outside(_))), "{path}");
        }
        assert!(path_within(dir.path(), "segments/a/b").is_ok());
    }
}
