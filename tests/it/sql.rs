//! The SQL of filters: what each dialect says, by hand, and that no text gets out of its quotes.
//!
//! That the engines answer it with the same people is for `tests/differential/sql_engines.py`.

use std::collections::BTreeMap;

use segql::engine::{Engine, Limits, OpenOptions, QueryOptions, SqlTarget};
use segql::sql::{Dialect, Tables};

use crate::people;

const DIALECTS: [(&str, Dialect); 5] = [
    ("duckdb", Dialect::DuckDb),
    ("datafusion", Dialect::DataFusion),
    ("clickhouse", Dialect::ClickHouse),
    ("spark", Dialect::Spark),
    ("postgres", Dialect::Postgres),
];

/// For engines whose tables have no number for each row.
const NUMBERED: &str = "[contacts]\nrow = \"row_no\"\n";

struct Book {
    dir: tempfile::TempDir,
    engine: Engine,
}

impl Book {
    fn people() -> Self {
        let dir = tempfile::tempdir().unwrap();
        people::book("people").write(dir.path());
        let engine = Engine::open(&dir.path().join("book"), &OpenOptions::default()).unwrap();
        Self { dir, engine }
    }

    fn select(&self, filter: &str, dialect: Dialect, tables: &str) -> String {
        let tables = Tables::parse(tables).unwrap();
        let target = SqlTarget::new(dialect, tables, &self.dir.path().join("book"), Limits::default()).unwrap();
        let options = QueryOptions {
            now_us: Some(1_795_165_200_000_000),
            zone: Some("Asia/Jakarta".to_owned()),
            working_dir: Some(self.dir.path().to_owned()),
        };
        self.engine.sql(filter, &options, &target).unwrap_or_else(|error| panic!("{filter}: {error}")).0
    }
}

/// `filter`, then `dialect: condition` for some of the dialects: all that follows the last `where`, on one line.
#[test]
fn conditions_in_the_words_of_each_engine() {
    let book = Book::people();
    let mut wrong = Vec::new();
    let (mut filter, mut n) = ("", 0);
    let golden = include_str!("../golden/sql/conditions.txt");
    for line in golden.lines().filter(|it| !it.starts_with('#') && !it.is_empty()) {
        let Some((dialect, wanted)) = line.strip_prefix("  ").and_then(|it| it.split_once(": ")) else {
            filter = line;
            continue;
        };
        let dialect = DIALECTS.iter().find(|it| it.0 == dialect).unwrap().1;
        let select = book.select(filter, dialect, NUMBERED);
        let condition = select.rsplit_once("\nwhere ").map_or("", |it| it.1).replace("\n  and ", " and ");
        if condition != wanted {
            wrong.push(format!("{filter} as {dialect:?}\n  is      {condition}\n  by hand {wanted}"));
        }
        n += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n >= 40, "{n} conditions");
}

/// The literals of a SELECT, and what is left without them and without quoted names, by each engine's own rules.
fn taken_apart(sql: &str, dialect: Dialect) -> (Vec<String>, String) {
    let escapes = matches!(dialect, Dialect::ClickHouse | Dialect::Spark);
    let (mut literals, mut rest) = (Vec::new(), String::new());
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        if !matches!(c, '\'' | '"' | '`') {
            rest.push(c);
            continue;
        }
        // PostgreSQL escapes after an `E`, which belongs to the literal.
        let escapes = if dialect == Dialect::Postgres { rest.ends_with('E') } else { escapes };
        if dialect == Dialect::Postgres && escapes {
            rest.pop();
        }
        let mut text = String::new();
        loop {
            match chars.next().unwrap_or_else(|| panic!("quotes stay open: {sql}")) {
                '\\' if escapes => match chars.next().unwrap() {
                    'u' => {
                        let digits: String = chars.by_ref().take(4).collect();
                        text.push(char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap());
                    }
                    '0' => text.push('\0'),
                    other => text.push(other),
                },
                end if end == c && chars.peek() == Some(&c) => text.extend(chars.next()),
                end if end == c => break,
                other => text.push(other),
            }
        }
        rest.push('?');
        if c == '\'' {
            literals.push(text);
        }
    }
    (literals, rest)
}

const NAUGHTY: [&str; 20] = [
    "'",
    "''",
    "\\",
    "\\'",
    "'; drop table contacts; --",
    "\\'; drop table contacts; --",
    "' or '1' = '1",
    "\"",
    "`",
    "${env:HOME}",
    "$${x}$$",
    "{x:String}",
    ":x ? %s {{ }} @x",
    "/* */ -- #",
    "\r\t",
    "E'\\x27'",
    "\\u0027",
    "\u{2019}\u{ff07}\u{200f}\u{feff}",
    "\u{1f600}\u{10ffff}",
    "%_\\%",
];

#[test]
fn no_text_gets_out_of_its_quotes() {
    let book = Book::people();
    let literal = |text: &str| {
        let escaped: String = text.chars().map(|c| format!("\\u{{{:x}}}", u32::from(c))).collect();
        format!("\"{escaped}\"")
    };
    for (name, dialect) in DIALECTS {
        for form in [
            "city = cased {}",
            "city starts with cased {}",
            "nick ends with cased {}",
            "label = {}",
            "did purchase where sku = cased {}",
        ] {
            let filter = |text: &str| form.replace("{}", &literal(text));
            let skeleton = taken_apart(&book.select(&filter("plain"), dialect, NUMBERED), dialect).1;
            for text in NAUGHTY {
                let sql = book.select(&filter(text), dialect, NUMBERED);
                let (literals, rest) = taken_apart(&sql, dialect);
                // `ends with` may say how many characters there are.
                let digits = |it: &str| it.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
                assert_eq!(digits(&rest), digits(&skeleton), "{name}: {sql}");
                let folded = segql::model::fold(text);
                assert!(literals.iter().any(|it| it == text || *it == folded), "{name}: {text:?} in {sql}");
                assert!(dialect != Dialect::Spark || !sql.contains("${"), "a variable of the session: {sql}");
            }
        }
    }
}

/// Neither stands in SQL as it is: a parser may end there, and the lines of a SELECT are set in.
#[test]
fn zero_bytes_and_line_ends_are_put_in_by_name() {
    let book = Book::people();
    let wanted = BTreeMap::from([
        ("duckdb", ["('a' || chr(0) || 'b')", "('a' || chr(10) || 'b')"]),
        ("datafusion", ["'a\0b'", "('a' || chr(10) || 'b')"]),
        ("clickhouse", ["'a\\0b'", "'a\\nb'"]),
        ("spark", ["'a\\u0000b'", "'a\\nb'"]),
        ("postgres", ["null", "E'a\\nb'"]),
    ]);
    for (name, dialect) in DIALECTS {
        for (text, wanted) in ["a\\u{0}b", "a\\nb"].into_iter().zip(wanted[name]) {
            let sql = book.select(&format!("did purchase where sku = cased \"{text}\""), dialect, NUMBERED);
            assert!(sql.contains(&format!(" = {wanted}\n")), "{name}: {sql}");
        }
    }
}

#[test]
fn names_of_tables_and_columns_are_theirs() {
    let book = Book::people();
    let tables = "[contacts]\ntable = \"crm.people\"\nunique = true\n[contacts.columns]\ncity = \"to\\\"wn`\"\nemail = \"mail\"\n";
    for (dialect, column, table) in [
        (Dialect::DuckDb, "t.\"to\"\"wn`\" as \"city\"", "from \"crm\".\"people\" as t"),
        (Dialect::Postgres, "t.\"to\"\"wn`\" as \"city\"", "from \"crm\".\"people\" as t"),
        (Dialect::Spark, "t.`to\"wn``` as `city`", "from `crm`.`people` as t"),
        (Dialect::ClickHouse, "t.`to\"wn\\`` as `city`", "from `crm`.`people` as t"),
    ] {
        let sql = book.select("city = Medan", dialect, tables);
        for words in [column, table] {
            assert!(sql.contains(words), "no {words} in {sql}");
        }
        assert!(!sql.contains("row_number"), "nothing is numbered where keys are unique: {sql}");
    }
}

#[test]
fn what_is_wrong_in_a_file_of_tables_is_told() {
    for (text, words) in [
        ("[contcts]\n", "the nearest is `contacts`"),
        ("[contacts]\nrows = \"n\"\n", "the nearest is `row`"),
        ("[contacts]\ntable = 3\n", "`contacts.table` is no name"),
        ("[contacts]\nunique = \"yes\"\n", "neither true nor false"),
        ("contacts = 1\n", "write it under [contacts]"),
        ("[contacts\n", "write it as TOML"),
    ] {
        let told = Tables::parse(text).unwrap_err().to_string();
        assert!(told.contains(words), "no `{words}` in: {told}");
    }
}
