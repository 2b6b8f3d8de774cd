//! What Galley knows, as pure functions: orders and their state machine, briefs, money, what makes
//! a payment fit, quality reports, jobs and their retry policy.
//!
//! Architecture invariant: nothing here does io, reads a clock, draws a random number or is async.
//! Times arrive as arguments; the caller writes down what was decided. This crate knows no SQL, no
//! HTTP and none of its neighbours.

mod text_enum;

pub mod actor;
pub mod article;
pub mod brief;
pub mod estimate;
pub mod id;
pub mod job;
pub mod mail;
pub mod money;
pub mod order;
pub mod payment;
pub mod product;
pub mod quality;
pub mod settings;
pub mod staff;
