//! `contains`, `starts with`, `ends with`, `like` and `matches` as tests of text.

use regex::{Regex, RegexBuilder};

use super::resolve::{Checked, Resolver, wrong};
use super::text::Literal;
use super::tree::TextTest;
use crate::model::{Code, Diagnostic, Span, fold};
use crate::syntax::ast::MatchOp;

/// Bytes of a `matches` pattern.
const MAX_REGEX_BYTES: usize = 1024;
/// Bytes of a compiled pattern.
const MAX_COMPILED_BYTES: usize = 4 << 20;
/// Levels of brackets in a pattern.
const MAX_REGEX_NEST: u32 = 64;
/// The largest number in `{n}`: the compiled size is checked late.
const MAX_REPEATS: u32 = 1000;
/// Unicode classes such as `\p{L}`, `\w` in a pattern: each costs milliseconds without case.
const MAX_CLASSES: usize = 64;

impl Resolver<'_> {
    /// The test of a text operator.
    pub(super) fn pattern(&mut self, op: MatchOp, literal: &Literal<'_>) -> Checked<TextTest> {
        let cased = literal.cased;
        self.count_values(weight(op, literal.text), literal.span)?;
        let needle = || if cased { literal.text.to_owned() } else { fold(literal.text).into_owned() };
        match op {
            MatchOp::Contains => Ok(TextTest::Contains { needle: needle(), cased }),
            MatchOp::StartsWith => Ok(TextTest::StartsWith { needle: needle(), cased }),
            MatchOp::EndsWith => Ok(TextTest::EndsWith { needle: needle(), cased }),
            MatchOp::Like => like(literal),
            MatchOp::Matches => {
                let regex = compile_matches(literal.text, cased).or_else(|why| wrong(bad_regex(literal.span, &why)))?;
                Ok(TextTest::Matches { regex, folded: false, cased })
            }
        }
    }
}

/// What a pattern weighs against the limit on values: compiled it takes far more memory than its text.
fn weight(op: MatchOp, pattern: &str) -> usize {
    match op {
        MatchOp::Contains | MatchOp::StartsWith | MatchOp::EndsWith => 1,
        MatchOp::Like => 16 * pattern.len(),
        MatchOp::Matches if pattern.contains('{') || n_classes(pattern) > 0 => 20_000,
        MatchOp::Matches => 16 * pattern.len(),
    }
}

/// One part of a `like` pattern.
#[derive(Debug, PartialEq)]
enum Part {
    /// `%`
    Any,
    /// `_`
    One,
    /// Itself.
    Char(char),
}

fn like(literal: &Literal<'_>) -> Checked<TextTest> {
    let Some(parts) = like_parts(literal.text) else {
        return wrong(
            Diagnostic::error(Code::BadPattern, literal.span, "the `\\` at the end of the pattern escapes nothing")
                .help("a `\\` itself is `\\\\` in a pattern, and so `\\\\\\\\` in quotes".to_owned()),
        );
    };
    let cased = literal.cased;
    if let Some(simple) = simple_like(&parts, cased) {
        return Ok(simple);
    }
    let mut pattern = String::from(r"(?s)\A");
    let mut buffer = [0_u8; 4];
    for part in &parts {
        match part {
            Part::Any => pattern.push_str(".*"),
            Part::One => pattern.push('.'),
            Part::Char(c) => pattern.push_str(&regex::escape(folded_unless(cased, *c).encode_utf8(&mut buffer))),
        }
    }
    pattern.push_str(r"\z");
    match RegexBuilder::new(&pattern).size_limit(MAX_COMPILED_BYTES).build() {
        Ok(regex) => Ok(TextTest::Matches { regex, folded: !cased, cased: true }),
        Err(_) => wrong(
            Diagnostic::error(Code::BadPattern, literal.span, "the `like` pattern is too large")
                .help("a shorter pattern, or several conditions".to_owned()),
        ),
    }
}

fn like_parts(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let part = match c {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => Part::Char(chars.next()?),
            c => Part::Char(c),
        };
        if part != Part::Any || parts.last() != Some(&Part::Any) {
            parts.push(part);
        }
    }
    Some(parts)
}

/// A pattern that needs no regex: plain text with `%` at its ends at most.
fn simple_like(parts: &[Part], cased: bool) -> Option<TextTest> {
    let (starts, rest) = match parts {
        [Part::Any, rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (ends, rest) = match rest {
        [rest @ .., Part::Any] => (true, rest),
        rest => (false, rest),
    };
    let needle: String = rest
        .iter()
        .map(|it| match it {
            Part::Char(c) => Some(folded_unless(cased, *c)),
            Part::Any | Part::One => None,
        })
        .collect::<Option<_>>()?;
    Some(match (starts, ends) {
        (true, true) => TextTest::Contains { needle, cased },
        (true, false) => TextTest::EndsWith { needle, cased },
        (false, true) => TextTest::StartsWith { needle, cased },
        (false, false) if cased => TextTest::OneOf { folded: Vec::new(), cased: vec![needle] },
        (false, false) => TextTest::OneOf { folded: vec![needle], cased: Vec::new() },
    })
}

fn folded_unless(cased: bool, c: char) -> char {
    if cased { c } else { crate::model::fold_char(c) }
}

/// Compiles a `matches` pattern within its limits, or says why not.
fn compile_matches(pattern: &str, cased: bool) -> Result<Regex, String> {
    if pattern.len() > MAX_REGEX_BYTES {
        return Err(format!("it has {} bytes; at most 1 KiB (1,024 bytes) is allowed", pattern.len()));
    }
    if largest_repeat(pattern) > MAX_REPEATS {
        return Err("a part is repeated more than 1,000 times".to_owned());
    }
    if n_classes(pattern) > MAX_CLASSES {
        return Err("it has more than 64 classes such as `\\w` and `\\p{L}`".to_owned());
    }
    RegexBuilder::new(pattern)
        .case_insensitive(!cased)
        .size_limit(MAX_COMPILED_BYTES)
        .nest_limit(MAX_REGEX_NEST)
        .build()
        .map_err(|error| {
            let is_too_large = matches!(error, regex::Error::CompiledTooBig(_));
            if is_too_large { "it is too large when compiled".to_owned() } else { reason(&error) }
        })
}

/// The last line of the crate's message, which says what is wrong; the lines before show the pattern.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or("it isn't well formed").trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

fn bad_regex(span: Span, why: &str) -> Diagnostic {
    Diagnostic::error(Code::BadPattern, span, format!("the regex can't be used: {why}"))
        .help("`contains`, `starts with` and `like \"Ja%_\"` take plain text".to_owned())
}

/// The largest number within braces.
fn largest_repeat(pattern: &str) -> u32 {
    let braces = pattern.split('{').skip(1).filter_map(|it| it.split('}').next());
    let numbers = braces.flat_map(|it| it.split(','));
    numbers
        .map(str::trim)
        .filter(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()))
        // Of more digits than fit it is too large anyway.
        .map(|it| it.parse().unwrap_or(u32::MAX))
        .max()
        .unwrap_or(0)
}

fn n_classes(pattern: &str) -> usize {
    pattern.as_bytes().windows(2).filter(|it| it[0] == b'\\' && matches!(it[1], b'p' | b'P' | b'w' | b'W')).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(pattern: &str, cased: bool, text: &str) -> bool {
        let test = like(&Literal { text: pattern, cased, span: Span::default() }).expect("a pattern");
        test.holds(text, &fold(text))
    }

    #[test]
    fn like_takes_the_whole_text() {
        assert!(holds("Ja%_", false, "jakarta"));
        assert!(!holds("Ja%_", false, "ja"));
        assert!(!holds("jakarta", false, "jakarta selatan"));
        assert!(holds("line%break", false, "Line\nbreak"));
        assert!(holds("__rich", false, "Zürich"));
        assert!(holds("_zmir", false, "İzmir"));
        assert!(!holds("ja%", true, "Jakarta"));
        assert!(holds("100\\% R%", false, "100% Real"));
        assert!(!holds("100\\% R%", false, "1000 Real"));
        assert!(holds("%", false, ""));
        assert!(holds("a_%c", false, "a.c"));
        assert!(!holds("a_%c", false, "ac"));
    }

    #[test]
    fn a_lone_escape_is_refused() {
        assert!(like_parts("abc\\").is_none());
    }

    #[test]
    fn limits_of_matches() {
        assert!(compile_matches(&"a".repeat(1024), false).is_ok());
        assert!(compile_matches(&"a".repeat(1025), false).is_err());
        assert!(compile_matches("a{1000}", false).is_ok());
        assert!(compile_matches("a{1001}", false).is_err());
        assert!(compile_matches(&r"\w".repeat(64), false).is_ok());
        assert!(compile_matches(&r"\w".repeat(65), false).is_err());
        assert!(compile_matches("(((a{1000}){1000}){1000})", false).is_err());
        assert!(compile_matches("^jakarta (selatan|barat)$", false).is_ok_and(|it| it.is_match("Jakarta Barat")));
        assert!(compile_matches("(jakarta", false).is_err_and(|why| why.contains("unclosed")));
    }
}
