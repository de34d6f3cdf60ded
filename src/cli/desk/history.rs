//! What was asked before: a file in the user's state directory, for its owner's eyes alone, each question once.

use std::path::{Path, PathBuf};

use rustyline::history::{FileHistory, History as _};
use rustyline::{Editor, Helper};

/// Questions that are kept.
pub(super) const MOST: usize = 2_000;

/// The history file; none without a home.
pub(super) fn path() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state")))?;
    Some(state.join("segql").join("history"))
}

/// Reads the history; a first session has none.
pub(super) fn load<H: Helper>(editor: &mut Editor<H, FileHistory>, path: Option<&Path>) {
    if let Some(path) = path {
        fill(editor, each_once(read(path)));
    }
}

/// Adds a question, and what other sessions have asked meanwhile; a home that can't be written has no history.
pub(super) fn remember<H: Helper>(editor: &mut Editor<H, FileHistory>, path: Option<&Path>, question: &str) {
    let mut all = match path.filter(|it| it.exists()) {
        Some(path) => read(path),
        None => editor.history().iter().cloned().collect(),
    };
    all.push(question.to_owned());
    fill(editor, each_once(all));
    let Some(path) = path else { return };
    if let Some(folder) = path.parent() {
        let _ = std::fs::create_dir_all(folder);
    }
    // The file is made with the mode 0600.
    let _ = editor.save_history(path);
}

fn read(path: &Path) -> Vec<String> {
    let mut history = FileHistory::new();
    let _ = history.set_max_len(MOST);
    // What can't be read is begun anew.
    let _ = history.load(path);
    history.iter().cloned().collect()
}

fn fill<H: Helper>(editor: &mut Editor<H, FileHistory>, questions: Vec<String>) {
    let _ = editor.clear_history();
    for question in questions {
        let _ = editor.add_history_entry(question);
    }
}

/// Each question where it was asked last.
fn each_once(questions: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let mut kept: Vec<String> = questions.into_iter().rev().filter(|it| seen.insert(it.clone())).collect();
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_stays_where_it_was_asked_last() {
        let asked = ["a;", "b;", "a;", "c;\nd;", "b;"].map(str::to_owned).to_vec();
        assert_eq!(each_once(asked), ["a;", "c;\nd;", "b;"]);
    }
}
