//! [`print`]: a plan in one stable line, for goldens and for `explain`.

use std::fmt::Write;

use bigdecimal::BigDecimal;

use super::tree::{MeanBound, Measure, Plan, Predicate, TextTest, ValueTest};
use crate::book::{Book, FieldType, Table, Universe};
use crate::model::{NumberKind, Ranges, civil, key_float};
use crate::syntax::ast::CompareOp;

/// Values of a list that are printed; of more, their number.
const PRINTED_VALUES: usize = 8;

/// A plan over a universe's people, in one line: `intersect(age in 30.., tier = "pro")`.
#[must_use]
pub fn print(plan: &Plan, book: &Book, universe: Universe) -> String {
    Printer::new(book).plan(plan, book.table(universe))
}

/// Prints plans against one book.
pub(crate) struct Printer<'a> {
    book: &'a Book,
}

impl<'a> Printer<'a> {
    /// Over the tables of a book.
    pub(crate) fn new(book: &'a Book) -> Self {
        Self { book }
    }

    /// A plan over the rows of a table, in one line.
    pub(crate) fn plan(&self, plan: &Plan, table: &Table) -> String {
        let list = |parts: &[Plan]| parts.iter().map(|it| self.plan(it, table)).collect::<Vec<_>>().join(", ");
        match plan {
            Plan::All => "all".to_owned(),
            Plan::Nothing => "nothing".to_owned(),
            Plan::Not(part) => format!("not({})", self.plan(part, table)),
            Plan::And(parts) => format!("intersect({})", list(parts)),
            Plan::Or(parts) => format!("union({})", list(parts)),
            Plan::Test { column, predicate, .. } => {
                let tag = &table.columns[*column].tag;
                format!("{tag} {}", predicate_text(predicate, table, &table.columns[*column].field_type))
            }
            Plan::Records(records) => {
                let kind = &self.book.kinds[records.kind];
                let filter = self.where_text(&records.filter, &kind.table);
                let measure = measure_text(&records.measure, &kind.table);
                format!("records({}{filter}, {measure})", kind.folded)
            }
            Plan::Sequence(sequence) => {
                let steps: Vec<String> = sequence
                    .steps
                    .iter()
                    .map(|it| {
                        let kind = &self.book.kinds[it.kind];
                        format!("{}{}", kind.folded, self.where_text(&it.filter, &kind.table))
                    })
                    .collect();
                let within =
                    sequence.within.map_or_else(String::new, |it| format!(", within {} {}", it.count, it.unit.name()));
                format!("sequence({}{within})", steps.join(", "))
            }
            Plan::Visitors { filter, .. } => format!("visitors({})", self.plan(filter, &self.book.visitors)),
            Plan::Rows { rows, .. } => format!("rows({})", rows.len()),
        }
    }

    fn where_text(&self, filter: &Plan, table: &Table) -> String {
        if matches!(filter, Plan::All) { String::new() } else { format!(" where {}", self.plan(filter, table)) }
    }
}

fn predicate_text(predicate: &Predicate, table: &Table, field_type: &FieldType) -> String {
    match predicate {
        Predicate::Empty => "is empty".to_owned(),
        Predicate::Missing => "is missing".to_owned(),
        Predicate::Keys(ranges) => {
            format!("in {}", ranges_text(ranges, i64::MIN, i64::MAX, |it| key_text(field_type, it)))
        }
        Predicate::Text(test) => text_text(test),
        Predicate::Length(ranges) => format!("length in {}", integers(ranges)),
        Predicate::Flag(flag) => format!("= {flag}"),
        Predicate::Field(op, column) => {
            let op = match op {
                CompareOp::Eq => "=",
                CompareOp::Lt => "<",
                CompareOp::Le => "<=",
                CompareOp::Gt => ">",
                CompareOp::Ge => ">=",
            };
            format!("{op} field {}", table.columns[*column].tag)
        }
    }
}

fn measure_text(measure: &Measure, table: &Table) -> String {
    match measure {
        Measure::Count(counts) => format!("count in {}", integers(counts)),
        Measure::CountDistinct { column, counts } => {
            format!("count distinct {} in {}", table.columns[*column].tag, integers(counts))
        }
        Measure::Aggregate { function, column, test } => {
            let column = &table.columns[*column];
            format!("{}({}) {}", function.name(), column.tag, value_text(test, &column.field_type))
        }
    }
}

fn value_text(test: &ValueTest, field_type: &FieldType) -> String {
    match test {
        ValueTest::Missing => "is missing".to_owned(),
        ValueTest::Keys(ranges) => {
            format!("in {}", ranges_text(ranges, i64::MIN, i64::MAX, |it| key_text(field_type, it)))
        }
        ValueTest::Sum(ranges) => format!("in {}", ranges_text(ranges, i128::MIN, i128::MAX, |it| it.to_string())),
        ValueTest::Mean(bounds) => {
            let end = |bound: &MeanBound| {
                bound.as_ref().map_or_else(String::new, |(at, is_in)| format!("{}{at}", if *is_in { "=" } else { "" }))
            };
            let parts: Vec<String> = bounds.iter().map(|(low, high)| format!("{}..{}", end(low), end(high))).collect();
            format!("in {}", parts.join(" | "))
        }
        ValueTest::Text(test) => text_text(test),
        ValueTest::Flag(flag) => format!("= {flag}"),
    }
}

fn text_text(test: &TextTest) -> String {
    let cased_text = |cased: bool| if cased { "cased " } else { "" };
    match test {
        TextTest::OneOf { folded, cased } => {
            let values: Vec<String> = folded
                .iter()
                .map(|it| format!("{it:?}"))
                .chain(cased.iter().map(|it| format!("cased {it:?}")))
                .collect();
            match values.as_slice() {
                [one] => format!("= {one}"),
                many if many.len() > PRINTED_VALUES => format!("in ({} values)", many.len()),
                many => format!("in ({})", many.join(", ")),
            }
        }
        TextTest::Contains { needle, cased } => format!("contains {}{needle:?}", cased_text(*cased)),
        TextTest::StartsWith { needle, cased } => format!("starts with {}{needle:?}", cased_text(*cased)),
        TextTest::EndsWith { needle, cased } => format!("ends with {}{needle:?}", cased_text(*cased)),
        TextTest::Matches { regex, folded, .. } => {
            format!("matches {}{:?}", if *folded { "folded " } else { "" }, regex.as_str())
        }
    }
}

fn integers(ranges: &Ranges<i64>) -> String {
    ranges_text(ranges, 0, i64::MAX, |it| it.to_string())
}

/// `30..`, `1..5 | 7`: open where a range reaches the end of the type.
fn ranges_text<T: Copy + Ord>(ranges: &Ranges<T>, first: T, last: T, text: impl Fn(T) -> String) -> String {
    let mut out = String::new();
    for (low, high) in ranges.as_slice().iter().take(PRINTED_VALUES) {
        if !out.is_empty() {
            out.push_str(" | ");
        }
        if low == high {
            out.push_str(&text(*low));
            continue;
        }
        let low = if *low <= first { String::new() } else { text(*low) };
        let high = if *high >= last { String::new() } else { text(*high) };
        // Writing to a text can't fail.
        let _ = write!(out, "{low}..{high}");
    }
    let more = ranges.as_slice().len().saturating_sub(PRINTED_VALUES);
    if more > 0 {
        let _ = write!(out, " | {more} more");
    }
    if out.is_empty() { "nothing".to_owned() } else { out }
}

fn key_text(field_type: &FieldType, key: i64) -> String {
    match field_type {
        FieldType::Number(NumberKind::Decimal { scale }) => BigDecimal::new(key.into(), i64::from(*scale)).to_string(),
        FieldType::Number(NumberKind::Float) => key_float(key).to_string(),
        FieldType::Date => i32::try_from(key).map_or_else(|_| key.to_string(), day_text),
        FieldType::Time => instant_text(key),
        FieldType::Number(NumberKind::Int)
        | FieldType::Text
        | FieldType::Choice { .. }
        | FieldType::Known(_)
        | FieldType::Stage
        | FieldType::Flag
        | FieldType::List => key.to_string(),
    }
}

fn day_text(day: i32) -> String {
    civil(day).map_or_else(|| day.to_string(), |(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
}

fn instant_text(at: i64) -> String {
    let (seconds, micros) = (at.div_euclid(1_000_000), at.rem_euclid(1_000_000));
    let day = seconds.div_euclid(86_400).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
    let of_day = seconds.rem_euclid(86_400);
    let Some((year, month, day)) = civil(day) else { return format!("{at}us") };
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}
