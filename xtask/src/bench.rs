//! `cargo xtask bench`: builds in release and shows the times and sizes that were promised.

use tokio::process::Command;

use crate::cargo::{self, cargo};
use crate::failure::{Failure, progress};
use crate::services::{self, Durability, Services};

/// The groups that the driver knows; named here, too, so that a wrong one is told before the build.
const FIGURES: [&str; 7] = ["embedded", "ingest", "live", "orders", "polling", "reconcile", "takeover"];

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Small counts and short times: two minutes instead of seven
    #[arg(long)]
    quick: bool,
    /// Only one group of figures
    #[arg(long, value_name = "NAME", value_parser = FIGURES)]
    only: Option<String>,
}

/// Starts the servers while cargo builds, runs the driver, and fails with its exit code.
///
/// The driver knows what is measured, and how; it looks at Galley from outside.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let workdir = services::workdir()?;
    progress("building in release, and starting Postgres and Redis meanwhile");
    let build = ["build", "--release", "-p", "galley", "-p", "galley-bench"].map(str::to_owned);
    let (services, ()) =
        tokio::try_join!(Services::start(&workdir, Durability::AsInProduction), cargo(&build, |_| ()))?;
    progress("measuring; whatever else runs on this machine disturbs the figures");
    let programs = cargo::release_directory()?;
    let mut driver = Command::new(programs.join("galley-bench"));
    driver.arg("--galley").arg(programs.join("galley"));
    driver.arg("--postgres").arg(services.postgres_url());
    driver.arg("--redis").arg(services.redis_url());
    driver.args(options(&arguments));
    // Also how processes are recognised that the driver has left behind.
    driver.env("TMPDIR", workdir.tests());
    cargo::run(&mut driver).await
}

/// What is passed on to the driver.
fn options(arguments: &Arguments) -> Vec<String> {
    let mut options = Vec::new();
    if arguments.quick {
        options.push("--quick".to_owned());
    }
    if let Some(only) = &arguments.only {
        options.extend(["--only".to_owned(), only.clone()]);
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_gets_the_options() {
        let all = Arguments { quick: false, only: None };
        assert!(options(&all).is_empty());
        let some = Arguments { quick: true, only: Some("ingest".to_owned()) };
        assert_eq!(options(&some), ["--quick", "--only", "ingest"]);
    }
}
