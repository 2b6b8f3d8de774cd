//! Logging in to the console, and what a session opens.

use crate::{
    admin::token,
    shop::{Answer, Shop, form, request},
};
use axum::http::{StatusCode, header};
use galley_content::password::hash;
use galley_domain::{
    actor::Actor,
    id::StaffId,
    staff::{Login, Role},
};
use galley_store::{NewStaff, StaffPassword};
use sha2::{Digest as _, Sha256};

pub(crate) const PASSWORD: &str = "the blue kettle sings";
/// What a browser says of a form of ours.
pub(crate) const OURS: (&str, &str) = ("origin", "https://galley.example");
const THEIRS: (&str, &str) = ("origin", "https://evil.example");

/// A member of staff with [`PASSWORD`].
pub(crate) async fn member(shop: &Shop, login: &str, role: Role) -> StaffId {
    let (login, password_hash): (Login, _) = (login.parse().unwrap(), hash(PASSWORD, &[7; 16]).unwrap());
    let new = NewStaff { login: &login, role, password_hash: &password_hash };
    shop.store.add_staff(new, &Actor::System).await.unwrap().id
}

/// The cookie of a new session of a new member of staff.
pub(crate) async fn logged_in(shop: &Shop, login: &str, role: Role) -> String {
    let (name, password_hash): (Login, _) = (login.parse().unwrap(), format!("no hash of {login}"));
    let new = NewStaff { login: &name, role, password_hash: &password_hash };
    let staff_id = shop.store.add_staff(new, &Actor::System).await.unwrap().id;
    let (token, kept) =
        (format!("session of {login}").replace(' ', "-"), StaffPassword { staff_id, password_hash });
    assert!(shop.store.open_staff_session(&kept, &Sha256::digest(&token).into()).await.unwrap());
    format!("__Host-staff={token}")
}

async fn log_in(shop: &Shop, fields: &[(&str, &str)]) -> Answer {
    shop.post("/admin/login", &[OURS, ("accept", "text/html")], form(fields)).await
}

#[tokio::test]
async fn whoever_logs_in_gets_a_cookie_that_opens_the_console() {
    let shop = Shop::open().await;
    member(&shop, "ann", Role::Reviewer).await;
    let page = shop.get("/admin/login?next=/admin/audit%3Factor%3Dann", &[]).await;
    assert_eq!((page.status, page.header(header::REFERRER_POLICY)), (StatusCode::OK, "same-origin"));
    assert!(page.text.contains(r#"value="/admin/audit?actor=ann""#), "{}", page.text);
    let sent = [("login", "Ann"), ("password", PASSWORD), ("next", "/admin/audit?actor=ann")];
    let answer = log_in(&shop, &sent).await;
    assert_eq!(
        (answer.status, answer.header(header::LOCATION)),
        (StatusCode::SEE_OTHER, "/admin/audit?actor=ann")
    );
    let cookie = answer.header(header::SET_COOKIE);
    let (pair, attributes) = cookie.split_once(';').unwrap();
    assert!(pair.starts_with("__Host-staff=") && pair.len() > 70, "{cookie}");
    assert_eq!(attributes, " Path=/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure");
    let page = shop.get("/admin/audit", &[("cookie", &answer.cookie())]).await;
    assert_eq!((page.status, page.header(header::REFERRER_POLICY)), (StatusCode::OK, "same-origin"));
    assert_eq!(
        (page.header(header::CACHE_CONTROL), page.header("x-robots-tag")),
        ("no-store", "noindex, nofollow")
    );
    // Whoever is logged in already goes on.
    let again = shop.get("/admin/login?next=/admin/audit", &[("cookie", &answer.cookie())]).await;
    assert_eq!((again.status, again.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/audit"));
}

#[tokio::test]
async fn without_https_the_cookie_is_one_that_browsers_take() {
    let shop =
        Shop::open_with(|payments| payments.public_url = "http://127.0.0.1:8080".parse().unwrap()).await;
    member(&shop, "ann", Role::Reviewer).await;
    let sent = form(&[("login", "ann"), ("password", PASSWORD)]);
    let answer = shop.post("/admin/login", &[("origin", "http://127.0.0.1:8080")], sent).await;
    assert!(answer.header(header::SET_COOKIE).starts_with("staff="), "{answer:?}");
    assert!(!answer.header(header::SET_COOKIE).contains("Secure"));
    assert_eq!(shop.get("/admin/audit", &[("cookie", &answer.cookie())]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_login_leads_nowhere_but_to_the_console() {
    let shop = Shop::open().await;
    member(&shop, "ann", Role::Reviewer).await;
    for next in
        ["//evil.example", "https://evil.example/admin", "/\\evil.example", "/order", "/admin/login", ""]
    {
        let answer = log_in(&shop, &[("login", "ann"), ("password", PASSWORD), ("next", next)]).await;
        assert_eq!(
            (answer.status, answer.header(header::LOCATION)),
            (StatusCode::SEE_OTHER, "/admin"),
            "{next}"
        );
        let page = shop.get(&format!("/admin/login?{}", form(&[("next", next)])), &[]).await;
        assert!(!page.text.contains("name=\"next\""), "{next}");
    }
}

#[tokio::test]
async fn nobody_finds_out_who_works_here() {
    let shop = Shop::open().await;
    member(&shop, "ann", Role::Reviewer).await;
    let gone = member(&shop, "gone", Role::Reviewer).await;
    shop.store.disable_staff(gone, &Actor::System).await.unwrap();
    let mut texts = Vec::new();
    for (login, password) in [
        ("ann", "the red kettle sings"),
        ("eve", PASSWORD),
        ("gone", PASSWORD),
        ("a<b", "the green kettle sings"),
    ] {
        let answer = log_in(&shop, &[("login", login), ("password", password)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.headers.get(header::SET_COOKIE).is_none());
        assert!(
            answer.text.contains("don’t belong together") && !answer.text.contains(password),
            "{}",
            answer.text
        );
        texts.push(answer.text.replace(&format!("value=\"{}\"", login.replace('<', "&#60;")), "value=\"\""));
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:#?}");
    let empty = log_in(&shop, &[("login", "ann")]).await;
    assert!(empty.status == StatusCode::UNPROCESSABLE_ENTITY && empty.text.contains("Give your password."));
}

#[tokio::test]
async fn after_five_wrong_passwords_even_the_right_one_waits() {
    let shop =
        Shop::open_with(|payments| payments.trusted_proxies = vec!["192.0.2.7".parse().unwrap()]).await;
    member(&shop, "ann", Role::Reviewer).await;
    member(&shop, "bob", Role::Reviewer).await;
    let from = async |address: &str, login: &str, password: &str| {
        let headers = [OURS, ("x-forwarded-for", address), ("accept", "text/html")];
        shop.post("/admin/login", &headers, form(&[("login", login), ("password", password)])).await
    };
    // Right ones do not count, however many there are.
    for _ in 0..6 {
        assert_eq!(from("198.51.100.1", "ann", PASSWORD).await.status, StatusCode::SEE_OTHER);
    }
    for address in 1..=5 {
        let address = format!("198.51.100.{address}");
        assert_eq!(from(&address, "ann", "wrong").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let refused = from("198.51.100.9", "ann", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.text.contains("Wait 3 minutes, then try again."), "{}", refused.text);
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((150..=180).contains(&wait), "{wait}");
    assert_eq!(from("198.51.100.9", "bob", PASSWORD).await.status, StatusCode::SEE_OTHER, "Bob may");
    for login in ["c", "d", "e", "f", "g"] {
        assert_eq!(from("203.0.113.1", login, "wrong").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(
        from("203.0.113.1", "bob", PASSWORD).await.status,
        StatusCode::TOO_MANY_REQUESTS,
        "but not from there"
    );
}

#[tokio::test]
async fn a_page_of_the_console_sends_strangers_to_log_in() {
    let shop = Shop::open().await;
    let cookie = logged_in(&shop, "rita", Role::ReadOnly).await;
    let long = format!("__Host-staff={}", "x".repeat(4_000));
    for stranger in [
        "",
        "__Host-staff=",
        "__Host-staff=wrong",
        "staff=session-of-rita",
        &cookie[..cookie.len() - 1],
        &long,
    ] {
        let answer = shop.get("/admin/audit?actor=a%20b", &[("cookie", stranger)]).await;
        let to = "/admin/login?next=%2Fadmin%2Faudit%3Factor%3Da%2520b";
        assert_eq!(
            (answer.status, answer.header(header::LOCATION)),
            (StatusCode::SEE_OTHER, to),
            "{stranger}"
        );
        let answer = shop.post("/admin/tokens", &[("cookie", stranger), OURS], "").await;
        assert_eq!(
            (answer.status, answer.header(header::LOCATION)),
            (StatusCode::SEE_OTHER, "/admin/login?ended=1")
        );
    }
    let ended = shop.get("/admin/login?ended=1", &[]).await;
    assert!(ended.text.contains("what you sent was not done"));
    // A token is for scripts.
    let bearer = token(&shop, "script", Role::Owner).await;
    let answer = shop.get("/admin/audit", &[("authorization", &bearer)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let refused = shop.get("/admin/tokens", &[("cookie", &cookie), ("accept", "text/html")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("This needs the role owner; yours is read-only."), "{}", refused.text);
    // Other cookies beside it, and a second value, change nothing.
    let among = format!("a=b; {cookie}; checkout_1=x");
    assert_eq!(shop.get("/admin/audit", &[("cookie", &among)]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn forms_that_come_from_elsewhere_do_nothing() {
    let shop = Shop::open().await;
    let cookie = logged_in(&shop, "olga", Role::Owner).await;
    member(&shop, "ann", Role::Reviewer).await;
    let foreign: [&[(&str, &str)]; 4] = [
        &[THEIRS],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site"), OURS],
        &[("sec-fetch-site", "same-site")],
    ];
    for headers in foreign {
        let sent = form(&[("login", "ann"), ("password", PASSWORD)]);
        let login = shop.post("/admin/login", headers, sent).await;
        assert_eq!(
            (login.status, login.headers.get(header::SET_COOKIE)),
            (StatusCode::FORBIDDEN, None),
            "{headers:?}"
        );
        let headers: Vec<_> = headers.iter().copied().chain([("cookie", cookie.as_str())]).collect();
        for path in
            ["/admin/logout", "/admin/password", "/admin/tokens", "/admin/staff", "/api/v1/admin/tokens"]
        {
            let sent = form(&[("name", "evil"), ("login", "evil"), ("role", "owner")]);
            let answer = shop.post(path, &headers, sent).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (StatusCode::FORBIDDEN, "not_allowed"),
                "{path} {headers:?}"
            );
        }
        let delete = request("DELETE", "/api/v1/admin/tokens/x", &headers, String::new());
        assert_eq!(shop.send(delete).await.status, StatusCode::FORBIDDEN);
    }
    assert!(shop.store.api_tokens(None, 10).await.unwrap().is_empty());
    assert_eq!(
        shop.get("/admin/tokens", &[("cookie", &cookie)]).await.status,
        StatusCode::OK,
        "still logged in"
    );
}

#[tokio::test]
async fn the_admin_api_takes_the_cookie_where_it_takes_a_token() {
    let shop = Shop::open().await;
    let cookie = logged_in(&shop, "rob", Role::Reviewer).await;
    let audit = "/api/v1/admin/audit";
    assert_eq!(shop.get(audit, &[("cookie", &cookie)]).await.status, StatusCode::OK);
    let refused = shop.get("/api/v1/admin/tokens", &[("cookie", &cookie)]).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "not_allowed"));
    let reconcile = "/api/v1/admin/checkout-sessions/reconcile";
    assert_eq!(shop.post(reconcile, &[("cookie", &cookie), OURS], "").await.status, StatusCode::OK);
    assert_eq!(shop.post(reconcile, &[("cookie", &cookie), THEIRS], "").await.status, StatusCode::FORBIDDEN);
    // Whoever sends a token is asked for that, and from wherever it comes.
    let wrong = shop.get(audit, &[("cookie", &cookie), ("authorization", "Bearer gly_wrong")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let bearer = token(&shop, "script", Role::Reviewer).await;
    assert_eq!(shop.post(reconcile, &[("authorization", &bearer), THEIRS], "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn logging_out_ends_the_session_and_takes_the_cookie_away() {
    let shop = Shop::open().await;
    let cookie = logged_in(&shop, "ann", Role::Reviewer).await;
    for _ in 0..2 {
        let answer = shop.post("/admin/logout", &[("cookie", &cookie), OURS], "").await;
        assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/login"));
        assert!(answer.header(header::SET_COOKIE).starts_with("__Host-staff=; Path=/; Max-Age=0;"));
        assert_eq!(shop.get("/admin/audit", &[("cookie", &cookie)]).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(shop.get("/admin/logout", &[]).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_new_login_ends_the_session_that_the_browser_had() {
    let shop = Shop::open().await;
    let before = logged_in(&shop, "ann", Role::Reviewer).await;
    member(&shop, "bob", Role::Reviewer).await;
    let sent = form(&[("login", "bob"), ("password", PASSWORD)]);
    let after = shop.post("/admin/login", &[OURS, ("cookie", &before)], sent).await;
    assert_eq!(shop.get("/admin/audit", &[("cookie", &after.cookie())]).await.status, StatusCode::OK);
    assert_eq!(shop.get("/admin/audit", &[("cookie", &before)]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_new_password_of_ones_own_ends_all_other_sessions() {
    let shop = Shop::open().await;
    member(&shop, "ann", Role::Reviewer).await;
    let first = log_in(&shop, &[("login", "ann"), ("password", PASSWORD)]).await.cookie();
    let second = log_in(&shop, &[("login", "ann"), ("password", PASSWORD)]).await.cookie();
    let change = async |cookie: &str, current: &str, password: &str, again: &str| {
        let sent = form(&[("current", current), ("password", password), ("again", again)]);
        shop.post("/admin/password", &[OURS, ("cookie", cookie)], sent).await
    };
    let new = "the red kettle sings";
    for (current, password, again, told) in [
        (PASSWORD, "too short", "too short", "at least 12 characters"),
        (PASSWORD, "ann ann ann ann", "ann ann ann ann", "too close to the login"),
        (PASSWORD, new, "the green kettle sings", "not the same as above"),
        ("", new, new, "Give the password that you have now."),
        ("the green kettle sings", new, new, "not the password that you have now"),
    ] {
        let refused = change(&first, current, password, again).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains(told) && !refused.text.contains("kettle"), "{told}: {}", refused.text);
    }
    let changed = change(&first, PASSWORD, new, new).await;
    assert_eq!(
        (changed.status, changed.header(header::LOCATION)),
        (StatusCode::SEE_OTHER, "/admin/password?done=1")
    );
    for ended in [&first, &second] {
        assert_eq!(shop.get("/admin/audit", &[("cookie", ended)]).await.status, StatusCode::SEE_OTHER);
    }
    let page = shop.get("/admin/password?done=1", &[("cookie", &changed.cookie())]).await;
    assert!(page.status == StatusCode::OK && page.text.contains("You have a new password."));
    assert_eq!(
        log_in(&shop, &[("login", "ann"), ("password", PASSWORD)]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(log_in(&shop, &[("login", "ann"), ("password", new)]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn whoever_finds_an_open_console_cannot_guess_its_password() {
    let shop = Shop::open().await;
    let cookie = logged_in(&shop, "ann", Role::Reviewer).await;
    let new = "the red kettle sings";
    let sent = form(&[("current", "a guess"), ("password", new), ("again", new)]);
    for _ in 0..5 {
        let answer = shop.post("/admin/password", &[OURS, ("cookie", &cookie)], sent.clone()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let answer = shop.post("/admin/password", &[OURS, ("cookie", &cookie)], sent).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
}
