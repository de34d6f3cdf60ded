//! [`Tables`]: what their tables and columns are called.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::Part;
use crate::model::nearest_or_all;

/// The names of a book's tables and columns elsewhere, as a TOML file gives them.
///
/// ```toml
/// [contacts]
/// table = "crm.people"          # each part of the name is quoted; a list where a name has a dot in it
/// row = "load_no"               # the column that numbers the rows: of equal keys the last one wins
/// [contacts.columns]            # ours = theirs
/// email = "mail_address"
///
/// [visitors]
/// unique = true                 # no key occurs twice: nothing is to be numbered
/// ```
#[derive(Debug, Clone, Default)]
pub struct Tables {
    of: BTreeMap<Part, TableNames>,
}

/// One table's names.
#[derive(Debug, Clone, Default)]
pub(super) struct TableNames {
    /// The parts of its name, schema first; of none it is ours.
    pub(super) table: Vec<String>,
    /// The parts of the name of the column that numbers its rows.
    pub(super) row: Vec<String>,
    /// No key occurs twice.
    pub(super) unique: bool,
    columns: BTreeMap<String, String>,
}

impl TableNames {
    /// Their name of a column, if the file gives one.
    pub(super) fn column(&self, ours: &str) -> Option<&str> {
        self.columns.get(ours).map(String::as_str)
    }
}

/// What is wrong with such a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {help}")]
pub struct TablesError {
    message: String,
    help: String,
}

const KEYS: [&str; 4] = ["table", "row", "unique", "columns"];

impl Tables {
    /// Reads the text of such a file.
    ///
    /// # Errors
    ///
    /// What isn't TOML, a table or key that there isn't, or a value of another sort.
    pub fn parse(text: &str) -> Result<Self, TablesError> {
        let file: Table = text
            .parse()
            .map_err(|error: toml::de::Error| wrong(error.to_string().trim_end().to_owned(), "write it as TOML"))?;
        let mut tables = Self::default();
        for (name, value) in &file {
            let part = Part::ALL.into_iter().find(|it| it.name() == name);
            let part = part.ok_or_else(|| unknown("table", name, &Part::ALL.map(Part::name)))?;
            let Value::Table(value) = value else {
                return Err(wrong(format!("`{name}` is no table"), &format!("write it under [{name}]")));
            };
            tables.of.insert(part, names(name, value)?);
        }
        Ok(tables)
    }

    pub(super) fn of(&self, part: Part) -> TableNames {
        self.of.get(&part).cloned().unwrap_or_default()
    }
}

fn names(of: &str, table: &Table) -> Result<TableNames, TablesError> {
    let mut names = TableNames::default();
    for (key, value) in table {
        let place = format!("{of}.{key}");
        match (key.as_str(), value) {
            ("table", value) => names.table = path(&place, value)?,
            ("row", value) => names.row = path(&place, value)?,
            ("unique", Value::Boolean(unique)) => names.unique = *unique,
            ("unique", _) => return Err(wrong(format!("`{place}` is neither true nor false"), "write one of both")),
            ("columns", Value::Table(columns)) => {
                for (ours, theirs) in columns {
                    let place = format!("{place}.{ours}");
                    names.columns.insert(ours.clone(), text(&place, theirs)?);
                }
            }
            ("columns", _) => {
                return Err(wrong(format!("`{place}` is no table"), &format!("write it under [{place}]")));
            }
            (key, _) => return Err(unknown("key", key, &KEYS)),
        }
    }
    Ok(names)
}

/// A name of several parts: by its dots, or as a list.
fn path(place: &str, value: &Value) -> Result<Vec<String>, TablesError> {
    match value {
        Value::Array(parts) => parts.iter().map(|it| text(place, it)).collect(),
        Value::String(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Table(_) => Ok(text(place, value)?.split('.').map(str::to_owned).collect()),
    }
}

fn text(place: &str, value: &Value) -> Result<String, TablesError> {
    let text = value.as_str().filter(|it| !it.is_empty() && !it.contains(['\0', '\n']));
    text.map(str::to_owned).ok_or_else(|| wrong(format!("`{place}` is no name"), "write one between quotation marks"))
}

fn unknown(what: &str, name: &str, names: &[&str]) -> TablesError {
    wrong(format!("unknown {what} `{name}`"), &nearest_or_all(name, names))
}

fn wrong(message: String, help: &str) -> TablesError {
    TablesError { message, help: help.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_all_keys() {
        let text = "[contacts]\ntable = \"crm.people\"\nrow = [\"a.b\"]\n[contacts.columns]\nemail = \"mail\"\n[visitors]\nunique = true\n";
        let tables = Tables::parse(text).unwrap();
        let contacts = tables.of(Part::Contacts);
        assert_eq!(contacts.table, ["crm", "people"]);
        assert_eq!(contacts.row, ["a.b"]);
        assert_eq!(contacts.column("email"), Some("mail"));
        assert!(tables.of(Part::Visitors).unique && tables.of(Part::Journey).table.is_empty());
    }

    #[test]
    fn mistakes_name_the_nearest() {
        let told = |text: &str| Tables::parse(text).unwrap_err().to_string();
        assert!(told("[contact]\ntable = \"a\"").contains("`contacts`"));
        assert!(told("[contacts]\ntabel = \"a\"").contains("`table`"));
        assert!(told("[contacts]\ntable = 7").contains("contacts.table"));
        assert!(told("[contacts.columns]\nemail = \"\"").contains("contacts.columns.email"));
    }
}
