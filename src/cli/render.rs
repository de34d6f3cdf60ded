//! Diagnostics for stderr: as text, the words underlined in their source, or as lines of JSON.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::args::ErrorFormat;
use super::json_lines;
use super::terminal::Terminal;
use crate::engine::Segments;
use crate::model::{Diagnostic, Severity, SourceId, Span, escape_control};

/// Bytes of a line that are shown around a place in a very long line.
const EXCERPT_BYTES: usize = 160;

/// One diagnostic with its place, the source line and the words underlined, and how to mend it.
pub(super) fn diagnostic(
    diagnostic: &Diagnostic,
    text: &str,
    segments: Option<&Segments>,
    terminal: &Terminal,
) -> String {
    let place = diagnostic.span.and_then(|span| Some((span, source(span, text, segments)?)));
    match terminal.error_format {
        ErrorFormat::Text => as_text(diagnostic, place, terminal),
        ErrorFormat::Json => json_lines::diagnostic(diagnostic, place),
    }
}

/// A span, and the name and text of what it lies in.
pub(super) type Place<'a> = (Span, (Option<String>, &'a str));

fn as_text(diagnostic: &Diagnostic, place: Option<Place<'_>>, terminal: &Terminal) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.clone().primary_title(&diagnostic.message).id(diagnostic.code.id());
    let mut group = Group::with_title(title);
    let excerpt;
    if let Some((span, (name, source))) = place {
        let name = name.unwrap_or_else(|| "query".to_owned());
        let (line, column) = line_column(source, span.start);
        excerpt = Excerpt::around(source, span);
        let mut snippet = Snippet::source(excerpt.text.as_str())
            .line_start(line)
            .annotation(AnnotationKind::Primary.span(excerpt.span.clone()));
        if excerpt.is_cut {
            // The library would count the columns of the excerpt, not of the text.
            group = group.element(Origin::path(name).line(line).char_column(column));
        } else {
            snippet = snippet.path(name);
        }
        group = group.element(snippet);
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    renderer(terminal).render(&[group])
}

/// An error that concerns no place in a text.
pub(super) fn plain_error(message: &str, terminal: &Terminal) -> String {
    match terminal.error_format {
        ErrorFormat::Text => {
            renderer(terminal).render(&[Group::with_title(Level::ERROR.primary_title(escape_control(message)))])
        }
        ErrorFormat::Json => json_lines::plain(Severity::Error, message),
    }
}

/// A note that concerns no place in a text.
pub(super) fn plain_note(message: &str, terminal: &Terminal) -> String {
    match terminal.error_format {
        ErrorFormat::Text => format!("note: {message}"),
        ErrorFormat::Json => json_lines::plain(Severity::Note, message),
    }
}

fn renderer(terminal: &Terminal) -> Renderer {
    let renderer = if terminal.color_stderr { Renderer::styled() } else { Renderer::plain() };
    renderer.decor_style(DecorStyle::Ascii)
}

/// The text that a span lies in, and its file; the sentence itself has none.
fn source<'a>(span: Span, text: &'a str, segments: Option<&'a Segments>) -> Option<(Option<String>, &'a str)> {
    if span.source == SourceId::QUERY {
        return Some((None, text));
    }
    segments?.source(span.source).map(|(path, text)| (Some(path.display().to_string()), text))
}

/// Line and column of a byte, from 1, in code points; `\r\n` is one line end.
pub(super) fn line_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at)];
    let line_start = before.rfind('\n').map_or(0, |it| it + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The lines that a span lies in, cut where they are very long.
struct Excerpt {
    text: String,
    span: Range<usize>,
    /// It doesn't begin where its line does.
    is_cut: bool,
}

impl Excerpt {
    fn around(source: &str, span: Span) -> Self {
        let start = source.floor_char_boundary(span.start);
        let end = source.floor_char_boundary(span.end.max(start));
        let line_start = source[..start].rfind('\n').map_or(0, |it| it + 1);
        let line_end = source[end..].find('\n').map_or(source.len(), |it| end + it);
        let from = source.floor_char_boundary(line_start.max(start.saturating_sub(EXCERPT_BYTES)));
        let to = source.floor_char_boundary(line_end.min(start + EXCERPT_BYTES));
        let text: String =
            source[from..to].chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { ' ' } else { c }).collect();
        // A control character may be of two bytes, its stand-in is of one: recount the span on what is shown.
        let shown_len = |part: &str| part.chars().map(|c| if c.is_control() { 1 } else { c.len_utf8() }).sum::<usize>();
        let first = shown_len(&source[from..start]);
        let last = first + shown_len(&source[start..end.min(to)]);
        Self { text, span: first..last, is_cut: from > line_start }
    }
}
