//! Definitions and filters checked without being run, and saved segments counted.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Engine, Error, QueryOptions, segments};
use crate::exec::{self, Batched};
use crate::load::{read_file, read_text_file};
use crate::model::{Diagnostic, SourceId};
use crate::plan::{self, Finding, ResolveContext, SegmentFile, Segments, Subject};
use crate::syntax::{self, ast};

/// What a check found.
#[derive(Debug)]
pub struct Checked {
    /// The texts that places lie in: the saved segments and the files that were given.
    pub sources: Segments,
    /// How many definitions and filters were read, broken ones included.
    pub n_filters: usize,
    /// What is wrong.
    pub errors: Vec<Diagnostic>,
    /// What has no sense, proven; and what couldn't be decided.
    pub findings: Vec<Finding>,
}

/// A saved segment and how many it holds.
#[derive(Debug)]
pub struct SegmentCount {
    /// Its tag; none if it is too broken to tell.
    pub tag: Option<String>,
    /// Its display name, if it has one.
    pub display: Option<String>,
    /// How many, and how many of them can be mailed (not of visitors); or why there is no number.
    pub counts: Result<(u64, Option<u64>), Error>,
}

impl Engine {
    /// Checks the definitions or `;`-ended filters of files, or the saved segments if no file is given.
    ///
    /// Nothing is run. Definitions may name each other and the saved segments; a finding is a proof.
    ///
    /// # Errors
    ///
    /// A file that can't be read, or a zone that isn't one. What is wrong in the files is in [`Checked`].
    pub fn check(&self, files: &[PathBuf], options: &QueryOptions) -> Result<Checked, Error> {
        let mut all: Vec<SegmentFile> = self.segments.files().to_vec();
        let mut wanted = BTreeSet::new();
        let mut filters = Vec::new();
        for path in files {
            let text = read_text_file(path).map_err(Error::io(format!("reading {}", path.display())))?;
            let same = |it: &SegmentFile| canonical(&it.path).is_some_and(|known| Some(known) == canonical(path));
            if let Some(at) = all.iter().position(same) {
                wanted.insert(at);
            } else if holds_definitions(&text) {
                wanted.insert(all.len());
                all.push(SegmentFile { path: path.clone(), text });
            } else {
                filters.push(SegmentFile { path: path.clone(), text });
            }
        }
        if files.is_empty() {
            wanted.extend(0..all.len());
        }
        let mut sources = Segments::new(all);
        let wanted: BTreeSet<SourceId> = wanted.into_iter().map(|at| SourceId(at as u32 + 1)).collect();
        let (mut errors, mut queries, mut n_filters) = (Vec::new(), Vec::new(), 0);
        for file in filters {
            let text = file.text.clone();
            let source = sources.add_text(file);
            for range in syntax::statements(&text).into_iter().filter(|it| !syntax::is_blank(&text[it.clone()])) {
                n_filters += 1;
                match syntax::parse_statement(&text, range, source) {
                    Ok(query) => queries.push(query),
                    Err(wrong) => errors.extend(wrong),
                }
            }
        }
        let is_wanted = |it: &&[Diagnostic]| it.iter().any(|it| it.span.is_some_and(|it| wanted.contains(&it.source)));
        for broken in sources.broken().filter(is_wanted) {
            n_filters += 1;
            errors.extend(broken.iter().cloned());
        }
        let definitions = sources.iter().filter(|it| wanted.contains(&it.source)).filter_map(|it| it.definition);
        let mut subjects: Vec<Subject<'_>> = definitions.map(subject_of).collect();
        n_filters += subjects.len();
        subjects.extend(queries.iter().map(|it| Subject { tag: None, from: it.from.as_ref(), filter: &it.filter }));
        let mut findings = Vec::new();
        for checked in plan::check(&subjects, &self.context(&sources, options)?) {
            match checked {
                Ok(found) => findings.extend(found),
                Err(wrong) => errors.extend(wrong),
            }
        }
        errors.sort_by_key(|it| it.span);
        errors.dedup();
        Ok(Checked { sources, n_filters, errors, findings })
    }

    /// Each saved segment with its count, in the order of the files.
    ///
    /// Cost: one pass over the book; what several segments have in common is evaluated once.
    ///
    /// # Errors
    ///
    /// A zone that isn't one. A broken segment is told in its place.
    pub fn count_segments(&self, options: &QueryOptions) -> Result<Vec<SegmentCount>, Error> {
        let context = self.context(&self.segments, options)?;
        let (mut all, mut prepared) = (Vec::new(), Vec::new());
        for segment in self.segments.iter() {
            let counts = match segments::prepare(segment, Vec::new(), &context) {
                Ok(query) => {
                    prepared.push(query);
                    Ok((0, None))
                }
                Err(error) => Err(error),
            };
            let (tag, display) = (Some(segment.tag.to_owned()), segment.display.map(str::to_owned));
            all.push(SegmentCount { tag, display, counts });
        }
        let batch: Vec<Batched<'_>> = prepared.iter().map(|it| Batched::of(it, false)).collect();
        let counted = self.pool.install(|| exec::count_all(&self.book, &batch, &context.clock, &self.cancel))?;
        for (segment, counted) in all.iter_mut().filter(|it| it.counts.is_ok()).zip(counted) {
            segment.counts = counted.map(|it| (it.matched, it.mailable)).map_err(Error::from);
        }
        Ok(all)
    }

    pub(super) fn context<'a>(
        &'a self,
        segments: &'a Segments,
        options: &QueryOptions,
    ) -> Result<ResolveContext<'a>, Error> {
        Ok(ResolveContext {
            book: &self.book,
            segments,
            clock: self.clock(options)?,
            working_dir: Path::new(""),
            read_list: &read_file,
        })
    }
}

fn subject_of(definition: &ast::Definition) -> Subject<'_> {
    Subject { tag: Some(&definition.tag), from: definition.from.as_ref(), filter: &definition.filter }
}

/// Whether a text is one of definitions: some piece of it has a tag.
fn holds_definitions(text: &str) -> bool {
    syntax::parse_definitions(text, SourceId(1)).iter().any(|it| match it {
        Ok(_) => true,
        Err(broken) => broken.tag.is_some(),
    })
}

fn canonical(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}
