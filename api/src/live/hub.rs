//! Who watches what, and the task that tells them.

use super::{
    look::{self, Looker},
    room::Room,
    watching::Watching,
};
use galley_domain::id::OrderId;
use galley_store::{Stamp, Store};
use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{sync::Notify, time::Instant};

/// Most who may watch one order: a customer with a phone, a laptop and forgotten tabs.
const WATCHERS_PER_ORDER_MAX: usize = 20;

/// Why somebody cannot watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WatchError {
    /// As many watch as the process takes on, or it is about to stop.
    Full,
    /// As many watch this order as may.
    Crowded,
}

/// All rooms of this process. Its task runs only while somebody watches.
pub(crate) struct Hub {
    store: Arc<Store>,
    streams_max: usize,
    rooms: Mutex<Rooms>,
    /// Rung when there is an order that nobody has looked at, and when the hub is closed.
    pub(super) bell: Notify,
}

#[derive(Default)]
struct Rooms {
    of: HashMap<OrderId, Room>,
    /// Orders to look at now: somebody came who was told nothing yet.
    new: HashSet<OrderId>,
    streams: usize,
    looking: bool,
    closed: bool,
}

/// What there is to do.
pub(super) enum Next {
    /// Look at these first.
    Look(HashSet<OrderId>),
    /// Nobody watches any more.
    Stop,
}

impl Hub {
    pub(crate) fn new(store: Arc<Store>, streams_max: usize) -> Arc<Self> {
        Arc::new(Self { store, streams_max, rooms: Mutex::default(), bell: Notify::new() })
    }

    pub(super) fn store(&self) -> &Arc<Store> {
        &self.store
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place in the room of an order, whose link the caller holds: `stamp` is from when that
    /// was checked.
    pub(crate) fn watch(self: &Arc<Self>, order: OrderId, stamp: Stamp) -> Result<Watching, WatchError> {
        let mut rooms = self.rooms();
        if rooms.closed || rooms.streams >= self.streams_max {
            return Err(WatchError::Full);
        }
        let now = Instant::now();
        let room = match rooms.of.entry(order) {
            // Whoever came with an older link has no business here any more.
            Entry::Occupied(mut old) if old.get().link_epoch != stamp.link_epoch => {
                old.insert(Room::new(stamp.link_epoch, now));
                old.into_mut()
            }
            known => known.or_insert_with(|| Room::new(stamp.link_epoch, now)),
        };
        if room.watchers() >= WATCHERS_PER_ORDER_MAX {
            return Err(WatchError::Crowded);
        }
        let (heard, behind) = (room.enter(), room.is_behind(stamp));
        rooms.streams += 1;
        if behind {
            rooms.new.insert(order);
            self.bell.notify_one();
        }
        if !rooms.looking {
            rooms.looking = true;
            // Listens before the first look, so that nothing is missed between the two.
            tokio::spawn(look::run(Looker::new(Arc::clone(self))));
        }
        drop(rooms);
        Ok(Watching::new(Arc::clone(self), order, heard))
    }

    pub(super) fn leave(&self, order: OrderId) {
        let mut rooms = self.rooms();
        rooms.streams -= 1;
        if rooms.of.get(&order).is_some_and(|room| room.watchers() == 0) {
            rooms.of.remove(&order);
        }
        if rooms.of.is_empty() {
            self.bell.notify_one();
        }
    }

    /// Ends every stream, and takes no more.
    pub(crate) fn close(&self) {
        let mut rooms = self.rooms();
        rooms.closed = true;
        let ended = std::mem::take(&mut rooms.of);
        drop(rooms);
        drop(ended);
        self.bell.notify_one();
    }

    /// What is new since the last time; afterwards the task that was told to stop is not running.
    pub(super) fn next(&self) -> Next {
        let mut rooms = self.rooms();
        if rooms.of.is_empty() {
            rooms.looking = false;
            rooms.new.clear();
            return Next::Stop;
        }
        Next::Look(std::mem::take(&mut rooms.new))
    }

    /// Those of `orders` that somebody watches.
    pub(super) fn watched_of(&self, orders: &[OrderId]) -> Vec<OrderId> {
        let rooms = self.rooms();
        orders.iter().copied().filter(|order| rooms.of.contains_key(order)).collect()
    }

    /// All orders that somebody watches.
    pub(super) fn watched(&self) -> Vec<OrderId> {
        self.rooms().of.keys().copied().collect()
    }

    /// Ends the streams of those whose link is not valid any more; returns the orders that have
    /// changed since their watchers were told.
    pub(super) fn behind(&self, orders: &[OrderId], stamps: &HashMap<OrderId, Stamp>) -> Vec<OrderId> {
        let mut rooms = self.rooms();
        let mut behind = Vec::new();
        for order in orders {
            let Some(room) = rooms.of.get(order) else { continue };
            match stamps.get(order) {
                Some(stamp) if stamp.link_epoch == room.link_epoch => {
                    if room.is_behind(*stamp) {
                        behind.push(*order);
                    }
                }
                // An answer may be older than a room that was opened meanwhile.
                Some(stamp) if stamp.link_epoch < room.link_epoch => {}
                _ => drop(rooms.of.remove(order)),
            }
        }
        behind
    }

    /// Does something with an order's room, if there is one.
    pub(super) fn in_room(&self, order: OrderId, act: impl FnOnce(&mut Room)) {
        if let Some(room) = self.rooms().of.get_mut(&order) {
            act(room);
        }
    }

    /// Does something in every room.
    pub(super) fn in_every_room(&self, act: impl FnMut(&mut Room)) {
        self.rooms().of.values_mut().for_each(act);
    }
}
