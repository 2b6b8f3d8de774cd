//! Identifiers: one newtype per table, so that an order's id is never taken for a payment's.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A name on disk or on the wire that this build does not know.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` is not a {what} that this version knows")]
pub struct UnknownName {
    /// The type that was asked for.
    pub what: &'static str,
    /// What was found instead.
    pub name: String,
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// An order (`UUIDv7`).
    OrderId;
    /// A customer, one per e-mail address.
    CustomerId;
    /// Our checkout session, not the gateway's.
    CheckoutSessionId;
    /// A payment.
    PaymentId;
    /// A refund.
    RefundId;
    /// A dispute.
    DisputeId;
    /// A token for the admin API.
    ApiTokenId;
    /// A member of staff who can log in.
    StaffId;
    /// A row of the inbox of gateway events.
    PaymentEventId;
    /// A version of an order's content.
    VersionId;
    /// A job.
    JobId;
    /// A mail in the log.
    EmailId;
    /// A published article.
    ArticleId;
    /// A worker process, new at each start.
    WorkerId;
    /// The fencing token under which a worker holds a job.
    LeaseToken;
}
