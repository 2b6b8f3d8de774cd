//! Checkouts of ours: opened here first, then at the gateway.

use crate::{
    events::{event, observed, of_ours},
    on_both_engines,
    shop::{Shop, hosted, listed, wanted},
};
use chrono::TimeDelta;
use galley_content::order_link::LinkSigner;
use galley_domain::{
    id::CheckoutSessionId,
    job::{JobKind, Queue},
    payment::{CheckoutState, Gateway},
};
use galley_store::{CheckoutRef, Finished, NewCheckout, Outcome, Received, StoreError};

on_both_engines! {
    a_checkout_is_opened_at_todays_price_and_its_job_leaves_us_twelve_seconds,
    a_page_that_is_made_at_once_leaves_the_job_nothing_to_do,
    the_job_makes_the_page_that_nobody_else_made,
    what_is_not_sold_cannot_be_ordered,
    a_gateway_that_refuses_ends_the_checkout_and_staff_hear_of_it_once,
    a_refusal_that_comes_late_ends_nothing,
    a_key_that_is_spent_makes_one_new_attempt_whoever_says_so,
    a_page_that_ran_out_of_retries_is_tried_again,
    a_page_that_nobody_could_make_for_a_day_is_given_up,
    a_checkout_is_found_by_either_id,
    the_end_of_another_session_is_not_the_end_of_the_checkout,
    a_session_that_is_seen_before_its_page_is_known_keeps_the_page_wanted,
    a_zero_byte_in_a_refusal_stops_nothing,
}

/// State and time of the job that makes a checkout's page.
async fn job(shop: &Shop) -> (String, Option<chrono::DateTime<chrono::Utc>>) {
    let sql = "SELECT state, run_at FROM job WHERE kind = 'checkout-create'";
    let mut rows: Vec<(String, Option<chrono::DateTime<chrono::Utc>>)> = shop.database.raw.all(sql).await;
    assert_eq!(rows.len(), 1, "a checkout has one job");
    rows.remove(0)
}

async fn state(shop: &Shop, id: CheckoutSessionId) -> CheckoutState {
    shop.store.find_checkout(CheckoutRef::Id(id)).await.unwrap().unwrap().state
}

async fn a_checkout_is_opened_at_todays_price_and_its_job_leaves_us_twelve_seconds(shop: &Shop) {
    shop.database.raw.execute("UPDATE product SET price_minor = 9900 WHERE kind = 'article'").await;
    let opened = shop.store.open_checkout(wanted("a")).await.unwrap();
    let intent = opened.intent.expect("the gateway has to be asked");
    assert_eq!((intent.checkout, intent.gateway, intent.attempt), (opened.id, Gateway::Stripe, 1));
    assert_eq!((intent.title.as_str(), intent.price.to_string().as_str()), ("Article", "99.00 USD"));
    assert_eq!((intent.email.as_str(), intent.created_at), ("a@ours.example", shop.time.now()));
    let signer = LinkSigner::new(&["correct horse"]).unwrap();
    assert_eq!(intent.token, signer.sign_checkout(opened.id));
    let again = shop.store.checkout_intent(opened.id).await.unwrap().expect("the job asks the same");
    assert_eq!(format!("{again:?}"), format!("{intent:?}"));
    assert_eq!(intent.idempotency_key(), format!("checkout:{}:1", opened.id));
    assert_eq!(job(shop).await, ("delayed".to_owned(), Some(shop.time.now() + TimeDelta::seconds(12))));
    assert_eq!(state(shop, opened.id).await, CheckoutState::Creating);
    assert_eq!((shop.count("payment").await, shop.count("orders").await), (0, 0));
}

async fn a_page_that_is_made_at_once_leaves_the_job_nothing_to_do(shop: &Shop) {
    let id = shop.checkout("a").await;
    assert_eq!(job(shop).await, ("completed".to_owned(), None));
    assert!(shop.store.checkout_intent(id).await.unwrap().is_none(), "nobody asks the gateway again");
    let view = shop.store.find_checkout(CheckoutRef::Id(id)).await.unwrap().unwrap();
    assert_eq!((view.state, view.url.as_deref()), (CheckoutState::Open, Some("https://pay.example/a")));
    shop.time.advance(TimeDelta::hours(1));
    assert_eq!(shop.store.sweep().await.unwrap().promoted, 0);
    assert_eq!(shop.store.resume_payment_jobs().await.unwrap(), 0);
}

async fn the_job_makes_the_page_that_nobody_else_made(shop: &Shop) {
    let opened = shop.store.open_checkout(wanted("a")).await.unwrap();
    shop.time.advance(TimeDelta::seconds(12) - TimeDelta::microseconds(1));
    assert_eq!(shop.store.sweep().await.unwrap().promoted, 0, "the request is still at it");
    shop.time.advance(TimeDelta::microseconds(1));
    assert_eq!(shop.store.sweep().await.unwrap().promoted, 1);
    let claimed = shop.claim(Queue::Payment).await.remove(0);
    assert_eq!((claimed.kind, claimed.max_attempts), (JobKind::CheckoutCreate, 6));
    assert_eq!(claimed.payload["checkoutSessionId"], opened.id.to_string());
    shop.store.checkout_created(opened.id, &hosted("a")).await.unwrap();
    assert_eq!(job(shop).await.0, "active", "its worker ends it");
    assert_eq!(shop.finish(&claimed, Outcome::Done).await, Finished::Applied);
    assert_eq!(state(shop, opened.id).await, CheckoutState::Open);
}

async fn what_is_not_sold_cannot_be_ordered(shop: &Shop) {
    let mut unknown = wanted("a");
    unknown.brief.article_id = Some(shop.store.clock().new_id().into());
    let error = shop.store.open_checkout(unknown).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound("article")), "{error}");
    shop.database.raw.execute("DELETE FROM product WHERE kind = 'article'").await;
    let error = shop.store.open_checkout(wanted("a")).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound("product")), "{error}");
    assert_eq!((shop.count("checkout_session").await, shop.count("job").await), (0, 0));
}

async fn a_gateway_that_refuses_ends_the_checkout_and_staff_hear_of_it_once(shop: &Shop) {
    let opened = shop.store.open_checkout(wanted("a")).await.unwrap();
    for _ in 0..2 {
        shop.store.checkout_refused(opened.id, "no such price").await.unwrap();
        shop.time.advance(TimeDelta::minutes(6));
    }
    assert_eq!(state(shop, opened.id).await, CheckoutState::Failed);
    assert_eq!(job(shop).await.0, "completed");
    let alerts = shop.alerts().await;
    assert!(alerts.len() == 1 && alerts[0].1.starts_with("alert:checkout-failed:"), "{alerts:?}");
    assert!(shop.store.checkout_intent(opened.id).await.unwrap().is_none());
}

async fn a_refusal_that_comes_late_ends_nothing(shop: &Shop) {
    let id = shop.checkout("a").await;
    shop.store.checkout_refused(id, "the key was used").await.unwrap();
    assert_eq!(state(shop, id).await, CheckoutState::Open);
    assert!(shop.alerts().await.is_empty());
}

async fn a_key_that_is_spent_makes_one_new_attempt_whoever_says_so(shop: &Shop) {
    let id = shop.store.open_checkout(wanted("a")).await.unwrap().id;
    let (one, two) =
        tokio::join!(shop.store.next_checkout_attempt(id, 1), shop.store.next_checkout_attempt(id, 1));
    for intent in [one, two] {
        assert_eq!(intent.unwrap().unwrap().attempt, 2, "both go on with the same key");
    }
    let late = shop.store.next_checkout_attempt(id, 1).await.unwrap().unwrap();
    assert_eq!((late.attempt, late.idempotency_key()), (2, format!("checkout:{id}:2")));
    shop.store.checkout_created(id, &hosted("a")).await.unwrap();
    assert!(shop.store.next_checkout_attempt(id, 2).await.unwrap().is_none());
}

async fn a_page_that_ran_out_of_retries_is_tried_again(shop: &Shop) {
    let id = shop.store.open_checkout(wanted("a")).await.unwrap().id;
    shop.time.advance(TimeDelta::seconds(12));
    shop.store.sweep().await.unwrap();
    assert_eq!(shop.store.resume_payment_jobs().await.unwrap(), 0, "its job is at it");
    let claimed = shop.claim(Queue::Payment).await.remove(0);
    assert_eq!(shop.finish(&claimed, crate::shop::failure(None)).await, Finished::Failed);
    shop.time.advance(TimeDelta::seconds(78));
    let mut wake = shop.store.wake().subscribe();
    assert_eq!(shop.store.resume_payment_jobs().await.unwrap(), 1);
    assert_eq!(wake.recv().await.unwrap().jobs[0].id, claimed.id, "the same job, with all its attempts");
    assert_eq!(shop.store.resume_payment_jobs().await.unwrap(), 0, "once");
    let again = shop.claim(Queue::Payment).await.remove(0);
    assert_eq!((again.id, again.attempt), (claimed.id, 1));
    assert!(shop.store.checkout_intent(id).await.unwrap().is_some());
    shop.finish(&again, crate::shop::failure(None)).await;
    shop.database.raw.execute("DELETE FROM job_attempt").await;
    shop.database.raw.execute("DELETE FROM job WHERE kind = 'checkout-create'").await;
    shop.time.advance(TimeDelta::seconds(30));
    assert_eq!(shop.store.resume_payment_jobs().await.unwrap(), 1, "one that was cleaned away is made anew");
    assert_eq!(shop.claim(Queue::Payment).await[0].payload["checkoutSessionId"], id.to_string());
}

async fn a_page_that_nobody_could_make_for_a_day_is_given_up(shop: &Shop) {
    let id = shop.store.open_checkout(wanted("a")).await.unwrap().id;
    shop.time.advance(TimeDelta::hours(24));
    assert_eq!(shop.store.resume_payment_jobs().await.unwrap(), 0, "its job still waits");
    assert_eq!(state(shop, id).await, CheckoutState::Creating, "the key is good for a day");
    shop.time.advance(TimeDelta::minutes(1));
    assert_eq!(shop.store.resume_payment_jobs().await.unwrap(), 0);
    assert_eq!(state(shop, id).await, CheckoutState::Failed);
    assert_eq!(shop.alerts().await.len(), 1);
    let late = of_ours(event("evt_1", "late", CheckoutState::Paid), id);
    let received = shop.receive(late).await;
    assert!(
        matches!(received, Received::Settled { new: true, .. }),
        "money counts whenever it comes: {received:?}"
    );
    assert_eq!(state(shop, id).await, CheckoutState::Paid);
}

async fn a_checkout_is_found_by_either_id(shop: &Shop) {
    let id = shop.checkout("a").await;
    shop.checkout("b").await;
    let by_ours = shop.store.find_checkout(CheckoutRef::Id(id)).await.unwrap().unwrap();
    let by_theirs = shop.store.find_checkout(CheckoutRef::External("cs_a")).await.unwrap().unwrap();
    assert_eq!(format!("{by_ours:?}"), format!("{by_theirs:?}"));
    assert_eq!(
        (by_ours.title.as_deref(), by_ours.email.as_deref()),
        (Some("Article"), Some("a@ours.example"))
    );
    assert_eq!(by_ours.brief, Some(wanted("a").brief));
    assert_eq!(by_ours.price.unwrap().to_string(), "129.00 USD");
    assert_eq!((by_ours.order, by_ours.in_review, by_ours.created_at), (None, false, shop.time.now()));
    let order = shop.order("storefront").await;
    let view = shop.store.find_checkout(CheckoutRef::External("cs_storefront")).await.unwrap().unwrap();
    assert_eq!((view.state, view.order, view.brief), (CheckoutState::Paid, Some((order, 0)), None));
    let nobody = CheckoutSessionId(shop.store.clock().new_id());
    assert!(shop.store.find_checkout(CheckoutRef::Id(nobody)).await.unwrap().is_none());
    assert!(shop.store.find_checkout(CheckoutRef::External("cs_none")).await.unwrap().is_none());
}

/// A gateway that answered the first try too late has made two sessions; one of them expires.
async fn the_end_of_another_session_is_not_the_end_of_the_checkout(shop: &Shop) {
    let id = shop.checkout("a").await;
    for (key, ended) in [("evt_1", CheckoutState::Expired), ("evt_2", CheckoutState::Failed)] {
        assert_eq!(shop.receive(of_ours(event(key, "orphan", ended), id)).await, Received::Remembered);
        assert_eq!(state(shop, id).await, CheckoutState::Open);
    }
    assert_eq!(shop.store.take_due_checkouts(10, false).await.unwrap().len(), 1, "it is still asked about");
    shop.receive(of_ours(event("evt_3", "a", CheckoutState::Expired), id)).await;
    assert_eq!(state(shop, id).await, CheckoutState::Expired);
}

async fn a_session_that_is_seen_before_its_page_is_known_keeps_the_page_wanted(shop: &Shop) {
    let id = shop.store.open_checkout(wanted("a")).await.unwrap().id;
    let open = observed(of_ours(event("x", "a", CheckoutState::Open), id));
    assert_eq!(shop.store.observe(vec![open]).await.unwrap()[0].as_ref().unwrap(), &Received::Remembered);
    assert!(shop.store.checkout_intent(id).await.unwrap().is_some(), "nobody could pay without its address");
    shop.store.checkout_created(id, &hosted("a")).await.unwrap();
    assert_eq!(state(shop, id).await, CheckoutState::Open);
}

async fn a_zero_byte_in_a_refusal_stops_nothing(shop: &Shop) {
    let NewCheckout { brief, .. } = wanted("a");
    let opened = shop.store.open_checkout(NewCheckout { brief, ..wanted("b") }).await.unwrap();
    shop.store.checkout_refused(opened.id, "400: \0").await.unwrap();
    assert_eq!(state(shop, opened.id).await, CheckoutState::Failed);
    let jobs: Vec<(String, String)> =
        shop.database.raw.all("SELECT kind, state FROM job ORDER BY kind").await;
    assert_eq!(jobs, listed(&[("checkout-create", "completed"), ("email-delivery", "waiting")]));
}
