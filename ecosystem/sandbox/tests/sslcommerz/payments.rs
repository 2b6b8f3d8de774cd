use crate::shop::{Fields, encode, is_signed, now, refund_of, shop};
use galley_sandbox::sslcommerz::{SslcommerzActionError, SslcommerzOptions, sign_ipn};
use serde_json::{Value, json};

#[test]
fn the_documented_form_gets_its_documented_hash() {
    let form = [
        ("amount", "1150.00"),
        ("bank_tran_id", "151114130739MqCBNx5"),
        ("base_fair", "0.00"),
        ("card_brand", "VISA"),
        ("card_issuer", "BRAC BANK, LTD."),
        ("card_issuer_country", "Bangladesh"),
        ("card_issuer_country_code", "BD"),
        ("card_no", "432149XXXXXX0667"),
        ("card_type", "VISA-Brac bank"),
        ("currency", "BDT"),
        ("currency_amount", "1150.00"),
        ("currency_rate", "1.0000"),
        ("currency_type", "BDT"),
        ("risk_level", "0"),
        ("risk_title", "Safe"),
        ("status", "VALID"),
        ("store_amount", "1104.00"),
        ("store_id", "testbox"),
        ("tran_date", "2026-11-14 13:07:12"),
        ("tran_id", "5646dd9d4b484"),
        ("val_id", "151114130742Bj94IBUk4uE5GRj"),
        ("value_a", ""),
        ("value_b", ""),
        ("value_c", ""),
        ("value_d", ""),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let signed: Fields = sign_ipn(&form, "qwerty").into_iter().collect();
    assert_eq!(signed["verify_sign"], "1ec48f1317fd0e885f1dc91566da96be");
    let sha2 = "9f12167a669c363b65c6bd6adcdbde4ae9ef5c7ec35982a7ea1f661a5c7536f2";
    assert_eq!(signed["verify_sign_sha2"], sha2);
    let names: Vec<&str> = form.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(signed["verify_key"], names.join(","));
    let again: Vec<(String, String)> = signed.clone().into_iter().collect();
    assert_eq!(sign_ipn(&again, "qwerty").into_iter().collect::<Fields>(), signed);
}

#[tokio::test]
async fn a_payment_from_session_to_query() {
    let mut shop = shop().await;
    let session = shop.open_with(&shop.order("T1")).await;
    let key = session["sessionkey"].as_str().unwrap();
    assert_eq!(session["GatewayPageURL"], format!("{}/_pay/{key}", shop.gateway.base_url()));
    let open = shop.ask(&[("sessionkey", key)]).await;
    assert_eq!((&open["status"], &open["tran_id"]), (&json!("PENDING"), &json!("T1")));

    let made = shop.gateway.control().pay(key).await.unwrap();
    let ipn = shop.ipns.recv().await.unwrap();
    assert!(is_signed(&ipn), "{ipn:?}");
    let facts = ["status", "tran_id", "amount", "store_amount", "currency_type", "store_id", "risk_level"];
    assert_eq!(
        facts.map(|name| ipn[name].as_str()),
        ["VALID", "T1", "1150.00", "1104.00", "BDT", "testbox", "0"]
    );
    assert_eq!(ipn["value_a"], "checkout <1> & \"more\"");
    assert_eq!(ipn["tran_date"], "1970-01-01 06:00:00");
    let listed: Vec<&str> = ipn["verify_key"].split(',').collect();
    assert!(listed.is_sorted() && listed.contains(&"val_id") && listed.contains(&"currency_amount"));
    assert_eq!(Some(&ipn["val_id"]), made.val_id.as_ref());

    for status in ["VALID", "VALIDATED", "VALIDATED"] {
        let answer = shop.validate(&ipn["val_id"]).await;
        assert_eq!((&answer["status"], &answer["APIConnect"]), (&json!(status), &json!("DONE")));
        for name in ["amount", "currency_amount", "currency_rate", "bank_tran_id", "risk_level", "value_a"] {
            assert_eq!(answer[name], ipn[name], "{name}");
        }
    }
    let found = shop.ask(&[("tran_id", "T1")]).await;
    assert_eq!((&found["APIConnect"], &found["no_of_trans_found"]), (&json!("DONE"), &json!(1)));
    assert_eq!(found["element"][0]["val_id"], ipn["val_id"]);
    assert_eq!(found["element"][0]["status"], "VALIDATED");
    let one = shop.ask(&[("sessionkey", key)]).await;
    assert_eq!((&one["status"], &one["sessionkey"]), (&json!("VALIDATED"), &json!(key)));
    shop.gateway.control().settled().await;
    assert_eq!(shop.gateway.control().counters().ipns_accepted, 1);
}

#[tokio::test]
async fn what_is_unknown_is_no_transaction() {
    let shop = shop().await;
    assert_eq!(shop.validate("nothing").await["status"], "INVALID_TRANSACTION");
    assert_eq!(shop.ask(&[("sessionkey", "nothing")]).await["status"], "INVALID_TRANSACTION");
    let none = shop.ask(&[("tran_id", "nothing")]).await;
    assert_eq!(none, json!({ "APIConnect": "DONE", "no_of_trans_found": 0, "element": [] }));
    assert_eq!(shop.ask(&[]).await, json!({ "APIConnect": "INVALID_REQUEST" }));
    assert_eq!(shop.validate("").await, json!({ "APIConnect": "INVALID_REQUEST" }));
    assert_eq!(shop.ask(&[("refund_ref_id", "nothing")]).await["APIConnect"], "INVALID_REQUEST");
}

#[tokio::test]
async fn failed_and_cancelled_attempts_have_no_val_id_and_leave_the_session_open() {
    let mut shop = shop().await;
    let key = shop.open("T1").await;
    let control = shop.gateway.control().clone();
    control.fail(&key).await.unwrap();
    let failed = shop.ipns.recv().await.unwrap();
    control.cancel("T1").await.unwrap();
    let cancelled = shop.ipns.recv().await.unwrap();
    assert_eq!((failed["status"].as_str(), cancelled["status"].as_str()), ("FAILED", "CANCELLED"));
    assert_eq!(
        cancelled["verify_key"],
        "amount,bank_tran_id,base_fair,currency,currency_amount,currency_rate,currency_type,error,status,\
         store_id,tran_date,tran_id,value_a,value_b,value_c,value_d"
    );
    for ipn in [&failed, &cancelled] {
        assert!(is_signed(ipn) && !ipn.contains_key("val_id") && !ipn["error"].is_empty());
    }
    control.pay_risky(&key).await.unwrap();
    assert_eq!(shop.ipns.recv().await.unwrap()["risk_level"], "1");
    let found = shop.ask(&[("tran_id", "T1")]).await;
    let statuses: Vec<&Value> =
        found["element"].as_array().unwrap().iter().map(|element| &element["status"]).collect();
    assert_eq!(statuses, ["FAILED", "CANCELLED", "VALID"]);
    let paid = shop.ask(&[("sessionkey", &key)]).await;
    assert_eq!((&paid["status"], &paid["risk_title"]), (&json!("VALID"), &json!("Not Safe")));
    assert_eq!(control.pay(&key).await.unwrap_err(), SslcommerzActionError::AlreadyPaid(key));
}

#[tokio::test]
async fn one_tran_id_can_be_paid_twice_but_not_opened_after_that() {
    let mut shop = shop().await;
    let (first, second) = (shop.open("T1").await, shop.open("T1").await);
    let control = shop.gateway.control().clone();
    for key in [&first, &second] {
        control.pay(key).await.unwrap();
    }
    let (one, two) = (shop.ipns.recv().await.unwrap(), shop.ipns.recv().await.unwrap());
    assert_ne!(one["val_id"], two["val_id"]);
    assert_ne!(one["bank_tran_id"], two["bank_tran_id"]);
    let found = shop.ask(&[("tran_id", "T1")]).await;
    assert_eq!(found["no_of_trans_found"], 2);
    assert!(found["element"].as_array().unwrap().iter().all(|element| element["status"] == "VALID"));
    assert!(shop.refused("tran_id", "T1").await.contains("'tran_id' has been paid already"));

    let third = shop.open("T2").await;
    control.pay_twice(&third).await.unwrap();
    assert_eq!(control.world().transactions.len(), 4);
    let late = shop.open("T3").await;
    control.pay(&late).await.unwrap();
    control.pay_twice(&late).await.unwrap();
    assert!(control.pay_twice(&late).await.is_err());
    control.settled().await;
    assert_eq!((control.world().transactions.len(), control.counters().ipns_accepted), (6, 6));
}

#[tokio::test]
async fn other_money_is_converted() {
    let mut shop = shop().await;
    let mut order = shop.order("T1");
    order.extend([("total_amount", "19.99"), ("currency", "USD")].map(|(n, v)| (n.to_owned(), v.to_owned())));
    shop.open_with(&order).await;
    let made = shop.gateway.control().pay("T1").await.unwrap();
    let ipn = shop.ipns.recv().await.unwrap();
    let facts = ["currency", "amount", "currency_type", "currency_amount", "currency_rate"];
    assert_eq!(facts.map(|name| ipn[name].as_str()), ["BDT", "2198.90", "USD", "19.99", "110.0000"]);
    assert_eq!((made.amount_minor, made.currency.as_str()), (219_890, "BDT"));
    assert_eq!((made.requested_minor, made.requested_currency.as_str()), (1_999, "USD"));
}

#[tokio::test]
async fn a_session_needs_everything_in_order() {
    let shop = shop().await;
    for name in ["total_amount", "cus_phone", "ipn_url", "num_of_item", "emi_option"] {
        let reason = shop.refused(name, "").await;
        assert_eq!(reason, format!("Invalid Information! '{name}' is missing or empty."));
    }
    for (name, value) in [
        ("total_amount", "9.99"),
        ("total_amount", "500000.01"),
        ("total_amount", "ten"),
        ("currency", "XYZ"),
        ("tran_id", "1234567890123456789012345678901"),
        ("ipn_url", "somewhere"),
        ("success_url", "javascript:alert(1)"),
        ("product_profile", "articles"),
        ("shipping_method", "no"),
        ("emi_option", "2"),
        ("num_of_item", "0"),
    ] {
        assert!(shop.refused(name, value).await.contains(&format!("'{name}'")), "{name}={value}");
    }
    assert!(shop.gateway.control().world().sessions.is_empty());
    shop.open("123456789012345678901234567890").await;
}

#[tokio::test]
async fn bad_credentials_open_nothing() {
    let options = SslcommerzOptions { store_password: "hush".to_owned(), ..SslcommerzOptions::new(now) };
    assert!(!format!("{options:?}").contains("hush"));
    let shop = shop().await;
    assert!(!format!("{:?}", shop.gateway).contains("qwerty"));
    for (name, value) in [("store_id", "other"), ("store_passwd", "wrong"), ("store_passwd", "")] {
        let reason = "Store Credential Error Or Store is De-active";
        assert_eq!(shop.refused(name, value).await, reason);
    }
    let bank_tran_id = shop.paid("T1").await;
    for path in ["validationserverAPI.php?val_id=x".to_owned(), {
        format!("merchantTransIDvalidationAPI.php?{}", encode(refund_of(&bank_tran_id, "1.00")))
    }] {
        let url = format!("{}/validator/api/{path}&store_id=testbox", shop.gateway.base_url());
        let answer = shop.client.get(format!("{url}&store_passwd=wrong")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "APIConnect": "FAILED" }));
    }
    assert!(shop.gateway.control().world().refunds.is_empty());
}
