//! What stands after `|`: subsets of those who match, and one answer.

use bigdecimal::num_traits::Signed;
use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive};

use super::build;
use super::numbers::MAX_DIGITS;
use super::resolve::{Checked, Resolver, all, both, wrong};
use super::scope::Scope;
use super::tree::{Answer, Export, FieldRef, GroupBy, OrderBy, Plan, Predicate, Sample, SampleSize, Save, Subset, Top};
use crate::book::{FieldType, RecordKind, STAGE_CHANGE, Universe};
use crate::model::{CalendarUnit, Code, Diagnostic, Number, Span};
use crate::syntax::ast::{self, Amount, CompareOp, Field, GroupKey, OrderKey, Query, RecordWindow, Step, StepKind};

/// Bins of a histogram unless said.
const DEFAULT_BINS: u64 = 10;
/// The most bins of a histogram.
const MAX_BINS: u64 = 10_000;

impl<'a> Resolver<'a> {
    /// The subsets and the answer of a sentence's steps.
    pub(super) fn steps(&mut self, query: &Query, scope: Scope<'a>) -> Checked<(Vec<Subset>, Answer)> {
        let (mut subsets, mut answer) = (Vec::new(), None);
        let mut answered_by: Option<Span> = None;
        for step in &query.steps {
            if let Some(before) = answered_by {
                subsets.push(self.after_answer(step, before));
                continue;
            }
            match self.subset(step, scope) {
                Some(subset) => subsets.push(subset),
                None => {
                    let narrowed = subset_before(query, step);
                    answer = Some(self.answer(query, step, scope, narrowed));
                    answered_by = Some(step.word);
                }
            }
        }
        let has_subsets = !subsets.is_empty();
        let (subsets, answer) = both(all(subsets), answer.transpose())?;
        let bare = if has_subsets { Answer::People } else { Answer::Count { said: false } };
        Ok((subsets, answer.unwrap_or(bare)))
    }

    fn after_answer<T>(&self, step: &Step, before: Span) -> Checked<T> {
        let (word, first) = (self.words(step.word), self.words(before));
        let error = Diagnostic::error(
            Code::StepOrder,
            step.word,
            format!("`{word}` stands after `{first}`, which answers already"),
        );
        wrong(error.help("a sentence has one answering step, its last; `sample` and `top` stand before it".to_owned()))
    }

    /// A step that takes a subset; none if it answers.
    fn subset(&self, step: &Step, scope: Scope<'a>) -> Option<Checked<Subset>> {
        match &step.kind {
            StepKind::Sample { size, seed, per } => {
                Some(self.sample(size, seed.as_ref(), per.as_ref(), scope).map(Subset::Sample))
            }
            StepKind::Top { n, by } => Some(self.top(n, by, scope).map(Subset::Top)),
            StepKind::Count
            | StepKind::By { .. }
            | StepKind::Show { .. }
            | StepKind::Stats(_)
            | StepKind::Histogram { .. }
            | StepKind::Funnel
            | StepKind::Journey(_)
            | StepKind::Events
            | StepKind::Audiences
            | StepKind::Save { .. }
            | StepKind::Export { .. } => None,
        }
    }

    fn sample(
        &self,
        size: &ast::SampleSize,
        seed: Option<&Amount>,
        per: Option<&Field>,
        scope: Scope<'a>,
    ) -> Checked<Sample> {
        let size = match size {
            ast::SampleSize::Rows(n) => self.amount(n, 0).map(SampleSize::Rows),
            ast::SampleSize::Percent(share) => self.share(share).map(SampleSize::Below),
        };
        let seed = seed.map_or(Ok(0), |it| self.amount(it, 0));
        let per = per.map(|it| self.single(it, scope, "`per`").map(|it| it.0)).transpose();
        let (size, (seed, per)) = both(size, both(seed, per))?;
        Ok(Sample { size, seed, per })
    }

    /// The hash below which a share lies: floor(share × 2^64), exactly.
    fn share(&self, share: &Amount) -> Checked<u128> {
        let text = share.text.trim_end_matches('%').trim_end();
        let out = || {
            wrong(
                Diagnostic::error(
                    Code::SampleShare,
                    share.span,
                    format!("a share is more than 0% and at most 100%, not `{}%`", super::notes::shortened(text, 40)),
                )
                .help("`sample 10%`, `sample 0.5%`".to_owned()),
            )
        };
        if text.len() > MAX_DIGITS {
            return out();
        }
        let Ok(number) = Number::parse(text) else { return out() };
        if !number.exact().is_positive() || number.exact() > &BigDecimal::from(100) {
            return out();
        }
        Ok(hash_bound(number.exact()))
    }

    fn top(&self, n: &Amount, by: &Field, scope: Scope<'a>) -> Checked<Top> {
        let (n, (by, name)) = both(self.amount(n, 0), self.single(by, scope, "`top`"))?;
        Ok(Top { n, by, name })
    }

    /// A whole number in a step.
    fn amount(&self, amount: &Amount, least: u64) -> Checked<u64> {
        self.whole(&amount.text, amount.span, least)
    }

    fn answer(
        &mut self,
        query: &Query,
        step: &Step,
        scope: Scope<'a>,
        narrowed: Option<&'static str>,
    ) -> Checked<Answer> {
        match &step.kind {
            StepKind::Count => Ok(Answer::Count { said: true }),
            StepKind::By { keys, top } => {
                let keys = all(keys.iter().map(|it| self.group_key(it, scope)));
                let top = top.as_ref().map(|it| self.amount(it, 0)).transpose();
                let (keys, top) = both(keys, top)?;
                Ok(Answer::By(GroupBy { keys, top }))
            }
            StepKind::Show { fields, order, limit, offset } => {
                self.show(fields, order, limit.as_ref(), offset.as_ref(), scope)
            }
            StepKind::Stats(field) => self.measured(field, step, scope).map(|(field, name)| Answer::Stats(field, name)),
            StepKind::Histogram { field, bins } => {
                let bins = bins.as_ref().map_or(Ok(DEFAULT_BINS), |it| self.bins(it));
                let ((field, name), bins) = both(self.measured(field, step, scope), bins)?;
                Ok(Answer::Histogram { field, name, bins })
            }
            StepKind::Funnel => self.of_contacts(step, scope).map(|()| Answer::Funnel),
            StepKind::Events => self.of_contacts(step, scope).map(|()| Answer::Events),
            StepKind::Journey(window) => {
                self.of_contacts(step, scope)?;
                self.journey(window.as_ref(), step.span).map(Answer::Journey)
            }
            StepKind::Audiences if scope.is_contacts() => wrong(
                Diagnostic::error(
                    Code::StepUniverse,
                    step.word,
                    "`audiences` counts visitors, the sentence is about contacts",
                )
                .help("begin the sentence with `from visitors`".to_owned()),
            ),
            StepKind::Audiences => Ok(Answer::Audiences),
            StepKind::Save { name, overwrite } => match narrowed {
                Some(word) => wrong(
                    Diagnostic::error(
                        Code::SaveSubset,
                        step.word,
                        format!("`save` keeps a definition: after `{word}` there is none"),
                    )
                    .help(format!("leave out `{word}`, or `export` the people")),
                ),
                None => self.save(query, name, *overwrite),
            },
            StepKind::Export { path, columns, overwrite } => {
                let columns = all(columns.iter().map(|it| self.column(it, scope)))?;
                let columns = if columns.is_empty() { vec![key_column(scope)] } else { columns };
                Ok(Answer::Export(Export { path: path.text.clone(), columns, overwrite: *overwrite }))
            }
            StepKind::Sample { .. } | StepKind::Top { .. } => self.after_answer(step, step.word),
        }
    }

    fn show(
        &self,
        fields: &[Field],
        order: &[OrderKey],
        limit: Option<&Amount>,
        offset: Option<&Amount>,
        scope: Scope<'a>,
    ) -> Checked<Answer> {
        let columns = all(fields.iter().map(|it| self.column(it, scope)));
        let order = all(order.iter().map(|it| {
            let (field, _) = self.single(&it.field, scope, "`order by`")?;
            Ok(OrderBy { field, descending: it.descending })
        }));
        let limit = limit.map(|it| self.amount(it, 0)).transpose();
        let offset = offset.map_or(Ok(0), |it| self.amount(it, 0));
        let ((columns, order), (limit, offset)) = both(both(columns, order), both(limit, offset))?;
        Ok(Answer::Show { columns, order, limit, offset })
    }

    /// A field and its header.
    fn column(&self, field: &Field, scope: Scope<'a>) -> Checked<(FieldRef, String)> {
        let found = self.find(field, scope)?;
        Ok((found, scope.header(found)))
    }

    /// A field of one value a person, and its header.
    fn single(&self, field: &Field, scope: Scope<'a>, step: &str) -> Checked<(FieldRef, String)> {
        let (found, name) = self.column(field, scope)?;
        if scope.field_type(found) == Some(&FieldType::List) {
            return wrong(
                Diagnostic::error(
                    Code::StepType,
                    field.span,
                    format!("`{name}` is a list: {step} needs a single value"),
                )
                .help(format!("`by {name}` counts per element")),
            );
        }
        Ok((found, name))
    }

    /// A field that `stats` and `histogram` can measure: numbers and dates.
    fn measured(&self, field: &Field, step: &Step, scope: Scope<'a>) -> Checked<(FieldRef, String)> {
        let (found, name) = self.column(field, scope)?;
        let noun = match scope.field_type(found) {
            Some(FieldType::Number(_) | FieldType::Date | FieldType::Time) => return Ok((found, name)),
            Some(
                other @ (FieldType::Text
                | FieldType::Choice { .. }
                | FieldType::Known(_)
                | FieldType::Stage
                | FieldType::Flag
                | FieldType::List),
            ) => other.noun(),
            None => "a stage",
        };
        let word = self.words(step.word);
        wrong(
            Diagnostic::error(
                Code::StepType,
                field.span,
                format!("`{name}` is {noun}: `{word}` takes numbers and dates"),
            )
            .help(format!("`by {name}` counts per value")),
        )
    }

    fn bins(&self, bins: &Amount) -> Checked<u64> {
        let n = self.amount(bins, 1)?;
        if n > MAX_BINS {
            return wrong(Diagnostic::error(Code::StepTooLarge, bins.span, "a histogram has at most 10,000 bins"));
        }
        Ok(n)
    }

    fn group_key(&self, key: &GroupKey, scope: Scope<'a>) -> Checked<(FieldRef, Option<CalendarUnit>, String)> {
        let (field, name) = self.column(&key.field, scope)?;
        let Some(unit) = key.unit else { return Ok((field, None, name)) };
        let noun = match scope.field_type(field) {
            Some(FieldType::Date | FieldType::Time) => {
                return Ok((field, Some(unit), format!("{}({name})", unit.name())));
            }
            Some(
                other @ (FieldType::Text
                | FieldType::Choice { .. }
                | FieldType::Known(_)
                | FieldType::Stage
                | FieldType::Number(_)
                | FieldType::Flag
                | FieldType::List),
            ) => other.noun(),
            None => "a stage",
        };
        let unit = unit.name();
        wrong(
            Diagnostic::error(Code::StepType, key.field.span, format!("`{name}` is {noun}: `{unit}(…)` takes a date"))
                .help(format!("`by {name}` counts per value")),
        )
    }

    fn of_contacts(&self, step: &Step, scope: Scope<'a>) -> Checked<()> {
        if scope.is_contacts() {
            return Ok(());
        }
        let word = self.words(step.word);
        wrong(
            Diagnostic::error(
                Code::StepUniverse,
                step.word,
                format!("`{word}` is about contacts, the sentence about visitors"),
            )
            .help("leave out `from visitors`; `audiences` is the step of visitors".to_owned()),
        )
    }

    /// The moves that count: between different stages, or from none, within the window.
    fn journey(&mut self, window: Option<&RecordWindow>, span: Span) -> Checked<Plan> {
        let Some(kind) = self.book().kind(STAGE_CHANGE) else {
            self.check_window(window)?;
            return Ok(Plan::Nothing);
        };
        let id = self.new_id(window.map_or(span, |it| it.span));
        let window = self.record_window(window, kind, RecordKind::AT, id)?;
        let (Some(from), Some(to)) = (self.property(kind, "from_stage"), self.property(kind, "to_stage")) else {
            return Ok(Plan::Nothing);
        };
        let missing = Plan::Test { column: to, predicate: Predicate::Missing, id };
        let same = Plan::Test { column: from, predicate: Predicate::Field(CompareOp::Eq, to), id };
        Ok(build::and([build::not(missing), build::not(same), window]))
    }

    fn save(&mut self, query: &Query, name: &ast::Text, overwrite: bool) -> Checked<Answer> {
        if name.text.trim().is_empty() {
            return wrong(
                Diagnostic::error(Code::SaveName, name.span, "a segment needs a name")
                    .help("`save \"Press people\"`".to_owned()),
            );
        }
        self.note_moved_lists(&query.filter);
        let filter = self.words(query.filter.span());
        let definition = match query.from.as_ref().map(|it| crate::model::fold(&it.text)) {
            Some(from) => format!("from {from} {filter}"),
            None => filter.to_owned(),
        };
        Ok(Answer::Save(Save { name: name.text.clone(), overwrite, definition }))
    }
}

/// The word of a step before `last` that takes a subset.
fn subset_before(query: &Query, last: &Step) -> Option<&'static str> {
    query.steps.iter().take_while(|it| !std::ptr::eq(*it, last)).find_map(|it| match &it.kind {
        StepKind::Sample { .. } => Some("sample"),
        StepKind::Top { .. } => Some("top"),
        StepKind::Count
        | StepKind::By { .. }
        | StepKind::Show { .. }
        | StepKind::Stats(_)
        | StepKind::Histogram { .. }
        | StepKind::Funnel
        | StepKind::Journey(_)
        | StepKind::Events
        | StepKind::Audiences
        | StepKind::Save { .. }
        | StepKind::Export { .. } => None,
    })
}

/// The key of a universe: its first column.
fn key_column(scope: Scope<'_>) -> (FieldRef, String) {
    let key = if scope.is_contacts() { Universe::Contacts.key() } else { Universe::Visitors.key() };
    (FieldRef::Column(0), key.to_owned())
}

/// floor(percent / 100 × 2^64) of a percentage above 0, at most 100.
fn hash_bound(percent: &BigDecimal) -> u128 {
    let (digits, scale) = (percent * BigDecimal::from(1_u128 << 64)).into_bigint_and_scale();
    let share = BigDecimal::from_bigint(digits, scale + 2);
    share.with_scale_round(0, RoundingMode::Floor).to_u128().unwrap_or(1 << 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact() {
        let bound = |text: &str| hash_bound(Number::parse(text).expect("a number").exact());
        assert_eq!(bound("100"), 1 << 64);
        assert_eq!(bound("50"), 1 << 63);
        // floor(2^64 / 10)
        assert_eq!(bound("10"), 1_844_674_407_370_955_161);
        assert_eq!(bound("12.5"), 1 << 61);
    }
}
