//! Finds the server programs, and installs what is missing where that is ours to do.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use super::account::is_root;
use super::postgres::{self, Postgres};
use super::redis::{self, Redis};
use super::workdir::Workdir;
use crate::failure::{Failure, progress};
use crate::process;

const APT_LIMIT: Duration = Duration::from_mins(10);
/// dpkg refuses to work without the `sbin` directories.
const APT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const ADVICE: &str = "  Debian, Ubuntu: sudo apt-get install postgresql redis-server
  Fedora:         sudo dnf install postgresql-server valkey
  macOS:          brew install postgresql@17 redis";

/// Finds both servers; on Debian as root it installs the missing ones first.
///
/// On a machine with systemd Debian also starts what it installs, as system services on their
/// usual ports. These are not ours: they are neither used nor stopped.
pub(super) async fn find_or_install(workdir: &Workdir) -> Result<(Postgres, Redis), Failure> {
    let (postgres, redis) = (postgres::find(), redis::find());
    let packages = missing(postgres.is_some(), redis.is_some());
    if packages.is_empty()
        && let (Some(postgres), Some(redis)) = (postgres, redis)
    {
        return Ok((postgres, redis));
    }
    if !(is_debian() && is_root()) {
        return Err(not_found(&packages, "not found"));
    }
    apt_install(&packages, workdir).await?;
    match (postgres::find(), redis::find()) {
        (Some(postgres), Some(redis)) => Ok((postgres, redis)),
        (postgres, redis) => {
            let packages = missing(postgres.is_some(), redis.is_some());
            Err(not_found(&packages, "not in what apt-get has installed"))
        }
    }
}

async fn apt_install(packages: &[&str], workdir: &Workdir) -> Result<(), Failure> {
    progress(format_args!("installing {} with apt-get", packages.join(" ")));
    for arguments in apt_commands(packages) {
        let mut command = Command::new("apt-get");
        command
            .args(&arguments)
            .env("PATH", APT_PATH)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("LC_ALL", "C.UTF-8");
        let what = format!("apt-get {}", arguments.join(" "));
        process::run_logged(&mut command, &what, &workdir.join("apt.log"), APT_LIMIT).await?;
    }
    Ok(())
}

/// The arguments of the two calls of apt-get; they wait for another apt-get that is running.
fn apt_commands<'a>(packages: &[&'a str]) -> [Vec<&'a str>; 2] {
    let patience = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];
    let update = [&["update"], &patience[..]].concat();
    let install = ["install", "-y", "--no-install-recommends"];
    [update, [&install, &patience[..], packages].concat()]
}

fn missing(has_postgres: bool, has_redis: bool) -> Vec<&'static str> {
    [(has_postgres, "postgresql"), (has_redis, "redis-server")]
        .into_iter()
        .filter_map(|(is_there, package)| (!is_there).then_some(package))
        .collect()
}

fn not_found(packages: &[&str], why: &str) -> Failure {
    let servers: Vec<String> = packages
        .iter()
        .map(|&package| match package {
            "postgresql" => format!("Postgres {} or newer", postgres::MIN_MAJOR),
            _ => format!("Redis {} or newer", redis::MIN_MAJOR),
        })
        .collect();
    Failure::new(format!("{why}: {}. Install and try again:\n{ADVICE}", servers.join(" and ")))
}

fn is_debian() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    is_debian_release(&release) && Path::new("/usr/bin/apt-get").exists()
}

/// Reads `/etc/os-release`: Debian itself, or a child of it such as Ubuntu.
fn is_debian_release(release: &str) -> bool {
    release
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(key, _)| matches!(*key, "ID" | "ID_LIKE"))
        .flat_map(|(_, value)| value.trim_matches('"').split(' '))
        .any(|word| word == "debian")
}

/// The directories that programs are looked for in: `PATH`, and where servers hide from it.
pub(super) fn search_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    directories.extend(["/usr/local/bin", "/usr/bin", "/usr/sbin"].map(PathBuf::from));
    directories
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apt_updates_its_lists_and_then_installs_without_questions() {
        let [update, install] = apt_commands(&["postgresql", "redis-server"]);
        assert_eq!(update.join(" "), "update -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3");
        assert_eq!(
            install.join(" "),
            "install -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
             -o Acquire::Retries=3 postgresql redis-server"
        );
    }

    #[test]
    fn only_what_is_missing_is_installed() {
        assert_eq!(missing(true, true), Vec::<&str>::new());
        assert_eq!(missing(true, false), ["redis-server"]);
        assert_eq!(missing(false, true), ["postgresql"]);
        assert_eq!(missing(false, false), ["postgresql", "redis-server"]);
    }

    #[test]
    fn what_to_install_is_said_by_name() {
        let Failure::Message(text) = not_found(&missing(false, false), "not found") else {
            panic!("a message is expected");
        };
        assert!(text.starts_with("not found: Postgres 14 or newer and Redis 7 or newer."));
        for system in ["Debian", "Fedora", "macOS"] {
            assert!(text.contains(system), "{system} is missing in: {text}");
        }
    }

    #[test]
    fn debian_and_its_children_are_known_by_their_release_file() {
        assert!(is_debian_release("PRETTY_NAME=\"Debian\"\nID=debian\n"));
        assert!(is_debian_release("ID=linuxmint\nID_LIKE=\"ubuntu debian\""));
        assert!(!is_debian_release("ID=fedora\nNAME=\"like debian\""));
        assert!(!is_debian_release(""));
    }
}
