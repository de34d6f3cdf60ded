//! The commands that explain: what `segql explain`, `why`, `why-empty`, `overlap`, `profile` and `forecast` do, of the open book.

use serde::Serialize;

use super::super::failure::{Failure, tell_all};
use super::super::insight::{self, Form};
use super::{Next, Session};
use crate::engine::insight::{ForecastOptions, ProfileOptions};
use crate::engine::{Engine, Error, QueryOptions};
use crate::model::Diagnostic;
use crate::write::Format;

/// Traits of each sort that `.profile` shows.
const MOST_TRAITS: usize = 10;
/// Combinations and pairs that `.overlap` shows.
const MOST_COMBINATIONS: usize = 20;
/// Days that `.forecast` looks ahead.
const DAYS: u32 = 30;

impl Session<'_> {
    pub(super) fn explain(&mut self, filter: &str) -> Result<Next, Failure> {
        self.report(filter, Engine::explain, |_| &[], insight::explain::lines)
    }

    pub(super) fn profile(&mut self, filter: &str) -> Result<Next, Failure> {
        let wanted = ProfileOptions { limit: Some(MOST_TRAITS), min_people: 1, ..ProfileOptions::default() };
        let ask = |engine: &Engine, filter: &str, options: &QueryOptions| engine.profile(filter, &wanted, options);
        self.report(filter, ask, |it| &it.notes, insight::profile::lines)
    }

    pub(super) fn why(&mut self, rest: &str) -> Result<Next, Failure> {
        let (key, filter) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if key.is_empty() {
            return Err(Failure::usage("name a person: `.why c00001@example.com orders > 5`"));
        }
        let ask = |engine: &Engine, filter: &str, options: &QueryOptions| engine.why(filter, key, options);
        self.report(filter.trim(), ask, |it| &it.notes, insight::why::lines)
    }

    pub(super) fn why_empty(&mut self, filter: &str) -> Result<Next, Failure> {
        self.report(filter, Engine::why_empty, |it| &it.notes, insight::why_empty::lines)
    }

    pub(super) fn forecast(&mut self, filter: &str) -> Result<Next, Failure> {
        let wanted = ForecastOptions { days: DAYS, keys: false };
        let ask = |engine: &Engine, filter: &str, options: &QueryOptions| engine.forecast(filter, &wanted, options);
        self.report(filter, ask, |it| &it.notes, insight::forecast::lines)
    }

    /// Of several saved segments, so that no filter needs a bracket of its own.
    pub(super) fn overlap(&mut self, rest: &str) -> Result<Next, Failure> {
        let tags: Vec<&str> = rest.split_whitespace().collect();
        if tags.len() < 2 || tags.iter().any(|it| !it.starts_with('@')) {
            return Err(Failure::usage("name two saved segments or more: `.overlap @loyal @lapsed`"));
        }
        let overlap = insight::overlap::ask(&self.engine, &tags, &self.options, self.terminal)?;
        self.write_report(&overlap, |it| insight::overlap::lines(it, MOST_COMBINATIONS))
    }

    /// Asks about a filter, or about the last question, and writes what is answered.
    fn report<T: Serialize>(
        &self,
        filter: &str,
        ask: impl FnOnce(&Engine, &str, &QueryOptions) -> Result<T, Error>,
        notes: impl FnOnce(&T) -> &[Diagnostic],
        lines: impl FnOnce(&T) -> Vec<String>,
    ) -> Result<Next, Failure> {
        let filter = if filter.is_empty() { self.question()? } else { filter };
        let segments = Some(self.engine.segments());
        let report = ask(&self.engine, filter, &self.options)
            .map_err(|error| Failure::of(error, filter, segments, self.terminal))?;
        tell_all(notes(&report), filter, segments, self.terminal);
        self.write_report(&report, lines)
    }

    fn write_report<T: Serialize>(&self, report: &T, lines: impl FnOnce(&T) -> Vec<String>) -> Result<Next, Failure> {
        let form = if self.settings.format == Format::Json { Form::Json } else { Form::Text };
        insight::write_report(&mut self.out()?, form, report, lines)?;
        Ok(Next::Line)
    }
}
