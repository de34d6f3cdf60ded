//! [`Segments`]: the saved definitions, looked up by tag or display name.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::resolve::{Checked, wrong};
use super::scope::near;
use crate::model::{Code, Diagnostic, SourceId, Span, fold};
use crate::syntax::ast::ConditionKind;
use crate::syntax::{self, BrokenDefinition, ast};

/// One file of definitions.
#[derive(Debug, Clone)]
pub struct SegmentFile {
    /// Where it lies; paths of list files in it start from its folder.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// One saved definition, whole or broken.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    /// Its tag.
    pub tag: &'a str,
    /// Its display name, if it has one.
    pub display: Option<&'a str>,
    /// The file it stands in.
    pub source: SourceId,
    /// What it says; none if it is broken.
    pub definition: Option<&'a ast::Definition>,
    /// What is wrong with it, if it is broken.
    pub diagnostics: &'a [Diagnostic],
}

/// The saved definitions of a book, parsed.
///
/// A broken definition harms only the sentences that name it.
#[derive(Debug, Default)]
pub struct Segments {
    files: Vec<SegmentFile>,
    entries: Vec<Entry>,
    /// Folded tag to entries.
    tags: HashMap<String, Vec<usize>>,
    /// Folded display name to entries.
    displays: HashMap<String, Vec<usize>>,
}

#[derive(Debug)]
struct Entry {
    tag: Option<ast::Name>,
    display: Option<ast::Text>,
    source: SourceId,
    parsed: Result<ast::Definition, Vec<Diagnostic>>,
}

impl Entry {
    /// What is told of it; nothing if it has no tag.
    fn segment(&self) -> Option<Segment<'_>> {
        Some(Segment {
            tag: &self.tag.as_ref()?.text,
            display: self.display.as_ref().map(|it| it.text.as_str()),
            source: self.source,
            definition: self.parsed.as_ref().ok(),
            diagnostics: self.parsed.as_ref().err().map_or(&[], Vec::as_slice),
        })
    }
}

impl Segments {
    /// Parses files; their sources are numbered from 1 in this order.
    #[must_use]
    pub fn new(files: Vec<SegmentFile>) -> Self {
        let mut segments = Self::default();
        for (source, file) in (1_u32..).map(SourceId).zip(&files) {
            for parsed in syntax::parse_definitions(&file.text, source) {
                segments.add(source, parsed);
            }
        }
        segments.files = files;
        segments
    }

    /// Definitions without a file.
    #[cfg(test)]
    pub(super) fn of_definitions(definitions: impl IntoIterator<Item = ast::Definition>) -> Self {
        let mut segments = Self::default();
        definitions.into_iter().for_each(|it| segments.add(SourceId(1), Ok(it)));
        segments
    }

    fn add(&mut self, source: SourceId, parsed: Result<ast::Definition, Box<BrokenDefinition>>) {
        let entry = match parsed {
            Ok(it) => Entry { tag: Some(it.tag.clone()), display: it.display.clone(), source, parsed: Ok(it) },
            Err(it) => Entry { tag: it.tag, display: it.display, source, parsed: Err(it.diagnostics) },
        };
        let at = self.entries.len();
        if let Some(tag) = &entry.tag {
            self.tags.entry(fold(&tag.text).into_owned()).or_default().push(at);
        }
        if let Some(display) = &entry.display {
            self.displays.entry(fold(&display.text).into_owned()).or_default().push(at);
        }
        self.entries.push(entry);
    }

    /// The files, in the order of their sources.
    #[must_use]
    pub fn files(&self) -> &[SegmentFile] {
        &self.files
    }

    /// Adds a text that isn't one of definitions, so that places in it can be shown.
    pub(crate) fn add_text(&mut self, file: SegmentFile) -> SourceId {
        self.files.push(file);
        SourceId(u32::try_from(self.files.len()).unwrap_or(u32::MAX))
    }

    /// The path and text of a source; none of the query's own.
    #[must_use]
    pub fn source(&self, source: SourceId) -> Option<(&Path, &str)> {
        let at = (source.0 as usize).checked_sub(1)?;
        self.files.get(at).map(|it| (it.path.as_path(), it.text.as_str()))
    }

    /// The definitions that have a tag, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = Segment<'_>> {
        self.entries.iter().filter_map(Entry::segment)
    }

    /// The segment that a condition names, if it names one, and one alone is called so.
    #[must_use]
    pub fn named(&self, condition: &ConditionKind) -> Option<Segment<'_>> {
        self.entries[self.place_named(condition)?].segment()
    }

    /// Its place among the definitions.
    pub(super) fn place_named(&self, condition: &ConditionKind) -> Option<usize> {
        match condition {
            ConditionKind::SegmentTag(name) => self.by_tag(name).ok(),
            ConditionKind::SegmentName(name) => self.by_display(name).ok(),
            ConditionKind::Everyone
            | ConditionKind::Nobody
            | ConditionKind::Test { .. }
            | ConditionKind::LostFrom(_)
            | ConditionKind::Did { .. }
            | ConditionKind::Sequence { .. }
            | ConditionKind::Registered { .. }
            | ConditionKind::Attended { .. }
            | ConditionKind::Moved { .. }
            | ConditionKind::BecameLost { .. }
            | ConditionKind::VisitorOf { .. }
            | ConditionKind::Push(_) => None,
        }
    }

    /// What is wrong in the files, by definition.
    pub fn broken(&self) -> impl Iterator<Item = &[Diagnostic]> {
        self.entries.iter().filter_map(|it| it.parsed.as_ref().err().map(Vec::as_slice))
    }

    /// The one definition of a tag.
    pub(super) fn by_tag(&self, name: &ast::Name) -> Checked<usize> {
        let found = self.tags.get(&*fold(&name.text)).map_or(&[][..], Vec::as_slice);
        let help = || near(&name.text, self.iter().map(|it| it.tag));
        self.only(found, &format!("@{}", name.text), name.span, help)
    }

    /// The one definition of a display name.
    pub(super) fn by_display(&self, name: &ast::Text) -> Checked<usize> {
        let found = self.displays.get(&*fold(&name.text)).map_or(&[][..], Vec::as_slice);
        let help = || {
            near(&name.text, self.iter().filter_map(|it| it.display)).or_else(|| {
                let is_tag = self.tags.contains_key(&*fold(&name.text));
                is_tag.then(|| format!("`{0}` is a tag: write `@{0}`", name.text))
            })
        };
        self.only(found, &format!("\"{}\"", name.text), name.span, help)
    }

    /// The one that was found; `help` says what else could be meant.
    fn only(&self, found: &[usize], shown: &str, span: Span, help: impl FnOnce() -> Option<String>) -> Checked<usize> {
        match found {
            [at] => Ok(*at),
            [] => {
                let none = self.entries.is_empty().then(|| "there are no saved segments".to_owned());
                let n_broken = self.entries.iter().filter(|it| it.tag.is_none()).count();
                let broken =
                    (n_broken > 0).then(|| format!("{n_broken} broken definitions have no tag that could be read"));
                let error = Diagnostic::error(Code::UnknownSegment, span, format!("there is no saved segment {shown}"));
                wrong(error.help(help()).help(none).help(broken))
            }
            [_, ..] => {
                let places: Vec<String> = found.iter().map(|at| self.place(*at)).collect();
                wrong(
                    Diagnostic::error(
                        Code::TwoSegments,
                        span,
                        format!("{} saved segments are called {shown}", found.len()),
                    )
                    .help(format!("they stand at {}; names compare without case", places.join(" and ")))
                    .help("rename all but one".to_owned()),
                )
            }
        }
    }

    /// The tag of an entry, for messages.
    pub(super) fn tag(&self, at: usize) -> &str {
        self.entries[at].tag.as_ref().map_or("?", |it| it.text.as_str())
    }

    /// The definition of an entry, or what is wrong with it.
    pub(super) fn parsed(&self, at: usize) -> Result<&ast::Definition, &[Diagnostic]> {
        self.entries[at].parsed.as_ref().map_err(Vec::as_slice)
    }

    /// File and line of an entry.
    fn place(&self, at: usize) -> String {
        let entry = &self.entries[at];
        let Some((path, text)) = self.source(entry.source) else { return String::new() };
        let start = entry.tag.as_ref().map_or(0, |it| it.span.start);
        format!("{}:{}", path.display(), line_of(text, start))
    }

    /// File and line of a diagnostic within the definitions.
    pub(super) fn place_of(&self, span: Span) -> Option<String> {
        let (path, text) = self.source(span.source)?;
        Some(format!("{}:{}", path.display(), line_of(text, span.start)))
    }
}

/// The line of a byte, from 1; `\r\n` is one line end.
fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    before.iter().filter(|it| **it == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::{SegmentFile, Segments, line_of};

    #[test]
    fn what_is_wrong_is_told_by_definition() {
        let text = "segment a: x = ;\nsegment b: x = 1;\n;segment c: y = 1 and;".to_owned();
        let segments = Segments::new(vec![SegmentFile { path: "all.seg".into(), text }]);
        let lines: Vec<usize> =
            segments.broken().map(|told| line_of(&segments.files()[0].text, told[0].span.unwrap().start)).collect();
        // A `;` before any words is wrong as well.
        assert_eq!(lines, [1, 3, 3]);
        assert_eq!(segments.iter().map(|it| it.tag).collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn lines_count_from_one() {
        let text = "ab\r\nc\n\nd";
        assert_eq!([0, 2, 4, 6, 7, 8, 99].map(|at| line_of(text, at)), [1, 1, 2, 3, 4, 4, 4]);
    }
}
