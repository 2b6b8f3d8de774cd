//! A child process: a server of Galley, or a Redis of a test's own.

use super::patience::{SOON, until};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

/// How much of a log is shown when a test fails, in lines.
const SHOWN_LINES: usize = 200;

/// Dropping it kills it and, when the test has failed, shows its log.
#[derive(Debug)]
pub(crate) struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts it; what it writes goes to `{name}.log` in `directory`.
    pub(crate) fn start(name: &str, command: &mut Command, directory: &Path) -> Self {
        let log = directory.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log).unwrap();
        let output = file.try_clone().unwrap();
        let child = command.stdin(Stdio::null()).stdout(output).stderr(file).current_dir(directory).spawn();
        let child = child.unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        Self { name: name.to_owned(), child, log }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits until it has written `text`; false when it ended without.
    pub(crate) async fn has_said(&mut self, text: &str) -> bool {
        let mut said = false;
        let what = format!("{} says “{text}”", self.name);
        until(&what, SOON, async || {
            let ended = self.has_ended();
            said = self.log().contains(text);
            said || ended
        })
        .await;
        said
    }

    /// Sends a signal by its name (`TERM`, `STOP`).
    pub(crate) fn signal(&self, signal: &str) {
        // The shell's own `kill`: the program of that name is not everywhere.
        let order = format!("kill -s {signal} {}", self.id());
        assert!(Command::new("sh").args(["-c", &order]).status().unwrap().success(), "{order}");
    }

    /// Ends it at once, in the middle of whatever it does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it has ended of its own accord.
    pub(crate) async fn ended(&mut self, limit: Duration) -> ExitStatus {
        until(&format!("{} ends", self.name), limit, async || self.has_ended()).await;
        self.child.wait().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let shown = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
            eprintln!("--- the end of what {} said ---\n{shown}\n---", self.name);
        }
    }
}
