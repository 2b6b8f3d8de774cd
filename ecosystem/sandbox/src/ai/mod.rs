//! An AI service that writes articles to order, without any intelligence.
//!
//! It speaks the `OpenAI` wire format, reads the brief that ends the last user message, and builds
//! an article from banks of phrases that passes honest quality checks. Two articles share hardly
//! any run of words, even for the same brief.

mod brief;
mod chat;
mod control;
mod control_routes;
mod page;
mod server;
mod wire;
mod writer;

pub use control::{AiCall, AiControl, AiCounters, AiMode, CALLS_KEPT_MAX};
pub use server::{AiOptions, AiServer};
