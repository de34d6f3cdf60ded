//! A segment in the SQL of another engine: the same people, where the data is too large for one machine.
//!
//! ```sh
//! cargo run --example sql
//! ```
#![expect(clippy::print_stdout, reason = "what an example is for")]

use std::path::Path;

use segql::engine::{Engine, Error, Limits, OpenOptions, QueryOptions, SqlTarget};
use segql::sql::{Dialect, Tables};

/// What their tables are called, and that no e-mail occurs twice in them.
const TABLES: &str = r#"
[contacts]
table = "crm.people"
unique = true

[activity]
table = "crm.orders"
"#;

fn main() -> Result<(), Error> {
    // A sample of the tables will do, if it has the same columns and kinds of records.
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cdnow");
    let engine = Engine::open(&book, &OpenOptions::default())?;
    for dialect in [Dialect::Spark, Dialect::Postgres] {
        let tables = Tables::parse(TABLES).expect("it names tables");
        let target = SqlTarget::new(dialect, tables, &book, Limits::default())?;
        let (select, _, _) =
            engine.sql("orders >= 5 and did purchase in last 90 days", &QueryOptions::default(), &target)?;
        println!("-- {dialect:?}\n{select};\n");
    }
    Ok(())
}
