//! What the demo shows: a live line per order on a terminal, plain lines otherwise.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::{io::IsTerminal as _, time::Duration};

pub(super) struct Screen {
    live: Option<MultiProgress>,
}

/// One order on the screen.
pub(super) struct Row {
    label: &'static str,
    bar: Option<ProgressBar>,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self { live: std::io::stdout().is_terminal().then(MultiProgress::new) }
    }

    /// Something that stays on the screen.
    pub(super) fn line(&self, text: &str) {
        match &self.live {
            // Without a row to keep below, the bars' own printing shows nothing.
            Some(live) => live.suspend(|| println!("{text}")),
            None => println!("{text}"),
        }
    }

    pub(super) fn row(&self, label: &'static str) -> Row {
        let bar = self.live.as_ref().map(|live| {
            let style = ProgressStyle::with_template("{spinner} {prefix:<9} {bar:20} {msg}");
            let bar = live.add(ProgressBar::new(5)).with_prefix(label);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Row { label, bar }
    }
}

impl Row {
    /// The order has reached another step.
    pub(super) fn step(&self, step: u64, text: &str) {
        match &self.bar {
            Some(bar) => {
                bar.set_position(step);
                bar.set_message(text.to_owned());
            }
            None => println!("{}: step {step} of 5, {text}", self.label),
        }
    }

    pub(super) fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.abandon();
        }
    }
}
