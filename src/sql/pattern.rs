//! Regexes in the words of other engines.
//!
//! A pattern is taken apart to what it means ([`Hir`]: classes as ranges of code points, case already in them) and
//! written down again in what all of these engines read alike: groups, repetitions, classes of single characters.

use std::fmt::Write;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look, Repetition};

/// How an engine's regexes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    /// RE2: DuckDB and ClickHouse.
    Re2,
    /// The `regex` crate, as in SegQL itself.
    Rust,
    /// `java.util.regex`
    Java,
    /// PostgreSQL's advanced regexes.
    Postgres,
}

/// A pattern of the `regex` crate in another flavour, or what that flavour lacks.
pub(super) fn written(pattern: &str, cased: bool, flavour: Flavour) -> Result<String, String> {
    if flavour == Flavour::Rust {
        return Ok(if cased { pattern.to_owned() } else { format!("(?i){pattern}") });
    }
    let parsed = ParserBuilder::new().case_insensitive(!cased).build().parse(pattern);
    let hir = parsed.map_err(|_| "a regex that has been read before".to_owned())?;
    let mut writer = Writer { flavour, out: String::new() };
    writer.write(&hir)?;
    Ok(writer.out)
}

struct Writer {
    flavour: Flavour,
    out: String,
}

impl Writer {
    fn write(&mut self, hir: &Hir) -> Result<(), String> {
        match hir.kind() {
            HirKind::Empty => self.out.push_str("(?:)"),
            HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
                Ok(text) => text.chars().for_each(|c| self.char(c)),
                Err(_) => return Err("a regex of single bytes".to_owned()),
            },
            HirKind::Class(Class::Unicode(class)) => self.class(class),
            HirKind::Class(Class::Bytes(class)) => match class.to_unicode_class() {
                Some(class) => self.class(&class),
                None => return Err("a regex of single bytes".to_owned()),
            },
            HirKind::Look(look) => self.look(*look)?,
            HirKind::Repetition(repetition) => self.repetition(repetition)?,
            // What a group captures isn't asked for.
            HirKind::Capture(capture) => self.group(std::slice::from_ref(&*capture.sub), "")?,
            HirKind::Concat(parts) => {
                for part in parts {
                    match part.kind() {
                        HirKind::Alternation(_) => self.group(std::slice::from_ref(part), "")?,
                        HirKind::Empty
                        | HirKind::Literal(_)
                        | HirKind::Class(_)
                        | HirKind::Look(_)
                        | HirKind::Repetition(_)
                        | HirKind::Capture(_)
                        | HirKind::Concat(_) => self.write(part)?,
                    }
                }
            }
            HirKind::Alternation(parts) => self.group(parts, "|")?,
        }
        Ok(())
    }

    fn group(&mut self, parts: &[Hir], between: &str) -> Result<(), String> {
        self.out.push_str("(?:");
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                self.out.push_str(between);
            }
            self.write(part)?;
        }
        self.out.push(')');
        Ok(())
    }

    fn repetition(&mut self, repetition: &Repetition) -> Result<(), String> {
        self.group(std::slice::from_ref(&*repetition.sub), "")?;
        let (min, max) = (repetition.min, repetition.max);
        // Writing to a String never fails. Greedy or not changes nothing of whether there is a match.
        let _ = match (min, max) {
            (0, None) => write!(self.out, "*"),
            (1, None) => write!(self.out, "+"),
            (0, Some(1)) => write!(self.out, "?"),
            (min, None) => write!(self.out, "{{{min},}}"),
            (min, Some(max)) if min == max => write!(self.out, "{{{min}}}"),
            (min, Some(max)) => write!(self.out, "{{{min},{max}}}"),
        };
        let most = max.unwrap_or(min);
        if self.flavour == Flavour::Postgres && most > 255 {
            return Err("a part that is repeated more than 255 times".to_owned());
        }
        Ok(())
    }

    fn look(&mut self, look: Look) -> Result<(), String> {
        let word = match self.flavour {
            Flavour::Java => r"(?U:\w)",
            Flavour::Re2 | Flavour::Rust | Flavour::Postgres => "[[:alnum:]_]",
        };
        let boundary = format!("(?:(?<={word})(?!{word})|(?<!{word})(?={word}))");
        let written = match (look, self.flavour) {
            (Look::Start, _) => r"\A",
            (Look::End, Flavour::Postgres) => r"\Z",
            (Look::End, _) => r"\z",
            (Look::StartLF, Flavour::Re2 | Flavour::Rust) => "(?m:^)",
            (Look::EndLF, Flavour::Re2 | Flavour::Rust) => "(?m:$)",
            (Look::StartLF, Flavour::Java | Flavour::Postgres) => r"(?:\A|(?<=\n))",
            (Look::EndLF, Flavour::Java) => r"(?:\z|(?=\n))",
            (Look::EndLF, Flavour::Postgres) => r"(?:\Z|(?=\n))",
            (Look::WordAscii, Flavour::Re2 | Flavour::Rust) => r"\b",
            (Look::WordAsciiNegate, Flavour::Re2 | Flavour::Rust) => r"\B",
            (Look::WordUnicode, Flavour::Java | Flavour::Postgres) => &boundary,
            (Look::WordUnicode | Look::WordUnicodeNegate, _) => {
                return Err(r"the edge of a word of any script, `\b` or `\B`".to_owned());
            }
            (
                Look::StartCRLF
                | Look::EndCRLF
                | Look::WordAscii
                | Look::WordAsciiNegate
                | Look::WordStartAscii
                | Look::WordEndAscii
                | Look::WordStartUnicode
                | Look::WordEndUnicode
                | Look::WordStartHalfAscii
                | Look::WordEndHalfAscii
                | Look::WordStartHalfUnicode
                | Look::WordEndHalfUnicode,
                _,
            ) => return Err("this edge of a word or line in a regex".to_owned()),
        };
        self.out.push_str(written);
        Ok(())
    }

    fn class(&mut self, class: &ClassUnicode) {
        let mut opposite = class.clone();
        opposite.negate();
        if opposite.ranges().is_empty() {
            // Any character: what ends lines is among them.
            self.out.push_str(if self.flavour == Flavour::Postgres { "." } else { "(?s:.)" });
            return;
        }
        let (mark, ranges) =
            if opposite.ranges().len() < class.ranges().len() { ("^", opposite) } else { ("", class.clone()) };
        let _ = write!(self.out, "[{mark}");
        for range in ranges.ranges() {
            // No text of PostgreSQL holds U+0000.
            let low = if self.flavour == Flavour::Postgres { range.start().max('\u{1}') } else { range.start() };
            if low > range.end() {
                continue;
            }
            self.char(low);
            if low != range.end() {
                self.out.push('-');
                self.char(range.end());
            }
        }
        self.out.push(']');
    }

    /// A character by itself, or by its number where it might mean something.
    fn char(&mut self, c: char) {
        let is_plain = c.is_ascii_alphanumeric() || c == ' ' || c == '_' || (c.is_alphanumeric() && !c.is_ascii());
        let _ = match (is_plain, self.flavour) {
            (true, _) => write!(self.out, "{c}"),
            (false, _) if c.is_ascii_punctuation() => write!(self.out, "\\{c}"),
            (false, Flavour::Postgres) => write!(self.out, "\\U{:08X}", u32::from(c)),
            (false, Flavour::Re2 | Flavour::Rust | Flavour::Java) => write!(self.out, "\\x{{{:X}}}", u32::from(c)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_in_other_words() {
        let of = |pattern: &str, cased: bool, flavour| written(pattern, cased, flavour).unwrap();
        assert_eq!(of(r"(?s)\Aja.*.\z", true, Flavour::Re2), r"\Aja(?:(?s:.))*(?s:.)\z");
        assert_eq!(of("^a{1}k$", false, Flavour::Postgres), "\\A[Aa][Kk\u{212a}]\\Z");
        assert!(of(r"^\S+", true, Flavour::Java).starts_with(r"\A(?:[^\x{9}-\x{D} "));
        assert_eq!(of("a|b.", true, Flavour::Re2), r"(?:a|b[^\x{A}])");
        assert_eq!(of("vip", false, Flavour::Rust), "(?i)vip");
        assert_eq!(of(r"50%\.", true, Flavour::Postgres), r"50\%\.");
    }

    #[test]
    fn words_of_any_script_have_no_edge_in_re2() {
        assert!(written(r"\bvip\b", false, Flavour::Re2).unwrap_err().contains(r"`\b`"));
        assert_eq!(written(r"(?-u:\b)vip", true, Flavour::Re2).unwrap(), r"\bvip");
    }
}
