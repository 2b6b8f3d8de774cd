use super::StripeControl;
use crate::stripe::world::{NewSession, StripeEvent, StripeRefusal};
use serde::Deserialize;
use serde_json::{Value, json};

/// Which events are delivered again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventChoice {
    /// All that are kept.
    All,
    /// Those about this session, its payments, refunds and disputes.
    Session(String),
    /// Those of this kind (`checkout.session.completed`).
    Kind(String),
    /// The one with this `evt_…`.
    Event(String),
}

impl EventChoice {
    pub(super) fn takes(&self, event: &StripeEvent) -> bool {
        match self {
            Self::All => true,
            Self::Session(session) => event.session == *session,
            Self::Kind(kind) => event.kind == *kind,
            Self::Event(id) => event.id == *id,
        }
    }
}

/// What `POST /_control/actions` takes: the methods of [`StripeControl`], for other languages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "each is the method of `StripeControl` with its name")]
pub enum Action {
    CreateSession {
        #[serde(default)]
        session: Box<NewSession>,
    },
    Pay {
        session: String,
    },
    PayLater {
        session: String,
    },
    MoneyArrives {
        session: String,
    },
    MoneyFails {
        session: String,
    },
    Fail {
        session: String,
    },
    Expire {
        session: String,
    },
    PayAgain {
        session: String,
    },
    Refund {
        #[serde(alias = "payment_intent")]
        payment_intent: String,
        #[serde(default)]
        amount: Option<i64>,
        /// Pending until somebody says what becomes of it.
        #[serde(default)]
        slowly: bool,
    },
    RefundSucceeds {
        refund: String,
    },
    RefundFails {
        refund: String,
    },
    Dispute {
        #[serde(alias = "payment_intent")]
        payment_intent: String,
    },
    UpdateDispute {
        dispute: String,
        status: String,
    },
    CloseDispute {
        dispute: String,
        status: String,
    },
    ResendEvents {
        #[serde(default)]
        session: Option<String>,
        #[serde(default)]
        kind: Option<String>,
        #[serde(default)]
        event: Option<String>,
    },
    Settled,
}

impl StripeControl {
    /// Does what an action says, and gives what came of it.
    pub async fn act(&self, action: Action) -> Result<Value, StripeRefusal> {
        Ok(match action {
            Action::CreateSession { session } => json!(self.create_session(*session)),
            Action::Pay { session } => json!(self.pay(&session)?),
            Action::PayLater { session } => json!(self.pay_later(&session)?),
            Action::MoneyArrives { session } => json!(self.money_arrives(&session)?),
            Action::MoneyFails { session } => json!(self.money_fails(&session)?),
            Action::Fail { session } => json!(self.fail(&session)?),
            Action::Expire { session } => json!(self.expire(&session)?),
            Action::PayAgain { session } => json!(self.pay_again(&session)?),
            Action::Refund { payment_intent, amount, slowly: false } => {
                json!(self.refund(&payment_intent, amount)?)
            }
            Action::Refund { payment_intent, amount, slowly: true } => {
                json!(self.refund_slowly(&payment_intent, amount)?)
            }
            Action::RefundSucceeds { refund } => json!(self.refund_succeeds(&refund)?),
            Action::RefundFails { refund } => json!(self.refund_fails(&refund)?),
            Action::Dispute { payment_intent } => json!(self.dispute(&payment_intent)?),
            Action::UpdateDispute { dispute, status } => json!(self.update_dispute(&dispute, &status)?),
            Action::CloseDispute { dispute, status } => json!(self.close_dispute(&dispute, &status)?),
            Action::ResendEvents { session, kind, event } => {
                let choice = (event.map(EventChoice::Event))
                    .or(session.map(EventChoice::Session))
                    .or(kind.map(EventChoice::Kind));
                json!({ "sent": self.resend_events(&choice.unwrap_or(EventChoice::All)) })
            }
            Action::Settled => {
                self.settled().await;
                json!({ "settled": true })
            }
        })
    }
}
