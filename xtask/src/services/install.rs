//! Finds the server programs, and installs what is missing where that is ours to do.

use super::postgres::{self, Postgres};
use super::redis::{self, Redis};
use super::workdir::Workdir;
use crate::apt;
use crate::failure::Failure;

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
    if !apt::can_install() {
        return Err(not_found(&packages, "not found"));
    }
    apt::install(&packages, workdir).await?;
    match (postgres::find(), redis::find()) {
        (Some(postgres), Some(redis)) => Ok((postgres, redis)),
        (postgres, redis) => {
            let packages = missing(postgres.is_some(), redis.is_some());
            Err(not_found(&packages, "not in what apt-get has installed"))
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
