//! [`SegmentOptions`]: how a segment is materialized; and `segments.toml`, which says it for many.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::formats::OutputFormat;
use crate::engine::Error;
use crate::load::read_text_file;
use crate::model::nearest_or_all;
use crate::plan::SegmentFile;
use crate::syntax;

/// How a segment is materialized. What isn't said is left to the run's defaults, then to the program's.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SegmentOptions {
    /// The fields of each person; the key if not said.
    pub columns: Option<Vec<String>>,
    /// Parquet if not said.
    pub formats: Option<Vec<OutputFormat>>,
    /// Fields whose values become folders, `field=value`; none if not said.
    pub partition: Option<Vec<String>>,
    /// With fewer rows it is held back.
    pub min_rows: Option<u64>,
    /// With more rows it is held back.
    pub max_rows: Option<u64>,
    /// With a number of rows that differs from the last one by a larger share it is held back; in percent of the last.
    pub max_change_pct: Option<f64>,
    /// What stands after `sample` in a sentence: `10%`, `1000 seed 7 per country`.
    pub sample: Option<String>,
    /// Only those who can be mailed.
    pub mailable: Option<bool>,
    /// Also who entered and who left since the run before.
    pub changes: Option<bool>,
    /// CSV as it is, be it a formula to a spreadsheet.
    pub csv_raw: Option<bool>,
    /// Bytes of a CSV file; what is more goes into another.
    pub csv_max_bytes: Option<u64>,
    /// The whole-number field whose values are the ids of bitmaps; the row in the book's files if not said.
    pub id_column: Option<String>,
}

impl SegmentOptions {
    /// These, and what they don't say from others.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            columns: self.columns.or_else(|| other.columns.clone()),
            formats: self.formats.or_else(|| other.formats.clone()),
            partition: self.partition.or_else(|| other.partition.clone()),
            min_rows: self.min_rows.or(other.min_rows),
            max_rows: self.max_rows.or(other.max_rows),
            max_change_pct: self.max_change_pct.or(other.max_change_pct),
            sample: self.sample.or_else(|| other.sample.clone()),
            mailable: self.mailable.or(other.mailable),
            changes: self.changes.or(other.changes),
            csv_raw: self.csv_raw.or(other.csv_raw),
            csv_max_bytes: self.csv_max_bytes.or(other.csv_max_bytes),
            id_column: self.id_column.or_else(|| other.id_column.clone()),
        }
    }
}

/// What `segments.toml` says.
#[derive(Debug, Default)]
pub struct BatchFile {
    /// Under `[defaults]`.
    pub(super) defaults: SegmentOptions,
    /// By tag, in the order of the tags.
    pub(super) segments: Vec<(String, SegmentOptions)>,
    /// The definitions that stand in it.
    pub(super) definitions: Vec<SegmentFile>,
}

const KEYS: [&str; 2] = ["defaults", "segments"];
const OPTION_KEYS: [&str; 12] = [
    "columns",
    "formats",
    "partition",
    "min_rows",
    "max_rows",
    "max_change_pct",
    "sample",
    "mailable",
    "changes",
    "csv_raw",
    "csv_max_bytes",
    "id_column",
];
/// What a segment may have beside its options.
const SEGMENT_KEYS: [&str; 2] = ["definition", "name"];

impl BatchFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// I/O, and whatever isn't as it should be: an unknown key names the nearest.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = read_text_file(path).map_err(Error::io(format!("reading {}", path.display())))?;
        parse(&text, path).map_err(|message| Error::BatchFile { path: path.to_owned(), message })
    }
}

fn parse(text: &str, path: &Path) -> Result<BatchFile, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string().trim_end().to_owned())?;
    let mut file = BatchFile::default();
    for (key, value) in &table {
        match key.as_str() {
            "defaults" => file.defaults = options("defaults", table_of("defaults", value)?, &[])?,
            "segments" => {
                for (tag, value) in table_of("segments", value)? {
                    let place = format!("segments.{tag}");
                    let table = table_of(&place, value)?;
                    file.segments.push((tag.clone(), options(&place, table, &SEGMENT_KEYS)?));
                    file.definitions.extend(definition(&place, tag, table, path)?);
                }
            }
            unknown => return Err(unknown_key(unknown, "", &KEYS)),
        }
    }
    if file.segments.is_empty() {
        return Err("it names no segment; write [segments.tag] for each".to_owned());
    }
    Ok(file)
}

/// The definition of a segment as a file of its own, so that its places can be shown.
fn definition(place: &str, tag: &str, table: &Table, path: &Path) -> Result<Option<SegmentFile>, String> {
    let text = |key: &str| table.get(key).map(|it| text_of(&format!("{place}.{key}"), it)).transpose();
    let (definition, name) = (text("definition")?, text("name")?);
    let Some(definition) = definition else {
        return match name {
            None => Ok(None),
            Some(_) => Err(format!("{place} has a name, but no definition; a saved segment has its own name")),
        };
    };
    let tag = if is_bare(tag) { tag.to_owned() } else { format!("`{}`", tag.replace('`', "``")) };
    let name = name.map_or_else(String::new, |it| format!(" {}", syntax::quote(&it)));
    let path = PathBuf::from(format!("{} [{place}]", path.display()));
    let definition = definition.trim().trim_end_matches(';');
    Ok(Some(SegmentFile { path, text: format!("segment {tag}{name}: {definition}\n;\n") }))
}

fn is_bare(tag: &str) -> bool {
    tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !syntax::is_reserved(tag)
}

fn options(place: &str, table: &Table, more: &[&'static str]) -> Result<SegmentOptions, String> {
    let mut options = SegmentOptions::default();
    for (key, value) in table {
        let at = format!("{place}.{key}");
        match key.as_str() {
            "columns" => options.columns = Some(texts(&at, value)?),
            "formats" => options.formats = Some(formats(&at, value)?),
            "partition" => options.partition = Some(texts(&at, value)?),
            "min_rows" => options.min_rows = Some(count(&at, value)?),
            "max_rows" => options.max_rows = Some(count(&at, value)?),
            "max_change_pct" => options.max_change_pct = Some(percent(&at, value)?),
            "sample" => options.sample = Some(sample(&at, value)?),
            "mailable" => options.mailable = Some(flag(&at, value)?),
            "changes" => options.changes = Some(flag(&at, value)?),
            "csv_raw" => options.csv_raw = Some(flag(&at, value)?),
            "csv_max_bytes" => options.csv_max_bytes = Some(size(&at, value)?),
            "id_column" => options.id_column = Some(text_of(&at, value)?),
            known if more.contains(&known) => {}
            unknown => {
                return Err(unknown_key(unknown, &format!(" in [{place}]"), &[&OPTION_KEYS[..], more].concat()));
            }
        }
    }
    Ok(options)
}

fn formats(place: &str, value: &Value) -> Result<Vec<OutputFormat>, String> {
    texts(place, value)?.iter().map(|it| it.parse().map_err(|error| format!("{place}: {error}"))).collect()
}

fn texts(place: &str, value: &Value) -> Result<Vec<String>, String> {
    let wrong = || format!("{place} is not a list; write it as [\"a\", \"b\"]");
    let all: Vec<String> =
        value.as_array().ok_or_else(wrong)?.iter().map(|it| text_of(place, it)).collect::<Result<_, _>>()?;
    if all.is_empty() && !place.ends_with("partition") {
        return Err(format!("{place} is empty; leave it out to have the default"));
    }
    Ok(all)
}

fn count(place: &str, value: &Value) -> Result<u64, String> {
    let n = value.as_integer().and_then(|it| u64::try_from(it).ok());
    n.ok_or_else(|| format!("{place} is not a number of rows; write it as a whole number, 0 or more"))
}

fn percent(place: &str, value: &Value) -> Result<f64, String> {
    let number = value.as_float().or_else(|| value.as_integer().map(|it| it as f64));
    number.filter(|it| it.is_finite() && *it >= 0.0).ok_or_else(|| format!("{place} is not a share; write 25 for 25 %"))
}

fn sample(place: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::Integer(n) => Ok(n.to_string()),
        Value::String(words) => Ok(words.clone()),
        Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => {
            Err(format!("{place} is neither a number nor a text; write 1000, \"10%\" or \"100 seed 7 per country\""))
        }
    }
}

fn size(place: &str, value: &Value) -> Result<u64, String> {
    match value {
        Value::Integer(n) => u64::try_from(*n).ok().filter(|it| *it > 0),
        Value::String(words) => parse_size(words),
        Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
    .ok_or_else(|| format!("{place} is not a size; write a number of bytes, or \"100MB\""))
}

/// Bytes of `64000`, `500KB`, `100MB`, `2GB`; a kilobyte has 1,000. None for anything else, and for nothing.
#[must_use]
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match text[digits.len()..].trim().to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit).filter(|it| *it > 0)
}

fn flag(place: &str, value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("{place} is neither true nor false"))
}

fn text_of(place: &str, value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("{place} is not a text; write it between quotation marks"))
}

fn table_of<'a>(place: &str, value: &'a Value) -> Result<&'a Table, String> {
    value.as_table().ok_or_else(|| format!("{place} is not a table; write it under [{place}]"))
}

fn unknown_key(key: &str, place: &str, keys: &[&str]) -> String {
    format!("unknown key `{key}`{place}; {}", nearest_or_all(key, keys))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::batch::formats::RowFormat;
    use crate::write::BitmapFormat;

    #[test]
    fn reads_all_keys() {
        let text = r#"
            [defaults]
            columns = ["email", "name"]
            formats = ["parquet", "roaring"]
            max_change_pct = 20
            [segments.vip]
            name = "Our \"best\""
            definition = "label = vip;"
            partition = ["country"]
            min_rows = 1
            max_rows = 10_000
            sample = 100
            mailable = true
            changes = true
            csv_raw = true
            csv_max_bytes = "2MB"
            id_column = "customer_id"
            [segments.saved]
            sample = "10% seed 7"
        "#;
        let file = parse(text, Path::new("s.toml")).unwrap();
        assert_eq!(file.definitions.len(), 1);
        assert_eq!(file.definitions[0].text, "segment vip \"Our \\\"best\\\"\": label = vip\n;\n");
        let (tag, vip) = &file.segments[1];
        let vip = vip.clone().or(&file.defaults);
        assert_eq!((tag.as_str(), vip.min_rows, vip.max_rows), ("vip", Some(1), Some(10_000)));
        assert_eq!((vip.max_change_pct, vip.csv_max_bytes), (Some(20.0), Some(2_000_000)));
        let formats = vec![OutputFormat::Rows(RowFormat::Parquet), OutputFormat::Bitmap(BitmapFormat::Roaring)];
        assert_eq!((vip.formats, vip.sample), (Some(formats), Some("100".to_owned())));
        assert_eq!(file.segments[0].1.sample.as_deref(), Some("10% seed 7"));
    }

    #[test]
    fn mistakes_name_the_nearest() {
        let told = |text: &str| parse(text, Path::new("s.toml")).map(|_| ()).unwrap_err();
        assert_eq!(told("[segment.vip]"), "unknown key `segment`; the nearest is `segments`");
        assert_eq!(
            told("[segments.vip]\nminrows = 1"),
            "unknown key `minrows` in [segments.vip]; the nearest is `min_rows`"
        );
        assert!(told("[defaults]\ndefinition = \"x\"").contains("unknown key `definition`"));
        assert!(told("[segments.vip]\nformats = [\"parket\"]").contains("`parquet`"));
        assert!(told("[segments.vip]\nmin_rows = -1").contains("segments.vip.min_rows"));
        assert!(told("[segments.vip]\nname = \"V\"").contains("no definition"));
        assert!(told("").contains("names no segment"));
        assert_eq!(parse_size("5 kb"), Some(5_000));
        assert_eq!((parse_size("0"), parse_size("x"), parse_size("1TB")), (None, None, None));
    }
}
