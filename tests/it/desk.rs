//! The desk at a real pseudo-terminal: what a screen shows while keys are pressed. The counts are the book's facts
//! (data/README.md): 23,570 customers, 11,908 of one order, 528 promoters, and so 11,134 loyal customers.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

const BOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/cdnow");
/// How long a screen may take before the test is taken to have failed.
const PATIENCE: Duration = Duration::from_secs(20);
const CTRL_C: &str = "\x03";
const UP: &str = "\x1b[A";

/// What came out so far: the bytes, and the screen that they make.
struct Shown {
    bytes: Vec<u8>,
    parser: vt100::Parser,
}

struct Desk {
    pty: Arc<Pty>,
    shown: Arc<Mutex<Shown>>,
    child: Child,
}

impl Desk {
    fn open(home: &Path, environment: &[(&str, &str)], more: &[&str]) -> Self {
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(40, 120)).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_segql"))
            .args(["repl", "--book", BOOK, "--now", "1998-07-01T00:00:00Z"])
            .args(more)
            .env_remove("XDG_STATE_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("NO_COLOR")
            .env("HOME", home)
            .env("TERM", "xterm-256color")
            .envs(environment.iter().copied())
            .current_dir(home)
            .spawn(pts)
            .unwrap();
        let size = |n| NonZeroU16::new(n).unwrap();
        let parser = vt100::Parser::new(size(40), size(120), 0);
        let shown = Arc::new(Mutex::new(Shown { bytes: Vec::new(), parser }));
        let pty = Arc::new(pty);
        let (read, into) = (pty.clone(), shown.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = (&*read).read(&mut bytes) {
                let mut shown = into.lock().unwrap();
                shown.bytes.extend_from_slice(&bytes[..n]);
                shown.parser.process(&bytes[..n]);
            }
        });
        let desk = Self { pty, shown, child };
        desk.ready();
        desk
    }

    fn keys(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    fn screen(&self) -> String {
        self.shown.lock().unwrap().parser.screen().contents()
    }

    fn bytes(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap().bytes).into_owned()
    }

    /// Waits until the screen shows these words.
    #[track_caller]
    fn sees(&self, words: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.screen().contains(words) {
            assert!(Instant::now() < until, "no `{words}` on the screen:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the screen shows this hint. One that comes late isn't shown, so a busy machine gets another key stroke.
    #[track_caller]
    fn hints(&self, words: &str) {
        let until = Instant::now() + PATIENCE;
        for waits in 1.. {
            if self.screen().contains(words) {
                return;
            }
            assert!(Instant::now() < until, "no `{words}` on the screen:\n{}", self.screen());
            if waits % 100 == 0 {
                self.keys(" \x7f");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the cursor stands behind the prompt of an empty line.
    #[track_caller]
    fn ready(&self) {
        let is_ready = || {
            let shown = self.shown.lock().unwrap();
            let screen = shown.parser.screen();
            let (row, column) = screen.cursor_position();
            let line: String = screen.contents_between(row, 0, row, 120);
            column == 7 && line.trim_end() == "segql>"
        };
        let until = Instant::now() + PATIENCE;
        while !is_ready() {
            assert!(Instant::now() < until, "no empty line:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends what ends a line, and waits until the next one can be written.
    #[track_caller]
    fn ends_line(&self, keys: &str) {
        // Each line begins by asking for pastes to be marked.
        let n_lines = || self.bytes().matches("\x1b[?2004h").count();
        let (before, until) = (n_lines(), Instant::now() + PATIENCE);
        self.keys(keys);
        while n_lines() == before {
            assert!(Instant::now() < until, "the line doesn't end:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
        self.ready();
    }

    /// Clears the line, and ends the session there.
    #[track_caller]
    fn leave(mut self) -> String {
        self.keys("\x15");
        self.ready();
        self.keys("\x04");
        let until = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < until, "the session doesn't end:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(self.child.wait().unwrap().success());
        self.bytes()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // It has ended already unless its test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn the_count_follows_the_keys() {
    let home = home();
    let desk = Desk::open(home.path(), &[], &[]);
    desk.keys("funnel = promoter");
    desk.hints("# 528 people");
    desk.keys(" and (orders");
    desk.hints("# 528 people without `and (orders`");
    desk.keys(" >= 10");
    desk.hints("# 528 people so far");
    desk.keys("\x15not funnel = promoter");
    desk.hints("# 23042 people");
    desk.keys("\x15spnt > 5");
    desk.hints("# 1:1 unknown field `spnt`; the nearest is `spent`");
    let bytes = desk.leave();
    // Nothing asks the terminal for its state, its size or its colours.
    for question in ["\x1b[6n", "\x1b[5n", "\x1b[c", "\x1b[>", "\x1b[18t", "\x1b]10;?", "\x1b]11;?", "\x1bP"] {
        assert!(!bytes.contains(question), "{question:?}");
    }
    assert!(bytes.contains("\x1b[36mfunnel"), "fields have a colour");
}

#[test]
fn tab_completes_fields_values_and_segments() {
    let home = home();
    let desk = Desk::open(home.path(), &[], &[]);
    desk.keys("subs\t");
    desk.sees("segql> subscribed_at");
    desk.keys("\x15stage = \t");
    desk.sees("loyal_customer  (11134)");
    desk.keys("prom\t");
    desk.hints("segql> stage = promoter  # 528 people");
    desk.keys("\x15@loy\t");
    // 3,415 by DuckDB.
    desk.hints("segql> @loyal  # 3415 people");
    desk.keys("\x15.val\t");
    desk.sees("segql> .values   # .values FIELD [PREFIX]");
    desk.leave();
}

#[test]
fn a_question_takes_lines_until_its_semicolon() {
    let home = home();
    let desk = Desk::open(home.path(), &[], &[]);
    desk.ends_line("funnel = promoter\r  | by stage;\r");
    desk.sees("│ promoter ┆   528 ┆ 1.0000 ┆ ████████████████████████ │");
    let lines = "orders >= 1 or\r".repeat(199);
    desk.ends_line(&format!("\x1b[200~{lines}orders < 1;\x1b[201~\r"));
    desk.sees("│ 23570 ┆");
    desk.leave();
}

#[test]
fn ctrl_c_clears_the_line_or_stops_a_question() {
    let home = home();
    // Thousands of sums over all records, again and again.
    let long: Vec<String> = (1..4_900).map(|n| format!("sum(purchase.amount where cds > {n}) > {n}")).collect();
    std::fs::write(home.path().join("long.segql"), format!("{};\n", long.join(" or ")).repeat(50)).unwrap();
    let desk = Desk::open(home.path(), &[], &["--shard-rows", "512"]);
    desk.keys("funnel = lost");
    desk.sees("segql> funnel = lost");
    desk.ends_line(CTRL_C);
    desk.ends_line("everyone;\r");
    desk.sees("│ 23570 ┆");
    desk.keys(".read long.segql\r");
    desk.sees(".read long.segql");
    std::thread::sleep(Duration::from_millis(400));
    desk.ends_line(CTRL_C);
    desk.sees("interrupted");
    desk.ends_line("funnel = promoter;\r");
    desk.sees("│   528 ┆");
    desk.leave();
}

#[test]
fn a_smaller_screen_gets_smaller_tables() {
    let home = home();
    let desk = Desk::open(home.path(), &[], &[]);
    desk.pty.resize(Size::new(12, 60)).unwrap();
    desk.shown.lock().unwrap().parser.set_size(NonZeroU16::new(12).unwrap(), NonZeroU16::new(60).unwrap());
    desk.ends_line("everyone | show email, email, email, email limit 30;\r");
    desk.sees("25 more rows; `.last` shows all");
    desk.leave();
}

#[test]
fn a_table_that_is_larger_than_the_screen_goes_to_the_pager() {
    let home = home();
    // A pager that tells how much it was given, so that the screen shows whether it was asked.
    std::fs::write(home.path().join("pager.sh"), "echo paged $(wc -l)").unwrap();
    let desk = Desk::open(home.path(), &[("PAGER", "sh pager.sh")], &[]);
    desk.ends_line("everyone | show email limit 50;\r");
    desk.sees("17 more rows; `.last` shows all");
    desk.ends_line(".last\r");
    // Fifty rows, a heading and three rules.
    desk.sees("paged 54");
    desk.ends_line("everyone | show email limit 5;\r");
    desk.sees("5 rows");
    desk.ends_line(".last\r");
    desk.sees("segql> .last\n┌");
    desk.leave();

    let without = Desk::open(home.path(), &[("PAGER", "no-such-pager")], &[]);
    without.ends_line("everyone | show email limit 50;\r");
    without.sees("17 more rows");
    without.ends_line(".last\r");
    without.sees("c00050@example.com");
    without.leave();
}

#[test]
fn no_color_means_no_colour() {
    let home = home();
    let desk = Desk::open(home.path(), &[("NO_COLOR", "1")], &[]);
    desk.keys("funnel = promoter");
    desk.hints("# 528 people");
    desk.ends_line(";\r");
    desk.sees("│   528 ┆");
    desk.ends_line("spnt > 5;\r");
    desk.sees("error[Q0201]");
    let bytes = desk.leave();
    let is_colour = |rest: &str| {
        let parameters: &str = rest.split(|c: char| !c.is_ascii_digit() && c != ';').next().unwrap();
        rest[parameters.len()..].starts_with('m')
    };
    assert!(!bytes.split("\x1b[").skip(1).any(is_colour), "{bytes:?}");
}

#[test]
fn history_outlives_a_session_each_question_once() {
    let home = home();
    let desk = Desk::open(home.path(), &[], &[]);
    for question in ["funnel = promoter;\r", "everyone;\r", "funnel = promoter;\r"] {
        desk.ends_line(question);
    }
    desk.leave();
    let file = home.path().join(".local/state/segql/history");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().collect::<Vec<_>>(), ["#V2", "everyone;", "funnel = promoter;"]);
    let desk = Desk::open(home.path(), &[], &[]);
    desk.keys(&UP.repeat(2));
    desk.sees("segql> everyone;");
    desk.leave();
}

#[test]
fn a_wrong_line_of_the_config_file_is_told_and_the_others_count() {
    let home = home();
    let folder = home.path().join(".config/segql");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "timer = false\nmood = \"csv\"\nmode = \"csv\"\n").unwrap();
    let desk = Desk::open(home.path(), &[], &[]);
    desk.sees("config.toml:2: nothing is called `mood` that can be set; nearest: `mode`");
    desk.ends_line("everyone | by stage;\r");
    desk.sees("customer,11908,0.5");
    desk.leave();
}
