//! `galley jobs`.

use super::operator;
use crate::{boot, boot::Failure, config::Config};
use clap::Subcommand;
use galley_domain::id::JobId;
use galley_store::Store;

#[derive(Subcommand)]
pub(crate) enum Jobs {
    /// Counts by kind, and how long the last 100 completed jobs took.
    Status,
    /// Run failed jobs again; a content job starts its order again.
    Retry {
        /// One job, by its id.
        #[arg(required_unless_present = "failed")]
        id: Option<JobId>,
        /// Every job that has failed.
        #[arg(long, conflicts_with = "id")]
        failed: bool,
    },
}

/// Most failed jobs that one call tries again.
const RETRY_MAX: i64 = 500;

impl Jobs {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let store = boot::open(&Config::load()?, false).await?.store;
        match self {
            Self::Status => status(&store).await,
            Self::Retry { id: Some(id), .. } => {
                store.retry_job(id, operator()).await?;
                println!("Job {id} will run again.");
                Ok(())
            }
            Self::Retry { id: None, .. } => retry_failed(&store).await,
        }
    }
}

async fn status(store: &Store) -> Result<(), Failure> {
    println!("{:<22}{:>9}{:>9}{:>11}{:>9}{:>9}", "kind", "pending", "active", "completed", "failed", "total");
    for row in store.job_counts().await? {
        let (kind, pending, active) = (row.kind, row.pending, row.active);
        println!("{kind:<22}{pending:>9}{active:>9}{:>11}{:>9}{:>9}", row.completed, row.failed, row.total);
    }
    let durations = store.recent_durations_ms().await?;
    if let (Some(shortest), Some(longest)) = (durations.iter().min(), durations.iter().max()) {
        let count = durations.len();
        let average = durations.iter().sum::<i64>() / i64::try_from(count).unwrap_or(1);
        println!(
            "\nlast {count} completed: average {average} ms, shortest {shortest} ms, longest {longest} ms"
        );
    }
    Ok(())
}

async fn retry_failed(store: &Store) -> Result<(), Failure> {
    let (mut retried, mut refused) = (0, 0);
    for job in store.failed_jobs(RETRY_MAX).await? {
        match store.retry_job(job.id, operator()).await {
            Ok(()) => retried += 1,
            Err(error) if error.is_unavailable() => return Err(error.into()),
            Err(error) => {
                refused += 1;
                println!("{} {}: {error}", job.kind, job.id);
            }
        }
    }
    println!("{retried} will run again, {refused} could not be.");
    Ok(())
}
