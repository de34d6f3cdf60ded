//! Apache Spark: its literals with backslashes, as they are read unless `spark.sql.parser.escapedStringLiterals` is set.

use super::pattern::Flavour;
use super::syntax::{Syntax, Type, WHITE_SPACE_AT_ENDS, cast_decimal, common_type, time_text};

pub(super) struct Spark;

impl Syntax for Spark {
    fn name(&self) -> &'static str {
        "Spark"
    }

    /// The tables of a job are views themselves, and a lasting view can't rest on those.
    fn view_words(&self) -> &'static str {
        "temporary view"
    }

    fn ident(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    /// `${…}` would be a variable of the session, in a text as well.
    fn text(&self, text: &str) -> String {
        let plain = text.replace('\\', "\\\\").replace('\'', "\\'");
        format!("'{}'", plain.replace('\0', "\\u0000").replace('\n', "\\n").replace("${", "\\u0024{"))
    }

    fn decimal(&self, units: i128, scale: u8) -> String {
        cast_decimal(units, scale)
    }

    fn instant(&self, micros: i64) -> String {
        format!("timestamp '{}Z'", time_text(micros))
    }

    fn local(&self, micros: i64) -> String {
        format!("timestamp_ntz '{}'", time_text(micros))
    }

    fn type_name(&self, of: Type) -> String {
        match of {
            Type::Text => "string".to_owned(),
            Type::Instant => "timestamp".to_owned(),
            Type::Local => "timestamp_ntz".to_owned(),
            Type::List => "array<string>".to_owned(),
            Type::Flag | Type::Int | Type::Wide | Type::Decimal(_) | Type::Double | Type::Day => common_type(of),
        }
    }

    /// A bare `not in` minds nulls by comparing each with each; within `coalesce` it is a join by hash.
    fn not_in(&self, is_in: &str) -> String {
        format!("not coalesce({is_in}, false)")
    }

    /// Conditions are moved into what they are about, and each name in them becomes its expression: of a zone's changes on
    /// those of another 160,000. The variable of a lambda stays one.
    fn bound(&self, value: &str, within: &dyn Fn(&str) -> String) -> String {
        format!("element_at(transform(array({value}), it -> {}), 1)", within("it"))
    }

    fn trim(&self, text: &str) -> String {
        format!("regexp_replace({text}, {}, '')", self.text(WHITE_SPACE_AT_ENDS))
    }

    fn starts_with(&self, text: &str, needle: &str) -> String {
        format!("startswith({text}, {})", self.text(needle))
    }

    fn ends_with(&self, text: &str, needle: &str) -> String {
        format!("endswith({text}, {})", self.text(needle))
    }

    fn after_last_at(&self, text: &str) -> String {
        format!("substring_index({text}, '@', -1)")
    }

    fn flavour(&self) -> Flavour {
        Flavour::Java
    }

    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("regexp_like({text}, {})", self.text(pattern))
    }

    fn whole(&self, value: &str) -> String {
        format!("rint({value})")
    }

    fn quotient(&self, a: &str, b: i64) -> String {
        format!("({a}) div {b}")
    }

    fn instant_micros(&self, value: &str) -> String {
        format!("unix_micros({value})")
    }

    /// Read as if in UTC, whatever the session's zone.
    fn local_micros(&self, value: &str) -> String {
        format!("unix_micros(cast(concat(cast({value} as string), 'Z') as timestamp))")
    }

    fn day_number(&self, value: &str) -> String {
        format!("unix_date({value})")
    }

    fn months_later(&self, day: &str, months: i64) -> String {
        format!("unix_date(add_months(date_from_unix_date(cast({day} as int)), {months}))")
    }

    fn any(&self, list: &str, test: &str) -> String {
        format!("exists({list}, item -> {test})")
    }

    fn n_distinct(&self, list: &str) -> String {
        format!(
            "array_size(array_distinct(transform(filter({list}, item -> item <> ''), item -> {})))",
            self.fold("item")
        )
    }

    fn first_spellings(&self, list: &str) -> String {
        let folded = format!("transform({list}, it -> {})", self.fold("it"));
        format!("filter({list}, (item, place) -> array_position({folded}, {}) = place + 1)", self.fold("item"))
    }

    fn unnest(&self, list: &str) -> String {
        format!("explode({list})")
    }
}
