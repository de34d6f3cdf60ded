//! Traits as filters of the language.

use crate::book::{Book, Column, ColumnSource, FieldType, Table};
use crate::exec::What;
use crate::model::{Cell, Span};
use crate::syntax::ast::{
    CompareOp, Condition, ConditionKind, Expr, Field, Name, Quoting, Subject, Test, Value, Which,
};
use crate::syntax::print_expr;
use crate::write::text_of;

/// The filter that finds those who have a trait; none if the language can't write its field.
pub(super) fn of_trait(what: &What, book: &Book, table: &Table) -> Option<String> {
    let test = |column: &Column, test: Test| {
        let subject = Subject::Field(field(column)?);
        Some(ConditionKind::Test { subject, negated: false, test, operator: Span::default() })
    };
    let kind = match what {
        What::Empty(column) => test(&table.columns[*column], Test::Empty)?,
        What::Is(column, cell) => {
            let column = &table.columns[*column];
            test(column, Test::Compare(CompareOp::Eq, value(column, cell)?))?
        }
        What::Within(column, from, to) => {
            let column = &table.columns[*column];
            let value = |cell: &Cell| value(column, cell);
            let form = match (from, to) {
                (Some(from), Some(to)) => Test::Between(value(from)?, value(to)?),
                (Some(from), None) => Test::Compare(CompareOp::Ge, value(from)?),
                (None, Some(to)) => Test::Compare(CompareOp::Le, value(to)?),
                (None, None) => return None,
            };
            test(column, form)?
        }
        What::Did(kind) => {
            ConditionKind::Did { negated: false, kind: name(&book.kinds[*kind].name), which: Which::default() }
        }
    };
    Some(print_expr(&Expr::Condition(Box::new(Condition { kind, span: Span::default() }))))
}

fn field(column: &Column) -> Option<Field> {
    let split = if column.source == ColumnSource::Derived { column.tag.split_once('.') } else { None };
    let (tag, part) = split.map_or((column.tag.as_str(), None), |(tag, part)| (tag, Some(name(part))));
    (!tag.contains('`')).then(|| Field { name: name(tag), part, span: Span::default() })
}

/// A name, with quotes where backticks can't stand; the printer leaves out what it doesn't need.
fn name(text: &str) -> Name {
    let quoting = if text.contains('`') { Quoting::Quotes } else { Quoting::Bare };
    Name { text: text.to_owned(), quoting, span: Span::default() }
}

/// A literal; none for what no literal can write.
fn value(column: &Column, cell: &Cell) -> Option<Value> {
    let (text, span) = (text_of(cell), Span::default());
    match (cell, &column.field_type) {
        (Cell::Bool(flag), _) => Some(Value::Word { text: if *flag { "yes" } else { "no" }.to_owned(), span }),
        (Cell::Text(_), FieldType::Known(_) | FieldType::Stage) => Some(Value::Word { text, span }),
        (Cell::Text(_), _) => Some(Value::Text { text, cased: false, quoting: Quoting::Quotes, span }),
        (Cell::Int(_) | Cell::Decimal { .. } | Cell::Float(_), _) => Some(Value::Number { text, span }),
        (Cell::Day(_), _) => Some(Value::Day { text, span }),
        (Cell::Instant(_), _) => Some(Value::Time { text, span }),
        (Cell::Null | Cell::List(_), _) => None,
    }
}
