//! The client of SSLCommerz against the stand-in, on the days when it works and on the others.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod shop;

use galley_domain::{
    money::Money,
    payment::{CheckoutIntent, CheckoutState, Fact, Gateway, Observation, RefundIntent, RefundState},
};
use galley_integrations::{
    gateway::{PaymentGateway as _, Window},
    secret::Secret,
    sslcommerz::{SslcommerzConfig, SslcommerzGateway, checkout_of, ipn},
};
use galley_sandbox::sslcommerz::SslcommerzMode;
use shop::{PASSWORD, Shop, kind, noon, one_form, refund_of};
use std::time::Duration;
use tokio::net::TcpListener;

#[tokio::test]
async fn a_page_is_made_under_our_name_of_the_attempt() {
    let shop = Shop::open().await;
    let page = shop.gateway.create_checkout(&shop.intent(1)).await.unwrap();
    assert_eq!(page.external_id, shop.tran_id(1));
    assert_eq!(checkout_of(&page.external_id), Some(shop.checkout));
    assert!(page.url.starts_with(&shop.server.base_url()), "{}", page.url);
    assert_eq!(page.expires_at, None);
    let session = &shop.server.control().world().sessions[0];
    assert_eq!((session.amount_minor, session.value_a.clone()), (115_050, shop.checkout.to_string()));
    let second = shop.gateway.create_checkout(&shop.intent(2)).await.unwrap();
    assert_eq!(second.external_id, shop.tran_id(2));
}

#[tokio::test]
async fn a_refusal_that_comes_as_200_is_a_refusal() {
    let shop = Shop::open().await;
    shop.break_with(SslcommerzMode::Failed);
    let error = shop.gateway.create_checkout(&shop.intent(1)).await.unwrap_err();
    assert_eq!(kind(&error), "refused");
    assert!(error.to_string().contains("Gateway is busy"), "{error}");
    shop.server.control().reset();
    let strange = SslcommerzGateway::new(SslcommerzConfig {
        store_id: "testbox".to_owned(),
        store_password: Secret::new("not-it"),
        api_base: shop.server.base_url().parse().unwrap(),
        public_url: "https://shop.example".parse().unwrap(),
        timeout: Duration::from_secs(20),
    });
    let strange = strange.unwrap();
    let error = strange.create_checkout(&shop.intent(1)).await.unwrap_err();
    assert_eq!(kind(&error), "refused");
    assert!(!error.to_string().contains("not-it"), "{error}");
    let error = strange.fetch(&shop.tran_id(1), None).await.unwrap_err();
    assert_eq!(kind(&error), "unknown");
}

#[tokio::test]
async fn how_an_attempt_stands_is_told_without_a_notice() {
    let shop = Shop::open().await;
    assert_eq!(shop.state().await, CheckoutState::Open, "nobody knows it");
    shop.gateway.create_checkout(&shop.intent(1)).await.unwrap();
    assert_eq!(shop.state().await, CheckoutState::Processing);
    shop.server.control().cancel(&shop.tran_id(1)).await.unwrap();
    assert_eq!(shop.state().await, CheckoutState::Failed);
    shop.server.control().fail(&shop.tran_id(1)).await.unwrap();
    assert_eq!(shop.state().await, CheckoutState::Failed);
    let paid = shop.server.control().pay(&shop.tran_id(1)).await.unwrap();
    let fact = shop.facts(None).await.remove(0);
    assert_eq!((fact.state, fact.checkout), (CheckoutState::Paid, Some(shop.checkout)));
    assert_eq!((fact.external_id, fact.payment_ref), (shop.tran_id(1), paid.bank_tran_id));
    assert_eq!((fact.gateway, fact.account.as_str(), fact.livemode), (Gateway::Sslcommerz, "", None));
    assert_eq!(fact.sale.amount_total_minor, Some(115_050));
    assert_eq!(fact.sale.currency.map(|currency| currency.to_string()).as_deref(), Some("BDT"));
    assert!(!fact.sale.risky && fact.sale.email.is_none());
}

#[tokio::test]
async fn a_val_id_is_validated_as_often_as_one_likes() {
    let shop = Shop::open().await;
    let bank = shop.paid().await;
    let val_id = shop.server.control().world().transactions[0].val_id.clone().unwrap();
    for _ in 0..2 {
        let fact = shop.facts(Some(&val_id)).await.remove(0);
        assert_eq!((fact.state, fact.payment_ref), (CheckoutState::Paid, bank.clone()));
        assert_eq!(fact.sale.amount_total_minor, Some(115_050));
    }
    // The same payment has the same name, whichever way it is asked about.
    assert_eq!(shop.facts(None).await[0].payment_ref, bank);
}

#[tokio::test]
async fn a_val_id_that_is_not_of_this_attempt_counts_for_nothing() {
    let shop = Shop::open().await;
    shop.paid().await;
    let val_id = shop.server.control().world().transactions[0].val_id.clone().unwrap();
    shop.gateway.create_checkout(&shop.intent(2)).await.unwrap();
    let observed = shop.gateway.fetch(&shop.tran_id(2), Some(&val_id)).await.unwrap();
    assert!(matches!(&observed[..], [Observation::Session(fact)] if fact.state == CheckoutState::Processing));
    for forged in ["forged", "", " "] {
        assert_eq!(shop.facts(Some(forged)).await[0].state, CheckoutState::Paid, "{forged:?}");
    }
}

#[tokio::test]
async fn a_forged_valid_is_not_believed() {
    let shop = Shop::open().await;
    shop.gateway.create_checkout(&shop.intent(1)).await.unwrap();
    shop.break_with(SslcommerzMode::ForgedStatus);
    shop.server.control().pay(&shop.tran_id(1)).await.unwrap();
    assert_eq!(shop.state().await, CheckoutState::Failed);
}

#[tokio::test]
async fn a_double_payment_is_two_payments_and_a_wrong_or_risky_one_is_told_as_it_is() {
    let shop = Shop::open().await;
    shop.gateway.create_checkout(&shop.intent(1)).await.unwrap();
    shop.server.control().pay_risky(&shop.tran_id(1)).await.unwrap();
    shop.server.control().pay_twice(&shop.tran_id(1)).await.unwrap();
    let facts = shop.facts(None).await;
    assert_eq!(facts.iter().map(|fact| fact.sale.risky).collect::<Vec<_>>(), [true, false]);
    assert_ne!(facts[0].payment_ref, facts[1].payment_ref);
    assert!(facts.iter().all(|fact| fact.state == CheckoutState::Paid));
    shop.break_with(SslcommerzMode::WrongAmount);
    assert_eq!(shop.facts(None).await[0].sale.amount_total_minor, Some(114_950));
}

#[tokio::test]
async fn money_of_other_currencies_is_told_in_the_one_that_was_asked_for() {
    let shop = Shop::open().await;
    let price = Money { minor: 1_999, currency: "USD".parse().unwrap() };
    shop.gateway.create_checkout(&CheckoutIntent { price, ..shop.intent(1) }).await.unwrap();
    shop.server.control().pay(&shop.tran_id(1)).await.unwrap();
    let sale = shop.facts(None).await.remove(0).sale;
    assert_eq!((sale.amount_total_minor, sale.currency), (Some(1_999), Some(price.currency)));
}

#[tokio::test]
async fn after_an_unknown_outcome_only_a_paid_page_is_found() {
    let shop = Shop::open().await;
    assert_eq!(shop.gateway.find_checkout(&shop.intent(1)).await.unwrap(), None);
    shop.break_with(SslcommerzMode::LostAnswer);
    let error = shop.gateway.create_checkout(&shop.intent(1)).await.unwrap_err();
    assert_eq!(kind(&error), "unknown");
    shop.server.control().reset();
    assert_eq!(shop.server.control().world().sessions.len(), 1, "it was made");
    assert_eq!(shop.gateway.find_checkout(&shop.intent(1)).await.unwrap(), None, "but shown to nobody");
    shop.gateway.create_checkout(&shop.intent(2)).await.unwrap();
    shop.server.control().pay(&shop.tran_id(2)).await.unwrap();
    let found = shop.gateway.find_checkout(&shop.intent(3)).await.unwrap().unwrap();
    assert_eq!(found.external_id, shop.tran_id(2));
    let expected =
        format!("http://127.0.0.1:1/payment/return/sslcommerz/{}?token=secret-token", shop.checkout);
    assert_eq!(found.url, expected);
}

#[tokio::test]
async fn every_way_to_fail_has_its_kind() {
    let shop = Shop::reached_at("https://shop.example", Duration::from_millis(300)).await;
    let bank = shop.paid().await;
    for (mode, created, asked, refunded) in [
        (SslcommerzMode::Status500, "unknown", "unknown", "unknown"),
        (SslcommerzMode::Down, "unknown", "unknown", "unknown"),
        (SslcommerzMode::Hang, "unknown", "unknown", "unknown"),
        (SslcommerzMode::Reset, "unknown", "unknown", "unknown"),
        (SslcommerzMode::Failed, "refused", "unknown", "unknown"),
        (SslcommerzMode::Inactive, "refused", "refused", "refused"),
        (SslcommerzMode::Garbage, "unknown", "unknown", "unknown"),
    ] {
        shop.break_with(mode);
        let gateway = &shop.gateway;
        let error = gateway.create_checkout(&shop.intent(2)).await.unwrap_err();
        assert_eq!(kind(&error), created, "{mode:?}: {error}");
        for val_id in [None, Some("val1")] {
            let error = gateway.fetch(&shop.tran_id(1), val_id).await.unwrap_err();
            assert_eq!(kind(&error), asked, "{mode:?}: {error}");
        }
        let error = gateway.find_checkout(&shop.intent(1)).await.unwrap_err();
        assert_eq!(kind(&error), asked, "{mode:?}: {error}");
        let error = gateway.refund(&refund_of(&bank, 100)).await.unwrap_err();
        assert_eq!(kind(&error), refunded, "{mode:?}: {error}");
        let begun = RefundIntent { external_id: Some("ref1".to_owned()), ..refund_of(&bank, 100) };
        let error = gateway.find_refund(&begun).await.unwrap_err();
        assert_eq!(kind(&error), "unknown", "{mode:?}: {error}");
        shop.server.control().reset();
    }
    let Shop { server, gateway, .. } = shop;
    server.shutdown().await;
    let error = gateway.refund(&refund_of(&bank, 100)).await.unwrap_err();
    assert_eq!(kind(&error), "not done", "{error}");
}

#[tokio::test]
async fn a_refund_is_taken_on_first_and_done_later() {
    let shop = Shop::open().await;
    let bank = shop.paid().await;
    let intent = refund_of(&bank, 15_050);
    let begun = shop.gateway.refund(&intent).await.unwrap();
    assert_eq!(begun.state, RefundState::Pending);
    let refund = &shop.server.control().world().refunds[0];
    assert_eq!((refund.amount_minor, refund.bank_tran_id.as_str()), (15_050, bank.as_str()));
    assert_eq!(refund.refe_id, "00000000000000000000000009");
    assert_eq!(begun.external_id.as_ref(), Some(&refund.refund_ref_id));
    let asked = RefundIntent { external_id: begun.external_id, ..intent };
    let state = async || shop.gateway.find_refund(&asked).await.unwrap().unwrap().state;
    assert_eq!(state().await, RefundState::Pending);
    assert_eq!(state().await, RefundState::Succeeded);
    shop.server.control().refund_cancelled(&refund.refund_ref_id).unwrap();
    let found = shop.gateway.find_refund(&asked).await.unwrap().unwrap();
    assert_eq!((found.state, found.external_id), (RefundState::Failed, asked.external_id.clone()));
    assert!(found.detail.is_some());
}

#[tokio::test]
async fn a_refund_may_be_slow_refused_or_lost() {
    let shop = Shop::open().await;
    let bank = shop.paid().await;
    shop.break_with(SslcommerzMode::RefundProcessing);
    let slow = shop.gateway.refund(&refund_of(&bank, 100)).await.unwrap();
    assert!(slow.state == RefundState::Pending && slow.external_id.is_some(), "{slow:?}");
    shop.break_with(SslcommerzMode::RefundFailed);
    let error = shop.gateway.refund(&refund_of(&bank, 100)).await.unwrap_err();
    assert_eq!(kind(&error), "refused");
    assert!(error.to_string().contains("does not take refunds"), "{error}");
    shop.server.control().reset();
    let error = shop.gateway.refund(&refund_of(&bank, 200_000)).await.unwrap_err();
    assert!(error.to_string().contains("exceeds"), "{error}");
    shop.break_with(SslcommerzMode::LostAnswer);
    let error = shop.gateway.refund(&refund_of(&bank, 100)).await.unwrap_err();
    assert_eq!(kind(&error), "unknown");
    assert_eq!(shop.server.control().world().refunds.len(), 2, "it was begun");
    shop.server.control().reset();
    let error = shop.gateway.find_refund(&refund_of(&bank, 100)).await.unwrap_err();
    assert_eq!(kind(&error), "unknown");
    assert!(error.to_string().contains("merchant panel"), "{error}");
}

#[tokio::test]
async fn there_are_no_lists() {
    let shop = Shop::open().await;
    shop.paid().await;
    assert!(!shop.gateway.has_lists());
    assert_eq!(shop.gateway.gateway(), Gateway::Sslcommerz);
    let calls = shop.server.control().counters().calls;
    let window = Window { from: noon(), until: noon() };
    let page = shop.gateway.list_complete(&window, None).await.unwrap();
    assert!(page.observations.is_empty() && page.next.is_none());
    assert!(shop.gateway.list_money(noon()).await.unwrap().is_empty());
    assert_eq!(shop.server.control().counters().calls, calls, "nobody was asked");
}

#[tokio::test]
async fn a_notice_leads_back_to_the_payment() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = format!("http://{}", listener.local_addr().unwrap());
    let shop = Shop::reached_at(&here, Duration::from_secs(20)).await;
    let bank = shop.paid().await;
    let (head, form) = one_form(listener).await;
    assert!(head.starts_with("POST /api/v1/webhooks/sslcommerz HTTP/1.1"), "{head}");
    let inbound = ipn::interpret(&form, "testbox", &Secret::new(PASSWORD)).unwrap();
    assert_eq!((inbound.kind.as_str(), inbound.payment_ref), ("ipn.valid", Some(bank.clone())));
    let Fact::Refetch { external_id, detail } = inbound.fact else { panic!("believed") };
    assert_eq!(external_id, shop.tran_id(1));
    let fact = shop.facts(detail.as_deref()).await.remove(0);
    assert_eq!((fact.state, fact.payment_ref), (CheckoutState::Paid, bank));
}

#[tokio::test]
async fn a_notice_of_a_cancelled_attempt_is_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = format!("http://{}", listener.local_addr().unwrap());
    let shop = Shop::reached_at(&here, Duration::from_secs(20)).await;
    shop.gateway.create_checkout(&shop.intent(1)).await.unwrap();
    shop.server.control().cancel(&shop.tran_id(1)).await.unwrap();
    let (_, form) = one_form(listener).await;
    let inbound = ipn::interpret(&form, "testbox", &Secret::new(PASSWORD)).unwrap();
    assert_eq!(inbound.kind, "ipn.cancelled");
    assert!(matches!(inbound.fact, Fact::Refetch { detail: None, .. }), "{:?}", inbound.fact);
}
