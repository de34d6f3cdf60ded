//! Who entered a segment and who left it since an earlier run.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::formats::RowFormat;
use super::manifest::{FileSet, SegmentEntry, file_path};
use crate::book::{Book, Universe};
use crate::engine::{Engine, Error};
use crate::load;
use crate::model::{RowId, RowSet};
use crate::write::Content;

/// The difference between two runs.
pub(super) struct Changes {
    /// Who is in, and wasn't.
    pub(super) entered: RowSet,
    /// Who was in, and isn't: by key, since some may have gone from the book. Those that haven't first, in the book's order.
    pub(super) left: Vec<String>,
}

/// The keys of an earlier run's people, from its Parquet files; none if it has no such file.
pub(super) fn keys_before(
    engine: &Engine,
    root: &Path,
    entry: &SegmentEntry,
    universe: Universe,
) -> Result<Option<Vec<String>>, Error> {
    let mut files = Vec::new();
    for file in &entry.files {
        if file.set == FileSet::People && file.format == RowFormat::Parquet.format().name() {
            let path = file_path(root, file)?;
            // Who left must not be told from a damaged file.
            if Content::of_file(&path)?.sha256 != file.sha256 {
                let message = format!("`{}` isn't as it was written, so who entered and left can't be told", file.path);
                return Err(Error::SegmentOption { tag: entry.tag.clone(), option: "changes", message });
            }
            files.push((file.path.clone(), path));
        }
    }
    if files.is_empty() {
        return Ok(None);
    }
    Ok(Some(engine.pool.install(|| load::read_texts(files, universe.key()))?))
}

/// What became of the people of an earlier run.
pub(super) fn changes(book: &Book, universe: Universe, rows: &RowSet, before: Vec<String>) -> Changes {
    let table = book.table(universe);
    let visitors: HashMap<Cow<'_, str>, RowId> = match universe {
        Universe::Contacts => HashMap::new(),
        Universe::Visitors => (0..table.layout.n_rows()).map(|row| (table.key(row), row)).collect(),
    };
    let (mut known, mut gone) = (Vec::new(), BTreeSet::new());
    for key in before {
        let row = match universe {
            Universe::Contacts => book.keys.find(table, &key),
            Universe::Visitors => visitors.get(key.as_str()).copied(),
        };
        match row {
            Some(row) => known.push(row),
            None => {
                gone.insert(key);
            }
        }
    }
    let known: RowSet = known.into_iter().collect();
    let mut left: Vec<String> = known.difference(rows).iter().map(|row| table.key(row).into_owned()).collect();
    left.extend(gone);
    Changes { entered: rows.difference(&known), left }
}
