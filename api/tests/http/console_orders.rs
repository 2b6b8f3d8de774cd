//! Orders and their review, as pages of the console.

use crate::{
    login::{OURS, logged_in},
    orders::{HTML, Order, TEA, TEXT},
    shop::{Answer, Shop, form},
};
use axum::http::StatusCode;
use galley_domain::{
    actor::Actor,
    id::OrderId,
    order::{Command, OrderStatus},
    staff::Role,
};

/// A member of staff at a browser.
struct Browser<'a> {
    shop: &'a Shop,
    cookie: String,
}

impl<'a> Browser<'a> {
    async fn new(shop: &'a Shop, name: &str, role: Role) -> Self {
        Self { shop, cookie: logged_in(shop, name, role).await }
    }

    async fn get(&self, path: &str) -> Answer {
        self.shop.get(path, &[HTML, ("cookie", &self.cookie)]).await
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.text
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.shop.post(path, &[HTML, OURS, ("cookie", &self.cookie)], form(fields)).await
    }

    /// Sends a form and follows where it leads.
    async fn follow(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let sent = self.send(path, fields).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        self.page(sent.header("location")).await
    }
}

async fn in_review(shop: &Shop, name: &str) -> OrderId {
    let order = Order::ready(shop, name).await;
    order.apply(shop, Command::Submit, Actor::Customer).await;
    order.id
}

#[tokio::test]
async fn after_an_approval_the_next_one_is_there() {
    let shop = Shop::open().await;
    let rob = Browser::new(&shop, "rob", Role::Reviewer).await;
    let empty = rob.page("/admin/review").await;
    assert!(empty.contains("Nothing waits for you."), "{empty}");
    let (a, b, c) = (in_review(&shop, "a").await, in_review(&shop, "b").await, in_review(&shop, "c").await);
    let desk = rob.get("/admin").await;
    assert_eq!((desk.status, desk.header("location")), (StatusCode::SEE_OTHER, "/admin/review"));
    let first = rob.page("/admin/review").await;
    assert!(first.contains(&format!("/admin/orders/{a}/approve")), "the oldest is there: {first}");
    assert!(
        first.contains(&format!("/admin/orders/{a}/preview/1")) && first.contains("checks need attention")
    );
    let approval = [("version", "1"), ("back", "review"), ("action", "approve")];
    let next = rob.follow(&format!("/admin/orders/{a}/approve"), &approval).await;
    assert!(
        next.contains(&format!("/admin/orders/{b}/approve")) && next.contains("It is being published."),
        "{next}"
    );
    assert!(!next.contains(&format!("order={a}")), "it waits no more");
    let skipped = rob.page(&format!("/admin/review?order={c}")).await;
    assert!(skipped.contains(&format!("/admin/orders/{c}/approve")) && skipped.contains("rel=\"prev\""));
    rob.follow(&format!("/admin/orders/{c}/approve"), &approval).await;
    let round = rob.follow(&format!("/admin/orders/{b}/approve"), &approval).await;
    assert!(round.contains("Nothing waits for you."), "{round}");
}

#[tokio::test]
async fn what_was_refused_is_shown_where_it_was_sent_from() {
    let shop = Shop::open().await;
    let rob = Browser::new(&shop, "rob", Role::Reviewer).await;
    let order = in_review(&shop, "a").await;
    let path = format!("/admin/orders/{order}/request-changes");
    let short = [("notes", "too <b>"), ("back", "review"), ("action", "changes")];
    let answer = rob.send(&path, &short).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.text.contains("too &#60;b&#62;") && answer.text.contains("10 to 5,000"),
        "{}",
        answer.text
    );
    shop.store.apply(order, &Command::TakeBack, Actor::Customer).await.unwrap();
    let notes = "Say more about <green> tea.";
    let late = rob.send(&path, &[("notes", notes), ("back", "review"), ("action", "changes")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(
        late.text.contains("Say more about &#60;green&#62; tea."),
        "what was typed is kept: {}",
        late.text
    );
    assert!(late.text.contains("role=\"alert\""));
    let on_order = rob.send(&format!("/admin/orders/{order}/approve"), &[("version", "1")]).await;
    assert_eq!(on_order.status, StatusCode::CONFLICT);
    assert!(on_order.text.contains("aria-label=\"Order\""), "the order's own page: {}", on_order.text);
}

#[tokio::test]
async fn an_edit_says_which_checks_fail_and_keeps_what_was_typed() {
    let shop = Shop::open().await;
    let rob = Browser::new(&shop, "rob", Role::Reviewer).await;
    let order = in_review(&shop, "a").await;
    let path = format!("/admin/orders/{order}/edit");
    let page = rob.page(&format!("{path}?back=review")).await;
    assert!(page.contains("Tea at work is worth a minute.") && page.contains("name=\"version\" value=\"1\""));
    let typed = TEXT.replace("minute", "while");
    let fields = [("version", "1"), ("title", "Tea"), ("content", typed.as_str()), ("back", "review")];
    let refused = rob.send(&path, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("worth a while") && refused.text.contains("name=\"despiteChecks\""));
    let fields = [&fields[..], &[("despiteChecks", "1")]].concat();
    let next = rob.follow(&path, &fields).await;
    assert!(next.contains("Saved as a new version and approved."), "{next}");
    assert_eq!(shop.store.find_version(order, 2).await.unwrap().unwrap().title, "Tea");
}

#[tokio::test]
async fn every_tab_of_an_order_tells_its_part() {
    let shop = Shop::open().await;
    let owner = Browser::new(&shop, "olga", Role::Owner).await;
    let order = Order::ready(&shop, "a").await;
    order
        .apply(
            &shop,
            Command::RequestRevision { notes: "More <i>tea</i>".to_owned(), busy: false },
            Actor::Customer,
        )
        .await;
    order.write(&shop, &TEXT.replace("good", "better")).await;
    let below = async |path: &str| owner.page(&format!("/admin/orders/{}{path}", order.id)).await;
    let article = below("").await;
    assert!(
        article.contains("Refund…")
            && article.contains("With the customer")
            && article.contains("What changed")
    );
    assert!(article.contains("<ins>better</ins>") && article.contains("<del>good</del>"), "{article}");
    let versions = below("/versions").await;
    assert!(
        versions.contains("Version 2") && versions.contains("More &#60;i&#62;tea&#60;/i&#62;"),
        "{versions}"
    );
    assert!(below("/versions/1").await.contains("preview/1"));
    assert!(below("/compare").await.contains("<ins>better</ins>"));
    assert!(below("/compare?from=1&to=1").await.contains("The two are the same"));
    let timeline = below("/timeline").await;
    for part in [
        "The customer asked for changes",
        "More &#60;i&#62;tea",
        "Version 2: Tea at work",
        "/admin/mails/",
        "/admin/payment-events/",
        "checkout.session.completed",
    ] {
        assert!(timeline.contains(part), "{part}: {timeline}");
    }
    assert!(!below("/timeline?source=mail").await.contains("Version 2"));
    assert!(below("/brief").await.contains("Friendly, please."));
    let preview = owner.get(&format!("/admin/orders/{}/preview/2", order.id)).await;
    let policy = preview.header("content-security-policy");
    assert!(
        policy.contains("sandbox")
            && policy.contains("frame-ancestors 'self'")
            && !policy.contains("script-src")
    );
    let unknown = "0199b0a0-0000-7000-8000-000000000001";
    for path in ["", "/versions", "/timeline", "/brief", "/compare", "/edit", "/preview/1"] {
        let answer = owner.get(&format!("/admin/orders/{unknown}{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn failed_orders_are_started_again_one_or_all() {
    let shop = Shop::open().await;
    let rob = Browser::new(&shop, "rob", Role::Reviewer).await;
    let mut failed = Vec::new();
    for name in ["a", "b", "c"] {
        let order = Order::paid(&shop, name, &TEA).await;
        order.fail(&shop, "It <could> not be written.").await;
        failed.push(order.id);
    }
    let page = rob.page("/admin/orders?status=FAILED").await;
    assert!(
        page.contains("It &#60;could&#62; not be written.") && page.contains("Start all 3 again…"),
        "{page}"
    );
    let one = rob.follow(&format!("/admin/orders/{}/retry", failed[0]), &[("back", "failed")]).await;
    assert!(one.contains("Start all 2 again…") && one.contains("Started again."), "{one}");
    let all = rob.follow("/admin/orders/retry", &[("status", "FAILED")]).await;
    assert!(
        all.contains("All of them were started again.") && all.contains("No order matches that."),
        "{all}"
    );
    for order in failed {
        let summary = shop.store.order_summary(order).await.unwrap().unwrap();
        assert_eq!((summary.status, summary.run), (OrderStatus::Processing, 2));
    }
}

#[tokio::test]
async fn orders_are_kept_as_a_table_that_no_spreadsheet_runs() {
    let shop = Shop::open().await;
    let rita = Browser::new(&shop, "rita", Role::ReadOnly).await;
    let order = Order::paid(&shop, "a", &[("product", "article"), ("topic", "=1+1,\"x\"")]).await;
    let file = rita.get("/admin/orders/export.csv?q=a@customer.example").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<_> = file.text.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[1].starts_with(&order.id.to_string()) && lines[1].contains("\"'=1+1,\"\"x\"\"\""),
        "{}",
        lines[1]
    );
    assert!(lines[1].contains(",129.00,USD,PROCESSING,"), "{}", lines[1]);
}

#[tokio::test]
async fn a_search_leads_to_the_one_hit_or_lists_them() {
    let shop = Shop::open().await;
    let rita = Browser::new(&shop, "rita", Role::ReadOnly).await;
    let (a, _) = (Order::paid(&shop, "ann", &TEA).await, Order::paid(&shop, "anna", &TEA).await);
    for name in [a.id.to_string(), "cs_ann".to_owned(), "pi_ann".to_owned()] {
        let answer = rita.get(&format!("/admin/search?q={name}")).await;
        assert_eq!(answer.header("location"), format!("/admin/orders/{}", a.id), "{name}");
    }
    let several = rita.page("/admin/search?q=ann").await;
    assert!(several.contains("anna@customer.example") && several.contains("id=\"customers\""), "{several}");
    assert!(rita.page("/admin/search?q=%3Cscript%3E").await.contains("Nothing goes by that name."));
    assert!(rita.page("/admin/search").await.contains("Type an order"));
}

#[tokio::test]
async fn whoever_may_only_look_sees_no_buttons_and_sends_nothing() {
    let shop = Shop::open().await;
    let rita = Browser::new(&shop, "rita", Role::ReadOnly).await;
    let order = in_review(&shop, "a").await;
    let page = rita.page("/admin/review").await;
    assert!(!page.contains("/approve") && !page.contains("/request-changes") && page.contains("/preview/1"));
    let failed = rita.page("/admin/orders?status=FAILED").await;
    assert!(!failed.contains("/retry"));
    for what in ["approve", "request-changes", "retry", "cancel", "refund", "edit"] {
        let answer = rita.send(&format!("/admin/orders/{order}/{what}"), &[("version", "1")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}");
    }
    let rob = Browser::new(&shop, "rob", Role::Reviewer).await;
    assert!(!rob.page(&format!("/admin/orders/{order}")).await.contains("Refund…"), "an owner refunds");
    assert_eq!(rob.send(&format!("/admin/orders/{order}/refund"), &[]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_owner_refunds_an_order_once_per_form() {
    let shop = Shop::open().await;
    let olga = Browser::new(&shop, "olga", Role::Owner).await;
    let order = Order::paid(&shop, "a", &TEA).await.id;
    let path = format!("/admin/orders/{order}/refund");
    let wrong = olga.send(&path, &[("action", "refund"), ("amount", "1.5.0"), ("reason", "x")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("amount-error") && wrong.text.contains("refund-reason-error"),
        "{}",
        wrong.text
    );
    let fields = [("action", "refund"), ("amount", "29.00"), ("reason", "a late delivery"), ("key", "k1")];
    for _ in 0..2 {
        let page = olga.follow(&path, &fields).await;
        assert!(
            page.contains("The refund was asked for.") && page.contains("Refund up to 100.00 USD"),
            "{page}"
        );
    }
    let more = olga.send(&path, &[("action", "refund"), ("amount", "101.00"), ("reason", "all of it")]).await;
    assert_eq!(more.status, StatusCode::CONFLICT);
    assert!(more.text.contains("value=\"101.00\""), "{}", more.text);
}
