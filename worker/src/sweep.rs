//! The sweeper: promotes what is due, buries dead workers, frees claims that nobody knows of, and
//! dispatches what was not.

use crate::runtime::{Process, Shared};
use chrono::TimeDelta;
use galley_domain::id::{LeaseToken, WorkerId};
use galley_store::{ProcessView, StoreError};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;

/// How often a pass is made.
const SWEEP_INTERVAL: Duration = Duration::from_millis(500);
/// How often claims are compared with what this process knows of.
const CLAIMS_INTERVAL: Duration = Duration::from_secs(2);
/// How often Redis is asked whether it still remembers.
const EPOCH_INTERVAL: Duration = Duration::from_secs(1);
/// How often ended jobs are deleted.
const CLEAN_INTERVAL: Duration = Duration::from_hours(6);
/// How long a due job may wait before it is taken for one whose push was lost.
const PUSH_PATIENCE: TimeDelta = TimeDelta::seconds(2);
/// How long a pushed job may wait in empty lists before it is pushed again.
const PUSH_AGAIN: TimeDelta = TimeDelta::seconds(10);
/// Most jobs that one pass pushes.
const PUSH_MAX: i64 = 5_000;
/// Our own heartbeat must be at most this old for others to be judged.
const OWN_BEAT_MAX: Duration = Duration::from_secs(2);
/// The longest pause between two looks in which others can be said not to have beaten.
const LOOK_PAUSE_MAX: Duration = Duration::from_secs(2);

pub(crate) async fn run(shared: Arc<Shared>) {
    let mut watch = Watch::default();
    let mut strangers = HashSet::new();
    let mut epoch = None;
    let mut tick = tokio::time::interval(SWEEP_INTERVAL);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut due = Due::default();
    loop {
        tick.tick().await;
        let passes = async {
            shared.store.sweep().await?;
            bury(&shared, &mut watch).await?;
            if due.every(CLAIMS_INTERVAL, Timer::Claims) {
                release_strangers(&shared, &mut strangers).await?;
            }
            if due.every(EPOCH_INTERVAL, Timer::Epoch) {
                dispatch(&shared, &mut epoch).await?;
            }
            if due.every(CLEAN_INTERVAL, Timer::Clean) {
                shared.store.clean_jobs().await?;
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = passes.await {
            tracing::debug!(%error, "A pass of the sweeper was cut short");
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Timer {
    Claims,
    Epoch,
    Clean,
}

#[derive(Default)]
struct Due(HashMap<Timer, Instant>);

impl Due {
    fn every(&mut self, interval: Duration, timer: Timer) -> bool {
        let now = Instant::now();
        let due = self.0.get(&timer).is_none_or(|last| now - *last >= interval);
        if due {
            self.0.insert(timer, now);
        }
        due
    }
}

/// What was seen of the other processes' heartbeats, by our own clock.
#[derive(Default)]
struct Watch {
    seen: HashMap<WorkerId, (i64, Instant)>,
    looked_at: Option<Instant>,
}

impl Watch {
    /// The processes whose beat has not changed for `stale` while we were looking.
    ///
    /// A pause in which our own beats were not written, or we did not look, counts for nobody: then
    /// it was the database that stood still, or we.
    fn look(
        &mut self,
        processes: &[ProcessView],
        own: Option<Instant>,
        stale: Duration,
        now: Instant,
    ) -> Vec<(WorkerId, i64)> {
        let blind = self.looked_at.replace(now).is_some_and(|last| now - last > LOOK_PAUSE_MAX);
        let silent = own.is_none_or(|beat| now - beat > OWN_BEAT_MAX);
        if blind || silent {
            self.seen.clear();
        }
        if silent {
            return Vec::new();
        }
        self.seen.retain(|id, _| processes.iter().any(|process| process.id == *id));
        let mut dead = Vec::new();
        for process in processes {
            let seen = self.seen.entry(process.id).or_insert((process.beat, now));
            if seen.0 != process.beat {
                *seen = (process.beat, now);
            } else if now - seen.1 >= stale {
                dead.push((process.id, process.beat));
            }
        }
        dead
    }
}

async fn bury(shared: &Shared, watch: &mut Watch) -> Result<(), StoreError> {
    let processes = shared.store.processes().await?;
    let stale = shared.config.stale_timeout;
    let own = shared.process.id();
    for (worker, beat) in watch.look(&processes, shared.process.beaten_at(), stale, Instant::now()) {
        if Some(worker) == own {
            continue;
        }
        let freed = shared.store.bury(worker, beat).await?;
        tracing::warn!(worker.id = %worker, freed, "Worker {worker} has stopped beating; its jobs are free");
    }
    Ok(())
}

/// Frees claims that the database says are ours and that we do not know of, when they were there in
/// two passes: a claim on its way to us is not yet known, either.
async fn release_strangers(shared: &Shared, strangers: &mut HashSet<LeaseToken>) -> Result<(), StoreError> {
    let Some(worker) = shared.process.id() else { return Ok(()) };
    let unknown = |process: &Process, token: &LeaseToken| !process.knows(*token);
    let tokens = shared.store.tokens_of(worker).await?;
    let seen: HashSet<LeaseToken> =
        tokens.into_iter().filter(|token| unknown(&shared.process, token)).collect();
    for token in seen.intersection(strangers) {
        let freed = shared.store.release_claim(*token).await?;
        tracing::warn!(freed, "A claim whose answer was lost is free again");
    }
    *strangers = seen;
    Ok(())
}

/// Pushes to Redis what it does not hold: what was never pushed, and everything after it has lost
/// its memory.
async fn dispatch(shared: &Shared, epoch: &mut Option<String>) -> Result<(), StoreError> {
    let Some(redis) = &shared.redis else { return Ok(()) };
    let fresh = shared.store.clock().new_id().to_string();
    let drained = match redis.remembers(epoch, &fresh).await {
        Ok(true) => redis.is_drained().await.unwrap_or(false),
        Ok(false) => {
            tracing::info!("Redis has no memory of our jobs; pushing them again");
            shared.store.forget_dispatched().await?;
            true
        }
        Err(error) => {
            tracing::debug!(%error, "Redis does not answer");
            return Ok(());
        }
    };
    let again = if drained { PUSH_AGAIN } else { TimeDelta::days(365) };
    let jobs = shared.store.take_undispatched(PUSH_PATIENCE, again, PUSH_MAX).await?;
    if !jobs.is_empty()
        && let Err(error) = redis.push(&jobs).await
    {
        tracing::debug!(%error, count = jobs.len(), "Jobs could not be pushed to Redis");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const STALE: Duration = Duration::from_secs(4);

    fn process(id: u128, beat: i64) -> ProcessView {
        ProcessView { id: WorkerId(Uuid::from_u128(id)), beat, host: String::new(), queues: String::new() }
    }

    fn dead(found: &[(WorkerId, i64)]) -> Vec<u128> {
        found.iter().map(|(id, _)| id.0.as_u128()).collect()
    }

    #[test]
    fn a_process_is_dead_when_its_beat_stood_still_for_four_seconds_of_ours() {
        let mut watch = Watch::default();
        let start = Instant::now();
        for second in 0..4 {
            let now = start + Duration::from_secs(second);
            let seen = [process(1, 7), process(2, i64::try_from(second).unwrap())];
            assert!(watch.look(&seen, Some(now), STALE, now).is_empty());
        }
        let now = start + STALE;
        assert_eq!(dead(&watch.look(&[process(1, 7), process(2, 9)], Some(now), STALE, now)), [1]);
    }

    #[test]
    fn a_database_outage_kills_nobody() {
        let mut watch = Watch::default();
        let start = Instant::now();
        watch.look(&[process(1, 7)], Some(start), STALE, start);
        // Nobody could write a beat for ten seconds, we neither.
        let back = start + Duration::from_secs(10);
        assert!(watch.look(&[process(1, 7)], Some(start), STALE, back).is_empty());
        assert!(watch.look(&[process(1, 7)], Some(back), STALE, back).is_empty(), "the watch starts anew");
    }

    #[test]
    fn the_first_to_beat_after_an_outage_kills_nobody() {
        let mut watch = Watch::default();
        let start = Instant::now();
        watch.look(&[process(1, 7)], Some(start), STALE, start);
        // Ours is the first beat that is written; the other has had no time yet.
        let back = start + Duration::from_secs(10);
        assert!(watch.look(&[process(1, 7)], Some(back), STALE, back).is_empty());
    }
}
