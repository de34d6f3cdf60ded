//! [`Cases`]: what brings texts back from their lower-cased forms.

use std::borrow::Cow;

use super::Array;
use super::arena::Arena;
use super::stored::stored;
use crate::model::fold;

/// How each text of an arena of lower-cased ones stood in the file: two bits a text, and the few whole that no pattern gives.
#[derive(Debug, Clone, Default)]
pub(super) struct Cases {
    n_texts: usize,
    /// Two bits a text, from the lowest up.
    patterns: Array<u64>,
    /// The codes of the texts without a pattern, increasing.
    odd: Array<u32>,
    /// Those texts.
    originals: Arena,
}

stored!(struct Cases { n_texts, patterns, odd, originals });

/// Where a text's capitals are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pattern {
    /// Nowhere.
    Lower = 0,
    /// At the beginning of each word, as in most names.
    Title = 1,
    /// Everywhere.
    Upper = 2,
    /// Elsewhere: the text is kept as it is.
    Odd = 3,
}

const PATTERNS: [Pattern; 4] = [Pattern::Lower, Pattern::Title, Pattern::Upper, Pattern::Odd];
const PER_WORD: usize = 32;

impl Cases {
    /// Texts lower-cased, and what brings them back; none if lower-casing changes nothing.
    pub(super) fn split(mut originals: Arena) -> (Arena, Option<Self>) {
        let (is_ascii, mut is_folded) = (originals.bytes().is_ascii(), true);
        if is_ascii {
            // PERF: without an early end, many bytes are looked at together.
            is_folded = !originals.bytes().bytes().fold(false, |any, byte| any | byte.is_ascii_uppercase());
        } else {
            originals.each(|text| is_folded &= matches!(fold(text), Cow::Borrowed(_)));
        }
        if is_folded {
            return (originals, None);
        }
        let mut cases = Self::default();
        cases.patterns.to_mut().reserve(originals.len().div_ceil(PER_WORD));
        if is_ascii {
            originals.each(|original| cases.push(original, pattern_of_ascii(original.as_bytes())));
            originals.make_ascii_lowercase();
        } else {
            let folded = folded(&originals);
            let (mut code, mut buffer) = (0, String::new());
            originals.each(|original| {
                cases.push(original, pattern(original, folded.get(code), &mut buffer));
                code += 1;
            });
            originals = folded;
        }
        cases.odd.to_mut().shrink_to_fit();
        cases.originals.shrink_to_fit();
        (originals, Some(cases))
    }

    fn push(&mut self, original: &str, pattern: Pattern) {
        if pattern == Pattern::Odd {
            // A dictionary has fewer than 2^32 texts.
            self.odd.to_mut().push(self.n_texts as u32);
            self.originals.push(original);
        }
        let place = self.n_texts % PER_WORD;
        if place == 0 {
            self.patterns.to_mut().push(0);
        }
        if let Some(word) = self.patterns.to_mut().last_mut() {
            *word |= (pattern as u64) << (place * 2);
        }
        self.n_texts += 1;
    }

    /// The text of a code as it stood in the file, from its lower-cased form.
    pub(super) fn original<'a>(&'a self, code: u32, folded: Cow<'a, str>) -> Cow<'a, str> {
        let bits = self.patterns[code as usize / PER_WORD] >> (code as usize % PER_WORD * 2) & 3;
        match PATTERNS[bits as usize] {
            Pattern::Lower => folded,
            Pattern::Odd => match self.odd.binary_search(&code) {
                Ok(at) => Cow::Borrowed(self.originals.get(at)),
                Err(_) => folded,
            },
            pattern @ (Pattern::Title | Pattern::Upper) => {
                let mut original = String::new();
                recase(&folded, pattern, &mut original);
                Cow::Owned(original)
            }
        }
    }

    /// Whether cases that were read can be those of so many texts.
    pub(super) fn is_sound(&self, n_texts: usize) -> bool {
        self.n_texts == n_texts
            && self.patterns.len() == n_texts.div_ceil(PER_WORD)
            && self.odd.is_sorted()
            && self.odd.len() == self.originals.len()
            && self.originals.is_sound()
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.patterns.size_bytes() + self.odd.size_bytes() + self.originals.size_bytes()
    }
}

fn folded(originals: &Arena) -> Arena {
    let mut folded = Arena::default();
    folded.reserve(originals.len(), originals.bytes().len());
    originals.each(|text| folded.push(&fold(text)));
    folded
}

/// The pattern by which [`recase`] gives the very text.
fn pattern(original: &str, folded: &str, buffer: &mut String) -> Pattern {
    if original.is_ascii() {
        return pattern_of_ascii(original.as_bytes());
    }
    if original == folded {
        return Pattern::Lower;
    }
    let gives = |pattern: &Pattern| {
        recase(folded, *pattern, buffer);
        buffer == original
    };
    [Pattern::Title, Pattern::Upper].into_iter().find(gives).unwrap_or(Pattern::Odd)
}

const SMALL: u8 = 1;
const CAPITAL: u8 = 2;

/// By ASCII character: which letters it is one of.
const CLASS: [u8; 128] = {
    let mut classes = [0; 128];
    let mut at = 0;
    while at < 128 {
        let byte = at as u8;
        classes[at] = if byte.is_ascii_lowercase() { SMALL } else { byte.is_ascii_uppercase() as u8 * CAPITAL };
        at += 1;
    }
    classes
};

/// By ASCII character: the letters that don't follow it where each word begins with a capital.
const NEVER_AFTER: [u8; 128] = {
    let mut classes = [0; 128];
    let mut at = 0;
    while at < 128 {
        classes[at] = if (at as u8).is_ascii_alphanumeric() { CAPITAL } else { SMALL };
        at += 1;
    }
    classes
};

/// [`pattern`] of ASCII. PERF: without writing it, and looked up without a branch.
fn pattern_of_ascii(original: &[u8]) -> Pattern {
    let (mut seen, mut misplaced, mut never) = (0, 0, SMALL);
    for byte in original {
        let at = usize::from(byte & 127);
        seen |= CLASS[at];
        misplaced |= CLASS[at] & never;
        never = NEVER_AFTER[at];
    }
    if seen & CAPITAL == 0 {
        Pattern::Lower
    } else if misplaced == 0 {
        Pattern::Title
    } else if seen & SMALL == 0 {
        Pattern::Upper
    } else {
        Pattern::Odd
    }
}

/// Writes a lower-cased text with capitals where the pattern has them; [`Pattern::Odd`] has none.
fn recase(folded: &str, pattern: Pattern, out: &mut String) {
    out.clear();
    if folded.is_ascii() {
        out.push_str(folded);
        match pattern {
            Pattern::Lower | Pattern::Odd => {}
            Pattern::Upper => out.make_ascii_uppercase(),
            Pattern::Title => {
                let mut begins = true;
                for (at, byte) in folded.bytes().enumerate() {
                    if begins {
                        out[at..=at].make_ascii_uppercase();
                    }
                    begins = !byte.is_ascii_alphanumeric();
                }
            }
        }
        return;
    }
    let mut begins = true;
    out.extend(folded.chars().map(|c| {
        let is_capital = pattern == Pattern::Upper || (pattern == Pattern::Title && begins);
        begins = !c.is_alphanumeric();
        if is_capital { capital(c) } else { c }
    }));
}

/// The upper-case form of a code point that has one of its length.
fn capital(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        (_, _) => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arena(texts: &[&str]) -> Arena {
        let mut arena = Arena::default();
        texts.iter().for_each(|text| arena.push(text));
        arena
    }

    #[test]
    fn every_text_comes_back() {
        let texts = [
            "Adi Wati",
            "adi wati",
            "ADI WATI",
            "aDi",
            "",
            "O'Brien",
            "McDonald",
            "Anne-Marie d'Arc",
            "d'arc",
            "4ALL 2you",
            "Éric Ünal",
            "ÉRIC",
            "éric",
            "İzmir",
            "Straße",
            "STRASSE",
            "ΣΊΣΥΦΟΣ",
            "Σίσυφος",
            "ǅ",
            "ǆ",
            "Ǆ",
            "ŉ",
            "ﬁ",
            "K",
            "𐐀𐐨",
            "日本 Tokyo",
            "A",
            "-A b",
            "ẞ",
            "ı",
            "I",
        ];
        // Alone, all together, and more than a word of patterns.
        let many: Vec<&str> = texts.iter().copied().cycle().take(100).collect();
        for texts in texts.iter().map(std::slice::from_ref).chain([&texts[..], &many[..]]) {
            let (lower, cases) = Cases::split(arena(texts));
            for (code, text) in (0..).zip(texts) {
                let folded = lower.get(code as usize);
                assert_eq!(folded, fold(text));
                let original =
                    cases.as_ref().map_or(Cow::Borrowed(folded), |it| it.original(code, Cow::Borrowed(folded)));
                assert_eq!(original, *text);
            }
        }
    }

    #[test]
    fn patterns_spare_the_texts_of_names() {
        let (_, cases) = Cases::split(arena(&["Adi Wati", "ÉRIC", "lower", "McDonald", "Anne-Marie"]));
        let odd = cases.expect("case differs").odd;
        assert_eq!(odd, [3]);
        assert!(Cases::split(arena(&["lower", "é", "ß"])).1.is_none());
    }
}
