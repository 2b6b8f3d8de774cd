//! Tokens of the admin API.

use crate::{on_both_engines, release::declined, shop::Shop};
use chrono::TimeDelta;
use galley_domain::{actor::Actor, id::ApiTokenId, order::RefusalCode, staff::Role};
use galley_store::{ApiToken, StoreError};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

on_both_engines! {
    a_token_is_found_by_its_hash_with_its_name_and_role,
    a_revoked_token_opens_nothing,
    a_name_is_given_once_even_at_the_same_moment,
    tokens_are_listed_page_by_page_newest_first,
}

const fn hash(byte: u8) -> [u8; 32] {
    [byte; 32]
}

fn olga() -> Actor {
    Actor::Staff("olga".to_owned())
}

async fn made(shop: &Shop, name: &str, role: Role, byte: u8) -> ApiToken {
    shop.store.create_api_token(name, role, &hash(byte), &olga()).await.unwrap()
}

async fn a_token_is_found_by_its_hash_with_its_name_and_role(shop: &Shop) {
    assert_eq!(shop.store.find_api_token(&hash(9)).await.unwrap(), None);
    for (n, role) in (0_u8..).zip(Role::ALL.iter().copied()) {
        let token = made(shop, role.as_str(), role, n).await;
        let name = role.as_str().to_owned();
        let created_at = shop.time.now();
        assert_eq!(token, ApiToken { id: token.id, name, role, created_at, revoked_at: None });
        assert_eq!(shop.store.find_api_token(&hash(n)).await.unwrap(), Some(token.clone()));
        let lines = shop.store.audit_of(token.id.0, 10).await.unwrap();
        let told = (lines[0].actor.as_str(), lines[0].action.as_str(), &lines[0].detail);
        assert_eq!(told, ("staff:olga", "token_created", &json!({ "name": token.name, "role": role })));
    }
    assert_eq!(shop.store.find_api_token(&hash(9)).await.unwrap(), None);
    let mut almost = hash(0);
    almost[31] = 1;
    assert_eq!(shop.store.find_api_token(&almost).await.unwrap(), None);
}

async fn a_revoked_token_opens_nothing(shop: &Shop) {
    let ann = made(shop, "ann", Role::Owner, 1).await;
    made(shop, "bob", Role::Reviewer, 2).await;
    shop.time.advance(TimeDelta::minutes(1));
    let unknown = shop.store.revoke_api_token(ApiTokenId(Uuid::from_u128(7)), &olga()).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))), "{unknown:?}");
    assert!(shop.store.revoke_api_token(ann.id, &olga()).await.unwrap());
    let revoked_at = Some(shop.time.now());
    shop.time.advance(TimeDelta::minutes(1));
    assert!(!shop.store.revoke_api_token(ann.id, &olga()).await.unwrap(), "it was already");
    assert_eq!(shop.store.find_api_token(&hash(1)).await.unwrap(), None);
    assert!(shop.store.find_api_token(&hash(2)).await.unwrap().is_some());
    let named = shop.store.find_api_token_named("ann").await.unwrap().unwrap();
    assert_eq!(named.revoked_at, revoked_at, "since the first time");
    let lines = shop.store.audit_of(ann.id.0, 10).await.unwrap();
    let actions: Vec<_> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["token_revoked", "token_created"]);
}

async fn a_name_is_given_once_even_at_the_same_moment(shop: &Shop) {
    let ann = made(shop, "ann", Role::ReadOnly, 0).await;
    let create =
        async |name: &str, byte| shop.store.create_api_token(name, Role::Owner, &hash(byte), &olga()).await;
    let (code, message) = declined(create("ann", 1).await);
    assert_eq!(code, RefusalCode::NameTaken);
    assert!(message.contains("`ann`"), "{message}");
    assert_eq!(shop.store.find_api_token(&hash(1)).await.unwrap(), None);
    shop.store.revoke_api_token(ann.id, &olga()).await.unwrap();
    assert_eq!(declined(create("ann", 1).await).0, RefusalCode::NameTaken, "histories say `staff:ann`");
    let mut calls = Vec::new();
    for n in 10..18 {
        let store = Arc::clone(&shop.store);
        calls.push(tokio::spawn(async move {
            store.create_api_token("bob", Role::Owner, &hash(n), &olga()).await
        }));
    }
    let mut made = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(_) => made += 1,
            taken => assert_eq!(declined(taken).0, RefusalCode::NameTaken),
        }
    }
    assert_eq!((made, shop.count("api_token").await), (1, 2));
    create("e\0ve", 3).await.unwrap();
    let eve = shop.store.find_api_token_named("ev\0e").await.unwrap();
    assert!(eve.is_some(), "nobody means anything by a zero byte");
}

async fn tokens_are_listed_page_by_page_newest_first(shop: &Shop) {
    assert!(shop.store.api_tokens(None, 10).await.unwrap().is_empty());
    for (n, name) in (0_u8..).zip(["zoe", "ann", "bob"]) {
        made(shop, name, Role::Reviewer, n).await;
    }
    let first = shop.store.api_tokens(None, 2).await.unwrap();
    let second = shop.store.api_tokens(Some(first[1].id), 2).await.unwrap();
    let names = |tokens: &[ApiToken]| tokens.iter().map(|token| token.name.clone()).collect::<Vec<_>>();
    assert_eq!(
        (names(&first), names(&second)),
        (vec!["bob".to_owned(), "ann".to_owned()], vec!["zoe".to_owned()])
    );
}
