//! A mail server that accepts everything and keeps it for looking at.
//!
//! It speaks SMTP (RFC 5321) with pipelining, sizes and a login that any name passes; it never
//! passes a mail on.

mod command;
mod control;
mod mail;
mod mailbox;
mod reader;
mod server;
mod session;

pub use control::{SmtpControl, SmtpMode};
pub use mail::Mail;
pub use mailbox::Mailbox;
pub use server::{SmtpOptions, SmtpServer};
