use super::Shown;
use crate::stripe::session::{PaymentStatus, SessionSpec};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// How long a session can be paid when its maker says nothing.
pub(in crate::stripe) const DAY_SECONDS: i64 = 86_400;

/// Where a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    /// It can be paid.
    Open,
    /// The customer went through with it.
    Complete,
    /// It cannot be paid any more.
    Expired,
}

impl SessionStatus {
    /// Stripe's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Complete => "complete",
            Self::Expired => "expired",
        }
    }
}

/// Something that is bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineItem {
    /// What it is called.
    pub name: String,
    /// What one of it costs, in minor units.
    pub unit_amount: i64,
    /// How many.
    pub quantity: i64,
}

/// A session that is to be made: a storefront's own, or one that came through the API.
///
/// The default is one thing for 129.00 USD. The same JSON is taken by `POST /_control/actions`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct NewSession {
    /// What is bought.
    pub line_items: Vec<LineItem>,
    /// The tax on top of it, in minor units.
    pub amount_tax: i64,
    /// The shipping on top of it, in minor units.
    pub amount_shipping: i64,
    /// Three letters, lower case.
    pub currency: String,
    /// Where the customer's mail goes.
    pub email: Option<String>,
    /// What the maker of the session writes on it.
    pub metadata: BTreeMap<String, String>,
    /// What the maker writes on the payment.
    pub payment_metadata: BTreeMap<String, String>,
    /// The seller's own reference.
    pub client_reference_id: Option<String>,
    /// Where the customer goes after paying; `{CHECKOUT_SESSION_ID}` is replaced.
    pub success_url: String,
    /// Where the customer goes instead.
    pub cancel_url: Option<String>,
    /// When it expires, in seconds since 1970; a day from now where nothing is said.
    pub expires_at: Option<i64>,
}

impl Default for NewSession {
    fn default() -> Self {
        let article = LineItem { name: "An article".to_owned(), unit_amount: 12_900, quantity: 1 };
        Self {
            line_items: vec![article],
            amount_tax: 0,
            amount_shipping: 0,
            currency: "usd".to_owned(),
            email: Some("reader@example.com".to_owned()),
            metadata: BTreeMap::new(),
            payment_metadata: BTreeMap::new(),
            client_reference_id: None,
            success_url: "https://shop.example/success?session_id={CHECKOUT_SESSION_ID}".to_owned(),
            cancel_url: Some("https://shop.example/cancel".to_owned()),
            expires_at: None,
        }
    }
}

impl NewSession {
    /// One thing with this price, in minor units.
    pub fn over(unit_amount: i64, currency: impl Into<String>) -> Self {
        let item = LineItem { name: "An article".to_owned(), unit_amount, quantity: 1 };
        Self { line_items: vec![item], currency: currency.into(), ..Self::default() }
    }

    /// What the customer pays, in minor units.
    pub fn amount_total(&self) -> i64 {
        let items = self.line_items.iter().map(|item| item.unit_amount.saturating_mul(item.quantity));
        items.fold(self.amount_tax.saturating_add(self.amount_shipping), i64::saturating_add)
    }
}

/// A checkout session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StripeSession {
    /// `cs_test_…` or `cs_live_…`.
    pub id: String,
    /// Where it is.
    pub status: SessionStatus,
    /// Whether the money is there.
    pub payment_status: PaymentStatus,
    /// `pi_…`, once it is complete and costs something.
    pub payment_intent: Option<String>,
    /// What is bought.
    pub line_items: Vec<LineItem>,
    /// What the customer pays, in minor units.
    pub amount_total: i64,
    /// The tax in it, in minor units.
    pub amount_tax: i64,
    /// The shipping in it, in minor units.
    pub amount_shipping: i64,
    /// Three letters, lower case.
    pub currency: String,
    /// Where the customer's mail goes.
    pub email: Option<String>,
    /// What the maker of the session wrote on it.
    pub metadata: BTreeMap<String, String>,
    /// What the maker wrote on the payment.
    pub payment_metadata: BTreeMap<String, String>,
    /// The seller's own reference.
    pub client_reference_id: Option<String>,
    /// Where the customer goes after paying, with `{CHECKOUT_SESSION_ID}` as it was given.
    pub success_url: String,
    /// Where the customer goes instead.
    pub cancel_url: Option<String>,
    /// The page on which it is paid; it stays known when the session is over.
    pub url: String,
    /// In seconds since 1970.
    pub created: i64,
    /// In seconds since 1970.
    pub expires_at: i64,
    /// Whether it was paid with a method whose money comes later.
    pub delayed: bool,
    /// How many cards were declined.
    pub declines: u32,
    /// Real money.
    pub livemode: bool,
}

impl StripeSession {
    /// Where the customer goes after paying.
    pub fn success_location(&self) -> String {
        self.success_url.replace("{CHECKOUT_SESSION_ID}", &self.id)
    }

    /// The session object, as the API shows it and events carry it.
    pub fn object(&self) -> Value {
        let spec = SessionSpec {
            event_id: String::new(),
            session_id: self.id.clone(),
            payment_intent: self.payment_intent.clone(),
            amount_total: self.amount_total,
            amount_tax: self.amount_tax,
            amount_shipping: self.amount_shipping,
            currency: self.currency.clone(),
            email: self.email.clone(),
            metadata: self.metadata.clone(),
            payment_status: self.payment_status,
            mode: "payment".to_owned(),
            livemode: self.livemode,
            created: self.created,
            client_reference_id: self.client_reference_id.clone(),
        };
        let mut object = spec.object();
        let is_open = self.status == SessionStatus::Open;
        object["status"] = json!(self.status);
        object["url"] = json!(is_open.then_some(&self.url));
        object["success_url"] = json!(self.success_url);
        object["cancel_url"] = json!(self.cancel_url);
        object["expires_at"] = json!(self.expires_at);
        let methods: &[&str] = if self.delayed { &["us_bank_account"] } else { &["card"] };
        object["payment_method_types"] = json!(methods);
        if self.status != SessionStatus::Complete {
            object["customer_details"] = self.email.as_ref().map_or(Value::Null, |email| {
                json!({
                    "address": null, "business_name": null, "email": email, "individual_name": null,
                    "name": null, "phone": null, "tax_exempt": "none", "tax_ids": null,
                })
            });
        }
        object
    }
}

/// A session together with its JSON, so that a list of thousands costs no rendering.
#[derive(Debug)]
pub(in crate::stripe) struct KeptSession {
    session: StripeSession,
    text: Arc<str>,
}

impl KeptSession {
    pub(super) fn new(session: StripeSession) -> Self {
        let text = session.object().to_string().into();
        Self { session, text }
    }

    /// Changes it and gives its new object.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut StripeSession)) -> Value {
        change(&mut self.session);
        let object = self.session.object();
        self.text = object.to_string().into();
        object
    }
}

impl std::ops::Deref for KeptSession {
    type Target = StripeSession;

    fn deref(&self) -> &StripeSession {
        &self.session
    }
}

impl Shown for KeptSession {
    const KIND: &'static str = "checkout.session";

    fn id(&self) -> &str {
        &self.session.id
    }

    fn created(&self) -> i64 {
        self.session.created
    }

    fn text(&self) -> String {
        self.text.to_string()
    }
}
