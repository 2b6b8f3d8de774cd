//! Who is logged in, and when that ends.

use crate::{
    on_both_engines,
    shop::Shop,
    staff::{added, lines, login, olga},
};
use chrono::TimeDelta;
use galley_domain::{id::StaffId, staff::Role};
use galley_store::{SESSION_HOURS, StaffPassword, StaffSession, StoreError};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

on_both_engines! {
    somebody_is_logged_in_under_the_hash_of_a_token,
    nobody_logs_in_with_a_password_that_is_not_theirs_any_more,
    a_session_ends_after_its_hours_and_is_forgotten_at_the_next_login,
    logging_out_ends_one_session,
    all_sessions_of_a_person_end_with_a_new_password_another_role_or_the_account,
    a_password_changes_only_for_whoever_knows_the_old_one,
    a_password_that_changes_at_the_moment_of_a_login_leaves_no_session_behind,
}

const fn hash(byte: u8) -> [u8; 32] {
    [byte; 32]
}

async fn log_in(shop: &Shop, name: &str, token: u8) {
    let kept = shop.store.staff_password(&login(name)).await.unwrap().unwrap();
    assert!(shop.store.open_staff_session(&kept, &hash(token)).await.unwrap());
}

async fn who(shop: &Shop, token: u8) -> Option<StaffSession> {
    shop.store.find_staff_session(&hash(token)).await.unwrap()
}

async fn somebody_is_logged_in_under_the_hash_of_a_token(shop: &Shop) {
    let ann = added(shop, "ann", Role::Reviewer).await;
    assert_eq!(who(shop, 1).await, None);
    log_in(shop, "ann", 1).await;
    log_in(shop, "ann", 2).await;
    let session = StaffSession { staff_id: ann.id, login: "ann".to_owned(), role: Role::Reviewer };
    assert_eq!((who(shop, 1).await, who(shop, 2).await), (Some(session.clone()), Some(session)));
    let mut almost = hash(1);
    almost[31] = 2;
    assert_eq!(shop.store.find_staff_session(&almost).await.unwrap(), None);
    let line = ("staff:ann".to_owned(), "staff_logged_in".to_owned(), json!({ "login": "ann" }));
    assert_eq!(lines(shop, ann.id.0).await[1..], [line.clone(), line]);
}

async fn nobody_logs_in_with_a_password_that_is_not_theirs_any_more(shop: &Shop) {
    let ann = added(shop, "ann", Role::Reviewer).await;
    let kept = shop.store.staff_password(&login("ann")).await.unwrap().unwrap();
    let other = StaffPassword { password_hash: "hash of bob".to_owned(), ..kept.clone() };
    let nobody = StaffPassword { staff_id: StaffId(Uuid::from_u128(7)), ..kept.clone() };
    for wrong in [other, nobody] {
        assert!(!shop.store.open_staff_session(&wrong, &hash(1)).await.unwrap());
    }
    shop.store.disable_staff(ann.id, &olga()).await.unwrap();
    assert!(!shop.store.open_staff_session(&kept, &hash(1)).await.unwrap(), "read before they were disabled");
    shop.store.enable_staff(ann.id, &olga()).await.unwrap();
    shop.store.change_staff_password(ann.id, None, "new", &olga()).await.unwrap();
    assert!(!shop.store.open_staff_session(&kept, &hash(1)).await.unwrap(), "read before it was changed");
    assert_eq!(shop.count("staff_session").await, 0);
}

async fn a_session_ends_after_its_hours_and_is_forgotten_at_the_next_login(shop: &Shop) {
    added(shop, "ann", Role::Reviewer).await;
    added(shop, "bob", Role::Reviewer).await;
    log_in(shop, "ann", 1).await;
    log_in(shop, "bob", 2).await;
    shop.time.advance(TimeDelta::hours(SESSION_HOURS.into()) - TimeDelta::microseconds(1));
    log_in(shop, "ann", 3).await;
    assert!(who(shop, 1).await.is_some() && who(shop, 2).await.is_some());
    shop.time.advance(TimeDelta::microseconds(1));
    assert!(who(shop, 1).await.is_none() && who(shop, 2).await.is_none(), "used or not");
    assert!(who(shop, 3).await.is_some());
    log_in(shop, "ann", 4).await;
    assert_eq!(shop.count("staff_session").await, 3, "Bob's goes when he comes back");
}

async fn logging_out_ends_one_session(shop: &Shop) {
    added(shop, "ann", Role::Reviewer).await;
    log_in(shop, "ann", 1).await;
    log_in(shop, "ann", 2).await;
    for _ in 0..2 {
        shop.store.close_staff_session(&hash(1)).await.unwrap();
    }
    assert!(who(shop, 1).await.is_none() && who(shop, 2).await.is_some());
}

async fn all_sessions_of_a_person_end_with_a_new_password_another_role_or_the_account(shop: &Shop) {
    let ann = added(shop, "ann", Role::Owner).await.id;
    added(shop, "bob", Role::Owner).await;
    log_in(shop, "bob", 9).await;
    let both = async || {
        log_in(shop, "ann", 1).await;
        log_in(shop, "ann", 2).await;
    };
    let gone = async || who(shop, 1).await.is_none() && who(shop, 2).await.is_none();
    both().await;
    assert!(shop.store.change_staff_password(ann, None, "new", &olga()).await.unwrap());
    assert!(gone().await);
    both().await;
    shop.store.change_staff_role(ann, Role::Owner, &olga()).await.unwrap();
    assert_eq!(who(shop, 1).await.unwrap().role, Role::Owner, "nothing changed");
    shop.store.change_staff_role(ann, Role::ReadOnly, &olga()).await.unwrap();
    assert!(gone().await);
    both().await;
    assert_eq!(who(shop, 1).await.unwrap().role, Role::ReadOnly);
    shop.store.disable_staff(ann, &olga()).await.unwrap();
    assert!(gone().await);
    shop.store.enable_staff(ann, &olga()).await.unwrap();
    assert!(gone().await, "none comes back");
    assert!(who(shop, 9).await.is_some(), "Bob's is his own");
}

async fn a_password_changes_only_for_whoever_knows_the_old_one(shop: &Shop) {
    let ann = added(shop, "ann", Role::Reviewer).await.id;
    log_in(shop, "ann", 1).await;
    let change =
        async |known: Option<&str>| shop.store.change_staff_password(ann, known, "new", &olga()).await;
    assert!(!change(Some("hash of bob")).await.unwrap());
    assert!(who(shop, 1).await.is_some(), "nothing changed");
    assert!(change(Some("hash of ann")).await.unwrap());
    assert_eq!(shop.store.staff_password(&login("ann")).await.unwrap().unwrap().password_hash, "new");
    let told = ("staff:olga".to_owned(), "staff_password_changed".to_owned(), json!({ "login": "ann" }));
    assert_eq!(lines(shop, ann.0).await[2..], [told]);
    let nobody = StaffId(Uuid::from_u128(7));
    let unknown = shop.store.change_staff_password(nobody, None, "new", &olga()).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))), "{unknown:?}");
}

async fn a_password_that_changes_at_the_moment_of_a_login_leaves_no_session_behind(shop: &Shop) {
    let ann = added(shop, "ann", Role::Reviewer).await.id;
    for round in 0..10 {
        let kept = shop.store.staff_password(&login("ann")).await.unwrap().unwrap();
        let mut calls = Vec::new();
        for token in 0..4 {
            let (store, kept) = (Arc::clone(&shop.store), kept.clone());
            calls.push(tokio::spawn(
                async move { store.open_staff_session(&kept, &hash(token)).await.map(drop) },
            ));
        }
        let store = Arc::clone(&shop.store);
        calls.push(tokio::spawn(async move {
            store.change_staff_password(ann, None, &format!("new {round}"), &olga()).await.map(drop)
        }));
        for call in calls {
            call.await.unwrap().unwrap();
        }
        assert_eq!(shop.count("staff_session").await, 0);
    }
}
