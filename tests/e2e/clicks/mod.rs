//! What people do in a real browser, and what every page is like there.

mod attack;
mod customer;
mod editor;
mod hurdles;
mod path;
mod pictures;
mod states;
mod visit;
