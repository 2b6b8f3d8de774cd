//! What Stripe has already, looked for in its lists. A list is read up to a bound, and whoever
//! reaches it is told so: "not found" must never mean "not looked".

use super::{
    MoneyKind, ask,
    failure::unknown,
    hosted, refund_answer,
    transport::{Listed, Transport},
};
use crate::{
    gateway::{GatewayError, Window},
    stripe::{
        field::{flag, text},
        money::REFUND_KEY,
        session::{CHECKOUT_KEY, Session},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::payment::{
    CheckoutIntent, CheckoutState, HostedCheckout, Observation, RefundAnswer, RefundIntent, RefundState,
};
use serde_json::Value;
use stripe_client_core::RequestBuilder;
use tracing::warn;
use url::Url;

/// Most pages of a hundred that are read in one search.
const PAGES_MAX: usize = 100;
/// How far Stripe's clock may be behind ours, in minutes.
const CLOCK_SLACK_MINUTES: i64 = 5;
/// How long a key is remembered, and so how late a try under it can still have made a page, in
/// hours; one more for the clocks.
const MADE_WITHIN_HOURS: i64 = 25;

/// The page of a checkout: one that is paid or complete, else one that can still be paid. One that
/// has expired is of no use to anybody.
pub(super) async fn checkout(
    transport: &Transport,
    intent: &CheckoutIntent,
    return_base: &Url,
) -> Result<Option<HostedCheckout>, GatewayError> {
    let window = Window {
        from: intent.created_at - TimeDelta::minutes(CLOCK_SLACK_MINUTES),
        until: intent.created_at + TimeDelta::hours(MADE_WITHIN_HOURS),
    };
    let ours = intent.checkout.to_string();
    let mut open = None;
    let mut pages = Pages::default();
    while let Some(items) = pages.next(transport, |after| Ok(ask::sessions(&window, false, after))).await? {
        for item in items.iter().filter(|item| metadata(item, CHECKOUT_KEY).as_ref() == Some(&ours)) {
            let Some(session) = Session::read(item) else { continue };
            match session.state() {
                // Stripe's page is closed; what the customer would see after paying is ours.
                CheckoutState::Paid | CheckoutState::Processing => {
                    return Ok(Some(closed(session.id, intent, return_base)));
                }
                CheckoutState::Open => open = open.or_else(|| hosted(item)),
                _ => {}
            }
        }
    }
    if open.is_none() && pages.cut {
        return Err(unknown("there are too many sessions to look through"));
    }
    Ok(open)
}

fn closed(external_id: String, intent: &CheckoutIntent, return_base: &Url) -> HostedCheckout {
    HostedCheckout { external_id, url: ask::success_url(intent, return_base).into(), expires_at: None }
}

/// A refund of ours, by Stripe's id of it, else among all refunds of its payment.
pub(super) async fn refund(
    transport: &Transport,
    intent: &RefundIntent,
) -> Result<Option<RefundAnswer>, GatewayError> {
    if let Some(id) = &intent.external_id {
        let refund = transport.read(ask::refund(id)?).await?;
        return refund_answer(&refund).map(Some).ok_or_else(|| unknown("the refund has no id"));
    }
    let ours = intent.refund.to_string();
    let mut found: Option<RefundAnswer> = None;
    let mut pages = Pages::default();
    while let Some(items) = pages.next(transport, |after| ask::refunds_of(&intent.payment_ref, after)).await?
    {
        let matching = items.iter().filter(|item| metadata(item, REFUND_KEY).as_ref() == Some(&ours));
        for answer in matching.filter_map(refund_answer) {
            // One attempt may have failed before another was taken on.
            if found.as_ref().is_none_or(|best| weight(answer.state) > weight(best.state)) {
                found = Some(answer);
            }
        }
    }
    if found.is_none() && pages.cut {
        return Err(unknown("there are too many refunds to look through"));
    }
    Ok(found)
}

const fn weight(state: RefundState) -> u8 {
    match state {
        RefundState::Succeeded => 2,
        RefundState::Failed => 0,
        _ => 1,
    }
}

/// Refunds and disputes made since.
pub(super) async fn money(
    transport: &Transport,
    since: DateTime<Utc>,
    livemode: bool,
) -> Result<Vec<Observation>, GatewayError> {
    let mut observations = Vec::new();
    for kind in [MoneyKind::Refund, MoneyKind::Dispute] {
        let mut pages = Pages::default();
        let request = |after: Option<&str>| {
            Ok(match kind {
                MoneyKind::Dispute => ask::disputes(since, after),
                MoneyKind::Refund | MoneyKind::Charge => ask::refunds(since, after),
            })
        };
        while let Some(items) = pages.next(transport, request).await? {
            let ours = items.iter().filter(|item| flag(item, "livemode").is_none_or(|mode| mode == livemode));
            let facts = ours.filter_map(|item| kind.read(item));
            observations.extend(facts.map(|fact| Observation::Money(Box::new(fact))));
        }
        if pages.cut {
            // The newest were read, and each of the others had an event of its own.
            warn!(gateway = "stripe", ?kind, "a list is too long to be read to its end");
        }
    }
    Ok(observations)
}

fn metadata(object: &Value, key: &str) -> Option<String> {
    text(object.get("metadata")?, key)
}

/// Page after page of one list.
#[derive(Default)]
struct Pages {
    read: usize,
    after: Option<String>,
    ended: bool,
    /// The list was longer than [`PAGES_MAX`].
    cut: bool,
}

impl Pages {
    async fn next(
        &mut self,
        transport: &Transport,
        request: impl Fn(Option<&str>) -> Result<RequestBuilder, GatewayError>,
    ) -> Result<Option<Vec<Value>>, GatewayError> {
        if self.ended {
            return Ok(None);
        }
        let Listed { items, next } = transport.list(request(self.after.as_deref())?).await?;
        self.read += 1;
        self.cut = next.is_some() && self.read >= PAGES_MAX;
        self.ended = next.is_none() || self.cut;
        self.after = next;
        Ok(Some(items))
    }
}
