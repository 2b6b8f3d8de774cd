//! Live status: one task per process looks which watched orders have changed, and tells everybody who
//! watches them.
//!
//! It hears of changes from the store (its own commits, and on Postgres those of other processes), and
//! asks for the stamps of all watched orders now and then, since news can be lost. Whoever watches
//! costs a place in a list: the text of an event is made once per change, and shared.

mod event;
mod hub;
mod look;
mod room;
mod watching;

pub(crate) use event::{EventId, parse_event_id};
pub(crate) use hub::{Hub, WatchError};
