//! From what a column holds to what it means: declared types and known names.

use bigdecimal::{BigDecimal, ToPrimitive};

use super::LoadError;
use super::local_times::LocalTimes;
use super::piece::Numbers;
use super::settings::{Declared, FieldSettings};
use super::shape::Shape;
use super::source::{Source, SourceColumn};
use super::texts::NO_CODE;
use super::values::Values;
use crate::book::{FieldType, IrregularityKind};
use crate::index::DictionaryBuilder;
use crate::model::{
    NameSet, Number, NumberKind, Zone, canonical, civil, float_key, fold, key_float, parse_day, parse_time,
};

/// A column with its meaning, and how many rows were irregular.
pub(super) struct Converted {
    pub(super) values: Values,
    pub(super) field_type: FieldType,
    pub(super) irregular: Option<(IrregularityKind, u64)>,
}

/// The type that a shape is of by itself.
pub(super) fn field_type(shape: &Shape) -> FieldType {
    match shape {
        Shape::Null | Shape::Text | Shape::Other(_) => FieldType::Text,
        Shape::Flag => FieldType::Flag,
        Shape::Int => FieldType::Number(NumberKind::Int),
        Shape::Decimal(scale) => FieldType::Number(NumberKind::Decimal { scale: *scale }),
        Shape::Float => FieldType::Number(NumberKind::Float),
        Shape::Date => FieldType::Date,
        Shape::Time => FieldType::Time,
        Shape::List => FieldType::List,
    }
}

/// Checks before reading that a column can be of its declared type.
pub(super) fn check_declared(
    source: &Source,
    column: &SourceColumn,
    field: Option<&FieldSettings>,
) -> Result<(), LoadError> {
    let Some(declared) = field.and_then(|it| it.declared) else { return Ok(()) };
    let fits = match (declared, &column.shape) {
        (_, Shape::Null | Shape::Text | Shape::Other(_)) => true,
        (Declared::Number, shape) => shape.is_number(),
        (Declared::Date, shape) => matches!(shape, Shape::Date | Shape::Time),
        (Declared::Bool, shape) => matches!(shape, Shape::Flag | Shape::Int),
        (Declared::Text | Declared::Choice, shape) => !matches!(shape, Shape::List | Shape::Time),
    };
    if fits { Ok(()) } else { Err(source.wrong_type(column, declared.noun())) }
}

/// Turns a custom column into its declared type.
pub(super) fn declared(values: Values, shape: &Shape, field: Option<&FieldSettings>, times: &LocalTimes) -> Converted {
    let plain = |values| Converted { values, field_type: field_type(shape), irregular: None };
    let Some((field, declared)) = field.and_then(|it| Some((it, it.declared?))) else { return plain(values) };
    match (declared, values) {
        (Declared::Number, Values::Text(texts, codes)) => to_number(&texts, &codes),
        (Declared::Date, Values::Text(texts, codes)) => to_date(&texts, &codes, times.zone()),
        (Declared::Bool, Values::Text(texts, codes)) => to_flag(&texts, &codes),
        (Declared::Bool, Values::Number(numbers)) => {
            let flags = (0..numbers.keys.len()).map(|row| numbers.get(row));
            let unparsed = flags.clone().flatten().filter(|key| !matches!(key, 0 | 1)).count() as u64;
            let flags = flags.map(|key| key.filter(|key| matches!(key, 0 | 1)).map(|key| key == 1)).collect();
            Converted { values: Values::Flag(flags), field_type: FieldType::Flag, irregular: unparsed_rows(unparsed) }
        }
        (Declared::Text, values) => Converted { values: to_text(values, shape), ..plain_text() },
        (Declared::Choice, values) => to_choice(to_text(values, shape), field),
        (Declared::Number | Declared::Date | Declared::Bool, values) => plain(values),
    }
}

fn plain_text() -> Converted {
    Converted {
        values: Values::Text(DictionaryBuilder::default(), Vec::new()),
        field_type: FieldType::Text,
        irregular: None,
    }
}

fn unparsed_rows(count: u64) -> Option<(IrregularityKind, u64)> {
    (count > 0).then_some((IrregularityKind::Unparsed, count))
}

/// Texts as canonical names; what isn't known is counted and missing.
pub(super) fn known(values: Values, names: NameSet) -> (Values, u64) {
    let Values::Text(texts, mut codes) = values else { return (values, 0) };
    let mut dictionary = DictionaryBuilder::default();
    let map: Vec<u32> = (0..texts.len() as u32)
        .map(|code| canonical(names, texts.text(code)).map_or(NO_CODE, |at| dictionary.code(names[at])))
        .collect();
    let mut unknown = 0;
    for code in codes.iter_mut().filter(|code| **code != NO_CODE) {
        *code = map[*code as usize];
        unknown += u64::from(*code == NO_CODE);
    }
    (Values::Text(dictionary, codes), unknown)
}

/// Each text by `map`, which is called once a distinct one.
pub(super) fn map_texts(values: Values, map: impl Fn(&str) -> String) -> Values {
    let Values::Text(texts, mut codes) = values else { return values };
    let mut dictionary = DictionaryBuilder::default();
    let new: Vec<u32> = (0..texts.len() as u32).map(|code| dictionary.code(&map(texts.text(code)))).collect();
    for code in codes.iter_mut().filter(|code| **code != NO_CODE) {
        *code = new[*code as usize];
    }
    Values::Text(dictionary, codes)
}

fn to_choice(values: Values, field: &FieldSettings) -> Converted {
    let field_type = FieldType::Choice { declared: field.values.clone() };
    let Values::Text(texts, codes) = values else { return Converted { values, field_type, irregular: None } };
    let declared: Vec<_> = field.values.iter().map(|it| fold(it)).collect();
    let strange: Vec<bool> =
        (0..texts.len() as u32).map(|code| !declared.iter().any(|it| **it == *fold(texts.text(code)))).collect();
    let count = codes.iter().filter(|code| **code != NO_CODE && strange[**code as usize]).count() as u64;
    // A choice without values declares nothing that a value could miss.
    let irregular = (count > 0 && !declared.is_empty()).then_some((IrregularityKind::UndeclaredChoice, count));
    Converted { values: Values::Text(texts, codes), field_type, irregular }
}

/// Each row's key by the distinct text's, and how many rows have a text without one.
fn keys_of(codes: &[u32], keys: &[Option<i64>]) -> (Numbers, u64) {
    let (mut numbers, mut unparsed) = (Numbers::default(), 0);
    for code in codes {
        let key = if *code == NO_CODE { None } else { keys[*code as usize] };
        unparsed += u64::from(*code != NO_CODE && key.is_none());
        numbers.push(key);
    }
    (numbers, unparsed)
}

/// Integers if all are, else decimals of the longest scale if all fit, else doubles.
fn to_number(texts: &DictionaryBuilder, codes: &[u32]) -> Converted {
    let parsed: Vec<Option<Number>> = (0..texts.len() as u32).map(|code| number(texts.text(code))).collect();
    let scales: Option<Vec<u8>> = parsed.iter().flatten().map(scale_of).collect();
    let scale = scales.map(|it| it.into_iter().max().unwrap_or(0));
    let exact = |scale: u8| -> Option<Vec<Option<i64>>> {
        parsed.iter().map(|it| it.as_ref().map_or(Some(None), |it| exact_key(it, scale).map(Some))).collect()
    };
    let (kind, keys) = match scale.and_then(|scale| Some((scale, exact(scale)?))) {
        Some((0, keys)) => (NumberKind::Int, keys),
        Some((scale, keys)) => (NumberKind::Decimal { scale }, keys),
        None => {
            let float = |it: &Option<Number>| it.as_ref().map(|it| float_key(it.to_float()));
            (NumberKind::Float, parsed.iter().map(float).collect())
        }
    };
    let (numbers, unparsed) = keys_of(codes, &keys);
    Converted {
        values: Values::Number(numbers),
        field_type: FieldType::Number(kind),
        irregular: unparsed_rows(unparsed),
    }
}

/// Reads a number as data has it: blanks around it are none of its business, underscores aren't digits.
fn number(text: &str) -> Option<Number> {
    let text = text.trim();
    if text.contains('_') { None } else { Number::parse(text).ok() }
}

/// Digits after the point that a number needs; none past 18.
fn scale_of(number: &Number) -> Option<u8> {
    let exact: BigDecimal = number.exact().normalized();
    let (_, scale) = exact.as_bigint_and_exponent();
    u8::try_from(scale.max(0)).ok().filter(|it| *it <= 18)
}

fn exact_key(number: &Number, scale: u8) -> Option<i64> {
    if number.to_float().abs() > 1e19 {
        return None;
    }
    let (digits, _) = number.exact().with_scale(i64::from(scale)).into_bigint_and_exponent();
    let digits = digits.to_i64()?;
    (scale == 0 || digits.unsigned_abs() < 1_000_000_000_000_000_000).then_some(digits)
}

/// Dates, or instants if any text has a time.
fn to_date(texts: &DictionaryBuilder, codes: &[u32], zone: &Zone) -> Converted {
    enum Moment {
        Day(i32),
        Time(i64),
    }
    let parse = |code: u32| {
        let text = texts.text(code).trim();
        let day = parse_day(text).ok().map(Moment::Day);
        // A blank between date and time is how databases print it.
        day.or_else(|| parse_time(text, zone).ok().map(Moment::Time))
            .or_else(|| parse_time(&text.replacen(' ', "T", 1), zone).ok().map(Moment::Time))
    };
    let moments: Vec<Option<Moment>> = (0..texts.len() as u32).map(parse).collect();
    let has_time = moments.iter().any(|it| matches!(it, Some(Moment::Time(_))));
    let key = |moment: &Moment| match moment {
        Moment::Day(day) if has_time => zone.day_start(*day),
        Moment::Day(day) => i64::from(*day),
        Moment::Time(instant) => *instant,
    };
    let keys: Vec<Option<i64>> = moments.iter().map(|it| it.as_ref().map(key)).collect();
    let (numbers, unparsed) = keys_of(codes, &keys);
    let field_type = if has_time { FieldType::Time } else { FieldType::Date };
    Converted { values: Values::Number(numbers), field_type, irregular: unparsed_rows(unparsed) }
}

fn to_flag(texts: &DictionaryBuilder, codes: &[u32]) -> Converted {
    let flags: Vec<Option<bool>> = (0..texts.len() as u32)
        .map(|code| match &*fold(texts.text(code).trim()) {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        })
        .collect();
    let flag = |code: &u32| if *code == NO_CODE { None } else { flags[*code as usize] };
    let unparsed = codes.iter().filter(|code| **code != NO_CODE && flag(code).is_none()).count() as u64;
    Converted {
        values: Values::Flag(codes.iter().map(flag).collect()),
        field_type: FieldType::Flag,
        irregular: unparsed_rows(unparsed),
    }
}

/// Values as text, as they would be printed.
pub(super) fn to_text(values: Values, shape: &Shape) -> Values {
    let mut dictionary = DictionaryBuilder::default();
    let codes = match &values {
        Values::Text(..) | Values::List(_) => return values,
        Values::Number(numbers) => (0..numbers.keys.len())
            .map(|row| numbers.get(row).map_or(NO_CODE, |key| dictionary.code(&print(key, shape))))
            .collect(),
        Values::Flag(flags) => flags
            .iter()
            .map(|flag| flag.map_or(NO_CODE, |flag| dictionary.code(if flag { "true" } else { "false" })))
            .collect(),
    };
    Values::Text(dictionary, codes)
}

fn print(key: i64, shape: &Shape) -> String {
    match shape {
        Shape::Decimal(scale) => BigDecimal::new(key.into(), i64::from(*scale)).to_plain_string(),
        Shape::Float => key_float(key).to_string(),
        Shape::Date => i32::try_from(key)
            .ok()
            .and_then(civil)
            .map_or_else(String::new, |(year, month, day)| format!("{year:04}-{month:02}-{day:02}")),
        Shape::Int | Shape::Time | Shape::Null | Shape::Text | Shape::Flag | Shape::List | Shape::Other(_) => {
            key.to_string()
        }
    }
}
