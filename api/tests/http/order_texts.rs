//! The texts of an order: to look at, to compare, to keep.

use crate::{
    orders::{Order, TEXT},
    shop::Shop,
};
use axum::http::StatusCode;
use galley_domain::{actor::Actor, order::Command};

const SHORTER: &str = "# Tea at work\n\nTea at work is worth it. Our [teapots](https://pots.example/shop?a=1&b=2) keep it warm.\n";

async fn with_two_versions(shop: &Shop) -> Order {
    let order = Order::ready(shop, "a").await;
    let notes = "Make it shorter, please.".to_owned();
    order.apply(shop, Command::RequestRevision { notes, busy: false }, Actor::Customer).await;
    order.write(shop, SHORTER).await;
    order
}

#[tokio::test]
async fn a_version_is_framed_where_nothing_of_it_can_run() {
    let shop = Shop::open().await;
    let order = with_two_versions(&shop).await;
    let page = order.get(&shop, "").await;
    let frame = "sandbox=\"allow-same-origin allow-popups allow-popups-to-escape-sandbox\"";
    assert!(page.text.contains(&format!("src=\"{}/preview/2\"", order.page)) && page.text.contains(frame));
    assert!(page.header("content-security-policy").contains("frame-src 'self'"));
    for (number, part) in [(1, "Why tea at work"), (2, "Tea at work is worth it.")] {
        let preview = order.get(&shop, &format!("/preview/{number}")).await;
        assert_eq!(preview.status, StatusCode::OK);
        assert!(
            preview.text.contains(part) && preview.text.contains("class=\"ordered\""),
            "{}",
            preview.text
        );
        assert!(!preview.text.contains("Back to your order"));
        let policy = preview.header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'self'", "sandbox allow-same-origin"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("script-src") && !policy.contains("allow-scripts"), "{policy}");
    }
    assert!(order.get(&shop, "/preview/2?alone=1").await.text.contains("Back to your order"));
    for below in ["/preview/3", "/preview/0", "/preview/x", "/preview/-1"] {
        assert_eq!(order.get(&shop, below).await.status, StatusCode::NOT_FOUND, "{below}");
    }
}

#[tokio::test]
async fn any_two_versions_are_compared_word_by_word() {
    let shop = Shop::open().await;
    let order = with_two_versions(&shop).await;
    let page = order.get(&shop, "").await.text;
    for part in [
        "Version 2",
        "Changed as asked",
        "Make it shorter, please.",
        "Written to your brief",
        "compare?from=1&#38;to=2",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    for below in ["/compare", "/compare?from=1&to=2"] {
        let compared = order.get(&shop, below).await;
        assert_eq!(compared.status, StatusCode::OK, "{below}");
        for part in ["<del>a minute</del><ins>it</ins>", "removed.", "Version 1 → Version 2"] {
            assert!(compared.text.contains(part), "{part}\n{}", compared.text);
        }
    }
    let same = order.get(&shop, "/compare?from=2&to=2").await.text;
    assert!(same.contains("The two are the same, word for word."));
    for below in ["/compare?from=1&to=9", "/compare?from=x", "/compare?to=99999999999"] {
        assert_eq!(order.get(&shop, below).await.status, StatusCode::NOT_FOUND, "{below}");
    }
}

#[tokio::test]
async fn the_newest_text_can_be_kept() {
    let shop = Shop::open().await;
    let order = with_two_versions(&shop).await;
    let markdown = order.get(&shop, "/download.md").await;
    assert_eq!(markdown.text, SHORTER);
    assert_eq!(markdown.header("content-type"), "text/markdown; charset=utf-8");
    assert_eq!(markdown.header("content-disposition"), "attachment; filename=\"tea-at-work.md\"");
    let html = order.get(&shop, "/download.html").await;
    assert_eq!(html.header("content-disposition"), "attachment; filename=\"tea-at-work.html\"");
    assert!(
        html.text.contains("<h1>Tea at work</h1>") && html.text.contains("rel=\"sponsored\""),
        "{}",
        html.text
    );
    let unwritten = Order::paid(&shop, "b", &crate::orders::TEA).await;
    assert_eq!(unwritten.get(&shop, "/download.md").await.status, StatusCode::NOT_FOUND);
    assert_eq!(unwritten.get(&shop, "/compare").await.status, StatusCode::NOT_FOUND);
    assert!(!order.get(&shop, "").await.text.contains(TEXT));
}
