//! `book.toml`: zone, names and declared types.

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Table, Value};

use super::LoadError;
use super::whole_file::text_if_there;
use crate::index::TextAccess;
use crate::model::{Zone, fold, nearest_or_all};

/// What `book.toml` says.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) zone: Zone,
    /// Their name to ours.
    pub(super) columns: BTreeMap<String, String>,
    /// By folded tag.
    pub(super) fields: BTreeMap<String, FieldSettings>,
}

/// What `[fields.tag]` says.
#[derive(Debug, Clone, Default)]
pub(super) struct FieldSettings {
    /// The tag as written.
    pub(super) tag: String,
    pub(super) declared: Option<Declared>,
    pub(super) values: Vec<String>,
    pub(super) display: Option<String>,
    /// How its texts are found.
    pub(super) access: Option<TextAccess>,
}

/// A declared type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    Text,
    Number,
    Date,
    Choice,
    Bool,
}

impl Declared {
    const ALL: [(&'static str, Self); 5] = [
        ("text", Self::Text),
        ("number", Self::Number),
        ("date", Self::Date),
        ("choice", Self::Choice),
        ("bool", Self::Bool),
    ];

    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Text | Self::Choice => "text",
            Self::Number => "numbers or text",
            Self::Date => "dates or text",
            Self::Bool => "booleans or text",
        }
    }
}

const KEYS: [&str; 3] = ["time_zone", "columns", "fields"];
const FIELD_KEYS: [&str; 4] = ["type", "values", "display", "index"];
const ACCESSES: [(&str, TextAccess); 2] = [("bitmaps", TextAccess::Bitmaps), ("codes", TextAccess::Codes)];

/// The columns that rows are known or placed by.
const FOUND_IN_ONE_WAY: [&str; 4] = ["email", "visitor_id", "at", "registered_at"];

/// Reads `book.toml` of a directory; without one everything is as by default.
pub(super) fn read(dir: &Path) -> Result<Settings, LoadError> {
    let text = text_if_there(&dir.join("book.toml"));
    let text = text.map_err(|source| LoadError::Io { file: "book.toml".to_owned(), source })?;
    parse(&text.unwrap_or_default())
}

fn parse(text: &str) -> Result<Settings, LoadError> {
    let table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| wrong(error.to_string().trim_end().to_owned(), "write it as TOML"))?;
    let mut settings = Settings { zone: Zone::utc(), columns: BTreeMap::new(), fields: BTreeMap::new() };
    for (key, value) in &table {
        match key.as_str() {
            "time_zone" => settings.zone = zone(value)?,
            "columns" => {
                for (theirs, ours) in table_of("columns", value)? {
                    settings.columns.insert(theirs.clone(), text_of(&format!("columns.{theirs}"), ours)?);
                }
            }
            "fields" => {
                for (tag, field) in table_of("fields", value)? {
                    let read = field_settings(tag, table_of(&format!("fields.{tag}"), field)?)?;
                    if settings.fields.insert(fold(tag).into_owned(), read).is_some() {
                        return Err(wrong(format!("[fields.{tag}] stands twice but for case"), "keep one of them"));
                    }
                }
            }
            unknown => return Err(unknown_key(unknown, "", &KEYS)),
        }
    }
    Ok(settings)
}

fn zone(value: &Value) -> Result<Zone, LoadError> {
    let name = text_of("time_zone", value)?;
    Zone::named(&name).map_err(|error| {
        wrong(format!("time_zone: {error}"), "write a name of the IANA database such as `Asia/Jakarta`, or `UTC`")
    })
}

fn field_settings(tag: &str, table: &Table) -> Result<FieldSettings, LoadError> {
    let mut field = FieldSettings { tag: tag.to_owned(), ..FieldSettings::default() };
    for (key, value) in table {
        let place = format!("fields.{tag}.{key}");
        match key.as_str() {
            "type" => field.declared = Some(one_of("type", &Declared::ALL, &place, value)?),
            "index" => field.access = Some(one_of("index", &ACCESSES, &place, value)?),
            "display" => field.display = Some(text_of(&place, value)?),
            "values" => {
                let Value::Array(values) = value else {
                    return Err(wrong(format!("{place} is not a list"), "write it as [\"a\", \"b\"]"));
                };
                field.values = values.iter().map(|value| text_of(&place, value)).collect::<Result<_, _>>()?;
            }
            unknown => return Err(unknown_key(unknown, &format!(" in [fields.{tag}]"), &FIELD_KEYS)),
        }
    }
    if field.access.is_some() && FOUND_IN_ONE_WAY.contains(&&*fold(tag)) {
        return Err(wrong(
            format!("fields.{tag}.index: keys and times of records are found in one way"),
            "leave it out",
        ));
    }
    if !field.values.is_empty() {
        match field.declared {
            None => field.declared = Some(Declared::Choice),
            Some(Declared::Choice) => {}
            Some(Declared::Text | Declared::Number | Declared::Date | Declared::Bool) => {
                return Err(wrong(
                    format!("fields.{tag} has values, but isn't a choice"),
                    "write type = \"choice\", or leave the values out",
                ));
            }
        }
    }
    Ok(field)
}

/// What a text at a place names.
fn one_of<T: Copy>(noun: &str, all: &[(&str, T)], place: &str, value: &Value) -> Result<T, LoadError> {
    let name = text_of(place, value)?;
    let known = all.iter().find(|(it, _)| *it == name).map(|(_, of_name)| *of_name);
    known.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        wrong(format!("{place}: unknown {noun} `{name}`"), &nearest_or_all(&name, &names))
    })
}

fn unknown_key(key: &str, place: &str, keys: &[&str]) -> LoadError {
    wrong(format!("unknown key `{key}`{place}"), &nearest_or_all(key, keys))
}

fn table_of<'a>(place: &str, value: &'a Value) -> Result<&'a Table, LoadError> {
    value.as_table().ok_or_else(|| wrong(format!("{place} is not a table"), &format!("write it under [{place}]")))
}

fn text_of(place: &str, value: &Value) -> Result<String, LoadError> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| wrong(format!("{place} is not a text"), "write it between quotation marks"))
}

pub(super) fn wrong(message: String, help: &str) -> LoadError {
    LoadError::Settings { message, help: help.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_name_the_nearest() {
        let told = |text: &str| parse(text).map(|_| ()).unwrap_err().to_string();
        let typo = told("time_zome = \"UTC\"");
        assert!(typo.contains("`time_zome`") && typo.contains("`time_zone`"), "{typo}");
        assert!(told("[fields.a]\ntipe = \"text\"").contains("`type`"));
        assert!(told("[fields.a]\ntype = \"numbr\"").contains("`number`"));
        assert!(told("[fields.a]\nindex = \"bitmap\"").contains("`bitmaps`"));
        assert!(told("[fields.Email]\nindex = \"codes\"").contains("fields.Email.index"));
        assert!(told("time_zone = \"Mars/Olympus\"").contains("Mars/Olympus"));
        assert!(told("time_zone = 7").contains("time_zone is not a text"));
    }

    #[test]
    fn reads_all_keys() {
        let text = "time_zone = \"Asia/Jakarta\"\n[columns]\nmail = \"email\"\n[fields.Tier]\nvalues = [\"a\"]\ndisplay = \"T\"\nindex = \"codes\"\n";
        let settings = parse(text).unwrap();
        assert_eq!(settings.zone.name(), "Asia/Jakarta");
        assert_eq!(settings.columns["mail"], "email");
        assert_eq!(settings.fields["tier"].declared, Some(Declared::Choice));
        assert_eq!(settings.fields["tier"].display.as_deref(), Some("T"));
        assert_eq!(settings.fields["tier"].access, Some(TextAccess::Codes));
    }
}
