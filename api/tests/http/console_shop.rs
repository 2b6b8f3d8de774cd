//! The console's pages about what the shop has: articles, customers, mails, settings.

use crate::{
    events::paid,
    login::{OURS, logged_in},
    shop::{Shop, form},
};
use axum::http::{StatusCode, header};
use galley_domain::staff::Role;
use galley_store::MailFilter;

#[tokio::test]
async fn an_article_is_taken_in_taken_off_and_put_back() {
    let shop = Shop::open().await;
    let cookie = logged_in(&shop, "rita", Role::Reviewer).await;
    let headers = [OURS, ("cookie", cookie.as_str()), ("accept", "text/html")];
    let sent = [
        ("title", "Tea"),
        ("slug", ""),
        ("content", "# Tea\n\nHot <script>alert(1)</script>."),
        ("language", "en"),
    ];
    let wrong = shop.post("/admin/articles/new", &headers, form(&[("title", ""), ("content", "kept")])).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Give a title") && wrong.text.contains("kept"), "{}", wrong.text);
    let taken_in = shop.post("/admin/articles/new", &headers, form(&sent)).await;
    assert_eq!(taken_in.header(header::LOCATION), "/admin/articles?done=imported", "{}", taken_in.text);
    let twice = shop.post("/admin/articles/new", &headers, form(&sent)).await;
    assert!(
        twice.status == StatusCode::CONFLICT && twice.text.contains("choose another name"),
        "{}",
        twice.text
    );
    let public = shop.get("/articles/tea", &[]).await;
    assert!(public.status == StatusCode::OK && !public.text.contains("<script>alert"), "{}", public.text);

    let id = shop.store.desk_articles(None, 1).await.unwrap()[0].id;
    for (act, status, words) in
        [("withdraw", StatusCode::NOT_FOUND, "Taken off"), ("restore", StatusCode::OK, "Public")]
    {
        let done = shop.post(&format!("/admin/articles/{id}/{act}"), &headers, "").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        assert_eq!(shop.get("/articles/tea", &[]).await.status, status, "{act}");
        let list = shop.get(done.header(header::LOCATION), &headers).await;
        assert!(list.text.contains(words), "{words}: {}", list.text);
    }
    let json = r#"{"title":"Coffee","content":"Black."}"#;
    let made = shop.post("/api/v1/admin/articles", &headers, json).await;
    assert_eq!((made.status, made.data()["slug"].as_str()), (StatusCode::CREATED, Some("coffee")));
    let list = shop.get("/api/v1/admin/articles?limit=1", &headers).await;
    assert!(list.data()["next"].is_string() && list.data()["articles"][0]["slug"] == "coffee");
}

#[tokio::test]
async fn customers_are_found_by_their_address() {
    let shop = Shop::open().await;
    shop.store.receive(paid("a")).await.unwrap();
    shop.store.receive(paid("b")).await.unwrap();
    let cookie = logged_in(&shop, "rosa", Role::ReadOnly).await;
    let all = shop.get("/admin/customers", &[("cookie", &cookie)]).await;
    assert!(
        all.text.contains("a@customer.example") && all.text.contains("b@customer.example"),
        "{}",
        all.text
    );
    let one = shop.get("/admin/customers?email=A@customer.example", &[("cookie", &cookie)]).await;
    assert!(
        one.text.contains(">a@customer.example<") && !one.text.contains("b@customer.example"),
        "{}",
        one.text
    );
    let json = shop.get("/api/v1/admin/customers?email=a@customer.example", &[("cookie", &cookie)]).await;
    assert_eq!(json.data()["customers"][0]["orders"], 1);
}

#[tokio::test]
async fn a_mail_is_read_as_it_was_sent_and_sent_again() {
    let shop = Shop::open().await;
    shop.store.receive(paid("a")).await.unwrap();
    let mail = shop.store.mails(&MailFilter::default(), None, 1).await.unwrap().remove(0);
    let cookie = logged_in(&shop, "rita", Role::Reviewer).await;
    let headers = [OURS, ("cookie", cookie.as_str()), ("accept", "text/html")];
    let list = shop.get("/admin/mails?customer=a@customer.example", &headers).await;
    assert!(list.text.contains(&format!("/admin/mails/{}", mail.id)), "{}", list.text);
    let page = shop.get(&format!("/admin/mails/{}", mail.id), &headers).await;
    assert!(page.text.contains("sandbox></iframe>") && page.text.contains("Send it again"), "{}", page.text);
    let body = shop.get(&format!("/admin/mails/{}/body", mail.id), &headers).await;
    let policy = body.header(header::CONTENT_SECURITY_POLICY);
    assert!(
        policy.contains("sandbox") && policy.contains("default-src 'none'") && !policy.contains("script"),
        "{policy}"
    );
    for _ in 0..2 {
        let again =
            shop.post(&format!("/admin/mails/{}/resend", mail.id), &headers, form(&[("key", "k")])).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text);
    }
    assert_eq!(shop.store.mails(&MailFilter::default(), None, 10).await.unwrap().len(), 2);
    let json = shop.post(&format!("/api/v1/admin/mails/{}/resend", mail.id), &headers, "").await;
    assert_ne!(json.data()["mailId"], mail.id.to_string());
}

#[tokio::test]
async fn an_owner_decides_and_others_look() {
    let shop = Shop::open().await;
    let owner = logged_in(&shop, "olga", Role::Owner).await;
    let reader = logged_in(&shop, "rosa", Role::ReadOnly).await;
    let headers = [OURS, ("cookie", owner.as_str()), ("accept", "text/html")];
    let looked = shop.get("/admin/settings", &[("cookie", &reader)]).await;
    assert!(looked.text.contains("readonly") && !looked.text.contains(">Save<"), "{}", looked.text);
    let days = |first: &'static str| {
        form(&[
            ("reminders", "1"),
            ("firstDays", first),
            ("secondDays", "5"),
            ("afterDays", "20"),
            ("accent", "#aa3300"),
        ])
    };
    let refused = shop.post("/admin/settings", &[OURS, ("cookie", &reader)], days("2")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let wrong = shop.post("/admin/settings", &headers, days("9")).await;
    assert!(
        wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text.contains("value=\"9\""),
        "{}",
        wrong.text
    );
    assert_eq!(shop.post("/admin/settings", &headers, days("2")).await.status, StatusCode::SEE_OTHER);
    let settings = shop.store.settings().await.unwrap();
    assert_eq!((settings.reminders.first_days, settings.auto_submit.enabled), (2, false));
    let put = shop
        .put("/api/v1/admin/settings", &headers, r#"{"accent":null,"contactEmail":"Shop@example.com"}"#)
        .await;
    assert_eq!(
        (put.data()["accent"].is_null(), put.data()["contactEmail"].as_str()),
        (true, Some("shop@example.com"))
    );
    let got = shop.get("/api/v1/admin/settings", &[("cookie", &reader)]).await;
    assert_eq!(got.data()["reminders"]["firstDays"], 2);
}
