//! Working again on a gateway event that could not be worked on when it came in.

use super::{JobError, id_in, read};
use crate::runtime::Shared;
use galley_domain::{
    id::PaymentEventId,
    payment::{Fact, Gateway, Inbound},
};
use galley_integrations::stripe::inbound::interpret;
use galley_store::{ClaimedJob, Outcome};
use url::form_urlencoded;

pub(super) async fn work_again(shared: &Shared, job: &ClaimedJob) -> Result<Outcome, JobError> {
    let id: PaymentEventId = id_in(job, "paymentEventId")?;
    let Some(payload) = read(|| shared.store.find_failed_event(id)).await? else {
        return Ok(Outcome::Done);
    };
    let event =
        notice(&payload).unwrap_or_else(|| interpret(payload.as_bytes(), shared.neighbours.stripe_livemode));
    read(|| shared.store.rework_event(id, event.clone())).await?;
    Ok(Outcome::Done)
}

/// A notice of SSLCommerz, which is a form where Stripe's events are JSON. Whether it is signed was
/// asked before it was let into the inbox; all it can mean is that somebody should look.
fn notice(payload: &str) -> Option<Inbound> {
    let field = |name: &str| {
        let fields = form_urlencoded::parse(payload.as_bytes());
        // Of a field that comes twice the last one counts, as in PHP.
        fields
            .filter(|(key, value)| key == name && !value.is_empty())
            .last()
            .map(|(_, value)| value.into_owned())
    };
    field("verify_sign")?;
    let external_id = field("tran_id")?;
    Some(Inbound {
        gateway: Gateway::Sslcommerz,
        account: String::new(),
        dedupe_key: String::new(),
        kind: "ipn".to_owned(),
        object_ref: Some(external_id.clone()),
        payment_ref: field("bank_tran_id"),
        api_version: None,
        livemode: None,
        created_at: None,
        payload: payload.to_owned(),
        fact: Fact::Refetch { external_id, detail: field("val_id") },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_of_sslcommerz_means_that_somebody_should_look() {
        let form =
            "status=VALID&tran_id=01k30dwyghe00800014d2pf2db-1&val_id=2%2B3&verify_sign=ab&verify_key=x";
        let Some(Inbound { fact: Fact::Refetch { external_id, detail }, gateway, .. }) = notice(form) else {
            panic!("it is one");
        };
        assert_eq!((gateway, external_id.as_str()), (Gateway::Sslcommerz, "01k30dwyghe00800014d2pf2db-1"));
        assert_eq!(detail.as_deref(), Some("2+3"));
    }

    #[test]
    fn an_event_of_stripe_is_no_notice() {
        for payload in [r#"{"id":"evt_1","tran_id":"a&verify_sign=b"}"#, "", "tran_id=1", "\u{0}"] {
            assert!(notice(payload).is_none(), "{payload}");
        }
    }
}
