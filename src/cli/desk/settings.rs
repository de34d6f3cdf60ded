//! What a session can be set to, by `.set` and by the config file.

use std::path::PathBuf;

use super::super::args::ClockArgs;
use super::super::failure::Failure;
use super::super::query::query_options;
use super::super::render::plain_note;
use super::Session;
use crate::model::nearest;
use crate::write::{Format, FormatError};

/// How answers are shown.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// As what answers are written.
    pub(super) format: Format,
    /// Whether it is told how long an answer took.
    pub(super) timer: bool,
    /// Whether tables of counts have bars.
    pub(super) bars: bool,
    /// What `now` and `tz` were set to, in words.
    clock: ClockArgs,
}

impl Settings {
    pub(super) fn new(format: Format) -> Self {
        Self { format, timer: true, bars: true, clock: ClockArgs::default() }
    }
}

/// The names of what can be set.
pub(super) const NAMES: [&str; 6] = ["now", "tz", "threads", "mode", "timer", "bars"];

impl Session<'_> {
    /// Sets one thing.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        match name {
            "now" | "tz" => {
                let mut clock = self.settings.clock.clone();
                let part = if name == "now" { &mut clock.now } else { &mut clock.tz };
                *part = (!value.is_empty()).then(|| value.to_owned());
                self.options = query_options(&self.engine, &clock)?;
                self.engine.clock(&self.options)?;
                self.settings.clock = clock;
            }
            "threads" => {
                let threads = value.parse::<u16>().ok().filter(|it| *it > 0);
                let threads =
                    threads.ok_or_else(|| Failure::usage("threads are a number from 1 on: `.set threads 4`"))?;
                self.engine.set_threads(usize::from(threads))?;
                self.open_args.threads = Some(threads);
            }
            "mode" => {
                let format: Format =
                    value.parse().map_err(|error: FormatError| Failure::usage(format!("mode: {error}")))?;
                if format.is_binary() {
                    let name = format.name();
                    return Err(Failure::usage(format!(
                        "{name} is for files: `… | export \"people.{name}\"` writes one"
                    )));
                }
                self.settings.format = format;
            }
            "timer" => self.settings.timer = on_or_off(name, value)?,
            "bars" => self.settings.bars = on_or_off(name, value)?,
            other => {
                let near = nearest(other, NAMES);
                let help = near
                    .first()
                    .map_or_else(|| format!("there are {}", NAMES.join(", ")), |it| format!("nearest: `{it}`"));
                return Err(Failure::usage(format!("nothing is called `{other}` that can be set; {help}")));
            }
        }
        Ok(())
    }

    /// What is set to what.
    pub(super) fn settings_in_words(&self) -> Vec<String> {
        let said = |it: &Option<String>, else_: String| it.clone().unwrap_or(else_);
        let threads = self.open_args.threads.map_or("one a core".to_owned(), |it| it.to_string());
        let switch = |on: bool| if on { "on" } else { "off" };
        let zone = said(&self.options.zone, self.engine.book().zone.name());
        let now = self.settings.clock.now.clone();
        let now = now
            .unwrap_or_else(|| self.options.now_us.map_or("the machine's".to_owned(), |_| "as --now says".to_owned()));
        [
            ("now", now),
            ("tz", zone),
            ("threads", threads),
            ("mode", self.settings.format.name().to_owned()),
            ("timer", switch(self.settings.timer).to_owned()),
            ("bars", switch(self.settings.bars).to_owned()),
        ]
        .map(|(name, value)| format!("  {name:8} {value}"))
        .to_vec()
    }

    /// Reads the user's config file, if there is one: `name = value` lines in TOML. A wrong line is told, the others count.
    ///
    /// The command line goes before it.
    pub(super) fn read_config(&mut self, clock: &ClockArgs) {
        self.settings.clock = clock.clone();
        let Some(path) = config_path() else { return };
        let Ok(text) = std::fs::read_to_string(&path) else { return };
        for (at, line) in (1..).zip(text.lines()) {
            let done = toml::from_str::<toml::Table>(line)
                .map_err(|error| Failure::usage(error.message().to_owned()))
                .and_then(|table| {
                    table.into_iter().try_for_each(|(name, value)| self.set_from_config(&name, &value, clock))
                });
            if let Err(failure) = done {
                let why = format!("{}:{at}: {}; the line is left out", path.display(), failure.words());
                self.terminal.say(&plain_note(&why, self.terminal));
            }
        }
    }

    fn set_from_config(&mut self, name: &str, value: &toml::Value, clock: &ClockArgs) -> Result<(), Failure> {
        if (name == "now" && clock.now.is_some())
            || (name == "tz" && clock.tz.is_some())
            || (name == "threads" && self.open_args.threads.is_some())
        {
            return Ok(());
        }
        let value = match value {
            toml::Value::String(text) => text.clone(),
            toml::Value::Boolean(on) => if *on { "on" } else { "off" }.to_owned(),
            toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Datetime(_)
            | toml::Value::Array(_)
            | toml::Value::Table(_) => value.to_string(),
        };
        self.set(name, &value)
    }
}

/// `on` or `off`.
fn on_or_off(name: &str, value: &str) -> Result<bool, Failure> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Failure::usage(format!("{name} is `on` or `off`"))),
    }
}

/// The config file in the user's config directory; none without a home.
fn config_path() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")))?;
    Some(folder.join("segql").join("config.toml"))
}
