//! The timeline of an order: everything, once, newest first.

use crate::{
    on_both_engines,
    shop::{Shop, content, failure},
};
use galley_domain::{
    actor::Actor,
    id::{OrderId, PaymentEventId},
    payment::DisputeState,
};
use galley_store::{RefundRequest, RefundTarget, TimelineEntry, TimelineSource};

on_both_engines! {
    a_timeline_tells_everything_newest_first,
    a_timeline_is_told_page_by_page,
    a_timeline_is_told_by_source,
    an_unknown_order_has_no_timeline,
    the_payload_of_a_payment_event_can_be_read,
}

async fn timeline(shop: &Shop, order: OrderId, sources: &[TimelineSource]) -> Vec<TimelineEntry> {
    shop.store.timeline(order, sources, None, 100).await.unwrap()
}

fn told(entries: &[TimelineEntry]) -> Vec<String> {
    let told = |entry: &TimelineEntry| {
        let state = entry.state.as_deref().unwrap_or("-");
        format!("{} {} {state}", entry.source, entry.name)
    };
    entries.iter().map(told).collect()
}

/// An order with something of every source.
async fn eventful(shop: &Shop) -> OrderId {
    let minute = chrono::TimeDelta::minutes(1);
    let order = shop.order("a").await;
    shop.time.advance(minute);
    let job = shop.claim_content(order).await;
    shop.time.advance(minute);
    shop.finish(&job, failure(Some(0))).await;
    shop.time.advance(minute);
    shop.store.sweep().await.unwrap();
    let job = shop.claim_content(order).await;
    shop.time.advance(minute);
    shop.finish(&job, content("First")).await;
    shop.time.advance(minute);
    shop.store
        .request_refund(RefundRequest {
            target: RefundTarget::Order(order),
            amount_minor: Some(100),
            reason: "late".to_owned(),
            actor: Actor::Staff("olga".to_owned()),
            key: None,
        })
        .await
        .unwrap();
    shop.time.advance(minute);
    shop.dispute(order, DisputeState::Open).await;
    order
}

async fn a_timeline_tells_everything_newest_first(shop: &Shop) {
    let order = eventful(shop).await;
    let other = shop.order("other").await;
    let entries = timeline(shop, order, &[]).await;
    assert_eq!(
        told(&entries),
        [
            "event dispute_opened QUALITY_CHECK",
            "dispute dispute open",
            "payment charge.updated done",
            "event refund_requested QUALITY_CHECK",
            "refund refund requested",
            "audit refund_requested -",
            "mail article-ready queued",
            "event content_ready QUALITY_CHECK",
            "version First pass",
            "run article-generation completed",
            "run article-generation failed",
            "mail order-received queued",
            "event order_received PROCESSING",
            "payment checkout.session.completed done",
        ]
    );
    assert!(entries.is_sorted_by(|one, next| one.at >= next.at));
    let of = |source| entries.iter().filter(move |entry| entry.source == source).collect::<Vec<_>>();
    let runs = of(TimelineSource::Run);
    assert_eq!((runs[0].number, runs[1].number, runs[0].subject), (Some(2), Some(1), runs[1].subject));
    assert_eq!(runs[1].text.as_deref(), Some("the AI service answered 500"));
    assert_eq!((runs[0].at - runs[0].since.unwrap()).num_seconds(), 60);
    let version = of(TimelineSource::Version)[0];
    let provenance = version.detail.as_ref().unwrap();
    assert_eq!((version.number, provenance["model"].as_str()), (Some(1), Some("test")));
    assert_eq!(version.actor.as_deref(), Some("system"));
    let refund = of(TimelineSource::Refund)[0];
    assert_eq!(
        (refund.number, refund.actor.as_deref(), refund.text.as_deref()),
        (Some(100), Some("staff:olga"), Some("late"))
    );
    assert_eq!(of(TimelineSource::Audit)[0].detail.as_ref().unwrap()["amountMinor"], 100);
    assert_eq!(of(TimelineSource::Dispute)[0].number, Some(12_900));
    assert_eq!(of(TimelineSource::Event)[1].detail.as_ref().unwrap()["reason"], "late");
    assert_eq!(of(TimelineSource::Payment)[1].actor.as_deref(), Some("gateway:stripe"));
    assert_eq!(timeline(shop, other, &[]).await.len(), 4, "with the run that is to come");
}

async fn a_timeline_is_told_page_by_page(shop: &Shop) {
    let order = eventful(shop).await;
    let whole = told(&timeline(shop, order, &[]).await);
    let (mut paged, mut before) = (Vec::new(), None);
    loop {
        let page = shop.store.timeline(order, &[], before, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.cursor.to_string().parse().unwrap());
        assert_eq!(before, Some(last.cursor));
        paged.extend(told(&page));
    }
    assert_eq!(paged, whole);
    for wrong in ["", "1", "1.2", "1.2.x", "x.2.0199b0a0000070008000000000000001"] {
        assert!(wrong.parse::<galley_store::TimelineCursor>().is_err(), "{wrong}");
    }
}

async fn a_timeline_is_told_by_source(shop: &Shop) {
    let order = eventful(shop).await;
    let whole = timeline(shop, order, &[]).await;
    for source in TimelineSource::ALL {
        let some = told(&timeline(shop, order, &[*source]).await);
        let expected: Vec<_> =
            told(&whole).into_iter().filter(|line| line.starts_with(&format!("{source} "))).collect();
        assert!(!expected.is_empty(), "{source}");
        assert_eq!(some, expected);
        assert_eq!(source.as_str().parse(), Ok(*source));
    }
    let both = timeline(shop, order, &[TimelineSource::Mail, TimelineSource::Version]).await;
    assert_eq!(
        told(&both),
        ["mail article-ready queued", "version First pass", "mail order-received queued"]
    );
}

async fn an_unknown_order_has_no_timeline(shop: &Shop) {
    let unknown = OrderId(shop.store.clock().new_id());
    assert!(timeline(shop, unknown, &[]).await.is_empty());
}

async fn the_payload_of_a_payment_event_can_be_read(shop: &Shop) {
    let order = shop.order("a").await;
    let entries = timeline(shop, order, &[TimelineSource::Payment]).await;
    let event = shop.store.payment_event(PaymentEventId(entries[0].subject)).await.unwrap().unwrap();
    assert_eq!((event.kind.as_str(), event.state.as_str()), ("checkout.session.completed", "done"));
    assert_eq!((event.object_ref.as_deref(), event.payment_ref.as_deref()), (Some("cs_a"), Some("pi_a")));
    assert_eq!((event.payload.as_str(), event.gateway.as_str()), ("{}", "stripe"));
    assert!(shop.store.payment_event(PaymentEventId(order.0)).await.unwrap().is_none());
}
