use serde::{Deserialize, Serialize};

/// What `POST /_control/actions` takes: `{"action":"pay","target":"…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum SslcommerzAction {
    /// A customer pays.
    Pay {
        /// A `sessionkey`, or a `tran_id` for its last session.
        target: String,
    },
    /// A customer pays and looks suspicious.
    PayRisky {
        /// A `sessionkey`, or a `tran_id` for its last session.
        target: String,
    },
    /// A customer's card is declined.
    Fail {
        /// A `sessionkey`, or a `tran_id` for its last session.
        target: String,
    },
    /// A customer goes back to the shop.
    Cancel {
        /// A `sessionkey`, or a `tran_id` for its last session.
        target: String,
    },
    /// A customer pays until the session is paid twice.
    PayTwice {
        /// A `sessionkey`, or a `tran_id` for its last session.
        target: String,
    },
    /// A refund has reached the customer.
    RefundDone {
        /// The `refund_ref_id`.
        target: String,
    },
    /// A refund has failed after all.
    RefundCancelled {
        /// The `refund_ref_id`.
        target: String,
    },
}

/// Why an action cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SslcommerzActionError {
    /// There is no such session.
    #[error("there is no session with the sessionkey or tran_id {0}")]
    UnknownSession(String),
    /// The session takes no further attempt.
    #[error("the session {0} is paid already; only pay_twice pays once more, and once only")]
    AlreadyPaid(String),
    /// There is no such refund.
    #[error("there is no refund with the refund_ref_id {0}")]
    UnknownRefund(String),
    /// The refund is over.
    #[error("the refund {0} is over already")]
    RefundOver(String),
}
