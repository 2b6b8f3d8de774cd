//! The seam between the two engines.
//!
//! SQL is written once. [`on!`] expands a body in both arms; sqlx takes `$1` on both engines and
//! maps ids, instants, JSON and texts alike. Where Postgres needs a word more (row locks), the text
//! asks [`Tx::for_update`].

use crate::error::StoreError;
use sqlx::{Postgres, Sqlite, Transaction, pool::PoolConnection};

/// A transaction. Everything that must be atomic takes `&mut Tx`.
pub(crate) enum Tx {
    Postgres(Transaction<'static, Postgres>),
    Sqlite(Transaction<'static, Sqlite>),
}

/// A connection outside of a transaction: for reads, and for writes of a single statement.
pub(crate) enum Conn {
    Postgres(PoolConnection<Postgres>),
    Sqlite(PoolConnection<Sqlite>),
}

/// Runs the same body on whichever engine is behind a [`Tx`] (or, with `Conn:`, a [`Conn`]).
macro_rules! on {
    (Conn: $conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::db::Conn::Postgres(inner) => {
                let $c = &mut **inner;
                $body
            }
            $crate::db::Conn::Sqlite(inner) => {
                let $c = &mut **inner;
                $body
            }
        }
    };
    ($tx:expr, |$c:ident| $body:expr) => {
        match $tx {
            $crate::db::Tx::Postgres(inner) => {
                let $c = &mut **inner;
                $body
            }
            $crate::db::Tx::Sqlite(inner) => {
                let $c = &mut **inner;
                $body
            }
        }
    };
}
pub(crate) use on;

impl Tx {
    /// Ends a locking SELECT. SQLite has one writer, so its rows need no lock.
    pub(crate) const fn for_update(&self) -> &'static str {
        match self {
            Self::Postgres(_) => " FOR UPDATE",
            Self::Sqlite(_) => "",
        }
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Postgres(tx) => tx.commit().await?,
            Self::Sqlite(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

impl Conn {
    /// Behind a text that is compared byte by byte, as its index is: Postgres has an order of words of
    /// its own, in which what begins alike need not stand together.
    pub(crate) const fn bytewise(&self) -> &'static str {
        match self {
            Self::Postgres(_) => " COLLATE \"C\"",
            Self::Sqlite(_) => "",
        }
    }

    /// The seconds from 1970 until the instant in a column, whole: divided they are minutes and days, in
    /// UTC.
    pub(crate) fn seconds(&self, column: &str) -> String {
        match self {
            Self::Postgres(_) => format!("CAST(floor(extract(epoch FROM {column})) AS BIGINT)"),
            Self::Sqlite(_) => format!("unixepoch({column})"),
        }
    }

    /// The same in milliseconds.
    pub(crate) fn millis(&self, column: &str) -> String {
        match self {
            Self::Postgres(_) => format!("CAST(floor(extract(epoch FROM {column}) * 1000) AS BIGINT)"),
            Self::Sqlite(_) => format!("CAST(round(unixepoch({column}, 'subsec') * 1000) AS INTEGER)"),
        }
    }

    /// Ends a SELECT whose rows several workers compete for.
    pub(crate) const fn skip_locked(&self) -> &'static str {
        match self {
            Self::Postgres(_) => " FOR UPDATE SKIP LOCKED",
            Self::Sqlite(_) => "",
        }
    }
}
