//! One who watches.

use super::{
    event::{self, EventId},
    hub::Hub,
    room::Latest,
};
use axum::body::Bytes;
use futures_util::{Stream, stream};
use galley_domain::id::OrderId;
use std::{convert::Infallible, sync::Arc};
use tokio::sync::watch;

/// A place in an order's room; dropping it leaves the room.
pub(crate) struct Watching {
    // Dropped first: the room counts its receivers.
    heard: watch::Receiver<Latest>,
    place: Place,
}

struct Place {
    hub: Arc<Hub>,
    order: OrderId,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hub.leave(self.order);
    }
}

impl Watching {
    pub(super) fn new(hub: Arc<Hub>, order: OrderId, heard: watch::Receiver<Latest>) -> Self {
        Self { heard, place: Place { hub, order } }
    }

    /// The stream's text: how long to wait before coming back, then each state that is not `seen`
    /// yet. It ends when the server stops or the order's link is not valid any more.
    pub(crate) fn stream(self, seen: Option<EventId>) -> impl Stream<Item = Result<Bytes, Infallible>> {
        let retry = event::retry(self.place.order);
        let beats = self.heard.borrow().beats;
        stream::unfold((self, seen, beats, Some(retry)), |(mut watching, seen, beats, first)| async move {
            if let Some(first) = first {
                return Some((Ok(first), (watching, seen, beats, None)));
            }
            loop {
                let latest = watching.heard.borrow_and_update().clone();
                if let Some((id, event)) = latest.status.filter(|(id, _)| Some(*id) != seen) {
                    return Some((Ok(event), (watching, Some(id), latest.beats, None)));
                }
                if latest.beats != beats {
                    return Some((Ok(event::HEARTBEAT), (watching, seen, latest.beats, None)));
                }
                watching.heard.changed().await.ok()?;
            }
        })
    }
}
