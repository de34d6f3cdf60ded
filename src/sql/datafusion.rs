//! Apache DataFusion.
//!
//! Its literals with a point are doubles and its timestamps nanoseconds, so that exact ones are cast from text.

use super::pattern::Flavour;
use super::syntax::{Syntax, Type, cast_decimal, time_text};

pub(super) struct DataFusion;

const INSTANT: &str = "'Timestamp(Microsecond, Some(\"UTC\"))'";
const LOCAL: &str = "'Timestamp(Microsecond, None)'";

impl Syntax for DataFusion {
    fn name(&self) -> &'static str {
        "DataFusion"
    }

    fn decimal(&self, units: i128, scale: u8) -> String {
        cast_decimal(units, scale)
    }

    fn instant(&self, micros: i64) -> String {
        format!("arrow_cast('{}Z', {INSTANT})", time_text(micros).replace(' ', "T"))
    }

    fn local(&self, micros: i64) -> String {
        format!("arrow_cast('{}', {LOCAL})", time_text(micros).replace(' ', "T"))
    }

    fn missing(&self, of: Type) -> String {
        match of {
            Type::Instant => format!("arrow_cast(null, {INSTANT})"),
            Type::Local => format!("arrow_cast(null, {LOCAL})"),
            Type::List => "arrow_cast(null, 'List(Utf8)')".to_owned(),
            Type::Text | Type::Flag | Type::Int | Type::Wide | Type::Decimal(_) | Type::Double | Type::Day => {
                self.cast("null", of)
            }
        }
    }

    fn flavour(&self) -> Flavour {
        Flavour::Rust
    }

    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("regexp_like({text}, {})", self.text(pattern))
    }

    fn instant_micros(&self, value: &str) -> String {
        format!("arrow_cast(arrow_cast({value}, {INSTANT}), 'Int64')")
    }

    fn local_micros(&self, value: &str) -> String {
        format!("arrow_cast(arrow_cast({value}, {LOCAL}), 'Int64')")
    }

    fn day_number(&self, value: &str) -> String {
        format!("arrow_cast(arrow_cast({value}, 'Date32'), 'Int32')")
    }

    fn months_later(&self, day: &str, months: i64) -> String {
        format!("arrow_cast(arrow_cast(arrow_cast({day}, 'Int32'), 'Date32') + interval '{months} months', 'Int32')")
    }

    fn day_as_local(&self, value: &str) -> String {
        format!("arrow_cast({value}, {LOCAL})")
    }

    fn any(&self, list: &str, test: &str) -> String {
        format!("array_any_match({list}, item -> {test})")
    }

    fn n_distinct(&self, list: &str) -> String {
        format!(
            "cardinality(array_distinct(array_transform(array_filter({list}, item -> item <> ''), item -> {})))",
            self.fold("item")
        )
    }

    fn first_spellings(&self, list: &str) -> String {
        let folded = format!("array_transform({list}, it -> {})", self.fold("it"));
        format!(
            "array_filter({list}, item -> array_element({list}, cast(array_position({folded}, {}) as bigint)) = item)",
            self.fold("item")
        )
    }
}
