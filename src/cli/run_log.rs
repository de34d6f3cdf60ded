//! What happens in a run as lines of JSON; `docs/batch.md` describes the fields.

use serde_json::{Value, json};

use super::json_lines::without_addresses;
use crate::engine::batch::{Outcome, RunEvent};

/// One event.
pub(super) fn line(event: &RunEvent<'_>) -> String {
    let value = match event {
        RunEvent::Began { run_id, segments } => json!({"event": "began", "run_id": run_id, "segments": segments}),
        RunEvent::Segment(outcome) => segment(outcome),
        RunEvent::Committed { files, bytes } => json!({"event": "committed", "files": files, "bytes": bytes}),
    };
    value.to_string()
}

fn segment(outcome: &Outcome) -> Value {
    let entry = &outcome.entry;
    json!({
        "event": "segment",
        "tag": without_addresses(&entry.tag),
        "state": entry.state,
        "matched": entry.matched,
        "mailable": entry.mailable,
        "rows": entry.rows,
        "files": entry.files.len(),
        "bytes": entry.files.iter().map(|it| it.bytes).sum::<u64>(),
        "elapsed": (outcome.elapsed_s * 1_000.0).round() / 1_000.0,
        "error": entry.error.as_deref().map(without_addresses),
    })
}
