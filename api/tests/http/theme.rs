//! The shop's own colour.

use crate::shop::Shop;
use axum::http::StatusCode;
use galley_domain::{actor::Actor, settings::ShopSettings};

const HTML: [(&str, &str); 1] = [("accept", "text/html,application/xhtml+xml")];

async fn paint(shop: &Shop, accent: Option<&str>) {
    let accent = accent.map(|accent| accent.parse().unwrap());
    let settings = ShopSettings { accent, ..ShopSettings::default() };
    shop.store.change_settings(&settings, &Actor::Staff("ann".to_owned())).await.unwrap();
}

/// Where the front page says that the colour is.
async fn linked(shop: &Shop) -> Option<String> {
    let front = shop.get("/", &HTML).await;
    assert_eq!(front.status, StatusCode::OK);
    let from = front.text.find("/assets/theme.css")?;
    assert!(front.text.find("/assets/galley.css").is_some_and(|all| all < from), "it comes after the others");
    front.text[from..].split('"').next().map(str::to_owned)
}

#[tokio::test]
async fn a_shop_without_a_colour_links_none() {
    let shop = Shop::open().await;
    assert_eq!(linked(&shop).await, None);
    let theme = shop.get("/assets/theme.css", &[]).await;
    assert_eq!((theme.status, theme.text.as_str()), (StatusCode::OK, ""));
}

#[tokio::test]
async fn a_new_colour_has_a_new_address_and_is_kept_there() {
    let shop = Shop::open().await;
    paint(&shop, Some("#aa3300")).await;
    let href = linked(&shop).await.unwrap();
    let kept = shop.get(&href, &[]).await;
    assert_eq!((kept.status, kept.header("content-type")), (StatusCode::OK, "text/css; charset=utf-8"));
    assert_eq!(kept.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(kept.text.contains("--accent: #aa3300"), "{}", kept.text);
    paint(&shop, Some("#003366")).await;
    let other = linked(&shop).await.unwrap();
    assert_ne!(other, href);
    assert_eq!(shop.get(&href, &[]).await.header("cache-control"), "no-cache", "an old page's address");
    assert!(shop.get(&other, &[]).await.text.contains("--accent: #003366"));
    paint(&shop, None).await;
    assert_eq!(linked(&shop).await, None);
}

#[tokio::test]
async fn pages_about_errors_wear_the_colour_too() {
    let shop = Shop::open().await;
    paint(&shop, Some("#aa3300")).await;
    let missing = shop.get("/nowhere", &HTML).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(missing.text.contains("/assets/theme.css?v="), "{}", missing.text);
}
