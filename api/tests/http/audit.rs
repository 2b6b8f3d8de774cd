//! What staff did, as the admin API and the console show it.

use crate::{
    admin::token,
    login::{OURS, logged_in},
    shop::Shop,
};
use axum::http::StatusCode;
use galley_domain::{actor::Actor, staff::Role};
use serde_json::json;

const AUDIT: &str = "/api/v1/admin/audit";

#[tokio::test]
async fn every_change_of_staff_and_tokens_is_told_with_who_did_it() {
    let shop = Shop::open().await;
    let olga = logged_in(&shop, "olga", Role::Owner).await;
    let staff = [("cookie", olga.as_str()), OURS];
    let body = r#"{"login":"ann","role":"reviewer"}"#;
    let ann = shop.post("/api/v1/admin/staff", &staff, body).await.data()["member"]["staffId"].clone();
    let of_ann = |what: &str| format!("/api/v1/admin/staff/{}/{what}", ann.as_str().unwrap());
    shop.post(&of_ann("role"), &staff, r#"{"role":"read-only"}"#).await.data();
    shop.post(&of_ann("password"), &staff, "").await.data();
    shop.post(&of_ann("disable"), &staff, "").await.data();
    shop.post(&of_ann("enable"), &staff, "").await.data();
    let body = r#"{"name":"script","role":"owner"}"#;
    let made = shop.post("/api/v1/admin/tokens", &staff, body).await.data();
    let listed = shop.get(&format!("{AUDIT}?actor=staff:olga&limit=50"), &staff).await;
    let events = listed.data()["events"].as_array().unwrap().clone();
    let actions: Vec<_> = events.iter().map(|event| event["action"].as_str().unwrap()).collect();
    let all = [
        "token_created",
        "staff_enabled",
        "staff_disabled",
        "staff_password_changed",
        "staff_role_changed",
        "staff_added",
        "staff_logged_in",
    ];
    assert_eq!(actions, all);
    assert_eq!(events[0]["detail"], json!({"name": "script", "role": "owner"}));
    assert_eq!((&events[0]["subjectId"], &events[5]["subjectId"]), (&made["details"]["tokenId"], &ann));
    let secret = made["token"].as_str().unwrap();
    assert!(!listed.text.contains(&secret[4..]) && !listed.text.contains("argon2"), "{}", listed.text);
}

#[tokio::test]
async fn the_trail_is_read_page_by_page() {
    let shop = Shop::open().await;
    let bearer = token(&shop, "one", Role::ReadOnly).await;
    let staff = [("authorization", bearer.as_str())];
    for name in ["two", "three"] {
        token(&shop, name, Role::ReadOnly).await;
    }
    let names = async |query: &str| {
        let data = shop.get(&format!("{AUDIT}{query}"), &staff).await.data();
        let events = data["events"].as_array().unwrap().clone();
        let names: Vec<_> = events.iter().map(|event| event["detail"]["name"].clone()).collect();
        (names, data["next"].as_str().map(str::to_owned))
    };
    let (first, next) = names("?action=token_created&limit=2").await;
    assert_eq!(first, ["three", "two"]);
    let (second, end) = names(&format!("?action=token_created&limit=2&before={}", next.unwrap())).await;
    assert_eq!((second, end), (vec![json!("one")], None));
    assert_eq!(names("?action=token_revoked").await.0.len(), 0);
    assert_eq!(shop.get(&format!("{AUDIT}?before=x&limit=y"), &staff).await.fields(), ["before", "limit"]);
}

#[tokio::test]
async fn the_console_shows_it_filtered_by_who_and_what() {
    let shop = Shop::open().await;
    let rita = logged_in(&shop, "rita", Role::ReadOnly).await;
    let cookie = [("cookie", rita.as_str())];
    let evil = "<img src=x onerror=alert(1)>";
    for n in 0..60_u8 {
        let actor = Actor::Staff(if n < 55 { evil.to_owned() } else { "olga".to_owned() });
        shop.store.create_api_token(&format!("{evil}{n}"), Role::Reviewer, &[n; 32], &actor).await.unwrap();
    }
    let page = shop.get("/admin/audit", &cookie).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("<img") && page.text.contains("token created"), "{}", page.text);
    let mine = shop.get("/admin/audit?actor=rita&action=staff_logged_in", &cookie).await.text;
    assert!(mine.matches("<tr>").count() == 2 && mine.contains("value=\"rita\""), "{mine}");
    assert!(shop.get("/admin/audit?actor=nobody", &cookie).await.text.contains("Nothing of that kind yet."));
    let theirs = url::form_urlencoded::byte_serialize(evil.as_bytes()).collect::<String>();
    let first = shop.get(&format!("/admin/audit?actor={theirs}&action=token_created"), &cookie).await.text;
    let next = first.split_once("<a href=\"/admin/audit?").unwrap().1.split_once('"').unwrap().0;
    let next = next.replace("&#38;", "&");
    assert!(next.contains("actor=") && next.contains("action=token_created&before="), "{next}");
    let second = shop.get(&format!("/admin/audit?{next}"), &cookie).await.text;
    assert_eq!((first.matches("<tr>").count(), second.matches("<tr>").count()), (51, 6));
    assert_eq!(shop.get("/admin/audit?before=x", &cookie).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}
