//! Everything that somebody can write is an attack: nothing of it is ever done.

use super::{editor::logs_in, states::OWNER};
use crate::shop::{Look, Order, Plan, SOON, Setup, Shop, Window, json_headers, sale, until};
use galley_sandbox::{ai::AiMode, fault::Fault, stripe::SessionSpec};
use serde_json::{Value, json};

/// One attack a line. Each that is done opens a dialog.
const ATTACKS: &str = include_str!("payloads.txt");
/// So many do something in a page that lets them.
const BITING_MIN: usize = 20;
/// The first words of every topic; what is asked about one order starts with them and its number.
const TOPIC: &str = "Tea";

fn attacks() -> Vec<&'static str> {
    ATTACKS.lines().collect()
}

#[tokio::test]
async fn whatever_is_written_nothing_of_it_is_done() {
    let shop = Plan::new(Setup::Sqlite).with("RECONCILE_INTERVAL_SECONDS", "3600").open().await;
    shop.staff_member(OWNER, "owner").await;
    let token = shop.staff("<img src=x onerror=alert(1)>", "owner").await;
    let mut orders = Vec::new();
    for (number, attack) in attacks().into_iter().enumerate() {
        orders.push(shop.sell(&briefed_with(number, attack)).await);
    }
    let spoken = write_it_everywhere(&shop, &token, &orders).await;

    let mut owner = shop.window(Look::DESK).await;
    logs_in(&mut owner, OWNER).await;
    let customer = shop.window(Look::DESK).await;
    let mut outside = vec!["/".to_owned(), "/order".to_owned(), "/articles".to_owned(), spoken];
    let mut inside = Vec::new();
    for order in &orders {
        outside.push(format!("/order-status/{}?token={}", order.id, order.token));
        inside.push(format!("/admin/orders/{}", order.id));
    }
    for order in &orders[..4] {
        let page = format!("/order-status/{}", order.id);
        outside
            .extend(["/preview/1", "/preview/2", "/compare?from=1&to=2"].map(|more| format!("{page}{more}")));
        let page = format!("/admin/orders/{}", order.id);
        inside.extend(
            ["/brief", "/timeline", "/versions", "/preview/1", "/edit"].map(|more| format!("{page}{more}")),
        );
    }
    for mail in shop.db.ids("SELECT id FROM email ORDER BY id DESC LIMIT 8").await {
        inside.extend(["", "/body"].map(|more| format!("/admin/mails/{mail}{more}")));
    }
    let lists = "review orders orders?sort=oldest payments queue queue/jobs audit tokens mails customers \
        checkouts articles products staff settings analytics";
    inside.extend(lists.split_whitespace().map(|list| format!("/admin/{list}")));
    for attack in attacks() {
        let sent: String = url::form_urlencoded::byte_serialize(attack.as_bytes()).collect();
        inside.push(format!("/admin/search?q={sent}"));
        inside.push(format!("/admin/orders?q={sent}"));
        inside.push(format!("/admin/orders?status={sent}"));
        outside.push(format!("/order?product={sent}&article={sent}"));
        outside.push(format!("/payment/success?session_id={sent}"));
        outside.push(format!("/admin/login?next={sent}"));
        outside.push(format!("/articles/{sent}?before={sent}"));
    }
    tokio::join!(stays_calm(owner, inside), stays_calm(customer, outside));
}

/// A corpus that does nothing anywhere would prove nothing.
#[tokio::test]
async fn the_attacks_do_something_where_they_are_let() {
    let shop = Plan::new(Setup::Sqlite).open().await;
    let mut window = shop.window(Look::DESK).await;
    let mut biting = 0;
    for attack in attacks() {
        let page: String = url::form_urlencoded::byte_serialize(attack.as_bytes()).collect();
        window.open(&format!("data:text/html,<!doctype html><p>{}", page.replace('+', "%20"))).await;
        biting += usize::from(!window.heard().await.dialogs.is_empty());
        window.complaints().await;
    }
    assert!(biting >= BITING_MIN, "only {biting} of {} attacks do something", attacks().len());
}

/// A brief with the attack in all of its fields.
fn briefed_with(number: usize, attack: &str) -> SessionSpec {
    let topic = format!("{TOPIC} {number} {attack}");
    let mut fields = vec!["tone", "audience", "notes", "outline", "must_include", "avoid"];
    // What is no keyword, or no anchor text, makes no brief.
    if attack.len() <= 80 {
        fields.push("keywords");
    }
    if !attack.contains(['[', '<', '_', '\\']) {
        fields.push("anchor_text");
    }
    fields.into_iter().fold(sale::article(&topic), |sale, field| sale::with(sale, field, attack))
}

/// Has it written by the AI service, as notes, as reasons, as titles; the address of what is public then.
async fn write_it_everywhere(shop: &Shop, token: &str, orders: &[Order]) -> String {
    let all = attacks().join("\n\n");
    let [edited, revised, returned, ..] = orders else { panic!("more attacks") };
    // First as they are, so that there is something to be written over.
    for order in [edited, revised, returned] {
        until("it was tried", SOON, async || shop.status(order).await["status"] != "PROCESSING").await;
    }
    let ai = shop.ai.control();
    ai.slip_in(&all);
    ai.set(Fault::always(AiMode::HtmlScript));
    let decide = async |order: &Order, action: &str, body: Value| {
        let answer = shop.admin(token, &format!("orders/{}/{action}", order.id), &body).await;
        assert_eq!(answer.status, 200, "{action}: {answer:?}");
    };
    let act = async |order: &Order, action: &str, mut body: Value| {
        body["orderId"] = json!(order.id);
        let mut headers = json_headers();
        headers.extend(order.bearer());
        let answer = shop.post(&format!("/api/v1/purchase/{action}"), headers, body.to_string()).await;
        assert_eq!(answer.status, 200, "{action}: {answer:?}");
    };
    act(revised, "request-revision", json!({ "revisionNotes": all })).await;
    act(returned, "submit-for-review", json!({})).await;
    decide(returned, "request-changes", json!({ "notes": all, "revise": false })).await;
    act(edited, "submit-for-review", json!({})).await;
    let text = format!(
        "# {TOPIC} {}\n\nIt has its [shoe guide](https://shoes.example/guide).\n\n{all}\n\n## {}\n\nIt ends.",
        attacks()[0],
        attacks()[12]
    );
    let edit = json!({ "version": 1, "title": attacks()[12], "content": text, "despiteChecks": true });
    decide(edited, "edit-and-approve", edit).await;
    shop.order_is(edited, "COMPLETED").await;
    decide(&orders[3], "cancel", json!({ "reason": attacks()[0] })).await;
    shop.db.change("UPDATE product SET title = '<img src=x onerror=alert(1)>'").await;
    shop.drained().await;
    let url = "SELECT detail ->> 'url' FROM order_event WHERE order_id = $1 AND kind = 'published'";
    shop.db.texts_of(url, edited.id).await.remove(0)
}

/// Opens all of them: no dialog, nothing that the policy had to stop, no script that has failed.
async fn stays_calm(mut window: Window, addresses: Vec<String>) {
    for address in addresses {
        window.open(&address).await;
        let complaints = window.complaints().await;
        assert!(complaints.is_empty(), "{address}: {complaints:#?}");
    }
}
