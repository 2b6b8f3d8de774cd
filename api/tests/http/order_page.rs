//! `GET /order-status/{orderId}`: each state of an order has its page.

use crate::{
    orders::{HTML, Order, TEA, TEXT},
    shop::{Answer, Shop},
};
use axum::http::StatusCode;
use galley_domain::{
    actor::Actor,
    order::{Command, OrderStatus},
};

const HOSTILE: &str =
    r#"</textarea></blockquote>"><script>alert('1')</script><img src=x onerror=alert(2)>&amp;"#;

fn zoltan() -> Actor {
    Actor::Staff("zoltan".to_owned())
}

fn assert_has(page: &Answer, parts: &[&str]) {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for part in parts {
        assert!(page.text.contains(part), "{part}\n{}", page.text);
    }
}

fn assert_is_harmless(page: &Answer) {
    for part in ["<script>alert", "<img", "onerror=alert(2)>&", "</textarea></blockquote>"] {
        assert!(!page.text.contains(part), "{part}\n{}", page.text);
    }
}

/// Which steps are done and which one is under way.
fn steps(page: &Answer) -> String {
    let steps = page.text.split("<li class=\"is-").skip(1);
    steps.map(|step| step.split('"').next().unwrap()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_mailed_link_becomes_a_cookie_and_leaves_the_address() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    let opened = shop.get(&format!("{}?token={}", order.page, order.token), &[HTML]).await;
    assert_eq!((opened.status, opened.header("location")), (StatusCode::SEE_OTHER, &*order.page));
    assert_eq!(opened.header("referrer-policy"), "no-referrer", "its address holds the token");
    let cookie = opened.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Secure", &order.token] {
        assert!(cookie.contains(part), "{part} {cookie}");
    }
    let page = order.get(&shop, "").await;
    assert_has(&page, &["Your article is ready for you"]);
    assert!(!page.text.contains(&order.token));
    assert_eq!(
        (page.header("cache-control"), page.header("x-robots-tag")),
        ("no-store", "noindex, nofollow")
    );
    assert_eq!(page.header("referrer-policy"), "same-origin", "its forms have to say where they come from");
}

#[tokio::test]
async fn without_the_right_link_there_is_nothing_but_a_way_to_it() {
    let shop = Shop::open().await;
    let (order, other) = (Order::ready(&shop, "a").await, Order::ready(&shop, "b").await);
    let unknown = "/order-status/0199b0a0-0000-7000-8000-000000000001";
    let mut texts = Vec::new();
    for below in ["", "/preview/1", "/compare", "/download.md", "/download.html"] {
        for path in [
            format!("{}{below}", order.page),
            format!("{}{below}?token=x", order.page),
            format!("{}{below}?token={}", order.page, other.token),
            format!("{unknown}{below}?token={}", order.token),
            format!("/order-status/x{below}"),
        ] {
            let closed = shop.get(&path, &[HTML]).await;
            assert_eq!(closed.status, StatusCode::NOT_FOUND, "{path}");
            texts.push(closed.text);
        }
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "nobody can tell them apart");
    assert!(texts[0].contains("This link doesn’t open an order") && texts[0].contains("Open it again from"));
    assert_eq!(shop.get(&order.page, &[]).await.code(), "not_found", "programs get the envelope");
}

#[tokio::test]
async fn each_state_has_its_words_its_steps_and_its_actions() {
    let shop = Shop::open().await;
    let order = Order::paid(&shop, "a", &TEA).await;
    let page = order.get(&shop, "").await;
    assert_has(&page, &["Your article is being written", "10 to 30 minutes", "you can close this page"]);
    assert_has(&page, &["http-equiv=\"refresh\" content=\"20\"", "/assets/order.js?v=", "data-events=\""]);
    assert_eq!(steps(&page), "done now ahead ahead ahead");
    assert!(!page.text.contains("<form") && !page.text.contains("<iframe"));

    order.write(&shop, TEXT).await;
    let page = order.get(&shop, "").await;
    assert_has(&page, &["Your article is ready for you", "Send to the editor", "Ask for changes"]);
    assert_has(
        &page,
        &["checks", "1 minute to read", "version 1", "What you ordered", "English", "129.00 USD", "Stripe"],
    );
    assert_eq!(steps(&page), "done done now ahead ahead");
    assert!(!page.text.contains("http-equiv=\"refresh\""), "it waits for the customer");

    let notes = "Make it shorter, please.".to_owned();
    order.apply(&shop, Command::RequestRevision { notes, busy: false }, Actor::Customer).await;
    let page = order.get(&shop, "").await;
    assert_has(
        &page,
        &["Your changes are being made", "What you asked for", "Make it shorter, please.", "<iframe"],
    );
    assert!(!page.text.contains("<form"), "one at a time");

    order.fail(&shop, "The writing service was busy.").await;
    let page = order.get(&shop, "").await;
    assert_has(
        &page,
        &["Your article is ready for you", "The changes couldn’t be made", "The writing service was busy."],
    );

    order.apply(&shop, Command::Submit, Actor::Customer).await;
    let page = order.get(&shop, "").await;
    assert_has(&page, &["Your article is with the editor", "Sent to the editor", "Take it back"]);
    assert_eq!(steps(&page), "done done done now ahead");
    assert!(!page.text.contains("Ask for changes</summary>"));

    let command = Command::RequestChanges { notes: "Name your sources.".to_owned(), revise: false };
    order.apply(&shop, command, zoltan()).await;
    let page = order.get(&shop, "").await;
    assert_has(&page, &["<h1>The editor asks for changes</h1>", "id=\"ask\" open", "Send to the editor"]);
    assert_has(&page, &["\nName your sources.</textarea>"]);
    assert!(!page.text.contains("zoltan"), "customers don’t learn who works here");

    order.apply(&shop, Command::Submit, Actor::Customer).await;
    order.apply(&shop, Command::Approve { version: 1 }, zoltan()).await;
    let page = order.get(&shop, "").await;
    assert_has(&page, &["Your article is being published", "http-equiv=\"refresh\""]);
    assert!(!page.text.contains("<form"), "nothing can be taken back any more");

    let url = "https://shop.example/articles/tea?a=1&b=2".to_owned();
    order.apply(&shop, Command::Published { url }, Actor::System).await;
    let page = order.get(&shop, "").await;
    assert_has(
        &page,
        &["Your article is published", "href=\"https://shop.example/articles/tea?a=1&#38;b=2\""],
    );
    assert_has(
        &page,
        &["download.md", "download.html", "Order again", "Your link", "(sponsored)", "data-copy="],
    );
    assert_eq!(steps(&page), "done done done done done");

    order.refund(&shop).await;
    let page = order.get(&shop, "").await;
    assert_has(
        &page,
        &["Your money is on its way back", "129.00 USD went back the way you paid", "sent back to you"],
    );
    assert_eq!(steps(&page), "done done done done stopped");
}

#[tokio::test]
async fn what_could_not_be_finished_says_what_comes_now() {
    let shop = Shop::open().await;
    let failed = Order::paid(&shop, "a", &TEA).await;
    failed.fail(&shop, "the writing service could not be reached").await;
    let page = failed.get(&shop, "").await;
    assert_has(&page, &["We couldn’t finish your article", "The writing service could not be reached."]);
    assert_has(&page, &["Nothing more is charged", "Questions?"]);
    assert_eq!(steps(&page), "done stopped ahead ahead ahead");

    let cancelled = Order::ready(&shop, "b").await;
    let reason = "We don’t write about that.".to_owned();
    cancelled.apply(&shop, Command::Cancel { reason }, zoltan()).await;
    let page = cancelled.get(&shop, "").await;
    assert_has(&page, &["Your order was cancelled", "We don’t write about that.", "Order again"]);
}

#[tokio::test]
async fn a_disputed_order_is_on_hold_and_its_text_stays() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    order.dispute(&shop).await;
    let page = order.get(&shop, "").await;
    assert_has(&page, &["Your order is on hold", "Your bank is asking", "<iframe"]);
    assert!(!page.text.contains("<form"), "nothing can be done meanwhile");
}

#[tokio::test]
async fn changes_that_the_editor_has_made_are_told_as_theirs() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    order.apply(&shop, Command::Submit, Actor::Customer).await;
    let command = Command::RequestChanges { notes: "Less tea.".to_owned(), revise: true };
    order.apply(&shop, command, zoltan()).await;
    let page = order.get(&shop, "").await;
    assert_has(&page, &["The editor’s changes are being made", "What the editor asked for", "Less tea."]);
    assert_eq!(shop.store.order_view(order.id).await.unwrap().unwrap().status, OrderStatus::Processing);
}

#[tokio::test]
async fn the_ordered_link_is_shown_where_it_stands() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    let page = order.get(&shop, "").await;
    let link =
        "<a class=\"ordered\" href=\"https://pots.example/shop?a=1&amp;b=2\" rel=\"sponsored\">teapots</a>";
    assert_has(&page, &["Where it stands:", link, "marked as paid for (sponsored)"]);
}

#[tokio::test]
async fn a_placed_link_is_proved_by_the_one_paragraph_that_changed() {
    let shop = Shop::open().await;
    let base = "# Pots\n\nPots are round.\n\nTea likes pots.\n";
    let article = shop.store.insert_article("pots", "Pots", base).await.unwrap().to_string();
    let brief = [
        ("product", "backlink"),
        ("article_id", &*article),
        ("target_url", "https://pots.example/"),
        ("anchor_text", "good pots"),
    ];
    let order = Order::paid(&shop, "a", &brief).await;
    assert_has(&order.get(&shop, "").await, &["Your link is being placed"]);
    order.write(&shop, "# Pots\n\nPots are round.\n\nTea likes [good pots](https://pots.example/).\n").await;
    let page = order.get(&shop, "").await;
    assert_has(
        &page,
        &["Your link is ready for you", "The paragraph that changed", "<ins>", "The whole article"],
    );
    assert_has(&page, &["Tea likes <ins>good pots</ins>.</p>"]);
    assert_has(&page, &["Backlink, ordered", "Before your link", "compare?from=0&#38;to=1"]);
    let compared = order.get(&shop, "/compare").await;
    assert_has(&compared, &["<h1>What changed</h1>", "Before your link → Version 1", "<ins>"]);
}

#[tokio::test]
async fn a_long_history_goes_on_on_the_next_page() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    for _ in 0..26 {
        order.apply(&shop, Command::Submit, Actor::Customer).await;
        order.apply(&shop, Command::TakeBack, Actor::Customer).await;
    }
    order.apply(&shop, Command::Submit, Actor::Customer).await;
    let page = order.get(&shop, "").await;
    assert!(!page.text.contains("Your payment arrived"), "{}", page.text);
    let href = page.text.split("href=\"").find(|part| part.contains("events_before=")).expect("a link");
    let below = href.split(['"', '#']).next().unwrap().strip_prefix(&*order.page).unwrap();
    let earlier = order.get(&shop, below).await;
    assert_has(&earlier, &["Your payment arrived, and we began.", "Sent to the editor"]);
}

#[tokio::test]
async fn whatever_somebody_writes_stays_text() {
    let shop = Shop::open().await;
    let brief = [
        ("product", "article"),
        ("topic", HOSTILE),
        ("keywords", "<script>alert(1)</script>"),
        ("target_url", "https://pots.example/\"><script>alert(1)</script>"),
        ("anchor_text", "\"onmouseover=\"alert(1)"),
        ("tone", HOSTILE),
        ("notes", HOSTILE),
    ];
    let order = Order::paid(&shop, "a", &brief).await;
    let text = format!("# {HOSTILE}\n\n{HOSTILE} [x](javascript:alert(1)) <script>alert(3)</script>\n");
    order.write(&shop, &text).await;
    let command = Command::RequestRevision { notes: HOSTILE.to_owned(), busy: false };
    order.apply(&shop, command, Actor::Customer).await;
    assert_is_harmless(&order.get(&shop, "").await);
    order.write(&shop, &format!("# {HOSTILE} 2\n\n{HOSTILE}\n")).await;
    order.apply(&shop, Command::Submit, Actor::Customer).await;
    let command = Command::RequestChanges { notes: HOSTILE.to_owned(), revise: false };
    order.apply(&shop, command, zoltan()).await;
    for below in
        ["", "/preview/1", "/preview/2?alone=1", "/compare", "/compare?from=1&to=2", "/download.html"]
    {
        let page = order.get(&shop, below).await;
        assert_eq!(page.status, StatusCode::OK, "{below}");
        assert_is_harmless(&page);
        assert!(!page.text.contains("=\"javascript:"), "{below}");
    }
    order.apply(&shop, Command::Cancel { reason: HOSTILE.to_owned() }, zoltan()).await;
    assert_is_harmless(&order.get(&shop, "").await);
}
