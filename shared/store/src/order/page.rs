//! An order as its customer's page shows it: with what came before, and what was paid.

use super::{OrderView, view};
use crate::{
    Store,
    db::{Conn, on},
    error::StoreError,
};
use chrono::{DateTime, Utc};
use galley_domain::{
    actor::Actor,
    id::OrderId,
    money::{Currency, Money},
    order::{EventKind, OrderStatus},
    payment::{Gateway, RefundState},
    quality::Verdict,
};
use sqlx::{FromRow, types::Json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Most versions, and most lines of history, that one page shows.
pub const ORDER_PAGE_MAX: usize = 50;

/// Where the lists of a page begin; each from its newest entry if `None`.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderPageFrom {
    /// Versions with a lower number only.
    pub versions_before: Option<i32>,
    /// Events with a lower sequence, beside the newest.
    pub events_before: Option<i32>,
}

/// All that an order's page shows.
#[derive(Clone, Debug)]
pub struct OrderPage {
    /// The order with its newest version and the jobs of its run.
    pub order: OrderView,
    /// A refund was asked for and has not come to an end.
    pub refund_open: bool,
    /// Who took the money.
    pub gateway: Gateway,
    /// When it was paid.
    pub paid_at: DateTime<Utc>,
    /// What of it goes back, oldest first.
    pub refunds: Vec<OrderRefund>,
    /// Newest first, without their texts.
    pub versions: Vec<VersionLine>,
    /// There are older versions than those.
    pub more_versions: bool,
    /// The newest lines of its history: they tell how it came to stand where it does.
    pub history: OrderHistory,
    /// Those that were asked for, if other ones were.
    pub earlier: Option<OrderHistory>,
}

/// Some lines of a history.
#[derive(Clone, Debug)]
pub struct OrderHistory {
    /// Newest first.
    pub events: Vec<OrderEvent>,
    /// There are older ones than those.
    pub more: bool,
}

/// Money on its way back to a customer.
#[derive(Clone, Debug)]
pub struct OrderRefund {
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: RefundState,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A version in a list.
#[derive(Clone, Debug)]
pub struct VersionLine {
    /// From 1; 0 is the article before its backlink.
    pub number: i32,
    /// The title.
    pub title: String,
    /// What the checks came to; `None` for number 0.
    pub verdict: Option<Verdict>,
    /// Words of running text; `None` for number 0.
    pub word_count: Option<i64>,
    /// `customer`, `system` or `staff:NAME`
    pub made_by: String,
    /// What was asked for.
    pub notes: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A line of an order's history.
#[derive(Clone, Debug)]
pub struct OrderEvent {
    /// Counted from 1.
    pub sequence: i32,
    /// What happened.
    pub kind: EventKind,
    /// The status afterwards.
    pub to: OrderStatus,
    /// The run it happened in.
    pub run: i32,
    /// Who did it.
    pub actor: String,
    /// `reason`, `notes`, `url` or `version`, where the event has them.
    pub detail: BTreeMap<String, serde_json::Value>,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl OrderEvent {
    /// A text of its detail.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.detail.get(name).and_then(serde_json::Value::as_str)
    }

    /// Whether a member of staff did it.
    pub fn is_by_staff(&self) -> bool {
        self.actor.starts_with("staff:")
    }

    /// Whether the customer did it.
    pub fn is_by_customer(&self) -> bool {
        self.actor == Actor::Customer.label()
    }
}

#[derive(FromRow)]
struct PaymentRow {
    id: Uuid,
    refund_open: bool,
    gateway: String,
    paid_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct RefundRow {
    amount_minor: i64,
    state: String,
    updated_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct VersionRow {
    number: i32,
    title: String,
    verdict: Option<String>,
    word_count: Option<i64>,
    made_by: String,
    notes: Option<String>,
    created_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct EventRow {
    sequence: i32,
    kind: String,
    to_status: String,
    run: i32,
    actor: String,
    detail: Json<BTreeMap<String, serde_json::Value>>,
    created_at: DateTime<Utc>,
}

impl Store {
    /// An order as its page shows it; `None` if there is no such order.
    pub async fn order_page(
        &self,
        id: OrderId,
        from: OrderPageFrom,
    ) -> Result<Option<OrderPage>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let Some(order) = view::find(&mut conn, id).await? else { return Ok(None) };
        let payment: PaymentRow = on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT p.id, o.refund_open, p.gateway, p.paid_at FROM orders o JOIN payment p \
                 ON p.id = o.payment_id WHERE o.id = $1",
            )
            .bind(id.0)
            .fetch_one(c)
            .await
        })?;
        let refunds = refunds(&mut conn, payment.id, order.amount.currency).await?;
        let (versions, more_versions) = versions(&mut conn, id, from.versions_before).await?;
        let history = events(&mut conn, id, None).await?;
        let earlier = match from.events_before {
            Some(before) => Some(events(&mut conn, id, Some(before)).await?),
            None => None,
        };
        Ok(Some(OrderPage {
            order,
            refund_open: payment.refund_open,
            gateway: payment.gateway.parse().map_err(|error| StoreError::corrupt("payment", error))?,
            paid_at: payment.paid_at,
            refunds,
            versions,
            more_versions,
            history,
            earlier,
        }))
    }
}

async fn refunds(conn: &mut Conn, payment: Uuid, currency: Currency) -> Result<Vec<OrderRefund>, StoreError> {
    let rows: Vec<RefundRow> = on!(Conn: conn, |c| {
        sqlx::query_as("SELECT amount_minor, state, updated_at FROM refund WHERE payment_id = $1 ORDER BY id")
            .bind(payment)
            .fetch_all(c)
            .await
    })?;
    let read = |row: RefundRow| {
        Ok(OrderRefund {
            amount: Money { minor: row.amount_minor, currency },
            state: row.state.parse().map_err(|error| StoreError::corrupt("refund", error))?,
            updated_at: row.updated_at,
        })
    };
    rows.into_iter().map(read).collect()
}

/// One more than is shown is read, to know whether there are more.
async fn versions(
    conn: &mut Conn,
    order: OrderId,
    before: Option<i32>,
) -> Result<(Vec<VersionLine>, bool), StoreError> {
    let mut rows: Vec<VersionRow> = on!(Conn: conn, |c| {
        sqlx::query_as(
            "SELECT number, title, report ->> 'verdict' AS verdict, \
             CAST(report ->> 'wordCount' AS BIGINT) AS word_count, made_by, notes, created_at \
             FROM content_version WHERE order_id = $1 AND number < $2 ORDER BY number DESC LIMIT $3",
        )
        .bind(order.0)
        .bind(before.unwrap_or(i32::MAX))
        .bind(limit())
        .fetch_all(c)
        .await
    })?;
    let more = rows.len() > ORDER_PAGE_MAX;
    rows.truncate(ORDER_PAGE_MAX);
    let read = |row: VersionRow| {
        let unreadable = |error| StoreError::corrupt("version", error);
        Ok(VersionLine {
            number: row.number,
            title: row.title,
            verdict: row.verdict.map(|name| name.parse()).transpose().map_err(unreadable)?,
            word_count: row.word_count,
            made_by: row.made_by,
            notes: row.notes,
            created_at: row.created_at,
        })
    };
    Ok((rows.into_iter().map(read).collect::<Result<_, StoreError>>()?, more))
}

async fn events(conn: &mut Conn, order: OrderId, before: Option<i32>) -> Result<OrderHistory, StoreError> {
    let mut rows: Vec<EventRow> = on!(Conn: conn, |c| {
        sqlx::query_as(
            "SELECT sequence, kind, to_status, run, actor, detail, created_at FROM order_event \
             WHERE order_id = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3",
        )
        .bind(order.0)
        .bind(before.unwrap_or(i32::MAX))
        .bind(limit())
        .fetch_all(c)
        .await
    })?;
    let more = rows.len() > ORDER_PAGE_MAX;
    rows.truncate(ORDER_PAGE_MAX);
    let read = |row: EventRow| {
        let unreadable = |error| StoreError::corrupt("event", error);
        Ok(OrderEvent {
            sequence: row.sequence,
            kind: row.kind.parse().map_err(unreadable)?,
            to: row.to_status.parse().map_err(unreadable)?,
            run: row.run,
            actor: row.actor,
            detail: row.detail.0,
            created_at: row.created_at,
        })
    };
    Ok(OrderHistory { events: rows.into_iter().map(read).collect::<Result<_, StoreError>>()?, more })
}

fn limit() -> i64 {
    i64::try_from(ORDER_PAGE_MAX + 1).unwrap_or(i64::MAX)
}
