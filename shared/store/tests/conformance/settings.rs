//! What the shop decides about itself.

use crate::{on_both_engines, shop::Shop};
use chrono::TimeDelta;
use galley_domain::{
    actor::Actor,
    settings::{AutoSubmit, ShopSettings},
};
use serde_json::json;
use uuid::Uuid;

on_both_engines! {
    a_shop_begins_with_the_defaults_and_keeps_what_it_decides,
    another_process_sees_a_change_within_seconds,
    what_stays_as_it_is_is_no_change,
    a_change_is_in_the_trail_without_anybodys_address,
}

fn anew() -> ShopSettings {
    ShopSettings {
        auto_submit: AutoSubmit { enabled: false, after_days: 30 },
        accent: Some("#aa3300".parse().unwrap()),
        contact_email: Some("ann@shop.example".to_owned()),
        ..ShopSettings::default()
    }
}

fn ann() -> Actor {
    Actor::Staff("ann".to_owned())
}

async fn a_shop_begins_with_the_defaults_and_keeps_what_it_decides(shop: &Shop) {
    assert_eq!(*shop.store.settings().await.unwrap(), ShopSettings::default());
    shop.store.change_settings(&anew(), &ann()).await.unwrap();
    assert_eq!(*shop.store.settings().await.unwrap(), anew());
    assert_eq!(*shop.store.known_settings(), anew());
    let reopened = shop.reopen(|_| ()).await;
    assert_eq!(*reopened.known_settings(), ShopSettings::default(), "nothing is known before it was read");
    assert_eq!(*reopened.settings().await.unwrap(), anew());
    shop.store.change_settings(&ShopSettings::default(), &ann()).await.unwrap();
    assert_eq!(*shop.store.settings().await.unwrap(), ShopSettings::default(), "a colour can be taken back");
    reopened.close().await;
}

async fn another_process_sees_a_change_within_seconds(shop: &Shop) {
    let other = shop.reopen(|_| ()).await;
    assert_eq!(*other.settings().await.unwrap(), ShopSettings::default());
    shop.store.change_settings(&anew(), &ann()).await.unwrap();
    shop.time.advance(TimeDelta::seconds(5));
    assert_eq!(*other.settings().await.unwrap(), anew());
    assert_eq!(*other.known_settings(), anew());
    other.close().await;
}

async fn what_stays_as_it_is_is_no_change(shop: &Shop) {
    shop.store.change_settings(&ShopSettings::default(), &ann()).await.unwrap();
    assert_eq!((shop.count("setting").await, shop.count("audit_event").await), (0, 0));
    shop.store.change_settings(&anew(), &ann()).await.unwrap();
    shop.store.change_settings(&anew(), &ann()).await.unwrap();
    assert_eq!((shop.count("setting").await, shop.count("audit_event").await), (3, 1));
}

async fn a_change_is_in_the_trail_without_anybodys_address(shop: &Shop) {
    shop.store.change_settings(&anew(), &ann()).await.unwrap();
    let trail = shop.store.audit_of(Uuid::nil(), 10).await.unwrap();
    assert_eq!(trail.len(), 1);
    assert_eq!((trail[0].action.as_str(), trail[0].actor.as_str()), ("settings_changed", "staff:ann"));
    let expected = json!({
        "auto_submit": {
            "before": { "enabled": true, "afterDays": 14 },
            "after": { "enabled": false, "afterDays": 30 },
        },
        "accent": { "before": null, "after": "#aa3300" },
        "contact_email": { "before": false, "after": true },
    });
    assert_eq!(trail[0].detail, expected);
}
