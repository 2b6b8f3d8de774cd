//! Orders whose customers do not act: now and then they are reminded, and in the end their order goes
//! to the editor by itself.

use crate::runtime::Shared;
use chrono::TimeDelta;
use galley_store::StoreError;
use std::{sync::Arc, time::Duration};

/// How often one of the processes looks.
const INTERVAL: Duration = Duration::from_mins(1);
/// A little less, which is never kept to the microsecond.
const TURN: TimeDelta = TimeDelta::seconds(50);
/// Orders in one commit.
const BATCH_MAX: i64 = 100;
/// Commits in one pass; what is left waits for the next.
const BATCHES_MAX: usize = 50;

pub(crate) async fn run(shared: Arc<Shared>) {
    let mut tick = tokio::time::interval(INTERVAL);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = pass(&shared).await {
            tracing::debug!(%error, "A look at the orders that wait was cut short");
        }
    }
}

async fn pass(shared: &Shared) -> Result<(), StoreError> {
    // Read in every process, for each starts such waits.
    shared.store.settings().await?;
    if !shared.store.take_turn("nudge", TURN).await? {
        return Ok(());
    }
    for _ in 0..BATCHES_MAX {
        let done = shared.store.nudge(BATCH_MAX).await?;
        if done.reminded + done.submitted > 0 {
            tracing::info!(done.reminded, done.submitted, "Orders had waited long for their customers");
        }
        if i64::try_from(done.due).is_ok_and(|due| due < BATCH_MAX) {
            break;
        }
    }
    Ok(())
}
