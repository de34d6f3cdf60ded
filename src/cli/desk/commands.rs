//! The dot commands: what there is, and what they are called by; [`super::actions`] does them.

use std::io::Write;

use super::super::failure::Failure;
use super::complete::Offer;
use super::{Next, Session, settings};
use crate::engine::Engine;
use crate::model::{fold, nearest};

/// A dot command.
pub(super) struct Command {
    /// Its name, with the point.
    pub(super) name: &'static str,
    /// What follows the name.
    takes: &'static str,
    /// What it does.
    pub(super) does: &'static str,
    /// Two that run as they stand on the demo book.
    pub(super) examples: [&'static str; 2],
    run: fn(&mut Session<'_>, &str) -> Result<Next, Failure>,
}

/// All of them.
pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: ".fields",
        takes: "[KIND]",
        does: "the fields that can be asked, or those of a kind of record, with their types",
        examples: [".fields", ".fields purchase"],
        run: |session, rest| session.fields(rest),
    },
    Command {
        name: ".values",
        takes: "FIELD [PREFIX]",
        does: "the values of a field with their counts, the commonest first",
        examples: [".values funnel", ".values stage lo"],
        run: |session, rest| session.values(rest),
    },
    Command {
        name: ".segments",
        takes: "",
        does: "the saved segments with their counts",
        examples: [".segments", ".mode csv\n.segments"],
        run: |session, rest| session.segments(rest),
    },
    Command {
        name: ".save",
        takes: "NAME [overwrite]",
        does: "keeps the last question as a saved segment",
        examples: ["spent > 900;\n.save Best of all", "spent > 950;\n.save Best of all overwrite"],
        run: |session, rest| session.save(rest),
    },
    Command {
        name: ".edit",
        takes: "",
        does: "opens the last question in $VISUAL or $EDITOR, and asks what is saved there",
        examples: [".edit", "did purchase once;\n.edit"],
        run: |session, rest| session.edit(rest),
    },
    Command {
        name: ".explain",
        takes: "[FILTER]",
        does: "how a filter is run, or the last question's: counts, methods, bytes and times",
        examples: [".explain spent > 100 and did purchase twice", "funnel = promoter;\n.explain"],
        run: |session, rest| session.explain(rest),
    },
    Command {
        name: ".why",
        takes: "EMAIL [FILTER]",
        does: "why one person matches a filter, or the last question, or doesn't, and by how much",
        examples: [".why c00001@example.com orders > 5", "did purchase twice;\n.why c00001@example.com"],
        run: |session, rest| session.why(rest),
    },
    Command {
        name: ".why-empty",
        takes: "[FILTER]",
        does: "what each condition of a filter costs, and which exclude everyone",
        examples: [".why-empty funnel = promoter and orders < 10", "spent > 500 and orders < 3;\n.why-empty"],
        run: |session, rest| session.why_empty(rest),
    },
    Command {
        name: ".overlap",
        takes: "@TAG @TAG …",
        does: "how the people of saved segments overlap",
        examples: [
            "spent > 900;\n.save best overwrite\norders > 9;\n.save often overwrite\n.overlap @best @often",
            "orders = 1;\n.save once overwrite\norders = 2;\n.save twice overwrite\n.overlap @once @twice",
        ],
        run: |session, rest| session.overlap(rest),
    },
    Command {
        name: ".forecast",
        takes: "[FILTER]",
        does: "who enters and leaves a filter, or the last question, by the clock in the next 30 days",
        examples: [".forecast did purchase in last 90 days", "did purchase in last 60 days;\n.forecast"],
        run: |session, rest| session.forecast(rest),
    },
    Command {
        name: ".profile",
        takes: "[FILTER]",
        does: "what sets the people of a filter apart from everyone, or those of the last question",
        examples: [".profile spent > 500", "did purchase once;\n.profile"],
        run: |session, rest| session.profile(rest),
    },
    Command {
        name: ".last",
        takes: "",
        does: "the last table, whole; in $PAGER (`less`) if it is larger than the screen",
        examples: [".mode table\neveryone | by orders;\n.last", ".mode table\neveryone | show email limit 50;\n.last"],
        run: |session, rest| session.last(rest),
    },
    Command {
        name: ".mode",
        takes: "table|csv|ndjson|json|count|ids",
        does: "as what answers are written",
        examples: [".mode csv", ".mode json\neveryone | by stage;"],
        run: |session, value| session.set("mode", value).map(|()| Next::Line),
    },
    Command {
        name: ".output",
        takes: "[FILE [overwrite]]",
        does: "answers go to this file from now on; without one, to the screen again",
        examples: [".output answers.csv\n.mode csv\neveryone | by stage;\n.output", ".output"],
        run: |session, rest| session.output(rest),
    },
    Command {
        name: ".timer",
        takes: "on|off",
        does: "whether it is told how long an answer took",
        examples: [".timer off", ".timer on"],
        run: |session, value| session.set("timer", value).map(|()| Next::Line),
    },
    Command {
        name: ".set",
        takes: "[now|tz|threads|mode|timer|bars VALUE]",
        does: "sets the clock, the zone, the threads and more; alone, tells what is set",
        examples: [".set now 1998-07-01T00:00:00Z", ".set tz Asia/Jakarta\n.set"],
        run: |session, rest| session.set_command(rest),
    },
    Command {
        name: ".read",
        takes: "FILE",
        does: "runs a script: questions ended by `;`, and commands",
        examples: [".read questions.segql", ".mode csv\n.read questions.segql"],
        run: |session, rest| session.read(rest),
    },
    Command {
        name: ".reload",
        takes: "",
        does: "loads the book again, with what was written to it meanwhile",
        examples: [".reload", ".reload\neveryone;"],
        run: |session, rest| session.reload(rest),
    },
    Command {
        name: ".help",
        takes: "[COMMAND]",
        does: "this, or a command with examples",
        examples: [".help", ".help values"],
        run: |session, rest| session.help(rest),
    },
    Command {
        name: ".quit",
        takes: "",
        does: "ends the session, as Ctrl-D does",
        examples: [".quit", "everyone;\n.quit"],
        run: |_, _| Ok(Next::End),
    },
];

impl Command {
    pub(super) fn usage(&self) -> String {
        format!("{} {}", self.name, self.takes).trim_end().to_owned()
    }
}

/// What a text that begins a command may become.
pub(super) enum Offers {
    /// These, from a byte on.
    Words(usize, Vec<Offer>),
    /// A path.
    Paths,
}

/// What can stand at the end of the beginning of a command.
pub(super) fn offers(text: &str, engine: &Engine) -> Offers {
    let indent = text.len() - text.trim_start().len();
    let Some((name, rest)) = text.trim_start().split_once(char::is_whitespace) else {
        let typed = text.trim_start();
        let begun = COMMANDS.iter().filter(|it| it.name.starts_with(typed));
        return Offers::Words(indent, begun.map(|it| Offer::new(format!("{} ", it.name), it.does)).collect());
    };
    let start = text.len() - rest.len() + rest.trim_end_matches(|c: char| !c.is_whitespace()).len();
    let typed = &text[start..];
    let of = |all: Vec<&str>| {
        let begun = all.into_iter().filter(|it| fold(it).starts_with(&*fold(typed)));
        Offers::Words(start, begun.map(|it| Offer::new(it, "")).collect())
    };
    let book = engine.book();
    match name {
        ".read" | ".output" => Offers::Paths,
        ".fields" => of(book.kinds.iter().map(|it| it.name.as_str()).collect()),
        ".values" if !rest.contains(char::is_whitespace) => {
            of(book.contacts.columns.iter().map(|it| it.tag.as_str()).chain(["funnel"]).collect())
        }
        ".mode" => of(["table", "csv", "ndjson", "json", "count", "ids"].to_vec()),
        ".timer" => of(["on", "off"].to_vec()),
        ".overlap" => {
            let tags: Vec<String> = engine.segments().iter().map(|it| format!("@{}", it.tag)).collect();
            of(tags.iter().map(String::as_str).collect())
        }
        ".set" if !rest.contains(char::is_whitespace) => of(settings::NAMES.to_vec()),
        ".help" => of(COMMANDS.iter().map(|it| it.name).collect()),
        _ => of(Vec::new()),
    }
}

/// How the command that a line begins with is used.
pub(super) fn usage(line: &str) -> Option<String> {
    let name = line.split_whitespace().next()?;
    COMMANDS.iter().find(|it| it.name == name).map(|it| format!("{}: {}", it.usage(), it.does))
}

impl Session<'_> {
    /// Runs a command.
    pub(super) fn command(&mut self, line: &str) -> Result<Next, Failure> {
        let line = line.trim_end_matches(';').trim();
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let name = if name == ".exit" { ".quit" } else { name };
        let Some(command) = COMMANDS.iter().find(|it| it.name == name) else { return Err(unknown(name)) };
        (command.run)(self, rest.trim())
    }

    pub(super) fn say_lines(&self, lines: &[String]) -> Result<Next, Failure> {
        let mut out = self.out()?;
        for line in lines {
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(Next::Line)
    }
}

/// The error of a command that isn't one.
pub(super) fn unknown(name: &str) -> Failure {
    let near = nearest(name, COMMANDS.iter().map(|it| it.name));
    let help = near.first().map_or("`.help` lists them".to_owned(), |it| format!("nearest: `{it}`"));
    Failure::usage(format!("unknown command `{name}`; {help}"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::engine::OpenOptions;

    #[test]
    fn a_word_begins_after_a_blank_of_any_width() {
        let engine = Engine::open(Path::new("data/cdnow"), &OpenOptions::default()).unwrap();
        for text in [".fields pur", ".fields\u{3000}pur", ".fields é\u{a0}pur"] {
            let Offers::Words(start, offers) = offers(text, &engine) else { panic!("paths behind `{text}`") };
            assert_eq!(&text[start..], "pur");
            assert_eq!(offers.into_iter().map(|it| it.text).collect::<Vec<_>>(), ["purchase"]);
        }
    }
}
