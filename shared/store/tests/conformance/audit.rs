//! The audit trail as a whole.

use crate::{on_both_engines, shop::Shop, staff::added};
use galley_domain::{actor::Actor, staff::Role};
use galley_store::{AUDIT_ACTIONS, AuditEvent, AuditFilter};

on_both_engines! {
    the_trail_is_read_page_by_page_newest_first,
    the_trail_is_read_by_who_did_what,
}

async fn trail(shop: &Shop, filter: AuditFilter, limit: i64) -> Vec<AuditEvent> {
    shop.store.audit_trail(&filter, limit).await.unwrap()
}

async fn filled(shop: &Shop) {
    let (olga, oscar) = (Actor::Staff("olga".to_owned()), Actor::Staff("oscar".to_owned()));
    let ann = added(shop, "ann", Role::Reviewer).await;
    for (n, (name, actor)) in (0_u8..).zip([("one", &olga), ("two", &oscar), ("three", &olga)]) {
        shop.store.create_api_token(name, Role::Reviewer, &[n; 32], actor).await.unwrap();
    }
    shop.store.change_staff_role(ann.id, Role::ReadOnly, &oscar).await.unwrap();
}

async fn the_trail_is_read_page_by_page_newest_first(shop: &Shop) {
    filled(shop).await;
    let whole = trail(shop, AuditFilter::default(), 50).await;
    let actions: Vec<_> = whole.iter().map(|line| line.action.as_str()).collect();
    let all = ["staff_role_changed", "token_created", "token_created", "token_created", "staff_added"];
    assert_eq!(actions, all);
    assert!(actions.iter().all(|action| AUDIT_ACTIONS.contains(action)));
    let mut paged = Vec::new();
    while paged.len() < whole.len() {
        let before = paged.last().map(|line: &AuditEvent| line.id);
        let page = trail(shop, AuditFilter { before, ..AuditFilter::default() }, 2).await;
        assert!((1..=2).contains(&page.len()));
        paged.extend(page);
    }
    assert_eq!(paged, whole);
}

async fn the_trail_is_read_by_who_did_what(shop: &Shop) {
    filled(shop).await;
    let found = async |actor: Option<&str>, action: Option<&str>| {
        let (actor, action) = (actor.map(str::to_owned), action.map(str::to_owned));
        trail(shop, AuditFilter { actor, action, before: None }, 50).await.len()
    };
    assert_eq!(found(Some("staff:oscar"), None).await, 2);
    assert_eq!(found(None, Some("token_created")).await, 3);
    assert_eq!(found(Some("staff:olga"), Some("token_created")).await, 2);
    assert_eq!(found(Some("staff:nobody"), None).await, 0);
    assert_eq!(found(Some("staff:ol\0ga"), None).await, 3, "nobody means anything by a zero byte");
}
