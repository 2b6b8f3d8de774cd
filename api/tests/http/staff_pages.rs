//! The console's pages about staff and tokens.

use crate::{
    login::{OURS, logged_in},
    shop::{Answer, Shop, form},
};
use axum::http::{StatusCode, header};
use galley_domain::staff::{Login, Role};

/// What stands in the one `<code>` of the page.
fn secret(page: &Answer) -> String {
    let after = page.text.split_once("<code class=\"id\">").unwrap_or_else(|| panic!("{}", page.text)).1;
    after.split_once("</code>").unwrap().0.to_owned()
}

async fn id_of(shop: &Shop, login: &str) -> String {
    let login: Login = login.parse().unwrap();
    shop.store.find_staff(&login).await.unwrap().unwrap().id.to_string()
}

#[tokio::test]
async fn an_owner_adds_somebody_and_gives_them_a_password() {
    let shop = Shop::open().await;
    let cookie = logged_in(&shop, "olga", Role::Owner).await;
    let headers = [OURS, ("cookie", cookie.as_str()), ("accept", "text/html")];
    let page = shop.get("/admin/staff", &headers).await;
    assert!(
        page.status == StatusCode::OK && page.text.contains("olga <span class=\"soft\">(you)"),
        "{}",
        page.text
    );
    let wrong = shop.post("/admin/staff", &headers, form(&[("login", "a\"b<"), ("role", "king")])).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("value=\"a&#34;b&#60;\"") && wrong.text.contains("Choose one of"),
        "{}",
        wrong.text
    );
    let taken = shop.post("/admin/staff", &headers, form(&[("login", "olga"), ("role", "owner")])).await;
    assert!(
        taken.status == StatusCode::CONFLICT && taken.text.contains("choose another name"),
        "{}",
        taken.text
    );
    let added = shop.post("/admin/staff", &headers, form(&[("login", "ann"), ("role", "reviewer")])).await;
    assert_eq!((added.status, added.header(header::CACHE_CONTROL)), (StatusCode::OK, "no-store"));
    let sent = form(&[("login", "ann"), ("password", &secret(&added))]);
    assert_eq!(shop.post("/admin/login", &[OURS], sent).await.status, StatusCode::SEE_OTHER);
    let page = shop.get("/admin/staff", &headers).await;
    assert!(page.text.contains(">ann</th>") && !page.text.contains(&secret(&added)));
}

#[tokio::test]
async fn an_owner_changes_what_others_may_do() {
    let shop = Shop::open().await;
    let cookie = logged_in(&shop, "olga", Role::Owner).await;
    let ann = logged_in(&shop, "ann", Role::Reviewer).await;
    let headers = [OURS, ("cookie", cookie.as_str()), ("accept", "text/html")];
    let (ann_id, olga_id) = (id_of(&shop, "ann").await, id_of(&shop, "olga").await);
    let act = async |id: &str, what: &str, sent: &[(&str, &str)]| {
        shop.post(&format!("/admin/staff/{id}/{what}"), &headers, form(sent)).await
    };
    let inside =
        async |cookie: &str| shop.get("/admin/audit", &[("cookie", cookie)]).await.status == StatusCode::OK;
    assert!(inside(&ann).await);
    for (what, sent, done) in [
        ("role", &[("role", "read-only")][..], "role"),
        ("disable", &[], "disabled"),
        ("enable", &[], "enabled"),
    ] {
        let answer = act(&ann_id, what, sent).await;
        let back = format!("/admin/staff?done={done}");
        assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::SEE_OTHER, back.as_str()));
        assert!(shop.get(&back, &headers).await.text.contains("role=\"status\""));
        assert!(!inside(&ann).await);
    }
    let renewed = act(&ann_id, "password", &[]).await;
    let sent = form(&[("login", "ann"), ("password", &secret(&renewed))]);
    assert_eq!(shop.post("/admin/login", &[OURS], sent).await.status, StatusCode::SEE_OTHER);
    for (what, sent) in [("role", &[("role", "reviewer")][..]), ("disable", &[])] {
        let refused = act(&olga_id, what, sent).await;
        assert!(
            refused.status == StatusCode::CONFLICT && refused.text.contains("the only owner"),
            "{}",
            refused.text
        );
    }
    let own = act(&olga_id, "password", &[]).await;
    assert_eq!((own.status, own.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/password"));
    assert!(inside(&cookie).await, "nobody's but Ann's was changed");
}

#[tokio::test]
async fn an_owner_makes_and_revokes_tokens() {
    let shop = Shop::open().await;
    let cookie = logged_in(&shop, "olga", Role::Owner).await;
    let headers = [OURS, ("cookie", cookie.as_str()), ("accept", "text/html")];
    assert!(shop.get("/admin/tokens", &headers).await.text.contains("No tokens yet."));
    let wrong = shop.post("/admin/tokens", &headers, form(&[("role", "owner")])).await;
    assert!(
        wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text.contains("Give a name"),
        "{}",
        wrong.text
    );
    let name = "<script>alert(1)</script>";
    let made = shop.post("/admin/tokens", &headers, form(&[("name", name), ("role", "read-only")])).await;
    let bearer = format!("Bearer {}", secret(&made));
    assert!(made.status == StatusCode::OK && !made.text.contains(name), "{}", made.text);
    let look = async || shop.get("/api/v1/admin/audit", &[("authorization", &bearer)]).await.status;
    assert_eq!(look().await, StatusCode::OK);
    let page = shop.get("/admin/tokens", &headers).await;
    assert!(!page.text.contains(name) && page.text.contains("&#60;script&#62;"), "{}", page.text);
    let id = shop.store.find_api_token_named(name).await.unwrap().unwrap().id;
    let revoked = shop.post(&format!("/admin/tokens/{id}/revoke"), &headers, "").await;
    assert_eq!(revoked.header(header::LOCATION), "/admin/tokens?done=revoked");
    assert_eq!(look().await, StatusCode::UNAUTHORIZED);
    assert!(shop.get("/admin/tokens", &headers).await.text.contains("revoked</span>"));
}
