//! The operator's commands, one file each.

mod admin;
mod checkout;
mod contract;
mod demo;
mod doctor;
mod jobs;
mod migrate;
mod orders;
mod payments;
mod sandbox;
mod serve;

use crate::boot::{Failure, Role};
use clap::{Parser, Subcommand};
use galley_domain::actor::Actor;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Order processing for shops that sell AI-written content.
#[derive(Parser)]
#[command(version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve HTTP and work on jobs in one process; with SQLite and a sandbox unless configured.
    Serve,
    /// Serve HTTP only (needs Postgres).
    Api,
    /// Work on jobs only (needs Postgres).
    Worker,
    /// Bring the database's tables up to date.
    Migrate,
    /// Check the configuration and reach every neighbour.
    Doctor,
    /// Run the stand-ins for the gateways, the AI service and the mail server by themselves.
    Sandbox(sandbox::Options),
    /// Start everything in a fresh directory, pay for two orders, and show what happens.
    Demo(demo::Options),
    /// Print what front ends may rely on: every route with its parameters, answers and errors.
    Contract(contract::Options),
    /// Orders.
    #[command(subcommand)]
    Orders(orders::Orders),
    /// Jobs.
    #[command(subcommand)]
    Jobs(jobs::Jobs),
    /// Payments.
    #[command(subcommand)]
    Payments(payments::Payments),
    /// Checkouts.
    #[command(subcommand)]
    Checkout(checkout::Checkout),
    /// Staff: logins, roles, passwords, and tokens for the admin API.
    #[command(subcommand)]
    Admin(admin::Admin),
}

impl Command {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let default = match self {
            Self::Serve | Self::Api | Self::Worker | Self::Sandbox(_) => {
                "info,sqlx=warn,apalis=warn,apalis_core=warn"
            }
            _ => "warn",
        };
        log(default);
        match self {
            Self::Serve => serve::run(Role::Serve).await?,
            Self::Api => serve::run(Role::Api).await?,
            Self::Worker => serve::run(Role::Worker).await?,
            Self::Migrate => migrate::run().await?,
            Self::Doctor => return doctor::run().await,
            Self::Sandbox(options) => sandbox::run(options).await?,
            Self::Demo(options) => return demo::run(options).await,
            Self::Contract(options) => contract::run(&options)?,
            Self::Orders(orders) => orders.run().await?,
            Self::Jobs(jobs) => jobs.run().await?,
            Self::Payments(payments) => payments.run().await?,
            Self::Checkout(checkout) => checkout.run().await?,
            Self::Admin(admin) => admin.run().await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn log(default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// Waits for Ctrl-C, or for whoever runs us to say that it is enough.
pub(crate) async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Whoever has a shell on the server.
fn operator() -> Actor {
    Actor::Staff("command-line".to_owned())
}
