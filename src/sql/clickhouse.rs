//! ClickHouse.
//!
//! A time without a zone is a `DateTime64` whose reading in UTC is the wall clock; a missing list is an empty one.

use super::pattern::Flavour;
use super::syntax::{Syntax, Type, WHITE_SPACE_AT_ENDS, day_text, decimal_text, double_text, time_text};

pub(super) struct ClickHouse;

impl Syntax for ClickHouse {
    fn name(&self) -> &'static str {
        "ClickHouse"
    }

    fn ident(&self, name: &str) -> String {
        format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
    }

    fn text(&self, text: &str) -> String {
        let plain = text.replace('\\', "\\\\").replace('\'', "\\'");
        format!("'{}'", plain.replace('\0', "\\0").replace('\n', "\\n"))
    }

    /// A literal is read exactly; a text by a faster way that isn't.
    fn double(&self, value: f64) -> String {
        if value.is_infinite() {
            return format!("toFloat64('{}')", double_text(value));
        }
        format!("toFloat64({})", double_text(value))
    }

    fn decimal(&self, units: i128, scale: u8) -> String {
        match (scale, i64::try_from(units)) {
            (0, Ok(_)) => units.to_string(),
            (0, Err(_)) => format!("toInt256('{units}')"),
            _ => format!("toDecimal128('{}', {scale})", decimal_text(units, scale)),
        }
    }

    fn instant(&self, micros: i64) -> String {
        format!("toDateTime64('{}', 6, 'UTC')", time_text(micros))
    }

    fn local(&self, micros: i64) -> String {
        self.instant(micros)
    }

    fn day(&self, day: i32) -> String {
        format!("toDate32('{}')", day_text(day))
    }

    /// What a `DateTime64` of microseconds holds: the years 1900 to 2299.
    fn times(&self) -> (i64, i64) {
        (-2_208_988_800_000_000, 10_413_791_999_999_999)
    }

    fn type_name(&self, of: Type) -> String {
        match of {
            Type::Text => "String".to_owned(),
            Type::Flag => "Bool".to_owned(),
            Type::Int => "Int64".to_owned(),
            Type::Wide => "Int256".to_owned(),
            Type::Decimal(scale) => format!("Decimal(38, {scale})"),
            Type::Double => "Float64".to_owned(),
            Type::Day => "Date32".to_owned(),
            Type::Instant | Type::Local => "DateTime64(6, 'UTC')".to_owned(),
            Type::List => "Array(String)".to_owned(),
        }
    }

    /// A cast to a type that allows for missing values if the value does.
    fn cast(&self, value: &str, to: Type) -> String {
        format!("accurateCastOrNull({value}, {})", self.text(&self.type_name(to)))
    }

    /// A day that there isn't would be another one.
    fn try_cast(&self, value: &str, to: Type) -> String {
        let cast = self.cast(value, to);
        if to == Type::Day { format!("if(toString({cast}) = {value}, {cast}, null)") } else { cast }
    }

    fn missing(&self, of: Type) -> String {
        match of {
            Type::List => "cast([], 'Array(String)')".to_owned(),
            Type::Text
            | Type::Flag
            | Type::Int
            | Type::Wide
            | Type::Decimal(_)
            | Type::Double
            | Type::Day
            | Type::Instant
            | Type::Local => format!("cast(null, {})", self.text(&format!("Nullable({})", self.type_name(of)))),
        }
    }

    fn nullable(&self, value: &str) -> String {
        format!("toNullable({value})")
    }

    fn fold(&self, text: &str) -> String {
        format!("lowerUTF8(translateUTF8({text}, 'Σİ', 'σi'))")
    }

    fn trim(&self, text: &str) -> String {
        format!("replaceRegexpAll({text}, {}, '')", self.text(WHITE_SPACE_AT_ENDS))
    }

    fn contains(&self, text: &str, needle: &str) -> String {
        format!("position({text}, {}) > 0", self.text(needle))
    }

    fn starts_with(&self, text: &str, needle: &str) -> String {
        format!("startsWith({text}, {})", self.text(needle))
    }

    fn ends_with(&self, text: &str, needle: &str) -> String {
        format!("endsWith({text}, {})", self.text(needle))
    }

    fn after_last_at(&self, text: &str) -> String {
        format!("arrayElement(splitByChar('@', {text}), -1)")
    }

    fn flavour(&self) -> Flavour {
        Flavour::Re2
    }

    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("match({text}, {})", self.text(pattern))
    }

    fn without_nan(&self, value: &str) -> String {
        format!("if(isNaN({value}), null, {value})")
    }

    fn quotient(&self, a: &str, b: i64) -> String {
        format!("intDiv({a}, {b})")
    }

    fn instant_micros(&self, value: &str) -> String {
        format!("toUnixTimestamp64Micro(toDateTime64({value}, 6, 'UTC'))")
    }

    fn local_micros(&self, value: &str) -> String {
        self.instant_micros(value)
    }

    fn day_number(&self, value: &str) -> String {
        format!("toInt64(toInt32(toDate32({value})))")
    }

    fn months_later(&self, day: &str, months: i64) -> String {
        format!("toInt64(toInt32(addMonths(toDate32(toInt32({day})), {months})))")
    }

    fn day_as_local(&self, value: &str) -> String {
        format!("toDateTime64({value}, 6, 'UTC')")
    }

    fn any(&self, list: &str, test: &str) -> String {
        format!("arrayExists(item -> coalesce({test}, false), {list})")
    }

    fn n_distinct(&self, list: &str) -> String {
        format!(
            "length(arrayDistinct(arrayMap(item -> {}, arrayFilter(item -> item <> '', {list}))))",
            self.fold("item")
        )
    }

    fn first_spellings(&self, list: &str) -> String {
        let folded = format!("arrayMap(it -> {}, {list})", self.fold("it"));
        format!(
            "arrayFilter((item, place) -> indexOf({folded}, {}) = place, {list}, arrayEnumerate({list}))",
            self.fold("item")
        )
    }

    fn unnest(&self, list: &str) -> String {
        format!("arrayJoin({list})")
    }
}
