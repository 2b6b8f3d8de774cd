//! All that ever happened to an order, in one list.

use crate::{Store, db::on, error::StoreError};
use chrono::{DateTime, Utc};
use galley_domain::id::OrderId;
use serde_json::Value;
use sqlx::FromRow;
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! sources {
    ($($(#[$meta:meta])* $name:ident = $text:literal;)+) => {
        /// Where a line of the timeline comes from.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum TimelineSource {
            $($(#[$meta])* $name,)+
        }

        impl TimelineSource {
            /// Every one of them. What has happened in the same moment is told with the last of these
            /// on top: what follows from something stands above it.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }

        impl FromStr for TimelineSource {
            type Err = ();

            fn from_str(name: &str) -> Result<Self, ()> {
                match name {
                    $($text => Ok(Self::$name),)+
                    _ => Err(()),
                }
            }
        }
    };
}

sources! {
    /// What a gateway sent about the payment.
    Payment = "payment";
    /// A dispute over the payment.
    Dispute = "dispute";
    /// What staff did to the order's payment.
    Audit = "audit";
    /// Money on its way back.
    Refund = "refund";
    /// A run of a job: one that failed, one that ended it, or one that is to come.
    Run = "run";
    /// A version of the content.
    Version = "version";
    /// A change of the order.
    Event = "event";
    /// A mail to the customer, or to staff about the order.
    Mail = "mail";
}

impl TimelineSource {
    fn rank(self) -> i64 {
        Self::ALL.iter().position(|source| *source == self).and_then(|at| i64::try_from(at).ok()).unwrap_or(0)
    }
}

impl fmt::Display for TimelineSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A line of an order's timeline. What each field is depends on where the line comes from.
#[derive(Clone, Debug)]
pub struct TimelineEntry {
    /// Where it comes from.
    pub source: TimelineSource,
    /// When it happened; a run when it ended, a mail when it was sent or, until then, queued.
    pub at: DateTime<Utc>,
    /// When it began: a run's start, a mail's queueing.
    pub since: Option<DateTime<Utc>>,
    /// The kind of event, job, mail or gateway event; the audited action; a version's title.
    pub name: String,
    /// The state of a job, mail, gateway event, refund or dispute; the status after an event; the verdict
    /// on a version.
    pub state: Option<String>,
    /// Who.
    pub actor: Option<String>,
    /// The error of a run, gateway event or mail; the subject of a mail that has none; the reason of a
    /// refund or dispute; the notes that a version answers.
    pub text: Option<String>,
    /// An event's run, a run's attempt, a version's number; of refunds and disputes the amount in minor
    /// units of the payment.
    pub number: Option<i64>,
    /// An event's facts, a version's provenance, an audit line's detail.
    pub detail: Option<Value>,
    /// What can be opened: the job, mail or gateway event.
    pub subject: Uuid,
    /// Where the next page begins, if this is the last line of one.
    pub cursor: TimelineCursor,
}

/// A place in a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimelineCursor {
    at: DateTime<Utc>,
    place: i64,
    id: Uuid,
}

impl TimelineCursor {
    /// Behind everything that has happened: 9999-12-31.
    const END: Self = Self {
        at: DateTime::from_timestamp(253_402_214_400, 0).expect("it is within range"),
        place: i64::MAX,
        id: Uuid::max(),
    };
}

impl fmt::Display for TimelineCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.at.timestamp_micros(), self.place, self.id.simple())
    }
}

impl FromStr for TimelineCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(());
        let at = part()?.parse().ok().and_then(DateTime::from_timestamp_micros).ok_or(())?;
        Ok(Self { at, place: part()?.parse().or(Err(()))?, id: Uuid::try_parse(part()?).or(Err(()))? })
    }
}

/// Between the places of two sources; nothing is numbered higher.
const PLACES: i64 = 1_000_000_000;

/// All sources have the same columns: `(place, id, happened_at, since, name, state, actor, words, number,
/// detail, subject)`. `o` is the order, `{place}` where the source's places begin.
const fn select(source: TimelineSource) -> &'static str {
    match source {
        TimelineSource::Payment => {
            "SELECT CAST({place} AS BIGINT), e.id, e.received_at, e.gateway_created_at, e.kind, e.state, \
             'gateway:' || e.gateway, e.last_error, CAST(NULL AS BIGINT), CAST(NULL AS TEXT), e.id \
             FROM payment_event e WHERE e.id IN (\
             SELECT f.id FROM o JOIN payment p ON p.id = o.payment_id \
             JOIN payment_event f ON f.payment_ref = p.payment_ref AND f.gateway = p.gateway \
             UNION SELECT f.id FROM o JOIN payment p ON p.id = o.payment_id \
             JOIN checkout_session s ON s.id = p.checkout_session_id \
             JOIN payment_event f ON f.object_ref = s.external_id AND f.gateway = p.gateway)"
        }
        TimelineSource::Dispute => {
            "SELECT CAST({place} AS BIGINT), d.id, d.created_at, CAST(NULL AS TIMESTAMPTZ), 'dispute', d.state, \
             CAST(NULL AS TEXT), d.reason, d.amount_minor, CAST(NULL AS TEXT), d.id \
             FROM o JOIN dispute d ON d.payment_id = o.payment_id"
        }
        TimelineSource::Audit => {
            "SELECT CAST({place} AS BIGINT), a.id, a.created_at, CAST(NULL AS TIMESTAMPTZ), a.action, \
             CAST(NULL AS TEXT), a.actor, CAST(NULL AS TEXT), CAST(NULL AS BIGINT), CAST(a.detail AS TEXT), \
             a.subject_id FROM o JOIN audit_event a ON a.subject_id IN (o.id, o.payment_id)"
        }
        TimelineSource::Refund => {
            "SELECT CAST({place} AS BIGINT), r.id, r.created_at, CAST(NULL AS TIMESTAMPTZ), 'refund', r.state, \
             r.actor, r.reason, r.amount_minor, CAST(NULL AS TEXT), r.id \
             FROM o JOIN refund r ON r.payment_id = o.payment_id"
        }
        // The last run of a failed job is among those that failed. How a mail stands the mail tells.
        TimelineSource::Run => {
            "SELECT {place} + a.attempt, a.id, a.ended_at, a.started_at, j.kind, 'failed', CAST(NULL AS TEXT), \
             a.error, CAST(a.attempt AS BIGINT), CAST(NULL AS TEXT), j.id \
             FROM o JOIN job j ON j.order_id = o.id JOIN job_attempt a ON a.job_id = j.id \
             UNION ALL SELECT {place} + j.attempt, j.id, coalesce(j.finished_at, j.started_at, j.created_at), \
             j.started_at, j.kind, j.state, CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(j.attempt AS BIGINT), \
             CAST(NULL AS TEXT), j.id FROM o JOIN job j ON j.order_id = o.id WHERE j.state <> 'failed' \
             AND (j.queue <> 'mail' OR j.state = 'cancelled')"
        }
        TimelineSource::Version => {
            "SELECT {place} + v.number, v.id, v.created_at, CAST(NULL AS TIMESTAMPTZ), v.title, \
             v.report ->> 'verdict', v.made_by, v.notes, CAST(v.number AS BIGINT), CAST(v.provenance AS TEXT), \
             v.id FROM o JOIN content_version v ON v.order_id = o.id"
        }
        TimelineSource::Event => {
            "SELECT {place} + e.sequence, e.order_id, e.created_at, CAST(NULL AS TIMESTAMPTZ), e.kind, \
             e.to_status, e.actor, CAST(NULL AS TEXT), CAST(e.run AS BIGINT), CAST(e.detail AS TEXT), e.order_id \
             FROM o JOIN order_event e ON e.order_id = o.id"
        }
        TimelineSource::Mail => {
            "SELECT CAST({place} AS BIGINT), m.id, coalesce(m.sent_at, m.created_at), m.created_at, m.kind, \
             m.state, CAST(NULL AS TEXT), coalesce(m.error, m.subject), CAST(NULL AS BIGINT), CAST(NULL AS TEXT), \
             m.id FROM o JOIN email m ON m.order_id = o.id"
        }
    }
}

fn statement(sources: &[TimelineSource]) -> String {
    let wanted = TimelineSource::ALL.iter().filter(|source| sources.is_empty() || sources.contains(source));
    let selects: Vec<_> = wanted
        .map(|source| select(*source).replace("{place}", &(source.rank() * PLACES).to_string()))
        .collect();
    format!(
        "WITH o AS (SELECT id, payment_id FROM orders WHERE id = $1), \
         lines (place, id, happened_at, since, name, state, actor, words, number, detail, subject) AS ({}) \
         SELECT place, id, happened_at, since, name, state, actor, words, number, detail, subject FROM lines \
         WHERE (happened_at, place, id) < ($2, $3, $4) ORDER BY happened_at DESC, place DESC, id DESC LIMIT $5",
        selects.join(" UNION ALL ")
    )
}

#[derive(FromRow)]
struct Row {
    place: i64,
    id: Uuid,
    happened_at: DateTime<Utc>,
    since: Option<DateTime<Utc>>,
    name: String,
    state: Option<String>,
    actor: Option<String>,
    words: Option<String>,
    number: Option<i64>,
    detail: Option<String>,
    subject: Uuid,
}

impl TryFrom<Row> for TimelineEntry {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let unreadable = |error| StoreError::corrupt("line of a timeline", error);
        let source = usize::try_from(row.place / PLACES).ok().and_then(|rank| TimelineSource::ALL.get(rank));
        let source = *source.ok_or_else(|| StoreError::corrupt("line of a timeline", row.place))?;
        Ok(Self {
            source,
            at: row.happened_at,
            since: row.since,
            name: row.name,
            state: row.state,
            actor: row.actor,
            text: row.words,
            number: row.number,
            detail: row.detail.map(|text| serde_json::from_str(&text)).transpose().map_err(unreadable)?,
            subject: row.subject,
            cursor: TimelineCursor { at: row.happened_at, place: row.place, id: row.id },
        })
    }
}

impl Store {
    /// What happened to an order, newest first: of all sources, or only of those in `sources`; from
    /// before `before` on, at most `limit` lines. Nothing for an unknown order.
    ///
    /// Everything of one order is found by the index of its table, and there is little of it.
    pub async fn timeline(
        &self,
        order: OrderId,
        sources: &[TimelineSource],
        before: Option<TimelineCursor>,
        limit: i64,
    ) -> Result<Vec<TimelineEntry>, StoreError> {
        let before = before.unwrap_or(TimelineCursor::END);
        let mut conn = self.shared.pools.reader().await?;
        let rows: Vec<Row> = on!(Conn: &mut conn, |c| {
            let query = sqlx::query_as(sqlx::AssertSqlSafe(statement(sources))).bind(order.0);
            query.bind(before.at).bind(before.place).bind(before.id).bind(limit).fetch_all(c).await
        })?;
        rows.into_iter().map(TimelineEntry::try_from).collect()
    }
}
