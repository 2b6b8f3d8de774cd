//! What can go wrong in the store.

use galley_domain::order::{Refusal, RefusalCode};
use std::sync::Arc;

/// An error of the store. Cloned to every caller whose call shared the transaction.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer, or is too busy to. Trying again later is right.
    #[error("the database is not available: {0}")]
    Unavailable(Arc<sqlx::Error>),
    /// The statement failed for a reason that trying again will not mend.
    #[error("the database refused: {0}")]
    Database(Arc<sqlx::Error>),
    /// There is no such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The state machine does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A rule about money does not allow it.
    #[error("{message}")]
    Declined {
        /// Which rule.
        code: RefusalCode,
        /// What the person can do instead.
        message: String,
    },
    /// The client's key was used for something else.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// A row holds what this version cannot read.
    #[error("a stored {what} cannot be read: {detail}")]
    Corrupt {
        /// Which thing.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether waiting and trying again is right.
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Closed)
    }

    /// Whether the database is away or too busy, so that whatever else is tried now fails as well. A
    /// race that was lost to another transaction is not that: done again at once, it goes through.
    pub(crate) fn is_away(&self) -> bool {
        match self {
            Self::Unavailable(error) => {
                let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
                !code.is_some_and(|code| code.len() == 5 && code.starts_with("40"))
            }
            Self::Closed => true,
            _ => false,
        }
    }

    pub(crate) fn declined(code: RefusalCode, message: impl Into<String>) -> Self {
        Self::Declined { code, message: message.into() }
    }

    pub(crate) fn corrupt(what: &'static str, error: impl std::fmt::Display) -> Self {
        Self::Corrupt { what, detail: error.to_string() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let passing = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_) => true,
            // 08 connection, 53 resources, 57 operator intervention, 58 system; 40 is a lost race.
            // SQLite: 5 busy, 6 locked, 10 io, 13 full; extended codes carry them in the low byte.
            sqlx::Error::Database(db) => db.code().is_some_and(|code| {
                let sqlite = code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13));
                let class = code.get(..2).unwrap_or_default();
                if code.len() == 5 && db.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
                    matches!(class, "08" | "40" | "53" | "57" | "58")
                } else {
                    sqlite
                }
            }),
            _ => false,
        };
        let error = Arc::new(error);
        if passing { Self::Unavailable(error) } else { Self::Database(error) }
    }
}
