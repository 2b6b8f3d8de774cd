//! Gateways call in.

pub(crate) mod sslcommerz;
pub(crate) mod stripe;
