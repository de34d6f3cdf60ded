//! Floor 1: from text to tree. The only home of pest; `grammar/segql.pest` is the single source of syntax.
//!
//! Flow: [`parse`] checks the length, `scan` closes quotes and brackets and bounds the nesting, the
//! grammar reads what is left in one pass, `build` makes the [`ast`] of it and gathers what is wrong.
//! [`print()`] goes the other way, [`format()`] for whole files with their comments, [`tree`] to JSON and back.
//!
//! Invariant: any text gets a tree or at least one message, in time that grows with its length, on a small stack.

pub mod ast;
#[expect(clippy::wildcard_enum_match_arm, reason = "pest's Rule names every rule; a node has few kinds of children")]
mod build;
mod definitions;
mod format;
mod grammar;
mod lex;
#[expect(clippy::wildcard_enum_match_arm, reason = "pest's Rule names every rule; most are painted by what they hold")]
mod paint;
mod print;
mod scan;
#[expect(clippy::wildcard_enum_match_arm, reason = "pest's Rule names every rule; few of them end in a value")]
mod slips;
mod statements;
#[cfg(test)]
mod tests;
pub mod tree;

pub use definitions::{BrokenDefinition, parse_definitions};
pub use format::format;
pub use lex::{Token, TokenKind, tokens};
pub use paint::{Paint, paint};
use print::is as is_one;
pub use print::{as_name, as_word, print, print_definition, print_expr, quote};
pub use slips::STEPS;
pub use statements::{is_blank, is_complete, is_reserved, statements};

use build::{Builder, Origin};
use grammar::{Grammar, Rule};
use pest::Parser;

use crate::model::{Diagnostic, SourceId, Span};

/// Brackets and `not` along one path of a sentence.
pub const MAX_DEPTH: usize = 64;
/// Bytes of a sentence or a file of definitions.
pub const MAX_TEXT_BYTES: usize = 1 << 20;
/// Conditions of a sentence, those of the segments it names included.
pub const MAX_CONDITIONS: usize = 10_000;
/// Values of a list in brackets.
pub const MAX_LIST_VALUES: usize = 100_000;

/// Messages about one text; more help nobody.
const MAX_DIAGNOSTICS: usize = 100;

/// Reads a sentence.
///
/// # Errors
///
/// All that is wrong with it, in the order of the text.
pub fn parse(text: &str, source: SourceId) -> Result<ast::Query, Vec<Diagnostic>> {
    check_length(text, source).map_err(|diagnostic| vec![diagnostic])?;
    read(text, source, 0, Rule::sentence, |builder, node| builder.query(node))
}

/// Reads a sentence that is one of several in its source.
///
/// # Errors
///
/// All that is wrong with it, in the order of the text.
pub fn parse_statement(
    text: &str,
    range: std::ops::Range<usize>,
    source: SourceId,
) -> Result<ast::Query, Vec<Diagnostic>> {
    check_length(text, source).map_err(|diagnostic| vec![diagnostic])?;
    let words = text.get(range.clone()).unwrap_or("");
    read(words, source, range.start, Rule::sentence, |builder, node| builder.query(node))
}

/// Runs the grammar from `rule` over a text that lies at `base` in its source, and builds what `build` says.
fn read<T>(
    text: &str,
    source: SourceId,
    base: usize,
    rule: Rule,
    build: impl for<'t> FnOnce(&mut Builder<'t>, grammar::Node<'t>) -> T,
) -> Result<T, Vec<Diagnostic>> {
    let place = |start, end| Span::new(source, base + start, base + end);
    let scan = scan::scan(text, place).map_err(|diagnostic| vec![*diagnostic])?;
    let mut diagnostics = scan.diagnostics;
    let origin = Origin { source, base, inserted: &scan.inserted };
    let node = match Grammar::parse(rule, &scan.text) {
        Ok(mut nodes) => nodes.next(),
        Err(error) => {
            let at = match error.location {
                pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
            };
            diagnostics.push(slips::unreadable(origin.span(at, at)));
            None
        }
    };
    let built = node.map(|node| {
        let mut builder = Builder::new(&scan.text, origin);
        let built = build(&mut builder, node);
        let trusted = |it: &Diagnostic| match (it.span, scan.given_up) {
            (Some(span), Some(limit)) => span.end < base + limit,
            (_, None) | (None, _) => true,
        };
        diagnostics.extend(std::mem::take(&mut builder.diagnostics).into_iter().filter(trusted));
        built
    });
    match built {
        Some(built) if diagnostics.is_empty() => Ok(built),
        _ => Err(in_order(diagnostics)),
    }
}

/// By place, without repetitions, and no more than anyone reads.
fn in_order(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|it| it.span.map_or(0, |span| span.start));
    diagnostics.dedup();
    diagnostics.truncate(MAX_DIAGNOSTICS);
    diagnostics
}

fn check_length(text: &str, source: SourceId) -> Result<(), Diagnostic> {
    if text.len() <= MAX_TEXT_BYTES {
        return Ok(());
    }
    let at = text.floor_char_boundary(MAX_TEXT_BYTES);
    Err(slips::too_long(Span::new(source, at, at)))
}
