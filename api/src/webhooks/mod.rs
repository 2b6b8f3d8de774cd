//! Gateways call in.

mod stripe;

pub(crate) use stripe::stripe;
