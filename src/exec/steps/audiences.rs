//! `audiences`: per audience how many can be shown a banner, and how many can be sent a push.

use std::collections::HashMap;

use super::events::{by_text, name, text};
use super::int;
use super::values::spellings;
use crate::exec::ExecError;
use crate::exec::matched::Matched;
use crate::model::{CellType, Frame};

/// The audiences of the visitors that match.
pub(super) fn frame(matched: &Matched<'_>) -> Result<Frame, ExecError> {
    let (audience, push) = (text(matched.table, "audience"), text(matched.table, "push"));
    let shards = matched.map(|shard, rows| {
        let mut out: HashMap<Option<u32>, [u64; 2]> = HashMap::new();
        for row in rows.iter() {
            let code = audience.and_then(|it| it.shards[shard].get(row));
            let push = push.and_then(|it| Some(it.dictionary.text(it.shards[shard].get(row)?)));
            let counts = out.entry(code).or_default();
            counts[0] += 1;
            counts[1] += u64::from(push.as_deref() == Some("granted"));
        }
        out
    })?;
    let mut by_code: HashMap<Option<u32>, [u64; 2]> = HashMap::new();
    for (code, counts) in shards.into_iter().flatten() {
        add(by_code.entry(code).or_default(), counts);
    }
    let dictionary = audience.map(|it| &it.dictionary);
    let weights = by_code.iter().filter_map(|(code, counts)| Some(((*code)?, counts[0]))).collect();
    let shown = dictionary.map(|it| spellings(it, &weights)).unwrap_or_default();
    let mut folded: HashMap<Option<u32>, [u64; 2]> = HashMap::new();
    for (code, counts) in by_code {
        let code = code.map(|code| shown.get(&code).copied().unwrap_or(code));
        add(folded.entry(code).or_default(), counts);
    }
    let mut rows: Vec<(Option<u32>, [u64; 2])> = folded.into_iter().collect();
    rows.sort_by(|(a, _), (b, _)| by_text(dictionary, *a, *b));
    let mut frame = Frame::new([("audience", CellType::Text), ("visitors", CellType::Int), ("push", CellType::Int)]);
    frame.rows = rows
        .into_iter()
        .map(|(code, [visitors, push])| vec![name(dictionary, code), int(visitors), int(push)])
        .collect();
    Ok(frame)
}

fn add(sum: &mut [u64; 2], more: [u64; 2]) {
    sum[0] += more[0];
    sum[1] += more[1];
}
