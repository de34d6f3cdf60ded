//! Trees with columns beside them, as lines of text.

/// A line of a tree, its columns, and what hangs below it.
pub(super) struct Tree {
    pub(super) label: String,
    pub(super) columns: Vec<String>,
    pub(super) parts: Vec<Tree>,
}

/// The lines of a tree under a line of headers, if there is one; columns but the last are aligned to the right.
pub(super) fn render(headers: Option<Vec<String>>, tree: &Tree) -> Vec<String> {
    let mut rows: Vec<Vec<String>> = headers.into_iter().collect();
    push(tree, "", "", &mut rows);
    aligned(&rows, 1)
}

fn push(tree: &Tree, first: &str, others: &str, rows: &mut Vec<Vec<String>>) {
    let mut row = vec![format!("{first}{}", tree.label)];
    row.extend(tree.columns.iter().cloned());
    rows.push(row);
    for (at, part) in tree.parts.iter().enumerate() {
        let (branch, below) = if at + 1 < tree.parts.len() { ("├─ ", "│  ") } else { ("└─ ", "   ") };
        push(part, &format!("{others}{branch}"), &format!("{others}{below}"), rows);
    }
}

/// Rows with their cells padded: the first `n_left` columns and the last to the left, the others to the right.
pub(super) fn aligned(rows: &[Vec<String>], n_left: usize) -> Vec<String> {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| rows.iter().filter_map(|it| it.get(at)).map(|it| it.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..n_columns).map(width).collect();
    let cell = |at: usize, text: &str| match widths[at] {
        _ if at + 1 == n_columns => text.to_owned(),
        width if at < n_left => format!("{text:width$}"),
        width => format!("{text:>width$}"),
    };
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().enumerate().map(|(at, it)| cell(at, it)).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
