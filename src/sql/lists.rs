//! Conditions on lists: some element, or their number.

use super::SqlError;
use super::filter::{Cond, Lowering};
use super::reading::{Form, Value};
use super::values::in_ranges;
use crate::model::Ranges;
use crate::plan::{ConditionId, TextTest};

impl Lowering<'_> {
    /// Some element passes. Empty elements aren't there.
    pub(super) fn some_element(&self, list: &str, test: &TextTest, id: ConditionId) -> Result<Cond, SqlError> {
        let item = Value { sql: "item".to_owned(), form: Form::Text { folded: false } };
        let mut passes = self.text(&item, test, id)?;
        if test.holds("", "") {
            passes = Cond::all([Cond::one("item <> ''"), passes]);
        }
        let Some(passes) = passes.text() else { return Ok(Cond::Never) };
        // Of elements alike but for case the first alone is there: the others' spelling can't be asked for.
        let list = if minds_case(test) { self.syntax.first_spellings(list) } else { list.to_owned() };
        Ok(Cond::one(self.syntax.any(&list, &passes)))
    }

    /// The number of elements; a missing list has none.
    pub(super) fn length(&self, list: &str, ranges: &Ranges<i64>) -> Cond {
        let length = format!("coalesce({}, 0)", self.syntax.n_distinct(list));
        in_ranges(&length, ranges.as_slice(), (0, i64::MAX), |n| n.to_string())
    }
}

fn minds_case(test: &TextTest) -> bool {
    match test {
        TextTest::OneOf { cased, .. } => !cased.is_empty(),
        TextTest::Contains { cased, .. } | TextTest::StartsWith { cased, .. } | TextTest::EndsWith { cased, .. } => {
            *cased
        }
        TextTest::Matches { folded, .. } => !folded,
    }
}
