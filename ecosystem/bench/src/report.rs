//! The table: a line per figure, with its promise where there is one.

use std::{fmt::Display, process::ExitCode};

/// Widths of the first two columns, in characters.
const NAME_CHARS: usize = 50;
const VALUE_CHARS: usize = 46;

/// What has been shown so far, as far as the end depends on it.
#[derive(Default)]
pub(crate) struct Report {
    shown: u32,
    broken: u32,
    above: u32,
}

impl Report {
    /// A figure about which nothing was promised; `beside` says what it cost.
    pub(crate) fn figure(&mut self, name: &str, value: impl Display, beside: impl Display) {
        self.show(name, &value.to_string(), &beside.to_string());
    }

    /// A figure and its promise; one that is above it is marked and counted.
    pub(crate) fn promised(
        &mut self,
        name: &str,
        value: impl Display,
        promise: &str,
        kept: bool,
        beside: impl Display,
    ) {
        let mark = if kept { "" } else { " ABOVE!" };
        self.above += u32::from(!kept);
        self.show(name, &value.to_string(), &format!("(promised: {promise}){mark} {beside}"));
    }

    /// Something went wrong; the bench goes on and ends with status 1.
    pub(crate) fn broken(&mut self, name: &str, problem: &str) {
        self.broken += 1;
        println!("{name}: BROKEN: {problem}");
    }

    /// The last line and the exit status.
    pub(crate) fn finish(self) -> ExitCode {
        let above = match self.above {
            0 => "every promise was kept".to_owned(),
            count => format!("{count} above the promise"),
        };
        if self.broken == 0 {
            println!("{} figures; nothing was lost, nothing doubled; {above}.", self.shown);
            ExitCode::SUCCESS
        } else {
            println!("{} figures; {} BROKEN; {above}.", self.shown, self.broken);
            ExitCode::FAILURE
        }
    }

    fn show(&mut self, name: &str, value: &str, beside: &str) {
        self.shown += 1;
        let line = format!("{name:<NAME_CHARS$} {value:>VALUE_CHARS$}   {beside}");
        println!("{}", line.trim_end());
    }
}

/// A remark for the reader.
pub(crate) fn note(text: &str) {
    println!("{text}");
}
