//! Stand-ins for the neighbours that cannot be had on a desk: the AI service, a mail server, the
//! gateways that take the money, and a WordPress site.
//!
//! They run inside the process that asks for them, over real sockets on loopback, so the product
//! has one code path for demo, tests and production. Each of them misbehaves on command, the way
//! the real one does on a bad day: see [`fault::Fault`].
//!
//! Architecture invariant: this crate is the surroundings, not the product. It depends on no other
//! Galley crate and knows only what is on the wire. It reads no clock and draws no random number
//! of its own: both arrive in the options.

pub mod ai;
pub mod fault;
pub mod inbox;
pub mod smtp;
pub mod sslcommerz;
pub mod stripe;
pub mod wordpress;

mod dice;
mod html;
mod listen;
mod sandbox;

pub use sandbox::{Sandbox, SandboxOptions};

use chrono::{DateTime, Utc};

/// Tells the time; production hands in the system's clock, a test one that stands still.
pub type Now = fn() -> DateTime<Utc>;
