//! A WordPress site: posts over REST, application passwords, and the pages that visitors see.
//!
//! It keeps what it is given the way the real one does: slugs that are taken get a number, users
//! without `unfiltered_html` have their markup filtered, and between what is stored and what is
//! shown stand `wpautop`, shortcodes, embeds and curly quotes
//! (<https://developer.wordpress.org/rest-api/reference/posts/>).

mod action;
mod answer;
mod control;
mod control_routes;
mod desk;
mod door;
mod filter;
mod page;
mod post;
mod render;
mod rest;
mod server;
mod world;

pub use action::{WordpressAction, WordpressActionError};
pub use control::{WordpressControl, WordpressCounters, WordpressMode};
pub use post::{WordpressPost, WordpressStatus};
pub use server::{WordpressOptions, WordpressServer};
