//! Pages to pay on, and how they stand.

use super::*;

#[tokio::test]
async fn a_checkout_of_ours_comes_back_with_its_id() {
    let desk = Desk::new().await;
    let page = desk.stripe.create_checkout(&intent()).await.unwrap();
    assert_eq!(page.expires_at, Some(now() + TimeDelta::hours(23)));
    let kept = desk.control().session(&page.external_id).unwrap();
    assert_eq!(page.url, kept.url);
    assert_eq!((kept.amount_total, kept.currency.as_str()), (12_900, "usd"));
    assert_eq!(kept.email.as_deref(), Some("ann@example.com"));
    assert_eq!(kept.client_reference_id.as_deref(), Some(CHECKOUT));
    assert_eq!(kept.metadata["galley_checkout"], CHECKOUT);
    assert_eq!(kept.payment_metadata, kept.metadata);
    assert_eq!(
        kept.success_url,
        format!("https://shop.example/payment/success?session_id={CHECKOUT}&token=t0ken")
    );
    let open = desk.session(&page.external_id).await;
    assert_eq!((open.state, open.checkout), (CheckoutState::Open, CHECKOUT.parse().ok()));

    desk.control().pay_later(&page.external_id).unwrap();
    assert_eq!(desk.session(&page.external_id).await.state, CheckoutState::Processing);
    desk.control().money_arrives(&page.external_id).unwrap();
    let paid = desk.session(&page.external_id).await;
    assert_eq!((paid.state, paid.sale.amount_total_minor), (CheckoutState::Paid, Some(12_900)));
    assert!(paid.payment_ref.starts_with("pi_"), "{}", paid.payment_ref);
}

#[tokio::test]
async fn whatever_became_of_the_answer_the_same_key_makes_one_page() {
    for (mode, done) in [
        (StripeMode::LostAnswer, true),
        (StripeMode::Garbage, true),
        (StripeMode::Reset, false),
        (StripeMode::Status503, false),
        (StripeMode::RateLimited, false),
        (StripeMode::RateLimitedNoRetry, false),
    ] {
        let desk = Desk::new().await;
        desk.bad(mode);
        let error = desk.stripe.create_checkout(&intent()).await.unwrap_err();
        let sure = matches!(error, GatewayError::NotDone { .. });
        assert!(sure || matches!(error, GatewayError::Unknown { .. }), "{mode:?}: {error:?}");
        assert!(!(sure && done), "{mode:?} was done: {error:?}");
        let page = desk.stripe.create_checkout(&intent()).await.unwrap();
        let made = desk.control().sessions();
        assert_eq!(made.len(), 1, "{mode:?}");
        assert_eq!(made[0].id, page.external_id);
        let requests = desk.control().requests();
        let [first, second] = requests.as_slice() else { panic!("{requests:?}") };
        let key = format!("checkout:{CHECKOUT}:1");
        assert_eq!(first.idempotency_key.as_deref(), Some(key.as_str()));
        assert_eq!((&first.idempotency_key, &first.form), (&second.idempotency_key, &second.form));
    }
}

#[tokio::test]
async fn a_kept_failure_is_told_apart_and_what_it_hid_is_found() {
    for (mode, made) in [(StripeMode::Stored500, false), (StripeMode::Stored500After, true)] {
        let desk = Desk::new().await;
        desk.bad(mode);
        let error = desk.stripe.create_checkout(&intent()).await.unwrap_err();
        assert!(matches!(error, GatewayError::Unknown { .. }), "{error:?}");
        let error = desk.stripe.create_checkout(&intent()).await.unwrap_err();
        assert!(matches!(error, GatewayError::Replayed { .. }), "{error:?}");
        let found = desk.stripe.find_checkout(&intent()).await.unwrap();
        assert_eq!(found.is_some(), made, "{mode:?}");
        if found.is_none() {
            desk.stripe.create_checkout(&CheckoutIntent { attempt: 2, ..intent() }).await.unwrap();
        }
        assert_eq!(desk.control().sessions().len(), 1);
    }
}

#[tokio::test]
async fn a_key_in_use_or_used_for_something_else_is_told_apart() {
    let desk = Desk::new().await;
    desk.control().set(Fault::times(StripeMode::Slow, 1).latency(Duration::from_millis(800)));
    let (intent, dearer) =
        (intent(), CheckoutIntent { price: Money { minor: 1, ..intent().price }, ..intent() });
    let (slow, in_use) = tokio::join!(desk.stripe.create_checkout(&intent), async {
        desk.control().counters_reach(|counters| counters.in_flight == 1).await;
        desk.stripe.create_checkout(&intent).await
    });
    slow.unwrap();
    assert!(matches!(in_use, Err(GatewayError::NotDone { .. })), "{in_use:?}");
    let error = desk.stripe.create_checkout(&dearer).await.unwrap_err();
    assert!(matches!(error, GatewayError::Replayed { .. }), "{error:?}");
    assert_eq!(desk.control().sessions().len(), 1);
}

#[tokio::test]
async fn a_wrong_key_and_an_unknown_session_are_refused() {
    let desk = Desk::new().await;
    let error = desk.stripe.fetch("cs_test_unknown", None).await.unwrap_err();
    let GatewayError::Refused { detail } = &error else { panic!("{error:?}") };
    assert!(detail.starts_with("HTTP 404 resource_missing: "), "{detail}");
    let other = gateway(&desk.server, "sk_test_other");
    let error = other.account().await.unwrap_err();
    assert!(
        matches!(&error, GatewayError::Refused { detail } if !detail.contains("sk_test_other")),
        "{error:?}"
    );
    let account = desk.stripe.account().await.unwrap();
    assert_eq!((account.id.as_str(), account.livemode), ("acct_1SandboxAccount01", Some(false)));
}

#[tokio::test]
async fn everything_that_was_completed_is_listed_whoever_made_it() {
    let desk = Desk::new().await;
    let mut expected = Vec::new();
    for _ in 0..230 {
        let session = desk.control().create_session(NewSession::default());
        desk.control().pay(&session.id).unwrap();
        expected.push(session.id);
    }
    desk.control().create_session(NewSession::default());
    expected.reverse();
    let (mut found, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = desk.stripe.list_complete(&today(), after.as_deref()).await.unwrap();
        pages += 1;
        found.extend(page.observations.into_iter().map(|observation| match observation {
            Observation::Session(fact) => {
                assert_eq!((fact.state, fact.checkout), (CheckoutState::Paid, None));
                fact.external_id
            }
            Observation::Money(fact) => panic!("{fact:?}"),
        }));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((found, pages), (expected, 3));
    let before = Window { from: now() - TimeDelta::hours(2), until: now() };
    assert!(desk.stripe.list_complete(&before, None).await.unwrap().observations.is_empty());
}

#[tokio::test]
async fn a_checkout_is_found_among_many() {
    let desk = Desk::new().await;
    let page = desk.stripe.create_checkout(&intent()).await.unwrap();
    for _ in 0..120 {
        desk.control().create_session(NewSession::default());
    }
    assert_eq!(desk.stripe.find_checkout(&intent()).await.unwrap(), Some(page.clone()));
    desk.control().pay(&page.external_id).unwrap();
    let found = desk.stripe.find_checkout(&intent()).await.unwrap().unwrap();
    assert_eq!(found.external_id, page.external_id);
    assert!(found.url.starts_with("https://shop.example/payment/success?"), "{}", found.url);
    let other = CheckoutIntent { checkout: REFUND.parse().unwrap(), ..intent() };
    assert_eq!(desk.stripe.find_checkout(&other).await.unwrap(), None);
}

#[tokio::test]
async fn odd_shapes_are_read_and_the_other_mode_is_left_out() {
    let desk = Desk::new().await;
    let payment = desk.paid().await;
    let session = desk.control().sessions()[0].id.clone();
    let plain = format!("{:?}", desk.session(&session).await);
    desk.control().set(Fault::always(StripeMode::OddShape));
    assert_eq!(format!("{:?}", desk.session(&session).await), plain);
    assert_eq!(desk.stripe.list_complete(&today(), None).await.unwrap().observations.len(), 1);
    assert_eq!(desk.stripe.refund(&refund_of(&payment)).await.unwrap().state, RefundState::Succeeded);
    assert_eq!(desk.stripe.list_money(now()).await.unwrap().len(), 1);
    desk.control().set(Fault::always(StripeMode::LivemodeFlip));
    assert!(desk.stripe.fetch(&session, None).await.unwrap().is_empty());
    assert!(desk.stripe.list_complete(&today(), None).await.unwrap().observations.is_empty());
}

#[tokio::test]
async fn a_stripe_that_is_silent_or_down_is_not_waited_for() {
    let desk = Desk::new().await;
    desk.bad(StripeMode::Hang);
    let error = desk.stripe.create_checkout(&intent()).await.unwrap_err();
    assert_eq!(error, GatewayError::Unknown { detail: "no answer in time".to_owned() });
    let Desk { server, stripe } = desk;
    server.shutdown().await;
    let error = stripe.create_checkout(&intent()).await.unwrap_err();
    assert!(matches!(error, GatewayError::NotDone { .. }), "{error:?}");
}
