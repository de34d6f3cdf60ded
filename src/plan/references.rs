//! Sentences that name saved segments: each segment is resolved once a query, those it rests on first.
//!
//! Flow: [`Resolver::settle`] walks the references depth first with a stack of its own, so that a chain of
//! segments costs no recursion; a segment met again on the stack closes a ring. What became of each is
//! kept, and a sentence that names it takes a copy.
//!
//! Invariant: copies are bounded by the limits on conditions and values, which count what segments hold.

use super::resolve::{Checked, Resolver, universe, wrong};
use super::scope::{Place, Scope};
use super::tree::Plan;
use crate::book::Universe;
use crate::model::{Code, Diagnostic, Span};
use crate::syntax::ast::Expr;

/// How deep segments nest, the one named in the query being the first.
const MAX_NESTED: usize = 64;

/// What became of a segment.
pub(super) type Settled = Result<Done, Failure>;

/// A segment, resolved.
#[derive(Clone)]
pub(super) struct Done {
    universe: Universe,
    plan: Plan,
    n_conditions: usize,
    n_values: usize,
    /// 1 if it names no segment.
    height: usize,
}

/// Why a segment can't be used; told at each place that names it, or one that rests on it.
#[derive(Clone)]
pub(super) struct Failure {
    code: Code,
    /// The segment that is at fault, where it is a single one.
    at: Option<usize>,
    message: String,
    inner: Vec<Diagnostic>,
}

/// A segment on the way to being settled.
struct Visit {
    at: usize,
    references: Vec<usize>,
    next: usize,
    ring: Option<Failure>,
}

impl<'a> Resolver<'a> {
    /// Settles every segment that a filter rests on.
    pub(super) fn settle(&mut self, filter: &Expr) {
        for at in self.references(filter) {
            if !self.settled.contains_key(&at) {
                self.settle_from(at);
            }
        }
    }

    fn settle_from(&mut self, root: usize) {
        let mut stack = vec![self.visit(root)];
        while let Some(top) = stack.last_mut() {
            let Some(child) = top.references.get(top.next).copied() else {
                if let Some(visit) = stack.pop() {
                    let outcome = self.outcome(&visit);
                    self.settled.insert(visit.at, outcome);
                }
                continue;
            };
            top.next += 1;
            if self.settled.contains_key(&child) {
                continue;
            }
            if let Some(from) = stack.iter().position(|it| it.at == child) {
                let ring = self.ring(stack[from..].iter().map(|it| it.at).chain([child]));
                if let Some(top) = stack.last_mut() {
                    top.ring.get_or_insert(ring);
                }
                continue;
            }
            let visit = self.visit(child);
            stack.push(visit);
        }
    }

    fn visit(&self, at: usize) -> Visit {
        let references = self.context.segments.parsed(at).map_or_else(|_| Vec::new(), |it| self.references(&it.filter));
        Visit { at, references, next: 0, ring: None }
    }

    fn ring(&self, path: impl Iterator<Item = usize>) -> Failure {
        let path: Vec<&str> = path.map(|at| self.context.segments.tag(at)).collect();
        Failure {
            code: Code::SegmentCycle,
            at: None,
            message: format!("goes round in a ring: {}", path.join(" -> ")),
            inner: Vec::new(),
        }
    }

    /// Resolves a segment whose references are settled.
    fn outcome(&mut self, visit: &Visit) -> Settled {
        if let Some(ring) = &visit.ring {
            return Err(ring.clone());
        }
        let mut height = 1;
        for child in &visit.references {
            match self.settled.get(child) {
                Some(Ok(done)) => height = height.max(done.height + 1),
                Some(Err(failure)) => return Err(failure.clone()),
                None => {}
            }
        }
        if height > MAX_NESTED {
            return Err(Failure {
                code: Code::SegmentsTooDeep,
                at: None,
                message: "nests too deep: at most 64 segments, each in the one before".to_owned(),
                inner: Vec::new(),
            });
        }
        let definition =
            self.context.segments.parsed(visit.at).map_err(|errors| self.broken(visit.at, errors.to_vec()))?;
        let universe = universe(definition.from.as_ref()).map_err(|errors| self.broken(visit.at, errors))?;
        // A segment is counted by itself; each place that names it adds what it holds.
        let (n_conditions, n_values) = (self.n_conditions, self.n_values);
        (self.n_conditions, self.n_values) = (0, 0);
        let plan = self.expr(&definition.filter, Scope::people(self.book(), universe));
        let held = (self.n_conditions, self.n_values);
        (self.n_conditions, self.n_values) = (n_conditions, n_values);
        let plan = plan.map_err(|errors| self.broken(visit.at, errors))?;
        Ok(Done { universe, plan, n_conditions: held.0, n_values: held.1, height })
    }

    fn broken(&self, at: usize, inner: Vec<Diagnostic>) -> Failure {
        let segments = self.context.segments;
        let why = inner.first().map_or_else(String::new, |it| {
            let place = it.span.and_then(|span| segments.place_of(span));
            let place = place.map_or_else(String::new, |it| format!(" ({it})"));
            format!(": {}{place}", it.message)
        });
        Failure { code: Code::BrokenSegment, at: Some(at), message: format!("is broken{why}"), inner }
    }

    /// The plan of a segment named at `span`.
    pub(super) fn segment(
        &mut self,
        found: Checked<usize>,
        shown: &str,
        span: Span,
        scope: Scope<'a>,
    ) -> Checked<Plan> {
        let at = found?;
        let done = match self.settled.get(&at) {
            Some(Ok(done)) => done.clone(),
            Some(Err(failure)) => {
                let via = match failure.at.filter(|it| *it != at) {
                    Some(fault) => format!("rests on `{}`, which ", self.context.segments.tag(fault)),
                    None => String::new(),
                };
                let message = format!("the segment {shown} {via}{}", failure.message);
                let error = Diagnostic::error(failure.code, span, message);
                return Err(std::iter::once(error).chain(failure.inner.iter().cloned()).collect());
            }
            // Every reference of the text was settled before.
            None => return Err(Vec::new()),
        };
        match (scope.place, done.universe) {
            (Place::People(Universe::Contacts), Universe::Contacts)
            | (Place::People(Universe::Visitors), Universe::Visitors) => {}
            (Place::People(Universe::Visitors), Universe::Contacts) => {
                return wrong(Diagnostic::error(
                    Code::SegmentUniverse,
                    span,
                    format!("the segment {shown} is about contacts, the sentence about visitors"),
                ));
            }
            (Place::People(Universe::Contacts), Universe::Visitors) => {
                return wrong(
                    Diagnostic::error(
                        Code::SegmentUniverse,
                        span,
                        format!("the segment {shown} is about visitors, the sentence about contacts"),
                    )
                    .help(format!("`from visitors {shown}` asks about visitors")),
                );
            }
            (Place::VisitorWhere | Place::Records(_), _) => return self.not_here(span, scope),
        }
        self.count_conditions(done.n_conditions, span)?;
        self.count_values(done.n_values, span)?;
        Ok(done.plan)
    }

    /// The segments that a filter names, each once; names that aren't found are told when it is resolved.
    fn references(&self, filter: &Expr) -> Vec<usize> {
        let mut found = Vec::new();
        self.gather(filter, &mut found);
        let mut seen = std::collections::HashSet::new();
        found.retain(|it| seen.insert(*it));
        found
    }

    fn gather(&self, expr: &Expr, found: &mut Vec<usize>) {
        match expr {
            Expr::And(parts, _) | Expr::Or(parts, _) => parts.iter().for_each(|it| self.gather(it, found)),
            Expr::Not(part, _) | Expr::Group(part, _) => self.gather(part, found),
            Expr::Condition(condition) => found.extend(self.context.segments.place_named(&condition.kind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::segments::Segments;
    use super::super::{Prepared, ResolveContext, resolve};
    use super::*;
    use crate::book::{Book, KeyIndex, Layout, Table};
    use crate::index::Array;
    use crate::model::{Clock, SourceId, Zone};
    use crate::syntax::ast::{Condition, ConditionKind};
    use crate::syntax::ast::{Definition, Name, Query, Quoting};

    fn name(text: &str) -> Name {
        Name { text: text.to_owned(), quoting: Quoting::Bare, span: Span::new(SourceId::QUERY, 0, 1) }
    }

    /// Any of these segments; everyone if there is none.
    fn any_of(tags: &[&str]) -> Expr {
        let leaf = |kind| Expr::Condition(Box::new(Condition { kind, span: Span::new(SourceId::QUERY, 0, 1) }));
        match tags {
            [] => leaf(ConditionKind::Everyone),
            [tag] => leaf(ConditionKind::SegmentTag(name(tag))),
            tags => Expr::Or(
                tags.iter().map(|tag| leaf(ConditionKind::SegmentTag(name(tag)))).collect(),
                Span::new(SourceId(1), 0, 1),
            ),
        }
    }

    fn resolved(segments: &[(&str, &[&str])], wanted: &str) -> Result<Prepared, Vec<Diagnostic>> {
        let definitions = segments.iter().map(|(tag, rests_on)| Definition {
            tag: name(tag),
            display: None,
            from: None,
            filter: any_of(rests_on),
            span: Span::default(),
        });
        let table = || Table { layout: Layout::even(0, 4), columns: Vec::new() };
        let book = Book {
            id: String::new(),
            zone: Zone::utc(),
            contacts: table(),
            keys: KeyIndex::default(),
            visitors: table(),
            visitor_contacts: Array::default(),
            kinds: Vec::new(),
            irregularities: Vec::new(),
        };
        let segments = Segments::of_definitions(definitions);
        let context = ResolveContext {
            book: &book,
            segments: &segments,
            clock: Clock::new(0, Zone::utc()),
            read_list: &|_| Err(std::io::ErrorKind::NotFound.into()),
            working_dir: Path::new(""),
        };
        let query = Query { from: None, filter: any_of(&[wanted]), steps: Vec::new(), span: Span::default() };
        resolve(&query, "", &context)
    }

    fn told(segments: &[(&str, &[&str])], wanted: &str) -> String {
        resolved(segments, wanted).expect_err("an error")[0].message.clone()
    }

    #[test]
    fn a_ring_harms_only_what_refers_to_it() {
        let ring: [(&str, &[&str]); 4] = [("a", &["b"]), ("b", &["C"]), ("c", &["a"]), ("fine", &[])];
        assert!(told(&ring, "A").contains("a -> b -> c -> a"));
        assert!(told(&ring, "b").contains("b -> c -> a -> b"));
        assert!(resolved(&ring, "fine").is_ok());
    }

    #[test]
    fn two_alike_are_an_error_of_who_names_them() {
        let twins: [(&str, &[&str]); 3] = [("a", &[]), ("A", &[]), ("b", &[])];
        assert!(told(&twins, "a").starts_with("2 saved segments are called @a"));
        assert!(resolved(&twins, "b").is_ok());
    }

    #[test]
    fn segments_nest_64_deep() {
        let tags: Vec<String> = (0..=64).map(|n| format!("n{n}")).collect();
        let rests_on: Vec<Vec<&str>> =
            (0..tags.len()).map(|n| if n == 0 { vec![] } else { vec![tags[n - 1].as_str()] }).collect();
        let chain: Vec<(&str, &[&str])> =
            tags.iter().zip(&rests_on).map(|(tag, rests_on)| (tag.as_str(), rests_on.as_slice())).collect();
        assert!(resolved(&chain, "n63").is_ok());
        assert!(told(&chain, "n64").contains("64"));
    }

    #[test]
    fn diamonds_are_fine_until_they_hold_too_much() {
        let tags: Vec<String> = (0..40).map(|n| format!("d{n}")).collect();
        let rests_on: Vec<Vec<&str>> =
            (0..tags.len()).map(|n| if n == 0 { vec![] } else { vec![tags[n - 1].as_str(); 2] }).collect();
        let doubling: Vec<(&str, &[&str])> =
            tags.iter().zip(&rests_on).map(|(tag, rests_on)| (tag.as_str(), rests_on.as_slice())).collect();
        // 2^13 = 8,192 conditions, then 2^14.
        assert!(resolved(&doubling, "d13").is_ok());
        assert!(told(&doubling, "d39").contains("10,000"));
    }
}
