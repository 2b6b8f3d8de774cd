//! Staff are told when something needs a person: at most one mail per reason and five minutes, so
//! that a neighbour's outage does not fill a mailbox. The first one says what happened; the
//! rest can be seen in the lists that it points to.

use super::mail::MailRow;
use crate::shared::Shared;
use chrono::{DateTime, Utc};
use galley_content::mail::{AlertFacts, render_alert};
use galley_domain::{id::OrderId, mail::MailKind, order::Alert};

/// How long alerts of one reason are gathered.
const WINDOW_SECONDS: i64 = 300;

/// Something that staff should know.
#[derive(Clone, Debug)]
pub(crate) struct AlertNote {
    pub(crate) alert: Alert,
    pub(crate) lines: Vec<String>,
}

impl AlertNote {
    pub(super) fn of_order(alert: Alert, order: OrderId, reason: Option<&str>) -> Self {
        let mut lines = vec![format!("Order {order}")];
        lines.extend(reason.map(str::to_owned));
        Self { alert, lines }
    }
}

pub(super) fn mail(shared: &Shared, note: &AlertNote, at: DateTime<Utc>) -> Option<MailRow> {
    tracing::warn!(alert = %note.alert, detail = note.lines.join(" · "), "Somebody should look at this");
    let recipient = shared.letterhead.staff_email.clone()?;
    let facts = AlertFacts { reason: note.alert.as_str(), lines: &note.lines };
    Some(MailRow {
        id: shared.clock.new_id(),
        order_id: None,
        kind: MailKind::StaffAlert,
        dedupe_key: format!("alert:{}:{}", note.alert, at.timestamp().div_euclid(WINDOW_SECONDS)),
        recipient,
        content: render_alert(&shared.letterhead.shop_name, &facts),
        at,
    })
}
