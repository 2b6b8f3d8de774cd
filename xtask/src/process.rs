//! Child processes that never outlive us.

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

use crate::failure::Failure;

/// How long a process may take to stop by itself before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(10);
const STOP_POLL: Duration = Duration::from_millis(20);

/// A child in a process group of its own; dropping it ends the whole group.
///
/// The terminal's Ctrl-C therefore reaches only us, and we stop the children in our order.
/// Not covered: our own SIGKILL (`PR_SET_PDEATHSIG` needs unsafe code).
pub(crate) struct Process {
    child: Child,
    group: u32,
    stop_signal: &'static str,
}

impl Process {
    /// Starts `command` with no stdin; `stop_signal` (`TERM`, `QUIT`) is the polite way to end it.
    pub(crate) fn spawn(command: &mut Command, stop_signal: &'static str) -> Result<Self, Failure> {
        let program = command.as_std().get_program().to_owned();
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(Failure::trying(format_args!("start {}", program.display())))?;
        let group =
            child.id().ok_or_else(|| Failure::new("a child that was just started has no process id"))?;
        Ok(Self { child, group, stop_signal })
    }

    /// The process id, which is the process group's too.
    pub(crate) fn id(&self) -> u32 {
        self.group
    }

    /// Whether the process has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for the end of the process.
    pub(crate) async fn wait(&mut self) -> Result<ExitStatus, Failure> {
        let waited = self.child.wait().await;
        waited.map_err(Failure::trying("wait for a child"))
    }

    /// Asks the group to stop, without waiting. Two servers asked at once stop side by side.
    pub(crate) fn ask_to_stop(&mut self) {
        if !self.has_ended() {
            signal_group(self.group, self.stop_signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.ask_to_stop();
        let asked = Instant::now();
        while !self.has_ended() && asked.elapsed() < STOP_LIMIT {
            std::thread::sleep(STOP_POLL);
        }
        // Also when the leader is gone: what it started may still be there.
        signal_group(self.group, "KILL");
        let killed = Instant::now();
        while !self.has_ended() && killed.elapsed() < STOP_LIMIT {
            std::thread::sleep(STOP_POLL);
        }
    }
}

/// Runs `command` to its end, with its output in `log`; a bad end quotes the end of that file.
pub(crate) async fn run_logged(
    command: &mut Command,
    what: &str,
    log: &Path,
    limit: Duration,
) -> Result<(), Failure> {
    let mut process = Process::spawn(into_log(command, log)?, "TERM")?;
    let problem = match tokio::time::timeout(limit, process.wait()).await {
        Ok(ended) => match exit_code(ended?) {
            0 => return Ok(()),
            code => format!("failed with exit code {code}"),
        },
        Err(_) => format!("took more than {} s", limit.as_secs()),
    };
    let end = end_of_log(log);
    Err(Failure::new(format!("{what} {problem}:\n{end}")))
}

/// Sends stdout and stderr of `command` to the end of the file `log`.
pub(crate) fn into_log<'a>(command: &'a mut Command, log: &Path) -> Result<&'a mut Command, Failure> {
    let out = File::options()
        .create(true)
        .append(true)
        .open(log)
        .map_err(Failure::trying(format_args!("open {}", log.display())))?;
    let error = out.try_clone().map_err(Failure::trying("share a log"))?;
    Ok(command.stdout(out).stderr(error))
}

/// The last 20 lines of a log.
pub(crate) fn end_of_log(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// The trimmed stdout of a short command; `None` when it is missing or fails.
pub(crate) fn ask(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The exit code a shell would give: the process's own, or 128 + the signal that ended it.
pub(crate) fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|number| 128 + number));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// Kills single processes, not their groups.
pub(crate) fn kill(ids: &[u32]) {
    let ids: Vec<String> = ids.iter().map(u32::to_string).collect();
    shell(&format!("kill -s KILL -- {}", ids.join(" ")));
}

fn signal_group(group: u32, signal: &str) {
    shell(&format!("kill -s {signal} -- -{group}"));
}

/// Runs the shell's own `kill`: the program of that name is not part of a minimal Debian, and the
/// system call needs unsafe code. That nobody is left to signal is no error.
fn shell(script: &str) {
    let _ = std::process::Command::new("/bin/sh")
        .args(["-c", script])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[test]
    fn exit_codes_are_those_of_a_shell() {
        assert_eq!(exit_code(ExitStatus::from_raw(0)), 0);
        assert_eq!(exit_code(ExitStatus::from_raw(101 << 8)), 101);
        assert_eq!(exit_code(ExitStatus::from_raw(9)), 137);
    }

    #[tokio::test]
    async fn dropping_a_process_ends_its_whole_group() {
        let mut command = Command::new("/bin/sh");
        // The child does not listen, and the leader is gone before it.
        command.args(["-c", "(trap '' TERM; echo up; sleep 600) & wait"]);
        command.stdout(Stdio::piped());
        let mut process = Process::spawn(&mut command, "TERM").unwrap();
        let mut output = process.child.stdout.take().unwrap();
        let mut text = [0; 3];
        output.read_exact(&mut text).await.unwrap();

        drop(process);

        // The pipe ends when nobody is left who could write to it.
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(STOP_LIMIT, output.read_to_end(&mut rest)).await;
        assert_eq!((&text, ended.unwrap().unwrap()), (b"up\n", 0));
    }
}
