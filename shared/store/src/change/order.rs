//! The one writer of `orders` and its history.

use super::NewVersion;
use crate::{
    article::Base,
    db::{Tx, on},
    error::StoreError,
};
use chrono::{DateTime, Utc};
use galley_domain::{
    actor::Actor,
    article::PublicationFault,
    brief::Brief,
    id::{CustomerId, JobId, OrderId, PaymentId},
    money::Money,
    order::{EventKind, Order, OrderStatus},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

/// Why and by whom an order changes: what the decision itself does not carry.
pub(crate) struct Circumstance<'a> {
    pub(crate) actor: Actor,
    /// Why something failed, in words that a customer understands.
    pub(crate) reason: Option<&'a str>,
    /// Why it could not be published.
    pub(crate) fault: Option<PublicationFault>,
    /// What the customer or staff wrote.
    pub(crate) notes: Option<&'a str>,
    /// Where the article is public.
    pub(crate) public_url: Option<&'a str>,
    /// The content, where the transition makes a version.
    pub(crate) version: Option<&'a NewVersion>,
    /// The version that this one repeats.
    pub(crate) restored: Option<i32>,
    /// The id of the job that the transition calls for, where somebody is told it; else a new one.
    pub(crate) job: Option<JobId>,
}

impl Circumstance<'_> {
    pub(crate) const fn by(actor: Actor) -> Self {
        Self {
            actor,
            reason: None,
            fault: None,
            notes: None,
            public_url: None,
            version: None,
            restored: None,
            job: None,
        }
    }
}

/// Something the customer should read on top of the order's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// `revision_failed` or `changes_requested`.
    pub code: String,
    /// In words for the customer.
    pub message: String,
}

/// A new order, with what it stands on.
pub(crate) struct NewOrder {
    pub(crate) id: OrderId,
    pub(crate) payment_id: PaymentId,
    pub(crate) customer_id: CustomerId,
    pub(crate) email: String,
    pub(crate) brief: Brief,
    pub(crate) amount: Money,
    /// The article that receives a backlink.
    pub(crate) base: Option<Base>,
}

/// An order's row, as far as changes need it.
#[derive(Clone, Debug)]
pub(crate) struct OrderRow {
    pub(crate) order: Order,
    pub(crate) payment_id: Uuid,
    pub(crate) customer_id: Uuid,
    pub(crate) email: String,
    pub(crate) brief: Brief,
    pub(crate) amount: Money,
    pub(crate) reason: Option<String>,
    pub(crate) notice: Option<Notice>,
    pub(crate) events: i32,
    pub(crate) link_epoch: i32,
    pub(crate) nudge_at: Option<DateTime<Utc>>,
}

impl OrderRow {
    pub(super) fn opened(new: NewOrder, order: Order) -> Self {
        Self {
            order,
            payment_id: new.payment_id.0,
            customer_id: new.customer_id.0,
            email: new.email,
            brief: new.brief,
            amount: new.amount,
            reason: None,
            notice: None,
            events: 0,
            link_epoch: 0,
            nudge_at: None,
        }
    }

    /// Keeps what the customer should know about the change that was just made.
    pub(super) fn note(&mut self, how: &Circumstance<'_>) {
        let notice =
            |code: &str, message: &str| Some(Notice { code: code.to_owned(), message: message.to_owned() });
        self.reason = how.reason.filter(|_| self.order.status == OrderStatus::Failed).map(str::to_owned);
        self.notice = match (how.reason, how.notes) {
            (Some(reason), _) if self.order.status == OrderStatus::QualityCheck => {
                notice("revision_failed", reason)
            }
            (_, Some(notes)) if matches!(how.actor, Actor::Staff(_)) => notice("changes_requested", notes),
            _ => None,
        };
    }
}

/// Whether an event that left the status as it is happened beside the work: what becomes of the money
/// and what the customer is reminded of say nothing about it.
pub(super) const fn is_beside(event: EventKind) -> bool {
    matches!(
        event,
        EventKind::RefundRequested
            | EventKind::RefundRefused
            | EventKind::PartlyRefunded
            | EventKind::DisputeOpened
            | EventKind::DisputeClosed
            | EventKind::Reminded
    )
}

pub(super) struct EventRow {
    order_id: Uuid,
    sequence: i32,
    kind: EventKind,
    from: Option<OrderStatus>,
    to: OrderStatus,
    run: i32,
    actor: String,
    detail: Value,
    at: DateTime<Utc>,
}

impl EventRow {
    pub(super) fn new(
        row: &OrderRow,
        from: Option<OrderStatus>,
        kind: EventKind,
        how: &Circumstance<'_>,
        at: DateTime<Utc>,
    ) -> Self {
        let mut detail = serde_json::Map::new();
        let facts = [("reason", how.reason), ("notes", how.notes), ("url", how.public_url)];
        for (name, fact) in facts {
            if let Some(fact) = fact {
                detail.insert(name.to_owned(), json!(fact));
            }
        }
        if let Some(fault) = how.fault {
            detail.insert("code".to_owned(), json!(fault));
        }
        if how.version.is_some() {
            detail.insert("version".to_owned(), json!(row.order.current_version));
        }
        if let Some(number) = how.restored {
            detail.insert("restored".to_owned(), json!(number));
        }
        Self {
            order_id: row.order.id.0,
            sequence: row.events,
            kind,
            from,
            to: row.order.status,
            run: row.order.run,
            actor: how.actor.label(),
            detail: Value::Object(detail),
            at,
        }
    }
}

pub(super) async fn insert(tx: &mut Tx, rows: &[OrderRow], now: DateTime<Utc>) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "INSERT INTO orders (id, payment_id, customer_id, email, product, brief, amount_minor, currency, \
             status, run, current_version, publishing, frozen, refund_open, asked_by, step, events, \
             created_at, updated_at) ",
        );
        sql.push_values(rows, |mut value, row| {
            let order = &row.order;
            value.push_bind(order.id.0).push_bind(row.payment_id).push_bind(row.customer_id);
            value.push_bind(&row.email).push_bind(order.product.as_str()).push_bind(Json(&row.brief));
            value.push_bind(row.amount.minor).push_bind(row.amount.currency.as_str());
            value.push_bind(order.status.as_str()).push_bind(order.run).push_bind(order.current_version);
            value.push_bind(order.publishing).push_bind(order.frozen).push_bind(order.refund_open);
            value.push_bind(order.asked_by.as_str()).push_bind(i32::from(order.step));
            value.push_bind(row.events).push_bind(now).push_bind(now);
        });
        sql.build().execute(c).await.map(drop)
    })?;
    Ok(())
}

/// Writes the whole state of each order. The rows are locked, so nothing is overwritten unseen.
pub(super) async fn update(tx: &mut Tx, rows: &[OrderRow], now: DateTime<Utc>) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "UPDATE orders SET status = v.column2, run = v.column3, current_version = v.column4, \
             publishing = v.column5, frozen = v.column6, refund_open = v.column7, asked_by = v.column8, \
             failure = v.column9, reason = v.column10, notice = v.column11, step = v.column12, \
             events = v.column13, updated_at = v.column14, nudge_at = v.column15, nudges = v.column16, \
             change_seq = change_seq + 1 FROM (",
        );
        sql.push_values(rows, |mut value, row| {
            let order = &row.order;
            value.push_bind(order.id.0).push_bind(order.status.as_str()).push_bind(order.run);
            value.push_bind(order.current_version).push_bind(order.publishing).push_bind(order.frozen);
            value.push_bind(order.refund_open).push_bind(order.asked_by.as_str());
            value.push_bind(order.failure.map(galley_domain::order::Failure::as_str));
            value.push_bind(&row.reason).push_bind(row.notice.as_ref().map(Json));
            value.push_bind(i32::from(order.step)).push_bind(row.events).push_bind(now);
            value.push_bind(row.nudge_at).push_bind(order.nudges);
        });
        sql.push(") AS v WHERE orders.id = v.column1");
        sql.build().execute(c).await.map(drop)
    })?;
    Ok(())
}

pub(super) async fn insert_events(tx: &mut Tx, rows: &[EventRow]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "INSERT INTO order_event (order_id, sequence, kind, from_status, to_status, run, actor, detail, \
             created_at) ",
        );
        sql.push_values(rows, |mut value, row| {
            value.push_bind(row.order_id).push_bind(row.sequence).push_bind(row.kind.as_str());
            value.push_bind(row.from.map(OrderStatus::as_str)).push_bind(row.to.as_str());
            value.push_bind(row.run).push_bind(&row.actor).push_bind(Json(&row.detail)).push_bind(row.at);
        });
        sql.build().execute(c).await.map(drop)
    })?;
    Ok(())
}

/// Reads and locks orders, in the order of their ids.
pub(crate) async fn find_for_update(tx: &mut Tx, ids: &[OrderId]) -> Result<Vec<OrderRow>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let lock = tx.for_update();
    let records: Vec<OrderRecord> = on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "SELECT id, payment_id, customer_id, email, product, brief, amount_minor, currency, status, run, \
             current_version, publishing, frozen, refund_open, asked_by, failure, reason, notice, step, \
             events, link_epoch, nudge_at, nudges FROM orders WHERE id IN (",
        );
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(id.0);
        }
        sql.push(") ORDER BY id").push(lock);
        sql.build_query_as().fetch_all(c).await
    })?;
    records.into_iter().map(OrderRow::try_from).collect()
}

#[derive(FromRow)]
struct OrderRecord {
    id: Uuid,
    payment_id: Uuid,
    customer_id: Uuid,
    email: String,
    product: String,
    brief: Json<Brief>,
    amount_minor: i64,
    currency: String,
    status: String,
    run: i32,
    current_version: Option<i32>,
    publishing: bool,
    frozen: bool,
    refund_open: bool,
    asked_by: String,
    failure: Option<String>,
    reason: Option<String>,
    notice: Option<Json<Notice>>,
    step: i32,
    events: i32,
    link_epoch: i32,
    nudge_at: Option<DateTime<Utc>>,
    nudges: i32,
}

impl TryFrom<OrderRecord> for OrderRow {
    type Error = StoreError;

    fn try_from(record: OrderRecord) -> Result<Self, StoreError> {
        let unreadable = |error| StoreError::corrupt("order", error);
        let failure = record.failure.map(|name| name.parse()).transpose().map_err(unreadable)?;
        Ok(Self {
            order: Order {
                id: OrderId(record.id),
                product: record.product.parse().map_err(unreadable)?,
                status: record.status.parse().map_err(unreadable)?,
                run: record.run,
                current_version: record.current_version,
                publishing: record.publishing,
                frozen: record.frozen,
                refund_open: record.refund_open,
                asked_by: record.asked_by.parse().map_err(unreadable)?,
                failure,
                step: i16::try_from(record.step).map_err(|error| StoreError::corrupt("order", error))?,
                nudges: record.nudges,
            },
            payment_id: record.payment_id,
            customer_id: record.customer_id,
            email: record.email,
            brief: record.brief.0,
            amount: Money {
                minor: record.amount_minor,
                currency: record.currency.parse().map_err(|error| StoreError::corrupt("order", error))?,
            },
            reason: record.reason,
            notice: record.notice.map(|notice| notice.0),
            events: record.events,
            link_epoch: record.link_epoch,
            nudge_at: record.nudge_at,
        })
    }
}
