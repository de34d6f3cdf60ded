//! `docs/errors.md`: each code has its part there, and each example earns what the page says of it.

use std::collections::BTreeMap;

use segql::engine::{Engine, Limits, OpenOptions, QueryOptions, SqlTarget};
use segql::exec::Answered;
use segql::model::{Code, Diagnostic, SourceId};
use segql::sql::{Dialect, Tables};
use segql::syntax::{parse, tree};

use crate::people;

const PAGE: &str = include_str!("../../docs/errors.md");

/// Codes whose wrong example is too long for a page, or needs a book of its own.
const WITHOUT_EXAMPLE: [Code; 7] = [
    Code::TextTooLong,
    Code::TooDeep,
    Code::TooManyConditions,
    Code::TooManyValues,
    Code::SegmentsTooDeep,
    Code::ListOrKind,
    Code::Undecided,
];

/// Codes that come with another: what is wrong inside the segment, that there is no such kind.
const WITH_ANOTHER: [Code; 3] = [Code::BrokenSegment, Code::BadDefinition, Code::NoList];

/// What the page says of one code.
#[derive(Default)]
struct Part {
    definitions: String,
    /// The wrong sentence, and the right one.
    sentences: Vec<String>,
}

fn parts() -> BTreeMap<&'static str, Part> {
    let mut found = BTreeMap::new();
    for part in PAGE.split("\n### ").skip(1) {
        let (id, rest) = part.split_once(' ').unwrap();
        let mut read = Part::default();
        for block in rest.split("```").skip(1).step_by(2) {
            match block.split_once('\n').unwrap() {
                ("seg", text) => read.definitions = text.to_owned(),
                ("segql" | "json", text) => read.sentences.push(text.trim_end().to_owned()),
                (other, _) => panic!("{id}: a block of `{other}`"),
            }
        }
        assert!(found.insert(id, read).is_none(), "{id} twice");
    }
    found
}

#[test]
fn every_code_has_its_part() {
    let ids: Vec<&str> = Code::ALL.iter().map(|it| it.id()).collect();
    assert_eq!(parts().keys().copied().collect::<Vec<_>>(), ids);
    let headings: Vec<&str> = PAGE.lines().filter_map(|it| it.strip_prefix("### ")?.split(' ').next()).collect();
    assert_eq!(headings, ids, "in order");
}

#[test]
fn examples_earn_their_codes() {
    let parts = parts();
    let plain = Book::with("");
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let part = &parts[code.id()];
        let n_wrong = usize::from(!WITHOUT_EXAMPLE.contains(code));
        assert_eq!(part.sentences.len(), n_wrong + 1, "{code}");
        let own = (!part.definitions.is_empty()).then(|| Book::with(&part.definitions));
        let book = own.as_ref().unwrap_or(&plain);
        for (i, sentence) in part.sentences.iter().enumerate() {
            let told = match &code.id()[..3] {
                "Q10" => converted(sentence),
                "Q11" => plain.checked(&part.definitions, sentence),
                "Q12" => plain.lowered(sentence),
                _ => book.told(sentence),
            };
            let earned = told.contains(code) && (told.len() == 1 || WITH_ANOTHER.contains(code));
            if (i < n_wrong && !earned) || (i == n_wrong && !told.is_empty()) {
                wrong.push(format!("{code}: {sentence}: {told:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The wrong sentences that no page has room for.
#[test]
fn limits_earn_their_codes() {
    let many = |n: usize, part: &str, joiner: &str| vec![part; n].join(joiner);
    let digits = |n: usize| format!("{:01$}", 1, n);
    let chain = (0..65).fold("segment s0: age > 3;".to_owned(), |all, i| format!("{all}\nsegment s{}: @s{i};", i + 1));
    let book = Book::with(&format!("{chain}\nsegment many: {};", many(10_000, "age = 1", " or ")));
    for (sentence, code) in [
        (format!("age = 1 {}", " ".repeat(1 << 20)), Code::TextTooLong),
        (format!("{}age = 1{}", "(".repeat(65), ")".repeat(65)), Code::TooDeep),
        (many(10_001, "age = 1", " or "), Code::TooManyConditions),
        // What segments say counts, too.
        ("@many and age = 1".to_owned(), Code::TooManyConditions),
        (format!("age in ({})", many(100_001, "1", ",")), Code::TooManyValues),
        ("@s64".to_owned(), Code::SegmentsTooDeep),
        (format!("age = {}", digits(2_001)), Code::NumberTooLarge),
        (format!("did purchase at least {} times", digits(2_001)), Code::NumberTooLarge),
        (format!("everyone | sample {}%", digits(2_001)), Code::SampleShare),
    ] {
        assert_eq!(book.told(&sentence), [code]);
    }
    for sentence in [
        format!("{}age = 1{}", "(".repeat(64), ")".repeat(64)),
        many(10_000, "age = 1", " or "),
        format!("age in ({})", many(100_000, "1", ",")),
        "@s63".to_owned(),
        format!("age = {}", digits(2_000)),
        format!("did purchase at least {} times", digits(2_000)),
        format!("everyone | sample {}%", digits(2_000)),
    ] {
        assert_eq!(book.told(&sentence), []);
    }
}

/// The codes that a rule tree earns, or a sentence on its way to one.
fn converted(text: &str) -> Vec<Code> {
    let told = match text.starts_with('{') {
        true => tree::from_json(text, SourceId::QUERY).err(),
        false => tree::to_json(&parse(text, SourceId::QUERY).unwrap()).err(),
    };
    told.unwrap_or_default().iter().map(|it| it.code).collect()
}

struct Book {
    dir: tempfile::TempDir,
    engine: Engine,
}

impl Book {
    /// The book of the goldens, with these definitions beside its own.
    fn with(definitions: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut raw = people::book("people");
        raw.segments.push_str(definitions);
        raw.write(dir.path());
        let engine = Engine::open(&dir.path().join("book"), &OpenOptions::default()).unwrap();
        Self { dir, engine }
    }

    /// The codes that a check of a filter earns, after these definitions.
    fn checked(&self, definitions: &str, filter: &str) -> Vec<Code> {
        let path = self.dir.path().join("checked.seg");
        std::fs::write(&path, format!("{definitions}\nsegment checked: {filter};\n")).unwrap();
        let checked = self.engine.check(&[path], &QueryOptions::default()).unwrap();
        assert!(checked.errors.is_empty(), "{filter}: {:?}", checked.errors);
        checked.findings.iter().map(|it| it.diagnostic.code).collect()
    }

    /// The codes that a filter earns on its way to SQL for DuckDB.
    fn lowered(&self, filter: &str) -> Vec<Code> {
        let target =
            SqlTarget::new(Dialect::DuckDb, Tables::default(), &self.dir.path().join("book"), Limits::default())
                .unwrap();
        match self.engine.sql(filter, &QueryOptions::default(), &target) {
            Ok((_, _, notes)) => notes.iter().map(|it| it.code).collect(),
            Err(segql::engine::Error::Query(all)) => all.iter().map(|it| it.code).collect(),
            Err(other) => panic!("{filter}: {other}"),
        }
    }

    /// The codes that a sentence earns; `save` and `export` are prepared, not run.
    fn told(&self, sentence: &str) -> Vec<Code> {
        let options = QueryOptions {
            now_us: Some(1_795_165_200_000_000),
            zone: Some("Asia/Jakarta".to_owned()),
            working_dir: Some(self.dir.path().to_owned()),
        };
        let codes = |all: &[Diagnostic]| all.iter().map(|it| it.code).collect::<Vec<_>>();
        match self.engine.prepare(sentence, &options) {
            Err(segql::engine::Error::Query(all)) => codes(&all),
            Err(other) => panic!("{sentence}: {other}"),
            Ok(query) => {
                let mut told = codes(&query.notes);
                if sentence.contains("| histogram")
                    && let Ok(Answered::Frame(_, notes)) = self.engine.answer(&query)
                {
                    told.extend(codes(&notes));
                }
                told
            }
        }
    }
}
