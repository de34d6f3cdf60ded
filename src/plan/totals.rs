//! `sum(purchase.amount …) >= 500` and its kin, and `count(label) >= 3`.

use super::build;
use super::fields::{Reading, Tested, split};
use super::numbers::{NumberReading, float_keys, keys, means, sums};
use super::records::{record_count, wrong_property};
use super::resolve::{Checked, Resolver, all, both, wrong};
use super::scope::{Scope, listed};
use super::stages::names;
use super::tree::{Aggregate, ConditionId, FieldRef, Measure, Plan, Predicate, Records, TextTest, ValueTest};
use crate::book::FieldType;
use crate::model::{Code, ColumnId, Diagnostic, KindId, NumberKind, Ranges, STAGES, Span};
use crate::syntax::ast::{self, Quoting, Test, Total, TotalFunction};

/// The type of counts, and in messages of sums and means.
static NUMBER: FieldType = FieldType::Number(NumberKind::Int);

/// A total's records, and where its test stands.
struct Over<'a> {
    kind: KindId,
    filter: Plan,
    shown: String,
    operator: Span,
    scope: Scope<'a>,
    id: ConditionId,
}

impl<'a> Over<'a> {
    fn tested(&self, column: Option<ColumnId>, field_type: &'a FieldType) -> Tested<'a> {
        Tested {
            shown: self.shown.clone(),
            field_type,
            column: column.map(|it| &self.scope.table.columns[it]),
            scope: self.scope,
            operator: self.operator,
            is_total: true,
        }
    }

    fn measured(&self, measure: Measure) -> Plan {
        Plan::Records(Box::new(Records { kind: self.kind, filter: self.filter.clone(), measure, id: self.id }))
    }

    fn aggregate(&self, function: Aggregate, column: ColumnId, test: ValueTest) -> Plan {
        self.measured(Measure::Aggregate { function, column, test })
    }
}

impl<'a> Resolver<'a> {
    /// A positive test of a total.
    pub(super) fn total_test(
        &mut self,
        total: &Total,
        test: &Test,
        operator: Span,
        scope: Scope<'a>,
        id: ConditionId,
    ) -> Checked<Plan> {
        if let Some(column) = self.list_field(total, scope) {
            return self.length_test(total, column, test, operator, scope, id);
        }
        if !scope.is_contacts() {
            return self.not_here(total.span, scope);
        }
        let Some(kind) = self.kind(&total.of) else {
            self.note_no_list(total, scope);
            return self.total_of_none(total, test, operator, scope);
        };
        let filter = {
            let window = self.record_window(total.window.as_ref(), kind, crate::book::RecordKind::AT, id);
            let inner = Scope::records(self.book(), kind);
            let filter = self.filter(total.filter.as_deref(), inner);
            self.filter_of_parts(vec![window, filter])
        };
        let column = self.total_property(total, kind);
        let (filter, column) = both(filter, column)?;
        let over = Over { kind, filter, shown: shown(total), operator, scope: Scope::records(self.book(), kind), id };
        let Some(column) = column else {
            let counts = self.count_test(&over.tested(None, &NUMBER), test)?;
            return Ok(record_count(kind, over.filter, counts, id));
        };
        self.column_total(total.function, &over, column, test)
    }

    /// The list field that `count(x)` asks for; a note where a kind has its name.
    fn list_field(&mut self, total: &Total, scope: Scope<'a>) -> Option<ColumnId> {
        let is_plain = total.property.is_none() && total.window.is_none() && total.filter.is_none();
        if total.function != TotalFunction::Count || !is_plain || total.of.quoting == Quoting::Quotes {
            return None;
        }
        let column = scope.table.find(&total.of.text)?;
        if scope.table.columns[column].field_type != FieldType::List {
            return None;
        }
        if total.of.quoting == Quoting::Bare && scope.is_contacts() && self.book().kind(&total.of.text).is_some() {
            let name = &total.of.text;
            let text = format!(
                "`{name}` is a list field and a kind of record: read as the list field; `count(\"{name}\")` counts the records"
            );
            self.note(Code::ListOrKind, total.of.span, text);
        }
        Some(column)
    }

    /// Tells that a `count(x)` of a field, which is no list or not counted as one, was read as the kind.
    fn note_no_list(&mut self, total: &Total, scope: Scope<'a>) {
        if total.property.is_some() {
            return;
        }
        if let Some(FieldRef::Column(column)) = scope.find_name(&total.of.text) {
            let name = &total.of.text;
            let field_type = &scope.table.columns[column].field_type;
            let text = if *field_type == FieldType::List {
                format!("the list field `{name}` is counted by `count({name})`, without quotes, window or `where`")
            } else {
                format!("the field `{name}` is {}, not a list to count", field_type.noun())
            };
            self.note(Code::NoList, total.of.span, text);
        }
    }

    fn length_test(
        &mut self,
        total: &Total,
        column: ColumnId,
        test: &Test,
        operator: Span,
        scope: Scope<'a>,
        id: ConditionId,
    ) -> Checked<Plan> {
        let tested = Tested { shown: shown(total), field_type: &NUMBER, column: None, scope, operator, is_total: true };
        let lengths = self.count_test(&tested, test)?;
        if lengths.is_empty() {
            return Ok(Plan::Nothing);
        }
        Ok(build::test(Some(column), Predicate::Length(lengths), id))
    }

    /// The counts that pass; none for `is empty`, as a count is never missing.
    fn count_test(&mut self, tested: &Tested<'a>, test: &Test) -> Checked<Ranges<i64>> {
        match self.number_test(tested, test)? {
            NumberReading::Empty => Ok(Ranges::none()),
            NumberReading::Intervals(intervals) => Ok(keys(&intervals, NumberKind::Int)),
            NumberReading::Other(_) => self.does_not_fit(tested),
        }
    }

    /// A total over a kind that the book never has: 0, or missing.
    fn total_of_none(&mut self, total: &Total, test: &Test, operator: Span, scope: Scope<'a>) -> Checked<Plan> {
        self.check_window(total.window.as_ref())?;
        let tested = Tested { shown: shown(total), field_type: &NUMBER, column: None, scope, operator, is_total: true };
        match total.function {
            TotalFunction::Count | TotalFunction::CountDistinct | TotalFunction::Sum => {
                let counts = self.count_test(&tested, test)?;
                Ok(build::constant(counts.contains(0)))
            }
            TotalFunction::Avg => {
                self.number_test(&tested, test)?;
                Ok(build::constant(matches!(test, Test::Empty)))
            }
            TotalFunction::Min | TotalFunction::Max | TotalFunction::First | TotalFunction::Last => {
                Ok(build::constant(matches!(test, Test::Empty)))
            }
        }
    }

    /// The column of a total's property; none for `count(kind)`.
    fn total_property(&self, total: &Total, kind: KindId) -> Checked<Option<ColumnId>> {
        let name = function_name(total.function);
        let of = &total.of.text;
        let Some(property) = &total.property else {
            if total.function == TotalFunction::Count {
                return Ok(None);
            }
            let tags = self.book().kinds[kind].table.columns.iter().take(12).map(|it| it.tag.as_str());
            return wrong(
                Diagnostic::error(Code::ExpectedProperty, total.of.span, format!("{name} needs a property of `{of}`"))
                    .help(format!("`{of}` has {}", listed(tags))),
            );
        };
        let scope = Scope::records(self.book(), kind);
        let field = ast::Field { name: property.clone(), part: None, span: property.span };
        let FieldRef::Column(column) = self.find(&field, scope)? else { return Ok(None) };
        if total.function == TotalFunction::Count {
            return wrong_property(
                property.span,
                format!("`count` counts records, not the values of `{}`", property.text),
                format!(
                    "`count(distinct {of}.{0})` counts values, `count({of} where {0} is not empty)` records that have one",
                    property.text
                ),
            );
        }
        self.check_property(total.function, property, &scope.table.columns[column].field_type)?;
        Ok(Some(column))
    }

    fn check_property(&self, function: TotalFunction, property: &ast::Name, field_type: &FieldType) -> Checked<()> {
        let (is_number, is_ordered, is_single) = match field_type {
            FieldType::Number(_) => (true, true, true),
            FieldType::Date
            | FieldType::Time
            | FieldType::Text
            | FieldType::Choice { .. }
            | FieldType::Known(_)
            | FieldType::Stage => (false, true, true),
            FieldType::Flag => (false, false, true),
            FieldType::List => (false, false, false),
        };
        let (fits, needed) = match function {
            TotalFunction::Sum | TotalFunction::Avg => (is_number, "a number"),
            TotalFunction::Min | TotalFunction::Max => (is_ordered, "a number, a date or a text"),
            TotalFunction::First | TotalFunction::Last => (is_single, "a single value"),
            TotalFunction::Count | TotalFunction::CountDistinct => (true, ""),
        };
        if fits {
            return Ok(());
        }
        let name = function_name(function);
        wrong_property(
            property.span,
            format!("`{}` is {}: {name} needs {needed}", property.text, field_type.noun()),
            "`count(distinct x.p)` takes any property; `did x where p …` asks about single records".to_owned(),
        )
    }

    fn column_total(
        &mut self,
        function: TotalFunction,
        over: &Over<'a>,
        column: ColumnId,
        test: &Test,
    ) -> Checked<Plan> {
        let field_type = &over.scope.table.columns[column].field_type;
        match function {
            TotalFunction::Count | TotalFunction::CountDistinct => {
                let counts = self.count_test(&over.tested(None, &NUMBER), test)?;
                if counts.is_empty() {
                    return Ok(Plan::Nothing);
                }
                Ok(over.measured(Measure::CountDistinct { column, counts }))
            }
            TotalFunction::Sum => self.sum_test(over, column, test),
            TotalFunction::Avg => self.mean_test(over, column, test),
            TotalFunction::Min if *field_type == FieldType::Stage => self.stage_extreme(over, column, test, false),
            TotalFunction::Max if *field_type == FieldType::Stage => self.stage_extreme(over, column, test, true),
            TotalFunction::Min => self.value_total(Aggregate::Min, over, column, test),
            TotalFunction::Max => self.value_total(Aggregate::Max, over, column, test),
            TotalFunction::First => self.value_total(Aggregate::First, over, column, test),
            TotalFunction::Last => self.value_total(Aggregate::Last, over, column, test),
        }
    }

    fn sum_test(&mut self, over: &Over<'a>, column: ColumnId, test: &Test) -> Checked<Plan> {
        let tested = over.tested(None, &NUMBER);
        let intervals = match self.number_test(&tested, test)? {
            // The sum of none is 0: it is never missing.
            NumberReading::Empty => return Ok(Plan::Nothing),
            NumberReading::Intervals(intervals) => intervals,
            NumberReading::Other(_) => return self.does_not_fit(&tested),
        };
        let test = match scale(over, column) {
            Some(scale) => ValueTest::Sum(sums(&intervals, scale)),
            None => ValueTest::Keys(float_keys(&intervals)),
        };
        Ok(over.aggregate(Aggregate::Sum, column, test))
    }

    fn mean_test(&mut self, over: &Over<'a>, column: ColumnId, test: &Test) -> Checked<Plan> {
        let tested = over.tested(None, &NUMBER);
        let test = match self.number_test(&tested, test)? {
            NumberReading::Empty => ValueTest::Missing,
            NumberReading::Intervals(intervals) => match scale(over, column) {
                Some(_) => ValueTest::Mean(means(intervals)),
                None => ValueTest::Keys(float_keys(&intervals)),
            },
            NumberReading::Other(_) => return self.does_not_fit(&tested),
        };
        Ok(over.aggregate(Aggregate::Avg, column, test))
    }

    /// A total whose value is one of the column's.
    fn value_total(&mut self, function: Aggregate, over: &Over<'a>, column: ColumnId, test: &Test) -> Checked<Plan> {
        let field_type = &over.scope.table.columns[column].field_type;
        if let Some((join, split)) = split(field_type, test) {
            return all(split.iter().map(|it| self.value_total(function, over, column, it))).map(join);
        }
        let tested = over.tested(Some(column), field_type);
        let test = match self.read(&tested, test)? {
            Reading::Empty => ValueTest::Missing,
            Reading::Keys(ranges) if ranges.is_empty() => return Ok(Plan::Nothing),
            Reading::Keys(ranges) => ValueTest::Keys(ranges),
            Reading::Text(test) => ValueTest::Text(test),
            Reading::Flag(flag) => ValueTest::Flag(flag),
            Reading::Every(_) | Reading::Field(..) => return self.does_not_fit(&tested),
        };
        Ok(over.aggregate(function, column, test))
    }

    /// `min` and `max` of stages, which are ordered by their own order, not as text: some record has
    /// one of the stages that pass, and none has one beyond it.
    fn stage_extreme(&mut self, over: &Over<'a>, column: ColumnId, test: &Test, is_max: bool) -> Checked<Plan> {
        if let Some((join, split)) = split(&FieldType::Stage, test) {
            return all(split.iter().map(|it| self.stage_extreme(over, column, it, is_max))).map(join);
        }
        let tested = over.tested(Some(column), &over.scope.table.columns[column].field_type);
        let some = |filter: Plan| {
            let filter = build::and([over.filter.clone(), filter]);
            record_count(over.kind, filter, Ranges::between(1, i64::MAX), over.id)
        };
        let any_of = |stages: &[usize]| {
            let test = TextTest::OneOf { folded: names(stages), cased: Vec::new() };
            some(build::test(Some(column), Predicate::Text(test), over.id))
        };
        match self.read(&tested, test)? {
            Reading::Empty => {
                let all_stages: Vec<usize> = (0..STAGES.len()).collect();
                Ok(build::not(any_of(&all_stages)))
            }
            Reading::Text(passing) => {
                Ok(build::or((0..STAGES.len()).filter(|at| passing.holds(STAGES[*at], STAGES[*at])).map(|at| {
                    let beyond: Vec<usize> = if is_max { (at + 1..STAGES.len()).collect() } else { (0..at).collect() };
                    let none_beyond = if beyond.is_empty() { Plan::All } else { build::not(any_of(&beyond)) };
                    build::and([any_of(&[at]), none_beyond])
                })))
            }
            Reading::Keys(_) | Reading::Flag(_) | Reading::Every(_) | Reading::Field(..) => self.does_not_fit(&tested),
        }
    }
}

/// Digits after the point of an exact number column; none of doubles.
fn scale(over: &Over<'_>, column: ColumnId) -> Option<u8> {
    match over.scope.table.columns[column].field_type {
        FieldType::Number(NumberKind::Int) => Some(0),
        FieldType::Number(NumberKind::Decimal { scale }) => Some(scale),
        FieldType::Number(NumberKind::Float)
        | FieldType::Text
        | FieldType::Choice { .. }
        | FieldType::Known(_)
        | FieldType::Stage
        | FieldType::Date
        | FieldType::Time
        | FieldType::Flag
        | FieldType::List => None,
    }
}

fn shown(total: &Total) -> String {
    let distinct = if total.function == TotalFunction::CountDistinct { "distinct " } else { "" };
    let property = total.property.as_ref().map_or_else(String::new, |it| format!(".{}", it.text));
    let name = if total.function == TotalFunction::CountDistinct { "count" } else { function_name(total.function) };
    format!("`{name}({distinct}{}{property})`", total.of.text)
}

const fn function_name(function: TotalFunction) -> &'static str {
    match function {
        TotalFunction::Count => "count",
        TotalFunction::CountDistinct => "count(distinct …)",
        TotalFunction::Sum => "sum",
        TotalFunction::Avg => "avg",
        TotalFunction::Min => "min",
        TotalFunction::Max => "max",
        TotalFunction::First => "first",
        TotalFunction::Last => "last",
    }
}
