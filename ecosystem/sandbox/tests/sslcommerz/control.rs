use crate::shop::{shop, shop_answering};
use axum::http::StatusCode;
use galley_sandbox::sslcommerz::SslcommerzIpnPlan;
use serde_json::{Value, json};

#[tokio::test]
async fn the_pay_page_sends_the_browser_back_by_post() {
    let mut shop = shop().await;
    let key = shop.open("T1").await;
    let (status, page) = shop.page(&key).await;
    assert!(status == 200 && page.contains("SANDBOX") && page.contains("1150.00 BDT"), "{page}");
    for words in ["Pay", "Pay (risky)", "Fail", "Cancel", "Leave", "Pay twice"] {
        assert!(page.contains(&format!(">{words}</button>")), "{words}");
    }
    let url = format!("{}/_pay/{key}", shop.gateway.base_url());
    let press = async |outcome: &str| {
        let answer = shop.client.post(&url).body(format!("outcome={outcome}")).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(press("leave").await.0, 200);
    assert_eq!(press("nonsense").await.0, 400);
    assert!(shop.gateway.control().world().transactions.is_empty());
    for (outcome, path) in [("failed", "/fail"), ("cancel", "/cancel"), ("valid", "/success?a=1&amp;b=2")] {
        let (status, page) = press(outcome).await;
        let action = format!("method=\"post\" action=\"{}{path}\"", shop.url);
        assert!(status == 200 && page.contains(&action) && page.contains(".submit()"), "{page}");
        assert!(page.contains("Back to the shop</button>"));
        assert!(page.contains("name=\"value_a\" value=\"checkout &lt;1&gt; &amp; &quot;more&quot;\""));
        let ipn = shop.ipns.recv().await.unwrap();
        for name in ["status", "bank_tran_id", "verify_sign"] {
            assert!(page.contains(&format!("name=\"{name}\" value=\"{}\"", ipn[name])), "{name}");
        }
    }
    assert_eq!(press("valid").await.0, 409);
    assert_eq!(shop.page("nothing").await.0, 404);
    assert_eq!(shop.page("nothing?outcome=valid").await.0, 404);
    assert_eq!(shop.page("T1?outcome=double").await.0, 404, "only a sessionkey opens the page");
    assert_eq!(shop.page(&format!("{key}?outcome=double")).await.0, 200);
    assert_eq!(shop.gateway.control().world().transactions.len(), 4);
}

#[tokio::test]
async fn the_switch_works_over_http() {
    let mut shop = shop().await;
    let url = format!("{}/_control", shop.gateway.base_url());
    let send = async |path: &str, body: Value| {
        let answer = shop.client.post(format!("{url}{path}")).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap_or_default())
    };
    let fault = json!({ "mode": "status_500", "times": 1, "match": "T1" });
    assert_eq!(send("", fault).await.1["faults"][0]["mode"], "status_500");
    assert_eq!(shop.send(&shop.order("T1")).await.unwrap().status(), 500);
    let shown = send("", json!({ "ipn": { "copies": 2, "beforeRedirect": true } })).await.1;
    assert_eq!(shown["ipn"], json!({ "off": false, "copies": 2, "beforeRedirect": true, "delayMs": 0 }));
    for bad in [json!({ "mode": "nonsense" }), json!({ "ipn": { "copy": 2 } }), json!({})] {
        assert_eq!(send("", bad).await.0, 422);
    }
    let key = shop.open("T1").await;
    let (status, world) = send("/actions", json!({ "action": "pay", "target": key })).await;
    assert_eq!((status, &world["transactions"][0]["status"]), (200, &json!("VALID")));
    assert_eq!(shop.ipns.recv().await.unwrap(), shop.ipns.recv().await.unwrap());
    assert_eq!(send("/actions", json!({ "action": "pay", "target": key })).await.0, 409);
    assert_eq!(send("/actions", json!({ "action": "pay", "target": "?" })).await.0, 404);
    assert_eq!(send("/actions", json!({ "action": "dance", "target": "?" })).await.0, 422);
    let bank = world["transactions"][0]["bankTranId"].as_str().unwrap();
    let refund = shop.refund(bank, "10.00").await;
    let done = json!({ "action": "refund_done", "target": refund["refund_ref_id"] });
    assert_eq!(send("/actions", done).await.1["refunds"][0]["status"], "refunded");
    let world: Value = shop.client.get(format!("{url}/world")).send().await.unwrap().json().await.unwrap();
    assert_eq!(world["transactions"][0]["refundedMinor"], 1_000);
    assert_eq!(world, serde_json::to_value(shop.gateway.control().world()).unwrap());
    let shown: Value = shop.client.delete(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!((&shown["faults"], &shown["ipn"]["copies"]), (&json!([]), &json!(1)));
    let shown: Value = shop.client.get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(shown["counters"]["ipnsAccepted"], 2);
}

#[tokio::test]
async fn ipns_come_as_planned() {
    let mut shop = shop().await;
    let control = shop.gateway.control().clone();
    control.set_ipn_plan(SslcommerzIpnPlan { off: true, ..Default::default() });
    shop.paid("T1").await;
    control.settled().await;
    assert!(shop.ipns.try_recv().is_err());
    control.set_ipn_plan(SslcommerzIpnPlan { copies: 3, ..Default::default() });
    shop.paid("T2").await;
    let first = shop.ipns.recv().await.unwrap();
    for _ in 0..2 {
        assert_eq!(shop.ipns.recv().await.unwrap(), first);
    }
    control.settled().await;
    control.set_ipn_plan(SslcommerzIpnPlan { before_redirect: true, ..Default::default() });
    let key = shop.open("T3").await;
    assert_eq!(shop.page(&format!("{key}?outcome=valid")).await.0, 200);
    assert_eq!(shop.ipns.try_recv().unwrap()["tran_id"], "T3", "it was there before the browser was");
    control.set_ipn_plan(SslcommerzIpnPlan { delay_ms: 3_600_000, ..Default::default() });
    shop.paid("T4").await;
    assert_eq!(control.counters().ipns_under_way, 1);
    shop.gateway.shutdown().await;
    control.settled().await;
    assert!(shop.ipns.try_recv().is_err(), "what is under way is cut off");
}

#[tokio::test]
async fn an_ipn_that_is_refused_does_not_come_again() {
    let mut shop = shop_answering(StatusCode::INTERNAL_SERVER_ERROR).await;
    shop.paid("T1").await;
    shop.gateway.control().settled().await;
    let counters = shop.gateway.control().counters();
    assert_eq!((counters.ipns_accepted, counters.ipns_refused), (0, 1));
    assert!(shop.ipns.recv().await.is_some() && shop.ipns.try_recv().is_err());
}
