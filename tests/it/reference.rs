//! The language reference: every example in it is a sentence, and one that the demo book answers where that lies beside.

use segql::engine::{Engine, OpenOptions, QueryOptions};
use segql::model::SourceId;
use segql::syntax;

use crate::cases;

/// The examples of the ```` ```segql ```` blocks: one a line, a line that begins with white space going on the one above.
fn examples() -> Vec<String> {
    let text = include_str!("../../docs/language.md");
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match line {
            "```segql" => inside = true,
            _ if line.starts_with("```") => inside = false,
            _ if !inside || line.trim().is_empty() => {}
            _ => match found.last_mut() {
                Some(last) if line.starts_with([' ', '\t']) => {
                    last.push('\n');
                    last.push_str(line);
                }
                _ => found.push(line.to_owned()),
            },
        }
    }
    found
}

#[test]
fn examples_are_read() {
    let examples = examples();
    assert!(examples.len() > 100, "{} examples", examples.len());
    for example in examples {
        if let Err(wrong) = syntax::parse(&example, SourceId::QUERY) {
            panic!("{example}\n{wrong:?}");
        }
    }
}

#[test]
fn examples_run_on_the_demo_book() {
    let folder = cases::shared().join("demo");
    if !folder.exists() {
        println!("skipped: the demo book does not lie beside the checkout");
        return;
    }
    let engine = Engine::open(&folder.join("book"), &OpenOptions::default()).unwrap();
    let options = QueryOptions {
        now_us: Some(1_795_165_200_000_000),
        zone: Some("Asia/Jakarta".to_owned()),
        working_dir: Some(folder),
    };
    for example in examples() {
        if let Err(wrong) = engine.prepare(&example, &options).and_then(|query| engine.count(&query)) {
            panic!("{example}\n{wrong:?}");
        }
    }
}
