//! What the tests of this crate share: a shop with a real store, and a gateway that plays a script.

mod gateway;
mod shop;
mod site;

pub(crate) use gateway::{Asked, Fate, Scripted};
pub(crate) use shop::{Shop, job};
pub(crate) use site::{Blog, Fate as SiteFate};
