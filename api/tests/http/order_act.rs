//! What customers do on the order's page.

use crate::{
    orders::{Order, TEXT, key_of},
    shop::{Shop, form},
};
use axum::http::StatusCode;
use galley_domain::{
    actor::Actor,
    order::{Command, OrderStatus},
};

const NOTES: &str = "Make it shorter, please.";

async fn status(shop: &Shop, order: &Order) -> OrderStatus {
    shop.store.order_view(order.id).await.unwrap().unwrap().status
}

#[tokio::test]
async fn changes_are_asked_for_once_however_often_the_form_is_sent() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    let key = key_of(&order.get(&shop, "").await);
    let sent = form(&[("key", &key), ("notes", "Make it\r\nshorter, please.")]);
    for _ in 0..2 {
        let answer = order.send(&shop, "/request-revision", sent.clone()).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, &*order.page));
    }
    assert_eq!(status(&shop, &order).await, OrderStatus::Processing);
    order.write(&shop, TEXT).await;
    assert_eq!(order.send(&shop, "/request-revision", sent).await.status, StatusCode::SEE_OTHER);
    assert_eq!(status(&shop, &order).await, OrderStatus::QualityCheck, "the same form, sent late");
    let page = order.get(&shop, "").await;
    assert!(page.text.contains("Make it\nshorter, please."), "{}", page.text);
}

#[tokio::test]
async fn what_is_wrong_with_notes_stands_beside_them_and_they_stay() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    let long = "x".repeat(5_001);
    for (notes, words) in [
        ("", "Say what is to change"),
        ("<b>Short", "Say a little more: at least 10 characters."),
        (&long, "at most 5,000 characters"),
    ] {
        let answer = order.send(&shop, "/request-revision", form(&[("notes", notes), ("key", "k")])).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        for part in ["id=\"notes-error\"", words, "aria-invalid=\"true\"", "id=\"ask\" open"] {
            assert!(answer.text.contains(part), "{part}\n{}", answer.text);
        }
        assert!(
            answer
                .text
                .contains(&format!(">\n{}</textarea>", notes.replace('<', "&#60;").replace('>', "&#62;")))
        );
    }
    assert_eq!(status(&shop, &order).await, OrderStatus::QualityCheck);
}

#[tokio::test]
async fn an_order_goes_to_the_editor_and_can_be_taken_back() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    for (below, expected) in [
        ("/submit-for-review", OrderStatus::AdminReview),
        ("/submit-for-review", OrderStatus::AdminReview),
        ("/take-back", OrderStatus::QualityCheck),
        ("/take-back", OrderStatus::QualityCheck),
    ] {
        let answer = order.send(&shop, below, String::new()).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (StatusCode::SEE_OTHER, &*order.page),
            "{below}"
        );
        assert_eq!(status(&shop, &order).await, expected);
    }
    let page = order.get(&shop, "").await.text;
    assert!(
        page.contains("You sent it to the editor.") && page.contains("You took it back from the editor.")
    );
}

#[tokio::test]
async fn an_earlier_version_comes_back_once() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    let notes = NOTES.to_owned();
    order.apply(&shop, Command::RequestRevision { notes, busy: false }, Actor::Customer).await;
    order.write(&shop, &TEXT.replace("good", "better")).await;
    let page = order.get(&shop, "").await;
    assert_eq!(page.text.matches("Go back to this one").count(), 1);
    let sent = form(&[("key", &key_of(&page)), ("number", "1")]);
    for _ in 0..2 {
        let answer = order.send(&shop, "/restore-version", sent.clone()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    }
    let page = order.get(&shop, "").await.text;
    assert!(
        page.contains("Version 3") && page.contains("Brought back by you") && !page.contains("Version 4")
    );
    for number in ["9", "0", "-1"] {
        let answer = order.send(&shop, "/restore-version", form(&[("number", number)])).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{number}");
        assert!(answer.text.contains("Choose one of the versions listed."));
    }
    assert_eq!(order.send(&shop, "/restore-version", String::new()).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_cannot_be_done_just_now_is_told_on_the_page() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    order.send(&shop, "/submit-for-review", String::new()).await;
    let answer = order.send(&shop, "/request-revision", form(&[("notes", NOTES)])).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(
        answer.text.contains("That can’t be done just now. Take it back from the editor first."),
        "{}",
        answer.text
    );
    assert!(answer.text.contains("Your article is with the editor"));
    order.dispute(&shop).await;
    let answer = order.send(&shop, "/take-back", String::new()).await;
    assert!(answer.status == StatusCode::CONFLICT && answer.text.contains("on hold"));
}

#[tokio::test]
async fn nobody_else_acts_on_an_order() {
    let shop = Shop::open().await;
    let (order, other) = (Order::ready(&shop, "a").await, Order::ready(&shop, "b").await);
    for below in ["/submit-for-review", "/request-revision", "/take-back", "/restore-version"] {
        let sent = form(&[("notes", NOTES), ("number", "1")]);
        let path = format!("{}{below}", order.page);
        let stranger = shop.post(&path, &[], sent.clone()).await;
        assert_eq!(stranger.status, StatusCode::NOT_FOUND, "{below}");
        let by_address = format!("{path}?token={}", order.token);
        assert_eq!(shop.post(&by_address, &[], sent.clone()).await.status, StatusCode::NOT_FOUND, "{below}");
        let bearer = format!("Bearer {}", other.token);
        let others = shop.post(&path, &[("authorization", &bearer)], sent.clone()).await;
        assert_eq!(others.status, StatusCode::NOT_FOUND, "{below}");
        for site in ["cross-site", "same-site"] {
            let forged = order.send_from(&shop, below, sent.clone(), site).await;
            assert_eq!(forged.status, StatusCode::FORBIDDEN, "{below} from {site}");
        }
        assert_eq!(shop.get(&path, &[]).await.status, StatusCode::METHOD_NOT_ALLOWED, "{below}");
    }
    assert_eq!(status(&shop, &order).await, OrderStatus::QualityCheck);
}
