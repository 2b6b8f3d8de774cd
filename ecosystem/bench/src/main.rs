//! The driver of `cargo xtask bench`: measures the times and sizes that were promised.
//!
//! It starts the `galley` it is given, pays it with signed events over HTTP, stands in for the AI
//! service, the mail server and Stripe, and afterwards counts in the database whether anything was lost or
//! doubled. A figure above its promise is marked; only what is wrong makes the exit status 1.
//!
//! Architecture invariant: this crate looks at Galley from outside. Of its crates it knows only the
//! sandbox; everything else goes over HTTP, the command line and SQL that reads.

mod bench;
mod clock;
mod database;
mod figures;
mod http;
mod latency;
mod load;
mod neighbours;
mod proc;
mod purchase;
mod report;
mod server;
mod setup;

use bench::Bench;
use clap::Parser;
use figures::Figure;
use report::Report;
use std::{error::Error, path::PathBuf, process::ExitCode, time::Duration};
use tokio::signal::unix::{SignalKind, signal};
use url::Url;

/// Anything that keeps a figure from being measured, told to the person at the terminal as it is.
type Failure = Box<dyn Error + Send + Sync>;

/// How long all figures together may take before something counts as stuck.
const BENCH_LIMIT: Duration = Duration::from_mins(15);

/// Measures a `galley`; `cargo xtask bench` builds it and starts the servers.
#[derive(Parser)]
struct Arguments {
    /// The `galley` that is measured
    #[arg(long)]
    galley: PathBuf,
    /// A Postgres where databases may be made and dropped; without it, what needs it is left out
    #[arg(long)]
    postgres: Option<Url>,
    /// A Redis that nobody else uses; without it, what needs it is left out
    #[arg(long)]
    redis: Option<Url>,
    /// Small counts and short times
    #[arg(long)]
    quick: bool,
    /// Only this group of figures
    #[arg(long)]
    only: Option<Figure>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = tokio::select! {
        ended = run(arguments) => ended,
        code = signalled() => return code,
        () = tokio::time::sleep(BENCH_LIMIT) => Err("the figures took more than a quarter of an hour".into()),
    };
    match ended {
        Ok(code) => code,
        Err(error) => {
            eprintln!("galley-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Waits for a signal; dropping everything else then kills the processes that were started.
async fn signalled() -> ExitCode {
    let listen = |kind| signal(kind).ok();
    let (int, term, hangup) =
        (listen(SignalKind::interrupt()), listen(SignalKind::terminate()), listen(SignalKind::hangup()));
    let (Some(mut int), Some(mut term), Some(mut hangup)) = (int, term, hangup) else {
        return std::future::pending().await;
    };
    // A shell's 128 + number.
    tokio::select! {
        _ = int.recv() => ExitCode::from(130),
        _ = term.recv() => ExitCode::from(143),
        _ = hangup.recv() => ExitCode::from(129),
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let figures = arguments.only.map_or_else(|| Figure::ALL.to_vec(), |only| vec![only]);
    let bench = Bench::new(arguments)?;
    let mut report = Report::default();
    report::note(&bench.surroundings().await?);
    for figure in figures {
        if let Err(error) = figure.measure(&bench, &mut report).await {
            report.broken(figure.name(), &error.to_string());
        }
    }
    Ok(report.finish())
}
