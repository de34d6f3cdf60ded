//! Progress bars: on a terminal's stderr alone, and only for work over half a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal::Terminal;
use crate::engine::LoadProgress;

/// Work that takes less shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bar that stays hidden for the first half second.
pub(super) struct Bar {
    bar: ProgressBar,
    started: Instant,
    visible: bool,
}

impl Bar {
    fn new(terminal: &Terminal, template: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, started: Instant::now(), visible: terminal.stderr }
    }

    pub(super) fn update(&self, what: &str, done: u64, total: u64) {
        if !self.visible {
            return;
        }
        if self.bar.is_hidden() && self.started.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.set_message(what.to_owned());
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// The bar of a load.
pub(super) struct LoadBar(Arc<Bar>);

impl LoadBar {
    pub(super) fn new(terminal: &Terminal) -> Self {
        Self(Arc::new(Bar::new(terminal, "loading {msg:13} {wide_bar} {bytes}/{total_bytes}")))
    }

    pub(super) fn as_progress(&self) -> Option<Arc<dyn Fn(LoadProgress) + Send + Sync>> {
        let bar = self.0.clone();
        Some(Arc::new(move |it| bar.update(it.part, it.done_bytes, it.total_bytes)))
    }

    pub(super) fn finish(&self) {
        self.0.finish();
    }
}

/// The bar of a run.
pub(super) fn segments_bar(terminal: &Terminal) -> Bar {
    Bar::new(terminal, "writing {msg:20} {wide_bar} {pos}/{len} segments")
}

/// The bar of a book being made.
pub(super) fn rows_bar(terminal: &Terminal) -> Bar {
    Bar::new(terminal, "making {msg:13} {wide_bar} {human_pos}/{human_len} rows, {eta} left")
}
