//! Members of staff: who there is, and who may change that.

use crate::{on_both_engines, release::declined, shop::Shop};
use chrono::TimeDelta;
use galley_domain::{
    actor::Actor,
    id::StaffId,
    order::RefusalCode,
    staff::{Login, Role},
};
use galley_store::{NewStaff, StaffMember, StoreError};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

on_both_engines! {
    somebody_is_added_with_a_line_of_who_did_it,
    a_name_of_a_login_or_a_token_is_given_once,
    the_first_owner_is_made_once_even_at_the_same_moment,
    a_role_changes_and_the_same_again_leaves_no_line,
    somebody_is_disabled_and_enabled_again,
    the_last_owner_stays,
    two_owners_who_remove_each_other_at_once_do_not_both_succeed,
    staff_are_listed_page_by_page_newest_first,
}

pub(crate) fn login(name: &str) -> Login {
    name.parse().unwrap()
}

pub(crate) fn olga() -> Actor {
    Actor::Staff("olga".to_owned())
}

/// A member of staff whose password hash is `hash of NAME`.
pub(crate) async fn added(shop: &Shop, name: &str, role: Role) -> StaffMember {
    let password_hash = format!("hash of {name}");
    let new = NewStaff { login: &login(name), role, password_hash: &password_hash };
    shop.store.add_staff(new, &olga()).await.unwrap()
}

/// What the audit trail says of somebody, oldest first: who, what, with what.
pub(crate) async fn lines(shop: &Shop, subject: Uuid) -> Vec<(String, String, Value)> {
    let mut lines = shop.store.audit_of(subject, 50).await.unwrap();
    lines.reverse();
    lines.into_iter().map(|line| (line.actor, line.action, line.detail)).collect()
}

fn line(action: &str, detail: Value) -> (String, String, Value) {
    ("staff:olga".to_owned(), action.to_owned(), detail)
}

async fn somebody_is_added_with_a_line_of_who_did_it(shop: &Shop) {
    assert!(!shop.store.has_staff().await.unwrap());
    let ann = added(shop, "ann", Role::Reviewer).await;
    let whole = StaffMember {
        id: ann.id,
        login: "ann".to_owned(),
        role: Role::Reviewer,
        created_at: shop.time.now(),
        disabled_at: None,
    };
    assert_eq!(ann, whole);
    assert_eq!(shop.store.find_staff(&login("ann")).await.unwrap(), Some(ann.clone()));
    assert_eq!(shop.store.find_staff(&login("bob")).await.unwrap(), None);
    assert!(shop.store.has_staff().await.unwrap());
    let kept = shop.store.staff_password(&login("ann")).await.unwrap().unwrap();
    assert_eq!((kept.staff_id, kept.password_hash.as_str()), (ann.id, "hash of ann"));
    assert!(!format!("{kept:?}").contains("hash of"), "no hash gets into a log");
    assert_eq!(
        lines(shop, ann.id.0).await,
        [line("staff_added", json!({ "login": "ann", "role": "reviewer" }))]
    );
}

async fn a_name_of_a_login_or_a_token_is_given_once(shop: &Shop) {
    let ann = added(shop, "ann", Role::Reviewer).await;
    shop.store.create_api_token("script", Role::Owner, &[1; 32], &olga()).await.unwrap();
    shop.store.disable_staff(ann.id, &olga()).await.unwrap();
    for name in ["ann", "script"] {
        let new = NewStaff { login: &login(name), role: Role::Owner, password_hash: "x" };
        let (code, message) = declined(shop.store.add_staff(new, &olga()).await);
        assert!(code == RefusalCode::NameTaken && message.contains(&format!("`{name}`")), "{message}");
        let token = shop.store.create_api_token(name, Role::Owner, &[2; 32], &olga()).await;
        assert_eq!(declined(token).0, RefusalCode::NameTaken);
    }
    let mut calls = Vec::new();
    for n in 0..8_u8 {
        let store = Arc::clone(&shop.store);
        calls.push(tokio::spawn(async move {
            let bob = login("bob");
            let new = NewStaff { login: &bob, role: Role::Owner, password_hash: "x" };
            if n % 2 == 0 {
                store.add_staff(new, &olga()).await.map(drop)
            } else {
                store.create_api_token("bob", Role::Owner, &[10 + n; 32], &olga()).await.map(drop)
            }
        }));
    }
    let mut made = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(()) => made += 1,
            taken => assert_eq!(declined(taken).0, RefusalCode::NameTaken),
        }
    }
    assert_eq!(made, 1);
    assert_eq!(shop.count("staff").await + shop.count("api_token").await, 3);
}

async fn the_first_owner_is_made_once_even_at_the_same_moment(shop: &Shop) {
    let mut calls = Vec::new();
    for n in 0..8 {
        let store = Arc::clone(&shop.store);
        let first = login(&format!("first{n}"));
        calls.push(tokio::spawn(async move { store.add_first_owner(&first, "hash").await.unwrap() }));
    }
    let mut made = Vec::new();
    for call in calls {
        made.extend(call.await.unwrap());
    }
    assert_eq!((made.len(), shop.count("staff").await), (1, 1));
    let first = &made[0];
    assert_eq!(first.role, Role::Owner);
    let theirs = format!("staff:{}", first.login);
    let detail = json!({ "login": first.login, "role": "owner" });
    assert_eq!(lines(shop, first.id.0).await, [(theirs, "staff_added".to_owned(), detail)]);
    assert_eq!(shop.store.add_first_owner(&login("late"), "hash").await.unwrap(), None);
}

async fn a_role_changes_and_the_same_again_leaves_no_line(shop: &Shop) {
    added(shop, "olga", Role::Owner).await;
    let ann = added(shop, "ann", Role::Owner).await;
    for _ in 0..2 {
        let changed = shop.store.change_staff_role(ann.id, Role::ReadOnly, &olga()).await.unwrap();
        assert_eq!(changed, StaffMember { role: Role::ReadOnly, ..ann.clone() });
    }
    assert_eq!(shop.store.find_staff(&login("ann")).await.unwrap().unwrap().role, Role::ReadOnly);
    let detail = json!({ "login": "ann", "role": "read-only" });
    assert_eq!(lines(shop, ann.id.0).await[1..], [line("staff_role_changed", detail)]);
    let nobody = StaffId(Uuid::from_u128(7));
    for refused in [
        shop.store.change_staff_role(nobody, Role::Owner, &olga()).await,
        shop.store.disable_staff(nobody, &olga()).await,
        shop.store.enable_staff(nobody, &olga()).await,
    ] {
        assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    }
}

async fn somebody_is_disabled_and_enabled_again(shop: &Shop) {
    let ann = added(shop, "ann", Role::Reviewer).await;
    shop.time.advance(TimeDelta::minutes(1));
    let at = Some(shop.time.now());
    assert_eq!(shop.store.disable_staff(ann.id, &olga()).await.unwrap().disabled_at, at);
    shop.time.advance(TimeDelta::minutes(1));
    assert_eq!(shop.store.disable_staff(ann.id, &olga()).await.unwrap().disabled_at, at, "since then");
    assert_eq!(shop.store.staff_password(&login("ann")).await.unwrap(), None);
    for _ in 0..2 {
        assert_eq!(shop.store.enable_staff(ann.id, &olga()).await.unwrap(), ann);
    }
    assert!(shop.store.staff_password(&login("ann")).await.unwrap().is_some());
    let detail = json!({ "login": "ann", "role": "reviewer" });
    let told = [line("staff_disabled", detail.clone()), line("staff_enabled", detail)];
    assert_eq!(lines(shop, ann.id.0).await[1..], told);
}

async fn the_last_owner_stays(shop: &Shop) {
    let one = added(shop, "one", Role::Owner).await;
    let two = added(shop, "two", Role::Owner).await;
    added(shop, "rob", Role::Reviewer).await;
    shop.store.disable_staff(two.id, &olga()).await.unwrap();
    let (code, message) = declined(shop.store.disable_staff(one.id, &olga()).await);
    assert!(code == RefusalCode::LastOwner && message.contains("`one`"), "{message}");
    let demoted = shop.store.change_staff_role(one.id, Role::Reviewer, &olga()).await;
    assert_eq!(declined(demoted).0, RefusalCode::LastOwner);
    // Whoever is disabled anyway leaves no gap.
    shop.store.change_staff_role(two.id, Role::Reviewer, &olga()).await.unwrap();
    shop.store.change_staff_role(two.id, Role::Owner, &olga()).await.unwrap();
    shop.store.enable_staff(two.id, &olga()).await.unwrap();
    shop.store.disable_staff(one.id, &olga()).await.unwrap();
    assert_eq!(declined(shop.store.disable_staff(two.id, &olga()).await).0, RefusalCode::LastOwner);
}

async fn two_owners_who_remove_each_other_at_once_do_not_both_succeed(shop: &Shop) {
    for round in 0..6 {
        let one = added(shop, &format!("one{round}"), Role::Owner).await;
        let two = added(shop, &format!("two{round}"), Role::Owner).await;
        let actor = olga();
        let (left, right) = tokio::join!(
            shop.store.disable_staff(one.id, &actor),
            shop.store.change_staff_role(two.id, Role::Reviewer, &actor),
        );
        // The next round's two are the only owners again.
        let stayed = match (left, right) {
            (Ok(_), refused) => {
                assert_eq!(declined(refused).0, RefusalCode::LastOwner);
                two
            }
            (refused, Ok(_)) => {
                assert_eq!(declined(refused).0, RefusalCode::LastOwner);
                one
            }
            both => panic!("{both:?}"),
        };
        shop.database
            .raw
            .execute(&format!("UPDATE staff SET role = 'reviewer' WHERE login = '{}'", stayed.login))
            .await;
    }
}

async fn staff_are_listed_page_by_page_newest_first(shop: &Shop) {
    assert!(shop.store.staff(None, 10).await.unwrap().is_empty());
    for name in ["zoe", "ann", "bob"] {
        added(shop, name, Role::Reviewer).await;
    }
    let first = shop.store.staff(None, 2).await.unwrap();
    let second = shop.store.staff(Some(first[1].id), 2).await.unwrap();
    let names: Vec<_> = first.iter().chain(&second).map(|member| member.login.as_str()).collect();
    assert_eq!(names, ["bob", "ann", "zoe"]);
}
