//! The whole of Galley from outside: the real binary as child processes, HTTP and signed events in,
//! then a look at what the world has become: answers, mails, tables.
//!
//! The neighbours run inside this process and misbehave on command; Postgres and Redis are real and
//! are named by the environment, as `cargo xtask test` sets it. Nothing here sleeps for something
//! that can be waited for, and no wait is an assertion about speed: limits only keep a test that
//! will never succeed from hanging.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod authorisation;
mod bad_gateway;
mod bad_input;
mod chaos;
mod checkout;
mod clicks;
mod command_line;
mod dashboard;
mod disputes;
mod failing_ai;
mod live;
mod lost_redis;
mod lost_worker;
mod mail;
mod main_path;
mod outage;
mod pages;
mod payments;
mod publication;
mod queue;
mod refunds;
mod reminders;
mod repetition;
mod rotation;
mod several_workers;
mod shop;
mod sslcommerz;
mod sslcommerz_refunds;
mod staff_commands;
mod staff_logins;
mod unheard;
mod wordpress;
