//! Development tasks: tests and benchmarks against real servers, those servers by themselves, and
//! pictures of all pages.
//!
//! It drives cargo, Postgres, Redis, apt-get and npm from outside and knows no crate of Galley: whatever state
//! the workspace is in, `cargo xtask` itself still compiles. One file a subcommand.

mod apt;
mod bench;
mod browser;
mod cargo;
mod failure;
mod interrupt;
mod process;
mod screenshots;
mod services;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;
use crate::interrupt::Interrupt;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Development tasks of Galley")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run all tests against a private throw-away Postgres and Redis
    Test(test::Arguments),
    /// Show the times and sizes that were promised, measured in release
    Bench(bench::Arguments),
    /// Take a picture of every page in every state, light and dark, on a phone and on a desk
    Screenshots,
    /// Start that Postgres and Redis alone and keep them up until Ctrl-C
    Services,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse().task).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Runs `task` until it ends or a signal asks to stop.
///
/// A signal drops the task where it stands; the guards it holds stop what it started.
async fn run(task: Task) -> Result<(), Failure> {
    let mut interrupt = Interrupt::listen()?;
    match task {
        Task::Test(arguments) => interrupt.or(test::run(arguments)).await,
        Task::Bench(arguments) => interrupt.or(bench::run(arguments)).await,
        Task::Screenshots => interrupt.or(screenshots::run()).await,
        Task::Services => interrupt.or(services::run()).await,
    }
}
