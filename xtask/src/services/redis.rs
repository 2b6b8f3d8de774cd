//! A throw-away Redis.

use std::fs;
use std::path::PathBuf;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;

use super::workdir::Workdir;
use super::{Server, wait_until};
use crate::apt::search_path;
use crate::failure::{Failure, progress};
use crate::process::{self, Process, ask};

/// The oldest Redis that Galley works with.
pub(super) const MIN_MAJOR: u32 = 7;

/// An installed Redis, or Valkey, its free descendant.
#[derive(Debug)]
pub(super) struct Redis {
    program: PathBuf,
    version: String,
}

/// Finds the first Redis on the search path that is not too old.
pub(super) fn find() -> Option<Redis> {
    let directories = search_path();
    let candidates = ["redis-server", "valkey-server"]
        .into_iter()
        .flat_map(|name| directories.iter().map(move |path| path.join(name)));
    candidates.filter(|program| program.is_file()).find_map(|program| {
        let version = parse_version(&ask(&program, &["--version"])?)?;
        is_new_enough(&version).then_some(Redis { program, version })
    })
}

/// Reads `Redis server v=7.0.15 sha=…` or `Valkey server v=8.1.3 sha=…`.
fn parse_version(text: &str) -> Option<String> {
    let (_, rest) = text.split_once(" v=")?;
    rest.split_whitespace().next().map(str::to_owned)
}

fn is_new_enough(version: &str) -> bool {
    let major = version.split('.').next().unwrap_or_default();
    major.parse::<u32>().is_ok_and(|major| major >= MIN_MAJOR)
}

impl Redis {
    /// Starts a server that keeps nothing and waits until it answers.
    pub(super) async fn start(&self, workdir: &Workdir) -> Result<Server, Failure> {
        let home = workdir.join("redis");
        fs::create_dir(&home).map_err(Failure::trying("make a directory for Redis"))?;
        let log = workdir.join("redis.log");
        let server = Server::start_on_free_port("Redis", &log, async |port| {
            let mut command = Command::new(&self.program);
            command
                .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
                .args(["--port", &port.to_string()])
                .arg("--dir")
                .arg(&home);
            let process = Process::spawn(process::into_log(&mut command, &log)?, "TERM")?;
            wait_until(process, async |id| {
                let answer = ask_for_info(port).await.unwrap_or_default();
                is_process(&answer, id)
            })
            .await
        })
        .await?;
        progress(format_args!("Redis {} answers on port {}", self.version, server.port));
        Ok(server)
    }
}

async fn ask_for_info(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(b"INFO server\r\nQUIT\r\n").await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Whether it is the process `id` that has answered.
///
/// The tests empty their Redis: it must not be one of somebody else that has taken our port.
fn is_process(info: &str, id: u32) -> bool {
    let wanted = format!("process_id:{id}");
    info.lines().any(|line| line == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_redis_and_valkey_are_read() {
        let redis = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64";
        assert_eq!(parse_version(redis).as_deref(), Some("7.0.15"));
        let valkey = "Valkey server v=8.1.3 sha=00000000:0 malloc=libc bits=64";
        assert_eq!(parse_version(valkey).as_deref(), Some("8.1.3"));
        assert_eq!(parse_version("command not found"), None);
    }

    #[test]
    fn redis_six_is_too_old() {
        assert!(!is_new_enough("6.2.16"));
        assert!(is_new_enough("7.0.15"));
        assert!(is_new_enough("10.0.0"));
        assert!(!is_new_enough("unstable"));
    }

    #[test]
    fn the_answer_names_the_process() {
        let info = "$30\r\n# Server\r\nprocess_id:42\r\nrun_id:x\r\n\r\n+OK\r\n";
        assert!(is_process(info, 42));
        assert!(!is_process(info, 4));
    }
}
