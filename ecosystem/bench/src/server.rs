//! The processes that are measured.

use crate::{
    Failure,
    http::{self, Connection},
};
use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::process::{Child, Command};

/// How long a server may take to answer; the promise is far below.
const READY_LIMIT: Duration = Duration::from_secs(30);
const READY_POLL: Duration = Duration::from_millis(1);
/// How long a command may take.
const COMMAND_LIMIT: Duration = Duration::from_mins(1);

/// How `galley` is called: which one, where, and with which environment.
#[derive(Clone)]
pub(crate) struct Launch {
    pub(crate) galley: PathBuf,
    pub(crate) directory: PathBuf,
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Launch {
    /// `galley` with these arguments and nothing of our own environment but `TMPDIR`, by which
    /// `xtask` finds whatever should be left behind.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.galley);
        command
            .args(arguments)
            .current_dir(&self.directory)
            .env_clear()
            .env("TMPDIR", std::env::temp_dir())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end; what it printed.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = tokio::time::timeout(COMMAND_LIMIT, self.command(arguments).output()).await??;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("galley {} failed: {said}", arguments.join(" ")).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Starts a server (`serve`, `api`) or a `worker`; its log goes to a file.
    pub(crate) fn start(&self, role: &'static str) -> Result<Server, Failure> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = self.directory.join(format!("{role}.log"));
        let file = File::options().create(true).append(true).open(&log)?;
        let mut command = self.command(&[role]);
        command.env("BIND_ADDR", address.to_string()).stdout(file.try_clone()?).stderr(file);
        let started = Instant::now();
        let child = command.spawn()?;
        let id = child.id().ok_or("a process that was just started has no id")?;
        Ok(Server { role, child, id, address, log, started })
    }
}

/// A server that is running; dropping it kills it.
pub(crate) struct Server {
    role: &'static str,
    child: Child,
    pub(crate) id: u32,
    pub(crate) address: SocketAddr,
    log: PathBuf,
    started: Instant,
}

impl Server {
    /// Waits until `/readyz` answers with 200; how long that took from the start.
    pub(crate) async fn ready(&mut self) -> Result<Duration, Failure> {
        let request = http::request("GET", "/readyz", &[], "");
        loop {
            if let Ok(mut connection) = Connection::open(self.address).await
                && let Ok(answer) = connection.exchange(&request).await
                && answer.status == 200
            {
                return Ok(self.started.elapsed());
            }
            let ended = self.child.try_wait()?.is_some();
            if ended || self.started.elapsed() > READY_LIMIT {
                let end = if ended { "has ended" } else { "is not ready" };
                return Err(
                    format!("galley {} {end}; its log ends with:\n{}", self.role, end_of(&self.log)).into()
                );
            }
            tokio::time::sleep(READY_POLL).await;
        }
    }

    /// Asks it to stop, and waits until it has; how long that took.
    pub(crate) async fn terminate(mut self) -> Result<Duration, Failure> {
        let asked = Instant::now();
        // The shell's own `kill`: the program of that name is not everywhere.
        let order = format!("kill -s TERM {}", self.id);
        Command::new("sh").args(["-c", &order]).status().await?;
        tokio::time::timeout(READY_LIMIT, self.child.wait()).await??;
        Ok(asked.elapsed())
    }

    /// `kill -9`, and waits for the end.
    pub(crate) async fn kill(mut self) -> Result<(), Failure> {
        self.child.kill().await?;
        Ok(())
    }
}

/// The last 20 lines of a log.
fn end_of(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
