//! The user's own programs: an editor for questions, a pager for what is larger than the screen.

use std::io::Write;
use std::process::{Command, Stdio};

/// What the first of these variables that isn't blank holds, else this: a program and its arguments.
pub(super) fn program(variables: &[&str], or_else: &str) -> (String, Command) {
    let set = variables.iter().find_map(|it| std::env::var(it).ok().filter(|it| !it.trim().is_empty()));
    let line = set.unwrap_or_else(|| or_else.to_owned());
    let mut words = line.split_whitespace();
    let name = words.next().unwrap_or_default().to_owned();
    let mut command = Command::new(&name);
    command.args(words);
    (name, command)
}

/// Whether a text has more lines, or longer ones, than a screen of this size shows above the prompt.
pub(super) fn is_larger(text: &str, width: u16, height: u16) -> bool {
    text.lines().count() >= usize::from(height) || text.lines().any(|line| line.chars().count() > usize::from(width))
}

/// Hands a text to $PAGER, or to `less`, which leaves long lines whole; false if that couldn't be started.
pub(super) fn page(text: &str) -> std::io::Result<bool> {
    let (_, mut pager) = program(&["PAGER"], "less -S");
    let Ok(mut child) = pager.stdin(Stdio::piped()).spawn() else { return Ok(false) };
    if let Some(mut pipe) = child.stdin.take() {
        match pipe.write_all(text.as_bytes()) {
            // Left before its end.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
            other => other?,
        }
    }
    child.wait()?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_larger_by_lines_or_by_width() {
        let text = "abc\nde\n";
        let larger = |width, height| is_larger(text, width, height);
        assert_eq!([larger(3, 3), larger(3, 2), larger(2, 9), larger(9, 1)], [false, true, true, true]);
    }
}
