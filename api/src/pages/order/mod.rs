//! `GET /order` and `POST /order`: ordering without a front end.

mod fields;
mod send;
mod show;

pub(crate) use send::{__path_send, send};
pub(crate) use show::{__path_show, show};
