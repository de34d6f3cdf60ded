//! Laws of the forms a filter may take: formatted text is the same text, a rule tree the same filter.
//!
//! `SEGQL_LAWS` and `SEGQL_LAWS_SEED` are those of the other laws.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use regex::Regex;
use segql::model::{Code, SourceId};
use segql::syntax::{self, tree};

use crate::laws::env;
use crate::oracle::book::OracleBook;
use crate::random::book::random_book;
use crate::random::filter::FilterWriter;
use crate::subject::{self, Asked, Opened, Subject};

const FILTERS_A_BOOK: u64 = 50;

/// Trees, comments and their order stay; formatting again changes nothing.
#[test]
fn formatting_keeps_trees_and_comments() {
    let spans = spans();
    let tree = |text: &str| match subject::parse(text) {
        Ok(query) => spans.replace_all(&format!("{query:?}"), "_").into_owned(),
        Err(wrong) => panic!("{text}\n{wrong:?}"),
    };
    each_sentence(|seed, _, sentence| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // What was printed has no bracket too many: its tree stays to the last bracket.
        let printed = subject::print(&subject::parse(sentence).unwrap());
        let text = with_comments(&printed, &mut rng);
        let found = formatted(&text);
        assert_eq!(tree(&found), tree(&text), "{text}\n{found}");
        assert_eq!(comments(&found), comments(&text), "{text}\n{found}");

        let text = with_comments(sentence, &mut rng);
        let definition = format!("# a\n\nsegment x \"X\": {text} # b\n ; # c\nsegment y: everyone; -- d");
        let sentences = format!("{text}\n;{printed};\n# e\n\n\n{text}");
        for text in
            if sentence.to_lowercase().starts_with("from") { vec![sentences] } else { vec![sentences, definition] }
        {
            let found = formatted(&text);
            assert_eq!(comments(&found), comments(&text), "{text}\n{found}");
        }
        let again = subject::parse(&formatted(&text)).unwrap();
        assert_eq!(subject::print(&again), printed, "{text}");
    });
}

/// Formats, and sees that this is settled.
fn formatted(text: &str) -> String {
    let format = |text: &str| match syntax::format(text, SourceId::QUERY) {
        Ok(formatted) => formatted,
        Err(wrong) => panic!("{text}\n{wrong:?}"),
    };
    let formatted = format(text);
    assert_eq!(format(&formatted), formatted, "not settled:\n{text}");
    formatted
}

/// Comments where blanks are, and behind brackets and commas.
fn with_comments(text: &str, rng: &mut ChaCha8Rng) -> String {
    let dense = rng.random_bool(0.3);
    let mut out = String::new();
    let mut n = 0;
    outside_quotes(text, |c, outside| {
        // `today-2 weeks` is split at its sign for what follows it, and takes no comment inside.
        let tight = out.rsplit([' ', '(', ',', '\n']).next().is_some_and(|it| it.contains(['-', '+']));
        let is_gap = outside && !tight && matches!(c, ' ' | '(' | ',');
        out.push(c);
        if is_gap && rng.random_bool(if dense { 0.4 } else { 0.05 }) {
            let sign = if rng.random_bool(0.5) { "#" } else { "--" };
            let before = if rng.random_bool(0.5) { "\n  " } else { " " };
            out.push_str(&format!(
                "{before}{sign} {n} \"it's\"; ( `{}\n",
                if rng.random_bool(0.2) { "\n" } else { "" }
            ));
            n += 1;
        }
    });
    out
}

fn comments(text: &str) -> Vec<String> {
    let (mut found, mut last) = (Vec::<String>::new(), ' ');
    let mut inside = false;
    outside_quotes(text, |c, outside| {
        if inside && c != '\n' {
            found.last_mut().unwrap().push(c);
        } else if outside && (c == '#' || (c == '-' && last == '-')) {
            inside = true;
            found.push(c.to_string());
        } else {
            inside = false;
        }
        last = c;
    });
    found.iter().map(|it| it.trim_end().to_owned()).collect()
}

/// Every character, and whether it stands outside quotes; in comments nothing is quoted.
fn outside_quotes(text: &str, mut each: impl FnMut(char, bool)) {
    let (mut quote, mut escaped, mut comment, mut last) = (None, false, false, ' ');
    for c in text.chars() {
        each(c, quote.is_none());
        match quote {
            Some(_) if escaped => escaped = false,
            Some(q) if c == '\\' && q != '`' => escaped = true,
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if comment => comment = c != '\n',
            None if c == '#' || (c == '-' && last == '-') => comment = true,
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None => {}
        }
        last = c;
    }
}

/// A rule tree comes back as it was; a filter comes back with its tree, but for quotes that say nothing, and its people.
#[test]
fn rule_trees_keep_filters() {
    let spans = spans();
    let text = r#""(?:[^"\\]|\\.)*""#;
    let literal = Regex::new(&format!(
        "Text \\{{ text: ({text}), cased: false, quoting: \\w+, span: _ \\}}|(?:Word|Number|Day|Time) \\{{ text: ({text}), span: _ \\}}"
    ));
    let literal = literal.unwrap();
    let quoting = Regex::new("quoting: \\w+").unwrap();
    let tree_of = |text: &str| {
        let text = subject::print(&subject::parse(text).unwrap());
        let debug = format!("{:?}", subject::parse(&text).unwrap());
        let debug = spans.replace_all(&debug, "_");
        let debug = literal.replace_all(&debug, "Literal($1$2)");
        quoting.replace_all(&debug, "_").into_owned()
    };
    let mut n_rules = 0;
    each_sentence(|_, book, sentence| {
        let query = subject::parse(sentence).unwrap();
        if query.from.is_some() {
            assert!(tree::to_json(&query).is_err());
            return;
        }
        let json = tree::to_json(&query).unwrap();
        n_rules += usize::from(json.contains("\"operator\""));
        let back =
            tree::from_json(&json, SourceId::QUERY).unwrap_or_else(|wrong| panic!("{sentence}\n{json}\n{wrong:?}"));
        assert_eq!(tree::to_json(&subject::parse(&back).unwrap()).unwrap(), json, "{sentence}\n{back}");
        assert_eq!(tree_of(&back), tree_of(sentence), "{sentence}\n{json}\n{back}");
        assert_eq!(book.keys(&back), book.keys(sentence), "{sentence}\n{json}\n{back}");
    });
    assert!(n_rules > 20, "{n_rules} with rules");
}

/// 62 groups are read, and no more are written: what nests deeper is a `dsl`.
#[test]
fn groups_nest_62_deep() {
    let nested = |n: usize| {
        let rule = r#"{"field":"a","operator":"=","value":1}"#;
        format!("{}{rule}{}", r#"{"rules":["#.repeat(n), "]}".repeat(n))
    };
    let read = |json: &str| tree::from_json(json, SourceId::QUERY);
    assert_eq!(read(&nested(62)).as_deref(), Ok("a = 1"));
    let wrong = read(&nested(63)).unwrap_err();
    assert_eq!((wrong.len(), wrong[0].code), (1, Code::TooDeep), "{wrong:?}");

    let alternating = |n: usize| {
        let joined = |at: usize| format!("a = {at} {} (", ["and", "or"][at % 2]);
        format!("{}b = 2{}", (0..n).map(joined).collect::<String>(), ")".repeat(n))
    };
    let filter = subject::parse(&alternating(64)).unwrap();
    let json = tree::to_json(&filter).unwrap();
    assert_eq!(json.matches("\"dsl\"").count(), 1, "{json}");
    assert_eq!(read(&json), Ok(subject::print(&filter)));

    // Together too deep for a sentence, whose text nobody wrote: no place in it is told.
    let dsl = format!(r#"{{"dsl":"{}b = 2{}"}}"#, "not (a = 1 or ".repeat(30), ")".repeat(30));
    let group = |at: usize| {
        let combinator = ["and", "or"][at % 2];
        format!(r#"{{"combinator":"{combinator}","rules":[{{"field":"c","operator":"=","value":3}},"#)
    };
    let json = format!("{}{dsl}{}", (0..20).map(group).collect::<String>(), "]}".repeat(20));
    let wrong = read(&json).unwrap_err();
    assert!(!wrong.is_empty() && wrong.iter().all(|it| it.code == Code::TooDeep && it.span.is_none()), "{wrong:?}");
}

fn spans() -> Regex {
    Regex::new(r"Span \{ source: SourceId\(\d+\), start: \d+, end: \d+ \}").unwrap()
}

struct OpenBook {
    subject: Subject,
    asked: Asked,
    _dir: tempfile::TempDir,
}

impl OpenBook {
    fn keys(&self, text: &str) -> Result<Vec<String>, String> {
        self.subject.keys(text, &self.asked)
    }
}

/// Random sentences over random books.
fn each_sentence(mut law: impl FnMut(u64, &OpenBook, &str)) {
    let n_filters = env("SEGQL_LAWS").unwrap_or(500);
    let seed = env("SEGQL_LAWS_SEED").unwrap_or(1) * 1_000_000;
    for n_book in 0..n_filters.div_ceil(FILTERS_A_BOOK) {
        let seed = seed + n_book;
        let book = random_book(seed, 60);
        let dir = tempfile::tempdir().unwrap();
        book.raw.write(dir.path());
        let subject = Subject::open(&dir.path().join("book"), Opened { threads: Some(1), ..Opened::default() });
        let oracle = OracleBook::read(&book.raw, Vec::new());
        let asked = Asked { now_us: book.now_us, zone: "Asia/Jakarta".to_owned(), working_dir: dir.path().to_owned() };
        let open = OpenBook { subject, asked, _dir: dir };
        for n in 0..FILTERS_A_BOOK {
            let seed = seed.wrapping_mul(1_000_003) + n;
            let sentence = FilterWriter::new(seed, &oracle, book.now_us).sentence();
            law(seed, &open, &sentence);
        }
    }
}
