//! `email in file "list.csv"`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::resolve::{Checked, Resolver, wrong};
use super::scope::{Place, Scope, written};
use super::tree::{ConditionId, Plan, Predicate, TextTest};
use crate::book::Universe;
use crate::model::{Code, ColumnId, Diagnostic, RowSet, SourceId, fold};
use crate::syntax::ast::{Field, Text};

/// Values of a list file.
const MAX_FILE_VALUES: usize = 1_000_000;

impl<'a> Resolver<'a> {
    /// The rows whose e-mail a file lists.
    pub(super) fn in_file(
        &mut self,
        path: &Text,
        column: ColumnId,
        field: &Field,
        scope: Scope<'a>,
        id: ConditionId,
    ) -> Checked<Plan> {
        let is_email = scope.table.columns[column].tag == Universe::Contacts.key();
        if !is_email || matches!(scope.place, Place::Records(_)) {
            return wrong(
                Diagnostic::error(
                    Code::ListFile,
                    field.span,
                    format!("`{}` is not looked up in files", written(field)),
                )
                .help(
                    "`email in file \"list.csv\"` takes e-mails alone; other values stand in a list: `in (a, b)`"
                        .to_owned(),
                ),
            );
        }
        let keys = self.read_keys(path)?;
        self.count_values(keys.len(), path.span)?;
        if scope.is_contacts() {
            let rows: RowSet = keys.iter().filter_map(|it| self.book().contact(it)).collect();
            return Ok(Plan::Rows { rows: Arc::new(rows), keys: sorted(keys).into(), id });
        }
        let folded = sorted(keys);
        Ok(Plan::Test { column, predicate: Predicate::Text(TextTest::OneOf { folded, cased: Vec::new() }), id })
    }

    fn read_keys(&self, path: &Text) -> Checked<HashSet<String>> {
        let full = self.folder_of(path.span.source).join(&path.text);
        let failed = |why: String| {
            wrong(Diagnostic::error(
                Code::ListFile,
                path.span,
                format!("the list `{}` can't be read: {why}", path.text),
            ))
        };
        let bytes = match (self.context.read_list)(&full) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let folder = match path.span.source {
                    SourceId::QUERY => "the working directory",
                    _ => "the folder of its definitions",
                };
                return wrong(
                    Diagnostic::error(Code::ListFile, path.span, format!("there is no file `{}`", path.text))
                        .help(format!("its path starts at {folder}")),
                );
            }
            Err(error) => return failed(error.to_string()),
        };
        parse_keys(&bytes).or_else(failed)
    }

    /// Where the relative paths of a source start.
    fn folder_of(&self, source: SourceId) -> PathBuf {
        let definitions = self.context.segments.source(source).map(|(path, _)| path);
        match definitions {
            Some(path) if source != SourceId::QUERY => path.parent().unwrap_or(Path::new("")).to_path_buf(),
            Some(_) | None => self.context.working_dir.to_path_buf(),
        }
    }
}

fn sorted(keys: HashSet<String>) -> Vec<String> {
    let mut keys: Vec<String> = keys.into_iter().collect();
    keys.sort_unstable();
    keys
}

/// The keys of a list: the column `email` of a first line that says so, else the only column.
///
/// Messages name no value of the file.
fn parse_keys(bytes: &[u8]) -> Result<HashSet<String>, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let (mut record, mut keys) = (csv::ByteRecord::new(), HashSet::new());
    let (mut column, mut line, mut n_values) = (None, 0_u64, 0_usize);
    while reader.read_byte_record(&mut record).map_err(|_| format!("line {} is no CSV", line + 1))? {
        line = record.position().map_or(line + 1, csv::Position::line);
        let text = |at: usize| match record.get(at).map(std::str::from_utf8) {
            None => Ok(""),
            Some(Ok(text)) => Ok(text.trim()),
            Some(Err(_)) => Err(format!("line {line} is not UTF-8")),
        };
        let at = match column {
            Some(at) => at,
            None => {
                let header = (0..record.len()).find(|at| text(*at).is_ok_and(|it| it.eq_ignore_ascii_case("email")));
                column = Some(header.unwrap_or(0));
                if header.is_some() {
                    continue;
                }
                if record.len() > 1 {
                    return Err("it has several columns, and its first line names none of them `email`".to_owned());
                }
                0
            }
        };
        let key = text(at)?;
        if key.is_empty() {
            continue;
        }
        n_values += 1;
        if n_values > MAX_FILE_VALUES {
            return Err("it has more than 1,000,000 values".to_owned());
        }
        keys.insert(fold(key).into_owned());
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        let mut keys: Vec<String> = parse_keys(text.as_bytes()).expect("a list").into_iter().collect();
        keys.sort();
        keys
    }

    #[test]
    fn the_column_email_or_the_only_one() {
        assert_eq!(keys("name,Email \nx, A@B.example \n"), ["a@b.example"]);
        assert_eq!(keys("a@b.example\r\n\u{a0}C@d.example\r\n\r\n"), ["a@b.example", "c@d.example"]);
        assert_eq!(keys("\u{feff}email\na@b.example\n"), ["a@b.example"]);
        assert_eq!(keys(""), Vec::<String>::new());
        assert!(parse_keys(b"a,b\nc,d\n").is_err());
    }

    #[test]
    fn a_million_values_are_the_most() {
        let mut list = "a\n".repeat(MAX_FILE_VALUES);
        assert!(parse_keys(list.as_bytes()).is_ok());
        list.push('b');
        assert!(parse_keys(list.as_bytes()).is_err());
    }
}
