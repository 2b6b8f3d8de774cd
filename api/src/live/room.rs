//! Everybody who watches one order.

use super::event::EventId;
use axum::body::Bytes;
use galley_store::Stamp;
use std::time::Duration;
use tokio::{sync::watch, time::Instant};

/// How long a stream may be silent.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(15);

/// What those who watch an order are told: the latest counts, and who was slow skips what came
/// between.
#[derive(Clone, Default)]
pub(super) struct Latest {
    /// The newest state, once it is known.
    pub(super) status: Option<(EventId, Bytes)>,
    /// Goes up when there is nothing to tell but that the connection lives.
    pub(super) beats: u32,
}

/// The watchers of one order; when it is dropped, their streams end.
pub(super) struct Room {
    told: watch::Sender<Latest>,
    told_at: Instant,
    /// What `told` was made under.
    stamp: Option<Stamp>,
    /// The links of its watchers are of this epoch.
    pub(super) link_epoch: i32,
}

impl Room {
    pub(super) fn new(link_epoch: i32, now: Instant) -> Self {
        Self { told: watch::Sender::default(), told_at: now, stamp: None, link_epoch }
    }

    pub(super) fn enter(&self) -> watch::Receiver<Latest> {
        self.told.subscribe()
    }

    pub(super) fn watchers(&self) -> usize {
        self.told.receiver_count()
    }

    /// Whether what was told is not what this stamp stands for.
    pub(super) fn is_behind(&self, stamp: Stamp) -> bool {
        self.stamp != Some(stamp)
    }

    pub(super) fn tell(&mut self, stamp: Stamp, event: Bytes, now: Instant) {
        self.stamp = Some(stamp);
        self.told_at = now;
        self.told.send_modify(|latest| latest.status = Some((stamp.into(), event)));
    }

    /// Shows that the connections live, if nothing else has since the last time; the next look is
    /// after `pause`.
    pub(super) fn beat(&mut self, now: Instant, pause: Duration) {
        if now.duration_since(self.told_at) + pause > HEARTBEAT_EVERY {
            self.told_at = now;
            self.told.send_modify(|latest| latest.beats = latest.beats.wrapping_add(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_beats_when_it_would_be_silent_for_too_long() {
        let (start, pause) = (Instant::now(), Duration::from_secs(2));
        let mut room = Room::new(0, start);
        let heard = room.enter();
        let mut beats = Vec::new();
        for second in (0..60).step_by(2) {
            room.beat(start + Duration::from_secs(second), pause);
            let told = heard.borrow().beats as usize;
            if told > beats.len() {
                beats.push(second);
            }
        }
        assert_eq!(beats, [14, 28, 42, 56]);
    }
}
