//! What each job does, and the runtime that does it.
//!
//! apalis runs the handlers: a stream of tasks, concurrency, drain. Where tasks come from, how
//! often they are tried and when a worker counts as dead is decided by the database; see
//! [`runtime`].
//!
//! Architecture invariant: this crate knows no HTTP server and no SQL, and begins no transaction. A
//! handler calls neighbours and hands the store an outcome.

pub mod dispatch;
mod handlers;
mod nudge;
mod reconcile;
pub mod runtime;
mod similarity;
mod sweep;

#[cfg(test)]
mod testing;

pub use handlers::Neighbours;
pub use reconcile::{Pass, Reconciler, ReconcilerConfig};
pub use runtime::{Runtime, RuntimeConfig};
