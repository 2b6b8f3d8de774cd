//! Those who ask, and what they ask for.

use super::Route;
use crate::shop::{Checkout, Order, SOON, Shop, bearer, json_headers, sale, until};
use reqwest::{
    Client,
    header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, LOCATION, ORIGIN},
    redirect::Policy,
};
use serde_json::json;
use std::{collections::BTreeMap, sync::Mutex};

/// The roles, the least first.
pub(super) const ROLES: [&str; 3] = ["read-only", "reviewer", "owner"];
/// How much of an answer is shown that is not as it should be, in characters.
const TOLD_MAX_CHARS: usize = 300;
/// Counted to see that nothing was changed.
const WRITTEN: [&str; 8] = [
    "audit_event",
    "order_event",
    "content_version",
    "refund",
    "staff",
    "staff_session",
    "api_token",
    "setting",
];

/// Whether a role includes another one.
pub(super) fn may(role: &str, needed: &str) -> bool {
    let rank = |role: &str| ROLES.iter().position(|known| *known == role).unwrap();
    rank(role) >= rank(needed)
}

/// Somebody with what they send along.
pub(super) type Actor = (&'static str, HeaderMap);

/// A shop with an order of everybody's, and those who ask for it.
pub(super) struct Scene<'a> {
    shop: &'a Shop,
    /// Does not follow where it is sent.
    http: Client,
    pub(super) checkout: Checkout,
    pub(super) order: Order,
    pub(super) other: Order,
    /// By role.
    pub(super) tokens: Vec<Actor>,
    pub(super) sessions: Vec<Actor>,
    /// Nobody of the staff, whatever they send.
    pub(super) strangers: Vec<Actor>,
    /// What really is there, by the name of the parameter.
    real: BTreeMap<&'static str, String>,
    /// What is not as it should be; told together.
    wrong: Mutex<Vec<String>>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) location: String,
    /// Empty for a stream, which has no end.
    pub(super) body: String,
}

/// Which ids stand in the path.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ids {
    /// Of what is there: nobody may get through to it who may not.
    Real,
    /// Of nothing: whoever may gets through, and changes nothing.
    Unknown,
}

pub(super) fn cookie(pair: &str, origin: &str) -> HeaderMap {
    HeaderMap::from_iter([(COOKIE, pair.parse().unwrap()), (ORIGIN, origin.parse().unwrap())])
}

/// The cookie that the order's page sets.
pub(super) fn order_cookie(order: &Order, origin: &str) -> HeaderMap {
    cookie(&format!("order_{}={}", order.id.simple(), order.token), origin)
}

impl<'a> Scene<'a> {
    pub(super) async fn set(shop: &'a Shop) -> Self {
        let checkout = shop.checkout("Tea of hers", "ann@example.com").await;
        shop.pay(&checkout);
        until("it is an order", SOON, async || shop.db.order_of(&checkout.session()).await.is_some()).await;
        let id = shop.db.order_of(&checkout.session()).await.unwrap();
        let token = shop.signer.sign(galley_domain::id::OrderId(id), 0);
        let order = Order { id, token, email: "ann@example.com".to_owned() };
        let other = shop.sell(&sale::short_article("Tea of another")).await;
        for order in [&order, &other] {
            shop.settled(order, "QUALITY_CHECK").await;
        }
        // Two versions, so that they can be compared.
        let mut headers = order.bearer();
        headers.extend(json_headers());
        let wish = json!({ "orderId": order.id, "revisionNotes": "A little shorter, please." });
        let revised = shop.post("/api/v1/purchase/request-revision", headers, wish.to_string()).await;
        assert_eq!(revised.status, 200, "{revised:?}");
        shop.settled(&order, "QUALITY_CHECK").await;
        let (mut tokens, mut sessions) = (Vec::new(), Vec::new());
        for role in ROLES {
            tokens.push((role, bearer(&shop.staff(&format!("script-{role}"), role).await)));
            shop.staff_member(&format!("ann-{role}"), role).await;
            sessions.push((role, shop.log_in(&format!("ann-{role}")).await));
        }
        let mut scene = Self {
            shop,
            http: Client::builder().no_proxy().redirect(Policy::none()).build().unwrap(),
            checkout,
            order,
            other,
            tokens,
            sessions,
            strangers: Vec::new(),
            real: BTreeMap::new(),
            wrong: Mutex::new(Vec::new()),
        };
        scene.strangers = scene.strangers().await;
        scene.real = scene.find().await;
        scene
    }

    /// Remembers what does not hold.
    pub(super) fn holds(&self, holds: bool, wrong: impl FnOnce() -> String) {
        if !holds {
            let mut told = wrong();
            told.truncate(told.char_indices().nth(TOLD_MAX_CHARS).map_or(told.len(), |(end, _)| end));
            self.wrong.lock().unwrap().push(told);
        }
    }

    /// Fails if anything did not hold.
    pub(super) fn judge(&self) {
        let wrong = self.wrong.lock().unwrap();
        assert!(wrong.is_empty(), "{} answers are not as they should be:\n{}", wrong.len(), wrong.join("\n"));
    }

    async fn strangers(&self) -> Vec<Actor> {
        let shop = self.shop;
        let revoked = bearer(&shop.staff("revoked", "owner").await);
        assert!(shop.galley(&["admin", "revoke", "--name", "revoked"]).await.success);
        shop.staff_member("disabled", "owner").await;
        let disabled = shop.log_in("disabled").await;
        assert!(shop.galley(&["admin", "disable", "disabled"]).await.success);
        shop.staff_member("expired", "owner").await;
        let expired = shop.log_in("expired").await;
        let sql = "UPDATE staff_session SET expires_at = created_at \
                   WHERE staff_id = (SELECT id FROM staff WHERE login = 'expired')";
        shop.db.change(sql).await;
        let origin = shop.origin();
        vec![
            ("nobody", HeaderMap::new()),
            (
                "a made-up token",
                bearer("gly_0000000000000000000000000000000000000000000000000000000000000000"),
            ),
            ("a revoked token", revoked),
            ("a made-up session", cookie("staff=0000", &origin)),
            ("an expired session", expired),
            ("somebody who was disabled", disabled),
            ("the customer", self.order.bearer()),
            ("the customer with her cookie", order_cookie(&self.order, &origin)),
            ("the payer", bearer(&self.checkout.token)),
        ]
    }

    pub(super) fn origin(&self) -> String {
        self.shop.origin()
    }

    async fn find(&self) -> BTreeMap<&'static str, String> {
        let article = self.shop.db.insert_article("tea", "Tea", "# Tea\n\nAll about it.").await;
        let first = async |table: &str| {
            let ids = self.shop.db.ids(&format!("SELECT id FROM {table} ORDER BY id LIMIT 1")).await;
            ids.first().unwrap_or_else(|| panic!("there is a row in {table}")).to_string()
        };
        BTreeMap::from([
            ("orderId", self.order.id.to_string()),
            ("sessionId", self.checkout.id.clone()),
            ("paymentId", first("payment").await),
            // One with the address in it that the customer comes back to.
            ("eventId", first("payment_event WHERE CAST(payload AS TEXT) LIKE '%token=v1.%'").await),
            ("jobId", first("job").await),
            ("mailId", first("email").await),
            ("staffId", first("staff").await),
            ("tokenId", first("api_token").await),
            ("articleId", article.to_string()),
            ("slug", "tea".to_owned()),
            ("kind", "article-generation".to_owned()),
            ("product", "article".to_owned()),
            ("number", "1".to_owned()),
            ("other", "2".to_owned()),
            ("file", "galley.css".to_owned()),
        ])
    }

    /// How much of each kind is written.
    pub(super) async fn written(&self) -> Vec<(&'static str, i64)> {
        let mut written = Vec::new();
        for table in WRITTEN {
            written.push((table, self.shop.db.count(&format!("SELECT COUNT(*) FROM {table}")).await));
        }
        written
    }

    fn path(&self, route: &Route, ids: Ids) -> String {
        let part = |part: &str| {
            let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
                return part.to_owned();
            };
            let real = self.real.get(name);
            let real = real.unwrap_or_else(|| panic!("{}: what is a real {name}?", route.name));
            match ids {
                Ids::Real => real.clone(),
                Ids::Unknown if real.len() >= 32 => "0199b0a0-0000-7000-8000-000000000001".to_owned(),
                Ids::Unknown => "nothing".to_owned(),
            }
        };
        let path = route.path.split('/').map(part).collect::<Vec<_>>().join("/");
        if route.path == "/payment/success" {
            format!("{path}?session_id={}", self.checkout.id)
        } else {
            path
        }
    }

    /// What is sent: enough to name the order, and nothing that anything could be made of.
    fn body(&self, route: &Route) -> String {
        match route.method.as_str() {
            "GET" => String::new(),
            _ if route.path.starts_with("/api/v1/purchase/") => {
                format!(r#"{{"orderId":"{}","number":1}}"#, self.order.id)
            }
            _ if route.path.starts_with("/api/") => "{".to_owned(),
            _ => "number=1".to_owned(),
        }
    }

    pub(super) async fn ask(&self, route: &Route, ids: Ids, headers: &HeaderMap) -> Reply {
        let url = format!("{}{}", self.shop.origin(), self.path(route, ids));
        let body = self.body(route);
        let kind =
            if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
        let request = self.http.request(route.method.clone(), url).headers(headers.clone());
        let request = request.header(CONTENT_TYPE, HeaderValue::from_static(kind)).body(body);
        let answer = request.send().await.unwrap();
        let text =
            |name| answer.headers().get(name).map_or("", |value: &HeaderValue| value.to_str().unwrap());
        let (location, streams) = (text(LOCATION).to_owned(), text(CONTENT_TYPE) == "text/event-stream");
        let status = answer.status().as_u16();
        let body = if streams { String::new() } else { answer.text().await.unwrap() };
        Reply { status, location, body }
    }
}
