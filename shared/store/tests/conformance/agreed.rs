//! What checkouts of ours become: exactly what was agreed on when they were opened.

use crate::{
    events::{event, of_ours, paid, with, with_payment},
    on_both_engines,
    shop::{Shop, hosted, listed, wanted},
};
use galley_domain::{
    id::{CheckoutSessionId, OrderId},
    money::Currency,
    payment::{CheckoutState, Gateway, Inbound, PaymentState, ReviewReason},
};
use galley_store::{CheckoutRef, Received};

on_both_engines! {
    the_order_is_what_was_agreed_on_whatever_the_session_says,
    a_price_that_changes_after_opening_changes_nothing,
    what_is_not_exactly_what_was_agreed_on_needs_a_person,
    a_webhook_may_come_before_we_know_that_the_page_was_made,
    money_in_a_session_that_we_have_never_heard_of_counts_by_our_id,
    money_without_our_id_counts_by_the_session,
    our_id_from_another_gateway_or_account_is_no_claim,
    a_checkout_that_is_paid_in_two_sessions_is_paid_once_and_the_other_goes_back,
    a_second_payment_of_unknown_size_is_left_to_staff,
    both_sessions_of_a_checkout_in_one_batch_make_one_order,
    a_payment_of_another_checkout_pays_nothing_and_staff_are_told,
}

/// Session `cs_{session}` of our checkout is paid.
fn ours(session: &str, checkout: CheckoutSessionId) -> Inbound {
    of_ours(paid(session), checkout)
}

fn new_order(received: &Received) -> OrderId {
    match received {
        Received::Settled { order_id, new: true } => *order_id,
        other => panic!("{other:?}"),
    }
}

async fn the_order_is_what_was_agreed_on_whatever_the_session_says(shop: &Shop) {
    let id = shop.checkout("a").await;
    let forged = with(ours("a", id), |fact| {
        fact.sale.email = Some("somebody@else.example".to_owned());
        let forged = [("product", "backlink"), ("topic", "Coffee"), ("notes", "Ignore the brief")];
        fact.sale.metadata = forged.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    });
    let order = new_order(&shop.receive(forged).await);
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!(view.brief, wanted("a").brief);
    assert_eq!(view.amount.to_string(), "129.00 USD");
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "waiting")]));
    assert_eq!(shop.store.mails_of(order).await.unwrap()[0].recipient, "a@ours.example");
    let checkout = shop.store.find_checkout(CheckoutRef::Id(id)).await.unwrap().unwrap();
    assert_eq!((checkout.state, checkout.order), (CheckoutState::Paid, Some((order, 0))));
    assert_eq!(checkout.email.as_deref(), Some("a@ours.example"));
    assert_eq!(shop.store.find_order_of_session("cs_a").await.unwrap(), Some(order));
}

async fn a_price_that_changes_after_opening_changes_nothing(shop: &Shop) {
    let id = shop.checkout("a").await;
    let dearer = "UPDATE product SET price_minor = 20000, title = 'Essay' WHERE kind = 'article'";
    shop.database.raw.execute(dearer).await;
    let order = new_order(&shop.receive(ours("a", id)).await);
    assert_eq!(shop.store.order_view(order).await.unwrap().unwrap().amount.minor, 12_900);
    let checkout = shop.store.find_checkout(CheckoutRef::Id(id)).await.unwrap().unwrap();
    assert_eq!(checkout.title.as_deref(), Some("Article"), "what the customer saw");
}

async fn what_is_not_exactly_what_was_agreed_on_needs_a_person(shop: &Shop) {
    type Change = fn(&mut galley_domain::payment::SessionFact);
    let odd: [(&str, Change, ReviewReason); 5] = [
        ("less", |fact| fact.sale.amount_total_minor = Some(12_899), ReviewReason::AmountMismatch),
        ("more", |fact| fact.sale.amount_total_minor = Some(12_901), ReviewReason::AmountMismatch),
        ("unknown", |fact| fact.sale.amount_total_minor = None, ReviewReason::AmountUnknown),
        ("euros", |fact| fact.sale.currency = "eur".parse::<Currency>().ok(), ReviewReason::WrongCurrency),
        ("risky", |fact| fact.sale.risky = true, ReviewReason::Risky),
    ];
    for (name, change, reason) in odd {
        let id = shop.checkout(name).await;
        assert_eq!(shop.receive(with(ours(name, id), change)).await, Received::NeedsReview(reason), "{name}");
        let checkout = shop.store.find_checkout(CheckoutRef::Id(id)).await.unwrap().unwrap();
        assert_eq!((checkout.in_review, checkout.order), (true, None), "{name}");
    }
    let in_review = shop.store.payments(Some(PaymentState::NeedsReview), None, 10).await.unwrap();
    assert_eq!(in_review.len(), odd.len());
    assert_eq!(shop.count("orders").await, 0);
    let alerts = shop.alerts().await;
    assert!(alerts.len() == 1 && alerts[0].1.starts_with("alert:payment-needs-review:"), "{alerts:?}");
}

async fn a_webhook_may_come_before_we_know_that_the_page_was_made(shop: &Shop) {
    let id = shop.store.open_checkout(wanted("a")).await.unwrap().id;
    let order = new_order(&shop.receive(ours("a", id)).await);
    assert!(shop.store.checkout_intent(id).await.unwrap().is_none(), "the job finds nothing to do");
    shop.store.checkout_created(id, &hosted("a")).await.unwrap();
    let checkout = shop.store.find_checkout(CheckoutRef::External("cs_a")).await.unwrap().unwrap();
    assert_eq!((checkout.id, checkout.state), (id, CheckoutState::Paid), "nothing leaves paid");
    assert_eq!((checkout.order, checkout.url.is_some()), (Some((order, 0)), true));
    assert!(shop.store.take_due_checkouts(10, true).await.unwrap().is_empty());
    assert_eq!(shop.count("checkout_session").await, 1);
}

async fn money_in_a_session_that_we_have_never_heard_of_counts_by_our_id(shop: &Shop) {
    let id = shop.checkout("a").await;
    let order = new_order(&shop.receive(ours("twin", id)).await);
    assert_eq!(shop.count("checkout_session").await, 1);
    let checkout = shop.store.find_checkout(CheckoutRef::External("cs_twin")).await.unwrap().unwrap();
    assert_eq!((checkout.id, checkout.order), (id, Some((order, 0))), "the session that was paid counts");
}

async fn money_without_our_id_counts_by_the_session(shop: &Shop) {
    let id = shop.checkout("a").await;
    let nameless = with(paid("a"), |fact| fact.sale.metadata.clear());
    let order = new_order(&shop.receive(nameless).await);
    assert_eq!(shop.store.order_view(order).await.unwrap().unwrap().brief, wanted("a").brief);
    assert_eq!(shop.store.find_checkout(CheckoutRef::Id(id)).await.unwrap().unwrap().order, Some((order, 0)));
}

async fn our_id_from_another_gateway_or_account_is_no_claim(shop: &Shop) {
    let id = shop.checkout("a").await;
    let foreign = with(ours("x", id), |fact| fact.gateway = Gateway::Sslcommerz);
    assert_eq!(shop.receive(foreign).await, Received::NeedsReview(ReviewReason::MissingProduct));
    let account = with(ours("y", id), |fact| "acct_2".clone_into(&mut fact.account));
    assert_eq!(shop.receive(account).await, Received::NeedsReview(ReviewReason::MissingProduct));
    let nobody = CheckoutSessionId(shop.store.clock().new_id());
    assert_eq!(shop.receive(ours("z", nobody)).await, Received::NeedsReview(ReviewReason::MissingProduct));
    // A storefront's session has an id of ours too, but nothing was agreed on.
    shop.order("storefront").await;
    let theirs = shop.store.find_checkout(CheckoutRef::External("cs_storefront")).await.unwrap().unwrap().id;
    assert_eq!(shop.receive(ours("w", theirs)).await, Received::NeedsReview(ReviewReason::MissingProduct));
    let checkout = shop.store.find_checkout(CheckoutRef::Id(id)).await.unwrap().unwrap();
    assert_eq!((checkout.state, checkout.order), (CheckoutState::Open, None));
}

async fn a_checkout_that_is_paid_in_two_sessions_is_paid_once_and_the_other_goes_back(shop: &Shop) {
    let id = shop.checkout("a").await;
    let order = new_order(&shop.receive(ours("a", id)).await);
    assert_eq!(shop.receive(ours("b", id)).await, Received::SecondPayment);
    let again = of_ours(event("evt_again", "b", CheckoutState::Paid), id);
    assert_eq!(shop.receive(again).await, Received::SecondPayment, "and is told again");
    let payments: Vec<(String, String)> =
        shop.database.raw.all("SELECT payment_ref, state FROM payment ORDER BY payment_ref").await;
    assert_eq!(payments, listed(&[("pi_a", "paid"), ("pi_b", "duplicate")]));
    let refunds: Vec<(String, String, i64, String)> = shop
        .database
        .raw
        .all("SELECT r.origin, r.state, r.amount_minor, p.payment_ref FROM refund r JOIN payment p ON p.id = r.payment_id")
        .await;
    let auto = ("auto".to_owned(), "requested".to_owned(), 12_900, "pi_b".to_owned());
    assert_eq!(refunds, [auto], "one refund, of the second payment");
    let jobs: Vec<(String, String)> =
        shop.database.raw.all("SELECT kind, state FROM job WHERE kind = 'refund'").await;
    assert_eq!(jobs, listed(&[("refund", "waiting")]));
    let alerts = shop.alerts().await;
    assert!(alerts.len() == 1 && alerts[0].1.starts_with("alert:paid-twice:"), "{alerts:?}");
    let checkout = shop.store.find_checkout(CheckoutRef::Id(id)).await.unwrap().unwrap();
    assert_eq!((checkout.order, checkout.in_review), (Some((order, 0)), false));
    assert_eq!(shop.events(order).await, ["order_received"], "the order is not concerned");
}

async fn a_second_payment_of_unknown_size_is_left_to_staff(shop: &Shop) {
    let id = shop.checkout("a").await;
    new_order(&shop.receive(ours("a", id)).await);
    let unknown: [fn(&mut galley_domain::payment::SessionFact); 3] = [
        |fact| fact.sale.amount_total_minor = None,
        |fact| fact.sale.amount_total_minor = Some(0),
        |fact| fact.sale.currency = None,
    ];
    for (n, change) in unknown.into_iter().enumerate() {
        let second = with(ours(&n.to_string(), id), change);
        assert_eq!(shop.receive(second).await, Received::SecondPayment);
    }
    assert_eq!((shop.count("payment").await, shop.count("refund").await), (4, 0));
    assert_eq!(shop.alerts().await.len(), 1);
}

async fn both_sessions_of_a_checkout_in_one_batch_make_one_order(shop: &Shop) {
    for round in 0..10 {
        let id = shop.checkout(&format!("{round}")).await;
        let events = (0..6).map(|n| {
            let session = format!("{round}-{}", n % 3);
            of_ours(event(&format!("evt_{round}_{n}"), &session, CheckoutState::Paid), id)
        });
        let received = shop.receive_all(events).await;
        let new = received.iter().filter(|one| matches!(one, Received::Settled { new: true, .. })).count();
        let seconds = received.iter().filter(|one| **one == Received::SecondPayment).count();
        assert_eq!((new, seconds), (1, 4), "{received:?}");
    }
    assert_eq!((shop.count("orders").await, shop.count("payment").await), (10, 30));
    assert_eq!(shop.count("refund").await, 20);
}

async fn a_payment_of_another_checkout_pays_nothing_and_staff_are_told(shop: &Shop) {
    let (one, other) = (shop.checkout("a").await, shop.checkout("b").await);
    new_order(&shop.receive(ours("a", one)).await);
    assert_eq!(shop.receive(with_payment(ours("b", other), "pi_a")).await, Received::Ignored);
    assert_eq!((shop.count("orders").await, shop.count("payment").await), (1, 1));
    assert_eq!(shop.count("refund").await, 0, "the one payment is not sent back");
    let alerts = shop.alerts().await;
    assert!(alerts.len() == 1 && alerts[0].1.starts_with("alert:payment-event-odd:"), "{alerts:?}");
    assert_eq!(shop.store.find_checkout(CheckoutRef::Id(other)).await.unwrap().unwrap().order, None);
    let real = of_ours(event("evt_real", "b", CheckoutState::Paid), other);
    new_order(&shop.receive(real).await);
}
