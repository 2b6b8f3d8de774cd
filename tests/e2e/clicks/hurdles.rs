//! Nothing on a page keeps anybody out: axe-core finds nothing, and nothing sticks out of a narrow one.

use super::{
    states::{OWNER, every_state},
    visit::console_pages,
};
use crate::shop::{Look, PASSWORD, Plan, Setup, Shop};
use std::cell::RefCell;

#[tokio::test]
async fn every_page_in_every_state_is_open_to_everybody() {
    let street = every_state().await;
    assert_eq!(street.unvisited().await, Vec::<String>::new(), "pages that the list of visits lacks");
    let found = RefCell::new(Vec::new());
    street
        .walk(Look::DESK, async |window, visit| {
            let mut hurdles = Vec::new();
            // A mail that a page frames: the landmarks around it are that page's.
            let framed = visit.address.ends_with("/body");
            for look in [Look::DESK, Look::PHONE] {
                window.look(look).await;
                hurdles.extend(window.barriers().await);
                // Only the colours are others.
                window.look(look.dark()).await;
                hurdles.extend(window.faint_words().await);
            }
            window.look(Look::NARROW).await;
            hurdles.extend(window.overflow().await);
            window.look(Look::DESK).await;
            hurdles.extend(window.complaints().await);
            hurdles.retain(|hurdle| {
                !(framed && (hurdle.starts_with("landmark") || hurdle.starts_with("region")))
            });
            hurdles.sort();
            hurdles.dedup();
            found.borrow_mut().extend(hurdles.iter().map(|hurdle| format!("{}: {hurdle}", visit.name)));
        })
        .await;
    let found = found.into_inner();
    assert!(found.is_empty(), "{} hurdles:\n{}", found.len(), found.join("\n"));
}

#[tokio::test]
async fn a_shop_in_which_nothing_has_happened_is_open_to_everybody() {
    let shop = Plan::new(Setup::Sqlite).open().await;
    let mut window = shop.window(Look::DESK).await;
    window.open(&printed_link(&shop)).await;
    let mut hurdles = window.barriers().await;
    window.fill("Login", OWNER).await;
    window.fill("New password", PASSWORD).await;
    window.fill("The new password once more", PASSWORD).await;
    window.click("button", "Begin").await;
    window.sees("Nothing waits for you").await;
    for visit in console_pages() {
        window.look(Look::DESK).await;
        visit.go(&mut window).await;
        hurdles.extend(window.barriers().await);
        window.look(Look::NARROW.dark()).await;
        hurdles.extend(window.faint_words().await);
        hurdles.extend(window.overflow().await);
        hurdles.extend(window.complaints().await);
    }
    assert!(hurdles.is_empty(), "{hurdles:#?}");
}

/// The link by which the first owner comes in.
fn printed_link(shop: &Shop) -> String {
    let log = shop.logs();
    let (_, rest) = log.split_once("/admin/first?code=").expect("a link for the first owner");
    let code = rest.split_whitespace().next().unwrap();
    format!("/admin/first?code={code}")
}
