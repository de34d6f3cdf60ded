//! How a filter is run: [`Engine::explain`].

use serde::Serialize;

use super::super::{Engine, Error, QueryOptions};
use crate::exec::{self, Step};
use crate::model::{Diagnostic, SourceId, Span};

/// How a filter is run, node by node.
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    /// How many match.
    pub count: u64,
    /// Microseconds that counting them takes, without explaining.
    pub elapsed_us: u64,
    /// The words of the conditions that [`Step::condition`] names.
    pub conditions: Vec<String>,
    /// The plan, run.
    pub plan: Step,
    /// What is worth knowing about the sentence.
    #[serde(skip)]
    pub notes: Vec<Diagnostic>,
}

impl Engine {
    /// Runs the filter of a sentence node by node; steps after it aren't looked at.
    ///
    /// Cost: some times that of running it, for each level of the plan.
    ///
    /// # Errors
    ///
    /// What is wrong with the sentence, and what a run may fail with.
    pub fn explain(&self, text: &str, options: &QueryOptions) -> Result<Explained, Error> {
        let query = self.prepare(text, options)?;
        let started = std::time::Instant::now();
        let count =
            self.pool.install(|| exec::count(&self.book, query.universe, &query.filter, &query.clock, &self.cancel))?;
        let elapsed_us = started.elapsed().as_micros() as u64;
        let plan = self
            .pool
            .install(|| exec::explain(&self.book, query.universe, &query.filter, &query.clock, &self.cancel))?;
        let conditions = query.conditions.iter().map(|span| self.words_at(text, *span)).collect();
        Ok(Explained { count, elapsed_us, conditions, plan, notes: query.notes })
    }

    /// The words at a place of a sentence or of the definitions.
    fn words_at(&self, text: &str, span: Span) -> String {
        let text =
            if span.source == SourceId::QUERY { Some(text) } else { self.segments.source(span.source).map(|it| it.1) };
        text.and_then(|it| it.get(span.start..span.end)).unwrap_or_default().to_owned()
    }
}
