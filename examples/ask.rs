//! Opens a book and asks it: how many, who, what is wrong with a question, and why someone isn't among them.
//!
//! ```sh
//! cargo run --example ask
//! ```
#![expect(clippy::print_stdout, reason = "what an example is for")]

use std::path::Path;

use segql::engine::{Engine, Error, OpenOptions, QueryOptions};
use segql::model::{Zone, parse_time};

fn main() -> Result<(), Error> {
    // The book of real orders that comes with the package; they end on 1998-06-30.
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cdnow");
    let engine = Engine::open(&book, &OpenOptions::default())?;
    let now_us = Some(parse_time("1998-07-01T00:00:00Z", &Zone::utc())?);
    let options = QueryOptions { now_us, ..QueryOptions::default() };

    for filter in [
        "did purchase at least 3 times in last 365 days where amount > 20",
        "sum(purchase.amount) >= 1000 and last(purchase.at) more than 90 days ago",
        "did purchase then purchase within 7 days",
        "@lapsed and not @win_back",
    ] {
        let query = engine.prepare(filter, &options)?;
        println!("{:>6} people: {filter}", engine.count(&query)?);
    }

    let query = engine.prepare("spent > 5000", &options)?;
    let who = engine.keys(&query)?;
    println!("{} of them spent most, the first by e-mail is {}", who.len(), who[0]);

    // All mistakes of a sentence at once, each with its place and the nearest thing that works.
    if let Err(Error::Query(mistakes)) = engine.prepare("ordres >= 3 and spent > many", &options) {
        for mistake in mistakes {
            println!("wrong: {}; {}", mistake.message, mistake.help.join("; "));
        }
    }
    Ok(())
}
