//! Diagnostics as lines of JSON, for editors and other programs; `docs/errors.md` describes the fields.

use std::ffi::OsString;

use serde::Serialize;

use super::render::{Place, line_column};
use crate::model::{Code, Diagnostic, Severity};

/// Characters of the sentence that a label repeats at most.
const LABEL_CHARS: usize = 60;

#[derive(Serialize)]
struct Line {
    severity: &'static str,
    code: Option<&'static str>,
    message: String,
    file: Option<String>,
    spans: Vec<SpanJson>,
    help: Vec<String>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct SpanJson {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
    start_byte: usize,
    end_byte: usize,
    label: String,
}

/// One diagnostic about a sentence or definition.
pub(super) fn diagnostic(diagnostic: &Diagnostic, place: Option<Place<'_>>) -> String {
    let mut spans = Vec::new();
    let mut file = None;
    if let Some((span, (path, text))) = place {
        file = path;
        let start = text.floor_char_boundary(span.start);
        let end = text.floor_char_boundary(span.end.max(start));
        let (start_line, start_column) = line_column(text, start);
        let (end_line, end_column) = line_column(text, end);
        let label = without_addresses(&text[start..end].chars().take(LABEL_CHARS).collect::<String>());
        spans.push(SpanJson {
            start_line,
            start_column,
            end_line,
            end_column,
            start_byte: start,
            end_byte: end,
            label,
        });
    }
    let help = if may_name_values(diagnostic.code) { &[][..] } else { &diagnostic.help };
    written(&Line {
        severity: word(diagnostic.severity),
        code: Some(diagnostic.code.id()),
        message: without_addresses(&diagnostic.message),
        file,
        spans,
        help: help.iter().map(|it| without_addresses(it)).collect(),
        notes: vec![format!("`segql explain-error {}` tells more", diagnostic.code)],
    })
}

/// An error or note that concerns no place in a text.
pub(super) fn plain(severity: Severity, message: &str) -> String {
    plain_with_help(severity, message, Vec::new())
}

/// What clap says of a wrong command line: the message, then tips and the usage.
pub(super) fn usage(words: &str) -> String {
    let mut paragraphs = words.split("\n\n").map(str::trim).filter(|it| !it.is_empty());
    let message = paragraphs.next().unwrap_or_default();
    let help = paragraphs.map(without_addresses).collect();
    plain_with_help(Severity::Error, message.trim_start_matches("error: "), help)
}

fn plain_with_help(severity: Severity, message: &str, help: Vec<String>) -> String {
    written(&Line {
        severity: word(severity),
        code: None,
        message: without_addresses(message),
        file: None,
        spans: Vec::new(),
        help,
        notes: Vec::new(),
    })
}

/// Whether the arguments ask for JSON; for a command line that can't be read otherwise.
pub(super) fn asked_for(arguments: impl IntoIterator<Item = OsString>) -> bool {
    let mut before = OsString::new();
    for argument in arguments {
        if argument == "--error-format=json" || (before == "--error-format" && argument == "json") {
            return true;
        }
        before = argument;
    }
    false
}

const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Whether the help of this kind names values that the book holds: a log is no place for them.
fn may_name_values(code: Code) -> bool {
    matches!(code, Code::AbsentValue | Code::UnknownChoice)
}

/// The words with each e-mail address in them left out, be it the sentence's own.
pub(super) fn without_addresses(words: &str) -> String {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | ')' | ',' | ';' | '=' | '<' | '>');
    let mut out = String::with_capacity(words.len());
    for part in words.split_inclusive(ends) {
        let bare = part.trim_end_matches(ends);
        match bare.find('@') {
            Some(at) if at > 0 => {
                out.push('…');
                out.push_str(&part[bare.len()..]);
            }
            Some(_) | None => out.push_str(part),
        }
    }
    out
}

fn written(line: &Line) -> String {
    // Texts and numbers alone: nothing here that JSON can't say.
    serde_json::to_string(line).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_go_and_tags_stay() {
        assert_eq!(without_addresses("`ana@a.example` and @vip, \"b@c\""), "`…` and @vip, \"…\"");
    }
}
