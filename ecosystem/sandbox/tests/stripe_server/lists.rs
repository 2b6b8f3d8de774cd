use crate::desk::{Desk, SESSIONS, START, wait};
use galley_sandbox::stripe::NewSession;

/// Twelve sessions, ten seconds apart, oldest first; the even ones are paid.
fn twelve(desk: &Desk) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..12 {
        let id = desk.control().create_session(NewSession::default()).id;
        if number % 2 == 0 {
            desk.control().pay(&id).unwrap();
        }
        ids.push(id);
        wait(10);
    }
    ids
}

fn newest_first(ids: &[String]) -> Vec<&str> {
    ids.iter().rev().map(String::as_str).collect()
}

#[tokio::test]
async fn a_list_is_newest_first_and_says_whether_there_is_more() {
    let desk = Desk::new().await;
    let ids = twelve(&desk);
    let page = desk.get(SESSIONS).await;
    assert_eq!((page.ids(), &page.json["has_more"]), (newest_first(&ids[2..]), &true.into()));
    assert_eq!((&page.json["object"], &page.json["url"]), (&"list".into(), &SESSIONS.into()));
    let last = page.ids().pop().unwrap();
    let page = desk.get(&format!("{SESSIONS}?starting_after={last}")).await;
    assert_eq!((page.ids(), &page.json["has_more"]), (newest_first(&ids[..2]), &false.into()));
    let exactly = desk.get(&format!("{SESSIONS}?limit=12")).await;
    assert_eq!((exactly.ids().len(), &exactly.json["has_more"]), (12, &false.into()));
    let before = desk.get(&format!("{SESSIONS}?limit=3&ending_before={}", ids[1])).await;
    assert_eq!((before.ids(), &before.json["has_more"]), (newest_first(&ids[2..5]), &true.into()));
    assert_eq!(desk.control().counters().lists, 4);
}

#[tokio::test]
async fn a_list_keeps_to_a_window_and_a_status() {
    let desk = Desk::new().await;
    let ids = twelve(&desk);
    let (from, to) = (START + 20, START + 50);
    let within = async |window: String| desk.get(&format!("{SESSIONS}?{window}")).await;
    let page = within(format!("created[gte]={from}&created[lt]={to}")).await;
    assert_eq!(page.ids(), newest_first(&ids[2..5]));
    let page = within(format!("created%5Bgt%5D={from}&created%5Blte%5D={to}")).await;
    assert_eq!(page.ids(), newest_first(&ids[3..6]));
    assert_eq!(within(format!("created={from}")).await.ids(), [&ids[2]]);
    let page = within(format!("status=complete&created[gte]={from}&created[lt]={to}&limit=1")).await;
    assert_eq!((page.ids(), &page.json["has_more"]), (vec![ids[4].as_str()], &true.into()));
    let next = within(format!("status=complete&created[gte]={from}&limit=9&starting_after={}", ids[4])).await;
    assert_eq!((next.ids(), &next.json["has_more"]), (vec![ids[2].as_str()], &false.into()));
    let intent = desk.control().session(&ids[6]).unwrap().payment_intent.unwrap();
    assert_eq!(within(format!("payment_intent={intent}")).await.ids(), [&ids[6]]);
    assert!(within("status=expired".to_owned()).await.ids().is_empty());
}

#[tokio::test]
async fn a_list_that_cannot_be_is_refused() {
    let desk = Desk::new().await;
    for (query, param) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("starting_after=cs_x", "starting_after"),
        ("starting_after=a&ending_before=b", "starting_after"),
        ("created[gte]=yesterday", "created[gte]"),
        ("status=paid", "status"),
        ("state=open", "state"),
    ] {
        let refused = desk.get(&format!("{SESSIONS}?{query}")).await;
        assert_eq!((refused.status, refused.error("param")), (400, param), "{query}");
    }
}

#[tokio::test]
async fn events_can_be_read_by_their_types() {
    let desk = Desk::new().await;
    let (id, _) = desk.paid().await;
    let all = desk.get("/v1/events").await;
    assert_eq!(all.ids().len(), 2);
    let some = desk.get("/v1/events?types[]=checkout.session.*&types[]=refund.created").await;
    assert_eq!(some.json["data"][0]["data"]["object"]["id"], id);
    assert_eq!(some.ids().len(), 1);
    let one = desk.get(&format!("/v1/events/{}", some.ids()[0])).await;
    assert_eq!(one.json, some.json["data"][0]);
}

#[tokio::test]
async fn thousands_of_sessions_are_listed_without_rendering_them() {
    let desk = Desk::new().await;
    for _ in 0..3_000 {
        desk.control().create_session(NewSession::default());
    }
    let page = desk.get(&format!("{SESSIONS}?limit=100")).await;
    assert_eq!((page.ids().len(), &page.json["has_more"]), (100, &true.into()));
}
