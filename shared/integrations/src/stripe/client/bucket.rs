//! Taking turns: no more requests a second than the account may make.

use std::sync::{Mutex, PoisonError};
use tokio::time::{Duration, Instant, sleep_until};

/// A token bucket that holds a second's worth: a burst goes through at once, what follows it is
/// spread evenly. Kept as one instant, up to which the turns are given away.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Between two turns.
    interval: Duration,
    /// How far ahead of their time turns may be taken.
    ahead: Duration,
    given_until: Mutex<Option<Instant>>,
}

impl Bucket {
    /// Zero counts as one: a limit that nothing passes is a mistake of the configuration.
    pub(super) fn new(rate_per_second: u32) -> Self {
        let rate = rate_per_second.max(1);
        let interval = Duration::from_secs(1) / rate;
        Self { interval, ahead: interval * (rate - 1), given_until: Mutex::new(None) }
    }

    /// Waits for a turn, first come, first served. Whoever stops waiting leaves the turn unused.
    pub(super) async fn turn(&self) {
        let now = Instant::now();
        let at = self.give(now);
        if at > now {
            sleep_until(at).await;
        }
    }

    fn give(&self, now: Instant) -> Instant {
        let mut given_until = self.given_until.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = given_until.map_or(now, |until| until.max(now));
        *given_until = Some(turn + self.interval);
        turn.checked_sub(self.ahead).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// When each of `count` callers, all there from the start, got its turn, in milliseconds.
    async fn turns(bucket: Arc<Bucket>, count: usize) -> Vec<u128> {
        let start = Instant::now();
        let callers: Vec<_> = (0..count)
            .map(|_| {
                let bucket = bucket.clone();
                tokio::spawn(async move {
                    bucket.turn().await;
                    start.elapsed().as_millis()
                })
            })
            .collect();
        let mut turns = Vec::new();
        for caller in callers {
            turns.push(caller.await.unwrap());
        }
        turns.sort_unstable();
        turns
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_through_and_the_rest_is_spread() {
        let bucket = Arc::new(Bucket::new(4));
        assert_eq!(turns(bucket.clone(), 8).await, [0, 0, 0, 0, 250, 500, 750, 1000]);
        // Half a second later half a second's worth is there again.
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(turns(bucket.clone(), 4).await, [0, 0, 250, 500]);
        // However long it was idle, it holds no more than a second's worth.
        tokio::time::advance(Duration::from_hours(1)).await;
        assert_eq!(turns(bucket, 6).await, [0, 0, 0, 0, 250, 500]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_a_second_has_no_burst_and_zero_counts_as_one() {
        for rate in [0, 1] {
            assert_eq!(turns(Arc::new(Bucket::new(rate)), 3).await, [0, 1000, 2000]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn in_the_long_run_the_rate_holds() {
        let last = *turns(Arc::new(Bucket::new(15)), 15 * 61).await.last().unwrap();
        assert!((59_900..=60_100).contains(&last), "{last}");
    }
}
