//! Tokens of the admin API.

use crate::{on_both_engines, release::declined, shop::Shop};
use chrono::TimeDelta;
use galley_domain::{order::RefusalCode, staff::Role};
use galley_store::ApiToken;
use std::sync::Arc;

on_both_engines! {
    a_token_is_found_by_its_hash_with_its_name_and_role,
    a_revoked_token_opens_nothing,
    a_name_is_given_once_even_at_the_same_moment,
    all_tokens_are_listed_oldest_first,
}

const fn hash(byte: u8) -> [u8; 32] {
    [byte; 32]
}

async fn a_token_is_found_by_its_hash_with_its_name_and_role(shop: &Shop) {
    assert_eq!(shop.store.find_api_token(&hash(9)).await.unwrap(), None);
    for (n, role) in (0_u8..).zip(Role::ALL.iter().copied()) {
        let id = shop.store.create_api_token(role.as_str(), role, &hash(n)).await.unwrap();
        let found = shop.store.find_api_token(&hash(n)).await.unwrap();
        let name = role.as_str().to_owned();
        assert_eq!(found, Some(ApiToken { id, name, role, created_at: shop.time.now(), revoked_at: None }));
    }
    assert_eq!(shop.store.find_api_token(&hash(9)).await.unwrap(), None);
    let mut almost = hash(0);
    almost[31] = 1;
    assert_eq!(shop.store.find_api_token(&almost).await.unwrap(), None);
}

async fn a_revoked_token_opens_nothing(shop: &Shop) {
    shop.store.create_api_token("ann", Role::Owner, &hash(1)).await.unwrap();
    shop.store.create_api_token("bob", Role::Reviewer, &hash(2)).await.unwrap();
    shop.time.advance(TimeDelta::minutes(1));
    assert!(!shop.store.revoke_api_token("eve").await.unwrap());
    assert!(shop.store.revoke_api_token("ann").await.unwrap());
    let revoked_at = Some(shop.time.now());
    shop.time.advance(TimeDelta::minutes(1));
    assert!(!shop.store.revoke_api_token("ann").await.unwrap(), "it was already");
    assert_eq!(shop.store.find_api_token(&hash(1)).await.unwrap(), None);
    assert!(shop.store.find_api_token(&hash(2)).await.unwrap().is_some());
    assert_eq!(shop.store.api_tokens().await.unwrap()[0].revoked_at, revoked_at, "since the first time");
}

async fn a_name_is_given_once_even_at_the_same_moment(shop: &Shop) {
    shop.store.create_api_token("ann", Role::ReadOnly, &hash(0)).await.unwrap();
    let again = shop.store.create_api_token("ann", Role::Owner, &hash(1)).await;
    let (code, message) = declined(again);
    assert_eq!(code, RefusalCode::NameTaken);
    assert!(message.contains("`ann`"), "{message}");
    assert_eq!(shop.store.find_api_token(&hash(1)).await.unwrap(), None);
    shop.store.revoke_api_token("ann").await.unwrap();
    let after = shop.store.create_api_token("ann", Role::Owner, &hash(1)).await;
    assert_eq!(declined(after).0, RefusalCode::NameTaken, "histories say `staff:ann`");
    let mut calls = Vec::new();
    for n in 10..18 {
        let store = Arc::clone(&shop.store);
        calls.push(tokio::spawn(async move { store.create_api_token("bob", Role::Owner, &hash(n)).await }));
    }
    let mut made = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(_) => made += 1,
            taken => assert_eq!(declined(taken).0, RefusalCode::NameTaken),
        }
    }
    assert_eq!((made, shop.count("api_token").await), (1, 2));
    shop.store.create_api_token("e\0ve", Role::Owner, &hash(3)).await.unwrap();
    assert!(shop.store.revoke_api_token("ev\0e").await.unwrap(), "nobody means anything by a zero byte");
}

async fn all_tokens_are_listed_oldest_first(shop: &Shop) {
    assert!(shop.store.api_tokens().await.unwrap().is_empty());
    for (n, name) in (0_u8..).zip(["zoe", "ann", "bob"]) {
        shop.store.create_api_token(name, Role::Reviewer, &hash(n)).await.unwrap();
    }
    shop.store.revoke_api_token("ann").await.unwrap();
    let tokens = shop.store.api_tokens().await.unwrap();
    let listed: Vec<_> =
        tokens.iter().map(|token| (token.name.as_str(), token.revoked_at.is_some())).collect();
    assert_eq!(listed, [("zoe", false), ("ann", true), ("bob", false)]);
}
