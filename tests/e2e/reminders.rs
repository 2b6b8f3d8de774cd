//! A customer who does nothing is reminded, and in the end the order goes to the editor by itself.

use crate::shop::{Plan, SOON, STAFF, Setup, Shop, on_every_setup, sale, until};

on_every_setup! {
    an_order_that_waits_long_is_recalled_to_its_customer_and_goes_to_the_editor
}

/// The stage of the wait is over, and it is somebody's turn to look.
async fn time_passes(shop: &mut Shop) {
    let stamps = "UPDATE orders SET nudge_at = created_at WHERE nudge_at IS NOT NULL";
    shop.db.change(stamps).await;
    shop.db.change("DELETE FROM schedule WHERE name = 'nudge'").await;
    // Whoever starts looks at once.
    shop.restart().await;
}

async fn an_order_that_waits_long_is_recalled_to_its_customer_and_goes_to_the_editor(setup: Setup) {
    let mut shop = Plan::new(setup).open().await;
    let order = shop.sell(&sale::short_article("Tea that waits")).await;
    let status = shop.settled(&order, "QUALITY_CHECK").await;
    assert_eq!(status["version"]["qcStatus"], "pass", "else nobody but the customer hands it in");
    for reminders in [1, 2] {
        time_passes(&mut shop).await;
        until("the customer is reminded", SOON, async || {
            let subjects = shop.subjects_to(&order.email);
            subjects.iter().filter(|subject| subject.contains("is waiting for you")).count() == reminders
        })
        .await;
        assert_eq!(shop.status(&order).await["status"], "QUALITY_CHECK");
    }
    time_passes(&mut shop).await;
    until("the order is with the editor", SOON, async || {
        shop.status(&order).await["status"] == "ADMIN_REVIEW"
    })
    .await;
    shop.drained().await;
    let mails = shop.smtp.mailbox().mails_to(&order.email);
    let last = mails.last().unwrap().text.clone().unwrap();
    let last = last.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(last.contains("14 days went by") && last.contains("you can take it back"), "{last}");
    assert!(
        shop.subjects_to(STAFF).iter().any(|subject| subject.contains("Tea that waits")),
        "staff are told"
    );
    assert_eq!(shop.subjects_to(&order.email).len(), 5, "{:?}", shop.subjects_to(&order.email));
}
