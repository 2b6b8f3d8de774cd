//! The one binary of Galley: server, worker and the operator's commands.

mod boot;
mod command;
mod config;
mod crash;
mod lock;

use clap::Parser as _;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    crash::arm();
    galley_integrations::http::install_crypto();
    let command = command::Cli::parse().command;
    match command.run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("galley: {error}");
            ExitCode::FAILURE
        }
    }
}
