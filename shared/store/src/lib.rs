//! The store: every line of SQL and every transaction of Galley, on Postgres and on SQLite.
//!
//! Callers hand it a value and get an outcome; it decides what shares a commit. Above it nobody
//! begins a transaction, inside it `&mut Tx` is an argument of everything that must be atomic.
//! Locks are taken in one order: `checkout_session`, `customer`, `payment`, `orders`, `article`, `job`;
//! by id within each.
//!
//! Architecture invariant: this crate knows neither HTTP nor apalis nor Redis, and calls nobody
//! outside.

mod analytics;
mod article;
mod audit;
mod batch;
mod change;
mod checkout;
mod clock;
mod customer;
mod db;
mod desk;
mod error;
mod idempotency;
mod job;
mod mail;
mod mail_log;
mod notify;
mod open;
mod order;
mod payment;
mod pools;
mod product;
mod refund;
mod search;
mod settings;
mod settle;
mod shared;
mod staff;
mod text;
mod wake;
mod worker;

pub use analytics::{AiUse, Analytics, DayFigures, DayRevenue, TimeToReady};
pub use article::{
    Approved, ArticleAddress, ArticleLine, ArticleView, Begun, Edition, HeldArticle, Publication, RemoteCopy,
    SeenCopy,
};
pub use audit::{AUDIT_ACTIONS, AuditEvent, AuditFilter};
pub use change::{NewVersion, Notice, Provenance};
pub use checkout::{CheckoutRef, CheckoutView, DueCheckout, NewCheckout, OpenedCheckout};
pub use clock::Clock;
pub use desk::{CheckoutLine, CustomerLine, DeskArticle, DeskCounts, NewArticle};
pub use error::StoreError;
pub use idempotency::ClientKey;
pub use job::{
    ClaimedJob, Finish, Finished, JobCounts, JobDetail, JobFailure, JobFilter, JobLine, JobList, JobRun,
    JobView, KindState, Outcome, RETRIED_MAX, RetriedJobs, Swept, THROUGHPUT_MINUTES, Work,
};
pub use mail::{EmailView, QueuedMail};
pub use mail_log::{MailFilter, MailLine, MailView};
pub use notify::OrderNews;
pub use open::StoreConfig;
pub use order::{
    Nudged, ORDER_PAGE_MAX, OrderEvent, OrderFilter, OrderHistory, OrderLink, OrderListPage, OrderPage,
    OrderPageFrom, OrderRefund, OrderSearch, OrderSummary, OrderView, RetriedOrders, Stamp, TimelineCursor,
    TimelineEntry, TimelineSource, VersionLine, VersionView,
};
pub use payment::{PaymentEventView, PaymentView, Release, Released};
pub use refund::{RefundRequest, RefundTarget, RefundView};
pub use search::{ArticleHit, CustomerHit, Hits, PaymentHit};
pub use settle::Received;
pub use shared::Letterhead;
pub use staff::{ApiToken, NewStaff, SESSION_HOURS, StaffMember, StaffPassword, StaffSession};
pub use wake::{Committed, DueJob, Wake};
pub use worker::{Alive, ProcessView, WorkerView};

use galley_domain::{
    id::{EmailId, OrderId},
    payment::Inbound,
};

/// A handle on the database. Share it with an `Arc`.
pub struct Store {
    shared: shared::Shared,
    receive: batch::Lanes<Inbound, Received>,
    finish: batch::Lanes<Finish, Finished>,
    stamps: batch::Lanes<OrderId, Option<Stamp>>,
    mails: batch::Lanes<EmailId, Option<QueuedMail>>,
    works: batch::Lanes<OrderId, Work>,
}

impl Store {
    /// Takes in an authentic event of a gateway. When this returns `Ok`, it is on disk.
    pub async fn receive(&self, event: Inbound) -> Result<Received, StoreError> {
        self.receive.call(text::clean_inbound(event)).await
    }

    /// Ends a job: its effect and its completion commit together, and only while the caller still
    /// holds it.
    pub async fn finish(&self, finish: Finish) -> Result<Finished, StoreError> {
        self.finish.call(text::clean_finish(finish)).await
    }

    /// The state of an order's row and jobs as two numbers that go up with every change; `None` for
    /// an order that does not exist. Questions that arrive together share one query.
    pub async fn stamp(&self, order: OrderId) -> Result<Option<Stamp>, StoreError> {
        self.stamps.call(order).await
    }

    /// Time and ids.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// What this process commits.
    pub fn wake(&self) -> &Wake {
        &self.shared.wake
    }

    /// Whether several processes may serve from this database.
    pub fn is_shared(&self) -> bool {
        matches!(self.shared.pools, pools::Pools::Postgres { .. })
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        db::on!(Conn: &mut conn, |c| sqlx::query("SELECT 1").execute(c).await.map(drop))?;
        Ok(())
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}
