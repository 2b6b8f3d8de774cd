//! `/api/v1/admin/staff` and `/api/v1/admin/tokens`.

use crate::{
    admin::token,
    login::{OURS, logged_in},
    shop::{Answer, Shop, form, request},
};
use axum::http::StatusCode;
use galley_domain::staff::Role;
use serde_json::json;

const STAFF: &str = "/api/v1/admin/staff";
const TOKENS: &str = "/api/v1/admin/tokens";
const UNKNOWN: &str = "0199b0a0-0000-7000-8000-000000000001";

async fn log_in(shop: &Shop, login: &str, password: &str) -> Answer {
    let sent = form(&[("login", login), ("password", password)]);
    shop.post("/admin/login", &[OURS, ("accept", "text/html")], sent).await
}

#[tokio::test]
async fn somebody_is_added_with_a_password_that_works() {
    let shop = Shop::open().await;
    let bearer = token(&shop, "script", Role::Owner).await;
    let staff = [("authorization", bearer.as_str())];
    let wrong = shop.post(STAFF, &staff, r#"{"login":"a b","role":"king"}"#).await;
    assert_eq!(
        (wrong.status, wrong.fields()),
        (StatusCode::UNPROCESSABLE_ENTITY, vec!["login".to_owned(), "role".to_owned()])
    );
    let added = shop.post(STAFF, &staff, r#"{"login":"Ann","role":"reviewer"}"#).await;
    assert_eq!(added.status, StatusCode::CREATED);
    let (member, password) = (&added.data()["member"], added.data()["password"].as_str().unwrap().to_owned());
    assert_eq!(
        (&member["login"], &member["role"], &member["disabledAt"]),
        (&json!("ann"), &json!("reviewer"), &json!(null))
    );
    assert_eq!(log_in(&shop, "ann", &password).await.status, StatusCode::SEE_OTHER);
    for name in ["ann", "script"] {
        let again = shop.post(STAFF, &staff, format!(r#"{{"login":"{name}","role":"reviewer"}}"#)).await;
        assert_eq!((again.status, again.code().as_str()), (StatusCode::CONFLICT, "name_taken"));
    }
    let listed = shop.get(&format!("{STAFF}?limit=1"), &staff).await;
    assert_eq!(listed.data(), json!({"staff": [member], "next": null}));
    assert!(!listed.text.contains(&password) && !listed.text.contains("argon2"), "{}", listed.text);
    assert_eq!(shop.get(&format!("{STAFF}?limit=0&before=x"), &staff).await.fields(), ["before", "limit"]);
}

#[tokio::test]
async fn staff_are_changed_by_owners_and_the_last_owner_stays() {
    let shop = Shop::open().await;
    let olga = logged_in(&shop, "olga", Role::Owner).await;
    let ann = logged_in(&shop, "ann", Role::Owner).await;
    let staff = [("cookie", olga.as_str()), OURS];
    let listed = shop.get(STAFF, &staff).await.data();
    let id = |n: usize| listed["staff"][n]["staffId"].as_str().unwrap().to_owned();
    let (ann_id, olga_id) = (id(0), id(1));
    let role = async |id: &str, role: &str| {
        shop.post(&format!("{STAFF}/{id}/role"), &staff, format!(r#"{{"role":"{role}"}}"#)).await
    };
    assert_eq!(role(&ann_id, "reviewer").await.data()["role"], json!("reviewer"));
    let look = async |cookie: &str| shop.get("/api/v1/admin/audit", &[("cookie", cookie)]).await.status;
    assert_eq!(
        (look(&ann).await, look(&olga).await),
        (StatusCode::UNAUTHORIZED, StatusCode::OK),
        "logged out"
    );
    for refused in
        [role(&olga_id, "reviewer").await, shop.post(&format!("{STAFF}/{olga_id}/disable"), &staff, "").await]
    {
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::CONFLICT, "last_owner"));
    }
    assert_eq!(role(&ann_id, "king").await.fields(), ["role"]);
    let renewed = shop.post(&format!("{STAFF}/{ann_id}/password"), &staff, "").await.data();
    let password = renewed["password"].as_str().unwrap().to_owned();
    let again = log_in(&shop, "ann", &password).await;
    assert_eq!(look(&again.cookie()).await, StatusCode::OK);
    let disabled = shop.post(&format!("{STAFF}/{ann_id}/disable"), &staff, "").await.data();
    assert!(disabled["disabledAt"].is_string());
    assert_eq!(look(&again.cookie()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(log_in(&shop, "ann", &password).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    shop.post(&format!("{STAFF}/{ann_id}/enable"), &staff, "").await.data();
    assert_eq!(log_in(&shop, "ann", &password).await.status, StatusCode::SEE_OTHER);
    for what in ["role", "disable", "enable", "password"] {
        for id in [UNKNOWN, "x"] {
            let answer = shop.post(&format!("{STAFF}/{id}/{what}"), &staff, r#"{"role":"owner"}"#).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{what} {id}");
        }
    }
}

#[tokio::test]
async fn a_token_is_made_shown_once_and_revoked() {
    let shop = Shop::open().await;
    let olga = logged_in(&shop, "olga", Role::Owner).await;
    let staff = [("cookie", olga.as_str()), OURS];
    let wrong = shop.post(TOKENS, &staff, r#"{"name":" ","role":7}"#).await;
    assert_eq!(wrong.fields(), ["name", "role"]);
    let made = shop.post(TOKENS, &staff, r#"{"name":"Bookkeeping","role":"read-only"}"#).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let (details, secret) = (&made.data()["details"], made.data()["token"].as_str().unwrap().to_owned());
    assert!(secret.starts_with("gly_") && secret.len() == 68, "{secret}");
    assert_eq!(
        (&details["name"], &details["role"], &details["revokedAt"]),
        (&json!("Bookkeeping"), &json!("read-only"), &json!(null))
    );
    let bearer = format!("Bearer {secret}");
    let look = async || shop.get("/api/v1/admin/audit", &[("authorization", &bearer)]).await.status;
    assert_eq!(look().await, StatusCode::OK);
    let listed = shop.get(TOKENS, &staff).await;
    assert_eq!(listed.data(), json!({"tokens": [details], "next": null}));
    assert!(!listed.text.contains(&secret[4..]), "{}", listed.text);
    let again = shop.post(TOKENS, &staff, r#"{"name":"Bookkeeping","role":"owner"}"#).await;
    assert_eq!(again.code(), "name_taken");
    let path = format!("{TOKENS}/{}", details["tokenId"].as_str().unwrap());
    for new in [true, false] {
        let revoked = shop.send(request("DELETE", &path, &staff, String::new())).await;
        assert_eq!(revoked.data()["new"], json!(new));
        assert_eq!(look().await, StatusCode::UNAUTHORIZED);
    }
    let unknown = request("DELETE", &format!("{TOKENS}/{UNKNOWN}"), &staff, String::new());
    assert_eq!(shop.send(unknown).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_owners_look_after_staff_and_tokens() {
    let shop = Shop::open().await;
    for (name, role) in [("rita", Role::ReadOnly), ("rob", Role::Reviewer)] {
        let cookie = logged_in(&shop, name, role).await;
        let bearer = token(&shop, &format!("token-{name}"), role).await;
        for headers in [[("cookie", cookie.as_str()), OURS], [("authorization", bearer.as_str()), OURS]] {
            for (method, path) in [
                ("GET", STAFF.to_owned()),
                ("POST", STAFF.to_owned()),
                ("POST", format!("{STAFF}/x/role")),
                ("POST", format!("{STAFF}/x/disable")),
                ("POST", format!("{STAFF}/x/enable")),
                ("POST", format!("{STAFF}/x/password")),
                ("GET", TOKENS.to_owned()),
                ("POST", TOKENS.to_owned()),
                ("DELETE", format!("{TOKENS}/x")),
            ] {
                let answer = shop.send(request(method, &path, &headers, "{".to_owned())).await;
                assert_eq!(
                    (answer.status, answer.code().as_str()),
                    (StatusCode::FORBIDDEN, "not_allowed"),
                    "{path}"
                );
            }
        }
    }
}
