//! Text in, text out: Markdown, diffs, quality measurements, backlink insertion, mails.
//!
//! Architecture invariant: nothing here does io, reads a clock, draws a random number or is async,
//! so the same text gives the same answer on every machine and at any time. This crate knows the
//! domain and nothing else: no store, no HTTP, no neighbour.

pub mod backlink;
pub mod diff;
pub mod finished;
pub mod mail;
pub mod markdown;
pub mod order_link;
pub mod password;
pub mod prompts;
pub mod quality;
pub mod similarity;
pub mod slug;
