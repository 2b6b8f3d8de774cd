//! The shop in figures.

use crate::{
    events::{money, paid, refund},
    on_both_engines,
    shop::{Shop, content, failure},
};
use chrono::TimeDelta;
use galley_domain::{
    actor::Actor,
    order::Command,
    payment::{DisputeState, RefundState},
};
use galley_store::{Analytics, Outcome};

on_both_engines! {
    a_shop_without_orders_has_its_days,
    orders_are_counted_by_the_day_on_which_they_were_paid,
    the_time_until_a_text_is_ready_is_told_by_exact_percentiles,
    money_that_went_back_is_told_beside_what_came_in,
    orders_are_told_by_how_often_they_were_revised,
    what_the_ai_service_took_is_told_once_a_text,
}

async fn last(shop: &Shop, days: u16) -> Analytics {
    shop.store.analytics(days).await.unwrap()
}

async fn a_shop_without_orders_has_its_days(shop: &Shop) {
    for (asked, told) in [(0, 1), (1, 1), (7, 7), (90, 90), (9_000, 90)] {
        let found = last(shop, asked).await;
        assert_eq!(found.days.len(), told);
        assert_eq!(found.days.last().unwrap().day, shop.time.now().date_naive());
        assert!(found.days.is_sorted_by(|one, next| one.day.succ_opt() == Some(next.day)));
        assert!(found.days.iter().all(|day| day.orders == 0));
        assert!(found.revenue.is_empty());
        assert_eq!((found.revisions, found.ai.texts), (vec![0], 0));
    }
}

async fn orders_are_counted_by_the_day_on_which_they_were_paid(shop: &Shop) {
    shop.order("too-old").await;
    shop.time.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    shop.ready_order("the-last-second-of-a-day").await;
    shop.time.advance(TimeDelta::seconds(1));
    shop.failed_order("the-first-of-the-next").await;
    shop.order("under-way").await;
    let found = last(shop, 7).await;
    let days: Vec<_> = found.days.iter().map(|day| (day.orders, day.ready, day.failed)).collect();
    let none = (0, 0, 0);
    assert_eq!(days, [none, none, none, none, none, (1, 1, 0), (2, 0, 1)]);
}

async fn the_time_until_a_text_is_ready_is_told_by_exact_percentiles(shop: &Shop) {
    // Of one day 1, 2, 3 … 20 seconds; of the next 100.
    for seconds in 1..=20 {
        let order = shop.order(&seconds.to_string()).await;
        let job = shop.claim_content(order).await;
        shop.time.advance(TimeDelta::seconds(seconds));
        shop.finish(&job, content("First")).await;
    }
    shop.time.advance(TimeDelta::days(1));
    let order = shop.order("slow").await;
    let job = shop.claim_content(order).await;
    shop.time.advance(TimeDelta::seconds(100));
    shop.finish(&job, content("First")).await;
    let found = last(shop, 3).await;
    let took: Vec<_> =
        found.days.iter().map(|day| (day.time_to_ready.p50_ms, day.time_to_ready.p95_ms)).collect();
    assert_eq!(took, [(None, None), (Some(10_000), Some(19_000)), (Some(100_000), Some(100_000))]);
    let all = found.time_to_ready;
    assert_eq!((all.p50_ms, all.p95_ms), (Some(11_000), Some(20_000)), "of 21 the 11th and the 20th");
}

async fn money_that_went_back_is_told_beside_what_came_in(shop: &Shop) {
    let order = shop.order("part").await;
    shop.order("whole").await;
    let lost = shop.order("lost").await;
    shop.time.advance(TimeDelta::days(1));
    let back = refund(&shop.payment_of(order).await, "1", 900, RefundState::Succeeded);
    shop.receive(money("evt_back", back)).await;
    shop.dispute(lost, DisputeState::Open).await;
    shop.dispute(lost, DisputeState::Lost).await;
    let found = last(shop, 2).await;
    let told: Vec<_> = found
        .revenue
        .iter()
        .map(|day| (day.gross_minor, day.returned_minor, day.net_minor(), day.currency.to_string()))
        .collect();
    let (gross, gone) = (3 * 12_900, 900 + 12_900);
    let usd = || "USD".to_owned();
    assert_eq!(told, [(gross, 0, gross, usd()), (0, gone, -gone, usd())]);
    assert!(last(shop, 1).await.revenue.iter().all(|day| day.gross_minor == 0), "only the days asked for");
}

async fn orders_are_told_by_how_often_they_were_revised(shop: &Shop) {
    for (name, times) in [("a", 0), ("b", 0), ("c", 2), ("d", 12)] {
        let order = shop.ready_order(name).await;
        for _ in 0..times {
            let notes = "Shorter, please.".to_owned();
            shop.apply(order, Command::RequestRevision { notes, busy: false }).await;
            let job = shop.claim_content(order).await;
            shop.finish(&job, content("Next")).await;
        }
    }
    let retried = shop.failed_order("retried").await;
    shop.apply(retried, Command::Retry).await;
    let job = shop.claim_content(retried).await;
    shop.finish(&job, content("First")).await;
    shop.failed_order("without-a-text").await;
    let mut expected = vec![3, 0, 1];
    expected.extend([0; 7]);
    expected.push(1);
    assert_eq!(last(shop, 1).await.revisions, expected, "12 times is told as 10 and more");
}

async fn what_the_ai_service_took_is_told_once_a_text(shop: &Shop) {
    let written = |cost_micros| {
        let Outcome::Content(mut version) = content("A text") else { unreachable!() };
        version.provenance.prompt_tokens = 1_000;
        version.provenance.completion_tokens = 300;
        version.provenance.cost_micros = cost_micros;
        Outcome::Content(version)
    };
    let order = shop.order("a").await;
    let job = shop.claim_content(order).await;
    shop.finish(&job, written(None)).await;
    let before = last(shop, 2).await;
    assert_eq!((before.ai.prompt_tokens, before.ai.cost_micros), (1_000, None), "nobody knows the price");
    shop.apply(order, Command::RequestRevision { notes: "Shorter, please.".to_owned(), busy: false }).await;
    shop.time.advance(TimeDelta::days(1));
    let job = shop.claim_content(order).await;
    shop.finish(&job, written(Some(4_200))).await;
    // It repeats a text that is there: nobody asked the AI service.
    shop.store.apply(order, &Command::Restore { number: 1 }, Actor::Customer).await.unwrap();
    shop.receive(paid("b")).await;
    let job = shop.claim_content(shop.order("c").await).await;
    shop.finish(&job, failure(None)).await;
    let found = last(shop, 2).await;
    let days: Vec<_> = found.days.iter().map(|day| (day.ai.texts, day.ai.cost_micros)).collect();
    assert_eq!(days, [(1, None), (1, Some(4_200))]);
    let ai = found.ai;
    assert_eq!((ai.texts, ai.orders, ai.prompt_tokens, ai.completion_tokens), (2, 1, 2_000, 600));
    assert_eq!((ai.cost_micros, ai.cost_micros_per_order()), (Some(4_200), Some(4_200)));
}
