//! A run from the first definition to the last rename.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use super::changes::{changes, keys_before};
use super::guard;
use super::job::Job;
use super::manifest::{
    BookEntry, Elapsed, FileEntry, HISTORY, Kept, MANIFEST, Manifest, SegmentEntry, State, history_after,
};
use super::materialize::Materializer;
use super::options::SegmentOptions;
use super::{BatchOptions, Outcome, RunEvent, RunReport};
use crate::book::Universe;
use crate::engine::{Engine, Error};
use crate::exec::{self, Batched, ExecError, Members};
use crate::load;
use crate::model::{Cell, Clock, Diagnostic, RowId, RowSet, fold, nearest};
use crate::plan::{Segment, Segments};
use crate::write::{OutDir, WriteError, text_of};

/// Bytes that the sets of the segments at hand may take, at worst.
const SETS_BYTES: u64 = 256 << 20;

impl Engine {
    /// Materializes segments; what came of each is in the report.
    ///
    /// The outputs are those of the run before or, if the report says committed, those of this one; nothing between.
    ///
    /// # Errors
    ///
    /// What concerns the run as a whole: I/O, a wrong option, an interruption. The old outputs stay.
    pub fn run_batch(&self, options: &BatchOptions) -> Result<RunReport, Error> {
        let began = Instant::now();
        let clock = self.clock(&options.query)?;
        let started_us = Clock::system(crate::model::Zone::utc()).now_us();
        let run = Run {
            engine: self,
            options,
            clock,
            began,
            run_id: run_id(started_us),
            started: text_of(&Cell::Instant(started_us)),
            sources: self.batch_segments(options),
        };
        run.run()
    }

    fn batch_segments(&self, options: &BatchOptions) -> Segments {
        let mut files = self.segments.files().to_vec();
        files.extend(options.file.iter().flat_map(|it| it.definitions.iter().cloned()));
        Segments::new(files)
    }
}

/// `20261120T090000Z-1f3a09c2`: when it began, and what sets it apart from another of that second.
fn run_id(started_us: i64) -> String {
    let second = text_of(&Cell::Instant(started_us - started_us.rem_euclid(1_000_000)));
    let second: String = second.chars().filter(|it| !matches!(it, '-' | ':')).collect();
    format!("{second}-{:08x}", rand::random::<u32>())
}

struct Run<'a> {
    engine: &'a Engine,
    options: &'a BatchOptions,
    clock: Clock,
    began: Instant,
    run_id: String,
    started: String,
    sources: Segments,
}

/// A segment whose rows are known.
struct Ready<'j> {
    job: &'j Job,
    members: Members,
}

/// The outputs that there are before a run.
struct Before {
    /// Those in the folder of the outputs.
    here: Option<Manifest>,
    /// Those that sizes and members are compared with, if they lie elsewhere.
    there: Option<Manifest>,
}

impl Run<'_> {
    fn run(self) -> Result<RunReport, Error> {
        let Self { engine, options, .. } = self;
        let out = if options.dry_run { None } else { Some(OutDir::open(&options.out, options.file_mode)?) };
        let there =
            options.previous.as_deref().map(|it| Manifest::read(it)?.ok_or_else(|| Error::NoRun(it.to_owned())));
        let before = Before { here: Manifest::read(&options.out)?, there: there.transpose()? };
        let wanted = self.wanted()?;
        self.tell(RunEvent::Began { run_id: &self.run_id, segments: wanted.len() });
        let mut notes = Vec::new();
        if let Some(out) = &out {
            // What a run left behind that was killed.
            out.remove_unlisted(&listed(before.here.as_ref().into_iter().flat_map(Manifest::files)))?;
        }
        let broken: Vec<Vec<Diagnostic>> = match options.file {
            // With a file, a broken definition harms only the segments that rest on it.
            Some(_) => Vec::new(),
            None => self.untagged(),
        };
        let (jobs, mut outcomes) = self.resolve(&wanted, &before)?;
        let stops = |outcomes: &[Outcome]| !options.keep_going && outcomes.iter().any(|it| it.error.is_some());
        let mut is_stopped = stops(&outcomes) || (!broken.is_empty() && !options.keep_going);
        let checksum = std::thread::scope(|scope| {
            // Beside the work: reading the files is all that it costs.
            let checksum = out
                .as_ref()
                .filter(|_| !is_stopped)
                .map(|_| scope.spawn(|| engine.pool.install(|| load::checksum(&engine.dir))));
            if !is_stopped {
                is_stopped = self.materialize(&jobs, &before, out.as_ref(), &mut outcomes)?;
            }
            let joined = checksum.map(|it| it.join().map_err(|_| Error::Exec(ExecError::Cancelled)));
            Ok::<_, Error>(joined.transpose()?.transpose()?)
        })?;
        outcomes.sort_by(|a, b| a.entry.tag.cmp(&b.entry.tag));
        let mut committed = false;
        if let (Some(out), Some(checksum), false) = (&out, checksum, is_stopped) {
            self.commit(out, checksum, &before, &outcomes, &mut notes)?;
            committed = true;
        }
        Ok(RunReport { run_id: self.run_id, sources: self.sources, outcomes, broken, committed, notes })
    }

    fn tell(&self, event: RunEvent<'_>) {
        if let Some(progress) = &self.options.progress {
            progress(event);
        }
    }

    /// The diagnostics of definitions that have no tag.
    fn untagged(&self) -> Vec<Vec<Diagnostic>> {
        let tagged: Vec<&[Diagnostic]> = self.sources.iter().map(|it| it.diagnostics).collect();
        self.sources.broken().filter(|it| !tagged.contains(it)).map(<[Diagnostic]>::to_vec).collect()
    }

    /// The segments that are asked for, with their options; a tag that there isn't is an error.
    fn wanted(&self) -> Result<Vec<(String, SegmentOptions)>, Error> {
        let all: Vec<(String, SegmentOptions)> = match &self.options.file {
            Some(file) => {
                let defaults = self.options.defaults.clone().or(&file.defaults);
                file.segments.iter().map(|(tag, options)| (tag.clone(), options.clone().or(&defaults))).collect()
            }
            None => self.sources.iter().map(|it| (it.tag.to_owned(), self.options.defaults.clone())).collect(),
        };
        let known = |tag: &String| all.iter().any(|it| fold(&it.0) == fold(tag));
        if let Some(tag) = self.options.only.iter().chain(&self.options.accept).find(|it| !known(it)) {
            let near = nearest(tag, all.iter().map(|it| it.0.as_str())).first().map(|it| (*it).to_owned());
            return Err(Error::NoSuchSegment { tag: tag.clone(), nearest: near });
        }
        let only = &self.options.only;
        let is_wanted = |tag: &str| only.is_empty() || only.iter().any(|it| fold(it) == fold(tag));
        Ok(all.into_iter().filter(|it| is_wanted(&it.0)).collect())
    }

    /// The jobs of segments that can be evaluated, and the outcomes of those that can't.
    fn resolve(&self, wanted: &[(String, SegmentOptions)], before: &Before) -> Result<(Vec<Job>, Vec<Outcome>), Error> {
        let mut context = self.engine.context(&self.sources, &self.options.query)?;
        context.clock = self.clock.clone();
        let (mut jobs, mut outcomes) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for (tag, options) in wanted {
            let is_new = seen.insert(fold(tag).into_owned());
            let same: Vec<Segment<'_>> = self.sources.iter().filter(|it| fold(it.tag) == fold(tag)).collect();
            let job = match same[..] {
                [segment] => Job::resolve(self.engine, segment, options.clone(), &context),
                [] => Err(Error::SegmentOption {
                    tag: tag.clone(),
                    option: "definition",
                    message: "it isn't said, and there is no saved segment of this tag".to_owned(),
                }),
                [_, ..] if !is_new => continue,
                [_, ..] => Err(Error::SegmentOption {
                    tag: tag.clone(),
                    option: "definition",
                    message: "there are several; rename all but one".to_owned(),
                }),
            };
            match job {
                Ok(job) => jobs.push(job),
                Err(error) => outcomes.push(self.failed(tag, None, error, before)),
            }
        }
        Ok((jobs, outcomes))
    }

    /// Evaluates, guards and writes; answers whether the run is to stop.
    fn materialize(
        &self,
        jobs: &[Job],
        before: &Before,
        out: Option<&OutDir>,
        outcomes: &mut Vec<Outcome>,
    ) -> Result<bool, Error> {
        let engine = self.engine;
        let rows_of = |universe| match universe {
            Universe::Contacts => engine.book.contacts.layout.n_rows(),
            Universe::Visitors => engine.book.visitors.layout.n_rows(),
        };
        let most = rows_of(Universe::Contacts).max(rows_of(Universe::Visitors));
        let at_a_time = (SETS_BYTES / (u64::from(most) / 8 + 1)).max(1);
        let materializer = out.map(|out| self.materializer(jobs, out)).transpose()?;
        for jobs in jobs.chunks(usize::try_from(at_a_time).unwrap_or(usize::MAX)) {
            let batch: Vec<Batched<'_>> = jobs.iter().map(|it| Batched::of(&it.prepared, it.mailable_only())).collect();
            let found = engine.pool.install(|| exec::run_all(&engine.book, &batch, &self.clock, &engine.cancel))?;
            let mut ready = Vec::new();
            for (job, found) in jobs.iter().zip(found) {
                match found.and_then(|it| self.sampled(job, it)) {
                    Ok(members) => ready.push(Ready { job, members }),
                    Err(ExecError::Cancelled) => return Err(ExecError::Cancelled.into()),
                    Err(error) => outcomes.push(self.failed(&job.tag, Some(job), error.into(), before)),
                }
            }
            if !self.options.keep_going && outcomes.iter().any(|it| it.error.is_some()) {
                return Ok(true);
            }
            let done = self.each(&ready, |ready| self.one(ready, before, materializer.as_ref()))?;
            outcomes.extend(done);
            if !self.options.keep_going && outcomes.iter().any(|it| it.error.is_some()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn materializer<'m>(&'m self, jobs: &[Job], out: &'m OutDir) -> Result<Materializer<'m>, Error> {
        let engine = self.engine;
        let file_rows = |universe| -> Result<Vec<RowId>, Error> {
            if jobs.iter().any(|it| it.wants_file_rows() && it.prepared.universe == universe) {
                Ok(engine.pool.install(|| load::file_rows(&engine.dir, &engine.book, universe, engine.limits))?)
            } else {
                Ok(Vec::new())
            }
        };
        let about = [
            ("book_id", engine.book.id.clone()),
            ("now", text_of(&Cell::Instant(self.clock.now_us()))),
            ("zone", self.clock.zone().name()),
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        Ok(Materializer {
            engine,
            out,
            about: about.map(|(key, value)| (key.to_owned(), value)).to_vec(),
            contact_rows: file_rows(Universe::Contacts)?,
            visitor_rows: file_rows(Universe::Visitors)?,
        })
    }

    fn sampled(&self, job: &Job, mut members: Members) -> Result<Members, ExecError> {
        if !job.prepared.subsets.is_empty() {
            let engine = self.engine;
            let draw = || exec::subset(&engine.book, &job.prepared, &members.rows, &engine.cancel);
            members.rows = engine.pool.install(draw)?;
        }
        Ok(members)
    }

    /// Calls `op` for each segment, some at a time; of a failure of the run the first is told, and nothing new begins.
    fn each<'r, 'j>(
        &self,
        ready: &'r [Ready<'j>],
        op: impl Fn(&'r Ready<'j>) -> Result<Outcome, Error> + Sync,
    ) -> Result<Vec<Outcome>, Error> {
        let threads = self.options.jobs.unwrap_or_else(|| self.engine.pool.threads()).min(ready.len());
        let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let done: Mutex<Vec<(usize, Result<Outcome, Error>)>> = Mutex::default();
        let work = || {
            while !is_over.load(Ordering::Relaxed) {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(ready) = ready.get(at) else { break };
                let outcome = op(ready);
                let stops = match &outcome {
                    Ok(outcome) => outcome.error.is_some() && !self.options.keep_going,
                    Err(_) => true,
                };
                if stops {
                    is_over.store(true, Ordering::Relaxed);
                }
                if let Ok(outcome) = &outcome {
                    self.tell(RunEvent::Segment(outcome));
                }
                done.lock().unwrap_or_else(PoisonError::into_inner).push((at, outcome));
            }
        };
        if threads <= 1 {
            work();
        } else {
            std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
        }
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|it| it.0);
        done.into_iter().map(|it| it.1).collect()
    }

    /// Guards and writes one segment. What is wrong with the segment alone is its outcome, what is wrong with the machine an error.
    fn one(
        &self,
        ready: &Ready<'_>,
        before: &Before,
        materializer: Option<&Materializer<'_>>,
    ) -> Result<Outcome, Error> {
        self.engine.cancel.check()?;
        let Ready { job, members } = ready;
        let began = Instant::now();
        let accepted = self.options.accept.iter().any(|it| fold(it) == fold(&job.tag));
        let rows_before = before.compared().and_then(|it| Some(it.materialized(it.segment(&job.tag)?)?.rows));
        let held_back = guard::held_back(&job.options, members.rows.len(), rows_before).filter(|_| !accepted);
        let mut entry = self.entry(job);
        entry.matched = Some(members.counted.matched);
        entry.mailable = members.counted.mailable;
        entry.rows = Some(members.rows.len());
        if held_back.is_some() {
            (entry.state, entry.error) = (State::HeldBack, held_back);
            before.keep(&mut entry);
        } else if let Some(materializer) = materializer {
            match self.write(job, &members.rows, before, materializer) {
                Ok(files) => entry.files = files,
                Err(error) if concerns_the_run(&error) => return Err(error),
                Err(error) => return Ok(self.failed(&job.tag, Some(job), error, before)),
            }
        }
        Ok(Outcome { entry, error: None, elapsed_s: began.elapsed().as_secs_f64() })
    }

    fn write(
        &self,
        job: &Job,
        rows: &RowSet,
        before: &Before,
        materializer: &Materializer<'_>,
    ) -> Result<Vec<FileEntry>, Error> {
        let root = self.options.previous.as_deref().unwrap_or(&self.options.out);
        let universe = job.prepared.universe;
        let changes = match before.compared().and_then(|it| it.segment(&job.tag)).filter(|_| job.wants_changes()) {
            Some(entry) => keys_before(self.engine, root, entry, universe)?
                .map(|keys| changes(&self.engine.book, universe, rows, keys)),
            None => None,
        };
        materializer.write(job, rows, changes)
    }

    /// An entry of which the numbers and files are still to be told.
    fn entry(&self, job: &Job) -> SegmentEntry {
        SegmentEntry {
            tag: job.tag.clone(),
            name: job.name.clone(),
            state: State::Written,
            error: None,
            definition: Some(job.definition.clone()),
            definition_sha256: Some(job.definition_sha256.clone()),
            sample: job.options.sample.clone(),
            mailable_only: job.mailable_only(),
            matched: None,
            mailable: None,
            rows: None,
            kept: None,
            files: Vec::new(),
        }
    }

    fn failed(&self, tag: &str, job: Option<&Job>, error: Error, before: &Before) -> Outcome {
        let blank = SegmentEntry {
            tag: tag.to_owned(),
            name: None,
            state: State::Failed,
            error: None,
            definition: None,
            definition_sha256: None,
            sample: None,
            mailable_only: false,
            matched: None,
            mailable: None,
            rows: None,
            kept: None,
            files: Vec::new(),
        };
        let mut entry = job.map_or(blank, |it| self.entry(it));
        entry.state = State::Failed;
        entry.error = Some(error.to_string());
        before.keep(&mut entry);
        let outcome = Outcome { entry, error: Some(error), elapsed_s: 0.0 };
        if job.is_none() {
            self.tell(RunEvent::Segment(&outcome));
        }
        outcome
    }

    /// Makes the outputs those of this run. After the manifest is in its place nothing fails any more: what is left undone
    /// is a note, and the next run's to do.
    fn commit(
        &self,
        out: &OutDir,
        checksum: String,
        before: &Before,
        outcomes: &[Outcome],
        notes: &mut Vec<String>,
    ) -> Result<(), Error> {
        let mut segments: Vec<SegmentEntry> = outcomes.iter().map(|it| it.entry.clone()).collect();
        if !self.options.only.is_empty() {
            segments.extend(before.others(&segments));
        } else if let Some(gone) = before.gone(&segments) {
            notes.push(gone);
        }
        segments.sort_by(|a, b| a.tag.cmp(&b.tag));
        let by_segment: BTreeMap<String, f64> =
            outcomes.iter().map(|it| (it.entry.tag.clone(), rounded(it.elapsed_s))).collect();
        let book = &self.engine.book;
        let manifest = Manifest {
            form: Manifest::form(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            run_id: self.run_id.clone(),
            started: self.started.clone(),
            elapsed: Elapsed { run: rounded(self.began.elapsed().as_secs_f64()), segments: by_segment },
            book: BookEntry { id: book.id.clone(), checksum, contacts: u64::from(book.contacts.layout.n_rows()) },
            now: text_of(&Cell::Instant(self.clock.now_us())),
            zone: self.clock.zone().name(),
            segments,
        };
        out.sync()?;
        if let Some(here) = &before.here {
            out.replace(HISTORY, &history_after(&self.options.out, here)?)?;
        }
        out.replace(MANIFEST, &manifest.to_json())?;
        let tidied = out.sync_root().and_then(|()| out.remove_unlisted(&listed(manifest.files())));
        if let Err(error) = tidied {
            notes.push(format!("the outputs are written, but not all is tidied up: {error}"));
        }
        let written = outcomes.iter().filter(|it| it.entry.state == State::Written).flat_map(|it| &it.entry.files);
        let (files, bytes) = written.fold((0, 0), |(files, bytes), it| (files + 1, bytes + it.bytes));
        self.tell(RunEvent::Committed { files, bytes });
        Ok(())
    }
}

impl Before {
    /// The run that sizes and members are compared with.
    fn compared(&self) -> Option<&Manifest> {
        self.there.as_ref().or(self.here.as_ref())
    }

    /// Lets the files that there are count on.
    fn keep(&self, entry: &mut SegmentEntry) {
        if let Some((manifest, old)) = self.here.as_ref().and_then(|it| Some((it, it.segment(&entry.tag)?))) {
            entry.kept = manifest.materialized(old);
            entry.files.clone_from(&old.files);
        }
    }

    /// The entries of the segments that this run leaves as they are.
    fn others(&self, segments: &[SegmentEntry]) -> Vec<SegmentEntry> {
        let Some(manifest) = &self.here else { return Vec::new() };
        let is_other = |it: &&SegmentEntry| segments.iter().all(|segment| segment.tag != it.tag);
        let kept = |it: &SegmentEntry| -> SegmentEntry {
            let kept: Option<Kept> = manifest.materialized(it);
            SegmentEntry { kept, ..it.clone() }
        };
        manifest.segments.iter().filter(is_other).map(kept).collect()
    }

    /// What is to be told of segments that aren't defined any more.
    fn gone(&self, segments: &[SegmentEntry]) -> Option<String> {
        let gone: Vec<String> = self.others(segments).into_iter().map(|it| format!("@{}", it.tag)).collect();
        let verb = if gone.len() == 1 { "is" } else { "are" };
        (!gone.is_empty()).then(|| format!("{} {verb} no longer defined; the files are removed", gone.join(", ")))
    }
}

fn listed<'f>(files: impl Iterator<Item = &'f FileEntry>) -> BTreeSet<&'f str> {
    files.map(|it| it.path.as_str()).collect()
}

/// Whether an error is the machine's or the caller's, and not a segment's.
fn concerns_the_run(error: &Error) -> bool {
    match error {
        Error::Io { .. } | Error::Exec(ExecError::Cancelled | ExecError::Threads(_)) => true,
        Error::Write(error) => !matches!(error, WriteError::Misfit(_) | WriteError::Encode { .. }),
        Error::Exec(ExecError::SumTooLarge { .. })
        | Error::Load(_)
        | Error::Query(_)
        | Error::Clock(_)
        | Error::Format(_)
        | Error::NotAFilter
        | Error::NoSuchPerson(_)
        | Error::SegmentExists(_)
        | Error::SegmentOption { .. }
        | Error::BatchFile { .. }
        | Error::Manifest { .. }
        | Error::NoRun(_)
        | Error::NoSuchSegment { .. }
        | Error::OneFilter { .. }
        | Error::OneSide { .. }
        | Error::DifferentPeople => false,
    }
}

/// To the millisecond.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1_000.0).round() / 1_000.0
}
