//! The link that lets the first owner in while a shop is being tried out.

use crate::{
    login::{OURS, PASSWORD, logged_in},
    shop::{Shop, form},
};
use axum::http::{StatusCode, header};
use galley_domain::staff::Role;

const FIRST: &str = "/admin/first?code=secret";

fn sent(code: &str, login: &str, password: &str, again: &str) -> String {
    form(&[("code", code), ("login", login), ("password", password), ("again", again)])
}

#[tokio::test]
async fn whoever_has_the_link_becomes_the_first_owner_once() {
    let mut shop = Shop::open().await;
    shop.print_first_link("secret");
    let page = shop.get(FIRST, &[]).await;
    assert!(
        page.status == StatusCode::OK && page.text.contains(r#"name="code" value="secret""#),
        "{}",
        page.text
    );
    assert!(!shop.store.has_staff().await.unwrap(), "looking changes nothing");
    let answer = shop.post("/admin/first", &[OURS], sent("secret", "Olga", PASSWORD, PASSWORD)).await;
    assert_eq!(
        (answer.status, answer.header(header::LOCATION)),
        (StatusCode::SEE_OTHER, "/admin"),
        "{}",
        answer.text
    );
    let cookie = answer.cookie();
    assert_eq!(shop.get("/admin/staff", &[("cookie", &cookie)]).await.status, StatusCode::OK, "an owner");
    let again = shop.post("/admin/first", &[OURS], sent("secret", "eve", PASSWORD, PASSWORD)).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert_eq!(shop.get(FIRST, &[]).await.status, StatusCode::NOT_FOUND);
    let login = form(&[("login", "olga"), ("password", PASSWORD)]);
    assert_eq!(shop.post("/admin/login", &[OURS], login).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_that_is_wrong_can_be_sent_again() {
    let mut shop = Shop::open().await;
    shop.print_first_link("secret");
    for (login, password, again, told) in [
        ("ol ga", PASSWORD, PASSWORD, "Use 2 to 40 of a-z"),
        ("command-line", PASSWORD, PASSWORD, "kept for the command line"),
        ("olga", "password1234", "password1234", "one of the first that anybody would try"),
        ("olga", PASSWORD, "the red kettle sings", "not the same as above"),
    ] {
        let page = shop.post("/admin/first", &[OURS], sent("secret", login, password, again)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text.contains(told) && !page.text.contains("kettle"), "{told}: {}", page.text);
        assert!(page.text.contains(r#"name="code" value="secret""#), "{}", page.text);
    }
    assert!(!shop.store.has_staff().await.unwrap());
}

#[tokio::test]
async fn without_the_code_from_elsewhere_or_once_there_is_somebody_it_opens_nothing() {
    let mut shop = Shop::open().await;
    let right = || sent("secret", "olga", PASSWORD, PASSWORD);
    assert_eq!(shop.get(FIRST, &[]).await.status, StatusCode::NOT_FOUND, "no link was printed");
    assert_eq!(shop.post("/admin/first", &[OURS], right()).await.status, StatusCode::NOT_FOUND);
    shop.print_first_link("secret");
    for path in ["/admin/first", "/admin/first?code=", "/admin/first?code=Secret"] {
        let page = shop.get(path, &[("accept", "text/html")]).await;
        assert!(
            page.status == StatusCode::NOT_FOUND && page.text.contains("This link opens nothing."),
            "{}",
            page.text
        );
    }
    let wrong = shop.post("/admin/first", &[OURS], sent("wrong", "olga", PASSWORD, PASSWORD)).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    let foreign = shop.post("/admin/first", &[("origin", "https://evil.example")], right()).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert!(!shop.store.has_staff().await.unwrap());
    logged_in(&shop, "rita", Role::ReadOnly).await;
    assert_eq!(shop.post("/admin/first", &[OURS], right()).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn in_development_the_login_says_how_the_first_one_comes_in() {
    let shop = Shop::open_with(|payments| payments.development = true).await;
    let told = "Nobody can log in yet.";
    assert!(shop.get("/admin/login", &[]).await.text.contains(told));
    logged_in(&shop, "rita", Role::ReadOnly).await;
    assert!(!shop.get("/admin/login", &[]).await.text.contains(told));
    let shop = Shop::open().await;
    assert!(!shop.get("/admin/login", &[]).await.text.contains(told), "nobody else needs to know");
}
