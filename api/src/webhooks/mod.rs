//! Gateways call in.

pub(crate) mod stripe;
