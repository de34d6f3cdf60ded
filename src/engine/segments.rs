//! The folder of definitions: reading it, and keeping new ones.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::Error;
use crate::load::{is_absent, read_text_file};
use crate::model::fold;
use crate::plan::{self, Prepared, ResolveContext, Save, Segment, SegmentFile, Segments};
use crate::syntax::ast;
use crate::write::AtomicFile;

/// Reads the `.seg` files of a folder in name order; a folder that isn't there has none, unless it was asked for. What can't be
/// read is an error: a segment must not be missed in silence.
pub(super) fn read(dir: &Path, must_exist: bool) -> Result<Segments, Error> {
    if !must_exist && is_absent(dir) {
        return Ok(Segments::new(Vec::new()));
    }
    let doing = || format!("reading the definitions in {}", dir.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(Error::io(doing()))? {
        let path = entry.map_err(Error::io(doing()))?.path();
        if path.extension().is_some_and(|it| it == "seg") && !path.is_dir() {
            paths.push(path);
        }
    }
    paths.sort();
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let text = read_text_file(&path).map_err(Error::io(format!("reading {}", path.display())))?;
        files.push(SegmentFile { path, text });
    }
    Ok(Segments::new(files))
}

/// Compiles a definition, followed by these steps.
pub(super) fn prepare(
    segment: Segment<'_>,
    steps: Vec<ast::Step>,
    context: &ResolveContext<'_>,
) -> Result<Prepared, Error> {
    let Some(definition) = segment.definition else { return Err(Error::Query(segment.diagnostics.to_vec())) };
    let query =
        ast::Query { from: definition.from.clone(), filter: definition.filter.clone(), steps, span: definition.span };
    plan::resolve(&query, "", context).map_err(Error::Query)
}

/// Writes one definition as a file of its own; answers with the tag made of its name.
pub(super) fn save(dir: &Path, segments: &Segments, save: &Save) -> Result<String, Error> {
    let existing = segments.iter().find(|it| it.display.is_some_and(|it| fold(it) == fold(&save.name)));
    let tag = match existing {
        Some(_) if !save.overwrite => return Err(Error::SegmentExists(save.name.clone())),
        Some(old) => old.tag.to_owned(),
        None => free_tag(segments, &save.name),
    };
    let definition = format!("segment {tag} {}: {};\n", crate::syntax::quote(&save.name), save.definition.trim());
    fs::create_dir_all(dir).map_err(Error::io(format!("making the folder {}", dir.display())))?;
    // The old definition's words are replaced where they stand; its neighbours in the file stay.
    let old = existing.and_then(|it| Some((it.definition?.span, segments.source(it.source)?)));
    let (path, text) = match old {
        None => (dir.join(format!("{tag}.seg")), definition),
        Some((span, (path, text))) => {
            let mut text = text.to_owned();
            text.replace_range(span.start..span.end, definition.trim_end());
            (path.to_owned(), text)
        }
    };
    let mut file = AtomicFile::create(&path, old.is_some())?;
    file.write_all(text.as_bytes()).map_err(Error::io(format!("writing {}", path.display())))?;
    file.commit()?;
    Ok(tag)
}

/// `Press people` → `press_people`, or `press_people_2` if that is taken.
fn free_tag(segments: &Segments, name: &str) -> String {
    let mut base: String = fold(name).chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    while base.contains("__") {
        base = base.replace("__", "_");
    }
    let base = match base.trim_matches('_') {
        "" => "segment".to_owned(),
        tag if crate::syntax::is_reserved(tag) || tag.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("segment_{tag}")
        }
        tag => tag.to_owned(),
    };
    let taken = |tag: &str| segments.iter().any(|it| fold(it.tag) == tag);
    if !taken(&base) {
        return base;
    }
    (2_u64..).map(|n| format!("{base}_{n}")).find(|tag| !taken(tag)).unwrap_or(base)
}
