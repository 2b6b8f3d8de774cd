//! The payment gateway SSLCommerz, version 4, without any bank behind it.
//!
//! It opens sessions, shows a pay page, tells the shop by signed IPN, and answers validations,
//! queries and refunds: <https://developer.sslcommerz.com/doc/v4/>. Like the real one it has no
//! idempotency, says 200 to nearly everything, and tells nobody about refunds.
//!
//! Trap: the shop's password is in the query string of every GET. No request is logged here.

mod action;
mod answer;
mod control;
mod control_routes;
mod deliver;
mod desk;
mod draw;
mod fields;
mod lookup;
mod money;
mod order;
mod pages;
mod pay;
mod query;
mod refund;
mod server;
mod session;
mod sign;
mod validation;
mod view;
mod world;

pub use action::{SslcommerzAction, SslcommerzActionError};
pub use control::{SslcommerzControl, SslcommerzCounters, SslcommerzIpnPlan, SslcommerzMode};
pub use server::{SslcommerzOptions, SslcommerzServer};
pub use sign::sign_ipn;
pub use view::{
    SslcommerzRefund, SslcommerzRefundStatus, SslcommerzSession, SslcommerzStatus, SslcommerzTransaction,
    SslcommerzWorld,
};
