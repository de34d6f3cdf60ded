//! DuckDB.

use super::pattern::Flavour;
use super::syntax::{Syntax, Type, common_type, quoted};

pub(super) struct DuckDb;

impl Syntax for DuckDb {
    fn name(&self) -> &'static str {
        "DuckDB"
    }

    fn row_column(&self) -> Option<&'static str> {
        Some("rowid")
    }

    /// DuckDB's parser ends a text at U+0000, so that this one is put in by its number.
    fn text(&self, text: &str) -> String {
        quoted(text, &['\0', '\n'])
    }

    fn type_name(&self, of: Type) -> String {
        if of == Type::Wide { "hugeint".to_owned() } else { common_type(of) }
    }

    /// Its `lower` maps code point by code point.
    fn fold(&self, text: &str) -> String {
        format!("lower({text})")
    }

    fn flavour(&self) -> Flavour {
        Flavour::Re2
    }

    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("regexp_matches({text}, {})", self.text(pattern))
    }

    fn quotient(&self, a: &str, b: i64) -> String {
        format!("({a}) // {b}")
    }

    fn instant_micros(&self, value: &str) -> String {
        format!("epoch_us({value})")
    }

    fn local_micros(&self, value: &str) -> String {
        format!("epoch_us({value})")
    }

    fn day_number(&self, value: &str) -> String {
        format!("({value} - date '1970-01-01')")
    }

    fn months_later(&self, day: &str, months: i64) -> String {
        format!("(cast(date '1970-01-01' + cast({day} as integer) + to_months({months}) as date) - date '1970-01-01')")
    }

    fn any(&self, list: &str, test: &str) -> String {
        format!("len(list_filter({list}, lambda item: {test})) > 0")
    }

    fn n_distinct(&self, list: &str) -> String {
        format!(
            "len(list_distinct(list_transform(list_filter({list}, lambda item: item <> ''), lambda item: {})))",
            self.fold("item")
        )
    }

    fn first_spellings(&self, list: &str) -> String {
        let folded = format!("list_transform({list}, lambda it: {})", self.fold("it"));
        format!("list_filter({list}, lambda item, place: list_position({folded}, {}) = place)", self.fold("item"))
    }
}
