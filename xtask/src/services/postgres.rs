//! A throw-away Postgres.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::Command;

use super::account::Account;
use super::workdir::Workdir;
use super::{Durability, Server, wait_until};
use crate::apt::search_path;
use crate::failure::{Failure, progress};
use crate::process::{self, Process, ask};

/// The oldest Postgres that is tested with.
pub(super) const MIN_MAJOR: u32 = 14;

const INITDB_LIMIT: Duration = Duration::from_mins(2);

const SETTINGS: [&str; 2] = ["max_connections=300", "listen_addresses=127.0.0.1"];
/// What a server without durability has on top.
const NOT_DURABLE: [&str; 3] = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// An installed Postgres: the directory of its server programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Postgres {
    bin: PathBuf,
    version: (u32, u32),
}

/// Finds the newest Postgres that has the programs of a server and is not too old.
pub(super) fn find() -> Option<Postgres> {
    let mut directories = numbered("/usr/lib/postgresql", "bin");
    directories.extend(numbered("/opt/homebrew/opt", "bin"));
    directories.extend(numbered("/usr/local/opt", "bin"));
    directories.extend(search_path());
    directories.extend(ask("pg_config", &["--bindir"]).map(PathBuf::from));
    newest(directories.into_iter().filter_map(installed))
}

/// The directories `{parent}/*/{child}`: Debian has one for each major version, Homebrew for each
/// package.
fn numbered(parent: &str, child: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    entries.map(|entry| entry.path().join(child)).collect()
}

fn installed(bin: PathBuf) -> Option<Postgres> {
    let server = bin.join("postgres");
    if !(server.is_file() && bin.join("initdb").is_file()) {
        return None;
    }
    let version = parse_version(&ask(server, &["--version"])?)?;
    Some(Postgres { bin, version })
}

/// The newest that is new enough; of equal ones the first.
fn newest(found: impl Iterator<Item = Postgres>) -> Option<Postgres> {
    found
        .filter(|postgres| postgres.version.0 >= MIN_MAJOR)
        .reduce(|best, next| if next.version > best.version { next } else { best })
}

/// Reads `postgres (PostgreSQL) 15.18 (Debian …)` or `… 18beta1`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let (_, rest) = text.split_once("(PostgreSQL) ")?;
    let (major, rest) = leading_number(rest)?;
    let minor = rest.strip_prefix('.').and_then(leading_number);
    Some((major, minor.map_or(0, |(minor, _)| minor)))
}

fn leading_number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

impl Postgres {
    /// Makes a database cluster in `workdir`, starts it and waits until it answers.
    pub(super) async fn start(
        &self,
        workdir: &Workdir,
        account: &Account,
        durability: Durability,
    ) -> Result<Server, Failure> {
        let home = workdir.join("postgres");
        account.create_dir(&home)?;
        self.initdb(&home, workdir, account).await?;

        let log = workdir.join("postgres.log");
        let server = Server::start_on_free_port("Postgres", &log, async |port| {
            let mut command = self.program("postgres", &home, account);
            command.arg("-D").arg(home.join("data"));
            command.arg("-k").arg(&home);
            command.arg("-p").arg(port.to_string());
            let not_durable: &[&str] = match durability {
                Durability::Off => &NOT_DURABLE,
                Durability::AsInProduction => &[],
            };
            for setting in SETTINGS.iter().chain(not_durable) {
                command.args(["-c", setting]);
            }
            // QUIT is Postgres's immediate shutdown: nothing is kept, so nothing is flushed.
            let process = Process::spawn(process::into_log(&mut command, &log)?, "QUIT")?;
            let lock = home.join("data/postmaster.pid");
            wait_until(process, async |id| {
                let text = fs::read_to_string(&lock).unwrap_or_default();
                is_ready(&text, id) && TcpStream::connect(("127.0.0.1", port)).await.is_ok()
            })
            .await
        })
        .await?;
        let (major, minor) = self.version;
        progress(format_args!("Postgres {major}.{minor} answers on port {}", server.port));
        Ok(server)
    }

    async fn initdb(&self, home: &Path, workdir: &Workdir, account: &Account) -> Result<(), Failure> {
        let mut command = self.program("initdb", home, account);
        command.arg("-D").arg(home.join("data"));
        command.args(["--username=postgres", "--auth=trust", "--encoding=UTF8"]);
        command.args(["--no-locale", "--no-sync"]);
        let log = workdir.join("initdb.log");
        process::run_logged(&mut command, "initdb", &log, INITDB_LIMIT).await
    }

    /// A server program in `home` as `account`, untouched by `PGDATA`, `PGOPTIONS` and their like.
    fn program(&self, name: &str, home: &Path, account: &Account) -> Command {
        let mut command = std::process::Command::new(self.bin.join(name));
        account.switch(&mut command);
        command.current_dir(home).env("LC_ALL", "C");
        for (variable, _) in std::env::vars_os() {
            if variable.as_encoded_bytes().starts_with(b"PG") {
                command.env_remove(variable);
            }
        }
        Command::from(command)
    }
}

/// Reads `postmaster.pid`: the first line is the server's process id, the eighth its state.
///
/// The id tells our server from one of somebody else that has taken our port meanwhile.
fn is_ready(lock: &str, id: u32) -> bool {
    let mut lines = lock.lines();
    lines.next() == Some(id.to_string().as_str()) && lines.nth(6).is_some_and(|state| state.trim() == "ready")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_distributions_write_them() {
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)";
        assert_eq!(parse_version(debian), Some((15, 18)));
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta1"), Some((18, 0)));
        assert_eq!(parse_version("postgres (PostgreSQL) 9.6.24"), Some((9, 6)));
        assert_eq!(parse_version("postgres (PostgreSQL) devel"), None);
        assert_eq!(parse_version("command not found"), None);
    }

    #[test]
    fn the_newest_is_taken_and_of_equal_ones_the_first() {
        let at = |bin: &str, version| Postgres { bin: bin.into(), version };
        let found = [
            at("/usr/lib/postgresql/9/bin", (9, 6)),
            at("/usr/lib/postgresql/15/bin", (15, 18)),
            at("/usr/lib/postgresql/14/bin", (14, 20)),
            at("/usr/local/bin", (15, 18)),
        ];
        assert_eq!(newest(found.clone().into_iter()), Some(found[1].clone()));
    }

    #[test]
    fn one_that_is_too_old_counts_as_none() {
        let old = Postgres { bin: "/usr/bin".into(), version: (13, 22) };
        assert_eq!(newest([old].into_iter()), None);
    }

    #[test]
    fn a_server_is_ready_when_its_own_lock_file_says_so() {
        let lock = |state| format!("42\n/data\n1763690000\n5432\n/run\n127.0.0.1\n1 2\n{state}\n");
        assert!(is_ready(&lock("ready   "), 42));
        assert!(!is_ready(&lock("starting"), 42));
        assert!(!is_ready(&lock("ready   "), 43));
        assert!(!is_ready("42\n/data\n", 42));
        assert!(!is_ready("", 42));
    }
}
